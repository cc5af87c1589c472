// SPDX-License-Identifier: LGPL-2.1-or-later
/* What sysfs tells of a PMU: lists of CPUs, perf types. No I/O, no context. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "decimal.h"
#include "pmu-private.h"

/* "3" or "0-3" */
static bool read_range(const char **text, unsigned int *ret_first, unsigned int *ret_last)
{
	uint64_t first, last;

	if (!kf_decimal(text, KF_CPUS - 1, &first))
		return false;
	last = first;
	if (**text == '-') {
		++*text;
		if (!kf_decimal(text, KF_CPUS - 1, &last) || last <= first)
			return false;
	}
	*ret_first = (unsigned int)first;
	*ret_last = (unsigned int)last;
	return true;
}

int kf_cpus_decode(const char *text, struct kf_cpus *ret_cpus)
{
	struct kf_cpus cpus = { 0 };
	unsigned int first, last, next = 0;

	while (*text) {
		if (next && *text++ != ',')
			return -EBADMSG;
		if (!read_range(&text, &first, &last) || first < next)
			return -EBADMSG;
		for (unsigned int cpu = first; cpu <= last; cpu++)
			cpus.words[cpu / 64] |= UINT64_C(1) << cpu % 64;
		next = last + 1;
	}
	*ret_cpus = cpus;
	return 0;
}

size_t kf_cpus_text(const struct kf_cpus *cpus, char *buf, size_t size)
{
	char range[24];
	size_t length = 0;

	if (size)
		*buf = '\0';
	for (unsigned int first = 0, last; first < KF_CPUS; first = last + 1) {
		last = first;
		if (!kf_cpus_has(cpus, first))
			continue;
		while (kf_cpus_has(cpus, last + 1))
			last++;
		snprintf(range, sizeof(range), last > first ? "%s%u-%u" : "%s%u", length ? "," : "",
			 first, last);
		if (length < size)
			snprintf(buf + length, size - length, "%s", range);
		length += strlen(range);
	}
	return length;
}

bool kf_cpus_empty(const struct kf_cpus *cpus)
{
	for (size_t i = 0; i < KF_ARRAY_SIZE(cpus->words); i++)
		if (cpus->words[i])
			return false;
	return true;
}

struct kf_cpus kf_cpus_without(const struct kf_cpus *cpus, const struct kf_cpus *others)
{
	struct kf_cpus rest;

	for (size_t i = 0; i < KF_ARRAY_SIZE(rest.words); i++)
		rest.words[i] = cpus->words[i] & ~others->words[i];
	return rest;
}

int kf_pmu_decode_type(const char *text, int *ret_type)
{
	uint64_t type;

	if (!kf_decimal(&text, INT_MAX, &type) || *text)
		return -EBADMSG;
	*ret_type = (int)type;
	return 0;
}
