/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between out.c (the document) and out-text.c (its text forms) only. */
#ifndef OUT_PRIVATE_H
#define OUT_PRIVATE_H

#include <jansson.h>

#include "out.h"

#define OUT_DEPTH 8
#define OUT_TABLES 8
#define OUT_COLUMNS 16

struct out_table {
	const json_t *rows;
	const struct out_column *columns;
	size_t count;
};

struct out {
	FILE *to;
	bool json;
	bool color;
	size_t width; /* of the terminal; 0: it is none */
	bool lines;
	bool failed; /* no memory: the document is not whole and must not be written */
	json_t *document;
	json_t *data;
	json_t *stack[OUT_DEPTH]; /* open objects and lists, borrowed from the document */
	size_t depth;
	struct out_table tables[OUT_TABLES];
	size_t table_count;
	char sentence[512]; /* at the end of the text; "": none */
	const char *only; /* the member that is the whole text; NULL: all are */
};

/* "12K": @key tells the unit; @none is for null */
char *out_value_text(const char *key, const json_t *value, const char *none);
/* What is not UTF-8 becomes U+FFFD; free(3) it. */
char *out_whole_utf8(const char *text);
bool out_text_table(const struct out *out, const struct out_table *shape);
bool out_text(const struct out *out);
bool out_text_line(const struct out *out);

#endif
