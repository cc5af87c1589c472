# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads TAP, and the kernel's KTAP, line by line. What counts what ran shares it."""
import re
from typing import NamedTuple

CASE = re.compile(r'(not )?ok\b(?: (\d+))?(?: *-)? *(.*)')
PLAN = re.compile(r'1\.\.(\d+)(.*)')
SKIP = re.compile(r'(?:^|\s)# *SKIP\b *(.*)', re.I)


class Case(NamedTuple):
    good: bool
    name: str
    skip: str  # why it was skipped; None when it ran


class Program:
    """The cases of one program."""

    def __init__(self):
        self.seen = self.failed = 0
        self.plan = self.bail = None
        self.skip = None  # why the whole program was skipped

    def read(self, line):
        """Takes one line; returns the Case that it is, or None."""
        planned, case = PLAN.match(line), CASE.match(line)
        if self.bail:
            return None
        if planned:
            self.plan = int(planned[1])
            skip = SKIP.search(planned[2])
            self.skip = skip[1] if skip and not self.plan else None
        elif line.startswith('Bail out!'):
            self.bail = line
        elif case:
            skip = None if case[1] else SKIP.search(case[3])
            self.seen += 1
            self.failed += bool(case[1])
            return Case(not case[1], SKIP.sub('', case[3]) if skip else case[3],
                        skip[1] if skip else None)
        return None

    def wrong(self):
        """What is wrong with the whole, besides cases that failed; None when nothing is."""
        if self.bail:
            return self.bail
        if self.plan is None:
            return 'it printed no plan' if self.seen else 'it printed no cases'
        if self.plan == 0 and not self.skip:
            return 'it planned nothing and says no reason'
        return f'{self.seen} cases of {self.plan}' if self.seen != self.plan else None
