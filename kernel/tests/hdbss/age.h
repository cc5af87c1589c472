/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes pages old, as reclaim does: their access flag is cleared in every page table, a guest's
 * too. /sys/kernel/mm/page_idle/bitmap wants page frames, which /proc/self/pagemap has.
 */
#ifndef KVMFEAT_TESTS_HDBSS_AGE_H
#define KVMFEAT_TESTS_HDBSS_AGE_H

#include <fcntl.h>

#include "hdbss.h"

#define PAGEMAP_PRESENT (1ULL << 63)
#define PAGEMAP_FRAME ((1ULL << 55) - 1)

static inline void make_old(const char *mem, u64 pages)
{
	static int pagemap = -1, idle = -1;

	if (idle < 0) {
		pagemap = open_path_or_exit("/proc/self/pagemap", O_RDONLY);
		idle = open_path_or_exit("/sys/kernel/mm/page_idle/bitmap", O_RDWR);
	}
	for (u64 i = 0; i < pages; i++) {
		u64 at = (u64)mem / SZ_4K + i, entry, frame, bit;

		TEST_ASSERT(pread(pagemap, &entry, sizeof(entry), at * sizeof(entry)) ==
				    sizeof(entry),
			    "cannot read /proc/self/pagemap: %s", strerror(errno));
		if (!(entry & PAGEMAP_PRESENT))
			continue;
		frame = entry & PAGEMAP_FRAME;
		bit = 1ULL << frame % 64;
		TEST_ASSERT(pwrite(idle, &bit, sizeof(bit), frame / 64 * 8) == sizeof(bit),
			    "cannot write page_idle/bitmap: %s", strerror(errno));
	}
}

#endif
