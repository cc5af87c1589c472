/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine below the kernel's code: CPUs that run tasks one hook at a time (sched.c), their
 * registers, TLBs and the pages of the guest (pe.c), the VM around it (vm.c, tasks.c).
 */
#ifndef MODEL_H
#define MODEL_H

#include <setjmp.h>

#include "shim.h"

/* Needs what the shim defines */
#include "registers.h"

#define CPUS 3
#define GFNS 96
#define BLOCK 8
#define LOGGING (VTCR_EL2_HD | VTCR_EL2_HDBSS)

/* What must never happen; each is a line of the result. */
enum rule {
	RULE_LOST,
	RULE_UNLOGGED,
	RULE_REGISTERS,
	RULE_FREED,
	RULE_ATOMIC,
	RULE_RESULT,
	RULE_IDLE,
	RULE_EXCLUDED,
	RULE_END,
	RULE_STUCK,
	RULES
};

/* What was exercised; main.c says how much of each there must be. */
struct counts {
	unsigned long switches, writes, logged, blocks, drains, full, lost_entries, precise_aborts,
		failures, preempted_before_drain, moved_before_drain, stopped_before_drain,
		stopped_loaded, enables, enables_while_running, no_memory, busy, disables,
		created_while_on, walker_races, faults, gets, last_get_in_disable, foreign_flushes;
};
extern struct counts counts;

/* main.c */
extern u64 run_seed;
void violated(enum rule rule, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));
u64 rnd(void);
static inline bool one_in(unsigned int n)
{
	return rnd() % n == 0;
}

struct ipi {
	void (*func)(void *arg);
	void *arg;
	int *pending;
};

struct tlb_entry {
	u8 valid, writable, dbm, hd, hdbss;
};

struct pending_entry {
	u64 *where;
	u64 entry;
};

struct cpu {
	struct task *current, *idle;
	bool irqs_off;
	struct ipi ipis[16];
	unsigned int ipi_count;
	struct kvm_vcpu *running;
	u64 vtcr, br, prod;
	struct tlb_entry tlb[GFNS];
	/* What the CPU has written and nobody else need see before its DSB */
	struct pending_entry stores[64];
	unsigned int store_count;
};
extern struct cpu cpus[CPUS];
extern int this_cpu;

struct task {
	jmp_buf context;
	void (*body)(struct task *task);
	struct kvm_vcpu *vcpu;
	/* The scheduler tells KVM of this one. */
	struct kvm_vcpu *loaded;
	bool (*ready)(void *arg);
	void *ready_arg;
	int cpu, preempt, srcu;
	bool started, done, sleeping, drain_due;
	int exit_cpu;
};

/* sched.c */
void sched_reset(void);
struct task *task_start(void (*body)(struct task *task), struct kvm_vcpu *vcpu);
void sched_run(void);
struct task *current_task(void);
void wait_until(bool (*ready)(void *arg), void *arg);
void relax(void);
void might_sleep(const char *what);
void send_ipi(int cpu, void (*func)(void *arg), void *arg, int *pending);
bool interrupted(void);

/* pe.c */
enum access { ACCESS_DONE, ACCESS_FAULT, ACCESS_FULL, ACCESS_ABORT };
void pe_reset(bool aborts);
enum access guest_write(gfn_t gfn);
void guest_read(gfn_t gfn);
void tlb_drop_page(gfn_t gfn);
void check_entry(struct kvm_vcpu *vcpu);
void memory_reset(void);
void memory_shortage(bool shortage);
void memory_check_end(void);

/* vm.c */
struct block {
	kvm_pte_t whole;
	kvm_pte_t pages[BLOCK];
};
extern struct block blocks[GFNS / BLOCK];
extern u32 source[GFNS], destination[GFNS];
extern struct kvm vm, other_vm;
void vm_reset(void);
kvm_pte_t *leaf(gfn_t gfn, int *level);
void handle_fault(struct kvm_vcpu *vcpu, gfn_t gfn, bool write);
void get_dirty_log(struct kvm_memory_slot *slot);
void age(gfn_t gfn);

/* tasks.c */
void tasks_start(void);
bool in_disable(void);

#endif
