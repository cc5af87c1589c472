/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the paired measurements share: a clock, a median, and a race between two ways to work. */
#ifndef BENCH_H
#define BENCH_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* meson's exit status for a measurement that this host does not allow. */
#define BENCH_SKIP 77

static inline double bench_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* What this process has had of the CPU, which others that run do not change. */
static inline double bench_cpu_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static inline int bench_compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts @values. */
static inline double bench_median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), bench_compare);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* Keeps the compiler from knowing what is at @memory, and so from working once for all calls. */
static inline void bench_forget(void *memory)
{
	__asm__ volatile("" : : "r"(memory) : "memory");
}

/* One way to work, @calls times; returns 0 when every answer was right. */
typedef int bench_work(void *data, int calls);

#define BENCH_BLOCKS 401

struct bench_race {
	const char *name;
	bench_work *work;
	const char *against;
	bench_work *plain;
	void *data;
	int calls;
};

/*
 * Alternates between the two in blocks, and prints the medians. Returns their ratio; infinity when
 * an answer was wrong.
 */
static inline double bench_run(const struct bench_race *race)
{
	bench_work *const works[] = { race->work, race->plain };
	static double times[2][BENCH_BLOCKS];
	double median[2], begin;

	for (int i = 0; i < BENCH_BLOCKS; i++)
		for (int j = 0; j < 2; j++) {
			/* The order alternates, so that a drift of the clock hits both. */
			const int which = i % 2 ? 1 - j : j;

			begin = bench_now();
			if (works[which](race->data, race->calls)) {
				fprintf(stderr, "%s: a wrong answer\n", race->name);
				return INFINITY;
			}
			times[which][i] = (bench_now() - begin) / race->calls;
		}
	for (int i = 0; i < 2; i++)
		median[i] = bench_median(times[i], BENCH_BLOCKS) * 1e9;
	printf("%s: %.1f ns, %s %.1f ns, ratio %.2f", race->name, median[0], race->against,
	       median[1], median[0] / median[1]);
	return median[0] / median[1];
}

#endif
