#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# Images in the kernel's tables: what a reload leaves there, and when that goes.

load ../lib/cgward

setup() {
	cgward_setup
	network_setup
	new_cgroup web
	new_cgroup other
}

teardown() {
	cgward_teardown
}

# Image numbers that a table has a map for.
images() { # TABLE
	bpftool map dump pinned "$CGWARD_PINS/"abi*"/$1" -j | jq '[.[] | select(has("value"))] | length'
}

# One that allows that port alone; `large`: one that needs more than its first block.
write() { # PORT [large]
	{
		printf '[connect]\nallow = tcp 127.0.0.1:%s\n' "$1"
		[ -z "${2:-}" ] || seq -f 'allow = udp 127.1.%.0f.1:9' 0 2 254
	} | policy web
}

put() { # [CGROUP]
	"$CGWARD" apply "$T/web.ini" "$@" >/dev/null 2>"$T/apply.err" || fail "$(cat "$T/apply.err")"
}

is_at() { # PORT
	expect ECONNREFUSED "$BASE/web" connect tcp "127.0.0.1:$1"
	expect EPERM "$BASE/web" connect tcp "127.0.0.1:$((14021 - $1))"
}

@test "reloads leave two images at most, whatever their sizes, and the last remove leaves none" {
	local i port
	write 7010
	put "$BASE/web"
	[ "$(images images)" = 1 ]
	for i in 1 2 3 4 5 6 7 8 9; do
		port=$((i % 2 ? 7011 : 7010))
		if ((i % 3)); then write "$port"; else write "$port" large; fi
		put
		is_at "$port"
		[ "$(images images)" = $((i < 2 ? 2 : 3)) ]
	done
	[ "$(images blocks)" = 1 ]
	put "$BASE/other"
	[ "$(images images)" = 3 ]
	"$CGWARD" remove "$BASE/web" >/dev/null
	[ "$(images images)" = 3 ]
	"$CGWARD" remove "$BASE/other" >/dev/null
	[ "$(images images)" = 0 ]
	[ "$(images blocks)" = 0 ]
}

@test "a small image takes the place of a large one: no block of it is left" {
	write 7010 large
	put "$BASE/web"
	for port in 7011 7010 7011; do
		write "$port"
		put
		is_at "$port"
	done
	[ "$(images images)" = 3 ]
	[ "$(images blocks)" = 0 ]
}
