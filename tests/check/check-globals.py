# SPDX-License-Identifier: GPL-2.0-or-later
"""The library keeps no writable globals, no thread-locals and no constructors.

check-globals.py LIBRARY.a: looks at each object, since a linked library has the C
library's own few bytes in .data and .bss.
"""
import re
import sys

from tap import Tap, run


def writable_sections(member):
    """Sections of one object that the program may write; relocated constants are not."""
    for line in member.splitlines():
        fields = re.match(r'\s*\[ *\d+\] (\S+)\s+(\S+)\s+\w+ \w+ (\w+) \w+\s+(\S*)', line)
        if not fields:
            continue
        name, size, flags = fields[1], int(fields[3], 16), fields[4]
        if size and 'W' in flags and 'A' in flags and not name.startswith('.data.rel.ro'):
            yield f'{name}: {size} bytes'


def main(archive):
    tap = Tap()
    text = run('readelf', '-S', '-W', archive).stdout
    common = run('nm', '-A', archive).stdout
    for part in re.split(r'\nFile: ', '\n' + text)[1:]:
        member = part.split('\n')[0].rsplit('(', 1)[-1].rstrip(')')
        faults = list(writable_sections(part))
        faults += [f'{m}: common' for m in re.findall(rf':{re.escape(member)}:.* C (\w+)', common)]
        if '.text' not in part:
            faults.append('readelf shows no sections')
        tap.case(f'{member} has no writable globals', faults)
    tap.end()


if __name__ == '__main__':
    main(*sys.argv[1:])
