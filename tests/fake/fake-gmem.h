/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guest_memfd of the fake kernel: creation, memory slots, allocation. It behaves like Linux 7.3
 * without the accounting patch; the switches make it older, or patched.
 */
#ifndef FAKE_GMEM_H
#define FAKE_GMEM_H

#include "fake-proc.h"

#define FAKE_GMEMS 8
#define FAKE_GMEM_PAGES 64
#define FAKE_SLOTS 8

struct fake;

struct fake_gmem {
	struct fake_file file; /* ino 0: this entry is free */
	int vm;
	bool allocated[FAKE_GMEM_PAGES];
};

struct fake_slot {
	int vm; /* 0: this entry is free */
	uint32_t slot;
	uint64_t address;
	uint64_t size;
	uint64_t offset;
	struct fake_gmem *gmem; /* NULL: plain memory */
};

struct fake_gmem_host {
	bool missing; /* no KVM_CREATE_GUEST_MEMFD, no KVM_SET_USER_MEMORY_REGION2 */
	bool accounts; /* st_blocks tells the allocated bytes */
	bool anon_inode; /* before it had a file system of its own */
	int create_error;
	int bind_error;
	int fallocate_error; /* after half of the pages are done */
	struct fake_gmem gmems[FAKE_GMEMS];
	struct fake_slot slots[FAKE_SLOTS];
};

/* For fake.c: FAKE_PASS when it is not about guest_memfd. */
int fake_gmem_ioctl(struct fake *fake, int vm, unsigned long request, uintptr_t arg);
int fake_gmem_fallocate(struct fake *fake, int fd, int mode, uint64_t offset, uint64_t len);

/* The guest_memfd behind a descriptor. */
struct fake_gmem *fake_gmem(struct fake *fake, int fd);
/* Lets process @pid hold it, too, with the link text that this kernel shows. */
void fake_gmem_hold(struct fake *fake, pid_t pid, int fd, const struct fake_gmem *gmem);

#endif
