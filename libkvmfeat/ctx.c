// SPDX-License-Identifier: LGPL-2.1-or-later
/* The context: root, /dev/kvm, architecture and release of the host that is asked. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kvm.h>

#include "internal.h"

static const struct {
	const char *machine; /* as uname(2) and /proc/sys/kernel/arch spell it */
	const char *name;
	enum kf_arch arch;
} targets[] = {
	{ "x86_64", "x86", KF_ARCH_X86 },	 { "i686", "x86", KF_ARCH_X86 },
	{ "i586", "x86", KF_ARCH_X86 },		 { "aarch64", "arm64", KF_ARCH_ARM64 },
	{ "armv8l", "arm64", KF_ARCH_ARM64 },	 { "s390x", "s390", KF_ARCH_S390 },
	{ "ppc64le", "powerpc", KF_ARCH_OTHER }, { "ppc64", "powerpc", KF_ARCH_OTHER },
	{ "riscv64", "riscv", KF_ARCH_OTHER },	 { "loongarch64", "loongarch", KF_ARCH_OTHER },
	{ "mips64", "mips", KF_ARCH_OTHER },
};

enum kf_arch kf_arch_of(const char *machine, const char **ret_name)
{
	for (size_t i = 0; i < KF_ARRAY_SIZE(targets); i++)
		if (!strcmp(machine, targets[i].machine)) {
			*ret_name = targets[i].name;
			return targets[i].arch;
		}
	*ret_name = "unknown";
	return KF_ARCH_UNKNOWN;
}

static void set_host(struct kvmfeat_ctx *ctx, const char *machine, const char *release)
{
	const char *name;

	ctx->arch = kf_arch_of(machine, &name);
	snprintf(ctx->arch_name, sizeof(ctx->arch_name), "%s", name);
	snprintf(ctx->release, sizeof(ctx->release), "%s", release);
}

int kf_ctx_new(const struct kf_sys *sys, struct kvmfeat_ctx **ret_ctx)
{
	struct kvmfeat_ctx *ctx = sys->alloc(sys, NULL, 1, sizeof(*ctx));
	struct utsname host;

	if (!ctx)
		return -ENOMEM;
	kf_reason_init(&ctx->reason);
	kf_sys_trace_init(&ctx->trace, sys, &ctx->log, &ctx->arch);
	ctx->root_fd = -1;
	ctx->kvm_fd = -1;
	kf_log_from_env(&ctx->log);
	ctx->sys = ctx->log.level == KVMFEAT_LOG_TRACE ? &ctx->trace.sys : sys;
	if (!sys->uname(sys, &host))
		set_host(ctx, host.machine, host.release);
	else
		set_host(ctx, "unknown", "unknown");
	*ret_ctx = ctx;
	return 0;
}

KVMFEAT_EXPORT int kvmfeat_ctx_new(struct kvmfeat_ctx **ret_ctx)
{
	return kf_ctx_new(&kf_sys_linux, ret_ctx);
}

KVMFEAT_EXPORT void kvmfeat_ctx_free(struct kvmfeat_ctx *ctx)
{
	if (!ctx)
		return;
	if (!ctx->kvm_fd_borrowed)
		kf_close(ctx, ctx->kvm_fd);
	kf_close(ctx, ctx->root_fd);
	free(ctx);
}

KVMFEAT_EXPORT int kvmfeat_ctx_set_root(struct kvmfeat_ctx *ctx, const char *path)
{
	char machine[65], release[65];
	int fd, old = ctx->root_fd;

	if (ctx->kvm_fd >= 0)
		return kf_fail(&ctx->reason,
			       &(struct kf_fault){ .error = -EBUSY,
						   .why = KVMFEAT_WHY_BUSY,
						   .operation = "set root",
						   .object = path },
			       "root %s comes too late: /dev/kvm is open", path);
	fd = ctx->sys->open(ctx->sys, AT_FDCWD, path, O_PATH | O_DIRECTORY, 0);
	if (fd < 0)
		return kf_fail(&ctx->reason,
			       &(struct kf_fault){ .error = fd,
						   .origin = KVMFEAT_ORIGIN_KERNEL,
						   .why = fd == -EACCES ? KVMFEAT_WHY_PERMISSION :
									  KVMFEAT_WHY_NONE,
						   .operation = "open",
						   .object = path },
			       "root %s: %s", path, kf_errno_text(fd));
	if (!strcmp(path, "/")) {
		struct utsname host;

		kf_close(ctx, fd);
		kf_close(ctx, old);
		ctx->root_fd = -1;
		if (!ctx->sys->uname(ctx->sys, &host))
			set_host(ctx, host.machine, host.release);
		return 0;
	}
	ctx->root_fd = fd;
	fd = kf_open(ctx, ".", O_PATH | O_DIRECTORY);
	if (fd < 0) {
		const bool missing = fd == -ENOSYS;

		kf_close(ctx, ctx->root_fd);
		ctx->root_fd = old;
		return kf_fail(
			&ctx->reason,
			&(struct kf_fault){ .error = fd,
					    .origin = KVMFEAT_ORIGIN_KERNEL,
					    .why = missing	? KVMFEAT_WHY_KERNEL_VERSION :
						   fd == -EPERM ? KVMFEAT_WHY_PERMISSION :
								  KVMFEAT_WHY_NONE,
					    .operation = "openat2",
					    .object = path,
					    .remedy = missing ? "Linux 5.6 or newer" : NULL },
			"root %s cannot be kept closed (openat2): %s", path, kf_errno_text(fd));
	}
	kf_close(ctx, fd);
	kf_close(ctx, old);
	if (kf_read_file(ctx, "proc/sys/kernel/arch", machine, sizeof(machine)) < 0)
		strcpy(machine, "unknown");
	if (kf_read_file(ctx, "proc/sys/kernel/osrelease", release, sizeof(release)) < 0)
		strcpy(release, "unknown");
	set_host(ctx, machine, release);
	return 0;
}

/* What an errno of /dev/kvm means, by the call that got it. */
struct cause {
	int error;
	enum kvmfeat_why why;
	const char *reason;
	const char *remedy;
};

static const struct cause open_causes[] = {
	{ -ENOENT, KVMFEAT_WHY_NOT_LOADED,
	  "there is no /dev/kvm: KVM is not loaded, or not built in", NULL },
	{ -EACCES, KVMFEAT_WHY_PERMISSION,
	  "/dev/kvm may not be opened: its file mode, a nodev mount or a security module says no",
	  "join the group that owns /dev/kvm (usually kvm), or run as root" },
	{ -EPERM, KVMFEAT_WHY_PERMISSION,
	  "/dev/kvm may not be opened: a sandbox (seccomp, device cgroup, LSM) says no",
	  "allow open(2) of device 10:232 in the sandbox" },
	{ -ENXIO, KVMFEAT_WHY_NOT_LOADED, "/dev/kvm is there, but no driver is behind it", NULL },
	{ -ENODEV, KVMFEAT_WHY_NOT_LOADED, "/dev/kvm is there, but no driver is behind it", NULL },
	{ 0, KVMFEAT_WHY_NONE, "/dev/kvm cannot be opened", NULL },
};

/* Without /dev/kvm, sysfs tells whether KVM is there all the same. */
static const struct cause hidden_causes[] = {
	{ -ENOENT, KVMFEAT_WHY_PERMISSION, "KVM is there, but /dev/kvm is hidden from here",
	  "pass /dev/kvm into the container, or make the device node" },
};

static const struct cause unseen_causes[] = {
	{ -ENOENT, KVMFEAT_WHY_NOT_VISIBLE,
	  "there is no /dev/kvm here, and no /sys that tells whether KVM is loaded", NULL },
};

/* Of a module that was loaded and found no virtualization, nothing stays in sysfs. */
static const struct cause failed_causes[] = {
	{ -ENOENT, KVMFEAT_WHY_NOT_LOADED,
	  "there is no /dev/kvm: KVM is built in, but did not start",
	  "the kernel's log tells why: dmesg | grep -i kvm" },
};

static const struct cause version_causes[] = {
	{ -ENOTTY, KVMFEAT_WHY_NOT_LOADED, "/dev/kvm is not the KVM device",
	  "make /dev/kvm the misc device 10:232" },
	{ -EPERM, KVMFEAT_WHY_PERMISSION, "/dev/kvm may not be asked: a sandbox (seccomp) says no",
	  "allow ioctl(2) on /dev/kvm in the sandbox" },
	{ -EACCES, KVMFEAT_WHY_PERMISSION, "/dev/kvm may not be asked: an LSM says no",
	  "allow ioctl(2) on /dev/kvm in the policy" },
	{ 0, KVMFEAT_WHY_NONE, "/dev/kvm does not tell its API version", NULL },
};

static const struct cause given_causes[] = {
	{ -ENOTTY, KVMFEAT_WHY_NONE, "the given descriptor is not /dev/kvm", NULL },
	{ -EBADF, KVMFEAT_WHY_NONE, "the given descriptor is not open", NULL },
	{ 0, KVMFEAT_WHY_NONE, "the given /dev/kvm does not tell its API version", NULL },
};

/* What brings KVM, by architecture and, on x86, by what the CPU shows. */
static const char *load_remedy(struct kvmfeat_ctx *ctx)
{
	switch (ctx->arch) {
	case KF_ARCH_X86:
		if (kf_cpu_lacks(ctx, "svm") && kf_cpu_lacks(ctx, "vmx"))
			return "this CPU shows neither SVM nor VMX: enable virtualization in the "
			       "firmware or, in a VM, nested virtualization on its host";
		return kf_cpu_lacks(ctx, "svm") ? "modprobe kvm_intel" :
		       kf_cpu_lacks(ctx, "vmx") ? "modprobe kvm_amd" :
						  "modprobe kvm_amd or kvm_intel";
	case KF_ARCH_ARM64:
		return "a kernel with CONFIG_KVM, started at EL2";
	default:
		return "a kernel with CONFIG_KVM";
	}
}

/* @cause: a table that has @err, or ends with the cause of any other error. */
static int kvm_failed(struct kvmfeat_ctx *ctx, const char *operation, const struct cause *cause,
		      int err)
{
	const char *remedy;

	while (cause->error && cause->error != err)
		cause++;
	remedy = cause->remedy;
	if (!remedy && cause->why == KVMFEAT_WHY_NOT_LOADED)
		remedy = load_remedy(ctx);
	return kf_fail(&ctx->reason,
		       &(struct kf_fault){
			       .error = err,
			       .origin = KVMFEAT_ORIGIN_KERNEL,
			       .why = cause->why,
			       .operation = operation,
			       .object = "/dev/kvm",
			       .remedy = remedy,
		       },
		       "%s%s%s", cause->reason, cause->error ? "" : ": ",
		       cause->error ? "" : kf_errno_text(err));
}

/* The module for this CPU is there, and has been asked to start. */
static bool is_built_in(struct kvmfeat_ctx *ctx)
{
	const bool svm = !kf_cpu_lacks(ctx, "svm"), vmx = !kf_cpu_lacks(ctx, "vmx");

	return ctx->arch == KF_ARCH_X86 && svm != vmx &&
	       kf_exists(ctx, svm ? "sys/module/kvm_amd" : "sys/module/kvm_intel") == 1;
}

static int open_failed(struct kvmfeat_ctx *ctx, int err)
{
	const struct cause *causes = open_causes;

	if (err == -ENOENT && kf_exists(ctx, "sys/class/misc/kvm") == 1)
		causes = hidden_causes;
	else if (err == -ENOENT && kf_exists(ctx, "sys/class/misc") != 1)
		causes = unseen_causes;
	else if (err == -ENOENT && is_built_in(ctx))
		causes = failed_causes;
	return kvm_failed(ctx, "open", causes, err);
}

static int check_api_version(struct kvmfeat_ctx *ctx, int fd, const struct cause *causes)
{
	int version = kf_ioctl(ctx, fd, KVM_GET_API_VERSION, 0);
	char value[16];

	if (version == KVM_API_VERSION)
		return 0;
	if (version < 0)
		return kvm_failed(ctx, "KVM_GET_API_VERSION", causes, version);
	snprintf(value, sizeof(value), "%d", version);
	return kf_fail(&ctx->reason,
		       &(struct kf_fault){
			       .error = -EBADMSG,
			       .why = KVMFEAT_WHY_KERNEL_VERSION,
			       .operation = "KVM_GET_API_VERSION",
			       .object = "/dev/kvm",
			       .value = value,
		       },
		       "/dev/kvm speaks API version %d, not %d", version, KVM_API_VERSION);
}

KVMFEAT_EXPORT int kvmfeat_ctx_set_kvm_fd(struct kvmfeat_ctx *ctx, int fd)
{
	int err;

	if (ctx->kvm_fd >= 0)
		return kf_fail(&ctx->reason,
			       &(struct kf_fault){ .error = -EBUSY,
						   .why = KVMFEAT_WHY_BUSY,
						   .operation = "set /dev/kvm",
						   .object = "/dev/kvm" },
			       "the context has an open /dev/kvm already");
	err = check_api_version(ctx, fd, given_causes);
	if (err)
		return err;
	ctx->kvm_fd = fd;
	ctx->kvm_fd_borrowed = true;
	return 0;
}

KVMFEAT_EXPORT int kvmfeat_ctx_get_kvm_fd(struct kvmfeat_ctx *ctx, int *ret_fd)
{
	int fd = ctx->kvm_fd;
	int err;

	if (fd < 0) {
		fd = kf_open(ctx, "dev/kvm", O_RDWR);
		if (fd < 0)
			return open_failed(ctx, fd);
		err = check_api_version(ctx, fd, version_causes);
		if (err) {
			kf_close(ctx, fd);
			return err;
		}
		ctx->kvm_fd = fd;
	}
	*ret_fd = fd;
	return 0;
}

KVMFEAT_EXPORT const struct kvmfeat_error *kvmfeat_ctx_error(const struct kvmfeat_ctx *ctx)
{
	return &ctx->reason.error;
}

KVMFEAT_EXPORT void kvmfeat_ctx_set_log(struct kvmfeat_ctx *ctx, enum kvmfeat_log_level level,
					kvmfeat_log_fn fn, void *data)
{
	ctx->log =
		(struct kf_log){ .level = fn ? level : KVMFEAT_LOG_NONE, .fn = fn, .data = data };
	ctx->sys = ctx->log.level == KVMFEAT_LOG_TRACE ? &ctx->trace.sys : ctx->trace.next;
}

KVMFEAT_EXPORT const char *kvmfeat_ctx_why_name(enum kvmfeat_why why)
{
	static const char *const names[] = {
		[KVMFEAT_WHY_NONE] = "",
		[KVMFEAT_WHY_HARDWARE] = "hardware",
		[KVMFEAT_WHY_FIRMWARE] = "firmware",
		[KVMFEAT_WHY_KERNEL_VERSION] = "kernel-version",
		[KVMFEAT_WHY_KERNEL_CONFIG] = "kernel-config",
		[KVMFEAT_WHY_MODULE_PARAMETER] = "module-parameter",
		[KVMFEAT_WHY_NOT_LOADED] = "not-loaded",
		[KVMFEAT_WHY_PERMISSION] = "permission",
		[KVMFEAT_WHY_OTHER_ARCH] = "other-arch",
		[KVMFEAT_WHY_BUSY] = "busy",
		[KVMFEAT_WHY_NOT_ASKED] = "not-asked",
		[KVMFEAT_WHY_NOT_VISIBLE] = "not-visible",
	};

	return (size_t)why < KF_ARRAY_SIZE(names) ? names[why] : "";
}

KVMFEAT_EXPORT const char *kvmfeat_version(void)
{
	return KF_VERSION;
}
