/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fields whose bits depend on CPUID, for the judges of both formats. */
#ifndef KF_NESTED_CHECK_CPUID_H
#define KF_NESTED_CHECK_CPUID_H

#include "nested-private.h"

#define KF_BIT(number) (UINT64_C(1) << (number))

enum kf_cpuid_register { KF_EAX, KF_EBX, KF_ECX, KF_EDX };

/* A bit of CPUID. Function 0 has no feature bits: it stands for none. */
struct kf_cpuid_feature {
	uint32_t function;
	uint32_t index;
	enum kf_cpuid_register in;
	unsigned int bit;
};

/* Bits of a field that exist with a feature, or with another instead, or without it. */
struct kf_cpuid_need {
	uint64_t bits;
	struct kf_cpuid_feature feature;
	struct kf_cpuid_feature instead;
	bool absent;
};

/* A field whose bits depend on CPUID; those that are neither here nor there never exist. */
struct kf_cpuid_field {
	uint64_t always;
	const struct kf_cpuid_need *needs;
	size_t count;
};

#define KF_CPUID_FIELD(always, needs)                                                              \
	{                                                                                          \
		always, needs, KF_ARRAY_SIZE(needs)                                                \
	}

/* guest_cpu_cap_has(); the CPUID must be known. */
bool kf_cpuid_has(const struct kf_nested_check *check, const struct kf_cpuid_feature *feature);
/* Bits of @value that need a feature which is not there; the CPUID must be known. */
uint64_t kf_cpuid_unmet(const struct kf_nested_check *check, const struct kf_cpuid_field *field,
			uint64_t value);
/* Bits of @value that never exist; @ret_asked: those that CPUID decides about. */
uint64_t kf_cpuid_never(const struct kf_cpuid_field *field, uint64_t value, uint64_t *ret_asked);
/* Refuses bits of @value that do not exist; not checked when that depends on CPUID. */
void kf_cpuid_refuse(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding,
		     const struct kf_cpuid_field *field, uint64_t value);
/* Refuses the finding unless its value is a legal CR3: kvm_vcpu_is_legal_cr3(). */
void kf_cpuid_require_cr3(const struct kf_nested_check *check,
			  struct kvmfeat_nested_finding *finding);

#endif
