// SPDX-License-Identifier: GPL-2.0-only
/*
 * model RUNS SECONDS SEED...: runs the model with so many seeds from each SEED on, or as many as
 * the time allows, and prints KTAP from the second case on; the first is the script's. A run is its
 * seed: with RUNS=1 it is shown again. The first violation ends all.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "model.h"

static const char *const rules[RULES] = {
	[RULE_LOST] = "no page is lost: the destination is equal to the source",
	[RULE_UNLOGGED] = "no page becomes dirty by the CPU's hand without a log",
	[RULE_REGISTERS] = "the registers are those of the vCPU that is loaded, and HA stays",
	[RULE_FREED] = "no buffer is touched after it was freed, and each is freed once",
	[RULE_ATOMIC] = "nothing sleeps or locks where it must not",
	[RULE_RESULT] = "enable and disable return what they did",
	[RULE_IDLE] = "once enable has returned, no vCPU runs without",
	[RULE_EXCLUDED] =
		"it is not there without HA, nor for a dirty ring, a nested or a protected VM",
	[RULE_END] = "in the end no interrupt is off and no lock is held",
	[RULE_STUCK] = "every run ends",
};

struct counts counts;
u64 run_seed;
static u64 state;

u64 rnd(void)
{
	u64 z = state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (z ^ z >> 31) >> 8;
}

static void print_rules(int broken)
{
	int i;

	for (i = 0; i < RULES; i++) {
		if (broken < 0 || i == broken)
			printf("%s %d hdbss-model: %s\n", i == broken ? "not ok" : "ok", i + 2,
			       rules[i]);
		else
			printf("ok %d hdbss-model: %s # SKIP another rule was broken first\n",
			       i + 2, rules[i]);
	}
}

void violated(enum rule rule, const char *format, ...)
{
	va_list list;

	printf("# seed %lu: ", (unsigned long)run_seed);
	va_start(list, format);
	vprintf(format, list);
	va_end(list);
	putchar('\n');
	print_rules(rule);
	printf("ok %d hdbss-model: all of it was exercised # SKIP a rule was broken first\n",
	       RULES + 2);
	exit(1);
}

static void check_end(void)
{
	unsigned long i;

	for (i = 0; i < (unsigned long)vm.online_vcpus; i++) {
		if (vm.vcpus[i]->arch.hdbss.loaded)
			violated(RULE_END, "a vCPU is stopped, and has the registers");
		kvm_hdbss_vcpu_destroy(vm.vcpus[i]);
	}
	memory_check_end();
	for (i = 0; i < CPUS; i++)
		if (cpus[i].vtcr & LOGGING)
			violated(RULE_END, "CPU %lu has HDBSS on, and no vCPU", i);
	if (vm.lock.owner || vm.mmu_lock.writer || vm.mmu_lock.readers || vm.srcu.readers[0] ||
	    vm.srcu.readers[1])
		violated(RULE_END, "a lock is held");
	if (vm.arch.hdbss.stopping.counter)
		violated(RULE_END, "HDBSS is being stopped for ever");
	counts.failures += vm.stat.hdbss_errors.counter;
	counts.drains += vm.stat.hdbss_drains.counter;
	counts.full += vm.stat.hdbss_full.counter;
}

static void run(u64 seed)
{
	run_seed = state = seed;
	rnd();
	sched_reset();
	vm_reset();
	memory_reset();
	pe_reset(one_in(4));
	tasks_start();
	sched_run();
	check_end();
}

#define COUNT(name) #name, &counts.name
static const struct {
	const char *name;
	const unsigned long *count;
	unsigned long least;
} exercised[] = {
	{ COUNT(switches), 100000 },
	{ COUNT(writes), 1000 },
	{ COUNT(logged), 200 },
	{ COUNT(blocks), 5 },
	{ COUNT(drains), 100 },
	{ COUNT(full), 5 },
	{ COUNT(lost_entries), 3 },
	{ COUNT(precise_aborts), 3 },
	{ COUNT(failures), 3 },
	{ COUNT(preempted_before_drain), 20 },
	{ COUNT(moved_before_drain), 10 },
	{ COUNT(stopped_before_drain), 5 },
	{ COUNT(stopped_loaded), 10 },
	{ COUNT(enables), 20 },
	{ COUNT(enables_while_running), 20 },
	{ COUNT(no_memory), 5 },
	{ COUNT(busy), 5 },
	{ COUNT(disables), 20 },
	{ COUNT(created_while_on), 5 },
	{ COUNT(walker_races), 5 },
	{ COUNT(faults), 100 },
	{ COUNT(gets), 100 },
	{ COUNT(last_get_in_disable), 3 },
	{ COUNT(foreign_flushes), 20 },
};
_Static_assert(ARRAY_SIZE(exercised) == sizeof(counts) / sizeof(unsigned long), "all are judged");

static bool print_counts(void)
{
	bool enough = true;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(exercised); i++) {
		printf("# %lu %s", *exercised[i].count, exercised[i].name);
		if (*exercised[i].count < exercised[i].least) {
			printf(", and there should be %lu", exercised[i].least);
			enough = false;
		}
		putchar('\n');
	}
	return enough;
}

static void run_from(u64 seed, unsigned long runs, int seconds)
{
	time_t end = time(NULL) + seconds;
	unsigned long i;

	for (i = 0; i < runs && (i % 64 || time(NULL) < end); i++)
		run(seed + i);
	printf("# %lu runs from seed %lu\n", i, (unsigned long)seed);
}

int main(int argc, char **argv)
{
	bool ok;
	int i;

	if (argc < 4)
		return 2;
	for (i = 3; i < argc; i++)
		run_from(strtoull(argv[i], NULL, 0), strtoul(argv[1], NULL, 0),
			 atoi(argv[2]) / (argc - 3));
	ok = print_counts();
	print_rules(-1);
	printf("%s %d hdbss-model: all of it was exercised\n", ok ? "ok" : "not ok", RULES + 2);
	return !ok;
}
