// SPDX-License-Identifier: LGPL-2.1-or-later
/* The fields in which two blobs differ. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "nested-private.h"

#define PAIR_MIN_SIZE sizeof(struct kvmfeat_nested_pair)

static const char operation[] = "compare nested states";

/*
 * Bits that KVM_SET_NESTED_STATE keeps, where it does not keep all, whatever the vCPU: control
 * in __nested_copy_vmcb_control_to_cache(), save in svm_copy_vmrun_state(). KVM reads the clean
 * bits of a VMRUN only. Of VMX it keeps everything.
 */
static const struct {
	uint32_t offset;
	uint64_t kept;
} svm_kept[] = {
	{ KF_SVM_CONTROL + 0x040, ~UINT64_C(0xfff) }, /* iopm_base_pa */
	{ KF_SVM_CONTROL + 0x048, ~UINT64_C(0xfff) }, /* msrpm_base_pa */
	{ KF_SVM_CONTROL + 0x05c, 0x7 }, /* tlb_ctl */
	{ KF_SVM_CONTROL + 0x064, 0xff }, /* int_vector */
	{ KF_SVM_CONTROL + 0x068, 0x1 }, /* int_state */
	{ KF_SVM_CONTROL + 0x0a8, 0x80000fff }, /* event_inj */
	{ KF_SVM_CONTROL + 0x0c0, 0 }, /* clean */
	{ KF_SVM_SAVE + 0x0cb, 0 }, /* cpl */
	{ KF_SVM_SAVE + 0x170, ~UINT64_C(0x2) }, /* rflags */
	{ KF_SVM_SAVE + 0x270, 0x1 }, /* dbgctl */
};

struct diff {
	const uint8_t *a;
	const uint8_t *b;
	struct kvmfeat_nested_info info[2];
	bool all;
};

static uint64_t compared_bits(const struct diff *diff, const struct kvmfeat_nested_field *field)
{
	if (diff->all || diff->info[0].format != KVMFEAT_NESTED_SVM)
		return UINT64_MAX;
	for (size_t i = 0; i < KF_ARRAY_SIZE(svm_kept); i++)
		if (svm_kept[i].offset == field->offset)
			return svm_kept[i].kept;
	return UINT64_MAX;
}

/* True and the difference when the field at @index, which at least one blob has, differs. */
static bool differs(const struct diff *diff, size_t index,
		    struct kvmfeat_nested_difference *ret_difference)
{
	const struct kvmfeat_nested_field *field =
		kvmfeat_nested_field_at(diff->info[0].format, index);
	struct kvmfeat_nested_difference difference = {
		.field = field,
		.in_a = index < diff->info[0].field_count,
		.in_b = index < diff->info[1].field_count,
	};
	const bool in_both = difference.in_a && difference.in_b;
	const uint64_t bits = compared_bits(diff, field);

	if (!bits ||
	    (in_both && !memcmp(diff->a + field->offset, diff->b + field->offset, field->width)))
		return false;
	if (kf_nested_has_number(field)) {
		if (difference.in_a)
			difference.a = kf_le(diff->a + field->offset, field->width);
		if (difference.in_b)
			difference.b = kf_le(diff->b + field->offset, field->width);
		if (in_both && !((difference.a ^ difference.b) & bits))
			return false;
	}
	*ret_difference = difference;
	return true;
}

static size_t compare(const struct diff *diff, struct kvmfeat_nested_difference *differences,
		      size_t max)
{
	const size_t a = diff->info[0].field_count, b = diff->info[1].field_count;
	struct kvmfeat_nested_difference difference;
	size_t count = 0;

	for (size_t i = 0; i < (a > b ? a : b); i++) {
		if (!differs(diff, i, &difference))
			continue;
		if (count < max)
			differences[count] = difference;
		count++;
	}
	return count;
}

static int copy_pair(struct kvmfeat_ctx *ctx, const struct kvmfeat_nested_pair *user,
		     struct kvmfeat_nested_pair *ret_pair)
{
	const struct kf_opts opts = { operation, "kvmfeat_nested_pair", sizeof(*ret_pair),
				      PAIR_MIN_SIZE };
	const int err = kf_opts_take(&ctx->reason, &opts, user, ret_pair);
	char value[24];

	if (err)
		return err;
	if (ret_pair->flags & ~KVMFEAT_NESTED_DIFF_ALL) {
		snprintf(value, sizeof(value), "0x%x", ret_pair->flags);
		return kf_invalid(&ctx->reason, operation, "flags", value,
				  "flags %s hold some that are unknown", value);
	}
	return 0;
}

KVMFEAT_EXPORT int kvmfeat_nested_diff(struct kvmfeat_ctx *ctx,
				       const struct kvmfeat_nested_pair *user_pair,
				       struct kvmfeat_nested_difference *differences, size_t max,
				       size_t *ret_count)
{
	struct kvmfeat_nested_pair pair;
	struct diff diff;
	int err = copy_pair(ctx, user_pair, &pair);

	if (err)
		return err;
	err = kf_nested_open(ctx, operation, "the first blob", pair.a, pair.a_bytes, &diff.info[0]);
	if (err)
		return err;
	/* Equal bytes need no decoding: the second is then as good as the first. */
	if (pair.b_bytes >= diff.info[0].state_bytes &&
	    !memcmp(pair.a, pair.b, diff.info[0].state_bytes)) {
		*ret_count = 0;
		return 0;
	}
	err = kf_nested_open(ctx, operation, "the second blob", pair.b, pair.b_bytes,
			     &diff.info[1]);
	if (err)
		return err;
	if (diff.info[0].format != diff.info[1].format)
		return kf_invalid(&ctx->reason, operation, "format",
				  diff.info[1].format == KVMFEAT_NESTED_SVM ? "SVM" : "VMX",
				  "the first blob is of %s, the second of %s",
				  diff.info[0].format == KVMFEAT_NESTED_SVM ? "SVM" : "VMX",
				  diff.info[1].format == KVMFEAT_NESTED_SVM ? "SVM" : "VMX");
	diff.a = pair.a;
	diff.b = pair.b;
	diff.all = pair.flags & KVMFEAT_NESTED_DIFF_ALL;
	*ret_count = compare(&diff, differences, max);
	return 0;
}
