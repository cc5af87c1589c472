// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rows of the feature table that ask a capability, once more: numbers as in the kernel's
 * documentation, so that a row which asks another one, or tells another release, is seen.
 */
#include <stdio.h>

#include "probe-rows.h"
#include "world.h"

static const struct row {
	const char *id;
	unsigned int cap;
	int value; /* offers it */
	int other; /* the capability without this feature */
	unsigned int archs;
	const char *since;
	const char *since_arm64; /* NULL: the same */
	enum kvmfeat_why lacking; /* of a kernel that is new enough */
} rows[] = {
	{ "arm64.nested", 240, 1, 0, KF_ARCH_ARM64, "6.16", NULL, KVMFEAT_WHY_NONE },
	{ "arm64.pmu", 126, 1, 0, KF_ARCH_ARM64, "4.6", NULL, KVMFEAT_WHY_HARDWARE },
	{ "dirty.manual-protect", 168, 3, 0, KF_ARCH_X86 | KF_ARCH_ARM64 | KF_ARCH_OTHER, "5.2",
	  NULL, KVMFEAT_WHY_KERNEL_CONFIG },
	{ "dirty.ring", 223, 65536, 0, KF_ARCH_X86 | KF_ARCH_ARM64 | KF_ARCH_OTHER, "5.11", "6.1",
	  KVMFEAT_WHY_KERNEL_CONFIG },
	{ "dirty.ring", 192, 65536, 0, KF_ARCH_X86 | KF_ARCH_ARM64 | KF_ARCH_OTHER, "5.11", "6.1",
	  KVMFEAT_WHY_KERNEL_CONFIG },
	{ "gmem.create", 234, 1, 0, KF_ARCH_X86 | KF_ARCH_ARM64, "6.8", "6.18",
	  KVMFEAT_WHY_KERNEL_CONFIG },
	{ "gmem.init-shared", 244, 2, 0x7d, KF_ARCH_X86 | KF_ARCH_ARM64, "6.18", NULL,
	  KVMFEAT_WHY_KERNEL_CONFIG },
	{ "gmem.mmap", 244, 1, 0x7e, KF_ARCH_X86 | KF_ARCH_ARM64, "6.18", NULL,
	  KVMFEAT_WHY_KERNEL_CONFIG },
	{ "gmem.private", 233, 8, 0x77, KF_ARCH_X86, "6.8", NULL, KVMFEAT_WHY_KERNEL_CONFIG },
	{ "x86.msr-filter", 189, 1, 0, KF_ARCH_X86, "5.10", NULL, KVMFEAT_WHY_KERNEL_CONFIG },
	{ "x86.nested-state", 157, 4224, 0, KF_ARCH_X86, "4.20", NULL, KVMFEAT_WHY_NONE },
};

static const struct machine {
	const char *name;
	enum kf_arch arch;
} machines[] = {
	{ "x86_64", KF_ARCH_X86 },
	{ "aarch64", KF_ARCH_ARM64 },
	{ "s390x", KF_ARCH_S390 },
	{ "ppc64le", KF_ARCH_OTHER },
};

/* Probes a host on which KVM offers this capability and no other. */
static void expect(struct world *w, const struct row *row, const char *machine, const char *release,
		   int value, enum kvmfeat_state state, enum kvmfeat_why why, const char *remedy)
{
	const struct kvmfeat_feature *feature;
	struct kvmfeat_probe *probe;

	kvmfeat_ctx_free(w->ctx);
	strcpy(w->fake.uname.machine, machine);
	strcpy(w->fake.uname.release, release);
	assert_int_equal(kf_ctx_new(&w->fake.sys, &w->ctx), 0);
	memset(w->fake.system_caps, 0, sizeof(w->fake.system_caps));
	w->fake.system_caps[row->cap] = value;
	assert_int_equal(kvmfeat_probe_load(w->ctx, 0, &probe), 0);
	feature = kvmfeat_probe_find(probe, row->id);
	if (feature->state != state || feature->why != why)
		fail_msg("%s (%u) is %s (%s) on %s with Linux %s: %s", row->id, row->cap,
			 kvmfeat_probe_state_name(feature->state),
			 kvmfeat_ctx_why_name(feature->why), machine, release,
			 feature->reason ? feature->reason : "");
	if (remedy)
		assert_string_equal(feature->remedy, remedy);
	kvmfeat_probe_free(probe);
}

static void expect_lacking(struct world *w, const struct row *row, const struct machine *machine)
{
	const char *since =
		machine->arch == KF_ARCH_ARM64 && row->since_arm64 ? row->since_arm64 : row->since;
	/* What another architecture's configuration can do is not known. */
	const enum kvmfeat_why why =
		machine->arch == KF_ARCH_OTHER ? KVMFEAT_WHY_NONE : row->lacking;
	char remedy[64], before[16];
	unsigned int major, minor;

	expect(w, row, machine->name, since, row->other, KVMFEAT_STATE_ABSENT, why, NULL);
	snprintf(remedy, sizeof(remedy), "Linux %s or newer", since);
	assert_int_equal(sscanf(since, "%u.%u", &major, &minor), 2);
	snprintf(before, sizeof(before), "%u.%u.99", major, minor - 1);
	expect(w, row, machine->name, before, row->other, KVMFEAT_STATE_ABSENT,
	       KVMFEAT_WHY_KERNEL_VERSION, remedy);
}

static void each_row_asks_its_capability_on_its_architectures(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < KF_ARRAY_SIZE(rows); i++)
		for (size_t j = 0; j < KF_ARRAY_SIZE(machines); j++) {
			const struct row *row = &rows[i];
			const struct machine *machine = &machines[j];

			if (!(row->archs & machine->arch)) {
				expect(w, row, machine->name, "7.3.4", row->value,
				       KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_OTHER_ARCH, NULL);
				continue;
			}
			expect(w, row, machine->name, "7.3.4", row->value, KVMFEAT_STATE_AVAILABLE,
			       KVMFEAT_WHY_NONE, NULL);
			expect_lacking(w, row, machine);
		}
}

static void each_row_that_asks_a_capability_is_here(void **state)
{
	(void)state;
	for (size_t i = 0; i < kf_feature_count; i++) {
		const struct kf_feature *feature = &kf_features[i];
		bool here = feature->ask != kf_ask_cap && feature->ask != kf_ask_nested_state;

		for (size_t j = 0; j < KF_ARRAY_SIZE(rows); j++)
			here |= !strcmp(rows[j].id, feature->id);
		if (!here)
			fail_msg("%s is not here", feature->id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(each_row_asks_its_capability_on_its_architectures),
		WORLD_TEST(each_row_that_asks_a_capability_is_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
