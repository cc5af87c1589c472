// SPDX-License-Identifier: GPL-2.0-or-later
#include <unistd.h>

#include "command.h"

#define VM "anon_inode:kvm-vm"

static void add_vm(struct world *w, pid_t pid, const char *comm, uid_t uid, int fd,
		   unsigned long id)
{
	fake_process(&w->fake, pid, comm, uid, 2048, 900000);
	fake_process_fd(&w->fake, pid, fd, VM, (struct fake_file){ .id = id });
}

static void list_shows_process_user_age_and_memory(void **state)
{
	struct world *w = *state;
	struct result r;

	add_vm(w, 4711, "qemu-system-x86", 0, 9, 1);
	r = run(w, "vm", "list", NULL);

	assert_int_equal(r.status, 0);
	assert_non_null(strstr(r.out, "4711"));
	assert_non_null(strstr(r.out, "qemu-system-x86"));
	assert_non_null(strstr(r.out, "root"));
	assert_non_null(strstr(r.out, "16m40s"));
	assert_non_null(strstr(r.out, "2M"));
	assert_string_equal(r.err, "");
	result_free(&r);
}

static void json_has_every_key(void **state)
{
	struct world *w = *state;
	struct result r;

	add_vm(w, 20, "fork", 0, 3, 1);
	add_vm(w, 10, "qemu", 0, 9, 1);
	r = run(w, "--json", "vm", "list", NULL);

	assert_int_equal(r.status, 0);
	assert_string_equal(json_text(&r, "command"), "vm list");
	assert_int_equal(json_array_size(json_path(&r, "data.vms")), 1);
	assert_int_equal(json_number(&r, "data.vms.0.pid"), 10);
	assert_string_equal(json_text(&r, "data.vms.0.command"), "qemu");
	assert_int_equal(json_number(&r, "data.vms.0.uid"), 0);
	assert_string_equal(json_text(&r, "data.vms.0.user"), "root");
	assert_int_equal(json_number(&r, "data.vms.0.vm_count"), 1);
	assert_int_equal(json_number(&r, "data.vms.0.vcpus"), 0);
	assert_int_equal(json_number(&r, "data.vms.0.age_seconds"), 1000);
	assert_int_equal(json_number(&r, "data.vms.0.memory_bytes"), 2048 * 1024);
	assert_int_equal(json_number(&r, "data.vms.0.gmem_count"), 0);
	assert_int_equal(json_number(&r, "data.vms.0.gmem_bytes"), 0);
	assert_true(json_is_null(json_path(&r, "data.vms.0.agent")));
	assert_int_equal(json_array_size(json_path(&r, "data.vms.0.fds")), 1);
	assert_int_equal(json_number(&r, "data.vms.0.fds.0"), 9);
	assert_int_equal(json_array_size(json_path(&r, "data.vms.0.holders")), 1);
	assert_int_equal(json_number(&r, "data.vms.0.holders.0"), 20);
	assert_int_equal(json_number(&r, "data.unseen_processes"), 0);
	assert_string_equal(r.err, "");
	result_free(&r);
}

static void what_is_unknown_is_null_and_a_question_mark(void **state)
{
	static const char *const keys[] = {
		"data.vms.0.uid",	 "data.vms.0.user",	   "data.vms.0.vm_count",
		"data.vms.0.vcpus",	 "data.vms.0.age_seconds", "data.vms.0.memory_bytes",
		"data.unseen_processes",
	};
	struct world *w = *state;
	struct result r;

	add_vm(w, 10, "qemu", 0, 9, 1);
	fake_process_fd(&w->fake, 10, 10, VM, (struct fake_file){ .id = 2 });
	fake_file(&w->fake, "/proc/10/status", "");
	fake_file(&w->fake, "/proc/10/stat", "");
	w->fake.procs.kcmp_error = -ENOSYS;
	fake_hidepid(&w->fake);

	r = run(w, "--json", "vm", "list", NULL);
	assert_int_equal(r.status, 0);
	for (size_t i = 0; i < KF_ARRAY_SIZE(keys); i++)
		assert_true(json_is_null(json_path(&r, keys[i])));
	result_free(&r);

	r = run(w, "vm", "list", NULL);
	assert_int_equal(r.status, 0);
	assert_non_null(strstr(r.out, "?"));
	assert_non_null(strstr(r.err, "hidepid"));
	result_free(&r);
}

static void a_user_without_a_name_is_a_number_in_text_and_null_in_json(void **state)
{
	struct world *w = *state;
	struct result r;

	add_vm(w, 10, "qemu", 3999999999u, 9, 1);
	r = run(w, "vm", "list", NULL);
	assert_non_null(strstr(r.out, "3999999999"));
	result_free(&r);
	r = run(w, "vm", "list", "--json", NULL);
	assert_int_equal(json_number(&r, "data.vms.0.uid"), 3999999999);
	assert_true(json_is_null(json_path(&r, "data.vms.0.user")));
	result_free(&r);
}

static void users_below_a_root_have_no_names_of_this_host(void **state)
{
	struct world *w = *state;
	char root[80];
	struct result r;

	add_vm(w, 10, "qemu", 0, 9, 1);
	snprintf(root, sizeof(root), "--root=%s", w->fake.root);
	r = run(w, root, "vm", "list", "--json", NULL);
	assert_int_equal(r.status, 0);
	assert_int_equal(json_number(&r, "data.vms.0.uid"), 0);
	assert_true(json_is_null(json_path(&r, "data.vms.0.user")));
	result_free(&r);
}

static void a_hostile_name_neither_drives_the_terminal_nor_breaks_json(void **state)
{
	static const char name[] = "\x1b[31m\n\xff\"\\) S 1";
	struct world *w = *state;
	struct result r;

	add_vm(w, 10, name, 0, 9, 1);
	r = run(w, "vm", "list", NULL);
	assert_int_equal(r.status, 0);
	assert_null(strchr(r.out, '\x1b'));
	assert_null(strchr(r.out, '\xff'));
	/* A title and a row: the newline of the name makes no third line. */
	assert_ptr_equal(strchr(strchr(r.out, '\n') + 1, '\n'), r.out + strlen(r.out) - 1);
	result_free(&r);

	r = run(w, "vm", "list", "--json", NULL);
	assert_string_equal(json_text(&r, "data.vms.0.command"), "\x1b[31m\n\xef\xbf\xbd\"\\) S 1");
	assert_ptr_equal(strchr(r.out, '\n'), r.out + strlen(r.out) - 1);
	result_free(&r);
}

static void a_host_without_kvm_has_no_vms_and_that_is_the_answer(void **state)
{
	struct world *w = *state;
	struct result r;

	w->fake.open_error = -ENOENT;
	r = run(w, "vm", "list", NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal(r.out, "");
	assert_string_equal(r.err, "kvmfeat: no VM was found\n");
	result_free(&r);

	fake_process(&w->fake, 20, "other", 0, 1, 1)->open_error = -EACCES;
	r = run(w, "vm", "list", NULL);
	assert_non_null(
		strstr(r.err, "no VM was found in the processes that may be looked into\n"));
	result_free(&r);

	r = run(w, "--json", "vm", "list", NULL);
	assert_int_equal(r.status, 0);
	assert_int_equal(json_array_size(json_path(&r, "data.vms")), 0);
	result_free(&r);
}

static void unseen_processes_are_told(void **state)
{
	struct world *w = *state;
	struct result r;

	add_vm(w, 10, "qemu", 0, 9, 1);
	fake_process(&w->fake, 20, "other", 0, 1, 1)->open_error = -EACCES;
	r = run(w, "vm", "list", NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal(
		r.err, geteuid() ? "kvmfeat: 1 process could not be looked into (another "
				   "user's or protected; root sees most)\n" :
				   "kvmfeat: 1 process could not be looked into, even as root: "
				   "protected by a namespace or a security module\n");
	result_free(&r);

	fake_process(&w->fake, 30, "other", 0, 1, 1)->open_error = -EACCES;
	r = run(w, "vm", "list", NULL);
	assert_non_null(strstr(r.err, "2 processes could not"));
	assert_null(strstr(r.err, "was found"));
	result_free(&r);

	r = run(w, "vm", "list", "--json", NULL);
	assert_int_equal(json_number(&r, "data.unseen_processes"), 2);
	assert_string_equal(r.err, "");
	result_free(&r);
}

static void a_missing_proc_fails_with_a_remedy(void **state)
{
	struct world *w = *state;
	struct result r;

	fake_remove(&w->fake, "/proc");
	r = run(w, "vm", "list", NULL);
	assert_int_equal(r.status, 1);
	assert_string_equal(r.out, "");
	assert_string_equal(r.err, "kvmfeat: cannot list VMs: /proc cannot be read: "
				   "No such file or directory\n"
				   "kvmfeat: what would help: mount /proc\n");
	result_free(&r);
}

static void an_operand_is_one_too_many(void **state)
{
	struct world *w = *state;
	struct result r;

	r = run(w, "vm", "list", "4711", NULL);
	assert_int_equal(r.status, 2);
	assert_non_null(strstr(r.err, "'4711'"));
	result_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(list_shows_process_user_age_and_memory),
		WORLD_TEST(json_has_every_key),
		WORLD_TEST(what_is_unknown_is_null_and_a_question_mark),
		WORLD_TEST(a_user_without_a_name_is_a_number_in_text_and_null_in_json),
		WORLD_TEST(users_below_a_root_have_no_names_of_this_host),
		WORLD_TEST(a_hostile_name_neither_drives_the_terminal_nor_breaks_json),
		WORLD_TEST(a_host_without_kvm_has_no_vms_and_that_is_the_answer),
		WORLD_TEST(unseen_processes_are_told),
		WORLD_TEST(a_missing_proc_fails_with_a_remedy),
		WORLD_TEST(an_operand_is_one_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
