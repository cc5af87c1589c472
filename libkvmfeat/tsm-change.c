// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The operations on a device: look, check, one write, look again. What is allowed is in
 * tsm-allowed.c, what went wrong in tsm-reason.c, what an acceptance needs besides in tsm-accept.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "tsm-private.h"

/* The members of struct kvmfeat_tsm_change in release 1.0. */
#define CHANGE_MIN_SIZE sizeof(struct kvmfeat_tsm_change)

static int check_arguments(const struct kf_tsm_changing *c)
{
	const unsigned int known =
		KVMFEAT_TSM_DRY_RUN | (c->op == KF_TSM_OP_ACCEPT ? KVMFEAT_TSM_ALLOW_UNCHECKED : 0);
	struct kf_reason *reason = &c->device->ctx->reason;
	char value[16];

	if (c->flags & ~known) {
		snprintf(value, sizeof(value), "0x%x", c->flags);
		return kf_invalid(reason, c->operation, c->device->bdf, value,
				  "flags %s are none that this operation knows", value);
	}
	if (!c->tsm || kf_tsm_is_name(c->tsm))
		return 0;
	return kf_invalid(reason, c->operation, "TSM", c->tsm,
			  "'%.32s' is no name of a TSM, such as tsm0", c->tsm);
}

/* What is written where, but for an acceptance, which knows more. */
static void plan(struct kf_tsm_changing *c)
{
	static const struct {
		enum kf_tsm_op op;
		const char *attribute;
	} attributes[] = {
		{ KF_TSM_OP_CONNECT, "tsm/connect" },
		{ KF_TSM_OP_DISCONNECT, "tsm/disconnect" },
		{ KF_TSM_OP_LOCK, "tsm/lock" },
		{ KF_TSM_OP_UNLOCK, "tsm/unlock" },
	};

	for (size_t i = 0; i < KF_ARRAY_SIZE(attributes); i++)
		if (attributes[i].op == c->op) {
			strcpy(c->change.attribute, attributes[i].attribute);
			strcpy(c->change.write, c->change.tsm);
		}
}

/* Whether the device is as it was to be, by whoever's doing. */
static bool is_done(const struct kf_tsm_changing *c, const struct kvmfeat_tsm_status *status)
{
	const bool is_ours = !strcmp(status->tsm, c->change.tsm);

	switch (c->op) {
	case KF_TSM_OP_CONNECT:
		return is_ours && (status->state == KVMFEAT_TSM_STATE_CONNECTED ||
				   status->state == KVMFEAT_TSM_STATE_BOUND);
	case KF_TSM_OP_LOCK:
		return is_ours && status->state == KVMFEAT_TSM_STATE_LOCKED;
	case KF_TSM_OP_ACCEPT:
		/* Another number is another lock, and so another's acceptance. */
		return is_ours && status->state == KVMFEAT_TSM_STATE_ACCEPTED &&
		       (!c->change.has_generation ||
			(status->has_generation && status->generation == c->change.generation));
	default:
		return status->state == KVMFEAT_TSM_STATE_IDLE;
	}
}

/* Reads back what one write left, and says so. */
static int verify(struct kf_tsm_changing *c, ssize_t got)
{
	struct kvmfeat_tsm_change *change = &c->change;
	struct kf_tsm_look after;
	int err = kf_tsm_look(c->device, c->operation, &after);
	bool done;

	if (err)
		return err; /* it is gone, whatever was done to it */
	change->after = after.status.state;
	done = is_done(c, &after.status);
	/* An interrupted write may have been done nevertheless: the state tells. */
	change->written = got >= 0 || (got == -EINTR && done);
	if (!change->written)
		return kf_tsm_write_failed(c, (int)got, &after);
	if (!done)
		return kf_tsm_not_in_effect(c, &after);
	if (c->op == KF_TSM_OP_LOCK) {
		change->has_generation = after.status.has_generation;
		change->generation = after.status.generation;
	}
	kf_log(&c->device->ctx->log, KVMFEAT_LOG_INFO, "%s was %s (%s)", c->device->bdf, c->done,
	       change->tsm);
	return 0;
}

/* The descriptor to write to, or a failure. Opening it changes nothing. */
static int open_to_write(const struct kf_tsm_changing *c)
{
	struct kvmfeat_ctx *ctx = c->device->ctx;
	const int flags = O_WRONLY | O_NONBLOCK | O_NOCTTY;
	int is_sysfs, fd = kf_open_at(ctx, c->device->fd, c->change.attribute, flags);

	if (fd < 0)
		return kf_tsm_open_failed(c, fd);
	is_sysfs = kf_is_sysfs(ctx, fd);
	if (is_sysfs == 1)
		return fd;
	kf_close(ctx, fd);
	if (is_sysfs < 0)
		return kf_tsm_open_failed(c, is_sysfs);
	return kf_tsm_refuse(c, -EROFS, KVMFEAT_WHY_NONE, NULL,
			     "is not in a sysfs: a copy is read, not written");
}

static int write_once(struct kf_tsm_changing *c, int fd)
{
	struct kvmfeat_ctx *ctx = c->device->ctx;
	char text[sizeof(c->change.write) + 2];
	ssize_t got;
	int len;

	len = snprintf(text, sizeof(text), "%s\n", c->change.write);
	got = ctx->sys->write(ctx->sys, fd, text, (size_t)len);
	kf_close(ctx, fd);
	return verify(c, got);
}

static int run(struct kf_tsm_changing *c)
{
	int fd, err = check_arguments(c);

	if (!err)
		err = kf_tsm_look(c->device, c->operation, &c->look);
	if (err)
		return err;
	c->change.before = c->look.status.state;
	err = kf_tsm_check_allowed(c);
	if (err)
		return err;
	plan(c);
	err = c->prepare ? c->prepare(c, c->data) : 0;
	if (err)
		return err;
	fd = open_to_write(c);
	if (fd < 0)
		return fd;
	if (!(c->flags & KVMFEAT_TSM_DRY_RUN))
		return write_once(c, fd);
	kf_close(c->device->ctx, fd);
	return 0;
}

int kf_tsm_change(struct kf_tsm_changing *c, struct kvmfeat_tsm_change *ret_change)
{
	int err = ret_change ? kf_result_check(&c->device->ctx->reason, c->operation,
					       "kvmfeat_tsm_change", ret_change, CHANGE_MIN_SIZE) :
			       0;

	if (err)
		return err;
	err = run(c);
	if (ret_change)
		kf_result_copy(ret_change, ret_change->size, &c->change, sizeof(c->change),
			       CHANGE_MIN_SIZE);
	return err;
}

KVMFEAT_EXPORT int kvmfeat_tsm_device_connect(struct kvmfeat_tsm_device *device, const char *tsm,
					      unsigned int flags,
					      struct kvmfeat_tsm_change *ret_change)
{
	struct kf_tsm_changing c = { .device = device, .op = KF_TSM_OP_CONNECT, .flags = flags };

	c.operation = "connect a device";
	c.done = "connected";
	c.tsm = tsm;
	return kf_tsm_change(&c, ret_change);
}

KVMFEAT_EXPORT int kvmfeat_tsm_device_disconnect(struct kvmfeat_tsm_device *device, const char *tsm,
						 unsigned int flags,
						 struct kvmfeat_tsm_change *ret_change)
{
	struct kf_tsm_changing c = { .device = device, .op = KF_TSM_OP_DISCONNECT, .flags = flags };

	c.operation = "disconnect a device";
	c.done = "disconnected";
	c.tsm = tsm;
	return kf_tsm_change(&c, ret_change);
}

KVMFEAT_EXPORT int kvmfeat_tsm_device_lock(struct kvmfeat_tsm_device *device, const char *tsm,
					   unsigned int flags,
					   struct kvmfeat_tsm_change *ret_change)
{
	struct kf_tsm_changing c = { .device = device, .op = KF_TSM_OP_LOCK, .flags = flags };

	c.operation = "lock a device";
	c.done = "locked";
	c.tsm = tsm;
	return kf_tsm_change(&c, ret_change);
}

KVMFEAT_EXPORT int kvmfeat_tsm_device_unlock(struct kvmfeat_tsm_device *device, const char *tsm,
					     unsigned int flags,
					     struct kvmfeat_tsm_change *ret_change)
{
	struct kf_tsm_changing c = { .device = device, .op = KF_TSM_OP_UNLOCK, .flags = flags };

	c.operation = "unlock a device";
	c.done = "unlocked";
	c.tsm = tsm;
	return kf_tsm_change(&c, ret_change);
}
