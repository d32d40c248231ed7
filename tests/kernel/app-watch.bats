#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# cgward status --watch, on a terminal and into a file.

load ../lib/cgward

CLEAR=$'\e[H\e[J'
BOLD=$'\e[1m'

setup() {
	cgward_setup
	new_cgroup web
	policy web <<-END
		[bind]
		default = allow
		deny = tcp 127.0.0.9:1
	END
	WATCHER=
}

teardown() {
	[ -z "$WATCHER" ] || kill -KILL "$WATCHER" 2>/dev/null || :
	cgward_teardown
}

# on_terminal COMMAND: a shell command under a pseudo-terminal; what goes to $keys are its keys, what
# it draws stands in $T/screen.
on_terminal() {
	command -v script >/dev/null || skip "needs script(1)"
	mkfifo "$T/keys"
	TERM=vt100 SHELL=/bin/sh script -qefc "$1" "$T/screen" <"$T/keys" >/dev/null 2>&1 3>&- &
	WATCHER=$!
	exec {keys}>"$T/keys"
}

# How often a text stands in a file.
occurs() { # COUNT TEXT FILE
	[ "$(grep -aoF -- "$2" "$3" 2>/dev/null | wc -l)" -ge "$1" ]
}

# The exit status of what was watched, and it is over.
ended() {
	local status=0
	wait "$WATCHER" || status=$?
	WATCHER=
	exec {keys}>&-
	[ $status = "$1" ] || fail "ended with $status" "$(cat -v "$T/screen")"
}

@test "on a terminal: drawn again in place, with what has changed, until q" {
	on_terminal "$CGWARD status --watch"
	await "a frame" occurs 1 "${CLEAR}no policy is in force" "$T/screen"
	"$CGWARD" apply "$T/web.ini" "$BASE/web"
	await "the policy" occurs 1 "${CLEAR}$BOLD""CGROUP " "$T/screen"
	printf 'xq' >&"$keys"
	ended 0
	# The key that means nothing was not even shown.
	[ "$(tail -n +2 "$T/screen" | grep -acF xq)" = 0 ]
}

@test "^C ends it as q does, and the terminal is as it was" {
	local modes="stty -a | grep -o -- '[-]*icanon\|[-]*echo '"
	on_terminal "$modes; $CGWARD status --watch; echo status \$?; $modes"
	await "a frame" occurs 1 "${CLEAR}no policy is in force" "$T/screen"
	printf '\003' >&"$keys"
	ended 0
	occurs 1 "status 0" "$T/screen"
	# Once before, once after.
	[ "$(grep -acx $'icanon\r*' "$T/screen")" = 2 ] || fail "$(cat -v "$T/screen")"
	[ "$(grep -acx $'echo \r*' "$T/screen")" = 2 ] || fail "$(cat -v "$T/screen")"
}

@test "into a file: one after the other, nothing for a terminal, until SIGTERM" {
	"$CGWARD" apply "$T/web.ini" "$BASE/web"
	"$CGWARD" status --watch >"$T/tables" 2>"$T/errors" 3>&- &
	WATCHER=$!
	await "two tables" occurs 2 "CGROUP " "$T/tables"
	kill -TERM "$WATCHER"
	wait "$WATCHER"
	WATCHER=
	[ ! -s "$T/errors" ]
	! grep -q $'\e' "$T/tables" || fail "$(cat -v "$T/tables")"
}

@test "--json: one object after the other; one cgroup: until it is gone" {
	"$CGWARD" status --json --watch "$BASE/web" >"$T/objects" 2>"$T/errors" 3>&- &
	WATCHER=$!
	await "an object" occurs 1 '"cgroups": []' "$T/objects"
	"$CGWARD" apply "$T/web.ini" "$BASE/web"
	await "the policy" occurs 1 '"policy": "web"' "$T/objects"
	"$CGWARD" remove "$BASE/web"
	rmdir "$CGROUP2$BASE/web"
	local status=0
	wait "$WATCHER" || status=$?
	WATCHER=
	[ $status = 2 ]
	grep -q "$BASE/web" "$T/errors"
	[ "$(jq -s 'map(.cgroups | length) | unique == [0, 1]' "$T/objects")" = true ]
}
