// SPDX-License-Identifier: GPL-2.0-or-later
/* The contract of guest_memfd on the real kernel; skipped where it has none. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "contract-gmem.h"
#include "live.h"

static int close_real(struct contract_gmem *contract, int fd)
{
	(void)contract;
	return close(fd);
}

static int setup(void **state)
{
	struct contract_gmem *c = calloc(1, sizeof(*c));

	c->close = close_real;
	*state = c;
	return kvmfeat_ctx_new(&c->ctx) ?: contract_gmem_begin(c);
}

static int teardown(void **state)
{
	struct contract_gmem *c = *state;

	contract_gmem_end(c);
	kvmfeat_ctx_free(c->ctx);
	free(c);
	return 0;
}

static void a_new_descriptor_is_close_on_exec(void **state)
{
	const struct contract_gmem *c = *state;

	assert_true(fcntl(c->fd, F_GETFD) & FD_CLOEXEC);
}

static void this_process_finds_its_own(void **state)
{
	const struct contract_gmem *c = *state;
	const struct kvmfeat_gmem_info *info;
	struct kvmfeat_gmem_list *list;
	int copy = dup(c->fd);

	assert_int_equal(kvmfeat_gmem_allocate(c->ctx, c->fd, 0, 3 * c->page), 0);

	assert_int_equal(kvmfeat_gmem_list_load(c->ctx, getpid(), &list), 0);
	assert_int_equal(kvmfeat_gmem_list_count(list), 1);
	info = kvmfeat_gmem_list_at(list, 0);
	assert_int_equal(info->pid, getpid());
	assert_int_equal(info->fd_count, 2);
	assert_int_equal(info->fds[0], c->fd);
	assert_int_equal(info->fds[1], copy);
	assert_int_equal(info->account->allocated_bytes, 3 * c->page);
	assert_int_not_equal(info->account->source, KVMFEAT_GMEM_UNKNOWN);
	assert_null(info->reason);
	kvmfeat_gmem_list_free(list);
	close(copy);
}

/* Its parent may have closed standard input, so a VMM's descriptor may be 0. */
static void descriptor_0_is_one_like_others(void **state)
{
	const struct contract_gmem *c = *state;
	struct kvmfeat_gmem_account account = { .size = sizeof(account) };
	struct kvmfeat_gmem_list *list;
	const int input = dup(STDIN_FILENO);

	assert_int_equal(dup2(c->fd, 0), 0);
	assert_int_equal(kvmfeat_gmem_get_account(c->ctx, 0, &account), 0);
	assert_int_equal(account.size_bytes, 16 * c->page);
	assert_int_equal(kvmfeat_gmem_allocate(c->ctx, 0, 0, c->page), 0);
	assert_int_equal(kvmfeat_gmem_list_load(c->ctx, getpid(), &list), 0);
	assert_int_equal(kvmfeat_gmem_list_count(list), 1);
	assert_int_equal(kvmfeat_gmem_list_at(list, 0)->fds[0], 0);
	kvmfeat_gmem_list_free(list);
	if (input < 0 || dup2(input, STDIN_FILENO) < 0)
		close(0);
	close(input);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONTRACT_GMEM_TESTS(setup, teardown),
		cmocka_unit_test_setup_teardown(a_new_descriptor_is_close_on_exec, setup, teardown),
		cmocka_unit_test_setup_teardown(this_process_finds_its_own, setup, teardown),
		cmocka_unit_test_setup_teardown(descriptor_0_is_one_like_others, setup, teardown),
	};

	const char *lacking = live_lacks(true);

	return lacking ? live_skip(lacking) : cmocka_run_group_tests(tests, NULL, NULL);
}
