// SPDX-License-Identifier: GPL-2.0-or-later
/* Texts of /proc: the first byte picks the decoder, the rest is the text up to a NUL. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* Whether @part is in @text at the start of a line. */
static bool has_line(const char *text, const char *part)
{
	const char *at = text;

	while ((at = strstr(at, part)) && at != text && at[-1] != '\n')
		at++;
	return at;
}

static void check_number(const char *text)
{
	int number;

	if (!kf_proc_decode_number(text, &number))
		return;
	require(number >= 0 && strspn(text, "0123456789") == strlen(text));
	require(strtoll(text, NULL, 10) == number);
}

static void check_link(const char *link)
{
	long id;

	if (!kf_proc_decode_kvm_link(link, &id))
		return;
	require(id >= KF_LINK_VCPU);
	if (id == KF_LINK_VM)
		require(!strcmp(link, "anon_inode:kvm-vm"));
	else if (id == KF_LINK_VCPU)
		require(!strcmp(link, "anon_inode:kvm-vcpu"));
	else
		require(strtol(link + strlen("anon_inode:kvm-vcpu:"), NULL, 10) == id);
}

static void check_status(const char *text)
{
	struct kf_proc_status status;

	kf_proc_decode_status(text, &status);
	require(status.uid == (uid_t)-1 || has_line(text, "Uid:"));
	require(status.memory_bytes >= -1);
	if (status.memory_bytes >= 0)
		require(status.memory_bytes % 1024 == 0 && has_line(text, "VmRSS:"));
}

static void check_start(const char *text)
{
	char digits[32];
	uint64_t ticks;

	if (kf_proc_decode_start(text, &ticks))
		return;
	snprintf(digits, sizeof(digits), "%" PRIu64 " ", ticks);
	require(strrchr(text, ')') && strstr(strrchr(text, ')'), digits));
}

static void check_uptime(const char *text)
{
	uint64_t ticks;

	if (!kf_proc_decode_uptime(text, &ticks))
		require(strtoull(text, NULL, 10) == ticks / KF_PROC_TICKS);
}

static void check_inode(const char *text)
{
	uint64_t inode;

	if (!kf_proc_decode_inode(text, &inode))
		require(has_line(text, "ino:"));
}

static void check_hidepid(const char *text)
{
	if (kf_proc_decode_hidepid(text, 0, 21))
		require(strstr(text, "0:21 ") && strstr(text, " - proc ") &&
			strstr(text, ",hidepid="));
}

static void check_can_trace(const char *text)
{
	if (kf_proc_decode_can_trace(text))
		require(has_line(text, "CapEff:"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const checks[])(const char *text) = {
		check_number, check_link,  check_status,  check_start,
		check_uptime, check_inode, check_hidepid, check_can_trace,
	};
	char *text;

	if (!size)
		return 0;
	text = strndup((const char *)data + 1, size - 1);
	require(text);
	checks[data[0] % KF_ARRAY_SIZE(checks)](text);
	free(text);
	return 0;
}
