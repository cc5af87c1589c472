// SPDX-License-Identifier: LGPL-2.1-or-later
/* The memory of one guest_memfd: allocate, punch, account. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include "internal.h"

#define GUEST_MEMFD_MAGIC 0x474d454d /* linux/magic.h from 6.18 on */
#define ANON_INODE_FS_MAGIC 0x09041934
#define ACCOUNT "account for a guest_memfd"
/* The members of struct kvmfeat_gmem_account in release 1.0. */
#define ACCOUNT_MIN_SIZE                                                                           \
	(offsetof(struct kvmfeat_gmem_account, source) + sizeof(enum kvmfeat_gmem_source))
#define ST_BLOCK 512 /* the unit of st_blocks, whatever st_blksize says */

int kf_gmem_stat(struct kvmfeat_ctx *ctx, int fd, struct stat *ret_st)
{
	struct statfs fs;
	struct stat st;
	bool own_fs;
	int err = ctx->sys->fstatfs(ctx->sys, fd, &fs);

	if (err)
		return err;
	own_fs = fs.f_type == GUEST_MEMFD_MAGIC;
	if (own_fs && !ret_st)
		return KF_GMEM_OWN_FS;
	if (!own_fs && fs.f_type != ANON_INODE_FS_MAGIC)
		return 0;
	err = ctx->sys->fstat(ctx->sys, fd, &st);
	if (err)
		return err;
	/*
	 * Kernels before guest_memfd had a file system of its own keep it among the anonymous
	 * inodes, of which it is the only regular file.
	 */
	if (!own_fs && !S_ISREG(st.st_mode))
		return 0;
	if (ret_st)
		*ret_st = st;
	return own_fs ? KF_GMEM_OWN_FS : KF_GMEM_ANON_INODE;
}

int kf_gmem_cached_bytes(struct kvmfeat_ctx *ctx, int fd, uint64_t *ret_bytes)
{
	struct kf_cachestat cache;
	int err = ctx->sys->cachestat(ctx->sys, fd, 0, 0, &cache);

	if (!err)
		*ret_bytes = cache.nr_cache * (uint64_t)getpagesize();
	return err;
}

uint64_t kf_gmem_blocks_bytes(const struct stat *st)
{
	return (uint64_t)st->st_blocks * ST_BLOCK;
}

/* A descriptor that is not open, or whose file is something else. */
static int check_gmem(struct kvmfeat_ctx *ctx, int fd, const char *operation, struct stat *ret_st)
{
	int is_gmem = kf_gmem_stat(ctx, fd, ret_st);
	char value[16];
	struct kf_fault fault = {
		.error = is_gmem < 0 ? is_gmem : -EINVAL,
		.origin = is_gmem < 0 ? KVMFEAT_ORIGIN_KERNEL : KVMFEAT_ORIGIN_LIBRARY,
		.operation = is_gmem < 0 ? "fstatfs" : operation,
		.object = "guest_memfd",
		.value = value,
	};

	if (is_gmem > 0)
		return 0;
	snprintf(value, sizeof(value), "%d", fd);
	if (is_gmem < 0)
		return kf_fail(&ctx->reason, &fault, "descriptor %d: %s", fd,
			       kf_errno_text(is_gmem));
	return kf_fail(&ctx->reason, &fault, "descriptor %d is no guest_memfd", fd);
}

static int check_range(struct kvmfeat_ctx *ctx, const char *operation, uint64_t offset,
		       uint64_t len)
{
	char value[24];

	snprintf(value, sizeof(value), "0x%" PRIx64, kf_page_aligned(offset) ? len : offset);
	if (!kf_page_aligned(offset))
		return kf_invalid(&ctx->reason, operation, "offset", value,
				  "offset %s is not page-aligned", value);
	if (!len || !kf_page_aligned(len))
		return kf_invalid(&ctx->reason, operation, "length", value,
				  "length %s is not a multiple of the page size from 1 page on",
				  value);
	if (offset > INT64_MAX || len > INT64_MAX - offset)
		return kf_invalid(&ctx->reason, operation, "length", value,
				  "offset 0x%" PRIx64 " with length %s exceeds any file", offset,
				  value);
	return 0;
}

static int range_failed(struct kvmfeat_ctx *ctx, int fd, int err, const char *what, uint64_t offset,
			uint64_t len)
{
	char value[48];
	struct kf_fault fault = {
		.error = err,
		.origin = KVMFEAT_ORIGIN_KERNEL,
		.operation = "fallocate",
		.object = "guest_memfd",
		.value = value,
	};
	struct stat st;

	snprintf(value, sizeof(value), "0x%" PRIx64 "+0x%" PRIx64, offset, len);
	if (err == -EINVAL && kf_gmem_stat(ctx, fd, &st) > 0 && offset + len > (uint64_t)st.st_size)
		return kf_fail(&ctx->reason, &fault,
			       "%s cannot be %s: the guest_memfd ends at 0x%" PRIx64, value, what,
			       (uint64_t)st.st_size);
	return kf_fail(&ctx->reason, &fault, "%s cannot be %s: %s", value, what,
		       kf_errno_text(err));
}

/* The file is checked first: no hole may be punched into another one, say a disk image. */
static int change_range(struct kvmfeat_ctx *ctx, int fd, int mode, const char *operation,
			const char *what, uint64_t offset, uint64_t len)
{
	int err = check_range(ctx, operation, offset, len);

	if (!err)
		err = check_gmem(ctx, fd, operation, NULL);
	if (err)
		return err;
	err = ctx->sys->fallocate(ctx->sys, fd, mode | FALLOC_FL_KEEP_SIZE, offset, len);
	return err ? range_failed(ctx, fd, err, what, offset, len) : 0;
}

KVMFEAT_EXPORT int kvmfeat_gmem_allocate(struct kvmfeat_ctx *ctx, int fd, uint64_t offset_bytes,
					 uint64_t len_bytes)
{
	return change_range(ctx, fd, 0, "allocate guest_memfd memory", "allocated", offset_bytes,
			    len_bytes);
}

KVMFEAT_EXPORT int kvmfeat_gmem_punch(struct kvmfeat_ctx *ctx, int fd, uint64_t offset_bytes,
				      uint64_t len_bytes)
{
	return change_range(ctx, fd, FALLOC_FL_PUNCH_HOLE, "punch guest_memfd memory", "punched",
			    offset_bytes, len_bytes);
}

KVMFEAT_EXPORT int kvmfeat_gmem_get_account(struct kvmfeat_ctx *ctx, int fd,
					    struct kvmfeat_gmem_account *ret_account)
{
	struct kvmfeat_gmem_account account = { 0 };
	const size_t size = ret_account->size;
	struct stat st;
	int err;

	err = kf_result_check(&ctx->reason, ACCOUNT, "kvmfeat_gmem_account", ret_account,
			      ACCOUNT_MIN_SIZE);
	if (err)
		return err;
	err = check_gmem(ctx, fd, ACCOUNT, &st);
	if (err)
		return err;
	account.inode = st.st_ino;
	account.size_bytes = (uint64_t)st.st_size;
	/* 0 blocks say nothing: kernels that do not account show 0, too. */
	if (st.st_blocks) {
		account.allocated_bytes = kf_gmem_blocks_bytes(&st);
		account.source = KVMFEAT_GMEM_ST_BLOCKS;
	} else if (!kf_gmem_cached_bytes(ctx, fd, &account.allocated_bytes)) {
		account.source = KVMFEAT_GMEM_CACHESTAT;
	}
	return kf_result_copy(ret_account, size, &account, sizeof(account), ACCOUNT_MIN_SIZE);
}
