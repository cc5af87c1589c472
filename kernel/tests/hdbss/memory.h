/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether the memory of the buffers is given back, and what happens where there is none. */
#ifndef KVMFEAT_TESTS_HDBSS_MEMORY_H
#define KVMFEAT_TESTS_HDBSS_MEMORY_H

#include "hdbss.h"

#define HUGE_PAGES "/proc/sys/vm/nr_hugepages"
#define NO_MEMORY_VCPUS 64
#define NO_MEMORY_MIB 96

static inline u64 free_mib(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	char line[128];
	u64 kib = 0;

	TEST_ASSERT(file, "cannot open /proc/meminfo");
	while (fgets(line, sizeof(line), file) && sscanf(line, "MemAvailable: %lu", &kib) != 1)
		;
	fclose(file);
	TEST_ASSERT(kib, "/proc/meminfo has no MemAvailable");
	return kib / 1024;
}

/* As many as there can be, when there is not memory for all. */
static inline void reserve_huge_pages(unsigned int pages)
{
	FILE *file = fopen(HUGE_PAGES, "w");

	TEST_ASSERT(file && fprintf(file, "%u\n", pages) > 0 && !fclose(file),
		    "cannot reserve huge pages: %s", strerror(errno));
}

/* 200 buffers of 2 MiB; half of them end with their VM, half are switched off before. */
static inline bool buffers_are_given_back(void)
{
	u64 before = free_mib(), after;

	for (unsigned int i = 0; i < 50; i++) {
		struct kvm_vm *vm = vm_create_barebones();

		hdbss_on(vm, HDBSS_MAX_ORDER);
		for (unsigned int vcpu = 0; vcpu < 4; vcpu++)
			__vm_vcpu_add(vm, vcpu);
		if (i % 2)
			hdbss_off(vm);
		kvm_vm_free(vm);
	}
	after = free_mib();
	if (after + 64 < before)
		ksft_print_msg("%lu MiB were available, and now %lu\n", before, after);
	return after + 64 >= before;
}

/*
 * Memory is left for less than the buffers of 2 MiB of all vCPUs, and enough for small things, once
 * the former are given back: the rest is taken as huge pages, which can be had back.
 */
static inline void test_no_memory(void)
{
	struct kvm_vm *vm = vm_create_barebones();
	int vcpus = min(NO_MEMORY_VCPUS, vm_check_cap(vm, KVM_CAP_MAX_VCPUS));
	int on;

	for (int i = 0; i < vcpus; i++)
		__vm_vcpu_add(vm, i);
	reserve_huge_pages((free_mib() - NO_MEMORY_MIB) / 2);
	on = hdbss_switch(vm, HDBSS_MAX_ORDER, 1);
	ksft_test_result(on == ENOMEM && hdbss_state(vm) == hdbss_value(0, 0),
			 "hdbss: without memory for all buffers it stays off\n");
	ksft_test_result(!hdbss_switch(vm, 0, 1) && hdbss_state(vm) == hdbss_value(1, 0),
			 "hdbss: small buffers can be had after that\n");
	reserve_huge_pages(0);
	kvm_vm_free(vm);
}

#endif
