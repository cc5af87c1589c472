// SPDX-License-Identifier: GPL-2.0-or-later
/* A device that is held: its state by what sysfs shows, and that it is this one and no other. */
#include <stdio.h>

#include "tsm-world.h"

static void a_name_that_is_none_is_refused_before_the_kernel_sees_it(void **state)
{
	static const char *const names[] = {
		"",
		"01:00.0",
		"0000:01:00.0\n",
		"0000:01:00.0/..",
		"..",
		"0000:01:00.8",
		"0000:01:20.0",
		"0000:01:0.0",
		"000:01:00.0",
		"0000:01:00",
		"0000:01:00.0 ",
		"00000:01:00.0",
		"0000:0A:00.0",
		"0000:01:00.00",
	};
	struct kvmfeat_tsm_device *device = NULL;
	struct world *w = *state;
	unsigned int calls;

	calls = w->fake.calls;
	for (size_t i = 0; i < KF_ARRAY_SIZE(names); i++) {
		assert_int_equal(kvmfeat_tsm_device_open(w->ctx, names[i], &device), -EINVAL);
		assert_int_equal(kvmfeat_ctx_error(w->ctx)->origin, KVMFEAT_ORIGIN_LIBRARY);
		assert_string_equal(kvmfeat_ctx_error(w->ctx)->value, names[i]);
		assert_non_null(strstr(reason(w), "is no whole name of a PCI device"));
	}
	assert_null(device);
	assert_int_equal(w->fake.calls, calls);
}

static void a_device_that_is_not_there_is_not_opened(void **state)
{
	struct kvmfeat_tsm_device *device = NULL;
	struct scene s;

	begin(&s, state);
	fake_tsm(&s.w->fake, &s.host, FAKE_TSM_OURS);
	assert_int_equal(kvmfeat_tsm_device_open(s.w->ctx, "0000:02:00.0", &device), -ENOENT);
	assert_string_equal(reason(s.w), "there is no PCI device 0000:02:00.0");
	s.w->fake.calls = 0;
	s.w->fake.fail_at = 2;
	s.w->fake.fail_error = -EACCES;
	assert_int_equal(kvmfeat_tsm_device_open(s.w->ctx, FAKE_TSM_BDF, &device), -EACCES);
	assert_int_equal(error(&s)->why, KVMFEAT_WHY_PERMISSION);
	assert_string_equal(reason(s.w), "/sys/bus/pci/devices/0000:01:00.0 cannot be opened: "
					 "Permission denied");
	s.w->fake.calls = 0;
	s.w->fake.fail_at = 1;
	assert_int_equal(kvmfeat_tsm_device_open(s.w->ctx, FAKE_TSM_BDF, &device), -ENOMEM);
	assert_null(device);
	kvmfeat_tsm_device_free(NULL);
}

static void each_state_is_told_with_what_goes_with_it(void **state)
{
	const struct kvmfeat_tsm_status *status;
	struct scene s;

	begin_guest(&s, state);
	expect_state(&s, KVMFEAT_TSM_STATE_IDLE);
	status = look(&s);
	assert_string_equal(status->bdf, FAKE_TSM_BDF);
	assert_string_equal(status->tsm, "");
	assert_string_equal(status->driver, "");
	assert_string_equal(status->reason, "");
	assert_true(status->can_lock && status->can_accept && status->has_report);
	assert_false(status->can_connect || status->uses_trust || status->has_generation ||
		     status->authenticated);
	s.host.last_generation = UINT64_MAX - 1;
	put_state(&s, KVMFEAT_TSM_STATE_LOCKED);
	expect_state(&s, KVMFEAT_TSM_STATE_LOCKED);
	assert_string_equal(s.status.tsm, "tsm0");
	assert_true(s.status.has_generation);
	assert_int_equal(s.status.generation, UINT64_MAX);
	put_state(&s, KVMFEAT_TSM_STATE_ACCEPTED);
	put_driver(&s, "nvme");
	expect_state(&s, KVMFEAT_TSM_STATE_ACCEPTED);
	assert_string_equal(s.status.driver, "nvme");
	end(&s);
}

static void a_device_of_a_host_shows_its_session(void **state)
{
	struct scene s;

	begin_host(&s, state);
	expect_state(&s, KVMFEAT_TSM_STATE_IDLE);
	assert_true(s.status.can_connect);
	assert_false(s.status.can_lock || s.status.can_accept || s.status.has_report ||
		     s.status.authenticated);
	assert_string_equal(s.status.dsm, "");
	put_state(&s, KVMFEAT_TSM_STATE_CONNECTED);
	expect_state(&s, KVMFEAT_TSM_STATE_CONNECTED);
	assert_string_equal(s.status.tsm, "tsm0");
	assert_string_equal(s.status.dsm, FAKE_TSM_BDF);
	assert_string_equal(s.status.bound, "");
	assert_true(s.status.authenticated);
	put_state(&s, KVMFEAT_TSM_STATE_BOUND);
	expect_state(&s, KVMFEAT_TSM_STATE_BOUND);
	assert_string_equal(s.status.bound, "tsm0");
	end(&s);
}

/* tsm/connect is of function 0 alone; the others come with it. */
static void another_function_is_connected_with_function_0(void **state)
{
	struct scene s;

	begin_host(&s, state);
	fake_tsm_add(&s.w->fake, "0000:01:00.1");
	assert_int_equal(kvmfeat_tsm_device_connect(s.device, NULL, 0, NULL), 0);
	end(&s);
	hold(&s, "0000:01:00.1");
	expect_state(&s, KVMFEAT_TSM_STATE_CONNECTED);
	assert_string_equal(s.status.tsm, "tsm0");
	assert_string_equal(s.status.dsm, FAKE_TSM_BDF);
	assert_false(s.status.can_connect);
	end(&s);
}

static void trust_stands_for_accept_where_a_kernel_has_that(void **state)
{
	struct scene s;

	begin(&s, state);
	fake_tsm(&s.w->fake, &s.host, FAKE_TSM_TRUST);
	hold(&s, FAKE_TSM_BDF);
	put_state(&s, KVMFEAT_TSM_STATE_LOCKED);
	expect_state(&s, KVMFEAT_TSM_STATE_LOCKED);
	assert_true(s.status.uses_trust && s.status.can_accept);
	put_state(&s, KVMFEAT_TSM_STATE_ACCEPTED);
	expect_state(&s, KVMFEAT_TSM_STATE_ACCEPTED);
	fake_file(&s.w->fake, FAKE_TSM_DIR FAKE_TSM_BDF "/trust", "all\n");
	expect_state(&s, KVMFEAT_TSM_STATE_UNKNOWN);
	end(&s);
}

/* Of each attribute that the state hangs on. */
static void what_cannot_be_read_or_decoded_makes_the_state_unknown(void **state)
{
	static const struct {
		enum kvmfeat_tsm_state state;
		const char *attribute, *text;
	} cases[] = {
		{ KVMFEAT_TSM_STATE_IDLE, "tsm/lock", "tsm00\n" },
		{ KVMFEAT_TSM_STATE_LOCKED, "tsm/lock", "tsm0\ntsm0\n" },
		{ KVMFEAT_TSM_STATE_LOCKED, "tsm/lock", "tsm2147483648\n" },
		{ KVMFEAT_TSM_STATE_LOCKED, "tsm/accept", "Y\n" },
		{ KVMFEAT_TSM_STATE_IDLE, "tsm/connect", "../tsm0\n" },
		{ KVMFEAT_TSM_STATE_CONNECTED, "tsm/connect", "tsm\n" },
		{ KVMFEAT_TSM_STATE_CONNECTED, "tsm/bound", "0000:01:00.0\n" },
	};
	struct scene s;
	char path[96], says_so[128];

	begin_host(&s, state);
	s.host.tsms[1] = KVMFEAT_TSM_MODE_DEVSEC;
	s.host.kernel = FAKE_TSM_OURS;
	for (size_t i = 0; i < KF_ARRAY_SIZE(cases); i++) {
		put_state(&s, cases[i].state);
		expect_state(&s, cases[i].state);
		snprintf(path, sizeof(path), FAKE_TSM_DIR FAKE_TSM_BDF "/%s", cases[i].attribute);
		fake_file(&s.w->fake, path, cases[i].text);
		expect_state(&s, KVMFEAT_TSM_STATE_UNKNOWN);
		assert_int_equal(s.status.why, KVMFEAT_WHY_NONE);
		snprintf(says_so, sizeof(says_so),
			 "/sys/bus/pci/devices/0000:01:00.0/%s cannot be decoded: '",
			 cases[i].attribute);
		assert_int_equal(strncmp(s.status.reason, says_so, strlen(says_so)), 0);
		put_state(&s, cases[i].state);
		s.host.open_path = cases[i].attribute;
		s.host.open_error = -EACCES;
		expect_state(&s, KVMFEAT_TSM_STATE_UNKNOWN);
		assert_int_equal(s.status.why, KVMFEAT_WHY_PERMISSION);
		assert_non_null(strstr(s.status.reason, "cannot be read: Permission denied"));
		s.host.open_error = 0;
	}
	end(&s);
}

/* What goes with the state and does not make it. */
static void other_texts_that_cannot_be_decoded_are_left_out(void **state)
{
	struct scene s;

	begin_host(&s, state);
	s.host.tsms[1] = KVMFEAT_TSM_MODE_DEVSEC;
	s.host.kernel = FAKE_TSM_OURS;
	put_state(&s, KVMFEAT_TSM_STATE_CONNECTED);
	fake_file(&s.w->fake, FAKE_TSM_DIR FAKE_TSM_BDF "/tsm/dsm", "0000:01\n");
	fake_file(&s.w->fake, FAKE_TSM_DIR FAKE_TSM_BDF "/authenticated", "yes\n");
	expect_state(&s, KVMFEAT_TSM_STATE_CONNECTED);
	assert_string_equal(s.status.dsm, "");
	assert_false(s.status.authenticated);
	put_state(&s, KVMFEAT_TSM_STATE_LOCKED);
	fake_file(&s.w->fake, FAKE_TSM_DIR FAKE_TSM_BDF "/tsm/generation", "0x1\n");
	expect_state(&s, KVMFEAT_TSM_STATE_LOCKED);
	assert_false(s.status.has_generation);
	end(&s);
}

static void unplug(struct fake *fake, const char *attribute, bool is_write)
{
	struct fake_tsm_host *host = fake->hook_data;

	(void)is_write;
	if (strcmp(attribute, "tsm/bound") != 0)
		return;
	host->moment = NULL;
	fake_tsm_unplug(fake, &host->devices[0], true);
}

static void another_device_in_its_place_is_not_taken_for_it(void **state)
{
	struct kvmfeat_tdisp_device bars = { .size = sizeof(bars) };
	struct kvmfeat_tsm_report report = { .size = sizeof(report) };
	uint8_t buf[64];
	struct scene s;

	begin_guest(&s, state);
	for (int again = 1; again >= 0; again--) {
		put_state(&s, KVMFEAT_TSM_STATE_LOCKED);
		fake_tsm_unplug(&s.w->fake, s.fake, again);
		if (again)
			put_state(&s, KVMFEAT_TSM_STATE_LOCKED);
		assert_int_equal(kvmfeat_tsm_device_get_status(s.device, &s.status), -ENODEV);
		assert_string_equal(reason(s.w), "0000:01:00.0 is gone: it was unplugged");
		assert_int_equal(kvmfeat_tsm_device_get_bars(s.device, &bars), -ENODEV);
		assert_int_equal(kvmfeat_tsm_device_read_report(s.device, buf, 64, &report),
				 -ENODEV);
		assert_int_equal(kvmfeat_tsm_device_lock(s.device, NULL, 0, NULL), -ENODEV);
		assert_int_equal(kvmfeat_tsm_device_unlock(s.device, NULL, 0, NULL), -ENODEV);
		assert_int_equal(kvmfeat_tsm_device_accept(s.device, NULL, 0, NULL), -ENODEV);
		if (again) {
			assert_int_equal(s.fake->state, KVMFEAT_TSM_STATE_LOCKED);
			end(&s);
			hold(&s, FAKE_TSM_BDF);
		}
	}
	assert_int_equal(s.host.writes, 0);
	end(&s);
	assert_int_equal(kvmfeat_tsm_device_open(s.w->ctx, FAKE_TSM_BDF, &s.device), -ENOENT);
}

static void a_device_that_goes_while_it_is_looked_at_is_gone(void **state)
{
	struct scene s;

	begin_host(&s, state);
	put_state(&s, KVMFEAT_TSM_STATE_CONNECTED);
	s.host.moment = unplug;
	assert_int_equal(kvmfeat_tsm_device_get_status(s.device, &s.status), -ENODEV);
	end(&s);
}

/* kernfs_get_active() fails when the last TSM takes it away after it was opened. */
static void an_attribute_that_vanishes_is_not_there(void **state)
{
	struct scene s;

	begin_guest(&s, state);
	s.host.open_path = "tsm/lock";
	s.host.open_error = -ENODEV;
	expect_state(&s, KVMFEAT_TSM_STATE_IDLE);
	assert_false(s.status.can_lock || s.status.can_accept);
	end(&s);
}

static void set_tee(struct scene *s, bool has_tee)
{
	s->fake->has_tee = has_tee;
	fake_tsm_show(&s->w->fake);
}

static void expect_unserved(struct scene *s, enum kvmfeat_why why, const char *text)
{
	expect_state(s, KVMFEAT_TSM_STATE_IDLE);
	assert_false(s->status.can_connect || s->status.can_lock || s->status.can_accept);
	assert_int_equal(s->status.why, why);
	assert_string_equal(s->status.reason, text);
}

static void a_device_that_no_tsm_serves_is_told_why(void **state)
{
	static const char config[] = FAKE_TSM_DIR FAKE_TSM_BDF "/config";
	struct scene s;

	begin_guest(&s, state);
	set_tee(&s, false);
	expect_unserved(&s, KVMFEAT_WHY_HARDWARE, "no TSM serves it: it has no TEE-IO capability");
	s.host.tsms[0] = KVMFEAT_TSM_MODE_NONE;
	set_tee(&s, true);
	expect_unserved(&s, KVMFEAT_WHY_NOT_VISIBLE,
			"no TSM serves it, although it has the TEE-IO capability: a host connects "
			"a device by its function 0");
	fake_file(&s.w->fake, config, "short");
	expect_unserved(&s, KVMFEAT_WHY_NOT_VISIBLE,
			"no TSM serves it; whether it has the TEE-IO capability may not be read");
	fake_remove(&s.w->fake, config);
	expect_unserved(&s, KVMFEAT_WHY_NOT_VISIBLE,
			"no TSM serves it; whether it has the TEE-IO capability may not be read");
	fake_tsm_unregister(&s.w->fake, 0);
	expect_unserved(&s, KVMFEAT_WHY_HARDWARE, "no TSM has registered");
	fake_remove(&s.w->fake, "/sys/class/tsm");
	expect_unserved(&s, KVMFEAT_WHY_KERNEL_CONFIG,
			"this kernel (7.3.4) was built without TSMs (CONFIG_PCI_TSM)");
	end(&s);
}

static void the_reason_for_none_leaves_the_last_error_alone(void **state)
{
	struct kvmfeat_tsm_device *other;
	struct scene s;

	begin_guest(&s, state);
	set_tee(&s, false);
	assert_int_equal(kvmfeat_tsm_device_open(s.w->ctx, "0000:02:00.0", &other), -ENOENT);
	s.host.open_path = "/sys/class/tsm";
	s.host.open_error = -EACCES;
	expect_unserved(&s, KVMFEAT_WHY_PERMISSION,
			"no TSM serves it: /sys/class/tsm cannot be read: Permission denied");
	assert_string_equal(reason(s.w), "there is no PCI device 0000:02:00.0");
	end(&s);
}

static void an_old_kernel_is_named(void **state)
{
	struct kvmfeat_ctx *ctx;
	struct kvmfeat_tsm_device *device;
	struct scene s;

	begin(&s, state);
	fake_tsm(&s.w->fake, &s.host, FAKE_TSM_OURS);
	fake_tsm_unregister(&s.w->fake, 0);
	fake_remove(&s.w->fake, "/sys/class/tsm");
	strcpy(s.w->fake.uname.release, "6.18.2");
	assert_int_equal(kf_ctx_new(&s.w->fake.sys, &ctx), 0);
	assert_int_equal(kvmfeat_tsm_device_open(ctx, FAKE_TSM_BDF, &device), 0);
	assert_int_equal(kvmfeat_tsm_device_get_status(device, &s.status), 0);
	assert_int_equal(s.status.why, KVMFEAT_WHY_KERNEL_VERSION);
	assert_string_equal(s.status.reason, "Linux 6.19 has TSMs first, this kernel is 6.18.2");
	kvmfeat_tsm_device_free(device);
	kvmfeat_ctx_free(ctx);
}

static void the_bars_are_those_of_the_device(void **state)
{
	static const char resource[] = FAKE_TSM_DIR FAKE_TSM_BDF "/resource";
	struct kvmfeat_tdisp_device bars = { .size = sizeof(bars) };
	struct scene s;

	begin_guest(&s, state);
	assert_int_equal(kvmfeat_tsm_device_get_bars(s.device, &bars), 0);
	assert_int_equal(bars.bar_bytes[0], 0x10000);
	assert_int_equal(bars.bar_bytes[1], 0);
	fake_file(&s.w->fake, resource, "no line\n");
	assert_int_equal(kvmfeat_tsm_device_get_bars(s.device, &bars), -EBADMSG);
	s.host.open_path = "resource";
	s.host.open_error = -EACCES;
	assert_int_equal(kvmfeat_tsm_device_get_bars(s.device, &bars), -EACCES);
	assert_int_equal(error(&s)->why, KVMFEAT_WHY_PERMISSION);
	assert_string_equal(error(&s)->remedy, "run as root");
	s.host.open_error = -EMFILE;
	assert_int_equal(kvmfeat_tsm_device_get_bars(s.device, &bars), -EMFILE);
	says(&s, "/sys/bus/pci/devices/0000:01:00.0/resource cannot be read: Too many open files");
	end(&s);
}

static void a_status_of_another_size_is_filled_or_refused(void **state)
{
	struct {
		struct kvmfeat_tsm_status status;
		char newer[8];
	} larger;
	struct scene s;

	begin_guest(&s, state);
	memset(&larger, 0xff, sizeof(larger));
	larger.status.size = sizeof(larger);
	assert_int_equal(kvmfeat_tsm_device_get_status(s.device, &larger.status), 0);
	assert_string_equal(larger.status.bdf, FAKE_TSM_BDF);
	for (size_t i = 0; i < sizeof(larger.newer); i++)
		assert_int_equal(larger.newer[i], 0);
	s.status.size--;
	assert_int_equal(kvmfeat_tsm_device_get_status(s.device, &s.status), -EINVAL);
	says(&s, "struct kvmfeat_tsm_status");
	end(&s);
}

/* A symbolic link of a captured tree that leads out of the device, and a pipe. */
static void a_captured_device_is_read_within_itself(void **state)
{
	struct kvmfeat_tsm_device *device;
	struct kvmfeat_ctx *ctx;
	struct scene s;

	begin(&s, state);
	fake_tsm(&s.w->fake, &s.host, FAKE_TSM_OURS);
	fake_remove(&s.w->fake, FAKE_TSM_DIR FAKE_TSM_BDF "/tsm/lock");
	fake_file(&s.w->fake, "/elsewhere", "tsm0\n");
	fake_link(&s.w->fake, FAKE_TSM_DIR FAKE_TSM_BDF "/tsm/lock", "/elsewhere");
	assert_int_equal(kf_ctx_new(&s.w->fake.sys, &ctx), 0);
	assert_int_equal(kvmfeat_ctx_set_root(ctx, s.w->fake.root), 0);
	assert_int_equal(kvmfeat_tsm_device_open(ctx, FAKE_TSM_BDF, &device), 0);
	assert_int_equal(kvmfeat_tsm_device_get_status(device, &s.status), 0);
	assert_int_equal(s.status.state, KVMFEAT_TSM_STATE_UNKNOWN);
	assert_non_null(strstr(s.status.reason, "tsm/lock cannot be read"));
	kvmfeat_tsm_device_free(device);
	kvmfeat_ctx_free(ctx);
}

/* Whatever call fails, no state is made up, and nothing is left open. */
static void a_failed_call_makes_the_state_unknown_or_keeps_it(void **state)
{
	static const int errors[] = { -EIO, -EACCES, -EMFILE, -EINTR };
	struct scene s;

	begin_guest(&s, state);
	put_state(&s, KVMFEAT_TSM_STATE_ACCEPTED);
	for (size_t i = 0; i < KF_ARRAY_SIZE(errors); i++) {
		const unsigned int open = open_fds();
		struct fake *fake = &s.w->fake;

		fake->failed = true;
		for (fake->fail_at = 1; fake->failed; fake->fail_at++) {
			fake->calls = 0;
			fake->failed = false;
			fake->fail_error = errors[i];
			assert_int_equal(kvmfeat_tsm_device_get_status(s.device, &s.status), 0);
			if (s.status.state != KVMFEAT_TSM_STATE_UNKNOWN)
				assert_int_equal(s.status.state, KVMFEAT_TSM_STATE_ACCEPTED);
			else
				assert_string_not_equal(s.status.reason, "");
			assert_int_equal(open_fds(), open);
		}
		assert_true(fake->fail_at > 16);
		fake->fail_at = 0;
	}
	end(&s);
}

static void every_mode_and_state_has_a_name(void **state)
{
	(void)state;
	assert_string_equal(kvmfeat_tsm_mode_name(KVMFEAT_TSM_MODE_NONE), "none");
	assert_string_equal(kvmfeat_tsm_mode_name(KVMFEAT_TSM_MODE_LINK), "link");
	assert_string_equal(kvmfeat_tsm_mode_name(KVMFEAT_TSM_MODE_DEVSEC), "devsec");
	assert_string_equal(kvmfeat_tsm_mode_name(KVMFEAT_TSM_MODE_UNKNOWN), "unknown");
	assert_string_equal(kvmfeat_tsm_mode_name((enum kvmfeat_tsm_mode)77), "unknown");
	assert_string_equal(kvmfeat_tsm_state_name(KVMFEAT_TSM_STATE_IDLE), "idle");
	assert_string_equal(kvmfeat_tsm_state_name(KVMFEAT_TSM_STATE_CONNECTED), "connected");
	assert_string_equal(kvmfeat_tsm_state_name(KVMFEAT_TSM_STATE_BOUND), "bound");
	assert_string_equal(kvmfeat_tsm_state_name(KVMFEAT_TSM_STATE_LOCKED), "locked");
	assert_string_equal(kvmfeat_tsm_state_name(KVMFEAT_TSM_STATE_ACCEPTED), "accepted");
	assert_string_equal(kvmfeat_tsm_state_name(KVMFEAT_TSM_STATE_UNKNOWN), "unknown");
	assert_string_equal(kvmfeat_tsm_state_name((enum kvmfeat_tsm_state)77), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_name_that_is_none_is_refused_before_the_kernel_sees_it),
		WORLD_TEST(a_device_that_is_not_there_is_not_opened),
		WORLD_TEST(each_state_is_told_with_what_goes_with_it),
		WORLD_TEST(a_device_of_a_host_shows_its_session),
		WORLD_TEST(another_function_is_connected_with_function_0),
		WORLD_TEST(trust_stands_for_accept_where_a_kernel_has_that),
		WORLD_TEST(what_cannot_be_read_or_decoded_makes_the_state_unknown),
		WORLD_TEST(other_texts_that_cannot_be_decoded_are_left_out),
		WORLD_TEST(another_device_in_its_place_is_not_taken_for_it),
		WORLD_TEST(a_device_that_goes_while_it_is_looked_at_is_gone),
		WORLD_TEST(an_attribute_that_vanishes_is_not_there),
		WORLD_TEST(a_device_that_no_tsm_serves_is_told_why),
		WORLD_TEST(the_reason_for_none_leaves_the_last_error_alone),
		WORLD_TEST(an_old_kernel_is_named),
		WORLD_TEST(the_bars_are_those_of_the_device),
		WORLD_TEST(a_status_of_another_size_is_filled_or_refused),
		WORLD_TEST(a_captured_device_is_read_within_itself),
		WORLD_TEST(a_failed_call_makes_the_state_unknown_or_keeps_it),
		WORLD_TEST(every_mode_and_state_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
