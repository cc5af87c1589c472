// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finding 20 VMs among 1,000 processes with 100 descriptors each, against a bare loop that
 * reads the same links:
 *     bench-discover LIMIT [RUNS]
 * Runs alternate; the ratio of the medians may be at most LIMIT. Exits 1 above it or when a
 * list is wrong, 77 when this host makes no VMs.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <kvmfeat/kvmfeat.h>

#include "bench.h"
#include "many.h"

#define PROCESSES 1000
#define HOLDERS 20
#define FDS 100
#define MAX_RUNS 1000

/* As anyone would write it; returns the number of VM descriptors. */
static size_t scan_bare(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *process, *fd;
	size_t found = 0;

	while (proc && (process = readdir(proc))) {
		char path[300], link[256];
		DIR *fds;

		if (!isdigit((unsigned char)process->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/fd", process->d_name);
		fds = opendir(path);
		while (fds && (fd = readdir(fds))) {
			ssize_t len = readlinkat(dirfd(fds), fd->d_name, link, sizeof(link) - 1);

			if (len < 0)
				continue;
			link[len] = '\0';
			found += !strcmp(link, "anon_inode:kvm-vm");
		}
		if (fds)
			closedir(fds);
	}
	if (proc)
		closedir(proc);
	return found;
}

static size_t list_vms(struct kvmfeat_ctx *ctx)
{
	struct kvmfeat_vm_list *list;
	size_t count;

	if (kvmfeat_vm_list_load(ctx, &list))
		return 0;
	count = kvmfeat_vm_list_count(list);
	kvmfeat_vm_list_free(list);
	return count;
}

static size_t list_gmems(struct kvmfeat_ctx *ctx)
{
	struct kvmfeat_gmem_list *list;
	size_t count;

	if (kvmfeat_gmem_list_load(ctx, 0, &list))
		return 0;
	count = kvmfeat_gmem_list_count(list);
	kvmfeat_gmem_list_free(list);
	return count;
}

static int report(const char *name, double *ours, double bare, size_t runs, double limit)
{
	const double median = bench_median(ours, runs);

	printf("%s: %.1f ms, the bare scan %.1f ms, ratio %.3f, limit %.2f\n", name, median * 1e3,
	       bare * 1e3, median / bare, limit);
	return median / bare > limit;
}

static int measure(struct kvmfeat_ctx *ctx, size_t gmems, size_t runs, double limit)
{
	static double bare[MAX_RUNS], vms[MAX_RUNS], gmem[MAX_RUNS];
	double bare_median;

	for (size_t i = 0; i < runs; i++) {
		/* Each of the three is first, second and last equally often. */
		for (size_t turn = 0; turn < 3; turn++) {
			const double begin = bench_now();
			const size_t which = (i + turn) % 3;
			const size_t count = which == 0 ? scan_bare() :
					     which == 1 ? list_vms(ctx) :
							  list_gmems(ctx);
			double *values = which == 0 ? bare : which == 1 ? vms : gmem;

			values[i] = bench_now() - begin;
			/* Others may run VMs here, too. */
			if (count < (which == 2 ? gmems : HOLDERS)) {
				fprintf(stderr, "bench-discover: %zu found of %zu\n", count,
					which == 2 ? gmems : (size_t)HOLDERS);
				return 1;
			}
		}
	}
	bare_median = bench_median(bare, runs);
	return report("kvmfeat_vm_list_load", vms, bare_median, runs, limit) |
	       report("kvmfeat_gmem_list_load", gmem, bare_median, runs, limit);
}

int main(int argc, char **argv)
{
	const double limit = argc > 1 ? strtod(argv[1], NULL) : 0;
	const size_t runs = argc > 2 ? strtoul(argv[2], NULL, 10) : 21;
	struct kvmfeat_ctx *ctx;
	struct many many;
	size_t gmems = 0;
	int status;

	if (limit <= 0 || !runs || runs > MAX_RUNS) {
		fprintf(stderr, "usage: bench-discover LIMIT [RUNS]\n");
		return 2;
	}
	if (kvmfeat_ctx_new(&ctx))
		return 1;
	if (many_start(&many, PROCESSES, HOLDERS, FDS)) {
		printf("skipped: this host does not start %d processes with %d VMs\n", PROCESSES,
		       HOLDERS);
		kvmfeat_ctx_free(ctx);
		return BENCH_SKIP;
	}
	for (size_t i = 0; i < many.count; i++)
		gmems += many.processes[i].gmem_fd >= 0;
	status = measure(ctx, gmems, runs, limit);
	many_stop(&many);
	kvmfeat_ctx_free(ctx);
	return status;
}
