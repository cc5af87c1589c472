// SPDX-License-Identifier: GPL-2.0-only
/*
 * Emulated PCIe devices with TEE-IO, and the TSMs that serve them, for tests of the kernel's
 * PCI/TSM core and of what is above it. README.md has the files in debugfs.
 */
#include "emu.h"

#include <linux/debugfs.h>
#include <linux/device/faux.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/tsm.h>
#include <linux/uaccess.h>

ulong emu_reporting_offset;
module_param_named(reporting_offset, emu_reporting_offset, ulong, 0644);
MODULE_PARM_DESC(reporting_offset, "Added to the addresses in the default reports");

static bool evidence;
module_param(evidence, bool, 0444);
MODULE_PARM_DESC(evidence, "Register the generic netlink family of evidence");
module_param_named(evidence_chunk, emu_evidence_chunk, uint, 0644);
MODULE_PARM_DESC(evidence_chunk, "Bytes of evidence in one message");

/* A TSM of the module, and the file that registers it. */
struct emu_tsm {
	const char *file;
	struct pci_tsm_ops *ops;
	struct tsm_dev *dev; /* below tsm_lock */
};

static struct emu_tsm tsms[] = {
	{ .file = "link", .ops = &emu_link_ops },
	{ .file = "devsec", .ops = &emu_devsec_ops },
};

static struct faux_device *parent;
static struct dentry *root;
static DEFINE_MUTEX(tsm_lock);

static int start(struct emu_tsm *tsm)
{
	struct tsm_dev *dev;

	guard(mutex)(&tsm_lock);
	if (tsm->dev)
		return -EBUSY;
	dev = tsm_register(&parent->dev, tsm->ops);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	tsm->dev = dev;
	return 0;
}

static void stop(struct emu_tsm *tsm)
{
	guard(mutex)(&tsm_lock);
	if (tsm->dev)
		tsm_unregister(tsm->dev);
	tsm->dev = NULL;
}

static ssize_t tsm_read(struct file *file, char __user *to, size_t size, loff_t *at)
{
	struct emu_tsm *tsm = file->private_data;
	char text[32];
	int length;

	scoped_guard(mutex, &tsm_lock)
	{
		length = scnprintf(text, sizeof(text), "%s\n",
				   tsm->dev ? dev_name(&tsm->dev->dev) : "");
	}
	return simple_read_from_buffer(to, size, at, text, length);
}

static ssize_t tsm_write(struct file *file, const char __user *from, size_t size, loff_t *at)
{
	struct emu_tsm *tsm = file->private_data;
	bool on;
	int err;

	err = kstrtobool_from_user(from, size, &on);
	if (err)
		return err;
	if (on)
		err = start(tsm);
	else
		stop(tsm);
	return err ?: size;
}

static const struct file_operations tsm_ops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = tsm_read,
	.write = tsm_write,
	.llseek = default_llseek,
};

static void add_files(void)
{
	root = debugfs_create_dir("tsm-emu", NULL);
	for (int i = 0; i < ARRAY_SIZE(tsms); i++)
		debugfs_create_file(tsms[i].file, 0600, root, &tsms[i], &tsm_ops);
	emu_files_add(root);
}

static void clear_functions(void)
{
	for (int i = 0; i < EMU_PORTS; i++)
		for (int j = 0; j < EMU_FUNCTIONS; j++)
			emu_report_clear(&emu_ports[i].function[j]);
}

static int __init emu_init(void)
{
	int err;

	parent = faux_device_create("tsm-emu", NULL, NULL);
	if (!parent)
		return -ENODEV;
	err = pci_register_driver(&emu_ep_driver);
	if (err)
		goto no_driver;
	err = emu_host_start();
	if (err)
		goto no_host;
	err = evidence ? emu_evidence_start() : 0;
	if (err)
		goto no_evidence;
	add_files();
	return 0;

no_evidence:
	emu_host_stop();
no_host:
	pci_unregister_driver(&emu_ep_driver);
no_driver:
	faux_device_destroy(parent);
	return err;
}

static void __exit emu_exit(void)
{
	debugfs_remove(root);
	if (evidence)
		emu_evidence_stop();
	for (int i = 0; i < ARRAY_SIZE(tsms); i++)
		stop(&tsms[i]);
	emu_host_stop();
	pci_unregister_driver(&emu_ep_driver);
	faux_device_destroy(parent);
	clear_functions();
}

module_init(emu_init);
module_exit(emu_exit);
MODULE_DESCRIPTION("Emulated PCIe devices with TEE-IO, and their TSMs");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("PCI_IDE");
