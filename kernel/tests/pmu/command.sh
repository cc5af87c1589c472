#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# kvmfeat pmu, in any boot: its list is what sysfs has, its status what the kernel answers.
# Red when the command takes the possible CPUs for those of a PMU (case 1), the online ones for the
# possible (case 4), and tells of fixed counters only what the kernel does not answer (case 5).

. /tests/holds.sh

devices=/sys/bus/event_source/devices
cpu=/sys/devices/system/cpu

# The PMUs as sysfs has them: name, type and CPUs, each on a line.
pmus() {
	for file in "$devices"/*/cpus; do
		[ -f "$file" ] || continue
		dir=${file%/cpus}
		echo "${dir##*/} $(cat "$dir/type") $(cat "$file")"
	done | sort
}

# "key: value" of the list
member() {
	kvmfeat "$@" | sed -n "s/^$key: //p"
}

# The CPUs of lists such as "0-1,3" on standard input, each on a line
cpus_of() {
	tr , '\n' | while IFS=- read -r first last; do
		[ -z "$first" ] || seq "$first" "${last:-$first}"
	done | sort
}

lists_what_sysfs_has() {
	kvmfeat pmu list | tee /tmp/list
	pmus >/tmp/pmus
	sed -n '/^NAME /,/^heterogeneous: /p' /tmp/list | grep -v '^NAME \|^heterogeneous: ' |
		tr -s ' ' | sort >/tmp/rows
	diff /tmp/pmus /tmp/rows
}

tells_whether_they_differ() {
	pmus | tee /tmp/pmus
	key=heterogeneous
	if [ "$(wc -l </tmp/pmus)" -gt 1 ]; then
		[ "$(member pmu list)" = yes ]
	else
		[ "$(member pmu list)" = no ]
	fi
}

tells_the_cpus_without() {
	key='uncovered cpus'
	pmus | cut -d ' ' -f 3 | cpus_of >/tmp/covered
	cpus_of <"$cpu/possible" >/tmp/possible
	member pmu list | cpus_of >/tmp/told
	diff /tmp/possible /tmp/covered | sed -n 's/^-\([0-9]\)/\1/p' >/tmp/missing
	diff /tmp/missing /tmp/told
}

tells_a_cpu_that_is_offline() {
	key='offline cpus'
	[ -z "$(member pmu list)" ] || return
	echo 0 >"$cpu/cpu1/online" || return
	told=$(member pmu list)
	echo 1 >"$cpu/cpu1/online"
	echo "$told"
	[ "$told" = 1 ] && [ -z "$(member pmu list)" ]
}

# The trace shows the kernel's own answer.
status_is_what_the_kernel_answers() {
	kvmfeat -v -v pmu status --deep >/tmp/status 2>/tmp/trace || return
	cat /tmp/status
	grep DEVICE_ATTR /tmp/trace
	if ! pmus | grep -q .; then
		wanted=absent
		grep -q '^state: absent$' /tmp/status || return
	elif grep -q 'KVM_SET_DEVICE_ATTR, .*FIXED_COUNTERS_ONLY (5)}) = 0$' /tmp/trace; then
		wanted=available
	elif grep -q 'FIXED_COUNTERS_ONLY (5)}) = -1 EN\(XIO\|ODEV\)' /tmp/trace; then
		wanted=absent
	else
		return 1
	fi
	grep -q "^fixed counters only: $wanted\$" /tmp/status
}

# The question that changes a VM is none.
asks_without_selecting() {
	kvmfeat -v -v pmu status --deep >/tmp/trace 2>&1 &&
		kvmfeat -v -v probe --deep >>/tmp/trace 2>&1 || return
	! grep 'KVM_SET_DEVICE_ATTR, .* SET_PMU ' /tmp/trace
}

probe_has_the_advice() {
	key=advice
	advice=$(member pmu list)
	echo "$advice"
	kvmfeat --json probe --deep >/tmp/probe || return
	pmus | grep -q . || return 0 # it says that there is none
	[ -n "$advice" ] && grep -qF "$advice" /tmp/probe
}

# As somebody would capture it: what is readable, with the links as directories.
reads_a_captured_tree() {
	for file in "$cpu/possible" "$cpu/online" "$devices"/*/cpus "$devices"/*/type; do
		[ -f "$file" ] || continue
		mkdir -p "/tmp/tree${file%/*}"
		cat "$file" >"/tmp/tree$file"
	done
	kvmfeat pmu list | sed '/^advice: /d' >/tmp/here
	kvmfeat --root=/tmp/tree pmu list | sed '/^advice: /d' >/tmp/there
	diff /tmp/here /tmp/there
}

refuses_what_is_malformed() {
	mkdir -p /tmp/tree/$devices/spoilt
	echo 8 >/tmp/tree/$devices/spoilt/type
	echo 0-1,x >/tmp/tree/$devices/spoilt/cpus
	kvmfeat --root=/tmp/tree pmu list 2>/tmp/error
	[ $? = 1 ] && cat /tmp/error &&
		grep -qF "$devices/spoilt/cpus cannot be decoded: '0-1,x'" /tmp/error
}

echo 'KTAP version 1'
echo '1..9'
holds 'the command lists the PMUs that sysfs has' lists_what_sysfs_has
holds 'it tells whether the host is heterogeneous' tells_whether_they_differ
holds 'it names the CPUs that no PMU has' tells_the_cpus_without
holds 'it names a CPU that is offline' tells_a_cpu_that_is_offline
holds 'its status is what the kernel answers' status_is_what_the_kernel_answers
holds 'it selects no PMU to find out' asks_without_selecting
holds 'the probe gives the same advice' probe_has_the_advice
holds 'it lists a captured tree alike' reads_a_captured_tree
holds 'it refuses a file that is malformed' refuses_what_is_malformed
