// SPDX-License-Identifier: LGPL-2.1-or-later
/* The log: silent unless the caller or KVMFEAT_LOG asks for it. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static void to_stderr(enum kvmfeat_log_level level, const char *line, void *data)
{
	(void)level;
	(void)data;
	fprintf(stderr, "libkvmfeat: %s\n", line);
}

void kf_log_from_env(struct kf_log *log)
{
	static const char *const names[] = { "none", "err", "warn", "info", "debug", "trace" };
	const char *wanted = secure_getenv("KVMFEAT_LOG");

	*log = (struct kf_log){ .level = KVMFEAT_LOG_NONE };
	for (size_t i = 1; wanted && i < KF_ARRAY_SIZE(names); i++)
		if (!strcmp(wanted, names[i]))
			*log = (struct kf_log){ .level = (enum kvmfeat_log_level)i,
						.fn = to_stderr };
}

void kf_log(const struct kf_log *log, enum kvmfeat_log_level level, const char *fmt, ...)
{
	char line[1024];
	va_list args;

	if (level > log->level || !log->fn)
		return;
	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?'; /* one line it is, whatever the names in it */
	log->fn(level, line, log->data);
}
