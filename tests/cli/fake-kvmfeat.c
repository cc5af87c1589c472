// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvmfeat on an arm64 host of the fake kernel, with a VM that --vm names: for checks of what only a
 * VM can show. "--vm=posted-v3" makes the host of that variant, "--vm=gone" is no VM.
 */
#include <stdio.h>
#include <string.h>

#include "../../cli/cli.h"
#include "fake.h"

#define NAME "--vm="

static int new_ctx(void *data, struct kvmfeat_ctx **ret_ctx)
{
	struct fake *fake = data;

	return kf_ctx_new(&fake->sys, ret_ctx);
}

static int open_vm(void *data, struct kvmfeat_ctx *ctx, const char *name, struct cli_vm *ret_vm)
{
	struct fake *fake = data;

	ret_vm->memory_bytes = 1ull << 30;
	ret_vm->vcpus = 2;
	return kvmfeat_vm_wrap(ctx, strcmp(name, "gone") ? fake_new_fd(fake, FAKE_VM) : -1,
			       &ret_vm->handle);
}

static enum kvmfeat_hdbss_variant variant_of(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		for (int v = 0; v <= KVMFEAT_HDBSS_OPENEULER; v++)
			if (!strncmp(argv[i], NAME, strlen(NAME)) &&
			    !strcmp(argv[i] + strlen(NAME), kvmfeat_hdbss_variant_name(v)))
				return v;
	return KVMFEAT_HDBSS_NONE;
}

int main(int argc, char **argv)
{
	static struct fake fake;
	const struct cli_env env = {
		.out = stdout, .err = stderr, .new_ctx = new_ctx, .open_vm = open_vm, .data = &fake
	};
	int status;

	fake_init(&fake);
	fake_hdbss(&fake, variant_of(argc, argv));
	fake_pmu(&fake, FAKE_PMU_OURS);
	status = cli_main(&env, argc, argv);
	fake_free(&fake);
	return status;
}
