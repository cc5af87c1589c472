// SPDX-License-Identifier: LGPL-2.1-or-later
/* Changing a module parameter: plan, one write, read back. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "param-private.h"

#define OPERATION "set parameter"
/* The members of struct kvmfeat_param_change in release 1.0. */
#define CHANGE_MIN_SIZE (offsetof(struct kvmfeat_param_change, after) + 64)

struct setting {
	struct kvmfeat_ctx *ctx;
	const char *module;
	const char *name;
	const struct kf_param_row *row;
	struct kf_param_word word;
	struct kvmfeat_param_change *change;
	char object[KF_PARAM_NAME + 16]; /* "kvm.nx_huge_pages" */
};

static void keep(char to[64], const char *text)
{
	if (strlen(text) < 64)
		strcpy(to, text);
}

static int refuse_value(struct setting *s, const char *value)
{
	char quoted[KF_PARAM_QUOTE], kernel[64];

	kf_param_quote(value, quoted);
	kf_param_kernel_reading(s->row->grammar, value, kernel, sizeof(kernel));
	return kf_invalid(&s->ctx->reason, OPERATION, s->object, value,
			  "'%s' is no value of %s (the kernel %s); it takes: %s", quoted, s->object,
			  kernel, s->row->grammar->names);
}

static int check(struct setting *s, const char *value, unsigned int flags)
{
	const unsigned int known = KVMFEAT_PARAM_DRY_RUN | KVMFEAT_PARAM_ALLOW_IRREVERSIBLE;
	int err = kf_param_check_names(s->ctx, OPERATION, s->module, s->name ? s->name : "");
	char text[16];

	if (err)
		return err;
	snprintf(s->object, sizeof(s->object), "%s.%s", s->module, s->name);
	if (flags & ~known) {
		snprintf(text, sizeof(text), "0x%x", flags);
		return kf_invalid(&s->ctx->reason, OPERATION, s->object, text,
				  "flags %s are none that this library knows", text);
	}
	if (!value)
		return kf_invalid(&s->ctx->reason, OPERATION, s->object, NULL,
				  "%s is given no value", s->object);
	s->row = kf_param_find(s->module, s->name);
	if (s->row && !kf_param_encode(s->row->grammar, value, &s->word))
		return refuse_value(s, value);
	return 0;
}

/* The VMs of this host, or -1. What went wrong in counting is not this call's reason. */
static int count_vms(struct kvmfeat_ctx *ctx)
{
	const struct kf_reason kept = ctx->reason;
	int count = -1;

	if (kf_vm_count(ctx, &count))
		ctx->reason = kept;
	return count;
}

static int load_only(struct setting *s)
{
	bool built_in = kf_param_built_in(s->ctx, s->module);
	char line[192], remedy[256];

	kf_param_load_line(line, sizeof(line), built_in, s->module, s->name, s->word.load);
	snprintf(remedy, sizeof(remedy),
		 built_in ?
			 "%s on the kernel command line" :
			 "the line '%s' in a file of /etc/modprobe.d, then load the module again",
		 line);
	return kf_fail(&s->ctx->reason,
		       &(struct kf_fault){ .error = -EROFS,
					   .operation = OPERATION,
					   .object = s->object,
					   .value = s->word.word,
					   .remedy = remedy },
		       "%s is read-only while module %s is loaded, so '%s' was not written",
		       s->object, s->module, s->word.word);
}

/* Finds out what is there and what would be written. */
static int plan(struct setting *s)
{
	struct kvmfeat_param_change *change = s->change;
	const char *value, *target;
	struct kf_param_file file;
	int err = kf_param_read(s->ctx, s->module, s->name, &file);

	if (err)
		return kf_param_open_failed(s->ctx, s->module, s->name, err);
	if (!s->row)
		return kf_invalid(&s->ctx->reason, OPERATION, s->object, NULL,
				  "this library does not know %s and does not write it", s->object);
	if (file.flaw)
		return kf_fail(&s->ctx->reason,
			       &(struct kf_fault){ .error = -EBADMSG,
						   .origin = KVMFEAT_ORIGIN_KERNEL,
						   .operation = "read",
						   .object = s->object },
			       "the text of %s %s, so nothing was written", s->object, file.flaw);
	keep(change->before, file.text);
	target = s->word.value ? s->word.value : s->word.word;
	value = kf_param_decode(s->row->grammar, file.text);
	change->needed = !value || strcmp(value, target) != 0;
	change->effect = s->word.effect ? s->word.effect : s->row->effect;
	if (!change->needed)
		return 0;
	if (!file.writable || !s->word.write)
		return load_only(s);
	keep(change->write, s->word.write);
	change->vms = change->effect ? count_vms(s->ctx) : 0;
	return 0;
}

static int not_allowed(struct setting *s)
{
	const bool built_in = kf_param_built_in(s->ctx, s->module);
	char undo[64];

	kf_param_undo(undo, sizeof(undo), built_in, s->module);
	return kf_fail(&s->ctx->reason,
		       &(struct kf_fault){ .error = -EPERM,
					   .why = KVMFEAT_WHY_PERMISSION,
					   .operation = OPERATION,
					   .object = s->object,
					   .value = s->word.word,
					   .remedy = "KVMFEAT_PARAM_ALLOW_IRREVERSIBLE" },
		       "'%s' for %s cannot be undone until %s, and that was not permitted",
		       s->word.word, s->object, undo);
}

static int open_failed(struct setting *s, int err)
{
	const struct kf_denial *denial = kf_find_denial(err);
	struct kf_fault fault = {
		.error = err,
		.origin = KVMFEAT_ORIGIN_KERNEL,
		.operation = "open",
		.object = s->object,
		.value = s->word.word,
	};

	if (err == -ENOENT)
		return kf_param_open_failed(s->ctx, s->module, s->name, err);
	if (denial) {
		fault.why = KVMFEAT_WHY_PERMISSION;
		fault.remedy = denial->remedy;
	}
	return kf_fail(&s->ctx->reason, &fault, "%s cannot be written: %s", s->object,
		       denial ? denial->text : kf_errno_text(err));
}

static const char after_never[] =
	"the module refuses every change, as it does once nx_huge_pages is 'never'";

static const char *remedy_of_never(const struct setting *s)
{
	return kf_param_built_in(s->ctx, s->module) ? "start the host again" :
						      "load kvm again, once every VM has ended";
}

/* "; 'never' is in effect", after a write that failed */
static void in_effect(const struct setting *s, char *buf, size_t size)
{
	if (s->change->after[0])
		snprintf(buf, size, "; '%s' is in effect", s->change->after);
	else
		snprintf(buf, size, "; what is in effect cannot be read");
}

static int write_failed(struct setting *s, int err)
{
	const bool irreversible = s->word.effect == KVMFEAT_PARAM_EFFECT_IRREVERSIBLE;
	struct kf_fault fault = {
		.error = err,
		.origin = KVMFEAT_ORIGIN_KERNEL,
		.operation = "write",
		.object = s->object,
		.value = s->word.write,
	};
	const char *text = kf_errno_text(err);
	char effect[96];

	switch (err) {
	case -EBUSY:
		fault.why = KVMFEAT_WHY_BUSY;
		if (irreversible) {
			text = "it is accepted only while no VM exists";
			fault.remedy = "end every VM first";
		}
		break;
	case -EPERM:
		fault.why = KVMFEAT_WHY_PERMISSION;
		text = s->row->locked_by_never ? after_never : "the module refuses every change";
		fault.remedy = s->row->locked_by_never ? remedy_of_never(s) : NULL;
		break;
	case -EACCES:
		fault.why = KVMFEAT_WHY_PERMISSION;
		text = "the kernel's security policy does not let this user";
		break;
	case -EINVAL:
		fault.why = s->word.why;
		text = "this kernel does not know that value";
		break;
	case -EINTR:
		text = "a signal came first";
		fault.remedy = "do it again";
		break;
	}
	in_effect(s, effect, sizeof(effect));
	return kf_fail(&s->ctx->reason, &fault, "%s did not take '%s': %s%s", s->object,
		       s->word.write, text, effect);
}

static int not_in_effect(struct setting *s, const struct kf_param_file *file, int read_err)
{
	const struct kf_param_grammar *grammar = s->row->grammar;
	enum kvmfeat_why why = KVMFEAT_WHY_NONE;
	const char *value = NULL, *meaning = NULL;
	char quoted[KF_PARAM_QUOTE];
	struct kf_fault fault = {
		.error = -EIO,
		.origin = KVMFEAT_ORIGIN_KERNEL,
		.operation = "write",
		.object = s->object,
		.value = s->word.write,
	};

	if (read_err || file->flaw)
		return kf_fail(&s->ctx->reason, &fault,
			       "'%s' was written to %s, but what is in effect is not known: %s%s",
			       s->word.write, s->object, read_err ? "" : "the text ",
			       read_err ? kf_errno_text(read_err) : file->flaw);
	why = kf_param_why(grammar, file->text);
	fault.why = why ? why : s->word.why;
	value = kf_param_decode(grammar, file->text);
	meaning = value ? kf_param_meaning(s->row, value) : NULL;
	kf_param_quote(file->text, quoted);
	return kf_fail(&s->ctx->reason, &fault,
		       "'%s' was written to %s, but '%s' is in effect%s%s%s", s->word.write,
		       s->object, quoted, meaning ? " (" : "", meaning ? meaning : "",
		       meaning ? ")" : "");
}

/* Reads back what one write left, and says so. */
static int verify(struct setting *s, ssize_t got)
{
	struct kvmfeat_param_change *change = s->change;
	const char *value = NULL;
	struct kf_param_file file;
	int err = kf_param_read(s->ctx, s->module, s->name, &file);
	bool done;

	if (!err && !file.flaw) {
		keep(change->after, file.text);
		value = kf_param_decode(s->row->grammar, file.text);
	}
	done = value && s->word.value ? !strcmp(value, s->word.value) : value && got >= 0;
	/* An interrupted write may have been done nevertheless: the text tells. */
	change->written = got >= 0 || (got == -EINTR && done);
	if (!change->written)
		return write_failed(s, (int)got);
	if (!done)
		return not_in_effect(s, &file, err);
	kf_log(&s->ctx->log, KVMFEAT_LOG_INFO, "%s: '%s' became '%s'", s->object, change->before,
	       change->after);
	return 0;
}

static int check_sysfs(struct setting *s, int fd)
{
	const int is_sysfs = kf_is_sysfs(s->ctx, fd);

	if (is_sysfs < 0)
		return open_failed(s, is_sysfs);
	if (is_sysfs)
		return 0;
	return kf_fail(&s->ctx->reason,
		       &(struct kf_fault){ .error = -EROFS,
					   .operation = OPERATION,
					   .object = s->object,
					   .value = s->word.word },
		       "%s is not in a sysfs: a copy is read, not written", s->object);
}

/* The descriptor to write to, or a failure. Opening it changes nothing. */
static int open_to_write(struct setting *s)
{
	char path[KF_PARAM_PATH];
	int fd, err;

	kf_param_path(path, s->module, s->name);
	fd = kf_open(s->ctx, path, O_WRONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return open_failed(s, fd);
	err = check_sysfs(s, fd);
	if (!err)
		return fd;
	kf_close(s->ctx, fd);
	return err;
}

static int write_once(struct setting *s, int fd)
{
	char text[72];
	ssize_t got;
	int len;

	len = snprintf(text, sizeof(text), "%s\n", s->word.write);
	got = s->ctx->sys->write(s->ctx->sys, fd, text, (size_t)len);
	kf_close(s->ctx, fd);
	return verify(s, got);
}

/* What a dry run can tell of a write that the module would refuse. */
static int foresee(struct setting *s)
{
	struct kf_param_file file;

	if (!s->row->locked_by_never || kf_param_read(s->ctx, s->module, "nx_huge_pages", &file) ||
	    file.flaw || strcmp(file.text, "never"))
		return 0;
	return kf_fail(&s->ctx->reason,
		       &(struct kf_fault){ .error = -EPERM,
					   .why = KVMFEAT_WHY_PERMISSION,
					   .operation = OPERATION,
					   .object = s->object,
					   .value = s->word.write,
					   .remedy = remedy_of_never(s) },
		       "%s would not take '%s': %s", s->object, s->word.write, after_never);
}

static int run(struct setting *s, const char *value, unsigned int flags)
{
	int fd, err = check(s, value, flags);

	if (!err)
		err = plan(s);
	if (err || !s->change->needed)
		return err;
	if (s->change->effect == KVMFEAT_PARAM_EFFECT_IRREVERSIBLE &&
	    !(flags & KVMFEAT_PARAM_ALLOW_IRREVERSIBLE))
		return not_allowed(s);
	fd = open_to_write(s);
	if (fd < 0)
		return fd;
	if (!(flags & KVMFEAT_PARAM_DRY_RUN))
		return write_once(s, fd);
	kf_close(s->ctx, fd);
	return foresee(s);
}

KVMFEAT_EXPORT int kvmfeat_param_set(struct kvmfeat_ctx *ctx, const char *module, const char *name,
				     const char *value, unsigned int flags,
				     struct kvmfeat_param_change *ret_change)
{
	struct kvmfeat_param_change change = { 0 };
	struct setting setting = { .ctx = ctx, .module = module, .name = name, .change = &change };
	size_t size = ret_change ? ret_change->size : 0;
	char text[24];
	int err;

	/* Before anything is done: the zeroes tell whether the caller's struct will do. */
	if (ret_change &&
	    kf_result_copy(ret_change, size, &change, sizeof(change), CHANGE_MIN_SIZE)) {
		snprintf(text, sizeof(text), "%zu", size);
		return kf_invalid(&ctx->reason, OPERATION, "struct kvmfeat_param_change", text,
				  "a struct kvmfeat_param_change of %zu bytes is too short", size);
	}
	err = run(&setting, value, flags);
	if (ret_change)
		kf_result_copy(ret_change, size, &change, sizeof(change), CHANGE_MIN_SIZE);
	return err;
}

KVMFEAT_EXPORT const char *kvmfeat_param_kind_name(enum kvmfeat_param_kind kind)
{
	static const char *const names[] = {
		[KVMFEAT_PARAM_UNKNOWN] = "unknown", [KVMFEAT_PARAM_BOOL] = "bool",
		[KVMFEAT_PARAM_INT] = "int",	     [KVMFEAT_PARAM_UINT] = "uint",
		[KVMFEAT_PARAM_SWITCH] = "switch",   [KVMFEAT_PARAM_WORD] = "word",
	};

	return (size_t)kind < KF_ARRAY_SIZE(names) ? names[kind] : "unknown";
}

KVMFEAT_EXPORT const char *kvmfeat_param_effect_name(enum kvmfeat_param_effect effect)
{
	static const char *const names[] = {
		[KVMFEAT_PARAM_EFFECT_NONE] = "none",
		[KVMFEAT_PARAM_EFFECT_ALL_VMS] = "all-vms",
		[KVMFEAT_PARAM_EFFECT_ZAP] = "zap",
		[KVMFEAT_PARAM_EFFECT_IRREVERSIBLE] = "irreversible",
	};

	return (size_t)effect < KF_ARRAY_SIZE(names) ? names[effect] : "none";
}
