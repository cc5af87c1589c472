/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the room evidence: attributes of netlink messages, and the objects made of them. */
#ifndef KF_EVIDENCE_PRIVATE_H
#define KF_EVIDENCE_PRIVATE_H

#include "internal.h"

#define KF_EVIDENCE_MAX_BYTES (16u << 20)

/* What the family "pci-tsm" calls its attributes. */
enum {
	KF_EVIDENCE_A_TYPE = 1,
	KF_EVIDENCE_A_TYPE_MASK = 2,
	KF_EVIDENCE_A_FLAGS = 3,
	KF_EVIDENCE_A_DEV_NAME = 4,
	KF_EVIDENCE_A_NONCE = 5,
	KF_EVIDENCE_A_VAL = 6,
};

/* evidence-decode.c: pure */

/*
 * The attribute at *@pos of a message, and *@pos behind it. 1: there was one; 0: the message has
 * ended; -EBADMSG.
 */
int kf_nl_attr_next(const void *attrs, size_t size, size_t *pos, struct kf_nl_attr *ret_attr);

/* evidence.c */

struct kvmfeat_evidence {
	const struct kf_sys *sys; /* for memory */
	unsigned int wanted; /* types that were asked for and have not come yet */
	size_t count;
	struct kvmfeat_evidence_object objects[KVMFEAT_EVIDENCE_TYPES];
	size_t room[KVMFEAT_EVIDENCE_TYPES]; /* bytes that their memory has */
};

/* One message of the answer: -EBADMSG, -EFBIG or -ENOMEM. What came before stays. */
int kf_evidence_take(struct kvmfeat_evidence *evidence, const void *attrs, size_t size);
/* Frees the objects, not @evidence itself. */
void kf_evidence_clear(struct kvmfeat_evidence *evidence);

#endif
