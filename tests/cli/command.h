/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the command inside the test, on the fake kernel, and keeps what it wrote. */
#ifndef COMMAND_H
#define COMMAND_H

#include "../unit/world.h"

#include <jansson.h>

struct result {
	int status;
	char *out;
	char *err;
	json_t *json; /* when the command line has --json and one document came out */
};

/*
 * run(w, "cap", "list", "--json", NULL); free it with result_free(). --vm takes the descriptor of
 * a VM of the fake kernel, which has 4 GiB; without any VM there are no agents.
 */
struct result run(struct world *w, ...) __attribute__((sentinel));
void result_free(struct result *result);

/* The path of a file in the world's tree, as the command takes it; valid for the next 3 calls. */
const char *path_of(struct world *w, const char *name);

/* "data.caps.3.name" of the JSON document; fails the test when it is not there. */
const json_t *json_path(const struct result *result, const char *path);
const char *json_text(const struct result *result, const char *path);
long long json_number(const struct result *result, const char *path);

#endif
