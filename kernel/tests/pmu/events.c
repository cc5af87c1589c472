// SPDX-License-Identifier: GPL-2.0-only
/*
 * events.h counts the perf events that KVM makes for a guest's counter: a write of the cycle
 * counter makes a new one (kvm_pmu_set_pmc_value()), and all are gone with the VM.
 *
 * Red with a guest whose counter is on already (case 1), with one that writes once less (2), with a
 * VM that is not freed (3), and when the kprobe events are not switched on (2, 3).
 */
#include "events.h"
#include "pmu.h"

#define WRITES 20

static void guest_code(void)
{
	write_sysreg(read_sysreg(pmcr_el0) | ARMV8_PMU_PMCR_E, pmcr_el0);
	write_sysreg(CYCLE_COUNTER, pmcntenset_el0);
	GUEST_SYNC(0);
	for (int i = 0; i < WRITES; i++)
		write_sysreg(0, pmccntr_el0);
	GUEST_SYNC(1);
	GUEST_DONE();
}

static void run_to_sync(struct kvm_vcpu *vcpu)
{
	vcpu_run(vcpu);
	TEST_ASSERT_EQ(get_ucall(vcpu, NULL), UCALL_SYNC);
}

int main(void)
{
	u64 created, released;
	struct pmu_vm v;

	ksft_print_header();
	ksft_set_plan(3);
	read_host();
	calls_begin(EVENT_CREATED);
	calls_begin(EVENT_RELEASED);
	make_default_vm(&v, host.cpus[0], 1, guest_code);
	ksft_test_result(!calls_made(EVENT_CREATED),
			 "pmu: a VM has no perf event before its counter is on\n");
	run_to_sync(v.vcpu[0]);
	created = calls_made(EVENT_CREATED);
	released = calls_made(EVENT_RELEASED);
	run_to_sync(v.vcpu[0]);
	ksft_test_result(calls_made(EVENT_CREATED) - created == WRITES &&
				 calls_made(EVENT_RELEASED) - released == WRITES,
			 "pmu: each write of the cycle counter makes one, and frees the last\n");
	free_vm(&v);
	created = calls_made(EVENT_CREATED);
	released = calls_made(EVENT_RELEASED);
	ksft_print_msg("%lu perf events were made, and %lu freed\n", created, released);
	ksft_test_result(created && created == released,
			 "pmu: as many perf events are made as are freed\n");
	calls_end(EVENT_CREATED);
	calls_end(EVENT_RELEASED);
	ksft_finished();
}
