// SPDX-License-Identifier: GPL-2.0-or-later
/* A name or a text of sysfs that is about TSMs, or the start of a configuration space. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tsm-private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* What is taken is what the kernel prints: printing it again gives the same. */
static void check_names(const char *text)
{
	unsigned int domain, bus, device, function;
	char again[64];
	int number;

	require(kf_tsm_is_name_or_empty(text) == (!*text || kf_tsm_is_name(text)));
	require(kf_tsm_is_bdf_or_empty(text) == (!*text || kf_tsm_is_bdf(text)));
	if (kf_tsm_is_name(text)) {
		require(sscanf(text, "tsm%d", &number) == 1 && number >= 0);
		snprintf(again, sizeof(again), "tsm%d", number);
		require(!strcmp(text, again) && strlen(text) < KVMFEAT_TSM_NAME_SIZE);
	}
	if (kf_tsm_is_bdf(text)) {
		require(sscanf(text, "%x:%x:%x.%u", &domain, &bus, &device, &function) == 4);
		snprintf(again, sizeof(again), "%04x:%02x:%02x.%u", domain, bus, device, function);
		require(!strcmp(text, again) && strlen(text) < KVMFEAT_TSM_BDF_SIZE);
		require(bus < 256 && device < 32 && function < 8);
	}
}

static void check_stream(const char *text)
{
	struct kvmfeat_tsm_stream stream = { .host_bridge_slot = 77 };
	char again[64];

	if (!kf_tsm_decode_stream(text, &stream)) {
		require(stream.host_bridge_slot == 77);
		return;
	}
	snprintf(again, sizeof(again), "stream%u.%u.%u", stream.host_bridge_slot,
		 stream.root_port_block, stream.endpoint_block);
	require(!strcmp(text, again));
}

static void check_texts(const char *text)
{
	const enum kvmfeat_tsm_mode mode = kf_tsm_decode_mode(text);
	uint64_t generation = 77;
	bool has = true, accepted = false;
	char again[64] = "";

	if (kf_tsm_decode_generation(text, &has, &generation)) {
		if (has)
			snprintf(again, sizeof(again), "%" PRIu64, generation);
		require(!strcmp(text, again) && kf_tsm_is_generation(text));
	} else {
		require(has && generation == 77 && !kf_tsm_is_generation(text));
	}
	require(kf_tsm_decode_trust(text, &accepted) == kf_tsm_is_trust(text));
	require(!accepted || strtoul(text, NULL, 10) >= 3);
	require(kf_tsm_is_bool(text) == (!strcmp(text, "0") || !strcmp(text, "1")));
	require(mode == KVMFEAT_TSM_MODE_UNKNOWN || !strcmp(text, kvmfeat_tsm_mode_name(mode)));
	require(!strchr(kf_tsm_last_part(text), '/'));
}

/* "NAME LINK" */
static void check_bus(char *text)
{
	char *link = strchr(text, ' ');
	char bridge[64];

	if (!link)
		return;
	*link++ = '\0';
	if (!kf_tsm_is_root_bus(text, link))
		return;
	snprintf(bridge, sizeof(bridge), "pci%s", text);
	require(strstr(link, bridge) && !strcmp(kf_tsm_last_part(link), text));
	require(!strchr(text, '/'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *config = malloc(size + !size);
	char *text = calloc(1, size + 1);

	require(text && config);
	if (size) {
		memcpy(text, data, size);
		memcpy(config, data, size);
	}
	check_names(text);
	check_stream(text);
	check_texts(text);
	check_bus(text);
	require(kf_tsm_decode_tee(config, size) <= KF_TSM_TEE_YES);
	free(config);
	free(text);
	return 0;
}
