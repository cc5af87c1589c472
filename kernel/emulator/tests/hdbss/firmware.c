// SPDX-License-Identifier: GPL-2.0-only
/* What EL3 decides: SCR_EL3.HDBSSEn, and in which Security state EL2 runs. */
#include "lab.h"

#define PAGE_AT(number) (IPA_PAGES + (number)*PAGE)
#define VSTCR_4K (BIT(31) | 1ul << 6 | (64 - 39))

/* A system register trap: its ISS names the register and the direction. */
#define ISS_SYSREG(op0, op1, crn, crm, op2, read)                                                  \
	((op0) << 20 | (op2) << 17 | (op1) << 14 | (crn) << 10 | (crm) << 1 | (read))
#define ISS_SYSREG_MASK (MASK(24, 10) | MASK(4, 0))

static void expect_trapped(u64 op2, u64 read)
{
	u64 esr = take_trap(&trap_el3);

	expect(ESR_EC(esr), EC_SYSREG);
	expect(esr & ISS_SYSREG_MASK, ISS_SYSREG(3ul, 4ul, 2ul, 3ul, op2, read));
}

static void traps(void)
{
	set_scr(SCR_HDBSSEN, 0);
	read_sysreg(HDBSSBR_EL2);
	expect_trapped(2, 1);
	write_sysreg(HDBSSBR_EL2, 0);
	expect_trapped(2, 0);
	read_sysreg(HDBSSPROD_EL2);
	expect_trapped(3, 1);
	write_sysreg(HDBSSPROD_EL2, 0);
	expect_trapped(3, 0);
	set_scr(0, SCR_HDBSSEN);
	expect(read_sysreg(HDBSSBR_EL2), (u64)buffer);
}

static void the_bit_is_there(void)
{
	expect(set_scr(SCR_HDBSSEN, 0) & SCR_HDBSSEN, SCR_HDBSSEN);
	expect(set_scr(0, SCR_HDBSSEN) & SCR_HDBSSEN, 0);
}

static void without_the_bit(void)
{
	set_scr(SCR_HDBSSEN, 0);
	expect(guest_stores(PAGE_AT(3)), true);
	expect(s2_l3[3], (u64)data[3] | S2_DIRTY | S2_PAGE);
	set_scr(0, SCR_HDBSSEN);
	expect(read_sysreg(HDBSSPROD_EL2), 0);
	expect(buffer[0], 0);
}

static void without_the_bit_when_full(void)
{
	write_sysreg(HDBSSPROD_EL2, PROD(0ul, PAGES));
	set_scr(SCR_HDBSSEN, 0);
	expect(guest_stores(PAGE_AT(3)), true);
}

static void non_secure(void)
{
	expect(guest_stores(PAGE_AT(3)), true);
	expect(buffer[0] & ENTRY_NSIPA, 0);
}

static void enter_secure(void)
{
	set_scr(SCR_NS, SCR_EEL2);
	/* VSTTBR_EL2 and VSTCR_EL2 have the Secure IPA space; VTCR_EL2 has HA, HD and HDBSS. */
	write_sysreg(s3_4_c2_c6_0, s2_l1);
	write_sysreg(s3_4_c2_c6_2, VSTCR_4K);
	flush_tlb();
}

static void secure(void)
{
	enter_secure();
	expect(guest_stores(PAGE_AT(3)), true);
	expect(buffer[0], ENTRY(PAGE_AT(3), 3));
	expect(read_sysreg(HDBSSPROD_EL2), PROD(0ul, 1));
}

static void secure_non_secure_ipa(void)
{
	enter_secure();
	stage1_on(S1_AF | S1_NS, 0);
	expect(guest_stores(VA_PAGES + 3 * PAGE), true);
	expect(buffer[0], ENTRY(PAGE_AT(3), 3) | ENTRY_NSIPA);
	expect(read_sysreg(HDBSSPROD_EL2), PROD(0ul, 1));
}

const struct test tests[] = {
	{ "SCR_EL3.HDBSSEn can be set and cleared", the_bit_is_there },
	{ "with HDBSSEn 0 the registers trap from EL2 to EL3, with 1 they do not", traps },
	{ "with HDBSSEn 0 a page becomes dirty without an entry", without_the_bit },
	{ "with HDBSSEn 0 a full buffer refuses nothing", without_the_bit_when_full },
	{ "an entry of Non-secure state has NSIPA 0", non_secure },
	{ "an entry of Secure state has NSIPA 0 for a Secure IPA", secure },
	{ "an entry of Secure state has NSIPA 1 for a Non-secure IPA", secure_non_secure_ipa },
};
const unsigned int test_count = ARRAY_SIZE(tests);
