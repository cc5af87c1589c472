// SPDX-License-Identifier: GPL-2.0-or-later
/* Nested state of a live vCPU. The whole vCPU is in test-vcpu-state.c. */
#include <stdio.h>

#include <linux/kvm.h>

#include "fake-nested.h"
#include "world.h"

struct nested {
	struct world *w;
	struct fake_nested_host host;
	struct kvmfeat_vm *vm;
	struct kvmfeat_vcpu *vcpu;
	struct fake_vcpu *fake;
};

static int setup(void **state)
{
	struct nested *n = calloc(1, sizeof(*n));

	*state = n;
	if (world_setup((void **)&n->w))
		return -1;
	fake_nested(&n->w->fake, &n->host);
	if (kvmfeat_vm_open(n->w->ctx, 0, &n->vm) || kvmfeat_vcpu_open(n->vm, 0, &n->vcpu))
		return -1;
	n->fake = fake_vcpu(&n->w->fake, kvmfeat_vcpu_fd(n->vcpu));
	return 0;
}

static int teardown(void **state)
{
	struct nested *n = *state;
	void *w = n->w;

	kvmfeat_vcpu_free(n->vcpu);
	kvmfeat_vm_free(n->vm);
	free(n);
	return world_teardown(&w);
}

static const struct kvmfeat_error *error_of(const struct nested *n)
{
	return kvmfeat_vcpu_error(n->vcpu);
}

static void enable_svm(struct nested *n)
{
	const uint64_t efer = FAKE_EFER_SVME;

	memcpy(n->fake->sregs + FAKE_SREGS_EFER, &efer, sizeof(efer));
}

static void what_the_kernel_does_not_write_is_zero(void **state)
{
	struct nested *n = *state;
	uint8_t blob[KVMFEAT_NESTED_SIZE_MAX];
	size_t bytes = 0;

	memset(blob, 0xaa, sizeof(blob));
	assert_int_equal(kvmfeat_nested_get(n->vcpu, blob, sizeof(blob), &bytes), 0);
	assert_int_equal(bytes, KF_NESTED_HEADER_BYTES);
	assert_int_equal(kf_le(blob + KF_NESTED_FLAGS, 2), KF_NESTED_GIF_SET);
	for (size_t i = KF_NESTED_HEADER_BYTES; i < sizeof(blob); i++)
		assert_int_equal(blob[i], 0);
}

static void a_state_is_set_and_read_back(void **state)
{
	struct nested *n = *state;
	uint8_t blob[KF_SVM_BYTES], back[KF_SVM_BYTES];
	size_t bytes = 0;

	enable_svm(n);
	fake_nested_state(blob);
	assert_int_equal(kvmfeat_nested_set(n->vcpu, blob, sizeof(blob)), 0);
	assert_int_equal(kvmfeat_nested_get(n->vcpu, back, sizeof(back), &bytes), 0);
	assert_int_equal(bytes, sizeof(back));
	assert_memory_equal(blob, back, sizeof(back));
}

static void a_buffer_that_the_kernel_would_overrun_never_reaches_it(void **state)
{
	struct nested *n = *state;
	uint8_t blob[KF_SVM_BYTES];
	size_t bytes = 77;

	memset(blob, 0xaa, sizeof(blob));
	for (size_t size = 0; size < KF_SVM_BYTES; size += size < 128 ? 1 : 512) {
		assert_int_equal(kvmfeat_nested_get(n->vcpu, blob, size, &bytes), -EINVAL);
		assert_int_equal(error_of(n)->origin, KVMFEAT_ORIGIN_LIBRARY);
	}
	assert_int_equal(n->host.call_count, 0);
	assert_int_equal(bytes, 77);
	assert_int_equal(blob[0], 0xaa);
	assert_int_equal(kvmfeat_nested_get(n->vcpu, blob, 4096, &bytes), -EINVAL);
	assert_string_equal(error_of(n)->reason,
			    "a blob of 4096 bytes is too small: this kernel may write 4224");
	assert_string_equal(error_of(n)->value, "4096");
}

static void a_blob_that_is_none_never_reaches_the_kernel(void **state)
{
	struct nested *n = *state;
	uint8_t blob[KF_SVM_BYTES] = { 0 };

	fake_nested_state(blob);
	assert_int_equal(kvmfeat_nested_set(n->vcpu, blob, sizeof(blob) - 1), -EBADMSG);
	assert_int_equal(kvmfeat_nested_set(n->vcpu, blob, 127), -EBADMSG);
	blob[KF_NESTED_FORMAT] = 7;
	assert_int_equal(kvmfeat_nested_set(n->vcpu, blob, sizeof(blob)), -EBADMSG);
	assert_int_equal(error_of(n)->origin, KVMFEAT_ORIGIN_LIBRARY);
	assert_non_null(strstr(error_of(n)->reason, "its format"));
	assert_int_equal(n->host.call_count, 0);
}

static void a_refused_state_is_told_by_field_and_rule(void **state)
{
	struct nested *n = *state;
	uint8_t blob[KF_SVM_BYTES];

	enable_svm(n);
	fake_nested_state(blob);
	blob[KF_SVM_CONTROL + 0x58] = 0; /* ASID */
	assert_int_equal(kvmfeat_nested_set(n->vcpu, blob, sizeof(blob)), -EINVAL);
	assert_int_equal(error_of(n)->origin, KVMFEAT_ORIGIN_KERNEL);
	assert_string_equal(error_of(n)->object, "control.asid");
	assert_string_equal(error_of(n)->value, "0x0");
	assert_non_null(
		strstr(error_of(n)->reason, "control.asid is 0x0, against rule svm.asid: "));
	/* Another errno has nothing to do with the rules. */
	n->host.refused = KF_X86_SET_NESTED;
	n->host.error = -EFAULT;
	assert_int_equal(kvmfeat_nested_set(n->vcpu, blob, sizeof(blob)), -EFAULT);
	assert_null(strstr(error_of(n)->reason, "svm.asid"));
}

static void leaving_uses_the_words_of_the_vendor(void **state)
{
	struct nested *n = *state;
	uint8_t blob[KF_SVM_BYTES];
	size_t bytes;

	enable_svm(n);
	fake_nested_state(blob);
	assert_int_equal(kvmfeat_nested_set(n->vcpu, blob, sizeof(blob)), 0);
	assert_int_equal(kvmfeat_nested_leave(n->vcpu), 0);
	assert_int_equal(kvmfeat_nested_get(n->vcpu, blob, sizeof(blob), &bytes), 0);
	assert_int_equal(bytes, KF_NESTED_HEADER_BYTES);
	assert_int_equal(kf_le(blob + KF_NESTED_FLAGS, 2), KF_NESTED_GIF_SET);
}

static void leaving_on_vmx_gives_the_vmxon_region_back(void **state)
{
	struct nested *n = *state;

	fake_cap(&n->w->fake, KVM_CAP_NESTED_STATE, KF_VMX_BYTES);
	n->host.vmx = true;
	n->fake->fd = 0;
	n->fake = fake_vcpu(&n->w->fake, kvmfeat_vcpu_fd(n->vcpu));
	memset(n->fake->nested + 8, 0x11, 16);
	assert_int_equal(kvmfeat_nested_leave(n->vcpu), 0);
	assert_int_equal(kf_le(n->fake->nested + 8, 8), UINT64_MAX);
	assert_int_equal(kf_le(n->fake->nested + 16, 8), UINT64_MAX);
	assert_int_equal(kf_le(n->fake->nested + KF_NESTED_FLAGS, 2), 0);
}

static void assert_none(const struct nested *n, enum kvmfeat_why why, const char *reason,
			const char *remedy)
{
	uint8_t blob[KVMFEAT_NESTED_SIZE_MAX] = { 0 };
	size_t bytes = 77;

	for (int i = 0; i < 3; i++) {
		int err = i == 0 ? kvmfeat_nested_get(n->vcpu, blob, sizeof(blob), &bytes) :
			  i == 1 ? kvmfeat_nested_set(n->vcpu, blob, sizeof(blob)) :
				   kvmfeat_nested_leave(n->vcpu);

		assert_int_equal(err, -EOPNOTSUPP);
		assert_int_equal(error_of(n)->why, why);
		assert_non_null(strstr(error_of(n)->reason, reason));
		assert_string_equal(error_of(n)->remedy, remedy);
	}
	assert_int_equal(n->host.call_count, 0);
	assert_int_equal(bytes, 77);
}

static void without_nested_virtualization_each_call_says_why(void **state)
{
	struct nested *n = *state;
	struct kvmfeat_ctx *ctx = n->w->ctx;

	fake_cap(&n->w->fake, KVM_CAP_NESTED_STATE, 0);
	assert_none(n, KVMFEAT_WHY_NONE, "KVM does not offer it on this host", "");
	fake_file(&n->w->fake, "/sys/module/kvm_intel/parameters/nested", "Y\n");
	assert_none(n, KVMFEAT_WHY_NONE, "KVM does not offer it on this host", "");
	fake_file(&n->w->fake, "/sys/module/kvm_intel/parameters/nested", "N\n");
	assert_none(n, KVMFEAT_WHY_MODULE_PARAMETER, "kvm_intel.nested is off",
		    "modprobe -r kvm_intel; modprobe kvm_intel nested=1");
	fake_file(&n->w->fake, "/sys/module/kvm_amd/parameters/nested", "0\n");
	assert_none(n, KVMFEAT_WHY_MODULE_PARAMETER, "kvm_amd.nested is off",
		    "modprobe -r kvm_amd; modprobe kvm_amd nested=1");
	strcpy(ctx->release, "4.19.300");
	assert_none(n, KVMFEAT_WHY_KERNEL_VERSION, "Linux 4.19.300 has no nested state",
		    "Linux 4.20 or newer");
	ctx->arch = KF_ARCH_S390;
	strcpy(ctx->arch_name, "s390");
	assert_none(n, KVMFEAT_WHY_OTHER_ARCH, "on s390: only x86 has it", "");
}

/* vmx_set_nested_state(), when CR3 of L2 is beyond the physical addresses */
static void an_answer_that_is_neither_done_nor_an_errno_is_a_refusal(void **state)
{
	struct nested *n = *state;
	uint8_t blob[KVMFEAT_NESTED_SIZE_MAX];
	size_t size;

	assert_int_equal(kvmfeat_nested_get(n->vcpu, blob, sizeof(blob), &size), 0);
	n->host.refused = KF_X86_SET_NESTED;
	n->host.error = 2;
	assert_int_equal(kvmfeat_nested_set(n->vcpu, blob, size), -EINVAL);
	assert_int_equal(error_of(n)->origin, KVMFEAT_ORIGIN_KERNEL);
}

static void kernel_errors_pass_and_name_call_and_vcpu(void **state)
{
	static const int errors[] = { -EINVAL, -EFAULT, -ENOMEM, -EIO };
	struct nested *n = *state;
	uint8_t blob[KF_SVM_BYTES];
	char expected[120];
	size_t bytes = 77;

	fake_nested_state(blob);
	for (size_t i = 0; i < KF_ARRAY_SIZE(errors); i++) {
		n->host.error = errors[i];
		n->host.refused = KF_X86_GET_NESTED;
		assert_int_equal(kvmfeat_nested_get(n->vcpu, blob, sizeof(blob), &bytes),
				 errors[i]);
		snprintf(expected, sizeof(expected),
			 "KVM_GET_NESTED_STATE of vCPU descriptor %d fails: %s",
			 kvmfeat_vcpu_fd(n->vcpu), kf_errno_text(errors[i]));
		assert_string_equal(error_of(n)->reason, expected);
		assert_int_equal(error_of(n)->origin, KVMFEAT_ORIGIN_KERNEL);
		assert_int_equal(kvmfeat_nested_leave(n->vcpu), errors[i]);
		fake_nested_state(blob);
		n->host.refused = KF_X86_SET_NESTED;
		assert_int_equal(kvmfeat_nested_set(n->vcpu, blob, sizeof(blob)), errors[i]);
		snprintf(expected, sizeof(expected),
			 "KVM_SET_NESTED_STATE of vCPU descriptor %d fails: %s",
			 kvmfeat_vcpu_fd(n->vcpu), kf_errno_text(errors[i]));
		assert_string_equal(error_of(n)->reason, expected);
		assert_int_equal(kvmfeat_nested_leave(n->vcpu), errors[i]);
	}
	assert_int_equal(bytes, 77);
	n->w->fake.ioctl_error = -EIO;
	assert_int_equal(kvmfeat_nested_set(n->vcpu, blob, sizeof(blob)), -EIO);
	assert_non_null(strstr(error_of(n)->reason, "KVM_CAP_NESTED_STATE"));
	assert_int_equal(kvmfeat_ctx_error(n->w->ctx)->error, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_the_kernel_does_not_write_is_zero),
		TEST(a_state_is_set_and_read_back),
		TEST(a_buffer_that_the_kernel_would_overrun_never_reaches_it),
		TEST(a_blob_that_is_none_never_reaches_the_kernel),
		TEST(a_refused_state_is_told_by_field_and_rule),
		TEST(leaving_uses_the_words_of_the_vendor),
		TEST(leaving_on_vmx_gives_the_vmxon_region_back),
		TEST(without_nested_virtualization_each_call_says_why),
		TEST(an_answer_that_is_neither_done_nor_an_errno_is_a_refusal),
		TEST(kernel_errors_pass_and_name_call_and_vcpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
