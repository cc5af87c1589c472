/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of the virtual PMU share: the host's PMUs as sysfs has them, the device attributes
 * of a vCPU by ioctls that tell errno, and VMs in each mode of the PMU.
 */
#ifndef KVMFEAT_TESTS_PMU_H
#define KVMFEAT_TESTS_PMU_H

#include <dirent.h>
#include <linux/bitfield.h>
#include <linux/bitops.h>
#include <perf/arm_pmuv3.h>
#include <pthread.h>
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
#include "vgic.h"

/* A stack without the PMU patches has no such number in its headers. */
#ifndef KVM_ARM_VCPU_PMU_V3_FIXED_COUNTERS_ONLY
#define KVM_ARM_VCPU_PMU_V3_FIXED_COUNTERS_ONLY 5
#endif

#define PMU_DEVICES "/sys/bus/event_source/devices"
#define PMU_PPI 23
#define CYCLE_COUNTER BIT(31) /* in PMCNTENSET_EL0 and its like */
#define MAX_VCPUS 4
#define MAX_HOST_PMUS 4

#define WITH_PMU BIT(KVM_ARM_VCPU_PMU_V3)
#define STRICT (WITH_PMU | BIT(KVM_ARM_VCPU_PMU_V3_STRICT))

struct host_pmu {
	char name[256];
	int type; /* of perf */
	cpu_set_t cpus;
};

/* The PMUs of CPUs, in the order of their first CPUs, and the CPUs that are online. */
struct host {
	struct host_pmu pmu[MAX_HOST_PMUS];
	int pmus;
	int cpus[CPU_SETSIZE];
	int cpu_count;
};

static struct host host;

static inline bool read_line(const char *path, char *line, int size)
{
	FILE *file = fopen(path, "r");
	bool got;

	if (!file)
		return false;
	got = fgets(line, size, file);
	fclose(file);
	return got;
}

/* "0-1,3" */
static inline cpu_set_t parse_cpus(const char *text)
{
	cpu_set_t set;
	char *end;

	CPU_ZERO(&set);
	for (;; text = end + 1) {
		unsigned long first = strtoul(text, &end, 10), last = first;

		TEST_ASSERT(end != text, "\"%s\" is no list of CPUs", text);
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		for (; first <= last; first++)
			CPU_SET(first, &set);
		if (*end != ',')
			return set;
	}
}

static inline int first_cpu(const struct host_pmu *pmu)
{
	int cpu = 0;

	while (!CPU_ISSET(cpu, &pmu->cpus))
		cpu++;
	return cpu;
}

static int by_first_cpu(const void *a, const void *b)
{
	return first_cpu(a) - first_cpu(b);
}

/* Only a CPU's PMU has a file "cpus" (drivers/perf/arm_pmu.c). */
static inline void read_host_pmu(const char *name)
{
	struct host_pmu *pmu = &host.pmu[host.pmus];
	char path[512], line[256];

	snprintf(path, sizeof(path), PMU_DEVICES "/%s/cpus", name);
	if (!read_line(path, line, sizeof(line)))
		return;
	TEST_ASSERT(host.pmus < MAX_HOST_PMUS, "more than %d PMUs", MAX_HOST_PMUS);
	pmu->cpus = parse_cpus(line);
	snprintf(path, sizeof(path), PMU_DEVICES "/%s/type", name);
	TEST_ASSERT(read_line(path, line, sizeof(line)), "cannot read %s", path);
	pmu->type = atoi(line);
	snprintf(pmu->name, sizeof(pmu->name), "%s", name);
	host.pmus++;
}

static inline void read_host(void)
{
	DIR *folder = opendir(PMU_DEVICES);
	struct dirent *entry;
	cpu_set_t online;
	char line[256];

	TEST_ASSERT(folder, "cannot open " PMU_DEVICES ": %s", strerror(errno));
	while ((entry = readdir(folder)))
		read_host_pmu(entry->d_name);
	closedir(folder);
	qsort(host.pmu, host.pmus, sizeof(*host.pmu), by_first_cpu);
	TEST_ASSERT(read_line("/sys/devices/system/cpu/online", line, sizeof(line)),
		    "cannot read which CPUs are online");
	online = parse_cpus(line);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &online))
			host.cpus[host.cpu_count++] = cpu;
	for (int i = 0; i < host.pmus; i++)
		ksft_print_msg("%s has type %d and its first CPU is %d\n", host.pmu[i].name,
			       host.pmu[i].type, first_cpu(&host.pmu[i]));
}

/* The index of a CPU's PMU, or -1. */
static inline int pmu_of_cpu(int cpu)
{
	for (int i = 0; i < host.pmus; i++)
		if (CPU_ISSET(cpu, &host.pmu[i].cpus))
			return i;
	return -1;
}

/* The n-th online CPU of a PMU, or -1. */
static inline int nth_cpu(int pmu, int n)
{
	for (int i = 0; i < host.cpu_count; i++)
		if (pmu_of_cpu(host.cpus[i]) == pmu && !n--)
			return host.cpus[i];
	return -1;
}

static inline void pin_to(pthread_t thread, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	kvm_pthread_setaffinity(thread, &set);
}

/* 0 or an errno. */
static inline int pmu_set(struct kvm_vcpu *vcpu, u64 attr, void *value)
{
	return __vcpu_device_attr_set(vcpu, KVM_ARM_VCPU_PMU_V3_CTRL, attr, value) ? errno : 0;
}

static inline int pmu_get(struct kvm_vcpu *vcpu, u64 attr, void *value)
{
	return __vcpu_device_attr_get(vcpu, KVM_ARM_VCPU_PMU_V3_CTRL, attr, value) ? errno : 0;
}

static inline int pmu_has(struct kvm_vcpu *vcpu, u64 attr)
{
	return __vcpu_has_device_attr(vcpu, KVM_ARM_VCPU_PMU_V3_CTRL, attr) ? errno : 0;
}

static inline int pmu_set_fixed(struct kvm_vcpu *vcpu)
{
	return pmu_set(vcpu, KVM_ARM_VCPU_PMU_V3_FIXED_COUNTERS_ONLY, NULL);
}

static inline int pmu_set_type(struct kvm_vcpu *vcpu, int type)
{
	return pmu_set(vcpu, KVM_ARM_VCPU_PMU_V3_SET_PMU, &type);
}

static inline int pmu_set_irq(struct kvm_vcpu *vcpu)
{
	int irq = PMU_PPI;

	return pmu_set(vcpu, KVM_ARM_VCPU_PMU_V3_IRQ, &irq);
}

/* What PMCR_EL0 says of the event counters. */
static inline u64 event_counters(struct kvm_vcpu *vcpu)
{
	return FIELD_GET(ARMV8_PMU_PMCR_N, vcpu_get_reg(vcpu, KVM_ARM64_SYS_REG(SYS_PMCR_EL0)));
}

struct pmu_vm {
	struct kvm_vm *vm;
	struct kvm_vcpu *vcpu[MAX_VCPUS];
	unsigned int vcpus;
};

/* Its vCPUs have the features @features, and nothing of the PMU is set. */
static inline void make_vm(struct pmu_vm *v, u64 features, unsigned int vcpus, void *guest)
{
	struct kvm_vcpu_init init;

	*v = (struct pmu_vm){ .vm = vm_create(vcpus), .vcpus = vcpus };
	vm_init_descriptor_tables(v->vm);
	kvm_get_default_vcpu_target(v->vm, &init);
	/* A guest hypervisor's registers are others. */
	init.features[0] &= ~BIT(KVM_ARM_VCPU_HAS_EL2);
	init.features[0] |= features;
	for (unsigned int i = 0; i < vcpus; i++) {
		v->vcpu[i] = aarch64_vcpu_add(v->vm, i, &init, guest);
		vcpu_init_descriptor_tables(v->vcpu[i]);
		vcpu_args_set(v->vcpu[i], 1, (u64)i);
	}
}

/* The interrupt controller, and then the PMU of each vCPU: nothing can be set after that. */
static inline void finish_vm(struct pmu_vm *v)
{
	TEST_ASSERT(v->vm->arch.has_gic, "the host has no GICv3");
	kvm_arch_vm_finalize_vcpus(v->vm);
	for (unsigned int i = 0; i < v->vcpus; i++) {
		int err = pmu_set_irq(v->vcpu[i]);

		err = err ?: pmu_set(v->vcpu[i], KVM_ARM_VCPU_PMU_V3_INIT, NULL);
		TEST_ASSERT(!err, "the PMU of vCPU %u cannot be made: %s", i, strerror(err));
	}
}

static inline void make_fixed_vm(struct pmu_vm *v, u64 features, unsigned int vcpus, void *guest)
{
	int err;

	make_vm(v, features, vcpus, guest);
	err = pmu_set_fixed(v->vcpu[0]);
	TEST_ASSERT(!err, "fixed counters only: %s", strerror(err));
	finish_vm(v);
}

/* With the default PMU, which is that of the CPU where the first vCPU is made. */
static inline void make_default_vm(struct pmu_vm *v, int cpu, unsigned int vcpus, void *guest)
{
	pin_to(pthread_self(), cpu);
	make_vm(v, WITH_PMU, vcpus, guest);
	finish_vm(v);
}

static inline void free_vm(struct pmu_vm *v)
{
	kvm_vm_free(v->vm);
}

static inline bool kernel_has_fixed_counters(void)
{
	struct pmu_vm v;
	int err;

	make_vm(&v, WITH_PMU, 1, NULL);
	err = pmu_has(v.vcpu[0], KVM_ARM_VCPU_PMU_V3_FIXED_COUNTERS_ONLY);
	free_vm(&v);
	return !err;
}

/*
 * The header, the plan, and the first case, which fails on a kernel that does not have what is
 * tested: then there is nothing else to be seen.
 */
static inline void pmu_start(unsigned int cases)
{
	ksft_print_header();
	read_host();
	ksft_set_plan(1 + cases);
	ksft_test_result(kernel_has_fixed_counters(),
			 "pmu: the kernel has a PMU with fixed counters only\n");
	if (ksft_get_fail_cnt())
		ksft_exit_fail();
}

#endif
