/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Real uevents of any content, that nobody else hears: in a network namespace of its own a process
 * asks the kernel to broadcast what it likes (uevent_net_rcv_skb()), as from itself. Needs root,
 * or user namespaces that anybody may make.
 */
#ifndef UEVENTS_H
#define UEVENTS_H

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Who asks the kernel, and who writes to the group himself. */
#define UEVENTS_KERNEL 0
#define UEVENTS_GROUP 1

static inline bool uevents_write(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_CLOEXEC);
	const bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return written;
}

/* Moves this process into a namespace of its own; false with errno when it may not. */
static inline bool uevents_alone(void)
{
	const uid_t uid = geteuid();
	char map[32];

	if (!unshare(CLONE_NEWNET))
		return true;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return false;
	snprintf(map, sizeof(map), "0 %u 1", uid);
	return uevents_write("/proc/self/uid_map", map);
}

/* A socket to send from, or -1. */
static inline int uevents_socket(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
}

/* "change@/x|ACTION=change|DEVPATH=/x|SUBSYSTEM=tsm"; returns an errno. */
static inline int uevents_send(int fd, unsigned int group, const char *words)
{
	const struct sockaddr_nl to = { .nl_family = AF_NETLINK, .nl_groups = group };
	struct {
		struct nlmsghdr header;
		char text[2048];
	} message = { .header = { .nlmsg_type = NLMSG_MIN_TYPE, .nlmsg_flags = NLM_F_REQUEST } };
	const size_t size = strlen(words) + 1;
	size_t all = sizeof(message.header) + size;
	const void *bytes = &message;

	memcpy(message.text, words, size);
	for (char *bar = message.text; (bar = strchr(bar, '|'));)
		*bar++ = '\0';
	message.header.nlmsg_len = (unsigned int)all;
	/* The kernel takes the header off; a group gets what was sent. */
	if (group) {
		bytes = message.text;
		all = size;
	}
	return sendto(fd, bytes, all, 0, (const struct sockaddr *)&to, sizeof(to)) < 0 ? errno : 0;
}

#endif
