// SPDX-License-Identifier: GPL-2.0-or-later
/* The document and its JSON form. Its text form is in out-text.c. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "out-private.h"

#define FORMAT 1

/* 0: it is no terminal. */
static size_t terminal_width(FILE *to)
{
	struct winsize size;

	if (!isatty(fileno(to)))
		return 0;
	return ioctl(fileno(to), TIOCGWINSZ, &size) || !size.ws_col ? 80 : size.ws_col;
}

/* no-color.org: when set and not empty */
static bool no_color(void)
{
	const char *value = getenv("NO_COLOR");

	return value && *value;
}

struct out *out_new(FILE *to, bool json, enum out_color color)
{
	struct out *out = calloc(1, sizeof(*out));

	if (!out)
		return NULL;
	out->to = to;
	out->json = json;
	out->width = terminal_width(to);
	out->color =
		color == OUT_COLOR_ALWAYS || (color == OUT_COLOR_AUTO && out->width && !no_color());
	return out;
}

void out_free(struct out *out)
{
	if (!out)
		return;
	json_decref(out->document);
	free(out);
}

void out_lines(struct out *out)
{
	out->lines = true;
}

static json_t *current(struct out *out)
{
	return out->stack[out->depth - 1];
}

static void envelope(struct out *out, const char *command)
{
	json_decref(out->document);
	out->document = json_object();
	out->table_count = 0;
	out->only = NULL;
	out->sentence[0] = '\0';
	out->failed = !out->document ||
		      json_object_set_new(out->document, "kvmfeat", json_integer(FORMAT)) ||
		      json_object_set_new(out->document, "command", json_string(command));
}

void out_begin(struct out *out, const char *command)
{
	envelope(out, command);
	out->data = json_object();
	out->stack[0] = out->data;
	out->depth = 1;
	if (json_object_set_new(out->document, "data", out->data))
		out->failed = true;
}

void out_error(struct out *out, const char *command, int status, const char *errno_name,
	       const char *reason, const char *remedy)
{
	envelope(out, command);
	out->data = NULL;
	out->stack[0] = json_object();
	out->depth = 1;
	if (json_object_set_new(out->document, "error", out->stack[0]))
		out->failed = true;
	out_int(out, "status", status);
	out_str(out, "errno", errno_name);
	out_str(out, "reason", reason);
	out_str(out, "remedy", remedy && *remedy ? remedy : NULL);
}

static bool write_document(const struct out *out)
{
	if (out->failed)
		return false;
	if (out->json)
		return !json_dumpf(out->document, out->to, JSON_COMPACT) &&
		       fputc('\n', out->to) != EOF;
	if (!out->data)
		return true;
	return out->lines ? out_text_line(out) : out_text(out);
}

bool out_end(struct out *out)
{
	bool written = !out->document || write_document(out);

	json_decref(out->document);
	out->document = NULL;
	return fflush(out->to) == 0 && !ferror(out->to) && written;
}

static void add(struct out *out, const char *key, json_t *value)
{
	json_t *to = current(out);

	if (!value ||
	    (key ? json_object_set_new(to, key, value) : json_array_append_new(to, value)))
		out->failed = true;
}

/* A string of any bytes: what is not UTF-8 becomes U+FFFD, so that JSON stays JSON. */
static json_t *any_string(const char *text)
{
	char *clean = out_whole_utf8(text);
	json_t *value = clean ? json_string(clean) : NULL;

	free(clean);
	return value;
}

void out_str(struct out *out, const char *key, const char *value)
{
	add(out, key, value ? any_string(value) : json_null());
}

void out_str_or_null(struct out *out, const char *key, const char *text)
{
	out_str(out, key, text && *text ? text : NULL);
}

void out_int(struct out *out, const char *key, int64_t value)
{
	add(out, key, json_integer(value));
}

void out_bool(struct out *out, const char *key, bool value)
{
	add(out, key, json_boolean(value));
}

void out_null(struct out *out, const char *key)
{
	add(out, key, json_null());
}

void out_count(struct out *out, const char *key, int64_t value)
{
	if (value < 0)
		out_null(out, key);
	else
		out_int(out, key, value);
}

void out_hex(struct out *out, const char *key, bool known, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	out_str(out, key, known ? text : NULL);
}

void out_only(struct out *out, const char *key)
{
	out->only = key;
}

void out_sentence(struct out *out, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(out->sentence, sizeof(out->sentence), fmt, args);
	va_end(args);
}

static void enter(struct out *out, const char *key, json_t *inner)
{
	add(out, key, inner);
	out->stack[out->depth++] = inner;
}

static void leave(struct out *out)
{
	out->depth--;
}

void out_object_begin(struct out *out, const char *key)
{
	enter(out, key, json_object());
}

void out_object_end(struct out *out)
{
	leave(out);
}

void out_table_begin(struct out *out, const char *key, const struct out_column *columns,
		     size_t count)
{
	json_t *rows = json_array();

	out->tables[out->table_count++] =
		(struct out_table){ .rows = rows, .columns = columns, .count = count };
	enter(out, key, rows);
}

void out_row(struct out *out)
{
	if (json_is_object(current(out)))
		leave(out);
	enter(out, NULL, json_object());
}

void out_table_end(struct out *out)
{
	if (json_is_object(current(out)))
		leave(out);
	leave(out);
}

void out_list_begin(struct out *out, const char *key)
{
	enter(out, key, json_array());
}

void out_list_int(struct out *out, int64_t value)
{
	out_int(out, NULL, value);
}

void out_list_str(struct out *out, const char *value)
{
	out_str(out, NULL, value);
}

void out_list_end(struct out *out)
{
	leave(out);
}
