# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2317 # what is defined here is for those that read it
# For the scripts of this room: . /tests/tsm/emu.sh. The emulated devices, and how they are asked;
# modules/tsm-emu/README.md says what they are.

. /tests/holds.sh

emu=/sys/kernel/debug/tsm-emu
devices=/sys/bus/pci/devices
driver=/sys/bus/pci/drivers/tsm-emu-ep

# load PARAMETER…: sets domain, and the addresses of the functions
load() {
	modprobe tsm-emu "$@" || return
	domain=$(basename "$emu"/*:01:00.0) domain=${domain%:01:00.0}
	dsm=$domain:01:00.0 second=$domain:01:00.1 third=$domain:01:00.2
	several=$domain:02:00.0 plain=$domain:03:00.0
	bridge=/sys/devices/pci$domain:00
}

unload() {
	rmmod tsm-emu || return
	[ ! -e "$emu" ] && [ ! -e "$bridge" ] && [ -z "$(ls /sys/class/tsm)" ]
}

# put VALUE FILE: one write; of echo, as busybox's printf does not tell its errors
put() {
	echo -n "$1" >"$2"
}

meaning() {
	case $1 in
	EINTR) echo 'Interrupted system call' ;;
	EIO) echo 'Input/output error' ;;
	ENXIO) echo 'No such device or address' ;;
	EAGAIN) echo 'Resource temporarily unavailable' ;;
	EBUSY) echo 'Device or resource busy' ;;
	ENODEV) echo 'No such device' ;;
	EINVAL) echo 'Invalid argument' ;;
	ETIMEDOUT) echo 'Connection timed out' ;;
	*) echo "errno $1 is not known to this test" ;;
	esac
}

# refused ERRNO VALUE FILE
refused() {
	if said=$( (put "$2" "$3") 2>&1); then
		echo "$3 takes '$2'"
		return 1
	fi
	case $said in
	*": $(meaning "$1")") ;;
	*)
		echo "$3 answers '$2' not with $1: $said"
		return 1
		;;
	esac
}

# reads VALUE FILE…
reads() {
	want=$1
	shift
	for file; do
		got=$(cat "$file") && [ "$got" = "$want" ] && continue
		echo "$file has '$got', not '$want'"
		return 1
	done
}

absent() {
	for file; do
		[ -e "$file" ] || continue
		echo "$file is there"
		return 1
	done
}

present() {
	for file; do
		[ -e "$file" ] && continue
		echo "$file is not there"
		return 1
	done
}

# order FUNCTION ORDER
order() {
	put "$2" "$emu/$1/fail"
}

bind_driver() {
	put tsm-emu-ep "$devices/$1/driver_override" && put "$1" "$driver/bind"
}

unbind_driver() {
	put "$1" "$driver/unbind"
}
