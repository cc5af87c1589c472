/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between out.c (the document) and out-text.c (its text form) only. */
#ifndef OUT_PRIVATE_H
#define OUT_PRIVATE_H

#include <jansson.h>

#include "out.h"

#define OUT_DEPTH 8
#define OUT_TABLES 8

struct out_table {
	const json_t *rows;
	const struct out_column *columns;
	size_t count;
};

struct out {
	FILE *to;
	bool json;
	bool color;
	bool lines;
	bool failed; /* no memory: the document is not whole and must not be written */
	json_t *document;
	json_t *data;
	json_t *stack[OUT_DEPTH]; /* open objects and lists, borrowed from the document */
	size_t depth;
	struct out_table tables[OUT_TABLES];
	size_t table_count;
	const char *only; /* the member that is the whole text; NULL: all are */
};

bool out_text(const struct out *out);
bool out_text_line(const struct out *out);

#endif
