#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The guest role on emulated devices: lock, report, generation, accept, unlock, every errno of
# theirs, drivers, removal, TSMs that leave, events. After each case the interface agrees with the
# kernel.
#
# Each case but the last, which cleans up, has been red, when the kernel
#  1 calls each TSM "link" in pci_mode
#  2 shows the attributes on functions without TEE-IO; or, unlocked, a generation or a report
#  3 takes any name with the right number
#  4 lets accept or unlock succeed where nothing is locked
#  5 lets a second lock succeed, or shows accepted what is locked
#  6 cuts the report short
#  7 overlooks the generation of accept, or takes another word than 1
#  8 lets a second accept succeed, or does not call device_cc_accept()
#  9 unlocks below a driver
# 10 takes any name for unlock, does not call device_cc_reject(), or ops->unlock()
# 11 locks or accepts below a driver
# 12 counts the generations of each lock anew
# 13 does not compare the present report with the one that was shown, accepts in spite of a
#    difference, or leaves the generation
# 14 connects what is locked, by itself or with its function 0, shows a connection as a lock or the
#    reverse, frees the context of a lock at disconnect, or connects with a guest TSM
# 15 stays locked when there is no report, shows accept before the TSM has done it, or leaves the
#    MMIO private when the TSM fails
# 16 wants a report before it unlocks
# 17 leaves the MMIO of a removed device private
# 18 leaves the driver of an accepted device bound when the TSM goes
# 19 begins something with a TSM that is going
# 20 hides the attributes when the other TSM goes
# 21 tells nothing of a transition, another state, nothing when the TSM goes, or tells of a removal
# 22 takes the addresses in a report for those of the BARs

# shellcheck disable=SC2317 # holds calls functions by name
# shellcheck source=kernel/tests/tsm/emu.sh
. /tests/tsm/emu.sh

newline='
'

starts() {
	load && put 1 $emu/link && put 1 $emu/devsec && link=$(cat $emu/link) &&
		name=$(cat $emu/devsec) &&
		reads link "/sys/class/tsm/$link/pci_mode" &&
		reads devsec "/sys/class/tsm/$name/pci_mode"
}

# What the kernel shows of a function, and what the interface thinks.
is_unlocked() {
	files=$devices/$1/tsm
	reads '' "$files/lock" "$files/generation" && reads 0 "$files/accept" &&
		reads unlocked "$emu/$1/state" && reads 0 "$emu/$1/trusted" &&
		! cat "$files/report" 2>&1 | tee /tmp/report | grep -v 'No such device or address' &&
		[ -s /tmp/report ]
}

is_locked() {
	files=$devices/$1/tsm
	reads "$name" "$files/lock" && reads 0 "$files/accept" && reads locked "$emu/$1/state" &&
		reads 0 "$emu/$1/trusted" &&
		grep -q '^[1-9][0-9]*$' "$files/generation"
}

is_accepted() {
	files=$devices/$1/tsm
	reads "$name" "$files/lock" && reads 1 "$files/accept" && reads run "$emu/$1/state" &&
		reads 1 "$emu/$1/trusted" &&
		grep -q '^[1-9][0-9]*$' "$files/generation"
}

lock() {
	put "$name" "$devices/$1/tsm/lock" && is_locked "$1"
}

accept() {
	put 1 "$devices/$1/tsm/accept" && is_accepted "$1"
}

unlock() {
	put "$name" "$devices/$1/tsm/unlock" && is_unlocked "$1"
}

shows_interfaces() {
	for bdf in "$dsm" "$second" "$third" "$several"; do
		is_unlocked "$bdf" || return
	done
	absent "$devices/$plain/tsm" "$devices/$domain:00:00.0/tsm"
}

refuses_names() {
	tsm=$devices/$several/tsm
	for wrong in "$newline" tsm "stm${name#tsm}" "${name#tsm}" "$name x" "${name}x" " $name" \
		../"$name" \
		"tsm+${name#tsm}" "tsm0${name#tsm}" "$name$newline$newline"; do
		refused EINVAL "$wrong" "$tsm/lock" &&
			refused EINVAL "$wrong" "$tsm/unlock" || return
	done
	refused ENXIO tsm99 "$tsm/lock" && refused ENXIO "$link" "$tsm/lock" &&
		is_unlocked "$several"
}

wants_lock_first() {
	tsm=$devices/$several/tsm
	refused EINVAL 1 "$tsm/accept" && refused EINVAL '1 1' "$tsm/accept" &&
		refused EINVAL "$name" "$tsm/unlock" && is_unlocked "$several"
}

locks() {
	put "$name$newline" "$devices/$several/tsm/lock" && is_locked "$several" &&
		refused EBUSY "$name" "$devices/$several/tsm/lock" && is_locked "$several" &&
		is_unlocked "$dsm"
}

shows_report() {
	cat "$devices/$several/tsm/report" >/tmp/report && cmp /tmp/report "$emu/$several/report" &&
		[ "$(stat -c %a "$devices/$several/tsm/report")" = 400 ]
}

refuses_to_accept() {
	tsm=$devices/$several/tsm
	shown=$(cat "$tsm/generation")
	for wrong in 0 n 2 x "$newline" "1 x" "1 -1" "1 $shown x" "0 $shown"; do
		refused EINVAL "$wrong" "$tsm/accept" || return
	done
	refused EAGAIN "1 $((shown + 1))" "$tsm/accept" && refused EAGAIN '1 0' "$tsm/accept" &&
		reads "$shown" "$tsm/generation" && is_locked "$several"
}

accepts() {
	tsm=$devices/$several/tsm
	accept "$several" && reads "$shown" "$tsm/generation" && shows_report &&
		refused EBUSY 1 "$tsm/accept" && refused EBUSY "1 $shown" "$tsm/accept" &&
		refused EBUSY "$name" "$tsm/lock" && is_accepted "$several"
}

# What drivers do with an accepted device: none of the three may change below one.
serves_driver() {
	tsm=$devices/$several/tsm
	bind_driver "$several" && refused EBUSY "$name" "$tsm/lock" &&
		refused EBUSY 1 "$tsm/accept" &&
		refused EBUSY "$name" "$tsm/unlock" && is_accepted "$several" &&
		unbind_driver "$several" &&
		bind_driver "$several" && unbind_driver "$several" && is_accepted "$several"
}

unlocks() {
	tsm=$devices/$several/tsm
	for wrong in tsm99 "$link" "$name x" "tsm0${name#tsm}" "$newline"; do
		refused EINVAL "$wrong" "$tsm/unlock" || return
	done
	is_accepted "$several" && unlock "$several" && refused EINVAL "$name" "$tsm/unlock"
}

waits_for_driver() {
	bind_driver "$third" && refused EBUSY "$name" "$devices/$third/tsm/lock" &&
		is_unlocked "$third" &&
		unbind_driver "$third" && lock "$third" && bind_driver "$third" &&
		refused EBUSY 1 "$devices/$third/tsm/accept" &&
		refused EBUSY "$name" "$devices/$third/tsm/unlock" && is_locked "$third" &&
		unbind_driver "$third" && unlock "$third"
}

# However a lock ends, no other has its number.
numbers_locks() {
	seen=' '
	for bdf in "$several" "$dsm" "$several" "$second" "$several"; do
		lock "$bdf" && shown=$(cat "$devices/$bdf/tsm/generation") || return
		case $seen in
		*" $shown "*)
			echo "$shown again, after$seen"
			return 1
			;;
		esac
		seen="$seen$shown "
		put "1 $shown" "$devices/$bdf/tsm/accept" && is_accepted "$bdf" || return
		case $bdf in
		"$dsm") put 0 "$emu/$bdf/replug" && put 1 "$emu/$bdf/replug" &&
			is_unlocked "$bdf" ;;
		*) unlock "$bdf" ;;
		esac || return
	done
}

# The report that was read is what is accepted.
sees_changed_report() {
	tsm=$devices/$several/tsm
	lock "$several" && shown=$(cat "$tsm/generation") || return
	cat "$emu/$several/report" >/tmp/given
	head -c $(($(wc -c </tmp/given) - 1)) /tmp/given >/tmp/changed && echo -n X >>/tmp/changed
	cat /tmp/changed >"$emu/$several/report"
	cmp -s "$tsm/report" /tmp/changed && return 1
	refused EAGAIN "1 $shown" "$tsm/accept" && is_locked "$several" &&
		cmp "$tsm/report" /tmp/changed &&
		! reads "$shown" "$tsm/generation" && refused EAGAIN "1 $shown" "$tsm/accept" &&
		put "1 $(cat "$tsm/generation")" "$tsm/accept" && is_accepted "$several" &&
		unlock "$several" &&
		put 1 "$emu/$several/reset" && lock "$several" &&
		put 1 "$emu/$several/reset" || return
	head -c 100 /tmp/changed >"$emu/$several/report"
	refused EAGAIN 1 "$tsm/accept" && put 1 "$emu/$several/reset" &&
		refused EAGAIN 1 "$tsm/accept" &&
		accept "$several" && unlock "$several"
}

# One TSM at a time.
excludes_link() {
	tsm=$devices/$dsm/tsm
	put "$link" "$tsm/connect" && refused EBUSY "$name" "$tsm/lock" &&
		refused EBUSY "$name" "$devices/$second/tsm/lock" && reads '' "$tsm/lock" &&
		put "$link" "$tsm/disconnect" && lock "$dsm" && lock "$second" &&
		refused EBUSY "$link" "$tsm/connect" && refused ENXIO "$link" "$tsm/disconnect" &&
		refused ENXIO "$name" "$devices/$several/tsm/connect" &&
		reads '' "$tsm/connect" "$tsm/dsm" "$tsm/bound" "$devices/$dsm/authenticated" &&
		unlock "$dsm" &&
		put "$link" "$tsm/connect" && is_locked "$second" &&
		absent "$devices/$second/tsm/dsm" &&
		put "$link" "$tsm/disconnect" && is_locked "$second" && unlock "$second"
}

passes_errors() {
	tsm=$devices/$several/tsm
	for row in EIO:5 ETIMEDOUT:110 ENODEV:19; do
		for step in lock report; do
			order "$several" "$step ${row#*:} 0 1" &&
				refused "${row%:*}" "$name" "$tsm/lock" &&
				is_unlocked "$several" || return
		done
		lock "$several" || return
		for step in report accept; do
			order "$several" "$step ${row#*:} 0 1" &&
				refused "${row%:*}" 1 "$tsm/accept" &&
				is_locked "$several" || return
		done
		accept "$several" && unlock "$several" || return
	done
}

knows_error_state() {
	tsm=$devices/$several/tsm
	lock "$several" && put error "$emu/$several/state" && refused EIO 1 "$tsm/accept" &&
		reads error "$emu/$several/state" && unlock "$several" && lock "$several" &&
		accept "$several" &&
		put error "$emu/$several/state" && unlock "$several"
}

survives_removal() {
	lock "$dsm" && lock "$second" && accept "$second" && bind_driver "$second" &&
		lock "$third" &&
		accept "$third" && put 0 "$emu/$dsm/replug" &&
		absent "$devices/$dsm" "$devices/$third" &&
		reads unlocked "$emu/$second/state" "$emu/$third/state" &&
		put 1 "$emu/$dsm/replug" &&
		is_unlocked "$dsm" && is_unlocked "$second" && is_unlocked "$third" &&
		lock "$second" && accept "$second" &&
		unlock "$second"
}

# A driver of an accepted device goes before the TSM does.
survives_unregistration() {
	lock "$dsm" && lock "$several" && accept "$several" && bind_driver "$several" &&
		put 0 $emu/devsec &&
		absent "$devices/$several/driver" "$devices/$several/tsm/lock" \
		"$devices/$second/tsm" "/sys/class/tsm/$name" &&
		present "$devices/$dsm/tsm/connect" &&
		reads unlocked "$emu/$dsm/state" "$emu/$several/state" &&
		put 1 $emu/devsec &&
		name=$(cat $emu/devsec) &&
		is_unlocked "$dsm" && lock "$several" && accept "$several" && unlock "$several"
}

# While a guest TSM leaves, it unlocks one device after another, the last one first: what it has
# been at stays as it is, though the TSM is still there.
locks_nothing_when_leaving() {
	lock "$dsm" && order "$dsm" 'unlock 0 2000 1' || return
	put 0 $emu/devsec &
	leaves=$!
	sleep 1
	refused ENXIO "$name" "$devices/$several/tsm/lock"
	ended=$?
	wait $leaves && [ $ended = 0 ] && absent "/sys/class/tsm/$name" &&
		reads unlocked "$emu/$dsm/state" "$emu/$several/state" && put 1 $emu/devsec &&
		name=$(cat $emu/devsec) && is_unlocked "$several"
}

# A link TSM that leaves takes nothing of the other.
outlives_link() {
	lock "$several" && accept "$several" && put 0 $emu/link && is_accepted "$several" &&
		absent "$devices/$several/tsm/connect" && unlock "$several" && put 1 $emu/link &&
		link=$(cat $emu/link)
}

tells_events() {
	# shellcheck disable=SC2016 # for the shell that uevent starts
	uevent sh -c 'echo "$ACTION ${DEVPATH##*/} $TSM $TSM_STATE"' >/tmp/events &
	listener=$!
	sleep 1
	lock "$several" && accept "$several" && unlock "$several" && lock "$dsm" &&
		lock "$several" &&
		put 0 "$emu/$several/replug" && put 1 "$emu/$several/replug" && put 0 $emu/devsec
	ended=$?
	sleep 1
	kill $listener
	[ $ended = 0 ] || return
	cat >/tmp/wanted <<-END
		change $several $name locked
		change $several $name accepted
		change $several $name unlocked
		change $dsm $name locked
		change $several $name locked
		change $dsm $name unlocked
	END
	put 1 $emu/devsec && name=$(cat $emu/devsec) &&
		grep '^change .* tsm[0-9]* [a-z]' /tmp/events | diff /tmp/wanted -
}

# Hosts add an offset to what devices report.
takes_offset() {
	echo 0x40000000 >/sys/module/tsm_emu/parameters/reporting_offset && lock "$several" &&
		accept "$several" && unlock "$several" &&
		echo 0 >/sys/module/tsm_emu/parameters/reporting_offset
}

unloads_accepted() {
	lock "$several" && accept "$several" && bind_driver "$several" && lock "$dsm" &&
		put "$link" "$devices/$several/tsm/connect"
	unload
}

echo 'KTAP version 1'
echo '1..23'
holds 'TSMs of both kinds register, and say which they are' starts
holds 'functions with TEE-IO are unlocked, others show nothing' shows_interfaces
holds 'lock and unlock refuse what is no name of a guest TSM' refuses_names
holds 'accept and unlock want a lock' wants_lock_first
holds 'lock locks, once' locks
holds 'the report is that of the device, for root' shows_report
holds 'accept refuses what is no true, and another generation' refuses_to_accept
holds 'accept accepts, once' accepts
holds 'a driver binds to an accepted device, and nothing changes below it' serves_driver
holds 'unlock unlocks, once' unlocks
holds 'lock, accept and unlock wait until there is no driver' waits_for_driver
holds 'no generation comes again' numbers_locks
holds 'a report that changed is not accepted unseen' sees_changed_report
holds 'what is connected cannot be locked, nor the reverse' excludes_link
holds 'errors of the TSM arrive, and the state is as before' passes_errors
holds 'unlock leads out of the error state' knows_error_state
holds 'locked, accepted and driven devices can be pulled out' survives_removal
holds 'a guest TSM that leaves unlocks all devices' survives_unregistration
holds 'a guest TSM that is leaving locks nothing more' locks_nothing_when_leaving
holds 'an accepted device does not need the link TSM' outlives_link
holds 'each transition tells of itself, once' tells_events
holds 'the address in the report may have an offset' takes_offset
holds 'the module goes, accepted as its device is' unloads_accepted
