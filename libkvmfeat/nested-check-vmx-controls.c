// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The judges of nested_check_vm_execution_controls(): pin-based, primary and secondary controls,
 * APIC virtualization, EPT.
 */
#include "nested-check-vmx.h"

/*
 * vmx_control_verify(): the low half of the MSR tells the bits that must be set, the high half
 * those that may be. @always: set in the low half on every vCPU, nested_vmx_setup_*_ctls().
 */
static void control(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding,
		    enum kf_vmx_msr index, uint32_t always)
{
	uint64_t msr;

	if (always & ~finding->value)
		kf_nested_require(finding, false);
	else if (kf_vmx_msr(check, finding, index, &msr))
		kf_nested_require(finding, !((uint32_t)msr & ~finding->value) &&
						   !(finding->value & ~(msr >> 32)));
}

void kf_vmx_pin_controls(const struct kf_nested_check *check,
			 struct kvmfeat_nested_finding *finding)
{
	control(check, finding, KF_VMX_TRUE_PINBASED_CTLS, 0x16);
}

void kf_vmx_primary_controls(const struct kf_nested_check *check,
			     struct kvmfeat_nested_finding *finding)
{
	control(check, finding, KF_VMX_TRUE_PROCBASED_CTLS, 0x4006172);
}

void kf_vmx_secondary_controls(const struct kf_nested_check *check,
			       struct kvmfeat_nested_finding *finding)
{
	control(check, finding, KF_VMX_PROCBASED_CTLS2, 0);
}

void kf_vmx_exit_controls(const struct kf_nested_check *check,
			  struct kvmfeat_nested_finding *finding)
{
	control(check, finding, KF_VMX_TRUE_EXIT_CTLS, 0x36dfb);
}

void kf_vmx_entry_controls(const struct kf_nested_check *check,
			   struct kvmfeat_nested_finding *finding)
{
	control(check, finding, KF_VMX_TRUE_ENTRY_CTLS, 0x11fb);
}

void kf_vmx_cr3_targets(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	const uint64_t most = 0x1ff; /* of the field of the MSR */
	uint64_t misc;

	if (finding->value > most)
		kf_nested_require(finding, false);
	else if (finding->value && kf_vmx_msr(check, finding, KF_VMX_MISC, &misc))
		kf_nested_require(finding, finding->value <= (misc >> 16 & most));
}

/* Judges of what one control wants of others; finding->value is the control that is lacking */

void kf_vmx_wants_intr_exiting(const struct kf_nested_check *check,
			       struct kvmfeat_nested_finding *finding)
{
	kf_nested_require(finding, kf_vmx_pin(check, KF_PIN_INTR_EXITING));
}

void kf_vmx_wants_nmi_exiting(const struct kf_nested_check *check,
			      struct kvmfeat_nested_finding *finding)
{
	kf_nested_require(finding, kf_vmx_pin(check, KF_PIN_NMI_EXITING));
}

void kf_vmx_wants_virtual_nmis(const struct kf_nested_check *check,
			       struct kvmfeat_nested_finding *finding)
{
	kf_nested_require(finding, kf_vmx_pin(check, KF_PIN_VIRTUAL_NMIS));
}

void kf_vmx_wants_preemption_timer(const struct kf_nested_check *check,
				   struct kvmfeat_nested_finding *finding)
{
	kf_nested_require(finding, kf_vmx_pin(check, KF_PIN_PREEMPTION_TIMER));
}

void kf_vmx_wants_tpr_shadow(const struct kf_nested_check *check,
			     struct kvmfeat_nested_finding *finding)
{
	kf_nested_require(finding, kf_vmx_primary(check, KF_PRIMARY_TPR_SHADOW));
}

void kf_vmx_wants_no_apic_access(const struct kf_nested_check *check,
				 struct kvmfeat_nested_finding *finding)
{
	kf_nested_require(finding, !kf_vmx_secondary(check, KF_SECONDARY_APIC_ACCESSES));
}

void kf_vmx_wants_vid(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	kf_nested_require(finding, kf_vmx_secondary(check, KF_SECONDARY_VIRT_INTR_DELIVERY));
}

void kf_vmx_wants_ept(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	kf_nested_require(finding, kf_vmx_secondary(check, KF_SECONDARY_EPT));
}

void kf_vmx_wants_ack_intr(const struct kf_nested_check *check,
			   struct kvmfeat_nested_finding *finding)
{
	kf_nested_require(finding, kf_vmx_exit(check, KF_EXIT_ACK_INTR));
}

/* APIC virtualization */

bool kf_vmx_apicv(const struct kf_nested_check *check, uint32_t bits)
{
	(void)bits;
	return kf_vmx_secondary(check, KF_SECONDARY_X2APIC_MODE) ||
	       kf_vmx_secondary(check, KF_SECONDARY_APIC_REGISTER_VIRT) ||
	       kf_vmx_secondary(check, KF_SECONDARY_VIRT_INTR_DELIVERY) ||
	       kf_vmx_pin(check, KF_PIN_POSTED_INTR);
}

void kf_vmx_tpr_threshold(const struct kf_nested_check *check,
			  struct kvmfeat_nested_finding *finding)
{
	kf_nested_require(finding, kf_vmx_secondary(check, KF_SECONDARY_VIRT_INTR_DELIVERY) ||
					   !(finding->value >> 4));
}

void kf_vmx_posted_vector(const struct kf_nested_check *check,
			  struct kvmfeat_nested_finding *finding)
{
	(void)check;
	kf_nested_require(finding, !(finding->value >> 8));
}

void kf_vmx_posted_descriptor(const struct kf_nested_check *check,
			      struct kvmfeat_nested_finding *finding)
{
	kf_vmx_require_gpa(check, finding, finding->value, 64);
}

/* nested_vmx_check_eptp(): memory type, levels of the walk, address, accessed and dirty bits */

void kf_vmx_ept_type(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	const uint64_t uncacheable = 1 << 8, write_back = 1 << 14;
	uint64_t type = finding->value & 7;
	uint64_t caps;

	if (type != 0 && type != 6)
		kf_nested_require(finding, false);
	else if (kf_vmx_msr(check, finding, KF_VMX_EPT_VPID_CAP, &caps))
		kf_nested_require(finding, caps & (type ? write_back : uncacheable));
}

void kf_vmx_ept_levels(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	const uint64_t four = 1 << 6, five = 1 << 7;
	uint64_t levels = (finding->value >> 3 & 7) + 1;
	uint64_t caps;

	if (levels != 4 && levels != 5)
		kf_nested_require(finding, false);
	else if (kf_vmx_msr(check, finding, KF_VMX_EPT_VPID_CAP, &caps))
		kf_nested_require(finding, caps & (levels == 4 ? four : five));
}

void kf_vmx_ept_address(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	const uint64_t reserved = 0xf80;

	if (finding->value & reserved)
		kf_nested_require(finding, false);
	else
		kf_vmx_require_gpa(check, finding, finding->value, 1);
}

void kf_vmx_ept_accessed(const struct kf_nested_check *check,
			 struct kvmfeat_nested_finding *finding)
{
	const uint64_t accessed = 1 << 6, offered = 1 << 21;
	uint64_t caps;

	if ((finding->value & accessed) && kf_vmx_msr(check, finding, KF_VMX_EPT_VPID_CAP, &caps))
		kf_nested_require(finding, caps & offered);
}

/* VM functions */

bool kf_vmx_eptp_switching(const struct kf_nested_check *check, uint32_t bits)
{
	(void)bits;
	return kf_vmx_secondary(check, KF_SECONDARY_VMFUNC) &&
	       (KF_VMCS12(check, vm_function_control) & KF_VMFUNC_EPTP_SWITCHING);
}

void kf_vmx_vm_functions(const struct kf_nested_check *check,
			 struct kvmfeat_nested_finding *finding)
{
	uint64_t functions;

	if (finding->value && kf_vmx_msr(check, finding, KF_VMX_VMFUNC, &functions))
		kf_nested_require(finding, !(finding->value & ~functions));
}
