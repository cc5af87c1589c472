// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The descriptors of processes, through /proc/PID/fd. Most processes hold nothing that this
 * library looks for, so the scan does no more than read the links.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

struct scan {
	struct kvmfeat_ctx *ctx;
	int proc;
	struct kf_proc_fd fd;
	kf_proc_visit *visit;
	void *data;
	int unseen;
	bool saw_init; /* pid 1 is in every pid namespace, unless hidepid hides it */
};

static int visit_fd(void *data, const char *name)
{
	struct scan *scan = data;
	char link[KF_PROC_LINK];
	ssize_t len = scan->ctx->sys->readlink(scan->ctx->sys, scan->fd.dirfd, name, link,
					       sizeof(link) - 1);

	if (len == -EACCES || len == -EPERM)
		return (int)len;
	if (len < 0)
		return 0; /* closed meanwhile */
	link[len] = '\0';
	scan->fd.link = link;
	scan->fd.fd = atoi(name);
	return scan->visit(scan->data, &scan->fd);
}

static int visit_pid(void *data, const char *name)
{
	struct scan *scan = data;
	char path[32];
	int err;

	if (!isdigit((unsigned char)name[0]))
		return 0;
	scan->fd.pid = atoi(name);
	scan->saw_init |= scan->fd.pid == 1;
	snprintf(path, sizeof(path), "%d/fd", (int)scan->fd.pid);
	scan->fd.dirfd =
		scan->ctx->sys->open(scan->ctx->sys, scan->proc, path, O_RDONLY | O_DIRECTORY, 0);
	err = scan->fd.dirfd;
	if (err >= 0) {
		err = kf_for_each_entry(scan->ctx, scan->fd.dirfd, visit_fd, scan);
		kf_close(scan->ctx, scan->fd.dirfd);
	}
	if (err == -EACCES || err == -EPERM) {
		scan->unseen++;
		return 0;
	}
	return err == -ENOENT || err == -ESRCH ? 0 : err; /* these two: it ended meanwhile */
}

int kf_proc_scan(struct kvmfeat_ctx *ctx, pid_t pid, kf_proc_visit *visit, void *data,
		 int *ret_unseen)
{
	struct scan scan = { .ctx = ctx, .visit = visit, .data = data };
	char name[16];
	int err;

	scan.proc = kf_open(ctx, "proc", O_RDONLY | O_DIRECTORY);
	if (scan.proc < 0)
		return kf_fail(&ctx->reason,
			       &(struct kf_fault){
				       .error = scan.proc,
				       .origin = KVMFEAT_ORIGIN_KERNEL,
				       .why = scan.proc == -EACCES ? KVMFEAT_WHY_PERMISSION :
								     KVMFEAT_WHY_NONE,
				       .operation = "open",
				       .object = "/proc",
				       .remedy = "mount /proc",
			       },
			       "/proc cannot be read: %s", kf_errno_text(scan.proc));
	if (pid) {
		snprintf(name, sizeof(name), "%d", (int)pid);
		err = visit_pid(&scan, name);
	} else {
		err = kf_for_each_entry(ctx, scan.proc, visit_pid, &scan);
	}
	kf_close(ctx, scan.proc);
	*ret_unseen = pid || scan.saw_init ? scan.unseen : -1;
	return err;
}
