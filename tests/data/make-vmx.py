#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the VMX blobs of nested/, beside this script.

VMX is not emulated, so no guest can be asked for them; the offsets are those of struct
kvm_nested_state and of struct vmcs12 in arch/x86/kvm/vmx/vmcs12.h of Linux 7.3. L1 and L2 are
64-bit kernels; L2 has its own page tables, and in vmx-shadow.bin a VMCS of an L3.
"""
import os
import struct

VMCS12, SHADOW = 128, 128 + 4096
GUEST_MODE, RUN_PENDING, MTF_PENDING = 0x1, 0x2, 0x8
NONE = (1 << 64) - 1
REVISION, SHADOW_REVISION = 0x11e57ed0, 0x91e57ed0
PIN, PRIMARY, EXIT, ENTRY = 0x16, 0x4006172, 0x36fff, 0x13ff
SECONDARY_ON, USE_MSR_BITMAPS = 1 << 31, 1 << 28
EPT, VPID, UNRESTRICTED, SHADOW_VMCS = 1 << 1, 1 << 5, 1 << 7, 1 << 14

# Offset in vmcs12, and format of struct.
FIELDS = {
    'revision_id': (0, 'I'), 'launch_state': (8, 'I'), 'msr_bitmap': (56, 'Q'),
    'ept_pointer': (120, 'Q'), 'vmcs_link_pointer': (176, 'Q'), 'guest_ia32_efer': (200, 'Q'),
    'guest_cr0': (424, 'Q'), 'guest_cr3': (432, 'Q'), 'guest_cr4': (440, 'Q'),
    'guest_dr7': (528, 'Q'), 'guest_rsp': (536, 'Q'), 'guest_rip': (544, 'Q'),
    'guest_rflags': (552, 'Q'), 'host_cr0': (584, 'Q'), 'host_cr3': (592, 'Q'),
    'host_cr4': (600, 'Q'), 'host_rsp': (664, 'Q'), 'host_rip': (672, 'Q'),
    'pin_based_vm_exec_control': (744, 'I'), 'cpu_based_vm_exec_control': (748, 'I'),
    'vm_exit_controls': (768, 'I'), 'vm_entry_controls': (780, 'I'),
    'vm_entry_intr_info_field': (788, 'I'), 'vm_entry_exception_error_code': (792, 'I'),
    'secondary_vm_exec_control': (804, 'I'), 'guest_interruptibility_info': (912, 'I'),
    'guest_activity_state': (916, 'I'), 'virtual_processor_id': (960, 'H'),
    'guest_cs_selector': (966, 'H'), 'guest_ss_selector': (968, 'H'),
    'guest_tr_selector': (978, 'H'), 'host_cs_selector': (984, 'H'),
    'host_ss_selector': (986, 'H'), 'host_tr_selector': (994, 'H'),
}

RUNNING = {
    'revision_id': REVISION, 'launch_state': 1, 'vmcs_link_pointer': NONE,
    'pin_based_vm_exec_control': PIN, 'cpu_based_vm_exec_control': PRIMARY,
    'vm_exit_controls': EXIT, 'vm_entry_controls': ENTRY,
    'guest_cr0': 0x80050033, 'guest_cr3': 0x4000, 'guest_cr4': 0x2620, 'guest_dr7': 0x400,
    'guest_ia32_efer': 0xd01, 'guest_rsp': 0xffffc90000003f00, 'guest_rip': 0xffffffff81000000,
    'guest_rflags': 0x202, 'guest_cs_selector': 0x10, 'guest_ss_selector': 0x18,
    'guest_tr_selector': 0x40, 'host_cr0': 0x80050033, 'host_cr3': 0x3000, 'host_cr4': 0x2620,
    'host_rsp': 0xffffc90000001f00, 'host_rip': 0xffffffff81200000, 'host_cs_selector': 0x10,
    'host_ss_selector': 0x18, 'host_tr_selector': 0x40,
}

WITH_EPT = RUNNING | {
    'cpu_based_vm_exec_control': PRIMARY | SECONDARY_ON | USE_MSR_BITMAPS, 'msr_bitmap': 0x5000,
    'secondary_vm_exec_control': EPT | VPID | UNRESTRICTED, 'virtual_processor_id': 1,
    'ept_pointer': 0x601e,
}

LINKED = WITH_EPT | {
    'secondary_vm_exec_control': WITH_EPT['secondary_vm_exec_control'] | SHADOW_VMCS,
    'vmcs_link_pointer': 0x7000,
}


def header(flags, size, vmxon=0x1000, vmcs12=0x2000):
    return struct.pack('<HHIQQ', flags, 0, size, vmxon, vmcs12).ljust(VMCS12, b'\0')


def vmcs(values):
    data = bytearray(4096)
    for name, value in values.items():
        at, code = FIELDS[name]
        struct.pack_into('<' + code, data, at, value)
    return bytes(data)


def blobs():
    """Name -> bytes."""
    injecting = RUNNING | {'vm_entry_intr_info_field': 1 << 31 | 1 << 11 | 3 << 8 | 13,
                           'vm_entry_exception_error_code': 0x10}
    in_shadow = RUNNING | {'guest_interruptibility_info': 1}
    return {
        'vmx-off.bin': header(0, VMCS12, NONE, NONE),
        'vmx-l1.bin': header(0, VMCS12, vmcs12=NONE),
        'vmx-l1-vmcs12.bin': header(0, SHADOW) + vmcs(RUNNING),
        'vmx-l2-running.bin': header(GUEST_MODE, SHADOW) + vmcs(RUNNING),
        'vmx-l2-running-ept.bin': header(GUEST_MODE, SHADOW) + vmcs(WITH_EPT),
        'vmx-interrupt-shadow.bin': header(GUEST_MODE, SHADOW) + vmcs(in_shadow),
        'vmx-event-injection.bin': header(GUEST_MODE | RUN_PENDING, SHADOW) + vmcs(injecting),
        'vmx-mtf-pending.bin': header(GUEST_MODE | MTF_PENDING, SHADOW) + vmcs(RUNNING),
        'vmx-shadow.bin': header(GUEST_MODE, SHADOW + 4096) + vmcs(LINKED) +
                          vmcs(RUNNING | {'revision_id': SHADOW_REVISION}),
    }


def main():
    nested = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'nested')
    for name, data in blobs().items():
        with open(os.path.join(nested, name), 'wb') as file:
            file.write(data)


if __name__ == '__main__':
    main()
