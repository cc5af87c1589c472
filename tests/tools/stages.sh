# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by what runs several checks one after the other: each has a time limit, is timed,
# and is counted; the last line is the sum of all.

passed=0 failed=0 skipped=0
said=() # what failed or was skipped, in words, for the end
stage_output=$(mktemp)
stage_pid=
trap 'rm -f "$stage_output"' EXIT
trap '[ -z "$stage_pid" ] || kill -- -"$stage_pid"; exit 130' INT TERM

# stage MINUTES NAME COMMAND…: counts what the command's last "N passed, N failed, N skipped"
# says, or else the command itself as one.
stage() {
	local minutes=$1 name=$2 begin=$SECONDS status=0 fifo
	shift 2
	echo "== $name"
	fifo=$(mktemp -u)
	mkfifo "$fifo"
	tee "$stage_output" <"$fifo" &
	timeout -k 30 "${minutes}m" "$@" >"$fifo" 2>&1 &
	stage_pid=$!
	wait "$stage_pid" || status=$?
	# What it left running would hold the pipe open.
	kill -KILL -- -"$stage_pid" 2>/dev/null
	stage_pid=
	wait
	rm -f "$fifo"
	echo "== $name: $((SECONDS - begin)) s, exit status $status"
	[ "$status" -ne 124 ] || said+=("failed: $name did not end within $minutes minutes")
	count "$name" "$status"
	return "$status"
}

# count NAME STATUS: with 77 a command says that it cannot run here, and in its last line why.
# One that says that nothing failed and does not end well has failed.
count() {
	local counts
	counts=$(grep -aE '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$stage_output" | tail -n 1)
	if [ -z "$counts" ] && [ "$2" -eq 77 ]; then
		skip "$1" "$(tail -n 1 "$stage_output")"
		return
	fi
	[ -n "$counts" ] || counts="$(($2 == 0)) passed, 0 failed, 0 skipped"
	# shellcheck disable=SC2086
	set -- "$1" "$2" ${counts//[!0-9 ]/}
	passed=$((passed + $3)) failed=$((failed + $4)) skipped=$((skipped + $5))
	(($2 == 0 || $4 > 0)) || failed=$((failed + 1))
	(($2 == 0)) || said+=("failed: $1, exit status $2")
}

# skip NAME REASON: a stage that cannot run here counts, and says why.
skip() {
	skipped=$((skipped + 1))
	said+=("skipped: $1: $2")
}

# The end of the run: what did not pass, the counts, and the exit status.
total() {
	local line
	for line in "${said[@]}"; do
		echo "$line"
	done
	((passed + failed > 0)) || failed=1
	echo "$passed passed, $failed failed, $skipped skipped"
	((failed == 0))
}
