// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whether an operation on a device is allowed, as far as it can be seen, so that the kernel need
 * not be asked and the cause has a name. The errno is the one that the kernel would give.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tsm-private.h"

#define BIT(state) (1u << KVMFEAT_TSM_STATE_##state)
#define LINKED (BIT(CONNECTED) | BIT(BOUND))

/* The states in which an operation makes no sense. */
static const struct {
	unsigned int ops;
	unsigned int states;
	int error;
	const char *text; /* "%s" is the TSM that has it */
	const char *remedy;
} wrong[] = {
	{ KF_TSM_OP_CONNECT, LINKED, -EBUSY, "is connected already", NULL },
	{ KF_TSM_OP_CONNECT, BIT(LOCKED) | BIT(ACCEPTED), -EBUSY, "is locked", "unlock it first" },
	{ KF_TSM_OP_DISCONNECT, BIT(IDLE), -ENXIO, "is not connected", NULL },
	{ KF_TSM_OP_DISCONNECT, BIT(LOCKED) | BIT(ACCEPTED), -ENXIO, "is locked, not connected",
	  "unlock it" },
	{ KF_TSM_OP_LOCK, LINKED, -EBUSY, "is connected", "disconnect it first" },
	{ KF_TSM_OP_LOCK, BIT(LOCKED) | BIT(ACCEPTED), -EBUSY, "is locked already",
	  "unlock it first" },
	{ KF_TSM_OP_ACCEPT, BIT(IDLE), -EINVAL, "is not locked", "lock it first" },
	{ KF_TSM_OP_ACCEPT | KF_TSM_OP_UNLOCK, LINKED, -EINVAL, "is connected, not locked",
	  "disconnect it" },
	{ KF_TSM_OP_ACCEPT, BIT(ACCEPTED), -EBUSY, "is accepted already", NULL },
	{ KF_TSM_OP_UNLOCK, BIT(IDLE), -EINVAL, "is not locked", NULL },
};

static enum kvmfeat_tsm_mode mode_of(enum kf_tsm_op op)
{
	return op == KF_TSM_OP_CONNECT || op == KF_TSM_OP_DISCONNECT ? KVMFEAT_TSM_MODE_LINK :
								       KVMFEAT_TSM_MODE_DEVSEC;
}

/* Whether the kernel has the attribute. */
static int check_offered(struct kf_tsm_changing *c)
{
	const struct kvmfeat_tsm_status *status = &c->look.status;
	const enum kvmfeat_tsm_mode mode = mode_of(c->op);
	char reason[KVMFEAT_TSM_REASON_SIZE];
	enum kvmfeat_why why;

	if (mode == KVMFEAT_TSM_MODE_LINK ? status->can_connect : status->can_lock) {
		if (c->op != KF_TSM_OP_ACCEPT || status->can_accept)
			return 0;
		return kf_tsm_refuse(c, -EOPNOTSUPP, KVMFEAT_WHY_KERNEL_VERSION, NULL,
				     "has neither tsm/accept nor trust in this kernel (%s)",
				     c->device->ctx->release);
	}
	why = kf_tsm_why_unserved(c->device, mode, reason, sizeof(reason));
	return kf_tsm_refuse(c, -EOPNOTSUPP, why,
			     why == KVMFEAT_WHY_HARDWARE ? KF_TSM_LOAD_DRIVER : NULL,
			     "cannot be %s: %s", c->done, reason);
}

static int check_state(const struct kf_tsm_changing *c)
{
	const struct kvmfeat_tsm_status *status = &c->look.status;

	if (status->state == KVMFEAT_TSM_STATE_UNKNOWN)
		return kf_tsm_refuse(c, c->look.err, status->why,
				     status->why == KVMFEAT_WHY_PERMISSION ? "run as root" : NULL,
				     "is not touched, as its state is not known: %s",
				     status->reason);
	for (size_t i = 0; i < KF_ARRAY_SIZE(wrong); i++)
		if (wrong[i].ops & c->op && wrong[i].states & 1u << status->state)
			return kf_tsm_refuse(
				c, wrong[i].error,
				wrong[i].error == -EBUSY ? KVMFEAT_WHY_BUSY : KVMFEAT_WHY_NONE,
				wrong[i].remedy, "%s%s%s%s", wrong[i].text,
				*status->tsm ? " (" : "", status->tsm, *status->tsm ? ")" : "");
	return 0;
}

/* A TSM of a guest touches no device that a driver uses. */
static int check_driver(const struct kf_tsm_changing *c)
{
	const struct kvmfeat_tsm_status *status = &c->look.status;
	char remedy[256];

	if (mode_of(c->op) == KVMFEAT_TSM_MODE_LINK || !*status->driver)
		return 0;
	snprintf(remedy, sizeof(remedy), "unbind it: echo %s > /sys/bus/pci/drivers/%s/unbind",
		 status->bdf, status->driver);
	return kf_tsm_refuse(c, -EBUSY, KVMFEAT_WHY_BUSY, remedy, "belongs to the driver %s",
			     status->driver);
}

/* The one that has the device is the one that it is taken from. */
static int check_holder(struct kf_tsm_changing *c)
{
	const struct kvmfeat_tsm_status *status = &c->look.status;

	strcpy(c->change.tsm, status->tsm);
	if (!c->tsm || !strcmp(c->tsm, status->tsm))
		return 0;
	return kf_tsm_refuse(c, -EINVAL, KVMFEAT_WHY_NONE, NULL, "belongs to %s, not to %s",
			     status->tsm, c->tsm);
}

/* Which TSM is to have the device. */
static int choose_tsm(struct kf_tsm_changing *c)
{
	const enum kvmfeat_tsm_mode mode = mode_of(c->op);
	const char *kind = mode == KVMFEAT_TSM_MODE_LINK ? "host" : "guest";
	struct kf_tsm_found found;
	int err = kf_tsm_find(c->device->ctx, c->operation, mode, c->tsm, &found);

	if (err)
		return err;
	if (!found.fitting)
		return kf_tsm_refuse(c, -ENXIO, KVMFEAT_WHY_HARDWARE, KF_TSM_LOAD_DRIVER,
				     "cannot be %s: no TSM of a %s has registered", c->done, kind);
	if (!c->tsm && found.fitting > 1)
		return kf_tsm_refuse(c, -EINVAL, KVMFEAT_WHY_NONE, "name one of them",
				     "cannot be %s by whichever TSM: there are several (%s)",
				     c->done, found.names);
	if (c->tsm && !found.has_named)
		return kf_tsm_refuse(c, -ENXIO, KVMFEAT_WHY_NONE, NULL,
				     "cannot be %s by %s: there is no such TSM, but %s", c->done,
				     c->tsm, found.names);
	if (c->tsm && found.named_mode && found.named_mode != mode)
		return kf_tsm_refuse(c, -ENXIO, KVMFEAT_WHY_NONE, NULL,
				     "cannot be %s by %s, which is no TSM of a %s (%s)", c->done,
				     c->tsm, kind, kvmfeat_tsm_mode_name(found.named_mode));
	strcpy(c->change.tsm, c->tsm ? c->tsm : found.first);
	return 0;
}

int kf_tsm_check_allowed(struct kf_tsm_changing *c)
{
	const bool is_new = c->op == KF_TSM_OP_CONNECT || c->op == KF_TSM_OP_LOCK;
	int err = check_offered(c);

	if (!err)
		err = check_state(c);
	if (!err)
		err = check_driver(c);
	if (!err)
		err = is_new ? choose_tsm(c) : check_holder(c);
	return err;
}
