# SPDX-License-Identifier: GPL-2.0-only
"""Bare-metal programs on an emulated machine: builds them, runs them, and judges their KTAP."""
import argparse
import os
import platform
import re
import subprocess
import sys
import tempfile
from typing import NamedTuple

LAB = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'hdbss')
# What every program has: where CPUs begin, the guest at EL1, and how a case is printed.
SOURCES = [os.path.join(LAB, name) for name in ('start.S', 'guest.S', 'ktap.c', 'mmu.c', 'cpus.c')]
FLAGS = ['-O2', '-Wall', '-Wextra', '-Werror', '-ffreestanding', '-nostdlib', '-static', '-no-pie',
         '-fno-pic', '-mgeneral-regs-only', '-mstrict-align', '-fno-stack-protector',
         '-fno-tree-loop-distribute-patterns', '-Wl,--build-id=none', f'-I{LAB}',
         '-T', os.path.join(LAB, 'link.lds')]
SECONDS = 60


class Fault(Exception):
    """The tests cannot be run at all."""


class Program(NamedTuple):
    name: str
    sources: list
    flags: list
    machine: str
    cpu: str


class Suite(NamedTuple):
    room: str  # with which each case begins
    folder: str  # of the programs' sources
    cpus: int
    programs: list
    refused: list = []  # what QEMU must refuse: machine, CPU, and what it says
    # Its threads share so many CPUs of the host; None: all.
    host_cpus: int | None = None


def build(suite, program, folder):
    """The path of the program."""
    prefix = '' if platform.machine() == 'aarch64' else 'aarch64-linux-gnu-'
    path = os.path.join(folder, f'{program.name}.elf')
    words = [os.environ.get('CROSS_COMPILE', prefix) + 'gcc', *FLAGS,
             f'-DROOM="{suite.room}"', *program.flags, '-o', path, *SOURCES, *program.sources]
    try:
        subprocess.run(words, cwd=suite.folder, check=True)
    except OSError as error:
        raise Fault(f'{words[0]}: {error.strerror}') from error
    except subprocess.CalledProcessError as error:
        raise Fault(f'{program.name} does not compile') from error
    return path


def qemu(suite, program, machine, cpu, kernel=None):
    """One QEMU's serial line, what it said itself, and how it ended (None: not in time)."""
    words = [program, '-machine', machine, '-cpu', cpu, '-accel', 'tcg,thread=multi',
             '-smp', str(suite.cpus), '-m', '64', '-nodefaults', '-display', 'none', '-no-reboot',
             '-serial', 'stdio', '-semihosting-config', 'enable=on,target=native',
             *(['-kernel', kernel] if kernel else [])]
    if suite.host_cpus:
        chosen = sorted(os.sched_getaffinity(0))[:suite.host_cpus]
        words = ['taskset', '--cpu-list', ','.join(map(str, chosen)), *words]
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=SECONDS, check=False)
    except OSError as error:
        raise Fault(f'{words[0]}: {error.strerror}') from error
    except subprocess.TimeoutExpired as error:
        return (error.stdout or b'').decode(errors='replace'), '', None
    return done.stdout.decode(errors='replace'), done.stderr.decode(errors='replace'), \
        done.returncode


def judge(room, text):
    """How many cases of a KTAP text passed and were skipped, and what is wrong with it."""
    passed = skipped = 0
    wrong = []
    plan = None
    notes = []
    for line in text.splitlines():
        line = line.rstrip()
        if found := re.fullmatch(r'1\.\.(\d+)', line):
            plan = int(found[1])
        elif line.startswith('#'):
            notes.append(line)
        elif found := re.fullmatch(rf'(not )?ok (\d+) ({room}: .*)', line):
            if int(found[2]) != passed + skipped + len(wrong) + 1:
                wrong.append(f'case {found[2]} is out of order')
            elif found[1]:
                wrong.append('\n'.join([line, *notes]))
            elif '# SKIP' in line:
                skipped += 1
            else:
                passed += 1
            notes = []
        elif line != 'KTAP version 1':
            wrong.append(f'not KTAP: {line}')
    if not plan:
        wrong.append('it has no plan')
    elif passed + skipped + len(wrong) < plan:
        wrong.append(f'it planned {plan} cases and printed '
                     f'{passed + skipped + len(wrong)}')
    return passed, skipped, wrong


def run_program(suite, arguments, folder, program):
    """The same, for a program of the suite."""
    text, said, status = qemu(suite, arguments.qemu, program.machine, program.cpu,
                              build(suite, program, folder))
    passed, skipped, wrong = judge(suite.room, text)
    if status is None:
        wrong.append(f'it did not end within {SECONDS} s')
    elif status:
        wrong.append(f'QEMU ended with {status}: {said.strip()}')
    if arguments.verbose:
        print(text, end='')
    return passed, skipped, wrong


def run_refused(suite, arguments, machine, cpu, message):
    """The same, for a CPU that QEMU must not take."""
    _, said, status = qemu(suite, arguments.qemu, machine, cpu)
    if status and message in said:
        return 1, 0, []
    return 0, 0, [f'-cpu {cpu} should be refused with "{message}", not {status}: {said.strip()}']


def parse(suite, about):
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument('--qemu', required=True, help='a qemu-system-aarch64 with our patches')
    parser.add_argument('--verbose', action='store_true', help='show all that is printed')
    parser.add_argument('program', nargs='*', help='only these: ' +
                        ' '.join(program.name for program in suite.programs))
    arguments = parser.parse_args()
    unknown = set(arguments.program) - {program.name for program in suite.programs}
    if unknown:
        parser.error(f'there is no program {" ".join(sorted(unknown))}')
    return arguments


def results(suite, arguments):
    """What was run, and what became of it: counts of what passed and was skipped, and faults."""
    with tempfile.TemporaryDirectory() as folder:
        for program in suite.programs:
            if not arguments.program or program.name in arguments.program:
                yield program.name, run_program(suite, arguments, folder, program)
    if not arguments.program:
        for machine, cpu, message in suite.refused:
            yield f'-cpu {cpu} is refused', run_refused(suite, arguments, machine, cpu, message)


def main(suite, about):
    """Exit status 0: all passed."""
    arguments = parse(suite, about)
    totals = [0, 0, 0]
    try:
        for name, (passed, skipped, wrong) in results(suite, arguments):
            totals[0] += passed
            totals[1] += len(wrong)
            totals[2] += skipped
            print(f'{name}: {passed} passed' + (f', {len(wrong)} failed' if wrong else ''))
            for text in wrong:
                print('\n'.join(f'    {line}' for line in text.splitlines()))
    except Fault as fault:
        print(f'{sys.argv[0]}: {fault}', file=sys.stderr)
        return 1
    print('{} passed, {} failed, {} skipped'.format(*totals))
    return 1 if totals[1] or not totals[0] else 0
