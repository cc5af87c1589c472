// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmfeat nested diff: in which fields two nested states differ. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd-nested.h"

static const struct out_column columns[] = {
	{ .key = "name", .title = "NAME" },
	{ .key = "offset", .title = "OFFSET", .hex = true },
	{ .key = "a", .title = "A" },
	{ .key = "b", .title = "B" },
};

const struct argp_option nested_diff_options[] = {
	{ "all", 'a', NULL, 0, "Also clean bits, and what KVM changes by itself" },
	{ "field", 'f', "NAME", 0, "This field only" },
	{ 0 },
};

static void print_difference(struct cli *cli, const struct nested_blob blobs[2],
			     const struct kvmfeat_nested_difference *difference)
{
	const struct kvmfeat_nested_field *field = difference->field;
	const bool both = difference->in_a && difference->in_b;

	out_row(cli->out);
	out_str(cli->out, "name", field->name);
	out_int(cli->out, "offset", field->offset);
	if (difference->in_a)
		nested_print_value(cli, "a", &blobs[0], field, both ? &blobs[1] : NULL);
	else
		out_null(cli->out, "a");
	if (difference->in_b)
		nested_print_value(cli, "b", &blobs[1], field, both ? &blobs[0] : NULL);
	else
		out_null(cli->out, "b");
}

struct differences {
	struct kvmfeat_nested_difference *list; /* free(3) it */
	size_t count;
};

static int find_differences(struct cli *cli, const struct nested_blob blobs[2], unsigned int flags,
			    struct differences *ret_differences)
{
	const struct kvmfeat_nested_pair pair = {
		.size = sizeof(pair),
		.a = blobs[0].file.bytes,
		.a_bytes = blobs[0].file.size,
		.b = blobs[1].file.bytes,
		.b_bytes = blobs[1].file.size,
		.flags = flags,
	};
	struct differences found = { 0 };
	int err = kvmfeat_nested_diff(cli->ctx, &pair, NULL, 0, &found.count);

	if (!err && found.count) {
		found.list = calloc(found.count, sizeof(*found.list));
		if (!found.list)
			return cli_end(cli, CLI_FAILED, -ENOMEM, "no memory", NULL);
		err = kvmfeat_nested_diff(cli->ctx, &pair, found.list, found.count, &found.count);
	}
	if (err) {
		free(found.list);
		return cli_fail(cli, err, "compare %s with %s", blobs[0].name, blobs[1].name);
	}
	*ret_differences = found;
	return CLI_DONE;
}

/* In words; fields that do not count are not forgotten. */
static int say_equal(struct cli *cli, const struct nested_blob blobs[2], unsigned int flags)
{
	struct differences all = { 0 };
	int status = flags ? CLI_DONE : find_differences(cli, blobs, KVMFEAT_NESTED_DIFF_ALL, &all);

	free(all.list);
	if (status)
		return status;
	if (all.count)
		out_sentence(cli->out,
			     "%s and %s do not differ, but for %zu field%s that KVM changes or "
			     "does not need (--all)",
			     blobs[0].name, blobs[1].name, all.count, all.count > 1 ? "s" : "");
	else
		out_sentence(cli->out, "%s and %s do not differ", blobs[0].name, blobs[1].name);
	return CLI_DONE;
}

/* The differences, or of them that of the field @only; how many were printed. */
static size_t print_differences(struct cli *cli, const struct nested_blob blobs[2],
				const struct differences *found, const char *only)
{
	size_t printed = 0;

	out_table_begin(cli->out, "differences", columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < found->count; i++)
		if (!only || !strcmp(found->list[i].field->name, only)) {
			print_difference(cli, blobs, &found->list[i]);
			printed++;
		}
	out_table_end(cli->out);
	return printed;
}

static int diff(struct cli *cli, const struct nested_blob blobs[2])
{
	const char *only = cli_option(cli, 'f');
	const unsigned int flags = only || cli_option(cli, 'a') ? KVMFEAT_NESTED_DIFF_ALL : 0;
	struct differences found = { 0 };
	size_t printed;
	int status = find_differences(cli, blobs, flags, &found);

	if (status)
		return status;
	printed = print_differences(cli, blobs, &found, only);
	free(found.list);
	if (printed)
		return cli_answer_no(cli, "%s and %s differ in %zu field%s", blobs[0].name,
				     blobs[1].name, printed, printed > 1 ? "s" : "");
	return say_equal(cli, blobs, flags);
}

/* The name must be one of the first state's format, or of the second's. */
static int check_name(struct cli *cli, const struct nested_blob blobs[2])
{
	const char *name = cli_option(cli, 'f');

	if (!name || kvmfeat_nested_find_field(blobs[0].info.format, name))
		return CLI_DONE;
	return cli_missing(cli, "no field of %s is called '%s'",
			   nested_format_name(blobs[0].info.format), name);
}

int nested_diff(struct cli *cli)
{
	struct nested_blob blobs[2];
	int status;

	if (!strcmp(cli->argv[0], "-") && !strcmp(cli->argv[1], "-"))
		return cli_usage(cli, "standard input cannot be both states");
	status = nested_read(cli, cli->argv[0], &blobs[0]);
	if (status)
		return status;
	status = nested_read(cli, cli->argv[1], &blobs[1]);
	if (!status) {
		status = check_name(cli, blobs) ?: diff(cli, blobs);
		nested_free(&blobs[1]);
	}
	nested_free(&blobs[0]);
	return status;
}
