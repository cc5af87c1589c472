// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading the report of a locked device, whole and with its number. */
#include "tsm-world.h"

static int read_it(struct scene *s, void *buf, size_t size, struct kvmfeat_tsm_report *report)
{
	*report = (struct kvmfeat_tsm_report){ .size = sizeof(*report) };
	return kvmfeat_tsm_device_read_report(s->device, buf, size, report);
}

static void a_report_is_read_with_its_number(void **state)
{
	struct kvmfeat_tsm_report report;
	uint8_t buf[64];
	struct scene s;

	begin_locked(&s, state);
	/* Also into a buffer that it just fits. */
	for (size_t size = sizeof(fake_tsm_report); size <= sizeof(buf); size++) {
		assert_int_equal(read_it(&s, buf, size, &report), 0);
		assert_int_equal(report.bytes, sizeof(fake_tsm_report));
		assert_memory_equal(buf, fake_tsm_report, report.bytes);
		assert_true(report.has_generation);
		assert_int_equal(report.generation, 7);
	}
	for (size_t size = 0; size < sizeof(fake_tsm_report); size++)
		assert_int_equal(read_it(&s, buf, size, &report), -ENOSPC);
	says(&s, "the report of 0000:01:00.0 has more than 51 bytes");
	assert_string_equal(error(&s)->value, "51");
	assert_false(report.has_generation);
	report.size--;
	assert_int_equal(kvmfeat_tsm_device_read_report(s.device, buf, 64, &report), -EINVAL);
	end(&s);
}

static void a_call_that_fails_while_a_report_is_read_is_told(void **state)
{
	struct kvmfeat_tsm_report report;
	uint8_t buf[sizeof(fake_tsm_report)];
	struct fake *fake;
	struct scene s;
	int err;

	begin_locked(&s, state);
	fake = &s.w->fake;
	fake->failed = true;
	for (fake->fail_at = 1; fake->failed; fake->fail_at++) {
		fake->calls = 0;
		fake->failed = false;
		fake->fail_error = -EIO;
		err = read_it(&s, buf, sizeof(buf), &report);
		assert_int_equal(err, fake->failed ? -EIO : 0);
	}
	assert_true(fake->fail_at > 8);
	fake->fail_at = 0;
	end(&s);
}

static void a_device_that_is_not_locked_has_no_report(void **state)
{
	struct kvmfeat_tsm_report report;
	uint8_t buf[64];
	struct scene s;

	begin_guest(&s, state);
	assert_int_equal(read_it(&s, buf, sizeof(buf), &report), -ENXIO);
	assert_int_equal(error(&s)->origin, KVMFEAT_ORIGIN_KERNEL);
	assert_string_equal(reason(s.w), "0000:01:00.0 has no report: it is not locked");
	assert_string_equal(error(&s)->remedy, "lock it");
	end(&s);
}

static void a_kernel_that_shows_no_report_is_named(void **state)
{
	struct kvmfeat_tsm_report report;
	uint8_t buf[64];
	struct scene s;

	begin_locked(&s, state);
	s.host.kernel = FAKE_TSM_POSTED;
	put_state(&s, KVMFEAT_TSM_STATE_LOCKED);
	assert_int_equal(read_it(&s, buf, sizeof(buf), &report), -EOPNOTSUPP);
	assert_int_equal(error(&s)->why, KVMFEAT_WHY_KERNEL_VERSION);
	assert_string_equal(reason(s.w), "this kernel (7.3.4) does not show the report of "
					 "0000:01:00.0");
	fake_tsm_unregister(&s.w->fake, 0);
	assert_int_equal(read_it(&s, buf, sizeof(buf), &report), -EOPNOTSUPP);
	assert_int_equal(error(&s)->why, KVMFEAT_WHY_HARDWARE);
	assert_string_equal(reason(s.w), "0000:01:00.0 shows no report: no TSM has registered");
	end(&s);
}

static void each_error_of_reading_a_report_is_told(void **state)
{
	static const char generation[] = FAKE_TSM_DIR FAKE_TSM_BDF "/tsm/generation";
	struct kvmfeat_tsm_report report;
	uint8_t buf[64];
	struct scene s;

	begin_locked(&s, state);
	s.host.open_path = "tsm/report";
	s.host.open_error = -EACCES;
	assert_int_equal(read_it(&s, buf, sizeof(buf), &report), -EACCES);
	assert_int_equal(error(&s)->why, KVMFEAT_WHY_PERMISSION);
	assert_string_equal(error(&s)->object, "/sys/bus/pci/devices/0000:01:00.0/tsm/report");
	assert_string_equal(error(&s)->remedy, "run as root");
	s.host.open_error = 0;
	s.host.report_error = -EIO;
	assert_int_equal(read_it(&s, buf, sizeof(buf), &report), -EIO);
	says(&s, "tsm/report cannot be read: Input/output error");
	s.host.report_error = 0;
	fake_file(&s.w->fake, generation, "seven\n");
	assert_int_equal(read_it(&s, buf, sizeof(buf), &report), -EBADMSG);
	says(&s, "tsm/generation cannot be read: Bad message");
	end(&s);
}

/* The kernel shows no report any more, because there is no device any more. */
static void unplug(struct fake *fake, const char *attribute, bool is_write)
{
	struct fake_tsm_host *host = fake->hook_data;

	if (is_write || strcmp(attribute, "tsm/report") != 0)
		return;
	host->moment = NULL;
	fake_tsm_unplug(fake, &host->devices[0], false);
}

static void a_device_that_goes_while_its_report_is_read_is_gone(void **state)
{
	struct kvmfeat_tsm_report report;
	uint8_t buf[64];
	struct scene s;

	begin_locked(&s, state);
	s.host.moment = unplug;
	s.host.open_path = "tsm/report";
	s.host.open_error = -ENXIO;
	assert_int_equal(read_it(&s, buf, sizeof(buf), &report), -ENODEV);
	assert_string_equal(reason(s.w), FAKE_TSM_BDF " is gone: it was unplugged");
	end(&s);
}

/* Another lock in the middle of reading. */
static void lock_again(struct fake *fake, const char *attribute, bool is_write)
{
	struct fake_tsm_host *host = fake->hook_data;
	struct fake_tsm_device *device = &host->devices[0];

	if (is_write || strcmp(attribute, "tsm/report") != 0)
		return;
	if (!host->last_generation--) {
		host->moment = NULL;
		return;
	}
	/* An even number shows the one report, an odd one the other. */
	device->generation++;
	device->report = device->generation % 2 ? fake_tsm_other_report : fake_tsm_report;
	device->report_bytes =
		device->generation % 2 ? sizeof(fake_tsm_other_report) : sizeof(fake_tsm_report);
	fake_tsm_show(fake);
}

static void a_report_that_changes_while_it_is_read_is_read_again(void **state)
{
	struct kvmfeat_tsm_report report;
	uint8_t buf[64];
	struct scene s;

	begin_locked(&s, state);
	s.host.moment = lock_again;
	/* Seven times another one; the eighth holds. */
	s.host.last_generation = 7;
	assert_int_equal(read_it(&s, buf, sizeof(buf), &report), 0);
	assert_int_equal(report.generation, 14);
	assert_int_equal(report.bytes, sizeof(fake_tsm_report));
	assert_memory_equal(buf, fake_tsm_report, sizeof(fake_tsm_report));
	s.host.moment = lock_again;
	s.host.last_generation = 1000;
	assert_int_equal(read_it(&s, buf, sizeof(buf), &report), -EAGAIN);
	assert_int_equal(error(&s)->origin, KVMFEAT_ORIGIN_LIBRARY);
	assert_string_equal(reason(s.w), "the report of 0000:01:00.0 was another one each of 8 "
					 "times that it was read");
	assert_int_equal(s.host.last_generation, 1000 - 8);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_report_is_read_with_its_number),
		WORLD_TEST(a_call_that_fails_while_a_report_is_read_is_told),
		WORLD_TEST(a_device_that_is_not_locked_has_no_report),
		WORLD_TEST(a_kernel_that_shows_no_report_is_named),
		WORLD_TEST(each_error_of_reading_a_report_is_told),
		WORLD_TEST(a_device_that_goes_while_its_report_is_read_is_gone),
		WORLD_TEST(a_report_that_changes_while_it_is_read_is_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
