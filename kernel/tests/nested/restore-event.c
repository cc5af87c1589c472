// SPDX-License-Identifier: GPL-2.0-only
/*
 * L1 injects an event into L2, and the vCPU moves to a new VM before L2 has it: between
 * VMRUN and L2's first instruction (RUN_PENDING), or after a failed try to deliver it.  L2
 * gets it once, with its error code, also when an interrupt for L1 is waiting; a software
 * interrupt returns to NextRIP, where the CPU has that (NRIPS).  One that is half delivered is
 * not saved: L2 is back at its instruction, and executes that again.
 *
 * Red when svm_get_nested_state() leaves RUN_PENDING out, svm_set_nested_state() does not
 * take it, nested_copy_vmcb_cache_to_control() forgets the error code, or
 * nested_vmcb02_prepare_control() the event.
 */
#include "apic.h"
#include "vmrun-stop.h"

#define ERROR_CODE 0x1230
#define L1_IRQ 0x50
#define L2_IRQ 0x60
#define CASES 7

enum { AT_VMRUN = 1 };

/* Written by the host before the guest runs. */
static struct scene {
	u32 event;
	bool irq_for_l1;
	/* Where L2 begins, and where the handler finds that it came from. */
	void (*rip)(void), (*return_rip)(void);
} scene;

static unsigned int events, l1_irqs;
static u64 event_error, event_rip;

static void event_handler(struct ex_regs *regs)
{
	events++;
	event_error = regs->error_code;
	event_rip = regs->rip;
}

static void l1_irq_handler(struct ex_regs *regs)
{
	l1_irqs++;
	x2apic_write_reg(APIC_EOI, 0);
}

static bool is_soft(u32 event)
{
	u32 type = event & SVM_EVTINJ_TYPE_MASK;

	return type == SVM_EVTINJ_TYPE_SOFT ||
	       (type == SVM_EVTINJ_TYPE_EXEPT && (event & SVM_EVTINJ_VEC_MASK) == BP_VECTOR);
}

static void l2_trap(void)
{
	GUEST_FAIL("L2 is back at the instruction that caused the event");
}

void l2_int(void);
void l2_after_int(void);
void l2_code(void);

asm("l2_int: int $" __stringify(L2_IRQ) "; l2_after_int: jmp l2_code");

void l2_code(void)
{
	GUEST_ASSERT_EQ(events, 1);
	GUEST_ASSERT_EQ(event_rip, (u64)scene.return_rip);
	GUEST_ASSERT_EQ(event_error, scene.event & SVM_EVTINJ_VALID_ERR ? ERROR_CODE : 0);
	vmmcall();
}

/*
 * L1's interrupt is pending under GIF 0 and open under IF 1, so that it ends L2 at once; yet
 * L2 must have been entered, and the event be on its stack.
 */
static void l1_takes_its_irq(struct svm_test_data *svm)
{
	struct vmcb *vmcb = svm->vmcb;

	GUEST_ASSERT_EQ(vmcb->control.exit_code, SVM_EXIT_INTR);
	GUEST_ASSERT_EQ(vmcb->control.exit_int_info, 0);
	GUEST_ASSERT_NE(vmcb->save.rip, (u64)l2_code);
	GUEST_ASSERT(vmcb->save.rsp < (u64)svm->stack);
	GUEST_ASSERT_EQ(events, 0);
	stgi();
	sti_nop();
	cli();
	clgi();
	GUEST_ASSERT_EQ(l1_irqs, 1);
	run_guest(vmcb, svm->vmcb_gpa);
}

static void l1_code(struct svm_test_data *svm)
{
	struct vmcb *vmcb = svm->vmcb;

	x2apic_enable();
	generic_svm_setup(svm, l2_code);
	vmcb->control.event_inj = scene.event;
	vmcb->control.event_inj_err = ERROR_CODE;
	vmcb->save.rip = (u64)scene.rip;
	if (is_soft(scene.event))
		vmcb->control.next_rip = (u64)scene.return_rip;
	vmcb->control.intercept |= BIT_ULL(INTERCEPT_INTR);
	vmcb->control.int_ctl |= V_INTR_MASKING_MASK;
	clgi();
	if (scene.irq_for_l1)
		x2apic_write_reg(APIC_ICR, APIC_DEST_SELF | APIC_INT_ASSERT | L1_IRQ);

	GUEST_SYNC(AT_VMRUN);
	vmrun_alone(svm);
	if (scene.irq_for_l1)
		l1_takes_its_irq(svm);
	GUEST_ASSERT_EQ(vmcb->control.exit_code, SVM_EXIT_VMMCALL);
	GUEST_ASSERT_EQ(vmcb->control.event_inj, 0);
	GUEST_DONE();
}

static struct kvm_vm *new_vm(struct kvm_vcpu **vcpu, struct svm_test_data **svm, bool npt,
			     const struct scene *wanted)
{
	gva_t svm_gva;
	struct kvm_vm *vm = nested_vm(vcpu, l1_code, npt, &svm_gva);

	*svm = addr_gva2hva(vm, svm_gva);
	vm_install_exception_handler(vm, BP_VECTOR, event_handler);
	vm_install_exception_handler(vm, GP_VECTOR, event_handler);
	vm_install_exception_handler(vm, L2_IRQ, event_handler);
	vm_install_exception_handler(vm, L1_IRQ, l1_irq_handler);
	scene = *wanted;
	sync_global_to_guest(vm, scene);
	nested_run_to(*vcpu, AT_VMRUN);
	return vm;
}

static bool skipped(bool npt, const char *what, u32 event)
{
	if (!is_soft(event) || kvm_cpu_has(X86_FEATURE_NRIPS))
		return false;
	ksft_test_result_skip("nested: %s reaches L2 in a new VM %s: the CPU lacks NRIPS\n", what,
			      nested_paging(npt));
	return true;
}

static void pending_case(bool npt, const char *what, u32 event, bool irq_for_l1)
{
	const struct scene wanted = {
		.event = event,
		.irq_for_l1 = irq_for_l1,
		.rip = is_soft(event) ? l2_trap : l2_code,
		.return_rip = l2_code,
	};
	struct vmcb_control_area *control;
	struct kvm_nested_state *nested;
	struct svm_test_data *svm;
	struct nested_saved saved;
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm;
	bool ok;

	if (skipped(npt, what, event))
		return;
	vm = new_vm(&vcpu, &svm, npt, &wanted);
	run_into_vmrun(vcpu, svm->vmcb_hva);
	nested_save(vcpu, &saved);
	nested = &saved.state->nested;
	control = &nested_blob_vmcb(nested)->control;
	ok = nested->flags == SVM_NESTED_FLAGS && control->event_inj == event &&
	     control->event_inj_err == ERROR_CODE &&
	     control->next_rip == (is_soft(event) ? (u64)l2_code : 0);
	if (!ok)
		ksft_print_msg("flags %#x, event %#x, error %#x\n", nested->flags,
			       control->event_inj, control->event_inj_err);
	ok &= nested_ends_in_new_vm(vm, &saved);
	ksft_test_result(ok, "nested: %s reaches L2 in a new VM %s\n", what, nested_paging(npt));
}

/*
 * Will the event come again?  Userspace must put an exception back.  It is not told of a
 * software interrupt, for which L2 must be at its instruction.
 */
static bool will_come(const struct kvm_x86_state *state, u32 event)
{
	const struct kvm_vcpu_events *events = &state->events;

	if (is_soft(event))
		return !events->interrupt.injected && state->regs.rip == (u64)l2_int;
	return events->exception.injected &&
	       events->exception.nr == (event & SVM_EVTINJ_VEC_MASK) &&
	       events->exception.error_code == ERROR_CODE;
}

/* L2's stack is away when the CPU pushes the event's frame. */
static void undelivered_case(bool npt, const char *what, u32 event)
{
	const struct scene wanted = {
		.event = event,
		.rip = is_soft(event) ? l2_int : l2_code,
		.return_rip = is_soft(event) ? l2_after_int : l2_code,
	};
	struct svm_test_data *svm;
	struct nested_saved saved;
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm;
	void *stack;
	bool ok;

	if (skipped(npt, what, event))
		return;
	vm = new_vm(&vcpu, &svm, npt, &wanted);
	stack = addr_gva2hva(vm, (gva_t)svm->stack & PAGE_MASK);
	nested_set_access(stack, PROT_NONE);
	TEST_ASSERT(__vcpu_run(vcpu) == -1 && errno == EFAULT, "L2 has a stack that it has not");
	nested_save(vcpu, &saved);
	nested_set_access(stack, PROT_READ | PROT_WRITE);

	ok = saved.state->nested.flags == (SVM_NESTED_FLAGS & ~KVM_STATE_NESTED_RUN_PENDING) &&
	     will_come(saved.state, event);
	ok &= nested_ends_in_new_vm(vm, &saved);
	ksft_test_result(ok, "nested: %s reaches L2 in a new VM %s\n", what, nested_paging(npt));
}

static void cases(bool npt)
{
	u32 gp = SVM_EVTINJ_VALID | SVM_EVTINJ_TYPE_EXEPT | SVM_EVTINJ_VALID_ERR | GP_VECTOR;
	u32 irq = SVM_EVTINJ_VALID | SVM_EVTINJ_TYPE_INTR | L2_IRQ;
	u32 soft = SVM_EVTINJ_VALID | SVM_EVTINJ_TYPE_SOFT | L2_IRQ;
	u32 int3 = SVM_EVTINJ_VALID | SVM_EVTINJ_TYPE_EXEPT | BP_VECTOR;

	pending_case(npt, "the exception of a pending VMRUN", gp, false);
	pending_case(npt, "the interrupt of a pending VMRUN", irq, false);
	pending_case(npt, "the exception of a pending VMRUN, before L1's interrupt,", gp, true);
	pending_case(npt, "the software interrupt of a pending VMRUN", soft, false);
	pending_case(npt, "the breakpoint of a pending VMRUN", int3, false);
	undelivered_case(npt, "an exception half delivered", gp);
	undelivered_case(npt, "a software interrupt half delivered", soft);
}

int main(void)
{
	nested_start(2 * CASES);

	cases(false);
	if (kvm_cpu_has_npt())
		cases(true);
	else
		nested_skip_npt(CASES);
	ksft_finished();
}
