// SPDX-License-Identifier: GPL-2.0-only
/*
 * An L2 with 32-bit PAE paging moves to a new VM.  KVM, which emulates OUTSB, has to read
 * L2's page-directory pointers anew there; with nested paging they are where L1 knows no
 * memory, so that those of KVM_SET_SREGS, read as L1's, are worth nothing.
 *
 * Red, with nested paging, when svm_get_nested_state_pages() leaves the pointers alone.
 */
#include "nested.h"

#define SAVE_PORT	0xe0
#define DATA_PORT	0xe1
#define DATA_BYTE	0x5a
#define L2_CR3		0x80000000ULL	/* as L2 sees it; L1 has nothing there */
#define PHYS_START	0x200000ULL
#define PAE_P		BIT_ULL(0)
#define PAE_RW		BIT_ULL(1)
#define PAE_PS		BIT_ULL(7)
#define LARGE_PAGE	(2UL << 20)
#define CODE32		(0xb | SVM_SELECTOR_S_MASK | SVM_SELECTOR_P_MASK | \
			 SVM_SELECTOR_DB_MASK | SVM_SELECTOR_G_MASK)

/* 32-bit code, with the address of the byte to write in the middle. */
struct l2_code {
	u8 save[6];
	u8 load_esi;
	u32 data;
	u8 write[8];
} __packed;

static const struct l2_code l2_code = {
	.save = { 0x66, 0xba, SAVE_PORT, 0, 0xee, 0x90 },	/* mov $port, %dx; out; nop */
	.load_esi = 0xbe,					/* mov $data, %esi */
	.write = { 0x66, 0xba, DATA_PORT, 0, 0x6e,		/* mov $port, %dx; outsb */
		   0x0f, 0x01, 0xd9 },				/* vmmcall */
};

/* Written by the host before the guest runs. */
static u64 l2_rip, l2_cr3;

static void l1_code(struct svm_test_data *svm)
{
	struct vmcb_save_area *save = &svm->vmcb->save;

	generic_svm_setup(svm, NULL);
	save->rip = l2_rip;
	save->cr3 = l2_cr3;
	save->cr4 = X86_CR4_PAE;
	save->efer = EFER_SVME;
	save->cs.attrib = CODE32;
	run_guest(svm->vmcb, svm->vmcb_gpa);
	GUEST_ASSERT_EQ(svm->vmcb->control.exit_code, SVM_EXIT_VMMCALL);
	GUEST_DONE();
}

/* L2's first gigabyte as it is, through one directory of large pages. */
static gpa_t make_page_tables(struct kvm_vm *vm)
{
	gpa_t pdpt = vm_phy_page_alloc(vm, PHYS_START, 0);
	gpa_t pd = vm_phy_page_alloc(vm, PHYS_START, 0);
	u64 *entries = addr_gpa2hva(vm, pd);

	for (unsigned int i = 0; i < PAGE_SIZE / sizeof(u64); i++)
		entries[i] = i * LARGE_PAGE | PAE_P | PAE_RW | PAE_PS;
	*(u64 *)addr_gpa2hva(vm, pdpt) = pd | PAE_P;
	return pdpt;
}

static gpa_t make_code(struct kvm_vm *vm)
{
	gpa_t code = vm_phy_page_alloc(vm, PHYS_START, 0);
	gpa_t data = vm_phy_page_alloc(vm, PHYS_START, 0);
	struct l2_code *hva = addr_gpa2hva(vm, code);

	*hva = l2_code;
	hva->data = data;
	*(u8 *)addr_gpa2hva(vm, data) = DATA_BYTE;
	return code;
}

static struct kvm_vm *new_vm(struct kvm_vcpu **vcpu, bool npt)
{
	struct kvm_vm *vm = vm_create_with_one_vcpu(vcpu, l1_code);
	gva_t svm_gva;

	l2_rip = make_code(vm);
	l2_cr3 = make_page_tables(vm);
	if (npt)
		vm_enable_npt(vm);
	vcpu_alloc_svm(vm, &svm_gva);
	if (npt) {
		tdp_identity_map_default_memslots(vm);
		tdp_map(vm, L2_CR3, l2_cr3, PAGE_SIZE);
		l2_cr3 = L2_CR3;
	}
	sync_global_to_guest(vm, l2_rip);
	sync_global_to_guest(vm, l2_cr3);
	vcpu_args_set(*vcpu, 1, svm_gva);
	return vm;
}

static bool writes_to(struct kvm_vcpu *vcpu, u16 port)
{
	struct kvm_run *run = vcpu->run;

	vcpu_run(vcpu);
	return run->exit_reason == KVM_EXIT_IO && run->io.direction == KVM_EXIT_IO_OUT &&
	       run->io.port == port && run->io.size == 1 && run->io.count == 1;
}

static bool writes_data(struct kvm_vcpu *vcpu)
{
	return writes_to(vcpu, DATA_PORT) &&
	       *((u8 *)vcpu->run + vcpu->run->io.data_offset) == DATA_BYTE;
}

static void pae_case(bool npt)
{
	struct nested_saved saved;
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = new_vm(&vcpu, npt);
	bool ok;

	TEST_ASSERT(writes_to(vcpu, SAVE_PORT), "L2 does not start");
	nested_save(vcpu, &saved);
	vcpu = nested_load_into_new_vm(vm, &saved);
	ok = writes_data(vcpu) && !nested_run(vcpu);
	ksft_test_result(ok, "nested: an L2 with PAE paging goes on in a new VM %s nested paging\n",
			 npt ? "with" : "without");
	kvm_x86_state_cleanup(saved.state);
	kvm_vm_free(vm);
}

int main(void)
{
	nested_start(2);
	pae_case(false);
	if (kvm_cpu_has_npt())
		pae_case(true);
	else
		ksft_test_result_skip("nested: with nested paging: the CPU lacks NPT\n");
	ksft_finished();
}
