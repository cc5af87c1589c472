// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports out of a seed: good ones, good ones with a few things spoilt, and bytes that only look a
 * little like one. Their devices have BARs of all sizes.
 */
#include "bytes.h"
#include "report.h"
#include "tdisp-report.h"

#define PAGE_SHIFT 12
#define PAGES_END (UINT64_C(1) << (64 - PAGE_SHIFT))

static uint64_t state;

/* splitmix64 */
static uint64_t draw(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static uint64_t below(uint64_t end)
{
	return draw() % end;
}

static bool one_in(unsigned int n)
{
	return !below(n);
}

/* Ranges that are there, whatever the report says of their number. */
static uint32_t range_count(const struct subject *subject)
{
	const size_t least = REPORT_SIZE(0, 0);
	size_t room, count;

	if (subject->size < least)
		return 0;
	room = (subject->size - least) / REPORT_RANGE;
	count = (size_t)kf_le(subject->bytes + 12, 4);
	return (uint32_t)(count < room ? count : room);
}

static struct report_range get_range(const struct subject *subject, uint32_t index)
{
	const uint8_t *bytes = subject->bytes + REPORT_HEAD + REPORT_RANGE * (size_t)index;

	return (struct report_range){
		.first_page = kf_le(bytes, 8),
		.pages = (uint32_t)kf_le(bytes + 8, 4),
		.attributes = (uint16_t)kf_le(bytes + 12, 2),
		.bar = (uint16_t)kf_le(bytes + 14, 2),
	};
}

static void make_bars(struct subject *subject)
{
	subject->device = (struct kvmfeat_tdisp_device){ .size = sizeof(subject->device) };
	for (unsigned int i = 0; i < KVMFEAT_TDISP_BARS; i++) {
		const uint64_t bits = one_in(8) ? below(64) : 12 + below(14);

		subject->device.bar_bytes[i] = one_in(4) ? 0 : UINT64_C(1) << bits;
	}
	subject->has_bars = !one_in(4);
}

/* Ranges of one BAR, in order and apart, until there are @end of them or the BAR is full. */
static uint32_t fill_bar(struct subject *subject, unsigned int bar, uint32_t count, uint32_t end)
{
	const uint64_t size = subject->device.bar_bytes[bar];
	const uint64_t base = (one_in(2) ? draw() & ~(size - 1) : 0) >> PAGE_SHIFT;
	const uint64_t pages_end = size >> PAGE_SHIFT;
	const bool many = end > 64; /* which then must find room */
	uint64_t page = one_in(2) ? 0 : below(4);

	while (count < end && page < pages_end) {
		const uint64_t rest = pages_end - page;
		uint64_t pages = !many && one_in(4) ? rest : 1 + below(many ? 2 : 16);

		if (pages > rest || pages > UINT32_MAX)
			pages = rest > UINT32_MAX ? UINT32_MAX : rest;
		report_put_range(subject->bytes, count++,
				 &(struct report_range){
					 .first_page = base + page,
					 .pages = (uint32_t)pages,
					 .bar = (uint16_t)bar,
					 .attributes = (uint16_t)below(one_in(8) ? 0x10000 : 16),
				 });
		page += pages + (one_in(2) ? 0 : below(3));
		if (!many && one_in(16))
			break;
	}
	return count;
}

static uint32_t choose_count(void)
{
	if (one_in(256))
		return 250 + (uint32_t)below(RANGES_MAX - 250);
	if (one_in(8))
		return (uint32_t)below(81);
	return (uint32_t)below(9);
}

static void make_good(struct subject *subject)
{
	const uint32_t end = choose_count(), info = (uint32_t)below(INFO_MAX + 1);
	uint32_t count = 0;

	for (unsigned int bar = 0; bar < KVMFEAT_TDISP_BARS; bar++)
		if (subject->device.bar_bytes[bar])
			count = fill_bar(subject, bar, count, end);
	if (one_in(16) && count < RANGES_MAX)
		report_put_range(subject->bytes, count++,
				 &(struct report_range){ .first_page = below(PAGES_END),
							 .pages = 1,
							 .bar = (uint16_t)(6 + below(2)) });
	blob_put(subject->bytes, 0, 4, below(one_in(4) ? UINT32_MAX : 32));
	blob_put(subject->bytes, 4, 8, draw());
	blob_put(subject->bytes, 12, 4, count);
	subject->size = REPORT_SIZE(count, info);
	blob_put(subject->bytes, REPORT_SIZE(count, 0) - 4, 4, info);
	blob_scramble(subject->bytes + REPORT_SIZE(count, 0), info, (uint32_t)draw());
}

/* Bytes without sense, and a number of ranges that often fits. */
static void make_random(struct subject *subject)
{
	subject->size = (size_t)below(160);
	for (size_t i = 0; i < subject->size; i++)
		subject->bytes[i] = (uint8_t)draw();
	if (subject->size >= 20 && !one_in(4))
		blob_put(subject->bytes, 12, 4, below(subject->size / 16));
}

static uint32_t spoil_number(uint32_t value)
{
	const uint32_t values[] = {
		0, 1, value + 1, value - 1, value * 2, UINT32_MAX, 0x10000000, (uint32_t)draw(),
	};

	return values[below(sizeof(values) / sizeof(*values))];
}

static void spoil_first_page(struct subject *subject, struct report_range *range, uint32_t count)
{
	const uint64_t bar = range->bar < KVMFEAT_TDISP_BARS ?
				     subject->device.bar_bytes[range->bar] >> PAGE_SHIFT :
				     1;
	const uint64_t pages[] = {
		0,
		range->first_page + 1,
		range->first_page - 1,
		range->first_page + bar,
		range->first_page - bar,
		PAGES_END,
		PAGES_END - 1,
		PAGES_END - range->pages,
		PAGES_END - range->pages + 1,
		UINT64_MAX - below(3),
		draw(),
		get_range(subject, (uint32_t)below(count)).first_page,
		get_range(subject, (uint32_t)below(count)).first_page + below(4),
	};

	range->first_page = pages[below(sizeof(pages) / sizeof(*pages))];
}

static void spoil_range(struct subject *subject)
{
	static const uint16_t ids[] = { 0, 1, 5, 6, 7, 8, 0x100, UINT16_MAX };
	const uint32_t count = range_count(subject);
	struct report_range range;
	uint32_t index;

	if (!count)
		return;
	index = (uint32_t)below(count);
	range = get_range(subject, index);
	switch (below(6)) {
	case 0:
		range.pages = spoil_number(range.pages);
		break;
	case 1:
		range.bar = ids[below(sizeof(ids) / sizeof(*ids))];
		break;
	case 2:
		range.bar = (uint16_t)(range.bar + (one_in(2) ? 1 : -1));
		break;
	case 3:
		range = get_range(subject, (uint32_t)below(count));
		break;
	default:
		spoil_first_page(subject, &range, count);
	}
	report_put_range(subject->bytes, index, &range);
}

static void swap_ranges(struct subject *subject)
{
	const uint32_t count = range_count(subject);
	struct report_range range_a, range_b;
	uint32_t a, b;

	if (!count)
		return;
	a = (uint32_t)below(count);
	b = (uint32_t)below(count);
	range_a = get_range(subject, a);
	range_b = get_range(subject, b);
	report_put_range(subject->bytes, a, &range_b);
	report_put_range(subject->bytes, b, &range_a);
}

static void spoil_length(struct subject *subject)
{
	const uint32_t count = range_count(subject);
	const size_t at = one_in(2) ? 12 : REPORT_SIZE(count, 0) - 4;

	if (at + 4 <= subject->size)
		blob_put(subject->bytes, at, 4,
			 spoil_number((uint32_t)kf_le(subject->bytes + at, 4)));
}

static void spoil_size(struct subject *subject)
{
	if (one_in(2)) {
		subject->size = (size_t)below(subject->size + 1);
		return;
	}
	for (uint64_t i = below(TRAIL_MAX); i && subject->size < BYTES_MAX; i--)
		subject->bytes[subject->size++] = (uint8_t)draw();
}

static void spoil_bit(struct subject *subject)
{
	if (subject->size)
		subject->bytes[below(subject->size)] ^= (uint8_t)(1u << below(8));
}

static void spoil_bar(struct subject *subject)
{
	uint64_t *bytes = &subject->device.bar_bytes[below(KVMFEAT_TDISP_BARS)];

	*bytes = one_in(2) ? 0 : *bytes >> 1;
}

void subject_make(struct subject *subject, uint64_t seed)
{
	static void (*const spoilers[])(struct subject *) = {
		spoil_range,  spoil_range, spoil_range, swap_ranges,
		spoil_length, spoil_size,  spoil_bit,	spoil_bar,
	};
	const uint64_t limit = sizeof(spoilers) / sizeof(*spoilers);

	state = seed;
	make_bars(subject);
	if (one_in(16))
		make_random(subject);
	else
		make_good(subject);
	for (uint64_t i = below(5) / 2; i; i--)
		spoilers[below(limit)](subject);
}
