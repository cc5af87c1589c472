// SPDX-License-Identifier: GPL-2.0-or-later
/* 20 processes with a VM and a guest_memfd among 1,000: the lists name exactly these. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <kvmfeat/kvmfeat.h>

#include "live.h"
#include "many.h"

#define PROCESSES 1000
#define HOLDERS 20
#define FDS 5

struct host {
	struct kvmfeat_ctx *ctx;
	struct many many;
};

/* The process with a pid, or NULL when it is none of ours: others may run VMs here, too. */
static const struct many_process *find(const struct host *host, pid_t pid)
{
	for (size_t i = 0; i < host->many.count; i++)
		if (host->many.processes[i].pid == pid)
			return &host->many.processes[i];
	return NULL;
}

/* A list that somebody else loads meanwhile holds copies for a moment: the row may be his. */
static const struct many_process *find_holder(const struct host *host,
					      const struct kvmfeat_gmem_info *info)
{
	const struct many_process *process = find(host, info->pid);

	for (size_t i = 0; !process && i < info->holder_count; i++)
		process = find(host, info->holders[i]);
	return process;
}

static void vm_list_names_exactly_the_holders(void **state)
{
	const struct host *host = *state;
	struct kvmfeat_vm_list *list;
	size_t found = 0;

	assert_int_equal(kvmfeat_vm_list_load(host->ctx, &list), 0);
	for (size_t i = 0; i < kvmfeat_vm_list_count(list); i++) {
		const struct kvmfeat_vm_info *info = kvmfeat_vm_list_at(list, i);
		const struct many_process *process = find(host, info->pid);

		if (!process)
			continue;
		found++;
		assert_int_equal(info->fd_count, 1);
		assert_int_equal(info->fds[0], process->vm_fd);
		assert_int_equal(info->vm_count, 1);
		assert_int_equal(info->holder_count, 0);
		assert_int_equal(info->vcpus, 0);
		assert_true(info->memory_bytes > 0);
		assert_int_equal(info->gmem_count, process->gmem_fd >= 0);
		assert_int_equal(info->gmem_bytes, process->gmem_allocated_bytes);
	}
	assert_int_equal(found, HOLDERS);
	kvmfeat_vm_list_free(list);
}

static void gmem_list_names_exactly_the_holders(void **state)
{
	const struct host *host = *state;
	struct kvmfeat_gmem_list *list;
	const char *lacking = live_lacks(true);
	size_t found = 0;

	if (lacking && live_required())
		fail_msg("%s", lacking);
	if (lacking)
		skip();
	assert_int_equal(kvmfeat_gmem_list_load(host->ctx, 0, &list), 0);
	for (size_t i = 0; i < kvmfeat_gmem_list_count(list); i++) {
		const struct kvmfeat_gmem_info *info = kvmfeat_gmem_list_at(list, i);
		const struct many_process *process = find_holder(host, info);

		if (!process)
			continue;
		found++;
		if (info->pid == process->pid) {
			assert_int_equal(info->fd_count, 1);
			assert_int_equal(info->fds[0], process->gmem_fd);
		}
		assert_int_equal(info->account->size_bytes, process->gmem_size_bytes);
		/* They are our children: nothing forbids to ask them. */
		assert_int_not_equal(info->account->source, KVMFEAT_GMEM_UNKNOWN);
		assert_int_equal(info->account->allocated_bytes, process->gmem_allocated_bytes);
	}
	assert_int_equal(found, HOLDERS);
	kvmfeat_gmem_list_free(list);
}

int main(void)
{
	struct host host;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(vm_list_names_exactly_the_holders, &host),
		cmocka_unit_test_prestate(gmem_list_names_exactly_the_holders, &host),
	};
	const char *lacking = live_lacks(false);
	int status;

	if (lacking)
		return live_skip(lacking);
	if (kvmfeat_ctx_new(&host.ctx))
		return 1;
	if (many_start(&host.many, PROCESSES, HOLDERS, FDS)) {
		kvmfeat_ctx_free(host.ctx);
		return live_skip("1,000 processes with 20 VMs do not start here");
	}
	status = cmocka_run_group_tests(tests, NULL, NULL);
	many_stop(&host.many);
	kvmfeat_ctx_free(host.ctx);
	return status;
}
