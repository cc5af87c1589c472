// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes of the fake kernel. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "fake.h"

static struct fake_process *find(struct fake *fake, pid_t pid)
{
	for (size_t i = 0; pid && i < FAKE_PROCESSES; i++)
		if (fake->procs.processes[i].pid == pid)
			return &fake->procs.processes[i];
	return NULL;
}

static struct fake_file *find_file(struct fake_process *process, int fd)
{
	for (size_t i = 0; i < FAKE_PROCESS_FDS; i++)
		if (process->fds[i].used && process->fds[i].fd == fd)
			return &process->fds[i].file;
	return NULL;
}

static bool ended(const struct fake_process *process)
{
	return process->end_after && process->calls > process->end_after;
}

static bool executed(const struct fake_process *process)
{
	return process->exec_after && process->calls > process->exec_after;
}

/* The path of a call as the library sees it, without the root of the tree. */
static void path_of(struct fake *fake, int dirfd, const char *path, char *buf, size_t size)
{
	char link[32], dir[PATH_MAX];
	ssize_t len;

	*buf = '\0';
	if (path[0] == '/') {
		size_t root = strlen(fake->root);

		snprintf(buf, size, "%s", path + (strncmp(path, fake->root, root) ? 0 : root));
		return;
	}
	snprintf(link, sizeof(link), "/proc/self/fd/%d", dirfd);
	len = readlink(link, dir, sizeof(dir) - 1);
	if (len < 0)
		return;
	dir[len] = '\0';
	if (strncmp(dir, fake->root, strlen(fake->root)) != 0)
		return;
	snprintf(buf, size, "%s%s%s", dir + strlen(fake->root), *path ? "/" : "", path);
}

/* The process that a path concerns, with the call counted; @ret_rest: what follows /proc/PID. */
static struct fake_process *touch(struct fake *fake, const char *path, const char **ret_rest)
{
	struct fake_process *process;
	int pid, len = 0;

	if (sscanf(path, "/proc/%d%n", &pid, &len) != 1)
		return NULL;
	process = find(fake, pid);
	if (process)
		process->calls++;
	*ret_rest = path + len;
	return process;
}

static int open_link(struct fake *fake, struct fake_process *process, const char *name)
{
	struct fake_file *file = find_file(process, atoi(name));
	int fd;

	if (process->link_error)
		return process->link_error;
	if (fake->procs.path_open_error)
		return fake->procs.path_open_error;
	if (!file || executed(process))
		return -ENOENT;
	fd = fake_new_fd(fake, FAKE_PATH);
	if (fd >= 0)
		fake_fd(fake, fd)->data = file;
	return fd;
}

int fake_proc_open(struct fake *fake, int dirfd, const char *path, int flags)
{
	char whole[2 * PATH_MAX];
	const char *rest;
	struct fake_process *process;

	path_of(fake, dirfd, path, whole, sizeof(whole));
	process = touch(fake, whole, &rest);
	if (!process)
		return FAKE_PASS;
	if (ended(process))
		return -ENOENT;
	if (!strncmp(rest, "/fd/", 4) && (flags & O_PATH))
		return open_link(fake, process, rest + 4);
	return !strcmp(rest, "/fd") && process->open_error ? process->open_error : FAKE_PASS;
}

int fake_proc_readlink(struct fake *fake, int dirfd, const char *path)
{
	char whole[2 * PATH_MAX];
	const char *rest;
	struct fake_process *process;

	path_of(fake, dirfd, path, whole, sizeof(whole));
	process = touch(fake, whole, &rest);
	if (!process)
		return FAKE_PASS;
	if (ended(process) || executed(process))
		return -ENOENT;
	return process->link_error ? process->link_error : FAKE_PASS;
}

int fake_proc_getdents(struct fake *fake, int fd)
{
	char whole[2 * PATH_MAX];
	const char *rest;
	struct fake_process *process;

	path_of(fake, fd, "", whole, sizeof(whole));
	process = touch(fake, whole, &rest);
	if (!process)
		return FAKE_PASS;
	/* Another program inherited nothing: its directory is empty. */
	return ended(process) ? -ENOENT : executed(process) ? 0 : FAKE_PASS;
}

int fake_proc_read(struct fake *fake, int fd)
{
	char whole[2 * PATH_MAX];
	const char *rest;
	struct fake_process *process;

	path_of(fake, fd, "", whole, sizeof(whole));
	process = touch(fake, whole, &rest);
	return process && ended(process) ? -ESRCH : FAKE_PASS;
}

int fake_proc_pidfd_open(struct fake *fake, pid_t pid)
{
	struct fake_process *process = find(fake, pid);
	int fd;

	if (fake->procs.pidfd_open_error)
		return fake->procs.pidfd_open_error;
	if (!process)
		return -ESRCH;
	process->calls++;
	if (ended(process))
		return -ESRCH;
	if (process->pidfd_error)
		return process->pidfd_error;
	fd = fake_new_fd(fake, FAKE_PIDFD);
	if (fd >= 0)
		fake_fd(fake, fd)->id = pid;
	return fd;
}

int fake_proc_pidfd_getfd(struct fake *fake, int pidfd, int fd)
{
	struct fake_fd *entry = fake_fd(fake, pidfd);
	struct fake_process *process;
	struct fake_file *file;

	if (fake->procs.pidfd_getfd_error)
		return fake->procs.pidfd_getfd_error;
	if (!entry || entry->kind != FAKE_PIDFD)
		return -EBADF;
	process = find(fake, (pid_t)entry->id);
	process->calls++;
	if (ended(process))
		return -ESRCH;
	if (process->getfd_error)
		return process->getfd_error;
	file = executed(process) ? process->exec_file : find_file(process, fd);
	return file ? fake_open_file(fake, file) : -EBADF;
}

/* The open file of a descriptor, or NULL with the errno of kcmp(2). */
static const struct fake_file *kcmp_side(struct fake *fake, pid_t pid, int fd, int *ret_error)
{
	struct fake_process *process = find(fake, pid);
	const struct fake_file *file;

	*ret_error = -ESRCH;
	if (!process)
		return NULL;
	process->calls++;
	if (ended(process))
		return NULL;
	*ret_error = process->kcmp_error ? process->kcmp_error : -EBADF;
	file = executed(process) || process->kcmp_error ? NULL : find_file(process, fd);
	return file;
}

int fake_proc_kcmp_file(struct fake *fake, pid_t pid1, pid_t pid2, int fd1, int fd2)
{
	const struct fake_file *file1, *file2;
	int err;

	if (fake->procs.kcmp_error)
		return fake->procs.kcmp_error;
	file1 = kcmp_side(fake, pid1, fd1, &err);
	if (!file1)
		return err;
	file2 = kcmp_side(fake, pid2, fd2, &err);
	if (!file2)
		return err;
	if (file1->id == file2->id)
		return 0;
	return fake->procs.kcmp_unordered ? 3 : file1->id < file2->id ? 1 : 2;
}

int fake_open_file(struct fake *fake, struct fake_file *file)
{
	int fd = fake_new_fd(fake, FAKE_FILE);

	if (fd >= 0)
		fake_fd(fake, fd)->data = file;
	return fd;
}

static void proc_file(struct fake *fake, pid_t pid, const char *name, const char *text)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fake_file(fake, path, text);
}

/* status escapes the newline and the backslash of a name; comm and stat do not. */
static void escape(const char *comm, char *to)
{
	for (; *comm; comm++) {
		if (*comm == '\n' || *comm == '\\')
			*to++ = '\\';
		*to++ = *comm == '\n' ? 'n' : *comm;
	}
	*to = '\0';
}

static void write_status(struct fake *fake, pid_t pid, const char *comm, uid_t uid, long rss_kb)
{
	char name[64], rss[64] = "", text[512];

	escape(comm, name);
	if (rss_kb >= 0)
		snprintf(rss, sizeof(rss), "VmHWM:\t%8ld kB\nVmRSS:\t%8ld kB\n", rss_kb + 4,
			 rss_kb);
	snprintf(text, sizeof(text),
		 "Name:\t%s\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t%d\nPid:\t%d\n"
		 "Uid:\t%u\t0\t0\t0\nGid:\t0\t0\t0\t0\nFDSize:\t64\nGroups:\t0 \n%sThreads:\t1\n",
		 name, (int)pid, (int)pid, (unsigned int)uid, rss);
	proc_file(fake, pid, "status", text);
}

static void too_many(const char *what)
{
	fprintf(stderr, "the test's own world is broken: too many %s\n", what);
	abort();
}

struct fake_process *fake_process(struct fake *fake, pid_t pid, const char *comm, uid_t uid,
				  long rss_kb, unsigned long long start_ticks)
{
	struct fake_process *process = fake->procs.processes;
	char text[512];

	while (process->pid)
		if (++process == fake->procs.processes + FAKE_PROCESSES)
			too_many("processes");
	*process = (struct fake_process){ .pid = pid };
	snprintf(text, sizeof(text), "%s\n", comm);
	proc_file(fake, pid, "comm", text);
	snprintf(text, sizeof(text),
		 "%d (%s) S 1 %d %d 0 -1 4194560 123 0 0 0 10 20 0 0 20 0 1 0 %llu 2400256 "
		 "200 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0\n",
		 (int)pid, comm, (int)pid, (int)pid, start_ticks);
	proc_file(fake, pid, "stat", text);
	write_status(fake, pid, comm, uid, rss_kb);
	snprintf(text, sizeof(text), "/proc/%d/fd", (int)pid);
	fake_dir(fake, text);
	return process;
}

void fake_process_fd(struct fake *fake, pid_t pid, int fd, const char *link, struct fake_file file)
{
	struct fake_process *process = find(fake, pid);
	char path[64];
	size_t i = 0;

	while (process->fds[i].used)
		if (++i == FAKE_PROCESS_FDS)
			too_many("descriptors");
	process->fds[i].used = true;
	process->fds[i].fd = fd;
	process->fds[i].file = file;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
	fake_link(fake, path, link);
}

void fake_mount_proc(struct fake *fake, const char *options)
{
	char path[PATH_MAX], text[256];
	struct stat st;

	snprintf(path, sizeof(path), "%s/proc", fake->root);
	if (stat(path, &st))
		abort();
	snprintf(text, sizeof(text),
		 "21 1 0:4095 / / rw - ext4 x,hidepid=2 rw,hidepid=2\n"
		 "22 21 %u:%u / /proc rw,relatime - proc x,hidepid=2 rw%s\n",
		 major(st.st_dev), minor(st.st_dev), options);
	fake_file(fake, "/proc/42/mountinfo", text);
}

void fake_hidepid(struct fake *fake)
{
	fake_remove(fake, "/proc/1");
	fake_mount_proc(fake, ",hidepid=invisible");
}
