#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A GICv5 can be virtualised when IRS_IDR0.VIRT says so. The driver hands KVM only such a one,
# and says in the log when it does not. The flag is read from the device here, too.
# Needs DEVMEM in the kernel and a GICv5: QEMU 11.1 with -M virt,gic-version=x-5 has one that
# cannot be virtualised.
name='gic: the kernel takes a GICv5 for virtualisable exactly when IRS_IDR0.VIRT is set'
irs_idr0_virt=$((1 << 6))

echo 'KTAP version 1'
echo '1..1'

skip() {
	echo "ok 1 # SKIP $name: $*"
	exit 0
}

# The directory of the first IRS in the device tree.
irs_node() {
	find /proc/device-tree/ -name compatible 2>/dev/null | while read -r file; do
		if tr '\0' '\n' <"$file" | grep -qx 'arm,gic-v5-irs'; then
			dirname "$file"
			break
		fi
	done
}

# The address of its register frame "ns-config": entries of two 64-bit numbers, as on every
# machine of 64 bits.
irs_address() {
	index=$(tr '\0' '\n' <"$1/reg-names" | grep -nx ns-config | cut -d : -f 1)
	od -A n -t x1 -j $(((index - 1) * 16)) -N 8 "$1/reg" | tr -d ' '
}

grep -q GICv5 /proc/interrupts || skip 'the host has no GICv5'
node=$(irs_node)
[ -n "$node" ] || skip 'no device tree says where the IRS of the GICv5 is'
[ -c /dev/mem ] || skip 'this kernel has no /dev/mem (DEVMEM), through which IRS_IDR0 is read'
flag=$(($(busybox devmem "0x$(irs_address "$node")" 32) & irs_idr0_virt))
said=$(dmesg | grep -c 'GIC implementation is not virtualization capable')
echo "# IRS_IDR0.VIRT is $((flag != 0)), the kernel said $said times that it cannot be virtualised"
if [ $((flag != 0)) -ne "$said" ]; then
	echo "ok 1 $name"
	exit 0
fi
echo "not ok 1 $name"
exit 1
