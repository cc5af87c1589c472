# SPDX-License-Identifier: GPL-2.0-only
# The devices of the kernel lab's arm64 machine
CONFIG_ARM_VIRT=y
CONFIG_ARM_GICV3_TCG=y
CONFIG_PCIE_PORT=y
CONFIG_VIRTIO_PCI=y
CONFIG_VIRTIO_SERIAL=y

# Without these target/arm does not link
CONFIG_ARM_V7M=y
CONFIG_SEMIHOSTING=y
CONFIG_ARM_COMPATIBLE_SEMIHOSTING=y
