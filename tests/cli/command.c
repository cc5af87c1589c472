// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "command.h"

#include <stdio.h>

#include "../../cli/cli.h"

#define MAX_WORDS 32

static int new_ctx(void *data, struct kvmfeat_ctx **ret_ctx)
{
	struct world *w = data;

	return kf_ctx_new(&w->fake.sys, ret_ctx);
}

/* A VM of the fake kernel goes by the number of its descriptor. */
static int open_vm(void *data, struct kvmfeat_ctx *ctx, const char *name, struct cli_vm *ret_vm)
{
	struct world *w = data;
	const int fd = atoi(name);

	ret_vm->memory_bytes = 4ull << 30;
	for (size_t i = 0; i < FAKE_FDS; i++)
		ret_vm->vcpus += w->fake.fds[i].kind == FAKE_VCPU && w->fake.fds[i].vm == fd;
	return kvmfeat_vm_wrap(ctx, fd, &ret_vm->handle);
}

static bool has_vm(const struct world *w)
{
	for (size_t i = 0; i < FAKE_FDS; i++)
		if (w->fake.fds[i].kind == FAKE_VM)
			return true;
	return false;
}

struct result run(struct world *w, ...)
{
	struct result result = { 0 };
	struct cli_env env = { .new_ctx = new_ctx, .data = w };
	char *argv[MAX_WORDS + 1] = { strdup("kvmfeat") };
	size_t out_size, err_size;
	bool json = false;
	va_list words;
	const char *word;
	int argc = 1;

	if (has_vm(w))
		env.open_vm = open_vm;
	va_start(words, w);
	while ((word = va_arg(words, const char *)) && argc < MAX_WORDS) {
		argv[argc++] = strdup(word);
		json |= !strcmp(word, "--json");
	}
	va_end(words);
	env.out = open_memstream(&result.out, &out_size);
	env.err = open_memstream(&result.err, &err_size);
	/* argp reorders words: free by the copies' own addresses */
	char *copies[MAX_WORDS + 1];
	memcpy(copies, argv, sizeof(copies));
	result.status = cli_main(&env, argc, argv);
	fclose(env.out);
	fclose(env.err);
	for (int i = 0; i < argc; i++)
		free(copies[i]);
	if (json)
		result.json = json_loads(result.out, 0, NULL);
	return result;
}

void result_free(struct result *result)
{
	free(result->out);
	free(result->err);
	json_decref(result->json);
}

const char *path_of(struct world *w, const char *name)
{
	static char paths[4][128];
	static unsigned int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", w->fake.root, name);
	return path;
}

const json_t *json_path(const struct result *result, const char *path)
{
	const json_t *value = result->json;
	char *copy = strdup(path);
	char *rest = copy;
	char *key;

	while (value && (key = strsep(&rest, ".")))
		value = json_is_array(value) ? json_array_get(value, strtoul(key, NULL, 10)) :
					       json_object_get(value, key);
	free(copy);
	if (!value)
		print_error("no %s in: %s\n", path, result->out);
	assert_non_null(value);
	return value;
}

const char *json_text(const struct result *result, const char *path)
{
	const json_t *value = json_path(result, path);

	assert_true(json_is_string(value));
	return json_string_value(value);
}

long long json_number(const struct result *result, const char *path)
{
	const json_t *value = json_path(result, path);

	assert_true(json_is_integer(value));
	return json_integer_value(value);
}
