// SPDX-License-Identifier: GPL-2.0-or-later
/* Many idle processes, made without the library that is to find them. */
#define _GNU_SOURCE
#include "many.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/kvm.h>

/* Sizes differ from process to process; part is allocated, part of that punched again. */
static int hold_gmem(struct many_process *self, size_t number)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	const uint64_t pages = 16 * (number + 1), allocated = pages / 2 + number,
		       punched = 1 + number % 5;
	struct kvm_create_guest_memfd create = { .size = pages * page };

	self->gmem_fd = ioctl(self->vm_fd, KVM_CREATE_GUEST_MEMFD, &create);
	if (self->gmem_fd < 0)
		return 0;
	self->gmem_size_bytes = create.size;
	self->gmem_allocated_bytes = (allocated - punched) * page;
	return fallocate(self->gmem_fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)(allocated * page)) ||
	       fallocate(self->gmem_fd, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE,
			 (off_t)(2 * page), (off_t)(punched * page));
}

static int hold_vm(struct many_process *self, size_t number)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	self->vm_fd = ioctl(kvm, KVM_CREATE_VM, 0);
	return self->vm_fd < 0 || hold_gmem(self, number);
}

/* A process of its own: says what it holds and waits for the end. */
static _Noreturn void be_one(pid_t parent, const int ready[2], const int release[2], bool holder,
			     size_t number, size_t fds)
{
	struct many_process self = { .pid = getpid(), .vm_fd = -1, .gmem_fd = -1 };
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	close(release[1]);
	if (holder && hold_vm(&self, number))
		_exit(1);
	for (int fd = 0; fd >= 0 && (size_t)fd + 1 < fds;)
		fd = fcntl(release[0], F_DUPFD, 0);
	if (write(ready[1], &self, sizeof(self)) != sizeof(self))
		_exit(1);
	close(ready[1]);
	while (read(release[0], &byte, 1) < 0 && errno == EINTR)
		;
	_exit(0);
}

/* Keeps what each process says of itself; they run at once, so in any order. */
static int hear(struct many *many, int ready)
{
	struct many_process said;

	for (size_t heard = 0; heard < many->count; heard++) {
		size_t i = 0;

		/* Less than PIPE_BUF: each arrives whole. The end of the pipe: one failed. */
		if (read(ready, &said, sizeof(said)) != sizeof(said))
			return -1;
		while (many->processes[i].pid != said.pid)
			i++;
		many->processes[i] = said;
	}
	return 0;
}

int many_start(struct many *many, size_t count, size_t holders, size_t fds)
{
	const pid_t parent = getpid();
	int ready[2], release[2];
	bool started = true;

	*many = (struct many){ .processes = calloc(count, sizeof(*many->processes)) };
	if (!many->processes || pipe2(ready, O_CLOEXEC) || pipe2(release, O_CLOEXEC))
		return -1;
	for (size_t i = 0; started && i < count; i++) {
		/* Holders lie among the others, not at one end. */
		const bool holder =
			holders && i % (count / holders) == 0 && i / (count / holders) < holders;
		const pid_t pid = fork();

		if (!pid)
			be_one(parent, ready, release, holder, holders ? i / (count / holders) : 0,
			       fds);
		started = pid > 0;
		if (started)
			many->processes[many->count++].pid = pid;
	}
	close(ready[1]);
	close(release[0]);
	many->release = release[1];
	started = started && !hear(many, ready[0]);
	close(ready[0]);
	if (!started)
		many_stop(many);
	return started ? 0 : -1;
}

void many_stop(struct many *many)
{
	close(many->release);
	for (size_t i = 0; i < many->count; i++)
		while (waitpid(many->processes[i].pid, NULL, 0) < 0 && errno == EINTR)
			;
	free(many->processes);
	*many = (struct many){ .release = -1 };
}
