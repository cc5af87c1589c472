// SPDX-License-Identifier: LGPL-2.1-or-later
/* Names and texts of TSMs and their devices in sysfs. No I/O, no context. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "bytes.h"
#include "decimal.h"
#include "tsm-private.h"

#define DOMAIN_DIGITS 4
#define DOMAIN_DIGITS_MAX 8 /* of an int */

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static size_t hex_digits(const char *text)
{
	size_t count = 0;

	while (is_hex(text[count]))
		count++;
	return count;
}

/* "0000:00", as "%04x:%02x" prints it; returns what follows, or NULL. */
static const char *skip_bus(const char *text)
{
	const size_t digits = hex_digits(text);

	if (digits < DOMAIN_DIGITS || digits > DOMAIN_DIGITS_MAX)
		return NULL;
	if (digits > DOMAIN_DIGITS && *text == '0')
		return NULL;
	text += digits;
	if (*text++ != ':' || hex_digits(text) != 2)
		return NULL;
	return text + 2;
}

bool kf_tsm_is_bdf(const char *text)
{
	text = skip_bus(text);
	if (!text || *text != ':' || hex_digits(text + 1) != 2)
		return false;
	/* Five bits of device, three of function: PCI_SLOT() and PCI_FUNC() */
	if (text[1] > '1' || text[3] != '.')
		return false;
	return text[4] >= '0' && text[4] <= '7' && !text[5];
}

bool kf_tsm_is_name(const char *text)
{
	uint64_t number;

	if (strncmp(text, "tsm", 3) != 0)
		return false;
	text += 3;
	return kf_decimal(&text, INT_MAX, &number) && !*text;
}

bool kf_tsm_is_name_or_empty(const char *text)
{
	return !*text || kf_tsm_is_name(text);
}

bool kf_tsm_is_bdf_or_empty(const char *text)
{
	return !*text || kf_tsm_is_bdf(text);
}

bool kf_tsm_is_bool(const char *text)
{
	return (*text == '0' || *text == '1') && !text[1];
}

bool kf_tsm_decode_generation(const char *text, bool *ret_has, uint64_t *ret_generation)
{
	uint64_t generation = 0;
	const bool has = *text;

	if (has && (!kf_decimal(&text, UINT64_MAX, &generation) || *text))
		return false;
	*ret_has = has;
	*ret_generation = generation;
	return true;
}

bool kf_tsm_is_generation(const char *text)
{
	uint64_t generation;
	bool has;

	return kf_tsm_decode_generation(text, &has, &generation);
}

/*
 * UNCERTAIN: no kernel has this attribute. The review of "PCI/TSM: TEE I/O infrastructure" v2 wants
 * it in place of accept, with levels from 0 to 3 or 4; 3 is the one with private DMA, and we take a
 * higher one for as much.
 */
bool kf_tsm_decode_trust(const char *text, bool *ret_accepted)
{
	uint64_t level;

	if (!kf_decimal(&text, INT_MAX, &level) || *text)
		return false;
	*ret_accepted = level >= 3;
	return true;
}

bool kf_tsm_is_trust(const char *text)
{
	bool accepted;

	return kf_tsm_decode_trust(text, &accepted);
}

enum kvmfeat_tsm_mode kf_tsm_decode_mode(const char *text)
{
	enum kvmfeat_tsm_mode mode = KVMFEAT_TSM_MODE_DEVSEC;

	while (mode != KVMFEAT_TSM_MODE_UNKNOWN && strcmp(text, kvmfeat_tsm_mode_name(mode)) != 0)
		mode--;
	return mode;
}

bool kf_tsm_decode_stream(const char *name, struct kvmfeat_tsm_stream *ret_stream)
{
	static const char prefix[] = "stream";
	uint64_t numbers[3];

	if (strncmp(name, prefix, strlen(prefix)) != 0)
		return false;
	name += strlen(prefix);
	for (size_t i = 0; i < KF_ARRAY_SIZE(numbers); i++) {
		if (i && *name++ != '.')
			return false;
		if (!kf_decimal(&name, INT_MAX, &numbers[i]))
			return false;
	}
	if (*name)
		return false;
	ret_stream->host_bridge_slot = (unsigned int)numbers[0];
	ret_stream->root_port_block = (unsigned int)numbers[1];
	ret_stream->endpoint_block = (unsigned int)numbers[2];
	return true;
}

/* ".../pci0000:00/pci_bus/0000:00": pci_register_host_bridge() names bridge and bus. */
bool kf_tsm_is_root_bus(const char *name, const char *link)
{
	char end[64];
	const char *after = skip_bus(name);
	size_t length;

	if (!after || *after)
		return false;
	length = (size_t)snprintf(end, sizeof(end), "/pci%s/pci_bus/%s", name, name);
	return strlen(link) >= length && !strcmp(link + strlen(link) - length, end);
}

int kf_tsm_compare_names(const char *a, const char *b)
{
	const size_t a_length = strlen(a), b_length = strlen(b);

	if (a_length != b_length)
		return a_length < b_length ? -1 : 1;
	return strcmp(a, b);
}

const char *kf_tsm_last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* include/uapi/linux/pci_regs.h */
enum {
	PCI_STATUS = 0x06,
	PCI_STATUS_CAP_LIST = 0x10,
	PCI_CAPABILITY_LIST = 0x34,
	PCI_CAP_ID_EXP = 0x10,
	PCI_EXP_DEVCAP = 0x04,
	PCI_EXP_DEVCAP_TEE = 0x40000000,
	PCI_HEADER = 0x40, /* where capabilities may begin */
	PCI_CAPS_MAX = 48, /* as PCI_FIND_CAP_TTL */
};

enum kf_tsm_tee kf_tsm_decode_tee(const uint8_t *config, size_t size)
{
	unsigned int at;

	if (size < PCI_HEADER)
		return KF_TSM_TEE_UNKNOWN;
	if (!(config[PCI_STATUS] & PCI_STATUS_CAP_LIST))
		return KF_TSM_TEE_NO;
	at = config[PCI_CAPABILITY_LIST] & ~3u;
	for (unsigned int i = 0; i < PCI_CAPS_MAX && at >= PCI_HEADER; i++) {
		if (at + PCI_EXP_DEVCAP + 4 > size)
			return KF_TSM_TEE_UNKNOWN;
		if (config[at] == PCI_CAP_ID_EXP)
			return kf_le(config + at + PCI_EXP_DEVCAP, 4) & PCI_EXP_DEVCAP_TEE ?
				       KF_TSM_TEE_YES :
				       KF_TSM_TEE_NO;
		at = config[at + 1] & ~3u;
	}
	return KF_TSM_TEE_NO;
}
