// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The netlink part of the real seam, on the real kernel: a dump of the families of generic netlink
 * stands for those that no release has. A build without libnl has another one, which says so.
 */
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "evidence-private.h"
#include "world.h"

#include "open-fds.h"

static const struct kf_sys *const sys = &kf_sys_linux;

/* True where a sandbox has no netlink. */
static bool is_missing(int err)
{
	return err == -EPERM || err == -EACCES || err == -EAFNOSUPPORT || err == -EPROTONOSUPPORT;
}

static void a_socket_is_non_blocking_and_close_on_exec(void **state)
{
	const unsigned int before = open_fds();
	struct kf_nl nl = { .receive_bytes = 65536 };
	int err = sys->nl_open(sys, NETLINK_KOBJECT_UEVENT, 1, &nl);
	struct kf_nl_from from;
	char text[256];
	ssize_t got;

	(void)state;
	assert_int_equal(err, 0);
	assert_int_equal(fcntl(nl.fd, F_GETFD), FD_CLOEXEC);
	assert_true(fcntl(nl.fd, F_GETFL) & O_NONBLOCK);
	assert_int_equal(nl.receive_bytes, 131072);
	/* An event of this host may come at any time. */
	while ((got = sys->nl_receive(sys, &nl, text, sizeof(text), &from)) >= 0)
		assert_int_equal(from.port, 0);
	assert_int_equal(got, -EAGAIN);
	sys->nl_close(sys, &nl);
	assert_int_equal(open_fds(), before);
}

/* Two sockets of this process, of a protocol in which anybody may send. */
struct pair {
	struct kf_nl receiver;
	int sender;
	uint32_t port; /* the sender's */
};

static void connect_pair(struct pair *pair)
{
	struct sockaddr_nl address;
	socklen_t size = sizeof(address);

	pair->receiver = (struct kf_nl){ 0 };
	assert_int_equal(sys->nl_open(sys, NETLINK_USERSOCK, 0, &pair->receiver), 0);
	assert_int_equal(getsockname(pair->receiver.fd, (struct sockaddr *)&address, &size), 0);
	address.nl_groups = 0;
	pair->sender = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_USERSOCK);
	assert_true(pair->sender >= 0);
	assert_int_equal(connect(pair->sender, (struct sockaddr *)&address, size), 0);
	assert_int_equal(getsockname(pair->sender, (struct sockaddr *)&address, &size), 0);
	pair->port = address.nl_pid;
}

static void disconnect_pair(struct pair *pair)
{
	sys->nl_close(sys, &pair->receiver);
	close(pair->sender);
}

static void say(const struct pair *pair, const void *bytes, size_t size)
{
	assert_int_equal(send(pair->sender, bytes, size, 0), (ssize_t)size);
}

static void a_message_is_told_with_its_sender(void **state)
{
	const unsigned int before = open_fds();
	struct kf_nl_from from;
	struct pair pair;
	char text[64];

	(void)state;
	connect_pair(&pair);
	assert_true(pair.port);
	for (unsigned int i = 0; i < 3; i++)
		say(&pair, "hello", 5 - i);
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(sys->nl_receive(sys, &pair.receiver, text, 64, &from), 5 - i);
		assert_memory_equal(text, "hello", 5 - i);
		assert_int_equal(from.port, pair.port);
		assert_int_equal(from.uid, getuid());
		assert_false(from.truncated);
		assert_int_equal(from.more, i < 2);
	}
	assert_int_equal(sys->nl_receive(sys, &pair.receiver, text, 64, &from), -EAGAIN);
	disconnect_pair(&pair);
	assert_int_equal(open_fds(), before);
}

/* Of the buffer's size, or of the seam's own. */
static void a_message_without_room_is_told_as_cut(void **state)
{
	enum { LONGEST = 8192 };
	static char bytes[2 * LONGEST];
	struct kf_nl_from from;
	struct pair pair;

	(void)state;
	connect_pair(&pair);
	say(&pair, "hello", 5);
	assert_int_equal(sys->nl_receive(sys, &pair.receiver, bytes, 3, &from), 3);
	assert_memory_equal(bytes, "hel", 3);
	assert_true(from.truncated);
	for (size_t more = 0; more < 2; more++) {
		say(&pair, bytes, LONGEST + more);
		assert_int_equal(sys->nl_receive(sys, &pair.receiver, bytes, sizeof(bytes), &from),
				 LONGEST);
		assert_int_equal(from.truncated, more);
	}
	disconnect_pair(&pair);
}

static void a_protocol_that_is_none_is_the_kernels_errno(void **state)
{
	const unsigned int before = open_fds();
	struct kf_nl nl = { 0 };
	int err = sys->nl_open(sys, 31, 1, &nl);

	(void)state;
	assert_true(is_missing(err));
	assert_int_equal(open_fds(), before);
}

static void a_family_that_is_none_is_not_found(void **state)
{
	const unsigned int before = open_fds();
	struct kf_nl nl = { .fd = -77 };
	int err = sys->nl_open_family(sys, "kvmfeat-none", &nl);

	(void)state;
	assert_int_equal(err, -ENOENT);
	assert_int_equal(nl.fd, -77);
	assert_int_equal(open_fds(), before);
}

struct families {
	unsigned int count;
	unsigned int most;
	bool found;
};

/* Notes whether the family of families is among them. */
static int visit(void *data, const void *attrs, size_t size)
{
	struct families *families = data;
	struct kf_nl_attr attr;
	size_t pos = 0;
	int more;

	while ((more = kf_nl_attr_next(attrs, size, &pos, &attr)) == 1)
		families->found |= attr.type == CTRL_ATTR_FAMILY_NAME &&
				   attr.size == sizeof("nlctrl") &&
				   !memcmp(attr.bytes, "nlctrl", sizeof("nlctrl"));
	assert_int_equal(more, 0);
	return ++families->count == families->most ? -ECANCELED : 0;
}

static int dump(unsigned int command, struct families *families)
{
	const struct kf_nl_request request = { .version = 2, .command = (uint8_t)command };
	struct kf_nl nl;
	int err = sys->nl_open_family(sys, "nlctrl", &nl);

	if (err)
		return err;
	assert_int_equal(fcntl(nl.fd, F_GETFD), FD_CLOEXEC);
	err = sys->nl_dump(sys, &nl, &request, visit, families);
	sys->nl_close(sys, &nl);
	return err;
}

static void a_dump_hands_over_each_message(void **state)
{
	struct families families = { 0 };
	int err = dump(CTRL_CMD_GETFAMILY, &families);

	(void)state;
	assert_int_equal(err, 0);
	assert_true(families.found);
}

static void a_visitor_that_has_enough_ends_the_dump(void **state)
{
	struct families families = { .most = 1 };
	int err = dump(CTRL_CMD_GETFAMILY, &families);

	(void)state;
	assert_int_equal(err, -ECANCELED);
	assert_int_equal(families.count, 1);
}

/* libnl has no number of its own for this one. */
static void a_refusal_is_the_kernels_errno(void **state)
{
	const uint32_t none = 0xfff0;
	const struct kf_nl_attr attr = { CTRL_ATTR_FAMILY_ID, sizeof(uint16_t), &none };
	const struct kf_nl_request policy = {
		.version = 2, .command = CTRL_CMD_GETPOLICY, .attrs = &attr, .count = 1
	};
	struct families families = { 0 };
	struct kf_nl nl;
	int err = dump(99, &families);

	(void)state;
	assert_int_equal(err, -EOPNOTSUPP);
	assert_int_equal(families.count, 0);
	assert_int_equal(sys->nl_open_family(sys, "nlctrl", &nl), 0);
	assert_int_equal(sys->nl_dump(sys, &nl, &policy, visit, &families), -ENOENT);
	sys->nl_close(sys, &nl);
}

static void a_value_that_fits_no_message_is_refused(void **state)
{
	static const char lengthy[20000];
	const struct kf_nl_attr attr = { 9, sizeof(lengthy), lengthy };
	const struct kf_nl_request request = { .version = 2, .attrs = &attr, .count = 1 };
	struct families families = { 0 };
	struct kf_nl nl;

	(void)state;
	assert_int_equal(sys->nl_open_family(sys, "nlctrl", &nl), 0);
	assert_int_equal(sys->nl_dump(sys, &nl, &request, visit, &families), -ENOMEM);
	sys->nl_close(sys, &nl);
}

static void a_build_without_libnl_says_so(void **state)
{
	const struct kf_nl_request request = { .version = 2 };
	struct kvmfeat_evidence *evidence = NULL;
	struct kvmfeat_monitor *monitor = NULL;
	struct kf_nl nl = { .fd = -77 };
	struct kf_nl_from from;
	struct kvmfeat_ctx *ctx;
	char text[16];

	(void)state;
	assert_int_equal(sys->nl_open(sys, NETLINK_KOBJECT_UEVENT, 1, &nl), -ENOSYS);
	assert_int_equal(sys->nl_receive(sys, &nl, text, sizeof(text), &from), -ENOSYS);
	assert_int_equal(sys->nl_open_family(sys, "nlctrl", &nl), -ENOSYS);
	assert_int_equal(sys->nl_dump(sys, &nl, &request, visit, NULL), -ENOSYS);
	sys->nl_close(sys, &nl);
	assert_int_equal(nl.fd, -77);

	assert_int_equal(kvmfeat_ctx_new(&ctx), 0);
	assert_int_equal(kvmfeat_monitor_open(ctx, NULL, &monitor), -ENOSYS);
	assert_null(monitor);
	assert_string_equal(kvmfeat_ctx_error(ctx)->reason,
			    "this build of the library has no monitor");
	assert_int_equal(kvmfeat_evidence_load(ctx, "0000:01:00.0", NULL, &evidence), -ENOSYS);
	assert_null(evidence);
	assert_string_equal(kvmfeat_ctx_error(ctx)->reason,
			    "0000:01:00.0: this build of the library has no netlink");
	assert_int_equal(kvmfeat_ctx_error(ctx)->origin, KVMFEAT_ORIGIN_LIBRARY);
	kvmfeat_ctx_free(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_socket_is_non_blocking_and_close_on_exec),
		cmocka_unit_test(a_message_is_told_with_its_sender),
		cmocka_unit_test(a_message_without_room_is_told_as_cut),
		cmocka_unit_test(a_protocol_that_is_none_is_the_kernels_errno),
		cmocka_unit_test(a_family_that_is_none_is_not_found),
		cmocka_unit_test(a_dump_hands_over_each_message),
		cmocka_unit_test(a_visitor_that_has_enough_ends_the_dump),
		cmocka_unit_test(a_refusal_is_the_kernels_errno),
		cmocka_unit_test(a_value_that_fits_no_message_is_refused),
	};
	const struct CMUnitTest without[] = {
		cmocka_unit_test(a_build_without_libnl_says_so),
	};
	struct kf_nl nl;
	int err;

	if (!KF_TEST_LIBNL)
		return cmocka_run_group_tests(without, NULL, NULL);
	err = sys->nl_open_family(sys, "nlctrl", &nl);
	if (is_missing(err)) {
		printf("1..0 # SKIP generic netlink: %s\n", strerror(-err));
		return 0;
	}
	if (!err)
		sys->nl_close(sys, &nl);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
