// SPDX-License-Identifier: GPL-2.0-or-later
/* The guest_memfds of all processes. */
#include "world.h"

#define PAGE 4096u
#define OWN_FS 0x474d454d
#define ANON_INODE_FS 0x09041934
#define EXT4 0xef53
#define LINK "/[kvm-gmem] (deleted)"
#define OLD_LINK "anon_inode:[kvm-gmem]"

/* A guest_memfd of 16 pages, @pages of them allocated; the kernel does not account. */
static struct fake_file gmem(ino_t ino, uint64_t pages)
{
	return (struct fake_file){ .id = ino,
				   .dev = 21,
				   .ino = ino,
				   .size = 16 * PAGE,
				   .cached_pages = pages,
				   .f_type = OWN_FS };
}

static struct fake_file accounted(ino_t ino, uint64_t pages)
{
	struct fake_file file = gmem(ino, 0);

	file.blocks = (blkcnt_t)(pages * PAGE / 512);
	return file;
}

static struct fake_process *process(struct world *w, pid_t pid)
{
	return fake_process(&w->fake, pid, "vmm", 0, 100, 0);
}

static struct fake_process *holder(struct world *w, pid_t pid, int fd, struct fake_file file)
{
	struct fake_process *vmm = process(w, pid);

	fake_process_fd(&w->fake, pid, fd, LINK, file);
	return vmm;
}

static struct kvmfeat_gmem_list *load(struct world *w, size_t count)
{
	struct kvmfeat_gmem_list *list;

	assert_int_equal(kvmfeat_gmem_list_load(w->ctx, 0, &list), 0);
	assert_int_equal(kvmfeat_gmem_list_count(list), count);
	assert_null(kvmfeat_gmem_list_at(list, count));
	return list;
}

static void both_spellings_of_the_link_are_found(void **state)
{
	struct world *w = *state;
	struct fake_file old = gmem(8, 2);
	struct kvmfeat_gmem_list *list;

	old.f_type = ANON_INODE_FS;
	holder(w, 100, 5, gmem(7, 3));
	process(w, 200);
	fake_process_fd(&w->fake, 200, 6, OLD_LINK, old);

	list = load(w, 2);
	assert_int_equal(kvmfeat_gmem_list_at(list, 0)->pid, 100);
	assert_int_equal(kvmfeat_gmem_list_at(list, 0)->account->inode, 7);
	assert_int_equal(kvmfeat_gmem_list_at(list, 0)->account->size_bytes, 16 * PAGE);
	assert_int_equal(kvmfeat_gmem_list_at(list, 0)->account->allocated_bytes, 3 * PAGE);
	assert_int_equal(kvmfeat_gmem_list_at(list, 0)->account->source, KVMFEAT_GMEM_CACHESTAT);
	assert_null(kvmfeat_gmem_list_at(list, 0)->reason);
	assert_int_equal(kvmfeat_gmem_list_at(list, 1)->pid, 200);
	assert_int_equal(kvmfeat_gmem_list_at(list, 1)->account->allocated_bytes, 2 * PAGE);
	assert_int_equal(kvmfeat_gmem_list_unseen(list), 0);
	kvmfeat_gmem_list_free(list);
}

static void files_that_only_look_like_one_are_passed_over(void **state)
{
	struct world *w = *state;
	struct fake_file file = gmem(7, 3);

	process(w, 100);
	fake_process_fd(&w->fake, 100, 3, "/tmp/[kvm-gmem] (deleted)", file);
	fake_process_fd(&w->fake, 100, 4, "/[kvm-gmem]", file);
	fake_process_fd(&w->fake, 100, 5, "anon_inode:[kvm-gmem] ", file);
	fake_process_fd(&w->fake, 100, 6, "anon_inode:kvm-vm", file);
	fake_process_fd(&w->fake, 100, 7, OLD_LINK, file);
	file.f_type = EXT4;
	fake_process_fd(&w->fake, 100, 8, LINK, file);
	fake_process_fd(&w->fake, 100, 9, OLD_LINK, file);
	file.f_type = ANON_INODE_FS;
	fake_process_fd(&w->fake, 100, 10, LINK, file);

	kvmfeat_gmem_list_free(load(w, 0));
}

static void an_inode_is_counted_once_with_all_that_hold_it(void **state)
{
	struct world *w = *state;
	const struct kvmfeat_gmem_info *info;
	struct kvmfeat_gmem_list *list;

	holder(w, 300, 3, gmem(7, 1));
	holder(w, 100, 12, gmem(7, 1));
	fake_process_fd(&w->fake, 100, 9, LINK, gmem(7, 1));
	fake_process_fd(&w->fake, 100, 101, LINK, gmem(7, 1));
	holder(w, 200, 3, gmem(7, 1));
	fake_process_fd(&w->fake, 200, 4, LINK, gmem(7, 1));

	list = load(w, 1);
	info = kvmfeat_gmem_list_at(list, 0);
	assert_int_equal(info->pid, 100);
	assert_int_equal(info->fd_count, 3);
	assert_int_equal(info->fds[0], 9);
	assert_int_equal(info->fds[1], 12);
	assert_int_equal(info->fds[2], 101);
	assert_int_equal(info->holder_count, 2);
	assert_int_equal(info->holders[0], 200);
	assert_int_equal(info->holders[1], 300);
	kvmfeat_gmem_list_free(list);
}

static void entries_come_by_pid_and_inode(void **state)
{
	struct world *w = *state;
	static const struct {
		pid_t pid;
		ino_t inode;
	} order[] = { { 100, 5 }, { 100, 9 }, { 200, 5 }, { 200, 7 } };
	struct fake_file elsewhere = gmem(5, 1);
	struct kvmfeat_gmem_list *list;

	elsewhere.dev = 22;
	holder(w, 200, 3, gmem(7, 1));
	fake_process_fd(&w->fake, 200, 4, LINK, elsewhere);
	holder(w, 100, 3, gmem(9, 1));
	fake_process_fd(&w->fake, 100, 4, LINK, gmem(5, 1));

	list = load(w, 4);
	for (size_t i = 0; i < KF_ARRAY_SIZE(order); i++) {
		assert_int_equal(kvmfeat_gmem_list_at(list, i)->pid, order[i].pid);
		assert_int_equal(kvmfeat_gmem_list_at(list, i)->account->inode, order[i].inode);
		assert_null(kvmfeat_gmem_list_at(list, i)->holders);
	}
	kvmfeat_gmem_list_free(list);
}

static void more_than_a_few_are_all_found(void **state)
{
	struct world *w = *state;

	for (pid_t pid = 100; pid < 110; pid++) {
		process(w, pid);
		for (int fd = 0; fd < 20; fd++)
			fake_process_fd(&w->fake, pid, fd, LINK, gmem((ino_t)(pid * 100 + fd), 1));
	}

	kvmfeat_gmem_list_free(load(w, 200));
}

static void blocks_of_one_make_no_blocks_a_fact_for_all(void **state)
{
	struct world *w = *state;
	struct kvmfeat_gmem_list *list;

	w->fake.procs.pidfd_open_error = -ENOSYS;
	holder(w, 100, 3, accounted(7, 0));
	holder(w, 200, 3, accounted(8, 5));

	list = load(w, 2);
	assert_int_equal(kvmfeat_gmem_list_at(list, 0)->account->source, KVMFEAT_GMEM_ST_BLOCKS);
	assert_int_equal(kvmfeat_gmem_list_at(list, 0)->account->allocated_bytes, 0);
	assert_int_equal(kvmfeat_gmem_list_at(list, 1)->account->source, KVMFEAT_GMEM_ST_BLOCKS);
	assert_int_equal(kvmfeat_gmem_list_at(list, 1)->account->allocated_bytes, 5 * PAGE);
	kvmfeat_gmem_list_free(list);
}

/* One guest_memfd whose figure is unknown, for a reason that begins with @text. */
static void assert_unknown(struct world *w, const char *text)
{
	struct kvmfeat_gmem_list *list = load(w, 1);
	const struct kvmfeat_gmem_info *info = kvmfeat_gmem_list_at(list, 0);

	assert_int_equal(info->account->source, KVMFEAT_GMEM_UNKNOWN);
	assert_int_equal(info->account->allocated_bytes, 0);
	assert_int_equal(info->account->size_bytes, 16 * PAGE);
	assert_non_null(info->reason);
	if (strncmp(info->reason, text, strlen(text)) != 0)
		fail_msg("'%s' does not begin with '%s'", info->reason, text);
	kvmfeat_gmem_list_free(list);
}

static void a_refusal_to_trace_is_put_down_to_yama_where_yama_says_so(void **state)
{
	struct world *w = *state;

	holder(w, 100, 3, gmem(7, 1))->getfd_error = -EPERM;

	assert_unknown(w, "process 100 may not be traced: the caller has no CAP_SYS_PTRACE");
	fake_file(&w->fake, "/proc/sys/kernel/yama/ptrace_scope", "0\n");
	assert_unknown(w, "process 100 may not be traced: the caller has no CAP_SYS_PTRACE");
	fake_file(&w->fake, "/proc/sys/kernel/yama/ptrace_scope", "1\n");
	assert_unknown(w, "process 100 may not be traced: Yama (kernel.yama.ptrace_scope = 1): "
			  "only its parent processes");
	fake_file(&w->fake, "/proc/sys/kernel/yama/ptrace_scope", "2\n");
	assert_unknown(w, "process 100 may not be traced: Yama (kernel.yama.ptrace_scope = 2): "
			  "only CAP_SYS_PTRACE");
	fake_file(&w->fake, "/proc/sys/kernel/yama/ptrace_scope", "3\n");
	assert_unknown(w, "process 100 may not be traced: Yama (kernel.yama.ptrace_scope = 3): "
			  "nobody");
	fake_file(&w->fake, "/proc/sys/kernel/yama/ptrace_scope", "9\n");
	assert_unknown(w, "process 100 may not be traced: the caller has no CAP_SYS_PTRACE");
}

static void a_kernel_without_cachestat_is_named(void **state)
{
	struct world *w = *state;

	w->fake.procs.cachestat_error = -ENOSYS;
	holder(w, 100, 3, gmem(7, 1));

	assert_unknown(w, "this kernel does not account guest_memfd in st_blocks and has no "
			  "cachestat(2), which came with Linux 6.5");
}

static void other_failures_name_the_call(void **state)
{
	struct world *w = *state;
	struct fake_process *vmm = holder(w, 100, 3, gmem(7, 1));

	vmm->pidfd_error = -ENOSYS;
	assert_unknown(w, "this kernel does not account guest_memfd in st_blocks, and "
			  "pidfd_open(2) fails for process 100: Function not implemented");
	vmm->pidfd_error = 0;
	vmm->getfd_error = -EMFILE;
	assert_unknown(w, "this kernel does not account guest_memfd in st_blocks, and "
			  "pidfd_getfd(2) fails for process 100: Too many open files");
	vmm->getfd_error = 0;
	w->fake.procs.cachestat_error = -EPERM;
	assert_unknown(w, "this kernel does not account guest_memfd in st_blocks, and "
			  "cachestat(2) fails for process 100: Operation not permitted");
}

static void a_holder_that_refuses_is_passed_over_for_the_next(void **state)
{
	struct world *w = *state;
	struct kvmfeat_gmem_list *list;

	holder(w, 100, 3, gmem(7, 2))->getfd_error = -EPERM;
	holder(w, 200, 3, gmem(7, 2));

	list = load(w, 1);
	assert_int_equal(kvmfeat_gmem_list_at(list, 0)->account->source, KVMFEAT_GMEM_CACHESTAT);
	assert_int_equal(kvmfeat_gmem_list_at(list, 0)->account->allocated_bytes, 2 * PAGE);
	assert_null(kvmfeat_gmem_list_at(list, 0)->reason);
	kvmfeat_gmem_list_free(list);
}

static void a_process_that_ends_at_any_call_is_dropped_or_whole(void **state)
{
	struct world *w = *state;
	struct fake_process *vmm = holder(w, 100, 3, gmem(7, 2));
	struct kvmfeat_gmem_list *list;
	bool seen = false, dropped = false;

	for (unsigned int calls = 1; !seen; calls++) {
		vmm->calls = 0;
		vmm->end_after = calls;
		assert_int_equal(kvmfeat_gmem_list_load(w->ctx, 0, &list), 0);
		seen = kvmfeat_gmem_list_count(list);
		dropped |= !seen;
		if (seen)
			assert_int_equal(kvmfeat_gmem_list_at(list, 0)->account->source,
					 KVMFEAT_GMEM_CACHESTAT);
		kvmfeat_gmem_list_free(list);
	}
	assert_true(dropped);
}

/* Loads the list with another program in place of the process after every number of calls. */
static void assert_never_mistaken(struct world *w, struct fake_process *vmm)
{
	struct kvmfeat_gmem_list *list;
	bool seen = false, dropped = false;

	for (unsigned int calls = 1; !seen; calls++) {
		vmm->calls = 0;
		vmm->exec_after = calls;
		assert_int_equal(kvmfeat_gmem_list_load(w->ctx, 0, &list), 0);
		seen = kvmfeat_gmem_list_count(list);
		dropped |= !seen;
		if (seen) {
			const struct kvmfeat_gmem_info *info = kvmfeat_gmem_list_at(list, 0);

			assert_int_equal(info->account->inode, 7);
			assert_int_equal(info->account->source, KVMFEAT_GMEM_CACHESTAT);
			assert_int_equal(info->account->allocated_bytes, 2 * PAGE);
		}
		kvmfeat_gmem_list_free(list);
	}
	assert_true(dropped);
}

static void a_program_that_takes_the_place_is_not_taken_for_the_holder(void **state)
{
	struct world *w = *state;

	assert_never_mistaken(w, holder(w, 100, 3, gmem(7, 2)));
}

static void a_pid_that_was_reused_is_not_taken_for_the_holder(void **state)
{
	struct world *w = *state;
	struct fake_process *vmm = holder(w, 100, 3, gmem(7, 2));
	struct fake_file other = gmem(8, 9);

	vmm->exec_file = &other;
	assert_never_mistaken(w, vmm);
}

static void a_process_of_another_pid_namespace_is_listed_without_a_figure(void **state)
{
	struct world *w = *state;
	struct kvmfeat_gmem_list *list;

	holder(w, 100, 3, gmem(7, 2));
	w->fake.pid = 7;
	assert_unknown(w, "process 100 is not to be found under this number");
	fake_remove(&w->fake, "/proc/self");
	w->fake.pid = 42;
	assert_unknown(w, "process 100 is not to be found under this number");

	holder(w, 200, 3, accounted(8, 5));
	list = load(w, 2);
	assert_int_equal(kvmfeat_gmem_list_at(list, 0)->account->source, KVMFEAT_GMEM_ST_BLOCKS);
	kvmfeat_gmem_list_free(list);
}

static void one_process_is_looked_into_alone(void **state)
{
	struct world *w = *state;
	struct kvmfeat_gmem_list *list;

	holder(w, 100, 3, gmem(7, 2));
	holder(w, 200, 3, gmem(7, 2));
	fake_process_fd(&w->fake, 200, 4, LINK, gmem(8, 2));
	process(w, 300);

	assert_int_equal(kvmfeat_gmem_list_load(w->ctx, 200, &list), 0);
	assert_int_equal(kvmfeat_gmem_list_count(list), 2);
	assert_int_equal(kvmfeat_gmem_list_at(list, 0)->pid, 200);
	assert_int_equal(kvmfeat_gmem_list_at(list, 0)->holder_count, 0);
	kvmfeat_gmem_list_free(list);
	assert_int_equal(kvmfeat_gmem_list_load(w->ctx, 300, &list), 0);
	assert_int_equal(kvmfeat_gmem_list_count(list), 0);
	kvmfeat_gmem_list_free(list);
}

static void a_process_that_is_not_there_or_not_open_is_an_error_by_name(void **state)
{
	struct world *w = *state;
	struct kvmfeat_gmem_list *list = NULL;

	assert_int_equal(kvmfeat_gmem_list_load(w->ctx, 4242, &list), -ESRCH);
	assert_string_equal(reason(w), "there is no process 4242");
	assert_int_equal(kvmfeat_gmem_list_load(w->ctx, -5, &list), -ESRCH);
	assert_string_equal(reason(w), "there is no process -5");
	process(w, 100)->open_error = -EACCES;
	assert_int_equal(kvmfeat_gmem_list_load(w->ctx, 100, &list), -EACCES);
	assert_string_equal(reason(w), "process 100 may not be looked into");
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->why, KVMFEAT_WHY_PERMISSION);
	assert_non_null(strstr(kvmfeat_ctx_error(w->ctx)->remedy, "CAP_SYS_PTRACE"));
	assert_null(list);
}

static void a_hidden_process_is_not_told_to_be_missing(void **state)
{
	static const int none[] = { -ESRCH, -EINVAL, -ENOSYS, -EPERM };
	struct world *w = *state;
	struct kvmfeat_gmem_list *list = NULL;
	struct fake_process *vmm = holder(w, 100, 3, gmem(7, 2));

	fake_remove(&w->fake, "/proc/100");
	assert_int_equal(kvmfeat_gmem_list_load(w->ctx, 100, &list), -EACCES);
	assert_string_equal(reason(w), "process 100 is hidden");
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->why, KVMFEAT_WHY_PERMISSION);
	vmm->pidfd_error = -EMFILE;
	assert_int_equal(kvmfeat_gmem_list_load(w->ctx, 100, &list), -EACCES);
	for (size_t i = 0; i < KF_ARRAY_SIZE(none); i++) {
		vmm->pidfd_error = none[i];
		assert_int_equal(kvmfeat_gmem_list_load(w->ctx, 100, &list), -ESRCH);
	}
	vmm->pidfd_error = 0;
	w->fake.pid = 7;
	assert_int_equal(kvmfeat_gmem_list_load(w->ctx, 100, &list), -ESRCH);
	assert_null(list);
}

static void processes_that_may_not_be_looked_into_are_counted(void **state)
{
	struct world *w = *state;
	struct kvmfeat_gmem_list *list;

	holder(w, 100, 3, gmem(7, 2))->open_error = -EACCES;
	holder(w, 200, 3, gmem(8, 2))->link_error = -EACCES;
	holder(w, 300, 3, gmem(9, 2));

	list = load(w, 1);
	assert_int_equal(kvmfeat_gmem_list_unseen(list), 2);
	kvmfeat_gmem_list_free(list);
	fake_hidepid(&w->fake);
	list = load(w, 1);
	assert_int_equal(kvmfeat_gmem_list_unseen(list), -1);
	kvmfeat_gmem_list_free(list);
}

static void a_link_that_may_be_read_but_not_opened_is_unseen(void **state)
{
	struct world *w = *state;
	struct kvmfeat_gmem_list *list;

	w->fake.procs.path_open_error = -EACCES;
	holder(w, 100, 3, gmem(7, 2));

	list = load(w, 0);
	assert_int_equal(kvmfeat_gmem_list_unseen(list), 1);
	kvmfeat_gmem_list_free(list);
}

static void a_lack_of_descriptors_ends_the_list_with_a_reason(void **state)
{
	struct world *w = *state;
	struct kvmfeat_gmem_list *list = NULL;

	w->fake.procs.path_open_error = -EMFILE;
	holder(w, 100, 3, gmem(7, 2));

	assert_int_equal(kvmfeat_gmem_list_load(w->ctx, 0, &list), -EMFILE);
	assert_string_equal(reason(w), "guest_memfd 3 of process 100 cannot be looked at: Too many "
				       "open files");
	assert_null(list);
}

static void a_missing_proc_is_an_error(void **state)
{
	struct world *w = *state;
	struct kvmfeat_gmem_list *list = NULL;

	fake_remove(&w->fake, "/proc");

	assert_int_equal(kvmfeat_gmem_list_load(w->ctx, 0, &list), -ENOENT);
	assert_non_null(strstr(reason(w), "/proc"));
	assert_null(list);
}

/* Every kernel call fails once, each time with another list behind it. */
static void fail_each_call(struct world *w)
{
	static const int errors[] = { -EIO, -EACCES, -ENOMEM, -ENOENT, -ESRCH };
	unsigned int open_fds = fake_open_fds(&w->fake);

	for (size_t i = 0; i < KF_ARRAY_SIZE(errors); i++) {
		w->fake.fail_error = errors[i];
		w->fake.failed = true;
		for (unsigned int at = 1; w->fake.failed; at++) {
			struct kvmfeat_gmem_list *list = NULL;
			int err;

			w->fake.failed = false;
			w->fake.calls = 0;
			w->fake.fail_at = at;
			err = kvmfeat_gmem_list_load(w->ctx, 0, &list);
			assert_int_equal(!err, list != NULL);
			if (err)
				assert_int_equal(kvmfeat_ctx_error(w->ctx)->error, err);
			assert_int_equal(fake_open_fds(&w->fake), open_fds);
			kvmfeat_gmem_list_free(list);
		}
		assert_true(w->fake.calls > 10);
	}
	w->fake.fail_at = 0;
}

static void any_call_may_fail(void **state)
{
	struct world *w = *state;

	holder(w, 100, 3, gmem(7, 2));
	holder(w, 200, 3, gmem(7, 2));
	fail_each_call(w);
}

static void a_copy_of_proc_tells_who_but_not_how_much(void **state)
{
	struct world *w = *state;
	const struct kvmfeat_gmem_info *info;
	struct kvmfeat_gmem_list *list;

	fake_link(&w->fake, "/proc/100/fd/3", LINK);
	fake_file(&w->fake, "/proc/100/fdinfo/3", "pos:\t0\nflags:\t02\nmnt_id:\t15\nino:\t77\n");
	fake_link(&w->fake, "/proc/200/fd/4", OLD_LINK);
	fake_file(&w->fake, "/proc/200/fdinfo/4", "pos:\t0\nflags:\t02\nmnt_id:\t15\nino:\t77\n");
	fake_link(&w->fake, "/proc/200/fd/5", OLD_LINK);
	fake_link(&w->fake, "/proc/200/fd/6", OLD_LINK);
	assert_int_equal(kvmfeat_ctx_set_root(w->ctx, w->fake.root), 0);

	list = load(w, 3);
	info = kvmfeat_gmem_list_at(list, 0);
	assert_int_equal(info->pid, 100);
	assert_int_equal(info->account->inode, 77);
	assert_int_equal(info->account->size_bytes, 0);
	assert_int_equal(info->account->source, KVMFEAT_GMEM_UNKNOWN);
	assert_int_equal(info->holder_count, 1);
	assert_int_equal(info->holders[0], 200);
	assert_non_null(strstr(info->reason, "/proc is a copy"));
	assert_int_equal(kvmfeat_gmem_list_at(list, 1)->fds[0], 5);
	assert_int_equal(kvmfeat_gmem_list_at(list, 1)->account->inode, 0);
	assert_int_equal(kvmfeat_gmem_list_at(list, 2)->fds[0], 6);
	kvmfeat_gmem_list_free(list);
	fail_each_call(w);
}

static void nothing_is_freed_from_no_list(void **state)
{
	(void)state;
	kvmfeat_gmem_list_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(both_spellings_of_the_link_are_found),
		WORLD_TEST(files_that_only_look_like_one_are_passed_over),
		WORLD_TEST(an_inode_is_counted_once_with_all_that_hold_it),
		WORLD_TEST(entries_come_by_pid_and_inode),
		WORLD_TEST(more_than_a_few_are_all_found),
		WORLD_TEST(blocks_of_one_make_no_blocks_a_fact_for_all),
		WORLD_TEST(a_refusal_to_trace_is_put_down_to_yama_where_yama_says_so),
		WORLD_TEST(a_kernel_without_cachestat_is_named),
		WORLD_TEST(other_failures_name_the_call),
		WORLD_TEST(a_holder_that_refuses_is_passed_over_for_the_next),
		WORLD_TEST(a_process_that_ends_at_any_call_is_dropped_or_whole),
		WORLD_TEST(a_program_that_takes_the_place_is_not_taken_for_the_holder),
		WORLD_TEST(a_pid_that_was_reused_is_not_taken_for_the_holder),
		WORLD_TEST(a_process_of_another_pid_namespace_is_listed_without_a_figure),
		WORLD_TEST(one_process_is_looked_into_alone),
		WORLD_TEST(a_process_that_is_not_there_or_not_open_is_an_error_by_name),
		WORLD_TEST(a_hidden_process_is_not_told_to_be_missing),
		WORLD_TEST(processes_that_may_not_be_looked_into_are_counted),
		WORLD_TEST(a_link_that_may_be_read_but_not_opened_is_unseen),
		WORLD_TEST(a_lack_of_descriptors_ends_the_list_with_a_reason),
		WORLD_TEST(a_missing_proc_is_an_error),
		WORLD_TEST(any_call_may_fail),
		WORLD_TEST(a_copy_of_proc_tells_who_but_not_how_much),
		WORLD_TEST(nothing_is_freed_from_no_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
