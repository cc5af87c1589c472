// SPDX-License-Identifier: GPL-2.0-or-later
/* The list of all VMs: what it tells of each case, and what no failure makes it tell. */
#include <pthread.h>
#include <stdio.h>

#include "world.h"

#define VM "anon_inode:kvm-vm"

/* A process with one VM: descriptor 10, open file @id, and vCPUs 0 and 1. */
static struct fake_process *vm_process(struct fake *fake, pid_t pid, unsigned long id)
{
	struct fake_process *process = fake_process(fake, pid, "qemu", 107, 2048, 900000);

	fake_process_fd(fake, pid, 3, "/dev/kvm", (struct fake_file){ .id = id + 1 });
	fake_process_fd(fake, pid, 10, VM, (struct fake_file){ .id = id });
	fake_process_fd(fake, pid, 11, "anon_inode:kvm-vcpu:0", (struct fake_file){ .id = id + 2 });
	fake_process_fd(fake, pid, 12, "anon_inode:kvm-vcpu:1", (struct fake_file){ .id = id + 3 });
	return process;
}

static void add_vm(struct fake *fake, pid_t pid, int fd, unsigned long id)
{
	fake_process_fd(fake, pid, fd, VM, (struct fake_file){ .id = id });
}

static struct kvmfeat_vm_list *load(struct world *w)
{
	struct kvmfeat_vm_list *list = NULL;

	assert_int_equal(kvmfeat_vm_list_load(w->ctx, &list), 0);
	return list;
}

/* "100:10,13+200 200:20?": pid:fds+holders of each entry, ? where the count is unknown. */
static void expect(const struct kvmfeat_vm_list *list, const char *expected)
{
	char text[512] = "";
	char *to = text;

	for (size_t i = 0; i < kvmfeat_vm_list_count(list); i++) {
		const struct kvmfeat_vm_info *info = kvmfeat_vm_list_at(list, i);

		to += sprintf(to, "%s%d:", i ? " " : "", (int)info->pid);
		for (size_t j = 0; j < info->fd_count; j++)
			to += sprintf(to, "%s%d", j ? "," : "", info->fds[j]);
		for (size_t j = 0; j < info->holder_count; j++)
			to += sprintf(to, "+%d", (int)info->holders[j]);
		if (!info->holder_count)
			assert_null(info->holders);
		if (info->vm_count != 1) {
			assert_int_equal(info->vm_count, 0);
			to += sprintf(to, "?");
		}
	}
	assert_string_equal(text, expected);
	assert_null(kvmfeat_vm_list_at(list, kvmfeat_vm_list_count(list)));
}

/* Loads, compares, frees. */
static void expect_list(struct world *w, const char *expected)
{
	struct kvmfeat_vm_list *list = load(w);

	expect(list, expected);
	kvmfeat_vm_list_free(list);
}

static void a_host_without_vms_has_an_empty_list(void **state)
{
	struct world *w = *state;
	struct kvmfeat_vm_list *list;

	fake_process(&w->fake, 50, "bash", 1000, 100, 1);
	fake_process_fd(&w->fake, 50, 0, "/dev/pts/0", (struct fake_file){ 0 });

	list = load(w);
	assert_int_equal(kvmfeat_vm_list_count(list), 0);
	assert_int_equal(kvmfeat_vm_list_unseen(list), 0);
	assert_null(kvmfeat_vm_list_at(list, 0));
	kvmfeat_vm_list_free(list);
	kvmfeat_vm_list_free(NULL);
}

static void a_vm_is_told_with_the_facts_of_its_process(void **state)
{
	struct world *w = *state;
	const struct kvmfeat_vm_info *info;
	struct kvmfeat_vm_list *list;

	vm_process(&w->fake, 100, 10);

	list = load(w);
	expect(list, "100:10");
	info = kvmfeat_vm_list_at(list, 0);
	assert_string_equal(info->command, "qemu");
	assert_int_equal(info->uid, 107);
	assert_int_equal(info->vcpus, 2);
	assert_int_equal(info->age_seconds, 1000);
	assert_int_equal(info->memory_bytes, 2048 * 1024);
	assert_int_equal(info->gmem_count, 0);
	assert_int_equal(info->gmem_bytes, 0);
	kvmfeat_vm_list_free(list);
}

static void only_links_of_vms_are_vms(void **state)
{
	static const char *const links[] = {
		"anon_inode:kvm-vm-stats", "anon_inode:kvm-vcpu-stats:0", "anon_inode:[kvm-vm]",
		"/tmp/anon_inode:kvm-vm",  "anon_inode:kvm-vm (deleted)", "anon_inode:kvm-v",
		"anon_inode:kvm-vcpu:0",   "anon_inode:kvm-vm:0",
	};
	struct world *w = *state;

	fake_process(&w->fake, 60, "stats", 0, 1, 1);
	for (size_t i = 0; i < KF_ARRAY_SIZE(links); i++)
		fake_process_fd(&w->fake, 60, (int)i, links[i], (struct fake_file){ .id = i });
	fake_link(&w->fake, "/proc/60/fd/10x", VM); /* in a tree that somebody made */
	fake_file(&w->fake, "/proc/60/fd/11", "no link");
	expect_list(w, "");
}

static void a_dup_is_no_second_vm(void **state)
{
	struct world *w = *state;

	vm_process(&w->fake, 100, 10);
	add_vm(&w->fake, 100, 31, 10);
	add_vm(&w->fake, 100, 7, 10);

	expect_list(w, "100:7,10,31");
}

static void two_vms_of_a_process_are_two_entries_without_vcpus(void **state)
{
	struct world *w = *state;
	struct kvmfeat_vm_list *list;

	vm_process(&w->fake, 100, 10);
	add_vm(&w->fake, 100, 31, 5);
	add_vm(&w->fake, 100, 32, 10);

	list = load(w);
	expect(list, "100:10,32 100:31");
	assert_int_equal(kvmfeat_vm_list_at(list, 0)->vcpus, -1);
	assert_int_equal(kvmfeat_vm_list_at(list, 1)->vcpus, -1);
	kvmfeat_vm_list_free(list);
}

static void an_inherited_vm_is_one_entry_with_its_holders(void **state)
{
	struct world *w = *state;

	vm_process(&w->fake, 300, 10);
	fake_process(&w->fake, 100, "child", 0, 1, 1);
	add_vm(&w->fake, 100, 4, 10);
	fake_process(&w->fake, 1000, "other", 0, 1, 1);
	add_vm(&w->fake, 1000, 5, 10);
	add_vm(&w->fake, 1000, 6, 10);
	vm_process(&w->fake, 200, 1);

	expect_list(w, "100:4+300+1000 200:10");
}

/* Many files in an order that is not theirs, each held twice. */
static void add_many(struct fake *fake)
{
	static const unsigned long ids[] = { 7, 3, 9, 1, 8, 2, 6, 4, 5 };

	for (size_t i = 0; i < KF_ARRAY_SIZE(ids); i++) {
		fake_process(fake, 100 + (pid_t)i, "vmm", 0, 1, 1);
		add_vm(fake, 100 + (pid_t)i, 5, ids[i]);
		add_vm(fake, 100 + (pid_t)i, 6, ids[(i + 1) % KF_ARRAY_SIZE(ids)]);
	}
}

static const char many[] = "100:5+108 100:6+101 101:6+102 102:6+103 103:6+104 104:6+105 "
			   "105:6+106 106:6+107 107:6+108";

static void many_vms_are_told_apart_by_the_kernels_order(void **state)
{
	struct world *w = *state;

	add_many(&w->fake);
	expect_list(w, many);
}

static void vms_are_told_apart_without_an_order_too(void **state)
{
	struct world *w = *state;

	add_many(&w->fake);
	w->fake.procs.kcmp_unordered = true;
	expect_list(w, many);
}

static void a_single_vm_needs_no_comparing(void **state)
{
	struct world *w = *state;

	vm_process(&w->fake, 100, 10);
	w->fake.procs.kcmp_error = -ENOSYS;

	expect_list(w, "100:10");
}

static void without_kcmp_each_process_has_one_entry_of_unknown_count(void **state)
{
	static const int errors[] = { -ENOSYS, -EPERM, -EACCES };
	struct world *w = *state;
	struct kvmfeat_vm_list *list;

	vm_process(&w->fake, 100, 10);
	add_vm(&w->fake, 100, 20, 10);
	vm_process(&w->fake, 200, 50);
	for (size_t i = 0; i < KF_ARRAY_SIZE(errors); i++) {
		w->fake.procs.kcmp_error = errors[i];
		list = load(w);
		expect(list, "100:10,20? 200:10?");
		assert_int_equal(kvmfeat_vm_list_at(list, 0)->vcpus, -1);
		/* One descriptor is one VM, so its vCPUs are that VM's. */
		assert_int_equal(kvmfeat_vm_list_at(list, 1)->vcpus, 2);
		kvmfeat_vm_list_free(list);
	}
}

static void a_process_that_may_not_be_compared_does_not_blur_the_others(void **state)
{
	struct world *w = *state;

	vm_process(&w->fake, 100, 10);
	add_vm(&w->fake, 100, 20, 15);
	vm_process(&w->fake, 150, 30)->kcmp_error = -EPERM;
	add_vm(&w->fake, 150, 20, 35);
	vm_process(&w->fake, 200, 50);

	expect_list(w, "100:10 100:20 150:10,20? 200:10");
}

static void pids_of_another_namespace_are_not_compared(void **state)
{
	struct world *w = *state;

	/* Here both numbers are processes that hold one file. */
	vm_process(&w->fake, 100, 10);
	vm_process(&w->fake, 200, 10);
	expect_list(w, "100:10+200");
	w->fake.pid = 7;
	expect_list(w, "100:10? 200:10?");
}

static void below_a_root_this_kernel_compares_nothing(void **state)
{
	struct world *w = *state;

	vm_process(&w->fake, 100, 10);
	add_vm(&w->fake, 100, 20, 10);
	assert_int_equal(kvmfeat_ctx_set_root(w->ctx, w->fake.root), 0);

	expect_list(w, "100:10,20?");
}

static int only_78(void *data, const struct kf_proc_fd *fd)
{
	(void)data;
	assert_int_equal(fd->pid, 78);
	return 0;
}

static void links_of_a_tree_do_not_lead_out_of_it(void **state)
{
	struct world *w = *state;
	char root[80];
	int unseen;

	fake_link(&w->fake, "/outside/fd/3", VM);
	fake_link(&w->fake, "/tree/proc/77", "../../outside");
	fake_link(&w->fake, "/tree/proc/78/fd/4", VM);
	snprintf(root, sizeof(root), "%s/tree", w->fake.root);
	assert_int_equal(kvmfeat_ctx_set_root(w->ctx, root), 0);

	assert_int_equal(kf_proc_scan(w->ctx, 0, only_78, NULL, &unseen), 0);
	expect_list(w, "78:4");
}

static void vcpus_are_counted_once_each(void **state)
{
	struct world *w = *state;
	struct kvmfeat_vm_list *list;

	vm_process(&w->fake, 100, 10);
	fake_process_fd(&w->fake, 100, 40, "anon_inode:kvm-vcpu:1", (struct fake_file){ .id = 13 });
	fake_process_fd(&w->fake, 100, 41, "anon_inode:kvm-vcpu:7", (struct fake_file){ .id = 99 });
	list = load(w);
	assert_int_equal(kvmfeat_vm_list_at(list, 0)->vcpus, 3);
	kvmfeat_vm_list_free(list);

	w->fake.procs.kcmp_error = -ENOSYS;
	list = load(w);
	assert_int_equal(kvmfeat_vm_list_at(list, 0)->vcpus, -1);
	kvmfeat_vm_list_free(list);
}

static void vcpus_of_old_kernels_have_no_id(void **state)
{
	struct world *w = *state;
	struct kvmfeat_vm_list *list;

	fake_process(&w->fake, 100, "qemu", 0, 1, 1);
	add_vm(&w->fake, 100, 5, 1);
	for (int i = 0; i < 4; i++)
		fake_process_fd(&w->fake, 100, 10 + i, "anon_inode:kvm-vcpu",
				(struct fake_file){ .id = 20 + (unsigned long)i / 2 });
	list = load(w);
	assert_int_equal(kvmfeat_vm_list_at(list, 0)->vcpus, 2);
	kvmfeat_vm_list_free(list);
}

static void what_proc_does_not_tell_is_unknown(void **state)
{
	struct world *w = *state;
	const struct kvmfeat_vm_info *info;
	struct kvmfeat_vm_list *list;

	vm_process(&w->fake, 100, 10);
	fake_remove(&w->fake, "/proc/100/comm");
	fake_file(&w->fake, "/proc/100/status", "Name:\tqemu\nUid:\tx\n");
	fake_file(&w->fake, "/proc/100/stat", "100 (qemu) S 1");
	list = load(w);
	info = kvmfeat_vm_list_at(list, 0);
	assert_string_equal(info->command, "");
	assert_int_equal(info->uid, (uid_t)-1);
	assert_int_equal(info->memory_bytes, -1);
	assert_int_equal(info->age_seconds, -1);
	kvmfeat_vm_list_free(list);
}

static void the_age_is_unknown_without_an_uptime_or_before_it(void **state)
{
	struct world *w = *state;
	struct kvmfeat_vm_list *list;

	vm_process(&w->fake, 100, 10);
	fake_file(&w->fake, "/proc/uptime", "8999.99 1.00\n");
	list = load(w);
	assert_int_equal(kvmfeat_vm_list_at(list, 0)->age_seconds, -1);
	kvmfeat_vm_list_free(list);
	fake_remove(&w->fake, "/proc/uptime");
	list = load(w);
	assert_int_equal(kvmfeat_vm_list_at(list, 0)->age_seconds, -1);
	kvmfeat_vm_list_free(list);
}

static void a_hostile_name_is_kept_and_tells_no_facts(void **state)
{
	static const char name[] = ") S\nUid:\t9 \x1b\xff";
	struct world *w = *state;
	const struct kvmfeat_vm_info *info;
	struct kvmfeat_vm_list *list;

	fake_process(&w->fake, 100, name, 1001, 5, 900000);
	add_vm(&w->fake, 100, 3, 1);
	list = load(w);
	info = kvmfeat_vm_list_at(list, 0);
	assert_string_equal(info->command, name);
	assert_int_equal(info->uid, 1001);
	assert_int_equal(info->age_seconds, 1000);
	kvmfeat_vm_list_free(list);
}

static void processes_that_may_not_be_looked_into_are_counted(void **state)
{
	struct world *w = *state;
	struct kvmfeat_vm_list *list;

	vm_process(&w->fake, 100, 10);
	vm_process(&w->fake, 200, 20)->open_error = -EACCES;
	vm_process(&w->fake, 300, 30)->open_error = -EPERM;
	vm_process(&w->fake, 400, 40)->link_error = -EACCES;
	fake_dir(&w->fake, "/proc/500");
	list = load(w);
	expect(list, "100:10");
	assert_int_equal(kvmfeat_vm_list_unseen(list), 4);
	kvmfeat_vm_list_free(list);
}

static void hidepid_makes_the_number_of_unseen_unknown(void **state)
{
	struct world *w = *state;
	struct kvmfeat_vm_list *list;

	vm_process(&w->fake, 100, 10);
	fake_hidepid(&w->fake);
	list = load(w);
	expect(list, "100:10");
	assert_int_equal(kvmfeat_vm_list_unseen(list), -1);
	kvmfeat_vm_list_free(list);
}

static int unseen(struct world *w)
{
	struct kvmfeat_vm_list *list = load(w);
	int count = kvmfeat_vm_list_unseen(list);

	kvmfeat_vm_list_free(list);
	return count;
}

static void hidepid_is_seen_where_pid_1_is_visible(void **state)
{
	struct world *w = *state;

	vm_process(&w->fake, 100, 10)->open_error = -EACCES;
	assert_int_equal(unseen(w), 1);
	fake_mount_proc(&w->fake, ",hidepid=noaccess");
	assert_int_equal(unseen(w), 1);
	fake_mount_proc(&w->fake, ",hidepid=invisible");
	assert_int_equal(unseen(w), -1);
	fake_file(&w->fake, "/proc/42/status", "CapEff:\t0000000000080000\n");
	assert_int_equal(unseen(w), 1);
	fake_remove(&w->fake, "/proc/1");
	assert_int_equal(unseen(w), -1);
}

static void a_missing_proc_is_named(void **state)
{
	struct world *w = *state;
	struct kvmfeat_vm_list *list = NULL;

	fake_remove(&w->fake, "/proc");
	assert_int_equal(kvmfeat_vm_list_load(w->ctx, &list), -ENOENT);
	assert_null(list);
	assert_string_equal(reason(w), "/proc cannot be read: No such file or directory");
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->remedy, "mount /proc");
	w->fake.calls = 0;
	w->fake.fail_at = 2; /* after the memory of the list */
	w->fake.fail_error = -EACCES;
	assert_int_equal(kvmfeat_vm_list_load(w->ctx, &list), -EACCES);
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->remedy, "");
}

/*
 * A process ends, or executes, at each call that concerns it. As long as there is a call
 * after that, it must be left out.
 */
static void sweep_change(struct world *w, struct fake_process *process, bool exec, const char *with,
			 const char *without)
{
	bool undisturbed = false;
	unsigned int at;

	for (at = 1; !undisturbed; at++) {
		struct kvmfeat_vm_list *list;

		process->calls = 0;
		process->end_after = exec ? 0 : at;
		process->exec_after = exec ? at : 0;
		list = load(w);
		undisturbed = process->calls <= at;
		expect(list, undisturbed ? with : without);
		assert_int_equal(kvmfeat_vm_list_unseen(list), 0);
		assert_int_equal(kvmfeat_ctx_error(w->ctx)->error, 0);
		kvmfeat_vm_list_free(list);
	}
	assert_true(at > 10);
}

/* Among others, where it has a dup. */
static void sweep_among_others(struct world *w, bool exec)
{
	struct fake_process *process;

	vm_process(&w->fake, 100, 10);
	process = vm_process(&w->fake, 200, 50);
	add_vm(&w->fake, 200, 20, 50);
	vm_process(&w->fake, 300, 70);
	sweep_change(w, process, exec, "100:10 200:10,20 300:10", "100:10 300:10");
}

static void a_process_that_ends_at_any_moment_is_left_out(void **state)
{
	sweep_among_others(*state, false);
}

static void a_process_that_executes_at_any_moment_is_left_out(void **state)
{
	sweep_among_others(*state, true);
}

static void the_only_process_that_ends_or_executes_is_left_out(void **state)
{
	struct world *w = *state;
	struct fake_process *process = vm_process(&w->fake, 100, 10);

	sweep_change(w, process, false, "100:10", "");
	sweep_change(w, process, true, "100:10", "");
}

/*
 * Fails each call of a load in turn. What still succeeds must be what is true: all VMs, or
 * entries that say that they do not know, or fewer with processes counted as unseen.
 */
static void sweep_failures(struct world *w, int error)
{
	static const char whole[] = "100:10,20 200:10";
	unsigned int failures = 0, last;
	struct kvmfeat_vm_list *list;

	vm_process(&w->fake, 100, 10);
	add_vm(&w->fake, 100, 20, 10);
	vm_process(&w->fake, 200, 50);
	w->fake.calls = 0;
	expect_list(w, whole);
	last = w->fake.calls;
	for (unsigned int at = 1; at <= last; at++) {
		int err;

		w->fake.calls = 0;
		w->fake.fail_at = at;
		w->fake.fail_error = error;
		w->fake.failed = false;
		list = NULL;
		kf_reason_init(&w->ctx->reason);
		err = kvmfeat_vm_list_load(w->ctx, &list);
		assert_true(w->fake.failed);
		w->fake.fail_at = 0;
		if (err) {
			failures++;
			assert_int_equal(err, w->fake.fail_error);
			assert_null(list);
			assert_int_equal(kvmfeat_ctx_error(w->ctx)->error, err);
			assert_non_null(strstr(reason(w), kf_errno_text(err)));
			continue;
		}
		assert_int_equal(kvmfeat_vm_list_count(list), 2);
		assert_int_equal(kvmfeat_vm_list_at(list, 0)->fd_count, 2);
		assert_int_equal(kvmfeat_vm_list_at(list, 1)->fd_count, 1);
		assert_int_equal(kvmfeat_vm_list_at(list, 0)->uid, 107);
		assert_int_equal(kvmfeat_vm_list_at(list, 1)->age_seconds, 1000);
		/* -1: what /proc hides could not be read. */
		assert_true(kvmfeat_vm_list_unseen(list) <= 0);
		kvmfeat_vm_list_free(list);
	}
	assert_true(failures > last / 2);
}

static void an_io_error_at_any_call_fails_or_changes_nothing(void **state)
{
	sweep_failures(*state, -EIO);
}

static void a_lack_of_memory_at_any_call_fails_or_changes_nothing(void **state)
{
	sweep_failures(*state, -ENOMEM);
}

static void a_signal_at_any_call_fails_or_changes_nothing(void **state)
{
	sweep_failures(*state, -EINTR);
}

static void a_guest_memfd_is_counted_with_its_process(void **state)
{
	struct world *w = *state;
	const struct kvmfeat_vm_info *info;
	struct kvmfeat_vm_list *list;
	struct fake_file gmem = {
		.id = 90,
		.dev = 15,
		.ino = 1234,
		.size = 1 << 20,
		.cached_pages = 3,
		.f_type = 0x474d454d,
	};

	vm_process(&w->fake, 100, 10);
	fake_process_fd(&w->fake, 100, 20, "/[kvm-gmem] (deleted)", gmem);
	fake_process_fd(&w->fake, 100, 21, "/[kvm-gmem] (deleted)", gmem);
	list = load(w);
	info = kvmfeat_vm_list_at(list, 0);
	assert_int_equal(info->gmem_count, 1);
	assert_int_equal(info->gmem_bytes, 3 * 4096);
	kvmfeat_vm_list_free(list);

	w->fake.procs.cachestat_error = -ENOSYS;
	list = load(w);
	assert_int_equal(kvmfeat_vm_list_at(list, 0)->gmem_count, 1);
	assert_int_equal(kvmfeat_vm_list_at(list, 0)->gmem_bytes, -1);
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->error, 0);
	kvmfeat_vm_list_free(list);
}

static void *load_in_thread(void *data)
{
	struct world *w = data;
	struct kvmfeat_vm_list *list;
	int err = kvmfeat_vm_list_load(w->ctx, &list);

	if (!err)
		kvmfeat_vm_list_free(list);
	return err ? w : NULL;
}

static void a_thread_with_a_small_stack_is_enough(void **state)
{
	struct world *w = *state;
	pthread_attr_t attr;
	pthread_t thread;
	void *failed;

	vm_process(&w->fake, 100, 10);
	assert_int_equal(pthread_attr_init(&attr), 0);
	assert_int_equal(pthread_attr_setstacksize(&attr, 128 * 1024), 0);
	assert_int_equal(pthread_create(&thread, &attr, load_in_thread, w), 0);
	assert_int_equal(pthread_join(thread, &failed), 0);
	assert_null(failed);
	pthread_attr_destroy(&attr);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_host_without_vms_has_an_empty_list),
		WORLD_TEST(a_vm_is_told_with_the_facts_of_its_process),
		WORLD_TEST(only_links_of_vms_are_vms),
		WORLD_TEST(a_dup_is_no_second_vm),
		WORLD_TEST(two_vms_of_a_process_are_two_entries_without_vcpus),
		WORLD_TEST(an_inherited_vm_is_one_entry_with_its_holders),
		WORLD_TEST(many_vms_are_told_apart_by_the_kernels_order),
		WORLD_TEST(vms_are_told_apart_without_an_order_too),
		WORLD_TEST(a_single_vm_needs_no_comparing),
		WORLD_TEST(without_kcmp_each_process_has_one_entry_of_unknown_count),
		WORLD_TEST(a_process_that_may_not_be_compared_does_not_blur_the_others),
		WORLD_TEST(pids_of_another_namespace_are_not_compared),
		WORLD_TEST(below_a_root_this_kernel_compares_nothing),
		WORLD_TEST(links_of_a_tree_do_not_lead_out_of_it),
		WORLD_TEST(vcpus_are_counted_once_each),
		WORLD_TEST(vcpus_of_old_kernels_have_no_id),
		WORLD_TEST(what_proc_does_not_tell_is_unknown),
		WORLD_TEST(the_age_is_unknown_without_an_uptime_or_before_it),
		WORLD_TEST(a_hostile_name_is_kept_and_tells_no_facts),
		WORLD_TEST(processes_that_may_not_be_looked_into_are_counted),
		WORLD_TEST(hidepid_makes_the_number_of_unseen_unknown),
		WORLD_TEST(hidepid_is_seen_where_pid_1_is_visible),
		WORLD_TEST(a_missing_proc_is_named),
		WORLD_TEST(a_process_that_ends_at_any_moment_is_left_out),
		WORLD_TEST(a_process_that_executes_at_any_moment_is_left_out),
		WORLD_TEST(the_only_process_that_ends_or_executes_is_left_out),
		WORLD_TEST(an_io_error_at_any_call_fails_or_changes_nothing),
		WORLD_TEST(a_lack_of_memory_at_any_call_fails_or_changes_nothing),
		WORLD_TEST(a_signal_at_any_call_fails_or_changes_nothing),
		WORLD_TEST(a_guest_memfd_is_counted_with_its_process),
		WORLD_TEST(a_thread_with_a_small_stack_is_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
