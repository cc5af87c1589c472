// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * May a report be believed? The rules are in tdisp-rules.c. Each range is judged three times at
 * most, however many rules are broken: the time grows with the bytes alone, whoever made them.
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
	size_t fault_index;
};

/* How much a verdict speaks against a report. */
static const uint8_t weights[] = {
	[KVMFEAT_TDISP_NOTE] = 0,
	[KVMFEAT_TDISP_NOT_CHECKED] = 1,
	[KVMFEAT_TDISP_REFUSED] = 2,
};

/* It is the finding of that index, whichever are there already. */
static void put(struct findings *findings, size_t index,
		const struct kvmfeat_tdisp_finding *finding)
{
	const int weight = weights[finding->verdict], most = weights[findings->fault.verdict];

	if (weight > most || (weight && weight == most && index < findings->fault_index)) {
		findings->fault = *finding;
		findings->fault_index = index;
	}
	if (index < findings->max)
		findings->list[index] = *finding;
}

static void add(struct findings *findings, const struct kvmfeat_tdisp_finding *finding)
{
	put(findings, findings->count++, finding);
}

static void add_ok(struct findings *findings, const struct kvmfeat_tdisp_rule *rule)
{
	add(findings, &(struct kvmfeat_tdisp_finding){ .rule = rule });
}

static void add_not_checked(struct findings *findings, const struct kvmfeat_tdisp_rule *rule,
			    const char *missing)
{
	add(findings, &(struct kvmfeat_tdisp_finding){ .rule = rule,
						       .verdict = KVMFEAT_TDISP_NOT_CHECKED,
						       .missing = missing });
}

/* What is not there when that much of the report is needed; NULL: all is. */
static const char *find_missing(const struct kf_tdisp_check *check, enum kf_tdisp_extent needs)
{
	static const char *const parts[] = {
		[KF_TDISP_HEADER] = "header",
		[KF_TDISP_ALL_RANGES] = "ranges",
		[KF_TDISP_WHOLE] = "device specific information",
	};

	return check->extent < needs ? parts[needs] : NULL;
}

static void judge_report(const struct kf_tdisp_check *check, const struct kf_tdisp_row *row,
			 struct findings *findings)
{
	const char *missing = find_missing(check, row->needs);
	struct kf_tdisp_place place;

	if (missing) {
		add_not_checked(findings, &row->rule, missing);
		return;
	}
	place = row->judge(check);
	add(findings, &(struct kvmfeat_tdisp_finding){ .rule = &row->rule,
						       .verdict = place.verdict,
						       .has_value = true,
						       .offset = place.offset,
						       .value = place.value });
}

/* Of each rule, how many ranges break it. */
static void count_faults(const struct kf_tdisp_check *check, size_t counts[KF_TDISP_RANGE_RULES])
{
	struct kf_tdisp_walk walk = { .device = check->device };

	for (uint32_t i = 0; i < check->report.range_count; i++) {
		uint32_t verdicts =
			kf_tdisp_judge_next(&walk, check->bytes + kf_tdisp_range_offset(i));

		for (size_t *count = counts; verdicts; verdicts >>= KF_TDISP_VERDICT_BITS)
			*count++ += (verdicts & KF_TDISP_VERDICT_MASK) != 0;
	}
}

static struct kvmfeat_tdisp_finding fault_of(const struct kf_tdisp_check *check, uint32_t index,
					     const struct kf_tdisp_range_row *row,
					     enum kvmfeat_tdisp_verdict verdict)
{
	const size_t offset = kf_tdisp_range_offset(index) + row->offset;

	return (struct kvmfeat_tdisp_finding){
		.rule = &row->rule,
		.verdict = verdict,
		.has_range = true,
		.range = index,
		.has_value = true,
		.offset = offset,
		.value = kf_le(check->bytes + offset, row->width),
		.missing = verdict == KVMFEAT_TDISP_NOT_CHECKED ? row->missing : NULL,
	};
}

/*
 * @order: NULL, or the indices of the ranges in the order in which they are judged
 * @rules: those whose faults are wanted: kf_tdisp_pack() of KF_TDISP_VERDICT_MASK
 * @at: of each such rule where its findings begin; receives where they end
 */
static void put_faults(const struct kf_tdisp_check *check, const uint16_t *order, uint32_t rules,
		       size_t at[KF_TDISP_RANGE_RULES], struct findings *findings)
{
	struct kf_tdisp_walk walk = { .device = check->device };

	for (uint32_t i = 0; i < check->report.range_count; i++) {
		const uint32_t index = order ? order[i] : i;
		const uint8_t *bytes = check->bytes + kf_tdisp_range_offset(index);
		uint32_t verdicts = rules & kf_tdisp_judge_next(&walk, bytes);

		for (size_t r = 0; verdicts; r++, verdicts >>= KF_TDISP_VERDICT_BITS) {
			const uint32_t verdict = verdicts & KF_TDISP_VERDICT_MASK;
			struct kvmfeat_tdisp_finding fault;

			if (!verdict)
				continue;
			fault = fault_of(check, index, &kf_tdisp_range_rows[r], verdict);
			put(findings, at[r]++, &fault);
		}
	}
}

static uint64_t first_page_of(const struct kf_tdisp_check *check, uint16_t index)
{
	return kf_le(check->bytes + kf_tdisp_range_offset(index) + KF_TDISP_FIRST_PAGE, 8);
}

static bool is_before(const struct kf_tdisp_check *check, uint16_t a, uint16_t b)
{
	const uint64_t page_a = first_page_of(check, a), page_b = first_page_of(check, b);

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

/* Out of order, the ranges are judged once more, sorted, for this rule alone. */
static void judge_overlap(const struct kf_tdisp_check *check, struct findings *findings)
{
	const enum kf_tdisp_range_rule overlap = KF_TDISP_RULE_OVERLAP;
	const struct kvmfeat_tdisp_rule *rule = &kf_tdisp_range_rows[overlap].rule;
	size_t at[KF_TDISP_RANGE_RULES] = { 0 };
	uint16_t order[SORT_MAX];

	if (check->report.range_count > SORT_MAX) {
		add_not_checked(findings, rule, "an order of the ranges by address");
		return;
	}
	sort_by_address(check, order);
	at[overlap] = findings->count;
	put_faults(check, order, kf_tdisp_pack(overlap, KF_TDISP_VERDICT_MASK), at, findings);
	if (at[overlap] == findings->count)
		add_ok(findings, rule);
	else
		findings->count = at[overlap];
}

/* Judged by range and told by rule: faults are counted first, and then put into their places. */
static void judge_ranges(const struct kf_tdisp_check *check, struct findings *findings)
{
	const char *missing = find_missing(check, KF_TDISP_ALL_RANGES);
	size_t counts[KF_TDISP_RANGE_RULES] = { 0 }, at[KF_TDISP_RANGE_RULES];
	uint32_t broken = 0;

	if (!missing)
		count_faults(check, counts);
	for (size_t r = 0; r < KF_TDISP_RANGE_RULES; r++) {
		const struct kvmfeat_tdisp_rule *rule = &kf_tdisp_range_rows[r].rule;

		at[r] = findings->count;
		if (missing) {
			add_not_checked(findings, rule, missing);
		} else if (rule->needs_bars && !check->device) {
			add_not_checked(findings, rule, "BARs");
		} else if (r == KF_TDISP_RULE_OVERLAP && counts[KF_TDISP_RULE_ADDRESS_ORDER]) {
			judge_overlap(check, findings);
		} else if (!counts[r]) {
			add_ok(findings, rule);
		} else {
			broken |= kf_tdisp_pack(r, KF_TDISP_VERDICT_MASK);
			findings->count += counts[r];
		}
	}
	if (broken)
		put_faults(check, NULL, broken, at, findings);
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
		judge_report(&check, &kf_tdisp_rows[i], findings);
	judge_ranges(&check, findings);
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
