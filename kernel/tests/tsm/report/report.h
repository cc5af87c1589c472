/* SPDX-License-Identifier: GPL-2.0-only */
/* What is judged, and how it is made. */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kvmfeat/tdisp.h>

#define RANGES_MAX 320 /* beyond what the library puts in order by itself */
#define INFO_MAX 32
#define TRAIL_MAX 32
#define BYTES_MAX (20 + 16 * RANGES_MAX + INFO_MAX + TRAIL_MAX)

/* A report and the device that it is about. */
struct subject {
	uint8_t bytes[BYTES_MAX];
	size_t size;
	bool has_bars;
	struct kvmfeat_tdisp_device device;
};

/* One that depends on the seed alone. */
void subject_make(struct subject *subject, uint64_t seed);

#endif
