/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * x86's vCPU ioctls as plain constants: their structs, and so their numbers, are of another size
 * on each architecture, and this library is compiled the same on all. test-vcpu-state.c compares
 * them with <linux/kvm.h>.
 */
#ifndef KF_X86_ABI_H
#define KF_X86_ABI_H

#include <stdint.h>

#include <linux/kvm.h>

enum {
	KF_X86_REGS_BYTES = 144,
	KF_X86_SREGS_BYTES = 312,
	KF_X86_SREGS2_BYTES = 320,
	KF_X86_EVENTS_BYTES = 64,
	KF_X86_MP_STATE_BYTES = 4,
	KF_X86_DEBUGREGS_BYTES = 128,
	KF_X86_XCRS_BYTES = 392,
	KF_X86_XSAVE_BYTES = 4096,
	KF_X86_LAPIC_BYTES = 1024,
	KF_X86_NESTED_HEADER_BYTES = 128,
	KF_X86_MSRS_HEADER_BYTES = 8, /* nmsrs, padding */
	KF_X86_MSR_LIST_HEADER_BYTES = 4, /* nmsrs */
	KF_X86_CPUID_HEADER_BYTES = 8, /* nent, padding */
	KF_X86_CAP_XCRS = 56, /* which <linux/kvm.h> has for x86 alone */
	KF_X86_IMMEDIATE_EXIT = 1, /* offset in struct kvm_run, of a byte */
	KF_X86_EXIT_REASON = 8, /* offset in struct kvm_run, of 32 bits */
};

#define KF_X86_GET_REGS _IOC(_IOC_READ, KVMIO, 0x81, KF_X86_REGS_BYTES)
#define KF_X86_SET_REGS _IOC(_IOC_WRITE, KVMIO, 0x82, KF_X86_REGS_BYTES)
#define KF_X86_GET_SREGS _IOC(_IOC_READ, KVMIO, 0x83, KF_X86_SREGS_BYTES)
#define KF_X86_SET_SREGS _IOC(_IOC_WRITE, KVMIO, 0x84, KF_X86_SREGS_BYTES)
#define KF_X86_GET_MSRS _IOC(_IOC_READ | _IOC_WRITE, KVMIO, 0x88, KF_X86_MSRS_HEADER_BYTES)
#define KF_X86_SET_MSRS _IOC(_IOC_WRITE, KVMIO, 0x89, KF_X86_MSRS_HEADER_BYTES)
#define KF_X86_GET_LAPIC _IOC(_IOC_READ, KVMIO, 0x8e, KF_X86_LAPIC_BYTES)
#define KF_X86_SET_LAPIC _IOC(_IOC_WRITE, KVMIO, 0x8f, KF_X86_LAPIC_BYTES)
#define KF_X86_GET_MP_STATE _IOC(_IOC_READ, KVMIO, 0x98, KF_X86_MP_STATE_BYTES)
#define KF_X86_SET_MP_STATE _IOC(_IOC_WRITE, KVMIO, 0x99, KF_X86_MP_STATE_BYTES)
#define KF_X86_GET_EVENTS _IOC(_IOC_READ, KVMIO, 0x9f, KF_X86_EVENTS_BYTES)
#define KF_X86_SET_EVENTS _IOC(_IOC_WRITE, KVMIO, 0xa0, KF_X86_EVENTS_BYTES)
#define KF_X86_GET_DEBUGREGS _IOC(_IOC_READ, KVMIO, 0xa1, KF_X86_DEBUGREGS_BYTES)
#define KF_X86_SET_DEBUGREGS _IOC(_IOC_WRITE, KVMIO, 0xa2, KF_X86_DEBUGREGS_BYTES)
#define KF_X86_GET_XSAVE _IOC(_IOC_READ, KVMIO, 0xa4, KF_X86_XSAVE_BYTES)
#define KF_X86_SET_XSAVE _IOC(_IOC_WRITE, KVMIO, 0xa5, KF_X86_XSAVE_BYTES)
#define KF_X86_GET_XCRS _IOC(_IOC_READ, KVMIO, 0xa6, KF_X86_XCRS_BYTES)
#define KF_X86_SET_XCRS _IOC(_IOC_WRITE, KVMIO, 0xa7, KF_X86_XCRS_BYTES)
#define KF_X86_GET_SREGS2 _IOC(_IOC_READ, KVMIO, 0xcc, KF_X86_SREGS2_BYTES)
#define KF_X86_SET_SREGS2 _IOC(_IOC_WRITE, KVMIO, 0xcd, KF_X86_SREGS2_BYTES)
#define KF_X86_GET_XSAVE2 _IOC(_IOC_READ, KVMIO, 0xcf, KF_X86_XSAVE_BYTES)
#define KF_X86_GET_NESTED _IOC(_IOC_READ | _IOC_WRITE, KVMIO, 0xbe, KF_X86_NESTED_HEADER_BYTES)
#define KF_X86_SET_NESTED _IOC(_IOC_WRITE, KVMIO, 0xbf, KF_X86_NESTED_HEADER_BYTES)
#define KF_X86_GET_MSR_LIST _IOC(_IOC_READ | _IOC_WRITE, KVMIO, 0x02, KF_X86_MSR_LIST_HEADER_BYTES)
#define KF_X86_GET_CPUID _IOC(_IOC_READ | _IOC_WRITE, KVMIO, 0x05, KF_X86_CPUID_HEADER_BYTES)

/* <linux/kvm.h> has it for x86 alone. */
#define KF_X86_CAP_XCRS 56

/* struct kvm_msr_entry */
struct kf_x86_msr {
	uint32_t index;
	uint32_t reserved;
	uint64_t data;
};

/* struct kvm_msrs, with room for one call; the kernel takes fewer than 256 */
#define KF_X86_MSRS 128

struct kf_x86_msrs {
	uint32_t count;
	uint32_t pad;
	struct kf_x86_msr entries[KF_X86_MSRS];
};

#endif
