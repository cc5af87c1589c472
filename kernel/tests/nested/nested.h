/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the nested tests share: asking for nested SVM, guests with and without nested
 * paging, and moving a vCPU to a new VM.
 */
#ifndef KVMFEAT_TESTS_NESTED_H
#define KVMFEAT_TESTS_NESTED_H

#include <string.h>
#include <sys/mman.h>

#include "kselftest.h"
#include "kvm_util.h"
#include "processor.h"
#include "svm_util.h"
#include "test_util.h"

/* The tree's selftest headers lack these two. */
#define SVM_NESTED_STATE_SIZE (sizeof(struct kvm_nested_state) + KVM_STATE_NESTED_SVM_VMCB_SIZE)
#define SVM_NESTED_FLAGS                                                                           \
	(KVM_STATE_NESTED_GUEST_MODE | KVM_STATE_NESTED_RUN_PENDING | KVM_STATE_NESTED_GIF_SET)

/* A vCPU's whole state; vcpu_save_state() leaves its local APIC out. */
struct nested_saved {
	struct kvm_x86_state *state;
	struct kvm_lapic_state lapic;
};

static inline void nested_start(unsigned int cases)
{
	ksft_print_header();
	if (!kvm_has_cap(KVM_CAP_NESTED_STATE) || !kvm_cpu_has(X86_FEATURE_SVM))
		ksft_exit_skip("nested: KVM offers no nested SVM here\n");
	ksft_set_plan(cases);
}

/* A VM whose one vCPU runs l1(struct svm_test_data *). */
static inline struct kvm_vm *nested_vm(struct kvm_vcpu **vcpu, void *l1, bool npt, gva_t *svm_gva)
{
	struct kvm_vm *vm = vm_create_with_one_vcpu(vcpu, l1);

	if (npt)
		vm_enable_npt(vm);
	vcpu_alloc_svm(vm, svm_gva);
	if (npt)
		tdp_identity_map_default_memslots(vm);
	vcpu_args_set(*vcpu, 1, *svm_gva);
	return vm;
}

static inline struct vmcb *nested_blob_vmcb(struct kvm_nested_state *nested)
{
	return (struct vmcb *)nested->data.svm;
}

#define NESTED_FAILED (~0ULL)

/* Run to the guest's next stage; return it, 0 for GUEST_DONE(), or NESTED_FAILED. */
static inline u64 nested_run(struct kvm_vcpu *vcpu)
{
	struct ucall uc;
	int ret;

	/* Not vcpu_run(), which ends the program when the guest asserts. */
	do {
		ret = __vcpu_run(vcpu);
	} while (ret == -1 && errno == EINTR);
	if (ret || vcpu->run->exit_reason != KVM_EXIT_IO) {
		ksft_print_msg("KVM_RUN returns %d with %s\n", ret,
			       exit_reason_str(vcpu->run->exit_reason));
		return NESTED_FAILED;
	}

	switch (get_ucall(vcpu, &uc)) {
	case UCALL_SYNC:
		return uc.args[1];
	case UCALL_DONE:
		return 0;
	case UCALL_ABORT:
		ksft_print_msg("%s (line %lu)\n", uc.buffer, uc.args[GUEST_LINE]);
		return NESTED_FAILED;
	default:
		TEST_FAIL("Unknown ucall %lu", uc.cmd);
	}
	return 0;
}

static inline void nested_run_to(struct kvm_vcpu *vcpu, u64 stage)
{
	u64 at = nested_run(vcpu);

	TEST_ASSERT(at == stage, "The guest is at stage %lu instead of %lu", at, stage);
}

static inline void nested_save(struct kvm_vcpu *vcpu, struct nested_saved *saved)
{
	saved->state = vcpu_save_state(vcpu);
	vcpu_ioctl(vcpu, KVM_GET_LAPIC, &saved->lapic);
}

/* The APIC follows SREGS, which hold its base. */
static inline void nested_load(struct kvm_vcpu *vcpu, struct nested_saved *saved)
{
	vcpu_load_state(vcpu, saved->state);
	vcpu_ioctl(vcpu, KVM_SET_LAPIC, &saved->lapic);
}

/* What a migration does: another VM with the same memory, and a vCPU that never ran. */
static inline struct kvm_vcpu *nested_load_into_new_vm(struct kvm_vm *vm,
						       struct nested_saved *saved)
{
	struct kvm_vcpu *vcpu;

	kvm_vm_release(vm);
	vcpu = vm_recreate_with_one_vcpu(vm);
	nested_load(vcpu, saved);
	return vcpu;
}

/* Move to a new VM, see L2 and L1 end there, and free everything. */
static inline bool nested_ends_in_new_vm(struct kvm_vm *vm, struct nested_saved *saved)
{
	bool ok = !nested_run(nested_load_into_new_vm(vm, saved));

	kvm_x86_state_cleanup(saved->state);
	kvm_vm_free(vm);
	return ok;
}

static inline u64 nested_flags(struct kvm_vcpu *vcpu)
{
	union {
		struct kvm_nested_state nested;
		u8 bytes[SVM_NESTED_STATE_SIZE];
	} state = { .nested.size = sizeof(state) };

	vcpu_nested_state_get(vcpu, &state.nested);
	return state.nested.flags;
}

/* Take a page of guest memory away from KVM, or give it back. */
static inline void nested_set_access(void *hva, int prot)
{
	TEST_ASSERT(!mprotect(hva, getpagesize(), prot), "mprotect() failed");
}

static inline void nested_skip_npt(unsigned int cases)
{
	while (cases--)
		ksft_test_result_skip("nested: an L2 with nested paging: the CPU lacks NPT\n");
}

static inline const char *nested_paging(bool npt)
{
	return npt ? "with nested paging" : "without nested paging";
}

#endif
