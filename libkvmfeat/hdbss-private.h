/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between the parts of the room hdbss. */
#ifndef KF_HDBSS_PRIVATE_H
#define KF_HDBSS_PRIVATE_H

#include "internal.h"

struct kvm_enable_cap;

/* A kernel interface: a row of the table in hdbss-decode.c. */
struct kf_hdbss_abi {
	enum kvmfeat_hdbss_variant variant;
	unsigned int number; /* of the capability; 0: none */
	const char *name;
	const char *how; /* it is told from the others, one clause */
	int min_order; /* -1: it cannot be switched */
	bool shows_state; /* the answer of a VM tells whether it is on, and its order */
	bool order_is_switch; /* args[0] = 0 switches off, and there is no args[1] */
};

/* What KVM_CHECK_EXTENSION answers for each number that can mean HDBSS. */
struct kf_hdbss_answers {
	int kvmfeat;
	int posted;
	int openeuler;
};

/* What the answers say. */
struct kf_hdbss_offer {
	const struct kf_hdbss_abi *abi;
	uint32_t answer; /* for abi->number */
	unsigned int version; /* of our interface */
	int max_order; /* -1: it cannot be switched */
	bool is_on; /* this and the next: where abi->shows_state */
	int order;
};

/* Why HDBSS cannot be switched. */
struct kf_hdbss_lack {
	enum kvmfeat_why why;
	char reason[512];
	char remedy[256];
};

/* hdbss-decode.c: pure */

/* The answers of an arm64 kernel: on others the numbers mean something else. */
struct kf_hdbss_offer kf_hdbss_tell(const struct kf_hdbss_answers *answers);
/* Fills in the argument of KVM_ENABLE_CAP. */
void kf_hdbss_encode(const struct kf_hdbss_abi *abi, bool on, unsigned int order,
		     struct kvm_enable_cap *ret_cap);
/* What a kernel command line demands of KVM; it may demand nothing. */
enum kvmfeat_hdbss_el2 kf_hdbss_decode_cmdline(const char *text);
/* A register as sysfs shows it, "0x00000000410fd4f0"; 0 when it is none. */
uint64_t kf_hdbss_decode_midr(const char *text);

/* hdbss-host.c */

static inline bool kf_hdbss_can_switch(const struct kf_hdbss_offer *offer)
{
	return offer->abi->min_order >= 0;
}

/*
 * Asks the VM, or /dev/kvm when @vm is NULL; on architectures without HDBSS nothing is asked.
 * @ret_answers may be NULL.
 */
int kf_hdbss_ask(struct kvmfeat_ctx *ctx, struct kvmfeat_vm *vm,
		 struct kf_hdbss_answers *ret_answers, struct kf_hdbss_offer *ret_offer);
/* Why not, when it cannot be switched. @vm may be NULL. Leaves the reason of the context alone. */
void kf_hdbss_explain(struct kvmfeat_ctx *ctx, struct kvmfeat_vm *vm,
		      const struct kf_hdbss_offer *offer, struct kf_hdbss_lack *ret_lack);

#endif
