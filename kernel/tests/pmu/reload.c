// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a move costs: the perf events that KVM creates, counted by a kprobe. None when the PMU stays
 * the same, one when it changes and the counter is on, none when it is off or when the PMU is not
 * one with fixed counters only; and all are released in the end.
 *
 * Red when each load of the vCPU makes it reload (cases 2 and 3), the event that was is not
 * released (3 and 6), and one is created for a counter that is stopped (4).
 */
#include "events.h"
#include "move.h"

#define MOVES 300

struct events {
	u64 created;
	u64 released;
};

static struct events events(void)
{
	return (struct events){ calls_made(EVENT_CREATED), calls_made(EVENT_RELEASED) };
}

/* Which CPU comes after @i moves. */
static int within_one_pmu(int i)
{
	return nth_cpu(host.pmus - 1, i % 2);
}

static int between_pmus(int i)
{
	return nth_cpu(i % host.pmus, i / host.pmus % 2);
}

/* What @MOVES moves of a vCPU that runs create and release; it reads its counter on each CPU. */
static struct events cost_of_moves(struct pmu_vm *v, int (*cpu_after)(int i), struct moves *m)
{
	int cpu = cpu_after(0);
	struct events before, after;
	struct runner r;

	prepare_guest(v);
	prepare_runner(&r, v, 0);
	pin_to(pthread_self(), cpu);
	start_runner(&r);
	TEST_ASSERT(await_reads(&r, 4), "the guest does not run");
	before = events();
	for (int i = 1; i <= MOVES; i++) {
		move(m, r.thread, &cpu, cpu_after(i));
		TEST_ASSERT(await_reads(&r, 4), "the guest does not run on CPU %d", cpu);
	}
	after = events();
	TEST_ASSERT(stop_runner(&r), "the guest does not end as it should");
	after.created -= before.created;
	after.released -= before.released;
	ksft_print_msg("%lu migrations, %lu between PMUs: %lu events created, %lu released\n",
		       m->all, m->changes, after.created, after.released);
	return after;
}

static bool makes_none_within_a_pmu(void)
{
	struct moves m = {};
	struct events cost;
	struct pmu_vm v;

	make_fixed_vm(&v, WITH_PMU, 1, guest_counts);
	cost = cost_of_moves(&v, within_one_pmu, &m);
	free_vm(&v);
	return m.all == MOVES && !m.changes && !cost.created && !cost.released;
}

static bool makes_one_between_pmus(void)
{
	struct moves m = {};
	struct events cost;
	struct pmu_vm v;

	make_fixed_vm(&v, WITH_PMU, 1, guest_counts);
	cost = cost_of_moves(&v, between_pmus, &m);
	free_vm(&v);
	return m.changes == MOVES && cost.created == MOVES && cost.released == MOVES;
}

/* An event that was there when the counter was stopped is released by the first change. */
static bool makes_none_when_stopped(void)
{
	struct moves m = {};
	struct events cost;
	struct pmu_vm v;

	make_fixed_vm(&v, WITH_PMU, 1, guest_does_not_count);
	cost = cost_of_moves(&v, between_pmus, &m);
	free_vm(&v);
	return m.changes == MOVES && !cost.created && cost.released <= 1;
}

static bool makes_none_by_default(void)
{
	struct moves m = {};
	struct events cost;
	struct pmu_vm v;

	make_default_vm(&v, between_pmus(0), 1, guest_counts);
	cost = cost_of_moves(&v, between_pmus, &m);
	free_vm(&v);
	return m.changes == MOVES && !cost.created && !cost.released;
}

static void test_between_pmus(void)
{
	static const char *const names[] = {
		"pmu: a move between PMUs makes one perf event, and frees one",
		"pmu: a move between PMUs makes no perf event when the counter is stopped",
		"pmu: a move between PMUs makes no perf event for the default PMU",
	};

	if (host.pmus < 2) {
		for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
			ksft_test_result_skip("%s: the host has one PMU\n", names[i]);
		return;
	}
	ksft_test_result(makes_one_between_pmus(), "%s\n", names[0]);
	ksft_test_result(makes_none_when_stopped(), "%s\n", names[1]);
	ksft_test_result(makes_none_by_default(), "%s\n", names[2]);
}

int main(void)
{
	struct events all;

	pmu_start(5);
	calls_begin(EVENT_CREATED);
	calls_begin(EVENT_RELEASED);
	ksft_test_result(makes_none_within_a_pmu(),
			 "pmu: a move within a PMU makes no perf event\n");
	test_between_pmus();
	all = events();
	ksft_print_msg("%lu events created, %lu released\n", all.created, all.released);
	ksft_test_result(all.created && all.created == all.released,
			 "pmu: all perf events are released in the end\n");
	calls_end(EVENT_CREATED);
	calls_end(EVENT_RELEASED);
	ksft_finished();
}
