// SPDX-License-Identifier: GPL-2.0-or-later
/* The frame around every noun: words, global options, exit status, the JSON envelope. */
#include <stdio.h>

#include "../../cli/cli.h"
#include "command.h"

static void expect_usage(struct result r, const char *word)
{
	assert_int_equal(r.status, 2);
	assert_string_equal(r.out, "");
	if (!strstr(r.err, word))
		print_error("no '%s' in: %s\n", word, r.err);
	assert_non_null(strstr(r.err, word));
	assert_non_null(strstr(r.err, "--help"));
	result_free(&r);
}

static void a_wrong_command_line_names_the_word(void **state)
{
	struct world *w = *state;

	expect_usage(run(w, NULL), "a noun is missing");
	expect_usage(run(w, "nope", NULL), "noun 'nope'");
	expect_usage(run(w, "ca", "list", NULL), "noun 'ca'");
	expect_usage(run(w, "cap", NULL), "a verb is missing after cap");
	expect_usage(run(w, "cap", "lis", NULL), "verb 'lis'");
	expect_usage(run(w, "cap", "list", "more", NULL), "'more'");
	expect_usage(run(w, "cap", "list", "--frob", NULL), "'--frob'");
	expect_usage(run(w, "--frob", "cap", "list", NULL), "'--frob'");
	expect_usage(run(w, "cap", "--frob", NULL), "'--frob'");
	expect_usage(run(w, "", NULL), "noun ''");
	expect_usage(run(w, "--color=pink", "cap", "list", NULL), "'pink'");
	expect_usage(run(w, "cap", "list", "--dry-run", NULL), "--dry-run");
	expect_usage(run(w, "cap", "list", "--vm=qemu", NULL), "--vm=qemu");
}

static void each_fault_of_an_option_has_its_sentence(void **state)
{
	struct world *w = *state;

	expect_usage(run(w, "cap", "list", "--root", NULL), "option '--root' needs a value\n");
	expect_usage(run(w, "gmem", "list", "--pid", NULL), "option '--pid' needs a value\n");
	expect_usage(run(w, "gmem", "list", "-qp", NULL), "option '-qp' needs a value\n");
	expect_usage(run(w, "--json=1", "probe", NULL), "option '--json' takes no value\n");
	expect_usage(run(w, "probe", "--deep=yes", NULL), "option '--deep' takes no value\n");
	expect_usage(run(w, "probe", "--deeper", NULL), "option '--deeper' is unknown\n");
	expect_usage(run(w, "probe", "--", "-d", NULL), "operand '-d' is one too many\n");
	expect_usage(run(w, "probe", "-qz", NULL), "option '-z' is unknown\n");
	expect_usage(run(w, "gmem", "show", "-12", NULL),
		     "option '-12' is unknown; put -- before a negative value\n");
}

static void an_option_is_written_in_full(void **state)
{
	struct world *w = *state;

	expect_usage(run(w, "--js", "probe", NULL),
		     "option '--js' is not written in full: --json\n");
	expect_usage(run(w, "probe", "--requir=x", NULL),
		     "option '--requir' is not written in full: --require\n");
	expect_usage(run(w, "probe", "--dee", NULL),
		     "option '--dee' is not written in full: --deep\n");
	/* A value is no option. */
	expect_usage(run(w, "gmem", "list", "--pid", "--js", NULL), "not '--js'");
}

static void no_word_drives_the_terminal(void **state)
{
	struct world *w = *state;
	struct result r;

	r = run(w, "--json", "\033[31mred\n\302\233", NULL);

	assert_int_equal(r.status, 2);
	assert_non_null(strstr(r.err, "'\\x1b[31mred\\x0a\\x9b'"));
	assert_null(strchr(r.err, '\033'));
	assert_non_null(strstr(json_text(&r, "error.reason"), "\033[31mred"));
	result_free(&r);
}

static void a_wrong_command_line_is_one_json_document_too(void **state)
{
	struct world *w = *state;
	struct result r;

	r = run(w, "cap", "list", "--frob", "--json", NULL);

	assert_int_equal(r.status, 2);
	assert_int_equal(json_number(&r, "kvmfeat"), 1);
	assert_string_equal(json_text(&r, "command"), "cap list");
	assert_int_equal(json_number(&r, "error.status"), 2);
	assert_string_equal(json_text(&r, "error.errno"), "EINVAL");
	assert_non_null(strstr(json_text(&r, "error.reason"), "--frob"));
	assert_non_null(strstr(json_text(&r, "error.remedy"), "cap list --help"));
	result_free(&r);
}

static void global_options_stand_anywhere(void **state)
{
	struct world *w = *state;
	struct result first = run(w, "--json", "cap", "list", NULL);
	struct result last = run(w, "cap", "list", "--json", NULL);
	struct result middle = run(w, "cap", "--json", "list", NULL);

	assert_int_equal(first.status, 0);
	assert_string_equal(first.out, last.out);
	assert_int_equal(middle.status, 0);
	assert_string_equal(first.out, middle.out);
	result_free(&first);
	result_free(&middle);
	result_free(&last);
}

static void help_is_text_on_standard_output(void **state)
{
	struct world *w = *state;
	struct result r;

	r = run(w, "--help", NULL);
	assert_int_equal(r.status, 0);
	for (const struct noun *const *noun = nouns; *noun; noun++)
		assert_non_null(strstr(r.out, (*noun)->help));
	result_free(&r);
	r = run(w, "cap", "--help", NULL);
	assert_int_equal(r.status, 0);
	assert_non_null(strstr(r.out, "Verbs:"));
	result_free(&r);
	r = run(w, "cap", "list", "--help", NULL);
	assert_int_equal(r.status, 0);
	assert_non_null(strstr(r.out, "--deep"));
	assert_string_equal(r.err, "");
	result_free(&r);
}

static void help_lists_what_the_verb_takes(void **state)
{
	struct world *w = *state;
	struct result r;

	r = run(w, "-h", NULL);
	assert_null(strstr(r.out, "--dry-run"));
	assert_null(strstr(r.out, "--vm"));
	assert_true(strstr(r.out, "Nouns:") < strstr(r.out, "--json"));
	result_free(&r);
	r = run(w, "cap", "list", "-h", NULL);
	assert_null(strstr(r.out, "--dry-run"));
	result_free(&r);
	r = run(w, "param", "set", "--help", NULL);
	assert_string_equal(
		r.out, "Usage: kvmfeat param set [OPTION...] MODULE.NAME VALUE\n"
		       "Change a parameter of a running module.\n"
		       "\n"
		       "Options:\n"
		       "  -I, --allow-irreversible  Permit a value that only a reload undoes\n"
		       "  -n, --dry-run             Show what would change, change nothing\n"
		       "\n"
		       "Options of every command:\n"
		       "  -j, --json                Write one JSON document\n"
		       "      --root=DIR            Read /dev, /proc and /sys below DIR\n"
		       "  -q, --quiet               No remarks on standard error\n"
		       "  -v, --verbose             More on standard error; twice: each kernel "
		       "call\n"
		       "      --color=WHEN          Colors: auto, always or never\n"
		       "  -h, --help                Show this text\n"
		       "      --version             Show the version\n");
	result_free(&r);
}

static void no_line_of_help_is_longer_than_a_terminal(void **state)
{
	struct world *w = *state;

	for (const struct noun *const *noun = nouns; *noun; noun++)
		for (size_t i = 0; i < (*noun)->verb_count; i++) {
			const char *verb = (*noun)->verbs[i].name;
			struct result r = run(w, (*noun)->name, verb ? verb : "-h", "-h", NULL);

			for (const char *line = r.out; *line; line += strcspn(line, "\n") + 1)
				assert_in_range(strcspn(line, "\n"), 0, 80);
			result_free(&r);
		}
}

static void version_is_that_of_the_library(void **state)
{
	struct world *w = *state;
	struct result r;
	char text[64];

	snprintf(text, sizeof(text), "kvmfeat %s\n", kvmfeat_version());
	r = run(w, "--version", NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal(r.out, text);
	result_free(&r);
}

static void another_root_is_read(void **state)
{
	struct world *w = *state;
	struct result r;

	fake_file(&w->fake, "/proc/sys/kernel/arch", "s390x\n");
	r = run(w, "--json", "--root", w->fake.root, "probe", NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal(json_text(&r, "data.host.arch"), "s390");
	result_free(&r);
}

static void a_root_that_is_no_directory_fails_and_is_named(void **state)
{
	struct world *w = *state;
	struct result r;

	r = run(w, "--root=/proc/version", "--json", "probe", NULL);
	assert_int_equal(r.status, 1);
	assert_string_equal(json_text(&r, "error.errno"), "ENOENT");
	assert_non_null(strstr(json_text(&r, "error.reason"), "/proc/version"));
	result_free(&r);
}

static void one_v_tells_more_and_two_every_kernel_call(void **state)
{
	struct world *w = *state;
	struct result r;

	r = run(w, "-v", "cap", "list", NULL);
	assert_null(strstr(r.err, "ioctl("));
	result_free(&r);
	r = run(w, "-v", "-v", "cap", "list", NULL);
	assert_non_null(strstr(r.err, "ioctl("));
	assert_non_null(strstr(r.err, "KVM_CAP_NESTED_STATE"));
	result_free(&r);
}

static void a_full_disk_is_a_failure(void **state)
{
	struct world *w = *state;
	struct cli_env env = { .new_ctx = NULL, .data = w };
	char *argv[] = { (char[]){ "kvmfeat" }, (char[]){ "--version" }, NULL };
	char *err;
	size_t size;

	env.out = fopen("/dev/full", "we");
	env.err = open_memstream(&err, &size);
	assert_int_equal(cli_main(&env, 2, argv), 1);
	fclose(env.out);
	fclose(env.err);
	assert_non_null(strstr(err, "standard output"));
	free(err);
}

static void nouns_verbs_and_options_are_completed(void **state)
{
	struct world *w = *state;
	struct result r;

	r = run(w, "--complete", "c", NULL);
	assert_string_equal(r.out, "cap\n");
	result_free(&r);
	r = run(w, "--complete", "cap", "", NULL);
	assert_string_equal(r.out, "list\ncpuid\n");
	result_free(&r);
	r = run(w, "--complete", "cap", "list", "--d", NULL);
	assert_string_equal(r.out, "--deep\n");
	result_free(&r);
	r = run(w, "--complete", "param", "set", "--d", NULL);
	assert_string_equal(r.out, "--dry-run\n");
	result_free(&r);
	r = run(w, "--complete", "--d", NULL);
	assert_string_equal(r.out, "--dry-run\n");
	result_free(&r);
}

static void nothing_is_offered_behind_an_unknown_word(void **state)
{
	struct world *w = *state;
	struct result r;

	r = run(w, "--complete", "nope", "", NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal(r.out, "");
	result_free(&r);
	r = run(w, "--complete", "nope", "-", NULL);
	assert_string_equal(r.out, "");
	result_free(&r);
	r = run(w, "--complete", "cap", "nope", "", NULL);
	assert_string_equal(r.out, "");
	result_free(&r);
	r = run(w, "--complete", "cap", "list", "--nope=", NULL);
	assert_string_equal(r.out, "");
	result_free(&r);
}

static void values_of_options_are_completed(void **state)
{
	struct world *w = *state;
	struct result r;

	r = run(w, "--complete", "--color=a", NULL);
	assert_string_equal(r.out, "--color=auto\n--color=always\n");
	result_free(&r);
	r = run(w, "--complete", "probe", "--color", "n", NULL);
	assert_string_equal(r.out, "never\n");
	result_free(&r);
	r = run(w, "--complete", "param", "get", "--root=", NULL);
	assert_string_equal(r.out, "");
	result_free(&r);
	/* A value is neither noun nor operand. */
	r = run(w, "--complete", "--root", "cap", "pr", NULL);
	assert_string_equal(r.out, "probe\n");
	result_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_wrong_command_line_names_the_word),
		WORLD_TEST(each_fault_of_an_option_has_its_sentence),
		WORLD_TEST(an_option_is_written_in_full),
		WORLD_TEST(no_word_drives_the_terminal),
		WORLD_TEST(a_wrong_command_line_is_one_json_document_too),
		WORLD_TEST(global_options_stand_anywhere),
		WORLD_TEST(help_is_text_on_standard_output),
		WORLD_TEST(help_lists_what_the_verb_takes),
		WORLD_TEST(no_line_of_help_is_longer_than_a_terminal),
		WORLD_TEST(version_is_that_of_the_library),
		WORLD_TEST(another_root_is_read),
		WORLD_TEST(a_root_that_is_no_directory_fails_and_is_named),
		WORLD_TEST(one_v_tells_more_and_two_every_kernel_call),
		WORLD_TEST(a_full_disk_is_a_failure),
		WORLD_TEST(nouns_verbs_and_options_are_completed),
		WORLD_TEST(nothing_is_offered_behind_an_unknown_word),
		WORLD_TEST(values_of_options_are_completed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
