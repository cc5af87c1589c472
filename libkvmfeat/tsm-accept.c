// SPDX-License-Identifier: LGPL-2.1-or-later
/* Accepting a locked device: its report is looked at first, and the kernel is told which one. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tsm-private.h"

#define ACCEPT "accept a device"
/* The members of struct kvmfeat_tsm_accept_opts in release 1.0. */
#define OPTS_MIN_SIZE sizeof(struct kvmfeat_tsm_accept_opts)

/* The report is compared with what the caller has looked at. */
static int compare(const struct kf_tsm_changing *c, const struct kvmfeat_tsm_accept_opts *opts,
		   const void *bytes, const struct kvmfeat_tsm_report *report)
{
	static const char remedy[] = "look at its report again";

	if (opts->has_generation &&
	    (!report->has_generation || report->generation != opts->generation))
		return kf_tsm_refuse(c, -ESTALE, KVMFEAT_WHY_NONE, remedy,
				     "shows another report than number %" PRIu64, opts->generation);
	if (opts->report && (report->bytes != opts->report_bytes ||
			     memcmp(bytes, opts->report, report->bytes) != 0))
		return kf_tsm_refuse(c, -ESTALE, KVMFEAT_WHY_NONE, remedy,
				     "shows another report than the one that was given");
	return 0;
}

static int look_at_report(struct kf_tsm_changing *c, const struct kvmfeat_tsm_accept_opts *opts)
{
	struct kvmfeat_tsm_report report;
	void *bytes;
	int err = kf_tsm_load_report(c->device, ACCEPT, &bytes, &report);

	if (err)
		return err;
	err = compare(c, opts, bytes, &report);
	if (!err)
		err = kf_tsm_check_report(c->device, ACCEPT, bytes, report.bytes);
	free(bytes);
	c->change.has_generation = report.has_generation;
	c->change.generation = report.generation;
	return err;
}

static int check_unseen(const struct kf_tsm_changing *c, const struct kvmfeat_tsm_accept_opts *opts)
{
	const char *release = c->device->ctx->release;

	if (opts->report || opts->has_generation)
		return kf_tsm_refuse(c, -EOPNOTSUPP, KVMFEAT_WHY_KERNEL_VERSION, NULL,
				     "shows no report in this kernel (%s) that could be compared",
				     release);
	if (!(c->flags & KVMFEAT_TSM_ALLOW_UNCHECKED))
		return kf_tsm_refuse(
			c, -EOPNOTSUPP, KVMFEAT_WHY_KERNEL_VERSION, "KVMFEAT_TSM_ALLOW_UNCHECKED",
			"shows no report in this kernel (%s) that could be checked", release);
	return 0;
}

static int prepare(struct kf_tsm_changing *c, const void *data)
{
	const struct kvmfeat_tsm_status *status = &c->look.status;
	const struct kvmfeat_tsm_accept_opts *opts = data;
	struct kvmfeat_tsm_change *change = &c->change;
	int err = status->has_report ? look_at_report(c, opts) : check_unseen(c, opts);

	if (err)
		return err;
	strcpy(change->attribute,
	       kf_tsm_attr_path(status->uses_trust ? KF_TSM_TRUST : KF_TSM_ACCEPT));
	if (status->uses_trust)
		strcpy(change->write, KF_TSM_TRUST_ACCEPT);
	else if (change->has_generation)
		snprintf(change->write, sizeof(change->write), "1 %" PRIu64, change->generation);
	else
		strcpy(change->write, "1");
	return 0;
}

KVMFEAT_EXPORT int kvmfeat_tsm_device_accept(struct kvmfeat_tsm_device *device,
					     const struct kvmfeat_tsm_accept_opts *user_opts,
					     unsigned int flags,
					     struct kvmfeat_tsm_change *ret_change)
{
	const struct kf_opts form = { ACCEPT, "kvmfeat_tsm_accept_opts",
				      sizeof(struct kvmfeat_tsm_accept_opts), OPTS_MIN_SIZE };
	struct kvmfeat_tsm_accept_opts opts = { 0 };
	struct kf_tsm_changing c = { .device = device, .op = KF_TSM_OP_ACCEPT, .flags = flags };
	int err = user_opts ? kf_opts_take(&device->ctx->reason, &form, user_opts, &opts) : 0;

	if (err)
		return err;
	c.operation = ACCEPT;
	c.done = "accepted";
	c.prepare = prepare;
	c.data = &opts;
	return kf_tsm_change(&c, ret_change);
}
