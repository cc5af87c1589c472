// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The PMU of a VM, through the attributes of a vCPU. What their errors mean is in pmu-reason.c,
 * several of them in one go in pmu-configure.c.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "pmu-private.h"

#define STATE_MIN_SIZE sizeof(struct kvmfeat_pmu_state)

int kf_pmu_needs_arm64(struct kvmfeat_ctx *ctx, struct kf_reason *reason, const char *operation)
{
	const bool unknown = ctx->arch == KF_ARCH_UNKNOWN;

	if (ctx->arch == KF_ARCH_ARM64)
		return 0;
	return kf_fail(reason,
		       &(struct kf_fault){ .error = -EOPNOTSUPP,
					   .why = unknown ? KVMFEAT_WHY_NOT_VISIBLE :
							    KVMFEAT_WHY_OTHER_ARCH,
					   .operation = operation,
					   .object = "PMU",
					   .value = ctx->arch_name },
		       unknown ? "cannot %s: the architecture of this host is %s" :
				 "cannot %s: it is of arm64, this host is %s",
		       operation, ctx->arch_name);
}

int kf_pmu_ioctl(struct kvmfeat_vcpu *vcpu, unsigned long request, unsigned int attr,
		 uintptr_t addr)
{
	struct kvm_device_attr device_attr = {
		.group = KF_ARM64_PMU_V3_CTRL,
		.attr = attr,
		.addr = addr,
	};

	return kf_ioctl(vcpu->vm->ctx, vcpu->fd, request, (uintptr_t)&device_attr);
}

unsigned int kf_pmu_known(const struct kvmfeat_vcpu *vcpu)
{
	return vcpu->pmu | atomic_load(&vcpu->vm->pmu);
}

/* Sets an attribute, whose value is at @addr, or explains why not. */
static int set(struct kvmfeat_vcpu *vcpu, const struct kf_pmu_call *call, const void *addr)
{
	int err = kf_pmu_needs_arm64(vcpu->vm->ctx, &vcpu->reason, "set up a PMU");

	if (err)
		return err;
	err = kf_pmu_ioctl(vcpu, KVM_SET_DEVICE_ATTR, call->attr, (uintptr_t)addr);
	return err ? kf_pmu_explain(vcpu, call, "KVM_SET_DEVICE_ATTR", err) : 0;
}

/* The bits of the VM are changed in one go: threads of several vCPUs may do so. */
static void remember(struct kvmfeat_vm *vm, unsigned int add, unsigned int drop)
{
	unsigned int old = atomic_load(&vm->pmu);

	while (!atomic_compare_exchange_weak(&vm->pmu, &old, (old & ~drop) | add))
		;
}

KVMFEAT_EXPORT int kvmfeat_pmu_get_features(struct kvmfeat_vm *vm, bool strict, uint32_t *ret_bits)
{
	static const char operation[] = "give a vCPU a PMU";
	struct kvmfeat_ctx *ctx = vm->ctx;
	int err = kf_pmu_needs_arm64(ctx, &ctx->reason, operation);
	int has = 0, has_strict = 1;

	if (!err)
		err = kvmfeat_vm_get_cap(vm, KVM_CAP_ARM_PMU_V3, &has);
	if (!err && has && strict)
		err = kvmfeat_vm_get_cap(vm, KVM_CAP_ARM_PMU_V3_STRICT, &has_strict);
	if (err)
		return err;
	if (has && has_strict) {
		*ret_bits = 1u << KF_ARM64_FEATURE_PMU_V3;
		if (strict)
			*ret_bits |= 1u << KF_ARM64_FEATURE_PMU_V3_STRICT;
		return 0;
	}
	return kf_fail(
		&ctx->reason,
		&(struct kf_fault){
			.error = -EOPNOTSUPP,
			.origin = KVMFEAT_ORIGIN_KERNEL,
			.why = has ? KVMFEAT_WHY_KERNEL_VERSION : KVMFEAT_WHY_HARDWARE,
			.operation = "KVM_CHECK_EXTENSION",
			.object = has ? "KVM_CAP_ARM_PMU_V3_STRICT" : "KVM_CAP_ARM_PMU_V3",
			.value = "0",
			.remedy = has ? "a PMU without it, and kvmfeat_pmu_set_pmu()" :
					"a host whose CPUs all have a PMUv3 that perf uses" },
		has ? "this kernel (%s) has no strict PMU" :
		      "KVM has no PMU for guests on this host (%s): perf uses none of PMUv3 here",
		ctx->release);
}

KVMFEAT_EXPORT int kvmfeat_pmu_has_fixed_counters_only(struct kvmfeat_vcpu *vcpu, bool *ret_has)
{
	const struct kf_pmu_call call = { .attr = KF_ARM64_PMU_V3_FIXED_COUNTERS_ONLY };
	int err = kf_pmu_needs_arm64(vcpu->vm->ctx, &vcpu->reason, "look for fixed counters only");
	bool has;

	if (err)
		return err;
	err = kf_pmu_ioctl(vcpu, KVM_HAS_DEVICE_ATTR, call.attr, 0);
	has = !err;
	/* A vCPU without a PMU has none of the attributes: the oldest one tells. */
	if (err == -ENXIO)
		err = kf_pmu_ioctl(vcpu, KVM_HAS_DEVICE_ATTR, KF_ARM64_PMU_V3_INIT, 0);
	if (err == -ENXIO)
		err = -ENODEV; /* what setting it would answer */
	if (err)
		return kf_pmu_explain(vcpu, &call, "KVM_HAS_DEVICE_ATTR", err);
	*ret_has = has;
	return 0;
}

/*
 * What the kernel makes of fixed counters only and a selected PMU. Where the last one wins the
 * attribute can be read; nowhere else can it. Reading changes nothing.
 */
static unsigned int tell_semantics(struct kvmfeat_vcpu *vcpu)
{
	switch (kf_pmu_ioctl(vcpu, KVM_GET_DEVICE_ATTR, KF_ARM64_PMU_V3_FIXED_COUNTERS_ONLY, 0)) {
	case 0:
		return KF_PMU_LAST_WINS;
	case -ENXIO:
		return KF_PMU_EXCLUSIVE;
	default:
		return 0;
	}
}

KVMFEAT_EXPORT int kvmfeat_pmu_set_fixed_counters_only(struct kvmfeat_vcpu *vcpu)
{
	const struct kf_pmu_call call = { .attr = KF_ARM64_PMU_V3_FIXED_COUNTERS_ONLY };
	int err = set(vcpu, &call, NULL);

	if (!err)
		remember(vcpu->vm, KF_PMU_FIXED | tell_semantics(vcpu),
			 KF_PMU_SELECTED | KF_PMU_REPLACED);
	return err;
}

int kf_pmu_check_type(struct kvmfeat_vcpu *vcpu, int type)
{
	char value[16];

	if (type >= 0)
		return 0;
	snprintf(value, sizeof(value), "%d", type);
	return kf_invalid(&vcpu->reason, "select a PMU", "PMU type", value,
			  "PMU type %d is negative: kvmfeat_pmu_list_load() has the types", type);
}

KVMFEAT_EXPORT int kvmfeat_pmu_set_pmu(struct kvmfeat_vcpu *vcpu, int type)
{
	const struct kf_pmu_call call = { .attr = KF_ARM64_PMU_V3_SET_PMU,
					  .number = (unsigned int)type };
	int err = kf_pmu_check_type(vcpu, type);

	if (!err)
		err = set(vcpu, &call, &type);
	if (err)
		return err;
	atomic_store(&vcpu->vm->pmu_type, type);
	if (kf_pmu_known(vcpu) & KF_PMU_FIXED)
		remember(vcpu->vm, KF_PMU_SELECTED | KF_PMU_REPLACED | KF_PMU_LAST_WINS,
			 KF_PMU_FIXED | KF_PMU_EXCLUSIVE);
	else
		remember(vcpu->vm, KF_PMU_SELECTED, 0);
	return 0;
}

KVMFEAT_EXPORT int kvmfeat_pmu_set_nr_counters(struct kvmfeat_vcpu *vcpu, unsigned int count)
{
	const struct kf_pmu_call call = { .attr = KF_ARM64_PMU_V3_SET_NR_COUNTERS,
					  .number = count };

	return set(vcpu, &call, &count);
}

int kf_pmu_check_filter(struct kvmfeat_vcpu *vcpu, const struct kvmfeat_pmu_filter *filter)
{
	struct kvmfeat_pmu_range range;

	if (filter && kf_pmu_filter_next(filter, 0, &range))
		return 0;
	return kf_invalid(&vcpu->reason, "set an event filter", "event filter",
			  filter ? "empty" : "NULL",
			  filter ? "the event filter is empty: it allows and denies nothing" :
				   "there is no event filter");
}

static int set_range(struct kvmfeat_vcpu *vcpu, struct kf_pmu_call *call)
{
	const struct kf_arm64_event_filter filter = {
		.base_event = call->range.first,
		.nevents = call->range.count,
		.action = (uint8_t)call->range.action,
	};
	int err = set(vcpu, call, &filter);

	if (err)
		return err;
	remember(vcpu->vm, KF_PMU_FILTER, 0);
	call->done++;
	return 0;
}

KVMFEAT_EXPORT int kvmfeat_pmu_set_filter(struct kvmfeat_vcpu *vcpu,
					  const struct kvmfeat_pmu_filter *filter)
{
	struct kf_pmu_call call = { .attr = KF_ARM64_PMU_V3_FILTER };
	struct kvmfeat_pmu_range last = { 0 };
	unsigned int from = 0;
	int err = kf_pmu_check_filter(vcpu, filter);

	if (err)
		return err;
	for (; kf_pmu_filter_next(filter, from, &last); call.total++)
		from = kf_pmu_range_end(&last) + 1;
	/* None overlaps another, so the one that can be out of range may come first. */
	call.range = last;
	err = set_range(vcpu, &call);
	for (from = 0; !err && call.done < call.total; from = kf_pmu_range_end(&call.range) + 1) {
		kf_pmu_filter_next(filter, from, &call.range);
		err = set_range(vcpu, &call);
	}
	return err;
}

int kf_pmu_check_irq(struct kvmfeat_vcpu *vcpu, unsigned int intid)
{
	char value[16];

	if ((intid >= KF_ARM64_FIRST_PPI && intid <= KF_ARM64_LAST_SPI) ||
	    intid == KF_ARM64_GICV5_PMU_IRQ)
		return 0;
	snprintf(value, sizeof(value), "%u", intid);
	return kf_invalid(&vcpu->reason, "set the interrupt of a PMU", "interrupt", value,
			  "interrupt %u is no PPI (%u to %u), no SPI (%u to %u) and not that of a "
			  "GICv5 (0x%x)",
			  intid, KF_ARM64_FIRST_PPI, KF_ARM64_FIRST_SPI - 1, KF_ARM64_FIRST_SPI,
			  KF_ARM64_LAST_SPI, KF_ARM64_GICV5_PMU_IRQ);
}

KVMFEAT_EXPORT int kvmfeat_pmu_set_irq(struct kvmfeat_vcpu *vcpu, unsigned int intid)
{
	const struct kf_pmu_call call = { .attr = KF_ARM64_PMU_V3_IRQ, .number = intid };
	int err = kf_pmu_check_irq(vcpu, intid);

	if (!err)
		err = set(vcpu, &call, &intid);
	if (!err)
		vcpu->pmu |= KF_PMU_IRQ;
	return err;
}

KVMFEAT_EXPORT int kvmfeat_pmu_init(struct kvmfeat_vcpu *vcpu)
{
	const struct kf_pmu_call call = { .attr = KF_ARM64_PMU_V3_INIT };
	int err = set(vcpu, &call, NULL);

	if (!err)
		vcpu->pmu |= KF_PMU_INITIALISED;
	return err;
}

static enum kvmfeat_pmu_answer answer(bool yes, bool no)
{
	return yes ? KVMFEAT_PMU_YES : no ? KVMFEAT_PMU_NO : KVMFEAT_PMU_UNKNOWN;
}

KVMFEAT_EXPORT int kvmfeat_pmu_get_state(struct kvmfeat_vm *vm, struct kvmfeat_pmu_state *ret_state)
{
	const unsigned int known = atomic_load(&vm->pmu);
	struct kvmfeat_pmu_state state = {
		.fixed = answer(known & KF_PMU_FIXED, known & KF_PMU_SELECTED),
		.exclusive = answer(known & KF_PMU_EXCLUSIVE, known & KF_PMU_LAST_WINS),
		.type = known & KF_PMU_SELECTED ? atomic_load(&vm->pmu_type) : -1,
		.filter = answer(known & KF_PMU_FILTER, false),
	};
	int err;

	err = kf_result_check(&vm->ctx->reason, "read the state of a PMU", "kvmfeat_pmu_state",
			      ret_state, STATE_MIN_SIZE);
	if (err)
		return err;
	if (known & KF_PMU_REPLACED) {
		snprintf(state.reason, sizeof(state.reason),
			 "the selected PMU %d has replaced fixed counters only: on this kernel the "
			 "last one wins",
			 state.type);
	} else if (state.fixed == KVMFEAT_PMU_UNKNOWN) {
		state.why = KVMFEAT_WHY_NOT_VISIBLE;
		snprintf(state.reason, sizeof(state.reason),
			 "no kernel shows the PMU of a VM: it is known only to the handle that "
			 "set it up");
	}
	return kf_result_copy(ret_state, ret_state->size, &state, sizeof(state), STATE_MIN_SIZE);
}
