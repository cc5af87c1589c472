// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Messages of NETLINK_KOBJECT_UEVENT, "ACTION@DEVPATH\0KEY=VALUE\0…": no netlink header, no
 * attributes (the kernel's lib/kobject_uevent.c). Those of udev, in another multicast group,
 * begin with "libudev" and are none.
 */
#include <errno.h>
#include <string.h>

#include "monitor-private.h"

/* The end of the string at @text, if it ends before @end. */
static const char *end_of(const char *text, const char *end)
{
	return memchr(text, '\0', (size_t)(end - text));
}

/* "change@/devices/virtual/misc/kvm": returns where the path begins, or NULL. */
static const char *path_of(const char *header)
{
	const char *at = strchr(header, '@');

	return at && at != header && at[1] == '/' ? at + 1 : NULL;
}

/* The words behind the header, and the values of those that every event has. */
struct words {
	size_t count;
	struct kvmfeat_monitor_pair pairs[KF_UEVENT_PAIRS]; /* keys still end with '=' */
	const char *action;
	const char *devpath;
	const char *subsystem;
	const char *seqnum;
};

/* Of a key that comes twice the first counts. */
static void note(const char **value, const char *key, const char *name, size_t size,
		 const char *text)
{
	if (!*value && !memcmp(key, name, size))
		*value = text;
}

static void note_word(struct words *words, const char *key, size_t size, const char *value)
{
	switch (size) {
	case sizeof("ACTION") - 1:
		note(&words->action, key, "ACTION", size, value);
		note(&words->seqnum, key, "SEQNUM", size, value);
		break;
	case sizeof("DEVPATH") - 1:
		note(&words->devpath, key, "DEVPATH", size, value);
		break;
	case sizeof("SUBSYSTEM") - 1:
		note(&words->subsystem, key, "SUBSYSTEM", size, value);
		break;
	}
}

static int find_words(const char *text, const char *end, struct words *words)
{
	words->count = 0;
	words->action = words->devpath = words->subsystem = words->seqnum = NULL;
	while (text < end) {
		const char *stop = end_of(text, end);
		const char *equals = stop ? memchr(text, '=', (size_t)(stop - text)) : NULL;

		if (!equals || equals == text || words->count == KF_UEVENT_PAIRS)
			return -EBADMSG;
		words->pairs[words->count++] =
			(struct kvmfeat_monitor_pair){ .key = text, .value = equals + 1 };
		note_word(words, text, (size_t)(equals - text), equals + 1);
		text = stop + 1;
	}
	return 0;
}

int kf_uevent_number(const char *text, uint64_t *ret_number)
{
	uint64_t number = 0;

	if (!*text)
		return -EBADMSG;
	for (; *text; text++) {
		const unsigned int digit = (unsigned int)(unsigned char)*text - '0';

		if (digit > 9 || number > (UINT64_MAX - digit) / 10)
			return -EBADMSG;
		number = number * 10 + digit;
	}
	*ret_number = number;
	return 0;
}

/* What the header says is said again in words; the kernel's always agree. */
static bool agrees(const char *header, const char *path, const struct words *words)
{
	const size_t size = (size_t)(path - header) - 1;

	return words->action && !strncmp(words->action, header, size) && !words->action[size] &&
	       words->devpath && !strcmp(words->devpath, path);
}

int kf_uevent_decode(char *text, size_t size, struct kf_uevent *ret_event)
{
	const char *header_end = size ? end_of(text, text + size) : NULL;
	const char *path = header_end ? path_of(text) : NULL;
	struct words words;
	uint64_t seqnum = 0;

	if (!path || find_words(header_end + 1, text + size, &words) ||
	    !agrees(text, path, &words) ||
	    (words.seqnum && kf_uevent_number(words.seqnum, &seqnum)))
		return -EBADMSG;
	for (size_t i = 0; i < words.count; i++)
		text[words.pairs[i].value - text - 1] = '\0';
	ret_event->action = words.action;
	ret_event->devpath = path;
	ret_event->subsystem = words.subsystem ? words.subsystem : "";
	ret_event->seqnum = seqnum;
	ret_event->count = words.count;
	memcpy(ret_event->pairs, words.pairs, words.count * sizeof(words.pairs[0]));
	return 0;
}

const char *kf_uevent_value(const struct kvmfeat_monitor_pair *pairs, size_t count, const char *key)
{
	for (size_t i = 0; i < count; i++)
		if (pairs[i].key[0] == key[0] && !strcmp(pairs[i].key, key))
			return pairs[i].value;
	return NULL;
}

const char *kf_uevent_name(const char *devpath)
{
	const char *slash = strrchr(devpath, '/');

	return slash ? slash + 1 : devpath;
}

unsigned int kf_uevent_source(const char *subsystem, const char *name)
{
	if (!strcmp(subsystem, "tsm"))
		return KVMFEAT_MONITOR_TSM;
	if (!strcmp(subsystem, "pci"))
		return KVMFEAT_MONITOR_PCI;
	/* KVM's events are its device's, of class misc (kvm_uevent_notify_change()). */
	if (!strcmp(subsystem, "misc") && !strcmp(name, "kvm"))
		return KVMFEAT_MONITOR_KVM;
	if (!strcmp(subsystem, "module") && !strncmp(name, "kvm", 3))
		return KVMFEAT_MONITOR_MODULE;
	return 0;
}
