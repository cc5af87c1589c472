// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench-tdisp-rate LIMIT: how many reports of 4 KiB are decoded and checked in a second of the CPU,
 * under ASan and UBSan, as a fuzzer does: of 64 ranges, and of as many as fit. Fails below LIMIT,
 * which was seen with each range judged four times.
 */
#include <stdio.h>

#include "../unit/tdisp-report.h"
#include "bench.h"
#include "internal.h"

#define BYTES 4096
#define RANGES_MAX ((BYTES - REPORT_SIZE(0, 0)) / REPORT_RANGE)
#define CALLS 50 /* short blocks: few are interrupted */
#define ROOM 64

static const struct kvmfeat_tdisp_device device = {
	.size = sizeof(device),
	.bar_bytes = { 0, 0, UINT64_C(1) << 33 },
};

/* Ranges that keep to every rule, and device specific information up to the end. */
static uint8_t *make(uint32_t count)
{
	struct report_range ranges[RANGES_MAX];

	for (uint32_t i = 0; i < count; i++)
		ranges[i] =
			(struct report_range){ .first_page = 0x200000 + i, .pages = 1, .bar = 2 };
	return report_make(ranges, count, (uint32_t)(BYTES - REPORT_SIZE(count, 0)));
}

/* Returns whether every answer was right. */
static bool work(struct kvmfeat_ctx *ctx, uint8_t *bytes, uint32_t ranges)
{
	struct kvmfeat_tdisp_report report = { .size = sizeof(report) };
	struct kvmfeat_tdisp_finding findings[ROOM];
	size_t count = 0;

	for (int i = 0; i < CALLS; i++) {
		bench_forget(bytes);
		if (kvmfeat_tdisp_decode(ctx, bytes, BYTES, &report) ||
		    kvmfeat_tdisp_check(ctx, bytes, BYTES, &device, findings, ROOM, &count))
			return false;
	}
	for (size_t i = 0; i < count && i < ROOM; i++)
		if (findings[i].verdict != KVMFEAT_TDISP_OK)
			return false;
	return report.range_count == ranges && count;
}

/* Reports in a second, by the median; 0 when an answer was wrong. */
static double measure(struct kvmfeat_ctx *ctx, uint32_t ranges)
{
	static double times[BENCH_BLOCKS];
	uint8_t *bytes = make(ranges);
	bool right = true;

	for (int i = 0; i < BENCH_BLOCKS && right; i++) {
		const double begin = bench_cpu_now();

		right = work(ctx, bytes, ranges);
		times[i] = bench_cpu_now() - begin;
	}
	free(bytes);
	return right ? CALLS / bench_median(times, BENCH_BLOCKS) : 0;
}

int main(int argc, char **argv)
{
	static const uint32_t counts[] = { 64, RANGES_MAX };
	const double limit = argc > 1 ? strtod(argv[1], NULL) : INFINITY;
	static struct kvmfeat_ctx ctx;
	int status = 0;

	if (!BENCH_SANITIZED) {
		printf("this compiler has no ASan and UBSan\n");
		return BENCH_SKIP;
	}
	kf_reason_init(&ctx.reason);
	for (size_t i = 0; i < KF_ARRAY_SIZE(counts); i++) {
		const double rate = measure(&ctx, counts[i]);

		printf("kvmfeat_tdisp_decode and _check of 4 KiB with %u ranges, under ASan and "
		       "UBSan: %.0f per second, at least %.0f\n",
		       (unsigned int)counts[i], rate, limit);
		status |= rate < limit;
	}
	return status;
}
