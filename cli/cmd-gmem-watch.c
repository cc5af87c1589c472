// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmfeat gmem watch: a line for each look, or for each change since the last one. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "cmd-gmem.h"

#define MAX_INTERVAL 86400
#define MAX_COUNT 1000000000

struct watch {
	struct cli *cli;
	pid_t pid;
	unsigned long interval;
	unsigned long count; /* 0: without end */
	bool changes;
	struct kvmfeat_gmem_list *before; /* NULL at the first look */
};

static bool same_numbers(const int *a, size_t a_count, const int *b, size_t b_count)
{
	return a_count == b_count && (!a_count || !memcmp(a, b, a_count * sizeof(*a)));
}

/* The entry of the same guest_memfd in another list. */
static const struct kvmfeat_gmem_info *find(const struct kvmfeat_gmem_list *list,
					    const struct kvmfeat_gmem_info *wanted)
{
	for (size_t i = 0; list && i < kvmfeat_gmem_list_count(list); i++) {
		const struct kvmfeat_gmem_info *info = kvmfeat_gmem_list_at(list, i);

		/* A copy of /proc may not tell inodes: process and descriptor stand for them. */
		if (info->account->inode == wanted->account->inode &&
		    (info->account->inode ||
		     (info->pid == wanted->pid && info->fds[0] == wanted->fds[0])))
			return info;
	}
	return NULL;
}

/* What happened to a guest_memfd since the last look, or NULL. */
static const char *change(const struct kvmfeat_gmem_info *old, const struct kvmfeat_gmem_info *now)
{
	if (!old)
		return "appeared";
	if (old->account->source == KVMFEAT_GMEM_UNKNOWN ||
	    now->account->source == KVMFEAT_GMEM_UNKNOWN) {
		if (old->account->source != now->account->source)
			return "changed";
	} else if (old->account->allocated_bytes != now->account->allocated_bytes) {
		return old->account->allocated_bytes < now->account->allocated_bytes ? "grew" :
										       "shrank";
	}
	if (old->pid != now->pid ||
	    !same_numbers(old->fds, old->fd_count, now->fds, now->fd_count) ||
	    !same_numbers(old->holders, old->holder_count, now->holders, now->holder_count))
		return "changed";
	return NULL;
}

static bool print_change(const struct watch *watch, const char *what,
			 const struct kvmfeat_gmem_info *info)
{
	cli_begin_line(watch->cli);
	out_str(watch->cli->out, "change", what);
	gmem_print(watch->cli->out, info);
	return out_end(watch->cli->out);
}

static bool print_gone(const struct watch *watch, const struct kvmfeat_gmem_list *now)
{
	const struct kvmfeat_gmem_list *before = watch->before;

	for (size_t i = 0; before && i < kvmfeat_gmem_list_count(before); i++)
		if (!find(now, kvmfeat_gmem_list_at(before, i)) &&
		    !print_change(watch, "gone", kvmfeat_gmem_list_at(before, i)))
			return false;
	return true;
}

static bool print_changes(const struct watch *watch, const struct kvmfeat_gmem_list *now)
{
	for (size_t i = 0; i < kvmfeat_gmem_list_count(now); i++) {
		const struct kvmfeat_gmem_info *info = kvmfeat_gmem_list_at(now, i);
		const char *what = change(find(watch->before, info), info);

		if (!watch->before)
			what = "present";
		if (what && !print_change(watch, what, info))
			return false;
	}
	return print_gone(watch, now);
}

static bool print_look(const struct watch *watch, const struct kvmfeat_gmem_list *now)
{
	struct out *out = watch->cli->out;
	uint64_t size = 0, allocated = 0;
	bool known = true;

	for (size_t i = 0; i < kvmfeat_gmem_list_count(now); i++) {
		const struct kvmfeat_gmem_account *account = kvmfeat_gmem_list_at(now, i)->account;

		size += account->size_bytes;
		allocated += account->allocated_bytes;
		known &= account->source != KVMFEAT_GMEM_UNKNOWN;
	}
	cli_begin_line(watch->cli);
	out_int(out, "gmem_count", (int64_t)kvmfeat_gmem_list_count(now));
	out_int(out, "size_bytes", (int64_t)size);
	out_count(out, "allocated_bytes", known ? (int64_t)allocated : -1);
	out_count(out, "unseen_processes", kvmfeat_gmem_list_unseen(now));
	gmem_print_table(out, now);
	return out_end(out);
}

/* One look; false ends the watch with @ret_status. */
static bool look(struct watch *watch, int *ret_status)
{
	struct kvmfeat_gmem_list *now;
	int err = kvmfeat_gmem_list_load(watch->cli->ctx, watch->pid, &now);
	bool written;

	if (err == -ESRCH && watch->before) {
		cli_note(watch->cli, "process %d has ended", (int)watch->pid);
		*ret_status = !watch->changes || print_gone(watch, NULL) ? CLI_DONE : CLI_FAILED;
		return false;
	}
	if (err) {
		*ret_status = cli_fail(watch->cli, err, "list guest_memfds");
		return false;
	}
	written = watch->changes ? print_changes(watch, now) : print_look(watch, now);
	kvmfeat_gmem_list_free(watch->before);
	watch->before = now;
	*ret_status = written ? CLI_DONE : CLI_FAILED;
	return written;
}

static int parse(struct watch *watch)
{
	const char *pid = cli_option(watch->cli, 'p');
	const char *interval = cli_option(watch->cli, 'i');
	const char *count = cli_option(watch->cli, 'c');

	if (pid && !gmem_parse_pid(pid, &watch->pid))
		return cli_usage(watch->cli, "--pid takes a process id, not '%s'", pid);
	if (interval && (!cli_number(interval, MAX_INTERVAL, &watch->interval) || !watch->interval))
		return cli_usage(watch->cli, "--interval takes 1 to %d seconds, not '%s'",
				 MAX_INTERVAL, interval);
	if (count && (!cli_number(count, MAX_COUNT, &watch->count) || !watch->count))
		return cli_usage(watch->cli, "--count takes 1 to %d, not '%s'", MAX_COUNT, count);
	return CLI_DONE;
}

int gmem_watch(struct cli *cli)
{
	struct watch watch = { .cli = cli, .interval = 1, .changes = cli_option(cli, 'C') };
	int status = parse(&watch);

	if (status)
		return status;
	for (unsigned long looks = 1; look(&watch, &status) && looks != watch.count; looks++) {
		struct timespec pause = { .tv_sec = (time_t)watch.interval };

		while (nanosleep(&pause, &pause) && errno == EINTR)
			continue;
	}
	kvmfeat_gmem_list_free(watch.before);
	return status;
}
