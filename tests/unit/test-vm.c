// SPDX-License-Identifier: GPL-2.0-or-later
/* VM and vCPU handles. The list of all VMs is in test-vm-list.c. */
#include <stdio.h>

#include <linux/kvm.h>

#include "contract-vm.h"
#include "world.h"

static void an_opened_vm_is_closed_with_its_handle(void **state)
{
	struct world *w = *state;
	struct kvmfeat_vm *vm;
	int fd;

	assert_int_equal(kvmfeat_vm_open(w->ctx, 0, &vm), 0);
	fd = kvmfeat_vm_fd(vm);
	assert_int_equal(fake_fd(&w->fake, fd)->kind, FAKE_VM);
	kvmfeat_vm_free(vm);
	assert_null(fake_fd(&w->fake, fd));
	kvmfeat_vm_free(NULL);
}

static void a_vm_type_that_the_kernel_refuses_is_named(void **state)
{
	struct world *w = *state;
	struct kvmfeat_vm *vm = NULL;

	assert_int_equal(kvmfeat_vm_open(w->ctx, 7, &vm), -EINVAL);
	assert_null(vm);
	assert_string_equal(reason(w), "a VM of type 7 cannot be created: Invalid argument");
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->operation, "KVM_CREATE_VM");
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->value, "7");
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->origin, KVMFEAT_ORIGIN_KERNEL);
}

static void a_vm_without_dev_kvm_fails_as_dev_kvm_does(void **state)
{
	struct world *w = *state;
	struct kvmfeat_vm *vm;

	w->fake.open_error = -EACCES;

	assert_int_equal(kvmfeat_vm_open(w->ctx, 0, &vm), -EACCES);
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->why, KVMFEAT_WHY_PERMISSION);
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->object, "/dev/kvm");
}

static int interrupt_creation(struct fake *fake, int fd, unsigned long request, uintptr_t arg)
{
	int *left = fake->hook_data;

	(void)fd;
	(void)arg;
	if (request != KVM_CREATE_VM || !*left)
		return FAKE_PASS;
	(*left)--;
	return -EINTR;
}

static void an_interrupted_creation_is_repeated(void **state)
{
	struct world *w = *state;
	struct kvmfeat_vm *vm;
	static int left = 3;

	w->fake.ioctl_hook = interrupt_creation;
	w->fake.hook_data = &left;

	assert_int_equal(kvmfeat_vm_open(w->ctx, 0, &vm), 0);
	assert_int_equal(left, 0);
	kvmfeat_vm_free(vm);
}

static int refuse_creation(struct fake *fake, int fd, unsigned long request, uintptr_t arg)
{
	(void)fd;
	(void)arg;
	return request == KVM_CREATE_VM ? *(int *)fake->hook_data : FAKE_PASS;
}

static void a_refused_creation_tells_its_class(void **state)
{
	static const struct {
		int error;
		enum kvmfeat_why why;
	} cases[] = {
		{ -EPERM, KVMFEAT_WHY_PERMISSION },
		{ -EBUSY, KVMFEAT_WHY_BUSY },
		{ -ENOMEM, KVMFEAT_WHY_NONE },
	};
	struct world *w = *state;
	struct kvmfeat_vm *vm;
	static int error;

	w->fake.ioctl_hook = refuse_creation;
	w->fake.hook_data = &error;
	for (size_t i = 0; i < KF_ARRAY_SIZE(cases); i++) {
		error = cases[i].error;
		assert_int_equal(kvmfeat_vm_open(w->ctx, 0, &vm), error);
		assert_int_equal(kvmfeat_ctx_error(w->ctx)->why, cases[i].why);
	}
}

static void a_wrapped_vm_stays_open(void **state)
{
	struct world *w = *state;
	int fd = fake_new_fd(&w->fake, FAKE_VM);
	struct kvmfeat_vm *vm;

	assert_int_equal(kvmfeat_vm_wrap(w->ctx, fd, &vm), 0);
	assert_int_equal(kvmfeat_vm_fd(vm), fd);
	kvmfeat_vm_free(vm);
	assert_non_null(fake_fd(&w->fake, fd));
	w->fake.sys.close(&w->fake.sys, fd);
}

static void only_a_vm_is_wrapped_as_one(void **state)
{
	static const enum fake_kind kinds[] = { FAKE_KVM, FAKE_FILE, FAKE_VCPU };
	struct world *w = *state;
	struct kvmfeat_vm *vm = NULL;
	char text[80];

	for (size_t i = 0; i < KF_ARRAY_SIZE(kinds); i++) {
		int fd = fake_new_fd(&w->fake, kinds[i]);
		int err = kvmfeat_vm_wrap(w->ctx, fd, &vm);

		assert_int_equal(err, -ENOTTY);
		assert_int_equal(kvmfeat_ctx_error(w->ctx)->origin, kinds[i] == FAKE_FILE ?
									    KVMFEAT_ORIGIN_KERNEL :
									    KVMFEAT_ORIGIN_LIBRARY);
		assert_null(vm);
		snprintf(text, sizeof(text), "descriptor %d is not a VM: %s", fd,
			 kf_errno_text(err));
		assert_string_equal(reason(w), text);
		w->fake.sys.close(&w->fake.sys, fd);
	}
	assert_int_equal(kvmfeat_vm_wrap(w->ctx, -1, &vm), -EBADF);
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->value, "-1");
}

static void a_vm_of_another_process_is_named_as_that(void **state)
{
	struct world *w = *state;
	int fd = fake_new_fd(&w->fake, FAKE_VM);
	struct kvmfeat_vm *vm = NULL;

	w->fake.ioctl_error = -EIO;

	assert_int_equal(kvmfeat_vm_wrap(w->ctx, fd, &vm), -EIO);
	assert_null(vm);
	assert_non_null(strstr(reason(w), "is a VM of another process"));
	w->fake.sys.close(&w->fake.sys, fd);
}

static void a_capability_is_asked_of_the_vm(void **state)
{
	struct world *w = *state;
	struct kvmfeat_vm *vm;
	int value = -1;

	w->fake.vm_caps[KVM_CAP_NR_MEMSLOTS] = 509;

	assert_int_equal(kvmfeat_vm_open(w->ctx, 0, &vm), 0);
	assert_int_equal(kvmfeat_vm_get_cap(vm, KVM_CAP_NR_MEMSLOTS, &value), 0);
	assert_int_equal(value, 509);
	w->fake.ioctl_error = -EIO;
	assert_int_equal(kvmfeat_vm_get_cap(vm, KVM_CAP_NR_MEMSLOTS, &value), -EIO);
	assert_int_equal(value, 509);
	assert_non_null(strstr(reason(w), "the VM does not answer for capability "
					  "KVM_CAP_NR_MEMSLOTS"));
	kvmfeat_vm_free(vm);
}

static void an_opened_vcpu_is_closed_with_its_handle(void **state)
{
	struct world *w = *state;
	struct kvmfeat_vcpu *vcpu;
	struct kvmfeat_vm *vm;
	int fd;

	assert_int_equal(kvmfeat_vm_open(w->ctx, 0, &vm), 0);
	assert_int_equal(kvmfeat_vcpu_open(vm, 3, &vcpu), 0);
	fd = kvmfeat_vcpu_fd(vcpu);
	assert_int_equal(fake_fd(&w->fake, fd)->kind, FAKE_VCPU);
	assert_int_equal(fake_fd(&w->fake, fd)->id, 3);
	assert_int_equal(kvmfeat_vcpu_error(vcpu)->error, 0);
	assert_string_equal(kvmfeat_vcpu_error(vcpu)->reason, "");
	kvmfeat_vcpu_free(vcpu);
	assert_null(fake_fd(&w->fake, fd));
	kvmfeat_vcpu_free(NULL);
	kvmfeat_vm_free(vm);
}

static void a_vcpu_that_the_kernel_refuses_is_named(void **state)
{
	struct world *w = *state;
	struct kvmfeat_vcpu *vcpu, *second = NULL;
	struct kvmfeat_vm *vm;

	assert_int_equal(kvmfeat_vm_open(w->ctx, 0, &vm), 0);
	assert_int_equal(kvmfeat_vcpu_open(vm, 0, &vcpu), 0);
	assert_int_equal(kvmfeat_vcpu_open(vm, 0, &second), -EEXIST);
	assert_string_equal(reason(w), "vCPU 0 cannot be created: File exists");
	assert_int_equal(kvmfeat_vcpu_open(vm, 4096, &second), -EINVAL);
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->value, "4096");
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->origin, KVMFEAT_ORIGIN_KERNEL);
	assert_null(second);
	kvmfeat_vcpu_free(vcpu);
	kvmfeat_vm_free(vm);
}

static void a_wrapped_vcpu_is_not_asked_and_stays_open(void **state)
{
	struct world *w = *state;
	int fd = fake_new_fd(&w->fake, FAKE_VCPU);
	struct kvmfeat_vcpu *vcpu = NULL;
	struct kvmfeat_vm *vm;
	unsigned int calls;

	assert_int_equal(kvmfeat_vm_open(w->ctx, 0, &vm), 0);
	calls = w->fake.calls;
	assert_int_equal(kvmfeat_vcpu_wrap(vm, fd, &vcpu), 0);
	assert_int_equal(kvmfeat_vcpu_fd(vcpu), fd);
	kvmfeat_vcpu_free(vcpu);
	assert_int_equal(w->fake.calls, calls + 1); /* the memory of the handle */
	assert_non_null(fake_fd(&w->fake, fd));
	w->fake.sys.close(&w->fake.sys, fd);
	kvmfeat_vm_free(vm);
}

static void a_handle_without_memory_leaves_no_descriptor_behind(void **state)
{
	struct world *w = *state;
	struct kvmfeat_vcpu *vcpu = NULL;
	struct kvmfeat_vm *vm = NULL;
	unsigned int open;

	w->fake.calls = 0;
	w->fake.fail_at = 4; /* /dev/kvm opened and asked, the VM made */
	assert_int_equal(kvmfeat_vm_open(w->ctx, 0, &vm), -ENOMEM);
	assert_null(vm);
	assert_int_equal(fake_open_fds(&w->fake), 1);
	assert_int_equal(kvmfeat_vm_open(w->ctx, 0, &vm), 0);
	open = fake_open_fds(&w->fake);

	w->fake.calls = 0;
	w->fake.fail_at = 2;
	assert_int_equal(kvmfeat_vcpu_open(vm, 0, &vcpu), -ENOMEM);
	assert_null(vcpu);
	assert_int_equal(fake_open_fds(&w->fake), open);
	kvmfeat_vm_free(vm);
}

static void a_negative_vcpu_descriptor_is_the_callers_fault(void **state)
{
	struct world *w = *state;
	struct kvmfeat_vcpu *vcpu = NULL;
	struct kvmfeat_vm *vm;

	assert_int_equal(kvmfeat_vm_open(w->ctx, 0, &vm), 0);
	assert_int_equal(kvmfeat_vcpu_wrap(vm, -7, &vcpu), -EINVAL);
	assert_null(vcpu);
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->origin, KVMFEAT_ORIGIN_LIBRARY);
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->value, "-7");
	kvmfeat_vm_free(vm);
}

/* Only the process that created a VM reaches it and its vCPUs. */
static int answer_eio(struct fake *fake, int fd, unsigned long request, uintptr_t arg)
{
	const struct fake_fd *entry = fake_fd(fake, fd);

	(void)request;
	(void)arg;
	return entry && (entry->kind == FAKE_VM || entry->kind == FAKE_VCPU) ? -EIO : FAKE_PASS;
}

static int as_other_process(struct contract_vm *c, int (*body)(struct contract_vm *))
{
	struct world *w = c->data;
	int err;

	w->fake.ioctl_hook = answer_eio;
	err = body(c);
	w->fake.ioctl_hook = NULL;
	return err;
}

static int contract_setup(void **state)
{
	struct contract_vm *c = calloc(1, sizeof(*c));
	static char fd_dir[80];
	struct world *w;

	if (world_setup((void **)&w))
		return -1;
	*c = (struct contract_vm){
		.ctx = w->ctx,
		.sys = &w->fake.sys,
		.pid = 4711,
		.vm_fd = 10,
		.vm_dup = 11,
		.other_vm = 12,
		.vcpu_fd = 13,
		.no_fd = 14,
		.fd_dir = fd_dir,
		.in_other_process = as_other_process,
		.data = w,
	};
	*state = c;
	snprintf(fd_dir, sizeof(fd_dir), "%s/proc/4711/fd", w->fake.root);
	fake_process(&w->fake, c->pid, "vmm", 0, 1024, 1);
	fake_process_fd(&w->fake, c->pid, c->vm_fd, "anon_inode:kvm-vm",
			(struct fake_file){ .id = 2 });
	fake_process_fd(&w->fake, c->pid, c->vm_dup, "anon_inode:kvm-vm",
			(struct fake_file){ .id = 2 });
	fake_process_fd(&w->fake, c->pid, c->other_vm, "anon_inode:kvm-vm",
			(struct fake_file){ .id = 1 });
	fake_process_fd(&w->fake, c->pid, c->vcpu_fd, "anon_inode:kvm-vcpu:5",
			(struct fake_file){ .id = 3 });
	return contract_vm_begin(c);
}

static int contract_teardown(void **state)
{
	struct contract_vm *c = *state;
	void *w = c->data;

	contract_vm_end(c);
	free(c);
	return world_teardown(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(an_opened_vm_is_closed_with_its_handle),
		WORLD_TEST(a_vm_type_that_the_kernel_refuses_is_named),
		WORLD_TEST(a_vm_without_dev_kvm_fails_as_dev_kvm_does),
		WORLD_TEST(an_interrupted_creation_is_repeated),
		WORLD_TEST(a_refused_creation_tells_its_class),
		WORLD_TEST(a_wrapped_vm_stays_open),
		WORLD_TEST(only_a_vm_is_wrapped_as_one),
		WORLD_TEST(a_vm_of_another_process_is_named_as_that),
		WORLD_TEST(a_capability_is_asked_of_the_vm),
		WORLD_TEST(an_opened_vcpu_is_closed_with_its_handle),
		WORLD_TEST(a_vcpu_that_the_kernel_refuses_is_named),
		WORLD_TEST(a_wrapped_vcpu_is_not_asked_and_stays_open),
		WORLD_TEST(a_handle_without_memory_leaves_no_descriptor_behind),
		WORLD_TEST(a_negative_vcpu_descriptor_is_the_callers_fault),
		CONTRACT_VM_TESTS(contract_setup, contract_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
