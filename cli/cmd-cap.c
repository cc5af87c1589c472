// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmfeat cap: KVM capabilities by name, and the CPUID that KVM can give a guest. */
#include <inttypes.h>
#include <string.h>

#include "cmd-cap.h"

/* KVM itself knows no more entries (KVM_MAX_CPUID_ENTRIES). */
#define CPUID_MAX 256

static const struct out_column columns[] = {
	{ .key = "number", .title = "NUMBER", .right = true },
	{ .key = "name", .title = "NAME", .none = "?" },
	{ .key = "system", .title = "SYSTEM", .right = true },
	{ .key = "vm", .title = "VM", .right = true },
	{ .key = "alias", .title = "ALIAS", .none = "" },
};

static void print_cap(struct out *out, const struct kvmfeat_cap *cap)
{
	out_row(out);
	out_int(out, "number", cap->number);
	out_str(out, "name", cap->name);
	out_count(out, "system", cap->has_system ? cap->system : -1);
	out_count(out, "vm", cap->has_vm ? cap->vm : -1);
	out_str(out, "alias", cap->alias);
}

static int cap_list(struct cli *cli)
{
	const bool all = cli->json || cli_option(cli, 'a');
	struct kvmfeat_cap_list *list;
	struct kvmfeat_vm *vm = NULL;
	int err, version;

	err = kvmfeat_cap_get_api_version(cli->ctx, &version);
	if (!err && cli_option(cli, 'd'))
		err = kvmfeat_vm_open(cli->ctx, 0, &vm);
	if (!err)
		err = kvmfeat_cap_list_load(cli->ctx, vm, &list);
	kvmfeat_vm_free(vm);
	if (err)
		return cli_fail(cli, err, "list capabilities");
	out_int(cli->out, "api_version", version);
	out_table_begin(cli->out, "caps", columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < kvmfeat_cap_list_count(list); i++) {
		const struct kvmfeat_cap *cap = kvmfeat_cap_list_at(list, i);

		if (all || cap->system || cap->vm)
			print_cap(cli->out, cap);
	}
	out_table_end(cli->out);
	kvmfeat_cap_list_free(list);
	return CLI_DONE;
}

const struct cap_cpuid_key cap_cpuid_keys[CAP_CPUID_KEYS] = {
	{ "function", offsetof(struct kvmfeat_cpuid_entry, function) },
	{ "index", offsetof(struct kvmfeat_cpuid_entry, index) },
	{ "flags", offsetof(struct kvmfeat_cpuid_entry, flags) },
	{ "eax", offsetof(struct kvmfeat_cpuid_entry, eax) },
	{ "ebx", offsetof(struct kvmfeat_cpuid_entry, ebx) },
	{ "ecx", offsetof(struct kvmfeat_cpuid_entry, ecx) },
	{ "edx", offsetof(struct kvmfeat_cpuid_entry, edx) },
};

// clang-format off
static const struct out_column cpuid_columns[CAP_CPUID_KEYS] = {
	{ .key = "function", .title = "FUNCTION" },
	{ .key = "index", .title = "INDEX" },
	{ .key = "flags", .title = "FLAGS" },
	{ .key = "eax", .title = "EAX" },
	{ .key = "ebx", .title = "EBX" },
	{ .key = "ecx", .title = "ECX" },
	{ .key = "edx", .title = "EDX" },
};
// clang-format on

static void print_entry(struct out *out, const struct kvmfeat_cpuid_entry *entry)
{
	uint32_t value;

	out_row(out);
	for (size_t i = 0; i < CAP_CPUID_KEYS; i++) {
		memcpy(&value, (const char *)entry + cap_cpuid_keys[i].offset, sizeof(value));
		out_hex(out, cap_cpuid_keys[i].key, true, value);
	}
}

static int cap_cpuid(struct cli *cli)
{
	struct kvmfeat_cpuid_entry entries[CPUID_MAX];
	size_t count;
	int err = kvmfeat_cap_get_cpuid(cli->ctx, entries, CPUID_MAX, &count);

	if (err)
		return cli_fail(cli, err, "ask for the CPUID");
	out_table_begin(cli->out, "entries", cpuid_columns, CAP_CPUID_KEYS);
	for (size_t i = 0; i < count; i++)
		print_entry(cli->out, &entries[i]);
	out_table_end(cli->out);
	return CLI_DONE;
}

static const struct argp_option list_options[] = {
	{ "all", 'a', NULL, 0, "In text, too: what this host does not have" },
	{ "deep", 'd', NULL, 0, "Also ask a scratch VM, made and destroyed here" },
	{ 0 },
};

static const struct verb verbs[] = {
	{
		.name = "list",
		.help = "List KVM capabilities with their values",
		.options = list_options,
		.run = cap_list,
	},
	{
		.name = "cpuid",
		.help = "Show the CPUID that KVM can give a guest (x86)",
		.run = cap_cpuid,
	},
};

const struct noun noun_cap = NOUN("cap", "KVM capabilities by name", verbs);
