/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vCPUs that read their cycle counters without end, and threads that send them from CPU to CPU in
 * the midst of that. The guest judges what it reads; the host sees whether it goes on.
 */
#ifndef KVMFEAT_TESTS_PMU_MOVE_H
#define KVMFEAT_TESTS_PMU_MOVE_H

#include "guest.h"

#define PERIOD 30000ULL /* cycles until an overflow */
#define PATIENCE_US (30 * 1000 * 1000)

/* What a vCPU does, and what it finds; in the guest's memory. */
struct count {
	u64 quota; /* of reads, until it syncs */
	u64 stop;
	u64 reads;
	u64 value; /* the last one */
	u64 backwards; /* reads that were less than the one before */
	u64 still; /* the longest row of reads that were the same */
	u64 wraps; /* overflows that the value showed */
	u64 lost; /* overflows without an interrupt */
};

static struct count counts[MAX_VCPUS];

/* @row is how often the last value was read. */
static inline void note_cycles(struct count *c, u64 value, u64 *row)
{
	*row = value == c->value ? *row + 1 : 0;
	if (*row > c->still)
		c->still = *row;
	if (value < c->value)
		c->backwards++;
	WRITE_ONCE(c->value, value);
	WRITE_ONCE(c->reads, c->reads + 1);
}

static inline void read_cycles(struct count *c, void (*between)(void))
{
	u64 row = 0;

	for (u64 i = 0; i < c->quota && !READ_ONCE(c->stop); i++) {
		if (between)
			between();
		note_cycles(c, cycles(), &row);
	}
}

static inline void guest_counts(u64 index)
{
	start_cycles(1);
	for (;;) {
		read_cycles(&counts[index], NULL);
		GUEST_SYNC(0);
	}
}

/* Its counter keeps the value that it stopped with. */
static inline void guest_does_not_count(u64 index)
{
	start_cycles(1);
	stop_cycles();
	WRITE_ONCE(counts[index].value, cycles());
	for (;;) {
		read_cycles(&counts[index], NULL);
		GUEST_SYNC(0);
	}
}

static inline void spend_time_at_el0(void)
{
	run_at_el0(el0_spins);
}

/* Nothing but its time at EL0. */
static inline void guest_counts_el0(u64 index)
{
	start_cycles(1);
	write_sysreg(ARMV8_PMU_EXCLUDE_EL1, pmccfiltr_el0);
	for (;;) {
		read_cycles(&counts[index], spend_time_at_el0);
		GUEST_SYNC(0);
	}
}

static inline bool wrapped(struct count *c, u64 start)
{
	WRITE_ONCE(c->reads, c->reads + 1);
	return cycles() - start >= PERIOD;
}

/* Lets the counter overflow, after 64 bits or after 32, and waits for the interrupt. */
static inline void wrap_once(struct count *c, bool after_64)
{
	u64 start = (after_64 ? 0 : BIT(32)) - PERIOD, before = interrupts();

	write_sysreg(ARMV8_PMU_PMCR_E | (after_64 ? ARMV8_PMU_PMCR_LC : 0), pmcr_el0);
	isb();
	set_cycles(start);
	GUEST_ASSERT(guest_wait_for(wrapped(c, start)));
	c->wraps++;
	if (!guest_wait_for(interrupts() != before))
		c->lost++;
}

/* Each overflow must have its interrupt before the next is prepared. */
static inline void guest_overflows(u64 index)
{
	struct count *c = &counts[index];

	start_cycles(1);
	let_interrupts_come();
	for (;;) {
		for (u64 i = 0; !READ_ONCE(c->stop); i++)
			wrap_once(c, i % 2);
		GUEST_SYNC(0);
	}
}

/* A vCPU's thread. */
struct runner {
	struct kvm_vcpu *vcpu;
	struct count *count;
	struct seen *seen;
	pthread_t thread;
	bool ended; /* KVM_RUN came back */
	u32 exit_reason;
};

static void *runner_thread(void *data)
{
	struct runner *r = data;
	struct ucall uc;

	if (__vcpu_run(r->vcpu))
		ksft_print_msg("KVM_RUN: %s\n", strerror(errno));
	else if (get_ucall(r->vcpu, &uc) == UCALL_ABORT)
		REPORT_GUEST_ASSERT(uc);
	r->exit_reason = r->vcpu->run->exit_reason;
	WRITE_ONCE(r->ended, true);
	return NULL;
}

static inline void prepare_runner(struct runner *r, struct pmu_vm *v, unsigned int index)
{
	*r = (struct runner){
		.vcpu = v->vcpu[index],
		.count = (struct count *)addr_gva2hva(v->vm, (gva_t)counts) + index,
		.seen = (struct seen *)addr_gva2hva(v->vm, (gva_t)seen) + index,
	};
	*r->count = (struct count){ .quota = ~0ULL };
}

static inline void start_runner(struct runner *r)
{
	kvm_pthread_create(&r->thread, NULL, runner_thread, r);
}

/* Whether the guest ended because it was told to, and not because KVM refused to run it. */
static inline bool stop_runner(struct runner *r)
{
	WRITE_ONCE(r->count->stop, 1);
	kvm_pthread_join(r->thread, NULL);
	if (r->exit_reason == KVM_EXIT_FAIL_ENTRY)
		ksft_print_msg("entry failed on CPU %u with reason 0x%llx\n",
			       r->vcpu->run->fail_entry.cpu,
			       r->vcpu->run->fail_entry.hardware_entry_failure_reason);
	return r->exit_reason == KVM_EXIT_MMIO && get_ucall(r->vcpu, NULL) == UCALL_SYNC;
}

static inline u64 reads_of(struct runner *r)
{
	return READ_ONCE(r->count->reads);
}

/* Until the guest read its counter some more; false when that does not happen. */
static inline bool await_reads(struct runner *r, u64 more)
{
	u64 until = reads_of(r) + more;

	for (int us = 0; us < PATIENCE_US && !READ_ONCE(r->ended); us += 50) {
		if (reads_of(r) >= until)
			return true;
		usleep(50);
	}
	return false;
}

/* The first of two more reads may have begun before this was called. */
static inline bool goes_on(struct runner *r)
{
	u64 value = READ_ONCE(r->count->value);

	return await_reads(r, 4) && READ_ONCE(r->count->value) > value;
}

/*
 * Where handling an interrupt takes long, perf lowers the rate of samples that it takes, and stops
 * a counter that overflows more often for a while.
 */
static inline void let_samples_come(void)
{
	FILE *file = fopen("/proc/sys/kernel/perf_cpu_time_max_percent", "w");

	TEST_ASSERT(file && fprintf(file, "0\n") > 0 && !fclose(file),
		    "perf's limit of samples: %s", strerror(errno));
}

/* Where vCPUs were sent. */
struct moves {
	u64 random;
	u64 all;
	u64 changes; /* of them, from the CPUs of one PMU to those of another */
	u64 stalls; /* after which the counter did not go on */
};

static inline u64 pick(struct moves *m, u64 limit)
{
	m->random ^= m->random << 13;
	m->random ^= m->random >> 7;
	m->random ^= m->random << 17;
	return (m->random >> 8) % limit;
}

/* The thread is there when this returns (sched_setaffinity(2)). */
static inline void move(struct moves *m, pthread_t thread, int *from, int to)
{
	m->all += to != *from;
	m->changes += pmu_of_cpu(to) != pmu_of_cpu(*from);
	pin_to(thread, to);
	*from = to;
}

static inline bool tell_moves(const char *what, const struct moves *m, const struct count *c)
{
	ksft_print_msg("%s: %lu migrations, %lu between PMUs; %lu reads, %lu backwards, %lu times "
		       "the same in a row, %lu stalls\n",
		       what, m->all, m->changes, c->reads, c->backwards, c->still, m->stalls);
	return true;
}

#endif
