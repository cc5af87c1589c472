// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The judges of nested_check_vm_exit_controls(), nested_check_vm_entry_controls() and
 * nested_evmcs_check_controls(): MSR lists, event injection, what an enlightened VMCS lacks.
 */
#include "nested-check-vmx.h"

/* VM-entry interruption information */
enum {
	EVENT_VECTOR = 0xff,
	EVENT_HAS_ERROR_CODE = 0x800,
	EVENT_RESERVED = 0x7ffff000,
};

/* MSR lists: nested_vmx_check_msr_switch() */

void kf_vmx_msr_count(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	const uint64_t step = 512, fewest = step, most = 8 * step;
	uint64_t misc;

	if (finding->value > most)
		kf_nested_require(finding, false);
	else if (finding->value > fewest && kf_vmx_msr(check, finding, KF_VMX_MISC, &misc))
		kf_nested_require(finding, finding->value <= ((misc >> 25 & 7) + 1) * step);
}

/* Both ends of a list are below MAXPHYADDR when no bit of either is above it. */
static void msr_list(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding,
		     uint64_t count)
{
	const uint64_t entry = 16;
	uint64_t first = finding->value;
	uint64_t last = first + (count - 1) * entry;

	if (count)
		kf_vmx_require_gpa(check, finding, first | last, entry);
}

void kf_vmx_exit_load_list(const struct kf_nested_check *check,
			   struct kvmfeat_nested_finding *finding)
{
	msr_list(check, finding, KF_VMCS12(check, vm_exit_msr_load_count));
}

void kf_vmx_exit_store_list(const struct kf_nested_check *check,
			    struct kvmfeat_nested_finding *finding)
{
	msr_list(check, finding, KF_VMCS12(check, vm_exit_msr_store_count));
}

void kf_vmx_entry_load_list(const struct kf_nested_check *check,
			    struct kvmfeat_nested_finding *finding)
{
	msr_list(check, finding, KF_VMCS12(check, vm_entry_msr_load_count));
}

/* Event injection */

static uint32_t event(const struct kf_nested_check *check)
{
	return (uint32_t)KF_VMCS12(check, vm_entry_intr_info_field);
}

/* @bits: 1 << type */
bool kf_vmx_event(const struct kf_nested_check *check, uint32_t bits)
{
	uint32_t info = kf_vmx_enters(check, bits) ? event(check) : 0;

	return (info & KF_EVENT_VALID) && (bits >> (info >> 8 & 7) & 1);
}

void kf_vmx_event_type(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	kf_nested_require(finding, !kf_vmx_event(check, KF_EVENT_RESERVED));
}

void kf_vmx_event_monitor_trap(const struct kf_nested_check *check,
			       struct kvmfeat_nested_finding *finding)
{
	uint64_t msr;

	if (kf_vmx_msr(check, finding, KF_VMX_TRUE_PROCBASED_CTLS, &msr))
		kf_nested_require(finding, msr >> 32 & KF_PRIMARY_MONITOR_TRAP_FLAG);
}

void kf_vmx_event_nmi_vector(const struct kf_nested_check *check,
			     struct kvmfeat_nested_finding *finding)
{
	(void)check;
	kf_nested_require(finding, (finding->value & EVENT_VECTOR) == 2);
}

void kf_vmx_event_exception_vector(const struct kf_nested_check *check,
				   struct kvmfeat_nested_finding *finding)
{
	(void)check;
	kf_nested_require(finding, (finding->value & EVENT_VECTOR) <= 31);
}

void kf_vmx_event_other_vector(const struct kf_nested_check *check,
			       struct kvmfeat_nested_finding *finding)
{
	(void)check;
	kf_nested_require(finding, !(finding->value & EVENT_VECTOR));
}

/* A hardware exception in protected mode: all that may have an error code. */
static bool may_have_error_code(const struct kf_nested_check *check)
{
	bool protected = !kf_vmx_secondary(check, KF_SECONDARY_UNRESTRICTED_GUEST) ||
			 (KF_VMCS12(check, guest_cr0) & KF_CR0_PE);

	return protected && kf_vmx_event(check, KF_EVENT_EXCEPTION);
}

void kf_vmx_event_no_error_code(const struct kf_nested_check *check,
				struct kvmfeat_nested_finding *finding)
{
	kf_nested_require(finding,
			  may_have_error_code(check) || !(finding->value & EVENT_HAS_ERROR_CODE));
}

/* x86_exception_has_error_code(): #DF, #TS, #NP, #SS, #GP, #PF, #AC */
void kf_vmx_event_error_code(const struct kf_nested_check *check,
			     struct kvmfeat_nested_finding *finding)
{
	const uint32_t with_code =
		1 << 8 | 1 << 10 | 1 << 11 | 1 << 12 | 1 << 13 | 1 << 14 | 1 << 17;
	const uint64_t any_allowed = UINT64_C(1) << 56;
	uint32_t vector = finding->value & EVENT_VECTOR;
	bool has = finding->value & EVENT_HAS_ERROR_CODE;
	uint64_t basic;

	if (!may_have_error_code(check) || vector > 31 || has == (with_code >> vector & 1))
		return;
	if (kf_vmx_msr(check, finding, KF_VMX_BASIC, &basic))
		kf_nested_require(finding, basic & any_allowed);
}

void kf_vmx_error_code(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	kf_nested_require(finding,
			  !(event(check) & EVENT_HAS_ERROR_CODE) || !(finding->value >> 16));
}

void kf_vmx_event_reserved(const struct kf_nested_check *check,
			   struct kvmfeat_nested_finding *finding)
{
	(void)check;
	kf_nested_require(finding, !(finding->value & EVENT_RESERVED));
}

void kf_vmx_instruction_length(const struct kf_nested_check *check,
			       struct kvmfeat_nested_finding *finding)
{
	const uint64_t zero_allowed = 1 << 30;
	uint64_t misc;

	if (finding->value > 15)
		kf_nested_require(finding, false);
	else if (!finding->value && kf_vmx_msr(check, finding, KF_VMX_MISC, &misc))
		kf_nested_require(finding, misc & zero_allowed);
}

/* Enlightened VMCS: guest_cpu_cap_has_evmcs(), and EVMCS1_SUPPORTED_* of vmx/hyperv_evmcs.h */

static void evmcs(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding,
		  uint64_t supported)
{
	const uint32_t hyperv = 0x31237648; /* "Hv#1" */
	uint32_t known = check->target.known;

	if (!(finding->value & ~supported) ||
	    ((known & KVMFEAT_NESTED_KNOW_EVMCS) && !check->target.evmcs) ||
	    ((known & KVMFEAT_NESTED_KNOW_CPUID) &&
	     kf_nested_cpuid(check, 0x40000001, 0).eax != hyperv))
		return;
	if (kf_nested_knows(check, finding, KVMFEAT_NESTED_KNOW_EVMCS | KVMFEAT_NESTED_KNOW_CPUID))
		kf_nested_require(finding, false);
}

void kf_vmx_evmcs_pin(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	evmcs(check, finding, 0x3f);
}

void kf_vmx_evmcs_primary(const struct kf_nested_check *check,
			  struct kvmfeat_nested_finding *finding)
{
	evmcs(check, finding, 0xfff9fffe);
}

void kf_vmx_evmcs_secondary(const struct kf_nested_check *check,
			    struct kvmfeat_nested_finding *finding)
{
	evmcs(check, finding, 0xc55998fe);
}

void kf_vmx_evmcs_exit(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	evmcs(check, finding, 0x3bfffff);
}

void kf_vmx_evmcs_entry(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	evmcs(check, finding, 0x7f3ff);
}

void kf_vmx_evmcs_vm_functions(const struct kf_nested_check *check,
			       struct kvmfeat_nested_finding *finding)
{
	evmcs(check, finding, 0);
}
