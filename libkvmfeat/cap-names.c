// SPDX-License-Identifier: LGPL-2.1-or-later
/* Names of capability numbers: upstream's from linux/kvm.h, vendors' from the table below. */
#include <errno.h>
#include <string.h>

#include "internal.h"

static const struct {
	unsigned int number;
	const char *name;
} names[] = {
#include "cap-names.inc" /* made from uapi/linux/kvm.h by gen-cap-names.py */
};

/*
 * Numbers that kernels outside the upstream tree use, on the architectures where upstream
 * answers 0 to them. The numbers 239 and 245 once meant HDBSS in posted patches, too; on
 * released kernels they mean something else on arm64, so they are not here.
 */
static const struct {
	unsigned int number;
	unsigned int arch;
	const char *alias;
} aliases[] = {
	{ KF_CAP_HDBSS_POSTED, KF_ARCH_ARM64, "HDBSS (posted patches, third version)" },
	{ KF_CAP_HDBSS_OPENEULER, KF_ARCH_ARM64, "HDBSS (openEuler)" },
};

KVMFEAT_EXPORT const char *kvmfeat_cap_name(unsigned int number)
{
	for (size_t i = 0; i < KF_ARRAY_SIZE(names); i++)
		if (names[i].number == number)
			return names[i].name;
	return NULL;
}

KVMFEAT_EXPORT int kvmfeat_cap_number(const char *name, unsigned int *ret_number)
{
	static const char prefix[] = "KVM_CAP_";
	const size_t prefix_len = sizeof(prefix) - 1;

	if (!strncmp(name, prefix, prefix_len))
		name += prefix_len;
	for (size_t i = 0; i < KF_ARRAY_SIZE(names); i++)
		if (!strcmp(names[i].name + prefix_len, name)) {
			*ret_number = names[i].number;
			return 0;
		}
	return -ENOENT;
}

const char *kf_cap_alias(enum kf_arch arch, unsigned int number)
{
	for (size_t i = 0; i < KF_ARRAY_SIZE(aliases); i++)
		if (aliases[i].number == number && (aliases[i].arch & arch))
			return aliases[i].alias;
	return NULL;
}
