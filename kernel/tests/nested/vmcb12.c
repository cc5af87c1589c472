// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMRUN, and #VMEXIT, with a VMCB that L0 cannot have: misaligned, beyond the physical
 * addresses, or where there is no memory.  Whatever happened, L1 can run L2 afterwards.
 *
 * Red when nested_svm_vmrun() drops its page_address_valid() or VM_HSAVE_PA check, goes on
 * after -EFAULT, injects #GP for it, or clears GIF before; when nested_svm_check_permissions()
 * forgets EFER.SVME; and when nested_svm_vmexit() ignores that it could not write the VMCB.
 */
#include "nested.h"

/* Fewer address bits than any CPU has, so that it is KVM that must notice what is above. */
#define GUEST_ADDRESS_BITS 36
#define HOLE_SLOT 10
#define HOLE_GPA 0x100000000ULL

enum { FAULT = 1, AT_VMRUN, IN_L2, BACK };

static struct svm_test_data *svm_hva;
static u64 fault_vector, fault_error, fault_rip;
extern char vmrun_insn[];

/* Read by the guest; written by the host before the guest runs. */
static u64 bad_vmcb;
static bool without_hsave, without_svme;

static void fault_handler(struct ex_regs *regs)
{
	fault_vector = regs->vector;
	fault_error = regs->error_code;
	fault_rip = regs->rip;
	regs->rip += 3;
}

static void l2_code(void)
{
	GUEST_SYNC(IN_L2);
	vmmcall();
}

static noinline void vmrun(u64 gpa)
{
	/* VMRUN switches no general register but RAX, RSP. */
	asm volatile(".global vmrun_insn\n\t"
		     "push %%rbp\n\t"
		     "vmrun_insn: vmrun %[gpa]\n\t"
		     "pop %%rbp"
		     :
		     : [gpa] "a"(gpa)
		     : "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
		       "r14", "r15", "memory");
}

static void l1_code(struct svm_test_data *svm)
{
	u64 efer;

	generic_svm_setup(svm, l2_code);
	efer = rdmsr(MSR_EFER);
	if (without_hsave)
		wrmsr(MSR_VM_HSAVE_PA, 0);
	if (without_svme)
		wrmsr(MSR_EFER, efer & ~EFER_SVME);

	GUEST_SYNC(AT_VMRUN);
	vmrun(bad_vmcb ?: svm->vmcb_gpa);
	GUEST_SYNC(fault_vector ? FAULT : BACK);

	wrmsr(MSR_EFER, efer);
	wrmsr(MSR_VM_HSAVE_PA, svm->save_area_gpa);
	svm->vmcb->save.rip = (u64)l2_code;
	svm->vmcb->save.rsp = (u64)svm->stack;
	run_guest(svm->vmcb, svm->vmcb_gpa);
	GUEST_ASSERT_EQ(svm->vmcb->control.exit_code, SVM_EXIT_VMMCALL);
	GUEST_DONE();
}

static struct kvm_vm *new_vm(struct kvm_vcpu **vcpu, u64 vmcb)
{
	gva_t svm_gva;
	struct kvm_vm *vm = nested_vm(vcpu, l1_code, false, &svm_gva);

	vcpu_set_cpuid_property(*vcpu, X86_PROPERTY_MAX_PHY_ADDR, GUEST_ADDRESS_BITS);
	vm_install_exception_handler(vm, GP_VECTOR, fault_handler);
	vm_install_exception_handler(vm, UD_VECTOR, fault_handler);
	svm_hva = addr_gva2hva(vm, svm_gva);
	bad_vmcb = vmcb;
	sync_global_to_guest(vm, bad_vmcb);
	sync_global_to_guest(vm, without_hsave);
	sync_global_to_guest(vm, without_svme);
	nested_run_to(*vcpu, AT_VMRUN);
	return vm;
}

static bool good_vmrun(struct kvm_vcpu *vcpu)
{
	return nested_run(vcpu) == IN_L2 && !nested_run(vcpu);
}

static bool faults(u64 vmcb, u64 vector)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = new_vm(&vcpu, vmcb);
	bool ok;

	nested_run_to(vcpu, FAULT);
	sync_global_from_guest(vm, fault_vector);
	sync_global_from_guest(vm, fault_error);
	sync_global_from_guest(vm, fault_rip);
	ok = fault_vector == vector && !fault_error && fault_rip == (u64)vmrun_insn &&
	     nested_flags(vcpu) == KVM_STATE_NESTED_GIF_SET;
	ok &= good_vmrun(vcpu);
	kvm_vm_free(vm);
	return ok;
}

/* KVM_RUN ends as it does for any instruction whose memory KVM cannot reach. */
static bool memory_failure(struct kvm_vcpu *vcpu, struct kvm_regs *regs)
{
	struct kvm_run *run = vcpu->run;

	vcpu_run(vcpu);
	vcpu_regs_get(vcpu, regs);
	return run->exit_reason == KVM_EXIT_INTERNAL_ERROR &&
	       run->internal.suberror == KVM_INTERNAL_ERROR_EMULATION &&
	       run->internal.data[1] == SVM_EXIT_VMRUN && regs->rip == (u64)vmrun_insn &&
	       regs->rax == HOLE_GPA && nested_flags(vcpu) == KVM_STATE_NESTED_GIF_SET;
}

static bool fails_again_unchanged(struct kvm_vcpu *vcpu)
{
	struct kvm_regs first, second;

	return memory_failure(vcpu, &first) && memory_failure(vcpu, &second) &&
	       !memcmp(&first, &second, sizeof(first));
}

/* Memory for the hole, with the VMCB that L1 made elsewhere in it. */
static void fill_hole(struct kvm_vm *vm)
{
	vm_userspace_mem_region_add(vm, VM_MEM_SRC_ANONYMOUS, HOLE_GPA, HOLE_SLOT, 1, 0);
	memcpy(addr_gpa2hva(vm, HOLE_GPA), svm_hva->vmcb_hva, getpagesize());
}

static u64 exit_code_in_hole(struct kvm_vm *vm)
{
	return ((struct vmcb *)addr_gpa2hva(vm, HOLE_GPA))->control.exit_code;
}

static void skipped_vmrun(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = new_vm(&vcpu, HOLE_GPA);
	struct kvm_regs regs;
	bool ok = fails_again_unchanged(vcpu);

	ksft_test_result(ok, "nested: VMRUN of an unmapped VMCB is a memory failure, twice\n");

	vcpu_regs_get(vcpu, &regs);
	regs.rip += 3;
	vcpu_regs_set(vcpu, &regs);
	ok = nested_run(vcpu) == BACK && good_vmrun(vcpu);
	ksft_test_result(ok, "nested: after a memory failure skipped, L1 runs another VMCB\n");
	kvm_vm_free(vm);
}

static void retried_vmrun(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = new_vm(&vcpu, HOLE_GPA);
	bool ok = fails_again_unchanged(vcpu);

	fill_hole(vm);
	ok &= nested_run(vcpu) == IN_L2 && nested_run(vcpu) == BACK;
	ok &= exit_code_in_hole(vm) == SVM_EXIT_VMMCALL;
	ok &= good_vmrun(vcpu);
	ksft_test_result(ok, "nested: once the VMCB has memory, the same VMRUN enters L2\n");
	kvm_vm_free(vm);
}

static void vmexit_to_nowhere(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = new_vm(&vcpu, HOLE_GPA);
	void *stack = addr_gva2hva(vm, (gva_t)svm_hva->stack & PAGE_MASK);
	struct kvm_x86_state *state;
	u8 stack_copy[PAGE_SIZE];
	bool ok;

	fill_hole(vm);
	nested_run_to(vcpu, IN_L2);
	state = vcpu_save_state(vcpu);
	memcpy(stack_copy, stack, sizeof(stack_copy));
	vm_mem_region_delete(vm, HOLE_SLOT);

	vcpu_run(vcpu);
	ok = vcpu->run->exit_reason == KVM_EXIT_SHUTDOWN && !nested_flags(vcpu);
	ksft_test_result(ok, "nested: #VMEXIT without memory for the VMCB shuts L1 down\n");

	fill_hole(vm);
	memcpy(stack, stack_copy, sizeof(stack_copy));
	vcpu_load_state(vcpu, state);
	ok = nested_run(vcpu) == BACK && exit_code_in_hole(vm) == SVM_EXIT_VMMCALL;
	ok &= good_vmrun(vcpu);
	ksft_test_result(ok, "nested: the state from before that shutdown goes on with memory\n");
	kvm_x86_state_cleanup(state);
	kvm_vm_free(vm);
}

int main(void)
{
	nested_start(9);

	ksft_test_result(faults(0x1800, GP_VECTOR), "nested: VMRUN of a misaligned VMCB is #GP\n");
	ksft_test_result(faults(BIT_ULL(GUEST_ADDRESS_BITS), GP_VECTOR),
			 "nested: VMRUN of a VMCB above the physical addresses is #GP\n");
	without_hsave = true;
	ksft_test_result(faults(0, GP_VECTOR), "nested: VMRUN without VM_HSAVE_PA is #GP\n");
	without_hsave = false;
	without_svme = true;
	ksft_test_result(faults(0, UD_VECTOR), "nested: VMRUN without EFER.SVME is #UD\n");
	without_svme = false;

	skipped_vmrun();
	retried_vmrun();
	vmexit_to_nowhere();
	ksft_finished();
}
