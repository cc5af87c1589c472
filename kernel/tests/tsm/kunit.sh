#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The KUnit tests of what no guest of the lab can run: the reports of devices and their private
# MMIO, which memory the DMA of an accepted device reaches, and on x86 the messages of SEV-TIO.
# They test functions that decide; what then acts on it, on hardware, has run nowhere.
#
# Red when swiotlb_tbl_map_single()'s rule is that of 7.3 (dma_cc_pool_ok() without map_shared),
# when dma_cc_pool_forced() forgets accepted, and when tio_find_blob() adds offset and length in
# 32 bits.

. /tests/holds.sh

suites="pci_tsm_report pci_tsm_mmio dma_cc"
[ "$(uname -m)" != x86_64 ] || suites="$suites sev_tio_msg"
# shellcheck disable=SC2086 # words
kunit $suites
