// SPDX-License-Identifier: GPL-2.0-or-later
/* Accepting a locked device: the report that was checked, and no other. */
#include <stdio.h>

#include "tsm-world.h"

static struct kvmfeat_tsm_accept_opts opts_of(const void *report, size_t bytes)
{
	return (struct kvmfeat_tsm_accept_opts){
		.size = sizeof(struct kvmfeat_tsm_accept_opts),
		.report = report,
		.report_bytes = bytes,
	};
}

/* Both what the device answers and what the kernel shows. */
static void give(struct scene *s, const void *report, size_t bytes)
{
	s->fake->answers = report;
	s->fake->answers_bytes = bytes;
	put_state(s, KVMFEAT_TSM_STATE_LOCKED);
}

static int accept_it(struct scene *s, const struct kvmfeat_tsm_accept_opts *opts,
		     unsigned int flags)
{
	return kvmfeat_tsm_device_accept(s->device, opts, flags, &s->change);
}

static void accepting_names_the_report_that_was_checked(void **state)
{
	struct scene s;

	begin_locked(&s, state);
	assert_int_equal(accept_it(&s, NULL, 0), 0);
	assert_int_equal(s.change.before, KVMFEAT_TSM_STATE_LOCKED);
	assert_int_equal(s.change.after, KVMFEAT_TSM_STATE_ACCEPTED);
	assert_true(s.change.written && s.change.has_generation);
	assert_int_equal(s.change.generation, 7);
	assert_string_equal(s.change.tsm, "tsm0");
	assert_string_equal(s.change.attribute, "tsm/accept");
	assert_string_equal(s.change.write, "1 7");
	assert_string_equal(s.host.last, "1 7\n");
	assert_int_equal(s.host.writes, 1);
	end(&s);
}

static void the_largest_number_fits(void **state)
{
	struct scene s;

	begin_locked(&s, state);
	s.host.last_generation = UINT64_MAX - 1;
	put_state(&s, KVMFEAT_TSM_STATE_LOCKED);
	assert_int_equal(accept_it(&s, NULL, 0), 0);
	assert_string_equal(s.change.write, "1 18446744073709551615");
	end(&s);
}

static void a_dry_run_checks_the_report_and_writes_nothing(void **state)
{
	struct kvmfeat_tsm_accept_opts opts = opts_of(fake_tsm_other_report, 36);
	struct scene s;

	begin_locked(&s, state);
	assert_int_equal(accept_it(&s, NULL, KVMFEAT_TSM_DRY_RUN), 0);
	assert_string_equal(s.change.write, "1 7");
	assert_false(s.change.written);
	refused(&s, accept_it(&s, &opts, KVMFEAT_TSM_DRY_RUN), -ESTALE, KVMFEAT_WHY_NONE, "shows");
	assert_int_equal(s.fake->state, KVMFEAT_TSM_STATE_LOCKED);
	end(&s);
}

static void a_device_is_accepted_once_and_when_it_is_locked(void **state)
{
	struct scene s;

	begin_guest(&s, state);
	refused(&s, accept_it(&s, NULL, 0), -EINVAL, KVMFEAT_WHY_NONE,
		"0000:01:00.0 is not locked");
	assert_string_equal(error(&s)->remedy, "lock it first");
	put_state(&s, KVMFEAT_TSM_STATE_ACCEPTED);
	refused(&s, accept_it(&s, NULL, 0), -EBUSY, KVMFEAT_WHY_BUSY, "is accepted already (tsm0)");
	put_state(&s, KVMFEAT_TSM_STATE_LOCKED);
	put_driver(&s, "e1000e");
	refused(&s, accept_it(&s, NULL, 0), -EBUSY, KVMFEAT_WHY_BUSY,
		"0000:01:00.0 belongs to the driver e1000e");
	refused(&s, accept_it(&s, NULL, 4), -EINVAL, KVMFEAT_WHY_NONE, "flags 0x4 are none");
	end(&s);
}

static void a_report_that_was_given_must_be_the_one_that_is_shown(void **state)
{
	struct kvmfeat_tsm_accept_opts opts = opts_of(fake_tsm_report, sizeof(fake_tsm_report));
	uint8_t other[sizeof(fake_tsm_report) + 1] = { 0 };
	struct scene s;

	begin_locked(&s, state);
	memcpy(other, fake_tsm_report, sizeof(fake_tsm_report));
	for (size_t i = 0; i < sizeof(fake_tsm_report); i++) {
		other[i] ^= 0x80;
		opts = opts_of(other, sizeof(fake_tsm_report));
		refused(&s, accept_it(&s, &opts, 0), -ESTALE, KVMFEAT_WHY_NONE,
			"0000:01:00.0 shows another report than the one that was given");
		other[i] ^= 0x80;
	}
	assert_string_equal(error(&s)->remedy, "look at its report again");
	opts = opts_of(other, sizeof(other));
	refused(&s, accept_it(&s, &opts, 0), -ESTALE, KVMFEAT_WHY_NONE, "another report");
	opts = opts_of(other, sizeof(fake_tsm_report) - 1);
	refused(&s, accept_it(&s, &opts, 0), -ESTALE, KVMFEAT_WHY_NONE, "another report");
	opts = opts_of(other, sizeof(fake_tsm_report));
	opts.has_generation = true;
	opts.generation = 6;
	refused(&s, accept_it(&s, &opts, 0), -ESTALE, KVMFEAT_WHY_NONE,
		"shows another report than number 6");
	opts.generation = 7;
	fake_remove(&s.w->fake, FAKE_TSM_DIR FAKE_TSM_BDF "/tsm/generation");
	refused(&s, accept_it(&s, &opts, 0), -ESTALE, KVMFEAT_WHY_NONE, "than number 7");
	fake_tsm_show(&s.w->fake);
	assert_int_equal(accept_it(&s, &opts, 0), 0);
	end(&s);
}

static void opts_of_another_size_are_taken_or_refused(void **state)
{
	struct {
		struct kvmfeat_tsm_accept_opts opts;
		char newer[8];
	} larger = { .opts.size = sizeof(larger) };
	struct scene s;

	begin_locked(&s, state);
	larger.newer[7] = 1;
	refused(&s, accept_it(&s, &larger.opts, 0), -E2BIG, KVMFEAT_WHY_NONE,
		"struct kvmfeat_tsm_accept_opts");
	larger.opts.size = 8;
	refused(&s, accept_it(&s, &larger.opts, 0), -EINVAL, KVMFEAT_WHY_NONE, "is too short");
	larger.opts.size = sizeof(larger);
	larger.newer[7] = 0;
	assert_int_equal(accept_it(&s, &larger.opts, 0), 0);
	end(&s);
}

/* Each rule's own tests are those of the room tdisp; here one of each kind. */
static void a_report_that_must_not_be_believed_is_not_accepted(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
		const char *says;
	} faults[] = {
		{ 24, 0, "range.pages does not hold for range 0 (a range has a page)" },
		{ 46, 1, "bar.present does not hold for range 1 (" },
		{ 46, 6, "bar.present cannot be checked for range 1 (" },
		{ 32, 0, "range.overlap does not hold for range 1 (" },
		{ 40, 16, "bar.fit does not hold for range 1 (" },
		{ 12, 4, "report.range-count does not hold (" },
		{ 48, 1, "report.device-info does not hold (" },
	};
	uint8_t report[sizeof(fake_tsm_report)];
	struct kvmfeat_tsm_accept_opts opts;
	struct scene s;

	begin_locked(&s, state);
	for (size_t i = 0; i < KF_ARRAY_SIZE(faults); i++) {
		memcpy(report, fake_tsm_report, sizeof(report));
		report[faults[i].at] = faults[i].value;
		opts = opts_of(report, sizeof(report));
		give(&s, report, sizeof(report));
		/* Also when it is the one that was given. */
		refused(&s, accept_it(&s, i % 2 ? &opts : NULL, KVMFEAT_TSM_ALLOW_UNCHECKED),
			-EBADMSG, KVMFEAT_WHY_NONE,
			"the report of 0000:01:00.0 must not be believed: ");
		says(&s, faults[i].says);
	}
	for (size_t bytes = 0; bytes < sizeof(report); bytes++) {
		give(&s, fake_tsm_report, bytes);
		refused(&s, accept_it(&s, NULL, 0), -EBADMSG, KVMFEAT_WHY_NONE,
			"believed: report.");
	}
	give(&s, fake_tsm_report, sizeof(fake_tsm_report));
	fake_remove(&s.w->fake, FAKE_TSM_DIR FAKE_TSM_BDF "/resource");
	assert_int_equal(accept_it(&s, NULL, 0), -ENOENT);
	assert_int_equal(s.host.writes, 0);
	end(&s);
}

/* Longer than what is read at first, and longer than any report. */
static void a_long_report_is_read_whole(void **state)
{
	const size_t most = KVMFEAT_TDISP_SIZE_MAX;
	uint8_t *report = calloc(1, most + 1);
	struct kvmfeat_tsm_accept_opts opts = opts_of(report, most);
	struct scene s;

	assert_non_null(report);
	memcpy(report, fake_tsm_report, sizeof(fake_tsm_report));
	for (size_t i = 0; i < 4; i++)
		report[48 + i] = (uint8_t)((most - sizeof(fake_tsm_report)) >> 8 * i);
	begin_locked(&s, state);
	give(&s, report, most + 1);
	assert_int_equal(accept_it(&s, NULL, 0), -ENOSPC);
	says(&s, "has more than 16777216 bytes");
	assert_int_equal(s.host.writes, 0);
	give(&s, report, most);
	assert_int_equal(accept_it(&s, &opts, 0), 0);
	assert_int_equal(s.host.writes, 1);
	end(&s);
	free(report);
}

static void a_kernel_without_a_report_accepts_only_what_may_be_unchecked(void **state)
{
	struct kvmfeat_tsm_accept_opts opts = opts_of(fake_tsm_report, sizeof(fake_tsm_report));
	static const struct {
		enum fake_tsm_kernel kernel;
		const char *attribute, *write;
	} kernels[] = {
		{ FAKE_TSM_POSTED, "tsm/accept", "1" },
		{ FAKE_TSM_TRUST, "trust", "3" },
	};
	struct scene s;

	begin_locked(&s, state);
	for (size_t i = 0; i < KF_ARRAY_SIZE(kernels); i++) {
		s.host.kernel = kernels[i].kernel;
		s.host.writes = 0;
		put_state(&s, KVMFEAT_TSM_STATE_LOCKED);
		refused(&s, accept_it(&s, NULL, 0), -EOPNOTSUPP, KVMFEAT_WHY_KERNEL_VERSION,
			"0000:01:00.0 shows no report in this kernel (7.3.4) that could be "
			"checked");
		assert_string_equal(error(&s)->remedy, "KVMFEAT_TSM_ALLOW_UNCHECKED");
		refused(&s, accept_it(&s, &opts, KVMFEAT_TSM_ALLOW_UNCHECKED), -EOPNOTSUPP,
			KVMFEAT_WHY_KERNEL_VERSION, "that could be compared");
		assert_int_equal(accept_it(&s, NULL, KVMFEAT_TSM_ALLOW_UNCHECKED), 0);
		assert_string_equal(s.change.attribute, kernels[i].attribute);
		assert_string_equal(s.change.write, kernels[i].write);
		assert_false(s.change.has_generation);
		assert_int_equal(s.fake->state, KVMFEAT_TSM_STATE_ACCEPTED);
	}
	opts = (struct kvmfeat_tsm_accept_opts){ .size = sizeof(opts), .has_generation = true };
	put_state(&s, KVMFEAT_TSM_STATE_LOCKED);
	assert_int_equal(accept_it(&s, &opts, KVMFEAT_TSM_ALLOW_UNCHECKED), -EOPNOTSUPP);
	end(&s);
}

static void a_kernel_that_accepts_nothing_is_named(void **state)
{
	struct scene s;

	begin_locked(&s, state);
	fake_remove(&s.w->fake, FAKE_TSM_DIR FAKE_TSM_BDF "/tsm/accept");
	refused(&s, accept_it(&s, NULL, 0), -EOPNOTSUPP, KVMFEAT_WHY_KERNEL_VERSION,
		"0000:01:00.0 has neither tsm/accept nor trust in this kernel (7.3.4)");
	expect_state(&s, KVMFEAT_TSM_STATE_LOCKED);
	end(&s);
}

/* The report changes between the check and the write. */
static void change_report(struct fake *fake, const char *attribute, bool is_write)
{
	struct fake_tsm_host *host = fake->hook_data;

	(void)attribute;
	if (!is_write)
		return;
	host->devices[0].answers = fake_tsm_other_report;
	host->devices[0].answers_bytes = sizeof(fake_tsm_other_report);
}

static void a_report_that_changes_after_the_check_is_not_accepted(void **state)
{
	struct scene s;

	begin_locked(&s, state);
	s.host.moment = change_report;
	assert_int_equal(accept_it(&s, NULL, 0), -EAGAIN);
	assert_int_equal(error(&s)->origin, KVMFEAT_ORIGIN_KERNEL);
	assert_int_equal(error(&s)->why, KVMFEAT_WHY_BUSY);
	assert_string_equal(reason(s.w), "0000:01:00.0 was not accepted: its report is no longer "
					 "the one that was checked; it is locked by tsm0");
	assert_string_equal(error(&s)->remedy, "look at its report again");
	assert_int_equal(s.change.after, KVMFEAT_TSM_STATE_LOCKED);
	/* The new one may be accepted once it has been looked at. */
	assert_int_equal(accept_it(&s, NULL, 0), 0);
	assert_int_equal(s.change.generation, 8);
	end(&s);
}

/* Somebody unlocks, locks and accepts, and the write is interrupted. */
static void accept_another(struct fake *fake, const char *attribute, bool is_write)
{
	struct fake_tsm_host *host = fake->hook_data;

	(void)attribute;
	if (!is_write)
		return;
	host->devices[0].state = KVMFEAT_TSM_STATE_ACCEPTED;
	host->devices[0].generation++;
	host->write_error = -EINTR;
	fake_tsm_show(fake);
}

static void anothers_acceptance_is_not_taken_for_ours(void **state)
{
	struct scene s;

	begin_locked(&s, state);
	s.host.moment = accept_another;
	assert_int_equal(accept_it(&s, NULL, 0), -EINTR);
	assert_false(s.change.written);
	assert_int_equal(s.change.after, KVMFEAT_TSM_STATE_ACCEPTED);
	says(&s, "a signal came before it was done; it is accepted by tsm0");
	end(&s);
}

static void each_error_of_the_write_has_its_own_sentence(void **state)
{
	static const struct {
		int error;
		enum kvmfeat_why why;
		const char *says;
	} errors[] = {
		{ -EINTR, KVMFEAT_WHY_NONE, "a signal came before it was done" },
		{ -EINVAL, KVMFEAT_WHY_NONE, "it is not locked any more, or this kernel does not" },
		{ -EBUSY, KVMFEAT_WHY_BUSY, "a driver has it now, or it is accepted already" },
		{ -EAGAIN, KVMFEAT_WHY_BUSY, "its report is no longer the one that was checked" },
		{ -EIO, KVMFEAT_WHY_NONE, "the kernel does not believe its report, or the TSM" },
		{ -EPERM, KVMFEAT_WHY_PERMISSION, "the kernel does not let this user" },
		{ -EACCES, KVMFEAT_WHY_PERMISSION, "security policy" },
		{ -ETIMEDOUT, KVMFEAT_WHY_NONE, "did not answer in time" },
		{ -ENOMEM, KVMFEAT_WHY_NONE, "Cannot allocate memory" },
	};
	struct scene s;

	begin_locked(&s, state);
	for (size_t i = 0; i < KF_ARRAY_SIZE(errors); i++) {
		s.host.write_error = errors[i].error;
		s.host.writes = 0;
		assert_int_equal(accept_it(&s, NULL, 0), errors[i].error);
		assert_int_equal(error(&s)->origin, KVMFEAT_ORIGIN_KERNEL);
		assert_int_equal(error(&s)->why, errors[i].why);
		says(&s, "0000:01:00.0 was not accepted: ");
		says(&s, errors[i].says);
		says(&s, "; it is locked by tsm0");
		assert_int_equal(s.host.writes, 1);
		assert_int_equal(s.fake->state, KVMFEAT_TSM_STATE_LOCKED);
	}
	s.host.write_error = 0;
	s.host.interrupted = true;
	assert_int_equal(accept_it(&s, NULL, 0), 0);
	assert_true(s.change.written);
	s.host.interrupted = false;
	s.host.ignores_writes = true;
	put_state(&s, KVMFEAT_TSM_STATE_LOCKED);
	assert_int_equal(accept_it(&s, NULL, 0), -EIO);
	says(&s, "' was written to tsm/accept of 0000:01:00.0, but it is locked by tsm0");
	assert_int_equal(kvmfeat_tsm_device_unlock(s.device, NULL, 0, NULL), -EIO);
	end(&s);
}

/* Whatever call fails: nothing unchecked is accepted, even where that would be permitted. */
static bool fail_call(struct scene *s, unsigned int n, int fail_error, const void *report)
{
	const unsigned int open = open_fds();
	struct fake *fake = &s->w->fake;
	bool accepted;
	int err;

	if (report != s->fake->report || s->fake->state != KVMFEAT_TSM_STATE_LOCKED)
		give(s, report, sizeof(fake_tsm_report));
	s->host.writes = 0;
	fake->calls = 0;
	fake->failed = false;
	fake->fail_at = n;
	fake->fail_error = fail_error;
	err = accept_it(s, NULL, KVMFEAT_TSM_ALLOW_UNCHECKED);
	fake->fail_at = 0;
	accepted = s->fake->state == KVMFEAT_TSM_STATE_ACCEPTED;

	assert_int_equal(open_fds(), open);
	assert_int_equal(accepted, s->host.writes == 1);
	assert_int_equal(s->change.written, accepted);
	if (accepted)
		assert_true(s->change.has_generation && report == fake_tsm_report);
	if (report == fake_tsm_report && !fake->failed)
		assert_int_equal(err, 0);
	return fake->failed;
}

static void after_any_failing_call_nothing_unchecked_is_accepted(void **state)
{
	static const int errors[] = { -EIO, -EACCES, -EMFILE, -EINTR, -ENODEV };
	uint8_t bad[sizeof(fake_tsm_report)];
	struct scene s;
	unsigned int n;

	memcpy(bad, fake_tsm_report, sizeof(bad));
	bad[24] = 0;
	begin_locked(&s, state);
	for (size_t i = 0; i < KF_ARRAY_SIZE(errors); i++) {
		for (n = 1; fail_call(&s, n, errors[i], fake_tsm_report); n++)
			;
		assert_true(n > 40);
		for (n = 1; fail_call(&s, n, errors[i], bad); n++)
			;
		assert_true(n > 30);
	}
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(accepting_names_the_report_that_was_checked),
		WORLD_TEST(the_largest_number_fits),
		WORLD_TEST(a_dry_run_checks_the_report_and_writes_nothing),
		WORLD_TEST(a_device_is_accepted_once_and_when_it_is_locked),
		WORLD_TEST(a_report_that_was_given_must_be_the_one_that_is_shown),
		WORLD_TEST(opts_of_another_size_are_taken_or_refused),
		WORLD_TEST(a_report_that_must_not_be_believed_is_not_accepted),
		WORLD_TEST(a_long_report_is_read_whole),
		WORLD_TEST(a_kernel_without_a_report_accepts_only_what_may_be_unchecked),
		WORLD_TEST(a_kernel_that_accepts_nothing_is_named),
		WORLD_TEST(a_report_that_changes_after_the_check_is_not_accepted),
		WORLD_TEST(anothers_acceptance_is_not_taken_for_ours),
		WORLD_TEST(each_error_of_the_write_has_its_own_sentence),
		WORLD_TEST(after_any_failing_call_nothing_unchecked_is_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
