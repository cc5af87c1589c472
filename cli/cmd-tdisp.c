// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvmfeat tdisp: what is in a device interface report. The other verbs are in cmd-tdisp-check.c and
 * cmd-tdisp-diff.c.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd-tdisp.h"

#define SIZE(array) (sizeof(array) / sizeof((array)[0]))

static const struct out_column columns[] = {
	{ .key = "bar", .title = "BAR", .right = true },
	{ .key = "first_page", .title = "FIRST PAGE", .right = true },
	{ .key = "pages", .title = "PAGES", .right = true },
	{ .key = "msix_table", .title = "MSI-X TABLE" },
	{ .key = "pba", .title = "PBA" },
	{ .key = "non_tee", .title = "NON-TEE" },
	{ .key = "updatable", .title = "UPDATABLE" },
};

/* Bits, each a member of its own. */
struct bit {
	const char *key;
	uint32_t mask;
};

static const struct bit info_bits[] = {
	{ "no_fw_update", KVMFEAT_TDISP_NO_FW_UPDATE },
	{ "dma_without_pasid", KVMFEAT_TDISP_DMA_WITHOUT_PASID },
	{ "dma_with_pasid", KVMFEAT_TDISP_DMA_WITH_PASID },
	{ "ats", KVMFEAT_TDISP_ATS },
	{ "prs", KVMFEAT_TDISP_PRS },
};

static const struct bit range_bits[] = {
	{ "msix_table", KVMFEAT_TDISP_MSIX_TABLE },
	{ "pba", KVMFEAT_TDISP_PBA },
	{ "non_tee", KVMFEAT_TDISP_NON_TEE },
	{ "updatable", KVMFEAT_TDISP_UPDATABLE },
};

static int read_device(struct cli *cli, const char *operand, struct tdisp_source *source)
{
	int status = cli_open_device(cli, operand, &source->device);

	if (status)
		return status;
	snprintf(source->name, sizeof(source->name), "the report of %s", source->device.bdf);
	status = cli_read_report(cli, &source->device, &source->file);
	if (status)
		kvmfeat_tsm_device_free(source->device.handle);
	return status;
}

/* What looks like a device is one: a file in the way must not be taken for it. */
int tdisp_read(struct cli *cli, const char *operand, struct tdisp_source *ret_source)
{
	char bdf[KVMFEAT_TSM_BDF_SIZE];

	memset(ret_source, 0, sizeof(*ret_source));
	if (cli_bdf(operand, bdf))
		return read_device(cli, operand, ret_source);
	snprintf(ret_source->name, sizeof(ret_source->name), "%s", cli_file_name(operand));
	return cli_read_file(cli, operand, CLI_REPORT_MAX, "a device interface report",
			     &ret_source->file);
}

void tdisp_free(struct tdisp_source *source)
{
	kvmfeat_tsm_device_free(source->device.handle);
	free(source->file.bytes);
}

void tdisp_print_field(struct out *out, const char *key, const char *field, int64_t range)
{
	char text[64];

	if (range == TDISP_EACH_RANGE)
		snprintf(text, sizeof(text), "ranges[].%s", field);
	else
		snprintf(text, sizeof(text), "ranges[%" PRId64 "].%s", range, field);
	out_str(out, key, range == TDISP_NO_RANGE ? field : text);
}

static void print_bits(struct out *out, const struct bit *bits, size_t count, uint32_t value)
{
	for (size_t i = 0; i < count; i++)
		out_bool(out, bits[i].key, value & bits[i].mask);
}

static void print_digest(struct out *out, const struct cli_file *file)
{
	char digest[CLI_DIGEST];

	cli_digest(file->bytes, file->size, digest);
	out_str(out, "sha384", digest);
}

static void print_head(struct out *out, const struct kvmfeat_tdisp_report *report)
{
	out_object_begin(out, "interface_info");
	print_bits(out, info_bits, SIZE(info_bits), report->interface_info);
	out_object_end(out);
	out_hex(out, "interface_info_bits", true, report->interface_info);
	out_hex(out, "msix_message_control", true, report->msix_message_control);
	out_hex(out, "lnr_control", true, report->lnr_control);
	out_hex(out, "tph_control", true, report->tph_control);
	out_int(out, "device_info_bytes", report->device_info_bytes);
	out_int(out, "trailing_bytes", (int64_t)report->trailing_bytes);
}

static void print_ranges(struct cli *cli, const struct kvmfeat_tdisp_report *report)
{
	struct kvmfeat_tdisp_range range = { 0 };

	out_table_begin(cli->out, "ranges", columns, SIZE(columns));
	for (uint32_t i = 0; i < report->range_count; i++) {
		/* It cannot fail: the report has this range. */
		kvmfeat_tdisp_get_range(cli->ctx, report, i, &range);
		out_row(cli->out);
		out_int(cli->out, "bar", range.bar);
		out_hex(cli->out, "first_page", true, range.first_page);
		out_int(cli->out, "pages", range.pages);
		print_bits(cli->out, range_bits, SIZE(range_bits), range.attributes);
		out_hex(cli->out, "attributes", true, range.attributes);
	}
	out_table_end(cli->out);
}

static int tdisp_show(struct cli *cli)
{
	struct kvmfeat_tdisp_report report = { .size = sizeof(report) };
	struct tdisp_source source;
	int status = tdisp_read(cli, cli->argv[0], &source);
	int err;

	if (status)
		return status;
	err = kvmfeat_tdisp_decode(cli->ctx, source.file.bytes, source.file.size, &report);
	if (err) {
		status = cli_fail(cli, err, "read %s", source.name);
	} else {
		print_head(cli->out, &report);
		print_digest(cli->out, &source.file);
		print_ranges(cli, &report);
	}
	tdisp_free(&source);
	return status;
}

static bool has_report(const struct kvmfeat_tsm_status *status)
{
	return status->has_report && (status->state == KVMFEAT_TSM_STATE_LOCKED ||
				      status->state == KVMFEAT_TSM_STATE_ACCEPTED);
}

static void complete_device(struct cli *cli, struct cli_completion *completion, int index)
{
	if (index >= 0 && index < cli->verb->max_args)
		cli_offer_devices(cli, completion, has_report);
}

static const struct verb verbs[] = {
	{
		.name = "show",
		.args = "FILE|BDF",
		.help = "Show what a device interface report says",
		.min_args = 1,
		.max_args = 1,
		.run = tdisp_show,
		.complete = complete_device,
	},
	{
		.name = "check",
		.args = "FILE|BDF",
		.help = "Tell whether a device interface report may be believed",
		.options = tdisp_check_options,
		.min_args = 1,
		.max_args = 1,
		.run = tdisp_check,
		.complete = complete_device,
	},
	{
		.name = "diff",
		.args = "FILE|BDF FILE|BDF",
		.help = "Compare two device interface reports by field",
		.min_args = 2,
		.max_args = 2,
		.run = tdisp_diff,
		.complete = complete_device,
	},
};

const struct noun noun_tdisp =
	NOUN("tdisp", "Reports of confidential devices: show, check, compare", verbs);
