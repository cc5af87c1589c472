// SPDX-License-Identifier: GPL-2.0-or-later
/* The contract of VMs on the real kernel; skipped where it makes none. */
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "contract-vm.h"
#include "internal.h"
#include "live.h"

static int in_child(struct contract_vm *c, int (*body)(struct contract_vm *))
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(-body(c)); /* errno values fit into an exit status */
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -ECHILD;
	return -WEXITSTATUS(status);
}

static int setup(void **state)
{
	struct contract_vm *c = calloc(1, sizeof(*c));
	struct kvmfeat_vm *other;

	*state = c;
	c->sys = &kf_sys_linux;
	c->pid = getpid();
	c->fd_dir = "/proc/self/fd";
	c->in_other_process = in_child;
	if (kvmfeat_ctx_new(&c->ctx) || contract_vm_begin(c) || kvmfeat_vm_open(c->ctx, 0, &other))
		return -1;
	c->data = other;
	c->vm_fd = kvmfeat_vm_fd(c->vm);
	c->vm_dup = dup(c->vm_fd);
	c->other_vm = kvmfeat_vm_fd(other);
	c->vcpu_fd = kvmfeat_vcpu_fd(c->vcpu);
	c->no_fd = dup(c->vm_fd);
	close(c->no_fd);
	return 0;
}

static int teardown(void **state)
{
	struct contract_vm *c = *state;

	close(c->vm_dup);
	kvmfeat_vm_free(c->data);
	contract_vm_end(c);
	kvmfeat_ctx_free(c->ctx);
	free(c);
	return 0;
}

static void an_inherited_vm_is_listed_with_its_holder(void **state)
{
	const struct contract_vm *c = *state;
	struct kvmfeat_vm_list *list;
	bool found = false;
	int hold[2];
	pid_t pid;

	assert_int_equal(pipe(hold), 0);
	pid = fork();
	if (!pid) {
		char byte;

		close(hold[1]);
		_exit(read(hold[0], &byte, 1) != 0);
	}
	assert_int_equal(kvmfeat_vm_list_load(c->ctx, &list), 0);
	close(hold[0]);
	close(hold[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	for (size_t i = 0; i < kvmfeat_vm_list_count(list); i++) {
		const struct kvmfeat_vm_info *info = kvmfeat_vm_list_at(list, i);

		assert_int_not_equal(info->pid, pid);
		if (info->pid != c->pid || info->fds[0] != c->vm_fd)
			continue;
		found = true;
		assert_int_equal(info->holder_count, 1);
		assert_int_equal(info->holders[0], pid);
	}
	assert_true(found);
	kvmfeat_vm_list_free(list);
}

/* remote_tlb_flush is of every architecture (KVM_GENERIC_VM_STATS), since there are any. */
static void statistics_are_read_by_name(void **state)
{
	static const char *const names[] = { "remote_tlb_flush", "hdbss_nothing" };
	const struct contract_vm *c = *state;
	int64_t values[] = { -1, -1 };
	int fd = ioctl(c->vm_fd, LIVE_GET_STATS_FD, 0);

	if (fd < 0) /* Linux before 5.14 has none, and that is no error */
		values[0] = 0;
	close(fd);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(kf_stats_read(c->vm, names, 2, values), 0);
		assert_true(values[0] >= 0);
		assert_true(values[1] == -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONTRACT_VM_TESTS(setup, teardown),
		cmocka_unit_test_setup_teardown(an_inherited_vm_is_listed_with_its_holder, setup,
						teardown),
		cmocka_unit_test_setup_teardown(statistics_are_read_by_name, setup, teardown),
	};

	const char *lacking = live_lacks(false);

	return lacking ? live_skip(lacking) : cmocka_run_group_tests(tests, NULL, NULL);
}
