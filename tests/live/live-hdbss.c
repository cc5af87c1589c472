// SPDX-License-Identifier: GPL-2.0-or-later
/* The contract of HDBSS on the real kernel; skipped where KVM has not our capability. */
#include <stdlib.h>

#include "contract-hdbss.h"
#include "internal.h"
#include "live.h"

/* Of the documentation of the capability in the patched kernel. */
#define LIVE_HDBSS 0x4844
#define LIVE_HDBSS_ABI 1
#define LIVE_RING 223

static int setup(void **state)
{
	struct contract_hdbss *c = calloc(1, sizeof(*c));

	*state = c;
	c->sys = &kf_sys_linux;
	return kvmfeat_ctx_new(&c->ctx) || contract_hdbss_begin(c);
}

static int teardown(void **state)
{
	struct contract_hdbss *c = *state;

	contract_hdbss_end(c);
	kvmfeat_ctx_free(c->ctx);
	free(c);
	return 0;
}

static const char *lacks(void)
{
	const char *lacking = live_lacks(false);
	int kvm, answer, ring;

	if (lacking)
		return lacking;
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	answer = ioctl(kvm, LIVE_CHECK_EXTENSION, LIVE_HDBSS);
	ring = ioctl(kvm, LIVE_CHECK_EXTENSION, LIVE_RING);
	close(kvm);
	if (answer >> 16 != LIVE_HDBSS || (answer & 0xf) != LIVE_HDBSS_ABI)
		return "KVM here has no KVM_CAP_ARM_HDBSS_KVMFEAT";
	return ring > 0 ? NULL : "KVM here has no dirty ring";
}

int main(void)
{
	const struct CMUnitTest tests[] = { CONTRACT_HDBSS_TESTS(setup, teardown) };
	const char *lacking = lacks();

	return lacking ? live_skip(lacking) : cmocka_run_group_tests(tests, NULL, NULL);
}
