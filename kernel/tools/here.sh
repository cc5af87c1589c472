# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Sourced after lib.sh by the tools that run a test here and not in a guest.

# run_here NAME FUNCTION: runs the function, which prints KTAP and returns 0, or 4 when it skips
# all; printed like a guest's test of that name. Fails when a case did.
run_here() {
	local name=$1 passed failed skipped out
	out=$(mktemp)
	# shellcheck disable=SC2064
	trap "rm -f '$out'" EXIT
	{
		local status=0
		echo "# kvmfeat: begin $name"
		"$2" || status=$?
		echo "# kvmfeat: end $name $status"
	} | tee "$out"
	passed=$(grep '^ok ' "$out" | grep -vc ' # SKIP ') || true
	failed=$(grep -c '^not ok ' "$out") || true
	skipped=$(grep -c ' # SKIP ' "$out") || true
	if [ "$failed" -eq 0 ] && ! grep -qxE "# kvmfeat: end $name (0|4)" "$out"; then
		failed=1
	fi
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ]
}
