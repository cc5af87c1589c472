/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scenes for the rules of VM-exit and VM-entry controls, of events and the enlightened VMCS. */
#include "nested-vmx-scenes.h"

#define LIST_END UINT64_C(0xffffffffff)
/* An MSR list, by the rules for its length and for its place. */
#define LIST(count_rule, list_rule, count, list)                                                   \
	REFUSED(count_rule, V(count, 1025)),                                                       \
		REFUSED(count_rule, V(count, 4097), T("no-msr", 0x485)),                           \
		REFUSED(count_rule, V(count, 513), T("msr.485", 0)),                               \
		REFUSED(count_rule, V(count, 4097), T("msr.485", 7 << 25)),                        \
		LACKS(count_rule, "IA32_VMX_MISC", V(count, 513), T("no-msr", 0x485)),             \
		LACKS(count_rule, "IA32_VMX_MISC", V(count, 4096), T("no-msr", 0x485)),            \
		TAKEN(V(count, 1024)), TAKEN(V(count, 512), T("no-msr", 0x485)),                   \
		TAKEN(V(count, 4096), T("msr.485", 7 << 25)),                                      \
		REFUSED(list_rule, V(count, 1), V(list, 0x1008)),                                  \
		REFUSED(list_rule, V(count, 2), V(list, LIST_END - 0xf)),                          \
		REFUSED(list_rule, V(count, 1), V(list, LIST_END + 1)),                            \
		REFUSED(list_rule, V(count, 2), V(list, 0xffffffffffff0), UNKNOWN(MAXPHYADDR)),    \
		LACKS(list_rule, "MAXPHYADDR", V(count, 2), V(list, 0xfffffff0),                   \
		      UNKNOWN(MAXPHYADDR)),                                                        \
		TAKEN(V(count, 1), V(list, LIST_END - 0xf)),                                       \
		TAKEN(V(count, 1), V(list, 0xfffffff0), UNKNOWN(MAXPHYADDR)),                      \
		TAKEN(V(list, LIST_END + 2))

#define EVENT(info) V(vm_entry_intr_info_field, 0x80000000 | (info))
/* A guest without protection: it is unrestricted. */
#define REAL_MODE                                                                                  \
	SECONDARY(0x82), V(ept_pointer, 0x101e), V(guest_cr0, 0x20), V(vm_entry_controls, ENTRY_32)
#define EVMCS T("evmcs", true)

static const struct scene entry_scenes[] = {
	REFUSED("exit-controls", V(vm_exit_controls, 0x36ff9)),
	REFUSED("exit-controls", V(vm_exit_controls, 0x200), T("no-msr", 0x48f)),
	REFUSED("exit-controls", EXIT(1 << 18), T("msr.48f", UINT64_C(0x36fff) << 32 | EXIT_32)),
	LACKS("exit-controls", "IA32_VMX_TRUE_EXIT_CTLS", T("no-msr", 0x48f)),
	TAKEN(EXIT(1 << 18)),
	REFUSED("entry-controls", V(vm_entry_controls, 0x13f3)),
	REFUSED("entry-controls", V(vm_entry_controls, 0x200), T("no-msr", 0x490)),
	REFUSED("entry-controls", ENTRY(1 << 17), T("msr.490", UINT64_C(0x13ff) << 32 | ENTRY_32)),
	LACKS("entry-controls", "IA32_VMX_TRUE_ENTRY_CTLS", T("no-msr", 0x490)),
	TAKEN(ENTRY(1 << 17)),

	LIST("exit-load-count", "exit-load-list", vm_exit_msr_load_count, vm_exit_msr_load_addr),
	LIST("exit-store-count", "exit-store-list", vm_exit_msr_store_count,
	     vm_exit_msr_store_addr),
	LIST("entry-load-count", "entry-load-list", vm_entry_msr_load_count,
	     vm_entry_msr_load_addr),

	REFUSED("event-type", EVENT(0x100)),
	TAKEN(EVENT(0x0ff)),
	TAKEN(V(vm_entry_intr_info_field, 0x7fffffff)),
	REFUSED("event-monitor-trap", EVENT(0x700),
		T("msr.48e", UINT64_C(0xf7ffffff) << 32 | PRIMARY_BASE)),
	TAKEN(EVENT(0x700)),
	REFUSED("event-nmi-vector", EVENT(0x203)),
	REFUSED("event-nmi-vector", EVENT(0x201)),
	TAKEN(EVENT(0x202)),
	REFUSED("event-exception-vector", EVENT(0x320)),
	REFUSED("event-exception-vector", EVENT(0x32d)),
	REFUSED("event-exception-vector", EVENT(0x380)),
	TAKEN(EVENT(0x31f)),
	REFUSED("event-other-vector", EVENT(0x701)),

	REFUSED("event-no-error-code", EVENT(0x80e)),
	REFUSED("event-no-error-code", EVENT(0xa02)),
	REFUSED("event-no-error-code", EVENT(0xb0e), REAL_MODE),
	TAKEN(EVENT(0x30e), REAL_MODE),
	TAKEN(EVENT(0xb0e)),
	TAKEN(EVENT(0xb0e), SECONDARY(0x82), V(ept_pointer, 0x101e)),
	REFUSED("event-error-code", EVENT(0x30e)),
	REFUSED("event-error-code", EVENT(0x311)),
	REFUSED("event-error-code", EVENT(0xb00)),
	REFUSED("event-error-code", EVENT(0xb09)),
	REFUSED("event-error-code", EVENT(0xb12)),
	REFUSED("event-error-code", EVENT(0xb1f)),
	REFUSED("event-error-code", EVENT(0x308), SECONDARY(0x82), V(ept_pointer, 0x101e)),
	LACKS("event-error-code", "IA32_VMX_BASIC", EVENT(0xb00), T("no-msr", 0x480)),
	TAKEN(EVENT(0xb00), T("msr.480", UINT64_C(1) << 56)),
	TAKEN(EVENT(0x30e), T("msr.480", UINT64_C(1) << 56)),
	TAKEN(EVENT(0xb08), T("no-msr", 0x480)),
	TAKEN(EVENT(0xb0a)),
	TAKEN(EVENT(0xb0b)),
	TAKEN(EVENT(0xb0c)),
	TAKEN(EVENT(0xb0d)),
	TAKEN(EVENT(0xb11)),
	TAKEN(EVENT(0x300)),
	TAKEN(EVENT(0x30f)),
	REFUSED("error-code", EVENT(0xb0e), V(vm_entry_exception_error_code, 0x10000)),
	TAKEN(EVENT(0xb0e), V(vm_entry_exception_error_code, 0xffff)),
	TAKEN(EVENT(0x300), V(vm_entry_exception_error_code, 0x10000)),
	REFUSED("event-reserved", EVENT(0x1000)),
	REFUSED("event-reserved", EVENT(0x40000000)),
	REFUSED("instruction-length", EVENT(0x480), V(vm_entry_instruction_len, 16)),
	REFUSED("instruction-length", EVENT(0x501), V(vm_entry_instruction_len, 0)),
	REFUSED("instruction-length", EVENT(0x603), V(vm_entry_instruction_len, 16),
		T("no-msr", 0x485)),
	LACKS("instruction-length", "IA32_VMX_MISC", EVENT(0x603), T("no-msr", 0x485)),
	TAKEN(EVENT(0x480), V(vm_entry_instruction_len, 15)),
	TAKEN(EVENT(0x501), V(vm_entry_instruction_len, 1)),
	TAKEN(EVENT(0x603), T("msr.485", 1 << 30)),
	TAKEN(EVENT(0x300), V(vm_entry_instruction_len, 16)),

	REFUSED("evmcs-pin-controls", EVMCS, PIN(0x40)),
	REFUSED("evmcs-primary-controls", EVMCS, PRIMARY(1 << 17)),
	REFUSED("evmcs-secondary-controls", EVMCS, V(secondary_vm_exec_control, 1 << 25)),
	REFUSED("evmcs-secondary-controls", EVMCS, V(secondary_vm_exec_control, 1 << 9)),
	REFUSED("evmcs-exit-controls", EVMCS, EXIT(1 << 26)),
	REFUSED("evmcs-entry-controls", EVMCS, ENTRY(1 << 10)),
	REFUSED("evmcs-vm-functions", EVMCS, V(vm_function_control, 1)),
	REFUSED("evmcs-vm-functions", EVMCS, V(vm_function_control, UINT64_C(1) << 32)),
	LACKS("evmcs-pin-controls", "KVM_CAP_HYPERV_ENLIGHTENED_VMCS", PIN(0x40), UNKNOWN(EVMCS)),
	TAKEN(EVMCS, PIN(0x29), PRIMARY(0xfff9fffeu & ~(1u << 31 | TPR | 1 << 22)),
	      V(secondary_vm_exec_control, 0xc55998fe), V(vm_exit_controls, 0x3bfffff & ~0x200000),
	      ENTRY(1 << 18)),
	TAKEN(EVMCS, PIN(0x40), T("cpuid.40000001.0.eax", 0)),
	TAKEN(UNKNOWN(EVMCS), PIN(0x40), T("cpuid.40000001.0.eax", 0)),
	TAKEN(PIN(0x40), V(secondary_vm_exec_control, 1 << 9), V(vm_function_control, 1)),
};
