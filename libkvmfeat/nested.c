// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A blob of nested state and its fields: decoding, and the way back. The tables of fields are
 * in nested-svm.c and nested-vmx.c, the meaning of numbers in nested-text.c.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "nested-private.h"

#define INFO_MIN_SIZE sizeof(struct kvmfeat_nested_info)

struct table {
	const struct kvmfeat_nested_field *fields;
	size_t count;
	uint32_t bytes; /* where the last field ends */
	uint16_t flags; /* KVM_STATE_NESTED_* that KVM knows */
};

/* False: there is no such format. */
static bool find_table(unsigned int format, struct table *ret_table)
{
	switch (format) {
	case KVMFEAT_NESTED_VMX:
		*ret_table = (struct table){ kf_nested_vmx_fields, kf_nested_vmx_field_count,
					     KF_VMX_BYTES,
					     KF_NESTED_GUEST_MODE | KF_NESTED_RUN_PENDING |
						     KF_NESTED_EVMCS | KF_NESTED_MTF_PENDING };
		return true;
	case KVMFEAT_NESTED_SVM:
		*ret_table = (struct table){ kf_nested_svm_fields, kf_nested_svm_field_count,
					     KF_SVM_BYTES,
					     KF_NESTED_GUEST_MODE | KF_NESTED_RUN_PENDING |
						     KF_NESTED_GIF_SET };
		return true;
	default:
		return false;
	}
}

/* Fields that end at or before @bytes: the first ones. */
static size_t count_fields(const struct table *table, uint32_t bytes)
{
	size_t low = 0, high = table->count;

	if (bytes >= table->bytes)
		return table->count;
	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const struct kvmfeat_nested_field *field = &table->fields[middle];

		if (field->offset + field->width <= bytes)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const char *kf_nested_decode(const void *blob, size_t size, struct kvmfeat_nested_info *ret_info,
			     uint32_t *ret_offset)
{
	const uint8_t *bytes = blob;
	uint32_t state_bytes;
	struct table table;
	unsigned int format;

	if (size < KF_NESTED_HEADER_BYTES) {
		*ret_offset = (uint32_t)size;
		return "it ends within its header of 128 bytes";
	}
	format = (unsigned int)kf_le(bytes + KF_NESTED_FORMAT, 2);
	if (!find_table(format, &table)) {
		*ret_offset = KF_NESTED_FORMAT;
		return "its format is neither 0 (VMX) nor 1 (SVM)";
	}
	state_bytes = (uint32_t)kf_le(bytes + KF_NESTED_SIZE, 4);
	if (state_bytes < KF_NESTED_HEADER_BYTES || state_bytes > size) {
		*ret_offset = KF_NESTED_SIZE;
		return state_bytes > size ? "its size is beyond the end of the data" :
					    "its size is less than its header of 128 bytes";
	}
	*ret_info = (struct kvmfeat_nested_info){
		.size = sizeof(*ret_info),
		.format = (enum kvmfeat_nested_format)format,
		.flags = (uint32_t)kf_le(bytes + KF_NESTED_FLAGS, 2),
		.state_bytes = state_bytes,
		.field_count = count_fields(&table, state_bytes),
	};
	return NULL;
}

/* Not in kf_nested_open_to(), whose good case is to be quick. */
static int refuse(struct kf_reason *reason, const char *operation, const char *object,
		  const uint8_t *blob, size_t size, const char *flaw, uint32_t offset)
{
	char value[24];
	const struct kf_fault fault = {
		.error = -EBADMSG,
		.operation = operation,
		.object = object,
		.value = value,
		.remedy = "give it whole, as KVM_GET_NESTED_STATE wrote it",
	};

	if (size < KF_NESTED_HEADER_BYTES) {
		snprintf(value, sizeof(value), "%zu", size);
		return kf_fail(reason, &fault, "%s is no nested state: %s, at offset %s", object,
			       flaw, value);
	}
	snprintf(value, sizeof(value), "%" PRIu64,
		 kf_le(blob + offset, offset == KF_NESTED_SIZE ? 4 : 2));
	return kf_fail(reason, &fault,
		       "%s is no nested state: %s: %s at offset %" PRIu32 " of %zu bytes", object,
		       flaw, value, offset, size);
}

int kf_nested_open_to(struct kf_reason *reason, const char *operation, const char *object,
		      const void *blob, size_t size, struct kvmfeat_nested_info *ret_info)
{
	uint32_t offset;
	const char *flaw = kf_nested_decode(blob, size, ret_info, &offset);

	return flaw ? refuse(reason, operation, object, blob, size, flaw, offset) : 0;
}

KVMFEAT_EXPORT int kvmfeat_nested_decode(struct kvmfeat_ctx *ctx, const void *blob, size_t size,
					 struct kvmfeat_nested_info *ret_info)
{
	static const char operation[] = "decode nested state";
	struct kvmfeat_nested_info info;
	int err;

	err = kf_result_check(&ctx->reason, operation, "kvmfeat_nested_info", ret_info,
			      INFO_MIN_SIZE);
	if (err)
		return err;
	err = kf_nested_open(ctx, operation, "the blob", blob, size, &info);
	if (err)
		return err;
	return kf_result_copy(ret_info, ret_info->size, &info, sizeof(info), INFO_MIN_SIZE);
}

/* A little-endian number of 1 to 8 bytes at any address. */
static void put_le(void *bytes, unsigned int width, uint64_t value)
{
	uint8_t *at = bytes;

	for (unsigned int i = 0; i < width; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

KVMFEAT_EXPORT int kvmfeat_nested_init(struct kvmfeat_ctx *ctx, enum kvmfeat_nested_format format,
				       uint16_t flags, void *blob, size_t size)
{
	static const char operation[] = "make nested state";
	uint8_t *bytes = blob;
	struct table table;
	char value[24];

	if (!find_table(format, &table)) {
		snprintf(value, sizeof(value), "%d", (int)format);
		return kf_invalid(&ctx->reason, operation, "format", value,
				  "format %s is neither 0 (VMX) nor 1 (SVM)", value);
	}
	if (flags & ~table.flags) {
		snprintf(value, sizeof(value), "0x%x", flags);
		return kf_invalid(&ctx->reason, operation, "flags", value,
				  "flags %s hold some that %s has not", value,
				  format == KVMFEAT_NESTED_SVM ? "SVM" : "VMX");
	}
	if (size < KF_NESTED_HEADER_BYTES || size > KVMFEAT_NESTED_SIZE_MAX) {
		snprintf(value, sizeof(value), "%zu", size);
		return kf_invalid(&ctx->reason, operation, "size", value,
				  "size %s is not 128 to %d bytes", value, KVMFEAT_NESTED_SIZE_MAX);
	}
	memset(bytes, 0, size);
	put_le(bytes + KF_NESTED_FLAGS, 2, flags);
	put_le(bytes + KF_NESTED_FORMAT, 2, format);
	put_le(bytes + KF_NESTED_SIZE, 4, size);
	if (format == KVMFEAT_NESTED_VMX) {
		put_le(bytes + KF_VMX_VMXON_PA, 8, UINT64_MAX);
		put_le(bytes + KF_VMX_VMCS12_PA, 8, UINT64_MAX);
	}
	return 0;
}

KVMFEAT_EXPORT const struct kvmfeat_nested_field *kvmfeat_nested_field_at(
	enum kvmfeat_nested_format format, size_t index)
{
	struct table table;

	if (!find_table(format, &table) || index >= table.count)
		return NULL;
	return &table.fields[index];
}

KVMFEAT_EXPORT const struct kvmfeat_nested_field *kvmfeat_nested_find_field(
	enum kvmfeat_nested_format format, const char *name)
{
	struct table table;

	if (!find_table(format, &table))
		return NULL;
	for (size_t i = 0; i < table.count; i++)
		if (!strcmp(table.fields[i].name, name))
			return &table.fields[i];
	return NULL;
}

bool kf_nested_has_number(const struct kvmfeat_nested_field *field)
{
	return field->kind != KVMFEAT_NESTED_BYTES && field->kind != KVMFEAT_NESTED_RESERVED;
}

/* Whether @field is a number within @size bytes. */
static int check_field(struct kvmfeat_ctx *ctx, const char *operation,
		       const struct kvmfeat_nested_field *field, size_t size)
{
	char value[24];

	if (!kf_nested_has_number(field))
		return kf_invalid(&ctx->reason, operation, field->name, NULL,
				  "%s has bytes and no number", field->name);
	if (field->offset > size || size - field->offset < field->width) {
		snprintf(value, sizeof(value), "%zu", size);
		return kf_invalid(&ctx->reason, operation, field->name, value,
				  "%s ends at offset %" PRIu32 ", behind the blob of %s bytes",
				  field->name, field->offset + field->width, value);
	}
	return 0;
}

KVMFEAT_EXPORT int kvmfeat_nested_get_value(struct kvmfeat_ctx *ctx, const void *blob, size_t size,
					    const struct kvmfeat_nested_field *field,
					    uint64_t *ret_value)
{
	const int err = check_field(ctx, "read a field of nested state", field, size);

	if (err)
		return err;
	*ret_value = kf_le((const uint8_t *)blob + field->offset, field->width);
	return 0;
}

KVMFEAT_EXPORT int kvmfeat_nested_set_value(struct kvmfeat_ctx *ctx, void *blob, size_t size,
					    const struct kvmfeat_nested_field *field,
					    uint64_t value)
{
	static const char operation[] = "change a field of nested state";
	const int err = check_field(ctx, operation, field, size);
	char text[24];

	if (err)
		return err;
	if (field->width < 8 && value >> 8 * field->width) {
		snprintf(text, sizeof(text), "0x%" PRIx64, value);
		return kf_invalid(&ctx->reason, operation, field->name, text,
				  "%s is too large for %s, which has %" PRIu32 " bytes", text,
				  field->name, field->width);
	}
	put_le((uint8_t *)blob + field->offset, field->width, value);
	return 0;
}

KVMFEAT_EXPORT const char *kvmfeat_nested_area_name(enum kvmfeat_nested_area area)
{
	static const char *const names[] = {
		[KVMFEAT_NESTED_HEADER] = "header",
		[KVMFEAT_NESTED_L2_CONTROL] = "L2 control",
		[KVMFEAT_NESTED_L1_SAVE] = "L1 host save area",
		[KVMFEAT_NESTED_VMCS12] = "vmcs12",
		[KVMFEAT_NESTED_SHADOW_VMCS12] = "shadow vmcs12",
	};

	return (unsigned int)area < KF_ARRAY_SIZE(names) ? names[area] : "";
}

KVMFEAT_EXPORT const char *kvmfeat_nested_verdict_name(enum kvmfeat_nested_verdict verdict)
{
	static const char *const names[] = {
		[KVMFEAT_NESTED_OK] = "ok",
		[KVMFEAT_NESTED_REFUSED] = "refused",
		[KVMFEAT_NESTED_CHANGED] = "changed",
		[KVMFEAT_NESTED_NOT_CHECKED] = "not_checked",
	};

	return (unsigned int)verdict < KF_ARRAY_SIZE(names) ? names[verdict] : "";
}
