/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of the kernel as the HDBSS code touches, in user space. What can sleep says so to the
 * scheduler of sched.c, and what other CPUs can see is a point at which they may come first. To
 * have buffers full and words of bitmaps cross often, all is small: a buffer has 8 entries <<
 * order, a block 8 pages. The KUnit tests check the true numbers.
 */
#ifndef SHIM_H
#define SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint32_t u32;
typedef int32_t s32;
typedef uint64_t u64;
typedef int64_t s64;
typedef u64 __u64;
typedef u64 gfn_t, gpa_t, phys_addr_t, kvm_pte_t;
typedef struct {
	int counter;
} atomic_t;
typedef struct {
	s64 counter;
} atomic64_t;

#define EAGAIN 11
#define ENOMEM 12
#define EBUSY 16
#define EINVAL 22
#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#define unlikely(x) (x)
#define likely(x) (x)
#define UL(x) x##UL
#define BIT(n) (1UL << (n))
#define BIT_ULL(n) (1ULL << (n))
#define GENMASK(h, l) ((~0UL << (l)) & (~0UL >> (63 - (h))))
#define GENMASK_ULL(h, l) GENMASK(h, l)
#define FIELD_GET(mask, reg) (((reg) & (mask)) >> __builtin_ctzl(mask))
#define FIELD_PREP(mask, val) (((u64)(val) << __builtin_ctzl(mask)) & (mask))
#define min_t(type, a, b) ((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define ALIGN_DOWN(x, a) ((x) & ~((a)-1))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))
#define IS_ENABLED(option) (option##_on)
#define BITS_PER_LONG 64
#define PAGE_SHIFT 12
#define SZ_4K 64
#define KVM_PGTABLE_LAST_LEVEL 3
#define ARM64_HW_PGTABLE_LEVEL_SHIFT(level) (PAGE_SHIFT + 3 * (3 - (level)))
#define KVM_PTE_VALID BIT(0)
#define KVM_PTE_LEAF_ATTR_LO_S2_S2AP_W BIT(7)
#define KVM_PTE_LEAF_ATTR_LO_S2_AF BIT(10)
#define KVM_PTE_LEAF_ATTR_HI_S2_DBM BIT(51)
#define sys_reg(op0, op1, crn, crm, op2)                                                           \
	((op0) << 19 | (op1) << 16 | (crn) << 12 | (crm) << 8 | (op2) << 5)

static inline s32 sign_extend32(u32 value, int index)
{
	int shift = 31 - index;

	return (s32)(value << shift) >> shift;
}

/* What may be seen by others, or changed by them */
const volatile void *look(const volatile void *address);
void hook(void);

#define READ_ONCE(x) (*(const volatile __typeof__(x) *)look(&(x)))
#define WRITE_ONCE(x, value)                                                                       \
	do {                                                                                       \
		hook();                                                                            \
		*(volatile __typeof__(x) *)&(x) = (value);                                         \
		hook();                                                                            \
	} while (0)
static inline void set_bit(unsigned int nr, unsigned long *word)
{
	hook();
	word[nr / BITS_PER_LONG] |= BIT(nr % BITS_PER_LONG);
}
static inline void clear_bit(unsigned int nr, unsigned long *word)
{
	hook();
	word[nr / BITS_PER_LONG] &= ~BIT(nr % BITS_PER_LONG);
}
static inline bool test_bit(unsigned int nr, const unsigned long *word)
{
	hook();
	return word[nr / BITS_PER_LONG] >> (nr % BITS_PER_LONG) & 1;
}
#define smp_store_release(p, value) WRITE_ONCE(*(p), value)
#define smp_load_acquire(p) READ_ONCE(*(p))
#define smp_mb() hook()
#define smp_rmb() hook()
#define smp_wmb() hook()
#define smp_mb__before_atomic() hook()
#define smp_mb__after_atomic() hook()
#define cmpxchg(p, old, new)                                                                       \
	(hook(), __extension__({                                                                   \
		 __typeof__(*(p)) seen_ = *(p);                                                    \
		 if (seen_ == (old))                                                               \
			 *(p) = (new);                                                             \
		 seen_;                                                                            \
	 }))
#define xchg(p, new)                                                                               \
	(hook(), __extension__({                                                                   \
		 __typeof__(*(p)) seen_ = *(p);                                                    \
		 *(p) = (new);                                                                     \
		 seen_;                                                                            \
	 }))
#define atomic_read(v) (hook(), (v)->counter)
#define atomic_inc(v) (hook(), (void)(v)->counter++)
#define atomic_dec(v) (hook(), (void)(v)->counter--)
#define atomic64_inc(v) ((void)(v)->counter++)
#define atomic64_add(n, v) ((void)((v)->counter += (n)))
#define test_bit_acquire(nr, word) test_bit(nr, word)
#define set_bit_le(nr, word) set_bit(nr, word)

/* Interrupts, preemption, locks */
#define local_irq_save(flags) ((flags) = irqs_disable())
#define local_irq_restore(flags) irqs_restore(flags)
unsigned long irqs_disable(void);
void irqs_restore(unsigned long flags);
void lockdep_assert_irqs_disabled(void);
void preempt_disable(void);
void preempt_enable(void);
void cond_resched(void);
void on_each_cpu(void (*func)(void *arg), void *arg, bool wait);

struct mutex {
	struct task *owner;
};
void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void lockdep_assert_held(const struct mutex *lock);

typedef struct {
	int readers;
	bool writer;
} rwlock_t;
void read_lock(rwlock_t *lock);
void read_unlock(rwlock_t *lock);
void write_lock(rwlock_t *lock);
void write_unlock(rwlock_t *lock);

struct srcu_struct {
	int readers[2];
	int index;
};
int srcu_read_lock(struct srcu_struct *srcu);
void srcu_read_unlock(struct srcu_struct *srcu, int index);
void synchronize_srcu(struct srcu_struct *srcu);

struct srcu_guard {
	struct srcu_struct *srcu;
	int index;
};
static inline struct srcu_guard srcu_guard_begin(struct srcu_struct *srcu)
{
	return (struct srcu_guard){ srcu, srcu_read_lock(srcu) };
}
static inline void srcu_guard_end(struct srcu_guard *guard)
{
	srcu_read_unlock(guard->srcu, guard->index);
}
static inline int preempt_guard_begin(void)
{
	preempt_disable();
	return 0;
}
static inline void preempt_guard_end(int *guard)
{
	(void)guard;
	preempt_enable();
}
static inline struct mutex *mutex_guard_begin(struct mutex *lock)
{
	mutex_lock(lock);
	return lock;
}
static inline void mutex_guard_end(struct mutex **lock)
{
	mutex_unlock(*lock);
}
#define guard(name) guard_##name
#define scoped_guard(name, ...)                                                                    \
	for (int once_ = 1; once_;)                                                                \
		for (guard(name)(__VA_ARGS__); once_; once_ = 0)
#define guard_srcu(srcu)                                                                           \
	struct srcu_guard guard_ __attribute__((cleanup(srcu_guard_end), unused)) =                \
		srcu_guard_begin(srcu)
#define guard_preempt()                                                                            \
	int guard_ __attribute__((cleanup(preempt_guard_end), unused)) = preempt_guard_begin()
#define guard_mutex(lock)                                                                          \
	struct mutex *guard_ __attribute__((cleanup(mutex_guard_end), unused)) =                   \
		mutex_guard_begin(lock)

/* Memory */
#define GFP_KERNEL 1
#define GFP_KERNEL_ACCOUNT 3
#define __GFP_ZERO 0
#define __GFP_NOWARN 0
struct page;
struct page *alloc_pages(int gfp, unsigned int order);
void free_pages(unsigned long address, unsigned int order);
void *page_address(struct page *page);
phys_addr_t page_to_phys(struct page *page);
static inline unsigned int get_order(size_t size)
{
	return size <= SZ_4K ? 0 : 63 - __builtin_clzl((size - 1) / SZ_4K) + 1;
}

/* Registers of the CPU */
#define isb() hook()
#define dsb(domain) dsb_all()
void dsb_all(void);
u64 read_reg(u32 reg);
void write_reg(u32 reg, u64 value);
#define vtcr_el2_REG SYS_VTCR_EL2
#define hcr_el2_REG 0
#define read_sysreg(name) read_reg(name##_REG)
#define write_sysreg(value, name) write_reg(name##_REG, value)
#define read_sysreg_s(reg) read_reg(reg)
#define write_sysreg_s(value, reg) write_reg(reg, value)
#define sysreg_clear_set(name, clear, set)                                                         \
	write_reg(name##_REG, (read_reg(name##_REG) & ~(u64)(clear)) | (set))
#define write_sysreg_hcr(value) ((void)(value))
#define read_sysreg_el1(reg) 0UL
#define write_sysreg_el1(value, reg) ((void)(value))
#define HCR_TGE BIT(27)
#define HCR_HOST_VHE_FLAGS HCR_TGE
#define TCR_EPD1_MASK 0UL
#define TCR_EPD0_MASK 0UL
#undef SCTLR_ELx_M
#define SCTLR_ELx_M 0UL
#define vmalls12e1is true
#define vmalle1 false
#define __tlbi(op) tlb_invalidate(op)
#define __tlbi_sync_s1ish_hyp() hook()
void tlb_invalidate(bool all_cpus);
#define cpus_have_final_cap(cap) (cap##_on)
extern bool CONFIG_ARM64_HW_AFDBM_on, ARM64_WORKAROUND_AMPERE_AC03_CPU_38_on;
#define ARM64_WORKAROUND_SPECULATIVE_AT_on false
#define system_supports_hdbss() true

/* KVM */
#define KVM_ARCH_REQ(n) (8 + (n))
#define KVM_REQ_OUTSIDE_GUEST_MODE 0
#define kvm_call_hyp(f, ...) f(__VA_ARGS__)
#define gpa_to_gfn(gpa) ((gpa) >> PAGE_SHIFT)
#define ESR_FSC_PERM 0x0f
#define ESR_FSC_SEA 0x10
#define ESR_HDBSSF BIT(43)

#include "structs.inc"

struct kvm_memory_slot {
	gfn_t base_gfn;
	unsigned long npages;
	unsigned long *dirty_bitmap;
};

struct kvm_s2_mmu {
	u64 vtcr;
	struct kvm_arch *arch;
};

struct kvm_arch {
	struct kvm_s2_mmu mmu;
	unsigned long flags;
	struct kvm_vm_hdbss hdbss;
};

#define MAX_VCPUS 3
#define SLOTS 3

struct kvm {
	struct kvm_arch arch;
	struct mutex lock;
	rwlock_t mmu_lock;
	struct srcu_struct srcu;
	struct {
		atomic64_t hdbss_entries, hdbss_drains, hdbss_full, hdbss_errors;
	} stat;
	u32 dirty_ring_size;
	bool nested, is_protected;
	int online_vcpus;
	struct kvm_vcpu *vcpus[MAX_VCPUS];
	struct kvm_memory_slot slots[SLOTS];
};

struct kvm_vcpu {
	struct kvm *kvm;
	int cpu;
	bool in_guest;
	unsigned long requests[1];
	struct {
		struct kvm_s2_mmu *hw_mmu;
		struct kvm_vcpu_hdbss hdbss;
		u64 esr;
	} arch;
};

struct kvm_pgtable_visit_ctx {
	kvm_pte_t *ptep;
	kvm_pte_t old;
	void *arg;
	int level;
};
enum kvm_pgtable_walk_flags { KVM_PGTABLE_WALK_LEAF };
struct kvm_pgtable {
	int unused;
};
#define kvm_pte_valid(pte) (((pte)&KVM_PTE_VALID) != 0)
#define stage2_pte_cacheable(pgt, pte) ((void)(pgt), true)
#define stage2_try_set_pte(ctx, new)                                                               \
	__extension__({                                                                            \
		WRITE_ONCE(*(ctx)->ptep, new);                                                     \
		true;                                                                              \
	})

static struct {
	struct kvm_vcpu *__hyp_running_vcpu;
} host_ctxt __attribute__((unused));
#define host_data_ptr(name) (&name)
#define __vcpu_load_switch_sysregs(vcpu) hook()
#define __vcpu_load_activate_traps(vcpu) hook()
#define __vcpu_put_deactivate_traps(vcpu) hook()
#define __vcpu_put_switch_sysregs(vcpu) hook()
#define vcpu_has_nv(vcpu) ((vcpu)->kvm->nested)
#define kvm_vm_is_protected(kvm) ((kvm)->is_protected)
#define kvm_vcpu_get_esr(vcpu) ((vcpu)->arch.esr)
#define esr_fsc_is_permission_fault(esr) (((esr)&0x3f) == ESR_FSC_PERM)
#define kvm_vcpu_abt_issea(vcpu) (((vcpu)->arch.esr & 0x3f) == ESR_FSC_SEA)
#define apei_claim_sea(regs) ((void)(regs))
#define pr_warn_once(...) ((void)0)
#define kvm_memslots(kvm) (kvm)
#define kvm_for_each_memslot(slot, bkt, slots_)                                                    \
	for ((bkt) = 0; (slot) = &(slots_)->slots[bkt], (bkt) < SLOTS; (bkt)++)
#define kvm_for_each_vcpu(i, vcpu, kvm)                                                            \
	for ((i) = 0; (i) < (unsigned long)(kvm)->online_vcpus && ((vcpu) = (kvm)->vcpus[i]); (i)++)

struct kvm_vcpu *kvm_get_running_vcpu(void);
struct kvm_memory_slot *gfn_to_memslot(struct kvm *kvm, gfn_t gfn);
void kvm_make_all_cpus_request(struct kvm *kvm, unsigned int request);
void kvm_flush_remote_tlbs(struct kvm *kvm);
void __load_stage2(struct kvm_s2_mmu *mmu);
void __kvm_tlb_flush_vmid(struct kvm_s2_mmu *mmu);
void __kvm_flush_cpu_context(struct kvm_s2_mmu *mmu);
void __kvm_tlb_flush_page(struct kvm_s2_mmu *mmu, gfn_t gfn);
void kvm_vcpu_load_vhe(struct kvm_vcpu *vcpu);
void kvm_vcpu_put_vhe(struct kvm_vcpu *vcpu);
void kvm_arch_sync_dirty_log(struct kvm *kvm, struct kvm_memory_slot *slot);
bool allowed_with_pkvm(struct kvm *kvm);
bool kvm_arch_allow_dirty_ring(struct kvm *kvm);
int mkclean(const struct kvm_pgtable_visit_ctx *ctx);

#include "inline.inc"

#endif
