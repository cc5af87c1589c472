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
