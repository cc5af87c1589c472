// SPDX-License-Identifier: LGPL-2.1-or-later
/* The fields of a VMX blob: header, vmcs12, and the shadow VMCS of vmcs12. */
#include "nested-private.h"

#define HEADER(field, what, at, bytes)                                                             \
	{                                                                                          \
		.name = "header." field, .area = KVMFEAT_NESTED_HEADER,                            \
		.kind = KVMFEAT_NESTED_##what, .offset = at, .width = bytes,                       \
	}

const struct kvmfeat_nested_field kf_nested_vmx_fields[] = {
	HEADER("flags", FLAGS, KF_NESTED_FLAGS, 2),
	HEADER("format", NUMBER, KF_NESTED_FORMAT, 2),
	HEADER("size", NUMBER, KF_NESTED_SIZE, 4),
	HEADER("vmxon_pa", ADDRESS, KF_VMX_VMXON_PA, 8),
	HEADER("vmcs12_pa", ADDRESS, KF_VMX_VMCS12_PA, 8),
	HEADER("smm.flags", FLAGS, KF_VMX_SMM_FLAGS, 2),
	HEADER("reserved_01a", RESERVED, 26, 2),
	HEADER("vmx.flags", FLAGS, KF_VMX_FLAGS, 4),
	HEADER("preemption_timer_deadline", NUMBER, KF_VMX_DEADLINE, 8),
	HEADER("reserved_028", RESERVED, 40, 88),
#define FIELD(field, what, at, bytes)                                                              \
	{                                                                                          \
		.name = "vmcs12." #field,                                                          \
		.area = KVMFEAT_NESTED_VMCS12,                                                     \
		.kind = KVMFEAT_NESTED_##what,                                                     \
		.offset = KF_VMX_VMCS12 + (at),                                                    \
		.width = bytes,                                                                    \
	},
#include "nested-vmcs12.inc"
#undef FIELD
#define FIELD(field, what, at, bytes)                                                              \
	{                                                                                          \
		.name = "shadow." #field,                                                          \
		.area = KVMFEAT_NESTED_SHADOW_VMCS12,                                              \
		.kind = KVMFEAT_NESTED_##what,                                                     \
		.offset = KF_VMX_SHADOW + (at),                                                    \
		.width = bytes,                                                                    \
	},
#include "nested-vmcs12.inc"
#undef FIELD
};

const size_t kf_nested_vmx_field_count = KF_ARRAY_SIZE(kf_nested_vmx_fields);
