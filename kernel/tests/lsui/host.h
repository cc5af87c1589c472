/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What can be known of the host's LSUI. Its ID field is hidden from user space, so there are two
 * witnesses: the kernel's log, when the kernel uses it, and the value that KVM gives a new vCPU.
 */
#ifndef LSUI_HOST_H
#define LSUI_HOST_H

#include <linux/bitfield.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>

#include "kvm_util.h"
#include "processor.h"

#define ISAR3 KVM_ARM64_SYS_REG(SYS_ID_AA64ISAR3_EL1)

/* SYSLOG_ACTION_READ_ALL and SYSLOG_ACTION_SIZE_BUFFER, which glibc does not name. */
#define READ_WHOLE_LOG 3
#define SIZE_OF_LOG 10

static inline bool kernel_uses_lsui(void)
{
	int size = klogctl(SIZE_OF_LOG, NULL, 0);
	char *log;
	bool yes;

	TEST_ASSERT(size > 0, "cannot ask for the size of the kernel's log: %s", strerror(errno));
	log = calloc(1, size + 1);
	TEST_ASSERT(log && klogctl(READ_WHOLE_LOG, log, size) >= 0,
		    "cannot read the kernel's log: %s", strerror(errno));
	yes = strstr(log, "detected: Unprivileged Load Store Instructions (LSUI)");
	free(log);
	return yes;
}

static inline u64 lsui_of(u64 isar3)
{
	return FIELD_GET(ID_AA64ISAR3_EL1_LSUI_MASK, isar3);
}

#endif
