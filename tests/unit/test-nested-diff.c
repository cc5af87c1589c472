// SPDX-License-Identifier: GPL-2.0-or-later
/* Comparing two blobs field by field, and what is left out of it. */
#include "nested-blob.h"

#define ROOM 512

/* Two blobs that begin equal, and what comparing them gave. */
struct diff {
	uint8_t a[8320];
	uint8_t b[8320];
	struct kvmfeat_nested_pair pair;
	struct kvmfeat_nested_difference differences[ROOM];
	size_t count;
};

static struct diff *make_diff(unsigned int format, uint32_t size)
{
	struct diff *diff = calloc(1, sizeof(*diff));

	blob_scramble(diff->a, sizeof(diff->a), format + 1);
	blob_header(diff->a, format, size);
	memcpy(diff->b, diff->a, sizeof(diff->b));
	diff->pair = (struct kvmfeat_nested_pair){
		.size = sizeof(diff->pair),
		.a = diff->a,
		.a_bytes = size,
		.b = diff->b,
		.b_bytes = size,
	};
	diff->count = SIZE_MAX;
	return diff;
}

static int compare(const struct world *w, struct diff *diff)
{
	return kvmfeat_nested_diff(w->ctx, &diff->pair, diff->differences, ROOM, &diff->count);
}

static void equal_blobs_have_no_difference(void **state)
{
	static const uint32_t sizes[] = { 128, 129, 4223, 4224, 8320 };
	struct world *w = *state;

	for (unsigned int i = 0; i < 2 * KF_ARRAY_SIZE(sizes); i++) {
		struct diff *diff = make_diff(i % 2, sizes[i / 2]);

		diff->pair.flags = KVMFEAT_NESTED_DIFF_ALL;
		assert_int_equal(compare(w, diff), 0);
		assert_int_equal(diff->count, 0);
		free(diff);
	}
}

static void bytes_behind_the_state_are_not_compared(void **state)
{
	struct world *w = *state;
	struct diff *diff = make_diff(1, 4224);

	uint8_t *exact = malloc(4224);

	diff->b[4224] ^= 1;
	diff->pair.a_bytes = diff->pair.b_bytes = 8320;
	assert_int_equal(compare(w, diff), 0);
	assert_int_equal(diff->count, 0);
	/* A sanitizer sees when they are looked at. */
	memcpy(exact, diff->a, 4224);
	diff->pair.b = exact;
	diff->pair.b_bytes = 4224;
	assert_int_equal(compare(w, diff), 0);
	assert_int_equal(diff->count, 0);
	free(exact);
	free(diff);
}

/* Also where the field is reserved or holds bytes; at each field of both formats. */
static void one_changed_byte_is_one_difference_in_its_field(void **state)
{
	struct world *w = *state;

	for (unsigned int format = 0; format < 2; format++) {
		struct diff *diff = make_diff(format, format ? 4224 : 8320);
		const struct kvmfeat_nested_field *field;

		diff->pair.flags = KVMFEAT_NESTED_DIFF_ALL;
		/* The first three are format, size and what a decoder needs. */
		for (size_t i = 3; (field = kvmfeat_nested_field_at(format, i)); i++) {
			const bool number = kf_nested_has_number(field);
			const uint32_t last = field->offset + field->width - 1;

			diff->b[last] ^= 0x80;
			assert_int_equal(compare(w, diff), 0);
			assert_int_equal(diff->count, 1);
			assert_ptr_equal(diff->differences[0].field, field);
			assert_true(diff->differences[0].in_a && diff->differences[0].in_b);
			assert_true((diff->differences[0].a ^ diff->differences[0].b) ==
				    (number ? UINT64_C(0x80) << 8 * (field->width - 1) : 0));
			diff->b[last] ^= 0x80;
		}
		free(diff);
	}
}

static void the_numbers_of_both_blobs_are_told(void **state)
{
	struct world *w = *state;
	struct diff *diff = make_diff(1, 4224);

	blob_put(diff->a, 0x80 + 0x58, 4, 3);
	blob_put(diff->b, 0x80 + 0x58, 4, 0xfffffffe);
	blob_put(diff->a, 0x480 + 0x178, 8, 0x1000);
	blob_put(diff->b, 0x480 + 0x178, 8, 0xffffffff81000000);
	assert_int_equal(compare(w, diff), 0);
	assert_int_equal(diff->count, 2);
	assert_string_equal(diff->differences[0].field->name, "control.asid");
	assert_int_equal(diff->differences[0].a, 3);
	assert_int_equal(diff->differences[0].b, 0xfffffffe);
	assert_string_equal(diff->differences[1].field->name, "save.rip");
	assert_true(diff->differences[1].a == 0x1000);
	assert_true(diff->differences[1].b == 0xffffffff81000000);
	free(diff);
}

/* Bits that KVM_SET_NESTED_STATE drops; the first bit that it keeps makes a difference. */
static const struct {
	const char *name;
	uint64_t dropped;
} sanitised[] = {
	{ "control.iopm_base_pa", 0xfff },
	{ "control.msrpm_base_pa", 0xfff },
	{ "control.tlb_ctl", 0xf8 },
	{ "control.int_vector", 0xffffff00 },
	{ "control.int_state", 0xfffffffe },
	{ "control.event_inj", 0x7ffff000 },
	{ "control.clean", 0xffffffff },
	{ "save.cpl", 0xff },
	{ "save.rflags", 0x2 },
	{ "save.dbgctl", ~UINT64_C(1) },
};

static void what_kvm_drops_is_only_compared_when_all_is_asked_for(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < KF_ARRAY_SIZE(sanitised); i++) {
		const struct kvmfeat_nested_field *field =
			kvmfeat_nested_find_field(KVMFEAT_NESTED_SVM, sanitised[i].name);

		for (unsigned int bit = 0; bit < 8 * field->width; bit++) {
			const bool dropped = sanitised[i].dropped >> bit & 1;
			struct diff *diff = make_diff(1, 4224);

			diff->b[field->offset + bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_int_equal(compare(w, diff), 0);
			assert_int_equal(diff->count, dropped ? 0 : 1);
			diff->pair.flags = KVMFEAT_NESTED_DIFF_ALL;
			assert_int_equal(compare(w, diff), 0);
			assert_int_equal(diff->count, 1);
			assert_ptr_equal(diff->differences[0].field, field);
			free(diff);
		}
	}
}

static void of_every_other_field_each_bit_counts(void **state)
{
	struct world *w = *state;

	for (unsigned int format = 0; format < 2; format++) {
		struct diff *diff = make_diff(format, format ? 4224 : 8320);
		const struct kvmfeat_nested_field *field;

		for (size_t i = 3; (field = kvmfeat_nested_field_at(format, i)); i++) {
			bool known = false;

			for (size_t j = 0; j < KF_ARRAY_SIZE(sanitised); j++)
				known |= !strcmp(sanitised[j].name, field->name);
			if (known)
				continue;
			for (unsigned int bit = 0; bit < 8 * field->width; bit++) {
				uint8_t *byte = diff->b + field->offset + bit / 8;

				*byte ^= (uint8_t)(1 << bit % 8);
				assert_int_equal(compare(w, diff), 0);
				assert_int_equal(diff->count, 1);
				*byte ^= (uint8_t)(1 << bit % 8);
			}
		}
		free(diff);
	}
}

static void a_field_that_only_one_blob_has_is_a_difference(void **state)
{
	struct world *w = *state;
	struct diff *diff = make_diff(1, 4224);

	/* The second ends behind the ASID. */
	blob_header(diff->b, 1, 0x80 + 0x5c);
	blob_put(diff->a, 0x480 + 0x178, 8, 0x1234);
	assert_int_equal(compare(w, diff), 0);
	assert_string_equal(diff->differences[0].field->name, "header.size");
	assert_int_equal(diff->differences[0].a, 4224);
	assert_int_equal(diff->differences[0].b, 0xdc);
	assert_string_equal(diff->differences[1].field->name, "control.tlb_ctl");
	for (size_t i = 1; i < diff->count; i++) {
		assert_true(diff->differences[i].in_a);
		assert_false(diff->differences[i].in_b);
		assert_int_equal(diff->differences[i].b, 0);
		assert_string_not_equal(diff->differences[i].field->name, "control.clean");
		if (!strcmp(diff->differences[i].field->name, "save.rip"))
			assert_int_equal(diff->differences[i].a, 0x1234);
	}
	free(diff);
}

static void the_other_way_round_it_is_in_the_second(void **state)
{
	struct world *w = *state;
	struct diff *diff = make_diff(0, 8320);
	size_t all = 0;

	blob_header(diff->a, 0, 4224);
	diff->pair.a_bytes = 4224;
	while (kvmfeat_nested_field_at(KVMFEAT_NESTED_VMX, all))
		all++;
	assert_int_equal(compare(w, diff), 0);
	assert_string_equal(diff->differences[0].field->name, "header.size");
	assert_string_equal(diff->differences[1].field->name, "shadow.revision_id");
	for (size_t i = 1; i < diff->count; i++) {
		assert_false(diff->differences[i].in_a);
		assert_true(diff->differences[i].in_b);
		assert_int_equal(diff->differences[i].a, 0);
		assert_int_equal(diff->differences[i].field->area, KVMFEAT_NESTED_SHADOW_VMCS12);
	}
	assert_ptr_equal(diff->differences[diff->count - 1].field,
			 kvmfeat_nested_field_at(KVMFEAT_NESTED_VMX, all - 1));
	free(diff);
}

static void differences_beyond_the_room_are_counted(void **state)
{
	struct world *w = *state;
	struct diff *diff = make_diff(0, 8320);

	memset(diff->b + 128, 0x11, 8192);
	memset(diff->a + 128, 0x22, 8192);
	diff->differences[2].field = NULL;
	assert_int_equal(
		kvmfeat_nested_diff(w->ctx, &diff->pair, diff->differences, 2, &diff->count), 0);
	assert_int_equal(diff->count, 2 * 156);
	assert_string_equal(diff->differences[1].field->name, "vmcs12.abort");
	assert_null(diff->differences[2].field);
	assert_int_equal(kvmfeat_nested_diff(w->ctx, &diff->pair, NULL, 0, &diff->count), 0);
	assert_int_equal(diff->count, 2 * 156);
	free(diff);
}

static void a_blob_that_is_none_is_named(void **state)
{
	struct world *w = *state;
	struct diff *diff = make_diff(1, 4224);

	diff->pair.b_bytes = 4223;
	assert_int_equal(compare(w, diff), -EBADMSG);
	assert_string_equal(reason(w),
			    "the second blob is no nested state: its size is beyond the end of "
			    "the data: 4224 at offset 4 of 4223 bytes");
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->object, "the second blob");
	diff->pair.a_bytes = 3;
	assert_int_equal(compare(w, diff), -EBADMSG);
	assert_string_equal(reason(w), "the first blob is no nested state: it ends within its "
				       "header of 128 bytes, at offset 3");
	assert_true(diff->count == SIZE_MAX);
	free(diff);
}

static void two_formats_are_not_compared(void **state)
{
	struct world *w = *state;
	struct diff *diff = make_diff(1, 4224);

	blob_header(diff->b, 0, 4224);
	assert_int_equal(compare(w, diff), -EINVAL);
	assert_string_equal(reason(w), "the first blob is of SVM, the second of VMX");
	diff->pair.a = diff->b;
	diff->pair.b = diff->a;
	assert_int_equal(compare(w, diff), -EINVAL);
	assert_string_equal(reason(w), "the first blob is of VMX, the second of SVM");
	assert_true(diff->count == SIZE_MAX);
	free(diff);
}

static void what_the_library_does_not_know_is_refused(void **state)
{
	struct world *w = *state;
	struct diff *diff = make_diff(1, 4224);
	struct {
		struct kvmfeat_nested_pair pair;
		uint8_t more[8];
	} newer = { .pair = diff->pair, .more = { 0 } };

	newer.pair.size = sizeof(newer);
	assert_int_equal(
		kvmfeat_nested_diff(w->ctx, &newer.pair, diff->differences, ROOM, &diff->count), 0);
	newer.more[0] = 1;
	assert_int_equal(
		kvmfeat_nested_diff(w->ctx, &newer.pair, diff->differences, ROOM, &diff->count),
		-E2BIG);
	assert_non_null(strstr(reason(w), "holds more than this library knows"));
	diff->pair.size = sizeof(diff->pair) - 1;
	assert_int_equal(compare(w, diff), -EINVAL);
	assert_non_null(strstr(reason(w), "is too short"));
	diff->pair.size = sizeof(diff->pair);
	diff->pair.flags = 0x3;
	assert_int_equal(compare(w, diff), -EINVAL);
	assert_string_equal(reason(w), "flags 0x3 hold some that are unknown");
	free(diff);
}

/* In blocks of exactly their sizes, so that a sanitizer sees a read past an end. */
static void blobs_of_any_two_lengths_are_compared(void **state)
{
	struct world *w = *state;

	for (uint32_t size = 128; size <= 4224; size += 7) {
		const uint32_t other = 128 + size * 31 % 4097;
		struct diff *diff = make_diff(1, 4224);
		uint8_t *a = malloc(size), *b = malloc(other);

		blob_scramble(a, size, size);
		blob_scramble(b, other, other);
		blob_header(a, 1, size);
		blob_header(b, 1, other);
		diff->pair.a = a;
		diff->pair.a_bytes = size;
		diff->pair.b = b;
		diff->pair.b_bytes = other;
		assert_int_equal(compare(w, diff), 0);
		assert_true(diff->count > 0);
		free(a);
		free(b);
		free(diff);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(equal_blobs_have_no_difference),
		WORLD_TEST(bytes_behind_the_state_are_not_compared),
		WORLD_TEST(one_changed_byte_is_one_difference_in_its_field),
		WORLD_TEST(the_numbers_of_both_blobs_are_told),
		WORLD_TEST(what_kvm_drops_is_only_compared_when_all_is_asked_for),
		WORLD_TEST(of_every_other_field_each_bit_counts),
		WORLD_TEST(a_field_that_only_one_blob_has_is_a_difference),
		WORLD_TEST(the_other_way_round_it_is_in_the_second),
		WORLD_TEST(differences_beyond_the_room_are_counted),
		WORLD_TEST(a_blob_that_is_none_is_named),
		WORLD_TEST(two_formats_are_not_compared),
		WORLD_TEST(what_the_library_does_not_know_is_refused),
		WORLD_TEST(blobs_of_any_two_lengths_are_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
