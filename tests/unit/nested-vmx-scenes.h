/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a scene is written: the good blob and vCPU of nested-vmx.h, changed, and what is expected. */
#ifndef NESTED_VMX_SCENES_H
#define NESTED_VMX_SCENES_H

#include "nested-vmx.h"

struct scene {
	const char *id; /* the one rule that is not ok; NULL: none */
	enum kvmfeat_nested_verdict verdict;
	const char *missing; /* with KVMFEAT_NESTED_NOT_CHECKED */
	bool knows_nothing; /* the target; rules that need a fact are not checked then */
	const char *and; /* a rule that says the same of this blob; no blob is for @id alone */
	struct edit edits[EDITS];
};

#define REFUSED(rule, ...)                                                                         \
	{                                                                                          \
		.id = "vmx." rule, .verdict = KVMFEAT_NESTED_REFUSED, .edits = { __VA_ARGS__ },    \
	}
/* Refused by every vCPU. */
#define SURELY(rule, ...)                                                                          \
	{                                                                                          \
		.id = "vmx." rule, .verdict = KVMFEAT_NESTED_REFUSED, .knows_nothing = true,       \
		.edits = { __VA_ARGS__ },                                                          \
	}
#define LACKS(rule, fact, ...)                                                                     \
	{                                                                                          \
		.id = "vmx." rule, .verdict = KVMFEAT_NESTED_NOT_CHECKED, .missing = (fact),       \
		.edits = { __VA_ARGS__ },                                                          \
	}
#define TAKEN(...)                                                                                 \
	{                                                                                          \
		.edits = { __VA_ARGS__ },                                                          \
	}

/* Edits in short. */
#define V(field, value)                                                                            \
	{                                                                                          \
		"vmcs12." #field, value                                                            \
	}
#define H(field, value)                                                                            \
	{                                                                                          \
		"header." field, value                                                             \
	}
#define T(what, value)                                                                             \
	{                                                                                          \
		what, value                                                                        \
	}
#define PIN(bits) V(pin_based_vm_exec_control, PIN_BASE | (bits))
#define PRIMARY(bits) V(cpu_based_vm_exec_control, PRIMARY_BASE | (bits))
#define SECONDARY(bits)                                                                            \
	V(cpu_based_vm_exec_control, SECONDARY_ON), V(secondary_vm_exec_control, bits)
#define EXIT(bits) V(vm_exit_controls, EXIT_BASE | (bits))
#define ENTRY(bits) V(vm_entry_controls, ENTRY_BASE | (bits))
#define UNKNOWN(fact) T("unknown", KVMFEAT_NESTED_KNOW_##fact)

#endif
