// SPDX-License-Identifier: GPL-2.0-only
/* Two CPUs: each has registers and a buffer of its own, and nothing else is shared. */
#include "lab.h"

#define PAGE_AT(number) (IPA_PAGES + (number)*PAGE)

static u64 second_prod;
/* The page that each CPU writes next, in step; the more, the longer on a busy host */
static volatile unsigned int step[2];
#define IN_STEP 32
/* How long CPUs race, so that one does lose between reading a descriptor and swapping it */
#define SECONDS 2

static void write_all(void)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		guest_stores(PAGE_AT(i));
}

static void write_in_step(unsigned int own)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++) {
		step[own] = i + 1;
		while (i < IN_STEP && step[!own] < i + 1)
			;
		guest_stores(PAGE_AT(i));
	}
}

static void second_fresh(void)
{
	set_buffer(second_buffer, 0);
	fresh_cpu();
}

static void second_writes_all(void)
{
	second_fresh();
	write_all();
	second_prod = read_sysreg(HDBSSPROD_EL2);
}

static void second_writes_in_step(void)
{
	second_fresh();
	write_in_step(1);
	second_prod = read_sysreg(HDBSSPROD_EL2);
}

static void second_reads(void)
{
	second_prod = read_sysreg(HDBSSPROD_EL2);
}

/* How often the entry of page @number is among the first @count of @entries */
static unsigned int found(const u64 *entries, u64 count, unsigned int number)
{
	unsigned int times = 0;

	while (count--)
		times += entries[count] == ENTRY(PAGE_AT(number), 3);
	return times;
}

static void the_same_pages(void)
{
	unsigned int i;
	u64 prod;

	step[0] = step[1] = 0;
	start_second(second_writes_in_step);
	write_in_step(0);
	wait_for_second();
	prod = read_sysreg(HDBSSPROD_EL2);
	if (!expect(prod + second_prod, PAGES))
		return;
	for (i = 0; i < PAGES; i++)
		if (!expect(found(buffer, prod, i) + found(second_buffer, second_prod, i), 1))
			break;
}

static void many_times(void)
{
	u64 end = read_sysreg(cntpct_el0) + SECONDS * read_sysreg(cntfrq_el0);

	do {
		fresh();
		the_same_pages();
	} while (read_sysreg(cntpct_el0) < end);
}

static void own_registers(void)
{
	write_all();
	start_second(second_writes_all);
	wait_for_second();
	expect(second_prod, 0);
	expect(second_buffer[0], 0);
	expect(read_sysreg(HDBSSPROD_EL2), PROD(0ul, PAGES));
	write_sysreg(HDBSSPROD_EL2, PROD(FSC_EXTERNAL_ABORT, 7));
	start_second(second_reads);
	wait_for_second();
	expect(second_prod, 0);
}

static void own_room(void)
{
	write_sysreg(HDBSSPROD_EL2, PROD(0ul, PAGES));
	start_second(second_writes_all);
	wait_for_second();
	expect(second_prod, PROD(0ul, PAGES));
	expect(second_buffer[PAGES - 1], ENTRY(PAGE_AT(PAGES - 1), 3));
	expect(buffer[0], 0);
}

const struct test tests[] = {
	{ "two CPUs that write the same pages append each exactly once", many_times },
	{ "a CPU's entries, INDEX and FSC are its own", own_registers },
	{ "a CPU whose buffer is full leaves others their room", own_room },
};
const unsigned int test_count = ARRAY_SIZE(tests);
