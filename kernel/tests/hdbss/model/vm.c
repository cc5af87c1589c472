// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VM: its slots, stage 2 leaves, faults and dirty log, in the steps of mmu.c and kvm_main.c.
 * The log is read as for a migration: what it reports is copied.
 */
#include "model.h"

#define W KVM_PTE_LEAF_ATTR_LO_S2_S2AP_W
#define DBM KVM_PTE_LEAF_ATTR_HI_S2_DBM
#define AF KVM_PTE_LEAF_ATTR_LO_S2_AF

struct block blocks[GFNS / BLOCK];
u32 source[GFNS], destination[GFNS];
struct kvm vm, other_vm;

/* The first two are logged; the first does not end with a word of its bitmap. */
static const struct {
	gfn_t base;
	unsigned long pages;
	bool logged;
} layout[SLOTS] = { { 8, 68, true }, { 80, 8, true }, { 88, 8, false } };
static unsigned long bitmaps[SLOTS][2];

static void memory_init(void)
{
	gfn_t gfn;

	memset(source, 0, sizeof(source));
	memset(destination, 0, sizeof(destination));
	memset(blocks, 0, sizeof(blocks));
	for (gfn = 8; gfn < GFNS; gfn += BLOCK) {
		struct block *block = &blocks[gfn / BLOCK];
		unsigned int i;

		/* Logging has begun: what is mapped is protected, or writable-clean. */
		if (gfn != 72 && one_in(3)) {
			block->whole = KVM_PTE_VALID | AF | (one_in(3) ? 0 : DBM);
			continue;
		}
		for (i = 0; i < BLOCK; i++)
			if (!one_in(4))
				block->pages[i] = KVM_PTE_VALID | AF | (one_in(2) ? DBM : 0);
	}
}

void vm_reset(void)
{
	int i;

	memset(&vm, 0, sizeof(vm));
	memset(&other_vm, 0, sizeof(other_vm));
	memset(bitmaps, 0, sizeof(bitmaps));
	for (i = 0; i < SLOTS; i++)
		vm.slots[i] = (struct kvm_memory_slot){ layout[i].base, layout[i].pages,
							layout[i].logged ? bitmaps[i] : NULL };
	vm.arch.mmu = (struct kvm_s2_mmu){ VTCR_EL2_HA, &vm.arch };
	other_vm.arch.mmu = (struct kvm_s2_mmu){ VTCR_EL2_HA, &other_vm.arch };
	vm.nested = one_in(16);
	memory_init();
}

kvm_pte_t *leaf(gfn_t gfn, int *level)
{
	struct block *block = &blocks[gfn / BLOCK];

	*level = block->whole ? 2 : 3;
	return block->whole ? &block->whole : &block->pages[gfn % BLOCK];
}

struct kvm_memory_slot *gfn_to_memslot(struct kvm *kvm, gfn_t gfn)
{
	int i;

	for (i = 0; i < SLOTS; i++) {
		struct kvm_memory_slot *slot = &kvm->slots[i];

		if (gfn >= slot->base_gfn && gfn - slot->base_gfn < slot->npages)
			return slot;
	}
	return NULL;
}

void kvm_flush_remote_tlbs(struct kvm *kvm)
{
	__kvm_tlb_flush_vmid(&kvm->arch.mmu);
}

void __load_stage2(struct kvm_s2_mmu *mmu)
{
	write_sysreg(mmu->vtcr, vtcr_el2);
}

struct kvm_vcpu *kvm_get_running_vcpu(void)
{
	return cpus[this_cpu].running;
}

void kvm_make_all_cpus_request(struct kvm *kvm, unsigned int request)
{
	bool wait = request == KVM_REQ_OUTSIDE_GUEST_MODE;
	int pending = 0, i;

	preempt_disable();
	for (i = 0; i < kvm->online_vcpus; i++) {
		struct kvm_vcpu *vcpu = kvm->vcpus[i];

		if (!wait)
			set_bit(request, vcpu->requests);
		hook();
		if (vcpu->in_guest && vcpu->cpu != this_cpu)
			send_ipi(vcpu->cpu, NULL, NULL, wait ? &pending : NULL);
	}
	while (pending)
		relax();
	preempt_enable();
}

/* A block gives way to a table: with the pages of the block, or with none. */
static void make_table(struct block *block, bool keep)
{
	kvm_pte_t whole = block->whole;
	unsigned int i;

	block->whole = 0;
	for (i = 0; i < BLOCK; i++)
		block->pages[i] = keep ? whole : 0;
}

static bool relax_perms(kvm_pte_t *pte, kvm_pte_t old, kvm_pte_t set)
{
	kvm_pte_t new = old | set | AF;

	if (new == old)
		return true;
	if (cmpxchg(pte, old, new) == old)
		return true;
	counts.walker_races++;
	return false;
}

/* kvm_s2_fault_compute_prot() and kvm_s2_fault_map() */
void handle_fault(struct kvm_vcpu *vcpu, gfn_t gfn, bool write)
{
	struct kvm_memory_slot *slot = gfn_to_memslot(vcpu->kvm, gfn);
	bool logged = slot->dirty_bitmap != NULL, done = true;
	kvm_pte_t prot = write || !logged ? W : 0, *pte, old;
	int level;

	counts.faults++;
	if (logged && kvm_hdbss_enabled(vcpu->kvm) && !vcpu_has_nv(vcpu))
		prot |= DBM;
	read_lock(&vm.mmu_lock);
	pte = leaf(gfn, &level);
	old = READ_ONCE(*pte);
	if (pte != leaf(gfn, &level)) {
		done = false;
	} else if (level == 2) {
		if (write && (!logged || !(old & W))) {
			make_table(&blocks[gfn / BLOCK], !logged);
			__kvm_tlb_flush_vmid(&vm.arch.mmu);
			pte = leaf(gfn, &level);
			*pte = KVM_PTE_VALID | AF | prot;
		}
	} else if (kvm_pte_valid(old)) {
		done = relax_perms(pte, old, prot);
	} else {
		done = cmpxchg(pte, old, KVM_PTE_VALID | AF | prot) == old;
	}
	__kvm_tlb_flush_page(&vm.arch.mmu, gfn);
	hook();
	read_unlock(&vm.mmu_lock);
	if (done && (prot & W) && logged)
		set_bit_le(gfn - slot->base_gfn, slot->dirty_bitmap);
}

/* kvm_mmu_log_range() with mmu_lock held for write */
static void log_range(gfn_t start, gfn_t end)
{
	bool on = kvm_hdbss_enabled(&vm);
	struct kvm_pgtable pgt;
	gfn_t gfn;

	for (gfn = start; gfn < end; gfn++) {
		struct kvm_pgtable_visit_ctx ctx = { .arg = &pgt };

		if (on && blocks[gfn / BLOCK].whole && !one_in(4))
			make_table(&blocks[gfn / BLOCK], true);
		ctx.ptep = leaf(gfn, &ctx.level);
		ctx.old = READ_ONCE(*ctx.ptep);
		if (on)
			mkclean(&ctx);
		else if (ctx.old & W)
			WRITE_ONCE(*ctx.ptep, ctx.old & ~W);
	}
}

/* A walker that has the lock for itself stores what it has read, less a bit. */
void age(gfn_t gfn)
{
	kvm_pte_t *pte, old;
	int level;

	write_lock(&vm.mmu_lock);
	pte = leaf(gfn, &level);
	old = READ_ONCE(*pte);
	if (kvm_pte_valid(old)) {
		hook();
		counts.walker_races += *pte != old;
		*pte = old & ~AF;
	}
	write_unlock(&vm.mmu_lock);
}

/* kvm_get_dirty_log_protect() */
void get_dirty_log(struct kvm_memory_slot *slot)
{
	unsigned long reported[2] = { 0 }, i;
	bool flush = false;

	counts.gets++;
	kvm_arch_sync_dirty_log(&vm, slot);
	write_lock(&vm.mmu_lock);
	for (i = 0; i * 64 < slot->npages; i++) {
		gfn_t first = slot->base_gfn + i * 64;

		if (!READ_ONCE(slot->dirty_bitmap[i]))
			continue;
		flush = true;
		reported[i] = xchg(&slot->dirty_bitmap[i], 0);
		log_range(first + __builtin_ctzl(reported[i]),
			  first + 64 - __builtin_clzl(reported[i]));
	}
	write_unlock(&vm.mmu_lock);
	if (flush)
		kvm_flush_remote_tlbs(&vm);
	for (i = 0; i < slot->npages; i++) {
		if (!(reported[i / 64] >> (i % 64) & 1))
			continue;
		hook();
		destination[slot->base_gfn + i] = source[slot->base_gfn + i];
	}
}
