// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Why an operation on a device failed: one table of what each errno of the kernel means, and the
 * state in which the device is nevertheless.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tsm-private.h"

enum {
	CONNECT = KF_TSM_OP_CONNECT,
	DISCONNECT = KF_TSM_OP_DISCONNECT,
	LOCK = KF_TSM_OP_LOCK,
	ACCEPT = KF_TSM_OP_ACCEPT,
	UNLOCK = KF_TSM_OP_UNLOCK,
	ANY = CONNECT | DISCONNECT | LOCK | ACCEPT | UNLOCK,
};

/* What has been looked at before and found to be otherwise has changed in between. */
static const struct cause {
	unsigned int ops;
	int error;
	enum kvmfeat_why why;
	const char *text;
	const char *remedy;
} causes[] = {
	{ ANY, -EINTR, KVMFEAT_WHY_NONE, "a signal came before it was done", "do it again" },
	{ ANY, -EACCES, KVMFEAT_WHY_PERMISSION,
	  "the kernel's security policy does not let this user", NULL },
	{ ANY, -EPERM, KVMFEAT_WHY_PERMISSION, "the kernel does not let this user",
	  "run as root, outside of the container or lockdown that forbids it" },
	{ ANY, -ETIMEDOUT, KVMFEAT_WHY_NONE, "the device or its TSM did not answer in time",
	  "see the kernel's log" },
	/* Also of an attribute that vanished while it was open: kernfs_get_active(). */
	{ ANY, -ENODEV, KVMFEAT_WHY_NONE, "the device or its TSM is going", NULL },
	{ CONNECT, -EBUSY, KVMFEAT_WHY_BUSY, "a TSM has it already", NULL },
	{ CONNECT, -ENXIO, KVMFEAT_WHY_HARDWARE,
	  "the TSM refuses the device, or it is there no more", NULL },
	{ CONNECT, -EIO, KVMFEAT_WHY_NONE, "the TSM could not set up a secure session with it",
	  "see the kernel's log" },
	{ CONNECT | LOCK, -EINVAL, KVMFEAT_WHY_NONE, "the kernel does not take that name", NULL },
	{ DISCONNECT, -ENXIO, KVMFEAT_WHY_NONE, "no TSM has it any more", NULL },
	{ DISCONNECT, -EINVAL, KVMFEAT_WHY_NONE, "another TSM has it now", NULL },
	{ LOCK, -EBUSY, KVMFEAT_WHY_BUSY, "a driver or a TSM has it now", NULL },
	{ LOCK, -ENXIO, KVMFEAT_WHY_HARDWARE, "there is no such TSM of a guest any more", NULL },
	{ LOCK, -EIO, KVMFEAT_WHY_NONE, "the TSM could not lock it", "see the kernel's log" },
	{ ACCEPT, -EINVAL, KVMFEAT_WHY_NONE,
	  "it is not locked any more, or this kernel does not take what was written", NULL },
	{ ACCEPT, -EBUSY, KVMFEAT_WHY_BUSY, "a driver has it now, or it is accepted already",
	  NULL },
	{ ACCEPT, -EAGAIN, KVMFEAT_WHY_BUSY, "its report is no longer the one that was checked",
	  "look at its report again" },
	{ ACCEPT, -EIO, KVMFEAT_WHY_NONE,
	  "the kernel does not believe its report, or the TSM could not start it",
	  "see the kernel's log" },
	{ UNLOCK, -EINVAL, KVMFEAT_WHY_NONE, "it is not locked any more, or another TSM has it now",
	  NULL },
	{ UNLOCK, -EBUSY, KVMFEAT_WHY_BUSY, "a driver has it now", NULL },
};

static const struct cause *find_cause(enum kf_tsm_op op, int err)
{
	for (size_t i = 0; i < KF_ARRAY_SIZE(causes); i++)
		if (causes[i].error == err && causes[i].ops & op)
			return &causes[i];
	return NULL;
}

/* "it is locked by tsm0, and driver nvme has it" */
static void state_text(const struct kf_tsm_look *look, char *buf, size_t size)
{
	const struct kvmfeat_tsm_status *status = &look->status;

	if (status->state == KVMFEAT_TSM_STATE_UNKNOWN) {
		snprintf(buf, size, "its state is not known: %s", status->reason);
		return;
	}
	snprintf(buf, size, "it is %s%s%s%s%s%s", kvmfeat_tsm_state_name(status->state),
		 *status->tsm ? " by " : "", status->tsm, *status->driver ? ", and driver " : "",
		 status->driver, *status->driver ? " has it" : "");
}

int kf_tsm_refuse(const struct kf_tsm_changing *c, int err, enum kvmfeat_why why,
		  const char *remedy, const char *fmt, ...)
{
	const struct kf_fault fault = {
		.error = err,
		.why = why,
		.operation = c->operation,
		.object = c->device->bdf,
		.value = c->tsm,
		.remedy = remedy,
	};
	char text[384];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return kf_fail(&c->device->ctx->reason, &fault, "%s %s", c->device->bdf, text);
}

int kf_tsm_open_failed(const struct kf_tsm_changing *c, int err)
{
	const struct kf_denial *denial = kf_find_denial(err);
	struct kvmfeat_tsm_device *device = c->device;
	struct kf_fault fault = {
		.error = err,
		.origin = KVMFEAT_ORIGIN_KERNEL,
		.operation = c->operation,
		.object = device->bdf,
		.value = c->change.write,
	};

	if (kf_tsm_is_gone(device))
		return kf_tsm_gone(device, c->operation);
	if (err == -ENOENT || err == -ENODEV) {
		fault.error = -ENXIO;
		return kf_fail(&device->ctx->reason, &fault,
			       "%s has no %s any more: its TSM is gone", device->bdf,
			       c->change.attribute);
	}
	if (denial) {
		fault.why = KVMFEAT_WHY_PERMISSION;
		fault.remedy = denial->remedy;
	}
	return kf_fail(&device->ctx->reason, &fault, "%s of %s cannot be written: %s",
		       c->change.attribute, device->bdf,
		       denial ? denial->text : kf_errno_text(err));
}

int kf_tsm_write_failed(const struct kf_tsm_changing *c, int err, const struct kf_tsm_look *after)
{
	const struct cause *cause = find_cause(c->op, err);
	char state[KVMFEAT_TSM_REASON_SIZE + 32];

	state_text(after, state, sizeof(state));
	return kf_fail(&c->device->ctx->reason,
		       &(struct kf_fault){ .error = err,
					   .origin = KVMFEAT_ORIGIN_KERNEL,
					   .why = cause ? cause->why : KVMFEAT_WHY_NONE,
					   .operation = c->operation,
					   .object = c->device->bdf,
					   .value = c->change.write,
					   .remedy = cause ? cause->remedy : NULL },
		       "%s was not %s: %s; %s", c->device->bdf, c->done,
		       cause ? cause->text : kf_errno_text(err), state);
}

int kf_tsm_not_in_effect(const struct kf_tsm_changing *c, const struct kf_tsm_look *after)
{
	char state[KVMFEAT_TSM_REASON_SIZE + 32];

	state_text(after, state, sizeof(state));
	return kf_fail(&c->device->ctx->reason,
		       &(struct kf_fault){ .error = -EIO,
					   .origin = KVMFEAT_ORIGIN_KERNEL,
					   .operation = c->operation,
					   .object = c->device->bdf,
					   .value = c->change.write },
		       "'%s' was written to %s of %s, but %s", c->change.write, c->change.attribute,
		       c->device->bdf, state);
}
