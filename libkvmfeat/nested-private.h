/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the nested room share: offsets and flags of a blob, a check in the making. */
#ifndef KF_NESTED_PRIVATE_H
#define KF_NESTED_PRIVATE_H

#include "bytes.h"
#include "internal.h"

/* struct kvm_nested_state, as bytes: it is x86's, and decoded on every machine. */
enum {
	KF_NESTED_FLAGS = 0,
	KF_NESTED_FORMAT = 2,
	KF_NESTED_SIZE = 4,
	KF_NESTED_HEADER_BYTES = 128,
	KF_SVM_VMCB_PA = 8,
	KF_SVM_GPAT = 16,
	KF_SVM_CONTROL = KF_NESTED_HEADER_BYTES,
	KF_SVM_SAVE = KF_NESTED_HEADER_BYTES + 0x400,
	KF_SVM_BYTES = KF_NESTED_HEADER_BYTES + 4096,
	KF_VMX_VMXON_PA = 8,
	KF_VMX_VMCS12_PA = 16,
	KF_VMX_SMM_FLAGS = 24,
	KF_VMX_FLAGS = 28,
	KF_VMX_DEADLINE = 32,
	KF_VMX_VMCS12 = KF_NESTED_HEADER_BYTES,
	KF_VMX_SHADOW = KF_NESTED_HEADER_BYTES + 4096,
	KF_VMX_BYTES = KF_NESTED_HEADER_BYTES + 2 * 4096,
};

/* KVM_STATE_NESTED_* */
enum {
	KF_NESTED_GUEST_MODE = 0x1,
	KF_NESTED_RUN_PENDING = 0x2,
	KF_NESTED_EVMCS = 0x4,
	KF_NESTED_MTF_PENDING = 0x8,
	KF_NESTED_GIF_SET = 0x100,
};

/* nested.c */

/* kvmfeat_nested_decode() without a context: NULL, or what is wrong, and at which @ret_offset. */
const char *kf_nested_decode(const void *blob, size_t size, struct kvmfeat_nested_info *ret_info,
			     uint32_t *ret_offset);
/* The same with a reason, of a context or a vCPU: -EBADMSG; @object names the blob in it. */
int kf_nested_open_to(struct kf_reason *reason, const char *operation, const char *object,
		      const void *blob, size_t size, struct kvmfeat_nested_info *ret_info);
static inline int kf_nested_open(struct kvmfeat_ctx *ctx, const char *operation, const char *object,
				 const void *blob, size_t size,
				 struct kvmfeat_nested_info *ret_info)
{
	return kf_nested_open_to(&ctx->reason, operation, object, blob, size, ret_info);
}

/* False: it is bytes. */
bool kf_nested_has_number(const struct kvmfeat_nested_field *field);

/* nested-svm.c, nested-vmx.c: the fields of a format, in ascending order of offset */

extern const struct kvmfeat_nested_field kf_nested_svm_fields[];
extern const size_t kf_nested_svm_field_count;
extern const struct kvmfeat_nested_field kf_nested_vmx_fields[];
extern const size_t kf_nested_vmx_field_count;

/* nested-check.c: facts of the target, for the rules of both formats */

/* One check in the making: what a rule looks at. */
struct kf_nested_check {
	const uint8_t *blob;
	struct kvmfeat_nested_info info;
	struct kvmfeat_nested_target target; /* a copy, of this library's size */
};

/*
 * A rule and its judge. The judge gets a finding that is ok, with rule and value set (the value
 * of the field at rule.offset, when it is a number), and makes it something else where it is.
 */
struct kf_nested_rule {
	struct kvmfeat_nested_rule rule;
	uint8_t width; /* of the field in bytes; 0: of the vCPU, the judge sets the value */
	/* Does KVM come to it with this blob? NULL: always. A rule that does not apply is ok. */
	bool (*applies)(const struct kf_nested_check *check, uint32_t bits);
	uint32_t bits; /* for @applies: of a control */
	void (*judge)(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding);
	uint64_t mask; /* for a judge that several rules share */
};

/* The number of 1 to 8 bytes at @offset; 0 when the blob ends before it. */
static inline uint64_t kf_nested_number(const struct kf_nested_check *check, uint32_t offset,
					unsigned int width)
{
	const uint32_t end = check->info.state_bytes;
	const unsigned int rest = 64 - 8 * width;

	if (offset > end || width > end - offset)
		return 0;
	/* Far from the end every width is the same load: there is no branch to predict. */
	if (end - offset >= 8)
		return kf_le(check->blob + offset, 8) << rest >> rest;
	return kf_le(check->blob + offset, width);
}
/* Refuses the finding unless @holds. */
static inline void kf_nested_require(struct kvmfeat_nested_finding *finding, bool holds)
{
	if (!holds)
		finding->verdict = KVMFEAT_NESTED_REFUSED;
}
/* Gives the finding of a rule about the vCPU its value. */
static inline void kf_nested_set(struct kvmfeat_nested_finding *finding, uint64_t value)
{
	finding->has_value = true;
	finding->value = value;
}
/* Marks the finding as not checked, for want of @missing. */
void kf_nested_lacks(struct kvmfeat_nested_finding *finding, const char *missing);
/* True when all of KVMFEAT_NESTED_KNOW_* in @facts are given; else marks the finding. */
bool kf_nested_knows(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding,
		     uint32_t facts);
/* A register of a CPUID leaf; all zero when the given CPUID has no such leaf. Needs KNOW_CPUID. */
struct kvmfeat_cpuid_entry kf_nested_cpuid(const struct kf_nested_check *check, uint32_t function,
					   uint32_t index);
/* An MSR of the target; false when it is not given. */
bool kf_nested_msr(const struct kf_nested_check *check, uint32_t index, uint64_t *ret_value);
/* No bit at or above MAXPHYADDR, which must be known. */
bool kf_nested_legal_gpa(const struct kf_nested_check *check, uint64_t address);
/* Refuses the finding unless @address is legal; not checked when that depends on MAXPHYADDR. */
void kf_nested_require_gpa(const struct kf_nested_check *check,
			   struct kvmfeat_nested_finding *finding, uint64_t address);
/* kvm_pat_valid(): each byte is 0, 1, or 4 to 7. */
bool kf_nested_pat_valid(uint64_t pat);

/* nested-check-svm.c, nested-check-vmx*.c: the rules, in the order in which KVM checks */

extern const struct kf_nested_rule kf_nested_svm_rules[];
extern const size_t kf_nested_svm_rule_count;
extern const struct kf_nested_rule kf_nested_vmx_rules[];
extern const size_t kf_nested_vmx_rule_count;

#endif
