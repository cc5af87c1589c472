// SPDX-License-Identifier: GPL-2.0-or-later
#include "contract-tsm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int put(const struct contract_tsm *c, const char *attribute, const char *text)
{
	return c->write(c, attribute, text);
}

static void expect(const struct contract_tsm *c, const char *attribute, const char *text)
{
	char buf[64];

	assert_true(c->read(c, attribute, buf, sizeof(buf)) >= 0);
	assert_string_equal(buf, text);
}

static unsigned long long generation_of(const struct contract_tsm *c)
{
	char buf[64];

	assert_true(c->read(c, "tsm/generation", buf, sizeof(buf)) > 0);
	return strtoull(buf, NULL, 10);
}

static void accept_text(const struct contract_tsm *c, long long more, char *buf, size_t size)
{
	snprintf(buf, size, "1 %llu", generation_of(c) + (unsigned long long)more);
}

void contract_tsm_begin(const struct contract_tsm *c)
{
	c->drive(c, 0);
	put(c, "tsm/unlock", c->tsm); /* it may be idle */
	c->answer(c, c->report, c->report_bytes);
	expect(c, "tsm/lock", "");
	expect(c, "tsm/accept", "0");
	expect(c, "tsm/generation", "");
}

void contract_tsm_what_is_no_name_is_not_locked(void **state)
{
	static const char *const names[] = {
		"tsm", "x", "tsm0x", "tsm 0", "TSM0", "tsm99999999999"
	};
	const struct contract_tsm *c = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(put(c, "tsm/lock", names[i]), -EINVAL);
	expect(c, "tsm/lock", "");
}

void contract_tsm_a_tsm_that_is_not_there_locks_nothing(void **state)
{
	const struct contract_tsm *c = *state;

	assert_int_equal(put(c, "tsm/lock", "tsm77"), -ENXIO);
	assert_int_equal(put(c, "tsm/lock", "tsm-1"), -ENXIO);
	expect(c, "tsm/lock", "");
}

void contract_tsm_a_locked_device_is_not_locked_again(void **state)
{
	const struct contract_tsm *c = *state;

	assert_int_equal(put(c, "tsm/lock", c->tsm), 0);
	expect(c, "tsm/lock", c->tsm);
	assert_int_equal(put(c, "tsm/lock", c->tsm), -EBUSY);
	/* What is in the way comes before what is asked for. */
	assert_int_equal(put(c, "tsm/lock", "tsm77"), -EBUSY);
	assert_int_equal(put(c, "tsm/lock", "x"), -EINVAL);
	expect(c, "tsm/lock", c->tsm);
	assert_int_equal(put(c, "tsm/unlock", c->tsm), 0);
}

void contract_tsm_each_lock_has_a_number_of_its_own(void **state)
{
	const struct contract_tsm *c = *state;
	unsigned long long first;

	assert_int_equal(put(c, "tsm/lock", c->tsm), 0);
	first = generation_of(c);
	assert_int_equal(put(c, "tsm/unlock", c->tsm), 0);
	expect(c, "tsm/generation", "");
	assert_int_equal(put(c, "tsm/lock", c->tsm), 0);
	assert_true(generation_of(c) != first);
	assert_int_equal(put(c, "tsm/unlock", c->tsm), 0);
}

void contract_tsm_only_who_has_a_device_unlocks_it(void **state)
{
	const struct contract_tsm *c = *state;

	assert_int_equal(put(c, "tsm/unlock", c->tsm), -EINVAL);
	assert_int_equal(put(c, "tsm/lock", c->tsm), 0);
	assert_int_equal(put(c, "tsm/unlock", "tsm77"), -EINVAL);
	expect(c, "tsm/lock", c->tsm);
	assert_int_equal(put(c, "tsm/unlock", c->tsm), 0);
	expect(c, "tsm/lock", "");
}

void contract_tsm_a_device_is_accepted_after_it_is_locked(void **state)
{
	const struct contract_tsm *c = *state;

	assert_int_equal(put(c, "tsm/accept", "1"), -EINVAL);
	assert_int_equal(put(c, "tsm/lock", c->tsm), 0);
	expect(c, "tsm/accept", "0");
	assert_int_equal(put(c, "tsm/accept", "1"), 0);
	expect(c, "tsm/accept", "1");
	expect(c, "tsm/lock", c->tsm);
	assert_int_equal(put(c, "tsm/accept", "1"), -EBUSY);
	assert_int_equal(put(c, "tsm/lock", c->tsm), -EBUSY);
	assert_int_equal(put(c, "tsm/unlock", c->tsm), 0);
	expect(c, "tsm/accept", "0");
}

void contract_tsm_only_a_one_accepts(void **state)
{
	static const char *const texts[] = { "0", "2", "x", "1 x", "1 -1", "11" };
	const struct contract_tsm *c = *state;

	assert_int_equal(put(c, "tsm/lock", c->tsm), 0);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(put(c, "tsm/accept", texts[i]), -EINVAL);
	expect(c, "tsm/accept", "0");
	assert_int_equal(put(c, "tsm/unlock", c->tsm), 0);
}

void contract_tsm_the_number_must_be_that_of_the_report(void **state)
{
	const struct contract_tsm *c = *state;
	char text[32];

	assert_int_equal(put(c, "tsm/lock", c->tsm), 0);
	accept_text(c, 1, text, sizeof(text));
	assert_int_equal(put(c, "tsm/accept", text), -EAGAIN);
	expect(c, "tsm/accept", "0");
	accept_text(c, 0, text, sizeof(text));
	assert_int_equal(put(c, "tsm/accept", text), 0);
	expect(c, "tsm/accept", "1");
	assert_int_equal(put(c, "tsm/unlock", c->tsm), 0);
}

void contract_tsm_a_changed_report_is_shown_and_not_accepted(void **state)
{
	const struct contract_tsm *c = *state;
	char text[32], buf[4096];
	unsigned long long first;

	assert_int_equal(put(c, "tsm/lock", c->tsm), 0);
	first = generation_of(c);
	accept_text(c, 0, text, sizeof(text));
	c->answer(c, c->other_report, c->other_report_bytes);
	assert_int_equal(put(c, "tsm/accept", text), -EAGAIN);
	expect(c, "tsm/accept", "0");
	assert_true(generation_of(c) != first);
	assert_int_equal(c->read(c, "tsm/report", buf, sizeof(buf)), (long)c->other_report_bytes);
	assert_memory_equal(buf, c->other_report, c->other_report_bytes);
	accept_text(c, 0, text, sizeof(text));
	assert_int_equal(put(c, "tsm/accept", text), 0);
	assert_int_equal(put(c, "tsm/unlock", c->tsm), 0);
}

void contract_tsm_a_report_is_there_while_it_is_locked(void **state)
{
	const struct contract_tsm *c = *state;
	char buf[4096];

	assert_int_equal(c->read(c, "tsm/report", buf, sizeof(buf)), -ENXIO);
	assert_int_equal(put(c, "tsm/lock", c->tsm), 0);
	assert_int_equal(c->read(c, "tsm/report", buf, sizeof(buf)), (long)c->report_bytes);
	assert_memory_equal(buf, c->report, c->report_bytes);
	assert_int_equal(put(c, "tsm/unlock", c->tsm), 0);
	assert_int_equal(c->read(c, "tsm/report", buf, sizeof(buf)), -ENXIO);
}

void contract_tsm_a_driver_blocks_all_three(void **state)
{
	const struct contract_tsm *c = *state;

	c->drive(c, 1);
	assert_int_equal(put(c, "tsm/lock", c->tsm), -EBUSY);
	c->drive(c, 0);
	assert_int_equal(put(c, "tsm/lock", c->tsm), 0);
	c->drive(c, 1);
	assert_int_equal(put(c, "tsm/accept", "1"), -EBUSY);
	assert_int_equal(put(c, "tsm/unlock", c->tsm), -EBUSY);
	c->drive(c, 0);
	assert_int_equal(put(c, "tsm/unlock", c->tsm), 0);
}

void contract_tsm_the_library_goes_the_whole_way(void **state)
{
	const struct contract_tsm *c = *state;
	struct kvmfeat_tsm_status status = { .size = sizeof(status) };
	struct kvmfeat_tsm_report report = { .size = sizeof(report) };
	struct kvmfeat_tsm_change change = { .size = sizeof(change) };
	struct kvmfeat_tsm_accept_opts opts = { .size = sizeof(opts) };
	struct kvmfeat_tsm_device *device;
	char buf[4096];

	assert_int_equal(kvmfeat_tsm_device_open(c->ctx, c->bdf, &device), 0);
	assert_int_equal(kvmfeat_tsm_device_lock(device, NULL, 0, &change), 0);
	assert_string_equal(change.tsm, c->tsm);
	assert_int_equal(kvmfeat_tsm_device_lock(device, NULL, 0, NULL), -EBUSY);
	assert_int_equal(kvmfeat_tsm_device_read_report(device, buf, sizeof(buf), &report), 0);
	assert_int_equal(report.bytes, c->report_bytes);
	assert_memory_equal(buf, c->report, c->report_bytes);
	assert_true(report.has_generation && report.generation == change.generation);
	opts.report = buf;
	opts.report_bytes = report.bytes;
	opts.has_generation = true;
	opts.generation = report.generation;
	assert_int_equal(kvmfeat_tsm_device_accept(device, &opts, 0, &change), 0);
	assert_int_equal(change.after, KVMFEAT_TSM_STATE_ACCEPTED);
	assert_int_equal(kvmfeat_tsm_device_accept(device, &opts, 0, NULL), -EBUSY);
	assert_int_equal(kvmfeat_tsm_device_get_status(device, &status), 0);
	assert_int_equal(status.state, KVMFEAT_TSM_STATE_ACCEPTED);
	assert_int_equal(kvmfeat_tsm_device_unlock(device, c->tsm, 0, &change), 0);
	assert_int_equal(change.after, KVMFEAT_TSM_STATE_IDLE);
	assert_int_equal(kvmfeat_tsm_device_unlock(device, c->tsm, 0, NULL), -EINVAL);
	kvmfeat_tsm_device_free(device);
}

void contract_tsm_host_begin(const struct contract_tsm *c)
{
	put(c, "tsm/disconnect", c->tsm); /* it may be idle */
	expect(c, "tsm/connect", "");
}

/* Linux takes what follows the number, which is for the library to refuse. */
void contract_tsm_what_is_no_name_is_not_connected(void **state)
{
	static const char *const names[] = { "tsm", "x", "TSM0", " tsm0", "tsmx" };
	const struct contract_tsm *c = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(put(c, "tsm/connect", names[i]), -EINVAL);
	expect(c, "tsm/connect", "");
}

void contract_tsm_a_tsm_that_is_not_there_connects_nothing(void **state)
{
	const struct contract_tsm *c = *state;

	assert_int_equal(put(c, "tsm/connect", "tsm77"), -ENXIO);
	assert_int_equal(put(c, "tsm/connect", "tsm-1"), -ENXIO);
	expect(c, "tsm/connect", "");
}

void contract_tsm_a_connected_device_is_not_connected_again(void **state)
{
	const struct contract_tsm *c = *state;

	assert_int_equal(put(c, "tsm/connect", c->tsm), 0);
	assert_int_equal(put(c, "tsm/connect", c->tsm), -EBUSY);
	assert_int_equal(put(c, "tsm/connect", "tsm77"), -EBUSY);
	assert_int_equal(put(c, "tsm/connect", "x"), -EINVAL);
	expect(c, "tsm/connect", c->tsm);
	assert_int_equal(put(c, "tsm/disconnect", c->tsm), 0);
}

void contract_tsm_only_what_is_connected_is_disconnected(void **state)
{
	const struct contract_tsm *c = *state;

	assert_int_equal(put(c, "tsm/disconnect", c->tsm), -ENXIO);
	assert_int_equal(put(c, "tsm/disconnect", "x"), -ENXIO);
	assert_int_equal(put(c, "tsm/connect", c->tsm), 0);
	assert_int_equal(put(c, "tsm/disconnect", "tsm77"), -EINVAL);
	assert_int_equal(put(c, "tsm/disconnect", "x"), -EINVAL);
	expect(c, "tsm/connect", c->tsm);
	assert_int_equal(put(c, "tsm/disconnect", c->tsm), 0);
	assert_int_equal(put(c, "tsm/disconnect", c->tsm), -ENXIO);
}

void contract_tsm_a_connected_device_shows_its_session(void **state)
{
	const struct contract_tsm *c = *state;

	for (int i = 0; i < 2; i++) {
		expect(c, "tsm/dsm", "");
		expect(c, "tsm/bound", "");
		expect(c, "authenticated", "");
		assert_int_equal(put(c, "tsm/connect", c->tsm), 0);
		expect(c, "tsm/dsm", c->bdf);
		expect(c, "tsm/bound", "");
		expect(c, "authenticated", c->tsm);
		assert_int_equal(put(c, "tsm/disconnect", c->tsm), 0);
	}
}

void contract_tsm_the_library_connects_and_disconnects(void **state)
{
	const struct contract_tsm *c = *state;
	struct kvmfeat_tsm_status status = { .size = sizeof(status) };
	struct kvmfeat_tsm_change change = { .size = sizeof(change) };
	struct kvmfeat_tsm_device *device;

	assert_int_equal(kvmfeat_tsm_device_open(c->ctx, c->bdf, &device), 0);
	assert_int_equal(kvmfeat_tsm_device_disconnect(device, c->tsm, 0, NULL), -ENXIO);
	assert_int_equal(kvmfeat_tsm_device_connect(device, NULL, 0, &change), 0);
	assert_string_equal(change.tsm, c->tsm);
	assert_int_equal(change.after, KVMFEAT_TSM_STATE_CONNECTED);
	assert_int_equal(kvmfeat_tsm_device_connect(device, NULL, 0, NULL), -EBUSY);
	assert_int_equal(kvmfeat_tsm_device_get_status(device, &status), 0);
	assert_int_equal(status.state, KVMFEAT_TSM_STATE_CONNECTED);
	assert_int_equal(kvmfeat_tsm_device_disconnect(device, c->tsm, 0, &change), 0);
	assert_int_equal(change.after, KVMFEAT_TSM_STATE_IDLE);
	kvmfeat_tsm_device_free(device);
}
