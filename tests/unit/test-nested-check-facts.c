// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The check of an SVM blob, by what is known of the vCPU: its CPUID features one by one, and
 * each fact that is missing. A verdict that needs no fact is given without it.
 */
#include "nested-svm.h"

#define BIT(number) (UINT64_C(1) << (number))
#define EVENT(type, vector) (0x80000000u | (type) << 8 | (vector))

static struct kvmfeat_cpuid_entry changed_cpuid[SVM_CPUIDS];

enum cpuid_register { EAX, EBX, ECX, EDX };

/* The scene is taken by a vCPU with the feature; without it, the rule has the verdict. */
static const struct {
	uint32_t function, index;
	enum cpuid_register in;
	unsigned int bit;
	enum kvmfeat_nested_verdict verdict;
	struct scene scene;
} features[] = {
#define CHANGED KVMFEAT_NESTED_CHANGED
#define REFUSED KVMFEAT_NESTED_REFUSED
	{ 0x80000001,
	  0,
	  EDX,
	  27,
	  CHANGED,
	  { "svm.intercept-word4", { { "control.intercept_word4", 0x81 } }, NULL, 0x1 } },
	{ 0x1,
	  0,
	  ECX,
	  26,
	  CHANGED,
	  { "svm.intercept-word4", { { "control.intercept_word4", 0x2001 } }, NULL, 0x1 } },
	{ 0x7,
	  0,
	  EBX,
	  10,
	  CHANGED,
	  { "svm.intercept-word5", { { "control.intercept_word5", 0x7 } }, NULL, 0x3 } },
	{ 0x8000000a,
	  0,
	  EDX,
	  0,
	  CHANGED,
	  { "svm.misc-ctl",
	    { { "control.misc_ctl", 0xf }, { "header.gpat", 0 }, { "control.nested_cr3", 7 } },
	    NULL,
	    0xe } },
	{ 0x8000000a,
	  0,
	  EDX,
	  17,
	  CHANGED,
	  { "svm.misc-ctl", { { "control.misc_ctl", 0xf } }, NULL, 0x7 } },
	{ 0x7,
	  0,
	  ECX,
	  7,
	  REFUSED,
	  { "svm.event-vector", { { "control.event_inj", EVENT(3, 21) } } } },
	{ 0x8000001f,
	  0,
	  EAX,
	  3,
	  REFUSED,
	  { "svm.event-vector", { { "control.event_inj", EVENT(3, 29) } } } },
	{ 0x7, 1, EAX, 26, REFUSED, { "svm.host-cr3", { { "save.cr3", BIT(61) } } } },
	{ 0x7, 1, EAX, 26, REFUSED, { "svm.host-cr3", { { "save.cr3", BIT(62) } } } },
	{ 0x1, 0, ECX, 26, REFUSED, { "svm.host-cr4", { { "save.cr4", 0x20 | BIT(18) } } } },
	{ 0x1, 0, ECX, 17, REFUSED, { "svm.host-cr4", { { "save.cr4", 0x20 | BIT(17) } } } },
	{ 0x7, 0, EBX, 0, REFUSED, { "svm.host-cr4", { { "save.cr4", 0x20 | BIT(16) } } } },
	{ 0x7, 0, EBX, 7, REFUSED, { "svm.host-cr4", { { "save.cr4", 0x20 | BIT(20) } } } },
	{ 0x7, 0, EBX, 20, REFUSED, { "svm.host-cr4", { { "save.cr4", 0x20 | BIT(21) } } } },
	{ 0x7, 0, ECX, 2, REFUSED, { "svm.host-cr4", { { "save.cr4", 0x20 | BIT(11) } } } },
	{ 0x7, 0, ECX, 3, REFUSED, { "svm.host-cr4", { { "save.cr4", 0x20 | BIT(22) } } } },
	{ 0x7, 0, ECX, 7, REFUSED, { "svm.host-cr4", { { "save.cr4", 0x20 | BIT(23) } } } },
	{ 0x7, 0, ECX, 16, REFUSED, { "svm.host-cr4", { { "save.cr4", 0x20 | BIT(12) } } } },
	{ 0x7, 1, EAX, 26, REFUSED, { "svm.host-cr4", { { "save.cr4", 0x20 | BIT(28) } } } },
	{ 0x80000001, 0, EDX, 29, REFUSED, { "svm.host-efer", { { "save.efer", 0x1100 } } } },
	{ 0x80000001, 0, EDX, 29, REFUSED, { "svm.host-efer", { { "save.efer", 0x1500 } } } },
	{ 0x80000001, 0, EDX, 20, REFUSED, { "svm.host-efer", { { "save.efer", 0x1800 } } } },
	{ 0x80000001, 0, EDX, 25, REFUSED, { "svm.host-efer", { { "save.efer", 0x5000 } } } },
	{ 0x80000021, 0, EAX, 8, REFUSED, { "svm.host-efer", { { "save.efer", 0x201000 } } } },
};

/* The CPUID of svm_target() without one bit of one leaf. */
static void drop_feature(uint32_t function, uint32_t index, enum cpuid_register in,
			 unsigned int bit)
{
	memcpy(changed_cpuid, svm_cpuid, sizeof(changed_cpuid));
	for (size_t i = 0; i < SVM_CPUIDS; i++) {
		struct kvmfeat_cpuid_entry *entry = &changed_cpuid[i];
		uint32_t *const registers[] = { &entry->eax, &entry->ebx, &entry->ecx,
						&entry->edx };

		if (entry->function != function || entry->index != index)
			continue;
		assert_true(*registers[in] >> bit & 1);
		*registers[in] &= ~(1u << bit);
		return;
	}
	fail();
}

static void a_bit_needs_its_cpuid_feature(void **state)
{
	struct kvmfeat_nested_target target;
	uint8_t blob[KF_SVM_BYTES];
	struct result result;

	for (size_t i = 0; i < KF_ARRAY_SIZE(features); i++) {
		struct scene ok = features[i].scene;

		scene_stage(*state, &ok, blob, &target);
		svm_check(*state, blob, sizeof(blob), &target, &result);
		ok.id = NULL;
		scene_assert(&ok, &result, KVMFEAT_NESTED_OK);

		drop_feature(features[i].function, features[i].index, features[i].in,
			     features[i].bit);
		target.cpuid = changed_cpuid;
		svm_check(*state, blob, sizeof(blob), &target, &result);
		scene_assert(&features[i].scene, &result, features[i].verdict);
	}
}

static void without_npt_l2_has_no_nested_cr3_and_no_pat(void **state)
{
	const struct scene scene = {
		.edits = { { "control.nested_cr3", BIT(63) }, { "header.gpat", 2 } },
	};
	struct kvmfeat_nested_target target;
	uint8_t blob[KF_SVM_BYTES];
	struct result result;

	scene_stage(*state, &scene, blob, &target);
	drop_feature(0x8000000a, 0, EDX, 0);
	target.cpuid = changed_cpuid;
	svm_check(*state, blob, sizeof(blob), &target, &result);
	for (size_t i = 0; i < result.count; i++) {
		const struct kvmfeat_nested_finding *finding = &result.findings[i];
		const bool touched =
			scene_is(finding, "svm.misc-ctl") || scene_is(finding, "svm.gpat-dropped");

		assert_int_equal(finding->verdict, touched ? CHANGED : KVMFEAT_NESTED_OK);
		assert_int_equal(finding->becomes, 0);
	}
}

/* What is not known, under which name it is missed, and the rules that miss it. */
static const struct {
	uint32_t fact;
	const char *missing;
	const char *ids[8];
} facts[] = {
	{ KVMFEAT_NESTED_KNOW_MAXPHYADDR,
	  "MAXPHYADDR",
	  { "svm.vmcb-pa", "svm.nested-cr3", "svm.msrpm", "svm.iopm", "svm.host-cr3",
	    "svm.vcpu-cr3" } },
	{ KVMFEAT_NESTED_KNOW_CPUID,
	  "CPUID",
	  { "svm.format", "svm.intercept-word4", "svm.intercept-word5", "svm.misc-ctl",
	    "svm.event-vector", "svm.host-cr4", "svm.host-efer", "svm.gpat-dropped" } },
	{ KVMFEAT_NESTED_KNOW_EFER, "EFER", { "svm.vcpu-efer" } },
	{ KVMFEAT_NESTED_KNOW_CR0, "CR0", { "svm.vcpu-cr0" } },
	{ KVMFEAT_NESTED_KNOW_CR3, "CR3", { "svm.vcpu-cr3" } },
	{ KVMFEAT_NESTED_KNOW_SMM, "SMM", { "svm.vcpu-smm" } },
	{ KVMFEAT_NESTED_KNOW_MAX_BYTES, "KVM_CAP_NESTED_STATE", { "svm.nested" } },
	{ KVMFEAT_NESTED_KNOW_OWN_PAT,
	  "KVM_X86_QUIRK_NESTED_SVM_SHARED_PAT",
	  { "svm.gpat-dropped" } },
	{ KVMFEAT_NESTED_KNOW_EVMCS, NULL, { NULL } },
};

/* A blob that the vCPU takes, with something for each fact to decide. */
static void demanding_blob(struct world *w, uint8_t *blob, struct kvmfeat_nested_target *target)
{
	static const struct edit edits[] = {
		{ "header.vmcb_pa", BIT(39) },	       { "control.intercept_word4", 0x2081 },
		{ "control.intercept_word5", 0x4 },    { "control.iopm_base_pa", BIT(39) },
		{ "control.msrpm_base_pa", BIT(39) },  { "control.nested_cr3", BIT(39) },
		{ "control.event_inj", EVENT(3, 21) }, { "save.cr3", BIT(39) },
		{ "save.cr4", 0x20 | BIT(20) },
	};

	svm_blob(w, blob);
	for (size_t i = 0; i < KF_ARRAY_SIZE(edits); i++)
		svm_put(w, blob, edits[i].field, edits[i].value);
	*target = svm_target();
	target->cr3 = BIT(39);
}

static bool is_among(const char *id, const char *const *ids, size_t max)
{
	for (size_t i = 0; i < max && ids[i]; i++)
		if (!strcmp(id, ids[i]))
			return true;
	return false;
}

static void a_missing_fact_is_missed_where_it_counts_and_nowhere_else(void **state)
{
	struct kvmfeat_nested_target target;
	uint8_t blob[KF_SVM_BYTES];
	struct result result;

	demanding_blob(*state, blob, &target);
	svm_check(*state, blob, sizeof(blob), &target, &result);
	scene_assert(&(struct scene){ 0 }, &result, KVMFEAT_NESTED_OK);
	for (size_t i = 0; i < KF_ARRAY_SIZE(facts); i++) {
		target.known = 0x1ff & ~facts[i].fact;
		svm_check(*state, blob, sizeof(blob), &target, &result);
		for (size_t j = 0; j < result.count; j++) {
			const struct kvmfeat_nested_finding *finding = &result.findings[j];

			if (!is_among(finding->rule->id, facts[i].ids, 8)) {
				assert_int_equal(finding->verdict, KVMFEAT_NESTED_OK);
				continue;
			}
			if (finding->verdict != KVMFEAT_NESTED_NOT_CHECKED)
				fail_msg("%s without %s", finding->rule->id, facts[i].missing);
			assert_string_equal(finding->missing, facts[i].missing);
			/* CR3 of the vCPU is known when MAXPHYADDR is what it cannot be judged for.
			 */
			assert_int_equal(finding->has_value,
					 finding->rule->offset != UINT32_MAX ||
						 !strcmp(facts[i].missing, "MAXPHYADDR"));
			if (!finding->has_value)
				assert_int_equal(finding->value, 0);
		}
	}
}

/* Blobs that only a fact would refuse, and the fact that is missing. */
static const struct {
	uint32_t unknown;
	const char *missing;
	struct scene scene;
} doubts[] = {
	{ KVMFEAT_NESTED_KNOW_CPUID,
	  "CPUID",
	  { "svm.nested-cr3", { { "control.nested_cr3", BIT(40) }, { "header.gpat", 0 } } } },
	{ KVMFEAT_NESTED_KNOW_CPUID,
	  "CPUID",
	  { "svm.nested-cr3", { { "control.nested_cr3", BIT(52) }, { "header.gpat", 0 } } } },
	{ KVMFEAT_NESTED_KNOW_CPUID | KVMFEAT_NESTED_KNOW_MAXPHYADDR,
	  "MAXPHYADDR",
	  { "svm.nested-cr3", { { "control.nested_cr3", BIT(40) }, { "header.gpat", 0 } } } },
	{ KVMFEAT_NESTED_KNOW_CPUID, "CPUID", { "svm.gpat", { { "header.gpat", 2 } } } },
	{ KVMFEAT_NESTED_KNOW_OWN_PAT,
	  "KVM_X86_QUIRK_NESTED_SVM_SHARED_PAT",
	  { "svm.gpat", { { "header.gpat", 2 } } } },
	{ KVMFEAT_NESTED_KNOW_CPUID, "CPUID", { "svm.host-cr3", { { "save.cr3", BIT(62) } } } },
	{ KVMFEAT_NESTED_KNOW_CPUID,
	  "CPUID",
	  { "svm.event-vector", { { "control.event_inj", EVENT(3, 29) } } } },
	{ KVMFEAT_NESTED_KNOW_CPUID,
	  "CPUID",
	  { "svm.intercept-word4", { { "control.intercept_word4", 0x41 | BIT(13) } } } },
};

static void a_doubt_is_told_with_its_fact(void **state)
{
	struct kvmfeat_nested_target target;
	uint8_t blob[KF_SVM_BYTES];
	struct result result;

	for (size_t i = 0; i < KF_ARRAY_SIZE(doubts); i++) {
		const struct kvmfeat_nested_finding *finding = result.findings;

		scene_stage(*state, &doubts[i].scene, blob, &target);
		target.known &= ~doubts[i].unknown;
		svm_check(*state, blob, sizeof(blob), &target, &result);
		while (!scene_is(finding, doubts[i].scene.id))
			finding++;
		if (finding->verdict != KVMFEAT_NESTED_NOT_CHECKED)
			fail_msg("%s is %s", finding->rule->id,
				 kvmfeat_nested_verdict_name(finding->verdict));
		assert_string_equal(finding->missing, doubts[i].missing);
	}
}

/* Verdicts that every vCPU agrees on. */
static const struct {
	enum kvmfeat_nested_verdict verdict;
	struct scene scene;
} certain[] = {
	{ REFUSED, { "svm.vmcb-pa", { { "header.vmcb_pa", 0x800 } } } },
	{ REFUSED, { "svm.vmcb-pa", { { "header.vmcb_pa", BIT(39) | 1 } } } },
	{ REFUSED, { "svm.vmcb-pa", { { "header.vmcb_pa", BIT(52) } } } },
	{ REFUSED, { "svm.msrpm", { { "control.msrpm_base_pa", BIT(52) - 4096 } } } },
	{ REFUSED, { "svm.iopm", { { "control.iopm_base_pa", BIT(63) } } } },
	{ REFUSED, { "svm.host-cr3", { { "save.cr3", BIT(62) | BIT(52) } } } },
	{ REFUSED, { "svm.host-cr4", { { "save.cr4", 0x20 | BIT(13) } } } },
	{ REFUSED, { "svm.host-cr4", { { "save.cr4", BIT(20) | BIT(63) } } } },
	{ REFUSED, { "svm.host-efer", { { "save.efer", 0x1d01 | BIT(15) } } } },
	{ REFUSED, { "svm.event-vector", { { "control.event_inj", EVENT(3, 32) } } } },
	{ CHANGED,
	  { "svm.intercept-word4", { { "control.intercept_word4", 0x4041 } }, NULL, 0x1 } },
	{ CHANGED, { "svm.gpat-dropped", { { "control.misc_ctl", 0 } } } },
	{ KVMFEAT_NESTED_OK,
	  { "svm.nested-cr3", { { "control.misc_ctl", 0 }, { "control.nested_cr3", BIT(63) } } } },
	{ KVMFEAT_NESTED_OK, { "svm.nested-cr3", { { "control.nested_cr3", 0xffffffff } } } },
	{ KVMFEAT_NESTED_OK, { "svm.vmcb-pa", { { "header.vmcb_pa", 0xfffff000 } } } },
	{ KVMFEAT_NESTED_OK, { "svm.msrpm", { { "control.msrpm_base_pa", 0xffffe000 } } } },
	{ KVMFEAT_NESTED_NOT_CHECKED,
	  { "svm.msrpm", { { "control.msrpm_base_pa", 0xfffff000 } } } },
	{ KVMFEAT_NESTED_OK, { "svm.iopm", { { "control.iopm_base_pa", 0xffffd000 } } } },
	{ KVMFEAT_NESTED_OK, { "svm.host-cr3", { { "save.cr3", 0xffffffff } } } },
	{ KVMFEAT_NESTED_OK, { "svm.host-cr4", { { "save.cr4", 0x7ff } } } },
	{ KVMFEAT_NESTED_OK, { "svm.event-vector", { { "control.event_inj", EVENT(3, 30) } } } },
	{ KVMFEAT_NESTED_OK, { "svm.gpat", { { "header.gpat", 0 } } } },
	{ KVMFEAT_NESTED_OK, { "svm.gpat-dropped", { { "header.gpat", 0 } } } },
	{ KVMFEAT_NESTED_OK, { "svm.vcpu-efer", { { "header.flags", 0 } } } },
	{ KVMFEAT_NESTED_OK, { "svm.vcpu-efer", { { "header.flags", KF_NESTED_GIF_SET } } } },
	{ KVMFEAT_NESTED_NOT_CHECKED, { "svm.vcpu-efer", { { "header.flags", 0x104 } } } },
	{ KVMFEAT_NESTED_OK, { "svm.vcpu-smm", { { "header.flags", KF_NESTED_GIF_SET } } } },
	{ KVMFEAT_NESTED_OK, { "svm.vcpu-cr0", { { "header.flags", KF_NESTED_GIF_SET } } } },
	{ KVMFEAT_NESTED_OK, { "svm.vcpu-cr3", { { "header.flags", 0 } } } },
};

static void what_is_certain_needs_no_fact(void **state)
{
	struct kvmfeat_nested_target target;
	uint8_t blob[KF_SVM_BYTES];
	struct result result;

	for (size_t i = 0; i < KF_ARRAY_SIZE(certain); i++) {
		const struct kvmfeat_nested_finding *finding = result.findings;

		scene_stage(*state, &certain[i].scene, blob, &target);
		svm_check(*state, blob, sizeof(blob), NULL, &result);
		while (!scene_is(finding, certain[i].scene.id))
			finding++;
		if (finding->verdict != certain[i].verdict)
			fail_msg("row %zu: %s is %s", i, finding->rule->id,
				 kvmfeat_nested_verdict_name(finding->verdict));
		assert_int_equal(finding->becomes, certain[i].scene.becomes);
	}
}

static void a_cpuid_of_neither_vendor_does_not_tell_the_format(void **state)
{
	const struct scene scene = { "svm.format", { { "header.flags", 0 } } };
	struct kvmfeat_nested_target target;
	uint8_t blob[KF_SVM_BYTES];
	struct result result;

	scene_stage(*state, &scene, blob, &target);
	target.cpuid_count = 0;
	svm_check(*state, blob, sizeof(blob), &target, &result);
	for (size_t i = 0; i < result.count; i++)
		assert_int_equal(result.findings[i].verdict,
				 scene_is(&result.findings[i], scene.id) ?
					 KVMFEAT_NESTED_NOT_CHECKED :
					 KVMFEAT_NESTED_OK);
}

static void the_value_is_that_of_the_field_or_of_the_vcpu(void **state)
{
	const struct scene scene = { 0 };
	struct kvmfeat_nested_target target;
	uint8_t blob[KF_SVM_BYTES];
	struct result result;

	scene_stage(*state, &scene, blob, &target);
	target.smm = true;
	svm_check(*state, blob, sizeof(blob), &target, &result);
	for (size_t i = 0; i < result.count; i++) {
		const struct kvmfeat_nested_finding *finding = &result.findings[i];

		assert_true(finding->has_value);
		if (scene_is(finding, "svm.nested"))
			assert_int_equal(finding->value, target.max_bytes);
		else if (scene_is(finding, "svm.vcpu-efer"))
			assert_int_equal(finding->value, target.efer);
		else if (scene_is(finding, "svm.vcpu-smm"))
			assert_int_equal(finding->value, 1);
		else if (scene_is(finding, "svm.vcpu-cr0"))
			assert_int_equal(finding->value, target.cr0);
		else if (scene_is(finding, "svm.vcpu-cr3"))
			assert_int_equal(finding->value, target.cr3);
		else
			assert_int_equal(finding->value,
					 blob_value(*state, blob, sizeof(blob), KVMFEAT_NESTED_SVM,
						    finding->rule->field));
	}
}

static void a_field_behind_the_end_of_the_blob_has_no_value(void **state)
{
	const struct scene scene = { 0 };
	struct kvmfeat_nested_target target;
	uint8_t blob[KF_SVM_BYTES];
	struct result result;

	scene_stage(*state, &scene, blob, &target);
	svm_put(*state, blob, "header.size", KF_NESTED_HEADER_BYTES);
	svm_check(*state, blob, KF_NESTED_HEADER_BYTES, &target, &result);
	for (size_t i = 0; i < result.count; i++) {
		const struct kvmfeat_nested_rule *rule = result.findings[i].rule;

		if (rule->offset != UINT32_MAX)
			assert_int_equal(result.findings[i].has_value,
					 rule->offset < KF_NESTED_HEADER_BYTES);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_bit_needs_its_cpuid_feature),
		WORLD_TEST(without_npt_l2_has_no_nested_cr3_and_no_pat),
		WORLD_TEST(a_missing_fact_is_missed_where_it_counts_and_nowhere_else),
		WORLD_TEST(a_doubt_is_told_with_its_fact),
		WORLD_TEST(what_is_certain_needs_no_fact),
		WORLD_TEST(a_cpuid_of_neither_vendor_does_not_tell_the_format),
		WORLD_TEST(the_value_is_that_of_the_field_or_of_the_vcpu),
		WORLD_TEST(a_field_behind_the_end_of_the_blob_has_no_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
