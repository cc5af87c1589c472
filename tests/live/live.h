/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this host has, asked without the library that is tested: one that is broken fails, and
 * is not skipped. And how a live test says what the host lacks.
 */
#ifndef LIVE_H
#define LIVE_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Numbers straight from the documentation of the KVM API. */
#define LIVE_CREATE_VM 0xae01
#define LIVE_CHECK_EXTENSION 0xae03
#define LIVE_GET_STATS_FD 0xaece
#define LIVE_GUEST_MEMFD 234

/* What this host lacks for a VM, and with @gmem for a guest_memfd of it; NULL: nothing. */
static inline const char *live_lacks(bool gmem)
{
	static char reason[128];
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int vm = kvm < 0 ? -1 : ioctl(kvm, LIVE_CREATE_VM, 0);
	const char *lacking = NULL;

	if (vm < 0) {
		snprintf(reason, sizeof(reason), "%s: %s", kvm < 0 ? "/dev/kvm" : "a VM of type 0",
			 strerror(errno));
		lacking = reason;
	} else if (gmem && ioctl(vm, LIVE_CHECK_EXTENSION, LIVE_GUEST_MEMFD) <= 0) {
		lacking = "KVM here does not offer guest_memfd";
	}
	if (vm >= 0)
		close(vm);
	if (kvm >= 0)
		close(kvm);
	return lacking;
}

static inline bool live_required(void)
{
	const char *live_tests = getenv("KVMFEAT_LIVE_TESTS");

	return live_tests && !strcmp(live_tests, "require");
}

/*
 * Ends main() of a program that cannot run: a skip, or a failure where live tests are required.
 * A reader of TAP has seen the plan and takes any status for a failure.
 */
static inline int live_skip(const char *reason)
{
	printf(live_required() ? "1..1\nnot ok 1 - %s\n" : "1..0 # SKIP %s\n", reason);
	return live_required();
}

#endif
