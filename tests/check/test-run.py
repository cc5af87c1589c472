# SPDX-License-Identifier: GPL-2.0-or-later
"""kernel/tools/run judges what a guest prints; QEMU is a script that prints a transcript.

test-run.py SOURCE
"""
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time

from run_cases import CASES, END, GOOD, ONE, QUIET, REPORTS, STATUS, reported
from tap import Tap, read, run


class Lab:
    """A directory with an image, boots.ini, and a QEMU that prints what it is told."""

    def __init__(self, source, top):
        self.source, self.top = source, top
        self.write('image', b'')
        self.write('initrd', b'xyz')
        self.write('qemu', f'#!/bin/sh\nprintf "%s\\n" "$@" >{top}/words\ncat {top}/transcript\n'
                   f'. {top}/ending\n')
        os.chmod(f'{top}/qemu', 0o755)

    def write(self, name, data):
        with open(os.path.join(self.top, name), 'wb') as file:
            file.write(data if isinstance(data, bytes) else data.encode())

    def told(self, transcript, programs, ending='exit 0', keys=''):
        self.write('transcript', transcript)
        self.write('ending', ending)
        self.write('boots.ini', f'[x86_64 main]\n{keys}\nrun = {programs}\n')

    def words(self, *more):
        return [sys.executable, f'{self.source}/kernel/tools/run', '--arch', 'x86_64',
                '--kernel', f'{self.top}/image', '--initrd', f'{self.top}/initrd',
                '--boots', f'{self.top}/boots.ini', '--qemu', f'{self.top}/qemu', *more]

    def owned(self):
        """Whether our emulator ran since this was asked."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f'{self.top}/own-ran')
            return True
        return False

    def run(self, *more):
        return subprocess.run(self.words(*more), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


def faults(done, last, lines):
    found = done.stdout.split(b'\n')
    wrong = []
    if found[-2:] != [last.encode(), b'']:
        wrong.append(f'the last line is not "{last}"')
    if (done.returncode == 0) != (' 0 failed' in last):
        wrong.append(f'status {done.returncode}')
    for line in lines:
        if (line if isinstance(line, bytes) else line.encode()) not in found:
            wrong.append(f'no line "{line}"')
    return wrong and wrong + [done.stdout.decode(errors='replace')]


def check_transcripts(tap, lab):
    for name, (transcript, programs, last, lines) in CASES.items():
        lab.told(transcript, programs)
        tap.case(name, faults(lab.run(), last, lines))
    for line in REPORTS:
        transcript, programs, last, lines = reported(line)
        lab.told(transcript, programs)
        tap.case(f'a report fails: {line.splitlines()[0]}',
                 faults(lab.run(), last, lines[:1] + [f'#   {x}' for x in line.split('\n')]))


def check_report_lines(tap, lab):
    """The report and what led to it, but not all of a long one, nor what came between."""
    long = ''.join(f'line {n}\n' for n in range(100))
    lab.told('# kvmfeat: begin gmem/a\n1..1\none\ntwo\nthree\nfour\nBUG: KASAN: slab\n'
             f'ok 1 gmem: a\n{long}Kernel panic - not syncing: KASAN\n{END}', ONE)
    done = lab.run()
    shown = [line for line in done.stdout.decode().split('\n') if line.startswith('#   ')]
    first = shown[:6]
    tap.case('a report is shown with what led to it, and cut',
             [] if first == [f'#   {x}' for x in (
                 'two', 'three', 'four', 'BUG: KASAN: slab', 'line 0', 'line 1')]
             and '#   Kernel panic - not syncing: KASAN' in shown and len(shown) < 90
             else [done.stdout.decode()])


def check_recorded(tap, lab):
    """What a kernel with KASAN and lockdep printed when kernel/modules/fault wrote too far."""
    lab.write('boots.ini', '[x86_64 main]\nrun = fault/kasan\n')
    lab.write('transcript', read(lab.source, 'tests/check/serial/kasan.txt'))
    lab.write('ending', 'exit 0')
    done = lab.run()
    tap.case('a recorded report of KASAN fails, is one report, and tells the rest',
             faults(done, '1 passed, 3 failed, 0 skipped', [
                 'FAILED: x86_64 main: the kernel reported a fault while fault/kasan ran',
                 'FAILED: x86_64 main: lockdep switched itself off',
                 'FAILED: x86_64 main: the kernel is tainted: bad page',
                 '#   BUG: KASAN: slab-out-of-bounds in fault_kasan+0x82/0xa0 [fault]',
                 '#   Write of size 1 at addr ff1100000571b020 by task insmod/63',
                 '#    fault_init+0x89/0x1000 [fault]',
                 '#   Allocated by task 63:']))


def gone(pid):
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        # A zombie that nobody waits for has ended, too.
        if read(f'/proc/{pid}/stat').rpartition(')')[2].split()[0] == 'Z':
            return True
        time.sleep(0.05)
    return False


def child_of(lab):
    for _ in range(200):
        path = f'{lab.top}/child'
        if os.path.exists(path) and read(path).strip():
            return int(read(path))
        time.sleep(0.05)
    return None


HANG = 'sleep 600 &\necho $! >{0}/child\nwait\n'
ALONE = 'echo $$ >{0}/child\nexec sleep 600\n'


def check_hang(tap, lab):
    lab.told(QUIET + '# kvmfeat: begin gmem/a\n1..1\nok 1 gmem: a\nlast words', ONE,
             HANG.format(lab.top), 'seconds = 5')
    done = lab.run()
    tap.case('a guest that hangs fails with the last that it said',
             faults(done, '1 passed, 2 failed, 0 skipped',
                    ['FAILED: x86_64 main: it did not end within 5 s', '#   last words']))
    tap.case('QEMU and its children end with the time', [] if gone(child_of(lab)) else ['alive'])
    os.unlink(f'{lab.top}/child')
    lab.told(GOOD + END, ONE, HANG.format(lab.top), 'seconds = 5')
    tap.case('a guest that does not power off fails',
             faults(lab.run(), '2 passed, 1 failed, 0 skipped',
                    ['FAILED: x86_64 main: it did not end within 5 s']))
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL):
        os.unlink(f'{lab.top}/child')
        lab.told(QUIET, ONE, (ALONE if number == signal.SIGKILL else HANG).format(lab.top))
        with subprocess.Popen(lab.words(), stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as process:
            child = child_of(lab)
            process.send_signal(number)
            status = process.wait(20)
        tap.case(f'{number.name} ends QEMU, too', [] if child and gone(child) and status
                 else [f'status {status}, child {child}'])


def check_words(tap, lab):
    lab.told(GOOD + END, ONE, 'echo no such CPU >&2; exit 1')
    tap.case('a QEMU that fails is a failure, with what it says',
             faults(lab.run(), '2 passed, 1 failed, 0 skipped',
                    ['FAILED: x86_64 main: QEMU ended with 1: no such CPU']))
    lab.told(GOOD + END, ONE, keys='cmdline = nested=0 a.b=c\nmachine = hpet=off\n'
             'cpu = -svm\nmemory = 512')
    done = lab.run('--log', f'{lab.top}/log')
    words = read(lab.top, 'words').split('\n')
    tap.case('a boot has its command line, machine, CPU and memory',
             [f'{w} not in {words}' for w in
              ('q35,hpet=off', 'max,la57=off,-svm', '512', 'tcg,thread=multi') if w not in words] +
             [f'{w} not in -append' for w in ('console=ttyS0', 'panic=-1', 'nested=0', 'a.b=c')
              if w not in words[words.index('-append') + 1].split()] +
             faults(done, '2 passed, 0 failed, 0 skipped', []))
    tap.case('the log has all that the guest says',
             [] if read(lab.top, 'log/x86_64-main.log') == GOOD + END else ['it differs'])


def check_extra(tap, lab):
    """The programs of a person, and a list instead of boots.ini's programs."""
    lab.write('prog', '#!/bin/sh\n')
    lab.told(GOOD + '# kvmfeat: begin extra: prog\n# kvmfeat: end extra: prog 0\n'
             'ok 1 extra: prog\n' + END, ONE, f'cp "$(sed -n "/^-initrd/{{n;p}}" {lab.top}/words)"'
             f' {lab.top}/given')
    done = lab.run('--extra', f'{lab.top}/prog')
    tap.case('a program that is no file to run is refused',
             [] if done.returncode == 2 and b'is no program' in done.stdout else [done.stdout])
    os.chmod(f'{lab.top}/prog', 0o755)
    tap.case('a program of a person is run after the others',
             faults(lab.run('--extra', f'{lab.top}/prog'), '3 passed, 0 failed, 0 skipped', []))
    given = open(f'{lab.top}/given', 'rb').read()
    tap.case('the guest gets the list, and the program, behind its initramfs',
             [repr(given)] if not given.startswith(b'xyz\0') or given[512:518] != b'070701'
             or b'120 test gmem/a\n120 extra prog\n' not in given
             or b'#!/bin/sh\n' not in given else [])
    lab.write('list', '# upstream\nselftest:x86/s -i 3 # twice\n')
    lab.told(STATUS + END, ONE)
    tap.case('a list replaces the programs of the boot',
             faults(lab.run('--list', f'{lab.top}/list'), '1 passed, 0 failed, 0 skipped', []))


TWO_BOOTS = '[x86_64 main]\nrun = gmem/a\n[x86_64 own]\nemulator = yes\ncpu = lbrv=on\nrun = '
NO_SOURCE = ['--no-emulator', 'the source cannot be had: sorry']
WHY = 'the emulator could not be built: the source cannot be had: sorry'


def check_arm64(tap, lab):
    """All its boots run on our emulator, and only those that say so need it."""
    lab.write('boots.ini', TWO_BOOTS.replace('x86_64', 'arm64') + 'gmem/a\n')
    arm64 = ['--arch', 'arm64', '--only', 'main']
    done = lab.run(*arm64, '--emulated')
    tap.case('each boot of arm64 is for our emulator', [] if done.stdout == b'main\n' else
             [done.stdout])
    done = lab.run(*arm64, '--emulator', f'{lab.top}/own')
    tap.case('it runs there', faults(done, '2 passed, 0 failed, 0 skipped', []) +
             ([] if lab.owned() else ['ours did not run']))
    done = lab.run(*arm64, *NO_SOURCE, '--require-emulator')
    tap.case('without it, on the system\'s, and tells why', faults(
        done, '2 passed, 0 failed, 0 skipped',
        [f'# arm64 main: on the system\'s QEMU: {NO_SOURCE[1]}']) +
             (['ours ran'] if lab.owned() else []))
    lab.write('boots.ini', TWO_BOOTS + 'gmem/a\n')


def check_emulator(tap, lab):
    """A boot that wants our emulator, and what becomes of it when there is none."""
    lab.told(GOOD + END, ONE)
    lab.write('boots.ini', TWO_BOOTS + 'gmem/a\n')
    lab.write('own', f'#!/bin/sh\ntouch {lab.top}/own-ran\nexec {lab.top}/qemu "$@"\n')
    os.chmod(f'{lab.top}/own', 0o755)
    done = lab.run('--emulator', f'{lab.top}/own')
    tap.case('a boot with "emulator = yes" runs on our emulator',
             faults(done, '4 passed, 0 failed, 0 skipped', []) +
             ([] if lab.owned() else ['ours did not run']) +
             ([] if 'max,la57=off,lbrv=on' in read(lab.top, 'words').split('\n') else
              ['it has another CPU']))
    done = lab.run('--emulator', f'{lab.top}/own', '--only', 'main')
    tap.case('the others run on the system\'s', faults(done, '2 passed, 0 failed, 0 skipped', []) +
             (['ours ran'] if lab.owned() else []))
    check_arm64(tap, lab)
    done = lab.run()
    tap.case('a boot whose emulator nobody names is one sentence',
             [] if done.returncode == 2 and b'run: x86_64 own wants the lab\'s own QEMU' in
             done.stdout else [done.stdout])
    lab.write('boots.ini', TWO_BOOTS + 'gmem/a gmem/b\n\tselftest:x86/s -i 3\n')
    lines = ['{} 1 gmem: gmem/a{}', '# kvmfeat: begin gmem/b', '{} 2 gmem: gmem/b{}',
             '{} 3 selftest: x86/s -i 3{}', '# x86_64 own: 3 programs']
    done = lab.run(*NO_SOURCE)
    tap.case('without it each of its programs is skipped, and tells why',
             faults(done, '2 passed, 0 failed, 3 skipped', [
                 *(line.format('ok', f' # SKIP {WHY}') for line in lines),
                 '# kvmfeat: end gmem/b 4', f'skipped: x86_64 own: gmem: gmem/b: {WHY}']))
    done = lab.run(*NO_SOURCE, '--require-emulator')
    tap.case('where it is required each of them fails, and tells why',
             faults(done, '2 passed, 3 failed, 0 skipped', [
                 *(line.format('not ok', '') for line in lines),
                 '# kvmfeat: end gmem/b 1', 'FAILED: x86_64 own: gmem: gmem/b',
                 f'# gmem: gmem/b: {WHY}']))
    done = lab.run(*NO_SOURCE, '--only', 'own')
    tap.case('a run in which all was skipped says nothing',
             faults(done, '0 passed, 1 failed, 3 skipped',
                    ['FAILED: nothing passed: this says nothing']))


def check_choice(tap, lab):
    """What is run of several boots: a list, one test, those that want our emulator."""
    lab.told(GOOD + END, ONE)
    lab.write('boots.ini', TWO_BOOTS + 'gmem/a gmem/b\n[x86_64 empty]\nemulator = yes\nrun =\n')
    for name, more, boots in (
            ('the boots that want our emulator are named', [], b'own\n'),
            ('a boot that does not is none of them', ['--only', 'main'], b''),
            ('a test that runs there names it', ['--test', 'gmem/b'], b'own\n')):
        done = lab.run('--emulated', *more)
        tap.case(name, [] if not done.returncode and done.stdout == boots else [done.stdout])
    tap.case('one test runs in its boots', faults(
        lab.run('--test', 'gmem/a', *NO_SOURCE), '2 passed, 0 failed, 1 skipped', []))
    lab.write('list', 'gmem/a\n[empty]\nselftest:x86/s -i 3\nselftest:x86/t\n[main]\n')
    tap.case('a list has parts for other boots', faults(
        lab.run('--list', f'{lab.top}/list', *NO_SOURCE), '2 passed, 0 failed, 2 skipped',
        ['# x86_64 main: 1 programs', '# x86_64 empty: 2 programs',
         f'ok 2 selftest: x86/t # SKIP {WHY}']))
    lab.write('list', 'gmem/a\n[gone]\ngmem/b\n')
    for name, words, sentence in (
            ('a list for a boot that there is not', ['--list', f'{lab.top}/list'],
             b'names "gone", and'),
            ('a test that no boot runs', ['--test', 'gmem/c'], b'no boot of x86_64 runs gmem/c')):
        done = lab.run(*words)
        tap.case(f'{name} is one sentence', [] if done.returncode == 2 and sentence in done.stdout
                 and b'Traceback' not in done.stdout else [done.stdout])


def check_slow(tap, lab):
    lab.told(GOOD + END, ONE, 'sleep 6', 'seconds = 5\neach = 7')
    done = lab.run('--slow', '9')
    tap.case('a slow machine gets more time', faults(done, '2 passed, 0 failed, 0 skipped', []))


def check_bad_input(tap, lab):
    lab.told(GOOD + END, ONE)
    for name, ini, more, sentence in (
            ('a boot that there is not', '[x86_64 main]\nrun = gmem/a\n', ['--only', 'x'],
             'has no boot "x86_64 x"'),
            ('an architecture without a boot', '[arm64 main]\nrun = gmem/a\n', [],
             'has no boot of x86_64'),
            ('an unknown key', '[x86_64 main]\nruns = gmem/a\n', [], 'unknown key "runs"'),
            ('a time that is none', '[x86_64 main]\nseconds = soon\n', [], "'soon'"),
            ('an emulator that is neither yes nor no', '[x86_64 main]\nemulator = own\n', [],
             '[x86_64 main]: Not a boolean: own'),
            ('a test without a room', '[x86_64 main]\nrun = accounting\n', [],
             '"accounting" is no ROOM/NAME'),
            ('a missing file of boots', None, ['--boots', '/nonexistent'], 'cannot read the boots'),
            ('a missing image', '[x86_64 main]\nrun = gmem/a\n', ['--kernel', '/nonexistent'],
             'there is no file /nonexistent'),
            ('a missing QEMU', '[x86_64 main]\nrun = gmem/a\n', ['--qemu', '/nonexistent'],
             '/nonexistent is not installed')):
        if ini:
            lab.write('boots.ini', ini)
        done = lab.run(*more)
        said = done.stdout.decode()
        tap.case(f'{name} is one sentence', [] if done.returncode == 2 and sentence in said and
                 'Traceback' not in said else [f'{done.returncode}: {said}'])


def check_initramfs(tap, lab):
    """The same input makes the same bytes, in another order of writing and at another time."""
    made = []
    for turn, names in enumerate((('b', 'a'), ('a', 'b'))):
        root = f'{lab.top}/root{turn}'
        for name in names:
            os.makedirs(f'{root}/tests/gmem', exist_ok=True)
            lab.write(f'root{turn}/tests/gmem/{name}', name)
            os.chmod(f'{root}/tests/gmem/{name}', (0o755, 0o700)[turn])
            os.utime(f'{root}/tests/gmem/{name}', (turn, turn))
        os.symlink('tests', f'{root}/link')
        done = run(f'{lab.source}/kernel/tools/initramfs', '--out', f'{lab.top}/out{turn}',
                   '--busybox', f'{lab.top}/qemu', '--root', root)
        made.append(open(f'{lab.top}/out{turn}', 'rb').read() if not done.returncode else
                    done.stdout)
    tap.case('the same input makes the same initramfs', [] if made[0] == made[1] else
             [f'they differ: {made[0][:200]} {made[1][:200]}'])
    names = [n for n in (b'tests/gmem/a', b'link', b'bin/busybox', b'bin/sh', b'dev/console',
                         b'init', b'TRAILER!!!') if b'\0' + n + b'\0' not in
             b'\0' + made[0].replace(b'00000000' + n, b'\0' + n)]
    tap.case('it has the tree, busybox and the first process', names)
    done = run(f'{lab.source}/kernel/tools/initramfs', '--out', f'{lab.top}/out', '--busybox',
               '/nonexistent', '--root', f'{lab.top}/root0')
    tap.case('a missing busybox is one sentence, and nothing is written',
             [] if done.returncode and '/nonexistent' in done.stdout and
             'Traceback' not in done.stdout and not os.path.exists(f'{lab.top}/out')
             else [done.stdout])


def main(source):
    tap = Tap()
    with tempfile.TemporaryDirectory() as top:
        lab = Lab(source, top)
        for check in (check_transcripts, check_report_lines, check_recorded, check_hang,
                      check_words, check_extra, check_emulator, check_choice, check_slow,
                      check_bad_input, check_initramfs):
            check(tap, lab)
    tap.end()


if __name__ == '__main__':
    main(*sys.argv[1:])
