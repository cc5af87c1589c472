// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the numbers of a VMX blob mean, in the words of arch/x86/include/asm/vmx.h and
 * vmxfeatures.h. The rows of vmcs12 are those of its shadow, too.
 */
#include "nested-words.h"

#define CODE(number, text) KF_VALUE(UINT64_MAX, number, text)

static const struct kf_nested_word launch_state[] = {
	CODE(0, "CLEAR"),
	CODE(1, "LAUNCHED"),
	KF_WORDS_END,
};

static const struct kf_nested_word vmx_abort[] = {
	CODE(1, "SAVE_GUEST_MSR_FAIL"),
	CODE(2, "LOAD_HOST_PDPTE_FAIL"),
	CODE(4, "LOAD_HOST_MSR_FAIL"),
	KF_WORDS_END,
};

static const struct kf_nested_word revision[] = {
	KF_VALUE(0x7fffffff, 0x11e57ed0, "VMCS12_REVISION"),
	KF_BIT(31, "SHADOW_VMCS"),
	KF_WORDS_END,
};

/* What is left is the address of the table */
static const struct kf_nested_word eptp[] = {
	KF_VALUE(0x7, 0, "MT_UC"),     KF_VALUE(0x7, 6, "MT_WB"), KF_VALUE(0x38, 0x18, "PWL_4"),
	KF_VALUE(0x38, 0x20, "PWL_5"), KF_BIT(6, "AD_ENABLE"),	  KF_WORDS_END,
};

/* What is left is the address of the directory */
static const struct kf_nested_word bndcfgs[] = {
	KF_BIT(0, "EN"),
	KF_BIT(1, "BNDPRESERVE"),
	KF_WORDS_END,
};

static const struct kf_nested_word vm_function[] = {
	KF_BIT(0, "EPTP_SWITCHING"),
	KF_WORDS_END,
};

static const struct kf_nested_word pending_debug[] = {
	KF_BIT(0, "B0"),  KF_BIT(1, "B1"),	  KF_BIT(2, "B2"),
	KF_BIT(3, "B3"),  KF_BIT(11, "BUS_LOCK"), KF_BIT(12, "ENABLED_BREAKPOINT"),
	KF_BIT(14, "BS"), KF_BIT(16, "RTM"),	  KF_WORDS_END,
};

static const struct kf_nested_word pin_controls[] = {
	KF_BIT(0, "INTR_EXITING"),     KF_BIT(3, "NMI_EXITING"), KF_BIT(5, "VIRTUAL_NMIS"),
	KF_BIT(6, "PREEMPTION_TIMER"), KF_BIT(7, "POSTED_INTR"), KF_WORDS_END,
};

static const struct kf_nested_word cpu_controls[] = {
	KF_BIT(2, "INTR_WINDOW_EXITING"),
	KF_BIT(3, "USE_TSC_OFFSETTING"),
	KF_BIT(7, "HLT_EXITING"),
	KF_BIT(9, "INVLPG_EXITING"),
	KF_BIT(10, "MWAIT_EXITING"),
	KF_BIT(11, "RDPMC_EXITING"),
	KF_BIT(12, "RDTSC_EXITING"),
	KF_BIT(15, "CR3_LOAD_EXITING"),
	KF_BIT(16, "CR3_STORE_EXITING"),
	KF_BIT(17, "TERTIARY_CONTROLS"),
	KF_BIT(19, "CR8_LOAD_EXITING"),
	KF_BIT(20, "CR8_STORE_EXITING"),
	KF_BIT(21, "VIRTUAL_TPR"),
	KF_BIT(22, "NMI_WINDOW_EXITING"),
	KF_BIT(23, "MOV_DR_EXITING"),
	KF_BIT(24, "UNCOND_IO_EXITING"),
	KF_BIT(25, "USE_IO_BITMAPS"),
	KF_BIT(27, "MONITOR_TRAP_FLAG"),
	KF_BIT(28, "USE_MSR_BITMAPS"),
	KF_BIT(29, "MONITOR_EXITING"),
	KF_BIT(30, "PAUSE_EXITING"),
	KF_BIT(31, "SEC_CONTROLS"),
	KF_WORDS_END,
};

static const struct kf_nested_word secondary_controls[] = {
	KF_BIT(0, "VIRT_APIC_ACCESSES"),
	KF_BIT(1, "EPT"),
	KF_BIT(2, "DESC_EXITING"),
	KF_BIT(3, "RDTSCP"),
	KF_BIT(4, "VIRTUAL_X2APIC"),
	KF_BIT(5, "VPID"),
	KF_BIT(6, "WBINVD_EXITING"),
	KF_BIT(7, "UNRESTRICTED_GUEST"),
	KF_BIT(8, "APIC_REGISTER_VIRT"),
	KF_BIT(9, "VIRT_INTR_DELIVERY"),
	KF_BIT(10, "PAUSE_LOOP_EXITING"),
	KF_BIT(11, "RDRAND_EXITING"),
	KF_BIT(12, "INVPCID"),
	KF_BIT(13, "VMFUNC"),
	KF_BIT(14, "SHADOW_VMCS"),
	KF_BIT(15, "ENCLS_EXITING"),
	KF_BIT(16, "RDSEED_EXITING"),
	KF_BIT(17, "PAGE_MOD_LOGGING"),
	KF_BIT(18, "EPT_VIOLATION_VE"),
	KF_BIT(19, "PT_CONCEAL_VMX"),
	KF_BIT(20, "XSAVES"),
	KF_BIT(22, "MODE_BASED_EPT_EXEC"),
	KF_BIT(24, "PT_USE_GPA"),
	KF_BIT(25, "TSC_SCALING"),
	KF_BIT(26, "USR_WAIT_PAUSE"),
	KF_BIT(28, "ENCLV_EXITING"),
	KF_BIT(30, "BUS_LOCK_DETECTION"),
	KF_BIT(31, "NOTIFY_VM_EXITING"),
	KF_WORDS_END,
};

static const struct kf_nested_word exit_controls[] = {
	KF_BIT(2, "SAVE_DEBUG_CONTROLS"),
	KF_BIT(9, "HOST_ADDR_SPACE_SIZE"),
	KF_BIT(12, "LOAD_IA32_PERF_GLOBAL_CTRL"),
	KF_BIT(15, "ACK_INTR_ON_EXIT"),
	KF_BIT(18, "SAVE_IA32_PAT"),
	KF_BIT(19, "LOAD_IA32_PAT"),
	KF_BIT(20, "SAVE_IA32_EFER"),
	KF_BIT(21, "LOAD_IA32_EFER"),
	KF_BIT(22, "SAVE_VMX_PREEMPTION_TIMER"),
	KF_BIT(23, "CLEAR_BNDCFGS"),
	KF_BIT(24, "PT_CONCEAL_PIP"),
	KF_BIT(25, "CLEAR_IA32_RTIT_CTL"),
	KF_BIT(28, "LOAD_CET_STATE"),
	KF_BIT(30, "SAVE_IA32_PERF_GLOBAL_CTRL"),
	KF_WORDS_END,
};

static const struct kf_nested_word entry_controls[] = {
	KF_BIT(2, "LOAD_DEBUG_CONTROLS"),
	KF_BIT(9, "IA32E_MODE"),
	KF_BIT(10, "SMM"),
	KF_BIT(11, "DEACT_DUAL_MONITOR"),
	KF_BIT(13, "LOAD_IA32_PERF_GLOBAL_CTRL"),
	KF_BIT(14, "LOAD_IA32_PAT"),
	KF_BIT(15, "LOAD_IA32_EFER"),
	KF_BIT(16, "LOAD_BNDCFGS"),
	KF_BIT(17, "PT_CONCEAL_PIP"),
	KF_BIT(18, "LOAD_IA32_RTIT_CTL"),
	KF_BIT(20, "LOAD_CET_STATE"),
	KF_WORDS_END,
};

/* Interruption information, to inject and as it happened */
static const struct kf_nested_word event[] = {
	KF_NUMBER(0xff, UINT64_MAX, "vector="),
	KF_VALUE(0x700, 0x000, "EXT_INTR"),
	KF_VALUE(0x700, 0x200, "NMI_INTR"),
	KF_VALUE(0x700, 0x300, "HARD_EXCEPTION"),
	KF_VALUE(0x700, 0x400, "SOFT_INTR"),
	KF_VALUE(0x700, 0x500, "PRIV_SW_EXCEPTION"),
	KF_VALUE(0x700, 0x600, "SOFT_EXCEPTION"),
	KF_VALUE(0x700, 0x700, "OTHER_EVENT"),
	KF_BIT(11, "DELIVER_CODE"),
	KF_BIT(12, "UNBLOCK_NMI"),
	KF_BIT(31, "VALID"),
	KF_WORDS_END,
};

/* EXIT_REASON_* of arch/x86/include/uapi/asm/vmx.h */
static const struct kf_nested_word exit_reason[] = {
	KF_VALUE(0xffff, 0, "EXCEPTION_NMI"),
	KF_VALUE(0xffff, 1, "EXTERNAL_INTERRUPT"),
	KF_VALUE(0xffff, 2, "TRIPLE_FAULT"),
	KF_VALUE(0xffff, 3, "INIT_SIGNAL"),
	KF_VALUE(0xffff, 4, "SIPI_SIGNAL"),
	KF_VALUE(0xffff, 6, "OTHER_SMI"),
	KF_VALUE(0xffff, 7, "INTERRUPT_WINDOW"),
	KF_VALUE(0xffff, 8, "NMI_WINDOW"),
	KF_VALUE(0xffff, 9, "TASK_SWITCH"),
	KF_VALUE(0xffff, 10, "CPUID"),
	KF_VALUE(0xffff, 12, "HLT"),
	KF_VALUE(0xffff, 13, "INVD"),
	KF_VALUE(0xffff, 14, "INVLPG"),
	KF_VALUE(0xffff, 15, "RDPMC"),
	KF_VALUE(0xffff, 16, "RDTSC"),
	KF_VALUE(0xffff, 18, "VMCALL"),
	KF_VALUE(0xffff, 19, "VMCLEAR"),
	KF_VALUE(0xffff, 20, "VMLAUNCH"),
	KF_VALUE(0xffff, 21, "VMPTRLD"),
	KF_VALUE(0xffff, 22, "VMPTRST"),
	KF_VALUE(0xffff, 23, "VMREAD"),
	KF_VALUE(0xffff, 24, "VMRESUME"),
	KF_VALUE(0xffff, 25, "VMWRITE"),
	KF_VALUE(0xffff, 26, "VMOFF"),
	KF_VALUE(0xffff, 27, "VMON"),
	KF_VALUE(0xffff, 28, "CR_ACCESS"),
	KF_VALUE(0xffff, 29, "DR_ACCESS"),
	KF_VALUE(0xffff, 30, "IO_INSTRUCTION"),
	KF_VALUE(0xffff, 31, "MSR_READ"),
	KF_VALUE(0xffff, 32, "MSR_WRITE"),
	KF_VALUE(0xffff, 33, "INVALID_STATE"),
	KF_VALUE(0xffff, 34, "MSR_LOAD_FAIL"),
	KF_VALUE(0xffff, 36, "MWAIT_INSTRUCTION"),
	KF_VALUE(0xffff, 37, "MONITOR_TRAP_FLAG"),
	KF_VALUE(0xffff, 39, "MONITOR_INSTRUCTION"),
	KF_VALUE(0xffff, 40, "PAUSE_INSTRUCTION"),
	KF_VALUE(0xffff, 41, "MCE_DURING_VMENTRY"),
	KF_VALUE(0xffff, 43, "TPR_BELOW_THRESHOLD"),
	KF_VALUE(0xffff, 44, "APIC_ACCESS"),
	KF_VALUE(0xffff, 45, "EOI_INDUCED"),
	KF_VALUE(0xffff, 46, "GDTR_IDTR"),
	KF_VALUE(0xffff, 47, "LDTR_TR"),
	KF_VALUE(0xffff, 48, "EPT_VIOLATION"),
	KF_VALUE(0xffff, 49, "EPT_MISCONFIG"),
	KF_VALUE(0xffff, 50, "INVEPT"),
	KF_VALUE(0xffff, 51, "RDTSCP"),
	KF_VALUE(0xffff, 52, "PREEMPTION_TIMER"),
	KF_VALUE(0xffff, 53, "INVVPID"),
	KF_VALUE(0xffff, 54, "WBINVD"),
	KF_VALUE(0xffff, 55, "XSETBV"),
	KF_VALUE(0xffff, 56, "APIC_WRITE"),
	KF_VALUE(0xffff, 57, "RDRAND"),
	KF_VALUE(0xffff, 58, "INVPCID"),
	KF_VALUE(0xffff, 59, "VMFUNC"),
	KF_VALUE(0xffff, 60, "ENCLS"),
	KF_VALUE(0xffff, 61, "RDSEED"),
	KF_VALUE(0xffff, 62, "PML_FULL"),
	KF_VALUE(0xffff, 63, "XSAVES"),
	KF_VALUE(0xffff, 64, "XRSTORS"),
	KF_VALUE(0xffff, 67, "UMWAIT"),
	KF_VALUE(0xffff, 68, "TPAUSE"),
	KF_VALUE(0xffff, 74, "BUS_LOCK"),
	KF_VALUE(0xffff, 75, "NOTIFY"),
	KF_VALUE(0xffff, 76, "SEAMCALL"),
	KF_VALUE(0xffff, 77, "TDCALL"),
	KF_VALUE(0xffff, 84, "MSR_READ_IMM"),
	KF_VALUE(0xffff, 85, "MSR_WRITE_IMM"),
	KF_BIT(27, "SGX_ENCLAVE_MODE"),
	KF_BIT(31, "FAILED_VMENTRY"),
	KF_WORDS_END,
};

/* enum vm_instruction_error_number */
static const struct kf_nested_word instruction_error[] = {
	CODE(1, "VMCALL_IN_VMX_ROOT_OPERATION"),
	CODE(2, "VMCLEAR_INVALID_ADDRESS"),
	CODE(3, "VMCLEAR_VMXON_POINTER"),
	CODE(4, "VMLAUNCH_NONCLEAR_VMCS"),
	CODE(5, "VMRESUME_NONLAUNCHED_VMCS"),
	CODE(6, "VMRESUME_AFTER_VMXOFF"),
	CODE(7, "ENTRY_INVALID_CONTROL_FIELD"),
	CODE(8, "ENTRY_INVALID_HOST_STATE_FIELD"),
	CODE(9, "VMPTRLD_INVALID_ADDRESS"),
	CODE(10, "VMPTRLD_VMXON_POINTER"),
	CODE(11, "VMPTRLD_INCORRECT_VMCS_REVISION_ID"),
	CODE(12, "UNSUPPORTED_VMCS_COMPONENT"),
	CODE(13, "VMWRITE_READ_ONLY_VMCS_COMPONENT"),
	CODE(15, "VMXON_IN_VMX_ROOT_OPERATION"),
	CODE(16, "ENTRY_INVALID_EXECUTIVE_VMCS_POINTER"),
	CODE(17, "ENTRY_NONLAUNCHED_EXECUTIVE_VMCS"),
	CODE(18, "ENTRY_EXECUTIVE_VMCS_POINTER_NOT_VMXON_POINTER"),
	CODE(19, "VMCALL_NONCLEAR_VMCS"),
	CODE(20, "VMCALL_INVALID_VM_EXIT_CONTROL_FIELDS"),
	CODE(22, "VMCALL_INCORRECT_MSEG_REVISION_ID"),
	CODE(23, "VMXOFF_UNDER_DUAL_MONITOR_TREATMENT_OF_SMIS_AND_SMM"),
	CODE(24, "VMCALL_INVALID_SMM_MONITOR_FEATURES"),
	CODE(25, "ENTRY_INVALID_VM_EXECUTION_CONTROL_FIELDS_IN_EXECUTIVE_VMCS"),
	CODE(26, "ENTRY_EVENTS_BLOCKED_BY_MOV_SS"),
	CODE(28, "INVALID_OPERAND_TO_INVEPT_INVVPID"),
	KF_WORDS_END,
};

static const struct kf_nested_word access_rights[] = {
	KF_NUMBER(0xf, UINT64_MAX, "type="),
	KF_BIT(4, "S"),
	KF_NUMBER(0x60, UINT64_MAX, "dpl="),
	KF_BIT(7, "P"),
	KF_BIT(12, "AVL"),
	KF_BIT(13, "L"),
	KF_BIT(14, "DB"),
	KF_BIT(15, "G"),
	KF_BIT(16, "UNUSABLE"),
	KF_WORDS_END,
};

static const struct kf_nested_word interruptibility[] = {
	KF_BIT(0, "STI"), KF_BIT(1, "MOV_SS"),	     KF_BIT(2, "SMI"),
	KF_BIT(3, "NMI"), KF_BIT(4, "ENCLAVE_INTR"), KF_WORDS_END,
};

static const struct kf_nested_word activity[] = {
	CODE(0, "ACTIVE"), CODE(1, "HLT"), CODE(2, "SHUTDOWN"), CODE(3, "WAIT_SIPI"), KF_WORDS_END,
};

const struct kf_nested_words kf_nested_vmx_words[] = {
	{ "vmcs12.revision_id", revision },
	{ "vmcs12.abort", vmx_abort },
	{ "vmcs12.launch_state", launch_state },
	{ "vmcs12.ept_pointer", eptp },
	{ "vmcs12.guest_ia32_debugctl", kf_words_debugctl },
	{ "vmcs12.guest_ia32_efer", kf_words_efer },
	{ "vmcs12.guest_bndcfgs", bndcfgs },
	{ "vmcs12.host_ia32_efer", kf_words_efer },
	{ "vmcs12.vm_function_control", vm_function },
	{ "vmcs12.cr0_guest_host_mask", kf_words_cr0 },
	{ "vmcs12.cr4_guest_host_mask", kf_words_cr4 },
	{ "vmcs12.cr0_read_shadow", kf_words_cr0 },
	{ "vmcs12.cr4_read_shadow", kf_words_cr4 },
	{ "vmcs12.guest_cr0", kf_words_cr0 },
	{ "vmcs12.guest_cr4", kf_words_cr4 },
	{ "vmcs12.guest_dr7", kf_words_dr7 },
	{ "vmcs12.guest_rflags", kf_words_rflags },
	{ "vmcs12.guest_pending_dbg_exceptions", pending_debug },
	{ "vmcs12.host_cr0", kf_words_cr0 },
	{ "vmcs12.host_cr4", kf_words_cr4 },
	{ "vmcs12.host_s_cet", kf_words_s_cet },
	{ "vmcs12.guest_s_cet", kf_words_s_cet },
	{ "vmcs12.pin_based_vm_exec_control", pin_controls },
	{ "vmcs12.cpu_based_vm_exec_control", cpu_controls },
	{ "vmcs12.exception_bitmap", kf_words_exceptions },
	{ "vmcs12.vm_exit_controls", exit_controls },
	{ "vmcs12.vm_entry_controls", entry_controls },
	{ "vmcs12.vm_entry_intr_info_field", event },
	{ "vmcs12.secondary_vm_exec_control", secondary_controls },
	{ "vmcs12.vm_instruction_error", instruction_error },
	{ "vmcs12.vm_exit_reason", exit_reason },
	{ "vmcs12.vm_exit_intr_info", event },
	{ "vmcs12.idt_vectoring_info_field", event },
	{ "vmcs12.guest_es_ar_bytes", access_rights },
	{ "vmcs12.guest_cs_ar_bytes", access_rights },
	{ "vmcs12.guest_ss_ar_bytes", access_rights },
	{ "vmcs12.guest_ds_ar_bytes", access_rights },
	{ "vmcs12.guest_fs_ar_bytes", access_rights },
	{ "vmcs12.guest_gs_ar_bytes", access_rights },
	{ "vmcs12.guest_ldtr_ar_bytes", access_rights },
	{ "vmcs12.guest_tr_ar_bytes", access_rights },
	{ "vmcs12.guest_interruptibility_info", interruptibility },
	{ "vmcs12.guest_activity_state", activity },
};

const size_t kf_nested_vmx_words_count = KF_ARRAY_SIZE(kf_nested_vmx_words);
