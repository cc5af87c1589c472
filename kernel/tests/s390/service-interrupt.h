/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of an s390 guest as the cut functions touch: its floating interrupts, the lowcore, the
 * state description, and a lock that notices when it is left held.
 */
#ifndef SERVICE_INTERRUPT_H
#define SERVICE_INTERRUPT_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef struct {
	u64 mask;
	u64 addr;
} psw_t;

#define __must_check __attribute__((warn_unused_result))

/* The lowcore's offsets and codes of the Principles of Operation. */
#define __LC_EXT_PARAMS 0x080
#define __LC_EXT_CPU_ADDR 0x084
#define __LC_EXT_INT_CODE 0x086
#define __LC_EXT_OLD_PSW 0x130
#define __LC_EXT_NEW_PSW 0x1b0
#define EXT_IRQ_SERVICE_SIG 0x2401
#define IICTL_CODE_EXT 0x02
#define KVM_S390_INT_SERVICE 0xffff2401u

enum { IRQ_PEND_EXT_SERVICE_EV, IRQ_PEND_EXT_SERVICE };

typedef struct {
	bool held;
} spinlock_t;

struct kvm_s390_ext_info {
	u32 ext_params;
	u32 pad;
	u64 ext_params2;
};

struct kvm_s390_interrupt_info {
	struct kvm_s390_ext_info ext;
};

struct kvm_s390_float_interrupt {
	unsigned long pending_irqs;
	unsigned long masked_irqs;
	spinlock_t lock;
	struct kvm_s390_ext_info srv_signal;
};

struct kvm_s390_sie_block {
	psw_t gpsw;
	u8 iictl;
	u16 eic;
	u32 eiparams;
};

struct kvm {
	struct {
		struct kvm_s390_float_interrupt float_int;
	} arch;
	struct {
		u64 inject_service_signal;
	} stat;
};

struct kvm_vcpu {
	struct kvm *kvm;
	int vcpu_id;
	struct {
		struct kvm_s390_sie_block *sie_block;
	} arch;
	struct {
		u64 deliver_service_signal;
	} stat;
	bool protected;
	u8 lowcore[512];
	unsigned int lowcore_writes;
};

/* Interrupts stay off between the two, or an interrupt handler would wait for its own CPU. */
extern bool irqs_off;

#define spin_lock_irqsave(lock, flags) ((flags) = lock_irqs_off(lock))
#define spin_unlock_irqrestore(lock, flags) unlock_irqs_as(lock, flags)
unsigned long lock_irqs_off(spinlock_t *lock);
void unlock_irqs_as(spinlock_t *lock, unsigned long flags);

static inline bool test_bit(int bit, const unsigned long *word)
{
	return *word & 1UL << bit;
}

static inline void set_bit(int bit, unsigned long *word)
{
	*word |= 1UL << bit;
}

static inline void clear_bit(int bit, unsigned long *word)
{
	*word &= ~(1UL << bit);
}

#define kvm_s390_pv_cpu_is_protected(vcpu) ((vcpu)->protected)
#define kvm_s390_pv_cpu_get_handle(vcpu) ((vcpu)->protected ? 1UL : 0UL)
#define VCPU_EVENT(vcpu, level, ...) ((void)(vcpu))
#define trace_kvm_s390_deliver_interrupt(id, type, data0, data1) ((void)(id))
#define kfree(pointer) ((void)(pointer))

int write_guest_lc(struct kvm_vcpu *vcpu, unsigned long gra, const void *data, size_t size);
int read_guest_lc(struct kvm_vcpu *vcpu, unsigned long gra, void *data, size_t size);

#define put_guest_lc(vcpu, x, gra)                                                                 \
	({                                                                                         \
		__typeof__(*(gra)) value_ = (x);                                                   \
		write_guest_lc(vcpu, (unsigned long)(gra), &value_, sizeof(value_));               \
	})

#endif
