// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a possible CPU has no PMU, fixed counters only are refused with ENODEV, and nothing else
 * is; where no CPU has one, KVM has none for guests.
 *
 * Red when the attribute does not look at all CPUs (cases 1 to 7).
 */
#include "guest.h"

static void guest_code(void)
{
	for (;;) {
		start_cycles(1);
		GUEST_SYNC(cycles_advance());
	}
}

static bool cpu_lacks_a_pmu(void)
{
	for (int i = 0; i < host.cpu_count; i++)
		if (pmu_of_cpu(host.cpus[i]) < 0)
			return true;
	return false;
}

static void put_online(bool on)
{
	for (int cpu = 0; cpu < host.cpu_count; cpu++) {
		char path[128];
		FILE *file;

		if (pmu_of_cpu(host.cpus[cpu]) >= 0)
			continue;
		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online",
			 host.cpus[cpu]);
		file = fopen(path, "w");
		TEST_ASSERT(file && fprintf(file, "%d\n", on) > 0 && !fclose(file), "%s: %s", path,
			    strerror(errno));
	}
}

static bool is_refused(u64 features)
{
	struct pmu_vm v;
	u64 counters;
	bool good;

	make_vm(&v, features, 2, guest_code);
	counters = event_counters(v.vcpu[0]);
	good = !pmu_has(v.vcpu[0], KVM_ARM_VCPU_PMU_V3_FIXED_COUNTERS_ONLY) &&
	       pmu_set_fixed(v.vcpu[0]) == ENODEV && pmu_set_fixed(v.vcpu[1]) == ENODEV &&
	       event_counters(v.vcpu[0]) == counters && !!counters == (features == WITH_PMU);
	free_vm(&v);
	return good;
}

static bool is_refused_while_that_cpu_is_offline(void)
{
	bool good;

	put_online(false);
	good = is_refused(WITH_PMU);
	put_online(true);
	return good;
}

/* What was refused is as if it had never been asked for. */
static bool another_pmu_can_be_had(u64 features, bool set)
{
	struct pmu_vm v;
	bool good;

	make_vm(&v, features, 1, guest_code);
	good = pmu_set_fixed(v.vcpu[0]) == ENODEV;
	if (set)
		good = good && !pmu_set_type(v.vcpu[0], host.pmu[0].type);
	good = good && event_counters(v.vcpu[0]);
	finish_vm(&v);
	good = good && run_to_sync(v.vcpu[0]);
	free_vm(&v);
	return good;
}

static bool strict_has_no_pmu_yet(void)
{
	struct pmu_vm v;
	bool good;

	make_vm(&v, STRICT, 1, guest_code);
	good = pmu_set_fixed(v.vcpu[0]) == ENODEV;
	kvm_arch_vm_finalize_vcpus(v.vm);
	good = good && !pmu_set_irq(v.vcpu[0]) &&
	       pmu_set(v.vcpu[0], KVM_ARM_VCPU_PMU_V3_INIT, NULL) == ENXIO;
	free_vm(&v);
	return good;
}

static void test_uncovered(void)
{
	ksft_set_plan(7);
	pin_to(pthread_self(), first_cpu(&host.pmu[0]));
	ksft_test_result(is_refused(WITH_PMU),
			 "pmu: fixed counters only are refused where a CPU has no PMU\n");
	ksft_test_result(is_refused(STRICT), "pmu: they are refused in strict mode, too\n");
	ksft_test_result(is_refused_while_that_cpu_is_offline(),
			 "pmu: they are refused while that CPU is offline, too\n");
	ksft_test_result(another_pmu_can_be_had(WITH_PMU, false),
			 "pmu: the default PMU can be had after that\n");
	ksft_test_result(another_pmu_can_be_had(WITH_PMU, true),
			 "pmu: a PMU can be set after that\n");
	ksft_test_result(another_pmu_can_be_had(STRICT, true),
			 "pmu: a PMU can be set after that in strict mode\n");
	ksft_test_result(strict_has_no_pmu_yet(),
			 "pmu: strict mode without a PMU that was set has none after that\n");
}

static int init_with(u64 features)
{
	struct kvm_vm *vm = vm_create_barebones();
	struct kvm_vcpu *vcpu = __vm_vcpu_add(vm, 0);
	struct kvm_vcpu_init init;
	int err;

	kvm_get_default_vcpu_target(vm, &init);
	init.features[0] |= features;
	err = __vcpu_ioctl(vcpu, KVM_ARM_VCPU_INIT, &init) ? errno : 0;
	kvm_vm_free(vm);
	return err;
}

static bool attribute_is_not_there(void)
{
	struct pmu_vm v;
	bool good;

	make_vm(&v, 0, 1, guest_code);
	good = pmu_has(v.vcpu[0], KVM_ARM_VCPU_PMU_V3_FIXED_COUNTERS_ONLY) == ENXIO &&
	       pmu_set_fixed(v.vcpu[0]) == ENODEV;
	free_vm(&v);
	return good;
}

static void test_without_any(void)
{
	ksft_set_plan(3);
	ksft_test_result(!kvm_check_cap(KVM_CAP_ARM_PMU_V3) &&
				 !kvm_check_cap(KVM_CAP_ARM_PMU_V3_STRICT),
			 "pmu: without a PMU in the host KVM has none\n");
	ksft_test_result(!init_with(0) && init_with(WITH_PMU) == EINVAL &&
				 init_with(STRICT) == EINVAL,
			 "pmu: no vCPU can have one\n");
	ksft_test_result(attribute_is_not_there(), "pmu: no vCPU has fixed counters only\n");
}

int main(void)
{
	ksft_print_header();
	read_host();
	if (!host.pmus)
		test_without_any();
	else if (cpu_lacks_a_pmu())
		test_uncovered();
	else
		ksft_exit_fail_msg("pmu: all CPUs have a PMU: this is no machine for the test\n");
	ksft_finished();
}
