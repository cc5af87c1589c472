/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Netlink sockets of the fake kernel: what waits in them, and what a family answers. Their
 * descriptors are real ones.
 */
#ifndef FAKE_NL_H
#define FAKE_NL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sys.h"

struct fake;

/* What a receive finds: an error, or bytes. */
struct fake_message {
	int error;
	struct kf_nl_from from;
	size_t size;
	char *bytes;
};

/* A part of an answer: a message, or with @last how the dump ends. */
struct fake_answer {
	bool last;
	int result;
	size_t size;
	char *attrs;
};

struct fake_nl {
	int open_error;
	int family_error; /* of a family that is asked for by name; fake_init(): -ENOENT */
	size_t most_bytes; /* what a socket may hold at most; 0: whatever is wished */

	/* What was asked last. */
	int protocol;
	int group;
	size_t wished_bytes;
	char family[32];
	unsigned int command;
	unsigned int asked; /* how often */
	uint32_t types; /* attributes 2 to 5 of "pci-tsm" */
	uint32_t flags;
	char device[64];
	size_t nonce_bytes; /* 0: no such attribute */

	struct fake_message *messages;
	size_t count;
	size_t taken;
	struct fake_answer *answers;
	size_t answer_count;
	size_t answers_given;
	uint64_t seqnum;
};

/*
 * An event of the kernel: "change" at "/devices/virtual/misc/kvm" in subsystem "misc", and further
 * words such as "EVENT=create|PID=7".
 */
void fake_uevent(struct fake *fake, const char *action, const char *devpath, const char *subsystem,
		 const char *words);
/* Any bytes, from anybody. */
void fake_message(struct fake *fake, const void *bytes, size_t size, struct kf_nl_from from);
/* The next receive fails. */
void fake_receive_error(struct fake *fake, int error);

/* One more message of an answer, and how the answer ends. */
void fake_answer(struct fake *fake, const void *attrs, size_t size);
void fake_answer_ends(struct fake *fake, int result);

/* For fake.c */
void fake_nl_init(struct fake *fake);
void fake_nl_free(struct fake *fake);
int fake_nl_open(struct fake *fake, int protocol, int group, struct kf_nl *nl);
ssize_t fake_nl_receive(struct fake *fake, void *buf, size_t size, struct kf_nl_from *ret_from);
int fake_nl_open_family(struct fake *fake, const char *family, struct kf_nl *ret_nl);
int fake_nl_dump(struct fake *fake, const struct kf_nl_request *request, kf_nl_visit *visit,
		 void *data);

#endif
