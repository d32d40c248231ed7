#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# The audit log where its file system, its directory or the clock gives way. Enforcement goes on,
# the log stays in order, and kernel count = written + suppressed + lost once there is a log again.

load lib

setup() {
	faults_setup
	policy web <<-END
		[policy]
		log-rate = 1000000/s
		[connect]
		allow = tcp 127.0.0.1:7001
	END
	cgward apply "$T/web.ini" "$BASE/web"
}

teardown() {
	faults_teardown
}

storm() { # COUNT
	expect "EPERM $1" "$BASE/web" --count "$1" connect tcp 127.0.0.2:7001
	MADE=$((${MADE:-0} + $1))
}

# shaky_daemon VARIABLE=VALUE...: a daemon with the shim; DAEMON is its process.
shaky_daemon() {
	env "$@" LD_PRELOAD="$FAULTS/shim.so" "$CGWARD" daemon --log "$LOG" \
		>"$T/daemon.out" 2>"$T/daemon.err" 3>/dev/null &
	DAEMON=$!
}

reads_or_ended() {
	grep -q 'reading denials' "$T/daemon.err" || ! kill -0 "$DAEMON" 2>/dev/null
}

daemon_ends() {
	kill -TERM "$DAEMON" 2>/dev/null || :
	STATUS=0
	wait "$DAEMON" || STATUS=$?
	DAEMON=
}

# Whatever the last reader could not write, one without a fault tells.
all_is_told() {
	daemon_start
	daemon_stop
	[ "$(counters "$BASE/web" denied)" = "$MADE" ]
	numbers_add_up "$BASE/web"
}

@test "daemon: each call fails in turn; the numbers add up afterwards" {
	local every=${FAULT_EVERY:-7} n
	for ((n = 1; ; n += every)); do
		rm -f "$T/fault"
		shaky_daemon FAULT_AT="$n" FAULT_STATE="$T/fault"
		await "the daemon" reads_or_ended
		storm 3
		daemon_ends
		[ -e "$T/fault" ] || break
		case $STATUS in
		0) ;;
		3) grep -qE '(^|: )error: |^cgward: ' "$T/daemon.err" ;;
		*) false ;;
		esac || fail "call $n, $(<"$T/fault"): status $STATUS" "$(cat "$T/daemon.err")"
		all_is_told
	done
	[ "$n" -gt 60 ]
	echo "# of $((n - every)) calls, one in $every failed in turn" >&3
}

@test "the log's file system gives EIO or ENOSPC, once or for ever" {
	local error at
	for error in 5 28; do
		for at in 1 2 3; do
			rm -f "$T/fault"
			shaky_daemon FAULT_AT=$at FAULT_CALLS=write,fsync,ftruncate \
				FAULT_ERRNO=$error FAULT_FOREVER=1 FAULT_STATE="$T/fault"
			await "the daemon" reads_or_ended
			storm 50
			daemon_ends
			[ -e "$T/fault" ]
			[ "$STATUS" = 3 ] || fail "$error $at: status $STATUS" "$(cat "$T/fault" "$T/daemon.err")"
			grep -q 'cannot write the audit log\|could not be written' "$T/daemon.err" ||
				fail "$(cat "$T/daemon.err")"
			all_is_told
		done
	done
}

@test "the log's directory is removed under the daemon, and made again" {
	mkdir -m 700 "$T/logs"
	LOG=$T/logs/audit.jsonl
	daemon_start
	storm 10
	await_records 10 '"verdict":"denied"'
	rm -r "$T/logs"
	# It is made again by the daemon itself.
	await_records 1 '"type":"account"'
	storm 10
	daemon_stop
	[ "$(count_records '.type == "decision"')" = 10 ]
	jq -se '[.[] | select(.type == "account")] | last | .attempted == .written + .lost' "$LOG"
}

@test "a link in the log's place is not followed; what stands there is told later" {
	daemon_start
	storm 10
	await_records 10 '"verdict":"denied"'
	mv "$LOG" "$LOG.1"
	echo precious >"$T/precious"
	chmod 600 "$T/precious"
	ln -s "$T/precious" "$LOG"
	kill -HUP "$DAEMON"
	await "a complaint" grep -q 'symbolic link' "$T/daemon.err"
	storm 10
	[ "$(cat "$T/precious")" = precious ]
	rm "$LOG"
	await_records 1 '"type":"account"'
	storm 10
	daemon_stop
	[ "$(cat "$T/precious")" = precious ]
	[ "$(jq -c 'select(.type == "decision")' "$LOG.1" "$LOG" | wc -l)" = 30 ]
	jq -se 'map(.seq) | . == sort and . == unique' "$LOG.1" "$LOG"
}

# ---- clocks ---------------------------------------------------------------------------------------

# near SECONDS FROM TO: the records from one number to another were made so long after now.
near() {
	jq -se --argjson at "$(($(date +%s) + $1))" --argjson from "$2" --argjson to "$3" '
		[.[] | select(.type == "decision")][$from:$to] | length == $to - $from and
		all(.[].time | sub("\\.[0-9]+Z$"; "Z") | fromdateiso8601 - $at; . > -120 and . < 120)' \
		"$LOG" >/dev/null || fail "times are not $1 s off" "$(cat "$LOG")"
}

lines() { # ARGUMENT...
	"$CGWARD" log --log "$LOG" --json "$@" | wc -l
}

@test "the wall clock steps: the log is in order, times are those of the clock, no line is lost" {
	local middle all
	echo 0 >"$T/clock"
	shaky_daemon FAULT_CLOCK="$T/clock"
	await "the daemon" reads_or_ended
	storm 5
	await_records 5 '"verdict":"denied"'
	echo 86400 >"$T/clock"
	storm 5
	await_records 10 '"verdict":"denied"'
	echo -86400 >"$T/clock"
	storm 5
	daemon_ends
	[ "$STATUS" = 0 ]
	log_is_whole
	near 0 0 5
	near 86400 5 10
	near -86400 10 15
	all=$(lines)
	for at in -43200 43200 7; do
		middle=$(date -u -d "@$(($(date +%s) + at))" +%Y-%m-%dT%H:%M:%S.5Z)
		[ "$(($(lines --since "$middle") + $(lines --until "$middle")))" = "$all" ]
	done
	[ "$(lines --since 2000-01-01T00:00:00Z)" = "$all" ]
	numbers_add_up "$BASE/web"
}

@test "the wall clock steps: log-rate is counted by the kernel's clock" {
	local step
	policy web <<-END
		[policy]
		log-rate = 5/h
		[connect]
		allow = tcp 127.0.0.1:7001
	END
	cgward apply "$T/web.ini" "$BASE/web"
	echo 0 >"$T/clock"
	shaky_daemon FAULT_CLOCK="$T/clock"
	await "the daemon" reads_or_ended
	for step in 0 7200 -7200 86400 0; do
		echo $step >"$T/clock"
		storm 10
	done
	daemon_ends
	# The hour may have turned once.
	[ "$(count_records '.type == "decision"')" -le 10 ]
	numbers_add_up "$BASE/web"
}

@test "a time namespace whose clock is not the kernel's: no log of wrong times is begun" {
	unshare --time --fork true || skip "needs time namespaces"
	STATUS=0
	unshare --time --fork --monotonic 86400 "$CGWARD" daemon --log "$LOG" \
		>"$T/daemon.out" 2>"$T/daemon.err" 3>&- || STATUS=$?
	[ "$STATUS" = 3 ]
	grep -q 'time namespace' "$T/daemon.err"
	[ ! -e "$LOG" ]
}
