// SPDX-License-Identifier: GPL-2.0-or-later
/* The CPUID of a target, out of the document of kvmfeat --json cap cpuid. */
#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cmd-cap.h"
#include "cmd-nested.h"

#define FILE_MAX (1024 * 1024)

static int refuse(struct cli *cli, const char *path, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int refuse(struct cli *cli, const char *path, const char *fmt, ...)
{
	char what[256], text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	snprintf(text, sizeof(text), "cannot take the CPUID of %s: %s", cli_file_name(path), what);
	return cli_end(cli, CLI_FAILED, -EBADMSG, text, "kvmfeat --json cap cpuid, on the target");
}

static int read_entry(struct cli *cli, const char *path, size_t index, const json_t *from,
		      struct kvmfeat_cpuid_entry *to)
{
	*to = (struct kvmfeat_cpuid_entry){ 0 };
	for (size_t i = 0; i < CAP_CPUID_KEYS; i++) {
		const char *key = cap_cpuid_keys[i].key;
		const json_t *value = json_object_get(from, key);
		uint64_t number;
		uint32_t word;

		if (!value)
			return refuse(cli, path, "data.entries[%zu] has no '%s'", index, key);
		if (!json_is_string(value) ||
		    !cli_value(json_string_value(value), UINT32_MAX, &number))
			return refuse(cli, path,
				      "data.entries[%zu].%s is no text like \"0x1f\", of 32 bits",
				      index, key);
		word = (uint32_t)number;
		memcpy((char *)to + cap_cpuid_keys[i].offset, &word, sizeof(word));
	}
	return CLI_DONE;
}

static int read_entries(struct cli *cli, const char *path, const json_t *entries,
			struct nested_cpuid *ret_cpuid)
{
	const size_t count = json_array_size(entries);
	struct nested_cpuid cpuid = { .entries = calloc(count, sizeof(*cpuid.entries)) };
	int status = CLI_DONE;

	if (!cpuid.entries)
		return cli_end(cli, CLI_FAILED, -ENOMEM, "no memory", NULL);
	for (; !status && cpuid.count < count; cpuid.count++)
		status = read_entry(cli, path, cpuid.count, json_array_get(entries, cpuid.count),
				    &cpuid.entries[cpuid.count]);
	if (status)
		free(cpuid.entries);
	else
		*ret_cpuid = cpuid;
	return status;
}

int nested_read_cpuid(struct cli *cli, const char *path, struct nested_cpuid *ret_cpuid)
{
	struct cli_file file;
	json_error_t error;
	json_t *document;
	const json_t *entries;
	int status = cli_read_file(cli, path, FILE_MAX, "CPUID", &file);

	if (status)
		return status;
	document = json_loadb((const char *)file.bytes, file.size, JSON_REJECT_DUPLICATES, &error);
	free(file.bytes);
	if (!document)
		return refuse(cli, path, "it is no JSON: line %d: %s", error.line, error.text);
	entries = json_object_get(json_object_get(document, "data"), "entries");
	if (json_array_size(entries))
		status = read_entries(cli, path, entries, ret_cpuid);
	else
		status = refuse(cli, path, "it has no list 'data.entries' with an entry");
	json_decref(document);
	return status;
}
