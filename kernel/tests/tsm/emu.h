/* SPDX-License-Identifier: GPL-2.0-only */
/* The emulated devices of modules/tsm-emu for the programs of this room. */
#ifndef KVMFEAT_TESTS_TSM_EMU_H
#define KVMFEAT_TESTS_TSM_EMU_H

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "test_util.h"

#define EMU "/sys/kernel/debug/tsm-emu/"
#define DEVICES "/sys/bus/pci/devices/"
#define EMU_DRIVER "/sys/bus/pci/drivers/tsm-emu-ep/"
#define EMU_PATH 128
#define EMU_STREAMS 4 /* of the host bridge */

/* The functions, by what they are. */
enum emu_index {
	EMU_DSM, /* function 0 of three, the manager of the others */
	EMU_SECOND,
	EMU_THIRD,
	EMU_SEVERAL, /* several BARs */
	EMU_PLAIN, /* without TEE-IO */
	EMU_FUNCTIONS,
};

struct emu_names {
	char bdf[EMU_FUNCTIONS][32];
};

/* Another one in each run; the clock of a guest may begin at the same time in each. */
static inline unsigned int emu_random(void)
{
	unsigned int number;

	TEST_ASSERT(getrandom(&number, sizeof(number), 0) == sizeof(number), "getrandom: %s",
		    strerror(errno));
	return number;
}

/* One write: 0 or an errno. */
static inline int emu_put(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;
	ssize_t wrote;

	if (fd < 0)
		return errno;
	wrote = write(fd, data, size);
	if (wrote < 0)
		err = errno;
	else if (wrote != size)
		err = EIO;
	close(fd);
	return err;
}

static inline int emu_say(const char *path, const char *text)
{
	return emu_put(path, text, strlen(text));
}

/* One read: 0 or an errno; the text loses its end of line. */
static inline int emu_read(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	ssize_t length;

	if (fd < 0)
		return errno;
	length = read(fd, text, size - 1);
	if (length < 0)
		err = errno;
	close(fd);
	text[length < 0 ? 0 : length] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return err;
}

/* All bytes of a file, which must fit: how many. */
static inline size_t emu_get(const char *path, void *data, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : 1;
	size_t bytes = 0;

	while (got > 0 && bytes < size) {
		got = read(fd, (char *)data + bytes, size - bytes);
		bytes += got > 0 ? got : 0;
	}
	TEST_ASSERT(!got, "%s: %s", path, got < 0 ? strerror(errno) : "too long");
	close(fd);
	return bytes;
}

/* A file of a device in sysfs, or in debugfs. */
static inline const char *emu_device(char *path, const char *bdf, const char *file)
{
	snprintf(path, EMU_PATH, DEVICES "%s/%s", bdf, file);
	return path;
}

static inline const char *emu_order(char *path, const char *bdf, const char *file)
{
	snprintf(path, EMU_PATH, EMU "%s/%s", bdf, file);
	return path;
}

/* How many IDE streams the host bridge has left, of EMU_STREAMS, as the kernel says of @bdf's. */
static inline int emu_streams(const char *bdf)
{
	char path[EMU_PATH], text[16];
	int err;

	snprintf(path, sizeof(path), "/sys/devices/pci%.*s:00/available_secure_streams",
		 (int)strcspn(bdf, ":"), bdf);
	err = emu_read(path, text, sizeof(text));
	TEST_ASSERT(!err, "%s: %s", path, strerror(err));
	return atoi(text);
}

static inline int emu_say_to(const char *bdf, const char *file, const char *text)
{
	char path[EMU_PATH];

	return emu_say(emu_device(path, bdf, file), text);
}

static inline int emu_say_of(const char *bdf, const char *file, const char *text)
{
	char path[EMU_PATH];

	return emu_say(emu_order(path, bdf, file), text);
}

static inline void emu_must(int err, const char *what)
{
	TEST_ASSERT(!err, "%s: %s", what, strerror(err));
}

/*
 * Loads the module with parameters, "NAME=VALUE …", and names its functions in the order of their
 * addresses.
 */
static inline void emu_load_with(const char *parameters, struct emu_names *names)
{
	char command[EMU_PATH];
	glob_t found;

	snprintf(command, sizeof(command), "modprobe tsm-emu %s", parameters);
	TEST_ASSERT(!system(command), "the module does not load");
	TEST_ASSERT(!glob(EMU "*:*", 0, NULL, &found) && found.gl_pathc == EMU_FUNCTIONS,
		    "the functions are not there");
	for (int i = 0; i < EMU_FUNCTIONS; i++)
		snprintf(names->bdf[i], sizeof(names->bdf[i]), "%s",
			 found.gl_pathv[i] + strlen(EMU));
	globfree(&found);
}

static inline void emu_load(struct emu_names *names)
{
	emu_load_with("", names);
}

static inline void emu_unload(void)
{
	TEST_ASSERT(!system("rmmod tsm-emu"), "the module does not unload");
}

/* Registers the TSM "link" or "devsec", and tells its name. */
static inline void emu_register(const char *which, char *name, size_t size)
{
	char path[EMU_PATH];

	snprintf(path, sizeof(path), EMU "%s", which);
	emu_must(emu_say(path, "1"), path);
	emu_must(emu_read(path, name, size), path);
}

static inline void emu_unregister(const char *which)
{
	char path[EMU_PATH];

	snprintf(path, sizeof(path), EMU "%s", which);
	emu_must(emu_say(path, "0"), path);
}

#endif
