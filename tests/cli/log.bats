#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# cgward log: what it shows of a log, what it makes of one that was damaged, and following.

load ../lib/cli

setup() {
	cli_setup
	FOLLOWER=
	decision 1 2026-11-23T16:58:00.123456789Z web connect denied /a/b >audit.jsonl
	decision 2 2026-11-23T16:59:00.000000000Z db bind audited /c >>audit.jsonl
	cat >>audit.jsonl <<-'END'
		{"schema":1,"type":"lost","seq":3,"time":"2026-11-23T17:00:00.000000000Z","cause":"no-reader","count":5,"cpu":0}
		{"schema":1,"type":"account","seq":4,"time":"2026-11-23T17:00:00.000000000Z","epoch":"0000000000000001"}
	END
}

teardown() {
	[ -z "$FOLLOWER" ] || kill "$FOLLOWER" 2>/dev/null || :
}

# decision SEQ TIME POLICY SECTION VERDICT CGROUP
decision() {
	printf '{"schema":1,"type":"decision","seq":%s,"time":"%s","policy":"%s","verdict":"%s","section":"%s",' \
		"$1" "$2" "$3" "$5" "$4"
	printf '"asked":"tcp 10.66.0.1:80","judged":"tcp 10.66.0.1:80","rule":"%s.ini:12",' "$3"
	printf '"rule_text":"deny = tcp any","cgroup":"%s","cgroup_id":7,"pid":1234,"uid":0,"comm":"curl"}\n' "$6"
}

log() {
	"$CGWARD" log --log audit.jsonl "$@"
}

# sequence_numbers NUMBERS FILTER...: these records and no others.
sequence_numbers() {
	local wanted=$1 got
	shift
	got=$(log --json "$@" | sed 's/.*"seq":\([0-9]*\).*/\1/' | tr '\n' ' ')
	[ "$got" = "$wanted" ] || fail "'$*': records '$got', not '$wanted'"
}

@test "a line for people for each record, none for bookkeeping" {
	run -0 log
	says "2026-11-23 16:58:00.123Z denied connect tcp 10.66.0.1:80  web.ini:12 (deny = tcp any)  curl[1234] uid 0 in /a/b
2026-11-23 16:59:00.000Z audited bind tcp 10.66.0.1:80  db.ini:12 (deny = tcp any)  curl[1234] uid 0 in /c
2026-11-23 17:00:00.000Z lost 5 (no-reader)"
}

@test "suppressed calls: where, or of policies that are gone" {
	cat >audit.jsonl <<-'END'
		{"schema":1,"type":"suppressed","seq":1,"time":"2026-11-23T17:00:00.000000000Z","count":4,"cgroup":"/a","cgroup_id":7,"hook":"bind4","total":4}
		{"schema":1,"type":"suppressed","seq":2,"time":"2026-11-23T17:00:00.000000000Z","count":5,"cgroup":null,"cgroup_id":null,"hook":null,"total":null}
	END
	run -0 log
	says "2026-11-23 17:00:00.000Z suppressed 4 at bind4 over log-rate in /a
2026-11-23 17:00:00.000Z suppressed 5 over log-rate of policies that are gone"
}

@test "--json: the lines as they are" {
	log --json >out
	cmp out audit.jsonl
}

@test "filters" {
	sequence_numbers "1 " --policy web
	sequence_numbers "2 " --section bind
	sequence_numbers "1 " --verdict denied
	sequence_numbers "1 3 4 " --cgroup /a
	sequence_numbers "3 4 " --cgroup /a/bb
	sequence_numbers "2 3 4 " --since 2026-11-23T16:58:30Z
	sequence_numbers "1 " --until 2026-11-23T17:58:30+01:00
	sequence_numbers "2 " --since 2026-11-23T16:58:30Z --until 2026-11-23T16:59:30Z
	sequence_numbers "" --policy web --section bind
	decision 5 "$(date -u +%FT%TZ)" web connect denied /a >>audit.jsonl
	sequence_numbers "5 " --policy web --since 5m
}

@test "bad arguments: 2" {
	run -2 log --since yesterday
	mentions "yesterday"
	run -2 log --section sockets
	run -2 log --verdict refused
	run -2 log audit.jsonl
	run -2 "$CGWARD" log --log missing.jsonl
	mentions "missing.jsonl"
	run -3 "$CGWARD" log --log /dev/null
	mentions "not a regular file"
}

@test "lines that are no records: their numbers, the others, 1" {
	{
		printf 'not json\n[]\n\n{"schema":1,"type":"decision"\n\0\xff\n'
		head -c 1100000 /dev/zero | tr '\0' x
		printf '\n'
		decision 5 2026-11-23T18:00:00Z web connect denied /a
		printf '{"schema":1,"ty'
	} >>audit.jsonl
	run -1 --separate-stderr log
	[ "${#lines[@]}" = 4 ]
	[[ "${lines[3]}" == "2026-11-23T18:00:00Z denied"* ]]
	for line in 5 6 7 8 9 10 12; do
		# shellcheck disable=SC2154 # bats sets it
		[[ "$stderr" == *"audit.jsonl:$line: "* ]] || fail "line $line is not reported" "$stderr"
	done
	[[ "$stderr" != *"audit.jsonl:11:"* ]]
}

@test "what is in a record cannot draw on the terminal" {
	printf '{"schema":1,"type":"decision","seq":1,"time":"\\u001b[2J","asked":"\\u009b31m","comm":"\\u0007\\u202e"}\n' >audit.jsonl
	run -0 log
	[[ "$output" != *$'\e'* && "$output" != *$'\a'* && "$output" != *$'\xc2\x9b'* ]]
	mentions '\x1b[2J'
}

follow() {
	exec {FOLLOWED}< <(exec "$CGWARD" log --log audit.jsonl --follow --json "$@")
	FOLLOWER=$!
}

# next_is TEXT: the next line that the follower prints holds it.
next_is() {
	local line
	read -rt 30 line <&"$FOLLOWED" || fail "nothing came" || return
	[[ "$line" == *"$1"* ]] || fail "'$line' came, not '$1'"
}

@test "--follow: what is appended, what was rotated away, and the new file" {
	follow --policy web
	next_is '"seq":1,'
	decision 5 2026-11-23T18:00:00Z web connect denied /a >>audit.jsonl
	next_is '"seq":5,'
	mv audit.jsonl audit.jsonl.1
	decision 6 2026-11-23T18:00:00Z web connect denied /a >>audit.jsonl.1
	next_is '"seq":6,'
	decision 7 2026-11-23T18:00:00Z web connect denied /a >new
	mv new audit.jsonl
	next_is '"seq":7,'
}

@test "--follow waits for a log that is not there yet" {
	rm audit.jsonl
	follow
	decision 1 2026-11-23T18:00:00Z web connect denied /a >new
	mv new audit.jsonl
	next_is '"seq":1,'
}

@test "--follow gives a line when it is whole" {
	follow --policy web
	next_is '"seq":1,'
	printf '{"schema":1,"type":"decision","seq":5,' >>audit.jsonl
	printf '"policy":"web"}\n' >>audit.jsonl
	next_is '"seq":5,"policy":"web"}'
}
