// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmfeat nested order */
#include "command.h"

/* The library's own order, as the command writes it. */
static char *list(struct world *w, const char *direction)
{
	struct result r = run(w, "nested", "order", "--list", direction, NULL);
	char *text = strdup(r.out);

	assert_int_equal(r.status, 0);
	text[strcspn(text, "\n")] = '\0';
	result_free(&r);
	return text;
}

static void the_own_order_breaks_no_rule(void **state)
{
	static const char *const directions[] = { "--save", "--restore" };
	struct world *w = *state;

	for (size_t i = 0; i < KF_ARRAY_SIZE(directions); i++) {
		char *steps = list(w, directions[i]);
		struct result r = run(w, "nested", "order", directions[i], "--check", steps, NULL);

		assert_non_null(strstr(steps, ",nested,"));
		assert_int_equal(r.status, 0);
		assert_non_null(strstr(r.out, "\nthe order breaks no rule\n"));
		assert_string_equal(r.err, "");
		result_free(&r);
		free(steps);
	}
}

static void without_a_direction_a_vcpu_is_restored(void **state)
{
	struct world *w = *state;
	char *restore = list(w, "--restore"), *by_default = list(w, NULL);
	struct result r = run(w, "nested", "order", "--list", "--json", NULL);

	assert_string_equal(by_default, restore);
	assert_string_equal(json_text(&r, "data.direction"), "restore");
	assert_string_equal(json_text(&r, "data.steps.2"), "sregs");
	assert_int_equal(json_array_size(json_path(&r, "data.findings")), 0);
	result_free(&r);
	free(restore);
	free(by_default);
}

static void a_broken_rule_is_named_and_ends_with_status_5(void **state)
{
	struct world *w = *state;
	struct result r = run(w, "nested", "order", "--check=nested,sregs", NULL);

	assert_int_equal(r.status, 5);
	assert_non_null(strstr(r.out, "direction: restore\nsteps: nested,sregs\n"
				      "INDEX STEP   RULE\n"
				      "    0 nested sregs must come before nested: "));
	assert_string_equal(r.err, "kvmfeat: the order breaks 1 rule\n");
	result_free(&r);

	r = run(w, "nested", "order", "--check=nested,sregs", "--json", NULL);
	assert_int_equal(r.status, 5);
	assert_string_equal(json_text(&r, "data.findings.0.id"), "restore.sregs-before-nested");
	assert_int_equal(json_number(&r, "data.findings.0.index"), 0);
	assert_string_equal(json_text(&r, "data.findings.0.step"), "nested");
	assert_non_null(json_text(&r, "data.findings.0.rule"));
	assert_true(json_is_null(json_path(&r, "data.findings.0.kernels")));
	result_free(&r);
}

static void a_step_that_is_missing_has_no_index(void **state)
{
	struct world *w = *state;
	struct result r = run(w, "nested", "order", "--check=nested", "--json", NULL);

	assert_int_equal(r.status, 5);
	assert_true(json_is_null(json_path(&r, "data.findings.0.index")));
	assert_true(json_is_null(json_path(&r, "data.findings.0.step")));
	result_free(&r);
	r = run(w, "nested", "order", "--check=nested", NULL);
	assert_non_null(strstr(r.out, "\n    - (missing) sregs must come"));
	result_free(&r);
}

static void rules_of_saving_are_not_those_of_restoring(void **state)
{
	struct world *w = *state;
	struct result r =
		run(w, "nested", "order", "--save", "--check=complete,leave", "--json", NULL);

	assert_int_equal(r.status, 5);
	assert_string_equal(json_text(&r, "data.direction"), "save");
	assert_string_equal(json_text(&r, "data.findings.0.id"), "save.leave");
	result_free(&r);
	r = run(w, "nested", "order", "--restore", "--check=complete,leave", NULL);
	assert_int_equal(r.status, 0);
	result_free(&r);
}

static void bad_words_end_with_status_2_and_name_the_word(void **state)
{
	static const struct {
		const char *words[3];
		const char *reason;
	} cases[] = {
		{ { "--check=sregs,Nested" }, "'Nested' is no step" },
		{ { "--check=sregs," }, "'' is no step" },
		{ { "--check=" }, "'' is no step" },
		{ { "--list", "--save", "--restore" }, "--save and --restore exclude each other" },
		{ { "--list", "--check=sregs" }, "either --list or --check=STEPS is needed" },
		{ { "--save" }, "either --list or --check=STEPS is needed" },
		{ { "--list", "sregs" }, "'sregs' is one too many" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < KF_ARRAY_SIZE(cases); i++) {
		struct result r = run(w, "nested", "order", cases[i].words[0], cases[i].words[1],
				      cases[i].words[2], NULL);

		assert_int_equal(r.status, 2);
		if (!strstr(r.err, cases[i].reason))
			fail_msg("'%s' lacks '%s'", r.err, cases[i].reason);
		result_free(&r);
	}
}

static void completion_offers_steps_after_each_comma(void **state)
{
	struct world *w = *state;
	struct result r = run(w, "--complete", "nested", "order", "--check=sregs,x", NULL);

	assert_string_equal(r.out, "--check=sregs,xcrs\n--check=sregs,xsave\n");
	result_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(the_own_order_breaks_no_rule),
		WORLD_TEST(without_a_direction_a_vcpu_is_restored),
		WORLD_TEST(a_broken_rule_is_named_and_ends_with_status_5),
		WORLD_TEST(a_step_that_is_missing_has_no_index),
		WORLD_TEST(rules_of_saving_are_not_those_of_restoring),
		WORLD_TEST(bad_words_end_with_status_2_and_name_the_word),
		WORLD_TEST(completion_offers_steps_after_each_comma),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
