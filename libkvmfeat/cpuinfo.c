// SPDX-License-Identifier: LGPL-2.1-or-later
/* Flags of the CPU: they explain an answer of the kernel and never take its place. */
#include <stdio.h>
#include <string.h>

#include "internal.h"

bool kf_cpu_lacks(struct kvmfeat_ctx *ctx, const char *flag)
{
	/* The flags of the first CPU end well within this. */
	char text[8192], word[32];
	const char *flags;
	char *end;

	if (kf_read_start(ctx, "proc/cpuinfo", text, sizeof(text)) < 0)
		return false;
	flags = strstr(text, "\nflags");
	end = flags ? strchr(flags + 1, '\n') : NULL;
	if (!end)
		return false;
	*end = ' ';
	snprintf(word, sizeof(word), " %s ", flag);
	flag = strstr(flags, word);
	return !flag || flag > end;
}
