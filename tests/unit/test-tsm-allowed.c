// SPDX-License-Identifier: GPL-2.0-or-later
/* What is refused before the kernel is asked, and by which name. */
#include "tsm-rows.h"

static void what_the_state_forbids_is_not_asked_for(void **state)
{
	static const struct {
		operation *run;
		bool is_host;
		enum kvmfeat_tsm_state state;
		int error;
		const char *says;
		const char *remedy;
	} cases[] = {
		{ kvmfeat_tsm_device_connect, true, KVMFEAT_TSM_STATE_CONNECTED, -EBUSY,
		  "0000:01:00.0 is connected already (tsm0)", "" },
		{ kvmfeat_tsm_device_connect, true, KVMFEAT_TSM_STATE_BOUND, -EBUSY,
		  "is connected already (tsm0)", "" },
		{ kvmfeat_tsm_device_disconnect, true, KVMFEAT_TSM_STATE_IDLE, -ENXIO,
		  "0000:01:00.0 is not connected", "" },
		{ kvmfeat_tsm_device_lock, false, KVMFEAT_TSM_STATE_LOCKED, -EBUSY,
		  "is locked already (tsm0)", "unlock it first" },
		{ kvmfeat_tsm_device_lock, false, KVMFEAT_TSM_STATE_ACCEPTED, -EBUSY,
		  "is locked already (tsm0)", "unlock it first" },
		{ kvmfeat_tsm_device_unlock, false, KVMFEAT_TSM_STATE_IDLE, -EINVAL,
		  "0000:01:00.0 is not locked", "" },
	};
	struct scene s;

	for (size_t i = 0; i < KF_ARRAY_SIZE(cases); i++) {
		const bool is_busy = cases[i].error == -EBUSY;

		if (cases[i].is_host)
			begin_host(&s, state);
		else
			begin_guest(&s, state);
		put_state(&s, cases[i].state);
		refused(&s, cases[i].run(s.device, NULL, 0, &s.change), cases[i].error,
			is_busy ? KVMFEAT_WHY_BUSY : KVMFEAT_WHY_NONE, cases[i].says);
		assert_string_equal(error(&s)->remedy, cases[i].remedy);
		assert_string_equal(error(&s)->object, FAKE_TSM_BDF);
		assert_int_equal(s.change.before, cases[i].state);
		assert_false(s.change.written);
		end_row(&s);
	}
}

/* A machine in both roles, as an emulated one may be. */
static void a_device_has_one_role_at_a_time(void **state)
{
	struct scene s;

	begin_guest(&s, state);
	s.host.tsms[1] = KVMFEAT_TSM_MODE_LINK;
	put_state(&s, KVMFEAT_TSM_STATE_LOCKED);
	refused(&s, kvmfeat_tsm_device_connect(s.device, NULL, 0, NULL), -EBUSY, KVMFEAT_WHY_BUSY,
		"is locked (tsm0)");
	assert_string_equal(error(&s)->remedy, "unlock it first");
	refused(&s, kvmfeat_tsm_device_disconnect(s.device, NULL, 0, NULL), -ENXIO,
		KVMFEAT_WHY_NONE, "is locked, not connected (tsm0)");
	put_state(&s, KVMFEAT_TSM_STATE_CONNECTED);
	refused(&s, kvmfeat_tsm_device_lock(s.device, NULL, 0, NULL), -EBUSY, KVMFEAT_WHY_BUSY,
		"is connected (tsm0)");
	assert_string_equal(error(&s)->remedy, "disconnect it first");
	refused(&s, kvmfeat_tsm_device_unlock(s.device, NULL, 0, NULL), -EINVAL, KVMFEAT_WHY_NONE,
		"is connected, not locked (tsm0)");
	refused(&s, kvmfeat_tsm_device_accept(s.device, NULL, 0, NULL), -EINVAL, KVMFEAT_WHY_NONE,
		"is connected, not locked (tsm0)");
	end(&s);
}

static void a_driver_is_named_with_the_way_to_unbind_it(void **state)
{
	struct scene s;

	begin_guest(&s, state);
	put_driver(&s, "nvme");
	refused(&s, kvmfeat_tsm_device_lock(s.device, NULL, 0, NULL), -EBUSY, KVMFEAT_WHY_BUSY,
		"0000:01:00.0 belongs to the driver nvme");
	assert_string_equal(error(&s)->remedy,
			    "unbind it: echo 0000:01:00.0 > /sys/bus/pci/drivers/nvme/unbind");
	put_state(&s, KVMFEAT_TSM_STATE_ACCEPTED);
	refused(&s, kvmfeat_tsm_device_unlock(s.device, NULL, 0, NULL), -EBUSY, KVMFEAT_WHY_BUSY,
		"belongs to the driver nvme");
	end_row(&s);
	/* A host connects a device whatever driver has it. */
	begin_host(&s, state);
	put_driver(&s, "vfio-pci");
	assert_int_equal(kvmfeat_tsm_device_connect(s.device, NULL, 0, NULL), 0);
	end(&s);
}

static void another_tsm_than_the_one_that_has_it_is_refused(void **state)
{
	struct scene s;

	begin_guest(&s, state);
	s.host.tsms[1] = KVMFEAT_TSM_MODE_DEVSEC;
	put_state(&s, KVMFEAT_TSM_STATE_LOCKED);
	refused(&s, kvmfeat_tsm_device_unlock(s.device, "tsm1", 0, NULL), -EINVAL, KVMFEAT_WHY_NONE,
		"0000:01:00.0 belongs to tsm0, not to tsm1");
	end_row(&s);
	begin_host(&s, state);
	put_state(&s, KVMFEAT_TSM_STATE_CONNECTED);
	refused(&s, kvmfeat_tsm_device_disconnect(s.device, "tsm10", 0, NULL), -EINVAL,
		KVMFEAT_WHY_NONE, "belongs to tsm0, not to tsm10");
	end(&s);
}

static void without_a_name_the_only_tsm_of_the_kind_is_meant(void **state)
{
	struct scene s;

	begin_guest(&s, state);
	s.host.tsms[0] = KVMFEAT_TSM_MODE_LINK;
	s.host.tsms[2] = KVMFEAT_TSM_MODE_DEVSEC;
	fake_tsm_show(&s.w->fake);
	assert_int_equal(kvmfeat_tsm_device_lock(s.device, NULL, KVMFEAT_TSM_DRY_RUN, &s.change),
			 0);
	assert_string_equal(s.change.write, "tsm2");
	assert_int_equal(kvmfeat_tsm_device_connect(s.device, NULL, KVMFEAT_TSM_DRY_RUN, &s.change),
			 0);
	assert_string_equal(s.change.write, "tsm0");
	refused(&s, kvmfeat_tsm_device_lock(s.device, "tsm0", 0, NULL), -ENXIO, KVMFEAT_WHY_NONE,
		"cannot be locked by tsm0, which is no TSM of a guest (link)");
	refused(&s, kvmfeat_tsm_device_connect(s.device, "tsm2", 0, NULL), -ENXIO, KVMFEAT_WHY_NONE,
		"cannot be connected by tsm2, which is no TSM of a host (devsec)");
	fake_dir(&s.w->fake, "/sys/class/tsm/tsm02");
	refused(&s, kvmfeat_tsm_device_lock(s.device, "tsm3", 0, NULL), -ENXIO, KVMFEAT_WHY_NONE,
		"cannot be locked by tsm3: there is no such TSM, but tsm2");
	s.host.tsms[1] = KVMFEAT_TSM_MODE_DEVSEC;
	fake_tsm_show(&s.w->fake);
	refused(&s, kvmfeat_tsm_device_lock(s.device, NULL, 0, NULL), -EINVAL, KVMFEAT_WHY_NONE,
		"cannot be locked by whichever TSM: there are several (tsm");
	assert_string_equal(error(&s)->remedy, "name one of them");
	assert_int_equal(kvmfeat_tsm_device_lock(s.device, "tsm1", KVMFEAT_TSM_DRY_RUN, &s.change),
			 0);
	assert_string_equal(s.change.tsm, "tsm1");
	/* The class is empty, and the attributes of the devices go next. */
	fake_remove(&s.w->fake, "/sys/class/tsm");
	fake_dir(&s.w->fake, "/sys/class/tsm");
	refused(&s, kvmfeat_tsm_device_lock(s.device, NULL, 0, NULL), -ENXIO, KVMFEAT_WHY_HARDWARE,
		"cannot be locked: no TSM of a guest has registered");
	s.host.open_path = "/sys/class/tsm";
	s.host.open_error = -EPERM;
	assert_int_equal(kvmfeat_tsm_device_lock(s.device, NULL, 0, NULL), -EPERM);
	assert_int_equal(error(&s)->why, KVMFEAT_WHY_PERMISSION);
	end(&s);
}

/* Linux 7.3 has no pci_mode: what the device shows tells that there is one. */
static void a_tsm_of_a_mode_that_is_not_known_may_be_meant(void **state)
{
	struct scene s;

	begin_host(&s, state);
	s.host.tsms[1] = KVMFEAT_TSM_MODE_LINK;
	fake_tsm_show(&s.w->fake);
	refused(&s, kvmfeat_tsm_device_connect(s.device, NULL, 0, NULL), -EINVAL, KVMFEAT_WHY_NONE,
		"there are several (tsm");
	assert_int_equal(kvmfeat_tsm_device_connect(s.device, "tsm1", 0, &s.change), 0);
	assert_int_equal(s.fake->tsm, 1);
	end(&s);
}

static void a_device_without_the_attribute_is_told_why(void **state)
{
	struct scene s;

	/* A host of 7.3 locks nothing. */
	begin_host(&s, state);
	refused(&s, kvmfeat_tsm_device_lock(s.device, NULL, 0, NULL), -EOPNOTSUPP,
		KVMFEAT_WHY_KERNEL_VERSION,
		"0000:01:00.0 cannot be locked: no Linux release lets a guest lock devices, this "
		"kernel (7.3.4) neither");
	refused(&s, kvmfeat_tsm_device_accept(s.device, NULL, 0, NULL), -EOPNOTSUPP,
		KVMFEAT_WHY_KERNEL_VERSION, "cannot be accepted: no Linux release");
	end_row(&s);
	begin_guest(&s, state);
	refused(&s, kvmfeat_tsm_device_connect(s.device, NULL, 0, NULL), -EOPNOTSUPP,
		KVMFEAT_WHY_HARDWARE, "cannot be connected: no TSM of a host has registered");
	assert_string_equal(error(&s)->remedy, KF_TSM_LOAD_DRIVER);
	s.fake->has_tee = false;
	fake_tsm_show(&s.w->fake);
	refused(&s, kvmfeat_tsm_device_lock(s.device, NULL, 0, NULL), -EOPNOTSUPP,
		KVMFEAT_WHY_HARDWARE,
		"cannot be locked: no TSM of a guest serves it: it has no TEE-IO capability");
	end_row(&s);
	begin(&s, state);
	fake_tsm_link(&s.w->fake, &s.host, FAKE_TSM_OURS);
	hold(&s, FAKE_TSM_BDF);
	refused(&s, kvmfeat_tsm_device_lock(s.device, NULL, 0, NULL), -EOPNOTSUPP,
		KVMFEAT_WHY_HARDWARE, "cannot be locked: no TSM of a guest has registered");
	fake_tsm_add(&s.w->fake, "0000:01:00.1");
	end(&s);
	hold(&s, "0000:01:00.1");
	refused(&s, kvmfeat_tsm_device_connect(s.device, NULL, 0, NULL), -EOPNOTSUPP,
		KVMFEAT_WHY_NOT_VISIBLE, "a host connects a device by its function 0");
	s.host.tsms[1] = KVMFEAT_TSM_MODE_DEVSEC;
	fake_tsm_show(&s.w->fake);
	fake_remove(&s.w->fake, FAKE_TSM_DIR "0000:01:00.1/tsm");
	refused(&s, kvmfeat_tsm_device_unlock(s.device, NULL, 0, NULL), -EOPNOTSUPP,
		KVMFEAT_WHY_NOT_VISIBLE, "serves it, although it has the TEE-IO capability");
	end(&s);
}

static void a_state_that_is_not_known_is_not_changed(void **state)
{
	struct scene s;

	for (size_t i = 0; i < KF_ARRAY_SIZE(rows); i++) {
		begin_row(&s, state, &rows[i]);
		s.host.open_path = rows[i].is_host ? "tsm/connect" : "tsm/lock";
		s.host.open_error = -EACCES;
		refused(&s, rows[i].run(s.device, NULL, 0, &s.change), -EACCES,
			KVMFEAT_WHY_PERMISSION, "is not touched, as its state is not known: ");
		assert_string_equal(error(&s)->remedy, "run as root");
		s.host.open_error = -EIO;
		refused(&s, rows[i].run(s.device, NULL, 0, &s.change), -EIO,
			KVMFEAT_WHY_NOT_VISIBLE, "cannot be read: Input/output error");
		assert_int_equal(s.change.before, KVMFEAT_TSM_STATE_UNKNOWN);
		end_row(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(what_the_state_forbids_is_not_asked_for),
		WORLD_TEST(a_device_has_one_role_at_a_time),
		WORLD_TEST(a_driver_is_named_with_the_way_to_unbind_it),
		WORLD_TEST(another_tsm_than_the_one_that_has_it_is_refused),
		WORLD_TEST(without_a_name_the_only_tsm_of_the_kind_is_meant),
		WORLD_TEST(a_tsm_of_a_mode_that_is_not_known_may_be_meant),
		WORLD_TEST(a_device_without_the_attribute_is_told_why),
		WORLD_TEST(a_state_that_is_not_known_is_not_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
