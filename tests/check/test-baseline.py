# SPDX-License-Identifier: GPL-2.0-or-later
"""kernel/tools/baseline finds each way in which KVM's selftests can be worse than they were,
and refuses a baseline of something else.

test-baseline.py SOURCE
"""
import os
import shutil
import sys
import tempfile

from tap import Tap, run

TARBALL = 'ab' * 32
LIST = '''# SPDX-License-Identifier: GPL-2.0-only
x86/state_test
dirty_log_test -i 3 -M dirty-ring
x86/broken_test
full x86/long_test
- x86/vmx_test: no VMX

[selftests-nrips]
x86/state_test
x86/nrips_test
'''
STATE, RING, BROKEN = 'x86/state_test', 'dirty_log_test -i 3 -M dirty-ring', 'x86/broken_test'
LONG, ADDED = 'x86/long_test', 'x86/new_test'
NRIPS, OTHER = 'x86/nrips_test', 'selftests-nrips'
NOT_BUILT = 'the emulator could not be built: no source of it'
FULL = {'FULL': '1'}


def ktap(*lines):
    """What kernel/tools/run prints, other things around it; OTHER begins the other boot."""
    said, number = ['# x86_64 selftests: 4 programs', 'ok 1 gmem: holes are not counted'], 1
    for line in lines:
        number += 1
        said.append(f'# x86_64 {OTHER}: 2 programs' if line == OTHER else
                    line.replace('ok ', f'ok {number} selftest: ', 1))
    return ''.join(f'{line}\n' for line in (*said, '4 passed, 0 failed, 0 skipped'))


OTHERS = (OTHER, f'ok {STATE}', f'ok {NRIPS}')
SAME = ktap(f'ok {STATE}', f'ok {RING}', f'not ok {BROKEN}', *OTHERS)
EVERY = ktap(f'ok {STATE}', f'ok {RING}', f'not ok {BROKEN}', f'ok {LONG}', *OTHERS)
# Without the emulator that the other boot wants.
WITHOUT = ktap(f'ok {STATE}', f'ok {RING}', f'not ok {BROKEN}', OTHER,
               f'ok {STATE} # SKIP {NOT_BUILT}', f'ok {NRIPS} # SKIP {NOT_BUILT}')


def clean():
    """The environment without what the tool reads from it."""
    return {key: value for key, value in os.environ.items() if key not in ('FULL', 'FRAGMENTS')}


class Lab:
    """A kernel/ of its own, with a baseline that the tool wrote itself."""

    def __init__(self, source, top):
        self.top = top
        self.tool = os.path.join(top, 'kernel/tools/baseline')
        os.makedirs(os.path.dirname(self.tool))
        shutil.copy(os.path.join(source, 'kernel/tools/baseline'), self.tool)
        self.write('kernel/base', f'PACKAGE=linux-source-7.3\nSHA256={TARBALL}\n')
        self.write('kernel/config/fragments', 'x86_64 base kvm tsm debug\narm64 base kvm tsm\n')
        self.write('kernel/config/base.config', '# Words.\nCONFIG_A=y\n')
        self.write('kernel/config/x86_64/base.config', 'CONFIG_X86=y\n')
        self.write('kernel/config/debug.config', 'CONFIG_KASAN=y\n')
        self.write('kernel/tests/selftests.x86_64', LIST)
        self.write('bin/qemu-system-x86_64',
                   '#!/bin/sh\necho QEMU emulator version 7.2.22\necho Copyright\n')
        os.chmod(self.path('bin/qemu-system-x86_64'), 0o755)

    def path(self, name):
        return os.path.join(self.top, name)

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), 'w', encoding='utf-8', errors='surrogateescape') as file:
            file.write(text)

    def read(self, name):
        with open(self.path(name), encoding='utf-8') as file:
            return file.read()

    def edit(self, name, old, new):
        text = self.read(name)
        assert old in text, f'{name} has no "{old}"'
        self.write(name, text.replace(old, new))

    def run(self, verb, *texts, arch='x86_64', **environment):
        names = [f'results-{number}' for number, _ in enumerate(texts)]
        for name, text in zip(names, texts):
            self.write(name, text)
        return run(self.tool, verb, arch, *map(self.path, names),
                   env={**clean(), 'PATH': f'{self.path("bin")}:{os.environ["PATH"]}',
                        **environment})


# What it is -> results, exit status, the lines that are printed.
COMPARE = {
    'the same results are no regression': (
        SAME, {}, 0,
        ['regression x86_64: 5 runs: 5 same, 0 better, 0 worse, 0 missing, 0 unknown, 0 skipped']),
    'a run that passed and fails is worse': (
        SAME.replace('ok 2 ', 'not ok 2 '), {}, 1,
        [f'worse: {STATE}: passed, now fails',
         'regression x86_64: 5 runs: 4 same, 0 better, 1 worse, 0 missing, 0 unknown, 0 skipped']),
    'a run that passed and is skipped is worse, and tells why': (
        SAME.replace(f'{RING}\n', f'{RING} # SKIP no dirty ring\n'), {}, 1,
        [f'worse: {RING}: passed, now is skipped: no dirty ring']),
    'a skip without a reason is a skip': (
        SAME.replace(f'{RING}\n', f'{RING} # SKIP\n'), {}, 1,
        [f'worse: {RING}: passed, now is skipped']),
    'a run that failed and is skipped is worse': (
        SAME.replace(f'not ok 4 selftest: {BROKEN}', f'ok 4 selftest: {BROKEN} # SKIP no VMX'),
        {}, 1, [f'worse: {BROKEN}: failed, now is skipped: no VMX']),
    'a run that failed and passes is better, and no failure': (
        SAME.replace('not ok 4 ', 'ok 4 '), {}, 0,
        [f'better: {BROKEN}: failed, now passes',
         'Have the better ones in the baseline: make -C kernel ARCH=x86_64 baseline',
         'regression x86_64: 5 runs: 4 same, 1 better, 0 worse, 0 missing, 0 unknown, 0 skipped']),
    'a run that did not run is missing': (
        ktap(f'ok {STATE}', f'not ok {BROKEN}', *OTHERS), {}, 1,
        [f'missing: {RING}: did not run',
         'regression x86_64: 5 runs: 4 same, 0 better, 0 worse, 1 missing, 0 unknown, 0 skipped']),
    'the same program with other arguments is another run': (
        SAME.replace('-i 3', '-i 4'), {}, 1,
        [f'missing: {RING}: did not run',
         f'unknown: {RING.replace("-i 3", "-i 4")}: the list has no such run']),
    'the same program in another boot is another run': (
        SAME.replace(f'ok 6 selftest: {STATE}', f'not ok 6 selftest: {STATE}'), {}, 1,
        [f'worse: {STATE} in {OTHER}: passed, now fails',
         'regression x86_64: 5 runs: 4 same, 0 better, 1 worse, 0 missing, 0 unknown, 0 skipped']),
    'a run of another boot that did not run is missing': (
        SAME.replace(f'ok 7 selftest: {NRIPS}\n', ''), {}, 1,
        [f'missing: {NRIPS} in {OTHER}: did not run']),
    'a run in a boot that does not have it is unknown': (
        SAME.replace(f'# x86_64 {OTHER}', '# x86_64 selftests-new'), {}, 1,
        [f'missing: {NRIPS} in {OTHER}: did not run',
         f'unknown: {NRIPS} in selftests-new: the list has no such run']),
    'runs whose emulator could not be built are skipped, and no regression': (
        WITHOUT, {}, 0,
        [f'skipped: {STATE} in {OTHER}: {NOT_BUILT}', f'skipped: {NRIPS} in {OTHER}: {NOT_BUILT}',
         'regression x86_64: 5 runs: 3 same, 0 better, 0 worse, 0 missing, 0 unknown, 2 skipped']),
    'a run that its emulator skips for another reason is worse': (
        WITHOUT.replace(NOT_BUILT, 'no NRIPS'), {}, 1,
        [f'worse: {NRIPS} in {OTHER}: passed, now is skipped: no NRIPS']),
    'a long run is only for FULL=1': (
        EVERY, {}, 1, [f'unknown: {LONG}: a long run; compare it with FULL=1']),
    'with FULL=1 the long runs are compared': (
        EVERY, FULL, 0,
        ['regression x86_64: 6 runs: 6 same, 0 better, 0 worse, 0 missing, 0 unknown, 0 skipped']),
    'with FULL=1 a long run may not be missing': (
        SAME, FULL, 1, [f'missing: {LONG}: did not run']),
    'lines that end as a serial line ends them are read': (
        SAME.replace('\n', '\r\n'), {}, 0, []),
    'bytes that are no text do no harm': (
        '\udcff\udcfe\n' + SAME, {}, 0, []),
    'a result without a selftest compares nothing': (
        'ok 1 gmem: holes are not counted\n', {}, 2, ['has no result of a selftest']),
    'a run with two results compares nothing': (
        SAME.replace(f'# x86_64 {OTHER}', f'not ok 9 selftest: {STATE}\n# x86_64 {OTHER}'), {}, 2,
        [f'has {STATE} twice']),
}

BASELINE = 'kernel/baseline/x86_64.txt'
LISTED = 'kernel/tests/selftests.x86_64'
ANEW = 'make it anew: make -C kernel ARCH=x86_64 baseline'
# What it is -> file, what is replaced, by what, a line that must be there.
STALE = {
    'a baseline of another tarball': (
        'kernel/base', TARBALL, 'cd' * 32, f'{BASELINE} is for another tarball; {ANEW}'),
    'a baseline of another configuration': (
        'kernel/config/debug.config', '=y', '=n',
        f'{BASELINE} is for another configuration; {ANEW}'),
    'a baseline of another configuration of the architecture': (
        'kernel/config/x86_64/base.config', 'CONFIG_X86', 'CONFIG_X86_64',
        f'{BASELINE} is for another configuration; {ANEW}'),
    'a baseline without its sums': (
        BASELINE, f'# tarball: {TARBALL}\n', '', f'{BASELINE} is for another tarball; {ANEW}'),
    'a baseline with an unknown word': (
        BASELINE, f'pass {STATE}', f'passed {STATE}', f'"passed {STATE}" is no new result; {ANEW}'),
    'a baseline with a run twice': (
        BASELINE, f'pass {STATE}\n', f'pass {STATE}\nfail {STATE}\n', 'is no new result'),
    'a baseline without a listed run': (
        BASELINE, f'pass {STATE}\npass {RING}', f'pass {RING}', f'differ in {STATE}; {ANEW}'),
    'a baseline without a run of another boot': (
        BASELINE, f'pass {NRIPS}\n', '', f'differ in {NRIPS} in {OTHER}; {ANEW}'),
    'a baseline of another boot': (
        BASELINE, f'[{OTHER}]', '[selftests-old]', f'{NRIPS} in selftests-old'),
    'a baseline without a long run': (
        BASELINE, f'pass {LONG}\n', '', f'differ in {LONG}; {ANEW}'),
    'a baseline with a run that is skipped now': (
        LISTED, f'\n{RING}', '\n- dirty_log_test: slow', f'differ in {RING}; {ANEW}'),
    'a baseline for other arguments': (
        LISTED, '-i 3', '-i 5', f'differ in {RING}, {RING.replace("-i 3", "-i 5")}; {ANEW}'),
}

# What it is -> results, what is printed; nothing is written.
REFUSED = {
    'results without the long runs are no baseline': (
        [SAME, SAME], f'no result of {LONG}; a baseline has all runs of FULL=1'),
    'results of a run that is not listed are no baseline': (
        [EVERY.replace(f'ok 3 selftest: {RING}\n', f'ok 3 selftest: {RING}\n'
                       'ok 9 selftest: x86/new_test\n')],
        f'has x86/new_test, and {LISTED} does not'),
    'results without the emulator are no baseline': (
        [WITHOUT, ktap(f'ok {LONG}')], f'{STATE} in {OTHER}, {NRIPS} in {OTHER}: the emulator '
        'could not be built; a baseline needs it'),
    'a run that flips has no place in a baseline': (
        [EVERY, EVERY.replace('ok 2 ', 'not ok 2 ')], f'{STATE}: not always the same result'),
    'a run that is skipped now and then has no place in a baseline': (
        [SAME.replace(f'{RING}\n', f'{RING} # SKIP no ring\n'), EVERY],
        f'{RING}: not always the same result'),
}


def expect(tap, name, done, status, lines):
    faults = [f'no "{line}"' for line in lines if line not in done.stdout]
    if done.returncode != status:
        faults.append(f'status {done.returncode}')
    tap.case(name, faults and [*faults, done.stdout])


def compare_cases(tap, lab):
    for name, (results, environment, status, lines) in COMPARE.items():
        expect(tap, name, lab.run('compare', results, **environment), status, lines)
    lab.edit(BASELINE, f'pass {RING}', f'skip {RING}')
    skipped = SAME.replace(f'{RING}\n', f'{RING} # SKIP no dirty ring\n')
    expect(tap, 'a run that is skipped in both is the same', lab.run('compare', skipped), 0,
           ['5 same'])
    expect(tap, 'a run that was skipped and fails is worse',
           lab.run('compare', skipped.replace('ok 3 ', 'not ok 3 ')), 1,
           [f'worse: {RING}: was skipped, now fails'])
    expect(tap, 'a run that was skipped and passes is better', lab.run('compare', SAME), 0,
           [f'better: {RING}: was skipped, now passes'])
    lab.edit(BASELINE, f'skip {RING}', f'pass {RING}')
    lab.edit(LISTED, f'\n{BROKEN}\n', f'\n{BROKEN}\nours {ADDED}\n')
    ours = SAME.replace(f'# x86_64 {OTHER}', f'ok 5 selftest: {ADDED}\n# x86_64 {OTHER}')
    expect(tap, "a program of our patches' that passes is no regression",
           lab.run('compare', ours), 0, ['6 same'])
    expect(tap, 'it may not fail', lab.run('compare', ours.replace('ok 5 ', 'not ok 5 ')), 1,
           [f'worse: {ADDED}: passed, now fails'])
    expect(tap, 'it may not be left out', lab.run('compare', SAME), 1,
           [f'missing: {ADDED}: did not run'])
    lab.edit(LISTED, f'ours {ADDED}\n', '')


def stale_cases(tap, lab):
    for name, (file, old, new, line) in STALE.items():
        before = lab.read(file)
        lab.edit(file, old, new)
        for verb, texts in (('compare', [SAME]), ('check', [])):
            expect(tap, f'{name} is refused by {verb}', lab.run(verb, *texts), 2, [line])
        lab.write(file, before)
    expect(tap, 'other fragments are another configuration',
           lab.run('check', FRAGMENTS='base kvm'), 2,
           [f'{BASELINE} is for another configuration; {ANEW}'])
    lab.edit('kernel/config/base.config', 'Words', 'Other words')
    expect(tap, 'a comment in the configuration changes nothing', lab.run('check'), 0, [])
    lab.edit('kernel/config/base.config', 'CONFIG_A=y\n', '')
    lab.write('kernel/config/tsm.config', 'CONFIG_A=y\n')
    expect(tap, 'a symbol in another fragment is the same configuration', lab.run('check'), 0, [])


def write_cases(tap, lab):
    before = lab.read(BASELINE)
    for name, (texts, line) in REFUSED.items():
        done = lab.run('write', *texts)
        expect(tap, name, done, 2, [line])
        tap.case(f'{name}: the old one stays', [] if lab.read(BASELINE) == before else ['it went'])
    os.mkdir(lab.path('few'))
    os.symlink(sys.executable, lab.path('few/python3'))
    done = lab.run('write', EVERY, PATH=lab.path('few'))
    shared = lab.run('write', SAME, ktap(f'ok {LONG}'))
    expect(tap, 'several results may share the runs', shared, 0, [f'{BASELINE}: 6 runs'])
    tap.case('it makes no difference which has which', [] if lab.read(BASELINE) == before else
             [lab.read(BASELINE)])
    expect(tap, 'no baseline without the name of the emulator', done, 2,
           ['cannot ask qemu-system-x86_64 for its version'])
    lab.write('bin/own', '#!/bin/sh\necho QEMU of our own\n')
    os.chmod(lab.path('bin/own'), 0o755)
    lab.run('write', EVERY, EMULATOR=lab.path('bin/own'))
    tap.case('another emulator than the system\'s is named', [] if
             '# emulator: QEMU of our own\n' in lab.read(BASELINE) else [lab.read(BASELINE)])


def main(source):
    tap = Tap()
    with tempfile.TemporaryDirectory() as top:
        lab = Lab(source, top)
        expect(tap, 'without a baseline nothing is compared', lab.run('compare', SAME), 2,
               [f'there is no {BASELINE}; {ANEW}'])
        expect(tap, 'two equal results make a baseline', lab.run('write', EVERY, EVERY), 0,
               [f'{BASELINE}: 6 runs'])
        tap.case('it names tarball and emulator, and has the order and boots of the list', [
            line for line in (f'# tarball: {TARBALL}\n',
                              '# emulator: QEMU emulator version 7.2.22\n',
                              f'pass {STATE}\npass {RING}\nfail {BROKEN}\npass {LONG}\n'
                              f'[{OTHER}]\npass {STATE}\npass {NRIPS}\n')
            if line not in lab.read(BASELINE)])
        expect(tap, 'it fits', lab.run('check'), 0, [f'{BASELINE}: 6 runs'])
        compare_cases(tap, lab)
        stale_cases(tap, lab)
        write_cases(tap, lab)
        expect(tap, 'an unknown architecture is a bad command line',
               lab.run('check', arch='riscv'), 2, ['baseline compare ARCH RESULTS'])
        expect(tap, 'results that are not there are named',
               run(lab.tool, 'compare', 'x86_64', lab.path('none')), 2,
               [f'cannot read {lab.path("none")}'])
    for arch in ('x86_64', 'arm64'):
        expect(tap, f'the baseline of {arch} fits tarball, configuration and list',
               run(os.path.join(source, 'kernel/tools/baseline'), 'check', arch,
                   env=clean()), 0, [])
    tap.end()


if __name__ == '__main__':
    main(*sys.argv[1:])
