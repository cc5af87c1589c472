/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between the feature table (features.c), its questions (ask-*.c) and probe.c. */
#ifndef KF_PROBE_ROWS_H
#define KF_PROBE_ROWS_H

#include "internal.h"

/* One probe in progress. */
struct kf_probing {
	struct kvmfeat_ctx *ctx;
	bool deep;
	struct kvmfeat_vm *vm; /* scratch VM of a deep probe; NULL: shallow, or @kvm says why */
	struct kf_reason kvm; /* why /dev/kvm, or the scratch VM, cannot be asked */
	int kvm_error; /* of opening /dev/kvm; 0: it answers */
	int vm_error; /* of creating the scratch VM; 0: it is there, or not asked for */
};

/* What came out for one feature; the room of its strings. */
struct kf_answer {
	struct kvmfeat_feature feature;
	char reason[512];
	char remedy[256];
	char evidence[128];
};

struct kf_feature {
	const char *id;
	const char *text;
	const char *since; /* first release that has it, or NULL while none has */
	const char *since_arm64; /* where arm64 got it later; NULL: @since */
	unsigned int archs; /* KF_ARCH_* that can have it */
	void (*ask)(const struct kf_feature *row, struct kf_probing *probing,
		    struct kf_answer *answer);
	unsigned int cap; /* for ask_cap() and others: the capability that tells */
	unsigned int older_cap; /* its name on kernels that lack @cap; 0: none */
	int mask; /* bits of the capability that must be set; 0: any answer but 0 */
	enum kvmfeat_why lacking; /* why a new enough kernel may lack it; NONE: not known */
	const char *remedy; /* what would help then */
};

extern const struct kf_feature kf_features[];
extern const size_t kf_feature_count;

/* features.c: a row by its id, which must be one; its first release on an architecture */

const struct kf_feature *kf_feature(const char *id);
const char *kf_feature_since(const struct kf_feature *row, enum kf_arch arch);

/* probe.c: ways to end a question */

void kf_answer(struct kf_answer *answer, enum kvmfeat_state state, enum kvmfeat_why why,
	       const char *remedy, const char *fmt, ...) KF_PRINTF(5, 6);
void kf_evidence(struct kf_answer *answer, const char *fmt, ...) KF_PRINTF(2, 3);
/* The state unknown, for the reason of a call that failed. */
void kf_answer_error(struct kf_answer *answer, const struct kf_reason *reason);
/* Absent: told by release where that explains it, else by the row's own class. */
void kf_answer_lacking(const struct kf_feature *row, const struct kf_probing *probing,
		       struct kf_answer *answer);
/* True when /dev/kvm answers; else the answer is made. */
bool kf_needs_kvm(struct kf_probing *probing, struct kf_answer *answer);
/* True when there is a scratch VM; else the answer is made. */
bool kf_needs_vm(struct kf_probing *probing, struct kf_answer *answer);

/* ask-kvm.c: questions to /dev/kvm and the scratch VM */

void kf_ask_device(const struct kf_feature *, struct kf_probing *, struct kf_answer *);
void kf_ask_cap(const struct kf_feature *, struct kf_probing *, struct kf_answer *);
void kf_ask_nested_state(const struct kf_feature *, struct kf_probing *, struct kf_answer *);
/*
 * True when a vendor's module has nested=0; @remedy receives what would change that. Sets no
 * reason and takes no memory: a vCPU's thread may ask.
 */
bool kf_nested_is_off(struct kvmfeat_ctx *ctx, const char **ret_module, char *remedy, size_t size);
void kf_ask_accounting(const struct kf_feature *, struct kf_probing *, struct kf_answer *);
void kf_ask_hdbss(const struct kf_feature *, struct kf_probing *, struct kf_answer *);
void kf_ask_fixed_counters(const struct kf_feature *, struct kf_probing *, struct kf_answer *);

/* ask-sysfs.c: questions to module parameters and PCI devices */

/* True when the parameter can be read and has this value. */
bool kf_param_is(struct kvmfeat_ctx *ctx, const char *module, const char *name, const char *value);

void kf_ask_avic(const struct kf_feature *, struct kf_probing *, struct kf_answer *);
void kf_ask_nx_huge_pages(const struct kf_feature *, struct kf_probing *, struct kf_answer *);
void kf_ask_tsm_link(const struct kf_feature *, struct kf_probing *, struct kf_answer *);
void kf_ask_tsm_devsec(const struct kf_feature *, struct kf_probing *, struct kf_answer *);
void kf_ask_ide(const struct kf_feature *, struct kf_probing *, struct kf_answer *);

#endif
