/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scenes for the rules of the VM-execution controls. */
#include "nested-vmx-scenes.h"

/* Above every MAXPHYADDR that a vCPU may have without being told, and just too high. */
#define HIGH UINT64_C(0x100000000)
#define TOO_HIGH UINT64_C(0x10000000000)
#define ALLOW(bits) (UINT64_C(1) * (bits) << 32)

/* A page whose address is looked at with the controls @... */
#define PAGE(rule, field, ...)                                                                     \
	REFUSED(rule, V(field, 0x1004), __VA_ARGS__),                                              \
		REFUSED(rule, V(field, TOO_HIGH), __VA_ARGS__),                                    \
		REFUSED(rule, V(field, 0x800), __VA_ARGS__, UNKNOWN(MAXPHYADDR)),                  \
		LACKS(rule, "MAXPHYADDR", V(field, HIGH), __VA_ARGS__, UNKNOWN(MAXPHYADDR)),       \
		TAKEN(V(field, TOO_HIGH - 0x1000), __VA_ARGS__),                                   \
		TAKEN(V(field, HIGH - 0x1000), __VA_ARGS__, UNKNOWN(MAXPHYADDR)),                  \
		TAKEN(V(field, 0x1004))

#define APIC_PAGE V(virtual_apic_page_addr, 0x9000)
#define TPR (1u << 21)
/* Posted interrupts with all that they want. */
#define POSTED_SECONDARY                                                                           \
	V(cpu_based_vm_exec_control, SECONDARY_ON | TPR), V(secondary_vm_exec_control, 1 << 9)
#define POSTED PIN(0x81), POSTED_SECONDARY, EXIT(0x8000)
#define EPT (1u << 1)
#define EPTP(value) SECONDARY(EPT), V(ept_pointer, value)

static const struct scene control_scenes[] = {
	REFUSED("pin-controls", V(pin_based_vm_exec_control, 0x14)),
	REFUSED("pin-controls", V(pin_based_vm_exec_control, 0x14), T("no-msr", 0x48d)),
	REFUSED("pin-controls", PIN(0x1), T("msr.48d", ALLOW(0xfffffffe) | PIN_BASE)),
	REFUSED("pin-controls", T("msr.48d", ALLOW(0xffffffff) | PIN_BASE | 1)),
	LACKS("pin-controls", "IA32_VMX_TRUE_PINBASED_CTLS", T("no-msr", 0x48d)),
	TAKEN(PIN(0x1)),
	TAKEN(PIN(0x1), T("msr.48d", ALLOW(PIN_BASE | 1) | PIN_BASE | 1)),

	REFUSED("primary-controls", V(cpu_based_vm_exec_control, PRIMARY_BASE & ~0x2)),
	REFUSED("primary-controls", V(cpu_based_vm_exec_control, 0), T("no-msr", 0x48e)),
	REFUSED("primary-controls", PRIMARY(1 << 7),
		T("msr.48e", ALLOW(PRIMARY_BASE) | PRIMARY_BASE)),
	LACKS("primary-controls", "IA32_VMX_TRUE_PROCBASED_CTLS", T("no-msr", 0x48e)),
	TAKEN(PRIMARY(1 << 7)),

	REFUSED("secondary-controls", SECONDARY(1 << 3), T("msr.48b", ALLOW(1 << 2))),
	REFUSED("secondary-controls", SECONDARY(1 << 3), T("msr.48b", ALLOW(0xff) | 1 << 2)),
	LACKS("secondary-controls", "IA32_VMX_PROCBASED_CTLS2", SECONDARY(0), T("no-msr", 0x48b)),
	TAKEN(SECONDARY(1 << 3)),
	TAKEN(V(secondary_vm_exec_control, 1 << 3), T("msr.48b", 0)),
	TAKEN(V(secondary_vm_exec_control, 1 << 3), T("no-msr", 0x48b)),

	REFUSED("cr3-target-count", V(cr3_target_count, 5)),
	REFUSED("cr3-target-count", V(cr3_target_count, 512), T("no-msr", 0x485)),
	REFUSED("cr3-target-count", V(cr3_target_count, 512), T("msr.485", 0x1ff << 16)),
	LACKS("cr3-target-count", "IA32_VMX_MISC", V(cr3_target_count, 1), T("no-msr", 0x485)),
	LACKS("cr3-target-count", "IA32_VMX_MISC", V(cr3_target_count, 511), T("no-msr", 0x485)),
	TAKEN(V(cr3_target_count, 4)),
	TAKEN(T("no-msr", 0x485)),

	PAGE("io-bitmap-a", io_bitmap_a, PRIMARY(1 << 25)),
	PAGE("io-bitmap-b", io_bitmap_b, PRIMARY(1 << 25)),
	PAGE("msr-bitmap", msr_bitmap, PRIMARY(1 << 28)),
	PAGE("virtual-apic-page", virtual_apic_page_addr, PRIMARY(TPR)),
	PAGE("apic-access-page", apic_access_addr, SECONDARY(1 << 0)),
	PAGE("pml-address", pml_address, SECONDARY(EPT | 1 << 17), V(ept_pointer, 0x101e)),
	PAGE("vmread-bitmap", vmread_bitmap, SECONDARY(1 << 14)),
	PAGE("vmwrite-bitmap", vmwrite_bitmap, SECONDARY(1 << 14)),
	PAGE("eptp-list", eptp_list_address, SECONDARY(EPT | 1 << 13), V(ept_pointer, 0x101e),
	     V(vm_function_control, 1)),

	REFUSED("tpr-threshold", PRIMARY(TPR), APIC_PAGE, V(tpr_threshold, 16)),
	REFUSED("tpr-threshold", PRIMARY(TPR), APIC_PAGE, V(tpr_threshold, 0x80000000)),
	TAKEN(PRIMARY(TPR), APIC_PAGE, V(tpr_threshold, 15)),
	TAKEN(PIN(1), POSTED_SECONDARY, V(tpr_threshold, 16)),
	TAKEN(V(tpr_threshold, 16)),

	REFUSED("x2apic-mode", V(cpu_based_vm_exec_control, SECONDARY_ON | TPR),
		V(secondary_vm_exec_control, 0x11)),
	TAKEN(V(cpu_based_vm_exec_control, SECONDARY_ON | TPR), V(secondary_vm_exec_control, 0x10)),
	REFUSED("virtual-interrupts", POSTED_SECONDARY),
	TAKEN(PIN(1), POSTED_SECONDARY),
	REFUSED("posted-delivery", PIN(0x81), EXIT(0x8000),
		V(cpu_based_vm_exec_control, PRIMARY_BASE | TPR)),
	REFUSED("posted-acknowledge", PIN(0x81), POSTED_SECONDARY),
	REFUSED("posted-vector", POSTED, V(posted_intr_nv, 0x100)),
	REFUSED("posted-vector", POSTED, V(posted_intr_nv, 0x8000)),
	TAKEN(POSTED, V(posted_intr_nv, 0xff)),
	TAKEN(V(posted_intr_nv, 0x100)),
	REFUSED("posted-descriptor", POSTED, V(posted_intr_desc_addr, 0x20)),
	REFUSED("posted-descriptor", POSTED, V(posted_intr_desc_addr, TOO_HIGH)),
	LACKS("posted-descriptor", "MAXPHYADDR", POSTED, V(posted_intr_desc_addr, HIGH),
	      UNKNOWN(MAXPHYADDR)),
	TAKEN(POSTED, V(posted_intr_desc_addr, TOO_HIGH - 0x40)),
	REFUSED("apicv-tpr-shadow", SECONDARY(1 << 4)),
	REFUSED("apicv-tpr-shadow", SECONDARY(1 << 8)),
	REFUSED("apicv-tpr-shadow", PIN(1), SECONDARY(1 << 9)),
	REFUSED("apicv-tpr-shadow", PIN(0x81), SECONDARY(1 << 9), EXIT(0x8000)),

	REFUSED("virtual-nmis", PIN(0x20)),
	TAKEN(PIN(0x28)),
	REFUSED("nmi-window", PRIMARY(1 << 22), PIN(0x8)),
	TAKEN(PRIMARY(1 << 22), PIN(0x28)),

	REFUSED("pml-ept", SECONDARY(1 << 17)),
	REFUSED("unrestricted-guest", SECONDARY(1 << 7)),
	TAKEN(SECONDARY(EPT | 1 << 7), V(ept_pointer, 0x101e)),
	REFUSED("mode-based-execute", SECONDARY(1 << 22)),
	TAKEN(SECONDARY(EPT | 1 << 22), V(ept_pointer, 0x101e)),
	REFUSED("vpid", SECONDARY(1 << 5)),
	TAKEN(SECONDARY(1 << 5), V(virtual_processor_id, 1)),
	REFUSED("save-preemption-timer", EXIT(1 << 22)),
	TAKEN(EXIT(1 << 22), PIN(0x40)),

	REFUSED("ept-memory-type", EPTP(0x1019)),
	REFUSED("ept-memory-type", EPTP(0x1018)),
	TAKEN(EPTP(0x101e)),
	TAKEN(EPTP(0x1018), T("msr.48c", 1 << 6 | 1 << 8)),
	REFUSED("ept-memory-type", EPTP(0x101e), T("msr.48c", 1 << 6 | 1 << 8)),
	REFUSED("ept-levels", EPTP(0x1026)),
	REFUSED("ept-levels", EPTP(0x1016)),
	REFUSED("ept-levels", EPTP(0x101e), T("msr.48c", 1 << 7 | 1 << 14)),
	TAKEN(EPTP(0x1026), T("msr.48c", 1 << 7 | 1 << 14)),
	REFUSED("ept-pointer", EPTP(0x109e)),
	REFUSED("ept-pointer", EPTP(0x181e)),
	REFUSED("ept-pointer", EPTP(TOO_HIGH | 0x1e)),
	LACKS("ept-pointer", "MAXPHYADDR", EPTP(HIGH | 0x1e), UNKNOWN(MAXPHYADDR)),
	TAKEN(EPTP(0xfffffff01e)),
	REFUSED("ept-accessed-dirty", EPTP(0x105e), T("msr.48c", 1 << 6 | 1 << 14)),
	TAKEN(EPTP(0x105e)),
	TAKEN(V(ept_pointer, 0x105e), T("msr.48c", 1 << 6 | 1 << 14)),
	TAKEN(V(ept_pointer, UINT64_MAX)),

	REFUSED("vm-functions", SECONDARY(1 << 13), V(vm_function_control, 2)),
	REFUSED("vm-functions", SECONDARY(1 << 13), V(vm_function_control, UINT64_C(1) << 63)),
	LACKS("vm-functions", "IA32_VMX_VMFUNC", SECONDARY(1 << 13), V(vm_function_control, 2),
	      T("no-msr", 0x491)),
	TAKEN(SECONDARY(1 << 13), T("no-msr", 0x491)),
	REFUSED("eptp-switching", SECONDARY(1 << 13), V(vm_function_control, 1)),
	REFUSED("tsc-multiplier", SECONDARY(1 << 25)),
	TAKEN(SECONDARY(1 << 25), V(tsc_multiplier, 1)),
};
