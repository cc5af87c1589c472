// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The guest_memfds of the host, through /proc: each inode once, with the processes that hold
 * it. Opening a descriptor's link with O_PATH does not open the file, so nothing is disturbed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* One descriptor of one process. */
struct found {
	pid_t pid;
	int fd;
	dev_t dev;
	ino_t ino; /* 0: unknown */
	uint64_t size;
	uint64_t blocks_bytes;
	bool own_fs; /* the link is that of kernels with a file system for guest_memfd */
};

struct scan {
	struct kvmfeat_ctx *ctx;
	struct found *found;
	size_t count;
	size_t room;
	enum kf_proc_kind proc;
	bool accounts; /* a guest_memfd with blocks was seen, so none without is a fact, too */
};

struct entry {
	struct kvmfeat_gmem_info info;
	struct kvmfeat_gmem_account account;
	char reason[192];
};

struct kvmfeat_gmem_list {
	size_t count;
	int unseen;
	struct entry *entries;
	int *fds; /* of all entries */
	pid_t *holders;
};

static int add(struct scan *scan, const struct found *found)
{
	struct found *more;

	if (scan->count == scan->room) {
		size_t room = scan->room ? 2 * scan->room : 64;

		more = kf_alloc(scan->ctx, scan->found, room, sizeof(*more));
		if (!more)
			return kf_no_memory(&scan->ctx->reason, "list guest_memfds");
		scan->found = more;
		scan->room = room;
	}
	scan->found[scan->count++] = *found;
	return 0;
}

/* A copy of /proc may tell the inode number in fdinfo. */
static ino_t captured_inode(struct kvmfeat_ctx *ctx, const struct kf_proc_fd *fd)
{
	char path[64], text[1024];
	uint64_t inode = 0;

	snprintf(path, sizeof(path), "proc/%d/fdinfo/%d", (int)fd->pid, fd->fd);
	if (kf_read_file(ctx, path, text, sizeof(text)) >= 0)
		kf_proc_decode_inode(text, &inode);
	return (ino_t)inode;
}

/* Reads what the descriptor's file says of itself; 1: it is a guest_memfd. */
static int look_at(struct kvmfeat_ctx *ctx, int dirfd, struct found *found)
{
	char name[16];
	struct stat st;
	int path_fd, kind;

	snprintf(name, sizeof(name), "%d", found->fd);
	path_fd = ctx->sys->open(ctx->sys, dirfd, name, O_PATH, 0);
	if (path_fd < 0)
		return path_fd;
	kind = kf_gmem_stat(ctx, path_fd, &st);
	kf_close(ctx, path_fd);
	if (kind < 0)
		return kind;
	/* Anyone may give a file the name that a guest_memfd has, but not its file system. */
	if (kind != (found->own_fs ? KF_GMEM_OWN_FS : KF_GMEM_ANON_INODE))
		return 0;
	found->dev = st.st_dev;
	found->ino = st.st_ino;
	found->size = (uint64_t)st.st_size;
	found->blocks_bytes = kf_gmem_blocks_bytes(&st);
	return 1;
}

static int visit(void *data, const struct kf_proc_fd *fd)
{
	struct scan *scan = data;
	struct found found = { .pid = fd->pid, .fd = fd->fd };
	int ret;

	found.own_fs = !strcmp(fd->link, "/[kvm-gmem] (deleted)");
	if (!found.own_fs && strcmp(fd->link, "anon_inode:[kvm-gmem]") != 0)
		return 0;
	if (scan->proc == KF_PROC_COPY) {
		found.ino = captured_inode(scan->ctx, fd);
		return add(scan, &found);
	}
	ret = look_at(scan->ctx, fd->dirfd, &found);
	if (ret == -ENOENT)
		return 0; /* closed meanwhile; the process may go on */
	if (ret <= 0 && ret != -EACCES && ret != -EPERM && ret != -ESRCH)
		return ret ? kf_fail(&scan->ctx->reason,
				     &(struct kf_fault){ .error = ret,
							 .origin = KVMFEAT_ORIGIN_KERNEL,
							 .operation = "open",
							 .object = "guest_memfd" },
				     "guest_memfd %d of process %d cannot be looked at: %s", fd->fd,
				     (int)fd->pid, kf_errno_text(ret)) :
			     0;
	if (ret < 0)
		return ret;
	scan->accounts |= found.blocks_bytes != 0;
	return add(scan, &found);
}

static int compare(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->ino != y->ino)
		return x->ino < y->ino ? -1 : 1;
	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return x->fd - y->fd;
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->info.pid != y->info.pid)
		return x->info.pid < y->info.pid ? -1 : 1;
	if (x->account.inode != y->account.inode)
		return x->account.inode < y->account.inode ? -1 : 1;
	return x->info.fds[0] - y->info.fds[0];
}

static bool same_inode(const struct found *a, const struct found *b)
{
	/* Without an inode number each descriptor stands for itself. */
	return a->ino && a->ino == b->ino && a->dev == b->dev;
}

/* Why the kernel does not let the caller copy a descriptor that it lets it see. */
static void explain_refusal(struct kvmfeat_ctx *ctx, pid_t pid, char *text, size_t size)
{
	static const char *const who[] = {
		[1] = "only its parent processes and CAP_SYS_PTRACE may",
		[2] = "only CAP_SYS_PTRACE may",
		[3] = "nobody may until the next boot",
	};
	char scope[8];
	int level = 0;

	if (kf_read_file(ctx, "proc/sys/kernel/yama/ptrace_scope", scope, sizeof(scope)) == 1)
		level = scope[0] - '0';
	if (level >= 1 && level < (int)KF_ARRAY_SIZE(who))
		snprintf(text, size,
			 "process %d may not be traced: Yama (kernel.yama.ptrace_scope = %d): %s",
			 (int)pid, level, who[level]);
	else
		snprintf(text, size,
			 "process %d may not be traced: the caller has no CAP_SYS_PTRACE there, or "
			 "a security module refuses",
			 (int)pid);
}

/* A copy of the descriptor in this process; -ESRCH: it is not there any more. */
static int copy_fd(struct kvmfeat_ctx *ctx, const struct found *found, const char **ret_failed)
{
	struct stat st;
	int fd, pidfd = ctx->sys->pidfd_open(ctx->sys, found->pid);

	*ret_failed = "pidfd_open";
	if (pidfd < 0)
		return pidfd;
	*ret_failed = "pidfd_getfd";
	fd = ctx->sys->pidfd_getfd(ctx->sys, pidfd, found->fd);
	kf_close(ctx, pidfd);
	if (fd < 0)
		return fd == -EBADF ? -ESRCH : fd;
	/* The pid or the descriptor may stand for something else by now. */
	if (kf_gmem_stat(ctx, fd, &st) > 0 && st.st_dev == found->dev && st.st_ino == found->ino)
		return fd;
	kf_close(ctx, fd);
	return -ESRCH;
}

/* Asks cachestat(2) through one holder after the other; -ESRCH: none is left. */
static int ask_holders(struct kvmfeat_ctx *ctx, const struct found *found, size_t count,
		       struct entry *entry)
{
	struct kvmfeat_gmem_account *account = &entry->account;
	const char *failed;
	int err, last = -ESRCH;

	for (size_t i = 0; i < count; i++) {
		int fd = copy_fd(ctx, &found[i], &failed);

		if (fd == -ESRCH)
			continue;
		err = fd;
		if (fd >= 0) {
			failed = "cachestat";
			err = kf_gmem_cached_bytes(ctx, fd, &account->allocated_bytes);
			kf_close(ctx, fd);
		}
		if (!err) {
			account->source = KVMFEAT_GMEM_CACHESTAT;
			return 0;
		}
		last = err;
		if (err == -EPERM && !strcmp(failed, "pidfd_getfd"))
			explain_refusal(ctx, found[i].pid, entry->reason, sizeof(entry->reason));
		else if (err == -ENOSYS && !strcmp(failed, "cachestat"))
			snprintf(entry->reason, sizeof(entry->reason),
				 "this kernel does not account guest_memfd in st_blocks and has no "
				 "cachestat(2), which came with Linux 6.5");
		else
			snprintf(entry->reason, sizeof(entry->reason),
				 "this kernel does not account guest_memfd in st_blocks, and "
				 "%s(2) fails for process %d: %s",
				 failed, (int)found[i].pid, kf_errno_text(err));
	}
	return last == -ESRCH ? last : 0;
}

/* Fills in the figure; -ESRCH: the guest_memfd is gone. */
static int account(const struct scan *scan, const struct found *found, size_t count,
		   struct entry *entry)
{
	struct kvmfeat_gmem_account *account = &entry->account;
	int err = 0;

	*account = (struct kvmfeat_gmem_account){
		.size = sizeof(*account),
		.inode = found->ino,
		.size_bytes = found->size,
	};
	entry->reason[0] = '\0';
	if (scan->proc == KF_PROC_COPY) {
		strcpy(entry->reason, "below this root /proc is a copy, which cannot be asked");
	} else if (scan->accounts) {
		account->allocated_bytes = found->blocks_bytes;
		account->source = KVMFEAT_GMEM_ST_BLOCKS;
	} else if (scan->proc == KF_PROC_FOREIGN) {
		snprintf(entry->reason, sizeof(entry->reason),
			 "process %d is not to be found under this number: /proc is of another pid "
			 "namespace",
			 (int)found->pid);
	} else {
		err = ask_holders(scan->ctx, found, count, entry);
	}
	return err;
}

static void name_holders(struct kvmfeat_gmem_info *info, const struct found *found, size_t count,
			 int **fds, pid_t **holders)
{
	info->pid = found->pid;
	info->fds = *fds;
	info->holders = *holders;
	for (size_t i = 0; i < count; i++)
		if (found[i].pid == info->pid)
			(*fds)[info->fd_count++] = found[i].fd;
		else if (!info->holder_count || (*holders)[info->holder_count - 1] != found[i].pid)
			(*holders)[info->holder_count++] = found[i].pid;
	*fds += info->fd_count;
	*holders += info->holder_count;
	if (!info->holder_count)
		info->holders = NULL;
}

/* One entry for each run of the same inode among the sorted descriptors. */
static void fill(const struct scan *scan, struct kvmfeat_gmem_list *list)
{
	pid_t *holders = list->holders;
	int *fds = list->fds;
	size_t next;

	for (size_t i = 0; i < scan->count; i = next) {
		struct entry *entry = &list->entries[list->count];

		for (next = i + 1; next < scan->count; next++)
			if (!same_inode(&scan->found[i], &scan->found[next]))
				break;
		if (account(scan, &scan->found[i], next - i, entry))
			continue;
		name_holders(&entry->info, &scan->found[i], next - i, &fds, &holders);
		list->count++;
	}
	qsort(list->entries, list->count, sizeof(list->entries[0]), compare_entries);
	for (size_t i = 0; i < list->count; i++) {
		struct entry *entry = &list->entries[i];

		entry->info.account = &entry->account;
		if (entry->account.source == KVMFEAT_GMEM_UNKNOWN)
			entry->info.reason = entry->reason;
	}
}

static int make_list(struct scan *scan, struct kvmfeat_gmem_list **ret_list)
{
	struct kvmfeat_gmem_list *list = kf_alloc(scan->ctx, NULL, 1, sizeof(*list));
	const size_t room = scan->count ? scan->count : 1;

	if (list) {
		list->entries = kf_alloc(scan->ctx, NULL, room, sizeof(*list->entries));
		list->fds = kf_alloc(scan->ctx, NULL, room, sizeof(*list->fds));
		list->holders = kf_alloc(scan->ctx, NULL, room, sizeof(*list->holders));
	}
	if (!list || !list->entries || !list->fds || !list->holders) {
		kvmfeat_gmem_list_free(list);
		return kf_no_memory(&scan->ctx->reason, "list guest_memfds");
	}
	if (scan->count)
		qsort(scan->found, scan->count, sizeof(scan->found[0]), compare);
	fill(scan, list);
	*ret_list = list;
	return 0;
}

static int no_process(struct kvmfeat_ctx *ctx, pid_t pid, int err, const char *fmt)
{
	char value[16];

	snprintf(value, sizeof(value), "%d", (int)pid);
	return kf_fail(&ctx->reason,
		       &(struct kf_fault){
			       .error = err,
			       .origin = KVMFEAT_ORIGIN_KERNEL,
			       .why = err == -EACCES ? KVMFEAT_WHY_PERMISSION : KVMFEAT_WHY_NONE,
			       .operation = "open",
			       .object = "process",
			       .value = value,
			       .remedy = err == -EACCES ? "run as the user of the process, or with "
							  "CAP_SYS_PTRACE (root)" :
							  NULL },
		       fmt, value);
}

/* Whether there is a process that /proc does not show, as hidepid makes it. */
static bool is_hidden(const struct scan *scan, pid_t pid)
{
	int pidfd = scan->proc == KF_PROC_OWN ? scan->ctx->sys->pidfd_open(scan->ctx->sys, pid) :
						-ESRCH;

	kf_close(scan->ctx, pidfd);
	switch (pidfd) {
	case -ESRCH:
	case -EINVAL: /* no process has such a number */
	case -ENOSYS: /* the kernel does not tell: /proc is believed */
	case -EPERM:
		return false;
	default:
		return true;
	}
}

/* The scan passes over what ends meanwhile, so it cannot tell that nothing was there. */
static int check_process(const struct scan *scan, pid_t pid)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "proc/%d", (int)pid);
	fd = kf_open(scan->ctx, path, O_PATH | O_DIRECTORY);
	kf_close(scan->ctx, fd);
	if (fd != -ENOENT)
		return 0;
	if (is_hidden(scan, pid))
		return no_process(scan->ctx, pid, -EACCES, "process %s is hidden");
	return no_process(scan->ctx, pid, -ESRCH, "there is no process %s");
}

KVMFEAT_EXPORT int kvmfeat_gmem_list_load(struct kvmfeat_ctx *ctx, pid_t pid,
					  struct kvmfeat_gmem_list **ret_list)
{
	struct scan scan = { .ctx = ctx, .proc = kf_proc_kind(ctx) };
	struct kvmfeat_gmem_list *list = NULL;
	int unseen, err = pid ? check_process(&scan, pid) : 0;

	if (!err)
		err = kf_proc_scan(ctx, pid, visit, &scan, &unseen);
	if (!err && pid && unseen)
		err = no_process(ctx, pid, -EACCES, "process %s may not be looked into");
	if (!err)
		err = make_list(&scan, &list);
	free(scan.found);
	if (err)
		return err;
	list->unseen = unseen;
	*ret_list = list;
	return 0;
}

KVMFEAT_EXPORT size_t kvmfeat_gmem_list_count(const struct kvmfeat_gmem_list *list)
{
	return list->count;
}

KVMFEAT_EXPORT const struct kvmfeat_gmem_info *kvmfeat_gmem_list_at(
	const struct kvmfeat_gmem_list *list, size_t index)
{
	return index < list->count ? &list->entries[index].info : NULL;
}

KVMFEAT_EXPORT int kvmfeat_gmem_list_unseen(const struct kvmfeat_gmem_list *list)
{
	return list->unseen;
}

KVMFEAT_EXPORT void kvmfeat_gmem_list_free(struct kvmfeat_gmem_list *list)
{
	if (!list)
		return;
	free(list->entries);
	free(list->fds);
	free(list->holders);
	free(list);
}
