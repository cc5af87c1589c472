// SPDX-License-Identifier: GPL-2.0-only
/*
 * vCPUs with fixed counters only are sent from CPU to CPU, thousands of times, between runs and in
 * the midst of them: the counter goes on everywhere and never goes back, KVM_RUN never refuses a
 * CPU, and each overflow has its interrupt. With one PMU in the host all moves are within it.
 *
 * Red when a reload does not release the perf event (cases 2 to 5, and 7), or releases it without
 * what it counted (2 to 9), leaves out EL0 on its new CPU (5), or forgets an overflow (8 and 9),
 * and when the VM has the CPUs of its default PMU only (2, and 4 to 9).
 */
#include "move.h"

#define BETWEEN_RUNS 1000
#define WITHIN_RUNS 1000
#define STORM 2000
#define VCPUS 3

static int any_cpu(struct moves *m)
{
	return host.cpus[pick(m, host.cpu_count)];
}

/* About every second random CPU is another one, and about every second has another PMU. */
static bool enough(const struct moves *m, u64 wanted)
{
	bool good = m->all >= wanted / 4 && (host.pmus < 2 || m->changes >= wanted / 4);

	if (!good)
		ksft_print_msg("%lu migrations, %lu between PMUs, are too few\n", m->all,
			       m->changes);
	return good;
}

/* A few equal reads would be a few that took no time. */
static bool counted_well(const struct count *c)
{
	return !c->backwards && c->still <= 2;
}

static struct moves start_moves(void)
{
	return (struct moves){ .random = 0x9e3779b97f4a7c15 };
}

/* The thread itself goes to another CPU before each run. */
static bool between_runs(u64 features)
{
	struct moves m = start_moves();
	int cpu = host.cpus[0];
	struct runner r;
	struct pmu_vm v;
	bool good = true;

	make_fixed_vm(&v, features, 1, guest_counts);
	prepare_guest(&v);
	prepare_runner(&r, &v, 0);
	r.count->quota = 8;
	for (int i = 0; i < BETWEEN_RUNS && good; i++) {
		u64 before = r.count->value;

		move(&m, pthread_self(), &cpu, any_cpu(&m));
		good = !__vcpu_run(r.vcpu) && get_ucall(r.vcpu, NULL) == UCALL_SYNC;
		m.stalls += r.count->value <= before;
	}
	tell_moves("between runs", &m, r.count);
	good = good && enough(&m, BETWEEN_RUNS) && !m.stalls && counted_well(r.count);
	free_vm(&v);
	return good;
}

/* Another thread sends the vCPU away while it runs, and waits until the counter goes on there. */
static bool within_runs(void *guest)
{
	struct moves m = start_moves();
	int cpu = host.cpus[0];
	struct runner r;
	struct pmu_vm v;
	bool good;

	make_fixed_vm(&v, WITH_PMU, 1, guest);
	prepare_guest(&v);
	prepare_runner(&r, &v, 0);
	start_runner(&r);
	for (int i = 0; i < WITHIN_RUNS && !m.stalls; i++) {
		move(&m, r.thread, &cpu, any_cpu(&m));
		m.stalls += !goes_on(&r);
	}
	good = stop_runner(&r);
	tell_moves("within runs", &m, r.count);
	good = good && enough(&m, WITHIN_RUNS) && !m.stalls && counted_well(r.count);
	free_vm(&v);
	return good;
}

/* A counter that is off has nothing to take along but its value. */
static bool disabled_counter_keeps_its_value(void)
{
	struct moves m = start_moves();
	int cpu = host.cpus[0];
	struct runner r;
	struct pmu_vm v;
	u64 value;
	bool good;

	make_fixed_vm(&v, WITH_PMU, 1, guest_does_not_count);
	prepare_guest(&v);
	prepare_runner(&r, &v, 0);
	start_runner(&r);
	good = await_reads(&r, 4);
	value = READ_ONCE(r.count->value);
	for (int i = 0; i < 200 && good; i++) {
		move(&m, r.thread, &cpu, any_cpu(&m));
		good = await_reads(&r, 4) && READ_ONCE(r.count->value) == value;
	}
	good = stop_runner(&r) && good && value && enough(&m, 200);
	tell_moves("stopped", &m, r.count);
	free_vm(&v);
	return good;
}

/* Several vCPUs are sent about faster than each of them comes to read its counter. */
static void storm(struct moves *m, struct runner *runners, int *cpus, unsigned int vcpus)
{
	for (int i = 0; i < STORM; i++) {
		unsigned int which = pick(m, vcpus);

		move(m, runners[which].thread, &cpus[which], any_cpu(m));
		usleep(pick(m, 300));
	}
}

static void start_runners(struct pmu_vm *v, struct runner *runners, int *cpus)
{
	for (unsigned int i = 0; i < v->vcpus; i++) {
		cpus[i] = host.cpus[i % host.cpu_count];
		prepare_runner(&runners[i], v, i);
		start_runner(&runners[i]);
	}
}

/* After all of it, each counter goes on, on each CPU. */
static bool all_go_on(struct moves *m, struct runner *runners, int *cpus, unsigned int vcpus)
{
	for (unsigned int i = 0; i < vcpus; i++)
		for (int cpu = 0; cpu < host.cpu_count; cpu++) {
			move(m, runners[i].thread, &cpus[i], host.cpus[cpu]);
			m->stalls += !goes_on(&runners[i]);
		}
	return !m->stalls;
}

static bool several_at_once(void)
{
	struct moves m = start_moves();
	struct runner runners[VCPUS];
	bool good = true;
	struct pmu_vm v;
	int cpus[VCPUS];

	make_fixed_vm(&v, WITH_PMU, VCPUS, guest_counts);
	prepare_guest(&v);
	start_runners(&v, runners, cpus);
	for (unsigned int i = 0; i < VCPUS; i++)
		good = good && await_reads(&runners[i], 1);
	storm(&m, runners, cpus, VCPUS);
	good = all_go_on(&m, runners, cpus, VCPUS) && good && enough(&m, STORM);
	for (unsigned int i = 0; i < VCPUS; i++) {
		good = stop_runner(&runners[i]) && good && counted_well(runners[i].count);
		tell_moves("several vCPUs", &m, runners[i].count);
	}
	free_vm(&v);
	return good;
}

/*
 * A vCPU waits for the interrupt of each overflow: one that got lost on the way from PMU to PMU
 * would be missing, and one too many would be more than the overflows.
 */
static bool interrupts_are_delivered(unsigned int vcpus)
{
	u64 wraps = 0, interrupts = 0, lost = 0, spurious = 0;
	struct moves m = start_moves();
	struct runner runners[VCPUS];
	bool good = true;
	struct pmu_vm v;
	int cpus[VCPUS];

	make_fixed_vm(&v, WITH_PMU, vcpus, guest_overflows);
	prepare_guest(&v);
	start_runners(&v, runners, cpus);
	storm(&m, runners, cpus, vcpus);
	for (unsigned int i = 0; i < vcpus; i++) {
		good = stop_runner(&runners[i]) && good;
		wraps += runners[i].count->wraps;
		lost += runners[i].count->lost;
		interrupts += runners[i].seen->interrupts;
		spurious += runners[i].seen->spurious;
	}
	ksft_print_msg("%lu migrations, %lu between PMUs: %lu overflows, %lu interrupts, %lu lost, "
		       "%lu of something else\n",
		       m.all, m.changes, wraps, interrupts, lost, spurious);
	free_vm(&v);
	return good && enough(&m, STORM) && wraps >= STORM / 10 && interrupts == wraps && !lost &&
	       !spurious;
}

int main(void)
{
	let_samples_come();
	pmu_start(8);
	ksft_test_result(between_runs(WITH_PMU), "pmu: between runs a vCPU goes to any CPU\n");
	ksft_test_result(between_runs(STRICT),
			 "pmu: between runs a vCPU in strict mode goes to any CPU\n");
	ksft_test_result(within_runs(guest_counts), "pmu: within runs a vCPU goes to any CPU\n");
	ksft_test_result(within_runs(guest_counts_el0),
			 "pmu: within runs the time at EL0 alone is counted on any CPU\n");
	ksft_test_result(disabled_counter_keeps_its_value(),
			 "pmu: a counter that is stopped keeps its value\n");
	ksft_test_result(several_at_once(), "pmu: several vCPUs go to any CPU at once\n");
	ksft_test_result(interrupts_are_delivered(1),
			 "pmu: each overflow of a vCPU that is sent about has one interrupt\n");
	ksft_test_result(interrupts_are_delivered(VCPUS),
			 "pmu: each overflow of several vCPUs has one interrupt\n");
	ksft_finished();
}
