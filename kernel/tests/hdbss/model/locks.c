// SPDX-License-Identifier: GPL-2.0-only
/*
 * Locks, and the rules of where one may wait for them
 */
#include "model.h"

static bool mutex_free(void *arg)
{
	return !((struct mutex *)arg)->owner;
}

void mutex_lock(struct mutex *lock)
{
	might_sleep("mutex_lock()");
	if (current_task()->srcu)
		violated(RULE_ATOMIC, "kvm->lock is taken with kvm->srcu held");
	hook();
	while (lock->owner)
		wait_until(mutex_free, lock);
	lock->owner = current_task();
}

void mutex_unlock(struct mutex *lock)
{
	lock->owner = NULL;
	hook();
}

void lockdep_assert_held(const struct mutex *lock)
{
	if (lock->owner != current_task())
		violated(RULE_ATOMIC, "kvm->lock is not held");
}

static void may_spin(void)
{
	if (cpus[this_cpu].irqs_off)
		violated(RULE_ATOMIC, "mmu_lock is taken with interrupts off");
	preempt_disable();
	hook();
}

void read_lock(rwlock_t *lock)
{
	may_spin();
	while (lock->writer)
		relax();
	lock->readers++;
}

void read_unlock(rwlock_t *lock)
{
	lock->readers--;
	preempt_enable();
}

void write_lock(rwlock_t *lock)
{
	may_spin();
	while (lock->writer || lock->readers)
		relax();
	lock->writer = true;
}

void write_unlock(rwlock_t *lock)
{
	lock->writer = false;
	preempt_enable();
}

int srcu_read_lock(struct srcu_struct *srcu)
{
	int index = srcu->index;

	srcu->readers[index]++;
	current_task()->srcu++;
	hook();
	return index;
}

void srcu_read_unlock(struct srcu_struct *srcu, int index)
{
	hook();
	current_task()->srcu--;
	srcu->readers[index]--;
}

static bool no_reader(void *arg)
{
	return *(int *)arg == 0;
}

/* Its callers hold kvm->lock, so there is one at a time. */
void synchronize_srcu(struct srcu_struct *srcu)
{
	int old = srcu->index;

	might_sleep("synchronize_srcu()");
	if (current_task()->srcu)
		violated(RULE_ATOMIC, "synchronize_srcu() with kvm->srcu held");
	wait_until(no_reader, &srcu->readers[!old]);
	srcu->index = !old;
	wait_until(no_reader, &srcu->readers[old]);
}
