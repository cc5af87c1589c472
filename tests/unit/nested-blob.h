/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Blobs for the tests of the nested room: numbers in, at offsets that the test knows. */
#ifndef NESTED_BLOB_H
#define NESTED_BLOB_H

#include "nested-private.h"
#include "world.h"

static inline void blob_put(uint8_t *blob, size_t offset, unsigned int width, uint64_t value)
{
	for (unsigned int i = 0; i < width; i++)
		blob[offset + i] = (uint8_t)(value >> 8 * i);
}

static inline void blob_header(uint8_t *blob, unsigned int format, uint32_t size)
{
	blob_put(blob, 2, 2, format);
	blob_put(blob, 4, 4, size);
}

/* The same bytes for the same @seed, on every machine. */
static inline void blob_scramble(uint8_t *blob, size_t size, uint32_t seed)
{
	for (size_t i = 0; i < size; i++) {
		seed = seed * 1664525 + 1013904223;
		blob[i] = (uint8_t)(seed >> 24);
	}
}

static inline uint64_t blob_value(const struct world *w, const uint8_t *blob, size_t size,
				  enum kvmfeat_nested_format format, const char *name)
{
	const struct kvmfeat_nested_field *field = kvmfeat_nested_find_field(format, name);
	uint64_t value = 0;

	assert_non_null(field);
	assert_int_equal(kvmfeat_nested_get_value(w->ctx, blob, size, field, &value), 0);
	return value;
}

#endif
