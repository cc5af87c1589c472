// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two blobs of nested state: the first two bytes are the length of the first, little endian,
 * the next one is the flags of the comparison; the blobs follow.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "nested-private.h"

#define ROOM 512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

/* A block of exactly @size bytes, so that a sanitizer sees a read past its end. */
static uint8_t *copy(const uint8_t *data, size_t size)
{
	uint8_t *block = malloc(size + !size);

	require(block != NULL);
	memcpy(block, data, size);
	return block;
}

static int compare(struct kvmfeat_ctx *ctx, const struct kvmfeat_nested_pair *pair,
		   struct kvmfeat_nested_difference *differences, size_t *ret_count)
{
	const int err = kvmfeat_nested_diff(ctx, pair, differences, ROOM, ret_count);

	require(!err || err == -EBADMSG || err == -EINVAL);
	require(err || *ret_count <= ROOM);
	return err;
}

/* The other way round the same fields differ, with their numbers swapped. */
static void check_pair(struct kvmfeat_ctx *ctx, const struct kvmfeat_nested_pair *pair)
{
	static struct kvmfeat_nested_difference there[ROOM], back[ROOM];
	struct kvmfeat_nested_pair other = *pair;
	size_t count = 0, back_count = 0, all_count = 0;
	int err = compare(ctx, pair, there, &count);

	other.a = pair->b;
	other.a_bytes = pair->b_bytes;
	other.b = pair->a;
	other.b_bytes = pair->a_bytes;
	require(!compare(ctx, &other, back, &back_count) == !err);
	if (err)
		return;
	require(count == back_count);
	for (size_t i = 0; i < count; i++) {
		require(there[i].field == back[i].field);
		require(!i || there[i].field->offset > there[i - 1].field->offset);
		require(there[i].in_a == back[i].in_b && there[i].in_b == back[i].in_a);
		require(there[i].a == back[i].b && there[i].b == back[i].a);
		require(there[i].in_a || there[i].in_b);
	}
	other.flags = KVMFEAT_NESTED_DIFF_ALL;
	require(!compare(ctx, &other, back, &all_count) && all_count >= count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kvmfeat_nested_pair pair = { .size = sizeof(pair) };
	uint8_t *a, *b;
	static struct kvmfeat_ctx *ctx;

	if (size < 3)
		return 0;
	pair.a_bytes = (size_t)kf_le(data, 2);
	pair.flags = data[2] & KVMFEAT_NESTED_DIFF_ALL;
	data += 3;
	size -= 3;
	if (pair.a_bytes > size)
		pair.a_bytes = size;
	pair.b_bytes = size - pair.a_bytes;
	a = copy(data, pair.a_bytes);
	b = copy(data + pair.a_bytes, pair.b_bytes);
	pair.a = a;
	pair.b = b;
	require(ctx || !kvmfeat_ctx_new(&ctx));
	check_pair(ctx, &pair);
	free(a);
	free(b);
	return 0;
}
