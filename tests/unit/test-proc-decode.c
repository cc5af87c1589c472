// SPDX-License-Identifier: GPL-2.0-or-later
/* Texts of /proc, as the kernel writes them and as it never does. */
#include "world.h"

static void a_number_is_digits_and_nothing_else(void **state)
{
	static const char *const no[] = { "", "self", "-1", "+1", " 1", "1 ", "12a", "2147483648" };
	int number = -7;

	(void)state;
	for (size_t i = 0; i < KF_ARRAY_SIZE(no); i++) {
		assert_false(kf_proc_decode_number(no[i], &number));
		assert_int_equal(number, -7);
	}
	assert_true(kf_proc_decode_number("0", &number));
	assert_int_equal(number, 0);
	assert_true(kf_proc_decode_number("2147483647", &number));
	assert_int_equal(number, 2147483647);
}

static void links_of_vms_and_vcpus_are_known(void **state)
{
	static const char *const no[] = {
		"",
		"anon_inode:kvm-vm-stats",
		"anon_inode:kvm-vcpu-stats:0",
		"anon_inode:kvm-vcpu:",
		"anon_inode:kvm-vcpu:-1",
		"anon_inode:kvm-vcpu:1 (deleted)",
		"/anon_inode:kvm-vm",
	};
	long id = -7;

	(void)state;
	for (size_t i = 0; i < KF_ARRAY_SIZE(no); i++) {
		assert_false(kf_proc_decode_kvm_link(no[i], &id));
		assert_int_equal(id, -7);
	}
	assert_true(kf_proc_decode_kvm_link("anon_inode:kvm-vm", &id));
	assert_int_equal(id, KF_LINK_VM);
	assert_true(kf_proc_decode_kvm_link("anon_inode:kvm-vcpu", &id));
	assert_int_equal(id, KF_LINK_VCPU);
	assert_true(kf_proc_decode_kvm_link("anon_inode:kvm-vcpu:4095", &id));
	assert_int_equal(id, 4095);
}

static void status_tells_the_real_user_and_resident_memory(void **state)
{
	static const struct {
		const char *text;
		uid_t uid;
		int64_t memory_bytes;
	} cases[] = {
		{ "Name:\tx\nUid:\t107\t1\t2\t3\nVmRSS:\t    2048 kB\n", 107, 2048 * 1024 },
		{ "Name:\tUid:\t5\nUid:\t4294967294\t0\n", 4294967294u, -1 },
		{ "Name:\tVmRSS: 1 kB\nUid:\t4294967296\n", (uid_t)-1, -1 },
		{ "VmRSS:\t0 kB", (uid_t)-1, 0 },
		{ "VmRSS:\t9007199254740991 kB", (uid_t)-1, INT64_C(9007199254740991) * 1024 },
		{ "VmRSS:\t9007199254740992 kB", (uid_t)-1, -1 },
		{ "VmRSS:\t1 MB", (uid_t)-1, -1 },
		{ "Uid:", (uid_t)-1, -1 },
		{ "", (uid_t)-1, -1 },
	};

	(void)state;
	for (size_t i = 0; i < KF_ARRAY_SIZE(cases); i++) {
		struct kf_proc_status status;

		kf_proc_decode_status(cases[i].text, &status);
		assert_int_equal(status.uid, cases[i].uid);
		assert_int_equal(status.memory_bytes, cases[i].memory_bytes);
	}
}

#define FIELDS " S 1 7 7 0 -1 4194560 123 0 0 0 10 20 0 0 20 0 1 0 "

static void the_start_follows_the_last_bracket(void **state)
{
	static const char *const no[] = {
		"",
		"7 qemu" FIELDS "900 1\n",
		"7 (qemu) S 1",
		"7 (qemu)" FIELDS "-1 1\n",
		"7 (qemu)" FIELDS "900",
		"7 (qemu)" FIELDS "18446744073709551616 1\n",
	};
	static const char *const yes[] = {
		"7 (qemu)" FIELDS "900 1\n",
		"7 ())" FIELDS "900 1\n",
		"7 (a) S 1 2 (\nb)" FIELDS "900 1\n",
	};
	uint64_t ticks = 7;

	(void)state;
	for (size_t i = 0; i < KF_ARRAY_SIZE(no); i++) {
		assert_int_equal(kf_proc_decode_start(no[i], &ticks), -EBADMSG);
		assert_int_equal(ticks, 7);
	}
	for (size_t i = 0; i < KF_ARRAY_SIZE(yes); i++) {
		ticks = 0;
		assert_int_equal(kf_proc_decode_start(yes[i], &ticks), 0);
		assert_int_equal(ticks, 900);
	}
}

static void the_uptime_is_read_in_ticks(void **state)
{
	static const char *const no[] = {
		"", "10", "10 20", "10.", "10.07", "10.100 1", "-1.00 1", "4294967296.00 1",
	};
	uint64_t ticks = 7;

	(void)state;
	for (size_t i = 0; i < KF_ARRAY_SIZE(no); i++) {
		assert_int_equal(kf_proc_decode_uptime(no[i], &ticks), -EBADMSG);
		assert_int_equal(ticks, 7);
	}
	assert_int_equal(kf_proc_decode_uptime("10000.07 39000.00\n", &ticks), 0);
	assert_int_equal(ticks, 1000007);
}

static void fdinfo_tells_the_inode(void **state)
{
	uint64_t inode = 7;

	(void)state;
	assert_int_equal(
		kf_proc_decode_inode("pos:\t0\nflags:\t02\nmnt_id:\t15\nino:\t77\n", &inode), 0);
	assert_int_equal(inode, 77);
	assert_int_equal(kf_proc_decode_inode("ino:\t18446744073709551615", &inode), 0);
	assert_true(inode == UINT64_MAX);
	assert_int_equal(kf_proc_decode_inode("ino:\t18446744073709551616", &inode), -EBADMSG);
	assert_int_equal(kf_proc_decode_inode("pos:\t0\n", &inode), -EBADMSG);
	assert_int_equal(kf_proc_decode_inode("inotify ino:1\n", &inode), -EBADMSG);
	assert_true(inode == UINT64_MAX);
}

static void hidepid_is_that_of_the_procfs_on_the_device(void **state)
{
	static const char *const hidden[] = {
		"22 1 0:21 / /proc rw,relatime shared:5 - proc proc rw,hidepid=2\n",
		"22 1 0:21 / /proc rw - proc proc rw,gid=5,hidepid=invisible\n",
		"22 1 0:21 / /proc rw - proc proc rw,hidepid=ptraceable,subset=pid\n",
		"x\n22 1 0:21 / /proc rw - proc proc rw,hidepid=4",
	};
	static const char *const shown[] = {
		"",
		"22 1 0:21",
		"22 1 0:21 / /proc rw - proc proc rw\n",
		"22 1 0:21 / /proc rw - proc proc rw,hidepid=0\n",
		"22 1 0:21 / /proc rw - proc proc rw,hidepid=off\n",
		"22 1 0:21 / /proc rw - proc proc rw,hidepid=1\n",
		"22 1 0:21 / /proc rw - proc proc rw,hidepid=noaccess\n",
		"22 1 0:22 / /proc rw - proc proc rw,hidepid=2\n",
		"22 1 1:21 / /proc rw - proc proc rw,hidepid=2\n",
		"22 1 0:21 / /proc rw - procx proc rw,hidepid=2\n",
		"22 1 0:21 / /proc rw - proc a,hidepid=2 rw\n",
		"22 1 0:21 / /proc rw - proc proc rw\n23 1 0:22 / /x rw - proc p rw,hidepid=2\n",
		"22 1 0:21 / /proc rw\n23 1 0:22 / /x rw - proc p rw,hidepid=2\n",
	};

	(void)state;
	for (size_t i = 0; i < KF_ARRAY_SIZE(hidden); i++)
		assert_true(kf_proc_decode_hidepid(hidden[i], 0, 21));
	for (size_t i = 0; i < KF_ARRAY_SIZE(shown); i++)
		assert_false(kf_proc_decode_hidepid(shown[i], 0, 21));
}

static void the_right_to_trace_is_a_bit_of_the_status(void **state)
{
	(void)state;
	assert_true(kf_proc_decode_can_trace("Name:\tx\nCapEff:\t000001ffffffffff\n"));
	assert_true(kf_proc_decode_can_trace("CapEff:\t0000000000080000"));
	assert_false(kf_proc_decode_can_trace("CapPrm:\t000001ffffffffff\n"));
	assert_false(kf_proc_decode_can_trace("CapEff:\t000001fffff7ffff\n"));
	assert_false(kf_proc_decode_can_trace("CapEff:\nffffffff\n"));
	assert_false(kf_proc_decode_can_trace(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_is_digits_and_nothing_else),
		cmocka_unit_test(links_of_vms_and_vcpus_are_known),
		cmocka_unit_test(status_tells_the_real_user_and_resident_memory),
		cmocka_unit_test(the_start_follows_the_last_bracket),
		cmocka_unit_test(the_uptime_is_read_in_ticks),
		cmocka_unit_test(fdinfo_tells_the_inode),
		cmocka_unit_test(hidepid_is_that_of_the_procfs_on_the_device),
		cmocka_unit_test(the_right_to_trace_is_a_bit_of_the_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
