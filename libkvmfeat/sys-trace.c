// SPDX-License-Identifier: LGPL-2.1-or-later
/* The kernel edge that tells what passes: one log line a call, with its result. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

static const struct kf_sys_trace *trace_of(const struct kf_sys *sys)
{
	return (const struct kf_sys_trace *)sys; /* sys is its first member */
}

static void line(const struct kf_sys *sys, long ret, const char *fmt, ...) KF_PRINTF(3, 4);

static void line(const struct kf_sys *sys, long ret, const char *fmt, ...)
{
	const struct kf_log *log = trace_of(sys)->log;
	char call[700];
	va_list args;

	va_start(args, fmt);
	vsnprintf(call, sizeof(call), fmt, args);
	va_end(args);
	if (ret < 0)
		kf_log(log, KVMFEAT_LOG_TRACE, "%s = -1 %s (%s)", call, kf_errno_name((int)ret),
		       kf_errno_text((int)ret));
	else
		kf_log(log, KVMFEAT_LOG_TRACE, "%s = %ld", call, ret);
}

static int trace_open(const struct kf_sys *sys, int dirfd, const char *path, int flags,
		      uint64_t resolve)
{
	const struct kf_sys *next = trace_of(sys)->next;
	int ret = next->open(next, dirfd, path, flags, resolve);
	const char *how = flags & O_PATH		  ? "O_PATH" :
			  (flags & O_ACCMODE) == O_WRONLY ? "O_WRONLY" :
			  (flags & O_ACCMODE) == O_RDWR	  ? "O_RDWR" :
							    "O_RDONLY";

	if (dirfd == AT_FDCWD)
		line(sys, ret, "open(\"%s\", %s)", path, how);
	else
		line(sys, ret, "open(%d, \"%s\", %s)", dirfd, path, how);
	return ret;
}

static int trace_close(const struct kf_sys *sys, int fd)
{
	const struct kf_sys *next = trace_of(sys)->next;
	int ret = next->close(next, fd);

	line(sys, ret, "close(%d)", fd);
	return ret;
}

static ssize_t trace_read(const struct kf_sys *sys, int fd, void *buf, size_t size)
{
	const struct kf_sys *next = trace_of(sys)->next;
	ssize_t ret = next->read(next, fd, buf, size);

	line(sys, ret, "read(%d, %zu)", fd, size);
	return ret;
}

static ssize_t trace_write(const struct kf_sys *sys, int fd, const void *buf, size_t size)
{
	const struct kf_sys *next = trace_of(sys)->next;
	ssize_t ret = next->write(next, fd, buf, size);

	line(sys, ret, "write(%d, \"%.*s\", %zu)", fd, (int)strcspn(buf, "\n"), (const char *)buf,
	     size);
	return ret;
}

static ssize_t trace_readlink(const struct kf_sys *sys, int dirfd, const char *path, char *buf,
			      size_t size)
{
	const struct kf_sys *next = trace_of(sys)->next;
	ssize_t ret = next->readlink(next, dirfd, path, buf, size);

	line(sys, ret, "readlink(%d, \"%s\")", dirfd, path);
	return ret;
}

static ssize_t trace_getdents(const struct kf_sys *sys, int fd, void *buf, size_t size)
{
	const struct kf_sys *next = trace_of(sys)->next;
	ssize_t ret = next->getdents(next, fd, buf, size);

	line(sys, ret, "getdents(%d)", fd);
	return ret;
}

static int trace_fstat(const struct kf_sys *sys, int fd, struct stat *ret_st)
{
	const struct kf_sys *next = trace_of(sys)->next;
	int ret = next->fstat(next, fd, ret_st);

	line(sys, ret, "fstat(%d)", fd);
	return ret;
}

static int trace_fstatfs(const struct kf_sys *sys, int fd, struct statfs *ret_st)
{
	const struct kf_sys *next = trace_of(sys)->next;
	int ret = next->fstatfs(next, fd, ret_st);

	line(sys, ret, "fstatfs(%d)", fd);
	return ret;
}

static int trace_fallocate(const struct kf_sys *sys, int fd, int mode, uint64_t offset,
			   uint64_t len)
{
	const struct kf_sys *next = trace_of(sys)->next;
	int ret = next->fallocate(next, fd, mode, offset, len);

	line(sys, ret, "fallocate(%d, %s, %llu, %llu)", fd,
	     mode & FALLOC_FL_PUNCH_HOLE ? "PUNCH_HOLE|KEEP_SIZE" : "KEEP_SIZE",
	     (unsigned long long)offset, (unsigned long long)len);
	return ret;
}

static int trace_cachestat(const struct kf_sys *sys, int fd, uint64_t offset, uint64_t len,
			   struct kf_cachestat *ret_stat)
{
	const struct kf_sys *next = trace_of(sys)->next;
	int ret = next->cachestat(next, fd, offset, len, ret_stat);

	line(sys, ret, "cachestat(%d)", fd);
	return ret;
}

static int trace_set_cloexec(const struct kf_sys *sys, int fd)
{
	const struct kf_sys *next = trace_of(sys)->next;
	int ret = next->set_cloexec(next, fd);

	line(sys, ret, "fcntl(%d, F_SETFD, FD_CLOEXEC)", fd);
	return ret;
}

static int trace_ioctl(const struct kf_sys *sys, int fd, unsigned long request, uintptr_t arg)
{
	const struct kf_sys *next = trace_of(sys)->next;
	int ret = next->ioctl(next, fd, request, arg);
	const char *name = kf_ioctl_name(request);
	char number[24], text[192];

	snprintf(number, sizeof(number), "0x%lx", request);
	kf_ioctl_arg_text(*trace_of(sys)->arch, request, arg, text, sizeof(text));
	line(sys, ret, "ioctl(%d, %s, %s)", fd, name ? name : number, text);
	return ret;
}

static int trace_mmap(const struct kf_sys *sys, int fd, uint64_t offset, size_t size,
		      void **ret_area)
{
	const struct kf_sys *next = trace_of(sys)->next;
	int ret = next->mmap(next, fd, offset, size, ret_area);

	line(sys, ret, "mmap(%d, %llu, %zu)", fd, (unsigned long long)offset, size);
	return ret;
}

static int trace_munmap(const struct kf_sys *sys, void *area, size_t size)
{
	const struct kf_sys *next = trace_of(sys)->next;
	int ret = next->munmap(next, area, size);

	line(sys, ret, "munmap(%zu)", size);
	return ret;
}

static int trace_pidfd_open(const struct kf_sys *sys, pid_t pid)
{
	const struct kf_sys *next = trace_of(sys)->next;
	int ret = next->pidfd_open(next, pid);

	line(sys, ret, "pidfd_open(%d)", (int)pid);
	return ret;
}

static int trace_pidfd_getfd(const struct kf_sys *sys, int pidfd, int fd)
{
	const struct kf_sys *next = trace_of(sys)->next;
	int ret = next->pidfd_getfd(next, pidfd, fd);

	line(sys, ret, "pidfd_getfd(%d, %d)", pidfd, fd);
	return ret;
}

static int trace_kcmp_file(const struct kf_sys *sys, pid_t pid1, pid_t pid2, int fd1, int fd2)
{
	const struct kf_sys *next = trace_of(sys)->next;
	int ret = next->kcmp_file(next, pid1, pid2, fd1, fd2);

	line(sys, ret, "kcmp(%d, %d, KCMP_FILE, %d, %d)", (int)pid1, (int)pid2, fd1, fd2);
	return ret;
}

static pid_t trace_getpid(const struct kf_sys *sys)
{
	const struct kf_sys *next = trace_of(sys)->next;
	pid_t ret = next->getpid(next);

	line(sys, ret, "getpid()");
	return ret;
}

static int trace_uname(const struct kf_sys *sys, struct utsname *ret_name)
{
	const struct kf_sys *next = trace_of(sys)->next;
	int ret = next->uname(next, ret_name);

	line(sys, ret, "uname()");
	return ret;
}

static int trace_nl_open(const struct kf_sys *sys, int protocol, int group, struct kf_nl *nl)
{
	const struct kf_sys *next = trace_of(sys)->next;
	int ret = next->nl_open(next, protocol, group, nl);

	line(sys, ret, "netlink(%d, group %d, %zu)", protocol, group, nl->receive_bytes);
	return ret;
}

static ssize_t trace_nl_receive(const struct kf_sys *sys, const struct kf_nl *nl, void *buf,
				size_t size, struct kf_nl_from *ret_from)
{
	const struct kf_sys *next = trace_of(sys)->next;
	ssize_t ret = next->nl_receive(next, nl, buf, size, ret_from);

	if (ret < 0)
		line(sys, ret, "recvmsg(%d)", nl->fd);
	else
		line(sys, ret, "recvmsg(%d, port %u)", nl->fd, ret_from->port);
	return ret;
}

static int trace_nl_open_family(const struct kf_sys *sys, const char *family, struct kf_nl *ret_nl)
{
	const struct kf_sys *next = trace_of(sys)->next;
	int ret = next->nl_open_family(next, family, ret_nl);

	line(sys, ret, "netlink(\"%s\")", family);
	return ret;
}

static int trace_nl_dump(const struct kf_sys *sys, const struct kf_nl *nl,
			 const struct kf_nl_request *request, kf_nl_visit *visit, void *data)
{
	const struct kf_sys *next = trace_of(sys)->next;
	int ret = next->nl_dump(next, nl, request, visit, data);

	line(sys, ret, "dump(%d, command %u)", nl->fd, request->command);
	return ret;
}

static void trace_nl_close(const struct kf_sys *sys, struct kf_nl *nl)
{
	const struct kf_sys *next = trace_of(sys)->next;
	const int fd = nl->fd;

	next->nl_close(next, nl);
	line(sys, 0, "close(%d)", fd);
}

static void *trace_alloc(const struct kf_sys *sys, void *old, size_t count, size_t size)
{
	const struct kf_sys *next = trace_of(sys)->next;

	return next->alloc(next, old, count, size); /* no kernel call: not told */
}

void kf_sys_trace_init(struct kf_sys_trace *trace, const struct kf_sys *next, struct kf_log *log,
		       const enum kf_arch *arch)
{
	trace->next = next;
	trace->log = log;
	trace->arch = arch;
	trace->sys = (struct kf_sys){
		.open = trace_open,
		.close = trace_close,
		.read = trace_read,
		.write = trace_write,
		.readlink = trace_readlink,
		.getdents = trace_getdents,
		.fstat = trace_fstat,
		.fstatfs = trace_fstatfs,
		.fallocate = trace_fallocate,
		.cachestat = trace_cachestat,
		.set_cloexec = trace_set_cloexec,
		.ioctl = trace_ioctl,
		.mmap = trace_mmap,
		.munmap = trace_munmap,
		.pidfd_open = trace_pidfd_open,
		.pidfd_getfd = trace_pidfd_getfd,
		.kcmp_file = trace_kcmp_file,
		.getpid = trace_getpid,
		.uname = trace_uname,
		.nl_open = trace_nl_open,
		.nl_receive = trace_nl_receive,
		.nl_open_family = trace_nl_open_family,
		.nl_dump = trace_nl_dump,
		.nl_close = trace_nl_close,
		.alloc = trace_alloc,
	};
}
