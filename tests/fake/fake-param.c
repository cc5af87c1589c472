// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "fake-param.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* lib/kstrtox.c */
static int kstrtobool(const char *s, bool *ret)
{
	switch (s[0]) {
	case 'e':
	case 'E':
	case 'y':
	case 'Y':
	case 't':
	case 'T':
	case '1':
		*ret = true;
		return 0;
	case 'd':
	case 'D':
	case 'n':
	case 'N':
	case 'f':
	case 'F':
	case '0':
		*ret = false;
		return 0;
	case 'o':
	case 'O':
		*ret = s[1] == 'n' || s[1] == 'N';
		return *ret || s[1] == 'f' || s[1] == 'F' ? 0 : -EINVAL;
	default:
		return -EINVAL;
	}
}

/* lib/string_helpers.c: equal but for one newline at the end */
static bool sysfs_streq(const char *a, const char *b)
{
	size_t length = strlen(b);

	return !strncmp(a, b, length) && (!a[length] || !strcmp(a + length, "\n"));
}

static int set_nx_huge_pages(struct fake_params *params, const char *text, const char **ret_text)
{
	bool on;

	if (params->hard_off)
		return -EPERM;
	if (sysfs_streq(text, "off")) {
		on = false;
	} else if (sysfs_streq(text, "force")) {
		on = true;
	} else if (sysfs_streq(text, "auto")) {
		on = params->has_itlb_multihit;
	} else if (sysfs_streq(text, "never") && !params->knows_no_never) {
		if (params->vm_exists)
			return -EBUSY;
		params->hard_off = true;
		on = false;
	} else if (kstrtobool(text, &on)) {
		return -EINVAL;
	}
	*ret_text = params->hard_off ? "never" : on ? "Y" : "N";
	return 0;
}

static int set_flush(const struct fake_params *params, const char *text, const char **ret_text)
{
	static const char *const words[] = { "auto", "never", "cond", "always" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (sysfs_streq(text, words[i])) {
			*ret_text = !params->has_l1tf ? "not required" : i ? words[i] : "cond";
			return 0;
		}
	return -EINVAL;
}

/* By the text it has now: a bool, a bint or a number. */
static int set_plain(const char *now, const char *text, char *buf, size_t size)
{
	long long number;
	char *end;
	bool on;

	if (*now == 'Y' || *now == 'N') {
		if (kstrtobool(text, &on))
			return -EINVAL;
		snprintf(buf, size, "%c", on ? 'Y' : 'N');
		return 0;
	}
	number = strtoll(text, &end, 0);
	if (end == text || strcmp(end, "\n") > 0)
		return -EINVAL;
	if (number > UINT_MAX)
		return -ERANGE;
	snprintf(buf, size, "%lld", number);
	return 0;
}

static int set(struct fake_params *params, const char *name, const char *now, const char *text,
	       char *buf, size_t size)
{
	const char *shown = NULL;
	int err;

	if (!strcmp(name, "nx_huge_pages"))
		err = set_nx_huge_pages(params, text, &shown);
	else if (!strcmp(name, "vmentry_l1d_flush"))
		err = set_flush(params, text, &shown);
	else if (strstr(name, "nx_huge_pages_recovery") && params->hard_off)
		err = -EPERM;
	else
		return set_plain(now, text, buf, size);
	if (!err)
		snprintf(buf, size, "%s", shown);
	return err;
}

static ssize_t write_param(struct fake *fake, int fd, const void *bytes, size_t size)
{
	struct fake_params *params = fake->hook_data;
	char link[64], path[PATH_MAX], now[64] = "", shown[64];
	ssize_t len;
	int err, old;

	params->writes++;
	snprintf(params->last, sizeof(params->last), "%.*s", (int)size, (const char *)bytes);
	if (params->write_error)
		return params->write_error;
	if (params->ignores_writes)
		return (ssize_t)size;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path) - 1);
	if (len < 0)
		abort();
	path[len] = '\0';
	old = open(path, O_RDONLY | O_CLOEXEC);
	if (old < 0 || read(old, now, sizeof(now) - 1) < 0 || close(old))
		abort();
	err = set(params, strrchr(path, '/') + 1, now, params->last, shown, sizeof(shown));
	if (err)
		return err;
	if (ftruncate(fd, 0) || dprintf(fd, "%s\n", shown) < 0)
		abort();
	return params->interrupted ? -EINTR : (ssize_t)size;
}

static int open_param(struct fake *fake, const char *path, int flags)
{
	const struct fake_params *params = fake->hook_data;
	int err = (flags & O_ACCMODE) == O_WRONLY ? params->write_open_error :
						    params->read_open_error;

	return err && !(flags & O_PATH) && strstr(path, "/parameters/") ? err : FAKE_PASS;
}

void fake_param(struct fake *fake, const char *module, const char *name, const char *text,
		unsigned int mode)
{
	char path[256];

	snprintf(path, sizeof(path), "/sys/module/%s/parameters/%s", module, name);
	fake_file(fake, path, text);
	fake_mode(fake, path, mode);
}

void fake_params(struct fake *fake, struct fake_params *params)
{
	fake->hook_data = params;
	fake->write_hook = write_param;
	fake->open_hook = open_param;
	fake_file(fake, "/sys/module/kvm/initstate", "live\n");
	fake_file(fake, "/sys/module/kvm_amd/initstate", "live\n");
	fake_file(fake, "/sys/module/kvm_intel/initstate", "live\n");
	fake_param(fake, "kvm", "nx_huge_pages", "N\n", 0644);
	fake_param(fake, "kvm", "nx_huge_pages_recovery_ratio", "60\n", 0644);
	fake_param(fake, "kvm", "halt_poll_ns", "200000\n", 0644);
	fake_param(fake, "kvm", "ignore_msrs", "N\n", 0644);
	fake_param(fake, "kvm", "tsc_tolerance_ppm", "250\n", 0644);
	fake_param(fake, "kvm", "tdp_mmu", "Y\n", 0444);
	fake_param(fake, "kvm_amd", "avic", "Y\n", 0444);
	fake_param(fake, "kvm_amd", "nested", "1\n", 0444);
	fake_param(fake, "kvm_intel", "vmentry_l1d_flush", "not required\n", 0644);
	fake_param(fake, "kvm_intel", "vendor_knob", "a: 1\n", 0644);
}
