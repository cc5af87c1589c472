// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM offers guests a GICv5 where the host's GIC has one for them, and nowhere else: userspace
 * asks with KVM_CREATE_DEVICE, a guest reads GCIE in ID_AA64PFR2_EL1. virt-flag.sh shows where
 * the host's driver takes the answer from.
 *
 * Red when kvm_vgic_finalize_idregs() sets GCIE for a GICv3 (case 1), when vgic_v3_probe()
 * registers KVM_DEV_TYPE_ARM_VGIC_V5 (case 2), and when vgic_host_has_gicv5() always says true
 * (case 3). No emulator has a GICv5 for guests, so case 4 waits for hardware.
 */
#include <linux/bitfield.h>

#include "kselftest.h"
#include "kvm_util.h"
#include "processor.h"
#include "vgic.h"

#define PFR2 KVM_ARM64_SYS_REG(SYS_ID_AA64PFR2_EL1)

static void guest_code(void)
{
	GUEST_SYNC(read_sysreg_s(SYS_ID_AA64PFR2_EL1));
	GUEST_DONE();
}

static u64 gcie_of(u64 pfr2)
{
	return FIELD_GET(ID_AA64PFR2_EL1_GCIE_MASK, pfr2);
}

static u64 seen_by_guest(struct kvm_vcpu *vcpu)
{
	struct ucall uc;

	vcpu_run(vcpu);
	TEST_ASSERT_EQ(get_ucall(vcpu, &uc), UCALL_SYNC);
	return gcie_of(uc.args[1]);
}

static bool offers(u32 type)
{
	struct kvm_vm *vm = vm_create_barebones();
	bool yes = !__kvm_test_create_device(vm, type);

	kvm_vm_free(vm);
	return yes;
}

/* The interrupts of the host name their controller. */
static bool host_has_gicv5(void)
{
	FILE *file = fopen("/proc/interrupts", "r");
	char line[1024];
	bool yes = false;

	TEST_ASSERT(file, "cannot open /proc/interrupts");
	while (fgets(line, sizeof(line), file))
		yes = yes || strstr(line, "GICv5");
	fclose(file);
	return yes;
}

static bool guest_with_gicv3_sees_no_gicv5(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = vm_create_with_one_vcpu(&vcpu, guest_code);
	bool holds = !seen_by_guest(vcpu);

	kvm_vm_free(vm);
	return holds;
}

/* Without an interrupt controller in the VM, GCIE says which one it could have. */
static bool id_register_agrees(bool offered)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = vm_create_with_one_vcpu(&vcpu, guest_code);
	u64 pfr2 = vcpu_get_reg(vcpu, PFR2);
	bool holds = gcie_of(pfr2) == offered;

	/* What is not offered cannot be had by setting the bit. */
	if (!offered)
		holds = holds && __vcpu_set_reg(vcpu, PFR2, pfr2 | ID_AA64PFR2_EL1_GCIE_MASK) &&
			errno == EINVAL;
	kvm_vm_free(vm);
	return holds;
}

static bool guest_with_gicv5_sees_it(void)
{
	struct kvm_vm *vm = __vm_create(VM_SHAPE_DEFAULT, 1, 0);
	int gic = kvm_create_device(vm, KVM_DEV_TYPE_ARM_VGIC_V5);
	struct kvm_vcpu *vcpu = vm_vcpu_add(vm, 0, guest_code);
	bool holds;

	kvm_device_attr_set(gic, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, NULL);
	holds = seen_by_guest(vcpu) == ID_AA64PFR2_EL1_GCIE_IMP;
	close(gic);
	kvm_vm_free(vm);
	return holds;
}

int main(void)
{
	const char *gicv3 = "gic: a guest with a GICv3 sees no GICv5";
	const char *gicv5 = "gic: a guest with a GICv5 sees it";
	bool offered;

	ksft_print_header();
	ksft_set_plan(4);

	if (offers(KVM_DEV_TYPE_ARM_VGIC_V3))
		ksft_test_result(guest_with_gicv3_sees_no_gicv5(), "%s\n", gicv3);
	else
		ksft_test_result_skip("%s: the host's GIC has no GICv3 for guests\n", gicv3);

	test_disable_default_vgic();
	offered = offers(KVM_DEV_TYPE_ARM_VGIC_V5);
	ksft_test_result(!offered || host_has_gicv5(),
			 "gic: KVM offers a GICv5 only where the host has one\n");
	ksft_test_result(id_register_agrees(offered),
			 "gic: GCIE of a new vCPU is set exactly when KVM offers a GICv5\n");
	if (offered)
		ksft_test_result(guest_with_gicv5_sees_it(), "%s\n", gicv5);
	else
		ksft_test_result_skip("%s: the host has %s\n", gicv5,
				      host_has_gicv5() ? "one that cannot be virtualised" : "none");
	ksft_finished();
}
