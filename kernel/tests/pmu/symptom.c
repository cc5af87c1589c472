// SPDX-License-Identifier: GPL-2.0-only
/*
 * What fixed counters only are for: on a host with two PMUs, the cycle counter of a default vCPU
 * stands still on the CPUs of the other PMU than that of the CPU where it was made, and goes on
 * when it comes back. With fixed counters only it stands still nowhere; on a kernel that does not
 * have them that case fails.
 *
 * Red, as on the unpatched kernel, when perf events are created on the VM's PMU and when
 * kvm_vcpu_load_pmu() makes no request (case 2).
 */
#include "move.h"

#define ROUNDS 20

/* How often a counter went on, and did not, on the CPUs of its first PMU and of the others. */
struct tally {
	u64 went_on[2];
	u64 stood_still[2];
};

static struct tally go_round(struct pmu_vm *v)
{
	struct tally tally = {};
	struct runner r;

	prepare_guest(v);
	prepare_runner(&r, v, 0);
	start_runner(&r);
	for (int i = 0; i < ROUNDS * host.cpu_count; i++) {
		int cpu = host.cpus[i % host.cpu_count];
		bool away = pmu_of_cpu(cpu) != 0;
		u64 value;

		pin_to(r.thread, cpu);
		/* What was read by now may have been counted where the vCPU was before. */
		TEST_ASSERT(await_reads(&r, 2), "the guest does not run on CPU %d", cpu);
		value = READ_ONCE(r.count->value);
		TEST_ASSERT(await_reads(&r, 20), "the guest does not run on CPU %d", cpu);
		if (READ_ONCE(r.count->value) > value)
			tally.went_on[away]++;
		else
			tally.stood_still[away]++;
	}
	TEST_ASSERT(stop_runner(&r), "the guest does not end as it should");
	ksft_print_msg("on CPUs of its PMU the counter went on %lu times, and stood still %lu "
		       "times; on others %lu and %lu\n",
		       tally.went_on[0], tally.stood_still[0], tally.went_on[1],
		       tally.stood_still[1]);
	return tally;
}

static bool default_stands_still_elsewhere(void)
{
	struct tally tally;
	struct pmu_vm v;

	make_default_vm(&v, nth_cpu(0, 0), 1, guest_counts);
	tally = go_round(&v);
	free_vm(&v);
	return tally.went_on[0] && !tally.stood_still[0] && tally.stood_still[1] &&
	       !tally.went_on[1];
}

static bool fixed_goes_on_everywhere(void)
{
	struct tally tally;
	struct pmu_vm v;
	int err;

	pin_to(pthread_self(), nth_cpu(0, 0));
	make_vm(&v, WITH_PMU, 1, guest_counts);
	err = pmu_set_fixed(v.vcpu[0]);
	if (err) {
		ksft_print_msg("the kernel has no PMU with fixed counters only: %s\n",
			       strerror(err));
		free_vm(&v);
		return false;
	}
	finish_vm(&v);
	tally = go_round(&v);
	free_vm(&v);
	return tally.went_on[0] && tally.went_on[1] && !tally.stood_still[0] &&
	       !tally.stood_still[1];
}

int main(void)
{
	ksft_print_header();
	read_host();
	TEST_ASSERT(host.pmus == 2, "the host has %d PMUs, and not 2", host.pmus);
	ksft_set_plan(2);
	ksft_test_result(default_stands_still_elsewhere(),
			 "pmu: by default a counter stands still on the CPUs of another PMU\n");
	ksft_test_result(fixed_goes_on_everywhere(),
			 "pmu: with fixed counters only it goes on on all CPUs\n");
	ksft_finished();
}
