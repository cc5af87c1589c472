// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUs and what runs on them: coroutines that give way at hooks, as the seed says. A task can be
 * preempted, and go on on another CPU, wherever the kernel could be; interrupts of other CPUs
 * come when they are on.
 */
#include <stdlib.h>
#include <ucontext.h>

#include "model.h"

#define TASKS 12
#define STACK 65536
#define STEPS_MAX 2000000

struct cpu cpus[CPUS];
int this_cpu;

static struct task tasks[TASKS];
static char stacks[TASKS][STACK] __attribute__((aligned(16)));
static ucontext_t contexts[TASKS];
static unsigned int task_count;
static unsigned long steps;
static jmp_buf run_end;
/* Before and after a run there is nobody to give way to. */
static bool live;

static struct cpu *cpu(void)
{
	return &cpus[this_cpu];
}

struct task *current_task(void)
{
	return cpu()->current;
}

/* A coroutine never returns: its stack serves the tasks of all runs. */
static void coroutine(int index)
{
	struct task *task = &tasks[index];

	for (;;) {
		cpu()->irqs_off = false;
		task->body(task);
		task->done = true;
		wait_until(NULL, NULL);
	}
}

static void go(int to)
{
	struct task *task;

	this_cpu = to;
	task = cpu()->current;
	if (task->started)
		_longjmp(task->context, 1);
	task->started = true;
	setcontext(&contexts[task - tasks]);
}

static bool runnable(struct task *task)
{
	if (task->done || task->cpu >= 0)
		return false;
	return !task->sleeping || (task->ready && task->ready(task->ready_arg));
}

static struct task *pick(void)
{
	unsigned int i, first = rnd() % task_count;

	for (i = 0; i < task_count; i++) {
		struct task *task = &tasks[(first + i) % task_count];

		if (task->body && runnable(task))
			return task;
	}
	return NULL;
}

static bool all_done(void)
{
	unsigned int i;

	for (i = CPUS; i < task_count; i++)
		if (!tasks[i].done)
			return false;
	return true;
}

/* The scheduler runs with interrupts off, and so does what it calls to put a vCPU. */
static void sched_out(struct task *task)
{
	if (!task->loaded)
		return;
	if (task->drain_due) {
		counts.preempted_before_drain++;
		task->exit_cpu = this_cpu;
	}
	kvm_vcpu_put_vhe(task->loaded);
	cpu()->running = NULL;
}

static void sched_in(struct task *task)
{
	if (!task->loaded)
		return;
	task->preempt++;
	if (task->drain_due && task->exit_cpu != this_cpu)
		counts.moved_before_drain++;
	task->loaded->cpu = this_cpu;
	cpu()->running = task->loaded;
	kvm_vcpu_load_vhe(task->loaded);
	task->preempt--;
}

static void schedule(void)
{
	struct task *task = current_task(), *next;

	cpu()->irqs_off = true;
	task->preempt++;
	if (task != cpu()->idle)
		sched_out(task);
	next = pick();
	if (!next)
		next = task->done || task->sleeping ? cpu()->idle : task;
	if (next != task) {
		task->cpu = -1;
		cpu()->current = next;
		next->cpu = this_cpu;
		if (!_setjmp(task->context))
			go(this_cpu);
	}
	task->preempt--;
	cpu()->irqs_off = false;
	sched_in(task);
}

static void take_interrupts(void)
{
	while (cpu()->ipi_count) {
		struct cpu *mine = cpu();
		struct ipi ipi = mine->ipis[--mine->ipi_count];
		struct kvm_vcpu *vcpu = mine->running;
		bool loaded = vcpu && vcpu->arch.hdbss.loaded;

		mine->irqs_off = true;
		if (ipi.func)
			ipi.func(ipi.arg);
		if (loaded && !vcpu->arch.hdbss.loaded) {
			counts.stopped_loaded++;
			counts.stopped_before_drain += current_task()->drain_due;
		}
		if (ipi.pending)
			--*ipi.pending;
		cpu()->irqs_off = false;
	}
}

static void give_way(void)
{
	int to = rnd() % CPUS;

	if (to == this_cpu)
		return;
	counts.switches++;
	if (!_setjmp(current_task()->context))
		go(to);
}

void hook(void)
{
	u64 dice;

	if (!live)
		return;
	dice = rnd();
	if (++steps > STEPS_MAX)
		violated(RULE_STUCK, "no end after %d steps", STEPS_MAX);
	if (dice % 2)
		give_way();
	if (cpu()->irqs_off)
		return;
	take_interrupts();
	if (!current_task()->preempt && dice / 2 % 32 == 0)
		schedule();
}

void relax(void)
{
	hook();
	give_way();
}

static void idle(struct task *task)
{
	(void)task;
	for (;;) {
		if (all_done())
			_longjmp(run_end, 1);
		hook();
		if (!cpu()->irqs_off)
			schedule();
	}
}

struct task *task_start(void (*body)(struct task *task), struct kvm_vcpu *vcpu)
{
	struct task *task = &tasks[task_count];

	if (task_count == TASKS)
		abort();
	/* The coroutine of an earlier run waits at the end of its loop. */
	task->body = body;
	task->vcpu = vcpu;
	task->loaded = NULL;
	task->cpu = -1;
	task->preempt = task->srcu = 0;
	task->done = task->sleeping = task->drain_due = task->started = false;
	getcontext(&contexts[task_count]);
	contexts[task_count].uc_stack.ss_sp = stacks[task_count];
	contexts[task_count].uc_stack.ss_size = STACK;
	makecontext(&contexts[task_count], (void (*)(void))coroutine, 1, (int)task_count);
	task_count++;
	return task;
}

void sched_reset(void)
{
	int i;

	memset(cpus, 0, sizeof(cpus));
	task_count = 0;
	steps = 0;
	for (i = 0; i < CPUS; i++) {
		struct task *task = task_start(idle, NULL);

		task->cpu = i;
		cpus[i].idle = cpus[i].current = task;
	}
}

void sched_run(void)
{
	live = true;
	if (!_setjmp(run_end))
		go(0);
	live = false;
}

void might_sleep(const char *what)
{
	if (cpu()->irqs_off || current_task()->preempt)
		violated(RULE_ATOMIC, "%s with %s", what,
			 cpu()->irqs_off ? "interrupts off" : "preemption off");
}

/* Without a condition: for ever */
void wait_until(bool (*ready)(void *arg), void *arg)
{
	struct task *task = current_task();

	if (ready)
		might_sleep("sleeping");
	while (!ready || !ready(arg)) {
		task->sleeping = true;
		task->ready = ready;
		task->ready_arg = arg;
		schedule();
		task->sleeping = false;
	}
	hook();
}

void cond_resched(void)
{
	might_sleep("cond_resched()");
	hook();
}

unsigned long irqs_disable(void)
{
	unsigned long flags;

	hook();
	flags = cpu()->irqs_off;
	cpu()->irqs_off = true;
	return flags;
}

void irqs_restore(unsigned long flags)
{
	cpu()->irqs_off = flags;
	hook();
}

void lockdep_assert_irqs_disabled(void)
{
	if (!cpu()->irqs_off)
		violated(RULE_ATOMIC, "the registers are touched with interrupts on");
}

void preempt_disable(void)
{
	current_task()->preempt++;
}

void preempt_enable(void)
{
	current_task()->preempt--;
	hook();
}

bool interrupted(void)
{
	return cpu()->ipi_count || one_in(16);
}

void send_ipi(int to, void (*func)(void *arg), void *arg, int *pending)
{
	struct cpu *other = &cpus[to];

	if (other->ipi_count == ARRAY_SIZE(other->ipis))
		abort();
	if (pending)
		++*pending;
	other->ipis[other->ipi_count++] = (struct ipi){ func, arg, pending };
}

void on_each_cpu(void (*func)(void *arg), void *arg, bool wait)
{
	static int unwaited[CPUS];
	int pending = 0, i;

	if (cpu()->irqs_off)
		violated(RULE_ATOMIC, "on_each_cpu() with interrupts off");
	preempt_disable();
	hook();
	for (i = 0; i < CPUS; i++)
		if (i != this_cpu)
			send_ipi(i, func, arg, wait ? &pending : &unwaited[i]);
	cpu()->irqs_off = true;
	func(arg);
	cpu()->irqs_off = false;
	while (wait && pending)
		relax();
	preempt_enable();
}
