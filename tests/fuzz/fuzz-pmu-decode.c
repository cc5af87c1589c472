// SPDX-License-Identifier: GPL-2.0-or-later
/* A list of CPUs, or a perf type, as a file of sysfs or of a captured tree has it. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pmu-private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* What is read is what is written: reading that again gives the same. */
static void check_cpus(const char *text)
{
	struct kf_cpus cpus, again;
	size_t length;
	char *copy;

	memset(&cpus, 0x5a, sizeof(cpus));
	if (kf_cpus_decode(text, &cpus)) {
		require(cpus.words[0] == UINT64_C(0x5a5a5a5a5a5a5a5a));
		return;
	}
	require(text[strspn(text, "0123456789-,")] == '\0');
	require(kf_cpus_empty(&cpus) == !*text);
	length = kf_cpus_text(&cpus, NULL, 0);
	/* Adjacent ranges are the only ones that have two ways to be written. */
	require(length <= strlen(text));
	copy = malloc(length + 1);
	require(copy && kf_cpus_text(&cpus, copy, length + 1) == length && strlen(copy) == length);
	require(!kf_cpus_decode(copy, &again) && !memcmp(&cpus, &again, sizeof(cpus)));
	free(copy);
	again = kf_cpus_without(&cpus, &cpus);
	require(kf_cpus_empty(&again));
}

static void check_type(const char *text)
{
	char copy[16];
	int type = -1;

	if (kf_pmu_decode_type(text, &type)) {
		require(type == -1);
		return;
	}
	snprintf(copy, sizeof(copy), "%d", type);
	require(type >= 0 && !strcmp(copy, text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = calloc(1, size + 1);

	require(text);
	if (size)
		memcpy(text, data, size);
	check_cpus(text);
	check_type(text);
	free(text);
	return 0;
}
