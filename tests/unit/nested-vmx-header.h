/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scenes for the rules of the VMX header, of sizes and revisions. */
#include "nested-vmx-scenes.h"

#define GUEST KF_NESTED_GUEST_MODE
#define PENDING KF_NESTED_RUN_PENDING
/* Without a VMXON region, or with it alone. */
#define OFF H("flags", 0), H("size", 128), H("vmxon_pa", NONE), H("vmcs12_pa", NONE)
#define LONE H("flags", 0), H("size", 128), H("vmcs12_pa", NONE)
/* L1 runs, and has a current vmcs12. */
#define L1 H("flags", 0), H("size", 4224)
#define SHADOWING SECONDARY(1 << 14), V(vmread_bitmap, 0x1000), V(vmwrite_bitmap, 0x2000)

static const struct scene header_scenes[] = {
	TAKEN(T("smm", false)),
	TAKEN(OFF),
	TAKEN(LONE),
	TAKEN(L1),

	REFUSED("nested", T("max_bytes", 0)),
	TAKEN(T("max_bytes", 8321)),

	REFUSED("known-flags", H("flags", GUEST | 0x10)),
	REFUSED("known-flags", H("flags", GUEST | 0x200)),
	TAKEN(H("flags", GUEST | PENDING | 0x108)),
	TAKEN(H("flags", GUEST)),

	REFUSED("run-pending", LONE, H("flags", PENDING)),
	TAKEN(H("flags", GUEST | PENDING)),

	REFUSED("format", T("max_bytes", 4224)),
	REFUSED("format", T("max_bytes", 8319)),

	REFUSED("off-smm-flags", OFF, H("smm.flags", 2), T("smm", true)),
	REFUSED("off-vmcs12-pa", OFF, H("vmcs12_pa", 0x2000)),
	REFUSED("off-flags", OFF, H("flags", 0x100)),
	REFUSED("off-flags", OFF, H("flags", 0x8)),
	TAKEN(OFF, H("flags", 0x4), T("evmcs", true)),

	REFUSED("vcpu-cpuid", LONE, T("cpuid.1.0.ecx", 0)),
	TAKEN(OFF, T("cpuid.1.0.ecx", 0)),

	REFUSED("vmxon-pa", LONE, H("vmxon_pa", 0x1800)),
	REFUSED("vmxon-pa", LONE, H("vmxon_pa", 0x10000000000)),
	REFUSED("vmxon-pa", LONE, H("vmxon_pa", 0x1001), UNKNOWN(MAXPHYADDR)),
	REFUSED("vmxon-pa", LONE, H("vmxon_pa", UINT64_C(1) << 52), UNKNOWN(MAXPHYADDR)),
	LACKS("vmxon-pa", "MAXPHYADDR", LONE, H("vmxon_pa", 0x100000000), UNKNOWN(MAXPHYADDR)),
	TAKEN(LONE, H("vmxon_pa", 0xfffffff000)),
	TAKEN(LONE, H("vmxon_pa", 0x10000000000), T("maxphyaddr", 41)),
	TAKEN(LONE, H("vmxon_pa", 0xfffff000), UNKNOWN(MAXPHYADDR)),
	TAKEN(LONE, H("vmxon_pa", 0)),

	/* In SMM GUEST_MODE is refused, outside of it any SMM flag. */
	{ .id = "vmx.smm-guest-mode",
	  .verdict = KVMFEAT_NESTED_REFUSED,
	  .and = "vmx.smm",
	  .edits = { H("smm.flags", 3) } },

	REFUSED("smm-flags", LONE, H("smm.flags", 6), T("smm", true)),
	REFUSED("header-flags", H("vmx.flags", 2)),
	REFUSED("header-flags", H("vmx.flags", 0x80000001)),
	TAKEN(H("vmx.flags", 1)),

	REFUSED("smm", LONE, H("smm.flags", 2)),
	REFUSED("smm", T("smm", true)),
	REFUSED("smm", H("flags", GUEST), H("smm.flags", 2), UNKNOWN(SMM)),
	REFUSED("smm", H("flags", GUEST), T("smm", true)),
	LACKS("smm", "SMM", LONE, H("smm.flags", 2), UNKNOWN(SMM)),
	LACKS("smm", "SMM", UNKNOWN(SMM)),
	TAKEN(LONE, H("smm.flags", 2), T("smm", true)),
	TAKEN(LONE, H("smm.flags", 3), T("smm", true)),
	TAKEN(LONE, UNKNOWN(SMM)),

	REFUSED("smm-vmxon", LONE, H("smm.flags", 1), T("smm", true)),

	REFUSED("evmcs", H("flags", GUEST | 0x4)),
	REFUSED("evmcs", OFF, H("flags", 0x4), UNKNOWN(CPUID)),
	REFUSED("evmcs", OFF, H("flags", 0x4), T("evmcs", true), T("cpuid.1.0.ecx", 0)),
	REFUSED("evmcs", OFF, H("flags", 0x4), UNKNOWN(EVMCS), T("cpuid.1.0.ecx", 0)),
	LACKS("evmcs", "CPUID", OFF, H("flags", 0x4), T("evmcs", true), UNKNOWN(CPUID)),
	LACKS("evmcs", "KVM_CAP_HYPERV_ENLIGHTENED_VMCS", OFF, H("flags", 0x4), UNKNOWN(EVMCS)),
	TAKEN(L1, H("flags", 0x4), H("vmcs12_pa", NONE), T("evmcs", true)),

	REFUSED("size", H("size", 4223)),
	REFUSED("size", H("flags", GUEST), H("size", 128), H("vmcs12_pa", NONE)),
	REFUSED("size", LONE, H("vmcs12_pa", 0x2000)),
	REFUSED("size", LONE, H("flags", 0x4), T("evmcs", true)),
	TAKEN(LONE, H("size", 4223)),
	TAKEN(H("size", 4224)),

	REFUSED("vmcs12-not-vmxon", L1, H("vmcs12_pa", 0x1000)),
	REFUSED("vmcs12-pa", L1, H("vmcs12_pa", 0x2004)),
	REFUSED("vmcs12-pa", H("vmcs12_pa", 0x10000000000)),
	LACKS("vmcs12-pa", "MAXPHYADDR", H("vmcs12_pa", 0x200000000), UNKNOWN(MAXPHYADDR)),
	TAKEN(H("vmcs12_pa", 0x200000000)),
	REFUSED("vmcs12-none", H("vmcs12_pa", NONE)),
	REFUSED("vmcs12-none", L1, H("vmcs12_pa", NONE)),

	REFUSED("revision", V(revision_id, 0x11e57ed1)),
	REFUSED("revision", L1, V(revision_id, 0)),
	TAKEN(V(revision_id, 0x91e57ed0)),

	REFUSED("shadow-size", SHADOWING, V(vmcs_link_pointer, 0x5000), H("size", 8319)),
	TAKEN(SHADOWING, H("size", 4224)),
	TAKEN(H("flags", 0), H("size", 4224), SHADOWING, V(vmcs_link_pointer, 0x5000)),
	REFUSED("shadow-revision", SHADOWING, V(vmcs_link_pointer, 0x5000),
		T("shadow.revision_id", 0x91e57ed1)),
	REFUSED("shadow-bit", SHADOWING, V(vmcs_link_pointer, 0x5000),
		T("shadow.revision_id", 0x11e57ed0)),
};
