// SPDX-License-Identifier: GPL-2.0-only
/*
 * No page is lost: at the end of each of a thousand randomised runs the migrated memory is the
 * guest's, byte for byte. runs.h says what happens in a run, migrate.h what is judged.
 *
 * Red when hdbss_mark_logged() leaves one entry out.
 *
 *     log [SEED [RUNS]]    the same runs again, or more of them
 */
#include "memory.h"
#include "runs.h"

#define RUNS 112 /* of each case: 1008 in all */

static const struct {
	const char *name;
	enum protocol protocol;
} protocols[] = {
	{ "GET_DIRTY_LOG", GET },
	{ "CLEAR_DIRTY_LOG", CLEAR },
	{ "CLEAR_DIRTY_LOG of pages that are all reported first", CLEAR_ALL },
};

static const struct {
	const char *name;
	enum vm_mem_backing_src_type type;
} backings[] = {
	{ "small pages", VM_MEM_SRC_ANONYMOUS },
	{ "transparent huge pages", VM_MEM_SRC_ANONYMOUS_THP },
	{ "huge pages", VM_MEM_SRC_ANONYMOUS_HUGETLB },
};

int main(int argc, char **argv)
{
	unsigned int runs = argc > 2 ? atoi_positive("runs", argv[2]) : RUNS;
	u64 seed, full = 0;

	hdbss_start(ARRAY_SIZE(protocols) * ARRAY_SIZE(backings) + 1);
	seed = argc > 1 ? strtoull(argv[1], NULL, 0) : random_seed();
	reserve_huge_pages(8);
	for (unsigned int b = 0; b < ARRAY_SIZE(backings); b++) {
		for (unsigned int p = 0; p < ARRAY_SIZE(protocols); p++) {
			struct tally tally = many_runs(runs, protocols[p].protocol,
						       backings[b].type, seed, false);

			ksft_test_result(!tally.bad && tally.hdbss.entries,
					 "hdbss: %u runs lose no page: %s, %s\n", runs,
					 backings[b].name, protocols[p].name);
			full += tally.hdbss.full;
		}
	}
	ksft_test_result(full, "hdbss: in these runs buffers were full\n");
	reserve_huge_pages(0);
	ksft_finished();
}
