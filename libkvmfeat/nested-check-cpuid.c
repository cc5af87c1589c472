// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a field may have by the CPUID of the vCPU. KVM asks guest_cpu_cap_has(): what that CPUID
 * says, less what KVM itself lacks.
 */
#include "nested-check-cpuid.h"

/* X86_CR3_LAM_U57 and X86_CR3_LAM_U48: no part of the address where the vCPU has LAM */
#define CR3_LAM (KF_BIT(61) | KF_BIT(62))

static bool in_entry(const struct kvmfeat_cpuid_entry *entry,
		     const struct kf_cpuid_feature *feature)
{
	uint32_t answer = entry->edx;

	if (feature->in == KF_EAX)
		answer = entry->eax;
	else if (feature->in == KF_EBX)
		answer = entry->ebx;
	else if (feature->in == KF_ECX)
		answer = entry->ecx;
	return answer >> feature->bit & 1;
}

bool kf_cpuid_has(const struct kf_nested_check *check, const struct kf_cpuid_feature *feature)
{
	const struct kvmfeat_cpuid_entry entry =
		kf_nested_cpuid(check, feature->function, feature->index);

	return in_entry(&entry, feature);
}

uint64_t kf_cpuid_unmet(const struct kf_nested_check *check, const struct kf_cpuid_field *field,
			uint64_t value)
{
	struct kvmfeat_cpuid_entry entry = { 0 };
	uint64_t bits = 0;

	for (size_t i = 0; i < field->count; i++) {
		const struct kf_cpuid_need *need = &field->needs[i];
		bool has;

		if (!(value & need->bits))
			continue;
		/* Needs of one leaf stand side by side: it is looked up once. */
		if (entry.function != need->feature.function || entry.index != need->feature.index)
			entry = kf_nested_cpuid(check, need->feature.function, need->feature.index);
		has = in_entry(&entry, &need->feature) ||
		      (need->instead.function && kf_cpuid_has(check, &need->instead));
		if (has == need->absent)
			bits |= value & need->bits;
	}
	return bits;
}

uint64_t kf_cpuid_never(const struct kf_cpuid_field *field, uint64_t value, uint64_t *ret_asked)
{
	uint64_t asked = 0;

	for (size_t i = 0; i < field->count; i++)
		asked |= field->needs[i].bits;
	*ret_asked = value & asked;
	return value & ~(field->always | asked);
}

void kf_cpuid_refuse(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding,
		     const struct kf_cpuid_field *field, uint64_t value)
{
	uint64_t asked;

	if (kf_cpuid_never(field, value, &asked))
		kf_nested_require(finding, false);
	else if (asked && kf_nested_knows(check, finding, KVMFEAT_NESTED_KNOW_CPUID))
		kf_nested_require(finding, !kf_cpuid_unmet(check, field, asked));
}

void kf_cpuid_require_cr3(const struct kf_nested_check *check,
			  struct kvmfeat_nested_finding *finding)
{
	static const struct kf_cpuid_feature lam = { 7, 1, KF_EAX, 26 };
	const bool tagged = finding->value & CR3_LAM;
	const bool known = check->target.known & KVMFEAT_NESTED_KNOW_CPUID;

	if (tagged && known && !kf_cpuid_has(check, &lam)) {
		kf_nested_require(finding, false);
		return;
	}
	kf_nested_require_gpa(check, finding, finding->value & ~CR3_LAM);
	if (tagged && finding->verdict == KVMFEAT_NESTED_OK)
		kf_nested_knows(check, finding, KVMFEAT_NESTED_KNOW_CPUID);
}
