// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading an operand: a file whole, within bounds, or standard input. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

const char *cli_file_name(const char *path)
{
	return strcmp(path, "-") ? path : "standard input";
}

static int fail(struct cli *cli, const char *path, int err)
{
	char text[1024];

	snprintf(text, sizeof(text), "cannot read %s: %s", cli_file_name(path), strerror(-err));
	return cli_end(cli, err == -EACCES || err == -EPERM ? CLI_NOT_PERMITTED : CLI_FAILED, err,
		       text, NULL);
}

/* Until the end of the file or of the room. */
static int fill(int fd, unsigned char *bytes, size_t room, size_t *ret_size)
{
	size_t size = 0;

	while (size < room) {
		ssize_t got = read(fd, bytes + size, room - size);
		int err = got < 0 ? -errno : 0;

		if (err == -EINTR)
			continue;
		if (err)
			return err;
		if (!got)
			break;
		size += (size_t)got;
	}
	*ret_size = size;
	return 0;
}

/* @bytes has room for one byte more than @max, which tells that the file is too large. */
static int read_bounded(const char *path, unsigned char *bytes, size_t max, size_t *ret_size)
{
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	int err = fd < 0 ? -errno : 0;

	if (err)
		return err;
	err = fill(fd, bytes, max + 1, ret_size);
	if (fd != STDIN_FILENO)
		close(fd);
	return err;
}

int cli_read_file(struct cli *cli, const char *path, size_t max, const char *what,
		  struct cli_file *ret_file)
{
	struct cli_file file = { .bytes = malloc(max + 1) };
	char text[1024];
	int err = file.bytes ? read_bounded(path, file.bytes, max, &file.size) : -ENOMEM;

	if (!err && file.size <= max) {
		*ret_file = file;
		return CLI_DONE;
	}
	free(file.bytes);
	if (err)
		return fail(cli, path, err);
	snprintf(text, sizeof(text), "cannot read %s: it is larger than %zu KiB, too much for %s",
		 cli_file_name(path), max / 1024, what);
	return cli_end(cli, CLI_FAILED, -EFBIG, text, NULL);
}
