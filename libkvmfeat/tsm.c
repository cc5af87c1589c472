// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A PCI device whose directory in sysfs is held open: a device that takes its place has another
 * one, and is not reached through it. What it is now; changing it is in tsm-change.c.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tsm-private.h"

#define OPEN "open a PCI device"
#define LOOK "look at a PCI device"
/* The members of struct kvmfeat_tsm_status in release 1.0. */
#define STATUS_MIN_SIZE sizeof(struct kvmfeat_tsm_status)

static const struct {
	const char *path;
	bool (*is_valid)(const char *text);
} rows[] = {
	[KF_TSM_LOCK] = { "tsm/lock", kf_tsm_is_name_or_empty },
	[KF_TSM_ACCEPT] = { "tsm/accept", kf_tsm_is_bool },
	[KF_TSM_TRUST] = { "trust", kf_tsm_is_trust },
	[KF_TSM_GENERATION] = { "tsm/generation", kf_tsm_is_generation },
	[KF_TSM_CONNECT] = { "tsm/connect", kf_tsm_is_name_or_empty },
	[KF_TSM_AUTHENTICATED] = { "authenticated", kf_tsm_is_name_or_empty },
	[KF_TSM_BOUND] = { "tsm/bound", kf_tsm_is_name_or_empty },
	[KF_TSM_DSM] = { "tsm/dsm", kf_tsm_is_bdf_or_empty },
};

const char *kf_tsm_attr_path(enum kf_tsm_attr attr)
{
	return rows[attr].path;
}

void kf_tsm_path(const struct kvmfeat_tsm_device *device, const char *attribute,
		 char path[KF_TSM_PATH])
{
	snprintf(path, KF_TSM_PATH, "/" KF_TSM_DEVICES "/%s/%s", device->bdf, attribute);
}

static int open_dir(struct kvmfeat_ctx *ctx, const char *bdf, struct stat *ret_st)
{
	char path[KF_TSM_PATH];
	int fd, err;

	snprintf(path, sizeof(path), KF_TSM_DEVICES "/%s", bdf);
	fd = kf_open(ctx, path, O_PATH | O_DIRECTORY);
	if (fd < 0)
		return fd;
	err = ctx->sys->fstat(ctx->sys, fd, ret_st);
	if (!err)
		return fd;
	kf_close(ctx, fd);
	return err;
}

int kf_tsm_hold(struct kvmfeat_ctx *ctx, const char *bdf, struct kvmfeat_tsm_device *ret_device)
{
	struct stat st;
	int fd = open_dir(ctx, bdf, &st);

	if (fd < 0)
		return fd;
	*ret_device = (struct kvmfeat_tsm_device){
		.ctx = ctx, .fd = fd, .dev = st.st_dev, .ino = st.st_ino
	};
	snprintf(ret_device->bdf, sizeof(ret_device->bdf), "%s", bdf);
	return 0;
}

bool kf_tsm_is_gone(struct kvmfeat_tsm_device *device)
{
	struct stat st;
	int fd = open_dir(device->ctx, device->bdf, &st);

	kf_close(device->ctx, fd);
	if (fd < 0)
		return fd == -ENOENT;
	return st.st_dev != device->dev || st.st_ino != device->ino;
}

int kf_tsm_gone(struct kvmfeat_tsm_device *device, const char *operation)
{
	return kf_fail(&device->ctx->reason,
		       &(struct kf_fault){ .error = -ENODEV,
					   .origin = KVMFEAT_ORIGIN_KERNEL,
					   .operation = operation,
					   .object = device->bdf,
					   .remedy = "open the device again, if one has come into "
						     "its place" },
		       "%s is gone: it was unplugged", device->bdf);
}

int kf_tsm_attr_failed(struct kvmfeat_tsm_device *device, const char *operation,
		       const char *attribute, int err)
{
	const bool is_denied = kf_tsm_is_denied(err);
	char path[KF_TSM_PATH];

	if (kf_tsm_is_gone(device))
		return kf_tsm_gone(device, operation);
	kf_tsm_path(device, attribute, path);
	return kf_fail(
		&device->ctx->reason,
		&(struct kf_fault){ .error = err,
				    .origin = KVMFEAT_ORIGIN_KERNEL,
				    .why = is_denied ? KVMFEAT_WHY_PERMISSION : KVMFEAT_WHY_NONE,
				    .operation = operation,
				    .object = path,
				    .remedy = is_denied ? "run as root" : NULL },
		"%s cannot be read: %s", path, kf_errno_text(err));
}

void kf_tsm_read_attr(struct kvmfeat_tsm_device *device, enum kf_tsm_attr attr,
		      struct kf_tsm_text *ret_text)
{
	struct kvmfeat_ctx *ctx = device->ctx;
	/* In a captured tree it may be a pipe: that must not stop us. */
	const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY;
	int fd = kf_open_at(ctx, device->fd, rows[attr].path, flags);
	ssize_t len;

	*ret_text = (struct kf_tsm_text){ .there = false };
	len = fd < 0 ? fd : kf_read_text(ctx, fd, ret_text->text, sizeof(ret_text->text));
	kf_close(ctx, fd);
	/* ENODEV: it vanished after it was opened. */
	ret_text->there = len != -ENOENT && len != -ENODEV;
	if (!ret_text->there)
		return;
	if (len < 0) {
		ret_text->err = (int)len;
		ret_text->text[0] = '\0';
	} else if (!rows[attr].is_valid(ret_text->text)) {
		ret_text->err = -EBADMSG;
	}
}

/* The name of the driver; empty when there is none, or it may not be seen. */
static void read_driver(struct kvmfeat_tsm_device *device, char *buf, size_t size)
{
	struct kvmfeat_ctx *ctx = device->ctx;
	char link[256];
	ssize_t len = ctx->sys->readlink(ctx->sys, device->fd, "driver", link, sizeof(link) - 1);

	link[len < 0 ? 0 : len] = '\0';
	snprintf(buf, size, "%s", kf_tsm_last_part(link));
}

/* What may not be opened is there, and who reads it will be told. */
static bool has_report(struct kvmfeat_tsm_device *device)
{
	int fd = kf_open_at(device->ctx, device->fd, "tsm/report", O_PATH);

	kf_close(device->ctx, fd);
	return fd != -ENOENT;
}

/* The state hangs on an attribute that says nothing. */
static void unknown(const struct kvmfeat_tsm_device *device, struct kf_tsm_look *look,
		    enum kf_tsm_attr attr)
{
	const struct kf_tsm_text *text = &look->texts[attr];
	struct kvmfeat_tsm_status *status = &look->status;
	char path[KF_TSM_PATH];

	kf_tsm_path(device, rows[attr].path, path);
	status->state = KVMFEAT_TSM_STATE_UNKNOWN;
	look->err = text->err;
	if (*text->text) {
		status->why = KVMFEAT_WHY_NONE;
		snprintf(status->reason, sizeof(status->reason), "%s cannot be decoded: '%s'", path,
			 text->text);
		return;
	}
	status->why = kf_tsm_why_of(text->err);
	snprintf(status->reason, sizeof(status->reason), "%s cannot be read: %s", path,
		 kf_errno_text(text->err));
}

/* A TSM of a guest has it. */
static void conclude_locked(const struct kvmfeat_tsm_device *device, struct kf_tsm_look *look)
{
	struct kvmfeat_tsm_status *status = &look->status;
	const enum kf_tsm_attr attr = status->uses_trust ? KF_TSM_TRUST : KF_TSM_ACCEPT;
	const struct kf_tsm_text *text = &look->texts[attr];
	bool accepted = false;

	strcpy(status->tsm, look->texts[KF_TSM_LOCK].text);
	if (text->err) {
		unknown(device, look, attr);
		return;
	}
	if (status->uses_trust)
		kf_tsm_decode_trust(text->text, &accepted);
	else
		accepted = *text->text == '1';
	status->state = accepted ? KVMFEAT_TSM_STATE_ACCEPTED : KVMFEAT_TSM_STATE_LOCKED;
}

/*
 * A TSM of a host has it, or none. Functions that it serves besides function 0 show the session in
 * authenticated alone.
 */
static void conclude_link(const struct kvmfeat_tsm_device *device, struct kf_tsm_look *look)
{
	const enum kf_tsm_attr attr =
		look->texts[KF_TSM_CONNECT].there ? KF_TSM_CONNECT : KF_TSM_AUTHENTICATED;
	struct kvmfeat_tsm_status *status = &look->status;

	if (look->texts[attr].err) {
		unknown(device, look, attr);
		return;
	}
	strcpy(status->tsm, look->texts[attr].text);
	status->state = *status->tsm ? KVMFEAT_TSM_STATE_CONNECTED : KVMFEAT_TSM_STATE_IDLE;
	if (look->texts[KF_TSM_BOUND].err)
		unknown(device, look, KF_TSM_BOUND);
	else if (*status->bound)
		status->state = KVMFEAT_TSM_STATE_BOUND;
}

/* What the texts say together. */
static void conclude(const struct kvmfeat_tsm_device *device, struct kf_tsm_look *look)
{
	const struct kf_tsm_text *texts = look->texts;
	struct kvmfeat_tsm_status *status = &look->status;

	status->can_connect = texts[KF_TSM_CONNECT].there;
	status->can_lock = texts[KF_TSM_LOCK].there;
	status->uses_trust = !texts[KF_TSM_ACCEPT].there && texts[KF_TSM_TRUST].there;
	status->can_accept = status->can_lock && (texts[KF_TSM_ACCEPT].there || status->uses_trust);
	status->authenticated =
		!texts[KF_TSM_AUTHENTICATED].err && *texts[KF_TSM_AUTHENTICATED].text;
	if (!texts[KF_TSM_GENERATION].err)
		kf_tsm_decode_generation(texts[KF_TSM_GENERATION].text, &status->has_generation,
					 &status->generation);
	if (!texts[KF_TSM_DSM].err)
		strcpy(status->dsm, texts[KF_TSM_DSM].text);
	if (!texts[KF_TSM_BOUND].err)
		strcpy(status->bound, texts[KF_TSM_BOUND].text);
	if (texts[KF_TSM_LOCK].err)
		unknown(device, look, KF_TSM_LOCK);
	else if (*texts[KF_TSM_LOCK].text)
		conclude_locked(device, look);
	else
		conclude_link(device, look);
}

int kf_tsm_look(struct kvmfeat_tsm_device *device, const char *operation,
		struct kf_tsm_look *ret_look)
{
	struct kf_tsm_look look = { .status = { .size = sizeof(look.status) } };

	strcpy(look.status.bdf, device->bdf);
	for (enum kf_tsm_attr attr = 0; attr < KF_TSM_ATTRS; attr++) {
		kf_tsm_read_attr(device, attr, &look.texts[attr]);
		/* Which device has trust is no matter of TSMs. */
		look.served |= attr != KF_TSM_TRUST && look.texts[attr].there;
	}
	read_driver(device, look.status.driver, sizeof(look.status.driver));
	look.status.has_report = has_report(device);
	/* Of a device that is gone, the attributes are not there either. */
	if (kf_tsm_is_gone(device))
		return kf_tsm_gone(device, operation);
	conclude(device, &look);
	*ret_look = look;
	return 0;
}

static int open_failed(struct kvmfeat_ctx *ctx, const char *bdf, int err)
{
	const struct kf_fault fault = {
		.error = err,
		.origin = KVMFEAT_ORIGIN_KERNEL,
		.why = kf_tsm_is_denied(err) ? KVMFEAT_WHY_PERMISSION : KVMFEAT_WHY_NONE,
		.operation = OPEN,
		.object = bdf,
	};

	if (err == -ENOENT)
		return kf_fail(&ctx->reason, &fault, "there is no PCI device %s", bdf);
	return kf_fail(&ctx->reason, &fault, "/" KF_TSM_DEVICES "/%s cannot be opened: %s", bdf,
		       kf_errno_text(err));
}

KVMFEAT_EXPORT int kvmfeat_tsm_device_open(struct kvmfeat_ctx *ctx, const char *bdf,
					   struct kvmfeat_tsm_device **ret_device)
{
	struct kvmfeat_tsm_device *device;
	int err;

	if (!kf_tsm_is_bdf(bdf))
		return kf_invalid(&ctx->reason, OPEN, "device", bdf,
				  "'%.32s' is no whole name of a PCI device, such as 0000:01:00.0",
				  bdf);
	device = kf_alloc(ctx, NULL, 1, sizeof(*device));
	if (!device)
		return kf_no_memory(&ctx->reason, OPEN);
	err = kf_tsm_hold(ctx, bdf, device);
	if (!err) {
		*ret_device = device;
		return 0;
	}
	free(device);
	return open_failed(ctx, bdf, err);
}

KVMFEAT_EXPORT void kvmfeat_tsm_device_free(struct kvmfeat_tsm_device *device)
{
	if (!device)
		return;
	kf_close(device->ctx, device->fd);
	free(device);
}

KVMFEAT_EXPORT int kvmfeat_tsm_device_get_status(struct kvmfeat_tsm_device *device,
						 struct kvmfeat_tsm_status *ret_status)
{
	struct kvmfeat_ctx *ctx = device->ctx;
	struct kf_tsm_look look;
	int err;

	err = kf_result_check(&ctx->reason, LOOK, "kvmfeat_tsm_status", ret_status,
			      STATUS_MIN_SIZE);
	if (!err)
		err = kf_tsm_look(device, LOOK, &look);
	if (err)
		return err;
	if (!look.served)
		look.status.why =
			kf_tsm_why_unserved(device, KVMFEAT_TSM_MODE_UNKNOWN, look.status.reason,
					    sizeof(look.status.reason));
	return kf_result_copy(ret_status, ret_status->size, &look.status, sizeof(look.status),
			      STATUS_MIN_SIZE);
}

KVMFEAT_EXPORT int kvmfeat_tsm_device_get_bars(struct kvmfeat_tsm_device *device,
					       struct kvmfeat_tdisp_device *ret_bars)
{
	static const char resource[] = "resource";
	struct kvmfeat_ctx *ctx = device->ctx;
	char text[4096];
	int fd = kf_open_at(ctx, device->fd, resource, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	ssize_t len = fd < 0 ? fd : kf_read_fd(ctx, fd, text, sizeof(text));

	kf_close(ctx, fd);
	if (len < 0)
		return kf_tsm_attr_failed(device, "read the BARs of a device", resource, (int)len);
	return kvmfeat_tdisp_decode_bars(ctx, text, (size_t)len, ret_bars);
}

KVMFEAT_EXPORT const char *kvmfeat_tsm_mode_name(enum kvmfeat_tsm_mode mode)
{
	static const char *const names[] = {
		[KVMFEAT_TSM_MODE_UNKNOWN] = "unknown",
		[KVMFEAT_TSM_MODE_NONE] = "none",
		[KVMFEAT_TSM_MODE_LINK] = "link",
		[KVMFEAT_TSM_MODE_DEVSEC] = "devsec",
	};

	return (size_t)mode < KF_ARRAY_SIZE(names) ? names[mode] : "unknown";
}

KVMFEAT_EXPORT const char *kvmfeat_tsm_state_name(enum kvmfeat_tsm_state state)
{
	static const char *const names[] = {
		[KVMFEAT_TSM_STATE_UNKNOWN] = "unknown",
		[KVMFEAT_TSM_STATE_IDLE] = "idle",
		[KVMFEAT_TSM_STATE_CONNECTED] = "connected",
		[KVMFEAT_TSM_STATE_BOUND] = "bound",
		[KVMFEAT_TSM_STATE_LOCKED] = "locked",
		[KVMFEAT_TSM_STATE_ACCEPTED] = "accepted",
	};

	return (size_t)state < KF_ARRAY_SIZE(names) ? names[state] : "unknown";
}
