// SPDX-License-Identifier: GPL-2.0-or-later
/* A list of objects as a table, or one for each section, in which no word is broken. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "out-private.h"

#define NARROWEST 24 /* of a column that is broken into lines */
#define ARROW "-> "

static const char *state_color(const char *key, const json_t *value)
{
	const char *state = json_string_value(value);

	if (strcmp(key, "state") != 0 || !state)
		return NULL;
	return !strcmp(state, "on") || !strcmp(state, "available") ? "green" :
	       !strcmp(state, "unknown")			   ? "yellow" :
	       !strcmp(state, "off")				   ? "cyan" :
								     NULL;
}

/* How many columns of a terminal the first @size bytes take. */
static size_t width_of(const char *text, size_t size)
{
	mbstate_t state = { 0 };
	size_t width = 0;

	for (size_t length; size && *text; text += length, size -= length) {
		wchar_t wide;
		int columns;

		length = mbrtowc(&wide, text, size, &state);
		if (length > size)
			return width + size;
		columns = wcwidth(wide);
		width += columns > 0 ? (size_t)columns : 0;
	}
	return width;
}

static char *cell_text(const struct out_column *column, const json_t *row)
{
	const json_t *value = json_object_get(row, column->key);
	char *text, *clean;

	if (column->hex && json_is_integer(value))
		return asprintf(&text, "0x%" PRIx64, (uint64_t)json_integer_value(value)) < 0 ?
			       NULL :
			       text;
	text = value ? out_value_text(column->key, value, column->none ? column->none : "-") :
		       strdup("");
	clean = text ? out_printable(text) : NULL;
	free(text);
	return clean;
}

/* What is left of the terminal for the last column; 0: it is not broken into lines. */
static size_t last_width(const struct out *out, const struct out_table *shape)
{
	size_t left = out->width;

	if (!left || !shape->columns[shape->count - 1].wrap)
		return 0;
	for (size_t i = 0; i + 1 < shape->count; i++) {
		size_t widest = strlen(shape->columns[i].title);

		for (size_t row = 0; row < json_array_size(shape->rows); row++) {
			char *text =
				cell_text(&shape->columns[i], json_array_get(shape->rows, row));
			size_t width = text ? width_of(text, strlen(text)) : 0;

			widest = width > widest ? width : widest;
			free(text);
		}
		left = left > widest + 1 ? left - widest - 1 : 0;
	}
	return left > NARROWEST ? left : NARROWEST;
}

/* Bytes of the words at @text that fit into @width, at least one word. */
static size_t fitting(const char *text, size_t width)
{
	size_t size = strcspn(text, " ");

	while (text[size]) {
		size_t next = size + 1 + strcspn(text + size + 1, " ");

		if (width_of(text, next) > width)
			break;
		size = next;
	}
	return size;
}

/* A table in the making, at a row. */
struct filling {
	struct libscols_table *table;
	struct libscols_line *line;
	size_t column; /* the last one */
	size_t width; /* its width, or 0 */
};

/* Breaks @text into rows of their own, the first of which is the current one. */
static bool put_words(struct filling *f, const char *before, const char *text)
{
	const size_t indent = strlen(before);

	for (bool first = true; first || *text; first = false) {
		size_t size = f->width ? fitting(text, f->width - indent) : strlen(text);
		char *piece;

		if (!first)
			f->line = scols_table_new_line(f->table, NULL);
		if (!f->line || asprintf(&piece, "%*s%.*s", (int)indent, first ? before : "",
					 (int)size, text) < 0)
			return false;
		if (scols_line_refer_data(f->line, f->column, piece))
			return false;
		text += size + (text[size] == ' ');
	}
	return true;
}

/* The last cell: its text and, behind an arrow, what follows. */
static bool put_last(struct filling *f, const char *text, const char *then)
{
	char *both;
	bool done;

	if (!then)
		return put_words(f, "", text);
	if (f->width) {
		if (!put_words(f, "", text))
			return false;
		f->line = scols_table_new_line(f->table, NULL);
		return f->line && put_words(f, ARROW, then);
	}
	if (asprintf(&both, "%s%s" ARROW "%s", text, *text ? " " : "", then) < 0)
		return false;
	done = put_words(f, "", both);
	free(both);
	return done;
}

static bool fill_last(struct filling *f, const struct out_column *column, const json_t *row)
{
	const char *then =
		column->then ? json_string_value(json_object_get(row, column->then)) : NULL;
	char *clean = then ? out_printable(then) : NULL;
	char *text = cell_text(column, row);
	bool done = text && (clean || !then) && put_last(f, text, clean);

	free(text);
	free(clean);
	return done;
}

static bool fill_row(struct filling *f, const struct out_table *shape, const json_t *row)
{
	f->line = scols_table_new_line(f->table, NULL);
	for (size_t i = 0; f->line && i < f->column; i++) {
		const struct out_column *column = &shape->columns[i];
		const char *color = state_color(column->key, json_object_get(row, column->key));
		char *text = cell_text(column, row);

		if (!text || scols_line_refer_data(f->line, i, text))
			return false;
		if (color)
			scols_cell_set_color(scols_line_get_cell(f->line, i), color);
	}
	return f->line && fill_last(f, &shape->columns[f->column], row);
}

static bool print_table(const struct out *out, const struct out_table *shape)
{
	struct filling f = {
		.table = scols_new_table(),
		.column = shape->count - 1,
		.width = last_width(out, shape),
	};
	bool done = f.table;

	if (!done)
		return false;
	scols_table_set_stream(f.table, out->to);
	scols_table_enable_colors(f.table, out->color);
	scols_table_enable_noencoding(f.table, true); /* out_printable() has been there */
	/* It would break words, and cut what does not fit. */
	scols_table_set_termforce(f.table, SCOLS_TERMFORCE_NEVER);
	for (size_t i = 0; done && i < shape->count; i++)
		done = scols_table_new_column(f.table, shape->columns[i].title, 0,
					      shape->columns[i].right ? SCOLS_FL_RIGHT : 0);
	for (size_t i = 0; done && i < json_array_size(shape->rows); i++)
		done = fill_row(&f, shape, json_array_get(shape->rows, i));
	if (done)
		done = scols_print_table(f.table) == 0;
	scols_unref_table(f.table);
	return done;
}

static bool is_null_in_all(const char *key, const json_t *rows)
{
	for (size_t i = 0; i < json_array_size(rows); i++)
		if (!json_is_null(json_object_get(json_array_get(rows, i), key)))
			return false;
	return true;
}

/* The table of @rows, with those columns of @shape that it needs. */
static bool print_rows(const struct out *out, const struct out_table *shape, const json_t *rows)
{
	struct out_column columns[OUT_COLUMNS];
	struct out_table table = { .rows = rows, .columns = columns };

	for (size_t i = 0; i < shape->count && table.count < OUT_COLUMNS; i++)
		if (!shape->columns[i].section &&
		    !(shape->columns[i].optional && is_null_in_all(shape->columns[i].key, rows)))
			columns[table.count++] = shape->columns[i];
	return print_table(out, &table);
}

/* The rows from *@index on that have the same value of @key. */
static json_t *next_section(const struct out_table *shape, const char *key, size_t *index)
{
	const json_t *first = json_object_get(json_array_get(shape->rows, *index), key);
	json_t *rows = json_array();

	for (; rows && *index < json_array_size(shape->rows); (*index)++) {
		json_t *row = json_array_get(shape->rows, *index);

		if (!json_equal(json_object_get(row, key), first))
			break;
		json_array_append(rows, row);
	}
	return rows;
}

static bool print_section(const struct out *out, const struct out_table *shape, const char *key,
			  const json_t *rows)
{
	char *name = out_value_text(key, json_object_get(json_array_get(rows, 0), key), "-");
	char *clean = name ? out_printable(name) : NULL;
	bool done = clean && fprintf(out->to, "\n%s\n", clean) >= 0 && print_rows(out, shape, rows);

	free(clean);
	free(name);
	return done;
}

bool out_text_table(const struct out *out, const struct out_table *shape)
{
	const char *section = NULL;
	bool done = true;

	for (size_t i = 0; i < shape->count && !section; i++)
		section = shape->columns[i].section ? shape->columns[i].key : NULL;
	if (!section)
		return !json_array_size(shape->rows) || print_rows(out, shape, shape->rows);
	for (size_t next = 0; done && next < json_array_size(shape->rows);) {
		json_t *rows = next_section(shape, section, &next);

		done = rows && print_section(out, shape, section, rows);
		json_decref(rows);
	}
	return done;
}
