// SPDX-License-Identifier: GPL-2.0-or-later
/* Telling the kernel interfaces apart, their arguments, and the choice of an order. */
#include <linux/kvm.h>

#include "hdbss-private.h"
#include "world.h"

static void only_what_a_variant_answers_is_taken_for_it(void **state)
{
	static const struct {
		struct kf_hdbss_answers answers;
		enum kvmfeat_hdbss_variant variant;
	} rows[] = {
		{ { 0 }, KVMFEAT_HDBSS_NONE },
		{ { .kvmfeat = 0x48440901 }, KVMFEAT_HDBSS_KVMFEAT },
		{ { .kvmfeat = 0x48440001 }, KVMFEAT_HDBSS_KVMFEAT },
		{ { .kvmfeat = 0x48440902 }, KVMFEAT_HDBSS_KVMFEAT_NEWER },
		{ { .kvmfeat = 0x48440900 }, KVMFEAT_HDBSS_KVMFEAT_NEWER },
		{ { .kvmfeat = 0x4844090f }, KVMFEAT_HDBSS_KVMFEAT_NEWER },
		{ { .kvmfeat = 1 }, KVMFEAT_HDBSS_NONE },
		{ { .kvmfeat = 0x4844 }, KVMFEAT_HDBSS_NONE },
		{ { .kvmfeat = 0x48450901 }, KVMFEAT_HDBSS_NONE },
		{ { .kvmfeat = 0x08440901 }, KVMFEAT_HDBSS_NONE },
		{ { .kvmfeat = INT32_MAX }, KVMFEAT_HDBSS_NONE },
		{ { .posted = 1 }, KVMFEAT_HDBSS_POSTED },
		{ { .posted = 2 }, KVMFEAT_HDBSS_NONE },
		{ { .openeuler = 1 }, KVMFEAT_HDBSS_OPENEULER },
		{ { .openeuler = 0x48440901 }, KVMFEAT_HDBSS_NONE },
		{ { .kvmfeat = 0x48440901, .posted = 1, .openeuler = 1 }, KVMFEAT_HDBSS_KVMFEAT },
		{ { .kvmfeat = 1, .posted = 1, .openeuler = 1 }, KVMFEAT_HDBSS_POSTED },
	};

	(void)state;
	for (size_t i = 0; i < KF_ARRAY_SIZE(rows); i++) {
		const struct kf_hdbss_offer offer = kf_hdbss_tell(&rows[i].answers);

		if (offer.abi->variant != rows[i].variant)
			fail_msg("row %zu is taken for %s", i, offer.abi->name);
		assert_string_equal(offer.abi->name, kvmfeat_hdbss_variant_name(rows[i].variant));
		assert_non_null(offer.abi->how);
	}
}

static void our_answer_tells_the_state_and_the_limits(void **state)
{
	static const struct {
		int answer;
		bool is_on;
		int order;
		int max_order;
	} rows[] = {
		{ 0x48440901, false, -1, 9 }, { 0x48441901, true, 0, 9 },
		{ 0x48441991, true, 9, 9 },   { 0x48441431, true, 3, 4 },
		{ 0x48440931, false, -1, 9 }, /* an order says nothing while it is off */
	};

	(void)state;
	for (size_t i = 0; i < KF_ARRAY_SIZE(rows); i++) {
		const struct kf_hdbss_offer offer =
			kf_hdbss_tell(&(struct kf_hdbss_answers){ .kvmfeat = rows[i].answer });

		assert_int_equal(offer.is_on, rows[i].is_on);
		assert_int_equal(offer.order, rows[i].order);
		assert_int_equal(offer.max_order, rows[i].max_order);
		assert_int_equal(offer.answer, rows[i].answer);
	}
}

static void each_variant_has_its_arguments(void **state)
{
	static const struct {
		struct kf_hdbss_answers answers;
		uint32_t number;
		uint64_t on[2];
	} rows[] = {
		{ { .kvmfeat = 0x48440901 }, 0x4844, { 5, 1 } },
		{ { .posted = 1 }, 248, { 5, 1 } },
		{ { .openeuler = 1 }, 502, { 5, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < KF_ARRAY_SIZE(rows); i++) {
		const struct kf_hdbss_offer offer = kf_hdbss_tell(&rows[i].answers);
		struct kvm_enable_cap on = { .cap = rows[i].number,
					     .args = { rows[i].on[0], rows[i].on[1] } };
		struct kvm_enable_cap off = { .cap = rows[i].number }, cap;

		kf_hdbss_encode(offer.abi, true, 5, &cap);
		assert_memory_equal(&cap, &on, sizeof(cap));
		kf_hdbss_encode(offer.abi, false, 5, &cap);
		assert_memory_equal(&cap, &off, sizeof(cap));
	}
}

static void the_command_line_tells_the_mode_that_it_demands(void **state)
{
	static const struct {
		const char *text;
		enum kvmfeat_hdbss_el2 el2;
	} rows[] = {
		{ "", KVMFEAT_HDBSS_EL2_UNKNOWN },
		{ "  \n", KVMFEAT_HDBSS_EL2_UNKNOWN },
		{ "console=ttyAMA0 panic=-1\n", KVMFEAT_HDBSS_EL2_UNKNOWN },
		{ "kvm-arm.mode=nvhe", KVMFEAT_HDBSS_EL2_NVHE },
		{ "quiet kvm-arm.mode=nvhe\n", KVMFEAT_HDBSS_EL2_NVHE },
		{ "kvm_arm.mode=nvhe ro", KVMFEAT_HDBSS_EL2_NVHE },
		{ "id_aa64mmfr1.vh=0", KVMFEAT_HDBSS_EL2_NVHE },
		{ "id_aa64mmfr1.vh=1", KVMFEAT_HDBSS_EL2_UNKNOWN },
		{ "kvm-arm.mode=protected", KVMFEAT_HDBSS_EL2_PROTECTED },
		{ "kvm-arm.mode=nested", KVMFEAT_HDBSS_EL2_UNKNOWN },
		{ "kvm-arm.mode=", KVMFEAT_HDBSS_EL2_UNKNOWN },
		{ "kvm-arm.mode", KVMFEAT_HDBSS_EL2_UNKNOWN },
		{ "kvm-arm.mode=nvhes", KVMFEAT_HDBSS_EL2_UNKNOWN },
		{ "xkvm-arm.mode=nvhe", KVMFEAT_HDBSS_EL2_UNKNOWN },
		{ "kvm-arm.mode=protected kvm-arm.mode=nested", KVMFEAT_HDBSS_EL2_UNKNOWN },
		{ "kvm-arm.mode=nvhe kvm-arm.mode=nested", KVMFEAT_HDBSS_EL2_NVHE },
		{ "kvm-arm.mode=nvhe kvm-arm.mode=protected", KVMFEAT_HDBSS_EL2_PROTECTED },
		{ "ro -- kvm-arm.mode=nvhe", KVMFEAT_HDBSS_EL2_UNKNOWN },
		{ "--x kvm-arm.mode=nvhe", KVMFEAT_HDBSS_EL2_NVHE },
	};

	(void)state;
	for (size_t i = 0; i < KF_ARRAY_SIZE(rows); i++)
		if (kf_hdbss_decode_cmdline(rows[i].text) != rows[i].el2)
			fail_msg("'%s' is read as %s", rows[i].text,
				 kvmfeat_hdbss_el2_name(kf_hdbss_decode_cmdline(rows[i].text)));
}

static void midr_is_a_hexadecimal_number_and_nothing_else(void **state)
{
	(void)state;
	assert_true(kf_hdbss_decode_midr("0x00000000410fd4f0") == 0x410fd4f0);
	assert_true(kf_hdbss_decode_midr("0xffffffffffffffff") == UINT64_MAX);
	assert_true(kf_hdbss_decode_midr("0x1ffffffffffffffff") == 0);
	assert_true(kf_hdbss_decode_midr("410fd4f0") == 0);
	assert_true(kf_hdbss_decode_midr("0x") == 0);
	assert_true(kf_hdbss_decode_midr("0x-1") == 0);
	assert_true(kf_hdbss_decode_midr("0x 1") == 0);
	assert_true(kf_hdbss_decode_midr("0x41 ") == 0);
	assert_true(kf_hdbss_decode_midr("") == 0);
}

#define MIB (1024ull * 1024)

static void the_order_grows_with_the_memory_of_a_vcpu(void **state)
{
	static const struct {
		uint64_t memory;
		unsigned int vcpus;
		unsigned int order;
	} rows[] = {
		{ 1, 1, 0 },
		{ 128 * MIB, 1, 0 },
		{ 128 * MIB + 4096, 1, 1 },
		{ 256 * MIB, 1, 1 },
		{ 256 * MIB + 4096, 1, 2 },
		{ 512 * MIB, 1, 2 },
		{ 512 * MIB + 4096, 1, 3 },
		{ 1024 * MIB, 1, 3 },
		{ 1024 * MIB + 4096, 1, 4 },
		{ UINT64_MAX, 1, 4 },
		{ UINT64_MAX, UINT32_MAX, 4 },
		{ 1024 * MIB, 8, 0 },
		{ 4096 * MIB, 8, 2 },
		{ 4096 * MIB, UINT32_MAX, 0 },
	};
	unsigned int order;

	(void)state;
	for (size_t i = 0; i < KF_ARRAY_SIZE(rows); i++) {
		order = 77;
		assert_int_equal(kvmfeat_hdbss_choose_order(rows[i].memory, rows[i].vcpus, &order),
				 0);
		if (order != rows[i].order)
			fail_msg("row %zu has order %u", i, order);
	}
}

static void the_chosen_buffers_cost_little(void **state)
{
	(void)state;
	for (uint64_t memory = MIB; memory <= 1ull << 44; memory = memory * 3 / 2)
		for (unsigned int vcpus = 1; vcpus <= 512; vcpus *= 2) {
			unsigned int order;
			uint64_t cost;

			assert_int_equal(kvmfeat_hdbss_choose_order(memory, vcpus, &order), 0);
			cost = (uint64_t)vcpus * (4096ull << order);
			assert_in_range(order, 0, KVMFEAT_HDBSS_ORDER_AUTO_MAX);
			assert_true(!order || cost <= memory / 16384);
		}
}

static void no_memory_or_no_vcpu_has_no_order(void **state)
{
	unsigned int order = 77;

	(void)state;
	assert_int_equal(kvmfeat_hdbss_choose_order(0, 1, &order), -EINVAL);
	assert_int_equal(kvmfeat_hdbss_choose_order(4096, 0, &order), -EINVAL);
	assert_int_equal(order, 77);
}

static void names_are_those_of_the_command(void **state)
{
	(void)state;
	assert_string_equal(kvmfeat_hdbss_variant_name(KVMFEAT_HDBSS_NONE), "none");
	assert_string_equal(kvmfeat_hdbss_variant_name(KVMFEAT_HDBSS_KVMFEAT), "kvmfeat");
	assert_string_equal(kvmfeat_hdbss_variant_name(KVMFEAT_HDBSS_KVMFEAT_NEWER),
			    "kvmfeat-newer");
	assert_string_equal(kvmfeat_hdbss_variant_name(KVMFEAT_HDBSS_POSTED), "posted-v3");
	assert_string_equal(kvmfeat_hdbss_variant_name(KVMFEAT_HDBSS_OPENEULER), "openeuler");
	assert_string_equal(kvmfeat_hdbss_variant_name((enum kvmfeat_hdbss_variant)99), "none");
	assert_string_equal(kvmfeat_hdbss_el2_name(KVMFEAT_HDBSS_EL2_UNKNOWN), "unknown");
	assert_string_equal(kvmfeat_hdbss_el2_name(KVMFEAT_HDBSS_EL2_VHE), "vhe");
	assert_string_equal(kvmfeat_hdbss_el2_name(KVMFEAT_HDBSS_EL2_NVHE), "nvhe");
	assert_string_equal(kvmfeat_hdbss_el2_name(KVMFEAT_HDBSS_EL2_PROTECTED), "protected");
	assert_string_equal(kvmfeat_hdbss_el2_name((enum kvmfeat_hdbss_el2)99), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_a_variant_answers_is_taken_for_it),
		cmocka_unit_test(our_answer_tells_the_state_and_the_limits),
		cmocka_unit_test(each_variant_has_its_arguments),
		cmocka_unit_test(the_command_line_tells_the_mode_that_it_demands),
		cmocka_unit_test(midr_is_a_hexadecimal_number_and_nothing_else),
		cmocka_unit_test(the_order_grows_with_the_memory_of_a_vcpu),
		cmocka_unit_test(the_chosen_buffers_cost_little),
		cmocka_unit_test(no_memory_or_no_vcpu_has_no_order),
		cmocka_unit_test(names_are_those_of_the_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
