// SPDX-License-Identifier: GPL-2.0-or-later
/* TSMs, the devices that they serve, host bridges and streams, as a list. */
#include <stdio.h>

#include "tsm-world.h"

static struct kvmfeat_tsm_list *load(struct world *w)
{
	struct kvmfeat_tsm_list *list = NULL;

	if (kvmfeat_tsm_list_load(w->ctx, &list))
		fail_msg("%s", reason(w));
	return list;
}

static void expect_tsm(const struct kvmfeat_tsm_list *list, size_t index, const char *name,
		       enum kvmfeat_tsm_mode mode, enum kvmfeat_why why, const char *text)
{
	const struct kvmfeat_tsm *tsm = kvmfeat_tsm_list_at(list, index);

	assert_non_null(tsm);
	assert_string_equal(tsm->name, name);
	assert_int_equal(tsm->mode, mode);
	assert_int_equal(tsm->why, why);
	assert_string_equal(tsm->reason ?: "", text);
}

static void a_guest_lists_its_tsm_and_its_device(void **state)
{
	const struct kvmfeat_tsm_status *device;
	struct kvmfeat_tsm_list *list;
	enum kvmfeat_why why = KVMFEAT_WHY_BUSY;
	struct scene s;

	begin(&s, state);
	fake_tsm(&s.w->fake, &s.host, FAKE_TSM_OURS);
	fake_tsm_add(&s.w->fake, "0000:02:00.0")->has_tee = false;
	put_state(&s, KVMFEAT_TSM_STATE_LOCKED);
	list = load(s.w);
	assert_null(kvmfeat_tsm_list_reason(list, &why));
	assert_int_equal(why, KVMFEAT_WHY_NONE);
	assert_null(kvmfeat_tsm_list_reason(list, NULL));
	assert_int_equal(kvmfeat_tsm_list_count(list), 1);
	expect_tsm(list, 0, "tsm0", KVMFEAT_TSM_MODE_DEVSEC, KVMFEAT_WHY_NONE, "");
	assert_null(kvmfeat_tsm_list_at(list, 1));
	assert_int_equal(kvmfeat_tsm_list_device_count(list), 1);
	device = kvmfeat_tsm_list_device_at(list, 0);
	assert_string_equal(device->bdf, FAKE_TSM_BDF);
	assert_int_equal(device->state, KVMFEAT_TSM_STATE_LOCKED);
	assert_string_equal(device->tsm, "tsm0");
	assert_null(kvmfeat_tsm_list_device_at(list, 1));
	assert_int_equal(kvmfeat_tsm_list_bridge_count(list), 0);
	assert_null(kvmfeat_tsm_list_bridge_at(list, 0));
	assert_int_equal(kvmfeat_tsm_list_stream_count(list), 0);
	assert_null(kvmfeat_tsm_list_stream_at(list, 0));
	/* A snapshot: it stays what it was. */
	put_state(&s, KVMFEAT_TSM_STATE_ACCEPTED);
	assert_int_equal(device->state, KVMFEAT_TSM_STATE_LOCKED);
	kvmfeat_tsm_list_free(list);
	kvmfeat_tsm_list_free(NULL);
}

static void streams_are_counted_by_their_links(void **state)
{
	const struct kvmfeat_tsm_bridge *bridge;
	const struct kvmfeat_tsm_stream *stream;
	struct kvmfeat_tsm_list *list;
	struct scene s;

	begin_host(&s, state);
	assert_int_equal(kvmfeat_tsm_device_connect(s.device, NULL, 0, NULL), 0);
	/* In an order that is not theirs; and names that are none. */
	fake_link(&s.w->fake, FAKE_TSM_DIR "stream10.2.0", "0000:01:00.0");
	fake_link(&s.w->fake, FAKE_TSM_DIR "stream2.10.0", "../pci0000:00/0000:01:00.0");
	fake_link(&s.w->fake, FAKE_TSM_DIR "stream2.9.7", "nowhere");
	fake_link(&s.w->fake, FAKE_TSM_DIR "stream2.9.3", "0000:01:00.0");
	fake_file(&s.w->fake, FAKE_TSM_DIR "stream3.0.0", "no link");
	fake_link(&s.w->fake, FAKE_TSM_DIR "stream02.0.0", "0000:01:00.0");
	fake_link(&s.w->fake, FAKE_TSM_DIR "stream2.0.0.0", "0000:01:00.0");
	list = load(s.w);
	assert_int_equal(kvmfeat_tsm_list_bridge_count(list), 1);
	bridge = kvmfeat_tsm_list_bridge_at(list, 0);
	assert_string_equal(bridge->name, "pci0000:00");
	assert_int_equal(bridge->available, 3);
	assert_int_equal(bridge->streams, 6);
	assert_null(bridge->reason);
	assert_int_equal(kvmfeat_tsm_list_stream_count(list), 6);
	for (size_t i = 0; i < 6; i++) {
		static const struct {
			const char *name, *device;
			unsigned int numbers[3];
		} expected[] = {
			{ "stream0.0.1", FAKE_TSM_BDF, { 0, 0, 1 } },
			{ "stream2.9.3", FAKE_TSM_BDF, { 2, 9, 3 } },
			{ "stream2.9.7", NULL, { 2, 9, 7 } },
			{ "stream2.10.0", FAKE_TSM_BDF, { 2, 10, 0 } },
			{ "stream3.0.0", NULL, { 3, 0, 0 } },
			{ "stream10.2.0", FAKE_TSM_BDF, { 10, 2, 0 } },
		};

		stream = kvmfeat_tsm_list_stream_at(list, i);
		assert_string_equal(stream->name, expected[i].name);
		assert_string_equal(stream->bridge, "pci0000:00");
		assert_string_equal(stream->device ?: "?", expected[i].device ?: "?");
		assert_int_equal(stream->host_bridge_slot, expected[i].numbers[0]);
		assert_int_equal(stream->root_port_block, expected[i].numbers[1]);
		assert_int_equal(stream->endpoint_block, expected[i].numbers[2]);
	}
	kvmfeat_tsm_list_free(list);
	end(&s);
}

/* A bus with its bridge somewhere in the tree, which has streams when @streams is a text. */
static void add_bus(struct fake *fake, const char *parent, const char *name, const char *streams)
{
	char path[128], target[128];

	snprintf(path, sizeof(path), "/sys/devices/%s/pci_bus/%s", parent, name);
	fake_dir(fake, path);
	snprintf(path, sizeof(path), "/sys/class/pci_bus/%s", name);
	snprintf(target, sizeof(target), "../../devices/%s/pci_bus/%s", parent, name);
	fake_link(fake, path, target);
	snprintf(path, sizeof(path), "/sys/devices/%s/available_secure_streams", parent);
	if (streams)
		fake_file(fake, path, streams);
}

static void host_bridges_are_found_wherever_they_hang(void **state)
{
	struct kvmfeat_tsm_list *list;
	struct scene s;

	begin(&s, state);
	fake_tsm_link(&s.w->fake, &s.host, FAKE_TSM_OURS);
	add_bus(&s.w->fake, "platform/soc/pci10000:00", "10000:00", "256\n");
	add_bus(&s.w->fake, "pci0001:80", "0001:80", NULL);
	add_bus(&s.w->fake, "pci0002:00", "0002:00", "7 of 8\n");
	add_bus(&s.w->fake, "pci0003:00", "0003:00", "\n");
	/* The bus behind a bridge is none of a host bridge. */
	add_bus(&s.w->fake, "pci0001:80/0001:80:01.0", "0001:81", "7\n");
	list = load(s.w);
	assert_int_equal(kvmfeat_tsm_list_bridge_count(list), 4);
	assert_string_equal(kvmfeat_tsm_list_bridge_at(list, 0)->name, "pci0000:00");
	assert_string_equal(kvmfeat_tsm_list_bridge_at(list, 1)->name, "pci0002:00");
	assert_int_equal(kvmfeat_tsm_list_bridge_at(list, 1)->available, -1);
	assert_string_equal(kvmfeat_tsm_list_bridge_at(list, 1)->reason,
			    "available_secure_streams of pci0002:00 cannot be read: Bad message");
	assert_string_equal(kvmfeat_tsm_list_bridge_at(list, 2)->name, "pci0003:00");
	assert_int_equal(kvmfeat_tsm_list_bridge_at(list, 2)->available, -1);
	assert_string_equal(kvmfeat_tsm_list_bridge_at(list, 2)->reason,
			    "available_secure_streams of pci0003:00 cannot be read: Bad message");
	assert_string_equal(kvmfeat_tsm_list_bridge_at(list, 3)->name, "pci10000:00");
	assert_int_equal(kvmfeat_tsm_list_bridge_at(list, 3)->available, 256);
	kvmfeat_tsm_list_free(list);
}

static void streams_are_in_the_order_of_their_bridges(void **state)
{
	struct kvmfeat_tsm_list *list;
	struct scene s;

	begin(&s, state);
	fake_tsm_link(&s.w->fake, &s.host, FAKE_TSM_OURS);
	add_bus(&s.w->fake, "pci10000:00", "10000:00", "256\n");
	fake_link(&s.w->fake, "/sys/devices/pci10000:00/stream0.0.0", "10000:01:00.0");
	fake_link(&s.w->fake, FAKE_TSM_DIR "stream1.0.0", "0000:01:00.0");
	list = load(s.w);
	assert_int_equal(kvmfeat_tsm_list_stream_count(list), 2);
	assert_string_equal(kvmfeat_tsm_list_stream_at(list, 0)->bridge, "pci0000:00");
	assert_string_equal(kvmfeat_tsm_list_stream_at(list, 1)->device, "10000:01:00.0");
	kvmfeat_tsm_list_free(list);
	/* A bridge that goes while it is looked at. */
	s.host.open_path = "/sys/class/pci_bus/10000:00/../..";
	s.host.open_error = -ENOENT;
	list = load(s.w);
	assert_int_equal(kvmfeat_tsm_list_stream_count(list), 1);
	kvmfeat_tsm_list_free(list);
}

/* Linux 7.3 has no pci_mode. */
static void the_mode_of_the_only_tsm_is_told_by_the_devices(void **state)
{
	static const char unknown[] =
		"this kernel (7.3.4) does not tell the mode of a TSM (pci_mode)";
	struct kvmfeat_tsm_list *list;
	struct scene s;

	begin_host(&s, state);
	list = load(s.w);
	expect_tsm(list, 0, "tsm0", KVMFEAT_TSM_MODE_LINK, KVMFEAT_WHY_NONE, "");
	kvmfeat_tsm_list_free(list);
	s.host.tsms[1] = KVMFEAT_TSM_MODE_LINK;
	fake_tsm_show(&s.w->fake);
	list = load(s.w);
	expect_tsm(list, 0, "tsm0", KVMFEAT_TSM_MODE_UNKNOWN, KVMFEAT_WHY_KERNEL_VERSION, unknown);
	expect_tsm(list, 1, "tsm1", KVMFEAT_TSM_MODE_UNKNOWN, KVMFEAT_WHY_KERNEL_VERSION, unknown);
	kvmfeat_tsm_list_free(list);
	s.host.tsms[1] = KVMFEAT_TSM_MODE_UNKNOWN;
	s.host.tsms[0] = KVMFEAT_TSM_MODE_DEVSEC;
	fake_tsm_show(&s.w->fake);
	list = load(s.w);
	expect_tsm(list, 0, "tsm0", KVMFEAT_TSM_MODE_DEVSEC, KVMFEAT_WHY_NONE, "");
	kvmfeat_tsm_list_free(list);
	s.fake->has_tee = false;
	fake_tsm_show(&s.w->fake);
	list = load(s.w);
	expect_tsm(list, 0, "tsm0", KVMFEAT_TSM_MODE_UNKNOWN, KVMFEAT_WHY_KERNEL_VERSION, unknown);
	kvmfeat_tsm_list_free(list);
	end(&s);
}

static void a_mode_that_cannot_be_read_has_a_reason(void **state)
{
	struct kvmfeat_tsm_list *list;
	struct scene s;

	begin(&s, state);
	fake_tsm(&s.w->fake, &s.host, FAKE_TSM_OURS);
	s.host.tsms[1] = KVMFEAT_TSM_MODE_NONE;
	s.host.tsms[2] = KVMFEAT_TSM_MODE_LINK;
	fake_tsm_show(&s.w->fake);
	fake_file(&s.w->fake, "/sys/class/tsm/tsm0/pci_mode", "both\n");
	fake_dir(&s.w->fake, "/sys/class/tsm/tsm10");
	fake_dir(&s.w->fake, "/sys/class/tsm/tsm01");
	s.host.open_path = "/sys/class/tsm/tsm2/pci_mode";
	s.host.open_error = -EACCES;
	list = load(s.w);
	assert_int_equal(kvmfeat_tsm_list_count(list), 4);
	expect_tsm(list, 0, "tsm0", KVMFEAT_TSM_MODE_UNKNOWN, KVMFEAT_WHY_NOT_VISIBLE,
		   "/sys/class/tsm/tsm0/pci_mode cannot be read: Bad message");
	expect_tsm(list, 1, "tsm1", KVMFEAT_TSM_MODE_NONE, KVMFEAT_WHY_NONE, "");
	expect_tsm(list, 2, "tsm2", KVMFEAT_TSM_MODE_UNKNOWN, KVMFEAT_WHY_PERMISSION,
		   "/sys/class/tsm/tsm2/pci_mode cannot be read: Permission denied");
	assert_string_equal(kvmfeat_tsm_list_at(list, 3)->name, "tsm10");
	kvmfeat_tsm_list_free(list);
}

static void expect_none(struct world *w, enum kvmfeat_why expected, const char *text)
{
	struct kvmfeat_tsm_list *list = load(w);
	enum kvmfeat_why why;

	assert_int_equal(kvmfeat_tsm_list_count(list), 0);
	assert_int_equal(kvmfeat_tsm_list_device_count(list), 0);
	assert_string_equal(kvmfeat_tsm_list_reason(list, &why), text);
	assert_int_equal(why, expected);
	kvmfeat_tsm_list_free(list);
}

static void a_host_without_tsms_is_told_why(void **state)
{
	struct kvmfeat_tsm_list *list = NULL;
	struct scene s;

	begin(&s, state);
	fake_tsm(&s.w->fake, &s.host, FAKE_TSM_OURS);
	fake_tsm_unregister(&s.w->fake, 0);
	expect_none(s.w, KVMFEAT_WHY_HARDWARE, "no TSM has registered");
	fake_remove(&s.w->fake, "/sys/class/tsm");
	expect_none(s.w, KVMFEAT_WHY_KERNEL_CONFIG,
		    "this kernel (7.3.4) was built without TSMs (CONFIG_PCI_TSM)");
	fake_remove(&s.w->fake, "/sys/bus");
	fake_remove(&s.w->fake, "/sys/class/pci_bus");
	expect_none(s.w, KVMFEAT_WHY_KERNEL_CONFIG,
		    "this kernel (7.3.4) was built without TSMs (CONFIG_PCI_TSM)");
	fake_remove(&s.w->fake, "/sys/devices");
	assert_int_equal(kvmfeat_tsm_list_load(s.w->ctx, &list), -ENOENT);
	assert_string_equal(reason(s.w),
			    "/sys/class/tsm cannot be read: No such file or directory");
	assert_string_equal(error(&s)->remedy, "mount sysfs on /sys");
	assert_null(list);
}

static void a_directory_that_may_not_be_read_is_an_error(void **state)
{
	static const char *const paths[] = { "/sys/class/tsm", "/sys/bus/pci/devices",
					     "/sys/class/pci_bus" };
	struct kvmfeat_tsm_list *list = NULL;
	struct scene s;

	begin(&s, state);
	fake_tsm(&s.w->fake, &s.host, FAKE_TSM_OURS);
	s.host.open_error = -EACCES;
	for (size_t i = 0; i < KF_ARRAY_SIZE(paths); i++) {
		s.host.open_path = paths[i];
		assert_int_equal(kvmfeat_tsm_list_load(s.w->ctx, &list), -EACCES);
		assert_int_equal(error(&s)->why, KVMFEAT_WHY_PERMISSION);
		assert_string_equal(error(&s)->object, paths[i]);
	}
	assert_null(list);
}

static void devices_are_in_order_and_strange_names_passed_over(void **state)
{
	struct kvmfeat_tsm_list *list;
	struct scene s;

	begin(&s, state);
	fake_tsm(&s.w->fake, &s.host, FAKE_TSM_OURS);
	fake_tsm_add(&s.w->fake, "10000:00:00.0");
	fake_tsm_add(&s.w->fake, "0000:00:1f.7");
	fake_file(&s.w->fake, "/sys/bus/pci/devices/0000:03:00.0\n/tsm/lock", "tsm0\n");
	fake_link(&s.w->fake, "/sys/bus/pci/devices/0000:04:00.0", "nowhere");
	fake_file(&s.w->fake, FAKE_TSM_DIR FAKE_TSM_BDF "/tsm/lock", "\x1b[31m\n");
	list = load(s.w);
	assert_int_equal(kvmfeat_tsm_list_device_count(list), 3);
	assert_string_equal(kvmfeat_tsm_list_device_at(list, 0)->bdf, "0000:00:1f.7");
	assert_string_equal(kvmfeat_tsm_list_device_at(list, 1)->bdf, FAKE_TSM_BDF);
	assert_string_equal(kvmfeat_tsm_list_device_at(list, 2)->bdf, "10000:00:00.0");
	/* What cannot be decoded is in the list, with its reason. */
	assert_int_equal(kvmfeat_tsm_list_device_at(list, 1)->state, KVMFEAT_TSM_STATE_UNKNOWN);
	assert_non_null(strstr(kvmfeat_tsm_list_device_at(list, 1)->reason, "cannot be decoded"));
	kvmfeat_tsm_list_free(list);
}

/* The device goes when its first attribute is opened. */
static void unplug(struct fake *fake, const char *attribute, bool is_write)
{
	struct fake_tsm_host *host = fake->hook_data;

	(void)is_write;
	if (strcmp(attribute, "tsm/lock") != 0)
		return;
	host->moment = NULL;
	fake_tsm_unplug(fake, &host->devices[0], true);
}

static void a_device_that_goes_meanwhile_is_passed_over(void **state)
{
	struct kvmfeat_tsm_list *list;
	struct scene s;

	begin(&s, state);
	fake_tsm(&s.w->fake, &s.host, FAKE_TSM_OURS);
	s.host.moment = unplug;
	list = load(s.w);
	assert_int_equal(kvmfeat_tsm_list_device_count(list), 0);
	kvmfeat_tsm_list_free(list);
}

/* Whatever call fails, what is listed is true, and nothing is left open. */
static void after_any_failing_call_the_list_is_true(void **state)
{
	static const int errors[] = { -EIO, -EACCES, -EMFILE, -EINTR };
	struct kvmfeat_tsm_list *list;
	struct scene s;

	begin_host(&s, state);
	fake_tsm_add(&s.w->fake, "0000:02:00.0");
	put_state(&s, KVMFEAT_TSM_STATE_CONNECTED);
	for (size_t i = 0; i < KF_ARRAY_SIZE(errors); i++) {
		const unsigned int open = open_fds();
		struct fake *fake = &s.w->fake;

		fake->failed = true;
		for (fake->fail_at = 1; fake->failed; fake->fail_at++) {
			int err;

			list = NULL;
			fake->calls = 0;
			fake->failed = false;
			fake->fail_error = errors[i];
			err = kvmfeat_tsm_list_load(s.w->ctx, &list);
			assert_int_equal(open_fds(), open);
			if (err) {
				assert_null(list);
				continue;
			}
			assert_int_equal(kvmfeat_tsm_list_count(list), 1);
			for (size_t d = 0; d < kvmfeat_tsm_list_device_count(list); d++) {
				const struct kvmfeat_tsm_status *status =
					kvmfeat_tsm_list_device_at(list, d);

				if (status->state == KVMFEAT_TSM_STATE_UNKNOWN)
					assert_string_not_equal(status->reason, "");
				else
					assert_int_equal(status->state,
							 strcmp(status->bdf, FAKE_TSM_BDF) ?
								 KVMFEAT_TSM_STATE_IDLE :
								 KVMFEAT_TSM_STATE_CONNECTED);
			}
			kvmfeat_tsm_list_free(list);
		}
		assert_true(fake->fail_at > 60);
		fake->fail_at = 0;
	}
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_guest_lists_its_tsm_and_its_device),
		WORLD_TEST(streams_are_counted_by_their_links),
		WORLD_TEST(host_bridges_are_found_wherever_they_hang),
		WORLD_TEST(streams_are_in_the_order_of_their_bridges),
		WORLD_TEST(the_mode_of_the_only_tsm_is_told_by_the_devices),
		WORLD_TEST(a_mode_that_cannot_be_read_has_a_reason),
		WORLD_TEST(a_host_without_tsms_is_told_why),
		WORLD_TEST(a_directory_that_may_not_be_read_is_an_error),
		WORLD_TEST(devices_are_in_order_and_strange_names_passed_over),
		WORLD_TEST(a_device_that_goes_meanwhile_is_passed_over),
		WORLD_TEST(after_any_failing_call_the_list_is_true),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
