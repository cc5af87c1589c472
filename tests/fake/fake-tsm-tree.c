// SPDX-License-Identifier: GPL-2.0-or-later
/* What the fake kernel shows of TSMs and devices: who sees which attribute, and its text. */
#define _GNU_SOURCE
#include "fake-tsm-private.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define CLASS "/sys/class/tsm/"

static bool has_mode(const struct fake_tsm_host *host, enum kvmfeat_tsm_mode mode)
{
	for (size_t i = 0; i < FAKE_TSMS; i++)
		if (host->tsms[i] == mode)
			return true;
	return false;
}

/* Whether the tree has it, a symbolic link to nowhere included. */
bool fake_tsm_has(const struct fake *fake, const char *path)
{
	char absolute[PATH_MAX];

	snprintf(absolute, sizeof(absolute), "%s%s", fake->root, path);
	return !faccessat(AT_FDCWD, absolute, F_OK, AT_SYMLINK_NOFOLLOW);
}

static void forget(struct fake *fake, const char *path)
{
	if (fake_tsm_has(fake, path))
		fake_remove(fake, path);
}

static void put(struct fake *fake, const struct fake_tsm_device *device, const char *name,
		unsigned int mode, const char *text)
{
	char path[128];

	fake_tsm_path(device, name, path, sizeof(path));
	fake_file(fake, path, text);
	fake_mode(fake, path, mode);
}

static void put_tsm(struct fake *fake, const struct fake_tsm_device *device, const char *name,
		    unsigned int mode, bool has)
{
	char text[32] = "\n";

	if (has)
		snprintf(text, sizeof(text), "tsm%d\n", device->tsm);
	put(fake, device, name, mode, text);
}

/* pci_tsm_link_visible() and pci_tsm_attr_visible() */
static void show_link(struct fake *fake, const struct fake_tsm_device *device)
{
	char dsm[32] = "\n";

	if (!has_mode(fake_tsm_host_of(fake), KVMFEAT_TSM_MODE_LINK))
		return;
	if (device->is_function_0 ? !device->has_ide && !device->has_tee :
				    !fake_tsm_is_linked(device))
		return;
	if (fake_tsm_is_linked(device))
		snprintf(dsm, sizeof(dsm), "%.*s0\n", (int)strlen(device->bdf) - 1, device->bdf);
	put(fake, device, "tsm/dsm", 0444, dsm);
	put_tsm(fake, device, "authenticated", 0444, fake_tsm_is_linked(device));
	if (device->has_tee)
		put_tsm(fake, device, "tsm/bound", 0444, device->state == KVMFEAT_TSM_STATE_BOUND);
	if (!device->is_function_0)
		return;
	put_tsm(fake, device, "tsm/connect", 0644, fake_tsm_is_linked(device));
	put(fake, device, "tsm/disconnect", 0200, "");
}

static void show_devsec(struct fake *fake, const struct fake_tsm_device *device)
{
	const struct fake_tsm_host *host = fake_tsm_host_of(fake);
	const bool accepted = device->state == KVMFEAT_TSM_STATE_ACCEPTED;
	char text[32] = "\n", path[128];

	if (!has_mode(host, KVMFEAT_TSM_MODE_DEVSEC) || !device->has_tee)
		return;
	put_tsm(fake, device, "tsm/lock", 0644, fake_tsm_is_locked(device));
	put(fake, device, "tsm/unlock", 0200, "");
	if (host->kernel == FAKE_TSM_TRUST)
		put(fake, device, "trust", 0644, accepted ? "3\n" : "1\n");
	else
		put(fake, device, "tsm/accept", 0644, accepted ? "1\n" : "0\n");
	if (host->kernel != FAKE_TSM_OURS)
		return;
	if (fake_tsm_is_locked(device))
		snprintf(text, sizeof(text), "%" PRIu64 "\n", device->generation);
	put(fake, device, "tsm/generation", 0444, text);
	fake_tsm_path(device, "tsm/report", path, sizeof(path));
	fake_file_bytes(fake, path, device->report ? device->report : "",
			fake_tsm_is_locked(device) ? device->report_bytes : 0);
	fake_mode(fake, path, 0400);
}

/* A capability list of one, PCI Express, and what it says of TEE-IO. */
static void show_config(struct fake *fake, const struct fake_tsm_device *device)
{
	uint8_t config[256] = { [0x06] = 0x10, [0x34] = 0x40, [0x40] = 0x10 };
	char path[128];

	config[0x47] = device->has_tee ? 0x40 : 0;
	fake_tsm_path(device, "config", path, sizeof(path));
	fake_file_bytes(fake, path, config, sizeof(config));
}

/* BAR 0 has 64 KiB; the files that are always there. */
static void show_device(struct fake *fake, const struct fake_tsm_device *device)
{
	static const char *const names[] = { "tsm", "authenticated", "trust", "driver" };
	static const char empty[] = "0x0000000000000000 0x0000000000000000 0x0000000000000000\n";
	char path[128], target[128],
		text[512] = "0x0000000010000000 0x000000001000ffff "
			    "0x0000000000040200\n";

	for (int i = 1; i < 6; i++)
		strcat(text, empty);
	put(fake, device, "resource", 0444, text);
	show_config(fake, device);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		fake_tsm_path(device, names[i], path, sizeof(path));
		forget(fake, path);
	}
	if (device->driver) {
		snprintf(target, sizeof(target), "../../../bus/pci/drivers/%s", device->driver);
		fake_tsm_path(device, "driver", path, sizeof(path));
		fake_link(fake, path, target);
	}
	show_link(fake, device);
	show_devsec(fake, device);
}

static void show_tsms(struct fake *fake)
{
	const struct fake_tsm_host *host = fake_tsm_host_of(fake);
	char path[64], text[16];

	fake_dir(fake, CLASS);
	for (int i = 0; i < FAKE_TSMS; i++) {
		snprintf(path, sizeof(path), CLASS "tsm%d", i);
		forget(fake, path);
		if (host->tsms[i] == KVMFEAT_TSM_MODE_UNKNOWN)
			continue;
		fake_dir(fake, path);
		if (host->kernel == FAKE_TSM_LINUX)
			continue;
		snprintf(path, sizeof(path), CLASS "tsm%d/pci_mode", i);
		snprintf(text, sizeof(text), "%s\n", kvmfeat_tsm_mode_name(host->tsms[i]));
		fake_file(fake, path, text);
	}
}

/* One stream for each device that is connected: drivers/pci/ide.c */
static void show_streams(struct fake *fake)
{
	const struct fake_tsm_host *host = fake_tsm_host_of(fake);
	unsigned int used = 0;
	char path[64], text[16];

	if (!host->streams)
		return;
	for (unsigned int i = 0; i < host->device_count; i++) {
		const struct fake_tsm_device *device = &host->devices[i];

		snprintf(path, sizeof(path), FAKE_TSM_DIR "stream%u.0.1", i);
		forget(fake, path);
		if (!fake_tsm_is_linked(device) || !device->is_function_0)
			continue;
		used++;
		fake_link(fake, path, device->bdf);
	}
	snprintf(text, sizeof(text), "%u\n", host->streams - used);
	fake_file(fake, FAKE_TSM_DIR "available_secure_streams", text);
}

void fake_tsm_show(struct fake *fake)
{
	const struct fake_tsm_host *host = fake_tsm_host_of(fake);

	show_tsms(fake);
	show_streams(fake);
	for (size_t i = 0; i < host->device_count; i++)
		show_device(fake, &host->devices[i]);
}
