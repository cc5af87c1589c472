#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The guest role on emulated devices: lock, report, generation, accept, unlock, every errno of
# theirs, drivers, removal, TSMs that leave, events. After each case the interface agrees with the
# kernel.

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
	tsm=$devices/$1/tsm
	reads '' "$tsm/lock" "$tsm/generation" && reads 0 "$tsm/accept" &&
		reads unlocked "$emu/$1/state" &&
		! cat "$tsm/report" 2>&1 | tee /tmp/report | grep -v 'No such device or address' &&
		[ -s /tmp/report ]
}

is_locked() {
	tsm=$devices/$1/tsm
	reads "$name" "$tsm/lock" && reads 0 "$tsm/accept" && reads locked "$emu/$1/state" &&
		grep -q '^[1-9][0-9]*$' "$tsm/generation"
}

is_accepted() {
	tsm=$devices/$1/tsm
	reads "$name" "$tsm/lock" && reads 1 "$tsm/accept" && reads run "$emu/$1/state" &&
		grep -q '^[1-9][0-9]*$' "$tsm/generation"
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
	number=$(cat "$tsm/generation")
	for wrong in 0 n 2 x "$newline" "1 x" "1 -1" "1 $number x" "0 $number"; do
		refused EINVAL "$wrong" "$tsm/accept" || return
	done
	refused EAGAIN "1 $((number + 1))" "$tsm/accept" && refused EAGAIN '1 0' "$tsm/accept" &&
		reads "$number" "$tsm/generation" && is_locked "$several"
}

accepts() {
	accept "$several" && reads "$number" "$tsm/generation" && shows_report &&
		refused EBUSY 1 "$tsm/accept" && refused EBUSY "1 $number" "$tsm/accept" &&
		refused EBUSY "$name" "$tsm/lock" && is_accepted "$several"
}

# What drivers do with an accepted device: none of the three may change below one.
serves_driver() {
	bind_driver "$several" && refused EBUSY "$name" "$tsm/lock" &&
		refused EBUSY 1 "$tsm/accept" &&
		refused EBUSY "$name" "$tsm/unlock" && is_accepted "$several" &&
		unbind_driver "$several" &&
		bind_driver "$several" && unbind_driver "$several" && is_accepted "$several"
}

unlocks() {
	unlock "$several" && refused EINVAL "$name" "$tsm/unlock"
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
		lock "$bdf" && number=$(cat "$devices/$bdf/tsm/generation") || return
		case $seen in
		*" $number "*)
			echo "$number again, after$seen"
			return 1
			;;
		esac
		seen="$seen$number "
		put "1 $number" "$devices/$bdf/tsm/accept" && is_accepted "$bdf" || return
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
	lock "$several" && number=$(cat "$tsm/generation") || return
	head -c -1 "$emu/$several/report" >/tmp/changed && echo -n X >>/tmp/changed &&
		cat /tmp/changed >"$emu/$several/report"
	cmp -s "$tsm/report" /tmp/changed && return 1
	refused EAGAIN "1 $number" "$tsm/accept" && is_locked "$several" &&
		cmp "$tsm/report" /tmp/changed &&
		! reads "$number" "$tsm/generation" && refused EAGAIN "1 $number" "$tsm/accept" &&
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
	lock "$several" && put error "$emu/$several/state" && refused EIO 1 "$tsm/accept" &&
		reads error "$emu/$several/state" && unlock "$several" && lock "$several" &&
		accept "$several" &&
		put error "$emu/$several/state" && unlock "$several"
}

# Ranges of an accepted device are in the resource tree, and go whatever ends it.
clears_resources() {
	before=$(cat /proc/iomem)
	lock "$several" && accept "$several" && [ "$before" != "$(cat /proc/iomem)" ] &&
		unlock "$several" &&
		[ "$before" = "$(cat /proc/iomem)" ] && lock "$several" &&
		order "$several" 'accept 5 0 1' &&
		refused EIO 1 "$devices/$several/tsm/accept" &&
		[ "$before" = "$(cat /proc/iomem)" ] &&
		unlock "$several"
}

survives_removal() {
	lock "$dsm" && lock "$second" && accept "$second" && bind_driver "$second" &&
		lock "$third" &&
		accept "$third" && put 0 "$emu/$dsm/replug" &&
		absent "$devices/$dsm" "$devices/$third" &&
		reads unlocked "$emu/$second/state" "$emu/$third/state" &&
		put 1 "$emu/$dsm/replug" &&
		is_unlocked "$dsm" && is_unlocked "$second" && is_unlocked "$third" &&
		[ "$before" = "$(cat /proc/iomem)" ] && lock "$second" && accept "$second" &&
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
		[ "$before" = "$(cat /proc/iomem)" ] && put 1 $emu/devsec &&
		name=$(cat $emu/devsec) &&
		is_unlocked "$dsm" && lock "$several" && accept "$several" && unlock "$several"
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
	done=$?
	sleep 1
	kill $listener
	put 1 $emu/devsec && name=$(cat $emu/devsec) && [ $done = 0 ] || return
	grep "^change .* tsm[0-9]* [a-z]" /tmp/events | diff - <<-END
		change $several $name locked
		change $several $name accepted
		change $several $name unlocked
		change $dsm $name locked
		change $several $name locked
		change $dsm $name unlocked
	END
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
holds 'no resource of an accepted device is left behind' clears_resources
holds 'locked, accepted and driven devices can be pulled out' survives_removal
holds 'a guest TSM that leaves unlocks all devices' survives_unregistration
holds 'an accepted device does not need the link TSM' outlives_link
holds 'each transition tells of itself, once' tells_events
holds 'the address in the report may have an offset' takes_offset
holds 'the module goes, accepted as its device is' unloads_accepted
