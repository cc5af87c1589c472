// SPDX-License-Identifier: GPL-2.0-or-later
/* The event filter: its ranges make of every event what was asked for, and are the fewest. */
#include "pmu-world.h"

static struct kvmfeat_pmu_filter *new_filter(struct world *w)
{
	struct kvmfeat_pmu_filter *filter;

	assert_int_equal(kvmfeat_pmu_filter_new(w->ctx, &filter), 0);
	return filter;
}

/* Asserts the ranges, "allow 0x11+1 0x20+16", and what happens to other events. */
static void expect_ranges(const struct kvmfeat_pmu_filter *filter, const char *expected)
{
	struct kvmfeat_pmu_range range;
	char text[512] = "";
	size_t used = 0;

	for (size_t i = 0; i < kvmfeat_pmu_filter_count(filter); i++) {
		assert_int_equal(kvmfeat_pmu_filter_at(filter, i, &range), 0);
		if (!i)
			used = (size_t)snprintf(text, sizeof(text), "%s",
						range.action == KVMFEAT_PMU_ALLOW ? "allow" :
										    "deny");
		used += (size_t)snprintf(text + used, sizeof(text) - used, " 0x%x+%u", range.first,
					 range.count);
	}
	assert_string_equal(text, expected);
}

static void an_empty_filter_has_no_ranges_and_allows_all(void **state)
{
	struct world *w = *state;
	struct kvmfeat_pmu_filter *filter = new_filter(w);
	struct kvmfeat_pmu_range range;

	expect_ranges(filter, "");
	assert_int_equal(kvmfeat_pmu_filter_get_action(filter, 0x11), KVMFEAT_PMU_ALLOW);
	assert_int_equal(kvmfeat_pmu_filter_get_action(filter, 65535), KVMFEAT_PMU_ALLOW);
	assert_int_equal(kvmfeat_pmu_filter_get_action(filter, 65536), KVMFEAT_PMU_DENY);
	assert_int_equal(kvmfeat_pmu_filter_at(filter, 0, &range), -EINVAL);
	assert_string_equal(reason(w), "range 0 is not in the filter, which has 0");
	kvmfeat_pmu_filter_free(filter);
	kvmfeat_pmu_filter_free(NULL);
}

static void the_first_word_decides_about_events_that_are_not_named(void **state)
{
	struct world *w = *state;
	struct kvmfeat_pmu_filter *filter = new_filter(w);

	assert_int_equal(kvmfeat_pmu_filter_allow(filter, 0x11, 1), 0);
	assert_int_equal(kvmfeat_pmu_filter_get_action(filter, 0x10), KVMFEAT_PMU_DENY);
	assert_int_equal(kvmfeat_pmu_filter_get_action(filter, 0x11), KVMFEAT_PMU_ALLOW);
	expect_ranges(filter, "allow 0x11+1");
	kvmfeat_pmu_filter_clear(filter);
	expect_ranges(filter, "");
	assert_int_equal(kvmfeat_pmu_filter_deny(filter, 0x11, 1), 0);
	assert_int_equal(kvmfeat_pmu_filter_get_action(filter, 0x10), KVMFEAT_PMU_ALLOW);
	assert_int_equal(kvmfeat_pmu_filter_get_action(filter, 0x11), KVMFEAT_PMU_DENY);
	expect_ranges(filter, "deny 0x11+1");
	/* "Cancelling" it does not change the default. */
	assert_int_equal(kvmfeat_pmu_filter_allow(filter, 0x11, 1), 0);
	expect_ranges(filter, "deny 0x0+0");
	kvmfeat_pmu_filter_free(filter);
}

static void the_last_word_on_an_event_holds_and_ranges_are_merged(void **state)
{
	struct world *w = *state;
	struct kvmfeat_pmu_filter *filter = new_filter(w);

	kvmfeat_pmu_filter_allow(filter, 0x10, 0x10);
	kvmfeat_pmu_filter_allow(filter, 0x20, 8); /* adjacent */
	kvmfeat_pmu_filter_allow(filter, 0x18, 0x14); /* overlapping */
	expect_ranges(filter, "allow 0x10+28");
	kvmfeat_pmu_filter_deny(filter, 0x1e, 1);
	kvmfeat_pmu_filter_allow(filter, 0x4000, 0x100);
	expect_ranges(filter, "allow 0x10+14 0x1f+13 0x4000+256");
	kvmfeat_pmu_filter_deny(filter, 0x10, 0x3ff0);
	expect_ranges(filter, "allow 0x4000+256");
	kvmfeat_pmu_filter_free(filter);
}

/* 65536 does not fit into the kernel's 16 bits. */
static void all_and_none_are_one_empty_range(void **state)
{
	struct world *w = *state;
	struct kvmfeat_pmu_filter *filter = new_filter(w);

	assert_int_equal(kvmfeat_pmu_filter_allow(filter, 0, 65536), 0);
	expect_ranges(filter, "deny 0x0+0");
	kvmfeat_pmu_filter_deny(filter, 0, 65536);
	expect_ranges(filter, "allow 0x0+0");
	kvmfeat_pmu_filter_clear(filter);
	kvmfeat_pmu_filter_deny(filter, 0, 65536);
	expect_ranges(filter, "allow 0x0+0");
	kvmfeat_pmu_filter_allow(filter, 1, 65535);
	expect_ranges(filter, "deny 0x0+1");
	kvmfeat_pmu_filter_free(filter);
}

static void a_filter_of_low_events_stays_within_them(void **state)
{
	struct world *w = *state;
	struct kvmfeat_pmu_filter *filter = new_filter(w);

	/* Either way a host with 1024 events can take it. */
	kvmfeat_pmu_filter_deny(filter, 0, 4);
	expect_ranges(filter, "deny 0x0+4");
	kvmfeat_pmu_filter_clear(filter);
	kvmfeat_pmu_filter_allow(filter, 0, 1024);
	expect_ranges(filter, "allow 0x0+1024");
	kvmfeat_pmu_filter_free(filter);
}

static void events_that_there_are_not_are_refused(void **state)
{
	static const struct {
		unsigned int first, count;
		const char *value;
	} rows[] = {
		{ 0x11, 0, "0 events from 0x11 on" },
		{ 65536, 1, "1 events from 0x10000 on" },
		{ 65535, 2, "2 events from 0xffff on" },
		{ 0, 65537, "65537 events from 0x0 on" },
		{ 1, 0xffffffff, "4294967295 events from 0x1 on" },
		{ 0xffffffff, 1, "1 events from 0xffffffff on" },
	};
	struct world *w = *state;
	struct kvmfeat_pmu_filter *filter = new_filter(w);

	for (size_t i = 0; i < KF_ARRAY_SIZE(rows); i++) {
		assert_int_equal(kvmfeat_pmu_filter_allow(filter, rows[i].first, rows[i].count),
				 -EINVAL);
		assert_string_equal(kvmfeat_ctx_error(w->ctx)->operation, "allow events");
		assert_int_equal(kvmfeat_pmu_filter_deny(filter, rows[i].first, rows[i].count),
				 -EINVAL);
		assert_string_equal(kvmfeat_ctx_error(w->ctx)->operation, "deny events");
		assert_string_equal(kvmfeat_ctx_error(w->ctx)->value, rows[i].value);
		assert_non_null(strstr(reason(w), "are no range of the events 0x0 to 0xffff"));
		assert_int_equal(kvmfeat_ctx_error(w->ctx)->origin, KVMFEAT_ORIGIN_LIBRARY);
		expect_ranges(filter, "");
	}
	kvmfeat_pmu_filter_free(filter);
}

static void without_memory_there_is_no_filter(void **state)
{
	struct kvmfeat_pmu_filter *filter = (void *)0x1;
	struct world *w = *state;

	w->fake.calls = 0;
	w->fake.fail_at = 1;
	assert_int_equal(kvmfeat_pmu_filter_new(w->ctx, &filter), -ENOMEM);
	assert_ptr_equal(filter, (void *)0x1);
	w->fake.fail_at = 0;
}

/* A model of the kernel: what its bitmap is after these ranges. */
static void apply(unsigned char *model, bool *filled, unsigned int first, unsigned int count,
		  enum kvmfeat_pmu_action action)
{
	if (!*filled)
		memset(model, action == KVMFEAT_PMU_DENY, KVMFEAT_PMU_EVENTS);
	*filled = true;
	memset(model + first, action == KVMFEAT_PMU_ALLOW, count);
}

/* Runs of equal events. */
static size_t count_runs(const unsigned char *model, unsigned char value)
{
	size_t runs = 0;

	for (size_t i = 0; i < KVMFEAT_PMU_EVENTS; i++)
		runs += model[i] == value && (!i || model[i - 1] != value);
	return runs;
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* Small events mostly, so that ranges meet, and sometimes any. */
static void random_range(uint32_t *seed, unsigned int *first, unsigned int *count)
{
	const unsigned int bound = next_random(seed) % 8 ? 40 : KVMFEAT_PMU_EVENTS;
	const bool at_end = !(next_random(seed) % 6);

	*first = next_random(seed) % bound;
	*count = 1 + next_random(seed) % (bound - *first);
	if (at_end)
		*first = KVMFEAT_PMU_EVENTS - *count;
}

static void check_against(const struct kvmfeat_pmu_filter *filter, const unsigned char *wanted,
			  unsigned char *model)
{
	const size_t count = kvmfeat_pmu_filter_count(filter);
	size_t least = count_runs(wanted, 0) < count_runs(wanted, 1) ? count_runs(wanted, 0) :
								       count_runs(wanted, 1);
	struct kvmfeat_pmu_range range;
	bool filled = false;

	for (size_t i = 0; i < count; i++) {
		assert_int_equal(kvmfeat_pmu_filter_at(filter, i, &range), 0);
		assert_true(range.first + range.count <= 65535);
		assert_true(range.count || count == 1);
		apply(model, &filled, range.first, range.count, range.action);
	}
	assert_memory_equal(model, wanted, KVMFEAT_PMU_EVENTS);
	assert_int_equal(count, least ? least : 1);
	for (unsigned int event = 0; event < KVMFEAT_PMU_EVENTS; event += 7)
		assert_int_equal(kvmfeat_pmu_filter_get_action(filter, event),
				 wanted[event] ? KVMFEAT_PMU_ALLOW : KVMFEAT_PMU_DENY);
}

static void random_sequences_make_what_the_kernel_would_make_of_them(void **state)
{
	static unsigned char wanted[KVMFEAT_PMU_EVENTS], model[KVMFEAT_PMU_EVENTS];
	struct world *w = *state;
	struct kvmfeat_pmu_filter *filter = new_filter(w);
	uint32_t seed = 6;

	for (int round = 0; round < 1000; round++) {
		bool filled = false;

		kvmfeat_pmu_filter_clear(filter);
		for (uint32_t left = 1 + next_random(&seed) % 12; left; left--) {
			const bool allow = next_random(&seed) % 2;
			unsigned int first, count;

			random_range(&seed, &first, &count);
			apply(wanted, &filled, first, count,
			      allow ? KVMFEAT_PMU_ALLOW : KVMFEAT_PMU_DENY);
			assert_int_equal(allow ? kvmfeat_pmu_filter_allow(filter, first, count) :
						 kvmfeat_pmu_filter_deny(filter, first, count),
					 0);
		}
		check_against(filter, wanted, model);
	}
	kvmfeat_pmu_filter_free(filter);
}

/*
 * No shorter list of ranges does it: all lists of ranges over 6 events, of a length below what the
 * filter takes, miss the set. The events around them are as the last one.
 */
static bool reachable(unsigned int wanted, unsigned int now, bool filled, unsigned int left)
{
	if (filled && now == wanted)
		return true;
	if (!left)
		return false;
	for (unsigned int first = 0; first < 6; first++)
		for (unsigned int end = first; end <= 6; end++) {
			const unsigned int mask = (1u << end) - (1u << first);
			const unsigned int allow = (filled ? now : 0) | mask;
			const unsigned int deny = (filled ? now : 0x3f) & ~mask;

			if (reachable(wanted, allow, true, left - 1) ||
			    reachable(wanted, deny, true, left - 1))
				return true;
		}
	return false;
}

static void no_shorter_list_does_it(void **state)
{
	struct world *w = *state;
	struct kvmfeat_pmu_filter *filter = new_filter(w);

	for (unsigned int wanted = 0; wanted < 64; wanted++) {
		kvmfeat_pmu_filter_clear(filter);
		/* Event 5 stands for all above it. */
		kvmfeat_pmu_filter_deny(filter, 0, 65536);
		for (unsigned int event = 0; event < 6; event++)
			if (wanted & 1u << event)
				kvmfeat_pmu_filter_allow(filter, event, event == 5 ? 65536 - 5 : 1);
		assert_true(reachable(wanted, 0, false,
				      (unsigned int)kvmfeat_pmu_filter_count(filter)));
		assert_false(reachable(wanted, 0, false,
				       (unsigned int)kvmfeat_pmu_filter_count(filter) - 1));
	}
	kvmfeat_pmu_filter_free(filter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(an_empty_filter_has_no_ranges_and_allows_all),
		WORLD_TEST(the_first_word_decides_about_events_that_are_not_named),
		WORLD_TEST(the_last_word_on_an_event_holds_and_ranges_are_merged),
		WORLD_TEST(all_and_none_are_one_empty_range),
		WORLD_TEST(a_filter_of_low_events_stays_within_them),
		WORLD_TEST(events_that_there_are_not_are_refused),
		WORLD_TEST(without_memory_there_is_no_filter),
		WORLD_TEST(random_sequences_make_what_the_kernel_would_make_of_them),
		WORLD_TEST(no_shorter_list_does_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
