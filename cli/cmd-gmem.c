// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmfeat gmem: the guest_memfds of this host. Watching them is in cmd-gmem-watch.c. */
#include <limits.h>
#include <string.h>

#include "cmd-gmem.h"

static const struct out_column columns[] = {
	{ .key = "pid", .title = "PID", .right = true },
	{ .key = "fds", .title = "FDS" },
	{ .key = "holders", .title = "ALSO HELD BY" },
	{ .key = "inode", .title = "INODE", .right = true },
	{ .key = "size_bytes", .title = "SIZE", .right = true },
	{ .key = "allocated_bytes", .title = "ALLOCATED", .right = true, .none = "?" },
	{ .key = "source", .title = "SOURCE" },
	{ .key = "reason", .title = "REASON", .wrap = true, .none = "", .optional = true },
};

#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))

void gmem_print_table(struct out *out, const struct kvmfeat_gmem_list *list)
{
	out_table_begin(out, "gmem", columns, COLUMN_COUNT);
	for (size_t i = 0; i < kvmfeat_gmem_list_count(list); i++) {
		out_row(out);
		gmem_print(out, kvmfeat_gmem_list_at(list, i));
	}
	out_table_end(out);
}

void gmem_print(struct out *out, const struct kvmfeat_gmem_info *info)
{
	const struct kvmfeat_gmem_account *account = info->account;
	const bool known = account->source != KVMFEAT_GMEM_UNKNOWN;

	out_int(out, "pid", info->pid);
	out_list_begin(out, "fds");
	for (size_t i = 0; i < info->fd_count; i++)
		out_list_int(out, info->fds[i]);
	out_list_end(out);
	out_list_begin(out, "holders");
	for (size_t i = 0; i < info->holder_count; i++)
		out_list_int(out, info->holders[i]);
	out_list_end(out);
	out_count(out, "inode", account->inode ? (int64_t)account->inode : -1);
	out_count(out, "size_bytes", account->size_bytes ? (int64_t)account->size_bytes : -1);
	out_count(out, "allocated_bytes", known ? (int64_t)account->allocated_bytes : -1);
	out_str(out, "source", kvmfeat_gmem_source_name(account->source));
	out_str(out, "reason", info->reason);
}

bool gmem_parse_pid(const char *text, pid_t *ret_pid)
{
	unsigned long number;

	if (!cli_number(text, INT_MAX, &number) || !number)
		return false;
	*ret_pid = (pid_t)number;
	return true;
}

static int gmem_list(struct cli *cli)
{
	const char *option = cli_option(cli, 'p');
	struct kvmfeat_gmem_list *list;
	pid_t pid = 0;
	int err;

	if (option && !gmem_parse_pid(option, &pid))
		return cli_usage(cli, "--pid takes a process id, not '%s'", option);
	err = kvmfeat_gmem_list_load(cli->ctx, pid, &list);
	if (err)
		return cli_fail(cli, err, "list guest_memfds");
	gmem_print_table(cli->out, list);
	cli_found(cli, kvmfeat_gmem_list_count(list), "guest_memfd",
		  kvmfeat_gmem_list_unseen(list));
	kvmfeat_gmem_list_free(list);
	return CLI_DONE;
}

/* "PID" or "PID:FD"; @ret_fd is -1 without one. */
static bool parse_operand(const char *text, pid_t *ret_pid, int *ret_fd)
{
	const char *colon = strchr(text, ':');
	char pid[16];
	unsigned long fd;

	*ret_fd = -1;
	if (!colon)
		return gmem_parse_pid(text, ret_pid);
	if ((size_t)(colon - text) >= sizeof(pid) || !cli_number(colon + 1, INT_MAX, &fd))
		return false;
	memcpy(pid, text, (size_t)(colon - text));
	pid[colon - text] = '\0';
	*ret_fd = (int)fd;
	return gmem_parse_pid(pid, ret_pid);
}

static bool has_fd(const struct kvmfeat_gmem_info *info, int fd)
{
	for (size_t i = 0; i < info->fd_count; i++)
		if (info->fds[i] == fd)
			return true;
	return fd < 0;
}

static const struct kvmfeat_gmem_info *find_inode(const struct kvmfeat_gmem_list *list,
						  uint64_t inode)
{
	for (size_t i = 0; inode && i < kvmfeat_gmem_list_count(list); i++)
		if (kvmfeat_gmem_list_at(list, i)->account->inode == inode)
			return kvmfeat_gmem_list_at(list, i);
	return NULL;
}

/* Prints those of @own that have @fd, as @all sees them: with every process that holds them. */
static size_t print_shown(struct out *out, const struct kvmfeat_gmem_list *own,
			  const struct kvmfeat_gmem_list *all, int fd)
{
	size_t shown = 0;

	out_table_begin(out, "gmem", columns, COLUMN_COUNT);
	for (size_t i = 0; i < kvmfeat_gmem_list_count(own); i++) {
		const struct kvmfeat_gmem_info *info = kvmfeat_gmem_list_at(own, i);
		const struct kvmfeat_gmem_info *whole = find_inode(all, info->account->inode);

		if (!has_fd(info, fd))
			continue;
		out_row(out);
		gmem_print(out, whole ? whole : info);
		shown++;
	}
	out_table_end(out);
	return shown;
}

static int gmem_show(struct cli *cli)
{
	struct kvmfeat_gmem_list *own, *all;
	size_t shown;
	pid_t pid;
	int err, fd;

	if (!parse_operand(cli->argv[0], &pid, &fd))
		return cli_usage(cli, "'%s' is neither PID nor PID:FD", cli->argv[0]);
	err = kvmfeat_gmem_list_load(cli->ctx, pid, &own);
	if (err)
		return cli_fail(cli, err, "show the guest_memfds of %s", cli->argv[0]);
	err = kvmfeat_gmem_list_load(cli->ctx, 0, &all);
	if (err) {
		kvmfeat_gmem_list_free(own);
		return cli_fail(cli, err, "list guest_memfds");
	}
	shown = print_shown(cli->out, own, all, fd);
	cli_unseen(cli, kvmfeat_gmem_list_unseen(all));
	kvmfeat_gmem_list_free(own);
	kvmfeat_gmem_list_free(all);
	if (shown)
		return CLI_DONE;
	if (fd < 0)
		return cli_missing(cli, "process %d holds no guest_memfd", (int)pid);
	return cli_missing(cli, "descriptor %d of process %d is no guest_memfd", fd, (int)pid);
}

/* Offers the processes that hold one, for an operand and for --pid. */
static void complete_pid(struct cli *cli, struct cli_completion *completion, int index)
{
	struct kvmfeat_gmem_list *list;
	pid_t last = 0;
	char text[16];

	if (index > 0 || (index < 0 && index != -'p') || kvmfeat_gmem_list_load(cli->ctx, 0, &list))
		return;
	for (size_t i = 0; i < kvmfeat_gmem_list_count(list); i++) {
		pid_t pid = kvmfeat_gmem_list_at(list, i)->pid;

		snprintf(text, sizeof(text), "%d", (int)pid);
		if (pid != last)
			cli_offer(completion, text);
		last = pid;
	}
	kvmfeat_gmem_list_free(list);
}

static const struct argp_option list_options[] = {
	{ "pid", 'p', "PID", 0, "Look into this process only" },
	{ 0 },
};

static const struct argp_option watch_options[] = {
	{ "pid", 'p', "PID", 0, "Look into this process only" },
	{ "interval", 'i', "SECONDS", 0, "Time between looks, 1 to 86400 (default: 1)" },
	{ "count", 'c', "N", 0, "Stop after N looks" },
	{ "changes", 'C', NULL, 0, "A line for each change instead of each look" },
	{ 0 },
};

static const struct verb verbs[] = {
	{
		.name = "list",
		.help = "List guest_memfds with their size and allocated bytes",
		.options = list_options,
		.run = gmem_list,
		.complete = complete_pid,
	},
	{
		.name = "show",
		.args = "PID[:FD]",
		.help = "Show the guest_memfds of a process, with all processes that hold them",
		.min_args = 1,
		.max_args = 1,
		.run = gmem_show,
		.complete = complete_pid,
	},
	{
		.name = "watch",
		.help = "Write a line for each interval or change",
		.options = watch_options,
		.flags = VERB_LINES,
		.run = gmem_watch,
		.complete = complete_pid,
	},
};

const struct noun noun_gmem = NOUN("gmem", "guest_memfd: guest memory and its allocation", verbs);
