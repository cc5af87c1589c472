// SPDX-License-Identifier: GPL-2.0-or-later
/* The monitor on the real kernel: its events, its overflow, and what others send. */
#define _GNU_SOURCE
/* cmocka.h needs these four before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>

#include <kvmfeat/kvmfeat.h>

#include "live.h"
#include "uevents.h"

#define TSM "change@/devices/virtual/tsm/tsm0|ACTION=change|DEVPATH=/devices/virtual/tsm/tsm0"
#define TSM_EVENT TSM "|SUBSYSTEM=tsm"
#define MANY 2000

struct scene {
	struct kvmfeat_ctx *ctx;
	struct kvmfeat_monitor *monitor;
	int sender;
};

static int begin(void **state, size_t receive_bytes)
{
	const struct kvmfeat_monitor_opts opts = { .size = sizeof(opts),
						   .receive_bytes = receive_bytes };
	struct scene *s = calloc(1, sizeof(*s));

	*state = s;
	s->sender = uevents_socket();
	return s->sender < 0 || kvmfeat_ctx_new(&s->ctx) ||
	       kvmfeat_monitor_open(s->ctx, &opts, &s->monitor);
}

static int setup(void **state)
{
	return begin(state, 0);
}

/* The least that the kernel gives, a few events. */
static int setup_small(void **state)
{
	return begin(state, 1);
}

static int teardown(void **state)
{
	struct scene *s = *state;

	kvmfeat_monitor_free(s->monitor);
	kvmfeat_ctx_free(s->ctx);
	close(s->sender);
	free(s);
	return 0;
}

/* The next entry, NULL when none comes for a while. Events of others in between are no harm. */
static const struct kvmfeat_monitor_event *next(const struct scene *s)
{
	struct pollfd fd = { .fd = kvmfeat_monitor_fd(s->monitor), .events = POLLIN };
	const struct kvmfeat_monitor_event *event;
	int err;

	while ((err = kvmfeat_monitor_next(s->monitor, &event)) == -EAGAIN)
		if (poll(&fd, 1, 500) <= 0)
			return NULL;
	assert_int_equal(err, 0);
	return event;
}

static const struct kvmfeat_monitor_event *next_of(const struct scene *s, unsigned int source)
{
	const struct kvmfeat_monitor_event *event;

	while ((event = next(s)) && event->source != source)
		continue;
	return event;
}

static struct kvmfeat_monitor_stats stats_of(const struct scene *s)
{
	struct kvmfeat_monitor_stats stats = { .size = sizeof(stats) };

	assert_int_equal(kvmfeat_monitor_get_stats(s->monitor, &stats), 0);
	return stats;
}

static void an_event_of_the_kernel_arrives_with_its_number(void **state)
{
	const struct scene *s = *state;
	const struct kvmfeat_monitor_event *event;
	uint64_t first;

	assert_true(fcntl(kvmfeat_monitor_fd(s->monitor), F_GETFD) & FD_CLOEXEC);
	assert_int_equal(uevents_send(s->sender, UEVENTS_KERNEL, TSM_EVENT "|WORD=a=b"), 0);
	event = next_of(s, KVMFEAT_MONITOR_TSM);
	assert_non_null(event);
	assert_int_equal(event->kind, KVMFEAT_MONITOR_EVENT);
	assert_string_equal(event->action, "change");
	assert_string_equal(event->name, "tsm0");
	assert_string_equal(kvmfeat_monitor_value(event, "WORD"), "a=b");
	first = event->seqnum;
	assert_true(first > 0);
	assert_int_equal(uevents_send(s->sender, UEVENTS_KERNEL, TSM_EVENT), 0);
	event = next_of(s, KVMFEAT_MONITOR_TSM);
	assert_true(event && event->seqnum > first);
}

static void nothing_is_lost_of_what_fits(void **state)
{
	const struct scene *s = *state;
	const uint64_t room = stats_of(s).receive_bytes / 2048;
	const int many = room < MANY ? (int)room : MANY;
	uint64_t last = 0;

	assert_true(many > 10);
	for (int i = 0; i < many; i++)
		assert_int_equal(uevents_send(s->sender, UEVENTS_KERNEL, TSM_EVENT), 0);
	for (int i = 0; i < many; i++) {
		const struct kvmfeat_monitor_event *event = next_of(s, KVMFEAT_MONITOR_TSM);

		assert_true(event && event->seqnum > last);
		last = event->seqnum;
	}
	assert_int_equal(stats_of(s).lost, 0);
}

static void an_overflow_is_told_and_the_state_read(void **state)
{
	const struct scene *s = *state;
	const struct kvmfeat_monitor_event *event;
	int lost = 0, complete = 0;

	for (int i = 0; i < MANY; i++)
		assert_int_equal(uevents_send(s->sender, UEVENTS_KERNEL, TSM_EVENT), 0);
	while ((event = next(s))) {
		lost += event->kind == KVMFEAT_MONITOR_LOST;
		complete += event->kind == KVMFEAT_MONITOR_COMPLETE;
	}
	assert_true(lost >= 1);
	assert_int_equal(complete, lost);
	assert_true(stats_of(s).received < MANY);
	/* And it goes on. */
	assert_int_equal(uevents_send(s->sender, UEVENTS_KERNEL, TSM_EVENT), 0);
	assert_non_null(next_of(s, KVMFEAT_MONITOR_TSM));
}

static void what_a_process_writes_to_the_group_is_ignored(void **state)
{
	const struct scene *s = *state;

	assert_int_equal(uevents_send(s->sender, UEVENTS_GROUP, TSM_EVENT), 0);
	assert_null(next_of(s, KVMFEAT_MONITOR_TSM));
	assert_int_equal(stats_of(s).ignored, 1);
}

static void what_the_kernel_passes_on_is_decoded_or_counted(void **state)
{
	const struct scene *s = *state;

	assert_int_equal(uevents_send(s->sender, UEVENTS_KERNEL, "no event at all"), 0);
	assert_int_equal(uevents_send(s->sender, UEVENTS_KERNEL, TSM "|SUBSYSTEM"), 0);
	assert_null(next_of(s, KVMFEAT_MONITOR_TSM));
	assert_int_equal(stats_of(s).malformed, 2);
}

/* Of KVM itself; its events go to namespaces of the initial user only. */
static void a_vm_is_told_when_it_is_made_and_gone(void **state)
{
	static const char *const actions[] = { "create", "destroy" };
	const struct scene *s = *state;
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int vm = kvm < 0 ? -1 : ioctl(kvm, LIVE_CREATE_VM, 0);

	if (vm >= 0)
		close(vm);
	if (kvm >= 0)
		close(kvm);
	if (vm < 0 || geteuid())
		print_message("# no VM here, or not root: KVM's own events are not looked at\n");
	for (size_t i = 0; vm >= 0 && !geteuid() && i < 2; i++) {
		const struct kvmfeat_monitor_event *event;

		/* Others may run VMs here, too. */
		do
			event = next_of(s, KVMFEAT_MONITOR_KVM);
		while (event && event->vm_pid != getpid());
		if (!event)
			fail_msg("no event tells of %s", actions[i]);
		assert_string_equal(event->vm_action, actions[i]);
		assert_true(event->vms_created > 0 && event->vms_running >= 0);
	}
}

static void evidence_is_read_or_refused_by_name(void **state)
{
	const struct scene *s = *state;
	struct kvmfeat_evidence *evidence = NULL;
	int err = kvmfeat_evidence_load(s->ctx, "ffff:ff:1f.7", NULL, &evidence);

	assert_true(err == -EOPNOTSUPP || err == -ENODEV || err == -EPERM);
	assert_null(evidence);
	assert_int_not_equal(kvmfeat_ctx_error(s->ctx)->reason[0], '\0');
}

#define LIVE_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIVE_TEST(an_event_of_the_kernel_arrives_with_its_number),
		LIVE_TEST(nothing_is_lost_of_what_fits),
		cmocka_unit_test_setup_teardown(an_overflow_is_told_and_the_state_read, setup_small,
						teardown),
		LIVE_TEST(what_a_process_writes_to_the_group_is_ignored),
		LIVE_TEST(what_the_kernel_passes_on_is_decoded_or_counted),
		LIVE_TEST(a_vm_is_told_when_it_is_made_and_gone),
		LIVE_TEST(evidence_is_read_or_refused_by_name),
	};
	struct kvmfeat_monitor *monitor = NULL;
	struct kvmfeat_ctx *ctx;
	int err;

	if (!uevents_alone())
		return live_skip("a network namespace of one's own may not be made here");
	if (kvmfeat_ctx_new(&ctx))
		return 1;
	err = kvmfeat_monitor_open(ctx, NULL, &monitor);
	kvmfeat_monitor_free(monitor);
	kvmfeat_ctx_free(ctx);
	if (err == -ENOSYS)
		return live_skip("this build has no monitor");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
