/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of KVM's binary statistics. */
#ifndef FAKE_STATS_H
#define FAKE_STATS_H

#include <stddef.h>
#include <stdint.h>

/* One statistic of such a file. */
struct fake_stat {
	const char *name;
	uint32_t type; /* KVM_STATS_TYPE_* */
	uint64_t value;
};

/* Writes what a KVM_GET_STATS_FD is read as; returns its size. */
size_t fake_stats(const struct fake_stat *stats, uint32_t count, void *bytes, size_t size);

#endif
