# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel's headers are as kernel/uapi made them: kernel/uapi.sha256 has their sums.

check-uapi.py SOURCE
"""
import hashlib
import os
import sys

from tap import Tap, read, tracked

UAPI = 'libkvmfeat/uapi/'


def main(source):
    tap = Tap()
    expected = {}
    for line in read(source, 'kernel/uapi.sha256').splitlines():
        if line[0] != '#':
            digest, name = line.split('  ', 1)
            expected[UAPI + name] = digest
    found = {}
    for name in tracked(source):
        if name.startswith(UAPI):
            with open(os.path.join(source, name), 'rb') as file:
                found[name] = hashlib.sha256(file.read()).hexdigest()
    tap.case('the headers are those of kernel/uapi.sha256',
             sorted(set(expected) ^ set(found)) + ([] if found else ['there are none']))
    tap.case('the headers have the sums of kernel/uapi.sha256',
             sorted(n for n in found if expected.get(n, found[n]) != found[n]))
    tap.end()


if __name__ == '__main__':
    main(*sys.argv[1:])
