/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of kvmfeat nested only. */
#ifndef CMD_NESTED_H
#define CMD_NESTED_H

#include "cli.h"

/* A nested state that was read from a file. */
struct nested_blob {
	const char *name; /* of the file, for messages */
	struct cli_file file;
	struct kvmfeat_nested_info info;
};

/* Reads and decodes the operand @path, or says why not. */
int nested_read(struct cli *cli, const char *path, struct nested_blob *ret_blob);
void nested_free(struct nested_blob *blob);
/* "svm" or "vmx" */
const char *nested_format_name(enum kvmfeat_nested_format format);
/* Writes the value of a field; @other is what it is compared with, or NULL. */
void nested_print_value(struct cli *cli, const char *key, const struct nested_blob *blob,
			const struct kvmfeat_nested_field *field, const struct nested_blob *other);
/* Offers the fields of both formats for --field, those that both have once. */
void nested_complete_field(struct cli *cli, struct cli_completion *completion, int index);
/* The words of @text, which have commas between them. */
size_t nested_count_words(const char *text);

/* cmd-nested-check.c */

extern const struct argp_option nested_check_options[];
int nested_check(struct cli *cli);
void nested_check_complete(struct cli *cli, struct cli_completion *completion, int index);

/* cmd-nested-cpuid.c */

struct nested_cpuid {
	struct kvmfeat_cpuid_entry *entries; /* free(3) them */
	size_t count;
};

/* Reads what kvmfeat --json cap cpuid wrote to @path, or says why not. */
int nested_read_cpuid(struct cli *cli, const char *path, struct nested_cpuid *ret_cpuid);

/* cmd-nested-diff.c */

extern const struct argp_option nested_diff_options[];
int nested_diff(struct cli *cli);

/* cmd-nested-order.c */

extern const struct argp_option nested_order_options[];
int nested_order(struct cli *cli);
void nested_order_complete(struct cli *cli, struct cli_completion *completion, int index);

#endif
