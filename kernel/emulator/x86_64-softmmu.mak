# SPDX-License-Identifier: GPL-2.0-only
# The devices of the lab's x86_64 guests: what the machine q35 cannot do without.
CONFIG_Q35=y
