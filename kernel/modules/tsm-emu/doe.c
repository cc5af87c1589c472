// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mailbox of a DSM: a link TSM needs one that has CMA (PCIe r7.0, section 6.31). It answers
 * discovery; everything else ends in an error, as nobody here speaks SPDM. Below emu_lock.
 */
#include "emu.h"

#include <linux/bitfield.h>
#include <linux/pci-doe.h>
#include <linux/pci_regs.h>

static const u8 features[] = { PCI_DOE_FEATURE_DISCOVERY, PCI_DOE_FEATURE_CMA };

static bool is_discovery(const struct emu_doe *doe)
{
	return doe->in_count == 3 &&
	       FIELD_GET(PCI_DOE_DATA_OBJECT_HEADER_1_VID, doe->in[0]) == PCI_VENDOR_ID_PCI_SIG &&
	       FIELD_GET(PCI_DOE_DATA_OBJECT_HEADER_1_TYPE, doe->in[0]) ==
		       PCI_DOE_FEATURE_DISCOVERY &&
	       FIELD_GET(PCI_DOE_DATA_OBJECT_HEADER_2_LENGTH, doe->in[1]) == 3;
}

static void answer(struct emu_doe *doe)
{
	u32 index = FIELD_GET(PCI_DOE_DATA_OBJECT_DISC_REQ_3_INDEX, doe->in[2]);

	if (!is_discovery(doe) || index >= ARRAY_SIZE(features)) {
		doe->error = true;
		return;
	}
	doe->out[0] = doe->in[0];
	doe->out[1] = 3;
	doe->out[2] = FIELD_PREP(PCI_DOE_DATA_OBJECT_DISC_RSP_3_VID, PCI_VENDOR_ID_PCI_SIG) |
		      FIELD_PREP(PCI_DOE_DATA_OBJECT_DISC_RSP_3_TYPE, features[index]) |
		      FIELD_PREP(PCI_DOE_DATA_OBJECT_DISC_RSP_3_NEXT_INDEX,
				 (index + 1) % ARRAY_SIZE(features));
	doe->out_count = 3;
	doe->out_next = 0;
}

u32 emu_doe_read(struct emu_function *fn, int offset)
{
	const struct emu_doe *doe = &fn->doe;
	bool ready = doe->out_next < doe->out_count;

	switch (offset) {
	case PCI_DOE_STATUS:
		return (doe->error ? PCI_DOE_STATUS_ERROR : 0) |
		       (ready ? PCI_DOE_STATUS_DATA_OBJECT_READY : 0);
	case PCI_DOE_READ:
		return ready ? doe->out[doe->out_next] : 0;
	default:
		return 0;
	}
}

void emu_doe_write(struct emu_function *fn, int offset, u32 value)
{
	struct emu_doe *doe = &fn->doe;

	switch (offset) {
	case PCI_DOE_CTRL:
		if (value & PCI_DOE_CTRL_ABORT)
			memset(doe, 0, sizeof(*doe));
		else if (value & PCI_DOE_CTRL_GO)
			answer(doe);
		if (value & PCI_DOE_CTRL_GO)
			doe->in_count = 0;
		break;
	case PCI_DOE_WRITE:
		if (doe->in_count < ARRAY_SIZE(doe->in))
			doe->in[doe->in_count++] = value;
		break;
	case PCI_DOE_READ:
		/* Any write takes the double word that was read. */
		if (doe->out_next < doe->out_count)
			doe->out_next++;
		break;
	}
}
