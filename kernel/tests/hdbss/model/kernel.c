// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's own code: two files, and functions that were cut from others
 */
#include "model.h"

#define __kvm_tlb_flush_vmid kernel_tlb_flush_vmid
#define __kvm_flush_cpu_context kernel_flush_cpu_context
#include "cut-tlb.inc"
#undef __kvm_tlb_flush_vmid
#undef __kvm_flush_cpu_context

/* The other VM has a VMID of its own: its TLB entries are not ours. */
static bool foreign(struct kvm_s2_mmu *mmu)
{
	struct tlb_inv_context context;

	if (mmu == &vm.arch.mmu)
		return false;
	enter_vmid_context(mmu, &context);
	hook();
	exit_vmid_context(&context);
	return true;
}

void __kvm_tlb_flush_vmid(struct kvm_s2_mmu *mmu)
{
	if (!foreign(mmu))
		kernel_tlb_flush_vmid(mmu);
}

void __kvm_flush_cpu_context(struct kvm_s2_mmu *mmu)
{
	kernel_flush_cpu_context(mmu);
}

void __kvm_tlb_flush_page(struct kvm_s2_mmu *mmu, gfn_t gfn)
{
	struct tlb_inv_context context;

	enter_vmid_context(mmu, &context);
	tlb_drop_page(gfn);
	exit_vmid_context(&context);
}

#include "cut.inc"

int mkclean(const struct kvm_pgtable_visit_ctx *ctx)
{
	return stage2_mkclean_walker(ctx, KVM_PGTABLE_WALK_LEAF);
}

#include "cut-pkvm.inc"

bool allowed_with_pkvm(struct kvm *kvm)
{
	return kvm_pkvm_ext_allowed(kvm, KVM_CAP_ARM_HDBSS_KVMFEAT);
}

#include "hdbss-sr.c"
#include "hdbss.c"
