// SPDX-License-Identifier: GPL-2.0-only
/*
 * The CPU cannot write its buffer: the emulator fails every so many appends, with an abort that
 * the access takes, or with nothing but FSC to tell of it. Which page it was is lost then; so all
 * logged pages must be reported, HDBSS goes off, and logging goes on with write protection.
 *
 * Red when hdbss_fail() does not mark all pages (cases 3, 4, 7 and the runs).
 */
#include "runs.h"

#define PAGES 2048ULL
#define PASSES 32 /* with one failure, at least, among their appends */
#define OTHER_SLOT 2
#define OTHER_PAGES 64
#define ORDER 1
#define RUNS 28

/* Half of the pages, until an append fails. */
static bool run_to_failure(struct world *w)
{
	for (int pass = 0; pass < PASSES; pass++) {
		sync_log(w);
		run_pass(w, 0, (struct work){ .pages = PAGES / 2 });
		if (hdbss_stats(w->vm).errors)
			return true;
	}
	ksft_print_msg("no append failed in %d passes\n", PASSES);
	return false;
}

static void make_failed_world(struct world *w)
{
	make_world(w, PAGES, 1);
	vm_userspace_mem_region_add(w->vm, VM_MEM_SRC_ANONYMOUS, MEM_GPA + SZ_1G, OTHER_SLOT,
				    OTHER_PAGES, KVM_MEM_LOG_DIRTY_PAGES);
	log_pages(w, true);
	hdbss_on(w->vm, ORDER);
	write_all(w, 0);
	/* That could fail already. */
	if (!hdbss_stats(w->vm).errors)
		TEST_ASSERT(run_to_failure(w), "The CPU never fails");
}

static void test_failure(void)
{
	unsigned long other = 0;
	struct world w;

	make_failed_world(&w);
	ksft_test_result(hdbss_stats(w.vm).errors == 1, "hdbss: a failed append is counted\n");
	ksft_test_result(hdbss_state(w.vm) == hdbss_value(0, 0),
			 "hdbss: a failed append switches it off\n");
	ksft_test_result(sync_log(&w) == PAGES, "hdbss: then all pages are reported\n");
	kvm_vm_get_dirty_log(w.vm, OTHER_SLOT, &other);
	ksft_test_result(other == ~0UL, "hdbss: those of every slot that is logged\n");
	ksft_test_result(!sync_log(&w), "hdbss: but once\n");
	free_world(&w);
}

static bool faults_go_on(void)
{
	struct cost cost;
	struct world w;
	bool good;

	make_failed_world(&w);
	sync_log(&w);
	cost = run_pass(&w, 0, (struct work){ .pages = PAGES / 2 });
	good = !cost.hdbss.entries && cost.exits >= PAGES / 2 && sync_log(&w) == PAGES / 2;
	free_world(&w);
	return good;
}

/* Until the next append fails. */
static bool can_be_switched_on_again(void)
{
	struct hdbss_stats then;
	struct world w;
	bool good;

	make_failed_world(&w);
	then = hdbss_stats(w.vm);
	good = !hdbss_switch(w.vm, ORDER + 1, 1) && hdbss_state(w.vm) == hdbss_value(1, ORDER + 1);
	sync_log(&w);
	write_all(&w, 0);
	good = good && hdbss_since(w.vm, then).entries && sync_log(&w) == PAGES;
	free_world(&w);
	return good;
}

/* Of huge pages, since there are more of them: a run has to have enough appends. */
static void test_runs(void)
{
	static const struct {
		const char *name;
		enum protocol protocol;
	} cases[] = {
		{ "GET_DIRTY_LOG", GET },
		{ "CLEAR_DIRTY_LOG", CLEAR },
		{ "CLEAR_DIRTY_LOG of pages that are all reported first", CLEAR_ALL },
	};
	u64 seed = random_seed(), errors = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		struct tally tally =
			many_runs(RUNS, cases[i].protocol, VM_MEM_SRC_ANONYMOUS_THP, seed, true);

		ksft_test_result(!tally.bad,
				 "hdbss: %u runs with failing appends lose no page: %s\n", RUNS,
				 cases[i].name);
		errors += tally.hdbss.errors;
	}
	ksft_test_result(errors, "hdbss: in these runs appends did fail\n");
}

int main(void)
{
	hdbss_start(11);
	test_failure();
	ksft_test_result(faults_go_on(), "hdbss: pages fault then, and are logged\n");
	ksft_test_result(can_be_switched_on_again(), "hdbss: it can be switched on again\n");
	test_runs();
	ksft_finished();
}
