/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x86 vCPUs of the fake kernel: they keep what is set, and where one ioctl touches what another
 * one set they do as Linux 7.3 does. Switches make them older.
 */
#ifndef FAKE_NESTED_H
#define FAKE_NESTED_H

#include "fake.h"
#include "nested-private.h"
#include "x86-abi.h"

#define FAKE_VCPUS 4
#define FAKE_MSRS 300
#define FAKE_CALLS 128

#define FAKE_SET_CPUID _IOC(_IOC_WRITE, KVMIO, 0x90, KF_X86_CPUID_HEADER_BYTES)

/* Offsets in the kernel's structs. */
enum {
	FAKE_SREGS_EFER = 264,
	FAKE_EVENTS_PENDING = 3, /* a byte: an exception is pending */
	FAKE_EVENTS_SHADOW = 11, /* interrupt.shadow */
	FAKE_EVENTS_SMM = 24,
	FAKE_EVENTS_LATCHED_INIT = 27,
	FAKE_LAPIC_LVTT = 0x320,
	FAKE_LAPIC_DEADLINE = 0x40000, /* in LVTT: the timer is in deadline mode */
	FAKE_EFER_SVME = 0x1000,
	FAKE_RUN_BYTES = 12288,
};

struct fake_msr {
	uint32_t index;
	uint64_t value;
	bool missing; /* KVM_GET_MSRS stops here */
	bool read_only; /* KVM_SET_MSRS stops here */
};

struct fake_vcpu {
	int fd; /* 0: this entry is free */
	uint8_t regs[KF_X86_REGS_BYTES];
	uint8_t sregs[KF_X86_SREGS2_BYTES];
	uint8_t events[KF_X86_EVENTS_BYTES];
	uint32_t mp_state;
	uint8_t debugregs[KF_X86_DEBUGREGS_BYTES];
	uint8_t xcrs[KF_X86_XCRS_BYTES];
	uint8_t xsave[8192];
	uint8_t lapic[KF_X86_LAPIC_BYTES];
	struct fake_msr msrs[FAKE_MSRS];
	uint8_t nested[KVMFEAT_NESTED_SIZE_MAX];
	uint8_t run[FAKE_RUN_BYTES];
	unsigned int pending_io; /* exits before the I/O is complete */
	bool pending_read; /* what it reads goes to RAX once it is complete */
	bool io_done;
	bool ran; /* KVM_RUN without immediate_exit */
};

struct fake_call {
	int fd;
	unsigned long request; /* 0: mmap */
};

struct fake_nested_host {
	size_t xsave_bytes;
	uint32_t msrs[FAKE_MSRS];
	size_t msr_count;
	bool has_lapic;
	bool vmx; /* else SVM */
	bool stale_shadow; /* a kernel that takes L2's interrupt shadow from EVENTS alone */
	unsigned long refused; /* an ioctl that answers @error; 0: none */
	int error;
	struct fake_vcpu vcpus[FAKE_VCPUS];
	struct fake_call calls[FAKE_CALLS]; /* on vCPUs */
	size_t call_count;
	size_t mapped; /* bytes that are */
	struct kvmfeat_cpuid_entry cpuid[8];
	uint32_t cpuid_count;
};

/* A host with nested SVM; the caller keeps @host as long as @fake. */
void fake_nested(struct fake *fake, struct fake_nested_host *host);
/* The vCPU behind a descriptor, made at its first use. */
struct fake_vcpu *fake_vcpu(struct fake *fake, int fd);
struct fake_msr *fake_vcpu_msr(struct fake_vcpu *vcpu, uint32_t index);
/* An L2 guest that every vCPU with EFER.SVME takes; @blob has room for KF_SVM_BYTES. */
void fake_nested_state(uint8_t *blob);

#endif
