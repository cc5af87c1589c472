/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A world with TSMs and devices, of which the first is held. */
#ifndef TSM_WORLD_H
#define TSM_WORLD_H

#include "world.h"

#include "fake-tsm.h"
#include "open-fds.h"
#include "tsm-private.h"

struct scene {
	struct world *w;
	struct fake_tsm_host host;
	struct fake_tsm_device *fake; /* the first one */
	struct kvmfeat_tsm_device *device;
	struct kvmfeat_tsm_status status;
	struct kvmfeat_tsm_change change;
	unsigned int open; /* descriptors before it was held */
};

static inline void hold(struct scene *s, const char *bdf)
{
	s->open = open_fds();
	if (kvmfeat_tsm_device_open(s->w->ctx, bdf, &s->device))
		fail_msg("%s", reason(s->w));
}

static inline void begin(struct scene *s, void **state)
{
	*s = (struct scene){ .w = *state };
	s->status.size = sizeof(s->status);
	s->change.size = sizeof(s->change);
	s->fake = &s->host.devices[0];
}

/* A guest of this project's kernel. */
static inline void begin_guest(struct scene *s, void **state)
{
	begin(s, state);
	fake_tsm(&s->w->fake, &s->host, FAKE_TSM_OURS);
	hold(s, FAKE_TSM_BDF);
}

/* A host of Linux 7.3. */
static inline void begin_host(struct scene *s, void **state)
{
	begin(s, state);
	fake_tsm_link(&s->w->fake, &s->host, FAKE_TSM_LINUX);
	hold(s, FAKE_TSM_BDF);
}

/* Lets go of the device; nothing of it may be left open. */
static inline void end(struct scene *s)
{
	kvmfeat_tsm_device_free(s->device);
	assert_int_equal(open_fds(), s->open);
}

static inline void put_state(struct scene *s, enum kvmfeat_tsm_state state)
{
	s->fake->state = state;
	s->fake->tsm = 0;
	s->fake->report = s->fake->answers;
	s->fake->report_bytes = s->fake->answers_bytes;
	s->fake->generation = ++s->host.last_generation;
	fake_tsm_show(&s->w->fake);
}

/* The same when it is another one than now: writing the tree takes its time. */
static inline void need_state(struct scene *s, enum kvmfeat_tsm_state state)
{
	if (s->fake->state != state)
		put_state(s, state);
}

/* A guest with a locked device, whose report has number 7. */
static inline void begin_locked(struct scene *s, void **state)
{
	begin_guest(s, state);
	s->host.last_generation = 6;
	put_state(s, KVMFEAT_TSM_STATE_LOCKED);
}

static inline void put_driver(struct scene *s, const char *driver)
{
	s->fake->driver = driver;
	fake_tsm_show(&s->w->fake);
}

static inline const struct kvmfeat_error *error(const struct scene *s)
{
	return kvmfeat_ctx_error(s->w->ctx);
}

static inline void says(const struct scene *s, const char *text)
{
	if (!strstr(reason(s->w), text))
		fail_msg("'%s' is not in: %s", text, reason(s->w));
}

static inline const struct kvmfeat_tsm_status *look(struct scene *s)
{
	if (kvmfeat_tsm_device_get_status(s->device, &s->status))
		fail_msg("%s", reason(s->w));
	return &s->status;
}

static inline void expect_state(struct scene *s, enum kvmfeat_tsm_state state)
{
	const enum kvmfeat_tsm_state now = look(s)->state;

	if (now != state)
		fail_msg("the state is %s: %s", kvmfeat_tsm_state_name(now), s->status.reason);
}

/* A refusal of the library, which asked nothing of the kernel. */
static inline void refused(const struct scene *s, int got, int err, enum kvmfeat_why why,
			   const char *text)
{
	if (got != err)
		fail_msg("%d instead of %d: %s", got, err, got ? reason(s->w) : "no error");
	assert_int_equal(error(s)->error, err);
	assert_int_equal(error(s)->origin, KVMFEAT_ORIGIN_LIBRARY);
	assert_int_equal(error(s)->why, why);
	assert_int_equal(s->host.writes, 0);
	says(s, text);
}

#endif
