// SPDX-License-Identifier: GPL-2.0-only
/* What HDBSSBR_EL2, HDBSSPROD_EL2 and VTCR_EL2 keep, and who may read them. */
#include "lab.h"

static u64 keeps_br(u64 value)
{
	write_sysreg(HDBSSBR_EL2, value);
	return read_sysreg(HDBSSBR_EL2);
}

static u64 keeps_prod(u64 value)
{
	write_sysreg(HDBSSPROD_EL2, value);
	return read_sysreg(HDBSSPROD_EL2);
}

static void the_id_register_has_it(void)
{
	expect(FIELD(read_sysreg(id_aa64mmfr1_el1), 3, 0), 4);
}

static void br_res0(void)
{
	expect(keeps_br(~BR_SZ), BR_BADDR);
	expect(keeps_br(MASK(63, 56) | MASK(11, 4)), 0);
	expect(keeps_br(0), 0);
}

static void br_sizes(void)
{
	u64 size;

	for (size = 0; size <= BR_SZ_MAX; size++)
		expect(FIELD(keeps_br(BR_BADDR | size), 3, 0), size);
}

static void br_alignment(void)
{
	u64 size;

	for (size = 0; size <= BR_SZ_MAX; size++)
		expect(keeps_br(BR_BADDR | size), MASK(55, 12 + size) | size);
}

static void prod_res0(void)
{
	expect(keeps_prod(~0ul), PROD_FSC | PROD_INDEX);
	expect(keeps_prod(0), 0);
}

static void prod_fields(void)
{
	expect(keeps_prod(PROD(FSC_EXTERNAL_ABORT, 0)), 0x10ul << 26);
	expect(keeps_prod(PROD(FSC_GRANULE_FAULT, 0)), 0x28ul << 26);
	expect(keeps_prod(PROD(0ul, 0x40000)), 0x40000);
}

static void vtcr_bit(void)
{
	write_sysreg(vtcr_el2, FRESH_VTCR);
	expect(read_sysreg(vtcr_el2) & BIT(45), BIT(45));
	write_sysreg(vtcr_el2, FRESH_VTCR & ~VTCR_HDBSS);
	expect(read_sysreg(vtcr_el2) & BIT(45), 0);
}

static void undefined_at_el1(void)
{
	expect(guest(guest_read_hdbssbr, 0, 0).esr, ESR_HVC(1));
	expect(ESR_EC(read_sysreg(esr_el1)), EC_UNDEFINED);
}

const struct test tests[] = {
	{ "ID_AA64MMFR1_EL1.HAFDBS says HDBSS", the_id_register_has_it },
	{ "HDBSSBR_EL2 keeps BADDR, and its other bits read as zero", br_res0 },
	{ "HDBSSBR_EL2 keeps the sizes 0 to 9", br_sizes },
	{ "the base is aligned to the size: BADDR[SZ+11:12] reads as zero", br_alignment },
	{ "HDBSSPROD_EL2 keeps FSC and INDEX, and its other bits read as zero", prod_res0 },
	{ "INDEX is bits 18 to 0 and FSC bits 31 to 26", prod_fields },
	{ "VTCR_EL2 keeps HDBSS, bit 45", vtcr_bit },
	{ "at EL1 the registers are undefined", undefined_at_el1 },
};
const unsigned int test_count = ARRAY_SIZE(tests);
