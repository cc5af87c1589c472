// SPDX-License-Identifier: GPL-2.0-or-later
/* Names and texts of TSMs: what the kernel prints, and nothing else. */
#include "world.h"

#include "tsm-private.h"

static void names_of_tsms_are_numbers_of_the_kernels_int(void **state)
{
	static const char *const names[] = { "tsm0", "tsm7", "tsm10", "tsm2147483647" };
	static const char *const others[] = { "",
					      "tsm",
					      "tsm00",
					      "tsm01",
					      "tsm-1",
					      "tsm+1",
					      "tsm 1",
					      "tsm1 ",
					      "tsm1\n",
					      "tsm1x",
					      "xtsm1",
					      "Tsm1",
					      "ts",
					      "tsm:",
					      "tsm/",
					      "tsm2147483648",
					      "tsm99999999999999999999999" };

	(void)state;
	for (size_t i = 0; i < KF_ARRAY_SIZE(names); i++) {
		assert_true(kf_tsm_is_name(names[i]));
		assert_true(kf_tsm_is_name_or_empty(names[i]));
		assert_true(strlen(names[i]) < KVMFEAT_TSM_NAME_SIZE);
	}
	for (size_t i = 0; i < KF_ARRAY_SIZE(others); i++)
		assert_false(kf_tsm_is_name(others[i]));
	assert_true(kf_tsm_is_name_or_empty(""));
	assert_false(kf_tsm_is_name_or_empty("tsm"));
}

static void names_of_devices_are_as_the_kernel_prints_them(void **state)
{
	static const char *const names[] = { "0000:00:00.0", "ffff:ff:1f.7", "0abc:0d:0e.1",
					     "10000:00:00.0", "7fffffff:a0:10.3" };
	static const char *const others[] = {
		"",
		"0000",
		"0000:",
		"0000:0",
		"0000:00",
		"0000:00:",
		"0000:00:0",
		"0000:00:00",
		"0000:00:00.",
		"0000:00:00.8",
		"0000:00:00:0",
		"0000:00:20.0",
		"0000:00:0g.0",
		"0000:000:00.0",
		"0000:00:000.0",
		"000:00:00.0",
		"00000:00:00.0",
		"123456789:00:00.0",
		"0000:00:00.00",
		"0000-00:00.0",
		"0000:00-00.0",
		"0000:00:00./",
		"FFFF:00:00.0",
	};

	(void)state;
	for (size_t i = 0; i < KF_ARRAY_SIZE(names); i++) {
		assert_true(kf_tsm_is_bdf(names[i]));
		assert_true(kf_tsm_is_bdf_or_empty(names[i]));
		assert_true(strlen(names[i]) < KVMFEAT_TSM_BDF_SIZE);
	}
	for (size_t i = 0; i < KF_ARRAY_SIZE(others); i++)
		assert_false(kf_tsm_is_bdf(others[i]));
	assert_true(kf_tsm_is_bdf_or_empty(""));
	assert_false(kf_tsm_is_bdf_or_empty("0000:00:00"));
}

static void a_name_sorts_by_its_number(void **state)
{
	(void)state;
	assert_true(kf_tsm_compare_names("tsm2", "tsm10") < 0);
	assert_true(kf_tsm_compare_names("tsm10", "tsm2") > 0);
	assert_true(kf_tsm_compare_names("tsm2", "tsm3") < 0);
	assert_int_equal(kf_tsm_compare_names("tsm2", "tsm2"), 0);
}

static void accept_shows_a_bool(void **state)
{
	(void)state;
	assert_true(kf_tsm_is_bool("0") && kf_tsm_is_bool("1"));
	assert_false(kf_tsm_is_bool("") || kf_tsm_is_bool("2") || kf_tsm_is_bool("Y") ||
		     kf_tsm_is_bool("10") || kf_tsm_is_bool("/"));
}

static void a_generation_is_a_number_or_nothing(void **state)
{
	static const char *const others[] = {
		"01", "-1", "1 ", "x", "18446744073709551616", "0x1"
	};
	uint64_t generation = 77;
	bool has = false;

	(void)state;
	assert_true(kf_tsm_decode_generation("18446744073709551615", &has, &generation));
	assert_true(has && generation == UINT64_MAX);
	assert_true(kf_tsm_decode_generation("0", &has, &generation));
	assert_true(has && generation == 0);
	assert_true(kf_tsm_decode_generation("", &has, &generation));
	assert_true(!has && generation == 0);
	generation = 77;
	for (size_t i = 0; i < KF_ARRAY_SIZE(others); i++) {
		assert_false(kf_tsm_decode_generation(others[i], &has, &generation));
		assert_false(kf_tsm_is_generation(others[i]));
	}
	assert_true(!has && generation == 77);
	assert_true(kf_tsm_is_generation("1"));
}

static void the_level_that_is_written_is_one_that_accepts(void **state)
{
	bool accepted = false;

	(void)state;
	assert_true(kf_tsm_decode_trust(KF_TSM_TRUST_ACCEPT, &accepted));
	assert_true(accepted);
	assert_true(kf_tsm_decode_trust("4", &accepted));
	assert_true(accepted);
	for (const char *level = "2\0001\0000\000"; *level; level += 2) {
		assert_true(kf_tsm_decode_trust(level, &accepted));
		assert_false(accepted);
	}
	accepted = true;
	assert_false(kf_tsm_decode_trust("", &accepted) || kf_tsm_decode_trust("3 ", &accepted) ||
		     kf_tsm_decode_trust("full", &accepted) || kf_tsm_is_trust("2147483648"));
	assert_true(accepted && kf_tsm_is_trust("2147483647"));
}

static void a_mode_is_one_of_three_words(void **state)
{
	(void)state;
	assert_int_equal(kf_tsm_decode_mode("none"), KVMFEAT_TSM_MODE_NONE);
	assert_int_equal(kf_tsm_decode_mode("link"), KVMFEAT_TSM_MODE_LINK);
	assert_int_equal(kf_tsm_decode_mode("devsec"), KVMFEAT_TSM_MODE_DEVSEC);
	assert_int_equal(kf_tsm_decode_mode("unknown"), KVMFEAT_TSM_MODE_UNKNOWN);
	assert_int_equal(kf_tsm_decode_mode(""), KVMFEAT_TSM_MODE_UNKNOWN);
	assert_int_equal(kf_tsm_decode_mode("link "), KVMFEAT_TSM_MODE_UNKNOWN);
}

static void a_stream_has_three_numbers(void **state)
{
	static const char *const others[] = {
		"stream",	"stream1",	"stream1.2",
		"stream1.2.",	"stream1.2.3.", "stream1.2.3.4",
		"stream.1.2.3", "stream01.2.3", "stream1.2.03",
		"stream1,2.3",	"stream1.2,3",	"stream1..3",
		"Stream1.2.3",	"streams",	"stream1.2.2147483648",
		"stream-1.2.3"
	};
	struct kvmfeat_tsm_stream stream = { .host_bridge_slot = 77 };

	(void)state;
	for (size_t i = 0; i < KF_ARRAY_SIZE(others); i++)
		assert_false(kf_tsm_decode_stream(others[i], &stream));
	assert_int_equal(stream.host_bridge_slot, 77);
	assert_true(kf_tsm_decode_stream("stream0.255.2147483647", &stream));
	assert_int_equal(stream.host_bridge_slot, 0);
	assert_int_equal(stream.root_port_block, 255);
	assert_int_equal(stream.endpoint_block, 2147483647);
}

static void a_root_bus_lies_below_the_host_bridge_of_its_name(void **state)
{
	(void)state;
	assert_true(kf_tsm_is_root_bus("0000:00", "../../devices/pci0000:00/pci_bus/0000:00"));
	assert_true(kf_tsm_is_root_bus("10000:e1", "/x/pci10000:e1/pci_bus/10000:e1"));
	assert_false(kf_tsm_is_root_bus("0000:01", "pci0000:00/0000:00:01.0/pci_bus/0000:01"));
	assert_false(kf_tsm_is_root_bus("0000:00", "/pci0000:00/pci_bus/0000:00/.."));
	assert_false(kf_tsm_is_root_bus("0000:00", "0000:00"));
	assert_false(kf_tsm_is_root_bus("..", "/pci../pci_bus/.."));
	assert_false(kf_tsm_is_root_bus("0000:00.", "/pci0000:00./pci_bus/0000:00."));
	assert_string_equal(kf_tsm_last_part("../a/b"), "b");
	assert_string_equal(kf_tsm_last_part("b"), "b");
	assert_string_equal(kf_tsm_last_part("a/"), "");
}

/* A list of capabilities, which each begin where the one before says. */
static void tee_io_is_a_bit_of_the_pci_express_capability(void **state)
{
	uint8_t config[256] = {
		[0x06] = 0x10, [0x34] = 0x50, [0x50] = 0x05, [0x51] = 0x82, [0x80] = 0x10
	};

	(void)state;
	assert_int_equal(kf_tsm_decode_tee(config, sizeof(config)), KF_TSM_TEE_NO);
	config[0x87] = 0x40;
	assert_int_equal(kf_tsm_decode_tee(config, sizeof(config)), KF_TSM_TEE_YES);
	/* The bits beside it are others. */
	config[0x87] = 0xbf;
	assert_int_equal(kf_tsm_decode_tee(config, sizeof(config)), KF_TSM_TEE_NO);
	config[0x87] = 0x40;
	assert_int_equal(kf_tsm_decode_tee(config, 0x88), KF_TSM_TEE_YES);
	/* What others than root read ends before. */
	for (size_t size = 0; size < 0x88; size++)
		assert_int_equal(kf_tsm_decode_tee(config, size), KF_TSM_TEE_UNKNOWN);
	config[0x06] = 0;
	assert_int_equal(kf_tsm_decode_tee(config, 64), KF_TSM_TEE_NO);
	/* A list that ends, or never does. */
	config[0x06] = 0x10;
	config[0x51] = 0;
	config[0x00] = 0x10; /* no capability, the device's vendor */
	config[0x07] = 0x40;
	assert_int_equal(kf_tsm_decode_tee(config, sizeof(config)), KF_TSM_TEE_NO);
	config[0x51] = 0x50;
	assert_int_equal(kf_tsm_decode_tee(config, sizeof(config)), KF_TSM_TEE_NO);
	memset(config, 0xff, sizeof(config));
	assert_int_equal(kf_tsm_decode_tee(config, sizeof(config)), KF_TSM_TEE_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_tsms_are_numbers_of_the_kernels_int),
		cmocka_unit_test(names_of_devices_are_as_the_kernel_prints_them),
		cmocka_unit_test(a_name_sorts_by_its_number),
		cmocka_unit_test(accept_shows_a_bool),
		cmocka_unit_test(a_generation_is_a_number_or_nothing),
		cmocka_unit_test(the_level_that_is_written_is_one_that_accepts),
		cmocka_unit_test(a_mode_is_one_of_three_words),
		cmocka_unit_test(a_stream_has_three_numbers),
		cmocka_unit_test(a_root_bus_lies_below_the_host_bridge_of_its_name),
		cmocka_unit_test(tee_io_is_a_bit_of_the_pci_express_capability),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
