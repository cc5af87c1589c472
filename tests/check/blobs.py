# SPDX-License-Identifier: GPL-2.0-or-later
"""Files for commands of kvmfeat nested, made of the offsets that arch/x86/include/asm/svm.h,
arch/x86/kvm/vmx/vmcs12.h and struct kvm_nested_state have, and for those of kvmfeat tdisp.

blobs.py DIR: writes one state of each format, one of each in which every byte says something,
the CPUID of a target, and device interface reports, good and odd, with the BARs of their device.
"""
import json
import os
import struct
import sys

VMX, SVM = 0, 1
SIZES = {VMX: 8320, SVM: 4224}
CONTROL, SAVE, VMCS12 = 128, 128 + 0x400, 128


def header(form, flags, size, *addresses):
    blob = bytearray(size)
    struct.pack_into('<HHI', blob, 0, flags, form, size)
    for number, address in enumerate(addresses):
        struct.pack_into('<Q', blob, 8 + 8 * number, address)
    return blob


def svm(asid=1):
    """An L1 in long mode with an L2 on nested paging."""
    blob = header(SVM, 0x101, SIZES[SVM], 0x5000)
    for offset, kind, value in (
            (CONTROL + 0x00c, 'I', 0x1000003), (CONTROL + 0x010, 'I', 1),
            (CONTROL + 0x040, 'Q', 0x10000), (CONTROL + 0x048, 'Q', 0x20000),
            (CONTROL + 0x058, 'I', asid), (CONTROL + 0x090, 'Q', 1),
            (CONTROL + 0x0b0, 'Q', 0x6000), (SAVE + 0x012, 'H', 0xa9b),
            (SAVE + 0x0d0, 'Q', 0x1d01), (SAVE + 0x148, 'Q', 0x20),
            (SAVE + 0x150, 'Q', 0x7000), (SAVE + 0x158, 'Q', 0x80050033),
            (SAVE + 0x160, 'Q', 0x400), (SAVE + 0x168, 'Q', 0xffff0ff0),
            (SAVE + 0x170, 'Q', 2)):
        struct.pack_into('<' + kind, blob, offset, value)
    return blob


def vmx():
    """In VMX operation, with a vmcs12 of which the revision alone is set."""
    blob = header(VMX, 0, 4224, 0x1000, 0x2000)
    struct.pack_into('<I', blob, VMCS12, 0x11e57ed0)
    return blob


def full(form):
    """Every byte behind the fixed part of the header is another one than its neighbours."""
    blob = header(form, 0x1, SIZES[form])
    for i in range(8, len(blob)):
        blob[i] = (i * 167 + (i >> 8) * 29 + 1) & 0xff
    return blob


def cpuid():
    """SVM, NX, long mode, nested paging, 48 address bits, as kvmfeat --json cap cpuid writes it."""
    entries = [(0x80000000, 0x8000000a, 0, 0, 0), (0x80000001, 0, 0, 4, 0x20100000),
               (0x80000008, 0x3030, 0, 0, 0), (0x8000000a, 1, 8, 0, 1)]
    keys = ('function', 'eax', 'ebx', 'ecx', 'edx')
    rows = [{**{k: hex(v) for k, v in zip(keys, e)}, 'index': '0x0', 'flags': '0x0'}
            for e in entries]
    return {'kvmfeat': 1, 'command': 'cap cpuid', 'data': {'entries': rows}}


def report(ranges, info=b'abc', flags=0x3, tail=b''):
    """A device interface report, PCIe r7.0, table 11-16; ranges: (first page, pages, BAR, bits)."""
    return b''.join((struct.pack('<HHHHII', flags, 0, 0x8007, 0, 0, len(ranges)),
                     *(struct.pack('<QIHH', page, pages, bits, bar)
                       for page, pages, bar, bits in ranges),
                     struct.pack('<I', len(info)), info, tail))


def reports():
    """Of a device with BARs of 4 MiB and 64 MiB; the odd one breaks most rules."""
    ranges = [(0x4001, 15, 0, 0), (0x4010, 1, 0, 1), (0x4011, 1, 0, 6), (0x8000, 0x4000, 2, 8)]
    odd = [(2 ** 64 - 1, 0xffffffff, 7, 0xffff), (0x4411, 1, 0, 0), (0x4001, 0, 0xfffe, 0),
           (0x4010, 9, 0, 0), (0x4011, 1, 0, 0)]
    bars = {0: (0x4000000000, 0x40003fffff, 0x14220c), 2: (0x4004000000, 0x4007ffffff, 0x14220c),
            4: (0xc000, 0xc01f, 0x40101)}
    lines = [' '.join(f'0x{n:016x}' for n in bars.get(i, (0, 0, 0))) + '\n' for i in range(13)]
    return {'report.bin': report(ranges), 'changed.bin': report(ranges[:3]),
            'odd.bin': report(odd, b'', 0xffff, bytes(9)), 'torn.bin': report(ranges)[:40],
            'resource': ''.join(lines).encode()}


def write(top, files):
    for name, content in files.items():
        with open(os.path.join(top, name), 'wb') as file:
            file.write(content)


def examples(top):
    """What the manual's examples name."""
    write(top, {'state.bin': svm(), 'before.bin': svm(), 'after.bin': svm(asid=2),
                'target.json': json.dumps(cpuid()).encode(), **reports()})


if __name__ == '__main__':
    write(sys.argv[1], {'svm.bin': svm(), 'vmx.bin': vmx(), 'svm-full.bin': full(SVM),
                        'vmx-full.bin': full(VMX), 'svm-header.bin': header(SVM, 0x100, 128),
                        'target.json': json.dumps(cpuid()).encode(), **reports()})
