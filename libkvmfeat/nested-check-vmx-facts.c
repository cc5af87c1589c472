// SPDX-License-Identifier: LGPL-2.1-or-later
/* How far KVM comes with a VMX blob, which controls are set in it, and facts of the target. */
#include "nested-check-vmx.h"

/* How far KVM comes: vmx_set_nested_state() */

bool kf_vmx_off(const struct kf_nested_check *check, uint32_t bits)
{
	(void)bits;
	return kf_nested_number(check, KF_VMX_VMXON_PA, 8) == KF_VMX_NONE;
}

bool kf_vmx_on(const struct kf_nested_check *check, uint32_t bits)
{
	return !kf_vmx_off(check, bits);
}

bool kf_vmx_has_vmcs12(const struct kf_nested_check *check, uint32_t bits)
{
	return check->info.state_bytes >= KF_VMX_SHADOW && kf_vmx_on(check, bits);
}

bool kf_vmx_enters(const struct kf_nested_check *check, uint32_t bits)
{
	return (check->info.flags & KF_NESTED_GUEST_MODE) && kf_vmx_has_vmcs12(check, bits);
}

/* Which controls are set in vmcs12 */

bool kf_vmx_pin(const struct kf_nested_check *check, uint32_t bits)
{
	return kf_vmx_enters(check, bits) &&
	       (KF_VMCS12(check, pin_based_vm_exec_control) & bits) == bits;
}

bool kf_vmx_primary(const struct kf_nested_check *check, uint32_t bits)
{
	return kf_vmx_enters(check, bits) &&
	       (KF_VMCS12(check, cpu_based_vm_exec_control) & bits) == bits;
}

/* nested_cpu_has2(): secondary controls count when the primary ones activate them. */
bool kf_vmx_secondary(const struct kf_nested_check *check, uint32_t bits)
{
	return kf_vmx_primary(check, KF_PRIMARY_SECONDARY) &&
	       (KF_VMCS12(check, secondary_vm_exec_control) & bits) == bits;
}

bool kf_vmx_exit(const struct kf_nested_check *check, uint32_t bits)
{
	return kf_vmx_enters(check, bits) && (KF_VMCS12(check, vm_exit_controls) & bits) == bits;
}

bool kf_vmx_exit_without(const struct kf_nested_check *check, uint32_t bits)
{
	return kf_vmx_enters(check, bits) && !(KF_VMCS12(check, vm_exit_controls) & bits);
}

bool kf_vmx_entry(const struct kf_nested_check *check, uint32_t bits)
{
	return kf_vmx_enters(check, bits) && (KF_VMCS12(check, vm_entry_controls) & bits) == bits;
}

/* Facts of the target */

void kf_vmx_lacks(struct kvmfeat_nested_finding *finding, enum kf_vmx_msr index)
{
	static const struct {
		enum kf_vmx_msr index;
		const char *name;
	} msrs[] = {
		{ KF_VMX_BASIC, "IA32_VMX_BASIC" },
		{ KF_VMX_MISC, "IA32_VMX_MISC" },
		{ KF_VMX_CR0_FIXED0, "IA32_VMX_CR0_FIXED0" },
		{ KF_VMX_CR0_FIXED1, "IA32_VMX_CR0_FIXED1" },
		{ KF_VMX_CR4_FIXED0, "IA32_VMX_CR4_FIXED0" },
		{ KF_VMX_CR4_FIXED1, "IA32_VMX_CR4_FIXED1" },
		{ KF_VMX_PROCBASED_CTLS2, "IA32_VMX_PROCBASED_CTLS2" },
		{ KF_VMX_EPT_VPID_CAP, "IA32_VMX_EPT_VPID_CAP" },
		{ KF_VMX_TRUE_PINBASED_CTLS, "IA32_VMX_TRUE_PINBASED_CTLS" },
		{ KF_VMX_TRUE_PROCBASED_CTLS, "IA32_VMX_TRUE_PROCBASED_CTLS" },
		{ KF_VMX_TRUE_EXIT_CTLS, "IA32_VMX_TRUE_EXIT_CTLS" },
		{ KF_VMX_TRUE_ENTRY_CTLS, "IA32_VMX_TRUE_ENTRY_CTLS" },
		{ KF_VMX_VMFUNC, "IA32_VMX_VMFUNC" },
	};

	for (size_t i = 0; i < KF_ARRAY_SIZE(msrs); i++)
		if (msrs[i].index == index)
			kf_nested_lacks(finding, msrs[i].name);
}

bool kf_vmx_msr(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding,
		enum kf_vmx_msr index, uint64_t *ret_value)
{
	if (kf_nested_msr(check, index, ret_value))
		return true;
	kf_vmx_lacks(finding, index);
	return false;
}

/* kvm_vcpu_is_legal_aligned_gpa() */
void kf_vmx_require_gpa(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding,
			uint64_t address, uint64_t alignment)
{
	if (address % alignment)
		kf_nested_require(finding, false);
	else
		kf_nested_require_gpa(check, finding, address);
}

bool kf_vmx_canonical(uint64_t address, unsigned int bits)
{
	uint64_t above = address >> (bits - 1);

	return above == 0 || above == UINT64_MAX >> (bits - 1);
}

/*
 * is_noncanonical_msr_address(): it is the host's CPU that counts. A vCPU whose CPUID lacks LA57
 * may well be on a host that has it.
 */
void kf_vmx_require_canonical(const struct kf_nested_check *check,
			      struct kvmfeat_nested_finding *finding, uint64_t address,
			      unsigned int more)
{
	if (kf_vmx_canonical(address, 48 + more))
		return;
	if (!kf_vmx_canonical(address, 57 + more))
		kf_nested_require(finding, false);
	else if (kf_nested_knows(check, finding, KVMFEAT_NESTED_KNOW_CPUID) &&
		 !(kf_nested_cpuid(check, 7, 0).ecx & KF_CPUID_7_ECX_LA57))
		kf_nested_lacks(finding, "LA57 of the host");
}

/* Judges of the finding's value */

void kf_vmx_page(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	kf_vmx_require_gpa(check, finding, finding->value, 4096);
}

void kf_vmx_host_canonical(const struct kf_nested_check *check,
			   struct kvmfeat_nested_finding *finding)
{
	kf_vmx_require_canonical(check, finding, finding->value, 0);
}

void kf_vmx_not_zero(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	(void)check;
	kf_nested_require(finding, finding->value);
}

void kf_vmx_below_4g(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	(void)check;
	kf_nested_require(finding, !(finding->value >> 32));
}
