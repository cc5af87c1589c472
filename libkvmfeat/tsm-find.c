// SPDX-License-Identifier: LGPL-2.1-or-later
/* The TSMs of a host: how many, of which mode, and which one a call without a name means. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "tsm-private.h"

/* The first Linux with class tsm, as in features.c. */
#define SINCE "6.19"

/* A search in the making. */
struct search {
	struct kvmfeat_ctx *ctx;
	enum kvmfeat_tsm_mode mode;
	const char *name;
	struct kf_tsm_found *found;
};

bool kf_tsm_is_denied(int err)
{
	return err == -EACCES || err == -EPERM;
}

enum kvmfeat_why kf_tsm_why_of(int err)
{
	return kf_tsm_is_denied(err) ? KVMFEAT_WHY_PERMISSION : KVMFEAT_WHY_NOT_VISIBLE;
}

int kf_tsm_dir_failed(struct kvmfeat_ctx *ctx, const char *operation, const char *path, int err)
{
	char object[KF_TSM_PATH];

	snprintf(object, sizeof(object), "/%s", path);
	return kf_fail(
		&ctx->reason,
		&(struct kf_fault){ .error = err,
				    .origin = KVMFEAT_ORIGIN_KERNEL,
				    .why = kf_tsm_why_of(err),
				    .operation = operation,
				    .object = object,
				    .remedy = err == -ENOENT ? "mount sysfs on /sys" : NULL },
		"%s cannot be read: %s", object, kf_errno_text(err));
}

int kf_tsm_read_mode(struct kvmfeat_ctx *ctx, const char *name, enum kvmfeat_tsm_mode *ret_mode)
{
	char path[KF_TSM_PATH], text[16];
	ssize_t len;

	snprintf(path, sizeof(path), KF_TSM_CLASS "/%s/pci_mode", name);
	len = kf_read_file(ctx, path, text, sizeof(text));
	*ret_mode = len < 0 ? KVMFEAT_TSM_MODE_UNKNOWN : kf_tsm_decode_mode(text);
	if (len < 0)
		return (int)len;
	return *ret_mode == KVMFEAT_TSM_MODE_UNKNOWN ? -EBADMSG : 0;
}

static void add_fitting(struct kf_tsm_found *found, const char *name)
{
	const size_t used = strlen(found->names);

	snprintf(found->names + used, sizeof(found->names) - used, "%s%s", used ? ", " : "", name);
	if (!found->fitting++)
		snprintf(found->first, sizeof(found->first), "%s", name);
}

static int visit(void *data, const char *name)
{
	struct search *search = data;
	struct kf_tsm_found *found = search->found;
	enum kvmfeat_tsm_mode mode;

	if (!kf_tsm_is_name(name))
		return 0;
	found->tells_mode |= kf_tsm_read_mode(search->ctx, name, &mode) != -ENOENT;
	found->count++;
	if (search->name && !strcmp(name, search->name)) {
		found->has_named = true;
		found->named_mode = mode;
	}
	if (mode == search->mode || mode == KVMFEAT_TSM_MODE_UNKNOWN ||
	    search->mode == KVMFEAT_TSM_MODE_UNKNOWN)
		add_fitting(found, name);
	return 0;
}

int kf_tsm_find(struct kvmfeat_ctx *ctx, const char *operation, enum kvmfeat_tsm_mode mode,
		const char *name, struct kf_tsm_found *ret_found)
{
	struct search search = { .ctx = ctx, .mode = mode, .name = name, .found = ret_found };
	int err, fd = kf_open(ctx, KF_TSM_CLASS, O_RDONLY | O_DIRECTORY);

	*ret_found = (struct kf_tsm_found){ .has_class = fd >= 0 };
	if (fd == -ENOENT && kf_exists(ctx, "sys/devices") == 1)
		return 0;
	if (fd < 0)
		return kf_tsm_dir_failed(ctx, operation, KF_TSM_CLASS, fd);
	err = kf_for_each_entry(ctx, fd, visit, &search);
	kf_close(ctx, fd);
	return err ? kf_tsm_dir_failed(ctx, operation, KF_TSM_CLASS, err) : 0;
}

enum kvmfeat_why kf_tsm_why_none(const struct kvmfeat_ctx *ctx, const struct kf_tsm_found *found,
				 char *buf, size_t size)
{
	if (found->has_class) {
		snprintf(buf, size, "no TSM has registered");
		return KVMFEAT_WHY_HARDWARE;
	}
	if (kf_older(ctx->release, SINCE)) {
		snprintf(buf, size, "Linux " SINCE " has TSMs first, this kernel is %s",
			 ctx->release);
		return KVMFEAT_WHY_KERNEL_VERSION;
	}
	snprintf(buf, size, "this kernel (%s) was built without TSMs (CONFIG_PCI_TSM)",
		 ctx->release);
	return KVMFEAT_WHY_KERNEL_CONFIG;
}
