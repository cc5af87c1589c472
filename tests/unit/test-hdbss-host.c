// SPDX-License-Identifier: GPL-2.0-or-later
/* What a host offers of HDBSS. */
#include <linux/kvm.h>

#include "hdbss-world.h"

#define MIDR "/sys/devices/system/cpu/cpu0/regs/identification/midr_el1"

static struct kvmfeat_hdbss_host host_of(struct world *w)
{
	struct kvmfeat_hdbss_host host = { .size = sizeof(host) };

	assert_int_equal(kvmfeat_hdbss_get_host(w->ctx, &host), 0);
	return host;
}

/* Asserts that nothing is offered, for this reason; what is not seen is never absent. */
static struct kvmfeat_hdbss_host expect_none(struct world *w, enum kvmfeat_why why,
					     const char *word)
{
	const struct kvmfeat_hdbss_host host = host_of(w);

	assert_int_equal(host.state, KVMFEAT_STATE_UNKNOWN);
	assert_int_equal(host.why, why);
	assert_int_equal(host.min_order, -1);
	assert_int_equal(host.max_order, -1);
	if (!strstr(host.reason, word))
		fail_msg("no '%s' in: %s", word, host.reason);
	return host;
}

static void each_variant_is_available_by_its_number(void **state)
{
	static const struct {
		enum kvmfeat_hdbss_variant variant;
		unsigned int number;
		uint32_t answer;
		int min_order;
		const char *how, *evidence;
	} rows[] = {
		{ KVMFEAT_HDBSS_KVMFEAT, 0x4844, 0x48440901, 0,
		  "capability 0x4844 answers with the tag 0x4844",
		  "capabilities 18500 = 0x48440901, 248 = 0, 502 = 0" },
		{ KVMFEAT_HDBSS_POSTED, 248, 1, 0,
		  "capability 248 answers 1, and upstream it is of s390",
		  "capabilities 18500 = 0x0, 248 = 1, 502 = 0" },
		{ KVMFEAT_HDBSS_OPENEULER, 502, 1, 1,
		  "capability 502 answers 1, and upstream it is not used",
		  "capabilities 18500 = 0x0, 248 = 0, 502 = 1" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < KF_ARRAY_SIZE(rows); i++) {
		struct kvmfeat_hdbss_host host;

		become(w, rows[i].variant);
		host = host_of(w);
		assert_int_equal(host.state, KVMFEAT_STATE_AVAILABLE);
		assert_int_equal(host.why, KVMFEAT_WHY_NONE);
		assert_int_equal(host.variant, rows[i].variant);
		assert_int_equal(host.capability, rows[i].number);
		assert_int_equal(host.answer, rows[i].answer);
		assert_int_equal(host.min_order, rows[i].min_order);
		assert_int_equal(host.max_order, 9);
		assert_int_equal(host.el2, KVMFEAT_HDBSS_EL2_VHE);
		assert_string_equal(host.arch, "arm64");
		assert_string_equal(host.how, rows[i].how);
		assert_string_equal(host.evidence, rows[i].evidence);
		assert_string_equal(host.reason, "");
		assert_string_equal(host.remedy, "");
	}
}

static void numbers_that_mean_something_else_offer_nothing(void **state)
{
	static const struct {
		unsigned int number;
		int answer;
	} rows[] = { { 0x4844, 1 }, { 0x4844, 0x4844 }, { 248, 2 }, { 502, 7 } };
	struct world *w = *state;

	for (size_t i = 0; i < KF_ARRAY_SIZE(rows); i++) {
		become(w, KVMFEAT_HDBSS_NONE); /* 239 and 245 answer 1 */
		fake_cap(&w->fake, rows[i].number, rows[i].answer);
		assert_int_equal(expect_none(w, KVMFEAT_WHY_NOT_VISIBLE, "by itself").capability,
				 0);
		fake_cap(&w->fake, rows[i].number, 0);
	}
	expect_none(w, KVMFEAT_WHY_NOT_VISIBLE, "the kernel (7.3.4), the CPU or firmware lacks it");
}

static void a_newer_interface_needs_a_newer_library(void **state)
{
	struct world *w = *state;
	struct kvmfeat_hdbss_host host;

	become(w, KVMFEAT_HDBSS_KVMFEAT_NEWER);
	host = expect_none(w, KVMFEAT_WHY_NOT_VISIBLE, "an interface of version 2");
	assert_int_equal(host.variant, KVMFEAT_HDBSS_KVMFEAT_NEWER);
	assert_int_equal(host.capability, 0x4844);
	assert_int_equal(host.answer, 0x4844ff02);
	assert_string_equal(host.remedy, "a newer libkvmfeat");
}

static void other_architectures_are_not_asked(void **state)
{
	struct world *w = *state;
	struct kvmfeat_hdbss_host host;
	unsigned int calls = w->fake.calls;

	w->fake.open_error = -ENOENT;
	host = host_of(w);
	assert_int_equal(host.state, KVMFEAT_STATE_ABSENT);
	assert_int_equal(host.why, KVMFEAT_WHY_OTHER_ARCH);
	assert_string_equal(host.reason, "HDBSS is of arm64, this host is x86");
	assert_string_equal(host.arch, "x86");
	assert_string_equal(host.evidence, "");
	assert_non_null(strstr(host.how, "nothing was asked"));
	assert_int_equal(w->fake.calls, calls);

	strcpy(w->fake.uname.machine, "vax");
	kvmfeat_ctx_free(w->ctx);
	assert_int_equal(kf_ctx_new(&w->fake.sys, &w->ctx), 0);
	expect_none(w, KVMFEAT_WHY_NOT_VISIBLE, "the architecture of this host is not known");
}

static void the_command_line_explains_and_does_not_decide(void **state)
{
	struct world *w = *state;
	struct kvmfeat_hdbss_host host;

	become(w, KVMFEAT_HDBSS_NONE);
	fake_file(&w->fake, "/proc/cmdline", "console=ttyAMA0 kvm-arm.mode=nvhe\n");
	host = expect_none(w, KVMFEAT_WHY_MODULE_PARAMETER, "started without VHE (nvhe)");
	assert_int_equal(host.el2, KVMFEAT_HDBSS_EL2_NVHE);
	assert_non_null(strstr(host.remedy, "without kvm-arm.mode=nvhe"));
	fake_file(&w->fake, "/proc/cmdline", "kvm-arm.mode=protected quiet\n");
	host = expect_none(w, KVMFEAT_WHY_MODULE_PARAMETER, "started protected (pKVM)");
	assert_int_equal(host.el2, KVMFEAT_HDBSS_EL2_PROTECTED);
	assert_non_null(strstr(host.remedy, "without kvm-arm.mode=protected"));
	fake_file(&w->fake, "/proc/cmdline", "quiet\n");
	host = expect_none(w, KVMFEAT_WHY_NOT_VISIBLE, "by itself");
	assert_int_equal(host.el2, KVMFEAT_HDBSS_EL2_UNKNOWN);

	/* Words that did not take: the kernel offers it all the same. */
	fake_file(&w->fake, "/proc/cmdline", "kvm-arm.mode=nvhe\n");
	become(w, KVMFEAT_HDBSS_KVMFEAT);
	host = host_of(w);
	assert_int_equal(host.state, KVMFEAT_STATE_AVAILABLE);
	assert_int_equal(host.el2, KVMFEAT_HDBSS_EL2_VHE);
}

static void nested_virtualization_shows_vhe(void **state)
{
	struct world *w = *state;

	become(w, KVMFEAT_HDBSS_NONE);
	fake_cap(&w->fake, KVM_CAP_ARM_EL2, 1);
	assert_int_equal(host_of(w).el2, KVMFEAT_HDBSS_EL2_VHE);
}

static void the_cpu_is_named_where_sysfs_has_it(void **state)
{
	struct world *w = *state;

	become(w, KVMFEAT_HDBSS_NONE);
	assert_true(host_of(w).midr == 0);
	fake_file(&w->fake, MIDR, "0x00000000410fd4f0\n");
	assert_true(host_of(w).midr == 0x410fd4f0);
	fake_file(&w->fake, MIDR, "cortex\n");
	assert_true(host_of(w).midr == 0);
}

static void errors_of_dev_kvm_pass(void **state)
{
	struct world *w = *state;
	struct kvmfeat_hdbss_host host = { .size = sizeof(host), .midr = 77 };

	become(w, KVMFEAT_HDBSS_KVMFEAT);
	w->fake.open_error = -EACCES;
	assert_int_equal(kvmfeat_hdbss_get_host(w->ctx, &host), -EACCES);
	assert_non_null(strstr(reason(w), "/dev/kvm may not be opened"));
	w->fake.open_error = 0;
	assert_int_equal(host_of(w).state, KVMFEAT_STATE_AVAILABLE);
	w->fake.hdbss.variant = KVMFEAT_HDBSS_NONE;
	for (unsigned int call = 1; call <= 4; call++) {
		w->fake.calls = 0;
		w->fake.fail_at = call;
		w->fake.fail_error = -EPERM;
		assert_int_equal(kvmfeat_hdbss_get_host(w->ctx, &host), -EPERM);
		assert_non_null(strstr(reason(w), "/dev/kvm does not answer for capability"));
	}
	assert_int_equal(host.midr, 77);
}

static void a_short_struct_is_refused_and_a_long_one_filled(void **state)
{
	struct {
		struct kvmfeat_hdbss_host host;
		char more[8];
	} longer = { .host = { .size = sizeof(longer) }, .more = "1234567" };
	struct world *w = *state;
	struct kvmfeat_hdbss_host host = { .size = sizeof(host) - 1, .midr = 77 };

	assert_int_equal(kvmfeat_hdbss_get_host(w->ctx, &host), -EINVAL);
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->origin, KVMFEAT_ORIGIN_LIBRARY);
	assert_non_null(strstr(reason(w), "a struct kvmfeat_hdbss_host of "));
	assert_int_equal(host.midr, 77);
	assert_int_equal(kvmfeat_hdbss_get_host(w->ctx, &longer.host), 0);
	assert_memory_equal(longer.more, "\0\0\0\0\0\0\0", 8);
}

static void the_row_of_the_probe_tells_the_same(void **state)
{
	static const enum kvmfeat_hdbss_variant variants[] = {
		KVMFEAT_HDBSS_NONE, KVMFEAT_HDBSS_KVMFEAT, KVMFEAT_HDBSS_KVMFEAT_NEWER,
		KVMFEAT_HDBSS_POSTED, KVMFEAT_HDBSS_OPENEULER
	};
	struct world *w = *state;

	for (size_t i = 0; i < KF_ARRAY_SIZE(variants); i++) {
		const struct kvmfeat_feature *row;
		struct kvmfeat_hdbss_host host;
		struct kvmfeat_probe *probe;

		become(w, variants[i]);
		host = host_of(w);
		assert_int_equal(kvmfeat_probe_load(w->ctx, 0, &probe), 0);
		row = kvmfeat_probe_find(probe, "arm64.hdbss");
		assert_int_equal(row->state, host.state);
		assert_int_equal(row->why, host.why);
		assert_string_equal(row->reason ? row->reason : "", host.reason);
		assert_string_equal(row->remedy ? row->remedy : "", host.remedy);
		assert_string_equal(row->evidence, host.evidence);
		kvmfeat_probe_free(probe);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(each_variant_is_available_by_its_number),
		WORLD_TEST(numbers_that_mean_something_else_offer_nothing),
		WORLD_TEST(a_newer_interface_needs_a_newer_library),
		WORLD_TEST(other_architectures_are_not_asked),
		WORLD_TEST(the_command_line_explains_and_does_not_decide),
		WORLD_TEST(nested_virtualization_shows_vhe),
		WORLD_TEST(the_cpu_is_named_where_sysfs_has_it),
		WORLD_TEST(errors_of_dev_kvm_pass),
		WORLD_TEST(a_short_struct_is_refused_and_a_long_one_filled),
		WORLD_TEST(the_row_of_the_probe_tells_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
