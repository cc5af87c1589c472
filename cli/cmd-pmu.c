// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmfeat pmu: the PMUs of this host, and what guests get of them. */
#include "cli.h"

static const struct out_column columns[] = {
	{ .key = "name", .title = "NAME" },
	{ .key = "type", .title = "TYPE", .right = true, .none = "?" },
	{ .key = "cpus", .title = "CPUS", .none = "?" },
	{ .key = "reason", .title = "REASON", .none = "", .wrap = true, .optional = true },
};

static void print_why(struct out *out, const char *key, enum kvmfeat_why why)
{
	out_str_or_null(out, key, kvmfeat_ctx_why_name(why));
}

static void print_answer(struct out *out, const char *key, enum kvmfeat_pmu_answer answer)
{
	if (answer == KVMFEAT_PMU_UNKNOWN)
		out_null(out, key);
	else
		out_bool(out, key, answer == KVMFEAT_PMU_YES);
}

/* CPUs; that there are none is left out of text. */
static void print_cpus(struct cli *cli, const char *key, const char *cpus)
{
	if (cli->json)
		out_str(cli->out, key, cpus);
	else
		out_str_or_null(cli->out, key, cpus);
}

static void print_mix(struct cli *cli, const struct kvmfeat_pmu_mix *mix)
{
	print_answer(cli->out, "heterogeneous", mix->heterogeneous);
	print_cpus(cli, "uncovered_cpus", mix->uncovered);
	print_cpus(cli, "offline_cpus", mix->offline);
	print_why(cli->out, "why", mix->why);
	out_str(cli->out, "reason", mix->reason);
	out_str(cli->out, "advice", mix->advice);
}

static void print_list(struct cli *cli, const struct kvmfeat_pmu_list *list)
{
	struct out *out = cli->out;

	out_table_begin(out, "pmus", columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < kvmfeat_pmu_list_count(list); i++) {
		const struct kvmfeat_pmu *pmu = kvmfeat_pmu_list_at(list, i);

		out_row(out);
		out_str(out, "name", pmu->name);
		out_count(out, "type", pmu->type);
		out_str(out, "cpus", pmu->cpus);
		print_why(out, "why", pmu->why);
		out_str(out, "reason", pmu->reason);
	}
	out_table_end(out);
}

static int pmu_list(struct cli *cli)
{
	struct kvmfeat_pmu_list *list;
	int err = kvmfeat_pmu_list_load(cli->ctx, &list);

	if (err)
		return cli_fail(cli, err, "list the PMUs");
	print_list(cli, list);
	print_mix(cli, kvmfeat_pmu_list_mix(list));
	kvmfeat_pmu_list_free(list);
	return CLI_DONE;
}

static void print_host(struct out *out, const struct kvmfeat_pmu_host *host)
{
	out_str(out, "state", kvmfeat_probe_state_name(host->state));
	print_why(out, "why", host->why);
	out_str_or_null(out, "reason", host->reason);
	out_str_or_null(out, "remedy", host->remedy);
	print_answer(out, "strict", host->strict);
	out_count(out, "counters", host->counters);
	out_str(out, "fixed_counters_only", kvmfeat_probe_state_name(host->fixed));
	print_why(out, "fixed_why", host->fixed_why);
	out_str_or_null(out, "fixed_reason", host->fixed_reason);
	out_str_or_null(out, "fixed_remedy", host->fixed_remedy);
	out_str_or_null(out, "arch", host->arch);
}

static void print_vm(struct out *out, const struct kvmfeat_pmu_state *state)
{
	out_object_begin(out, "vm");
	print_answer(out, "fixed", state->fixed);
	print_answer(out, "exclusive", state->exclusive);
	out_count(out, "type", state->type);
	print_answer(out, "filter", state->filter);
	print_why(out, "why", state->why);
	out_str_or_null(out, "reason", state->reason);
	out_object_end(out);
}

static int pmu_status(struct cli *cli)
{
	struct kvmfeat_pmu_state state = { .size = sizeof(state) };
	struct kvmfeat_pmu_host host = { .size = sizeof(host) };
	int err = kvmfeat_pmu_get_host(cli->ctx, cli_option(cli, 'd') ? KVMFEAT_PROBE_DEEP : 0,
				       &host);

	if (err)
		return cli_fail(cli, err, "look for a PMU for guests");
	if (cli->target.handle)
		err = kvmfeat_pmu_get_state(cli->target.handle, &state);
	if (err)
		return cli_fail(cli, err, "read the state of the PMU");
	print_host(cli->out, &host);
	if (cli->target.handle) {
		print_vm(cli->out, &state);
	} else {
		cli_without_vm(cli);
	}
	return CLI_DONE;
}

static const struct argp_option status_options[] = {
	{ "deep", 'd', NULL, 0, "Also ask what needs a scratch VM" },
	{ 0 },
};

static const struct verb verbs[] = {
	{
		.name = "list",
		.help = "List the PMUs of this host, and whether it is heterogeneous",
		.run = pmu_list,
	},
	{
		.name = "status",
		.help = "Show what guests get here and, with --vm, what a VM has",
		.options = status_options,
		.flags = VERB_VM,
		.run = pmu_status,
	},
};

const struct noun noun_pmu = NOUN("pmu", "PMUs of the host and of guests (arm64)", verbs);
