// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmfeat hdbss: hardware dirty tracking of arm64, of the host and of a VM. */
#include <errno.h>
#include <string.h>

#include "cli.h"

#define AUTO "auto"

static void print_switch(struct out *out, const struct kvmfeat_hdbss_state *state)
{
	if (state->enabled == KVMFEAT_HDBSS_UNKNOWN)
		out_null(out, "enabled");
	else
		out_bool(out, "enabled", state->enabled == KVMFEAT_HDBSS_ON);
	out_count(out, "order", state->order);
}

static void print_host(struct out *out, const struct kvmfeat_hdbss_host *host)
{
	out_str(out, "state", kvmfeat_probe_state_name(host->state));
	out_str_or_null(out, "why", kvmfeat_ctx_why_name(host->why));
	out_str_or_null(out, "reason", host->reason);
	out_str_or_null(out, "remedy", host->remedy);
	out_str(out, "variant", kvmfeat_hdbss_variant_name(host->variant));
	out_str(out, "told_by", host->how);
	out_count(out, "capability", host->capability ? (int64_t)host->capability : -1);
	out_hex(out, "answer", host->answer != 0, host->answer);
	out_count(out, "min_order", host->min_order);
	out_count(out, "max_order", host->max_order);
	out_str(out, "arch", host->arch);
	out_hex(out, "midr", host->midr != 0, host->midr);
	out_str(out, "el2", kvmfeat_hdbss_el2_name(host->el2));
	out_str_or_null(out, "evidence", host->evidence);
}

static void print_vm(struct out *out, const struct kvmfeat_hdbss_state *state)
{
	out_object_begin(out, "vm");
	print_switch(out, state);
	out_count(out, "entries_drained", state->entries_drained);
	out_count(out, "buffers_full", state->buffers_full);
	out_count(out, "drains", state->drains);
	out_count(out, "errors", state->errors);
	out_str_or_null(out, "why", kvmfeat_ctx_why_name(state->why));
	out_str_or_null(out, "reason", state->reason);
	out_object_end(out);
}

static int hdbss_status(struct cli *cli)
{
	struct kvmfeat_hdbss_state state = { .size = sizeof(state) };
	struct kvmfeat_hdbss_host host = { .size = sizeof(host) };
	int err = kvmfeat_hdbss_get_host(cli->ctx, &host);

	if (err)
		return cli_fail(cli, err, "look for HDBSS");
	if (cli->target.handle)
		err = kvmfeat_hdbss_get_state(cli->target.handle, &state);
	if (err)
		return cli_fail(cli, err, "read the state of HDBSS");
	print_host(cli->out, &host);
	if (cli->target.handle) {
		print_vm(cli->out, &state);
	} else {
		cli_without_vm(cli);
	}
	return CLI_DONE;
}

/* The order asked for, or -1 for one that is chosen. */
static int read_order(struct cli *cli, int *ret_order)
{
	const char *text = cli_option(cli, 'o');
	unsigned long order;

	*ret_order = -1;
	if (!text || !strcmp(text, AUTO))
		return 0;
	if (!cli_number(text, KVMFEAT_HDBSS_ORDER_MAX, &order))
		return cli_usage(cli, "--order takes " AUTO " or a number from 0 to %u, not '%s'",
				 KVMFEAT_HDBSS_ORDER_MAX, text);
	*ret_order = (int)order;
	return 0;
}

/* One that fits the VM; of a VM that is on, the one that it has. */
static int choose_order(struct cli *cli, const struct kvmfeat_hdbss_state *before, int *ret_order)
{
	unsigned int order;
	int err;

	if (before->enabled == KVMFEAT_HDBSS_ON) {
		*ret_order = before->order;
		return 0;
	}
	err = kvmfeat_hdbss_choose_order(cli->target.memory_bytes, cli->target.vcpus, &order);
	if (err)
		return cli_end(cli, CLI_FAILED, err,
			       "cannot choose an order: the VM's memory or number of vCPUs is not "
			       "known",
			       "--order=N");
	*ret_order = (int)order < before->min_order ? before->min_order :
		     (int)order > before->max_order ? before->max_order :
						      (int)order;
	return 0;
}

/* What --dry-run can tell without asking the kernel to switch. */
static int foresee(struct cli *cli, const struct kvmfeat_hdbss_state *before, const char *what,
		   int order)
{
	char text[640];

	if (before->max_order < 0) {
		snprintf(text, sizeof(text), "cannot switch HDBSS %s: %s", what, before->reason);
		return cli_end(cli, CLI_HOST_CANNOT, -EOPNOTSUPP, text, NULL);
	}
	if (order < 0)
		return 0;
	if (order < before->min_order || order > before->max_order) {
		snprintf(text, sizeof(text),
			 "cannot switch HDBSS %s: order %d is not one of this VM's, %d to %d", what,
			 order, before->min_order, before->max_order);
		return cli_end(cli, CLI_HOST_CANNOT, -EOPNOTSUPP, text, NULL);
	}
	if (before->enabled == KVMFEAT_HDBSS_ON && before->order != order) {
		snprintf(text, sizeof(text),
			 "cannot switch HDBSS %s: it is on with order %d, so that order %d has to "
			 "wait",
			 what, before->order, order);
		return cli_end(cli, CLI_FAILED, -EBUSY, text, "switch it off first");
	}
	return 0;
}

static const char *enabled_word(const struct kvmfeat_hdbss_state *state)
{
	return state->enabled == KVMFEAT_HDBSS_UNKNOWN ?
		       "in a state that the kernel does not tell" :
	       state->enabled == KVMFEAT_HDBSS_ON ? "on" :
						    "off";
}

static void print_sentence(struct cli *cli, const struct kvmfeat_hdbss_state *before,
			   const struct kvmfeat_hdbss_state *after, const char *what, int order,
			   bool needed)
{
	char with[24] = "";

	if (order >= 0)
		snprintf(with, sizeof(with), " with order %d", order);
	if (!needed)
		out_sentence(cli->out, "HDBSS is %s%s already", what, with);
	else if (!after)
		out_sentence(cli->out, "HDBSS is %s, would switch it %s%s", enabled_word(before),
			     what, with);
	else
		out_sentence(cli->out, "HDBSS is %s%s now", what, with);
}

static void print_change(struct out *out, const struct kvmfeat_hdbss_state *before,
			 const struct kvmfeat_hdbss_state *after, int order, bool needed)
{
	out_str(out, "variant", kvmfeat_hdbss_variant_name(before->variant));
	out_int(out, "capability", before->capability);
	out_count(out, "order", order);
	out_bool(out, "needed", needed);
	out_object_begin(out, "before");
	print_switch(out, before);
	out_object_end(out);
	if (!after) {
		out_null(out, "after");
		return;
	}
	out_object_begin(out, "after");
	print_switch(out, after);
	out_str_or_null(out, "reason", after->reason);
	out_object_end(out);
}

/* An error of the hardware, or another process, may have undone it at once. */
static int check_effect(struct cli *cli, const struct kvmfeat_hdbss_state *after, const char *what,
			int order)
{
	char text[640];

	if (after->enabled == KVMFEAT_HDBSS_UNKNOWN ||
	    (after->enabled == KVMFEAT_HDBSS_ON) == (order >= 0))
		return 0;
	snprintf(text, sizeof(text), "HDBSS was switched %s and is %s again%s%s", what,
		 enabled_word(after), *after->reason ? ": " : "", after->reason);
	return cli_end(cli, CLI_FAILED, -EIO, text, NULL);
}

/* Switches, and reads back what came of it. */
static int apply(struct cli *cli, const char *what, int order,
		 struct kvmfeat_hdbss_state *ret_after)
{
	struct kvmfeat_vm *vm = cli->target.handle;
	int err = order < 0 ? kvmfeat_hdbss_disable(vm) :
			      kvmfeat_hdbss_enable(vm, (unsigned int)order);

	if (err)
		return cli_fail(cli, err, "switch HDBSS %s", what);
	err = kvmfeat_hdbss_get_state(vm, ret_after);
	if (err)
		return cli_fail(cli, err, "read the state of HDBSS after it was switched %s", what);
	return check_effect(cli, ret_after, what, order);
}

/* Switches the VM on with an order, or off when @order is -1. */
static int do_switch(struct cli *cli, const struct kvmfeat_hdbss_state *before, int order)
{
	struct kvmfeat_hdbss_state state = { .size = sizeof(state) };
	const struct kvmfeat_hdbss_state *after = cli->dry_run ? NULL : &state;
	const char *what = order < 0 ? "off" : "on";
	const bool needed = before->enabled == KVMFEAT_HDBSS_UNKNOWN ||
			    (before->enabled == KVMFEAT_HDBSS_ON) != (order >= 0);
	int status =
		cli->dry_run ? foresee(cli, before, what, order) : apply(cli, what, order, &state);

	if (status)
		return status;
	if (cli->json) /* in text the sentence says it all */
		print_change(cli->out, before, after, order, needed);
	print_sentence(cli, before, after, what, order, needed);
	return CLI_DONE;
}

static int hdbss_enable(struct cli *cli)
{
	struct kvmfeat_hdbss_state before = { .size = sizeof(before) };
	int order, status = read_order(cli, &order);
	int err;

	if (status)
		return status;
	err = kvmfeat_hdbss_get_state(cli->target.handle, &before);
	if (err)
		return cli_fail(cli, err, "read the state of HDBSS");
	if (order < 0 && before.max_order >= 0)
		status = choose_order(cli, &before, &order);
	return status ?: do_switch(cli, &before, order < 0 ? 0 : order);
}

static int hdbss_disable(struct cli *cli)
{
	struct kvmfeat_hdbss_state before = { .size = sizeof(before) };
	int err = kvmfeat_hdbss_get_state(cli->target.handle, &before);

	return err ? cli_fail(cli, err, "read the state of HDBSS") : do_switch(cli, &before, -1);
}

static void complete_order(struct cli *cli, struct cli_completion *completion, int index)
{
	char order[4];

	(void)cli;
	if (index != -'o')
		return;
	cli_offer(completion, AUTO);
	for (unsigned int i = 0; i <= KVMFEAT_HDBSS_ORDER_MAX; i++) {
		snprintf(order, sizeof(order), "%u", i);
		cli_offer(completion, order);
	}
}

static const struct argp_option enable_options[] = {
	{ "order", 'o', "ORDER", 0, "Buffer of each vCPU, 4 KiB << ORDER: 0 to 9, or auto" },
	{ 0 },
};

static const struct verb verbs[] = {
	{
		.name = "status",
		.help = "Show what this host offers and, with --vm, what a VM does",
		.flags = VERB_VM,
		.run = hdbss_status,
	},
	{
		.name = "enable",
		.help = "Let the CPU record the dirty pages of a VM",
		.options = enable_options,
		.flags = VERB_VM | VERB_NEEDS_VM | VERB_DRY_RUN,
		.run = hdbss_enable,
		.complete = complete_order,
	},
	{
		.name = "disable",
		.help = "Go back to write faults",
		.flags = VERB_VM | VERB_NEEDS_VM | VERB_DRY_RUN,
		.run = hdbss_disable,
	},
};

const struct noun noun_hdbss = NOUN("hdbss", "Hardware dirty tracking (arm64 HDBSS)", verbs);
