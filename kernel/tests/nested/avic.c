// SPDX-License-Identifier: GPL-2.0-only
/*
 * AVIC must not serve a vCPU that is in L2, also when it came there by KVM_SET_NESTED_STATE:
 * an interrupt for L1 ends L2 with SVM_EXIT_INTR and is never handed to AVIC, which would log
 * kvm_apicv_accept_irq.  Needs kvm_amd.avic=1, on an emulated CPU kvm_amd.force_avic=1 too.
 *
 * Red when svm_set_nested_state() no longer requests KVM_REQ_APICV_UPDATE (the vCPU that ran
 * L1 before; a new one has that request from its creation), and when
 * avic_vcpu_get_apicv_inhibit_reasons() no longer names the guest mode (both).
 */
#include <fcntl.h>

#include "apic.h"
#include "nested.h"

#define IRQ 0x50
#define MSI_ADDRESS 0xfee00000
#define AVIC_PARAM "/sys/module/kvm_amd/parameters/avic"
#define TRACING "/sys/kernel/tracing/"
#define EVENT "kvm_apicv_accept_irq"

enum { IN_L1 = 1, IN_L2, L1_INTERRUPTED };

static void l2_code(void)
{
	for (;;)
		GUEST_SYNC(IN_L2);
}

static void l1_code(struct svm_test_data *svm)
{
	x2apic_enable();
	generic_svm_setup(svm, l2_code);
	svm->vmcb->control.intercept |= BIT_ULL(INTERCEPT_INTR);
	svm->vmcb->control.int_ctl |= V_INTR_MASKING_MASK;
	/* L1's IF at VMRUN decides whether L1's interrupts end L2. */
	sti();
	run_guest(svm->vmcb, svm->vmcb_gpa);
	cli();
	GUEST_ASSERT_EQ(svm->vmcb->control.exit_code, SVM_EXIT_INTR);
	GUEST_SYNC(L1_INTERRUPTED);
}

static void l1_idle(void)
{
	x2apic_enable();
	for (;;)
		GUEST_SYNC(IN_L1);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	TEST_ASSERT(fd >= 0, "Cannot open %s", path);
	TEST_ASSERT(write(fd, text, strlen(text)) == strlen(text), "Cannot write %s", path);
	close(fd);
}

/* How often AVIC was given an interrupt since the last question. */
static unsigned int accepted(void)
{
	FILE *trace = fopen(TRACING "trace", "r");
	unsigned int count = 0;
	char line[512];

	TEST_ASSERT(trace, "Cannot open " TRACING "trace");
	while (fgets(line, sizeof(line), trace))
		if (line[0] != '#' && strstr(line, EVENT ":"))
			count++;
	fclose(trace);
	write_file(TRACING "trace", "\n");
	return count;
}

static void signal_msi(struct kvm_vcpu *vcpu)
{
	struct kvm_msi msi = {
		.address_lo = MSI_ADDRESS | vcpu->id << 12,
		.data = IRQ,
	};

	TEST_ASSERT(__vm_ioctl(vcpu->vm, KVM_SIGNAL_MSI, &msi) > 0, "Nobody takes the MSI");
}

/* With KVM_RUN behind it that had to act on the restored state. */
static void interrupt_l2(struct kvm_vcpu *vcpu, const char *where)
{
	unsigned int count;
	u64 stage;

	nested_run_to(vcpu, IN_L2);
	accepted();
	signal_msi(vcpu);
	count = accepted();
	ksft_test_result(!count, "nested: L2 restored %s keeps AVIC out\n", where);

	stage = nested_run(vcpu);
	ksft_test_result(stage == L1_INTERRUPTED,
			 "nested: L2 restored %s ends with SVM_EXIT_INTR\n", where);
}

static struct kvm_vm *vm_in_l2(struct nested_saved *saved)
{
	struct kvm_vcpu *vcpu;
	gva_t svm_gva;
	struct kvm_vm *vm = nested_vm(&vcpu, l1_code, false, &svm_gva);

	nested_run_to(vcpu, IN_L2);
	nested_save(vcpu, saved);
	return vm;
}

/* The proof that the silence of the other cases means something. */
static void in_l1(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = vm_create_with_one_vcpu(&vcpu, l1_idle);

	nested_run_to(vcpu, IN_L1);
	accepted();
	signal_msi(vcpu);
	ksft_test_result(accepted() == 1, "nested: AVIC takes an interrupt while L1 runs\n");
	kvm_vm_free(vm);
}

static void on_new_vcpu(void)
{
	struct nested_saved saved;
	struct kvm_vm *vm = vm_in_l2(&saved);

	interrupt_l2(nested_load_into_new_vm(vm, &saved), "on a new vCPU");
	kvm_x86_state_cleanup(saved.state);
	kvm_vm_free(vm);
}

static void on_used_vcpu(void)
{
	struct nested_saved saved;
	struct kvm_vm *vm = vm_in_l2(&saved);
	struct kvm_vcpu *used = vm_vcpu_add(vm, 1, l1_idle);

	nested_run_to(used, IN_L1);
	/* It keeps its own local APIC, whose ID is another. */
	vcpu_load_state(used, saved.state);
	interrupt_l2(used, "on a vCPU that ran L1");
	kvm_x86_state_cleanup(saved.state);
	kvm_vm_free(vm);
}

static bool avic_is_on(void)
{
	char value = 'N';
	int fd = open(AVIC_PARAM, O_RDONLY);

	if (fd >= 0) {
		TEST_ASSERT(read(fd, &value, 1) == 1, "Cannot read " AVIC_PARAM);
		close(fd);
	}
	return value == 'Y';
}

int main(void)
{
	nested_start(5);
	if (!avic_is_on()) {
		for (int i = 0; i < 5; i++)
			ksft_test_result_skip("nested: AVIC is off, kvm_amd.avic says so\n");
		ksft_finished();
	}
	write_file(TRACING "events/kvm/" EVENT "/enable", "1");
	in_l1();
	on_new_vcpu();
	on_used_vcpu();
	write_file(TRACING "events/kvm/" EVENT "/enable", "0");
	ksft_finished();
}
