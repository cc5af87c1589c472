// SPDX-License-Identifier: GPL-2.0-or-later
/* KVM's binary statistics: the input is the file that a KVM_GET_STATS_FD is read as. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define COUNT 3
#define UNSET (-77)

static const char *const names[COUNT] = { "hdbss_entries", "hdbss_full", "" };

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* Whether the file holds those eight bytes somewhere behind its header. */
static bool has_value(const uint8_t *data, size_t size, int64_t value)
{
	for (size_t i = 24; i + sizeof(value) <= size; i++) {
		uint64_t number;

		memcpy(&number, data + i, sizeof(number));
		if (number == (uint64_t)value || (number > INT64_MAX && value == INT64_MAX))
			return true;
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t values[COUNT] = { UNSET, UNSET, UNSET }, again[COUNT] = { UNSET, UNSET, UNSET };
	const char *flaw = kf_stats_decode(data, size, names, COUNT, values);

	require(flaw == kf_stats_decode(data, size, names, COUNT, again));
	require(!memcmp(values, again, sizeof(values)));
	for (size_t i = 0; i < COUNT; i++) {
		if (values[i] == UNSET)
			continue;
		require(!flaw && values[i] >= 0 && has_value(data, size, values[i]));
	}
	return 0;
}
