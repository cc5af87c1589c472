// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "command.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "../unit/open-fds.h"

#define KVM_PATH "/devices/virtual/misc/kvm"
#define TSM_PATH "/devices/virtual/tsm/tsm0"
#define DEVICE_PATH "/devices/pci0000:00/0000:01:00.0"

static size_t count_lines(const struct result *r)
{
	size_t lines = 0;

	for (const char *at = r->out; (at = strchr(at, '\n')); at++)
		lines++;
	return lines;
}

/* A line of the output as JSON; the caller lets go of it. */
static json_t *line(const struct result *r, size_t number)
{
	const char *at = r->out;
	json_t *document;

	while (number--)
		at = strchr(at, '\n') + 1;
	document = json_loadb(at, strcspn(at, "\n"), 0, NULL);
	assert_non_null(document);
	return document;
}

static const char *text_of(const json_t *document, const char *key)
{
	return json_string_value(json_object_get(json_object_get(document, "data"), key));
}

/* What stands behind the time, which the text begins with. */
static const char *behind_time(const struct result *r)
{
	const char *space = strchr(r->out, ' ');

	assert_int_equal(strncmp(r->out, "time=", 5), 0);
	assert_non_null(space);
	return space + 1;
}

static void an_event_is_a_line_of_text(void **state)
{
	struct world *w = *state;
	struct result r;

	fake_uevent(&w->fake, "change", KVM_PATH, "misc",
		    "DEVNAME=kvm|CREATED=3|COUNT=2|EVENT=create|PID=4711");
	r = run(w, "monitor", "--count=1", NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal(behind_time(&r),
			    "kind=event source=kvm action=change name=kvm vm_action=create "
			    "vm_pid=4711 vms_running=2 vms_created=3 devpath=" KVM_PATH
			    " subsystem=misc seqnum=1\n");
	assert_string_equal(r.err, "");
	result_free(&r);

	fake_uevent(&w->fake, "change", DEVICE_PATH, "pci", "TSM=tsm0|TSM_STATE=accepted");
	w->fake.nl.taken = 1;
	r = run(w, "monitor", "-c", "1", NULL);
	assert_string_equal(behind_time(&r),
			    "kind=event source=pci action=change name=0000:01:00.0 tsm=tsm0 "
			    "tsm_state=accepted devpath=" DEVICE_PATH " subsystem=pci seqnum=2\n");
	result_free(&r);
}

static void json_has_every_word_of_the_kernel(void **state)
{
	struct world *w = *state;
	struct result r;

	fake_uevent(&w->fake, "bind", DEVICE_PATH, "pci", "DRIVER=\xff\"|MODALIAS=a=b");
	r = run(w, "monitor", "--count=1", "--json", NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal(json_text(&r, "command"), "monitor");
	assert_string_equal(json_text(&r, "data.kind"), "event");
	assert_string_equal(json_text(&r, "data.source"), "pci");
	assert_string_equal(json_text(&r, "data.action"), "bind");
	assert_true(json_is_null(json_path(&r, "data.tsm_state")));
	assert_true(json_is_null(json_path(&r, "data.vms_running")));
	assert_true(json_is_null(json_path(&r, "data.reason")));
	assert_int_equal(json_array_size(json_path(&r, "data.words")), 6);
	assert_string_equal(json_text(&r, "data.words.3.key"), "DRIVER");
	assert_string_equal(json_text(&r, "data.words.3.value"), "\xef\xbf\xbd\"");
	assert_string_equal(json_text(&r, "data.words.4.value"), "a=b");
	result_free(&r);
}

static void a_loss_and_what_is_there_are_lines_too(void **state)
{
	static const char *const kinds[] = { "lost", "event", "present", "complete" };
	struct world *w = *state;
	struct result r;

	fake_file(&w->fake, "/sys" TSM_PATH "/uevent", "");
	fake_link(&w->fake, "/sys/class/tsm/tsm0", "../../devices/virtual/tsm/tsm0");
	fake_receive_error(&w->fake, -ENOBUFS);
	fake_uevent(&w->fake, "add", TSM_PATH, "tsm", "");
	r = run(w, "monitor", "--json", "--count=4", "--subsystem=tsm", NULL);
	assert_int_equal(r.status, 0);
	assert_int_equal(count_lines(&r), 4);
	for (size_t i = 0; i < 4; i++) {
		json_t *document = line(&r, i);

		assert_string_equal(text_of(document, "kind"), kinds[i]);
		json_decref(document);
	}
	result_free(&r);
	r = run(w, "monitor", "--state", "--count=1", "-s", "tsm,kvm", NULL);
	assert_string_equal(behind_time(&r), "kind=present source=tsm name=tsm0 devpath=" TSM_PATH
					     " subsystem=tsm\n");
	result_free(&r);
}

static void only_what_is_named_is_watched(void **state)
{
	struct world *w = *state;
	struct result r;

	fake_uevent(&w->fake, "add", TSM_PATH, "tsm", "");
	fake_uevent(&w->fake, "add", DEVICE_PATH, "pci", "");
	fake_uevent(&w->fake, "add", "/module/kvm", "module", "");
	r = run(w, "monitor", "--count=1", "--subsystem=kvm,module", NULL);
	assert_int_equal(count_lines(&r), 1);
	assert_non_null(strstr(r.out, " source=module action=add name=kvm "));
	result_free(&r);
}

static void strangers_are_told_of_at_the_end(void **state)
{
	struct world *w = *state;
	struct result r;

	fake_message(&w->fake, "x", 1, (struct kf_nl_from){ .port = 77 });
	fake_message(&w->fake, "x", 1, (struct kf_nl_from){ 0 });
	fake_uevent(&w->fake, "add", TSM_PATH, "tsm", "");
	r = run(w, "monitor", "--count=1", NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal(r.err, "kvmfeat: 1 messages were not the kernel's, and were ignored\n"
				   "kvmfeat: 1 messages could not be decoded\n");
	result_free(&r);
}

static void a_timeout_ends_it_with_status_0(void **state)
{
	struct world *w = *state;
	struct timespec begin, end;
	struct result r;

	fake_uevent(&w->fake, "add", TSM_PATH, "tsm", "");
	clock_gettime(CLOCK_MONOTONIC, &begin);
	r = run(w, "monitor", "--timeout=1", NULL);
	clock_gettime(CLOCK_MONOTONIC, &end);
	assert_int_equal(r.status, 0);
	assert_int_equal(count_lines(&r), 1);
	assert_true((end.tv_sec - begin.tv_sec) * 1000 + (end.tv_nsec - begin.tv_nsec) / 1000000 >=
		    1000);
	result_free(&r);
}

/* The signal waits, so that it is there when the command looks, and would end this test after. */
static void interrupt(struct world *w, int number, size_t events)
{
	const unsigned int before = open_fds();
	sigset_t set, pending, old;
	struct result r;

	for (size_t i = 0; i < events; i++)
		fake_uevent(&w->fake, "add", TSM_PATH, "tsm", "");
	sigemptyset(&set);
	sigaddset(&set, number);
	sigprocmask(SIG_BLOCK, &set, &old);
	assert_int_equal(kill(getpid(), number), 0);
	r = run(w, "monitor", NULL);
	sigpending(&pending);
	assert_false(sigismember(&pending, number));
	sigprocmask(SIG_SETMASK, &old, NULL);
	assert_int_equal(r.status, 0);
	assert_int_equal(count_lines(&r), events ? 1 : 0);
	assert_int_equal(open_fds(), before);
	result_free(&r);
}

static void a_signal_ends_it_with_status_0(void **state)
{
	struct world *w = *state;

	interrupt(w, SIGINT, 0);
	interrupt(w, SIGTERM, 0);
	/* Nor does a stream of events hold it. */
	interrupt(w, SIGINT, 3);
}

static void what_cannot_be_watched_is_a_document_with_its_reason(void **state)
{
	static const struct {
		int error;
		int status;
		const char *text;
	} cases[] = {
		{ -ENOSYS, 3,
		  "cannot watch kernel events: this build of the library has no "
		  "monitor" },
		{ -EPROTONOSUPPORT, 3,
		  "cannot watch kernel events: this kernel tells no events "
		  "over netlink" },
		{ -EACCES, 4,
		  "cannot watch kernel events: a netlink socket may not be opened: a "
		  "security module says no" },
		{ -EMFILE, 1,
		  "cannot watch kernel events: kernel events cannot be received: Too "
		  "many open files" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct result r;

		w->fake.nl.open_error = cases[i].error;
		r = run(w, "monitor", "--json", NULL);
		assert_int_equal(r.status, cases[i].status);
		assert_int_equal(count_lines(&r), 1);
		assert_string_equal(json_text(&r, "error.reason"), cases[i].text);
		result_free(&r);
	}
}

static void an_error_on_the_way_ends_it_after_the_lines_before(void **state)
{
	struct world *w = *state;
	struct result r;

	fake_uevent(&w->fake, "add", TSM_PATH, "tsm", "");
	fake_receive_error(&w->fake, -ENOMEM);
	r = run(w, "monitor", "--json", NULL);
	assert_int_equal(r.status, 1);
	assert_int_equal(count_lines(&r), 2);
	assert_non_null(strstr(r.out, "\"errno\":\"ENOMEM\""));
	result_free(&r);
}

static void bad_words_end_with_status_2(void **state)
{
	static const struct {
		const char *word;
		const char *text;
	} cases[] = {
		{ "--subsystem=", "not ''" },
		{ "--subsystem=tsm,", "not 'tsm,'" },
		{ "--subsystem=ts", "not 'ts'" },
		{ "--subsystem=tsmx", "not 'tsmx'" },
		{ "--subsystem=,pci", "not ',pci'" },
		{ "--count=0", "--count takes" },
		{ "--count=x", "--count takes" },
		{ "--timeout=0", "--timeout takes" },
		{ "--timeout=1s", "--timeout takes" },
		{ "--timeout=31536001", "31536000 seconds" },
		{ "extra", "'extra' is one too many" },
		{ "--dry-run", "changes nothing" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct result r = run(w, "monitor", cases[i].word, NULL);

		assert_int_equal(r.status, 2);
		assert_non_null(strstr(r.err, cases[i].text));
		assert_string_equal(r.out, "");
		result_free(&r);
	}
}

static void another_hosts_tree_has_no_events(void **state)
{
	struct world *w = *state;
	struct result r = run(w, "--root", w->fake.root, "monitor", NULL);

	assert_int_equal(r.status, 1);
	assert_non_null(strstr(r.err, "another host's tree has no events to watch"));
	result_free(&r);
}

static void completion_offers_the_subsystems(void **state)
{
	struct world *w = *state;
	struct result r = run(w, "--complete", "monitor", "--subsystem=", NULL);

	assert_string_equal(r.out, "--subsystem=tsm\n--subsystem=pci\n--subsystem=kvm\n"
				   "--subsystem=module\n");
	result_free(&r);
	r = run(w, "--complete", "monitor", "--count=", NULL);
	assert_string_equal(r.out, "");
	result_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(an_event_is_a_line_of_text),
		WORLD_TEST(json_has_every_word_of_the_kernel),
		WORLD_TEST(a_loss_and_what_is_there_are_lines_too),
		WORLD_TEST(only_what_is_named_is_watched),
		WORLD_TEST(strangers_are_told_of_at_the_end),
		WORLD_TEST(a_timeout_ends_it_with_status_0),
		WORLD_TEST(a_signal_ends_it_with_status_0),
		WORLD_TEST(what_cannot_be_watched_is_a_document_with_its_reason),
		WORLD_TEST(an_error_on_the_way_ends_it_after_the_lines_before),
		WORLD_TEST(bad_words_end_with_status_2),
		WORLD_TEST(another_hosts_tree_has_no_events),
		WORLD_TEST(completion_offers_the_subsystems),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
