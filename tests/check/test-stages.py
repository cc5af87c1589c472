# SPDX-License-Identifier: GPL-2.0-or-later
"""tests/tools/stages.sh counts and limits what it runs: the last line tells the truth.

test-stages.py SOURCE
"""
import os
import subprocess
import sys
import time

from tap import Tap

# What is run, the last lines that are expected, and the exit status.
RUNS = (
    ('a command counts as one', 'stage 1 a true', ['1 passed, 0 failed, 0 skipped'], 0),
    ('a command that fails counts as one', 'stage 1 a false',
     ['failed: a, exit status 1', '0 passed, 1 failed, 0 skipped'], 1),
    ('the last count of a command is taken',
     'stage 1 a printf "%s\\n" "9 passed, 9 failed, 9 skipped" "5 passed, 0 failed, 2 skipped"',
     ['5 passed, 0 failed, 2 skipped'], 0),
    ('the counts of commands are added',
     'stage 1 a echo "5 passed, 0 failed, 2 skipped";'
     'stage 1 b echo "1 passed, 0 failed, 1 skipped"',
     ['6 passed, 0 failed, 3 skipped'], 0),
    ('a command that counts failures and ends with 0 has failed',
     'stage 1 a echo "5 passed, 2 failed, 0 skipped"', ['5 passed, 2 failed, 0 skipped'], 1),
    ('a command that counts no failure and does not end well has failed',
     'stage 1 a sh -c "echo 5 passed, 0 failed, 0 skipped; exit 3"',
     ['failed: a, exit status 3', '5 passed, 1 failed, 0 skipped'], 1),
    ('a command that cannot run here is skipped, with its reason',
     'stage 1 a true; stage 1 b sh -c "echo no kernel; exit 77"',
     ['skipped: b: no kernel', '1 passed, 0 failed, 1 skipped'], 0),
    ('a run in which nothing passed has failed', 'stage 1 a sh -c "echo no kernel; exit 77"',
     ['skipped: a: no kernel', '0 passed, 1 failed, 1 skipped'], 1),
    ('a run without a stage has failed', ':', ['0 passed, 1 failed, 0 skipped'], 1),
    ('a command that hangs is ended, and has failed', 'stage 0.01 a sleep 50',
     ['failed: a did not end within 0.01 minutes', 'failed: a, exit status 124',
      '0 passed, 1 failed, 0 skipped'], 1),
    ('what a command leaves running does not hold the run up',
     'stage 1 a sh -c "sleep 300 & echo said"',
     ['1 passed, 0 failed, 0 skipped'], 0),
)


def main(source):
    tap = Tap()
    stages = os.path.join(source, 'tests/tools/stages.sh')
    for name, script, last, status in RUNS:
        begin = time.monotonic()
        ran = subprocess.run(['bash', '-c', f'. {stages}; {script}; total'], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        faults = []
        if ran.stdout.splitlines()[-len(last):] != last:
            faults.append(ran.stdout)
        if ran.returncode != status:
            faults.append(f'exit status {ran.returncode}')
        if time.monotonic() - begin > 30:
            faults.append('it took more than 30 s')
        tap.case(name, faults)
    tap.end()


if __name__ == '__main__':
    main(*sys.argv[1:])
