// SPDX-License-Identifier: GPL-2.0-only
/*
 * L2 stops, its state moves to a new VM, and L2 goes on as if nothing had happened: with GIF
 * set and clear, under L1's GIF and under a virtual one; in the interrupt shadow of STI; with
 * an MSR that L1 intercepts.  Events on their way into L2 are in restore-event.c.
 *
 * Red when nested_sync_control_from_vmcb02() does not take V_GIF or int_state from vmcb02,
 * nested_vmcb02_prepare_control() does not put V_GIF, V_IRQ or int_state there,
 * svm_get_nested_state() reports GIF always, svm_set_nested_state() sets GIF always or drops
 * L1's saved state or the nested CR3, or svm_get_nested_state_pages() merges no MSR bitmap.
 */
#include "guests.h"

#define CASES 8
#define BIT_OF_MSR(msr) (2 * (msr)) /* its read bit, for MSRs below 0x2000 */

static void l2_msr(void)
{
	GUEST_SYNC(SAVE);
	rdmsr(MSR_IA32_SYSENTER_EIP);
	GUEST_FAIL("L2 reads an MSR that L1 intercepts");
}

static void l1_msr(struct svm_test_data *svm)
{
	generic_svm_setup(svm, l2_msr);
	svm->vmcb->control.intercept |= BIT_ULL(INTERCEPT_MSR_PROT);
	__set_bit(BIT_OF_MSR(MSR_IA32_SYSENTER_EIP), svm->msr);
	run_guest(svm->vmcb, svm->vmcb_gpa);
	GUEST_ASSERT_EQ(svm->vmcb->control.exit_code, SVM_EXIT_MSR);
	GUEST_DONE();
}

static void gif_case(bool npt, bool vgif, bool gif)
{
	struct nested_saved saved;
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm;
	u32 int_ctl, flags, want;
	bool ok;

	scene.vgif = vgif;
	scene.gif = gif;
	vm = new_vm(&vcpu, l1_gif, npt);
	sync_global_to_guest(vm, scene);
	nested_run_to(vcpu, SAVE);
	nested_save(vcpu, &saved);

	int_ctl = nested_blob_vmcb(&saved.state->nested)->control.int_ctl;
	flags = saved.state->nested.flags;
	want = KVM_STATE_NESTED_GUEST_MODE | (vgif || gif ? KVM_STATE_NESTED_GIF_SET : 0);
	ok = (int_ctl & V_IRQ_MASK) && !(int_ctl & V_GIF_MASK) == !(vgif && gif) && flags == want;
	if (!ok)
		ksft_print_msg("flags %#x instead of %#x, int_ctl %#x\n", flags, want, int_ctl);

	ok &= nested_ends_in_new_vm(vm, &saved);
	ksft_test_result(ok, "nested: L2 keeps %s GIF %s in a new VM %s\n",
			 vgif ? "its virtual" : "L1's", gif ? "set" : "clear", nested_paging(npt));
}

static bool interrupted_after_load(struct kvm_vcpu *vcpu)
{
	bool ends = !nested_run(vcpu);

	sync_global_from_guest(vcpu->vm, irq_rip);
	return ends && irq_rip == (u64)shadow_over;
}

/* Does the CPU under KVM take the shadow back on VMRUN?  Some emulated ones do not. */
static bool cpu_keeps_shadow(bool npt)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = stop_in_shadow(&vcpu, npt);
	bool ok = interrupted_after_load(vcpu);

	kvm_vm_free(vm);
	return ok;
}

static u32 saved_int_state(struct nested_saved *saved)
{
	return nested_blob_vmcb(&saved->state->nested)->control.int_state;
}

static void shadow_case(bool npt)
{
	const char *holds = "nested: the shadow of STI holds in a new VM";
	struct nested_saved saved, again;
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = stop_in_shadow(&vcpu, npt);

	nested_save(vcpu, &saved);
	TEST_ASSERT_EQ(saved.state->regs.rip, (u64)shadow_load);
	ksft_test_result(saved_int_state(&saved) == SVM_INTERRUPT_SHADOW_MASK,
			 "nested: the shadow of STI is in L2's state %s\n", nested_paging(npt));

	vcpu = nested_load_into_new_vm(vm, &saved);
	nested_save(vcpu, &again);
	ksft_test_result(saved_int_state(&again) == SVM_INTERRUPT_SHADOW_MASK &&
				 again.state->events.interrupt.shadow,
			 "nested: the shadow of STI is on L2 in a new VM %s\n", nested_paging(npt));

	if (cpu_keeps_shadow(npt))
		ksft_test_result(interrupted_after_load(vcpu), "%s %s\n", holds,
				 nested_paging(npt));
	else
		ksft_test_result_skip("%s %s: the CPU drops it on VMRUN\n", holds,
				      nested_paging(npt));
	kvm_x86_state_cleanup(saved.state);
	kvm_x86_state_cleanup(again.state);
	kvm_vm_free(vm);
}

static void msr_case(bool npt)
{
	struct nested_saved saved;
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = new_vm(&vcpu, l1_msr, npt);

	nested_run_to(vcpu, SAVE);
	nested_save(vcpu, &saved);
	ksft_test_result(nested_ends_in_new_vm(vm, &saved),
			 "nested: L1 still intercepts an MSR in a new VM %s\n", nested_paging(npt));
}

int main(void)
{
	nested_start(2 * CASES);

	for (int npt = 0; npt < 2; npt++) {
		if (npt && !kvm_cpu_has_npt()) {
			nested_skip_npt(CASES);
			break;
		}
		for (int vgif = 0; vgif < 2; vgif++) {
			gif_case(npt, vgif, true);
			gif_case(npt, vgif, false);
		}
		shadow_case(npt);
		msr_case(npt);
	}
	ksft_finished();
}
