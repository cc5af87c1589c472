// SPDX-License-Identifier: LGPL-2.1-or-later
/* Reads KVM's binary statistics of a VM; what the bytes mean is in stats-decode.c. */
#include <errno.h>
#include <stdio.h>

#include <linux/kvm.h>

#include "internal.h"

/* Those of a VM have been below 2 KiB on every kernel; on the stack, as nothing is allocated. */
#define STATS_MAX_BYTES (16 * 1024)

#define OBJECT "statistics of the VM"

static int fail(struct kvmfeat_ctx *ctx, int err, const char *operation)
{
	return kf_fail(&ctx->reason,
		       &(struct kf_fault){ .error = err,
					   .origin = KVMFEAT_ORIGIN_KERNEL,
					   .why = err == -EPERM ? KVMFEAT_WHY_PERMISSION :
								  KVMFEAT_WHY_NONE,
					   .operation = operation,
					   .object = OBJECT },
		       "the statistics of the VM cannot be %s: %s",
		       operation[0] == 'r' ? "read" : "opened", kf_errno_text(err));
}

static int fail_decode(struct kvmfeat_ctx *ctx, size_t size, const char *flaw)
{
	char value[24];

	snprintf(value, sizeof(value), "%zu", size);
	return kf_fail(&ctx->reason,
		       &(struct kf_fault){ .error = -EBADMSG,
					   .operation = "decode statistics",
					   .object = OBJECT,
					   .value = value },
		       "the statistics of the VM, %s bytes, cannot be decoded: %s", value, flaw);
}

int kf_stats_read(struct kvmfeat_vm *vm, const char *const names[], size_t count, int64_t values[])
{
	struct kvmfeat_ctx *ctx = vm->ctx;
	char bytes[STATS_MAX_BYTES];
	const char *flaw;
	ssize_t size;
	int fd;

	fd = kf_ioctl(ctx, vm->fd, KVM_GET_STATS_FD, 0);
	/* Linux before 5.14 has none; arm64 answers EINVAL to what it does not know. */
	if (fd == -ENOTTY || fd == -EINVAL)
		return 0;
	if (fd < 0)
		return fail(ctx, fd, "KVM_GET_STATS_FD");
	size = kf_read_fd(ctx, fd, bytes, sizeof(bytes));
	kf_close(ctx, fd);
	if (size < 0)
		return fail(ctx, (int)size, "read");
	flaw = (size_t)size == sizeof(bytes) ?
		       "there are more than this library reads" :
		       kf_stats_decode(bytes, (size_t)size, names, count, values);
	return flaw ? fail_decode(ctx, (size_t)size, flaw) : 0;
}
