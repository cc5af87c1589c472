// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * All VMs of the host, from /proc alone: an ioctl on another process's VM answers EIO.
 * Handles around VM descriptors are in vm.c.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* A status is at most 65536 groups of 11 bytes and a few lines. */
#define STATUS_SIZE (1024 * 1024)

/* A process that holds a VM. */
struct holder {
	pid_t pid;
	char command[80];
	struct kf_proc_status status;
	int64_t age_seconds;
	unsigned int gmem_count;
	int64_t gmem_bytes;
	int vcpus;
};

struct held_fds {
	struct kf_held_fd *fds;
	size_t count;
	size_t room;
};

struct kvmfeat_vm_list {
	struct kvmfeat_vm_info *infos;
	size_t count;
	int unseen;
	/* What the entries point into: each VM descriptor needs one of each at most. */
	struct holder *holders;
	size_t holder_count;
	int *fds;
	size_t fd_count;
	pid_t *pids;
	size_t pid_count;
};

/* One run of kvmfeat_vm_list_load(). */
struct load {
	struct kvmfeat_ctx *ctx;
	enum kf_proc_kind proc;
	struct held_fds vms;
	struct held_fds vcpus;
	struct kvmfeat_vm_list *list;
	char *text;
	int64_t uptime_ticks; /* -1: unknown */
};

static int keep(struct load *load, struct held_fds *held, const struct kf_held_fd *fd)
{
	if (held->count == held->room) {
		size_t room = held->room ? 2 * held->room : 64;
		struct kf_held_fd *fds = kf_alloc(load->ctx, held->fds, room, sizeof(*fds));

		if (!fds)
			return kf_no_memory(&load->ctx->reason, "list VMs");
		held->fds = fds;
		held->room = room;
	}
	held->fds[held->count++] = *fd;
	return 0;
}

static int visit(void *data, const struct kf_proc_fd *fd)
{
	struct load *load = data;
	struct kf_held_fd held = { .pid = fd->pid, .fd = fd->fd };

	if (!kf_proc_decode_kvm_link(fd->link, &held.id))
		return 0;
	return keep(load, held.id == KF_LINK_VM ? &load->vms : &load->vcpus, &held);
}

static int by_pid_id_fd(const void *left, const void *right)
{
	const struct kf_held_fd *a = left, *b = right;

	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	return (a->fd > b->fd) - (a->fd < b->fd);
}

static void sort(struct held_fds *held)
{
	if (held->count)
		qsort(held->fds, held->count, sizeof(*held->fds), by_pid_id_fd);
}

/*
 * Drops descriptors that were closed since the scan, with their processes when those have
 * ended or execute another program: what was read about them meanwhile is not about a VM.
 */
static int drop_closed(struct load *load)
{
	struct held_fds *vms = &load->vms;
	size_t kept = 0;

	for (size_t i = 0; i < vms->count; i++) {
		int held = vms->fds[i].gone ? 0 : kf_still_held(load->ctx, &vms->fds[i]);
		char path[32];

		if (held == -EACCES || held == -EPERM) {
			/* It executes a program of another user, so it inherited no VM. */
			held = 0;
		} else if (held < 0) {
			snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)vms->fds[i].pid,
				 vms->fds[i].fd);
			return kf_proc_fail(load->ctx, held, path);
		}
		if (held)
			vms->fds[kept++] = vms->fds[i];
	}
	vms->count = kept;
	return 0;
}

/* Reads a file of /proc into load->text: 1, 0 when it tells nothing, or an error. */
static int read_text(struct load *load, const char *path)
{
	ssize_t len = kf_read_file(load->ctx, path, load->text, STATUS_SIZE);
	char object[40];

	switch (len) {
	case -ENOENT:
	case -ENOTDIR:
	case -ESRCH:
	case -EACCES:
	case -EPERM:
	case -EBADMSG:
		return 0;
	default:
		if (len >= 0)
			return 1;
		snprintf(object, sizeof(object), "/%s", path);
		return kf_proc_fail(load->ctx, (int)len, object);
	}
}

static int read_uptime(struct load *load)
{
	uint64_t ticks;
	int told = read_text(load, "proc/uptime");

	load->uptime_ticks = -1;
	if (told > 0 && !kf_proc_decode_uptime(load->text, &ticks))
		load->uptime_ticks = (int64_t)ticks;
	return told < 0 ? told : 0;
}

static int read_process(struct load *load, struct holder *holder)
{
	char path[40];
	uint64_t start;
	int told;

	holder->age_seconds = -1;
	holder->status = (struct kf_proc_status){ .uid = (uid_t)-1, .memory_bytes = -1 };
	snprintf(path, sizeof(path), "proc/%d/comm", (int)holder->pid);
	told = read_text(load, path);
	if (told > 0)
		snprintf(holder->command, sizeof(holder->command), "%s", load->text);
	if (told >= 0) {
		snprintf(path, sizeof(path), "proc/%d/status", (int)holder->pid);
		told = read_text(load, path);
	}
	if (told > 0)
		kf_proc_decode_status(load->text, &holder->status);
	if (told >= 0) {
		snprintf(path, sizeof(path), "proc/%d/stat", (int)holder->pid);
		told = read_text(load, path);
	}
	if (told > 0 && !kf_proc_decode_start(load->text, &start) && load->uptime_ticks >= 0 &&
	    start <= (uint64_t)load->uptime_ticks)
		holder->age_seconds = (load->uptime_ticks - (int64_t)start) / KF_PROC_TICKS;
	return told < 0 ? told : 0;
}

static int read_gmem(struct load *load, struct holder *holder)
{
	const struct kf_reason reason = load->ctx->reason;
	struct kvmfeat_gmem_list *list;
	int err = kvmfeat_gmem_list_load(load->ctx, holder->pid, &list);

	if (err == -ESRCH || err == -EACCES) {
		load->ctx->reason = reason; /* this call does not fail for that */
		holder->gmem_bytes = err == -ESRCH ? 0 : -1;
		return 0;
	}
	if (err)
		return err;
	holder->gmem_count = (unsigned int)kvmfeat_gmem_list_count(list);
	for (size_t i = 0; i < holder->gmem_count && holder->gmem_bytes >= 0; i++) {
		const struct kvmfeat_gmem_info *info = kvmfeat_gmem_list_at(list, i);

		if (info->account->source == KVMFEAT_GMEM_UNKNOWN)
			holder->gmem_bytes = -1;
		else
			holder->gmem_bytes += (int64_t)info->account->allocated_bytes;
	}
	kvmfeat_gmem_list_free(list);
	return 0;
}

static int read_holders(struct load *load)
{
	struct kvmfeat_vm_list *list = load->list;
	int err = read_uptime(load);

	for (size_t i = 0; !err && i < load->vms.count; i++) {
		struct holder *holder = &list->holders[list->holder_count];

		if (i && load->vms.fds[i].pid == load->vms.fds[i - 1].pid)
			continue;
		list->holder_count++;
		holder->pid = load->vms.fds[i].pid;
		err = read_process(load, holder);
		if (!err)
			err = read_gmem(load, holder);
	}
	return err;
}

/* Open files among descriptors; -1: the kernel does not tell. */
static int count_files(const struct kf_held_fd *fds, size_t count)
{
	size_t live = 0, opaque = 0, files = 0;

	for (size_t i = 0; i < count; i++) {
		if (fds[i].gone)
			continue;
		live++;
		opaque += fds[i].opaque;
		files += !fds[i].opaque && fds[i].same == i;
	}
	return !opaque ? (int)files : live == 1 ? 1 : -1;
}

/* vCPUs of a process: of each id, the open files. */
static int count_vcpus(struct load *load, struct holder *holder)
{
	struct kf_held_fd *fds = load->vcpus.fds;
	size_t count = load->vcpus.count;
	size_t start = 0, end;

	while (start < count && fds[start].pid < holder->pid)
		start++;
	for (; start < count && fds[start].pid == holder->pid; start = end) {
		int err, files;

		for (end = start; end < count && fds[end].pid == holder->pid; end++)
			if (fds[end].id != fds[start].id)
				break;
		err = kf_tell_files_apart(load->ctx, load->proc, fds + start, end - start);
		if (err)
			return err;
		files = count_files(fds + start, end - start);
		if (files < 0) {
			holder->vcpus = -1;
			return 0;
		}
		holder->vcpus += files;
	}
	return 0;
}

/* A descriptor that is closed while it is compared moves those after it: start again. */
static int tell_vms_apart(struct load *load)
{
	bool again;
	int err;

	do {
		again = false;
		err = drop_closed(load);
		if (!err)
			err = kf_tell_files_apart(load->ctx, load->proc, load->vms.fds,
						  load->vms.count);
		for (size_t i = 0; !err && i < load->vms.count; i++)
			again |= load->vms.fds[i].gone;
	} while (again);
	return err;
}

/* Whether a process holds more than one VM, or may. */
static bool holds_several(const struct held_fds *vms, pid_t pid)
{
	const struct kf_held_fd *first = NULL;

	for (size_t i = 0; i < vms->count; i++) {
		const struct kf_held_fd *fd = &vms->fds[i];

		if (fd->pid != pid)
			continue;
		if (first && (fd->opaque || fd->same != first->same))
			return true;
		first = fd;
	}
	return false;
}

static int read_vcpus(struct load *load)
{
	int err = 0;

	for (size_t i = 0; !err && i < load->list->holder_count; i++) {
		struct holder *holder = &load->list->holders[i];

		if (holds_several(&load->vms, holder->pid))
			holder->vcpus = -1;
		else
			err = count_vcpus(load, holder);
	}
	return err;
}

static const struct holder *find_holder(const struct kvmfeat_vm_list *list, pid_t pid)
{
	const struct holder *holder = list->holders;

	while (holder->pid != pid)
		holder++;
	return holder;
}

/* The entry of the VM that descriptor number @first is the first of. */
static void add_entry(struct load *load, size_t first)
{
	struct kvmfeat_vm_list *list = load->list;
	const struct kf_held_fd *fds = load->vms.fds;
	const struct holder *holder = find_holder(list, fds[first].pid);
	struct kvmfeat_vm_info *info = &list->infos[list->count++];
	pid_t last = holder->pid;

	*info = (struct kvmfeat_vm_info){
		.pid = holder->pid,
		.command = holder->command,
		.uid = holder->status.uid,
		.fds = list->fds + list->fd_count,
		.vm_count = !fds[first].opaque || load->vms.count == 1,
		.vcpus = holder->vcpus,
		.age_seconds = holder->age_seconds,
		.memory_bytes = holder->status.memory_bytes,
		.gmem_count = holder->gmem_count,
		.gmem_bytes = holder->gmem_bytes,
	};
	for (size_t i = first; i < load->vms.count; i++) {
		if (fds[first].opaque ? fds[i].pid != holder->pid :
					fds[i].opaque || fds[i].same != first)
			continue;
		if (fds[i].pid == holder->pid) {
			list->fds[list->fd_count++] = fds[i].fd;
			info->fd_count++;
		} else if (fds[i].pid != last) {
			last = fds[i].pid;
			list->pids[list->pid_count++] = last;
			info->holder_count++;
		}
	}
	if (info->holder_count)
		info->holders = list->pids + list->pid_count - info->holder_count;
}

static void add_entries(struct load *load)
{
	const struct kf_held_fd *fds = load->vms.fds;

	for (size_t i = 0; i < load->vms.count; i++)
		if (fds[i].opaque ? !i || fds[i].pid != fds[i - 1].pid : fds[i].same == i)
			add_entry(load, i);
}

/* The arrays of the list, none of them empty, so that NULL means no memory. */
static int make_room(struct load *load)
{
	struct kvmfeat_vm_list *list = load->list;
	size_t count = load->vms.count + 1;

	list->infos = kf_alloc(load->ctx, NULL, count, sizeof(*list->infos));
	list->holders = kf_alloc(load->ctx, NULL, count, sizeof(*list->holders));
	list->fds = kf_alloc(load->ctx, NULL, count, sizeof(*list->fds));
	list->pids = kf_alloc(load->ctx, NULL, count, sizeof(*list->pids));
	load->text = kf_alloc(load->ctx, NULL, 1, STATUS_SIZE);
	if (!list->infos || !list->holders || !list->fds || !list->pids || !load->text)
		return kf_no_memory(&load->ctx->reason, "list VMs");
	return 0;
}

static int load_all(struct load *load)
{
	int err = kf_proc_scan(load->ctx, 0, visit, load, &load->list->unseen);

	if (err)
		return err;
	load->proc = kf_proc_kind(load->ctx);
	sort(&load->vms);
	sort(&load->vcpus);
	err = make_room(load);
	if (!err)
		err = read_holders(load);
	if (!err)
		err = tell_vms_apart(load);
	if (!err)
		err = read_vcpus(load);
	if (!err)
		add_entries(load);
	return err;
}

int kf_vm_count(struct kvmfeat_ctx *ctx, int *ret_count)
{
	struct load load = { .ctx = ctx };
	int unseen, err = kf_proc_scan(ctx, 0, visit, &load, &unseen);

	if (!err) {
		load.proc = kf_proc_kind(ctx);
		sort(&load.vms);
		err = tell_vms_apart(&load);
	}
	if (!err)
		*ret_count = unseen ? -1 : count_files(load.vms.fds, load.vms.count);
	free(load.vms.fds);
	free(load.vcpus.fds);
	return err;
}

KVMFEAT_EXPORT int kvmfeat_vm_list_load(struct kvmfeat_ctx *ctx, struct kvmfeat_vm_list **ret_list)
{
	struct load load = { .ctx = ctx, .list = kf_alloc(ctx, NULL, 1, sizeof(*load.list)) };
	int err;

	if (!load.list)
		return kf_no_memory(&ctx->reason, "list VMs");
	err = load_all(&load);
	free(load.vms.fds);
	free(load.vcpus.fds);
	free(load.text);
	if (err)
		kvmfeat_vm_list_free(load.list);
	else
		*ret_list = load.list;
	return err;
}

KVMFEAT_EXPORT size_t kvmfeat_vm_list_count(const struct kvmfeat_vm_list *list)
{
	return list->count;
}

KVMFEAT_EXPORT const struct kvmfeat_vm_info *kvmfeat_vm_list_at(const struct kvmfeat_vm_list *list,
								size_t index)
{
	return index < list->count ? &list->infos[index] : NULL;
}

KVMFEAT_EXPORT int kvmfeat_vm_list_unseen(const struct kvmfeat_vm_list *list)
{
	return list->unseen;
}

KVMFEAT_EXPORT void kvmfeat_vm_list_free(struct kvmfeat_vm_list *list)
{
	if (!list)
		return;
	free(list->infos);
	free(list->holders);
	free(list->fds);
	free(list->pids);
	free(list);
}
