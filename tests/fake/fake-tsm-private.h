/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between fake-tsm.c, what writes do, and fake-tsm-tree.c, what is shown. */
#ifndef FAKE_TSM_PRIVATE_H
#define FAKE_TSM_PRIVATE_H

#include <stdio.h>

#include "fake-tsm.h"

static inline struct fake_tsm_host *fake_tsm_host_of(struct fake *fake)
{
	return fake->hook_data;
}

static inline void fake_tsm_path(const struct fake_tsm_device *device, const char *name, char *buf,
				 size_t size)
{
	snprintf(buf, size, FAKE_TSM_DIR "%s/%s", device->bdf, name);
}

static inline bool fake_tsm_is_linked(const struct fake_tsm_device *device)
{
	return device->state == KVMFEAT_TSM_STATE_CONNECTED ||
	       device->state == KVMFEAT_TSM_STATE_BOUND;
}

static inline bool fake_tsm_is_locked(const struct fake_tsm_device *device)
{
	return device->state == KVMFEAT_TSM_STATE_LOCKED ||
	       device->state == KVMFEAT_TSM_STATE_ACCEPTED;
}

/* Whether the tree has it, a symbolic link to nowhere included. */
bool fake_tsm_has(const struct fake *fake, const char *path);

#endif
