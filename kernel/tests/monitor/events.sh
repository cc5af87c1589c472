#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# kvmfeat monitor follows the events of a booted kernel: VMs, modules, what is there at first,
# and what becomes of a storm that nobody reads. No module of KVM can be unloaded here, for it is
# built in: an event that is ordered through sysfs stands for it.
# Red when kvm_uevent_notify_change() does not tell PID (case 2), or is not called for a VM (2 and
# 6), when netlink_overrun() tells nobody (4 and 5), and, of the library, when it takes another
# subsystem's events (case 3), does not read the state after a loss (case 4), or reads it before
# what waited (case 5).

. /tests/holds.sh

log=/tmp/monitor.log

# Starts a monitor, and waits until it has told what is there. It needs no privilege, and with none
# net.core.rmem_max bounds what may wait.
start() {
	: >$log
	su -s /bin/sh -c "exec kvmfeat monitor --state $*" nobody >>$log 2>&1 &
	monitor=$!
	wait_for kind=complete
}

# A line with all these words
has() {
	cp $log /tmp/lines
	for word; do
		grep -F -- "$word" /tmp/lines >/tmp/fitting || return
		mv /tmp/fitting /tmp/lines
	done
	head -n 3 /tmp/lines
}

# Waits until there is one, a minute at most; by the clock, for under emulation to look costs more
# than to wait.
wait_for() {
	end=$(($(date +%s) + 60))
	until has "$@"; do
		if [ "$(date +%s)" -ge $end ]; then
			tail -n 20 $log
			return 1
		fi
		usleep 100000
	done
}

stop() {
	kill -"$1" $monitor && wait $monitor
}

tells_what_is_there() {
	start && has kind=present source=kvm name=kvm devpath=/devices/virtual/misc/kvm &&
		has kind=present source=module name=kvm
}

# A probe that asks a scratch VM makes and destroys one.
tells_a_vm() {
	kvmfeat cap list --deep >/dev/null &
	vmm=$!
	wait $vmm || return
	wait_for kind=event source=kvm vm_action=create "vm_pid=$vmm " vms_running=1 &&
		wait_for kind=event source=kvm vm_action=destroy "vm_pid=$vmm " vms_running=0
}

tells_modules_of_kvm_only() {
	echo change >/sys/module/printk/uevent
	echo change >/sys/module/kvm/uevent
	wait_for kind=event source=module action=change name=kvm devpath=/module/kvm &&
		! has name=printk
}

# More than may wait, each some thousand bytes of half a MiB; the monitor does not read.
storm() {
	kill -STOP $monitor
	sent=0
	while [ $sent -lt 2000 ]; do
		echo change
		sent=$((sent + 1))
	done >/sys/module/kvm/uevent
	kill -CONT $monitor
}

tells_a_storm_as_a_loss() {
	: >$log
	storm
	wait_for kind=lost reason= && wait_for kind=complete && has kind=present source=kvm
}

# Events from before the loss come before the state.
tells_what_waited_first() {
	awk '/kind=lost/ { lost = NR } /kind=event/ { event = NR } /kind=present/ && !present { present = NR }
	     END { print lost, event, present; exit !(lost && lost < event && event < present) }' $log
}

goes_on_after_a_loss() {
	: >$log
	tells_a_vm
}

ends_with_status_0() {
	stop TERM && start --subsystem=tsm && ! has source=kvm && stop INT
}

echo 212992 >/proc/sys/net/core/rmem_max
mkdir -p /etc
grep -qs ^nobody: /etc/passwd || echo nobody::65534:65534::/:/bin/sh >>/etc/passwd
echo 'KTAP version 1'
echo '1..7'
holds 'the monitor begins with what is there' tells_what_is_there
holds 'a VM is told when it is made and when it is gone, with its process' tells_a_vm
holds 'modules of KVM are told, and others are not' tells_modules_of_kvm_only
holds 'a storm that nobody reads is told as a loss, and the state is read' tells_a_storm_as_a_loss
holds 'what waited before the loss is told before the state' tells_what_waited_first
holds 'after a loss it goes on' goes_on_after_a_loss
holds 'SIGTERM and SIGINT end it with status 0' ends_with_status_0
