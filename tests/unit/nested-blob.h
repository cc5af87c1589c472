/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Blobs for the tests of the nested room: numbers in, at offsets that the test knows. */
#ifndef NESTED_BLOB_H
#define NESTED_BLOB_H

#include "blob.h"
#include "nested-private.h"
#include "world.h"

static inline void blob_header(uint8_t *blob, unsigned int format, uint32_t size)
{
	blob_put(blob, 2, 2, format);
	blob_put(blob, 4, 4, size);
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
