// SPDX-License-Identifier: GPL-2.0-only
/* What a test orders to happen at a step of a TSM: an error, a delay, or both. */
#include "emu.h"

#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

/* clang-format off */
static const struct {
	const char *name;
	bool can_fail; /* what cannot must wait uninterrupted, too */
} steps[EMU_STEPS] = {
	[EMU_PROBE]      = { "probe", true },
	[EMU_CONNECT]    = { "connect", true },
	[EMU_DISCONNECT] = { "disconnect", false },
	[EMU_BIND]       = { "bind", true },
	[EMU_UNBIND]     = { "unbind", false },
	[EMU_GUEST_REQ]  = { "guest_req", true },
	[EMU_LOCK]       = { "lock", true },
	[EMU_REPORT]     = { "report", true },
	[EMU_ACCEPT]     = { "accept", true },
	[EMU_UNLOCK]     = { "unlock", false },
	[EMU_EVIDENCE]   = { "evidence", true },
};
/* clang-format on */

/* Takes one of what is ordered. */
static struct emu_order take(struct emu_order *order)
{
	struct emu_order taken;

	guard(raw_spinlock_irqsave)(&emu_lock);
	taken = *order;
	if (order->count && !--order->count)
		*order = (struct emu_order){};
	return taken;
}

/* The negative errno to fail with, or 0. */
int emu_obey(struct emu_function *fn, enum emu_step step)
{
	struct emu_order order = take(&fn->order[step]);

	if (!order.delay_ms)
		return -order.errno_code;
	if (!steps[step].can_fail) {
		msleep(order.delay_ms);
		return 0;
	}
	msleep_interruptible(order.delay_ms);
	return signal_pending(current) ? -EINTR : -order.errno_code;
}

static int find_step(const char *name)
{
	for (int i = 0; i < EMU_STEPS; i++)
		if (!strcmp(name, steps[i].name))
			return i;
	return -EINVAL;
}

/* "STEP ERRNO [DELAY_MS [COUNT]]" */
int emu_order_parse(struct emu_function *fn, const char *text)
{
	struct emu_order order = {};
	char name[16], rest;
	int step, fields;

	fields = sscanf(text, "%15s %d %u %u %c", name, &order.errno_code, &order.delay_ms,
			&order.count, &rest);
	if (fields < 2 || fields > 4 || order.errno_code < 0 || order.errno_code > MAX_ERRNO)
		return -EINVAL;
	step = find_step(name);
	if (step < 0)
		return step;
	if (order.errno_code && !steps[step].can_fail)
		return -EINVAL;

	guard(raw_spinlock_irqsave)(&emu_lock);
	fn->order[step] = order;
	return 0;
}

size_t emu_order_print(struct emu_function *fn, char *text, size_t size)
{
	size_t length = 0;

	guard(raw_spinlock_irqsave)(&emu_lock);
	for (int i = 0; i < EMU_STEPS; i++) {
		struct emu_order *order = &fn->order[i];

		if (order->errno_code || order->delay_ms)
			length += scnprintf(text + length, size - length, "%s %d %u %u\n",
					    steps[i].name, order->errno_code, order->delay_ms,
					    order->count);
	}
	return length;
}

void emu_order_clear(struct emu_function *fn)
{
	guard(raw_spinlock_irqsave)(&emu_lock);
	memset(fn->order, 0, sizeof(fn->order));
}
