// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The netlink part of the kernel edge. libnl owns the sockets and speaks generic netlink;
 * messages of NETLINK_KOBJECT_UEVENT have no netlink header, so they are received here.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include "sys.h"

/*
 * libnl's own numbers as errnos. A call that the kernel refused has left the errno, but not
 * every error is of the kernel.
 */
static int errno_of(int err)
{
	static const struct {
		int nl;
		int error;
	} errors[] = {
		{ NLE_INTR, -EINTR },
		{ NLE_AGAIN, -EAGAIN },
		{ NLE_DUMP_INTR, -EAGAIN },
		{ NLE_NOMEM, -ENOMEM },
		{ NLE_OBJ_NOTFOUND, -ENOENT },
		{ NLE_NOACCESS, -EACCES },
		{ NLE_PERM, -EPERM },
		{ NLE_INVAL, -EINVAL },
		{ NLE_PROTO_MISMATCH, -EPROTONOSUPPORT },
		{ NLE_MSG_OVERFLOW, -ENOBUFS },
		{ NLE_NODEV, -ENODEV },
		{ NLE_OPNOTSUPP, -EOPNOTSUPP },
		{ NLE_BAD_SOCK, -EBADF },
	};

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (err == -errors[i].nl)
			return errors[i].error;
	return -EIO;
}

/* Several messages a system call: entering the kernel is a good part of what one costs. */
#define BATCH 16
#define MESSAGE_BYTES 8192 /* four times what the kernel's own may have */

/* A socket that receives messages without a netlink header. */
struct receiver {
	struct nl_sock *socket;
	unsigned int count; /* messages that were received */
	unsigned int next; /* the first that was not handed over */
	struct mmsghdr headers[BATCH];
	struct iovec parts[BATCH];
	struct sockaddr_nl addresses[BATCH];
	_Alignas(struct cmsghdr) char controls[BATCH][CMSG_SPACE(sizeof(struct ucred))];
	char bytes[BATCH][MESSAGE_BYTES];
};

/* The privileged call goes beyond net.core.rmem_max. */
static void set_receive_bytes(struct nl_sock *socket, struct kf_nl *nl)
{
	const int wish = nl->receive_bytes > INT_MAX / 2 ? INT_MAX / 2 : (int)nl->receive_bytes;
	const int fd = nl_socket_get_fd(socket);
	socklen_t size = sizeof(int);
	int got = 0;

	if (wish && setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &wish, sizeof(wish)))
		nl_socket_set_buffer_size(socket, wish, 0);
	if (!getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &got, &size))
		nl->receive_bytes = (size_t)got;
}

static int prepare(struct nl_sock *socket, int protocol, int group)
{
	int err;

	errno = 0;
	err = nl_connect(socket, protocol);
	/* libnl knows fewer errors than the kernel. */
	if (err)
		return errno ? -errno : errno_of(err);
	err = nl_socket_add_membership(socket, group);
	if (!err)
		err = nl_socket_set_passcred(socket, 1);
	if (!err)
		err = nl_socket_set_nonblocking(socket);
	return err ? errno_of(err) : 0;
}

int kf_nl_open(const struct kf_sys *sys, int protocol, int group, struct kf_nl *nl)
{
	struct receiver *receiver = calloc(1, sizeof(*receiver));
	int err;

	(void)sys;
	if (!receiver)
		return -ENOMEM;
	receiver->socket = nl_socket_alloc();
	err = receiver->socket ? prepare(receiver->socket, protocol, group) : -ENOMEM;
	if (err) {
		nl_socket_free(receiver->socket);
		free(receiver);
		return err;
	}
	set_receive_bytes(receiver->socket, nl);
	nl->receiver = receiver;
	nl->fd = nl_socket_get_fd(receiver->socket);
	return 0;
}

static int receive_batch(struct receiver *receiver)
{
	int count;

	for (size_t i = 0; i < BATCH; i++) {
		receiver->addresses[i].nl_family = AF_UNSPEC;
		receiver->parts[i] =
			(struct iovec){ .iov_base = receiver->bytes[i], .iov_len = MESSAGE_BYTES };
		receiver->headers[i].msg_hdr = (struct msghdr){
			.msg_name = &receiver->addresses[i],
			.msg_namelen = sizeof(receiver->addresses[i]),
			.msg_iov = &receiver->parts[i],
			.msg_iovlen = 1,
			.msg_control = receiver->controls[i],
			.msg_controllen = sizeof(receiver->controls[i]),
		};
	}
	count = recvmmsg(nl_socket_get_fd(receiver->socket), receiver->headers, BATCH, MSG_DONTWAIT,
			 NULL);
	if (count < 0)
		return -errno;
	receiver->count = (unsigned int)count;
	receiver->next = 0;
	return count ? 0 : -EAGAIN;
}

/* The real user of the sender; the kernel's messages are root's. */
static uid_t sender_uid(struct msghdr *message)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		struct ucred credentials;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_CREDENTIALS ||
		    c->cmsg_len < CMSG_LEN(sizeof(credentials)))
			continue;
		memcpy(&credentials, CMSG_DATA(c), sizeof(credentials));
		return credentials.uid;
	}
	return (uid_t)-1;
}

ssize_t kf_nl_receive(const struct kf_sys *sys, const struct kf_nl *nl, void *buf, size_t size,
		      struct kf_nl_from *ret_from)
{
	struct receiver *receiver = nl->receiver;
	const struct sockaddr_nl *address;
	struct mmsghdr *header;
	size_t got;

	(void)sys;
	if (receiver->next == receiver->count) {
		int err = receive_batch(receiver);

		if (err)
			return err;
	}
	address = &receiver->addresses[receiver->next];
	header = &receiver->headers[receiver->next];
	got = header->msg_len < size ? header->msg_len : size;
	memcpy(buf, receiver->bytes[receiver->next++], got);
	*ret_from = (struct kf_nl_from){
		.port = address->nl_family == AF_NETLINK ? address->nl_pid : UINT32_MAX,
		.uid = sender_uid(&header->msg_hdr),
		.truncated = header->msg_hdr.msg_flags & MSG_TRUNC || header->msg_len > size,
		.more = receiver->next < receiver->count,
	};
	return (ssize_t)got;
}

int kf_nl_open_family(const struct kf_sys *sys, const char *family, struct kf_nl *ret_nl)
{
	struct nl_sock *socket = nl_socket_alloc();
	int err;

	(void)sys;
	if (!socket)
		return -ENOMEM;
	errno = 0;
	err = genl_connect(socket);
	if (err) {
		err = errno ? -errno : errno_of(err);
		nl_socket_free(socket);
		return err;
	}
	err = genl_ctrl_resolve(socket, family);
	if (err < 0) {
		nl_socket_free(socket);
		return errno_of(err);
	}
	nl_socket_disable_auto_ack(socket);
	*ret_nl = (struct kf_nl){ .socket = socket, .fd = nl_socket_get_fd(socket), .family = err };
	return 0;
}

/* A dump in progress. */
struct dump {
	kf_nl_visit *visit;
	void *data;
	int result; /* of the visitor, or the errno that the kernel sent */
};

static int on_valid(struct nl_msg *message, void *arg)
{
	struct dump *dump = arg;
	struct genlmsghdr *header = nlmsg_data(nlmsg_hdr(message));

	if (nlmsg_get_src(message)->nl_pid)
		return NL_SKIP;
	dump->result = dump->visit(dump->data, genlmsg_attrdata(header, 0),
				   (size_t)genlmsg_attrlen(header, 0));
	return dump->result ? NL_STOP : NL_OK;
}

/* A dump that fails on the way ends with the errno in its last message, which libnl skips. */
static int on_finish(struct nl_msg *message, void *arg)
{
	struct dump *dump = arg;
	struct nlmsghdr *header = nlmsg_hdr(message);
	int error;

	if (nlmsg_datalen(header) >= (int)sizeof(error)) {
		memcpy(&error, nlmsg_data(header), sizeof(error));
		if (error < 0)
			dump->result = error;
	}
	return NL_STOP;
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *error, void *arg)
{
	struct dump *dump = arg;

	(void)from;
	dump->result = error->error;
	return NL_STOP;
}

static struct nl_msg *make_request(const struct kf_nl *nl, const struct kf_nl_request *request)
{
	struct nl_msg *message = nlmsg_alloc();

	if (!message)
		return NULL;
	if (!genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, nl->family, 0, NLM_F_DUMP,
			 request->command, request->version))
		goto free;
	for (size_t i = 0; i < request->count; i++) {
		const struct kf_nl_attr *attr = &request->attrs[i];

		if (nla_put(message, attr->type, attr->size, attr->bytes))
			goto free;
	}
	return message;
free:
	nlmsg_free(message);
	return NULL;
}

int kf_nl_dump(const struct kf_sys *sys, const struct kf_nl *nl,
	       const struct kf_nl_request *request, kf_nl_visit *visit, void *data)
{
	struct nl_msg *message = make_request(nl, request);
	struct dump dump = { .visit = visit, .data = data };
	int err;

	(void)sys;
	if (!message)
		return -ENOMEM;
	nl_socket_modify_cb(nl->socket, NL_CB_VALID, NL_CB_CUSTOM, on_valid, &dump);
	nl_socket_modify_cb(nl->socket, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, &dump);
	nl_socket_modify_err_cb(nl->socket, NL_CB_CUSTOM, on_error, &dump);
	err = nl_send_auto(nl->socket, message);
	nlmsg_free(message);
	if (err >= 0)
		err = nl_recvmsgs_default(nl->socket);
	return dump.result ? dump.result : err < 0 ? errno_of(err) : 0;
}

void kf_nl_close(const struct kf_sys *sys, struct kf_nl *nl)
{
	(void)sys;
	nl_socket_free(nl->receiver ? ((struct receiver *)nl->receiver)->socket : nl->socket);
	free(nl->receiver);
	*nl = (struct kf_nl){ .fd = -1 };
}
