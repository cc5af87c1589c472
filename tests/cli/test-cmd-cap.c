// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
