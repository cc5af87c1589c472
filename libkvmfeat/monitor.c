// SPDX-License-Identifier: LGPL-2.1-or-later
/* Kernel events as they come: who sent them, which are wanted, and what follows a loss. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netlink.h>

#include "monitor-private.h"

#define OPEN "watch kernel events"
#define ALL_SOURCES                                                                                \
	(KVMFEAT_MONITOR_TSM | KVMFEAT_MONITOR_PCI | KVMFEAT_MONITOR_KVM | KVMFEAT_MONITOR_MODULE)
#define KERNEL_GROUP 1 /* 2 is udev's */
#define RECEIVE_BYTES (8u << 20)
#define STEPS_PER_CALL 1024
#define MIN_MESSAGE_BYTES 256 /* what one that waits takes at the very least */

#define OVERFLOWED "events came faster than they were taken"
#define TOO_LONG "an event was longer than any of the kernel's should be"

/* What becomes of the present state. */
enum scan_state {
	SCAN_NONE,
	SCAN_WAITS, /* for the events from before the loss */
	SCAN_RUNS,
};

struct kvmfeat_monitor {
	struct kvmfeat_ctx *ctx;
	unsigned int sources;
	struct kf_nl nl;
	struct kvmfeat_monitor_stats stats;
	const char *lost; /* why, until it is told; NULL: nothing was */
	enum scan_state state;
	size_t older; /* messages from before the loss that may still wait, at most */
	bool more; /* another message is here already, and the descriptor does not tell */
	struct kf_scan scan;
	struct kf_uevent uevent;
	struct kvmfeat_monitor_event event;
	char text[KF_UEVENT_SIZE];
};

static const struct {
	unsigned int source;
	const char *name;
} sources[] = {
	{ KVMFEAT_MONITOR_TSM, "tsm" },
	{ KVMFEAT_MONITOR_PCI, "pci" },
	{ KVMFEAT_MONITOR_KVM, "kvm" },
	{ KVMFEAT_MONITOR_MODULE, "module" },
};

KVMFEAT_EXPORT const char *kvmfeat_monitor_source_name(unsigned int source)
{
	for (size_t i = 0; i < KF_ARRAY_SIZE(sources); i++)
		if (sources[i].source == source)
			return sources[i].name;
	return NULL;
}

KVMFEAT_EXPORT const char *kvmfeat_monitor_kind_name(enum kvmfeat_monitor_kind kind)
{
	switch (kind) {
	case KVMFEAT_MONITOR_LOST:
		return "lost";
	case KVMFEAT_MONITOR_PRESENT:
		return "present";
	case KVMFEAT_MONITOR_COMPLETE:
		return "complete";
	default:
		return "event";
	}
}

/* What the errors of the socket mean. */
static int open_failed(struct kvmfeat_ctx *ctx, int err)
{
	static const struct {
		int error;
		enum kvmfeat_why why;
		enum kvmfeat_origin origin;
		const char *reason;
		const char *remedy;
	} causes[] = {
		{ -ENOSYS, KVMFEAT_WHY_NONE, KVMFEAT_ORIGIN_LIBRARY,
		  "this build of the library has no monitor",
		  "build it with libnl-3: meson configure -Dmonitor=enabled" },
		{ -EPROTONOSUPPORT, KVMFEAT_WHY_KERNEL_CONFIG, KVMFEAT_ORIGIN_KERNEL,
		  "this kernel tells no events over netlink", "a kernel with CONFIG_NET" },
		{ -EAFNOSUPPORT, KVMFEAT_WHY_KERNEL_CONFIG, KVMFEAT_ORIGIN_KERNEL,
		  "this kernel or sandbox has no netlink",
		  "a kernel with CONFIG_NET; in systemd units, "
		  "RestrictAddressFamilies=AF_NETLINK" },
		{ -EACCES, KVMFEAT_WHY_PERMISSION, KVMFEAT_ORIGIN_KERNEL,
		  "a netlink socket may not be opened: a security module says no",
		  "allow NETLINK_KOBJECT_UEVENT in the policy" },
		{ -EPERM, KVMFEAT_WHY_PERMISSION, KVMFEAT_ORIGIN_KERNEL,
		  "a netlink socket may not be opened: a sandbox (seccomp) says no",
		  "allow socket(2) of AF_NETLINK in the sandbox" },
	};
	struct kf_fault fault = {
		.error = err,
		.origin = err == -ENOMEM ? KVMFEAT_ORIGIN_LIBRARY : KVMFEAT_ORIGIN_KERNEL,
		.operation = OPEN,
		.object = "NETLINK_KOBJECT_UEVENT",
	};

	for (size_t i = 0; i < KF_ARRAY_SIZE(causes); i++)
		if (causes[i].error == err) {
			fault.why = causes[i].why;
			fault.origin = causes[i].origin;
			fault.remedy = causes[i].remedy;
			return kf_fail(&ctx->reason, &fault, "%s", causes[i].reason);
		}
	return kf_fail(&ctx->reason, &fault, "kernel events cannot be received: %s",
		       kf_errno_text(err));
}

static int take_opts(struct kvmfeat_ctx *ctx, const struct kvmfeat_monitor_opts *user,
		     struct kvmfeat_monitor_opts *opts)
{
	static const struct kf_opts kind = {
		.operation = OPEN,
		.name = "kvmfeat_monitor_opts",
		.size = sizeof(*opts),
		.min_size = sizeof(*opts),
	};
	char value[16];
	int err = user ? kf_opts_take(&ctx->reason, &kind, user, opts) : 0;

	if (err)
		return err;
	snprintf(value, sizeof(value), "0x%x", opts->sources);
	if (opts->sources & ~ALL_SOURCES)
		return kf_invalid(&ctx->reason, OPEN, "sources", value,
				  "sources %s: there are 0x%x only", value, ALL_SOURCES);
	snprintf(value, sizeof(value), "0x%x", opts->flags);
	if (opts->flags & ~KVMFEAT_MONITOR_STATE)
		return kf_invalid(&ctx->reason, OPEN, "flags", value,
				  "flags %s: there is 0x%x only", value, KVMFEAT_MONITOR_STATE);
	if (ctx->root_fd >= 0)
		return kf_invalid(&ctx->reason, OPEN, "root", "",
				  "another host's tree has no events to watch");
	return 0;
}

static void begin_scan(struct kvmfeat_monitor *monitor)
{
	monitor->state = SCAN_RUNS;
	kf_scan_begin(&monitor->scan, monitor->sources);
}

KVMFEAT_EXPORT int kvmfeat_monitor_open(struct kvmfeat_ctx *ctx,
					const struct kvmfeat_monitor_opts *user,
					struct kvmfeat_monitor **ret_monitor)
{
	struct kvmfeat_monitor_opts opts = { 0 };
	struct kvmfeat_monitor *monitor;
	int err = take_opts(ctx, user, &opts);

	if (err)
		return err;
	monitor = kf_alloc(ctx, NULL, 1, sizeof(*monitor));
	if (!monitor)
		return kf_no_memory(&ctx->reason, OPEN);
	monitor->ctx = ctx;
	monitor->sources = opts.sources ? opts.sources : ALL_SOURCES;
	monitor->nl.receive_bytes = opts.receive_bytes ? opts.receive_bytes : RECEIVE_BYTES;
	err = ctx->sys->nl_open(ctx->sys, NETLINK_KOBJECT_UEVENT, KERNEL_GROUP, &monitor->nl);
	if (err) {
		free(monitor);
		return open_failed(ctx, err);
	}
	monitor->stats.receive_bytes = monitor->nl.receive_bytes;
	kf_scan_begin(&monitor->scan, 0);
	/* Events from here on wait in the socket, so none falls between. */
	if (opts.flags & KVMFEAT_MONITOR_STATE)
		begin_scan(monitor);
	*ret_monitor = monitor;
	return 0;
}

KVMFEAT_EXPORT void kvmfeat_monitor_free(struct kvmfeat_monitor *monitor)
{
	struct kvmfeat_ctx *ctx;

	if (!monitor)
		return;
	ctx = monitor->ctx;
	kf_scan_end(ctx, &monitor->scan);
	ctx->sys->nl_close(ctx->sys, &monitor->nl);
	free(monitor);
}

KVMFEAT_EXPORT int kvmfeat_monitor_fd(const struct kvmfeat_monitor *monitor)
{
	return monitor->nl.fd;
}

KVMFEAT_EXPORT int kvmfeat_monitor_get_stats(struct kvmfeat_monitor *monitor,
					     struct kvmfeat_monitor_stats *ret_stats)
{
	int err = kf_result_check(&monitor->ctx->reason, OPEN, "kvmfeat_monitor_stats", ret_stats,
				  sizeof(*ret_stats));

	return err ? err :
		     kf_result_copy(ret_stats, ret_stats->size, &monitor->stats,
				    sizeof(monitor->stats), sizeof(monitor->stats));
}

KVMFEAT_EXPORT const char *kvmfeat_monitor_value(const struct kvmfeat_monitor_event *event,
						 const char *key)
{
	return kf_uevent_value(event->pairs, event->pair_count, key);
}

/* An entry in which nothing is told yet. */
static struct kvmfeat_monitor_event *new_entry(struct kvmfeat_monitor *monitor,
					       enum kvmfeat_monitor_kind kind)
{
	monitor->event = (struct kvmfeat_monitor_event){
		.kind = kind,
		.vm_pid = -1,
		.vms_created = -1,
		.vms_running = -1,
	};
	return &monitor->event;
}

static int64_t number_of(const struct kvmfeat_monitor_event *event, const char *key)
{
	const char *text = kvmfeat_monitor_value(event, key);
	uint64_t number;

	return text && !kf_uevent_number(text, &number) && number <= INT64_MAX ? (int64_t)number :
										 -1;
}

/* What belongs to one kind of object only. */
static void fill_in_words(struct kvmfeat_monitor_event *event)
{
	if (event->source == KVMFEAT_MONITOR_PCI) {
		event->tsm = kvmfeat_monitor_value(event, "TSM");
		event->tsm_state = kvmfeat_monitor_value(event, "TSM_STATE");
	} else if (event->source == KVMFEAT_MONITOR_KVM) {
		event->vm_action = kvmfeat_monitor_value(event, "EVENT");
		event->vm_pid = number_of(event, "PID");
		event->vm_stats_path = kvmfeat_monitor_value(event, "STATS_PATH");
		event->vms_created = number_of(event, "CREATED");
		event->vms_running = number_of(event, "COUNT");
	}
}

/* Whether the message that was received is an event that is watched; then it is the entry. */
static bool take_event(struct kvmfeat_monitor *monitor, size_t size)
{
	struct kf_uevent *uevent = &monitor->uevent;
	struct kvmfeat_monitor_event *event;
	unsigned int source;
	const char *name;

	if (kf_uevent_decode(monitor->text, size, uevent)) {
		monitor->stats.malformed++;
		return false;
	}
	name = kf_uevent_name(uevent->devpath);
	source = kf_uevent_source(uevent->subsystem, name);
	if (!(source & monitor->sources))
		return false;
	event = new_entry(monitor, KVMFEAT_MONITOR_EVENT);
	event->source = source;
	event->action = uevent->action;
	event->devpath = uevent->devpath;
	event->subsystem = uevent->subsystem;
	event->name = name;
	event->seqnum = uevent->seqnum;
	event->pairs = uevent->pairs;
	event->pair_count = uevent->count;
	fill_in_words(event);
	return true;
}

static void lose(struct kvmfeat_monitor *monitor, const char *why)
{
	monitor->stats.lost++;
	monitor->lost = why;
}

/*
 * The scan comes after all that waits from before the loss, which would else be taken for newer
 * than what the scan found. The socket may never be empty, but no more than it holds is from
 * before.
 */
static void take_loss(struct kvmfeat_monitor *monitor)
{
	new_entry(monitor, KVMFEAT_MONITOR_LOST)->reason = monitor->lost;
	monitor->lost = NULL;
	monitor->state = SCAN_WAITS;
	monitor->older = monitor->nl.receive_bytes / MIN_MESSAGE_BYTES;
}

static int receive_failed(struct kvmfeat_monitor *monitor, int err)
{
	return kf_fail(&monitor->ctx->reason,
		       &(struct kf_fault){ .error = err,
					   .origin = KVMFEAT_ORIGIN_KERNEL,
					   .operation = "recvmsg",
					   .object = "NETLINK_KOBJECT_UEVENT" },
		       "kernel events cannot be received: %s", kf_errno_text(err));
}

/*
 * Receives one message. 1: it is the entry now; 0: go on; else an error, without a reason when it
 * is -EAGAIN.
 */
static int receive(struct kvmfeat_monitor *monitor)
{
	const struct kf_sys *sys = monitor->ctx->sys;
	struct kf_nl_from from;
	ssize_t got =
		sys->nl_receive(sys, &monitor->nl, monitor->text, sizeof(monitor->text), &from);

	monitor->more = got >= 0 && from.more;
	if (got == -EINTR)
		return 0;
	if (got == -ENOBUFS) {
		lose(monitor, OVERFLOWED);
		return 0;
	}
	if (got < 0)
		return got == -EAGAIN ? -EAGAIN : receive_failed(monitor, (int)got);
	if (monitor->older)
		monitor->older--;
	/* Any process may be in the group, and a privileged one may write to it. */
	if (from.port || from.uid) {
		monitor->stats.ignored++;
		return 0;
	}
	monitor->stats.received++;
	if (from.truncated) {
		lose(monitor, TOO_LONG);
		return 0;
	}
	return take_event(monitor, (size_t)got);
}

/* One object of the present state, or its end. */
static void take_present(struct kvmfeat_monitor *monitor)
{
	struct kvmfeat_monitor_event *event = new_entry(monitor, KVMFEAT_MONITOR_PRESENT);

	if (kf_scan_next(monitor->ctx, &monitor->scan, event))
		return;
	event->kind = KVMFEAT_MONITOR_COMPLETE;
	event->reason = monitor->scan.lack[0] ? monitor->scan.lack : NULL;
	monitor->state = SCAN_NONE;
}

/* 1: the entry is there; 0: go on; else an error, as from receive(). */
static int step(struct kvmfeat_monitor *monitor)
{
	int done;

	/* What is lost while a scan waits or runs is told after it, and brings another. */
	if (monitor->lost && monitor->state == SCAN_NONE) {
		take_loss(monitor);
		return 1;
	}
	if (monitor->state == SCAN_WAITS && !monitor->older)
		begin_scan(monitor);
	if (monitor->state == SCAN_RUNS) {
		take_present(monitor);
		return 1;
	}
	done = receive(monitor);
	if (done != -EAGAIN || monitor->state != SCAN_WAITS)
		return done;
	monitor->older = 0;
	return 0;
}

KVMFEAT_EXPORT int kvmfeat_monitor_next(struct kvmfeat_monitor *monitor,
					const struct kvmfeat_monitor_event **ret_event)
{
	int done = 0;

	for (int i = 0; (i < STEPS_PER_CALL || monitor->more) && !done; i++)
		done = step(monitor);
	if (done == 1) {
		*ret_event = &monitor->event;
		return 0;
	}
	if (done && done != -EAGAIN)
		return done;
	return kf_fail(&monitor->ctx->reason,
		       &(struct kf_fault){ .error = -EAGAIN,
					   .origin = KVMFEAT_ORIGIN_KERNEL,
					   .why = KVMFEAT_WHY_BUSY,
					   .operation = "recvmsg",
					   .object = "NETLINK_KOBJECT_UEVENT" },
		       "no event is waiting");
}
