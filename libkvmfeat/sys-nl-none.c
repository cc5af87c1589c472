// SPDX-License-Identifier: LGPL-2.1-or-later
/* The netlink part of the kernel edge in a build without libnl (-Dmonitor=disabled). */
#include <errno.h>

#include "sys.h"

int kf_nl_open(const struct kf_sys *sys, int protocol, int group, struct kf_nl *nl)
{
	(void)sys;
	(void)protocol;
	(void)group;
	(void)nl;
	return -ENOSYS;
}

ssize_t kf_nl_receive(const struct kf_sys *sys, const struct kf_nl *nl, void *buf, size_t size,
		      struct kf_nl_from *ret_from)
{
	(void)sys;
	(void)nl;
	(void)buf;
	(void)size;
	(void)ret_from;
	return -ENOSYS;
}

int kf_nl_open_family(const struct kf_sys *sys, const char *family, struct kf_nl *ret_nl)
{
	(void)sys;
	(void)family;
	(void)ret_nl;
	return -ENOSYS;
}

int kf_nl_dump(const struct kf_sys *sys, const struct kf_nl *nl,
	       const struct kf_nl_request *request, kf_nl_visit *visit, void *data)
{
	(void)sys;
	(void)nl;
	(void)request;
	(void)visit;
	(void)data;
	return -ENOSYS;
}

void kf_nl_close(const struct kf_sys *sys, struct kf_nl *nl)
{
	(void)sys;
	(void)nl;
}
