// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmfeat probe: every feature, its state, why, and what would change it. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const struct out_column columns[] = {
	{ .key = "id", .title = "FEATURE" },
	{ .key = "state", .title = "STATE" },
	{ .key = "reason", .title = "REASON", .none = "", .wrap = true, .then = "remedy" },
};

static const struct out_column missing_columns[] = {
	{ .key = "id", .title = "REQUIRED" },
	{ .key = "state", .title = "STATE", .none = "not known to this version" },
};

static void print_feature(struct out *out, const struct kvmfeat_feature *feature)
{
	const char *why = kvmfeat_ctx_why_name(feature->why);

	out_row(out);
	out_str(out, "id", feature->id);
	out_str(out, "text", feature->text);
	out_str(out, "since", feature->since);
	out_str(out, "state", kvmfeat_probe_state_name(feature->state));
	out_str(out, "why", *why ? why : NULL);
	out_str(out, "reason", feature->reason);
	out_str(out, "remedy", feature->remedy);
	out_str(out, "evidence", feature->evidence);
}

static void print_probe(struct out *out, const struct kvmfeat_probe *probe)
{
	const struct kvmfeat_host *host = kvmfeat_probe_host(probe);

	out_object_begin(out, "host");
	out_str(out, "arch", host->arch);
	out_str(out, "release", host->release);
	out_count(out, "api_version", host->api_version);
	out_object_end(out);
	out_table_begin(out, "features", columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < kvmfeat_probe_count(probe); i++)
		print_feature(out, kvmfeat_probe_at(probe, i));
	out_table_end(out);
}

static bool is_there(const struct kvmfeat_feature *feature)
{
	return feature &&
	       (feature->state == KVMFEAT_STATE_ON || feature->state == KVMFEAT_STATE_AVAILABLE);
}

/* "a,,b" and "" name no feature. */
static bool has_empty_word(const char *ids)
{
	return !*ids || *ids == ',' || ids[strlen(ids) - 1] == ',' || strstr(ids, ",,");
}

/* Lists which of the comma-separated @ids are not there, or not known to be. */
static int require(struct cli *cli, const struct kvmfeat_probe *probe, const char *ids)
{
	char *copy = strdup(ids);
	char *rest = copy;
	int status = CLI_DONE;
	const char *id;

	if (!copy)
		return CLI_FAILED;
	out_table_begin(cli->out, "missing", missing_columns,
			sizeof(missing_columns) / sizeof(missing_columns[0]));
	while ((id = strsep(&rest, ","))) {
		const struct kvmfeat_feature *feature = kvmfeat_probe_find(probe, id);
		const char *state = feature ? kvmfeat_probe_state_name(feature->state) : NULL;

		if (is_there(feature))
			continue;
		out_row(cli->out);
		out_str(cli->out, "id", id);
		out_str(cli->out, "state", state);
		if (state)
			status = cli_answer_no(cli, "required feature '%s' is %s%s%s", id, state,
					       feature->reason ? ": " : "",
					       feature->reason ? feature->reason : "");
		else
			status = cli_answer_no(cli,
					       "required feature '%s' is not known to kvmfeat %s",
					       id, kvmfeat_version());
	}
	out_table_end(cli->out);
	free(copy);
	return status;
}

static int probe_run(struct cli *cli)
{
	const unsigned int flags = cli_option(cli, 'd') ? KVMFEAT_PROBE_DEEP : 0;
	const char *ids = cli_option(cli, 'r');
	struct kvmfeat_probe *probe;
	int status = CLI_DONE;
	int err;

	if (ids && has_empty_word(ids))
		return cli_usage(cli, "--require takes feature ids with commas between, not '%s'",
				 ids);
	err = kvmfeat_probe_load(cli->ctx, flags, &probe);
	if (err)
		return cli_fail(cli, err, "probe this host");
	print_probe(cli->out, probe);
	if (ids)
		status = require(cli, probe, ids);
	kvmfeat_probe_free(probe);
	return status;
}

static void complete(struct cli *cli, struct cli_completion *completion, int index)
{
	struct kvmfeat_probe *probe;

	if (index != -'r' || kvmfeat_probe_load(cli->ctx, 0, &probe))
		return;
	for (size_t i = 0; i < kvmfeat_probe_count(probe); i++)
		cli_offer(completion, kvmfeat_probe_at(probe, i)->id);
	kvmfeat_probe_free(probe);
}

static const struct argp_option options[] = {
	{ "deep", 'd', NULL, 0, "Also ask a scratch VM, made and destroyed here" },
	{ "require", 'r', "ID[,ID...]", 0, "Exit with 5 unless all are on or available" },
	{ 0 },
};

static const struct verb verbs[] = {
	{
		.help = "Show every feature, its state, why, and what would change it",
		.options = options,
		.run = probe_run,
		.complete = complete,
	},
};

const struct noun noun_probe = NOUN("probe", "Features of this host: state, reason, remedy", verbs);
