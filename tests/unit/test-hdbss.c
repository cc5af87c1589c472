// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * HDBSS of a VM: the switch, and the contract. What is told of a VM is in test-hdbss-state.c, what
 * the host offers in test-hdbss-host.c.
 */
#include "contract-hdbss.h"
#include "hdbss-world.h"

static void what_goes_to_the_kernel_is_that_of_the_variant(void **state)
{
	static const struct {
		enum kvmfeat_hdbss_variant variant;
		const char *on, *off;
	} rows[] = {
		{ KVMFEAT_HDBSS_KVMFEAT,
		  "KVM_ENABLE_CAP, {KVM_CAP_ARM_HDBSS_KVMFEAT (0x4844), flags 0x0, args 0x5 0x1 "
		  "0x0 0x0}) = 0;",
		  "args 0x0 0x0 0x0 0x0}) = 0;" },
		{ KVMFEAT_HDBSS_POSTED,
		  "KVM_ENABLE_CAP, {HDBSS (posted patches, third version) (0xf8), flags 0x0, args "
		  "0x5 0x1 0x0 0x0}) = 0;",
		  "args 0x0 0x0 0x0 0x0}) = 0;" },
		{ KVMFEAT_HDBSS_OPENEULER,
		  "KVM_ENABLE_CAP, {HDBSS (openEuler) (0x1f6), flags 0x0, args 0x5 0x0 0x0 0x0}) = "
		  "0;",
		  "args 0x0 0x0 0x0 0x0}) = 0;" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < KF_ARRAY_SIZE(rows); i++) {
		struct kvmfeat_vm *vm = open_vm(w, rows[i].variant);
		char log[4096] = "";

		kvmfeat_ctx_set_log(w->ctx, KVMFEAT_LOG_TRACE, keep_lines, log);
		assert_int_equal(kvmfeat_hdbss_enable(vm, 5), 0);
		assert_non_null(strstr(log, rows[i].on));
		log[0] = '\0';
		assert_int_equal(kvmfeat_hdbss_disable(vm), 0);
		assert_non_null(strstr(log, rows[i].off));
		kvmfeat_ctx_set_log(w->ctx, KVMFEAT_LOG_NONE, NULL, NULL);
		kvmfeat_vm_free(vm);
	}
}

static void an_order_out_of_range_asks_nothing_of_any_kernel(void **state)
{
	struct world *w = *state;
	struct kvmfeat_vm *vm = open_vm(w, KVMFEAT_HDBSS_KVMFEAT);
	const unsigned int calls = w->fake.calls;

	assert_int_equal(kvmfeat_hdbss_enable(vm, 10), -EINVAL);
	assert_string_equal(reason(w),
			    "order 10 is out of range: 0 to 9, 4 KiB << order for each vCPU");
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->value, "10");
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->origin, KVMFEAT_ORIGIN_LIBRARY);
	assert_int_equal(w->fake.calls, calls);
	kvmfeat_vm_free(vm);
}

static void a_kernel_with_fewer_orders_names_them(void **state)
{
	struct world *w = *state;
	struct kvmfeat_vm *vm = open_vm(w, KVMFEAT_HDBSS_KVMFEAT);

	w->fake.hdbss.max_order = 4;
	assert_int_equal(kvmfeat_hdbss_enable(vm, 5), -EINVAL);
	assert_non_null(strstr(reason(w), "order 5 is out of range: 0 to 4,"));
	assert_int_equal(w->fake.hdbss.enables, 0);
	assert_int_equal(kvmfeat_hdbss_enable(vm, 4), 0);
	kvmfeat_vm_free(vm);
}

static void order_0_of_openeuler_never_reaches_its_kernel(void **state)
{
	struct world *w = *state;
	struct kvmfeat_vm *vm = open_vm(w, KVMFEAT_HDBSS_OPENEULER);

	assert_int_equal(kvmfeat_hdbss_enable(vm, 0), -EOPNOTSUPP);
	assert_non_null(strstr(reason(w), "order 0 means off to openEuler's kernel"));
	assert_non_null(strstr(kvmfeat_ctx_error(w->ctx)->remedy, "order 1"));
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->origin, KVMFEAT_ORIGIN_LIBRARY);
	assert_int_equal(w->fake.hdbss.enables, 0);
	assert_int_equal(kvmfeat_hdbss_enable(vm, 1), 0);
	kvmfeat_vm_free(vm);
}

static void the_handle_makes_such_a_kernel_idempotent(void **state)
{
	struct world *w = *state;
	struct kvmfeat_vm *vm = open_vm(w, KVMFEAT_HDBSS_POSTED);

	assert_int_equal(kvmfeat_hdbss_enable(vm, 3), 0);
	assert_int_equal(kvmfeat_hdbss_enable(vm, 3), 0);
	assert_int_equal(w->fake.hdbss.enables, 1);
	assert_int_equal(kvmfeat_hdbss_enable(vm, 4), -EBUSY);
	assert_string_equal(reason(w), "HDBSS is on with order 3, so that order 4 has to wait");
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->origin, KVMFEAT_ORIGIN_LIBRARY);
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->why, KVMFEAT_WHY_BUSY);
	assert_int_equal(w->fake.hdbss.enables, 1);
	assert_int_equal(kvmfeat_hdbss_disable(vm), 0);
	assert_int_equal(kvmfeat_hdbss_enable(vm, 4), 0);
	kvmfeat_vm_free(vm);
}

static void a_vm_that_another_handle_switched_may_be_refused(void **state)
{
	struct world *w = *state;
	struct kvmfeat_vm *vm = open_vm(w, KVMFEAT_HDBSS_POSTED), *other;

	assert_int_equal(kvmfeat_hdbss_enable(vm, 3), 0);
	assert_int_equal(kvmfeat_vm_wrap(w->ctx, kvmfeat_vm_fd(vm), &other), 0);
	assert_int_equal(kvmfeat_hdbss_enable(other, 3), -EINVAL);
	assert_non_null(strstr(reason(w), "HDBSS is on already, which this kernel does not tell"));
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->origin, KVMFEAT_ORIGIN_KERNEL);
	expect_state(other, KVMFEAT_HDBSS_POSTED, KVMFEAT_HDBSS_UNKNOWN, -1, "does not tell");
	kvmfeat_vm_free(other);
	kvmfeat_vm_free(vm);
}

/* On error the VM is as it was, and its reason names what was asked for. */
static void errors_of_the_switch_pass_and_are_explained(void **state)
{
	static const struct {
		int error;
		enum kvmfeat_why why;
		const char *reason, *remedy;
	} rows[] = {
		{ -ENOMEM, KVMFEAT_WHY_NONE,
		  "there is no memory for buffers of 128 KiB for each vCPU (order 5)",
		  "a smaller order" },
		{ -EPERM, KVMFEAT_WHY_PERMISSION,
		  "HDBSS cannot be switched on with order 5: Operation not permitted", "" },
		{ -EINTR, KVMFEAT_WHY_NONE,
		  "HDBSS cannot be switched on with order 5: Interrupted system call", "" },
		/* It was on when the kernel was asked, and is no longer. */
		{ -EBUSY, KVMFEAT_WHY_BUSY,
		  "HDBSS cannot be switched on with order 5: it is being switched (Device or "
		  "resource busy)",
		  "switch it off first" },
		{ -EINVAL, KVMFEAT_WHY_BUSY,
		  "KVM refuses HDBSS with order 5 for this VM: its dirty ring is in use, or it is "
		  "protected",
		  "a VM without KVM_CAP_DIRTY_LOG_RING" },
	};
	struct world *w = *state;
	struct kvmfeat_vm *vm = open_vm(w, KVMFEAT_HDBSS_KVMFEAT);

	for (size_t i = 0; i < KF_ARRAY_SIZE(rows); i++) {
		w->fake.hdbss.enable_error = rows[i].error;
		assert_int_equal(kvmfeat_hdbss_enable(vm, 5), rows[i].error);
		assert_string_equal(reason(w), rows[i].reason);
		assert_string_equal(kvmfeat_ctx_error(w->ctx)->remedy, rows[i].remedy);
		assert_int_equal(kvmfeat_ctx_error(w->ctx)->why, rows[i].why);
		assert_int_equal(kvmfeat_ctx_error(w->ctx)->origin, KVMFEAT_ORIGIN_KERNEL);
		assert_string_equal(kvmfeat_ctx_error(w->ctx)->value, "5");
		expect_state(vm, KVMFEAT_HDBSS_KVMFEAT, KVMFEAT_HDBSS_OFF, -1, "");
	}
	/* And this time it does not answer when it is asked again. */
	w->fake.hdbss.enable_error = -EBUSY;
	w->fake.calls = 0;
	w->fake.fail_at = 5;
	w->fake.fail_error = -EIO;
	assert_int_equal(kvmfeat_hdbss_enable(vm, 5), -EBUSY);
	assert_true(w->fake.failed);
	assert_non_null(strstr(reason(w), "it is being switched"));
	w->fake.hdbss.enable_error = -ENOMEM;
	assert_int_equal(kvmfeat_hdbss_enable(vm, 0), -ENOMEM);
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->remedy, "");
	kvmfeat_vm_free(vm);
}

static void a_failed_switch_off_leaves_it_on(void **state)
{
	static const enum kvmfeat_hdbss_variant variants[] = { KVMFEAT_HDBSS_KVMFEAT,
							       KVMFEAT_HDBSS_POSTED };
	struct world *w = *state;

	for (size_t i = 0; i < KF_ARRAY_SIZE(variants); i++) {
		struct kvmfeat_vm *vm = open_vm(w, variants[i]);

		assert_int_equal(kvmfeat_hdbss_enable(vm, 2), 0);
		w->fake.hdbss.disable_error = i ? -EPERM : -EINTR;
		assert_int_equal(kvmfeat_hdbss_disable(vm), w->fake.hdbss.disable_error);
		assert_non_null(strstr(reason(w), "HDBSS cannot be switched off: "));
		assert_int_equal(kvmfeat_ctx_error(w->ctx)->why,
				 i ? KVMFEAT_WHY_PERMISSION : KVMFEAT_WHY_NONE);
		w->fake.hdbss.disable_error = 0;
		expect_state(vm, variants[i], KVMFEAT_HDBSS_ON, 2, i ? "no buffer" : "");
		kvmfeat_vm_free(vm);
	}
}

static void a_vm_without_it_is_told_why(void **state)
{
	struct world *w = *state;
	struct kvmfeat_vm *vm = open_vm(w, KVMFEAT_HDBSS_NONE);

	expect_state(vm, KVMFEAT_HDBSS_NONE, KVMFEAT_HDBSS_UNKNOWN, -1, "by itself");
	for (int on = 0; on < 2; on++) {
		assert_int_equal(on ? kvmfeat_hdbss_enable(vm, 2) : kvmfeat_hdbss_disable(vm),
				 -EOPNOTSUPP);
		assert_non_null(strstr(reason(w),
				       "no capability offers it: the kernel (7.3.4), the "
				       "CPU or firmware lacks it"));
		assert_non_null(strstr(kvmfeat_ctx_error(w->ctx)->remedy, "SCR_EL3.HDBSSEn"));
		assert_int_equal(kvmfeat_ctx_error(w->ctx)->why, KVMFEAT_WHY_NOT_VISIBLE);
		assert_int_equal(kvmfeat_ctx_error(w->ctx)->origin, KVMFEAT_ORIGIN_KERNEL);
	}
	/* 239 and 245 are there, and switch something else on. */
	assert_int_equal(w->fake.hdbss.enables + w->fake.hdbss.others, 0);
	kvmfeat_vm_free(vm);
}

static void a_newer_interface_is_not_switched(void **state)
{
	struct world *w = *state;
	struct kvmfeat_vm *vm = open_vm(w, KVMFEAT_HDBSS_KVMFEAT_NEWER);

	expect_state(vm, KVMFEAT_HDBSS_KVMFEAT_NEWER, KVMFEAT_HDBSS_UNKNOWN, -1, "version 2");
	assert_int_equal(kvmfeat_hdbss_enable(vm, 2), -EOPNOTSUPP);
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->value, "kvmfeat-newer");
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->remedy, "a newer libkvmfeat");
	kvmfeat_vm_free(vm);
}

static void a_protected_vm_is_told_from_a_host_without_it(void **state)
{
	struct world *w = *state;
	struct kvmfeat_vm *vm = open_vm(w, KVMFEAT_HDBSS_KVMFEAT);

	fake_hdbss_vm(&w->fake, kvmfeat_vm_fd(vm))->is_protected = true;
	expect_state(vm, KVMFEAT_HDBSS_NONE, KVMFEAT_HDBSS_UNKNOWN, -1, "it is protected");
	assert_int_equal(kvmfeat_hdbss_enable(vm, 2), -EOPNOTSUPP);
	assert_string_equal(reason(w), "/dev/kvm offers it, and this VM does not: it is protected");
	assert_int_equal(kvmfeat_hdbss_disable(vm), -EOPNOTSUPP);
	assert_int_equal(w->fake.hdbss.enables, 0);
	kvmfeat_vm_free(vm);
}

static void a_vm_of_another_architecture_is_off(void **state)
{
	struct world *w = *state;
	struct kvmfeat_vm *vm;
	unsigned int calls;

	for (size_t i = 0; i < 3; i++)
		fake_cap(&w->fake, (const unsigned int[]){ 248, 502, 0x4844 }[i], 1);
	assert_int_equal(kvmfeat_vm_open(w->ctx, 0, &vm), 0);
	calls = w->fake.calls;
	expect_state(vm, KVMFEAT_HDBSS_NONE, KVMFEAT_HDBSS_OFF, -1, "this host is x86");
	assert_int_equal(kvmfeat_hdbss_enable(vm, 2), -EOPNOTSUPP);
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->why, KVMFEAT_WHY_OTHER_ARCH);
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->origin, KVMFEAT_ORIGIN_LIBRARY);
	assert_int_equal(kvmfeat_hdbss_disable(vm), -EOPNOTSUPP);
	assert_int_equal(w->fake.calls, calls);
	kvmfeat_vm_free(vm);
}

static void a_jail_without_dev_kvm_is_enough(void **state)
{
	struct world *w = *state;
	int fd;
	struct kvmfeat_vm *vm;

	become(w, KVMFEAT_HDBSS_KVMFEAT);
	w->fake.open_error = -ENOENT;
	fd = fake_new_fd(&w->fake, FAKE_VM);
	assert_int_equal(kvmfeat_vm_wrap(w->ctx, fd, &vm), 0);
	assert_int_equal(kvmfeat_hdbss_enable(vm, 2), 0);
	expect_state(vm, KVMFEAT_HDBSS_KVMFEAT, KVMFEAT_HDBSS_ON, 2, "");
	assert_int_equal(kvmfeat_hdbss_disable(vm), 0);
	/* Without it nothing is there to compare with. */
	fake_hdbss_vm(&w->fake, fd)->is_protected = true;
	expect_state(vm, KVMFEAT_HDBSS_NONE, KVMFEAT_HDBSS_UNKNOWN, -1, "no capability offers it");
	kvmfeat_vm_free(vm);
	w->fake.sys.close(&w->fake.sys, fd);
}

/* A descriptor that stays open fails in the teardown. */
static void each_kernel_call_may_fail_once(void **state)
{
	struct world *w = *state;
	struct kvmfeat_vm *vm = open_vm(w, KVMFEAT_HDBSS_KVMFEAT);
	int failures = 0;

	for (unsigned int call = 1;; call++) {
		struct kvmfeat_hdbss_state s = { .size = sizeof(s), .order = 77 };
		int err;

		w->fake.calls = 0;
		w->fake.failed = false;
		w->fake.fail_at = call;
		w->fake.fail_error = -EIO;
		err = kvmfeat_hdbss_get_state(vm, &s);
		if (!w->fake.failed)
			break;
		assert_int_equal(err, -EIO);
		assert_int_equal(kvmfeat_ctx_error(w->ctx)->error, -EIO);
		assert_int_equal(s.order, 77);
		failures++;
	}
	/* Three capabilities, the descriptor, two reads up to the end. */
	assert_int_equal(failures, 6);
	for (unsigned int call = 1; call <= 4; call++) {
		w->fake.calls = 0;
		w->fake.fail_at = call;
		assert_int_equal(kvmfeat_hdbss_enable(vm, 1), -EIO);
		w->fake.calls = 0;
		assert_int_equal(kvmfeat_hdbss_disable(vm), -EIO);
	}
	w->fake.fail_at = 0;
	expect_state(vm, KVMFEAT_HDBSS_KVMFEAT, KVMFEAT_HDBSS_OFF, -1, "");
	kvmfeat_vm_free(vm);
}

static void nothing_is_allocated(void **state)
{
	struct world *w = *state;
	struct kvmfeat_vm *vm = open_vm(w, KVMFEAT_HDBSS_KVMFEAT);
	const unsigned int allocations = w->fake.allocations;

	assert_int_equal(kvmfeat_hdbss_enable(vm, 1), 0);
	expect_state(vm, KVMFEAT_HDBSS_KVMFEAT, KVMFEAT_HDBSS_ON, 1, "");
	assert_int_equal(kvmfeat_hdbss_disable(vm), 0);
	assert_int_equal(w->fake.allocations, allocations);
	kvmfeat_vm_free(vm);
}

static int contract_setup(void **state)
{
	struct contract_hdbss *c = calloc(1, sizeof(*c));
	struct world *w;

	if (world_setup((void **)&w))
		return -1;
	become(w, KVMFEAT_HDBSS_KVMFEAT);
	*c = (struct contract_hdbss){ .ctx = w->ctx, .sys = &w->fake.sys, .data = w };
	*state = c;
	return contract_hdbss_begin(c);
}

static int contract_teardown(void **state)
{
	struct contract_hdbss *c = *state;
	void *w = c->data;

	contract_hdbss_end(c);
	free(c);
	return world_teardown(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(what_goes_to_the_kernel_is_that_of_the_variant),
		WORLD_TEST(an_order_out_of_range_asks_nothing_of_any_kernel),
		WORLD_TEST(a_kernel_with_fewer_orders_names_them),
		WORLD_TEST(order_0_of_openeuler_never_reaches_its_kernel),
		WORLD_TEST(the_handle_makes_such_a_kernel_idempotent),
		WORLD_TEST(a_vm_that_another_handle_switched_may_be_refused),
		WORLD_TEST(errors_of_the_switch_pass_and_are_explained),
		WORLD_TEST(a_failed_switch_off_leaves_it_on),
		WORLD_TEST(a_vm_without_it_is_told_why),
		WORLD_TEST(a_newer_interface_is_not_switched),
		WORLD_TEST(a_protected_vm_is_told_from_a_host_without_it),
		WORLD_TEST(a_vm_of_another_architecture_is_off),
		WORLD_TEST(a_jail_without_dev_kvm_is_enough),
		WORLD_TEST(each_kernel_call_may_fail_once),
		WORLD_TEST(nothing_is_allocated),
		CONTRACT_HDBSS_TESTS(contract_setup, contract_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
