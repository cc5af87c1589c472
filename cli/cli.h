/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every command file sees: struct cli, and the tables that make up a noun. */
#ifndef CLI_H
#define CLI_H

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>

#include <kvmfeat/kvmfeat.h>

#include "out.h"

/* Exit status, the same for every noun; man/kvmfeat.1.scd explains them. */
enum {
	CLI_DONE = 0,
	CLI_FAILED = 1,
	CLI_USAGE = 2,
	CLI_HOST_CANNOT = 3,
	CLI_NOT_PERMITTED = 4,
	CLI_ANSWER_NO = 5,
};

struct cli_completion;

/* What --vm names. */
struct cli_vm {
	struct kvmfeat_vm *handle;
	uint64_t memory_bytes; /* of the guest; 0: not known */
	unsigned int vcpus; /* 0: not known */
};

/* One run of the command: everything a verb gets. */
struct cli {
	struct kvmfeat_ctx *ctx;
	struct out *out;
	FILE *err;
	const struct noun *noun;
	const struct verb *verb;
	int argc; /* operands of the verb */
	char **argv;
	const char *options[128]; /* by key: the value, "" when it has none, NULL when not given */
	bool json;
	bool dry_run;
	bool quiet;
	bool help;
	bool version;
	int verbose;
	enum out_color color;
	const char *root;
	const char *vm;
	struct cli_vm target; /* its handle is NULL without --vm */
	char usage[256]; /* what is wrong with the command line */
};

enum verb_flags {
	VERB_DRY_RUN = 1 << 0, /* changes something, so it takes --dry-run */
	VERB_LINES = 1 << 1, /* one document a line instead of one in all */
	VERB_VM = 1 << 2, /* served by an agent: takes --vm */
	VERB_NEEDS_VM = 1 << 3, /* and is nothing without */
};

struct verb {
	const char *name; /* NULL: the noun alone */
	const char *args; /* for the usage line */
	const char *help;
	const struct argp_option *options;
	int min_args;
	int max_args;
	unsigned int flags;
	int (*run)(struct cli *cli);
	/* Offers values of operand number @index, or of the option with the key -@index. */
	void (*complete)(struct cli *cli, struct cli_completion *completion, int index);
};

struct noun {
	const char *name;
	const char *help;
	const struct verb *verbs;
	size_t verb_count;
};

#define NOUN(noun_name, noun_help, table)                                                          \
	{                                                                                          \
		.name = noun_name, .help = noun_help, .verbs = table,                              \
		.verb_count = sizeof(table) / sizeof((table)[0])                                   \
	}

extern const struct noun noun_cap;
extern const struct noun noun_gmem;
extern const struct noun noun_hdbss;
extern const struct noun noun_monitor;
extern const struct noun noun_nested;
extern const struct noun noun_param;
extern const struct noun noun_pmu;
extern const struct noun noun_probe;
extern const struct noun noun_tdisp;
extern const struct noun noun_tsm;
extern const struct noun noun_vm;

/* The list of nouns, in the order of the help text; ends with NULL. */
extern const struct noun *const nouns[];

/* Where a run reads and writes; tests give their own. */
struct cli_env {
	FILE *out;
	FILE *err;
	int (*new_ctx)(void *data, struct kvmfeat_ctx **ret_ctx);
	/* Reaches the VM that is called @name; NULL: there are no agents. */
	int (*open_vm)(void *data, struct kvmfeat_ctx *ctx, const char *name,
		       struct cli_vm *ret_vm);
	void *data;
};

int cli_main(const struct cli_env *env, int argc, char **argv);

/* status.c: how a run ends */

/* "gmem list": the noun and the verb, as far as they are known. */
void cli_command_name(const struct cli *cli, char *name, size_t size);
/* One line on standard error. */
void cli_say(const struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Says why, turns the document into an error, and returns @status. */
int cli_end(struct cli *cli, int status, int err, const char *reason, const char *remedy);
/* A library call failed: says why, from the context's error, and returns the exit status. */
int cli_fail(struct cli *cli, int err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same with a remedy of the command itself. */
int cli_fail_but(struct cli *cli, int err, const char *remedy, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* The same for a failure that a result carries, and no call returned. */
int cli_fail_because(struct cli *cli, enum kvmfeat_why why, const char *reason, const char *fmt,
		     ...) __attribute__((format(printf, 4, 5)));
/* The command line is wrong: says why and returns the exit status. */
int cli_usage(struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* What the command line names does not exist: says so and returns the exit status. */
int cli_missing(struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The answer is no: says why and returns the exit status; the document stays. */
int cli_answer_no(struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A remark for people on standard error, unless --quiet. */
void cli_note(struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The member "vm" of a status without one: null, and a remark. */
void cli_without_vm(struct cli *cli);
/* The member "unseen_processes" of a list of processes; in text a remark, if there are any. */
void cli_unseen(struct cli *cli, int unseen);
/* The same behind a list, with a remark when it is empty: "no VM was found". */
void cli_found(struct cli *cli, size_t count, const char *what, int unseen);

/* options.c */

enum { CLI_KEY_COLOR = 256, CLI_KEY_ROOT, CLI_KEY_VM, CLI_KEY_VERSION };

/* The options of the frame, and the words of --color; both end with a NULL. */
extern const struct argp_option cli_options[];
extern const char *const cli_colors[];

/* False for an option of the frame that only some verbs take, and this one does not. */
bool cli_takes(const struct cli *cli, const struct argp_option *option);
/* The option whose value is the word after @word, or NULL. */
const struct argp_option *cli_wants_value(const struct cli *cli, const char *word);
/* The option that is called @name in full, which is @size bytes long, or NULL. */
const struct argp_option *cli_find_option(const struct cli *cli, const char *name, size_t size);
/*
 * Parses the words in @cli, of which the first is a name, and leaves the operands there. Else
 * cli->usage says what is wrong.
 */
int cli_parse(struct cli *cli, const struct argp *argp, unsigned int flags);

/* help.c: what --help prints; @argp has the texts */
void cli_help(struct cli *cli, FILE *to, const struct argp *argp);

/* read-file.c */

struct cli_file {
	unsigned char *bytes; /* free(3) them */
	size_t size;
};

/* What a message calls the operand: "-" is standard input. */
const char *cli_file_name(const char *path);
/* Reads the operand whole, or says why not: @what it holds has at most @max bytes, whole KiB. */
int cli_read_file(struct cli *cli, const char *path, size_t max, const char *what,
		  struct cli_file *ret_file);

/* digest.c: SHA-384, by which evidence names a report */

#define CLI_DIGEST 97 /* of its text: 96 hexadecimal digits and the end */

void cli_digest(const void *bytes, size_t size, char ret_digest[CLI_DIGEST]);

/* device.c: PCI devices that a TSM serves */

/* A report has some hundred bytes. One of 16 MiB may break millions of rules, each a row. */
#define CLI_REPORT_MAX (256 * 1024)

struct cli_device {
	char bdf[KVMFEAT_TSM_BDF_SIZE];
	struct kvmfeat_tsm_device *handle; /* kvmfeat_tsm_device_free() it */
};

/* "0000:01:00.0" of an operand "0000:01:00.0" or "01:00.0"; false when it has no such form. */
bool cli_bdf(const char *operand, char ret_bdf[KVMFEAT_TSM_BDF_SIZE]);
/* Takes hold of the device that the operand names, or says why not. */
int cli_open_device(struct cli *cli, const char *operand, struct cli_device *ret_device);
/* Reads the device's report, or says why not. */
int cli_read_report(struct cli *cli, const struct cli_device *device, struct cli_file *ret_file);
/* Offers the devices that @fits takes. */
void cli_offer_devices(struct cli *cli, struct cli_completion *completion,
		       bool (*fits)(const struct kvmfeat_tsm_status *status));

/* complete.c */
int cli_complete(struct cli *cli, const struct cli_env *env, int argc, char **argv);
/* Prints a candidate, if it begins like the word that is being typed. */
void cli_offer(struct cli_completion *completion, const char *candidate);

/* main.c */

/* Starts a document; a VERB_LINES verb does so for each line, and out_end() writes it. */
void cli_begin(struct cli *cli);
/* Such a line, which begins with the time. */
void cli_begin_line(struct cli *cli);
/* An option's value, "" when it takes none, or NULL when it was not given. */
const char *cli_option(const struct cli *cli, int key);
/* A decimal number of an operand or option, whole and within bounds; false when it is not. */
bool cli_number(const char *text, unsigned long max, unsigned long *ret_number);
/* The value of a register: decimal, or hexadecimal behind "0x"; false when it is not. */
bool cli_value(const char *text, uint64_t max, uint64_t *ret_value);

/* The tables by name */
const struct noun *cli_find_noun(const char *name);
/* With a NULL name: the verb that stands for the noun alone, if it has one. */
const struct verb *cli_find_verb(const struct noun *noun, const char *name);

#endif
