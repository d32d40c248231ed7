#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# The daemon and its log: what a record tells, rotation, a log that disappears, programs that are
# removed and loaded again under it, and being killed again and again.

load ../lib/cgward

setup() {
	cgward_setup
	network_setup
	new_cgroup web
	policy web <<-END
		[policy]
		log-rate = unlimited
		[connect]
		allow = tcp 127.0.0.1:7001
		deny = tcp 127.0.0.2
	END
}

teardown() {
	cgward_teardown
}

apply() {
	"$CGWARD" apply "$T/web.ini" "$BASE/web" >/dev/null 2>"$T/apply.err" ||
		fail "$(cat "$T/apply.err")"
}

storm() {
	expect "EPERM $(($1 * $2))" "$BASE/web" --forks "$1" --count "$2" connect tcp 127.0.0.2:7001
}

decisions() {
	jq -c 'select(.type == "decision")' "$@" | wc -l
}

# accounts_add_up FILE...: in the last account of each epoch, what was attempted is told.
accounts_add_up() {
	jq -se '[.[] | select(.type == "account")] | group_by(.epoch) | length > 0 and
		all(.[]; last | .attempted == .written + .lost)' "$@" >/dev/null ||
		fail "the accounts do not add up" "$(cat "$@")"
}

@test "a record names the call, the rule, the cgroups and the processes" {
	daemon_start
	apply
	mkdir "$CGROUP2$BASE/web/inner"
	inside "$BASE/web/inner" nsenter "--net=$NETWORK" sh -c \
		"echo \$\$ >$T/parent; $ATTEMPT connect tcp 0.0.0.0:7002; :" >"$T/outcome" &
	wait $!
	await_records 1 '"type":"decision"'
	rmdir "$CGROUP2$BASE/web/inner"
	daemon_stop
	[ "$(cat "$T/outcome")" = EPERM ]
	one_record ".type == \"decision\" and .policy == \"web\" and .mode == \"enforce\" and
		.verdict == \"denied\" and .section == \"connect\" and .hook == \"connect4\" and
		.asked == \"tcp 0.0.0.0:7002\" and .judged == \"tcp 127.0.0.1:7002\" and
		.rule == \"default\" and .rule_text == null and .errno == \"EPERM\" and
		.cgroup == \"$BASE/web/inner\" and .policy_cgroup == \"$BASE/web\" and
		.uid == 0 and .comm == \"attempt\" and .pid == .tid and
		.ppid == $(cat "$T/parent") and .pcomm == \"sh\""
}

@test "every record has what the schema wants, and nothing else" {
	daemon_start
	apply
	storm 2 20
	kill -KILL "$DAEMON"
	wait "$DAEMON" || :
	storm 1 5
	daemon_start
	policy web <<-END
		[policy]
		log-rate = 1/h
		[connect]
		allow = tcp 127.0.0.1:7001
	END
	apply
	storm 2 20
	daemon_stop
	jq -se --slurpfile schema "$REPOSITORY/contrib/audit.schema.json" '
		$schema[0] as $schema | all(.[]; . as $record |
			(if .type == "start" or .type == "stop" then "reader" else .type end) as $kind |
			($schema.required + $schema."$defs"[$kind].required | sort) as $wanted |
			(keys - ["cpu"] == $wanted - ["cpu"]) or ("\($record)" | error))' "$LOG"
	local status=0
	"$REPOSITORY/tests/lib/validate-json" "$REPOSITORY/contrib/audit.schema.json" "$LOG" \
		2>"$T/invalid" || status=$?
	case $status in
	0 | 77 | 126 | 127) ;;
	*) fail "$(head -n 20 "$T/invalid")" ;;
	esac
	[ "$(records .type | jq -r .type | sort -u | tr '\n' ' ')" = "account decision lost start stop suppressed " ]
	[ $status = 0 ] || skip "the schema itself: needs python3-jsonschema"
}

@test "what a process calls itself cannot break a line or draw on a terminal" {
	daemon_start
	apply
	inside "$BASE/web" nsenter "--net=$NETWORK" bash -c \
		'printf "\e]0;\"\\\\\r\xff\x9b" >/proc/self/comm; : >/dev/tcp/127.0.0.2/80' 2>/dev/null || :
	daemon_stop
	one_record '.type == "decision" and .comm == "\u001b]0;\"\\\r\\xff\\x9b"'
	log_is_whole
	run -0 "$CGWARD" log --log "$LOG"
	[[ "$output" != *$'\e'* ]]
}

@test "SIGHUP after a rotation: numbers go on in the new file, nothing is missed" {
	daemon_start
	apply
	storm 2 50
	mv "$LOG" "$LOG.1"
	kill -HUP "$DAEMON"
	await_records 1 '"type":"account"'
	storm 2 50
	daemon_stop
	[ "$(decisions "$LOG.1" "$LOG")" = 200 ]
	jq -se 'to_entries | all(.value.seq == .key + 1)' "$LOG.1" "$LOG"
	accounts_add_up "$LOG"
	# The next reader knows from the new file alone what has been told.
	daemon_start
	daemon_stop
	[ "$(records '.type == "lost"' | wc -l)" = 0 ]
}

@test "a log that is removed is made anew" {
	daemon_start
	apply
	storm 1 10
	rm "$LOG"
	await_records 1 '"type":"account"'
	storm 1 10
	daemon_stop
	[ "$(decisions "$LOG")" = 10 ]
	accounts_add_up "$LOG"
	[ "$(stat -c %a "$LOG")" = 600 ]
}

@test "all policies removed and others applied: the daemon goes on with the new programs" {
	daemon_start
	apply
	storm 1 10
	"$CGWARD" remove --all >/dev/null
	await_records 1 '"type":"stop"'
	apply
	await_records 2 '"type":"start"'
	storm 1 10
	daemon_stop
	[ "$(decisions "$LOG")" = 20 ]
	[ "$(records '.type == "account"' | jq -r .epoch | sort -u | wc -l)" = 2 ]
	accounts_add_up "$LOG"
	log_is_whole
}

@test "a service manager is told when the daemon reads, and when it stops" {
	"$BUILD/probes/receive" "$T/notify" >"$T/notified" 3>&- &
	local receiver=$!
	await "the socket" test -S "$T/notify"
	NOTIFY_SOCKET=$T/notify daemon_start
	await "READY=1" grep -qx READY=1 "$T/notified"
	grep -q "^cgward daemon: reading denials into $LOG$" "$T/daemon.err"
	daemon_stop
	wait "$receiver"
	[ "$(cat "$T/notified")" = "READY=1
STOPPING=1" ]
	grep -q "^cgward daemon: 0 written, 0 suppressed, 0 lost$" "$T/daemon.err"
}

@test "a second daemon is told who reads" {
	daemon_start
	run -3 "$CGWARD" daemon --log "$T/second.jsonl"
	[[ "$output" == *"process $DAEMON reads the records already"* ]]
}

@test "a log that others can read, that is a link or holds something else is refused" {
	touch "$LOG"
	chmod 644 "$LOG"
	run -3 "$CGWARD" daemon --log "$LOG"
	[[ "$output" == *"$LOG"* ]]
	rm "$LOG"
	ln -s /etc/hostname "$LOG"
	run -3 "$CGWARD" daemon --log "$LOG"
	rm "$LOG"
	echo precious >"$LOG"
	chmod 600 "$LOG"
	run -3 "$CGWARD" daemon --log "$LOG"
	[ "$(cat "$LOG")" = precious ]
	rm "$LOG"
}

@test "killed ten times in a storm: each time the numbers add up" {
	local round calls
	apply
	for round in 1 2 3 4 5 6 7 8 9 10; do
		daemon_start --pages $((round % 2 ? 1 : 256))
		outcome "$BASE/web" --forks 4 --count 300 connect tcp 127.0.0.2:7001 >"$T/outcome" &
		calls=$!
		await_records $((round * 20)) '"verdict":"denied"'
		kill -KILL "$DAEMON"
		wait "$DAEMON" || :
		wait "$calls" || :
		[ "$(cat "$T/outcome")" = "EPERM 1200" ]
		daemon_start
		daemon_stop
		[ "$(counters "$BASE/web" denied)" = $((round * 1200)) ]
		numbers_add_up "$BASE/web"
		accounts_add_up "$LOG"
	done
}
