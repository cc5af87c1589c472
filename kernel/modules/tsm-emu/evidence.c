// SPDX-License-Identifier: GPL-2.0-only
/*
 * With evidence=1, the generic netlink family "pci-tsm" as it was proposed for Linux: a dump of the
 * evidence about a device. Here it is bytes that a reader can tell apart, and the present report.
 */
#include "emu.h"

#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#define EVIDENCE_READ 1
#define FLAG_DIGEST BIT(0)
#define NONCE_MAX 256
#define CHUNK_MAX (U16_MAX - NLA_HDRLEN)

enum {
	ATTR_TYPE = 1,
	ATTR_TYPE_MASK,
	ATTR_FLAGS,
	ATTR_DEV_NAME,
	ATTR_NONCE,
	ATTR_VAL,
	ATTRS,
};

/* Types 1 to 7 are further slots of certificates, which the device has not. */
enum {
	TYPE_CERTIFICATES = 0,
	TYPE_VCA = 8,
	TYPE_MEASUREMENTS = 9,
	TYPE_REPORT = 10,
	TYPES,
};

/* What one dump sends, as it was when the dump began. */
struct evidence {
	void *data[TYPES];
	size_t size[TYPES];
	struct emu_function *fn;
	size_t chunk;
	unsigned int type; /* the next message */
	size_t at;
};

/* Of an object in one message. */
unsigned int emu_evidence_chunk = SZ_1K;

static const size_t made[TYPES] = {
	[TYPE_CERTIFICATES] = SZ_16K + 5, /* several messages */
	[TYPE_VCA] = 96,
	[TYPE_MEASUREMENTS] = 300,
};

static const struct nla_policy policy[ATTRS] = {
	[ATTR_TYPE_MASK] = NLA_POLICY_MASK(NLA_U32, BIT(TYPES) - 1),
	[ATTR_FLAGS] = NLA_POLICY_MASK(NLA_U32, FLAG_DIGEST),
	[ATTR_DEV_NAME] = { .type = NLA_NUL_STRING, .len = 31 },
	[ATTR_NONCE] = NLA_POLICY_MAX_LEN(NONCE_MAX),
};

static struct genl_family family;

static struct emu_function *find(const char *wanted)
{
	char name[32];

	for (int i = 0; i < EMU_PORTS; i++) {
		for (int j = 0; j < EMU_FUNCTIONS; j++) {
			struct emu_function *fn = &emu_ports[i].function[j];

			if (!fn->model)
				continue;
			emu_name(fn, name, sizeof(name));
			if (!strcmp(name, wanted))
				return READ_ONCE(fn->port->present) ? fn : NULL;
		}
	}
	return NULL;
}

/* Measurements begin with the nonce that was sent. */
static int collect(struct evidence *evidence, struct emu_function *fn, u32 mask,
		   const struct nlattr *nonce)
{
	for (unsigned int i = 0; i < TYPES; i++) {
		if (!(mask & BIT(i)) || !made[i])
			continue;
		evidence->data[i] = kvmalloc(made[i], GFP_KERNEL);
		if (!evidence->data[i])
			return -ENOMEM;
		evidence->size[i] = made[i];
		for (size_t at = 0; at < made[i]; at++)
			((u8 *)evidence->data[i])[at] = i + at;
	}
	if (nonce && evidence->data[TYPE_MEASUREMENTS])
		memcpy(evidence->data[TYPE_MEASUREMENTS], nla_data(nonce), nla_len(nonce));
	if (!(mask & BIT(TYPE_REPORT)))
		return 0;
	return emu_report_get(fn, &evidence->data[TYPE_REPORT], &evidence->size[TYPE_REPORT]);
}

static int evidence_done(struct netlink_callback *cb)
{
	struct evidence *evidence = (struct evidence *)cb->args[0];

	for (unsigned int i = 0; evidence && i < TYPES; i++)
		kvfree(evidence->data[i]);
	kfree(evidence);
	cb->args[0] = 0;
	return 0;
}

static int evidence_start(struct netlink_callback *cb)
{
	struct nlattr **attr = genl_dumpit_info(cb)->info.attrs;
	struct emu_function *fn;
	struct evidence *evidence;
	enum emu_tdi tdi;
	int err;

	if (!attr[ATTR_DEV_NAME] || !attr[ATTR_TYPE_MASK] || !nla_get_u32(attr[ATTR_TYPE_MASK]))
		return -EINVAL;
	if (attr[ATTR_FLAGS] && nla_get_u32(attr[ATTR_FLAGS]) & FLAG_DIGEST)
		return -EOPNOTSUPP;
	fn = find(nla_data(attr[ATTR_DEV_NAME]));
	if (!fn)
		return -ENODEV;
	tdi = READ_ONCE(fn->tdi);
	if (tdi != EMU_LOCKED && tdi != EMU_RUN)
		return -ENXIO;
	evidence = kzalloc_obj(*evidence);
	if (!evidence)
		return -ENOMEM;
	evidence->fn = fn;
	evidence->chunk = clamp_t(size_t, READ_ONCE(emu_evidence_chunk), 1, CHUNK_MAX);
	cb->min_dump_alloc = nlmsg_total_size(GENL_HDRLEN) + nla_total_size(sizeof(u32)) +
			     nla_total_size(evidence->chunk);
	cb->args[0] = (long)evidence;
	err = collect(evidence, fn, nla_get_u32(attr[ATTR_TYPE_MASK]), attr[ATTR_NONCE]);
	if (err)
		evidence_done(cb);
	return err;
}

/* One message: its object's type, if it is the first, and the next bytes. */
static int put_message(struct sk_buff *skb, struct netlink_callback *cb, struct evidence *evidence)
{
	unsigned int type = evidence->type;
	size_t rest = evidence->size[type] - evidence->at;
	size_t length = min(rest, evidence->chunk);
	void *header;

	header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &family,
			     NLM_F_MULTI, EVIDENCE_READ);
	if (!header)
		return -EMSGSIZE;
	if ((!evidence->at && nla_put_u32(skb, ATTR_TYPE, type)) ||
	    nla_put(skb, ATTR_VAL, length, evidence->data[type] + evidence->at)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	evidence->at += length;
	return 0;
}

static int evidence_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct evidence *evidence = (struct evidence *)cb->args[0];

	for (; evidence->type < TYPES; evidence->type++, evidence->at = 0) {
		while (evidence->at < evidence->size[evidence->type])
			if (put_message(skb, cb, evidence))
				return skb->len ?: -EMSGSIZE;
	}
	/* When all is sent, it is called once more. */
	return skb->len ?: emu_obey(evidence->fn, EMU_EVIDENCE);
}

static const struct genl_ops ops[] = {
	{
		.cmd = EVIDENCE_READ,
		.flags = GENL_ADMIN_PERM,
		.start = evidence_start,
		.dumpit = evidence_dump,
		.done = evidence_done,
	},
};

static struct genl_family family = {
	.name = "pci-tsm",
	.version = 1,
	.maxattr = ATTRS - 1,
	.policy = policy,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.module = THIS_MODULE,
};

int emu_evidence_start(void)
{
	return genl_register_family(&family);
}

void emu_evidence_stop(void)
{
	genl_unregister_family(&family);
}
