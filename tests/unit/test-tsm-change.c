// SPDX-License-Identifier: GPL-2.0-or-later
/* Connecting, disconnecting, locking, unlocking: one write, each errno, and what is left. */
#include <stdio.h>

#include "tsm-rows.h"

static void each_operation_is_one_write_and_a_look(void **state)
{
	struct scene s;

	for (size_t i = 0; i < KF_ARRAY_SIZE(rows); i++) {
		begin_row(&s, state, &rows[i]);
		assert_int_equal(rows[i].run(s.device, i % 2 ? "tsm0" : NULL, 0, &s.change), 0);
		assert_int_equal(s.change.before, rows[i].before);
		assert_int_equal(s.change.after, rows[i].after);
		assert_true(s.change.written);
		assert_string_equal(s.change.tsm, "tsm0");
		assert_string_equal(s.change.attribute, rows[i].attribute);
		assert_string_equal(s.change.write, "tsm0");
		assert_int_equal(s.host.writes, 1);
		assert_string_equal(s.host.last, "tsm0\n");
		assert_string_equal(s.host.last_path, rows[i].attribute);
		assert_int_equal(s.fake->state, rows[i].after);
		end_row(&s);
	}
}

static void a_lock_tells_the_number_of_the_report(void **state)
{
	struct scene s;

	begin_guest(&s, state);
	s.host.last_generation = 41;
	assert_int_equal(kvmfeat_tsm_device_lock(s.device, NULL, 0, &s.change), 0);
	assert_true(s.change.has_generation);
	assert_int_equal(s.change.generation, 42);
	assert_int_equal(kvmfeat_tsm_device_unlock(s.device, NULL, 0, &s.change), 0);
	assert_false(s.change.has_generation);
	end(&s);
}

static void a_dry_run_plans_and_writes_nothing(void **state)
{
	struct scene s;

	for (size_t i = 0; i < KF_ARRAY_SIZE(rows); i++) {
		begin_row(&s, state, &rows[i]);
		assert_int_equal(rows[i].run(s.device, NULL, KVMFEAT_TSM_DRY_RUN, &s.change), 0);
		assert_int_equal(s.change.before, rows[i].before);
		assert_int_equal(s.change.after, KVMFEAT_TSM_STATE_UNKNOWN);
		assert_false(s.change.written);
		assert_string_equal(s.change.tsm, "tsm0");
		assert_string_equal(s.change.attribute, rows[i].attribute);
		assert_string_equal(s.change.write, "tsm0");
		assert_int_equal(s.host.writes, 0);
		s.host.open_path = rows[i].attribute;
		s.host.open_to_write = true;
		s.host.open_error = -EROFS;
		assert_int_equal(rows[i].run(s.device, NULL, KVMFEAT_TSM_DRY_RUN, NULL), -EROFS);
		says(&s, "cannot be written: /sys is mounted read-only");
		end_row(&s);
	}
}

static void a_name_with_anything_else_does_not_reach_the_kernel(void **state)
{
	static const char *const names[] = { "",	"tsm",	  "tsm00", "tsm0\n",	   "tsm0 1",
					     "tsm0/..", "..",	  "tsm-1", "tsm+1",	   "TSM0",
					     "0",	"tsm0x1", "tsm 0", "tsm2147483648" };
	unsigned int calls;
	struct scene s;

	for (size_t r = 0; r < KF_ARRAY_SIZE(rows); r++) {
		begin_row(&s, state, &rows[r]);
		calls = s.w->fake.calls;
		for (size_t i = 0; i < KF_ARRAY_SIZE(names); i++) {
			refused(&s, rows[r].run(s.device, names[i], 0, NULL), -EINVAL,
				KVMFEAT_WHY_NONE, "is no name of a TSM, such as tsm0");
			assert_string_equal(error(&s)->value, names[i]);
		}
		refused(&s, rows[r].run(s.device, NULL, KVMFEAT_TSM_ALLOW_UNCHECKED, NULL), -EINVAL,
			KVMFEAT_WHY_NONE, "flags 0x2 are none");
		s.change.size--;
		refused(&s, rows[r].run(s.device, NULL, 0, &s.change), -EINVAL, KVMFEAT_WHY_NONE,
			"struct kvmfeat_tsm_change");
		assert_int_equal(s.w->fake.calls, calls);
		end_row(&s);
	}
}

static void a_copy_of_sysfs_is_not_written(void **state)
{
	struct scene s;

	for (size_t i = 0; i < KF_ARRAY_SIZE(rows); i++) {
		begin_row(&s, state, &rows[i]);
		s.w->fake.sys_is_copy = true;
		for (unsigned int flags = 0; flags <= KVMFEAT_TSM_DRY_RUN; flags++)
			refused(&s, rows[i].run(s.device, NULL, flags, NULL), -EROFS,
				KVMFEAT_WHY_NONE, "is not in a sysfs: a copy is read, not written");
		s.w->fake.sys_is_copy = false;
		end_row(&s);
	}
}

static void each_error_of_the_opening_has_its_own_sentence(void **state)
{
	static const struct {
		int error, got;
		enum kvmfeat_why why;
		const char *says;
	} errors[] = {
		{ -EACCES, -EACCES, KVMFEAT_WHY_PERMISSION, "the mode of its file" },
		{ -EPERM, -EPERM, KVMFEAT_WHY_PERMISSION, "the kernel does not let this user" },
		{ -EROFS, -EROFS, KVMFEAT_WHY_PERMISSION, "/sys is mounted read-only" },
		{ -EMFILE, -EMFILE, KVMFEAT_WHY_NONE, "Too many open files" },
		{ -ENOENT, -ENXIO, KVMFEAT_WHY_NONE, "has no tsm/lock any more: its TSM is gone" },
		{ -ENODEV, -ENXIO, KVMFEAT_WHY_NONE, "has no tsm/lock any more: its TSM is gone" },
	};
	struct scene s;

	begin_guest(&s, state);
	s.host.open_path = "tsm/lock";
	s.host.open_to_write = true;
	for (size_t i = 0; i < KF_ARRAY_SIZE(errors); i++) {
		s.host.open_error = errors[i].error;
		assert_int_equal(kvmfeat_tsm_device_lock(s.device, NULL, 0, &s.change),
				 errors[i].got);
		assert_int_equal(error(&s)->origin, KVMFEAT_ORIGIN_KERNEL);
		assert_int_equal(error(&s)->why, errors[i].why);
		assert_string_equal(error(&s)->object, FAKE_TSM_BDF);
		assert_string_equal(error(&s)->value, "tsm0");
		says(&s, errors[i].says);
		assert_false(s.change.written);
	}
	assert_int_equal(s.host.writes, 0);
	end(&s);
}

/* Each errno of each operation; what the table does not have is told in the kernel's words. */
static void each_error_of_the_write_has_its_own_sentence(void **state)
{
	static const struct {
		size_t row;
		int error;
		enum kvmfeat_why why;
		const char *says;
	} errors[] = {
		{ 0, -EINTR, KVMFEAT_WHY_NONE, "a signal came before it was done" },
		{ 0, -EINVAL, KVMFEAT_WHY_NONE, "the kernel does not take that name" },
		{ 0, -EBUSY, KVMFEAT_WHY_BUSY, "a TSM has it already" },
		{ 0, -ENXIO, KVMFEAT_WHY_HARDWARE,
		  "the TSM refuses the device, or it is there no" },
		{ 0, -EIO, KVMFEAT_WHY_NONE, "could not set up a secure session with it" },
		{ 0, -ETIMEDOUT, KVMFEAT_WHY_NONE, "did not answer in time" },
		{ 0, -ENOMEM, KVMFEAT_WHY_NONE, "Cannot allocate memory" },
		{ 0, -ENODEV, KVMFEAT_WHY_NONE, "the device or its TSM is going" },
		{ 1, -EINTR, KVMFEAT_WHY_NONE, "a signal came before it was done" },
		{ 1, -ENXIO, KVMFEAT_WHY_NONE, "no TSM has it any more" },
		{ 1, -EINVAL, KVMFEAT_WHY_NONE, "another TSM has it now" },
		{ 1, -EPERM, KVMFEAT_WHY_PERMISSION, "the kernel does not let this user" },
		{ 2, -EINTR, KVMFEAT_WHY_NONE, "a signal came before it was done" },
		{ 2, -EINVAL, KVMFEAT_WHY_NONE, "the kernel does not take that name" },
		{ 2, -EBUSY, KVMFEAT_WHY_BUSY, "a driver or a TSM has it now" },
		{ 2, -ENXIO, KVMFEAT_WHY_HARDWARE, "there is no such TSM of a guest any more" },
		{ 2, -EIO, KVMFEAT_WHY_NONE, "the TSM could not lock it" },
		{ 2, -EACCES, KVMFEAT_WHY_PERMISSION, "the kernel's security policy" },
		{ 3, -EINTR, KVMFEAT_WHY_NONE, "a signal came before it was done" },
		{ 3, -EINVAL, KVMFEAT_WHY_NONE, "not locked any more, or another TSM has it now" },
		{ 3, -EBUSY, KVMFEAT_WHY_BUSY, "a driver has it now" },
		{ 3, -ENXIO, KVMFEAT_WHY_NONE, "No such device or address" },
	};
	struct scene s;
	char begins[64];

	for (size_t i = 0; i < KF_ARRAY_SIZE(errors); i++) {
		const struct row *row = &rows[errors[i].row];

		begin_row(&s, state, row);
		s.host.write_error = errors[i].error;
		assert_int_equal(row->run(s.device, NULL, 0, &s.change), errors[i].error);
		assert_int_equal(error(&s)->origin, KVMFEAT_ORIGIN_KERNEL);
		assert_int_equal(error(&s)->why, errors[i].why);
		assert_string_equal(error(&s)->value, "tsm0");
		snprintf(begins, sizeof(begins), "0000:01:00.0 was not %s: ", row->done);
		assert_int_equal(strncmp(reason(s.w), begins, strlen(begins)), 0);
		says(&s, errors[i].says);
		/* What it is nevertheless. */
		snprintf(begins, sizeof(begins), "; it is %s%s",
			 kvmfeat_tsm_state_name(row->before),
			 row->before == KVMFEAT_TSM_STATE_IDLE ? "" : " by tsm0");
		says(&s, begins);
		assert_false(s.change.written);
		assert_int_equal(s.change.after, row->before);
		assert_int_equal(s.host.writes, 1);
		end_row(&s);
	}
}

static void an_interrupted_write_is_not_repeated_but_looked_at(void **state)
{
	struct scene s;

	for (size_t i = 0; i < KF_ARRAY_SIZE(rows); i++) {
		begin_row(&s, state, &rows[i]);
		s.host.early_error = -EINTR;
		assert_int_equal(rows[i].run(s.device, NULL, 0, &s.change), -EINTR);
		assert_string_equal(error(&s)->remedy, "do it again");
		assert_false(s.change.written);
		assert_int_equal(s.host.writes, 1);
		assert_int_equal(s.fake->state, rows[i].before);
		s.host.early_error = 0;
		s.host.interrupted = true;
		assert_int_equal(rows[i].run(s.device, NULL, 0, &s.change), 0);
		assert_true(s.change.written);
		assert_int_equal(s.change.after, rows[i].after);
		assert_int_equal(s.host.writes, 2);
		end_row(&s);
	}
}

static void a_write_without_effect_is_an_error(void **state)
{
	struct scene s;

	for (size_t i = 0; i < KF_ARRAY_SIZE(rows); i++) {
		begin_row(&s, state, &rows[i]);
		s.host.ignores_writes = true;
		assert_int_equal(rows[i].run(s.device, NULL, 0, &s.change), -EIO);
		assert_true(s.change.written);
		assert_int_equal(s.change.after, rows[i].before);
		says(&s, "'tsm0' was written to tsm/");
		says(&s, ", but it is ");
		end_row(&s);
	}
}

/* What happens between the look and the write. */

static struct fake_tsm_device *first(struct fake *fake)
{
	struct fake_tsm_host *host = fake->hook_data;

	return &host->devices[0];
}

static void bind_driver(struct fake *fake, const char *attribute, bool is_write)
{
	(void)attribute;
	if (!is_write)
		return;
	first(fake)->driver = "nvme";
	fake_tsm_show(fake);
}

static void unregister(struct fake *fake, const char *attribute, bool is_write)
{
	(void)attribute;
	if (is_write)
		fake_tsm_unregister(fake, 0);
}

static void replace(struct fake *fake, const char *attribute, bool is_write)
{
	(void)attribute;
	if (is_write)
		fake_tsm_unplug(fake, first(fake), true);
}

static void remove_it(struct fake *fake, const char *attribute, bool is_write)
{
	(void)attribute;
	if (is_write)
		fake_tsm_unplug(fake, first(fake), false);
}

static void a_driver_that_comes_meanwhile_is_told(void **state)
{
	struct scene s;

	begin_guest(&s, state);
	s.host.moment = bind_driver;
	assert_int_equal(kvmfeat_tsm_device_lock(s.device, NULL, 0, &s.change), -EBUSY);
	assert_int_equal(error(&s)->origin, KVMFEAT_ORIGIN_KERNEL);
	assert_string_equal(reason(s.w), "0000:01:00.0 was not locked: a driver or a TSM has it "
					 "now; it is idle, and driver nvme has it");
	end(&s);
}

static void a_tsm_that_goes_meanwhile_is_told(void **state)
{
	struct scene s;

	for (size_t i = 0; i < KF_ARRAY_SIZE(rows); i++) {
		begin_row(&s, state, &rows[i]);
		s.host.moment = unregister;
		assert_int_equal(rows[i].run(s.device, NULL, 0, &s.change), -ENODEV);
		says(&s, "the device or its TSM is going; it is idle");
		assert_int_equal(s.change.after, KVMFEAT_TSM_STATE_IDLE);
		assert_false(s.change.written);
		end_row(&s);
	}
}

static void the_device_in_its_place_is_not_written(void **state)
{
	struct scene s;

	for (size_t i = 0; i < KF_ARRAY_SIZE(rows); i++)
		for (int again = 0; again < 2; again++) {
			begin_row(&s, state, &rows[i]);
			s.host.moment = again ? replace : remove_it;
			assert_int_equal(rows[i].run(s.device, NULL, 0, &s.change), -ENODEV);
			assert_string_equal(reason(s.w), "0000:01:00.0 is gone: it was unplugged");
			assert_int_equal(s.change.before, rows[i].before);
			assert_int_equal(s.change.after, KVMFEAT_TSM_STATE_UNKNOWN);
			if (again)
				assert_int_equal(s.fake->state, KVMFEAT_TSM_STATE_IDLE);
			end_row(&s);
		}
}

/* The second time that the attribute is opened is to write it. */
static void unplug_before_writing(struct fake *fake, const char *attribute, bool is_write)
{
	struct fake_tsm_host *host = fake->hook_data;

	(void)is_write;
	if (!strcmp(attribute, "tsm/lock") && ++host->writes == 2)
		fake_tsm_unplug(fake, first(fake), false);
}

static void a_device_that_goes_before_the_write_is_gone(void **state)
{
	struct scene s;

	begin_guest(&s, state);
	s.host.moment = unplug_before_writing;
	assert_int_equal(kvmfeat_tsm_device_lock(s.device, NULL, 0, &s.change), -ENODEV);
	assert_string_equal(reason(s.w), "0000:01:00.0 is gone: it was unplugged");
	assert_string_equal(s.change.write, "tsm0");
	assert_false(s.change.written);
	end(&s);
}

static void a_longer_change_is_filled_with_zeroes(void **state)
{
	struct {
		struct kvmfeat_tsm_change change;
		char newer[8];
	} larger;
	struct scene s;

	begin_guest(&s, state);
	memset(&larger, 0xff, sizeof(larger));
	larger.change.size = sizeof(larger);
	assert_int_equal(kvmfeat_tsm_device_lock(s.device, NULL, 0, &larger.change), 0);
	assert_int_equal(larger.change.size, sizeof(larger));
	for (size_t i = 0; i < sizeof(larger.newer); i++)
		assert_int_equal(larger.newer[i], 0);
	end(&s);
}

/* Fails call number @n; false when there is none. */
static bool fail_call(struct scene *s, const struct row *row, unsigned int n, int fail_error)
{
	const unsigned int open = open_fds();
	struct fake *fake = &s->w->fake;
	bool changed;
	int err;

	need_state(s, row->before);
	s->host.writes = 0;
	fake->calls = 0;
	fake->failed = false;
	fake->fail_at = n;
	fake->fail_error = fail_error;
	err = row->run(s->device, "tsm0", 0, &s->change);
	fake->fail_at = 0;
	changed = s->fake->state == row->after;

	assert_int_equal(open_fds(), open);
	assert_true(s->host.writes <= 1);
	assert_int_equal(changed, s->host.writes == 1);
	assert_int_equal(s->change.written, changed);
	if (!err)
		assert_int_equal(s->change.after, row->after);
	else if (changed)
		says(s, "but its state is not known: ");
	else
		assert_int_equal(s->fake->state, row->before);
	return fake->failed;
}

static void after_any_failing_call_the_answer_is_true(void **state)
{
	static const int errors[] = { -EIO, -EACCES, -EMFILE, -EINTR };
	struct scene s;
	unsigned int n;

	for (size_t r = 0; r < KF_ARRAY_SIZE(rows); r++) {
		begin_row(&s, state, &rows[r]);
		for (size_t i = 0; i < KF_ARRAY_SIZE(errors); i++) {
			for (n = 1; fail_call(&s, &rows[r], n, errors[i]); n++)
				;
			assert_true(n > 30);
		}
		end_row(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(each_operation_is_one_write_and_a_look),
		WORLD_TEST(a_lock_tells_the_number_of_the_report),
		WORLD_TEST(a_dry_run_plans_and_writes_nothing),
		WORLD_TEST(a_name_with_anything_else_does_not_reach_the_kernel),
		WORLD_TEST(a_copy_of_sysfs_is_not_written),
		WORLD_TEST(each_error_of_the_opening_has_its_own_sentence),
		WORLD_TEST(each_error_of_the_write_has_its_own_sentence),
		WORLD_TEST(an_interrupted_write_is_not_repeated_but_looked_at),
		WORLD_TEST(a_write_without_effect_is_an_error),
		WORLD_TEST(a_driver_that_comes_meanwhile_is_told),
		WORLD_TEST(a_tsm_that_goes_meanwhile_is_told),
		WORLD_TEST(the_device_in_its_place_is_not_written),
		WORLD_TEST(a_device_that_goes_before_the_write_is_gone),
		WORLD_TEST(a_longer_change_is_filled_with_zeroes),
		WORLD_TEST(after_any_failing_call_the_answer_is_true),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
