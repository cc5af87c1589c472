// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmfeat probe: every feature, its state, why, and what would change it. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const struct out_column columns[] = {
	{ .key = "id", .title = "FEATURE" },
	{ .key = "state", .title = "STATE" },
	{ .key = "reason", .title = "REASON", .none = "", .wrap = true, .then = "remedy" },
};

#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))
#define DEVICE "kvm.device"

/* The ids of --require, and what was found of each. */
struct required {
	char *ids; /* the words, each ended by a NUL */
	size_t count;
	struct {
		const char *id;
		const struct kvmfeat_feature *feature; /* NULL: not known to this version */
	} entries[];
};

/*
 * What hides many features has one cause: text refers to the row of /dev/kvm, @device, instead of
 * telling it again. NULL: that row is not shown.
 */
static void print_feature(struct cli *cli, const struct kvmfeat_feature *feature,
			  const struct kvmfeat_feature *device)
{
	const bool again = !cli->json && device && feature != device && feature->reason &&
			   device->reason && !strcmp(feature->reason, device->reason);
	const char *why = kvmfeat_ctx_why_name(feature->why);
	struct out *out = cli->out;

	out_row(out);
	out_str(out, "id", feature->id);
	out_str(out, "text", feature->text);
	out_str(out, "since", feature->since);
	out_str(out, "state", kvmfeat_probe_state_name(feature->state));
	out_str(out, "why", *why ? why : NULL);
	out_str(out, "reason", again ? "as " DEVICE : feature->reason);
	out_str(out, "remedy", again ? NULL : feature->remedy);
	out_str(out, "evidence", feature->evidence);
}

static void print_probe(struct cli *cli, const struct kvmfeat_probe *probe)
{
	const struct kvmfeat_feature *device = kvmfeat_probe_find(probe, DEVICE);
	const struct kvmfeat_host *host = kvmfeat_probe_host(probe);
	struct out *out = cli->out;

	out_object_begin(out, "host");
	out_str(out, "arch", host->arch);
	out_str(out, "release", host->release);
	out_count(out, "api_version", host->api_version);
	out_object_end(out);
	out_table_begin(out, "features", columns, COLUMN_COUNT);
	for (size_t i = 0; i < kvmfeat_probe_count(probe); i++)
		print_feature(cli, kvmfeat_probe_at(probe, i), device);
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

static void free_required(struct required *required)
{
	if (required)
		free(required->ids);
	free(required);
}

/* NULL when there is no memory. */
static struct required *find_required(const struct kvmfeat_probe *probe, const char *ids)
{
	struct required *required;
	size_t count = 1;
	char *rest;

	for (const char *c = ids; *c; c++)
		count += *c == ',';
	required = calloc(1, sizeof(*required) + count * sizeof(required->entries[0]));
	if (!required)
		return NULL;
	required->ids = rest = strdup(ids);
	if (!rest) {
		free_required(required);
		return NULL;
	}
	for (; rest; required->count++) {
		const char *id = strsep(&rest, ",");

		required->entries[required->count].id = id;
		required->entries[required->count].feature = kvmfeat_probe_find(probe, id);
	}
	return required;
}

static int say_missing(struct cli *cli, const char *id, const struct kvmfeat_feature *feature)
{
	const char *reason = feature ? feature->reason : NULL;
	const char *remedy = feature ? feature->remedy : NULL;

	if (!feature)
		return cli_answer_no(cli, "required feature '%s' is not known to kvmfeat %s", id,
				     kvmfeat_version());
	return cli_answer_no(cli, "required feature '%s' is %s%s%s%s%s", id,
			     kvmfeat_probe_state_name(feature->state), reason ? ": " : "",
			     reason ? reason : "", remedy ? "; what would help: " : "",
			     remedy ? remedy : "");
}

/* The required ones that are not there, or not known to be. */
static void print_missing(struct out *out, const struct required *required)
{
	out_table_begin(out, "missing", columns, COLUMN_COUNT);
	for (size_t i = 0; i < required->count; i++) {
		const struct kvmfeat_feature *feature = required->entries[i].feature;

		if (is_there(feature))
			continue;
		out_row(out);
		out_str(out, "id", required->entries[i].id);
		out_str(out, "state", feature ? kvmfeat_probe_state_name(feature->state) : NULL);
	}
	out_table_end(out);
}

/* In text the required ones stand for all. */
static void print_required(struct cli *cli, const struct required *required)
{
	const struct kvmfeat_feature *device = NULL;

	for (size_t i = 0; i < required->count; i++)
		if (!strcmp(required->entries[i].id, DEVICE))
			device = required->entries[i].feature;
	out_table_begin(cli->out, "required", columns, COLUMN_COUNT);
	for (size_t i = 0; i < required->count; i++) {
		if (required->entries[i].feature) {
			print_feature(cli, required->entries[i].feature, device);
			continue;
		}
		out_row(cli->out);
		out_str(cli->out, "id", required->entries[i].id);
		out_str(cli->out, "state", "?");
		out_str(cli->out, "reason", "not known to this version");
	}
	out_table_end(cli->out);
}

static int require(struct cli *cli, const struct kvmfeat_probe *probe, const char *ids)
{
	struct required *required = find_required(probe, ids);
	int status = CLI_DONE;

	if (!required)
		return cli_end(cli, CLI_FAILED, -ENOMEM, "no memory", NULL);
	for (size_t i = 0; i < required->count; i++)
		if (!is_there(required->entries[i].feature))
			status = say_missing(cli, required->entries[i].id,
					     required->entries[i].feature);
	if (cli->json) {
		print_probe(cli, probe);
		print_missing(cli->out, required);
	} else if (status || !cli->quiet) {
		print_required(cli, required);
	}
	free_required(required);
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
	if (ids)
		status = require(cli, probe, ids);
	else
		print_probe(cli, probe);
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
