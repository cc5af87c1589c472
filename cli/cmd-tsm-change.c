// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmfeat tsm connect, disconnect, lock, unlock; and how each change is told. */
#include "cmd-tsm.h"

/* A change that names a TSM. */
typedef int change_fn(struct kvmfeat_tsm_device *device, const char *tsm, unsigned int flags,
		      struct kvmfeat_tsm_change *ret_change);

static void print_members(struct out *out, const char *operation, const char *bdf,
			  const struct kvmfeat_tsm_change *change)
{
	out_str(out, "bdf", bdf);
	out_str(out, "operation", operation);
	out_str_or_null(out, "tsm", change->tsm);
	out_str(out, "before", kvmfeat_tsm_state_name(change->before));
	out_str_or_null(out, "attribute", change->attribute);
	out_str_or_null(out, "write", change->write);
	out_bool(out, "written", change->written);
	out_str(out, "after", change->written ? kvmfeat_tsm_state_name(change->after) : NULL);
	out_count(out, "generation", change->has_generation ? (int64_t)change->generation : -1);
}

void tsm_print_change(struct cli *cli, const char *bdf, const struct kvmfeat_tsm_change *change)
{
	const char *before = kvmfeat_tsm_state_name(change->before);

	if (cli->json) /* in text the sentence says it all */
		print_members(cli->out, cli->verb->name, bdf, change);
	if (change->written)
		out_sentence(cli->out, "%s: %s -> %s (wrote '%s' to %s)", bdf, before,
			     kvmfeat_tsm_state_name(change->after), change->write,
			     change->attribute);
	else
		out_sentence(cli->out, "%s is %s, would write '%s' to %s", bdf, before,
			     change->write, change->attribute);
}

static int run(struct cli *cli, change_fn *change_device)
{
	const unsigned int flags = cli->dry_run ? KVMFEAT_TSM_DRY_RUN : 0;
	struct kvmfeat_tsm_change change = { .size = sizeof(change) };
	struct cli_device device;
	int status = cli_open_device(cli, cli->argv[0], &device);
	int err;

	if (status)
		return status;
	err = change_device(device.handle, cli_option(cli, 't'), flags, &change);
	kvmfeat_tsm_device_free(device.handle);
	if (err)
		return cli_fail(cli, err, "%s %s", cli->verb->name, device.bdf);
	tsm_print_change(cli, device.bdf, &change);
	return CLI_DONE;
}

int tsm_connect(struct cli *cli)
{
	return run(cli, kvmfeat_tsm_device_connect);
}

int tsm_disconnect(struct cli *cli)
{
	return run(cli, kvmfeat_tsm_device_disconnect);
}

int tsm_lock(struct cli *cli)
{
	return run(cli, kvmfeat_tsm_device_lock);
}

int tsm_unlock(struct cli *cli)
{
	return run(cli, kvmfeat_tsm_device_unlock);
}

const struct argp_option tsm_change_options[] = {
	{ "tsm", 't', "NAME", 0, "By this TSM, when there are several" },
	{ 0 },
};
