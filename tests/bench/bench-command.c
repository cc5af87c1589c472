// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Our command's wall time against another tool's, in alternating runs:
 *     bench-command LIMIT RUNS OURS [ARG…] -- THEIRS [ARG…]
 * Prints both verdicts, medians, ratio and limit; exits 1 above the limit or when ours fails,
 * 77 when theirs is not installed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define WARM_UP 3
#define MAX_RUNS 10000

extern char **environ;

/* Runs a command with its output in @out and reports seconds and wait status. */
static int run(char **command, int out, double *ret_seconds, int *ret_status)
{
	posix_spawn_file_actions_t actions;
	double begin;
	pid_t pid;
	int err;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out, 1);
	posix_spawn_file_actions_adddup2(&actions, out, 2);
	begin = bench_now();
	err = posix_spawnp(&pid, command[0], &actions, NULL, command, environ);
	if (!err && waitpid(pid, ret_status, 0) < 0)
		err = errno;
	*ret_seconds = bench_now() - begin;
	posix_spawn_file_actions_destroy(&actions);
	return err;
}

static void print_command(char **command)
{
	for (char **word = command; *word; word++)
		printf("%s%s", word == command ? "" : " ", *word);
}

/* What a user learns from it: its last line of text and its exit status. */
static int print_verdict(char **command, int *ret_status)
{
	char text[1 << 16];
	char *line;
	FILE *file = tmpfile();
	double seconds;
	size_t len;
	int err;

	if (!file) {
		perror("bench-command: temporary file");
		return errno;
	}
	err = run(command, fileno(file), &seconds, ret_status);
	if (err) {
		fclose(file);
		return err;
	}
	rewind(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	while (len && text[len - 1] == '\n')
		len--;
	text[len] = '\0';
	line = strrchr(text, '\n');
	line = line ? line + 1 : text;
	print_command(command);
	printf(": exit status %d: %.200s%s\n",
	       WIFEXITED(*ret_status) ? WEXITSTATUS(*ret_status) : -1, line,
	       strlen(line) > 200 ? "…" : "");
	return 0;
}

static void measure(char **ours, char **theirs, int runs, int out, double *our_time,
		    double *their_time)
{
	int status;

	for (int i = -WARM_UP; i < runs; i++) {
		const int at = i < 0 ? 0 : i;

		/* The order alternates, so that neither profits from the other's caches. */
		if (i % 2)
			run(theirs, out, &their_time[at], &status);
		run(ours, out, &our_time[at], &status);
		if (!(i % 2))
			run(theirs, out, &their_time[at], &status);
	}
}

static int usage(void)
{
	fprintf(stderr, "usage: bench-command LIMIT RUNS OURS [ARG…] -- THEIRS [ARG…]\n");
	return 2;
}

int main(int argc, char **argv)
{
	static double our_time[MAX_RUNS], their_time[MAX_RUNS];
	char **ours = argv + 3, **theirs = NULL;
	double limit, ours_median, theirs_median;
	int runs, out, status, err;

	for (int i = 4; i < argc - 1 && !theirs; i++)
		if (!strcmp(argv[i], "--")) {
			argv[i] = NULL;
			theirs = argv + i + 1;
		}
	if (!theirs)
		return usage();
	limit = atof(argv[1]);
	runs = atoi(argv[2]);
	if (limit <= 0 || runs < 1 || runs > MAX_RUNS)
		return usage();
	out = open("/dev/null", O_WRONLY | O_CLOEXEC);
	err = out < 0 ? errno : print_verdict(ours, &status);
	/* A command that fails early is fast, and nothing is measured. */
	if (err || status) {
		printf("%s does not run: %s\n", ours[0], err ? strerror(err) : "it failed");
		return 1;
	}
	err = print_verdict(theirs, &status);
	if (err) {
		printf("skipped: %s: %s\n", theirs[0], strerror(err));
		return BENCH_SKIP;
	}
	measure(ours, theirs, runs, out, our_time, their_time);
	ours_median = bench_median(our_time, runs);
	theirs_median = bench_median(their_time, runs);
	printf("%d alternating runs: medians %.3f ms and %.3f ms, ratio %.3f, limit %.2f\n", runs,
	       ours_median * 1e3, theirs_median * 1e3, ours_median / theirs_median, limit);
	return ours_median / theirs_median > limit;
}
