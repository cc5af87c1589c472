// SPDX-License-Identifier: GPL-2.0-only
/* The guest's memory, the two stages of its translation, and the machine as each test finds it. */
#include "lab.h"

#define SCTLR_EL1_RES1 0x30d00800ul
#define SCTLR_M BIT(0)
/* 39 bits of VA in 4 KiB granules from level 1, none by TTBR1, 40 bits of IPA */
#define TCR_4K (2ul << 32 | BIT(23) | 3ul << 12 | (64 - 39))
#define MAIR_NORMAL 0xfful

#define ALIGNED(bytes) __attribute__((aligned(bytes)))

char stacks[2][STACK_BYTES] ALIGNED(16);
char el3_stacks[2][STACK_BYTES] ALIGNED(16);
unsigned int have_el3;
struct trap trap_el2, trap_el3;

u64 s2_l1[PAGES] ALIGNED(PAGE), s2_l2[PAGES] ALIGNED(PAGE), s2_l3[PAGES] ALIGNED(PAGE);
u64 s2_64k_l2[8192] ALIGNED(64 * KIB), s2_64k_l3[8192] ALIGNED(64 * KIB);
u64 buffer[2 * MIB / sizeof(u64) + PAGES] ALIGNED(2 * MIB), second_buffer[PAGES] ALIGNED(PAGE);
u64 data[PAGES][PAGE / sizeof(u64)] ALIGNED(2 * MIB);
u64 *const stage1 = data[PAGES - 1];

/* GCC may call it whatever one writes. */
void *memset(void *to, int byte, size_t bytes);
void *memset(void *to, int byte, size_t bytes)
{
	char *at = to;

	while (bytes--)
		*at++ = byte;
	return to;
}

static void clear(u64 *words, size_t count)
{
	while (count--)
		*words++ = 0;
}

void flush_tlb(void)
{
	asm volatile("dsb ishst; tlbi vmalls12e1is; dsb ish; isb" ::: "memory");
}

void stage2_on(const u64 *root, u64 vtcr)
{
	write_sysreg(vttbr_el2, root);
	write_sysreg(vtcr_el2, vtcr);
	flush_tlb();
}

void set_buffer(const void *base, unsigned int order)
{
	write_sysreg(HDBSSBR_EL2, (u64)base | order);
	write_sysreg(HDBSSPROD_EL2, 0);
	barrier();
}

u64 set_scr(u64 clear, u64 set)
{
	return call_firmware(FIRMWARE_SCR, clear, set, 0);
}

struct exit guest(const char *code, u64 x0, u64 x1)
{
	struct exit exit = { .sctlr = read_sysreg(sctlr_el2) };

	guest_run(&exit, code, x0, x1);
	return exit;
}

bool guest_stores(u64 address)
{
	return guest(guest_store, address, 1).esr == ESR_HVC(0);
}

static void fresh_tables(void)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++) {
		s2_l3[i] = (u64)data[i] | S2_CLEAN | S2_PAGE;
		s2_l2[i] = 0;
		s2_l1[i] = 0;
	}
	s2_l1[IPA_RAM / GIB] = IPA_RAM | S2_WRITABLE;
	s2_l1[IPA_PAGES / GIB] = (u64)s2_l2 | S2_TABLE;
	s2_l2[0] = (u64)s2_l3 | S2_TABLE;
	s2_l2[1] = (u64)data | S2_CLEAN;
	s2_l1[IPA_GIB / GIB] = IPA_RAM | S2_CLEAN;

	s2_64k_l2[IPA_RAM / (512 * MIB)] = IPA_RAM | S2_WRITABLE;
	s2_64k_l2[IPA_64K / (512 * MIB)] = (u64)s2_64k_l3 | S2_TABLE;
	for (i = 0; i < 32; i++)
		s2_64k_l3[i] = (u64)data[16 * i] | S2_CLEAN | S2_PAGE;
}

static bool have_hdbss(void)
{
	return FIELD(read_sysreg(id_aa64mmfr1_el1), 3, 0) >= 4;
}

void fresh_cpu(void)
{
	write_sysreg(hcr_el2, HCR_RW | HCR_VM);
	write_sysreg(sctlr_el1, SCTLR_EL1_RES1);
	write_sysreg(vbar_el1, guest_vectors);
	stage2_on(s2_l1, FRESH_VTCR);
}

void fresh(void)
{
	if (have_el3)
		set_scr(SCR_EEL2, SCR_FIRMWARE);
	clear(buffer, ARRAY_SIZE(buffer));
	clear(second_buffer, ARRAY_SIZE(second_buffer));
	clear(data[0], sizeof(data) / sizeof(u64));
	fresh_tables();
	if (have_hdbss())
		set_buffer(buffer, 0);
	fresh_cpu();
	trap_el2 = trap_el3 = (struct trap){ 0 };
}

void stage1_on(u64 leaf_flags, u64 tcr)
{
	clear(stage1, PAGES);
	stage1[IPA_RAM / GIB] = IPA_RAM | S1_BLOCK | S1_AF;
	stage1[VA_PAGES / GIB] = IPA_PAGES | S1_BLOCK | leaf_flags;
	stage1[VA_CODE / GIB] = IPA_RAM | S1_BLOCK | leaf_flags;
	write_sysreg(mair_el1, MAIR_NORMAL);
	write_sysreg(ttbr0_el1, STAGE1_IPA);
	write_sysreg(tcr_el1, TCR_4K | tcr);
	write_sysreg(sctlr_el1, SCTLR_EL1_RES1 | SCTLR_M);
	flush_tlb();
}
