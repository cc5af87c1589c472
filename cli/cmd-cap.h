/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What cap cpuid writes and nested check reads: one list of keys. */
#ifndef CMD_CAP_H
#define CMD_CAP_H

#include "cli.h"

#define CAP_CPUID_KEYS 7

/* A member of struct kvmfeat_cpuid_entry, 32 bits. */
extern const struct cap_cpuid_key {
	const char *key;
	size_t offset;
} cap_cpuid_keys[CAP_CPUID_KEYS];

#endif
