// SPDX-License-Identifier: GPL-2.0-or-later
/* A blob of nested state: decode it, read and word each number, and make it again. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "nested-private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

static void check_text(const struct kvmfeat_nested_field *field, uint64_t value)
{
	char whole[1024], cut[16];
	const size_t length = kvmfeat_nested_get_text(field, value, whole, sizeof(whole));

	require(length < sizeof(whole) && strlen(whole) == length);
	require(kvmfeat_nested_get_text(field, value, cut, sizeof(cut)) == length);
	require(!strncmp(cut, whole, sizeof(cut) - 1) && strlen(cut) < sizeof(cut));
	require(kvmfeat_nested_get_text(field, value, NULL, 0) == length);
}

/* What is decoded goes into @again; the numbers come back as they went in. */
static void check_field(struct kvmfeat_ctx *ctx, const uint8_t *data, size_t size,
			const struct kvmfeat_nested_field *field, uint8_t *again)
{
	uint64_t value = 0, back = 0;

	if (kvmfeat_nested_get_value(ctx, data, size, field, &value)) {
		require(!kf_nested_has_number(field));
		memcpy(again + field->offset, data + field->offset, field->width);
		return;
	}
	check_text(field, value);
	require(!kvmfeat_nested_set_value(ctx, again, size, field, value));
	require(!kvmfeat_nested_get_value(ctx, again, size, field, &back) && back == value);
}

static void check_blob(struct kvmfeat_ctx *ctx, const uint8_t *data,
		       const struct kvmfeat_nested_info *info)
{
	const size_t size = info->state_bytes;
	uint8_t *again = calloc(1, size);
	uint32_t end = 0;

	require(again != NULL);
	for (size_t i = 0; i < info->field_count; i++) {
		const struct kvmfeat_nested_field *field = kvmfeat_nested_field_at(info->format, i);

		require(field && field->offset == end);
		end += field->width;
		require(end <= size);
		check_field(ctx, data, size, field, again);
	}
	require(!memcmp(data, again, end));
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kvmfeat_nested_info info = { .size = sizeof(info) };
	static struct kvmfeat_ctx *ctx;
	int err;

	require(ctx || !kvmfeat_ctx_new(&ctx));
	err = kvmfeat_nested_decode(ctx, data, size, &info);
	if (!err) {
		require(info.state_bytes >= 128 && info.state_bytes <= size);
		check_blob(ctx, data, &info);
	} else {
		require(err == -EBADMSG && !info.state_bytes);
		require(strstr(kvmfeat_ctx_error(ctx)->reason, " at offset ") != NULL);
	}
	return 0;
}
