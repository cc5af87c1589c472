// SPDX-License-Identifier: GPL-2.0-only
/* The second CPU: what EL3 started waits, what PSCI has not started yet is started. */
#include "lab.h"

static void (*volatile work)(void);

/* Of start.S */
void start(void);
void second_main(void) __attribute__((noreturn));
void second_main(void)
{
	for (;;) {
		while (!work)
			asm volatile("yield");
		barrier();
		work();
		barrier();
		work = NULL;
	}
}

void start_second(void (*what)(void))
{
	static bool started;

	barrier();
	work = what;
	if (!have_el3 && !started)
		expect(call_firmware(PSCI_CPU_ON, 1, (u64)start, 0), 0);
	started = true;
}

void wait_for_second(void)
{
	while (work)
		asm volatile("yield");
	barrier();
}
