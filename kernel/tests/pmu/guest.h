/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What runs in the guests of the PMU tests: the cycle counter and its interrupt, instructions that
 * are undefined, code at EL0, and bounded waiting.
 */
#ifndef KVMFEAT_TESTS_PMU_GUEST_H
#define KVMFEAT_TESTS_PMU_GUEST_H

#include "pmu.h"

#include "gic.h"

#define EC_SVC64 0x15
#define PTE_EL0 (BIT(6) | BIT(7)) /* read-only, for EL0, too */

/* What a vCPU's handlers saw. */
struct seen {
	u64 interrupts;
	u64 spurious; /* interrupts without an overflow, or of something else */
	u64 undefined;
	u64 el1_return;
};

static struct seen seen[MAX_VCPUS];

static inline struct seen *my_seen(void)
{
	return &seen[guest_get_vcpuid()];
}

static inline u64 cycles(void)
{
	isb();
	return read_sysreg(pmccntr_el0);
}

static inline void set_cycles(u64 value)
{
	write_sysreg(value, pmccntr_el0);
	isb();
}

/* PMCR_EL0.LC: it overflows after 64 bits, not after 32. */
static inline void start_cycles(u64 long_counter)
{
	write_sysreg(CYCLE_COUNTER, pmintenclr_el1);
	write_sysreg(0, pmccfiltr_el0);
	write_sysreg(CYCLE_COUNTER, pmcntenset_el0);
	write_sysreg(ARMV8_PMU_PMCR_E | ARMV8_PMU_PMCR_C | (long_counter ? ARMV8_PMU_PMCR_LC : 0),
		     pmcr_el0);
	isb();
	write_sysreg(CYCLE_COUNTER, pmovsclr_el0);
	isb();
}

static inline void stop_cycles(void)
{
	write_sysreg(CYCLE_COUNTER, pmcntenclr_el0);
	isb();
}

/* Whether it changes at all while the guest does something. */
static inline bool cycles_advance(void)
{
	u64 before = cycles();

	for (int i = 0; i < 20; i++)
		if (cycles() != before)
			return true;
	return false;
}

static inline u64 guest_ticks(void)
{
	isb();
	return read_sysreg(cntvct_el0);
}

/* On a busy machine nothing is fast. */
#define WAIT_SECONDS 10

#define guest_wait_for(condition)                                                                  \
	({                                                                                         \
		u64 _end = guest_ticks() + WAIT_SECONDS * read_sysreg(cntfrq_el0);                 \
		bool _met;                                                                         \
		while (!(_met = (condition)) && guest_ticks() < _end)                              \
			cpu_relax();                                                               \
		_met;                                                                              \
	})

static void on_undefined(struct ex_regs *regs)
{
	my_seen()->undefined++;
	regs->pc += 4;
}

/* Whether each of the instructions is undefined. */
#define is_undefined(instructions, count)                                                          \
	({                                                                                         \
		u64 _before = READ_ONCE(my_seen()->undefined);                                     \
		instructions;                                                                      \
		READ_ONCE(my_seen()->undefined) - _before == (count);                              \
	})

static void on_interrupt(struct ex_regs *regs)
{
	unsigned int intid = gic_get_and_ack_irq();
	struct seen *mine = my_seen();

	if (intid == IAR_SPURIOUS)
		return;
	if (intid == PMU_PPI && read_sysreg(pmovsset_el0) & CYCLE_COUNTER)
		WRITE_ONCE(mine->interrupts, mine->interrupts + 1);
	else
		WRITE_ONCE(mine->spurious, mine->spurious + 1);
	write_sysreg(CYCLE_COUNTER, pmovsclr_el0);
	isb();
	gic_set_eoi(intid);
}

static inline u64 interrupts(void)
{
	return READ_ONCE(my_seen()->interrupts);
}

static u64 vcpus_of_vm;

static inline void take_interrupts(void)
{
	gic_init(GIC_V3, READ_ONCE(vcpus_of_vm));
	gic_irq_enable(PMU_PPI);
	local_irq_enable();
}

static inline void let_interrupts_come(void)
{
	write_sysreg(CYCLE_COUNTER, pmintenset_el1);
	isb();
	take_interrupts();
}

/* A page of its own, which EL0 can execute: what is run there ends with SVC. */
extern char el0_page[], el0_reads_mask[], el0_reads_cycles[], el0_spins[];

asm(".pushsection .text\n"
    ".balign 4096\n"
    "el0_page:\n"
    "el0_reads_mask:\n"
    "	mrs	x0, pmcntenset_el0\n"
    "	svc	#0\n"
    "el0_reads_cycles:\n"
    "	mrs	x0, pmccntr_el0\n"
    "	svc	#0\n"
    "el0_spins:\n"
    "	mov	x0, #4096\n"
    "1:	subs	x0, x0, #1\n"
    "	b.ne	1b\n"
    "	svc	#0\n"
    ".balign 4096\n"
    ".popsection\n");

static void leave_el0(struct ex_regs *regs)
{
	regs->pc = my_seen()->el1_return;
	regs->pstate = PSR_MODE_EL1h | PSR_D_BIT | PSR_A_BIT | PSR_I_BIT | PSR_F_BIT;
}

static inline void on_undefined_at_el0(struct ex_regs *regs)
{
	my_seen()->undefined++;
	leave_el0(regs);
}

/* Its x0; interrupts stay masked, there and after that. */
static inline u64 run_at_el0(const char *code)
{
	register u64 result asm("x0");

	local_irq_disable();
	write_sysreg(code, elr_el1);
	write_sysreg(PSR_D_BIT | PSR_A_BIT | PSR_I_BIT | PSR_F_BIT, spsr_el1);
	asm volatile("adr	x9, 1f\n"
		     "str	x9, [%1]\n"
		     "isb\n"
		     "eret\n"
		     "1:\n"
		     : "=r"(result)
		     : "r"(&my_seen()->el1_return)
		     : "x9", "cc", "memory");
	return result;
}

/* The handlers, and the page for EL0. */
static inline void prepare_guest(struct pmu_vm *v)
{
	write_guest_global(v->vm, vcpus_of_vm, v->vcpus);
	*virt_get_pte_hva(v->vm, (gva_t)el0_page) |= PTE_EL0;
	vm_install_sync_handler(v->vm, VECTOR_SYNC_CURRENT, ESR_ELx_EC_UNKNOWN, on_undefined);
	vm_install_sync_handler(v->vm, VECTOR_SYNC_LOWER_64, ESR_ELx_EC_UNKNOWN,
				on_undefined_at_el0);
	vm_install_sync_handler(v->vm, VECTOR_SYNC_LOWER_64, EC_SVC64, leave_el0);
	vm_install_exception_handler(v->vm, VECTOR_IRQ_CURRENT, on_interrupt);
}

/* Runs until the guest syncs, and prints what it has to say; the value that it syncs with. */
static inline u64 run_to_sync(struct kvm_vcpu *vcpu)
{
	struct ucall uc;

	for (;;) {
		vcpu_run(vcpu);
		switch (get_ucall(vcpu, &uc)) {
		case UCALL_SYNC:
			return uc.args[1];
		case UCALL_PRINTF:
			ksft_print_msg("%s", uc.buffer);
			break;
		case UCALL_ABORT:
			REPORT_GUEST_ASSERT(uc);
			break;
		default:
			TEST_FAIL("The guest ends with %s",
				  exit_reason_str(vcpu->run->exit_reason));
		}
	}
}

#endif
