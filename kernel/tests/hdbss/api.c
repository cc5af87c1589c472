// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM_CAP_ARM_HDBSS_KVMFEAT as the kernel's documentation has it: what CHECK_EXTENSION tells,
 * what KVM_ENABLE_CAP takes, what it refuses, and that a refusal changes nothing. Without HDBSS
 * in the CPU, or in the kernel, the capability is 0, and there is nothing to switch.
 */
#include "memory.h"

#define CAP KVM_CAP_ARM_HDBSS_KVMFEAT

/* What is refused with EINVAL, whether HDBSS is on or off. */
static const struct {
	const char *name;
	u32 flags;
	u64 args[4];
} refusals[] = {
	{ "a flag", 1, { 0, 1 } },
	{ "the highest flag", 1U << 31, { 0, 1 } },
	{ "a flag when switching off", 1, { 0, 0 } },
	{ "order 10", 0, { 10, 1 } },
	{ "order 10 when switching off", 0, { 10, 0 } },
	{ "an order that is 0 in its low half", 0, { 1ULL << 32, 1 } },
	{ "the largest order that there is", 0, { ~0ULL, 1 } },
	{ "a switch of 2", 0, { 0, 2 } },
	{ "a switch that is 0 in its low half", 0, { 0, 1ULL << 32 } },
	{ "a third argument", 0, { 0, 1, 1 } },
	{ "a third argument when switching off", 0, { 0, 0, 1 } },
	{ "a fourth argument", 0, { 0, 1, 0, 1ULL << 63 } },
};

static bool refused(struct kvm_vm *vm, unsigned int i, int state)
{
	struct kvm_enable_cap cap = { .cap = CAP, .flags = refusals[i].flags };
	int err;

	memcpy(cap.args, refusals[i].args, sizeof(cap.args));
	err = hdbss_ask(vm->fd, cap);
	if (err != EINVAL || hdbss_state(vm) != state)
		ksft_print_msg("errno is %d, and the state 0x%x instead of 0x%x\n", err,
			       hdbss_state(vm), state);
	return err == EINVAL && hdbss_state(vm) == state;
}

static void test_refusals(void)
{
	struct kvm_vm *off = vm_create_barebones(), *on = vm_create_barebones();

	hdbss_on(on, 3);
	for (unsigned int i = 0; i < ARRAY_SIZE(refusals); i++)
		ksft_test_result(refused(off, i, hdbss_value(0, 0)) &&
					 refused(on, i, hdbss_value(1, 3)),
				 "hdbss: %s is refused, and changes nothing\n", refusals[i].name);
	kvm_vm_free(off);
	kvm_vm_free(on);
}

static bool every_order_can_be_had(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = vm_create_with_one_vcpu(&vcpu, guest_work);
	bool good = true;

	for (unsigned int order = 0; order <= HDBSS_MAX_ORDER; order++) {
		good = good && !hdbss_switch(vm, order, 1) &&
		       hdbss_state(vm) == hdbss_value(1, order);
		good = good && !hdbss_switch(vm, 0, 0) && hdbss_state(vm) == hdbss_value(0, 0);
	}
	kvm_vm_free(vm);
	return good;
}

static void test_twice(void)
{
	struct kvm_vm *vm = vm_create_barebones(), *other = vm_create_barebones();

	ksft_test_result(!hdbss_switch(vm, 0, 0) && !hdbss_switch(vm, 9, 0) &&
				 hdbss_state(vm) == hdbss_value(0, 0),
			 "hdbss: what is off can be switched off\n");
	hdbss_on(vm, 4);
	ksft_test_result(!hdbss_switch(vm, 4, 1) && hdbss_state(vm) == hdbss_value(1, 4),
			 "hdbss: what is on can be switched on with the same order\n");
	ksft_test_result(hdbss_switch(vm, 5, 1) == EBUSY && hdbss_switch(vm, 0, 1) == EBUSY &&
				 hdbss_state(vm) == hdbss_value(1, 4),
			 "hdbss: what is on is busy for another order\n");
	ksft_test_result(hdbss_state(other) == hdbss_value(0, 0) && !hdbss_switch(other, 7, 1) &&
				 hdbss_state(vm) == hdbss_value(1, 4),
			 "hdbss: a VM's state is its own\n");
	ksft_test_result(kvm_check_cap(CAP) == hdbss_value(0, 0),
			 "hdbss: /dev/kvm tells no VM's state\n");
	kvm_vm_free(vm);
	kvm_vm_free(other);
}

/* It is a capability of VMs. */
static bool only_for_vms(void)
{
	struct kvm_enable_cap on = { .cap = CAP, .args = { 0, 1 } };
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = vm_create_with_one_vcpu(&vcpu, guest_work);
	int by_vcpu = hdbss_ask(vcpu->fd, on), by_device = hdbss_ask(vm->kvm_fd, on);
	bool good = (by_vcpu == EINVAL || by_vcpu == ENOTTY) &&
		    (by_device == EINVAL || by_device == ENOTTY) &&
		    hdbss_state(vm) == hdbss_value(0, 0);

	if (!good)
		ksft_print_msg("a vCPU says %d, /dev/kvm %d\n", by_vcpu, by_device);
	kvm_vm_free(vm);
	return good;
}

/* Posted series used these numbers, which mean something else since then. */
static bool posted_numbers_switch_nothing(void)
{
	static const u32 numbers[] = { 239, 245, 248, 502 };
	struct kvm_vm *vm = vm_create_barebones();
	bool good = KVM_CAP_ARM_WRITABLE_IMP_ID_REGS == 239 && KVM_CAP_ARM_SEA_TO_USER == 245 &&
		    vm_check_cap(vm, 239) == 1 && vm_check_cap(vm, 245) == 1 &&
		    !vm_check_cap(vm, 248) && !vm_check_cap(vm, 502);

	for (unsigned int i = 0; i < ARRAY_SIZE(numbers); i++) {
		hdbss_ask(vm->fd, (struct kvm_enable_cap){ .cap = numbers[i], .args = { 1, 1 } });
		good = good && hdbss_state(vm) == hdbss_value(0, 0);
	}
	kvm_vm_free(vm);
	return good;
}

static void test_dirty_ring(void)
{
	const u64 size = 1024 * sizeof(struct kvm_dirty_gfn);
	struct kvm_vm *ring = vm_create_barebones(), *vm = vm_create_barebones();

	vm_enable_dirty_ring(ring, size);
	ksft_test_result(hdbss_switch(ring, 0, 1) == EINVAL &&
				 hdbss_state(ring) == hdbss_value(0, 0),
			 "hdbss: it is refused to a VM with a dirty ring\n");
	hdbss_on(vm, 0);
	ksft_test_result(__vm_enable_cap(vm, KVM_CAP_DIRTY_LOG_RING_ACQ_REL, size) == -1 &&
				 errno == EINVAL && hdbss_state(vm) == hdbss_value(1, 0),
			 "hdbss: a VM with it is refused a dirty ring\n");
	hdbss_off(vm);
	ksft_test_result(!__vm_enable_cap(vm, KVM_CAP_DIRTY_LOG_RING_ACQ_REL, size),
			 "hdbss: a VM that has switched it off can have a dirty ring\n");
	kvm_vm_free(ring);
	kvm_vm_free(vm);
}

static void guest_reads_hafdbs(void)
{
	GUEST_SYNC(SYS_FIELD_GET(ID_AA64MMFR1_EL1, HAFDBS, read_sysreg(id_aa64mmfr1_el1)));
}

static u64 seen_by_guest(struct kvm_vcpu *vcpu)
{
	struct ucall uc;

	vcpu_run(vcpu);
	TEST_ASSERT_EQ(get_ucall(vcpu, &uc), UCALL_SYNC);
	return uc.args[1];
}

static void test_id_register(void)
{
	const u64 reg = KVM_ARM64_SYS_REG(SYS_ID_AA64MMFR1_EL1);
	const u64 hdbss = ID_AA64MMFR1_EL1_HAFDBS_HDBSS;
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = vm_create_with_one_vcpu(&vcpu, guest_reads_hafdbs);
	u64 mmfr1 = vcpu_get_reg(vcpu, reg), with = mmfr1 & ~ID_AA64MMFR1_EL1_HAFDBS_MASK;
	bool hidden, refused;

	hidden = SYS_FIELD_GET(ID_AA64MMFR1_EL1, HAFDBS, mmfr1) < hdbss;
	with |= SYS_FIELD_PREP_ENUM(ID_AA64MMFR1_EL1, HAFDBS, HDBSS);
	refused = __vcpu_set_reg(vcpu, reg, with) && errno == EINVAL &&
		  vcpu_get_reg(vcpu, reg) == mmfr1;
	ksft_test_result(hidden && seen_by_guest(vcpu) < hdbss, "hdbss: a guest sees none\n");
	ksft_test_result(refused, "hdbss: nor can one be given it\n");
	kvm_vm_free(vm);
}

static void test_without_hdbss(void)
{
	struct kvm_vm *vm = vm_create_barebones();

	ksft_set_plan(1);
	ksft_test_result(!vm_check_cap(vm, CAP) && hdbss_switch(vm, 0, 1) == EINVAL &&
				 !vm_check_cap(vm, CAP),
			 "hdbss: the capability is 0, and switching it on is refused\n");
	kvm_vm_free(vm);
}

int main(void)
{
	ksft_print_header();
	if (!kvm_check_cap(CAP)) {
		test_without_hdbss();
		ksft_finished();
	}
	ksft_set_plan(ARRAY_SIZE(refusals) + 17);
	ksft_test_result(kvm_check_cap(CAP) == hdbss_value(0, 0),
			 "hdbss: CHECK_EXTENSION has the tag, the largest order, and ABI 1\n");
	ksft_test_result(every_order_can_be_had(), "hdbss: every order can be had\n");
	test_twice();
	test_refusals();
	ksft_test_result(only_for_vms(), "hdbss: neither /dev/kvm nor a vCPU switches it\n");
	ksft_test_result(posted_numbers_switch_nothing(),
			 "hdbss: numbers of posted series switch nothing\n");
	test_dirty_ring();
	test_id_register();
	ksft_test_result(buffers_are_given_back(), "hdbss: memory of buffers is given back\n");
	test_no_memory();
	ksft_finished();
}
