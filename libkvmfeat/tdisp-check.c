// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * May a report be believed? The rules are in tdisp-rules.c; each looks at every range once, so that
 * the time grows with the bytes alone, whoever made them.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "tdisp-private.h"

#define DEVICE_MIN_SIZE sizeof(struct kvmfeat_tdisp_device)
/* So many ranges are put in order of address on the stack, when they are not. */
#define SORT_MAX 256

static const char operation[] = "check a device interface report";

/* Where findings go. */
struct findings {
	struct kvmfeat_tdisp_finding *list;
	size_t max;
	size_t count;
	struct kvmfeat_tdisp_finding fault; /* see kf_tdisp_find_fault() */
};

static bool is_worse(const struct kvmfeat_tdisp_finding *finding,
		     const struct kvmfeat_tdisp_finding *fault)
{
	if (finding->verdict == KVMFEAT_TDISP_REFUSED)
		return fault->verdict != KVMFEAT_TDISP_REFUSED;
	return finding->verdict == KVMFEAT_TDISP_NOT_CHECKED && !fault->rule;
}

static void add(struct findings *findings, const struct kvmfeat_tdisp_finding *finding)
{
	if (is_worse(finding, &findings->fault))
		findings->fault = *finding;
	if (findings->count < findings->max)
		findings->list[findings->count] = *finding;
	findings->count++;
}

static void add_not_checked(struct findings *findings, const struct kf_tdisp_row *row,
			    const char *missing)
{
	add(findings, &(struct kvmfeat_tdisp_finding){ .rule = &row->rule,
						       .verdict = KVMFEAT_TDISP_NOT_CHECKED,
						       .missing = missing });
}

/* What the rule needs and does not have; NULL: it has all. */
static const char *find_missing(const struct kf_tdisp_check *check, const struct kf_tdisp_row *row)
{
	static const char *const parts[] = {
		[KF_TDISP_HEADER] = "header",
		[KF_TDISP_ALL_RANGES] = "ranges",
		[KF_TDISP_WHOLE] = "device specific information",
	};

	if (check->extent < row->needs)
		return parts[row->needs];
	return row->rule.needs_bars && !check->device ? "BARs" : NULL;
}

static void judge_report(const struct kf_tdisp_check *check, const struct kf_tdisp_row *row,
			 struct findings *findings)
{
	const struct kf_tdisp_place place = row->judge(check);

	add(findings, &(struct kvmfeat_tdisp_finding){ .rule = &row->rule,
						       .verdict = place.verdict,
						       .has_value = true,
						       .offset = place.offset,
						       .value = place.value });
}

/* Whether the ranges of each BAR ascend by address, as they are. */
static bool is_by_address(const struct kf_tdisp_check *check)
{
	struct kf_tdisp_walk walk = { 0 };

	for (uint32_t i = 0; i < check->report.range_count; i++) {
		const struct kvmfeat_tdisp_range range = kf_tdisp_range(check->report.ranges, i);

		if (kf_tdisp_judge_address_order(&walk, &range))
			return false;
	}
	return true;
}

static bool is_before(const struct kf_tdisp_check *check, uint16_t a, uint16_t b)
{
	const uint64_t page_a = kf_tdisp_range(check->report.ranges, a).first_page;
	const uint64_t page_b = kf_tdisp_range(check->report.ranges, b).first_page;

	return page_a != page_b ? page_a < page_b : a < b;
}

/* By Shell's method: no memory, and far from quadratic for so few. */
static void sort_by_address(const struct kf_tdisp_check *check, uint16_t order[SORT_MAX])
{
	static const uint16_t gaps[] = { 109, 41, 19, 5, 1 };
	const uint32_t count = check->report.range_count;

	for (uint16_t i = 0; i < count; i++)
		order[i] = i;
	for (size_t g = 0; g < KF_ARRAY_SIZE(gaps); g++)
		for (uint32_t i = gaps[g]; i < count; i++) {
			const uint16_t moved = order[i];
			uint32_t j = i;

			for (; j >= gaps[g] && is_before(check, moved, order[j - gaps[g]]);
			     j -= gaps[g])
				order[j] = order[j - gaps[g]];
			order[j] = moved;
		}
}

/* @order: NULL, or the indices of the ranges in the order in which the judge gets them. */
static void judge_ranges(const struct kf_tdisp_check *check, const struct kf_tdisp_row *row,
			 const uint16_t *order, struct findings *findings)
{
	struct kf_tdisp_walk walk = { .device = check->device };
	const size_t before = findings->count;

	for (uint32_t i = 0; i < check->report.range_count; i++) {
		const uint32_t index = order ? order[i] : i;
		const size_t offset = kf_tdisp_range_offset(index) + row->offset;
		const struct kvmfeat_tdisp_range range =
			kf_tdisp_range(check->report.ranges, index);
		const enum kvmfeat_tdisp_verdict verdict = row->judge_range(&walk, &range);

		if (!verdict)
			continue;
		add(findings,
		    &(struct kvmfeat_tdisp_finding){
			    .rule = &row->rule,
			    .verdict = verdict,
			    .has_range = true,
			    .range = index,
			    .has_value = true,
			    .offset = offset,
			    .value = kf_le(check->bytes + offset, row->width),
			    .missing = verdict == KVMFEAT_TDISP_NOT_CHECKED ? row->missing : NULL,
		    });
	}
	if (findings->count == before)
		add(findings, &(struct kvmfeat_tdisp_finding){ .rule = &row->rule });
}

static void judge(const struct kf_tdisp_check *check, const struct kf_tdisp_row *row,
		  struct findings *findings)
{
	const char *missing = find_missing(check, row);
	uint16_t order[SORT_MAX];

	if (missing) {
		add_not_checked(findings, row, missing);
	} else if (row->judge) {
		judge_report(check, row, findings);
	} else if (!row->by_address || is_by_address(check)) {
		judge_ranges(check, row, NULL, findings);
	} else if (check->report.range_count <= SORT_MAX) {
		sort_by_address(check, order);
		judge_ranges(check, row, order, findings);
	} else {
		add_not_checked(findings, row, "an order of the ranges by address");
	}
}

static int copy_device(struct kvmfeat_ctx *ctx, const struct kvmfeat_tdisp_device *user,
		       struct kvmfeat_tdisp_device *device)
{
	const struct kf_opts opts = { operation, "kvmfeat_tdisp_device", sizeof(*device),
				      DEVICE_MIN_SIZE };
	const int err = kf_opts_take(&ctx->reason, &opts, user, device);
	char object[16], value[24];

	if (err)
		return err;
	for (size_t i = 0; i < KVMFEAT_TDISP_BARS; i++) {
		if (!(device->bar_bytes[i] & (device->bar_bytes[i] - 1)))
			continue;
		snprintf(object, sizeof(object), "BAR %zu", i);
		snprintf(value, sizeof(value), "0x%" PRIx64, device->bar_bytes[i]);
		return kf_invalid(&ctx->reason, operation, object, value,
				  "%s has %s bytes, which is no power of two", object, value);
	}
	return 0;
}

static int check_all(struct kvmfeat_ctx *ctx, const void *report, size_t size,
		     const struct kvmfeat_tdisp_device *user_device, struct findings *findings)
{
	struct kf_tdisp_check check = { .bytes = report, .size = size };
	struct kvmfeat_tdisp_device device;
	int err;

	if (user_device) {
		err = copy_device(ctx, user_device, &device);
		if (err)
			return err;
		check.device = &device;
	}
	check.extent = kf_tdisp_read(report, size, &check.report);
	for (size_t i = 0; i < kf_tdisp_row_count; i++)
		judge(&check, &kf_tdisp_rows[i], findings);
	return 0;
}

KVMFEAT_EXPORT int kvmfeat_tdisp_check(struct kvmfeat_ctx *ctx, const void *report, size_t size,
				       const struct kvmfeat_tdisp_device *device,
				       struct kvmfeat_tdisp_finding *list, size_t max,
				       size_t *ret_count)
{
	struct findings findings = { .list = list, .max = max };
	const int err = check_all(ctx, report, size, device, &findings);

	if (!err)
		*ret_count = findings.count;
	return err;
}

int kf_tdisp_find_fault(struct kvmfeat_ctx *ctx, const void *report, size_t size,
			const struct kvmfeat_tdisp_device *device,
			struct kvmfeat_tdisp_finding *ret_fault)
{
	struct findings findings = { .max = 0 };
	const int err = check_all(ctx, report, size, device, &findings);

	if (!err)
		*ret_fault = findings.fault;
	return err;
}
