// SPDX-License-Identifier: GPL-2.0-or-later
/* Lists of CPUs and perf types as sysfs writes them, and the numbers of asm/kvm.h. */
#include <stdio.h>

#include "pmu-private.h"
#include "world.h"

static void every_list_that_the_kernel_writes_is_read_and_written_alike(void **state)
{
	static const char *const lists[] = { "",	 "0",	    "0-3",
					     "0-3,8",	 "1,3,5-6", "63-64",
					     "8191",	 "0-8191",  "7-9,63-65,127-128",
					     "4095,4097" };
	struct kf_cpus cpus;
	char text[64];

	(void)state;
	for (size_t i = 0; i < KF_ARRAY_SIZE(lists); i++) {
		assert_int_equal(kf_cpus_decode(lists[i], &cpus), 0);
		assert_int_equal(kf_cpus_text(&cpus, text, sizeof(text)), strlen(lists[i]));
		assert_string_equal(text, lists[i]);
		assert_int_equal(kf_cpus_empty(&cpus), !*lists[i]);
	}
	assert_int_equal(kf_cpus_decode("0-3,8", &cpus), 0);
	assert_true(kf_cpus_has(&cpus, 3));
	assert_false(kf_cpus_has(&cpus, 4));
	assert_true(kf_cpus_has(&cpus, 8));
	assert_false(kf_cpus_has(&cpus, KF_CPUS));
	/* The kernel never writes this, and it means one thing only. */
	assert_int_equal(kf_cpus_decode("0,1", &cpus), 0);
	kf_cpus_text(&cpus, text, sizeof(text));
	assert_string_equal(text, "0-1");
}

static void anything_else_is_refused_and_changes_nothing(void **state)
{
	static const char *const lists[] = {
		" ",	"0 ",	       " 0",	     "a",	   "0x1",	   "-1",   "+1",
		"1-",	"-",	       ",",	     "0,",	   ",0",	   "0,,2", "3-0",
		"1-1",	"2,1",	       "0-3,3",	     "0-3,2",	   "00",	   "01",   "0-03",
		"8192", "0-8192",      "0-3-5",	     "0\n",	   "0-3:2",	   "0;1",  "0-3,N",
		"all",	"99999999999", "4294967296", "4294967297", "0-4294967297", "0,\n", "1\xff",
	};
	struct kf_cpus cpus;

	(void)state;
	memset(&cpus, 0x5a, sizeof(cpus));
	for (size_t i = 0; i < KF_ARRAY_SIZE(lists); i++) {
		if (kf_cpus_decode(lists[i], &cpus) != -EBADMSG)
			fail_msg("'%s' is taken", lists[i]);
		assert_int_equal(cpus.words[0], 0x5a5a5a5a5a5a5a5a);
	}
}

static void a_text_that_is_too_long_is_cut_and_its_length_told(void **state)
{
	struct kf_cpus cpus;
	char text[6] = "?????";

	(void)state;
	assert_int_equal(kf_cpus_decode("0-3,8-11,70", &cpus), 0);
	assert_int_equal(kf_cpus_text(&cpus, text, sizeof(text)), 11);
	assert_string_equal(text, "0-3,8");
	assert_int_equal(kf_cpus_text(&cpus, NULL, 0), 11);
}

static void sets_are_subtracted(void **state)
{
	struct kf_cpus all, some, rest;
	char text[32];

	(void)state;
	assert_int_equal(kf_cpus_decode("0-9,100", &all), 0);
	assert_int_equal(kf_cpus_decode("2-3,9,200", &some), 0);
	rest = kf_cpus_without(&all, &some);
	kf_cpus_text(&rest, text, sizeof(text));
	assert_string_equal(text, "0-1,4-8,100");
	rest = kf_cpus_without(&all, &all);
	assert_true(kf_cpus_empty(&rest));
}

static void a_type_is_a_number_of_the_kernel(void **state)
{
	static const char *const wrong[] = {
		"", "-1", "x", "08", "8 ", "2147483648", "8\n", "0x8"
	};
	int type = 7;

	(void)state;
	for (size_t i = 0; i < KF_ARRAY_SIZE(wrong); i++)
		assert_int_equal(kf_pmu_decode_type(wrong[i], &type), -EBADMSG);
	assert_int_equal(type, 7);
	assert_int_equal(kf_pmu_decode_type("0", &type), 0);
	assert_int_equal(type, 0);
	assert_int_equal(kf_pmu_decode_type("2147483647", &type), 0);
	assert_int_equal(type, 2147483647);
}

/* The value of "#define NAME VALUE" in the kernel's header, or -1. */
static long header_value(const char *name)
{
	char path[512], line[256], found[64];
	long value = -1, number;
	FILE *file;

	snprintf(path, sizeof(path), "%s/../../libkvmfeat/uapi/arch/arm64/asm/kvm.h",
		 getenv("TEST_DATA"));
	file = fopen(path, "re");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "#define %63s %li", found, &number) == 2 && !strcmp(found, name))
			value = number;
	fclose(file);
	return value;
}

static void the_numbers_are_those_of_the_kernels_header(void **state)
{
	static const struct {
		const char *name;
		long value;
	} rows[] = {
		{ "KVM_ARM_VCPU_PMU_V3", KF_ARM64_FEATURE_PMU_V3 },
		{ "KVM_ARM_VCPU_PMU_V3_STRICT", KF_ARM64_FEATURE_PMU_V3_STRICT },
		{ "KVM_ARM_VCPU_PMU_V3_CTRL", KF_ARM64_PMU_V3_CTRL },
		{ "KVM_ARM_VCPU_PMU_V3_IRQ", KF_ARM64_PMU_V3_IRQ },
		{ "KVM_ARM_VCPU_PMU_V3_INIT", KF_ARM64_PMU_V3_INIT },
		{ "KVM_ARM_VCPU_PMU_V3_FILTER", KF_ARM64_PMU_V3_FILTER },
		{ "KVM_ARM_VCPU_PMU_V3_SET_PMU", KF_ARM64_PMU_V3_SET_PMU },
		{ "KVM_ARM_VCPU_PMU_V3_SET_NR_COUNTERS", KF_ARM64_PMU_V3_SET_NR_COUNTERS },
		{ "KVM_ARM_VCPU_PMU_V3_FIXED_COUNTERS_ONLY", KF_ARM64_PMU_V3_FIXED_COUNTERS_ONLY },
		{ "KVM_PMU_EVENT_ALLOW", KVMFEAT_PMU_ALLOW },
		{ "KVM_PMU_EVENT_DENY", KVMFEAT_PMU_DENY },
	};

	(void)state;
	for (size_t i = 0; i < KF_ARRAY_SIZE(rows); i++)
		if (header_value(rows[i].name) != rows[i].value)
			fail_msg("%s is %ld", rows[i].name, header_value(rows[i].name));
	assert_int_equal(KF_ARM64_VCPU_INIT, _IOC(_IOC_WRITE, KVMIO, 0xae, 32));
	assert_int_equal(KF_ARM64_PREFERRED_TARGET, _IOC(_IOC_READ, KVMIO, 0xaf, 32));
	assert_int_equal(sizeof(struct kf_arm64_event_filter), 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_list_that_the_kernel_writes_is_read_and_written_alike),
		cmocka_unit_test(anything_else_is_refused_and_changes_nothing),
		cmocka_unit_test(a_text_that_is_too_long_is_cut_and_its_length_told),
		cmocka_unit_test(sets_are_subtracted),
		cmocka_unit_test(a_type_is_a_number_of_the_kernel),
		cmocka_unit_test(the_numbers_are_those_of_the_kernels_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
