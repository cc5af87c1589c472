/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of kvmfeat tsm only. */
#ifndef CMD_TSM_H
#define CMD_TSM_H

#include "cli.h"

/* The members that a device has in each document. */
void tsm_print_status(struct out *out, const struct kvmfeat_tsm_status *status);

/* cmd-tsm-list.c */

int tsm_list(struct cli *cli);

/* cmd-tsm-show.c */

int tsm_show(struct cli *cli);

/* cmd-tsm-change.c */

extern const struct argp_option tsm_change_options[];

int tsm_connect(struct cli *cli);
int tsm_disconnect(struct cli *cli);
int tsm_lock(struct cli *cli);
int tsm_unlock(struct cli *cli);
/* What verb did to the device or, with --dry-run, would do. */
void tsm_print_change(struct cli *cli, const char *bdf, const struct kvmfeat_tsm_change *change);

/* cmd-tsm-accept.c */

extern const struct argp_option tsm_accept_options[];
int tsm_accept(struct cli *cli);

#endif
