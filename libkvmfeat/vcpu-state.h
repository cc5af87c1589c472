/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state of a vCPU, between vcpu-state.c and vcpu-msrs.c. */
#ifndef KF_VCPU_STATE_H
#define KF_VCPU_STATE_H

#include "vcpu-private.h"

struct kf_saved_msr {
	uint32_t index;
	bool present; /* the vCPU had it when it was saved */
	uint64_t value;
};

/* Structs of the kernel are kept as they are: nobody here looks into them. */
struct kvmfeat_vcpu_state {
	bool saved;
	unsigned int lacking; /* bit n: row n of the table of steps is not on this kernel */
	unsigned int present; /* bit n: enum kvmfeat_nested_step n was saved */
	size_t run_bytes; /* of struct kvm_run and what is mapped with it */
	struct kf_saved_msr *msrs; /* feature MSRs first */
	size_t msr_count;
	size_t feature_count;
	uint8_t *nested;
	size_t nested_room; /* 0: no nested virtualization */
	size_t nested_bytes;
	uint64_t regs[KF_X86_REGS_BYTES / 8];
	uint64_t sregs[KF_X86_SREGS2_BYTES / 8];
	uint64_t events[KF_X86_EVENTS_BYTES / 8];
	uint64_t mp_state;
	uint64_t debugregs[KF_X86_DEBUGREGS_BYTES / 8];
	uint64_t xcrs[KF_X86_XCRS_BYTES / 8];
	uint64_t lapic[KF_X86_LAPIC_BYTES / 8];
	uint64_t xsave[]; /* as long as the kernel says */
};

/* KVM_GET_MSR_INDEX_LIST into @state, in the order in which MSRs are to be written. */
int kf_vcpu_list_msrs(struct kvmfeat_vcpu *vcpu, int kvm, struct kvmfeat_vcpu_state *state);
/* For KVMFEAT_NESTED_STEP_FEATURE_MSRS and _MSRS */
int kf_vcpu_save_msrs(struct kvmfeat_vcpu *vcpu, struct kvmfeat_vcpu_state *state,
		      enum kvmfeat_nested_step step);
int kf_vcpu_load_msrs(struct kvmfeat_vcpu *vcpu, const struct kvmfeat_vcpu_state *state,
		      enum kvmfeat_nested_step step);

#endif
