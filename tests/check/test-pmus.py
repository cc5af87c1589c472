# SPDX-License-Identifier: GPL-2.0-or-later
"""kernel/tools/pmus.py puts several PMUs into a machine's device tree, and kernel/tools/run boots
with it; QEMU is a script that has such a tree.

test-pmus.py SOURCE
"""
import base64
import os
import subprocess
import sys
import tempfile

from tap import Tap

# What dtc makes of this, as base64:
#   / { #address-cells = <1>; #size-cells = <1>; interrupt-parent = <0x8001>;
#     intc@8000000 { compatible = "arm,gic-v3"; interrupt-controller; #interrupt-cells = <3>;
#       #address-cells = <2>; #size-cells = <2>; reg = <0x8000000 0x10000>;
#       interrupts = <1 9 4>; phandle = <0x8001>; ranges; };
#     cpus { #address-cells = <1>; #size-cells = <0>;
#       cpu@0 { reg = <0>; phandle = <0x8002>; }; cpu@1 { reg = <1>; phandle = <0x8003>; }; };
#     pmu { compatible = "arm,armv8-pmuv3"; interrupts = <1 7 4>; };
#     timer { interrupts = <1 13 4 1 14 4>; };
#     pcie@10000000 { #address-cells = <3>; #size-cells = <2>; #interrupt-cells = <1>;
#       interrupt-map = <0 0 0 1 0x8001 0 0 0 3 4 0 0 0 2 0x8001 0 0 0 4 4>; }; };
MACHINE = base64.b64decode("""
0A3+7QAAA10AAAA4AAAC1AAAACgAAAARAAAAEAAAAAAAAACJAAACnAAAAAAAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAMAAAAE
AAAAAAAAAAEAAAADAAAABAAAAA8AAAABAAAAAwAAAAQAAAAbAACAAQAAAAFpbnRjQDgwMDAwMDAAAAAAAAAAAwAAAAsAAAAs
YXJtLGdpYy12MwAAAAAAAwAAAAAAAAA3AAAAAwAAAAQAAABMAAAAAwAAAAMAAAAEAAAAAAAAAAIAAAADAAAABAAAAA8AAAAC
AAAAAwAAAAgAAABdCAAAAAABAAAAAAADAAAADAAAAGEAAAABAAAACQAAAAQAAAADAAAABAAAAGwAAIABAAAAAwAAAAAAAAB0
AAAAAgAAAAFjcHVzAAAAAAAAAAMAAAAEAAAAAAAAAAEAAAADAAAABAAAAA8AAAAAAAAAAWNwdUAwAAAAAAAAAwAAAAQAAABd
AAAAAAAAAAMAAAAEAAAAbAAAgAIAAAACAAAAAWNwdUAxAAAAAAAAAwAAAAQAAABdAAAAAQAAAAMAAAAEAAAAbAAAgAMAAAAC
AAAAAgAAAAFwbXUAAAAAAwAAABAAAAAsYXJtLGFybXY4LXBtdXYzAAAAAAMAAAAMAAAAYQAAAAEAAAAHAAAABAAAAAIAAAAB
dGltZXIAAAAAAAADAAAAGAAAAGEAAAABAAAADQAAAAQAAAABAAAADgAAAAQAAAACAAAAAXBjaWVAMTAwMDAwMDAAAAAAAAAD
AAAABAAAAAAAAAADAAAAAwAAAAQAAAAPAAAAAgAAAAMAAAAEAAAATAAAAAEAAAADAAAAUAAAAHsAAAAAAAAAAAAAAAAAAAAB
AACAAQAAAAAAAAAAAAAAAAAAAAMAAAAEAAAAAAAAAAAAAAAAAAAAAgAAgAEAAAAAAAAAAAAAAAAAAAAEAAAABAAAAAIAAAAC
AAAACSNhZGRyZXNzLWNlbGxzACNzaXplLWNlbGxzAGludGVycnVwdC1wYXJlbnQAY29tcGF0aWJsZQBpbnRlcnJ1cHQtY29u
dHJvbGxlcgAjaW50ZXJydXB0LWNlbGxzAHJlZwBpbnRlcnJ1cHRzAHBoYW5kbGUAcmFuZ2VzAGludGVycnVwdC1tYXAA
""")
PMUS = 'cortex-a53:0 cortex-a72:1'
SCRIPT = """#!/bin/sh
for word; do
    case $word in
    dumpdtb=*)
        {ending}
        cp {top}/machine "${{word#dumpdtb=}}"
        exit
        ;;
    *.dtb) cp "$word" {top}/given ;;
    esac
done
printf '%s\\n' "$@" >{top}/words
cat {top}/transcript
"""
TRANSCRIPT = """# kvmfeat: begin pmu/a
1..1
ok 1 pmu: a
# kvmfeat: end pmu/a 0
# kvmfeat: tainted 0
# kvmfeat: done
"""


def refused(call, *words):
    """The sentence, if it is a ValueError."""
    try:
        return f'no error, but {call(*words)}'
    except ValueError as error:
        return str(error)


def equal(got, wanted):
    return [] if got == wanted else [f'got:    {got}', f'wanted: {wanted}']


def plain(node):
    return node.name, node.props, [plain(child) for child in node.children]


def changed(devicetree, change):
    """The machine, after @change of its root."""
    root = devicetree.parse(MACHINE)
    change(root)
    return devicetree.flatten(root)


def check_tree(tap, devicetree):
    root = devicetree.parse(MACHINE)
    tap.case('a device tree of dtc is read', equal(
        [child.name for child in root.children],
        ['intc@8000000', 'cpus', 'pmu', 'timer', 'pcie@10000000']) +
        equal(root.child('pmu').props['compatible'], b'arm,armv8-pmuv3\0') +
        equal(root.child('timer').cells('interrupts'), [1, 13, 4, 1, 14, 4]))
    tap.case('what is written is read as it was', equal(
        plain(devicetree.parse(devicetree.flatten(root))), plain(root)))
    tap.case('what is no device tree is refused', equal(
        refused(devicetree.parse, b'x' * 64), 'this is no device tree of version 17'))


def check_pmus(tap, pmus):
    tap.case('PMUs are named with their CPUs', equal(
        pmus.parse('cortex-a53:0-1 x:2'),
        [('cortex-a53', [0, 1]), ('x', [2])]) + equal(pmus.parse(''), []))
    for name, text, sentence in (
            ('a PMU without CPUs', 'a', '"a" is not NAME:FIRST-LAST'),
            ('a range from high to low', 'a:2-1', '"a:2-1" has no CPU, or one that'),
            ('a CPU of two PMUs', 'a:0-2 b:2', '"b:2" has no CPU, or one that')):
        said = refused(pmus.parse, text)
        tap.case(f'{name} is refused', [] if sentence in said else [said])


def check_split(tap, devicetree, pmus):
    root = devicetree.parse(pmus.split(MACHINE, pmus.parse(PMUS)))
    gic, pcie = root.child('intc@8000000'), root.child('pcie@10000000')
    parts = gic.child('ppi-partitions').children
    tap.case('each PMU has the interrupt, with a partition of its CPUs', equal(
        [(node.name, node.props['compatible'], node.cells('interrupts')) for node in root.children
         if node.name.startswith('pmu')],
        [('pmu-cortex-a53', b'arm,cortex-a53-pmu\0', [1, 7, 4, 0x8004]),
         ('pmu-cortex-a72', b'arm,cortex-a72-pmu\0', [1, 7, 4, 0x8005])]) + equal(
        [(part.cell('phandle'), part.cells('affinity')) for part in parts],
        [(0x8004, [0x8002]), (0x8005, [0x8003])]))
    tap.case('all other interrupts have a fourth cell', equal(
        [gic.cells('#interrupt-cells'), gic.cells('interrupts'),
         root.child('timer').cells('interrupts'), pcie.cells('interrupt-map')],
        [[4], [1, 9, 4, 0], [1, 13, 4, 0, 1, 14, 4, 0],
         [0, 0, 0, 1, 0x8001, 0, 0, 0, 3, 4, 0, 0, 0, 0, 2, 0x8001, 0, 0, 0, 4, 4, 0]]))
    for name, change, sentence in (
            ('without a GICv3', lambda r: r.children.pop(0), 'the machine has no GICv3'),
            ('without a PMU', lambda r: r.children.pop(2), 'has no /pmu'),
            ('without the CPU', lambda r: r.child('cpus').children.pop(), 'has no cpus/cpu@1'),
            ('with another interrupt controller', lambda r: r.child('timer').set_cells(
                'interrupt-parent', 1), 'timer has interrupts of another controller'),
            ('with a strange interrupt-map', lambda r: r.child('pcie@10000000').set_cells(
                'interrupt-map', 0), 'has 1 cells where each entry has 10')):
        said = refused(pmus.split, changed(devicetree, change), pmus.parse(PMUS))
        tap.case(f'a machine {name} is refused', [] if sentence in said else [said])


def boot(source, top, ending='', keys=f'pmus = {PMUS}\ncpus = 4\n'):
    for name, data in (('machine', MACHINE), ('image', b''), ('initrd', b''),
                       ('transcript', TRANSCRIPT.encode()),
                       ('qemu', SCRIPT.format(top=top, ending=ending).encode()),
                       ('boots.ini', f'[arm64 main]\n{keys}run = pmu/a\n'.encode())):
        with open(os.path.join(top, name), 'wb') as file:
            file.write(data)
    os.chmod(f'{top}/qemu', 0o755)
    return subprocess.run(
        [sys.executable, f'{source}/kernel/tools/run', '--arch', 'arm64', '--kernel',
         f'{top}/image', '--initrd', f'{top}/initrd', '--boots', f'{top}/boots.ini', '--qemu',
         f'{top}/qemu'], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def check_boot(tap, source, pmus):
    with tempfile.TemporaryDirectory() as top:
        done = boot(source, top)
        tap.case('a boot with several PMUs has as many CPUs as it wants', [
            done.stdout + done.stderr] if done.returncode else [
            'no -smp 4'] * ('-smp\n4\n' not in open(f'{top}/words', encoding='utf-8').read()))
        tap.case('and the device tree of its machine with these PMUs', equal(
            open(f'{top}/given', 'rb').read(), pmus.split(MACHINE, pmus.parse(PMUS))))
        os.unlink(f'{top}/given')
        boot(source, top, keys='')
        words = open(f'{top}/words', encoding='utf-8').read()
        tap.case('a boot without has two CPUs and no device tree', [words] * (
            '-smp\n2\n' not in words or '-dtb' in words))
        for name, sentence, more in (
                ('a machine that tells no device tree', 'QEMU ended with 1: sorry',
                 {'ending': 'echo sorry >&2; exit 1'}),
                ('a machine without the CPU', 'device tree of arm64 main: the device tree has no '
                 'cpus/cpu@2', {'keys': 'pmus = x:0-2\n'}),
                ('a number of CPUs that is none', "'two'", {'keys': 'cpus = two\n'})):
            done = boot(source, top, **more)
            tap.case(f'{name} is one sentence', [] if done.returncode == 2 and
                     sentence in done.stderr and 'Traceback' not in done.stderr
                     else [done.stdout + done.stderr])


def main(source):
    sys.path.insert(0, os.path.join(source, 'kernel/tools'))
    sys.dont_write_bytecode = True
    import devicetree
    import pmus
    tap = Tap()
    check_tree(tap, devicetree)
    check_pmus(tap, pmus)
    check_split(tap, devicetree, pmus)
    check_boot(tap, source, pmus)
    tap.end()


if __name__ == '__main__':
    main(*sys.argv[1:])
