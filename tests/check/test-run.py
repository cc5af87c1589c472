# SPDX-License-Identifier: GPL-2.0-or-later
"""kernel/tools/run judges what a guest prints; QEMU is a script that prints a transcript.

test-run.py SOURCE
"""
import os
import signal
import subprocess
import sys
import tempfile
import time

from tap import Tap, read, run

QUIET = '''Linux version 7.3.4
rcu: \tRCU lockdep checking is enabled.
kmemleak: Kernel memory leak detector initialized (mem pool available: 15731)
Could not switch to high resolution mode on CPU 0
'''
GOOD = '''# kvmfeat: begin gmem/a
TAP version 13
1..2
ok 1 gmem: pages are counted
ok 2 gmem: holes are not
# kvmfeat: end gmem/a 0
'''
STATUS = '''# kvmfeat: begin selftest: x86/s -i 3
| TAP version 13
| 1..2
| not ok 1 something else
| panic: Oops, BUG: and WARNING: are but words of a program
# kvmfeat: end selftest: x86/s -i 3 0
ok 1 selftest: x86/s -i 3
'''
END = '''# kvmfeat: leaks 0
# kvmfeat: debug_locks 1
# kvmfeat: tainted 4096
# kvmfeat: done
reboot: Power down
'''
ONE, BOTH = 'gmem/a', 'gmem/a\n selftest:x86/s -i 3'


def test(body, status=0, name='gmem/a'):
    return f'# kvmfeat: begin {name}\n{body}# kvmfeat: end {name} {status}\n'


def reported(line, where=''):
    """A boot in which the kernel says @line while the test runs."""
    return (QUIET + GOOD.replace('ok 2', f'{line}\n{where}ok 2') + END, ONE,
            '2 passed, 1 failed, 0 skipped',
            ['FAILED: x86_64 main: the kernel reported a fault while gmem/a ran',
             f'#   {line}'])


# What it is -> transcript, programs, the last line, lines that must be there.
CASES = {
    'a boot in which all is well passes': (
        QUIET + GOOD + STATUS + END, BOTH, '3 passed, 0 failed, 0 skipped',
        ['1..2', 'ok 2 gmem: holes are not', 'ok 1 selftest: x86/s -i 3']),
    'stamps and carriage returns are not part of a line': (
        ''.join(f'[   12.345678] {line}\r\r\n' for line in (QUIET + GOOD + END).splitlines()),
        ONE, '2 passed, 0 failed, 0 skipped', ['ok 1 gmem: pages are counted']),
    'bytes that are no UTF-8 come out as they went in': (
        b'\xff\xfe\n' + (GOOD + END).encode().replace(b'holes', b'h\xf6les'), ONE,
        '2 passed, 0 failed, 0 skipped', [b'ok 2 gmem: h\xf6les are not']),
    'a failed case is one failure': (
        test('1..2\nok 1 gmem: a\n| st_blocks is 7\nnot ok 2 gmem: b\n', 1) + END, ONE,
        '1 passed, 1 failed, 0 skipped',
        ['not ok 2 gmem: b', 'FAILED: x86_64 main: gmem: b', '#   st_blocks is 7']),
    'a skipped case tells its reason': (
        test('1..2\nok 1 gmem: a\nok 2 gmem: b # SKIP no NRIPS\n') + END, ONE,
        '1 passed, 0 failed, 1 skipped', ['skipped: x86_64 main: gmem: b: no NRIPS']),
    'a skipped case of kselftest.h begins with its room, too': (
        test('1..2\nok 1 gmem: a\nok 2 # SKIP gmem: no NRIPS\n') + END, ONE,
        '1 passed, 0 failed, 1 skipped', ['skipped: x86_64 main: gmem: no NRIPS']),
    'a skipped program is one skip': (
        GOOD + test('1..0 # SKIP no /dev/kvm\n', 4, 'param/b') + END, 'gmem/a param/b',
        '2 passed, 0 failed, 1 skipped', ['skipped: x86_64 main: param/b: no /dev/kvm']),
    'a skipped program without a reason fails': (
        test('1..0\n', 4) + END, ONE, '0 passed, 2 failed, 0 skipped',
        ['FAILED: x86_64 main: gmem/a: it planned nothing and says no reason, status 4']),
    'a skipped status needs a skipped program': (
        test('1..1\nok 1 gmem: a\n', 4) + END, ONE, '1 passed, 1 failed, 0 skipped',
        ['FAILED: x86_64 main: gmem/a: it ended with 4']),
    'a case without the word of its room fails': (
        test('1..1\nok 1 pages are counted\n') + END, ONE, '1 passed, 1 failed, 0 skipped',
        ['FAILED: x86_64 main: gmem/a: a case does not begin with "gmem:": '
         'ok 1 pages are counted']),
    'fewer cases than planned fail': (
        test('1..3\nok 1 gmem: a\n') + END, ONE, '1 passed, 1 failed, 0 skipped',
        ['FAILED: x86_64 main: gmem/a: 1 cases of 3, status 0']),
    'no plan fails': (
        test('ok 1 gmem: a\n') + END, ONE, '1 passed, 1 failed, 0 skipped',
        ['FAILED: x86_64 main: gmem/a: it printed no plan, status 0']),
    'a program that bails out fails': (
        test('1..1\nok 1 gmem: a\nBail out! no memory\n', 1) + END, ONE,
        '1 passed, 1 failed, 0 skipped',
        ['FAILED: x86_64 main: gmem/a: Bail out! no memory, status 1']),
    'a program that ends badly after good cases fails': (
        test('1..1\nok 1 gmem: a\n| Segmentation fault\n', 139) + END, ONE,
        '1 passed, 1 failed, 0 skipped',
        ['FAILED: x86_64 main: gmem/a: it ended with 139', '#   Segmentation fault']),
    'a program that uses up its time fails': (
        test('1..1\nok 1 gmem: a\n# kvmfeat: late gmem/a\n', 143) + END, ONE,
        '1 passed, 1 failed, 0 skipped', ['FAILED: x86_64 main: gmem/a: it did not end in time']),
    'a program that is not in the initramfs fails': (
        GOOD + '# kvmfeat: missing param/b\n' + END, 'gmem/a param/b',
        '2 passed, 1 failed, 0 skipped',
        ['FAILED: x86_64 main: param/b: it is not in the initramfs']),
    'a program that did not run fails': (
        GOOD + END, 'gmem/a param/b', '2 passed, 1 failed, 0 skipped',
        ['FAILED: x86_64 main: param/b: it did not run']),
    'a program that nobody asked for fails': (
        GOOD + test('1..1\nok 1 param: b\n', 0, 'param/b') + END, ONE,
        '2 passed, 2 failed, 0 skipped', ['FAILED: x86_64 main: param/b: not its turn']),
    'a boot without a case fails': (
        END, '', '0 passed, 1 failed, 0 skipped', ['FAILED: x86_64 main: the boot has no case']),
    'a status that is not 0 fails': (
        GOOD + STATUS.replace('-i 3 0', '-i 3 254').replace('\nok 1 s', '\nnot ok 1 s') + END,
        BOTH, '2 passed, 1 failed, 0 skipped',
        ['FAILED: x86_64 main: selftest: x86/s -i 3', '#   not ok 1 something else']),
    'a status of 4 is a skip': (
        GOOD + STATUS.replace('-i 3 0', '-i 3 4').replace('x86/s -i 3\n', 'x86/s -i 3\n')
        .replace('\nok 1 selftest: x86/s -i 3', '\nok 1 selftest: x86/s -i 3 # SKIP no AVIC')
        + END, BOTH, '2 passed, 0 failed, 1 skipped',
        ['skipped: x86_64 main: selftest: x86/s -i 3: no AVIC']),
    'a result that denies its status fails': (
        GOOD + STATUS.replace('-i 3 0', '-i 3 1') + END, BOTH, '3 passed, 1 failed, 0 skipped',
        ['FAILED: x86_64 main: selftest: x86/s -i 3: it ended with 1, and its result is: '
         'ok 1 selftest: x86/s -i 3']),
    'a status without its result fails': (
        GOOD + STATUS.rpartition('ok 1')[0] + END, BOTH, '2 passed, 1 failed, 0 skipped',
        ['FAILED: x86_64 main: selftest: x86/s -i 3: its result is missing']),
    'a guest that powers off early fails, whatever QEMU says': (
        GOOD, ONE, '2 passed, 1 failed, 0 skipped',
        ['FAILED: x86_64 main: the guest ended before its work was done',
         '#   # kvmfeat: end gmem/a 0']),
    'a panic fails': (
        QUIET + '# kvmfeat: begin gmem/a\n1..2\nok 1 gmem: a\n'
        'Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000009\n', ONE,
        '1 passed, 3 failed, 0 skipped',
        ['#   Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000009',
         'FAILED: x86_64 main: gmem/a: it did not end']),
    'a leak fails': (
        GOOD + 'unreferenced object 0xffff888006a5b100 (size 32):\n  comm "sh", pid 71\n' +
        END.replace('leaks 0', 'leaks 1'), ONE, '2 passed, 2 failed, 0 skipped',
        ['FAILED: x86_64 main: kmemleak: 1 leaks',
         '#   unreferenced object 0xffff888006a5b100 (size 32):']),
    'a kmemleak that does not scan fails': (
        GOOD + END.replace('leaks 0', 'leaks unknown'), ONE, '2 passed, 1 failed, 0 skipped',
        ['FAILED: x86_64 main: kmemleak did not scan']),
    'a lockdep that went off fails': (
        GOOD + END.replace('locks 1', 'locks 0'), ONE, '2 passed, 1 failed, 0 skipped',
        ['FAILED: x86_64 main: lockdep switched itself off']),
    'a taint that no line told of fails': (
        GOOD + END.replace('4096', '4768'), ONE, '2 passed, 1 failed, 0 skipped',
        ['FAILED: x86_64 main: the kernel is tainted: bad page, oops, warning']),
    'a report after the last program fails': (
        GOOD + END + 'BUG: unable to handle page fault for address: ffffc90000000000\n', ONE,
        '2 passed, 1 failed, 0 skipped', ['FAILED: x86_64 main: the kernel reported a fault']),
    'lines that the kernel dropped fail': reported('** 12 printk messages dropped **'),
}
REPORTS = (
    'BUG: KASAN: slab-out-of-bounds in kvm_gmem_fault+0x2a/0x90 [kvm]',
    'UBSAN: array-index-out-of-bounds in arch/x86/kvm/svm/nested.c:12:3',
    'WARNING: possible circular locking dependency detected',
    'WARNING: suspicious RCU usage',
    'WARNING: virt/kvm/guest_memfd.c:123 at kvm_gmem_bind+0x1/0x2, CPU#1: a/71',
    'BUG: kernel NULL pointer dereference, address: 0000000000000008',
    'Oops: general protection fault, probably for non-canonical address: 0000 [#1] SMP',
    'Internal error: Oops: 0000000096000004 [#1]  SMP',
    'kernel BUG at mm/filemap.c:99!',
    'BUG: sleeping function called from invalid context at mm/x.c:1',
    'watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [a:71]',
    'rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:',
    'rcu: INFO: rcu_sched self-detected stall on CPU',
    'INFO: task a:71 blocked for more than 120 seconds.',
    'INFO: trying to register non-static key.',
    'list_add corruption. next->prev should be prev\nCall Trace:',
)


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


def check_hang(tap, lab):
    lab.told(QUIET + '# kvmfeat: begin gmem/a\n1..1\nok 1 gmem: a\nlast words', ONE,
             HANG.format(lab.top), 'seconds = 1')
    done = lab.run()
    tap.case('a guest that hangs fails with the last that it said',
             faults(done, '1 passed, 2 failed, 0 skipped',
                    ['FAILED: x86_64 main: it did not end within 1 s', '#   last words']))
    tap.case('QEMU and its children end with the time', [] if gone(child_of(lab)) else ['alive'])
    os.unlink(f'{lab.top}/child')
    lab.told(GOOD + END, ONE, f'{HANG.format(lab.top)}', 'seconds = 1')
    tap.case('a guest that does not power off fails',
             faults(lab.run(), '2 passed, 1 failed, 0 skipped',
                    ['FAILED: x86_64 main: it did not end within 1 s']))
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        os.unlink(f'{lab.top}/child')
        lab.told(QUIET, ONE, HANG.format(lab.top))
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
             [f'{w} not in {words}' for w in ('q35,hpet=off', 'max,-svm', '512', 'tcg,thread=multi')
              if w not in words] +
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


def check_bad_input(tap, lab):
    lab.told(GOOD + END, ONE)
    for name, ini, more, sentence in (
            ('a boot that there is not', '[x86_64 main]\nrun = gmem/a\n', ['--only', 'x'],
             'has no boot "x86_64 x"'),
            ('an architecture without a boot', '[arm64 main]\nrun = gmem/a\n', [],
             'has no boot of x86_64'),
            ('an unknown key', '[x86_64 main]\nruns = gmem/a\n', [], 'unknown key "runs"'),
            ('a time that is none', '[x86_64 main]\nseconds = soon\n', [], "'soon'"),
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
        for check in (check_transcripts, check_report_lines, check_hang, check_words, check_extra,
                      check_bad_input, check_initramfs):
            check(tap, lab)
    tap.end()


if __name__ == '__main__':
    main(*sys.argv[1:])
