# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# What tests of the command line share: they need no root and no kernel of a kind.

bats_require_minimum_version 1.5.0

REPOSITORY=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck disable=SC2034 # the tests use it
CGWARD=$(realpath -m "${CGWARD_BUILD:-$REPOSITORY/build}")/cgward

cli_setup() {
	T=$BATS_TEST_TMPDIR
	cd "$T" || return 1
	unset CGWARD_PINS NO_COLOR
}

fail() {
	printf '%s\n' "$@" >&2
	return 1
}

# says TEXT: what the command under `run` printed is exactly this.
says() {
	# shellcheck disable=SC2154 # bats sets it
	[ "$output" = "$1" ] || fail "not what was expected:" "$(diff <(echo "$1") <(echo "$output"))"
}

mentions() {
	[[ "$output" == *"$1"* ]] || fail "no '$1' in:" "$output"
}
