// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmfeat param: parameters of the KVM modules. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const struct out_column columns[] = {
	{ .key = "parameter", .title = "PARAMETER" },
	{ .key = "value", .title = "VALUE" },
	{ .key = "writable", .title = "WRITABLE" },
	{ .key = "text", .title = "TEXT", .wrap = true, .none = "" },
};

/* An operand MODULE.NAME, and the entry it names. */
struct target {
	char module[32];
	const char *name;
	struct kvmfeat_param_list *list;
	const struct kvmfeat_param *param;
};

static bool is_number(const struct kvmfeat_param *param)
{
	return param->kind == KVMFEAT_PARAM_INT || param->kind == KVMFEAT_PARAM_UINT;
}

/* The words that are taken, or the bounds of a number. */
static void print_taken(struct out *out, const struct kvmfeat_param *param)
{
	char *words = is_number(param) || !param->words ? NULL : strdup(param->words);
	char *rest = words;

	if (words) {
		out_list_begin(out, "words");
		while (rest)
			out_list_str(out, strsep(&rest, " "));
		out_list_end(out);
		free(words);
	} else {
		out_null(out, "words");
	}
	if (is_number(param)) {
		out_int(out, "min", param->min);
		out_int(out, "max", param->max);
	} else {
		out_null(out, "min");
		out_null(out, "max");
	}
}

static void print_param(struct out *out, const struct kvmfeat_param *param)
{
	const char *why = kvmfeat_ctx_why_name(param->why);

	out_str(out, "module", param->module);
	out_str(out, "name", param->name);
	out_str(out, "text", param->text);
	out_str(out, "raw", param->raw);
	out_str(out, "value", param->value);
	out_str(out, "meaning", param->meaning);
	out_str(out, "reason", param->reason);
	out_str(out, "why", *why ? why : NULL);
	out_str(out, "kind", kvmfeat_param_kind_name(param->kind));
	print_taken(out, param);
	out_bool(out, "writable", param->writable);
	out_str(out, "effect", kvmfeat_param_effect_name(param->effect));
	out_str(out, "change", param->change);
	out_str(out, "load", param->load);
}

/* In text: the name that get and set take, and of what is not known the kernel's text. */
static void print_row(struct cli *cli, const struct kvmfeat_param *param)
{
	char name[128];

	out_row(cli->out);
	if (cli->json) {
		print_param(cli->out, param);
		return;
	}
	snprintf(name, sizeof(name), "%s.%s", param->module, param->name);
	out_str(cli->out, "parameter", name);
	out_str(cli->out, "value", param->value ? param->value : param->raw);
	out_bool(cli->out, "writable", param->writable);
	out_str(cli->out, "text", param->text);
}

static int param_list(struct cli *cli)
{
	const char *module = cli->argc ? cli->argv[0] : NULL;
	struct kvmfeat_param_list *list;
	int err = kvmfeat_param_list_load(cli->ctx, module, NULL, &list);

	if (err)
		return cli_fail(cli, err, "list parameters");
	out_table_begin(cli->out, "params", columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < kvmfeat_param_list_count(list); i++)
		print_row(cli, kvmfeat_param_list_at(list, i));
	out_table_end(cli->out);
	if (!kvmfeat_param_list_count(list))
		cli_note(cli, "no module of KVM with parameters is loaded");
	kvmfeat_param_list_free(list);
	return CLI_DONE;
}

/* Splits the operand at its first dot; what the parts may be, the library says. */
static int read_operand(struct cli *cli, struct target *target)
{
	const char *operand = cli->argv[0];
	const char *dot = strchr(operand, '.');

	if (!dot || dot == operand || !dot[1])
		return cli_usage(cli, "'%s' is not MODULE.NAME, as in kvm.nx_huge_pages", operand);
	snprintf(target->module, sizeof(target->module), "%.*s", (int)(dot - operand), operand);
	target->name = dot + 1;
	return 0;
}

static int find(struct cli *cli, struct target *target)
{
	int err = read_operand(cli, target);

	if (err)
		return err;
	err = kvmfeat_param_list_load(cli->ctx, target->module, target->name, &target->list);
	if (err)
		return cli_fail(cli, err, "read the parameter");
	target->param = kvmfeat_param_list_at(target->list, 0);
	return 0;
}

static int param_get(struct cli *cli)
{
	const bool raw = cli_option(cli, 'r');
	const struct kvmfeat_param *param;
	struct target target = { 0 };
	int status = find(cli, &target);

	if (status)
		return status;
	param = target.param;
	if (raw ? !param->raw : !param->value) {
		status = cli_fail_because(cli, param->why, param->reason, "read the parameter");
		if (!raw && param->raw)
			cli_note(cli, "--raw prints the kernel's text");
	} else {
		print_param(cli->out, param);
		out_only(cli->out, raw ? "raw" : "value");
	}
	kvmfeat_param_list_free(target.list);
	return status;
}

static int param_explain(struct cli *cli)
{
	struct target target = { 0 };
	int status = find(cli, &target);

	if (status)
		return status;
	print_param(cli->out, target.param);
	kvmfeat_param_list_free(target.list);
	return CLI_DONE;
}

static void warn(struct cli *cli, const struct kvmfeat_param_change *change)
{
	if (change->vms < 0)
		cli_note(cli, "the page tables of every running VM are dropped: expect a latency "
			      "spike in each guest");
	else if (change->vms)
		cli_note(cli,
			 "the page tables of %d running VM%s are dropped: expect a latency spike "
			 "in each guest",
			 change->vms, change->vms > 1 ? "s" : "");
}

static void print_change(struct cli *cli, const struct target *target,
			 const struct kvmfeat_param_change *change)
{
	struct out *out = cli->out;

	out_str(out, "module", target->module);
	out_str(out, "name", target->name);
	out_str(out, "before", change->before);
	out_bool(out, "needed", change->needed);
	out_str(out, "write", *change->write ? change->write : NULL);
	out_bool(out, "written", change->written);
	out_str(out, "after", *change->after ? change->after : NULL);
	out_str(out, "effect", kvmfeat_param_effect_name(change->effect));
	out_count(out, "vms", change->vms);
}

/* The value in the words of the library; the kernel's text where there are none. */
static void read_value(struct cli *cli, const struct target *target, char value[64],
		       const char *text)
{
	struct kvmfeat_param_list *list;
	const char *word = NULL;

	snprintf(value, 64, "%s", text);
	if (kvmfeat_param_list_load(cli->ctx, target->module, target->name, &list))
		return;
	word = kvmfeat_param_list_at(list, 0)->value;
	if (word)
		snprintf(value, 64, "%s", word);
	kvmfeat_param_list_free(list);
}

/* "kvm.nx_huge_pages: off -> on (wrote 'force')" */
static void tell_change(struct cli *cli, const struct target *target,
			const struct kvmfeat_param_change *change, const char *before)
{
	char after[64];

	if (change->written) {
		read_value(cli, target, after, change->after);
		out_sentence(cli->out, "%s.%s: %s -> %s (wrote '%s')", target->module, target->name,
			     before, after, change->write);
	} else if (change->needed) {
		out_sentence(cli->out, "%s.%s is '%s', would write '%s'", target->module,
			     target->name, before, change->write);
	} else {
		out_sentence(cli->out, "%s.%s is '%s' already, nothing written", target->module,
			     target->name, before);
	}
}

static int set_failed(struct cli *cli, const struct kvmfeat_param_change *change, int err,
		      unsigned int flags)
{
	/* The library names its flag; here the option stands for it. */
	if (err == -EPERM && change->effect == KVMFEAT_PARAM_EFFECT_IRREVERSIBLE &&
	    !(flags & KVMFEAT_PARAM_ALLOW_IRREVERSIBLE))
		return cli_fail_but(cli, err, "--allow-irreversible", "set the parameter");
	return cli_fail(cli, err, "set the parameter");
}

static int param_set(struct cli *cli)
{
	const unsigned int flags = cli_option(cli, 'I') ? KVMFEAT_PARAM_ALLOW_IRREVERSIBLE : 0;
	struct kvmfeat_param_change change = { .size = sizeof(change) };
	struct target target = { 0 };
	char before[64];
	int err = read_operand(cli, &target);

	if (err)
		return err;
	err = kvmfeat_param_set(cli->ctx, target.module, target.name, cli->argv[1],
				flags | KVMFEAT_PARAM_DRY_RUN, &change);
	if (err)
		return set_failed(cli, &change, err, flags);
	read_value(cli, &target, before, change.before);
	if (change.needed && !cli->dry_run) {
		if (!cli->json && change.effect == KVMFEAT_PARAM_EFFECT_ZAP)
			warn(cli, &change);
		err = kvmfeat_param_set(cli->ctx, target.module, target.name, cli->argv[1], flags,
					&change);
	}
	if (err)
		return set_failed(cli, &change, err, flags);
	print_change(cli, &target, &change);
	tell_change(cli, &target, &change, before);
	return CLI_DONE;
}

static void offer_modules(struct kvmfeat_param_list *list, struct cli_completion *completion)
{
	const char *last = "";

	for (size_t i = 0; i < kvmfeat_param_list_count(list); i++) {
		const struct kvmfeat_param *param = kvmfeat_param_list_at(list, i);

		if (strcmp(param->module, last) != 0)
			cli_offer(completion, param->module);
		last = param->module;
	}
}

static void complete_module(struct cli *cli, struct cli_completion *completion, int index)
{
	struct kvmfeat_param_list *list;

	if (index || kvmfeat_param_list_load(cli->ctx, NULL, NULL, &list))
		return;
	offer_modules(list, completion);
	kvmfeat_param_list_free(list);
}

/* Each word of "off on auto"; the range of a number offers nothing. */
static void offer_words(const struct kvmfeat_param *param, struct cli_completion *completion)
{
	char *words, *rest, *word;

	if (!param->words || is_number(param))
		return;
	words = strdup(param->words);
	rest = words;
	while (rest && (word = strsep(&rest, " ")))
		cli_offer(completion, word);
	free(words);
}

static void complete_param(struct cli *cli, struct cli_completion *completion, int index)
{
	const bool setting = !strcmp(cli->verb->name, "set");
	struct kvmfeat_param_list *list;
	char name[128];

	if (index > setting || kvmfeat_param_list_load(cli->ctx, NULL, NULL, &list))
		return;
	for (size_t i = 0; i < kvmfeat_param_list_count(list); i++) {
		const struct kvmfeat_param *param = kvmfeat_param_list_at(list, i);

		snprintf(name, sizeof(name), "%s.%s", param->module, param->name);
		if (index && !strcmp(name, cli->argv[0]))
			offer_words(param, completion);
		else if (!index && (!setting || param->writable))
			cli_offer(completion, name);
	}
	kvmfeat_param_list_free(list);
}

static const struct argp_option get_options[] = {
	{ "raw", 'r', NULL, 0, "The kernel's text instead of the value" },
	{ 0 },
};

static const struct argp_option set_options[] = {
	{ "allow-irreversible", 'I', NULL, 0, "Permit a value that only a reload undoes" },
	{ 0 },
};

static const struct verb verbs[] = {
	{
		.name = "list",
		.args = "[MODULE]",
		.help = "List the parameters of kvm, kvm_amd and kvm_intel",
		.max_args = 1,
		.run = param_list,
		.complete = complete_module,
	},
	{
		.name = "get",
		.args = "MODULE.NAME",
		.help = "Print the value of a parameter",
		.options = get_options,
		.min_args = 1,
		.max_args = 1,
		.run = param_get,
		.complete = complete_param,
	},
	{
		.name = "explain",
		.args = "MODULE.NAME",
		.help = "Tell what a parameter does, and what changing it would do",
		.min_args = 1,
		.max_args = 1,
		.run = param_explain,
		.complete = complete_param,
	},
	{
		.name = "set",
		.args = "MODULE.NAME VALUE",
		.help = "Change a parameter of a running module",
		.options = set_options,
		.min_args = 2,
		.max_args = 2,
		.flags = VERB_DRY_RUN,
		.run = param_set,
		.complete = complete_param,
	},
};

const struct noun noun_param = NOUN("param", "Module parameters: read, explain, set", verbs);
