// SPDX-License-Identifier: GPL-2.0-or-later
/* What KVM on a host offers, and what it costs to find out. */
#include "pmu-world.h"

static struct kvmfeat_pmu_host host_of(struct world *w, unsigned int flags)
{
	struct kvmfeat_pmu_host host = { .size = sizeof(host) };

	if (kvmfeat_pmu_get_host(w->ctx, flags, &host))
		fail_msg("%s", reason(w));
	return host;
}

static void a_shallow_question_makes_no_vm(void **state)
{
	struct world *w = *state;
	struct kvmfeat_pmu_host host;

	become(w, FAKE_PMU_OURS);
	w->fake.vm_types = 0;
	host = host_of(w, 0);
	assert_int_equal(host.state, KVMFEAT_STATE_AVAILABLE);
	assert_int_equal(host.strict, KVMFEAT_PMU_YES);
	assert_int_equal(host.counters, -1);
	assert_int_equal(host.fixed, KVMFEAT_STATE_UNKNOWN);
	assert_int_equal(host.fixed_why, KVMFEAT_WHY_NOT_ASKED);
	assert_string_equal(host.fixed_reason, "seeing it needs a scratch VM");
	assert_string_equal(host.fixed_remedy, "kvmfeat pmu status --deep");
	assert_string_equal(host.arch, "arm64");
	assert_string_equal(host.reason, "");
}

static void a_deep_question_asks_a_scratch_vcpu_and_leaves_nothing(void **state)
{
	struct world *w = *state;
	struct kvmfeat_pmu_host host;
	unsigned int fds;

	become(w, FAKE_PMU_OURS);
	host_of(w, 0); /* /dev/kvm stays open */
	fds = fake_open_fds(&w->fake);
	host = host_of(w, KVMFEAT_PROBE_DEEP);
	assert_int_equal(host.counters, 6);
	assert_int_equal(host.fixed, KVMFEAT_STATE_AVAILABLE);
	assert_string_equal(host.fixed_reason, "");
	assert_int_equal(w->fake.pmu.sets, 1); /* that of fixed counters only, there */
	assert_int_equal(fake_open_fds(&w->fake), fds);

	become(w, FAKE_PMU_LINUX);
	fake_cap(&w->fake, KVM_CAP_ARM_PMU_V3_STRICT, 0);
	w->fake.pmu.get_reg_error = -ENOENT;
	host = host_of(w, KVMFEAT_PROBE_DEEP);
	assert_int_equal(host.strict, KVMFEAT_PMU_NO);
	assert_int_equal(host.counters, -1);
	assert_int_equal(host.fixed, KVMFEAT_STATE_ABSENT);
	assert_int_equal(host.fixed_why, KVMFEAT_WHY_KERNEL_VERSION);
	assert_string_equal(host.fixed_reason, "no Linux release has fixed counters only, this "
					       "kernel (7.3.4) neither");
	assert_string_equal(host.fixed_remedy, "this project's kernel");
}

static void a_host_without_a_pmu_for_guests_is_an_answer(void **state)
{
	struct world *w = *state;
	struct kvmfeat_pmu_host host;

	become(w, FAKE_PMU_OURS);
	fake_cap(&w->fake, KVM_CAP_ARM_PMU_V3, 0);
	host = host_of(w, KVMFEAT_PROBE_DEEP);
	assert_int_equal(host.state, KVMFEAT_STATE_ABSENT);
	assert_int_equal(host.why, KVMFEAT_WHY_HARDWARE);
	assert_int_equal(host.fixed, KVMFEAT_STATE_ABSENT);
	assert_int_equal(host.strict, KVMFEAT_PMU_NO);
	assert_non_null(strstr(host.reason, "perf uses no PMUv3 of this host"));
	assert_string_equal(host.fixed_reason, host.reason);
	assert_true(*host.remedy);
}

static void a_host_with_a_cpu_that_has_none_cannot_have_them(void **state)
{
	struct world *w = *state;
	struct kvmfeat_pmu_host host;

	become(w, FAKE_PMU_OURS);
	w->fake.pmu.uncovered = true;
	host = host_of(w, KVMFEAT_PROBE_DEEP);
	assert_int_equal(host.counters, 6);
	assert_int_equal(host.fixed, KVMFEAT_STATE_ABSENT);
	assert_int_equal(host.fixed_why, KVMFEAT_WHY_HARDWARE);
	assert_string_equal(host.fixed_reason, "a possible CPU of this host has no PMU");
	assert_string_equal(host.fixed_remedy, "kvmfeat pmu list has the CPUs to pin the vCPUs to");
}

static void a_cpu_without_a_pmu_can_be_asked_too(void **state)
{
	struct world *w = *state;
	struct kvmfeat_pmu_host host;

	become(w, FAKE_PMU_OURS);
	w->fake.pmu.here_is_none = true;
	host = host_of(w, KVMFEAT_PROBE_DEEP);
	assert_int_equal(host.fixed, KVMFEAT_STATE_AVAILABLE);
	assert_int_equal(host.counters, -1);
	/* A kernel without strict vCPUs has no answer there. */
	fake_cap(&w->fake, KVM_CAP_ARM_PMU_V3_STRICT, 0);
	assert_int_equal(kvmfeat_pmu_get_host(w->ctx, KVMFEAT_PROBE_DEEP, &host), -ENODEV);
	assert_non_null(strstr(reason(w), "(KVM_ARM_VCPU_INIT): No such device"));
}

static void another_architecture_is_an_answer_without_dev_kvm(void **state)
{
	struct world *w = *state;
	struct kvmfeat_pmu_host host;

	w->fake.open_error = -ENOENT;
	host = host_of(w, KVMFEAT_PROBE_DEEP);
	assert_int_equal(host.state, KVMFEAT_STATE_ABSENT);
	assert_int_equal(host.why, KVMFEAT_WHY_OTHER_ARCH);
	assert_string_equal(host.reason, "this PMU is of arm64, this host is x86");
	assert_string_equal(host.arch, "x86");
}

static void a_captured_tree_tells_no_architecture(void **state)
{
	struct world *w = *state;
	struct kvmfeat_pmu_host host;
	char root[128];

	become(w, FAKE_PMU_OURS);
	fake_dir(&w->fake, "/tree");
	snprintf(root, sizeof(root), "%s/tree", w->fake.root);
	assert_int_equal(kvmfeat_ctx_set_root(w->ctx, root), 0);
	host = host_of(w, KVMFEAT_PROBE_DEEP);
	assert_int_equal(host.state, KVMFEAT_STATE_UNKNOWN);
	assert_int_equal(host.fixed, KVMFEAT_STATE_UNKNOWN);
	assert_int_equal(host.why, KVMFEAT_WHY_NOT_VISIBLE);
	assert_int_equal(host.strict, KVMFEAT_PMU_UNKNOWN);
	assert_string_equal(host.reason, "the architecture of this host is not known");
}

static void wrong_arguments_ask_nothing(void **state)
{
	struct world *w = *state;
	struct kvmfeat_pmu_host host = { .size = sizeof(host) - 1, .counters = 77 };

	become(w, FAKE_PMU_OURS);
	w->fake.calls = 0;
	assert_int_equal(kvmfeat_pmu_get_host(w->ctx, 0, &host), -EINVAL);
	assert_non_null(strstr(reason(w), "is too short"));
	host.size = sizeof(host);
	assert_int_equal(kvmfeat_pmu_get_host(w->ctx, 2, &host), -EINVAL);
	assert_string_equal(reason(w), "flags 0x2 are unknown");
	assert_int_equal(w->fake.calls, 0);
	assert_int_equal(host.counters, 77);
}

/* Errors of each question pass, and no descriptor stays open. */
static void a_question_that_fails_is_named(void **state)
{
	struct world *w = *state;
	struct kvmfeat_pmu_host host = { .size = sizeof(host) };
	unsigned int without_counters = 0, unharmed = 0;

	become(w, FAKE_PMU_OURS);
	w->fake.pmu.init_error = -EINVAL;
	assert_int_equal(kvmfeat_pmu_get_host(w->ctx, KVMFEAT_PROBE_DEEP, &host), -EINVAL);
	assert_string_equal(reason(w), "a scratch vCPU with a PMU cannot be made "
				       "(KVM_ARM_VCPU_INIT): Invalid argument");
	w->fake.pmu.target_error = -ENODEV;
	assert_int_equal(kvmfeat_pmu_get_host(w->ctx, KVMFEAT_PROBE_DEEP, &host), -ENODEV);
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->operation, "KVM_ARM_PREFERRED_TARGET");
	w->fake.pmu.target_error = w->fake.pmu.init_error = 0;
	w->fake.pmu.attr_error = -EIO;
	w->fake.pmu.attr = 5;
	assert_int_equal(kvmfeat_pmu_get_host(w->ctx, KVMFEAT_PROBE_DEEP, &host), -EIO);
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->operation, "KVM_HAS_DEVICE_ATTR");
	w->fake.pmu.attr_error = 0;
	for (unsigned int call = 1;; call++) {
		int err;

		w->fake.calls = 0;
		w->fake.failed = false;
		w->fake.fail_at = call;
		w->fake.fail_error = -EPERM;
		err = kvmfeat_pmu_get_host(w->ctx, KVMFEAT_PROBE_DEEP, &host);
		if (!w->fake.failed)
			break;
		if (err)
			assert_int_equal(err, w->fake.fail_error);
		else if (host.counters == -1)
			without_counters++;
		else
			unharmed++;
		assert_int_equal(fake_open_fds(&w->fake), 1);
	}
	w->fake.fail_at = 0;
	/* The number of counters may be missing, and which of two settings wins is not told. */
	assert_int_equal(without_counters, 1);
	assert_int_equal(unharmed, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_shallow_question_makes_no_vm),
		WORLD_TEST(a_deep_question_asks_a_scratch_vcpu_and_leaves_nothing),
		WORLD_TEST(a_host_without_a_pmu_for_guests_is_an_answer),
		WORLD_TEST(a_host_with_a_cpu_that_has_none_cannot_have_them),
		WORLD_TEST(a_cpu_without_a_pmu_can_be_asked_too),
		WORLD_TEST(another_architecture_is_an_answer_without_dev_kvm),
		WORLD_TEST(a_captured_tree_tells_no_architecture),
		WORLD_TEST(wrong_arguments_ask_nothing),
		WORLD_TEST(a_question_that_fails_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
