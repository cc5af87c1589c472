// SPDX-License-Identifier: GPL-2.0-only
/*
 * The DEVICE_INTERFACE_REPORT that an interface answers with (PCIe r7.0, section 11.3.11): made
 * from its BARs, or the bytes that a test wrote.
 */
#include "emu.h"

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/unaligned.h>

#define HEADER 16
#define RANGE 16
#define DEVICE_INFO "tsm-emu"

static u64 bar_address(struct emu_function *fn, unsigned int bar)
{
	int where = PCI_BASE_ADDRESS_0 + 4 * bar;
	u64 address = emu_config_get(fn, where) & PCI_BASE_ADDRESS_MEM_MASK;

	if (fn->model->bar[bar].flags & PCI_BASE_ADDRESS_MEM_TYPE_64)
		address |= (u64)emu_config_get(fn, where + 4) << 32;
	return address;
}

static size_t default_size(const struct emu_model *model)
{
	return HEADER + RANGE * model->ranges + sizeof(__le32) + sizeof(DEVICE_INFO) - 1;
}

static void make_default(struct emu_function *fn, u8 *out)
{
	const struct emu_model *model = fn->model;

	memset(out, 0, HEADER);
	put_unaligned_le16(model->msix.vectors ? model->msix.vectors - 1 : 0, out + 4);
	put_unaligned_le32(model->ranges, out + 12);
	out += HEADER;
	for (unsigned int i = 0; i < model->ranges; i++, out += RANGE) {
		const struct emu_range *range = &model->range[i];
		u64 address = bar_address(fn, range->bar) + range->offset + emu_reporting_offset;

		put_unaligned_le64(address >> 12, out);
		put_unaligned_le32(range->size >> 12, out + 8);
		put_unaligned_le32((u32)range->bar << 16 | range->attributes, out + 12);
	}
	put_unaligned_le32(sizeof(DEVICE_INFO) - 1, out);
	memcpy(out + 4, DEVICE_INFO, sizeof(DEVICE_INFO) - 1);
}

/* A copy for the caller to kvfree(). */
int emu_report_get(struct emu_function *fn, void **ret_report, size_t *ret_size)
{
	size_t size;
	u8 *report;

	/* Allocated outside the lock for the largest there can be, and cut below it. */
	report = kvzalloc(EMU_REPORT_MAX, GFP_KERNEL);
	if (!report)
		return -ENOMEM;
	scoped_guard(raw_spinlock_irqsave, &emu_lock)
	{
		size = fn->report ? fn->report_size : default_size(fn->model);
		if (fn->report)
			memcpy(report, fn->report, size);
		else
			make_default(fn, report);
	}
	*ret_report = kvmemdup(report, size, GFP_KERNEL);
	kvfree(report);
	if (!*ret_report)
		return -ENOMEM;
	*ret_size = size;
	return 0;
}

/* Bytes at @at: a write at 0 begins a new report. */
int emu_report_set(struct emu_function *fn, const void *data, size_t size, size_t at)
{
	u8 *spare __free(kvfree) = NULL;

	if (at > EMU_REPORT_MAX || size > EMU_REPORT_MAX - at)
		return -EFBIG;
	spare = kvzalloc(EMU_REPORT_MAX, GFP_KERNEL);
	if (!spare)
		return -ENOMEM;

	guard(raw_spinlock_irqsave)(&emu_lock);
	if (!fn->report)
		fn->report = no_free_ptr(spare);
	if (!at)
		fn->report_size = 0;
	if (at != fn->report_size)
		return -ESPIPE;
	memcpy(fn->report + at, data, size);
	fn->report_size = at + size;
	return 0;
}

/* Cuts what is answered, also the default, to @size bytes. */
int emu_report_cut(struct emu_function *fn, unsigned int size)
{
	size_t length;
	void *report;
	int err;

	err = emu_report_get(fn, &report, &length);
	if (err)
		return err;
	err = size > length ? -EINVAL : emu_report_set(fn, report, size, 0);
	kvfree(report);
	return err;
}

/* The default again. */
void emu_report_clear(struct emu_function *fn)
{
	u8 *report;

	scoped_guard(raw_spinlock_irqsave, &emu_lock)
	{
		report = fn->report;
		fn->report = NULL;
		fn->report_size = 0;
	}
	kvfree(report);
}
