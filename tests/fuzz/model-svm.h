/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * svm_set_nested_state() and what it calls, written down from Linux 7.3 (arch/x86/kvm) in its
 * own order and words, not the library's: would this vCPU take this blob, and as what?
 */
#ifndef MODEL_SVM_H
#define MODEL_SVM_H

#include "nested-private.h"

struct model_vcpu {
	uint64_t reserved_gpa_bits;
	uint64_t efer, cr0, cr3;
	bool smm, quirk_shared_pat;
	/* guest_cpu_cap_has() */
	bool xsave, pcid, fsgsbase, smep, invpcid, smap, umip, pku, shstk, la57, lam;
	bool svm, nx, fxsr_opt, rdtscp, lm, lmsle_mbz, npt, gmet, sev_es, autoibrs;
};

/* struct vmcb_ctrl_area_cached, as far as it is checked or changed */
struct model_control {
	uint32_t intercepts[6];
	uint64_t iopm_base_pa, msrpm_base_pa, misc_ctl, nested_cr3;
	uint32_t asid, int_ctl, int_vector, int_state, event_inj;
	uint8_t tlb_ctl;
};

static inline uint64_t model_read(const uint8_t *bytes, size_t offset, unsigned int width)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < width; i++)
		value |= (uint64_t)bytes[offset + i] << 8 * i;
	return value;
}

static inline bool model_legal_gpa(const struct model_vcpu *vcpu, uint64_t gpa)
{
	return !(gpa & vcpu->reserved_gpa_bits);
}

static inline bool model_legal_cr3(const struct model_vcpu *vcpu, uint64_t cr3)
{
	if (vcpu->lam)
		cr3 &= ~(UINT64_C(1) << 62 | UINT64_C(1) << 61);
	return model_legal_gpa(vcpu, cr3);
}

/* __nested_copy_vmcb_control_to_cache() */
static inline void model_copy_control(const struct model_vcpu *vcpu, struct model_control *to,
				      const uint8_t *from)
{
	for (size_t i = 0; i < 6; i++)
		to->intercepts[i] = (uint32_t)model_read(from, 4 * i, 4);
	if (!vcpu->xsave)
		to->intercepts[141 / 32] &= ~(1u << 141 % 32);
	if (!vcpu->invpcid)
		to->intercepts[162 / 32] &= ~(1u << 162 % 32);
	if (!vcpu->rdtscp)
		to->intercepts[135 / 32] &= ~(1u << 135 % 32);
	to->intercepts[134 / 32] &= ~(1u << 134 % 32); /* SKINIT */
	to->intercepts[142 / 32] &= ~(1u << 142 % 32); /* RDPRU */
	to->misc_ctl = model_read(from, 0x90, 8);
	if (!vcpu->npt)
		to->misc_ctl &= ~UINT64_C(1);
	if (!vcpu->gmet)
		to->misc_ctl &= ~UINT64_C(8);
	to->iopm_base_pa = model_read(from, 0x40, 8) / 4096 * 4096;
	to->msrpm_base_pa = model_read(from, 0x48, 8) / 4096 * 4096;
	to->asid = (uint32_t)model_read(from, 0x58, 4);
	to->tlb_ctl = from[0x5c] % 8;
	to->int_ctl = (uint32_t)model_read(from, 0x60, 4);
	to->int_vector = from[0x64];
	to->int_state = from[0x68] % 2;
	to->event_inj =
		(uint32_t)model_read(from, 0xa8, 4) & (0xffu | 7u << 8 | 1u << 11 | 1u << 31);
	to->nested_cr3 = model_read(from, 0xb0, 8);
}

static inline bool model_bitmap(const struct model_vcpu *vcpu, uint64_t pa, uint32_t size)
{
	const uint64_t addr = (pa + 4095) & ~UINT64_C(4095);

	return model_legal_gpa(vcpu, addr) && model_legal_gpa(vcpu, addr + size - 1);
}

/* nested_svm_event_inj_valid_exept() */
static inline bool model_exception(const struct model_vcpu *vcpu, uint8_t vector)
{
	switch (vector) {
	case 0 ... 1:
	case 3 ... 8:
	case 10 ... 14:
	case 16 ... 19:
	case 28:
	case 30:
		return true;
	case 21:
		return vcpu->shstk;
	case 29:
		return vcpu->sev_es;
	}
	return false;
}

/* nested_vmcb_check_controls() */
static inline bool model_check_controls(const struct model_vcpu *vcpu,
					const struct model_control *control)
{
	const unsigned int type = control->event_inj >> 8 & 7;

	if (!(control->intercepts[128 / 32] & 1) || !control->asid)
		return false;
	if (control->misc_ctl & 1 && !model_legal_gpa(vcpu, control->nested_cr3))
		return false;
	if (!model_bitmap(vcpu, control->msrpm_base_pa, 2 * 4096) ||
	    !model_bitmap(vcpu, control->iopm_base_pa, 3 * 4096))
		return false;
	if (control->int_ctl & 1u << 26 && !(control->intercepts[97 / 32] & 1u << 97 % 32))
		return false;
	if (!(control->event_inj & 1u << 31))
		return true;
	if (type != 0 && type != 2 && type != 3 && type != 4)
		return false;
	return type != 3 || model_exception(vcpu, (uint8_t)control->event_inj);
}

/* __kvm_is_valid_cr4() */
static inline bool model_cr4(const struct model_vcpu *vcpu, uint64_t cr4)
{
	uint64_t allowed = 0x7ff;

	allowed |= (uint64_t)vcpu->umip << 11 | (uint64_t)vcpu->la57 << 12;
	allowed |= (uint64_t)vcpu->fsgsbase << 16 | (uint64_t)vcpu->pcid << 17;
	allowed |= (uint64_t)vcpu->xsave << 18 | (uint64_t)vcpu->smep << 20;
	allowed |= (uint64_t)vcpu->smap << 21 | (uint64_t)vcpu->pku << 22;
	allowed |= (uint64_t)vcpu->shstk << 23 | (uint64_t)vcpu->lam << 28;
	return !(cr4 & ~allowed);
}

/* kvm_valid_efer() */
static inline bool model_efer(const struct model_vcpu *vcpu, uint64_t efer)
{
	uint64_t supported = 1;

	if (vcpu->lm)
		supported |= 1 << 8 | 1 << 10;
	if (vcpu->nx)
		supported |= 1 << 11;
	if (vcpu->fxsr_opt)
		supported |= 1 << 14;
	if (vcpu->autoibrs)
		supported |= 1 << 21;
	if (vcpu->svm)
		supported |= 1 << 12;
	if (vcpu->svm && !vcpu->lmsle_mbz)
		supported |= 1 << 13;
	return !(efer & ~supported);
}

/* nested_vmcb_check_save(), and what its caller asks before */
static inline bool model_check_save(const struct model_vcpu *vcpu, const uint8_t *save)
{
	const uint64_t efer = model_read(save, 0xd0, 8), cr4 = model_read(save, 0x148, 8);
	const uint64_t cr3 = model_read(save, 0x150, 8), cr0 = model_read(save, 0x158, 8);
	const unsigned int cs = (unsigned int)model_read(save, 0x12, 2);

	if (!(cr0 & 1u << 31) || !(cr0 & 1) || model_read(save, 0x170, 8) & 1 << 17 ||
	    (efer & 1 << 10 && !(efer & 1 << 8)))
		return false;
	if (!(efer & 1 << 12) || (!(cr0 & 1 << 30) && cr0 & 1 << 29) || cr0 >> 32)
		return false;
	if (model_read(save, 0x168, 8) >> 32 || model_read(save, 0x160, 8) >> 32)
		return false;
	if (efer & 1 << 8 && cr0 & 1u << 31 &&
	    (!(cr4 & 1 << 5) || !model_legal_cr3(vcpu, cr3) || (cs & 1 << 9 && cs & 1 << 10)))
		return false;
	return model_cr4(vcpu, cr4) && model_efer(vcpu, efer);
}

static inline bool model_pat(uint64_t pat)
{
	for (unsigned int i = 0; i < 64; i += 8) {
		const unsigned int type = pat >> i & 0xff;

		if (type > 7 || type == 2 || type == 3)
			return false;
	}
	return true;
}

/* True: KVM takes it; @ret_control: with these controls, when it has read them. */
static inline bool model_svm_set(const struct model_vcpu *vcpu, const uint8_t *blob,
				 struct model_control *ret_control)
{
	const unsigned int flags = (unsigned int)model_read(blob, 0, 2);
	const uint64_t vmcb_pa = model_read(blob, 8, 8);

	if (flags & ~0x10fu || (flags & 2 && !(flags & 1)) || flags & ~0x103u)
		return false;
	if (!(vcpu->efer & 1 << 12) && flags && flags != 0x100)
		return false;
	if (vcpu->smm && flags & 1)
		return false;
	if (!(flags & 1))
		return true;
	if (vmcb_pa % 4096 || !model_legal_gpa(vcpu, vmcb_pa) || model_read(blob, 4, 4) < 4224)
		return false;
	model_copy_control(vcpu, ret_control, blob + 128);
	if (!model_check_controls(vcpu, ret_control))
		return false;
	if (!(vcpu->cr0 & 1 << 30) && vcpu->cr0 & 1 << 29)
		return false;
	if (!model_check_save(vcpu, blob + 128 + 0x400))
		return false;
	if (ret_control->misc_ctl & 1 && !vcpu->quirk_shared_pat &&
	    !model_pat(model_read(blob, 16, 8)))
		return false;
	return model_legal_cr3(vcpu, vcpu->cr3);
}

#endif
