// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The TSMs of a host and the devices that they serve, as they are now. Host bridges and their
 * streams are in tsm-bridge.c.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tsm-list.h"

struct tsm {
	struct kvmfeat_tsm tsm;
	char name[KVMFEAT_TSM_NAME_SIZE];
	char reason[KVMFEAT_TSM_REASON_SIZE];
};

void *kf_tsm_append(struct kvmfeat_ctx *ctx, struct kf_tsm_items *items, size_t size)
{
	void *item;

	if (items->count == items->room) {
		const size_t room = items->room ? 2 * items->room : 4;
		void **grown = kf_alloc(ctx, items->items, room, sizeof(*grown));

		if (!grown)
			goto no_memory;
		items->items = grown;
		items->room = room;
	}
	item = kf_alloc(ctx, NULL, 1, size);
	if (!item)
		goto no_memory;
	items->items[items->count++] = item;
	return item;
no_memory:
	kf_no_memory(&ctx->reason, KF_TSM_LIST);
	return NULL;
}

static void free_items(struct kf_tsm_items *items)
{
	for (size_t i = 0; i < items->count; i++)
		free(items->items[i]);
	free(items->items);
}

static void *item_at(const struct kf_tsm_items *items, size_t index)
{
	return index < items->count ? items->items[index] : NULL;
}

static int by_tsm(const void *a, const void *b)
{
	const struct tsm *x = *(struct tsm *const *)a, *y = *(struct tsm *const *)b;

	return kf_tsm_compare_names(x->name, y->name);
}

static int by_bdf(const void *a, const void *b)
{
	const struct kvmfeat_tsm_status *x = *(struct kvmfeat_tsm_status *const *)a;
	const struct kvmfeat_tsm_status *y = *(struct kvmfeat_tsm_status *const *)b;

	return kf_tsm_compare_names(x->bdf, y->bdf);
}

void kf_tsm_sort(struct kf_tsm_items *items, int (*compare)(const void *a, const void *b))
{
	if (items->count)
		qsort(items->items, items->count, sizeof(items->items[0]), compare);
}

int kf_tsm_visit_dir(struct kvmfeat_ctx *ctx, const char *path,
		     int (*visit)(void *data, const char *name), void *data)
{
	int err, fd = kf_open(ctx, path, O_RDONLY | O_DIRECTORY);

	if (fd < 0)
		return fd == -ENOENT ? fd : kf_tsm_dir_failed(ctx, KF_TSM_LIST, path, fd);
	err = kf_for_each_entry(ctx, fd, visit, data);
	kf_close(ctx, fd);
	/* A visitor fails for want of memory only, and says so itself. */
	return err && err != -ENOMEM ? kf_tsm_dir_failed(ctx, KF_TSM_LIST, path, err) : err;
}

static int visit_tsm(void *data, const char *name)
{
	struct kf_tsm_loading *l = data;
	struct tsm *tsm;
	int err;

	if (!kf_tsm_is_name(name))
		return 0;
	tsm = kf_tsm_append(l->ctx, &l->list->tsms, sizeof(*tsm));
	if (!tsm)
		return -ENOMEM;
	snprintf(tsm->name, sizeof(tsm->name), "%s", name);
	tsm->tsm.name = tsm->name;
	err = kf_tsm_read_mode(l->ctx, name, &tsm->tsm.mode);
	if (!err)
		return 0;
	tsm->tsm.reason = tsm->reason;
	tsm->tsm.why = err == -ENOENT ? KVMFEAT_WHY_KERNEL_VERSION : kf_tsm_why_of(err);
	if (err == -ENOENT)
		snprintf(tsm->reason, sizeof(tsm->reason),
			 "this kernel (%s) does not tell the mode of a TSM (pci_mode)",
			 l->ctx->release);
	else
		snprintf(tsm->reason, sizeof(tsm->reason),
			 "/" KF_TSM_CLASS "/%s/pci_mode cannot be read: %s", name,
			 kf_errno_text(err));
	return 0;
}

/* A device that no TSM serves is passed over, and so is one that is gone meanwhile. */
static int visit_device(void *data, const char *name)
{
	struct kf_tsm_loading *l = data;
	struct kvmfeat_tsm_status *status;
	struct kvmfeat_tsm_device device;
	struct kf_tsm_look look;
	int fd;

	if (!kf_tsm_is_bdf(name)) {
		kf_log(&l->ctx->log, KVMFEAT_LOG_WARN,
		       "/" KF_TSM_DEVICES "/%.32s is passed over: no name of a PCI device", name);
		return 0;
	}
	if (kf_tsm_hold(l->ctx, name, &device))
		return 0;
	fd = kf_open_at(l->ctx, device.fd, "tsm", O_PATH);
	kf_close(l->ctx, fd);
	if (fd == -ENOENT || kf_tsm_look(&device, KF_TSM_LIST, &look)) {
		kf_close(l->ctx, device.fd);
		return 0;
	}
	kf_close(l->ctx, device.fd);
	status = kf_tsm_append(l->ctx, &l->list->devices, sizeof(*status));
	if (!status)
		return -ENOMEM;
	*status = look.status;
	return 0;
}

/*
 * Where the kernel does not tell the mode of the only TSM, the devices do: an attribute is there
 * while a TSM of its mode is.
 */
static void tell_mode_by_devices(struct kvmfeat_tsm_list *list)
{
	struct kvmfeat_tsm *tsm;
	bool link = false, devsec = false;

	if (list->tsms.count != 1)
		return;
	tsm = &((struct tsm *)list->tsms.items[0])->tsm;
	for (size_t i = 0; i < list->devices.count; i++) {
		const struct kvmfeat_tsm_status *status = list->devices.items[i];

		link |= status->can_connect;
		devsec |= status->can_lock;
	}
	if (tsm->mode != KVMFEAT_TSM_MODE_UNKNOWN || link == devsec)
		return;
	tsm->mode = link ? KVMFEAT_TSM_MODE_LINK : KVMFEAT_TSM_MODE_DEVSEC;
	tsm->reason = NULL;
	tsm->why = KVMFEAT_WHY_NONE;
}

/* Without TSMs a kernel has no such class, without PCI no such bus. */
static int load(struct kf_tsm_loading *l)
{
	struct kvmfeat_tsm_list *list = l->list;
	struct kf_tsm_found none = { .has_class = true };
	int err = kf_tsm_visit_dir(l->ctx, KF_TSM_CLASS, visit_tsm, l);

	if (err == -ENOENT) {
		none.has_class = false;
		if (kf_exists(l->ctx, "sys/devices") != 1)
			return kf_tsm_dir_failed(l->ctx, KF_TSM_LIST, KF_TSM_CLASS, err);
	} else if (err) {
		return err;
	}
	if (!list->tsms.count)
		list->why = kf_tsm_why_none(l->ctx, &none, list->reason, sizeof(list->reason));
	err = kf_tsm_visit_dir(l->ctx, KF_TSM_DEVICES, visit_device, l);
	if (!err || err == -ENOENT)
		err = kf_tsm_load_bridges(l);
	if (err)
		return err;
	kf_tsm_sort(&list->tsms, by_tsm);
	kf_tsm_sort(&list->devices, by_bdf);
	tell_mode_by_devices(list);
	return 0;
}

KVMFEAT_EXPORT int kvmfeat_tsm_list_load(struct kvmfeat_ctx *ctx,
					 struct kvmfeat_tsm_list **ret_list)
{
	struct kf_tsm_loading l = { .ctx = ctx };
	int err;

	l.list = kf_alloc(ctx, NULL, 1, sizeof(*l.list));
	if (!l.list)
		return kf_no_memory(&ctx->reason, KF_TSM_LIST);
	err = load(&l);
	if (err)
		kvmfeat_tsm_list_free(l.list);
	else
		*ret_list = l.list;
	return err;
}

KVMFEAT_EXPORT const char *kvmfeat_tsm_list_reason(const struct kvmfeat_tsm_list *list,
						   enum kvmfeat_why *ret_why)
{
	if (ret_why)
		*ret_why = list->why;
	return *list->reason ? list->reason : NULL;
}

KVMFEAT_EXPORT size_t kvmfeat_tsm_list_count(const struct kvmfeat_tsm_list *list)
{
	return list->tsms.count;
}

KVMFEAT_EXPORT const struct kvmfeat_tsm *kvmfeat_tsm_list_at(const struct kvmfeat_tsm_list *list,
							     size_t index)
{
	const struct tsm *tsm = item_at(&list->tsms, index);

	return tsm ? &tsm->tsm : NULL;
}

KVMFEAT_EXPORT size_t kvmfeat_tsm_list_device_count(const struct kvmfeat_tsm_list *list)
{
	return list->devices.count;
}

KVMFEAT_EXPORT const struct kvmfeat_tsm_status *kvmfeat_tsm_list_device_at(
	const struct kvmfeat_tsm_list *list, size_t index)
{
	return item_at(&list->devices, index);
}

KVMFEAT_EXPORT size_t kvmfeat_tsm_list_bridge_count(const struct kvmfeat_tsm_list *list)
{
	return list->bridges.count;
}

KVMFEAT_EXPORT const struct kvmfeat_tsm_bridge *kvmfeat_tsm_list_bridge_at(
	const struct kvmfeat_tsm_list *list, size_t index)
{
	const struct kf_tsm_bridge *bridge = item_at(&list->bridges, index);

	return bridge ? &bridge->bridge : NULL;
}

KVMFEAT_EXPORT size_t kvmfeat_tsm_list_stream_count(const struct kvmfeat_tsm_list *list)
{
	return list->streams.count;
}

KVMFEAT_EXPORT const struct kvmfeat_tsm_stream *kvmfeat_tsm_list_stream_at(
	const struct kvmfeat_tsm_list *list, size_t index)
{
	const struct kf_tsm_stream *stream = item_at(&list->streams, index);

	return stream ? &stream->stream : NULL;
}

KVMFEAT_EXPORT void kvmfeat_tsm_list_free(struct kvmfeat_tsm_list *list)
{
	if (!list)
		return;
	free_items(&list->tsms);
	free_items(&list->devices);
	free_items(&list->bridges);
	free_items(&list->streams);
	free(list);
}
