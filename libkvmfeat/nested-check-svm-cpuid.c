// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The judges of SVM rules that depend on CPUID. KVM asks guest_cpu_cap_has(): what the CPUID of
 * the vCPU says, less what KVM on AMD never has (arch/x86/kvm/cpuid.c, svm_set_cpu_caps()).
 */
#include "nested-check-cpuid.h"
#include "nested-check-svm.h"

static const struct kf_cpuid_feature vmx = { 1, 0, KF_ECX, 5 };
static const struct kf_cpuid_feature shstk = { 7, 0, KF_ECX, 7 };
static const struct kf_cpuid_feature svm = { 0x80000001, 0, KF_ECX, 2 };
static const struct kf_cpuid_feature npt = { 0x8000000a, 0, KF_EDX, 0 };
static const struct kf_cpuid_feature sev_es = { 0x8000001f, 0, KF_EAX, 3 };

/* Intercepts of SKINIT and RDPRU are cleared on every vCPU: KVM has neither feature. */
static const struct kf_cpuid_need word4_needs[] = {
	{ KF_BIT(7), { 0x80000001, 0, KF_EDX, 27 } }, /* RDTSCP */
	{ KF_BIT(13), { 1, 0, KF_ECX, 26 } }, /* XSETBV: XSAVE */
};
static const struct kf_cpuid_field word4 =
	KF_CPUID_FIELD(~(KF_BIT(6) | KF_BIT(7) | KF_BIT(13) | KF_BIT(14)), word4_needs);

static const struct kf_cpuid_need word5_needs[] = {
	{ KF_BIT(2), { 7, 0, KF_EBX, 10 } }, /* INVPCID */
};
static const struct kf_cpuid_field word5 = KF_CPUID_FIELD(~KF_BIT(2), word5_needs);

static const struct kf_cpuid_need misc_ctl_needs[] = {
	{ KF_BIT(0), { 0x8000000a, 0, KF_EDX, 0 } }, /* SVM_MISC_ENABLE_NP: NPT */
	{ KF_BIT(3), { 0x8000000a, 0, KF_EDX, 17 } }, /* SVM_MISC_ENABLE_GMET: GMET */
};
static const struct kf_cpuid_field misc_ctl =
	KF_CPUID_FIELD(~(KF_BIT(0) | KF_BIT(3)), misc_ctl_needs);

/* __cr4_reserved_bits(). Without VMXE, and CET by SHSTK alone: KVM on AMD has no VMX, no IBT. */
static const struct kf_cpuid_need cr4_needs[] = {
	{ KF_BIT(18), { 1, 0, KF_ECX, 26 } }, /* OSXSAVE: XSAVE */
	{ KF_BIT(17), { 1, 0, KF_ECX, 17 } }, /* PCIDE: PCID */
	{ KF_BIT(16), { 7, 0, KF_EBX, 0 } }, /* FSGSBASE */
	{ KF_BIT(20), { 7, 0, KF_EBX, 7 } }, /* SMEP */
	{ KF_BIT(21), { 7, 0, KF_EBX, 20 } }, /* SMAP */
	{ KF_BIT(11), { 7, 0, KF_ECX, 2 } }, /* UMIP */
	{ KF_BIT(22), { 7, 0, KF_ECX, 3 } }, /* PKE: PKU */
	{ KF_BIT(23), { 7, 0, KF_ECX, 7 } }, /* CET: SHSTK */
	{ KF_BIT(12), { 7, 0, KF_ECX, 16 } }, /* LA57 */
	{ KF_BIT(28), { 7, 1, KF_EAX, 26 } }, /* LAM_SUP: LAM */
};
static const struct kf_cpuid_field cr4 = KF_CPUID_FIELD(0x7ff, cr4_needs); /* VME to OSXMMEXCPT */

/* kvm_setup_efer_caps(), __kvm_valid_efer() */
static const struct kf_cpuid_need efer_needs[] = {
	{ KF_BIT(12), { 0x80000001, 0, KF_ECX, 2 } }, /* SVME: SVM */
	{ KF_BIT(11), { 0x80000001, 0, KF_EDX, 20 } }, /* NX */
	{ KF_BIT(14), { 0x80000001, 0, KF_EDX, 25 } }, /* FFXSR: FXSR_OPT */
	{ KF_BIT(8) | KF_BIT(10), { 0x80000001, 0, KF_EDX, 29 } }, /* LME and LMA: LM */
	{ KF_BIT(13), { 0x80000008, 0, KF_EBX, 20 }, .absent = true }, /* LMSLE: EFER_LMSLE_MBZ */
	{ KF_BIT(21), { 0x80000021, 0, KF_EAX, 8 } }, /* AUTOIBRS */
};
static const struct kf_cpuid_field efer = KF_CPUID_FIELD(KF_BIT(0), efer_needs); /* SCE */

static bool knows_cpuid(const struct kf_nested_check *check)
{
	return check->target.known & KVMFEAT_NESTED_KNOW_CPUID;
}

static void clear(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding,
		  const struct kf_cpuid_field *field)
{
	uint64_t asked;
	uint64_t cleared = kf_cpuid_never(field, finding->value, &asked);

	if (asked) {
		if (!kf_nested_knows(check, finding, KVMFEAT_NESTED_KNOW_CPUID))
			return;
		cleared |= kf_cpuid_unmet(check, field, asked);
	}
	if (cleared)
		kf_svm_change(finding, finding->value & ~cleared);
}

void kf_svm_clear_word4(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	clear(check, finding, &word4);
}

void kf_svm_clear_word5(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	clear(check, finding, &word5);
}

void kf_svm_clear_misc_ctl(const struct kf_nested_check *check,
			   struct kvmfeat_nested_finding *finding)
{
	clear(check, finding, &misc_ctl);
}

void kf_svm_judge_cr4(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	kf_cpuid_refuse(check, finding, &cr4, finding->value);
}

void kf_svm_judge_efer(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	kf_cpuid_refuse(check, finding, &efer, finding->value);
}

/* The module that runs decides. What its CPUID offers tells which one it is, if anything. */
void kf_svm_judge_format(const struct kf_nested_check *check,
			 struct kvmfeat_nested_finding *finding)
{
	if (!kf_nested_knows(check, finding, KVMFEAT_NESTED_KNOW_CPUID) ||
	    kf_cpuid_has(check, &svm))
		return;
	if (kf_cpuid_has(check, &vmx))
		kf_nested_require(finding, false);
	else
		kf_nested_lacks(finding, "CPUID");
}

bool kf_svm_nested_paging(const struct kf_nested_check *check, bool *ret_paging)
{
	const bool wanted = kf_nested_number(check, KF_SVM_CONTROL + 0x090, 8) & KF_BIT(0);

	if (wanted && !knows_cpuid(check))
		return false;
	*ret_paging = wanted && kf_cpuid_has(check, &npt);
	return true;
}

/* nested_svm_event_inj_valid_exept() */
void kf_svm_judge_vector(const struct kf_nested_check *check,
			 struct kvmfeat_nested_finding *finding)
{
	/* All but NMI, the reserved ones, and those that CPUID decides about. */
	const uint32_t always = 0x3 | 0x1f8 | 0x7c00 | 0xf0000 | 1u << 28 | 1u << 30;
	const unsigned int vector = finding->value & 0xff;
	const struct kf_cpuid_feature *feature = NULL;

	if ((finding->value & 0x80000700) != 0x80000300)
		return;
	if (vector < 32 && always >> vector & 1)
		return;
	if (vector == 21) /* #CP */
		feature = &shstk;
	else if (vector == 29) /* #VC */
		feature = &sev_es;
	if (!feature)
		kf_nested_require(finding, false);
	else if (kf_nested_knows(check, finding, KVMFEAT_NESTED_KNOW_CPUID))
		kf_nested_require(finding, kf_cpuid_has(check, feature));
}
