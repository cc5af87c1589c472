/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the rooms share: context, reasons, log, files below the root. Not installed. */
#ifndef KF_INTERNAL_H
#define KF_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include <kvmfeat/kvmfeat.h>

#include "sys.h"

#define KVMFEAT_EXPORT __attribute__((visibility("default")))
/* Kept out of its callers, whose good case is to be quick. */
#define KF_APART __attribute__((noinline))
#define KF_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define KF_ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Architectures, a bit each so that a table row can name several. */
enum kf_arch {
	KF_ARCH_UNKNOWN = 0,
	KF_ARCH_X86 = 1 << 0,
	KF_ARCH_ARM64 = 1 << 1,
	KF_ARCH_S390 = 1 << 2,
	KF_ARCH_OTHER = 1 << 3,
	KF_ARCH_ANY = 0xff,
};

/* The last failure, with the storage of its strings. */
struct kf_reason {
	struct kvmfeat_error error;
	char object[256];
	char value[128];
	char reason[512];
	char remedy[256];
};

struct kf_log {
	enum kvmfeat_log_level level;
	kvmfeat_log_fn fn;
	void *data;
};

/* Logs each call, then hands it on; in use while the log level is trace. */
struct kf_sys_trace {
	struct kf_sys sys;
	const struct kf_sys *next;
	struct kf_log *log;
	const enum kf_arch *arch; /* a capability's number may mean something else on each */
};

struct kvmfeat_ctx {
	const struct kf_sys *sys; /* &trace.sys or trace.next */
	struct kf_sys_trace trace;
	struct kf_reason reason;
	struct kf_log log;
	int root_fd; /* -1: this host's own root */
	int kvm_fd; /* -1: not open */
	bool kvm_fd_borrowed;
	enum kf_arch arch;
	char arch_name[16];
	char release[65];
};

struct kvmfeat_vm {
	struct kvmfeat_ctx *ctx;
	int fd;
	bool borrowed;
	/* What this handle switched last: some kernels do not show it. */
	enum kvmfeat_hdbss_enabled hdbss;
	unsigned int hdbss_order; /* while @hdbss is on */
	/* Threads of several vCPUs may write these. */
	_Atomic unsigned int pmu; /* KF_PMU_* */
	_Atomic int pmu_type; /* while KF_PMU_SELECTED */
};

struct kvmfeat_vcpu {
	struct kvmfeat_vm *vm;
	struct kf_reason reason;
	int fd;
	bool borrowed;
	unsigned int pmu; /* KF_PMU_* */
};

/* ctx.c */

/* kvmfeat_ctx_new() with another kernel below it: tests and the command's own tests. */
int kf_ctx_new(const struct kf_sys *sys, struct kvmfeat_ctx **ret_ctx);
enum kf_arch kf_arch_of(const char *machine, const char **ret_name);

/* reason.c */

/* A failure in the making; strings that are NULL stay empty. */
struct kf_fault {
	int error; /* negative errno */
	enum kvmfeat_origin origin;
	enum kvmfeat_why why;
	const char *operation; /* a string literal: it is kept, not copied */
	const char *object;
	const char *value;
	const char *remedy;
};

void kf_reason_init(struct kf_reason *reason);
/* Records the failure and returns fault->error. */
int kf_fail(struct kf_reason *reason, const struct kf_fault *fault, const char *fmt, ...)
	KF_PRINTF(3, 4);
/* -EINVAL of the library: an argument is wrong, nothing was asked of the kernel. */
int kf_invalid(struct kf_reason *reason, const char *operation, const char *object,
	       const char *value, const char *fmt, ...) KF_PRINTF(5, 6);
/* -ENOMEM of the library. */
int kf_no_memory(struct kf_reason *reason, const char *operation);
/* Copies a failure of one handle to another (context to vCPU, say). */
void kf_reason_copy(struct kf_reason *to, const struct kf_reason *from);
/* "Permission denied": the text of an errno, without locale and without state. */
const char *kf_errno_text(int error);
/* "EACCES": its name. */
const char *kf_errno_name(int error);

/* log.c */

void kf_log_from_env(struct kf_log *log);
void kf_log(const struct kf_log *log, enum kvmfeat_log_level level, const char *fmt, ...)
	KF_PRINTF(3, 4);

/* sys-trace.c */

void kf_sys_trace_init(struct kf_sys_trace *trace, const struct kf_sys *next, struct kf_log *log,
		       const enum kf_arch *arch);

/* ioctl-names.c: the name of an ioctl, and its argument as text, decoded where it has names */

const char *kf_ioctl_name(unsigned long request);
void kf_ioctl_arg_text(enum kf_arch arch, unsigned long request, uintptr_t arg, char *buf,
		       size_t size);

/* cpuinfo.c */

/* True when /proc/cpuinfo can be read and does not list @flag. */
bool kf_cpu_lacks(struct kvmfeat_ctx *ctx, const char *flag);

/* features.c */

/* Whether @release ("6.12.9-amd64") comes before @than ("6.18"); false when it cannot be read. */
bool kf_older(const char *release, const char *than);

/* cap-names.c */

/* Numbers that stand for HDBSS outside the upstream tree, on arm64. */
enum {
	KF_CAP_HDBSS_POSTED = 248,
	KF_CAP_HDBSS_OPENEULER = 502,
};

/* What a vendor's kernel means by @number on @arch, or NULL. */
const char *kf_cap_alias(enum kf_arch arch, unsigned int number);

/* cap.c */

/*
 * KVM_CHECK_EXTENSION on any descriptor that takes it; @object names it in the reason, which is
 * the context's or a vCPU's.
 */
int kf_check_extension(struct kvmfeat_ctx *ctx, struct kf_reason *reason, int fd,
		       const char *object, unsigned int number, int *ret_value);

/* sysfs.c: files below the root of the context; @path without a leading slash */

int kf_open(struct kvmfeat_ctx *ctx, const char *path, int flags);
/* The same in an open directory, which a captured tree's symbolic link does not lead out of. */
int kf_open_at(struct kvmfeat_ctx *ctx, int dirfd, const char *path, int flags);
void kf_close(struct kvmfeat_ctx *ctx, int fd); /* a negative @fd is passed over */
/* 1: it is there, 0: it is not, else a negative errno. */
int kf_exists(struct kvmfeat_ctx *ctx, const char *path);
/* Reads to the end, or until @buf is full: any bytes. Returns their number. Sets no reason. */
ssize_t kf_read_fd(struct kvmfeat_ctx *ctx, int fd, char *buf, size_t size);
/*
 * Reads a whole small file into @buf, a string without the final newline. Returns its
 * length; -EBADMSG when it holds a NUL or does not fit. Sets no reason.
 */
ssize_t kf_read_file(struct kvmfeat_ctx *ctx, const char *path, char *buf, size_t size);
/* The same of an open file. */
ssize_t kf_read_text(struct kvmfeat_ctx *ctx, int fd, char *buf, size_t size);
/* Reads the start of a file of any size into @buf, a string; returns its length. */
ssize_t kf_read_start(struct kvmfeat_ctx *ctx, const char *path, char *buf, size_t size);
/*
 * 1: a file of a running kernel, 0: one of a captured tree, which would take any text and change
 * nothing; else a negative errno. Sets no reason.
 */
int kf_is_sysfs(struct kvmfeat_ctx *ctx, int fd);
/* Why a file of sysfs is not opened to be written, as a clause; NULL: for another cause. */
struct kf_denial {
	int error;
	const char *text;
	const char *remedy;
};
const struct kf_denial *kf_find_denial(int err);
/* Calls @visit with each name of a directory but . and ..; stops at its first non-zero. */
int kf_for_each_entry(struct kvmfeat_ctx *ctx, int dirfd,
		      int (*visit)(void *data, const char *name), void *data);

/* proc.c: descriptors of processes, below the root */

#define KF_PROC_LINK 64 /* longer links are cut: none that we look for is */

struct kf_proc_fd {
	pid_t pid;
	int fd;
	int dirfd; /* /proc/PID/fd, open while the visitor runs; O_PATH opens work in it */
	const char *link;
};

/*
 * Non-zero ends the scan of the process (-EACCES, -EPERM, -ENOENT, -ESRCH) or the whole, with
 * the reason that the visitor has set.
 */
typedef int kf_proc_visit(void *data, const struct kf_proc_fd *fd);

/*
 * Visits each descriptor of process @pid, or of all when it is 0. @ret_unseen: processes that
 * may not be looked into, -1 when hidepid hides even their number. Processes that end
 * meanwhile are passed over.
 */
int kf_proc_scan(struct kvmfeat_ctx *ctx, pid_t pid, kf_proc_visit *visit, void *data,
		 int *ret_unseen);

enum kf_proc_kind {
	KF_PROC_OWN, /* its pids are those that this process may give to system calls */
	KF_PROC_FOREIGN, /* they are of another pid namespace: here they are other processes */
	KF_PROC_COPY, /* a captured tree */
};

enum kf_proc_kind kf_proc_kind(struct kvmfeat_ctx *ctx);

/* Reading /proc or a file of it failed: sets the reason and returns @err. */
int kf_proc_fail(struct kvmfeat_ctx *ctx, int err, const char *object);

/* gmem-memory.c */

enum { KF_GMEM_ANON_INODE = 1, KF_GMEM_OWN_FS = 2 };

/*
 * 0: @fd is no guest_memfd; KF_GMEM_*: it is one, on such a file system. An O_PATH descriptor
 * will do. @ret_st may be NULL. Sets no reason.
 */
int kf_gmem_stat(struct kvmfeat_ctx *ctx, int fd, struct stat *ret_st);
/* Bytes in the page cache, which are the allocated ones. Sets no reason. */
int kf_gmem_cached_bytes(struct kvmfeat_ctx *ctx, int fd, uint64_t *ret_bytes);
uint64_t kf_gmem_blocks_bytes(const struct stat *st);
/* gmem.c */
bool kf_page_aligned(uint64_t number);

/* proc-decode.c: texts of /proc; pure */

/* What times in /proc count, by second: USER_HZ, the same on every architecture we build for. */
#define KF_PROC_TICKS 100

/* What kf_proc_decode_kvm_link() tells besides the id of a vCPU. */
enum { KF_LINK_VM = -1, KF_LINK_VCPU = -2 };

struct kf_proc_status {
	uid_t uid; /* real; -1: unknown */
	int64_t memory_bytes; /* resident; -1: unknown */
};

/* A pid or descriptor: digits and nothing else, at most INT_MAX. */
bool kf_proc_decode_number(const char *text, int *ret_number);
/* Whether a descriptor is a VM (KF_LINK_VM) or a vCPU (its id, or KF_LINK_VCPU). */
bool kf_proc_decode_kvm_link(const char *link, long *ret_id);
void kf_proc_decode_status(const char *text, struct kf_proc_status *ret_status);
/* When a process started, in ticks since the boot, from its stat; -EBADMSG. */
int kf_proc_decode_start(const char *text, uint64_t *ret_ticks);
/* The uptime in ticks; -EBADMSG. */
int kf_proc_decode_uptime(const char *text, uint64_t *ret_ticks);
/* The inode number of /proc/PID/fdinfo/FD, there since Linux 5.14; -EBADMSG without one. */
int kf_proc_decode_inode(const char *text, uint64_t *ret_inode);

/* Whether a process may trace any other, CAP_SYS_PTRACE, from its status. */
bool kf_proc_decode_can_trace(const char *status);
/* Whether the procfs on that device, in a mountinfo, leaves out processes of others. */
bool kf_proc_decode_hidepid(const char *mountinfo, unsigned int major, unsigned int minor);

/* same-file.c: which descriptors of VMs or vCPUs are one open file */

struct kf_held_fd {
	pid_t pid;
	int fd;
	long id; /* of its link */
	size_t same; /* index of the first descriptor of the same open file */
	bool opaque; /* the kernel does not compare it, so same says nothing */
	bool gone; /* closed meanwhile */
};

/*
 * Compares descriptors, sorted by pid; @proc: where their pids come from. A single one is not
 * asked for. Sets a reason.
 */
int kf_tell_files_apart(struct kvmfeat_ctx *ctx, enum kf_proc_kind proc, struct kf_held_fd *fds,
			size_t count);
/* Whether a descriptor still is what its link said: 1, 0, or an error. Sets no reason. */
int kf_still_held(struct kvmfeat_ctx *ctx, const struct kf_held_fd *fd);

/* stats.c */

/*
 * Reads counters of a VM by name. Those that its kernel does not have are left alone, and so are
 * all when it has no binary statistics. Sets a reason.
 */
int kf_stats_read(struct kvmfeat_vm *vm, const char *const names[], size_t count, int64_t values[]);

/* stats-decode.c: KVM's binary statistics; pure */

/* The same on their bytes. Returns what is wrong with them, and then no value is written. */
const char *kf_stats_decode(const void *bytes, size_t size, const char *const names[], size_t count,
			    int64_t values[]);

/* pmu-reason.c: a vCPU attribute of the PMU as the kernel calls it, without its prefix, or NULL */

const char *kf_pmu_attr_name(unsigned int attr);

/* pmu-host.c */

struct kf_pmu_look {
	bool has_fixed;
	bool uncovered; /* a possible CPU has no PMU, so that it cannot be set */
	int counters; /* -1: not known */
};

#define KF_PMU_UNCOVERED "a possible CPU of this host has no PMU"

/* What a scratch vCPU in @vm, number 0 and gone afterwards, tells. Sets the context's reason. */
int kf_pmu_look(struct kvmfeat_vm *vm, struct kf_pmu_look *ret_look);

/* pmu-list.c */

/* The advice of struct kvmfeat_pmu_mix; "" without one. Leaves the context's reason alone. */
void kf_pmu_advice(struct kvmfeat_ctx *ctx, char *buf, size_t size);

/* tdisp-check.c */

/*
 * kvmfeat_tdisp_check() for one answer: the first finding that keeps a report from being believed,
 * a rule that is refused before one that is not checked. Without any its rule is NULL.
 */
int kf_tdisp_find_fault(struct kvmfeat_ctx *ctx, const void *report, size_t size,
			const struct kvmfeat_tdisp_device *device,
			struct kvmfeat_tdisp_finding *ret_fault);

/* tsm-decode.c and tsm-find.c */

/* "tsm" and a number of the kernel's type int, as it prints one. */
bool kf_tsm_is_name(const char *text);
/* 0, or why the mode is unknown: -ENOENT when the kernel does not tell. Sets no reason. */
int kf_tsm_read_mode(struct kvmfeat_ctx *ctx, const char *name, enum kvmfeat_tsm_mode *ret_mode);

/* vm-list.c */

/* The VMs of this host; -1: not known. */
int kf_vm_count(struct kvmfeat_ctx *ctx, int *ret_count);

/* opts.c: size-versioned structs of callers */

/*
 * Copies a caller's struct of @user_size bytes into ours of @size bytes. Missing members
 * become zero; -E2BIG when the caller's is longer and its tail is not zero, -EINVAL when
 * @user_size is less than @min_size.
 */
int kf_opts_copy(void *opts, size_t size, const void *user, size_t user_size, size_t min_size);

/* The same for a struct that begins with its size, with a reason; @name is "kvmfeat_nested_pair".
 */
struct kf_opts {
	const char *operation;
	const char *name;
	size_t size;
	size_t min_size;
};
int kf_opts_take(struct kf_reason *reason, const struct kf_opts *opts, const void *user, void *ret);
/*
 * The same without a copy, for a struct that has no shorter form and is used where it is: what was
 * copied a moment ago is slow to read.
 */
int kf_opts_check(struct kf_reason *reason, const struct kf_opts *opts, const void *user);

/*
 * The other way round: fills in a caller's struct of @user_size bytes, except its size. What a
 * longer one has besides becomes zero, of a shorter one the first members are written. -EINVAL
 * when @user_size is less than @min_size.
 */
int kf_result_copy(void *user, size_t user_size, const void *result, size_t size, size_t min_size);

/* Before the work: whether @user, of which @name is the type, is long enough; with a reason. */
int kf_result_check(struct kf_reason *reason, const char *operation, const char *name,
		    const void *user, size_t min_size);

/* Zeroed memory, or @old grown; free with free(3). NULL: there is none. */
static inline void *kf_alloc(struct kvmfeat_ctx *ctx, void *old, size_t count, size_t size)
{
	return ctx->sys->alloc(ctx->sys, old, count, size);
}

static inline int kf_ioctl(struct kvmfeat_ctx *ctx, int fd, unsigned long request, uintptr_t arg)
{
	return ctx->sys->ioctl(ctx->sys, fd, request, arg);
}

#endif
