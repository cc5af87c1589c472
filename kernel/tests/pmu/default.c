// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whoever does not ask for fixed counters only has what there was: the default PMU, whose vCPUs may
 * run on any CPU, and a PMU that was set, whose vCPUs KVM_RUN refuses elsewhere; event counters,
 * events and the number that was chosen. On a kernel without fixed counters it is the same.
 *
 * Red when no PMU has event counters (cases 1 to 4), and when SET_PMU leaves the VM all CPUs (5 to
 * 7).
 */
#include "move.h"

static void guest_tells(u64 index)
{
	for (;;)
		GUEST_SYNC4(FIELD_GET(ARMV8_PMU_PMCR_N, read_sysreg(pmcr_el0)),
			    read_sysreg(pmceid0_el0), read_sysreg(pmceid1_el0),
			    read_sysreg_s(SYS_PMMIR_EL1));
}

/* What a guest is told of its PMU. */
struct told {
	u64 counters;
	u64 pmceid[2];
	u64 pmmir;
};

static struct told told_by(struct pmu_vm *v)
{
	struct ucall uc;

	vcpu_run(v->vcpu[0]);
	TEST_ASSERT_EQ(get_ucall(v->vcpu[0], &uc), UCALL_SYNC);
	return (struct told){ uc.args[0], { uc.args[1], uc.args[2] }, uc.args[3] };
}

/* A PMU of index @pmu, or the default one when that is negative. */
static void make_set_vm(struct pmu_vm *v, u64 features, int pmu, void *guest)
{
	make_vm(v, features, 1, guest);
	if (pmu >= 0)
		TEST_ASSERT(!pmu_set_type(v->vcpu[0], host.pmu[pmu].type), "SET_PMU: %s",
			    strerror(errno));
	finish_vm(v);
}

static struct told told_with(u64 features, int pmu)
{
	struct told told;
	struct pmu_vm v;

	pin_to(pthread_self(), nth_cpu(pmu < 0 ? 0 : pmu, 0));
	make_set_vm(&v, features, pmu, guest_tells);
	told = told_by(&v);
	free_vm(&v);
	return told;
}

/* SW_INCR, CPU_CYCLES and CHAIN are there whatever the CPU counts. */
static bool has_event_counters(struct told told)
{
	u64 events = BIT(ARMV8_PMUV3_PERFCTR_SW_INCR) | BIT(ARMV8_PMUV3_PERFCTR_CPU_CYCLES) |
		     BIT(ARMV8_PMUV3_PERFCTR_CHAIN);

	if (!told.counters || (told.pmceid[0] & events) != events)
		ksft_print_msg("there are %lu counters, and PMCEID0_EL0 is 0x%lx\n", told.counters,
			       told.pmceid[0]);
	return told.counters && (told.pmceid[0] & events) == events;
}

static bool same_events(struct told a, struct told b)
{
	return a.counters == b.counters && a.pmceid[0] == b.pmceid[0] && a.pmceid[1] == b.pmceid[1];
}

static void test_what_guests_are_told(void)
{
	struct told fallback = told_with(WITH_PMU, -1), set = told_with(WITH_PMU, 0),
		    strict = told_with(STRICT, 0);

	ksft_test_result(has_event_counters(fallback) && !fallback.pmmir,
			 "pmu: the default PMU has event counters\n");
	ksft_test_result(has_event_counters(set) && same_events(set, fallback) && !set.pmmir,
			 "pmu: a PMU that was set has event counters\n");
	ksft_test_result(has_event_counters(strict) && strict.counters == fallback.counters,
			 "pmu: a PMU that was set in strict mode has event counters\n");
}

static void guest_uses_event_counter(u64 index)
{
	write_sysreg(ARMV8_PMUV3_PERFCTR_CPU_CYCLES, pmevtyper0_el0);
	write_sysreg(0, pmevcntr0_el0);
	write_sysreg(BIT(0), pmcntenset_el0);
	write_sysreg(ARMV8_PMU_PMCR_E | ARMV8_PMU_PMCR_LC, pmcr_el0);
	isb();
	for (;;) {
		u64 before = read_sysreg(pmevcntr0_el0);

		for (int i = 0; i < 20; i++)
			isb();
		GUEST_SYNC(read_sysreg(pmevcntr0_el0) > before);
	}
}

/* The number that was chosen, and the counter that is left of it. */
static bool number_holds(void)
{
	unsigned int number = 1;
	struct pmu_vm v;
	bool good;

	pin_to(pthread_self(), nth_cpu(0, 0));
	make_vm(&v, WITH_PMU, 1, guest_uses_event_counter);
	good = !pmu_set(v.vcpu[0], KVM_ARM_VCPU_PMU_V3_SET_NR_COUNTERS, &number);
	finish_vm(&v);
	good = good && event_counters(v.vcpu[0]) == 1 && run_to_sync(v.vcpu[0]) &&
	       event_counters(v.vcpu[0]) == 1;
	free_vm(&v);
	return good;
}

/* Only what was set with SET_PMU binds the VM to that PMU's CPUs. */
static bool runs_only_where_its_pmu_is(u64 features)
{
	bool good = true;

	for (int pmu = 0; pmu < host.pmus; pmu++)
		for (int i = 0; i < host.cpu_count; i++) {
			struct pmu_vm v;
			int refused;

			make_set_vm(&v, features, pmu, guest_uses_event_counter);
			pin_to(pthread_self(), host.cpus[i]);
			TEST_ASSERT(!__vcpu_run(v.vcpu[0]), "KVM_RUN: %s", strerror(errno));
			refused = v.vcpu[0]->run->exit_reason == KVM_EXIT_FAIL_ENTRY &&
				  v.vcpu[0]->run->fail_entry.hardware_entry_failure_reason ==
					  KVM_EXIT_FAIL_ENTRY_CPU_UNSUPPORTED &&
				  v.vcpu[0]->run->fail_entry.cpu == (u32)host.cpus[i];
			good = good && refused == (pmu_of_cpu(host.cpus[i]) != pmu);
			free_vm(&v);
		}
	return good;
}

/*
 * Goes home when it is refused, and runs on: in the same thread, since it is that thread's cycles
 * that KVM counts.
 */
static void *goes_home_thread(void *data)
{
	struct runner *r = data;

	TEST_ASSERT(!__vcpu_run(r->vcpu), "KVM_RUN: %s", strerror(errno));
	WRITE_ONCE(r->exit_reason, r->vcpu->run->exit_reason);
	pin_to(pthread_self(), nth_cpu(0, 0));
	return runner_thread(r);
}

static bool comes_back_from_elsewhere(void)
{
	struct runner r;
	struct pmu_vm v;
	bool good;

	pin_to(pthread_self(), nth_cpu(0, 0));
	make_set_vm(&v, WITH_PMU, 0, guest_counts);
	prepare_guest(&v);
	prepare_runner(&r, &v, 0);
	kvm_pthread_create(&r.thread, NULL, goes_home_thread, &r);
	good = await_reads(&r, 10);
	pin_to(r.thread, nth_cpu(1, 0));
	good = good && await_reads(&r, 10) && READ_ONCE(r.exit_reason) == KVM_EXIT_FAIL_ENTRY &&
	       goes_on(&r);
	good = stop_runner(&r) && good && !r.count->backwards;
	free_vm(&v);
	return good;
}

/* Nothing new happens where the PMU stays the same. */
static bool goes_on_within_its_pmu(int set)
{
	struct runner r;
	struct pmu_vm v;
	bool good = true;

	pin_to(pthread_self(), nth_cpu(0, 0));
	make_set_vm(&v, WITH_PMU, set, guest_counts);
	prepare_guest(&v);
	prepare_runner(&r, &v, 0);
	start_runner(&r);
	for (int i = 0; i < 200 && good; i++) {
		pin_to(r.thread, nth_cpu(0, i % 2));
		good = goes_on(&r);
	}
	good = stop_runner(&r) && good && !r.count->backwards;
	free_vm(&v);
	return good;
}

static void test_other_pmu(void)
{
	static const char *const names[] = {
		"pmu: a vCPU whose PMU was set is refused where that is not",
		"pmu: a vCPU in strict mode is refused where its PMU is not",
		"pmu: a vCPU that is sent there within a run comes back, and goes on at home",
	};

	if (host.pmus < 2) {
		for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
			ksft_test_result_skip("%s: the host has one PMU\n", names[i]);
		return;
	}
	ksft_test_result(runs_only_where_its_pmu_is(WITH_PMU), "%s\n", names[0]);
	ksft_test_result(runs_only_where_its_pmu_is(STRICT), "%s\n", names[1]);
	ksft_test_result(comes_back_from_elsewhere(), "%s\n", names[2]);
}

int main(void)
{
	ksft_print_header();
	read_host();
	ksft_set_plan(9);
	test_what_guests_are_told();
	ksft_test_result(number_holds(), "pmu: the number of event counters can be chosen\n");
	test_other_pmu();
	ksft_test_result(goes_on_within_its_pmu(-1),
			 "pmu: the default PMU's counter goes on on each of its CPUs\n");
	ksft_test_result(goes_on_within_its_pmu(0),
			 "pmu: the counter of a PMU that was set goes on on each of its CPUs\n");
	ksft_finished();
}
