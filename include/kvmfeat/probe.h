/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every feature of every room: is it there, why not, and what would change that. */
#ifndef KVMFEAT_PROBE_H
#define KVMFEAT_PROBE_H

#include <stddef.h>

#include <kvmfeat/ctx.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kvmfeat_probe;

/**
 * enum kvmfeat_state - What is known of a feature
 * @KVMFEAT_STATE_UNKNOWN: it could not be seen; the reason says what was missing
 * @KVMFEAT_STATE_ABSENT: this host does not have it
 * @KVMFEAT_STATE_OFF: it is there and switched off
 * @KVMFEAT_STATE_AVAILABLE: it is there and can be switched on per VM, device or vCPU
 * @KVMFEAT_STATE_ON: it is in effect
 */
enum kvmfeat_state {
	KVMFEAT_STATE_UNKNOWN = 0,
	KVMFEAT_STATE_ABSENT,
	KVMFEAT_STATE_OFF,
	KVMFEAT_STATE_AVAILABLE,
	KVMFEAT_STATE_ON,
};

/** KVMFEAT_PROBE_DEEP - also ask what needs a scratch VM or vCPU, made and destroyed here */
#define KVMFEAT_PROBE_DEEP 0x1u

/**
 * struct kvmfeat_feature - One feature of a host
 * @id: its id, "<where>.<name>" ("x86.avic"); ids are never renamed
 * @text: what it is, one line
 * @since: first Linux release that has it ("6.8"), or "none" while no release has
 * @state: what is known of it
 * @why: class of @reason; KVMFEAT_WHY_NONE when nothing stands in the way
 * @reason: why it is not on, one sentence; NULL when nothing is to be said
 * @remedy: what would change that; NULL when nothing is known
 * @evidence: what was asked and answered ("KVM_CAP_GUEST_MEMFD = 1"); NULL when nothing
 * could be asked
 */
struct kvmfeat_feature {
	const char *id;
	const char *text;
	const char *since;
	enum kvmfeat_state state;
	enum kvmfeat_why why;
	const char *reason;
	const char *remedy;
	const char *evidence;
};

/**
 * struct kvmfeat_host - The host that was probed
 * @arch: its architecture as the kernel names it ("x86", "arm64", "s390"), or "unknown"
 * @release: its kernel release ("7.3.4"), or "unknown"
 * @api_version: of /dev/kvm; -1: it could not be opened
 */
struct kvmfeat_host {
	const char *arch;
	const char *release;
	int api_version;
};

/**
 * kvmfeat_probe_load() - Probe this host
 * @ctx: context
 * @flags: KVMFEAT_PROBE_DEEP or 0
 * @ret_probe: receives the result, one entry per feature that this library knows, in a fixed
 * order; free it with kvmfeat_probe_free()
 *
 * Succeeds without /dev/kvm and without any permission: what cannot be seen has the state
 * unknown. States come from results; CPU flags and versions only explain them.
 *
 * Return: 0, or -EINVAL (unknown @flags), -ENOMEM.
 * Since: 1.0
 */
int kvmfeat_probe_load(struct kvmfeat_ctx *ctx, unsigned int flags,
		       struct kvmfeat_probe **ret_probe);

/**
 * kvmfeat_probe_host() - The host that was probed
 * @probe: result
 *
 * Return: its facts, valid as long as the result.
 * Since: 1.0
 */
const struct kvmfeat_host *kvmfeat_probe_host(const struct kvmfeat_probe *probe);

/**
 * kvmfeat_probe_count() - How many features a result holds
 * @probe: result
 *
 * Return: the number of entries.
 * Since: 1.0
 */
size_t kvmfeat_probe_count(const struct kvmfeat_probe *probe);

/**
 * kvmfeat_probe_at() - One feature of a result
 * @probe: result
 * @index: 0 to count - 1
 *
 * Return: the entry, valid as long as the result; NULL when @index is out of range.
 * Since: 1.0
 */
const struct kvmfeat_feature *kvmfeat_probe_at(const struct kvmfeat_probe *probe, size_t index);

/**
 * kvmfeat_probe_find() - One feature of a result, by id
 * @probe: result
 * @id: feature id
 *
 * Return: the entry, valid as long as the result; NULL when the library knows no such id.
 * Since: 1.0
 */
const struct kvmfeat_feature *kvmfeat_probe_find(const struct kvmfeat_probe *probe, const char *id);

/**
 * kvmfeat_probe_free() - Free a result
 * @probe: result, or NULL
 *
 * Since: 1.0
 */
void kvmfeat_probe_free(struct kvmfeat_probe *probe);

/**
 * kvmfeat_probe_state_name() - The name of a state
 * @state: state
 *
 * Return: "on", "off", "available", "absent" or "unknown".
 * Since: 1.0
 */
const char *kvmfeat_probe_state_name(enum kvmfeat_state state);

#ifdef __cplusplus
}
#endif

#endif
