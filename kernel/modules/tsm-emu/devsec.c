// SPDX-License-Identifier: GPL-2.0-only
/*
 * A TSM in its guest role, and the interface that it asks: a device whose state machine is that
 * of TDISP (PCIe r7.0, section 11.2.4), which a test compares with what the kernel believes.
 */
#include "emu.h"

#include <linux/pci-tsm.h>
#include <linux/slab.h>

/* A request that @from does not allow puts the interface into error. */
static int move(struct emu_function *fn, enum emu_tdi from, enum emu_tdi to)
{
	guard(raw_spinlock_irqsave)(&emu_lock);
	if (!fn->port->present)
		return -EIO;
	if (fn->tdi != from) {
		fn->tdi = fn->tdi == EMU_UNLOCKED ? EMU_UNLOCKED : EMU_ERROR;
		return -EIO;
	}
	fn->tdi = to;
	return 0;
}

static struct pci_tsm *emu_lock_tdi(struct tsm_dev *tsm_dev, struct pci_dev *pdev)
{
	struct pci_tsm_devsec *context __free(kfree) = NULL;
	struct emu_function *fn = emu_function_of(pdev);
	int err;

	if (!fn)
		return NULL;
	err = emu_obey(fn, EMU_LOCK);
	if (err)
		return ERR_PTR(err);
	context = kzalloc_obj(*context);
	if (!context)
		return ERR_PTR(-ENOMEM);
	err = pci_tsm_devsec_constructor(pdev, context, tsm_dev);
	if (!err)
		err = move(fn, EMU_UNLOCKED, EMU_LOCKED);
	if (err)
		return ERR_PTR(err);
	return &no_free_ptr(context)->base_tsm;
}

/* STOP_INTERFACE: the way out of every state. */
static void emu_unlock_tdi(struct pci_tsm *tsm)
{
	struct emu_function *fn = emu_function_of(tsm->pdev);

	emu_obey(fn, EMU_UNLOCK);
	scoped_guard(raw_spinlock_irqsave, &emu_lock)
	{
		fn->tdi = EMU_UNLOCKED;
	}
	kfree(to_pci_tsm_devsec(tsm));
}

static int emu_report(struct pci_tsm *tsm, void **report, size_t *size)
{
	struct emu_function *fn = emu_function_of(tsm->pdev);
	int err;

	err = emu_obey(fn, EMU_REPORT);
	if (err)
		return err;
	scoped_guard(raw_spinlock_irqsave, &emu_lock)
	{
		if (!fn->port->present || (fn->tdi != EMU_LOCKED && fn->tdi != EMU_RUN))
			return -EIO;
	}
	return emu_report_get(fn, report, size);
}

static int emu_accept(struct pci_tsm *tsm)
{
	struct emu_function *fn = emu_function_of(tsm->pdev);
	int err;

	err = emu_obey(fn, EMU_ACCEPT);
	return err ?: move(fn, EMU_LOCKED, EMU_RUN);
}

struct pci_tsm_ops emu_devsec_ops = {
	.devsec_ops = {
		.lock = emu_lock_tdi,
		.unlock = emu_unlock_tdi,
		.report = emu_report,
		.accept = emu_accept,
	},
};
