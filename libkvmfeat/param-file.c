// SPDX-License-Identifier: LGPL-2.1-or-later
/* The file of a module parameter: names, reading, and why it is not there. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "param-private.h"

void kf_param_path(char path[KF_PARAM_PATH], const char *module, const char *name)
{
	snprintf(path, KF_PARAM_PATH, "sys/module/%s/parameters/%s", module, name);
}

int kf_param_check_names(struct kvmfeat_ctx *ctx, const char *operation, const char *module,
			 const char *name)
{
	char quoted[KF_PARAM_QUOTE];
	bool known = false;

	for (const char *const *m = kf_param_modules; module && *m; m++)
		known |= !strcmp(*m, module);
	if (!known) {
		kf_param_quote(module ? module : "", quoted);
		return kf_invalid(&ctx->reason, operation, "module", module,
				  "module '%s' is none of kvm, kvm_amd and kvm_intel", quoted);
	}
	if (!name || kf_param_name_valid(name))
		return 0;
	kf_param_quote(name, quoted);
	return kf_invalid(&ctx->reason, operation, module, name,
			  "'%s' is no name of a parameter of %s: 1 to %d of a-z, 0-9 and _", quoted,
			  module, KF_PARAM_NAME - 1);
}

/* The mode of a file that may not be read: O_PATH needs no permission for the file itself. */
static bool mode_writable(struct kvmfeat_ctx *ctx, const char *path)
{
	int fd = kf_open(ctx, path, O_PATH);
	struct stat st;
	bool writable;

	if (fd < 0)
		return false;
	writable = !ctx->sys->fstat(ctx->sys, fd, &st) && (st.st_mode & 0222);
	kf_close(ctx, fd);
	return writable;
}

static int read_open(struct kvmfeat_ctx *ctx, int fd, struct kf_param_file *ret_file)
{
	struct stat st;
	ssize_t len = ctx->sys->fstat(ctx->sys, fd, &st);

	if (len < 0)
		return (int)len;
	ret_file->writable = st.st_mode & 0222;
	if (!S_ISREG(st.st_mode)) {
		ret_file->flaw = "is no regular file";
		return 0;
	}
	len = kf_read_fd(ctx, fd, ret_file->text, sizeof(ret_file->text) - 1);
	if (len < 0)
		return (int)len;
	ret_file->flaw = kf_param_flaw(ret_file->text, (size_t)len);
	if (!ret_file->flaw)
		ret_file->text[len - 1] = '\0';
	return 0;
}

int kf_param_read(struct kvmfeat_ctx *ctx, const char *module, const char *name,
		  struct kf_param_file *ret_file)
{
	char path[KF_PARAM_PATH];
	int fd, err;

	ret_file->text[0] = '\0';
	ret_file->flaw = NULL;
	ret_file->writable = false;
	kf_param_path(path, module, name);
	/* In a captured tree it may be a pipe: that must not stop us. */
	fd = kf_open(ctx, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd == -EACCES)
		ret_file->writable = mode_writable(ctx, path);
	if (fd < 0)
		return fd;
	err = read_open(ctx, fd, ret_file);
	kf_close(ctx, fd);
	return err;
}

int kf_param_need_sysfs(struct kvmfeat_ctx *ctx)
{
	int fd = kf_open(ctx, "sys/module", O_PATH | O_DIRECTORY);

	kf_close(ctx, fd);
	if (fd >= 0)
		return 0;
	return kf_fail(&ctx->reason,
		       &(struct kf_fault){ .error = fd,
					   .origin = KVMFEAT_ORIGIN_KERNEL,
					   .why = fd == -EACCES ? KVMFEAT_WHY_PERMISSION :
								  KVMFEAT_WHY_NONE,
					   .operation = "open",
					   .object = "/sys/module",
					   .remedy = fd == -ENOENT ? "mount /sys" : NULL },
		       "/sys/module cannot be opened: %s", kf_errno_text(fd));
}

int kf_param_not_loaded(struct kvmfeat_ctx *ctx, const char *module)
{
	int err = kf_param_need_sysfs(ctx);
	char remedy[64];

	if (err)
		return err;
	snprintf(remedy, sizeof(remedy), "modprobe %s", module);
	return kf_fail(&ctx->reason,
		       &(struct kf_fault){ .error = -ENOENT,
					   .origin = KVMFEAT_ORIGIN_KERNEL,
					   .why = KVMFEAT_WHY_NOT_LOADED,
					   .operation = "open",
					   .object = module,
					   .remedy = remedy },
		       "module %s is not loaded", module);
}

/* The module is there and the parameter is not. */
int kf_param_missing(struct kvmfeat_ctx *ctx, const char *module, const char *name)
{
	const struct kf_param_row *row = kf_param_find(module, name);
	struct kf_fault fault = {
		.error = -ENOENT,
		.origin = KVMFEAT_ORIGIN_KERNEL,
		.operation = "open",
		.object = module,
		.value = name,
	};

	if (!row)
		return kf_fail(&ctx->reason, &fault, "module %s has no parameter '%s'", module,
			       name);
	if (!row->any_arch && ctx->arch != KF_ARCH_X86 && ctx->arch != KF_ARCH_UNKNOWN) {
		fault.why = KVMFEAT_WHY_OTHER_ARCH;
		return kf_fail(&ctx->reason, &fault,
			       "module %s has no parameter '%s' on %s: it belongs to x86", module,
			       name, ctx->arch_name);
	}
	if (row->config) {
		fault.why = KVMFEAT_WHY_KERNEL_CONFIG;
		return kf_fail(&ctx->reason, &fault,
			       "module %s of this kernel (%s) has no parameter '%s': it needs %s",
			       module, ctx->release, name, row->config);
	}
	fault.why = KVMFEAT_WHY_KERNEL_VERSION;
	return kf_fail(&ctx->reason, &fault,
		       "module %s of this kernel (%s) has no parameter '%s', that of Linux 7.3 has",
		       module, ctx->release, name);
}

int kf_param_open_module(struct kvmfeat_ctx *ctx, const char *module, const char *below, int flags)
{
	char path[KF_PARAM_PATH];

	snprintf(path, sizeof(path), "sys/module/%s%s", module, below);
	return kf_open(ctx, path, flags);
}

int kf_param_open_failed(struct kvmfeat_ctx *ctx, const char *module, const char *name, int err)
{
	struct kf_fault fault = {
		.error = err,
		.origin = KVMFEAT_ORIGIN_KERNEL,
		.operation = "open",
	};
	char path[KF_PARAM_PATH + 1] = "/";
	int fd;

	if (err == -ENOENT) {
		fd = kf_param_open_module(ctx, module, "", O_PATH | O_DIRECTORY);
		kf_close(ctx, fd);
		return fd == -ENOENT ? kf_param_not_loaded(ctx, module) :
				       kf_param_missing(ctx, module, name);
	}
	kf_param_path(path + 1, module, name);
	fault.object = path;
	if (err == -EACCES || err == -EPERM) {
		fault.why = KVMFEAT_WHY_PERMISSION;
		fault.remedy = "run as root";
	}
	return kf_fail(&ctx->reason, &fault, "%s cannot be read: %s", path, kf_errno_text(err));
}

bool kf_param_built_in(struct kvmfeat_ctx *ctx, const char *module)
{
	/* Only a module that was loaded has a state of loading. */
	int fd = kf_param_open_module(ctx, module, "/initstate", O_PATH);

	kf_close(ctx, fd);
	return fd == -ENOENT;
}

void kf_param_undo(char *buf, size_t size, bool built_in, const char *module)
{
	if (built_in)
		snprintf(buf, size, "the host starts again");
	else
		snprintf(buf, size, "module %s is loaded again", module);
}

void kf_param_load_line(char *buf, size_t size, bool built_in, const char *module, const char *name,
			const char *value)
{
	snprintf(buf, size, built_in ? "%s.%s=%s" : "options %s %s=%s", module, name, value);
}
