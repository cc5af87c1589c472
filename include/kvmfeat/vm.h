/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * VM and vCPU handles around file descriptors, and the list of all VMs on this host.
 * The kernel answers ioctls on a VM only to the process that created it (others get EIO),
 * so the list tells what /proc shows and no more.
 */
#ifndef KVMFEAT_VM_H
#define KVMFEAT_VM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <kvmfeat/ctx.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kvmfeat_vm;
struct kvmfeat_vcpu;
struct kvmfeat_vcpu_state;
struct kvmfeat_vm_list;

/**
 * kvmfeat_vm_open() - Create a VM
 * @ctx: context
 * @type: the argument of KVM_CREATE_VM; 0 is the default type of the architecture
 * @ret_vm: receives the VM; free it with kvmfeat_vm_free() before @ctx
 *
 * Return: 0, or an error of kvmfeat_ctx_get_kvm_fd(), -EINVAL (no such type), -ENOMEM,
 * -EMFILE, -ENFILE, or another error of KVM_CREATE_VM.
 * Since: 1.0
 */
int kvmfeat_vm_open(struct kvmfeat_ctx *ctx, unsigned long type, struct kvmfeat_vm **ret_vm);

/**
 * kvmfeat_vm_wrap() - Use a VM of the caller
 * @ctx: context
 * @fd: a VM descriptor that this process got from KVM_CREATE_VM; it is borrowed
 * @ret_vm: receives the handle; free it with kvmfeat_vm_free() before closing @fd
 *
 * The descriptor is asked whether it is a VM. If it is a vCPU by mistake, the answer may take as
 * long as that vCPU runs.
 *
 * Return: 0, or -EBADF, -ENOTTY (@fd is not a VM), -EIO (another process created the VM),
 * -ENOMEM.
 * Since: 1.0
 */
int kvmfeat_vm_wrap(struct kvmfeat_ctx *ctx, int fd, struct kvmfeat_vm **ret_vm);

/**
 * kvmfeat_vm_free() - Free a VM handle
 * @vm: handle, or NULL; a VM that kvmfeat_vm_open() created is destroyed when its vCPUs
 * and guest_memfds are closed, too
 *
 * Since: 1.0
 */
void kvmfeat_vm_free(struct kvmfeat_vm *vm);

/**
 * kvmfeat_vm_fd() - The descriptor of a VM
 * @vm: handle
 *
 * Return: the descriptor; it stays with its owner.
 * Since: 1.0
 */
int kvmfeat_vm_fd(const struct kvmfeat_vm *vm);

/**
 * kvmfeat_vm_get_cap() - Ask a VM for one capability
 * @vm: handle
 * @number: capability number
 * @ret_value: receives the answer: 0 no, 1 yes, greater: as the capability defines it
 *
 * Kernels before 3.17 do not answer on a VM (-ENOTTY); kvmfeat_cap_get() asks /dev/kvm.
 *
 * Return: 0, or the kernel's error (-EIO: another process created the VM; -ENOTTY: this kernel
 * has no KVM_CAP_CHECK_EXTENSION_VM).
 * Since: 1.0
 */
int kvmfeat_vm_get_cap(struct kvmfeat_vm *vm, unsigned int number, int *ret_value);

/**
 * kvmfeat_vcpu_open() - Create a vCPU
 * @vm: VM
 * @id: vCPU id, as KVM_CREATE_VCPU takes it
 * @ret_vcpu: receives the vCPU; free it with kvmfeat_vcpu_free() before @vm
 *
 * Return: 0, or -EEXIST (the id is taken), -EINVAL (the id is too large), -ENOMEM, -EMFILE,
 * or another error of KVM_CREATE_VCPU.
 * Since: 1.0
 */
int kvmfeat_vcpu_open(struct kvmfeat_vm *vm, unsigned long id, struct kvmfeat_vcpu **ret_vcpu);

/**
 * kvmfeat_vcpu_wrap() - Use a vCPU of the caller
 * @vm: VM of the vCPU
 * @fd: a vCPU descriptor; it is borrowed
 * @ret_vcpu: receives the handle; free it with kvmfeat_vcpu_free() before closing @fd
 *
 * The descriptor is not asked anything, so its vCPU may be running.
 *
 * Return: 0, or -EINVAL (@fd is negative), -ENOMEM.
 * Since: 1.0
 */
int kvmfeat_vcpu_wrap(struct kvmfeat_vm *vm, int fd, struct kvmfeat_vcpu **ret_vcpu);

/**
 * kvmfeat_vcpu_free() - Free a vCPU handle
 * @vcpu: handle, or NULL
 *
 * Since: 1.0
 */
void kvmfeat_vcpu_free(struct kvmfeat_vcpu *vcpu);

/**
 * kvmfeat_vcpu_fd() - The descriptor of a vCPU
 * @vcpu: handle
 *
 * Return: the descriptor; it stays with its owner.
 * Since: 1.0
 */
int kvmfeat_vcpu_fd(const struct kvmfeat_vcpu *vcpu);

/**
 * kvmfeat_vcpu_error() - Why the last failed call on a vCPU failed
 * @vcpu: handle
 *
 * Calls that take a vCPU report here and not in the context, so that each vCPU may be used
 * from a thread of its own.
 *
 * Return: the error, never NULL; it belongs to the vCPU.
 * Since: 1.0
 */
const struct kvmfeat_error *kvmfeat_vcpu_error(const struct kvmfeat_vcpu *vcpu);

/**
 * kvmfeat_vcpu_state_new() - Make room for the state of a vCPU
 * @vcpu: an x86 vCPU; its VM tells how much room
 * @ret_state: receives the state, empty; free it with kvmfeat_vcpu_state_free() before @vcpu
 *
 * Return: 0, or -EOPNOTSUPP (this host is no x86, or its kernel is older than 4.11), -ENOMEM, or
 * an error of kvmfeat_ctx_get_kvm_fd(), KVM_CHECK_EXTENSION, KVM_GET_MSR_INDEX_LIST or
 * KVM_GET_VCPU_MMAP_SIZE.
 * Since: 1.0
 */
int kvmfeat_vcpu_state_new(struct kvmfeat_vcpu *vcpu, struct kvmfeat_vcpu_state **ret_state);

/**
 * kvmfeat_vcpu_state_save() - Read the whole state of a vCPU
 * @vcpu: vCPU, stopped; any of the VM that @state was made for
 * @state: receives it
 *
 * First KVM_RUN is called with immediate_exit, so that I/O which is pending completes: the VMM
 * must have put the result of its last exit into struct kvm_run. Then all is read, in the
 * order of kvmfeat_nested_order(). An MSR of KVM_GET_MSR_INDEX_LIST that this vCPU does not have
 * is left out, and so is a local APIC that is not in the kernel. On error @state is empty. No
 * memory is allocated.
 *
 * Return: 0, or -EBUSY (KVM_RUN ended with a further exit, which struct kvm_run tells: handle it
 * and save again), or the error of the step that failed, which the reason names.
 * Since: 1.0
 */
int kvmfeat_vcpu_state_save(struct kvmfeat_vcpu *vcpu, struct kvmfeat_vcpu_state *state);

/**
 * kvmfeat_vcpu_state_load() - Give a vCPU a state
 * @vcpu: vCPU, stopped, with its CPUID; of another VM, or even one that has run
 * @state: what kvmfeat_vcpu_state_save() read
 *
 * In the order of kvmfeat_nested_order(): I/O that is pending from before completes first, as in
 * kvmfeat_vcpu_state_save(), and nested mode is left. On error the steps before the one that the
 * reason names have changed the vCPU: load a state again, or do not run it. An MSR that refuses
 * to be written is no error when it holds the value already. No memory is allocated.
 *
 * Return: 0, or -EBUSY (as kvmfeat_vcpu_state_save()), or the error of the step that failed;
 * -EINVAL (origin library: @state is empty; origin kernel: also an MSR refused its value, and the
 * reason names it).
 * Since: 1.0
 */
int kvmfeat_vcpu_state_load(struct kvmfeat_vcpu *vcpu, const struct kvmfeat_vcpu_state *state);

/**
 * kvmfeat_vcpu_state_get_nested() - The nested state within the state of a vCPU
 * @state: what kvmfeat_vcpu_state_save() read
 * @ret_blob: receives where it is, valid until @state is saved to again or freed; NULL: this host
 * has no nested virtualization
 * @ret_bytes: receives its size; 0 without
 *
 * Since: 1.0
 */
void kvmfeat_vcpu_state_get_nested(const struct kvmfeat_vcpu_state *state, const void **ret_blob,
				   size_t *ret_bytes);

/**
 * kvmfeat_vcpu_state_free() - Free a state
 * @state: state, or NULL
 *
 * Since: 1.0
 */
void kvmfeat_vcpu_state_free(struct kvmfeat_vcpu_state *state);

/**
 * struct kvmfeat_vm_info - One VM of the host, as /proc shows it
 * @pid: process that holds it, the lowest if there are several
 * @holders: the other processes that hold it, ascending; NULL when @holder_count is 0
 * @holder_count: length of @holders
 * @command: name of the process, as it chose it: any bytes
 * @uid: real user id of the process; (uid_t)-1: unknown
 * @fds: its descriptors of the VM in @pid, ascending
 * @fd_count: length of @fds
 * @vm_count: 1; 0: the kernel does not tell (kcmp(2) is missing or refused) whether the
 * descriptors belong to one VM or to several
 * @vcpus: number of vCPUs; -1: unknown, the process holds several VMs and a vCPU
 * descriptor does not tell its VM
 * @age_seconds: time since the process started; -1: unknown
 * @memory_bytes: resident memory of the process (VmRSS); -1: unknown. Pages of a guest_memfd are
 * in it where user space mapped and touched them, and in @gmem_bytes, too: do not add the two
 * @gmem_count: guest_memfds that the process holds, each inode once
 * @gmem_bytes: bytes allocated in them; -1: unknown
 *
 * Age, memory, vCPUs and guest_memfds are the process's: when it holds several VMs, each
 * of their entries tells the same.
 */
struct kvmfeat_vm_info {
	pid_t pid;
	const pid_t *holders;
	size_t holder_count;
	const char *command;
	uid_t uid;
	const int *fds;
	size_t fd_count;
	unsigned int vm_count;
	int vcpus;
	int64_t age_seconds;
	int64_t memory_bytes;
	unsigned int gmem_count;
	int64_t gmem_bytes;
};

/**
 * kvmfeat_vm_list_load() - Find all VMs of this host
 * @ctx: context
 * @ret_list: receives the list, in ascending order of pid; free it with
 * kvmfeat_vm_list_free()
 *
 * Reads /proc and needs neither /dev/kvm nor root; processes that the caller may not look
 * into are counted. Processes that end meanwhile are left out.
 *
 * Return: 0, or the kernel's error for /proc itself, or -ENOMEM.
 * Since: 1.0
 */
int kvmfeat_vm_list_load(struct kvmfeat_ctx *ctx, struct kvmfeat_vm_list **ret_list);

/**
 * kvmfeat_vm_list_count() - How many VMs a list holds
 * @list: list
 *
 * Return: the number of entries.
 * Since: 1.0
 */
size_t kvmfeat_vm_list_count(const struct kvmfeat_vm_list *list);

/**
 * kvmfeat_vm_list_at() - One VM of a list
 * @list: list
 * @index: 0 to count - 1
 *
 * Return: the entry, valid as long as the list; NULL when @index is out of range.
 * Since: 1.0
 */
const struct kvmfeat_vm_info *kvmfeat_vm_list_at(const struct kvmfeat_vm_list *list, size_t index);

/**
 * kvmfeat_vm_list_unseen() - How many processes could not be looked into
 * @list: list
 *
 * Return: the number of processes; -1: /proc is mounted so that other users' processes
 * cannot even be counted (hidepid).
 * Since: 1.0
 */
int kvmfeat_vm_list_unseen(const struct kvmfeat_vm_list *list);

/**
 * kvmfeat_vm_list_free() - Free a list
 * @list: list, or NULL
 *
 * Since: 1.0
 */
void kvmfeat_vm_list_free(struct kvmfeat_vm_list *list);

#ifdef __cplusplus
}
#endif

#endif
