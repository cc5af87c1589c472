/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Parameters of the modules kvm, kvm_amd and kvm_intel: what they say, what that means,
 * what a change would do, and the change itself.
 */
#ifndef KVMFEAT_PARAM_H
#define KVMFEAT_PARAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kvmfeat/ctx.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kvmfeat_param_list;

/**
 * enum kvmfeat_param_kind - The grammar of a parameter
 * @KVMFEAT_PARAM_UNKNOWN: this library does not know the parameter; its text is all there is
 * @KVMFEAT_PARAM_BOOL: on or off
 * @KVMFEAT_PARAM_INT: signed number
 * @KVMFEAT_PARAM_UINT: unsigned number
 * @KVMFEAT_PARAM_SWITCH: on, off, auto or never (avic, nx_huge_pages, …)
 * @KVMFEAT_PARAM_WORD: one of a list of words (vmentry_l1d_flush)
 */
enum kvmfeat_param_kind {
	KVMFEAT_PARAM_UNKNOWN = 0,
	KVMFEAT_PARAM_BOOL,
	KVMFEAT_PARAM_INT,
	KVMFEAT_PARAM_UINT,
	KVMFEAT_PARAM_SWITCH,
	KVMFEAT_PARAM_WORD,
};

/**
 * enum kvmfeat_param_effect - What writing another value does besides
 * @KVMFEAT_PARAM_EFFECT_NONE: nothing, or this library does not know
 * @KVMFEAT_PARAM_EFFECT_ALL_VMS: it holds at once for every running VM
 * @KVMFEAT_PARAM_EFFECT_ZAP: the second-level page tables of every running VM are dropped
 * and built again: a latency spike in every guest
 * @KVMFEAT_PARAM_EFFECT_IRREVERSIBLE: it cannot be undone until the module is reloaded
 */
enum kvmfeat_param_effect {
	KVMFEAT_PARAM_EFFECT_NONE = 0,
	KVMFEAT_PARAM_EFFECT_ALL_VMS,
	KVMFEAT_PARAM_EFFECT_ZAP,
	KVMFEAT_PARAM_EFFECT_IRREVERSIBLE,
};

/**
 * struct kvmfeat_param - One parameter of a loaded module
 * @module: "kvm", "kvm_amd" or "kvm_intel"
 * @name: its name
 * @raw: its text as the kernel prints it, without the final newline; NULL when it could not
 * be read, and then @reason says why
 * @reason: why @raw or @value is missing; NULL when both are there
 * @why: class of @reason
 * @kind: its grammar
 * @value: its value in this library's words: "on", "off", "auto", "never", a decimal
 * number, or a word (vmentry_l1d_flush: "auto", "never", "cond", "always", "not-required",
 * "ept-disabled"); NULL when @raw is missing or fits no grammar
 * @writable: it can be written now, by a user with the permission; false: at load only
 * @words: what kvmfeat_param_set() takes, for people ("off on force auto never", or
 * "0 to 65535"); NULL when this library does not know the parameter
 * @min: smallest number that kvmfeat_param_set() takes; 0 when @kind is not that of a number
 * @max: largest number that it takes; 0 when @kind is not that of a number
 * @text: what it does, one line; NULL when this library does not know the parameter
 * @meaning: what @value means, one line; NULL when there is no more to say
 * @effect: what writing another value does besides
 * @change: what has to be known before it is changed, one line; NULL when nothing is
 * @load: how it is set when the module is loaded: "options kvm_amd avic=1|0|auto" is a line of
 * a file in /etc/modprobe.d; "kvm_amd.avic=1|0|auto", when the module is built in, a word of
 * the kernel command line
 */
struct kvmfeat_param {
	const char *module;
	const char *name;
	const char *raw;
	const char *reason;
	enum kvmfeat_why why;
	enum kvmfeat_param_kind kind;
	const char *value;
	bool writable;
	const char *words;
	int64_t min;
	int64_t max;
	const char *text;
	const char *meaning;
	enum kvmfeat_param_effect effect;
	const char *change;
	const char *load;
};

/** KVMFEAT_PARAM_DRY_RUN - check and plan everything, open the file, write nothing */
#define KVMFEAT_PARAM_DRY_RUN 0x1u
/** KVMFEAT_PARAM_ALLOW_IRREVERSIBLE - permit a value that only a reload undoes */
#define KVMFEAT_PARAM_ALLOW_IRREVERSIBLE 0x2u

/**
 * struct kvmfeat_param_change - What a change does, or did
 * @size: sizeof(struct kvmfeat_param_change), set by the caller; what this library does not
 * know is filled with zeroes
 * @needed: the value differs, so a write is needed
 * @written: the write was made
 * @effect: what writing does besides
 * @vms: VMs on this host while it happens, 0 when nothing has an effect on them; -1: not
 * known (some processes cannot be seen)
 * @before: text before; empty when it could not be read
 * @write: text that is (or would be) written
 * @after: text read back after the write; empty when nothing was written
 */
struct kvmfeat_param_change {
	size_t size;
	bool needed;
	bool written;
	enum kvmfeat_param_effect effect;
	int vms;
	char before[64];
	char write[64];
	char after[64];
};

/**
 * kvmfeat_param_list_load() - Read the parameters of the KVM modules
 * @ctx: context
 * @module: "kvm", "kvm_amd" or "kvm_intel" only; NULL: all that are loaded
 * @name: this parameter only; NULL: all. Needs @module
 * @ret_list: receives the list, in order of module and name; free it with
 * kvmfeat_param_list_free()
 *
 * A parameter that exists and may not be read is in the list, with its reason.
 *
 * Return: 0, or -ENOENT (@module is not loaded and has the why-class not-loaded, or it has
 * no parameter @name), -EINVAL (@module or @name is not a valid name), -EACCES (a directory
 * may not be read), -ENOMEM; other errors of open(2) and getdents(2) on a directory pass
 * through.
 * Since: 1.0
 */
int kvmfeat_param_list_load(struct kvmfeat_ctx *ctx, const char *module, const char *name,
			    struct kvmfeat_param_list **ret_list);

/**
 * kvmfeat_param_list_count() - How many parameters a list holds
 * @list: list
 *
 * Return: the number of entries.
 * Since: 1.0
 */
size_t kvmfeat_param_list_count(const struct kvmfeat_param_list *list);

/**
 * kvmfeat_param_list_at() - One parameter of a list
 * @list: list
 * @index: 0 to count - 1
 *
 * Return: the entry, valid as long as the list; NULL when @index is out of range.
 * Since: 1.0
 */
const struct kvmfeat_param *kvmfeat_param_list_at(const struct kvmfeat_param_list *list,
						  size_t index);

/**
 * kvmfeat_param_list_free() - Free a list
 * @list: list, or NULL
 *
 * Since: 1.0
 */
void kvmfeat_param_list_free(struct kvmfeat_param_list *list);

/**
 * kvmfeat_param_set() - Change a parameter of a running module
 * @ctx: context
 * @module: "kvm", "kvm_amd" or "kvm_intel"
 * @name: a parameter that this library knows and the kernel lets write
 * @value: canonical lower-case word or number, as &struct kvmfeat_param.words lists them;
 * anything else is refused before the kernel sees it ("FORCE" would switch nx_huge_pages
 * off)
 * @flags: KVMFEAT_PARAM_DRY_RUN, KVMFEAT_PARAM_ALLOW_IRREVERSIBLE or 0
 * @ret_change: receives what was (or would be) done, also on failure as far as it came; may
 * be NULL
 *
 * An equal value is not written. After a write the parameter is read back, and a value
 * that did not take effect is an error. There is no second attempt. "auto" becomes on or off
 * at once, so it is never equal and always written.
 *
 * Return: 0, or -ENOENT (module or parameter), -EINVAL (a name, @value, @flags or the size of
 * @ret_change, this library does not know the parameter, or the kernel refused @value), -EROFS
 * (settable at load only, or no sysfs is below the root, or /sys is mounted read-only; the
 * origin tells), -EACCES, -EPERM (the module refuses, as after "never", or @value is
 * irreversible and was not permitted; the origin tells), -EBUSY (a VM exists), -EINTR (a signal
 * came before it took effect), -EBADMSG (the text that the kernel prints cannot be read, nothing
 * was written), -EIO (written, but another value is in effect); other errors of open(2), read(2)
 * and write(2) pass through.
 * Since: 1.0
 */
int kvmfeat_param_set(struct kvmfeat_ctx *ctx, const char *module, const char *name,
		      const char *value, unsigned int flags,
		      struct kvmfeat_param_change *ret_change);

/**
 * kvmfeat_param_kind_name() - The name of a kind
 * @kind: kind
 *
 * Return: "bool", "int", "uint", "switch", "word" or "unknown".
 * Since: 1.0
 */
const char *kvmfeat_param_kind_name(enum kvmfeat_param_kind kind);

/**
 * kvmfeat_param_effect_name() - The name of an effect
 * @effect: effect
 *
 * Return: "none", "all-vms", "zap" or "irreversible".
 * Since: 1.0
 */
const char *kvmfeat_param_effect_name(enum kvmfeat_param_effect effect);

#ifdef __cplusplus
}
#endif

#endif
