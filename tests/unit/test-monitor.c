// SPDX-License-Identifier: GPL-2.0-or-later
/* Kernel events: who is believed, what is watched, and what follows a loss. */
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdio.h>

#include "monitor-private.h"
#include "world.h"

#include "open-fds.h"

#define KVM_PATH "/devices/virtual/misc/kvm"
#define TSM_PATH "/devices/virtual/tsm/tsm0"
#define DEVICE "0000:01:00.0"
#define DEVICE_PATH "/devices/pci0000:00/0000:01:00.0"
#define DEVICE_TSM "/sys" DEVICE_PATH "/tsm"

static struct kvmfeat_monitor *open_with(struct world *w, unsigned int sources, unsigned int flags)
{
	const struct kvmfeat_monitor_opts opts = {
		.size = sizeof(opts),
		.sources = sources,
		.flags = flags,
		.receive_bytes = 4096,
	};
	struct kvmfeat_monitor *monitor = NULL;

	assert_int_equal(kvmfeat_monitor_open(w->ctx, &opts, &monitor), 0);
	assert_non_null(monitor);
	return monitor;
}

static const struct kvmfeat_monitor_event *next(struct kvmfeat_monitor *monitor,
						enum kvmfeat_monitor_kind kind)
{
	const struct kvmfeat_monitor_event *event = NULL;

	assert_int_equal(kvmfeat_monitor_next(monitor, &event), 0);
	assert_int_equal(event->kind, kind);
	return event;
}

static void assert_nothing(struct kvmfeat_monitor *monitor)
{
	const struct kvmfeat_monitor_event *event = NULL;

	assert_int_equal(kvmfeat_monitor_next(monitor, &event), -EAGAIN);
	assert_null(event);
}

static void assert_present(struct kvmfeat_monitor *monitor, const char *devpath)
{
	const struct kvmfeat_monitor_event *event = next(monitor, KVMFEAT_MONITOR_PRESENT);

	assert_string_equal(event->devpath, devpath);
	assert_null(event->action);
	assert_int_equal(event->pair_count, 0);
	assert_null(kvmfeat_monitor_value(event, "DEVPATH"));
}

static struct kvmfeat_monitor_stats stats_of(struct kvmfeat_monitor *monitor)
{
	struct kvmfeat_monitor_stats stats = { .size = sizeof(stats) };

	assert_int_equal(kvmfeat_monitor_get_stats(monitor, &stats), 0);
	return stats;
}

/* A host with KVM, a TSM and a device that knows it, and a device that does not. */
static void populate(struct world *w)
{
	fake_file(&w->fake, "/sys" TSM_PATH "/uevent", "");
	fake_link(&w->fake, "/sys/class/tsm/tsm0", "../../devices/virtual/tsm/tsm0");
	fake_file(&w->fake, DEVICE_TSM "/lock", "\n");
	fake_file(&w->fake, DEVICE_TSM "/accept", "0\n");
	fake_link(&w->fake, "/sys/bus/pci/devices/" DEVICE, "../../.." DEVICE_PATH);
	fake_dir(&w->fake, "/sys/devices/pci0000:00/0000:00:1f.0");
	fake_link(&w->fake, "/sys/bus/pci/devices/0000:00:1f.0",
		  "../../../devices/pci0000:00/0000:00:1f.0");
	fake_dir(&w->fake, "/sys" KVM_PATH);
	fake_link(&w->fake, "/sys/class/misc/kvm", "../../devices/virtual/misc/kvm");
	fake_link(&w->fake, "/sys/class/misc/tun", "../../devices/virtual/misc/tun");
	fake_dir(&w->fake, "/sys/module/kvm/parameters");
	fake_dir(&w->fake, "/sys/module/loop");
}

static void the_kernels_group_is_joined_and_the_wish_told(void **state)
{
	struct world *w = *state;
	struct kvmfeat_monitor *monitor;

	w->fake.nl.most_bytes = 1 << 20;
	assert_int_equal(kvmfeat_monitor_open(w->ctx, NULL, &monitor), 0);

	assert_int_equal(w->fake.nl.protocol, NETLINK_KOBJECT_UEVENT);
	assert_int_equal(w->fake.nl.group, 1);
	assert_int_equal(w->fake.nl.wished_bytes, 8 << 20);
	assert_int_equal(stats_of(monitor).receive_bytes, 1 << 20);
	assert_int_equal(fcntl(kvmfeat_monitor_fd(monitor), F_GETFD), FD_CLOEXEC);
	assert_nothing(monitor);
	assert_string_equal(reason(w), "no event is waiting");
	kvmfeat_monitor_free(monitor);
	kvmfeat_monitor_free(NULL);
}

static void an_event_of_kvm_has_its_numbers(void **state)
{
	struct world *w = *state;
	struct kvmfeat_monitor *monitor = open_with(w, 0, 0);
	const struct kvmfeat_monitor_event *event;

	fake_uevent(&w->fake, "change", KVM_PATH, "misc",
		    "CREATED=3|COUNT=2|EVENT=create|PID=4711|STATS_PATH=/sys/kernel/debug/kvm/1-5");
	event = next(monitor, KVMFEAT_MONITOR_EVENT);

	assert_int_equal(event->source, KVMFEAT_MONITOR_KVM);
	assert_string_equal(event->action, "change");
	assert_string_equal(event->devpath, KVM_PATH);
	assert_string_equal(event->subsystem, "misc");
	assert_string_equal(event->name, "kvm");
	assert_int_equal(event->seqnum, 1);
	assert_string_equal(event->vm_action, "create");
	assert_int_equal(event->vm_pid, 4711);
	assert_int_equal(event->vms_created, 3);
	assert_int_equal(event->vms_running, 2);
	assert_string_equal(event->vm_stats_path, "/sys/kernel/debug/kvm/1-5");
	assert_null(event->tsm_state);
	assert_null(event->reason);
	assert_int_equal(event->pair_count, 9);
	assert_string_equal(event->pairs[3].key, "CREATED");
	assert_string_equal(kvmfeat_monitor_value(event, "SUBSYSTEM"), "misc");
	assert_nothing(monitor);
	kvmfeat_monitor_free(monitor);
}

static void numbers_that_are_none_are_not_told(void **state)
{
	static const char *const words[] = { "CREATED=|COUNT=-2|PID=0x10",
					     "CREATED=9223372036854775808|COUNT=1 |PID=1e3",
					     "A=b" };
	struct world *w = *state;
	struct kvmfeat_monitor *monitor = open_with(w, 0, 0);

	for (size_t i = 0; i < KF_ARRAY_SIZE(words); i++) {
		const struct kvmfeat_monitor_event *event;

		fake_uevent(&w->fake, "change", KVM_PATH, "misc", words[i]);
		event = next(monitor, KVMFEAT_MONITOR_EVENT);
		assert_int_equal(event->vms_created, -1);
		assert_int_equal(event->vms_running, -1);
		assert_int_equal(event->vm_pid, -1);
		assert_null(event->vm_action);
	}
	kvmfeat_monitor_free(monitor);
}

static void an_event_of_a_device_has_its_tsm_and_state(void **state)
{
	struct world *w = *state;
	struct kvmfeat_monitor *monitor = open_with(w, 0, 0);
	const struct kvmfeat_monitor_event *event;

	fake_uevent(&w->fake, "change", DEVICE_PATH, "pci", "TSM=tsm0|TSM_STATE=locked");
	event = next(monitor, KVMFEAT_MONITOR_EVENT);
	assert_int_equal(event->source, KVMFEAT_MONITOR_PCI);
	assert_string_equal(event->name, DEVICE);
	assert_string_equal(event->tsm, "tsm0");
	assert_string_equal(event->tsm_state, "locked");
	assert_null(event->vm_action);
	assert_int_equal(event->vm_pid, -1);

	fake_uevent(&w->fake, "bind", DEVICE_PATH, "pci", "DRIVER=nvme");
	event = next(monitor, KVMFEAT_MONITOR_EVENT);
	assert_string_equal(event->action, "bind");
	assert_null(event->tsm_state);
	assert_string_equal(kvmfeat_monitor_value(event, "DRIVER"), "nvme");
	kvmfeat_monitor_free(monitor);
}

static void only_what_is_watched_is_told(void **state)
{
	static const struct {
		unsigned int source;
		const char *devpath;
		const char *subsystem;
	} events[] = {
		{ KVMFEAT_MONITOR_TSM, TSM_PATH, "tsm" },
		{ KVMFEAT_MONITOR_PCI, DEVICE_PATH, "pci" },
		{ KVMFEAT_MONITOR_KVM, KVM_PATH, "misc" },
		{ KVMFEAT_MONITOR_MODULE, "/module/kvm_amd", "module" },
		{ 0, "/module/loop", "module" },
		{ 0, "/devices/virtual/misc/tun", "misc" },
		{ 0, "/devices/virtual/block/loop0", "block" },
	};
	struct world *w = *state;

	for (unsigned int mask = 0; mask < 16; mask++) {
		struct kvmfeat_monitor *monitor = open_with(w, mask, 0);

		for (size_t i = 0; i < KF_ARRAY_SIZE(events); i++)
			fake_uevent(&w->fake, "add", events[i].devpath, events[i].subsystem, "");
		for (size_t i = 0; i < KF_ARRAY_SIZE(events); i++)
			if (events[i].source & (mask ? mask : 15))
				assert_string_equal(next(monitor, KVMFEAT_MONITOR_EVENT)->devpath,
						    events[i].devpath);
		assert_nothing(monitor);
		assert_int_equal(stats_of(monitor).received, KF_ARRAY_SIZE(events));
		kvmfeat_monitor_free(monitor);
	}
}

static void nobody_but_the_kernel_is_believed(void **state)
{
	static const char spoof[] = "add@/devices/virtual/tsm/tsm9\0ACTION=add\0"
				    "DEVPATH=/devices/virtual/tsm/tsm9\0SUBSYSTEM=tsm";
	struct world *w = *state;
	struct kvmfeat_monitor *monitor = open_with(w, 0, 0);
	char *lengthy = calloc(1, KF_UEVENT_SIZE + 1);

	fake_message(&w->fake, spoof, sizeof(spoof), (struct kf_nl_from){ .port = 77 });
	fake_message(&w->fake, spoof, sizeof(spoof), (struct kf_nl_from){ .uid = 1000 });
	fake_message(&w->fake, spoof, sizeof(spoof), (struct kf_nl_from){ .uid = (uid_t)-1 });
	fake_message(&w->fake, lengthy, KF_UEVENT_SIZE + 1, (struct kf_nl_from){ .port = 77 });
	assert_nothing(monitor);
	assert_int_equal(stats_of(monitor).ignored, 4);
	assert_int_equal(stats_of(monitor).received, 0);
	assert_int_equal(stats_of(monitor).lost, 0);

	fake_message(&w->fake, spoof, sizeof(spoof), (struct kf_nl_from){ 0 });
	assert_string_equal(next(monitor, KVMFEAT_MONITOR_EVENT)->name, "tsm9");
	free(lengthy);
	kvmfeat_monitor_free(monitor);
}

static void what_cannot_be_decoded_is_counted_and_passed_over(void **state)
{
	static const char *const texts[] = { "", "libudev", "add@/devices/virtual/tsm/tsm0" };
	struct world *w = *state;
	struct kvmfeat_monitor *monitor = open_with(w, 0, 0);

	fake_message(&w->fake, "", 0, (struct kf_nl_from){ 0 });
	for (size_t i = 0; i < KF_ARRAY_SIZE(texts); i++)
		fake_message(&w->fake, texts[i], strlen(texts[i]) + 1, (struct kf_nl_from){ 0 });
	fake_uevent(&w->fake, "add", TSM_PATH, "tsm", "");
	next(monitor, KVMFEAT_MONITOR_EVENT);
	assert_int_equal(stats_of(monitor).malformed, 4);
	assert_int_equal(stats_of(monitor).received, 5);
	kvmfeat_monitor_free(monitor);
}

static void a_loss_is_told_and_the_state_read_again(void **state)
{
	struct world *w = *state;
	struct kvmfeat_monitor *monitor = open_with(w, 0, 0);
	const struct kvmfeat_monitor_event *event;

	populate(w);
	fake_receive_error(&w->fake, -ENOBUFS);
	fake_uevent(&w->fake, "change", DEVICE_PATH, "pci", "TSM=tsm0|TSM_STATE=locked");

	event = next(monitor, KVMFEAT_MONITOR_LOST);
	assert_int_equal(event->source, 0);
	assert_string_equal(event->reason, "events came faster than they were taken");
	/* What waited is from before: it comes before what is there now. */
	assert_string_equal(next(monitor, KVMFEAT_MONITOR_EVENT)->tsm_state, "locked");
	assert_present(monitor, TSM_PATH);
	event = next(monitor, KVMFEAT_MONITOR_PRESENT);
	assert_string_equal(event->devpath, DEVICE_PATH);
	assert_string_equal(event->name, DEVICE);
	assert_string_equal(event->tsm_state, "unlocked");
	assert_null(event->tsm);
	assert_present(monitor, KVM_PATH);
	assert_present(monitor, "/module/kvm");
	assert_null(next(monitor, KVMFEAT_MONITOR_COMPLETE)->reason);
	assert_nothing(monitor);
	assert_int_equal(stats_of(monitor).lost, 1);
	kvmfeat_monitor_free(monitor);
}

static void a_message_that_does_not_fit_is_a_loss(void **state)
{
	struct world *w = *state;
	struct kvmfeat_monitor *monitor = open_with(w, KVMFEAT_MONITOR_TSM, 0);
	char *lengthy = calloc(1, KF_UEVENT_SIZE + 1);

	fake_message(&w->fake, lengthy, KF_UEVENT_SIZE + 1, (struct kf_nl_from){ 0 });
	assert_non_null(strstr(next(monitor, KVMFEAT_MONITOR_LOST)->reason, "longer"));
	next(monitor, KVMFEAT_MONITOR_COMPLETE);
	assert_int_equal(stats_of(monitor).malformed, 0);
	free(lengthy);
	kvmfeat_monitor_free(monitor);
}

/* The socket never gets empty: the scan begins when all from before the loss must be out. */
static void a_stream_without_end_does_not_keep_the_state_back(void **state)
{
	struct world *w = *state;
	struct kvmfeat_monitor *monitor = open_with(w, KVMFEAT_MONITOR_TSM, 0);
	const struct kvmfeat_monitor_event *event;
	int events = 0;

	fake_receive_error(&w->fake, -ENOBUFS);
	for (int i = 0; i < 100; i++)
		fake_uevent(&w->fake, "add", TSM_PATH, "tsm", "");
	next(monitor, KVMFEAT_MONITOR_LOST);
	for (;; events++) {
		assert_int_equal(kvmfeat_monitor_next(monitor, &event), 0);
		if (event->kind != KVMFEAT_MONITOR_EVENT)
			break;
	}
	assert_int_equal(event->kind, KVMFEAT_MONITOR_COMPLETE);
	assert_int_equal(events, 4096 / 256);
	kvmfeat_monitor_free(monitor);
}

static void a_loss_on_the_way_to_the_state_brings_another(void **state)
{
	struct world *w = *state;
	struct kvmfeat_monitor *monitor = open_with(w, KVMFEAT_MONITOR_KVM, 0);

	populate(w);
	fake_receive_error(&w->fake, -ENOBUFS);
	next(monitor, KVMFEAT_MONITOR_LOST);
	fake_receive_error(&w->fake, -ENOBUFS);
	fake_receive_error(&w->fake, -ENOBUFS);
	for (int i = 0; i < 2; i++) {
		assert_present(monitor, KVM_PATH);
		next(monitor, KVMFEAT_MONITOR_COMPLETE);
		if (!i)
			next(monitor, KVMFEAT_MONITOR_LOST);
	}
	assert_nothing(monitor);
	assert_int_equal(stats_of(monitor).lost, 3);
	kvmfeat_monitor_free(monitor);
}

static void the_state_comes_first_when_it_is_asked_for(void **state)
{
	struct world *w = *state;
	struct kvmfeat_monitor *monitor;

	populate(w);
	fake_uevent(&w->fake, "add", TSM_PATH, "tsm", "");
	monitor = open_with(w, KVMFEAT_MONITOR_TSM | KVMFEAT_MONITOR_MODULE, KVMFEAT_MONITOR_STATE);
	assert_present(monitor, TSM_PATH);
	assert_present(monitor, "/module/kvm");
	next(monitor, KVMFEAT_MONITOR_COMPLETE);
	next(monitor, KVMFEAT_MONITOR_EVENT);
	assert_int_equal(stats_of(monitor).lost, 0);
	kvmfeat_monitor_free(monitor);
}

static void the_state_of_a_device_is_what_its_attributes_say(void **state)
{
	static const struct {
		const char *lock;
		const char *accept;
		const char *tsm;
		const char *expected;
	} cases[] = {
		{ "\n", "0\n", NULL, "unlocked" },
		{ "tsm1\n", "0\n", "tsm1", "locked" },
		{ "tsm1\n", "1\n", "tsm1", "accepted" },
		{ "tsm1\n", NULL, NULL, NULL },
		{ NULL, NULL, NULL, NULL },
	};
	struct world *w = *state;

	populate(w);
	for (size_t i = 0; i < KF_ARRAY_SIZE(cases); i++) {
		struct kvmfeat_monitor *monitor;
		const struct kvmfeat_monitor_event *event;

		fake_remove(&w->fake, DEVICE_TSM);
		fake_dir(&w->fake, DEVICE_TSM);
		if (cases[i].lock)
			fake_file(&w->fake, DEVICE_TSM "/lock", cases[i].lock);
		if (cases[i].accept)
			fake_file(&w->fake, DEVICE_TSM "/accept", cases[i].accept);
		monitor = open_with(w, KVMFEAT_MONITOR_PCI, KVMFEAT_MONITOR_STATE);
		event = next(monitor, KVMFEAT_MONITOR_PRESENT);
		if (cases[i].expected)
			assert_string_equal(event->tsm_state, cases[i].expected);
		else
			assert_null(event->tsm_state);
		if (cases[i].tsm)
			assert_string_equal(event->tsm, cases[i].tsm);
		else
			assert_null(event->tsm);
		assert_null(next(monitor, KVMFEAT_MONITOR_COMPLETE)->reason);
		kvmfeat_monitor_free(monitor);
	}
}

static int refuse_misc(struct fake *fake, const char *path, int flags)
{
	(void)fake;
	(void)flags;
	return strstr(path, "/class/misc") ? -EACCES : strstr(path, "/tsm/lock") ? -EIO : FAKE_PASS;
}

static void what_cannot_be_seen_is_named_and_the_rest_told(void **state)
{
	struct world *w = *state;
	struct kvmfeat_monitor *monitor;

	populate(w);
	w->fake.open_hook = refuse_misc;
	monitor = open_with(w, KVMFEAT_MONITOR_KVM | KVMFEAT_MONITOR_MODULE, KVMFEAT_MONITOR_STATE);
	assert_present(monitor, "/module/kvm");
	assert_string_equal(next(monitor, KVMFEAT_MONITOR_COMPLETE)->reason,
			    "/sys/class/misc cannot be read: Permission denied");
	kvmfeat_monitor_free(monitor);

	monitor = open_with(w, KVMFEAT_MONITOR_PCI, KVMFEAT_MONITOR_STATE);
	assert_null(next(monitor, KVMFEAT_MONITOR_PRESENT)->tsm_state);
	assert_non_null(strstr(next(monitor, KVMFEAT_MONITOR_COMPLETE)->reason,
			       DEVICE "/tsm/lock cannot be read"));
	kvmfeat_monitor_free(monitor);
}

static int lose_lock;

static int lose_device(struct fake *fake, const char *path, int flags)
{
	(void)fake;
	(void)flags;
	return strstr(path, "/tsm/lock") ? lose_lock : FAKE_PASS;
}

/* Its removal is told as an event. */
static void what_goes_while_it_is_looked_at_is_no_lack(void **state)
{
	static const int errors[] = { -ENOENT, -ENOTDIR, -ENODEV };
	struct world *w = *state;

	populate(w);
	w->fake.open_hook = lose_device;
	for (size_t i = 0; i < KF_ARRAY_SIZE(errors); i++) {
		struct kvmfeat_monitor *monitor;

		lose_lock = errors[i];
		monitor = open_with(w, KVMFEAT_MONITOR_PCI, KVMFEAT_MONITOR_STATE);
		assert_null(next(monitor, KVMFEAT_MONITOR_PRESENT)->tsm_state);
		assert_null(next(monitor, KVMFEAT_MONITOR_COMPLETE)->reason);
		kvmfeat_monitor_free(monitor);
	}
}

static void a_host_without_any_of_it_is_complete_at_once(void **state)
{
	struct world *w = *state;
	struct kvmfeat_monitor *monitor;

	fake_remove(&w->fake, "/sys/class/misc");
	monitor = open_with(w, 0, KVMFEAT_MONITOR_STATE);
	assert_null(next(monitor, KVMFEAT_MONITOR_COMPLETE)->reason);
	kvmfeat_monitor_free(monitor);
}

static void a_flood_of_strangers_does_not_hold_the_caller(void **state)
{
	struct world *w = *state;
	struct kvmfeat_monitor *monitor = open_with(w, 0, 0);

	for (int i = 0; i < 1500; i++)
		fake_message(&w->fake, "x", 1, (struct kf_nl_from){ .port = 7 });
	fake_uevent(&w->fake, "add", TSM_PATH, "tsm", "");
	assert_nothing(monitor);
	assert_int_equal(stats_of(monitor).ignored, 1024);
	next(monitor, KVMFEAT_MONITOR_EVENT);
	assert_int_equal(stats_of(monitor).ignored, 1500);
	kvmfeat_monitor_free(monitor);
}

/* poll(2) would not tell of them. */
static void what_was_received_already_is_handed_over_all_the_same(void **state)
{
	struct world *w = *state;
	struct kvmfeat_monitor *monitor = open_with(w, 0, 0);

	for (int i = 0; i < 1030; i++)
		fake_message(&w->fake, "x", 1, (struct kf_nl_from){ .port = 7, .more = true });
	fake_uevent(&w->fake, "add", TSM_PATH, "tsm", "");
	next(monitor, KVMFEAT_MONITOR_EVENT);
	kvmfeat_monitor_free(monitor);
}

static void a_signal_is_passed_over_and_other_errors_are_told(void **state)
{
	struct world *w = *state;
	struct kvmfeat_monitor *monitor = open_with(w, 0, 0);
	const struct kvmfeat_monitor_event *event = NULL;

	fake_receive_error(&w->fake, -EINTR);
	fake_receive_error(&w->fake, -ENOTCONN);
	fake_uevent(&w->fake, "add", TSM_PATH, "tsm", "");
	assert_int_equal(kvmfeat_monitor_next(monitor, &event), -ENOTCONN);
	assert_null(event);
	assert_non_null(strstr(reason(w), "cannot be received"));
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->origin, KVMFEAT_ORIGIN_KERNEL);
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->operation, "recvmsg");
	next(monitor, KVMFEAT_MONITOR_EVENT);
	kvmfeat_monitor_free(monitor);
}

static void a_monitor_may_be_closed_in_the_middle_of_a_scan(void **state)
{
	struct world *w = *state;
	unsigned int before;

	populate(w);
	before = open_fds();
	for (int steps = 0; steps < 5; steps++) {
		struct kvmfeat_monitor *monitor = open_with(w, 0, KVMFEAT_MONITOR_STATE);
		const struct kvmfeat_monitor_event *event;

		for (int i = 0; i < steps; i++)
			assert_int_equal(kvmfeat_monitor_next(monitor, &event), 0);
		kvmfeat_monitor_free(monitor);
		assert_int_equal(open_fds(), before);
	}
}

static void each_refusal_of_the_socket_has_its_reason(void **state)
{
	static const struct {
		int error;
		enum kvmfeat_why why;
		enum kvmfeat_origin origin;
		const char *reason;
	} cases[] = {
		{ -ENOSYS, KVMFEAT_WHY_NONE, KVMFEAT_ORIGIN_LIBRARY,
		  "this build of the library has no monitor" },
		{ -EPROTONOSUPPORT, KVMFEAT_WHY_KERNEL_CONFIG, KVMFEAT_ORIGIN_KERNEL,
		  "this kernel tells no events over netlink" },
		{ -EAFNOSUPPORT, KVMFEAT_WHY_KERNEL_CONFIG, KVMFEAT_ORIGIN_KERNEL,
		  "this kernel or sandbox has no netlink" },
		{ -EACCES, KVMFEAT_WHY_PERMISSION, KVMFEAT_ORIGIN_KERNEL,
		  "a netlink socket may not be opened: a security module says no" },
		{ -EPERM, KVMFEAT_WHY_PERMISSION, KVMFEAT_ORIGIN_KERNEL,
		  "a netlink socket may not be opened: a sandbox (seccomp) says no" },
		{ -EMFILE, KVMFEAT_WHY_NONE, KVMFEAT_ORIGIN_KERNEL,
		  "kernel events cannot be received: Too many open files" },
		{ -ENOMEM, KVMFEAT_WHY_NONE, KVMFEAT_ORIGIN_LIBRARY,
		  "kernel events cannot be received: Cannot allocate memory" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < KF_ARRAY_SIZE(cases); i++) {
		struct kvmfeat_monitor *monitor = NULL;

		w->fake.nl.open_error = cases[i].error;
		assert_int_equal(kvmfeat_monitor_open(w->ctx, NULL, &monitor), cases[i].error);
		assert_null(monitor);
		assert_string_equal(reason(w), cases[i].reason);
		assert_int_equal(kvmfeat_ctx_error(w->ctx)->why, cases[i].why);
		assert_int_equal(kvmfeat_ctx_error(w->ctx)->origin, cases[i].origin);
	}
}

static void wrong_arguments_are_refused_before_the_kernel_is_asked(void **state)
{
	struct kvmfeat_monitor_opts opts = { .size = sizeof(opts), .sources = 0x10 };
	struct world *w = *state;
	struct kvmfeat_monitor *monitor = NULL;
	struct {
		struct kvmfeat_monitor_opts opts;
		uint64_t more;
	} newer = { .opts.size = sizeof(newer), .more = 1 };

	w->fake.nl.open_error = -EIO;
	assert_int_equal(kvmfeat_monitor_open(w->ctx, &opts, &monitor), -EINVAL);
	assert_string_equal(reason(w), "sources 0x10: there are 0xf only");
	opts = (struct kvmfeat_monitor_opts){ .size = sizeof(opts), .flags = 2 };
	assert_int_equal(kvmfeat_monitor_open(w->ctx, &opts, &monitor), -EINVAL);
	assert_string_equal(reason(w), "flags 0x2: there is 0x1 only");
	opts.size = 4;
	assert_int_equal(kvmfeat_monitor_open(w->ctx, &opts, &monitor), -EINVAL);
	assert_int_equal(kvmfeat_monitor_open(w->ctx, &newer.opts, &monitor), -E2BIG);
	assert_int_equal(kvmfeat_ctx_set_root(w->ctx, w->fake.root), 0);
	assert_int_equal(kvmfeat_monitor_open(w->ctx, NULL, &monitor), -EINVAL);
	assert_string_equal(reason(w), "another host's tree has no events to watch");
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->origin, KVMFEAT_ORIGIN_LIBRARY);
	assert_null(monitor);
}

static void counts_go_into_structs_of_callers(void **state)
{
	struct world *w = *state;
	struct kvmfeat_monitor *monitor = open_with(w, 0, 0);
	struct kvmfeat_monitor_stats stats = { .size = 3 };

	assert_int_equal(kvmfeat_monitor_get_stats(monitor, &stats), -EINVAL);
	assert_non_null(strstr(reason(w), "too short"));
	kvmfeat_monitor_free(monitor);
}

/* Every kernel call fails once, in the middle of anything. */
static void any_call_may_fail(void **state)
{
	static const int errors[] = { -EIO, -ENOBUFS, -EINTR, -ENOMEM, -EAGAIN };
	struct world *w = *state;
	unsigned int before, calls = 0;

	populate(w);
	before = open_fds();
	for (size_t i = 0; i < KF_ARRAY_SIZE(errors); i++) {
		w->fake.failed = true;
		for (unsigned int at = 1; w->fake.failed; at++) {
			const struct kvmfeat_monitor_event *event;
			struct kvmfeat_monitor *monitor = NULL;
			int err;

			w->fake.failed = false;
			w->fake.fail_error = errors[i];
			w->fake.calls = 0;
			w->fake.fail_at = at;
			fake_receive_error(&w->fake, -ENOBUFS);
			fake_uevent(&w->fake, "add", TSM_PATH, "tsm", "");
			err = kvmfeat_monitor_open(w->ctx, NULL, &monitor);
			assert_int_equal(!err, monitor != NULL);
			for (int n = 0; !err && n < 40; n++)
				err = kvmfeat_monitor_next(monitor, &event);
			assert_true(err);
			assert_int_equal(kvmfeat_ctx_error(w->ctx)->error, err);
			kvmfeat_monitor_free(monitor);
			assert_int_equal(open_fds(), before);
			calls = w->fake.calls;
			w->fake.fail_at = 0;
			w->fake.nl.taken = w->fake.nl.count;
		}
		assert_true(calls > 15);
	}
}

static void nothing_is_allocated_after_the_opening(void **state)
{
	struct world *w = *state;
	struct kvmfeat_monitor *monitor;
	const struct kvmfeat_monitor_event *event;
	unsigned int before;

	populate(w);
	monitor = open_with(w, 0, KVMFEAT_MONITOR_STATE);
	before = w->fake.allocations;
	fake_receive_error(&w->fake, -ENOBUFS);
	fake_uevent(&w->fake, "add", TSM_PATH, "tsm", "");
	while (!kvmfeat_monitor_next(monitor, &event))
		continue;
	assert_int_equal(w->fake.allocations, before);
	kvmfeat_monitor_free(monitor);
}

static void a_trace(enum kvmfeat_log_level level, const char *text, void *data)
{
	(void)level;
	strncat(data, text, 4000 - strlen(data));
	strcat(data, "\n");
}

static void the_trace_shows_the_socket(void **state)
{
	struct world *w = *state;
	struct kvmfeat_monitor *monitor;
	char log[4096] = "";

	kvmfeat_ctx_set_log(w->ctx, KVMFEAT_LOG_TRACE, a_trace, log);
	monitor = open_with(w, 0, 0);
	fake_uevent(&w->fake, "add", TSM_PATH, "tsm", "");
	next(monitor, KVMFEAT_MONITOR_EVENT);
	assert_nothing(monitor);
	kvmfeat_monitor_free(monitor);
	assert_non_null(strstr(log, "netlink(15, group 1, 4096) = 0\n"));
	assert_non_null(strstr(log, ", port 0) = 9"));
	assert_non_null(strstr(log, ") = -1 EAGAIN ("));
	assert_non_null(strstr(log, "\nclose("));
}

static void names_are_words(void **state)
{
	static const char *const kinds[] = { "event", "lost", "present", "complete", "event" };
	static const char *const sources[] = { "tsm", "pci", "kvm", "module" };

	(void)state;
	for (unsigned int i = 0; i < KF_ARRAY_SIZE(kinds); i++)
		assert_string_equal(kvmfeat_monitor_kind_name((enum kvmfeat_monitor_kind)i),
				    kinds[i]);
	for (unsigned int i = 0; i < KF_ARRAY_SIZE(sources); i++)
		assert_string_equal(kvmfeat_monitor_source_name(1u << i), sources[i]);
	assert_null(kvmfeat_monitor_source_name(0));
	assert_null(kvmfeat_monitor_source_name(3));
	assert_null(kvmfeat_monitor_source_name(16));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(the_kernels_group_is_joined_and_the_wish_told),
		WORLD_TEST(an_event_of_kvm_has_its_numbers),
		WORLD_TEST(numbers_that_are_none_are_not_told),
		WORLD_TEST(an_event_of_a_device_has_its_tsm_and_state),
		WORLD_TEST(only_what_is_watched_is_told),
		WORLD_TEST(nobody_but_the_kernel_is_believed),
		WORLD_TEST(what_cannot_be_decoded_is_counted_and_passed_over),
		WORLD_TEST(a_loss_is_told_and_the_state_read_again),
		WORLD_TEST(a_message_that_does_not_fit_is_a_loss),
		WORLD_TEST(a_stream_without_end_does_not_keep_the_state_back),
		WORLD_TEST(a_loss_on_the_way_to_the_state_brings_another),
		WORLD_TEST(the_state_comes_first_when_it_is_asked_for),
		WORLD_TEST(the_state_of_a_device_is_what_its_attributes_say),
		WORLD_TEST(what_cannot_be_seen_is_named_and_the_rest_told),
		WORLD_TEST(what_goes_while_it_is_looked_at_is_no_lack),
		WORLD_TEST(a_host_without_any_of_it_is_complete_at_once),
		WORLD_TEST(a_flood_of_strangers_does_not_hold_the_caller),
		WORLD_TEST(what_was_received_already_is_handed_over_all_the_same),
		WORLD_TEST(a_signal_is_passed_over_and_other_errors_are_told),
		WORLD_TEST(a_monitor_may_be_closed_in_the_middle_of_a_scan),
		WORLD_TEST(each_refusal_of_the_socket_has_its_reason),
		WORLD_TEST(wrong_arguments_are_refused_before_the_kernel_is_asked),
		WORLD_TEST(counts_go_into_structs_of_callers),
		WORLD_TEST(any_call_may_fail),
		WORLD_TEST(nothing_is_allocated_after_the_opening),
		WORLD_TEST(the_trace_shows_the_socket),
		WORLD_TEST(names_are_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
