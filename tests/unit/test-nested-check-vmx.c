// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rules of a VMX blob: for each one a blob, or a vCPU, that this rule alone refuses, and its
 * nearest neighbours that KVM takes; and the facts that each one needs. VMX cannot be emulated,
 * so no kernel is compared: what is expected is read from the source of Linux 7.3.
 */
#include "nested-vmx-controls.h"
#include "nested-vmx-entry.h"
#include "nested-vmx-header.h"
#include "nested-vmx-state.h"

struct scenes {
	const struct scene *scenes;
	size_t count;
};

#define SCENES(table)                                                                              \
	{                                                                                          \
		table, KF_ARRAY_SIZE(table)                                                        \
	}

static const struct scenes all_scenes[] = {
	SCENES(header_scenes), SCENES(control_scenes), SCENES(entry_scenes),
	SCENES(host_scenes),   SCENES(guest_scenes),
};

static const struct kvmfeat_nested_finding *find(const struct vmx_world *v, const char *id)
{
	for (size_t i = 0; i < v->count; i++)
		if (!strcmp(v->findings[i].rule->id, id))
			return &v->findings[i];
	fail_msg("no rule %s", id);
	return NULL;
}

/* The memory below a link pointer is not known, whatever a scene is about. */
static bool is_link_memory(const struct kvmfeat_nested_finding *finding)
{
	return !strcmp(finding->rule->id, "vmx.link-memory") &&
	       finding->verdict == KVMFEAT_NESTED_NOT_CHECKED && finding->value != NONE &&
	       !strcmp(finding->missing, "guest memory");
}

static bool may_be(const struct scene *scene, const struct kvmfeat_nested_finding *finding)
{
	const char *id = finding->rule->id;

	if (finding->verdict == KVMFEAT_NESTED_OK || is_link_memory(finding))
		return true;
	if (scene->and &&!strcmp(id, scene->and))
		return finding->verdict == scene->verdict;
	return scene->knows_nothing && finding->verdict == KVMFEAT_NESTED_NOT_CHECKED;
}

static void print_scene(const struct scene *scene)
{
	print_error("%s:", scene->id ? scene->id : "taken");
	for (size_t i = 0; i < EDITS && scene->edits[i].what; i++)
		print_error(" %s=0x%llx", scene->edits[i].what,
			    (unsigned long long)scene->edits[i].value);
	print_error("\n");
}

static void play(struct world *w, struct vmx_world *v, const struct scene *scene)
{
	vmx_good(w, v);
	for (size_t i = 0; i < EDITS && scene->edits[i].what; i++)
		vmx_edit(w, v, &scene->edits[i]);
	if (scene->knows_nothing) {
		v->target.known = 0;
		v->target.msr_count = 0;
	}
	vmx_check(w, v);
}

/* The rule of the scene has its verdict; all others are ok. */
static bool as_expected(const struct vmx_world *v, const struct scene *scene)
{
	for (size_t i = 0; i < v->count; i++) {
		const struct kvmfeat_nested_finding *finding = &v->findings[i];
		const char *missing = finding->missing ? finding->missing : "";

		if (scene->id && !strcmp(finding->rule->id, scene->id)) {
			if (finding->verdict == scene->verdict &&
			    !strcmp(missing, scene->missing ? scene->missing : ""))
				continue;
		} else if (may_be(scene, finding)) {
			continue;
		}
		print_scene(scene);
		print_error("%s is %s %s\n", finding->rule->id,
			    kvmfeat_nested_verdict_name(finding->verdict), missing);
		return false;
	}
	return true;
}

static void each_rule_refuses_its_own_blobs_and_no_neighbours(void **state)
{
	struct world *w = *state;
	struct vmx_world v;
	size_t wrong = 0;

	for (size_t i = 0; i < KF_ARRAY_SIZE(all_scenes); i++) {
		for (size_t j = 0; j < all_scenes[i].count; j++) {
			const struct scene *scene = &all_scenes[i].scenes[j];

			play(w, &v, scene);
			if (scene->id)
				find(&v, scene->id);
			wrong += !as_expected(&v, scene);
		}
	}
	assert_int_equal(wrong, 0);
}

static bool has_scene(const char *id, enum kvmfeat_nested_verdict verdict)
{
	for (size_t i = 0; i < KF_ARRAY_SIZE(all_scenes); i++) {
		for (size_t j = 0; j < all_scenes[i].count; j++) {
			const struct scene *scene = &all_scenes[i].scenes[j];

			if (scene->id && !strcmp(scene->id, id) && scene->verdict == verdict)
				return true;
		}
	}
	return false;
}

static void each_rule_has_a_blob_that_it_refuses(void **state)
{
	struct world *w = *state;
	struct vmx_world v;

	vmx_play(w, &v, (struct edit[EDITS]){ { NULL } });
	for (size_t i = 0; i < v.count; i++) {
		const char *id = v.findings[i].rule->id;
		bool decided = strcmp(id, "vmx.link-memory") != 0;

		if (!has_scene(id, decided ? KVMFEAT_NESTED_REFUSED : KVMFEAT_NESTED_NOT_CHECKED))
			fail_msg("no blob for %s", id);
	}
	assert_int_equal(v.count, kf_nested_vmx_rule_count);
}

static void assert_all_ok(const struct vmx_world *v, uint32_t seed)
{
	for (size_t i = 0; i < v->count; i++)
		if (v->findings[i].verdict != KVMFEAT_NESTED_OK)
			fail_msg("seed %u: %s is %s", seed, v->findings[i].rule->id,
				 kvmfeat_nested_verdict_name(v->findings[i].verdict));
}

/* KVM tells by the flags and the size how much of a blob it reads. */
static void data_that_kvm_does_not_read_is_ok(void **state)
{
	static const struct edit unread[][EDITS] = {
		{ OFF, H("size", KF_VMX_BYTES), EVMCS },
		{ LONE, H("size", 4223), EVMCS },
		{ L1, V(revision_id, 0x11e57ed0), H("size", KF_VMX_BYTES), EVMCS },
	};
	struct world *w = *state;
	struct vmx_world v;

	for (uint32_t seed = 1; seed <= 64; seed++) {
		for (size_t i = 0; i < KF_ARRAY_SIZE(unread); i++) {
			vmx_good(w, &v);
			blob_scramble(v.blob + KF_VMX_VMCS12, KF_VMX_BYTES - KF_VMX_VMCS12, seed);
			for (size_t j = 0; j < EDITS && unread[i][j].what; j++)
				vmx_edit(w, &v, &unread[i][j]);
			vmx_check(w, &v);
			assert_all_ok(&v, seed);
		}
	}
}

static const char *first_refusal(const struct vmx_world *v)
{
	for (size_t i = 0; i < v->count; i++)
		if (v->findings[i].verdict == KVMFEAT_NESTED_REFUSED)
			return v->findings[i].rule->id;
	return "none";
}

static void a_size_holds_the_vmcs12_and_the_shadow_that_are_wanted(void **state)
{
	const struct edit shadowed[EDITS] = { SHADOWING, V(vmcs_link_pointer, 0x5000),
					      T("shadow.revision_id", 0x91e57ed0) };
	struct world *w = *state;
	struct vmx_world v;

	for (uint32_t size = KF_NESTED_HEADER_BYTES; size <= KF_VMX_BYTES; size++) {
		const char *id = size < 4224 ? "vmx.size" :
				 size < 8320 ? "vmx.shadow-size" :
					       "none";

		vmx_good(w, &v);
		for (size_t i = 0; i < EDITS && shadowed[i].what; i++)
			vmx_edit(w, &v, &shadowed[i]);
		vmx_edit(w, &v, &(struct edit){ "header.size", size });
		vmx_check(w, &v);
		assert_string_equal(first_refusal(&v), id);
	}
}

static void the_vendor_of_the_host_is_told_by_its_cpuid_too(void **state)
{
	static const struct {
		struct edit edit;
		enum kvmfeat_nested_verdict verdict;
		const char *missing;
	} cases[] = {
		{ T("cpuid.1.0.ecx", 1 << 5), KVMFEAT_NESTED_OK, NULL },
		{ T("cpuid.80000001.0.ecx", 1 << 2), KVMFEAT_NESTED_REFUSED, NULL },
		{ T("cpuid.1.0.ecx", 0), KVMFEAT_NESTED_NOT_CHECKED, "KVM_CAP_NESTED_STATE" },
		{ UNKNOWN(CPUID), KVMFEAT_NESTED_NOT_CHECKED, "CPUID" },
	};
	struct vmx_world v;

	for (size_t i = 0; i < KF_ARRAY_SIZE(cases); i++) {
		const struct edit edits[EDITS] = { OFF, UNKNOWN(MAX_BYTES), cases[i].edit };
		const struct kvmfeat_nested_finding *finding;

		vmx_play(*state, &v, edits);
		finding = find(&v, "vmx.format");
		assert_int_equal(finding->verdict, cases[i].verdict);
		if (cases[i].missing)
			assert_string_equal(finding->missing, cases[i].missing);
	}
}

static void an_empty_state_needs_no_fact_of_the_vcpu(void **state)
{
	struct world *w = *state;
	struct vmx_world v = { .bytes = KF_NESTED_HEADER_BYTES };

	assert_int_equal(kvmfeat_nested_init(w->ctx, KVMFEAT_NESTED_VMX, 0, v.blob, v.bytes), 0);
	assert_int_equal(kvmfeat_nested_check(w->ctx, v.blob, v.bytes, NULL, v.findings, &v.count),
			 0);
	for (size_t i = 0; i < v.count; i++) {
		const char *id = v.findings[i].rule->id;
		bool of_host = !strcmp(id, "vmx.nested") || !strcmp(id, "vmx.format");

		assert_int_equal(v.findings[i].verdict,
				 of_host ? KVMFEAT_NESTED_NOT_CHECKED : KVMFEAT_NESTED_OK);
	}
}

/* Names, offsets and values that the decoder has, too. */
static void each_rule_is_about_a_field_of_the_format(void **state)
{
	struct world *w = *state;
	struct vmx_world v;

	vmx_good(w, &v);
	blob_scramble(v.blob + KF_VMX_VMCS12, KF_VMX_BYTES - KF_VMX_VMCS12, 7);
	vmx_check(w, &v);
	for (size_t i = 0; i < v.count; i++) {
		const struct kvmfeat_nested_rule *rule = v.findings[i].rule;
		const struct kvmfeat_nested_field *field =
			kvmfeat_nested_find_field(KVMFEAT_NESTED_VMX, rule->field);
		uint64_t value;

		assert_int_equal(strncmp(rule->id, "vmx.", 4), 0);
		assert_true(rule->text && rule->text[0]);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(rule->id, v.findings[j].rule->id);
		if (!strncmp(rule->field, "vcpu.", 5)) {
			assert_int_equal(rule->offset, UINT32_MAX);
			continue;
		}
		if (!field || field->offset != rule->offset)
			fail_msg("%s: no field %s at %u", rule->id, rule->field, rule->offset);
		assert_int_equal(kvmfeat_nested_get_value(w->ctx, v.blob, v.bytes, field, &value),
				 0);
		assert_int_equal(v.findings[i].value, value);
	}
}

/* Everything on that needs a fact: each control, addresses above 4 GiB, lists above 512. */
static const struct edit needy_blob[] = {
	{ "header.vmxon_pa", HIGH },
	{ "header.vmcs12_pa", 2 * HIGH },
	PIN(0x81),
	V(cpu_based_vm_exec_control, SECONDARY_ON | TPR | 1 << 25 | 1 << 28),
	V(secondary_vm_exec_control, 0x26663),
	V(vm_exit_controls, EXIT_BASE | 1u << 12 | 1u << 15 | 1u << 19 | 1u << 21 | 1u << 28),
	V(vm_entry_controls, ENTRY_BASE | 1u << 2 | 1u << 13 | 1u << 15 | 1u << 16 | 1u << 20),
	V(cr3_target_count, 1),
	V(io_bitmap_a, HIGH),
	V(io_bitmap_b, HIGH),
	V(msr_bitmap, HIGH),
	V(virtual_apic_page_addr, HIGH),
	V(apic_access_addr, HIGH),
	V(posted_intr_desc_addr, HIGH),
	V(pml_address, HIGH),
	V(vmread_bitmap, HIGH),
	V(vmwrite_bitmap, HIGH),
	V(eptp_list_address, HIGH),
	V(virtual_processor_id, 1),
	V(ept_pointer, HIGH | 0x5e),
	V(vm_function_control, 1),
	V(vm_exit_msr_load_count, 513),
	V(vm_exit_msr_load_addr, HIGH),
	V(vm_exit_msr_store_count, 513),
	V(vm_exit_msr_store_addr, HIGH),
	V(vm_entry_msr_load_count, 513),
	V(vm_entry_msr_load_addr, HIGH),
	V(vm_entry_intr_info_field, 0x80000700),
	V(host_cr3, HIGH | UINT64_C(1) << 62),
	V(host_ia32_sysenter_esp, BEYOND_48),
	V(host_ia32_sysenter_eip, BEYOND_48),
	V(host_ia32_perf_global_ctrl, 1),
	V(host_fs_base, BEYOND_48),
	V(host_gs_base, BEYOND_48),
	V(host_gdtr_base, BEYOND_48),
	V(host_idtr_base, BEYOND_48),
	V(host_tr_base, BEYOND_48),
	V(host_ia32_efer, 0x500),
	V(host_s_cet, BEYOND_48),
	V(host_ssp, BEYOND_48),
	V(host_ssp_tbl, BEYOND_48),
	V(guest_cr3, HIGH),
	V(guest_ia32_debugctl, 0x4),
	V(guest_ia32_perf_global_ctrl, 1),
	V(guest_ia32_efer, 0x500),
	V(guest_bndcfgs, BEYOND_48),
	V(guest_s_cet, 1),
	V(guest_ssp, 2 * BEYOND_48),
	V(guest_ssp_tbl, BEYOND_48),
	T("cpuid.7.0.ecx", 1 << 7 | 1 << 16 | 1 << 24),
	LAM,
};

/* A fact, and the rules that want it of that blob, in their order. */
static const struct need {
	const char *missing;
	struct edit without;
	const char *const *ids;
} needs[] = {
	{ "MAXPHYADDR", UNKNOWN(MAXPHYADDR),
	  (const char *const[]){
		  "vmxon-pa", "vmcs12-pa", "io-bitmap-a", "io-bitmap-b", "msr-bitmap",
		  "virtual-apic-page", "apic-access-page", "posted-descriptor", "pml-address",
		  "vmread-bitmap", "vmwrite-bitmap", "ept-pointer", "eptp-list", "exit-load-list",
		  "exit-store-list", "entry-load-list", "host-cr3", "guest-cr3", NULL } },
	{ "CPUID", UNKNOWN(CPUID),
	  (const char *const[]){ "vcpu-cpuid",
				 "host-cr4-cpuid",
				 "host-cr3",
				 "host-sysenter-esp",
				 "host-sysenter-eip",
				 "host-perf-global-ctrl",
				 "host-fs-base",
				 "host-gs-base",
				 "host-gdtr-base",
				 "host-idtr-base",
				 "host-tr-base",
				 "host-efer",
				 "host-s-cet",
				 "host-ssp-table",
				 "host-s-cet-base",
				 "host-ssp",
				 "guest-cr4-cpuid",
				 "guest-debugctl",
				 "guest-perf-global-ctrl",
				 "guest-efer",
				 "guest-bndcfgs-base",
				 "guest-s-cet",
				 "guest-ssp-table",
				 "guest-ssp",
				 NULL } },
	{ "SMM", UNKNOWN(SMM), (const char *const[]){ "smm", NULL } },
	{ "KVM_CAP_NESTED_STATE", UNKNOWN(MAX_BYTES), (const char *const[]){ "nested", NULL } },
	{ "KVM_CAP_HYPERV_ENLIGHTENED_VMCS", UNKNOWN(EVMCS),
	  (const char *const[]){ "evmcs-pin-controls", "evmcs-secondary-controls",
				 "evmcs-exit-controls", "evmcs-entry-controls",
				 "evmcs-vm-functions", NULL } },
	{ "IA32_VMX_MISC", T("no-msr", 0x485),
	  (const char *const[]){ "cr3-target-count", "exit-load-count", "exit-store-count",
				 "entry-load-count", NULL } },
	{ "IA32_VMX_CR0_FIXED0", T("no-msr", 0x486),
	  (const char *const[]){ "host-cr0", "guest-cr0", NULL } },
	{ "IA32_VMX_CR0_FIXED1", T("no-msr", 0x487),
	  (const char *const[]){ "host-cr0", "guest-cr0", NULL } },
	{ "IA32_VMX_CR4_FIXED0", T("no-msr", 0x488),
	  (const char *const[]){ "host-cr4", "guest-cr4", NULL } },
	{ "IA32_VMX_CR4_FIXED1", T("no-msr", 0x489),
	  (const char *const[]){ "host-cr4", "guest-cr4", NULL } },
	{ "IA32_VMX_PROCBASED_CTLS2", T("no-msr", 0x48b),
	  (const char *const[]){ "secondary-controls", NULL } },
	{ "IA32_VMX_EPT_VPID_CAP", T("no-msr", 0x48c),
	  (const char *const[]){ "ept-memory-type", "ept-levels", "ept-accessed-dirty", NULL } },
	{ "IA32_VMX_TRUE_PINBASED_CTLS", T("no-msr", 0x48d),
	  (const char *const[]){ "pin-controls", NULL } },
	{ "IA32_VMX_TRUE_PROCBASED_CTLS", T("no-msr", 0x48e),
	  (const char *const[]){ "primary-controls", "event-monitor-trap", NULL } },
	{ "IA32_VMX_TRUE_EXIT_CTLS", T("no-msr", 0x48f),
	  (const char *const[]){ "exit-controls", NULL } },
	{ "IA32_VMX_TRUE_ENTRY_CTLS", T("no-msr", 0x490),
	  (const char *const[]){ "entry-controls", NULL } },
	{ "IA32_VMX_VMFUNC", T("no-msr", 0x491), (const char *const[]){ "vm-functions", NULL } },
	{ NULL, { NULL }, (const char *const[]){ NULL } },
};

static void assert_needs(struct world *w, const struct need *need)
{
	const char *const *id = need->ids;
	struct vmx_world v;

	vmx_good(w, &v);
	for (size_t i = 0; i < KF_ARRAY_SIZE(needy_blob); i++)
		vmx_edit(w, &v, &needy_blob[i]);
	if (need->missing)
		vmx_edit(w, &v, &need->without);
	vmx_check(w, &v);
	for (size_t i = 0; i < v.count; i++) {
		const struct kvmfeat_nested_finding *finding = &v.findings[i];
		bool wants = *id && !strcmp(finding->rule->id + strlen("vmx."), *id);

		if (wants != (finding->verdict == KVMFEAT_NESTED_NOT_CHECKED) ||
		    finding->verdict == KVMFEAT_NESTED_REFUSED)
			fail_msg("without %s: %s is %s %s", need->missing, finding->rule->id,
				 kvmfeat_nested_verdict_name(finding->verdict),
				 finding->missing ? finding->missing : "");
		if (!wants) {
			assert_null(finding->missing);
			continue;
		}
		assert_string_equal(finding->missing, need->missing);
		id++;
	}
	assert_null(*id);
}

static void a_fact_is_missed_by_the_rules_that_need_it_alone(void **state)
{
	for (size_t i = 0; i < KF_ARRAY_SIZE(needs); i++)
		assert_needs(*state, &needs[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(each_rule_refuses_its_own_blobs_and_no_neighbours),
		WORLD_TEST(each_rule_has_a_blob_that_it_refuses),
		WORLD_TEST(a_fact_is_missed_by_the_rules_that_need_it_alone),
		WORLD_TEST(data_that_kvm_does_not_read_is_ok),
		WORLD_TEST(a_size_holds_the_vmcs12_and_the_shadow_that_are_wanted),
		WORLD_TEST(the_vendor_of_the_host_is_told_by_its_cpuid_too),
		WORLD_TEST(an_empty_state_needs_no_fact_of_the_vcpu),
		WORLD_TEST(each_rule_is_about_a_field_of_the_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
