// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How fast the monitor takes events, against a loop of recvmsg() that only counts them:
 *     bench-monitor LIMIT [RUNS]
 * Both sockets get the same stream, real uevents that the kernel broadcasts in a network namespace
 * of its own, and are emptied one after the other in turns. The ratio of their rates must be at
 * least LIMIT, and neither may lose an event. Exits 1 otherwise, 77 where the stream cannot be
 * made.
 */
#define _GNU_SOURCE
#include <stdlib.h>

#include <kvmfeat/kvmfeat.h>

#include "bench.h"
#include "uevents.h"

#define MAX_RUNS 1000
#define BURST 4000

/* What KVM sends when a VM is made, at its usual length. */
#define EVENT                                                                                      \
	"change@/devices/virtual/misc/kvm|ACTION=change|DEVPATH=/devices/virtual/misc/kvm|"        \
	"SUBSYSTEM=misc|MAJOR=10|MINOR=232|DEVNAME=kvm|CREATED=1234|COUNT=12|EVENT=create|"        \
	"PID=123456|STATS_PATH=/sys/kernel/debug/kvm/123456-13"

struct race {
	struct kvmfeat_monitor *monitor;
	int bare;
	int sender;
};

/* As anyone would write it, with the sender's address. */
static size_t take_bare(const struct race *race)
{
	static char text[8192];
	struct sockaddr_nl from;
	struct iovec part = { .iov_base = text, .iov_len = sizeof(text) };
	struct msghdr message = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &part, .msg_iovlen = 1
	};
	size_t count = 0;

	while (recvmsg(race->bare, &message, MSG_DONTWAIT) > 0 && !from.nl_pid)
		count++;
	return count;
}

static size_t take_ours(const struct race *race)
{
	const struct kvmfeat_monitor_event *event;
	size_t count = 0;

	while (!kvmfeat_monitor_next(race->monitor, &event))
		count += event->kind == KVMFEAT_MONITOR_EVENT && event->vms_running == 12;
	return count;
}

static int measure(const struct race *race, size_t runs, double limit)
{
	static double ours[MAX_RUNS], bare[MAX_RUNS];
	double our_median, bare_median;

	for (size_t i = 0; i < runs; i++) {
		for (int n = 0; n < BURST; n++)
			if (uevents_send(race->sender, UEVENTS_KERNEL, EVENT))
				return 1;
		/* Each is first every other time. */
		for (size_t turn = 0; turn < 2; turn++) {
			const int which = (i + turn) % 2;
			const double begin = bench_now();
			const size_t count = which ? take_ours(race) : take_bare(race);

			(which ? ours : bare)[i] = (bench_now() - begin) / BURST;
			if (count != BURST) {
				fprintf(stderr, "bench-monitor: %zu of %d events\n", count, BURST);
				return 1;
			}
		}
	}
	our_median = bench_median(ours, runs);
	bare_median = bench_median(bare, runs);
	printf("kvmfeat_monitor_next: %.0f events/s, recvmsg alone %.0f events/s, ratio %.3f, "
	       "limit %.2f, 0 of %zu lost\n",
	       1 / our_median, 1 / bare_median, bare_median / our_median, limit, runs * BURST);
	return bare_median / our_median < limit;
}

/* A socket in the kernel's group with room for a burst, or -1. */
static int open_bare(void)
{
	const struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	const int room = 16 << 20;
	const int fd = uevents_socket();

	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)))
		return -1;
	return setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) ? -1 : fd;
}

int main(int argc, char **argv)
{
	const double limit = argc > 1 ? strtod(argv[1], NULL) : 0;
	const size_t runs = argc > 2 ? strtoul(argv[2], NULL, 10) : 51;
	struct race race = { .monitor = NULL };
	struct kvmfeat_ctx *ctx;
	int status = BENCH_SKIP;

	if (limit <= 0 || !runs || runs > MAX_RUNS) {
		fprintf(stderr, "usage: bench-monitor LIMIT [RUNS]\n");
		return 2;
	}
	if (kvmfeat_ctx_new(&ctx))
		return 1;
	if (!uevents_alone() || (race.bare = open_bare()) < 0 ||
	    (race.sender = uevents_socket()) < 0 || kvmfeat_monitor_open(ctx, NULL, &race.monitor))
		printf("skipped: no stream of events can be made here, or none received\n");
	else
		status = measure(&race, runs, limit);
	kvmfeat_monitor_free(race.monitor);
	kvmfeat_ctx_free(ctx);
	return status;
}
