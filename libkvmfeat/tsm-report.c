// SPDX-License-Identifier: LGPL-2.1-or-later
/* The device interface report of a locked device: reading one whole, and whether to believe it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tsm-private.h"

#define READ "read the report of a device"
#define ATTRIBUTE "tsm/report"
/* The members of struct kvmfeat_tsm_report in release 1.0. */
#define REPORT_MIN_SIZE sizeof(struct kvmfeat_tsm_report)
/* Only who locks and unlocks it all the time makes a device show another one each time. */
#define TRIES 8
#define FIRST_SIZE 4096

static int not_shown(struct kvmfeat_tsm_device *device, const char *operation)
{
	struct kvmfeat_ctx *ctx = device->ctx;
	struct kf_fault fault = {
		.error = -EOPNOTSUPP,
		.operation = operation,
		.object = device->bdf,
	};
	char reason[KVMFEAT_TSM_REASON_SIZE];
	struct kf_tsm_text lock;

	if (kf_tsm_is_gone(device))
		return kf_tsm_gone(device, operation);
	kf_tsm_read_attr(device, KF_TSM_LOCK, &lock);
	if (lock.there) {
		fault.why = KVMFEAT_WHY_KERNEL_VERSION;
		return kf_fail(&ctx->reason, &fault,
			       "this kernel (%s) does not show the report of %s", ctx->release,
			       device->bdf);
	}
	fault.why = kf_tsm_why_unserved(device, KVMFEAT_TSM_MODE_DEVSEC, reason, sizeof(reason));
	return kf_fail(&ctx->reason, &fault, "%s shows no report: %s", device->bdf, reason);
}

static int read_failed(struct kvmfeat_tsm_device *device, const char *operation, int err)
{
	if (err == -ENOENT || err == -ENODEV)
		return not_shown(device, operation);
	if (err != -ENXIO || kf_tsm_is_gone(device))
		return kf_tsm_attr_failed(device, operation, ATTRIBUTE, err);
	return kf_fail(&device->ctx->reason,
		       &(struct kf_fault){ .error = err,
					   .origin = KVMFEAT_ORIGIN_KERNEL,
					   .operation = operation,
					   .object = device->bdf,
					   .remedy = "lock it" },
		       "%s has no report: it is not locked", device->bdf);
}

/* The bytes of an attribute, or -ENOSPC when there are more than @size. */
static ssize_t read_bytes(struct kvmfeat_tsm_device *device, void *buf, size_t size)
{
	const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY;
	struct kvmfeat_ctx *ctx = device->ctx;
	int fd = kf_open_at(ctx, device->fd, ATTRIBUTE, flags);
	ssize_t len, more = 0;
	char byte;

	if (fd < 0)
		return fd;
	len = kf_read_fd(ctx, fd, buf, size);
	if (len == (ssize_t)size)
		more = kf_read_fd(ctx, fd, &byte, 1);
	kf_close(ctx, fd);
	return more < 0 ? more : more ? -ENOSPC : len;
}

static int read_generation(struct kvmfeat_tsm_device *device, const char *operation,
			   struct kf_tsm_text *ret_text)
{
	kf_tsm_read_attr(device, KF_TSM_GENERATION, ret_text);
	return ret_text->err ?
		       kf_tsm_attr_failed(device, operation, kf_tsm_attr_path(KF_TSM_GENERATION),
					  ret_text->err) :
		       0;
}

/* -ENOSPC without a reason, others with one; 1: another report came meanwhile. */
static int read_once(struct kvmfeat_tsm_device *device, const char *operation, void *buf,
		     size_t size, struct kvmfeat_tsm_report *report)
{
	struct kf_tsm_text before, after;
	int err = read_generation(device, operation, &before);
	ssize_t len;

	if (err)
		return err;
	len = read_bytes(device, buf, size);
	if (len == -ENOSPC)
		return (int)len;
	if (len < 0)
		return read_failed(device, operation, (int)len);
	err = read_generation(device, operation, &after);
	if (err)
		return err;
	if (strcmp(before.text, after.text) != 0)
		return 1;
	report->bytes = (size_t)len;
	kf_tsm_decode_generation(after.text, &report->has_generation, &report->generation);
	return 0;
}

/* The same until it is one report. */
static int read_whole(struct kvmfeat_tsm_device *device, const char *operation, void *buf,
		      size_t size, struct kvmfeat_tsm_report *report)
{
	int err = 1;

	for (int i = 0; err == 1 && i < TRIES; i++)
		err = read_once(device, operation, buf, size, report);
	if (err != 1)
		return err;
	return kf_fail(&device->ctx->reason,
		       &(struct kf_fault){ .error = -EAGAIN,
					   .why = KVMFEAT_WHY_BUSY,
					   .operation = operation,
					   .object = device->bdf },
		       "the report of %s was another one each of %d times that it was read",
		       device->bdf, TRIES);
}

static int too_long(struct kvmfeat_tsm_device *device, const char *operation, size_t size)
{
	char value[24];

	snprintf(value, sizeof(value), "%zu", size);
	return kf_fail(&device->ctx->reason,
		       &(struct kf_fault){ .error = -ENOSPC,
					   .operation = operation,
					   .object = device->bdf,
					   .value = value },
		       "the report of %s has more than %zu bytes", device->bdf, size);
}

KVMFEAT_EXPORT int kvmfeat_tsm_device_read_report(struct kvmfeat_tsm_device *device, void *buf,
						  size_t size,
						  struct kvmfeat_tsm_report *ret_report)
{
	struct kvmfeat_tsm_report report = { 0 };
	int err = kf_result_check(&device->ctx->reason, READ, "kvmfeat_tsm_report", ret_report,
				  REPORT_MIN_SIZE);

	if (!err)
		err = read_whole(device, READ, buf, size, &report);
	if (err)
		return err == -ENOSPC ? too_long(device, READ, size) : err;
	return kf_result_copy(ret_report, ret_report->size, &report, sizeof(report),
			      REPORT_MIN_SIZE);
}

int kf_tsm_load_report(struct kvmfeat_tsm_device *device, const char *operation, void **ret_bytes,
		       struct kvmfeat_tsm_report *ret_report)
{
	struct kvmfeat_ctx *ctx = device->ctx;
	struct kvmfeat_tsm_report report = { .size = sizeof(report) };
	void *bytes = NULL, *grown;
	int err = -ENOSPC;

	for (size_t size = FIRST_SIZE; err == -ENOSPC && size <= KVMFEAT_TDISP_SIZE_MAX;
	     size *= 2) {
		grown = kf_alloc(ctx, bytes, size, 1);
		if (!grown) {
			err = kf_no_memory(&ctx->reason, operation);
			break;
		}
		bytes = grown;
		err = read_whole(device, operation, bytes, size, &report);
	}
	if (err) {
		free(bytes);
		return err == -ENOSPC ? too_long(device, operation, KVMFEAT_TDISP_SIZE_MAX) : err;
	}
	*ret_bytes = bytes;
	*ret_report = report;
	return 0;
}

int kf_tsm_check_report(struct kvmfeat_tsm_device *device, const char *operation, const void *bytes,
			size_t size)
{
	struct kvmfeat_tdisp_device bars = { .size = sizeof(bars) };
	struct kvmfeat_tdisp_finding fault;
	char range[32] = "";
	int err = kvmfeat_tsm_device_get_bars(device, &bars);

	if (!err)
		err = kf_tdisp_find_fault(device->ctx, bytes, size, &bars, &fault);
	if (err || !fault.rule)
		return err;
	if (fault.has_range)
		snprintf(range, sizeof(range), " for range %u", fault.range);
	return kf_fail(
		&device->ctx->reason,
		&(struct kf_fault){ .error = -EBADMSG,
				    .operation = operation,
				    .object = device->bdf,
				    .value = fault.rule->id },
		"the report of %s must not be believed: %s %s%s (%s)", device->bdf, fault.rule->id,
		fault.verdict == KVMFEAT_TDISP_REFUSED ? "does not hold" : "cannot be checked",
		range, fault.rule->text);
}
