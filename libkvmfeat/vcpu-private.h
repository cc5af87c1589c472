/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the calls on an x86 vCPU share: nested-kvm.c, vcpu-state.c. */
#ifndef KF_VCPU_PRIVATE_H
#define KF_VCPU_PRIVATE_H

#include "internal.h"
#include "nested-private.h"
#include "x86-abi.h"

/* 0, or -EOPNOTSUPP: @operation has no meaning on this architecture. */
int kf_vcpu_needs_x86(struct kvmfeat_vcpu *vcpu, const char *operation);
/* Capability @number of the vCPU's VM; its errors are the vCPU's. */
int kf_vcpu_get_cap(struct kvmfeat_vcpu *vcpu, unsigned int number, int *ret_value);
/* Records that an ioctl on the vCPU failed, and returns @err. */
int kf_vcpu_fail(struct kvmfeat_vcpu *vcpu, const char *operation, int err);
/* KVM_GET_NESTED_STATE into @size bytes, enough for the VM; the rest of them becomes zero. */
int kf_nested_read(struct kvmfeat_vcpu *vcpu, void *blob, size_t size, size_t *ret_bytes);
/* KVM_SET_NESTED_STATE of a blob that can be decoded. */
int kf_nested_write(struct kvmfeat_vcpu *vcpu, const void *blob, size_t size);
/* The state of a vCPU that is not in nested mode; the other vendor's KVM refuses it. */
int kf_nested_leave(struct kvmfeat_vcpu *vcpu, enum kvmfeat_nested_format format);

#endif
