// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmfeat tsm accept: the one change after which a device may reach private memory. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cmd-tsm.h"

static bool is_digest(const char *text)
{
	return strlen(text) == CLI_DIGEST - 1 &&
	       strspn(text, "0123456789abcdefABCDEF") == CLI_DIGEST - 1;
}

static int check_options(struct cli *cli)
{
	const char *digest = cli_option(cli, 'd');

	if (digest && cli_option(cli, 'r'))
		return cli_usage(cli, "--report and --digest exclude each other");
	if (digest && !is_digest(digest))
		return cli_usage(cli, "--digest takes the %d hexadecimal digits of a SHA-384",
				 CLI_DIGEST - 1);
	return CLI_DONE;
}

/* The device's report, if it has the digest that is wanted. */
static int read_digested(struct cli *cli, const struct cli_device *device, const char *wanted,
			 struct cli_file *ret_report)
{
	int status = cli_read_report(cli, device, ret_report);
	char digest[CLI_DIGEST], text[512], remedy[64];

	if (status)
		return status;
	cli_digest(ret_report->bytes, ret_report->size, digest);
	if (!strcasecmp(digest, wanted))
		return CLI_DONE;
	free(ret_report->bytes);
	snprintf(text, sizeof(text), "cannot accept %s: the digest of its report is %s, not %s",
		 device->bdf, digest, wanted);
	snprintf(remedy, sizeof(remedy), "kvmfeat tdisp show %s", device->bdf);
	return cli_end(cli, CLI_ANSWER_NO, -ESTALE, text, remedy);
}

/* The report that the device must have; without bytes when the command line wants none. */
static int read_wanted(struct cli *cli, const struct cli_device *device,
		       struct cli_file *ret_report)
{
	const char *path = cli_option(cli, 'r'), *digest = cli_option(cli, 'd');

	*ret_report = (struct cli_file){ 0 };
	if (path)
		return cli_read_file(cli, path, CLI_REPORT_MAX, "a device interface report",
				     ret_report);
	return digest ? read_digested(cli, device, digest, ret_report) : CLI_DONE;
}

/*
 * Whether the report stands in the way, which is an answer: it is another one, or breaks a rule. A
 * device whose state cannot be decoded is refused with -EBADMSG, too.
 */
static bool is_answer(const struct kvmfeat_error *error, const struct kvmfeat_tsm_change *change)
{
	switch (error->error) {
	case -ESTALE:
	case -EAGAIN:
		return true;
	case -EBADMSG:
		return error->origin == KVMFEAT_ORIGIN_LIBRARY &&
		       change->before != KVMFEAT_TSM_STATE_UNKNOWN;
	default:
		return false;
	}
}

static int refuse(struct cli *cli, const struct cli_device *device,
		  const struct kvmfeat_tsm_change *change, int err)
{
	const struct kvmfeat_error *error = kvmfeat_ctx_error(cli->ctx);
	char text[1024];

	/* The library names its flag; here the option stands for it. */
	if (!strcmp(error->remedy, "KVMFEAT_TSM_ALLOW_UNCHECKED"))
		return cli_fail_but(cli, err, "--allow-unchecked", "accept %s", device->bdf);
	if (!is_answer(error, change))
		return cli_fail(cli, err, "accept %s", device->bdf);
	snprintf(text, sizeof(text), "cannot accept %s: %s", device->bdf, error->reason);
	return cli_end(cli, CLI_ANSWER_NO, err, text, error->remedy);
}

static int accept_report(struct cli *cli, const struct cli_device *device,
			 const struct cli_file *report)
{
	const struct kvmfeat_tsm_accept_opts opts = {
		.size = sizeof(opts),
		.report = report->bytes,
		.report_bytes = report->size,
	};
	const unsigned int flags = (cli->dry_run ? KVMFEAT_TSM_DRY_RUN : 0) |
				   (cli_option(cli, 'U') ? KVMFEAT_TSM_ALLOW_UNCHECKED : 0);
	struct kvmfeat_tsm_change change = { .size = sizeof(change) };
	int err = kvmfeat_tsm_device_accept(device->handle, &opts, flags, &change);

	if (err)
		return refuse(cli, device, &change, err);
	tsm_print_change(cli, device->bdf, &change);
	return CLI_DONE;
}

int tsm_accept(struct cli *cli)
{
	struct cli_device device;
	struct cli_file report;
	int status = check_options(cli);

	if (!status)
		status = cli_open_device(cli, cli->argv[0], &device);
	if (status)
		return status;
	status = read_wanted(cli, &device, &report);
	if (!status) {
		status = accept_report(cli, &device, &report);
		free(report.bytes);
	}
	kvmfeat_tsm_device_free(device.handle);
	return status;
}

const struct argp_option tsm_accept_options[] = {
	{ "report", 'r', "FILE", 0, "Only if its report is what FILE holds" },
	{ "digest", 'd', "SHA384", 0, "Only if its report has this digest" },
	{ "allow-unchecked", 'U', NULL, 0, "Where the kernel shows no report, accept without" },
	{ 0 },
};
