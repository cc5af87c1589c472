# SPDX-License-Identifier: GPL-2.0-or-later
"""C files look as clang-format makes them; all files keep to .editorconfig.

check-format.py SOURCE
"""
import os
import re
import shutil
import sys

from tap import Tap, run, tracked

# Releases of clang-format that lay out our files alike; others differ in details.
KNOWN = range(14, 15)
TABS = ('.c', '.h')
SPACES = ('.py', 'meson.build', 'meson_options.txt', '.json')
WIDTH = 100
# Patches have the kernel's own lines.
FOREIGN = ('libkvmfeat/uapi/', 'LICENSES/', 'kernel/patches/', 'kernel/emulator/patches/',
           'kernel/tests/hdbss/defects/', 'kernel/tests/tsm/breaks.patch',
           'tests/data/nested/', 'tests/fuzz/corpus/')


def editorconfig_faults(name, text):
    """Line by line; bytes that are no UTF-8 were replaced before."""
    if text and not text.endswith('\n'):
        yield f'{name}: no newline at the end'
    if '\r' in text:
        yield f'{name}: carriage return'
    for number, line in enumerate(text.split('\n'), 1):
        where = f'{name}:{number}'
        if line != line.rstrip():
            yield f'{where}: space at the end'
        if name.endswith(TABS) and re.match(r'\t* {8}', line):
            yield f'{where}: spaces where a tab belongs'
        if name.endswith(SPACES) and re.match(r' *\t', line):
            yield f'{where}: a tab'
        if name.endswith(TABS + ('.py',)) and len(line.expandtabs(8)) > WIDTH:
            yield f'{where}: longer than {WIDTH} columns'


def check_clang_format(tap, source, files):
    name = 'C files look as clang-format makes them'
    tool = shutil.which('clang-format')
    if not tool:
        return tap.skip(name, 'clang-format is not installed')
    version = int(re.search(r'version (\d+)', run(tool, '--version').stdout)[1])
    if version not in KNOWN:
        return tap.skip(name, f'clang-format {version} lays out otherwise than {KNOWN[0]}')
    done = run(tool, '--dry-run', '-Werror', *files, cwd=source)
    faults = [l for l in done.stdout.splitlines() if ': error:' in l]
    return tap.case(name, faults or (['clang-format failed'] if done.returncode else []))


def main(source):
    tap = Tap()
    own = [n for n in tracked(source) if not n.startswith(FOREIGN)]
    faults = []
    for name in own:
        with open(os.path.join(source, name), encoding='utf-8', errors='replace', newline='') as f:
            faults += editorconfig_faults(name, f.read())
    tap.case('files keep to .editorconfig', faults)
    check_clang_format(tap, source, [n for n in own if n.endswith(TABS)])
    tap.end()


if __name__ == '__main__':
    main(*sys.argv[1:])
