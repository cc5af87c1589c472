#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The KUnit tests of the encodings of FEAT_HDBSS, which ran while the kernel booted: each is a
# case here.

results=/sys/kernel/debug/kunit/kvm_hdbss/results
cases=$(grep -E '^    (not )?ok [0-9]+ hdbss_' "$results") || {
	echo "Bail out! there are no results in $results"
	exit 1
}
echo "KTAP version 1"
echo "1..$(echo "$cases" | wc -l)"
echo "$cases" | sed -E 's/^ *((not )?ok [0-9]+) (- )?hdbss_(.*)/\1 hdbss: kunit: \4/' | tr _ ' '
! echo "$cases" | grep -q '^ *not ok'
