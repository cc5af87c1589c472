// SPDX-License-Identifier: GPL-2.0-or-later
/* The contract of a vCPU's state on the real kernel; skipped where no x86 KVM makes a VM. */
#include <stdlib.h>
#include <sys/utsname.h>

#include "contract-nested.h"
#include "live.h"

static int setup(void **state)
{
	struct contract_nested *c = calloc(1, sizeof(*c));

	*state = c;
	c->sys = &kf_sys_linux;
	return kvmfeat_ctx_new(&c->ctx) || contract_nested_begin(c);
}

static int teardown(void **state)
{
	struct contract_nested *c = *state;

	contract_nested_end(c);
	kvmfeat_ctx_free(c->ctx);
	free(c);
	return 0;
}

/* What the bodies need besides a VM; numbers straight from the documentation of the KVM API. */
static const char *lacks_capability(void)
{
	static const struct {
		int number;
		const char *lacking;
	} caps[] = {
		{ 121, "KVM here has no KVM_CAP_SPLIT_IRQCHIP" },
		{ 136, "KVM here has no KVM_CAP_IMMEDIATE_EXIT" },
		{ 164, "KVM here has no KVM_CAP_EXCEPTION_PAYLOAD" },
	};
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	const char *lacking = NULL;

	for (size_t i = 0; i < KF_ARRAY_SIZE(caps); i++)
		if (!lacking && ioctl(kvm, LIVE_CHECK_EXTENSION, caps[i].number) <= 0)
			lacking = caps[i].lacking;
	close(kvm);
	return lacking;
}

static const char *lacks(void)
{
	const char *lacking, *arch;
	struct utsname name;

	uname(&name);
	if (kf_arch_of(name.machine, &arch) != KF_ARCH_X86)
		return "this is no x86";
	lacking = live_lacks(false);
	return lacking ? lacking : lacks_capability();
}

int main(void)
{
	const struct CMUnitTest tests[] = { CONTRACT_NESTED_TESTS(setup, teardown) };
	const char *lacking = lacks();

	return lacking ? live_skip(lacking) : cmocka_run_group_tests(tests, NULL, NULL);
}
