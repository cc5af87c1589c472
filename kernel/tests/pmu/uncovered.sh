#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The machine of the boot pmu-uncovered: two host PMUs, and a CPU that neither is for.
# Red in the boot pmu.

. /tests/holds.sh

# The CPUs of lists such as "0-1,3", each on a line
cpus_of() {
	cat "$@" | tr , '\n' | while IFS=- read -r first last; do
		seq "$first" "${last:-$first}"
	done | sort
}

has_two_pmus() {
	ls /sys/bus/event_source/devices/*/cpus
	[ "$(ls /sys/bus/event_source/devices/*/cpus | wc -l)" -eq 2 ]
}

lacks_one() {
	cpus_of /sys/bus/event_source/devices/*/cpus >/tmp/covered
	cpus_of "$1" >/tmp/cpus
	diff /tmp/cpus /tmp/covered
	[ "$(diff /tmp/cpus /tmp/covered | grep -c '^[-+][0-9]')" -eq 1 ]
}

echo 'KTAP version 1'
echo '1..3'
holds 'the host has two PMUs' has_two_pmus
holds 'they are not for one of its possible CPUs' lacks_one /sys/devices/system/cpu/possible
holds 'which is online' lacks_one /sys/devices/system/cpu/online
