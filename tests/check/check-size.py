# SPDX-License-Identifier: GPL-2.0-or-later
"""Files of at most 800 lines, functions of at most 60.

check-size.py SOURCE
"""
import re
import sys

from tap import Tap, read, tracked

FILE, FUNCTION = 800, 60


def functions(text):
    """(name, lines) of each C function: from its "{" in the first column to its "}"."""
    lines = text.split('\n')
    for start, line in enumerate(lines):
        if line != '{':
            continue
        end = lines.index('}', start)
        head = ' '.join(lines[max(0, start - 8):start])
        names = re.findall(r'(\w+)\(', head.rsplit('}', 1)[-1].rsplit(';', 1)[-1])
        yield names[0] if names else f'line {start}', end - start - 1


def main(source):
    tap = Tap()
    own = [n for n in tracked(source) if n.endswith(('.c', '.h', '.py', '.cc', '.scd'))
           and not n.startswith('libkvmfeat/uapi/')]
    long_files, long_functions, seen = [], [], 0
    for name in own:
        text = read(source, name)
        count = text.count('\n')
        if count > FILE:
            long_files.append(f'{name}: {count} lines: split it')
        for function, length in functions(text) if name.endswith('.c') else ():
            seen += 1
            if length > FUNCTION:
                long_functions.append(f'{name}: {function}(): {length} lines')
    tap.case(f'no file has more than {FILE} lines', long_files)
    tap.case(f'no function has more than {FUNCTION} lines',
             long_functions if seen else ['no function was found'])
    tap.end()


if __name__ == '__main__':
    main(*sys.argv[1:])
