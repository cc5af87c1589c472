/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counts the calls of a function of the kernel, by whomever, with a kprobe event of its name:
 * Documentation/trace/kprobetrace.rst.
 */
#ifndef KVMFEAT_TESTS_PMU_EVENTS_H
#define KVMFEAT_TESTS_PMU_EVENTS_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "test_util.h"

#define TRACING "/sys/kernel/tracing/"

/* How a perf event of the kernel's own begins and ends; these are the ones of KVM's vPMU. */
#define EVENT_CREATED "perf_event_create_kernel_counter"
#define EVENT_RELEASED "perf_event_release_kernel"

/* 0 or an errno. */
static inline int tell_tracing(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY | O_APPEND | O_CLOEXEC), err = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) != strlen(text))
		err = errno;
	close(fd);
	return err;
}

static inline int switch_calls(const char *function, const char *on)
{
	char path[128];

	snprintf(path, sizeof(path), TRACING "events/kvmfeat/%s/enable", function);
	return tell_tracing(path, on);
}

static inline int remove_calls(const char *function)
{
	char words[128];

	snprintf(words, sizeof(words), "-:kvmfeat/%s", function);
	return switch_calls(function, "0") ?: tell_tracing(TRACING "kprobe_events", words);
}

static inline void calls_begin(const char *function)
{
	char words[128];
	int err;

	/* A test that died may have left it. */
	remove_calls(function);
	snprintf(words, sizeof(words), "p:kvmfeat/%s %s", function, function);
	err = tell_tracing(TRACING "kprobe_events", words);
	TEST_ASSERT(!err, "calls of %s cannot be counted: " TRACING "kprobe_events: %s%s", function,
		    strerror(err),
		    err == ENOENT ? " (KPROBE_EVENTS is off, or there is no such function)" : "");
	err = switch_calls(function, "1");
	TEST_ASSERT(!err, "calls of %s are not counted: %s", function, strerror(err));
}

/* Since calls_begin(). */
static inline u64 calls_made(const char *function)
{
	FILE *file = fopen(TRACING "kprobe_profile", "r");
	u64 hits = 0, misses = 0;
	bool found = false;
	char name[128];

	TEST_ASSERT(file, "cannot open " TRACING "kprobe_profile: %s", strerror(errno));
	/* A call that came while another one was handled is a miss. */
	while (!found && fscanf(file, "%127s %lu %lu", name, &hits, &misses) == 3)
		found = !strcmp(name, function);
	fclose(file);
	TEST_ASSERT(found, "calls of %s are not counted", function);
	return hits + misses;
}

static inline void calls_end(const char *function)
{
	int err = remove_calls(function);

	TEST_ASSERT(!err, "calls of %s are counted further on: %s", function, strerror(err));
}

#endif
