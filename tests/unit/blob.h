/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes of another machine, made by a test: numbers in, at offsets that the test knows. */
#ifndef BLOB_H
#define BLOB_H

#include <stddef.h>
#include <stdint.h>

static inline void blob_put(uint8_t *blob, size_t offset, unsigned int width, uint64_t value)
{
	for (unsigned int i = 0; i < width; i++)
		blob[offset + i] = (uint8_t)(value >> 8 * i);
}

/* The same bytes for the same @seed, on every machine. */
static inline void blob_scramble(uint8_t *blob, size_t size, uint32_t seed)
{
	for (size_t i = 0; i < size; i++) {
		seed = seed * 1664525 + 1013904223;
		blob[i] = (uint8_t)(seed >> 24);
	}
}

#endif
