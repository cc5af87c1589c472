// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvmfeat on an arm64 host of the fake kernel, with a VM that --vm names, and with TSMs and a
 * device in each state: for checks of what only these can show. "--vm=posted-v3" makes the host of
 * that variant, "--vm=gone" is no VM.
 */
#include <stdio.h>
#include <string.h>

#include "../../cli/cli.h"
#include "fake-tsm.h"
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

/* 0000:01:00.0 is idle, the others are what their state says. */
static void make_devices(struct fake *fake, struct fake_tsm_host *host)
{
	static const enum kvmfeat_tsm_state states[] = {
		KVMFEAT_TSM_STATE_LOCKED,
		KVMFEAT_TSM_STATE_ACCEPTED,
		KVMFEAT_TSM_STATE_CONNECTED,
	};
	char bdf[KVMFEAT_TSM_BDF_SIZE];

	fake_tsm(fake, host, FAKE_TSM_OURS);
	host->tsms[1] = KVMFEAT_TSM_MODE_LINK;
	host->streams = 4;
	for (unsigned int i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		struct fake_tsm_device *device;

		snprintf(bdf, sizeof(bdf), "0000:%02x:00.0", i + 2);
		device = fake_tsm_add(fake, bdf);
		device->state = states[i];
		device->tsm = states[i] == KVMFEAT_TSM_STATE_CONNECTED;
		device->report = device->answers;
		device->report_bytes = device->answers_bytes;
		device->generation = i + 1;
	}
	fake_tsm_show(fake);
}

int main(int argc, char **argv)
{
	static struct fake_tsm_host host;
	static struct fake fake;
	const struct cli_env env = {
		.out = stdout, .err = stderr, .new_ctx = new_ctx, .open_vm = open_vm, .data = &fake
	};
	int status;

	fake_init(&fake);
	fake_hdbss(&fake, variant_of(argc, argv));
	fake_pmu(&fake, FAKE_PMU_OURS);
	make_devices(&fake, &host);
	status = cli_main(&env, argc, argv);
	fake_free(&fake);
	return status;
}
