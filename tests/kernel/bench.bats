#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# That `make bench` can be run: a few rows with rounds far too short to mean anything. No figure is
# looked at, only that there is one.

load ../lib/cgward

setup() {
	cgward_setup
	[ -x "$BUILD/bench/rounds" ] || fail "no $BUILD/bench/rounds: run make bench-programs first"
	export B=$BUILD OUT=$T/bench.json ROUNDS=3 SLICE_US=100
}

teardown() {
	cgward_teardown
}

# The bench names what it makes after its process.
bench() {
	local status=0 made
	"$REPOSITORY/tests/bench/run" "$@" >"$T/table" 2>"$T/bench.err" 3>&- &
	made=cgward-bench-$!
	wait $! || status=$?
	sed 's/^/# /' "$T/table" >&3
	[ "$status" = 0 ] || fail "status $status" "$(cat "$T/bench.err")" || return
	if compgen -G "$CGROUP2/$made*" || compgen -G "/sys/fs/bpf/$made*"; then
		fail "the bench left these behind"
	fi
}

# Rows are measured or say why not; one that has an aim says whether it is met.
rows_are_whole() {
	jq -e '.rows | length > 0 and all(.[]; (.row | type == "string") and
		if .skipped then (.skipped | type == "string")
		else (.p25 <= .median and .median <= .p75) and (.unit | type == "string") and
			(if .aim == null then .met == null else (.met | type == "boolean") end) end)' \
		"$OUT" >/dev/null || fail "$(cat "$OUT")"
}

# Every row of the JSON is a line of the table, with as many cells as the head.
table_has_all_rows() {
	jq -r '.rows[].row' "$OUT" >"$T/names"
	while IFS= read -r name; do
		grep -qF -- "| $name |" "$T/table" || fail "no line: $name"
	done <"$T/names"
	[ "$(awk -F '|' '/^\|/ { print NF }' "$T/table" | sort -u)" = 9 ]
}

@test "bench measures calls, decisions, peers and loading, and leaves nothing behind" {
	bench udp_connect match packet_filters devices load
	rows_are_whole
	table_has_all_rows
	[ "$(jq '.rows | length' "$OUT")" = 26 ]
}

@test "a row that there is not is refused with the names of all" {
	run ! "$REPOSITORY/tests/bench/run" no_such_row
	[[ $output == *"no row no_such_row; there are: udp_connect "* ]]
}
