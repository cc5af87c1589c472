/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An SVM blob and a vCPU that takes it: where tests of the check start from. */
#ifndef NESTED_SVM_H
#define NESTED_SVM_H

#include "nested-blob.h"

/* Every CPUID feature that a rule asks for, and no EFER_LMSLE_MBZ. */
static const struct kvmfeat_cpuid_entry svm_cpuid[] = {
	{ .function = 0x1, .ecx = 1u << 26 | 1u << 17 },
	{ .function = 0x7,
	  .flags = 1,
	  .ebx = 1u << 0 | 1u << 7 | 1u << 10 | 1u << 20,
	  .ecx = 1u << 2 | 1u << 3 | 1u << 7 | 1u << 16 },
	{ .function = 0x7, .index = 1, .flags = 1, .eax = 1u << 26 },
	{ .function = 0x80000001,
	  .ecx = 1u << 2,
	  .edx = 1u << 20 | 1u << 25 | 1u << 27 | 1u << 29 },
	{ .function = 0x80000008 },
	{ .function = 0x8000000a, .edx = 1u << 0 | 1u << 17 },
	{ .function = 0x8000001f, .eax = 1u << 3 },
	{ .function = 0x80000021, .eax = 1u << 8 },
};

#define SCENE_EDITS 4
#define SVM_CPUIDS KF_ARRAY_SIZE(svm_cpuid)

/* A vCPU of which all is known, and which takes svm_blob(). */
static inline struct kvmfeat_nested_target svm_target(void)
{
	return (struct kvmfeat_nested_target){
		.size = sizeof(struct kvmfeat_nested_target),
		.known = 0x1ff,
		.maxphyaddr = 40,
		.cpuid = svm_cpuid,
		.cpuid_count = SVM_CPUIDS,
		.efer = 0x1d01,
		.cr0 = 0x80050033,
		.cr3 = 0x1000,
		.own_pat = true,
		.max_bytes = KF_SVM_BYTES,
	};
}

static inline void svm_put(struct world *w, void *blob, const char *field, uint64_t value)
{
	const struct kvmfeat_nested_field *at =
		kvmfeat_nested_find_field(KVMFEAT_NESTED_SVM, field);

	assert_non_null(at);
	assert_int_equal(kvmfeat_nested_set_value(w->ctx, blob, KF_SVM_BYTES, at, value), 0);
}

/* L2 runs with nested paging, L1 in long mode. */
static inline void svm_blob(struct world *w, void *blob)
{
	static const struct {
		const char *field;
		uint64_t value;
	} values[] = {
		{ "header.vmcb_pa", 0x1000 },
		{ "header.gpat", 0x0007040600070406 },
		{ "control.intercept_word4", 0x1 },
		{ "control.iopm_base_pa", 0x4000 },
		{ "control.msrpm_base_pa", 0x8000 },
		{ "control.asid", 1 },
		{ "control.misc_ctl", 0x1 },
		{ "control.nested_cr3", 0x2000 },
		{ "save.efer", 0x1d01 },
		{ "save.cr4", 0x20 },
		{ "save.cr3", 0x3000 },
		{ "save.cr0", 0x80050033 },
		{ "save.dr7", 0x400 },
		{ "save.dr6", 0xffff0ff0 },
		{ "save.rflags", 0x2 },
		{ "save.cs.attrib", 0x29b },
	};

	assert_int_equal(kvmfeat_nested_init(w->ctx, KVMFEAT_NESTED_SVM,
					     KF_NESTED_GUEST_MODE | KF_NESTED_GIF_SET, blob,
					     KF_SVM_BYTES),
			 0);
	for (size_t i = 0; i < KF_ARRAY_SIZE(values); i++)
		svm_put(w, blob, values[i].field, values[i].value);
}

struct edit {
	const char *field;
	uint64_t value;
};

typedef void target_edit(struct kvmfeat_nested_target *target);

/* A blob and a vCPU, both as above but for the edits. */
struct scene {
	const char *id; /* of the rule that speaks; NULL: none does */
	struct edit edits[SCENE_EDITS];
	target_edit *target;
	uint64_t becomes;
};

struct result {
	struct kvmfeat_nested_finding findings[KVMFEAT_NESTED_RULES_MAX];
	size_t count;
};

static inline void svm_check(struct world *w, const void *blob, size_t size,
			     const struct kvmfeat_nested_target *target, struct result *result)
{
	assert_int_equal(
		kvmfeat_nested_check(w->ctx, blob, size, target, result->findings, &result->count),
		0);
}

static inline void scene_stage(struct world *w, const struct scene *scene, uint8_t *blob,
			       struct kvmfeat_nested_target *target)
{
	svm_blob(w, blob);
	for (size_t i = 0; i < SCENE_EDITS && scene->edits[i].field; i++)
		svm_put(w, blob, scene->edits[i].field, scene->edits[i].value);
	*target = svm_target();
	if (scene->target)
		scene->target(target);
}

static inline void scene_play(struct world *w, const struct scene *scene, struct result *result)
{
	struct kvmfeat_nested_target target;
	uint8_t blob[KF_SVM_BYTES];

	scene_stage(w, scene, blob, &target);
	svm_check(w, blob, sizeof(blob), &target, result);
}

static inline bool scene_is(const struct kvmfeat_nested_finding *finding, const char *id)
{
	return id && !strcmp(finding->rule->id, id);
}

/* The rule of the scene, and no other, has this verdict; all others are ok. */
static inline void scene_assert(const struct scene *scene, const struct result *result,
				enum kvmfeat_nested_verdict verdict)
{
	const struct kvmfeat_nested_finding *spoke = NULL;

	for (size_t i = 0; i < result->count; i++) {
		const struct kvmfeat_nested_finding *finding = &result->findings[i];

		if (scene_is(finding, scene->id)) {
			spoke = finding;
			continue;
		}
		if (finding->verdict != KVMFEAT_NESTED_OK)
			fail_msg("%s, %s = 0x%llx: %s is %s", scene->id ? scene->id : "good",
				 scene->edits[0].field ? scene->edits[0].field : "vCPU",
				 (unsigned long long)scene->edits[0].value, finding->rule->id,
				 kvmfeat_nested_verdict_name(finding->verdict));
	}
	if (!scene->id)
		return;
	assert_non_null(spoke);
	if (spoke->verdict != verdict || spoke->becomes != scene->becomes)
		fail_msg("%s, %s = 0x%llx: %s, becomes 0x%llx", scene->id,
			 scene->edits[0].field ? scene->edits[0].field : "vCPU",
			 (unsigned long long)scene->edits[0].value,
			 kvmfeat_nested_verdict_name(spoke->verdict),
			 (unsigned long long)spoke->becomes);
	assert_null(spoke->missing);
}

#endif
