// SPDX-License-Identifier: GPL-2.0-only
/* Which accesses append an entry, what is in it, and which switches must be on. */
#include "lab.h"

#define PAGE_AT(number) (IPA_PAGES + (number)*PAGE)

/* The buffer holds exactly the entry @want, and INDEX is behind it. */
static void expect_only(u64 want)
{
	expect(buffer[0], want);
	expect(buffer[1], 0);
	expect(read_sysreg(HDBSSPROD_EL2), PROD(0ul, 1));
}

static void expect_none(void)
{
	expect(buffer[0], 0);
	expect(read_sysreg(HDBSSPROD_EL2), 0);
}

/* A page that the guest finds with @leaf, whose store must come back, and what becomes of it */
static u64 stored_to(u64 leaf)
{
	s2_l3[3] = (u64)data[3] | leaf | S2_PAGE;
	flush_tlb();
	expect(guest_stores(PAGE_AT(3) + 8), true);
	expect(data[3][1], 1);
	return s2_l3[3] & ~(u64)data[3] & ~S2_PAGE;
}

/* The same for a store that must come back by an ordinary permission fault */
static void expect_ordinary_fault(u64 leaf)
{
	struct exit exit;

	s2_l3[3] = (u64)data[3] | leaf | S2_PAGE;
	flush_tlb();
	exit = guest(guest_store, PAGE_AT(3), 1);
	expect(ESR_EC(exit.esr), EC_DATA_ABORT);
	expect(ESR_FSC(exit.esr), FSC_PERMISSION(3));
	expect(exit.esr & ESR_HDBSSF, 0);
	expect(s2_l3[3], (u64)data[3] | leaf | S2_PAGE);
	expect_none();
}

static void a_page(void)
{
	expect(stored_to(S2_CLEAN), S2_DIRTY);
	expect_only(ENTRY(PAGE_AT(3), 3));
}

static void a_2m_block(void)
{
	expect(guest_stores(IPA_BLOCK + 5 * PAGE + 8), true);
	expect(s2_l2[1], (u64)data | S2_DIRTY);
	expect_only(ENTRY(IPA_BLOCK, 2));
}

static void a_1g_block(void)
{
	expect(guest_stores(IPA_GIB + ((u64)data[7] - IPA_RAM)), true);
	expect(s2_l1[IPA_GIB / GIB], IPA_RAM | S2_DIRTY);
	expect_only(ENTRY(IPA_GIB, 1));
}

static void a_64k_page(void)
{
	stage2_on(s2_64k_l2, VTCR_64K | VTCR_HA | VTCR_HD | VTCR_HDBSS);
	expect(guest_stores(IPA_64K + 3 * 64 * KIB + 0x5120), true);
	expect(s2_64k_l3[3], (u64)data[48] | S2_DIRTY | S2_PAGE);
	expect_only(ENTRY(IPA_64K + 3 * 64 * KIB, 3));
}

static void another_page_of_a_dirty_block(void)
{
	expect(guest_stores(IPA_BLOCK), true);
	expect(guest_stores(IPA_BLOCK + 9 * PAGE), true);
	expect_only(ENTRY(IPA_BLOCK, 2));
}

static void in_order(void)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		expect(guest_stores(PAGE_AT(PAGES - 1 - i)), true);
	for (i = 0; i < PAGES; i++)
		if (!expect(buffer[i], ENTRY(PAGE_AT(PAGES - 1 - i), 3)))
			break;
	expect(buffer[PAGES], 0);
	expect(read_sysreg(HDBSSPROD_EL2), PROD(0ul, PAGES));
}

static void from_index(void)
{
	write_sysreg(HDBSSPROD_EL2, PROD(0ul, 5));
	expect(guest_stores(PAGE_AT(3)), true);
	expect(buffer[4], 0);
	expect(buffer[5], ENTRY(PAGE_AT(3), 3));
	expect(buffer[6], 0);
	expect(read_sysreg(HDBSSPROD_EL2), PROD(0ul, 6));
}

static void big_endian(void)
{
	struct exit exit = { .sctlr = read_sysreg(sctlr_el2) | SCTLR_EE };

	s2_l1[IPA_RAM / GIB] = __builtin_bswap64(s2_l1[IPA_RAM / GIB]);
	s2_l1[IPA_GIB / GIB] = __builtin_bswap64(s2_l1[IPA_GIB / GIB]);
	flush_tlb();
	guest_run(&exit, guest_store, IPA_GIB + ((u64)data[7] - IPA_RAM), 1);
	expect(exit.esr, ESR_HVC(0));
	expect_only(__builtin_bswap64(ENTRY(IPA_GIB, 1)));
}

static void a_swap(void)
{
	expect(guest(guest_swap, PAGE_AT(3), 1).esr, ESR_HVC(0));
	expect_only(ENTRY(PAGE_AT(3), 3));
}

static void a_store_exclusive(void)
{
	struct exit exit = guest(guest_store_exclusive, PAGE_AT(3), 1);

	expect(exit.esr, ESR_HVC(0));
	expect(exit.x0, 0);
	expect_only(ENTRY(PAGE_AT(3), 3));
}

static void with_the_access_flag(void)
{
	expect(stored_to(S2_CLEAN & ~S2_AF), S2_DIRTY);
	expect_only(ENTRY(PAGE_AT(3), 3));
}

static void a_read(void)
{
	s2_l3[3] &= ~S2_AF;
	flush_tlb();
	expect(guest(guest_load, PAGE_AT(3), 0).esr, ESR_HVC(0));
	expect(s2_l3[3], (u64)data[3] | S2_CLEAN | S2_PAGE);
	expect_none();
}

static void a_dirty_page(void)
{
	expect(stored_to(S2_DIRTY), S2_DIRTY);
	expect_none();
}

static void the_access_flag_of_a_dirty_page(void)
{
	expect(stored_to(S2_DIRTY & ~S2_AF), S2_DIRTY);
	expect_none();
}

static void a_second_write(void)
{
	expect(guest_stores(PAGE_AT(3)), true);
	expect(guest_stores(PAGE_AT(3) + 8), true);
	flush_tlb();
	expect(guest_stores(PAGE_AT(3) + 16), true);
	expect_only(ENTRY(PAGE_AT(3), 3));
}

static void clean_again(void)
{
	expect(guest_stores(PAGE_AT(3)), true);
	s2_l3[3] &= ~S2_WRITE;
	flush_tlb();
	expect(guest_stores(PAGE_AT(3)), true);
	expect(buffer[0], ENTRY(PAGE_AT(3), 3));
	expect(buffer[1], ENTRY(PAGE_AT(3), 3));
	expect(read_sysreg(HDBSSPROD_EL2), PROD(0ul, 2));
}

static void writable_without_dbm(void)
{
	expect(stored_to(S2_WRITABLE), S2_WRITABLE);
	expect_none();
}

static void read_only_without_dbm(void)
{
	expect_ordinary_fault(S2_READ_ONLY);
}

static void without_hdbss(void)
{
	stage2_on(s2_l1, FRESH_VTCR & ~VTCR_HDBSS);
	expect(stored_to(S2_CLEAN), S2_DIRTY);
	expect_none();
}

static void without_hd(void)
{
	stage2_on(s2_l1, FRESH_VTCR & ~VTCR_HD);
	expect_ordinary_fault(S2_CLEAN);
}

static void without_ha(void)
{
	stage2_on(s2_l1, FRESH_VTCR & ~VTCR_HA);
	expect_ordinary_fault(S2_CLEAN);
}

const struct test tests[] = {
	{ "a write makes a writable-clean page dirty and appends its entry, TTWL 3", a_page },
	{ "a 2 MiB block has one entry, at its beginning, TTWL 2", a_2m_block },
	{ "a 1 GiB block has one entry, at its beginning, TTWL 1", a_1g_block },
	{ "the entry of a 64 KiB page is aligned to 64 KiB", a_64k_page },
	{ "another page of a dirty block appends nothing", another_page_of_a_dirty_block },
	{ "entries follow one another until the buffer is full", in_order },
	{ "INDEX is where the next entry goes", from_index },
	{ "entries have the endianness of SCTLR_EL2.EE", big_endian },
	{ "an atomic swap appends", a_swap },
	{ "a store exclusive appends", a_store_exclusive },
	{ "a write that sets the access flag, too, appends once", with_the_access_flag },
	{ "a read appends nothing, even if it sets the access flag", a_read },
	{ "a write to a dirty page appends nothing", a_dirty_page },
	{ "a write that only sets the access flag of a dirty page appends nothing",
	  the_access_flag_of_a_dirty_page },
	{ "a page that is written again is not appended again", a_second_write },
	{ "a page that was made clean again is appended again", clean_again },
	{ "a page that is writable without DBM appends nothing", writable_without_dbm },
	{ "a page without DBM faults as ever, HDBSSF 0", read_only_without_dbm },
	{ "with HDBSS 0 the page becomes dirty without an entry", without_hdbss },
	{ "with HD 0 the write faults as ever, HDBSSF 0", without_hd },
	{ "with HA 0 the write faults as ever, HDBSSF 0", without_ha },
};
const unsigned int test_count = ARRAY_SIZE(tests);
