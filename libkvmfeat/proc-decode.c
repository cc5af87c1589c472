// SPDX-License-Identifier: LGPL-2.1-or-later
/* Texts of /proc, decoded without any I/O. Reading them is in proc.c and vm-list.c. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define CAP_SYS_PTRACE 19
#define START_TIME_FIELD 22 /* of /proc/PID/stat, counted from 1 */

/* Reads a number of at most @max; returns what follows it, or NULL. */
static const char *read_number(const char *text, uint64_t max, uint64_t *ret_number)
{
	uint64_t number = 0;

	if (!isdigit((unsigned char)*text))
		return NULL;
	for (; isdigit((unsigned char)*text); text++) {
		unsigned int digit = (unsigned int)(*text - '0');

		if (number > (max - digit) / 10)
			return NULL;
		number = number * 10 + digit;
	}
	*ret_number = number;
	return text;
}

bool kf_proc_decode_number(const char *text, int *ret_number)
{
	uint64_t number;
	const char *end = read_number(text, INT_MAX, &number);

	if (!end || *end)
		return false;
	*ret_number = (int)number;
	return true;
}

bool kf_proc_decode_kvm_link(const char *link, long *ret_id)
{
	static const char vm[] = "anon_inode:kvm-vm";
	static const char vcpu[] = "anon_inode:kvm-vcpu";
	long id = KF_LINK_VM;
	int number;

	if (strcmp(link, vm) != 0) {
		if (strncmp(link, vcpu, sizeof(vcpu) - 1) != 0)
			return false;
		link += sizeof(vcpu) - 1;
		if (!*link) /* before 4.19 (commit e46b469278a5) the id is not told */
			id = KF_LINK_VCPU;
		else if (*link == ':' && kf_proc_decode_number(link + 1, &number))
			id = number;
		else
			return false;
	}
	*ret_id = id;
	return true;
}

/* What follows @name at the start of a line, without blanks, or NULL. */
static const char *find_line(const char *text, const char *name)
{
	while (text && strncmp(text, name, strlen(name)) != 0) {
		text = strchr(text, '\n');
		if (text)
			text++;
	}
	return text ? text + strlen(name) + strspn(text + strlen(name), " \t") : NULL;
}

void kf_proc_decode_status(const char *text, struct kf_proc_status *ret_status)
{
	struct kf_proc_status status = { .uid = (uid_t)-1, .memory_bytes = -1 };
	const char *line = find_line(text, "Uid:");
	uint64_t number;

	if (line && read_number(line, UINT32_MAX, &number))
		status.uid = (uid_t)number;
	line = find_line(text, "VmRSS:");
	line = line ? read_number(line, INT64_MAX / 1024, &number) : NULL;
	if (line && !strncmp(line, " kB", 3))
		status.memory_bytes = (int64_t)number * 1024;
	*ret_status = status;
}

int kf_proc_decode_start(const char *text, uint64_t *ret_ticks)
{
	/* The name stands in brackets and may hold any bytes, brackets and newlines, too. */
	const char *field = strrchr(text, ')');
	uint64_t ticks;

	for (int number = 2; field && number < START_TIME_FIELD; number++) {
		field = strchr(field, ' ');
		if (field)
			field++;
	}
	field = field ? read_number(field, UINT64_MAX, &ticks) : NULL;
	if (!field || *field != ' ')
		return -EBADMSG;
	*ret_ticks = ticks;
	return 0;
}

int kf_proc_decode_uptime(const char *text, uint64_t *ret_ticks)
{
	uint64_t seconds, rest;

	text = read_number(text, UINT32_MAX, &seconds);
	if (!text || *text != '.')
		return -EBADMSG;
	text = read_number(text + 1, KF_PROC_TICKS - 1, &rest);
	if (!text || *text != ' ')
		return -EBADMSG;
	*ret_ticks = seconds * KF_PROC_TICKS + rest;
	return 0;
}

int kf_proc_decode_inode(const char *text, uint64_t *ret_inode)
{
	const char *line = find_line(text, "ino:");

	return line && read_number(line, UINT64_MAX, ret_inode) ? 0 : -EBADMSG;
}

bool kf_proc_decode_can_trace(const char *status)
{
	const char *line = find_line(status, "CapEff:");

	return line && isxdigit((unsigned char)*line) &&
	       strtoull(line, NULL, 16) >> CAP_SYS_PTRACE & 1;
}

/* What follows "MAJOR:MINOR " in a line of mountinfo, if it is that device, or NULL. */
static const char *match_device(const char *line, unsigned int major, unsigned int minor)
{
	static const char after[] = "  : ";
	uint64_t numbers[4];

	for (size_t i = 0; line && i < KF_ARRAY_SIZE(numbers); i++) {
		line = read_number(line, UINT32_MAX, &numbers[i]);
		line = line && *line == after[i] ? line + 1 : NULL;
	}
	return line && numbers[2] == major && numbers[3] == minor ? line : NULL;
}

/* Whether the super options of a procfs make pids invisible: those of noaccess stay listed. */
static bool hides_pids(const char *options, const char *end)
{
	static const char name[] = ",hidepid=";
	static const char *const shown[] = { "0", "off", "1", "noaccess" };
	const char *value = strstr(options, name);
	size_t len;

	if (!value || value >= end)
		return false;
	value += sizeof(name) - 1;
	len = strcspn(value, ",\n");
	for (size_t i = 0; i < KF_ARRAY_SIZE(shown); i++)
		if (len == strlen(shown[i]) && !strncmp(value, shown[i], len))
			return false;
	return true;
}

bool kf_proc_decode_hidepid(const char *mountinfo, unsigned int major, unsigned int minor)
{
	static const char type[] = " - proc ";

	for (const char *line = mountinfo; *line;) {
		const char *end = line + strcspn(line, "\n");
		const char *rest = match_device(line, major, minor);
		const char *source = rest ? strstr(rest, type) : NULL;

		if (source && source < end) {
			source += sizeof(type) - 1;
			return hides_pids(source + strcspn(source, " \n"), end);
		}
		line = *end ? end + 1 : end;
	}
	return false;
}
