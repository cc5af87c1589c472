// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmfeat tdisp diff: in which fields two device interface reports differ. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd-tdisp.h"

static const struct out_column columns[] = {
	{ .key = "name", .title = "NAME" },
	{ .key = "offset", .title = "OFFSET", .hex = true },
	{ .key = "a", .title = "A" },
	{ .key = "b", .title = "B" },
};

static void print_difference(struct out *out, const struct kvmfeat_tdisp_difference *difference)
{
	out_row(out);
	tdisp_print_field(out, "name", difference->field,
			  difference->in_range ? (int64_t)difference->range : TDISP_NO_RANGE);
	out_int(out, "offset",
		(int64_t)(difference->in_a ? difference->a_offset : difference->b_offset));
	out_hex(out, "a", difference->in_a, difference->a);
	out_hex(out, "b", difference->in_b, difference->b);
}

static int diff(struct cli *cli, const struct tdisp_source sources[2])
{
	const struct kvmfeat_tdisp_pair pair = {
		.size = sizeof(pair),
		.a = sources[0].file.bytes,
		.a_bytes = sources[0].file.size,
		.b = sources[1].file.bytes,
		.b_bytes = sources[1].file.size,
	};
	struct kvmfeat_tdisp_difference *list;
	size_t count;
	int err = kvmfeat_tdisp_diff(cli->ctx, &pair, NULL, 0, &count);

	if (err)
		return cli_fail(cli, err, "compare %s with %s", sources[0].name, sources[1].name);
	list = calloc(count + !count, sizeof(*list));
	if (!list)
		return cli_end(cli, CLI_FAILED, -ENOMEM, "no memory", NULL);
	/* It cannot fail: it did not before. */
	kvmfeat_tdisp_diff(cli->ctx, &pair, list, count, &count);
	out_table_begin(cli->out, "differences", columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < count; i++)
		print_difference(cli->out, &list[i]);
	out_table_end(cli->out);
	free(list);
	if (count)
		return cli_answer_no(cli, "%s and %s differ in %zu field%s", sources[0].name,
				     sources[1].name, count, count > 1 ? "s" : "");
	out_sentence(cli->out, "%s and %s do not differ", sources[0].name, sources[1].name);
	return CLI_DONE;
}

int tdisp_diff(struct cli *cli)
{
	struct tdisp_source sources[2];
	int status;

	if (!strcmp(cli->argv[0], "-") && !strcmp(cli->argv[1], "-"))
		return cli_usage(cli, "standard input cannot be both reports");
	status = tdisp_read(cli, cli->argv[0], &sources[0]);
	if (status)
		return status;
	status = tdisp_read(cli, cli->argv[1], &sources[1]);
	if (!status) {
		status = diff(cli, sources);
		tdisp_free(&sources[1]);
	}
	tdisp_free(&sources[0]);
	return status;
}
