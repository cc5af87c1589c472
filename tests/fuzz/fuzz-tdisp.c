// SPDX-License-Identifier: GPL-2.0-or-later
/* A device interface report: take it apart, make it again, and judge it with and without BARs. */
#include <errno.h>
#include <stdint.h>

#include "../unit/tdisp-report.h"
#include "internal.h"

#define ROOM 1024
#define MODEL_MAX 24 /* ranges that are compared each with each: quick enough for many runs */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct kvmfeat_tdisp_device device = {
	.size = sizeof(device),
	.bar_bytes = { 1u << 22, 0x1000, 1u << 26, 0, 0x800, UINT64_C(1) << 40 },
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* What is decoded goes into @again; the bytes come back as they were. */
static void check_again(const uint8_t *data, size_t size, const struct kvmfeat_tdisp_report *report,
			const struct kvmfeat_tdisp_range *ranges)
{
	uint8_t *again = report_cut(data, size);

	memset(again + REPORT_HEAD, 0xa5, REPORT_RANGE * (size_t)report->range_count);
	for (uint32_t i = 0; i < report->range_count; i++)
		report_put_range(
			again, i,
			&(struct report_range){ .first_page = ranges[i].first_page,
						.pages = ranges[i].pages,
						.bar = (uint16_t)ranges[i].bar,
						.attributes = (uint16_t)ranges[i].attributes });
	require(!memcmp(data, again, size));
	require(report->device_info_bytes + report->trailing_bytes +
			REPORT_SIZE(report->range_count, 0) ==
		size);
	free(again);
}

/* Whether some two ranges of one BAR share a page. */
static bool has_overlap(const struct kvmfeat_tdisp_range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < count; j++) {
			const struct kvmfeat_tdisp_range *a = &ranges[i], *b = &ranges[j];

			if (i != j && a->bar == b->bar && a->bar < 8 && a->pages && b->pages &&
			    b->first_page >= a->first_page &&
			    b->first_page - a->first_page < a->pages)
				return true;
		}
	return false;
}

/* The ranges, as far as they are compared each with each, with what was found of them. */
static void check_ranges(struct kvmfeat_ctx *ctx, const uint8_t *data, size_t size,
			 const struct kvmfeat_tdisp_report *report, bool overlap)
{
	struct kvmfeat_tdisp_range ranges[MODEL_MAX];
	struct kvmfeat_tdisp_range beyond;

	require(kvmfeat_tdisp_get_range(ctx, report, report->range_count, &beyond) == -EINVAL);
	if (report->range_count > MODEL_MAX)
		return;
	for (uint32_t i = 0; i < report->range_count; i++)
		require(!kvmfeat_tdisp_get_range(ctx, report, i, &ranges[i]));
	check_again(data, size, report, ranges);
	require(overlap == has_overlap(ranges, report->range_count));
}

/* Counts the findings that refuse the report, and the one about overlaps apart. */
static size_t count_refused(const struct kvmfeat_tdisp_finding *findings, size_t count, size_t size,
			    bool *ret_overlap)
{
	size_t refused = 0;

	*ret_overlap = false;
	for (size_t i = 0; i < count; i++) {
		const struct kvmfeat_tdisp_finding *found = &findings[i];

		require(found->rule && *kvmfeat_tdisp_verdict_name(found->verdict));
		require(!found->missing == (found->verdict != KVMFEAT_TDISP_NOT_CHECKED));
		require(!found->has_value || found->offset <= size);
		require(!found->has_range || (found->rule->in_range && found->has_value));
		if (found->verdict != KVMFEAT_TDISP_REFUSED)
			continue;
		refused++;
		*ret_overlap |= !strcmp(found->rule->id, "range.overlap");
	}
	return refused;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct kvmfeat_tdisp_finding findings[ROOM];
	struct kvmfeat_tdisp_report report = { .size = sizeof(report) };
	static struct kvmfeat_ctx *ctx;
	size_t count = 0, refused;
	bool overlap;
	int err;

	require(ctx || !kvmfeat_ctx_new(&ctx));
	err = kvmfeat_tdisp_decode(ctx, data, size, &report);
	require(!kvmfeat_tdisp_check(ctx, data, size, size % 2 ? &device : NULL, findings, ROOM,
				     &count));
	require(count >= 16);
	refused = count_refused(findings, count < ROOM ? count : ROOM, size, &overlap);
	if (err) {
		require(err == -EBADMSG && refused && !report.ranges);
		require(strstr(kvmfeat_ctx_error(ctx)->reason, " at offset ") != NULL);
	} else {
		check_ranges(ctx, data, size, &report, overlap);
	}
	return 0;
}
