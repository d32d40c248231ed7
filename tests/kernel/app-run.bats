#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# shellcheck disable=SC2016 # the shells under test expand their own variables
#
# cgward run: what it says at the end, and how it starts, signals and fails where that is not plain.

load ../lib/cgward

setup() {
	cgward_setup
	network_setup
	policy web <<-END
		[connect]
		allow = tcp 127.0.0.1:7001
		deny = tcp 127.0.0.0/8
		audit = tcp 127.0.0.3:7001
		[bind]
		mode = audit
	END
}

teardown() {
	cgward_teardown
}

calls() {
	local call
	for call in "$@"; do
		echo "$ATTEMPT $call >/dev/null;"
	done
	echo true
}

@test "the summary: totals, objects and places; denied, would-deny and audited apart" {
	run -0 --separate-stderr ward_run web sh -c "$(calls "connect tcp 127.0.0.2:80" \
		"connect tcp 127.0.0.2:80" "connect tcp 192.0.2.1:443" "connect tcp 127.0.0.3:7001" \
		"bind tcp 127.0.0.1:7002")"
	[ -z "$output" ]
	[ "$(sed "s|$T/||" <<<"$stderr")" = "cgward: 3 calls denied:
  2x connect tcp 127.0.0.2:80 (web.ini:3)
  1x connect tcp 192.0.2.1:443 (default)
cgward: 1 call would have been denied (mode = audit):
  1x bind tcp 127.0.0.1:7002 (default)
cgward: 1 call audited:
  1x connect tcp 127.0.0.3:7001 (web.ini:4)" ] || fail "$stderr"
}

@test "nothing denied: nothing said" {
	run -0 --separate-stderr ward_run web true
	[ -z "$output$stderr" ] || fail "$output$stderr"
}

@test "where a daemon reads, and writes another log: the same totals, by rule" {
	daemon_start
	run -0 --separate-stderr ward run --policy "$T/web.ini" --log "$T/other.jsonl" -- sh -c "$(calls "connect tcp 127.0.0.2:80" \
		"connect tcp 127.0.0.2:81" "connect tcp 192.0.2.1:443")"
	daemon_stop
	[[ "$stderr" == *"cgward: 3 calls denied:"* ]] || fail "$stderr"
	[[ "$stderr" == *"  2x "*"web.ini:3)"* ]] || fail "$stderr"
	[ "$(count_records '.verdict == "denied"')" = 3 ]
}

@test "a log of one's own beside another reader: it is said that nothing comes of it" {
	daemon_start
	run -0 --separate-stderr ward run --policy "$T/web.ini" --log "$T/mine.jsonl" -- true
	[[ "$stderr" == *"process $DAEMON reads the records already: what is denied goes to its log;"* ]] ||
		fail "$stderr"
	run -0 --separate-stderr ward run --policy "$T/web.ini" --log "$LOG" -- true
	[ -z "$stderr" ]
	run -0 --separate-stderr ward run --policy "$T/web.ini" -- true
	[ -z "$stderr" ]
	daemon_stop
}

@test "a reader that is killed while the command runs is replaced, and the numbers add up" {
	run -0 --separate-stderr ward_run web sh -c "$ATTEMPT connect tcp 127.0.0.2:80 >/dev/null
		kill -KILL \$(pgrep -P \$PPID | grep -vx \$\$)
		until [ \$(grep -c '\"type\":\"start\"' $LOG) = 2 ]; do sleep 0.01; done
		$ATTEMPT connect tcp 127.0.0.2:80 >/dev/null; true"
	[[ "$stderr" == *"the reader of records was killed (signal 9); another takes its place"* ]] ||
		fail "$stderr"
	[[ "$stderr" == *"cgward: 2 calls denied:"* ]] || fail "$stderr"
	log_tells_of 2
}

@test "more than log-rate allows: the total is whole, and the rest is a number" {
	{
		echo "[policy]"
		echo "log-rate = 2/h"
		cat "$T/web.ini"
	} >"$T/slow.ini"
	chmod 600 "$T/slow.ini"
	run -0 --separate-stderr ward_run slow sh -c "$(calls "--count 9 connect tcp 127.0.0.2:80")"
	[ "$(sed "s|$T/||" <<<"$stderr")" = "cgward: 9 calls denied:
  2x connect tcp 127.0.0.2:80 (slow.ini:5)
  and 7 more" ] || fail "$stderr"
}

@test "without clone3 the command is in its cgroup all the same" {
	[ -x "$BUILD/probes/without_clone3" ] || fail "run make probes first"
	run -1 --separate-stderr inside "$BASE" nsenter "--net=$NETWORK" "$BUILD/probes/without_clone3" \
		"$CGWARD" run --policy "$T/web.ini" --log "$LOG" -- "$ATTEMPT" connect tcp 127.0.0.2:80
	[ "$output" = EPERM ] || fail "$output" "$stderr"
	[ -z "$(cgroups_below "$BASE")" ]
}

@test "SIGTERM is passed on; the command decides what comes of it" {
	mkfifo "$T/from"
	(
		echo "$BASHPID" >"$CGROUP2$BASE/cgroup.procs"
		exec "$CGWARD" run --policy "$T/web.ini" --log "$LOG" -- \
			sh -c 'trap "exit 9" TERM; echo up; while :; do sleep 0.05; done'
	) >"$T/from" 2>"$T/run.err" 3>&- &
	local runner=$! line status=0
	exec {from}<"$T/from"
	read -rt "$PATIENCE_S" line <&"$from" || fail "$(cat "$T/run.err")"
	[ "$line" = up ]
	kill -TERM "$runner"
	wait "$runner" || status=$?
	[ $status = 9 ] || fail "status $status"
	[ -z "$(cgroups_below "$BASE")" ]
}

@test "started with SIGCHLD ignored: still waits for the command, which inherits that" {
	# Signal 17 is bit 16 of the mask.
	run -0 --separate-stderr env --ignore-signal=CHLD grep '^SigIgn:.*[13579bdf]....$' /proc/self/status
	run -0 --separate-stderr inside "$BASE" env --ignore-signal=CHLD "$CGWARD" run \
		--policy "$T/web.ini" --log "$LOG" -- grep '^SigIgn:.*[13579bdf]....$' /proc/self/status
	run -6 inside "$BASE" env --ignore-signal=CHLD "$CGWARD" run --policy "$T/web.ini" \
		--log "$LOG" -- sh -c 'exit 6'
}

@test "nobody reads the messages: all is cleaned up, and the command has SIGPIPE as it was" {
	local status=0
	(
		echo "$BASHPID" >"$CGROUP2$BASE/cgroup.procs"
		exec nsenter "--net=$NETWORK" "$CGWARD" run --policy "$T/web.ini" --log "$LOG" -- \
			sh -c "grep -c '^SigIgn:.*[13579bdf]...\$' /proc/self/status; exec $ATTEMPT connect tcp 127.0.0.2:80" \
			>"$T/out" 3>&- 2> >(exec true)
	) || status=$?
	[ $status = 1 ] || fail "status $status"
	[ "$(cat "$T/out")" = $'0\nEPERM' ]
	[ -z "$(cgroups_below "$BASE")" ]
}

@test "a log that cannot be used: 125, the command is not run, nothing is left" {
	run -125 ward run --policy "$T/web.ini" --log "$T/web.ini/audit.jsonl" -- touch "$T/ran"
	[[ "$output" == *"audit.jsonl"* ]]
	[ ! -e "$T/ran" ]
	[ -z "$(cgroups_below "$BASE")" ]
	[ "$("$CGWARD" status --json | jq '.cgroups | length')" = 0 ]
}

@test "a caller's cgroup that takes no child: 125, and why" {
	echo 0 >"$CGROUP2$BASE/cgroup.max.descendants"
	run -125 ward_run web touch "$T/ran"
	[[ "$output" == *"cgroup.max.descendants"* ]]
	echo max >"$CGROUP2$BASE/cgroup.max.descendants"
	new_cgroup threads
	echo threaded >"$CGROUP2$BASE/threads/cgroup.type"
	run -125 inside "$BASE" sh -c 'echo 0 >"$0" && exec "$@"' \
		"$CGROUP2$BASE/threads/cgroup.threads" "$CGWARD" run --policy "$T/web.ini" \
		--log "$LOG" -- touch "$T/ran"
	[[ "$output" == *"threaded"* ]]
	[ ! -e "$T/ran" ]
	[ "$(cgroups_below "$BASE")" = ./threads ]
}

@test "a policy whose [tests] do not hold: 125, and the command is not run" {
	printf '[tests]\nallow = connect tcp 127.0.0.2:80\n' >>"$T/web.ini"
	run -125 ward_run web touch "$T/ran"
	[[ "$output" == *"web.ini:8:"* ]] || fail "$output"
	[ ! -e "$T/ran" ]
}

@test "no descriptor of cgward's reaches the command" {
	local without
	without=$(inside "$BASE" sh -c 'echo /proc/$$/fd/*' 3>&- | tr -d 0-9)
	run -0 --separate-stderr ward_run web sh -c 'echo /proc/$$/fd/*'
	[ "$(tr -d 0-9 <<<"$output")" = "$without" ] || fail "$output"
}

@test "a shell starts under every policy that comes with cgward" {
	cp -r "$REPOSITORY/policies" "$T/policies"
	chown -R 0:0 "$T/policies"
	chmod -R go-w "$T/policies"
	# The converter has no shell, and is tried where LSM programs run: tests/vm/guest/converter.sh.
	rm "$T/policies/converter.ini"
	for policy in "$T"/policies/*.ini; do
		run -0 --separate-stderr ward run --policy "$policy" --log "$LOG" -- \
			sh -c 'echo started >/dev/null && head -c 1 /dev/urandom >/dev/zero && echo done'
		[ "$output$stderr" = "done" ] || fail "$policy: $output" "$stderr"
	done
}

@test "the offline policy: no internet socket" {
	cp -r "$REPOSITORY/policies" "$T/policies"
	chown -R 0:0 "$T/policies"
	chmod -R go-w "$T/policies"
	run -1 --separate-stderr ward run --policy "$T/policies/batch-offline.ini" --log "$LOG" -- \
		"$ATTEMPT" socket 2 1 6
	[ "$output" = EPERM ] || fail "$output" "$stderr"
	one_record '.hook == "sock_create" and .asked == "inet stream tcp" and .rule == "default"'
}
