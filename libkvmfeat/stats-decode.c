// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * KVM's binary statistics, the bytes of a KVM_GET_STATS_FD: no I/O, no context. The format is that
 * of Documentation/virt/kvm/api.rst, KVM_GET_STATS_FD; its numbers are in the byte order of the
 * machine that wrote them, which is the one that reads them.
 */
#include <string.h>

#include <linux/kvm.h>

#include "internal.h"

#define HEADER_BYTES sizeof(struct kvm_stats_header)
#define DESC_BYTES offsetof(struct kvm_stats_desc, name)
#define VALUE_BYTES sizeof(uint64_t)
/* 48 on every kernel so far; the bound keeps the sums below from wrapping. */
#define NAME_MAX_BYTES 4096

struct stats {
	const unsigned char *bytes;
	size_t size;
	struct kvm_stats_header header;
};

static bool fits(const struct stats *stats, uint64_t offset, uint64_t bytes)
{
	return offset >= HEADER_BYTES && offset <= stats->size && bytes <= stats->size - offset;
}

static const char *read_header(const void *bytes, size_t size, struct stats *ret_stats)
{
	struct stats stats = { .bytes = bytes, .size = size };

	if (size < HEADER_BYTES)
		return "their header is cut off";
	memcpy(&stats.header, bytes, HEADER_BYTES);
	if (!stats.header.name_size || stats.header.name_size > NAME_MAX_BYTES)
		return "their header has a wrong name size";
	if (!fits(&stats, stats.header.desc_offset,
		  stats.header.num_desc * (uint64_t)(DESC_BYTES + stats.header.name_size)))
		return "their descriptors end past the end";
	*ret_stats = stats;
	return NULL;
}

/* Cumulative, instant and peak values are one number; the other types are histograms. */
static bool is_number(const struct kvm_stats_desc *desc)
{
	return (desc->flags & KVM_STATS_TYPE_MASK) <= KVM_STATS_TYPE_PEAK && desc->size == 1;
}

static const char *read_value(const struct stats *stats, const struct kvm_stats_desc *desc,
			      int64_t *ret_value)
{
	const uint64_t offset = (uint64_t)stats->header.data_offset + desc->offset;
	uint64_t value;

	if (!is_number(desc))
		return "a counter is no single number";
	if (!fits(stats, offset, VALUE_BYTES))
		return "a value lies past the end";
	memcpy(&value, stats->bytes + offset, VALUE_BYTES);
	*ret_value = value > INT64_MAX ? INT64_MAX : (int64_t)value;
	return NULL;
}

/* Without @values, checks only. */
static const char *walk(const struct stats *stats, const char *const names[], size_t count,
			int64_t *values)
{
	const size_t stride = DESC_BYTES + stats->header.name_size;
	const unsigned char *at = stats->bytes + stats->header.desc_offset;
	const char *flaw = NULL;

	for (uint32_t i = 0; !flaw && i < stats->header.num_desc; i++, at += stride) {
		const char *name = (const char *)at + DESC_BYTES;
		struct kvm_stats_desc desc;
		int64_t value;

		if (!memchr(name, '\0', stats->header.name_size))
			return "a name has no end";
		memcpy(&desc, at, DESC_BYTES);
		for (size_t n = 0; !flaw && n < count; n++) {
			if (strcmp(name, names[n]) != 0)
				continue;
			flaw = read_value(stats, &desc, &value);
			if (!flaw && values)
				values[n] = value;
		}
	}
	return flaw;
}

const char *kf_stats_decode(const void *bytes, size_t size, const char *const names[], size_t count,
			    int64_t values[])
{
	struct stats stats;
	const char *flaw = read_header(bytes, size, &stats);

	if (!flaw)
		flaw = walk(&stats, names, count, NULL);
	if (!flaw)
		walk(&stats, names, count, values);
	return flaw;
}
