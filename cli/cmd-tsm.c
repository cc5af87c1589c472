// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmfeat tsm: the verbs, and what they complete. Each group of them has a file of its own. */
#include <string.h>

#include "cmd-tsm.h"

void tsm_print_status(struct out *out, const struct kvmfeat_tsm_status *status)
{
	out_str(out, "bdf", status->bdf);
	out_str(out, "state", kvmfeat_tsm_state_name(status->state));
	out_str_or_null(out, "why", kvmfeat_ctx_why_name(status->why));
	out_str_or_null(out, "reason", status->reason);
	out_str_or_null(out, "tsm", status->tsm);
	out_str_or_null(out, "dsm", status->dsm);
	out_str_or_null(out, "bound", status->bound);
	out_str_or_null(out, "driver", status->driver);
	out_bool(out, "authenticated", status->authenticated);
	out_bool(out, "can_connect", status->can_connect);
	out_bool(out, "can_lock", status->can_lock);
	out_bool(out, "can_accept", status->can_accept);
	out_bool(out, "uses_trust", status->uses_trust);
	out_bool(out, "has_report", status->has_report);
	out_count(out, "generation", status->has_generation ? (int64_t)status->generation : -1);
}

/* The devices that a verb can be meant for; a device whose state is unknown may be one. */
struct offer {
	const char *verb;
	bool (*fits)(const struct kvmfeat_tsm_status *status);
	enum kvmfeat_tsm_mode mode; /* of the TSMs that --tsm can name */
};

static bool fits_all(const struct kvmfeat_tsm_status *status)
{
	return status->bdf[0];
}

static bool fits_connect(const struct kvmfeat_tsm_status *status)
{
	return status->can_connect && status->state == KVMFEAT_TSM_STATE_IDLE;
}

static bool fits_disconnect(const struct kvmfeat_tsm_status *status)
{
	return status->state == KVMFEAT_TSM_STATE_CONNECTED ||
	       status->state == KVMFEAT_TSM_STATE_BOUND;
}

static bool fits_lock(const struct kvmfeat_tsm_status *status)
{
	return status->can_lock && status->state == KVMFEAT_TSM_STATE_IDLE;
}

static bool fits_accept(const struct kvmfeat_tsm_status *status)
{
	return status->state == KVMFEAT_TSM_STATE_LOCKED;
}

static bool fits_unlock(const struct kvmfeat_tsm_status *status)
{
	return status->state == KVMFEAT_TSM_STATE_LOCKED ||
	       status->state == KVMFEAT_TSM_STATE_ACCEPTED;
}

static const struct offer offers[] = {
	{ "show", fits_all, KVMFEAT_TSM_MODE_UNKNOWN },
	{ "connect", fits_connect, KVMFEAT_TSM_MODE_LINK },
	{ "disconnect", fits_disconnect, KVMFEAT_TSM_MODE_LINK },
	{ "lock", fits_lock, KVMFEAT_TSM_MODE_DEVSEC },
	{ "accept", fits_accept, KVMFEAT_TSM_MODE_DEVSEC },
	{ "unlock", fits_unlock, KVMFEAT_TSM_MODE_DEVSEC },
};

static void offer_tsms(struct cli *cli, struct cli_completion *completion,
		       enum kvmfeat_tsm_mode mode)
{
	struct kvmfeat_tsm_list *list;

	if (kvmfeat_tsm_list_load(cli->ctx, &list))
		return;
	for (size_t i = 0; i < kvmfeat_tsm_list_count(list); i++) {
		const struct kvmfeat_tsm *tsm = kvmfeat_tsm_list_at(list, i);

		if (tsm->mode == mode || tsm->mode == KVMFEAT_TSM_MODE_UNKNOWN)
			cli_offer(completion, tsm->name);
	}
	kvmfeat_tsm_list_free(list);
}

static void complete(struct cli *cli, struct cli_completion *completion, int index)
{
	const struct offer *offer = offers;

	while (strcmp(offer->verb, cli->verb->name) != 0)
		offer++;
	if (!index)
		cli_offer_devices(cli, completion, offer->fits);
	else if (index == -'t')
		offer_tsms(cli, completion, offer->mode);
}

static const struct verb verbs[] = {
	{
		.name = "list",
		.help = "List the TSMs, the devices that they serve, and encrypted links",
		.run = tsm_list,
	},
	{
		.name = "show",
		.args = "BDF",
		.help = "Show a device's state and report, and what can be done with it",
		.min_args = 1,
		.max_args = 1,
		.run = tsm_show,
		.complete = complete,
	},
	{
		.name = "connect",
		.args = "BDF",
		.help = "On a host: set up a secure session with a device",
		.options = tsm_change_options,
		.min_args = 1,
		.max_args = 1,
		.flags = VERB_DRY_RUN,
		.run = tsm_connect,
		.complete = complete,
	},
	{
		.name = "disconnect",
		.args = "BDF",
		.help = "On a host: end the secure session with a device",
		.options = tsm_change_options,
		.min_args = 1,
		.max_args = 1,
		.flags = VERB_DRY_RUN,
		.run = tsm_disconnect,
		.complete = complete,
	},
	{
		.name = "lock",
		.args = "BDF",
		.help = "In a guest: lock a device's configuration, so that it has a report",
		.options = tsm_change_options,
		.min_args = 1,
		.max_args = 1,
		.flags = VERB_DRY_RUN,
		.run = tsm_lock,
		.complete = complete,
	},
	{
		.name = "accept",
		.args = "BDF",
		.help = "In a guest: let a locked device reach private memory",
		.options = tsm_accept_options,
		.min_args = 1,
		.max_args = 1,
		.flags = VERB_DRY_RUN,
		.run = tsm_accept,
		.complete = complete,
	},
	{
		.name = "unlock",
		.args = "BDF",
		.help = "In a guest: give a locked or accepted device back",
		.options = tsm_change_options,
		.min_args = 1,
		.max_args = 1,
		.flags = VERB_DRY_RUN,
		.run = tsm_unlock,
		.complete = complete,
	},
};

const struct noun noun_tsm =
	NOUN("tsm", "Confidential devices: connect, lock, accept, unlock", verbs);
