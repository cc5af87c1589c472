// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a pass over clean, logged memory costs a vCPU, with HDBSS and with write protection: a
 * table of memory sizes and buffer orders, measured in one run, each row against the row of the
 * same size without HDBSS. It is no test: `make -C kernel bench` prints it.
 *
 *     figures [MIB...]    other sizes than 16, 64 and 256 MiB
 */
#include "hdbss.h"

#define PASSES 3 /* the fastest counts: others use the machine, too */

static const int orders[] = { 0, 2, 4, 9 };

static struct cost fastest_pass(struct world *w)
{
	struct cost fastest = {};

	for (int pass = 0; pass < PASSES; pass++) {
		struct cost cost;

		TEST_ASSERT(pass == 0 || sync_log(w) == w->pages, "A pass was not logged");
		cost = write_all(w, 0);
		if (!pass || cost.nanoseconds < fastest.nanoseconds)
			fastest = cost;
	}
	sync_log(w);
	return fastest;
}

static void print_row(u64 mib, const char *order, const struct cost *cost, const struct cost *off)
{
	printf("%5lu %6s %8lu %8lu %8lu %6lu %10lu %8.1f %8.1f\n", mib, order, cost->exits,
	       cost->hdbss.entries, cost->hdbss.drains, cost->hdbss.full, cost->nanoseconds / 1000,
	       (double)off->exits / cost->exits, (double)off->nanoseconds / cost->nanoseconds);
	fflush(stdout);
}

static void measure(u64 mib)
{
	struct cost off, on;
	struct world w;
	char order[4];

	make_world(&w, mib * SZ_1M / SZ_4K, 1);
	make_clean(&w);
	off = fastest_pass(&w);
	print_row(mib, "off", &off, &off);
	for (unsigned int i = 0; i < ARRAY_SIZE(orders); i++) {
		hdbss_on(w.vm, orders[i]);
		/* From here on clean pages are writable-clean. */
		write_all(&w, 0);
		sync_log(&w);
		on = fastest_pass(&w);
		hdbss_off(w.vm);
		snprintf(order, sizeof(order), "%d", orders[i]);
		print_row(mib, order, &on, &off);
	}
	free_world(&w);
}

int main(int argc, char **argv)
{
	TEST_REQUIRE(kvm_has_cap(KVM_CAP_ARM_HDBSS_KVMFEAT));
	printf("Of one vCPU's pass over clean pages; the ratios are against the row \"off\".\n");
	printf("%5s %6s %8s %8s %8s %6s %10s %8s %8s\n", "MiB", "order", "exits", "entries",
	       "drains", "full", "us", "x exits", "x time");
	if (argc < 2) {
		measure(16);
		measure(64);
		measure(256);
	}
	for (int i = 1; i < argc; i++)
		measure(atoi_positive("MIB", argv[i]));
	return 0;
}
