/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Evidence of a PCI device for its attestation: certificates, measurements, interface report,
 * through the generic netlink family "pci-tsm". It was posted for Linux, and no release has it.
 */
#ifndef KVMFEAT_EVIDENCE_H
#define KVMFEAT_EVIDENCE_H

#include <stddef.h>
#include <stdint.h>

#include <kvmfeat/ctx.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kvmfeat_evidence;

/** KVMFEAT_EVIDENCE_VCA - number of the transcript of version, capabilities and algorithms */
#define KVMFEAT_EVIDENCE_VCA 8u
/** KVMFEAT_EVIDENCE_MEASUREMENTS - number of the measurements */
#define KVMFEAT_EVIDENCE_MEASUREMENTS 9u
/** KVMFEAT_EVIDENCE_REPORT - number of the device interface report, for kvmfeat_tdisp(3) */
#define KVMFEAT_EVIDENCE_REPORT 10u
/** KVMFEAT_EVIDENCE_TYPES - how many types there are; 0 to 7 are the certificate slots */
#define KVMFEAT_EVIDENCE_TYPES 11u

/** KVMFEAT_EVIDENCE_DIGEST - digests instead of the objects themselves */
#define KVMFEAT_EVIDENCE_DIGEST 0x1u

/**
 * struct kvmfeat_evidence_opts - What to ask for
 * @size: sizeof(struct kvmfeat_evidence_opts)
 * @types: bit n for the type with number n; 0: all
 * @flags: KVMFEAT_EVIDENCE_DIGEST or 0
 * @nonce: a random number, so that measurements are known to be fresh; NULL: none
 * @nonce_bytes: its size, at most 256; SPDM's has 32
 */
struct kvmfeat_evidence_opts {
	size_t size;
	unsigned int types;
	unsigned int flags;
	const void *nonce;
	size_t nonce_bytes;
};

/**
 * struct kvmfeat_evidence_object - One piece of evidence
 * @type: its number
 * @bytes: what the device gave; the library has checked nothing in it
 * @byte_count: how many, at most 16 MiB
 */
struct kvmfeat_evidence_object {
	unsigned int type;
	const void *bytes;
	size_t byte_count;
};

/**
 * kvmfeat_evidence_load() - Ask the kernel for evidence
 * @ctx: context
 * @device: PCI device, "0000:01:00.0"
 * @opts: what to ask for; NULL: everything, without a nonce
 * @ret_evidence: receives the evidence; free it with kvmfeat_evidence_free()
 *
 * It takes CAP_NET_ADMIN. When the device's state changes meanwhile, the kernel is asked anew, at
 * most twice.
 *
 * Return: 0, or -EINVAL (an argument; the origin tells who refused), -E2BIG (@opts is newer than
 * this library), -EOPNOTSUPP (this kernel does not have the family, or not for this device),
 * -EPERM (CAP_NET_ADMIN is missing), -ENODEV (no such device), -ENXIO (it has no TSM, or no
 * evidence yet), -EAGAIN (its state kept changing), -EBADMSG (the answer is malformed), -EFBIG
 * (an object has more than 16 MiB), -ENOSYS (this build of the library has no netlink), -ENOMEM;
 * other errors of the kernel pass through.
 * Since: 1.0
 */
int kvmfeat_evidence_load(struct kvmfeat_ctx *ctx, const char *device,
			  const struct kvmfeat_evidence_opts *opts,
			  struct kvmfeat_evidence **ret_evidence);

/**
 * kvmfeat_evidence_count() - How many objects there are
 * @evidence: evidence
 *
 * Return: the number of objects; a device need not have all that was asked for.
 * Since: 1.0
 */
size_t kvmfeat_evidence_count(const struct kvmfeat_evidence *evidence);

/**
 * kvmfeat_evidence_at() - One object
 * @evidence: evidence
 * @index: 0 to count - 1, in the kernel's order
 *
 * Return: the object, valid as long as the evidence; NULL when @index is out of range.
 * Since: 1.0
 */
const struct kvmfeat_evidence_object *kvmfeat_evidence_at(const struct kvmfeat_evidence *evidence,
							  size_t index);

/**
 * kvmfeat_evidence_free() - Free evidence
 * @evidence: evidence, or NULL
 *
 * Since: 1.0
 */
void kvmfeat_evidence_free(struct kvmfeat_evidence *evidence);

/**
 * kvmfeat_evidence_type_name() - The name of a type
 * @type: its number
 *
 * Return: "certificates-0" to "certificates-7", "vca", "measurements" or "report"; NULL: there is
 * no such type.
 * Since: 1.0
 */
const char *kvmfeat_evidence_type_name(unsigned int type);

#ifdef __cplusplus
}
#endif

#endif
