// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a report must keep to: PCIe r7.0, 11.3.11, and what a guest has to know of an address. */
#include "tdisp-private.h"

#define PAGE_SHIFT 12
#define PAGE_END (UINT64_C(1) << (64 - PAGE_SHIFT)) /* no 64-bit address is in this page */
#define INFO_KNOWN                                                                                 \
	(KVMFEAT_TDISP_NO_FW_UPDATE | KVMFEAT_TDISP_DMA_WITHOUT_PASID |                            \
	 KVMFEAT_TDISP_DMA_WITH_PASID | KVMFEAT_TDISP_ATS | KVMFEAT_TDISP_PRS)
#define ATTRIBUTES_KNOWN                                                                           \
	(KVMFEAT_TDISP_MSIX_TABLE | KVMFEAT_TDISP_PBA | KVMFEAT_TDISP_NON_TEE |                    \
	 KVMFEAT_TDISP_UPDATABLE)

static enum kvmfeat_tdisp_verdict require(bool holds)
{
	return holds ? KVMFEAT_TDISP_OK : KVMFEAT_TDISP_REFUSED;
}

static enum kvmfeat_tdisp_verdict expect(bool holds)
{
	return holds ? KVMFEAT_TDISP_OK : KVMFEAT_TDISP_NOTE;
}

static struct kf_tdisp_place judge_header(const struct kf_tdisp_check *check)
{
	return (struct kf_tdisp_place){ require(check->extent != KF_TDISP_NOTHING), 0,
					check->size };
}

static struct kf_tdisp_place judge_range_count(const struct kf_tdisp_check *check)
{
	return (struct kf_tdisp_place){ require(check->extent != KF_TDISP_HEADER),
					KF_TDISP_RANGE_COUNT, check->report.range_count };
}

static struct kf_tdisp_place judge_device_info(const struct kf_tdisp_check *check)
{
	return (struct kf_tdisp_place){ require(check->extent == KF_TDISP_WHOLE),
					kf_tdisp_range_offset(check->report.range_count),
					check->report.device_info_bytes };
}

static struct kf_tdisp_place judge_end(const struct kf_tdisp_check *check)
{
	const size_t trailing = check->report.trailing_bytes;

	return (struct kf_tdisp_place){ expect(!trailing), check->size - trailing, trailing };
}

static struct kf_tdisp_place judge_interface_info(const struct kf_tdisp_check *check)
{
	return (struct kf_tdisp_place){ expect(!(check->report.interface_info & ~INFO_KNOWN)),
					KF_TDISP_INTERFACE_INFO, check->report.interface_info };
}

static struct kf_tdisp_place judge_reserved(const struct kf_tdisp_check *check)
{
	const uint64_t reserved = kf_le(check->bytes + KF_TDISP_RESERVED, 2);

	return (struct kf_tdisp_place){ expect(!reserved), KF_TDISP_RESERVED, reserved };
}

/*
 * A range, and what the rules hold it against. Handed on by value, so that it stays in registers,
 * under sanitizers too.
 */
struct subject {
	struct kvmfeat_tdisp_range range;
	bool wraps;
	/* Those before it in its BAR; NULL: it has no page, or an id that is none. */
	const struct kf_tdisp_past *past;
	uint64_t bar_bytes; /* 0: of the BAR another rule has its say */
};

static struct subject make_subject(const struct kf_tdisp_walk *walk, const uint8_t *bytes)
{
	const struct kvmfeat_tdisp_range range = kf_tdisp_range(bytes, 0);
	struct subject subject = {
		.range = range,
		.wraps = range.first_page > PAGE_END || range.pages > PAGE_END - range.first_page,
	};

	if (range.bar < KF_TDISP_IDS && range.pages)
		subject.past = &walk->past[range.bar];
	if (walk->device && range.bar < KVMFEAT_TDISP_BARS && range.pages && !subject.wraps)
		subject.bar_bytes = walk->device->bar_bytes[range.bar];
	return subject;
}

static enum kvmfeat_tdisp_verdict judge_id(struct kvmfeat_tdisp_range range)
{
	return range.bar < KF_TDISP_IDS ? expect(range.bar < KVMFEAT_TDISP_BARS) :
					  KVMFEAT_TDISP_REFUSED;
}

static enum kvmfeat_tdisp_verdict judge_address_order(struct subject subject)
{
	const struct kf_tdisp_past *past = subject.past;

	return expect(!past || !past->seen || subject.range.first_page >= past->first_page);
}

static enum kvmfeat_tdisp_verdict judge_overlap(struct subject subject)
{
	const struct kf_tdisp_past *past = subject.past;

	return require(!past || !past->seen || subject.range.first_page > past->last_page);
}

static enum kvmfeat_tdisp_verdict judge_bar(const struct kf_tdisp_walk *walk,
					    struct kvmfeat_tdisp_range range)
{
	if (!walk->device || range.bar >= KF_TDISP_IDS) /* an id that is none is refused as such */
		return KVMFEAT_TDISP_OK;
	if (range.bar >= KVMFEAT_TDISP_BARS)
		return KVMFEAT_TDISP_NOT_CHECKED;
	return require(walk->device->bar_bytes[range.bar] != 0);
}

/*
 * The host may have added an offset, which is a multiple of the largest BAR: within the BAR a range
 * is at its address modulo the size. The first range need not begin at 0, since those of MSI-X are
 * reported only when they were locked.
 */
static enum kvmfeat_tdisp_verdict judge_fit(struct subject subject)
{
	const uint64_t size = subject.bar_bytes;
	const uint64_t address = subject.range.first_page << PAGE_SHIFT;

	return require(!size || (uint64_t)subject.range.pages << PAGE_SHIFT <=
					size - (address & (size - 1)));
}

static uint64_t base_of(struct subject subject)
{
	return (subject.range.first_page << PAGE_SHIFT) & ~(subject.bar_bytes - 1);
}

/* Else two ranges that are apart would be one place in the BAR. */
static enum kvmfeat_tdisp_verdict judge_base(struct subject subject)
{
	return require(!subject.bar_bytes || !subject.past->placed ||
		       subject.past->base == base_of(subject));
}

/* The last page; of a range that wraps the last one that there is. */
static uint64_t last_page(struct kvmfeat_tdisp_range range)
{
	const uint64_t last = range.first_page + range.pages - 1;

	return last < range.first_page ? UINT64_MAX : last;
}

static void remember(struct kf_tdisp_past *past, struct subject subject)
{
	const uint64_t last = last_page(subject.range);

	if (!past->seen || last > past->last_page)
		past->last_page = last;
	past->first_page = subject.range.first_page;
	past->seen = true;
	if (subject.bar_bytes && !past->placed) {
		past->base = base_of(subject);
		past->placed = true;
	}
}

uint32_t kf_tdisp_judge_next(struct kf_tdisp_walk *walk, const uint8_t *bytes)
{
	const struct subject subject = make_subject(walk, bytes);
	const struct kvmfeat_tdisp_range range = subject.range;
	const uint32_t verdicts =
		kf_tdisp_pack(KF_TDISP_RULE_PAGES, require(range.pages)) |
		kf_tdisp_pack(KF_TDISP_RULE_WRAP, require(!subject.wraps)) |
		kf_tdisp_pack(KF_TDISP_RULE_ID, judge_id(range)) |
		kf_tdisp_pack(KF_TDISP_RULE_ATTRIBUTES,
			      expect(!(range.attributes & ~ATTRIBUTES_KNOWN))) |
		kf_tdisp_pack(KF_TDISP_RULE_ORDER, require(range.bar >= walk->bar)) |
		kf_tdisp_pack(KF_TDISP_RULE_ADDRESS_ORDER, judge_address_order(subject)) |
		kf_tdisp_pack(KF_TDISP_RULE_OVERLAP, judge_overlap(subject)) |
		kf_tdisp_pack(KF_TDISP_RULE_BAR, judge_bar(walk, range)) |
		kf_tdisp_pack(KF_TDISP_RULE_FIT, judge_fit(subject)) |
		kf_tdisp_pack(KF_TDISP_RULE_BASE, judge_base(subject));

	walk->bar = range.bar;
	if (subject.past)
		remember(&walk->past[range.bar], subject);
	return verdicts;
}

const struct kf_tdisp_row kf_tdisp_rows[] = {
	{
		.rule = {
			.id = "report.header",
			.field = "report",
			.text = "it has the 20 bytes of a report without ranges",
		},
		.needs = KF_TDISP_NOTHING,
		.judge = judge_header,
	},
	{
		.rule = {
			.id = "report.range-count",
			.field = "mmio_range_count",
			.text = "its ranges end within it",
		},
		.needs = KF_TDISP_HEADER,
		.judge = judge_range_count,
	},
	{
		.rule = {
			.id = "report.device-info",
			.field = "device_info_bytes",
			.text = "its device specific information ends within it",
		},
		.needs = KF_TDISP_ALL_RANGES,
		.judge = judge_device_info,
	},
	{
		.rule = {
			.id = "report.end",
			.field = "trailing",
			.text = "nothing follows it, not even padding",
		},
		.needs = KF_TDISP_WHOLE,
		.judge = judge_end,
	},
	{
		.rule = {
			.id = "report.interface-info",
			.field = "interface_info",
			.text = "bits 5 to 15, which are reserved, are 0",
		},
		.needs = KF_TDISP_HEADER,
		.judge = judge_interface_info,
	},
	{
		.rule = {
			.id = "report.reserved",
			.field = "reserved",
			.text = "bytes 2 and 3, which are reserved, are 0",
		},
		.needs = KF_TDISP_HEADER,
		.judge = judge_reserved,
	},
};

const size_t kf_tdisp_row_count = KF_ARRAY_SIZE(kf_tdisp_rows);

const struct kf_tdisp_range_row kf_tdisp_range_rows[KF_TDISP_RANGE_RULES] = {
	[KF_TDISP_RULE_PAGES] = {
		.rule = {
			.id = "range.pages",
			.field = "pages",
			.in_range = true,
			.text = "a range has a page",
		},
		.offset = KF_TDISP_PAGES,
		.width = 4,
	},
	[KF_TDISP_RULE_WRAP] = {
		.rule = {
			.id = "range.wrap",
			.field = "first_page",
			.in_range = true,
			.text = "its last byte has an address of 64 bits",
		},
		.offset = KF_TDISP_FIRST_PAGE,
		.width = 8,
	},
	[KF_TDISP_RULE_ID] = {
		.rule = {
			.id = "range.id",
			.field = "bar",
			.in_range = true,
			.text = "its id is that of a BAR, 0 to 5; above 7 there is none",
			.uncertain = "uncertain: what ids 6 (the ROM?) and 7 stand for",
		},
		.offset = KF_TDISP_BAR,
		.width = 2,
	},
	[KF_TDISP_RULE_ATTRIBUTES] = {
		.rule = {
			.id = "range.attributes",
			.field = "attributes",
			.in_range = true,
			.text = "attribute bits 4 to 15, which are reserved, are 0",
		},
		.offset = KF_TDISP_ATTRIBUTES,
		.width = 2,
	},
	[KF_TDISP_RULE_ORDER] = {
		.rule = {
			.id = "range.order",
			.field = "bar",
			.in_range = true,
			.text = "ranges ascend by BAR",
		},
		.offset = KF_TDISP_BAR,
		.width = 2,
	},
	[KF_TDISP_RULE_ADDRESS_ORDER] = {
		.rule = {
			.id = "range.address-order",
			.field = "first_page",
			.in_range = true,
			.text = "ranges of one BAR ascend by address",
			.uncertain = "uncertain: whether they have to",
		},
		.offset = KF_TDISP_FIRST_PAGE,
		.width = 8,
	},
	[KF_TDISP_RULE_OVERLAP] = {
		.rule = {
			.id = "range.overlap",
			.field = "first_page",
			.in_range = true,
			.text = "ranges of one BAR do not overlap",
		},
		.offset = KF_TDISP_FIRST_PAGE,
		.width = 8,
	},
	[KF_TDISP_RULE_BAR] = {
		.rule = {
			.id = "bar.present",
			.field = "bar",
			.in_range = true,
			.needs_bars = true,
			.text = "the device has this BAR, in memory",
		},
		.offset = KF_TDISP_BAR,
		.width = 2,
		.missing = "the meaning of range ids 6 and 7",
	},
	[KF_TDISP_RULE_FIT] = {
		.rule = {
			.id = "bar.fit",
			.field = "pages",
			.in_range = true,
			.needs_bars = true,
			.text = "a range, at its address modulo the BAR's size, ends within it",
		},
		.offset = KF_TDISP_PAGES,
		.width = 4,
	},
	[KF_TDISP_RULE_BASE] = {
		.rule = {
			.id = "bar.base",
			.field = "first_page",
			.in_range = true,
			.needs_bars = true,
			.text = "all ranges of a BAR lie in one stretch of its size and alignment",
		},
		.offset = KF_TDISP_FIRST_PAGE,
		.width = 8,
	},
};
