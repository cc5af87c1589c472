// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Blobs of nested state: decoding, numbers of fields, and the way back. The tables of fields are
 * looked at in test-nested-fields.c.
 */
#include "nested-blob.h"

static const struct {
	enum kvmfeat_nested_format format;
	uint32_t bytes;
} formats[] = {
	{ KVMFEAT_NESTED_VMX, 8320 },
	{ KVMFEAT_NESTED_SVM, 4224 },
};

static int decode(const struct world *w, const void *blob, size_t size,
		  struct kvmfeat_nested_info *ret_info)
{
	ret_info->size = sizeof(*ret_info);
	return kvmfeat_nested_decode(w->ctx, blob, size, ret_info);
}

static void the_header_says_what_a_blob_is(void **state)
{
	struct world *w = *state;
	uint8_t blob[4300] = { 0x01, 0x81 }; /* GUEST_MODE, GIF_SET, one that is not known */
	struct kvmfeat_nested_info info;

	blob_header(blob, 1, 4224);

	assert_int_equal(decode(w, blob, sizeof(blob), &info), 0);
	assert_int_equal(info.format, KVMFEAT_NESTED_SVM);
	assert_int_equal(info.flags, 0x8101);
	assert_int_equal(info.state_bytes, 4224);
	assert_null(kvmfeat_nested_field_at(KVMFEAT_NESTED_SVM, info.field_count));
	assert_non_null(kvmfeat_nested_field_at(KVMFEAT_NESTED_SVM, info.field_count - 1));
}

static void what_is_no_nested_state_is_refused_with_the_offset(void **state)
{
	static const struct {
		size_t size;
		unsigned int format;
		uint32_t state_bytes;
		const char *value;
		const char *reason;
	} cases[] = {
		{ 0, 1, 128, "0",
		  "the blob is no nested state: it ends within its header of 128 bytes, "
		  "at offset 0" },
		{ 127, 1, 128, "127",
		  "the blob is no nested state: it ends within its header of 128 bytes, "
		  "at offset 127" },
		{ 128, 2, 128, "2",
		  "the blob is no nested state: its format is neither 0 (VMX) nor 1 (SVM): "
		  "2 at offset 2 of 128 bytes" },
		{ 128, 0xffff, 128, "65535",
		  "the blob is no nested state: its format is neither 0 (VMX) nor 1 (SVM): "
		  "65535 at offset 2 of 128 bytes" },
		{ 4224, 0, 127, "127",
		  "the blob is no nested state: its size is less than its header of 128 bytes: "
		  "127 at offset 4 of 4224 bytes" },
		{ 4224, 0, 0, "0",
		  "the blob is no nested state: its size is less than its header of 128 bytes: "
		  "0 at offset 4 of 4224 bytes" },
		{ 4224, 1, 4225, "4225",
		  "the blob is no nested state: its size is beyond the end of the data: "
		  "4225 at offset 4 of 4224 bytes" },
		{ 8320, 0, UINT32_MAX, "4294967295",
		  "the blob is no nested state: its size is beyond the end of the data: "
		  "4294967295 at offset 4 of 8320 bytes" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < KF_ARRAY_SIZE(cases); i++) {
		const struct kvmfeat_nested_info before = { sizeof(before), 7, 7, 7, 7 };
		struct kvmfeat_nested_info info = before;
		uint8_t header[128] = { 0 };
		uint8_t *blob = malloc(cases[i].size + !cases[i].size);

		blob_header(header, cases[i].format, cases[i].state_bytes);
		memset(blob, 0, cases[i].size);
		memcpy(blob, header, cases[i].size < 128 ? cases[i].size : 128);

		assert_int_equal(kvmfeat_nested_decode(w->ctx, blob, cases[i].size, &info),
				 -EBADMSG);
		assert_string_equal(reason(w), cases[i].reason);
		assert_string_equal(kvmfeat_ctx_error(w->ctx)->value, cases[i].value);
		assert_string_equal(kvmfeat_ctx_error(w->ctx)->object, "the blob");
		assert_int_equal(kvmfeat_ctx_error(w->ctx)->origin, KVMFEAT_ORIGIN_LIBRARY);
		assert_true(kvmfeat_ctx_error(w->ctx)->remedy[0] != '\0');
		assert_memory_equal(&info, &before, sizeof(info));
		free(blob);
	}
}

static void a_short_info_struct_is_refused(void **state)
{
	struct world *w = *state;
	struct kvmfeat_nested_info info = { .size = sizeof(info) - 1 };
	uint8_t blob[128] = { 0 };

	blob_header(blob, 1, 128);

	assert_int_equal(kvmfeat_nested_decode(w->ctx, blob, sizeof(blob), &info), -EINVAL);
	assert_non_null(strstr(reason(w), "struct kvmfeat_nested_info of "));
	assert_int_equal(info.state_bytes, 0);
}

/* At each length a block of exactly that size, so that a sanitizer sees a read past its end. */
static void at_each_length_the_fields_that_lie_within_are_read(void **state)
{
	struct world *w = *state;

	for (size_t f = 0; f < KF_ARRAY_SIZE(formats); f++)
		for (uint32_t size = 128; size <= 8320; size++) {
			const struct kvmfeat_nested_field *field;
			struct kvmfeat_nested_info info;
			uint8_t *blob = malloc(size);
			uint64_t value;
			size_t i;

			memset(blob, 0xa5, size);
			blob_header(blob, formats[f].format, size);
			assert_int_equal(decode(w, blob, size, &info), 0);
			for (i = 0; i < info.field_count; i++) {
				field = kvmfeat_nested_field_at(info.format, i);
				if (kf_nested_has_number(field))
					assert_int_equal(kvmfeat_nested_get_value(
								 w->ctx, blob, size, field, &value),
							 0);
			}
			field = kvmfeat_nested_field_at(info.format, i);
			if (field)
				assert_true(field->offset + field->width > size);
			else
				assert_true(size >= formats[f].bytes);
			blob_header(blob, formats[f].format, size + 1);
			assert_int_equal(decode(w, blob, size, &info), -EBADMSG);
			free(blob);
		}
}

static void shorter_than_a_header_is_refused_at_each_length(void **state)
{
	struct world *w = *state;

	for (size_t size = 0; size < 128; size++) {
		struct kvmfeat_nested_info info;
		uint8_t *blob = calloc(1, size + !size);

		assert_int_equal(decode(w, blob + !size, size, &info), -EBADMSG);
		free(blob);
	}
}

static void a_blob_may_lie_at_any_address(void **state)
{
	struct world *w = *state;
	uint8_t bytes[4224 + 8] = { 0 };

	for (size_t shift = 0; shift < 8; shift++) {
		uint8_t *blob = bytes + shift;
		struct kvmfeat_nested_info info;

		blob_header(blob, 1, 4224);
		blob_put(blob, 0x80 + 0x58, 4, 0x01020304);
		blob_put(blob, 0x480 + 0x178, 8, 0xfedcba9876543210);
		assert_int_equal(decode(w, blob, 4224, &info), 0);
		assert_int_equal(blob_value(w, blob, 4224, KVMFEAT_NESTED_SVM, "control.asid"),
				 0x01020304);
		assert_true(blob_value(w, blob, 4224, KVMFEAT_NESTED_SVM, "save.rip") ==
			    0xfedcba9876543210);
	}
}

/* Makes a blob of what the decoder tells about another one. */
static void rebuild(const struct world *w, const uint8_t *blob, size_t size, uint8_t *ret_blob)
{
	struct kvmfeat_nested_info info;

	assert_int_equal(decode(w, blob, size, &info), 0);
	assert_int_equal(kvmfeat_nested_init(w->ctx, info.format, 0, ret_blob, size), 0);
	for (size_t i = 0; i < info.field_count; i++) {
		const struct kvmfeat_nested_field *field = kvmfeat_nested_field_at(info.format, i);
		uint64_t value;

		if (!kf_nested_has_number(field)) {
			memcpy(ret_blob + field->offset, blob + field->offset, field->width);
			continue;
		}
		assert_int_equal(kvmfeat_nested_get_value(w->ctx, blob, size, field, &value), 0);
		assert_int_equal(kvmfeat_nested_set_value(w->ctx, ret_blob, size, field, value), 0);
	}
}

static void what_is_decoded_can_be_made_again_byte_by_byte(void **state)
{
	struct world *w = *state;

	for (uint32_t seed = 0; seed < 64; seed++)
		for (size_t f = 0; f < KF_ARRAY_SIZE(formats); f++) {
			const uint32_t sizes[] = { 128, 128 + 1024, formats[f].bytes };
			const uint32_t size = sizes[seed % KF_ARRAY_SIZE(sizes)];
			uint8_t *blob = malloc(size), *again = malloc(size);

			blob_scramble(blob, size, seed);
			blob_header(blob, formats[f].format, size);
			/* Of VMX no field ends at 1152: what is cut is not decoded. */
			if (f == 0 && size == 1152)
				memset(blob + 128 + 998, 0, size - 128 - 998);
			rebuild(w, blob, size, again);
			assert_memory_equal(again, blob, size);
			free(blob);
			free(again);
		}
}

static void an_empty_blob_has_a_header_and_nothing_else(void **state)
{
	struct world *w = *state;
	uint8_t blob[8320], expected[8320] = { 0 };

	memset(blob, 0xff, sizeof(blob));
	blob_put(expected, 0, 2, 0x103);
	blob_header(expected, 1, 4224);
	assert_int_equal(kvmfeat_nested_init(w->ctx, KVMFEAT_NESTED_SVM, 0x103, blob, 4224), 0);
	assert_memory_equal(blob, expected, 4224);
	assert_int_equal(blob[4224], 0xff);

	/* vmxon_pa and vmcs12_pa: none */
	memset(expected, 0, sizeof(expected));
	blob_put(expected, 0, 2, 0xf);
	blob_header(expected, 0, 8320);
	memset(expected + 8, 0xff, 16);
	assert_int_equal(kvmfeat_nested_init(w->ctx, KVMFEAT_NESTED_VMX, 0xf, blob, 8320), 0);
	assert_memory_equal(blob, expected, 8320);
}

static void a_blob_that_no_kernel_knows_is_not_made(void **state)
{
	static const struct {
		int format;
		uint16_t flags;
		size_t size;
		const char *reason;
	} cases[] = {
		{ 2, 0, 128, "format 2 is neither 0 (VMX) nor 1 (SVM)" },
		{ -1, 0, 128, "format -1 is neither 0 (VMX) nor 1 (SVM)" },
		{ KVMFEAT_NESTED_SVM, 0x5, 128, "flags 0x5 hold some that SVM has not" },
		{ KVMFEAT_NESTED_VMX, 0x100, 128, "flags 0x100 hold some that VMX has not" },
		{ KVMFEAT_NESTED_VMX, 0, 127, "size 127 is not 128 to 8320 bytes" },
		{ KVMFEAT_NESTED_SVM, 0, 8321, "size 8321 is not 128 to 8320 bytes" },
	};
	struct world *w = *state;
	uint8_t blob[8400];

	for (size_t i = 0; i < KF_ARRAY_SIZE(cases); i++) {
		blob[0] = 0x77;
		assert_int_equal(kvmfeat_nested_init(w->ctx,
						     (enum kvmfeat_nested_format)cases[i].format,
						     cases[i].flags, blob, cases[i].size),
				 -EINVAL);
		assert_string_equal(reason(w), cases[i].reason);
		assert_int_equal(blob[0], 0x77);
	}
}

static void a_number_is_only_read_and_written_within_the_blob(void **state)
{
	const struct kvmfeat_nested_field *asid =
		kvmfeat_nested_find_field(KVMFEAT_NESTED_SVM, "control.asid");
	struct world *w = *state;
	const size_t end = asid->offset + asid->width, sizes[] = { 0, asid->offset, end - 1 };
	uint64_t value = 7;
	uint8_t blob[256] = { 0 };

	for (size_t i = 0; i < KF_ARRAY_SIZE(sizes); i++) {
		assert_int_equal(kvmfeat_nested_get_value(w->ctx, blob, sizes[i], asid, &value),
				 -EINVAL);
		assert_non_null(
			strstr(reason(w), "control.asid ends at offset 220, behind the blob of "));
		assert_int_equal(value, 7);
		assert_int_equal(kvmfeat_nested_set_value(w->ctx, blob, sizes[i], asid, 1),
				 -EINVAL);
	}
	assert_int_equal(kvmfeat_nested_set_value(w->ctx, blob, end, asid, 0xffffffff), 0);
	assert_int_equal(kvmfeat_nested_get_value(w->ctx, blob, end, asid, &value), 0);
	assert_int_equal(value, 0xffffffff);
}

static void bytes_have_no_number(void **state)
{
	static const char *const names[] = { "control.insn_bytes", "control.reserved_06c" };
	struct world *w = *state;
	uint8_t blob[4224] = { 0 };
	uint64_t value = 7;
	char text[80];

	for (size_t i = 0; i < KF_ARRAY_SIZE(names); i++) {
		const struct kvmfeat_nested_field *field =
			kvmfeat_nested_find_field(KVMFEAT_NESTED_SVM, names[i]);

		strcpy(text, names[i]);
		strcat(text, " has bytes and no number");
		assert_int_equal(
			kvmfeat_nested_get_value(w->ctx, blob, sizeof(blob), field, &value),
			-EINVAL);
		assert_string_equal(reason(w), text);
		assert_int_equal(value, 7);
		assert_int_equal(kvmfeat_nested_set_value(w->ctx, blob, sizeof(blob), field, 0),
				 -EINVAL);
		assert_string_equal(reason(w), text);
	}
}

static void a_number_too_large_for_its_field_is_refused(void **state)
{
	static const struct {
		const char *name;
		uint64_t most;
	} fields[] = {
		{ "control.tlb_ctl", 0xff },
		{ "control.pause_filter_count", 0xffff },
		{ "control.asid", 0xffffffff },
	};
	struct world *w = *state;
	uint8_t blob[4224] = { 0 };

	for (size_t i = 0; i < KF_ARRAY_SIZE(fields); i++) {
		const struct kvmfeat_nested_field *field =
			kvmfeat_nested_find_field(KVMFEAT_NESTED_SVM, fields[i].name);

		assert_int_equal(
			kvmfeat_nested_set_value(w->ctx, blob, sizeof(blob), field, fields[i].most),
			0);
		assert_int_equal(kvmfeat_nested_set_value(w->ctx, blob, sizeof(blob), field,
							  fields[i].most + 1),
				 -EINVAL);
		assert_true(blob_value(w, blob, sizeof(blob), KVMFEAT_NESTED_SVM, fields[i].name) ==
			    fields[i].most);
	}
	assert_string_equal(reason(w),
			    "0x100000000 is too large for control.asid, which has 4 bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(the_header_says_what_a_blob_is),
		WORLD_TEST(what_is_no_nested_state_is_refused_with_the_offset),
		WORLD_TEST(a_short_info_struct_is_refused),
		WORLD_TEST(at_each_length_the_fields_that_lie_within_are_read),
		WORLD_TEST(shorter_than_a_header_is_refused_at_each_length),
		WORLD_TEST(a_blob_may_lie_at_any_address),
		WORLD_TEST(what_is_decoded_can_be_made_again_byte_by_byte),
		WORLD_TEST(an_empty_blob_has_a_header_and_nothing_else),
		WORLD_TEST(a_blob_that_no_kernel_knows_is_not_made),
		WORLD_TEST(a_number_is_only_read_and_written_within_the_blob),
		WORLD_TEST(bytes_have_no_number),
		WORLD_TEST(a_number_too_large_for_its_field_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
