# SPDX-License-Identifier: GPL-2.0-only
"""Judges what a guest says on its serial line; kernel/tests/init says how it speaks."""
import collections
import os
import re
import sys

from boots import STATUS_KINDS
from reports import SHOWN, Reports

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../tests'))
import readtap  # noqa: E402

STAMP = re.compile(r'^\[ *\d+\.\d+\](\[ *[CT]\d+\])? ?')
KTAP = re.compile(r'(not )?ok\b|1\.\.\d|#|K?TAP version \d|Bail out!')
MARK = re.compile(r'# kvmfeat: (\w+) ?(.*)')
SKIPPED, SAID = 4, '| '
# Bits of /proc/sys/kernel/tainted that a fault sets: bad page, oops, warning, soft lockup.
TAINTS = {5: 'bad page', 7: 'oops', 9: 'warning', 14: 'soft lockup'}


class Guest:
    """One boot. read() takes its lines, end() judges the whole."""

    def __init__(self, programs, out):
        self.awaited = collections.deque(programs)
        self.out = out
        self.passed, self.skipped = 0, []
        self.failed = []  # (what, the lines that matter)
        self.reports = Reports()
        self.running = None  # the program between its begin and end
        self.owed = None  # (program, status): its result is the next case
        self.late = False  # the program used up its time
        self.program = None  # what readtap knows of it
        self.done = False
        self.cases = 0
        self.said = collections.deque(maxlen=20)
        self.recent = collections.deque(maxlen=SHOWN)

    def fail(self, what, lines=()):
        self.failed.append((what, list(lines)))

    def read(self, line):
        line = STAMP.sub('', line)
        mark = MARK.match(line)
        self.recent.append(line)
        if mark:
            self.out(line)
            self.read_mark(*mark.groups())
        elif line.startswith(SAID):
            self.said.append(line.removeprefix(SAID))
        elif (self.owed or self.running and self.running.kind == 'test') and KTAP.match(line):
            self.out(line)
            self.read_case(line)
        else:
            self.reports.read(line, self.running and self.running.title)

    def read_mark(self, word, rest):
        self.reports.close()
        if word in ('begin', 'missing', 'done') and self.owed:
            self.fail(f'{self.owed[0].title}: its result is missing')
            self.owed = None
        if word in ('begin', 'missing'):
            self.read_begin(word, rest)
        elif word == 'late':
            self.late = True
        elif word == 'end':
            self.read_end(*rest.rpartition(' ')[::2])
        elif word == 'leaks' and rest != '0':
            self.fail(f'kmemleak: {rest} leaks' if rest.isdigit() else 'kmemleak did not scan')
        elif word == 'debug_locks' and rest != '1':
            self.fail('lockdep switched itself off')
        elif word == 'tainted':
            bits = [text for bit, text in TAINTS.items() if int(rest or 0) >> bit & 1]
            if bits:
                self.fail(f'the kernel is tainted: {", ".join(bits)}')
        elif word == 'done':
            self.done = True

    def read_begin(self, word, title):
        if self.running:
            self.fail(f'{self.running.title}: it has no end', self.said)
            self.running = None
        if not self.awaited or self.awaited[0].title != title:
            self.fail(f'{title}: not its turn')
            return
        program = self.awaited.popleft()
        if word == 'missing':
            self.fail(f'{title}: it is not in the initramfs')
            return
        self.running, self.program, self.late = program, readtap.Program(), False
        self.said.clear()

    def read_end(self, title, status):
        program, self.running = self.running, None
        if not program or program.title != title:
            self.fail(f'{title}: it ended and did not begin')
        elif program.kind in STATUS_KINDS:
            self.owed = program, status
        else:
            self.judge_test(program, status)

    def judge_test(self, program, status):
        tap, title = self.program, program.title
        wrong = tap.wrong()
        good = ('0', str(SKIPPED)) if tap.skip else ('0',)
        if self.late:
            self.fail(f'{title}: it did not end in time', self.said)
        elif wrong:
            self.fail(f'{title}: {wrong}, status {status}', self.said)
        elif not tap.failed and status not in good:
            self.fail(f'{title}: it ended with {status}', self.said)
        elif tap.skip:
            self.skipped.append(f'{title}: {tap.skip}')
            self.cases += 1

    def read_case(self, line):
        if self.owed:
            self.read_result(line)
            return
        case = self.program.read(line)
        if not case:
            return
        room = f'{self.running.room}:'
        # kselftest.h prints "ok 1 # SKIP" before the name.
        name = case.name or case.skip or ''
        if not name.startswith(f'{room} '):
            self.fail(f'{self.running.title}: a case does not begin with "{room}": {line}')
        self.count(case, name)

    def read_result(self, line):
        case = readtap.Program().read(line)
        if not case:
            return
        (program, status), self.owed = self.owed, None
        agrees = (case.good == (status in ('0', str(SKIPPED))) and
                  (case.skip is not None) == (status == str(SKIPPED)))
        if case.name != program.title or not agrees:
            self.fail(f'{program.title}: it ended with {status}, and its result is: {line}')
        how = 'it did not end in time' if self.late else f'it ended with {status}'
        self.count(case, case.name, [f'{how}; the last it said:', *self.said])

    def count(self, case, name, lines=()):
        self.cases += 1
        if not case.good:
            self.fail(name, lines or self.said)
        elif case.skip is not None:
            self.skipped.append(name + (f': {case.skip}' if case.name else ''))
        else:
            self.passed += 1

    def end(self, wrong):
        """The serial line ended; @wrong is what went wrong with QEMU, or None."""
        for report in self.reports.found:
            what = f' while {report.during} ran' if report.during else ''
            self.fail(f'the kernel reported a fault{what}', report.lines)
        if wrong:
            self.fail(wrong, self.recent)
        elif not self.done:
            self.fail('the guest ended before its work was done',
                      () if self.reports.found else self.recent)
        left = [self.running] if self.running else []
        for program in (*left, *self.awaited):
            how = 'did not end' if program is self.running else 'did not run'
            self.fail(f'{program.title}: it {how}', self.said if left else ())
        if not self.cases:
            self.fail('the boot has no case')
