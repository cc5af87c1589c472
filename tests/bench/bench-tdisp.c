// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Decoding and checking a device interface report of 64 ranges, against reading each range once.
 * Comparing two equal ones against memcmp(). Then a report of 16 MiB: what a range of it costs
 * against one of 64, in order and out of order, so that nothing grows with the square.
 */
#include <string.h>

#include <kvmfeat/kvmfeat.h>

#include "../unit/tdisp-report.h"
#include "bench.h"

#define RANGES 64
#define INFO 12
#define SIZE REPORT_SIZE(RANGES, INFO)
#define MANY ((KVMFEAT_TDISP_SIZE_MAX - REPORT_SIZE(0, 0)) / REPORT_RANGE)
#define CALLS 50 /* short blocks: few are interrupted */
#define ROOM 64
#define CHECK_LIMIT 6.0
#define DIFF_LIMIT 1.5
#define MANY_LIMIT 4.0 /* 16 MiB are in no cache; the square of their number would be 16,384 */

static const struct kvmfeat_tdisp_device device = {
	.size = sizeof(device),
	.bar_bytes = { UINT64_C(1) << 20, 0, UINT64_C(1) << 33 },
};

struct bench {
	struct kvmfeat_ctx *ctx;
	uint8_t *report;
	uint8_t *other;
	struct kvmfeat_tdisp_finding findings[ROOM];
};

/* @count adjacent ranges of BAR 2, from the first to the last or the other way round. */
static uint8_t *make(uint32_t count, bool descend)
{
	struct report_range *ranges = calloc(count, sizeof(*ranges));
	uint8_t *bytes;

	if (!ranges)
		abort();
	for (uint32_t i = 0; i < count; i++)
		ranges[i] = (struct report_range){
			.first_page = 0x200000 + (descend ? count - 1 - i : i),
			.pages = 1,
			.bar = 2,
		};
	bytes = report_make(ranges, count, INFO);
	free(ranges);
	return bytes;
}

static int work_check(void *data, int calls)
{
	struct kvmfeat_tdisp_report report = { .size = sizeof(report) };
	struct bench *bench = data;
	size_t count = 0;

	for (int i = 0; i < calls; i++) {
		bench_forget(bench->report);
		if (kvmfeat_tdisp_decode(bench->ctx, bench->report, SIZE, &report) ||
		    kvmfeat_tdisp_check(bench->ctx, bench->report, SIZE, &device, bench->findings,
					ROOM, &count))
			return 1;
	}
	for (size_t i = 0; i < count; i++)
		if (bench->findings[i].verdict != KVMFEAT_TDISP_OK)
			return 1;
	return report.range_count != RANGES || !count;
}

static int work_read(void *data, int calls)
{
	struct kvmfeat_tdisp_report report = { .size = sizeof(report) };
	struct kvmfeat_tdisp_range range = { 0 };
	struct bench *bench = data;
	uint64_t pages = 0;

	for (int i = 0; i < calls; i++) {
		bench_forget(bench->report);
		if (kvmfeat_tdisp_decode(bench->ctx, bench->report, SIZE, &report))
			return 1;
		for (uint32_t j = 0; j < report.range_count; j++) {
			kvmfeat_tdisp_get_range(bench->ctx, &report, j, &range);
			pages += range.pages;
		}
	}
	return pages != (uint64_t)RANGES * (uint64_t)calls;
}

static int work_diff(void *data, int calls)
{
	struct bench *bench = data;
	const struct kvmfeat_tdisp_pair pair = { .size = sizeof(pair),
						 .a = bench->report,
						 .a_bytes = SIZE,
						 .b = bench->other,
						 .b_bytes = SIZE };
	size_t count;

	for (int i = 0; i < calls; i++) {
		bench_forget(bench->report);
		if (kvmfeat_tdisp_diff(bench->ctx, &pair, NULL, 0, &count) || count)
			return 1;
	}
	return 0;
}

static int work_memcmp(void *data, int calls)
{
	struct bench *bench = data;
	int differ = 0;

	for (int i = 0; i < calls; i++) {
		bench_forget(bench->report);
		differ |= memcmp(bench->report, bench->other, SIZE);
	}
	return differ;
}

/* Seconds of the CPU that a range of a report of that many costs, at best. */
static double time_range(struct bench *bench, uint32_t count, bool descend, int calls)
{
	uint8_t *report = make(count, descend);
	double best = INFINITY;
	size_t found;

	for (int i = 0; i < calls; i++) {
		const double begin = bench_cpu_now();
		const int err = kvmfeat_tdisp_check(bench->ctx, report, REPORT_SIZE(count, INFO),
						    NULL, NULL, 0, &found);
		const double took = bench_cpu_now() - begin;

		if (err)
			abort();
		best = took < best ? took : best;
	}
	free(report);
	return best / count;
}

/* 1 when a range among many costs more than the limit. */
static int race_many(struct bench *bench, const char *order, bool descend)
{
	const double few = time_range(bench, RANGES, descend, 400 * CALLS);
	const double many = time_range(bench, MANY, descend, 9);

	printf("a range of 16 MiB, %s: %.1f ns, one of %d %.1f ns, ratio %.2f, limit %.2f\n", order,
	       many * 1e9, RANGES, few * 1e9, many / few, MANY_LIMIT);
	return many / few > MANY_LIMIT;
}

int main(void)
{
	static struct bench bench;
	const struct bench_race check = { "kvmfeat_tdisp_decode and _check of 64 ranges",
					  work_check,
					  "reading each range once",
					  work_read,
					  &bench,
					  CALLS };
	const struct bench_race diff = { "kvmfeat_tdisp_diff", work_diff, "memcmp of 1056 bytes",
					 work_memcmp,	       &bench,	  10 * CALLS };
	double ratio;
	int status;

	if (kvmfeat_ctx_new(&bench.ctx))
		return 1;
	bench.report = make(RANGES, false);
	bench.other = report_cut(bench.report, SIZE);
	ratio = bench_run(&check);
	printf(", limit %.2f\n", CHECK_LIMIT);
	status = ratio > CHECK_LIMIT;
	ratio = bench_run(&diff);
	printf(", limit %.2f\n", DIFF_LIMIT);
	status |= ratio > DIFF_LIMIT;
	status |= race_many(&bench, "in order", false);
	status |= race_many(&bench, "out of order", true);
	free(bench.report);
	free(bench.other);
	kvmfeat_ctx_free(bench.ctx);
	return status;
}
