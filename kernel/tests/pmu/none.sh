#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The machine of the boot pmu-off: KVM, and no PMU.
# Red in the boot main.

. /tests/holds.sh

has_kvm_alone() {
	[ -c /dev/kvm ] && ! ls /sys/bus/event_source/devices/*/cpus
}

echo 'KTAP version 1'
echo '1..1'
holds 'the host has KVM and no PMU' has_kvm_alone
