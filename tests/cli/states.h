/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files with nested states for the tests of kvmfeat nested. */
#ifndef STATES_H
#define STATES_H

#include "command.h"

#include <stdio.h>

#define SVM_BYTES 4224
#define VMX_BYTES 8320
#define HEADER_BYTES 128

static inline const char *write_state(struct world *w, const char *name, const void *bytes,
				      size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "/%s", name);
	fake_file_bytes(&w->fake, path, bytes, size);
	return path_of(w, name);
}

static inline void set(struct world *w, enum kvmfeat_nested_format format, uint8_t *bytes,
		       const char *name, uint64_t value)
{
	const struct kvmfeat_nested_field *field = kvmfeat_nested_find_field(format, name);

	assert_non_null(field);
	assert_int_equal(
		kvmfeat_nested_set_value(w->ctx, bytes, field->offset + field->width, field, value),
		0);
}

/* An L1 in long mode that runs an L2 with nested paging, which KVM takes. */
static inline void svm_state(struct world *w, uint8_t bytes[SVM_BYTES])
{
	static const struct {
		const char *name;
		uint64_t value;
	} values[] = {
		{ "header.vmcb_pa", 0x5000 },
		{ "control.intercept_word3", 0x1000003 }, /* INTR NMI HLT */
		{ "control.intercept_word4", 0x1 }, /* VMRUN */
		{ "control.iopm_base_pa", 0x10000 },
		{ "control.msrpm_base_pa", 0x20000 },
		{ "control.asid", 1 },
		{ "control.misc_ctl", 0x1 }, /* nested paging */
		{ "control.nested_cr3", 0x6000 },
		{ "save.cs.attrib", 0xa9b },
		{ "save.efer", 0x1d01 }, /* SCE LME LMA NX SVME */
		{ "save.cr4", 0x20 }, /* PAE */
		{ "save.cr3", 0x7000 },
		{ "save.cr0", 0x80050033 },
		{ "save.dr7", 0x400 },
		{ "save.dr6", 0xffff0ff0 },
		{ "save.rflags", 0x2 },
	};

	assert_int_equal(kvmfeat_nested_init(w->ctx, KVMFEAT_NESTED_SVM, 0x101, bytes, SVM_BYTES),
			 0);
	for (size_t i = 0; i < KF_ARRAY_SIZE(values); i++)
		set(w, KVMFEAT_NESTED_SVM, bytes, values[i].name, values[i].value);
}

#endif
