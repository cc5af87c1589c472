// SPDX-License-Identifier: GPL-2.0-or-later
/* The linter of orders: each rule broken alone, the orders of other programs, our own. */
#include <stdio.h>

#include "world.h"

#define STEP(name) KVMFEAT_NESTED_STEP_##name
#define MAX 32

struct judged {
	struct kvmfeat_nested_order_finding findings[KVMFEAT_NESTED_RULES_MAX];
	size_t count;
};

/* Steps by name, with a blank between: "sregs nested". */
static size_t parse(const char *text, enum kvmfeat_nested_step *steps)
{
	size_t count = 0;
	char copy[256], *rest = copy;

	snprintf(copy, sizeof(copy), "%s", text);
	for (char *word; (word = strtok_r(rest, " ", &rest)); count++) {
		unsigned int step = 0;

		while (kvmfeat_nested_step_name(step) &&
		       strcmp(kvmfeat_nested_step_name(step), word))
			step++;
		assert_non_null(kvmfeat_nested_step_name(step));
		steps[count] = step;
	}
	return count;
}

static struct judged judge(enum kvmfeat_nested_direction direction, const char *text)
{
	enum kvmfeat_nested_step steps[MAX];
	struct judged judged;

	assert_int_equal(kvmfeat_nested_check_order(direction, steps, parse(text, steps),
						    judged.findings, &judged.count),
			 0);
	return judged;
}

static const struct kvmfeat_nested_order_finding *find(const struct judged *judged, const char *id)
{
	for (size_t i = 0; i < judged->count; i++)
		if (!strcmp(judged->findings[i].id, id))
			return &judged->findings[i];
	return NULL;
}

static void own_orders_break_no_rule(void **state)
{
	(void)state;
	for (int direction = KVMFEAT_NESTED_SAVE; direction <= KVMFEAT_NESTED_RESTORE;
	     direction++) {
		struct kvmfeat_nested_order_finding findings[KVMFEAT_NESTED_RULES_MAX];
		size_t steps, count = 1;
		const enum kvmfeat_nested_step *order = kvmfeat_nested_order(direction, &steps);

		assert_true(steps > 8);
		assert_int_equal(
			kvmfeat_nested_check_order(direction, order, steps, findings, &count), 0);
		assert_int_equal(count, 0);
	}
}

/* Each rule with an order that breaks it and no other, and one that does not. */
static const struct {
	enum kvmfeat_nested_direction direction;
	const char *id;
	const char *broken;
	size_t index;
	const char *right;
} cases[] = {
	{ KVMFEAT_NESTED_SAVE, "save.complete-first", "regs complete xsave", 0,
	  "complete regs xsave" },
	{ KVMFEAT_NESTED_SAVE, "save.complete-first", "events regs", 2, "complete events regs" },
	{ KVMFEAT_NESTED_SAVE, "save.mp-state-before-events", "complete events mp-state", 1,
	  "complete mp-state events" },
	{ KVMFEAT_NESTED_SAVE, "save.mp-state-before-registers", "complete nested mp-state", 1,
	  "complete mp-state nested" },
	{ KVMFEAT_NESTED_SAVE, "save.events-before-sregs", "complete xsave sregs events", 2,
	  "complete xsave events sregs" },
	{ KVMFEAT_NESTED_SAVE, "save.events-before-sregs", "complete debugregs events", 1,
	  "complete events debugregs" },
	{ KVMFEAT_NESTED_SAVE, "save.events-before-nested", "complete nested events", 1,
	  "complete events nested" },
	{ KVMFEAT_NESTED_SAVE, "save.msrs-before-lapic", "complete lapic msrs", 1,
	  "complete msrs lapic" },
	{ KVMFEAT_NESTED_SAVE, "save.run-between", "complete regs run nested", 2,
	  "run complete regs nested run" },
	{ KVMFEAT_NESTED_SAVE, "save.leave", "complete nested leave", 2, "complete nested" },
	{ KVMFEAT_NESTED_RESTORE, "restore.complete-first", "sregs complete", 0, "complete sregs" },
	{ KVMFEAT_NESTED_RESTORE, "restore.cpuid-first", "xsave cpuid", 0, "cpuid xsave" },
	{ KVMFEAT_NESTED_RESTORE, "restore.leave-first", "sregs leave nested", 0,
	  "leave sregs nested" },
	{ KVMFEAT_NESTED_RESTORE, "restore.feature-msrs-before-nested", "sregs nested feature-msrs",
	  1, "sregs feature-msrs nested" },
	{ KVMFEAT_NESTED_RESTORE, "restore.feature-msrs-before-msrs", "msrs feature-msrs", 0,
	  "feature-msrs msrs" },
	{ KVMFEAT_NESTED_RESTORE, "restore.sregs-before-nested", "nested sregs", 0,
	  "sregs nested" },
	{ KVMFEAT_NESTED_RESTORE, "restore.sregs-before-nested", "xsave nested", 2,
	  "sregs nested xsave" },
	{ KVMFEAT_NESTED_RESTORE, "restore.sregs-before-msrs", "msrs sregs", 0, "sregs msrs" },
	{ KVMFEAT_NESTED_RESTORE, "restore.sregs-before-lapic", "lapic sregs", 0, "sregs lapic" },
	{ KVMFEAT_NESTED_RESTORE, "restore.lapic-before-msrs", "msrs lapic", 0, "lapic msrs" },
	{ KVMFEAT_NESTED_RESTORE, "restore.regs-before-nested", "sregs nested regs", 1,
	  "sregs regs nested" },
	{ KVMFEAT_NESTED_RESTORE, "restore.events-before-nested", "sregs nested events", 1,
	  "sregs events nested events" },
	{ KVMFEAT_NESTED_RESTORE, "restore.events-after-nested", "sregs events nested", 1,
	  "sregs events nested events" },
	{ KVMFEAT_NESTED_RESTORE, "restore.events-after-regs", "events regs", 0,
	  "events regs events" },
	{ KVMFEAT_NESTED_RESTORE, "restore.events-after-regs", "regs events regs", 1,
	  "regs events regs events" },
	{ KVMFEAT_NESTED_RESTORE, "restore.run-between", "sregs run nested", 1,
	  "run sregs nested run" },
};

static void each_rule_is_broken_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < KF_ARRAY_SIZE(cases); i++) {
		const struct judged judged = judge(cases[i].direction, cases[i].broken);

		if (judged.count != 1 || strcmp(judged.findings[0].id, cases[i].id))
			print_error("\"%s\" is to break %s alone\n", cases[i].broken, cases[i].id);
		assert_int_equal(judged.count, 1);
		assert_string_equal(judged.findings[0].id, cases[i].id);
		assert_int_equal(judged.findings[0].index, cases[i].index);
		assert_non_null(judged.findings[0].text);
		assert_int_equal(judge(cases[i].direction, cases[i].right).count, 0);
	}
}

/* tools/testing/selftests/kvm/lib/x86/processor.c: vcpu_load_state() */
static void the_selftests_of_the_kernel_lose_events(void **state)
{
	const struct judged judged =
		judge(KVMFEAT_NESTED_RESTORE,
		      "cpuid sregs feature-msrs msrs xcrs xsave events mp-state debugregs regs "
		      "nested");

	(void)state;
	assert_int_equal(judged.count, 2);
	assert_string_equal(find(&judged, "restore.events-after-nested")->kernels,
			    "before 7.3, on AMD");
	assert_int_equal(find(&judged, "restore.events-after-nested")->index, 6);
	assert_string_equal(find(&judged, "restore.events-after-regs")->kernels,
			    "all, with KVM_CAP_EXCEPTION_PAYLOAD");
}

/* vcpu_save_state(), and QEMU's kvm_arch_get_registers() */
static void a_save_that_begins_with_events_may_lose_a_startup_ipi(void **state)
{
	const struct judged judged =
		judge(KVMFEAT_NESTED_SAVE,
		      "complete events mp-state regs xsave xcrs sregs nested msrs debugregs");

	(void)state;
	assert_int_equal(judged.count, 1);
	assert_string_equal(judged.findings[0].id, "save.mp-state-before-events");
	assert_string_equal(judged.findings[0].kernels, "all, with an in-kernel local APIC");
}

/* QEMU: kvm_arch_put_registers(), nested state early */
static void nested_before_registers_is_for_new_kernels_and_no_smm(void **state)
{
	const struct judged judged =
		judge(KVMFEAT_NESTED_RESTORE,
		      "cpuid feature-msrs sregs nested regs xsave xcrs msrs events mp-state "
		      "debugregs");

	(void)state;
	assert_int_equal(judged.count, 2);
	assert_string_equal(find(&judged, "restore.regs-before-nested")->kernels,
			    "before 7.3, on AMD");
	assert_string_equal(find(&judged, "restore.events-before-nested")->kernels,
			    "all, when the vCPU comes into SMM or out of it");
	assert_int_equal(find(&judged, "restore.events-before-nested")->index, 3);
}

/* A VMM without nested state sets registers first and events last; then nested comes in. */
static void nested_put_before_or_behind_a_plain_order(void **state)
{
	const char plain[] = "cpuid mp-state regs sregs xsave xcrs debugregs lapic msrs events";
	const char behind[] = "cpuid mp-state regs sregs xsave xcrs debugregs lapic msrs events "
			      "nested";
	const char before[] = "cpuid nested mp-state regs sregs xsave xcrs debugregs lapic msrs "
			      "events";
	struct judged judged;

	(void)state;
	assert_int_equal(judge(KVMFEAT_NESTED_RESTORE, plain).count, 0);
	judged = judge(KVMFEAT_NESTED_RESTORE, behind);
	assert_int_equal(judged.count, 1);
	assert_string_equal(judged.findings[0].id, "restore.events-after-nested");
	judged = judge(KVMFEAT_NESTED_RESTORE, before);
	assert_int_equal(judged.count, 3);
	assert_null(find(&judged, "restore.sregs-before-nested")->kernels);
	assert_non_null(find(&judged, "restore.regs-before-nested"));
	assert_non_null(find(&judged, "restore.events-before-nested"));
}

static void what_is_no_step_is_refused(void **state)
{
	const enum kvmfeat_nested_step steps[] = { STEP(SREGS), STEP(RUN) + 1 };
	struct kvmfeat_nested_order_finding findings[KVMFEAT_NESTED_RULES_MAX];
	size_t count = 77;

	(void)state;
	assert_int_equal(
		kvmfeat_nested_check_order(KVMFEAT_NESTED_RESTORE, steps, 2, findings, &count),
		-EINVAL);
	assert_int_equal(kvmfeat_nested_check_order(2, steps, 1, findings, &count), -EINVAL);
	assert_int_equal(count, 77);
	assert_null(kvmfeat_nested_step_name(STEP(RUN) + 1));
	assert_null(kvmfeat_nested_step_name((enum kvmfeat_nested_step) - 1));
	assert_int_equal(
		kvmfeat_nested_check_order(KVMFEAT_NESTED_SAVE, steps, 0, findings, &count), 0);
	assert_int_equal(count, 0);
}

static void each_step_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (unsigned int i = 0; i <= STEP(RUN); i++)
		for (unsigned int j = 0; j < i; j++)
			assert_string_not_equal(kvmfeat_nested_step_name(i),
						kvmfeat_nested_step_name(j));
	assert_string_equal(kvmfeat_nested_step_name(STEP(CPUID)), "cpuid");
	assert_string_equal(kvmfeat_nested_step_name(STEP(RUN)), "run");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_orders_break_no_rule),
		cmocka_unit_test(each_rule_is_broken_alone),
		cmocka_unit_test(the_selftests_of_the_kernel_lose_events),
		cmocka_unit_test(a_save_that_begins_with_events_may_lose_a_startup_ipi),
		cmocka_unit_test(nested_before_registers_is_for_new_kernels_and_no_smm),
		cmocka_unit_test(nested_put_before_or_behind_a_plain_order),
		cmocka_unit_test(what_is_no_step_is_refused),
		cmocka_unit_test(each_step_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
