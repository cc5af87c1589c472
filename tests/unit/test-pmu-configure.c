// SPDX-License-Identifier: GPL-2.0-or-later
/* Several steps in one call: checked before the first, done in the order that works. */
#include "pmu-world.h"

#define SET_PMU KVMFEAT_PMU_STEP_SET_PMU
#define FIXED KVMFEAT_PMU_STEP_FIXED
#define NR KVMFEAT_PMU_STEP_NR_COUNTERS
#define FILTER KVMFEAT_PMU_STEP_FILTER
#define IRQ KVMFEAT_PMU_STEP_IRQ
#define INIT KVMFEAT_PMU_STEP_INIT

static struct kvmfeat_pmu_config config_of(unsigned int steps, bool strict)
{
	return (struct kvmfeat_pmu_config){
		.size = sizeof(struct kvmfeat_pmu_config),
		.steps = steps,
		.strict = strict,
		.type = TYPE_BIG,
		.intid = PPI,
	};
}

/* The attributes in the order in which the kernel got them. */
static void sets_in(const char *log, char *order, size_t size)
{
	static const char call[] = "KVM_SET_DEVICE_ATTR, {KVM_ARM_VCPU_PMU_V3_CTRL, ";
	size_t used = 0;

	*order = '\0';
	while ((log = strstr(log, call))) {
		log += strlen(call);
		used += (size_t)snprintf(order + used, size - used, "%.*s ", (int)strcspn(log, " "),
					 log);
	}
}

static void the_order_is_the_one_that_works(void **state)
{
	static const struct {
		enum fake_pmu_kernel kernel;
		unsigned int steps;
		bool strict;
		const char *order;
	} rows[] = {
		{ FAKE_PMU_LINUX, SET_PMU | NR | FILTER | IRQ | INIT, false,
		  "SET_PMU SET_NR_COUNTERS FILTER IRQ INIT " },
		{ FAKE_PMU_LINUX, SET_PMU | FILTER | IRQ | INIT, true, "SET_PMU FILTER IRQ INIT " },
		{ FAKE_PMU_OURS, FIXED | NR | FILTER | IRQ | INIT, false,
		  "FIXED_COUNTERS_ONLY SET_NR_COUNTERS FILTER IRQ INIT " },
		{ FAKE_PMU_OURS, FIXED | FILTER | IRQ | INIT, true,
		  "FIXED_COUNTERS_ONLY FILTER IRQ INIT " },
		{ FAKE_PMU_POSTED_3, FIXED | FILTER | IRQ | INIT, false,
		  "FIXED_COUNTERS_ONLY FILTER IRQ INIT " },
		{ FAKE_PMU_POSTED_8, FIXED | IRQ | INIT, false, "FIXED_COUNTERS_ONLY IRQ INIT " },
		{ FAKE_PMU_LINUX, IRQ | INIT, false, "IRQ INIT " },
		{ FAKE_PMU_LINUX, NR, false, "SET_NR_COUNTERS " },
	};
	struct world *w = *state;

	for (size_t i = 0; i < KF_ARRAY_SIZE(rows); i++) {
		struct machine m = make(w, rows[i].kernel, rows[i].strict);
		struct kvmfeat_pmu_config config = config_of(rows[i].steps, rows[i].strict);
		struct kvmfeat_pmu_filter *filter = allow(w, 0x11, 1);
		char log[4096] = "", order[256];

		m.state->gic = FAKE_PMU_GIC_READY;
		config.filter = filter;
		kvmfeat_ctx_set_log(w->ctx, KVMFEAT_LOG_TRACE, keep_lines, log);
		if (kvmfeat_pmu_configure(m.vcpu, &config))
			fail_msg("%zu: %s", i, kvmfeat_vcpu_error(m.vcpu)->reason);
		kvmfeat_ctx_set_log(w->ctx, KVMFEAT_LOG_NONE, NULL, NULL);
		sets_in(log, order, sizeof(order));
		assert_string_equal(order, rows[i].order);
		kvmfeat_pmu_filter_free(filter);
		destroy(&m);
	}
}

static void what_cannot_work_never_reaches_the_kernel(void **state)
{
	static const struct {
		unsigned int steps, counters;
		bool strict;
		const char *reason;
	} rows[] = {
		{ 0, 0, false, "no step is asked for" },
		{ 64 | INIT, 0, false, "steps that this library does not know are asked for" },
		{ 1u << 31, 0, false, "steps that this library does not know are asked for" },
		{ SET_PMU | FIXED, 0, false, "a PMU and fixed counters only are asked for" },
		{ FIXED | NR, 1, false, "event counters are asked for with fixed counters only" },
		{ FILTER, 0, true, "a strict vCPU needs a PMU or fixed counters only before" },
		{ NR, 0, true, "a strict vCPU needs a PMU or fixed counters only before" },
		{ IRQ | INIT, 0, true, "a strict vCPU needs a PMU or fixed counters only before" },
		{ FIXED | FILTER, 0, false, "there is no event filter" },
	};
	struct machine m = make(*state, FAKE_PMU_OURS, false);
	struct kvmfeat_pmu_config config;

	for (size_t i = 0; i < KF_ARRAY_SIZE(rows); i++) {
		config = config_of(rows[i].steps, rows[i].strict);
		config.nr_counters = rows[i].counters;
		expect_error(m.vcpu, kvmfeat_pmu_configure(m.vcpu, &config), -EINVAL,
			     KVMFEAT_ORIGIN_LIBRARY, rows[i].reason);
	}
	/* A good first step, and a value behind it that is wrong. */
	config = config_of(SET_PMU | IRQ, false);
	config.intid = 8;
	expect_error(m.vcpu, kvmfeat_pmu_configure(m.vcpu, &config), -EINVAL,
		     KVMFEAT_ORIGIN_LIBRARY, "interrupt 8 is no PPI");
	config = config_of(SET_PMU | INIT, false);
	config.type = -1;
	expect_error(m.vcpu, kvmfeat_pmu_configure(m.vcpu, &config), -EINVAL,
		     KVMFEAT_ORIGIN_LIBRARY, "PMU type -1 is negative");
	assert_int_equal(m.w->fake.pmu.sets, 0);
	destroy(&m);
}

static void a_strict_vcpu_may_have_its_pmu_from_before(void **state)
{
	struct machine m = make(*state, FAKE_PMU_OURS, true);
	struct kvmfeat_pmu_config config = config_of(INIT, true);

	assert_int_equal(kvmfeat_pmu_set_fixed_counters_only(m.vcpu), 0);
	assert_int_equal(kvmfeat_pmu_configure(m.vcpu, &config), 0);
	destroy(&m);
	m = make(*state, FAKE_PMU_OURS, true);
	assert_int_equal(kvmfeat_pmu_set_pmu(m.vcpu, TYPE_BIG), 0);
	assert_int_equal(kvmfeat_pmu_configure(m.vcpu, &config), 0);
	destroy(&m);
	/* Of a PMU that came by another way only the caller knows. */
	m = make(*state, FAKE_PMU_OURS, true);
	m.state->type = TYPE_BIG;
	config.strict = false;
	assert_int_equal(kvmfeat_pmu_configure(m.vcpu, &config), 0);
	destroy(&m);
}

static void a_step_that_fails_is_named_with_those_before_it(void **state)
{
	struct machine m = make(*state, FAKE_PMU_OURS, false);
	struct kvmfeat_pmu_config config = config_of(SET_PMU | NR | IRQ | INIT, false);
	const struct kvmfeat_error *error;

	config.nr_counters = 3;
	error = expect_error(m.vcpu, kvmfeat_pmu_configure(m.vcpu, &config), -EINVAL,
			     KVMFEAT_ORIGIN_KERNEL,
			     "step interrupt: interrupt 23 cannot be set: the VM has no GIC");
	assert_non_null(strstr(error->reason, "; done before: PMU, number of counters"));
	assert_string_equal(error->object, "KVM_ARM_VCPU_PMU_V3_IRQ");
	assert_string_equal(error->value, "23");
	assert_string_equal(error->operation, "KVM_SET_DEVICE_ATTR");
	assert_non_null(strstr(error->remedy, "one PPI for all vCPUs"));
	assert_int_equal(m.state->type, TYPE_BIG);
	assert_int_equal(m.state->counters, 3);
	config.type = 77;
	error = expect_error(
		m.vcpu, kvmfeat_pmu_configure(m.vcpu, &config), -ENXIO, KVMFEAT_ORIGIN_KERNEL,
		"step PMU: PMU 77 cannot be selected: KVM has no PMU of this type; done "
		"before: nothing");
	assert_string_equal(error->value, "77");
	assert_int_equal(error->why, KVMFEAT_WHY_HARDWARE);
	destroy(&m);
}

static void each_step_can_be_the_one_that_fails(void **state)
{
	static const struct {
		unsigned int attr;
		const char *name;
	} rows[] = {
		{ 5, "step fixed counters only: " }, { 4, "step number of counters: " },
		{ 2, "step event filter: " },	     { 0, "step interrupt: " },
		{ 1, "step initialisation: " },
	};
	struct world *w = *state;

	for (size_t i = 0; i < KF_ARRAY_SIZE(rows); i++) {
		struct machine m = make(w, FAKE_PMU_OURS, false);
		struct kvmfeat_pmu_config config =
			config_of(FIXED | NR | FILTER | IRQ | INIT, false);
		struct kvmfeat_pmu_filter *filter = allow(w, 0x11, 1);

		m.state->gic = FAKE_PMU_GIC_READY;
		config.filter = filter;
		w->fake.pmu.attr = rows[i].attr;
		w->fake.pmu.attr_error = -EIO;
		expect_error(m.vcpu, kvmfeat_pmu_configure(m.vcpu, &config), -EIO,
			     KVMFEAT_ORIGIN_KERNEL, rows[i].name);
		/* The same again does the rest: each step may be done twice, until the last two. */
		w->fake.pmu.attr_error = 0;
		if (rows[i].attr != 1)
			assert_int_equal(kvmfeat_pmu_configure(m.vcpu, &config), 0);
		kvmfeat_pmu_filter_free(filter);
		destroy(&m);
	}
}

static void another_size_of_the_struct_is_judged(void **state)
{
	struct machine m = make(*state, FAKE_PMU_OURS, false);
	struct {
		struct kvmfeat_pmu_config config;
		uint64_t more;
	} longer = { .config = config_of(FIXED, false) };

	longer.config.size = sizeof(longer.config) - 1;
	expect_error(m.vcpu, kvmfeat_pmu_configure(m.vcpu, &longer.config), -EINVAL,
		     KVMFEAT_ORIGIN_LIBRARY, "is too short");
	longer.config.size = sizeof(longer);
	longer.more = 1;
	expect_error(m.vcpu, kvmfeat_pmu_configure(m.vcpu, &longer.config), -E2BIG,
		     KVMFEAT_ORIGIN_LIBRARY, "holds more than this library knows");
	assert_int_equal(m.w->fake.pmu.sets, 0);
	longer.more = 0;
	assert_int_equal(kvmfeat_pmu_configure(m.vcpu, &longer.config), 0);
	destroy(&m);
}

static void another_architecture_is_told(void **state)
{
	struct world *w = *state;
	const struct kvmfeat_pmu_config config = config_of(FIXED, false);
	struct kvmfeat_vcpu *vcpu;
	struct kvmfeat_vm *vm;

	assert_int_equal(kvmfeat_vm_open(w->ctx, 0, &vm), 0);
	assert_int_equal(kvmfeat_vcpu_open(vm, 0, &vcpu), 0);
	expect_error(vcpu, kvmfeat_pmu_configure(vcpu, &config), -EOPNOTSUPP,
		     KVMFEAT_ORIGIN_LIBRARY,
		     "cannot set up a PMU: it is of arm64, this host is x86");
	kvmfeat_vcpu_free(vcpu);
	kvmfeat_vm_free(vm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(the_order_is_the_one_that_works),
		WORLD_TEST(what_cannot_work_never_reaches_the_kernel),
		WORLD_TEST(a_strict_vcpu_may_have_its_pmu_from_before),
		WORLD_TEST(a_step_that_fails_is_named_with_those_before_it),
		WORLD_TEST(each_step_can_be_the_one_that_fails),
		WORLD_TEST(another_size_of_the_struct_is_judged),
		WORLD_TEST(another_architecture_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
