/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* KVM capabilities by name: what KVM_CHECK_EXTENSION answers for /dev/kvm and for a VM. */
#ifndef KVMFEAT_CAP_H
#define KVMFEAT_CAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kvmfeat/ctx.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kvmfeat_vm;
struct kvmfeat_cap_list;

/**
 * struct kvmfeat_cap - One capability of a list
 * @number: its number, the argument of KVM_CHECK_EXTENSION
 * @name: its name ("KVM_CAP_NESTED_STATE"), or NULL: this library knows none
 * @alias: what a vendor's kernel means by this number on this architecture, or NULL
 * @system: answer of /dev/kvm; 0 means no; without @has_system always 0
 * @vm: answer of the VM; 0 means no; without a VM always 0
 * @has_vm: a VM was asked, @vm counts
 * @has_system: /dev/kvm answers, @system counts; arm64 refuses to say without a VM whether it has
 * KVM_CAP_MSI_DEVID
 */
struct kvmfeat_cap {
	unsigned int number;
	const char *name;
	const char *alias;
	int system;
	int vm;
	bool has_vm;
	bool has_system;
};

/**
 * struct kvmfeat_cpuid_entry - One entry of KVM's CPUID; laid out like struct kvm_cpuid_entry2
 * @function: EAX of the question
 * @index: ECX of the question, when bit 0 of @flags is set
 * @flags: KVM_CPUID_FLAG_*
 * @eax: answer
 * @ebx: answer
 * @ecx: answer
 * @edx: answer
 * @reserved: zero
 */
struct kvmfeat_cpuid_entry {
	uint32_t function;
	uint32_t index;
	uint32_t flags;
	uint32_t eax;
	uint32_t ebx;
	uint32_t ecx;
	uint32_t edx;
	uint32_t reserved[3];
};

/**
 * kvmfeat_cap_get_api_version() - The version of the KVM API
 * @ctx: context
 * @ret_version: receives the answer of KVM_GET_API_VERSION, 12 on every kernel since 2.6.22
 *
 * Return: 0, or an error of kvmfeat_ctx_get_kvm_fd().
 * Since: 1.0
 */
int kvmfeat_cap_get_api_version(struct kvmfeat_ctx *ctx, int *ret_version);

/**
 * kvmfeat_cap_get() - Ask /dev/kvm for one capability
 * @ctx: context
 * @number: capability number
 * @ret_value: receives the answer: 0 no, 1 yes, greater: as the capability defines it
 *
 * Many capabilities depend on the VM: kvmfeat_vm_get_cap() is the exact question.
 *
 * Return: 0, or an error of kvmfeat_ctx_get_kvm_fd(), or the kernel's error.
 * Since: 1.0
 */
int kvmfeat_cap_get(struct kvmfeat_ctx *ctx, unsigned int number, int *ret_value);

/**
 * kvmfeat_cap_name() - The name of a capability number
 * @number: capability number
 *
 * Return: "KVM_CAP_…" as in the Linux 7.3 headers, or NULL.
 * Since: 1.0
 */
const char *kvmfeat_cap_name(unsigned int number);

/**
 * kvmfeat_cap_number() - The number of a capability name
 * @name: "KVM_CAP_NESTED_STATE" or "NESTED_STATE", upper case
 * @ret_number: receives the number
 *
 * Return: 0, or -ENOENT (no such name).
 * Since: 1.0
 */
int kvmfeat_cap_number(const char *name, unsigned int *ret_number);

/**
 * kvmfeat_cap_get_cpuid() - What CPUID this host can give a guest
 * @ctx: context
 * @entries: receives the answer of KVM_GET_SUPPORTED_CPUID
 * @max: room in @entries; 256 has been enough for every kernel
 * @ret_count: receives the number of entries
 *
 * Return: 0, or an error of kvmfeat_ctx_get_kvm_fd(), -EOPNOTSUPP (this host is no x86),
 * -E2BIG (@max is too small: nothing is written), -EINVAL (@max is 0 or above 65536), -ENOMEM.
 * Since: 1.0
 */
int kvmfeat_cap_get_cpuid(struct kvmfeat_ctx *ctx, struct kvmfeat_cpuid_entry *entries, size_t max,
			  size_t *ret_count);

/**
 * kvmfeat_cap_list_load() - Ask for every capability
 * @ctx: context
 * @vm: VM to ask besides /dev/kvm, or NULL
 * @ret_list: receives the list, in ascending order of number; free it with
 * kvmfeat_cap_list_free()
 *
 * The list holds every capability that has a name, whatever its answer, and each number
 * without a name below 1024 that is answered with something else than 0.
 *
 * Return: 0, or an error of kvmfeat_cap_get(), or -ENOMEM.
 * Since: 1.0
 */
int kvmfeat_cap_list_load(struct kvmfeat_ctx *ctx, struct kvmfeat_vm *vm,
			  struct kvmfeat_cap_list **ret_list);

/**
 * kvmfeat_cap_list_count() - How many capabilities a list holds
 * @list: list
 *
 * Return: the number of entries.
 * Since: 1.0
 */
size_t kvmfeat_cap_list_count(const struct kvmfeat_cap_list *list);

/**
 * kvmfeat_cap_list_at() - One capability of a list
 * @list: list
 * @index: 0 to count - 1
 *
 * Return: the entry, valid as long as the list; NULL when @index is out of range.
 * Since: 1.0
 */
const struct kvmfeat_cap *kvmfeat_cap_list_at(const struct kvmfeat_cap_list *list, size_t index);

/**
 * kvmfeat_cap_list_free() - Free a list
 * @list: list, or NULL
 *
 * Since: 1.0
 */
void kvmfeat_cap_list_free(struct kvmfeat_cap_list *list);

#ifdef __cplusplus
}
#endif

#endif
