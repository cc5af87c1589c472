/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between the parts of the room pmu. */
#ifndef KF_PMU_PRIVATE_H
#define KF_PMU_PRIVATE_H

#include <stdatomic.h>

#include "arm64-abi.h"
#include "internal.h"

/* pmu-decode.c: lists of CPUs as sysfs writes them; pure */

#define KF_CPUS 8192 /* the most that a kernel can be built for: NR_CPUS of x86 */

struct kf_cpus {
	uint64_t words[KF_CPUS / 64];
};

static inline bool kf_cpus_has(const struct kf_cpus *cpus, unsigned int cpu)
{
	return cpu < KF_CPUS && cpus->words[cpu / 64] >> cpu % 64 & 1;
}

/*
 * "0-3,8" or "", which is what bitmap_list_string() of the kernel writes: ascending, decimal, no
 * blank. -EBADMSG when it is anything else.
 */
int kf_cpus_decode(const char *text, struct kf_cpus *ret_cpus);
/* The other way round. Returns the length of the whole text, as snprintf(3). */
size_t kf_cpus_text(const struct kf_cpus *cpus, char *buf, size_t size);
bool kf_cpus_empty(const struct kf_cpus *cpus);
/* @cpus without those of @others, which may be the same. */
struct kf_cpus kf_cpus_without(const struct kf_cpus *cpus, const struct kf_cpus *others);
/* A perf type, a decimal number from 0 to INT_MAX; -EBADMSG. */
int kf_pmu_decode_type(const char *text, int *ret_type);

/* pmu-filter.c */

/* The next range at or behind event @from; false when there is none. */
bool kf_pmu_filter_next(const struct kvmfeat_pmu_filter *filter, unsigned int from,
			struct kvmfeat_pmu_range *ret_range);
static inline unsigned int kf_pmu_range_end(const struct kvmfeat_pmu_range *range)
{
	return (unsigned int)range->first + range->count;
}

/* pmu.c */

/* What goes to the kernel, to make sentences of. */
struct kf_pmu_call {
	unsigned int attr; /* KF_ARM64_PMU_V3_… */
	unsigned int number; /* for those that take one */
	struct kvmfeat_pmu_range range; /* for the filter */
	size_t done, total; /* its ranges */
};

int kf_pmu_ioctl(struct kvmfeat_vcpu *vcpu, unsigned long request, unsigned int attr,
		 uintptr_t addr);
/* -EINVAL of the library, or 0: what can be seen without asking the kernel. */
int kf_pmu_check_type(struct kvmfeat_vcpu *vcpu, int type);
int kf_pmu_check_irq(struct kvmfeat_vcpu *vcpu, unsigned int intid);
int kf_pmu_check_filter(struct kvmfeat_vcpu *vcpu, const struct kvmfeat_pmu_filter *filter);
/* 0, or -EOPNOTSUPP: the host is no arm64. */
int kf_pmu_needs_arm64(struct kvmfeat_ctx *ctx, struct kf_reason *reason, const char *operation);

/* What a handle remembers; struct kvmfeat_vm and struct kvmfeat_vcpu have the bits. */
enum {
	KF_PMU_SELECTED = 1, /* a PMU */
	KF_PMU_FIXED = 2,
	KF_PMU_FILTER = 4,
	KF_PMU_LAST_WINS = 8, /* what the kernel does with the first two */
	KF_PMU_EXCLUSIVE = 16,
	KF_PMU_REPLACED = 32, /* fixed counters only, by a PMU */
	/* of a vCPU */
	KF_PMU_IRQ = 64,
	KF_PMU_INITIALISED = 128,
};

/* The bits of both. */
unsigned int kf_pmu_known(const struct kvmfeat_vcpu *vcpu);

/* pmu-reason.c */

/* Explains the error of KVM_SET_DEVICE_ATTR or KVM_HAS_DEVICE_ATTR, and returns what is to be. */
int kf_pmu_explain(struct kvmfeat_vcpu *vcpu, const struct kf_pmu_call *call, const char *operation,
		   int err);

#endif
