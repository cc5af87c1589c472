// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmfeat monitor: a line for each event, until it is told to stop. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"

#define MAX_COUNT 1000000000
#define MAX_TIMEOUT 31536000 /* a year */
#define NANOSECONDS 1000000000ll

struct watch {
	struct cli *cli;
	struct kvmfeat_monitor *monitor;
	int signals; /* a signalfd */
	unsigned long count; /* lines; 0: without end */
	unsigned long timeout; /* seconds; 0: without end */
	int64_t deadline;
};

static int64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NANOSECONDS + ts.tv_nsec;
}

static void print_words(struct out *out, const struct kvmfeat_monitor_event *event)
{
	out_table_begin(out, "words", NULL, 0);
	for (size_t i = 0; i < event->pair_count; i++) {
		out_row(out);
		out_str(out, "key", event->pairs[i].key);
		out_str(out, "value", event->pairs[i].value);
	}
	out_table_end(out);
}

/* One line; false when standard output does not take it. */
static bool print_event(struct cli *cli, const struct kvmfeat_monitor_event *event)
{
	struct out *out = cli->out;

	cli_begin_line(cli);
	out_str(out, "kind", kvmfeat_monitor_kind_name(event->kind));
	out_str(out, "source", kvmfeat_monitor_source_name(event->source));
	out_str(out, "action", event->action);
	out_str(out, "name", event->name);
	out_str(out, "tsm", event->tsm);
	out_str(out, "tsm_state", event->tsm_state);
	out_str(out, "vm_action", event->vm_action);
	out_count(out, "vm_pid", event->vm_pid);
	out_count(out, "vms_running", event->vms_running);
	out_count(out, "vms_created", event->vms_created);
	out_str(out, "vm_stats_path", event->vm_stats_path);
	out_str(out, "devpath", event->devpath);
	out_str(out, "subsystem", event->subsystem);
	out_count(out, "seqnum", event->seqnum ? (int64_t)event->seqnum : -1);
	out_str(out, "reason", event->reason);
	print_words(out, event);
	return out_end(out);
}

/* Adds the sources that are named, by commas, in @list. */
static bool parse_sources(const char *list, unsigned int *ret_sources)
{
	for (;; list++) {
		const size_t length = strcspn(list, ",");
		unsigned int source = 1;
		const char *name;

		while ((name = kvmfeat_monitor_source_name(source)) &&
		       (strlen(name) != length || strncmp(name, list, length) != 0))
			source <<= 1;
		if (!name)
			return false;
		*ret_sources |= source;
		list += length;
		if (!*list)
			return true;
	}
}

static int parse(struct watch *watch, struct kvmfeat_monitor_opts *opts)
{
	const char *list = cli_option(watch->cli, 's');
	const char *count = cli_option(watch->cli, 'c');
	const char *timeout = cli_option(watch->cli, 't');

	if (list && !parse_sources(list, &opts->sources))
		return cli_usage(watch->cli,
				 "--subsystem takes tsm, pci, kvm and module, by commas, not '%s'",
				 list);
	if (count && (!cli_number(count, MAX_COUNT, &watch->count) || !watch->count))
		return cli_usage(watch->cli, "--count takes 1 to %d, not '%s'", MAX_COUNT, count);
	if (timeout && (!cli_number(timeout, MAX_TIMEOUT, &watch->timeout) || !watch->timeout))
		return cli_usage(watch->cli, "--timeout takes 1 to %d seconds, not '%s'",
				 MAX_TIMEOUT, timeout);
	if (cli_option(watch->cli, 'S'))
		opts->flags |= KVMFEAT_MONITOR_STATE;
	return CLI_DONE;
}

/* Waits for an event; false when it is time to stop. */
static bool wait_for_event(const struct watch *watch)
{
	struct pollfd fds[] = {
		{ .fd = kvmfeat_monitor_fd(watch->monitor), .events = POLLIN },
		{ .fd = watch->signals, .events = POLLIN },
	};
	const int64_t left = watch->timeout ? watch->deadline - now() : 0;
	const struct timespec pause = { .tv_sec = left / NANOSECONDS,
					.tv_nsec = left % NANOSECONDS };
	int ready;

	if (left < 0)
		return false;
	ready = ppoll(fds, 2, watch->timeout ? &pause : NULL, NULL);
	/* A debugger or SIGCONT may interrupt it. */
	return ready < 0 ? errno == EINTR : ready && !fds[1].revents;
}

/* Whether the watch was told to stop, or its time is over. */
static bool is_over(const struct watch *watch)
{
	struct pollfd signals = { .fd = watch->signals, .events = POLLIN };

	return poll(&signals, 1, 0) > 0 || (watch->timeout && now() >= watch->deadline);
}

static int run(struct watch *watch)
{
	unsigned long lines = 0;

	for (;;) {
		const struct kvmfeat_monitor_event *event;
		int err = kvmfeat_monitor_next(watch->monitor, &event);

		if (err && err != -EAGAIN)
			return cli_fail(watch->cli, err, "receive kernel events");
		if (!err) {
			if (!print_event(watch->cli, event))
				return CLI_FAILED;
			if (++lines == watch->count)
				return CLI_DONE;
		}
		/* Events without end must not keep it from being stopped. */
		if (err ? !wait_for_event(watch) : is_over(watch))
			return CLI_DONE;
	}
}

/* What was passed over would not be noticed otherwise. */
static void tell_ignored(const struct watch *watch)
{
	struct kvmfeat_monitor_stats stats = { .size = sizeof(stats) };

	if (kvmfeat_monitor_get_stats(watch->monitor, &stats))
		return;
	if (stats.ignored)
		cli_note(watch->cli, "%llu messages were not the kernel's, and were ignored",
			 (unsigned long long)stats.ignored);
	if (stats.malformed)
		cli_note(watch->cli, "%llu messages could not be decoded",
			 (unsigned long long)stats.malformed);
}

/* While it runs, SIGINT and SIGTERM are read like events: no handler, nothing cut in two. */
static int run_with_signals(struct watch *watch)
{
	sigset_t stop, before;
	int status;

	sigemptyset(&stop);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGTERM);
	watch->signals = signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK);
	if (watch->signals < 0)
		return cli_end(watch->cli, CLI_FAILED, -errno,
			       "cannot wait for signals: signalfd failed", NULL);
	sigprocmask(SIG_BLOCK, &stop, &before);
	watch->deadline = now() + (int64_t)watch->timeout * NANOSECONDS;
	status = run(watch);
	/* A signal that was the reason to stop must not end the program after all. */
	while (read(watch->signals, &(struct signalfd_siginfo){ 0 },
		    sizeof(struct signalfd_siginfo)) > 0)
		continue;
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(watch->signals);
	return status;
}

static int monitor_run(struct cli *cli)
{
	struct kvmfeat_monitor_opts opts = { .size = sizeof(opts) };
	struct watch watch = { .cli = cli };
	int status = parse(&watch, &opts);
	int err;

	if (status)
		return status;
	err = kvmfeat_monitor_open(cli->ctx, &opts, &watch.monitor);
	if (err)
		return cli_fail(cli, err, "watch kernel events");
	status = run_with_signals(&watch);
	tell_ignored(&watch);
	kvmfeat_monitor_free(watch.monitor);
	return status;
}

static void complete(struct cli *cli, struct cli_completion *completion, int index)
{
	const char *name;

	(void)cli;
	for (unsigned int source = 1; index == -'s' && (name = kvmfeat_monitor_source_name(source));
	     source <<= 1)
		cli_offer(completion, name);
}

static const struct argp_option options[] = {
	{ "subsystem", 's', "LIST", 0, "Watch these only: tsm, pci, kvm, module, by commas" },
	{ "state", 'S', NULL, 0, "Begin with what is there now" },
	{ "count", 'c', "N", 0, "Stop after N lines" },
	{ "timeout", 't', "SECONDS", 0, "Stop after that time" },
	{ 0 },
};

static const struct verb verbs[] = {
	{
		.help = "Write a line for each event of TSMs, PCI devices, VMs and KVM's modules",
		.options = options,
		.flags = VERB_LINES,
		.run = monitor_run,
		.complete = complete,
	},
};

const struct noun noun_monitor = NOUN("monitor", "Events of KVM, TSMs and PCI devices", verbs);
