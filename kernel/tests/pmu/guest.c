// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest finds that has fixed counters only: no event counter, nothing that an event counter
 * could count, and a cycle counter with all that belongs to it. The same in strict mode.
 *
 * Red when the attribute leaves the VM its event counters (cases 2, and 5 to 8), PMMIR_EL1 has
 * slots (4), kvm_pmu_get_pmceid() does not ask for fixed counters (3), kvm_pmu_overflow_status()
 * tells of none (14 to 17), and a filter does not hold (41 and 42).
 */
#include "guest.h"

#define SHORT_WHILE 200000ULL /* cycles until an overflow */
#define SETTABLE (ARMV8_PMU_PMCR_E | ARMV8_PMU_PMCR_D | ARMV8_PMU_PMCR_LC)

static bool equals(const char *what, u64 value, u64 wanted)
{
	if (value != wanted)
		GUEST_PRINTF("%s is 0x%lx instead of 0x%lx\n", what, value, wanted);
	return value == wanted;
}

static bool no_event_counter(void)
{
	u64 before, after;

	before = FIELD_GET(ARMV8_PMU_PMCR_N, read_sysreg(pmcr_el0));
	write_sysreg(ARMV8_PMU_PMCR_N | ARMV8_PMU_PMCR_P, pmcr_el0);
	isb();
	after = FIELD_GET(ARMV8_PMU_PMCR_N, read_sysreg(pmcr_el0));
	return equals("PMCR_EL0.N", before, 0) && equals("PMCR_EL0.N, written,", after, 0);
}

static bool no_event(void)
{
	return equals("PMCEID0_EL0", read_sysreg(pmceid0_el0), 0) &&
	       equals("PMCEID1_EL0", read_sysreg(pmceid1_el0), 0);
}

static bool no_slots(void)
{
	return equals("PMMIR_EL1", read_sysreg_s(SYS_PMMIR_EL1), 0);
}

static void touch_counter(int n)
{
#define TOUCH_COUNTER(n)                                                                           \
	(void)read_sysreg(pmevcntr##n##_el0);                                                      \
	write_sysreg(0, pmevcntr##n##_el0)
	PMEVN_SWITCH(n, TOUCH_COUNTER);
}

static void touch_type(int n)
{
#define TOUCH_TYPE(n)                                                                              \
	(void)read_sysreg(pmevtyper##n##_el0);                                                     \
	write_sysreg(0, pmevtyper##n##_el0)
	PMEVN_SWITCH(n, TOUCH_TYPE);
}

static bool event_registers_are_undefined(void)
{
	u64 good = 0;

	for (int n = 0; n < 31; n++)
		good += is_undefined(touch_counter(n), 2) && is_undefined(touch_type(n), 2);
	return equals("the number of those that are", good, 31);
}

static void touch_selected(void)
{
	(void)read_sysreg(pmxevcntr_el0);
	write_sysreg(0, pmxevcntr_el0);
	(void)read_sysreg(pmxevtyper_el0);
	write_sysreg(0, pmxevtyper_el0);
}

static bool selected_registers_are_undefined(void)
{
	u64 good = 0;

	for (u64 n = 0; n < 31; n++) {
		write_sysreg(n, pmselr_el0);
		isb();
		good += read_sysreg(pmselr_el0) == n && is_undefined(touch_selected(), 4);
	}
	return equals("the number of those that are", good, 31);
}

#define only_cycles_in(set, clear)                                                                 \
	({                                                                                         \
		u64 _with, _without;                                                               \
		write_sysreg(~0UL, set);                                                           \
		isb();                                                                             \
		_with = read_sysreg(set);                                                          \
		write_sysreg(~0UL, clear);                                                         \
		isb();                                                                             \
		_without = read_sysreg(clear);                                                     \
		equals(#set, _with, CYCLE_COUNTER) && equals(#clear, _without, 0);                 \
	})

static bool masks_have_cycles_only(void)
{
	return only_cycles_in(pmcntenset_el0, pmcntenclr_el0) &&
	       only_cycles_in(pmovsset_el0, pmovsclr_el0) &&
	       only_cycles_in(pmintenset_el1, pmintenclr_el1);
}

/* There is nothing that it could increment. */
static bool software_increments_nothing(void)
{
	write_sysreg(~0UL, pmswinc_el0);
	return equals("PMOVSSET_EL0", read_sysreg(pmovsset_el0), 0);
}

static bool counts(void)
{
	start_cycles(1);
	return cycles_advance() && cycles() > 0;
}

static bool counter_can_be_stopped(void)
{
	bool good;

	start_cycles(1);
	write_sysreg(CYCLE_COUNTER, pmcntenclr_el0);
	isb();
	good = !cycles_advance();
	write_sysreg(CYCLE_COUNTER, pmcntenset_el0);
	isb();
	good = good && cycles_advance();
	write_sysreg(ARMV8_PMU_PMCR_LC, pmcr_el0);
	isb();
	good = good && !cycles_advance();
	write_sysreg(ARMV8_PMU_PMCR_LC | ARMV8_PMU_PMCR_E, pmcr_el0);
	isb();
	return good && cycles_advance();
}

static bool counter_can_be_written(void)
{
	const u64 value = 0x123456789abcdef0;

	start_cycles(1);
	stop_cycles();
	set_cycles(value);
	if (!equals("PMCCNTR_EL0", cycles(), value))
		return false;
	write_sysreg(ARMV8_PMU_PMCR_LC | ARMV8_PMU_PMCR_E | ARMV8_PMU_PMCR_C, pmcr_el0);
	isb();
	if (!equals("PMCCNTR_EL0, reset,", cycles(), 0))
		return false;
	set_cycles(value);
	write_sysreg(CYCLE_COUNTER, pmcntenset_el0);
	return cycles_advance() && cycles() > value && cycles() < value + BIT(40);
}

static bool filter_is_kept_and_holds(void)
{
	bool good;

	start_cycles(1);
	write_sysreg(ARMV8_PMU_EXCLUDE_EL1 | 0x11, pmccfiltr_el0);
	isb();
	/* It has no event number: that is what an event counter has there. */
	good = equals("PMCCFILTR_EL0", read_sysreg(pmccfiltr_el0) & ~0xffffUL,
		      ARMV8_PMU_EXCLUDE_EL1);
	write_sysreg(31, pmselr_el0);
	isb();
	good = good && equals("PMXEVTYPER_EL0", read_sysreg(pmxevtyper_el0) & ~0xffffUL,
			      ARMV8_PMU_EXCLUDE_EL1);
	good = good && !cycles_advance();
	write_sysreg(ARMV8_PMU_EXCLUDE_EL0, pmccfiltr_el0);
	isb();
	return good && cycles_advance();
}

static bool control_is_kept(void)
{
	bool good;

	write_sysreg(SETTABLE, pmcr_el0);
	isb();
	good = equals("PMCR_EL0", read_sysreg(pmcr_el0) & ARMV8_PMU_PMCR_MASK, SETTABLE);
	write_sysreg(0, pmcr_el0);
	isb();
	return good && equals("PMCR_EL0", read_sysreg(pmcr_el0) & SETTABLE & ~ARMV8_PMU_PMCR_LC, 0);
}

/* From here on interrupts come when PMINTENSET_EL1 lets them. */
static bool overflows_after_32_bits(void)
{
	u64 before = interrupts();

	start_cycles(0);
	let_interrupts_come();
	set_cycles(BIT(32) - SHORT_WHILE);
	if (!guest_wait_for(interrupts() != before))
		return equals("the number of interrupts", 0, 1);
	/* The counter itself has 64 bits. */
	return equals("the number of interrupts", interrupts() - before, 1) &&
	       equals("the upper half of PMCCNTR_EL0", cycles() >> 32, 1) &&
	       equals("PMOVSSET_EL0", read_sysreg(pmovsset_el0), 0);
}

static bool overflows_after_64_bits(void)
{
	u64 before = interrupts();

	start_cycles(1);
	write_sysreg(CYCLE_COUNTER, pmintenset_el1);
	set_cycles(BIT(32) - SHORT_WHILE);
	if (!guest_wait_for(cycles() > BIT(32) + SHORT_WHILE) ||
	    !equals("the number of interrupts after 32 bits", interrupts() - before, 0))
		return false;
	set_cycles(-SHORT_WHILE);
	return guest_wait_for(interrupts() != before) &&
	       equals("the number of interrupts", interrupts() - before, 1) &&
	       equals("the upper half of PMCCNTR_EL0", cycles() >> 32, 0);
}

static bool many_overflows(void)
{
	const u64 rounds = 100;
	u64 before = interrupts();

	start_cycles(1);
	write_sysreg(CYCLE_COUNTER, pmintenset_el1);
	for (u64 i = 1; i <= rounds; i++) {
		set_cycles(-(SHORT_WHILE / 10));
		if (!guest_wait_for(interrupts() - before >= i))
			break;
	}
	return equals("the number of interrupts", interrupts() - before, rounds) &&
	       equals("the number of others", my_seen()->spurious, 0);
}

/* An overflow waits for who wants to know of it. */
static bool masked_overflow_waits(void)
{
	u64 before = interrupts();
	bool good;

	start_cycles(1);
	set_cycles(-SHORT_WHILE);
	good = guest_wait_for(read_sysreg(pmovsset_el0) == CYCLE_COUNTER);
	good = good && guest_wait_for(cycles() > SHORT_WHILE) &&
	       equals("the number of interrupts while masked", interrupts() - before, 0);
	write_sysreg(CYCLE_COUNTER, pmintenset_el1);
	isb();
	return good && guest_wait_for(interrupts() != before) &&
	       equals("the number of interrupts", interrupts() - before, 1);
}

static void let_el0(u64 enable)
{
	write_sysreg(enable, pmuserenr_el0);
	isb();
}

static bool el0_reads_registers_when_it_may(void)
{
	u64 mask = 0;
	bool good;

	start_cycles(1);
	let_el0(0);
	good = is_undefined(run_at_el0(el0_reads_mask), 1);
	let_el0(ARMV8_PMU_USERENR_CR);
	good = good && is_undefined(run_at_el0(el0_reads_mask), 1);
	let_el0(ARMV8_PMU_USERENR_EN);
	good = good && is_undefined(mask = run_at_el0(el0_reads_mask), 0);
	let_el0(0);
	return good && equals("PMCNTENSET_EL0 at EL0", mask, CYCLE_COUNTER);
}

/* Set when the CPU has EL0 read its own counter, whatever the hypervisor would say to that. */
static u64 el0_is_not_trapped;

static bool el0_reads_cycles_when_it_may(void)
{
	u64 before, value = 0;
	bool good;

	start_cycles(1);
	let_el0(0);
	if (!is_undefined(run_at_el0(el0_reads_cycles), 1)) {
		el0_is_not_trapped = 1;
		return false;
	}
	let_el0(ARMV8_PMU_USERENR_CR);
	before = cycles();
	good = is_undefined(value = run_at_el0(el0_reads_cycles), 0);
	let_el0(0);
	if (!good || value <= before)
		GUEST_PRINTF("EL0 reads %lu, and EL1 %lu before that\n", value, before);
	return good && value > before && value < cycles();
}

static bool el0_is_counted_by_the_filter(void)
{
	u64 el0, none;

	start_cycles(1);
	write_sysreg(ARMV8_PMU_EXCLUDE_EL1, pmccfiltr_el0);
	el0 = cycles();
	run_at_el0(el0_spins);
	el0 = cycles() - el0;
	write_sysreg(ARMV8_PMU_EXCLUDE_EL1 | ARMV8_PMU_EXCLUDE_EL0, pmccfiltr_el0);
	none = cycles();
	run_at_el0(el0_spins);
	none = cycles() - none;
	return equals("what was counted though EL0 was excluded", none, 0) && el0;
}

static const struct {
	const char *name;
	bool (*holds)(void);
} checks[] = {
	{ "PMCR_EL0.N is 0, and stays so", no_event_counter },
	{ "PMCEID0_EL0 and PMCEID1_EL0 are 0", no_event },
	{ "PMMIR_EL1 is 0", no_slots },
	{ "PMEVCNTRn_EL0 and PMEVTYPERn_EL0 are undefined", event_registers_are_undefined },
	{ "PMXEVCNTR_EL0 and PMXEVTYPER_EL0 are undefined", selected_registers_are_undefined },
	{ "the masks have the cycle counter's bit alone", masks_have_cycles_only },
	{ "PMSWINC_EL0 increments nothing", software_increments_nothing },
	{ "the cycle counter counts", counts },
	{ "the cycle counter can be stopped in two ways", counter_can_be_stopped },
	{ "the cycle counter can be written, and reset", counter_can_be_written },
	{ "PMCCFILTR_EL0 is kept, and holds", filter_is_kept_and_holds },
	{ "what can be set of PMCR_EL0 is kept", control_is_kept },
	{ "an overflow after 32 bits interrupts", overflows_after_32_bits },
	{ "with PMCR_EL0.LC only one after 64 bits does", overflows_after_64_bits },
	{ "100 overflows are 100 interrupts", many_overflows },
	{ "an overflow waits for the interrupt to be let through", masked_overflow_waits },
	{ "EL0 reads registers when PMUSERENR_EL0 says so", el0_reads_registers_when_it_may },
	{ "EL0 reads the cycle counter when PMUSERENR_EL0 says so", el0_reads_cycles_when_it_may },
	{ "EL0 is counted when PMCCFILTR_EL0 says so", el0_is_counted_by_the_filter },
};

static u64 wanted_check;

static void guest_code(void)
{
	for (;;)
		GUEST_SYNC(checks[READ_ONCE(wanted_check)].holds());
}

static void test_guest(const char *mode, u64 features)
{
	struct pmu_vm v;

	make_fixed_vm(&v, features, 1, guest_code);
	prepare_guest(&v);
	for (u64 i = 0; i < ARRAY_SIZE(checks); i++) {
		bool good;

		write_guest_global(v.vm, wanted_check, i);
		good = run_to_sync(v.vcpu[0]);
		if (checks[i].holds == el0_reads_cycles_when_it_may &&
		    *(u64 *)addr_gva2hva(v.vm, (gva_t)&el0_is_not_trapped))
			ksft_test_result_skip("pmu: %s: %s: the emulated CPU does not trap it\n",
					      mode, checks[i].name);
		else
			ksft_test_result(good, "pmu: %s: %s\n", mode, checks[i].name);
	}
	free_vm(&v);
}

static void filtered_guest(void)
{
	for (;;) {
		start_cycles(1);
		GUEST_SYNC(cycles_advance());
	}
}

/* Event 0x11 is the cycle counter's in a filter. */
static bool filter_decides(u16 event, u8 action, bool advances)
{
	struct kvm_pmu_event_filter filter = { event, 1, action };
	struct pmu_vm v;
	bool good;

	make_vm(&v, WITH_PMU, 1, filtered_guest);
	good = !pmu_set_fixed(v.vcpu[0]) &&
	       !pmu_set(v.vcpu[0], KVM_ARM_VCPU_PMU_V3_FILTER, &filter);
	finish_vm(&v);
	good = good && run_to_sync(v.vcpu[0]) == advances;
	free_vm(&v);
	return good;
}

static u64 version_of(struct pmu_vm *v)
{
	return FIELD_GET(ID_AA64DFR0_EL1_PMUVer,
			 vcpu_get_reg(v->vcpu[0], KVM_ARM64_SYS_REG(SYS_ID_AA64DFR0_EL1)));
}

static bool version_is_the_same(void)
{
	struct pmu_vm fixed, other;
	bool good;

	make_fixed_vm(&fixed, WITH_PMU, 1, guest_code);
	make_vm(&other, WITH_PMU, 1, guest_code);
	good = version_of(&fixed) && version_of(&fixed) == version_of(&other);
	free_vm(&fixed);
	free_vm(&other);
	return good;
}

/* A guest hypervisor has no event counter to keep for itself, either. */
static void test_el2(void)
{
	const char *name = "pmu: MDCR_EL2.HPMN of a guest hypervisor is 0";
	struct kvm_vm *vm = vm_create_barebones();
	bool el2 = vm_check_cap(vm, KVM_CAP_ARM_EL2);
	struct pmu_vm v;
	u64 mdcr;

	kvm_vm_free(vm);
	if (!el2) {
		ksft_test_result_skip("%s: KVM offers guests no EL2\n", name);
		return;
	}
	make_vm(&v, WITH_PMU | BIT(KVM_ARM_VCPU_HAS_EL2), 1, guest_code);
	TEST_ASSERT(!pmu_set_fixed(v.vcpu[0]), "fixed counters only: %s", strerror(errno));
	mdcr = vcpu_get_reg(v.vcpu[0], KVM_ARM64_SYS_REG(SYS_MDCR_EL2));
	ksft_test_result(!FIELD_GET(MDCR_EL2_HPMN, mdcr), "%s\n", name);
	free_vm(&v);
}

int main(void)
{
	pmu_start(2 * ARRAY_SIZE(checks) + 5);
	test_guest("fixed", WITH_PMU);
	test_guest("strict and fixed", STRICT);
	ksft_test_result(filter_decides(0x11, KVM_PMU_EVENT_ALLOW, true),
			 "pmu: a filter that allows event 0x11 lets the cycle counter count\n");
	ksft_test_result(filter_decides(0x11, KVM_PMU_EVENT_DENY, false),
			 "pmu: a filter that denies event 0x11 stops the cycle counter\n");
	ksft_test_result(filter_decides(0x8, KVM_PMU_EVENT_ALLOW, false),
			 "pmu: a filter that allows another event alone stops the cycle counter\n");
	ksft_test_result(version_is_the_same(), "pmu: the PMU's version is that of any other\n");
	test_el2();
	ksft_finished();
}
