// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The BARs of a device, out of the text of its file "resource" in sysfs: resource_show() of
 * drivers/pci/pci-sysfs.c. No I/O.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tdisp-private.h"

#define DEVICE_MIN_SIZE sizeof(struct kvmfeat_tdisp_device)
#define WORDS 3 /* first address, last address, flags */
#define WORD_BYTES (sizeof("0x0123456789abcdef ") - 1)
#define LINE_BYTES (WORDS * WORD_BYTES)
#define IORESOURCE_MEM 0x200u /* include/linux/ioport.h */

static const char operation[] = "read the BARs of a device";

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "0x0123456789abcdef" and the character @end */
static bool read_word(const char *text, char end, uint64_t *ret_word)
{
	uint64_t word = 0;

	if (text[0] != '0' || text[1] != 'x' || text[WORD_BYTES - 1] != end)
		return false;
	for (size_t i = 2; i < WORD_BYTES - 1; i++) {
		const int digit = hex_digit(text[i]);

		if (digit < 0)
			return false;
		word = word << 4 | (uint64_t)digit;
	}
	*ret_word = word;
	return true;
}

static bool read_line(const char *text, uint64_t *ret_bytes)
{
	uint64_t words[WORDS] = { 0 };

	for (size_t i = 0; i < WORDS; i++)
		if (!read_word(text + i * WORD_BYTES, i < WORDS - 1 ? ' ' : '\n', &words[i]))
			return false;
	/* Of a BAR of I/O ports no page can be protected. */
	*ret_bytes = words[2] & IORESOURCE_MEM ? words[1] - words[0] + 1 : 0;
	return words[0] <= words[1];
}

static int refuse_line(struct kvmfeat_ctx *ctx, size_t line)
{
	char value[24];

	snprintf(value, sizeof(value), "%zu", line);
	return kf_fail(&ctx->reason,
		       &(struct kf_fault){ .error = -EBADMSG,
					   .operation = operation,
					   .object = "the resources",
					   .value = value,
					   .remedy = "give the file resource of a PCI device in "
						     "sysfs" },
		       "line %s is not that of a BAR, three numbers of 16 hexadecimal digits",
		       value);
}

KVMFEAT_EXPORT int kvmfeat_tdisp_decode_bars(struct kvmfeat_ctx *ctx, const char *text, size_t size,
					     struct kvmfeat_tdisp_device *ret_device)
{
	struct kvmfeat_tdisp_device device = { .size = sizeof(device) };
	int err;

	err = kf_result_check(&ctx->reason, operation, "kvmfeat_tdisp_device", ret_device,
			      DEVICE_MIN_SIZE);
	if (err)
		return err;
	for (size_t i = 0; i < KVMFEAT_TDISP_BARS; i++)
		if (size / LINE_BYTES <= i ||
		    !read_line(text + i * LINE_BYTES, &device.bar_bytes[i]))
			return refuse_line(ctx, i + 1);
	return kf_result_copy(ret_device, ret_device->size, &device, sizeof(device),
			      DEVICE_MIN_SIZE);
}
