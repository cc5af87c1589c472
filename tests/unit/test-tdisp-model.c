// SPDX-License-Identifier: GPL-2.0-or-later
/* Overlaps of many made-up ranges against a plain comparison; reports of random bytes. */
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

/* In a block that ends where the bytes end, so that a sanitizer sees a read past it. */
static void random_bytes_are_not_read_past_their_end(void **state)
{
	static const struct kvmfeat_tdisp_device device = {
		.size = sizeof(device),
		.bar_bytes = { 1u << 22, 0, 1u << 26, 0, 0x800, 0 },
	};
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
		WORLD_TEST(random_bytes_are_not_read_past_their_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
