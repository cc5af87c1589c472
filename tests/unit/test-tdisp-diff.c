// SPDX-License-Identifier: GPL-2.0-or-later
/* In which fields do two device interface reports differ? */
#include "tdisp-report.h"
#include "world.h"

#define ROOM 32

static const struct report_range ranges[] = {
	{ 0xfe000, 4, 0, 0 },
	{ 0x12345678abcd, 1, 5, KVMFEAT_TDISP_PBA },
};

#define INFO 6
#define SIZE REPORT_SIZE(2, INFO)

/* Two reports, equal at first, and what comparing them gave. */
struct diff {
	uint8_t *a, *b;
	struct kvmfeat_tdisp_pair pair;
	struct kvmfeat_tdisp_difference list[ROOM];
	size_t count;
};

static void prepare(struct diff *diff, uint32_t in_a, uint32_t in_b)
{
	*diff = (struct diff){ .a = report_make(ranges, in_a, INFO),
			       .b = report_make(ranges, in_b, INFO) };
	diff->pair = (struct kvmfeat_tdisp_pair){ .size = sizeof(diff->pair),
						  .a = diff->a,
						  .a_bytes = REPORT_SIZE(in_a, INFO),
						  .b = diff->b,
						  .b_bytes = REPORT_SIZE(in_b, INFO) };
}

static int compare(const struct world *w, struct diff *diff)
{
	diff->count = 77;
	return kvmfeat_tdisp_diff(w->ctx, &diff->pair, diff->list, ROOM, &diff->count);
}

static void release(struct diff *diff)
{
	free(diff->a);
	free(diff->b);
}

static void equal_reports_have_no_difference(void **state)
{
	struct diff diff;

	prepare(&diff, 2, 2);
	assert_int_equal(compare(*state, &diff), 0);
	assert_int_equal(diff.count, 0);
	release(&diff);
}

/* Each byte of a report belongs to one field; where it starts, what it is called, how long it is.
 */
static void each_byte_is_a_difference_in_its_field(void **state)
{
	static const struct {
		const char *field;
		uint32_t range, width; /* range 2: of none */
	} fields[] = {
		{ "interface_info", 2, 2 },
		{ "reserved", 2, 2 },
		{ "msix_message_control", 2, 2 },
		{ "lnr_control", 2, 2 },
		{ "tph_control", 2, 4 },
		{ NULL, 0, 4 }, /* the count of ranges has a test of its own */
		{ "first_page", 0, 8 },
		{ "pages", 0, 4 },
		{ "attributes", 0, 2 },
		{ "bar", 0, 2 },
		{ "first_page", 1, 8 },
		{ "pages", 1, 4 },
		{ "attributes", 1, 2 },
		{ "bar", 1, 2 },
	};
	size_t offset = 0;

	for (size_t i = 0; i < KF_ARRAY_SIZE(fields); offset += fields[i++].width)
		for (size_t byte = 0; byte < fields[i].width && fields[i].field; byte++) {
			const struct kvmfeat_tdisp_difference *found;
			struct diff diff;

			prepare(&diff, 2, 2);
			diff.b[offset + byte] ^= 0x80;
			assert_int_equal(compare(*state, &diff), 0);
			assert_int_equal(diff.count, 1);
			found = &diff.list[0];
			assert_string_equal(found->field, fields[i].field);
			assert_int_equal(found->in_range, fields[i].range != 2);
			assert_int_equal(found->range, fields[i].range % 2);
			assert_true(found->in_a && found->in_b);
			assert_int_equal(found->a_offset, offset);
			assert_int_equal(found->b_offset, offset);
			assert_true((found->a ^ found->b) == UINT64_C(0x80) << 8 * byte);
			release(&diff);
		}
	assert_int_equal(offset, REPORT_SIZE(2, 0) - 4);
}

static void a_range_that_one_report_lacks_is_told_by_field(void **state)
{
	static const char *const names[] = { "mmio_range_count", "first_page", "pages",
					     "attributes", "bar" };
	struct diff diff;

	for (size_t turn = 0; turn < 2; turn++) {
		prepare(&diff, turn ? 1 : 2, turn ? 2 : 1);
		assert_int_equal(compare(*state, &diff), 0);
		assert_int_equal(diff.count, 5);
		for (size_t i = 0; i < 5; i++) {
			assert_string_equal(diff.list[i].field, names[i]);
			assert_int_equal(diff.list[i].in_a, turn == 0 || i == 0);
			assert_int_equal(diff.list[i].in_b, turn == 1 || i == 0);
			assert_int_equal(diff.list[i].range, i ? 1 : 0);
		}
		assert_true((turn ? diff.list[1].b : diff.list[1].a) == ranges[1].first_page);
		assert_true((turn ? diff.list[1].a : diff.list[1].b) == 0);
		assert_int_equal(turn ? diff.list[1].b_offset : diff.list[1].a_offset, 32);
		release(&diff);
	}
}

/* A number that is not there is another one than 0. */
static void a_range_of_zeroes_is_a_difference_too(void **state)
{
	static const struct report_range zeroes[] = { { 0, 0, 0, 0 } };
	struct diff diff;

	prepare(&diff, 0, 0);
	free(diff.a);
	diff.a = report_make(zeroes, 1, INFO);
	diff.pair.a = diff.a;
	diff.pair.a_bytes = REPORT_SIZE(1, INFO);
	assert_int_equal(compare(*state, &diff), 0);
	assert_int_equal(diff.count, 5);
	assert_true(diff.list[1].in_a && !diff.list[1].in_b);
	release(&diff);
}

static void of_device_information_the_first_other_byte_is_told(void **state)
{
	struct diff diff;

	prepare(&diff, 2, 1);
	diff.a[SIZE - 2] ^= 0xff;
	diff.a[SIZE - 1] ^= 0xff;
	assert_int_equal(compare(*state, &diff), 0);
	assert_int_equal(diff.count, 6);
	assert_string_equal(diff.list[5].field, "device_info");
	assert_false(diff.list[5].in_range);
	assert_int_equal(diff.list[5].a_offset, SIZE - 2);
	assert_int_equal(diff.list[5].b_offset, SIZE - 16 - 2);
	assert_int_equal(diff.list[5].a ^ diff.list[5].b, 0xff);
	release(&diff);
}

/* The same bytes, of which the second report has less in its information and more behind. */
static void where_the_information_ends_is_a_difference(void **state)
{
	struct diff diff;

	prepare(&diff, 2, 2);
	blob_put(diff.b, SIZE - INFO - 4, 4, INFO - 1);
	assert_int_equal(compare(*state, &diff), 0);
	assert_int_equal(diff.count, 3);
	assert_string_equal(diff.list[0].field, "device_info_bytes");
	assert_int_equal(diff.list[0].a, INFO);
	assert_int_equal(diff.list[0].b, INFO - 1);
	assert_int_equal(diff.list[0].a_offset, SIZE - INFO - 4);
	assert_string_equal(diff.list[1].field, "device_info");
	assert_true(diff.list[1].in_a && !diff.list[1].in_b);
	assert_int_equal(diff.list[1].a_offset, SIZE - 1);
	assert_int_equal(diff.list[1].b_offset, 0);
	assert_string_equal(diff.list[2].field, "trailing");
	assert_true(!diff.list[2].in_a && diff.list[2].in_b);
	assert_int_equal(diff.list[2].b_offset, SIZE - 1);
	assert_int_equal(diff.list[2].b, diff.b[SIZE - 1]);
	release(&diff);
}

/* The other way round the same fields differ, with their numbers swapped. */
static void comparing_is_symmetric(void **state)
{
	for (uint32_t seed = 0; seed < 1000; seed++) {
		struct diff there, back;

		prepare(&there, seed % 3, seed / 3 % 3);
		there.b[seed % 12] ^= 1;
		blob_put(there.a, REPORT_SIZE(seed % 3, 0) - 4, 4, seed % 7);
		back = there;
		back.pair.a = there.pair.b;
		back.pair.a_bytes = there.pair.b_bytes;
		back.pair.b = there.pair.a;
		back.pair.b_bytes = there.pair.a_bytes;
		assert_int_equal(compare(*state, &there), 0);
		assert_int_equal(compare(*state, &back), 0);
		assert_true(there.count && there.count == back.count);
		for (size_t i = 0; i < there.count; i++) {
			assert_string_equal(there.list[i].field, back.list[i].field);
			assert_true(there.list[i].in_a == back.list[i].in_b);
			assert_true(there.list[i].a == back.list[i].b);
			assert_true(there.list[i].a_offset == back.list[i].b_offset);
		}
		release(&there);
	}
}

static void what_is_no_report_is_not_compared(void **state)
{
	struct world *w = *state;
	struct diff diff;

	prepare(&diff, 2, 2);
	diff.pair.b_bytes--;
	assert_int_equal(compare(w, &diff), -EBADMSG);
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->object, "the second report");
	diff.pair.a_bytes = 19;
	assert_int_equal(compare(w, &diff), -EBADMSG);
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->object, "the first report");
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->operation,
			    "compare device interface reports");
	/* Equal bytes that are no report are none, either. */
	diff.pair.b_bytes = 19;
	assert_int_equal(compare(w, &diff), -EBADMSG);
	assert_int_equal(diff.count, 77);
	release(&diff);
}

static void differences_without_room_are_counted(void **state)
{
	struct world *w = *state;
	struct diff diff;

	prepare(&diff, 2, 1);
	assert_int_equal(kvmfeat_tdisp_diff(w->ctx, &diff.pair, diff.list, 1, &diff.count), 0);
	assert_int_equal(diff.count, 5);
	assert_non_null(diff.list[0].field);
	assert_null(diff.list[1].field);
	assert_int_equal(kvmfeat_tdisp_diff(w->ctx, &diff.pair, NULL, 0, &diff.count), 0);
	assert_int_equal(diff.count, 5);
	release(&diff);
}

static void a_pair_of_another_size_is_an_error(void **state)
{
	struct world *w = *state;
	struct {
		struct kvmfeat_tdisp_pair pair;
		uint64_t newer;
	} longer;
	struct diff diff;

	prepare(&diff, 2, 2);
	longer.pair = diff.pair;
	longer.pair.size = sizeof(longer);
	longer.newer = 0;
	assert_int_equal(kvmfeat_tdisp_diff(w->ctx, &longer.pair, NULL, 0, &diff.count), 0);
	longer.newer = 1;
	assert_int_equal(kvmfeat_tdisp_diff(w->ctx, &longer.pair, NULL, 0, &diff.count), -E2BIG);
	assert_non_null(strstr(reason(w), "more than this library knows"));
	diff.pair.size--;
	assert_int_equal(compare(w, &diff), -EINVAL);
	assert_non_null(strstr(reason(w), "is too short"));
	release(&diff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(equal_reports_have_no_difference),
		WORLD_TEST(each_byte_is_a_difference_in_its_field),
		WORLD_TEST(a_range_that_one_report_lacks_is_told_by_field),
		WORLD_TEST(a_range_of_zeroes_is_a_difference_too),
		WORLD_TEST(of_device_information_the_first_other_byte_is_told),
		WORLD_TEST(where_the_information_ends_is_a_difference),
		WORLD_TEST(comparing_is_symmetric),
		WORLD_TEST(what_is_no_report_is_not_compared),
		WORLD_TEST(differences_without_room_are_counted),
		WORLD_TEST(a_pair_of_another_size_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
