/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the judges of the SVM rules share; the rules are in nested-check-svm.c. */
#ifndef KF_NESTED_CHECK_SVM_H
#define KF_NESTED_CHECK_SVM_H

#include "nested-private.h"

typedef void kf_svm_judge(const struct kf_nested_check *check,
			  struct kvmfeat_nested_finding *finding);

/* KVM takes the blob, with @becomes in the field. */
static inline void kf_svm_change(struct kvmfeat_nested_finding *finding, uint64_t becomes)
{
	finding->verdict = KVMFEAT_NESTED_CHANGED;
	finding->becomes = becomes;
}

/* nested-check-svm-cpuid.c: what depends on features in the CPUID of the vCPU */

kf_svm_judge kf_svm_judge_format;
/* Fields of which KVM clears the bits that the vCPU cannot use. */
kf_svm_judge kf_svm_clear_word4, kf_svm_clear_word5, kf_svm_clear_misc_ctl;
/* The exception that is injected. */
kf_svm_judge kf_svm_judge_vector;
/* Fields that KVM refuses with a bit that the vCPU cannot have. */
kf_svm_judge kf_svm_judge_cr4, kf_svm_judge_efer;

/*
 * Whether L2 has nested paging once KVM has cleared what the vCPU cannot use; false, with
 * nothing in @ret_paging: that depends on a CPUID that is not given.
 */
bool kf_svm_nested_paging(const struct kf_nested_check *check, bool *ret_paging);

#endif
