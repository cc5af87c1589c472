/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes of the fake kernel: what /proc shows of them is in the tree, what system calls
 * tell about their open files is here.
 */
#ifndef FAKE_PROC_H
#define FAKE_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define FAKE_PROCESSES 64
#define FAKE_PROCESS_FDS 64

struct fake;

/* An open file and its inode. Descriptors with the same id share one open file. */
struct fake_file {
	unsigned long id; /* kcmp orders by it */
	dev_t dev;
	ino_t ino;
	off_t size;
	blkcnt_t blocks;
	uint64_t cached_pages;
	long f_type;
};

struct fake_process {
	pid_t pid; /* 0: this entry is free */
	int open_error; /* of /proc/PID/fd (-EACCES, -EPERM), for a process of somebody else */
	int link_error; /* of readlink(2) and O_PATH in it: the directory opens, its links do not */
	int kcmp_error; /* of kcmp(2) with this process */
	int pidfd_error; /* of pidfd_open(2) */
	int getfd_error; /* of pidfd_getfd(2) */
	/*
	 * After so many calls that concern the process it ends, or executes another program
	 * that inherits nothing; 0: never.
	 */
	unsigned int end_after;
	unsigned int exec_after;
	struct fake_file *exec_file; /* what the other program has under any number */
	unsigned int calls;
	struct {
		bool used;
		int fd;
		struct fake_file file;
	} fds[FAKE_PROCESS_FDS];
};

struct fake_procs {
	struct fake_process processes[FAKE_PROCESSES];
	bool kcmp_unordered; /* kcmp(2) tells "different" without an order */
	/* What these answer for all processes instead; 0: nothing */
	int kcmp_error;
	int pidfd_open_error;
	int pidfd_getfd_error;
	int path_open_error; /* O_PATH of /proc/PID/fd/N */
	int fstat_error;
	int fstatfs_error;
	int cachestat_error;
};

/*
 * A process with /proc/PID/{comm,stat,status,fd}; @start_ticks: 1/100 s after the boot, which
 * was 10000 s ago; @rss_kb: -1: status has no VmRSS. The fields of what it returns may be set.
 */
struct fake_process *fake_process(struct fake *fake, pid_t pid, const char *comm, uid_t uid,
				  long rss_kb, unsigned long long start_ticks);
/* One more descriptor; @link is what readlink(2) tells of it. */
void fake_process_fd(struct fake *fake, pid_t pid, int fd, const char *link, struct fake_file file);
/* Mounts /proc with more options, each after a comma; what it shows stays. */
void fake_mount_proc(struct fake *fake, const char *options);
/* As seen by a user whom hidepid=2 hides the processes of others from: no /proc/1. */
void fake_hidepid(struct fake *fake);

/* A descriptor of this process on @file, which must outlive it, or -EMFILE. */
int fake_open_file(struct fake *fake, struct fake_file *file);

/*
 * For fake.c: called before a call on a path or descriptor of the tree. FAKE_PASS when no
 * process has an own answer to it.
 */
int fake_proc_open(struct fake *fake, int dirfd, const char *path, int flags);
int fake_proc_readlink(struct fake *fake, int dirfd, const char *path);
int fake_proc_getdents(struct fake *fake, int fd);
int fake_proc_read(struct fake *fake, int fd);

/* For fake.c: the calls themselves. */
int fake_proc_pidfd_open(struct fake *fake, pid_t pid);
int fake_proc_pidfd_getfd(struct fake *fake, int pidfd, int fd);
int fake_proc_kcmp_file(struct fake *fake, pid_t pid1, pid_t pid2, int fd1, int fd2);

#endif
