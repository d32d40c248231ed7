#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# Every hook, on the real kernel: what it allows, denies by a rule, denies by the default, audits,
# and lets happen under mode = audit; what the record says of each, and what is counted.

load ../lib/cgward

setup() {
	cgward_setup
	network_setup
}

teardown() {
	cgward_teardown
}

# call TEXT: makes the call in the cgroup, under a shell of its own; $pid is whose call it was,
# $got what came of it.
call() {
	local output
	# shellcheck disable=SC2086,SC2016 # an attempt's arguments are words
	output=$(inside "$BASE/web" nsenter "--net=$NETWORK" \
		sh -c 'echo $$; exec "$@"' sh "$ATTEMPT" $1) || :
	pid=${output%%$'\n'*}
	got=${output#*$'\n'}
}

# hook HOOK SECTION OUTCOME ALLOWED CALL AUDITED CALL DENIED CALL UNNAMED CALL [ASKED...]
# Each object is one of the rule language; OUTCOME is what its call comes to if the policy lets it.
# The objects as a record tells them may differ from the rule: four more arguments, ASKED.
hook() {
	local hook=$1 section=$2 outcome=$3
	shift 3
	local objects=("$1" "$3" "$5" "$7") calls=("$2" "$4" "$6" "$8") judged audited_line denied_line
	judged=("${objects[@]}")
	shift 8
	local asked=("${judged[@]}")
	[ $# = 0 ] || asked=("$@")
	write_policy enforce
	audited_line=$(line_of web "audit = ${objects[1]}")
	denied_line=$(line_of web "deny = ${objects[2]}")
	new_cgroup web
	daemon_start
	"$CGWARD" apply "$T/web.ini" "$BASE/web"

	call "${calls[0]}"
	[ "$got" = "$outcome" ] || fail "allowed: $got"
	call "${calls[1]}"
	[ "$got" = "$outcome" ] || fail "audited: $got"
	local audited_pid=$pid
	call "${calls[2]}"
	[ "$got" = EPERM ] || fail "denied: $got"
	local denied_pid=$pid
	call "${calls[3]}"
	[ "$got" = EPERM ] || fail "unnamed: $got"

	write_policy audit
	"$CGWARD" apply "$T/web.ini" "$BASE/web"
	call "${calls[2]}"
	[ "$got" = "$outcome" ] || fail "denied under mode = audit: $got"
	daemon_stop

	log_is_whole
	no_record '.type == "decision" and .verdict == "allowed"'
	record_of audited "$audited_pid" "${asked[1]}" "${judged[1]}" \
		"web.ini:$audited_line" "audit = ${objects[1]}" null enforce
	record_of denied "$denied_pid" "${asked[2]}" "${judged[2]}" \
		"web.ini:$denied_line" "deny = ${objects[2]}" EPERM enforce
	record_of denied "" "${asked[3]}" "${judged[3]}" default null EPERM enforce
	record_of would-deny "$pid" "${asked[2]}" "${judged[2]}" \
		"web.ini:$denied_line" "deny = ${objects[2]}" null audit
	counted "$hook" denied 2
	counted "$hook" audited 1
	counted "$hook" would_deny 1
	[ "$(count_records '.type == "decision"')" = 4 ]
}

write_policy() {
	local families=
	[ "$section" != socket ] || families="families = inet inet6"
	policy web <<-END
		[policy]
		mode = $1
		[$section]
		$families
		allow = ${objects[0]}
		audit = ${objects[1]}
		deny = ${objects[2]}
	END
}

# record_of VERDICT PID ASKED JUDGED RULE TEXT ERRNO MODE
record_of() {
	local filter
	filter=$(jq -nr --arg verdict "$1" --arg pid "$2" --arg asked "$3" --arg judged "$4" \
		--arg rule "$5" --arg text "$6" --arg errno "$7" --arg mode "$8" --arg hook "$hook" \
		--arg section "$section" --arg cgroup "$BASE/web" '
		def null_or_text: if . == "null" then null else . end;
		".type == \"decision\" and .verdict == \($verdict | tojson)
		and .hook == \($hook | tojson) and .section == \($section | tojson)
		and .asked == \($asked | tojson) and .judged == \($judged | tojson)
		and (.rule | . == \($rule | tojson) or endswith(\("/" + $rule | tojson)))
		and .rule_text == \($text | null_or_text | tojson)
		and .errno == \($errno | null_or_text | tojson) and .mode == \($mode | tojson)
		and .cgroup == \($cgroup | tojson) and .policy_cgroup == \($cgroup | tojson)
		and .cgroup_id == .policy_cgroup_id and .policy == \"web\" and .uid == 0
		and .comm == \"attempt\" and .tid == .pid and .ppid > 0
		" + if $pid == "" then "" else "and .pid == \($pid)" end')
	one_record "$filter"
}

# counted HOOK WHAT NUMBER: in `status` of the cgroup.
counted() {
	local count
	count=$(counter "$BASE/web" "$1" "$2")
	[ "$count" = "$3" ] || fail "$1: $2 is $count, not $3" "$("$CGWARD" status --json)"
}

@test "device: open for reading and writing" {
	hook device device ok \
		"c 1:3 rw" "open /dev/null rw" "c 1:5 rw" "open /dev/zero rw" \
		"c 1:7 rw" "open /dev/full rw" "c 1:9 rw" "open /dev/urandom rw"
}

@test "device: mknod of character devices" {
	hook device device ok \
		"c 1:3 m" "mknod $T/a c 1 3" "c 61:1 m" "mknod $T/b c 61 1" \
		"c 61:2 m" "mknod $T/c c 61 2" "c 62:0 m" "mknod $T/d c 62 0"
}

@test "device: mknod of block devices" {
	hook device device ok \
		"b 7:0 m" "mknod $T/a b 7 0" "b 61:1 m" "mknod $T/b b 61 1" \
		"b 61:2 m" "mknod $T/c b 61 2" "b 62:0 m" "mknod $T/d b 62 0"
}

@test "device: access(2)" {
	hook device device ok \
		"c 1:3 r" "access /dev/null r" "c 1:5 r" "access /dev/zero r" \
		"c 1:7 r" "access /dev/full r" "c 1:9 r" "access /dev/urandom r"
}

@test "sock_create: IPv4" {
	hook sock_create socket ok \
		"inet stream tcp" "socket 2 1 6" "inet dgram udp" "socket 2 2 17" \
		"inet raw icmp" "socket 2 3 1" "inet dgram icmp" "socket 2 2 1"
}

@test "sock_create: IPv6" {
	hook sock_create socket ok \
		"inet6 stream tcp" "socket 10 1 6" "inet6 dgram udp" "socket 10 2 17" \
		"inet6 raw 253" "socket 10 3 253" "inet6 stream mptcp" "socket 10 1 262"
}

@test "sock_create: protocol 0 is judged as the protocol that the type means" {
	policy web <<-END
		[socket]
		families = inet
		deny = inet stream tcp
		allow = inet dgram udp
	END
	new_cgroup web
	"$CGWARD" apply "$T/web.ini" "$BASE/web"
	expect EPERM "$BASE/web" socket 2 1 0
	expect ok "$BASE/web" socket 2 2 0
}

@test "connect4: TCP" {
	hook connect4 connect ECONNREFUSED \
		"tcp 127.0.0.1:7001" "connect tcp 127.0.0.1:7001" \
		"tcp 127.0.0.2:7002" "connect tcp 127.0.0.2:7002" \
		"tcp 127.0.0.3:7003" "connect tcp 127.0.0.3:7003" \
		"tcp 127.0.0.4:7004" "connect tcp 127.0.0.4:7004"
}

@test "connect4: UDP" {
	hook connect4 connect ok \
		"udp 10.1.0.1:53" "connect udp 10.1.0.1:53" \
		"udp 10.1.0.2:53" "connect udp 10.1.0.2:53" \
		"udp 10.1.0.3:53" "connect udp 10.1.0.3:53" \
		"udp 10.1.0.1:54" "connect udp 10.1.0.1:54"
}

@test "connect6: TCP" {
	hook connect6 connect ECONNREFUSED \
		"tcp [::1]:7001" "connect tcp [::1]:7001" \
		"tcp [fd00::2]:7002" "connect tcp [fd00::2]:7002" \
		"tcp [fd00::3]:7003" "connect tcp [fd00::3]:7003" \
		"tcp [fd00::4]:7004" "connect tcp [fd00::4]:7004"
}

@test "connect6: UDP" {
	hook connect6 connect ok \
		"udp [::1]:53" "connect udp [::1]:53" \
		"udp [fd00::2]:53" "connect udp [fd00::2]:53" \
		"udp [fd00::3]:53" "connect udp [fd00::3]:53" \
		"udp [::1]:54" "connect udp [::1]:54"
}

@test "connect6: mapped addresses are judged as IPv4, and the record tells both" {
	hook connect6 connect ECONNREFUSED \
		"tcp 127.0.0.1:7001" "connect tcp [::ffff:127.0.0.1]:7001" \
		"tcp 127.0.0.2:7002" "connect tcp [::ffff:127.0.0.2]:7002" \
		"tcp 127.0.0.3:7003" "connect tcp [::ffff:127.0.0.3]:7003" \
		"tcp 127.0.0.4:7004" "connect tcp [::ffff:127.0.0.4]:7004" \
		"tcp [::ffff:127.0.0.1]:7001" "tcp [::ffff:127.0.0.2]:7002" \
		"tcp [::ffff:127.0.0.3]:7003" "tcp [::ffff:127.0.0.4]:7004"
}

@test "sendmsg4: sendto" {
	hook sendmsg4 connect ok \
		"udp 127.0.0.1:7001" "sendto udp 127.0.0.1:7001" \
		"udp 127.0.0.2:7002" "sendto udp 127.0.0.2:7002" \
		"udp 127.0.0.3:7003" "sendto udp 127.0.0.3:7003" \
		"udp 127.0.0.4:7004" "sendto udp 127.0.0.4:7004"
}

@test "sendmsg4: sendmsg" {
	hook sendmsg4 connect ok \
		"udp 127.0.0.1:7001" "sendmsg udp 127.0.0.1:7001" \
		"udp 127.0.0.2:7002" "sendmsg udp 127.0.0.2:7002" \
		"udp 127.0.0.3:7003" "sendmsg udp 127.0.0.3:7003" \
		"udp 127.0.0.4:7004" "sendmsg udp 127.0.0.4:7004"
}

@test "sendmsg6: sendto" {
	hook sendmsg6 connect ok \
		"udp [::1]:7001" "sendto udp [::1]:7001" \
		"udp [fd00::2]:7002" "sendto udp [fd00::2]:7002" \
		"udp [fd00::3]:7003" "sendto udp [fd00::3]:7003" \
		"udp [fd00::4]:7004" "sendto udp [fd00::4]:7004"
}

@test "bind4: TCP" {
	hook bind4 bind ok \
		"tcp 127.0.0.1:7001" "bind tcp 127.0.0.1:7001" \
		"tcp 127.0.0.2:7002" "bind tcp 127.0.0.2:7002" \
		"tcp 127.0.0.3:7003" "bind tcp 127.0.0.3:7003" \
		"tcp 127.0.0.4:7004" "bind tcp 127.0.0.4:7004"
}

@test "bind4: UDP, and port 0" {
	hook bind4 bind ok \
		"udp 127.0.0.1:0" "bind udp 127.0.0.1:0" \
		"udp 127.0.0.2:7002" "bind udp 127.0.0.2:7002" \
		"udp 127.0.0.2:0" "bind udp 127.0.0.2:0" \
		"udp 0.0.0.0:0" "bind udp 0.0.0.0:0"
}

@test "bind6: TCP" {
	hook bind6 bind ok \
		"tcp [::1]:7001" "bind tcp [::1]:7001" \
		"tcp [fd00::2]:7002" "bind tcp [fd00::2]:7002" \
		"tcp [fd00::3]:7003" "bind tcp [fd00::3]:7003" \
		"tcp [::]:7004" "bind tcp [::]:7004"
}

@test "bind6: UDP" {
	hook bind6 bind ok \
		"udp [::1]:7001" "bind udp [::1]:7001" \
		"udp [fd00::2]:7002" "bind udp [fd00::2]:7002" \
		"udp [fd00::3]:7003" "bind udp [fd00::3]:7003" \
		"udp [fd00::4]:7004" "bind udp [fd00::4]:7004"
}

@test "a wildcard bind is covered by any, not by 127.0.0.1" {
	policy web <<-END
		[bind]
		allow = tcp 127.0.0.1:7001
		allow = tcp any:7002
	END
	new_cgroup web
	"$CGWARD" apply "$T/web.ini" "$BASE/web"
	expect ok "$BASE/web" bind tcp 127.0.0.1:7001
	expect EPERM "$BASE/web" bind tcp 0.0.0.0:7001
	expect EPERM "$BASE/web" bind tcp '[::]:7001'
	expect ok "$BASE/web" bind tcp 0.0.0.0:7002
	expect ok "$BASE/web" bind tcp '[::]:7002'
}

@test "a section may be in audit mode alone" {
	policy web <<-END
		[connect]
		mode = audit
		[bind]
	END
	new_cgroup web
	daemon_start
	"$CGWARD" apply "$T/web.ini" "$BASE/web"
	expect ECONNREFUSED "$BASE/web" connect tcp 127.0.0.1:7001
	expect EPERM "$BASE/web" bind tcp 127.0.0.1:7001
	daemon_stop
	one_record '.verdict == "would-deny" and .mode == "audit" and .section == "connect"'
	one_record '.verdict == "denied" and .mode == "enforce" and .section == "bind"'
}

@test "only the hooks that a policy needs are attached" {
	policy web <<-END
		[bind]
		allow = tcp 127.0.0.1:7001
	END
	new_cgroup web
	"$CGWARD" apply "$T/web.ini" "$BASE/web"
	bpftool=$(command -v bpftool || echo /usr/sbin/bpftool)
	"$bpftool" cgroup list "$CGROUP2$BASE/web" >"$T/attached"
	run -0 grep -c bind "$T/attached"
	run -1 grep -cE 'connect|sendmsg|device|sock_create' "$T/attached"
}

@test "log = all records what is allowed, log = none nothing; both count" {
	new_cgroup web
	daemon_start
	for log in all none; do
		policy web <<-END
			[policy]
			log = $log
			[connect]
			allow = tcp 127.0.0.1:7001
			deny = tcp 127.0.0.2:7001
		END
		"$CGWARD" apply "$T/web.ini" "$BASE/web"
		expect ECONNREFUSED "$BASE/web" connect tcp 127.0.0.1:7001
		expect EPERM "$BASE/web" connect tcp 127.0.0.2:7001
	done
	daemon_stop
	one_record '.verdict == "allowed" and (.rule | endswith("web.ini:4")) and .errno == null'
	one_record '.verdict == "denied"'
	counted connect4 denied 2
	counted connect4 muted 1
}
