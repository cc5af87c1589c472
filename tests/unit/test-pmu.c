// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The PMU of a vCPU: the contract on the fake kernel, what goes to the kernel, and what a handle
 * knows. What errors mean is in test-pmu-reason.c, several steps in test-pmu-configure.c.
 */
#include "contract-pmu.h"
#include "pmu-world.h"

/* A contract whose kernel is the fake one. */
struct stage {
	struct contract_pmu contract;
	struct world *w;
};

static int stage_ioctl(const struct contract_pmu *c, int fd, unsigned long request, void *arg)
{
	struct world *w = ((const struct stage *)c)->w;

	return w->fake.sys.ioctl(&w->fake.sys, fd, request, (uintptr_t)arg);
}

static int stage_run(const struct contract_pmu *c, struct kvmfeat_vcpu *vcpu)
{
	return stage_ioctl(c, kvmfeat_vcpu_fd(vcpu), KVM_RUN, NULL);
}

static void stage_new_gic(const struct contract_pmu *c, bool ready)
{
	struct world *w = ((const struct stage *)c)->w;

	fake_pmu_vm(&w->fake, kvmfeat_vm_fd(c->vm))->gic =
		ready ? FAKE_PMU_GIC_READY : FAKE_PMU_GIC;
}

static int begin(void **state, enum fake_pmu_kernel kernel)
{
	struct stage *stage = calloc(1, sizeof(*stage));
	void *world;

	world_setup(&world);
	stage->w = world;
	become(stage->w, kernel);
	stage->contract = (struct contract_pmu){
		.ctx = stage->w->ctx,
		.type = TYPE_LITTLE,
		.ioctl = stage_ioctl,
		.run = stage_run,
		.new_gic = stage_new_gic,
	};
	*state = &stage->contract;
	return contract_pmu_begin(&stage->contract);
}

static int begin_linux(void **state)
{
	return begin(state, FAKE_PMU_LINUX);
}

static int begin_ours(void **state)
{
	return begin(state, FAKE_PMU_OURS);
}

static int end(void **state)
{
	struct stage *stage = *state;
	void *world = stage->w;

	contract_pmu_end(&stage->contract);
	free(stage);
	return world_teardown(&world);
}

static void the_trace_tells_attribute_and_value(void **state)
{
	struct machine m = make(*state, FAKE_PMU_OURS, false);
	struct kvmfeat_pmu_filter *filter = allow(m.w, 0x11, 2);
	char log[4096] = "";

	kvmfeat_ctx_set_log(m.w->ctx, KVMFEAT_LOG_TRACE, keep_lines, log);
	m.state->gic = FAKE_PMU_GIC_READY;
	assert_int_equal(kvmfeat_pmu_set_pmu(m.vcpu, TYPE_BIG), 0);
	assert_int_equal(kvmfeat_pmu_set_nr_counters(m.vcpu, 3), 0);
	assert_int_equal(kvmfeat_pmu_set_filter(m.vcpu, filter), 0);
	assert_int_equal(kvmfeat_pmu_set_irq(m.vcpu, PPI), 0);
	assert_int_equal(kvmfeat_pmu_init(m.vcpu), 0);
	kvmfeat_ctx_set_log(m.w->ctx, KVMFEAT_LOG_NONE, NULL, NULL);
	assert_non_null(strstr(log, "KVM_SET_DEVICE_ATTR, {KVM_ARM_VCPU_PMU_V3_CTRL, SET_PMU (3), "
				    "9}) = 0;"));
	assert_non_null(strstr(log, "SET_NR_COUNTERS (4), 3}) = 0;"));
	assert_non_null(strstr(log, "FILTER (2), {base 0x11, nevents 2, allow}}) = 0;"));
	assert_non_null(strstr(log, "IRQ (0), 23}) = 0;"));
	assert_non_null(strstr(log, "INIT (1)}) = 0;"));
	kvmfeat_pmu_filter_free(filter);
	destroy(&m);
}

static struct kvmfeat_pmu_state state_of(struct kvmfeat_vm *vm)
{
	struct kvmfeat_pmu_state state = { .size = sizeof(state) };

	assert_int_equal(kvmfeat_pmu_get_state(vm, &state), 0);
	return state;
}

static void a_handle_knows_what_went_through_it_and_nothing_else(void **state)
{
	struct machine m = make(*state, FAKE_PMU_OURS, false);
	struct kvmfeat_pmu_filter *filter = allow(m.w, 0x11, 2);
	struct kvmfeat_pmu_state known = state_of(m.vm);
	struct kvmfeat_vm *other;

	assert_int_equal(known.fixed, KVMFEAT_PMU_UNKNOWN);
	assert_int_equal(known.exclusive, KVMFEAT_PMU_UNKNOWN);
	assert_int_equal(known.filter, KVMFEAT_PMU_UNKNOWN);
	assert_int_equal(known.type, -1);
	assert_int_equal(known.why, KVMFEAT_WHY_NOT_VISIBLE);
	assert_non_null(strstr(known.reason, "known only to the handle that set it up"));
	assert_int_equal(kvmfeat_pmu_set_fixed_counters_only(m.vcpu), 0);
	assert_int_equal(kvmfeat_pmu_set_filter(m.vcpu, filter), 0);
	known = state_of(m.vm);
	assert_int_equal(known.fixed, KVMFEAT_PMU_YES);
	assert_int_equal(known.exclusive, KVMFEAT_PMU_YES);
	assert_int_equal(known.filter, KVMFEAT_PMU_YES);
	assert_int_equal(known.type, -1);
	assert_int_equal(known.why, KVMFEAT_WHY_NONE);
	assert_string_equal(known.reason, "");
	assert_int_equal(kvmfeat_vm_wrap(m.w->ctx, kvmfeat_vm_fd(m.vm), &other), 0);
	assert_int_equal(state_of(other).fixed, KVMFEAT_PMU_UNKNOWN);
	kvmfeat_vm_free(other);
	kvmfeat_pmu_filter_free(filter);
	destroy(&m);
}

static void what_did_not_work_is_not_known(void **state)
{
	struct machine m = make(*state, FAKE_PMU_OURS, false);

	m.w->fake.pmu.attr_error = -EIO;
	m.w->fake.pmu.attr = 5;
	assert_int_equal(kvmfeat_pmu_set_fixed_counters_only(m.vcpu), -EIO);
	m.w->fake.pmu.attr = 3;
	assert_int_equal(kvmfeat_pmu_set_pmu(m.vcpu, TYPE_BIG), -EIO);
	assert_int_equal(state_of(m.vm).fixed, KVMFEAT_PMU_UNKNOWN);
	assert_int_equal(state_of(m.vm).type, -1);
	/* It is set, and then what is asked besides fails. */
	m.w->fake.pmu.attr = 5;
	m.w->fake.pmu.attr_skips = 1;
	assert_int_equal(kvmfeat_pmu_set_fixed_counters_only(m.vcpu), 0);
	assert_int_equal(state_of(m.vm).fixed, KVMFEAT_PMU_YES);
	assert_int_equal(state_of(m.vm).exclusive, KVMFEAT_PMU_UNKNOWN);
	destroy(&m);
}

static void where_the_last_one_wins_the_state_tells_so(void **state)
{
	struct machine m = make(*state, FAKE_PMU_POSTED_3, false);
	struct kvmfeat_pmu_state known;

	assert_int_equal(kvmfeat_pmu_set_fixed_counters_only(m.vcpu), 0);
	known = state_of(m.vm);
	assert_int_equal(known.fixed, KVMFEAT_PMU_YES);
	assert_int_equal(known.exclusive, KVMFEAT_PMU_NO);
	assert_int_equal(kvmfeat_pmu_set_pmu(m.vcpu, TYPE_BIG), 0);
	assert_false(m.state->fixed);
	known = state_of(m.vm);
	assert_int_equal(known.fixed, KVMFEAT_PMU_NO);
	assert_int_equal(known.type, TYPE_BIG);
	assert_string_equal(known.reason, "the selected PMU 9 has replaced fixed counters only: on "
					  "this kernel the last one wins");
	/* And back. */
	assert_int_equal(kvmfeat_pmu_set_fixed_counters_only(m.vcpu), 0);
	assert_true(m.state->fixed);
	known = state_of(m.vm);
	assert_int_equal(known.fixed, KVMFEAT_PMU_YES);
	assert_int_equal(known.type, -1);
	assert_string_equal(known.reason, "");
	destroy(&m);
}

/* A kernel whose last one wins, and that has no getter either. */
static void what_a_kernel_does_is_believed_more_than_what_it_answers(void **state)
{
	struct machine m = make(*state, FAKE_PMU_POSTED_3, false);

	m.w->fake.pmu.attr = 5;
	m.w->fake.pmu.attr_error = -ENXIO;
	m.w->fake.pmu.attr_skips = 1;
	assert_int_equal(kvmfeat_pmu_set_fixed_counters_only(m.vcpu), 0);
	assert_int_equal(state_of(m.vm).exclusive, KVMFEAT_PMU_YES);
	m.w->fake.pmu.attr_error = 0;
	assert_int_equal(kvmfeat_pmu_set_pmu(m.vcpu, TYPE_BIG), 0);
	assert_int_equal(state_of(m.vm).exclusive, KVMFEAT_PMU_NO);
	assert_int_equal(state_of(m.vm).fixed, KVMFEAT_PMU_NO);
	destroy(&m);
}

static void a_selected_pmu_that_comes_first_tells_it_as_well(void **state)
{
	struct machine m = make(*state, FAKE_PMU_POSTED_3, false);

	assert_int_equal(kvmfeat_pmu_set_pmu(m.vcpu, TYPE_BIG), 0);
	assert_int_equal(state_of(m.vm).exclusive, KVMFEAT_PMU_UNKNOWN);
	assert_int_equal(kvmfeat_pmu_set_fixed_counters_only(m.vcpu), 0);
	assert_int_equal(state_of(m.vm).exclusive, KVMFEAT_PMU_NO);
	destroy(&m);
}

/* Nothing that asks may set: neither HAS nor GET changes what SET_PMU would. */
static void asking_never_sets(void **state)
{
	static const enum fake_pmu_kernel kernels[] = { FAKE_PMU_LINUX, FAKE_PMU_POSTED_3,
							FAKE_PMU_POSTED_8, FAKE_PMU_OURS };
	struct world *w = *state;

	for (size_t i = 0; i < KF_ARRAY_SIZE(kernels); i++) {
		struct machine m = make(w, kernels[i], false);
		bool has = i;

		assert_int_equal(kvmfeat_pmu_has_fixed_counters_only(m.vcpu, &has), 0);
		assert_int_equal(has, kernels[i] != FAKE_PMU_LINUX);
		state_of(m.vm);
		assert_int_equal(w->fake.pmu.sets, 0);
		destroy(&m);
	}
}

static void a_filter_reaches_the_kernel_as_it_was_meant(void **state)
{
	struct machine m = make(*state, FAKE_PMU_OURS, false);
	struct kvmfeat_pmu_filter *filter = allow(m.w, 0x8, 1);

	kvmfeat_pmu_filter_allow(filter, 0x11, 1);
	kvmfeat_pmu_filter_allow(filter, 0x4000, 64);
	for (int i = 0; i < 2; i++) { /* again, as for a second vCPU */
		assert_int_equal(kvmfeat_pmu_set_filter(m.vcpu, filter), 0);
		for (unsigned int event = 0; event < KVMFEAT_PMU_EVENTS; event++)
			assert_int_equal(!m.state->filter[event],
					 kvmfeat_pmu_filter_get_action(filter, event));
		assert_int_equal(m.w->fake.pmu.sets, 3 * (i + 1));
	}
	kvmfeat_pmu_filter_free(filter);
	destroy(&m);
}

static void an_empty_range_reaches_it_too(void **state)
{
	struct machine m = make(*state, FAKE_PMU_OURS, false);
	struct kvmfeat_pmu_filter *filter = allow(m.w, 0, 65536);

	kvmfeat_pmu_filter_deny(filter, 0, 65536);
	assert_int_equal(kvmfeat_pmu_set_filter(m.vcpu, filter), 0);
	assert_int_equal(m.w->fake.pmu.sets, 1);
	for (unsigned int event = 0; event < KVMFEAT_PMU_EVENTS; event++)
		assert_int_equal(m.state->filter[event], 0);
	kvmfeat_pmu_filter_free(filter);
	destroy(&m);
}

static void a_struct_that_is_too_short_is_refused(void **state)
{
	struct machine m = make(*state, FAKE_PMU_OURS, false);
	struct kvmfeat_pmu_state known = { .size = sizeof(known) - 1, .type = 77 };
	struct {
		struct kvmfeat_pmu_state known;
		uint64_t more;
	} longer = { .known = { .size = sizeof(longer) }, .more = 1 };

	assert_int_equal(kvmfeat_pmu_get_state(m.vm, &known), -EINVAL);
	assert_non_null(strstr(reason(m.w), "is too short"));
	assert_int_equal(known.type, 77);
	assert_int_equal(kvmfeat_pmu_get_state(m.vm, &longer.known), 0);
	assert_int_equal(longer.known.type, -1);
	assert_int_equal(longer.more, 0);
	destroy(&m);
}

static void a_vm_that_can_have_no_pmu_is_told(void **state)
{
	struct machine m = make(*state, FAKE_PMU_LINUX, false);
	uint32_t bits = 7;

	fake_cap(&m.w->fake, KVM_CAP_ARM_PMU_V3_STRICT, 0);
	assert_int_equal(kvmfeat_pmu_get_features(m.vm, true, &bits), -EOPNOTSUPP);
	assert_string_equal(reason(m.w), "this kernel (7.3.4) has no strict PMU");
	assert_string_equal(kvmfeat_ctx_error(m.w->ctx)->object, "KVM_CAP_ARM_PMU_V3_STRICT");
	assert_non_null(strstr(kvmfeat_ctx_error(m.w->ctx)->remedy, "kvmfeat_pmu_set_pmu()"));
	assert_int_equal(kvmfeat_pmu_get_features(m.vm, false, &bits), 0);
	fake_cap(&m.w->fake, KVM_CAP_ARM_PMU_V3, 0);
	bits = 7;
	assert_int_equal(kvmfeat_pmu_get_features(m.vm, false, &bits), -EOPNOTSUPP);
	assert_non_null(strstr(reason(m.w), "KVM has no PMU for guests on this host"));
	assert_int_equal(kvmfeat_ctx_error(m.w->ctx)->why, KVMFEAT_WHY_HARDWARE);
	m.w->fake.ioctl_error = -EIO;
	assert_int_equal(kvmfeat_pmu_get_features(m.vm, false, &bits), -EIO);
	assert_int_equal(bits, 7);
	m.w->fake.ioctl_error = 0;
	destroy(&m);
}

#define ON_LINUX(name) cmocka_unit_test_setup_teardown(contract_pmu_##name, begin_linux, end)
#define ON_OURS(name) cmocka_unit_test_setup_teardown(contract_pmu_##name, begin_ours, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONTRACT_PMU_LIST(ON_LINUX),
		ON_LINUX(a_kernel_without_fixed_counters_says_so),
		CONTRACT_PMU_LIST(ON_OURS),
		CONTRACT_PMU_FIXED_LIST(ON_OURS),
		WORLD_TEST(the_trace_tells_attribute_and_value),
		WORLD_TEST(a_handle_knows_what_went_through_it_and_nothing_else),
		WORLD_TEST(what_did_not_work_is_not_known),
		WORLD_TEST(where_the_last_one_wins_the_state_tells_so),
		WORLD_TEST(what_a_kernel_does_is_believed_more_than_what_it_answers),
		WORLD_TEST(a_selected_pmu_that_comes_first_tells_it_as_well),
		WORLD_TEST(asking_never_sets),
		WORLD_TEST(a_filter_reaches_the_kernel_as_it_was_meant),
		WORLD_TEST(an_empty_range_reaches_it_too),
		WORLD_TEST(a_struct_that_is_too_short_is_refused),
		WORLD_TEST(a_vm_that_can_have_no_pmu_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
