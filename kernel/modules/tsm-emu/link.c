// SPDX-License-Identifier: GPL-2.0-only
/*
 * A TSM in its host role. connect builds a stream of IDE; bind and guest_req, which nothing in
 * the kernel calls, are called for files in debugfs.
 */
#include "emu.h"

#include <linux/pci-ide.h>
#include <linux/pci-tsm.h>
#include <linux/slab.h>

/* Of a DSM; functions that it manages have a plain struct pci_tsm. */
struct emu_dsm {
	struct pci_tsm_pf0 pf0;
	struct pci_ide *ide;
};

static struct emu_dsm *to_dsm(struct pci_dev *pdev)
{
	return container_of(pdev->tsm, struct emu_dsm, pf0.base_tsm);
}

static struct pci_tsm *probe_dsm(struct tsm_dev *tsm_dev, struct pci_dev *pdev)
{
	struct emu_dsm *dsm __free(kfree) = kzalloc_obj(*dsm);

	if (!dsm || pci_tsm_pf0_constructor(pdev, &dsm->pf0, tsm_dev))
		return NULL;
	return &no_free_ptr(dsm)->pf0.base_tsm;
}

static struct pci_tsm *probe_managed(struct tsm_dev *tsm_dev, struct pci_dev *pdev)
{
	struct pci_tsm *context __free(kfree) = kzalloc_obj(*context);

	if (!context || pci_tsm_link_constructor(pdev, context, tsm_dev))
		return NULL;
	return no_free_ptr(context);
}

static struct pci_tsm *emu_probe(struct tsm_dev *tsm_dev, struct pci_dev *pdev)
{
	struct emu_function *fn = emu_function_of(pdev);

	if (!fn || emu_obey(fn, EMU_PROBE))
		return NULL;
	return is_pci_tsm_pf0(pdev) ? probe_dsm(tsm_dev, pdev) : probe_managed(tsm_dev, pdev);
}

static void emu_remove(struct pci_tsm *context)
{
	struct emu_dsm *dsm;

	if (!is_pci_tsm_pf0(context->pdev)) {
		kfree(context);
		return;
	}
	dsm = container_of(context, struct emu_dsm, pf0.base_tsm);
	pci_tsm_pf0_destructor(&dsm->pf0);
	kfree(dsm);
}

static int emu_connect(struct pci_dev *pdev)
{
	struct pci_ide *ide __free(pci_ide_stream_release) = NULL;
	struct pci_dev *port = pcie_find_root_port(pdev);
	int err;

	err = emu_obey(emu_function_of(pdev), EMU_CONNECT);
	if (err)
		return err;
	ide = pci_ide_stream_alloc(pdev);
	if (!ide)
		return -ENOSPC;
	ide->stream_id = ide->host_bridge_stream;
	err = pci_ide_stream_register(ide);
	if (err)
		return err;
	pci_ide_stream_setup(pdev, ide);
	pci_ide_stream_setup(port, ide);
	err = pci_ide_stream_enable(pdev, ide);
	if (!err)
		err = pci_ide_stream_enable(port, ide);
	if (err)
		return err;
	to_dsm(pdev)->ide = no_free_ptr(ide);
	return 0;
}

static void emu_disconnect(struct pci_dev *pdev)
{
	struct emu_dsm *dsm = to_dsm(pdev);

	emu_obey(emu_function_of(pdev), EMU_DISCONNECT);
	pci_ide_stream_release(dsm->ide);
	dsm->ide = NULL;
}

/* A VM is an address that nobody looks behind. */
static char vms[4];

static struct pci_tdi *emu_bind(struct pci_dev *pdev, struct kvm *kvm, u32 tdi_id)
{
	struct emu_function *fn = emu_function_of(pdev);
	struct pci_tdi *tdi;
	int err;

	err = emu_obey(fn, EMU_BIND);
	if (err)
		return ERR_PTR(err);
	tdi = kzalloc_obj(*tdi);
	if (!tdi)
		return ERR_PTR(-ENOMEM);
	pci_tsm_tdi_constructor(pdev, tdi, kvm, tdi_id);
	WRITE_ONCE(fn->vm, (char *)kvm - vms);
	return tdi;
}

static void emu_unbind(struct pci_tdi *tdi)
{
	struct emu_function *fn = emu_function_of(tdi->pdev);

	emu_obey(fn, EMU_UNBIND);
	WRITE_ONCE(fn->vm, 0);
	kfree(tdi);
}

/* Everything was understood, and there is nothing to answer. */
static ssize_t emu_guest_req(struct pci_tdi *tdi, enum pci_tsm_req_scope scope, sockptr_t req_in,
			     size_t in_len, sockptr_t req_out, size_t out_len, u64 *tsm_code)
{
	if (tsm_code)
		*tsm_code = 0;
	return emu_obey(emu_function_of(tdi->pdev), EMU_GUEST_REQ);
}

struct pci_tsm_ops emu_link_ops = {
	.link_ops = {
		.probe = emu_probe,
		.remove = emu_remove,
		.connect = emu_connect,
		.disconnect = emu_disconnect,
		.bind = emu_bind,
		.unbind = emu_unbind,
		.guest_req = emu_guest_req,
	},
};

/* Binds to VM number @vm, from 1 on; 0 unbinds. */
int emu_link_bind(struct emu_function *fn, unsigned int vm)
{
	struct pci_dev *pdev __free(pci_dev_put) = emu_pdev_get(fn);

	if (!pdev)
		return -ENODEV;
	if (vm >= ARRAY_SIZE(vms))
		return -EINVAL;
	if (vm)
		return pci_tsm_bind(pdev, (struct kvm *)&vms[vm], pci_dev_id(pdev));
	pci_tsm_unbind(pdev);
	return 0;
}

int emu_link_guest_req(struct emu_function *fn, unsigned int scope)
{
	struct pci_dev *pdev __free(pci_dev_put) = emu_pdev_get(fn);
	sockptr_t none = KERNEL_SOCKPTR(NULL);

	return pdev ? pci_tsm_guest_req(pdev, scope, none, 0, none, 0, NULL) : -ENODEV;
}
