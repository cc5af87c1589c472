// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmfeat nested check: verdicts, and what is told of the target. */
#include "states.h"

#include "x86-abi.h"

#define ENTRY(function, index, flags, eax, ebx, ecx, edx)                                          \
	"{\"function\":\"" #function "\",\"index\":\"" #index "\",\"flags\":\"" #flags             \
	"\",\"eax\":\"" #eax "\",\"ebx\":\"" #ebx "\",\"ecx\":\"" #ecx "\",\"edx\":\"" #edx "\"}"
#define DOCUMENT(entries)                                                                          \
	"{\"kvmfeat\":1,\"command\":\"cap cpuid\",\"data\":{\"entries\":[" entries "]}}"

/* SVM, NX and long mode; nested paging; MAXPHYADDR 48. */
static const char target_cpuid[] =
	DOCUMENT(ENTRY(0x80000000, 0x0, 0x0, 0x8000000a, 0x0, 0x0, 0x0) "," ENTRY(
		0x80000001, 0x0, 0x0, 0x0, 0x0, 0x4,
		0x20100000) "," ENTRY(0x80000008, 0x0, 0x0, 0x3030, 0x0, 0x0,
				      0x0) "," ENTRY(0x8000000a, 0x0, 0x0, 0x1, 0x8, 0x0, 0x1));

/* All that can be told of a target that takes svm_state(). */
#define TARGET                                                                                     \
	"--maxphyaddr=48", "--efer=0x1d01", "--cr0=0x80050033", "--cr3=4096", "--smm=no",          \
		"--own-pat=no", "--max-bytes=4224"

static const char *cpuid_option(struct world *w, const char *text)
{
	static char option[160];

	fake_file(&w->fake, "/cpuid.json", text);
	snprintf(option, sizeof(option), "--cpuid=%s", path_of(w, "cpuid.json"));
	return option;
}

/* The index in the document of the finding with this id. */
static int find(const struct result *r, const char *id)
{
	const json_t *list = json_path(r, "data.findings");
	size_t i;
	json_t *finding;

	json_array_foreach(list, i, finding)
	{
		if (!strcmp(json_string_value(json_object_get(finding, "id")), id))
			return (int)i;
	}
	fail_msg("no %s in: %s", id, r->out);
	return -1;
}

static const json_t *of_finding(const struct result *r, const char *id, const char *key)
{
	char path[64];

	snprintf(path, sizeof(path), "data.findings.%d.%s", find(r, id), key);
	return json_path(r, path);
}

static const char *text_of(const struct result *r, const char *id, const char *key)
{
	return json_string_value(of_finding(r, id, key));
}

static void a_state_that_kvm_takes_ends_with_status_0(void **state)
{
	uint8_t bytes[SVM_BYTES];
	struct world *w = *state;
	const char *option, *path;
	struct result r;

	svm_state(w, bytes);
	path = write_state(w, "state", bytes, sizeof(bytes));
	option = cpuid_option(w, target_cpuid);
	r = run(w, "nested", "check", TARGET, option, path, NULL);
	assert_int_equal(r.status, 0);
	assert_memory_equal(r.out, "verdict: ok\nKVM takes ", 22);
	assert_non_null(strstr(r.out, "/state as it is\n"));
	assert_string_equal(r.err, "");
	result_free(&r);

	r = run(w, "nested", "check", TARGET, option, "--all", path, NULL);
	assert_non_null(strstr(r.out, "\nok      control.asid "));
	result_free(&r);

	r = run(w, "nested", "check", TARGET, option, "--json", path, NULL);
	assert_string_equal(json_text(&r, "data.verdict"), "ok");
	assert_string_equal(text_of(&r, "svm.asid", "verdict"), "ok");
	assert_string_equal(text_of(&r, "svm.asid", "field"), "control.asid");
	assert_int_equal(json_integer_value(of_finding(&r, "svm.asid", "offset")), 0xd8);
	assert_string_equal(text_of(&r, "svm.asid", "value"), "0x1");
	assert_true(json_is_null(of_finding(&r, "svm.asid", "becomes")));
	assert_true(json_is_null(of_finding(&r, "svm.asid", "missing")));
	assert_true(json_is_null(of_finding(&r, "svm.vcpu-efer", "offset")));
	assert_string_equal(text_of(&r, "svm.vcpu-efer", "value"), "0x1d01");
	result_free(&r);
}

static void a_state_that_kvm_refuses_ends_with_status_5(void **state)
{
	uint8_t bytes[SVM_BYTES];
	struct world *w = *state;
	const char *option, *path;
	struct result r;

	svm_state(w, bytes);
	set(w, KVMFEAT_NESTED_SVM, bytes, "control.asid", 0);
	set(w, KVMFEAT_NESTED_SVM, bytes, "save.cr0", 0x33);
	path = write_state(w, "state", bytes, sizeof(bytes));
	option = cpuid_option(w, target_cpuid);
	r = run(w, "nested", "check", TARGET, option, path, NULL);
	assert_int_equal(r.status, 5);
	assert_memory_equal(r.out, "verdict: refused\nVERDICT FIELD", 29);
	assert_non_null(strstr(r.out, "\nrefused control.asid 0xd8   0x0 "));
	assert_null(strstr(r.out, "\nok "));
	assert_non_null(strstr(r.err, "/state: 2 rules are broken, first svm.asid\n"));
	result_free(&r);

	r = run(w, "nested", "check", TARGET, option, "--json", path, NULL);
	assert_int_equal(r.status, 5);
	assert_string_equal(json_text(&r, "data.verdict"), "refused");
	assert_string_equal(text_of(&r, "svm.asid", "verdict"), "refused");
	result_free(&r);
}

static void what_kvm_changes_is_told_and_is_no_refusal(void **state)
{
	uint8_t bytes[SVM_BYTES];
	struct world *w = *state;
	const char *option, *path;
	struct result r;

	svm_state(w, bytes);
	set(w, KVMFEAT_NESTED_SVM, bytes, "control.tlb_ctl", 0xff);
	path = write_state(w, "state", bytes, sizeof(bytes));
	option = cpuid_option(w, target_cpuid);
	r = run(w, "nested", "check", TARGET, option, path, NULL);
	assert_int_equal(r.status, 0);
	assert_non_null(strstr(r.out, "BECOMES"));
	assert_non_null(strstr(r.out, "\nchanged control.tlb_ctl 0xdc   0xff  0x7 "));
	assert_non_null(strstr(r.out, "/state and changes 1 field\n"));
	result_free(&r);

	r = run(w, "nested", "check", TARGET, option, "--json", path, NULL);
	assert_string_equal(json_text(&r, "data.verdict"), "changed");
	assert_string_equal(text_of(&r, "svm.tlb-ctl", "becomes"), "0x7");
	result_free(&r);
}

static void a_fact_that_is_not_given_is_no_yes(void **state)
{
	uint8_t bytes[SVM_BYTES];
	struct world *w = *state;
	const char *option, *path;
	struct result r;

	svm_state(w, bytes);
	path = write_state(w, "state", bytes, sizeof(bytes));
	option = cpuid_option(w, target_cpuid);
	r = run(w, "nested", "check", path, NULL);
	assert_int_equal(r.status, 5);
	assert_non_null(strstr(r.out, "verdict: not_checked\n"));
	assert_non_null(strstr(r.err, "/state depends on what is not given: "));
	assert_non_null(strstr(r.err, "CPUID"));
	assert_non_null(strstr(r.err, "EFER"));
	assert_non_null(strstr(r.err, "SMM"));
	assert_null(strstr(strstr(r.err, "CPUID") + 1, "CPUID"));
	result_free(&r);

	r = run(w, "nested", "check", "--maxphyaddr=48", "--cr0=0x80050033", "--cr3=4096",
		"--smm=no", "--own-pat=no", "--max-bytes=4224", option, "--json", path, NULL);
	assert_int_equal(r.status, 5);
	assert_string_equal(json_text(&r, "data.verdict"), "not_checked");
	assert_string_equal(text_of(&r, "svm.vcpu-efer", "missing"), "EFER");
	assert_true(json_is_null(of_finding(&r, "svm.vcpu-efer", "value")));
	assert_non_null(strstr(r.err, "not given: EFER\n"));
	result_free(&r);
}

/* Each option, with a value that a state which is taken otherwise breaks on. */
static void each_option_reaches_its_rule(void **state)
{
	static const struct {
		const char *option, *id;
	} cases[] = {
		{ "--efer=0xd01", "svm.vcpu-efer" }, { "--cr0=0x20000000", "svm.vcpu-cr0" },
		{ "--smm=yes", "svm.vcpu-smm" },     { "--cr3=0x1000000000000", "svm.vcpu-cr3" },
		{ "--max-bytes=128", "svm.nested" }, { "--maxphyaddr=36", "svm.nested-cr3" },
		{ "--own-pat=yes", "svm.gpat" },
	};
	uint8_t bytes[SVM_BYTES];
	struct world *w = *state;
	const char *option, *path;

	svm_state(w, bytes);
	set(w, KVMFEAT_NESTED_SVM, bytes, "control.nested_cr3", UINT64_C(1) << 40);
	set(w, KVMFEAT_NESTED_SVM, bytes, "header.gpat", 0xff);
	path = write_state(w, "state", bytes, sizeof(bytes));
	option = cpuid_option(w, target_cpuid);
	for (size_t i = 0; i < KF_ARRAY_SIZE(cases); i++) {
		struct result r = run(w, "nested", "check", TARGET, option, "--json", path, NULL);

		assert_string_not_equal(text_of(&r, cases[i].id, "verdict"), "refused");
		result_free(&r);
		r = run(w, "nested", "check", TARGET, cases[i].option, option, "--json", path,
			NULL);
		assert_int_equal(r.status, 5);
		assert_string_equal(text_of(&r, cases[i].id, "verdict"), "refused");
		result_free(&r);
	}
}

/* KVM takes MAXPHYADDR from leaf 0x80000008 of the vCPU, if leaf 0x80000000 has it. */
static void cpuid_tells_maxphyaddr_unless_it_is_given(void **state)
{
	static const char hidden[] =
		DOCUMENT(ENTRY(0x80000000, 0x0, 0x0, 0x80000007, 0x0, 0x0,
			       0x0) "," ENTRY(0x80000008, 0x0, 0x0, 0x30, 0x0, 0x0, 0x0));
	static const char absurd[] =
		DOCUMENT(ENTRY(0x80000000, 0x0, 0x0, 0x80000008, 0x0, 0x0,
			       0x0) "," ENTRY(0x80000008, 0x0, 0x0, 0xff, 0x0, 0x0, 0x0));
	const struct {
		const char *cpuid, *option, *verdict;
	} cases[] = {
		{ target_cpuid, "--smm=no", "ok" },
		{ target_cpuid, "--maxphyaddr=40", "refused" },
		{ hidden, "--smm=no", "not_checked" },
		{ absurd, "--smm=no", "not_checked" },
	};
	uint8_t bytes[SVM_BYTES];
	struct world *w = *state;

	svm_state(w, bytes);
	set(w, KVMFEAT_NESTED_SVM, bytes, "header.vmcb_pa", UINT64_C(1) << 40);
	write_state(w, "state", bytes, sizeof(bytes));
	for (size_t i = 0; i < KF_ARRAY_SIZE(cases); i++) {
		struct result r = run(w, "nested", "check", cpuid_option(w, cases[i].cpuid),
				      cases[i].option, "--json", path_of(w, "state"), NULL);

		assert_string_equal(text_of(&r, "svm.vmcb-pa", "verdict"), cases[i].verdict);
		result_free(&r);
	}
}

/* A vCPU in VMX operation, with the enlightened VMCS. */
static void vmx_facts_reach_their_rules(void **state)
{
	static const struct {
		const char *option, *id, *verdict;
	} cases[] = {
		{ "--smm=no", "vmx.evmcs", "not_checked" },
		{ "--evmcs=no", "vmx.evmcs", "refused" },
		{ "--smm=no", "vmx.pin-controls", "not_checked" },
		{ "--msr=0x48b=0,0x48d=0x1600000016", "vmx.pin-controls", "refused" },
		{ "--msr=0x48b=0,1165=0x1700000016", "vmx.pin-controls", "ok" },
	};
	uint8_t bytes[VMX_BYTES];
	struct world *w = *state;

	kvmfeat_nested_init(w->ctx, KVMFEAT_NESTED_VMX, 0x5, bytes, 4224);
	set(w, KVMFEAT_NESTED_VMX, bytes, "header.vmxon_pa", 0x1000);
	set(w, KVMFEAT_NESTED_VMX, bytes, "header.vmcs12_pa", 0x2000);
	set(w, KVMFEAT_NESTED_VMX, bytes, "vmcs12.revision_id", 0x11e57ed0);
	set(w, KVMFEAT_NESTED_VMX, bytes, "vmcs12.pin_based_vm_exec_control", 0x17);
	write_state(w, "state", bytes, 4224);
	for (size_t i = 0; i < KF_ARRAY_SIZE(cases); i++) {
		struct result r = run(w, "nested", "check", cases[i].option, "--json",
				      path_of(w, "state"), NULL);

		if (strcmp(text_of(&r, cases[i].id, "verdict"), cases[i].verdict) != 0)
			fail_msg("%s: %s is %s", cases[i].option, cases[i].id,
				 text_of(&r, cases[i].id, "verdict"));
		result_free(&r);
	}
}

static void bad_facts_end_with_status_2_and_name_the_word(void **state)
{
	static const char *const options[] = {
		"--efer=x",	     "--efer=-1",
		"--efer=0x",	     "--efer=0x0x1",
		"--efer=",	     "--efer=0x10000000000000000",
		"--maxphyaddr=1x",   "--maxphyaddr=0x100000000",
		"--smm=on",	     "--own-pat=",
		"--evmcs=1",	     "--msr=0x480",
		"--msr=0x480=",	     "--msr==1",
		"--msr=0x480=1,",    "--msr=0x100000000=1",
		"--msr=0x480=1,x=2", "--msr=0x480=1,1152=2",
	};
	uint8_t bytes[SVM_BYTES];
	struct world *w = *state;
	const char *path;

	svm_state(w, bytes);
	path = write_state(w, "state", bytes, sizeof(bytes));
	for (size_t i = 0; i < KF_ARRAY_SIZE(options); i++) {
		struct result r = run(w, "nested", "check", options[i], path, NULL);
		char quoted[64];

		snprintf(quoted, sizeof(quoted), "'%s'", strchr(options[i], '=') + 1);
		assert_int_equal(r.status, 2);
		if (!strstr(r.err, quoted))
			fail_msg("%s: %s", options[i], r.err);
		result_free(&r);
	}
}

/* What a target can be is known to the library alone. */
static void a_fact_that_no_target_can_have_is_refused(void **state)
{
	uint8_t bytes[SVM_BYTES];
	struct world *w = *state;
	struct result r;

	svm_state(w, bytes);
	r = run(w, "nested", "check", "--maxphyaddr=99", "--json",
		write_state(w, "state", bytes, sizeof(bytes)), NULL);

	assert_int_equal(r.status, 1);
	assert_string_equal(json_text(&r, "error.errno"), "EINVAL");
	assert_non_null(strstr(json_text(&r, "error.reason"), "MAXPHYADDR of 99"));
	result_free(&r);
}

static void a_cpuid_that_is_none_is_refused_with_entry_and_key(void **state)
{
	static const struct {
		const char *text, *reason;
	} cases[] = {
		{ "", "it is no JSON: line 1" },
		{ "{", "it is no JSON: line 1" },
		{ DOCUMENT(""), "it has no list 'data.entries' with an entry" },
		{ "{\"data\":{\"entries\":{}}}", "it has no list 'data.entries' with an entry" },
		{ "{\"error\":{}}", "it has no list 'data.entries' with an entry" },
		{ DOCUMENT("7"), "data.entries[0] has no 'function'" },
		{ DOCUMENT("{\"function\":1}"), "data.entries[0].function is no text like" },
		{ DOCUMENT(ENTRY(0x1, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0) "," ENTRY(0x2, 0x0, 0x0, 0x0,
									      0x0, x, 0x0)),
		  "data.entries[1].ecx is no text like \"0x1f\", of 32 bits" },
		{ DOCUMENT(ENTRY(0x1, 0x0, 0x0, 0x100000000, 0x0, 0x0, 0x0)),
		  "data.entries[0].eax is no text like" },
	};
	uint8_t bytes[SVM_BYTES];
	struct world *w = *state;
	const char *path;
	struct result r;

	svm_state(w, bytes);
	path = write_state(w, "state", bytes, sizeof(bytes));
	for (size_t i = 0; i < KF_ARRAY_SIZE(cases); i++) {
		r = run(w, "nested", "check", cpuid_option(w, cases[i].text), "--json", path, NULL);
		assert_int_equal(r.status, 1);
		assert_non_null(strstr(json_text(&r, "error.reason"), "/cpuid.json: "));
		if (!strstr(json_text(&r, "error.reason"), cases[i].reason))
			fail_msg("'%s' lacks '%s'", r.out, cases[i].reason);
		result_free(&r);
	}
	r = run(w, "nested", "check", "--cpuid=/nothing/there", path, NULL);
	assert_int_equal(r.status, 1);
	assert_non_null(strstr(r.err, "cannot read /nothing/there: No such file"));
	result_free(&r);
	r = run(w, "nested", "check", "--cpuid=-", "-", NULL);
	assert_int_equal(r.status, 2);
	result_free(&r);
}

static int answer_cpuid(struct fake *fake, int fd, unsigned long request, uintptr_t arg)
{
	static const struct kvmfeat_cpuid_entry entries[] = {
		{ .function = 0x80000001, .ecx = 0x4, .edx = 0x20100000 },
		{ .function = 0x8000000a, .eax = 1, .edx = 0x1 },
	};
	uint32_t count = KF_ARRAY_SIZE(entries);

	(void)fake;
	(void)fd;
	if (request != KF_X86_GET_CPUID)
		return FAKE_PASS;
	memcpy((void *)arg, &count, sizeof(count));
	memcpy((char *)arg + KF_X86_CPUID_HEADER_BYTES, entries, sizeof(entries));
	return 0;
}

static void what_cap_cpuid_writes_is_a_target(void **state)
{
	uint8_t bytes[SVM_BYTES];
	struct world *w = *state;
	const char *option, *path;
	struct result cpuid, r;

	w->fake.ioctl_hook = answer_cpuid;
	cpuid = run(w, "cap", "cpuid", "--json", NULL);
	option = cpuid_option(w, cpuid.out);
	result_free(&cpuid);
	svm_state(w, bytes);
	path = write_state(w, "state", bytes, sizeof(bytes));
	r = run(w, "nested", "check", TARGET, option, path, NULL);
	assert_int_equal(r.status, 0);
	result_free(&r);

	set(w, KVMFEAT_NESTED_SVM, bytes, "save.efer", 0x3d01); /* LMSLE, by the absent leaf */
	set(w, KVMFEAT_NESTED_SVM, bytes, "save.cr4", 0x20020); /* PCIDE, which it lacks */
	write_state(w, "state", bytes, sizeof(bytes));
	r = run(w, "nested", "check", TARGET, option, "--json", path, NULL);
	assert_int_equal(r.status, 5);
	assert_string_equal(text_of(&r, "svm.host-efer", "verdict"), "ok");
	assert_string_equal(text_of(&r, "svm.host-cr4", "verdict"), "refused");
	result_free(&r);
}

static void completion_offers_the_words_of_an_option(void **state)
{
	struct world *w = *state;
	struct result r = run(w, "--complete", "nested", "check", "--smm=", NULL);

	assert_string_equal(r.out, "--smm=no\n--smm=yes\n");
	result_free(&r);
	r = run(w, "--complete", "nested", "check", "--efer=", NULL);
	assert_string_equal(r.out, "");
	result_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_state_that_kvm_takes_ends_with_status_0),
		WORLD_TEST(a_state_that_kvm_refuses_ends_with_status_5),
		WORLD_TEST(what_kvm_changes_is_told_and_is_no_refusal),
		WORLD_TEST(a_fact_that_is_not_given_is_no_yes),
		WORLD_TEST(each_option_reaches_its_rule),
		WORLD_TEST(cpuid_tells_maxphyaddr_unless_it_is_given),
		WORLD_TEST(vmx_facts_reach_their_rules),
		WORLD_TEST(bad_facts_end_with_status_2_and_name_the_word),
		WORLD_TEST(a_fact_that_no_target_can_have_is_refused),
		WORLD_TEST(a_cpuid_that_is_none_is_refused_with_entry_and_key),
		WORLD_TEST(what_cap_cpuid_writes_is_a_target),
		WORLD_TEST(completion_offers_the_words_of_an_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
