/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a unit test stands in: a fake kernel and a context on it. */
#ifndef WORLD_H
#define WORLD_H

/* cmocka.h needs these four before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"

struct world {
	struct fake fake;
	struct kvmfeat_ctx *ctx;
};

static inline int world_setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	fake_init(&w->fake);
	*state = w;
	return kf_ctx_new(&w->fake.sys, &w->ctx);
}

/* A test that leaves a descriptor open fails here. */
static inline int world_teardown(void **state)
{
	struct world *w = *state;

	kvmfeat_ctx_free(w->ctx);
	if (fake_open_fds(&w->fake)) {
		print_error("%u descriptors of the fake kernel were left open\n",
			    fake_open_fds(&w->fake));
		return -1;
	}
	fake_free(&w->fake);
	free(w);
	return 0;
}

static inline const char *reason(const struct world *w)
{
	return kvmfeat_ctx_error(w->ctx)->reason;
}

#define WORLD_TEST(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

#endif
