# SPDX-License-Identifier: GPL-2.0-or-later
"""What the checks share: TAP lines, the files of the project, and commands."""
import os
import re
import subprocess
import sys


class Tap:
    """One case per line; end() prints the plan, so a check that dies has none."""

    def __init__(self):
        self.count = self.failed = 0

    def case(self, name, faults=()):
        """Passes when @faults is empty; each fault becomes a line below the case."""
        faults = list(faults)
        self.count += 1
        self.failed += bool(faults)
        print(f"{'not ok' if faults else 'ok'} {self.count} - {name}")
        for fault in faults:
            for line in str(fault).rstrip().splitlines():
                print(f'#   {line}')
        sys.stdout.flush()

    def skip(self, name, reason):
        self.count += 1
        print(f'ok {self.count} - {name} # SKIP {reason}', flush=True)

    def end(self):
        if not self.count:
            self.case('something was checked', ['nothing was'])
        print(f'1..{self.count}')
        sys.exit(self.failed > 0)


def tracked(source):
    """Files of the project, relative to @source: git's list, else all but build trees."""
    git = subprocess.run(['git', '-C', source, 'ls-files', '-z', '--cached', '--others',
                          '--exclude-standard'], capture_output=True, text=True)
    if os.path.exists(os.path.join(source, '.git')) and not git.returncode:
        names = set(git.stdout.split('\0'))
    else:
        names = {os.path.relpath(os.path.join(top, name), source)
                 for top, _, files in os.walk(source) for name in files}
        names = {n for n in names if not n.startswith(('build', '.git/'))}
    return sorted(n for n in names if n and os.path.isfile(os.path.join(source, n))
                  and '__pycache__' not in n)


def read(*path):
    with open(os.path.join(*path), encoding='utf-8') as file:
        return file.read()


def run(*words, **options):
    """Runs a command; its output is text and never a reason to die."""
    return subprocess.run([str(w) for w in words], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, errors='replace',
                          stderr=options.pop('stderr', subprocess.STDOUT), **options)


def last(done):
    """The last line that a command said."""
    return (done.stdout.strip().splitlines() or [''])[-1]


def ends(done, status, pattern):
    """Faults, unless it ended with @status and a last line that has @pattern."""
    good = done.returncode == status and re.search(pattern, last(done))
    return [] if good else [f'exit status {done.returncode}: {done.stdout}']


if __name__ == '__main__':  # tap.py REASON: a whole program that is skipped
    print(f'1..0 # SKIP {sys.argv[1]}')
