// SPDX-License-Identifier: GPL-2.0-only
/* Writes that a table walk makes, and AT instructions. */
#include "lab.h"

#define PAGE_AT(number) (IPA_PAGES + (number)*PAGE)
#define PAR_F BIT(0)
#define PAR_FSC(par) FIELD(par, 6, 1)
#define PAR_PTW BIT(8)
#define PAR_S BIT(9)
#define TABLE_LEAF s2_l3[PAGES - 1]
#define TABLE_CLEAN ((u64)stage1 | S2_CLEAN | S2_PAGE)
#define TABLE_DIRTY ((u64)stage1 | S2_DIRTY | S2_PAGE)

static void fill(void)
{
	write_sysreg(HDBSSPROD_EL2, PROD(0ul, PAGES));
}

static void expect_table_appended(void)
{
	expect(TABLE_LEAF, TABLE_DIRTY);
	expect(buffer[0], ENTRY(STAGE1_IPA, 3));
	expect(buffer[1], 0);
	expect(read_sysreg(HDBSSPROD_EL2), PROD(0ul, 1));
}

static void expect_table_refused(struct exit exit, u64 class)
{
	expect(ESR_EC(exit.esr), class);
	expect(ESR_FSC(exit.esr), FSC_PERMISSION(3));
	expect(exit.esr & ESR_S1PTW, ESR_S1PTW);
	expect(exit.esr & ESR_HDBSSF, ESR_HDBSSF);
	expect(exit.hpfar, STAGE1_IPA >> 8);
	expect(TABLE_LEAF, TABLE_CLEAN);
}

static void access_flag(void)
{
	stage1_on(0, TCR_HA);
	expect(guest(guest_load, VA_PAGES, 0).esr, ESR_HVC(0));
	expect(stage1[VA_PAGES / GIB] & S1_AF, S1_AF);
	expect_table_appended();
}

static void access_flag_when_full(void)
{
	stage1_on(0, TCR_HA);
	fill();
	expect_table_refused(guest(guest_load, VA_PAGES, 0), EC_DATA_ABORT);
	expect(stage1[VA_PAGES / GIB] & S1_AF, 0);
}

static void dirty_state(void)
{
	stage1_on(S1_AF | S1_READ_ONLY | S1_DBM, TCR_HA | TCR_HD);
	expect(guest_stores(VA_PAGES + 3 * PAGE), true);
	expect(stage1[VA_PAGES / GIB] & S1_READ_ONLY, 0);
	expect(buffer[0], ENTRY(STAGE1_IPA, 3));
	expect(buffer[1], ENTRY(PAGE_AT(3), 3));
	expect(read_sysreg(HDBSSPROD_EL2), PROD(0ul, 2));
}

static void fetch(void)
{
	stage1_on(0, TCR_HA);
	expect(guest(guest_nothing + VA_CODE - IPA_RAM, 0, 0).esr, ESR_HVC(0));
	expect_table_appended();
}

static void fetch_when_full(void)
{
	stage1_on(0, TCR_HA);
	fill();
	expect_table_refused(guest(guest_nothing + VA_CODE - IPA_RAM, 0, 0), EC_FETCH_ABORT);
}

/* As KVM does: the IPA, or a range of two pages, then what the guest combined with it */
static void flush_combined(void)
{
	asm volatile("dsb ish; tlbi vmalle1is; dsb ish; isb" ::: "memory");
}

static void flush_ipa(u64 ipa)
{
	asm volatile("dsb ishst; tlbi ipas2e1is, %0" ::"r"(ipa >> 12) : "memory");
	flush_combined();
}

static void flush_range(u64 ipa)
{
	u64 operand = 1ul << 46 | ipa >> 12;

	/* tlbi ripas2e1is */
	asm volatile("dsb ishst; sys #4, c8, c0, #2, %0" ::"r"(operand) : "memory");
	flush_combined();
}

/* The table's page, once appended, is made clean: the next update is appended, too. */
static void again(void (*flush)(u64 ipa), unsigned int index)
{
	stage1[VA_PAGES / GIB] &= ~S1_AF;
	TABLE_LEAF = TABLE_CLEAN;
	flush(STAGE1_IPA);
	expect(guest(guest_load, VA_PAGES, 0).esr, ESR_HVC(0));
	expect(TABLE_LEAF, TABLE_DIRTY);
	expect(buffer[index], ENTRY(STAGE1_IPA, 3));
	expect(read_sysreg(HDBSSPROD_EL2), PROD(0ul, index + 1ul));
}

static void clean_again(void)
{
	stage1_on(0, TCR_HA);
	expect(guest(guest_load, VA_PAGES, 0).esr, ESR_HVC(0));
	expect_table_appended();
	again(flush_ipa, 1);
	again(flush_range, 2);
}

static void no_update_of_the_table(void)
{
	stage1_on(S1_AF, TCR_HA);
	expect(guest(guest_load, VA_PAGES, 0).esr, ESR_HVC(0));
	expect(TABLE_LEAF, TABLE_CLEAN);
	expect(read_sysreg(HDBSSPROD_EL2), 0);
}

static u64 at_s12e1w(u64 address)
{
	asm volatile("at s12e1w, %0; isb" ::"r"(address) : "memory");
	return read_sysreg(par_el1);
}

static u64 at_s1e1r(u64 address)
{
	asm volatile("at s1e1r, %0; isb" ::"r"(address) : "memory");
	return read_sysreg(par_el1);
}

static void at_makes_nothing_dirty(void)
{
	u64 par = at_s12e1w(PAGE_AT(3));

	expect(par & PAR_F, 0);
	expect(par & MASK(47, 12), (u64)data[3]);
	expect(s2_l3[3], (u64)data[3] | S2_CLEAN | S2_PAGE);
	expect(read_sysreg(HDBSSPROD_EL2), 0);
	expect(buffer[0], 0);
}

static void at_when_full(void)
{
	fill();
	expect(at_s12e1w(PAGE_AT(3)) & PAR_F, 0);
	expect(s2_l3[3], (u64)data[3] | S2_CLEAN | S2_PAGE);
}

static void at_without_dbm(void)
{
	s2_l3[3] = (u64)data[3] | S2_READ_ONLY | S2_PAGE;
	flush_tlb();
	expect(at_s12e1w(PAGE_AT(3)) & (PAR_F | PAR_S), PAR_F | PAR_S);
}

static void at_walk(void)
{
	stage1_on(0, TCR_HA);
	expect(at_s1e1r(VA_PAGES) & PAR_F, 0);
	expect_table_appended();
}

static void expect_par_refused(u64 par)
{
	expect(par & (PAR_F | PAR_PTW | PAR_S), PAR_F | PAR_PTW | PAR_S);
	expect(PAR_FSC(par), FSC_PERMISSION(3));
	expect(TABLE_LEAF, TABLE_CLEAN);
}

static void at_walk_when_full(void)
{
	stage1_on(0, TCR_HA);
	fill();
	expect_par_refused(at_s1e1r(VA_PAGES));
	expect_par_refused(at_s12e1w(VA_PAGES));
}

static void at_walk_of_el1_when_full(void)
{
	stage1_on(0, TCR_HA);
	fill();
	expect_table_refused(guest(guest_at_s1e1r, VA_PAGES, 0), EC_DATA_ABORT);
}

const struct test tests[] = {
	{ "a stage 1 walk that sets the access flag appends the table's page", access_flag },
	{ "when it is full, that walk is a stage 2 fault, S1PTW 1, HDBSSF 1",
	  access_flag_when_full },
	{ "a stage 1 walk that makes a page dirty appends the table first", dirty_state },
	{ "an instruction fetch whose walk sets the access flag appends", fetch },
	{ "when it is full, such a fetch is an instruction abort, HDBSSF 1", fetch_when_full },
	{ "a table that was made clean again, by KVM's TLBIs, is appended again", clean_again },
	{ "a stage 1 walk without an update appends nothing", no_update_of_the_table },
	{ "AT S12E1W finds a clean page writable and does not make it dirty",
	  at_makes_nothing_dirty },
	{ "when it is full, AT S12E1W still finds a clean page writable", at_when_full },
	{ "AT S12E1W finds a page without DBM not writable", at_without_dbm },
	{ "AT S1E1R whose walk sets the access flag appends the table's page", at_walk },
	{ "when it is full, AT S1E1R and S12E1W at EL2 report a permission fault of the walk",
	  at_walk_when_full },
	{ "when it is full, AT S1E1R at EL1 is a stage 2 fault, HDBSSF 1",
	  at_walk_of_el1_when_full },
};
const unsigned int test_count = ARRAY_SIZE(tests);
