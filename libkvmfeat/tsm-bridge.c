// SPDX-License-Identifier: LGPL-2.1-or-later
/* Host bridges and the IDE streams that they have in use: drivers/pci/ide.c. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "decimal.h"
#include "tsm-list.h"

#define BUSES "sys/class/pci_bus"

/* One host bridge, with its directory. */
struct looking {
	struct kf_tsm_loading *l;
	struct kf_tsm_bridge *bridge;
	const char *path;
};

/* Where a symbolic link leads; false when it cannot be read. */
static bool read_link(struct kvmfeat_ctx *ctx, const char *dir, const char *name, char *buf,
		      size_t size)
{
	int fd = kf_open(ctx, dir, O_PATH | O_DIRECTORY);
	ssize_t len;

	if (fd < 0)
		return false;
	len = ctx->sys->readlink(ctx->sys, fd, name, buf, size - 1);
	kf_close(ctx, fd);
	buf[len < 0 ? 0 : len] = '\0';
	return len >= 0;
}

static int visit_stream(void *data, const char *name)
{
	struct looking *looking = data;
	struct kf_tsm_loading *l = looking->l;
	struct kf_tsm_stream *stream;
	struct kvmfeat_tsm_stream decoded = { .bridge = looking->bridge->name };
	char link[512];
	const char *device;

	if (!kf_tsm_decode_stream(name, &decoded))
		return 0;
	stream = kf_tsm_append(l->ctx, &l->list->streams, sizeof(*stream));
	if (!stream)
		return -ENOMEM;
	stream->stream = decoded;
	snprintf(stream->name, sizeof(stream->name), "%s", name);
	stream->stream.name = stream->name;
	looking->bridge->bridge.streams++;
	if (!read_link(l->ctx, looking->path, name, link, sizeof(link)))
		return 0;
	device = kf_tsm_last_part(link);
	if (!kf_tsm_is_bdf(device))
		return 0;
	strcpy(stream->device, device);
	stream->stream.device = stream->device;
	return 0;
}

/* How many streams are left; -ENOENT: the bridge has none at all. */
static int read_available(struct kvmfeat_ctx *ctx, const char *dir, int *ret_available)
{
	char path[PATH_MAX], text[32];
	const char *end = text;
	uint64_t number;
	ssize_t len;

	snprintf(path, sizeof(path), "%s/available_secure_streams", dir);
	len = kf_read_file(ctx, path, text, sizeof(text));
	if (len < 0)
		return (int)len;
	if (!kf_decimal(&end, INT_MAX, &number) || *end)
		return -EBADMSG;
	*ret_available = (int)number;
	return 0;
}

static int add_bridge(struct kf_tsm_loading *l, const char *bus)
{
	char path[KF_TSM_PATH];
	struct kf_tsm_bridge *bridge;
	struct looking looking = { .l = l, .path = path };
	int available = -1, err;

	snprintf(path, sizeof(path), BUSES "/%s/../..", bus);
	err = read_available(l->ctx, path, &available);
	if (err == -ENOENT)
		return 0;
	bridge = kf_tsm_append(l->ctx, &l->list->bridges, sizeof(*bridge));
	if (!bridge)
		return -ENOMEM;
	snprintf(bridge->name, sizeof(bridge->name), "pci%s", bus);
	bridge->bridge.name = bridge->name;
	bridge->bridge.available = available;
	if (err) {
		snprintf(bridge->reason, sizeof(bridge->reason),
			 "available_secure_streams of %s cannot be read: %s", bridge->name,
			 kf_errno_text(err));
		bridge->bridge.reason = bridge->reason;
		bridge->bridge.why = kf_tsm_why_of(err);
	}
	looking.bridge = bridge;
	err = kf_tsm_visit_dir(l->ctx, path, visit_stream, &looking);
	return err == -ENOENT ? 0 : err;
}

/* The device above a root bus is its host bridge, wherever that hangs in the tree. */
static int visit_bus(void *data, const char *name)
{
	struct kf_tsm_loading *l = data;
	char link[512];

	if (!read_link(l->ctx, BUSES, name, link, sizeof(link)) || !kf_tsm_is_root_bus(name, link))
		return 0;
	return add_bridge(l, name);
}

static int by_name(const void *a, const void *b)
{
	const struct kf_tsm_bridge *x = *(struct kf_tsm_bridge *const *)a;
	const struct kf_tsm_bridge *y = *(struct kf_tsm_bridge *const *)b;

	return kf_tsm_compare_names(x->name, y->name);
}

static int by_numbers(const void *a, const void *b)
{
	const struct kf_tsm_stream *x = *(struct kf_tsm_stream *const *)a;
	const struct kf_tsm_stream *y = *(struct kf_tsm_stream *const *)b;
	const unsigned int numbers[][2] = {
		{ x->stream.host_bridge_slot, y->stream.host_bridge_slot },
		{ x->stream.root_port_block, y->stream.root_port_block },
		{ x->stream.endpoint_block, y->stream.endpoint_block },
	};
	const int order = kf_tsm_compare_names(x->stream.bridge, y->stream.bridge);

	for (size_t i = 0; !order && i < KF_ARRAY_SIZE(numbers); i++)
		if (numbers[i][0] != numbers[i][1])
			return numbers[i][0] < numbers[i][1] ? -1 : 1;
	return order;
}

int kf_tsm_load_bridges(struct kf_tsm_loading *l)
{
	int err = kf_tsm_visit_dir(l->ctx, BUSES, visit_bus, l);

	if (err && err != -ENOENT)
		return err;
	kf_tsm_sort(&l->list->bridges, by_name);
	kf_tsm_sort(&l->list->streams, by_numbers);
	return 0;
}
