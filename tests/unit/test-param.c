// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading parameters: table, decoder, list. Changing them is in test-param-set.c. */
#define _GNU_SOURCE
#include "world.h"

#include <stdio.h>
#include <sys/stat.h>

#include "fake-param.h"
#include "open-fds.h"
#include "param-private.h"

static const struct kf_param_grammar *grammar(const char *module, const char *name)
{
	const struct kf_param_row *row = kf_param_find(module, name);

	assert_non_null(row);
	return row->grammar;
}

static void the_table_is_in_order_and_every_row_is_whole(void **state)
{
	(void)state;
	assert_true(kf_param_row_count > 80);
	for (size_t i = 0; i < kf_param_row_count; i++) {
		const struct kf_param_row *row = &kf_param_rows[i];
		int order = i ? strcmp(row[-1].module, row->module) : -1;

		assert_true(order < 0 || (!order && strcmp(row[-1].name, row->name) < 0));
		assert_true(kf_param_name_valid(row->name));
		assert_non_null(row->text);
		assert_true(strlen(row->text) < 90);
		assert_non_null(row->grammar->names);
	}
}

static void every_word_of_every_row_reads_back_as_its_value(void **state)
{
	(void)state;
	for (size_t i = 0; i < kf_param_row_count; i++) {
		const struct kf_param_grammar *g = kf_param_rows[i].grammar;
		char *words = strdup(g->words ? g->names : "0");
		char *rest = words, *word;

		while ((word = strsep(&rest, " "))) {
			struct kf_param_word found;
			bool shown = false;

			assert_true(kf_param_encode(g, word, &found));
			assert_string_equal(found.word, word);
			assert_non_null(found.load);
			for (const struct kf_param_reading *r = g->readings; r && r->text; r++)
				shown |= !strcmp(r->value, found.value ? found.value : word);
			assert_true(shown || !g->words);
		}
		free(words);
	}
}

static void texts_of_all_kernels_are_read(void **state)
{
	static const struct {
		const char *module, *name, *text, *value;
	} texts[] = {
		{ "kvm_amd", "avic", "Y", "on" },
		{ "kvm_amd", "avic", "N", "off" },
		{ "kvm_amd", "avic", "1", "on" },
		{ "kvm_amd", "avic", "0", "off" },
		{ "kvm_amd", "avic", "-1", "auto" },
		{ "kvm_amd", "avic", "auto", "auto" },
		{ "kvm_amd", "avic", "AUTO", NULL },
		{ "kvm", "nx_huge_pages", "Y", "on" },
		{ "kvm", "nx_huge_pages", "N", "off" },
		{ "kvm", "nx_huge_pages", "-1", "auto" },
		{ "kvm", "nx_huge_pages", "auto", "auto" },
		{ "kvm", "nx_huge_pages", "never", "never" },
		{ "kvm", "nx_huge_pages", "never ", NULL },
		{ "kvm", "nx_huge_pages", "force", NULL },
		{ "kvm", "pi_inject_timer", "0", "off" },
		{ "kvm", "pi_inject_timer", "1", "on" },
		{ "kvm", "pi_inject_timer", "-1", "auto" },
		{ "kvm_amd", "nested", "1", "on" },
		{ "kvm_amd", "nested", "0", "off" },
		{ "kvm_amd", "nested", "2", NULL },
		{ "kvm_intel", "nested", "Y", "on" },
		{ "kvm_intel", "nested", "Y\nN", NULL },
		{ "kvm_intel", "vmentry_l1d_flush", "cond", "cond" },
		{ "kvm_intel", "vmentry_l1d_flush", "EPT disabled", "ept-disabled" },
		{ "kvm_intel", "vmentry_l1d_flush", "not required", "not-required" },
		{ "kvm_intel", "vmentry_l1d_flush", "???", NULL },
		{ "kvm", "halt_poll_ns", "0", "0" },
		{ "kvm", "halt_poll_ns", "4294967295", "4294967295" },
		{ "kvm", "halt_poll_ns", "4294967296", NULL },
		{ "kvm", "halt_poll_ns", "99999999999999999999", NULL },
		{ "kvm", "halt_poll_ns", "-1", NULL },
		{ "kvm", "halt_poll_ns", "007", NULL },
		{ "kvm", "halt_poll_ns", "+7", NULL },
		{ "kvm", "halt_poll_ns", "7 ", NULL },
		{ "kvm", "halt_poll_ns", "0x7", NULL },
		{ "kvm", "halt_poll_ns", "", NULL },
		{ "kvm_amd", "pause_filter_count", "65535", "65535" },
		{ "kvm_amd", "pause_filter_count", "65536", NULL },
		{ "kvm", "force_emulation_prefix", "-2147483648", "-2147483648" },
		{ "kvm", "force_emulation_prefix", "-2147483649", NULL },
		{ "kvm", "force_emulation_prefix", "-0", NULL },
		{ "kvm", "force_emulation_prefix", "-", NULL },
	};

	(void)state;
	for (size_t i = 0; i < KF_ARRAY_SIZE(texts); i++) {
		const char *value =
			kf_param_decode(grammar(texts[i].module, texts[i].name), texts[i].text);

		if (!value != !texts[i].value || (value && strcmp(value, texts[i].value) != 0))
			fail_msg("%s '%s' reads as %s", texts[i].name, texts[i].text,
				 value ? value : "nothing");
	}
}

static void it_is_known_what_the_kernel_makes_of_a_refused_word(void **state)
{
	static const struct {
		const char *module, *name, *word, *reading;
	} words[] = {
		{ "kvm", "nx_huge_pages", "FORCE", "would read it as off" },
		{ "kvm", "nx_huge_pages", "Never", "would read it as off" },
		{ "kvm", "nx_huge_pages", "True", "would read it as on" },
		{ "kvm", "nx_huge_pages", "ON", "would read it as on" },
		{ "kvm", "nx_huge_pages", "oFF", "would read it as off" },
		{ "kvm", "nx_huge_pages", "On", "would read it as on" },
		{ "kvm", "nx_huge_pages", "of", "would read it as off" },
		{ "kvm", "nx_huge_pages", "oFf", "would read it as off" },
		{ "kvm", "nx_huge_pages", "o", "would refuse it" },
		{ "kvm", "nx_huge_pages", " on", "would refuse it" },
		{ "kvm", "nx_huge_pages", "", "would refuse it" },
		{ "kvm", "nx_huge_pages", "never\n", "would read it as never" },
		{ "kvm", "ignore_msrs", "on\n", "would read it as on" },
		{ "kvm", "ignore_msrs", "enable", "would read it as on" },
		{ "kvm", "ignore_msrs", "0", "would read it as off" },
		{ "kvm_intel", "vmentry_l1d_flush", "Cond", "would refuse it" },
		{ "kvm_intel", "vmentry_l1d_flush", "cond\n", "would read it as cond" },
		{ "kvm", "halt_poll_ns", "0x10", "would read it as 16" },
		{ "kvm", "halt_poll_ns", "010", "would read it as 8" },
		{ "kvm", "halt_poll_ns", "+5\n", "would read it as 5" },
		{ "kvm", "halt_poll_ns", "5 ", "would refuse it" },
		{ "kvm", "halt_poll_ns", " 5", "would refuse it" },
		{ "kvm", "halt_poll_ns", "-1", "would refuse it" },
		{ "kvm", "halt_poll_ns", "4294967296", "would refuse it" },
		{ "kvm", "halt_poll_ns", "99999999999999999999", "would refuse it" },
	};
	char reading[64];

	(void)state;
	for (size_t i = 0; i < KF_ARRAY_SIZE(words); i++) {
		kf_param_kernel_reading(grammar(words[i].module, words[i].name), words[i].word,
					reading, sizeof(reading));
		assert_string_equal(reading, words[i].reading);
	}
}

static void a_text_that_means_nothing_has_no_class(void **state)
{
	(void)state;
	assert_int_equal(kf_param_why(grammar("kvm", "nx_huge_pages"), "perhaps"),
			 KVMFEAT_WHY_NONE);
	assert_int_equal(kf_param_why(grammar("kvm", "halt_poll_ns"), "5"), KVMFEAT_WHY_NONE);
	assert_int_equal(kf_param_why(grammar("kvm_intel", "vmentry_l1d_flush"), "EPT disabled"),
			 KVMFEAT_WHY_MODULE_PARAMETER);
}

static void bytes_that_are_no_whole_text_are_told_from_texts(void **state)
{
	char page[KF_PARAM_TEXT_MAX + 1];

	(void)state;
	memset(page, 'x', sizeof(page));
	page[KF_PARAM_TEXT_MAX] = '\n';
	assert_null(kf_param_flaw("Y\n", 2));
	assert_string_equal(kf_param_flaw("", 0), "is empty");
	assert_string_equal(kf_param_flaw("\n", 1), "is empty");
	assert_string_equal(kf_param_flaw("Y\0\n", 3), "holds a NUL byte");
	assert_non_null(strstr(kf_param_flaw("2000", 4), "cut off"));
	assert_non_null(strstr(kf_param_flaw(page, KF_PARAM_TEXT_MAX), "cut off"));
	assert_non_null(strstr(kf_param_flaw(page, sizeof(page)), "longer than a page"));
	assert_null(kf_param_flaw(page + 1, KF_PARAM_TEXT_MAX));
}

static void quotes_carry_no_control_byte_and_have_an_end(void **state)
{
	char quoted[KF_PARAM_QUOTE], many[200];

	(void)state;
	kf_param_quote("a\n\x1b[0m\xff", quoted);
	assert_string_equal(quoted, "a\\x0a\\x1b[0m\\xff");
	memset(many, 1, sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	kf_param_quote(many, quoted);
	assert_true(strlen(quoted) < KF_PARAM_QUOTE);
	assert_string_equal(quoted + strlen(quoted) - 3, "...");
}

/* The list's tests: a world with modules in it. */
static const struct kvmfeat_param *find(const struct kvmfeat_param_list *list, const char *name)
{
	for (size_t i = 0; i < kvmfeat_param_list_count(list); i++)
		if (!strcmp(kvmfeat_param_list_at(list, i)->name, name))
			return kvmfeat_param_list_at(list, i);
	fail_msg("%s is not in the list", name);
	return NULL;
}

static void the_list_is_in_order_and_tells_value_meaning_and_mode(void **state)
{
	struct world *w = *state;
	struct fake_params params = { 0 };
	struct kvmfeat_param_list *list;
	const struct kvmfeat_param *avic, *knob;

	fake_params(&w->fake, &params);

	assert_int_equal(kvmfeat_param_list_load(w->ctx, NULL, NULL, &list), 0);
	assert_int_equal(kvmfeat_param_list_count(list), 10);
	assert_null(kvmfeat_param_list_at(list, 10));
	for (size_t i = 1; i < 10; i++) {
		const struct kvmfeat_param *a = kvmfeat_param_list_at(list, i - 1);
		const struct kvmfeat_param *b = kvmfeat_param_list_at(list, i);
		int order = strcmp(a->module, b->module);

		assert_true(order < 0 || (!order && strcmp(a->name, b->name) < 0));
	}
	avic = find(list, "avic");
	assert_string_equal(avic->module, "kvm_amd");
	assert_string_equal(avic->raw, "Y");
	assert_string_equal(avic->value, "on");
	assert_non_null(avic->meaning);
	assert_null(avic->reason);
	assert_int_equal(avic->kind, KVMFEAT_PARAM_SWITCH);
	assert_false(avic->writable);
	assert_string_equal(avic->words, "on off auto");
	assert_string_equal(avic->load, "options kvm_amd avic=1|0|auto");
	assert_non_null(strstr(avic->change, "another load of module kvm_amd"));
	assert_true(find(list, "nx_huge_pages")->writable);
	assert_int_equal(find(list, "nx_huge_pages")->effect, KVMFEAT_PARAM_EFFECT_ZAP);
	assert_non_null(strstr(find(list, "nx_huge_pages")->change, "'never' cannot be undone"));
	assert_string_equal(find(list, "nx_huge_pages")->load,
			    "options kvm nx_huge_pages=off|force|auto|never");
	assert_string_equal(find(list, "halt_poll_ns")->load, "options kvm halt_poll_ns=NUMBER");
	assert_null(find(list, "tsc_tolerance_ppm")->change);
	knob = find(list, "vendor_knob");
	assert_int_equal(knob->kind, KVMFEAT_PARAM_UNKNOWN);
	assert_string_equal(knob->raw, "a: 1");
	assert_null(knob->value);
	assert_null(knob->words);
	assert_non_null(strstr(knob->reason, "kvm_intel.vendor_knob"));
	kvmfeat_param_list_free(list);
}

static void the_mode_comes_from_the_file_and_not_from_the_table(void **state)
{
	struct world *w = *state;
	struct fake_params params = { 0 };
	struct kvmfeat_param_list *list;

	fake_params(&w->fake, &params);
	fake_mode(&w->fake, FAKE_PARAMETERS "nx_huge_pages", 0444);
	fake_mode(&w->fake, FAKE_PARAMETERS "tdp_mmu", 0644);

	assert_int_equal(kvmfeat_param_list_load(w->ctx, "kvm", NULL, &list), 0);
	assert_false(find(list, "nx_huge_pages")->writable);
	assert_true(find(list, "tdp_mmu")->writable);
	kvmfeat_param_list_free(list);
}

static void a_module_that_is_built_in_takes_the_kernel_command_line(void **state)
{
	struct world *w = *state;
	struct fake_params params = { 0 };
	struct kvmfeat_param_list *list;

	fake_params(&w->fake, &params);
	fake_remove(&w->fake, "/sys/module/kvm_amd/initstate");
	fake_remove(&w->fake, "/sys/module/kvm/initstate");

	assert_int_equal(kvmfeat_param_list_load(w->ctx, "kvm_amd", "avic", &list), 0);
	assert_int_equal(kvmfeat_param_list_count(list), 1);
	assert_string_equal(kvmfeat_param_list_at(list, 0)->load, "kvm_amd.avic=1|0|auto");
	assert_non_null(strstr(kvmfeat_param_list_at(list, 0)->change, "start of the host"));
	kvmfeat_param_list_free(list);
	assert_int_equal(kvmfeat_param_list_load(w->ctx, "kvm", "nx_huge_pages", &list), 0);
	assert_non_null(strstr(kvmfeat_param_list_at(list, 0)->change,
			       "'never' cannot be undone until the host starts again"));
	kvmfeat_param_list_free(list);
}

static void what_is_not_there_is_told_apart(void **state)
{
	static const struct {
		const char *module, *name;
		enum kvmfeat_why why;
		const char *says;
	} missing[] = {
		{ "kvm_intel", NULL, KVMFEAT_WHY_NOT_LOADED, "kvm_intel is not loaded" },
		{ "kvm_intel", "ept", KVMFEAT_WHY_NOT_LOADED, "kvm_intel is not loaded" },
		{ "kvm_amd", "no_such", KVMFEAT_WHY_NONE, "kvm_amd has no parameter 'no_such'" },
		{ "kvm_amd", "gmet", KVMFEAT_WHY_KERNEL_VERSION, "(7.3.4) has no parameter" },
		{ "kvm_amd", "sev", KVMFEAT_WHY_KERNEL_CONFIG, "CONFIG_KVM_AMD_SEV" },
	};
	struct world *w = *state;
	struct fake_params params = { 0 };
	struct kvmfeat_param_list *list = NULL;

	fake_params(&w->fake, &params);
	fake_remove(&w->fake, "/sys/module/kvm_intel");

	for (size_t i = 0; i < KF_ARRAY_SIZE(missing); i++) {
		assert_int_equal(
			kvmfeat_param_list_load(w->ctx, missing[i].module, missing[i].name, &list),
			-ENOENT);
		assert_int_equal(kvmfeat_ctx_error(w->ctx)->why, missing[i].why);
		assert_non_null(strstr(reason(w), missing[i].says));
	}
	assert_null(list);
	assert_int_equal(kvmfeat_param_list_load(w->ctx, NULL, NULL, &list), 0);
	assert_int_equal(kvmfeat_param_list_count(list), 8);
	kvmfeat_param_list_free(list);
}

static void an_x86_parameter_is_not_missed_on_arm64(void **state)
{
	struct world *w = *state;
	struct fake_params params = { 0 };
	struct kvmfeat_param_list *list;

	fake_params(&w->fake, &params);
	fake_remove(&w->fake, FAKE_PARAMETERS "tdp_mmu");
	fake_remove(&w->fake, FAKE_PARAMETERS "halt_poll_ns");
	w->ctx->arch = KF_ARCH_ARM64;

	assert_int_equal(kvmfeat_param_list_load(w->ctx, "kvm", "tdp_mmu", &list), -ENOENT);
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->why, KVMFEAT_WHY_OTHER_ARCH);
	assert_int_equal(kvmfeat_param_list_load(w->ctx, "kvm", "halt_poll_ns", &list), -ENOENT);
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->why, KVMFEAT_WHY_KERNEL_VERSION);
}

static void without_sysfs_nothing_is_said_about_modules(void **state)
{
	static const char *const modules[] = { NULL, "kvm" };
	struct world *w = *state;
	struct kvmfeat_param_list *list;

	for (size_t i = 0; i < KF_ARRAY_SIZE(modules); i++) {
		assert_int_equal(kvmfeat_param_list_load(w->ctx, modules[i], NULL, &list), -ENOENT);
		assert_int_equal(kvmfeat_ctx_error(w->ctx)->why, KVMFEAT_WHY_NONE);
		assert_string_equal(kvmfeat_ctx_error(w->ctx)->remedy, "mount /sys");
	}
	fake_dir(&w->fake, "/sys/module");
	assert_int_equal(kvmfeat_param_list_load(w->ctx, NULL, NULL, &list), 0);
	assert_int_equal(kvmfeat_param_list_count(list), 0);
	kvmfeat_param_list_free(list);
}

static void a_module_without_parameters_has_an_empty_list(void **state)
{
	struct world *w = *state;
	struct kvmfeat_param_list *list;

	fake_dir(&w->fake, "/sys/module/kvm_amd");
	assert_int_equal(kvmfeat_param_list_load(w->ctx, "kvm_amd", NULL, &list), 0);
	assert_int_equal(kvmfeat_param_list_count(list), 0);
	kvmfeat_param_list_free(list);
}

static void hostile_names_reach_no_path(void **state)
{
	static const char *const names[] = {
		"",	 ".",	   "..",       "../kvm",     "a/b",  "/etc/passwd",
		"avic ", "avic\n", "av\x01ic", "av\xc3\xa9", "AVIC", "a.b",
	};
	static const char *const modules[] = { "", "KVM", "kvm-amd", "../kvm", "kvm\n", "kvmx" };
	struct world *w = *state;
	struct kvmfeat_param_list *list;
	char name[KF_PARAM_NAME + 1];
	unsigned int calls = w->fake.calls;

	memset(name, 'a', KF_PARAM_NAME);
	name[KF_PARAM_NAME] = '\0';
	assert_int_equal(kvmfeat_param_list_load(w->ctx, "kvm", name, &list), -EINVAL);
	for (size_t i = 0; i < KF_ARRAY_SIZE(names); i++) {
		assert_int_equal(kvmfeat_param_list_load(w->ctx, "kvm", names[i], &list), -EINVAL);
		assert_string_equal(kvmfeat_ctx_error(w->ctx)->value, names[i]);
		assert_null(strpbrk(reason(w), "\n\x01"));
	}
	for (size_t i = 0; i < KF_ARRAY_SIZE(modules); i++) {
		assert_int_equal(kvmfeat_param_list_load(w->ctx, modules[i], NULL, &list), -EINVAL);
		assert_string_equal(kvmfeat_ctx_error(w->ctx)->value, modules[i]);
	}
	assert_int_equal(kvmfeat_param_list_load(w->ctx, NULL, "avic", &list), -EINVAL);
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->origin, KVMFEAT_ORIGIN_LIBRARY);
	assert_int_equal(w->fake.calls, calls);
	name[KF_PARAM_NAME - 1] = '\0';
	assert_int_equal(kvmfeat_param_list_load(w->ctx, "kvm", name, &list), -ENOENT);
}

static void a_broken_text_gives_a_reason_and_no_value(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *raw, *says;
	} texts[] = {
		{ "", 0, NULL, "is empty" },
		{ "\n", 1, NULL, "is empty" },
		{ "Y\0\n", 3, NULL, "NUL" },
		{ "Y", 1, NULL, "cut off" },
		{ "maybe\x1b[2J\n", 10, "maybe\x1b[2J", "'maybe\\x1b[2J' is no value" },
	};
	struct world *w = *state;
	struct fake_params params = { 0 };
	struct kvmfeat_param_list *list;

	fake_params(&w->fake, &params);
	for (size_t i = 0; i < KF_ARRAY_SIZE(texts); i++) {
		const struct kvmfeat_param *param;

		fake_file_bytes(&w->fake, FAKE_PARAMETERS "nx_huge_pages", texts[i].bytes,
				texts[i].size);
		assert_int_equal(kvmfeat_param_list_load(w->ctx, "kvm", "nx_huge_pages", &list), 0);
		param = kvmfeat_param_list_at(list, 0);
		assert_null(param->value);
		assert_null(param->meaning);
		if (texts[i].raw)
			assert_string_equal(param->raw, texts[i].raw);
		else
			assert_null(param->raw);
		assert_non_null(strstr(param->reason, texts[i].says));
		assert_non_null(strstr(param->reason, "nx_huge_pages"));
		kvmfeat_param_list_free(list);
	}
}

static void an_unreadable_parameter_is_listed_with_its_mode_and_reason(void **state)
{
	struct world *w = *state;
	struct fake_params params = { .read_open_error = -EACCES };
	struct kvmfeat_param_list *list;
	const struct kvmfeat_param *param;

	fake_params(&w->fake, &params);

	assert_int_equal(kvmfeat_param_list_load(w->ctx, "kvm", "nx_huge_pages", &list), 0);
	param = kvmfeat_param_list_at(list, 0);
	assert_null(param->raw);
	assert_null(param->value);
	assert_true(param->writable);
	assert_int_equal(param->why, KVMFEAT_WHY_PERMISSION);
	assert_non_null(strstr(param->reason, FAKE_PARAMETERS "nx_huge_pages"));
	assert_non_null(strstr(param->reason, "Permission denied"));
	assert_int_equal(param->kind, KVMFEAT_PARAM_SWITCH);
	kvmfeat_param_list_free(list);
}

static void odd_entries_of_a_captured_tree_do_no_harm(void **state)
{
	struct world *w = *state;
	struct fake_params params = { 0 };
	struct kvmfeat_param_list *list;
	char fifo[256];

	fake_params(&w->fake, &params);
	fake_file(&w->fake, FAKE_PARAMETERS "bad\nname", "1\n");
	fake_dir(&w->fake, FAKE_PARAMETERS "directory");
	fake_file(&w->fake, "/secret", "inside\n");
	fake_link(&w->fake, FAKE_PARAMETERS "link", "/secret");
	fake_link(&w->fake, FAKE_PARAMETERS "up", "../../../../../../../../secret");
	fake_link(&w->fake, FAKE_PARAMETERS "dangling", "/etc/hostname");
	snprintf(fifo, sizeof(fifo), "%s%s", w->fake.root, FAKE_PARAMETERS "pipe");
	assert_int_equal(mkfifo(fifo, 0644), 0);

	assert_int_equal(kvmfeat_ctx_set_root(w->ctx, w->fake.root), 0);
	assert_int_equal(kvmfeat_param_list_load(w->ctx, "kvm", NULL, &list), 0);
	assert_int_equal(kvmfeat_param_list_count(list), 6 + 4);
	assert_non_null(strstr(find(list, "directory")->reason, "no regular file"));
	assert_non_null(strstr(find(list, "pipe")->reason, "no regular file"));
	assert_string_equal(find(list, "link")->raw, "inside");
	assert_string_equal(find(list, "up")->raw, "inside");
	kvmfeat_param_list_free(list);
}

static void every_failing_call_of_a_list_leaves_nothing_behind(void **state)
{
	static const int errors[] = { -EIO, -EACCES, -EMFILE };
	struct world *w = *state;
	struct fake_params params = { 0 };
	unsigned int before, failures = 0;

	fake_params(&w->fake, &params);
	before = open_fds();
	for (size_t e = 0; e < KF_ARRAY_SIZE(errors); e++) {
		w->fake.failed = true;
		for (unsigned int n = 1; w->fake.failed; n++) {
			struct kvmfeat_param_list *list = NULL;
			int err;

			w->fake.calls = 0;
			w->fake.fail_at = n;
			w->fake.fail_error = errors[e];
			w->fake.failed = false;
			err = kvmfeat_param_list_load(w->ctx, NULL, NULL, &list);
			assert_true(err ? !list && *reason(w) : list != NULL);
			if (err)
				assert_int_equal(err, w->fake.fail_error);
			failures += err != 0;
			kvmfeat_param_list_free(list);
			assert_int_equal(open_fds(), before);
		}
	}
	assert_true(failures >= 3 * 6);
}

static void an_interrupted_read_is_repeated(void **state)
{
	struct world *w = *state;
	struct fake_params params = { 0 };
	unsigned int repeated = 0;

	fake_params(&w->fake, &params);
	w->fake.failed = true;
	for (unsigned int n = 1; w->fake.failed; n++) {
		struct kvmfeat_param_list *list;

		w->fake.calls = 0;
		w->fake.fail_at = n;
		w->fake.fail_error = -EINTR;
		w->fake.failed = false;
		if (kvmfeat_param_list_load(w->ctx, "kvm", "nx_huge_pages", &list))
			continue;
		if (w->fake.failed && kvmfeat_param_list_at(list, 0)->value)
			repeated++;
		kvmfeat_param_list_free(list);
	}
	/* the text, its end, and the probe of initstate, which tells nothing of the value */
	assert_int_equal(repeated, 3);
}

static void kinds_and_effects_have_names(void **state)
{
	(void)state;
	assert_string_equal(kvmfeat_param_kind_name(KVMFEAT_PARAM_UNKNOWN), "unknown");
	assert_string_equal(kvmfeat_param_kind_name(KVMFEAT_PARAM_BOOL), "bool");
	assert_string_equal(kvmfeat_param_kind_name(KVMFEAT_PARAM_INT), "int");
	assert_string_equal(kvmfeat_param_kind_name(KVMFEAT_PARAM_UINT), "uint");
	assert_string_equal(kvmfeat_param_kind_name(KVMFEAT_PARAM_SWITCH), "switch");
	assert_string_equal(kvmfeat_param_kind_name(KVMFEAT_PARAM_WORD), "word");
	assert_string_equal(kvmfeat_param_kind_name((enum kvmfeat_param_kind)99), "unknown");
	assert_string_equal(kvmfeat_param_effect_name(KVMFEAT_PARAM_EFFECT_NONE), "none");
	assert_string_equal(kvmfeat_param_effect_name(KVMFEAT_PARAM_EFFECT_ALL_VMS), "all-vms");
	assert_string_equal(kvmfeat_param_effect_name(KVMFEAT_PARAM_EFFECT_ZAP), "zap");
	assert_string_equal(kvmfeat_param_effect_name(KVMFEAT_PARAM_EFFECT_IRREVERSIBLE),
			    "irreversible");
	assert_string_equal(kvmfeat_param_effect_name((enum kvmfeat_param_effect)99), "none");
	kvmfeat_param_list_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(the_table_is_in_order_and_every_row_is_whole),
		WORLD_TEST(every_word_of_every_row_reads_back_as_its_value),
		WORLD_TEST(texts_of_all_kernels_are_read),
		WORLD_TEST(it_is_known_what_the_kernel_makes_of_a_refused_word),
		WORLD_TEST(a_text_that_means_nothing_has_no_class),
		WORLD_TEST(bytes_that_are_no_whole_text_are_told_from_texts),
		WORLD_TEST(quotes_carry_no_control_byte_and_have_an_end),
		WORLD_TEST(the_list_is_in_order_and_tells_value_meaning_and_mode),
		WORLD_TEST(the_mode_comes_from_the_file_and_not_from_the_table),
		WORLD_TEST(a_module_that_is_built_in_takes_the_kernel_command_line),
		WORLD_TEST(what_is_not_there_is_told_apart),
		WORLD_TEST(an_x86_parameter_is_not_missed_on_arm64),
		WORLD_TEST(without_sysfs_nothing_is_said_about_modules),
		WORLD_TEST(a_module_without_parameters_has_an_empty_list),
		WORLD_TEST(hostile_names_reach_no_path),
		WORLD_TEST(a_broken_text_gives_a_reason_and_no_value),
		WORLD_TEST(an_unreadable_parameter_is_listed_with_its_mode_and_reason),
		WORLD_TEST(odd_entries_of_a_captured_tree_do_no_harm),
		WORLD_TEST(every_failing_call_of_a_list_leaves_nothing_behind),
		WORLD_TEST(an_interrupted_read_is_repeated),
		WORLD_TEST(kinds_and_effects_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
