/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between the files of the param room only: the table, and the pure decoder that reads it. */
#ifndef KF_PARAM_PRIVATE_H
#define KF_PARAM_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kvmfeat/param.h>

/* What a file of sysfs holds at most: a page of the architectures that show less than 64 KiB. */
#define KF_PARAM_TEXT_MAX 4096
/* Room for the longest name of a parameter that is taken. */
#define KF_PARAM_NAME 64

/* A text that the kernel prints, on any release, and what it stands for. */
struct kf_param_reading {
	const char *text;
	const char *value;
	enum kvmfeat_why why; /* why another value that was written is not in effect */
};

/* A word that a caller may ask for. */
struct kf_param_word {
	const char *word;
	const char *write; /* text to write at run time; NULL: at load only */
	const char *load; /* text at load */
	const char *value; /* what it then reads as; NULL: the kernel chooses */
	enum kvmfeat_param_effect effect; /* if it is more than the parameter's own */
	enum kvmfeat_why why; /* why it is not in effect, if the text read back does not tell */
};

/* Lists end with a NULL. A grammar without words is that of a number. */
struct kf_param_grammar {
	enum kvmfeat_param_kind kind;
	const char *names; /* the words, for people */
	const struct kf_param_reading *readings;
	const struct kf_param_word *words;
	int64_t min;
	int64_t max;
	bool falls_to_bool; /* the kernel gives a text that is none of the words to kstrtobool() */
};

struct kf_param_meaning {
	const char *value;
	const char *text;
};

struct kf_param_row {
	const char *module;
	const char *name;
	const struct kf_param_grammar *grammar;
	enum kvmfeat_param_effect effect;
	const char *config; /* built with this option only; NULL: always */
	bool any_arch; /* not on x86 alone */
	bool locked_by_never; /* refused once nx_huge_pages is "never" */
	const struct kf_param_meaning *meanings; /* ends with a NULL; NULL: none */
	const char *text;
};

/* One parameter's file as it is now. */
struct kf_param_file {
	char text[KF_PARAM_TEXT_MAX + 2]; /* one more than the longest, to see a longer one */
	const char *flaw; /* what is wrong with the text; NULL: nothing */
	bool writable;
};

/* param-file.c */

#define KF_PARAM_PATH 160
/* "sys/module/kvm/parameters/NAME"; both names must be valid */
void kf_param_path(char path[KF_PARAM_PATH], const char *module, const char *name);
/* -EINVAL with a reason unless both are names that may become a path; @name may be NULL. */
int kf_param_check_names(struct kvmfeat_ctx *ctx, const char *operation, const char *module,
			 const char *name);
/* Opens the directory of a module, or what is @below it ("/parameters"); sets no reason. */
int kf_param_open_module(struct kvmfeat_ctx *ctx, const char *module, const char *below, int flags);
/* Reads the file; sets no reason. On -EACCES @ret_file->writable holds nevertheless. */
int kf_param_read(struct kvmfeat_ctx *ctx, const char *module, const char *name,
		  struct kf_param_file *ret_file);
/* The reasons why something is not there; /sys itself may be missing, too. */
int kf_param_need_sysfs(struct kvmfeat_ctx *ctx);
int kf_param_not_loaded(struct kvmfeat_ctx *ctx, const char *module);
int kf_param_missing(struct kvmfeat_ctx *ctx, const char *module, const char *name);
/* The reason of an error of kf_param_read(), or of opening the file otherwise. */
int kf_param_open_failed(struct kvmfeat_ctx *ctx, const char *module, const char *name, int err);
/* "options kvm nested=1", or "kvm.nested=1" when the module is built into the kernel */
void kf_param_load_line(char *buf, size_t size, bool built_in, const char *module, const char *name,
			const char *value);
bool kf_param_built_in(struct kvmfeat_ctx *ctx, const char *module);
/* "module kvm is loaded again", or "the host starts again": when "never" ends */
void kf_param_undo(char *buf, size_t size, bool built_in, const char *module);

/* param-table.c */

extern const char *const kf_param_modules[]; /* in order of name; ends with NULL */
extern const struct kf_param_row kf_param_rows[];
extern const size_t kf_param_row_count;

const struct kf_param_row *kf_param_find(const char *module, const char *name);
/* What @value means, one line, or NULL. */
const char *kf_param_meaning(const struct kf_param_row *row, const char *value);

/* param-decode.c: pure */

/* Lower-case letters, digits and underscores: no path can be hidden in it. */
bool kf_param_name_valid(const char *name);
/* What is wrong with the bytes of a file, as a clause; NULL when they are a whole text. */
const char *kf_param_flaw(const char *bytes, size_t size);
/* The value that @text stands for, a constant or @text itself; NULL: it fits no grammar. */
const char *kf_param_decode(const struct kf_param_grammar *grammar, const char *text);
/* Why a value that was written is not in effect when @text is read back. */
enum kvmfeat_why kf_param_why(const struct kf_param_grammar *grammar, const char *text);
/* False when a caller may not ask for @word. Its strings are constants or @word itself. */
bool kf_param_encode(const struct kf_param_grammar *grammar, const char *word,
		     struct kf_param_word *ret_word);
/* What the kernel would do with a word that is refused here: "would read it as off". */
void kf_param_kernel_reading(const struct kf_param_grammar *grammar, const char *word, char *buf,
			     size_t size);
/* @text fit for a sentence: control bytes as \xNN, and cut when it is long. */
#define KF_PARAM_QUOTE 64
void kf_param_quote(const char *text, char buf[KF_PARAM_QUOTE]);

#endif
