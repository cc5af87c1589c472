/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For architectures without KVM: the library still builds there, to decode. */
#ifndef KF_UAPI_NONE_ASM_KVM_H
#define KF_UAPI_NONE_ASM_KVM_H

struct kvm_debug_exit_arch {
};

struct kvm_guest_debug_arch {
};

struct kvm_sync_regs {
};

#endif
