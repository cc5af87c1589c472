// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUs go offline under a running vCPU that is pinned to them, so that it is sent to another CPU,
 * and come back: the counter goes on all the time, KVM_RUN never refuses a CPU, and overflows have
 * their interrupts after that.
 *
 * Red when kvm_vcpu_load_pmu() makes no request (case 2), and when a reload forgets an overflow
 * (3).
 */
#include "move.h"

#define ROUNDS 10

/* Not the first CPU of all: the kernel may want to keep that. */
static void switch_cpu(int cpu, bool on)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", cpu);
	file = fopen(path, "w");
	TEST_ASSERT(file && fprintf(file, "%d\n", on) > 0 && !fclose(file),
		    "CPU %d cannot be put %sline: %s", cpu, on ? "on" : "off", strerror(errno));
}

/* The CPUs of the last PMU but the one that is CPU 0. */
static int last_cpus(int *cpus)
{
	int count = 0;

	for (int i = 0; i < host.cpu_count; i++)
		if (host.cpus[i] && pmu_of_cpu(host.cpus[i]) == host.pmus - 1)
			cpus[count++] = host.cpus[i];
	TEST_ASSERT(count, "no CPU can be put offline");
	return count;
}

static void switch_all(const int *cpus, int count, bool on)
{
	for (int i = 0; i < count; i++)
		switch_cpu(cpus[i], on);
}

static void start(struct pmu_vm *v, struct runner *r, void *guest)
{
	make_fixed_vm(v, WITH_PMU, 1, guest);
	prepare_guest(v);
	prepare_runner(r, v, 0);
	start_runner(r);
	TEST_ASSERT(await_reads(r, 4), "the guest does not run");
}

/* The last CPU that it may run on goes: the kernel sends it where it can. */
static bool counter_goes_on(void)
{
	int cpus[CPU_SETSIZE], count = last_cpus(cpus);
	bool good = true;
	struct pmu_vm v;
	struct runner r;

	start(&v, &r, guest_counts);
	for (int i = 0; i < ROUNDS && good; i++) {
		pin_to(r.thread, cpus[i % count]);
		good = goes_on(&r);
		switch_all(cpus, count, false);
		good = good && goes_on(&r);
		switch_all(cpus, count, true);
		good = good && goes_on(&r);
	}
	good = stop_runner(&r) && good;
	ksft_print_msg("%d times, %lu reads, %lu backwards, %lu times the same in a row\n", ROUNDS,
		       r.count->reads, r.count->backwards, r.count->still);
	good = good && !r.count->backwards && r.count->still <= 2;
	free_vm(&v);
	return good;
}

static bool interrupts_come(void)
{
	int cpus[CPU_SETSIZE], count = last_cpus(cpus);
	struct pmu_vm v;
	struct runner r;
	bool good = true;

	start(&v, &r, guest_overflows);
	for (int i = 0; i < ROUNDS && good; i++) {
		u64 wraps = READ_ONCE(r.count->wraps);

		pin_to(r.thread, cpus[i % count]);
		good = await_reads(&r, 50);
		switch_all(cpus, count, false);
		good = good && await_reads(&r, 50);
		switch_all(cpus, count, true);
		pin_to(r.thread, cpus[i % count]);
		good = good && await_reads(&r, 200) && READ_ONCE(r.count->wraps) > wraps;
	}
	good = stop_runner(&r) && good;
	ksft_print_msg("%d times, %lu overflows, %lu interrupts, %lu lost, %lu of something else\n",
		       ROUNDS, r.count->wraps, r.seen->interrupts, r.count->lost, r.seen->spurious);
	good = good && r.seen->interrupts == r.count->wraps && !r.count->lost && !r.seen->spurious;
	free_vm(&v);
	return good;
}

/* What is offline still has a PMU. */
static bool can_be_set_while_cpus_are_offline(void)
{
	int cpus[CPU_SETSIZE], count = last_cpus(cpus);
	struct pmu_vm v;
	struct runner r;
	bool good;

	switch_all(cpus, count, false);
	start(&v, &r, guest_counts);
	good = goes_on(&r);
	switch_all(cpus, count, true);
	pin_to(r.thread, cpus[0]);
	good = good && goes_on(&r);
	good = stop_runner(&r) && good && !r.count->backwards;
	free_vm(&v);
	return good;
}

int main(void)
{
	let_samples_come();
	pmu_start(3);
	ksft_test_result(counter_goes_on(),
			 "pmu: a counter goes on when its CPUs go offline and come back\n");
	ksft_test_result(interrupts_come(), "pmu: overflows have their interrupts after that\n");
	ksft_test_result(can_be_set_while_cpus_are_offline(),
			 "pmu: fixed counters only can be set while CPUs are offline\n");
	ksft_finished();
}
