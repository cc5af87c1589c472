// SPDX-License-Identifier: LGPL-2.1-or-later
/* What KVM offers on a host, and what a scratch vCPU tells of it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "pmu-private.h"

#define ASK "ask for the PMU of guests"
#define HOST_MIN_SIZE sizeof(struct kvmfeat_pmu_host)

static int scratch_failed(struct kvmfeat_ctx *ctx, const char *operation, int err)
{
	return kf_fail(&ctx->reason,
		       &(struct kf_fault){ .error = err,
					   .origin = KVMFEAT_ORIGIN_KERNEL,
					   .operation = operation,
					   .object = "scratch vCPU" },
		       "a scratch vCPU with a PMU cannot be made (%s): %s", operation,
		       kf_errno_text(err));
}

/*
 * KVM_ARM_VCPU_INIT with a PMU. The default one is that of the CPU that this runs on, which may
 * have none: then the vCPU is a strict one, which needs none yet.
 */
static int give_pmu(struct kvmfeat_vcpu *vcpu, bool *ret_strict)
{
	struct kvmfeat_ctx *ctx = vcpu->vm->ctx;
	struct kf_arm64_vcpu_init init = { 0 };
	int err = kf_ioctl(ctx, vcpu->vm->fd, KF_ARM64_PREFERRED_TARGET, (uintptr_t)&init);

	if (err)
		return scratch_failed(ctx, "KVM_ARM_PREFERRED_TARGET", err);
	init.features[0] |= 1u << KF_ARM64_FEATURE_PMU_V3;
	err = kf_ioctl(ctx, vcpu->fd, KF_ARM64_VCPU_INIT, (uintptr_t)&init);
	if (err == -ENODEV) {
		init.features[0] |= 1u << KF_ARM64_FEATURE_PMU_V3_STRICT;
		*ret_strict = !kf_ioctl(ctx, vcpu->fd, KF_ARM64_VCPU_INIT, (uintptr_t)&init);
		err = *ret_strict ? 0 : err;
	}
	return err ? scratch_failed(ctx, "KVM_ARM_VCPU_INIT", err) : 0;
}

/* What a vCPU with a PMU tells; it is not needed any more. */
static int look_at(struct kvmfeat_vcpu *vcpu, bool strict, struct kf_pmu_look *look)
{
	uint64_t pmcr;
	const struct kvm_one_reg reg = { .id = KF_ARM64_REG_PMCR_EL0, .addr = (uintptr_t)&pmcr };
	int err = kvmfeat_pmu_has_fixed_counters_only(vcpu, &look->has_fixed);

	if (!err && !strict && !kf_ioctl(vcpu->vm->ctx, vcpu->fd, KVM_GET_ONE_REG, (uintptr_t)&reg))
		look->counters = KF_ARM64_PMCR_N(pmcr);
	/* The kernel may have it and this host not: only setting it tells. */
	if (!err && look->has_fixed)
		err = kvmfeat_pmu_set_fixed_counters_only(vcpu);
	look->uncovered = err == -ENODEV && look->has_fixed;
	return look->uncovered ? 0 : err;
}

int kf_pmu_look(struct kvmfeat_vm *vm, struct kf_pmu_look *ret_look)
{
	struct kf_pmu_look look = { .counters = -1 };
	struct kvmfeat_vcpu *vcpu;
	bool strict = false;
	int err = kvmfeat_vcpu_open(vm, 0, &vcpu);

	if (err)
		return err;
	err = give_pmu(vcpu, &strict);
	if (!err) {
		err = look_at(vcpu, strict, &look);
		if (err)
			kf_reason_copy(&vm->ctx->reason, &vcpu->reason);
	}
	kvmfeat_vcpu_free(vcpu);
	if (err)
		return err;
	*ret_look = look;
	return 0;
}

/* On the scratch VM of a deep question. */
static int ask_deep(struct kvmfeat_ctx *ctx, struct kvmfeat_pmu_host *host)
{
	struct kf_pmu_look look;
	struct kvmfeat_vm *vm;
	int err = kvmfeat_vm_open(ctx, 0, &vm);

	if (err)
		return err;
	err = kf_pmu_look(vm, &look);
	kvmfeat_vm_free(vm);
	if (err)
		return err;
	host->counters = look.counters;
	host->fixed =
		look.has_fixed && !look.uncovered ? KVMFEAT_STATE_AVAILABLE : KVMFEAT_STATE_ABSENT;
	if (look.uncovered) {
		host->fixed_why = KVMFEAT_WHY_HARDWARE;
		snprintf(host->fixed_reason, sizeof(host->fixed_reason), KF_PMU_UNCOVERED);
		snprintf(host->fixed_remedy, sizeof(host->fixed_remedy),
			 "kvmfeat pmu list has the CPUs to pin the vCPUs to");
	} else if (!look.has_fixed) {
		host->fixed_why = KVMFEAT_WHY_KERNEL_VERSION;
		snprintf(host->fixed_reason, sizeof(host->fixed_reason),
			 "no Linux release has fixed counters only, this kernel (%s) neither",
			 ctx->release);
		snprintf(host->fixed_remedy, sizeof(host->fixed_remedy), "this project's kernel");
	}
	return 0;
}

/* No PMU, and so no fixed counters either. */
static void set_absent(struct kvmfeat_pmu_host *host, enum kvmfeat_why why, const char *reason,
		       const char *remedy)
{
	host->state = host->fixed =
		why == KVMFEAT_WHY_NOT_VISIBLE ? KVMFEAT_STATE_UNKNOWN : KVMFEAT_STATE_ABSENT;
	host->why = host->fixed_why = why;
	host->strict = why == KVMFEAT_WHY_NOT_VISIBLE ? KVMFEAT_PMU_UNKNOWN : KVMFEAT_PMU_NO;
	snprintf(host->reason, sizeof(host->reason), "%s", reason);
	snprintf(host->remedy, sizeof(host->remedy), "%s", remedy);
	snprintf(host->fixed_reason, sizeof(host->fixed_reason), "%s", reason);
	snprintf(host->fixed_remedy, sizeof(host->fixed_remedy), "%s", remedy);
}

static int ask_kvm(struct kvmfeat_ctx *ctx, bool deep, struct kvmfeat_pmu_host *host)
{
	int has, strict = 0, err = kvmfeat_cap_get(ctx, KVM_CAP_ARM_PMU_V3, &has);

	if (!err && has)
		err = kvmfeat_cap_get(ctx, KVM_CAP_ARM_PMU_V3_STRICT, &strict);
	if (err)
		return err;
	if (!has) {
		set_absent(host, KVMFEAT_WHY_HARDWARE,
			   "KVM offers no virtual PMU: perf uses no PMUv3 of this host",
			   "CPUs that all have a PMUv3, and its driver");
		return 0;
	}
	host->state = KVMFEAT_STATE_AVAILABLE;
	host->strict = strict ? KVMFEAT_PMU_YES : KVMFEAT_PMU_NO;
	if (deep)
		return ask_deep(ctx, host);
	host->fixed_why = KVMFEAT_WHY_NOT_ASKED;
	snprintf(host->fixed_reason, sizeof(host->fixed_reason), "seeing it needs a scratch VM");
	snprintf(host->fixed_remedy, sizeof(host->fixed_remedy), "kvmfeat pmu status --deep");
	return 0;
}

static int check_arguments(struct kvmfeat_ctx *ctx, unsigned int flags,
			   const struct kvmfeat_pmu_host *host)
{
	int err = kf_result_check(&ctx->reason, ASK, "kvmfeat_pmu_host", host, HOST_MIN_SIZE);
	char value[16];

	if (err || !(flags & ~KVMFEAT_PROBE_DEEP))
		return err;
	snprintf(value, sizeof(value), "0x%x", flags);
	return kf_invalid(&ctx->reason, ASK, "flags", value, "flags %s are unknown", value);
}

KVMFEAT_EXPORT int kvmfeat_pmu_get_host(struct kvmfeat_ctx *ctx, unsigned int flags,
					struct kvmfeat_pmu_host *ret_host)
{
	struct kvmfeat_pmu_host host = { .counters = -1 };
	char reason[64];
	int err = check_arguments(ctx, flags, ret_host);

	if (err)
		return err;
	if (ctx->arch == KF_ARCH_ARM64) {
		err = ask_kvm(ctx, flags & KVMFEAT_PROBE_DEEP, &host);
	} else if (ctx->arch == KF_ARCH_UNKNOWN) {
		set_absent(&host, KVMFEAT_WHY_NOT_VISIBLE,
			   "the architecture of this host is not known", "");
	} else {
		snprintf(reason, sizeof(reason), "this PMU is of arm64, this host is %s",
			 ctx->arch_name);
		set_absent(&host, KVMFEAT_WHY_OTHER_ARCH, reason, "");
	}
	if (err)
		return err;
	snprintf(host.arch, sizeof(host.arch), "%s", ctx->arch_name);
	return kf_result_copy(ret_host, ret_host->size, &host, sizeof(host), HOST_MIN_SIZE);
}
