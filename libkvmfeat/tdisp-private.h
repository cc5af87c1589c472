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

/* What a rule remembers of the ranges before; zero at the first one. */
struct kf_tdisp_walk {
	const struct kvmfeat_tdisp_device *device;
	uint32_t bar; /* of the range before */
	bool seen[KF_TDISP_IDS]; /* a range of this id was there, and with it: */
	uint64_t kept[KF_TDISP_IDS]; /* the number that the rule keeps of it */
};

/* What a rule says of the report as a whole, and the number that it looked at. */
struct kf_tdisp_place {
	enum kvmfeat_tdisp_verdict verdict;
	size_t offset;
	uint64_t value;
};

typedef struct kf_tdisp_place kf_tdisp_judge(const struct kf_tdisp_check *check);
typedef enum kvmfeat_tdisp_verdict kf_tdisp_judge_range(struct kf_tdisp_walk *walk,
							const struct kvmfeat_tdisp_range *range);

/* A rule and its judge: of the report, or of each range in turn. */
struct kf_tdisp_row {
	struct kvmfeat_tdisp_rule rule;
	enum kf_tdisp_extent needs;
	bool by_address; /* within a BAR, ranges come to the judge in the order of their addresses
			  */
	kf_tdisp_judge *judge;
	kf_tdisp_judge_range *judge_range;
	uint8_t offset; /* of the field in a range */
	uint8_t width;
	const char *missing; /* what KVMFEAT_TDISP_NOT_CHECKED of the judge is for the want of */
};

/* tdisp-rules.c */

extern const struct kf_tdisp_row kf_tdisp_rows[];
extern const size_t kf_tdisp_row_count;
/* Whether, within each BAR, this range's address is not below that of the one before. */
kf_tdisp_judge_range kf_tdisp_judge_address_order;

/* tdisp.c */

/* kvmfeat_tdisp_decode() without a context: what can be read is filled in, the rest is 0. */
enum kf_tdisp_extent kf_tdisp_read(const void *bytes, size_t size,
				   struct kvmfeat_tdisp_report *ret_report);
/* The same with a reason: -EBADMSG unless it is whole; @object names the report in it. */
int kf_tdisp_open(struct kvmfeat_ctx *ctx, const char *operation, const char *object,
		  const void *bytes, size_t size, struct kvmfeat_tdisp_report *ret_report);

#endif
