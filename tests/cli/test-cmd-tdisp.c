// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmfeat tdisp: show, check and diff of reports in files and of devices. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "../fake/fake-tsm.h"
#include "../unit/tdisp-report.h"
#include "command.h"

#define LINE(first, last, flags) "0x00000000" first " 0x00000000" last " 0x00000000" flags "\n"
#define NO_BAR LINE("00000000", "00000000", "00000000")
#define BARS LINE("fe000000", "fe3fffff", "00040200") NO_BAR NO_BAR NO_BAR NO_BAR NO_BAR

static const struct report_range ranges[] = {
	{ 0x4001, 4, 0, KVMFEAT_TDISP_UPDATABLE },
	{ 0x4010, 1, 0, KVMFEAT_TDISP_MSIX_TABLE | KVMFEAT_TDISP_PBA | KVMFEAT_TDISP_NON_TEE },
};

static const char *write_report(struct world *w, const char *name, const struct report_range *list,
				uint32_t count)
{
	uint8_t *bytes = report_make(list, count, 3);
	char path[64];

	snprintf(path, sizeof(path), "/%s", name);
	fake_file_bytes(&w->fake, path, bytes, REPORT_SIZE(count, 3));
	free(bytes);
	return path_of(w, name);
}

static const char *resource_option(struct world *w, const char *text)
{
	static char option[160];

	fake_file(&w->fake, "/resource", text);
	snprintf(option, sizeof(option), "--resource=%s", path_of(w, "resource"));
	return option;
}

/* The finding with this id, of the document. */
static const json_t *finding(const struct result *r, const char *id)
{
	const json_t *list = json_path(r, "data.findings");
	json_t *found;
	size_t i;

	json_array_foreach(list, i, found)
	{
		if (!strcmp(json_string_value(json_object_get(found, "id")), id))
			return found;
	}
	fail_msg("no %s in: %s", id, r->out);
	return NULL;
}

static const char *text_of(const struct result *r, const char *id, const char *key)
{
	return json_string_value(json_object_get(finding(r, id), key));
}

static void show_tells_each_field(void **state)
{
	struct world *w = *state;
	const char *path = write_report(w, "report", ranges, 2);
	struct result r = run(w, "tdisp", "show", "--json", path, NULL);

	assert_int_equal(r.status, 0);
	assert_true(json_is_true(json_path(&r, "data.interface_info.no_fw_update")));
	assert_true(json_is_true(json_path(&r, "data.interface_info.dma_without_pasid")));
	assert_true(json_is_false(json_path(&r, "data.interface_info.dma_with_pasid")));
	assert_true(json_is_false(json_path(&r, "data.interface_info.ats")));
	assert_true(json_is_false(json_path(&r, "data.interface_info.prs")));
	assert_string_equal(json_text(&r, "data.interface_info_bits"), "0x3");
	assert_string_equal(json_text(&r, "data.msix_message_control"), "0x8007");
	assert_string_equal(json_text(&r, "data.lnr_control"), "0x0");
	assert_int_equal(json_number(&r, "data.device_info_bytes"), 3);
	assert_int_equal(json_number(&r, "data.trailing_bytes"), 0);
	assert_int_equal(json_array_size(json_path(&r, "data.ranges")), 2);
	assert_int_equal(json_number(&r, "data.ranges.1.bar"), 0);
	assert_string_equal(json_text(&r, "data.ranges.1.first_page"), "0x4010");
	assert_int_equal(json_number(&r, "data.ranges.0.pages"), 4);
	assert_true(json_is_true(json_path(&r, "data.ranges.0.updatable")));
	assert_true(json_is_false(json_path(&r, "data.ranges.0.msix_table")));
	assert_true(json_is_true(json_path(&r, "data.ranges.1.msix_table")));
	assert_true(json_is_true(json_path(&r, "data.ranges.1.pba")));
	assert_true(json_is_true(json_path(&r, "data.ranges.1.non_tee")));
	assert_true(json_is_false(json_path(&r, "data.ranges.1.updatable")));
	assert_string_equal(json_text(&r, "data.ranges.1.attributes"), "0x7");
	result_free(&r);

	r = run(w, "tdisp", "show", path, NULL);
	assert_int_equal(r.status, 0);
	assert_non_null(strstr(r.out, "\ninterface info bits: 0x3\n"));
	assert_non_null(strstr(r.out, "\n  0     0x4010     1 yes         yes yes     no\n"));
	assert_string_equal(r.err, "");
	result_free(&r);
}

/* The digests are those that sha384sum(1) prints. */
static void show_tells_the_digest_of_each_byte(void **state)
{
	struct world *w = *state;
	struct result r;

	fake_file_bytes(&w->fake, "/zeroes", (const char[21]){ 0 }, 20);
	r = run(w, "tdisp", "show", "--json", path_of(w, "zeroes"), NULL);
	assert_string_equal(json_text(&r, "data.sha384"),
			    "a5a2cb4f3870291de150e09ee864f3b2b3b342937ac719a149439185ad6a47bb"
			    "4f23ae83ff20f0c8f0c79a1764244a63");
	result_free(&r);

	fake_file_bytes(&w->fake, "/zeroes", (const char[21]){ 0 }, 21);
	r = run(w, "tdisp", "show", "--json", path_of(w, "zeroes"), NULL);
	assert_string_equal(json_text(&r, "data.sha384"),
			    "c9f488ea65ebcd48746b0483738ecae63f5962eb9ef1b0a32542def0ae0c70fe"
			    "660af35b2db87e11fba2dba024bc35d9");
	result_free(&r);
}

static void what_is_no_report_is_not_shown(void **state)
{
	struct world *w = *state;
	struct result r;

	fake_file_bytes(&w->fake, "/short", "0123456789abcdefghi", 19);
	r = run(w, "tdisp", "show", "--json", path_of(w, "short"), NULL);
	assert_int_equal(r.status, 1);
	assert_string_equal(json_text(&r, "error.errno"), "EBADMSG");
	assert_non_null(strstr(r.err, "is no device interface report: it ends at offset 19"));
	result_free(&r);

	r = run(w, "tdisp", "show", path_of(w, "nothing"), NULL);
	assert_int_equal(r.status, 1);
	assert_non_null(strstr(r.err, "/nothing: No such file or directory\n"));
	result_free(&r);
}

static void a_file_that_is_too_large_is_not_read(void **state)
{
	static const struct report_range range = { 0x4000, 1, 0, 0 };
	const size_t max = 256 * 1024;
	uint8_t *bytes = report_make(&range, 1, (uint32_t)(max + 1 - REPORT_SIZE(1, 0)));
	struct world *w = *state;
	struct result r;

	fake_file_bytes(&w->fake, "/large", bytes, max);
	r = run(w, "tdisp", "check", path_of(w, "large"), NULL);
	assert_int_equal(r.status, 5);
	assert_non_null(strstr(r.err, "/large is not to be believed: 1 fault, first "
				      "report.device-info\n"));
	result_free(&r);

	fake_file_bytes(&w->fake, "/large", bytes, max + 1);
	r = run(w, "tdisp", "check", path_of(w, "large"), NULL);
	assert_int_equal(r.status, 1);
	assert_non_null(strstr(r.err, "it is larger than 256 KiB, too much for a device interface "
				      "report\n"));
	result_free(&r);
	free(bytes);
}

static void a_report_comes_from_standard_input_too(void **state)
{
	struct world *w = *state;
	const int before = dup(STDIN_FILENO);
	const int fd = open(write_report(w, "report", ranges, 2), O_RDONLY);
	struct result r;

	assert_true(before >= 0 && fd >= 0);
	dup2(fd, STDIN_FILENO);
	r = run(w, "tdisp", "check", "-", NULL);
	dup2(before, STDIN_FILENO);
	close(fd);
	close(before);
	assert_int_equal(r.status, 0);
	assert_non_null(strstr(r.out, "\nstandard input breaks no rule"));
	result_free(&r);
}

/* A guest with a locked device. */
static struct fake_tsm_device *lock_device(struct world *w, struct fake_tsm_host *host)
{
	struct fake_tsm_device *device = &host->devices[0];

	fake_tsm(&w->fake, host, FAKE_TSM_OURS);
	device->state = KVMFEAT_TSM_STATE_LOCKED;
	device->report = device->answers;
	device->report_bytes = device->answers_bytes;
	device->generation = 1;
	fake_tsm_show(&w->fake);
	return device;
}

static void a_report_comes_from_a_device_too(void **state)
{
	static const char *const names[] = { "0000:01:00.0", "01:00.0" };
	static struct fake_tsm_host host;
	struct world *w = *state;

	lock_device(w, &host);
	for (size_t i = 0; i < KF_ARRAY_SIZE(names); i++) {
		struct result r = run(w, "tdisp", "show", "--json", names[i], NULL);

		assert_int_equal(r.status, 0);
		assert_int_equal(json_array_size(json_path(&r, "data.ranges")), 2);
		assert_string_equal(json_text(&r, "data.ranges.0.first_page"), "0x100000");
		result_free(&r);
	}
}

static void the_report_of_a_device_is_checked_with_its_bars(void **state)
{
	static const struct report_range outside = { 0x10000f, 2, 0, 0 };
	uint8_t *bytes = report_make(&outside, 1, 0);
	static struct fake_tsm_host host;
	struct world *w = *state;
	struct fake_tsm_device *device = lock_device(w, &host);
	struct result r = run(w, "tdisp", "check", "01:00.0", NULL);

	assert_int_equal(r.status, 0);
	assert_non_null(strstr(r.out, "\nthe report of 0000:01:00.0 breaks no rule\n"));
	result_free(&r);

	device->report = bytes;
	device->report_bytes = REPORT_SIZE(1, 0);
	fake_tsm_show(&w->fake);
	r = run(w, "tdisp", "check", "01:00.0", NULL);
	assert_int_equal(r.status, 5);
	assert_non_null(strstr(r.err, "the report of 0000:01:00.0 is not to be believed: 1 fault, "
				      "first bar.fit\n"));
	result_free(&r);
	free(bytes);
}

static void bars_are_not_given_for_a_device(void **state)
{
	struct world *w = *state;
	struct result r = run(w, "tdisp", "check", resource_option(w, BARS), "01:00.0", NULL);

	assert_int_equal(r.status, 2);
	assert_non_null(strstr(r.err, "--resource is for reports in files: 0000:01:00.0 has BARs "
				      "of its own\n"));
	result_free(&r);
}

static void a_device_is_compared_with_a_file(void **state)
{
	static struct fake_tsm_host host;
	struct world *w = *state;
	struct result r;

	lock_device(w, &host);
	fake_file_bytes(&w->fake, "/same", fake_tsm_report, sizeof(fake_tsm_report));
	fake_file_bytes(&w->fake, "/other", fake_tsm_other_report, sizeof(fake_tsm_other_report));
	r = run(w, "tdisp", "diff", path_of(w, "same"), "0000:01:00.0", NULL);
	assert_int_equal(r.status, 0);
	result_free(&r);

	r = run(w, "tdisp", "diff", "0000:01:00.0", path_of(w, "other"), NULL);
	assert_int_equal(r.status, 5);
	assert_non_null(strstr(r.err, "the report of 0000:01:00.0 and "));
	result_free(&r);
}

static void a_device_without_a_report_says_why(void **state)
{
	static struct fake_tsm_host host;
	struct world *w = *state;
	struct result r;

	fake_tsm(&w->fake, &host, FAKE_TSM_OURS);
	r = run(w, "tdisp", "show", "--json", "01:00.0", NULL);
	assert_int_equal(r.status, 1);
	assert_string_equal(json_text(&r, "error.errno"), "ENXIO");
	assert_non_null(strstr(r.err, "cannot read the report of 0000:01:00.0: "));
	assert_string_equal(json_text(&r, "error.remedy"), "lock it");
	result_free(&r);

	host.report_error = -EACCES;
	r = run(w, "tdisp", "check", "01:00.0", NULL);
	assert_int_equal(r.status, 4);
	result_free(&r);

	host.kernel = FAKE_TSM_POSTED;
	fake_tsm_show(&w->fake);
	r = run(w, "tdisp", "show", "01:00.0", NULL);
	assert_int_equal(r.status, 3);
	result_free(&r);

	r = run(w, "tdisp", "diff", "01:00.0", "0000:02:00.0", NULL);
	assert_int_equal(r.status, 3);
	result_free(&r);

	r = run(w, "tdisp", "show", "0000:02:00.0", NULL);
	assert_int_equal(r.status, 1);
	assert_non_null(strstr(r.err, "cannot look at 0000:02:00.0: "));
	result_free(&r);
}

/* Where anybody may put files, none stands in for a device. */
static void a_file_does_not_stand_in_for_a_device(void **state)
{
	static const char *const devices[] = { "0000:01:00.0", "01:00.0", "10000:Af:1f.7" };
	static const char *const files[] = { "0000:01:00",    "0000:01:00.8",	   "000:01:00.0",
					     "0000:01:00.0 ", "00000100.0",	   "1:00.0",
					     "01:0.0",	      "123456789:01:00.0", "0000:01-00.0" };
	struct world *w = *state;
	char *before = getcwd(NULL, 0);

	assert_int_equal(chdir(w->fake.root), 0);
	for (size_t i = 0; i < KF_ARRAY_SIZE(devices); i++) {
		struct result r;

		write_report(w, devices[i], ranges, 2);
		r = run(w, "tdisp", "check", devices[i], NULL);
		assert_int_equal(r.status, 1);
		assert_non_null(strstr(r.err, "there is no PCI device "));
		result_free(&r);
	}
	for (size_t i = 0; i < KF_ARRAY_SIZE(files); i++) {
		struct result r;

		write_report(w, files[i], ranges, 2);
		r = run(w, "tdisp", "check", files[i], NULL);
		assert_int_equal(r.status, 0);
		result_free(&r);
	}
	assert_int_equal(chdir(before), 0);
	free(before);
}

static void a_report_without_a_fault_ends_with_status_0(void **state)
{
	struct world *w = *state;
	const char *path = write_report(w, "report", ranges, 2);
	const char *option = resource_option(w, BARS);
	struct result r = run(w, "tdisp", "check", option, path, NULL);

	assert_int_equal(r.status, 0);
	assert_memory_equal(r.out, "verdict: ok\n/", 13);
	assert_non_null(strstr(r.out, "/report breaks no rule\n"));
	assert_string_equal(r.err, "");
	result_free(&r);

	r = run(w, "tdisp", "check", "--all", option, path, NULL);
	assert_non_null(strstr(r.out, "\nok      ranges[].bar "));
	assert_non_null(strstr(r.out, " -> uncertain: "));
	result_free(&r);

	r = run(w, "tdisp", "check", "--json", option, path, NULL);
	assert_string_equal(json_text(&r, "data.verdict"), "ok");
	assert_string_equal(text_of(&r, "bar.fit", "verdict"), "ok");
	assert_true(json_is_null(json_object_get(finding(&r, "bar.fit"), "offset")));
	assert_string_equal(text_of(&r, "report.range-count", "value"), "0x2");
	result_free(&r);
}

static void bars_that_were_not_asked_for_are_no_fault(void **state)
{
	struct world *w = *state;
	const char *path = write_report(w, "report", ranges, 2);
	struct result r = run(w, "tdisp", "check", path, NULL);

	assert_int_equal(r.status, 0);
	assert_null(strstr(r.out, "not_checked"));
	assert_non_null(strstr(r.out, "/report breaks no rule; whether it fits the BARs was not "
				      "asked (--resource)\n"));
	result_free(&r);

	r = run(w, "tdisp", "check", "--all", path, NULL);
	assert_non_null(strstr(r.out, "\nnot_checked ranges[].bar "));
	result_free(&r);

	r = run(w, "tdisp", "check", "--json", path, NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal(json_text(&r, "data.verdict"), "ok");
	assert_string_equal(text_of(&r, "bar.present", "verdict"), "not_checked");
	assert_string_equal(text_of(&r, "bar.present", "missing"), "BARs");
	result_free(&r);
}

static void a_fault_ends_with_status_5(void **state)
{
	const struct report_range wrong[] = { { 0x43ff, 2, 0, 0 }, { 0x4400, 1, 0, 0 } };
	struct world *w = *state;
	const char *path = write_report(w, "report", wrong, 2);
	const char *option = resource_option(w, BARS);
	struct result r = run(w, "tdisp", "check", option, path, NULL);

	assert_int_equal(r.status, 5);
	assert_memory_equal(r.out, "verdict: refused\nVERDICT FIELD", 29);
	assert_non_null(strstr(r.out, "\nrefused ranges[0].pages      0x18   0x2 "));
	assert_null(strstr(r.out, "\nok "));
	assert_non_null(strstr(r.err, "/report is not to be believed: 3 faults, first "
				      "range.overlap\n"));
	result_free(&r);

	r = run(w, "tdisp", "check", "--json", option, path, NULL);
	assert_int_equal(r.status, 5);
	assert_string_equal(json_text(&r, "data.verdict"), "refused");
	assert_string_equal(text_of(&r, "bar.fit", "field"), "ranges[0].pages");
	assert_string_equal(text_of(&r, "range.overlap", "field"), "ranges[1].first_page");
	assert_int_equal(json_integer_value(json_object_get(finding(&r, "range.overlap"), "range")),
			 1);
	result_free(&r);

	r = run(w, "tdisp", "check", path, NULL);
	assert_non_null(strstr(r.err, ": 1 fault, first range.overlap\n"));
	result_free(&r);
}

static void a_note_is_told_and_is_no_fault(void **state)
{
	const struct report_range noted[] = { { 0x4010, 1, 0, 0x10 }, { 0x4000, 1, 0, 0 } };
	struct world *w = *state;
	const char *path = write_report(w, "report", noted, 2);
	struct result r = run(w, "tdisp", "check", resource_option(w, BARS), path, NULL);

	assert_int_equal(r.status, 0);
	assert_memory_equal(r.out, "verdict: note\n", 14);
	assert_non_null(strstr(r.out, "-> uncertain: whether they have to\n"));
	assert_non_null(strstr(r.out, "/report breaks no rule, with 2 notes\n"));
	result_free(&r);

	path = write_report(w, "one", &(struct report_range){ 0x4010, 1, 0, 0x10 }, 1);
	r = run(w, "tdisp", "check", path, NULL);
	assert_non_null(strstr(r.out, ", with 1 note; whether it fits the BARs"));
	result_free(&r);
}

static void what_cannot_be_told_is_no_yes(void **state)
{
	const struct report_range rom[] = { { 0x4000, 1, 6, 0 } };
	struct world *w = *state;
	const char *path = write_report(w, "report", rom, 1);
	const char *option = resource_option(w, BARS);
	struct result r = run(w, "tdisp", "check", option, path, NULL);

	assert_int_equal(r.status, 5);
	assert_non_null(strstr(r.out, "verdict: not_checked\n"));
	assert_non_null(strstr(r.err, "whether "));
	assert_non_null(strstr(r.err,
			       "/report is to be believed cannot be told: bar.present was "
			       "not checked for want of the meaning of range ids 6 and 7\n"));
	result_free(&r);

	r = run(w, "tdisp", "check", path, NULL);
	assert_int_equal(r.status, 0);
	result_free(&r);
}

static void bars_are_read_or_it_is_said_why_not(void **state)
{
	struct world *w = *state;
	const char *path = write_report(w, "report", ranges, 2);
	struct result r = run(w, "tdisp", "check", resource_option(w, "nothing"), path, NULL);

	assert_int_equal(r.status, 1);
	assert_non_null(strstr(r.err, "cannot read the BARs from "));
	assert_non_null(strstr(r.err, "/resource: line 1 is not that of a BAR"));
	result_free(&r);

	r = run(w, "tdisp", "check",
		resource_option(w, LINE("00000000", "00002fff", "00000200")
					   NO_BAR NO_BAR NO_BAR NO_BAR NO_BAR),
		path, NULL);
	assert_int_equal(r.status, 1);
	assert_non_null(strstr(r.err, "/report: BAR 0 has 0x3000 bytes, which is no power of two"));
	result_free(&r);

	r = run(w, "tdisp", "check", "--resource=/nothing", path, NULL);
	assert_int_equal(r.status, 1);
	result_free(&r);

	r = run(w, "tdisp", "check", "--resource=-", "-", NULL);
	assert_int_equal(r.status, 2);
	assert_non_null(strstr(r.err, "standard input cannot be both the report and the BARs"));
	result_free(&r);
}

static void a_report_that_is_cut_is_a_finding(void **state)
{
	struct world *w = *state;
	struct result r;

	fake_file(&w->fake, "/empty", "");
	r = run(w, "tdisp", "check", "--json", path_of(w, "empty"), NULL);
	assert_int_equal(r.status, 5);
	assert_string_equal(json_text(&r, "data.verdict"), "refused");
	assert_string_equal(text_of(&r, "report.header", "verdict"), "refused");
	assert_string_equal(text_of(&r, "report.header", "value"), "0x0");
	assert_string_equal(text_of(&r, "range.wrap", "missing"), "ranges");
	result_free(&r);
}

static void diff_tells_each_field_and_ends_with_status_5(void **state)
{
	struct report_range changed[] = { ranges[0], ranges[1] };
	struct world *w = *state;
	const char *a = write_report(w, "a", ranges, 2), *b;
	struct result r;

	changed[1].pages = 0x20;
	b = write_report(w, "b", changed, 2);
	r = run(w, "tdisp", "diff", a, b, NULL);
	assert_int_equal(r.status, 5);
	assert_non_null(strstr(r.out, "\nranges[1].pages 0x28   0x1 0x20\n"));
	assert_non_null(strstr(r.err, " differ in 1 field\n"));
	result_free(&r);

	b = write_report(w, "b", changed, 1);
	a = path_of(w, "a");
	r = run(w, "tdisp", "diff", "--json", a, b, NULL);
	assert_int_equal(r.status, 5);
	assert_string_equal(json_text(&r, "data.differences.0.name"), "mmio_range_count");
	assert_int_equal(json_number(&r, "data.differences.0.offset"), 12);
	assert_string_equal(json_text(&r, "data.differences.0.a"), "0x2");
	assert_string_equal(json_text(&r, "data.differences.0.b"), "0x1");
	assert_string_equal(json_text(&r, "data.differences.1.name"), "ranges[1].first_page");
	assert_true(json_is_null(json_path(&r, "data.differences.1.b")));
	assert_non_null(strstr(r.err, " differ in 5 fields\n"));
	result_free(&r);

	r = run(w, "tdisp", "diff", "--json", b, a, NULL);
	assert_true(json_is_null(json_path(&r, "data.differences.1.a")));
	assert_int_equal(json_number(&r, "data.differences.1.offset"), 32);
	result_free(&r);
}

static void equal_reports_end_with_status_0(void **state)
{
	struct world *w = *state;
	const char *a = write_report(w, "a", ranges, 2), *b = write_report(w, "b", ranges, 2);
	struct result r = run(w, "tdisp", "diff", a, b, NULL);

	assert_int_equal(r.status, 0);
	assert_non_null(strstr(r.out, "/b do not differ\n"));
	result_free(&r);
}

static void what_cannot_be_compared_is_said(void **state)
{
	struct world *w = *state;
	const char *a = write_report(w, "a", ranges, 2);
	struct result r;

	fake_file(&w->fake, "/text", "no report");
	r = run(w, "tdisp", "diff", a, path_of(w, "text"), NULL);
	assert_int_equal(r.status, 1);
	assert_non_null(strstr(r.err, "/text: the second report is no device interface report"));
	result_free(&r);

	r = run(w, "tdisp", "diff", path_of(w, "nothing"), a, NULL);
	assert_int_equal(r.status, 1);
	result_free(&r);

	r = run(w, "tdisp", "diff", a, path_of(w, "nothing"), NULL);
	assert_int_equal(r.status, 1);
	result_free(&r);

	r = run(w, "tdisp", "diff", "-", "-", NULL);
	assert_int_equal(r.status, 2);
	assert_non_null(strstr(r.err, "standard input cannot be both reports"));
	result_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(show_tells_each_field),
		WORLD_TEST(show_tells_the_digest_of_each_byte),
		WORLD_TEST(what_is_no_report_is_not_shown),
		WORLD_TEST(a_file_that_is_too_large_is_not_read),
		WORLD_TEST(a_report_comes_from_standard_input_too),
		WORLD_TEST(a_report_comes_from_a_device_too),
		WORLD_TEST(the_report_of_a_device_is_checked_with_its_bars),
		WORLD_TEST(bars_are_not_given_for_a_device),
		WORLD_TEST(a_device_is_compared_with_a_file),
		WORLD_TEST(a_device_without_a_report_says_why),
		WORLD_TEST(a_file_does_not_stand_in_for_a_device),
		WORLD_TEST(a_report_without_a_fault_ends_with_status_0),
		WORLD_TEST(bars_that_were_not_asked_for_are_no_fault),
		WORLD_TEST(a_fault_ends_with_status_5),
		WORLD_TEST(a_note_is_told_and_is_no_fault),
		WORLD_TEST(what_cannot_be_told_is_no_yes),
		WORLD_TEST(bars_are_read_or_it_is_said_why_not),
		WORLD_TEST(a_report_that_is_cut_is_a_finding),
		WORLD_TEST(diff_tells_each_field_and_ends_with_status_5),
		WORLD_TEST(equal_reports_end_with_status_0),
		WORLD_TEST(what_cannot_be_compared_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
