// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake-stats.h"

#include <stdlib.h>
#include <string.h>

#include <linux/kvm.h>

#define NAME_BYTES 48
#define DESC_BYTES (offsetof(struct kvm_stats_desc, name) + NAME_BYTES)

size_t fake_stats(const struct fake_stat *stats, uint32_t count, void *bytes, size_t size)
{
	const struct kvm_stats_header header = {
		.name_size = NAME_BYTES,
		.num_desc = count,
		.id_offset = sizeof(header),
		.desc_offset = sizeof(header) + NAME_BYTES,
		.data_offset = sizeof(header) + NAME_BYTES + count * DESC_BYTES,
	};
	unsigned char *to = bytes;

	if (header.data_offset + count * sizeof(uint64_t) > size)
		abort();
	memset(bytes, 0, size);
	memcpy(to, &header, sizeof(header));
	memcpy(to + header.id_offset, "kvm-42", 6);
	for (uint32_t i = 0; i < count; i++) {
		unsigned char *at = to + header.desc_offset + i * DESC_BYTES;
		const struct kvm_stats_desc desc = {
			.flags = stats[i].type,
			.size = 1,
			.offset = i * (uint32_t)sizeof(uint64_t),
		};

		memcpy(at, &desc, offsetof(struct kvm_stats_desc, name));
		strncpy((char *)at + offsetof(struct kvm_stats_desc, name), stats[i].name,
			NAME_BYTES - 1);
		memcpy(to + header.data_offset + desc.offset, &stats[i].value, sizeof(uint64_t));
	}
	return header.data_offset + count * sizeof(uint64_t);
}
