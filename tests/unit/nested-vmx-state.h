/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scenes for the rules of host and guest state. */
#include "nested-vmx-scenes.h"

/* The least addresses that 48 and 57 bits do not reach. */
#define BEYOND_48 UINT64_C(0x0000800000000000)
#define BEYOND_57 UINT64_C(0x0100000000000000)
#define LA57 T("cpuid.7.0.ecx", 1 << 16 | 1 << 7)
#define LAM T("cpuid.7.1.eax", 1 << 26)
#define NO_CET T("cpuid.7.0.ecx", 0), T("cpuid.7.0.edx", 0)

/* An address that the host's CPU must find canonical, looked at with the controls @... */
#define CANONICAL(rule, field, ...)                                                                \
	SURELY(rule, V(field, BEYOND_57), __VA_ARGS__),                                            \
		REFUSED(rule, V(field, BEYOND_57), LA57, __VA_ARGS__),                             \
		REFUSED(rule, V(field, -BEYOND_57 - 0x1000), LA57, __VA_ARGS__),                   \
		LACKS(rule, "LA57 of the host", V(field, BEYOND_48), __VA_ARGS__),                 \
		LACKS(rule, "LA57 of the host", V(field, -BEYOND_48 - 0x1000), __VA_ARGS__),       \
		TAKEN(V(field, BEYOND_48), LA57, __VA_ARGS__),                                     \
		TAKEN(V(field, BEYOND_57 - 0x1000), LA57, __VA_ARGS__),                            \
		TAKEN(V(field, -BEYOND_57), LA57, __VA_ARGS__),                                    \
		TAKEN(V(field, BEYOND_48 - 0x1000), __VA_ARGS__),                                  \
		TAKEN(V(field, -BEYOND_48), __VA_ARGS__)

#define SELECTOR(rule, field)                                                                      \
	REFUSED(rule, V(field, 0x19)), REFUSED(rule, V(field, 0x1a)),                              \
		REFUSED(rule, V(field, 0x1c)), TAKEN(V(field, 0xfff8))

#define CR3(rule, field)                                                                           \
	REFUSED(rule, V(field, UINT64_C(1) << 40)), SURELY(rule, V(field, UINT64_C(1) << 52)),     \
		REFUSED(rule, V(field, UINT64_C(1) << 61)),                                        \
		REFUSED(rule, V(field, UINT64_C(1) << 63), LAM),                                   \
		SURELY(rule, V(field, UINT64_C(1) << 63 | UINT64_C(1) << 62)),                     \
		REFUSED(rule, V(field, UINT64_C(1) << 62 | UINT64_C(1) << 40), LAM),               \
		LACKS(rule, "MAXPHYADDR", V(field, UINT64_C(1) << 39), UNKNOWN(MAXPHYADDR)),       \
		TAKEN(V(field, 0xffffffffff)), TAKEN(V(field, UINT64_C(3) << 61 | 0x1fff), LAM)

/* A CR4 by its MSRs and by CPUID. */
#define CR4(fixed, by_cpuid, field)                                                                \
	SURELY(fixed, V(field, 0x20)),                                                             \
		REFUSED(fixed, V(field, 0x2022), T("msr.489", 0xffffffffffffffe0 | 1)),            \
		TAKEN(V(field, 0x27ff)), SURELY(by_cpuid, V(field, 0x6020)),                       \
		SURELY(by_cpuid, V(field, 0x8002020)), SURELY(by_cpuid, V(field, 0x100002020)),    \
		REFUSED(by_cpuid, V(field, 0x2820)), REFUSED(by_cpuid, V(field, 0x3020)),          \
		REFUSED(by_cpuid, V(field, 0x12020)), REFUSED(by_cpuid, V(field, 0x22020)),        \
		REFUSED(by_cpuid, V(field, 0x42020)), REFUSED(by_cpuid, V(field, 0x102020)),       \
		REFUSED(by_cpuid, V(field, 0x202020)), REFUSED(by_cpuid, V(field, 0x402020)),      \
		REFUSED(by_cpuid, V(field, 0x10002020)),                                           \
		REFUSED(by_cpuid, V(field, 0x802020), NO_CET),                                     \
		TAKEN(V(field, 0x802020), T("cpuid.7.0.ecx", 0)),                                  \
		TAKEN(V(field, 0x802020), T("cpuid.7.0.edx", 0)),                                  \
		TAKEN(V(field, 0x12020), T("cpuid.7.0.ebx", 1 << 0)),                              \
		TAKEN(V(field, 0x102020), T("cpuid.7.0.ebx", 1 << 7)),                             \
		TAKEN(V(field, 0x202020), T("cpuid.7.0.ebx", 1 << 20)),                            \
		TAKEN(V(field, 0x2820), T("cpuid.7.0.ecx", 1 << 2)),                               \
		TAKEN(V(field, 0x402020), T("cpuid.7.0.ecx", 1 << 3)),                             \
		TAKEN(V(field, 0x3020), LA57),                                                     \
		TAKEN(V(field, 0x22020), T("cpuid.1.0.ecx", 1 << 5 | 1 << 17)),                    \
		TAKEN(V(field, 0x42020), T("cpuid.1.0.ecx", 1 << 5 | 1 << 26)),                    \
		TAKEN(V(field, 0x10002020), LAM)

#define PAT(rule, field, ...)                                                                      \
	REFUSED(rule, V(field, 2), __VA_ARGS__),                                                   \
		REFUSED(rule, V(field, UINT64_C(3) << 56), __VA_ARGS__),                           \
		REFUSED(rule, V(field, 8), __VA_ARGS__),                                           \
		REFUSED(rule, V(field, UINT64_C(0x80) << 24), __VA_ARGS__),                        \
		TAKEN(V(field, 0x0007060504010007), __VA_ARGS__), TAKEN(V(field, UINT64_MAX))

#define COUNTERS(rule, field, ...)                                                                 \
	REFUSED(rule, V(field, 0x10), __VA_ARGS__),                                                \
		REFUSED(rule, V(field, UINT64_C(4) << 32), __VA_ARGS__),                           \
		SURELY(rule, V(field, 0x100), __VA_ARGS__),                                        \
		SURELY(rule, V(field, UINT64_C(8) << 32), __VA_ARGS__),                            \
		REFUSED(rule, V(field, 1), T("cpuid.a.0.eax", 4 << 8 | 1), __VA_ARGS__),           \
		TAKEN(V(field, 0x30000000f), __VA_ARGS__),                                         \
		TAKEN(V(field, 0x7000000ff), T("cpuid.a.0.eax", 9 << 8 | 5),                       \
		      T("cpuid.a.0.edx", 4), __VA_ARGS__),                                         \
		TAKEN(V(field, UINT64_MAX))

#define EFER(rule, field, base, ...)                                                               \
	SURELY(rule, V(field, (base) | 0x1000), __VA_ARGS__),                                      \
		SURELY(rule, V(field, (base) | 0x2000), __VA_ARGS__),                              \
		REFUSED(rule, V(field, (base) | 0x4000), __VA_ARGS__),                             \
		REFUSED(rule, V(field, (base) | 0x200000), __VA_ARGS__),                           \
		REFUSED(rule, V(field, (base) | 0x800), T("cpuid.80000001.0.edx", 1 << 29),        \
			__VA_ARGS__),                                                              \
		REFUSED(rule, V(field, base), T("cpuid.80000001.0.edx", 1 << 20), __VA_ARGS__),    \
		TAKEN(V(field, (base) | 0x801), __VA_ARGS__),                                      \
		TAKEN(V(field, (base) | 0x4000), T("cpuid.80000001.0.edx", 1 << 25 | 1 << 29),     \
		      __VA_ARGS__),                                                                \
		TAKEN(V(field, (base) | 0x200000), T("cpuid.80000021.0.eax", 1 << 8), __VA_ARGS__)

/* The shadow-stack and branch-tracking state that a control loads. */
#define S_CET(rule, field, ...)                                                                    \
	SURELY(rule, V(field, 1 << 6), __VA_ARGS__), SURELY(rule, V(field, 1 << 9), __VA_ARGS__),  \
		SURELY(rule, V(field, 0xc00), __VA_ARGS__),                                        \
		SURELY(rule, V(field, 0x1000), __VA_ARGS__),                                       \
		SURELY(rule, V(field, 0x2000), __VA_ARGS__),                                       \
		REFUSED(rule, V(field, 1), NO_CET, __VA_ARGS__),                                   \
		REFUSED(rule, V(field, 2), T("cpuid.7.0.ecx", 0), __VA_ARGS__),                    \
		REFUSED(rule, V(field, 4), T("cpuid.7.0.edx", 0), __VA_ARGS__),                    \
		REFUSED(rule, V(field, 0x20), T("cpuid.7.0.edx", 0), __VA_ARGS__),                 \
		REFUSED(rule, V(field, 0x4000), T("cpuid.7.0.edx", 0), __VA_ARGS__),               \
		TAKEN(V(field, 0x43f), __VA_ARGS__), TAKEN(V(field, 0x83f), __VA_ARGS__),          \
		TAKEN(V(field, 0x3), T("cpuid.7.0.edx", 0), __VA_ARGS__),                          \
		TAKEN(V(field, 0x7fffc83c), T("cpuid.7.0.ecx", 0), __VA_ARGS__)

#define CET_64 EXIT(1u << 28)
#define HOST_32 V(vm_exit_controls, EXIT_32), V(vm_entry_controls, ENTRY_32), V(host_rip, 0x1000)
#define CET_32                                                                                     \
	V(vm_exit_controls, EXIT_32 | 1u << 28), V(vm_entry_controls, ENTRY_32), V(host_rip, 0x1000)
#define HOST_EFER EXIT(1u << 21)
#define GUEST_EFER ENTRY(1u << 15)
#define GUEST_CET ENTRY(1u << 20)
#define UNRESTRICTED SECONDARY(0x82), V(ept_pointer, 0x101e), V(vm_entry_controls, ENTRY_32)
#define DEBUG ENTRY(1u << 2)
#define ANY T("smm", false)

static const struct scene host_scenes[] = {
	SURELY("host-cr0", V(host_cr0, 0x80000020)),
	SURELY("host-cr0", V(host_cr0, 0x80000001)),
	SURELY("host-cr0", V(host_cr0, 0x21)),
	SURELY("host-cr0", V(host_cr0, 0x180000021)),
	REFUSED("host-cr0", V(host_cr0, 0x80000021), V(guest_cr0, 0x80000023),
		T("msr.486", 0x80000023)),
	REFUSED("host-cr0", V(host_cr0, 0xc0010021), T("msr.487", 0xbfffffff)),
	TAKEN(V(host_cr0, 0xffffffff)),
	CR4("host-cr4", "host-cr4-cpuid", host_cr4),
	CR3("host-cr3", host_cr3),
	REFUSED("host-cet", V(host_cr4, 0x802020), V(host_cr0, 0x80000021)),
	TAKEN(V(host_cr0, 0x80000021)),
	CANONICAL("host-sysenter-esp", host_ia32_sysenter_esp, ANY),
	CANONICAL("host-sysenter-eip", host_ia32_sysenter_eip, ANY),
	PAT("host-pat", host_ia32_pat, EXIT(1 << 19)),
	COUNTERS("host-perf-global-ctrl", host_ia32_perf_global_ctrl, EXIT(1 << 12)),

	REFUSED("host-pae", V(host_cr4, 0x2000)),
	TAKEN(V(host_cr4, 0x2000), HOST_32),
	REFUSED("host-32-ia32e", HOST_32, V(vm_entry_controls, ENTRY_BASE)),
	REFUSED("host-32-pcid", HOST_32, V(host_cr4, 0x22000),
		T("cpuid.1.0.ecx", 1 << 5 | 1 << 17)),
	REFUSED("host-32-rip", HOST_32, V(host_rip, 0x100000000)),
	TAKEN(HOST_32, V(host_rip, 0xffffffff)),

	SELECTOR("host-cs-selector", host_cs_selector),
	SELECTOR("host-ss-selector", host_ss_selector),
	SELECTOR("host-ds-selector", host_ds_selector),
	SELECTOR("host-es-selector", host_es_selector),
	SELECTOR("host-fs-selector", host_fs_selector),
	SELECTOR("host-gs-selector", host_gs_selector),
	SELECTOR("host-tr-selector", host_tr_selector),
	REFUSED("host-cs", V(host_cs_selector, 0)),
	REFUSED("host-tr", V(host_tr_selector, 0)),
	REFUSED("host-32-ss", HOST_32, V(host_ss_selector, 0)),
	TAKEN(V(host_ss_selector, 0)),

	CANONICAL("host-fs-base", host_fs_base, ANY),
	CANONICAL("host-gs-base", host_gs_base, ANY),
	CANONICAL("host-gdtr-base", host_gdtr_base, ANY),
	CANONICAL("host-idtr-base", host_idtr_base, ANY),
	CANONICAL("host-tr-base", host_tr_base, ANY),
	SURELY("host-rip", V(host_rip, BEYOND_48)),
	REFUSED("host-rip", V(host_rip, BEYOND_48), LA57),
	REFUSED("host-rip", V(host_rip, BEYOND_57), LA57, V(host_cr4, 0x3020)),
	TAKEN(V(host_rip, BEYOND_48), LA57, V(host_cr4, 0x3020)),
	TAKEN(V(host_rip, BEYOND_48 - 1)),

	EFER("host-efer", host_ia32_efer, 0x500, HOST_EFER),
	REFUSED("host-lma", HOST_EFER, V(host_ia32_efer, 0x100)),
	REFUSED("host-lme", HOST_EFER, V(host_ia32_efer, 0x400)),
	REFUSED("host-lma", HOST_32, V(vm_exit_controls, EXIT_32 | 1 << 21),
		V(host_ia32_efer, 0x400)),
	REFUSED("host-lme", HOST_32, V(vm_exit_controls, EXIT_32 | 1 << 21),
		V(host_ia32_efer, 0x100)),
	TAKEN(HOST_32, V(vm_exit_controls, EXIT_32 | 1 << 21)),
	TAKEN(V(host_ia32_efer, UINT64_MAX)),

	S_CET("host-s-cet", host_s_cet, CET_64),
	TAKEN(V(host_s_cet, UINT64_MAX), V(host_ssp, UINT64_MAX), V(host_ssp_tbl, BEYOND_57)),
	REFUSED("host-ssp-alignment", CET_64, V(host_ssp, 1)),
	REFUSED("host-ssp-alignment", CET_64, V(host_ssp, 2)),
	TAKEN(CET_64, V(host_ssp, 4)),
	CANONICAL("host-ssp-table", host_ssp_tbl, CET_64),
	SURELY("host-s-cet-base", CET_64, V(host_s_cet, BEYOND_57)),
	LACKS("host-s-cet-base", "LA57 of the host", CET_64, V(host_s_cet, BEYOND_48)),
	TAKEN(CET_64, LA57, V(host_s_cet, BEYOND_48)),
	CANONICAL("host-ssp", host_ssp, CET_64),
	REFUSED("host-32-s-cet", CET_32, V(host_s_cet, 0x100000000)),
	TAKEN(CET_32, V(host_s_cet, 0xffffc000)),
	REFUSED("host-32-ssp", CET_32, V(host_ssp, 0x100000000)),
	TAKEN(CET_32, V(host_ssp, 0xfffffffc)),
	TAKEN(HOST_32, V(host_s_cet, UINT64_MAX), V(host_ssp, UINT64_MAX)),
};

static const struct scene guest_scenes[] = {
	SURELY("guest-cr0", V(guest_cr0, 0x80000001)),
	SURELY("guest-cr0", V(guest_cr0, 0x180000021)),
	SURELY("guest-cr0", V(guest_cr0, 0x20), V(vm_entry_controls, ENTRY_32)),
	SURELY("guest-cr0", UNRESTRICTED, V(guest_cr0, 0x1)),
	/* What no vCPU may ask for spares it nothing. */
	{ .id = "vmx.guest-cr0",
	  .verdict = KVMFEAT_NESTED_REFUSED,
	  .and = "vmx.secondary-controls",
	  .edits = { UNRESTRICTED, V(guest_cr0, 0x20), T("msr.48b", UINT64_C(2) << 32) } },
	{ .id = "vmx.guest-cr0",
	  .verdict = KVMFEAT_NESTED_NOT_CHECKED,
	  .missing = "IA32_VMX_PROCBASED_CTLS2",
	  .and = "vmx.secondary-controls",
	  .edits = { UNRESTRICTED, V(guest_cr0, 0x20), T("no-msr", 0x48b) } },
	TAKEN(UNRESTRICTED, V(guest_cr0, 0x20)),
	TAKEN(UNRESTRICTED, V(guest_cr0, 0x21)),
	CR4("guest-cr4", "guest-cr4-cpuid", guest_cr4),
	TAKEN(V(guest_cr4, 0x10003020), LA57, LAM),
	REFUSED("guest-cet", V(guest_cr4, 0x802020), V(guest_cr0, 0x80000021)),
	TAKEN(V(guest_cr0, 0x80000021)),

	REFUSED("guest-dr7", DEBUG, V(guest_dr7, 0x100000400)),
	TAKEN(DEBUG, V(guest_dr7, 0xffffffff)),
	TAKEN(V(guest_dr7, UINT64_MAX)),
	SURELY("guest-debugctl", DEBUG, V(guest_ia32_debugctl, 0x40)),
	SURELY("guest-debugctl", DEBUG, V(guest_ia32_debugctl, 0x1000)),
	SURELY("guest-debugctl", DEBUG, V(guest_ia32_debugctl, 0x10000)),
	REFUSED("guest-debugctl", DEBUG, V(guest_ia32_debugctl, 0x4)),
	REFUSED("guest-debugctl", DEBUG, V(guest_ia32_debugctl, 0x8000)),
	REFUSED("guest-debugctl", DEBUG, V(guest_ia32_debugctl, 0xc804)),
	LACKS("guest-debugctl", "IA32_PERF_CAPABILITIES", DEBUG, V(guest_ia32_debugctl, 0x4801)),
	LACKS("guest-debugctl", "KVM_X86_QUIRK_VMCS12_ALLOW_FREEZE_IN_SMM", DEBUG,
	      V(guest_ia32_debugctl, 0x4000)),
	TAKEN(DEBUG, V(guest_ia32_debugctl, 0x3)),
	TAKEN(DEBUG, V(guest_ia32_debugctl, 0x4), T("cpuid.7.0.ecx", 1 << 24)),
	TAKEN(DEBUG, V(guest_ia32_debugctl, 0x8000), T("cpuid.7.0.ebx", 1 << 11)),
	TAKEN(V(guest_ia32_debugctl, UINT64_MAX)),
	PAT("guest-pat", guest_ia32_pat, ENTRY(1 << 14)),
	REFUSED("link-pointer", V(vmcs_link_pointer, 0x5800)),
	REFUSED("link-pointer", V(vmcs_link_pointer, UINT64_C(1) << 40)),
	SURELY("link-pointer", V(vmcs_link_pointer, UINT64_C(1) << 52)),
	LACKS("link-pointer", "MAXPHYADDR", V(vmcs_link_pointer, 0x100000000), UNKNOWN(MAXPHYADDR)),
	LACKS("link-memory", "guest memory", V(vmcs_link_pointer, 0x5000)),
	COUNTERS("guest-perf-global-ctrl", guest_ia32_perf_global_ctrl, ENTRY(1 << 13)),
	TAKEN(ENTRY(1 << 13), V(guest_ia32_perf_global_ctrl, 0x7000000ff),
	      T("cpuid.a.0.eax", 0x8080), T("cpuid.a.0.edx", 0x10)),

	REFUSED("guest-paging", UNRESTRICTED, V(guest_cr0, 0x80000020)),
	REFUSED("guest-ia32e-pae", V(guest_cr4, 0x2000)),
	TAKEN(V(guest_cr4, 0x2000), V(vm_entry_controls, ENTRY_32)),
	REFUSED("guest-ia32e-paging", UNRESTRICTED, V(vm_entry_controls, ENTRY_BASE),
		V(guest_cr0, 0x21)),
	EFER("guest-efer", guest_ia32_efer, 0x500, GUEST_EFER),
	REFUSED("guest-lma", GUEST_EFER, V(guest_ia32_efer, 0x100)),
	REFUSED("guest-lma", V(vm_entry_controls, ENTRY_32 | 1 << 15), V(guest_ia32_efer, 0x400)),
	REFUSED("guest-lme", GUEST_EFER, V(guest_ia32_efer, 0x400)),
	REFUSED("guest-lme", V(vm_entry_controls, ENTRY_32 | 1 << 15), V(guest_ia32_efer, 0x100)),
	TAKEN(UNRESTRICTED, V(vm_entry_controls, ENTRY_32 | 1 << 15), V(guest_ia32_efer, 0x100),
	      V(guest_cr0, 0x21)),
	TAKEN(GUEST_EFER, V(guest_ia32_efer, 0x2000), T("header.flags", KF_NESTED_GUEST_MODE)),
	TAKEN(V(guest_ia32_efer, UINT64_MAX)),

	CANONICAL("guest-bndcfgs-base", guest_bndcfgs, ENTRY(1 << 16)),
	TAKEN(V(guest_bndcfgs, BEYOND_57 | 0x4)),
	REFUSED("guest-bndcfgs", V(guest_bndcfgs, 0x4), ENTRY(1 << 16)),
	REFUSED("guest-bndcfgs", V(guest_bndcfgs, 0x800), ENTRY(1 << 16)),
	TAKEN(V(guest_bndcfgs, 0x1003), ENTRY(1 << 16)),
	S_CET("guest-s-cet", guest_s_cet, GUEST_CET),
	TAKEN(V(guest_s_cet, UINT64_MAX), V(guest_ssp, UINT64_MAX), V(guest_ssp_tbl, BEYOND_57)),
	TAKEN(GUEST_CET, V(guest_s_cet, UINT64_C(1) << 63)),
	REFUSED("guest-ssp-alignment", GUEST_CET, V(guest_ssp, 2)),
	REFUSED("guest-ssp-alignment", GUEST_CET, V(guest_ssp, 1)),
	CANONICAL("guest-ssp-table", guest_ssp_tbl, GUEST_CET),
	SURELY("guest-ssp", GUEST_CET, V(guest_ssp, 2 * BEYOND_57)),
	REFUSED("guest-ssp", GUEST_CET, V(guest_ssp, 2 * BEYOND_57), LA57),
	LACKS("guest-ssp", "LA57 of the host", GUEST_CET, V(guest_ssp, 2 * BEYOND_48)),
	TAKEN(GUEST_CET, V(guest_ssp, BEYOND_48)),
	TAKEN(GUEST_CET, V(guest_ssp, BEYOND_57), LA57),
	TAKEN(GUEST_CET, V(guest_ssp, 2 * BEYOND_57 - 4), LA57),
	REFUSED("guest-activity", V(guest_activity_state, 2)),
	REFUSED("guest-activity", V(guest_activity_state, 4)),
	TAKEN(V(guest_activity_state, 1)),
	TAKEN(V(guest_activity_state, 3)),
	CR3("guest-cr3", guest_cr3),
};
