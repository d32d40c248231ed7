#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# cgward run, as root, with no daemon unless a test starts one: the policy before the command's
# first instruction, its exit status, a summary, a log, and nothing left behind however it ends.
#
# shellcheck disable=SC2016 # the shells under test expand their own variables

load ../lib/cgward

setup() {
	cgward_setup
	network_setup
	policy web <<-END
		[connect]
		allow = tcp 127.0.0.1:7001
		deny = tcp 127.0.0.2:7001
	END
}

teardown() {
	cgward_teardown
}

# Nothing of any `run` is left: no cgroup, no policy in force.
nothing_left() {
	[ -z "$(cgroups_below "$BASE")" ] || fail "cgroups: $(cgroups_below "$BASE")"
	[ "$("$CGWARD" status --json | jq '.cgroups | length')" = 0 ] ||
		fail "$("$CGWARD" status)"
}

@test "the policy is in force before the command's first instruction" {
	run -1 ward_run web "$ATTEMPT" connect tcp 127.0.0.2:7001
	[[ "$output" == *EPERM* ]]
	one_record ".verdict == \"denied\" and .comm == \"attempt\" and .policy == \"web\" and
		(.rule | endswith(\"web.ini:3\")) and (.policy_cgroup | startswith(\"$BASE/\"))"
	log_is_whole
	nothing_left
}

@test "what is allowed happens" {
	run -1 --separate-stderr ward_run web "$ATTEMPT" connect tcp 127.0.0.1:7001
	[ "$output" = ECONNREFUSED ]
	no_record '.verdict == "denied"'
}

@test "the exit status is the command's" {
	run -0 ward_run web true
	run -7 ward_run web sh -c 'exit 7'
	nothing_left
}

@test "a command that a signal ends: 128 and its number" {
	run -143 ward_run web sh -c 'kill -TERM $$'
	run -137 ward_run web sh -c 'kill -KILL $$'
	nothing_left
}

@test "a command that is not there: 127; that is no program: 126" {
	run -127 ward_run web "$T/absent"
	echo nothing >"$T/plain"
	run -126 ward_run web "$T/plain"
	nothing_left
}

@test "a policy with an error: 125, and the command is not run" {
	policy broken <<-END
		[connect]
		allow = tcp 300.0.0.1
	END
	run -125 ward_run broken touch "$T/ran"
	[[ "$output" == *"broken.ini:2:"* ]]
	[ ! -e "$T/ran" ]
	nothing_left
}

@test "a policy that others may write: 125, and the command is not run" {
	chmod g+w "$T/web.ini"
	run -125 ward_run web touch "$T/ran"
	[[ "$output" == *web.ini* ]]
	[ ! -e "$T/ran" ]
}

@test "the summary names rule and number on stderr; --quiet does not" {
	run -0 --separate-stderr ward_run web sh -c \
		"for i in 1 2 3; do $ATTEMPT connect tcp 127.0.0.2:7001; done; true"
	[ "$output" = $'EPERM\nEPERM\nEPERM' ]
	# shellcheck disable=SC2154 # bats sets it
	[[ "$stderr" == *"web.ini:3"* ]]
	[[ "$stderr" == *3* ]]
	run -0 --separate-stderr ward run --quiet --policy "$T/web.ini" --log "$LOG" -- \
		sh -c "$ATTEMPT connect tcp 127.0.0.2:7001; true"
	[ "$output" = EPERM ]
	[ -z "$stderr" ]
	[ "$(count_records '.verdict == "denied"')" = 4 ]
	log_is_whole
}

@test "standard input, arguments and environment reach the command" {
	run -0 --separate-stderr ward_run web sh -c 'cat; echo "$1 $WARD_WORD"' sh 'two words' \
		< <(echo in)
	[ "$output" = $'in\ntwo words ' ]
	export WARD_WORD=out
	run -0 --separate-stderr ward_run web sh -c 'echo "$WARD_WORD"'
	[ "$output" = out ]
}

@test "children of the command are policed, and counted in the summary" {
	run -1 --separate-stderr ward_run web sh -c "sh -c '$ATTEMPT --forks 4 --count 5 connect tcp 127.0.0.2:7001'"
	[ "$output" = "EPERM 20" ]
	[ "$(count_records '.verdict == "denied"')" = 20 ]
	nothing_left
}

@test "mode = audit: nothing is refused, all is told" {
	policy starter <<-END
		[policy]
		mode = audit
		[connect]
		[bind]
		[socket]
		families = inet inet6
	END
	run -1 --separate-stderr ward_run starter "$ATTEMPT" connect tcp 127.0.0.2:7001
	[ "$output" = ECONNREFUSED ]
	one_record '.verdict == "would-deny" and .hook == "sock_create" and .errno == null'
	one_record '.verdict == "would-deny" and .hook == "connect4" and .mode == "audit"'
	nothing_left
}

# start_waiting NAME: a `run` in the background in a process group of its own, whose command says
# "up", waits for a line and then makes a forbidden call. Sets RUNNER, TO and FROM.
start_waiting() {
	mkfifo "$T/to" "$T/from"
	(
		echo "$BASHPID" >"$CGROUP2$BASE/cgroup.procs"
		exec setsid nsenter "--net=$NETWORK" "$CGWARD" run --policy "$T/$1.ini" \
			--log "$LOG" -- sh -c \
			"trap : INT; echo up; read line; exec $ATTEMPT connect tcp 127.0.0.2:7001"
	) <"$T/to" >"$T/from" 2>"$T/run.err" 3>&- &
	RUNNER=$!
	exec {TO}>"$T/to" {FROM}<"$T/from"
	local line
	read -rt "$PATIENCE_S" line <&"$FROM" || fail "$(cat "$T/run.err")"
	[ "$line" = up ]
}

@test "^C ends the command, and nothing is left" {
	policy plain <<-END
		[connect]
	END
	mkfifo "$T/from"
	(
		echo "$BASHPID" >"$CGROUP2$BASE/cgroup.procs"
		exec setsid "$CGWARD" run --policy "$T/plain.ini" --log "$LOG" -- \
			"$BUILD/probes/interruptible"
	) >"$T/from" 2>"$T/run.err" 3>&- &
	local runner=$! line
	exec {from}<"$T/from"
	read -rt "$PATIENCE_S" line <&"$from" || fail "$(cat "$T/run.err")"
	kill -INT -- -"$runner"
	local status=0
	wait "$runner" || status=$?
	[ $status = 130 ] || fail "exit status $status" "$(cat "$T/run.err")"
	nothing_left
}

@test "a command that survives ^C keeps its policy and its status" {
	start_waiting web
	kill -INT -- -"$RUNNER"
	echo go >&"$TO"
	local line status=0
	read -rt "$PATIENCE_S" line <&"$FROM"
	[ "$line" = EPERM ]
	wait "$RUNNER" || status=$?
	[ $status = 1 ]
	one_record '.verdict == "denied"'
	nothing_left
}

@test "^Z stops the command, and not the reading of others' records" {
	mkfifo "$T/to" "$T/from"
	# Under a shell with job control: what the terminal stops is never an orphaned group.
	(
		echo "$BASHPID" >"$CGROUP2$BASE/cgroup.procs"
		exec setsid bash -c 'set -m; "$0" "$@" & echo "$!"; wait -f "$!"' "$CGWARD" run \
			--policy "$T/web.ini" --log "$LOG" -- sh -c 'echo up; read line <"$0"' "$T/to"
	) >"$T/from" 2>"$T/run.err" 3>&- &
	local shell=$! runner line
	exec {FROM}<"$T/from"
	read -rt "$PATIENCE_S" runner <&"$FROM"
	read -rt "$PATIENCE_S" line <&"$FROM" || fail "$(cat "$T/run.err")"
	kill -TSTP -- -"$runner"
	await "the command to stop" grep -sq '^State:.*stopped' "/proc/$runner/status"
	run -1 ward_run web "$ATTEMPT" connect tcp 127.0.0.2:7001
	await_records 1 '"verdict":"denied"'
	kill -CONT -- -"$runner"
	timeout "$PATIENCE_S" sh -c 'echo go >"$0"' "$T/to"
	wait "$shell"
	nothing_left
}

@test "kill -9 of cgward: what still runs stays policed, the next command sweeps" {
	start_waiting web
	kill -KILL "$RUNNER"
	wait "$RUNNER" || :
	echo go >&"$TO" || :
	local line=ended
	read -rt "$PATIENCE_S" line <&"$FROM" || line=ended
	[ "$line" = EPERM ] || [ "$line" = ended ] || fail "after kill -9: $line"
	await "the command to end" cgroup_is_empty "$BASE"
	run -0 ward_run web true
	nothing_left
}

@test "a process that outlives the command stays policed; once it is gone, all is swept" {
	mkfifo "$T/to" "$T/result"
	run -0 ward_run web sh -c \
		"(read line <$T/to; exec $ATTEMPT connect tcp 127.0.0.2:7001 >$T/result) >/dev/null 2>&1 3>&- &"
	[ "$(cgroups_below "$BASE" | wc -l)" = 1 ]
	timeout "$PATIENCE_S" sh -c "echo go >$T/to" 3>&- &
	run -0 timeout "$PATIENCE_S" cat "$T/result"
	[ "$output" = EPERM ]
	await "the process to end" cgroup_is_empty "$BASE"
	run -0 ward_run web true
	nothing_left
}

@test "inside a policed cgroup a looser policy gains nothing" {
	policy loose <<-END
		[connect]
		default = allow
	END
	run -1 --separate-stderr ward_run web "$CGWARD" run --policy "$T/loose.ini" \
		--log "$T/inner.jsonl" -- "$ATTEMPT" connect tcp 127.0.0.2:7001
	[ "$output" = EPERM ]
	one_record '.verdict == "denied" and .policy == "web" and (.cgroup != .policy_cgroup)'
	nothing_left
}

@test "inside a policed cgroup a stricter policy adds to it" {
	policy strict <<-END
		[connect]
		default = allow
		deny = tcp 127.0.0.1:7001
	END
	run -1 --separate-stderr ward_run web "$CGWARD" run --policy "$T/strict.ini" \
		--log "$T/inner.jsonl" -- "$ATTEMPT" connect tcp 127.0.0.1:7001
	[ "$output" = EPERM ]
	nothing_left
}

@test "two runs at once, each with its own policy" {
	policy other <<-END
		[connect]
		allow = tcp 127.0.0.2:7001
	END
	start_waiting web
	run -1 --separate-stderr ward_run other "$ATTEMPT" connect tcp 127.0.0.2:7001
	[ "$output" = ECONNREFUSED ]
	echo go >&"$TO"
	local line
	read -rt "$PATIENCE_S" line <&"$FROM"
	[ "$line" = EPERM ]
	wait "$RUNNER" || :
	nothing_left
}

@test "with a daemon the record is in the daemon's log" {
	daemon_start
	run -1 ward run --policy "$T/web.ini" -- "$ATTEMPT" connect tcp 127.0.0.2:7001
	daemon_stop
	one_record '.verdict == "denied" and .policy == "web"'
	log_is_whole
	nothing_left
}

@test "the log is root's alone" {
	run -1 ward_run web "$ATTEMPT" connect tcp 127.0.0.2:7001
	[ "$(stat -c '%a %u' "$LOG")" = "600 0" ]
}
