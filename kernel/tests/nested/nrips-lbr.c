// SPDX-License-Identifier: GPL-2.0-only
/*
 * What only some CPUs write into a VMCB: the next RIP (NRIPS) and the last branch (LBRV), of
 * an L2 that moved to a new VM.  Stock emulation has neither; then the cases are skipped.
 * Software interrupts, which depend on the next RIP, are in restore-event.c.
 *
 * Red when svm_vcpu_run() does not take the next RIP from vmcb02, when
 * nested_svm_vmexit_update_vmcb12() does not write it, and when svm_copy_vmrun_state() or
 * nested_svm_vmexit_update_vmcb12() leaves the last branch out.
 */
#include "nested.h"

#define VMMCALL_LENGTH 3

enum { SAVE = 1 };

static const char *const nrips_names[] = {
	"L2's state holds the next RIP of its last exit",
	"L1 reads the next RIP of an L2 in a new VM",
};

static const char *const lbr_names[] = {
	"L2's state holds the last branch of L1",
	"L1 and L2 keep their last branches in a new VM",
};

struct branch {
	u64 from, to;
};

static struct branch l1_branch, l2_branch;

/* The CPU records the JMP and nothing after it, as recording ends before another branch. */
static __always_inline void record(struct branch *branch)
{
	u32 debugctl = DEBUGCTLMSR_LBR;

	asm volatile("wrmsr\n\t"
		     "1: jmp 2f\n\t"
		     "2: xor %%eax, %%eax\n\t"
		     "wrmsr\n\t"
		     "lea 1b(%%rip), %[from]\n\t"
		     "lea 2b(%%rip), %[to]"
		     : [from] "=&r"(branch->from), [to] "=&r"(branch->to), "+a"(debugctl)
		     : "c"(MSR_IA32_DEBUGCTLMSR), "d"(0)
		     : "cc", "memory");
}

static void assert_msrs_hold(const struct branch *branch)
{
	GUEST_ASSERT_EQ(rdmsr(MSR_IA32_LASTBRANCHFROMIP), branch->from);
	GUEST_ASSERT_EQ(rdmsr(MSR_IA32_LASTBRANCHTOIP), branch->to);
}

static void l2_nrips(void)
{
	GUEST_SYNC(SAVE);
	vmmcall();
}

static void l1_nrips(struct svm_test_data *svm)
{
	struct vmcb *vmcb = svm->vmcb;

	generic_svm_setup(svm, l2_nrips);
	run_guest(vmcb, svm->vmcb_gpa);
	GUEST_ASSERT_EQ(vmcb->control.exit_code, SVM_EXIT_VMMCALL);
	GUEST_ASSERT_EQ(vmcb->control.next_rip, vmcb->save.rip + VMMCALL_LENGTH);
	GUEST_DONE();
}

static void l2_lbr(void)
{
	record(&l2_branch);
	GUEST_SYNC(SAVE);
	assert_msrs_hold(&l2_branch);
	vmmcall();
}

static void l1_lbr(struct svm_test_data *svm)
{
	struct vmcb *vmcb = svm->vmcb;

	record(&l1_branch);
	generic_svm_setup(svm, l2_lbr);
	vmcb->control.misc_ctl2 |= SVM_MISC2_ENABLE_V_LBR;
	run_guest(vmcb, svm->vmcb_gpa);
	GUEST_ASSERT_EQ(vmcb->control.exit_code, SVM_EXIT_VMMCALL);
	GUEST_ASSERT_EQ(vmcb->save.br_from, l2_branch.from);
	GUEST_ASSERT_EQ(vmcb->save.br_to, l2_branch.to);
	assert_msrs_hold(&l1_branch);
	GUEST_DONE();
}

static struct kvm_vm *save_l2(void *l1, struct nested_saved *saved)
{
	struct kvm_vcpu *vcpu;
	gva_t svm_gva;
	struct kvm_vm *vm = nested_vm(&vcpu, l1, kvm_cpu_has_npt(), &svm_gva);

	nested_run_to(vcpu, SAVE);
	nested_save(vcpu, saved);
	return vm;
}

static void nrips_cases(void)
{
	struct nested_saved saved;
	struct kvm_vm *vm = save_l2(l1_nrips, &saved);
	u64 next_rip = nested_blob_vmcb(&saved.state->nested)->control.next_rip;

	/* L2 left off at an IN, which KVM has completed. */
	ksft_test_result(next_rip == saved.state->regs.rip, "nested: %s\n", nrips_names[0]);
	ksft_test_result(nested_ends_in_new_vm(vm, &saved), "nested: %s\n", nrips_names[1]);
}

static void lbr_cases(void)
{
	struct nested_saved saved;
	struct kvm_vm *vm = save_l2(l1_lbr, &saved);
	struct vmcb *vmcb = nested_blob_vmcb(&saved.state->nested);

	sync_global_from_guest(vm, l1_branch);
	ksft_test_result(vmcb->save.br_from == l1_branch.from && vmcb->save.br_to == l1_branch.to,
			 "nested: %s\n", lbr_names[0]);
	ksft_test_result(nested_ends_in_new_vm(vm, &saved), "nested: %s\n", lbr_names[1]);
}

static void skip(const char *const names[2], const char *feature)
{
	for (int i = 0; i < 2; i++)
		ksft_test_result_skip("nested: %s: the CPU lacks %s\n", names[i], feature);
}

int main(void)
{
	nested_start(ARRAY_SIZE(nrips_names) + ARRAY_SIZE(lbr_names));

	if (kvm_cpu_has(X86_FEATURE_NRIPS))
		nrips_cases();
	else
		skip(nrips_names, "NRIPS");
	if (kvm_cpu_has(X86_FEATURE_LBRV))
		lbr_cases();
	else
		skip(lbr_names, "LBRV");
	ksft_finished();
}
