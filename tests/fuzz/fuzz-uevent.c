// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages of NETLINK_KOBJECT_UEVENT, which a privileged process may send through the kernel. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "monitor-private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* Writes the message that an event was made of. */
static size_t write_again(const struct kf_uevent *event, char *text)
{
	char *to = text;

	to = stpcpy(to, event->action);
	*to++ = '@';
	to = stpcpy(to, event->devpath) + 1;
	for (size_t i = 0; i < event->count; i++) {
		to = stpcpy(to, event->pairs[i].key);
		*to++ = '=';
		to = stpcpy(to, event->pairs[i].value) + 1;
	}
	return (size_t)(to - text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + !size), *again = malloc(size + !size);
	struct kf_uevent event;

	require(text && again);
	if (size)
		memcpy(text, data, size);
	if (kf_uevent_decode(text, size, &event)) {
		require(!size || !memcmp(text, data, size));
	} else {
		const char *name = kf_uevent_name(event.devpath);

		require(event.count <= KF_UEVENT_PAIRS && !strchr(name, '/'));
		require(!strcmp(kf_uevent_value(event.pairs, event.count, "ACTION"), event.action));
		require(write_again(&event, again) == size && !memcmp(again, data, size));
		kf_uevent_source(event.subsystem, name);
	}
	free(again);
	free(text);
	return 0;
}
