# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Sourced by the tools: where things are, and how to fail. What the user may set comes from
# the environment, which kernel/Makefile fills: ARCH FRAGMENTS SERIES TREE TARBALL JOBS LLVM.
#
# Each tool first calls the one before it, then prints the path of what it made as its last
# line: fetch -> apply -> config -> build. All of it lies in the cache, in directories named
# by a hash of what went in, so that calling a tool again costs little and nothing is stale.

set -euo pipefail
export LC_ALL=C
umask 022
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES GNUMAKEFLAGS

kernel=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools=$kernel/tools
cache=${KVMFEAT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kvmfeat}
arch=${ARCH:-x86_64}
series=${SERIES:-$kernel/series}
jobs=${JOBS:-$(nproc)}
tool=$(basename "$0")

# WHY=FILE gets the sentence, too, for a caller that goes on.
fail() {
	say "$*"
	[ -z "${WHY-}" ] || echo "$*" >"$WHY"
	exit 1
}

# The same where it cannot be tested here, which is no fault: stages count it as skipped.
give_up() {
	(fail "$*") || exit 77
}

say() {
	echo "kernel/$tool: $*" >&2
}

need() {
	local command
	for command; do
		command -v "$command" >/dev/null ||
			fail "'$command' is not installed (tests/tools/packages install $groups)"
	done
}

# The kernel's name for the architecture, its image, and what its compiler's name begins with.
case $arch in
x86_64) karch=x86_64 cross='' image=arch/x86/boot/bzImage ;;
arm64) karch=arm64 cross=aarch64-linux-gnu- image=arch/arm64/boot/Image ;;
s390x) karch=s390 cross=s390x-linux-gnu- image='' ;;
*) fail "ARCH=$arch is unknown; there are x86_64, arm64 and s390x" ;;
esac
[ "$(uname -m)" != aarch64 ] || [ "$arch" != arm64 ] || cross=''
fragments=${FRAGMENTS:-$(sed -n "s/^$arch //p" "$kernel/config/fragments")}
groups="kernel${cross:+ kernel-$arch}" # of tests/tools/packages, for need
compiler=${cross}gcc
[ -z "${LLVM-}" ] || compiler=clang$LLVM

# base KEY [FILE]: a value of kernel/base, or of another such file
base() {
	sed -n "s/^$1=//p" "${2:-$kernel/base}"
}

# The first digits name a directory; the input is on stdin.
key() {
	sha256sum | cut -c1-12
}

# patches [SERIES]: the patches of the stack, or of another series, in order, as paths
patches() {
	local patch folder list=${1:-$series}
	folder=$(dirname "$list")/patches
	sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$list" | while read -r patch; do
		[ -f "$folder/$patch" ] || fail "$list names $patch, which is not in $folder/"
		echo "$folder/$patch"
	done
}

stack_key() {
	local list
	list=$(patches)
	# shellcheck disable=SC2086
	cat /dev/null $list | key
}

# has_space GIB: before something big is written
has_space() {
	local free
	mkdir -p "$cache" || fail "cannot make the cache $cache (KVMFEAT_CACHE names another)"
	free=$(($(df --output=avail -k "$cache" | tail -n 1) / 1048576))
	((free >= $1)) || fail "the cache $cache has $free GiB free, and this needs $1 GiB" \
		"(KVMFEAT_CACHE names another place)"
}

# One at a time for what several runs share; released when the tool ends.
lock() {
	mkdir -p "$cache"
	exec 9>"$cache/$1.lock"
	flock -n 9 || { say "waiting for another run that uses $cache/$1.lock"; flock 9; }
}

# Has the compilers work from our cache when there is ccache.
use_ccache() {
	command -v ccache >/dev/null || return
	export CCACHE_DIR=$cache/ccache CCACHE_BASEDIR=$cache CCACHE_NOHASHDIR=1
	export CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-5G}
}

# Kernel make with our compiler. Its words go through progress and into the log "$1".
kmake() {
	local log=$1 cc=${cross}gcc host=gcc
	shift
	if use_ccache; then
		cc="ccache $cc" host="ccache $host"
	fi
	if [ -n "${LLVM-}" ]; then
		cc=${cc/"${cross}gcc"/clang$LLVM}
		set -- LLVM="$LLVM" "$@"
	fi
	set -- make ARCH="$karch" CROSS_COMPILE="$cross" CC="$cc" HOSTCC="$host" \
		KBUILD_BUILD_TIMESTAMP='Thu Jan  1 00:00:00 UTC 1970' KBUILD_BUILD_USER=kvmfeat \
		KBUILD_BUILD_HOST=localhost KBUILD_BUILD_VERSION=1 -j"$jobs" "$@"
	if "$@" </dev/null 2>&1 | progress "$log"; then
		return
	fi
	grep -nE 'error:|Error [0-9]|undefined reference|No rule to make|No space left' "$log" |
		head -n 20 >&2 || tail -n 20 "$log" >&2
	fail "'${*: -1}' for $arch does not build; all that make said is in $log"
}

# Writes stdin into the log, and on a terminal shows which line it is at.
progress() {
	if [ -t 2 ]; then
		awk -v log_file="$1" '{ print > log_file; printf "\r\033[K%6d %.70s", NR, $0 > "/dev/stderr" }
			END { printf "\r\033[K" > "/dev/stderr" }'
	else
		cat >"$1"
	fi
}
