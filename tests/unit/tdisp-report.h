/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Device interface reports, written by the tests' own encoder: PCIe r7.0, table 11-16. */
#ifndef TDISP_REPORT_H
#define TDISP_REPORT_H

#include <stdlib.h>
#include <string.h>

#include "blob.h"

#define REPORT_HEAD 16
#define REPORT_RANGE 16
#define REPORT_SIZE(ranges, info) (REPORT_HEAD + REPORT_RANGE * (size_t)(ranges) + 4 + (info))

struct report_range {
	uint64_t first_page;
	uint32_t pages;
	uint16_t bar;
	uint16_t attributes;
};

static inline void report_put_range(uint8_t *bytes, uint32_t index,
				    const struct report_range *range)
{
	const size_t at = REPORT_HEAD + REPORT_RANGE * (size_t)index;

	blob_put(bytes, at, 8, range->first_page);
	blob_put(bytes, at + 8, 4, range->pages);
	blob_put(bytes, at + 12, 4, range->attributes | (uint32_t)range->bar << 16);
}

/* A block of exactly the report's size, so that a sanitizer sees a read past its end. */
static inline uint8_t *report_make(const struct report_range *ranges, uint32_t count, uint32_t info)
{
	uint8_t *bytes = calloc(1, REPORT_SIZE(count, info));

	if (!bytes)
		abort();
	blob_put(bytes, 0, 2, 0x3);
	blob_put(bytes, 4, 2, 0x8007);
	blob_put(bytes, 12, 4, count);
	for (uint32_t i = 0; i < count; i++)
		report_put_range(bytes, i, &ranges[i]);
	blob_put(bytes, REPORT_SIZE(count, 0) - 4, 4, info);
	blob_scramble(bytes + REPORT_SIZE(count, 0), info, info);
	return bytes;
}

/* The first @size bytes in a block of their own. */
static inline uint8_t *report_cut(const uint8_t *bytes, size_t size)
{
	uint8_t *block = malloc(size + !size);

	if (!block)
		abort();
	memcpy(block, bytes, size);
	return block;
}

#endif
