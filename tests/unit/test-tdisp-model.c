// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Overlaps of many made-up ranges against a plain comparison; the order of findings; reports of
 * random bytes.
 * Seen red: the overlaps with ranges judged out of order, the order of findings with faults put one
 * after the other by range, and with the one fault of a report taken as it was found.
 */
#include "tdisp-report.h"
#include "world.h"

/* Whether a range overlaps one of its BAR that begins below, or as low and stands before. */
static bool overlaps(const struct report_range *ranges, size_t count, size_t index)
{
	const struct report_range *r = &ranges[index];

	for (size_t i = 0; i < count; i++) {
		const struct report_range *o = &ranges[i];

		if (i == index || o->bar != r->bar || o->bar > 7 || !o->pages || !r->pages ||
		    o->first_page > r->first_page || (o->first_page == r->first_page && i > index))
			continue;
		if (r->first_page - o->first_page < o->pages)
			return true;
	}
	return false;
}

static void compare_with_model(const struct world *w, const struct report_range *ranges,
			       uint32_t count)
{
	static struct kvmfeat_tdisp_finding findings[2048];
	uint8_t *bytes = report_make(ranges, count, 0);
	bool told[256] = { false };
	size_t found;

	assert_int_equal(kvmfeat_tdisp_check(w->ctx, bytes, REPORT_SIZE(count, 0), NULL, findings,
					     2048, &found),
			 0);
	assert_true(found <= 2048);
	for (size_t i = 0; i < found; i++) {
		if (strcmp(findings[i].rule->id, "range.overlap"))
			continue;
		assert_int_not_equal(findings[i].verdict, KVMFEAT_TDISP_NOT_CHECKED);
		if (findings[i].has_range) {
			assert_false(told[findings[i].range]);
			told[findings[i].range] = true;
		}
	}
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(told[i], overlaps(ranges, count, i));
	free(bytes);
}

/* Crowded, sparse, of many BARs or of one; wrapping; sorted or not: up to 256 all are decided. */
static void overlaps_are_those_of_a_plain_comparison(void **state)
{
	static const uint32_t counts[] = { 0, 1, 2, 3, 7, 64, 255, 256 };
	static struct report_range ranges[256];
	size_t overlapping = 0, apart = 0;

	for (uint32_t seed = 0; seed < 2000; seed++) {
		const uint32_t count = counts[seed % KF_ARRAY_SIZE(counts)];

		blob_scramble((uint8_t *)ranges, sizeof(ranges), seed);
		for (uint32_t i = 0; i < count; i++) {
			ranges[i].bar %= seed % 3 ? 3 : 10;
			ranges[i].pages %= seed % 5 ? 9 : 3;
			ranges[i].first_page = seed % 7 ? ranges[i].first_page % (16 << seed % 9) :
							  UINT64_MAX - ranges[i].first_page % 64;
			if (seed % 2 && i)
				ranges[i].first_page =
					ranges[i - 1].first_page + ranges[i].first_page % 12;
		}
		compare_with_model(*state, ranges, count);
		for (uint32_t i = 0; i < count; i++)
			*(overlaps(ranges, count, i) ? &overlapping : &apart) += 1;
	}
	assert_true(overlapping > 1000 && apart > 1000);
}

static const struct kvmfeat_tdisp_device device = {
	.size = sizeof(device),
	.bar_bytes = { 1u << 22, 0, 1u << 26, 0, 0x800, 0 },
};

#define RULES 16
#define FINDINGS 256

struct findings {
	struct kvmfeat_tdisp_finding list[FINDINGS];
	size_t count;
};

static void find(const struct world *w, const uint8_t *bytes, uint32_t ranges, size_t max,
		 struct findings *findings)
{
	assert_int_equal(kvmfeat_tdisp_check(w->ctx, bytes, REPORT_SIZE(ranges, 0), &device,
					     findings->list, max, &findings->count),
			 0);
	assert_true(findings->count <= FINDINGS);
}

/* @rules: a finding of each, in the order in which they are told */
static void assert_by_rule(const struct findings *rules, const struct findings *findings)
{
	size_t told = 0;

	for (size_t i = 0; i < findings->count; i++) {
		const struct kvmfeat_tdisp_finding *found = &findings->list[i];

		if (!i || found->rule != found[-1].rule) {
			assert_true(told < RULES);
			assert_ptr_equal(found->rule, rules->list[told++].rule);
			continue;
		}
		assert_true(found->verdict && found[-1].verdict && found->has_range);
		/* Overlaps are told in the order of addresses. */
		assert_true(found->range > found[-1].range ||
			    !strcmp(found->rule->id, "range.overlap"));
	}
	assert_int_equal(told, RULES);
}

/* With less room the first ones are the same. */
static void assert_first(const struct findings *all, const struct findings *first, size_t max)
{
	assert_int_equal(first->count, all->count);
	for (size_t i = 0; i < max; i++) {
		assert_ptr_equal(first->list[i].rule, all->list[i].rule);
		assert_int_equal(first->list[i].verdict, all->list[i].verdict);
		assert_int_equal(first->list[i].range, all->list[i].range);
	}
	assert_null(first->list[max].rule);
}

static void assert_fault(const struct findings *findings, const struct kvmfeat_tdisp_finding *fault)
{
	const struct kvmfeat_tdisp_finding *first = NULL;

	for (size_t i = 0; i < findings->count; i++) {
		const struct kvmfeat_tdisp_finding *found = &findings->list[i];

		if (found->verdict == KVMFEAT_TDISP_REFUSED) {
			first = found;
			break;
		}
		if (found->verdict == KVMFEAT_TDISP_NOT_CHECKED && !first)
			first = found;
	}
	assert_ptr_equal(fault->rule, first ? first->rule : NULL);
	assert_int_equal(fault->range, first ? first->range : 0);
}

/* Of ranges in which any rule may be broken, by any of them. */
static void findings_come_by_rule_and_then_by_range(void **state)
{
	static struct findings rules, all, first;
	struct report_range ranges[12];
	struct world *w = *state;

	for (uint32_t seed = 0; seed < 4000; seed++) {
		const uint32_t count = seed % 13;
		struct kvmfeat_tdisp_finding fault;
		uint8_t *bytes;

		blob_scramble((uint8_t *)ranges, sizeof(ranges), seed);
		for (uint32_t i = 0; i < count; i++)
			ranges[i] = (struct report_range){
				.first_page = ranges[i].first_page % (seed % 2 ? 4096 : 8),
				.pages = ranges[i].pages % 4,
				.bar = ranges[i].bar % (seed % 3 ? 3 : 10),
				.attributes = ranges[i].attributes % 18,
			};
		bytes = report_make(ranges, count, 0);
		find(w, bytes, count, FINDINGS, &all);
		if (!seed) /* without a range no rule is broken */
			rules = all;
		assert_by_rule(&rules, &all);
		memset(&first, 0, sizeof(first));
		find(w, bytes, count, seed % all.count, &first);
		assert_first(&all, &first, seed % all.count);
		assert_int_equal(
			kf_tdisp_find_fault(w->ctx, bytes, REPORT_SIZE(count, 0), &device, &fault),
			0);
		assert_fault(&all, &fault);
		free(bytes);
	}
}

/* In a block that ends where the bytes end, so that a sanitizer sees a read past it. */
static void random_bytes_are_not_read_past_their_end(void **state)
{
	struct world *w = *state;
	uint8_t bytes[256];

	for (uint32_t seed = 0; seed < 5000; seed++) {
		const size_t size = seed % sizeof(bytes);
		struct kvmfeat_tdisp_finding findings[64];
		uint8_t *block;
		size_t count = 0;

		blob_scramble(bytes, sizeof(bytes), seed);
		if (seed % 2)
			blob_put(bytes, 12, 4, seed % 17);
		block = report_cut(bytes, size);
		assert_int_equal(
			kvmfeat_tdisp_check(w->ctx, block, size, &device, findings, 64, &count), 0);
		assert_true(count >= 16);
		free(block);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(overlaps_are_those_of_a_plain_comparison),
		WORLD_TEST(findings_come_by_rule_and_then_by_range),
		WORLD_TEST(random_bytes_are_not_read_past_their_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
