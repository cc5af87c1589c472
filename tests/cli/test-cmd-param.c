// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"

#include "fake-param.h"

static struct fake_params params;

/* The setters' state is static: a hook outlives the test's frame. */
static int modules_setup(void **state)
{
	struct world *w;
	int err = world_setup(state);

	w = *state;
	params = (struct fake_params){ 0 };
	fake_params(&w->fake, &params);
	return err;
}

#define PARAM_TEST(test) cmocka_unit_test_setup_teardown(test, modules_setup, world_teardown)

static void list_shows_value_text_and_mode(void **state)
{
	struct world *w = *state;
	struct result r;

	r = run(w, "param", "list", NULL);

	assert_int_equal(r.status, 0);
	assert_memory_equal(r.out, "PARAMETER ", 10);
	assert_non_null(strstr(r.out, "\nkvm.nx_huge_pages "));
	assert_non_null(strstr(r.out, " not-required "));
	assert_non_null(strstr(strstr(r.out, "\nkvm_intel.vendor_knob "), " a: 1 "));
	assert_null(strstr(r.out, "RAW"));
	assert_null(strstr(r.out, "KIND"));
	assert_string_equal(r.err, "");
	result_free(&r);

	r = run(w, "param", "list", "kvm_amd", NULL);
	assert_int_equal(r.status, 0);
	assert_null(strstr(r.out, "nx_huge_pages"));
	assert_non_null(strstr(r.out, "avic"));
	result_free(&r);
}

static void json_of_list_has_the_keys_of_scripts(void **state)
{
	struct world *w = *state;
	struct result r;

	r = run(w, "--json", "param", "list", NULL);

	assert_int_equal(r.status, 0);
	assert_string_equal(json_text(&r, "command"), "param list");
	assert_int_equal(json_array_size(json_path(&r, "data.params")), 10);
	assert_string_equal(json_text(&r, "data.params.0.module"), "kvm");
	assert_string_equal(json_text(&r, "data.params.0.name"), "halt_poll_ns");
	assert_string_equal(json_text(&r, "data.params.0.raw"), "200000");
	assert_string_equal(json_text(&r, "data.params.0.value"), "200000");
	assert_string_equal(json_text(&r, "data.params.0.kind"), "uint");
	assert_true(json_is_true(json_path(&r, "data.params.0.writable")));
	assert_string_equal(json_text(&r, "data.params.8.name"), "vendor_knob");
	assert_true(json_is_null(json_path(&r, "data.params.8.value")));
	assert_string_equal(json_text(&r, "data.params.8.kind"), "unknown");
	assert_non_null(strstr(json_text(&r, "data.params.8.reason"), "does not know"));
	result_free(&r);
}

static void a_host_without_the_modules_has_an_empty_list_and_a_note(void **state)
{
	struct world *w = *state;
	struct result r;

	fake_remove(&w->fake, "/sys/module");
	fake_dir(&w->fake, "/sys/module");

	r = run(w, "--json", "param", "list", NULL);
	assert_int_equal(r.status, 0);
	assert_int_equal(json_array_size(json_path(&r, "data.params")), 0);
	assert_non_null(strstr(r.err, "no module of KVM"));
	result_free(&r);
}

static void get_prints_the_value_alone(void **state)
{
	struct world *w = *state;
	struct result r;

	r = run(w, "param", "get", "kvm.nx_huge_pages", NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal(r.out, "off\n");
	result_free(&r);
	r = run(w, "param", "get", "--raw", "kvm.nx_huge_pages", NULL);
	assert_string_equal(r.out, "N\n");
	result_free(&r);
	r = run(w, "--json", "param", "get", "kvm.nx_huge_pages", NULL);
	assert_string_equal(json_text(&r, "data.value"), "off");
	assert_string_equal(json_text(&r, "data.raw"), "N");
	result_free(&r);
	r = run(w, "param", "get", "kvm_intel.vendor_knob", "--raw", NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal(r.out, "a: 1\n");
	result_free(&r);
	r = run(w, "param", "get", "kvm_intel.vendor_knob", NULL);
	assert_int_equal(r.status, 1);
	assert_string_equal(r.out, "");
	assert_non_null(strstr(r.err, "does not know kvm_intel.vendor_knob"));
	assert_non_null(strstr(r.err, "--raw"));
	result_free(&r);
}

static void a_hostile_text_drives_no_terminal(void **state)
{
	struct world *w = *state;
	struct result r;

	fake_file(&w->fake, FAKE_PARAMETERS "nx_huge_pages", "\x1b[2Jx\nY\n");
	for (int i = 0; i < 4; i++) {
		static const char *const words[][3] = { { "list", "kvm" },
							{ "get", "kvm.nx_huge_pages" },
							{ "get", "kvm.nx_huge_pages", "--raw" },
							{ "explain", "kvm.nx_huge_pages" } };

		r = run(w, "param", words[i][0], words[i][1], words[i][2], NULL);
		assert_null(strchr(r.out, '\x1b'));
		assert_null(strchr(r.err, '\x1b'));
		result_free(&r);
	}
	r = run(w, "--json", "param", "get", "--raw", "kvm.nx_huge_pages", NULL);
	assert_string_equal(json_text(&r, "data.raw"), "\x1b[2Jx\nY");
	result_free(&r);
}

static void explain_tells_what_a_change_would_do(void **state)
{
	struct world *w = *state;
	struct result r;

	r = run(w, "param", "explain", "kvm.nx_huge_pages", NULL);
	assert_int_equal(r.status, 0);
	assert_non_null(strstr(r.out, "kind: switch\n"));
	assert_non_null(strstr(r.out, "words: off,on,force,auto,never\n"));
	assert_null(strstr(r.out, "reason:"));
	assert_null(strstr(r.out, "min:"));
	assert_non_null(strstr(r.out, "writable: yes\n"));
	assert_non_null(strstr(r.out, "change: drops the second-level page tables"));
	assert_non_null(strstr(r.out, "load: options kvm nx_huge_pages=off|force|auto|never\n"));
	assert_non_null(strstr(r.out, "meaning: guests run code in huge pages"));
	result_free(&r);
	r = run(w, "param", "explain", "kvm_amd.avic", NULL);
	assert_non_null(strstr(r.out, "writable: no\n"));
	assert_non_null(strstr(r.out, "change: takes another load of module kvm_amd"));
	result_free(&r);
	r = run(w, "param", "explain", "kvm.halt_poll_ns", NULL);
	assert_non_null(strstr(r.out, "min: 0\nmax: 4294967295\n"));
	assert_null(strstr(r.out, "words:"));
	result_free(&r);
}

static void json_of_explain_lists_words_or_bounds(void **state)
{
	struct world *w = *state;
	struct result r;

	r = run(w, "--json", "param", "explain", "kvm.nx_huge_pages", NULL);
	assert_int_equal(json_array_size(json_path(&r, "data.words")), 5);
	assert_string_equal(json_text(&r, "data.words.0"), "off");
	assert_string_equal(json_text(&r, "data.words.4"), "never");
	assert_true(json_is_null(json_path(&r, "data.min")));
	assert_true(json_is_null(json_path(&r, "data.max")));
	result_free(&r);
	r = run(w, "--json", "param", "explain", "kvm.halt_poll_ns", NULL);
	assert_true(json_is_null(json_path(&r, "data.words")));
	assert_int_equal(json_number(&r, "data.min"), 0);
	assert_int_equal(json_number(&r, "data.max"), 4294967295);
	result_free(&r);
	r = run(w, "--json", "param", "explain", "kvm_intel.vendor_knob", NULL);
	assert_true(json_is_null(json_path(&r, "data.words")));
	assert_true(json_is_null(json_path(&r, "data.max")));
	result_free(&r);
}

static void set_tells_before_and_after(void **state)
{
	struct world *w = *state;
	struct result r;

	r = run(w, "--json", "param", "set", "kvm.nx_huge_pages", "force", NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal(json_text(&r, "data.before"), "N");
	assert_string_equal(json_text(&r, "data.write"), "force");
	assert_string_equal(json_text(&r, "data.after"), "Y");
	assert_true(json_is_true(json_path(&r, "data.needed")));
	assert_true(json_is_true(json_path(&r, "data.written")));
	assert_string_equal(json_text(&r, "data.effect"), "zap");
	assert_int_equal(json_number(&r, "data.vms"), 0);
	assert_string_equal(r.err, "");
	result_free(&r);
	r = run(w, "--json", "param", "set", "kvm.nx_huge_pages", "on", NULL);
	assert_true(json_is_false(json_path(&r, "data.needed")));
	assert_true(json_is_null(json_path(&r, "data.write")));
	assert_int_equal(params.writes, 1);
	result_free(&r);
}

/* The last line of the text. */
static const char *end_of(const struct result *r)
{
	const char *end = r->out + strlen(r->out) - 1;

	while (end > r->out && end[-1] != '\n')
		end--;
	return end;
}

static void set_ends_with_a_sentence(void **state)
{
	struct world *w = *state;
	struct result r;

	r = run(w, "param", "set", "-n", "kvm.nx_huge_pages", "on", NULL);
	assert_string_equal(end_of(&r), "kvm.nx_huge_pages is 'off', would write 'force'\n");
	assert_null(strstr(r.out, "after:"));
	result_free(&r);
	r = run(w, "param", "set", "kvm.nx_huge_pages", "on", NULL);
	assert_string_equal(end_of(&r), "kvm.nx_huge_pages: off -> on (wrote 'force')\n");
	result_free(&r);
	r = run(w, "param", "set", "kvm.nx_huge_pages", "force", NULL);
	assert_string_equal(end_of(&r), "kvm.nx_huge_pages is 'on' already, nothing written\n");
	result_free(&r);
}

static void set_warns_of_the_vms_that_feel_it(void **state)
{
	static const struct fake_file vm = { .id = 1 };
	struct world *w = *state;
	struct result r;

	fake_process(&w->fake, 100, "qemu", 0, 1000, 1);
	fake_process_fd(&w->fake, 100, 5, "anon_inode:kvm-vm", vm);

	r = run(w, "param", "set", "kvm.ignore_msrs", "on", NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal(r.err, "");
	result_free(&r);
	r = run(w, "param", "set", "kvm.nx_huge_pages", "on", NULL);
	assert_int_equal(r.status, 0);
	assert_non_null(strstr(r.err, "the page tables of 1 running VM are dropped"));
	assert_non_null(strstr(r.out, "vms: 1\n"));
	result_free(&r);
	fake_process(&w->fake, 200, "x", 0, 1000, 1)->open_error = -EACCES;
	r = run(w, "param", "set", "kvm.nx_huge_pages", "off", NULL);
	assert_non_null(strstr(r.err, "the page tables of every running VM are dropped"));
	assert_null(strstr(r.out, "vms:"));
	result_free(&r);
}

static void a_dry_run_of_set_writes_nothing(void **state)
{
	struct world *w = *state;
	struct result r;

	r = run(w, "-n", "param", "set", "kvm.nx_huge_pages", "never", NULL);
	assert_int_equal(r.status, 4);
	result_free(&r);
	r = run(w, "-n", "--json", "param", "set", "-I", "kvm.nx_huge_pages", "never", NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal(json_text(&r, "data.write"), "never");
	assert_string_equal(json_text(&r, "data.effect"), "irreversible");
	assert_true(json_is_false(json_path(&r, "data.written")));
	assert_int_equal(params.writes, 0);
	result_free(&r);
	r = run(w, "--dry-run", "param", "get", "kvm.nx_huge_pages", NULL);
	assert_int_equal(r.status, 2);
	result_free(&r);
}

static void never_takes_an_option_of_its_own(void **state)
{
	struct world *w = *state;
	struct result r;

	r = run(w, "param", "set", "kvm.nx_huge_pages", "never", NULL);
	assert_int_equal(r.status, 4);
	assert_non_null(strstr(r.err, "what would help: --allow-irreversible\n"));
	assert_null(strstr(r.err, "KVMFEAT_PARAM"));
	assert_int_equal(params.writes, 0);
	result_free(&r);
	r = run(w, "param", "set", "--allow-irreversible", "kvm.nx_huge_pages", "never", NULL);
	assert_int_equal(r.status, 0);
	assert_non_null(strstr(r.out, "after: never\n"));
	result_free(&r);
}

static void bad_words_end_with_their_status_and_change_nothing(void **state)
{
	static const struct {
		const char *verb, *operand, *value;
		int status;
		const char *says;
	} bad[] = {
		{ "get", "kvm", NULL, 2, "'kvm' is not MODULE.NAME" },
		{ "get", "kvm.", NULL, 2, "'kvm.' is not MODULE.NAME" },
		{ "get", ".avic", NULL, 2, "'.avic' is not MODULE.NAME" },
		{ "get", "", NULL, 2, "'' is not MODULE.NAME" },
		{ "set", "kvm", "on", 2, "'kvm' is not MODULE.NAME" },
		{ "set", "kvm.nx_huge_pages", NULL, 2, "missing" },
		{ "get", "kvm.avic", NULL, 1, "no parameter 'avic'" },
		{ "get", "kvm.../../../etc/passwd", NULL, 1, "'../../../etc/passwd' is no name" },
		{ "get", "kvm.a\nb", NULL, 1, "'a\\x0ab' is no name" },
		{ "get", "xen.avic", NULL, 1, "module 'xen'" },
		{ "get", "kvm_a_module_with_a_name_that_is_too_long.avic", NULL, 1,
		  "module 'kvm_a" },
		{ "list", "kvm-amd", NULL, 1, "module 'kvm-amd'" },
		{ "list", "../kvm", NULL, 1, "module '../kvm'" },
		{ "explain", "kvm_amd.gmet", NULL, 3, "7.3.4" },
		{ "set", "kvm.nx_huge_pages", "FORCE", 1, "would read it as off" },
		{ "set", "kvm_amd.avic", "off", 1, "options kvm_amd avic=0" },
		{ "set", "kvm_intel.vendor_knob", "1", 1, "does not know" },
		{ "set", "kvm_intel.vmentry_l1d_flush", "cond", 3, "not required" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct result r = run(w, "param", bad[i].verb, bad[i].operand, bad[i].value, NULL);

		if (r.status != bad[i].status || !strstr(r.err, bad[i].says))
			fail_msg("%s %s: %d: %s", bad[i].verb, bad[i].operand, r.status, r.err);
		assert_string_equal(r.out, "");
		result_free(&r);
	}
	assert_int_equal(params.writes, 1); /* vmentry_l1d_flush, and that without effect */
}

static void what_is_not_permitted_ends_with_status_4(void **state)
{
	struct world *w = *state;
	struct result r;

	params.write_open_error = -EACCES;
	r = run(w, "--json", "param", "set", "kvm.ignore_msrs", "on", NULL);
	assert_int_equal(r.status, 4);
	assert_string_equal(json_text(&r, "error.errno"), "EACCES");
	assert_string_equal(json_text(&r, "error.remedy"), "run as root");
	result_free(&r);
	params.read_open_error = -EACCES;
	r = run(w, "--json", "param", "get", "kvm.ignore_msrs", NULL);
	assert_int_equal(r.status, 4);
	assert_int_equal(json_number(&r, "error.status"), 4);
	assert_non_null(strstr(json_text(&r, "error.reason"), "ignore_msrs"));
	result_free(&r);
}

static void a_module_that_is_not_loaded_ends_with_status_3(void **state)
{
	struct world *w = *state;
	struct result r;

	fake_remove(&w->fake, "/sys/module/kvm_amd");
	r = run(w, "param", "get", "kvm_amd.avic", NULL);
	assert_int_equal(r.status, 3);
	assert_non_null(strstr(r.err, "module kvm_amd is not loaded"));
	assert_non_null(strstr(r.err, "modprobe kvm_amd"));
	result_free(&r);
}

static void completion_offers_names_and_then_words(void **state)
{
	struct world *w = *state;
	struct result r;

	r = run(w, "--complete", "param", "get", "kvm_amd.", NULL);
	assert_string_equal(r.out, "kvm_amd.avic\nkvm_amd.nested\n");
	result_free(&r);
	r = run(w, "--complete", "param", "set", "kvm.nx_huge_pages", "", NULL);
	assert_string_equal(r.out, "off\non\nforce\nauto\nnever\n");
	result_free(&r);
	r = run(w, "--complete", "param", "set", "kvm.halt_poll_ns", "", NULL);
	assert_string_equal(r.out, "");
	result_free(&r);
	r = run(w, "--complete", "param", "set", "kvm_amd.", NULL);
	assert_string_equal(r.out, "");
	result_free(&r);
	r = run(w, "--complete", "param", "list", "kvm_", NULL);
	assert_string_equal(r.out, "kvm_amd\nkvm_intel\n");
	result_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PARAM_TEST(list_shows_value_text_and_mode),
		PARAM_TEST(json_of_list_has_the_keys_of_scripts),
		PARAM_TEST(a_host_without_the_modules_has_an_empty_list_and_a_note),
		PARAM_TEST(get_prints_the_value_alone),
		PARAM_TEST(a_hostile_text_drives_no_terminal),
		PARAM_TEST(explain_tells_what_a_change_would_do),
		PARAM_TEST(json_of_explain_lists_words_or_bounds),
		PARAM_TEST(set_tells_before_and_after),
		PARAM_TEST(set_ends_with_a_sentence),
		PARAM_TEST(set_warns_of_the_vms_that_feel_it),
		PARAM_TEST(a_dry_run_of_set_writes_nothing),
		PARAM_TEST(never_takes_an_option_of_its_own),
		PARAM_TEST(bad_words_end_with_their_status_and_change_nothing),
		PARAM_TEST(what_is_not_permitted_ends_with_status_4),
		PARAM_TEST(a_module_that_is_not_loaded_ends_with_status_3),
		PARAM_TEST(completion_offers_names_and_then_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
