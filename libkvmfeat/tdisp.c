// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A DEVICE_INTERFACE_REPORT and its ranges: no I/O. Every length in it comes from the device or
 * from the host, which a confidential guest trusts in nothing.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "tdisp-private.h"

#define REPORT_MIN_SIZE sizeof(struct kvmfeat_tdisp_report)

enum kf_tdisp_extent kf_tdisp_read(const void *bytes, size_t size,
				   struct kvmfeat_tdisp_report *ret_report)
{
	const uint8_t *at = bytes;
	size_t rest;

	*ret_report = (struct kvmfeat_tdisp_report){ .size = sizeof(*ret_report) };
	if (size < KF_TDISP_MIN_BYTES)
		return KF_TDISP_NOTHING;
	ret_report->interface_info = (uint32_t)kf_le(at + KF_TDISP_INTERFACE_INFO, 2);
	ret_report->msix_message_control = (uint32_t)kf_le(at + KF_TDISP_MSIX_CONTROL, 2);
	ret_report->lnr_control = (uint32_t)kf_le(at + KF_TDISP_LNR_CONTROL, 2);
	ret_report->tph_control = (uint32_t)kf_le(at + KF_TDISP_TPH_CONTROL, 4);
	ret_report->range_count = (uint32_t)kf_le(at + KF_TDISP_RANGE_COUNT, 4);
	rest = size - KF_TDISP_MIN_BYTES;
	/* Divided, since the product of an untrusted count may not fit. */
	if (ret_report->range_count > rest / KF_TDISP_RANGE_BYTES)
		return KF_TDISP_HEADER;
	ret_report->ranges = at + KF_TDISP_RANGES;
	rest -= (size_t)KF_TDISP_RANGE_BYTES * ret_report->range_count;
	at += kf_tdisp_range_offset(ret_report->range_count);
	ret_report->device_info_bytes = (uint32_t)kf_le(at, KF_TDISP_INFO_LENGTH_BYTES);
	if (ret_report->device_info_bytes > rest)
		return KF_TDISP_ALL_RANGES;
	ret_report->device_info = at + KF_TDISP_INFO_LENGTH_BYTES;
	ret_report->trailing_bytes = rest - ret_report->device_info_bytes;
	return KF_TDISP_WHOLE;
}

static KF_APART int refuse(struct kvmfeat_ctx *ctx, const struct kf_fault *base, size_t size,
			   const struct kvmfeat_tdisp_report *report, enum kf_tdisp_extent extent)
{
	struct kf_fault fault = *base;
	char value[24];

	fault.error = -EBADMSG;
	fault.value = value;
	fault.remedy = "give it whole, as the TSM wrote it";
	switch (extent) {
	case KF_TDISP_NOTHING:
		snprintf(value, sizeof(value), "%zu", size);
		return kf_fail(&ctx->reason, &fault,
			       "%s is no device interface report: it ends at offset %s, and one "
			       "has at least %d bytes",
			       fault.object, value, KF_TDISP_MIN_BYTES);
	case KF_TDISP_HEADER:
		snprintf(value, sizeof(value), "%" PRIu32, report->range_count);
		return kf_fail(&ctx->reason, &fault,
			       "%s is no device interface report: the %s ranges that it tells of "
			       "at offset %d do not fit into its %zu bytes",
			       fault.object, value, KF_TDISP_RANGE_COUNT, size);
	default:
		snprintf(value, sizeof(value), "%" PRIu32, report->device_info_bytes);
		return kf_fail(&ctx->reason, &fault,
			       "%s is no device interface report: the %s bytes of device specific "
			       "information that it tells of at offset %zu do not fit into its "
			       "%zu bytes",
			       fault.object, value, kf_tdisp_range_offset(report->range_count),
			       size);
	}
}

int kf_tdisp_open(struct kvmfeat_ctx *ctx, const char *operation, const char *object,
		  const void *bytes, size_t size, struct kvmfeat_tdisp_report *ret_report)
{
	const enum kf_tdisp_extent extent = kf_tdisp_read(bytes, size, ret_report);

	if (extent == KF_TDISP_WHOLE)
		return 0;
	return refuse(ctx, &(struct kf_fault){ .operation = operation, .object = object }, size,
		      ret_report, extent);
}

KVMFEAT_EXPORT int kvmfeat_tdisp_decode(struct kvmfeat_ctx *ctx, const void *bytes, size_t size,
					struct kvmfeat_tdisp_report *ret_report)
{
	static const char operation[] = "decode a device interface report";
	struct kvmfeat_tdisp_report report;
	int err;

	err = kf_result_check(&ctx->reason, operation, "kvmfeat_tdisp_report", ret_report,
			      REPORT_MIN_SIZE);
	if (err)
		return err;
	err = kf_tdisp_open(ctx, operation, "the report", bytes, size, &report);
	if (err)
		return err;
	return kf_result_copy(ret_report, ret_report->size, &report, sizeof(report),
			      REPORT_MIN_SIZE);
}

KVMFEAT_EXPORT int kvmfeat_tdisp_get_range(struct kvmfeat_ctx *ctx,
					   const struct kvmfeat_tdisp_report *report, size_t index,
					   struct kvmfeat_tdisp_range *ret_range)
{
	char value[24];

	if (index >= report->range_count) {
		snprintf(value, sizeof(value), "%zu", index);
		return kf_invalid(&ctx->reason, "read a range of a device interface report",
				  "index", value, "range %s is not one of the report's %" PRIu32,
				  value, report->range_count);
	}
	*ret_range = kf_tdisp_range(report->ranges, index);
	return 0;
}

KVMFEAT_EXPORT const char *kvmfeat_tdisp_verdict_name(enum kvmfeat_tdisp_verdict verdict)
{
	static const char *const names[] = {
		[KVMFEAT_TDISP_OK] = "ok",
		[KVMFEAT_TDISP_REFUSED] = "refused",
		[KVMFEAT_TDISP_NOTE] = "note",
		[KVMFEAT_TDISP_NOT_CHECKED] = "not_checked",
	};

	return (unsigned int)verdict < KF_ARRAY_SIZE(names) ? names[verdict] : "";
}
