// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "fake-tsm-private.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEVICES "/sys/bus/pci/devices/"

/* BAR 0: two pages, of which the second is not protected; little endian. */
const uint8_t fake_tsm_report[52] = {
	[0] = 0x03,  [4] = 0x07,  [5] = 0x80, [12] = 2, /* interface_info, MSI-X, ranges */
	[18] = 0x10, [24] = 1, /* page 0x100000, one page, BAR 0 */
	[32] = 0x01, [34] = 0x10, [40] = 1,   [44] = 4, /* the one behind it: not protected */
};
/* The first of these ranges only. */
const uint8_t fake_tsm_other_report[36] = { [0] = 0x02, [12] = 1, [18] = 0x10, [24] = 1 };

/* lib/vsprintf.c's sscanf("tsm%d\n"), or kstrtoint() where @strict; a number of any sign */
static bool parse_tsm(const char *text, bool strict, int *ret_id)
{
	char again[32];

	if (sscanf(text, "tsm%d", ret_id) != 1)
		return false;
	snprintf(again, sizeof(again), "tsm%d\n", *ret_id);
	return !strict || !strncmp(text, again, strlen(text));
}

static bool has_tsm(const struct fake_tsm_host *host, int id, enum kvmfeat_tsm_mode mode)
{
	return id >= 0 && id < FAKE_TSMS && host->tsms[id] == mode;
}

/* sysfs_streq() with the name of a TSM */
static bool is_name_of(int tsm, const char *text)
{
	char name[32];
	size_t length;

	length = (size_t)snprintf(name, sizeof(name), "tsm%d", tsm);
	return !strncmp(text, name, length) && (!text[length] || !strcmp(text + length, "\n"));
}

/* The other functions come and go with function 0. */
static void set_link(struct fake_tsm_host *host, struct fake_tsm_device *device,
		     enum kvmfeat_tsm_state state, int tsm)
{
	const size_t slot = strlen(device->bdf) - 1;

	for (size_t i = 0; i < host->device_count; i++) {
		struct fake_tsm_device *function = &host->devices[i];

		if (function == device ||
		    (device->has_tee && !strncmp(function->bdf, device->bdf, slot))) {
			function->state = state;
			function->tsm = tsm;
		}
	}
}

static int do_connect(struct fake_tsm_host *host, struct fake_tsm_device *device, const char *text)
{
	int id;

	if (!parse_tsm(text, false, &id))
		return -EINVAL;
	if (host->early_error)
		return host->early_error;
	if (device->state != KVMFEAT_TSM_STATE_IDLE)
		return -EBUSY;
	if (!has_tsm(host, id, KVMFEAT_TSM_MODE_LINK))
		return -ENXIO;
	if (!host->driver_error)
		set_link(host, device, KVMFEAT_TSM_STATE_CONNECTED, id);
	return host->driver_error;
}

static int do_disconnect(struct fake_tsm_host *host, struct fake_tsm_device *device,
			 const char *text)
{
	if (host->early_error)
		return host->early_error;
	if (!fake_tsm_is_linked(device))
		return -ENXIO;
	if (!is_name_of(device->tsm, text))
		return -EINVAL;
	set_link(host, device, KVMFEAT_TSM_STATE_IDLE, 0);
	return 0;
}

static void take_report(struct fake_tsm_host *host, struct fake_tsm_device *device)
{
	device->report = device->answers;
	device->report_bytes = device->answers_bytes;
	device->generation = ++host->last_generation;
}

static int do_lock(struct fake_tsm_host *host, struct fake_tsm_device *device, const char *text)
{
	int id;

	if (!parse_tsm(text, true, &id))
		return -EINVAL;
	if (host->early_error)
		return host->early_error;
	if (device->state != KVMFEAT_TSM_STATE_IDLE || device->driver)
		return -EBUSY;
	if (!has_tsm(host, id, KVMFEAT_TSM_MODE_DEVSEC))
		return -ENXIO;
	if (host->driver_error)
		return host->driver_error;
	device->state = KVMFEAT_TSM_STATE_LOCKED;
	device->tsm = id;
	take_report(host, device);
	return 0;
}

static int do_unlock(struct fake_tsm_host *host, struct fake_tsm_device *device, const char *text)
{
	if (host->early_error)
		return host->early_error;
	if (!fake_tsm_is_locked(device) || !is_name_of(device->tsm, text))
		return -EINVAL;
	if (device->driver)
		return -EBUSY;
	device->state = KVMFEAT_TSM_STATE_IDLE;
	return 0;
}

/* "1" or "1 N", where N is for kstrtou64() */
static bool parse_accept(const char *text, uint64_t *generation)
{
	char end;

	if (!strcmp(text, "1\n"))
		return true;
	return !strncmp(text, "1 ", 2) && isdigit((unsigned char)text[2]) &&
	       sscanf(text, "1 %" SCNu64 "%c", generation, &end) == 2 && end == '\n';
}

static int do_accept(struct fake_tsm_host *host, struct fake_tsm_device *device, const char *text)
{
	uint64_t generation = device->generation;

	if (!parse_accept(text, &generation))
		return -EINVAL;
	if (host->early_error)
		return host->early_error;
	if (!fake_tsm_is_locked(device))
		return -EINVAL;
	if (device->state == KVMFEAT_TSM_STATE_ACCEPTED || device->driver)
		return -EBUSY;
	if (generation != device->generation)
		return -EAGAIN;
	if (device->report != device->answers) {
		take_report(host, device);
		return -EAGAIN;
	}
	if (!host->driver_error)
		device->state = KVMFEAT_TSM_STATE_ACCEPTED;
	return host->driver_error;
}

/* No kernel has it yet: the level is a number, and 3 is the one with private DMA. */
static int do_trust(struct fake_tsm_host *host, struct fake_tsm_device *device, const char *text)
{
	return strcmp(text, "3\n") != 0 ? -EINVAL : do_accept(host, device, "1\n");
}

static const struct {
	const char *path;
	int (*write)(struct fake_tsm_host *host, struct fake_tsm_device *device, const char *text);
} attributes[] = {
	{ "tsm/connect", do_connect }, { "tsm/disconnect", do_disconnect }, { "tsm/lock", do_lock },
	{ "tsm/unlock", do_unlock },   { "tsm/accept", do_accept },	    { "trust", do_trust },
};

/* The device and attribute of an open file; NULL: it is none. */
static struct fake_tsm_device *find_file(struct fake *fake, int fd, char *attribute, size_t size)
{
	struct fake_tsm_host *host = fake_tsm_host_of(fake);
	char link[64], path[PATH_MAX], dir[PATH_MAX];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path) - 1);
	path[len < 0 ? 0 : len] = '\0';
	for (size_t i = 0; i < host->device_count; i++) {
		snprintf(dir, sizeof(dir), "%s" FAKE_TSM_DIR "%s/", fake->root,
			 host->devices[i].bdf);
		if (strncmp(path, dir, strlen(dir)) != 0)
			continue;
		snprintf(attribute, size, "%.*s", (int)size - 1, path + strlen(dir));
		return &host->devices[i];
	}
	return NULL;
}

/* Whether an attribute that was opened is still there: kernfs_get_active() */
static struct fake_tsm_device *still_there(struct fake *fake, unsigned int instance,
					   const char *attribute)
{
	struct fake_tsm_host *host = fake_tsm_host_of(fake);
	char path[128];

	for (size_t i = 0; i < host->device_count; i++) {
		fake_tsm_path(&host->devices[i], attribute, path, sizeof(path));
		if (host->devices[i].instance == instance && fake_tsm_has(fake, path))
			return &host->devices[i];
	}
	return NULL;
}

static ssize_t write_attribute(struct fake *fake, int fd, const void *bytes, size_t size)
{
	struct fake_tsm_host *host = fake_tsm_host_of(fake);
	char attribute[32];
	struct fake_tsm_device *device = find_file(fake, fd, attribute, sizeof(attribute));
	int err = -EINVAL;

	if (!device)
		return FAKE_PASS;
	host->writes++;
	snprintf(host->last, sizeof(host->last), "%.*s", (int)size, (const char *)bytes);
	strcpy(host->last_path, attribute);
	if (host->moment) {
		const unsigned int instance = device->instance;

		host->moment(fake, attribute, true);
		device = still_there(fake, instance, attribute);
	}
	if (!device)
		return -ENODEV;
	if (host->write_error)
		return host->write_error;
	if (host->ignores_writes)
		return (ssize_t)size;
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		if (!strcmp(attributes[i].path, attribute))
			err = attributes[i].write(host, device, host->last);
	fake_tsm_show(fake);
	if (err)
		return err;
	return host->interrupted ? -EINTR : (ssize_t)size;
}

static int open_attribute(struct fake *fake, const char *path, int flags)
{
	struct fake_tsm_host *host = fake_tsm_host_of(fake);
	const bool is_write = (flags & O_ACCMODE) == O_WRONLY;

	if (host->moment && !(flags & O_PATH))
		host->moment(fake, path, false);
	if (flags & O_PATH || !host->open_error || strcmp(path, host->open_path) != 0)
		return FAKE_PASS;
	return host->open_to_write && !is_write ? FAKE_PASS : host->open_error;
}

static ssize_t read_attribute(struct fake *fake, int fd)
{
	const struct fake_tsm_host *host = fake_tsm_host_of(fake);
	char attribute[64];
	const struct fake_tsm_device *device = find_file(fake, fd, attribute, sizeof(attribute));

	if (!device || strcmp(attribute, "tsm/report") != 0)
		return FAKE_PASS;
	if (host->report_error)
		return host->report_error;
	return fake_tsm_is_locked(device) ? FAKE_PASS : -ENXIO;
}

struct fake_tsm_device *fake_tsm_add(struct fake *fake, const char *bdf)
{
	struct fake_tsm_host *host = fake_tsm_host_of(fake);
	struct fake_tsm_device *device = &host->devices[host->device_count++];
	char path[64], target[128];

	if (host->device_count > FAKE_TSM_DEVICES)
		abort();
	*device = (struct fake_tsm_device){
		.instance = ++host->last_instance,
		.is_function_0 = bdf[strlen(bdf) - 1] == '0',
		.has_tee = true,
		.state = KVMFEAT_TSM_STATE_IDLE,
		.answers = fake_tsm_report,
		.answers_bytes = sizeof(fake_tsm_report),
	};
	snprintf(device->bdf, sizeof(device->bdf), "%s", bdf);
	snprintf(path, sizeof(path), DEVICES "%s", bdf);
	snprintf(target, sizeof(target), "../../../devices/pci0000:00/%s", bdf);
	fake_link(fake, path, target);
	fake_tsm_show(fake);
	return device;
}

void fake_tsm_unregister(struct fake *fake, int tsm)
{
	struct fake_tsm_host *host = fake_tsm_host_of(fake);

	host->tsms[tsm] = KVMFEAT_TSM_MODE_UNKNOWN;
	for (size_t i = 0; i < host->device_count; i++)
		if (host->devices[i].tsm == tsm)
			host->devices[i].state = KVMFEAT_TSM_STATE_IDLE;
	fake_tsm_show(fake);
}

void fake_tsm_unplug(struct fake *fake, struct fake_tsm_device *device, bool again)
{
	char bdf[KVMFEAT_TSM_BDF_SIZE], path[128];
	struct fake_tsm_host *host = fake_tsm_host_of(fake);
	struct fake_tsm_device *last = &host->devices[host->device_count - 1];

	strcpy(bdf, device->bdf);
	fake_tsm_path(device, "", path, sizeof(path));
	fake_remove(fake, path);
	snprintf(path, sizeof(path), DEVICES "%s", bdf);
	fake_remove(fake, path);
	*device = *last;
	host->device_count--;
	if (again)
		fake_tsm_add(fake, bdf);
}

void fake_tsm(struct fake *fake, struct fake_tsm_host *host, enum fake_tsm_kernel kernel)
{
	*host = (struct fake_tsm_host){ .kernel = kernel };
	host->tsms[0] = KVMFEAT_TSM_MODE_DEVSEC;
	fake->hook_data = host;
	fake->write_hook = write_attribute;
	fake->open_hook = open_attribute;
	fake->read_hook = read_attribute;
	fake_dir(fake, FAKE_TSM_DIR "pci_bus/0000:00");
	fake_link(fake, "/sys/class/pci_bus/0000:00", "../../devices/pci0000:00/pci_bus/0000:00");
	fake_tsm_add(fake, FAKE_TSM_BDF);
}

void fake_tsm_link(struct fake *fake, struct fake_tsm_host *host, enum fake_tsm_kernel kernel)
{
	fake_tsm(fake, host, kernel);
	host->tsms[0] = KVMFEAT_TSM_MODE_LINK;
	host->streams = 4;
	fake_tsm_show(fake);
}
