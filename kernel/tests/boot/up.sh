#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The guest is what the lab says that it is: this kernel, with KVM, and kvmfeat that runs in it.
# Red on a kernel without CONFIG_KVM, and with a library missing in the initramfs.

. /tests/holds.sh

is_release() {
	uname -r
	case $(uname -r) in
	7.3.*) ;;
	*) return 1 ;;
	esac
}

sees_device() {
	kvmfeat --json probe --require kvm.device
}

echo 'KTAP version 1'
echo '1..3'
holds 'the kernel is Linux 7.3' is_release
holds '/dev/kvm is there' test -c /dev/kvm
holds 'kvmfeat runs, and sees KVM' sees_device
