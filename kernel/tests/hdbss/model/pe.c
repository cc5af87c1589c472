// SPDX-License-Identifier: GPL-2.0-only
/*
 * A PE with FEAT_HDBSS, as far as software can tell: TLBs keep permissions and the bits of
 * VTCR_EL2, what the PE appends is in memory for others only after its DSB, or sooner, and
 * nothing touches a buffer that was freed.
 */
#include <stdlib.h>

#include "model.h"

#define BUFFERS 64
#define BUFFER_WORDS 32
#define BUFFER_BASE 0x40000000UL
#define BUFFER_ALIGN 0x200000UL

struct page {
	u64 words[BUFFER_WORDS];
	unsigned int order;
	bool live;
};

static struct page buffers[BUFFERS];
static unsigned int buffer_count;
static bool aborts_happen, memory_is_short;

static struct cpu *cpu(void)
{
	return &cpus[this_cpu];
}

void memory_reset(void)
{
	memset(buffers, 0, sizeof(*buffers) * buffer_count);
	buffer_count = 0;
	memory_is_short = false;
}

void memory_shortage(bool shortage)
{
	memory_is_short = shortage;
}

struct page *alloc_pages(int gfp, unsigned int order)
{
	struct page *page;

	might_sleep("alloc_pages()");
	if ((gfp & GFP_KERNEL_ACCOUNT) != GFP_KERNEL_ACCOUNT)
		violated(RULE_RESULT, "a buffer is not accounted to who asked for it");
	hook();
	if (memory_is_short && one_in(5)) {
		counts.no_memory++;
		return NULL;
	}
	if (buffer_count == BUFFERS || 8U << order > BUFFER_WORDS)
		abort();
	page = &buffers[buffer_count++];
	page->order = order;
	page->live = true;
	return page;
}

void *page_address(struct page *page)
{
	return page->words;
}

phys_addr_t page_to_phys(struct page *page)
{
	return BUFFER_BASE + (page - buffers) * BUFFER_ALIGN;
}

static struct page *page_of(const volatile void *address)
{
	size_t offset = (uintptr_t)address - (uintptr_t)buffers;

	return offset < sizeof(buffers) ? &buffers[offset / sizeof(*buffers)] : NULL;
}

static struct page *page_of_br(u64 br)
{
	u64 index = ((br & HDBSSBR_EL2_BADDR) - BUFFER_BASE) / BUFFER_ALIGN;

	return br >= BUFFER_BASE && index < buffer_count ? &buffers[index] : NULL;
}

void free_pages(unsigned long address, unsigned int order)
{
	struct page *page = page_of((void *)address);
	unsigned int i, k;

	hook();
	if (!page || !page->live)
		violated(RULE_FREED, "a buffer is freed that is none, or was freed before");
	if (page->order != order)
		violated(RULE_FREED, "a buffer of order %u is freed with order %u", page->order,
			 order);
	page->live = false;
	for (i = 0; i < CPUS; i++) {
		if (page_of_br(cpus[i].br) == page)
			violated(RULE_FREED, "a buffer is freed whose base CPU %u has", i);
		for (k = 0; k < cpus[i].store_count; k++)
			if (page_of(cpus[i].stores[k].where) == page)
				violated(RULE_FREED, "a buffer is freed that CPU %u still writes",
					 i);
	}
}

void memory_check_end(void)
{
	unsigned int i;

	for (i = 0; i < buffer_count; i++)
		if (buffers[i].live)
			violated(RULE_FREED, "a buffer is never freed");
}

const volatile void *look(const volatile void *address)
{
	struct page *page;

	hook();
	if ((uintptr_t)address < 4096)
		violated(RULE_FREED, "the entries of no buffer are read");
	page = page_of(address);
	if (page && !page->live)
		violated(RULE_FREED, "a buffer is read after it was freed");
	return address;
}

static void drain_stores(struct cpu *c, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		*c->stores[i].where = c->stores[i].entry;
	memmove(c->stores, c->stores + n, (c->store_count - n) * sizeof(*c->stores));
	c->store_count -= n;
}

void dsb_all(void)
{
	hook();
	drain_stores(cpu(), cpu()->store_count);
}

u64 read_reg(u32 reg)
{
	hook();
	switch (reg) {
	case SYS_VTCR_EL2:
		return cpu()->vtcr;
	case SYS_HDBSSBR_EL2:
		return cpu()->br;
	case SYS_HDBSSPROD_EL2:
		return cpu()->prod;
	}
	return 0;
}

void write_reg(u32 reg, u64 value)
{
	struct page *page;

	hook();
	switch (reg) {
	case SYS_VTCR_EL2:
		if ((value & LOGGING) && (value & LOGGING) != LOGGING)
			violated(RULE_UNLOGGED, "of HD and HDBSS one is set without the other");
		page = page_of_br(cpu()->br);
		if ((value & LOGGING) && (!page || !page->live))
			violated(RULE_REGISTERS, "HDBSS is switched on over a stale base");
		if ((value & LOGGING) && !cpu()->running)
			violated(RULE_REGISTERS, "HDBSS is switched on with no vCPU on the CPU");
		cpu()->vtcr = value;
		break;
	case SYS_HDBSSBR_EL2:
	case SYS_HDBSSPROD_EL2:
		*(reg == SYS_HDBSSBR_EL2 ? &cpu()->br : &cpu()->prod) = value;
		break;
	}
	hook();
}

void tlb_invalidate(bool all_cpus)
{
	int i;

	hook();
	for (i = 0; i < CPUS; i++)
		if (all_cpus || i == this_cpu)
			memset(cpus[i].tlb, 0, sizeof(cpus[i].tlb));
}

void tlb_drop_page(gfn_t gfn)
{
	cpu()->tlb[gfn].valid = 0;
}

void pe_reset(bool aborts)
{
	aborts_happen = aborts;
}

/* What must hold when a vCPU enters the guest, with interrupts off */
void check_entry(struct kvm_vcpu *vcpu)
{
	bool on = (cpu()->vtcr & LOGGING) != 0;

	if (!(cpu()->vtcr & VTCR_EL2_HA))
		violated(RULE_REGISTERS, "a vCPU enters the guest without HA");
	if (on != vcpu->arch.hdbss.loaded)
		violated(RULE_REGISTERS, "a vCPU enters the guest with HDBSS %s its registers",
			 on ? "but not" : "gone from");
	if (on && vcpu->kvm->nested)
		violated(RULE_EXCLUDED, "a vCPU that has EL2 enters the guest with HDBSS");
	if (on && cpu()->br != vcpu->arch.hdbss.br)
		violated(RULE_REGISTERS, "a vCPU enters the guest with the buffer of another");
}

static bool walk(gfn_t gfn, struct tlb_entry *entry)
{
	int level;
	kvm_pte_t pte = *leaf(gfn, &level);

	if (!(pte & KVM_PTE_VALID))
		return false;
	entry->valid = 1;
	entry->writable = (pte & KVM_PTE_LEAF_ATTR_LO_S2_S2AP_W) != 0;
	entry->dbm = (pte & KVM_PTE_LEAF_ATTR_HI_S2_DBM) != 0;
	entry->hd = (cpu()->vtcr & VTCR_EL2_HD) != 0;
	entry->hdbss = (cpu()->vtcr & VTCR_EL2_HDBSS) != 0;
	return true;
}

static void append(struct cpu *c, gfn_t gfn, int level)
{
	u64 index = FIELD_GET(HDBSSPROD_EL2_INDEX, c->prod);
	struct page *page = page_of_br(c->br);
	gfn_t first = level == 3 ? gfn : ALIGN_DOWN(gfn, BLOCK);

	if (!page || !page->live)
		violated(RULE_FREED, "the CPU appends to a buffer that was freed");
	if (c->store_count == ARRAY_SIZE(c->stores))
		drain_stores(c, 1);
	c->stores[c->store_count++] =
		(struct pending_entry){ &page->words[index],
					BIT(0) | (u64)level << 1 | first << 12 };
	c->prod = (c->prod & ~HDBSSPROD_EL2_INDEX) | (index + 1);
	counts.logged++;
	counts.blocks += level != 3;
}

/* The leaf is writable-clean: make it dirty and log that, in one step */
static enum access make_dirty(gfn_t gfn, struct tlb_entry *entry)
{
	struct cpu *c = cpu();
	int level;
	kvm_pte_t *pte = leaf(gfn, &level);

	if (!entry->hdbss)
		violated(RULE_UNLOGGED, "a page becomes dirty by the CPU's hand, with HDBSS off");
	if ((c->vtcr & LOGGING) != LOGGING)
		violated(RULE_UNLOGGED, "a TLB remembers HDBSS that is off");
	if (!(*pte & KVM_PTE_VALID) || !(*pte & KVM_PTE_LEAF_ATTR_HI_S2_DBM) ||
	    (*pte & KVM_PTE_LEAF_ATTR_LO_S2_S2AP_W)) {
		entry->valid = 0;
		return ACCESS_DONE;
	}
	if (FIELD_GET(HDBSSPROD_EL2_FSC, c->prod))
		return ACCESS_FULL;
	if (FIELD_GET(HDBSSPROD_EL2_INDEX, c->prod) >= 8UL << FIELD_GET(HDBSSBR_EL2_SZ, c->br))
		return ACCESS_FULL;
	if (aborts_happen && one_in(16)) {
		c->prod |= FIELD_PREP(HDBSSPROD_EL2_FSC, HDBSSPROD_EL2_FSC_ExternalAbort);
		if (one_in(2)) {
			counts.precise_aborts++;
			return ACCESS_ABORT;
		}
		counts.lost_entries++;
	} else {
		append(c, gfn, level);
	}
	*pte |= KVM_PTE_LEAF_ATTR_LO_S2_S2AP_W;
	entry->writable = 1;
	return ACCESS_DONE;
}

enum access guest_write(gfn_t gfn)
{
	struct tlb_entry *entry = &cpu()->tlb[gfn];
	enum access result;

	if (one_in(4))
		entry->valid = 0;
	if (one_in(8) && cpu()->store_count)
		drain_stores(cpu(), 1);
	for (;;) {
		if (!entry->valid && !walk(gfn, entry))
			return ACCESS_FAULT;
		hook();
		if (!entry->valid)
			continue;
		if (entry->writable) {
			source[gfn]++;
			counts.writes++;
			return ACCESS_DONE;
		}
		if (!entry->dbm || !entry->hd)
			return ACCESS_FAULT;
		result = make_dirty(gfn, entry);
		if (result != ACCESS_DONE)
			return result;
		hook();
	}
}

void guest_read(gfn_t gfn)
{
	walk(gfn, &cpu()->tlb[gfn]);
	hook();
}
