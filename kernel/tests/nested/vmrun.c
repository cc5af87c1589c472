// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMRUN of a VMCB that the CPU must refuse: #VMEXIT with SVM_EXIT_ERR, GIF clear, the event
 * dropped, nothing else written, and the next good VMRUN works.  checks.c puts the same
 * VMCBs in by KVM_SET_NESTED_STATE.
 *
 * Red when the check that a case names is taken out of nested_vmcb_check_controls() or
 * nested_vmcb_check_save(); all cases when nested_svm_copy_vmcb12_to_cache() keeps GIF, the
 * exit information or the event, or writes another exit code.
 */
#include "spoil.h"

enum { L1_READY = 1, L1_BACK };

/* VMRUN alone: L2's own page attributes, and protected mode, which SET asks of L1 before. */
static const struct spoil l2_spoils[] = {
	{ "long mode without CR0.PE", { SPOIL_BITS(save.cr0, X86_CR0_PE, 0) } },
	{ "an invalid PAT where L2 has its own", { SPOIL_BITS(save.g_pat, 0xff, 2) } },
};

static struct svm_test_data *svm;
static struct vmcb good;

static void l2_code(void)
{
	vmmcall();
	GUEST_FAIL("L2 runs past the VMMCALL that ends it");
}

static void l1_code(struct svm_test_data *svm)
{
	generic_svm_setup(svm, l2_code);
	GUEST_SYNC(L1_READY);
	for (;;) {
		stgi();
		run_guest(svm->vmcb, svm->vmcb_gpa);
		GUEST_SYNC(L1_BACK);
	}
}

/* What a refused VMRUN may write: VMSAVE and run_guest() account for the save area. */
static bool only_exit_written(const struct vmcb_control_area *before,
			      const struct vmcb_control_area *after)
{
	struct vmcb_control_area want = *before;

	want.exit_code = SVM_EXIT_ERR;
	want.exit_info_1 = 0;
	want.exit_info_2 = 0;
	want.event_inj = 0;
	want.event_inj_err = 0;
	return !memcmp(&want, after, sizeof(want));
}

static bool good_vmrun(struct kvm_vcpu *vcpu)
{
	struct vmcb *vmcb = svm->vmcb_hva;

	*vmcb = good;
	nested_run_to(vcpu, L1_BACK);
	return vmcb->control.exit_code == SVM_EXIT_VMMCALL && !nested_flags(vcpu);
}

static bool refused(struct kvm_vcpu *vcpu, const struct spoil *spoil)
{
	struct vmcb *vmcb = svm->vmcb_hva;
	struct vmcb before;

	*vmcb = good;
	vmcb->control.exit_code = SVM_EXIT_NPF;
	vmcb->control.exit_info_1 = 0x1111;
	vmcb->control.exit_info_2 = 0x2222;
	vmcb->control.event_inj_err = 0x3333;
	/* Not valid, so no event; the CPU clears the field all the same. */
	vmcb->control.event_inj = GP_VECTOR;
	spoil_vmcb(vmcb, spoil, 1ULL << vcpu->vm->pa_bits);
	before = *vmcb;

	nested_run_to(vcpu, L1_BACK);
	if (!only_exit_written(&before.control, &vmcb->control)) {
		ksft_print_msg("exit %#lx, info %#lx %#lx, event %#x\n", vmcb->control.exit_code,
			       vmcb->control.exit_info_1, vmcb->control.exit_info_2,
			       vmcb->control.event_inj);
		return false;
	}
	if (nested_flags(vcpu)) {
		ksft_print_msg("nested flags %#lx instead of none\n", nested_flags(vcpu));
		return false;
	}
	return true;
}

static void cases(struct kvm_vcpu *vcpu, const struct spoil *spoil, unsigned int count)
{
	for (; count; spoil++, count--) {
		bool ok = refused(vcpu, spoil);

		ksft_test_result(ok & good_vmrun(vcpu), "nested: VMRUN refuses %s\n", spoil->what);
	}
}

int main(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm;
	gva_t svm_gva;

	nested_start(1 + ARRAY_SIZE(spoils) + ARRAY_SIZE(l2_spoils));

	vm = nested_vm(&vcpu, l1_code, kvm_cpu_has_npt(), &svm_gva);
	vm_enable_cap(vm, KVM_CAP_DISABLE_QUIRKS2, KVM_X86_QUIRK_NESTED_SVM_SHARED_PAT);
	svm = addr_gva2hva(vm, svm_gva);
	nested_run_to(vcpu, L1_READY);
	good = *(struct vmcb *)svm->vmcb_hva;

	ksft_test_result(good_vmrun(vcpu), "nested: VMRUN takes the VMCB that is not spoilt\n");
	cases(vcpu, spoils, ARRAY_SIZE(spoils));
	cases(vcpu, l2_spoils, ARRAY_SIZE(l2_spoils));

	kvm_vm_free(vm);
	ksft_finished();
}
