// SPDX-License-Identifier: GPL-2.0-only
/*
 * One CPU overwrites an instruction that another runs all the time. Once it has said so to the
 * caches, and the other one knows, the old instruction is never run again.
 *
 * The emulator has a thread for each CPU. What goes wrong does so when the host stops one at a bad
 * moment: further CPUs keep it busy.
 */
#include "lab.h"

#define SECONDS 4
#define CPUS 4
#define ROUNDS_AT_LEAST 100

#define NOP 0xd503201f
#define MOV_W0(value) (0x52800000 | (value) << 5)
#define VALUE_MASK 0xffff

/* Of busy.S; the victim is a function: NOP, MOV_W0(), RET. */
void busy(void);
extern volatile uint32_t victim[];

/* What the victim returns by now, and what the second CPU knows of that */
static volatile unsigned int current, known;
static volatile unsigned int stale;
static volatile bool writes_too, done;

static void overwrite(unsigned int value)
{
	victim[1] = MOV_W0(value);
	asm volatile("dc cvau, %0; dsb ish; ic ivau, %0; dsb ish; isb" ::"r"(&victim[1])
		     : "memory");
	current = value;
}

static unsigned int run(void)
{
	return ((unsigned int (*)(void))victim)();
}

static void second_runs(void)
{
	while (!done) {
		if (writes_too)
			victim[0] = NOP;
		run();
		if (known == current)
			continue;
		barrier();
		stale += run() != current;
		barrier();
		known = current;
	}
}

/* The more different, the better: until the next round */
static void wait_a_little(unsigned int round)
{
	u64 end = read_sysreg(cntpct_el0) + round % 1024;

	while (read_sysreg(cntpct_el0) < end)
		;
}

static void keep_the_host_busy(void)
{
	static bool started;
	u64 cpu;

	for (cpu = 2; cpu < CPUS && !started; cpu++)
		expect(call_firmware(PSCI_CPU_ON, cpu, (u64)busy, 0), 0);
	started = true;
}

static void overwrite_and_run(bool second_writes_too)
{
	u64 end = read_sysreg(cntpct_el0) + SECONDS * read_sysreg(cntfrq_el0);
	unsigned int round = 0;

	keep_the_host_busy();
	writes_too = second_writes_too;
	stale = 0;
	done = false;
	start_second(second_runs);
	while (round < ROUNDS_AT_LEAST || read_sysreg(cntpct_el0) < end) {
		overwrite(++round & VALUE_MASK);
		while (known != current)
			;
		wait_a_little(round);
	}
	done = true;
	wait_for_second();
	overwrite(0);
	known = 0;
	expect(stale, 0);
}

static void by_one(void)
{
	overwrite_and_run(false);
}

static void by_both(void)
{
	overwrite_and_run(true);
}

const struct test tests[] = {
	{ "after IC IVAU no CPU runs what was overwritten", by_one },
	{ "neither does one that writes to the code next to it", by_both },
};
const unsigned int test_count = ARRAY_SIZE(tests);
