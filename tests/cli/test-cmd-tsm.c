// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmfeat tsm: list and show; each change, what it is refused for, and its exit status. */
#include "../fake/fake-tsm.h"
#include "../unit/tdisp-report.h"
#include "command.h"

/* Of the report that the fake devices give, as sha384sum(1) prints it. */
#define DIGEST                                                                                     \
	"8846ae7cbaa0df705212e7856223345b302f1ab19072ea43"                                         \
	"a42eb01624640240c726a722ec11b9a575868d2084ca78c8"

/* A hook outlives the test's frame. */
static struct fake_tsm_host host;

static int guest_setup(void **state)
{
	struct world *w;
	int err = world_setup(state);

	w = *state;
	memset(&host, 0, sizeof(host));
	fake_tsm(&w->fake, &host, FAKE_TSM_OURS);
	return err;
}

static int host_setup(void **state)
{
	struct world *w;
	int err = world_setup(state);

	w = *state;
	memset(&host, 0, sizeof(host));
	fake_tsm_link(&w->fake, &host, FAKE_TSM_OURS);
	return err;
}

#define GUEST_TEST(test) cmocka_unit_test_setup_teardown(test, guest_setup, world_teardown)
#define HOST_TEST(test) cmocka_unit_test_setup_teardown(test, host_setup, world_teardown)

/* Runs a verb on the device, which ends with @status. */
static void expect(struct world *w, int status, const char *verb)
{
	struct result r = run(w, "tsm", verb, FAKE_TSM_BDF, NULL);

	if (r.status != status)
		print_error("%s: %s\n", verb, r.err);
	assert_int_equal(r.status, status);
	result_free(&r);
}

static void expect_says(struct result r, int status, const char *text)
{
	if (r.status != status || !strstr(r.err, text))
		print_error("status %d, and says: %s\n", r.status, r.err);
	assert_int_equal(r.status, status);
	assert_non_null(strstr(r.err, text));
	result_free(&r);
}

static bool is_null(const struct result *r, const char *path)
{
	return json_is_null(json_path(r, path));
}

static void list_shows_a_guest(void **state)
{
	struct world *w = *state;
	struct result r = run(w, "tsm", "list", NULL);

	assert_int_equal(r.status, 0);
	assert_string_equal(r.out, "TSM  MODE\n"
				   "tsm0 devsec\n"
				   "DEVICE       STATE TSM DRIVER\n"
				   "0000:01:00.0 idle  -   -\n");
	assert_string_equal(r.err, "");
	result_free(&r);

	expect(w, 0, "lock");
	r = run(w, "tsm", "list", "--json", NULL);
	assert_string_equal(json_text(&r, "data.tsms.0.name"), "tsm0");
	assert_string_equal(json_text(&r, "data.tsms.0.mode"), "devsec");
	assert_string_equal(json_text(&r, "data.devices.0.bdf"), FAKE_TSM_BDF);
	assert_string_equal(json_text(&r, "data.devices.0.state"), "locked");
	assert_string_equal(json_text(&r, "data.devices.0.tsm"), "tsm0");
	assert_int_equal(json_number(&r, "data.devices.0.generation"), 1);
	assert_true(is_null(&r, "data.devices.0.dsm"));
	assert_int_equal(json_array_size(json_path(&r, "data.devices.0.streams")), 0);
	assert_int_equal(json_array_size(json_path(&r, "data.bridges")), 0);
	assert_true(is_null(&r, "data.reason"));
	result_free(&r);
}

static void list_shows_a_host_with_its_streams(void **state)
{
	struct world *w = *state;
	struct result r;

	fake_tsm_add(&w->fake, "0000:02:00.0");
	expect(w, 0, "connect");
	r = run(w, "tsm", "list", NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal(
		r.out, "TSM  MODE\n"
		       "tsm0 link\n"
		       "DEVICE       STATE     TSM  DSM          DRIVER STREAMS\n"
		       "0000:01:00.0 connected tsm0 0000:01:00.0 -      stream0.0.1\n"
		       "0000:02:00.0 idle      -    -            -      -\n"
		       "BRIDGE     STREAMS AVAILABLE\n"
		       "pci0000:00       1         3\n"
		       "STREAM      BRIDGE     DEVICE       SLOT ROOT PORT BLOCK ENDPOINT BLOCK\n"
		       "stream0.0.1 pci0000:00 0000:01:00.0    0               0              1\n");
	result_free(&r);

	r = run(w, "tsm", "list", "--json", NULL);
	assert_string_equal(json_text(&r, "data.devices.0.streams.0"), "stream0.0.1");
	assert_int_equal(json_array_size(json_path(&r, "data.devices.1.streams")), 0);
	assert_int_equal(json_number(&r, "data.bridges.0.streams"), 1);
	assert_int_equal(json_number(&r, "data.bridges.0.available"), 3);
	assert_string_equal(json_text(&r, "data.streams.0.name"), "stream0.0.1");
	assert_string_equal(json_text(&r, "data.streams.0.bridge"), "pci0000:00");
	assert_string_equal(json_text(&r, "data.streams.0.device"), FAKE_TSM_BDF);
	assert_int_equal(json_number(&r, "data.streams.0.endpoint_block"), 1);
	result_free(&r);
}

static void list_without_a_tsm_says_why(void **state)
{
	struct world *w = *state;
	struct result r;

	fake_tsm_unregister(&w->fake, 0);
	r = run(w, "tsm", "list", NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal(r.out, "");
	assert_non_null(strstr(r.err, "no TSM was found: "));
	result_free(&r);

	r = run(w, "tsm", "list", "--json", NULL);
	assert_int_equal(r.status, 0);
	assert_int_equal(json_array_size(json_path(&r, "data.tsms")), 0);
	assert_true(json_is_string(json_path(&r, "data.reason")));
	assert_string_equal(r.err, "");
	result_free(&r);
}

/* The row of an operation in the document of show. */
static const json_t *operation(const struct result *r, const char *name)
{
	const json_t *rows = json_path(r, "data.operations");
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		if (!strcmp(json_string_value(json_object_get(row, "operation")), name))
			return row;
	}
	fail_msg("no %s in: %s", name, r->out);
	return NULL;
}

static const char *operation_text(const struct result *r, const char *name, const char *key)
{
	return json_string_value(json_object_get(operation(r, name), key));
}

static void show_tells_what_can_be_done_and_why_not(void **state)
{
	struct world *w = *state;
	struct result r = run(w, "tsm", "show", "01:00.0", NULL);

	assert_int_equal(r.status, 0);
	assert_non_null(strstr(r.out, "bdf: 0000:01:00.0\nstate: idle\n"));
	assert_non_null(strstr(r.out, "\nlock       yes"));
	assert_non_null(strstr(r.out, "\nunlock     no       0000:01:00.0 is not locked"));
	assert_non_null(strstr(r.out, " -> lock it first\n"));
	assert_null(strstr(r.out, "report bytes"));
	assert_string_equal(r.err, "");
	result_free(&r);

	r = run(w, "tsm", "show", "--json", "01:00.0", NULL);
	assert_true(json_is_true(json_object_get(operation(&r, "lock"), "possible")));
	assert_string_equal(operation_text(&r, "lock", "attribute"), "tsm/lock");
	assert_string_equal(operation_text(&r, "lock", "write"), "tsm0");
	assert_true(json_is_false(json_object_get(operation(&r, "accept"), "possible")));
	assert_string_equal(operation_text(&r, "accept", "remedy"), "lock it first");
	assert_true(is_null(&r, "data.report_sha384"));
	assert_true(is_null(&r, "data.report_reason"));
	result_free(&r);
	assert_int_equal(host.writes, 0);
}

static void show_tells_of_the_report(void **state)
{
	struct world *w = *state;
	struct result r;

	expect(w, 0, "lock");
	r = run(w, "tsm", "show", "--json", "01:00.0", NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal(json_text(&r, "data.state"), "locked");
	assert_int_equal(json_number(&r, "data.generation"), 1);
	assert_int_equal(json_number(&r, "data.report_bytes"), sizeof(fake_tsm_report));
	assert_string_equal(json_text(&r, "data.report_sha384"), DIGEST);
	assert_string_equal(json_text(&r, "data.report_verdict"), "ok");
	assert_int_equal(json_number(&r, "data.report_faults"), 0);
	assert_string_equal(operation_text(&r, "accept", "write"), "1 1");
	result_free(&r);

	host.devices[0].report = "too short";
	host.devices[0].report_bytes = 9;
	fake_tsm_show(&w->fake);
	r = run(w, "tsm", "show", "--json", "01:00.0", NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal(json_text(&r, "data.report_verdict"), "refused");
	assert_int_equal(json_number(&r, "data.report_faults"), 1);
	assert_true(json_is_false(json_object_get(operation(&r, "accept"), "possible")));
	result_free(&r);
}

static void show_tells_why_the_report_is_not_read(void **state)
{
	struct world *w = *state;
	struct result r;

	expect(w, 0, "lock");
	host.report_error = -EACCES;
	r = run(w, "tsm", "show", "--json", "01:00.0", NULL);
	assert_int_equal(r.status, 0);
	assert_true(is_null(&r, "data.report_bytes"));
	assert_non_null(strstr(json_text(&r, "data.report_reason"), "Permission denied"));
	assert_string_equal(operation_text(&r, "accept", "why"), "permission");
	result_free(&r);
}

static void a_change_tells_what_was_done(void **state)
{
	struct world *w = *state;
	struct result r = run(w, "tsm", "lock", "--json", "--tsm=tsm0", "0000:01:00.0", NULL);

	assert_int_equal(r.status, 0);
	assert_string_equal(json_text(&r, "data.bdf"), "0000:01:00.0");
	assert_string_equal(json_text(&r, "data.operation"), "lock");
	assert_string_equal(json_text(&r, "data.tsm"), "tsm0");
	assert_string_equal(json_text(&r, "data.before"), "idle");
	assert_string_equal(json_text(&r, "data.attribute"), "tsm/lock");
	assert_string_equal(json_text(&r, "data.write"), "tsm0");
	assert_true(json_is_true(json_path(&r, "data.written")));
	assert_string_equal(json_text(&r, "data.after"), "locked");
	assert_int_equal(json_number(&r, "data.generation"), 1);
	result_free(&r);

	r = run(w, "tsm", "accept", "01:00.0", NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal(r.out,
			    "0000:01:00.0: locked -> accepted (wrote '1 1' to tsm/accept)\n");
	result_free(&r);

	r = run(w, "tsm", "unlock", "01:00.0", NULL);
	assert_string_equal(r.out, "0000:01:00.0: accepted -> idle (wrote 'tsm0' to tsm/unlock)\n");
	result_free(&r);
}

static void a_host_connects_and_disconnects(void **state)
{
	struct world *w = *state;
	struct result r = run(w, "tsm", "connect", "01:00.0", NULL);

	assert_int_equal(r.status, 0);
	assert_string_equal(r.out,
			    "0000:01:00.0: idle -> connected (wrote 'tsm0' to tsm/connect)\n");
	result_free(&r);

	r = run(w, "tsm", "disconnect", "--json", "01:00.0", NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal(json_text(&r, "data.operation"), "disconnect");
	assert_string_equal(json_text(&r, "data.after"), "idle");
	assert_true(is_null(&r, "data.generation"));
	result_free(&r);

	/* It has no TSM of a guest. */
	expect(w, 3, "lock");
}

static void a_dry_run_writes_nothing(void **state)
{
	static const char *const verbs[] = { "lock", "accept", "unlock" };
	struct world *w = *state;
	struct result r = run(w, "tsm", "lock", "-n", "01:00.0", NULL);

	assert_int_equal(r.status, 0);
	assert_string_equal(r.out, "0000:01:00.0 is idle, would write 'tsm0' to tsm/lock\n");
	assert_int_equal(host.writes, 0);
	result_free(&r);

	r = run(w, "tsm", "accept", "-n", "01:00.0", NULL);
	expect_says(r, 1, "cannot accept 0000:01:00.0: 0000:01:00.0 is not locked");

	for (size_t i = 0; i < KF_ARRAY_SIZE(verbs); i++) {
		r = run(w, "tsm", verbs[i], "-n", "--json", "01:00.0", NULL);
		assert_int_equal(r.status, 0);
		assert_int_equal(host.writes, i);
		assert_true(json_is_false(json_path(&r, "data.written")));
		assert_true(is_null(&r, "data.after"));
		result_free(&r);
		expect(w, 0, verbs[i]);
	}
}

static void what_is_no_device_is_a_wrong_command_line(void **state)
{
	static const char *const words[] = { "1:00.0", "0000:01:00",	  "0000:01:00.8",  "tsm0",
					     "",       "../0000:01:00.0", "0000:01:00.0\n" };
	struct world *w = *state;

	for (size_t i = 0; i < KF_ARRAY_SIZE(words); i++)
		expect_says(run(w, "tsm", "lock", words[i], NULL), 2,
			    "is no PCI device, as 0000:01:00.0 or 01:00.0\n");
	expect_says(run(w, "tsm", "show", "0000:AB:00.0", NULL), 1,
		    "cannot look at 0000:ab:00.0: ");
	expect_says(run(w, "tsm", "lock", "--tsm=tsm0x", "01:00.0", NULL), 1,
		    "'tsm0x' is no name of a TSM");
	assert_int_equal(host.writes, 0);
}

static void a_tsm_is_named_when_there_are_several(void **state)
{
	struct world *w = *state;

	host.tsms[2] = KVMFEAT_TSM_MODE_DEVSEC;
	fake_tsm_show(&w->fake);
	expect_says(run(w, "tsm", "lock", "01:00.0", NULL), 1, "there are several (tsm0, tsm2)");
	expect_says(run(w, "tsm", "lock", "--tsm=tsm1", "01:00.0", NULL), 1, "no such TSM");
	expect_says(run(w, "tsm", "lock", "-t", "tsm2", "01:00.0", NULL), 0, "");
	expect_says(run(w, "tsm", "unlock", "--tsm=tsm0", "01:00.0", NULL), 1,
		    "belongs to tsm2, not to tsm0");
	expect(w, 0, "unlock");
}

static void a_driver_stands_in_the_way(void **state)
{
	struct world *w = *state;
	struct result r;

	host.devices[0].driver = "nvme";
	fake_tsm_show(&w->fake);
	r = run(w, "tsm", "lock", "--json", "01:00.0", NULL);
	assert_int_equal(r.status, 1);
	assert_string_equal(json_text(&r, "error.errno"), "EBUSY");
	assert_non_null(strstr(json_text(&r, "error.reason"), "belongs to the driver nvme"));
	assert_non_null(strstr(json_text(&r, "error.remedy"), "/drivers/nvme/unbind"));
	result_free(&r);
}

static void each_errno_of_the_kernel_ends_with_a_status(void **state)
{
	static const struct {
		int err;
		int status;
		const char *name;
	} rows[] = {
		{ -EIO, 1, "EIO" },	  { -ETIMEDOUT, 1, "ETIMEDOUT" }, { -EINTR, 1, "EINTR" },
		{ -EACCES, 4, "EACCES" }, { -EPERM, 4, "EPERM" },	  { -ENXIO, 3, "ENXIO" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < KF_ARRAY_SIZE(rows); i++) {
		struct result r;

		host.write_error = rows[i].err;
		r = run(w, "tsm", "lock", "--json", "01:00.0", NULL);
		assert_int_equal(r.status, rows[i].status);
		assert_string_equal(json_text(&r, "error.errno"), rows[i].name);
		result_free(&r);
	}
	host.write_error = 0;
	expect(w, 0, "lock");
}

static void unplug(struct fake *fake, const char *attribute, bool is_write)
{
	if (is_write && !strcmp(attribute, "tsm/lock"))
		fake_tsm_unplug(fake, &host.devices[0], true);
}

static void a_device_that_takes_its_place_is_not_locked(void **state)
{
	struct world *w = *state;
	struct result r;

	host.moment = unplug;
	r = run(w, "tsm", "lock", "--json", "01:00.0", NULL);
	assert_int_equal(r.status, 1);
	assert_string_equal(json_text(&r, "error.errno"), "ENODEV");
	assert_int_equal(host.devices[0].state, KVMFEAT_TSM_STATE_IDLE);
	result_free(&r);
}

static void accept_takes_the_report_that_was_looked_at(void **state)
{
	struct world *w = *state;
	char option[160];

	fake_file_bytes(&w->fake, "/seen", fake_tsm_report, sizeof(fake_tsm_report));
	snprintf(option, sizeof(option), "--report=%s", path_of(w, "seen"));
	expect(w, 0, "lock");
	expect_says(run(w, "tsm", "accept", option, "01:00.0", NULL), 0, "");
	assert_string_equal(host.last, "1 1\n");
	expect(w, 0, "unlock");

	expect(w, 0, "lock");
	expect_says(run(w, "tsm", "accept", "--digest=" DIGEST, "01:00.0", NULL), 0, "");
	expect(w, 0, "unlock");

	expect(w, 0, "lock");
	snprintf(option, sizeof(option), "--digest=%s", DIGEST);
	for (char *c = strchr(option, '='); *c; c++)
		*c = *c >= 'a' && *c <= 'f' ? *c - 'a' + 'A' : *c;
	expect_says(run(w, "tsm", "accept", option, "01:00.0", NULL), 0, "");
}

static void accept_refuses_another_report(void **state)
{
	struct world *w = *state;
	char option[160];
	struct result r;

	expect(w, 0, "lock");
	fake_file_bytes(&w->fake, "/seen", fake_tsm_other_report, sizeof(fake_tsm_other_report));
	snprintf(option, sizeof(option), "--report=%s", path_of(w, "seen"));
	r = run(w, "tsm", "accept", "--json", option, "01:00.0", NULL);
	assert_int_equal(r.status, 5);
	assert_string_equal(json_text(&r, "error.errno"), "ESTALE");
	assert_non_null(strstr(r.err, "shows another report than the one that was given"));
	result_free(&r);

	host.devices[0].report = fake_tsm_other_report;
	host.devices[0].report_bytes = sizeof(fake_tsm_other_report);
	fake_tsm_show(&w->fake);
	r = run(w, "tsm", "accept", "--json", "--digest=" DIGEST, "01:00.0", NULL);
	assert_int_equal(r.status, 5);
	assert_string_equal(json_text(&r, "error.errno"), "ESTALE");
	assert_non_null(strstr(r.err, ", not " DIGEST "\n"));
	assert_string_equal(json_text(&r, "error.remedy"), "kvmfeat tdisp show 0000:01:00.0");
	result_free(&r);
	assert_int_equal(host.writes, 1);
	assert_int_equal(host.devices[0].state, KVMFEAT_TSM_STATE_LOCKED);
}

static void accept_refuses_a_report_that_changes_meanwhile(void **state)
{
	struct world *w = *state;

	expect(w, 0, "lock");
	host.devices[0].answers = fake_tsm_other_report;
	host.devices[0].answers_bytes = sizeof(fake_tsm_other_report);
	expect(w, 5, "accept");
	assert_int_equal(host.devices[0].state, KVMFEAT_TSM_STATE_LOCKED);
	/* Now it is the one that is looked at. */
	expect(w, 0, "accept");
}

static void accept_refuses_a_report_with_faults(void **state)
{
	static const struct report_range outside = { 0x10000f, 2, 0, 0 };
	uint8_t *bytes = report_make(&outside, 1, 0);
	struct world *w = *state;

	host.devices[0].answers = bytes;
	host.devices[0].answers_bytes = REPORT_SIZE(1, 0);
	expect(w, 0, "lock");
	expect_says(run(w, "tsm", "accept", "01:00.0", NULL), 5, "must not be believed: bar.fit");
	assert_int_equal(host.devices[0].state, KVMFEAT_TSM_STATE_LOCKED);
	free(bytes);

	/* A state that cannot be told is no answer about the report. */
	fake_file(&w->fake, FAKE_TSM_DIR "0000:01:00.0/tsm/lock", "what\n");
	expect(w, 1, "accept");
}

static void accept_says_what_is_wrong_with_its_options(void **state)
{
	struct world *w = *state;

	expect_says(run(w, "tsm", "accept", "--digest=12", "01:00.0", NULL), 2,
		    "--digest takes the 96 hexadecimal digits of a SHA-384\n");
	expect_says(run(w, "tsm", "accept", "--digest=g" DIGEST, "01:00.0", NULL), 2,
		    "--digest takes");
	expect_says(run(w, "tsm", "accept", "--digest=" DIGEST, "--report=x", "01:00.0", NULL), 2,
		    "--report and --digest exclude each other\n");
	expect_says(run(w, "tsm", "accept", "--report=/nothing", "01:00.0", NULL), 1,
		    "cannot read /nothing: No such file or directory\n");
	expect_says(run(w, "tsm", "accept", "--digest=" DIGEST, "01:00.0", NULL), 1,
		    "cannot read the report of 0000:01:00.0: ");
}

static void accept_without_a_report_has_to_be_allowed(void **state)
{
	struct world *w = *state;
	struct result r;

	host.kernel = FAKE_TSM_POSTED;
	fake_tsm_show(&w->fake);
	expect(w, 0, "lock");
	r = run(w, "tsm", "accept", "--json", "01:00.0", NULL);
	assert_int_equal(r.status, 3);
	assert_string_equal(json_text(&r, "error.remedy"), "--allow-unchecked");
	result_free(&r);

	expect_says(run(w, "tsm", "accept", "-U", "--digest=" DIGEST, "01:00.0", NULL), 3,
		    "does not show the report");
	expect_says(run(w, "tsm", "accept", "-U", "01:00.0", NULL), 0, "");
	assert_string_equal(host.last, "1\n");
}

static void completion_offers_what_a_verb_is_for(void **state)
{
	struct world *w = *state;
	struct result r = run(w, "--complete", "tsm", "lock", "", NULL);

	assert_string_equal(r.out, FAKE_TSM_BDF "\n");
	result_free(&r);
	r = run(w, "--complete", "tsm", "accept", "", NULL);
	assert_string_equal(r.out, "");
	result_free(&r);
	r = run(w, "--complete", "tsm", "lock", "--tsm=", NULL);
	assert_string_equal(r.out, "--tsm=tsm0\n");
	result_free(&r);
	r = run(w, "--complete", "tsm", "connect", "--tsm=", NULL);
	assert_string_equal(r.out, "");
	result_free(&r);

	expect(w, 0, "lock");
	r = run(w, "--complete", "tsm", "lock", "", NULL);
	assert_string_equal(r.out, "");
	result_free(&r);
	for (int i = 0; i < 4; i++) {
		static const char *const nouns[] = { "tsm", "tsm", "tsm", "tdisp" };
		static const char *const verbs[] = { "show", "accept", "unlock", "diff" };

		r = run(w, "--complete", nouns[i], verbs[i], "0000", NULL);
		assert_string_equal(r.out, FAKE_TSM_BDF "\n");
		result_free(&r);
	}
}

static void completion_of_a_host_offers_what_a_verb_is_for(void **state)
{
	struct world *w = *state;
	struct result r = run(w, "--complete", "tsm", "connect", "", NULL);

	assert_string_equal(r.out, FAKE_TSM_BDF "\n");
	result_free(&r);
	expect(w, 0, "connect");
	r = run(w, "--complete", "tsm", "connect", "", NULL);
	assert_string_equal(r.out, "");
	result_free(&r);
	r = run(w, "--complete", "tsm", "disconnect", "", NULL);
	assert_string_equal(r.out, FAKE_TSM_BDF "\n");
	result_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		GUEST_TEST(list_shows_a_guest),
		HOST_TEST(list_shows_a_host_with_its_streams),
		GUEST_TEST(list_without_a_tsm_says_why),
		GUEST_TEST(show_tells_what_can_be_done_and_why_not),
		GUEST_TEST(show_tells_of_the_report),
		GUEST_TEST(show_tells_why_the_report_is_not_read),
		GUEST_TEST(a_change_tells_what_was_done),
		HOST_TEST(a_host_connects_and_disconnects),
		GUEST_TEST(a_dry_run_writes_nothing),
		GUEST_TEST(what_is_no_device_is_a_wrong_command_line),
		GUEST_TEST(a_tsm_is_named_when_there_are_several),
		GUEST_TEST(a_driver_stands_in_the_way),
		GUEST_TEST(each_errno_of_the_kernel_ends_with_a_status),
		GUEST_TEST(a_device_that_takes_its_place_is_not_locked),
		GUEST_TEST(accept_takes_the_report_that_was_looked_at),
		GUEST_TEST(accept_refuses_another_report),
		GUEST_TEST(accept_refuses_a_report_that_changes_meanwhile),
		GUEST_TEST(accept_refuses_a_report_with_faults),
		GUEST_TEST(accept_says_what_is_wrong_with_its_options),
		GUEST_TEST(accept_without_a_report_has_to_be_allowed),
		GUEST_TEST(completion_offers_what_a_verb_is_for),
		HOST_TEST(completion_of_a_host_offers_what_a_verb_is_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
