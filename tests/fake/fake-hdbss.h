/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HDBSS of the fake kernel, through each interface that a kernel has had for it, with dirty rings
 * and the binary statistics of a VM. Without a variant it is Linux 7.3, which has none.
 */
#ifndef FAKE_HDBSS_H
#define FAKE_HDBSS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <kvmfeat/hdbss.h>

#define FAKE_HDBSS_COUNTERS 4

struct fake;

/* What a VM has. */
struct fake_hdbss_vm {
	bool on;
	bool dirty_ring;
	bool is_protected;
	unsigned int order;
	uint64_t counters[FAKE_HDBSS_COUNTERS]; /* entries, full, drains, errors */
};

struct fake_hdbss_host {
	enum kvmfeat_hdbss_variant variant;
	unsigned int max_order; /* of our kernel */
	int enable_error; /* what switching it on answers */
	int disable_error;
	int stats_error; /* what KVM_GET_STATS_FD answers */
	int read_error; /* what reading from it answers */
	const void *stats; /* what is read, in place of the counters */
	size_t stats_size;
	unsigned int enables; /* KVM_ENABLE_CAPs for HDBSS */
	unsigned int others; /* and those of other capabilities */
};

/* Becomes an arm64 host with this interface; make the context afterwards. */
void fake_hdbss(struct fake *fake, enum kvmfeat_hdbss_variant variant);
/* The state of a VM by its descriptor. */
struct fake_hdbss_vm *fake_hdbss_vm(struct fake *fake, int vm);

/* For fake.c: FAKE_PASS when it is not about these. */
int fake_hdbss_ioctl(struct fake *fake, int fd, unsigned long request, uintptr_t arg);
ssize_t fake_hdbss_read(struct fake *fake, int fd, void *buf, size_t size);

#endif
