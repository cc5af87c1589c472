/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers in bytes that may come from any machine. */
#ifndef KF_BYTES_H
#define KF_BYTES_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

/* A little-endian number of 1 to 8 bytes at any address; one load where that is possible. */
static inline uint64_t kf_le(const void *bytes, unsigned int width)
{
	const uint8_t *at = bytes;
	uint64_t value = 0;
	uint32_t half;
	uint16_t quarter;

	switch (width) {
	case 8:
		memcpy(&value, bytes, sizeof(value));
		return le64toh(value);
	case 4:
		memcpy(&half, bytes, sizeof(half));
		return le32toh(half);
	case 2:
		memcpy(&quarter, bytes, sizeof(quarter));
		return le16toh(quarter);
	default:
		while (width--)
			value = value << 8 | at[width];
		return value;
	}
}

#endif
