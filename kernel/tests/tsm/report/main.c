// SPDX-License-Identifier: GPL-2.0-only
/*
 * differential REPORTS SEED...: has the kernel and the library judge so many reports from each SEED
 * on, and prints KTAP. A report is its seed: with one report it is shown again. The first on which
 * they differ ends all.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "shim.h"

#include "internal.h"
#include "kernel/tsm.h"
#include "report.h"
#include "tdisp-report.h"

#define FINDINGS_MAX 4096

/* What the kernel says, and the rule of the library that says the same. */
static const struct {
	const char *kernel;
	const char *library;
	bool of_two; /* a range and one before it, either of which may be called the one */
} rules[] = {
	{ .library = "report.header", .kernel = "it is too short" },
	{ .library = "report.range-count", .kernel = "its ranges do not end within it" },
	{ .library = "report.device-info",
	  .kernel = "its device specific information does not end within it" },
	{ .library = "range.pages", .kernel = "has no page" },
	{ .library = "range.wrap", .kernel = "wraps" },
	{ .library = "range.id", .kernel = "has an unknown id" },
	{ .library = "range.order", .kernel = "is out of order" },
	{ .library = "range.overlap", .kernel = "overlaps another one", .of_two = true },
	{ .library = "bar.present", .kernel = "is in a BAR that is absent or not assigned" },
	{ .library = "bar.fit", .kernel = "does not end within its BAR" },
	{ .library = "bar.base", .kernel = "is not near the others of its BAR", .of_two = true },
};

#define RULES (sizeof(rules) / sizeof(*rules))

static struct {
	uint64_t refused[RULES];
	uint64_t accepted, without_bars, sorted;
} counts;

static struct kvmfeat_ctx ctx;
static struct kvmfeat_tdisp_finding findings[FINDINGS_MAX];
static struct pci_tsm_range ranges[RANGES_MAX];

/* A copy in a block of its own, so that a read past its end is seen. */
struct report {
	uint8_t *bytes;
	size_t size;
	const struct kvmfeat_tdisp_device *device;
};

static bool differ(const char *format, ...) __attribute__((format(printf, 1, 2)));

static bool differ(const char *format, ...)
{
	va_list list;

	printf("# ");
	va_start(list, format);
	vprintf(format, list);
	va_end(list);
	putchar('\n');
	return false;
}

/* 0 or -EIO, as at the kernel's accept. */
static int ask_kernel(const struct report *report, u32 *ret_count, struct pci_tsm_fault *ret_fault)
{
	struct pci_tsm_report read;

	if (pci_tsm_read_report(report->bytes, report->size, &read, ret_fault))
		return -EIO;
	if (read.nr_ranges > RANGES_MAX)
		abort();
	*ret_count = read.nr_ranges;
	if (pci_tsm_read_ranges(&read, ranges, ret_fault))
		return -EIO;
	if (!report->device)
		return 0;
	return pci_tsm_place_ranges(ranges, read.nr_ranges, report->device->bar_bytes, ret_fault);
}

static size_t ask_library(const struct report *report)
{
	size_t count = 0;

	if (kvmfeat_tdisp_check(&ctx, report->bytes, report->size, report->device, findings,
				FINDINGS_MAX, &count) ||
	    count > FINDINGS_MAX)
		abort();
	return count;
}

static const struct kvmfeat_tdisp_finding *find_refused(size_t count, const char *id,
							const struct pci_tsm_fault *fault)
{
	for (size_t i = 0; i < count; i++)
		if (findings[i].verdict == KVMFEAT_TDISP_REFUSED &&
		    (!id || !strcmp(findings[i].rule->id, id)) &&
		    (!fault || (findings[i].has_range == fault->in_range &&
				findings[i].range == fault->index)))
			return &findings[i];
	return NULL;
}

/* Whether the library gave up on the order: it has no room for that many ranges. */
static bool is_unordered(size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (findings[i].verdict == KVMFEAT_TDISP_NOT_CHECKED &&
		    !strcmp(findings[i].rule->id, "range.overlap") && findings[i].missing &&
		    !strcmp(findings[i].missing, "an order of the ranges by address"))
			return true;
	return false;
}

static int compare_pages(const void *a, const void *b)
{
	const uint8_t *l = a, *r = b;
	const int bars = cmp_int(get_unaligned_le16(l + 14), get_unaligned_le16(r + 14));

	return bars ? bars : cmp_int(get_unaligned_le64(l), get_unaligned_le64(r));
}

/* What it says of the overlaps when somebody else has put the ranges in order. */
static size_t ask_library_in_order(const struct report *report)
{
	counts.sorted++;
	qsort(report->bytes + REPORT_HEAD, get_unaligned_le32(report->bytes + 12), REPORT_RANGE,
	      compare_pages);
	return ask_library(report);
}

static bool check_fault(const struct report *report, size_t count,
			const struct pci_tsm_fault *fault)
{
	for (size_t i = 0; i < RULES; i++) {
		if (strcmp(fault->what, rules[i].kernel))
			continue;
		counts.refused[i]++;
		if (rules[i].of_two && is_unordered(count))
			count = ask_library_in_order(report);
		if (find_refused(count, rules[i].library, rules[i].of_two ? NULL : fault))
			return true;
		return differ("kernel: range %" PRIu32 " %s; library: no finding of %s",
			      fault->index, fault->what, rules[i].library);
	}
	return differ("kernel: %s, which no rule of the library says", fault->what);
}

/* The kernel has the same ranges, each once, by BAR and address. */
static bool check_ranges(const struct report *report, u32 count)
{
	struct kvmfeat_tdisp_report read = { .size = sizeof(read) };
	struct kvmfeat_tdisp_range range;
	static bool seen[RANGES_MAX];

	memset(seen, 0, sizeof(seen));
	if (kvmfeat_tdisp_decode(&ctx, report->bytes, report->size, &read) ||
	    read.range_count != count)
		return differ("kernel: %" PRIu32 " ranges; library: %" PRIu32, count,
			      read.range_count);
	for (u32 i = 0; i < count; i++) {
		const struct pci_tsm_range *ours = &ranges[i];

		if (ours->index >= count || seen[ours->index] ||
		    kvmfeat_tdisp_get_range(&ctx, &read, ours->index, &range) ||
		    range.first_page != ours->first_page || range.pages != ours->pages ||
		    range.bar != ours->id || range.attributes != ours->attributes)
			return differ("kernel: range %" PRIu32 " is not as in the library",
				      ours->index);
		seen[ours->index] = true;
		if (i &&
		    (ours->id < ranges[i - 1].id ||
		     (ours->id == ranges[i - 1].id && ours->first_page < ranges[i - 1].first_page)))
			return differ("kernel: range %" PRIu32 " is not in order", ours->index);
	}
	return true;
}

static bool check_report(const struct report *report)
{
	struct pci_tsm_fault fault = { 0 };
	const struct kvmfeat_tdisp_finding *refused;
	u32 nr = 0;
	const int err = ask_kernel(report, &nr, &fault);
	size_t count = ask_library(report);

	if (err)
		return fault.what ? check_fault(report, count, &fault) :
				    differ("kernel: refused, without a reason");
	refused = find_refused(count, NULL, NULL);
	if (refused)
		return differ("kernel: accepted; library: %s refuses range %" PRIu32,
			      refused->rule->id, refused->range);
	counts.accepted++;
	counts.without_bars += !report->device;
	if (!check_ranges(report, nr))
		return false;
	if (is_unordered(count) && find_refused(ask_library_in_order(report), NULL, NULL))
		return differ("kernel: accepted; library: refused, once the ranges are in order");
	return true;
}

static bool check_seed(uint64_t seed)
{
	static struct subject subject;
	struct report report;
	bool same;

	subject_make(&subject, seed);
	report.size = subject.size;
	report.device = subject.has_bars ? &subject.device : NULL;
	report.bytes = report_cut(subject.bytes, subject.size);
	same = check_report(&report);
	free(report.bytes);
	return same;
}

static bool check_seeds(int number, uint64_t seed, uint64_t reports)
{
	for (uint64_t i = 0; i < reports; i++)
		if (!check_seed(seed + i)) {
			printf("# show it again: differential TREE 1 %" PRIu64 "\n", seed + i);
			printf("not ok %d tsm: the kernel and the library judge reports alike\n",
			       number);
			return false;
		}
	printf("# %" PRIu64 " reports from seed %" PRIu64 " on\n", reports, seed);
	printf("ok %d tsm: the kernel and the library judge reports alike\n", number);
	return true;
}

/* Agreement about nothing is none. */
static bool check_counts(int number)
{
	bool all = counts.accepted && counts.without_bars && counts.sorted;

	for (size_t i = 0; i < RULES; i++) {
		printf("# %" PRIu64 " refused: %s\n", counts.refused[i], rules[i].library);
		all &= counts.refused[i] != 0;
	}
	printf("# %" PRIu64 " accepted, %" PRIu64 " of them without BARs; %" PRIu64
	       " put in order for the library\n",
	       counts.accepted, counts.without_bars, counts.sorted);
	printf("%s %d tsm: among the reports each rule is broken, and none\n",
	       all ? "ok" : "not ok", number);
	return all;
}

int main(int argc, char **argv)
{
	const uint64_t reports = argc > 2 ? strtoull(argv[1], NULL, 0) : 0;
	int number = 0;
	bool same = true;

	if (!reports)
		return 2;
	kf_reason_init(&ctx.reason);
	printf("KTAP version 1\n1..%d\n", reports > 1 ? argc - 1 : argc - 2);
	for (int i = 2; i < argc && same; i++)
		same = check_seeds(++number, strtoull(argv[i], NULL, 0), reports);
	return same && (reports == 1 || check_counts(++number)) ? 0 : 1;
}
