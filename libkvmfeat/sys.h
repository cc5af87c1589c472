/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel edge: the only way from this library into the kernel, and to memory, so that a
 * test can fail each call once. sys-linux.c is the real one, with sys-nl.c, sys-trace.c logs and
 * passes on, tests/fake/ has one that answers as a test wants.
 */
#ifndef KF_SYS_H
#define KF_SYS_H

#include <stdbool.h>
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

/* A netlink socket. */
struct kf_nl {
	/* Of the edge alone: one of a family of generic netlink, or one of another protocol. */
	void *socket;
	void *receiver;
	int fd;
	int family; /* of generic netlink */
	size_t receive_bytes; /* what may wait in it, as the kernel counts */
};

/* Where a netlink message is from. */
struct kf_nl_from {
	uint32_t port; /* 0: the kernel */
	uid_t uid; /* -1: not told */
	bool truncated; /* it was longer than the buffer */
	bool more; /* another was received with it, and waits without poll(2) telling */
};

/* An attribute of a netlink message. */
struct kf_nl_attr {
	uint16_t type;
	uint16_t size;
	const void *bytes;
};

/* What a generic netlink family is asked, as a dump. */
struct kf_nl_request {
	uint8_t version;
	uint8_t command;
	const struct kf_nl_attr *attrs;
	size_t count;
};

/* Takes the attributes of one message of an answer; non-zero ends the dump. */
typedef int kf_nl_visit(void *data, const void *attrs, size_t size);

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
	/*
	 * Netlink: sys-nl.c, on libnl. In a build without the monitor the first call of each
	 * kind is -ENOSYS, and no other follows.
	 */
	/* Non-blocking, in multicast @group; @nl->receive_bytes is a wish, 0 for none. */
	int (*nl_open)(const struct kf_sys *sys, int protocol, int group, struct kf_nl *nl);
	ssize_t (*nl_receive)(const struct kf_sys *sys, const struct kf_nl *nl, void *buf,
			      size_t size, struct kf_nl_from *ret_from);
	/* Generic netlink; -ENOENT: no such family */
	int (*nl_open_family)(const struct kf_sys *sys, const char *family, struct kf_nl *ret_nl);
	/* Returns what @visit or else the kernel said; -EAGAIN: it changed meanwhile. */
	int (*nl_dump)(const struct kf_sys *sys, const struct kf_nl *nl,
		       const struct kf_nl_request *request, kf_nl_visit *visit, void *data);
	void (*nl_close)(const struct kf_sys *sys, struct kf_nl *nl);
	/* calloc(3) when @old is NULL, else reallocarray(3); free with free(3). NULL: no memory */
	void *(*alloc)(const struct kf_sys *sys, void *old, size_t count, size_t size);
};

extern const struct kf_sys kf_sys_linux;

/* sys-nl.c, or sys-nl-none.c: the part of kf_sys_linux that needs libnl */

int kf_nl_open(const struct kf_sys *sys, int protocol, int group, struct kf_nl *nl);
ssize_t kf_nl_receive(const struct kf_sys *sys, const struct kf_nl *nl, void *buf, size_t size,
		      struct kf_nl_from *ret_from);
int kf_nl_open_family(const struct kf_sys *sys, const char *family, struct kf_nl *ret_nl);
int kf_nl_dump(const struct kf_sys *sys, const struct kf_nl *nl,
	       const struct kf_nl_request *request, kf_nl_visit *visit, void *data);
void kf_nl_close(const struct kf_sys *sys, struct kf_nl *nl);

#endif
