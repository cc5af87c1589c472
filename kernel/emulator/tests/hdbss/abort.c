// SPDX-License-Identifier: GPL-2.0-only
/*
 * An entry that cannot be written. ABORT_PRECISE is the property x-hdbss-abort-precise, and
 * each third append fails by order (x-hdbss-abort=3).
 */
#include "lab.h"

#ifdef ABORT_PRECISE
#define HOW "precise: "
#else
#define HOW "imprecise: "
#endif

#define PAGE_AT(number) (IPA_PAGES + (number)*PAGE)
#define NO_MEMORY (IPA_RAM + 768 * MIB)

static u64 failed_at(u64 index)
{
	return PROD(FSC_EXTERNAL_ABORT, index);
}

/* The store to page @number whose entry is lost: the page is dirty, and FSC says why. */
static void expect_lost(unsigned int number, u64 index)
{
	struct exit exit = guest(guest_store, PAGE_AT(number) + 8, 1);

#ifdef ABORT_PRECISE
	expect(ESR_EC(exit.esr), EC_DATA_ABORT);
	expect(ESR_FSC(exit.esr), FSC_EXTERNAL_ABORT);
	expect(exit.esr & ESR_HDBSSF, ESR_HDBSSF);
	expect(exit.hpfar, PAGE_AT(number) >> 8);
	expect(data[number][1], 0);
#else
	expect(exit.esr, ESR_HVC(0));
	expect(data[number][1], 1);
#endif
	expect(s2_l3[number], (u64)data[number] | S2_DIRTY | S2_PAGE);
	expect(read_sysreg(HDBSSPROD_EL2), failed_at(index));
}

static void expect_refused(unsigned int number)
{
	struct exit exit = guest(guest_store, PAGE_AT(number), 1);

	expect(ESR_EC(exit.esr), EC_DATA_ABORT);
	expect(ESR_FSC(exit.esr), FSC_PERMISSION(3));
	expect(exit.esr & ESR_HDBSSF, ESR_HDBSSF);
	expect(s2_l3[number], (u64)data[number] | S2_CLEAN | S2_PAGE);
}

/* The count of appends goes on from test to test: makes as many as the next failure is away. */
static void until_the_order(void)
{
	unsigned int number;

	for (number = 100; number < 103; number++) {
		guest(guest_store, PAGE_AT(number), 1);
		if (FIELD(read_sysreg(HDBSSPROD_EL2), 31, 26))
			break;
	}
	write_sysreg(HDBSSPROD_EL2, 0);
}

static void each_third(void)
{
	unsigned int round;

	until_the_order();
	for (round = 0; round < 3; round++) {
		expect(guest_stores(PAGE_AT(3 * round)), true);
		expect(guest_stores(PAGE_AT(3 * round + 1)), true);
		expect_lost(3 * round + 2, 2);
		expect(buffer[0], ENTRY(PAGE_AT(3 * round), 3));
		expect(buffer[1], ENTRY(PAGE_AT(3 * round + 1), 3));
		expect(buffer[2], 0);
		write_sysreg(HDBSSPROD_EL2, 0);
	}
}

static void stops(void)
{
	until_the_order();
	expect(guest_stores(PAGE_AT(0)), true);
	expect(guest_stores(PAGE_AT(1)), true);
	expect_lost(2, 2);
	expect_refused(3);
	expect_refused(4);
	expect(read_sysreg(HDBSSPROD_EL2), failed_at(2));
}

static void dirty_pages_go_on(void)
{
	until_the_order();
	expect(guest_stores(PAGE_AT(0)), true);
	expect(guest_stores(PAGE_AT(1)), true);
	expect_lost(2, 2);
	expect(guest_stores(PAGE_AT(1) + 8), true);
	expect(guest_stores(PAGE_AT(2) + 8), true);
	expect(read_sysreg(HDBSSPROD_EL2), failed_at(2));
}

static void cleared(void)
{
	until_the_order();
	expect(guest_stores(PAGE_AT(0)), true);
	expect(guest_stores(PAGE_AT(1)), true);
	expect_lost(2, 2);
	write_sysreg(HDBSSPROD_EL2, 0);
	expect(guest_stores(PAGE_AT(3)), true);
	expect(buffer[0], ENTRY(PAGE_AT(3), 3));
	expect(read_sysreg(HDBSSPROD_EL2), PROD(0ul, 1));
}

static void no_memory(void)
{
	until_the_order();
	write_sysreg(HDBSSBR_EL2, NO_MEMORY);
	expect_lost(3, 0);
	write_sysreg(HDBSSPROD_EL2, PROD(0ul, 7));
	expect_lost(4, 7);
	expect_refused(5);
}

static void in_a_walk(void)
{
	struct exit exit;

	until_the_order();
	stage1_on(0, TCR_HA);
	write_sysreg(HDBSSBR_EL2, NO_MEMORY);
	exit = guest(guest_load, VA_PAGES, 0);
#ifdef ABORT_PRECISE
	expect(ESR_EC(exit.esr), EC_DATA_ABORT);
	expect(ESR_FSC(exit.esr), FSC_EXTERNAL_ABORT);
	expect(exit.esr & ESR_S1PTW, ESR_S1PTW);
	expect(exit.esr & ESR_HDBSSF, ESR_HDBSSF);
#else
	expect(exit.esr, ESR_HVC(0));
#endif
	expect(read_sysreg(HDBSSPROD_EL2), failed_at(0));
}

static void in_an_at(void)
{
	u64 esr;

	until_the_order();
	stage1_on(0, TCR_HA);
	write_sysreg(HDBSSBR_EL2, NO_MEMORY);
	asm volatile("at s1e1r, %0; isb" ::"r"(VA_PAGES) : "memory");
	expect(read_sysreg(HDBSSPROD_EL2), failed_at(0));
#ifdef ABORT_PRECISE
	esr = take_trap(&trap_el2);
	expect(ESR_EC(esr), EC_DATA_ABORT_SAME);
	expect(ESR_FSC(esr), FSC_EXTERNAL_ABORT);
	expect(esr & ESR_HDBSSF, ESR_HDBSSF);
#else
	esr = read_sysreg(par_el1);
	expect(esr & BIT(0), 0);
#endif
}

const struct test tests[] = {
	{ HOW "an ordered failure loses that entry, sets FSC, and INDEX names it", each_third },
	{ HOW "a base outside memory sets FSC, and INDEX names the entry", no_memory },
	{ HOW "after it, writes that need an entry fault, HDBSSF 1", stops },
	{ HOW "after it, writes to dirty pages go on", dirty_pages_go_on },
	{ HOW "when software clears FSC, appending goes on", cleared },
	{ HOW "a stage 1 walk can be what appends", in_a_walk },
	{ HOW "an AT instruction does not report it in PAR_EL1", in_an_at },
};
const unsigned int test_count = ARRAY_SIZE(tests);
