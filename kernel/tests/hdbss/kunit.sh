#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The KUnit tests of the encodings of FEAT_HDBSS.

. /tests/holds.sh

kunit kvm_hdbss
