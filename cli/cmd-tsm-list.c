// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmfeat tsm list: TSMs, the devices that they serve, host bridges and their streams. */
#include <string.h>

#include "cmd-tsm.h"

#define SIZE(array) (sizeof(array) / sizeof((array)[0]))

static const struct out_column tsm_columns[] = {
	{ .key = "name", .title = "TSM" },
	{ .key = "mode", .title = "MODE" },
	{ .key = "reason", .title = "REASON", .wrap = true, .none = "", .optional = true },
};

static const struct out_column device_columns[] = {
	{ .key = "bdf", .title = "DEVICE" },
	{ .key = "state", .title = "STATE" },
	{ .key = "tsm", .title = "TSM" },
	{ .key = "dsm", .title = "DSM", .optional = true },
	{ .key = "bound", .title = "BOUND", .optional = true },
	{ .key = "driver", .title = "DRIVER" },
	{ .key = "streams", .title = "STREAMS", .optional = true },
	{ .key = "reason", .title = "REASON", .wrap = true, .none = "", .optional = true },
};

static const struct out_column bridge_columns[] = {
	{ .key = "name", .title = "BRIDGE" },
	{ .key = "streams", .title = "STREAMS", .right = true },
	{ .key = "available", .title = "AVAILABLE", .right = true },
	{ .key = "reason", .title = "REASON", .wrap = true, .none = "", .optional = true },
};

static const struct out_column stream_columns[] = {
	{ .key = "name", .title = "STREAM" },
	{ .key = "bridge", .title = "BRIDGE" },
	{ .key = "device", .title = "DEVICE" },
	{ .key = "host_bridge_slot", .title = "SLOT", .right = true },
	{ .key = "root_port_block", .title = "ROOT PORT BLOCK", .right = true },
	{ .key = "endpoint_block", .title = "ENDPOINT BLOCK", .right = true },
};

static void print_reason(struct out *out, enum kvmfeat_why why, const char *reason)
{
	out_str_or_null(out, "why", kvmfeat_ctx_why_name(why));
	out_str_or_null(out, "reason", reason);
}

static void print_tsms(struct out *out, const struct kvmfeat_tsm_list *list)
{
	out_table_begin(out, "tsms", tsm_columns, SIZE(tsm_columns));
	for (size_t i = 0; i < kvmfeat_tsm_list_count(list); i++) {
		const struct kvmfeat_tsm *tsm = kvmfeat_tsm_list_at(list, i);

		out_row(out);
		out_str(out, "name", tsm->name);
		out_str(out, "mode", kvmfeat_tsm_mode_name(tsm->mode));
		print_reason(out, tsm->why, tsm->reason);
	}
	out_table_end(out);
}

/* The streams that end at a device, by name; in text a column only when there is one. */
static void print_streams_of(struct cli *cli, const struct kvmfeat_tsm_list *list, const char *bdf)
{
	bool has_any = cli->json;

	for (size_t i = 0; i < kvmfeat_tsm_list_stream_count(list) && !has_any; i++) {
		const char *device = kvmfeat_tsm_list_stream_at(list, i)->device;

		has_any = device && !strcmp(device, bdf);
	}
	if (!has_any) {
		out_null(cli->out, "streams");
		return;
	}
	out_list_begin(cli->out, "streams");
	for (size_t i = 0; i < kvmfeat_tsm_list_stream_count(list); i++) {
		const struct kvmfeat_tsm_stream *stream = kvmfeat_tsm_list_stream_at(list, i);

		if (stream->device && !strcmp(stream->device, bdf))
			out_list_str(cli->out, stream->name);
	}
	out_list_end(cli->out);
}

static void print_devices(struct cli *cli, const struct kvmfeat_tsm_list *list)
{
	out_table_begin(cli->out, "devices", device_columns, SIZE(device_columns));
	for (size_t i = 0; i < kvmfeat_tsm_list_device_count(list); i++) {
		const struct kvmfeat_tsm_status *device = kvmfeat_tsm_list_device_at(list, i);

		out_row(cli->out);
		tsm_print_status(cli->out, device);
		print_streams_of(cli, list, device->bdf);
	}
	out_table_end(cli->out);
}

static void print_bridges(struct out *out, const struct kvmfeat_tsm_list *list)
{
	out_table_begin(out, "bridges", bridge_columns, SIZE(bridge_columns));
	for (size_t i = 0; i < kvmfeat_tsm_list_bridge_count(list); i++) {
		const struct kvmfeat_tsm_bridge *bridge = kvmfeat_tsm_list_bridge_at(list, i);

		out_row(out);
		out_str(out, "name", bridge->name);
		out_int(out, "streams", bridge->streams);
		out_count(out, "available", bridge->available);
		print_reason(out, bridge->why, bridge->reason);
	}
	out_table_end(out);
}

static void print_streams(struct out *out, const struct kvmfeat_tsm_list *list)
{
	out_table_begin(out, "streams", stream_columns, SIZE(stream_columns));
	for (size_t i = 0; i < kvmfeat_tsm_list_stream_count(list); i++) {
		const struct kvmfeat_tsm_stream *stream = kvmfeat_tsm_list_stream_at(list, i);

		out_row(out);
		out_str(out, "name", stream->name);
		out_str(out, "bridge", stream->bridge);
		out_str(out, "device", stream->device);
		out_int(out, "host_bridge_slot", stream->host_bridge_slot);
		out_int(out, "root_port_block", stream->root_port_block);
		out_int(out, "endpoint_block", stream->endpoint_block);
	}
	out_table_end(out);
}

int tsm_list(struct cli *cli)
{
	struct kvmfeat_tsm_list *list;
	enum kvmfeat_why why;
	const char *reason;
	int err = kvmfeat_tsm_list_load(cli->ctx, &list);

	if (err)
		return cli_fail(cli, err, "list TSMs");
	reason = kvmfeat_tsm_list_reason(list, &why);
	print_tsms(cli->out, list);
	print_devices(cli, list);
	print_bridges(cli->out, list);
	print_streams(cli->out, list);
	if (cli->json)
		print_reason(cli->out, why, reason);
	else if (reason)
		cli_note(cli, "no TSM was found: %s", reason);
	kvmfeat_tsm_list_free(list);
	return CLI_DONE;
}
