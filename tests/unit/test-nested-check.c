// SPDX-License-Identifier: GPL-2.0-or-later
/* The check of a blob: its arguments, and what does not depend on a rule. */
#include <stdio.h>

#include "nested-svm.h"

struct call {
	uint8_t blob[KF_SVM_BYTES + 1];
	struct kvmfeat_nested_target target;
	struct kvmfeat_nested_finding findings[KVMFEAT_NESTED_RULES_MAX];
	size_t count;
};

static struct call *prepare(struct world *w)
{
	static struct call call;

	memset(&call, 0, sizeof(call));
	svm_blob(w, call.blob);
	call.target = svm_target();
	call.count = 77;
	return &call;
}

static int check(struct world *w, struct call *call)
{
	return kvmfeat_nested_check(w->ctx, call->blob, KF_SVM_BYTES, &call->target, call->findings,
				    &call->count);
}

/* The call is refused by the library, for this member, with this value and sentence. */
static void assert_refused(struct world *w, struct call *call, int err, const char *object,
			   const char *value, const char *sentence)
{
	const struct kvmfeat_error *error = kvmfeat_ctx_error(w->ctx);

	assert_int_equal(check(w, call), err);
	assert_int_equal(error->error, err);
	assert_int_equal(error->origin, KVMFEAT_ORIGIN_LIBRARY);
	assert_string_equal(error->operation, "check nested state");
	assert_string_equal(error->object, object);
	assert_string_equal(error->value, value);
	assert_string_equal(error->reason, sentence);
	assert_int_equal(call->count, 77);
	assert_null(call->findings[0].rule);
}

static void a_blob_that_fits_is_taken(void **state)
{
	struct world *w = *state;
	struct call *call = prepare(w);

	assert_int_equal(check(w, call), 0);
	assert_int_equal(call->count, kf_nested_svm_rule_count);
	assert_true(call->count <= KVMFEAT_NESTED_RULES_MAX);
	for (size_t i = 0; i < call->count; i++) {
		assert_ptr_equal(call->findings[i].rule, &kf_nested_svm_rules[i].rule);
		assert_int_equal(call->findings[i].verdict, KVMFEAT_NESTED_OK);
		assert_int_equal(call->findings[i].becomes, 0);
		assert_null(call->findings[i].missing);
	}
	assert_null(call->findings[call->count].rule);
}

static void what_is_no_blob_is_not_checked(void **state)
{
	struct world *w = *state;
	struct call *call = prepare(w);

	for (size_t size = 0; size < KF_SVM_BYTES; size++)
		assert_int_equal(kvmfeat_nested_check(w->ctx, call->blob, size, &call->target,
						      call->findings, &call->count),
				 -EBADMSG);
	call->blob[KF_NESTED_FORMAT] = 2;
	assert_int_equal(check(w, call), -EBADMSG);
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->operation, "check nested state");
	assert_int_equal(call->count, 77);
	assert_null(call->findings[0].rule);
}

static void a_blob_may_lie_at_any_address(void **state)
{
	struct world *w = *state;
	struct call *call = prepare(w);
	size_t count;

	memmove(call->blob + 1, call->blob, KF_SVM_BYTES);
	assert_int_equal(kvmfeat_nested_check(w->ctx, call->blob + 1, KF_SVM_BYTES, &call->target,
					      call->findings, &count),
			 0);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(call->findings[i].verdict, KVMFEAT_NESTED_OK);
}

static void without_a_target_nothing_is_known(void **state)
{
	struct world *w = *state;
	struct call *call = prepare(w);
	struct kvmfeat_nested_finding none[KVMFEAT_NESTED_RULES_MAX];
	size_t count, lacking = 0;

	assert_int_equal(kvmfeat_nested_check(w->ctx, call->blob, KF_SVM_BYTES, NULL, none, &count),
			 0);
	call->target.known = 0;
	assert_int_equal(check(w, call), 0);
	assert_int_equal(count, call->count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(none[i].verdict, call->findings[i].verdict);
		lacking += none[i].verdict == KVMFEAT_NESTED_NOT_CHECKED;
	}
	assert_true(lacking > 0);
}

static void members_that_are_not_known_are_not_looked_at(void **state)
{
	struct world *w = *state;
	struct call *call = prepare(w);

	call->target.known = 0;
	call->target.maxphyaddr = 300;
	call->target.cpuid = NULL;
	assert_int_equal(check(w, call), 0);
}

static void maxphyaddr_is_32_to_52(void **state)
{
	static const char *const sentences[] = { "the target's MAXPHYADDR of 31 is not 32 to 52",
						 "the target's MAXPHYADDR of 53 is not 32 to 52" };
	struct world *w = *state;
	struct call *call = prepare(w);

	call->target.maxphyaddr = 31;
	assert_refused(w, call, -EINVAL, "maxphyaddr", "31", sentences[0]);
	call->target.maxphyaddr = 53;
	assert_refused(w, call, -EINVAL, "maxphyaddr", "53", sentences[1]);
	call->target.maxphyaddr = 32;
	assert_int_equal(check(w, call), 0);
	call->target.maxphyaddr = 52;
	assert_int_equal(check(w, call), 0);
}

static void lists_that_are_not_there_have_no_entries(void **state)
{
	struct world *w = *state;
	struct call *call = prepare(w);

	call->target.cpuid = NULL;
	assert_refused(w, call, -EINVAL, "cpuid", "8",
		       "the target's CPUID of 8 entries is not there");
	call->target.cpuid_count = 0;
	call->target.msr_count = 3;
	assert_refused(w, call, -EINVAL, "msrs", "3", "the target's list of 3 MSRs is not there");
	call->target.msr_count = 0;
	assert_int_equal(check(w, call), 0);
}

static void facts_without_a_meaning_are_refused(void **state)
{
	struct world *w = *state;
	struct call *call = prepare(w);

	call->target.known = 0x201;
	assert_refused(w, call, -EINVAL, "known", "0x201",
		       "the known facts 0x201 of the target have bits without a meaning");
}

static void a_target_of_another_size_is_taken_when_it_says_no_more(void **state)
{
	struct world *w = *state;
	struct call *call = prepare(w);
	struct {
		struct kvmfeat_nested_target target;
		uint64_t more;
	} newer = { .target = call->target };
	char value[24], sentence[128];

	newer.target.size = sizeof(newer);
	assert_int_equal(kvmfeat_nested_check(w->ctx, call->blob, KF_SVM_BYTES, &newer.target,
					      call->findings, &call->count),
			 0);
	newer.more = 1;
	assert_int_equal(kvmfeat_nested_check(w->ctx, call->blob, KF_SVM_BYTES, &newer.target,
					      call->findings, &call->count),
			 -E2BIG);
	snprintf(sentence, sizeof(sentence),
		 "a struct kvmfeat_nested_target of %zu bytes holds more than this library knows",
		 sizeof(newer));
	assert_string_equal(reason(w), sentence);

	call = prepare(w);
	call->target.size = sizeof(call->target) - 1;
	snprintf(value, sizeof(value), "%zu", call->target.size);
	snprintf(sentence, sizeof(sentence),
		 "a struct kvmfeat_nested_target of %s bytes is too short", value);
	assert_refused(w, call, -EINVAL, "struct kvmfeat_nested_target", value, sentence);
}

static void a_cpuid_entry_is_found_as_kvm_finds_it(void **state)
{
	const struct kvmfeat_cpuid_entry cpuid[] = {
		{ .function = 7, .index = 1, .flags = 1, .eax = 71 },
		{ .function = 7, .index = 0, .flags = 1, .eax = 70 },
		{ .function = 8, .index = 5, .eax = 80 },
		{ .function = 8, .index = 0, .flags = 1, .eax = 81 },
	};
	const struct kf_nested_check facts = { .target = { .cpuid = cpuid, .cpuid_count = 4 } };

	(void)state;
	assert_int_equal(kf_nested_cpuid(&facts, 7, 0).eax, 70);
	assert_int_equal(kf_nested_cpuid(&facts, 7, 1).eax, 71);
	assert_int_equal(kf_nested_cpuid(&facts, 7, 2).eax, 0);
	assert_int_equal(kf_nested_cpuid(&facts, 8, 0).eax, 80);
	assert_int_equal(kf_nested_cpuid(&facts, 9, 0).eax, 0);
}

static void an_msr_is_known_when_it_is_given(void **state)
{
	const struct kvmfeat_nested_msr msrs[] = { { 0x480, 5 }, { 0x481, 6 } };
	const struct kf_nested_check facts = { .target = { .msrs = msrs, .msr_count = 2 } };
	uint64_t value = 77;

	(void)state;
	assert_false(kf_nested_msr(&facts, 0x482, &value));
	assert_int_equal(value, 77);
	assert_true(kf_nested_msr(&facts, 0x481, &value));
	assert_int_equal(value, 6);
}

static void a_number_behind_the_end_is_0(void **state)
{
	const uint8_t bytes[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	const struct kf_nested_check facts = { .blob = bytes, .info = { .state_bytes = 8 } };

	(void)state;
	assert_true(kf_nested_number(&facts, 0, 8) == UINT64_C(0x0807060504030201));
	assert_true(kf_nested_number(&facts, 4, 4) == 0x08070605);
	assert_true(kf_nested_number(&facts, 1, 2) == 0x0302);
	assert_true(kf_nested_number(&facts, 7, 1) == 8);
	assert_true(kf_nested_number(&facts, 1, 3) == 0x040302);
	assert_true(kf_nested_number(&facts, 5, 4) == 0);
	assert_true(kf_nested_number(&facts, 8, 1) == 0);
	assert_true(kf_nested_number(&facts, UINT32_MAX, 8) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_blob_that_fits_is_taken),
		WORLD_TEST(what_is_no_blob_is_not_checked),
		WORLD_TEST(a_blob_may_lie_at_any_address),
		WORLD_TEST(without_a_target_nothing_is_known),
		WORLD_TEST(members_that_are_not_known_are_not_looked_at),
		WORLD_TEST(maxphyaddr_is_32_to_52),
		WORLD_TEST(lists_that_are_not_there_have_no_entries),
		WORLD_TEST(facts_without_a_meaning_are_refused),
		WORLD_TEST(a_target_of_another_size_is_taken_when_it_says_no_more),
		cmocka_unit_test(a_cpuid_entry_is_found_as_kvm_finds_it),
		cmocka_unit_test(an_msr_is_known_when_it_is_given),
		cmocka_unit_test(a_number_behind_the_end_is_0),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
