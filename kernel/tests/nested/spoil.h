/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One table of spoilt VMCBs for both doors: each makes exactly one of KVM's checks fail,
 * whether the VMCB comes by KVM_SET_NESTED_STATE or by VMRUN.
 */
#ifndef KVMFEAT_TESTS_NESTED_SPOIL_H
#define KVMFEAT_TESTS_NESTED_SPOIL_H

#include "nested.h"

/* A field becomes (field & ~clear) | set, or an address @below the first illegal one. */
struct spoil_edit {
	unsigned int at, bytes;
	u64 clear, set;
	bool address;
	u64 below;
};

struct spoil {
	const char *what;
	struct spoil_edit edit[2];
};

#define SPOIL_FIELD(f) .at = offsetof(struct vmcb, f), .bytes = sizeof(((struct vmcb *)0)->f)
#define SPOIL_BITS(f, c, s)                                                                        \
	{                                                                                          \
		SPOIL_FIELD(f), .clear = (c), .set = (s)                                           \
	}
#define SPOIL_ADDRESS(f, b)                                                                        \
	{                                                                                          \
		SPOIL_FIELD(f), .address = true, .below = (b)                                      \
	}
#define SPOIL_EVENT(e) SPOIL_BITS(control.event_inj, ~0U, (u32)SVM_EVTINJ_VALID | (e))
#define SPOIL_EXCEPTION(vector) SPOIL_EVENT(SVM_EVTINJ_TYPE_EXEPT | (vector))

#define V_NMI_ENABLE BIT(26)

static const struct spoil spoils[] = {
	{ "a missing VMRUN intercept",
	  { SPOIL_BITS(control.intercept, BIT_ULL(INTERCEPT_VMRUN), 0) } },
	{ "ASID 0", { SPOIL_BITS(control.asid, ~0U, 0) } },
	{ "a nested CR3 above the physical addresses", { SPOIL_ADDRESS(control.nested_cr3, 0) } },
	{ "an MSR bitmap above the physical addresses",
	  { SPOIL_ADDRESS(control.msrpm_base_pa, 0) } },
	{ "an MSR bitmap whose second page is above them",
	  { SPOIL_ADDRESS(control.msrpm_base_pa, PAGE_SIZE) } },
	{ "an I/O bitmap above the physical addresses",
	  { SPOIL_ADDRESS(control.iopm_base_pa, 0) } },
	{ "an I/O bitmap whose third page is above them",
	  { SPOIL_ADDRESS(control.iopm_base_pa, 2 * PAGE_SIZE) } },
	{ "virtual NMIs without the NMI intercept",
	  { SPOIL_BITS(control.int_ctl, 0, V_NMI_ENABLE) } },
	{ "an event of type 1", { SPOIL_EVENT(1 << SVM_EVTINJ_TYPE_SHIFT) } },
	{ "an event of type 5", { SPOIL_EVENT(5 << SVM_EVTINJ_TYPE_SHIFT) } },
	{ "an event of type 7", { SPOIL_EVENT(7 << SVM_EVTINJ_TYPE_SHIFT) } },
	{ "exception 2, which is the NMI", { SPOIL_EXCEPTION(NMI_VECTOR) } },
	{ "exception 9, which no CPU has any more", { SPOIL_EXCEPTION(9) } },
	{ "exception 32", { SPOIL_EXCEPTION(32) } },
	{ "EFER without SVME", { SPOIL_BITS(save.efer, EFER_SVME, 0) } },
	{ "CR0.NW without CR0.CD", { SPOIL_BITS(save.cr0, X86_CR0_CD, X86_CR0_NW) } },
	{ "CR0 bit 32", { SPOIL_BITS(save.cr0, 0, BIT_ULL(32)) } },
	{ "DR6 bit 32", { SPOIL_BITS(save.dr6, 0, BIT_ULL(32)) } },
	{ "DR7 bit 32", { SPOIL_BITS(save.dr7, 0, BIT_ULL(32)) } },
	{ "long mode without CR4.PAE", { SPOIL_BITS(save.cr4, X86_CR4_PAE, 0) } },
	{ "a CR3 above the physical addresses", { SPOIL_ADDRESS(save.cr3, 0) } },
	{ "a code segment both 64-bit and 32-bit",
	  { SPOIL_BITS(save.cs.attrib, 0, SVM_SELECTOR_L_MASK | SVM_SELECTOR_DB_MASK) } },
	{ "a CR4 bit that CPUID lacks", { SPOIL_BITS(save.cr4, 0, X86_CR4_VMXE) } },
	{ "a reserved EFER bit", { SPOIL_BITS(save.efer, 0, BIT_ULL(1)) } },
};

static inline void spoil_edit(void *vmcb, const struct spoil_edit *edit, u64 top)
{
	u64 value = 0;

	memcpy(&value, vmcb + edit->at, edit->bytes);
	value = (value & ~edit->clear) | edit->set;
	if (edit->address)
		value = top - edit->below;
	memcpy(vmcb + edit->at, &value, edit->bytes);
}

/* @top is the first address that the guest's CPU cannot express. */
static inline void spoil_vmcb(struct vmcb *vmcb, const struct spoil *spoil, u64 top)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(spoil->edit) && spoil->edit[i].bytes; i++)
		spoil_edit(vmcb, &spoil->edit[i], top);
}

#endif
