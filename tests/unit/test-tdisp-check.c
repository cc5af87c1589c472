// SPDX-License-Identifier: GPL-2.0-or-later
/* May a device interface report be believed? Each rule, kept and broken. */
#include <stdio.h>

#include "tdisp-report.h"
#include "world.h"

#define ROOM 64
#define MIB (UINT64_C(1) << 20)

static const struct kvmfeat_tdisp_device device = {
	.size = sizeof(device),
	.bar_bytes = { 4 * MIB, 0, 64 * MIB, 0, 0x800, 0 },
};

/* With an offset of 64 MiB, as a host may add; of BAR 0 the first page is not reported. */
static const struct report_range good[] = {
	{ 0x4001, 15, 0, 0 },
	{ 0x4010, 1, 0, KVMFEAT_TDISP_MSIX_TABLE },
	{ 0x4011, 1, 0, KVMFEAT_TDISP_PBA | KVMFEAT_TDISP_NON_TEE },
	{ 0x4012, 0x3ee, 0, KVMFEAT_TDISP_UPDATABLE },
	{ 0x8000, 0x4000, 2, 0 },
};

#define GOOD KF_ARRAY_SIZE(good)

struct call {
	struct report_range ranges[GOOD];
	uint8_t *bytes; /* made anew by look() unless it is there */
	size_t size;
	const struct kvmfeat_tdisp_device *device;
	struct kvmfeat_tdisp_finding findings[ROOM];
	size_t count;
};

static void prepare(struct call *call)
{
	*call = (struct call){ .device = &device, .size = REPORT_SIZE(GOOD, 3) };
	memcpy(call->ranges, good, sizeof(good));
}

/* Checks the ranges of @call, or its bytes. */
static void look(const struct world *w, struct call *call)
{
	if (!call->bytes)
		call->bytes = report_make(call->ranges, GOOD, 3);
	call->count = 77;
	assert_int_equal(kvmfeat_tdisp_check(w->ctx, call->bytes, call->size, call->device,
					     call->findings, ROOM, &call->count),
			 0);
	assert_true(call->count <= ROOM);
	free(call->bytes);
	call->bytes = NULL;
}

/* The only finding of that rule; fails when there are more, or none. */
static const struct kvmfeat_tdisp_finding *finding(const struct call *call, const char *id)
{
	const struct kvmfeat_tdisp_finding *found = NULL;

	for (size_t i = 0; i < call->count; i++) {
		if (strcmp(call->findings[i].rule->id, id))
			continue;
		assert_null(found);
		found = &call->findings[i];
	}
	if (!found)
		fail_msg("no finding of %s", id);
	return found;
}

/* Those that are not ok, by id, with blanks between. */
static const char *faults(const struct call *call)
{
	static char text[512];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < call->count; i++)
		if (call->findings[i].verdict != KVMFEAT_TDISP_OK)
			used += (size_t)snprintf(
				text + used, sizeof(text) - used, "%s%s:%s", used ? " " : "",
				call->findings[i].rule->id,
				kvmfeat_tdisp_verdict_name(call->findings[i].verdict));
	return text;
}

static void a_good_report_keeps_to_every_rule_and_each_is_named_once(void **state)
{
	struct call call;

	prepare(&call);
	look(*state, &call);
	assert_string_equal(faults(&call), "");
	assert_int_equal(call.count, 16);
	for (size_t i = 0; i < call.count; i++) {
		const struct kvmfeat_tdisp_finding *found = &call.findings[i];

		assert_ptr_equal(finding(&call, found->rule->id), found);
		assert_false(found->has_range);
		assert_null(found->missing);
		assert_true(found->has_value == !found->rule->in_range);
		assert_non_null(found->rule->text);
	}
	assert_int_equal(finding(&call, "report.header")->value, REPORT_SIZE(GOOD, 3));
	assert_int_equal(finding(&call, "report.range-count")->offset, 12);
	assert_int_equal(finding(&call, "report.range-count")->value, GOOD);
	assert_int_equal(finding(&call, "report.device-info")->offset, REPORT_SIZE(GOOD, 0) - 4);
	assert_int_equal(finding(&call, "report.device-info")->value, 3);
	assert_int_equal(finding(&call, "report.end")->offset, REPORT_SIZE(GOOD, 3));
}

/* One number of one range changed; what of it is broken, and where. */
static void each_rule_about_a_range_is_broken_by_its_own_fault(void **state)
{
	static const struct {
		struct report_range range;
		const char *faults;
		const char *id;
		size_t offset;
		uint64_t value;
	} cases[] = {
		{ { 0x4011, 0, 0, 0 }, "range.pages:refused", "range.pages", 8, 0 },
		{ { 0x4011, 1, 0, 0x10 }, "range.attributes:note", "range.attributes", 12, 0x10 },
		{ { 0x4011, 1, 0, 0x8000 },
		  "range.attributes:note",
		  "range.attributes",
		  12,
		  0x8000 },
		{ { 0x4010, 1, 0, 0 }, "range.overlap:refused", "range.overlap", 0, 0x4010 },
		{ { 0x4000, 1, 0, 0 },
		  "range.address-order:note",
		  "range.address-order",
		  0,
		  0x4000 },
	};
	struct world *w = *state;

	for (size_t i = 0; i < KF_ARRAY_SIZE(cases); i++) {
		const struct kvmfeat_tdisp_finding *found;
		struct call call;

		prepare(&call);
		call.ranges[2] = cases[i].range;
		look(w, &call);
		assert_string_equal(faults(&call), cases[i].faults);
		found = finding(&call, cases[i].id);
		assert_true(found->has_range && found->has_value && found->rule->in_range);
		assert_true(found->offset == 16 + 16 * (size_t)found->range + cases[i].offset);
		assert_true(found->value == cases[i].value);
	}
}

static void a_range_whose_end_has_no_address_is_refused(void **state)
{
	static const struct {
		uint64_t page;
		uint32_t pages;
		bool wraps;
	} cases[] = {
		{ (UINT64_C(1) << 52) - 1, 1, false },
		{ (UINT64_C(1) << 52) - 1, 2, true },
		{ UINT64_C(1) << 52, 1, true },
		{ (UINT64_C(1) << 52) - 0xffffffff, 0xffffffff, false },
		{ (UINT64_C(1) << 52) - 0xfffffffe, 0xffffffff, true },
		{ UINT64_MAX, 1, true },
		{ UINT64_MAX, 0xffffffff, true },
	};
	struct world *w = *state;

	for (size_t i = 0; i < KF_ARRAY_SIZE(cases); i++) {
		struct call call;

		prepare(&call);
		call.device = NULL;
		call.ranges[4] = (struct report_range){ cases[i].page, cases[i].pages, 2, 0 };
		look(w, &call);
		assert_int_equal(finding(&call, "range.wrap")->verdict,
				 cases[i].wraps ? KVMFEAT_TDISP_REFUSED : KVMFEAT_TDISP_OK);
		assert_int_equal(finding(&call, "range.overlap")->verdict, KVMFEAT_TDISP_OK);
		if (cases[i].wraps)
			assert_int_equal(finding(&call, "range.wrap")->range, 4);
	}
}

static void an_id_is_a_bar_or_uncertain_or_none(void **state)
{
	static const struct {
		uint16_t id;
		const char *faults;
	} cases[] = {
		{ 2, "" },
		{ 3, "bar.present:refused" },
		{ 5, "bar.present:refused" },
		{ 6, "range.id:note bar.present:not_checked" },
		{ 7, "range.id:note bar.present:not_checked" },
		{ 8, "range.id:refused" },
		{ 0xffff, "range.id:refused" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < KF_ARRAY_SIZE(cases); i++) {
		struct call call;

		prepare(&call);
		call.ranges[4].bar = cases[i].id;
		look(w, &call);
		assert_string_equal(faults(&call), cases[i].faults);
		assert_non_null(finding(&call, "range.id")->rule->uncertain);
		if (!*cases[i].faults)
			continue;
		assert_int_equal(
			finding(&call, *cases[i].faults == 'b' ? "bar.present" : "range.id")->value,
			cases[i].id);
		if (cases[i].id == 6)
			assert_string_equal(finding(&call, "bar.present")->missing,
					    "the meaning of range ids 6 and 7");
	}
}

static void ranges_ascend_by_bar(void **state)
{
	struct call call;

	prepare(&call);
	call.ranges[0] = good[4];
	call.ranges[4] = good[0];
	look(*state, &call);
	assert_string_equal(faults(&call), "range.order:refused range.address-order:note");
	assert_int_equal(finding(&call, "range.order")->range, 1);
	assert_int_equal(finding(&call, "range.order")->offset, 16 + 16 + 14);
	assert_int_equal(finding(&call, "range.address-order")->range, 4);
	assert_non_null(finding(&call, "range.address-order")->rule->uncertain);
	assert_null(finding(&call, "range.order")->rule->uncertain);
}

static void ranges_of_other_bars_may_have_the_same_addresses(void **state)
{
	struct call call;

	prepare(&call);
	call.ranges[4].first_page = good[0].first_page - 1;
	look(*state, &call);
	assert_string_equal(faults(&call), "");
}

static void an_overlap_is_found_in_any_order(void **state)
{
	struct call call;

	prepare(&call);
	/* One that lies within the first, which two others do not reach. */
	call.ranges[3] = (struct report_range){ 0x4005, 1, 0, 0 };
	look(*state, &call);
	assert_string_equal(faults(&call), "range.address-order:note range.overlap:refused");
	assert_int_equal(finding(&call, "range.overlap")->range, 3);

	prepare(&call);
	/* The first reaches over all of those that follow. */
	call.ranges[0] = (struct report_range){ 0x4000, 0x400, 0, 0 };
	look(*state, &call);
	assert_string_equal(faults(&call), "range.overlap:refused range.overlap:refused "
					   "range.overlap:refused");
}

static void a_range_must_fit_its_bar(void **state)
{
	static const struct {
		uint64_t page;
		uint32_t pages;
		uint16_t bar;
		const char *faults;
	} cases[] = {
		{ 0x8000, 0x4000, 2, "" },
		{ 0x8000, 0x4001, 2, "bar.fit:refused" },
		{ 0x8001, 0x4000, 2, "bar.fit:refused" },
		{ 0xbfff, 1, 2, "" },
		{ 0xbfff, 2, 2, "bar.fit:refused" },
		{ 0x8000, 0xffffffff, 2, "bar.fit:refused" },
		{ 0x8000, 1, 4, "bar.fit:refused" }, /* smaller than a page */
	};
	struct world *w = *state;

	for (size_t i = 0; i < KF_ARRAY_SIZE(cases); i++) {
		struct call call;

		prepare(&call);
		call.ranges[4] =
			(struct report_range){ cases[i].page, cases[i].pages, cases[i].bar, 0 };
		look(w, &call);
		assert_string_equal(faults(&call), cases[i].faults);
		if (!*cases[i].faults)
			continue;
		assert_int_equal(finding(&call, "bar.fit")->value, cases[i].pages);
		assert_int_equal(finding(&call, "bar.fit")->offset, 16 + 4 * 16 + 8);
	}
}

/* Each fits by its address modulo the size, and both would be page 1 of the BAR. */
static void ranges_that_are_one_place_in_the_bar_are_refused(void **state)
{
	struct call call;

	prepare(&call);
	call.ranges[3] = (struct report_range){ 0x4401, 1, 0, 0 };
	look(*state, &call);
	assert_string_equal(faults(&call), "bar.base:refused");
	assert_int_equal(finding(&call, "bar.base")->range, 3);
}

static void a_range_without_sense_is_not_held_against_its_bar(void **state)
{
	struct call call;

	prepare(&call);
	call.ranges[4] = (struct report_range){ UINT64_MAX, 3, 2, 0 };
	look(*state, &call);
	assert_string_equal(faults(&call), "range.wrap:refused");
	prepare(&call);
	call.ranges[4].pages = 0;
	call.ranges[4].first_page++;
	look(*state, &call);
	assert_string_equal(faults(&call), "range.pages:refused");
}

static void without_a_device_the_bars_are_not_checked(void **state)
{
	static const char *const ids[] = { "bar.present", "bar.fit", "bar.base" };
	struct call call;

	prepare(&call);
	call.device = NULL;
	look(*state, &call);
	assert_string_equal(faults(&call), "bar.present:not_checked bar.fit:not_checked "
					   "bar.base:not_checked");
	for (size_t i = 0; i < KF_ARRAY_SIZE(ids); i++) {
		assert_string_equal(finding(&call, ids[i])->missing, "BARs");
		assert_false(finding(&call, ids[i])->has_value);
	}
}

static void what_is_cut_off_is_a_finding_and_the_rest_not_checked(void **state)
{
	struct call call;
	uint8_t *whole = report_make(good, GOOD, 3);

	for (size_t size = 0; size < REPORT_SIZE(GOOD, 3); size++) {
		const char *id = size < 20		     ? "report.header" :
				 size < REPORT_SIZE(GOOD, 0) ? "report.range-count" :
							       "report.device-info";
		const char *missing = size < 20			  ? "header" :
				      size < REPORT_SIZE(GOOD, 0) ? "ranges" :
								    "device specific information";
		size_t refused = 0;

		prepare(&call);
		call.bytes = report_cut(whole, size);
		call.size = size;
		look(*state, &call);
		assert_int_equal(call.count, 16);
		for (size_t i = 0; i < call.count; i++)
			refused += call.findings[i].verdict == KVMFEAT_TDISP_REFUSED;
		assert_int_equal(refused, 1);
		assert_int_equal(finding(&call, id)->verdict, KVMFEAT_TDISP_REFUSED);
		assert_string_equal(
			finding(&call, size < 20 ? "report.reserved" : "report.end")->missing,
			size < 20 ? missing : "device specific information");
		if (size < REPORT_SIZE(GOOD, 0) && size >= 20)
			assert_string_equal(finding(&call, "range.wrap")->missing, missing);
		assert_int_equal(finding(&call, "bar.fit")->verdict,
				 size < REPORT_SIZE(GOOD, 0) ? KVMFEAT_TDISP_NOT_CHECKED :
							       KVMFEAT_TDISP_OK);
	}
	free(whole);
}

static void padding_and_reserved_bits_are_noted(void **state)
{
	struct call call;

	prepare(&call);
	call.bytes = report_make(good, GOOD, 3);
	blob_put(call.bytes, 0, 2, 0x20);
	blob_put(call.bytes, 2, 2, 0x100);
	blob_put(call.bytes, REPORT_SIZE(GOOD, 0) - 4, 4, 1);
	look(*state, &call);
	assert_string_equal(faults(&call),
			    "report.end:note report.interface-info:note report.reserved:note");
	assert_int_equal(finding(&call, "report.end")->offset, REPORT_SIZE(GOOD, 1));
	assert_int_equal(finding(&call, "report.end")->value, 2);
	assert_int_equal(finding(&call, "report.interface-info")->value, 0x20);
	assert_int_equal(finding(&call, "report.reserved")->value, 0x100);
	assert_int_equal(finding(&call, "report.reserved")->offset, 2);
}

static void findings_without_room_are_counted(void **state)
{
	struct world *w = *state;
	struct kvmfeat_tdisp_finding list[3] = { 0 };
	uint8_t *bytes = report_make(good, GOOD, 3);
	size_t count = 0;

	assert_int_equal(
		kvmfeat_tdisp_check(w->ctx, bytes, REPORT_SIZE(GOOD, 3), &device, list, 2, &count),
		0);
	assert_int_equal(count, 16);
	assert_non_null(list[1].rule);
	assert_null(list[2].rule);
	assert_int_equal(
		kvmfeat_tdisp_check(w->ctx, bytes, REPORT_SIZE(GOOD, 3), NULL, NULL, 0, &count), 0);
	assert_int_equal(count, 16);
	free(bytes);
}

static void a_device_that_makes_no_sense_is_an_error(void **state)
{
	struct world *w = *state;
	struct {
		struct kvmfeat_tdisp_device device;
		uint64_t newer;
	} longer = { .device.size = sizeof(longer) };
	struct kvmfeat_tdisp_device wrong = device;
	struct kvmfeat_tdisp_finding fault = { .value = 77 };
	uint8_t *bytes = report_make(good, GOOD, 3);
	const size_t size = REPORT_SIZE(GOOD, 3);
	size_t count = 77;

	wrong.bar_bytes[5] = 0x3000;
	assert_int_equal(kvmfeat_tdisp_check(w->ctx, bytes, size, &wrong, NULL, 0, &count),
			 -EINVAL);
	assert_string_equal(reason(w), "BAR 5 has 0x3000 bytes, which is no power of two");
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->object, "BAR 5");
	assert_int_equal(kf_tdisp_find_fault(w->ctx, bytes, size, &wrong, &fault), -EINVAL);
	assert_int_equal(fault.value, 77);
	wrong.size--;
	assert_int_equal(kvmfeat_tdisp_check(w->ctx, bytes, size, &wrong, NULL, 0, &count),
			 -EINVAL);
	assert_non_null(strstr(reason(w), "is too short"));
	assert_int_equal(count, 77);
	assert_int_equal(kvmfeat_tdisp_check(w->ctx, bytes, size, &longer.device, NULL, 0, &count),
			 0);
	longer.newer = 1;
	assert_int_equal(kvmfeat_tdisp_check(w->ctx, bytes, size, &longer.device, NULL, 0, &count),
			 -E2BIG);
	assert_non_null(strstr(reason(w), "more than this library knows"));
	free(bytes);
}

/* In order there is no limit; out of order there is no guess. */
static void many_ranges_are_decided_in_order_only(void **state)
{
	struct world *w = *state;
	struct call call = { .size = REPORT_SIZE(1000, 0) };
	struct report_range *ranges = calloc(1000, sizeof(*ranges));

	for (uint32_t i = 0; i < 1000; i++)
		ranges[i] = (struct report_range){ 0x1000 + i, 1, 0, 0 };
	call.bytes = report_make(ranges, 1000, 0);
	look(w, &call);
	assert_int_equal(finding(&call, "range.overlap")->verdict, KVMFEAT_TDISP_OK);
	ranges[999].first_page = 0x1001;
	call.bytes = report_make(ranges, 1000, 0);
	look(w, &call);
	assert_int_equal(finding(&call, "range.address-order")->range, 999);
	assert_int_equal(finding(&call, "range.overlap")->verdict, KVMFEAT_TDISP_NOT_CHECKED);
	assert_string_equal(finding(&call, "range.overlap")->missing,
			    "an order of the ranges by address");
	free(ranges);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_good_report_keeps_to_every_rule_and_each_is_named_once),
		WORLD_TEST(each_rule_about_a_range_is_broken_by_its_own_fault),
		WORLD_TEST(a_range_whose_end_has_no_address_is_refused),
		WORLD_TEST(an_id_is_a_bar_or_uncertain_or_none),
		WORLD_TEST(ranges_ascend_by_bar),
		WORLD_TEST(ranges_of_other_bars_may_have_the_same_addresses),
		WORLD_TEST(an_overlap_is_found_in_any_order),
		WORLD_TEST(a_range_must_fit_its_bar),
		WORLD_TEST(ranges_that_are_one_place_in_the_bar_are_refused),
		WORLD_TEST(a_range_without_sense_is_not_held_against_its_bar),
		WORLD_TEST(without_a_device_the_bars_are_not_checked),
		WORLD_TEST(what_is_cut_off_is_a_finding_and_the_rest_not_checked),
		WORLD_TEST(padding_and_reserved_bits_are_noted),
		WORLD_TEST(findings_without_room_are_counted),
		WORLD_TEST(a_device_that_makes_no_sense_is_an_error),
		WORLD_TEST(many_ranges_are_decided_in_order_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
