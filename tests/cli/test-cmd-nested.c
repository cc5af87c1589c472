// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmfeat nested show and diff, and the files that every verb reads. */
#define _GNU_SOURCE
#include "states.h"

#include <sys/stat.h>
#include <unistd.h>

static void show_prints_areas_under_their_names(void **state)
{
	static const char expected[] = "format: svm\n"
				       "flags: GUEST_MODE,GIF_SET\n"
				       "\n"
				       "header\n"
				       "NAME           OFFSET VALUE  TEXT\n"
				       "header.flags   0x0    0x101  GUEST_MODE GIF_SET\n"
				       "header.format  0x2    0x1    SVM\n"
				       "header.size    0x4    0x1080 \n"
				       "header.vmcb_pa 0x8    0x5000 \n"
				       "\n"
				       "L2 control\n"
				       "NAME         OFFSET VALUE\n"
				       "control.asid 0xd8   0x1\n"
				       "\n"
				       "L1 host save area\n"
				       "NAME     OFFSET VALUE      TEXT\n"
				       "save.cr0 0x5d8  0x80050033 PE MP ET NE WP AM PG\n";
	uint8_t bytes[SVM_BYTES];
	struct world *w = *state;
	struct result r;

	kvmfeat_nested_init(w->ctx, KVMFEAT_NESTED_SVM, 0x101, bytes, sizeof(bytes));
	set(w, KVMFEAT_NESTED_SVM, bytes, "header.vmcb_pa", 0x5000);
	set(w, KVMFEAT_NESTED_SVM, bytes, "control.asid", 1);
	set(w, KVMFEAT_NESTED_SVM, bytes, "save.cr0", 0x80050033);
	r = run(w, "nested", "show", write_state(w, "state", bytes, sizeof(bytes)), NULL);

	assert_int_equal(r.status, 0);
	assert_memory_equal(r.out, expected, sizeof(expected) - 1);
	assert_non_null(strstr(r.out, " fields are 0 and not shown (--all)\n"));
	assert_string_equal(r.err, "");
	result_free(&r);
}

static void show_all_has_fields_that_are_0(void **state)
{
	uint8_t bytes[HEADER_BYTES];
	struct world *w = *state;
	struct result r;

	kvmfeat_nested_init(w->ctx, KVMFEAT_NESTED_SVM, 0x100, bytes, sizeof(bytes));
	r = run(w, "nested", "show", "--all", write_state(w, "state", bytes, sizeof(bytes)), NULL);

	assert_int_equal(r.status, 0);
	assert_non_null(strstr(r.out, "\nheader.vmcb_pa      0x8    0x0 "));
	assert_non_null(strstr(r.out, "\nheader.reserved_018 0x18   0x0 "));
	assert_null(strstr(r.out, "not shown"));
	result_free(&r);
}

static void json_has_the_keys_that_scripts_rely_on(void **state)
{
	uint8_t bytes[SVM_BYTES];
	struct world *w = *state;
	struct result r;

	svm_state(w, bytes);
	r = run(w, "nested", "show", "--json", write_state(w, "state", bytes, sizeof(bytes)), NULL);

	assert_int_equal(r.status, 0);
	assert_string_equal(json_text(&r, "command"), "nested show");
	assert_string_equal(json_text(&r, "data.format"), "svm");
	assert_int_equal(json_array_size(json_path(&r, "data.flags")), 2);
	assert_string_equal(json_text(&r, "data.flags.0"), "GUEST_MODE");
	assert_string_equal(json_text(&r, "data.flags.1"), "GIF_SET");
	assert_string_equal(json_text(&r, "data.fields.0.name"), "header.flags");
	assert_string_equal(json_text(&r, "data.fields.0.area"), "header");
	assert_int_equal(json_number(&r, "data.fields.0.offset"), 0);
	assert_int_equal(json_number(&r, "data.fields.0.width"), 2);
	assert_string_equal(json_text(&r, "data.fields.0.value"), "0x101");
	assert_string_equal(json_text(&r, "data.fields.0.text"), "GUEST_MODE GIF_SET");
	assert_string_equal(json_text(&r, "data.fields.4.name"), "header.gpat");
	assert_string_equal(json_text(&r, "data.fields.4.value"), "0x0");
	result_free(&r);
}

static void a_vmx_state_has_vmcs12_and_its_shadow(void **state)
{
	static const struct {
		const char *name, *value;
	} fields[] = { { "vmcs12.guest_rip", "0x1234" }, { "header.vmxon_pa", "0x1000" } };
	uint8_t bytes[VMX_BYTES];
	struct world *w = *state;
	const char *path;
	struct result r;

	kvmfeat_nested_init(w->ctx, KVMFEAT_NESTED_VMX, 0x1, bytes, sizeof(bytes));
	set(w, KVMFEAT_NESTED_VMX, bytes, "header.vmxon_pa", 0x1000);
	set(w, KVMFEAT_NESTED_VMX, bytes, "vmcs12.guest_rip", 0x1234);
	bytes[4224] = 1;
	path = write_state(w, "state", bytes, sizeof(bytes));
	for (size_t i = 0; i < KF_ARRAY_SIZE(fields); i++) {
		r = run(w, "nested", "show", "--field", fields[i].name, "--json", path, NULL);
		assert_string_equal(json_text(&r, "data.format"), "vmx");
		assert_string_equal(json_text(&r, "data.fields.0.value"), fields[i].value);
		result_free(&r);
	}
	r = run(w, "nested", "show", path, NULL);
	assert_non_null(strstr(r.out, "\nvmcs12\nNAME"));
	assert_non_null(strstr(r.out, "\nshadow vmcs12\nNAME"));
	result_free(&r);
}

static void one_field_is_its_value_alone(void **state)
{
	uint8_t bytes[SVM_BYTES];
	struct world *w = *state;
	struct result r;

	svm_state(w, bytes);
	r = run(w, "nested", "show", "--field=control.nested_cr3",
		write_state(w, "state", bytes, sizeof(bytes)), NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal(r.out, "0x6000\n");
	result_free(&r);

	r = run(w, "nested", "show", "--field=control.nested_cr3", "--json", path_of(w, "state"),
		NULL);
	assert_int_equal(json_array_size(json_path(&r, "data.fields")), 1);
	assert_string_equal(json_text(&r, "data.fields.0.name"), "control.nested_cr3");
	assert_string_equal(json_text(&r, "data.fields.0.area"), "L2 control");
	result_free(&r);
}

/* In memory order: the number that they would be depends on the machine. */
static void bytes_are_hexadecimal_in_the_order_of_memory(void **state)
{
	uint8_t bytes[SVM_BYTES];
	struct world *w = *state;
	const char *path;
	struct result r;

	svm_state(w, bytes);
	memcpy(bytes + HEADER_BYTES + 0xd1, "\x0f\x01\xd8", 3);
	memcpy(bytes + HEADER_BYTES + 0x148 + 0x20, "0123456789abcdefg", 17);
	path = write_state(w, "state", bytes, sizeof(bytes));
	r = run(w, "nested", "show", "--field=control.insn_bytes", path, NULL);
	assert_string_equal(r.out, "0x0f01d8000000000000000000000000\n");
	result_free(&r);

	r = run(w, "nested", "show", "--field=control.reserved_148", path, NULL);
	assert_string_equal(r.out, "+0x20: 0x30313233343536373839616263646566...\n");
	result_free(&r);

	r = run(w, "nested", "show", "--field=control.reserved_148", "--json", path, NULL);
	assert_int_equal(strlen(json_text(&r, "data.fields.0.value")), 2 + 2 * 664);
	assert_memory_equal(json_text(&r, "data.fields.0.value") + 2 + 2 * 0x20, "30313233", 8);
	result_free(&r);
}

static void a_field_that_is_not_there_fails_by_name(void **state)
{
	uint8_t bytes[HEADER_BYTES];
	struct world *w = *state;
	const char *path;
	struct result r;

	kvmfeat_nested_init(w->ctx, KVMFEAT_NESTED_SVM, 0x100, bytes, sizeof(bytes));
	path = write_state(w, "state", bytes, sizeof(bytes));
	r = run(w, "nested", "show", "--field=vmcs12.guest_rip", "--json", path, NULL);
	assert_int_equal(r.status, 1);
	assert_string_equal(json_text(&r, "error.reason"),
			    "no field of svm is called 'vmcs12.guest_rip'");
	result_free(&r);

	r = run(w, "nested", "show", "--field=control.asid", "--json", path, NULL);
	assert_int_equal(r.status, 1);
	assert_non_null(strstr(json_text(&r, "error.reason"),
			       "ends at offset 128 and has no control.asid"));
	result_free(&r);

	r = run(w, "nested", "diff", "--field=x\x1b[m", path, path, NULL);
	assert_int_equal(r.status, 1);
	assert_string_equal(r.err, "kvmfeat: no field of svm is called 'x\\x1b[m'\n");
	result_free(&r);
}

/* Every verb that reads a state refuses @path, with these words. */
static void assert_refused(struct world *w, const char *path, const char *errno_name,
			   const char *words)
{
	static const char *const verbs[] = { "show", "check", "diff" };

	for (size_t i = 0; i < KF_ARRAY_SIZE(verbs); i++) {
		struct result r =
			run(w, "nested", verbs[i], "--json", path, i == 2 ? path : NULL, NULL);

		assert_int_equal(r.status, 1);
		assert_int_equal(json_number(&r, "error.status"), 1);
		assert_string_equal(json_text(&r, "error.errno"), errno_name);
		if (!strstr(json_text(&r, "error.reason"), words))
			fail_msg("'%s' lacks '%s'", json_text(&r, "error.reason"), words);
		assert_non_null(strstr(r.err, words));
		result_free(&r);
	}
}

static void what_is_no_state_is_refused_with_offset_and_rule(void **state)
{
	static uint8_t large[64 * 1024 + 1];
	uint8_t bytes[SVM_BYTES + 8];
	struct world *w = *state;

	svm_state(w, bytes);
	assert_refused(w, write_state(w, "empty", "", 0), "EBADMSG", "at offset 0");
	assert_refused(w, write_state(w, "short", bytes, 127), "EBADMSG", "at offset 127");
	assert_refused(w, write_state(w, "cut", bytes, SVM_BYTES - 1), "EBADMSG",
		       "at offset 4 of 4223 bytes");
	bytes[2] = 7;
	assert_refused(w, write_state(w, "format", bytes, SVM_BYTES), "EBADMSG",
		       "neither 0 (VMX) nor 1 (SVM): 7 at offset 2");
	assert_refused(w, write_state(w, "large", large, sizeof(large)), "EFBIG",
		       "larger than 64 KiB, too much for a nested state");
	assert_refused(w, path_of(w, "nothing"), "ENOENT", "/nothing: No such file or directory");
	assert_refused(w, w->fake.root, "EISDIR", "Is a directory");
}

static void padding_behind_the_state_is_zero(void **state)
{
	uint8_t bytes[SVM_BYTES + 8] = { 0 };
	struct world *w = *state;
	struct result r;

	svm_state(w, bytes);
	r = run(w, "nested", "show", write_state(w, "padded", bytes, sizeof(bytes)), NULL);
	assert_int_equal(r.status, 0);
	result_free(&r);

	bytes[SVM_BYTES + 7] = 1;
	assert_refused(w, write_state(w, "more", bytes, sizeof(bytes)), "EBADMSG",
		       "the state ends at offset 4224, as its header says, but byte 4231 is not 0");
}

static void a_file_that_may_not_be_read_ends_with_status_4(void **state)
{
	const uid_t user = geteuid();
	struct world *w = *state;
	struct result r;

	write_state(w, "mine", "", 0);
	chmod(path_of(w, "mine"), 0);
	/* root may read everything */
	if (!user)
		assert_int_equal(seteuid(65534), 0);
	r = run(w, "nested", "show", "--json", path_of(w, "mine"), NULL);
	if (!user)
		assert_int_equal(seteuid(user), 0);

	assert_int_equal(r.status, 4);
	assert_string_equal(json_text(&r, "error.errno"), "EACCES");
	result_free(&r);
}

static void a_name_cannot_drive_the_terminal(void **state)
{
	struct world *w = *state;
	struct result r = run(w, "nested", "show", "\x1b[31m\xff\n", NULL);

	assert_int_equal(r.status, 1);
	assert_string_equal(r.err, "kvmfeat: cannot read \\x1b[31m\\xff\\x0a: "
				   "No such file or directory\n");
	result_free(&r);
}

/* The command with @path as its standard input. */
static struct result run_on(struct world *w, const char *path, const char *verb, const char *first,
			    const char *second)
{
	int saved = dup(STDIN_FILENO);
	FILE *from = freopen(path, "re", stdin);
	struct result r;

	assert_non_null(from);
	r = run(w, "nested", verb, first, second, NULL);
	assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
	close(saved);
	return r;
}

static void a_dash_is_standard_input(void **state)
{
	uint8_t bytes[SVM_BYTES];
	struct world *w = *state;
	const char *path;
	struct result r;

	svm_state(w, bytes);
	path = write_state(w, "state", bytes, sizeof(bytes));
	r = run_on(w, path, "show", "-", "--field=control.asid");
	assert_int_equal(r.status, 0);
	assert_string_equal(r.out, "0x1\n");
	result_free(&r);

	r = run_on(w, path, "diff", "-", path);
	assert_int_equal(r.status, 0);
	result_free(&r);

	r = run_on(w, write_state(w, "short", bytes, 5), "show", "-", NULL);
	assert_int_equal(r.status, 1);
	assert_non_null(strstr(r.err, "cannot read standard input: "));
	result_free(&r);

	r = run_on(w, path, "diff", "-", "-");
	assert_int_equal(r.status, 2);
	assert_non_null(strstr(r.err, "standard input cannot be both states"));
	result_free(&r);
}

static void diff_tells_fields_and_ends_with_status_5(void **state)
{
	uint8_t a[SVM_BYTES], b[SVM_BYTES];
	struct world *w = *state;
	struct result r;

	svm_state(w, a);
	svm_state(w, b);
	set(w, KVMFEAT_NESTED_SVM, b, "control.asid", 2);
	set(w, KVMFEAT_NESTED_SVM, b, "save.cr3", 0x8000);
	r = run(w, "nested", "diff", write_state(w, "a", a, sizeof(a)),
		write_state(w, "b", b, sizeof(b)), NULL);
	assert_int_equal(r.status, 5);
	assert_string_equal(r.out, "NAME         OFFSET A      B\n"
				   "control.asid 0xd8   0x1    0x2\n"
				   "save.cr3     0x5d0  0x7000 0x8000\n");
	assert_non_null(strstr(r.err, "/b differ in 2 fields\n"));
	result_free(&r);

	r = run(w, "nested", "diff", "--json", path_of(w, "a"), path_of(w, "b"), NULL);
	assert_int_equal(r.status, 5);
	assert_int_equal(json_array_size(json_path(&r, "data.differences")), 2);
	assert_string_equal(json_text(&r, "data.differences.1.name"), "save.cr3");
	assert_int_equal(json_number(&r, "data.differences.1.offset"), 0x5d0);
	assert_string_equal(json_text(&r, "data.differences.1.a"), "0x7000");
	assert_string_equal(json_text(&r, "data.differences.1.b"), "0x8000");
	result_free(&r);

	r = run(w, "nested", "diff", "--field=save.cr3", "--json", path_of(w, "a"), path_of(w, "b"),
		NULL);
	assert_int_equal(r.status, 5);
	assert_int_equal(json_array_size(json_path(&r, "data.differences")), 1);
	result_free(&r);

	r = run(w, "nested", "diff", "--field=save.cr0", path_of(w, "a"), path_of(w, "b"), NULL);
	assert_int_equal(r.status, 0);
	result_free(&r);
}

static void diff_shows_where_long_fields_differ(void **state)
{
	uint8_t a[SVM_BYTES], b[SVM_BYTES];
	struct world *w = *state;
	struct result r;

	svm_state(w, a);
	a[HEADER_BYTES + 0x148] = 1;
	memcpy(b, a, sizeof(b));
	b[HEADER_BYTES + 0x148 + 650] = 2;
	r = run(w, "nested", "diff", write_state(w, "a", a, sizeof(a)),
		write_state(w, "b", b, sizeof(b)), NULL);

	assert_int_equal(r.status, 5);
	assert_non_null(strstr(r.out, " +0x28a: 0x0000000000000000000000000000 "
				      "+0x28a: 0x0200000000000000000000000000\n"));
	result_free(&r);
}

static void what_kvm_changes_is_no_difference_unless_asked_for(void **state)
{
	uint8_t a[SVM_BYTES], b[SVM_BYTES];
	struct world *w = *state;
	struct result r;

	svm_state(w, a);
	svm_state(w, b);
	set(w, KVMFEAT_NESTED_SVM, b, "control.clean", 0x3);
	write_state(w, "a", a, sizeof(a));
	write_state(w, "b", b, sizeof(b));
	r = run(w, "nested", "diff", path_of(w, "a"), path_of(w, "b"), NULL);
	assert_int_equal(r.status, 0);
	assert_non_null(strstr(r.out, "do not differ, but for 1 field that KVM"));
	result_free(&r);

	r = run(w, "nested", "diff", "--all", path_of(w, "a"), path_of(w, "b"), NULL);
	assert_int_equal(r.status, 5);
	assert_non_null(strstr(r.out, "control.clean"));
	result_free(&r);

	r = run(w, "nested", "diff", "--all", path_of(w, "a"), path_of(w, "a"), NULL);
	assert_int_equal(r.status, 0);
	assert_non_null(strstr(r.out, "/a do not differ\n"));
	result_free(&r);
}

static void a_field_that_one_state_lacks_is_null(void **state)
{
	uint8_t a[SVM_BYTES], b[HEADER_BYTES];
	struct world *w = *state;
	struct result r;

	svm_state(w, a);
	kvmfeat_nested_init(w->ctx, KVMFEAT_NESTED_SVM, 0x101, b, sizeof(b));
	write_state(w, "a", a, sizeof(a));
	write_state(w, "b", b, sizeof(b));
	r = run(w, "nested", "diff", "--json", "--field=control.asid", path_of(w, "a"),
		path_of(w, "b"), NULL);
	assert_string_equal(json_text(&r, "data.differences.0.a"), "0x1");
	assert_true(json_is_null(json_path(&r, "data.differences.0.b")));
	result_free(&r);

	r = run(w, "nested", "diff", "--json", "--field=control.asid", path_of(w, "b"),
		path_of(w, "a"), NULL);
	assert_true(json_is_null(json_path(&r, "data.differences.0.a")));
	result_free(&r);
}

static void states_of_two_formats_cannot_be_compared(void **state)
{
	uint8_t a[HEADER_BYTES], b[HEADER_BYTES];
	struct world *w = *state;
	struct result r;

	kvmfeat_nested_init(w->ctx, KVMFEAT_NESTED_SVM, 0, a, sizeof(a));
	kvmfeat_nested_init(w->ctx, KVMFEAT_NESTED_VMX, 0, b, sizeof(b));
	write_state(w, "a", a, sizeof(a));
	write_state(w, "b", b, sizeof(b));
	r = run(w, "nested", "diff", "--json", path_of(w, "a"), path_of(w, "b"), NULL);

	assert_int_equal(r.status, 1);
	assert_string_equal(json_text(&r, "error.errno"), "EINVAL");
	assert_non_null(strstr(json_text(&r, "error.reason"), "cannot compare "));
	result_free(&r);
}

static void completion_offers_each_field_once(void **state)
{
	struct world *w = *state;
	struct result r = run(w, "--complete", "nested", "show", "--field=header.s", NULL);

	assert_string_equal(r.out, "--field=header.size\n--field=header.smm.flags\n");
	result_free(&r);
	r = run(w, "--complete", "nested", "diff", "--field", "control.asi", NULL);
	assert_string_equal(r.out, "control.asid\n");
	result_free(&r);
	r = run(w, "--complete", "nested", "show", "", NULL);
	assert_string_equal(r.out, "");
	result_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(show_prints_areas_under_their_names),
		WORLD_TEST(show_all_has_fields_that_are_0),
		WORLD_TEST(json_has_the_keys_that_scripts_rely_on),
		WORLD_TEST(a_vmx_state_has_vmcs12_and_its_shadow),
		WORLD_TEST(one_field_is_its_value_alone),
		WORLD_TEST(bytes_are_hexadecimal_in_the_order_of_memory),
		WORLD_TEST(a_field_that_is_not_there_fails_by_name),
		WORLD_TEST(what_is_no_state_is_refused_with_offset_and_rule),
		WORLD_TEST(padding_behind_the_state_is_zero),
		WORLD_TEST(a_file_that_may_not_be_read_ends_with_status_4),
		WORLD_TEST(a_name_cannot_drive_the_terminal),
		WORLD_TEST(a_dash_is_standard_input),
		WORLD_TEST(diff_tells_fields_and_ends_with_status_5),
		WORLD_TEST(diff_shows_where_long_fields_differ),
		WORLD_TEST(what_kvm_changes_is_no_difference_unless_asked_for),
		WORLD_TEST(a_field_that_one_state_lacks_is_null),
		WORLD_TEST(states_of_two_formats_cannot_be_compared),
		WORLD_TEST(completion_offers_each_field_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
