/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of kvmfeat tdisp share; kvmfeat tsm sums up findings as they do. */
#ifndef CMD_TDISP_H
#define CMD_TDISP_H

#include <limits.h>

#include "cli.h"

/* A device interface report, and where it came from. */
struct tdisp_source {
	char name[PATH_MAX]; /* for messages */
	struct cli_file file; /* its bytes, which may be no report */
	struct cli_device device; /* its handle is NULL when the report came from a file */
};

/* Reads the report that the operand names, a file or a device, or says why not. */
int tdisp_read(struct cli *cli, const char *operand, struct tdisp_source *ret_source);
void tdisp_free(struct tdisp_source *source);

enum { TDISP_NO_RANGE = -2, TDISP_EACH_RANGE = -1 };

/* "ranges[3].pages", "ranges[].pages" or, of no range, the field alone. */
void tdisp_print_field(struct out *out, const char *key, const char *field, int64_t range);

/* cmd-tdisp-check.c */

/* The findings, and how many there are of each verdict among those that were asked for. */
struct tdisp_findings {
	struct kvmfeat_tdisp_finding *list; /* free(3) it */
	size_t count;
	size_t of[KVMFEAT_TDISP_NOT_CHECKED + 1];
	bool with_bars; /* what is about the BARs was asked for, too */
};

/* Checks the report that messages call @name, or says why not; @device NULL: without its BARs. */
int tdisp_find(struct cli *cli, const char *name, const struct cli_file *report,
	       const struct kvmfeat_tdisp_device *device, struct tdisp_findings *ret_findings);
/* The verdict on the whole: what could not be checked weighs more than a note, less than a no. */
enum kvmfeat_tdisp_verdict tdisp_sum_up(const struct tdisp_findings *findings);

extern const struct argp_option tdisp_check_options[];
int tdisp_check(struct cli *cli);

/* cmd-tdisp-diff.c */

int tdisp_diff(struct cli *cli);

#endif
