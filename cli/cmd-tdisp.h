/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of kvmfeat tdisp only. */
#ifndef CMD_TDISP_H
#define CMD_TDISP_H

#include "cli.h"

/* A device interface report, and where it came from. */
struct tdisp_source {
	const char *name; /* for messages */
	struct cli_file file; /* its bytes, which may be no report */
};

/* Reads the bytes of the report that operand @name names, or says why not. */
int tdisp_read(struct cli *cli, const char *name, struct tdisp_source *ret_source);
void tdisp_free(struct tdisp_source *source);
enum { TDISP_NO_RANGE = -2, TDISP_EACH_RANGE = -1 };

/* "ranges[3].pages", "ranges[].pages" or, of no range, the field alone. */
void tdisp_print_field(struct out *out, const char *key, const char *field, int64_t range);

/* cmd-tdisp-check.c */

extern const struct argp_option tdisp_check_options[];
int tdisp_check(struct cli *cli);

/* cmd-tdisp-diff.c */

int tdisp_diff(struct cli *cli);

#endif
