// SPDX-License-Identifier: LGPL-2.1-or-later
/* What CPUID this host can give a guest: KVM_GET_SUPPORTED_CPUID. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "x86-abi.h"

#define MAX_ENTRIES 65536
static const char operation[] = "read the CPUID that KVM supports";

/* struct kvm_cpuid2 */
struct cpuid {
	uint32_t count;
	uint32_t pad;
	struct kvmfeat_cpuid_entry entries[];
};

static int refuse(struct kvmfeat_ctx *ctx, size_t max)
{
	char value[24];

	snprintf(value, sizeof(value), "%zu", max);
	return kf_invalid(&ctx->reason, operation, "room for entries", value,
			  "room for %zu CPUID entries is not within 1 and %d", max, MAX_ENTRIES);
}

static int fail(struct kvmfeat_ctx *ctx, int err, size_t max)
{
	struct kf_fault fault = {
		.error = err,
		.origin = KVMFEAT_ORIGIN_KERNEL,
		.operation = "KVM_GET_SUPPORTED_CPUID",
		.object = "/dev/kvm",
	};
	char value[24];

	if (err != -E2BIG)
		return kf_fail(&ctx->reason, &fault,
			       "KVM_GET_SUPPORTED_CPUID of /dev/kvm fails: %s", kf_errno_text(err));
	snprintf(value, sizeof(value), "%zu", max);
	fault.object = "room for entries";
	fault.value = value;
	fault.remedy = "room for 256 entries";
	return kf_fail(&ctx->reason, &fault, "this host has more than %zu CPUID entries", max);
}

KVMFEAT_EXPORT int kvmfeat_cap_get_cpuid(struct kvmfeat_ctx *ctx,
					 struct kvmfeat_cpuid_entry *entries, size_t max,
					 size_t *ret_count)
{
	struct cpuid *cpuid;
	int kvm, err;

	if (!max || max > MAX_ENTRIES)
		return refuse(ctx, max);
	if (ctx->arch != KF_ARCH_X86)
		return kf_fail(&ctx->reason,
			       &(struct kf_fault){ .error = -EOPNOTSUPP,
						   .why = KVMFEAT_WHY_OTHER_ARCH,
						   .operation = operation,
						   .object = "CPUID",
						   .value = ctx->arch_name },
			       "there is no CPUID on %s: x86 has it", ctx->arch_name);
	err = kvmfeat_ctx_get_kvm_fd(ctx, &kvm);
	if (err)
		return err;
	cpuid = kf_alloc(ctx, NULL, 1, sizeof(*cpuid) + max * sizeof(cpuid->entries[0]));
	if (!cpuid)
		return kf_no_memory(&ctx->reason, operation);
	cpuid->count = (uint32_t)max;
	err = kf_ioctl(ctx, kvm, KF_X86_GET_CPUID, (uintptr_t)cpuid);
	if (err || cpuid->count > max) {
		err = fail(ctx, err ? err : -E2BIG, max);
	} else {
		memcpy(entries, cpuid->entries, cpuid->count * sizeof(entries[0]));
		*ret_count = cpuid->count;
	}
	free(cpuid);
	return err;
}
