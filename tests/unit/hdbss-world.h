/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An arm64 host with HDBSS, for the tests of the room. */
#ifndef HDBSS_WORLD_H
#define HDBSS_WORLD_H

#include "world.h"

/* The context reads the architecture once: make it anew. */
static inline void become(struct world *w, enum kvmfeat_hdbss_variant variant)
{
	kvmfeat_ctx_free(w->ctx);
	w->fake.hdbss = (struct fake_hdbss_host){ 0 };
	fake_hdbss(&w->fake, variant);
	assert_int_equal(kf_ctx_new(&w->fake.sys, &w->ctx), 0);
}

static inline struct kvmfeat_vm *open_vm(struct world *w, enum kvmfeat_hdbss_variant variant)
{
	struct kvmfeat_vm *vm;

	become(w, variant);
	assert_int_equal(kvmfeat_vm_open(w->ctx, 0, &vm), 0);
	return vm;
}

/* Asserts the state of a VM; @word stands in its reason, which is empty for "". */
static inline struct kvmfeat_hdbss_state expect_state(struct kvmfeat_vm *vm,
						      enum kvmfeat_hdbss_variant variant,
						      enum kvmfeat_hdbss_enabled enabled, int order,
						      const char *word)
{
	struct kvmfeat_hdbss_state state = { .size = sizeof(state) };

	assert_int_equal(kvmfeat_hdbss_get_state(vm, &state), 0);
	assert_string_equal(kvmfeat_hdbss_variant_name(state.variant),
			    kvmfeat_hdbss_variant_name(variant));
	assert_int_equal(state.enabled, enabled);
	assert_int_equal(state.order, order);
	if (*word ? !strstr(state.reason, word) : *state.reason)
		fail_msg("no '%s' in: %s", word, state.reason);
	return state;
}

/* A log that keeps all lines, each with a semicolon. */
static inline void keep_lines(enum kvmfeat_log_level level, const char *line, void *data)
{
	char *log = data;

	(void)level;
	if (strlen(log) + strlen(line) < 4000)
		strcat(strcat(log, line), ";");
}

#endif
