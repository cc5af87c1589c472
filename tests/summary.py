# SPDX-License-Identifier: GPL-2.0-or-later
"""Counts the cases of finished `meson test` runs.

summary.py [--failed WHAT] [--skipped WHAT] BUILD-DIR…: lists each failure and each skip with
its reason; the last line is "N passed, N failed, N skipped". Exits with 1 when something
failed, for us or for meson, when a program printed fewer cases than it planned, or when
nothing ran. The options tell of a build that there is not; its directory may be missing then.
"""
import argparse
import json
import os
import sys

from readtap import Program


class Count:
    def __init__(self):
        self.passed, self.failed, self.skipped = 0, [], []


def read_tap(count, name, text):
    """Counts the cases of one program, and returns it."""
    program = Program()
    for line in text.splitlines():
        case = program.read(line)
        if case and not case.good:
            count.failed.append(f'{name}: {case.name}')
        elif case and case.skip is not None:
            count.skipped.append(f'{name}: {case.name}: {case.skip}')
        elif case:
            count.passed += 1
    if program.skip:
        count.skipped.append(f'{name}: {program.skip}')
    return program


def read_test(count, name, test):
    """One program of a run: its cases, and how it ended."""
    program = read_tap(count, name, test.get('stdout', ''))
    wrong, failed = program.wrong(), program.failed
    code = test.get('returncode')
    if test['result'] == 'TIMEOUT':
        wrong = 'it did not end in time'
    elif not wrong and not failed and code not in (0, 77):
        wrong = f'it ended with {code}'
    elif not wrong and not failed and test['result'] not in ('OK', 'SKIP'):
        wrong = f'meson says {test["result"]}'
    if wrong:
        count.failed.append(f'{name}: {wrong}')
    elif code == 77 and program.plan != 0:
        count.failed.append(f'{name}: it ended with 77 and was not skipped')


def read_build(count, build, prefix):
    path = os.path.join(build, 'meson-logs/testlog.json')
    tests = 0
    if os.path.exists(path):
        with open(path, encoding='utf-8') as log:
            for line in filter(str.strip, log):
                tests += 1
                try:
                    test = json.loads(line)
                except ValueError:
                    count.failed.append(f'{build}: its log is cut off')
                    break
                read_test(count, prefix + test['name'], test)
    if not tests:
        count.failed.append(f'{build}: no test ran')


def main():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument('--failed', action='append', default=[])
    parser.add_argument('--skipped', action='append', default=[])
    parser.add_argument('builds', nargs='*')
    told = parser.parse_args()
    count = Count()
    count.failed += told.failed
    count.skipped += told.skipped
    missing = [b for b in told.builds if not os.path.isdir(b)]
    explained = missing if len(missing) <= len(told.failed + told.skipped) else []
    builds = [b for b in told.builds if b not in explained]
    for build in builds:
        prefix = f'{os.path.basename(os.path.abspath(build))}: ' if len(builds) > 1 else ''
        read_build(count, build, prefix)
    if not (count.passed or count.failed):
        count.failed.append('nothing passed: this says nothing')
    for line in count.skipped:
        print('skipped:', line)
    for line in count.failed:
        print('FAILED:', line)
    print(f'{count.passed} passed, {len(count.failed)} failed, {len(count.skipped)} skipped')
    return 1 if count.failed else 0


if __name__ == '__main__':
    sys.exit(main())
