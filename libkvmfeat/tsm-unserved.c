// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Why a device has no tsm/, or not the attribute that an operation needs. The kernel does not say;
 * what can be told apart is: no TSM, none of that mode, or a device that none serves (group_visible
 * of drivers/pci/tsm.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "tsm-private.h"

/* Root reads all of it, others what is before the capabilities. */
static enum kf_tsm_tee find_tee(struct kvmfeat_tsm_device *device)
{
	const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY;
	struct kvmfeat_ctx *ctx = device->ctx;
	int fd = kf_open_at(ctx, device->fd, "config", flags);
	uint8_t config[256] = { 0 };
	ssize_t len = fd < 0 ? fd : kf_read_fd(ctx, fd, (char *)config, sizeof(config));

	kf_close(ctx, fd);
	return len < 0 ? KF_TSM_TEE_UNKNOWN : kf_tsm_decode_tee(config, (size_t)len);
}

/* There are TSMs, and none of the mode. */
static enum kvmfeat_why lacks_mode(const struct kvmfeat_ctx *ctx, enum kvmfeat_tsm_mode mode,
				   bool tells_mode, char *buf, size_t size)
{
	const bool is_guest = mode == KVMFEAT_TSM_MODE_DEVSEC;

	/* Linux 7.3 has neither pci_mode nor a way to lock. */
	if (is_guest && !tells_mode) {
		snprintf(buf, size,
			 "no Linux release lets a guest lock devices, this kernel (%s) neither",
			 ctx->release);
		return KVMFEAT_WHY_KERNEL_VERSION;
	}
	snprintf(buf, size, "no TSM of a %s has registered", is_guest ? "guest" : "host");
	return KVMFEAT_WHY_HARDWARE;
}

static enum kvmfeat_why is_passed_over(struct kvmfeat_tsm_device *device,
				       enum kvmfeat_tsm_mode mode, char *buf, size_t size)
{
	const char *kind = mode == KVMFEAT_TSM_MODE_UNKNOWN ? "" :
			   mode == KVMFEAT_TSM_MODE_LINK    ? " of a host" :
							      " of a guest";

	switch (find_tee(device)) {
	case KF_TSM_TEE_NO:
		snprintf(buf, size, "no TSM%s serves it: it has no TEE-IO capability", kind);
		return KVMFEAT_WHY_HARDWARE;
	case KF_TSM_TEE_YES:
		snprintf(buf, size, "no TSM%s serves it, although it has the TEE-IO capability%s",
			 kind,
			 mode == KVMFEAT_TSM_MODE_DEVSEC ?
				 "" :
				 ": a host connects a device by its function 0");
		return KVMFEAT_WHY_NOT_VISIBLE;
	default:
		snprintf(buf, size,
			 "no TSM%s serves it; whether it has the TEE-IO capability may not be read",
			 kind);
		return KVMFEAT_WHY_NOT_VISIBLE;
	}
}

enum kvmfeat_why kf_tsm_why_unserved(struct kvmfeat_tsm_device *device, enum kvmfeat_tsm_mode mode,
				     char *buf, size_t size)
{
	struct kvmfeat_ctx *ctx = device->ctx;
	const struct kf_reason kept = ctx->reason;
	struct kf_tsm_found found;
	int err = kf_tsm_find(ctx, "look for TSMs", mode, NULL, &found);

	if (err) {
		snprintf(buf, size, "no TSM serves it: %s", ctx->reason.reason);
		ctx->reason = kept;
		return kf_tsm_why_of(err);
	}
	if (!found.count)
		return kf_tsm_why_none(ctx, &found, buf, size);
	if (!found.fitting || (mode == KVMFEAT_TSM_MODE_DEVSEC && !found.tells_mode))
		return lacks_mode(ctx, mode, found.tells_mode, buf, size);
	return is_passed_over(device, mode, buf, size);
}
