// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages of NETLINK_KOBJECT_UEVENT: what the kernel sends, and what is refused. */
#include <stdio.h>

#include "monitor-private.h"
#include "world.h"

#define SIZE 4096

/* "a|b" as "a\0b\0" in a heap block of exactly that size; free it. */
static char *message(const char *text, size_t *ret_size)
{
	char *copy;

	*ret_size = strlen(text) + 1;
	copy = malloc(*ret_size);
	memcpy(copy, text, *ret_size);
	for (char *bar = copy; (bar = strchr(bar, '|'));)
		*bar++ = '\0';
	return copy;
}

static void an_event_of_the_kernel_is_taken_apart(void **state)
{
	struct kf_uevent event;
	size_t size;
	char *text = message("change@/devices/virtual/misc/kvm|ACTION=change|"
			     "DEVPATH=/devices/virtual/misc/kvm|SUBSYSTEM=misc|CREATED=3|EMPTY=|"
			     "ODD=a=b|SEQNUM=18446744073709551615",
			     &size);

	(void)state;
	assert_int_equal(kf_uevent_decode(text, size, &event), 0);
	assert_string_equal(event.action, "change");
	assert_string_equal(event.devpath, "/devices/virtual/misc/kvm");
	assert_string_equal(event.subsystem, "misc");
	assert_true(event.seqnum == UINT64_MAX);
	assert_int_equal(event.count, 7);
	assert_string_equal(event.pairs[0].key, "ACTION");
	assert_string_equal(event.pairs[0].value, "change");
	assert_string_equal(event.pairs[6].key, "SEQNUM");
	assert_string_equal(kf_uevent_value(event.pairs, event.count, "CREATED"), "3");
	assert_string_equal(kf_uevent_value(event.pairs, event.count, "EMPTY"), "");
	assert_string_equal(kf_uevent_value(event.pairs, event.count, "ODD"), "a=b");
	assert_null(kf_uevent_value(event.pairs, event.count, "CREATE"));
	free(text);
}

static void subsystem_and_number_need_not_be_there(void **state)
{
	struct kf_uevent event;
	size_t size;
	char *text = message("add@/x|DEVPATH=/x|ACTION=add", &size);

	(void)state;
	assert_int_equal(kf_uevent_decode(text, size, &event), 0);
	assert_string_equal(event.subsystem, "");
	assert_int_equal(event.seqnum, 0);
	free(text);
}

static void of_a_key_that_comes_twice_the_first_counts(void **state)
{
	struct kf_uevent event;
	size_t size;
	char *text = message("add@/x|ACTION=add|DEVPATH=/x|SUBSYSTEM=tsm|SUBSYSTEM=pci", &size);

	(void)state;
	assert_int_equal(kf_uevent_decode(text, size, &event), 0);
	assert_string_equal(event.subsystem, "tsm");
	assert_string_equal(kf_uevent_value(event.pairs, event.count, "SUBSYSTEM"), "tsm");
	free(text);
}

static void anything_else_is_refused_and_changes_nothing(void **state)
{
	static const char *const texts[] = {
		"",
		"|",
		"add",
		"@/x|ACTION=|DEVPATH=/x",
		"add@x|ACTION=add|DEVPATH=x",
		"add@|ACTION=add|DEVPATH=",
		"libudev|ACTION=add|DEVPATH=/x",
		"add@/x",
		"add@/x|ACTION=add",
		"add@/x|DEVPATH=/x",
		"add@/x|ACTION=add|DEVPATH=/y",
		"add@/x|ACTION=add|DEVPATH=/xy",
		"add@/x|ACTION=ad|DEVPATH=/x",
		"add@/x|ACTION=addy|DEVPATH=/x",
		"add@/x|ACTION=remove|DEVPATH=/x",
		"add@/x|ACTION=add|DEVPATH=/x|NOTHING",
		"add@/x|ACTION=add|DEVPATH=/x|",
		"add@/x|ACTION=add|DEVPATH=/x||A=b",
		"add@/x|ACTION=add|DEVPATH=/x|=value",
		"add@/x|ACTION=add|DEVPATH=/x|SEQNUM=",
		"add@/x|ACTION=add|DEVPATH=/x|SEQNUM=-1",
		"add@/x|ACTION=add|DEVPATH=/x|SEQNUM=1 ",
		"add@/x|ACTION=add|DEVPATH=/x|SEQNUM=0x1",
		"add@/x|ACTION=add|DEVPATH=/x|SEQNUM=18446744073709551616",
		"add@/x|ACTION=add|DEVPATH=/x|SEQNUM=99999999999999999999",
	};

	(void)state;
	for (size_t i = 0; i < KF_ARRAY_SIZE(texts); i++) {
		struct kf_uevent event = { .count = 77 };
		size_t size;
		char *text = message(texts[i], &size);
		char *before = message(texts[i], &size);

		if (kf_uevent_decode(text, size, &event) != -EBADMSG)
			fail_msg("'%s' is taken", texts[i]);
		assert_int_equal(event.count, 77);
		assert_memory_equal(text, before, size);
		free(before);
		free(text);
	}
}

static void a_message_that_was_cut_is_refused_at_every_length(void **state)
{
	static const char whole[] = "add@/x|ACTION=add|DEVPATH=/x|A=b|SEQNUM=12";
	/* Where a word ends the rest is missing, but what is there is whole. */
	static const char *const fits[] = { "add@/x|ACTION=add|DEVPATH=/x",
					    "add@/x|ACTION=add|DEVPATH=/x|A=b", whole };

	(void)state;
	for (size_t cut = 0; cut <= sizeof(whole); cut++) {
		struct kf_uevent event;
		size_t size;
		char *text = message(whole, &size), *part = malloc(cut + !cut);
		bool fit = false;

		for (size_t i = 0; i < KF_ARRAY_SIZE(fits); i++)
			fit |= cut == strlen(fits[i]) + 1;
		memcpy(part, text, cut < size ? cut : size);
		if (cut <= size)
			assert_int_equal(kf_uevent_decode(part, cut, &event), fit ? 0 : -EBADMSG);
		free(part);
		free(text);
	}
}

static void as_many_words_as_fit_are_taken(void **state)
{
	char text[SIZE] = "add@/x|ACTION=add|DEVPATH=/x";
	struct kf_uevent event;
	size_t size;
	char *copy;

	(void)state;
	for (int i = 2; i < KF_UEVENT_PAIRS; i++)
		strcat(text, "|K=v");
	copy = message(text, &size);
	assert_int_equal(kf_uevent_decode(copy, size, &event), 0);
	assert_int_equal(event.count, KF_UEVENT_PAIRS);
	free(copy);
	strcat(text, "|K=v");
	copy = message(text, &size);
	assert_int_equal(kf_uevent_decode(copy, size, &event), -EBADMSG);
	free(copy);
}

static void names_are_the_last_part_of_a_path(void **state)
{
	(void)state;
	assert_string_equal(kf_uevent_name("/devices/pci0000:00/0000:00:01.0"), "0000:00:01.0");
	assert_string_equal(kf_uevent_name("/module/kvm"), "kvm");
	assert_string_equal(kf_uevent_name("kvm"), "kvm");
	assert_string_equal(kf_uevent_name("/"), "");
}

static void objects_belong_to_a_source_by_subsystem_and_name(void **state)
{
	(void)state;
	assert_int_equal(kf_uevent_source("tsm", "tsm0"), KVMFEAT_MONITOR_TSM);
	assert_int_equal(kf_uevent_source("pci", "0000:00:01.0"), KVMFEAT_MONITOR_PCI);
	assert_int_equal(kf_uevent_source("misc", "kvm"), KVMFEAT_MONITOR_KVM);
	assert_int_equal(kf_uevent_source("misc", "kvm2"), 0);
	assert_int_equal(kf_uevent_source("misc", "tun"), 0);
	assert_int_equal(kf_uevent_source("module", "kvm"), KVMFEAT_MONITOR_MODULE);
	assert_int_equal(kf_uevent_source("module", "kvm_amd"), KVMFEAT_MONITOR_MODULE);
	assert_int_equal(kf_uevent_source("module", "kv"), 0);
	assert_int_equal(kf_uevent_source("block", "kvm"), 0);
	assert_int_equal(kf_uevent_source("", ""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_of_the_kernel_is_taken_apart),
		cmocka_unit_test(subsystem_and_number_need_not_be_there),
		cmocka_unit_test(of_a_key_that_comes_twice_the_first_counts),
		cmocka_unit_test(anything_else_is_refused_and_changes_nothing),
		cmocka_unit_test(a_message_that_was_cut_is_refused_at_every_length),
		cmocka_unit_test(as_many_words_as_fit_are_taken),
		cmocka_unit_test(names_are_the_last_part_of_a_path),
		cmocka_unit_test(objects_belong_to_a_source_by_subsystem_and_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
