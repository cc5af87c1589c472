// SPDX-License-Identifier: GPL-2.0-or-later
/* What is told of a VM: whether HDBSS is on, what was counted, what has to be known. */
#include <stdio.h>

#include "hdbss-world.h"

static void a_kernel_that_does_not_tell_is_remembered_by_the_handle_alone(void **state)
{
	static const enum kvmfeat_hdbss_variant variants[] = { KVMFEAT_HDBSS_POSTED,
							       KVMFEAT_HDBSS_OPENEULER };
	struct world *w = *state;

	for (size_t i = 0; i < KF_ARRAY_SIZE(variants); i++) {
		struct kvmfeat_vm *vm = open_vm(w, variants[i]), *other;

		expect_state(vm, variants[i], KVMFEAT_HDBSS_UNKNOWN, -1, "does not tell");
		assert_int_equal(kvmfeat_hdbss_enable(vm, 3), 0);
		expect_state(vm, variants[i], KVMFEAT_HDBSS_ON, 3, "created since have no buffer");
		assert_int_equal(kvmfeat_vm_wrap(w->ctx, kvmfeat_vm_fd(vm), &other), 0);
		expect_state(other, variants[i], KVMFEAT_HDBSS_UNKNOWN, -1, "does not tell");
		kvmfeat_vm_free(other);
		assert_int_equal(kvmfeat_hdbss_disable(vm), 0);
		expect_state(vm, variants[i], KVMFEAT_HDBSS_OFF, -1, "");
		kvmfeat_vm_free(vm);
	}
}

static void the_counters_are_those_of_the_kernel(void **state)
{
	struct world *w = *state;
	struct kvmfeat_hdbss_state s = { .size = sizeof(s) };
	struct kvmfeat_vm *vm = open_vm(w, KVMFEAT_HDBSS_KVMFEAT);

	*fake_hdbss_vm(&w->fake, kvmfeat_vm_fd(vm)) =
		(struct fake_hdbss_vm){ .on = true, .counters = { 0x123456789a, 59, 4711, 0 } };
	assert_int_equal(kvmfeat_hdbss_get_state(vm, &s), 0);
	assert_true(s.entries_drained == 0x123456789a);
	assert_int_equal(s.buffers_full, 59);
	assert_int_equal(s.drains, 4711);
	assert_int_equal(s.errors, 0);
	assert_int_equal(s.order, 0);
	kvmfeat_vm_free(vm);

	vm = open_vm(w, KVMFEAT_HDBSS_POSTED);
	assert_int_equal(kvmfeat_hdbss_get_state(vm, &s), 0);
	assert_int_equal(s.entries_drained, -1);
	assert_int_equal(s.buffers_full, -1);
	assert_int_equal(s.drains, -1);
	assert_int_equal(s.errors, -1);
	kvmfeat_vm_free(vm);
}

static void an_error_of_a_buffer_is_told(void **state)
{
	struct world *w = *state;
	struct kvmfeat_vm *vm = open_vm(w, KVMFEAT_HDBSS_KVMFEAT);
	struct fake_hdbss_vm *fake = fake_hdbss_vm(&w->fake, kvmfeat_vm_fd(vm));

	fake->counters[3] = 2;
	assert_int_equal(expect_state(vm, KVMFEAT_HDBSS_KVMFEAT, KVMFEAT_HDBSS_OFF, -1,
				      "errors of a buffer since the VM was made: 2;")
				 .why,
			 KVMFEAT_WHY_HARDWARE);
	fake->on = true;
	expect_state(vm, KVMFEAT_HDBSS_KVMFEAT, KVMFEAT_HDBSS_ON, 0, "");
	kvmfeat_vm_free(vm);
}

static void a_kernel_without_statistics_tells_the_rest(void **state)
{
	struct world *w = *state;
	struct kvmfeat_hdbss_state s = { .size = sizeof(s) };
	struct kvmfeat_vm *vm = open_vm(w, KVMFEAT_HDBSS_KVMFEAT);

	for (int i = 0; i < 2; i++) {
		w->fake.hdbss.stats_error = i ? -ENOTTY : -EINVAL;
		assert_int_equal(kvmfeat_hdbss_get_state(vm, &s), 0);
		assert_int_equal(s.enabled, KVMFEAT_HDBSS_OFF);
		assert_int_equal(s.entries_drained, -1);
		assert_int_equal(s.errors, -1);
	}
	kvmfeat_vm_free(vm);
}

static void statistics_that_cannot_be_read_fail_the_call(void **state)
{
	static unsigned char endless[16 * 1024];
	struct world *w = *state;
	struct kvmfeat_hdbss_state s = { .size = sizeof(s), .order = 77 };
	struct kvmfeat_vm *vm = open_vm(w, KVMFEAT_HDBSS_KVMFEAT);

	w->fake.hdbss.stats_error = -EMFILE;
	assert_int_equal(kvmfeat_hdbss_get_state(vm, &s), -EMFILE);
	assert_string_equal(reason(w), "the statistics of the VM cannot be opened: Too many open "
				       "files");
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->operation, "KVM_GET_STATS_FD");
	w->fake.hdbss.stats_error = -EPERM;
	assert_int_equal(kvmfeat_hdbss_get_state(vm, &s), -EPERM);
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->why, KVMFEAT_WHY_PERMISSION);
	w->fake.hdbss.stats_error = 0;

	w->fake.hdbss.read_error = -EIO;
	assert_int_equal(kvmfeat_hdbss_get_state(vm, &s), -EIO);
	assert_string_equal(reason(w), "the statistics of the VM cannot be read: Input/output "
				       "error");
	w->fake.hdbss.read_error = 0;

	w->fake.hdbss.stats = "short";
	w->fake.hdbss.stats_size = 5;
	assert_int_equal(kvmfeat_hdbss_get_state(vm, &s), -EBADMSG);
	assert_string_equal(reason(w),
			    "the statistics of the VM, 5 bytes, cannot be decoded: their "
			    "header is cut off");
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->value, "5");
	w->fake.hdbss.stats = endless;
	w->fake.hdbss.stats_size = sizeof(endless);
	assert_int_equal(kvmfeat_hdbss_get_state(vm, &s), -EBADMSG);
	assert_non_null(strstr(reason(w), "more than this library reads"));
	assert_int_equal(s.order, 77);
	kvmfeat_vm_free(vm);
}

static void a_short_struct_is_refused_and_a_long_one_filled(void **state)
{
	struct {
		struct kvmfeat_hdbss_state state;
		char more[8];
	} longer = { .state = { .size = sizeof(longer) }, .more = "1234567" };
	struct world *w = *state;
	struct kvmfeat_hdbss_state s = { .size = sizeof(s) - 1, .order = 77 };
	struct kvmfeat_vm *vm = open_vm(w, KVMFEAT_HDBSS_KVMFEAT);

	assert_int_equal(kvmfeat_hdbss_get_state(vm, &s), -EINVAL);
	assert_int_equal(s.order, 77);
	assert_non_null(strstr(reason(w), "a struct kvmfeat_hdbss_state of "));
	assert_int_equal(kvmfeat_hdbss_get_state(vm, &longer.state), 0);
	assert_int_equal(longer.state.order, -1);
	assert_memory_equal(longer.more, "\0\0\0\0\0\0\0", 8);
	kvmfeat_vm_free(vm);
}

static void a_question_leaves_the_last_error_alone(void **state)
{
	struct world *w = *state;
	struct kvmfeat_vm *vm;
	char before[256];
	int fd;

	become(w, KVMFEAT_HDBSS_NONE);
	fd = fake_new_fd(&w->fake, FAKE_VM);
	assert_int_equal(kvmfeat_vm_wrap(w->ctx, fd, &vm), 0);
	assert_int_equal(kvmfeat_hdbss_enable(vm, 10), -EINVAL);
	snprintf(before, sizeof(before), "%s", reason(w));
	w->fake.open_error =
		-EACCES; /* to compare with /dev/kvm fails, and the question does not */
	expect_state(vm, KVMFEAT_HDBSS_NONE, KVMFEAT_HDBSS_UNKNOWN, -1, "by itself");
	assert_string_equal(reason(w), before);
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->error, -EINVAL);
	kvmfeat_vm_free(vm);
	w->fake.sys.close(&w->fake.sys, fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_kernel_that_does_not_tell_is_remembered_by_the_handle_alone),
		WORLD_TEST(the_counters_are_those_of_the_kernel),
		WORLD_TEST(an_error_of_a_buffer_is_told),
		WORLD_TEST(a_kernel_without_statistics_tells_the_rest),
		WORLD_TEST(statistics_that_cannot_be_read_fail_the_call),
		WORLD_TEST(a_short_struct_is_refused_and_a_long_one_filled),
		WORLD_TEST(a_question_leaves_the_last_error_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
