#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Every command of the page kvmfeat-tsm(7), in its order, on emulated devices: they are taken from
# the page itself, with the emulated names in the place of its own. What the emulated interface
# thinks after a step is what the page says.
#
# Red when device_cc_accept() is not called (after accept), or device_cc_reject() (after unlock),
# when pci_tsm_devsec_event() tells nothing, or another state (the monitor), when accept leaves the
# interface locked, and when a command of the page, or an exit status, is wrong.

# shellcheck disable=SC2317 # holds calls functions by name
# shellcheck source=kernel/tests/tsm/emu.sh
. /tests/tsm/emu.sh

page=/tests/man/kvmfeat-tsm.7.scd

# The literal blocks of the page; scdoc takes a backslash as an escape in them.
blocks() {
	sed -n '/^```/,/^```/ { /^```/d; s/\\\(.\)/\1/g; p }' $page
}

# Its names in a guest, on a host and of a driver, as they are here.
rename() {
	sed "s/0000:01:00\.0/$several/g; s/0000:c1:00\.0/$dsm/g; s/\<nvme\>/tsm-emu-ep/g"
}

commands() {
	blocks | grep '^[$#] ' | cut -c 3-
}

# The guest has booted: there are TSMs, a driver has the device, and a verifier, who has seen the
# report elsewhere, has answered.
begins() {
	load && put 1 $emu/devsec && put 1 $emu/link && bind_driver "$several" &&
		kvmfeat tdisp show "$emu/$several/report" | sed -n 's/^sha384: //p' >trusted.sha384 &&
		[ "$(wc -c <trusted.sha384)" = 97 ]
}

# What the interface thinks after a command, if that changes it.
thinks() {
	case $1 in
	*--dry-run*) ;;
	*'tsm lock '*) reads locked "$emu/$several/state" ;;
	*'tsm accept '*) reads run "$emu/$several/state" && reads 1 "$emu/$several/trusted" ;;
	*'tsm unlock '*'# exits '*) reads run "$emu/$several/state" ;;
	*'tsm unlock '*) reads unlocked "$emu/$several/state" && reads 0 "$emu/$several/trusted" ;;
	*'tsm connect '*) reads "$(cat $emu/link)" "$devices/$dsm/authenticated" ;;
	*'tsm disconnect '*) reads '' "$devices/$dsm/authenticated" ;;
	*tsm-emu-ep*driver_override) reads tsm-emu-ep "$devices/$several/driver_override" ;;
	*drivers_probe) present "$driver/$several" ;;
	*driver/unbind) absent "$driver/$several" ;;
	esac
}

# What a command must exit with: 0 or what its comment says
wanted_status() {
	case $1 in
	*'# exits '*) echo "${1##*# exits }" ;;
	*) echo 0 ;;
	esac
}

# The monitor is for another terminal, and ends with this test.
run() {
	case $1 in
	'kvmfeat monitor '*)
		sh -c "exec $1" >monitored 2>&1 &
		monitor=$!
		sleep 1
		kill -0 $monitor
		;;
	*)
		sh -c "$1"
		[ $? = "$(wanted_status "$1")" ] && thinks "$1"
		;;
	esac
}

# The kernel told of each step, and the monitor handed it on.
watched() {
	sleep 1
	kill $monitor && wait $monitor
	cat monitored
	for state in locked accepted unlocked; do
		grep -q "name=$several .*tsm_state=$state" monitored || return
	done
}

# What the udev rules of the page do to a device: the name that keeps drivers away when it appears,
# and the shell's line once it is accepted. Here is no udev.
rules_keep_drivers_away() {
	name=$(blocks | sed -n '/"add"/s/.*ATTR{driver_override}="\([^"]*\)".*/\1/p')
	line=$(blocks | sed -n "s/.*RUN+=\"\/bin\/sh -c '\(.*\)'\"\$/\1/p" |
		sed "s|%p|$(realpath "$devices/$several" | cut -c 5-)|g; s|%k|$several|g")
	echo "$name; $line"
	[ -n "$name" ] && [ -n "$line" ] && put "$name" "$devices/$several/driver_override" &&
		refused ENODEV "$several" "$driver/bind" &&
		kvmfeat tsm lock "$several" && kvmfeat tsm accept "$several" && sh -c "$line" &&
		! grep "$name" "$devices/$several/driver_override" && kvmfeat tsm unlock "$several"
}

mkdir -p /tmp/walk && cd /tmp/walk || exit
echo 'KTAP version 1'
echo "1..$(($(commands | grep -c .) + 4))"
holds 'a guest with a TSM has booted, and a driver has the device' begins
commands | rename >list
while read -r line <&3; do
	holds "$line" run "$line"
done 3<list
holds 'the monitor has told of each step' watched
holds 'the udev rules of the page keep drivers away until the device is accepted' \
	rules_keep_drivers_away
holds 'nothing is left of it' unload
