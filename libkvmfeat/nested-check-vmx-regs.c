// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a vCPU allows in the registers that vmcs12 has for its host and its guest. */
#include "nested-check-cpuid.h"
#include "nested-check-vmx.h"

/* __cr4_reserved_bits(). What the host lacks is lacking in the CPUID of its vCPUs. */
static const struct kf_cpuid_need cr4_needs[] = {
	{ KF_BIT(13), { 1, 0, KF_ECX, 5 } }, /* VMXE: VMX */
	{ KF_BIT(17), { 1, 0, KF_ECX, 17 } }, /* PCIDE: PCID */
	{ KF_BIT(18), { 1, 0, KF_ECX, 26 } }, /* OSXSAVE: XSAVE */
	{ KF_BIT(16), { 7, 0, KF_EBX, 0 } }, /* FSGSBASE */
	{ KF_BIT(20), { 7, 0, KF_EBX, 7 } }, /* SMEP */
	{ KF_BIT(21), { 7, 0, KF_EBX, 20 } }, /* SMAP */
	{ KF_BIT(11), { 7, 0, KF_ECX, 2 } }, /* UMIP */
	{ KF_BIT(22), { 7, 0, KF_ECX, 3 } }, /* PKE: PKU */
	{ KF_BIT(12), { 7, 0, KF_ECX, 16 } }, /* LA57 */
	{ KF_BIT(23), { 7, 0, KF_ECX, 7 }, .instead = { 7, 0, KF_EDX, 20 } }, /* CET: SHSTK, IBT */
	{ KF_BIT(28), { 7, 1, KF_EAX, 26 } }, /* LAM_SUP: LAM */
};
static const struct kf_cpuid_field cr4 = KF_CPUID_FIELD(0x7ff, cr4_needs); /* VME to OSXMMEXCPT */

/* kvm_setup_efer_caps(), without SVME and LMSLE: they need a host with SVM. */
static const struct kf_cpuid_need efer_needs[] = {
	{ KF_BIT(11), { 0x80000001, 0, KF_EDX, 20 } }, /* NX */
	{ KF_BIT(14), { 0x80000001, 0, KF_EDX, 25 } }, /* FFXSR: FXSR_OPT */
	{ KF_BIT(8) | KF_BIT(10), { 0x80000001, 0, KF_EDX, 29 } }, /* LME and LMA: LM */
	{ KF_BIT(21), { 0x80000021, 0, KF_EAX, 8 } }, /* AUTOIBRS */
};
static const struct kf_cpuid_field efer = KF_CPUID_FIELD(KF_BIT(0), efer_needs); /* SCE */

/* CET_US_SHSTK_MASK_BITS, CET_US_IBT_MASK_BITS */
static const struct kf_cpuid_need s_cet_needs[] = {
	{ 0x3, { 7, 0, KF_ECX, 7 } },
	{ 0xfffffffffffffc3c, { 7, 0, KF_EDX, 20 } },
};
static const struct kf_cpuid_field s_cet = KF_CPUID_FIELD(0, s_cet_needs);

/* vmx_get_supported_debugctl(); KVM ignores BTF and LBR where it does not offer them. */
static const struct kf_cpuid_need debugctl_needs[] = {
	{ KF_BIT(15), { 7, 0, KF_EBX, 11 } }, /* RTM_DEBUG: RTM */
	{ KF_BIT(2), { 7, 0, KF_ECX, 24 } }, /* BUS_LOCK_DETECT */
};
static const struct kf_cpuid_field debugctl = KF_CPUID_FIELD(KF_BIT(0) | KF_BIT(1), debugctl_needs);

void kf_vmx_cr4_cpuid(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	kf_cpuid_refuse(check, finding, &cr4, finding->value);
}

void kf_vmx_efer(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	kf_cpuid_refuse(check, finding, &efer, finding->value);
}

/* kvm_is_valid_u_s_cet() */
void kf_vmx_s_cet(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	const uint64_t suppress_and_wait = 0xc00;
	const uint64_t bitmap_misaligned = 0x3000;
	uint64_t value = finding->value;

	if ((value & suppress_and_wait) == suppress_and_wait || (value & bitmap_misaligned))
		kf_nested_require(finding, false);
	else
		kf_cpuid_refuse(check, finding, &s_cet, value);
}

/* vmx_is_valid_debugctl() */
void kf_vmx_debugctl(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	const uint64_t freeze_lbrs = 0x800;
	const uint64_t freeze_in_smm = 0x4000;
	uint64_t value = finding->value;

	kf_cpuid_refuse(check, finding, &debugctl, value & ~(freeze_lbrs | freeze_in_smm));
	if (finding->verdict != KVMFEAT_NESTED_OK)
		return;
	if (value & freeze_lbrs)
		kf_nested_lacks(finding, "IA32_PERF_CAPABILITIES");
	else if (value & freeze_in_smm)
		kf_nested_lacks(finding, "KVM_X86_QUIRK_VMCS12_ALLOW_FREEZE_IN_SMM");
}

/* KVM_MAX_NR_INTEL_GP_COUNTERS, KVM_MAX_NR_INTEL_FIXED_COUNTERS */
enum { GENERAL_MAX = 8, FIXED_MAX = 3 };

/* The bits of IA32_PERF_GLOBAL_CTRL that so many counters have. */
static uint64_t counter_bits(unsigned int general, unsigned int fixed)
{
	if (general > GENERAL_MAX)
		general = GENERAL_MAX;
	if (fixed > FIXED_MAX)
		fixed = FIXED_MAX;
	return (KF_BIT(general) - 1) | (KF_BIT(fixed) - 1) << 32;
}

/* kvm_valid_perf_global_ctrl(), with the counters that intel_pmu_refresh() finds in CPUID */
void kf_vmx_perf_global_ctrl(const struct kf_nested_check *check,
			     struct kvmfeat_nested_finding *finding)
{
	struct kvmfeat_cpuid_entry entry;
	uint64_t allowed = 0;

	if (finding->value & ~counter_bits(GENERAL_MAX, FIXED_MAX)) {
		kf_nested_require(finding, false);
		return;
	}
	if (!finding->value || !kf_nested_knows(check, finding, KVMFEAT_NESTED_KNOW_CPUID))
		return;
	entry = kf_nested_cpuid(check, 0xa, 0);
	/* Version 1 has no global control. */
	if ((entry.eax & 0xff) > 1)
		allowed = counter_bits(entry.eax >> 8 & 0xff, entry.edx & 0x1f);
	kf_nested_require(finding, !(finding->value & ~allowed));
}

void kf_vmx_pat(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	(void)check;
	kf_nested_require(finding, kf_nested_pat_valid(finding->value));
}

/* Bits of a register that one MSR wants set, and that another allows. */
struct fixed {
	enum kf_vmx_msr wants, allows;
	uint64_t always, ever; /* of every vCPU, whatever its MSRs are */
};

/* fixed_bits_valid(); @spared: bits that need not be set */
static void fixed_bits(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding,
		       const struct fixed *fixed, uint64_t spared)
{
	uint64_t wanted = 0;
	uint64_t allowed = UINT64_MAX;
	bool wants = kf_nested_msr(check, fixed->wants, &wanted);
	bool allows = kf_nested_msr(check, fixed->allows, &allowed);

	wanted |= fixed->always;
	allowed &= fixed->ever;
	if ((wanted & ~spared & ~finding->value) || (finding->value & ~allowed))
		kf_nested_require(finding, false);
	else if (!wants)
		kf_vmx_lacks(finding, fixed->wants);
	else if (!allows)
		kf_vmx_lacks(finding, fixed->allows);
}

/* nested_vmx_setup_cr_fixed(), nested_vmx_cr_fixed1_bits_update() */
static const struct fixed cr0_fixed = {
	.wants = KF_VMX_CR0_FIXED0,
	.allows = KF_VMX_CR0_FIXED1,
	.always = KF_CR0_PE | KF_CR0_NE | KF_CR0_PG,
	.ever = UINT32_MAX,
};

static const struct fixed cr4_fixed = {
	.wants = KF_VMX_CR4_FIXED0,
	.allows = KF_VMX_CR4_FIXED1,
	.always = KF_CR4_VMXE,
	.ever = UINT64_MAX,
};

void kf_vmx_cr4_fixed(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	fixed_bits(check, finding, &cr4_fixed, 0);
}

void kf_vmx_host_cr0(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	fixed_bits(check, finding, &cr0_fixed, 0);
}

/* nested_guest_cr0_valid(): an unrestricted guest, where it is offered, may do without paging. */
void kf_vmx_guest_cr0(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	const uint64_t paging = KF_CR0_PE | KF_CR0_PG;
	bool asked = kf_vmx_secondary(check, KF_SECONDARY_UNRESTRICTED_GUEST) &&
		     (finding->value & paging) != paging;
	uint64_t controls;
	bool known = kf_nested_msr(check, KF_VMX_PROCBASED_CTLS2, &controls);

	if (known && !(controls >> 32 & KF_SECONDARY_UNRESTRICTED_GUEST))
		asked = false;
	fixed_bits(check, finding, &cr0_fixed, asked ? paging : 0);
	if (asked && !known && finding->verdict == KVMFEAT_NESTED_OK)
		kf_vmx_lacks(finding, KF_VMX_PROCBASED_CTLS2);
}
