// SPDX-License-Identifier: GPL-2.0-or-later
/* Taking a device interface report apart, and the BARs of a device out of sysfs. */
#include "tdisp-report.h"
#include "world.h"

#define BARE_RESOURCE "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"

static const struct report_range three[] = {
	{ 0xfe000, 4, 0, 0 },
	{ 0xfe004, 1, 0, KVMFEAT_TDISP_MSIX_TABLE | KVMFEAT_TDISP_NON_TEE },
	{ 0x800000000, 0x40000, 2, KVMFEAT_TDISP_UPDATABLE },
};

static int decode(const struct world *w, const uint8_t *bytes, size_t size,
		  struct kvmfeat_tdisp_report *ret_report)
{
	*ret_report = (struct kvmfeat_tdisp_report){ .size = sizeof(*ret_report) };
	return kvmfeat_tdisp_decode(w->ctx, bytes, size, ret_report);
}

static void each_field_comes_out_as_it_went_in(void **state)
{
	struct world *w = *state;
	uint8_t *bytes = report_make(three, 3, 5);
	struct kvmfeat_tdisp_report report;
	struct kvmfeat_tdisp_range range;

	blob_put(bytes, 0, 2, 0xfedc);
	blob_put(bytes, 2, 2, 0x1111);
	blob_put(bytes, 4, 2, 0xba98);
	blob_put(bytes, 6, 2, 0x7654);
	blob_put(bytes, 8, 4, 0x32100123);
	assert_int_equal(decode(w, bytes, REPORT_SIZE(3, 5), &report), 0);
	assert_int_equal(report.interface_info, 0xfedc);
	assert_int_equal(report.msix_message_control, 0xba98);
	assert_int_equal(report.lnr_control, 0x7654);
	assert_int_equal(report.tph_control, 0x32100123);
	assert_int_equal(report.range_count, 3);
	assert_ptr_equal(report.ranges, bytes + 16);
	assert_int_equal(report.device_info_bytes, 5);
	assert_ptr_equal(report.device_info, bytes + 16 + 48 + 4);
	assert_int_equal(report.trailing_bytes, 0);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(kvmfeat_tdisp_get_range(w->ctx, &report, i, &range), 0);
		assert_true(range.first_page == three[i].first_page);
		assert_int_equal(range.pages, three[i].pages);
		assert_int_equal(range.bar, three[i].bar);
		assert_int_equal(range.attributes, three[i].attributes);
	}
	free(bytes);
}

/* Whatever the numbers are, and at any address. */
static void random_fields_come_out_as_they_went_in(void **state)
{
	struct world *w = *state;
	struct report_range ranges[37];

	for (uint32_t seed = 0; seed < 500; seed++) {
		const uint32_t count = seed % 38, info = seed * 7 % 61;
		const size_t shift = seed % 8, size = REPORT_SIZE(count, info);
		struct kvmfeat_tdisp_report report;
		uint8_t *bytes, *moved = malloc(size + shift);

		blob_scramble((uint8_t *)ranges, sizeof(ranges), seed);
		bytes = report_make(ranges, count, info);
		memcpy(moved + shift, bytes, size);
		assert_int_equal(decode(w, moved + shift, size, &report), 0);
		assert_int_equal(report.range_count, count);
		for (uint32_t i = 0; i < count; i++) {
			struct kvmfeat_tdisp_range range;

			assert_int_equal(kvmfeat_tdisp_get_range(w->ctx, &report, i, &range), 0);
			assert_true(range.first_page == ranges[i].first_page);
			assert_true(range.pages == ranges[i].pages);
			assert_true(range.bar == ranges[i].bar);
			assert_true(range.attributes == ranges[i].attributes);
		}
		assert_memory_equal(report.device_info, bytes + size - info, info);
		free(bytes);
		free(moved);
	}
}

static void a_report_may_have_no_range_and_no_information(void **state)
{
	struct world *w = *state;
	uint8_t *bytes = report_make(NULL, 0, 0);
	struct kvmfeat_tdisp_report report;
	struct kvmfeat_tdisp_range range = { .pages = 77 };

	assert_int_equal(decode(w, bytes, 20, &report), 0);
	assert_int_equal(report.range_count, 0);
	assert_int_equal(report.device_info_bytes, 0);
	assert_int_equal(kvmfeat_tdisp_get_range(w->ctx, &report, 0, &range), -EINVAL);
	assert_string_equal(reason(w), "range 0 is not one of the report's 0");
	assert_int_equal(range.pages, 77);
	free(bytes);
}

static void a_range_behind_the_last_is_an_error(void **state)
{
	struct world *w = *state;
	uint8_t *bytes = report_make(three, 3, 0);
	struct kvmfeat_tdisp_report report;
	struct kvmfeat_tdisp_range range;

	assert_int_equal(decode(w, bytes, REPORT_SIZE(3, 0), &report), 0);
	assert_int_equal(kvmfeat_tdisp_get_range(w->ctx, &report, 2, &range), 0);
	assert_int_equal(kvmfeat_tdisp_get_range(w->ctx, &report, 3, &range), -EINVAL);
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->value, "3");
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->origin, KVMFEAT_ORIGIN_LIBRARY);
	assert_int_equal(kvmfeat_tdisp_get_range(w->ctx, &report, (size_t)-1, &range), -EINVAL);
	free(bytes);
}

/* Each length that is too short, in a block that ends there. */
static void a_report_that_is_cut_is_refused(void **state)
{
	struct world *w = *state;
	const size_t size = REPORT_SIZE(3, 9);
	uint8_t *bytes = report_make(three, 3, 9);

	for (size_t cut = 0; cut < size; cut++) {
		struct kvmfeat_tdisp_report report = { .size = sizeof(report), .range_count = 77 };
		uint8_t *block = report_cut(bytes, cut);

		assert_int_equal(kvmfeat_tdisp_decode(w->ctx, block, cut, &report), -EBADMSG);
		assert_int_equal(report.range_count, 77);
		assert_string_equal(kvmfeat_ctx_error(w->ctx)->object, "the report");
		assert_non_null(strstr(reason(w), " at offset "));
		assert_string_not_equal(kvmfeat_ctx_error(w->ctx)->remedy, "");
		assert_string_equal(kvmfeat_ctx_error(w->ctx)->value,
				    cut >= REPORT_SIZE(3, 0) ? "9" :
				    cut >= 20		     ? "3" :
							       kvmfeat_ctx_error(w->ctx)->value);
		free(block);
	}
	free(bytes);
}

static void a_refusal_names_the_number_and_its_offset(void **state)
{
	struct world *w = *state;
	uint8_t *bytes = report_make(three, 3, 9);
	struct kvmfeat_tdisp_report report;

	assert_int_equal(decode(w, bytes, 19, &report), -EBADMSG);
	assert_string_equal(reason(w), "the report is no device interface report: it ends at "
				       "offset 19, and one has at least 20 bytes");
	blob_put(bytes, 12, 4, 0xffffffff);
	assert_int_equal(decode(w, bytes, REPORT_SIZE(3, 9), &report), -EBADMSG);
	assert_string_equal(reason(w),
			    "the report is no device interface report: the 4294967295 ranges that "
			    "it tells of at offset 12 do not fit into its 77 bytes");
	blob_put(bytes, 12, 4, 3);
	blob_put(bytes, 64, 4, 0xffffffff);
	assert_int_equal(decode(w, bytes, REPORT_SIZE(3, 9), &report), -EBADMSG);
	assert_string_equal(reason(w),
			    "the report is no device interface report: the 4294967295 bytes of "
			    "device specific information that it tells of at offset 64 do not "
			    "fit into its 77 bytes");
	free(bytes);
}

/* 2^28 ranges of 16 bytes are 2^32, which is 0 in 32 bits. */
static void a_count_whose_bytes_wrap_is_refused(void **state)
{
	static const uint32_t counts[] = { 1, 0x10000000, 0x10000001, 0x0fffffff, 0x80000000 };
	struct world *w = *state;
	uint8_t *bytes = report_make(NULL, 0, 15);
	struct kvmfeat_tdisp_report report;

	for (size_t i = 0; i < KF_ARRAY_SIZE(counts); i++) {
		blob_put(bytes, 12, 4, counts[i]);
		assert_int_equal(decode(w, bytes, 35, &report), -EBADMSG);
	}
	free(bytes);
}

static void bytes_behind_the_report_are_counted(void **state)
{
	struct world *w = *state;
	uint8_t *bytes = report_make(three, 3, 40);
	struct kvmfeat_tdisp_report report;

	blob_put(bytes, 64, 4, 33);
	assert_int_equal(decode(w, bytes, REPORT_SIZE(3, 40), &report), 0);
	assert_int_equal(report.device_info_bytes, 33);
	assert_int_equal(report.trailing_bytes, 7);
	free(bytes);
}

static void a_result_struct_may_be_longer_and_not_shorter(void **state)
{
	struct world *w = *state;
	uint8_t *bytes = report_make(three, 3, 0);
	struct {
		struct kvmfeat_tdisp_report report;
		uint64_t newer;
	} longer = { .report.size = sizeof(longer), .newer = 77 };
	struct kvmfeat_tdisp_report report = { .size = sizeof(report) - 1, .range_count = 77 };

	assert_int_equal(kvmfeat_tdisp_decode(w->ctx, bytes, REPORT_SIZE(3, 0), &longer.report), 0);
	assert_int_equal(longer.report.range_count, 3);
	assert_int_equal(longer.newer, 0);
	assert_int_equal(kvmfeat_tdisp_decode(w->ctx, bytes, REPORT_SIZE(3, 0), &report), -EINVAL);
	assert_int_equal(report.range_count, 77);
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->object, "struct kvmfeat_tdisp_report");
	assert_non_null(strstr(reason(w), "is too short"));
	free(bytes);
}

static void verdicts_have_names(void **state)
{
	(void)state;
	assert_string_equal(kvmfeat_tdisp_verdict_name(KVMFEAT_TDISP_OK), "ok");
	assert_string_equal(kvmfeat_tdisp_verdict_name(KVMFEAT_TDISP_REFUSED), "refused");
	assert_string_equal(kvmfeat_tdisp_verdict_name(KVMFEAT_TDISP_NOTE), "note");
	assert_string_equal(kvmfeat_tdisp_verdict_name(KVMFEAT_TDISP_NOT_CHECKED), "not_checked");
	assert_string_equal(kvmfeat_tdisp_verdict_name((enum kvmfeat_tdisp_verdict)4), "");
	assert_string_equal(kvmfeat_tdisp_verdict_name((enum kvmfeat_tdisp_verdict) - 1), "");
}

/* A 64-bit BAR, which takes two lines, one of ports, one of 32 bits, and a ROM behind. */
static const char resource[] =
	"0x0000004000000000 0x00000040003fffff 0x000000000014220c\n" BARE_RESOURCE
	"0x000000000000c000 0x000000000000c01f 0x0000000000040101\n"
	"0x00000000febd1000 0x00000000febd1fff 0x0000000000040200\n" BARE_RESOURCE BARE_RESOURCE
	"0x00000000feb80000 0x00000000febbffff 0x0000000000046200\n";

static void bars_are_read_from_a_resource_file(void **state)
{
	struct world *w = *state;
	struct kvmfeat_tdisp_device device = { .size = sizeof(device) };

	assert_int_equal(kvmfeat_tdisp_decode_bars(w->ctx, resource, strlen(resource), &device), 0);
	assert_int_equal(device.bar_bytes[0], 0x400000);
	assert_int_equal(device.bar_bytes[1], 0);
	assert_int_equal(device.bar_bytes[2], 0);
	assert_int_equal(device.bar_bytes[3], 0x1000);
	assert_int_equal(device.bar_bytes[4], 0);
	assert_int_equal(device.bar_bytes[5], 0);
}

/* Of the first six lines each byte counts; what the kernel writes has one form. */
static void a_line_that_is_none_is_named(void **state)
{
	static const char good[] = "0x0000000000000000 0x000000000000000f 0x0000000000000200\n";
	static const char wrong[] = { 'G', 'A', '/', ':', '`', 'g', '\0', ' ', '\n' };
	struct world *w = *state;
	struct kvmfeat_tdisp_device device = { .size = sizeof(device), .bar_bytes = { 77 } };
	char text[6 * (sizeof(good) - 1)];

	for (size_t i = 0; i < sizeof(text); i++) {
		for (size_t line = 0; line < 6; line++)
			memcpy(text + line * 57, good, 57);
		for (size_t j = 0; j < sizeof(wrong); j++) {
			if (good[i % 57] == wrong[j])
				continue;
			text[i] = wrong[j];
			assert_int_equal(
				kvmfeat_tdisp_decode_bars(w->ctx, text, sizeof(text), &device),
				-EBADMSG);
			assert_int_equal(*kvmfeat_ctx_error(w->ctx)->value - '0', i / 57 + 1);
		}
	}
	assert_int_equal(device.bar_bytes[0], 77);
	assert_memory_equal(reason(w), "line 6 is not that of a BAR", 27);
}

static void a_bar_that_ends_before_it_begins_is_refused(void **state)
{
	struct world *w = *state;
	struct kvmfeat_tdisp_device device = { .size = sizeof(device) };
	char text[sizeof(resource)];

	memcpy(text, resource, sizeof(resource));
	text[9] = '1';
	assert_int_equal(kvmfeat_tdisp_decode_bars(w->ctx, text, strlen(text), &device), -EBADMSG);
}

static void a_resource_file_that_is_cut_is_refused(void **state)
{
	struct world *w = *state;

	for (size_t size = 0; size < 6 * 57; size++) {
		struct kvmfeat_tdisp_device device = { .size = sizeof(device) };
		char *block = (char *)report_cut((const uint8_t *)resource, size);

		assert_int_equal(kvmfeat_tdisp_decode_bars(w->ctx, block, size, &device), -EBADMSG);
		/* Nor does it look at what stands behind the end. */
		assert_int_equal(kvmfeat_tdisp_decode_bars(w->ctx, resource, size, &device),
				 -EBADMSG);
		free(block);
	}
}

static void bars_need_room(void **state)
{
	struct world *w = *state;
	struct kvmfeat_tdisp_device device = { .size = sizeof(device) - 1 };

	assert_int_equal(kvmfeat_tdisp_decode_bars(w->ctx, resource, strlen(resource), &device),
			 -EINVAL);
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->object, "struct kvmfeat_tdisp_device");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(each_field_comes_out_as_it_went_in),
		WORLD_TEST(random_fields_come_out_as_they_went_in),
		WORLD_TEST(a_report_may_have_no_range_and_no_information),
		WORLD_TEST(a_range_behind_the_last_is_an_error),
		WORLD_TEST(a_report_that_is_cut_is_refused),
		WORLD_TEST(a_refusal_names_the_number_and_its_offset),
		WORLD_TEST(a_count_whose_bytes_wrap_is_refused),
		WORLD_TEST(bytes_behind_the_report_are_counted),
		WORLD_TEST(a_result_struct_may_be_longer_and_not_shorter),
		WORLD_TEST(verdicts_have_names),
		WORLD_TEST(bars_are_read_from_a_resource_file),
		WORLD_TEST(a_line_that_is_none_is_named),
		WORLD_TEST(a_bar_that_ends_before_it_begins_is_refused),
		WORLD_TEST(a_resource_file_that_is_cut_is_refused),
		WORLD_TEST(bars_need_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
