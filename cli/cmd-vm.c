// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmfeat vm: the VMs of this host. */
#include <pwd.h>

#include "cli.h"

#define NO_USER ((uid_t)-1)

static const struct out_column columns[] = {
	{ .key = "pid", .title = "PID", .right = true },
	{ .key = "user", .title = "USER", .none = "?" },
	{ .key = "vm_count", .title = "VMS", .right = true, .none = "?" },
	{ .key = "vcpus", .title = "VCPUS", .right = true, .none = "?" },
	{ .key = "age_seconds", .title = "AGE", .right = true, .none = "?" },
	{ .key = "memory_bytes", .title = "MEMORY", .right = true, .none = "?" },
	{ .key = "gmem_count", .title = "GMEMS", .right = true },
	{ .key = "gmem_bytes", .title = "GMEM", .right = true, .none = "?" },
	{ .key = "holders", .title = "ALSO HELD BY" },
	{ .key = "command", .title = "COMMAND" },
};

/* In text the number stands for a user without a name. */
static void print_user(struct cli *cli, uid_t uid)
{
	/* The names below another root are not in this host's user database. */
	const struct passwd *user = cli->root || uid == NO_USER ? NULL : getpwuid(uid);
	char number[16];

	snprintf(number, sizeof(number), "%u", (unsigned int)uid);
	out_count(cli->out, "uid", uid == NO_USER ? -1 : (int64_t)uid);
	out_str(cli->out, "user",
		user			    ? user->pw_name :
		cli->json || uid == NO_USER ? NULL :
					      number);
}

static void print_vm(struct cli *cli, const struct kvmfeat_vm_info *vm)
{
	struct out *out = cli->out;

	out_row(out);
	out_int(out, "pid", vm->pid);
	out_str(out, "command", vm->command);
	print_user(cli, vm->uid);
	out_count(out, "vm_count", vm->vm_count ? (int64_t)vm->vm_count : -1);
	out_count(out, "vcpus", vm->vcpus);
	out_count(out, "age_seconds", vm->age_seconds);
	out_count(out, "memory_bytes", vm->memory_bytes);
	out_int(out, "gmem_count", vm->gmem_count);
	out_count(out, "gmem_bytes", vm->gmem_bytes);
	out_null(out, "agent"); /* no VMM has one yet */
	out_list_begin(out, "fds");
	for (size_t i = 0; i < vm->fd_count; i++)
		out_list_int(out, vm->fds[i]);
	out_list_end(out);
	out_list_begin(out, "holders");
	for (size_t i = 0; i < vm->holder_count; i++)
		out_list_int(out, vm->holders[i]);
	out_list_end(out);
}

static int vm_list(struct cli *cli)
{
	struct kvmfeat_vm_list *list;
	int err = kvmfeat_vm_list_load(cli->ctx, &list);

	if (err)
		return cli_fail(cli, err, "list VMs");
	out_table_begin(cli->out, "vms", columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < kvmfeat_vm_list_count(list); i++)
		print_vm(cli, kvmfeat_vm_list_at(list, i));
	out_table_end(cli->out);
	cli_found(cli, kvmfeat_vm_list_count(list), "VM", kvmfeat_vm_list_unseen(list));
	kvmfeat_vm_list_free(list);
	return CLI_DONE;
}

static const struct verb verbs[] = {
	{
		.name = "list",
		.help = "List the VMs of this host and the processes that hold them",
		.run = vm_list,
	},
};

const struct noun noun_vm = NOUN("vm", "The VMs of this host", verbs);
