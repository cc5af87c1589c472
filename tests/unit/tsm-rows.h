/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The operations that have no report to look at, and a world for each. */
#ifndef TSM_ROWS_H
#define TSM_ROWS_H

#include "tsm-world.h"

typedef int operation(struct kvmfeat_tsm_device *device, const char *tsm, unsigned int flags,
		      struct kvmfeat_tsm_change *change);

/* What each operation needs, what it writes, and what it leaves. */
static const struct row {
	operation *run;
	bool is_host;
	enum kvmfeat_tsm_state before, after;
	const char *attribute;
	const char *done;
} rows[] = {
	{ kvmfeat_tsm_device_connect, true, KVMFEAT_TSM_STATE_IDLE, KVMFEAT_TSM_STATE_CONNECTED,
	  "tsm/connect", "connected" },
	{ kvmfeat_tsm_device_disconnect, true, KVMFEAT_TSM_STATE_BOUND, KVMFEAT_TSM_STATE_IDLE,
	  "tsm/disconnect", "disconnected" },
	{ kvmfeat_tsm_device_lock, false, KVMFEAT_TSM_STATE_IDLE, KVMFEAT_TSM_STATE_LOCKED,
	  "tsm/lock", "locked" },
	{ kvmfeat_tsm_device_unlock, false, KVMFEAT_TSM_STATE_ACCEPTED, KVMFEAT_TSM_STATE_IDLE,
	  "tsm/unlock", "unlocked" },
};

static inline void begin_row(struct scene *s, void **state, const struct row *row)
{
	if (row->is_host)
		begin_host(s, state);
	else
		begin_guest(s, state);
	put_state(s, row->before);
}

/* A world holds one host: what comes after begins with an empty tree. */
static inline void end_row(struct scene *s)
{
	end(s);
	fake_remove(&s->w->fake, "/sys");
	fake_dir(&s->w->fake, "/sys/class/misc");
}

#endif
