// SPDX-License-Identifier: GPL-2.0-or-later
/* One guest_memfd. The list of all of the host is in test-gmem-list.c. */
#include <linux/kvm.h>

#include "contract-gmem.h"
#include "world.h"

#define PAGE 4096u

static int close_fake(struct contract_gmem *contract, int fd)
{
	struct world *w = contract->data;

	return w->fake.sys.close(&w->fake.sys, fd);
}

static int setup(void **state)
{
	struct contract_gmem *c = calloc(1, sizeof(*c));
	void *world;

	if (world_setup(&world))
		return -1;
	c->data = world;
	c->ctx = ((struct world *)world)->ctx;
	c->close = close_fake;
	*state = c;
	return contract_gmem_begin(c);
}

static int teardown(void **state)
{
	struct contract_gmem *c = *state;
	void *world = c->data;

	contract_gmem_end(c);
	free(c);
	return world_teardown(&world);
}

static struct fake *fake(const struct contract_gmem *c)
{
	return &((struct world *)c->data)->fake;
}

static const struct kvmfeat_error *error(const struct contract_gmem *c)
{
	return kvmfeat_ctx_error(c->ctx);
}

static int open_page(struct contract_gmem *c, unsigned int flags)
{
	int fd = -100;
	int err = kvmfeat_gmem_open(c->vm, PAGE, flags, &fd);

	if (!err)
		c->close(c, fd);
	else
		assert_int_equal(fd, -100);
	return err;
}

static void a_new_descriptor_is_close_on_exec(void **state)
{
	struct contract_gmem *c = *state;

	assert_true(fake_fd(fake(c), c->fd)->cloexec);
}

static void a_descriptor_that_exec_would_inherit_is_not_handed_out(void **state)
{
	struct contract_gmem *c = *state;
	unsigned int before = fake_open_fds(fake(c));

	fake(c)->fail_at = fake(c)->calls + 2;
	fake(c)->fail_error = -EIO;

	assert_int_equal(open_page(c, 0), -EIO);
	assert_string_equal(error(c)->operation, "fcntl");
	assert_non_null(strstr(error(c)->reason, "close-on-exec"));
	assert_int_equal(fake_open_fds(fake(c)), before);
}

static void assert_missing(const char *machine, const char *release, enum kvmfeat_why why,
			   const char *text)
{
	struct kvmfeat_vm *vm;
	struct world *w;
	void *state;
	int fd = -100;

	assert_int_equal(world_setup(&state), 0);
	w = state;
	kvmfeat_ctx_free(w->ctx);
	strcpy(w->fake.uname.machine, machine);
	strcpy(w->fake.uname.release, release);
	assert_int_equal(kf_ctx_new(&w->fake.sys, &w->ctx), 0);
	w->fake.gmem.missing = true;
	assert_int_equal(kvmfeat_vm_open(w->ctx, 0, &vm), 0);

	assert_int_equal(kvmfeat_gmem_open(vm, PAGE, 0, &fd), -EOPNOTSUPP);
	assert_int_equal(fd, -100);
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->why, why);
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->origin, KVMFEAT_ORIGIN_KERNEL);
	if (!strstr(reason(w), text))
		fail_msg("no '%s' in: %s", text, reason(w));
	kvmfeat_vm_free(vm);
	world_teardown(&state);
}

static void a_kernel_without_it_says_whether_release_build_or_architecture(void **state)
{
	(void)state;
	assert_missing("x86_64", "6.1.0-31-amd64", KVMFEAT_WHY_KERNEL_VERSION,
		       "Linux 6.1.0-31-amd64 has no guest_memfd: it came with 6.8 on x86");
	assert_missing("x86_64", "6.8.0", KVMFEAT_WHY_KERNEL_CONFIG, "was built without");
	assert_missing("x86_64", "5.19", KVMFEAT_WHY_KERNEL_VERSION, "6.8");
	assert_missing("aarch64", "6.17.9", KVMFEAT_WHY_KERNEL_VERSION, "6.18 on arm64");
	assert_missing("aarch64", "6.18.1", KVMFEAT_WHY_KERNEL_CONFIG, "was built without");
	assert_missing("s390x", "6.18.1", KVMFEAT_WHY_OTHER_ARCH, "on s390: x86 and arm64");
	assert_missing("x86_64", "mine", KVMFEAT_WHY_KERNEL_CONFIG, "Linux mine was built");
}

static void slots_of_a_kernel_without_it_are_told_the_same(void **state)
{
	struct contract_gmem *c = *state;
	struct kvmfeat_gmem_slot slot = { .size = sizeof(slot), .fd = c->fd, .memory_size = PAGE };

	fake(c)->gmem.missing = true;

	assert_int_equal(kvmfeat_gmem_bind(c->vm, &slot), -EOPNOTSUPP);
	assert_string_equal(error(c)->operation, "KVM_SET_USER_MEMORY_REGION2");
	assert_int_equal(error(c)->why, KVMFEAT_WHY_KERNEL_CONFIG);
	assert_int_equal(kvmfeat_gmem_unbind(c->vm, 0), -EOPNOTSUPP);
}

static void a_vm_type_without_private_memory_is_named(void **state)
{
	struct contract_gmem *c = *state;
	struct kvmfeat_gmem_slot slot = { .size = sizeof(slot), .fd = c->fd, .memory_size = PAGE };

	fake_cap(fake(c), KVM_CAP_GUEST_MEMFD, 0);

	assert_int_equal(kvmfeat_gmem_bind(c->vm, &slot), -EOPNOTSUPP);
	assert_int_equal(error(c)->why, KVMFEAT_WHY_KERNEL_VERSION);
	assert_non_null(strstr(error(c)->reason, "VMs of this type have no guest_memfd"));
	fake(c)->gmem.create_error = -EINVAL;
	assert_int_equal(open_page(c, 0), -EOPNOTSUPP);
	assert_non_null(strstr(error(c)->reason, "VMs of this type have no guest_memfd"));
}

static void refused_flags_are_answered_with_those_that_the_vm_takes(void **state)
{
	struct contract_gmem *c = *state;

	fake_cap(fake(c), KVM_CAP_GUEST_MEMFD_FLAGS, KVMFEAT_GMEM_MMAP);
	assert_int_equal(open_page(c, KVMFEAT_GMEM_MMAP), 0);
	assert_int_equal(open_page(c, KVMFEAT_GMEM_INIT_SHARED), -EINVAL);
	assert_string_equal(error(c)->reason,
			    "guest_memfd flags 0x2 are refused: this VM takes MMAP (mask 0x1)");
	assert_string_equal(error(c)->value, "0x2");
	assert_int_equal(error(c)->why, KVMFEAT_WHY_NONE);

	fake_cap(fake(c), KVM_CAP_GUEST_MEMFD_FLAGS, 0);
	assert_int_equal(open_page(c, KVMFEAT_GMEM_MMAP), -EINVAL);
	assert_non_null(strstr(error(c)->reason, "this VM takes none (mask 0x0)"));
	assert_int_equal(error(c)->why, KVMFEAT_WHY_KERNEL_VERSION);
	assert_string_equal(error(c)->remedy, "Linux 6.18 or newer");
	assert_int_equal(open_page(c, 0), 0);
}

static void other_errors_of_creation_pass_through_with_the_size(void **state)
{
	static const int errors[] = { -ENOMEM, -EMFILE, -ENFILE, -EINVAL };
	struct contract_gmem *c = *state;

	for (size_t i = 0; i < KF_ARRAY_SIZE(errors); i++) {
		fake(c)->gmem.create_error = errors[i];
		assert_int_equal(open_page(c, 0), errors[i]);
		assert_string_equal(error(c)->value, "4096");
		assert_int_equal(error(c)->origin, KVMFEAT_ORIGIN_KERNEL);
	}
}

static void a_slot_struct_of_another_size_is_taken_when_nothing_is_lost(void **state)
{
	struct contract_gmem *c = *state;
	struct {
		struct kvmfeat_gmem_slot slot;
		uint64_t future;
	} newer = {
		.slot = { .size = sizeof(newer), .fd = c->fd, .memory_size = PAGE },
	};

	newer.future = 1;
	assert_int_equal(kvmfeat_gmem_bind(c->vm, &newer.slot), -E2BIG);
	assert_int_equal(error(c)->origin, KVMFEAT_ORIGIN_LIBRARY);
	newer.future = 0;
	assert_int_equal(kvmfeat_gmem_bind(c->vm, &newer.slot), 0);
	newer.slot.size = sizeof(newer.slot) - 1;
	assert_int_equal(kvmfeat_gmem_bind(c->vm, &newer.slot), -EINVAL);
	assert_non_null(strstr(error(c)->reason, "too short"));
}

static void misaligned_slots_never_reach_the_kernel(void **state)
{
	struct contract_gmem *c = *state;
	const struct kvmfeat_gmem_slot good = {
		.size = sizeof(good), .slot = 3, .fd = c->fd, .memory_size = PAGE
	};
	struct kvmfeat_gmem_slot bad[5] = { good, good, good, good, good };
	static const char *const texts[] = {
		"slot 3: memory size 0x1001 is not page-aligned",
		"slot 3: guest_memfd offset 0x1 is not page-aligned",
		"slot 3: guest address 0x1 is not page-aligned",
		"slot 3: userspace address 0x1 is not page-aligned",
		"slot 3: memory size is 0",
	};
	unsigned int calls;

	assert_int_equal(kvmfeat_gmem_bind(c->vm, &good), 0);
	calls = fake(c)->calls;
	bad[0].memory_size = PAGE + 1;
	bad[1].offset = 1;
	bad[2].guest_phys_addr = 1;
	bad[3].userspace_addr = 1;
	bad[4].memory_size = 0;
	for (size_t i = 0; i < KF_ARRAY_SIZE(bad); i++) {
		assert_int_equal(kvmfeat_gmem_bind(c->vm, &bad[i]), -EINVAL);
		assert_string_equal(error(c)->reason, texts[i]);
		assert_int_equal(error(c)->origin, KVMFEAT_ORIGIN_LIBRARY);
	}
	assert_int_equal(fake(c)->calls, calls);
	assert_int_equal(fake(c)->gmem.slots[0].slot, 3);
}

static void other_errors_of_a_slot_pass_through_with_its_number(void **state)
{
	struct contract_gmem *c = *state;
	struct kvmfeat_gmem_slot slot = {
		.size = sizeof(slot), .slot = 7, .fd = c->fd, .memory_size = PAGE
	};

	fake(c)->gmem.bind_error = -ENOMEM;

	assert_int_equal(kvmfeat_gmem_bind(c->vm, &slot), -ENOMEM);
	assert_string_equal(error(c)->value, "7");
	fake(c)->gmem.bind_error = -EIO;
	assert_int_equal(kvmfeat_gmem_unbind(c->vm, 7), -EIO);
	assert_non_null(strstr(error(c)->reason, "slot 7 cannot be removed"));
}

static void what_was_allocated_before_an_error_stays(void **state)
{
	static const int errors[] = { -ENOMEM, -EINTR };
	struct contract_gmem *c = *state;
	struct kvmfeat_gmem_account account = { .size = sizeof(account) };

	for (size_t i = 0; i < KF_ARRAY_SIZE(errors); i++) {
		fake(c)->gmem.fallocate_error = errors[i];
		assert_int_equal(kvmfeat_gmem_allocate(c->ctx, c->fd, 0, 8 * PAGE), errors[i]);
		assert_string_equal(error(c)->value, "0x0+0x8000");
	}
	assert_int_equal(kvmfeat_gmem_get_account(c->ctx, c->fd, &account), 0);
	assert_int_equal(account.allocated_bytes, 4 * PAGE);
}

static void an_einval_inside_the_file_is_not_called_its_end(void **state)
{
	struct contract_gmem *c = *state;

	fake(c)->gmem.fallocate_error = -EINVAL;

	assert_int_equal(kvmfeat_gmem_allocate(c->ctx, c->fd, 0, PAGE), -EINVAL);
	assert_string_equal(error(c)->reason, "0x0+0x1000 cannot be allocated: Invalid argument");
	assert_int_equal(kvmfeat_gmem_punch(c->ctx, c->fd, 0, PAGE), -EINVAL);
	assert_string_equal(error(c)->reason, "0x0+0x1000 cannot be punched: Invalid argument");
}

static void the_figure_names_its_source(void **state)
{
	struct contract_gmem *c = *state;
	struct kvmfeat_gmem_account account = { .size = sizeof(account) };

	assert_int_equal(kvmfeat_gmem_allocate(c->ctx, c->fd, 0, 2 * PAGE), 0);
	assert_int_equal(kvmfeat_gmem_get_account(c->ctx, c->fd, &account), 0);
	assert_int_equal(account.source, KVMFEAT_GMEM_CACHESTAT);
	assert_int_equal(account.allocated_bytes, 2 * PAGE);

	fake(c)->gmem.accounts = true;
	assert_int_equal(kvmfeat_gmem_allocate(c->ctx, c->fd, 0, 3 * PAGE), 0);
	assert_int_equal(kvmfeat_gmem_get_account(c->ctx, c->fd, &account), 0);
	assert_int_equal(account.source, KVMFEAT_GMEM_ST_BLOCKS);
	assert_int_equal(account.allocated_bytes, 3 * PAGE);

	fake(c)->gmem.accounts = false;
	fake(c)->procs.cachestat_error = -ENOSYS;
	assert_int_equal(kvmfeat_gmem_punch(c->ctx, c->fd, 0, PAGE), 0);
	assert_int_equal(kvmfeat_gmem_get_account(c->ctx, c->fd, &account), 0);
	assert_int_equal(account.source, KVMFEAT_GMEM_UNKNOWN);
	assert_int_equal(account.allocated_bytes, 0);
	assert_int_equal(account.size_bytes, 16 * PAGE);
}

static void older_kernels_keep_it_among_the_anonymous_inodes(void **state)
{
	struct contract_gmem *c = *state;
	struct kvmfeat_gmem_account account = { .size = sizeof(account) };
	int fd;

	fake(c)->gmem.anon_inode = true;
	assert_int_equal(kvmfeat_gmem_open(c->vm, PAGE, 0, &fd), 0);

	assert_int_equal(kvmfeat_gmem_allocate(c->ctx, fd, 0, PAGE), 0);
	assert_int_equal(kvmfeat_gmem_get_account(c->ctx, fd, &account), 0);
	assert_int_equal(account.allocated_bytes, PAGE);
	c->close(c, fd);
}

static void a_file_system_that_does_not_answer_is_an_error(void **state)
{
	struct contract_gmem *c = *state;
	struct kvmfeat_gmem_account account = { .size = sizeof(account), .inode = 77 };

	fake(c)->procs.fstatfs_error = -EIO;

	assert_int_equal(kvmfeat_gmem_get_account(c->ctx, c->fd, &account), -EIO);
	assert_int_equal(account.inode, 77);
	assert_int_equal(error(c)->origin, KVMFEAT_ORIGIN_KERNEL);
}

static void sources_have_names(void **state)
{
	(void)state;
	assert_string_equal(kvmfeat_gmem_source_name(KVMFEAT_GMEM_UNKNOWN), "unknown");
	assert_string_equal(kvmfeat_gmem_source_name(KVMFEAT_GMEM_ST_BLOCKS), "st_blocks");
	assert_string_equal(kvmfeat_gmem_source_name(KVMFEAT_GMEM_CACHESTAT), "cachestat");
	assert_string_equal(kvmfeat_gmem_source_name((enum kvmfeat_gmem_source)99), "unknown");
}

static void the_account_fits_callers_of_other_versions(void **state)
{
	struct contract_gmem *c = *state;
	struct {
		struct kvmfeat_gmem_account account;
		uint64_t newer;
	} larger;

	memset(&larger, 0xff, sizeof(larger));
	larger.account.size = sizeof(larger);
	assert_int_equal(kvmfeat_gmem_get_account(c->ctx, c->fd, &larger.account), 0);
	assert_int_equal(larger.account.size, sizeof(larger));
	assert_int_equal(larger.account.size_bytes, 16 * PAGE);
	assert_int_equal(larger.newer, 0);

	larger.account.size = offsetof(struct kvmfeat_gmem_account, source);
	assert_int_equal(kvmfeat_gmem_get_account(c->ctx, c->fd, &larger.account), -EINVAL);
	assert_int_equal(kvmfeat_ctx_error(c->ctx)->origin, KVMFEAT_ORIGIN_LIBRARY);
	assert_string_equal(kvmfeat_ctx_error(c->ctx)->object, "struct kvmfeat_gmem_account");
}

#define GMEM_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONTRACT_GMEM_TESTS(setup, teardown),
		GMEM_TEST(a_new_descriptor_is_close_on_exec),
		GMEM_TEST(a_descriptor_that_exec_would_inherit_is_not_handed_out),
		cmocka_unit_test(a_kernel_without_it_says_whether_release_build_or_architecture),
		GMEM_TEST(slots_of_a_kernel_without_it_are_told_the_same),
		GMEM_TEST(a_vm_type_without_private_memory_is_named),
		GMEM_TEST(refused_flags_are_answered_with_those_that_the_vm_takes),
		GMEM_TEST(other_errors_of_creation_pass_through_with_the_size),
		GMEM_TEST(a_slot_struct_of_another_size_is_taken_when_nothing_is_lost),
		GMEM_TEST(misaligned_slots_never_reach_the_kernel),
		GMEM_TEST(other_errors_of_a_slot_pass_through_with_its_number),
		GMEM_TEST(what_was_allocated_before_an_error_stays),
		GMEM_TEST(an_einval_inside_the_file_is_not_called_its_end),
		GMEM_TEST(the_figure_names_its_source),
		GMEM_TEST(older_kernels_keep_it_among_the_anonymous_inodes),
		GMEM_TEST(a_file_system_that_does_not_answer_is_an_error),
		GMEM_TEST(the_account_fits_callers_of_other_versions),
		cmocka_unit_test(sources_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
