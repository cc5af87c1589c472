// SPDX-License-Identifier: LGPL-2.1-or-later
/* Nested state of a live vCPU: get, set, leave. The whole vCPU is in vcpu-state.c. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "probe-rows.h"
#include "vcpu-private.h"

int kf_vcpu_needs_x86(struct kvmfeat_vcpu *vcpu, const char *operation)
{
	const struct kvmfeat_ctx *ctx = vcpu->vm->ctx;

	if (ctx->arch == KF_ARCH_X86)
		return 0;
	return kf_fail(&vcpu->reason,
		       &(struct kf_fault){ .error = -EOPNOTSUPP,
					   .why = KVMFEAT_WHY_OTHER_ARCH,
					   .operation = operation,
					   .object = "vCPU",
					   .value = ctx->arch_name },
		       "cannot %s on %s: only x86 has it", operation, ctx->arch_name);
}

int kf_vcpu_get_cap(struct kvmfeat_vcpu *vcpu, unsigned int number, int *ret_value)
{
	return kf_check_extension(vcpu->vm->ctx, &vcpu->reason, vcpu->vm->fd, "the VM", number,
				  ret_value);
}

int kf_vcpu_fail(struct kvmfeat_vcpu *vcpu, const char *operation, int err)
{
	char value[16];

	snprintf(value, sizeof(value), "%d", vcpu->fd);
	return kf_fail(&vcpu->reason,
		       &(struct kf_fault){ .error = err,
					   .origin = KVMFEAT_ORIGIN_KERNEL,
					   .operation = operation,
					   .object = "vCPU descriptor",
					   .value = value },
		       "%s of vCPU descriptor %d fails: %s", operation, vcpu->fd,
		       kf_errno_text(err));
}

/* KVM_CAP_NESTED_STATE is 0: the release, a module parameter or the CPU. */
static int no_nested_state(struct kvmfeat_vcpu *vcpu, const char *operation)
{
	struct kvmfeat_ctx *ctx = vcpu->vm->ctx;
	const char *module, *since = kf_feature_since(kf_feature("x86.nested-state"), ctx->arch);
	char remedy[64];
	struct kf_fault fault = {
		.error = -EOPNOTSUPP,
		.origin = KVMFEAT_ORIGIN_KERNEL,
		.operation = operation,
		.object = "KVM_CAP_NESTED_STATE",
		.value = "0",
		.remedy = remedy,
	};

	if (kf_older(ctx->release, since)) {
		snprintf(remedy, sizeof(remedy), "Linux %s or newer", since);
		fault.why = KVMFEAT_WHY_KERNEL_VERSION;
		return kf_fail(&vcpu->reason, &fault,
			       "Linux %s has no nested state: it came with %s", ctx->release,
			       since);
	}
	if (kf_nested_is_off(ctx, &module, remedy, sizeof(remedy))) {
		fault.why = KVMFEAT_WHY_MODULE_PARAMETER;
		return kf_fail(&vcpu->reason, &fault,
			       "the VM has no nested state: %s.nested is "
			       "off",
			       module);
	}
	fault.remedy = NULL;
	return kf_fail(&vcpu->reason, &fault,
		       "the VM has no nested state: KVM does not offer it on this host");
}

/* The bytes that the state of this VM's vCPUs takes at most. */
static int get_max_bytes(struct kvmfeat_vcpu *vcpu, const char *operation, int *ret_bytes)
{
	int bytes, err = kf_vcpu_needs_x86(vcpu, operation);

	if (!err)
		err = kf_vcpu_get_cap(vcpu, KVM_CAP_NESTED_STATE, &bytes);
	if (err)
		return err;
	if (!bytes)
		return no_nested_state(vcpu, operation);
	*ret_bytes = bytes;
	return 0;
}

int kf_nested_read(struct kvmfeat_vcpu *vcpu, void *blob, size_t size, size_t *ret_bytes)
{
	const uint32_t room = size < UINT32_MAX ? (uint32_t)size : UINT32_MAX;
	uint8_t *bytes = blob;
	int err;

	memset(blob, 0, size);
	for (unsigned int i = 0; i < 4; i++)
		bytes[KF_NESTED_SIZE + i] = (uint8_t)(room >> 8 * i);
	err = kf_ioctl(vcpu->vm->ctx, vcpu->fd, KF_X86_GET_NESTED, (uintptr_t)blob);
	if (err)
		return kf_vcpu_fail(vcpu, "KVM_GET_NESTED_STATE", err);
	*ret_bytes = (size_t)kf_le(bytes + KF_NESTED_SIZE, 4);
	return 0;
}

static int get(struct kvmfeat_vcpu *vcpu, const char *operation, void *blob, size_t size,
	       size_t *ret_bytes)
{
	int max, err = get_max_bytes(vcpu, operation, &max);
	char value[24];

	if (err)
		return err;
	if (size < (size_t)max) {
		snprintf(value, sizeof(value), "%zu", size);
		return kf_invalid(&vcpu->reason, operation, "size of the blob", value,
				  "a blob of %zu bytes is too small: this kernel may write %d",
				  size, max);
	}
	return kf_nested_read(vcpu, blob, size, ret_bytes);
}

KVMFEAT_EXPORT int kvmfeat_nested_get(struct kvmfeat_vcpu *vcpu, void *blob, size_t size,
				      size_t *ret_bytes)
{
	return get(vcpu, "read the nested state", blob, size, ret_bytes);
}

/* The first rule that no vCPU passes with this blob; false: what is known refuses none. */
static bool find_refusal(struct kvmfeat_ctx *ctx, const void *blob, size_t size,
			 struct kvmfeat_nested_finding *ret_finding)
{
	struct kvmfeat_nested_finding findings[KVMFEAT_NESTED_RULES_MAX];
	size_t count;

	if (kvmfeat_nested_check(ctx, blob, size, NULL, findings, &count))
		return false;
	for (size_t i = 0; i < count; i++)
		if (findings[i].verdict == KVMFEAT_NESTED_REFUSED) {
			*ret_finding = findings[i];
			return true;
		}
	return false;
}

int kf_nested_write(struct kvmfeat_vcpu *vcpu, const void *blob, size_t size)
{
	static const char operation[] = "KVM_SET_NESTED_STATE";
	struct kvmfeat_ctx *ctx = vcpu->vm->ctx;
	int err = kf_ioctl(ctx, vcpu->fd, KF_X86_SET_NESTED, (uintptr_t)blob);
	struct kvmfeat_nested_finding finding;
	char value[24];

	if (!err)
		return 0;
	/* vmx_set_nested_state() hands on what nested_vmx_enter_non_root_mode() says of CR3. */
	if (err > 0)
		err = -EINVAL;
	/* The kernel has one EINVAL for all of its checks. */
	if (err != -EINVAL || !find_refusal(ctx, blob, size, &finding))
		return kf_vcpu_fail(vcpu, operation, err);
	snprintf(value, sizeof(value), "0x%" PRIx64, finding.value);
	return kf_fail(&vcpu->reason,
		       &(struct kf_fault){ .error = err,
					   .origin = KVMFEAT_ORIGIN_KERNEL,
					   .operation = operation,
					   .object = finding.rule->field,
					   .value = value },
		       "%s of vCPU descriptor %d fails: %s is %s, against rule %s: %s", operation,
		       vcpu->fd, finding.rule->field, value, finding.rule->id, finding.rule->text);
}

KVMFEAT_EXPORT int kvmfeat_nested_set(struct kvmfeat_vcpu *vcpu, const void *blob, size_t size)
{
	static const char operation[] = "set the nested state";
	struct kvmfeat_nested_info info;
	int max, err = get_max_bytes(vcpu, operation, &max);

	if (!err)
		err = kf_nested_open_to(&vcpu->reason, operation, "the blob", blob, size, &info);
	return err ? err : kf_nested_write(vcpu, blob, size);
}

int kf_nested_leave(struct kvmfeat_vcpu *vcpu, enum kvmfeat_nested_format format)
{
	const uint16_t flags = format == KVMFEAT_NESTED_SVM ? KF_NESTED_GIF_SET : 0;
	uint8_t header[KF_NESTED_HEADER_BYTES];

	kvmfeat_nested_init(vcpu->vm->ctx, format, flags, header, sizeof(header));
	return kf_nested_write(vcpu, header, sizeof(header));
}

KVMFEAT_EXPORT int kvmfeat_nested_leave(struct kvmfeat_vcpu *vcpu)
{
	uint8_t blob[KVMFEAT_NESTED_SIZE_MAX];
	size_t size;
	int err = get(vcpu, "leave nested mode", blob, sizeof(blob), &size);

	if (err)
		return err;
	/* The state that it has tells whose CPU it is. */
	return kf_nested_leave(vcpu, (enum kvmfeat_nested_format)kf_le(blob + KF_NESTED_FORMAT, 2));
}
