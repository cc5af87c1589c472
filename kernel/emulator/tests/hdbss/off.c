// SPDX-License-Identifier: GPL-2.0-only
/* Without the property the CPU is as it always was. */
#include "lab.h"

static void the_id_register(void)
{
	expect(FIELD(read_sysreg(id_aa64mmfr1_el1), 3, 0), 2);
}

static void expect_undefined(void)
{
	expect(ESR_EC(take_trap(&trap_el2)), EC_UNDEFINED);
}

static void the_registers(void)
{
	read_sysreg(HDBSSBR_EL2);
	expect_undefined();
	write_sysreg(HDBSSBR_EL2, 0);
	expect_undefined();
	read_sysreg(HDBSSPROD_EL2);
	expect_undefined();
	write_sysreg(HDBSSPROD_EL2, 0);
	expect_undefined();
}

static void the_firmware_bit(void)
{
	set_scr(0, SCR_HDBSSEN);
	expect(set_scr(0, 0) & SCR_HDBSSEN, 0);
}

static void the_control_bit(void)
{
	expect(guest_stores(IPA_PAGES), true);
	expect(s2_l3[0], (u64)data[0] | S2_DIRTY | S2_PAGE);
	expect(buffer[0], 0);
}

const struct test tests[] = {
	{ "off: ID_AA64MMFR1_EL1.HAFDBS says what it said", the_id_register },
	{ "off: the registers are undefined at EL2", the_registers },
	{ "off: SCR_EL3.HDBSSEn reads as zero", the_firmware_bit },
	{ "off: VTCR_EL2.HDBSS has no effect", the_control_bit },
};
const unsigned int test_count = ARRAY_SIZE(tests);
