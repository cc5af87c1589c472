// SPDX-License-Identifier: GPL-2.0-or-later
/* The PMUs of a host: which count, how they share the CPUs, and what follows for guests. */
#include "pmu-world.h"

#include <sys/stat.h>

#define DEVICES "/sys/bus/event_source/devices/"
#define CPU "/sys/devices/system/cpu/"

static struct kvmfeat_pmu_list *load(struct world *w)
{
	struct kvmfeat_pmu_list *list = NULL;

	if (kvmfeat_pmu_list_load(w->ctx, &list))
		fail_msg("%s", reason(w));
	return list;
}

/* Asserts the host's answer; NULL stands for what is not known, or not said. */
static void expect_mix(struct world *w, size_t count, enum kvmfeat_pmu_answer heterogeneous,
		       const char *uncovered, const char *offline, const char *why,
		       const char *advice)
{
	struct kvmfeat_pmu_list *list = load(w);
	const struct kvmfeat_pmu_mix *mix = kvmfeat_pmu_list_mix(list);

	assert_int_equal(kvmfeat_pmu_list_count(list), count);
	assert_int_equal(mix->heterogeneous, heterogeneous);
	assert_string_equal(mix->uncovered ?: "?", uncovered ?: "?");
	assert_string_equal(mix->offline ?: "?", offline ?: "?");
	assert_string_equal(mix->reason ?: "", why);
	assert_string_equal(mix->advice ?: "", advice);
	kvmfeat_pmu_list_free(list);
}

static void a_heterogeneous_host_is_told_pmu_by_pmu(void **state)
{
	struct world *w = *state;
	struct kvmfeat_pmu_list *list;
	const struct kvmfeat_pmu *pmu;

	become(w, FAKE_PMU_OURS);
	/* In an order that is not theirs. */
	fake_pmu_device(&w->fake, "z_first", "8\n", "0-3,8\n");
	fake_pmu_device(&w->fake, "a_second", "10\n", "4-7\n");
	fake_pmu_cpus(&w->fake, "0-8\n", "0-2,4-8\n");
	list = load(w);
	assert_int_equal(kvmfeat_pmu_list_count(list), 2);
	pmu = kvmfeat_pmu_list_at(list, 0);
	assert_string_equal(pmu->name, "z_first");
	assert_int_equal(pmu->type, 8);
	assert_string_equal(pmu->cpus, "0-3,8");
	assert_null(pmu->reason);
	assert_int_equal(pmu->why, KVMFEAT_WHY_NONE);
	assert_ptr_equal(kvmfeat_pmu_list_find(list, 8), pmu);
	pmu = kvmfeat_pmu_list_at(list, 1);
	assert_string_equal(pmu->name, "a_second");
	assert_ptr_equal(kvmfeat_pmu_list_find(list, 4), pmu);
	assert_null(kvmfeat_pmu_list_find(list, 9));
	assert_null(kvmfeat_pmu_list_find(list, 1u << 31));
	assert_null(kvmfeat_pmu_list_at(list, 2));
	kvmfeat_pmu_list_free(list);
	expect_mix(w, 2, KVMFEAT_PMU_YES, "", "3", "",
		   "this host is heterogeneous: guests need fixed counters only, or all vCPUs "
		   "pinned to CPUs 0-3,8 (z_first) or 4-7 (a_second) with that PMU selected");
	kvmfeat_pmu_list_free(NULL);
}

static void a_host_with_one_pmu_does_not_need_it(void **state)
{
	struct world *w = *state;

	become(w, FAKE_PMU_OURS);
	fake_pmu_device(&w->fake, "armv8_pmuv3_0", "8\n", "0-1\n");
	fake_pmu_cpus(&w->fake, "0-1\n", "0-1\n");
	expect_mix(w, 1, KVMFEAT_PMU_NO, "", "", "",
		   "fixed counters only are not needed: all CPUs have the same PMU, armv8_pmuv3_0");
}

/* As the booted kernel of the lab shows them, and servers do. */
static void pmus_of_anything_but_cpus_are_passed_over(void **state)
{
	static const char *const names[] = { "software", "tracepoint", "arm_spe_0", "arm_dsu_0",
					     "breakpoint" };
	struct world *w = *state;

	become(w, FAKE_PMU_OURS);
	for (size_t i = 0; i < KF_ARRAY_SIZE(names); i++)
		fake_pmu_device(&w->fake, names[i], "1\n", NULL);
	fake_file(&w->fake, DEVICES "arm_spe_0/cpumask", "0-1\n");
	/* An uncore PMU with a name like that is one, too. */
	fake_pmu_device(&w->fake, "cpu", "4\n", NULL);
	fake_file(&w->fake, DEVICES "cpu/cpumask", "0\n");
	fake_pmu_cpus(&w->fake, "0-1\n", "0-1\n");
	expect_mix(w, 0, KVMFEAT_PMU_NO, "0-1", "", "there is no PMU of CPUs",
		   "fixed counters only are of no use: there is no PMU of CPUs");
}

static void x86_hosts_have_one_pmu_or_several(void **state)
{
	struct world *w = *state;
	struct kvmfeat_pmu_list *list;

	fake_pmu_cpus(&w->fake, "0-11\n", "0-11\n");
	fake_pmu_device(&w->fake, "cpu", "4\n", NULL);
	expect_mix(w, 1, KVMFEAT_PMU_NO, "", "", "", "");
	list = load(w);
	assert_string_equal(kvmfeat_pmu_list_at(list, 0)->cpus, "0-11");
	kvmfeat_pmu_list_free(list);
	fake_remove(&w->fake, DEVICES "cpu");
	fake_pmu_device(&w->fake, "cpu_core", "4\n", "0-3\n");
	fake_pmu_device(&w->fake, "cpu_atom", "10\n", "4-11\n");
	expect_mix(w, 2, KVMFEAT_PMU_YES, "", "", "", "");
}

static void cpus_without_a_pmu_are_named(void **state)
{
	struct world *w = *state;

	become(w, FAKE_PMU_OURS);
	add_pmus(w);
	fake_pmu_cpus(&w->fake, "0-9\n", "0-9\n");
	expect_mix(w, 2, KVMFEAT_PMU_YES, "8-9", "", "",
		   "fixed counters only are refused, as some CPUs (8-9) have no PMU: pin all vCPUs "
		   "to CPUs 0-3 (armv8_cortex_a53) or 4-7 (armv8_cortex_a72) and select that PMU");
	/* Firmware tables tell the PMU of a CPU when it comes online. */
	fake_pmu_cpus(&w->fake, "0-9\n", "0-7\n");
	expect_mix(
		w, 2, KVMFEAT_PMU_YES, "8-9", "8-9", "",
		"no PMU is known for some CPUs that are offline (8-9): bring them online once, or "
		"pin all vCPUs to CPUs 0-3 (armv8_cortex_a53) or 4-7 (armv8_cortex_a72) and "
		"select that PMU");
	fake_pmu_cpus(&w->fake, "0-9\n", "0-8\n");
	expect_mix(w, 2, KVMFEAT_PMU_YES, "8-9", "9", "",
		   "fixed counters only are refused, as some CPUs (8-9) have no PMU: pin all vCPUs "
		   "to CPUs 0-3 (armv8_cortex_a53) or 4-7 (armv8_cortex_a72) and select that PMU");
}

static void a_pmu_whose_cpus_are_gone_shares_nothing(void **state)
{
	struct world *w = *state;

	become(w, FAKE_PMU_OURS);
	fake_pmu_cpus(&w->fake, "0-3\n", "0-3\n");
	fake_pmu_device(&w->fake, "armv8_cortex_a53", "8\n", "0-3\n");
	fake_pmu_device(&w->fake, "armv8_cortex_a72", "9\n", "\n");
	expect_mix(
		w, 2, KVMFEAT_PMU_NO, "", "", "",
		"fixed counters only are not needed: all CPUs have the same PMU, armv8_cortex_a53");
}

static int refuse(struct fake *fake, const char *path, int flags)
{
	(void)flags;
	return strstr(path, fake->hook_data) ? -EACCES : FAKE_PASS;
}

/* Paths with this part may not be opened, whoever runs the test. */
static void hide(struct world *w, const char *part)
{
	w->fake.open_hook = refuse;
	w->fake.hook_data = (void *)(uintptr_t)part;
}

static void a_file_that_may_not_be_read_is_no_error(void **state)
{
	struct world *w = *state;
	struct kvmfeat_pmu_list *list;
	const struct kvmfeat_pmu *pmu;

	become(w, FAKE_PMU_OURS);
	add_pmus(w);
	hide(w, "a72/cpus");
	expect_mix(w, 2, KVMFEAT_PMU_UNKNOWN, NULL, "",
		   DEVICES "armv8_cortex_a72/cpus cannot be read: Permission denied",
		   "whether fixed counters only are needed is not known: " DEVICES
		   "armv8_cortex_a72/cpus cannot be read: Permission denied");
	list = load(w);
	pmu = kvmfeat_pmu_list_at(list, 1);
	assert_null(pmu->cpus);
	assert_int_equal(pmu->why, KVMFEAT_WHY_PERMISSION);
	assert_non_null(strstr(pmu->reason, "cpus cannot be read"));
	assert_int_equal(kvmfeat_pmu_list_mix(list)->why, KVMFEAT_WHY_PERMISSION);
	assert_null(kvmfeat_pmu_list_find(list, 5));
	kvmfeat_pmu_list_free(list);

	hide(w, "a53/type");
	list = load(w);
	/* Those without a type come last. */
	pmu = kvmfeat_pmu_list_at(list, 1);
	assert_string_equal(pmu->name, "armv8_cortex_a53");
	assert_int_equal(pmu->type, -1);
	assert_string_equal(pmu->cpus, "0-3");
	assert_non_null(strstr(pmu->reason, "a53/type cannot be read"));
	assert_int_equal(kvmfeat_pmu_list_mix(list)->heterogeneous, KVMFEAT_PMU_YES);
	kvmfeat_pmu_list_free(list);

	/* A third one does not change what two show. */
	fake_pmu_device(&w->fake, "armv8_cortex_x1", "10\n", "\n");
	hide(w, "x1/cpus");
	expect_mix(w, 3, KVMFEAT_PMU_YES, NULL, "",
		   DEVICES "armv8_cortex_x1/cpus cannot be read: Permission denied",
		   "whether fixed counters only are needed is not known: " DEVICES
		   "armv8_cortex_x1/cpus cannot be read: Permission denied");
	w->fake.open_hook = NULL;
}

static void cpus_that_are_not_told_are_not_known(void **state)
{
	static const char no_file[] = CPU "possible cannot be read: No such file or directory";
	struct world *w = *state;
	struct kvmfeat_pmu_list *list;

	become(w, FAKE_PMU_OURS);
	add_pmus(w);
	fake_remove(&w->fake, CPU "online");
	expect_mix(
		w, 2, KVMFEAT_PMU_YES, "", NULL,
		CPU "online cannot be read: No such file or directory",
		"this host is heterogeneous: guests need fixed counters only, or all vCPUs pinned "
		"to CPUs 0-3 (armv8_cortex_a53) or 4-7 (armv8_cortex_a72) with that PMU selected");
	fake_remove(&w->fake, CPU "possible");
	expect_mix(w, 2, KVMFEAT_PMU_YES, NULL, NULL, no_file,
		   "whether fixed counters only are needed is not known: " CPU
		   "possible cannot be read: No such file or directory");
	/* One PMU of all CPUs, whatever these are. */
	fake_remove(&w->fake, DEVICES "armv8_cortex_a53");
	fake_remove(&w->fake, DEVICES "armv8_cortex_a72");
	fake_pmu_device(&w->fake, "cpu", "4\n", NULL);
	list = load(w);
	assert_null(kvmfeat_pmu_list_at(list, 0)->cpus);
	assert_string_equal(kvmfeat_pmu_list_at(list, 0)->reason, CPU "possible cannot be read");
	kvmfeat_pmu_list_free(list);
}

static void a_malformed_file_is_an_error_that_names_file_and_text(void **state)
{
	static const struct {
		const char *path, *text, *reason;
	} rows[] = {
		{ DEVICES "armv8_cortex_a53/cpus", "0-3,x\n", "cannot be decoded: '0-3,x'" },
		{ DEVICES "armv8_cortex_a53/cpus", "3-0\n", "cannot be decoded: '3-0'" },
		{ DEVICES "armv8_cortex_a53/type", "eight\n", "cannot be decoded: 'eight'" },
		{ DEVICES "armv8_cortex_a53/type", "", "cannot be decoded: ''" },
		{ CPU "possible", "0-8192\n", "cannot be decoded: '0-8192'" },
		{ CPU "online", "all\n", "cannot be decoded: 'all'" },
	};
	struct kvmfeat_pmu_list *list = (void *)0x1;
	struct world *w = *state;
	char longer[5000];

	become(w, FAKE_PMU_OURS);
	for (size_t i = 0; i < KF_ARRAY_SIZE(rows); i++) {
		add_pmus(w);
		fake_file(&w->fake, rows[i].path, rows[i].text);
		assert_int_equal(kvmfeat_pmu_list_load(w->ctx, &list), -EBADMSG);
		assert_non_null(strstr(reason(w), rows[i].path));
		assert_non_null(strstr(reason(w), rows[i].reason));
		assert_int_equal(kvmfeat_ctx_error(w->ctx)->origin, KVMFEAT_ORIGIN_KERNEL);
		assert_ptr_equal(list, (void *)0x1);
	}
	add_pmus(w);
	memset(longer, '0', sizeof(longer));
	fake_file_bytes(&w->fake, DEVICES "armv8_cortex_a72/cpus", longer, sizeof(longer));
	assert_int_equal(kvmfeat_pmu_list_load(w->ctx, &list), -EBADMSG);
	assert_non_null(strstr(reason(w), "a72/cpus cannot be decoded: it holds a NUL byte or is"));
	fake_file_bytes(&w->fake, DEVICES "armv8_cortex_a72/cpus", "4-7\n", 4);
	fake_file_bytes(&w->fake, DEVICES "armv8_cortex_a72/type", "9\0\n", 3);
	assert_int_equal(kvmfeat_pmu_list_load(w->ctx, &list), -EBADMSG);
	assert_non_null(strstr(reason(w), "a72/type cannot be decoded: it holds a NUL byte or is"));
}

static void a_host_without_perf_events_has_an_empty_list(void **state)
{
	struct world *w = *state;
	struct kvmfeat_pmu_list *list;

	become(w, FAKE_PMU_OURS);
	assert_int_equal(kvmfeat_pmu_list_load(w->ctx, &list), -ENOENT);
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->remedy, "mount sysfs on /sys");
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->why, KVMFEAT_WHY_NOT_VISIBLE);
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->object, "/sys/bus/event_source/devices");
	fake_pmu_cpus(&w->fake, "0\n", "0\n");
	expect_mix(w, 0, KVMFEAT_PMU_NO, "0", "",
		   "there is no PMU: this kernel was built without perf events",
		   "fixed counters only are of no use: there is no PMU of CPUs");
	fake_dir(&w->fake, "/sys/bus/event_source/devices");
	hide(w, "event_source");
	assert_int_equal(kvmfeat_pmu_list_load(w->ctx, &list), -EACCES);
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->why, KVMFEAT_WHY_PERMISSION);
	w->fake.open_hook = NULL;
}

static void a_captured_tree_is_read_without_dev_kvm(void **state)
{
	struct world *w = *state;
	struct kvmfeat_pmu_list *list;
	char root[128];

	become(w, FAKE_PMU_OURS);
	w->fake.open_error = -EACCES;
	add_pmus(w);
	/* As in sysfs, where the entries are links. */
	fake_link(&w->fake, "/tree/sys/bus/event_source/devices/armv8_pmuv3",
		  "../../../devices/armv8_pmuv3");
	fake_file(&w->fake, "/tree/sys/devices/armv8_pmuv3/type", "7\n");
	fake_file(&w->fake, "/tree/sys/devices/armv8_pmuv3/cpus", "0-127\n");
	snprintf(root, sizeof(root), "%s/tree", w->fake.root);
	assert_int_equal(kvmfeat_ctx_set_root(w->ctx, root), 0);
	list = load(w);
	assert_int_equal(kvmfeat_pmu_list_count(list), 1);
	assert_int_equal(kvmfeat_pmu_list_at(list, 0)->type, 7);
	assert_string_equal(kvmfeat_pmu_list_at(list, 0)->cpus, "0-127");
	kvmfeat_pmu_list_free(list);
}

/* Each call fails once: an error, or an answer that says what is missing. */
static void every_call_may_fail_once(void **state)
{
	static const int errors[] = { -EIO, -ENOMEM, -EACCES };
	struct world *w = *state;
	unsigned int allocations;

	become(w, FAKE_PMU_OURS);
	add_pmus(w);
	for (size_t e = 0; e < KF_ARRAY_SIZE(errors); e++)
		for (unsigned int call = 1;; call++) {
			struct kvmfeat_pmu_list *list = NULL;
			int err;

			w->fake.calls = 0;
			w->fake.fail_at = call;
			w->fake.fail_error = errors[e];
			w->fake.failed = false;
			allocations = w->fake.allocations;
			err = kvmfeat_pmu_list_load(w->ctx, &list);
			assert_int_equal(!err, !!list);
			if (err)
				assert_int_equal(err, w->fake.fail_error);
			if (list && w->fake.failed)
				assert_non_null(kvmfeat_pmu_list_mix(list)->reason);
			kvmfeat_pmu_list_free(list);
			if (!w->fake.failed)
				break;
		}
	assert_true(w->fake.allocations > allocations);
	w->fake.fail_at = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_heterogeneous_host_is_told_pmu_by_pmu),
		WORLD_TEST(a_host_with_one_pmu_does_not_need_it),
		WORLD_TEST(pmus_of_anything_but_cpus_are_passed_over),
		WORLD_TEST(x86_hosts_have_one_pmu_or_several),
		WORLD_TEST(cpus_without_a_pmu_are_named),
		WORLD_TEST(a_pmu_whose_cpus_are_gone_shares_nothing),
		WORLD_TEST(a_file_that_may_not_be_read_is_no_error),
		WORLD_TEST(cpus_that_are_not_told_are_not_known),
		WORLD_TEST(a_malformed_file_is_an_error_that_names_file_and_text),
		WORLD_TEST(a_host_without_perf_events_has_an_empty_list),
		WORLD_TEST(a_captured_tree_is_read_without_dev_kvm),
		WORLD_TEST(every_call_may_fail_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
