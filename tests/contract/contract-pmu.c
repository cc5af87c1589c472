// SPDX-License-Identifier: GPL-2.0-or-later
#include "contract-pmu.h"

#include <errno.h>
#include <linux/ioctl.h>
#include <string.h>

/* asm/kvm.h of arm64, as in the kernel's documentation: the library is not asked for them. */
#define VCPU_INIT _IOC(_IOC_WRITE, 0xae, 0xae, 32)
#define PREFERRED_TARGET _IOC(_IOC_READ, 0xae, 0xaf, 32)
#define SET_DEVICE_ATTR _IOC(_IOC_WRITE, 0xae, 0xe1, 24)
#define GET_DEVICE_ATTR _IOC(_IOC_WRITE, 0xae, 0xe2, 24)

#define PPI 23
#define SPI 40

int contract_pmu_begin(struct contract_pmu *c)
{
	int err = kvmfeat_vm_open(c->ctx, 0, &c->vm);

	return err ? err : kvmfeat_vcpu_open(c->vm, 0, &c->vcpu);
}

void contract_pmu_end(struct contract_pmu *c)
{
	kvmfeat_vcpu_free(c->vcpu);
	kvmfeat_vm_free(c->vm);
}

static void init_vcpu(const struct contract_pmu *c, struct kvmfeat_vcpu *vcpu, uint32_t features)
{
	uint32_t init[8];

	assert_int_equal(c->ioctl(c, kvmfeat_vm_fd(c->vm), PREFERRED_TARGET, init), 0);
	init[1] |= features;
	assert_int_equal(c->ioctl(c, kvmfeat_vcpu_fd(vcpu), VCPU_INIT, init), 0);
}

static void give_pmu(const struct contract_pmu *c, bool strict)
{
	uint32_t features;

	assert_int_equal(kvmfeat_pmu_get_features(c->vm, strict, &features), 0);
	init_vcpu(c, c->vcpu, features);
}

/* A second vCPU, with the features of the first. */
static struct kvmfeat_vcpu *add_vcpu(const struct contract_pmu *c)
{
	struct kvmfeat_vcpu *vcpu;
	uint32_t features;

	assert_int_equal(kvmfeat_vcpu_open(c->vm, 1, &vcpu), 0);
	assert_int_equal(kvmfeat_pmu_get_features(c->vm, false, &features), 0);
	init_vcpu(c, vcpu, features);
	return vcpu;
}

static struct kvmfeat_pmu_filter *allow_cycles(const struct contract_pmu *c)
{
	struct kvmfeat_pmu_filter *filter;

	assert_int_equal(kvmfeat_pmu_filter_new(c->ctx, &filter), 0);
	assert_int_equal(kvmfeat_pmu_filter_allow(filter, 0x11, 1), 0);
	return filter;
}

/* The kernel refuses, and the reason has @text. */
static void refused(struct kvmfeat_vcpu *vcpu, int err, int expected, const char *text)
{
	const struct kvmfeat_error *error = kvmfeat_vcpu_error(vcpu);

	assert_int_equal(err, expected);
	assert_int_equal(error->error, expected);
	assert_int_equal(error->origin, KVMFEAT_ORIGIN_KERNEL);
	assert_non_null(strstr(error->reason, text));
}

static void set_filter(const struct contract_pmu *c, int expected, const char *text)
{
	struct kvmfeat_pmu_filter *filter = allow_cycles(c);
	int err = kvmfeat_pmu_set_filter(c->vcpu, filter);

	kvmfeat_pmu_filter_free(filter);
	if (expected)
		refused(c->vcpu, err, expected, text);
	else
		assert_int_equal(err, 0);
}

static enum kvmfeat_pmu_answer is_fixed(const struct contract_pmu *c)
{
	struct kvmfeat_pmu_state state = { .size = sizeof(state) };

	assert_int_equal(kvmfeat_pmu_get_state(c->vm, &state), 0);
	return state.fixed;
}

void contract_pmu_a_vcpu_without_a_pmu_has_nothing_to_set(void **state)
{
	static const char text[] = "this vCPU has no PMU";
	const struct contract_pmu *c = *state;
	bool has;

	init_vcpu(c, c->vcpu, 0);
	refused(c->vcpu, kvmfeat_pmu_has_fixed_counters_only(c->vcpu, &has), -ENODEV, text);
	refused(c->vcpu, kvmfeat_pmu_set_fixed_counters_only(c->vcpu), -ENODEV, text);
	refused(c->vcpu, kvmfeat_pmu_set_pmu(c->vcpu, c->type), -ENODEV, text);
	refused(c->vcpu, kvmfeat_pmu_set_nr_counters(c->vcpu, 0), -ENODEV, text);
	refused(c->vcpu, kvmfeat_pmu_set_irq(c->vcpu, PPI), -ENODEV, text);
	refused(c->vcpu, kvmfeat_pmu_init(c->vcpu), -ENODEV, text);
	set_filter(c, -ENODEV, text);
}

void contract_pmu_the_features_make_a_vcpu_with_a_pmu(void **state)
{
	const struct contract_pmu *c = *state;
	uint32_t plain = 0, strict = 0;

	assert_int_equal(kvmfeat_pmu_get_features(c->vm, false, &plain), 0);
	assert_int_equal(kvmfeat_pmu_get_features(c->vm, true, &strict), 0);
	assert_int_equal(plain, 1 << 3);
	assert_int_equal(strict, 1 << 3 | 1 << 9);
	init_vcpu(c, c->vcpu, plain);
	assert_int_equal(kvmfeat_pmu_init(c->vcpu), 0);
}

void contract_pmu_a_selected_pmu_can_be_selected_again(void **state)
{
	const struct contract_pmu *c = *state;
	struct kvmfeat_pmu_state now = { .size = sizeof(now) };

	give_pmu(c, false);
	assert_int_equal(is_fixed(c), KVMFEAT_PMU_UNKNOWN);
	for (int i = 0; i < 2; i++)
		assert_int_equal(kvmfeat_pmu_set_pmu(c->vcpu, c->type), 0);
	assert_int_equal(kvmfeat_pmu_get_state(c->vm, &now), 0);
	assert_int_equal(now.type, c->type);
	assert_int_equal(now.fixed, KVMFEAT_PMU_NO);
}

void contract_pmu_a_type_that_kvm_does_not_have_is_refused(void **state)
{
	static const int types[] = { 0, 1, 5, 0x7fffffff }; /* hardware, software, breakpoint */
	const struct contract_pmu *c = *state;

	give_pmu(c, false);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		refused(c->vcpu, kvmfeat_pmu_set_pmu(c->vcpu, types[i]), -ENXIO,
			"KVM has no PMU of this type");
}

void contract_pmu_the_counters_are_at_most_those_of_the_pmu(void **state)
{
	const struct contract_pmu *c = *state;

	give_pmu(c, false);
	assert_int_equal(kvmfeat_pmu_set_nr_counters(c->vcpu, 0), 0);
	assert_int_equal(kvmfeat_pmu_set_nr_counters(c->vcpu, 1), 0);
	refused(c->vcpu, kvmfeat_pmu_set_nr_counters(c->vcpu, 32), -EINVAL, "has fewer");
	refused(c->vcpu, kvmfeat_pmu_set_nr_counters(c->vcpu, 0xffffffff), -EINVAL, "has fewer");
}

void contract_pmu_a_filter_stays_with_its_pmu(void **state)
{
	const struct contract_pmu *c = *state;
	/* base 0, 1 event, action 2, which there is not */
	const uint16_t wrong[4] = { 0, 1, 2, 0 };
	const struct {
		uint32_t flags, group;
		uint64_t attr, addr;
	} attr = { 0, 0, 2, (uintptr_t)wrong };

	give_pmu(c, false);
	assert_int_equal(kvmfeat_pmu_set_pmu(c->vcpu, c->type), 0);
	assert_int_equal(c->ioctl(c, kvmfeat_vcpu_fd(c->vcpu), SET_DEVICE_ATTR, (void *)&attr),
			 -EINVAL);
	for (int i = 0; i < 2; i++)
		set_filter(c, 0, NULL);
	assert_int_equal(kvmfeat_pmu_set_pmu(c->vcpu, c->type), 0);
}

void contract_pmu_an_interrupt_needs_a_gic_and_is_set_once(void **state)
{
	const struct contract_pmu *c = *state;

	give_pmu(c, false);
	refused(c->vcpu, kvmfeat_pmu_set_irq(c->vcpu, PPI), -EINVAL, "no GIC in the kernel");
	c->new_gic(c, true);
	assert_int_equal(kvmfeat_pmu_set_irq(c->vcpu, PPI), 0);
	refused(c->vcpu, kvmfeat_pmu_set_irq(c->vcpu, PPI), -EBUSY,
		"interrupt 23 cannot be set: the interrupt of this vCPU is set");
}

void contract_pmu_a_gic_wants_an_interrupt_before_the_initialisation(void **state)
{
	const struct contract_pmu *c = *state;

	give_pmu(c, false);
	c->new_gic(c, false);
	refused(c->vcpu, kvmfeat_pmu_init(c->vcpu), -ENODEV, "the GIC of the VM is not initial");
	c->new_gic(c, true);
	refused(c->vcpu, kvmfeat_pmu_init(c->vcpu), -ENXIO, "its interrupt is not set");
	assert_int_equal(kvmfeat_pmu_set_irq(c->vcpu, PPI), 0);
	assert_int_equal(kvmfeat_pmu_init(c->vcpu), 0);
}

void contract_pmu_all_vcpus_have_one_ppi_or_an_spi_each(void **state)
{
	const struct contract_pmu *c = *state;
	struct kvmfeat_vcpu *second;

	give_pmu(c, false);
	second = add_vcpu(c);
	c->new_gic(c, true);
	assert_int_equal(kvmfeat_pmu_set_irq(c->vcpu, SPI), 0);
	refused(second, kvmfeat_pmu_set_irq(second, SPI), -EINVAL, "an SPI: each its own");
	refused(second, kvmfeat_pmu_set_irq(second, PPI), -EINVAL, "a PPI: the same for all");
	assert_int_equal(kvmfeat_pmu_set_irq(second, SPI + 1), 0);
	kvmfeat_vcpu_free(second);
}

void contract_pmu_what_is_initialised_is_closed(void **state)
{
	static const char text[] = ": the PMU of this vCPU is initialised";
	const struct contract_pmu *c = *state;

	give_pmu(c, false);
	assert_int_equal(kvmfeat_pmu_init(c->vcpu), 0);
	refused(c->vcpu, kvmfeat_pmu_init(c->vcpu), -EBUSY, text);
	refused(c->vcpu, kvmfeat_pmu_set_pmu(c->vcpu, c->type), -EBUSY, text);
	refused(c->vcpu, kvmfeat_pmu_set_nr_counters(c->vcpu, 0), -EBUSY, text);
	refused(c->vcpu, kvmfeat_pmu_set_irq(c->vcpu, PPI), -EBUSY, text);
	set_filter(c, -EBUSY, text);
}

void contract_pmu_what_has_run_keeps_its_pmu(void **state)
{
	const struct contract_pmu *c = *state;
	struct kvmfeat_vcpu *second;
	struct kvmfeat_pmu_filter *filter = allow_cycles(c);

	give_pmu(c, false);
	second = add_vcpu(c);
	assert_int_equal(c->run(c, c->vcpu), -EINVAL); /* its PMU is not initialised */
	assert_int_equal(kvmfeat_pmu_init(c->vcpu), 0);
	assert_int_equal(c->run(c, c->vcpu), -EINTR);
	refused(second, kvmfeat_pmu_set_pmu(second, c->type), -EBUSY, "a vCPU of the VM has run");
	refused(second, kvmfeat_pmu_set_filter(second, filter), -EBUSY, "a vCPU of the VM has run");
	assert_int_equal(kvmfeat_pmu_init(second), 0);
	kvmfeat_pmu_filter_free(filter);
	kvmfeat_vcpu_free(second);
}

void contract_pmu_a_strict_vcpu_has_no_pmu_until_one_is_selected(void **state)
{
	const struct contract_pmu *c = *state;

	give_pmu(c, true);
	refused(c->vcpu, kvmfeat_pmu_init(c->vcpu), -ENXIO, "no PMU is selected");
	refused(c->vcpu, kvmfeat_pmu_set_nr_counters(c->vcpu, 0), -EINVAL, "none is selected yet");
	set_filter(c, -ENXIO, "no PMU is selected, which a strict vCPU needs");
	assert_int_equal(kvmfeat_pmu_set_pmu(c->vcpu, c->type), 0);
	assert_int_equal(kvmfeat_pmu_set_nr_counters(c->vcpu, 1), 0);
	set_filter(c, 0, NULL);
	assert_int_equal(kvmfeat_pmu_init(c->vcpu), 0);
}

/* All steps that fit together, twice, as for a second vCPU. */
static void configure(const struct contract_pmu *c, unsigned int steps)
{
	struct kvmfeat_pmu_filter *filter = allow_cycles(c);
	struct kvmfeat_vcpu *second = add_vcpu(c);
	const struct kvmfeat_pmu_config config = {
		.size = sizeof(config),
		.steps = steps | KVMFEAT_PMU_STEP_NR_COUNTERS | KVMFEAT_PMU_STEP_FILTER |
			 KVMFEAT_PMU_STEP_IRQ | KVMFEAT_PMU_STEP_INIT,
		.type = c->type,
		.filter = filter,
		.intid = PPI,
	};

	c->new_gic(c, true);
	assert_int_equal(kvmfeat_pmu_configure(c->vcpu, &config), 0);
	assert_int_equal(kvmfeat_pmu_configure(second, &config), 0);
	assert_int_equal(c->run(c, c->vcpu), -EINTR);
	assert_int_equal(c->run(c, second), -EINTR);
	kvmfeat_pmu_filter_free(filter);
	kvmfeat_vcpu_free(second);
}

void contract_pmu_a_configuration_makes_a_vcpu_that_runs(void **state)
{
	const struct contract_pmu *c = *state;

	give_pmu(c, false);
	configure(c, KVMFEAT_PMU_STEP_SET_PMU);
	assert_int_equal(is_fixed(c), KVMFEAT_PMU_NO);
}

void contract_pmu_fixed_counters_are_there_for_a_vcpu_with_a_pmu(void **state)
{
	const struct contract_pmu *c = *state;
	bool has = false;

	give_pmu(c, false);
	assert_int_equal(kvmfeat_pmu_has_fixed_counters_only(c->vcpu, &has), 0);
	assert_true(has);
	/* Asking sets nothing. */
	assert_int_equal(is_fixed(c), KVMFEAT_PMU_UNKNOWN);
	assert_int_equal(kvmfeat_pmu_set_nr_counters(c->vcpu, 1), 0);
}

void contract_pmu_fixed_counters_can_be_set_again(void **state)
{
	const struct contract_pmu *c = *state;
	struct kvmfeat_pmu_state now = { .size = sizeof(now) };
	const struct {
		uint32_t flags, group;
		uint64_t attr, addr;
	} attr = { 0, 0, 5, 0 };

	give_pmu(c, false);
	for (int i = 0; i < 3; i++)
		assert_int_equal(kvmfeat_pmu_set_fixed_counters_only(c->vcpu), 0);
	assert_int_equal(c->ioctl(c, kvmfeat_vcpu_fd(c->vcpu), GET_DEVICE_ATTR, (void *)&attr),
			 -ENXIO);
	assert_int_equal(kvmfeat_pmu_get_state(c->vm, &now), 0);
	assert_int_equal(now.fixed, KVMFEAT_PMU_YES);
	assert_int_equal(now.exclusive, KVMFEAT_PMU_YES);
	assert_int_equal(now.type, -1);
	assert_int_equal(kvmfeat_pmu_set_nr_counters(c->vcpu, 0), 0);
	refused(c->vcpu, kvmfeat_pmu_set_nr_counters(c->vcpu, 1), -EINVAL,
		"1 event counters cannot be set: the VM has fixed counters only");
}

void contract_pmu_fixed_counters_exclude_a_selected_pmu(void **state)
{
	const struct contract_pmu *c = *state;

	give_pmu(c, false);
	assert_int_equal(kvmfeat_pmu_set_fixed_counters_only(c->vcpu), 0);
	refused(c->vcpu, kvmfeat_pmu_set_pmu(c->vcpu, c->type), -EBUSY,
		": fixed counters only is set, and this kernel takes one of the two only");
	assert_int_equal(is_fixed(c), KVMFEAT_PMU_YES);
	refused(c->vcpu, kvmfeat_pmu_set_nr_counters(c->vcpu, 1), -EINVAL, "fixed counters only");
}

void contract_pmu_a_selected_pmu_excludes_fixed_counters(void **state)
{
	const struct contract_pmu *c = *state;

	give_pmu(c, false);
	assert_int_equal(kvmfeat_pmu_set_pmu(c->vcpu, c->type), 0);
	refused(c->vcpu, kvmfeat_pmu_set_fixed_counters_only(c->vcpu), -EBUSY,
		"a PMU is selected, and this kernel takes one of the two only (by this handle)");
	assert_int_equal(is_fixed(c), KVMFEAT_PMU_NO);
	assert_int_equal(kvmfeat_pmu_set_nr_counters(c->vcpu, 1), 0);
}

void contract_pmu_a_filter_comes_after_fixed_counters(void **state)
{
	const struct contract_pmu *c = *state;

	give_pmu(c, false);
	set_filter(c, 0, NULL);
	refused(c->vcpu, kvmfeat_pmu_set_fixed_counters_only(c->vcpu), -EBUSY,
		"fixed counters only cannot be set: an event filter is set");
	assert_int_equal(is_fixed(c), KVMFEAT_PMU_UNKNOWN);
}

void contract_pmu_fixed_counters_come_before_the_first_run(void **state)
{
	const struct contract_pmu *c = *state;
	struct kvmfeat_vcpu *second;

	give_pmu(c, false);
	second = add_vcpu(c);
	assert_int_equal(kvmfeat_pmu_init(c->vcpu), 0);
	refused(c->vcpu, kvmfeat_pmu_set_fixed_counters_only(c->vcpu), -EBUSY,
		": the PMU of this vCPU is initialised");
	assert_int_equal(c->run(c, c->vcpu), -EINTR);
	refused(second, kvmfeat_pmu_set_fixed_counters_only(second), -EBUSY,
		"a vCPU of the VM has run");
	/* Linux 7.3 lets this pass. */
	refused(second, kvmfeat_pmu_set_nr_counters(second, 0), -EBUSY, "a vCPU of the VM has run");
	kvmfeat_vcpu_free(second);
}

void contract_pmu_fixed_counters_hold_for_every_vcpu(void **state)
{
	const struct contract_pmu *c = *state;
	struct kvmfeat_vcpu *second;

	give_pmu(c, false);
	assert_int_equal(kvmfeat_pmu_set_fixed_counters_only(c->vcpu), 0);
	second = add_vcpu(c);
	refused(second, kvmfeat_pmu_set_pmu(second, c->type), -EBUSY, "fixed counters only is set");
	refused(second, kvmfeat_pmu_set_nr_counters(second, 1), -EINVAL, "fixed counters only");
	assert_int_equal(kvmfeat_pmu_set_fixed_counters_only(second), 0);
	kvmfeat_vcpu_free(second);
}

void contract_pmu_fixed_counters_do_for_a_strict_vcpu(void **state)
{
	const struct contract_pmu *c = *state;
	bool has = false;

	give_pmu(c, true);
	assert_int_equal(kvmfeat_pmu_has_fixed_counters_only(c->vcpu, &has), 0);
	assert_true(has);
	assert_int_equal(kvmfeat_pmu_set_fixed_counters_only(c->vcpu), 0);
	refused(c->vcpu, kvmfeat_pmu_set_pmu(c->vcpu, c->type), -EBUSY, "fixed counters only");
	assert_int_equal(kvmfeat_pmu_set_nr_counters(c->vcpu, 0), 0);
	set_filter(c, 0, NULL);
	assert_int_equal(kvmfeat_pmu_init(c->vcpu), 0);
	assert_int_equal(c->run(c, c->vcpu), -EINTR);
}

void contract_pmu_a_configuration_with_fixed_counters_runs(void **state)
{
	const struct contract_pmu *c = *state;

	give_pmu(c, false);
	configure(c, KVMFEAT_PMU_STEP_FIXED);
	assert_int_equal(is_fixed(c), KVMFEAT_PMU_YES);
}

void contract_pmu_a_kernel_without_fixed_counters_says_so(void **state)
{
	const struct contract_pmu *c = *state;
	bool has = true;

	give_pmu(c, false);
	assert_int_equal(kvmfeat_pmu_has_fixed_counters_only(c->vcpu, &has), 0);
	assert_false(has);
	refused(c->vcpu, kvmfeat_pmu_set_fixed_counters_only(c->vcpu), -EOPNOTSUPP,
		"no Linux release has it, this kernel (");
	assert_int_equal(is_fixed(c), KVMFEAT_PMU_UNKNOWN);
}
