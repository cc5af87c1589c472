/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel edge: the only way from this library into the kernel, and to memory, so that a
 * test can fail each call once. sys-linux.c is the real one, sys-trace.c logs and passes on,
 * tests/fake/ has one that answers as a test wants.
 */
#ifndef KF_SYS_H
#define KF_SYS_H

#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

/* struct cachestat of linux/mman.h, which Debian 12 does not have */
struct kf_cachestat {
	uint64_t nr_cache;
	uint64_t nr_dirty;
	uint64_t nr_writeback;
	uint64_t nr_evicted;
	uint64_t nr_recently_evicted;
};

/*
 * Each call returns what the kernel returns, with a negative errno in place of -1. Paths
 * are relative to @dirfd, as in the *at() calls; every descriptor is close-on-exec.
 */
struct kf_sys {
	/* @resolve: RESOLVE_* flags of openat2(2); with 0 plain openat(2) is enough */
	int (*open)(const struct kf_sys *sys, int dirfd, const char *path, int flags,
		    uint64_t resolve);
	int (*close)(const struct kf_sys *sys, int fd);
	ssize_t (*read)(const struct kf_sys *sys, int fd, void *buf, size_t size);
	ssize_t (*write)(const struct kf_sys *sys, int fd, const void *buf, size_t size);
	ssize_t (*readlink)(const struct kf_sys *sys, int dirfd, const char *path, char *buf,
			    size_t size);
	ssize_t (*getdents)(const struct kf_sys *sys, int fd, void *buf, size_t size);
	int (*fstat)(const struct kf_sys *sys, int fd, struct stat *ret_st);
	int (*fstatfs)(const struct kf_sys *sys, int fd, struct statfs *ret_st);
	int (*fallocate)(const struct kf_sys *sys, int fd, int mode, uint64_t offset, uint64_t len);
	int (*cachestat)(const struct kf_sys *sys, int fd, uint64_t offset, uint64_t len,
			 struct kf_cachestat *ret_stat);
	int (*set_cloexec)(const struct kf_sys *sys, int fd);
	int (*ioctl)(const struct kf_sys *sys, int fd, unsigned long request, uintptr_t arg);
	/* Shared, to read and write */
	int (*mmap)(const struct kf_sys *sys, int fd, uint64_t offset, size_t size,
		    void **ret_area);
	int (*munmap)(const struct kf_sys *sys, void *area, size_t size);
	int (*pidfd_open)(const struct kf_sys *sys, pid_t pid);
	int (*pidfd_getfd)(const struct kf_sys *sys, int pidfd, int fd);
	/* KCMP_FILE: 0 same open file, 1 or 2 lower or higher, 3 different */
	int (*kcmp_file)(const struct kf_sys *sys, pid_t pid1, pid_t pid2, int fd1, int fd2);
	pid_t (*getpid)(const struct kf_sys *sys);
	int (*uname)(const struct kf_sys *sys, struct utsname *ret_name);
	/* calloc(3) when @old is NULL, else reallocarray(3); free with free(3). NULL: no memory */
	void *(*alloc)(const struct kf_sys *sys, void *old, size_t count, size_t size);
};

extern const struct kf_sys kf_sys_linux;

#endif
