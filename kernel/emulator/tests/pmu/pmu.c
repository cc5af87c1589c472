// SPDX-License-Identifier: GPL-2.0-only
/*
 * The PMU of the emulated CPU has one cycle a nanosecond. A counter has a deadline at its next
 * overflow; there QEMU's main loop brings all counters up to date, though nobody asks for them.
 *
 * Red without 0009: the first case, as the main loop came into an exception return. Red without
 * 0010: the last one, as MDCR_EL2.TPM did not count.
 */
#include "lab.h"

#define PMCR_E BIT(0)
#define PMCR_LC BIT(6)
#define PMCR_LP BIT(7)
#define PMCR_N(pmcr) ((pmcr) >> 11 & 31)
#define COUNT_AT_EL2 BIT(27)
#define CPU_CYCLES 0x11
#define ALL 0xfffffffful
#define CYCLE_COUNTER BIT(31)
#define COUNTER_0 BIT(0)

#define MDCR_TPM BIT(6)
#define EC_SVC 0x15ul

#define SECOND 1000000000ul /* in nanoseconds, and in cycles */
#define DEADLINE (SECOND / 50000)
#define SHORT (SECOND / 1000)

extern guest_code el0_read_cycles, el0_read_event, el0_select, el0_increment;
void exception_return(void);

static u64 granule(void)
{
	return SECOND / read_sysreg(cntfrq_el0);
}

static u64 nanoseconds(void)
{
	return read_sysreg(cntpct_el0) * granule();
}

/* Counters that are off, hold @value, and will count cycles at EL2. */
static void reset(u64 pmcr, u64 value)
{
	write_sysreg(pmcntenclr_el0, ALL);
	write_sysreg(mdcr_el2, PMCR_N(read_sysreg(pmcr_el0))); /* HPMN */
	write_sysreg(pmcr_el0, PMCR_E | pmcr);
	write_sysreg(pmccfiltr_el0, COUNT_AT_EL2);
	write_sysreg(pmevtyper0_el0, COUNT_AT_EL2 | CPU_CYCLES);
	write_sysreg(pmccntr_el0, value);
	write_sysreg(pmevcntr0_el0, value);
	write_sysreg(pmovsclr_el0, ALL);
}

/*
 * The difference between counter and timer is always the same. Each turn tells in which range it
 * lies, by a read of the timer between two of the counter; one range must be left in the end.
 * The other counter is there for its deadlines.
 */
static void agrees_with_timer(void)
{
	int64_t least = INT64_MIN, most = INT64_MAX;
	u64 begin = nanoseconds(), now = begin;

	reset(PMCR_LC | PMCR_LP, 0);
	write_sysreg(pmcntenset_el0, CYCLE_COUNTER | COUNTER_0);
	while (now - begin < 2 * SECOND && least <= most) {
		int64_t low, high;

		write_sysreg(pmevcntr0_el0, -DEADLINE);
		for (int i = 0; i < 64; i++)
			exception_return();
		low = read_sysreg(pmccntr_el0);
		now = nanoseconds();
		high = read_sysreg(pmccntr_el0);
		low -= now + granule();
		high -= now;
		least = low > least ? low : least;
		most = high < most ? high : most;
	}
	expect(least <= most, true);
}

/* A read of the status brings nothing up to date: it is set at a deadline, or not at all. */
static u64 overflown(u64 pmcr, u64 value)
{
	u64 begin;

	reset(pmcr, value);
	write_sysreg(pmcntenset_el0, CYCLE_COUNTER | COUNTER_0);
	begin = nanoseconds();
	while (nanoseconds() - begin < SECOND / 2)
		if (read_sysreg(pmovsset_el0) == (CYCLE_COUNTER | COUNTER_0))
			break;
	return read_sysreg(pmovsset_el0);
}

static void expect_beyond_33_bits(void)
{
	expect(read_sysreg(pmccntr_el0) >= BIT(33), true);
	expect(read_sysreg(pmevcntr0_el0) >= BIT(33), true);
}

static void long_ones_overflow(void)
{
	expect(overflown(PMCR_LC | PMCR_LP, -SHORT), CYCLE_COUNTER | COUNTER_0);
}

static void long_ones_pass_32_bits(void)
{
	expect(overflown(PMCR_LC | PMCR_LP, BIT(33) - SHORT), 0);
	expect_beyond_33_bits();
}

static void short_ones_overflow(void)
{
	expect(overflown(0, BIT(33) - SHORT), CYCLE_COUNTER | COUNTER_0);
	expect_beyond_33_bits();
}

/* What one bit of PMUSERENR_EL0 gives to EL0 */
static const struct given {
	u64 user_enable;
	const char *code;
} given[] = {
	{ BIT(1), el0_increment },
	{ BIT(2), el0_read_cycles },
	{ BIT(3), el0_read_event },
	{ BIT(3), el0_select },
};

/* Each comes to the exception level @el, for @reason; EL1 hands on what comes there. */
static void expect_all(u64 mdcr, bool enable, u64 el, u64 reason)
{
	write_sysreg(mdcr_el2, PMCR_N(read_sysreg(pmcr_el0)) | mdcr);
	for (unsigned int i = 0; i < ARRAY_SIZE(given); i++) {
		struct exit exit;

		write_sysreg(pmuserenr_el0, enable ? given[i].user_enable : 0);
		exit = guest(given[i].code, 0, 0);
		expect(exit.esr == ESR_HVC(1) ? 1 : 2, el);
		expect(ESR_EC(el == 1 ? read_sysreg(esr_el1) : exit.esr), reason);
	}
}

static void user_enable_counts(void)
{
	expect_all(0, false, 1, EC_SYSREG);
	expect_all(0, true, 1, EC_SVC);
}

static void tpm_counts(void)
{
	expect_all(MDCR_TPM, true, 2, EC_SYSREG);
}

const struct test tests[] = {
	{ "the cycle counter agrees with the timer across exception returns", agrees_with_timer },
	{ "with LC and LP counters overflow at 64 bits", long_ones_overflow },
	{ "with LC and LP they pass 32 bits without", long_ones_pass_32_bits },
	{ "without LC and LP they overflow at 32 bits and go on", short_ones_overflow },
	{ "EL0 may do what a bit of PMUSERENR_EL0 gives it", user_enable_counts },
	{ "MDCR_EL2.TPM traps that to EL2", tpm_counts },
};
const unsigned int test_count = ARRAY_SIZE(tests);
