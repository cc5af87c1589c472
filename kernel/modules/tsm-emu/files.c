// SPDX-License-Identifier: GPL-2.0-only
/* The files of an endpoint in debugfs; those of the whole module are in main.c. */
#include "emu.h"

#include <linux/cleanup.h>
#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/string.h>
#include <linux/uaccess.h>

static const char *const tdi_names[] = {
	[EMU_UNLOCKED] = "unlocked\n",
	[EMU_LOCKED] = "locked\n",
	[EMU_RUN] = "run\n",
	[EMU_ERROR] = "error\n",
};

/* What was written, as text without its end of line. */
static int get_text(const char __user *from, size_t size, char *text, size_t room)
{
	if (!size || size >= room)
		return -EINVAL;
	if (copy_from_user(text, from, size))
		return -EFAULT;
	text[size] = '\0';
	strim(text);
	return 0;
}

static ssize_t number_write(struct file *file, const char __user *from, size_t size,
			    int (*act)(struct emu_function *fn, unsigned int number))
{
	unsigned int number;
	int err;

	err = kstrtouint_from_user(from, size, 0, &number);
	if (!err)
		err = act(file->private_data, number);
	return err ?: size;
}

static ssize_t fail_read(struct file *file, char __user *to, size_t size, loff_t *at)
{
	char text[256];
	size_t length = emu_order_print(file->private_data, text, sizeof(text));

	return simple_read_from_buffer(to, size, at, text, length);
}

static ssize_t fail_write(struct file *file, const char __user *from, size_t size, loff_t *at)
{
	char text[64];
	int err;

	err = get_text(from, size, text, sizeof(text));
	if (!err)
		err = emu_order_parse(file->private_data, text);
	return err ?: size;
}

static ssize_t state_read(struct file *file, char __user *to, size_t size, loff_t *at)
{
	struct emu_function *fn = file->private_data;
	const char *name = tdi_names[READ_ONCE(fn->tdi)];

	return simple_read_from_buffer(to, size, at, name, strlen(name));
}

static ssize_t state_write(struct file *file, const char __user *from, size_t size, loff_t *at)
{
	struct emu_function *fn = file->private_data;
	char text[16];
	int err;

	err = get_text(from, size, text, sizeof(text));
	if (err)
		return err;
	if (strcmp(text, "error"))
		return -EINVAL;
	guard(raw_spinlock_irqsave)(&emu_lock);
	if (fn->tdi != EMU_LOCKED && fn->tdi != EMU_RUN)
		return -EINVAL;
	fn->tdi = EMU_ERROR;
	return size;
}

/* What the driver core would tell a driver of the device. */
static ssize_t trusted_read(struct file *file, char __user *to, size_t size, loff_t *at)
{
	struct pci_dev *pdev __free(pci_dev_put) = emu_pdev_get(file->private_data);

	if (!pdev)
		return -ENODEV;
	return simple_read_from_buffer(to, size, at, device_cc_accepted(&pdev->dev) ? "1\n" : "0\n",
				       2);
}

static ssize_t report_read(struct file *file, char __user *to, size_t size, loff_t *at)
{
	size_t length;
	ssize_t count;
	void *report;
	int err;

	err = emu_report_get(file->private_data, &report, &length);
	if (err)
		return err;
	count = simple_read_from_buffer(to, size, at, report, length);
	kvfree(report);
	return count;
}

static ssize_t report_write(struct file *file, const char __user *from, size_t size, loff_t *at)
{
	void *data;
	int err;

	if (size > EMU_REPORT_MAX)
		return -EFBIG;
	data = vmemdup_user(from, size);
	if (IS_ERR(data))
		return PTR_ERR(data);
	err = emu_report_set(file->private_data, data, size, *at);
	kvfree(data);
	if (err)
		return err;
	*at += size;
	return size;
}

static ssize_t report_size_read(struct file *file, char __user *to, size_t size, loff_t *at)
{
	size_t length;
	void *report;
	char text[16];
	int err;

	err = emu_report_get(file->private_data, &report, &length);
	if (err)
		return err;
	kvfree(report);
	return simple_read_from_buffer(to, size, at, text,
				       scnprintf(text, sizeof(text), "%zu\n", length));
}

static ssize_t reset_write(struct file *file, const char __user *from, size_t size, loff_t *at)
{
	emu_order_clear(file->private_data);
	emu_report_clear(file->private_data);
	return size;
}

static ssize_t report_size_write(struct file *file, const char __user *from, size_t size,
				 loff_t *at)
{
	return number_write(file, from, size, emu_report_cut);
}

/* Removal and replug are of the endpoint, with all of its functions. */
static ssize_t replug_write(struct file *file, const char __user *from, size_t size, loff_t *at)
{
	struct emu_function *fn = file->private_data;
	static DEFINE_MUTEX(one_at_a_time);
	bool present;
	int err;

	err = kstrtobool_from_user(from, size, &present);
	if (err)
		return err;
	guard(mutex)(&one_at_a_time);
	if (present)
		emu_restore_endpoint(fn->port);
	else
		emu_remove_endpoint(fn->port);
	return size;
}

static ssize_t bind_read(struct file *file, char __user *to, size_t size, loff_t *at)
{
	struct emu_function *fn = file->private_data;
	char text[16];

	return simple_read_from_buffer(to, size, at, text,
				       scnprintf(text, sizeof(text), "%u\n", READ_ONCE(fn->vm)));
}

static ssize_t bind_write(struct file *file, const char __user *from, size_t size, loff_t *at)
{
	return number_write(file, from, size, emu_link_bind);
}

static ssize_t guest_req_write(struct file *file, const char __user *from, size_t size, loff_t *at)
{
	return number_write(file, from, size, emu_link_guest_req);
}

#define FILE_OPS(name, read_, write_)                                                              \
	static const struct file_operations name##_ops = {                                         \
		.owner = THIS_MODULE,                                                              \
		.open = simple_open,                                                               \
		.read = read_,                                                                     \
		.write = write_,                                                                   \
		.llseek = default_llseek,                                                          \
	}

FILE_OPS(fail, fail_read, fail_write);
FILE_OPS(state, state_read, state_write);
FILE_OPS(trusted, trusted_read, NULL);
FILE_OPS(report, report_read, report_write);
FILE_OPS(report_size, report_size_read, report_size_write);
FILE_OPS(reset, NULL, reset_write);
FILE_OPS(replug, NULL, replug_write);
FILE_OPS(bind, bind_read, bind_write);
FILE_OPS(guest_req, NULL, guest_req_write);

static void add_function(struct dentry *root, struct emu_function *fn)
{
	struct dentry *dir;
	char name[32];

	emu_name(fn, name, sizeof(name));
	dir = debugfs_create_dir(name, root);
	debugfs_create_file("fail", 0600, dir, fn, &fail_ops);
	debugfs_create_file("state", 0600, dir, fn, &state_ops);
	debugfs_create_file("trusted", 0400, dir, fn, &trusted_ops);
	debugfs_create_file("report", 0600, dir, fn, &report_ops);
	debugfs_create_file("report_size", 0600, dir, fn, &report_size_ops);
	debugfs_create_file("reset", 0200, dir, fn, &reset_ops);
	debugfs_create_file("replug", 0200, dir, fn, &replug_ops);
	debugfs_create_file("bind", 0600, dir, fn, &bind_ops);
	debugfs_create_file("guest_req", 0200, dir, fn, &guest_req_ops);
}

void emu_files_add(struct dentry *root)
{
	for (int i = 0; i < EMU_PORTS; i++)
		for (int j = 0; j < EMU_FUNCTIONS; j++)
			if (emu_ports[i].function[j].model)
				add_function(root, &emu_ports[i].function[j]);
}
