#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# Enforcement goes on whatever happens to whom writes the log, and the numbers add up afterwards:
# what the kernel counted = what was written + suppressed + lost.

load ../lib/cgward

setup() {
	cgward_setup
	network_setup
	new_cgroup web
	write_policy 1000000/s
	LOG_DISK=
}

teardown() {
	[ -z "${LOG_DISK:-}" ] || {
		[ -z "$DAEMON" ] || { kill -KILL "$DAEMON"; wait "$DAEMON" || :; }
		DAEMON=
		umount "$LOG_DISK"
	}
	cgward_teardown
}

write_policy() {
	policy web <<-END
		[policy]
		log-rate = $1
		[connect]
		allow = tcp 127.0.0.1:7001
	END
}

apply() {
	"$CGWARD" apply "$T/web.ini" "$BASE/web" >/dev/null 2>"$T/apply.err" ||
		fail "$(cat "$T/apply.err")"
}

# storm FORKS COUNT: that many denied calls, every one of which must be denied.
storm() {
	expect "EPERM $(($1 * $2))" "$BASE/web" --forks "$1" --count "$2" connect tcp 127.0.0.2:7001
}

# The kernel's total, which outlives the policies.
suppressed_in_all() {
	"$CGWARD" status --json | jq .records.suppressed
}

# told_as_gone: how many calls the log tells of as those of policies that are gone.
told_as_gone() {
	records '.type == "suppressed" and .cgroup == null and .hook == null' |
		jq -s 'map(.count) | add // 0'
}

# told_apart COUNT: so many of the suppressed calls are told with their cgroup and hook.
told_apart() {
	local told
	told=$(records ".type == \"suppressed\" and .cgroup == \"$BASE/web\" and .hook == \"connect4\"" |
		jq -s 'map(.count) | add // 0')
	[ "$told" = "$1" ]
}

lost() {
	records ".type == \"lost\" and .cause == \"$1\"" | jq -s 'map(.count) | add // 0'
}

# A small filesystem of its own for the log.
log_on_disk() {
	LOG_DISK=$T/disk
	mkdir -p "$LOG_DISK"
	mount -t tmpfs -o "size=$1,mode=700" tmpfs "$LOG_DISK"
	LOG=$LOG_DISK/audit.jsonl
}

@test "log-rate: what is over it is counted, not written" {
	write_policy 5/h
	daemon_start
	apply
	storm 4 50
	daemon_stop
	[ "$(counters "$BASE/web" denied)" = 200 ]
	numbers_add_up "$BASE/web"
	# The hour may have turned once.
	local written
	written=$(count_records '.verdict == "denied"')
	[ "$written" = 5 ] || [ "$written" = 10 ]
	[ "$(counters "$BASE/web" suppressed)" = $((200 - written)) ]
}

@test "log-rate counts for each hook by itself" {
	write_policy 2/h
	daemon_start
	apply
	storm 1 10
	expect "EPERM 10" "$BASE/web" --count 10 connect tcp '[fd00::1]:7001'
	daemon_stop
	[ "$(count_records '.hook == "connect4"')" -le 4 ]
	[ "$(count_records '.hook == "connect6"')" -ge 2 ]
	numbers_add_up "$BASE/web"
}

@test "over log-rate, and the policy removed before the daemon looked: told without a name" {
	write_policy 5/h
	daemon_start
	apply
	storm 4 50
	# These are told with their name, the next ones have no time to be.
	await "the first storm" told_apart "$(counters "$BASE/web" suppressed)"
	kill -STOP "$DAEMON"
	storm 4 50
	"$CGWARD" remove "$BASE/web" >/dev/null
	kill -CONT "$DAEMON"
	daemon_stop
	[ "$(told_as_gone)" -ge 195 ]
	[ "$(suppressed_told)" = "$(suppressed_in_all)" ]
	log_tells_of 400
}

@test "over log-rate, removed and applied again: both lives are told" {
	write_policy 5/h
	daemon_start
	apply
	storm 1 50
	await "the first storm" told_apart "$(counters "$BASE/web" suppressed)"
	kill -STOP "$DAEMON"
	storm 1 50
	"$CGWARD" remove "$BASE/web" >/dev/null
	apply
	storm 1 200
	kill -CONT "$DAEMON"
	daemon_stop
	[ "$(suppressed_told)" = "$(suppressed_in_all)" ]
	log_tells_of 300
}

@test "over log-rate with no reader, then removed: the next reader tells, and only once" {
	local line
	write_policy 5/h
	apply
	storm 4 50
	"$CGWARD" remove "$BASE/web" >/dev/null
	daemon_start
	daemon_stop
	[ "$(told_as_gone)" = "$(suppressed_in_all)" ]
	[ "$(told_as_gone)" -ge 190 ]
	log_tells_of 200
	daemon_start
	daemon_stop
	log_tells_of 200
	for line in $(records '.type == "account"' | jq .suppressed); do
		[ "$line" = "$(suppressed_in_all)" ]
	done
}

@test "over log-rate in a run beside a daemon: its end takes no number along" {
	write_policy 5/h
	daemon_start
	run -1 ward_run web "$ATTEMPT" --count 200 connect tcp 127.0.0.2:7001
	[[ "$output" == *"EPERM 200"* ]]
	daemon_stop
	[ "$(suppressed_told)" = "$(suppressed_in_all)" ]
	log_tells_of 200
}

@test "over log-rate while policies come and go: nothing is missed, nothing told twice" {
	local name storms=()
	new_cgroup stays
	write_policy 5/s
	"$CGWARD" apply "$T/web.ini" "$BASE/stays" >/dev/null
	apply
	daemon_start
	for name in web stays; do
		outcome "$BASE/$name" --forks 2 --count 20000 connect tcp 127.0.0.2:7001 >"$T/$name" &
		storms+=($!)
	done
	for _ in 1 2 3 4 5 6 7 8; do
		"$CGWARD" remove "$BASE/web" >/dev/null
		apply
	done
	wait "${storms[@]}" || :
	"$CGWARD" remove "$BASE/web" >/dev/null
	[ "$(cat "$T/stays")" = "EPERM 40000" ]
	daemon_stop
	[ "$(suppressed_told)" = "$(suppressed_in_all)" ]
	log_tells_of "$("$CGWARD" status --json | jq '.records | .attempted + .suppressed')"
}

@test "log = none: what is not recorded is in the total" {
	policy web <<-END
		[policy]
		log = none
		[connect]
		allow = tcp 127.0.0.1:7001
	END
	apply
	storm 2 20
	"$CGWARD" remove "$BASE/web" >/dev/null
	[ "$("$CGWARD" status --json | jq -c '.records | [.attempted, .suppressed, .muted]')" = "[0,0,40]" ]
}

@test "a storm within the rate: every denial is written" {
	daemon_start --pages 1024
	apply
	storm 4 500
	daemon_stop
	[ "$(count_records '.verdict == "denied"')" = 2000 ]
	numbers_add_up "$BASE/web"
}

@test "a buffer too small: what did not fit is told" {
	daemon_start --pages 1
	apply
	storm 4 2000
	daemon_stop
	[ "$(counters "$BASE/web" denied)" = 8000 ]
	numbers_add_up "$BASE/web"
}

@test "no reader: denials go on, and the next reader tells how many it missed" {
	apply
	storm 2 100
	daemon_start
	storm 1 10
	daemon_stop
	[ "$(count_records '.verdict == "denied"')" = 10 ]
	[ "$(lost no-reader)" = 200 ]
	numbers_add_up "$BASE/web"
}

@test "kill -9 of the daemon in a storm, then another: the numbers add up" {
	daemon_start
	apply
	storm 2 500
	outcome "$BASE/web" --forks 4 --count 1000 connect tcp 127.0.0.2:7001 >"$T/outcome" &
	local calls=$!
	await_records 1100 '"verdict":"denied"'
	kill -KILL "$DAEMON"
	wait "$DAEMON" || :
	DAEMON=
	wait "$calls" || :
	[ "$(cat "$T/outcome")" = "EPERM 4000" ]
	daemon_start
	storm 1 100
	daemon_stop
	[ "$(counters "$BASE/web" denied)" = 5100 ]
	numbers_add_up "$BASE/web"
}

@test "a daemon stopped and started: sequence numbers go on, nothing is missed" {
	daemon_start
	apply
	storm 1 20
	daemon_stop
	daemon_start
	storm 1 20
	daemon_stop
	[ "$(count_records '.verdict == "denied"')" = 40 ]
	numbers_add_up "$BASE/web"
}

@test "the disk is full: denials go on, and once there is room the log says what it lost" {
	log_on_disk 64k
	daemon_start
	apply
	dd if=/dev/zero of="$LOG_DISK/ballast" bs=1k count=40 status=none
	storm 2 500
	await "the disk to be full" disk_is_full
	storm 1 100
	rm "$LOG_DISK/ballast"
	mount -o remount,size=8m "$LOG_DISK"
	storm 1 100
	daemon_stop
	[ "$(counters "$BASE/web" denied)" = 1200 ]
	numbers_add_up "$BASE/web"
	[ "$(lost log-error)" -gt 0 ]
}

disk_is_full() {
	[ "$(stat -f -c %a "$LOG_DISK")" = 0 ]
}

@test "a read-only log: the daemon refuses to start, denials go on and are counted" {
	apply
	log_on_disk 1m
	mount -o remount,ro "$LOG_DISK"
	run -3 "$CGWARD" daemon --log "$LOG"
	[[ "$output" == *audit.jsonl* ]]
	storm 1 50
	mount -o remount,rw "$LOG_DISK"
	daemon_start
	daemon_stop
	[ "$(lost no-reader)" = 50 ]
	numbers_add_up "$BASE/web"
}

@test "one reader at a time: a second daemon is refused, the first goes on" {
	daemon_start
	run -3 "$CGWARD" daemon --log "$T/second.jsonl"
	apply
	storm 1 5
	daemon_stop
	[ "$(count_records '.verdict == "denied"')" = 5 ]
	numbers_add_up "$BASE/web"
}

@test "audited and would-deny add up as denials do" {
	policy web <<-END
		[policy]
		mode = audit
		log-rate = 3/h
		[connect]
		audit = tcp 127.0.0.1:7001
	END
	daemon_start
	apply
	expect "ECONNREFUSED 10" "$BASE/web" --count 10 connect tcp 127.0.0.1:7001
	expect "ECONNREFUSED 10" "$BASE/web" --count 10 connect tcp 127.0.0.2:7001
	daemon_stop
	[ "$(counters "$BASE/web" audited)" = 10 ]
	[ "$(counters "$BASE/web" would_deny)" = 10 ]
	numbers_add_up "$BASE/web"
}
