#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Parameters that are -1 until the init calls of KVM resolve them, read before that: in a kernel
# with KVM and KVM_AMD built in, booted with initcall_blacklist=kvm_x86_init,svm_init,vt_init.
#
# Red when get_nx_huge_pages() has no case for -1 (case 1), and when avic_param_get() has none
# (case 2): param_get_bool() then takes the 0xff for a true, prints Y, and UBSAN reports the load
# of a value that is no bool (case 7).

# shellcheck disable=SC2317 # expect calls functions by name

sysfs=/sys/module
number=0
failed=0

# result STATUS SENTENCE
result() {
	number=$((number + 1))
	if [ "$1" = 0 ]; then
		echo "ok $number param: $2"
	else
		echo "not ok $number param: $2"
		failed=1
	fi
}

# expect TEXT SENTENCE COMMAND...: the command succeeds and prints TEXT.
expect() {
	want=$1 sentence=$2
	shift 2
	got=$("$@" 2>&1)
	status=$?
	[ "$status $got" = "0 $want" ]
	ok=$?
	[ $ok = 0 ] || echo "# '$*' prints '$got', status $status; expected '$want'"
	result $ok "$sentence"
}

# What the list, which reads every parameter, has as the value of one.
listed() {
	rows=$(kvmfeat param list) || return
	printf '%s\n' "$rows" | awk -v name="$1" '$1 == name { print $2 }'
}

ubsan_reports() {
	dmesg | grep -A 2 'UBSAN: ' | sed 's/^/# /'
}

for call in kvm_x86_init svm_init; do
	if ! dmesg | grep -qF "initcall $call blacklisted"; then
		echo "1..0 # SKIP param: $call has run, initcall_blacklist= does not name it"
		exit 4
	fi
done

echo 'TAP version 13'
echo '1..7'
expect auto 'an unresolved nx_huge_pages reads auto' cat $sysfs/kvm/parameters/nx_huge_pages
expect N 'an unresolved avic reads N' cat $sysfs/kvm_amd/parameters/avic
expect auto 'kvmfeat gets an unresolved nx_huge_pages as auto' kvmfeat param get kvm.nx_huge_pages
expect off 'kvmfeat gets an unresolved avic as off' kvmfeat param get kvm_amd.avic
expect auto 'kvmfeat lists an unresolved nx_huge_pages as auto' listed kvm.nx_huge_pages
expect off 'kvmfeat lists an unresolved avic as off' listed kvm_amd.avic

silent='UBSAN is silent when every parameter is read'
if zcat /proc/config.gz 2>/dev/null | grep -qx CONFIG_UBSAN_BOOL=y; then
	expect '' "$silent" ubsan_reports
else
	echo "ok 7 param: $silent # SKIP the kernel has no UBSAN_BOOL"
fi
exit $failed
