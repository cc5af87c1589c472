/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * TDISP: the DEVICE_INTERFACE_REPORT of a PCI device (PCIe r7.0, 11.3.11), by which it tells a
 * confidential guest what of it is protected. Decode one from any machine, ask whether it may be
 * believed, compare two. Reading the report of a device is no part of it.
 */
#ifndef KVMFEAT_TDISP_H
#define KVMFEAT_TDISP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kvmfeat/ctx.h>

#ifdef __cplusplus
extern "C" {
#endif

/** KVMFEAT_TDISP_SIZE_MAX - Bytes of the largest report that a TSM hands on */
#define KVMFEAT_TDISP_SIZE_MAX (16u << 20)
/** KVMFEAT_TDISP_BARS - BARs of a device; a range id below it is the number of one */
#define KVMFEAT_TDISP_BARS 6u

/** KVMFEAT_TDISP_NO_FW_UPDATE - interface_info: no firmware update while the device is locked */
#define KVMFEAT_TDISP_NO_FW_UPDATE 0x1u
/** KVMFEAT_TDISP_DMA_WITHOUT_PASID - interface_info: it makes DMA requests without a PASID */
#define KVMFEAT_TDISP_DMA_WITHOUT_PASID 0x2u
/** KVMFEAT_TDISP_DMA_WITH_PASID - interface_info: it makes DMA requests with a PASID */
#define KVMFEAT_TDISP_DMA_WITH_PASID 0x4u
/** KVMFEAT_TDISP_ATS - interface_info: address translation services are on */
#define KVMFEAT_TDISP_ATS 0x8u
/** KVMFEAT_TDISP_PRS - interface_info: page request services are on */
#define KVMFEAT_TDISP_PRS 0x10u

/** KVMFEAT_TDISP_MSIX_TABLE - Attribute of a range: it holds the MSI-X table */
#define KVMFEAT_TDISP_MSIX_TABLE 0x1u
/** KVMFEAT_TDISP_PBA - Attribute of a range: it holds the MSI-X pending bit array */
#define KVMFEAT_TDISP_PBA 0x2u
/** KVMFEAT_TDISP_NON_TEE - Attribute of a range: it is not protected */
#define KVMFEAT_TDISP_NON_TEE 0x4u
/** KVMFEAT_TDISP_UPDATABLE - Attribute of a range: whether it is protected can be changed */
#define KVMFEAT_TDISP_UPDATABLE 0x8u

/**
 * struct kvmfeat_tdisp_report - A report, taken apart
 * @size: sizeof(struct kvmfeat_tdisp_report), set by the caller
 * @interface_info: KVMFEAT_TDISP_NO_FW_UPDATE and so on as in the report, reserved bits too
 * @msix_message_control: message control register of its MSI-X capability
 * @lnr_control: lightweight notification requester control
 * @tph_control: TLP processing hints requester control
 * @range_count: its MMIO ranges; kvmfeat_tdisp_get_range() gives each
 * @ranges: where they begin, within the caller's bytes
 * @device_info_bytes: bytes of device specific information
 * @device_info: that information, within the caller's bytes
 * @trailing_bytes: bytes that follow the report
 */
struct kvmfeat_tdisp_report {
	size_t size;
	uint32_t interface_info;
	uint32_t msix_message_control;
	uint32_t lnr_control;
	uint32_t tph_control;
	uint32_t range_count;
	const void *ranges;
	uint32_t device_info_bytes;
	const void *device_info;
	size_t trailing_bytes;
};

/**
 * struct kvmfeat_tdisp_range - One MMIO range of a device
 * @first_page: number of its first page of 4 KiB: its address on the host / 4096, to which the host
 * may have added an offset; only what it is modulo the size of the BAR means something to a guest
 * @pages: its length in pages of 4 KiB
 * @bar: range id: the BAR that it lies in, 0 to 5; of others the meaning is not certain
 * @attributes: KVMFEAT_TDISP_MSIX_TABLE and so on as in the report, reserved bits too
 */
struct kvmfeat_tdisp_range {
	uint64_t first_page;
	uint32_t pages;
	uint32_t bar;
	uint32_t attributes;
};

/**
 * struct kvmfeat_tdisp_device - What is known of the device that a report is about
 * @size: sizeof(struct kvmfeat_tdisp_device)
 * @bar_bytes: size of each of its memory BARs, a power of two; 0: it has none of that number
 */
struct kvmfeat_tdisp_device {
	size_t size;
	uint64_t bar_bytes[KVMFEAT_TDISP_BARS];
};

/**
 * enum kvmfeat_tdisp_verdict - Whether a rule holds
 * @KVMFEAT_TDISP_OK: it holds
 * @KVMFEAT_TDISP_REFUSED: it is broken, and the report must not be believed
 * @KVMFEAT_TDISP_NOTE: it is broken, which is allowed and worth to be known
 * @KVMFEAT_TDISP_NOT_CHECKED: that depends on something that is not there or not given
 */
enum kvmfeat_tdisp_verdict {
	KVMFEAT_TDISP_OK = 0,
	KVMFEAT_TDISP_REFUSED,
	KVMFEAT_TDISP_NOTE,
	KVMFEAT_TDISP_NOT_CHECKED,
};

/**
 * struct kvmfeat_tdisp_rule - What a report must keep to
 * @id: its name, which stays the same ("range.overlap")
 * @field: field that it is about: a name of kvmfeat_tdisp_diff(), or "report"
 * @in_range: that is a field of each range
 * @needs_bars: it is about the BARs of the device, and not checked without them
 * @text: what must hold
 * @uncertain: what of it is uncertain, in words; NULL: nothing
 */
struct kvmfeat_tdisp_rule {
	const char *id;
	const char *field;
	bool in_range;
	bool needs_bars;
	const char *text;
	const char *uncertain;
};

/**
 * struct kvmfeat_tdisp_finding - A rule's verdict on a report, or on one range of it
 * @rule: rule
 * @verdict: verdict
 * @has_range: it is about the range @range alone
 * @range: index of that range; else 0
 * @has_value: there is a field to be shown
 * @offset: with @has_value where it is, in bytes from the start of the report
 * @value: with @has_value its number; of "report" and "trailing" their bytes
 * @missing: with KVMFEAT_TDISP_NOT_CHECKED what is not there ("BARs"), else NULL
 */
struct kvmfeat_tdisp_finding {
	const struct kvmfeat_tdisp_rule *rule;
	enum kvmfeat_tdisp_verdict verdict;
	bool has_range;
	uint32_t range;
	bool has_value;
	size_t offset;
	uint64_t value;
	const char *missing;
};

/**
 * struct kvmfeat_tdisp_pair - Two reports to compare
 * @size: sizeof(struct kvmfeat_tdisp_pair)
 * @a: first report
 * @a_bytes: bytes at @a
 * @b: second report
 * @b_bytes: bytes at @b
 */
struct kvmfeat_tdisp_pair {
	size_t size;
	const void *a;
	size_t a_bytes;
	const void *b;
	size_t b_bytes;
};

/**
 * struct kvmfeat_tdisp_difference - A field in which two reports differ
 * @field: its name: "interface_info", "reserved", "msix_message_control", "lnr_control",
 * "tph_control", "mmio_range_count", "device_info_bytes"; of a range "first_page", "pages",
 * "attributes", "bar"; "device_info" and "trailing", which are bytes and stand here once, with
 * the first byte that differs
 * @in_range: it is a field of the range @range
 * @range: index of that range; else 0
 * @in_a: it lies within the first report
 * @in_b: it lies within the second report
 * @a_offset: where it is in the first, in bytes from the start; 0 when it is not there
 * @b_offset: where it is in the second
 * @a: its number in the first; 0 when it is not there
 * @b: its number in the second
 */
struct kvmfeat_tdisp_difference {
	const char *field;
	bool in_range;
	uint32_t range;
	bool in_a;
	bool in_b;
	size_t a_offset;
	size_t b_offset;
	uint64_t a;
	uint64_t b;
};

/**
 * kvmfeat_tdisp_decode() - Take a report apart
 * @ctx: context
 * @report: report of any device, at any address
 * @size: bytes at @report; more than the report has are counted and not looked at
 * @ret_report: receives it, with pointers into @report; the caller sets its size before
 *
 * Whether the ranges make sense is what kvmfeat_tdisp_check() tells.
 *
 * Return: 0, or -EBADMSG (no report: fewer than 20 bytes, or its ranges or its device specific
 * information end behind @size; the reason names the offset), -EINVAL (the size of @ret_report).
 * Since: 1.0
 */
int kvmfeat_tdisp_decode(struct kvmfeat_ctx *ctx, const void *report, size_t size,
			 struct kvmfeat_tdisp_report *ret_report);

/**
 * kvmfeat_tdisp_get_range() - One MMIO range of a report
 * @ctx: context
 * @report: what kvmfeat_tdisp_decode() made, while the bytes are there
 * @index: 0 to range_count - 1
 * @ret_range: receives the range
 *
 * Return: 0, or -EINVAL (@index is beyond the last range).
 * Since: 1.0
 */
int kvmfeat_tdisp_get_range(struct kvmfeat_ctx *ctx, const struct kvmfeat_tdisp_report *report,
			    size_t index, struct kvmfeat_tdisp_range *ret_range);

/**
 * kvmfeat_tdisp_check() - May a report be believed?
 * @ctx: context
 * @report: any bytes
 * @size: bytes at @report
 * @device: what is known of the device; NULL: nothing, and rules about its BARs are not checked
 * @findings: receives the first @max findings, by rule: a rule that holds everywhere once, a rule
 * that is broken once for each place
 * @max: room in @findings; the rules alone are fewer than 32
 * @ret_count: receives the number of all findings, which may be more than @max
 *
 * Nothing is asked of the kernel and no memory is allocated. A report that cannot be decoded is
 * a finding, too. The report may be believed when no rule is refused and each one is checked.
 *
 * Return: 0 whatever the verdicts are, or -EINVAL (a BAR of @device is no power of two; its size),
 * -E2BIG (@device is newer than this library).
 * Since: 1.0
 */
int kvmfeat_tdisp_check(struct kvmfeat_ctx *ctx, const void *report, size_t size,
			const struct kvmfeat_tdisp_device *device,
			struct kvmfeat_tdisp_finding *findings, size_t max, size_t *ret_count);

/**
 * kvmfeat_tdisp_decode_bars() - The BARs of a device, out of its file "resource" in sysfs
 * @ctx: context
 * @text: what the file holds
 * @size: bytes at @text
 * @ret_device: receives the sizes; the caller sets its size before
 *
 * Return: 0, or -EBADMSG (it is no such file; the reason names the line), -EINVAL (the size of
 * @ret_device).
 * Since: 1.0
 */
int kvmfeat_tdisp_decode_bars(struct kvmfeat_ctx *ctx, const char *text, size_t size,
			      struct kvmfeat_tdisp_device *ret_device);

/**
 * kvmfeat_tdisp_verdict_name() - The name of a verdict
 * @verdict: verdict
 *
 * Return: "ok", "refused", "note" or "not_checked"; "" for a value that is none.
 * Since: 1.0
 */
const char *kvmfeat_tdisp_verdict_name(enum kvmfeat_tdisp_verdict verdict);

/**
 * kvmfeat_tdisp_diff() - In which fields do two reports differ?
 * @ctx: context
 * @pair: the reports
 * @differences: receives the first @max differences, in the order of the fields
 * @max: room in @differences
 * @ret_count: receives the number of all differences, which may be more than @max
 *
 * Ranges are compared by index. No memory is allocated.
 *
 * Return: 0, or -EBADMSG (as kvmfeat_tdisp_decode()), -EINVAL (the size of @pair), -E2BIG (@pair
 * is newer than this library).
 * Since: 1.0
 */
int kvmfeat_tdisp_diff(struct kvmfeat_ctx *ctx, const struct kvmfeat_tdisp_pair *pair,
		       struct kvmfeat_tdisp_difference *differences, size_t max, size_t *ret_count);

#ifdef __cplusplus
}
#endif

#endif
