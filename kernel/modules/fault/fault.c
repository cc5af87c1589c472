// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does what a broken kernel would do, one fault per load: insmod fault.ko what=kasan. It shows
 * that kernel/tools/run sees each of them in a real guest (kernel/tools/run-faults).
 */
#include <linux/init.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/panic.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

static char *what = "none";
module_param(what, charp, 0444);
MODULE_PARM_DESC(
	what, "none, panic, oops, warn, kasan, kasan-memset, ubsan, lockdep, leak, hung or hang");

static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);

static void fault_none(void)
{
}

static void fault_panic(void)
{
	panic("fault: as asked");
}

static void fault_oops(void)
{
	int *nowhere = NULL;

	OPTIMIZER_HIDE_VAR(nowhere);
	WRITE_ONCE(*nowhere, 1);
}

static void fault_warn(void)
{
	WARN(1, "fault: as asked\n");
}

static void fault_kasan(void)
{
	char *object = kmalloc(32, GFP_KERNEL);
	size_t past = 32;

	if (!object)
		return;
	OPTIMIZER_HIDE_VAR(past);
	WRITE_ONCE(object[past], 0);
	kfree(object);
}

/* gcc 12 has no calls of its own for these: that KASAN sees them depends on the configuration. */
static void fault_kasan_memset(void)
{
	char *object = kmalloc(32, GFP_KERNEL);
	size_t size = 33;

	if (!object)
		return;
	OPTIMIZER_HIDE_VAR(object);
	OPTIMIZER_HIDE_VAR(size);
	memset(object, 0, size);
	kfree(object);
}

static void fault_ubsan(void)
{
	int one = 1, bits = 32;

	OPTIMIZER_HIDE_VAR(bits);
	one <<= bits;
	OPTIMIZER_HIDE_VAR(one);
}

static void fault_lockdep(void)
{
	mutex_lock(&first);
	mutex_lock(&second);
	mutex_unlock(&second);
	mutex_unlock(&first);

	mutex_lock(&second);
	mutex_lock(&first);
	mutex_unlock(&first);
	mutex_unlock(&second);
}

/*
 * SLUB hands objects out of arrays ("sheaves"), which keep their addresses afterwards and hide
 * as many leaks from kmemleak.
 */
static void fault_leak(void)
{
	for (int i = 0; i < 512; i++) {
		char *object = kzalloc(64, GFP_KERNEL);

		OPTIMIZER_HIDE_VAR(object);
	}
}

static void fault_hung(void)
{
	schedule_timeout_uninterruptible(30 * HZ);
}

static void fault_hang(void)
{
	local_irq_disable();
	for (;;)
		cpu_relax();
}

/* clang-format off */
static const struct {
	const char *name;
	void (*make)(void);
} faults[] = {
	{ "none", fault_none },
	{ "panic", fault_panic },
	{ "oops", fault_oops },
	{ "warn", fault_warn },
	{ "kasan", fault_kasan },
	{ "kasan-memset", fault_kasan_memset },
	{ "ubsan", fault_ubsan },
	{ "lockdep", fault_lockdep },
	{ "leak", fault_leak },
	{ "hung", fault_hung },
	{ "hang", fault_hang },
};
/* clang-format on */

static int __init fault_init(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		if (strcmp(what, faults[i].name))
			continue;
		faults[i].make();
		return 0;
	}
	return -EINVAL;
}

static void __exit fault_exit(void)
{
}

module_init(fault_init);
module_exit(fault_exit);
MODULE_DESCRIPTION("Makes the faults that the lab's runner must see");
MODULE_LICENSE("GPL");
