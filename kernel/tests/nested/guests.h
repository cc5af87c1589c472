/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guests that are stopped where nested state is hard to carry: an L2 that waits for its
 * interrupt with GIF set or clear, under L1's GIF or a virtual one, and an L2 in the
 * interrupt shadow of STI.
 */
#ifndef KVMFEAT_TESTS_NESTED_GUESTS_H
#define KVMFEAT_TESTS_NESTED_GUESTS_H

#include "apic.h"
#include "nested.h"

#define VIRQ 0x40
#define IRQ 0x50

enum { SAVE = 1, ARM };

/* Written by the host before the guest runs. */
static struct {
	bool vgif, gif;
} scene;

/* A page of its own in the guest's memory, for the host to take away. */
static u8 data[PAGE_SIZE] __aligned(PAGE_SIZE);

static unsigned int virqs, irqs;
static u64 irq_rip;
extern char shadow_load[], shadow_over[];

static void virq_handler(struct ex_regs *regs)
{
	virqs++;
}

static void irq_handler(struct ex_regs *regs)
{
	irqs++;
	irq_rip = regs->rip;
	x2apic_write_reg(APIC_EOI, 0);
}

/*
 * Software emulation calls a virtual interrupt an exception when its delivery meets a page
 * that L0 has yet to map, as it has all of them in a new VM.
 */
static void touch_idt_and_gdt(void)
{
	READ_ONCE(*(u64 *)(get_idt().address + VIRQ * 16));
	READ_ONCE(*(u64 *)(get_gdt().address + get_cs()));
}

/* Emulation may take a pending interrupt some instructions late. */
static void wait_for_virq(void)
{
	int i;

	for (i = 0; i < 100000 && !READ_ONCE(virqs); i++)
		cpu_relax();
}

/* The interrupt waits for IF while GIF is set, and for GIF while IF is. */
static void l2_gif(void)
{
	if (!scene.gif) {
		clgi();
		sti_nop();
	}
	GUEST_SYNC(SAVE);
	touch_idt_and_gdt();
	GUEST_ASSERT_EQ(virqs, 0);
	if (scene.gif)
		sti_nop();
	else
		asm volatile("stgi; nop");
	wait_for_virq();
	GUEST_ASSERT_EQ(virqs, 1);
	vmmcall();
}

static void l1_gif(struct svm_test_data *svm)
{
	struct vmcb *vmcb = svm->vmcb;
	u32 vgif = V_GIF_MASK | V_GIF_ENABLE_MASK;

	generic_svm_setup(svm, l2_gif);
	vmcb->control.int_ctl |= V_IRQ_MASK | V_INTR_MASKING_MASK | (1 << V_INTR_PRIO_SHIFT);
	vmcb->control.int_vector = VIRQ;
	if (scene.vgif)
		vmcb->control.int_ctl |= vgif;
	run_guest(vmcb, svm->vmcb_gpa);
	GUEST_ASSERT_EQ(vmcb->control.exit_code, SVM_EXIT_VMMCALL);
	GUEST_ASSERT_EQ(vmcb->control.int_ctl & V_IRQ_MASK, 0);
	GUEST_ASSERT_EQ(vmcb->control.int_ctl & vgif, scene.vgif ? vgif : 0);
	GUEST_DONE();
}

/*
 * L1 leaves its interrupt to L2, which gets it after the load, though STI is before it and the
 * host takes the load's page away for a while.
 */
static void l2_shadow(void)
{
	GUEST_SYNC(ARM);
	asm volatile("sti\n\t"
		     "shadow_load: mov (%[data]), %%rax\n\t"
		     "shadow_over: nop\n\t"
		     "cli"
		     :
		     : [data] "r"(data)
		     : "rax", "memory");
	GUEST_ASSERT_EQ(irqs, 1);
	vmmcall();
}

static void l1_shadow(struct svm_test_data *svm)
{
	x2apic_enable();
	generic_svm_setup(svm, l2_shadow);
	x2apic_write_reg(APIC_ICR, APIC_DEST_SELF | APIC_INT_ASSERT | IRQ);
	run_guest(svm->vmcb, svm->vmcb_gpa);
	GUEST_ASSERT_EQ(svm->vmcb->control.exit_code, SVM_EXIT_VMMCALL);
	GUEST_ASSERT_EQ(svm->vmcb->control.int_state, 0);
	GUEST_DONE();
}

static struct kvm_vm *new_vm(struct kvm_vcpu **vcpu, void *l1, bool npt)
{
	gva_t svm_gva;
	struct kvm_vm *vm = nested_vm(vcpu, l1, npt, &svm_gva);

	vm_install_exception_handler(vm, VIRQ, virq_handler);
	vm_install_exception_handler(vm, IRQ, irq_handler);
	return vm;
}

/* Stop L2 at the load, in the shadow of the STI before it. */
static struct kvm_vm *try_to_stop_in_shadow(struct kvm_vcpu **vcpu, bool npt)
{
	struct kvm_vm *vm = new_vm(vcpu, l1_shadow, npt);
	void *page = addr_gva2hva(vm, (gva_t)data);

	nested_run_to(*vcpu, ARM);
	nested_set_access(page, PROT_NONE);
	TEST_ASSERT(__vcpu_run(*vcpu) == -1 && errno == EFAULT, "L2 reads what it cannot");
	nested_set_access(page, PROT_READ | PROT_WRITE);
	return vm;
}

/*
 * A CPU that drops the shadow on VMRUN has none any more when an interrupt of the host came
 * between STI and the load; then it is tried again.
 */
static struct kvm_vm *stop_in_shadow(struct kvm_vcpu **vcpu, bool npt)
{
	int tries = 10;

	for (;;) {
		struct kvm_vm *vm = try_to_stop_in_shadow(vcpu, npt);
		struct kvm_vcpu_events events;

		vcpu_events_get(*vcpu, &events);
		if (events.interrupt.shadow || !--tries)
			return vm;
		kvm_vm_free(vm);
	}
}

#endif
