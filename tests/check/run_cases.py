# SPDX-License-Identifier: GPL-2.0-or-later
"""What guests print, and how kernel/tools/run must judge it; for test-run.py."""

QUIET = '''Linux version 7.3.4
rcu: \tRCU lockdep checking is enabled.
kmemleak: Kernel memory leak detector initialized (mem pool available: 15731)
..MP-BIOS bug: 8254 timer not connected to IO-APIC
arch_timer: [Firmware Bug]: VHE-capable CPU without EL2 virtual timer interrupt
APIC timer disabled due to verification failure
Could not switch to high resolution mode on CPU 0
fault: loading out-of-tree module taints kernel.
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
        '# kvmfeat: begin gmem/a\n# kvmfeat: end gmem/a 0\n' + END, 'gmem/a',
        '0 passed, 2 failed, 0 skipped', ['FAILED: x86_64 main: the boot has no case']),
    'without a boot that has programs nothing is said': (
        END, '', '0 passed, 1 failed, 0 skipped', ['FAILED: nothing passed: this says nothing']),
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
    'a result of another program fails': (
        GOOD + STATUS.replace('ok 1 selftest: x86/s', 'ok 1 selftest: x86/t') + END, BOTH,
        '3 passed, 1 failed, 0 skipped',
        ['FAILED: x86_64 main: selftest: x86/s -i 3: it ended with 0, and its result is: '
         'ok 1 selftest: x86/t -i 3']),
    'a program without an end fails': (
        GOOD.rpartition('# kvmfeat')[0] + test('1..1\nok 1 param: b\n', 0, 'param/b') + END,
        'gmem/a param/b', '3 passed, 1 failed, 0 skipped',
        ['FAILED: x86_64 main: gmem/a: it has no end']),
    'reports while two programs run are two': (
        GOOD.replace('ok 2', 'BUG: KASAN: one\nok 2') +
        test('1..1\nBUG: KASAN: two\nok 1 param: b\n', 0, 'param/b') + END, 'gmem/a param/b',
        '3 passed, 2 failed, 0 skipped',
        ['FAILED: x86_64 main: the kernel reported a fault while gmem/a ran',
         'FAILED: x86_64 main: the kernel reported a fault while param/b ran']),
    'a report long after another is another': (
        GOOD.replace('ok 2', 'BUG: KASAN: one\n' + 300 * 'and so on\n' +
                     'WARNING: possible recursive locking detected\nok 2') + END, ONE,
        '2 passed, 2 failed, 0 skipped',
        ['#   WARNING: possible recursive locking detected']),
    'lines that the kernel dropped fail': reported('** 12 printk messages dropped **'),
}
REPORTS = (
    'BUG: KASAN: slab-out-of-bounds in fault_kasan+0x82/0xa0 [fault]',
    'UBSAN: shift-out-of-bounds in kernel/modules/fault/fault.c:61:6',
    'WARNING: possible circular locking dependency detected',
    'WARNING: suspicious RCU usage',
    'WARNING: at fault_warn+0x7/0x10 [fault], CPU#1: insmod/63',
    'WARNING: virt/kvm/guest_memfd.c:123 at kvm_gmem_bind+0x1/0x2, CPU#1: a/71',
    'BUG: kernel NULL pointer dereference, address: 0000000000000008',
    'Oops: general protection fault, probably for non-canonical address 0xdffffc0000000000',
    '------------[ cut here ]------------',
    'Oops: 0002 [#1] SMP KASAN NOPTI',
    'Internal error: synchronous external abort: 0000000096000410 [#1]  SMP',
    'Unable to handle kernel paging request at virtual address ffff800080000000',
    'unchecked MSR access error: WRMSR to 0x1d9 (tried to write 0x0000000000000001)',
    'Out of memory: Killed process 71 (a) total-vm:1024kB',
    'kernel BUG at mm/filemap.c:99!',
    'BUG: sleeping function called from invalid context at mm/x.c:1',
    'watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [a:71]',
    'rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:',
    'rcu: INFO: rcu_sched self-detected stall on CPU',
    'INFO: task a:71 blocked for more than 120 seconds.',
    'INFO: trying to register non-static key.',
    'list_add corruption. next->prev should be prev\nCall Trace:',
)
