/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one way to standard output. A command builds one document with out_*; it leaves as
 * JSON or as text, so that the two cannot tell different things.
 */
#ifndef OUT_H
#define OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum out_color { OUT_COLOR_AUTO, OUT_COLOR_ALWAYS, OUT_COLOR_NEVER };

/* A column of a text table; keys of a row without a column are in the JSON only. */
struct out_column {
	const char *key;
	const char *title;
	bool right; /* align right */
	bool wrap; /* the last column only: on a terminal broken into lines, between words */
	const char *then; /* with wrap: a member that follows the text as "-> …", or is null */
	const char *none; /* text for null; NULL: "-" */
	bool hex; /* numbers as 0x… */
	bool optional; /* left out when it is null in every row */
	bool section; /* no column: each value of it begins a table of its own, below a headline */
};

struct out;

/*
 * Controls and invalid bytes as \xNN, what reorders text (and, unless the locale is UTF-8, every
 * other character beyond ASCII) as \uNNNN, so that no name drives the terminal; free(3) it.
 */
char *out_printable(const char *text);

struct out *out_new(FILE *to, bool json, enum out_color color);
void out_free(struct out *out);

/*
 * From now on text, too, has one line for each document: "key=value …", numbers in the unit of the
 * key, without tables and members that are null.
 */
void out_lines(struct out *out);

/* Starts the document of @command; what was not written is dropped. */
void out_begin(struct out *out, const char *command);
/* Writes the document, if one was begun; false when standard output did not take it. */
bool out_end(struct out *out);
/* Replaces the document by an error. In text it prints nothing: that goes to stderr. */
void out_error(struct out *out, const char *command, int status, const char *errno_name,
	       const char *reason, const char *remedy);

/* Members of the current object. A NULL string is null; any bytes are allowed. Text has no null. */
void out_str(struct out *out, const char *key, const char *value);
/* The same of a text that is null when it is empty, too. */
void out_str_or_null(struct out *out, const char *key, const char *text);
void out_int(struct out *out, const char *key, int64_t value);
void out_bool(struct out *out, const char *key, bool value);
void out_null(struct out *out, const char *key);
/* A count of which -1 means unknown: null. */
void out_count(struct out *out, const char *key, int64_t value);
/* A number as "0x1f", for addresses, masks and values; null unless it is @known. */
void out_hex(struct out *out, const char *key, bool known, uint64_t value);

/* In text, the document ends with this sentence. */
void out_sentence(struct out *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* In text, the document is the value of this member alone, without its name. */
void out_only(struct out *out, const char *key);

void out_object_begin(struct out *out, const char *key);
void out_object_end(struct out *out);

/* A list of objects; in text a table. @columns must outlive out_end(). */
void out_table_begin(struct out *out, const char *key, const struct out_column *columns,
		     size_t count);
/* Starts the next row; members follow. */
void out_row(struct out *out);
void out_table_end(struct out *out);

/* A list of numbers or words. */
void out_list_begin(struct out *out, const char *key);
void out_list_int(struct out *out, int64_t value);
void out_list_str(struct out *out, const char *value);
void out_list_end(struct out *out);

#endif
