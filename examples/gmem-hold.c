// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Makes a scratch VM with a guest_memfd, allocates part of it, and holds it until standard
 * input ends, or for a number of seconds. Meanwhile `kvmfeat gmem list` shows it.
 *
 *   cc gmem-hold.c $(pkg-config --cflags --libs libkvmfeat) -o gmem-hold
 *   ./gmem-hold 64 16            64 MiB, 16 of them allocated, until Ctrl-D
 *   ./gmem-hold 64 16 30         the same for 30 seconds
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <kvmfeat/kvmfeat.h>

#define MIB 1048576ull

static int usage(void)
{
	fputs("usage: gmem-hold SIZE_MIB ALLOCATE_MIB [SECONDS]\n", stderr);
	return 2;
}

static int parse(const char *text, uint64_t max, uint64_t *ret_number)
{
	char *end;
	unsigned long long number = strtoull(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || number > max)
		return 0;
	*ret_number = number;
	return 1;
}

/* Every failed call leaves its reason in the context, often with what would help. */
static int explain(const struct kvmfeat_ctx *ctx, const char *what)
{
	const struct kvmfeat_error *error = kvmfeat_ctx_error(ctx);

	fprintf(stderr, "gmem-hold: cannot %s: %s\n", what, error->reason);
	if (*error->remedy)
		fprintf(stderr, "gmem-hold: what would help: %s\n", error->remedy);
	return 1;
}

static void wait_for_end(uint64_t seconds)
{
	char ignored[256];

	if (seconds)
		sleep((unsigned int)seconds);
	else
		while (read(STDIN_FILENO, ignored, sizeof(ignored)) > 0)
			continue;
}

static int hold(struct kvmfeat_ctx *ctx, int fd, uint64_t allocate, uint64_t seconds)
{
	struct kvmfeat_gmem_account account = { .size = sizeof(account) };

	if (allocate && kvmfeat_gmem_allocate(ctx, fd, 0, allocate))
		return explain(ctx, "allocate memory");
	if (kvmfeat_gmem_get_account(ctx, fd, &account))
		return explain(ctx, "read back what is allocated");
	printf("holding pid=%d fd=%d size_bytes=%" PRIu64 " allocated_bytes=%" PRIu64
	       " source=%s\n",
	       (int)getpid(), fd, account.size_bytes, account.allocated_bytes,
	       kvmfeat_gmem_source_name(account.source));
	if (fflush(stdout))
		return 1;
	wait_for_end(seconds);
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t size, allocate, seconds = 0;
	struct kvmfeat_ctx *ctx;
	struct kvmfeat_vm *vm;
	int fd, status;

	if (argc < 3 || argc > 4 || !parse(argv[1], 1 << 20, &size) ||
	    !parse(argv[2], 1 << 20, &allocate) || (argc == 4 && !parse(argv[3], 86400, &seconds)))
		return usage();
	if (kvmfeat_ctx_new(&ctx)) {
		fputs("gmem-hold: no memory\n", stderr);
		return 1;
	}
	if (kvmfeat_vm_open(ctx, 0, &vm)) {
		status = explain(ctx, "create a VM");
	} else {
		if (kvmfeat_gmem_open(vm, size * MIB, 0, &fd)) {
			status = explain(ctx, "create a guest_memfd");
		} else {
			status = hold(ctx, fd, allocate * MIB, seconds);
			close(fd);
		}
		kvmfeat_vm_free(vm);
	}
	kvmfeat_ctx_free(ctx);
	return status;
}
