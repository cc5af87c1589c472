# SPDX-License-Identifier: GPL-2.0-or-later
"""tests/summary.py counts what happened, and is red when it should be.

test-summary.py SUMMARY
"""
import json
import os
import sys
import tempfile

from tap import Tap, run

OK = '1..2\nok 1 - a\nok 2 - b\n'


def test(stdout, result='OK', returncode=0):
    return {'name': 'p:unit / x', 'stdout': stdout, 'result': result, 'returncode': returncode}


# What it is -> programs, the last line, exit status, a line that must be there.
CASES = (
    ('passes are counted by case', [test(OK), test(OK)], '4 passed, 0 failed, 0 skipped', 0, ''),
    ('a failed case is one failure', [test('1..2\nok 1 - a\nnot ok 2 - b\n', 'FAIL', 1)],
     '1 passed, 1 failed, 0 skipped', 1, 'FAILED: p:unit / x: b'),
    ('a skipped case tells its reason', [test('1..2\nok 1 - a\nok 2 - b # SKIP no zsh\n')],
     '1 passed, 0 failed, 1 skipped', 0, 'skipped: p:unit / x: b: no zsh'),
    ('a skipped program is one skip', [test(OK), test('1..0 # SKIP no KVM\n', 'SKIP', 77)],
     '2 passed, 0 failed, 1 skipped', 0, 'skipped: p:unit / x: no KVM'),
    ('fewer cases than planned', [test('1..3\nok 1 - a\nok 2 - b\n', 'ERROR')],
     '2 passed, 1 failed, 0 skipped', 1, 'FAILED: p:unit / x: 2 cases of 3'),
    ('more cases than planned', [test('1..1\nok 1 - a\nok 2 - b\n')],
     '2 passed, 1 failed, 0 skipped', 1, 'FAILED: p:unit / x: 2 cases of 1'),
    ('no plan', [test('ok 1 - a\n')], '1 passed, 1 failed, 0 skipped', 1, 'no plan'),
    ('a program that dies', [test('1..2\nok 1 - a\n', 'FAIL', -11)],
     '1 passed, 1 failed, 0 skipped', 1, '1 cases of 2'),
    ('a program that fails at its end', [test(OK, 'ERROR', 1)],
     '2 passed, 1 failed, 0 skipped', 1, 'it ended with 1'),
    ('a program that meson calls wrong', [test(OK, 'ERROR')], '2 passed, 1 failed, 0 skipped', 1,
     'meson says ERROR'),
    ('a program that prints nothing', [test('')], '0 passed, 1 failed, 0 skipped', 1, 'no cases'),
    ('a program that hangs', [test(OK, 'TIMEOUT', -15)], '2 passed, 1 failed, 0 skipped', 1,
     'in time'),
    ('status 77 with failed cases', [test('1..1\nnot ok 1 - a\n', 'SKIP', 77)],
     '0 passed, 2 failed, 0 skipped', 1, 'a'),
    ('a program that bails out', [test('1..2\nok 1 - a\nBail out! no memory\n', 'ERROR')],
     '1 passed, 1 failed, 0 skipped', 1, 'no memory'),
    ('a skipped program without a reason', [test('1..0\n')], '0 passed, 1 failed, 0 skipped', 1,
     'no reason'),
    ('an empty run', [], '0 passed, 1 failed, 0 skipped', 1, 'no test ran'),
    ('only skips', [test('1..0 # SKIP no KVM\n', 'SKIP', 77)],
     '0 passed, 1 failed, 1 skipped', 1, 'nothing passed'),
    ('a todo that fails is a failure', [test('1..1\nnot ok 1 - a # TODO later\n')],
     '0 passed, 1 failed, 0 skipped', 1, 'later'),
)


def write_log(build, programs):
    os.makedirs(os.path.join(build, 'meson-logs'))
    with open(os.path.join(build, 'meson-logs/testlog.json'), 'w', encoding='utf-8') as log:
        log.writelines(json.dumps(p) + '\n' for p in programs)


def expect(tap, name, done, last, status, line):
    lines = done.stdout.splitlines()
    tap.case(name, [f'{what}: {done.stdout}' for what, wrong in (
        (f'the last line is not "{last}"', not lines or lines[-1] != last),
        (f'status {done.returncode}', done.returncode != status),
        (f'no "{line}"', line not in done.stdout)) if wrong])


def main(summary):
    tap = Tap()
    with tempfile.TemporaryDirectory() as top:
        for number, (name, programs, last, status, line) in enumerate(CASES):
            build = os.path.join(top, str(number))
            write_log(build, programs)
            expect(tap, name, run(sys.executable, summary, build), last, status, line)
        expect(tap, 'several builds are added up, and named',
               run(sys.executable, summary, f'{top}/0', f'{top}/1'),
               '5 passed, 1 failed, 0 skipped', 1, 'FAILED: 1: p:unit / x: b')
        expect(tap, 'a build that was never tested is a failure',
               run(sys.executable, summary, f'{top}/0', f'{top}/none'),
               '4 passed, 1 failed, 0 skipped', 1, 'no test ran')
        expect(tap, 'a build that is skipped may be missing',
               run(sys.executable, summary, '--skipped', 'no clang', f'{top}/0', f'{top}/none'),
               '4 passed, 0 failed, 1 skipped', 0, 'skipped: no clang')
        expect(tap, 'two missing builds are not explained by one reason',
               run(sys.executable, summary, '--skipped', 'no clang', f'{top}/0', f'{top}/none',
                   f'{top}/nowhere'), '4 passed, 2 failed, 1 skipped', 1, 'no test ran')
        expect(tap, 'a build that failed is a failure',
               run(sys.executable, summary, '--failed', 'clang', f'{top}/0', f'{top}/none'),
               '4 passed, 1 failed, 0 skipped', 1, 'FAILED: clang')
        with open(f'{top}/1/meson-logs/testlog.json', 'a', encoding='utf-8') as log:
            log.write('{"name": "p:unit / y", "res')
        expect(tap, 'a log that is cut off is a failure',
               run(sys.executable, summary, f'{top}/0', f'{top}/1'),
               '5 passed, 2 failed, 0 skipped', 1, 'its log is cut off')
        expect(tap, 'no build is a failure', run(sys.executable, summary),
               '0 passed, 1 failed, 0 skipped', 1, 'nothing passed')
    tap.end()


if __name__ == '__main__':
    main(*sys.argv[1:])
