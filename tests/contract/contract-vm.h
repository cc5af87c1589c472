/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the library promises of VMs, and what its list relies on in the kernel: run against
 * the fake kernel by the unit tests and against the real one by the live tests.
 */
#ifndef CONTRACT_VM_H
#define CONTRACT_VM_H

/* cmocka.h needs these four before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "internal.h"

struct contract_vm {
	struct kvmfeat_ctx *ctx;
	const struct kf_sys *sys;
	struct kvmfeat_vm *vm;
	struct kvmfeat_vcpu *vcpu; /* number 5 */
	/* Made and taken away by the caller: descriptors of its process @pid. */
	pid_t pid;
	int vm_fd; /* of @vm */
	int vm_dup;
	int other_vm;
	int vcpu_fd; /* of @vcpu */
	int no_fd; /* a number that is not open */
	const char *fd_dir; /* where the links of the descriptors are */
	/* Runs @body as a process that has inherited the descriptors; returns what it does. */
	int (*in_other_process)(struct contract_vm *contract, int (*body)(struct contract_vm *));
	void *data; /* the caller's */
};

/* Makes @vm and @vcpu; 0, or the error of the library. */
int contract_vm_begin(struct contract_vm *contract);
void contract_vm_end(struct contract_vm *contract);

void contract_vm_a_vm_answers_for_capabilities(void **state);
void contract_vm_only_a_vm_is_wrapped(void **state);
void contract_vm_an_id_makes_one_vcpu(void **state);
void contract_vm_another_process_gets_eio(void **state);
void contract_vm_links_tell_vms_and_vcpus(void **state);
void contract_vm_kcmp_tells_a_dup_from_a_second_vm(void **state);
void contract_vm_kcmp_of_what_is_gone_fails(void **state);
void contract_vm_the_list_has_both_vms(void **state);

#define CONTRACT_VM_TEST(name, setup, teardown)                                                    \
	cmocka_unit_test_setup_teardown(contract_vm_##name, setup, teardown)

#define CONTRACT_VM_TESTS(setup, teardown)                                                         \
	CONTRACT_VM_TEST(a_vm_answers_for_capabilities, setup, teardown),                          \
		CONTRACT_VM_TEST(only_a_vm_is_wrapped, setup, teardown),                           \
		CONTRACT_VM_TEST(an_id_makes_one_vcpu, setup, teardown),                           \
		CONTRACT_VM_TEST(another_process_gets_eio, setup, teardown),                       \
		CONTRACT_VM_TEST(links_tell_vms_and_vcpus, setup, teardown),                       \
		CONTRACT_VM_TEST(kcmp_tells_a_dup_from_a_second_vm, setup, teardown),              \
		CONTRACT_VM_TEST(kcmp_of_what_is_gone_fails, setup, teardown),                     \
		CONTRACT_VM_TEST(the_list_has_both_vms, setup, teardown)

#endif
