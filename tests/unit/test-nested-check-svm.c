// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rules of an SVM blob: for each one a blob, or a vCPU, that this rule alone refuses or
 * changes, and its nearest neighbours that KVM takes as they are. All is known of the vCPU;
 * its CPUID features one by one, and what is not known: test-nested-check-facts.c.
 */
#include "nested-svm.h"

#define BIT(number) (UINT64_C(1) << (number))

enum {
	RUN_PENDING = KF_NESTED_RUN_PENDING,
	EVMCS = KF_NESTED_EVMCS,
	MTF_PENDING = KF_NESTED_MTF_PENDING,
	GIF_SET = KF_NESTED_GIF_SET,
	IN_GUEST = KF_NESTED_GUEST_MODE | GIF_SET,
};

static void no_nested(struct kvmfeat_nested_target *target)
{
	target->max_bytes = 0;
}

static void no_room(struct kvmfeat_nested_target *target)
{
	target->max_bytes = KF_SVM_BYTES - 1;
}

static void header_room(struct kvmfeat_nested_target *target)
{
	target->max_bytes = KF_NESTED_HEADER_BYTES;
}

static void no_svme(struct kvmfeat_nested_target *target)
{
	target->efer &= ~BIT(12);
}

static void in_smm(struct kvmfeat_nested_target *target)
{
	target->smm = true;
}

static void nw_alone(struct kvmfeat_nested_target *target)
{
	target->cr0 |= BIT(29);
}

static void nw_and_cd(struct kvmfeat_nested_target *target)
{
	target->cr0 |= BIT(29) | BIT(30);
}

static void cr3_high(struct kvmfeat_nested_target *target)
{
	target->cr3 = BIT(40);
}

static void cr3_top(struct kvmfeat_nested_target *target)
{
	target->cr3 = BIT(39) | BIT(61) | BIT(62);
}

static void cr3_tagged(struct kvmfeat_nested_target *target)
{
	static struct kvmfeat_cpuid_entry cpuid[SVM_CPUIDS];

	memcpy(cpuid, svm_cpuid, sizeof(cpuid));
	cpuid[2].eax = 0; /* LAM */
	target->cpuid = cpuid;
	target->cr3 = BIT(62);
}

static void shared_pat(struct kvmfeat_nested_target *target)
{
	target->own_pat = false;
}

static void bits_52(struct kvmfeat_nested_target *target)
{
	target->maxphyaddr = 52;
}

/* CPUID of the vCPU, with one bit changed. */
static struct kvmfeat_cpuid_entry changed_cpuid[SVM_CPUIDS];

static void lmsle_mbz(struct kvmfeat_nested_target *target)
{
	memcpy(changed_cpuid, svm_cpuid, sizeof(changed_cpuid));
	changed_cpuid[4].ebx = 1u << 20;
	target->cpuid = changed_cpuid;
}

static void no_invpcid(struct kvmfeat_nested_target *target)
{
	memcpy(changed_cpuid, svm_cpuid, sizeof(changed_cpuid));
	changed_cpuid[1].ebx &= ~(1u << 10);
	target->cpuid = changed_cpuid;
}

static void no_gmet(struct kvmfeat_nested_target *target)
{
	memcpy(changed_cpuid, svm_cpuid, sizeof(changed_cpuid));
	changed_cpuid[5].edx &= ~(1u << 17);
	target->cpuid = changed_cpuid;
}

static void vmx_alone(struct kvmfeat_nested_target *target)
{
	static const struct kvmfeat_cpuid_entry cpuid[] = { { .function = 1, .ecx = 1u << 5 } };

	target->cpuid = cpuid;
	target->cpuid_count = 1;
}

static void both_vendors(struct kvmfeat_nested_target *target)
{
	memcpy(changed_cpuid, svm_cpuid, sizeof(changed_cpuid));
	changed_cpuid[0].ecx |= 1u << 5;
	target->cpuid = changed_cpuid;
}

#define EVENT(type, vector) (0x80000000u | (type) << 8 | (vector))
#define FLAGS(value)                                                                               \
	{                                                                                          \
		"header.flags", value                                                              \
	}

static const struct scene refused[] = {
	{ "svm.nested", .target = no_nested },
	{ "svm.nested", .target = no_room },
	{ "svm.known-flags", { FLAGS(IN_GUEST | 0x10) } },
	{ "svm.known-flags", { FLAGS(IN_GUEST | 0x80) } },
	{ "svm.known-flags", { FLAGS(IN_GUEST | 0x200) } },
	{ "svm.known-flags", { FLAGS(IN_GUEST | 0x8000) } },
	{ "svm.run-pending", { FLAGS(RUN_PENDING) } },
	{ "svm.run-pending", { FLAGS(RUN_PENDING | GIF_SET) } },
	{ "svm.format", { FLAGS(0) }, .target = vmx_alone },
	{ "svm.flags", { FLAGS(IN_GUEST | EVMCS) } },
	{ "svm.flags", { FLAGS(MTF_PENDING) } },
	{ "svm.vcpu-efer", .target = no_svme },
	{ "svm.vcpu-smm", .target = in_smm },
	{ "svm.vmcb-pa", { { "header.vmcb_pa", 0x1001 } } },
	{ "svm.vmcb-pa", { { "header.vmcb_pa", 0x1800 } } },
	{ "svm.vmcb-pa", { { "header.vmcb_pa", BIT(40) } } },
	{ "svm.vmcb-pa", { { "header.vmcb_pa", BIT(63) } } },
	{ "svm.vmcb-pa", { { "header.vmcb_pa", BIT(52) } }, .target = bits_52 },
	{ "svm.size", { { "header.size", KF_NESTED_HEADER_BYTES } } },
	{ "svm.size", { { "header.size", KF_SVM_BYTES - 1 } } },
	{ "svm.vmrun", { { "control.intercept_word4", 0xffff9fbe } } },
	{ "svm.asid", { { "control.asid", 0 } } },
	{ "svm.nested-cr3", { { "control.nested_cr3", BIT(40) } } },
	{ "svm.nested-cr3", { { "control.nested_cr3", BIT(62) } } },
	{ "svm.msrpm", { { "control.msrpm_base_pa", BIT(40) - 4096 } } },
	{ "svm.msrpm", { { "control.msrpm_base_pa", BIT(40) } } },
	{ "svm.msrpm", { { "control.msrpm_base_pa", UINT64_MAX << 12 } } },
	{ "svm.iopm", { { "control.iopm_base_pa", BIT(40) - 8192 } } },
	{ "svm.iopm", { { "control.iopm_base_pa", BIT(63) } } },
	{ "svm.v-nmi", { { "control.int_ctl", BIT(26) } } },
	{ "svm.v-nmi",
	  { { "control.int_ctl", 0xffffffff }, { "control.intercept_word3", 0xfffffffd } } },
	{ "svm.event-type", { { "control.event_inj", EVENT(1, 0) } } },
	{ "svm.event-type", { { "control.event_inj", EVENT(5, 3) } } },
	{ "svm.event-type", { { "control.event_inj", EVENT(6, 32) } } },
	{ "svm.event-type", { { "control.event_inj", EVENT(7, 255) | BIT(11) } } },
	{ "svm.event-vector", { { "control.event_inj", EVENT(3, 2) } } },
	{ "svm.vcpu-cr0", .target = nw_alone },
	{ "svm.host-pg", { { "save.cr0", 0x00050033 } } },
	{ "svm.host-pg", { { "save.cr0", 0x11 }, { "save.cr4", 0 }, { "save.cr3", BIT(63) } } },
	{ "svm.host-pe", { { "save.cr0", 0x80050032 } } },
	{ "svm.host-vm", { { "save.rflags", 0x20002 } } },
	{ "svm.host-lma", { { "save.efer", 0x1c01 } } },
	{ "svm.host-svme", { { "save.efer", 0x0d01 } } },
	{ "svm.host-nw", { { "save.cr0", 0xa0050033 } } },
	{ "svm.host-cr0", { { "save.cr0", BIT(32) | 0x80050033 } } },
	{ "svm.host-cr0", { { "save.cr0", BIT(63) | 0x80050033 } } },
	{ "svm.host-dr6", { { "save.dr6", BIT(32) } } },
	{ "svm.host-dr6", { { "save.dr6", BIT(63) } } },
	{ "svm.host-dr7", { { "save.dr7", BIT(32) } } },
	{ "svm.host-dr7", { { "save.dr7", BIT(63) } } },
	{ "svm.host-pae", { { "save.cr4", 0 } } },
	{ "svm.host-cr3", { { "save.cr3", BIT(40) } } },
	{ "svm.host-cr3", { { "save.cr3", BIT(60) } } },
	{ "svm.host-cr3", { { "save.cr3", BIT(63) } } },
	{ "svm.host-cs", { { "save.cs.attrib", 0x600 } } },
	{ "svm.host-cr4", { { "save.cr4", 0x20 | BIT(13) } } },
	{ "svm.host-cr4", { { "save.cr4", 0x20 | BIT(14) } } },
	{ "svm.host-cr4", { { "save.cr4", 0x20 | BIT(24) } } },
	{ "svm.host-cr4", { { "save.cr4", 0x20 | BIT(27) } } },
	{ "svm.host-cr4", { { "save.cr4", 0x20 | BIT(32) } } },
	{ "svm.host-cr4", { { "save.cr4", 0x20 | BIT(63) } } },
	{ "svm.host-efer", { { "save.efer", 0x1d01 | BIT(1) } } },
	{ "svm.host-efer", { { "save.efer", 0x1d01 | BIT(9) } } },
	{ "svm.host-efer", { { "save.efer", 0x1d01 | BIT(15) } } },
	{ "svm.host-efer", { { "save.efer", 0x1d01 | BIT(63) } } },
	{ "svm.host-efer", { { "save.efer", 0x1d01 | BIT(13) } }, .target = lmsle_mbz },
	{ "svm.gpat", { { "header.gpat", 0x02 } } },
	{ "svm.gpat", { { "header.gpat", UINT64_C(0x03) << 56 } } },
	{ "svm.gpat", { { "header.gpat", 0x08 } } },
	{ "svm.vcpu-cr3", .target = cr3_high },
	{ "svm.vcpu-cr3", .target = cr3_tagged },
};

static const struct scene changed[] = {
	{ "svm.intercept-word4", { { "control.intercept_word4", 0xffffffff } }, NULL, 0xffffbfbf },
	{ "svm.intercept-word4", { { "control.intercept_word4", 0x41 } }, NULL, 0x1 },
	{ "svm.intercept-word4", { { "control.intercept_word4", 0x4001 } }, NULL, 0x1 },
	{ "svm.intercept-word5", { { "control.intercept_word5", 7 } }, no_invpcid, 3 },
	{ "svm.misc-ctl", { { "control.misc_ctl", 0xf } }, no_gmet, 7 },
	{ "svm.iopm-page", { { "control.iopm_base_pa", 0x4fff } }, NULL, 0x4000 },
	{ "svm.iopm-page", { { "control.iopm_base_pa", BIT(40) - 8193 } }, NULL, BIT(40) - 12288 },
	{ "svm.msrpm-page", { { "control.msrpm_base_pa", 0x8001 } }, NULL, 0x8000 },
	{ "svm.msrpm-page", { { "control.msrpm_base_pa", BIT(40) - 4097 } }, NULL, BIT(40) - 8192 },
	{ "svm.tlb-ctl", { { "control.tlb_ctl", 0xff } }, NULL, 0x7 },
	{ "svm.tlb-ctl", { { "control.tlb_ctl", 0x08 } }, NULL, 0 },
	{ "svm.int-vector", { { "control.int_vector", 0x1ff } }, NULL, 0xff },
	{ "svm.int-state", { { "control.int_state", 0x3 } }, NULL, 0x1 },
	{ "svm.int-state", { { "control.int_state", 0x80000000 } }, NULL, 0 },
	{ "svm.event-inj", { { "control.event_inj", 0xfffffb0e } }, NULL, 0x80000b0e },
	{ "svm.event-inj", { { "control.event_inj", 0x00001000 } }, NULL, 0 },
	{ "svm.avic-vapic-bar", { { "control.avic_vapic_bar", 0xfee00000 } } },
	{ "svm.ghcb-gpa", { { "control.ghcb_gpa", BIT(63) } } },
	{ "svm.clean", { { "control.clean", 0x80000000 } } },
	{ "svm.insn-len", { { "control.insn_len", 15 } } },
	{ "svm.avic-backing-page", { { "control.avic_backing_page", 0x1000 } } },
	{ "svm.avic-logical-id", { { "control.avic_logical_id", 0x1000 } } },
	{ "svm.avic-physical-id", { { "control.avic_physical_id", 0x1000 } } },
	{ "svm.vmsa-pa", { { "control.vmsa_pa", 1 } } },
	{ "svm.bus-lock-counter", { { "control.bus_lock_counter", 0xffff } } },
	{ "svm.allowed-sev-features", { { "control.allowed_sev_features", 1 } } },
	{ "svm.guest-sev-features", { { "control.guest_sev_features", BIT(63) } } },
	{ "svm.gpat-dropped", .target = shared_pat },
	{ "svm.gpat-dropped", { { "header.gpat", 0x02 } }, shared_pat },
	{ "svm.gpat-dropped", { { "control.misc_ctl", 0 } } },
	{ "svm.gpat-dropped", { { "control.misc_ctl", 0 }, { "header.gpat", 0xff } } },
	{ "svm.host-rflags", { { "save.rflags", 0 } }, NULL, 0x2 },
	{ "svm.host-rflags", { { "save.rflags", 0x200 } }, NULL, 0x202 },
	{ "svm.host-cpl", { { "save.cpl", 3 } } },
};

static const struct scene taken[] = {
	{ NULL, { { "header.size", KF_SVM_BYTES } } },
	{ NULL, { FLAGS(0) }, header_room },
	{ NULL, { FLAGS(IN_GUEST | RUN_PENDING) } },
	{ NULL, { FLAGS(IN_GUEST & ~GIF_SET) } },
	{ NULL, { FLAGS(0) }, no_svme },
	{ NULL, { FLAGS(GIF_SET) }, no_svme },
	{ NULL, { FLAGS(GIF_SET) }, in_smm },
	{ NULL, { FLAGS(0), { "header.vmcb_pa", 1 } } },
	{ NULL, { FLAGS(0), { "header.gpat", 2 }, { "control.asid", 0 }, { "save.cr0", 0 } } },
	{ NULL, { FLAGS(0) }, cr3_high },
	{ NULL, { FLAGS(0) }, nw_alone },
	{ NULL, .target = both_vendors },
	{ NULL, { { "header.vmcb_pa", BIT(40) - 4096 } } },
	{ NULL, { { "header.vmcb_pa", 0 } } },
	{ NULL, { { "header.vmcb_pa", BIT(52) - 4096 } }, bits_52 },
	{ NULL, { { "control.asid", 0xffffffff } } },
	{ NULL, { { "control.nested_cr3", BIT(40) - 1 } } },
	{ NULL,
	  { { "control.nested_cr3", UINT64_MAX },
	    { "control.misc_ctl", 6 },
	    { "header.gpat", 0 } } },
	{ NULL, { { "control.msrpm_base_pa", BIT(40) - 8192 } } },
	{ NULL, { { "control.iopm_base_pa", BIT(40) - 12288 } } },
	{ NULL, { { "control.int_ctl", BIT(26) }, { "control.intercept_word3", 2 } } },
	{ NULL, { { "control.int_ctl", 0xfbffffff } } },
	{ NULL, { { "control.event_inj", 0x7ff } } },
	{ NULL, { { "control.event_inj", EVENT(0, 255) } } },
	{ NULL, { { "control.event_inj", EVENT(2, 2) } } },
	{ NULL, { { "control.event_inj", EVENT(4, 2) | BIT(11) } } },
	{ NULL, { { "control.tlb_ctl", 7 }, { "control.erap_ctl", 0xff } } },
	{ NULL, { { "control.misc_ctl", UINT64_MAX }, { "control.misc_ctl2", UINT64_MAX } } },
	{ NULL, { { "control.intercept_word5", 0xffffffff } } },
	{ NULL, { { "control.intercept_word4", 0xffffbfbf } } },
	{ NULL, { { "save.g_pat", 2 } } },
	{ NULL, .target = nw_and_cd },
	{ NULL, { { "save.cr0", 0xe0050033 } } },
	{ NULL, { { "save.cr0", 0xc0000001 } } },
	{ NULL, { { "save.rflags", ~BIT(17) } } },
	{ NULL, { { "save.efer", 0x1901 } } },
	{ NULL, { { "save.efer", 0x1000 }, { "save.cr4", 0 }, { "save.cr3", BIT(63) } } },
	{ NULL, { { "save.efer", 0x1000 }, { "save.cs.attrib", 0xffff } } },
	{ NULL, { { "save.efer", 0x1d01 | BIT(13) | BIT(14) | BIT(21) } } },
	{ NULL, { { "save.dr6", 0xffffffff }, { "save.dr7", 0xffffffff } } },
	{ NULL, { { "save.cr3", BIT(40) - 1 } } },
	{ NULL, { { "save.cr3", BIT(62) | BIT(61) } } },
	{ NULL, { { "save.cs.attrib", 0xfbff } } },
	{ NULL, { { "save.cs.attrib", 0xfdff } } },
	{ NULL, { { "save.cr4", 0x7ff } } },
	{ NULL, { { "save.cr4", 0x10f71fff } } },
	{ NULL, { { "header.gpat", UINT64_C(0x0706050401000707) } } },
	{ NULL, { { "header.gpat", 0 } }, shared_pat },
	{ NULL, .target = cr3_top },
};

static void each_blob_is_refused_by_its_rule_alone(void **state)
{
	struct result result;

	for (size_t i = 0; i < KF_ARRAY_SIZE(refused); i++) {
		scene_play(*state, &refused[i], &result);
		scene_assert(&refused[i], &result, KVMFEAT_NESTED_REFUSED);
	}
}

static void each_change_is_told_with_its_outcome(void **state)
{
	struct result result;

	for (size_t i = 0; i < KF_ARRAY_SIZE(changed); i++) {
		scene_play(*state, &changed[i], &result);
		scene_assert(&changed[i], &result, KVMFEAT_NESTED_CHANGED);
	}
}

static void the_nearest_neighbours_are_taken(void **state)
{
	struct result result;

	for (size_t i = 0; i < KF_ARRAY_SIZE(taken); i++) {
		scene_play(*state, &taken[i], &result);
		scene_assert(&taken[i], &result, KVMFEAT_NESTED_OK);
	}
}

static void an_injected_exception_is_one_that_exists(void **state)
{
	static const char *const valid = "vv.vvvvvv.vvvvv.vvvv.v......vvv.";

	for (unsigned int vector = 0; vector < 256; vector++) {
		const bool good = vector < 32 && valid[vector] == 'v';
		const struct scene scene = {
			.id = good ? NULL : "svm.event-vector",
			.edits = { { "control.event_inj", EVENT(3, vector) } },
		};
		struct result result;

		scene_play(*state, &scene, &result);
		scene_assert(&scene, &result, KVMFEAT_NESTED_REFUSED);
	}
}

static void a_cut_vmcb_is_refused_by_its_size_alone(void **state)
{
	const struct scene scene = { .id = "svm.size" };
	const struct kvmfeat_nested_target target = svm_target();
	struct world *w = *state;
	uint8_t whole[KF_SVM_BYTES];
	struct result result;

	svm_blob(w, whole);
	for (size_t size = KF_NESTED_HEADER_BYTES; size < KF_SVM_BYTES; size++) {
		uint8_t *blob = malloc(size); /* exactly, so that sanitizers see a read behind it */

		assert_non_null(blob);
		memcpy(blob, whole, size);
		svm_put(w, whole, "header.size", size);
		memcpy(blob + KF_NESTED_SIZE, whole + KF_NESTED_SIZE, 4);
		svm_check(w, blob, size, &target, &result);
		scene_assert(&scene, &result, KVMFEAT_NESTED_REFUSED);
		free(blob);
	}
}

/* Of a blob that is all @fill behind its flags, format and size. */
static void check_filled(struct world *w, int fill, unsigned int flags, size_t size,
			 const struct scene *scene)
{
	struct kvmfeat_nested_target target = svm_target();
	uint8_t blob[KF_SVM_BYTES];
	struct result result;

	assert_int_equal(
		kvmfeat_nested_init(w->ctx, KVMFEAT_NESTED_SVM, (uint16_t)flags, blob, size), 0);
	memset(blob + 8, fill, size - 8);
	if (flags & KF_NESTED_GUEST_MODE)
		svm_put(w, blob, "header.vmcb_pa", 0x1000);
	target.cpuid = &svm_cpuid[3]; /* SVM alone, or with NPT */
	target.cpuid_count = fill & 1 ? 3 : 1;
	target.cr0 = fill ? BIT(29) : 0;
	target.cr3 = fill ? UINT64_MAX : 0;
	svm_check(w, blob, size, &target, &result);
	scene_assert(scene, &result, KVMFEAT_NESTED_REFUSED);
}

static void what_kvm_does_not_read_is_not_judged(void **state)
{
	/* Each byte is what some rule refuses or changes. */
	static const int fills[] = { 0x00, 0xff, 0xfe, 0x24, 0x83 };
	const struct scene taken_as_it_is = { 0 };
	const struct scene cut = { .id = "svm.size" };

	for (size_t i = 0; i < KF_ARRAY_SIZE(fills); i++) {
		check_filled(*state, fills[i], 0, KF_NESTED_HEADER_BYTES, &taken_as_it_is);
		check_filled(*state, fills[i], GIF_SET, KF_NESTED_HEADER_BYTES, &taken_as_it_is);
		check_filled(*state, fills[i], GIF_SET, KF_SVM_BYTES, &taken_as_it_is);
		check_filled(*state, fills[i], IN_GUEST, KF_SVM_BYTES - 1, &cut);
	}
}

static void every_rule_has_been_tried(void **state)
{
	(void)state;
	for (size_t i = 0; i < kf_nested_svm_rule_count; i++) {
		const char *id = kf_nested_svm_rules[i].rule.id;
		bool tried = false;

		for (size_t j = 0; j < KF_ARRAY_SIZE(refused); j++)
			tried |= !strcmp(id, refused[j].id);
		for (size_t j = 0; j < KF_ARRAY_SIZE(changed); j++)
			tried |= !strcmp(id, changed[j].id);
		if (!tried)
			fail_msg("%s has not been tried", id);
	}
}

static void rules_have_ids_and_fields_of_the_format(void **state)
{
	(void)state;
	for (size_t i = 0; i < kf_nested_svm_rule_count; i++) {
		const struct kf_nested_rule *row = &kf_nested_svm_rules[i];
		const struct kvmfeat_nested_field *field =
			kvmfeat_nested_find_field(KVMFEAT_NESTED_SVM, row->rule.field);

		assert_int_equal(strncmp(row->rule.id, "svm.", 4), 0);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(row->rule.id, kf_nested_svm_rules[j].rule.id);
		assert_non_null(row->rule.text);
		if (row->rule.offset == UINT32_MAX) {
			assert_int_equal(strncmp(row->rule.field, "vcpu.", 5), 0);
			assert_int_equal(row->width, 0);
			continue;
		}
		assert_non_null(field);
		assert_int_equal(row->rule.offset, field->offset);
		assert_int_equal(row->width, field->width);
	}
}

static void the_first_refusal_is_the_one_that_kvm_meets(void **state)
{
	const struct scene scene = {
		.edits = { { "save.cr0", 0 }, { "control.asid", 0 }, { "control.misc_ctl", 0 } },
		.target = nw_alone,
	};
	static const char *const expected[] = { "svm.asid", "svm.vcpu-cr0", "svm.host-pg",
						"svm.host-pe" };
	struct result result;
	size_t met = 0;

	scene_play(*state, &scene, &result);
	for (size_t i = 0; i < result.count; i++)
		if (result.findings[i].verdict == KVMFEAT_NESTED_REFUSED)
			assert_string_equal(result.findings[i].rule->id, expected[met++]);
	assert_int_equal(met, KF_ARRAY_SIZE(expected));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(each_blob_is_refused_by_its_rule_alone),
		WORLD_TEST(each_change_is_told_with_its_outcome),
		WORLD_TEST(the_nearest_neighbours_are_taken),
		WORLD_TEST(an_injected_exception_is_one_that_exists),
		WORLD_TEST(a_cut_vmcb_is_refused_by_its_size_alone),
		WORLD_TEST(what_kvm_does_not_read_is_not_judged),
		cmocka_unit_test(every_rule_has_been_tried),
		WORLD_TEST(rules_have_ids_and_fields_of_the_format),
		WORLD_TEST(the_first_refusal_is_the_one_that_kvm_meets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
