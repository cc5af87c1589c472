// SPDX-License-Identifier: GPL-2.0-or-later
/* The file "resource" of a PCI device: what is read of it is what it says. */
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define LINE 57

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* The line, as the C library reads it. */
static void check_line(const char *line, uint64_t bytes)
{
	char text[LINE + 1], again[LINE + 1];
	uint64_t first, last, flags;

	memcpy(text, line, LINE);
	text[LINE] = '\0';
	require(sscanf(text, "%" SCNx64 " %" SCNx64 " %" SCNx64 "\n", &first, &last, &flags) == 3);
	snprintf(again, sizeof(again), "0x%016" PRIx64 " 0x%016" PRIx64 " 0x%016" PRIx64 "\n",
		 first, last, flags);
	require(!strcmp(text, again));
	require(bytes == (flags & 0x200 ? last - first + 1 : 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kvmfeat_tdisp_device device = { .size = sizeof(device), .bar_bytes = { 77 } };
	static struct kvmfeat_ctx *ctx;
	int err;

	require(ctx || !kvmfeat_ctx_new(&ctx));
	err = kvmfeat_tdisp_decode_bars(ctx, (const char *)data, size, &device);
	if (err) {
		require(err == -EBADMSG && device.bar_bytes[0] == 77);
		require(strstr(kvmfeat_ctx_error(ctx)->reason, "line ") != NULL);
		return 0;
	}
	require(size >= KVMFEAT_TDISP_BARS * LINE);
	for (size_t i = 0; i < KVMFEAT_TDISP_BARS; i++)
		check_line((const char *)data + i * LINE, device.bar_bytes[i]);
	return 0;
}
