# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# What the fault tests share: policies that a signature tells apart, a hammer that no fault may let
# through, and commands whose Nth system call fails.

load ../lib/cgward

FAULTS=$BUILD/faults

faults_setup() {
	cgward_setup
	[ -x "$FAULTS/signature" ] || fail "no $FAULTS/signature: run make test-programs first" || return
	network_setup
	new_cgroup web
	write_old
	write_new
	HAMMER=
	SIGNER=
}

# ---- two policies and how to tell which is in force ---------------------------------------------

# They agree in what the hammer does, and differ in each call of the signature: of a hook that both
# need, of one that the first needs alone, and of those that only the second has.
write_old() {
	policy old <<-END
		[connect]
		allow = any 127.0.0.1:7001
		deny = any 127.0.0.2:7001
		allow = tcp 127.0.0.4:7001
		[device]
		default = allow
		deny = c 1:7
		[socket]
		default = allow
		families = inet inet6
		deny = inet6 stream
	END
}

write_new() {
	policy new <<-END
		[policy]
		log = none
		[connect]
		default = allow
		deny = any 127.0.0.2
		deny = tcp 127.0.0.4:7001
		[device]
		allow = c 1:3 rw
		allow = c *:* m
		[bind]
		default = allow
		deny = tcp 127.0.0.1:7099
	END
}

# shellcheck disable=SC2034 # the tests compare with them
OLD='xx..' NEW='..xx' NONE='....'

# use NAME: what web.ini shall hold from now on, changed at one instant.
use() {
	cp -p "$T/$1.ini" "$T/web.ini.new"
	mv "$T/web.ini.new" "$T/web.ini"
}

signer_start() { # CGROUP
	mkfifo "$T/signer.in" "$T/signer.out"
	inside "$1" nsenter "--net=$NETWORK" "$FAULTS/signature" tcp=127.0.0.3:7001 \
		udp=127.0.0.3:7001 bind=127.0.0.1:7099 read=/dev/zero \
		<"$T/signer.in" >"$T/signer.out" 3>&- &
	SIGNER=$!
	exec {ASK}>"$T/signer.in" {ANSWER}<"$T/signer.out"
}

# Sets SIGNATURE.
ask() {
	echo >&"$ASK"
	read -rt "$PATIENCE_S" SIGNATURE <&"$ANSWER"
}

signature_is() {
	ask
	[ "$SIGNATURE" = "$1" ] || fail "the signature is $SIGNATURE, not $1${2:+: $2}"
}

faults_teardown() {
	local process
	for process in $SIGNER $HAMMER; do
		kill -KILL "$process" 2>/dev/null || :
		wait "$process" 2>/dev/null || :
	done
	cgward_teardown
}

# ---- the hammer ---------------------------------------------------------------------------------

hammer_start() { # PROCESSES
	mkfifo "$T/hammer.in" "$T/hammer.out"
	inside "$BASE/web" nsenter "--net=$NETWORK" nice "$BUILD/probes/hammer" "$1" \
		127.0.0.1:7001 127.0.0.2:7001 /dev/null /dev/full \
		<"$T/hammer.in" >"$T/hammer.out" 3>&- &
	HAMMER=$!
	exec {HAMMER_IN}>"$T/hammer.in" {HAMMER_OUT}<"$T/hammer.out"
	local line
	read -rt "$PATIENCE_S" line <&"$HAMMER_OUT"
	[ "$line" = ready ]
}

# Nothing forbidden passed, nothing allowed failed.
hammer_stop() {
	local status=0
	exec {HAMMER_IN}>&-
	wait "$HAMMER" || status=$?
	HAMMER=
	cat <&"$HAMMER_OUT" >"$T/hammered"
	exec {HAMMER_OUT}<&-
	sed 's/^/# /' "$T/hammered" >&3
	[ $status = 0 ] || fail "$(cat "$T/hammered")"
}

# ---- commands with a fault ----------------------------------------------------------------------

# faulty N COMMAND...: its Nth call fails. Sets STATUS; what it said is in $T/said and $T/error. FAULT
# says what failed, and is empty if it made fewer calls than that.
faulty() {
	local at=$1
	shift
	rm -f "$T/fault"
	STATUS=0
	timeout "$PATIENCE_S" env FAULT_AT="$at" FAULT_CALLS="${FAULT_CALLS:-}" \
		FAULT_ERRNO="${FAULT_ERRNO:-}" FAULT_RUN="${FAULT_RUN:-}" FAULT_STATE="$T/fault" \
		LD_PRELOAD="$FAULTS/shim.so" "$@" \
		>"$T/said" 2>"$T/error" 3>&- </dev/null || STATUS=$?
	FAULT=
	[ ! -e "$T/fault" ] || FAULT="call $at, $(<"$T/fault"), status $STATUS"
	echo "$FAULT $(cat "$T/error")" >>"${FAULT_TRACE:-/dev/null}"
}

# A command that did not do its work says so, with a status that says who is to blame.
admits_failure() { # STATUS...
	local status
	grep -qE '(^|: )error: |^cgward: ' "$T/error" || fail "$FAULT: nothing was said" || return
	for status; do
		[ "$STATUS" != "$status" ] || return 0
	done
	fail "$FAULT: a wrong exit status" "$(cat "$T/error")"
}

# The pins, with each generation's number taken out and without what is kept for records under way.
# (A policy that could not be compared with those in force has one of its own.)
pins() {
	[ ! -e "$CGWARD_PINS" ] ||
		find "$CGWARD_PINS" | sed -E '/\/retired_/d; s/meta_[0-9]+/meta_N/' | sort -u
}

cgward() {
	"$CGWARD" "$@" >"$T/said" 2>"$T/error" 3>&- || fail "$1: status $?" "$(cat "$T/error")"
}
