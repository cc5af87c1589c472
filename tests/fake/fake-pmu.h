/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The virtual PMU of the fake kernel: vCPU attributes with the answers of Linux 7.3, of two posted
 * versions of fixed counters only, and of this project's kernel; and a sysfs with PMUs.
 */
#ifndef FAKE_PMU_H
#define FAKE_PMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKE_PMU_EVENTS 65536
#define FAKE_PMU_VMS 4 /* that can have a filter at the same time */

struct fake;

enum fake_pmu_kernel {
	FAKE_PMU_OTHER_ARCH = 0, /* a vCPU without such attributes */
	FAKE_PMU_LINUX, /* 7.3: no fixed counters only */
	FAKE_PMU_POSTED_3, /* the last of SET_PMU and fixed counters only wins */
	FAKE_PMU_POSTED_8, /* they exclude each other, and a filter, too */
	FAKE_PMU_OURS, /* they exclude each other */
};

enum fake_pmu_gic {
	FAKE_PMU_NO_GIC = 0, /* in the kernel */
	FAKE_PMU_GIC, /* not yet initialised */
	FAKE_PMU_GIC_READY,
};

/* A descriptor of a VM or a vCPU. */
struct fake_pmu_fd {
	/* VM */
	bool has_pmu; /* KVM_ARM_VCPU_INIT of a vCPU with a PMU, and with STRICT */
	bool strict;
	bool ran;
	bool selected; /* by SET_PMU */
	bool fixed;
	int type; /* of the PMU; 0: none yet */
	unsigned int counters;
	unsigned char *filter; /* NULL: none; a byte for each event, 1: it counts */
	enum fake_pmu_gic gic;
	/* vCPU */
	bool configured;
	bool initialised;
	int irq;
};

struct fake_pmu_host {
	enum fake_pmu_kernel kernel;
	int types[2]; /* perf types of the PMUs that KVM uses; 0: none */
	unsigned int counters; /* that each has */
	unsigned int events; /* that a filter can name */
	bool uncovered; /* a possible CPU has no PMU */
	bool here_is_none; /* and the caller runs on it */
	bool other_device; /* has the interrupt 23 */
	int target_error; /* what KVM_ARM_PREFERRED_TARGET answers */
	int init_error; /* what KVM_ARM_VCPU_INIT answers */
	int get_reg_error; /* what KVM_GET_ONE_REG answers */
	/* From attribute calls number attr_skips + 1 on, those of this attribute answer attr_error.
	 */
	int attr_error;
	unsigned int attr;
	unsigned int attr_skips;
	unsigned int sets; /* KVM_SET_DEVICE_ATTRs */
	unsigned int missing; /* bit n: this kernel has no attribute n */
	unsigned char filters[FAKE_PMU_VMS][FAKE_PMU_EVENTS];
	unsigned int filter_count;
};

/* Becomes an arm64 host with two PMUs, types 8 and 9; make the context afterwards. */
void fake_pmu(struct fake *fake, enum fake_pmu_kernel kernel);
/* The state of a VM, or of the VM of a vCPU, and of a vCPU, by descriptor. */
struct fake_pmu_fd *fake_pmu_vm(struct fake *fake, int fd);
struct fake_pmu_fd *fake_pmu_vcpu(struct fake *fake, int fd);

/* A PMU in sysfs; @cpus may be NULL: it has no such file. */
void fake_pmu_device(struct fake *fake, const char *name, const char *type, const char *cpus);
/* The CPUs that are possible and online. */
void fake_pmu_cpus(struct fake *fake, const char *possible, const char *online);

/* For fake.c: FAKE_PASS when it is not about these. */
int fake_pmu_ioctl(struct fake *fake, int fd, unsigned long request, uintptr_t arg);

#endif
