// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM_ARM_VCPU_PMU_V3_FIXED_COUNTERS_ONLY and its neighbours: what each operation returns in each
 * order, with and without strict mode, and that what is refused changes nothing. On a kernel
 * without the attribute, all cases that set it fail.
 *
 * Red when SET_PMU is not refused after it (cases 7, 17 and 33), nor is it after SET_PMU (15 and
 * 34) or a filter (18), when SET_NR_COUNTERS does not ask whether a vCPU ran (24, 25 and 35), the
 * PMU has its counters though there are none (22), and KVM_ARM_VCPU_PMU_V3_INIT wants a PMU in
 * strict mode (29 to 33, and 35).
 */
#include "pmu.h"

/* How PMU types are called here; the host has others. */
enum { FIRST_PMU = 0, LAST_PMU = 1, NO_PMU = 2 };

/* And event filters. */
enum { ALLOW_CYCLES, DENY_CYCLES, NO_ACTION, TOO_MANY_EVENTS };

#define BAD_ADDRESS ((void *)-4096UL)
#define MOST_COUNTERS 32 /* of which no PMU has so many */
#define OF_THE_HOST 0xff /* as many as the default PMU has */

enum verb { END, SET, SET_BADLY, GET, HAS, GIC, RUN, RESET, COUNTERS, PMMIR };

struct step {
	enum verb verb;
	unsigned int vcpu;
	u64 attr;
	int value;
	int error;
};

#define ATTR(name) KVM_ARM_VCPU_PMU_V3_##name
#define STEP(verb, vcpu, name, value, error)                                                       \
	{                                                                                          \
		verb, vcpu, ATTR(name), value, error                                               \
	}
#define FIXED(error) STEP(SET, 0, FIXED_COUNTERS_ONLY, 0, error)
#define FIXED_BY_1(error) STEP(SET, 1, FIXED_COUNTERS_ONLY, 0, error)
#define SET_PMU(type, error) STEP(SET, 0, SET_PMU, type, error)
#define SET_PMU_BY_1(type, error) STEP(SET, 1, SET_PMU, type, error)
#define FILTER(filter, error) STEP(SET, 0, FILTER, filter, error)
#define FILTER_BY_1(filter, error) STEP(SET, 1, FILTER, filter, error)
#define NR(count, error) STEP(SET, 0, SET_NR_COUNTERS, count, error)
#define NR_BY_1(count, error) STEP(SET, 1, SET_NR_COUNTERS, count, error)
#define IRQ(number, error) STEP(SET, 0, IRQ, number, error)
#define INIT(error) STEP(SET, 0, INIT, 0, error)
#define INIT_BY_1(error) STEP(SET, 1, INIT, 0, error)
#define UNKNOWN(verb, error)                                                                       \
	{                                                                                          \
		verb, 0, 6, 0, error                                                               \
	}
#define BADLY(name, error) STEP(SET_BADLY, 0, name, 0, error)
#define READ(name, error) STEP(GET, 0, name, 0, error)
#define ASK(name, error) STEP(HAS, 0, name, 0, error)
#define MAKE_GIC                                                                                   \
	{                                                                                          \
		GIC                                                                                \
	}
#define RUN_0(error)                                                                               \
	{                                                                                          \
		RUN, 0, 0, 0, error                                                                \
	}
#define RESET_0                                                                                    \
	{                                                                                          \
		RESET                                                                              \
	}
#define N_IS(count)                                                                                \
	{                                                                                          \
		COUNTERS, 0, 0, count, 0                                                           \
	}
#define N_OF_1_IS(count)                                                                           \
	{                                                                                          \
		COUNTERS, 1, 0, count, 0                                                           \
	}
#define PMMIR_IS(value)                                                                            \
	{                                                                                          \
		PMMIR, 0, 0, value, 0                                                              \
	}
#define READY MAKE_GIC, IRQ(PMU_PPI, 0), INIT(0)
#define ASK_ALL(error)                                                                             \
	ASK(IRQ, error), ASK(INIT, error), ASK(FILTER, error), ASK(SET_PMU, error),                \
		ASK(SET_NR_COUNTERS, error), ASK(FIXED_COUNTERS_ONLY, error)

static const struct {
	const char *name;
	u64 features;
	struct step steps[12];
} cases[] = {
	{ "a vCPU with a PMU has the attribute, and no other behind it",
	  WITH_PMU,
	  { ASK_ALL(0), UNKNOWN(HAS, ENXIO), UNKNOWN(SET, ENXIO), UNKNOWN(GET, ENXIO) } },
	{ "a vCPU in strict mode has the attribute", STRICT, { ASK_ALL(0), UNKNOWN(HAS, ENXIO) } },
	{ "a vCPU without a PMU has no attribute", 0, { ASK_ALL(ENXIO), UNKNOWN(HAS, ENXIO) } },
	{ "a vCPU without a PMU takes no attribute",
	  0,
	  { FIXED(ENODEV), SET_PMU(FIRST_PMU, ENODEV), FILTER(DENY_CYCLES, ENODEV), NR(0, ENODEV),
	    IRQ(PMU_PPI, ENODEV), INIT(ENODEV), UNKNOWN(SET, ENODEV), BADLY(SET_PMU, ENODEV) } },
	{ "fixed counters only leave no event counter",
	  WITH_PMU,
	  { N_IS(OF_THE_HOST), N_OF_1_IS(OF_THE_HOST), FIXED(0), N_IS(0), N_OF_1_IS(0) } },
	{ "fixed counters only are the VM's, whichever vCPU sets them",
	  WITH_PMU,
	  { FIXED_BY_1(0), N_IS(0), N_OF_1_IS(0), SET_PMU(FIRST_PMU, EBUSY), READY, RUN_0(0) } },
	{ "fixed counters only can be set twice",
	  WITH_PMU,
	  { FIXED(0), FIXED(0), FIXED_BY_1(0), N_IS(0) } },
	{ "fixed counters only cannot be read",
	  WITH_PMU,
	  { READ(FIXED_COUNTERS_ONLY, ENXIO), FIXED(0), READ(FIXED_COUNTERS_ONLY, ENXIO) } },
	{ "fixed counters only need no address",
	  WITH_PMU,
	  { BADLY(FIXED_COUNTERS_ONLY, 0), N_IS(0) } },
	{ "fixed counters only outlast a reset of the vCPU",
	  WITH_PMU,
	  { FIXED(0), RESET_0, N_IS(0), N_OF_1_IS(0) } },
	{ "fixed counters only are too late when the vCPU's PMU is made",
	  WITH_PMU,
	  { READY, FIXED(EBUSY), N_IS(OF_THE_HOST) } },
	{ "fixed counters only are too late even if they were set before",
	  WITH_PMU,
	  { FIXED(0), READY, FIXED(EBUSY), N_IS(0) } },
	{ "fixed counters only are too late for all when a vCPU ran",
	  WITH_PMU,
	  { READY, RUN_0(0), FIXED_BY_1(EBUSY), N_IS(OF_THE_HOST), N_OF_1_IS(OF_THE_HOST) } },
	{ "fixed counters only are refused when a PMU was set",
	  WITH_PMU,
	  { SET_PMU(FIRST_PMU, 0), FIXED(EBUSY), FIXED_BY_1(EBUSY), N_IS(OF_THE_HOST),
	    SET_PMU(FIRST_PMU, 0) } },
	{ "fixed counters only can be set when a PMU could not",
	  WITH_PMU,
	  { SET_PMU(NO_PMU, ENXIO), BADLY(SET_PMU, EFAULT), FIXED(0), N_IS(0) } },
	{ "no PMU can be set after fixed counters only",
	  WITH_PMU,
	  { FIXED(0), SET_PMU(FIRST_PMU, EBUSY), SET_PMU(LAST_PMU, EBUSY),
	    SET_PMU_BY_1(FIRST_PMU, EBUSY), N_IS(0), BADLY(SET_PMU, EFAULT) } },
	{ "fixed counters only are refused when a filter was set",
	  WITH_PMU,
	  { FILTER(DENY_CYCLES, 0), FIXED(EBUSY), FIXED_BY_1(EBUSY), N_IS(OF_THE_HOST) } },
	{ "a filter can be set after fixed counters only",
	  WITH_PMU,
	  { FIXED(0), FILTER(ALLOW_CYCLES, 0), FILTER_BY_1(DENY_CYCLES, 0), FIXED(0), N_IS(0) } },
	{ "a filter is checked with fixed counters only",
	  WITH_PMU,
	  { FIXED(0), FILTER(NO_ACTION, EINVAL), FILTER(TOO_MANY_EVENTS, EINVAL),
	    BADLY(FILTER, EFAULT), READY, FILTER(DENY_CYCLES, EBUSY) } },
	{ "a filter cannot be set when a vCPU ran with fixed counters only",
	  WITH_PMU,
	  { FIXED(0), READY, RUN_0(0), FILTER_BY_1(DENY_CYCLES, EBUSY) } },
	{ "the number of event counters can only be 0 with fixed counters only",
	  WITH_PMU,
	  { FIXED(0), NR(0, 0), NR(1, EINVAL), NR(MOST_COUNTERS, EINVAL), N_IS(0),
	    BADLY(SET_NR_COUNTERS, EFAULT) } },
	{ "the number of event counters does not outlast fixed counters only",
	  WITH_PMU,
	  { NR(1, 0), N_IS(1), FIXED(0), N_IS(0), N_OF_1_IS(0) } },
	{ "the number of event counters can be set until a vCPU ran",
	  WITH_PMU,
	  { NR(MOST_COUNTERS, EINVAL), NR(2, 0), N_OF_1_IS(2), NR(1, 0), READY, RUN_0(0),
	    NR_BY_1(2, EBUSY), NR_BY_1(1, EBUSY), N_IS(1), N_OF_1_IS(1) } },
	{ "the number of event counters is fixed when a vCPU ran",
	  WITH_PMU,
	  { FIXED(0), READY, RUN_0(0), NR_BY_1(0, EBUSY), NR_BY_1(1, EBUSY), N_OF_1_IS(0) } },
	{ "the interrupt is set and checked with fixed counters only",
	  WITH_PMU,
	  { FIXED(0), READ(IRQ, ENXIO), IRQ(3, EINVAL), BADLY(IRQ, EFAULT), IRQ(PMU_PPI, 0),
	    IRQ(PMU_PPI, EBUSY), READ(IRQ, 0), STEP(SET, 1, IRQ, PMU_PPI + 1, EINVAL) } },
	{ "the PMU is made in the usual order with fixed counters only",
	  WITH_PMU,
	  { FIXED(0), INIT(ENODEV), MAKE_GIC, INIT(ENXIO), IRQ(PMU_PPI, 0), RUN_0(EINVAL), INIT(0),
	    INIT(EBUSY), INIT_BY_1(ENXIO), RUN_0(0) } },
	{ "strict mode alone has no PMU",
	  STRICT,
	  { N_IS(0), FILTER(DENY_CYCLES, ENXIO), NR(0, EINVAL), MAKE_GIC, IRQ(PMU_PPI, 0),
	    INIT(ENXIO), RUN_0(EINVAL) } },
	{ "strict mode: fixed counters only are a PMU",
	  STRICT,
	  { FIXED(0), N_IS(0), N_OF_1_IS(0), PMMIR_IS(0), READY, RUN_0(0), PMMIR_IS(0) } },
	{ "strict mode: fixed counters only can be set late",
	  STRICT,
	  { MAKE_GIC, IRQ(PMU_PPI, 0), INIT(ENXIO), FIXED(0), INIT(0), RUN_0(0) } },
	{ "strict mode: a filter can be set after fixed counters only",
	  STRICT,
	  { FILTER(ALLOW_CYCLES, ENXIO), FIXED(0), FILTER(ALLOW_CYCLES, 0),
	    FILTER_BY_1(DENY_CYCLES, 0), FIXED(0), READY, RUN_0(0) } },
	{ "strict mode: the number of event counters can only be 0",
	  STRICT,
	  { FIXED(0), NR(0, 0), NR(1, EINVAL), N_IS(0) } },
	{ "strict mode: no PMU can be set after fixed counters only",
	  STRICT,
	  { FIXED(0), SET_PMU(FIRST_PMU, EBUSY), SET_PMU_BY_1(LAST_PMU, EBUSY), FIXED(0), READY,
	    RUN_0(0), PMMIR_IS(0) } },
	{ "strict mode: fixed counters only are refused when a PMU was set",
	  STRICT,
	  { SET_PMU(FIRST_PMU, 0), FIXED(EBUSY), N_IS(OF_THE_HOST), READY, RUN_0(0),
	    FIXED_BY_1(EBUSY) } },
	{ "strict mode: all is too late when the PMU is made",
	  STRICT,
	  { FIXED(0), READY, FIXED(EBUSY), RUN_0(0), NR_BY_1(0, EBUSY),
	    FILTER_BY_1(DENY_CYCLES, EBUSY) } },
};

static u64 counters_of_host;

static void guest_code(void)
{
	for (;;)
		GUEST_SYNC(0);
}

static int set_filter(struct kvm_vcpu *vcpu, int which)
{
	struct kvm_pmu_event_filter filter = {
		.base_event = ARMV8_PMUV3_PERFCTR_CPU_CYCLES,
		.nevents = 1,
		.action = which == ALLOW_CYCLES ? KVM_PMU_EVENT_ALLOW : KVM_PMU_EVENT_DENY,
	};

	if (which == NO_ACTION)
		filter.action = 2;
	if (which == TOO_MANY_EVENTS)
		filter.nevents = 0xffff;
	return pmu_set(vcpu, ATTR(FILTER), &filter);
}

static int type_of(int which)
{
	if (which == NO_PMU)
		return INT_MAX;
	return host.pmu[which == FIRST_PMU ? 0 : host.pmus - 1].type;
}

static int set(struct kvm_vcpu *vcpu, const struct step *step)
{
	int value = step->value;

	if (step->attr == ATTR(FILTER))
		return set_filter(vcpu, value);
	if (step->attr == ATTR(SET_PMU))
		value = type_of(value);
	if (step->attr == ATTR(INIT) || step->attr == ATTR(FIXED_COUNTERS_ONLY))
		return pmu_set(vcpu, step->attr, NULL);
	return pmu_set(vcpu, step->attr, &value);
}

static int get(struct kvm_vcpu *vcpu, u64 attr)
{
	int value = 0, err = pmu_get(vcpu, attr, &value);

	return err ?: (value == PMU_PPI ? 0 : ERANGE);
}

static int run(struct kvm_vcpu *vcpu)
{
	if (__vcpu_run(vcpu))
		return errno;
	return get_ucall(vcpu, NULL) == UCALL_SYNC ? 0 : EIO;
}

static int reads(u64 value, u64 wanted)
{
	if (value != wanted)
		ksft_print_msg("it reads %lu instead of %lu\n", value, wanted);
	return value == wanted ? 0 : ERANGE;
}

/* How @step ends: 0 or an errno. */
static int take(struct pmu_vm *v, const struct step *step)
{
	struct kvm_vcpu *vcpu = v->vcpu[step->vcpu];

	switch (step->verb) {
	case SET:
		return set(vcpu, step);
	case SET_BADLY:
		return pmu_set(vcpu, step->attr, BAD_ADDRESS);
	case GET:
		return get(vcpu, step->attr);
	case HAS:
		return pmu_has(vcpu, step->attr);
	case GIC:
		kvm_arch_vm_finalize_vcpus(v->vm);
		return 0;
	case RUN:
		return run(vcpu);
	case RESET:
		return __vcpu_ioctl(vcpu, KVM_ARM_VCPU_INIT, &vcpu->init) ? errno : 0;
	case COUNTERS:
		return reads(event_counters(vcpu),
			     step->value == OF_THE_HOST ? counters_of_host : (u64)step->value);
	case PMMIR:
		return reads(vcpu_get_reg(vcpu, KVM_ARM64_SYS_REG(SYS_PMMIR_EL1)), step->value);
	default:
		return ENOSYS;
	}
}

static bool holds(unsigned int index)
{
	const struct step *steps = cases[index].steps;
	struct pmu_vm v;
	bool good = true;

	make_vm(&v, cases[index].features, 2, guest_code);
	for (unsigned int i = 0; i < ARRAY_SIZE(cases->steps) && steps[i].verb != END; i++) {
		int err = take(&v, &steps[i]);

		if (err == steps[i].error)
			continue;
		good = false;
		ksft_print_msg("step %u, attribute %lu of vCPU %u: error %d instead of %d\n", i + 1,
			       steps[i].attr, steps[i].vcpu, err, steps[i].error);
	}
	free_vm(&v);
	return good;
}

/* A setting of one VM is none of another's. */
static bool another_vm_is_not_concerned(void)
{
	struct pmu_vm fixed, other;
	bool good;

	make_vm(&fixed, WITH_PMU, 1, guest_code);
	make_vm(&other, WITH_PMU, 1, guest_code);
	good = !pmu_set_fixed(fixed.vcpu[0]) && !event_counters(fixed.vcpu[0]) &&
	       event_counters(other.vcpu[0]) == counters_of_host &&
	       !pmu_set_type(other.vcpu[0], host.pmu[0].type);
	free_vm(&fixed);
	free_vm(&other);
	return good;
}

static bool strict_needs_a_pmu(void)
{
	struct kvm_vcpu_init init;
	struct kvm_vm *vm = vm_create_barebones();
	struct kvm_vcpu *vcpu = __vm_vcpu_add(vm, 0);
	bool good;

	kvm_get_default_vcpu_target(vm, &init);
	init.features[0] |= STRICT & ~WITH_PMU;
	good = __vcpu_ioctl(vcpu, KVM_ARM_VCPU_INIT, &init) && errno == EINVAL;
	kvm_vm_free(vm);
	return good;
}

int main(void)
{
	struct pmu_vm v;

	ksft_print_header();
	read_host();
	/* The default PMU is that of this CPU. */
	pin_to(pthread_self(), first_cpu(&host.pmu[0]));
	make_vm(&v, WITH_PMU, 1, guest_code);
	counters_of_host = event_counters(v.vcpu[0]);
	free_vm(&v);
	TEST_ASSERT(counters_of_host >= 2, "the PMU has %lu event counters", counters_of_host);

	ksft_set_plan(ARRAY_SIZE(cases) + 3);
	ksft_test_result(kvm_check_cap(KVM_CAP_ARM_PMU_V3) == 1 &&
				 kvm_check_cap(KVM_CAP_ARM_PMU_V3_STRICT) == 1,
			 "pmu: KVM has a PMU, and strict mode\n");
	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++)
		ksft_test_result(holds(i), "pmu: %s\n", cases[i].name);
	ksft_test_result(another_vm_is_not_concerned(),
			 "pmu: fixed counters only are not another VM's\n");
	ksft_test_result(strict_needs_a_pmu(), "pmu: strict mode needs a PMU\n");
	ksft_finished();
}
