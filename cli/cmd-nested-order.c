// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmfeat nested order: in which order a vCPU is saved and restored. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd-nested.h"

static const struct out_column columns[] = {
	{ .key = "index", .title = "INDEX", .right = true },
	{ .key = "step", .title = "STEP", .none = "(missing)" },
	{ .key = "rule", .title = "RULE", .wrap = true, .then = "kernels" },
};

/* What a VMM says it does. */
struct order {
	enum kvmfeat_nested_direction direction;
	const enum kvmfeat_nested_step *steps;
	size_t count;
};

static bool find_step(const char *name, enum kvmfeat_nested_step *ret_step)
{
	const char *known;

	for (int step = 0; (known = kvmfeat_nested_step_name((enum kvmfeat_nested_step)step));
	     step++)
		if (!strcmp(known, name)) {
			*ret_step = (enum kvmfeat_nested_step)step;
			return true;
		}
	return false;
}

static void print_steps(struct out *out, const struct order *order)
{
	out_str(out, "direction", order->direction == KVMFEAT_NESTED_SAVE ? "save" : "restore");
	out_list_begin(out, "steps");
	for (size_t i = 0; i < order->count; i++)
		out_list_str(out, kvmfeat_nested_step_name(order->steps[i]));
	out_list_end(out);
}

static void print_finding(struct out *out, const struct order *order,
			  const struct kvmfeat_nested_order_finding *finding)
{
	const bool there = finding->index < order->count;

	out_row(out);
	out_str(out, "id", finding->id);
	out_count(out, "index", there ? (int64_t)finding->index : -1);
	out_str(out, "step", there ? kvmfeat_nested_step_name(order->steps[finding->index]) : NULL);
	out_str(out, "rule", finding->text);
	out_str(out, "kernels", finding->kernels);
}

static int check(struct cli *cli, const struct order *order)
{
	struct kvmfeat_nested_order_finding findings[KVMFEAT_NESTED_RULES_MAX];
	size_t count = 0;

	/* It cannot fail: the library itself named direction and steps. */
	kvmfeat_nested_check_order(order->direction, order->steps, order->count, findings, &count);
	print_steps(cli->out, order);
	out_table_begin(cli->out, "findings", columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < count; i++)
		print_finding(cli->out, order, &findings[i]);
	out_table_end(cli->out);
	if (count)
		return cli_answer_no(cli, "the order breaks %zu rule%s", count,
				     count > 1 ? "s" : "");
	out_sentence(cli->out, "the order breaks no rule");
	return CLI_DONE;
}

/* The words of @text, which it changes, as steps. */
static int check_words(struct cli *cli, enum kvmfeat_nested_direction direction, char *text)
{
	enum kvmfeat_nested_step *steps = calloc(nested_count_words(text), sizeof(*steps));
	struct order order = { .direction = direction, .steps = steps };
	char *word;
	int status;

	if (!steps)
		return cli_end(cli, CLI_FAILED, -ENOMEM, "no memory", NULL);
	while ((word = strsep(&text, ",")))
		if (!find_step(word, &steps[order.count++])) {
			status = cli_usage(cli, "--check: '%s' is no step; --list shows steps",
					   word);
			free(steps);
			return status;
		}
	status = check(cli, &order);
	free(steps);
	return status;
}

static int list(struct cli *cli, enum kvmfeat_nested_direction direction)
{
	struct order order = { .direction = direction };

	order.steps = kvmfeat_nested_order(direction, &order.count);
	print_steps(cli->out, &order);
	out_table_begin(cli->out, "findings", columns, sizeof(columns) / sizeof(columns[0]));
	out_table_end(cli->out);
	out_only(cli->out, "steps");
	return CLI_DONE;
}

int nested_order(struct cli *cli)
{
	const enum kvmfeat_nested_direction direction =
		cli_option(cli, 's') ? KVMFEAT_NESTED_SAVE : KVMFEAT_NESTED_RESTORE;
	const char *steps = cli_option(cli, 'c');
	char *copy;
	int status;

	if (cli_option(cli, 's') && cli_option(cli, 'r'))
		return cli_usage(cli, "--save and --restore exclude each other");
	if (!cli_option(cli, 'l') == !steps)
		return cli_usage(cli, "either --list or --check=STEPS is needed");
	if (!steps)
		return list(cli, direction);
	copy = strdup(steps);
	if (!copy)
		return cli_end(cli, CLI_FAILED, -ENOMEM, "no memory", NULL);
	status = check_words(cli, direction, copy);
	free(copy);
	return status;
}

void nested_order_complete(struct cli *cli, struct cli_completion *completion, int index)
{
	const char *name;

	(void)cli;
	if (index != -'c')
		return;
	for (int step = 0; (name = kvmfeat_nested_step_name((enum kvmfeat_nested_step)step));
	     step++)
		cli_offer(completion, name);
}

const struct argp_option nested_order_options[] = {
	{ "list", 'l', NULL, 0, "Print the library's own order" },
	{ "check", 'c', "STEP[,STEP...]", 0, "Say which rules an order of steps breaks" },
	{ "restore", 'r', NULL, 0, "The order in which a vCPU is restored (default)" },
	{ "save", 's', NULL, 0, "The order in which a vCPU is saved" },
	{ 0 },
};
