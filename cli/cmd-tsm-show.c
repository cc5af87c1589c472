// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmfeat tsm show: one device, its report, and what can be done with it now, or why not. */
#include <errno.h>
#include <stdlib.h>

#include "cmd-tdisp.h"
#include "cmd-tsm.h"

#define SIZE(array) (sizeof(array) / sizeof((array)[0]))

static const struct out_column columns[] = {
	{ .key = "operation", .title = "OPERATION" },
	{ .key = "possible", .title = "POSSIBLE" },
	{ .key = "reason", .title = "REASON", .wrap = true, .none = "", .then = "remedy" },
};

static int try_accept(struct kvmfeat_tsm_device *device, const char *tsm, unsigned int flags,
		      struct kvmfeat_tsm_change *ret_change)
{
	(void)tsm;
	return kvmfeat_tsm_device_accept(device, NULL, flags, ret_change);
}

static const struct {
	const char *name;
	int (*plan)(struct kvmfeat_tsm_device *device, const char *tsm, unsigned int flags,
		    struct kvmfeat_tsm_change *ret_change);
} operations[] = {
	{ "connect", kvmfeat_tsm_device_connect }, { "disconnect", kvmfeat_tsm_device_disconnect },
	{ "lock", kvmfeat_tsm_device_lock },	   { "accept", try_accept },
	{ "unlock", kvmfeat_tsm_device_unlock },
};

static void print_operation(struct cli *cli, const char *name, int err,
			    const struct kvmfeat_tsm_change *change)
{
	const struct kvmfeat_error *error = err ? kvmfeat_ctx_error(cli->ctx) : NULL;

	out_row(cli->out);
	out_str(cli->out, "operation", name);
	out_bool(cli->out, "possible", !err);
	out_str(cli->out, "attribute", err ? NULL : change->attribute);
	out_str(cli->out, "write", err ? NULL : change->write);
	out_str_or_null(cli->out, "why", err ? kvmfeat_ctx_why_name(error->why) : NULL);
	out_str(cli->out, "reason", err ? error->reason : NULL);
	out_str_or_null(cli->out, "remedy", err ? error->remedy : NULL);
}

/* Plans each operation as --dry-run does: the library knows what stands in its way. */
static int print_operations(struct cli *cli, const struct cli_device *device)
{
	out_table_begin(cli->out, "operations", columns, SIZE(columns));
	for (size_t i = 0; i < SIZE(operations); i++) {
		struct kvmfeat_tsm_change change = { .size = sizeof(change) };
		int err = operations[i].plan(device->handle, NULL, KVMFEAT_TSM_DRY_RUN, &change);

		if (err == -ENODEV)
			return cli_fail(cli, err, "look at %s", device->bdf);
		print_operation(cli, operations[i].name, err, &change);
	}
	out_table_end(cli->out);
	return CLI_DONE;
}

static int print_found(struct cli *cli, const struct cli_device *device,
		       const struct cli_file *report)
{
	struct kvmfeat_tdisp_device bars = { .size = sizeof(bars) };
	int err = kvmfeat_tsm_device_get_bars(device->handle, &bars);
	struct tdisp_findings found;
	char digest[CLI_DIGEST];
	int status;

	if (err)
		return cli_fail(cli, err, "read the BARs of %s", device->bdf);
	status = tdisp_find(cli, "the report", report, &bars, &found);
	if (status)
		return status;
	cli_digest(report->bytes, report->size, digest);
	out_int(cli->out, "report_bytes", (int64_t)report->size);
	out_str(cli->out, "report_sha384", digest);
	out_str(cli->out, "report_verdict", kvmfeat_tdisp_verdict_name(tdisp_sum_up(&found)));
	out_int(cli->out, "report_faults", (int64_t)found.of[KVMFEAT_TDISP_REFUSED]);
	out_int(cli->out, "report_notes", (int64_t)found.of[KVMFEAT_TDISP_NOTE]);
	out_int(cli->out, "report_unchecked", (int64_t)found.of[KVMFEAT_TDISP_NOT_CHECKED]);
	out_null(cli->out, "report_reason");
	free(found.list);
	return CLI_DONE;
}

/* It is not locked, or its report may not be read. */
static void print_no_report(struct out *out, const char *reason)
{
	out_null(out, "report_bytes");
	out_null(out, "report_sha384");
	out_null(out, "report_verdict");
	out_null(out, "report_faults");
	out_null(out, "report_notes");
	out_null(out, "report_unchecked");
	out_str(out, "report_reason", reason);
}

static int print_report(struct cli *cli, const struct cli_device *device)
{
	struct kvmfeat_tsm_report report = { .size = sizeof(report) };
	struct cli_file file = { .bytes = malloc(CLI_REPORT_MAX) };
	int status = CLI_DONE, err;

	if (!file.bytes)
		return cli_end(cli, CLI_FAILED, -ENOMEM, "no memory", NULL);
	err = kvmfeat_tsm_device_read_report(device->handle, file.bytes, CLI_REPORT_MAX, &report);
	file.size = report.bytes;
	if (err == -ENODEV)
		status = cli_fail(cli, err, "look at %s", device->bdf);
	else if (err)
		print_no_report(cli->out, kvmfeat_ctx_error(cli->ctx)->reason);
	else
		status = print_found(cli, device, &file);
	free(file.bytes);
	return status;
}

static bool has_report(const struct kvmfeat_tsm_status *status)
{
	return status->state == KVMFEAT_TSM_STATE_LOCKED ||
	       status->state == KVMFEAT_TSM_STATE_ACCEPTED;
}

static int show(struct cli *cli, const struct cli_device *device)
{
	struct kvmfeat_tsm_status now = { .size = sizeof(now) };
	int status = CLI_DONE, err = kvmfeat_tsm_device_get_status(device->handle, &now);

	if (err)
		return cli_fail(cli, err, "look at %s", device->bdf);
	tsm_print_status(cli->out, &now);
	if (has_report(&now))
		status = print_report(cli, device);
	else
		print_no_report(cli->out, NULL);
	return status ?: print_operations(cli, device);
}

int tsm_show(struct cli *cli)
{
	struct cli_device device;
	int status = cli_open_device(cli, cli->argv[0], &device);

	if (status)
		return status;
	status = show(cli, &device);
	kvmfeat_tsm_device_free(device.handle);
	return status;
}
