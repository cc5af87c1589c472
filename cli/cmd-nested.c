// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvmfeat nested: what is in a nested state. The other verbs are in cmd-nested-check.c, -diff.c
 * and -order.c.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd-nested.h"

#define FILE_MAX (64 * 1024)
/* Room for the value of any field, and for its meaning */
#define VALUE_MAX (2 + 2 * KVMFEAT_NESTED_SIZE_MAX + 1)
#define TEXT_MAX 2048
/* Of a field without a number people see this many bytes. */
#define EXCERPT 16

static const struct out_column columns[] = {
	{ .key = "area", .section = true },
	{ .key = "name", .title = "NAME" },
	{ .key = "offset", .title = "OFFSET", .hex = true },
	{ .key = "value", .title = "VALUE" },
	{ .key = "text", .title = "TEXT", .none = "", .wrap = true, .optional = true },
};

#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))

size_t nested_count_words(const char *text)
{
	size_t count = 1;

	for (; (text = strchr(text, ',')); text++)
		count++;
	return count;
}

/* What follows the state in its file must be padding. */
static int check_end(struct cli *cli, const struct nested_blob *blob)
{
	char text[512];

	for (size_t at = blob->info.state_bytes; at < blob->file.size; at++) {
		if (!blob->file.bytes[at])
			continue;
		snprintf(text, sizeof(text),
			 "cannot read %s: the state ends at offset %" PRIu32
			 ", as its header says, but byte %zu is not 0",
			 blob->name, blob->info.state_bytes, at);
		return cli_end(cli, CLI_FAILED, -EBADMSG, text, NULL);
	}
	return CLI_DONE;
}

int nested_read(struct cli *cli, const char *path, struct nested_blob *ret_blob)
{
	struct nested_blob blob = { .name = cli_file_name(path),
				    .info = { .size = sizeof(blob.info) } };
	int status = cli_read_file(cli, path, FILE_MAX, "a nested state", &blob.file);
	int err;

	if (status)
		return status;
	err = kvmfeat_nested_decode(cli->ctx, blob.file.bytes, blob.file.size, &blob.info);
	status = err ? cli_fail(cli, err, "read %s", blob.name) : check_end(cli, &blob);
	if (status)
		nested_free(&blob);
	else
		*ret_blob = blob;
	return status;
}

void nested_free(struct nested_blob *blob)
{
	free(blob->file.bytes);
}

static bool has_number(const struct kvmfeat_nested_field *field)
{
	return field->kind != KVMFEAT_NESTED_BYTES && field->kind != KVMFEAT_NESTED_RESERVED;
}

static uint64_t number_of(struct cli *cli, const struct nested_blob *blob,
			  const struct kvmfeat_nested_field *field)
{
	uint64_t number = 0;

	/* It cannot fail: the field has a number and lies within the state. */
	kvmfeat_nested_get_value(cli->ctx, blob->file.bytes, blob->file.size, field, &number);
	return number;
}

/* "0x0102": bytes as they lie, not as a number */
static size_t print_bytes(char *text, const unsigned char *bytes, size_t count)
{
	size_t used = 2;

	memcpy(text, "0x", 3);
	for (size_t i = 0; i < count; i++)
		used += (size_t)sprintf(text + used, "%02x", bytes[i]);
	return used;
}

/* The first byte of the field that differs from @other, of the same length; NULL: from 0. */
static size_t first_different(const unsigned char *bytes, const unsigned char *other, size_t width)
{
	size_t i = 0;

	while (i < width && bytes[i] == (other ? other[i] : 0))
		i++;
	return i;
}

/* Of many bytes, people see a few from the byte @from on: "+0x1f0: 0x0102..." */
static void print_excerpt(char *text, const unsigned char *bytes, size_t width, size_t from)
{
	const size_t rest = width - from;
	char *to = text + sprintf(text, "+0x%zx: ", from);

	to += print_bytes(to, bytes + from, rest > EXCERPT ? EXCERPT : rest);
	strcpy(to, rest > EXCERPT ? "..." : "");
}

void nested_print_value(struct cli *cli, const char *key, const struct nested_blob *blob,
			const struct kvmfeat_nested_field *field, const struct nested_blob *other)
{
	const unsigned char *bytes = blob->file.bytes + field->offset;
	const size_t width = field->width;
	char text[VALUE_MAX] = "0x0";
	size_t from;

	if (has_number(field)) {
		snprintf(text, sizeof(text), "0x%" PRIx64, number_of(cli, blob, field));
	} else if (first_different(bytes, NULL, width) < width) {
		from = first_different(bytes, other ? other->file.bytes + field->offset : NULL,
				       width);
		if (cli->json || width <= EXCERPT)
			print_bytes(text, bytes, width);
		else
			print_excerpt(text, bytes, width, from);
	}
	out_str(cli->out, key, text);
}

const char *nested_format_name(enum kvmfeat_nested_format format)
{
	return format == KVMFEAT_NESTED_SVM ? "svm" : "vmx";
}

/* The field of that name within @blob; else says that there is none. */
static int find_field(struct cli *cli, const struct nested_blob *blob, const char *name,
		      const struct kvmfeat_nested_field **ret_field)
{
	const struct kvmfeat_nested_field *field =
		kvmfeat_nested_find_field(blob->info.format, name);

	if (!field)
		return cli_missing(cli, "no field of %s is called '%s'",
				   nested_format_name(blob->info.format), name);
	if (field->offset + field->width > blob->info.state_bytes)
		return cli_missing(cli, "%s ends at offset %" PRIu32 " and has no %s", blob->name,
				   blob->info.state_bytes, name);
	*ret_field = field;
	return CLI_DONE;
}

/* The words of @text, which it changes. */
static void print_words(struct out *out, const char *key, char *text)
{
	char *word;

	out_list_begin(out, key);
	while ((word = strsep(&text, " ")))
		if (*word)
			out_list_str(out, word);
	out_list_end(out);
}

static void print_head(struct cli *cli, const struct nested_blob *blob)
{
	char text[TEXT_MAX] = "";

	out_str(cli->out, "format", nested_format_name(blob->info.format));
	kvmfeat_nested_get_text(kvmfeat_nested_find_field(blob->info.format, "header.flags"),
				blob->info.flags, text, sizeof(text));
	print_words(cli->out, "flags", text);
}

static void print_field(struct cli *cli, const struct nested_blob *blob,
			const struct kvmfeat_nested_field *field)
{
	char text[TEXT_MAX] = "";

	out_row(cli->out);
	out_str(cli->out, "name", field->name);
	out_str(cli->out, "area", kvmfeat_nested_area_name(field->area));
	out_int(cli->out, "offset", field->offset);
	out_int(cli->out, "width", field->width);
	nested_print_value(cli, "value", blob, field, NULL);
	if (has_number(field))
		kvmfeat_nested_get_text(field, number_of(cli, blob, field), text, sizeof(text));
	out_str_or_null(cli->out, "text", text);
}

static bool is_zero(const struct nested_blob *blob, const struct kvmfeat_nested_field *field)
{
	return first_different(blob->file.bytes + field->offset, NULL, field->width) ==
	       field->width;
}

static void print_fields(struct cli *cli, const struct nested_blob *blob)
{
	const bool all = cli->json || cli_option(cli, 'a');
	size_t hidden = 0;

	out_table_begin(cli->out, "fields", columns, COLUMN_COUNT);
	for (size_t i = 0; i < blob->info.field_count; i++) {
		const struct kvmfeat_nested_field *field =
			kvmfeat_nested_field_at(blob->info.format, i);

		if (all || !is_zero(blob, field))
			print_field(cli, blob, field);
		else
			hidden++;
	}
	out_table_end(cli->out);
	if (hidden)
		out_sentence(cli->out, "%zu fields are 0 and not shown (--all)", hidden);
}

/* In text the value alone, for scripts. */
static int print_one(struct cli *cli, const struct nested_blob *blob, const char *name)
{
	const struct kvmfeat_nested_field *field = NULL;
	int status = find_field(cli, blob, name, &field);

	if (status)
		return status;
	if (!cli->json) {
		nested_print_value(cli, "value", blob, field, NULL);
		out_only(cli->out, "value");
		return CLI_DONE;
	}
	print_head(cli, blob);
	out_table_begin(cli->out, "fields", columns, COLUMN_COUNT);
	print_field(cli, blob, field);
	out_table_end(cli->out);
	return CLI_DONE;
}

static int nested_show(struct cli *cli)
{
	const char *name = cli_option(cli, 'f');
	struct nested_blob blob;
	int status = nested_read(cli, cli->argv[0], &blob);

	if (status)
		return status;
	if (name) {
		status = print_one(cli, &blob, name);
	} else {
		print_head(cli, &blob);
		print_fields(cli, &blob);
	}
	nested_free(&blob);
	return status;
}

void nested_complete_field(struct cli *cli, struct cli_completion *completion, int index)
{
	const struct kvmfeat_nested_field *field;

	(void)cli;
	if (index != -'f')
		return;
	for (size_t i = 0; (field = kvmfeat_nested_field_at(KVMFEAT_NESTED_SVM, i)); i++)
		cli_offer(completion, field->name);
	for (size_t i = 0; (field = kvmfeat_nested_field_at(KVMFEAT_NESTED_VMX, i)); i++)
		if (!kvmfeat_nested_find_field(KVMFEAT_NESTED_SVM, field->name))
			cli_offer(completion, field->name);
}

static const struct argp_option show_options[] = {
	{ "all", 'a', NULL, 0, "In text, too: fields that are 0" },
	{ "field", 'f', "NAME", 0, "This field only; in text its value alone" },
	{ 0 },
};

static const struct verb verbs[] = {
	{
		.name = "show",
		.args = "FILE",
		.help = "Show the fields of a nested state",
		.options = show_options,
		.min_args = 1,
		.max_args = 1,
		.run = nested_show,
		.complete = nested_complete_field,
	},
	{
		.name = "check",
		.args = "FILE",
		.help = "Tell whether a vCPU would take a nested state",
		.options = nested_check_options,
		.min_args = 1,
		.max_args = 1,
		.run = nested_check,
		.complete = nested_check_complete,
	},
	{
		.name = "diff",
		.args = "FILE FILE",
		.help = "Compare two nested states by field",
		.options = nested_diff_options,
		.min_args = 2,
		.max_args = 2,
		.run = nested_diff,
		.complete = nested_complete_field,
	},
	{
		.name = "order",
		.help = "In which order a vCPU with nested state is saved and restored",
		.options = nested_order_options,
		.run = nested_order,
		.complete = nested_order_complete,
	},
};

const struct noun noun_nested =
	NOUN("nested", "Nested state: show, check, compare; order of calls", verbs);
