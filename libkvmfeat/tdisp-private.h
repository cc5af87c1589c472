/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the tdisp room share: the layout of a report, and how far one can be read. */
#ifndef KF_TDISP_PRIVATE_H
#define KF_TDISP_PRIVATE_H

#include "bytes.h"
#include "internal.h"

/* DEVICE_INTERFACE_REPORT, PCIe r7.0, table 11-16; little endian. */
enum {
	KF_TDISP_INTERFACE_INFO = 0,
	KF_TDISP_RESERVED = 2,
	KF_TDISP_MSIX_CONTROL = 4,
	KF_TDISP_LNR_CONTROL = 6,
	KF_TDISP_TPH_CONTROL = 8,
	KF_TDISP_RANGE_COUNT = 12,
	KF_TDISP_RANGES = 16,
	KF_TDISP_RANGE_BYTES = 16,
	KF_TDISP_INFO_LENGTH_BYTES = 4,
	KF_TDISP_MIN_BYTES = KF_TDISP_RANGES + KF_TDISP_INFO_LENGTH_BYTES,
};

/* A range, from its start. */
enum {
	KF_TDISP_FIRST_PAGE = 0,
	KF_TDISP_PAGES = 8,
	KF_TDISP_ATTRIBUTES = 12,
	KF_TDISP_BAR = 14,
};

/* How far a report can be read; what is behind that lies outside of its bytes. */
enum kf_tdisp_extent {
	KF_TDISP_NOTHING,
	KF_TDISP_HEADER,
	KF_TDISP_ALL_RANGES,
	KF_TDISP_WHOLE,
};

static inline size_t kf_tdisp_range_offset(uint32_t index)
{
	return KF_TDISP_RANGES + (size_t)KF_TDISP_RANGE_BYTES * index;
}

static inline struct kvmfeat_tdisp_range kf_tdisp_range(const void *ranges, size_t index)
{
	const uint8_t *at = (const uint8_t *)ranges + KF_TDISP_RANGE_BYTES * index;

	return (struct kvmfeat_tdisp_range){
		.first_page = kf_le(at + KF_TDISP_FIRST_PAGE, 8),
		.pages = (uint32_t)kf_le(at + KF_TDISP_PAGES, 4),
		.bar = (uint32_t)kf_le(at + KF_TDISP_BAR, 2),
		.attributes = (uint32_t)kf_le(at + KF_TDISP_ATTRIBUTES, 2),
	};
}

/* One check in the making: what a rule looks at. */
struct kf_tdisp_check {
	const uint8_t *bytes;
	size_t size;
	struct kvmfeat_tdisp_report report;
	enum kf_tdisp_extent extent;
	const struct kvmfeat_tdisp_device *device; /* NULL: not given */
};

#define KF_TDISP_IDS 8u /* a range id of three bits is a BAR, or something like it */

/* What is remembered of the ranges of one BAR; zero: none was there. */
struct kf_tdisp_past {
	bool seen; /* a range with a page, and with it: */
	uint64_t first_page; /* of the last one */
	uint64_t last_page; /* the highest of all */
	bool placed; /* one could be held against the BAR, and with it: */
	uint64_t base; /* where the BAR begins */
};

/* What the rules remember of the ranges before; but for the device zero at the first one. */
struct kf_tdisp_walk {
	const struct kvmfeat_tdisp_device *device; /* NULL: not given */
	uint32_t bar; /* of the range before */
	struct kf_tdisp_past past[KF_TDISP_IDS];
};

/* What a rule says of the report as a whole, and the number that it looked at. */
struct kf_tdisp_place {
	enum kvmfeat_tdisp_verdict verdict;
	size_t offset;
	uint64_t value;
};

typedef struct kf_tdisp_place kf_tdisp_judge(const struct kf_tdisp_check *check);

/* A rule about the report as a whole, and its judge. */
struct kf_tdisp_row {
	struct kvmfeat_tdisp_rule rule;
	enum kf_tdisp_extent needs;
	kf_tdisp_judge *judge;
};

/* The rules about each range, which are judged together: it is read once for all of them. */
enum kf_tdisp_range_rule {
	KF_TDISP_RULE_PAGES,
	KF_TDISP_RULE_WRAP,
	KF_TDISP_RULE_ID,
	KF_TDISP_RULE_ATTRIBUTES,
	KF_TDISP_RULE_ORDER,
	KF_TDISP_RULE_ADDRESS_ORDER,
	KF_TDISP_RULE_OVERLAP,
	KF_TDISP_RULE_BAR,
	KF_TDISP_RULE_FIT,
	KF_TDISP_RULE_BASE,
	KF_TDISP_RANGE_RULES,
};

/* Such a rule, and the field that its findings show. */
struct kf_tdisp_range_row {
	struct kvmfeat_tdisp_rule rule;
	uint8_t offset; /* of the field in a range */
	uint8_t width;
	const char *missing; /* what KVMFEAT_TDISP_NOT_CHECKED of a range is for the want of */
};

/* The verdicts of all those rules on one range, in one number. */
#define KF_TDISP_VERDICT_BITS 2u
#define KF_TDISP_VERDICT_MASK ((UINT32_C(1) << KF_TDISP_VERDICT_BITS) - 1)

_Static_assert(KVMFEAT_TDISP_NOT_CHECKED <= KF_TDISP_VERDICT_MASK &&
		       KF_TDISP_RANGE_RULES * KF_TDISP_VERDICT_BITS <= 32,
	       "the verdicts of all rules fit into 32 bits");

static inline uint32_t kf_tdisp_pack(enum kf_tdisp_range_rule rule, uint32_t verdict)
{
	return verdict << rule * KF_TDISP_VERDICT_BITS;
}

/* tdisp-rules.c */

extern const struct kf_tdisp_row kf_tdisp_rows[];
extern const size_t kf_tdisp_row_count;
extern const struct kf_tdisp_range_row kf_tdisp_range_rows[KF_TDISP_RANGE_RULES];
/*
 * The verdicts on the range at @bytes, which comes next. Overlaps are all found only when those of
 * a BAR come in the order of their addresses.
 */
uint32_t kf_tdisp_judge_next(struct kf_tdisp_walk *walk, const uint8_t *bytes);

/* tdisp.c */

/* kvmfeat_tdisp_decode() without a context: what can be read is filled in, the rest is 0. */
enum kf_tdisp_extent kf_tdisp_read(const void *bytes, size_t size,
				   struct kvmfeat_tdisp_report *ret_report);
/* The same with a reason: -EBADMSG unless it is whole; @object names the report in it. */
int kf_tdisp_open(struct kvmfeat_ctx *ctx, const char *operation, const char *object,
		  const void *bytes, size_t size, struct kvmfeat_tdisp_report *ret_report);

#endif
