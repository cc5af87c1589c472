# SPDX-License-Identifier: GPL-2.0-only
# For tests that are scripts: . /tests/holds.sh

room=${0%/*}
room=${room##*/}
number=0

# holds SENTENCE COMMAND…: a case of KTAP; what the command said follows when it fails. The
# sentence may name what the command sets.
holds() {
	number=$((number + 1))
	sentence=$1
	shift
	if "$@" >/tmp/said 2>&1; then
		echo "ok $number $room: $sentence"
	else
		echo "not ok $number $room: $sentence"
		sed 's/^/# /' /tmp/said
	fi
}

# kunit SUITE…: the cases of KUnit suites, which ran while the kernel booted, each as a case of
# KTAP. A suite that is missing, or has none, bails out; a case that failed fails the script.
kunit() {
	for suite; do
		results=/sys/kernel/debug/kunit/$suite/results
		grep -E '^    (not )?ok [0-9]+ ' "$results" || {
			echo "Bail out! there are no results in $results" >&2
			exit 1
		}
	done >/tmp/cases
	echo "KTAP version 1"
	echo "1..$(wc -l </tmp/cases)"
	awk -v "room=$room" '
		{
			failed = sub(/^ *not /, "")
			sub(/^ *ok [0-9]+ (- )?/, "")
			sub("^" room "_", "")
			gsub(/_/, " ")
			print (failed ? "not ok " : "ok ") NR " " room ": kunit: " $0
			failures += failed
		}
		END { exit failures > 0 }' /tmp/cases
}
