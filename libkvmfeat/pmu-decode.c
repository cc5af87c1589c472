// SPDX-License-Identifier: LGPL-2.1-or-later
/* What sysfs tells of a PMU: lists of CPUs, perf types. No I/O, no context. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "pmu-private.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A number as the kernel writes it, without sign and leading zero; moves @text behind it. */
static bool read_number(const char **text, unsigned int max, unsigned int *ret_number)
{
	const char *digit = *text;
	unsigned int number = 0;

	if (!is_digit(*digit) || (*digit == '0' && is_digit(digit[1])))
		return false;
	for (; is_digit(*digit); digit++) {
		const unsigned int units = (unsigned int)(*digit - '0');

		if (number > (max - units) / 10)
			return false;
		number = number * 10 + units;
	}
	*text = digit;
	*ret_number = number;
	return true;
}

/* "3" or "0-3" */
static bool read_range(const char **text, unsigned int *ret_first, unsigned int *ret_last)
{
	if (!read_number(text, KF_CPUS - 1, ret_first))
		return false;
	*ret_last = *ret_first;
	if (**text != '-')
		return true;
	++*text;
	return read_number(text, KF_CPUS - 1, ret_last) && *ret_last > *ret_first;
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
	unsigned int type;

	if (!read_number(&text, INT_MAX, &type) || *text)
		return -EBADMSG;
	*ret_type = (int)type;
	return 0;
}
