// SPDX-License-Identifier: GPL-2.0-or-later
/* What the numbers of a blob mean, in words. */
#include "nested-blob.h"

#include "nested-words.h"

static const char *text_of(enum kvmfeat_nested_format format, const char *name, uint64_t value)
{
	static char text[1024];
	const struct kvmfeat_nested_field *field = kvmfeat_nested_find_field(format, name);
	size_t length;

	if (!field)
		fail_msg("there is no %s", name);
	memset(text, '?', sizeof(text));
	length = kvmfeat_nested_get_text(field, value, text, sizeof(text));
	assert_int_equal(length, strlen(text));
	return text;
}

static void assert_text(enum kvmfeat_nested_format format, const char *name, uint64_t value,
			const char *text)
{
	const char *is = text_of(format, name, value);

	if (strcmp(is, text) != 0)
		fail_msg("%s 0x%llx: \"%s\", not \"%s\"", name, (unsigned long long)value, is,
			 text);
}

struct words {
	const char *name;
	uint64_t value;
	const char *text;
};

static const struct words svm_words[] = {
	{ "header.flags", 0, "" },
	{ "header.flags", 0x103, "GUEST_MODE RUN_PENDING GIF_SET" },
	{ "header.flags", 0x8101, "GUEST_MODE GIF_SET 0x8000" },
	{ "header.format", 1, "SVM" },
	{ "header.size", 4224, "" },
	{ "header.vmcb_pa", 0x1000, "" },
	{ "control.intercept_cr", 0x00010001, "CR0_READ CR0_WRITE" },
	{ "control.intercept_cr", 0x80000100, "CR8_READ CR15_WRITE" },
	{ "control.intercept_dr", 0x00800080, "DR7_READ DR7_WRITE" },
	{ "control.intercept_exception", 1 << 14 | 1 << 29 | 1 << 15, "PF VC 0x8000" },
	{ "control.intercept_word3", 0x91000013, "INTR NMI VINTR HLT MSR_PROT SHUTDOWN" },
	{ "control.intercept_word4", 0x10001, "VMRUN TRAP_CR0_WRITE" },
	{ "control.intercept_word5", 0x44, "INVPCID IDLE_HLT" },
	{ "control.tlb_ctl", 0, "DO_NOTHING" },
	{ "control.tlb_ctl", 3, "FLUSH_ASID" },
	{ "control.tlb_ctl", 2, "" },
	{ "control.tlb_ctl", 0x83, "FLUSH_ASID 0x80" },
	{ "control.erap_ctl", 3, "ALLOW_LARGER_RAP CLEAR_RAP" },
	{ "control.int_ctl", 0x03000200, "V_GIF V_INTR_MASKING V_GIF_ENABLE" },
	{ "control.int_ctl", 0x000f010f, "V_TPR=15 V_IRQ V_INTR_PRIO=15" },
	{ "control.int_ctl", 0x00000010, "0x10" },
	{ "control.int_state", 3, "INTERRUPT_SHADOW GUEST_INTERRUPT_MASK" },
	{ "control.exit_code", 0, "READ_CR0" },
	{ "control.exit_code", 0x4e, "EXCP_PF" },
	{ "control.exit_code", 0x400, "NPF" },
	{ "control.exit_code", UINT64_MAX, "ERR" },
	{ "control.exit_code", 0xffffffff, "" },
	{ "control.event_inj", 0, "" },
	{ "control.event_inj", 0x80000b0e, "vector=14 EXCEPTION VALID_ERR VALID" },
	{ "control.event_inj", 0x80000300, "vector=0 EXCEPTION VALID" },
	{ "control.event_inj", 0x80000480, "vector=128 SOFT VALID" },
	{ "control.event_inj", 0x80001720, "vector=32 VALID 0x1700" },
	{ "control.exit_int_info", 0x80000020, "vector=32 INTR VALID" },
	{ "control.misc_ctl", 0x9, "NP GMET" },
	{ "control.misc_ctl2", 0x3, "V_LBR V_VMLOAD_VMSAVE" },
	{ "control.clean", 0x80000001, "INTERCEPTS SW" },
	{ "control.allowed_sev_features", UINT64_C(1) << 63 | 1, "SNP_ACTIVE VALID" },
	{ "control.asid", 1, "" },
	{ "control.insn_bytes", 1, "" },
	{ "control.reserved_06c", 1, "" },
	{ "save.cs.attrib", 0x29b, "type=11 S dpl=0 P L" },
	{ "save.ss.attrib", 0xcf3, "type=3 S dpl=3 P DB G" },
	{ "save.tr.attrib", 0x108b, "type=11 dpl=0 P 0x1000" },
	{ "save.efer", 0x1d01, "SCE LME LMA NX SVME" },
	{ "save.cr0", 0x80050033, "PE MP ET NE WP AM PG" },
	{ "save.cr4", 0x100000000, "FRED" },
	{ "save.cr4", 0x3006a0, "PAE PGE OSFXSR OSXMMEXCPT SMEP SMAP" },
	{ "save.rflags", 0x3202, "FIXED IF IOPL=3" },
	{ "save.rflags", 0x20002, "FIXED VM" },
	{ "save.dr7", 0xd0402, "G0 FIXED_1 RW0=1 LEN0=3" },
	{ "save.dr6", 0xffff4ff0, "BUS_LOCK BS RTM 0xfffe07f0" },
	{ "save.s_cet", 0x805, "SHSTK_EN ENDBR_EN WAIT_ENDBR" },
	{ "save.sfmask", 0x200, "IF" },
	{ "save.dbgctl", 0x3, "LBR BTF" },
	{ "save.spec_ctrl", 0x5, "IBRS SSBD" },
	{ "save.cpl", 3, "" },
};

static void svm_is_told_in_the_words_of_the_kernel(void **state)
{
	(void)state;
	for (size_t i = 0; i < KF_ARRAY_SIZE(svm_words); i++)
		assert_text(KVMFEAT_NESTED_SVM, svm_words[i].name, svm_words[i].value,
			    svm_words[i].text);
}

static const struct words vmx_words[] = {
	{ "header.flags", 0xf, "GUEST_MODE RUN_PENDING EVMCS MTF_PENDING" },
	{ "header.format", 0, "VMX" },
	{ "header.format", 7, "" },
	{ "header.smm.flags", 3, "SMM_GUEST_MODE SMM_VMXON" },
	{ "header.vmx.flags", 1, "PREEMPTION_TIMER_DEADLINE" },
	{ "vmcs12.revision_id", 0x11e57ed0, "VMCS12_REVISION" },
	{ "shadow.revision_id", 0x91e57ed0, "VMCS12_REVISION SHADOW_VMCS" },
	{ "vmcs12.revision_id", 0x12, "0x12" },
	{ "vmcs12.abort", 0, "" },
	{ "vmcs12.abort", 4, "LOAD_HOST_MSR_FAIL" },
	{ "vmcs12.launch_state", 1, "LAUNCHED" },
	{ "vmcs12.ept_pointer", 0x12345e, "MT_WB PWL_4 AD_ENABLE 0x123400" },
	{ "vmcs12.pin_based_vm_exec_control", 0x69,
	  "INTR_EXITING NMI_EXITING VIRTUAL_NMIS PREEMPTION_TIMER" },
	{ "vmcs12.cpu_based_vm_exec_control", 0x90000080,
	  "HLT_EXITING USE_MSR_BITMAPS SEC_CONTROLS" },
	{ "vmcs12.secondary_vm_exec_control", 0x400a2,
	  "EPT VPID UNRESTRICTED_GUEST EPT_VIOLATION_VE" },
	{ "vmcs12.vm_exit_controls", 0x3efff,
	  "SAVE_DEBUG_CONTROLS HOST_ADDR_SPACE_SIZE ACK_INTR_ON_EXIT 0x36dfb" },
	{ "vmcs12.vm_entry_controls", 0x8200, "IA32E_MODE LOAD_IA32_EFER" },
	{ "vmcs12.vm_entry_intr_info_field", 0x80000b0e,
	  "vector=14 HARD_EXCEPTION DELIVER_CODE VALID" },
	{ "vmcs12.vm_exit_intr_info", 0x80000202, "vector=2 NMI_INTR VALID" },
	{ "vmcs12.idt_vectoring_info_field", 0x80000603, "vector=3 SOFT_EXCEPTION VALID" },
	{ "vmcs12.vm_exit_reason", 0, "EXCEPTION_NMI" },
	{ "vmcs12.vm_exit_reason", 0x80000021, "INVALID_STATE FAILED_VMENTRY" },
	{ "vmcs12.vm_exit_reason", 0x80000063, "FAILED_VMENTRY 0x63" },
	{ "vmcs12.vm_exit_reason", 0x63, "" },
	{ "vmcs12.vm_instruction_error", 7, "ENTRY_INVALID_CONTROL_FIELD" },
	{ "vmcs12.guest_cs_ar_bytes", 0xa09b, "type=11 S dpl=0 P L G" },
	{ "vmcs12.guest_ldtr_ar_bytes", 0x10000, "type=0 dpl=0 UNUSABLE" },
	{ "vmcs12.guest_interruptibility_info", 0x9, "STI NMI" },
	{ "vmcs12.guest_activity_state", 0, "ACTIVE" },
	{ "shadow.guest_activity_state", 3, "WAIT_SIPI" },
	{ "vmcs12.guest_activity_state", 4, "" },
	{ "vmcs12.guest_ia32_debugctl", 0x4001, "LBR FREEZE_IN_SMM" },
	{ "vmcs12.guest_bndcfgs", 0x7f001, "EN 0x7f000" },
	{ "vmcs12.vm_function_control", 1, "EPTP_SWITCHING" },
	{ "vmcs12.guest_pending_dbg_exceptions", 0x5001, "B0 ENABLED_BREAKPOINT BS" },
	{ "vmcs12.exception_bitmap", 0x40000, "MC" },
	{ "vmcs12.cr0_guest_host_mask", 0x60000000, "NW CD" },
	{ "vmcs12.guest_rip", 0x1000, "" },
};

static void vmx_is_told_in_the_words_of_the_kernel(void **state)
{
	(void)state;
	for (size_t i = 0; i < KF_ARRAY_SIZE(vmx_words); i++)
		assert_text(KVMFEAT_NESTED_VMX, vmx_words[i].name, vmx_words[i].value,
			    vmx_words[i].text);
}

/* With its words, or with "" or a number where none is known: each kind keeps its promise. */
static void every_field_of_flags_has_words_and_no_address_has(void **state)
{
	(void)state;
	for (int format = 0; format < 2; format++) {
		const struct kvmfeat_nested_field *field;

		for (size_t i = 0; (field = kvmfeat_nested_field_at(format, i)); i++) {
			const bool flags = field->kind == KVMFEAT_NESTED_FLAGS;
			const char *text = text_of(format, field->name, UINT64_MAX);

			if (flags != (text[0] != '\0') && field->kind != KVMFEAT_NESTED_NUMBER)
				fail_msg("%s: \"%s\"", field->name, text);
			assert_true(!flags || strcmp(text, "0xffffffffffffffff") != 0);
			assert_true(!flags || !*text_of(format, field->name, 0));
		}
	}
}

static void assert_words(enum kvmfeat_nested_format format, const struct kf_nested_words *words,
			 size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct kvmfeat_nested_field *field =
			kvmfeat_nested_find_field(format, words[i].field);

		if (!field)
			fail_msg("there is no %s", words[i].field);
		for (const struct kf_nested_word *word = words[i].words; word->name; word++) {
			assert_true(word->mask != 0);
			if (!strchr(word->name, '='))
				assert_true(!(word->match & ~word->mask));
			/* Codes are compared with the whole number, whatever its width. */
			if (word->mask != UINT64_MAX && field->width < 8)
				assert_true(!(word->mask >> 8 * field->width));
			assert_null(strchr(word->name, ' '));
		}
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(words[i].field, words[j].field);
	}
}

static void the_words_are_those_of_fields_that_are_there(void **state)
{
	(void)state;
	assert_words(KVMFEAT_NESTED_SVM, kf_nested_svm_words, kf_nested_svm_words_count);
	assert_words(KVMFEAT_NESTED_VMX, kf_nested_vmx_words, kf_nested_vmx_words_count);
}

static void every_bit_of_a_field_of_flags_is_told(void **state)
{
	(void)state;
	for (int format = 0; format < 2; format++) {
		const struct kvmfeat_nested_field *field;

		for (size_t i = 0; (field = kvmfeat_nested_field_at(format, i)); i++) {
			if (field->kind != KVMFEAT_NESTED_FLAGS)
				continue;
			for (unsigned int bit = 0; bit < 8 * field->width; bit++)
				assert_string_not_equal(
					text_of(format, field->name, UINT64_C(1) << bit), "");
		}
	}
}

static void a_text_that_does_not_fit_is_cut_and_its_length_told(void **state)
{
	static const char whole[] = "GUEST_MODE RUN_PENDING 0x8000";
	const struct kvmfeat_nested_field *field =
		kvmfeat_nested_find_field(KVMFEAT_NESTED_SVM, "header.flags");

	(void)state;
	for (size_t size = 0; size <= sizeof(whole) + 1; size++) {
		char *text = malloc(size + !size);

		memset(text, '?', size + !size);
		assert_int_equal(kvmfeat_nested_get_text(field, 0x8003, text, size), strlen(whole));
		if (size) {
			const size_t fits = size <= strlen(whole) ? size - 1 : strlen(whole);

			assert_int_equal(strlen(text), fits);
			assert_memory_equal(text, whole, fits);
		} else {
			assert_int_equal(text[0], '?');
		}
		free(text);
	}
	assert_int_equal(kvmfeat_nested_get_text(field, 0, NULL, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(svm_is_told_in_the_words_of_the_kernel),
		cmocka_unit_test(vmx_is_told_in_the_words_of_the_kernel),
		cmocka_unit_test(every_field_of_flags_has_words_and_no_address_has),
		cmocka_unit_test(the_words_are_those_of_fields_that_are_there),
		cmocka_unit_test(every_bit_of_a_field_of_flags_is_told),
		cmocka_unit_test(a_text_that_does_not_fit_is_cut_and_its_length_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
