// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One library call against the raw ioctl that it makes, in alternating blocks: the ratio
 * of the medians may be at most 1.05. Exits 77 when /dev/kvm does not open.
 */
#include <stdio.h>
#include <sys/ioctl.h>

#include <linux/kvm.h>

#include <kvmfeat/kvmfeat.h>

#include "bench.h"

#define LIMIT 1.05
#define BLOCKS 401
#define CALLS 500

/* One way to ask, CALLS times; returns 0 when every answer came. */
typedef int (*ask_fn)(struct kvmfeat_ctx *ctx, struct kvmfeat_vm *vm, int fd);

static int ask_raw(struct kvmfeat_ctx *ctx, struct kvmfeat_vm *vm, int fd)
{
	(void)ctx;
	(void)vm;
	for (int i = 0; i < CALLS; i++)
		if (ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_USER_MEMORY) != 1)
			return 1;
	return 0;
}

static int ask_system(struct kvmfeat_ctx *ctx, struct kvmfeat_vm *vm, int fd)
{
	int value;

	(void)vm;
	(void)fd;
	for (int i = 0; i < CALLS; i++)
		if (kvmfeat_cap_get(ctx, KVM_CAP_USER_MEMORY, &value) || value != 1)
			return 1;
	return 0;
}

static int ask_vm(struct kvmfeat_ctx *ctx, struct kvmfeat_vm *vm, int fd)
{
	int value;

	(void)ctx;
	(void)fd;
	for (int i = 0; i < CALLS; i++)
		if (kvmfeat_vm_get_cap(vm, KVM_CAP_USER_MEMORY, &value) || value != 1)
			return 1;
	return 0;
}

/* Seconds per call; negative when an answer was wrong. */
static double time_block(ask_fn ask, struct kvmfeat_ctx *ctx, struct kvmfeat_vm *vm, int fd)
{
	const double begin = bench_now();

	return ask(ctx, vm, fd) ? -1 : (bench_now() - begin) / CALLS;
}

static int compare(const char *name, ask_fn ask, struct kvmfeat_ctx *ctx, struct kvmfeat_vm *vm,
		   int fd)
{
	static double call[BLOCKS], raw[BLOCKS];
	double call_median, raw_median;

	for (int i = 0; i < BLOCKS; i++) {
		/* The order alternates, so that a drift of the clock hits both. */
		if (i % 2)
			raw[i] = time_block(ask_raw, ctx, vm, fd);
		call[i] = time_block(ask, ctx, vm, fd);
		if (!(i % 2))
			raw[i] = time_block(ask_raw, ctx, vm, fd);
		if (call[i] < 0 || raw[i] < 0) {
			fprintf(stderr, "bench-call: %s: a wrong answer\n", name);
			return 1;
		}
	}
	call_median = bench_median(call, BLOCKS);
	raw_median = bench_median(raw, BLOCKS);
	printf("%s: %.1f ns, the ioctl alone %.1f ns, ratio %.3f, limit %.2f\n", name,
	       call_median * 1e9, raw_median * 1e9, call_median / raw_median, LIMIT);
	return call_median / raw_median > LIMIT;
}

int main(void)
{
	struct kvmfeat_ctx *ctx;
	struct kvmfeat_vm *vm = NULL;
	int fd, status;

	if (kvmfeat_ctx_new(&ctx))
		return 1;
	if (kvmfeat_ctx_get_kvm_fd(ctx, &fd) || kvmfeat_vm_open(ctx, 0, &vm)) {
		printf("skipped: %s\n", kvmfeat_ctx_error(ctx)->reason);
		kvmfeat_ctx_free(ctx);
		return BENCH_SKIP;
	}
	status = compare("kvmfeat_cap_get", ask_system, ctx, vm, fd);
	status |= compare("kvmfeat_vm_get_cap", ask_vm, ctx, vm, kvmfeat_vm_fd(vm));
	kvmfeat_vm_free(vm);
	kvmfeat_ctx_free(ctx);
	return status;
}
