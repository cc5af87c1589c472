/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Between the table of the VMX rules (nested-check-vmx.c) and their judges (nested-check-vmx-*.c):
 * where the members of vmcs12 are, control bits, and the facts that several judges need.
 */
#ifndef KF_NESTED_CHECK_VMX_H
#define KF_NESTED_CHECK_VMX_H

#include "nested-private.h"

/* KVM_STATE_NESTED_SMM_*, KVM_STATE_VMX_* */
enum {
	KF_VMX_SMM_GUEST_MODE = 0x1,
	KF_VMX_SMM_VMXON = 0x2,
	KF_VMX_HAS_DEADLINE = 0x1,
};

/* INVALID_GPA: there is no such address. */
#define KF_VMX_NONE UINT64_MAX
/* VMCS12_REVISION, below the bit that tells a shadow VMCS */
#define KF_VMX_REVISION 0x11e57ed0u
#define KF_VMX_SHADOW_BIT 0x80000000u

/* Where a member of vmcs12 is in it, and how wide it is. */
enum {
#define FIELD(field, what, at, bytes) KF_VMCS12_AT_##field = at, KF_VMCS12_WIDTH_##field = bytes,
#include "nested-vmcs12.inc"
#undef FIELD
};

/* Where it is in the blob; its number. */
#define KF_VMCS12_AT(member) (KF_VMX_VMCS12 + KF_VMCS12_AT_##member)
#define KF_VMCS12(check, member)                                                                   \
	kf_nested_number(check, KF_VMCS12_AT(member), KF_VMCS12_WIDTH_##member)

/* Pin-based controls */
#define KF_PIN_INTR_EXITING 0x1u
#define KF_PIN_NMI_EXITING 0x8u
#define KF_PIN_VIRTUAL_NMIS 0x20u
#define KF_PIN_PREEMPTION_TIMER 0x40u
#define KF_PIN_POSTED_INTR 0x80u

/* Primary processor-based controls */
#define KF_PRIMARY_TPR_SHADOW 0x200000u
#define KF_PRIMARY_NMI_WINDOW_EXITING 0x400000u
#define KF_PRIMARY_USE_IO_BITMAPS 0x2000000u
#define KF_PRIMARY_MONITOR_TRAP_FLAG 0x8000000u
#define KF_PRIMARY_USE_MSR_BITMAPS 0x10000000u
#define KF_PRIMARY_SECONDARY 0x80000000u

/* Secondary processor-based controls */
#define KF_SECONDARY_APIC_ACCESSES 0x1u
#define KF_SECONDARY_EPT 0x2u
#define KF_SECONDARY_X2APIC_MODE 0x10u
#define KF_SECONDARY_VPID 0x20u
#define KF_SECONDARY_UNRESTRICTED_GUEST 0x80u
#define KF_SECONDARY_APIC_REGISTER_VIRT 0x100u
#define KF_SECONDARY_VIRT_INTR_DELIVERY 0x200u
#define KF_SECONDARY_VMFUNC 0x2000u
#define KF_SECONDARY_SHADOW_VMCS 0x4000u
#define KF_SECONDARY_PML 0x20000u
#define KF_SECONDARY_MODE_BASED_EPT_EXEC 0x400000u
#define KF_SECONDARY_TSC_SCALING 0x2000000u

/* VM-exit controls */
#define KF_EXIT_HOST_64 0x200u
#define KF_EXIT_LOAD_PERF_GLOBAL_CTRL 0x1000u
#define KF_EXIT_ACK_INTR 0x8000u
#define KF_EXIT_LOAD_PAT 0x80000u
#define KF_EXIT_LOAD_EFER 0x200000u
#define KF_EXIT_SAVE_PREEMPTION_TIMER 0x400000u
#define KF_EXIT_LOAD_CET_STATE 0x10000000u
#define KF_EXIT_CET_64 (KF_EXIT_LOAD_CET_STATE | KF_EXIT_HOST_64)

/* VM-entry controls */
#define KF_ENTRY_LOAD_DEBUG_CONTROLS 0x4u
#define KF_ENTRY_IA32E 0x200u
#define KF_ENTRY_LOAD_PERF_GLOBAL_CTRL 0x2000u
#define KF_ENTRY_LOAD_PAT 0x4000u
#define KF_ENTRY_LOAD_EFER 0x8000u
#define KF_ENTRY_LOAD_BNDCFGS 0x10000u
#define KF_ENTRY_LOAD_CET_STATE 0x100000u

/* VM functions */
#define KF_VMFUNC_EPTP_SWITCHING 0x1u

/* VM-entry interruption information: bit 31, and 1 << type for the types that a rule is about */
#define KF_EVENT_VALID 0x80000000u
#define KF_EVENT_ANY 0xffu
#define KF_EVENT_RESERVED (1u << 1)
#define KF_EVENT_NMI (1u << 2)
#define KF_EVENT_EXCEPTION (1u << 3)
#define KF_EVENT_SOFT (1u << 4 | 1u << 5 | 1u << 6)
#define KF_EVENT_OTHER (1u << 7)

/* Registers */
#define KF_CR0_PE 0x1u
#define KF_CR0_NE 0x20u
#define KF_CR0_WP 0x10000u
#define KF_CR0_PG 0x80000000u
#define KF_CR4_PAE 0x20u
#define KF_CR4_LA57 0x1000u
#define KF_CR4_VMXE 0x2000u
#define KF_CR4_PCIDE 0x20000u
#define KF_CR4_CET 0x800000u
#define KF_EFER_LME 0x100u
#define KF_EFER_LMA 0x400u

/* CPUID features */
#define KF_CPUID_1_ECX_VMX (1u << 5)
#define KF_CPUID_7_ECX_LA57 (1u << 16)

/* VMX capability MSRs, of which KVM's checks use the "true" ones. */
enum kf_vmx_msr {
	KF_VMX_BASIC = 0x480,
	KF_VMX_MISC = 0x485,
	KF_VMX_CR0_FIXED0 = 0x486,
	KF_VMX_CR0_FIXED1 = 0x487,
	KF_VMX_CR4_FIXED0 = 0x488,
	KF_VMX_CR4_FIXED1 = 0x489,
	KF_VMX_PROCBASED_CTLS2 = 0x48b,
	KF_VMX_EPT_VPID_CAP = 0x48c,
	KF_VMX_TRUE_PINBASED_CTLS = 0x48d,
	KF_VMX_TRUE_PROCBASED_CTLS = 0x48e,
	KF_VMX_TRUE_EXIT_CTLS = 0x48f,
	KF_VMX_TRUE_ENTRY_CTLS = 0x490,
	KF_VMX_VMFUNC = 0x491,
};

/* When a rule applies: kf_nested_rule.applies */
typedef bool kf_vmx_applies(const struct kf_nested_check *check, uint32_t bits);
/* What it says: kf_nested_rule.judge */
typedef void kf_vmx_judge(const struct kf_nested_check *check,
			  struct kvmfeat_nested_finding *finding);

/* nested-check-vmx-facts.c */

/* There is no VMXON region; there is one; the blob has its vmcs12; KVM enters the guest. */
kf_vmx_applies kf_vmx_off, kf_vmx_on, kf_vmx_has_vmcs12, kf_vmx_enters;
/* KVM enters the guest with all of @bits set in a control, or none of them. */
kf_vmx_applies kf_vmx_pin, kf_vmx_primary, kf_vmx_secondary, kf_vmx_exit, kf_vmx_entry;
kf_vmx_applies kf_vmx_exit_without;

/* Marks the finding as not checked, for want of an MSR. */
void kf_vmx_lacks(struct kvmfeat_nested_finding *finding, enum kf_vmx_msr index);
/* An MSR of the target; false, with the finding marked, when it is not given. */
bool kf_vmx_msr(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding,
		enum kf_vmx_msr index, uint64_t *ret_value);
/* Refuses an address that is not aligned, or has a bit at or above MAXPHYADDR. */
void kf_vmx_require_gpa(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding,
			uint64_t address, uint64_t alignment);
/* Are all bits above bit @bits - 1 like that bit? */
bool kf_vmx_canonical(uint64_t address, unsigned int bits);
/* Refuses an address that is not canonical, by the width of the host's addresses plus @more. */
void kf_vmx_require_canonical(const struct kf_nested_check *check,
			      struct kvmfeat_nested_finding *finding, uint64_t address,
			      unsigned int more);

kf_vmx_judge kf_vmx_page, kf_vmx_host_canonical, kf_vmx_not_zero, kf_vmx_below_4g;

/* nested-check-vmx-regs.c: of a register alone */

kf_vmx_judge kf_vmx_host_cr0, kf_vmx_guest_cr0, kf_vmx_cr4_fixed, kf_vmx_cr4_cpuid;
kf_vmx_judge kf_vmx_efer, kf_vmx_pat, kf_vmx_perf_global_ctrl, kf_vmx_debugctl, kf_vmx_s_cet;

/* nested-check-vmx-header.c */

kf_vmx_applies kf_vmx_has_current, kf_vmx_links, kf_vmx_links_shadow, kf_vmx_has_shadow;

kf_vmx_judge kf_vmx_nested_on, kf_vmx_format, kf_vmx_known_flags, kf_vmx_run_pending, kf_vmx_zero;
kf_vmx_judge kf_vmx_no_address, kf_vmx_off_flags, kf_vmx_cpuid, kf_vmx_smm_guest_mode;
kf_vmx_judge kf_vmx_smm_known_flags, kf_vmx_header_flags, kf_vmx_smm, kf_vmx_smm_vmxon;
kf_vmx_judge kf_vmx_evmcs, kf_vmx_size, kf_vmx_own_page, kf_vmx_current, kf_vmx_revision;
kf_vmx_judge kf_vmx_shadow_size, kf_vmx_shadow_bit;

/* nested-check-vmx-controls.c */

kf_vmx_applies kf_vmx_apicv, kf_vmx_eptp_switching;

kf_vmx_judge kf_vmx_pin_controls, kf_vmx_primary_controls, kf_vmx_secondary_controls;
kf_vmx_judge kf_vmx_exit_controls, kf_vmx_entry_controls, kf_vmx_cr3_targets;
kf_vmx_judge kf_vmx_wants_intr_exiting, kf_vmx_wants_nmi_exiting, kf_vmx_wants_virtual_nmis;
kf_vmx_judge kf_vmx_wants_preemption_timer, kf_vmx_wants_tpr_shadow, kf_vmx_wants_no_apic_access;
kf_vmx_judge kf_vmx_wants_vid, kf_vmx_wants_ept, kf_vmx_wants_ack_intr, kf_vmx_tpr_threshold;
kf_vmx_judge kf_vmx_posted_vector, kf_vmx_posted_descriptor, kf_vmx_ept_type, kf_vmx_ept_levels;
kf_vmx_judge kf_vmx_ept_address, kf_vmx_ept_accessed, kf_vmx_vm_functions;

/* nested-check-vmx-entry.c */

/* KVM injects an event of a type in @bits, KF_EVENT_*. */
kf_vmx_applies kf_vmx_event;

kf_vmx_judge kf_vmx_msr_count, kf_vmx_exit_load_list, kf_vmx_exit_store_list;
kf_vmx_judge kf_vmx_entry_load_list, kf_vmx_event_type, kf_vmx_event_monitor_trap;
kf_vmx_judge kf_vmx_event_nmi_vector, kf_vmx_event_exception_vector, kf_vmx_event_other_vector;
kf_vmx_judge kf_vmx_event_no_error_code, kf_vmx_event_error_code, kf_vmx_error_code;
kf_vmx_judge kf_vmx_event_reserved, kf_vmx_instruction_length;
kf_vmx_judge kf_vmx_evmcs_pin, kf_vmx_evmcs_primary, kf_vmx_evmcs_secondary, kf_vmx_evmcs_exit;
kf_vmx_judge kf_vmx_evmcs_entry, kf_vmx_evmcs_vm_functions;

/* nested-check-vmx-state.c: host and guest state */

kf_vmx_applies kf_vmx_exit_cet_32, kf_vmx_entry_efer;

kf_vmx_judge kf_vmx_host_write_protect, kf_vmx_pae, kf_vmx_no_pcid, kf_vmx_no_ia32e;
kf_vmx_judge kf_vmx_selector, kf_vmx_host_rip, kf_vmx_host_lma, kf_vmx_host_lme;
kf_vmx_judge kf_vmx_guest_write_protect, kf_vmx_link_memory, kf_vmx_protected_paging, kf_vmx_paging;
kf_vmx_judge kf_vmx_guest_lma, kf_vmx_guest_lme, kf_vmx_bndcfgs_base, kf_vmx_bndcfgs_reserved;
kf_vmx_judge kf_vmx_ssp_aligned, kf_vmx_guest_ssp, kf_vmx_activity;

#endif
