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

static bool wraps(const struct kvmfeat_tdisp_range *range)
{
	return range->first_page > PAGE_END || range->pages > PAGE_END - range->first_page;
}

static enum kvmfeat_tdisp_verdict judge_pages(struct kf_tdisp_walk *walk,
					      const struct kvmfeat_tdisp_range *range)
{
	(void)walk;
	return require(range->pages != 0);
}

static enum kvmfeat_tdisp_verdict judge_wrap(struct kf_tdisp_walk *walk,
					     const struct kvmfeat_tdisp_range *range)
{
	(void)walk;
	return require(!wraps(range));
}

static enum kvmfeat_tdisp_verdict judge_attributes(struct kf_tdisp_walk *walk,
						   const struct kvmfeat_tdisp_range *range)
{
	(void)walk;
	return expect(!(range->attributes & ~ATTRIBUTES_KNOWN));
}

static enum kvmfeat_tdisp_verdict judge_id(struct kf_tdisp_walk *walk,
					   const struct kvmfeat_tdisp_range *range)
{
	(void)walk;
	return range->bar < KF_TDISP_IDS ? expect(range->bar < KVMFEAT_TDISP_BARS) :
					   KVMFEAT_TDISP_REFUSED;
}

static enum kvmfeat_tdisp_verdict judge_order(struct kf_tdisp_walk *walk,
					      const struct kvmfeat_tdisp_range *range)
{
	const uint32_t before = walk->bar;

	walk->bar = range->bar;
	return require(range->bar >= before);
}

/* The last page; of a range that wraps the last one that there is. */
static uint64_t last_page(const struct kvmfeat_tdisp_range *range)
{
	const uint64_t last = range->first_page + range->pages - 1;

	return last < range->first_page ? UINT64_MAX : last;
}

/* Of an id that is none, and of a range without a page, there is nothing to compare. */
static bool is_comparable(const struct kvmfeat_tdisp_range *range)
{
	return range->bar < KF_TDISP_IDS && range->pages;
}

/* Keeps the first page of the range before. */
enum kvmfeat_tdisp_verdict kf_tdisp_judge_address_order(struct kf_tdisp_walk *walk,
							const struct kvmfeat_tdisp_range *range)
{
	enum kvmfeat_tdisp_verdict verdict;

	if (!is_comparable(range))
		return KVMFEAT_TDISP_OK;
	verdict = expect(!walk->seen[range->bar] || range->first_page >= walk->kept[range->bar]);
	walk->seen[range->bar] = true;
	walk->kept[range->bar] = range->first_page;
	return verdict;
}

/* In the order of their addresses; keeps the last page of those before. */
static enum kvmfeat_tdisp_verdict judge_overlap(struct kf_tdisp_walk *walk,
						const struct kvmfeat_tdisp_range *range)
{
	uint64_t last;
	bool apart;

	if (!is_comparable(range))
		return KVMFEAT_TDISP_OK;
	last = last_page(range);
	apart = !walk->seen[range->bar] || range->first_page > walk->kept[range->bar];
	if (!walk->seen[range->bar] || last > walk->kept[range->bar])
		walk->kept[range->bar] = last;
	walk->seen[range->bar] = true;
	return require(apart);
}

static enum kvmfeat_tdisp_verdict judge_bar(struct kf_tdisp_walk *walk,
					    const struct kvmfeat_tdisp_range *range)
{
	if (range->bar >= KF_TDISP_IDS) /* refused as such */
		return KVMFEAT_TDISP_OK;
	if (range->bar >= KVMFEAT_TDISP_BARS)
		return KVMFEAT_TDISP_NOT_CHECKED;
	return require(walk->device->bar_bytes[range->bar] != 0);
}

/* The size of the BAR that the range is held against; 0 where another rule has its say. */
static uint64_t size_of_bar(const struct kf_tdisp_walk *walk,
			    const struct kvmfeat_tdisp_range *range)
{
	if (range->bar >= KVMFEAT_TDISP_BARS || !range->pages || wraps(range))
		return 0;
	return walk->device->bar_bytes[range->bar];
}

/*
 * The host may have added an offset, which is a multiple of the largest BAR: within the BAR a range
 * is at its address modulo the size. The first range need not begin at 0, since those of MSI-X are
 * reported only when they were locked.
 */
static enum kvmfeat_tdisp_verdict judge_fit(struct kf_tdisp_walk *walk,
					    const struct kvmfeat_tdisp_range *range)
{
	const uint64_t size = size_of_bar(walk, range);
	const uint64_t address = range->first_page << PAGE_SHIFT;

	return require(!size ||
		       (uint64_t)range->pages << PAGE_SHIFT <= size - (address & (size - 1)));
}

/* Else two ranges that are apart would be one place in the BAR. Keeps where the BAR begins. */
static enum kvmfeat_tdisp_verdict judge_base(struct kf_tdisp_walk *walk,
					     const struct kvmfeat_tdisp_range *range)
{
	const uint64_t size = size_of_bar(walk, range);
	const uint64_t base = (range->first_page << PAGE_SHIFT) & ~(size - 1);
	bool same;

	if (!size)
		return KVMFEAT_TDISP_OK;
	same = !walk->seen[range->bar] || walk->kept[range->bar] == base;
	if (!walk->seen[range->bar])
		walk->kept[range->bar] = base;
	walk->seen[range->bar] = true;
	return require(same);
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
	{
		.rule = {
			.id = "range.pages",
			.field = "pages",
			.in_range = true,
			.text = "a range has a page",
		},
		.needs = KF_TDISP_ALL_RANGES,
		.judge_range = judge_pages,
		.offset = KF_TDISP_PAGES,
		.width = 4,
	},
	{
		.rule = {
			.id = "range.wrap",
			.field = "first_page",
			.in_range = true,
			.text = "its last byte has an address of 64 bits",
		},
		.needs = KF_TDISP_ALL_RANGES,
		.judge_range = judge_wrap,
		.offset = KF_TDISP_FIRST_PAGE,
		.width = 8,
	},
	{
		.rule = {
			.id = "range.id",
			.field = "bar",
			.in_range = true,
			.text = "its id is that of a BAR, 0 to 5; above 7 there is none",
			.uncertain = "uncertain: what ids 6 (the ROM?) and 7 stand for",
		},
		.needs = KF_TDISP_ALL_RANGES,
		.judge_range = judge_id,
		.offset = KF_TDISP_BAR,
		.width = 2,
	},
	{
		.rule = {
			.id = "range.attributes",
			.field = "attributes",
			.in_range = true,
			.text = "attribute bits 4 to 15, which are reserved, are 0",
		},
		.needs = KF_TDISP_ALL_RANGES,
		.judge_range = judge_attributes,
		.offset = KF_TDISP_ATTRIBUTES,
		.width = 2,
	},
	{
		.rule = {
			.id = "range.order",
			.field = "bar",
			.in_range = true,
			.text = "ranges ascend by BAR",
		},
		.needs = KF_TDISP_ALL_RANGES,
		.judge_range = judge_order,
		.offset = KF_TDISP_BAR,
		.width = 2,
	},
	{
		.rule = {
			.id = "range.address-order",
			.field = "first_page",
			.in_range = true,
			.text = "ranges of one BAR ascend by address",
			.uncertain = "uncertain: whether they have to",
		},
		.needs = KF_TDISP_ALL_RANGES,
		.judge_range = kf_tdisp_judge_address_order,
		.offset = KF_TDISP_FIRST_PAGE,
		.width = 8,
	},
	{
		.rule = {
			.id = "range.overlap",
			.field = "first_page",
			.in_range = true,
			.text = "ranges of one BAR do not overlap",
		},
		.needs = KF_TDISP_ALL_RANGES,
		.by_address = true,
		.judge_range = judge_overlap,
		.offset = KF_TDISP_FIRST_PAGE,
		.width = 8,
	},
	{
		.rule = {
			.id = "bar.present",
			.field = "bar",
			.in_range = true,
			.needs_bars = true,
			.text = "the device has this BAR, in memory",
		},
		.needs = KF_TDISP_ALL_RANGES,
		.judge_range = judge_bar,
		.offset = KF_TDISP_BAR,
		.width = 2,
		.missing = "the meaning of range ids 6 and 7",
	},
	{
		.rule = {
			.id = "bar.fit",
			.field = "pages",
			.in_range = true,
			.needs_bars = true,
			.text = "a range, at its address modulo the BAR's size, ends within it",
		},
		.needs = KF_TDISP_ALL_RANGES,
		.judge_range = judge_fit,
		.offset = KF_TDISP_PAGES,
		.width = 4,
	},
	{
		.rule = {
			.id = "bar.base",
			.field = "first_page",
			.in_range = true,
			.needs_bars = true,
			.text = "all ranges of a BAR lie in one stretch of its size and alignment",
		},
		.needs = KF_TDISP_ALL_RANGES,
		.judge_range = judge_base,
		.offset = KF_TDISP_FIRST_PAGE,
		.width = 8,
	},
};

const size_t kf_tdisp_row_count = KF_ARRAY_SIZE(kf_tdisp_rows);
