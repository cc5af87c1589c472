// SPDX-License-Identifier: GPL-2.0-or-later
/* PCI devices as operands: their names, and the reports of those that a TSM serves. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define DOMAIN "0000:"
#define DOMAIN_MIN 4
#define DOMAIN_MAX 8

bool cli_bdf(const char *operand, char ret_bdf[KVMFEAT_TSM_BDF_SIZE])
{
	static const char hex[] = "0123456789abcdefABCDEF";
	const size_t digits = strspn(operand, hex);
	const bool has_domain =
		digits >= DOMAIN_MIN && digits <= DOMAIN_MAX && operand[digits] == ':';
	const char *rest = has_domain ? operand + digits + 1 : operand;

	if (strspn(rest, hex) != 2 || rest[2] != ':' || strspn(rest + 3, hex) != 2 ||
	    rest[5] != '.' || rest[6] < '0' || rest[6] > '7' || rest[7])
		return false;
	snprintf(ret_bdf, KVMFEAT_TSM_BDF_SIZE, "%s%s", has_domain ? "" : DOMAIN, operand);
	for (char *c = ret_bdf; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return true;
}

int cli_open_device(struct cli *cli, const char *operand, struct cli_device *ret_device)
{
	struct cli_device device;
	int err;

	if (!cli_bdf(operand, device.bdf))
		return cli_usage(cli, "'%s' is no PCI device, as 0000:01:00.0 or 01:00.0", operand);
	err = kvmfeat_tsm_device_open(cli->ctx, device.bdf, &device.handle);
	if (err)
		return cli_fail(cli, err, "look at %s", device.bdf);
	*ret_device = device;
	return CLI_DONE;
}

int cli_read_report(struct cli *cli, const struct cli_device *device, struct cli_file *ret_file)
{
	struct kvmfeat_tsm_report report = { .size = sizeof(report) };
	unsigned char *bytes = malloc(CLI_REPORT_MAX);
	int err;

	if (!bytes)
		return cli_end(cli, CLI_FAILED, -ENOMEM, "no memory", NULL);
	err = kvmfeat_tsm_device_read_report(device->handle, bytes, CLI_REPORT_MAX, &report);
	if (err) {
		free(bytes);
		return cli_fail(cli, err, "read the report of %s", device->bdf);
	}
	*ret_file = (struct cli_file){ .bytes = bytes, .size = report.bytes };
	return CLI_DONE;
}

void cli_offer_devices(struct cli *cli, struct cli_completion *completion,
		       bool (*fits)(const struct kvmfeat_tsm_status *status))
{
	struct kvmfeat_tsm_list *list;

	if (kvmfeat_tsm_list_load(cli->ctx, &list))
		return;
	for (size_t i = 0; i < kvmfeat_tsm_list_device_count(list); i++) {
		const struct kvmfeat_tsm_status *status = kvmfeat_tsm_list_device_at(list, i);

		if (fits(status))
			cli_offer(completion, status->bdf);
	}
	kvmfeat_tsm_list_free(list);
}
