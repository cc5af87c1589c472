// SPDX-License-Identifier: GPL-2.0-or-later
#include "contract-vm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include <linux/kvm.h>

#define NO_PROCESS 0x7ffffffe /* above every kernel's limit */

int contract_vm_begin(struct contract_vm *contract)
{
	int err = kvmfeat_vm_open(contract->ctx, 0, &contract->vm);

	return err ? err : kvmfeat_vcpu_open(contract->vm, 5, &contract->vcpu);
}

void contract_vm_end(struct contract_vm *contract)
{
	kvmfeat_vcpu_free(contract->vcpu);
	kvmfeat_vm_free(contract->vm);
}

void contract_vm_a_vm_answers_for_capabilities(void **state)
{
	const struct contract_vm *c = *state;
	int value = -1;

	assert_int_equal(kvmfeat_vm_get_cap(c->vm, KVM_CAP_USER_MEMORY, &value), 0);
	assert_int_equal(value, 1);
	assert_int_equal(kvmfeat_vm_get_cap(c->vm, 100000, &value), 0);
	assert_int_equal(value, 0);
}

void contract_vm_only_a_vm_is_wrapped(void **state)
{
	const struct contract_vm *c = *state;
	struct kvmfeat_vm *vm = NULL;
	int kvm, other;

	assert_int_equal(kvmfeat_ctx_get_kvm_fd(c->ctx, &kvm), 0);
	assert_int_equal(kvmfeat_vm_wrap(c->ctx, kvm, &vm), -ENOTTY);
	assert_int_equal(kvmfeat_vm_wrap(c->ctx, -1, &vm), -EBADF);
	assert_int_not_equal(kvmfeat_vm_wrap(c->ctx, kvmfeat_vcpu_fd(c->vcpu), &vm), 0);
	other = c->sys->open(c->sys, AT_FDCWD, "/proc/uptime", O_RDONLY, 0);
	assert_int_equal(kvmfeat_vm_wrap(c->ctx, other, &vm), -ENOTTY);
	c->sys->close(c->sys, other);
	assert_null(vm);
	assert_int_equal(kvmfeat_vm_wrap(c->ctx, kvmfeat_vm_fd(c->vm), &vm), 0);
	kvmfeat_vm_free(vm);
}

void contract_vm_an_id_makes_one_vcpu(void **state)
{
	const struct contract_vm *c = *state;
	struct kvmfeat_vcpu *vcpu = NULL;

	assert_int_equal(kvmfeat_vcpu_open(c->vm, 5, &vcpu), -EEXIST);
	assert_int_equal(kvmfeat_vcpu_open(c->vm, 0x7fffffff, &vcpu), -EINVAL);
	assert_null(vcpu);
	assert_int_equal(kvmfeat_vcpu_open(c->vm, 6, &vcpu), 0);
	kvmfeat_vcpu_free(vcpu);
}

static int ask(struct contract_vm *c)
{
	int value;

	return kvmfeat_vm_get_cap(c->vm, KVM_CAP_USER_MEMORY, &value);
}

static int wrap(struct contract_vm *c)
{
	struct kvmfeat_vm *vm;

	return kvmfeat_vm_wrap(c->ctx, kvmfeat_vm_fd(c->vm), &vm);
}

void contract_vm_another_process_gets_eio(void **state)
{
	struct contract_vm *c = *state;

	assert_int_equal(c->in_other_process(c, ask), -EIO);
	assert_int_equal(c->in_other_process(c, wrap), -EIO);
	assert_int_equal(ask(c), 0);
}

static void assert_link(const struct contract_vm *c, int fd, const char *expected)
{
	char path[300], link[64] = "";

	snprintf(path, sizeof(path), "%s/%d", c->fd_dir, fd);
	assert_true(c->sys->readlink(c->sys, AT_FDCWD, path, link, sizeof(link) - 1) > 0);
	assert_string_equal(link, expected);
}

void contract_vm_links_tell_vms_and_vcpus(void **state)
{
	const struct contract_vm *c = *state;

	assert_link(c, c->vm_fd, "anon_inode:kvm-vm");
	assert_link(c, c->vm_dup, "anon_inode:kvm-vm");
	assert_link(c, c->vcpu_fd, "anon_inode:kvm-vcpu:5");
}

static int compare(const struct contract_vm *c, int fd1, int fd2)
{
	return c->sys->kcmp_file(c->sys, c->pid, c->pid, fd1, fd2);
}

void contract_vm_kcmp_tells_a_dup_from_a_second_vm(void **state)
{
	const struct contract_vm *c = *state;
	int order = compare(c, c->vm_fd, c->other_vm);

	assert_int_equal(compare(c, c->vm_fd, c->vm_dup), 0);
	assert_int_equal(compare(c, c->vm_fd, c->vm_fd), 0);
	assert_in_range(order, 1, 2);
	assert_int_equal(compare(c, c->other_vm, c->vm_fd), 3 - order);
	assert_int_equal(compare(c, c->vm_dup, c->other_vm), order);
}

void contract_vm_kcmp_of_what_is_gone_fails(void **state)
{
	const struct contract_vm *c = *state;

	assert_int_equal(compare(c, c->vm_fd, c->no_fd), -EBADF);
	assert_int_equal(compare(c, c->no_fd, c->vm_fd), -EBADF);
	assert_int_equal(c->sys->kcmp_file(c->sys, c->pid, NO_PROCESS, c->vm_fd, c->vm_fd), -ESRCH);
}

void contract_vm_the_list_has_both_vms(void **state)
{
	const struct contract_vm *c = *state;
	struct kvmfeat_vm_list *list;
	size_t fds = 0, vms = 0;

	assert_int_equal(kvmfeat_vm_list_load(c->ctx, &list), 0);
	for (size_t i = 0; i < kvmfeat_vm_list_count(list); i++) {
		const struct kvmfeat_vm_info *info = kvmfeat_vm_list_at(list, i);

		if (info->pid != c->pid)
			continue;
		vms++;
		fds += info->fd_count;
		assert_int_equal(info->vm_count, 1);
		assert_int_equal(info->vcpus, -1);
		assert_true(info->memory_bytes > 0);
		assert_true(info->age_seconds >= 0);
	}
	assert_int_equal(vms, 2);
	assert_int_equal(fds, 3);
	kvmfeat_vm_list_free(list);
}
