// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver that does with a device what drivers do first: enables it, takes its BARs and maps
 * one. It knows no device by itself; a test binds it by driver_override.
 */
#include "emu.h"

static int emu_ep_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int err;

	err = pcim_enable_device(pdev);
	if (err)
		return err;
	err = pcim_request_all_regions(pdev, "tsm-emu-ep");
	if (err)
		return err;
	pci_set_master(pdev);
	return pcim_iomap(pdev, 0, 0) ? 0 : -ENOMEM;
}

static const struct pci_device_id none[] = { {} };

struct pci_driver emu_ep_driver = {
	.name = "tsm-emu-ep",
	.id_table = none,
	.probe = emu_ep_probe,
};
