# SPDX-License-Identifier: GPL-2.0-or-later
"""kernel/tools/selftests: each program of the tree is run or skipped with a reason.

test-selftests.py SOURCE
"""
import os
import shutil
import sys
import tempfile

from tap import Tap, run

LIST = '''# SPDX-License-Identifier: GPL-2.0-only
# Words: more words.

dirty_log_test -i 3 -M dirty-log
dirty_log_test -i 3 -M dirty-ring
full x86/long_test -b 16M
x86/state_test
- x86/vmx_test: no VMX
- x86/script.sh: it wants sudo

[selftests-nrips]
x86/nrips_test
full x86/state_test -v
x86/state_test
'''
# What kernel/tools/selftests asks of the tree's own makefile.
MAKEFILE = '''all:
TEST_PROGS_x86 = x86/script.sh
TEST_GEN_PROGS = $(patsubst %,$(OUTPUT)/%,dirty_log_test x86/state_test x86/vmx_test x86/nrips_test)
TEST_GEN_PROGS_EXTENDED = $(OUTPUT)/x86/long_test
TEST_PROGS = $(TEST_PROGS_$(ARCH))
'''
RUNS = ['dirty_log_test -i 3 -M dirty-log', 'dirty_log_test -i 3 -M dirty-ring', 'x86/state_test']
LONG = 'x86/long_test -b 16M'
OTHER = ['[selftests-nrips]', 'x86/nrips_test', 'x86/state_test']
NAME = 'selftests.x86_64'

# What it is -> the list with an edit, what is printed.
FAULTS = {
    'a program that the list leaves out': (
        ('full x86/long_test -b 16M\n', ''), f'{NAME} neither runs nor skips: x86/long_test'),
    'a script that the list leaves out': (
        ('- x86/script.sh: it wants sudo\n', ''), f'{NAME} neither runs nor skips: x86/script.sh'),
    'a run that the tree does not have': (
        ('x86/state_test', 'x86/state_test\nx86/gone_test -v'),
        f'{NAME} names what the tree does not have: x86/gone_test'),
    'a skip that the tree does not have': (
        ('- x86/vmx', '- x86/vmx_gone: no VMX\n- x86/vmx'),
        f'{NAME} names what the tree does not have: x86/vmx_gone'),
    'a long run that the tree does not have': (
        ('full x86/long_test', 'full x86/gone_test\nfull x86/long_test'),
        f'{NAME} names what the tree does not have: x86/gone_test'),
    'a program of another boot that the tree does not have': (
        ('x86/nrips_test', 'x86/nrips_test\nx86/gone_test'),
        f'{NAME} names what the tree does not have: x86/gone_test'),
    'a run twice in another boot': (
        ('x86/nrips_test', 'x86/nrips_test\nx86/nrips_test'),
        f'{NAME} names a run twice: x86/nrips_test'),
    'another boot with a blank': (
        ('[selftests-nrips]', '[selftests nrips]'),
        f"{NAME}: another boot is '[BOOT]': [selftests "),
    'a skip without a reason': (
        ('no VMX', ''), f"{NAME}: a skip is '- PROGRAM: REASON': - x86/vmx_test: "),
    'a skip of a run with arguments': (
        ('x86/vmx_test:', 'x86/vmx_test -v:'), f"{NAME}: a skip is '- PROGRAM: REASON'"),
    'a run twice': (
        ('x86/state_test', 'x86/state_test\nx86/state_test'),
        f'{NAME} names a run twice: x86/state_test'),
    'a long run that is a short one, too': (
        ('x86/state_test', 'x86/state_test\nfull x86/state_test'),
        f'{NAME} names a run twice: x86/state_test'),
    'a skip twice': (
        ('- x86/vmx_test: no VMX', '- x86/vmx_test: no VMX\n- x86/vmx_test: again'),
        f'{NAME} skips a program twice: x86/vmx_test'),
    'a program that is run and skipped': (
        ('x86/vmx_test:', 'x86/state_test: slow\n- x86/vmx_test:'),
        f'{NAME} both runs and skips: x86/state_test'),
}


class Lab:
    """A kernel/ of its own, and a tree with little in it."""

    def __init__(self, source, top):
        self.top = top
        self.tool = os.path.join(top, 'kernel/tools/selftests')
        os.makedirs(os.path.dirname(self.tool))
        shutil.copy(os.path.join(source, 'kernel/tools/selftests'), self.tool)
        self.write(f'kernel/tests/{NAME}', LIST)
        self.write('linux/tools/testing/selftests/kvm/Makefile', MAKEFILE)

    def write(self, name, text):
        path = os.path.join(self.top, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)

    def run(self, *words, arch='x86_64', **environment):
        clean = {key: value for key, value in os.environ.items()
                 if key not in ('FULL', 'MAKEFLAGS')}
        return run(self.tool, arch, os.path.join(self.top, 'linux'),
                   os.path.join(self.top, 'out'), *words, env={**clean, **environment})


def expect(tap, name, done, status, text, exact=False):
    right = done.stdout == text if exact else text in done.stdout
    faults = [] if right else [f'not "{text}"']
    if done.returncode != status:
        faults.append(f'status {done.returncode}')
    tap.case(name, faults and [*faults, done.stdout])


def main(source):
    tap = Tap()
    with tempfile.TemporaryDirectory() as top:
        lab = Lab(source, top)
        short = ''.join(f'{line}\n' for line in (*RUNS, *OTHER))
        every = ''.join(f'{line}\n' for line in (*RUNS[:2], LONG, RUNS[2], *OTHER[:2],
                                                 'x86/state_test -v', OTHER[2]))
        expect(tap, 'the runs are listed in order and by boot, the long ones not', lab.run('list'),
               0, short, True)
        expect(tap, 'with FULL=1 the long ones are listed, too', lab.run('list', FULL='1'), 0,
               every, True)
        expect(tap, "the caller's make does not reach the tree's",
               lab.run('list', MAKEFLAGS='-- TEST_PROGS=x86/other.sh'), 0, short, True)
        for name, ((old, new), text) in FAULTS.items():
            assert old in LIST
            lab.write(f'kernel/tests/{NAME}', LIST.replace(old, new, 1))
            for verb in ('list', 'build'):
                expect(tap, f'{name} is refused by {verb}', lab.run(verb), 1, text)
        lab.write(f'kernel/tests/{NAME}', LIST.replace('[', 'ours x86/new_test -v\n[', 1))
        expect(tap, "a program of our patches' is no run of a tree without them", lab.run('list'),
               0, short, True)
        lab.write('linux/tools/testing/selftests/kvm/x86/new_test.c', '')
        lab.write('linux/tools/testing/selftests/kvm/Makefile',
                  MAKEFILE.replace('state_test ', 'state_test x86/new_test ', 1))
        expect(tap, 'it is one of a tree with them', lab.run('list'), 0,
               short.replace('[', 'x86/new_test -v\n[', 1), True)
        lab.write('linux/tools/testing/selftests/kvm/Makefile', MAKEFILE)
        lab.write(f'kernel/tests/{NAME}', LIST)
        expect(tap, 'a test that is not ours cannot be built', lab.run('tests', 'gmem/none'), 1,
               'there is no kernel/tests/gmem/none.c')
        for words in ((), ('run',), ('list', 'x'), ('build', 'x'), ('tests',)):
            expect(tap, f'"{" ".join(words)}" is a bad command line', lab.run(*words), 2, 'usage:')
        expect(tap, 'an unknown architecture is a bad command line',
               lab.run('list', arch='riscv'), 2, 'usage:')
        lab.write('linux/tools/testing/selftests/kvm/Makefile', 'all:\n')
        expect(tap, 'a tree without programs is refused', lab.run('list'), 1,
               'has no KVM selftests')
        shutil.rmtree(os.path.join(top, 'linux'))
        expect(tap, 'a folder that is no tree is refused', lab.run('list'), 1,
               'is not a kernel tree')
    tap.end()


if __name__ == '__main__':
    main(*sys.argv[1:])
