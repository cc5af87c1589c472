/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel that answers as a test wants: a struct kf_sys over a private directory tree that
 * stands for /, plus KVM descriptors that exist only here. What it claims about the real
 * kernel is checked by the bodies in tests/contract/.
 */
#ifndef FAKE_H
#define FAKE_H

#include <stdbool.h>
#include <stddef.h>

#include "fake-gmem.h"
#include "fake-hdbss.h"
#include "fake-nl.h"
#include "fake-pmu.h"
#include "fake-proc.h"
#include "internal.h"

#define FAKE_FD_BASE 5000 /* descriptors below this are real ones, inside the tree */
#define FAKE_FDS 512
#define FAKE_CAPS 0x4845

enum fake_kind {
	FAKE_FREE = 0,
	FAKE_KVM,
	FAKE_VM,
	FAKE_VCPU,
	FAKE_FILE, /* data: its struct fake_file */
	FAKE_PATH, /* the same, opened with O_PATH */
	FAKE_PIDFD, /* id: the process */
	FAKE_STATS, /* vm: of which VM; id: how far it has been read */
	FAKE_OTHER,
};

struct fake_fd {
	enum fake_kind kind;
	bool cloexec;
	int vm; /* of a vCPU: index of its VM */
	long id; /* of a vCPU: its id; of a VM: its type */
	void *data; /* belongs to who opened it */
	struct fake_hdbss_vm hdbss; /* of a VM */
	struct fake_pmu_fd pmu; /* of a VM or a vCPU */
};

struct fake {
	struct kf_sys sys;
	char root[64];
	struct utsname uname;
	pid_t pid; /* of the caller, who is 42 in /proc: another number is another pid namespace */

	bool sys_is_copy; /* what the tree has below /sys is in no sysfs */

	/* KVM */
	int open_error; /* what opening /dev/kvm answers instead of a descriptor */
	int ioctl_error; /* what every ioctl answers (a seccomp filter: -EPERM) */
	int api_version; /* negative: the error of KVM_GET_API_VERSION */
	int system_caps[FAKE_CAPS];
	int vm_caps[FAKE_CAPS];
	unsigned long vm_types; /* bit n: KVM_CREATE_VM takes type n */
	struct fake_fd fds[FAKE_FDS];
	struct fake_procs procs;
	struct fake_gmem_host gmem;
	struct fake_hdbss_host hdbss;
	struct fake_nl nl;
	struct fake_pmu_host pmu;

	/*
	 * Every call is counted; number fail_at (from 1) answers fail_error instead. When that
	 * call is an allocation, fail_error becomes -ENOMEM.
	 */
	unsigned int calls;
	unsigned int allocations; /* those of memory among them */
	unsigned int fail_at;
	int fail_error;
	bool failed; /* it happened */

	/*
	 * Rooms that need more hook in here: the first that returns something else than
	 * FAKE_PASS answers the call. NULL: not used.
	 */
	int (*ioctl_hook)(struct fake *fake, int fd, unsigned long request, uintptr_t arg);
	int (*open_hook)(struct fake *fake, const char *path, int flags);
	ssize_t (*read_hook)(struct fake *fake, int fd); /* an errno, or FAKE_PASS */
	ssize_t (*write_hook)(struct fake *fake, int fd, const void *buf, size_t size);
	int (*mmap_hook)(struct fake *fake, int fd, uint64_t offset, size_t size, void **ret_area);
	int (*munmap_hook)(struct fake *fake, void *area, size_t size);
	void *hook_data;
};

#define FAKE_PASS (-0x7fff)

/*
 * An x86 host with KVM, a few capabilities, /proc with pids 1 and 42 and the uptime, and no module
 * parameters.
 */
void fake_init(struct fake *fake);
void fake_free(struct fake *fake);

/* The tree: @path is absolute as the library sees it ("/sys/module/kvm/…"). */
void fake_file(struct fake *fake, const char *path, const char *text);
void fake_file_bytes(struct fake *fake, const char *path, const void *bytes, size_t size);
void fake_mode(struct fake *fake, const char *path, unsigned int mode);
void fake_dir(struct fake *fake, const char *path);
void fake_link(struct fake *fake, const char *path, const char *target);
void fake_remove(struct fake *fake, const char *path);
/* The text of a file; the caller frees it. */
char *fake_read(struct fake *fake, const char *path);

/* A capability, on /dev/kvm and on VMs. */
void fake_cap(struct fake *fake, unsigned int number, int value);

/* Descriptors that are open; tests compare it before and after. */
unsigned int fake_open_fds(const struct fake *fake);
/* A new descriptor of a kind, or -EMFILE. */
int fake_new_fd(struct fake *fake, enum fake_kind kind);
/* The entry of an open fake descriptor, or NULL. */
struct fake_fd *fake_fd(struct fake *fake, int fd);

#endif
