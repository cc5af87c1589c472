// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmfeat tdisp check: may a device interface report be believed? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd-tdisp.h"

#define RESOURCE_MAX (16 * 1024)

static const struct out_column columns[] = {
	{ .key = "verdict", .title = "VERDICT" },
	{ .key = "field", .title = "FIELD" },
	{ .key = "offset", .title = "OFFSET", .hex = true, .optional = true },
	{ .key = "value", .title = "VALUE", .optional = true },
	{ .key = "missing", .title = "MISSING", .none = "", .optional = true },
	{ .key = "rule", .title = "RULE", .wrap = true, .then = "uncertain" },
};

const struct argp_option tdisp_check_options[] = {
	{ "all", 'a', NULL, 0, "In text, too: rules that hold" },
	{ "resource", 'r', "FILE", 0, "The device's BARs: its file resource in sysfs" },
	{ 0 },
};

static bool was_asked(const struct tdisp_findings *findings,
		      const struct kvmfeat_tdisp_finding *finding)
{
	return findings->with_bars || !finding->rule->needs_bars;
}

static int read_device(struct cli *cli, struct kvmfeat_tdisp_device *ret_device)
{
	const char *path = cli_option(cli, 'r');
	struct cli_file file;
	int status, err;

	if (!strcmp(path, "-") && !strcmp(cli->argv[0], "-"))
		return cli_usage(cli, "standard input cannot be both the report and the BARs");
	status = cli_read_file(cli, path, RESOURCE_MAX, "the BARs of a device", &file);
	if (status)
		return status;
	err = kvmfeat_tdisp_decode_bars(cli->ctx, (const char *)file.bytes, file.size, ret_device);
	free(file.bytes);
	return err ? cli_fail(cli, err, "read the BARs from %s", cli_file_name(path)) : CLI_DONE;
}

int tdisp_find(struct cli *cli, const char *name, const struct cli_file *report,
	       const struct kvmfeat_tdisp_device *device, struct tdisp_findings *ret_findings)
{
	const void *bytes = report->bytes;
	const size_t size = report->size;
	struct tdisp_findings found = { .with_bars = device != NULL };
	int err = kvmfeat_tdisp_check(cli->ctx, bytes, size, device, NULL, 0, &found.count);

	if (err)
		return cli_fail(cli, err, "check %s", name);
	found.list = calloc(found.count, sizeof(*found.list));
	if (!found.list)
		return cli_end(cli, CLI_FAILED, -ENOMEM, "no memory", NULL);
	/* It cannot fail: it did not before. */
	kvmfeat_tdisp_check(cli->ctx, bytes, size, device, found.list, found.count, &found.count);
	for (size_t i = 0; i < found.count; i++)
		if (was_asked(&found, &found.list[i]))
			found.of[found.list[i].verdict]++;
	*ret_findings = found;
	return CLI_DONE;
}

static void print_finding(struct out *out, const struct kvmfeat_tdisp_finding *finding)
{
	const struct kvmfeat_tdisp_rule *rule = finding->rule;

	out_row(out);
	out_str(out, "id", rule->id);
	tdisp_print_field(out, "field", rule->field,
			  finding->has_range ? (int64_t)finding->range :
			  rule->in_range     ? TDISP_EACH_RANGE :
					       TDISP_NO_RANGE);
	out_count(out, "range", finding->has_range ? (int64_t)finding->range : -1);
	out_count(out, "offset", finding->has_value ? (int64_t)finding->offset : -1);
	out_hex(out, "value", finding->has_value, finding->value);
	out_str(out, "rule", rule->text);
	out_str(out, "verdict", kvmfeat_tdisp_verdict_name(finding->verdict));
	out_str(out, "uncertain", rule->uncertain);
	out_str(out, "missing", finding->missing);
}

static void print_findings(struct cli *cli, const struct tdisp_findings *findings,
			   enum kvmfeat_tdisp_verdict verdict)
{
	const bool all = cli->json || cli_option(cli, 'a');

	out_str(cli->out, "verdict", kvmfeat_tdisp_verdict_name(verdict));
	out_table_begin(cli->out, "findings", columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < findings->count; i++) {
		const struct kvmfeat_tdisp_finding *finding = &findings->list[i];

		if (all || (finding->verdict && was_asked(findings, finding)))
			print_finding(cli->out, finding);
	}
	out_table_end(cli->out);
}

enum kvmfeat_tdisp_verdict tdisp_sum_up(const struct tdisp_findings *findings)
{
	static const enum kvmfeat_tdisp_verdict order[] = {
		KVMFEAT_TDISP_REFUSED,
		KVMFEAT_TDISP_NOT_CHECKED,
		KVMFEAT_TDISP_NOTE,
	};

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (findings->of[order[i]])
			return order[i];
	return KVMFEAT_TDISP_OK;
}

/* The first finding of that verdict, which there is. */
static const struct kvmfeat_tdisp_finding *first_of(const struct tdisp_findings *findings,
						    enum kvmfeat_tdisp_verdict verdict)
{
	const struct kvmfeat_tdisp_finding *finding = findings->list;

	while (finding->verdict != verdict || !was_asked(findings, finding))
		finding++;
	return finding;
}

static int answer(struct cli *cli, const struct tdisp_source *source,
		  const struct tdisp_findings *findings, enum kvmfeat_tdisp_verdict verdict)
{
	const struct kvmfeat_tdisp_finding *first = first_of(findings, verdict);
	const size_t count = findings->of[verdict];
	const char *unasked = "";

	if (!findings->with_bars)
		unasked = "; whether it fits the BARs was not asked (--resource)";
	switch (verdict) {
	case KVMFEAT_TDISP_REFUSED:
		return cli_answer_no(cli, "%s is not to be believed: %zu fault%s, first %s",
				     source->name, count, count > 1 ? "s" : "", first->rule->id);
	case KVMFEAT_TDISP_NOT_CHECKED:
		return cli_answer_no(cli,
				     "whether %s is to be believed cannot be told: %s was not "
				     "checked for want of %s",
				     source->name, first->rule->id, first->missing);
	case KVMFEAT_TDISP_NOTE:
		out_sentence(cli->out, "%s breaks no rule, with %zu note%s%s", source->name, count,
			     count > 1 ? "s" : "", unasked);
		return CLI_DONE;
	default:
		out_sentence(cli->out, "%s breaks no rule%s", source->name, unasked);
		return CLI_DONE;
	}
}

static int check(struct cli *cli, const struct tdisp_source *source,
		 const struct kvmfeat_tdisp_device *device)
{
	struct tdisp_findings findings = { 0 };
	enum kvmfeat_tdisp_verdict verdict;
	int status = tdisp_find(cli, source->name, &source->file, device, &findings);

	if (status)
		return status;
	verdict = tdisp_sum_up(&findings);
	print_findings(cli, &findings, verdict);
	status = answer(cli, source, &findings, verdict);
	free(findings.list);
	return status;
}

/* With its own BARs when the report came from a device, with those of --resource when given. */
static int check_with_bars(struct cli *cli, const struct tdisp_source *source,
			   const struct kvmfeat_tdisp_device *given)
{
	struct kvmfeat_tdisp_device own = { .size = sizeof(own) };
	int err;

	if (!source->device.handle)
		return check(cli, source, given);
	err = kvmfeat_tsm_device_get_bars(source->device.handle, &own);
	if (err)
		return cli_fail(cli, err, "read the BARs of %s", source->device.bdf);
	return check(cli, source, &own);
}

int tdisp_check(struct cli *cli)
{
	struct kvmfeat_tdisp_device given = { .size = sizeof(given) };
	const bool is_given = cli_option(cli, 'r');
	char bdf[KVMFEAT_TSM_BDF_SIZE];
	struct tdisp_source source;
	int status = CLI_DONE;

	if (is_given && cli_bdf(cli->argv[0], bdf))
		return cli_usage(cli, "--resource is for reports in files: %s has BARs of its own",
				 bdf);
	if (is_given)
		status = read_device(cli, &given);
	if (!status)
		status = tdisp_read(cli, cli->argv[0], &source);
	if (status)
		return status;
	status = check_with_bars(cli, &source, is_given ? &given : NULL);
	tdisp_free(&source);
	return status;
}
