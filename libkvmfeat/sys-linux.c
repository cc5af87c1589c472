// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The kernel edge on a real kernel. No other file of the library enters the kernel, but sys-nl.c
 * for netlink.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys.h"

/*
 * Numbers that older C libraries lack. Architectures share them, except MIPS, where a library
 * that lacks them gets ENOSYS.
 */
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

#define KCMP_FILE 0
#define OPENAT2_TRIES 1000

static long result(long ret)
{
	return ret < 0 ? -errno : ret;
}

static int linux_open(const struct kf_sys *sys, int dirfd, const char *path, int flags,
		      uint64_t resolve)
{
	struct {
		uint64_t flags;
		uint64_t mode;
		uint64_t resolve;
	} how = { .flags = (uint64_t)flags | O_CLOEXEC, .resolve = resolve };

	long ret;

	(void)sys;
	if (!resolve)
		return result(openat(dirfd, path, flags | O_CLOEXEC));
	/* A rename or mount anywhere while ".." is walked: EAGAIN, and openat2(2) says to repeat.
	 */
	for (int i = 0; i < OPENAT2_TRIES; i++) {
		ret = result(syscall(SYS_openat2, dirfd, path, &how, sizeof(how)));
		if (ret != -EAGAIN)
			break;
	}
	return ret;
}

static int linux_close(const struct kf_sys *sys, int fd)
{
	(void)sys;
	return result(close(fd));
}

static ssize_t linux_read(const struct kf_sys *sys, int fd, void *buf, size_t size)
{
	(void)sys;
	return result(read(fd, buf, size));
}

static ssize_t linux_write(const struct kf_sys *sys, int fd, const void *buf, size_t size)
{
	(void)sys;
	return result(write(fd, buf, size));
}

static ssize_t linux_readlink(const struct kf_sys *sys, int dirfd, const char *path, char *buf,
			      size_t size)
{
	(void)sys;
	return result(readlinkat(dirfd, path, buf, size));
}

static ssize_t linux_getdents(const struct kf_sys *sys, int fd, void *buf, size_t size)
{
	(void)sys;
	return result(syscall(SYS_getdents64, fd, buf, size));
}

static int linux_fstat(const struct kf_sys *sys, int fd, struct stat *ret_st)
{
	(void)sys;
	return result(fstat(fd, ret_st));
}

static int linux_fstatfs(const struct kf_sys *sys, int fd, struct statfs *ret_st)
{
	(void)sys;
	return result(fstatfs(fd, ret_st));
}

static int linux_fallocate(const struct kf_sys *sys, int fd, int mode, uint64_t offset,
			   uint64_t len)
{
	(void)sys;
	return result(fallocate(fd, mode, (off_t)offset, (off_t)len));
}

static int linux_cachestat(const struct kf_sys *sys, int fd, uint64_t offset, uint64_t len,
			   struct kf_cachestat *ret_stat)
{
	struct {
		uint64_t off;
		uint64_t len;
	} range = { offset, len };

	(void)sys;
	return result(syscall(SYS_cachestat, fd, &range, ret_stat, 0));
}

static int linux_set_cloexec(const struct kf_sys *sys, int fd)
{
	(void)sys;
	return result(fcntl(fd, F_SETFD, FD_CLOEXEC));
}

static int linux_ioctl(const struct kf_sys *sys, int fd, unsigned long request, uintptr_t arg)
{
	(void)sys;
	return result(ioctl(fd, request, arg));
}

static int linux_mmap(const struct kf_sys *sys, int fd, uint64_t offset, size_t size,
		      void **ret_area)
{
	void *area = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);

	(void)sys;
	if (area == MAP_FAILED)
		return -errno;
	*ret_area = area;
	return 0;
}

static int linux_munmap(const struct kf_sys *sys, void *area, size_t size)
{
	(void)sys;
	return result(munmap(area, size));
}

static int linux_pidfd_open(const struct kf_sys *sys, pid_t pid)
{
	(void)sys;
	return result(syscall(SYS_pidfd_open, pid, 0));
}

static int linux_pidfd_getfd(const struct kf_sys *sys, int pidfd, int fd)
{
	(void)sys;
	return result(syscall(SYS_pidfd_getfd, pidfd, fd, 0));
}

static int linux_kcmp_file(const struct kf_sys *sys, pid_t pid1, pid_t pid2, int fd1, int fd2)
{
	(void)sys;
	return result(syscall(SYS_kcmp, pid1, pid2, KCMP_FILE, fd1, fd2));
}

static pid_t linux_getpid(const struct kf_sys *sys)
{
	(void)sys;
	return getpid();
}

static int linux_uname(const struct kf_sys *sys, struct utsname *ret_name)
{
	(void)sys;
	return result(uname(ret_name));
}

static void *linux_alloc(const struct kf_sys *sys, void *old, size_t count, size_t size)
{
	(void)sys;
	return old ? reallocarray(old, count, size) : calloc(count, size);
}

const struct kf_sys kf_sys_linux = {
	.open = linux_open,
	.close = linux_close,
	.read = linux_read,
	.write = linux_write,
	.readlink = linux_readlink,
	.getdents = linux_getdents,
	.fstat = linux_fstat,
	.fstatfs = linux_fstatfs,
	.fallocate = linux_fallocate,
	.cachestat = linux_cachestat,
	.set_cloexec = linux_set_cloexec,
	.ioctl = linux_ioctl,
	.mmap = linux_mmap,
	.munmap = linux_munmap,
	.pidfd_open = linux_pidfd_open,
	.pidfd_getfd = linux_pidfd_getfd,
	.kcmp_file = linux_kcmp_file,
	.getpid = linux_getpid,
	.uname = linux_uname,
	.nl_open = kf_nl_open,
	.nl_receive = kf_nl_receive,
	.nl_open_family = kf_nl_open_family,
	.nl_dump = kf_nl_dump,
	.nl_close = kf_nl_close,
	.alloc = linux_alloc,
};
