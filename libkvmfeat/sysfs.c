// SPDX-License-Identifier: LGPL-2.1-or-later
/* Small files and directories below the root of a context: /dev, /proc, /sys. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

/* On the stack, once more for a visitor that visits itself: a thread may have little. */
#define DIRENTS_SIZE (16 * 1024)
#define SYSFS_MAGIC 0x62656572

int kf_open(struct kvmfeat_ctx *ctx, const char *path, int flags)
{
	char absolute[4096];
	int len;

	if (ctx->root_fd >= 0)
		return ctx->sys->open(ctx->sys, ctx->root_fd, path, flags, RESOLVE_IN_ROOT);
	len = snprintf(absolute, sizeof(absolute), "/%s", path);
	if (len < 0 || (size_t)len >= sizeof(absolute))
		return -ENAMETOOLONG;
	return ctx->sys->open(ctx->sys, AT_FDCWD, absolute, flags, 0);
}

int kf_open_at(struct kvmfeat_ctx *ctx, int dirfd, const char *path, int flags)
{
	const uint64_t inside = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;

	return ctx->sys->open(ctx->sys, dirfd, path, flags, ctx->root_fd >= 0 ? inside : 0);
}

void kf_close(struct kvmfeat_ctx *ctx, int fd)
{
	if (fd >= 0)
		ctx->sys->close(ctx->sys, fd);
}

int kf_exists(struct kvmfeat_ctx *ctx, const char *path)
{
	int fd = kf_open(ctx, path, O_PATH);

	kf_close(ctx, fd);
	return fd >= 0 ? 1 : fd == -ENOENT || fd == -ENOTDIR ? 0 : fd;
}

ssize_t kf_read_fd(struct kvmfeat_ctx *ctx, int fd, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t got;

	do {
		got = ctx->sys->read(ctx->sys, fd, buf + len, size - len);
		if (got > 0)
			len += (size_t)got;
	} while (got == -EINTR || (got > 0 && len < size));
	return got < 0 ? got : (ssize_t)len;
}

ssize_t kf_read_start(struct kvmfeat_ctx *ctx, const char *path, char *buf, size_t size)
{
	int fd = kf_open(ctx, path, O_RDONLY);
	ssize_t len;

	if (fd < 0)
		return fd;
	len = kf_read_fd(ctx, fd, buf, size - 1);
	kf_close(ctx, fd);
	if (len >= 0)
		buf[len] = '\0';
	return len;
}

ssize_t kf_read_text(struct kvmfeat_ctx *ctx, int fd, char *buf, size_t size)
{
	ssize_t len = kf_read_fd(ctx, fd, buf, size);

	if (len < 0)
		return len;
	if ((size_t)len == size || memchr(buf, '\0', (size_t)len))
		return -EBADMSG;
	if (len && buf[len - 1] == '\n')
		len--;
	buf[len] = '\0';
	return len;
}

ssize_t kf_read_file(struct kvmfeat_ctx *ctx, const char *path, char *buf, size_t size)
{
	int fd = kf_open(ctx, path, O_RDONLY);
	ssize_t len;

	if (fd < 0)
		return fd;
	len = kf_read_text(ctx, fd, buf, size);
	kf_close(ctx, fd);
	return len;
}

int kf_is_sysfs(struct kvmfeat_ctx *ctx, int fd)
{
	struct statfs fs;
	const int err = ctx->sys->fstatfs(ctx->sys, fd, &fs);

	return err ? err : fs.f_type == SYSFS_MAGIC;
}

const struct kf_denial *kf_find_denial(int err)
{
	static const struct kf_denial denials[] = {
		{ -EACCES, "the mode of its file does not let this user", "run as root" },
		{ -EPERM, "the kernel does not let this user",
		  "run as root, outside of the container or lockdown that forbids it" },
		{ -EROFS, "/sys is mounted read-only",
		  "run it where /sys is writable, outside of the container" },
	};

	for (size_t i = 0; i < KF_ARRAY_SIZE(denials); i++)
		if (denials[i].error == err)
			return &denials[i];
	return NULL;
}

int kf_for_each_entry(struct kvmfeat_ctx *ctx, int dirfd,
		      int (*visit)(void *data, const char *name), void *data)
{
	_Alignas(struct dirent64) char buf[DIRENTS_SIZE];
	ssize_t got;

	while ((got = ctx->sys->getdents(ctx->sys, dirfd, buf, sizeof(buf))) > 0) {
		const struct dirent64 *entry;

		for (ssize_t pos = 0; pos < got; pos += entry->d_reclen) {
			int stop;

			entry = (const struct dirent64 *)(buf + pos);
			if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
				continue;
			stop = visit(data, entry->d_name);
			if (stop)
				return stop;
		}
	}
	return (int)got;
}
