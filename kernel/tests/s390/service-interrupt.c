// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cases of service-interrupt, which names the kernel's functions in CUT. An SCLP event sets
 * both service interrupts pending. The event can be delivered alone, while the other is masked
 * for a protected guest; what is left then is a pending interrupt without parameters.
 */
#include <stdio.h>
#include <stdlib.h>

#include CUT

#define SCCB 0x43000u
#define EVENT 0x1u
#define NEW_PSW_ADDR 0x1234u

bool irqs_off;

static struct kvm kvm;
static struct kvm_s390_sie_block sie_block;
static struct kvm_vcpu vcpu;

unsigned long lock_irqs_off(spinlock_t *lock)
{
	unsigned long flags = irqs_off;

	if (lock->held)
		abort();
	lock->held = true;
	irqs_off = true;
	return flags;
}

void unlock_irqs_as(spinlock_t *lock, unsigned long flags)
{
	if (!lock->held)
		abort();
	lock->held = false;
	irqs_off = flags;
}

int write_guest_lc(struct kvm_vcpu *cpu, unsigned long gra, const void *data, size_t size)
{
	memcpy(cpu->lowcore + gra, data, size);
	cpu->lowcore_writes++;
	return 0;
}

int read_guest_lc(struct kvm_vcpu *cpu, unsigned long gra, void *data, size_t size)
{
	memcpy(data, cpu->lowcore + gra, size);
	return 0;
}

static struct kvm_s390_float_interrupt *new_guest(bool protected)
{
	psw_t new_psw = { .addr = NEW_PSW_ADDR };

	memset(&kvm, 0, sizeof(kvm));
	memset(&sie_block, 0, sizeof(sie_block));
	vcpu = (struct kvm_vcpu){ .kvm = &kvm, .protected = protected };
	vcpu.arch.sie_block = &sie_block;
	memcpy(vcpu.lowcore + __LC_EXT_NEW_PSW, &new_psw, sizeof(new_psw));
	return &kvm.arch.float_int;
}

static void inject(u32 parameters)
{
	struct kvm_s390_interrupt_info inti = { .ext.ext_params = parameters };

	if (__inject_service(&kvm, &inti))
		abort();
}

/* The interrupt arrived in the lowcore, and the CPU goes on at its handler. */
static bool interrupted_with(u32 parameters)
{
	u32 stored;
	u16 code;

	memcpy(&stored, vcpu.lowcore + __LC_EXT_PARAMS, sizeof(stored));
	memcpy(&code, vcpu.lowcore + __LC_EXT_INT_CODE, sizeof(code));
	return stored == parameters && code == EXT_IRQ_SERVICE_SIG &&
	       sie_block.gpsw.addr == NEW_PSW_ADDR && vcpu.stat.deliver_service_signal == 1;
}

static bool not_interrupted(void)
{
	return !vcpu.lowcore_writes && !sie_block.gpsw.addr && !sie_block.iictl &&
	       !vcpu.stat.deliver_service_signal;
}

static bool a_service_interrupt_carries_its_parameters(void)
{
	struct kvm_s390_float_interrupt *fi = new_guest(false);

	inject(SCCB | EVENT);
	return !__deliver_service(&vcpu) && interrupted_with(SCCB | EVENT) && !fi->pending_irqs &&
	       !fi->srv_signal.ext_params;
}

static bool nothing_pending_delivers_nothing(void)
{
	struct kvm_s390_float_interrupt *fi = new_guest(false);

	fi->srv_signal.ext_params = SCCB;
	return !__deliver_service(&vcpu) && not_interrupted() && fi->srv_signal.ext_params == SCCB;
}

static bool a_masked_interrupt_stays_pending(void)
{
	struct kvm_s390_float_interrupt *fi = new_guest(true);

	set_bit(IRQ_PEND_EXT_SERVICE, &fi->masked_irqs);
	inject(SCCB);
	return !__deliver_service(&vcpu) && not_interrupted() &&
	       test_bit(IRQ_PEND_EXT_SERVICE, &fi->pending_irqs) &&
	       fi->srv_signal.ext_params == SCCB;
}

static bool a_protected_guest_gets_one_and_masks_the_next(void)
{
	struct kvm_s390_float_interrupt *fi = new_guest(true);

	inject(SCCB);
	return !__deliver_service(&vcpu) && !vcpu.lowcore_writes &&
	       sie_block.iictl == IICTL_CODE_EXT && sie_block.eic == EXT_IRQ_SERVICE_SIG &&
	       sie_block.eiparams == SCCB && test_bit(IRQ_PEND_EXT_SERVICE, &fi->masked_irqs);
}

static bool an_event_leaves_the_sccb_pending(void)
{
	struct kvm_s390_float_interrupt *fi = new_guest(false);

	inject(SCCB | EVENT);
	return !__deliver_service_ev(&vcpu) && interrupted_with(EVENT) &&
	       test_bit(IRQ_PEND_EXT_SERVICE, &fi->pending_irqs) &&
	       fi->srv_signal.ext_params == SCCB;
}

/* The guest was protected when the event came, and is not any more. */
static bool a_delivered_event_is_not_followed_by_an_empty_interrupt(void)
{
	struct kvm_s390_float_interrupt *fi = new_guest(true);

	set_bit(IRQ_PEND_EXT_SERVICE, &fi->masked_irqs);
	inject(EVENT);
	if (__deliver_service_ev(&vcpu) || sie_block.eiparams != EVENT)
		return false;
	clear_bit(IRQ_PEND_EXT_SERVICE, &fi->masked_irqs);
	vcpu.protected = false;
	sie_block.iictl = 0;
	vcpu.stat.deliver_service_signal = 0;
	if (!test_bit(IRQ_PEND_EXT_SERVICE, &fi->pending_irqs))
		return false;
	return !__deliver_service(&vcpu) && not_interrupted() && !fi->pending_irqs;
}

static const struct {
	const char *name;
	bool (*holds)(void);
} cases[] = {
	{ "a service interrupt carries its parameters, and nothing stays pending",
	  a_service_interrupt_carries_its_parameters },
	{ "without a pending service interrupt nothing is delivered",
	  nothing_pending_delivers_nothing },
	{ "a masked service interrupt stays pending", a_masked_interrupt_stays_pending },
	{ "a protected guest gets one service interrupt, and the next is masked",
	  a_protected_guest_gets_one_and_masks_the_next },
	{ "an event carries its bits alone, and the SCCB stays pending",
	  an_event_leaves_the_sccb_pending },
	{ "an event that was delivered is not followed by an empty interrupt",
	  a_delivered_event_is_not_followed_by_an_empty_interrupt },
};

int main(void)
{
	bool all = true;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		/* A path that keeps the lock, or interrupts off, fails its case. */
		bool ok = cases[i].holds() && !kvm.arch.float_int.lock.held && !irqs_off;

		irqs_off = false;
		printf("%s %zu s390: %s\n", ok ? "ok" : "not ok", i + 1, cases[i].name);
		all = all && ok;
	}
	return all ? EXIT_SUCCESS : EXIT_FAILURE;
}
