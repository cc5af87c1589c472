// SPDX-License-Identifier: GPL-2.0-or-later
/* The document as text: members as "name: value" lines, lists of objects as tables (out-table.c).
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "out-private.h"

static bool ends_with(const char *text, const char *end)
{
	size_t text_len = strlen(text), end_len = strlen(end);

	return text_len >= end_len && !strcmp(text + text_len - end_len, end);
}

/* 1536 -> "1.5K"; exact multiples without a fraction. */
static int print_bytes(char **ret_text, int64_t bytes)
{
	static const char units[] = "BKMGTPE";
	int64_t whole = bytes, rest = 0;
	size_t unit = 0;

	while (whole >= 1024 && unit < sizeof(units) - 2) {
		rest = whole % 1024;
		whole /= 1024;
		unit++;
	}
	if (rest)
		return asprintf(ret_text, "%" PRId64 ".%d%c", whole, (int)(rest * 10 / 1024),
				units[unit]);
	return asprintf(ret_text, "%" PRId64 "%c", whole, units[unit]);
}

static int print_seconds(char **ret_text, int64_t seconds)
{
	if (seconds < 60)
		return asprintf(ret_text, "%" PRId64 "s", seconds);
	if (seconds < 3600)
		return asprintf(ret_text, "%" PRId64 "m%02ds", seconds / 60, (int)(seconds % 60));
	if (seconds < 86400)
		return asprintf(ret_text, "%" PRId64 "h%02dm", seconds / 3600,
				(int)(seconds % 3600 / 60));
	return asprintf(ret_text, "%" PRId64 "d%02dh", seconds / 86400,
			(int)(seconds % 86400 / 3600));
}

/* "3,4,5" */
static char *list_text(const json_t *list)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return NULL;
	for (size_t i = 0; i < json_array_size(list); i++) {
		char *item = out_value_text("", json_array_get(list, i), "-");

		fprintf(to, "%s%s", i ? "," : "", item ? item : "?");
		free(item);
	}
	fclose(to);
	return text;
}

char *out_value_text(const char *key, const json_t *value, const char *none)
{
	char *text = NULL;

	switch (json_typeof(value)) {
	case JSON_STRING:
		return strdup(json_string_value(value));
	case JSON_INTEGER:
		if (ends_with(key, "_bytes"))
			return print_bytes(&text, json_integer_value(value)) < 0 ? NULL : text;
		if (ends_with(key, "_seconds"))
			return print_seconds(&text, json_integer_value(value)) < 0 ? NULL : text;
		return asprintf(&text, "%" JSON_INTEGER_FORMAT, json_integer_value(value)) < 0 ?
			       NULL :
			       text;
	case JSON_TRUE:
		return strdup("yes");
	case JSON_FALSE:
		return strdup("no");
	case JSON_ARRAY:
		return list_text(value);
	default:
		return strdup(none);
	}
}

static const struct out_table *table_of(const struct out *out, const json_t *value)
{
	for (size_t i = 0; i < out->table_count; i++)
		if (out->tables[i].rows == value)
			return &out->tables[i];
	return NULL;
}

/* "api_version" -> "api version: " */
static void print_name(const struct out *out, const char *key)
{
	for (; *key; key++)
		fputc(*key == '_' ? ' ' : *key, out->to);
	fputs(": ", out->to);
}

static bool print_value(const struct out *out, const char *key, const json_t *value)
{
	char *text = out_value_text(key, value, "-");
	char *clean = text ? out_printable(text) : NULL;
	bool done = clean && fprintf(out->to, "%s\n", clean) >= 0;

	free(clean);
	free(text);
	return done;
}

static bool print_object(const struct out *out, json_t *object)
{
	const char *key;
	json_t *value;
	bool done = true;

	json_object_foreach(object, key, value)
	{
		const struct out_table *table = table_of(out, value);

		if (json_is_null(value))
			continue; /* nothing is known, or nothing is to be said */
		if (table) {
			done = out_text_table(out, table);
		} else if (json_is_object(value)) {
			done = print_object(out, value);
		} else {
			print_name(out, key);
			done = print_value(out, key, value);
		}
		if (!done)
			return false;
	}
	return true;
}

static bool print_sentence(const struct out *out)
{
	char *clean = out_printable(out->sentence);
	bool done = clean && (!*clean || fprintf(out->to, "%s\n", clean) >= 0);

	free(clean);
	return done;
}

bool out_text(const struct out *out)
{
	if (out->only)
		return print_value(out, out->only, json_object_get(out->data, out->only));
	return print_object(out, out->data) && print_sentence(out);
}

bool out_text_line(const struct out *out)
{
	const char *key, *between = "";
	json_t *value;

	json_object_foreach(out->data, key, value)
	{
		char *text, *clean;

		if (table_of(out, value) || json_is_null(value))
			continue;
		/* The key has the unit, so the number stays as it is. */
		text = out_value_text("", value, "-");
		clean = text ? out_printable(text) : NULL;
		free(text);
		if (!clean)
			return false;
		fprintf(out->to, strpbrk(clean, " =\"") ? "%s%s=\"%s\"" : "%s%s=%s", between, key,
			*clean ? clean : "-");
		free(clean);
		between = " ";
	}
	return fputc('\n', out->to) != EOF;
}
