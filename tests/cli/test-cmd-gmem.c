// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "command.h"

#include <fcntl.h>

#define LINK "/[kvm-gmem] (deleted)"

static struct fake_file gmem(ino_t ino, uint64_t pages)
{
	return (struct fake_file){ .id = ino,
				   .dev = 21,
				   .ino = ino,
				   .size = 1 << 20,
				   .cached_pages = pages,
				   .f_type = 0x474d454d };
}

/* Process 100 holds inode 7 twice and inode 8; process 200 holds inode 7, too. */
static void two_processes(struct world *w)
{
	fake_process(&w->fake, 100, "vmm", 0, 100, 0);
	fake_process_fd(&w->fake, 100, 9, LINK, gmem(7, 3));
	fake_process_fd(&w->fake, 100, 5, LINK, gmem(7, 3));
	fake_process_fd(&w->fake, 100, 6, LINK, gmem(8, 0));
	fake_process(&w->fake, 200, "helper", 0, 100, 0);
	fake_process_fd(&w->fake, 200, 3, LINK, gmem(7, 3));
}

static struct fake_process *process(struct world *w, pid_t pid)
{
	for (size_t i = 0; i < FAKE_PROCESSES; i++)
		if (w->fake.procs.processes[i].pid == pid)
			return &w->fake.procs.processes[i];
	return NULL;
}

static void list_shows_one_row_for_each_inode(void **state)
{
	struct world *w = *state;
	struct result r;

	two_processes(w);
	r = run(w, "gmem", "list", NULL);

	assert_int_equal(r.status, 0);
	assert_string_equal(r.out, "PID FDS ALSO HELD BY INODE SIZE ALLOCATED SOURCE\n"
				   "100 5,9 200              7   1M       12K cachestat\n"
				   "100 6                    8   1M        0B cachestat\n");
	assert_string_equal(r.err, "");
	result_free(&r);
}

static void json_has_the_keys_that_scripts_rely_on(void **state)
{
	struct world *w = *state;
	struct result r;

	two_processes(w);
	r = run(w, "gmem", "list", "--json", NULL);

	assert_int_equal(r.status, 0);
	assert_string_equal(json_text(&r, "command"), "gmem list");
	assert_int_equal(json_array_size(json_path(&r, "data.gmem")), 2);
	assert_int_equal(json_number(&r, "data.gmem.0.pid"), 100);
	assert_int_equal(json_array_size(json_path(&r, "data.gmem.1.fds")), 1);
	assert_int_equal(json_array_size(json_path(&r, "data.gmem.0.holders")), 1);
	assert_int_equal(json_number(&r, "data.gmem.0.fds.0"), 5);
	assert_int_equal(json_number(&r, "data.gmem.0.fds.1"), 9);
	assert_int_equal(json_number(&r, "data.gmem.0.holders.0"), 200);
	assert_int_equal(json_number(&r, "data.gmem.0.inode"), 7);
	assert_int_equal(json_number(&r, "data.gmem.0.size_bytes"), 1 << 20);
	assert_int_equal(json_number(&r, "data.gmem.0.allocated_bytes"), 3 * 4096);
	assert_string_equal(json_text(&r, "data.gmem.0.source"), "cachestat");
	assert_int_equal(json_number(&r, "data.gmem.1.allocated_bytes"), 0);
	assert_int_equal(json_array_size(json_path(&r, "data.gmem.1.holders")), 0);
	assert_int_equal(json_number(&r, "data.unseen_processes"), 0);
	result_free(&r);
}

static void an_unknown_figure_is_null_with_its_reason(void **state)
{
	struct world *w = *state;
	struct result r;

	two_processes(w);
	w->fake.procs.cachestat_error = -ENOSYS;
	r = run(w, "gmem", "list", "--json", NULL);

	assert_int_equal(r.status, 0);
	assert_true(json_is_null(json_path(&r, "data.gmem.0.allocated_bytes")));
	assert_string_equal(json_text(&r, "data.gmem.0.source"), "unknown");
	assert_non_null(strstr(json_text(&r, "data.gmem.0.reason"), "Linux 6.5"));
	result_free(&r);

	r = run(w, "gmem", "list", NULL);
	assert_non_null(strstr(r.out, "REASON"));
	assert_non_null(strstr(r.out, " ? unknown"));
	result_free(&r);
}

static void an_empty_host_without_dev_kvm_is_an_answer(void **state)
{
	struct world *w = *state;
	struct result r;

	w->fake.open_error = -ENOENT;
	r = run(w, "gmem", "list", "--json", NULL);

	assert_int_equal(r.status, 0);
	assert_int_equal(json_array_size(json_path(&r, "data.gmem")), 0);
	assert_string_equal(r.err, "");
	result_free(&r);
	r = run(w, "gmem", "list", NULL);
	assert_string_equal(r.err, "kvmfeat: no guest_memfd was found\n");
	result_free(&r);
}

static void none_found_is_said_of_those_that_were_seen(void **state)
{
	static const char none[] = "kvmfeat: no guest_memfd was found in the processes that may be "
				   "looked into\nkvmfeat: 1 process could not";
	struct world *w = *state;
	struct result r;

	fake_process(&w->fake, 400, "other", 0, 100, 0)->open_error = -EACCES;
	r = run(w, "gmem", "list", NULL);
	assert_memory_equal(r.err, none, sizeof(none) - 1);
	result_free(&r);
	r = run(w, "gmem", "list", "--quiet", NULL);
	assert_string_equal(r.err, "");
	result_free(&r);
}

static void hidden_processes_are_null_not_none(void **state)
{
	struct world *w = *state;
	struct result r;

	fake_hidepid(&w->fake);
	r = run(w, "gmem", "list", "--json", NULL);

	assert_true(json_is_null(json_path(&r, "data.unseen_processes")));
	result_free(&r);

	r = run(w, "gmem", "list", NULL);
	assert_non_null(strstr(r.err, "hidepid"));
	result_free(&r);
}

static void list_of_a_process_sees_that_one_only(void **state)
{
	struct world *w = *state;
	struct result r;

	two_processes(w);
	r = run(w, "gmem", "list", "--pid=200", "--json", NULL);

	assert_int_equal(r.status, 0);
	assert_int_equal(json_array_size(json_path(&r, "data.gmem")), 1);
	assert_int_equal(json_number(&r, "data.gmem.0.pid"), 200);
	result_free(&r);
}

static void show_tells_all_holders_of_one_descriptor(void **state)
{
	struct world *w = *state;
	struct result r;

	two_processes(w);
	r = run(w, "gmem", "show", "200:3", "--json", NULL);

	assert_int_equal(r.status, 0);
	assert_string_equal(json_text(&r, "command"), "gmem show");
	assert_int_equal(json_array_size(json_path(&r, "data.gmem")), 1);
	assert_int_equal(json_number(&r, "data.gmem.0.pid"), 100);
	assert_int_equal(json_number(&r, "data.gmem.0.holders.0"), 200);
	assert_int_equal(json_number(&r, "data.gmem.0.inode"), 7);
	result_free(&r);

	r = run(w, "gmem", "show", "100", "--json", NULL);
	assert_int_equal(json_array_size(json_path(&r, "data.gmem")), 2);
	result_free(&r);
	r = run(w, "gmem", "show", "100:6", "--json", NULL);
	assert_int_equal(json_array_size(json_path(&r, "data.gmem")), 1);
	assert_int_equal(json_number(&r, "data.gmem.0.inode"), 8);
	result_free(&r);
}

static void what_is_not_there_fails_by_name(void **state)
{
	static const struct {
		const char *operand, *errno_name, *reason;
		int status;
	} cases[] = {
		{ "100:7", "ENOENT", "descriptor 7 of process 100 is no guest_memfd", 1 },
		{ "300", "ENOENT", "process 300 holds no guest_memfd", 1 },
		{ "300:5", "ENOENT", "descriptor 5 of process 300 is no guest_memfd", 1 },
		{ "4242", "ESRCH", "cannot show the guest_memfds of 4242: there is no process 4242",
		  1 },
		{ "400:5", "EACCES",
		  "cannot show the guest_memfds of 400:5: process 400 may not be looked into", 4 },
	};
	struct world *w = *state;

	two_processes(w);
	fake_process(&w->fake, 300, "none", 0, 100, 0);
	fake_process(&w->fake, 400, "other", 0, 100, 0)->open_error = -EACCES;
	for (size_t i = 0; i < KF_ARRAY_SIZE(cases); i++) {
		struct result r = run(w, "gmem", "show", cases[i].operand, "--json", NULL);

		assert_int_equal(r.status, cases[i].status);
		assert_int_equal(json_number(&r, "error.status"), cases[i].status);
		assert_string_equal(json_text(&r, "error.errno"), cases[i].errno_name);
		assert_string_equal(json_text(&r, "error.reason"), cases[i].reason);
		result_free(&r);
	}
}

static void bad_words_end_with_status_2_and_name_the_word(void **state)
{
	static const char *const pids[] = { "x", "-1", "99999999999", "5x", "", "0", " 5" };
	static const char *const shown[] = { "5:", "5:x", ":5", "5:-1", "5:99999999999", "5:5:5" };
	struct world *w = *state;
	char quoted[32], option[32];

	for (size_t i = 0; i < KF_ARRAY_SIZE(pids) + KF_ARRAY_SIZE(shown); i++) {
		const char *word =
			i < KF_ARRAY_SIZE(pids) ? pids[i] : shown[i - KF_ARRAY_SIZE(pids)];
		struct result r;

		snprintf(quoted, sizeof(quoted), "'%s'", word);
		snprintf(option, sizeof(option), "--pid=%s", word);
		r = run(w, "gmem", "show", "--", word, NULL);
		assert_int_equal(r.status, 2);
		assert_string_equal(r.out, "");
		assert_non_null(strstr(r.err, quoted));
		result_free(&r);
		r = run(w, "gmem", "list", option, NULL);
		assert_int_equal(r.status, 2);
		assert_non_null(strstr(r.err, quoted));
		result_free(&r);
		r = run(w, "gmem", "watch", option, NULL);
		assert_int_equal(r.status, 2);
		result_free(&r);
	}
}

static void bad_times_and_counts_end_with_status_2(void **state)
{
	static const char *const options[] = { "--interval=0", "--interval=-1", "--interval=86401",
					       "--interval=x", "--count=0",	"--count=x",
					       "--count=-1" };
	struct world *w = *state;

	for (size_t i = 0; i < KF_ARRAY_SIZE(options); i++) {
		struct result r = run(w, "gmem", "watch", options[i], NULL);

		assert_int_equal(r.status, 2);
		assert_non_null(strstr(r.err, strchr(options[i], '=') + 1));
		result_free(&r);
	}
}

/* Line @index of several documents. */
static json_t *line(const struct result *r, int index)
{
	const char *start = r->out;

	for (int i = 0; start && i < index; i++)
		start = strchr(start, '\n') ? strchr(start, '\n') + 1 : NULL;
	return start ? json_loads(start, JSON_DISABLE_EOF_CHECK, NULL) : NULL;
}

static void assert_change(const struct result *r, int index, const char *change, int inode)
{
	json_t *document = line(r, index);
	json_t *data = json_object_get(document, "data");

	if (!data)
		fail_msg("no line %d in: %s", index, r->out);
	assert_string_equal(json_string_value(json_object_get(document, "command")), "gmem watch");
	assert_int_equal(strlen(json_string_value(json_object_get(data, "time"))), 20);
	assert_string_equal(json_string_value(json_object_get(data, "change")), change);
	assert_int_equal(json_integer_value(json_object_get(data, "inode")), inode);
	json_decref(document);
}

static size_t count_lines(const struct result *r)
{
	size_t lines = 0;

	for (const char *end = r->out; (end = strchr(end, '\n')); end++)
		lines++;
	return lines;
}

/* What a hook needs to tell the second look from the first. */
struct looks {
	struct world *w;
	unsigned int count;
};

/* Before the second look one has grown, one has shrunk, one has gone and one has come. */
static int change_at_second_look(struct fake *fake, const char *path, int flags)
{
	struct looks *looks = fake->hook_data;
	struct world *w = looks->w;
	struct fake_process *first;

	if (strcmp(path, "/proc") != 0 || flags & O_PATH || ++looks->count != 2)
		return FAKE_PASS;
	first = process(w, 100);
	first->fds[0].file.cached_pages = 4;
	first->fds[1].file.cached_pages = 4;
	first->fds[2].file.cached_pages = 1;
	process(w, 200)->fds[0].file.cached_pages = 4;
	process(w, 300)->fds[0].file.cached_pages = 1;
	process(w, 400)->end_after = process(w, 400)->calls;
	fake_process_fd(fake, 300, 4, LINK, gmem(11, 1));
	return FAKE_PASS;
}

static void watch_tells_what_changed_between_looks(void **state)
{
	struct world *w = *state;
	struct looks looks = { .w = w };
	struct result r;

	two_processes(w);
	fake_process(&w->fake, 300, "vmm", 0, 100, 0);
	fake_process_fd(&w->fake, 300, 3, LINK, gmem(9, 2));
	fake_process(&w->fake, 400, "vmm", 0, 100, 0);
	fake_process_fd(&w->fake, 400, 3, LINK, gmem(10, 2));
	w->fake.hook_data = &looks;
	w->fake.open_hook = change_at_second_look;
	r = run(w, "gmem", "watch", "--changes", "--count=2", "--json", NULL);

	assert_int_equal(r.status, 0);
	assert_int_equal(count_lines(&r), 9);
	assert_change(&r, 0, "present", 7);
	assert_change(&r, 1, "present", 8);
	assert_change(&r, 2, "present", 9);
	assert_change(&r, 3, "present", 10);
	assert_change(&r, 4, "grew", 7);
	assert_change(&r, 5, "grew", 8);
	assert_change(&r, 6, "shrank", 9);
	assert_change(&r, 7, "appeared", 11);
	assert_change(&r, 8, "gone", 10);
	result_free(&r);
}

static void watch_writes_one_line_for_each_look(void **state)
{
	struct world *w = *state;
	struct result r;
	json_t *document;

	two_processes(w);
	r = run(w, "gmem", "watch", "--count=1", NULL);
	assert_int_equal(r.status, 0);
	assert_int_equal(count_lines(&r), 1);
	assert_non_null(strstr(r.out, "Z gmem_count=2 size_bytes=2097152 allocated_bytes=12288 "
				      "unseen_processes=0\n"));
	result_free(&r);

	r = run(w, "gmem", "watch", "--count=2", "--json", NULL);
	assert_int_equal(count_lines(&r), 2);
	document = line(&r, 1);
	assert_int_equal(
		json_array_size(json_object_get(json_object_get(document, "data"), "gmem")), 2);
	json_decref(document);
	result_free(&r);
}

static void a_line_of_text_quotes_what_has_blanks(void **state)
{
	struct world *w = *state;
	struct result r;

	two_processes(w);
	w->fake.procs.cachestat_error = -ENOSYS;
	r = run(w, "gmem", "watch", "--changes", "--count=1", "--pid=200", NULL);

	assert_int_equal(r.status, 0);
	assert_non_null(strstr(r.out, " change=present pid=200 fds=3 holders=- inode=7 "
				      "size_bytes=1048576 source=unknown "
				      "reason=\"this kernel does not account"));
	result_free(&r);
}

static int end_at_second_look(struct fake *fake, const char *path, int flags)
{
	struct looks *looks = fake->hook_data;
	struct fake_process *vmm = process(looks->w, 100);

	(void)flags;
	if (!strcmp(path, "/proc/100") && ++looks->count == 2)
		vmm->end_after = vmm->calls;
	return FAKE_PASS;
}

static void a_watched_process_that_ends_ends_the_watch(void **state)
{
	struct world *w = *state;
	struct looks looks = { .w = w };
	struct result r;

	two_processes(w);
	w->fake.hook_data = &looks;
	w->fake.open_hook = end_at_second_look;
	r = run(w, "gmem", "watch", "--changes", "--pid=100", "--json", NULL);

	assert_int_equal(r.status, 0);
	assert_int_equal(count_lines(&r), 4);
	assert_change(&r, 2, "gone", 7);
	assert_change(&r, 3, "gone", 8);
	assert_string_equal(r.err, "kvmfeat: process 100 has ended\n");
	result_free(&r);
}

static void a_watch_that_cannot_begin_fails_with_one_document(void **state)
{
	struct world *w = *state;
	struct result r;

	r = run(w, "gmem", "watch", "--pid=4242", "--json", NULL);

	assert_int_equal(r.status, 1);
	assert_int_equal(count_lines(&r), 1);
	assert_string_equal(json_text(&r, "error.errno"), "ESRCH");
	result_free(&r);
}

static void completion_offers_the_processes_that_hold_one(void **state)
{
	struct world *w = *state;
	struct result r;

	two_processes(w);
	fake_process(&w->fake, 300, "none", 0, 100, 0);
	r = run(w, "--complete", "gmem", "show", "1", NULL);
	assert_string_equal(r.out, "100\n");
	result_free(&r);
	r = run(w, "--complete", "gmem", "list", "--pid=", NULL);
	assert_string_equal(r.out, "--pid=100\n");
	result_free(&r);
	r = run(w, "--complete", "gmem", "watch", "--interval=", NULL);
	assert_string_equal(r.out, "");
	result_free(&r);
	r = run(w, "--complete", "gmem", "show", "100", "", NULL);
	assert_string_equal(r.out, "");
	result_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(list_shows_one_row_for_each_inode),
		WORLD_TEST(json_has_the_keys_that_scripts_rely_on),
		WORLD_TEST(an_unknown_figure_is_null_with_its_reason),
		WORLD_TEST(an_empty_host_without_dev_kvm_is_an_answer),
		WORLD_TEST(none_found_is_said_of_those_that_were_seen),
		WORLD_TEST(hidden_processes_are_null_not_none),
		WORLD_TEST(list_of_a_process_sees_that_one_only),
		WORLD_TEST(show_tells_all_holders_of_one_descriptor),
		WORLD_TEST(what_is_not_there_fails_by_name),
		WORLD_TEST(bad_words_end_with_status_2_and_name_the_word),
		WORLD_TEST(bad_times_and_counts_end_with_status_2),
		WORLD_TEST(watch_tells_what_changed_between_looks),
		WORLD_TEST(watch_writes_one_line_for_each_look),
		WORLD_TEST(a_line_of_text_quotes_what_has_blanks),
		WORLD_TEST(a_watched_process_that_ends_ends_the_watch),
		WORLD_TEST(a_watch_that_cannot_begin_fails_with_one_document),
		WORLD_TEST(completion_offers_the_processes_that_hold_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
