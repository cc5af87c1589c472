/* SPDX-License-Identifier: GPL-2.0-only */
/* Stops a vCPU between VMRUN and the first instruction of L2. */
#ifndef KVMFEAT_TESTS_NESTED_VMRUN_STOP_H
#define KVMFEAT_TESTS_NESTED_VMRUN_STOP_H

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

#include "nested.h"
#include "userfaultfd_util.h"

/*
 * VMRUN, in L1.  Not run_guest(), which touches the VMCB itself before VMRUN does; and with
 * interrupts open, which L1 may have behind GIF.
 */
static inline void vmrun_alone(struct svm_test_data *svm)
{
	asm volatile("push %%rbp; sti; vmrun %[gpa]; cli; pop %%rbp"
		     :
		     : [gpa] "a"(svm->vmcb_gpa)
		     : "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
		       "r14", "r15", "memory");
}

static pthread_t runner;
static u8 vmcb_copy[PAGE_SIZE] __aligned(PAGE_SIZE);

static void on_signal(int signal)
{
}

/* VMRUN waits in the kernel for the VMCB's page: it finds a signal when it is done. */
static int interrupt_vmrun(int mode, int uffd, struct uffd_msg *msg)
{
	struct uffdio_copy copy = {
		.src = (u64)vmcb_copy,
		.dst = msg->arg.pagefault.address & PAGE_MASK,
		.len = PAGE_SIZE,
	};

	pthread_kill(runner, SIGUSR1);
	return ioctl(uffd, UFFDIO_COPY, &copy);
}

/* Run VMRUN, and nothing after it. */
static inline void run_into_vmrun(struct kvm_vcpu *vcpu, void *vmcb)
{
	struct uffd_desc *uffd;

	runner = pthread_self();
	signal(SIGUSR1, on_signal);
	vcpu_run_complete_io(vcpu);
	memcpy(vmcb_copy, vmcb, PAGE_SIZE);
	TEST_ASSERT(!madvise(vmcb, PAGE_SIZE, MADV_DONTNEED), "madvise() failed");
	uffd = uffd_setup_demand_paging(UFFDIO_REGISTER_MODE_MISSING, 0, vmcb, PAGE_SIZE, 1,
					interrupt_vmrun);
	TEST_ASSERT(__vcpu_run(vcpu) == -1 && errno == EINTR, "VMRUN was not interrupted");
	uffd_stop_demand_paging(uffd);
}

#endif
