// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/kvm.h>

#include "fake-nested.h"
#include "world.h"

static void a_capability_is_asked_of_dev_kvm(void **state)
{
	struct world *w = *state;
	int value;

	w->fake.system_caps[KVM_CAP_NESTED_STATE] = 4224;

	assert_int_equal(kvmfeat_cap_get(w->ctx, KVM_CAP_NESTED_STATE, &value), 0);
	assert_int_equal(value, 4224);
}

static void a_name_is_found_with_and_without_its_prefix(void **state)
{
	unsigned int number;

	(void)state;
	assert_int_equal(kvmfeat_cap_number("KVM_CAP_NESTED_STATE", &number), 0);
	assert_int_equal(number, KVM_CAP_NESTED_STATE);
	assert_int_equal(kvmfeat_cap_number("NESTED_STATE", &number), 0);
	assert_int_equal(number, KVM_CAP_NESTED_STATE);
	assert_int_equal(kvmfeat_cap_number("nested_state", &number), -ENOENT);
	assert_int_equal(kvmfeat_cap_number("", &number), -ENOENT);
	assert_string_equal(kvmfeat_cap_name(KVM_CAP_NESTED_STATE), "KVM_CAP_NESTED_STATE");
	assert_null(kvmfeat_cap_name(5));
	assert_null(kvmfeat_cap_name(100000));
}

static const struct kvmfeat_cap *find(const struct kvmfeat_cap_list *list, unsigned int number)
{
	for (size_t i = 0; i < kvmfeat_cap_list_count(list); i++)
		if (kvmfeat_cap_list_at(list, i)->number == number)
			return kvmfeat_cap_list_at(list, i);
	return NULL;
}

static void an_unknown_number_is_listed_only_when_it_is_answered(void **state)
{
	struct world *w = *state;
	struct kvmfeat_cap_list *list;

	w->fake.system_caps[1023] = 7;

	assert_int_equal(kvmfeat_cap_list_load(w->ctx, NULL, &list), 0);
	assert_non_null(find(list, 1023));
	assert_null(find(list, 1023)->name);
	assert_int_equal(find(list, 1023)->system, 7);
	assert_null(find(list, 1022));
	assert_non_null(find(list, 0));
	kvmfeat_cap_list_free(list);
}

static void the_vm_is_asked_besides_dev_kvm(void **state)
{
	struct world *w = *state;
	struct kvmfeat_cap_list *list;
	struct kvmfeat_vm *vm;

	w->fake.system_caps[KVM_CAP_GUEST_MEMFD] = 1;
	w->fake.vm_caps[KVM_CAP_GUEST_MEMFD] = 0;

	assert_int_equal(kvmfeat_vm_open(w->ctx, 0, &vm), 0);
	assert_int_equal(kvmfeat_cap_list_load(w->ctx, vm, &list), 0);
	assert_int_equal(find(list, KVM_CAP_GUEST_MEMFD)->system, 1);
	assert_true(find(list, KVM_CAP_GUEST_MEMFD)->has_vm);
	assert_int_equal(find(list, KVM_CAP_GUEST_MEMFD)->vm, 0);
	kvmfeat_cap_list_free(list);
	kvmfeat_vm_free(vm);
}

static void what_dev_kvm_refuses_is_asked_of_the_vm(void **state)
{
	struct world *w = *state;
	struct kvmfeat_cap_list *list;
	struct kvmfeat_vm *vm;

	w->fake.system_caps[KVM_CAP_MSI_DEVID] = -EINVAL;
	w->fake.vm_caps[KVM_CAP_MSI_DEVID] = 1;

	assert_int_equal(kvmfeat_vm_open(w->ctx, 0, &vm), 0);
	assert_int_equal(kvmfeat_cap_list_load(w->ctx, vm, &list), 0);
	assert_false(find(list, KVM_CAP_MSI_DEVID)->has_system);
	assert_int_equal(find(list, KVM_CAP_MSI_DEVID)->system, 0);
	assert_int_equal(find(list, KVM_CAP_MSI_DEVID)->vm, 1);
	assert_true(find(list, KVM_CAP_NR_VCPUS)->has_system);
	kvmfeat_cap_list_free(list);
	kvmfeat_vm_free(vm);
}

static void borrowed_numbers_mean_hdbss_on_arm64_only(void **state)
{
	static const unsigned int numbers[] = { 248, 502 };
	struct world *w = *state;

	(void)w;
	for (size_t i = 0; i < KF_ARRAY_SIZE(numbers); i++) {
		assert_non_null(kf_cap_alias(KF_ARCH_ARM64, numbers[i]));
		assert_null(kf_cap_alias(KF_ARCH_X86, numbers[i]));
		assert_null(kf_cap_alias(KF_ARCH_S390, numbers[i]));
	}
	assert_string_equal(kvmfeat_cap_name(239), "KVM_CAP_ARM_WRITABLE_IMP_ID_REGS");
	assert_null(kf_cap_alias(KF_ARCH_ARM64, 239));
	assert_string_equal(kvmfeat_cap_name(245), "KVM_CAP_ARM_SEA_TO_USER");
	assert_null(kf_cap_alias(KF_ARCH_ARM64, 245));
}

static void the_number_of_this_project_has_its_name(void **state)
{
	unsigned int number;

	(void)state;
	assert_string_equal(kvmfeat_cap_name(0x4844), "KVM_CAP_ARM_HDBSS_KVMFEAT");
	assert_int_equal(kvmfeat_cap_number("ARM_HDBSS_KVMFEAT", &number), 0);
	assert_int_equal(number, 0x4844);
}

static void a_kernel_error_in_the_middle_frees_the_list_and_names_the_number(void **state)
{
	struct world *w = *state;
	struct kvmfeat_cap_list *list = NULL;

	w->fake.fail_at = 20;
	w->fake.fail_error = -EIO;

	assert_int_equal(kvmfeat_cap_list_load(w->ctx, NULL, &list), -EIO);
	assert_true(w->fake.failed);
	assert_null(list);
	assert_non_null(strstr(reason(w), "does not answer for capability"));
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->origin, KVMFEAT_ORIGIN_KERNEL);
}

static void a_list_without_memory_is_none(void **state)
{
	struct world *w = *state;
	struct kvmfeat_cap_list *list = NULL;

	w->fake.calls = 0;
	w->fake.fail_at = 1;

	assert_int_equal(kvmfeat_cap_list_load(w->ctx, NULL, &list), -ENOMEM);
	assert_null(list);
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->error, -ENOMEM);
}

static void the_supported_cpuid_is_copied(void **state)
{
	struct world *w = *state;
	static struct fake_nested_host host;
	struct kvmfeat_cpuid_entry entries[3] = { 0 };
	size_t count = 77;

	fake_nested(&w->fake, &host);

	assert_int_equal(kvmfeat_cap_get_cpuid(w->ctx, entries, 3, &count), 0);
	assert_int_equal(count, 2);
	assert_memory_equal(entries, host.cpuid, sizeof(entries[0]) * 2);
	assert_int_equal(entries[2].function, 0);
}

static void cpuid_without_room_writes_nothing(void **state)
{
	struct world *w = *state;
	static struct fake_nested_host host;
	struct kvmfeat_cpuid_entry entry = { .eax = 77 };
	size_t count = 77;

	fake_nested(&w->fake, &host);

	assert_int_equal(kvmfeat_cap_get_cpuid(w->ctx, &entry, 1, &count), -E2BIG);
	assert_string_equal(reason(w), "this host has more than 1 CPUID entries");
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->value, "1");
	assert_int_equal(kvmfeat_cap_get_cpuid(w->ctx, &entry, 0, &count), -EINVAL);
	assert_int_equal(kvmfeat_cap_get_cpuid(w->ctx, &entry, 65537, &count), -EINVAL);
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->value, "65537");
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->origin, KVMFEAT_ORIGIN_LIBRARY);
	assert_int_equal(entry.eax, 77);
	assert_int_equal(count, 77);
}

static void each_failure_of_reading_cpuid_has_its_reason(void **state)
{
	static const int errors[] = { -EFAULT, -EINVAL, -ENOMEM, -EIO };
	struct world *w = *state;
	static struct fake_nested_host host;
	struct kvmfeat_cpuid_entry entries[3];
	size_t count = 77;

	fake_nested(&w->fake, &host);
	host.refused = KF_X86_GET_CPUID;
	for (size_t i = 0; i < KF_ARRAY_SIZE(errors); i++) {
		host.error = errors[i];
		assert_int_equal(kvmfeat_cap_get_cpuid(w->ctx, entries, 3, &count), errors[i]);
		assert_string_equal(kvmfeat_ctx_error(w->ctx)->operation,
				    "KVM_GET_SUPPORTED_CPUID");
		assert_int_equal(kvmfeat_ctx_error(w->ctx)->origin, KVMFEAT_ORIGIN_KERNEL);
	}
	host.error = 0;
	w->fake.calls = 0;
	w->fake.fail_at = 1;
	assert_int_equal(kvmfeat_cap_get_cpuid(w->ctx, entries, 3, &count), -ENOMEM);
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->origin, KVMFEAT_ORIGIN_LIBRARY);
	w->ctx->arch = KF_ARCH_S390;
	assert_int_equal(kvmfeat_cap_get_cpuid(w->ctx, entries, 3, &count), -EOPNOTSUPP);
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->why, KVMFEAT_WHY_OTHER_ARCH);
	assert_int_equal(count, 77);
}

static void cpuid_without_dev_kvm_fails_as_dev_kvm_does(void **state)
{
	struct world *w = *state;
	struct kvmfeat_cpuid_entry entry;
	size_t count = 77;

	w->fake.open_error = -EACCES;

	assert_int_equal(kvmfeat_cap_get_cpuid(w->ctx, &entry, 1, &count), -EACCES);
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->object, "/dev/kvm");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_capability_is_asked_of_dev_kvm),
		WORLD_TEST(a_name_is_found_with_and_without_its_prefix),
		WORLD_TEST(an_unknown_number_is_listed_only_when_it_is_answered),
		WORLD_TEST(the_vm_is_asked_besides_dev_kvm),
		WORLD_TEST(what_dev_kvm_refuses_is_asked_of_the_vm),
		WORLD_TEST(borrowed_numbers_mean_hdbss_on_arm64_only),
		WORLD_TEST(the_number_of_this_project_has_its_name),
		WORLD_TEST(a_list_without_memory_is_none),
		WORLD_TEST(the_supported_cpuid_is_copied),
		WORLD_TEST(cpuid_without_room_writes_nothing),
		WORLD_TEST(each_failure_of_reading_cpuid_has_its_reason),
		WORLD_TEST(cpuid_without_dev_kvm_fails_as_dev_kvm_does),
		WORLD_TEST(a_kernel_error_in_the_middle_frees_the_list_and_names_the_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
