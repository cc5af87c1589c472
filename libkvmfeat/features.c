// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The feature table: one row a feature, and the only list of them. probe.c walks it; the
 * command, its completion and its manual page read it through kvmfeat_probe_at().
 */
#include <stdio.h>
#include <string.h>

#include <linux/kvm.h>

#include "probe-rows.h"

const struct kf_feature kf_features[] = {
	{
		.id = "kvm.device",
		.text = "/dev/kvm, API version 12",
		.since = "2.6.22",
		.archs = KF_ARCH_ANY,
		.ask = kf_ask_device,
	},
	{
		.id = "x86.nested-state",
		.text = "save and restore of a guest that runs guests",
		.since = "4.20",
		.archs = KF_ARCH_X86,
		.ask = kf_ask_nested_state,
		.cap = KVM_CAP_NESTED_STATE,
	},
	{
		.id = "x86.avic",
		.text = "interrupt delivery by the CPU (AMD AVIC)",
		.since = "4.7",
		.archs = KF_ARCH_X86,
		.ask = kf_ask_avic,
	},
	{
		.id = "x86.nx-huge-pages",
		.text = "huge guest pages kept non-executable (iTLB multihit)",
		.since = "5.4",
		.archs = KF_ARCH_X86,
		.ask = kf_ask_nx_huge_pages,
	},
	{
		.id = "x86.msr-filter",
		.text = "MSR accesses of a guest denied or handed to user space",
		.since = "5.10",
		.archs = KF_ARCH_X86,
		.ask = kf_ask_cap,
		.cap = KVM_CAP_X86_MSR_FILTER,
		.lacking = KVMFEAT_WHY_KERNEL_CONFIG,
	},
	{
		.id = "arm64.nested",
		.text = "guests that run guests (EL2 for a vCPU)",
		.since = "6.16",
		.archs = KF_ARCH_ARM64,
		.ask = kf_ask_cap,
		.cap = KVM_CAP_ARM_EL2,
		.remedy = "a CPU with FEAT_NV2, and kvm-arm.mode=nested on the kernel command line",
	},
	{
		.id = "arm64.hdbss",
		.text = "dirty pages recorded by the CPU (FEAT_HDBSS)",
		.archs = KF_ARCH_ARM64,
		.ask = kf_ask_hdbss,
	},
	{
		.id = "arm64.pmu",
		.text = "virtual PMU (PMUv3)",
		.since = "4.6",
		.archs = KF_ARCH_ARM64,
		.ask = kf_ask_cap,
		.cap = KVM_CAP_ARM_PMU_V3,
		.lacking = KVMFEAT_WHY_HARDWARE,
	},
	{
		.id = "arm64.pmu-fixed-counters",
		.text = "virtual PMU with fixed counters only, for every CPU of a mixed host",
		.archs = KF_ARCH_ARM64,
		.ask = kf_ask_fixed_counters,
		.cap = KVM_CAP_ARM_PMU_V3,
		.lacking = KVMFEAT_WHY_HARDWARE,
	},
	{
		.id = "dirty.ring",
		.text = "dirty pages told through a ring per vCPU",
		.since = "5.11",
		.since_arm64 = "6.1",
		.archs = KF_ARCH_X86 | KF_ARCH_ARM64 | KF_ARCH_OTHER,
		.ask = kf_ask_cap,
		.cap = KVM_CAP_DIRTY_LOG_RING_ACQ_REL,
		.older_cap = KVM_CAP_DIRTY_LOG_RING,
		.lacking = KVMFEAT_WHY_KERNEL_CONFIG,
	},
	{
		.id = "dirty.manual-protect",
		.text = "dirty bitmap read and cleared in two steps",
		.since = "5.2",
		.archs = KF_ARCH_X86 | KF_ARCH_ARM64 | KF_ARCH_OTHER,
		.ask = kf_ask_cap,
		.cap = KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2,
		.lacking = KVMFEAT_WHY_KERNEL_CONFIG,
	},
	{
		.id = "gmem.create",
		.text = "guest memory that only the VM reaches (guest_memfd)",
		.since = "6.8",
		.since_arm64 = "6.18",
		.archs = KF_ARCH_X86 | KF_ARCH_ARM64,
		.ask = kf_ask_cap,
		.cap = KVM_CAP_GUEST_MEMFD,
		.lacking = KVMFEAT_WHY_KERNEL_CONFIG,
	},
	{
		.id = "gmem.mmap",
		.text = "guest_memfd that user space can map",
		.since = "6.18",
		.archs = KF_ARCH_X86 | KF_ARCH_ARM64,
		.ask = kf_ask_cap,
		.cap = KVM_CAP_GUEST_MEMFD_FLAGS,
		.mask = KVMFEAT_GMEM_MMAP,
		.lacking = KVMFEAT_WHY_KERNEL_CONFIG,
	},
	{
		.id = "gmem.init-shared",
		.text = "guest_memfd that starts shared with user space",
		.since = "6.18",
		.archs = KF_ARCH_X86 | KF_ARCH_ARM64,
		.ask = kf_ask_cap,
		.cap = KVM_CAP_GUEST_MEMFD_FLAGS,
		.mask = KVMFEAT_GMEM_INIT_SHARED,
		.lacking = KVMFEAT_WHY_KERNEL_CONFIG,
	},
	{
		.id = "gmem.private",
		.text = "memory attributes: pages switched between shared and private",
		.since = "6.8",
		.archs = KF_ARCH_X86,
		.ask = kf_ask_cap,
		.cap = KVM_CAP_MEMORY_ATTRIBUTES,
		.mask = KVM_MEMORY_ATTRIBUTE_PRIVATE,
		.lacking = KVMFEAT_WHY_KERNEL_CONFIG,
	},
	{
		.id = "gmem.accounting",
		.text = "memory of a guest_memfd counted in st_blocks",
		.archs = KF_ARCH_X86 | KF_ARCH_ARM64,
		.ask = kf_ask_accounting,
		.cap = KVM_CAP_GUEST_MEMFD,
		.lacking = KVMFEAT_WHY_KERNEL_CONFIG,
	},
	{
		.id = "pci.ide",
		.text = "encrypted PCIe streams (IDE) on a host bridge",
		.since = "6.19",
		.archs = KF_ARCH_ANY,
		.ask = kf_ask_ide,
		.lacking = KVMFEAT_WHY_HARDWARE,
	},
	{
		.id = "pci.tsm-link",
		.text = "TSM of a host: authenticates devices, encrypts their links",
		.since = "6.19",
		.archs = KF_ARCH_ANY,
		.ask = kf_ask_tsm_link,
		.lacking = KVMFEAT_WHY_KERNEL_CONFIG,
	},
	{
		.id = "pci.tsm-devsec",
		.text = "TSM of a guest: locks and accepts devices (TDISP)",
		.archs = KF_ARCH_ANY,
		.ask = kf_ask_tsm_devsec,
	},
};

const size_t kf_feature_count = KF_ARRAY_SIZE(kf_features);

const struct kf_feature *kf_feature(const char *id)
{
	const struct kf_feature *row = kf_features;

	while (strcmp(row->id, id) != 0)
		row++;
	return row;
}

const char *kf_feature_since(const struct kf_feature *row, enum kf_arch arch)
{
	return arch == KF_ARCH_ARM64 && row->since_arm64 ? row->since_arm64 : row->since;
}

bool kf_older(const char *release, const char *than)
{
	unsigned int major, minor, than_major, than_minor;

	if (sscanf(release, "%u.%u", &major, &minor) != 2 ||
	    sscanf(than, "%u.%u", &than_major, &than_minor) != 2)
		return false;
	return major != than_major ? major < than_major : minor < than_minor;
}
