// SPDX-License-Identifier: GPL-2.0-only
/*
 * LSUI is offered to guests: the field of ID_AA64ISAR3_EL1 is there for userspace to clear, and
 * is never set where the host has no LSUI.
 *
 * Red when ID_AA64ISAR3_EL1_LSUI is taken out of ID_WRITABLE() in arch/arm64/kvm/sys_regs.c
 * (case 1), and when arm64_check_features() takes every value for safe (case 2). Cases 3 and 4
 * need a CPU with LSUI; where the reset value of the register was made to have it they passed,
 * and were red when access_id_reg() gives the guest the opposite.
 */
#include "host.h"
#include "kselftest.h"

static void guest_code(void)
{
	GUEST_SYNC(read_sysreg_s(SYS_ID_AA64ISAR3_EL1));
	GUEST_DONE();
}

static u64 seen_by_guest(struct kvm_vcpu *vcpu)
{
	struct ucall uc;

	vcpu_run(vcpu);
	TEST_ASSERT_EQ(get_ucall(vcpu, &uc), UCALL_SYNC);
	return lsui_of(uc.args[1]);
}

static u64 writable_bits(struct kvm_vm *vm)
{
	u64 masks[KVM_ARM_FEATURE_ID_RANGE_SIZE];
	struct reg_mask_range range = { .addr = (u64)masks };
	u32 reg = SYS_ID_AA64ISAR3_EL1;

	vm_ioctl(vm, KVM_ARM_GET_REG_WRITABLE_MASKS, &range);
	return masks[KVM_ARM_FEATURE_ID_RANGE_IDX(sys_reg_Op0(reg), sys_reg_Op1(reg),
						  sys_reg_CRn(reg), sys_reg_CRm(reg),
						  sys_reg_Op2(reg))];
}

static bool refuses_more_than_the_host(struct kvm_vcpu *vcpu)
{
	u64 isar3 = vcpu_get_reg(vcpu, ISAR3);
	u64 more = isar3 + FIELD_PREP(ID_AA64ISAR3_EL1_LSUI_MASK, 1);

	return __vcpu_set_reg(vcpu, ISAR3, more) == -1 && errno == EINVAL &&
	       vcpu_get_reg(vcpu, ISAR3) == isar3;
}

static bool shows_what_the_host_has(u64 host)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = vm_create_with_one_vcpu(&vcpu, guest_code);
	bool holds = host && seen_by_guest(vcpu) == host;

	kvm_vm_free(vm);
	return holds;
}

static bool shows_what_userspace_cleared(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = vm_create_with_one_vcpu(&vcpu, guest_code);
	u64 isar3 = vcpu_get_reg(vcpu, ISAR3);
	bool holds;

	vcpu_set_reg(vcpu, ISAR3, isar3 & ~ID_AA64ISAR3_EL1_LSUI_MASK);
	holds = !lsui_of(vcpu_get_reg(vcpu, ISAR3)) && !seen_by_guest(vcpu);
	kvm_vm_free(vm);
	return holds;
}

int main(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm;
	u64 host;

	ksft_print_header();
	ksft_set_plan(4);
	vm = vm_create_with_one_vcpu(&vcpu, guest_code);
	host = lsui_of(vcpu_get_reg(vcpu, ISAR3));

	ksft_test_result((writable_bits(vm) & ID_AA64ISAR3_EL1_LSUI_MASK) ==
				 ID_AA64ISAR3_EL1_LSUI_MASK,
			 "lsui: KVM lists LSUI among the fields that userspace may write\n");
	ksft_test_result(refuses_more_than_the_host(vcpu),
			 "lsui: KVM refuses a guest more LSUI than the host has\n");
	if (host || kernel_uses_lsui()) {
		ksft_test_result(shows_what_the_host_has(host),
				 "lsui: a guest sees the host's LSUI\n");
		ksft_test_result(shows_what_userspace_cleared(),
				 "lsui: a guest sees no LSUI when userspace cleared it\n");
	} else {
		ksft_test_result_skip("lsui: a guest sees the host's LSUI: "
				      "the CPU has no FEAT_LSUI\n");
		ksft_test_result_skip("lsui: a guest sees no LSUI when userspace cleared it: "
				      "the CPU has no FEAT_LSUI\n");
	}
	kvm_vm_free(vm);
	ksft_finished();
}
