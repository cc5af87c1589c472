// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The judges of KVM_SET_NESTED_STATE's own checks of a VMX blob, in KVM's x86.c and
 * vmx_set_nested_state(): header, sizes, revisions.
 */
#include "nested-check-vmx.h"

bool kf_vmx_has_current(const struct kf_nested_check *check, uint32_t bits)
{
	return kf_vmx_has_vmcs12(check, bits) &&
	       kf_nested_number(check, KF_VMX_VMCS12_PA, 8) != KF_VMX_NONE;
}

bool kf_vmx_links(const struct kf_nested_check *check, uint32_t bits)
{
	return kf_vmx_enters(check, bits) && KF_VMCS12(check, vmcs_link_pointer) != KF_VMX_NONE;
}

bool kf_vmx_links_shadow(const struct kf_nested_check *check, uint32_t bits)
{
	(void)bits;
	return kf_vmx_secondary(check, KF_SECONDARY_SHADOW_VMCS) && kf_vmx_links(check, 0);
}

bool kf_vmx_has_shadow(const struct kf_nested_check *check, uint32_t bits)
{
	return check->info.state_bytes >= KF_VMX_BYTES && kf_vmx_links_shadow(check, bits);
}

static bool cpuid_has_vmx(const struct kf_nested_check *check)
{
	return kf_nested_cpuid(check, 1, 0).ecx & KF_CPUID_1_ECX_VMX;
}

/* kvm_nested_ops.enabled: without nested virtualization the capability is 0. */
void kf_vmx_nested_on(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	if (!kf_nested_knows(check, finding, KVMFEAT_NESTED_KNOW_MAX_BYTES))
		return;
	kf_nested_set(finding, check->target.max_bytes);
	kf_nested_require(finding, finding->value);
}

/* On a host with VMX the capability is 8320, with SVM 4224. */
void kf_vmx_format(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	const uint32_t has_svm = 1u << 2;
	uint32_t facts = check->target.known;

	if ((facts & KVMFEAT_NESTED_KNOW_MAX_BYTES) && check->target.max_bytes)
		kf_nested_require(finding, check->target.max_bytes >= KF_VMX_BYTES);
	else if (!(facts & KVMFEAT_NESTED_KNOW_CPUID))
		kf_nested_lacks(finding, "CPUID");
	else if (kf_nested_cpuid(check, 0x80000001, 0).ecx & has_svm)
		kf_nested_require(finding, false);
	else if (!cpuid_has_vmx(check))
		kf_nested_lacks(finding, "KVM_CAP_NESTED_STATE");
}

void kf_vmx_known_flags(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	const uint32_t known = KF_NESTED_GUEST_MODE | KF_NESTED_RUN_PENDING | KF_NESTED_EVMCS |
			       KF_NESTED_MTF_PENDING | KF_NESTED_GIF_SET;

	kf_nested_require(finding, !(check->info.flags & ~known));
}

void kf_vmx_run_pending(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	kf_nested_require(finding, !(check->info.flags & KF_NESTED_RUN_PENDING) ||
					   (check->info.flags & KF_NESTED_GUEST_MODE));
}

void kf_vmx_zero(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	(void)check;
	kf_nested_require(finding, !finding->value);
}

void kf_vmx_no_address(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	(void)check;
	kf_nested_require(finding, finding->value == KF_VMX_NONE);
}

void kf_vmx_off_flags(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	kf_nested_require(finding, !(check->info.flags & ~(uint32_t)KF_NESTED_EVMCS));
}

void kf_vmx_cpuid(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	if (!kf_nested_knows(check, finding, KVMFEAT_NESTED_KNOW_CPUID))
		return;
	kf_nested_set(finding, kf_nested_cpuid(check, 1, 0).ecx);
	kf_nested_require(finding, cpuid_has_vmx(check));
}

void kf_vmx_smm_guest_mode(const struct kf_nested_check *check,
			   struct kvmfeat_nested_finding *finding)
{
	kf_nested_require(finding, !(finding->value & KF_VMX_SMM_GUEST_MODE) ||
					   !(check->info.flags & KF_NESTED_GUEST_MODE));
}

void kf_vmx_smm_known_flags(const struct kf_nested_check *check,
			    struct kvmfeat_nested_finding *finding)
{
	const uint64_t known = KF_VMX_SMM_GUEST_MODE | KF_VMX_SMM_VMXON;

	(void)check;
	kf_nested_require(finding, !(finding->value & ~known));
}

void kf_vmx_header_flags(const struct kf_nested_check *check,
			 struct kvmfeat_nested_finding *finding)
{
	(void)check;
	kf_nested_require(finding, !(finding->value & ~(uint64_t)KF_VMX_HAS_DEADLINE));
}

/* SMM disables VMX for its time; only in it are there SMM flags. */
void kf_vmx_smm(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	bool inside = !(check->info.flags & (KF_NESTED_GUEST_MODE | KF_NESTED_RUN_PENDING));
	bool outside = !finding->value;

	if (inside == outside)
		kf_nested_require(finding, inside);
	else if (kf_nested_knows(check, finding, KVMFEAT_NESTED_KNOW_SMM))
		kf_nested_require(finding, check->target.smm ? inside : outside);
}

void kf_vmx_smm_vmxon(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	(void)check;
	kf_nested_require(finding, !(finding->value & KF_VMX_SMM_GUEST_MODE) ||
					   (finding->value & KF_VMX_SMM_VMXON));
}

void kf_vmx_evmcs(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	uint32_t known = check->target.known;

	if (!(check->info.flags & KF_NESTED_EVMCS))
		return;
	if (((known & KVMFEAT_NESTED_KNOW_EVMCS) && !check->target.evmcs) ||
	    ((known & KVMFEAT_NESTED_KNOW_CPUID) && !cpuid_has_vmx(check)))
		kf_nested_require(finding, false);
	else
		(void)kf_nested_knows(check, finding,
				      KVMFEAT_NESTED_KNOW_EVMCS | KVMFEAT_NESTED_KNOW_CPUID);
}

/* The lone VMXON region: what vmx_has_valid_vmcs12() calls for no vmcs12. */
void kf_vmx_size(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	bool wants = (check->info.flags & (KF_NESTED_GUEST_MODE | KF_NESTED_EVMCS)) ||
		     kf_nested_number(check, KF_VMX_VMCS12_PA, 8) != KF_VMX_NONE;

	kf_nested_require(finding, !wants || finding->value >= KF_VMX_SHADOW);
}

void kf_vmx_own_page(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	kf_nested_require(finding, finding->value != kf_nested_number(check, KF_VMX_VMXON_PA, 8));
}

void kf_vmx_current(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	kf_nested_require(finding,
			  finding->value != KF_VMX_NONE || (check->info.flags & KF_NESTED_EVMCS));
}

void kf_vmx_revision(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	(void)check;
	kf_nested_require(finding, (finding->value & ~KF_VMX_SHADOW_BIT) == KF_VMX_REVISION);
}

void kf_vmx_shadow_size(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	(void)check;
	kf_nested_require(finding, finding->value >= KF_VMX_BYTES);
}

void kf_vmx_shadow_bit(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	(void)check;
	kf_nested_require(finding, finding->value & KF_VMX_SHADOW_BIT);
}
