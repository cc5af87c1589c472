// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"

#include "x86-abi.h"

/* A host of two CPUID entries. */
static int answer_cpuid(struct fake *fake, int fd, unsigned long request, uintptr_t arg)
{
	static const struct kvmfeat_cpuid_entry entries[] = {
		{ .function = 0x7, .index = 1, .flags = 1, .eax = 0x10, .ebx = UINT32_MAX },
		{ .function = 0x80000008, .ecx = 0x3030, .edx = 0x1 },
	};
	uint32_t count = KF_ARRAY_SIZE(entries);

	(void)fd;
	if (request != KF_X86_GET_CPUID)
		return FAKE_PASS;
	if (fake->hook_data)
		return -ENOMEM;
	memcpy((void *)arg, &count, sizeof(count));
	memcpy((char *)arg + KF_X86_CPUID_HEADER_BYTES, entries, sizeof(entries));
	return 0;
}

static void cpuid_shows_what_a_guest_can_have(void **state)
{
	struct world *w = *state;
	struct result r;

	w->fake.ioctl_hook = answer_cpuid;
	r = run(w, "cap", "cpuid", NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal(r.out, "FUNCTION   INDEX FLAGS EAX  EBX        ECX    EDX\n"
				   "0x7        0x1   0x1   0x10 0xffffffff 0x0    0x0\n"
				   "0x80000008 0x0   0x0   0x0  0x0        0x3030 0x1\n");
	result_free(&r);

	r = run(w, "cap", "cpuid", "--json", NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal(json_text(&r, "command"), "cap cpuid");
	assert_int_equal(json_array_size(json_path(&r, "data.entries")), 2);
	assert_string_equal(json_text(&r, "data.entries.0.function"), "0x7");
	assert_string_equal(json_text(&r, "data.entries.0.index"), "0x1");
	assert_string_equal(json_text(&r, "data.entries.0.flags"), "0x1");
	assert_string_equal(json_text(&r, "data.entries.0.eax"), "0x10");
	assert_string_equal(json_text(&r, "data.entries.0.ebx"), "0xffffffff");
	assert_string_equal(json_text(&r, "data.entries.1.ecx"), "0x3030");
	assert_string_equal(json_text(&r, "data.entries.1.edx"), "0x1");
	result_free(&r);
}

static void cpuid_tells_why_there_is_none(void **state)
{
	struct world *w = *state;
	struct result r;

	w->fake.ioctl_hook = answer_cpuid;
	w->fake.hook_data = w;
	r = run(w, "cap", "cpuid", "--json", NULL);
	assert_int_equal(r.status, 1);
	assert_string_equal(json_text(&r, "error.errno"), "ENOMEM");
	assert_non_null(strstr(json_text(&r, "error.reason"), "cannot ask for the CPUID: "));
	result_free(&r);

	strcpy(w->fake.uname.machine, "aarch64");
	r = run(w, "cap", "cpuid", "--json", NULL);
	assert_int_equal(r.status, 3);
	assert_string_equal(json_text(&r, "error.reason"),
			    "cannot ask for the CPUID: there is no CPUID on arm64: x86 has it");
	result_free(&r);
}

static void list_shows_what_the_host_has(void **state)
{
	struct world *w = *state;
	struct result r;

	r = run(w, "cap", "list", NULL);

	assert_int_equal(r.status, 0);
	assert_non_null(strstr(r.out, "KVM_CAP_USER_MEMORY2"));
	assert_null(strstr(r.out, "KVM_CAP_NESTED_STATE"));
	assert_string_equal(r.err, "");
	result_free(&r);
}

static void json_lists_every_name_and_null_for_an_unasked_vm(void **state)
{
	struct world *w = *state;
	struct result r;

	r = run(w, "cap", "list", "--json", NULL);

	assert_int_equal(r.status, 0);
	assert_int_equal(json_number(&r, "kvmfeat"), 1);
	assert_string_equal(json_text(&r, "command"), "cap list");
	assert_int_equal(json_number(&r, "data.api_version"), 12);
	assert_string_equal(json_text(&r, "data.caps.0.name"), "KVM_CAP_IRQCHIP");
	assert_int_equal(json_number(&r, "data.caps.0.system"), 0);
	assert_true(json_is_null(json_path(&r, "data.caps.0.vm")));
	result_free(&r);
}

static void a_missing_dev_kvm_ends_with_status_3(void **state)
{
	struct world *w = *state;
	struct result r;

	w->fake.open_error = -ENOENT;
	r = run(w, "--json", "cap", "list", NULL);

	assert_int_equal(r.status, 3);
	assert_int_equal(json_number(&r, "error.status"), 3);
	assert_string_equal(json_text(&r, "error.errno"), "ENOENT");
	assert_non_null(strstr(json_text(&r, "error.reason"), "/dev/kvm"));
	result_free(&r);
}

static void a_forbidden_dev_kvm_ends_with_status_4(void **state)
{
	struct world *w = *state;
	struct result r;

	w->fake.open_error = -EACCES;
	r = run(w, "cap", "list", NULL);

	assert_int_equal(r.status, 4);
	assert_string_equal(r.out, "");
	assert_non_null(strstr(r.err, "kvmfeat: cannot list capabilities: /dev/kvm"));
	assert_non_null(strstr(r.err, "group"));
	result_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(list_shows_what_the_host_has),
		WORLD_TEST(json_lists_every_name_and_null_for_an_unasked_vm),
		WORLD_TEST(a_missing_dev_kvm_ends_with_status_3),
		WORLD_TEST(a_forbidden_dev_kvm_ends_with_status_4),
		WORLD_TEST(cpuid_shows_what_a_guest_can_have),
		WORLD_TEST(cpuid_tells_why_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
