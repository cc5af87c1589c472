/* SPDX-License-Identifier: GPL-2.0-only */
/* The bare machine: registers, a guest at EL1 behind stage 2, and KTAP on the serial line. */
#ifndef LAB_H
#define LAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "asm.h"

typedef uint64_t u64;

#define BIT(n) (1ul << (n))
#define MASK(high, low) ((BIT((high) - (low) + 1) - 1) << (low))
#define FIELD(value, high, low) (((value) >> (low)) & (BIT((high) - (low) + 1) - 1))
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define read_sysreg(name) read_sysreg_(name)
#define read_sysreg_(name)                                                                         \
	({                                                                                         \
		u64 value_;                                                                        \
		asm volatile("mrs %0, " #name : "=r"(value_));                                     \
		value_;                                                                            \
	})
#define write_sysreg(name, value) write_sysreg_(name, value)
#define write_sysreg_(name, value) asm volatile("msr " #name ", %0" ::"r"((u64)(value)) : "memory")
#define barrier() asm volatile("dsb sy; isb" ::: "memory")

/* The assembler does not know their names. */
#define HDBSSBR_EL2 s3_4_c2_c3_2
#define HDBSSPROD_EL2 s3_4_c2_c3_3

#define BR_BADDR MASK(55, 12)
#define BR_SZ MASK(3, 0)
#define BR_SZ_MAX 9
#define PROD_FSC MASK(31, 26)
#define PROD_INDEX MASK(18, 0)
#define FSC_EXTERNAL_ABORT 0x10ul
#define FSC_GRANULE_FAULT 0x28ul
#define PROD(fsc, index) ((fsc) << 26 | (index))

#define ENTRY_VALID BIT(0)
#define ENTRY_NSIPA BIT(11)
/* What a leaf at @level that maps @ipa leaves in the buffer */
#define ENTRY(ipa, level) ((ipa) | (level) << 1 | ENTRY_VALID)

#define SCR_NS BIT(0)
#define SCR_EEL2 BIT(18)
#define SCR_HDBSSEN BIT(60)

#define HCR_VM BIT(0)
#define HCR_RW BIT(31)

#define VTCR_HA BIT(21)
#define VTCR_HD BIT(22)
#define VTCR_HDBSS BIT(45)
/* 39 bits of IPA in 4 KiB granules from level 1, and 40 in 64 KiB granules from level 2 */
#define VTCR_4K (BIT(31) | 2ul << 16 | 3ul << 12 | 1ul << 6 | (64 - 39))
#define VTCR_64K (BIT(31) | 2ul << 16 | 1ul << 14 | 3ul << 12 | 1ul << 6 | (64 - 40))

#define ESR_EC(esr) FIELD(esr, 31, 26)
#define EC_UNDEFINED 0x00ul
#define EC_HVC 0x16ul
#define EC_SYSREG 0x18ul
#define EC_FETCH_ABORT 0x20ul
#define EC_DATA_ABORT 0x24ul
#define EC_DATA_ABORT_SAME 0x25ul
#define ESR_HDBSSF BIT(32 + 11)
#define ESR_S1PTW BIT(7)
#define ESR_WNR BIT(6)
#define ESR_FSC(esr) FIELD(esr, 5, 0)
#define FSC_PERMISSION(level) (0x0cul + (level))
#define ESR_HVC(number) (EC_HVC << 26 | BIT(25) | (number))

/* A stage 2 leaf: Normal memory, inner shareable, readable */
#define S2_TABLE 3ul
#define S2_PAGE 2ul
#define S2_AF BIT(10)
#define S2_WRITE BIT(7)
#define S2_DBM BIT(51)
#define S2_READ_ONLY (S2_AF | 3ul << 8 | BIT(6) | 0xful << 2 | 1)
#define S2_WRITABLE (S2_READ_ONLY | S2_WRITE)
#define S2_CLEAN (S2_READ_ONLY | S2_DBM)
#define S2_DIRTY (S2_CLEAN | S2_WRITE)

/* A stage 1 leaf */
#define S1_AF BIT(10)
#define S1_READ_ONLY BIT(7)
#define S1_NS BIT(5)
#define S1_DBM BIT(51)
#define S1_BLOCK (3ul << 8 | 1)
#define TCR_HA BIT(39)
#define TCR_HD BIT(40)

#define KIB 1024ul
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define PAGE 4096ul
#define PAGES 512

/* What IPAs map: RAM at its address, and the data by each size of a leaf */
#define IPA_RAM 0x40000000ul
#define IPA_PAGES 0x100000000ul
#define IPA_BLOCK 0x100200000ul
#define IPA_GIB 0x200000000ul
#define IPA_64K 0x300000000ul

/* mmu.c: all of this is as fresh() leaves it when a test begins. */
extern u64 s2_l1[PAGES], s2_l2[PAGES], s2_l3[PAGES], s2_64k_l2[], s2_64k_l3[];
/* The buffer may be of any size; what is behind it is there to stay zero. */
extern u64 buffer[2 * MIB / sizeof(u64) + PAGES], second_buffer[PAGES];
extern u64 data[PAGES][PAGE / sizeof(u64)];
void fresh(void);
/* Of that, the registers for the guest, on any CPU */
void fresh_cpu(void);
void stage2_on(const u64 *root, u64 vtcr);
void flush_tlb(void);
void stage1_on(u64 leaf_flags, u64 tcr);
void set_buffer(const void *base, unsigned int order);
#define FRESH_VTCR (VTCR_4K | VTCR_HA | VTCR_HD | VTCR_HDBSS)
/* The virtual addresses of stage1_on(): data as IPA_PAGES has it, and RAM once more */
#define VA_PAGES IPA_PAGES
#define VA_CODE 0x140000000ul
/* The page with the guest's own table */
#define STAGE1_IPA (IPA_PAGES + (PAGES - 1) * PAGE)
extern u64 *const stage1;

/* How a guest came back, and with which SCTLR_EL2 it runs */
struct exit {
	u64 esr, far, hpfar, x0, sctlr;
};
typedef char guest_code[];
extern guest_code guest_store, guest_load, guest_swap, guest_store_exclusive, guest_nothing;
extern guest_code guest_read_hdbssbr, guest_at_s1e1r, guest_vectors;
void guest_run(struct exit *exit, const char *code, u64 x0, u64 x1);
/* As guest_run(), with a little-endian EL2 */
struct exit guest(const char *code, u64 x0, u64 x1);
/* Does the guest's store come back as it should, by its HVC? */
bool guest_stores(u64 address);

/* Instructions of EL2 that trapped, to EL2 and to EL3, since the test began */
struct trap {
	u64 esr, count;
};
extern struct trap trap_el2, trap_el3;
extern unsigned int have_el3;
/* Takes note of the one trap that there was; the next begins anew. */
u64 take_trap(struct trap *trap);

u64 call_firmware(u64 function, u64 x1, u64 x2, u64 x3);
/* Returns SCR_EL3 as it was. */
u64 set_scr(u64 clear, u64 set);
/* The second CPU runs @work at EL2; its registers are as its last work left them. */
void start_second(void (*work)(void));
void wait_for_second(void);

/* ktap.c */
struct test {
	const char *name;
	void (*run)(void);
};
extern const struct test tests[];
extern const unsigned int test_count;
#define expect(got, want) expect_(#got, got, want, __FILE__, __LINE__)
bool expect_(const char *what, u64 got, u64 want, const char *file, unsigned int line);
void say(const char *text);
void say_hex(u64 value);
void power_off(void) __attribute__((noreturn));

#endif
