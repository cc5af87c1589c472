// SPDX-License-Identifier: LGPL-2.1-or-later
/* The steps that make the PMU of a vCPU, checked before the first, in the order that works. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "pmu-private.h"

#define CONFIGURE "set up a PMU"
#define CONFIG_MIN_SIZE sizeof(struct kvmfeat_pmu_config)

static int do_set_pmu(struct kvmfeat_vcpu *vcpu, const struct kvmfeat_pmu_config *config)
{
	return kvmfeat_pmu_set_pmu(vcpu, config->type);
}

static int do_fixed(struct kvmfeat_vcpu *vcpu, const struct kvmfeat_pmu_config *config)
{
	(void)config;
	return kvmfeat_pmu_set_fixed_counters_only(vcpu);
}

static int do_nr_counters(struct kvmfeat_vcpu *vcpu, const struct kvmfeat_pmu_config *config)
{
	return kvmfeat_pmu_set_nr_counters(vcpu, config->nr_counters);
}

static int do_filter(struct kvmfeat_vcpu *vcpu, const struct kvmfeat_pmu_config *config)
{
	return kvmfeat_pmu_set_filter(vcpu, config->filter);
}

static int do_irq(struct kvmfeat_vcpu *vcpu, const struct kvmfeat_pmu_config *config)
{
	return kvmfeat_pmu_set_irq(vcpu, config->intid);
}

static int do_init(struct kvmfeat_vcpu *vcpu, const struct kvmfeat_pmu_config *config)
{
	(void)config;
	return kvmfeat_pmu_init(vcpu);
}

/*
 * A PMU changes the number of counters, so it comes before that, and with a filter no other can be
 * selected, nor fixed counters only; the initialisation closes it all.
 */
static const struct {
	unsigned int step;
	const char *name;
	int (*run)(struct kvmfeat_vcpu *vcpu, const struct kvmfeat_pmu_config *config);
} steps[] = {
	{ KVMFEAT_PMU_STEP_SET_PMU, "PMU", do_set_pmu },
	{ KVMFEAT_PMU_STEP_FIXED, "fixed counters only", do_fixed },
	{ KVMFEAT_PMU_STEP_NR_COUNTERS, "number of counters", do_nr_counters },
	{ KVMFEAT_PMU_STEP_FILTER, "event filter", do_filter },
	{ KVMFEAT_PMU_STEP_IRQ, "interrupt", do_irq },
	{ KVMFEAT_PMU_STEP_INIT, "initialisation", do_init },
};

static int refuse(struct kvmfeat_vcpu *vcpu, const char *value, const char *reason)
{
	return kf_invalid(&vcpu->reason, CONFIGURE, "struct kvmfeat_pmu_config", value, "%s",
			  reason);
}

static bool has(const struct kvmfeat_pmu_config *config, unsigned int mask)
{
	return config->steps & mask;
}

/* What the steps forbid each other. */
static int check_steps(struct kvmfeat_vcpu *vcpu, const struct kvmfeat_pmu_config *config)
{
	const unsigned int all = 2 * KVMFEAT_PMU_STEP_INIT - 1;
	char value[16];

	snprintf(value, sizeof(value), "0x%x", config->steps);
	if (!config->steps || config->steps & ~all)
		return refuse(vcpu, value,
			      config->steps ?
				      "steps that this library does not know are asked for" :
				      "no step is asked for");
	if (has(config, KVMFEAT_PMU_STEP_FIXED) && has(config, KVMFEAT_PMU_STEP_SET_PMU))
		return refuse(vcpu, value,
			      "a PMU and fixed counters only are asked for, of which a VM has one");
	if (has(config, KVMFEAT_PMU_STEP_FIXED) && has(config, KVMFEAT_PMU_STEP_NR_COUNTERS) &&
	    config->nr_counters)
		return refuse(
			vcpu, value,
			"event counters are asked for with fixed counters only, which has none");
	if (config->strict &&
	    has(config,
		KVMFEAT_PMU_STEP_NR_COUNTERS | KVMFEAT_PMU_STEP_FILTER | KVMFEAT_PMU_STEP_INIT) &&
	    !has(config, KVMFEAT_PMU_STEP_SET_PMU | KVMFEAT_PMU_STEP_FIXED) &&
	    !(kf_pmu_known(vcpu) & (KF_PMU_SELECTED | KF_PMU_FIXED)))
		return refuse(
			vcpu, value,
			"a strict vCPU needs a PMU or fixed counters only before these steps");
	return 0;
}

static int check_values(struct kvmfeat_vcpu *vcpu, const struct kvmfeat_pmu_config *config)
{
	int err = 0;

	if (has(config, KVMFEAT_PMU_STEP_SET_PMU))
		err = kf_pmu_check_type(vcpu, config->type);
	if (!err && has(config, KVMFEAT_PMU_STEP_FILTER))
		err = kf_pmu_check_filter(vcpu, config->filter);
	if (!err && has(config, KVMFEAT_PMU_STEP_IRQ))
		err = kf_pmu_check_irq(vcpu, config->intid);
	return err;
}

/* The reason of a step, and where it stands among the others. */
static int step_failed(struct kvmfeat_vcpu *vcpu, const struct kvmfeat_pmu_config *config,
		       size_t failed, int err)
{
	const struct kvmfeat_error *error = &vcpu->reason.error;
	char done[128] = "";
	size_t used = 0;

	for (size_t i = 0; i < failed; i++)
		if (has(config, steps[i].step))
			used += (size_t)snprintf(done + used, sizeof(done) - used, "%s%s",
						 used ? ", " : "", steps[i].name);
	return kf_fail(&vcpu->reason,
		       &(struct kf_fault){ .error = err,
					   .origin = error->origin,
					   .why = error->why,
					   .operation = error->operation,
					   .object = error->object,
					   .value = error->value,
					   .remedy = error->remedy },
		       "step %s: %s; done before: %s", steps[failed].name, error->reason,
		       used ? done : "nothing");
}

KVMFEAT_EXPORT int kvmfeat_pmu_configure(struct kvmfeat_vcpu *vcpu,
					 const struct kvmfeat_pmu_config *user)
{
	struct kvmfeat_pmu_config config;
	const struct kf_opts opts = { CONFIGURE, "kvmfeat_pmu_config", sizeof(config),
				      CONFIG_MIN_SIZE };
	int err = kf_opts_take(&vcpu->reason, &opts, user, &config);

	if (!err)
		err = check_steps(vcpu, &config);
	if (!err)
		err = check_values(vcpu, &config);
	if (!err)
		err = kf_pmu_needs_arm64(vcpu->vm->ctx, &vcpu->reason, CONFIGURE);
	for (size_t i = 0; i < KF_ARRAY_SIZE(steps) && !err; i++)
		if (has(&config, steps[i].step)) {
			err = steps[i].run(vcpu, &config);
			if (err)
				return step_failed(vcpu, &config, i, err);
		}
	return err;
}
