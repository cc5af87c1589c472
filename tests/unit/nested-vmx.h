/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VMX blob and a vCPU that takes it, made by table, and what a test changes in them. VMX runs
 * on Intel hardware alone, so no kernel is asked here: the expected verdicts are read from the
 * source of Linux 7.3.
 */
#ifndef NESTED_VMX_H
#define NESTED_VMX_H

#include <stdio.h>

#include "nested-blob.h"

#define EDITS 9

/* One number, by name: of a field, "msr.HEX", "cpuid.LEAF.INDEX.REGISTER", or of the target. */
struct edit {
	const char *what;
	uint64_t value;
};

enum { CPUID_ENTRIES = 8, MSRS = 13 };

struct vmx_world {
	uint8_t blob[KF_VMX_BYTES];
	uint32_t bytes;
	struct kvmfeat_cpuid_entry cpuid[CPUID_ENTRIES];
	struct kvmfeat_nested_msr msrs[MSRS];
	struct kvmfeat_nested_target target;
	struct kvmfeat_nested_finding findings[KVMFEAT_NESTED_RULES_MAX];
	size_t count;
};

/* The controls that KVM requires, and a 64-bit host with a 64-bit guest. */
#define PIN_BASE 0x16u
#define PRIMARY_BASE 0x4006172u
#define SECONDARY_ON (PRIMARY_BASE | 1u << 31)
#define EXIT_BASE 0x36ffbu
#define EXIT_32 0x36dfbu
#define ENTRY_BASE 0x13fbu
#define ENTRY_32 0x11fbu
#define NONE UINT64_MAX

/* L2 is about to run. What is not here is 0. */
static const struct edit vmx_good_blob[] = {
	{ "header.flags", KF_NESTED_GUEST_MODE | KF_NESTED_RUN_PENDING },
	{ "header.size", KF_VMX_BYTES },
	{ "header.vmxon_pa", 0x1000 },
	{ "header.vmcs12_pa", 0x2000 },
	{ "vmcs12.revision_id", 0x11e57ed0 },
	{ "vmcs12.vmcs_link_pointer", NONE },
	{ "vmcs12.pin_based_vm_exec_control", PIN_BASE },
	{ "vmcs12.cpu_based_vm_exec_control", PRIMARY_BASE },
	{ "vmcs12.vm_exit_controls", EXIT_BASE },
	{ "vmcs12.vm_entry_controls", ENTRY_BASE },
	{ "vmcs12.host_cr0", 0x80010021 },
	{ "vmcs12.host_cr3", 0x3000 },
	{ "vmcs12.host_cr4", 0x2020 },
	{ "vmcs12.host_rip", 0xffffffff81000000 },
	{ "vmcs12.host_cs_selector", 0x10 },
	{ "vmcs12.host_ss_selector", 0x18 },
	{ "vmcs12.host_tr_selector", 0x40 },
	{ "vmcs12.guest_cr0", 0x80010021 },
	{ "vmcs12.guest_cr3", 0x4000 },
	{ "vmcs12.guest_cr4", 0x2020 },
};

static const struct kvmfeat_nested_msr vmx_msrs[MSRS] = {
	{ 0x480, 0 },
	{ 0x485, 4 << 16 | 1 << 25 }, /* 4 CR3 targets, 1024 MSRs in a list */
	{ 0x486, 0x80000021 },
	{ 0x487, 0xffffffff },
	{ 0x488, 0x2000 },
	{ 0x489, UINT64_MAX },
	{ 0x48b, UINT64_C(0xffffffff) << 32 },
	{ 0x48c, 1 << 6 | 1 << 14 | 1 << 21 }, /* four levels, write-back, accessed and dirty */
	{ 0x48d, UINT64_C(0xffffffff) << 32 | PIN_BASE },
	{ 0x48e, UINT64_C(0xffffffff) << 32 | PRIMARY_BASE },
	{ 0x48f, UINT64_C(0xffffffff) << 32 | EXIT_32 },
	{ 0x490, UINT64_C(0xffffffff) << 32 | ENTRY_32 },
	{ 0x491, 1 },
};

static const struct kvmfeat_cpuid_entry vmx_cpuid[CPUID_ENTRIES] = {
	{ 0x1, .ecx = 1 << 5 }, /* VMX */
	{ 0x7, 0, 1, .ecx = 1 << 7, .edx = 1 << 20 }, /* SHSTK, IBT */
	{ 0x7, 1, 1 },
	{ 0xa, .eax = 4 << 8 | 2, .edx = 2 }, /* version 2, 4 counters and 2 fixed ones */
	{ 0x40000001, .eax = 0x31237648 }, /* "Hv#1" */
	{ 0x80000001, .edx = 1 << 20 | 1 << 29 }, /* NX, LM */
	{ 0x80000021 },
	{ 0x80000008 },
};

static inline uint32_t *vmx_cpuid_register(struct vmx_world *v, const char *name)
{
	unsigned int leaf = 0, index = 0;
	char reg = 0;

	assert_int_equal(sscanf(name, "cpuid.%x.%u.e%cx", &leaf, &index, &reg), 3);
	for (size_t i = 0; i < CPUID_ENTRIES; i++) {
		struct kvmfeat_cpuid_entry *entry = &v->cpuid[i];
		uint32_t *const regs[] = { &entry->eax, &entry->ebx, &entry->ecx, &entry->edx };

		if (entry->function == leaf && entry->index == index)
			return regs[reg - 'a'];
	}
	fail_msg("no %s", name);
	return NULL;
}

/* Takes an MSR away: the last one has its place. */
static inline void vmx_forget_msr(struct vmx_world *v, uint32_t index)
{
	for (size_t i = 0; i < v->target.msr_count; i++) {
		if (v->msrs[i].index == index) {
			v->msrs[i] = v->msrs[--v->target.msr_count];
			return;
		}
	}
	fail_msg("no MSR 0x%x", index);
}

static inline void vmx_set_msr(struct vmx_world *v, uint32_t index, uint64_t value)
{
	for (size_t i = 0; i < MSRS; i++) {
		if (v->msrs[i].index == index) {
			v->msrs[i].value = value;
			return;
		}
	}
	fail_msg("no MSR 0x%x", index);
}

static inline bool vmx_edit_target(struct vmx_world *v, const struct edit *edit)
{
	unsigned int index = 0;

	if (!strcmp(edit->what, "unknown"))
		v->target.known &= ~(uint32_t)edit->value;
	else if (!strcmp(edit->what, "no-msr"))
		vmx_forget_msr(v, (uint32_t)edit->value);
	else if (!strcmp(edit->what, "maxphyaddr"))
		v->target.maxphyaddr = (uint32_t)edit->value;
	else if (!strcmp(edit->what, "max_bytes"))
		v->target.max_bytes = (uint32_t)edit->value;
	else if (!strcmp(edit->what, "smm"))
		v->target.smm = edit->value;
	else if (!strcmp(edit->what, "evmcs"))
		v->target.evmcs = edit->value;
	else if (sscanf(edit->what, "msr.%x", &index) == 1)
		vmx_set_msr(v, index, edit->value);
	else if (!strncmp(edit->what, "cpuid.", 6))
		*vmx_cpuid_register(v, edit->what) = (uint32_t)edit->value;
	else
		return false;
	return true;
}

static inline void vmx_edit(struct world *w, struct vmx_world *v, const struct edit *edit)
{
	const struct kvmfeat_nested_field *field;

	if (vmx_edit_target(v, edit))
		return;
	field = kvmfeat_nested_find_field(KVMFEAT_NESTED_VMX, edit->what);
	if (!field)
		fail_msg("no field %s", edit->what);
	assert_int_equal(
		kvmfeat_nested_set_value(w->ctx, v->blob, sizeof(v->blob), field, edit->value), 0);
	if (field->offset == KF_NESTED_SIZE)
		v->bytes = (uint32_t)edit->value;
}

static inline void vmx_good(struct world *w, struct vmx_world *v)
{
	*v = (struct vmx_world){ .bytes = KF_VMX_BYTES };
	memcpy(v->cpuid, vmx_cpuid, sizeof(v->cpuid));
	memcpy(v->msrs, vmx_msrs, sizeof(v->msrs));
	v->target = (struct kvmfeat_nested_target){
		.size = sizeof(v->target),
		.known = KVMFEAT_NESTED_KNOW_MAXPHYADDR | KVMFEAT_NESTED_KNOW_CPUID |
			 KVMFEAT_NESTED_KNOW_SMM | KVMFEAT_NESTED_KNOW_MAX_BYTES |
			 KVMFEAT_NESTED_KNOW_EVMCS,
		.maxphyaddr = 40,
		.cpuid = v->cpuid,
		.cpuid_count = CPUID_ENTRIES,
		.max_bytes = KF_VMX_BYTES,
		.msrs = v->msrs,
		.msr_count = MSRS,
	};
	for (size_t i = 0; i < KF_ARRAY_SIZE(vmx_good_blob); i++)
		vmx_edit(w, v, &vmx_good_blob[i]);
}

static inline void vmx_check(struct world *w, struct vmx_world *v)
{
	assert_int_equal(
		kvmfeat_nested_check(w->ctx, v->blob, v->bytes, &v->target, v->findings, &v->count),
		0);
}

/* The good blob and vCPU, with up to EDITS changes, and the verdicts on them. */
static inline void vmx_play(struct world *w, struct vmx_world *v, const struct edit *edits)
{
	vmx_good(w, v);
	for (size_t i = 0; i < EDITS && edits[i].what; i++)
		vmx_edit(w, v, &edits[i]);
	vmx_check(w, v);
}

#endif
