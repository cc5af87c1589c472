#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The machine of the boot pmu-off: KVM, and no PMU.
# Red in the boot main.

echo 'KTAP version 1'
echo '1..1'
if [ -c /dev/kvm ] && ! ls /sys/bus/event_source/devices/*/cpus; then
	echo 'ok 1 pmu: the host has KVM and no PMU'
else
	echo 'not ok 1 pmu: the host has KVM and no PMU'
fi
