// SPDX-License-Identifier: GPL-2.0-or-later
/* Two device interface reports: the first two bytes are the length of the first, little endian. */
#include <errno.h>
#include <stdint.h>

#include "../unit/tdisp-report.h"
#include "bytes.h"
#include "internal.h"

#define ROOM 1024

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static int compare(struct kvmfeat_ctx *ctx, const struct kvmfeat_tdisp_pair *pair,
		   struct kvmfeat_tdisp_difference *list, size_t *ret_count)
{
	const int err = kvmfeat_tdisp_diff(ctx, pair, list, ROOM, ret_count);

	require(!err || err == -EBADMSG);
	return err;
}

/* The other way round the same fields differ, with their numbers swapped. */
static void check_pair(struct kvmfeat_ctx *ctx, const struct kvmfeat_tdisp_pair *pair)
{
	static struct kvmfeat_tdisp_difference there[ROOM], back[ROOM];
	const struct kvmfeat_tdisp_pair other = { .size = sizeof(other),
						  .a = pair->b,
						  .a_bytes = pair->b_bytes,
						  .b = pair->a,
						  .b_bytes = pair->a_bytes };
	const bool equal =
		pair->a_bytes == pair->b_bytes && !memcmp(pair->a, pair->b, pair->a_bytes);
	size_t count = 0, back_count = 0;
	const int err = compare(ctx, pair, there, &count);

	require(!compare(ctx, &other, back, &back_count) == !err && count == back_count);
	require(err || !count == equal);
	for (size_t i = 0; i < count && i < ROOM; i++) {
		require(!strcmp(there[i].field, back[i].field));
		require(there[i].in_range == back[i].in_range && there[i].range == back[i].range);
		require(there[i].in_a == back[i].in_b && there[i].in_b == back[i].in_a);
		require(there[i].a == back[i].b && there[i].b == back[i].a);
		require(there[i].a_offset == back[i].b_offset);
		require(there[i].in_a || there[i].in_b);
		require(there[i].a_offset < pair->a_bytes || !there[i].in_a);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kvmfeat_tdisp_pair pair = { .size = sizeof(pair) };
	static struct kvmfeat_ctx *ctx;
	uint8_t *a, *b;

	if (size < 2)
		return 0;
	pair.a_bytes = (size_t)kf_le(data, 2);
	data += 2;
	size -= 2;
	if (pair.a_bytes > size)
		pair.a_bytes = size;
	pair.b_bytes = size - pair.a_bytes;
	a = report_cut(data, pair.a_bytes);
	b = report_cut(data + pair.a_bytes, pair.b_bytes);
	pair.a = a;
	pair.b = b;
	require(ctx || !kvmfeat_ctx_new(&ctx));
	check_pair(ctx, &pair);
	free(a);
	free(b);
	return 0;
}
