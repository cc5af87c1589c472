# SPDX-License-Identifier: GPL-2.0-or-later
"""Each file begins with its licence, the one of its folder; LICENSES/ has their texts.

check-spdx.py SOURCE
"""
import os
import re
import sys

from tap import Tap, tracked

LGPL, GPL = 'LGPL-2.1-or-later', 'GPL-2.0-or-later'
# The first folder that fits decides; "" is every other file.
FOLDERS = (
    ('libkvmfeat/uapi/', ('GPL-2.0 WITH Linux-syscall-note', LGPL)),
    ('libkvmfeat/', (LGPL,)),
    ('include/', (LGPL,)),
    ('pkgconfig/', (LGPL,)),
    ('kernel/', ('GPL-2.0-only',)),
    ('cli/', (GPL,)),
    ('man/', (GPL,)),
    ('tests/', (GPL,)),
    ('', (LGPL, GPL)),
)
# Files without room for a comment, or whose bytes are the point.
BARE = ('LICENSES/', 'NEWS', 'kernel/patches/', 'kernel/emulator/patches/', 'tests/data/nested/',
        'tests/fuzz/corpus/')
OLD_IDS = {'GPL-2.0': 'GPL-2.0-only', 'GPL-2.0+': GPL, 'LGPL-2.1': 'LGPL-2.1-only'}


def licence_of(path):
    """What the first line says that can carry a licence; None when it says nothing."""
    with open(path, encoding='utf-8', errors='replace') as file:
        lines = [file.readline() for _ in range(3)]
    first = 0
    if lines[0].startswith(('#!', '#compdef', '{\n')):
        first = 1
    elif path.endswith('.scd'):  # the title and a blank line come first
        first = 2
    match = re.match(r'(?:/\*|//|#|;|<!--|\.\\"|  "\$comment":) ?"?SPDX-License-Identifier: '
                     r'([\w.+-]+(?: WITH [\w.-]+)?)(?: \*/| -->|",)?\n', lines[first])
    return match and match[1]


def main(source):
    tap = Tap()
    faults, used = {}, set()
    for name in tracked(source):
        if name.startswith(BARE):
            continue
        folder, allowed = next(f for f in FOLDERS if name.startswith(f[0]))
        licence = licence_of(os.path.join(source, name))
        found = faults.setdefault(folder, [])
        if licence not in allowed:
            found.append(f'{name}: {licence or "no licence"}, not {" or ".join(allowed)}')
        for part in licence.split(' WITH ') if licence else ():
            used.add(OLD_IDS.get(part, part))
    for folder, found in sorted(faults.items()):
        tap.case(f'{folder or "other"} files begin with their licence', found)
    texts = {n[9:-4] for n in tracked(source) if n.startswith('LICENSES/')}
    tap.case('LICENSES/ holds exactly the licences in use',
             [f'{t}: no file uses it' for t in sorted(texts - used)] +
             [f'{t}: its text is missing' for t in sorted(used - texts)])
    tap.end()


if __name__ == '__main__':
    main(*sys.argv[1:])
