// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The whole state of an x86 vCPU: each step of kvmfeat_nested_order() does what the tables here
 * say. The order and its reasons are in nested-order.c, MSRs in vcpu-msrs.c.
 */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vcpu-state.h"

/* A step that is one ioctl to read and one to write a struct. */
struct plain {
	enum kvmfeat_nested_step step;
	unsigned int cap; /* without it this row is passed over; 0: every kernel has the step */
	bool may_lack; /* EINVAL when read: this vCPU has none */
	unsigned long get;
	unsigned long set;
	const char *get_name;
	const char *set_name;
	size_t offset; /* in struct kvmfeat_vcpu_state */
};

#define PLAIN(name, member)                                                                        \
	.get = KF_X86_GET_##name, .set = KF_X86_SET_##name,                                        \
	.offset = offsetof(struct kvmfeat_vcpu_state, member)

/* For a step with several rows the first counts that the VM has. */
static const struct plain plains[] = {
	{
		.step = KVMFEAT_NESTED_STEP_SREGS,
		.cap = KVM_CAP_SREGS2, /* with the PDPTRs, which memory may not have any more */
		PLAIN(SREGS2, sregs),
		.get_name = "KVM_GET_SREGS2",
		.set_name = "KVM_SET_SREGS2",
	},
	{
		.step = KVMFEAT_NESTED_STEP_SREGS,
		PLAIN(SREGS, sregs),
		.get_name = "KVM_GET_SREGS",
		.set_name = "KVM_SET_SREGS",
	},
	{
		.step = KVMFEAT_NESTED_STEP_XCRS,
		.cap = KF_X86_CAP_XCRS,
		PLAIN(XCRS, xcrs),
		.get_name = "KVM_GET_XCRS",
		.set_name = "KVM_SET_XCRS",
	},
	{
		.step = KVMFEAT_NESTED_STEP_XSAVE,
		.cap = KVM_CAP_XSAVE2,
		.get = KF_X86_GET_XSAVE2,
		.set = KF_X86_SET_XSAVE, /* of the same, larger size */
		.get_name = "KVM_GET_XSAVE2",
		.set_name = "KVM_SET_XSAVE",
		.offset = offsetof(struct kvmfeat_vcpu_state, xsave),
	},
	{
		.step = KVMFEAT_NESTED_STEP_XSAVE,
		PLAIN(XSAVE, xsave),
		.get_name = "KVM_GET_XSAVE",
		.set_name = "KVM_SET_XSAVE",
	},
	{
		.step = KVMFEAT_NESTED_STEP_EVENTS,
		PLAIN(EVENTS, events),
		.get_name = "KVM_GET_VCPU_EVENTS",
		.set_name = "KVM_SET_VCPU_EVENTS",
	},
	{
		.step = KVMFEAT_NESTED_STEP_MP_STATE,
		PLAIN(MP_STATE, mp_state),
		.get_name = "KVM_GET_MP_STATE",
		.set_name = "KVM_SET_MP_STATE",
	},
	{
		.step = KVMFEAT_NESTED_STEP_DEBUGREGS,
		PLAIN(DEBUGREGS, debugregs),
		.get_name = "KVM_GET_DEBUGREGS",
		.set_name = "KVM_SET_DEBUGREGS",
	},
	{
		.step = KVMFEAT_NESTED_STEP_REGS,
		PLAIN(REGS, regs),
		.get_name = "KVM_GET_REGS",
		.set_name = "KVM_SET_REGS",
	},
	{
		.step = KVMFEAT_NESTED_STEP_LAPIC,
		.may_lack = true, /* user space may have it */
		PLAIN(LAPIC, lapic),
		.get_name = "KVM_GET_LAPIC",
		.set_name = "KVM_SET_LAPIC",
	},
};

/* The row for a step on this kernel; NULL: it has none. */
static const struct plain *find_plain(const struct kvmfeat_vcpu_state *state,
				      enum kvmfeat_nested_step step)
{
	for (size_t i = 0; i < KF_ARRAY_SIZE(plains); i++)
		if (plains[i].step == step && !(state->lacking & 1u << i))
			return &plains[i];
	return NULL;
}

static int save_plain(struct kvmfeat_vcpu *vcpu, struct kvmfeat_vcpu_state *state,
		      enum kvmfeat_nested_step step)
{
	const struct plain *plain = find_plain(state, step);
	int err;

	state->present &= ~(1u << step);
	if (!plain)
		return 0;
	err = kf_ioctl(vcpu->vm->ctx, vcpu->fd, plain->get, (uintptr_t)state + plain->offset);
	if (err == -EINVAL && plain->may_lack)
		return 0;
	if (err)
		return kf_vcpu_fail(vcpu, plain->get_name, err);
	state->present |= 1u << step;
	return 0;
}

static int load_plain(struct kvmfeat_vcpu *vcpu, const struct kvmfeat_vcpu_state *state,
		      enum kvmfeat_nested_step step)
{
	const struct plain *plain = find_plain(state, step);
	int err;

	if (!(state->present & 1u << step))
		return 0;
	err = kf_ioctl(vcpu->vm->ctx, vcpu->fd, plain->set, (uintptr_t)state + plain->offset);
	return err ? kf_vcpu_fail(vcpu, plain->set_name, err) : 0;
}

/*
 * Documentation/virt/kvm/api.rst, KVM_RUN: I/O is complete, and registers are right, only after
 * KVM_RUN has been called once more. With immediate_exit it does that and runs no guest.
 */
static int complete(struct kvmfeat_vcpu *vcpu, const struct kvmfeat_vcpu_state *state)
{
	struct kvmfeat_ctx *ctx = vcpu->vm->ctx;
	volatile uint8_t *run;
	uint32_t exit_reason;
	uint8_t immediate_exit;
	char value[16];
	void *area;
	int err = ctx->sys->mmap(ctx->sys, vcpu->fd, 0, state->run_bytes, &area);

	if (err)
		return kf_vcpu_fail(vcpu, "mmap", err);
	run = area;
	immediate_exit = run[KF_X86_IMMEDIATE_EXIT];
	run[KF_X86_IMMEDIATE_EXIT] = 1;
	err = kf_ioctl(ctx, vcpu->fd, KVM_RUN, 0);
	run[KF_X86_IMMEDIATE_EXIT] = immediate_exit;
	memcpy(&exit_reason, (uint8_t *)area + KF_X86_EXIT_REASON, sizeof(exit_reason));
	ctx->sys->munmap(ctx->sys, area, state->run_bytes);
	if (err == -EINTR)
		return 0;
	if (err)
		return kf_vcpu_fail(vcpu, "KVM_RUN", err);
	snprintf(value, sizeof(value), "%" PRIu32, exit_reason);
	return kf_fail(&vcpu->reason,
		       &(struct kf_fault){ .error = -EBUSY,
					   .why = KVMFEAT_WHY_BUSY,
					   .operation = "KVM_RUN",
					   .object = "exit reason",
					   .value = value,
					   .remedy = "handle the exit as after any KVM_RUN, then "
						     "try again" },
		       "vCPU descriptor %d has more I/O pending: KVM_RUN ends with exit reason %s",
		       vcpu->fd, value);
}

static int save_complete(struct kvmfeat_vcpu *vcpu, struct kvmfeat_vcpu_state *state,
			 enum kvmfeat_nested_step step)
{
	(void)step;
	return complete(vcpu, state);
}

static int load_complete(struct kvmfeat_vcpu *vcpu, const struct kvmfeat_vcpu_state *state,
			 enum kvmfeat_nested_step step)
{
	(void)step;
	return complete(vcpu, state);
}

static int save_nested(struct kvmfeat_vcpu *vcpu, struct kvmfeat_vcpu_state *state,
		       enum kvmfeat_nested_step step)
{
	(void)step;
	return state->nested_room ? kf_nested_read(vcpu, state->nested, state->nested_room,
						   &state->nested_bytes) :
				    0;
}

static int load_nested(struct kvmfeat_vcpu *vcpu, const struct kvmfeat_vcpu_state *state,
		       enum kvmfeat_nested_step step)
{
	(void)step;
	return state->nested_bytes ? kf_nested_write(vcpu, state->nested, state->nested_bytes) : 0;
}

/* Of no effect on a vCPU that is not in nested mode. */
static int load_leave(struct kvmfeat_vcpu *vcpu, const struct kvmfeat_vcpu_state *state,
		      enum kvmfeat_nested_step step)
{
	(void)step;
	return state->nested_bytes ?
		       kf_nested_leave(vcpu, (enum kvmfeat_nested_format)kf_le(
						     state->nested + KF_NESTED_FORMAT, 2)) :
		       0;
}

/* What a step does; NULL: save_plain(), load_plain(). */
static const struct {
	int (*save)(struct kvmfeat_vcpu *vcpu, struct kvmfeat_vcpu_state *state,
		    enum kvmfeat_nested_step step);
	int (*load)(struct kvmfeat_vcpu *vcpu, const struct kvmfeat_vcpu_state *state,
		    enum kvmfeat_nested_step step);
} special[] = {
	[KVMFEAT_NESTED_STEP_FEATURE_MSRS] = { kf_vcpu_save_msrs, kf_vcpu_load_msrs },
	[KVMFEAT_NESTED_STEP_MSRS] = { kf_vcpu_save_msrs, kf_vcpu_load_msrs },
	[KVMFEAT_NESTED_STEP_NESTED] = { save_nested, load_nested },
	[KVMFEAT_NESTED_STEP_LEAVE] = { NULL, load_leave },
	[KVMFEAT_NESTED_STEP_COMPLETE] = { save_complete, load_complete },
};

KVMFEAT_EXPORT int kvmfeat_vcpu_state_save(struct kvmfeat_vcpu *vcpu,
					   struct kvmfeat_vcpu_state *state)
{
	const enum kvmfeat_nested_step *steps;
	size_t count;

	state->saved = false;
	state->nested_bytes = 0;
	steps = kvmfeat_nested_order(KVMFEAT_NESTED_SAVE, &count);
	for (size_t i = 0; i < count; i++) {
		const enum kvmfeat_nested_step step = steps[i];
		const bool is_special = step < KF_ARRAY_SIZE(special) && special[step].save;
		int err = (is_special ? special[step].save : save_plain)(vcpu, state, step);

		if (err) {
			state->nested_bytes = 0;
			return err;
		}
	}
	state->saved = true;
	return 0;
}

KVMFEAT_EXPORT int kvmfeat_vcpu_state_load(struct kvmfeat_vcpu *vcpu,
					   const struct kvmfeat_vcpu_state *state)
{
	const enum kvmfeat_nested_step *steps;
	size_t count;

	if (!state->saved)
		return kf_invalid(&vcpu->reason, "load the state of a vCPU", "state", "empty",
				  "the state is empty: nothing was saved to it");
	steps = kvmfeat_nested_order(KVMFEAT_NESTED_RESTORE, &count);
	for (size_t i = 0; i < count; i++) {
		const enum kvmfeat_nested_step step = steps[i];
		const bool is_special = step < KF_ARRAY_SIZE(special) && special[step].load;
		int err = (is_special ? special[step].load : load_plain)(vcpu, state, step);

		if (err)
			return err;
	}
	return 0;
}

KVMFEAT_EXPORT void kvmfeat_vcpu_state_get_nested(const struct kvmfeat_vcpu_state *state,
						  const void **ret_blob, size_t *ret_bytes)
{
	*ret_blob = state->nested_bytes ? state->nested : NULL;
	*ret_bytes = state->nested_bytes;
}

/* What the VM has, and how large it is. */
static int ask_vm(struct kvmfeat_vcpu *vcpu, unsigned int *ret_lacking, int *ret_xsave,
		  int *ret_nested)
{
	unsigned int lacking = 0;
	int err, value, xsave = KF_X86_XSAVE_BYTES;

	for (size_t i = 0; i < KF_ARRAY_SIZE(plains); i++) {
		if (!plains[i].cap)
			continue;
		err = kf_vcpu_get_cap(vcpu, plains[i].cap, &value);
		if (err)
			return err;
		if (!value)
			lacking |= 1u << i;
		else if (plains[i].cap == KVM_CAP_XSAVE2 && value > xsave)
			xsave = value;
	}
	err = kf_vcpu_get_cap(vcpu, KVM_CAP_NESTED_STATE, ret_nested);
	if (err)
		return err;
	*ret_lacking = lacking;
	*ret_xsave = xsave;
	return 0;
}

/* Without immediate_exit KVM_RUN would run the guest. */
static int needs_immediate_exit(struct kvmfeat_vcpu *vcpu)
{
	int value, err = kf_vcpu_get_cap(vcpu, KVM_CAP_IMMEDIATE_EXIT, &value);
	const char *release = vcpu->vm->ctx->release;

	if (err || value)
		return err;
	return kf_fail(&vcpu->reason,
		       &(struct kf_fault){ .error = -EOPNOTSUPP,
					   .origin = KVMFEAT_ORIGIN_KERNEL,
					   .why = KVMFEAT_WHY_KERNEL_VERSION,
					   .operation = "make room for the state of a vCPU",
					   .object = "KVM_CAP_IMMEDIATE_EXIT",
					   .value = "0",
					   .remedy = "Linux 4.11 or newer" },
		       "Linux %s cannot complete I/O without running the guest: that came with "
		       "4.11",
		       release);
}

static int get_run_bytes(struct kvmfeat_vcpu *vcpu, int kvm, size_t *ret_bytes)
{
	int bytes = kf_ioctl(vcpu->vm->ctx, kvm, KVM_GET_VCPU_MMAP_SIZE, 0);

	if (bytes < 0)
		return kf_fail(&vcpu->reason,
			       &(struct kf_fault){ .error = bytes,
						   .origin = KVMFEAT_ORIGIN_KERNEL,
						   .operation = "KVM_GET_VCPU_MMAP_SIZE",
						   .object = "/dev/kvm" },
			       "KVM_GET_VCPU_MMAP_SIZE of /dev/kvm fails: %s",
			       kf_errno_text(bytes));
	*ret_bytes = (size_t)bytes;
	return 0;
}

static int fill_in(struct kvmfeat_vcpu *vcpu, struct kvmfeat_vcpu_state *state, int nested)
{
	struct kvmfeat_ctx *ctx = vcpu->vm->ctx;
	int kvm, err = kvmfeat_ctx_get_kvm_fd(ctx, &kvm);

	if (err) {
		kf_reason_copy(&vcpu->reason, &ctx->reason);
		return err;
	}
	err = get_run_bytes(vcpu, kvm, &state->run_bytes);
	if (!err)
		err = kf_vcpu_list_msrs(vcpu, kvm, state);
	if (err || !nested)
		return err;
	state->nested = kf_alloc(ctx, NULL, 1, (size_t)nested);
	if (!state->nested)
		return kf_no_memory(&vcpu->reason, "make room for the state of a vCPU");
	state->nested_room = (size_t)nested;
	return 0;
}

KVMFEAT_EXPORT int kvmfeat_vcpu_state_new(struct kvmfeat_vcpu *vcpu,
					  struct kvmfeat_vcpu_state **ret_state)
{
	static const char operation[] = "make room for the state of a vCPU";
	struct kvmfeat_vcpu_state *state;
	unsigned int lacking;
	int xsave, nested, err = kf_vcpu_needs_x86(vcpu, operation);

	if (!err)
		err = needs_immediate_exit(vcpu);
	if (!err)
		err = ask_vm(vcpu, &lacking, &xsave, &nested);
	if (err)
		return err;
	state = kf_alloc(vcpu->vm->ctx, NULL, 1, sizeof(*state) + (size_t)xsave);
	if (!state)
		return kf_no_memory(&vcpu->reason, operation);
	state->lacking = lacking;
	err = fill_in(vcpu, state, nested);
	if (err) {
		kvmfeat_vcpu_state_free(state);
		return err;
	}
	*ret_state = state;
	return 0;
}

KVMFEAT_EXPORT void kvmfeat_vcpu_state_free(struct kvmfeat_vcpu_state *state)
{
	if (!state)
		return;
	free(state->nested);
	free(state->msrs);
	free(state);
}
