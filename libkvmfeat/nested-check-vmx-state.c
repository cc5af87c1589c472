// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The judges of nested_vmx_check_host_state() and nested_vmx_check_guest_state() that look at
 * more than one register; of a register alone they are in nested-check-vmx-regs.c.
 */
#include "nested-check-vmx.h"

/* Host */

void kf_vmx_host_write_protect(const struct kf_nested_check *check,
			       struct kvmfeat_nested_finding *finding)
{
	kf_nested_require(finding, !(finding->value & KF_CR4_CET) ||
					   (KF_VMCS12(check, host_cr0) & KF_CR0_WP));
}

void kf_vmx_pae(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	(void)check;
	kf_nested_require(finding, finding->value & KF_CR4_PAE);
}

void kf_vmx_no_pcid(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	(void)check;
	kf_nested_require(finding, !(finding->value & KF_CR4_PCIDE));
}

void kf_vmx_no_ia32e(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	(void)check;
	kf_nested_require(finding, !(finding->value & KF_ENTRY_IA32E));
}

/* SEGMENT_RPL_MASK, SEGMENT_TI_MASK */
void kf_vmx_selector(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	(void)check;
	kf_nested_require(finding, !(finding->value & 7));
}

/* is_l1_noncanonical_address_on_vmexit() */
void kf_vmx_host_rip(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	bool la57 = KF_VMCS12(check, host_cr4) & KF_CR4_LA57;

	kf_nested_require(finding, kf_vmx_canonical(finding->value, la57 ? 57 : 48));
}

void kf_vmx_host_lma(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	kf_nested_require(finding,
			  kf_vmx_exit(check, KF_EXIT_HOST_64) == !!(finding->value & KF_EFER_LMA));
}

void kf_vmx_host_lme(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	kf_nested_require(finding,
			  kf_vmx_exit(check, KF_EXIT_HOST_64) == !!(finding->value & KF_EFER_LME));
}

bool kf_vmx_exit_cet_32(const struct kf_nested_check *check, uint32_t bits)
{
	(void)bits;
	return kf_vmx_exit(check, KF_EXIT_LOAD_CET_STATE) &&
	       kf_vmx_exit_without(check, KF_EXIT_HOST_64);
}

/* Guest */

void kf_vmx_guest_write_protect(const struct kf_nested_check *check,
				struct kvmfeat_nested_finding *finding)
{
	kf_nested_require(finding, !(finding->value & KF_CR4_CET) ||
					   (KF_VMCS12(check, guest_cr0) & KF_CR0_WP));
}

/* nested_vmx_check_vmcs_link_ptr() reads the header of the VMCS that is there. */
void kf_vmx_link_memory(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	(void)check;
	kf_nested_lacks(finding, "guest memory");
}

void kf_vmx_protected_paging(const struct kf_nested_check *check,
			     struct kvmfeat_nested_finding *finding)
{
	(void)check;
	kf_nested_require(finding, (finding->value & (KF_CR0_PG | KF_CR0_PE)) != KF_CR0_PG);
}

void kf_vmx_paging(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	(void)check;
	kf_nested_require(finding, finding->value & KF_CR0_PG);
}

/* Once L2 runs its EFER may be another than at VM-entry. */
bool kf_vmx_entry_efer(const struct kf_nested_check *check, uint32_t bits)
{
	(void)bits;
	return (check->info.flags & KF_NESTED_RUN_PENDING) &&
	       kf_vmx_entry(check, KF_ENTRY_LOAD_EFER);
}

void kf_vmx_guest_lma(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	kf_nested_require(finding,
			  kf_vmx_entry(check, KF_ENTRY_IA32E) == !!(finding->value & KF_EFER_LMA));
}

void kf_vmx_guest_lme(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	bool paging = KF_VMCS12(check, guest_cr0) & KF_CR0_PG;
	bool lme = finding->value & KF_EFER_LME;

	kf_nested_require(finding, !paging || kf_vmx_entry(check, KF_ENTRY_IA32E) == lme);
}

void kf_vmx_bndcfgs_base(const struct kf_nested_check *check,
			 struct kvmfeat_nested_finding *finding)
{
	kf_vmx_require_canonical(check, finding, finding->value & ~UINT64_C(0xfff), 0);
}

void kf_vmx_bndcfgs_reserved(const struct kf_nested_check *check,
			     struct kvmfeat_nested_finding *finding)
{
	(void)check;
	kf_nested_require(finding, !(finding->value & 0xffc));
}

void kf_vmx_ssp_aligned(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	(void)check;
	kf_nested_require(finding, !(finding->value & 3));
}

/* One bit more than a canonical address: bits 63:N are identical, N being the width. */
void kf_vmx_guest_ssp(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	kf_vmx_require_canonical(check, finding, finding->value, 1);
}

/* Active, HLT or wait-for-SIPI; KVM does not enter the shutdown state. */
void kf_vmx_activity(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	uint64_t state = finding->value;

	(void)check;
	kf_nested_require(finding, state == 0 || state == 1 || state == 3);
}
