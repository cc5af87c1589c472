// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The descriptors of processes, through /proc/PID/fd. Most processes hold nothing that this
 * library looks for, so the scan does no more than read the links.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "internal.h"

#define PROC_SUPER_MAGIC 0x9fa0
/* Of a mountinfo or a status: more is not read. */
#define TEXT_SIZE (1024 * 1024)

struct scan {
	struct kvmfeat_ctx *ctx;
	int proc;
	uint64_t resolve;
	struct kf_proc_fd fd;
	kf_proc_visit *visit;
	void *data;
	int unseen;
	bool told; /* the reason of a failure is set */
	bool saw_init; /* pid 1 is in every pid namespace, unless hidepid hides it */
};

static int visit_fd(void *data, const char *name)
{
	struct scan *scan = data;
	const struct kf_sys *sys = scan->ctx->sys;
	char link[KF_PROC_LINK];
	ssize_t len;
	int err;

	len = sys->readlink(sys, scan->fd.dirfd, name, link, sizeof(link) - 1);
	if (len == -ENOENT || len == -EINVAL)
		return 0; /* closed meanwhile; no link, in a tree that somebody made */
	if (len < 0)
		return (int)len;
	link[len] = '\0';
	if (!kf_proc_decode_number(name, &scan->fd.fd))
		return 0;
	scan->fd.link = link;
	err = scan->visit(scan->data, &scan->fd);
	scan->told = err;
	return err;
}

/* A process without fd has ended, but not in a tree that was captured without them. */
static int why_missing(struct scan *scan, const char *name)
{
	int fd = scan->ctx->sys->open(scan->ctx->sys, scan->proc, name, O_PATH, scan->resolve);

	kf_close(scan->ctx, fd);
	return fd < 0 ? fd : -EACCES;
}

enum kf_proc_kind kf_proc_kind(struct kvmfeat_ctx *ctx)
{
	int pid, proc = kf_open(ctx, "proc", O_PATH | O_DIRECTORY);
	enum kf_proc_kind kind = KF_PROC_FOREIGN;
	char link[16];
	struct statfs fs;
	ssize_t len;

	if (proc < 0)
		return kind;
	if (ctx->root_fd >= 0 &&
	    (ctx->sys->fstatfs(ctx->sys, proc, &fs) || fs.f_type != PROC_SUPER_MAGIC)) {
		kind = KF_PROC_COPY;
	} else {
		len = ctx->sys->readlink(ctx->sys, proc, "self", link, sizeof(link) - 1);
		link[len > 0 ? len : 0] = '\0';
		if (kf_proc_decode_number(link, &pid) && pid == ctx->sys->getpid(ctx->sys))
			kind = KF_PROC_OWN;
	}
	kf_close(ctx, proc);
	return kind;
}

int kf_proc_fail(struct kvmfeat_ctx *ctx, int err, const char *object)
{
	const bool refused = err == -EACCES || err == -EPERM;

	return kf_fail(
		&ctx->reason,
		&(struct kf_fault){ .error = err,
				    .origin = KVMFEAT_ORIGIN_KERNEL,
				    .why = refused ? KVMFEAT_WHY_PERMISSION : KVMFEAT_WHY_NONE,
				    .operation = "read",
				    .object = object,
				    .remedy = err == -ENOENT && !strcmp(object, "/proc") ?
						      "mount /proc" :
						      NULL },
		"%s cannot be read: %s", object, kf_errno_text(err));
}

static int visit_pid(void *data, const char *name)
{
	struct scan *scan = data;
	char path[32];
	int err;

	if (!kf_proc_decode_number(name, &scan->fd.pid))
		return 0;
	scan->told = false;
	scan->saw_init |= scan->fd.pid == 1;
	snprintf(path, sizeof(path), "%d/fd", (int)scan->fd.pid);
	scan->fd.dirfd = scan->ctx->sys->open(scan->ctx->sys, scan->proc, path,
					      O_RDONLY | O_DIRECTORY, scan->resolve);
	err = scan->fd.dirfd;
	if (err >= 0) {
		err = kf_for_each_entry(scan->ctx, scan->fd.dirfd, visit_fd, scan);
		kf_close(scan->ctx, scan->fd.dirfd);
	} else if (err == -ENOENT) {
		err = why_missing(scan, name);
	}
	if (err == -EACCES || err == -EPERM) {
		scan->unseen++;
		return 0;
	}
	if (err == -ENOENT || err == -ESRCH)
		return 0; /* it ended meanwhile */
	if (err && !scan->told) {
		snprintf(path, sizeof(path), "/proc/%d/fd", (int)scan->fd.pid);
		scan->told = true;
		kf_proc_fail(scan->ctx, err, path);
	}
	return err;
}

/* Whether a scan may have missed processes of others: 1, 0, or -ENOMEM. */
static int may_miss(struct scan *scan)
{
	struct kvmfeat_ctx *ctx = scan->ctx;
	struct stat st;
	ssize_t len;
	char *text;
	bool hidden;

	/* In a container that has the host's /proc, its capabilities do not hold for pid 1. */
	if (!scan->saw_init)
		return 1;
	text = kf_alloc(ctx, NULL, 1, TEXT_SIZE);
	if (!text)
		return kf_no_memory(&ctx->reason, "scan processes");
	len = kf_read_start(ctx, "proc/self/mountinfo", text, TEXT_SIZE);
	if (len >= 0)
		hidden = ctx->sys->fstat(ctx->sys, scan->proc, &st) ||
			 kf_proc_decode_hidepid(text, major(st.st_dev), minor(st.st_dev));
	else
		hidden = len != -ENOENT; /* a copy has none */
	if (hidden && len >= 0 && kf_read_start(ctx, "proc/self/status", text, TEXT_SIZE) >= 0)
		hidden = !kf_proc_decode_can_trace(text);
	free(text);
	return hidden;
}

int kf_proc_scan(struct kvmfeat_ctx *ctx, pid_t pid, kf_proc_visit *visit, void *data,
		 int *ret_unseen)
{
	struct scan scan = {
		.ctx = ctx,
		.resolve = ctx->root_fd >= 0 ? RESOLVE_IN_ROOT : 0,
		.visit = visit,
		.data = data,
	};
	int err, missed = 0;
	char name[16];

	scan.proc = kf_open(ctx, "proc", O_RDONLY | O_DIRECTORY);
	if (scan.proc < 0)
		return kf_proc_fail(ctx, scan.proc, "/proc");
	if (pid) {
		snprintf(name, sizeof(name), "%d", (int)pid);
		err = visit_pid(&scan, name);
	} else {
		err = kf_for_each_entry(ctx, scan.proc, visit_pid, &scan);
		if (err && !scan.told)
			kf_proc_fail(ctx, err, "/proc");
		if (!err)
			missed = may_miss(&scan);
	}
	kf_close(ctx, scan.proc);
	*ret_unseen = missed ? -1 : scan.unseen;
	return missed < 0 ? missed : err;
}
