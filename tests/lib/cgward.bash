# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# What the tests on the real kernel share. Every test has pins, cgroups, a network namespace, a
# log and a directory of its own, all named after it, and its teardown fails if it left any of them
# behind. Nothing here waits for time to pass: it waits for files, records and processes.

bats_require_minimum_version 1.5.0

REPOSITORY=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${CGWARD_BUILD:-$REPOSITORY/build}
case $BUILD in /*) ;; *) BUILD=$REPOSITORY/$BUILD ;; esac
CGWARD=$BUILD/cgward
ATTEMPT=$BUILD/probes/attempt
# Nothing takes this long; it bounds a wait for something that will never come.
PATIENCE_S=30

fail() {
	printf '%s\n' "$@" >&2
	return 1
}

# Where cgroup2 is mounted: the fifth field of mountinfo, the type follows the lone dash.
cgroup2_mount_point() {
	awk '{ for (i = 7; i < NF; i++) if ($i == "-") { if ($(i + 1) == "cgroup2") { print $5; found = 1; exit } break } }
	     END { exit !found }' /proc/self/mountinfo
}

cgward_setup() {
	[ "$(id -u)" = 0 ] || skip "needs root"
	CGROUP2=$(cgroup2_mount_point) || skip "needs cgroup2; none in /proc/self/mountinfo"
	[ -x "$CGWARD" ] || fail "no $CGWARD: run make first" || return
	[ -x "$ATTEMPT" ] || fail "no $ATTEMPT: run make probes first" || return
	TEST_ID=cgward-test-$$-$BATS_TEST_NUMBER
	export CGWARD_PINS=/sys/fs/bpf/$TEST_ID
	T=$BATS_TEST_TMPDIR
	chmod 700 "$T"
	LOG=$T/audit.jsonl
	BASE=/$TEST_ID
	mkdir "$CGROUP2$BASE"
	DAEMON=
	NETWORK=
}

cgward_teardown() {
	[ -n "${TEST_ID:-}" ] || return 0
	local left=0
	[ -z "$DAEMON" ] || { kill -KILL "$DAEMON" 2>/dev/null; wait "$DAEMON" 2>/dev/null; } || :
	empty_cgroup "$BASE" || left=1
	"$CGWARD" remove --all >/dev/null 2>"$T/remove-all.err" || {
		cat "$T/remove-all.err" >&2
		left=1
	}
	if [ -e "$CGWARD_PINS" ] && [ -n "$(ls -A "$CGWARD_PINS")" ]; then
		find "$CGWARD_PINS" >&2
		rm -rf "$CGWARD_PINS"
		fail "pins are left behind" || left=1
	fi
	remove_own_cgroups
	if [ -d "$CGROUP2$BASE" ]; then
		find "$CGROUP2$BASE" -type d >&2
		find "$CGROUP2$BASE" -depth -type d -exec rmdir {} +
		fail "cgroups are left behind" || left=1
	fi
	[ -z "$NETWORK" ] || umount "$NETWORK"
	return $left
}

# ---- cgroups ------------------------------------------------------------------------------------

OWN_CGROUPS=()

# new_cgroup NAME: below the test's own; prints nothing. Its path is $BASE/NAME.
new_cgroup() {
	mkdir "$CGROUP2$BASE/$1"
	OWN_CGROUPS+=("$BASE/$1")
}

remove_own_cgroups() {
	local i
	for ((i = ${#OWN_CGROUPS[@]} - 1; i >= 0; i--)); do
		[ ! -d "$CGROUP2${OWN_CGROUPS[i]}" ] || rmdir "$CGROUP2${OWN_CGROUPS[i]}" || :
	done
	rmdir "$CGROUP2$BASE" 2>/dev/null || :
}

# Ends every process of a cgroup and of those below, and waits until none is left.
empty_cgroup() {
	[ -d "$CGROUP2$1" ] || return 0
	if [ -e "$CGROUP2$1/cgroup.kill" ]; then
		echo 1 >"$CGROUP2$1/cgroup.kill"
	else
		# shellcheck disable=SC2038 # numbers of processes
		find "$CGROUP2$1" -name cgroup.procs -exec cat {} + |
			xargs -r kill -KILL 2>/dev/null || :
	fi
	await "processes of $1 to end" cgroup_is_empty "$1"
}

cgroup_is_empty() {
	grep -q '^populated 0' "$CGROUP2$1/cgroup.events"
}

# How many cgroups have pinned links.
pinned_cgroups() {
	find "$CGWARD_PINS/"abi*/cgroups -type f -printf '%f\n' | sed 's/_.*//' | sort -u | wc -l
}

# inside CGROUP COMMAND...: runs it there, as a child of this shell.
inside() {
	local cgroup=$1
	shift
	(
		echo "$BASHPID" >"$CGROUP2$cgroup/cgroup.procs"
		exec "$@"
	)
}

# The cgroups that stand below one, sorted.
cgroups_below() {
	(cd "$CGROUP2$1" && find . -mindepth 1 -type d | sort)
}

# ---- cgward and its files -----------------------------------------------------------------------

# Runs cgward in the test's own cgroup and network namespace: what `run` makes, it makes there.
ward() {
	inside "$BASE" ${NETWORK:+nsenter "--net=$NETWORK"} "$CGWARD" "$@" 3>&-
}

# ward_run NAME COMMAND...: under the policy, denials to the test's log.
ward_run() {
	local name=$1
	shift
	ward run --policy "$T/$name.ini" --log "$LOG" -- "$@"
}

# policy NAME <<EOF: writes $T/NAME.ini.
policy() {
	cat >"$T/$1.ini"
	chmod 600 "$T/$1.ini"
}

# line_of NAME TEXT: number of the line of the policy that is TEXT.
line_of() {
	grep -nxF -- "$2" "$T/$1.ini" | head -n 1 | cut -d: -f1
}

# Starts the daemon and waits until it reads.
daemon_start() {
	local starts
	starts=$(count_records '.type == "start"')
	"$CGWARD" daemon --log "$LOG" "$@" >"$T/daemon.out" 2>"$T/daemon.err" 3>/dev/null &
	DAEMON=$!
	await_records $((starts + 1)) '"type":"start"' || {
		cat "$T/daemon.err" >&2
		return 1
	}
}

# Asks it to drain and end, and wants exit status 0.
daemon_stop() {
	local status=0
	kill -TERM "$DAEMON"
	wait "$DAEMON" || status=$?
	DAEMON=
	[ "$status" = 0 ] || fail "the daemon ended with $status" "$(cat "$T/daemon.err")"
}

# counter CGROUP HOOK WHAT: a counter of the kernel, as `status` tells it.
counter() {
	"$CGWARD" status --json "$1" | jq --arg cgroup "$1" --arg hook "$2" --arg what "$3" \
		'.cgroups[] | select(.cgroup == $cgroup) | .counters[$hook][$what]'
}

# counters CGROUP WHAT: the sum over all its hooks.
counters() {
	"$CGWARD" status --json "$1" | jq --arg cgroup "$1" --arg what "$2" \
		'[.cgroups[] | select(.cgroup == $cgroup) | .counters[][$what]] | add'
}

# numbers_add_up CGROUP: the kernel's count = written + suppressed + lost, where no other cgroup's
# calls are in the log. Allowed calls count where log = all records them.
numbers_add_up() {
	local counted=0 what
	for what in denied would_deny audited allowed; do
		counted=$((counted + $(counters "$1" "$what")))
	done
	log_tells_of "$counted"
}

# log_tells_of COUNT: so many calls are written + suppressed + lost.
log_tells_of() {
	local written suppressed lost
	written=$(count_records '.type == "decision"')
	suppressed=$(suppressed_told)
	lost=$(records '.type == "lost"' | jq -s 'map(.count) | add // 0')
	[ $((written + suppressed + lost)) = "$1" ] ||
		fail "$written written + $suppressed suppressed + $lost lost are not $1" "$(cat "$LOG")"
	log_is_whole
}

# suppressed_told: how many calls over log-rate the log tells of.
suppressed_told() {
	records '.type == "suppressed"' | jq -s 'map(.count) | add // 0'
}

# ---- the audit log ------------------------------------------------------------------------------

# await_records COUNT TEXT: until so many lines of the log hold TEXT.
await_records() {
	await "$1 records with $2" has_records "$1" "$2"
}

has_records() {
	[ -e "$LOG" ] && [ "$(grep -cF -- "$2" "$LOG")" -ge "$1" ]
}

records() {
	local count follower status=0
	exec {follower}< <(exec timeout "$PATIENCE_S" tail -n +1 -F "$LOG" 2>/dev/null)
	local tail=$!
	count=$(grep -m "$1" -cF -- "$2" <&"$follower") || :
	[ "$count" = "$1" ] || status=1
	kill "$tail" 2>/dev/null || :
	exec {follower}<&-
	[ $status = 0 ] || fail "waited for $1 records with $2, saw $count"
}

records() {
	[ ! -e "$LOG" ] || jq -c "select($1)" "$LOG"
}

count_records() {
	records "$1" | wc -l
}

# one_record FILTER: exactly one record of the log passes it.
one_record() {
	local count
	count=$(count_records "$1")
	[ "$count" = 1 ] && return
	fail "$count records, not one, are: $1" "the log:" "$(cat "$LOG" 2>&1)"
}

no_record() {
	[ "$(count_records "$1")" = 0 ] || fail "there are records that are: $1" "$(records "$1")"
}

# Whatever was done to it: lines of JSON, numbered from 1 without a gap.
log_is_whole() {
	jq -se 'to_entries | all(.value.seq == .key + 1 and .value.schema == 1)' "$LOG" >/dev/null ||
		fail "the log is not whole" "$(cat "$LOG")"
}

# ---- waiting, network, outcomes -----------------------------------------------------------------

# await WHAT COMMAND...: until it succeeds, for what has no event to wait for.
await() {
	local what=$1 end=$((SECONDS + PATIENCE_S))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || fail "waited in vain for $what" || return
		sleep 0.01
	done
}

# A network namespace with lo alone, where every IPv4 and IPv6 address is local: a connect to any
# of them is refused by a closed port at once unless a policy refuses it first.
network_setup() {
	local address
	NETWORK=$T/network
	touch "$NETWORK"
	unshare "--net=$NETWORK" true || skip "cannot make a network namespace"
	in_network ip link set lo up
	in_network ip route add local default dev lo
	in_network ip -6 route add local default dev lo
	# Binding to IPv6 addresses wants more than a route to them.
	for address in 1 2 3 4; do
		in_network ip -6 address add "fd00::$address/128" dev lo
	done
	echo "0 2147483647" | in_network tee /proc/sys/net/ipv4/ping_group_range >/dev/null
}

in_network() {
	nsenter "--net=$NETWORK" "$@"
}

# outcome CGROUP ATTEMPT-ARGUMENT...: what the call came to when made in the cgroup.
outcome() {
	local cgroup=$1
	shift
	inside "$cgroup" ${NETWORK:+nsenter "--net=$NETWORK"} "$ATTEMPT" "$@"
}

# expect OUTCOME CGROUP ATTEMPT-ARGUMENT...
expect() {
	local wanted=$1 got
	shift
	got=$(outcome "$@") || :
	[ "$got" = "$wanted" ] || fail "'${*:2}' in $1: '$got', not '$wanted'"
}
