/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many idle processes, some of which hold a VM and a guest_memfd. They are made with raw
 * ioctls and end with the process that started them.
 */
#ifndef MANY_H
#define MANY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct many_process {
	pid_t pid;
	int vm_fd; /* -1: it holds none */
	int gmem_fd; /* -1: it holds none, or this kernel has none */
	uint64_t gmem_size_bytes;
	uint64_t gmem_allocated_bytes;
};

struct many {
	struct many_process *processes; /* in the order of their start */
	size_t count;
	int release; /* they end when it is closed */
};

/*
 * Starts @count processes with @fds descriptors each, @holders of which hold a VM. Returns 0
 * when all of them are ready; otherwise none is left.
 */
int many_start(struct many *many, size_t count, size_t holders, size_t fds);
void many_stop(struct many *many);

#endif
