// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What is there now of all that the monitor watches, from sysfs: told after a loss. It goes on
 * where it stopped, so that each call tells one object and nothing is kept.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "monitor-private.h"

#define PATH_SIZE 384

static const struct place {
	unsigned int source;
	const char *directory;
	const char *subsystem;
	const char *needs; /* file that an object must have; NULL: none */
} places[] = {
	{ KVMFEAT_MONITOR_TSM, "sys/class/tsm", "tsm", NULL },
	{ KVMFEAT_MONITOR_PCI, "sys/bus/pci/devices", "pci", "tsm" },
	{ KVMFEAT_MONITOR_KVM, "sys/class/misc", "misc", NULL },
	{ KVMFEAT_MONITOR_MODULE, "sys/module", "module", NULL },
};

void kf_scan_begin(struct kf_scan *scan, unsigned int sources)
{
	scan->sources = sources;
	scan->place = 0;
	scan->dirfd = -1;
	scan->pos = 0;
	scan->end = 0;
	scan->lack[0] = '\0';
}

static void leave_place(struct kvmfeat_ctx *ctx, struct kf_scan *scan)
{
	kf_close(ctx, scan->dirfd);
	scan->dirfd = -1;
	scan->pos = 0;
	scan->end = 0;
}

void kf_scan_end(struct kvmfeat_ctx *ctx, struct kf_scan *scan)
{
	leave_place(ctx, scan);
	scan->place = KF_ARRAY_SIZE(places);
}

/* What went away meanwhile is no lack: its removal is told as an event. */
static void lacks(struct kf_scan *scan, const char *path, int err)
{
	if (err != -ENOENT && err != -ENOTDIR && err != -ENODEV && !scan->lack[0])
		snprintf(scan->lack, sizeof(scan->lack), "/%.200s cannot be read: %s", path,
			 kf_errno_text(err));
}

/* The name of the next entry of the present place, or NULL at its end. */
static const char *next_name(struct kvmfeat_ctx *ctx, struct kf_scan *scan,
			     const struct place *place)
{
	const struct dirent64 *entry;

	if (scan->pos == scan->end) {
		scan->pos = 0;
		scan->end = ctx->sys->getdents(ctx->sys, scan->dirfd, scan->entries,
					       sizeof(scan->entries));
		if (scan->end < 0)
			lacks(scan, place->directory, (int)scan->end);
		if (scan->end <= 0)
			return NULL;
	}
	entry = (const struct dirent64 *)(scan->entries + scan->pos);
	scan->pos += entry->d_reclen;
	return entry->d_name;
}

/* True when an object has the file that its place wants. */
static bool has_need(struct kvmfeat_ctx *ctx, struct kf_scan *scan, const struct place *place,
		     const char *name)
{
	char path[PATH_SIZE];
	int there;

	if (!place->needs)
		return true;
	snprintf(path, sizeof(path), "%s/%s/%s", place->directory, name, place->needs);
	there = kf_exists(ctx, path);
	if (there < 0)
		lacks(scan, path, there);
	return there == 1;
}

/* An entry is a link to the object, "../../devices/…", or the object's own directory. */
static bool find_devpath(struct kvmfeat_ctx *ctx, struct kf_scan *scan, const struct place *place,
			 const char *name)
{
	char link[sizeof(scan->devpath) - 1];
	ssize_t size = ctx->sys->readlink(ctx->sys, scan->dirfd, name, link, sizeof(link) - 1);
	const char *from = link;

	if (size == -EINVAL) {
		snprintf(scan->devpath, sizeof(scan->devpath), "%s/%s",
			 place->directory + strlen("sys"), name);
		return true;
	}
	if (size < 0) {
		lacks(scan, place->directory, (int)size);
		return false;
	}
	link[size] = '\0';
	while (!strncmp(from, "../", 3))
		from += 3;
	snprintf(scan->devpath, sizeof(scan->devpath), "/%s", from);
	return true;
}

/* What the kernel said last in TSM= and TSM_STATE=, from the attributes that read the same. */
static void find_tsm_state(struct kvmfeat_ctx *ctx, struct kf_scan *scan, const char *name,
			   struct kvmfeat_monitor_event *event)
{
	char path[PATH_SIZE], accepted[8];
	ssize_t size;

	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/tsm/lock", name);
	size = kf_read_file(ctx, path, scan->tsm, sizeof(scan->tsm));
	if (size < 0) {
		/* Without the file the device has no guest side. */
		lacks(scan, path, (int)size);
		return;
	}
	if (!size) {
		event->tsm_state = "unlocked";
		return;
	}
	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/tsm/accept", name);
	size = kf_read_file(ctx, path, accepted, sizeof(accepted));
	if (size < 0) {
		lacks(scan, path, (int)size);
		return;
	}
	event->tsm = scan->tsm;
	event->tsm_state = !strcmp(accepted, "1") ? "accepted" : "locked";
}

/* Fills in the next object of the present place. */
static bool next_of_place(struct kvmfeat_ctx *ctx, struct kf_scan *scan, const struct place *place,
			  struct kvmfeat_monitor_event *event)
{
	const char *name;

	while ((name = next_name(ctx, scan, place))) {
		if (name[0] == '.' || kf_uevent_source(place->subsystem, name) != place->source ||
		    !has_need(ctx, scan, place, name) || !find_devpath(ctx, scan, place, name))
			continue;
		event->source = place->source;
		event->devpath = scan->devpath;
		event->subsystem = place->subsystem;
		event->name = kf_uevent_name(scan->devpath);
		if (place->source == KVMFEAT_MONITOR_PCI)
			find_tsm_state(ctx, scan, name, event);
		return true;
	}
	return false;
}

bool kf_scan_next(struct kvmfeat_ctx *ctx, struct kf_scan *scan,
		  struct kvmfeat_monitor_event *event)
{
	for (; scan->place < KF_ARRAY_SIZE(places); scan->place++) {
		const struct place *place = &places[scan->place];

		if (!(scan->sources & place->source))
			continue;
		if (scan->dirfd < 0) {
			scan->dirfd = kf_open(ctx, place->directory, O_RDONLY | O_DIRECTORY);
			if (scan->dirfd < 0) {
				lacks(scan, place->directory, scan->dirfd);
				scan->dirfd = -1;
				continue;
			}
		}
		if (next_of_place(ctx, scan, place, event))
			return true;
		leave_place(ctx, scan);
	}
	return false;
}
