// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which descriptors are one open file. All VMs share one anonymous inode, so that only
 * kcmp(2) tells a dup or an inherited descriptor from a second VM.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"

enum { SAME = 0, LOWER = 1, HIGHER = 2 }; /* answers of kcmp(2); 3: different */

struct apart {
	struct kvmfeat_ctx *ctx;
	struct kf_held_fd *fds;
	size_t count;
	size_t *files; /* the first descriptor of each open file, in the kernel's order */
	size_t file_count;
};

int kf_still_held(struct kvmfeat_ctx *ctx, const struct kf_held_fd *fd)
{
	char path[32], name[16], link[KF_PROC_LINK];
	ssize_t len;
	long id;
	int dir;

	snprintf(path, sizeof(path), "proc/%d/fd", (int)fd->pid);
	snprintf(name, sizeof(name), "%d", fd->fd);
	dir = kf_open(ctx, path, O_RDONLY | O_DIRECTORY);
	len = dir < 0 ? dir : ctx->sys->readlink(ctx->sys, dir, name, link, sizeof(link) - 1);
	kf_close(ctx, dir);
	if (len == -ENOENT || len == -ESRCH || len == -EINVAL)
		return 0;
	if (len < 0)
		return (int)len;
	link[len] = '\0';
	return kf_proc_decode_kvm_link(link, &id) && id == fd->id;
}

static int compare(struct kvmfeat_ctx *ctx, const struct kf_held_fd *a, const struct kf_held_fd *b)
{
	return ctx->sys->kcmp_file(ctx->sys, a->pid, b->pid, a->fd, b->fd);
}

/* Whether the kernel compares a descriptor at all, if only to itself. */
static void check(struct kvmfeat_ctx *ctx, struct kf_held_fd *fd)
{
	if (compare(ctx, fd, fd) == SAME)
		return;
	fd->gone = kf_still_held(ctx, fd) == 0;
	fd->opaque = !fd->gone;
}

/* Without an order each known file must be asked for. Returns as find() does. */
static int find_unordered(struct apart *apart, size_t index, size_t *ret_place, size_t *ret_other)
{
	for (size_t i = 0; i < apart->file_count; i++) {
		int order;

		*ret_other = apart->files[i];
		order = compare(apart->ctx, &apart->fds[index], &apart->fds[*ret_other]);
		if (order < 0)
			return order;
		if (order == SAME)
			return 1;
	}
	*ret_place = apart->file_count;
	return 0;
}

/*
 * Looks for the open file of a descriptor among the known ones: 1 when it is that of
 * @ret_other, 0 when it is new and belongs to @ret_place, or the error of comparing it
 * with @ret_other.
 */
static int find(struct apart *apart, size_t index, size_t *ret_place, size_t *ret_other)
{
	size_t low = 0, high = apart->file_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order;

		*ret_other = apart->files[middle];
		order = compare(apart->ctx, &apart->fds[index], &apart->fds[*ret_other]);
		if (order < 0)
			return order;
		if (order == SAME)
			return 1;
		if (order == LOWER)
			high = middle;
		else if (order == HIGHER)
			low = middle + 1;
		else
			return find_unordered(apart, index, ret_place, ret_other);
	}
	*ret_place = low;
	return 0;
}

/* Sets @same of all descriptors; false when it must start again without one of them. */
static bool sort_out(struct apart *apart)
{
	apart->file_count = 0;
	for (size_t i = 0; i < apart->count; i++) {
		struct kf_held_fd *fd = &apart->fds[i];
		size_t place = 0, other = i;
		int found;

		if (fd->gone || fd->opaque)
			continue;
		found = find(apart, i, &place, &other);
		if (found < 0) {
			struct kf_held_fd *against = &apart->fds[other];

			check(apart->ctx, fd);
			check(apart->ctx, against);
			/* Each is comparable, the two are not (an LSM's doing). */
			if (!fd->gone && !against->gone && !against->opaque)
				fd->opaque = true;
			return false;
		}
		fd->same = found ? other : i;
		if (found)
			continue;
		for (size_t j = apart->file_count++; j > place; j--)
			apart->files[j] = apart->files[j - 1];
		apart->files[place] = i;
	}
	return true;
}

/* Permission is the process's: when one of its descriptors is opaque, all of them are. */
static void spread_opaque(struct kf_held_fd *fds, size_t count)
{
	size_t end;

	for (size_t start = 0; start < count; start = end) {
		bool opaque = false;

		for (end = start; end < count && fds[end].pid == fds[start].pid; end++)
			opaque |= fds[end].opaque;
		for (size_t i = start; i < end; i++)
			fds[i].opaque = opaque;
	}
}

int kf_tell_files_apart(struct kvmfeat_ctx *ctx, enum kf_proc_kind proc, struct kf_held_fd *fds,
			size_t count)
{
	struct apart apart = { .ctx = ctx, .fds = fds, .count = count };

	if (count == 1)
		fds[0].same = 0;
	if (count < 2)
		return 0;
	for (size_t i = 0; i < count; i++)
		fds[i].opaque = proc != KF_PROC_OWN;
	if (proc != KF_PROC_OWN)
		return 0; /* kcmp(2) would compare files of other processes */
	apart.files = kf_alloc(apart.ctx, NULL, count, sizeof(*apart.files));
	if (!apart.files)
		return kf_no_memory(&ctx->reason, "tell open files apart");
	for (size_t i = 0; i < count; i++)
		check(ctx, &fds[i]);
	do
		spread_opaque(fds, count);
	while (!sort_out(&apart));
	free(apart.files);
	return 0;
}
