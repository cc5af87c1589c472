#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Linux 7.3's own part of PCI TSM, the host role, on emulated devices: what is visible, connect and
# disconnect, every errno of theirs, streams, functions that a DSM manages, binding to VMs.
#
# Red when the kernel
#  2 shows the attributes while there is no TSM
#  5 lets a second connect succeed
#  6 calls each function its own manager
#  7 names the host bridge as the device of a stream
#  8 overlooks the name at disconnect, or that nothing is connected
#  9 makes EIO of each error of connect, or keeps its context
# 10 shows functions that the TSM left out
# 11 connects whatever is written
# 12 binds to a second VM
# 13 passes requests with any scope, or of functions that are not bound
# 14 does not unbind at disconnect
# 15 does not disconnect at removal
# 16 does not disconnect when the TSM goes; or looks, in remove_fn(), only at functions that are
#    still linked, and so leaves the attributes of those that the TSM has released before

# shellcheck disable=SC2317 # holds calls functions by name
# shellcheck source=kernel/tests/tsm/emu.sh
. /tests/tsm/emu.sh

newline='
'

shows_nothing_at_first() {
	for name in "$dsm" "$second" "$several" "$plain"; do
		absent "$devices/$name/tsm" "$devices/$name/authenticated" || return
	done
	[ -z "$(ls /sys/class/tsm)" ] && reads '' $emu/link &&
		reads 4 "$bridge/available_secure_streams"
}

registers() {
	put 1 $emu/link && name=$(cat $emu/link) && present "/sys/class/tsm/$name" &&
		refused EBUSY 1 $emu/link
}

shows_managers() {
	for bdf in "$dsm" "$several"; do
		tsm=$devices/$bdf/tsm
		present "$tsm/connect" "$tsm/disconnect" "$tsm/dsm" "$tsm/bound" &&
			reads '' "$tsm/connect" "$tsm/dsm" "$tsm/bound" \
				"$devices/$bdf/authenticated" || return
	done
	absent "$devices/$second/tsm" "$devices/$plain/tsm" "$devices/$domain:00:00.0/tsm"
}

connects() {
	put "$name" "$devices/$dsm/tsm/connect" &&
		reads "$name" "$devices/$dsm/tsm/connect" "$devices/$dsm/authenticated" &&
		reads "$dsm" "$devices/$dsm/tsm/dsm" &&
		refused EBUSY "$name" "$devices/$dsm/tsm/connect"
}

manages_functions() {
	for bdf in "$second" "$third"; do
		tsm=$devices/$bdf/tsm
		reads "$dsm" "$tsm/dsm" && reads '' "$tsm/bound" &&
			absent "$tsm/connect" "$tsm/disconnect" &&
			reads "$name" "$devices/$bdf/authenticated" || return
	done
}

# streams ROW…: "STREAM BDF", each a link of the host bridge
streams() {
	for link in "$bridge"/stream*; do
		[ ! -L "$link" ] || echo "${link##*/} $(basename "$(readlink "$link")")"
	done >/tmp/streams
	printf '%s\n' "$@" | grep -v '^$' | diff - /tmp/streams &&
		reads $((4 - $(grep -c . /tmp/streams))) "$bridge/available_secure_streams"
}

has_streams() {
	streams "stream0.0.0 $dsm" && put "$name" "$devices/$several/tsm/connect" &&
		streams "stream0.0.0 $dsm" "stream1.0.0 $several"
}

disconnects() {
	tsm=$devices/$dsm/tsm
	for wrong in tsm99 "$name x" " $name" "$newline" "$name$newline$newline" ../"$name"; do
		refused EINVAL "$wrong" "$tsm/disconnect" || return
	done
	reads "$name" "$tsm/connect" && put "$name$newline" "$tsm/disconnect" &&
		reads '' "$tsm/connect" "$tsm/dsm" "$devices/$dsm/authenticated" &&
		streams "stream1.0.0 $several" &&
		absent "$devices/$second/tsm" "$devices/$third/tsm" &&
		refused ENXIO "$name" "$tsm/disconnect"
}

# Whatever the driver of a TSM answers arrives, and nothing of the attempt is left.
passes_errors() {
	tsm=$devices/$dsm/tsm
	for row in EIO:5 ETIMEDOUT:110 ENODEV:19; do
		order "$dsm" "connect ${row#*:} 0 1" &&
			refused "${row%:*}" "$name" "$tsm/connect" &&
			reads '' "$tsm/connect" && streams "stream1.0.0 $several" || return
	done
	order "$dsm" 'probe 5 0 1' && refused ENXIO "$name" "$tsm/connect" &&
		reads '' "$tsm/connect" &&
		put "$name" "$tsm/connect" && put "$name" "$tsm/disconnect"
}

# Without a context, a function is left out, and the others are not.
leaves_function_out() {
	order "$second" 'probe 5 0 1' && put "$name" "$devices/$dsm/tsm/connect" &&
		absent "$devices/$second/tsm" && reads "$dsm" "$devices/$third/tsm/dsm"
}

refuses_names() {
	tsm=$devices/$several/tsm
	put "$name" "$tsm/disconnect" || return
	for wrong in tsm "stm${name#tsm}" "${name#tsm}" ../"$name" TSM0 tsm/0; do
		refused EINVAL "$wrong" "$tsm/connect" || return
	done
	refused ENXIO tsm99 "$tsm/connect" && refused ENXIO tsm-1 "$tsm/connect" &&
		reads '' "$tsm/connect"
}

binds() {
	tsm=$devices/$third/tsm
	refused EINVAL 1 "$emu/$several/bind" && put 1 "$emu/$third/bind" &&
		reads "$name" "$tsm/bound" &&
		put 1 "$emu/$third/bind" && refused EBUSY 2 "$emu/$third/bind" &&
		reads 1 "$emu/$third/bind" &&
		put 0 "$emu/$third/bind" && reads '' "$tsm/bound" && reads 0 "$emu/$third/bind" &&
		order "$third" 'bind 5 0 1' && refused EIO 2 "$emu/$third/bind" &&
		reads '' "$tsm/bound"
}

asks_for_guests() {
	file=$emu/$third/guest_req
	refused ENXIO 0 "$file" && put 1 "$emu/$third/bind" && put 0 "$file" && put 1 "$file" &&
		refused EINVAL 2 "$file" && refused EINVAL 3 "$file" &&
		order "$third" 'guest_req 5 0 1' && refused EIO 1 "$file"
}

# $third is bound still.
disconnects_bound() {
	put "$name" "$devices/$dsm/tsm/disconnect" && absent "$devices/$third/tsm" && streams '' &&
		reads 0 "$emu/$third/bind" &&
		put "$name" "$devices/$dsm/tsm/connect" && reads '' "$devices/$third/tsm/bound"
}

survives_removal() {
	streams "stream0.0.0 $dsm" && put 1 "$emu/$second/bind" && put 0 "$emu/$dsm/replug" &&
		absent "$devices/$dsm" "$devices/$third" && streams '' &&
		reads 0 "$emu/$second/bind" &&
		put 1 "$emu/$dsm/replug" &&
		reads '' "$devices/$dsm/tsm/connect" && absent "$devices/$second/tsm" &&
		put "$name" "$devices/$dsm/tsm/connect" && reads '' "$devices/$second/tsm/bound"
}

# The last TSM takes the attributes with it.
survives_unregistration() {
	put "$name" "$devices/$several/tsm/connect" && put 1 "$emu/$third/bind" &&
		put 0 $emu/link &&
		streams '' && reads 0 "$emu/$third/bind" &&
		absent "$devices/$dsm/tsm" "$devices/$third/tsm" "$devices/$several/tsm" \
		"$devices/$dsm/authenticated" "/sys/class/tsm/$name" && put 1 $emu/link &&
		name=$(cat $emu/link) && reads '' "$devices/$dsm/tsm/connect" &&
		put "$name" "$devices/$dsm/tsm/connect"
}

echo 'KTAP version 1'
echo '1..17'
holds 'the emulated devices appear' load
holds 'nothing is shown while there is no TSM' shows_nothing_at_first
holds 'a link TSM registers, once' registers
holds 'functions that can be connected show it, the others nothing' shows_managers
holds 'connect names the TSM, and refuses a second one' connects
holds 'the functions of a connected device name their manager' manages_functions
holds 'each connection is a stream of the host bridge, and one less is available' has_streams
holds 'disconnect wants the name, and leaves nothing' disconnects
holds 'what the TSM answers to connect arrives, and nothing is left of it' passes_errors
holds 'a function that the TSM leaves out does not show' leaves_function_out
holds 'connect refuses what is no TSM' refuses_names
holds 'a function is bound to one VM' binds
holds 'requests of guests are for bound functions, and no debugging' asks_for_guests
holds 'disconnect unbinds first' disconnects_bound
holds 'a connected device can be pulled out, and connected when it is back' survives_removal
holds 'a TSM that leaves disconnects all devices' survives_unregistration
holds 'the module goes, connected as its device is' unload
