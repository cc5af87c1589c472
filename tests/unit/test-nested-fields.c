// SPDX-License-Identifier: GPL-2.0-or-later
/* The tables of fields: whole, in order, and where the kernel has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

/* Of x86, on every machine; nothing here may include another one's <asm/kvm.h>. */
#include <arch/x86/asm/kvm.h>
#include <kvmfeat/nested.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	enum kvmfeat_nested_format format;
	uint32_t bytes;
} formats[] = {
	{ KVMFEAT_NESTED_VMX, 8320 },
	{ KVMFEAT_NESTED_SVM, 4224 },
};

static const struct {
	const char *prefix;
	uint32_t begin[2]; /* VMX, SVM; 0 behind the header: the format has no such area */
	uint32_t end[2];
} areas[] = {
	[KVMFEAT_NESTED_HEADER] = { "header.", { 0, 0 }, { 128, 128 } },
	[KVMFEAT_NESTED_L2_CONTROL] = { "control.", { 0, 128 }, { 0, 1152 } },
	[KVMFEAT_NESTED_L1_SAVE] = { "save.", { 0, 1152 }, { 0, 4224 } },
	[KVMFEAT_NESTED_VMCS12] = { "vmcs12.", { 128, 0 }, { 4224, 0 } },
	[KVMFEAT_NESTED_SHADOW_VMCS12] = { "shadow.", { 4224, 0 }, { 8320, 0 } },
};

static void every_byte_belongs_to_one_field_of_its_area(void **state)
{
	(void)state;
	for (size_t f = 0; f < 2; f++) {
		const struct kvmfeat_nested_field *field;
		uint32_t end = 0;

		for (size_t i = 0; (field = kvmfeat_nested_field_at(formats[f].format, i)); i++) {
			const size_t length = strlen(areas[field->area].prefix);

			assert_int_equal(field->offset, end);
			assert_true(field->width > 0);
			end += field->width;
			assert_true(field->offset >= areas[field->area].begin[f]);
			assert_true(end <= areas[field->area].end[f]);
			assert_memory_equal(field->name, areas[field->area].prefix, length);
			assert_true(strspn(field->name + length,
					   "abcdefghijklmnopqrstuvwxyz0123456789_.") ==
				    strlen(field->name) - length);
		}
		assert_int_equal(end, formats[f].bytes);
	}
	assert_null(kvmfeat_nested_field_at((enum kvmfeat_nested_format)2, 0));
	assert_null(kvmfeat_nested_field_at(KVMFEAT_NESTED_SVM, SIZE_MAX));
}

static void what_is_reserved_is_named_after_its_offset_in_the_area(void **state)
{
	size_t reserved = 0;

	(void)state;
	for (size_t f = 0; f < 2; f++) {
		const struct kvmfeat_nested_field *field;

		for (size_t i = 0; (field = kvmfeat_nested_field_at(formats[f].format, i)); i++) {
			char name[64];

			snprintf(name, sizeof(name), "%sreserved_%03x", areas[field->area].prefix,
				 (unsigned int)(field->offset - areas[field->area].begin[f]));
			assert_int_equal(!strcmp(field->name, name),
					 field->kind == KVMFEAT_NESTED_RESERVED);
			reserved += field->kind == KVMFEAT_NESTED_RESERVED;
		}
	}
	assert_int_equal(reserved, 31);
}

static void numbers_are_aligned_and_of_1_2_4_or_8_bytes(void **state)
{
	size_t numbers = 0;

	(void)state;
	for (size_t f = 0; f < 2; f++) {
		const struct kvmfeat_nested_field *field;

		for (size_t i = 0; (field = kvmfeat_nested_field_at(formats[f].format, i)); i++) {
			const uint32_t width = field->width;

			if (field->kind == KVMFEAT_NESTED_BYTES ||
			    field->kind == KVMFEAT_NESTED_RESERVED)
				continue;
			assert_true(width == 1 || width == 2 || width == 4 || width == 8);
			assert_int_equal(field->offset % (width == 8 ? 4 : width), 0);
			numbers++;
		}
	}
	assert_true(numbers > 400);
}

static void a_field_is_found_by_its_name_which_is_unique(void **state)
{
	(void)state;
	for (size_t f = 0; f < 2; f++) {
		const struct kvmfeat_nested_field *field;

		for (size_t i = 0; (field = kvmfeat_nested_field_at(formats[f].format, i)); i++)
			assert_ptr_equal(kvmfeat_nested_find_field(formats[f].format, field->name),
					 field);
		assert_null(kvmfeat_nested_find_field(formats[f].format, ""));
		assert_null(kvmfeat_nested_find_field(formats[f].format, "control"));
	}
	assert_null(kvmfeat_nested_find_field(KVMFEAT_NESTED_VMX, "control.asid"));
	assert_null(kvmfeat_nested_find_field((enum kvmfeat_nested_format)7, "header.flags"));
}

struct place {
	const char *name;
	uint16_t offset;
	uint8_t width;
};

static void assert_place(enum kvmfeat_nested_format format, const char *name, size_t offset,
			 size_t width)
{
	const struct kvmfeat_nested_field *field = kvmfeat_nested_find_field(format, name);

	if (!field)
		fail_msg("there is no %s", name);
	if (field->offset != offset || field->width != width)
		fail_msg("%s: offset %u, %u bytes", name, field->offset, field->width);
}

/* The fields lie behind @base, where the area of @prefix begins. */
static void assert_places(enum kvmfeat_nested_format format, const char *prefix, size_t base,
			  const struct place *places, size_t count)
{
	char name[64];

	for (size_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%s%s", prefix, places[i].name);
		assert_place(format, name, base + places[i].offset, places[i].width);
	}
}

#define PLACE(format, name, member)                                                                \
	assert_place(KVMFEAT_NESTED_##format, name, offsetof(struct kvm_nested_state, member),     \
		     sizeof(((struct kvm_nested_state *)NULL)->member))

static void the_header_is_that_of_the_kernel(void **state)
{
	(void)state;
	PLACE(SVM, "header.flags", flags);
	PLACE(SVM, "header.format", format);
	PLACE(SVM, "header.size", size);
	PLACE(SVM, "header.vmcb_pa", hdr.svm.vmcb_pa);
	PLACE(SVM, "header.gpat", hdr.svm.gpat);
	PLACE(VMX, "header.flags", flags);
	PLACE(VMX, "header.format", format);
	PLACE(VMX, "header.size", size);
	PLACE(VMX, "header.vmxon_pa", hdr.vmx.vmxon_pa);
	PLACE(VMX, "header.vmcs12_pa", hdr.vmx.vmcs12_pa);
	PLACE(VMX, "header.smm.flags", hdr.vmx.smm.flags);
	PLACE(VMX, "header.reserved_01a", hdr.vmx.pad);
	PLACE(VMX, "header.vmx.flags", hdr.vmx.flags);
	PLACE(VMX, "header.preemption_timer_deadline", hdr.vmx.preemption_timer_deadline);
	assert_int_equal(sizeof(struct kvm_nested_state), 128);
	assert_int_equal(128 + sizeof(struct kvm_svm_nested_state_data), 4224);
	assert_int_equal(128 + sizeof(struct kvm_vmx_nested_state_data), KVMFEAT_NESTED_SIZE_MAX);
}

/* AMD's manual, appendix B: the layout of the VMCB. */
static const struct place vmcb_control[] = {
	{ "intercept_cr", 0x000, 4 },
	{ "intercept_dr", 0x004, 4 },
	{ "intercept_exception", 0x008, 4 },
	{ "intercept_word3", 0x00c, 4 },
	{ "intercept_word4", 0x010, 4 },
	{ "intercept_word5", 0x014, 4 },
	{ "pause_filter_thresh", 0x03c, 2 },
	{ "pause_filter_count", 0x03e, 2 },
	{ "iopm_base_pa", 0x040, 8 },
	{ "msrpm_base_pa", 0x048, 8 },
	{ "tsc_offset", 0x050, 8 },
	{ "asid", 0x058, 4 },
	{ "tlb_ctl", 0x05c, 1 },
	{ "erap_ctl", 0x05d, 1 },
	{ "int_ctl", 0x060, 4 },
	{ "int_vector", 0x064, 4 },
	{ "int_state", 0x068, 4 },
	{ "exit_code", 0x070, 8 },
	{ "exit_info_1", 0x078, 8 },
	{ "exit_info_2", 0x080, 8 },
	{ "exit_int_info", 0x088, 4 },
	{ "exit_int_info_err", 0x08c, 4 },
	{ "misc_ctl", 0x090, 8 },
	{ "avic_vapic_bar", 0x098, 8 },
	{ "ghcb_gpa", 0x0a0, 8 },
	{ "event_inj", 0x0a8, 4 },
	{ "event_inj_err", 0x0ac, 4 },
	{ "nested_cr3", 0x0b0, 8 },
	{ "misc_ctl2", 0x0b8, 8 },
	{ "clean", 0x0c0, 4 },
	{ "next_rip", 0x0c8, 8 },
	{ "insn_len", 0x0d0, 1 },
	{ "insn_bytes", 0x0d1, 15 },
	{ "avic_backing_page", 0x0e0, 8 },
	{ "avic_logical_id", 0x0f0, 8 },
	{ "avic_physical_id", 0x0f8, 8 },
	{ "vmsa_pa", 0x108, 8 },
	{ "bus_lock_counter", 0x120, 2 },
	{ "allowed_sev_features", 0x138, 8 },
	{ "guest_sev_features", 0x140, 8 },
	{ "hv_enlightenments", 0x3e0, 32 },
};

static const struct place vmcb_save[] = {
	{ "es.selector", 0x000, 2 },  { "es.attrib", 0x002, 2 },     { "es.limit", 0x004, 4 },
	{ "es.base", 0x008, 8 },      { "cs.selector", 0x010, 2 },   { "ss.selector", 0x020, 2 },
	{ "ds.selector", 0x030, 2 },  { "fs.selector", 0x040, 2 },   { "gs.selector", 0x050, 2 },
	{ "gdtr.limit", 0x064, 4 },   { "ldtr.selector", 0x070, 2 }, { "idtr.base", 0x088, 8 },
	{ "tr.attrib", 0x092, 2 },    { "vmpl", 0x0ca, 1 },	     { "cpl", 0x0cb, 1 },
	{ "efer", 0x0d0, 8 },	      { "cr4", 0x148, 8 },	     { "cr3", 0x150, 8 },
	{ "cr0", 0x158, 8 },	      { "dr7", 0x160, 8 },	     { "dr6", 0x168, 8 },
	{ "rflags", 0x170, 8 },	      { "rip", 0x178, 8 },	     { "rsp", 0x1d8, 8 },
	{ "s_cet", 0x1e0, 8 },	      { "ssp", 0x1e8, 8 },	     { "isst_addr", 0x1f0, 8 },
	{ "rax", 0x1f8, 8 },	      { "star", 0x200, 8 },	     { "lstar", 0x208, 8 },
	{ "cstar", 0x210, 8 },	      { "sfmask", 0x218, 8 },	     { "kernel_gs_base", 0x220, 8 },
	{ "sysenter_cs", 0x228, 8 },  { "sysenter_esp", 0x230, 8 },  { "sysenter_eip", 0x238, 8 },
	{ "cr2", 0x240, 8 },	      { "g_pat", 0x268, 8 },	     { "dbgctl", 0x270, 8 },
	{ "br_from", 0x278, 8 },      { "br_to", 0x280, 8 },	     { "last_excp_from", 0x288, 8 },
	{ "last_excp_to", 0x290, 8 }, { "spec_ctrl", 0x2e0, 8 },
};

static void the_vmcb_is_that_of_the_manual(void **state)
{
	(void)state;
	assert_places(KVMFEAT_NESTED_SVM, "control.", 0x80, vmcb_control, COUNT(vmcb_control));
	assert_places(KVMFEAT_NESTED_SVM, "save.", 0x480, vmcb_save, COUNT(vmcb_save));
}

/* Where vmx_check_vmcs12_offsets() of Linux wants the first and last of each group. */
static const struct place vmcs12_fields[] = {
	{ "revision_id", 0, 4 },
	{ "abort", 4, 4 },
	{ "launch_state", 8, 4 },
	{ "io_bitmap_a", 40, 8 },
	{ "msr_bitmap", 56, 8 },
	{ "ept_pointer", 120, 8 },
	{ "vmcs_link_pointer", 176, 8 },
	{ "guest_ia32_efer", 200, 8 },
	{ "guest_pdptr0", 216, 8 },
	{ "tsc_multiplier", 328, 8 },
	{ "cr0_guest_host_mask", 344, 8 },
	{ "exit_qualification", 408, 8 },
	{ "guest_cr0", 424, 8 },
	{ "guest_cr3", 432, 8 },
	{ "guest_cr4", 440, 8 },
	{ "guest_dr7", 528, 8 },
	{ "guest_rsp", 536, 8 },
	{ "guest_rip", 544, 8 },
	{ "guest_rflags", 552, 8 },
	{ "host_cr0", 584, 8 },
	{ "host_cr3", 592, 8 },
	{ "host_cr4", 600, 8 },
	{ "host_rip", 672, 8 },
	{ "host_s_cet", 680, 8 },
	{ "guest_s_cet", 704, 8 },
	{ "guest_ssp_tbl", 720, 8 },
	{ "pin_based_vm_exec_control", 744, 4 },
	{ "cpu_based_vm_exec_control", 748, 4 },
	{ "vm_exit_controls", 768, 4 },
	{ "vm_entry_controls", 780, 4 },
	{ "vm_entry_intr_info_field", 788, 4 },
	{ "vm_entry_exception_error_code", 792, 4 },
	{ "vm_entry_instruction_len", 796, 4 },
	{ "secondary_vm_exec_control", 804, 4 },
	{ "guest_interruptibility_info", 912, 4 },
	{ "guest_activity_state", 916, 4 },
	{ "vmx_preemption_timer_value", 928, 4 },
	{ "virtual_processor_id", 960, 2 },
	{ "guest_intr_status", 980, 2 },
	{ "guest_pml_index", 996, 2 },
};

static void vmcs12_and_its_shadow_are_those_of_the_kernel(void **state)
{
	(void)state;
	assert_places(KVMFEAT_NESTED_VMX, "vmcs12.", 128, vmcs12_fields, COUNT(vmcs12_fields));
	assert_places(KVMFEAT_NESTED_VMX, "shadow.", 4224, vmcs12_fields, COUNT(vmcs12_fields));
}

static void areas_have_names(void **state)
{
	static const char *const names[] = { "header", "L2 control", "L1 host save area", "vmcs12",
					     "shadow vmcs12" };

	(void)state;
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(kvmfeat_nested_area_name((enum kvmfeat_nested_area)i),
				    names[i]);
	assert_string_equal(kvmfeat_nested_area_name((enum kvmfeat_nested_area)5), "");
	assert_string_equal(kvmfeat_nested_area_name((enum kvmfeat_nested_area) - 1), "");
}

static void verdicts_have_names(void **state)
{
	static const char *const names[] = { "ok", "refused", "changed", "not_checked", "" };

	(void)state;
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(kvmfeat_nested_verdict_name((enum kvmfeat_nested_verdict)i),
				    names[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_belongs_to_one_field_of_its_area),
		cmocka_unit_test(what_is_reserved_is_named_after_its_offset_in_the_area),
		cmocka_unit_test(numbers_are_aligned_and_of_1_2_4_or_8_bytes),
		cmocka_unit_test(a_field_is_found_by_its_name_which_is_unique),
		cmocka_unit_test(the_header_is_that_of_the_kernel),
		cmocka_unit_test(the_vmcb_is_that_of_the_manual),
		cmocka_unit_test(vmcs12_and_its_shadow_are_those_of_the_kernel),
		cmocka_unit_test(areas_have_names),
		cmocka_unit_test(verdicts_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
