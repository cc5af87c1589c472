// SPDX-License-Identifier: GPL-2.0-or-later
/* Why a call on a vCPU's PMU failed: which causes are certain, and which are only possible. */
#include "pmu-world.h"

#define ONE_OF "one of these, which the kernel does not tell apart: "
#define FIXED_NO "fixed counters only cannot be set: "

/* Through the caller's own descriptor: the handle does not see it. */
static void behind_its_back(struct machine *m, unsigned int attr, unsigned int value)
{
	const struct kvm_device_attr set = { .attr = attr, .addr = (uintptr_t)&value };

	assert_int_equal(m->w->fake.sys.ioctl(&m->w->fake.sys, kvmfeat_vcpu_fd(m->vcpu),
					      KVM_SET_DEVICE_ATTR, (uintptr_t)&set),
			 0);
}

static struct kvmfeat_vcpu *second_vcpu(struct machine *m)
{
	struct kvmfeat_vcpu *vcpu;

	assert_int_equal(kvmfeat_vcpu_open(m->vm, 1, &vcpu), 0);
	init_vcpu(m->w, vcpu, 1u << 3);
	return vcpu;
}

static int set_filter(struct machine *m, unsigned int first, unsigned int count)
{
	struct kvmfeat_pmu_filter *filter = allow(m->w, first, count);
	int err = kvmfeat_pmu_set_filter(m->vcpu, filter);

	kvmfeat_pmu_filter_free(filter);
	return err;
}

static void expect_busy(const struct machine *m, int err, const char *text)
{
	const struct kvmfeat_error *error =
		expect_error(m->vcpu, err, -EBUSY, KVMFEAT_ORIGIN_KERNEL, text);

	assert_int_equal(error->why, KVMFEAT_WHY_BUSY);
	assert_string_equal(error->operation, "KVM_SET_DEVICE_ATTR");
	assert_true(*error->remedy);
}

static void a_kernel_without_it_is_named_with_what_helps(void **state)
{
	struct machine m = make(*state, FAKE_PMU_LINUX, false);
	const struct kvmfeat_error *error =
		expect_error(m.vcpu, kvmfeat_pmu_set_fixed_counters_only(m.vcpu), -EOPNOTSUPP,
			     KVMFEAT_ORIGIN_KERNEL,
			     FIXED_NO "no Linux release has it, this kernel (7.3.4) neither");

	assert_int_equal(error->why, KVMFEAT_WHY_KERNEL_VERSION);
	assert_string_equal(error->object, "KVM_ARM_VCPU_PMU_V3_FIXED_COUNTERS_ONLY");
	assert_string_equal(error->value, "7.3.4");
	assert_string_equal(error->remedy, "this project's kernel, or pin the vCPUs and use "
					   "kvmfeat_pmu_set_pmu() with the PMU of their CPUs");
	destroy(&m);
}

static void kernels_without_the_other_attributes_are_told(void **state)
{
	struct machine m = make(*state, FAKE_PMU_LINUX, false);
	int err;

	m.w->fake.pmu.missing = 1 << 2 | 1 << 3 | 1 << 4;
	for (int i = 0; i < 3; i++) {
		err = i == 0 ? kvmfeat_pmu_set_pmu(m.vcpu, TYPE_BIG) :
		      i == 1 ? kvmfeat_pmu_set_nr_counters(m.vcpu, 1) :
			       set_filter(&m, 1, 1);
		expect_error(m.vcpu, err, -EOPNOTSUPP, KVMFEAT_ORIGIN_KERNEL,
			     "this kernel (7.3.4) has no attribute for it");
		assert_string_equal(kvmfeat_vcpu_error(m.vcpu)->remedy, "a newer kernel");
	}
	destroy(&m);
}

static void an_initialised_pmu_is_a_certain_cause_on_every_kernel(void **state)
{
	static const char text[] = ": the PMU of this vCPU is initialised";
	struct world *w = *state;

	for (enum fake_pmu_kernel k = FAKE_PMU_LINUX; k <= FAKE_PMU_OURS; k++) {
		struct machine m = make(w, k, false);

		assert_int_equal(kvmfeat_pmu_init(m.vcpu), 0);
		expect_busy(&m, kvmfeat_pmu_set_fixed_counters_only(m.vcpu), text);
		expect_busy(&m, kvmfeat_pmu_set_pmu(m.vcpu, TYPE_BIG), text);
		expect_busy(&m, kvmfeat_pmu_set_nr_counters(m.vcpu, 1), text);
		expect_busy(&m, kvmfeat_pmu_set_irq(m.vcpu, PPI), text);
		expect_busy(&m, kvmfeat_pmu_init(m.vcpu), text);
		expect_busy(&m, set_filter(&m, 1, 1), text);
		assert_null(strstr(kvmfeat_vcpu_error(m.vcpu)->reason, "one of"));
		destroy(&m);
	}
}

static void what_the_handle_did_not_see_is_not_guessed(void **state)
{
	struct machine m = make(*state, FAKE_PMU_OURS, false);

	/* The cause is the run, and the handle has seen nothing. */
	m.state->ran = true;
	expect_busy(
		&m, kvmfeat_pmu_set_fixed_counters_only(m.vcpu),
		FIXED_NO ONE_OF
		"the PMU of this vCPU is initialised; a vCPU of the VM has run; an event filter is "
		"set; or a PMU is selected, and this kernel takes one of the two only");
	expect_busy(
		&m, kvmfeat_pmu_set_pmu(m.vcpu, TYPE_BIG),
		"PMU 9 cannot be selected: " ONE_OF
		"the PMU of this vCPU is initialised; a vCPU of the VM has run; an event filter is "
		"set; or fixed counters only is set, and this kernel takes one of the two only");
	expect_busy(&m, kvmfeat_pmu_set_nr_counters(m.vcpu, 2),
		    "2 event counters cannot be set: " ONE_OF
		    "the PMU of this vCPU is initialised; or a vCPU of the VM has run");
	expect_busy(
		&m, set_filter(&m, 0x11, 1),
		"the event filter cannot be set (allow 0x11 to 0x11; 0 of 1 ranges hold): " ONE_OF
		"the PMU of this vCPU is initialised; a vCPU of the VM has run; or fixed counters "
		"only is set, and this kernel takes one of the two only");
	m.state->ran = false;
	m.state->gic = FAKE_PMU_GIC_READY;
	behind_its_back(&m, 0, PPI);
	expect_busy(&m, kvmfeat_pmu_set_irq(m.vcpu, PPI),
		    "interrupt 23 cannot be set: " ONE_OF
		    "the PMU of this vCPU is initialised; or the interrupt of this vCPU is set");
	behind_its_back(&m, 1, 0);
	/* There is only one cause for this one. */
	expect_busy(&m, kvmfeat_pmu_init(m.vcpu),
		    "the PMU cannot be initialised: the PMU of this vCPU is initialised");
	destroy(&m);
}

static void a_selected_pmu_is_named_and_not_certain(void **state)
{
	struct machine m = make(*state, FAKE_PMU_OURS, false);

	/* The third posted version would let it pass, had no vCPU run. */
	assert_int_equal(kvmfeat_pmu_set_pmu(m.vcpu, TYPE_LITTLE), 0);
	expect_busy(&m, kvmfeat_pmu_set_fixed_counters_only(m.vcpu),
		    "or a PMU is selected, and this kernel takes one of the two only (by this "
		    "handle)");
	assert_false(m.state->fixed);
	assert_string_equal(
		kvmfeat_vcpu_error(m.vcpu)->remedy,
		"a new VM, where this is the first that is set after KVM_ARM_VCPU_INIT, "
		"instead of a PMU");
	destroy(&m);
}

static void where_the_last_one_wins_exclusion_is_no_cause(void **state)
{
	struct machine m = make(*state, FAKE_PMU_POSTED_3, false);

	assert_int_equal(kvmfeat_pmu_set_fixed_counters_only(m.vcpu), 0);
	m.state->ran = true;
	expect_busy(&m, kvmfeat_pmu_set_pmu(m.vcpu, TYPE_LITTLE),
		    "PMU 8 cannot be selected: " ONE_OF "the PMU of this vCPU is initialised; a "
		    "vCPU of the VM has run; or an event filter is set");
	assert_null(strstr(kvmfeat_vcpu_error(m.vcpu)->reason, "one of the two only"));
	expect_busy(&m, kvmfeat_pmu_set_fixed_counters_only(m.vcpu),
		    FIXED_NO ONE_OF
		    "the PMU of this vCPU is initialised; a vCPU of the VM has run; "
		    "or an event filter is set");
	destroy(&m);
}

static void fixed_counters_are_a_certain_cause_where_they_exclude(void **state)
{
	static const enum fake_pmu_kernel kernels[] = { FAKE_PMU_POSTED_8, FAKE_PMU_OURS };
	struct world *w = *state;

	for (size_t i = 0; i < KF_ARRAY_SIZE(kernels); i++) {
		struct machine m = make(w, kernels[i], false);

		assert_int_equal(kvmfeat_pmu_set_fixed_counters_only(m.vcpu), 0);
		expect_busy(&m, kvmfeat_pmu_set_pmu(m.vcpu, TYPE_BIG),
			    "PMU 9 cannot be selected: fixed counters only is set, and this kernel "
			    "takes one of the two only");
		assert_true(m.state->fixed);
		destroy(&m);
	}
}

static void a_filter_is_a_certain_cause_before_fixed_counters(void **state)
{
	static const enum fake_pmu_kernel kernels[] = { FAKE_PMU_POSTED_3, FAKE_PMU_POSTED_8,
							FAKE_PMU_OURS };
	struct world *w = *state;

	for (size_t i = 0; i < KF_ARRAY_SIZE(kernels); i++) {
		struct machine m = make(w, kernels[i], false);

		assert_int_equal(set_filter(&m, 0x11, 1), 0);
		expect_busy(&m, kvmfeat_pmu_set_fixed_counters_only(m.vcpu),
			    FIXED_NO "an event filter is set");
		destroy(&m);
	}
}

static void a_filter_behind_fixed_counters_depends_on_the_kernel(void **state)
{
	struct machine m = make(*state, FAKE_PMU_POSTED_8, false);

	assert_int_equal(kvmfeat_pmu_set_fixed_counters_only(m.vcpu), 0);
	expect_busy(&m, set_filter(&m, 0x11, 1),
		    "or fixed counters only is set, and this kernel takes one of the two only (by "
		    "this handle)");
	destroy(&m);
	m = make(*state, FAKE_PMU_OURS, false);
	assert_int_equal(kvmfeat_pmu_set_fixed_counters_only(m.vcpu), 0);
	assert_int_equal(set_filter(&m, 0x11, 1), 0);
	/* A filter is no reason against setting it again. */
	assert_int_equal(kvmfeat_pmu_set_fixed_counters_only(m.vcpu), 0);
	destroy(&m);
}

static void a_filter_holds_its_pmu(void **state)
{
	struct machine m = make(*state, FAKE_PMU_LINUX, false);

	assert_int_equal(kvmfeat_pmu_set_pmu(m.vcpu, TYPE_LITTLE), 0);
	assert_int_equal(set_filter(&m, 0x11, 1), 0);
	expect_busy(&m, kvmfeat_pmu_set_pmu(m.vcpu, TYPE_BIG),
		    "PMU 9 cannot be selected: an event filter is set");
	assert_int_equal(kvmfeat_pmu_set_pmu(m.vcpu, TYPE_LITTLE), 0);
	destroy(&m);
	/* Which PMU the kernel has taken by default is not known. */
	m = make(*state, FAKE_PMU_LINUX, false);
	assert_int_equal(set_filter(&m, 0x11, 1), 0);
	expect_busy(&m, kvmfeat_pmu_set_pmu(m.vcpu, TYPE_BIG),
		    "an event filter is set (by this handle); or fixed counters only is set");
	destroy(&m);
}

static void a_cpu_without_a_pmu_is_told_from_a_vcpu_without_one(void **state)
{
	struct machine m = make(*state, FAKE_PMU_OURS, false);
	const struct kvmfeat_error *error;

	m.w->fake.pmu.uncovered = true;
	error = expect_error(m.vcpu, kvmfeat_pmu_set_fixed_counters_only(m.vcpu), -ENODEV,
			     KVMFEAT_ORIGIN_KERNEL,
			     FIXED_NO "a possible CPU of this host has no PMU");
	assert_int_equal(error->why, KVMFEAT_WHY_HARDWARE);
	assert_string_equal(
		error->remedy,
		"pin the vCPUs and use kvmfeat_pmu_set_pmu() with the PMU of their CPUs: "
		"kvmfeat_pmu_list_load() has both");
	m.state->has_pmu = false;
	error = expect_error(m.vcpu, kvmfeat_pmu_set_fixed_counters_only(m.vcpu), -ENODEV,
			     KVMFEAT_ORIGIN_KERNEL, FIXED_NO "this vCPU has no PMU");
	assert_non_null(strstr(error->remedy, "kvmfeat_pmu_get_features()"));
	destroy(&m);
}

static void an_initialisation_names_what_is_missing(void **state)
{
	static const char strict[] = "no PMU is selected, which a strict vCPU needs";
	static const char irq[] = "its interrupt is not set, which a GIC in the kernel needs";
	struct machine m = make(*state, FAKE_PMU_OURS, true);

	/* Both can be, and the handle has seen neither. */
	m.state->gic = FAKE_PMU_GIC_READY;
	expect_error(m.vcpu, kvmfeat_pmu_init(m.vcpu), -ENXIO, KVMFEAT_ORIGIN_KERNEL, irq);
	expect_error(m.vcpu, kvmfeat_pmu_init(m.vcpu), -ENXIO, KVMFEAT_ORIGIN_KERNEL, strict);
	assert_int_equal(kvmfeat_pmu_set_irq(m.vcpu, PPI), 0);
	expect_error(m.vcpu, kvmfeat_pmu_init(m.vcpu), -ENXIO, KVMFEAT_ORIGIN_KERNEL,
		     "the PMU cannot be initialised: no PMU is selected");
	assert_int_equal(kvmfeat_pmu_set_fixed_counters_only(m.vcpu), 0);
	m.w->fake.pmu.other_device = true;
	expect_error(m.vcpu, kvmfeat_pmu_init(m.vcpu), -EEXIST, KVMFEAT_ORIGIN_KERNEL,
		     "its interrupt belongs to another device");
	m.w->fake.pmu.other_device = false;
	m.w->fake.pmu.attr_error = -EINVAL;
	m.w->fake.pmu.attr = 1;
	expect_error(m.vcpu, kvmfeat_pmu_init(m.vcpu), -EINVAL, KVMFEAT_ORIGIN_KERNEL,
		     "its interrupt cannot be owned by a PMU");
	m.w->fake.pmu.attr_error = 0;
	m.state->gic = FAKE_PMU_GIC;
	expect_error(m.vcpu, kvmfeat_pmu_init(m.vcpu), -ENODEV, KVMFEAT_ORIGIN_KERNEL,
		     "the GIC of the VM is not initialised");
	destroy(&m);
	m = make(*state, FAKE_PMU_OURS, true);
	m.state->gic = FAKE_PMU_GIC_READY;
	assert_int_equal(kvmfeat_pmu_set_pmu(m.vcpu, TYPE_BIG), 0);
	expect_error(m.vcpu, kvmfeat_pmu_init(m.vcpu), -ENXIO, KVMFEAT_ORIGIN_KERNEL,
		     "the PMU cannot be initialised: its interrupt is not set");
	assert_string_equal(kvmfeat_vcpu_error(m.vcpu)->remedy, "kvmfeat_pmu_set_irq() before it");
	destroy(&m);
}

static void a_host_with_few_events_takes_none_of_a_filter_that_has_more(void **state)
{
	struct machine m = make(*state, FAKE_PMU_OURS, false);
	struct kvmfeat_pmu_filter *filter = allow(m.w, 0x11, 1);
	const struct kvmfeat_error *error;

	m.w->fake.pmu.events = 1024;
	kvmfeat_pmu_filter_allow(filter, 0x4000, 1);
	error = expect_error(
		m.vcpu, kvmfeat_pmu_set_filter(m.vcpu, filter), -EINVAL, KVMFEAT_ORIGIN_KERNEL,
		"the event filter cannot be set (allow 0x4000 to 0x4000; 0 of 2 ranges "
		"hold): the PMUs of this host have 1024 events (PMUv3 of Armv8.0)");
	assert_int_equal(error->why, KVMFEAT_WHY_HARDWARE);
	assert_string_equal(error->value, "allow 0x4000 to 0x4000");
	assert_null(m.state->filter);
	kvmfeat_pmu_filter_clear(filter);
	kvmfeat_pmu_filter_deny(filter, 0x3ff, 1);
	assert_int_equal(kvmfeat_pmu_set_filter(m.vcpu, filter), 0);
	kvmfeat_pmu_filter_free(filter);
	destroy(&m);
}

static void a_filter_that_fails_midway_tells_how_much_of_it_holds(void **state)
{
	struct machine m = make(*state, FAKE_PMU_OURS, false);
	struct kvmfeat_pmu_filter *filter = allow(m.w, 0x11, 1);

	kvmfeat_pmu_filter_deny(filter, 0x20, 1);
	kvmfeat_pmu_filter_allow(filter, 0x30, 1);
	kvmfeat_pmu_filter_allow(filter, 0x40, 1);
	m.w->fake.pmu.attr = 2;
	m.w->fake.pmu.attr_error = -EINTR;
	m.w->fake.pmu.attr_skips = 2;
	expect_error(m.vcpu, kvmfeat_pmu_set_filter(m.vcpu, filter), -EINTR, KVMFEAT_ORIGIN_KERNEL,
		     "(allow 0x30 to 0x30; 2 of 3 ranges hold): Interrupted system call");
	m.w->fake.pmu.attr_error = -ENOMEM;
	expect_error(m.vcpu, kvmfeat_pmu_set_filter(m.vcpu, filter), -ENOMEM, KVMFEAT_ORIGIN_KERNEL,
		     "0 of 3 ranges hold): Cannot allocate memory");
	kvmfeat_pmu_filter_clear(filter);
	kvmfeat_pmu_filter_deny(filter, 0, 65536);
	expect_error(m.vcpu, kvmfeat_pmu_set_filter(m.vcpu, filter), -ENOMEM, KVMFEAT_ORIGIN_KERNEL,
		     "(allow none; 0 of 1 ranges hold)");
	kvmfeat_pmu_filter_free(filter);
	destroy(&m);
}

static void wrong_values_never_reach_the_kernel(void **state)
{
	static const unsigned int intids[] = { 0, 15, 1020, 0x20000016, 0xffffffff };
	struct machine m = make(*state, FAKE_PMU_OURS, false);
	struct kvmfeat_pmu_filter *empty;
	char value[16];

	expect_error(m.vcpu, kvmfeat_pmu_set_pmu(m.vcpu, -1), -EINVAL, KVMFEAT_ORIGIN_LIBRARY,
		     "PMU type -1 is negative");
	assert_string_equal(kvmfeat_vcpu_error(m.vcpu)->value, "-1");
	for (size_t i = 0; i < KF_ARRAY_SIZE(intids); i++) {
		expect_error(m.vcpu, kvmfeat_pmu_set_irq(m.vcpu, intids[i]), -EINVAL,
			     KVMFEAT_ORIGIN_LIBRARY,
			     "is no PPI (16 to 31), no SPI (32 to 1019) and not that of a GICv5 "
			     "(0x20000017)");
		snprintf(value, sizeof(value), "%u", intids[i]);
		assert_string_equal(kvmfeat_vcpu_error(m.vcpu)->value, value);
	}
	assert_int_equal(kvmfeat_pmu_filter_new(m.w->ctx, &empty), 0);
	expect_error(m.vcpu, kvmfeat_pmu_set_filter(m.vcpu, empty), -EINVAL, KVMFEAT_ORIGIN_LIBRARY,
		     "the event filter is empty");
	expect_error(m.vcpu, kvmfeat_pmu_set_filter(m.vcpu, NULL), -EINVAL, KVMFEAT_ORIGIN_LIBRARY,
		     "there is no event filter");
	kvmfeat_pmu_filter_free(empty);
	assert_int_equal(m.w->fake.pmu.sets, 0);
	/* The one of a GICv5 is for the kernel to judge. */
	expect_error(m.vcpu, kvmfeat_pmu_set_irq(m.vcpu, 0x20000017), -EINVAL,
		     KVMFEAT_ORIGIN_KERNEL, "interrupt 536870935 cannot be set: the VM has no GIC");
	destroy(&m);
}

/* Whatever a kernel may answer besides passes, and names attribute and value. */
static void any_other_error_passes_with_attribute_and_value(void **state)
{
	static const int errors[] = { -EPERM, -EIO, -EFAULT, -ENOTTY, -EINVAL, -ENXIO, -ENODEV };
	struct machine m = make(*state, FAKE_PMU_OURS, false);
	bool has;

	for (size_t i = 0; i < KF_ARRAY_SIZE(errors); i++) {
		m.w->fake.pmu.attr_error = errors[i];
		m.w->fake.pmu.attr = 4;
		if (errors[i] == -ENXIO)
			continue; /* then HAS says so, too: the kernel has no such attribute */
		expect_error(m.vcpu, kvmfeat_pmu_set_nr_counters(m.vcpu, 2), errors[i],
			     KVMFEAT_ORIGIN_KERNEL, "2 event counters cannot be set: ");
		assert_string_equal(kvmfeat_vcpu_error(m.vcpu)->object,
				    "KVM_ARM_VCPU_PMU_V3_SET_NR_COUNTERS");
		assert_string_equal(kvmfeat_vcpu_error(m.vcpu)->value, "2");
		assert_int_equal(kvmfeat_vcpu_error(m.vcpu)->why,
				 errors[i] == -EPERM  ? KVMFEAT_WHY_PERMISSION :
				 errors[i] == -EINVAL ? KVMFEAT_WHY_HARDWARE :
							KVMFEAT_WHY_NONE);
	}
	m.w->fake.pmu.attr = 5;
	m.w->fake.pmu.attr_error = -EINVAL;
	expect_error(m.vcpu, kvmfeat_pmu_set_fixed_counters_only(m.vcpu), -EINVAL,
		     KVMFEAT_ORIGIN_KERNEL, FIXED_NO "Invalid argument");
	m.w->fake.pmu.attr_error = -EIO;
	has = true;
	expect_error(m.vcpu, kvmfeat_pmu_has_fixed_counters_only(m.vcpu, &has), -EIO,
		     KVMFEAT_ORIGIN_KERNEL, "Input/output error");
	assert_string_equal(kvmfeat_vcpu_error(m.vcpu)->operation, "KVM_HAS_DEVICE_ATTR");
	assert_true(has);
	destroy(&m);
}

static void another_architecture_is_told_before_the_kernel_is_asked(void **state)
{
	struct world *w = *state;
	struct kvmfeat_vcpu *vcpu;
	struct kvmfeat_vm *vm;
	struct kvmfeat_pmu_filter *filter = allow(w, 0x11, 1);
	unsigned int calls;
	uint32_t bits = 7;
	bool has;

	assert_int_equal(kvmfeat_vm_open(w->ctx, 0, &vm), 0);
	assert_int_equal(kvmfeat_vcpu_open(vm, 0, &vcpu), 0);
	calls = w->fake.calls;
	assert_int_equal(kvmfeat_pmu_get_features(vm, false, &bits), -EOPNOTSUPP);
	assert_string_equal(reason(w),
			    "cannot give a vCPU a PMU: it is of arm64, this host is x86");
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->why, KVMFEAT_WHY_OTHER_ARCH);
	assert_int_equal(bits, 7);
	for (int i = 0; i < 7; i++)
		expect_error(vcpu,
			     i == 0 ? kvmfeat_pmu_has_fixed_counters_only(vcpu, &has) :
			     i == 1 ? kvmfeat_pmu_set_fixed_counters_only(vcpu) :
			     i == 2 ? kvmfeat_pmu_set_pmu(vcpu, 4) :
			     i == 3 ? kvmfeat_pmu_set_nr_counters(vcpu, 1) :
			     i == 4 ? kvmfeat_pmu_set_filter(vcpu, filter) :
			     i == 5 ? kvmfeat_pmu_set_irq(vcpu, PPI) :
				      kvmfeat_pmu_init(vcpu),
			     -EOPNOTSUPP, KVMFEAT_ORIGIN_LIBRARY,
			     "it is of arm64, this host is x86");
	assert_int_equal(w->fake.calls, calls);
	kvmfeat_pmu_filter_free(filter);
	kvmfeat_vcpu_free(vcpu);
	kvmfeat_vm_free(vm);
}

static void a_vcpu_of_a_thread_has_its_own_error(void **state)
{
	struct machine m = make(*state, FAKE_PMU_OURS, false);
	struct kvmfeat_vcpu *second = second_vcpu(&m);

	assert_int_equal(kvmfeat_pmu_set_pmu(m.vcpu, 77), -ENXIO);
	assert_non_null(strstr(kvmfeat_vcpu_error(m.vcpu)->reason,
			       "PMU 77 cannot be selected: KVM has no PMU of this type"));
	assert_string_equal(kvmfeat_vcpu_error(second)->reason, "");
	assert_string_equal(reason(m.w), "");
	kvmfeat_vcpu_free(second);
	destroy(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_kernel_without_it_is_named_with_what_helps),
		WORLD_TEST(kernels_without_the_other_attributes_are_told),
		WORLD_TEST(an_initialised_pmu_is_a_certain_cause_on_every_kernel),
		WORLD_TEST(what_the_handle_did_not_see_is_not_guessed),
		WORLD_TEST(a_selected_pmu_is_named_and_not_certain),
		WORLD_TEST(where_the_last_one_wins_exclusion_is_no_cause),
		WORLD_TEST(fixed_counters_are_a_certain_cause_where_they_exclude),
		WORLD_TEST(a_filter_is_a_certain_cause_before_fixed_counters),
		WORLD_TEST(a_filter_behind_fixed_counters_depends_on_the_kernel),
		WORLD_TEST(a_filter_holds_its_pmu),
		WORLD_TEST(a_cpu_without_a_pmu_is_told_from_a_vcpu_without_one),
		WORLD_TEST(an_initialisation_names_what_is_missing),
		WORLD_TEST(a_host_with_few_events_takes_none_of_a_filter_that_has_more),
		WORLD_TEST(a_filter_that_fails_midway_tells_how_much_of_it_holds),
		WORLD_TEST(wrong_values_never_reach_the_kernel),
		WORLD_TEST(any_other_error_passes_with_attribute_and_value),
		WORLD_TEST(another_architecture_is_told_before_the_kernel_is_asked),
		WORLD_TEST(a_vcpu_of_a_thread_has_its_own_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
