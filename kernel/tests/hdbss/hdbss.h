/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the HDBSS tests share: the capability as the kernel's documentation has it, by ioctls and
 * nothing else, and a VM with logged memory whose vCPUs write it page by page.
 */
#ifndef KVMFEAT_TESTS_HDBSS_H
#define KVMFEAT_TESTS_HDBSS_H

#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/sizes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kselftest.h"
#include "kvm_syscalls.h"
#include "kvm_util.h"
#include "processor.h"
#include "test_util.h"
#include "ucall_common.h"

/* A stack without the last HDBSS patch has no such number in its headers. */
#ifndef KVM_CAP_ARM_HDBSS_KVMFEAT
#define KVM_CAP_ARM_HDBSS_KVMFEAT 0x4844
#endif

#define HDBSS_MAX_ORDER 9

#define MEM_SLOT 1
#define MEM_GPA 0xc0000000UL /* above what the test library maps, and aligned for blocks */
#define MAX_VCPUS 4

/* Entries that fit into a buffer. */
static inline u64 hdbss_capacity(unsigned int order)
{
	return 512ULL << order;
}

/* What CHECK_EXTENSION must say. */
static inline int hdbss_value(unsigned int enabled, unsigned int order)
{
	return 0x48440000 | enabled << 12 | HDBSS_MAX_ORDER << 8 | order << 4 | 1;
}

static inline int hdbss_state(struct kvm_vm *vm)
{
	return vm_check_cap(vm, KVM_CAP_ARM_HDBSS_KVMFEAT);
}

/* 0 or an errno. */
static inline int hdbss_ask(int fd, struct kvm_enable_cap cap)
{
	return ioctl(fd, KVM_ENABLE_CAP, &cap) ? errno : 0;
}

static inline int hdbss_switch(struct kvm_vm *vm, u64 order, u64 on)
{
	return hdbss_ask(vm->fd, (struct kvm_enable_cap){
					 .cap = KVM_CAP_ARM_HDBSS_KVMFEAT,
					 .args = { order, on },
				 });
}

static inline void hdbss_on(struct kvm_vm *vm, unsigned int order)
{
	int err = hdbss_switch(vm, order, 1);

	TEST_ASSERT(!err, "HDBSS cannot be switched on with order %u: %s", order, strerror(err));
}

static inline void hdbss_off(struct kvm_vm *vm)
{
	int err = hdbss_switch(vm, 0, 0);

	TEST_ASSERT(!err, "HDBSS cannot be switched off: %s", strerror(err));
}

/* The header and the plan; without HDBSS the whole program is skipped. */
static inline void hdbss_start(unsigned int cases)
{
	ksft_print_header();
	if (!kvm_check_cap(KVM_CAP_ARM_HDBSS_KVMFEAT))
		ksft_exit_skip("hdbss: the kernel or the CPU has no HDBSS\n");
	ksft_set_plan(cases);
}

/* The VM's statistics. */
struct hdbss_stats {
	u64 entries;
	u64 full;
	u64 drains;
	u64 errors;
};

static inline struct hdbss_stats hdbss_stats(struct kvm_vm *vm)
{
	return (struct hdbss_stats){
		.entries = vm_get_stat(vm, hdbss_entries),
		.full = vm_get_stat(vm, hdbss_full),
		.drains = vm_get_stat(vm, hdbss_drains),
		.errors = vm_get_stat(vm, hdbss_errors),
	};
}

static inline struct hdbss_stats hdbss_since(struct kvm_vm *vm, struct hdbss_stats then)
{
	struct hdbss_stats now = hdbss_stats(vm);

	return (struct hdbss_stats){
		.entries = now.entries - then.entries,
		.full = now.full - then.full,
		.drains = now.drains - then.drains,
		.errors = now.errors - then.errors,
	};
}

/* What a vCPU is to do; each VM has its own. */
struct work {
	u64 first; /* page */
	u64 pages;
	u64 stride; /* 1: each page, 2: every second one, … */
	u64 reads; /* only */
	u64 loop; /* until stop */
	u64 stop;
	u64 passes; /* done */
};

static struct work works[MAX_VCPUS];

static void guest_work(u64 index)
{
	struct work *work = &works[index];
	u64 value = index << 56;

	for (;;) {
		do {
			for (u64 i = 0; i < work->pages; i += work->stride) {
				u64 *word = (u64 *)(MEM_GPA + (work->first + i) * SZ_4K);

				if (work->reads)
					READ_ONCE(*word);
				else
					WRITE_ONCE(*word, ++value);
			}
			WRITE_ONCE(work->passes, work->passes + 1);
		} while (work->loop && !READ_ONCE(work->stop));
		GUEST_SYNC(0);
	}
}

struct world {
	struct kvm_vm *vm;
	struct kvm_vcpu *vcpu[MAX_VCPUS];
	char *mem;
	u64 pages;
	unsigned long *bitmap;
};

static inline struct work *work_of(struct world *w, unsigned int index)
{
	return (struct work *)addr_gva2hva(w->vm, (gva_t)works) + index;
}

static inline void add_vcpu(struct world *w, unsigned int index)
{
	w->vcpu[index] = vm_vcpu_add(w->vm, index, guest_work);
	vcpu_args_set(w->vcpu[index], 1, (u64)index);
}

/* Memory that the host has touched; nothing of it is mapped for the guest yet. */
static inline void make_world(struct world *w, u64 pages, unsigned int vcpus)
{
	*w = (struct world){ .pages = pages };
	/* Its vCPUs can then be made at any time. */
	test_disable_default_vgic();
	w->vm = __vm_create(VM_SHAPE_DEFAULT, MAX_VCPUS, 0);
	vm_userspace_mem_region_add(w->vm, VM_MEM_SRC_ANONYMOUS, MEM_GPA, MEM_SLOT, pages, 0);
	virt_map(w->vm, MEM_GPA, MEM_GPA, pages);
	w->mem = addr_gpa2hva(w->vm, MEM_GPA);
	memset(w->mem, 0x5a, pages * SZ_4K);
	w->bitmap = bitmap_zalloc(pages);
	for (unsigned int i = 0; i < vcpus; i++)
		add_vcpu(w, i);
}

static inline void free_world(struct world *w)
{
	free(w->bitmap);
	kvm_vm_free(w->vm);
}

static inline void log_pages(struct world *w, bool on)
{
	vm_mem_region_set_flags(w->vm, MEM_SLOT, on ? KVM_MEM_LOG_DIRTY_PAGES : 0);
}

/* GET_DIRTY_LOG; the number of pages that it reports. */
static inline u64 sync_log(struct world *w)
{
	u64 reported = 0;

	kvm_vm_get_dirty_log(w->vm, MEM_SLOT, w->bitmap);
	for (u64 i = 0; i < BITS_TO_LONGS(w->pages); i++)
		reported += __builtin_popcountl(w->bitmap[i]);
	return reported;
}

static inline void run_to_sync(struct kvm_vcpu *vcpu)
{
	vcpu_run(vcpu);
	TEST_ASSERT_EQ(get_ucall(vcpu, NULL), UCALL_SYNC);
}

/* What one pass of a vCPU over pages cost. */
struct cost {
	struct hdbss_stats hdbss;
	u64 exits;
	u64 nanoseconds;
};

static inline u64 nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

static inline struct cost run_pass(struct world *w, unsigned int index, struct work work)
{
	struct hdbss_stats hdbss = hdbss_stats(w->vm);
	u64 exits, start, end;

	work.stride = work.stride ?: 1;
	*work_of(w, index) = work;
	exits = vcpu_get_stat(w->vcpu[index], exits);
	start = nanoseconds();
	run_to_sync(w->vcpu[index]);
	end = nanoseconds();
	return (struct cost){
		.hdbss = hdbss_since(w->vm, hdbss),
		.exits = vcpu_get_stat(w->vcpu[index], exits) - exits,
		.nanoseconds = end - start,
	};
}

static inline struct cost write_all(struct world *w, unsigned int index)
{
	return run_pass(w, index, (struct work){ .pages = w->pages });
}

/*
 * All pages mapped, logged, and clean. Those that were written when HDBSS was on already are
 * then dirtied without a fault.
 */
static inline void make_clean(struct world *w)
{
	log_pages(w, true);
	write_all(w, 0);
	sync_log(w);
}

/* The library maps a vCPU's page table and code by itself: a few exits are not about our pages. */
static inline bool few(u64 exits, u64 pages)
{
	return exits <= pages / 10;
}

static inline void pin_to(pthread_t thread, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	kvm_pthread_setaffinity(thread, &set);
}

#endif
