/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Randomised runs of a migration: HDBSS is switched, vCPUs are made, kicked, and sent from CPU to
 * CPU, buffers overflow, pages age, blocks are split, in an order that a seed decides.
 */
#ifndef KVMFEAT_TESTS_HDBSS_RUNS_H
#define KVMFEAT_TESTS_HDBSS_RUNS_H

#include <sys/sysinfo.h>

#include "age.h"
#include "migrate.h"

/* Printed, so that what is found can be looked for again. */
static inline u64 random_seed(void)
{
	u64 seed;

	TEST_ASSERT(syscall(__NR_getrandom, &seed, sizeof(seed), 0) == sizeof(seed),
		    "no random number: %s", strerror(errno));
	ksft_print_msg("the seed is 0x%lx\n", seed);
	return seed;
}

/* Any moment within what vCPUs do in a few passes over memory. */
static inline void wait_a_moment(struct migration *m)
{
	usleep(pick(m, 1000));
}

/* Small buffers more often: they overflow. */
static inline unsigned int pick_order(u64 *random)
{
	return next_random(random) % 2 ? 0 : next_random(random) % (HDBSS_MAX_ORDER + 1);
}

static inline void switch_on(struct migration *m, unsigned int order)
{
	int err = hdbss_switch(m->vm, order, 1);
	int wanted = m->on && order != m->order ? EBUSY : 0;

	/* Where appends fail, the kernel switches it off, and nobody knows when. */
	TEST_ASSERT(err == wanted || (m->unsteady && !err), "HDBSS of order %u: error %d", order,
		    err);
	if (!err)
		m->order = order;
	m->on = true;
}

static inline void switch_off(struct migration *m)
{
	hdbss_off(m->vm);
	m->on = false;
}

static inline void switch_hdbss(struct migration *m, u64 *random)
{
	if (next_random(random) % 5 < 2)
		switch_off(m);
	else
		switch_on(m, pick_order(random));
}

static void *switcher_thread(void *data)
{
	struct migration *m = data;
	u64 random = m->switcher_random;

	while (READ_ONCE(m->switching)) {
		switch_hdbss(m, &random);
		usleep(next_random(&random) % 700);
	}
	return NULL;
}

static inline void step_switch(struct migration *m)
{
	if (!m->switching)
		switch_hdbss(m, &m->random);
}

static inline void step_move(struct migration *m)
{
	move_dirty_pages(m, false);
}

static inline void step_kick(struct migration *m)
{
	pthread_kill(m->vcpus[pick(m, m->vcpu_count)].thread, SIGUSR1);
}

/* One CPU for several vCPUs preempts them; another one than before takes a vCPU along. */
static inline void step_cpu(struct migration *m)
{
	for (unsigned int i = 0; i < m->vcpu_count; i++)
		pin_to(m->vcpus[i].thread, pick(m, get_nprocs()));
}

static inline void step_vcpu(struct migration *m)
{
	if (m->vcpu_count < MAX_VCPUS)
		release_vcpu(m, add_mover(m));
}

static inline void step_age(struct migration *m)
{
	u64 first = pick(m, m->pages - 16);

	make_old(m->source + first * SZ_4K, 16);
}

static inline void one_step(struct migration *m)
{
	static const struct step {
		char letter;
		unsigned int percent;
		void (*run)(struct migration *m);
	} steps[] = {
		{ 'm', 35, step_move },	    { 'h', 25, step_switch }, { 'k', 10, step_kick },
		{ 'c', 10, step_cpu },	    { 'v', 3, step_vcpu },    { 'a', 5, step_age },
		{ 'w', 12, wait_a_moment },
	};
	unsigned int at = pick(m, 100);
	const struct step *step = steps;

	while (at >= step->percent)
		at -= step++->percent;
	note(m, step->letter);
	step->run(m);
	wait_a_moment(m);
}

/* Without a slot nothing is mapped; what vCPUs map then are blocks, where memory has them. */
static inline void map_anew(struct migration *m)
{
	struct userspace_mem_region *region = memslot2region(m->vm, MEM_SLOT);

	vm_set_user_memory_region(m->vm, MEM_SLOT, 0, MEM_GPA, 0, NULL);
	vm_set_user_memory_region(m->vm, MEM_SLOT, 0, MEM_GPA, m->pages * SZ_4K, region->host_mem);
}

static inline void start_switcher(struct migration *m)
{
	note(m, 'S');
	m->switching = true;
	m->switcher_random = next_random(&m->random);
	kvm_pthread_create(&m->switcher, NULL, switcher_thread, m);
}

static inline void stop_switcher(struct migration *m)
{
	if (!m->switching)
		return;
	WRITE_ONCE(m->switching, false);
	kvm_pthread_join(m->switcher, NULL);
}

/* The log must be complete as soon as no vCPU is in KVM_RUN, even while HDBSS is switched. */
static inline void finish(struct migration *m)
{
	bool at_once = chance(m, 70);

	park_vcpus(m);
	if (!at_once)
		stop_switcher(m);
	move_dirty_pages(m, true);
	stop_switcher(m);
}

/* From a VM that is not logged to one that stands still; returns how many pages are lost. */
static inline u64 one_run(struct migration *m)
{
	unsigned int steps = 2 + pick(m, 6);
	bool early = chance(m, 50);
	u64 lost;

	memset(m->history, 0, sizeof(m->history));
	if (chance(m, 50)) {
		note(m, 'n');
		map_anew(m);
	}
	release_vcpus(m);
	wait_a_moment(m);
	if (early)
		step_switch(m);
	note(m, early ? 'H' : 'L');
	start_log(m);
	if (chance(m, 30))
		start_switcher(m);
	while (steps--)
		one_step(m);
	finish(m);
	lost = lost_pages(m);
	vm_mem_region_set_flags(m->vm, MEM_SLOT, 0);
	return lost;
}

/* What many runs came to. */
struct tally {
	unsigned int bad; /* runs that lost pages */
	struct hdbss_stats hdbss;
};

static inline void count_stats(struct tally *tally, struct kvm_vm *vm)
{
	struct hdbss_stats stats = hdbss_stats(vm);

	tally->hdbss.entries += stats.entries;
	tally->hdbss.full += stats.full;
	tally->hdbss.drains += stats.drains;
	tally->hdbss.errors += stats.errors;
}

/* @runs runs, a few in each VM. */
static inline struct tally many_runs(unsigned int runs, enum protocol protocol,
				     enum vm_mem_backing_src_type backing, u64 seed, bool unsteady)
{
	const unsigned int each = 14;
	struct tally tally = {};

	for (unsigned int run = 0; run < runs;) {
		struct migration m;

		open_migration(&m, protocol, backing, seed + run);
		m.unsteady = unsteady;
		for (unsigned int i = 0; i < each && run < runs; i++, run++) {
			u64 lost = one_run(&m);

			if (lost && !tally.bad++)
				ksft_print_msg("run %u from seed 0x%lx loses %lu pages\n", run,
					       seed, lost);
		}
		count_stats(&tally, m.vm);
		close_migration(&m);
	}
	ksft_print_msg("%u runs: %lu entries, %lu drains, %lu of full buffers, %lu errors\n", runs,
		       tally.hdbss.entries, tally.hdbss.drains, tally.hdbss.full,
		       tally.hdbss.errors);
	return tally;
}

#endif
