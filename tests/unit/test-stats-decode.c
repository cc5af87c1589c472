// SPDX-License-Identifier: GPL-2.0-or-later
/* The bytes of a KVM_GET_STATS_FD, whole and spoilt. */
#include <linux/kvm.h>

#include "fake-stats.h"
#include "world.h"

#define NAME_BYTES 48
#define DESCS (sizeof(struct kvm_stats_header) + NAME_BYTES)
#define STRIDE (offsetof(struct kvm_stats_desc, name) + NAME_BYTES)

static const char *const names[] = { "full", "entries", "nothing" };

/* Three statistics, of which the last two are looked for. */
struct file {
	unsigned char bytes[512];
	size_t size;
	int64_t values[3];
};

static void make(struct file *file)
{
	static const struct fake_stat stats[] = {
		{ "fulls", KVM_STATS_TYPE_CUMULATIVE, 99 },
		{ "entries", KVM_STATS_TYPE_CUMULATIVE, 0x123456789abc },
		{ "full", KVM_STATS_TYPE_PEAK, 5 },
	};

	file->size = fake_stats(stats, KF_ARRAY_SIZE(stats), file->bytes, sizeof(file->bytes));
	for (size_t i = 0; i < 3; i++)
		file->values[i] = -1;
}

/* In memory of exactly that size, so that a sanitizer sees a read past its end. */
static const char *decode(struct file *file)
{
	unsigned char *exact = malloc(file->size ? file->size : 1);
	const char *flaw;

	assert_non_null(exact);
	memcpy(exact, file->bytes, file->size);
	flaw = kf_stats_decode(exact, file->size, names, 3, file->values);
	free(exact);
	return flaw;
}

static void expect_flaw(struct file *file, const char *word)
{
	const char *flaw = decode(file);

	assert_non_null(flaw);
	if (!strstr(flaw, word))
		fail_msg("no '%s' in: %s", word, flaw);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(file->values[i], -1);
}

static struct kvm_stats_header *header(struct file *file)
{
	return (void *)file->bytes;
}

static struct kvm_stats_desc *desc(struct file *file, size_t index)
{
	return (void *)(file->bytes + DESCS + index * STRIDE);
}

static void counters_are_found_by_their_whole_name(void **state)
{
	struct file file;

	(void)state;
	make(&file);
	assert_null(decode(&file));
	assert_int_equal(file.values[0], 5);
	assert_true(file.values[1] == 0x123456789abc);
	assert_int_equal(file.values[2], -1);
}

static void blocks_may_stand_in_any_order(void **state)
{
	unsigned char data[3 * sizeof(uint64_t)];
	struct file file;

	(void)state;
	make(&file);
	/* The values between header and descriptors, without an id string. */
	memcpy(data, file.bytes + header(&file)->data_offset, sizeof(data));
	memmove(file.bytes + sizeof(struct kvm_stats_header) + sizeof(data), file.bytes + DESCS,
		3 * STRIDE);
	memcpy(file.bytes + sizeof(struct kvm_stats_header), data, sizeof(data));
	header(&file)->data_offset = sizeof(struct kvm_stats_header);
	header(&file)->desc_offset = sizeof(struct kvm_stats_header) + sizeof(data);
	file.size = header(&file)->desc_offset + 3 * STRIDE;

	assert_null(decode(&file));
	assert_int_equal(file.values[0], 5);
	assert_true(file.values[1] == 0x123456789abc);
}

static void a_file_without_statistics_has_no_counter(void **state)
{
	struct file file;

	(void)state;
	make(&file);
	header(&file)->num_desc = 0;
	file.size = DESCS;
	assert_null(decode(&file));
	assert_int_equal(file.values[0], -1);
}

static void every_cut_is_seen(void **state)
{
	struct file whole, file;

	(void)state;
	make(&whole);
	for (size_t size = 0; size < whole.size; size++) {
		file = whole;
		file.size = size;
		expect_flaw(&file, size < sizeof(struct kvm_stats_header) ? "header is cut off" :
				   size < DESCS + 3 * STRIDE		  ? "descriptors end past" :
									    "a value lies past");
	}
}

static void a_wrong_name_size_is_refused(void **state)
{
	static const uint32_t sizes[] = { 0, 4097, UINT32_MAX };
	struct file file;

	(void)state;
	for (size_t i = 0; i < KF_ARRAY_SIZE(sizes); i++) {
		make(&file);
		header(&file)->name_size = sizes[i];
		expect_flaw(&file, "wrong name size");
	}
	make(&file);
	header(&file)->name_size = 4096;
	expect_flaw(&file, "descriptors end past");
}

static void wrong_offsets_and_counts_are_refused(void **state)
{
	static const uint32_t offsets[] = { 0, 8, 23, UINT32_MAX };
	struct file file;

	(void)state;
	for (size_t i = 0; i < KF_ARRAY_SIZE(offsets); i++) {
		make(&file);
		header(&file)->desc_offset = offsets[i];
		expect_flaw(&file, "descriptors end past");
	}
	make(&file);
	header(&file)->num_desc = UINT32_MAX;
	expect_flaw(&file, "descriptors end past");
	make(&file);
	header(&file)->data_offset = UINT32_MAX;
	expect_flaw(&file, "a value lies past");
	make(&file);
	header(&file)->data_offset = 0;
	desc(&file, 1)->offset = 8; /* in the header */
	expect_flaw(&file, "a value lies past");
}

static void a_wrong_value_offset_is_refused_after_a_right_one(void **state)
{
	static const uint32_t offsets[] = { 17, 24, UINT32_MAX };
	struct file file;

	(void)state;
	for (size_t i = 0; i < KF_ARRAY_SIZE(offsets); i++) {
		make(&file);
		desc(&file, 2)->offset = offsets[i]; /* "entries", before it, is sound */
		expect_flaw(&file, "a value lies past");
	}
	make(&file);
	desc(&file, 0)->offset = UINT32_MAX; /* nobody asks for that one */
	assert_null(decode(&file));
}

static void a_name_without_end_is_refused(void **state)
{
	struct file file;

	(void)state;
	make(&file);
	memset(file.bytes + DESCS + STRIDE - NAME_BYTES, 'x', NAME_BYTES);
	expect_flaw(&file, "a name has no end");
}

static void a_histogram_is_no_counter(void **state)
{
	struct file file;

	(void)state;
	for (uint32_t type = KVM_STATS_TYPE_LINEAR_HIST; type < 16; type++) {
		make(&file);
		desc(&file, 1)->flags = type;
		expect_flaw(&file, "no single number");
	}
	for (int size = 0; size < 3; size += 2) {
		make(&file);
		desc(&file, 1)->size = (uint16_t)size;
		expect_flaw(&file, "no single number");
	}
	make(&file);
	desc(&file, 1)->flags = KVM_STATS_TYPE_INSTANT | KVM_STATS_UNIT_CYCLES;
	assert_null(decode(&file));
}

static void a_count_that_never_was_is_the_largest(void **state)
{
	struct file file;

	(void)state;
	make(&file);
	memset(file.bytes + header(&file)->data_offset, 0xff, 2 * sizeof(uint64_t));
	assert_null(decode(&file));
	assert_true(file.values[1] == INT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_are_found_by_their_whole_name),
		cmocka_unit_test(blocks_may_stand_in_any_order),
		cmocka_unit_test(a_file_without_statistics_has_no_counter),
		cmocka_unit_test(every_cut_is_seen),
		cmocka_unit_test(a_wrong_name_size_is_refused),
		cmocka_unit_test(wrong_offsets_and_counts_are_refused),
		cmocka_unit_test(a_wrong_value_offset_is_refused_after_a_right_one),
		cmocka_unit_test(a_name_without_end_is_refused),
		cmocka_unit_test(a_histogram_is_no_counter),
		cmocka_unit_test(a_count_that_never_was_is_the_largest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
