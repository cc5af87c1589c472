// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The rules of a VMX blob, in the order of KVM_SET_NESTED_STATE: kvm_arch_vcpu_ioctl() in
 * arch/x86/kvm/x86.c, then vmx_set_nested_state() in vmx/nested.c with what it calls. The judges
 * are in nested-check-vmx-*.c. KVM reads guest memory for one rule alone, and changes nothing
 * of a blob that it takes; what the CPU finds wrong shows at KVM_RUN and is no matter of a rule.
 */
#include "nested-check-vmx.h"
#include "nested-check-cpuid.h"

/* A rule of the header; of vmcs12; of its shadow; of the vCPU. Then .text, and .kernels. */
#define HEADER(name, member, at, bytes, when, judges, ...)                                         \
	{                                                                                          \
		.rule = { .id = "vmx." name,                                                       \
			  .field = "header." member,                                               \
			  .offset = at,                                                            \
			  __VA_ARGS__ },                                                           \
		.width = bytes, when, .judge = judges,                                             \
	}
#define RULE(name, member, when, judges, ...)                                                      \
	{                                                                                          \
		.rule = { .id = "vmx." name,                                                       \
			  .field = "vmcs12." #member,                                              \
			  .offset = KF_VMCS12_AT(member),                                          \
			  __VA_ARGS__ },                                                           \
		.width = KF_VMCS12_WIDTH_##member, when, .judge = judges,                          \
	}
#define SHADOW(name, member, judges, ...)                                                          \
	{                                                                                          \
		.rule = { .id = "vmx." name,                                                       \
			  .field = "shadow." #member,                                              \
			  .offset = KF_VMX_SHADOW + KF_VMCS12_AT_##member,                         \
			  __VA_ARGS__ },                                                           \
		.width = KF_VMCS12_WIDTH_##member, .applies = kf_vmx_has_shadow, .judge = judges,  \
	}
#define VCPU(name, member, when, judges, ...)                                                      \
	{                                                                                          \
		.rule = { .id = "vmx." name,                                                       \
			  .field = "vcpu." member,                                                 \
			  .offset = UINT32_MAX,                                                    \
			  __VA_ARGS__ },                                                           \
		when, .judge = judges,                                                             \
	}

/* When KVM comes to a check. */
#define ALWAYS .applies = NULL
#define WHEN(applies_when) .applies = kf_vmx_##applies_when
#define ENTERS .applies = kf_vmx_enters
#define PIN(control) .applies = kf_vmx_pin, .bits = KF_PIN_##control
#define PRIMARY(control) .applies = kf_vmx_primary, .bits = KF_PRIMARY_##control
#define SECONDARY(control) .applies = kf_vmx_secondary, .bits = KF_SECONDARY_##control
#define EXIT(control) .applies = kf_vmx_exit, .bits = KF_EXIT_##control
#define EXIT_WITHOUT(control) .applies = kf_vmx_exit_without, .bits = KF_EXIT_##control
#define ENTRY(control) .applies = kf_vmx_entry, .bits = KF_ENTRY_##control
#define EVENT(types) .applies = kf_vmx_event, .bits = KF_EVENT_##types

#define PAGE "page-aligned, and no bit at or above MAXPHYADDR"
#define CANONICAL "canonical, by the address width of the host's CPU"
#define CANONICAL_OLD "Linux 6.1 goes by CR4.LA57 of the vCPU"
#define SELECTOR "RPL and TI are 0"
#define PAT "each byte is a memory type: 0, 1, 4, 5, 6 or 7"
#define COUNTERS "bits of counters that the vCPU's CPUID has"
#define WRITE_PROTECT "CET only with CR0.WP"
#define CR4_OLD "Linux 6.12 and older refuse CET, Linux 6.1 LAM_SUP"
#define CR3 "no bit at or above MAXPHYADDR, but LAM_U48 and LAM_U57 where CPUID has LAM"
#define CR3_OLD "Linux 6.1 refuses LAM_U48 and LAM_U57"
#define EFER "bits of features that the vCPU's CPUID has"
#define S_CET                                                                                      \
	"bits of features that the vCPU's CPUID has; a bitmap at a multiple of 16 KiB; not both "  \
	"SUPPRESS and WAIT_ENDBR"
#define CET_OLD "Linux 6.12 and older do not look at it"
#define MSR_COUNT "not more entries than IA32_VMX_MISC recommends, 512 to 4096"
#define MSR_COUNT_OLD "Linux 6.12 and older take any number"
#define MSR_LIST "16-byte aligned, and no bit of the whole list at or above MAXPHYADDR"
#define EVMCS "controls of an enlightened VMCS, when that is enabled"
#define EVMCS_OLD "Linux 6.1 refuses fewer bits"

const struct kf_nested_rule kf_nested_vmx_rules[] = {
	/* kvm_arch_vcpu_ioctl() */
	VCPU("nested", "max_bytes", ALWAYS, kf_vmx_nested_on,
	     .text = "the host has nested virtualization: KVM_CAP_NESTED_STATE is not 0"),
	HEADER("known-flags", "flags", KF_NESTED_FLAGS, 2, ALWAYS, kf_vmx_known_flags,
	       .text = "none but GUEST_MODE, RUN_PENDING, EVMCS, MTF_PENDING and GIF_SET"),
	HEADER("run-pending", "flags", KF_NESTED_FLAGS, 2, ALWAYS, kf_vmx_run_pending,
	       .text = "RUN_PENDING only with GUEST_MODE"),

	/* vmx_set_nested_state(), before it changes anything */
	HEADER("format", "format", KF_NESTED_FORMAT, 2, ALWAYS, kf_vmx_format,
	       .text = "the host has VMX, not SVM"),
	HEADER("off-smm-flags", "smm.flags", KF_VMX_SMM_FLAGS, 2, WHEN(off), kf_vmx_zero,
	       .text = "0 without a VMXON region"),
	HEADER("off-vmcs12-pa", "vmcs12_pa", KF_VMX_VMCS12_PA, 8, WHEN(off), kf_vmx_no_address,
	       .text = "none (all ones) without a VMXON region"),
	HEADER("off-flags", "flags", KF_NESTED_FLAGS, 2, WHEN(off), kf_vmx_off_flags,
	       .text = "no flag but EVMCS without a VMXON region"),
	VCPU("vcpu-cpuid", "cpuid.1.ecx", WHEN(on), kf_vmx_cpuid,
	     .text = "CPUID has VMX (bit 5) when there is a VMXON region"),
	HEADER("vmxon-pa", "vmxon_pa", KF_VMX_VMXON_PA, 8, WHEN(on), kf_vmx_page, .text = PAGE),
	HEADER("smm-guest-mode", "smm.flags", KF_VMX_SMM_FLAGS, 2, ALWAYS, kf_vmx_smm_guest_mode,
	       .text = "SMM_GUEST_MODE only without GUEST_MODE"),
	HEADER("smm-flags", "smm.flags", KF_VMX_SMM_FLAGS, 2, ALWAYS, kf_vmx_smm_known_flags,
	       .text = "none but SMM_GUEST_MODE and SMM_VMXON"),
	HEADER("header-flags", "vmx.flags", KF_VMX_FLAGS, 4, ALWAYS, kf_vmx_header_flags,
	       .text = "none but PREEMPTION_TIMER_DEADLINE"),
	HEADER("smm", "smm.flags", KF_VMX_SMM_FLAGS, 2, ALWAYS, kf_vmx_smm,
	       .text = "outside SMM 0; in SMM neither GUEST_MODE nor RUN_PENDING"),
	HEADER("smm-vmxon", "smm.flags", KF_VMX_SMM_FLAGS, 2, ALWAYS, kf_vmx_smm_vmxon,
	       .text = "SMM_GUEST_MODE only with SMM_VMXON"),
	HEADER("evmcs", "flags", KF_NESTED_FLAGS, 2, ALWAYS, kf_vmx_evmcs,
	       .text = "EVMCS only with VMX in CPUID and KVM_CAP_HYPERV_ENLIGHTENED_VMCS enabled"),

	/* From here on the vCPU has left nested mode, and may be in VMX operation. */
	HEADER("size", "size", KF_NESTED_SIZE, 4, WHEN(on), kf_vmx_size,
	       .text = "4224 or more with GUEST_MODE, EVMCS or an address of vmcs12"),
	HEADER("vmcs12-not-vmxon", "vmcs12_pa", KF_VMX_VMCS12_PA, 8, WHEN(has_current),
	       kf_vmx_own_page, .text = "another page than the VMXON region"),
	HEADER("vmcs12-pa", "vmcs12_pa", KF_VMX_VMCS12_PA, 8, WHEN(has_current), kf_vmx_page,
	       .text = PAGE),
	HEADER("vmcs12-none", "vmcs12_pa", KF_VMX_VMCS12_PA, 8, WHEN(has_vmcs12), kf_vmx_current,
	       .text = "none (all ones) only with EVMCS, when the blob has a vmcs12"),
	RULE("revision", revision_id, WHEN(has_vmcs12), kf_vmx_revision,
	     .text = "0x11e57ed0, but for the shadow bit"),
	HEADER("shadow-size", "size", KF_NESTED_SIZE, 4, WHEN(links_shadow), kf_vmx_shadow_size,
	       .text = "8320 or more with VMCS shadowing and a link pointer"),
	SHADOW("shadow-revision", revision_id, kf_vmx_revision,
	       .text = "0x11e57ed0, but for the shadow bit"),
	SHADOW("shadow-bit", revision_id, kf_vmx_shadow_bit, .text = "the shadow bit is set"),

	/* nested_check_vm_execution_controls() */
	RULE("pin-controls", pin_based_vm_exec_control, ENTERS, kf_vmx_pin_controls,
	     .text = "bits that IA32_VMX_TRUE_PINBASED_CTLS allows, and all that it requires"),
	RULE("primary-controls", cpu_based_vm_exec_control, ENTERS, kf_vmx_primary_controls,
	     .text = "bits that IA32_VMX_TRUE_PROCBASED_CTLS allows, and all that it requires"),
	RULE("secondary-controls", secondary_vm_exec_control, PRIMARY(SECONDARY),
	     kf_vmx_secondary_controls,
	     .text = "bits that IA32_VMX_PROCBASED_CTLS2 allows, and all that it requires"),
	RULE("cr3-target-count", cr3_target_count, ENTERS, kf_vmx_cr3_targets,
	     .text = "not more than IA32_VMX_MISC allows"),
	RULE("io-bitmap-a", io_bitmap_a, PRIMARY(USE_IO_BITMAPS), kf_vmx_page, .text = PAGE),
	RULE("io-bitmap-b", io_bitmap_b, PRIMARY(USE_IO_BITMAPS), kf_vmx_page, .text = PAGE),
	RULE("msr-bitmap", msr_bitmap, PRIMARY(USE_MSR_BITMAPS), kf_vmx_page, .text = PAGE),
	RULE("virtual-apic-page", virtual_apic_page_addr, PRIMARY(TPR_SHADOW), kf_vmx_page,
	     .text = PAGE),
	RULE("tpr-threshold", tpr_threshold, PRIMARY(TPR_SHADOW), kf_vmx_tpr_threshold,
	     .text = "0 to 15 without virtual-interrupt delivery"),
	RULE("apic-access-page", apic_access_addr, SECONDARY(APIC_ACCESSES), kf_vmx_page,
	     .text = PAGE),
	RULE("x2apic-mode", secondary_vm_exec_control, SECONDARY(X2APIC_MODE),
	     kf_vmx_wants_no_apic_access,
	     .text = "virtual x2APIC mode only without virtual APIC accesses"),
	RULE("virtual-interrupts", pin_based_vm_exec_control, SECONDARY(VIRT_INTR_DELIVERY),
	     kf_vmx_wants_intr_exiting,
	     .text = "virtual-interrupt delivery only with external-interrupt exiting"),
	RULE("posted-delivery", secondary_vm_exec_control, PIN(POSTED_INTR), kf_vmx_wants_vid,
	     .text = "posted interrupts only with virtual-interrupt delivery"),
	RULE("posted-acknowledge", vm_exit_controls, PIN(POSTED_INTR), kf_vmx_wants_ack_intr,
	     .text = "posted interrupts only with acknowledge interrupt on exit"),
	RULE("posted-vector", posted_intr_nv, PIN(POSTED_INTR), kf_vmx_posted_vector,
	     .text = "0 to 255"),
	RULE("posted-descriptor", posted_intr_desc_addr, PIN(POSTED_INTR), kf_vmx_posted_descriptor,
	     .text = "64-byte aligned, and no bit at or above MAXPHYADDR"),
	RULE("apicv-tpr-shadow", cpu_based_vm_exec_control, WHEN(apicv), kf_vmx_wants_tpr_shadow,
	     .text = "virtual x2APIC mode, APIC registers and interrupts only with the TPR shadow"),
	RULE("virtual-nmis", pin_based_vm_exec_control, PIN(VIRTUAL_NMIS), kf_vmx_wants_nmi_exiting,
	     .text = "virtual NMIs only with NMI exiting"),
	RULE("nmi-window", pin_based_vm_exec_control, PRIMARY(NMI_WINDOW_EXITING),
	     kf_vmx_wants_virtual_nmis, .text = "NMI-window exiting only with virtual NMIs"),
	RULE("pml-ept", secondary_vm_exec_control, SECONDARY(PML), kf_vmx_wants_ept,
	     .text = "page-modification logging only with EPT"),
	RULE("pml-address", pml_address, SECONDARY(PML), kf_vmx_page, .text = PAGE),
	RULE("unrestricted-guest", secondary_vm_exec_control, SECONDARY(UNRESTRICTED_GUEST),
	     kf_vmx_wants_ept, .text = "an unrestricted guest only with EPT"),
	RULE("mode-based-execute", secondary_vm_exec_control, SECONDARY(MODE_BASED_EPT_EXEC),
	     kf_vmx_wants_ept, .text = "mode-based execute control only with EPT"),
	RULE("vmread-bitmap", vmread_bitmap, SECONDARY(SHADOW_VMCS), kf_vmx_page, .text = PAGE),
	RULE("vmwrite-bitmap", vmwrite_bitmap, SECONDARY(SHADOW_VMCS), kf_vmx_page, .text = PAGE),
	RULE("vpid", virtual_processor_id, SECONDARY(VPID), kf_vmx_not_zero,
	     .text = "not 0 when VPIDs are enabled"),
	RULE("save-preemption-timer", pin_based_vm_exec_control, EXIT(SAVE_PREEMPTION_TIMER),
	     kf_vmx_wants_preemption_timer,
	     .text = "save the preemption timer at exit only with the timer"),
	RULE("ept-memory-type", ept_pointer, SECONDARY(EPT), kf_vmx_ept_type,
	     .text = "uncacheable or write-back (bits 2:0), where IA32_VMX_EPT_VPID_CAP allows it"),
	RULE("ept-levels", ept_pointer, SECONDARY(EPT), kf_vmx_ept_levels,
	     .text = "4 or 5 levels (bits 5:3), where IA32_VMX_EPT_VPID_CAP allows them"),
	RULE("ept-pointer", ept_pointer, SECONDARY(EPT), kf_vmx_ept_address,
	     .text = "bits 11:7 are 0, and no bit at or above MAXPHYADDR"),
	RULE("ept-accessed-dirty", ept_pointer, SECONDARY(EPT), kf_vmx_ept_accessed,
	     .text = "accessed and dirty bits (bit 6) where IA32_VMX_EPT_VPID_CAP allows them"),
	RULE("vm-functions", vm_function_control, SECONDARY(VMFUNC), kf_vmx_vm_functions,
	     .text = "functions that IA32_VMX_VMFUNC allows"),
	RULE("eptp-switching", secondary_vm_exec_control, WHEN(eptp_switching), kf_vmx_wants_ept,
	     .text = "EPTP switching only with EPT"),
	RULE("eptp-list", eptp_list_address, WHEN(eptp_switching), kf_vmx_page, .text = PAGE),
	RULE("tsc-multiplier", tsc_multiplier, SECONDARY(TSC_SCALING), kf_vmx_not_zero,
	     .text = "not 0 with TSC scaling", .kernels = "Linux 6.12 and older take 0"),

	/* nested_check_vm_exit_controls() */
	RULE("exit-controls", vm_exit_controls, ENTERS, kf_vmx_exit_controls,
	     .text = "bits that IA32_VMX_TRUE_EXIT_CTLS allows, and all that it requires"),
	RULE("exit-load-count", vm_exit_msr_load_count, ENTERS, kf_vmx_msr_count, .text = MSR_COUNT,
	     .kernels = MSR_COUNT_OLD),
	RULE("exit-load-list", vm_exit_msr_load_addr, ENTERS, kf_vmx_exit_load_list,
	     .text = MSR_LIST),
	RULE("exit-store-count", vm_exit_msr_store_count, ENTERS, kf_vmx_msr_count,
	     .text = MSR_COUNT, .kernels = MSR_COUNT_OLD),
	RULE("exit-store-list", vm_exit_msr_store_addr, ENTERS, kf_vmx_exit_store_list,
	     .text = MSR_LIST),

	/* nested_check_vm_entry_controls() */
	RULE("entry-controls", vm_entry_controls, ENTERS, kf_vmx_entry_controls,
	     .text = "bits that IA32_VMX_TRUE_ENTRY_CTLS allows, and all that it requires"),
	RULE("event-type", vm_entry_intr_info_field, EVENT(ANY), kf_vmx_event_type,
	     .text = "the type of an event (bits 10:8) is not 1"),
	RULE("event-monitor-trap", vm_entry_intr_info_field, EVENT(OTHER),
	     kf_vmx_event_monitor_trap,
	     .text = "type 7 only where IA32_VMX_TRUE_PROCBASED_CTLS allows the monitor trap flag"),
	RULE("event-nmi-vector", vm_entry_intr_info_field, EVENT(NMI), kf_vmx_event_nmi_vector,
	     .text = "the vector of an NMI is 2"),
	RULE("event-exception-vector", vm_entry_intr_info_field, EVENT(EXCEPTION),
	     kf_vmx_event_exception_vector, .text = "the vector of an exception is 0 to 31"),
	RULE("event-other-vector", vm_entry_intr_info_field, EVENT(OTHER),
	     kf_vmx_event_other_vector, .text = "the vector of type 7 is 0"),
	RULE("event-no-error-code", vm_entry_intr_info_field, EVENT(ANY),
	     kf_vmx_event_no_error_code,
	     .text = "an error code (bit 11) only with a hardware exception in protected mode"),
	RULE("event-error-code", vm_entry_intr_info_field, EVENT(ANY), kf_vmx_event_error_code,
	     .text = "the vectors that have an error code have one, unless IA32_VMX_BASIC "
		     "(bit 56) leaves that open",
	     .kernels = "Linux 6.12 and older insist on it whatever IA32_VMX_BASIC says"),
	RULE("error-code", vm_entry_exception_error_code, EVENT(ANY), kf_vmx_error_code,
	     .text = "bits 31:16 of an error code are 0"),
	RULE("event-reserved", vm_entry_intr_info_field, EVENT(ANY), kf_vmx_event_reserved,
	     .text = "bits 30:12 of an event are 0"),
	RULE("instruction-length", vm_entry_instruction_len, EVENT(SOFT), kf_vmx_instruction_length,
	     .text = "1 to 15 for a software event, or 0 where IA32_VMX_MISC allows it"),
	RULE("entry-load-count", vm_entry_msr_load_count, ENTERS, kf_vmx_msr_count,
	     .text = MSR_COUNT, .kernels = MSR_COUNT_OLD),
	RULE("entry-load-list", vm_entry_msr_load_addr, ENTERS, kf_vmx_entry_load_list,
	     .text = MSR_LIST),

	/* nested_evmcs_check_controls() */
	RULE("evmcs-pin-controls", pin_based_vm_exec_control, ENTERS, kf_vmx_evmcs_pin,
	     .text = EVMCS, .kernels = EVMCS_OLD),
	RULE("evmcs-primary-controls", cpu_based_vm_exec_control, ENTERS, kf_vmx_evmcs_primary,
	     .text = EVMCS, .kernels = "Linux 6.1 does not look at it"),
	RULE("evmcs-secondary-controls", secondary_vm_exec_control, ENTERS, kf_vmx_evmcs_secondary,
	     .text = EVMCS, .kernels = EVMCS_OLD),
	RULE("evmcs-exit-controls", vm_exit_controls, ENTERS, kf_vmx_evmcs_exit, .text = EVMCS,
	     .kernels = EVMCS_OLD),
	RULE("evmcs-entry-controls", vm_entry_controls, ENTERS, kf_vmx_evmcs_entry, .text = EVMCS,
	     .kernels = EVMCS_OLD),
	RULE("evmcs-vm-functions", vm_function_control, ENTERS, kf_vmx_evmcs_vm_functions,
	     .text = "0 when an enlightened VMCS is enabled", .kernels = EVMCS_OLD),

	/* nested_vmx_check_host_state() */
	RULE("host-cr0", host_cr0, ENTERS, kf_vmx_host_cr0,
	     .text = "bits as IA32_VMX_CR0_FIXED0 requires and IA32_VMX_CR0_FIXED1 allows"),
	RULE("host-cr4", host_cr4, ENTERS, kf_vmx_cr4_fixed,
	     .text = "bits as IA32_VMX_CR4_FIXED0 requires and IA32_VMX_CR4_FIXED1 allows"),
	RULE("host-cr4-cpuid", host_cr4, ENTERS, kf_vmx_cr4_cpuid,
	     .text = "bits of features that the vCPU's CPUID has", .kernels = CR4_OLD),
	RULE("host-cr3", host_cr3, ENTERS, kf_cpuid_require_cr3, .text = CR3, .kernels = CR3_OLD),
	RULE("host-cet", host_cr4, ENTERS, kf_vmx_host_write_protect, .text = WRITE_PROTECT),
	RULE("host-sysenter-esp", host_ia32_sysenter_esp, ENTERS, kf_vmx_host_canonical,
	     .text = CANONICAL, .kernels = CANONICAL_OLD),
	RULE("host-sysenter-eip", host_ia32_sysenter_eip, ENTERS, kf_vmx_host_canonical,
	     .text = CANONICAL, .kernels = CANONICAL_OLD),
	RULE("host-pat", host_ia32_pat, EXIT(LOAD_PAT), kf_vmx_pat, .text = PAT),
	RULE("host-perf-global-ctrl", host_ia32_perf_global_ctrl, EXIT(LOAD_PERF_GLOBAL_CTRL),
	     kf_vmx_perf_global_ctrl, .text = COUNTERS),
	RULE("host-pae", host_cr4, EXIT(HOST_64), kf_vmx_pae, .text = "a 64-bit host has PAE"),
	RULE("host-32-ia32e", vm_entry_controls, EXIT_WITHOUT(HOST_64), kf_vmx_no_ia32e,
	     .text = "a 32-bit host has no IA-32e guest"),
	RULE("host-32-pcid", host_cr4, EXIT_WITHOUT(HOST_64), kf_vmx_no_pcid,
	     .text = "a 32-bit host has no PCIDE"),
	RULE("host-32-rip", host_rip, EXIT_WITHOUT(HOST_64), kf_vmx_below_4g,
	     .text = "below 4 GiB on a 32-bit host"),
	RULE("host-cs-selector", host_cs_selector, ENTERS, kf_vmx_selector, .text = SELECTOR),
	RULE("host-ss-selector", host_ss_selector, ENTERS, kf_vmx_selector, .text = SELECTOR),
	RULE("host-ds-selector", host_ds_selector, ENTERS, kf_vmx_selector, .text = SELECTOR),
	RULE("host-es-selector", host_es_selector, ENTERS, kf_vmx_selector, .text = SELECTOR),
	RULE("host-fs-selector", host_fs_selector, ENTERS, kf_vmx_selector, .text = SELECTOR),
	RULE("host-gs-selector", host_gs_selector, ENTERS, kf_vmx_selector, .text = SELECTOR),
	RULE("host-tr-selector", host_tr_selector, ENTERS, kf_vmx_selector, .text = SELECTOR),
	RULE("host-cs", host_cs_selector, ENTERS, kf_vmx_not_zero, .text = "not 0"),
	RULE("host-tr", host_tr_selector, ENTERS, kf_vmx_not_zero, .text = "not 0"),
	RULE("host-32-ss", host_ss_selector, EXIT_WITHOUT(HOST_64), kf_vmx_not_zero,
	     .text = "not 0 on a 32-bit host"),
	RULE("host-fs-base", host_fs_base, ENTERS, kf_vmx_host_canonical, .text = CANONICAL,
	     .kernels = CANONICAL_OLD),
	RULE("host-gs-base", host_gs_base, ENTERS, kf_vmx_host_canonical, .text = CANONICAL,
	     .kernels = CANONICAL_OLD),
	RULE("host-gdtr-base", host_gdtr_base, ENTERS, kf_vmx_host_canonical, .text = CANONICAL,
	     .kernels = CANONICAL_OLD),
	RULE("host-idtr-base", host_idtr_base, ENTERS, kf_vmx_host_canonical, .text = CANONICAL,
	     .kernels = CANONICAL_OLD),
	RULE("host-tr-base", host_tr_base, ENTERS, kf_vmx_host_canonical, .text = CANONICAL,
	     .kernels = CANONICAL_OLD),
	RULE("host-rip", host_rip, ENTERS, kf_vmx_host_rip,
	     .text = "canonical, by LA57 of the host's own CR4",
	     .kernels = "Linux 6.12 and older go by CR4.LA57 of the vCPU"),
	RULE("host-efer", host_ia32_efer, EXIT(LOAD_EFER), kf_vmx_efer, .text = EFER),
	RULE("host-lma", host_ia32_efer, EXIT(LOAD_EFER), kf_vmx_host_lma,
	     .text = "LMA is set for a 64-bit host, and only then"),
	RULE("host-lme", host_ia32_efer, EXIT(LOAD_EFER), kf_vmx_host_lme,
	     .text = "LME is set for a 64-bit host, and only then"),
	RULE("host-s-cet", host_s_cet, EXIT(LOAD_CET_STATE), kf_vmx_s_cet, .text = S_CET,
	     .kernels = CET_OLD),
	RULE("host-ssp-alignment", host_ssp, EXIT(LOAD_CET_STATE), kf_vmx_ssp_aligned,
	     .text = "a multiple of 4", .kernels = CET_OLD),
	RULE("host-ssp-table", host_ssp_tbl, EXIT(LOAD_CET_STATE), kf_vmx_host_canonical,
	     .text = CANONICAL, .kernels = CET_OLD),
	RULE("host-s-cet-base", host_s_cet, EXIT(CET_64), kf_vmx_host_canonical, .text = CANONICAL,
	     .kernels = CET_OLD),
	RULE("host-ssp", host_ssp, EXIT(CET_64), kf_vmx_host_canonical, .text = CANONICAL,
	     .kernels = CET_OLD),
	RULE("host-32-s-cet", host_s_cet, WHEN(exit_cet_32), kf_vmx_below_4g,
	     .text = "below 4 GiB on a 32-bit host", .kernels = CET_OLD),
	RULE("host-32-ssp", host_ssp, WHEN(exit_cet_32), kf_vmx_below_4g,
	     .text = "below 4 GiB on a 32-bit host", .kernels = CET_OLD),

	/* nested_vmx_check_guest_state() */
	RULE("guest-cr0", guest_cr0, ENTERS, kf_vmx_guest_cr0,
	     .text = "bits as IA32_VMX_CR0_FIXED0 requires, but PE and PG of an unrestricted "
		     "guest, and IA32_VMX_CR0_FIXED1 allows"),
	RULE("guest-cr4", guest_cr4, ENTERS, kf_vmx_cr4_fixed,
	     .text = "bits as IA32_VMX_CR4_FIXED0 requires and IA32_VMX_CR4_FIXED1 allows"),
	RULE("guest-cr4-cpuid", guest_cr4, ENTERS, kf_vmx_cr4_cpuid,
	     .text = "bits of features that the vCPU's CPUID has", .kernels = CR4_OLD),
	RULE("guest-cet", guest_cr4, ENTERS, kf_vmx_guest_write_protect, .text = WRITE_PROTECT),
	RULE("guest-dr7", guest_dr7, ENTRY(LOAD_DEBUG_CONTROLS), kf_vmx_below_4g,
	     .text = "bits 63:32 are 0"),
	RULE("guest-debugctl", guest_ia32_debugctl, ENTRY(LOAD_DEBUG_CONTROLS), kf_vmx_debugctl,
	     .text = "bits of features that the vCPU has",
	     .kernels = "Linux 6.1 refuses FREEZE_IN_SMM (bit 14)"),
	RULE("guest-pat", guest_ia32_pat, ENTRY(LOAD_PAT), kf_vmx_pat, .text = PAT),
	RULE("link-pointer", vmcs_link_pointer, WHEN(links), kf_vmx_page,
	     .text = PAGE ", or none (all ones)"),
	RULE("link-memory", vmcs_link_pointer, WHEN(links), kf_vmx_link_memory,
	     .text = "guest memory has a VMCS there, of KVM's revision, which is a shadow VMCS "
		     "with VMCS shadowing and only then"),
	RULE("guest-perf-global-ctrl", guest_ia32_perf_global_ctrl, ENTRY(LOAD_PERF_GLOBAL_CTRL),
	     kf_vmx_perf_global_ctrl, .text = COUNTERS),
	RULE("guest-paging", guest_cr0, ENTERS, kf_vmx_protected_paging, .text = "PG only with PE"),
	RULE("guest-ia32e-pae", guest_cr4, ENTRY(IA32E), kf_vmx_pae,
	     .text = "an IA-32e guest has PAE"),
	RULE("guest-ia32e-paging", guest_cr0, ENTRY(IA32E), kf_vmx_paging,
	     .text = "an IA-32e guest has PG"),
	RULE("guest-efer", guest_ia32_efer, WHEN(entry_efer), kf_vmx_efer, .text = EFER),
	RULE("guest-lma", guest_ia32_efer, WHEN(entry_efer), kf_vmx_guest_lma,
	     .text = "LMA is set for an IA-32e guest, and only then"),
	RULE("guest-lme", guest_ia32_efer, WHEN(entry_efer), kf_vmx_guest_lme,
	     .text = "with paging, LME is set for an IA-32e guest, and only then"),
	RULE("guest-bndcfgs-base", guest_bndcfgs, ENTRY(LOAD_BNDCFGS), kf_vmx_bndcfgs_base,
	     .text = CANONICAL, .kernels = CANONICAL_OLD),
	RULE("guest-bndcfgs", guest_bndcfgs, ENTRY(LOAD_BNDCFGS), kf_vmx_bndcfgs_reserved,
	     .text = "bits 11:2 are 0"),
	RULE("guest-s-cet", guest_s_cet, ENTRY(LOAD_CET_STATE), kf_vmx_s_cet, .text = S_CET,
	     .kernels = CET_OLD),
	RULE("guest-ssp-alignment", guest_ssp, ENTRY(LOAD_CET_STATE), kf_vmx_ssp_aligned,
	     .text = "a multiple of 4", .kernels = CET_OLD),
	RULE("guest-ssp-table", guest_ssp_tbl, ENTRY(LOAD_CET_STATE), kf_vmx_host_canonical,
	     .text = CANONICAL, .kernels = CET_OLD),
	RULE("guest-ssp", guest_ssp, ENTRY(LOAD_CET_STATE), kf_vmx_guest_ssp,
	     .text = "bits above the address width of the host's CPU are all alike",
	     .kernels = CET_OLD),
	RULE("guest-activity", guest_activity_state, ENTERS, kf_vmx_activity,
	     .text = "active (0), HLT (1) or wait-for-SIPI (3)"),

	/* prepare_vmcs02() */
	RULE("guest-cr3", guest_cr3, ENTERS, kf_cpuid_require_cr3,
	     .text = CR3 "; else the call returns 2, no error, and has not entered guest mode",
	     .kernels = CR3_OLD),
};

const size_t kf_nested_vmx_rule_count = KF_ARRAY_SIZE(kf_nested_vmx_rules);
