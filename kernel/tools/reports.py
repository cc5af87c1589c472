# SPDX-License-Identifier: GPL-2.0-only
"""Finds what the kernel complains about in its own lines."""
import re

# Each begins a report. Looser ones lie: "RCU lockdep checking is enabled" is none, nor is
# kmemleak's line at boot.
HEADS = re.compile('|'.join((
    r'Kernel panic - not syncing', r'------------\[ cut here \]', r'\bWARNING: ', r'\bBUG: ',
    r'\bkernel BUG at ', r'\bOops\b', r'Internal error: ', r'Unable to handle kernel ',
    r'\bUBSAN: ', r'\bINFO: task .* blocked for more than ',
    r'\bINFO: .*\bstall', r'\bINFO: trying to register non-static key',
    r'unreferenced object 0x', r'unchecked MSR access', r'\bOut of memory: ',
    r'\d+ printk messages dropped',
)))
# Everything with a trace is a report, too, but most traces belong to one that has begun.
TRACE = re.compile(r'^\s*Call [Tt]race:')
# What a trace only guesses, registers, empty lines: they are in the log.
NOISE = re.compile(r'\s*$|\s+\? |(?:Code|RSP|R[A-Z\d][X\d]|RBP|FS|CS|CR2): ')
BEFORE, SHOWN, LENGTH = 3, 40, 250


class Report:
    def __init__(self, during, before):
        self.during = during  # the program that ran
        self.lines = list(before)
        self.seen = 0

    def read(self, line, head):
        """The first lines tell most; heads that come later, as a panic's does, are kept."""
        self.seen += 1
        if NOISE.match(line):
            return
        if len(self.lines) < SHOWN or head and self.lines[-1] != line:
            self.lines.append(line)


class Reports:
    def __init__(self):
        self.found = []
        self.open = None
        self.last = []

    def read(self, line, during):
        """Takes one line of the kernel."""
        head = bool(HEADS.search(line))
        if self.open and self.open.seen >= LENGTH:
            self.close()
        if not self.open and (head or TRACE.search(line)):
            self.open = Report(during, self.last)
            self.found.append(self.open)
        if self.open:
            self.open.read(line, head)
        self.last = [*self.last, line][-BEFORE:]

    def close(self):
        """What comes is no part of the report before it."""
        self.open = None
        self.last = []
