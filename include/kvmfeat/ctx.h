/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The context: which host is asked, why the last call failed, and the log.
 * Every other header builds on this one.
 */
#ifndef KVMFEAT_CTX_H
#define KVMFEAT_CTX_H

#ifdef __cplusplus
extern "C" {
#endif

struct kvmfeat_ctx;

/**
 * enum kvmfeat_origin - Who refused
 * @KVMFEAT_ORIGIN_LIBRARY: the library; nothing was asked of the kernel
 * @KVMFEAT_ORIGIN_KERNEL: the kernel, with the errno that the error carries
 */
enum kvmfeat_origin {
	KVMFEAT_ORIGIN_LIBRARY = 0,
	KVMFEAT_ORIGIN_KERNEL = 1,
};

/**
 * enum kvmfeat_why - The class of a reason
 * @KVMFEAT_WHY_NONE: no reason is needed, or none of the classes fits
 * @KVMFEAT_WHY_HARDWARE: the CPU or device lacks it
 * @KVMFEAT_WHY_FIRMWARE: firmware did not enable it
 * @KVMFEAT_WHY_KERNEL_VERSION: this kernel release does not have it
 * @KVMFEAT_WHY_KERNEL_CONFIG: this kernel was built without it
 * @KVMFEAT_WHY_MODULE_PARAMETER: a module parameter switches it off
 * @KVMFEAT_WHY_NOT_LOADED: the module is not loaded
 * @KVMFEAT_WHY_PERMISSION: the caller may not see or do it
 * @KVMFEAT_WHY_OTHER_ARCH: it belongs to another architecture
 * @KVMFEAT_WHY_BUSY: something in use stands in the way
 * @KVMFEAT_WHY_NOT_ASKED: seeing it needs a scratch VM, which was not asked for
 * @KVMFEAT_WHY_NOT_VISIBLE: the kernel shows nothing of it, or what shows it is not mounted
 * here
 */
enum kvmfeat_why {
	KVMFEAT_WHY_NONE = 0,
	KVMFEAT_WHY_HARDWARE,
	KVMFEAT_WHY_FIRMWARE,
	KVMFEAT_WHY_KERNEL_VERSION,
	KVMFEAT_WHY_KERNEL_CONFIG,
	KVMFEAT_WHY_MODULE_PARAMETER,
	KVMFEAT_WHY_NOT_LOADED,
	KVMFEAT_WHY_PERMISSION,
	KVMFEAT_WHY_OTHER_ARCH,
	KVMFEAT_WHY_BUSY,
	KVMFEAT_WHY_NOT_ASKED,
	KVMFEAT_WHY_NOT_VISIBLE,
};

/**
 * struct kvmfeat_error - What the last failed call of a context or vCPU said
 * @error: the negative errno that the call returned; 0: no call has failed yet
 * @origin: who refused
 * @why: class of the reason
 * @operation: what was attempted: an ioctl's or system call's name, or a verb
 * @object: what it was attempted on: a path, a capability, a parameter
 * @value: the value that was refused, as text; empty when there is none
 * @reason: one clause for people, with object and value
 * @remedy: what would help, for people; empty when nothing is known
 *
 * No pointer is NULL. The strings stay valid until the next call that fails on the same
 * context (or vCPU).
 */
struct kvmfeat_error {
	int error;
	enum kvmfeat_origin origin;
	enum kvmfeat_why why;
	const char *operation;
	const char *object;
	const char *value;
	const char *reason;
	const char *remedy;
};

/**
 * enum kvmfeat_log_level - How much the log tells
 * @KVMFEAT_LOG_NONE: nothing, the default
 * @KVMFEAT_LOG_ERR: calls that failed
 * @KVMFEAT_LOG_WARN: and facts that make an answer less certain
 * @KVMFEAT_LOG_INFO: and what was changed
 * @KVMFEAT_LOG_DEBUG: and how answers were found
 * @KVMFEAT_LOG_TRACE: and every kernel call, decoded
 */
enum kvmfeat_log_level {
	KVMFEAT_LOG_NONE = 0,
	KVMFEAT_LOG_ERR,
	KVMFEAT_LOG_WARN,
	KVMFEAT_LOG_INFO,
	KVMFEAT_LOG_DEBUG,
	KVMFEAT_LOG_TRACE,
};

/**
 * typedef kvmfeat_log_fn - Receives the log
 * @level: importance of this line
 * @line: one finished line without a newline, valid during the call
 * @data: as given to kvmfeat_ctx_set_log()
 */
typedef void (*kvmfeat_log_fn)(enum kvmfeat_log_level level, const char *line, void *data);

/**
 * kvmfeat_ctx_new() - Make a context for this host
 * @ret_ctx: receives the context; free it with kvmfeat_ctx_free()
 *
 * Nothing is opened before a call needs it, so this works in a jail without /dev, /proc
 * and /sys. KVMFEAT_LOG=err|warn|info|debug|trace in the environment sends the log to
 * standard error, except in a privileged (set-user-ID) program.
 *
 * Return: 0, or -ENOMEM.
 * Since: 1.0
 */
int kvmfeat_ctx_new(struct kvmfeat_ctx **ret_ctx);

/**
 * kvmfeat_ctx_free() - Free a context
 * @ctx: context, or NULL; free all that was made from it before
 *
 * Since: 1.0
 */
void kvmfeat_ctx_free(struct kvmfeat_ctx *ctx);

/**
 * kvmfeat_ctx_set_root() - Read another host's tree
 * @ctx: context
 * @path: directory below which /dev, /proc and /sys are looked up; "/" is this host
 *
 * Below another root, no path and no symbolic link leads out of it (openat2() with
 * RESOLVE_IN_ROOT, Linux 5.6), and architecture and release are those of the tree.
 * Call it before any call that asks the host. On error the root stays as it was.
 *
 * Return: 0, or -EBUSY (the context has an open /dev/kvm), -ENOENT, -ENOTDIR or -EACCES
 * (for @path), -ENOSYS (no openat2()), -ENOMEM.
 * Since: 1.0
 */
int kvmfeat_ctx_set_root(struct kvmfeat_ctx *ctx, const char *path);

/**
 * kvmfeat_ctx_set_kvm_fd() - Use an open /dev/kvm
 * @ctx: context
 * @fd: a descriptor of /dev/kvm; it is borrowed and never closed
 *
 * Return: 0, or -EBUSY (the context has one already), -EBADF, -ENOTTY (@fd is not
 * /dev/kvm), -EBADMSG (its API version is not 12), -EPERM or -EACCES (a sandbox).
 * Since: 1.0
 */
int kvmfeat_ctx_set_kvm_fd(struct kvmfeat_ctx *ctx, int fd);

/**
 * kvmfeat_ctx_get_kvm_fd() - Get /dev/kvm, opened when it is not yet
 * @ctx: context
 * @ret_fd: receives the descriptor; it belongs to the context
 *
 * Return: 0, or -ENOENT (no such file), -EACCES, -EPERM, -ENXIO or -ENODEV (no KVM behind
 * the file), -ENOTTY (not /dev/kvm), -EBADMSG (its API version is not 12), -EMFILE,
 * -ENFILE; other errors of open(2) pass through.
 * Since: 1.0
 */
int kvmfeat_ctx_get_kvm_fd(struct kvmfeat_ctx *ctx, int *ret_fd);

/**
 * kvmfeat_ctx_error() - Why the last failed call failed
 * @ctx: context
 *
 * Meaningful after a call that returned an error; successful calls leave it alone.
 *
 * Return: the error, never NULL; it belongs to the context and is overwritten by the next
 * failure.
 * Since: 1.0
 */
const struct kvmfeat_error *kvmfeat_ctx_error(const struct kvmfeat_ctx *ctx);

/**
 * kvmfeat_ctx_set_log() - Receive the log
 * @ctx: context
 * @level: most detailed level to receive; KVMFEAT_LOG_NONE switches the log off
 * @fn: receives each line, on the thread whose call wrote it; NULL switches the log off
 * @data: handed to @fn
 *
 * Since: 1.0
 */
void kvmfeat_ctx_set_log(struct kvmfeat_ctx *ctx, enum kvmfeat_log_level level, kvmfeat_log_fn fn,
			 void *data);

/**
 * kvmfeat_ctx_why_name() - The name of a why-class
 * @why: class
 *
 * Return: its name as the command prints it ("kernel-version"); "" for
 * KVMFEAT_WHY_NONE and for values that this library does not know.
 * Since: 1.0
 */
const char *kvmfeat_ctx_why_name(enum kvmfeat_why why);

/**
 * kvmfeat_version() - The version of the library that runs
 *
 * Return: "major.minor.patch".
 * Since: 1.0
 */
const char *kvmfeat_version(void);

#ifdef __cplusplus
}
#endif

#endif
