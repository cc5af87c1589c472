// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One library call against the ioctl that it makes, in alternating blocks: the ratio of the
 * medians may be at most 1.05. The ioctl stands in a function that returns a negative errno
 * or the answer, which is what a program has without the library; written into the loop it
 * saves one return, which the CPU mispredicts after each system call, so that figure is
 * printed, too, but does not decide. Exits 77 when /dev/kvm does not open.
 */
#include <errno.h>
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

static __attribute__((noinline)) int check_extension(int fd, unsigned int number, int *ret_value)
{
	const int value = ioctl(fd, KVM_CHECK_EXTENSION, number);

	if (value < 0)
		return -errno;
	*ret_value = value;
	return 0;
}

static int ask_function(struct kvmfeat_ctx *ctx, struct kvmfeat_vm *vm, int fd)
{
	int value;

	(void)ctx;
	(void)vm;
	for (int i = 0; i < CALLS; i++)
		if (check_extension(fd, KVM_CAP_USER_MEMORY, &value) || value != 1)
			return 1;
	return 0;
}

static int ask_inline(struct kvmfeat_ctx *ctx, struct kvmfeat_vm *vm, int fd)
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

/* Prints the medians and returns whether @ask costs too much; a wrong answer is too much. */
static int compare(const char *name, ask_fn ask, struct kvmfeat_ctx *ctx, struct kvmfeat_vm *vm,
		   int fd)
{
	const ask_fn asks[] = { ask, ask_function, ask_inline };
	static double times[3][BLOCKS];
	double median[3];

	for (int i = 0; i < BLOCKS; i++)
		for (int j = 0; j < 3; j++) {
			/* The order alternates, so that a drift of the clock hits all. */
			const int which = i % 2 ? 2 - j : j;

			times[which][i] = time_block(asks[which], ctx, vm, fd);
			if (times[which][i] < 0) {
				fprintf(stderr, "bench-call: %s: a wrong answer\n", name);
				return 1;
			}
		}
	for (int i = 0; i < 3; i++)
		median[i] = bench_median(times[i], BLOCKS) * 1e9;
	printf("%s: %.1f ns, the ioctl in a function %.1f ns, ratio %.3f, limit %.2f; "
	       "in the loop %.1f ns\n",
	       name, median[0], median[1], median[0] / median[1], LIMIT, median[2]);
	return median[0] / median[1] > LIMIT;
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
