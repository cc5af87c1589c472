// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An event filter in the making: what becomes of each event, and the ranges that tell the kernel.
 *
 * The kernel keeps a bit for each event. Its first range fills them with the opposite action, and
 * each range then sets its own, so that the last one on an event holds (FILTER of
 * kvm_arm_pmu_v3_set_attr()). A range begins or ends at most two runs of equal bits, so fewer
 * ranges than there are runs of the one or of the other action cannot do. Which of the two is
 * chosen follows from the last event: the runs of the other action are never more. It also keeps
 * the ranges off the last event, so that a count fits into 16 bits, and a filter of low events fits
 * a host that has no others.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pmu-private.h"

#define WORDS (KVMFEAT_PMU_EVENTS / 64)
#define LAST_EVENT (KVMFEAT_PMU_EVENTS - 1)

struct kvmfeat_pmu_filter {
	struct kvmfeat_ctx *ctx;
	bool used; /* an action was named */
	uint64_t allowed[WORDS];
};

KVMFEAT_EXPORT int kvmfeat_pmu_filter_new(struct kvmfeat_ctx *ctx,
					  struct kvmfeat_pmu_filter **ret_filter)
{
	struct kvmfeat_pmu_filter *filter = kf_alloc(ctx, NULL, 1, sizeof(*filter));

	if (!filter)
		return kf_no_memory(&ctx->reason, "make an event filter");
	filter->ctx = ctx;
	kvmfeat_pmu_filter_clear(filter);
	*ret_filter = filter;
	return 0;
}

KVMFEAT_EXPORT void kvmfeat_pmu_filter_free(struct kvmfeat_pmu_filter *filter)
{
	free(filter);
}

static void fill(struct kvmfeat_pmu_filter *filter, enum kvmfeat_pmu_action action)
{
	memset(filter->allowed, action == KVMFEAT_PMU_ALLOW ? 0xff : 0, sizeof(filter->allowed));
}

KVMFEAT_EXPORT void kvmfeat_pmu_filter_clear(struct kvmfeat_pmu_filter *filter)
{
	filter->used = false;
	fill(filter, KVMFEAT_PMU_ALLOW);
}

static int put(struct kvmfeat_pmu_filter *filter, unsigned int first, unsigned int count,
	       enum kvmfeat_pmu_action action)
{
	const bool allow = action == KVMFEAT_PMU_ALLOW;
	char value[32];

	if (!count || first >= KVMFEAT_PMU_EVENTS || count > KVMFEAT_PMU_EVENTS - first) {
		snprintf(value, sizeof(value), "%u events from 0x%x on", count, first);
		return kf_invalid(&filter->ctx->reason, allow ? "allow events" : "deny events",
				  "event range", value, "%s are no range of the events 0x0 to 0x%x",
				  value, LAST_EVENT);
	}
	if (!filter->used)
		fill(filter, allow ? KVMFEAT_PMU_DENY : KVMFEAT_PMU_ALLOW);
	filter->used = true;
	for (unsigned int event = first; event < first + count; event++)
		if (allow)
			filter->allowed[event / 64] |= UINT64_C(1) << event % 64;
		else
			filter->allowed[event / 64] &= ~(UINT64_C(1) << event % 64);
	return 0;
}

KVMFEAT_EXPORT int kvmfeat_pmu_filter_allow(struct kvmfeat_pmu_filter *filter, unsigned int first,
					    unsigned int count)
{
	return put(filter, first, count, KVMFEAT_PMU_ALLOW);
}

KVMFEAT_EXPORT int kvmfeat_pmu_filter_deny(struct kvmfeat_pmu_filter *filter, unsigned int first,
					   unsigned int count)
{
	return put(filter, first, count, KVMFEAT_PMU_DENY);
}

KVMFEAT_EXPORT enum kvmfeat_pmu_action kvmfeat_pmu_filter_get_action(
	const struct kvmfeat_pmu_filter *filter, unsigned int event)
{
	return event < KVMFEAT_PMU_EVENTS && filter->allowed[event / 64] >> event % 64 & 1 ?
		       KVMFEAT_PMU_ALLOW :
		       KVMFEAT_PMU_DENY;
}

/* The first event at or behind @from with the action; KVMFEAT_PMU_EVENTS: there is none. */
static unsigned int find(const struct kvmfeat_pmu_filter *filter, unsigned int from,
			 enum kvmfeat_pmu_action action)
{
	for (; from < KVMFEAT_PMU_EVENTS; from = (from | 63) + 1) {
		uint64_t word = filter->allowed[from / 64];

		if (action == KVMFEAT_PMU_DENY)
			word = ~word;
		word &= UINT64_MAX << from % 64;
		if (word)
			return (from & ~63u) + (unsigned int)__builtin_ctzll(word);
	}
	return KVMFEAT_PMU_EVENTS;
}

bool kf_pmu_filter_next(const struct kvmfeat_pmu_filter *filter, unsigned int from,
			struct kvmfeat_pmu_range *ret_range)
{
	const enum kvmfeat_pmu_action other = kvmfeat_pmu_filter_get_action(filter, LAST_EVENT);
	const enum kvmfeat_pmu_action action =
		other == KVMFEAT_PMU_ALLOW ? KVMFEAT_PMU_DENY : KVMFEAT_PMU_ALLOW;
	const unsigned int first = find(filter, from, action);

	if (!filter->used)
		return false;
	if (first == KVMFEAT_PMU_EVENTS) {
		if (from)
			return false;
		/* No event differs from the last one: an empty range sets the default. */
		*ret_range = (struct kvmfeat_pmu_range){ .action = action };
		return true;
	}
	*ret_range = (struct kvmfeat_pmu_range){
		.first = (uint16_t)first,
		.count = (uint16_t)(find(filter, first, other) - first),
		.action = action,
	};
	return true;
}

KVMFEAT_EXPORT size_t kvmfeat_pmu_filter_count(const struct kvmfeat_pmu_filter *filter)
{
	struct kvmfeat_pmu_range range;
	unsigned int from = 0;
	size_t count = 0;

	for (; kf_pmu_filter_next(filter, from, &range); count++)
		from = kf_pmu_range_end(&range) + 1;
	return count;
}

KVMFEAT_EXPORT int kvmfeat_pmu_filter_at(const struct kvmfeat_pmu_filter *filter, size_t index,
					 struct kvmfeat_pmu_range *ret_range)
{
	struct kvmfeat_pmu_range range;
	unsigned int from = 0;
	char value[24];
	size_t i = 0;

	for (; kf_pmu_filter_next(filter, from, &range); i++) {
		if (i == index) {
			*ret_range = range;
			return 0;
		}
		from = kf_pmu_range_end(&range) + 1;
	}
	snprintf(value, sizeof(value), "%zu", index);
	return kf_invalid(&filter->ctx->reason, "read an event filter", "range", value,
			  "range %zu is not in the filter, which has %zu", index, i);
}
