# SPDX-License-Identifier: GPL-2.0-or-later
"""Each room has all its files; rooms.txt names the exceptions, with reasons.

check-rooms.py SOURCE
"""
import os
import re
import sys

from tap import Tap, read, tracked

FILES = ('libkvmfeat/{}.c', 'cli/cmd-{}.c', 'tests/unit/test-{}.c', 'tests/cli/test-cmd-{}.c',
         'man/kvmfeat-{}.1.scd')


def exceptions(source):
    """File that a room does without -> reason; and lines that are malformed."""
    found, faults = {}, []
    for number, line in enumerate(read(source, 'tests/check/rooms.txt').split('\n'), 1):
        path, _, reason = line.partition(':')
        if not line or line[0] == '#':
            continue
        if not reason.strip() or path in found:
            faults.append(f'rooms.txt:{number}: "file: reason" is expected, each file once')
        found[path] = reason.strip()
    return found, faults


def main(source):
    tap = Tap()
    files = set(tracked(source))
    excused, faults = exceptions(source)
    words = {os.path.basename(f)[:-2] for f in files
             if os.path.dirname(f) == 'include/kvmfeat'} - {'kvmfeat'}
    expected = {form.format(word) for word in words for form in FILES}
    for word in sorted(words):
        missing = {form.format(word) for form in FILES} - files - set(excused)
        tap.case(f'{word} has all its files', sorted(missing))
    faults += [f'{f}: it is there, or no room would have it' for f in excused
               if f in files or f not in expected]
    tap.case('rooms.txt holds exceptions that are needed', faults)
    homes = {f: re.match(r'(?:cli/cmd|man/kvmfeat|tests/cli/test-cmd)-(\w+)', f) for f in files}
    tap.case('no command, page or test without a room',
             sorted(f for f, home in homes.items() if home and home[1] not in words))
    umbrella = read(source, 'include/kvmfeat/kvmfeat.h')
    tap.case('kvmfeat.h includes each header',
             [w for w in sorted(words) if f'#include <kvmfeat/{w}.h>' not in umbrella])
    tap.end()


if __name__ == '__main__':
    main(*sys.argv[1:])
