#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The KUnit tests of what no guest of the lab can run: the reports of devices and their private
# MMIO, which memory the DMA of an accepted device reaches, and on x86 the messages of SEV-TIO.
# They test functions that decide; what then acts on it, on hardware, has run nowhere.
#
# Red when swiotlb_tbl_map_single()'s rule is that of 7.3 (dma_cc_pool_ok() without map_shared),
# when dma_cc_pool_forced() forgets accepted, and when tio_find_blob() adds offset and length in
# 32 bits; when nobody looks at the end of a range ("wrapping range is refused", "range beyond its
# bar is refused", "bad report is refused") or at its id ("unknown id is refused"), when
# fill_range() puts all ranges at the begin of their BAR ("ranges are found in the bar"), and when
# pci_tsm_mmio_insert() does not undo what it did ("failed insertion changes nothing").

. /tests/holds.sh

suites="pci_tsm_report pci_tsm_mmio dma_cc"
[ "$(uname -m)" != x86_64 ] || suites="$suites sev_tio_msg"
# shellcheck disable=SC2086 # words
kunit $suites
