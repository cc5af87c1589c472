// SPDX-License-Identifier: GPL-2.0-only
/* Runs the program's tests and prints KTAP on the serial line. */
#include "lab.h"

#define UART_DATA (*(volatile uint32_t *)0x09000000)

/* A case that fails shows the first of its wrong values. */
#define SHOWN 5

static unsigned int wrong;

void say(const char *text)
{
	for (; *text; text++)
		UART_DATA = *text;
}

static void say_decimal(unsigned int value)
{
	if (value >= 10)
		say_decimal(value / 10);
	UART_DATA = '0' + value % 10;
}

void say_hex(u64 value)
{
	int shift = 60;

	while (shift && !(value >> shift))
		shift -= 4;
	say("0x");
	for (; shift >= 0; shift -= 4)
		UART_DATA = "0123456789abcdef"[(value >> shift) & 15];
}

/* Of start.S, at any exception level: nothing can be trusted any more. */
void unexpected_exception(void);
void unexpected_exception(void)
{
	say("Bail out! an exception that no test expects: ESR_EL2 ");
	say_hex(read_sysreg(esr_el2));
	say(" ELR_EL2 ");
	say_hex(read_sysreg(elr_el2));
	say(" FAR_EL2 ");
	say_hex(read_sysreg(far_el2));
	say("\n");
	power_off();
}

bool expect_(const char *what, u64 got, u64 want, const char *file, unsigned int line)
{
	if (got == want)
		return true;
	if (wrong++ >= SHOWN)
		return false;
	say("# ");
	say(file);
	say(":");
	say_decimal(line);
	say(": ");
	say(what);
	say(" is ");
	say_hex(got);
	say(", not ");
	say_hex(want);
	say("\n");
	return false;
}

u64 take_trap(struct trap *trap)
{
	u64 esr = trap->esr;

	expect(trap->count, 1);
	*trap = (struct trap){ 0 };
	return esr;
}

void main(void) __attribute__((noreturn));
void main(void)
{
	unsigned int i;

	say("KTAP version 1\n1..");
	say_decimal(test_count);
	say("\n");
	for (i = 0; i < test_count; i++) {
		wrong = 0;
		fresh();
		tests[i].run();
		expect(trap_el2.count, 0);
		expect(trap_el3.count, 0);
		say(wrong ? "not ok " : "ok ");
		say_decimal(i + 1);
		say(" " ROOM ": ");
		say(tests[i].name);
		say("\n");
	}
	power_off();
}
