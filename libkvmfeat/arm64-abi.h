/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The arm64 side of KVM as plain constants, as in its asm/kvm.h: every architecture compiles the
 * questions, and the fake kernel can be asked. test-pmu-abi.c compares them with the header.
 */
#ifndef KF_ARM64_ABI_H
#define KF_ARM64_ABI_H

#include <stdint.h>

#include <linux/kvm.h>

/* struct kvm_vcpu_init */
struct kf_arm64_vcpu_init {
	uint32_t target;
	uint32_t features[7];
};

/* struct kvm_pmu_event_filter */
struct kf_arm64_event_filter {
	uint16_t base_event;
	uint16_t nevents;
	uint8_t action; /* enum kvmfeat_pmu_action */
	uint8_t pad[3];
};

#define KF_ARM64_VCPU_INIT _IOW(KVMIO, 0xae, struct kf_arm64_vcpu_init)
#define KF_ARM64_PREFERRED_TARGET _IOR(KVMIO, 0xaf, struct kf_arm64_vcpu_init)

enum {
	KF_ARM64_FEATURE_PMU_V3 = 3, /* bits of features[0] */
	KF_ARM64_FEATURE_PMU_V3_STRICT = 9,

	KF_ARM64_PMU_V3_CTRL = 0, /* the group of vCPU attributes, and the attributes */
	KF_ARM64_PMU_V3_IRQ = 0,
	KF_ARM64_PMU_V3_INIT = 1,
	KF_ARM64_PMU_V3_FILTER = 2,
	KF_ARM64_PMU_V3_SET_PMU = 3,
	KF_ARM64_PMU_V3_SET_NR_COUNTERS = 4,
	KF_ARM64_PMU_V3_FIXED_COUNTERS_ONLY = 5, /* of no release of Linux */
};

/* KVM_GET_ONE_REG of PMCR_EL0, and its field N */
#define KF_ARM64_REG_PMCR_EL0 0x603000000013dce0ull
#define KF_ARM64_PMCR_N(pmcr) ((int)((pmcr) >> 11 & 0x1f))

/* Interrupts of a guest: PPIs, then SPIs; a GICv5 has one for the PMU alone. */
#define KF_ARM64_FIRST_PPI 16u
#define KF_ARM64_FIRST_SPI 32u
#define KF_ARM64_LAST_SPI 1019u
#define KF_ARM64_GICV5_PMU_IRQ 0x20000017u

#endif
