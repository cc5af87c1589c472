// SPDX-License-Identifier: LGPL-2.1-or-later
/* The fields in which two reports differ. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tdisp-private.h"

static const char operation[] = "compare device interface reports";

_Static_assert(sizeof(struct kvmfeat_tdisp_pair) == 5 * sizeof(size_t),
	       "a pair that is longer than in release 1.0 has to be copied: kf_opts_take()");

struct field {
	const char *name;
	uint8_t offset;
	uint8_t width;
};

static const struct field header[] = {
	{ "interface_info", KF_TDISP_INTERFACE_INFO, 2 },
	{ "reserved", KF_TDISP_RESERVED, 2 },
	{ "msix_message_control", KF_TDISP_MSIX_CONTROL, 2 },
	{ "lnr_control", KF_TDISP_LNR_CONTROL, 2 },
	{ "tph_control", KF_TDISP_TPH_CONTROL, 4 },
	{ "mmio_range_count", KF_TDISP_RANGE_COUNT, 4 },
};

static const struct field of_range[] = {
	{ "first_page", KF_TDISP_FIRST_PAGE, 8 },
	{ "pages", KF_TDISP_PAGES, 4 },
	{ "attributes", KF_TDISP_ATTRIBUTES, 2 },
	{ "bar", KF_TDISP_BAR, 2 },
};

static const struct field info_length = { "device_info_bytes", 0, KF_TDISP_INFO_LENGTH_BYTES };

/* A stretch of one of the two reports; without bytes it is not there. */
struct stretch {
	const uint8_t *report;
	size_t offset;
	size_t bytes;
};

/* Where differences go. */
struct differences {
	struct kvmfeat_tdisp_difference *list;
	size_t max;
	size_t count;
};

static void add(struct differences *differences, const struct kvmfeat_tdisp_difference *difference)
{
	if (differences->count < differences->max)
		differences->list[differences->count] = *difference;
	differences->count++;
}

/* Compares the fields of a table that each stretch has all of, or none. */
static void compare_fields(struct differences *differences, const struct field *fields,
			   size_t count, const struct stretch *a, const struct stretch *b,
			   struct kvmfeat_tdisp_difference difference)
{
	difference.in_a = a->bytes != 0;
	difference.in_b = b->bytes != 0;
	for (const struct field *field = fields; field < fields + count; field++) {
		difference.field = field->name;
		if (difference.in_a) {
			difference.a_offset = a->offset + field->offset;
			difference.a = kf_le(a->report + difference.a_offset, field->width);
		}
		if (difference.in_b) {
			difference.b_offset = b->offset + field->offset;
			difference.b = kf_le(b->report + difference.b_offset, field->width);
		}
		if (difference.in_a != difference.in_b || difference.a != difference.b)
			add(differences, &difference);
	}
}

/* Bytes without a number: the first one that differs, or that one of the two does not have. */
static void compare_bytes(struct differences *differences, const char *name,
			  const struct stretch *a, const struct stretch *b)
{
	const size_t common = a->bytes < b->bytes ? a->bytes : b->bytes;
	const uint8_t *at_a = a->report + a->offset, *at_b = b->report + b->offset;
	struct kvmfeat_tdisp_difference difference = { .field = name };
	size_t i = 0;

	while (i < common && at_a[i] == at_b[i])
		i++;
	difference.in_a = i < a->bytes;
	difference.in_b = i < b->bytes;
	if (difference.in_a) {
		difference.a_offset = a->offset + i;
		difference.a = at_a[i];
	}
	if (difference.in_b) {
		difference.b_offset = b->offset + i;
		difference.b = at_b[i];
	}
	if (difference.in_a || difference.in_b)
		add(differences, &difference);
}

static struct stretch range_of(const uint8_t *bytes, const struct kvmfeat_tdisp_report *report,
			       uint32_t index)
{
	if (index >= report->range_count)
		return (struct stretch){ 0 };
	return (struct stretch){ bytes, kf_tdisp_range_offset(index), KF_TDISP_RANGE_BYTES };
}

static void compare_ranges(struct differences *differences, const struct kvmfeat_tdisp_pair *pair,
			   const struct kvmfeat_tdisp_report reports[2])
{
	const uint32_t in_a = reports[0].range_count, in_b = reports[1].range_count;

	for (uint32_t i = 0; i < in_a || i < in_b; i++) {
		const struct stretch a = range_of(pair->a, &reports[0], i);
		const struct stretch b = range_of(pair->b, &reports[1], i);

		compare_fields(differences, of_range, KF_ARRAY_SIZE(of_range), &a, &b,
			       (struct kvmfeat_tdisp_difference){ .in_range = true, .range = i });
	}
}

static void compare(struct differences *differences, const struct kvmfeat_tdisp_pair *pair,
		    const struct kvmfeat_tdisp_report reports[2])
{
	const void *const bytes[2] = { pair->a, pair->b };
	struct stretch head[2], length[2], info[2], rest[2];

	for (size_t i = 0; i < 2; i++) {
		head[i] = (struct stretch){ bytes[i], 0, KF_TDISP_RANGES };
		length[i] =
			(struct stretch){ bytes[i], kf_tdisp_range_offset(reports[i].range_count),
					  KF_TDISP_INFO_LENGTH_BYTES };
		info[i] = (struct stretch){ bytes[i], length[i].offset + length[i].bytes,
					    reports[i].device_info_bytes };
		rest[i] = (struct stretch){ bytes[i], info[i].offset + info[i].bytes,
					    reports[i].trailing_bytes };
	}
	compare_fields(differences, header, KF_ARRAY_SIZE(header), &head[0], &head[1],
		       (struct kvmfeat_tdisp_difference){ 0 });
	compare_ranges(differences, pair, reports);
	compare_fields(differences, &info_length, 1, &length[0], &length[1],
		       (struct kvmfeat_tdisp_difference){ 0 });
	compare_bytes(differences, "device_info", &info[0], &info[1]);
	compare_bytes(differences, "trailing", &rest[0], &rest[1]);
}

/* @a: the first report; the second is still to be opened. */
static KF_APART int compare_with(struct kvmfeat_ctx *ctx, const struct kvmfeat_tdisp_report *a,
				 const struct kvmfeat_tdisp_pair *pair,
				 struct differences *differences)
{
	struct kvmfeat_tdisp_report reports[2] = { *a };
	const int err = kf_tdisp_open(ctx, operation, "the second report", pair->b, pair->b_bytes,
				      &reports[1]);

	if (!err)
		compare(differences, pair, reports);
	return err;
}

KVMFEAT_EXPORT int kvmfeat_tdisp_diff(struct kvmfeat_ctx *ctx,
				      const struct kvmfeat_tdisp_pair *pair,
				      struct kvmfeat_tdisp_difference *list, size_t max,
				      size_t *ret_count)
{
	static const struct kf_opts opts = { operation, "kvmfeat_tdisp_pair", sizeof(*pair),
					     sizeof(*pair) };
	struct differences differences = { .list = list, .max = max };
	struct kvmfeat_tdisp_report report;
	int err = kf_opts_check(&ctx->reason, &opts, pair);

	if (!err)
		err = kf_tdisp_open(ctx, operation, "the first report", pair->a, pair->a_bytes,
				    &report);
	/* Equal bytes need no second look: the one report is as good as the other. */
	if (!err && (pair->a_bytes != pair->b_bytes || memcmp(pair->a, pair->b, pair->a_bytes)))
		err = compare_with(ctx, &report, pair, &differences);
	if (!err)
		*ret_count = differences.count;
	return err;
}
