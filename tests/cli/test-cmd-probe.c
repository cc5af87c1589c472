// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/kvm.h>

#include "command.h"

/* The index of a feature in the document, or fails the test. */
static size_t find(const struct result *r, const char *id)
{
	const json_t *features = json_path(r, "data.features");

	for (size_t i = 0; i < json_array_size(features); i++)
		if (!strcmp(json_string_value(json_object_get(json_array_get(features, i), "id")),
			    id))
			return i;
	fail_msg("no feature %s", id);
	return 0;
}

static const char *text_of(const struct result *r, const char *id, const char *key)
{
	const json_t *features = json_path(r, "data.features");
	const json_t *value = json_object_get(json_array_get(features, find(r, id)), key);

	return json_string_value(value);
}

static void text_names_state_reason_and_remedy(void **state)
{
	struct world *w = *state;
	struct result r;

	w->fake.open_error = -EACCES;
	r = run(w, "probe", NULL);

	assert_int_equal(r.status, 0);
	assert_non_null(strstr(r.out, "kvm.device"));
	assert_non_null(strstr(r.out, "unknown"));
	assert_null(strstr(r.out, "WHY"));
	assert_non_null(strstr(r.out, " -> join the group"));
	result_free(&r);
}

static void json_has_host_and_features(void **state)
{
	struct world *w = *state;
	struct result r;

	r = run(w, "probe", "--json", NULL);

	assert_int_equal(r.status, 0);
	assert_string_equal(json_text(&r, "command"), "probe");
	assert_string_equal(json_text(&r, "data.host.arch"), "x86");
	assert_string_equal(json_text(&r, "data.host.release"), "7.3.4");
	assert_int_equal(json_number(&r, "data.host.api_version"), 12);
	assert_string_equal(text_of(&r, "kvm.device", "state"), "on");
	assert_null(text_of(&r, "kvm.device", "why"));
	assert_string_equal(text_of(&r, "arm64.hdbss", "why"), "other-arch");
	result_free(&r);
}

static void without_kvm_it_still_answers(void **state)
{
	struct world *w = *state;
	struct result r;

	w->fake.open_error = -ENOENT;
	r = run(w, "--json", "probe", NULL);

	assert_int_equal(r.status, 0);
	assert_true(json_is_null(json_path(&r, "data.host.api_version")));
	assert_string_equal(text_of(&r, "kvm.device", "state"), "absent");
	assert_string_equal(text_of(&r, "kvm.device", "why"), "not-loaded");
	assert_non_null(strstr(text_of(&r, "kvm.device", "remedy"), "modprobe"));
	result_free(&r);
}

static void one_cause_is_told_once_in_text(void **state)
{
	struct world *w = *state;
	struct result r;
	char *first;

	w->fake.open_error = -ENOENT;
	r = run(w, "probe", NULL);
	first = strstr(r.out, "modprobe kvm");
	assert_non_null(first);
	assert_null(strstr(first + 1, "modprobe kvm\n"));
	assert_non_null(strstr(strstr(r.out, "\ndirty.ring "), " as kvm.device\n"));
	result_free(&r);

	r = run(w, "--json", "probe", NULL);
	assert_string_equal(text_of(&r, "dirty.ring", "reason"),
			    text_of(&r, "kvm.device", "reason"));
	assert_non_null(text_of(&r, "dirty.ring", "remedy"));
	result_free(&r);

	/* Not when that row is not shown. */
	r = run(w, "probe", "--require=dirty.ring", NULL);
	assert_non_null(strstr(r.out, "/dev/kvm"));
	assert_null(strstr(r.out, "kvm.device"));
	result_free(&r);
	r = run(w, "probe", "--require=dirty.ring,kvm.device", NULL);
	assert_non_null(strstr(r.out, "as kvm.device"));
	result_free(&r);
}

static void require_is_satisfied_by_on_and_available(void **state)
{
	struct world *w = *state;
	struct result r;

	fake_cap(&w->fake, KVM_CAP_GUEST_MEMFD, 1);
	r = run(w, "probe", "--require=kvm.device,gmem.create", NULL);

	assert_int_equal(r.status, 0);
	assert_string_equal(r.out, "FEATURE     STATE     REASON\n"
				   "kvm.device  on        \n"
				   "gmem.create available \n");
	assert_string_equal(r.err, "");
	result_free(&r);

	r = run(w, "probe", "--require=kvm.device,gmem.create", "--quiet", NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal(r.out, "");
	result_free(&r);
	r = run(w, "probe", "--require=kvm.device", "--quiet", "--json", NULL);
	assert_int_equal(json_array_size(json_path(&r, "data.missing")), 0);
	assert_string_equal(text_of(&r, "x86.avic", "id"), "x86.avic");
	result_free(&r);
}

static void require_names_what_is_missing(void **state)
{
	struct world *w = *state;
	struct result r;

	r = run(w, "--json", "probe", "--require", "kvm.device,arm64.hdbss,x86.avik", NULL);

	assert_int_equal(r.status, 5);
	assert_non_null(strstr(r.err, "'arm64.hdbss' is absent: this host is x86"));
	assert_non_null(strstr(r.err, "'x86.avik' is not known"));
	assert_null(strstr(r.err, "kvm.device"));
	assert_int_equal(json_array_size(json_path(&r, "data.missing")), 2);
	assert_string_equal(json_text(&r, "data.missing.0.id"), "arm64.hdbss");
	assert_string_equal(json_text(&r, "data.missing.0.state"), "absent");
	assert_true(json_is_null(json_path(&r, "data.missing.1.state")));
	result_free(&r);
}

static void require_takes_unknown_for_no(void **state)
{
	struct world *w = *state;
	struct result r;

	w->fake.open_error = -EACCES;
	r = run(w, "probe", "--require=kvm.device", "--quiet", NULL);

	assert_int_equal(r.status, 5);
	assert_string_equal(r.err, "");
	assert_non_null(strstr(r.out, "kvm.device unknown"));
	result_free(&r);
}

static void require_names_the_remedy(void **state)
{
	struct world *w = *state;
	struct result r;

	fake_cap(&w->fake, KVM_CAP_GUEST_MEMFD, 1);
	r = run(w, "probe", "--require=gmem.accounting,kvm.devize", NULL);

	assert_int_equal(r.status, 5);
	assert_string_equal(strstr(r.err, "required feature 'gmem"),
			    "required feature 'gmem.accounting' is unknown: seeing it needs a "
			    "scratch VM; what would help: kvmfeat probe --deep\n"
			    "kvmfeat: required feature 'kvm.devize' is not known to kvmfeat "
			    "1.0.0\n");
	assert_string_equal(r.out,
			    "FEATURE         STATE   REASON\n"
			    "gmem.accounting unknown seeing it needs a scratch VM -> kvmfeat probe "
			    "--deep\n"
			    "kvm.devize      ?       not known to this version\n");
	result_free(&r);
}

static void require_refuses_an_empty_id(void **state)
{
	static const char *const lists[] = { "", ",", "kvm.device,", ",kvm.device", "a,,b" };
	struct world *w = *state;

	for (size_t i = 0; i < KF_ARRAY_SIZE(lists); i++) {
		struct result r = run(w, "probe", "--require", lists[i], NULL);

		assert_int_equal(r.status, 2);
		assert_string_equal(r.out, "");
		result_free(&r);
	}
}

static void a_shallow_probe_creates_no_vm(void **state)
{
	struct world *w = *state;
	struct result r;

	fake_cap(&w->fake, KVM_CAP_GUEST_MEMFD, 1);
	r = run(w, "--json", "-vv", "probe", NULL);
	assert_null(strstr(r.err, "KVM_CREATE_VM"));
	assert_string_equal(text_of(&r, "gmem.accounting", "why"), "not-asked");
	assert_string_equal(text_of(&r, "gmem.accounting", "remedy"), "kvmfeat probe --deep");
	result_free(&r);

	r = run(w, "--json", "-vv", "probe", "--deep", NULL);
	assert_non_null(strstr(r.err, "KVM_CREATE_VM"));
	result_free(&r);
}

static void ids_are_completed(void **state)
{
	struct world *w = *state;
	struct result r;

	r = run(w, "--complete", "probe", "--require=x86.a", NULL);
	assert_string_equal(r.out, "--require=x86.avic\n");
	result_free(&r);
	r = run(w, "--complete", "probe", "--require=kvm.device,x86.a", NULL);
	assert_string_equal(r.out, "--require=kvm.device,x86.avic\n");
	result_free(&r);
	r = run(w, "--complete", "probe", "-qr", "kvm.device,x86.a", NULL);
	assert_string_equal(r.out, "kvm.device,x86.avic\n");
	result_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(text_names_state_reason_and_remedy),
		WORLD_TEST(json_has_host_and_features),
		WORLD_TEST(without_kvm_it_still_answers),
		WORLD_TEST(one_cause_is_told_once_in_text),
		WORLD_TEST(require_is_satisfied_by_on_and_available),
		WORLD_TEST(require_names_what_is_missing),
		WORLD_TEST(require_takes_unknown_for_no),
		WORLD_TEST(require_names_the_remedy),
		WORLD_TEST(require_refuses_an_empty_id),
		WORLD_TEST(a_shallow_probe_creates_no_vm),
		WORLD_TEST(ids_are_completed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
