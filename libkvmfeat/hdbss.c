// SPDX-License-Identifier: LGPL-2.1-or-later
/* HDBSS of a VM: its state, and the switch. What the host offers is in hdbss-host.c. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <linux/kvm.h>

#include "hdbss-private.h"

#define STATE_MIN_SIZE sizeof(struct kvmfeat_hdbss_state)

#define ENABLE "switch HDBSS on"
#define DISABLE "switch HDBSS off"

/* Of a kernel that does not show it: what this handle has switched. */
static void recall(const struct kvmfeat_vm *vm, struct kvmfeat_hdbss_state *state)
{
	state->enabled = vm->hdbss;
	if (state->enabled == KVMFEAT_HDBSS_ON) {
		state->order = (int)vm->hdbss_order;
		snprintf(state->reason, sizeof(state->reason),
			 "vCPUs that were created since have no buffer, and cost write faults");
	} else if (state->enabled == KVMFEAT_HDBSS_UNKNOWN) {
		state->why = KVMFEAT_WHY_NOT_VISIBLE;
		snprintf(state->reason, sizeof(state->reason),
			 "this kernel does not tell: it is known only to the handle that switched "
			 "it");
	}
}

static void set_enabled(struct kvmfeat_vm *vm, const struct kf_hdbss_offer *offer,
			struct kvmfeat_hdbss_state *state)
{
	struct kf_hdbss_lack lack;

	if (!kf_hdbss_can_switch(offer)) {
		kf_hdbss_explain(vm->ctx, vm, offer, &lack);
		state->why = lack.why;
		strcpy(state->reason, lack.reason);
		if (lack.why == KVMFEAT_WHY_OTHER_ARCH)
			state->enabled = KVMFEAT_HDBSS_OFF;
	} else if (!offer->abi->shows_state) {
		recall(vm, state);
	} else {
		state->enabled = offer->is_on ? KVMFEAT_HDBSS_ON : KVMFEAT_HDBSS_OFF;
		state->order = offer->order;
	}
}

static int read_counters(struct kvmfeat_vm *vm, struct kvmfeat_hdbss_state *state)
{
	static const char *const names[] = { "hdbss_entries", "hdbss_full", "hdbss_drains",
					     "hdbss_errors" };
	int64_t values[KF_ARRAY_SIZE(names)] = { -1, -1, -1, -1 };
	int err = kf_stats_read(vm, names, KF_ARRAY_SIZE(names), values);

	if (err)
		return err;
	state->entries_drained = values[0];
	state->buffers_full = values[1];
	state->drains = values[2];
	state->errors = values[3];
	return 0;
}

KVMFEAT_EXPORT int kvmfeat_hdbss_get_state(struct kvmfeat_vm *vm,
					   struct kvmfeat_hdbss_state *ret_state)
{
	struct kvmfeat_hdbss_state state = {
		.order = -1,
		.entries_drained = -1,
		.buffers_full = -1,
		.drains = -1,
		.errors = -1,
	};
	struct kf_hdbss_offer offer;
	int err;

	err = kf_result_check(&vm->ctx->reason, "read the state of HDBSS", "kvmfeat_hdbss_state",
			      ret_state, STATE_MIN_SIZE);
	if (err)
		return err;
	err = kf_hdbss_ask(vm->ctx, vm, NULL, &offer);
	if (!err && vm->ctx->arch == KF_ARCH_ARM64)
		err = read_counters(vm, &state);
	if (err)
		return err;
	state.variant = offer.abi->variant;
	state.capability = offer.abi->number;
	state.min_order = offer.abi->min_order;
	state.max_order = offer.max_order;
	set_enabled(vm, &offer, &state);
	if (state.enabled == KVMFEAT_HDBSS_OFF && state.errors > 0) {
		state.why = KVMFEAT_WHY_HARDWARE;
		snprintf(state.reason, sizeof(state.reason),
			 "errors of a buffer since the VM was made: %" PRId64
			 "; after one, KVM switches it off and goes back to write faults",
			 state.errors);
	}
	return kf_result_copy(ret_state, ret_state->size, &state, sizeof(state), STATE_MIN_SIZE);
}

/* Asks the VM, and fails when it has nothing to switch. */
static int find(struct kvmfeat_vm *vm, const char *operation, struct kf_hdbss_offer *ret_offer)
{
	struct kf_hdbss_lack lack;
	int err = kf_hdbss_ask(vm->ctx, vm, NULL, ret_offer);

	if (err || kf_hdbss_can_switch(ret_offer))
		return err;
	kf_hdbss_explain(vm->ctx, vm, ret_offer, &lack);
	return kf_fail(&vm->ctx->reason,
		       &(struct kf_fault){
			       .error = -EOPNOTSUPP,
			       .origin = vm->ctx->arch == KF_ARCH_ARM64 ? KVMFEAT_ORIGIN_KERNEL :
									  KVMFEAT_ORIGIN_LIBRARY,
			       .why = lack.why,
			       .operation = operation,
			       .object = "HDBSS",
			       .value = kvmfeat_hdbss_variant_name(ret_offer->abi->variant),
			       .remedy = lack.remedy },
		       "%s", lack.reason);
}

static int refuse_order(struct kvmfeat_ctx *ctx, unsigned int order, int max_order)
{
	char value[16];

	snprintf(value, sizeof(value), "%u", order);
	return kf_invalid(&ctx->reason, ENABLE, "order", value,
			  "order %u is out of range: 0 to %d, 4 KiB << order for each vCPU", order,
			  max_order);
}

/* Their kernel takes order 0 for off: it would answer 0 and switch nothing on. */
static int refuse_order_0(struct kvmfeat_ctx *ctx)
{
	return kf_fail(&ctx->reason,
		       &(struct kf_fault){ .error = -EOPNOTSUPP,
					   .operation = ENABLE,
					   .object = "order",
					   .value = "0",
					   .remedy = "order 1, 8 KiB for each vCPU" },
		       "order 0 means off to openEuler's kernel: it cannot be switched on with "
		       "4 KiB for each vCPU");
}

static int fail_busy(struct kvmfeat_ctx *ctx, enum kvmfeat_origin origin, int is,
		     unsigned int order)
{
	char value[16];

	snprintf(value, sizeof(value), "%u", order);
	return kf_fail(&ctx->reason,
		       &(struct kf_fault){ .error = -EBUSY,
					   .origin = origin,
					   .why = KVMFEAT_WHY_BUSY,
					   .operation = ENABLE,
					   .object = "order",
					   .value = value,
					   .remedy = "switch it off first" },
		       "HDBSS is on with order %d, so that order %u has to wait", is, order);
}

/* The kernel knows the order that is in effect, unless it is switched off meanwhile. */
static int kernel_busy(struct kvmfeat_vm *vm, const struct kf_fault *fault, unsigned int order)
{
	struct kf_hdbss_offer offer;
	int err = kf_hdbss_ask(vm->ctx, vm, NULL, &offer);

	if (!err && offer.is_on)
		return fail_busy(vm->ctx, KVMFEAT_ORIGIN_KERNEL, offer.order, order);
	return kf_fail(&vm->ctx->reason, fault,
		       "HDBSS cannot be switched on with order %u: it is being switched (%s)",
		       order, kf_errno_text(fault->error));
}

static int enable_failed(struct kvmfeat_vm *vm, const struct kf_hdbss_abi *abi, int err,
			 unsigned int order)
{
	char value[16];
	struct kf_fault fault = {
		.error = err,
		.origin = KVMFEAT_ORIGIN_KERNEL,
		.operation = "KVM_ENABLE_CAP",
		.object = "HDBSS",
		.value = value,
	};

	snprintf(value, sizeof(value), "%u", order);
	switch (err) {
	case -EBUSY:
		fault.why = KVMFEAT_WHY_BUSY;
		fault.remedy = "switch it off first";
		return kernel_busy(vm, &fault, order);
	case -EINVAL:
		fault.why = KVMFEAT_WHY_BUSY;
		fault.remedy = "a VM without KVM_CAP_DIRTY_LOG_RING";
		return kf_fail(&vm->ctx->reason, &fault,
			       "KVM refuses HDBSS with order %u for this VM: its dirty ring is in "
			       "use%s",
			       order,
			       abi->shows_state ?
				       ", or it is protected" :
				       ", it is protected, or HDBSS is on already, which "
				       "this kernel does not tell");
	case -ENOMEM:
		fault.remedy = order > (unsigned int)abi->min_order ? "a smaller order" : NULL;
		return kf_fail(&vm->ctx->reason, &fault,
			       "there is no memory for buffers of %u KiB for each vCPU (order %u)",
			       4u << order, order);
	default:
		fault.why = err == -EPERM ? KVMFEAT_WHY_PERMISSION : KVMFEAT_WHY_NONE;
		return kf_fail(&vm->ctx->reason, &fault,
			       "HDBSS cannot be switched on with order %u: %s", order,
			       kf_errno_text(err));
	}
}

static void keep(struct kvmfeat_vm *vm, enum kvmfeat_hdbss_enabled enabled, unsigned int order)
{
	vm->hdbss = enabled;
	vm->hdbss_order = order;
}

KVMFEAT_EXPORT int kvmfeat_hdbss_enable(struct kvmfeat_vm *vm, unsigned int order)
{
	struct kvmfeat_ctx *ctx = vm->ctx;
	struct kf_hdbss_offer offer;
	struct kvm_enable_cap cap;
	int err;

	if (order > KVMFEAT_HDBSS_ORDER_MAX)
		return refuse_order(ctx, order, (int)KVMFEAT_HDBSS_ORDER_MAX);
	err = find(vm, ENABLE, &offer);
	if (err)
		return err;
	if ((int)order < offer.abi->min_order)
		return refuse_order_0(ctx);
	if ((int)order > offer.max_order)
		return refuse_order(ctx, order, offer.max_order);
	/* Where the kernel shows its state, it is idempotent; the others answer EINVAL. */
	if (!offer.abi->shows_state && vm->hdbss == KVMFEAT_HDBSS_ON)
		return vm->hdbss_order == order ?
			       0 :
			       fail_busy(ctx, KVMFEAT_ORIGIN_LIBRARY, (int)vm->hdbss_order, order);
	kf_hdbss_encode(offer.abi, true, order, &cap);
	err = kf_ioctl(ctx, vm->fd, KVM_ENABLE_CAP, (uintptr_t)&cap);
	if (err)
		return enable_failed(vm, offer.abi, err, order);
	keep(vm, KVMFEAT_HDBSS_ON, order);
	return 0;
}

KVMFEAT_EXPORT int kvmfeat_hdbss_disable(struct kvmfeat_vm *vm)
{
	struct kf_hdbss_offer offer;
	struct kvm_enable_cap cap;
	int err = find(vm, DISABLE, &offer);

	if (err)
		return err;
	kf_hdbss_encode(offer.abi, false, 0, &cap);
	err = kf_ioctl(vm->ctx, vm->fd, KVM_ENABLE_CAP, (uintptr_t)&cap);
	if (err)
		return kf_fail(&vm->ctx->reason,
			       &(struct kf_fault){ .error = err,
						   .origin = KVMFEAT_ORIGIN_KERNEL,
						   .why = err == -EPERM ? KVMFEAT_WHY_PERMISSION :
									  KVMFEAT_WHY_NONE,
						   .operation = "KVM_ENABLE_CAP",
						   .object = "HDBSS",
						   .value = "off" },
			       "HDBSS cannot be switched off: %s", kf_errno_text(err));
	keep(vm, KVMFEAT_HDBSS_OFF, 0);
	return 0;
}
