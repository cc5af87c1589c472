/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a live test says that this host lacks what it needs. */
#ifndef LIVE_H
#define LIVE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIVE_SKIPPED 77

/* LIVE_SKIPPED, or a failure where live tests are required. */
static inline int live_skip(const char *reason)
{
	const char *live_tests = getenv("KVMFEAT_LIVE_TESTS");

	if (live_tests && !strcmp(live_tests, "require")) {
		printf("1..1\nnot ok 1 - %s\n", reason);
		return 1;
	}
	printf("1..0 # SKIP %s\n", reason);
	return LIVE_SKIPPED;
}

/* What main() returns: a reader of TAP has seen the plan and takes any status for a failure. */
static inline int live_exit(int status)
{
	return status == LIVE_SKIPPED ? 0 : status;
}

#endif
