// SPDX-License-Identifier: GPL-2.0-only
/* What a full buffer, or one with an error, does to the guest's accesses. */
#include "lab.h"

#define PAGE_AT(number) (IPA_PAGES + (number)*PAGE)

static const u64 clean_page = S2_CLEAN | S2_PAGE;

/* The guest's store to page @number does not happen, for want of an entry. */
static struct exit expect_refused(unsigned int number)
{
	struct exit exit = guest(guest_store, PAGE_AT(number) + 8, 1);

	expect(ESR_EC(exit.esr), EC_DATA_ABORT);
	expect(ESR_FSC(exit.esr), FSC_PERMISSION(3));
	expect(exit.esr & ESR_HDBSSF, ESR_HDBSSF);
	expect(data[number][1], 0);
	expect(s2_l3[number], (u64)data[number] | clean_page);
	return exit;
}

static void fill(void)
{
	write_sysreg(HDBSSPROD_EL2, PROD(0ul, PAGES));
}

static void sizes(void)
{
	u64 order, capacity;

	for (order = 0; order <= BR_SZ_MAX; order++) {
		capacity = 512ul << order;
		set_buffer(buffer, order);
		write_sysreg(HDBSSPROD_EL2, PROD(0ul, capacity - 1));
		expect(guest_stores(PAGE_AT(2 * order)), true);
		expect(buffer[capacity - 1], ENTRY(PAGE_AT(2 * order), 3));
		expect(read_sysreg(HDBSSPROD_EL2), PROD(0ul, capacity));
		expect_refused(2 * order + 1);
		expect(buffer[capacity], 0);
		expect(read_sysreg(HDBSSPROD_EL2), PROD(0ul, capacity));
	}
}

static void beyond(void)
{
	write_sysreg(HDBSSPROD_EL2, PROD_INDEX);
	expect_refused(3);
	expect(read_sysreg(HDBSSPROD_EL2), PROD_INDEX);
}

static void the_fault(void)
{
	struct exit exit;

	fill();
	exit = expect_refused(3);
	expect(exit.esr & ESR_WNR, ESR_WNR);
	expect(exit.esr & ESR_S1PTW, 0);
	expect(exit.esr & MASK(63, 32), ESR_HDBSSF);
	expect(exit.far, PAGE_AT(3) + 8);
	expect(exit.hpfar, PAGE_AT(3) >> 8);
}

static void a_block(void)
{
	struct exit exit;

	fill();
	exit = guest(guest_store, IPA_BLOCK, 1);
	expect(ESR_FSC(exit.esr), FSC_PERMISSION(2));
	expect(exit.esr & ESR_HDBSSF, ESR_HDBSSF);
	expect(s2_l2[1], (u64)data | S2_CLEAN);
}

static void drained(void)
{
	fill();
	expect_refused(3);
	write_sysreg(HDBSSPROD_EL2, 0);
	expect(guest_stores(PAGE_AT(3)), true);
	expect(buffer[0], ENTRY(PAGE_AT(3), 3));
	expect(read_sysreg(HDBSSPROD_EL2), PROD(0ul, 1));
}

static void a_larger_one(void)
{
	fill();
	expect_refused(3);
	write_sysreg(HDBSSBR_EL2, (u64)buffer | 1);
	expect(guest_stores(PAGE_AT(3)), true);
	expect(buffer[PAGES], ENTRY(PAGE_AT(3), 3));
}

static void reads_go_on(void)
{
	fill();
	expect(guest(guest_load, PAGE_AT(3), 0).esr, ESR_HVC(0));
}

static void dirty_pages_go_on(void)
{
	expect(guest_stores(PAGE_AT(3)), true);
	fill();
	flush_tlb();
	expect(guest_stores(PAGE_AT(3) + 8), true);
}

static void without_dbm(void)
{
	struct exit exit;

	fill();
	s2_l3[3] = (u64)data[3] | S2_READ_ONLY | S2_PAGE;
	flush_tlb();
	exit = guest(guest_store, PAGE_AT(3), 1);
	expect(ESR_FSC(exit.esr), FSC_PERMISSION(3));
	expect(exit.esr & ESR_HDBSSF, 0);
}

static void the_next_fault(void)
{
	fill();
	expect_refused(3);
	without_dbm();
	expect(guest(guest_nothing, 0, 0).esr, ESR_HVC(0));
}

static void without_hdbss(void)
{
	fill();
	stage2_on(s2_l1, FRESH_VTCR & ~VTCR_HDBSS);
	expect(guest_stores(PAGE_AT(3)), true);
	expect(s2_l3[3], (u64)data[3] | S2_DIRTY | S2_PAGE);
}

static void an_error(void)
{
	static const u64 codes[] = { FSC_EXTERNAL_ABORT, FSC_GRANULE_FAULT };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(codes); i++) {
		write_sysreg(HDBSSPROD_EL2, PROD(codes[i], 0));
		expect_refused(3);
		expect(read_sysreg(HDBSSPROD_EL2), PROD(codes[i], 0));
		expect(buffer[0], 0);
	}
	write_sysreg(HDBSSPROD_EL2, 0);
	expect(guest_stores(PAGE_AT(3)), true);
	expect(buffer[0], ENTRY(PAGE_AT(3), 3));
}

static void reserved_sizes(void)
{
	u64 size;

	for (size = BR_SZ_MAX + 1; size <= 15; size++) {
		set_buffer(buffer, size);
		expect_refused(3);
	}
}

const struct test tests[] = {
	{ "a buffer of each size takes 512 << SZ entries and no more", sizes },
	{ "INDEX beyond the size is full, too", beyond },
	{ "a write that finds no room is a permission fault of the IPA, HDBSSF 1", the_fault },
	{ "a block that finds no room faults at its own level", a_block },
	{ "with INDEX 0 the write succeeds and is appended", drained },
	{ "a larger SZ makes room", a_larger_one },
	{ "when it is full, reads go on", reads_go_on },
	{ "when it is full, writes to dirty pages go on", dirty_pages_go_on },
	{ "when it is full, a page without DBM faults as ever, HDBSSF 0", without_dbm },
	{ "HDBSSF does not stay for the next exception", the_next_fault },
	{ "when it is full and HDBSS is 0, a page becomes dirty", without_hdbss },
	{ "no entry is appended while FSC is not 0, and writes fault, HDBSSF 1", an_error },
	{ "the reserved sizes 10 to 15 hold no entry (our choice)", reserved_sizes },
};
const unsigned int test_count = ARRAY_SIZE(tests);
