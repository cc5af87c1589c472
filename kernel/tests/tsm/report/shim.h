/* SPDX-License-Identifier: GPL-2.0-only */
/* As much of the kernel as drivers/pci/tsm-report.c needs, in user space. */
#ifndef SHIM_H
#define SHIM_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef uint32_t __le32;

#define EIO 5
#define BIT(n) (1UL << (n))
#define BIT_ULL(n) (1ULL << (n))
#define cmp_int(l, r) (((l) > (r)) - ((l) < (r)))

static inline u16 get_unaligned_le16(const void *at)
{
	u16 value;

	memcpy(&value, at, sizeof(value));
	return le16toh(value);
}

static inline u32 get_unaligned_le32(const void *at)
{
	u32 value;

	memcpy(&value, at, sizeof(value));
	return le32toh(value);
}

static inline u64 get_unaligned_le64(const void *at)
{
	u64 value;

	memcpy(&value, at, sizeof(value));
	return le64toh(value);
}

/* The kernel's takes a function that swaps, too; NULL is its own. */
static inline void sort(void *base, size_t count, size_t size,
			int (*compare)(const void *, const void *), const void *swap)
{
	if (count && !swap)
		qsort(base, count, size, compare);
}

#endif
