# SPDX-License-Identifier: GPL-2.0-only
"""The emulated machines, and one run of QEMU that does not outlive its time."""
import contextlib
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time

import pmus
from boots import Fault

# On a busy host the calibration of the TSC fails, without which KVM's tests die, and so does the
# check of the timer. With five levels of page tables, a timer interrupt in identify_cpu() makes
# KASAN report without end.
MACHINES = {
    'x86_64': ('qemu-system-x86_64', 'q35', 'max,la57=off',
               'console=ttyS0 tsc_early_khz=2596000 no_timer_check'),
    'arm64': ('qemu-system-aarch64', 'virt,virtualization=on,gic-version=3', 'max',
              'console=ttyAMA0'),
}
# Where there is the lab's own QEMU, all boots run on it: with the system's, code that one CPU
# overwrites is now and then still run by another.
ON_OUR_OWN = {'arm64'}
# Levels below 5 have every report. What programs say goes through /dev/kmsg, unlimited.
CMDLINE = 'panic=-1 loglevel=5 printk.devkmsg=on log_buf_len=2M kasan_multi_shot'


def command(boot, qemu, kernel, initrd, serial, folder):
    """The words of one QEMU; @qemu is the program, or None for the system's. What it reads besides
    is written into @folder."""
    program, machine, cpu, console = MACHINES[boot.arch]
    program = qemu or program
    found = shutil.which(program)
    if not found:
        raise Fault(f'{program} is not installed')
    for path in (kernel, initrd):
        if not os.path.isfile(path):
            raise Fault(f'there is no file {path}')
    words = [found, '-machine', ','.join(filter(None, (machine, boot.machine))),
             '-accel', 'tcg,thread=multi', '-cpu', ','.join(filter(None, (cpu, boot.cpu))),
             '-smp', str(boot.cpus), '-m', boot.memory, '-nodefaults', '-no-reboot',
             '-display', 'none']
    tree = ['-dtb', device_tree(words, boot, folder)] if boot.pmus else []
    return [*words, *tree, '-serial', serial, '-kernel', kernel, '-initrd', initrd,
            '-append', f'{console} {CMDLINE} {boot.cmdline}'.rstrip()]


def device_tree(words, boot, folder):
    """The file with the device tree of the machine @words, but with the PMUs of @boot."""
    path = os.path.join(folder, 'machine.dtb')
    why = run([*words, '-machine', f'dumpdtb={path}'], 60, lambda line: None)
    if why:
        raise Fault(f'the machine of {boot.arch} {boot.name} tells no device tree: {why}')
    try:
        with open(path, 'rb') as file:
            tree = pmus.split(file.read(), boot.pmus)
    except (OSError, ValueError) as error:
        raise Fault(f'the device tree of {boot.arch} {boot.name}: {error}') from None
    with open(path, 'wb') as file:
        file.write(tree)
    return path


@contextlib.contextmanager
def started(words, errors):
    """A process in a group of its own, which is gone at the end, whatever happens."""
    # We cannot end it when we are killed ourselves.
    words = ['setpriv', '--pdeathsig', 'KILL', *words]
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=errors, start_new_session=True)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.stdout.close()
        process.wait()


def serial_lines(process, seconds):
    """Yields each line as bytes; then None if the time was over before QEMU ended."""
    end = time.monotonic() + seconds
    rest = b''
    while True:
        left = end - time.monotonic()
        if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
            yield from filter(None, [rest])
            yield None
            return
        data = os.read(process.stdout.fileno(), 65536)
        *lines, rest = (rest + data).split(b'\n')
        yield from lines
        if not data:
            yield from filter(None, [rest])
            return


def run(words, seconds, each_line):
    """Feeds each line to @each_line; returns what went wrong with QEMU itself, or None."""
    with tempfile.TemporaryFile() as errors, started(words, errors) as process:
        for line in serial_lines(process, seconds):
            if line is None:
                return f'it did not end within {seconds} s'
            each_line(line)
        try:
            status = process.wait(10)
        except subprocess.TimeoutExpired:
            return 'QEMU closed the serial line and did not end'
        if not status:
            return None
        errors.seek(0)
        said = errors.read().decode(errors='replace').strip().splitlines()
        return f'QEMU ended with {status}' + ''.join(f': {line}' for line in said[-1:])
