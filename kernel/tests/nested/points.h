/* SPDX-License-Identifier: GPL-2.0-only */
/* The points at which a vCPU is stopped to be moved, and what its nested state shows there. */
#ifndef KVMFEAT_TESTS_NESTED_POINTS_H
#define KVMFEAT_TESTS_NESTED_POINTS_H

#include "guests.h"
#include "vmrun-stop.h"

#define ERROR_CODE 0x1230
#define PAE_PORT 0x99
#define PDPTE_ACCESSED BIT(5)

struct point {
	const char *what, *file;
	/* Makes a VM and runs it there. */
	struct kvm_vm *(*stop)(struct kvm_vcpu **vcpu, bool npt);
	bool (*shows)(struct kvm_nested_state *nested);
	bool without_l2; /* so that nested paging makes no difference */
};

static struct vmcb_control_area *control_of(struct kvm_nested_state *nested)
{
	return &nested_blob_vmcb(nested)->control;
}

/* L1 that waits for L2 in the one way that means success. */
static void run_l2(struct svm_test_data *svm)
{
	run_guest(svm->vmcb, svm->vmcb_gpa);
	GUEST_ASSERT_EQ(svm->vmcb->control.exit_code, SVM_EXIT_VMMCALL);
	GUEST_DONE();
}

static void l1_alone(struct svm_test_data *svm)
{
	generic_svm_setup(svm, NULL);
	GUEST_SYNC(SAVE);
	GUEST_ASSERT(rdmsr(MSR_EFER) & EFER_SVME);
	GUEST_DONE();
}

static struct kvm_vm *stop_l1(struct kvm_vcpu **vcpu, bool npt)
{
	struct kvm_vm *vm = new_vm(vcpu, l1_alone, npt);

	nested_run_to(*vcpu, SAVE);
	return vm;
}

static bool shows_l1(struct kvm_nested_state *nested)
{
	return nested->flags == KVM_STATE_NESTED_GIF_SET && nested->size == sizeof(*nested);
}

/* Between the two stages only what is in L2's registers tells them apart. */
static void l2_running(void)
{
	u64 kept = 0x0123456789abcdef;

	asm volatile("" : "+r"(kept));
	GUEST_SYNC(SAVE);
	asm volatile("" : "+r"(kept));
	GUEST_ASSERT_EQ(kept, 0x0123456789abcdef);
	vmmcall();
}

static void l1_running(struct svm_test_data *svm)
{
	generic_svm_setup(svm, l2_running);
	run_l2(svm);
}

static struct kvm_vm *stop_running(struct kvm_vcpu **vcpu, bool npt)
{
	struct kvm_vm *vm = new_vm(vcpu, l1_running, npt);

	nested_run_to(*vcpu, SAVE);
	return vm;
}

static bool shows_running(struct kvm_nested_state *nested)
{
	return nested->flags == (KVM_STATE_NESTED_GUEST_MODE | KVM_STATE_NESTED_GIF_SET) &&
	       !control_of(nested)->event_inj && !control_of(nested)->int_state;
}

static bool shows_shadow(struct kvm_nested_state *nested)
{
	return control_of(nested)->int_state == SVM_INTERRUPT_SHADOW_MASK;
}

static unsigned int faults;
static u64 fault_error;

static void fault_handler(struct ex_regs *regs)
{
	faults++;
	fault_error = regs->error_code;
}

static void l2_injected(void)
{
	GUEST_ASSERT_EQ(faults, 1);
	GUEST_ASSERT_EQ(fault_error, ERROR_CODE);
	vmmcall();
}

static void l1_injecting(struct svm_test_data *svm)
{
	struct vmcb_control_area *control = &svm->vmcb->control;

	generic_svm_setup(svm, l2_injected);
	control->event_inj =
		SVM_EVTINJ_VALID | SVM_EVTINJ_TYPE_EXEPT | SVM_EVTINJ_VALID_ERR | GP_VECTOR;
	control->event_inj_err = ERROR_CODE;
	GUEST_SYNC(SAVE);
	vmrun_alone(svm);
	GUEST_ASSERT_EQ(control->exit_code, SVM_EXIT_VMMCALL);
	GUEST_DONE();
}

static struct kvm_vm *stop_injecting(struct kvm_vcpu **vcpu, bool npt)
{
	struct svm_test_data *svm;
	gva_t svm_gva;
	struct kvm_vm *vm = nested_vm(vcpu, l1_injecting, npt, &svm_gva);

	svm = addr_gva2hva(vm, svm_gva);
	vm_install_exception_handler(vm, GP_VECTOR, fault_handler);
	nested_run_to(*vcpu, SAVE);
	run_into_vmrun(*vcpu, svm->vmcb_hva);
	return vm;
}

static bool shows_injection(struct kvm_nested_state *nested)
{
	return nested->flags == SVM_NESTED_FLAGS &&
	       (control_of(nested)->event_inj & SVM_EVTINJ_VALID) &&
	       control_of(nested)->event_inj_err == ERROR_CODE;
}

static struct kvm_vm *stop_gif(struct kvm_vcpu **vcpu, bool npt, bool vgif)
{
	struct kvm_vm *vm = new_vm(vcpu, l1_gif, npt);

	scene.vgif = vgif;
	scene.gif = false;
	sync_global_to_guest(vm, scene);
	nested_run_to(*vcpu, SAVE);
	return vm;
}

static struct kvm_vm *stop_gif_clear(struct kvm_vcpu **vcpu, bool npt)
{
	return stop_gif(vcpu, npt, false);
}

static bool shows_gif_clear(struct kvm_nested_state *nested)
{
	return nested->flags == KVM_STATE_NESTED_GUEST_MODE;
}

static struct kvm_vm *stop_vgif_clear(struct kvm_vcpu **vcpu, bool npt)
{
	return stop_gif(vcpu, npt, true);
}

static bool shows_vgif_clear(struct kvm_nested_state *nested)
{
	u32 int_ctl = control_of(nested)->int_ctl;

	return (int_ctl & V_GIF_ENABLE_MASK) && !(int_ctl & V_GIF_MASK);
}

/* 32-bit code, to be copied to where L2's page tables have it. */
extern const char pae_begin[], pae_end[];
asm(".pushsection .rodata\n\t"
    ".code32\n"
    "pae_begin:\n\t"
    "mov $0x12345678, %ebx\n\t"
    "out %al, $" __stringify(PAE_PORT) "\n\t"
				       "cmp $0x12345678, %ebx\n\t"
				       "jne 1f\n\t"
				       "vmmcall\n"
				       "1: ud2\n"
				       "pae_end:\n\t"
				       ".code64\n\t"
				       ".popsection");

/* Written by the host before the guest runs: guest physical addresses. */
static struct {
	u64 pdpt, code;
} pae;

static void l1_pae(struct svm_test_data *svm)
{
	struct vmcb_save_area *save = &svm->vmcb->save;

	generic_svm_setup(svm, (void *)pae.code);
	save->efer &= ~(EFER_LME | EFER_LMA);
	save->cr3 = pae.pdpt;
	save->cs.attrib &= ~SVM_SELECTOR_L_MASK;
	save->cs.attrib |= SVM_SELECTOR_DB_MASK;
	run_l2(svm);
}

/* A page that L2 finds at the same address, though it was not there when L1's tables were made. */
static gpa_t alloc_l2_page(struct kvm_vm *vm, bool npt)
{
	gpa_t gpa = addr_gva2gpa(vm, vm_alloc_page(vm));

	if (npt)
		tdp_map(vm, gpa, gpa, PAGE_SIZE);
	return gpa;
}

/* The first GiB, one to one. */
static void make_pae_tables(struct kvm_vm *vm, bool npt)
{
	gpa_t pd = alloc_l2_page(vm, npt);
	u64 *pdpte, *pde = addr_gpa2hva(vm, pd);

	pae.pdpt = alloc_l2_page(vm, npt);
	pae.code = alloc_l2_page(vm, npt);
	sync_global_to_guest(vm, pae);
	memcpy(addr_gpa2hva(vm, pae.code), pae_begin, pae_end - pae_begin);
	pdpte = addr_gpa2hva(vm, pae.pdpt);
	pdpte[0] = pd | BIT(0);
	for (u64 i = 0; i < 512; i++)
		pde[i] = i << 21 | BIT(7) | BIT(1) | BIT(0);
}

static struct kvm_vm *stop_pae(struct kvm_vcpu **vcpu, bool npt)
{
	struct kvm_vm *vm = new_vm(vcpu, l1_pae, npt);
	u64 *pdpte;
	int ret;

	make_pae_tables(vm, npt);
	ret = __vcpu_run(*vcpu);
	TEST_ASSERT(!ret && (*vcpu)->run->exit_reason == KVM_EXIT_IO &&
			    (*vcpu)->run->io.port == PAE_PORT,
		    "The 32-bit L2 is not at its OUT, but %s",
		    exit_reason_str((*vcpu)->run->exit_reason));
	/* Software emulation marks it accessed, where a CPU has a reserved bit. */
	pdpte = addr_gpa2hva(vm, pae.pdpt);
	*pdpte &= ~(u64)PDPTE_ACCESSED;
	return vm;
}

static const struct point points[] = {
	{ "L1 alone", "l1", stop_l1, shows_l1, .without_l2 = true },
	{ "a running L2", "l2-running", stop_running, shows_running },
	{ "an L2 in the shadow of STI", "interrupt-shadow", stop_in_shadow, shows_shadow },
	{ "an L2 with an event to come", "event-injection", stop_injecting, shows_injection },
	{ "an L2 without GIF", "gif-clear", stop_gif_clear, shows_gif_clear },
	{ "an L2 without virtual GIF", "vgif-clear", stop_vgif_clear, shows_vgif_clear },
	{ "an L2 with PAE paging", "pae", stop_pae, shows_running },
};

#endif
