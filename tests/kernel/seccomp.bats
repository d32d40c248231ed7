#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# [socket] for other families than inet and inet6 where no LSM program runs: the seccomp filter on
# what `cgward run` starts. Real calls, judged by the image in force, recorded as all others.

# shellcheck disable=SC2154 # stderr: of run --separate-stderr
# shellcheck disable=SC2016 # the shells under test expand their own variables
load ../lib/cgward

setup() {
	cgward_setup
	"$CGWARD" doctor | grep -q '^no  *lsm ' || skip "this kernel runs LSM programs"
	WAYS=$BUILD/probes/socket_ways
	[ -x "$WAYS" ] || fail "no $WAYS: run make probes first"
	network_setup
	policy web <<-END
		[policy]
		log-rate = unlimited
		[socket]
		allow = inet
		allow = unix stream
		audit = netlink raw 0
		deny = packet
	END
}

teardown() {
	cgward_teardown
}

# ways WAY=OUTCOME...: under the policy web.
ways() {
	local way wanted=
	for way in "$@"; do
		wanted+="${way%=*} ${way##*=}"$'\n'
	done
	ward_run web "$WAYS" "${@%=*}" >"$T/said" 2>"$T/summary" || fail "$(cat "$T/said" "$T/summary")"
	diff <(printf %s "$wanted") "$T/said"
}

denied_by() { # ASKED RULE: one record of it
	one_record ".verdict == \"denied\" and .hook == \"seccomp\" and .section == \"socket\" and
		.asked == \"$1\" and .rule == \"$2\" and .errno == \"EPERM\""
}

@test "each way to make a socket: family, type and protocol decide" {
	ways socket:1:1:0=ok socket:1:2:0=EPERM socket:16:3:0=ok socket:16:3:9=EPERM socket:17:3:0=EPERM \
		socket:1:0x80801:0=ok pair:1:1:0=ok pair:1:5:0=EPERM thread:38:5:0=EPERM socket:2:1:0=ok socket:10:1:0=EPERM
	denied_by "unix dgram 0" default
	denied_by "netlink raw 9" default
	denied_by "packet raw 0" "$T/web.ini:$(line_of web 'deny = packet')"
	denied_by "unix seqpacket 0" default
	denied_by "alg seqpacket 0" default
	one_record '.verdict == "audited" and .hook == "seccomp" and .asked == "netlink raw 0" and .errno == null'
	# inet and inet6 are judged where they always are, and once.
	one_record '.asked == "inet6 stream tcp" and .hook == "sock_create"'
	no_record '.asked | startswith("inet ")'
	grep -qF "1x socket packet raw 0 ($T/web.ini:" "$T/summary"
	log_is_whole
}

@test "ways round the numbers: upper halves, SOCK_PACKET, 32-bit modes, io_uring" {
	ways socket:0x100000011:3:0=EPERM socket:0x100000002:1:0=ok socket:1:0x100000002:0=EPERM socket:2:10:0=EPERM \
		socket:2:0x8000a:0=EPERM socket:-1:1:0=EPERM x32:1:1:0=ENOSYS io_uring=EPERM
	denied_by io_uring class
	one_record '.asked == "io_uring" and .object_class == "unseen" and .rule_text == null'
	[ "$(count_records '.asked == "packet packet 0"')" = 2 ]
	"$CGWARD" log --log "$LOG" | grep -q 'class unseen, which \[socket\] of web always denies'
	"$REPOSITORY/tests/lib/validate-json" "$REPOSITORY/contrib/audit.schema.json" "$LOG"
}

@test "programs of the 32-bit mode: socket(2) is judged, socketcall(2) cannot be and is denied" {
	[[ $(inside "$BASE" "$WAYS" old:1:1:0) == *ok ]] || skip "this kernel has no 32-bit mode"
	ways old:1:1:0=ok old:17:3:0=EPERM old:2:1:0=ok oldcall:1:1:0=EPERM oldcall:2:1:0=EPERM
	denied_by "packet raw 0" "$T/web.ini:$(line_of web 'deny = packet')"
	[ "$(count_records '.asked == "socketcall" and .rule == "class"')" = 2 ]
}

@test "the record tells who called, not who judged" {
	ward_run web setpriv --reuid 65534 --clear-groups sh -c '"$0" socket:17:3:0; exit 0' "$WAYS" >"$T/said"
	[ "$(cat "$T/said")" = "socket:17:3:0 EPERM" ]
	one_record '.asked == "packet raw 0" and .uid == 65534 and .comm == "socket_ways" and .pcomm == "sh" and
		.pid == .tid and .ppid > 1 and .pid != .ppid and (.cgroup | startswith("'"$BASE"'/cgward-run-")) and
		.cgroup_id == .policy_cgroup_id'
	# Below the policed cgroup.
	ward_run web sh -c 'own=$(sed -n s/^0:://p /proc/self/cgroup); mkdir "$1$own/below"
		echo 0 >"$1$own/below/cgroup.procs"; "$0" socket:17:3:1; echo 0 >"$1$own/cgroup.procs"; rmdir "$1$own/below"' \
		"$WAYS" "$CGROUP2"
	one_record '.asked == "packet raw 1" and .cgroup_id != .policy_cgroup_id'
}

@test "many at once: every call is counted and recorded, with its own caller" {
	ward_run web sh -c 'for i in 1 2 3 4 5 6 7 8; do (for j in 1 2 3 4 5; do "$0" socket:17:3:$i$j thread:38:5:0 socket:1:1:0; done) & done
		wait' "$WAYS" >"$T/said"
	[ "$(grep -c ' EPERM$' "$T/said")" = 80 ]
	[ "$(grep -c ' ok$' "$T/said")" = 40 ]
	[ "$(count_records '.hook == "seccomp" and .verdict == "denied"')" = 80 ]
	[ "$(records '.hook == "seccomp"' | jq -r .asked | sort -u | wc -l)" = 41 ]
	[ "$(records '.asked == "alg seqpacket 0"' | jq '.pid != .tid' | sort -u)" = true ]
	log_is_whole
}

@test "mode = audit: nothing is denied, all of it recorded; log-rate and log = none hold" {
	policy web <<-END
		[policy]
		log-rate = 3/h
		[socket]
		mode = audit
	END
	ways socket:1:1:0=ok socket:1:1:7=EPROTONOSUPPORT io_uring=ok socket:1:5:0=ok socket:1:2:0=ok
	[ "$(records '.verdict == "would-deny"' | jq -r .asked | xargs)" = "unix stream 0 unix stream 7 io_uring" ]
	records '.type == "suppressed"' | jq -se 'map(.count) | add == 2'
	grep -q '5 calls would have been denied' "$T/summary"
}

# Its fd 7 to it, fd 8 from it.
start_shell() { # to be told what to try, under the policy web
	mkfifo "$T/to" "$T/from"
	ward_run web sh -c 'while read -r way; do "$0" "$way"; done <"$1" >"$2"' "$WAYS" "$T/to" "$T/from" \
		2>"$T/summary" 3>&- &
	SHELL_PID=$!
	exec 7>"$T/to" 8<"$T/from"
}

tells() { # WAY OUTCOME
	local said
	echo "$1" >&7
	read -t "$PATIENCE_S" -r said <&8
	[ "$said" = "$1 $2" ] || fail "'$said', not '$2'"
}

end_shell() {
	exec 7>&- 8<&-
	wait "$SHELL_PID"
}

policed_cgroup() {
	"$CGWARD" status --json | jq -r '.cgroups[0].cgroup'
}

@test "status names the hook and counts; reloads hold from one call to the next" {
	start_shell
	tells socket:1:1:0 ok
	tells socket:17:3:0 EPERM
	cgroup=$(policed_cgroup)
	[ "$("$CGWARD" status --json | jq -c '.cgroups[0] | [.hooks, .unsupported]')" = '[["sock_create","seccomp"],[]]' ]
	[ "$(counter "$cgroup" seccomp denied)" = 1 ]
	[[ "$("$CGWARD" status "$cgroup")" == *$'\nseccomp  '* ]]
	policy web <<<$'[socket]\ndefault = allow\ndeny = unix'
	[ "$("$CGWARD" apply "$T/web.ini")" = "1 cgroup: web reloaded, generation 2, hooks seccomp" ]
	tells socket:1:1:0 EPERM
	tells socket:16:3:0 ok
	tells socket:10:1:0 ok
	denied_by "unix stream 0" "$T/web.ini:3" || await_records 2 '"verdict":"denied"'
	# The filter stays where a policy has no use for it, and is there for the next.
	policy web <<<$'[socket]\nfamilies = inet inet6\nallow = inet'
	[ "$("$CGWARD" apply "$T/web.ini" "$cgroup")" = "$cgroup: web reloaded, generation 3, hooks sock_create" ]
	tells socket:1:1:0 ok
	tells io_uring ok
	tells socket:10:1:0 EPERM
	policy web <<<$'[socket]\nfamilies = unix'
	"$CGWARD" apply "$T/web.ini" >/dev/null
	tells socket:1:1:0 EPERM
	tells socket:17:3:0 ok
	"$CGWARD" remove "$cgroup"
	tells socket:1:1:0 ok
	end_shell
}

@test "what was not started with the filter does not get it by a reload" {
	policy web <<<$'[socket]\nfamilies = inet inet6\nallow = inet'
	start_shell
	tells socket:17:3:0 ok
	policy web <<<$'[socket]\nallow = inet'
	run -3 --separate-stderr "$CGWARD" apply "$T/web.ini"
	[[ "$stderr" == *"[socket] for families other than inet and inet6: "*"start with \`cgward run\` what is to be policed"* ]] ||
		fail "$stderr"
	tells socket:10:1:0 EPERM
	tells socket:17:3:0 ok
	end_shell
}

# A policy in force by both: what cannot be had everywhere is refused everywhere.
@test "apply is refused, and says what would do" {
	new_cgroup web
	run -3 --separate-stderr "$CGWARD" apply "$T/web.ini" "$BASE/web"
	[[ "$stderr" == *"\`lsm="*", start with \`cgward run\` what is to be policed, which does without, or add \`unsupported = warn\`"* ]] ||
		fail "$stderr"
	[ "$("$CGWARD" status)" = "no policy is in force" ]
}

@test "processes that outlive the command are judged on, and the judge ends with them" {
	mkfifo "$T/to" "$T/from"
	ward_run web setsid -f sh -c 'while read -r way; do "$0" "$way"; done <"$1" >"$2"' "$WAYS" "$T/to" "$T/from" 2>"$T/summary" 3>&-
	grep -q 'processes are left' "$T/summary"
	exec 7>"$T/to" 8<"$T/from"
	tells socket:1:1:0 ok
	tells socket:17:3:0 EPERM
	cgroup=$(policed_cgroup)
	[ "$(counter "$cgroup" seccomp denied)" = 1 ]
	judge=$(judge_of)
	[ -d "/proc/$judge" ]
	exec 7>&- 8<&-
	await "the judge to end" has_ended "$judge"
	# The next command sweeps.
	"$CGWARD" remove "$cgroup" >/dev/null 2>&1 || :
	[ ! -d "$CGROUP2$cgroup" ]
}

# Of this test's cgroup: where `run` was started, there the judge is.
judge_of() {
	local pid
	while read -r pid; do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != cgward-judge ] || echo "$pid"
	done <"$CGROUP2$BASE/cgroup.procs"
}

has_ended() {
	[ ! -d "/proc/$1" ] || grep -q '^State:.*zombie' "/proc/$1/status"
}

@test "without its judge no socket is made unjudged, and that is said" {
	start_shell
	tells socket:1:1:0 ok
	kill -KILL "$(judge_of)"
	tells socket:1:1:0 ENOSYS
	tells socket:17:3:0 ENOSYS
	tells socket:2:1:0 ok
	end_shell
	grep -q 'the process that judges sockets was killed: from here on every call fails' "$T/summary" || fail "$(cat "$T/summary")"
}

@test "a filter inside of a filter: refused with the reason, or left out with unsupported = warn" {
	policy inner <<<$'[socket]\nallow = unix'
	policy inner-warn <<<$'[policy]\nunsupported = warn\n[socket]\nallow = unix'
	sed -i 's/^allow = unix stream/allow = unix/' "$T/web.ini"
	ward_run web sh -c '"$0" run --policy "$1/inner.ini" --log "$2" -- touch "$1/ran"; echo $?
		"$0" run --policy "$1/inner-warn.ini" --log "$2" -- "$3" socket:2:1:0 socket:17:3:0' \
		"$CGWARD" "$T" "$LOG" "$WAYS" >"$T/said" 2>"$T/complaint"
	[ "$(cat "$T/said")" = $'125\nsocket:2:1:0 EPERM\nsocket:17:3:0 EPERM' ] || fail "$(cat "$T/said" "$T/complaint")"
	[ ! -e "$T/ran" ]
	grep -q 'error: .*: a seccomp filter with a listener is on this process already' "$T/complaint" ||
		grep -q 'error: .*, and a seccomp filter with a listener is on this process already' "$T/complaint"
	grep -q 'warning: .* a seccomp filter with a listener is on this process already' "$T/complaint"
	# The outer policy denies to the inner command what it denies.
	denied_by "packet raw 0" "$T/web.ini:$(line_of web 'deny = packet')"
}

@test "run under a policy that denies all other sockets needs none itself" {
	policy inner <<<$'[connect]\ndefault = allow\ndeny = any 127.0.0.1:7002'
	policy web <<<$'[socket]\nallow = inet'
	run -1 ward_run web "$CGWARD" run --policy "$T/inner.ini" --log "$LOG" --quiet -- "$ATTEMPT" connect tcp 127.0.0.1:7002
	[[ "$output" == EPERM* ]] || fail "$output"
}

@test "nobody polices other families: no filter, no judge" {
	policy web <<<$'[socket]\nfamilies = inet inet6\nallow = inet'
	ward_run web grep -E '^Seccomp' /proc/self/status >"$T/said"
	[ "$(tr -s '\t' ' ' <"$T/said" | xargs)" = "Seccomp: $(awk '/^Seccomp:/ { print $2 }' /proc/self/status) Seccomp_filters: $(awk '/^Seccomp_filters:/ { print $2 }' /proc/self/status)" ]
	policy web <<<$'[socket]\nallow = inet'
	ward_run web grep -E '^(Seccomp_filters|NoNewPrivs)' /proc/self/status >"$T/said"
	[ "$(tr -s '\t' ' ' <"$T/said" | xargs)" = "NoNewPrivs: 0 Seccomp_filters: $(($(awk '/^Seccomp_filters:/ { print $2 }' /proc/self/status) + 1))" ]
}
