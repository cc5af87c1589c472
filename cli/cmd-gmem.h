/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between cmd-gmem.c and cmd-gmem-watch.c only. */
#ifndef CMD_GMEM_H
#define CMD_GMEM_H

#include "cli.h"

/* The members of one guest_memfd, into the current object. */
void gmem_print(struct out *out, const struct kvmfeat_gmem_info *info);
void gmem_print_table(struct out *out, const struct kvmfeat_gmem_list *list);
bool gmem_parse_pid(const char *text, pid_t *ret_pid);
int gmem_watch(struct cli *cli);

#endif
