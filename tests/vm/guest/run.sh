#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash
# shellcheck disable=SC2154 # of tap.sh
# What is tried on each kernel, as TAP. Runs as root on a pure cgroup v2 system where cgward has
# never been: no pins, no bpffs, no log.
. /tests/guest/tap.sh

run_under() {
	cgward run --policy hooks.ini --quiet -- attempt "$@"
}

# hook HOOK OUTCOME ALLOWED-ATTEMPT DENIED-ATTEMPT RULE: the call that is allowed comes to OUTCOME,
# the other to EPERM, and its one record cites RULE.
# shellcheck disable=SC2086 # an attempt is several words
hook() {
	expect "$2" run_under $3 && expect EPERM run_under $4 || return
	recorded 1 ".hook == \"$1\" and .verdict == \"denied\" and (.rule | endswith(\"$5\"))
		and .errno == \"EPERM\" and .comm == \"attempt\""
}

line_of() {
	grep -nxF "$1" hooks.ini | cut -d : -f 1
}

apply_and_reload() {
	mkdir -p "$cgroups/web/child"
	cp hooks.ini /run/web.ini
	cgward apply /run/web.ini /web || return
	expect EPERM inside web/child attempt connect tcp 127.0.0.1:7003 || return
	sed -i 's/^\[connect\]/&\ndefault = allow/' /run/web.ini
	cgward apply /run/web.ini || return
	expect ECONNREFUSED inside web/child attempt connect tcp 127.0.0.1:7003 &&
		expect EPERM inside web/child attempt connect tcp 127.0.0.1:7002
}

broken_policy_changes_nothing() {
	sed -i 's/^deny = any 127/dney = any 127/' /run/web.ini
	cgward apply /run/web.ini
	[ $? = 2 ] || return
	expect EPERM inside web attempt connect tcp 127.0.0.1:7002
}

nested_policies_stack() {
	printf '[connect]\nallow = any any\n' >/run/loose.ini
	cgward apply /run/loose.ini /web/child || return
	expect EPERM inside web/child attempt connect tcp 127.0.0.1:7002
}

status_tells() {
	cgward status --json >/tmp/status && grep -q /web/child /tmp/status
}

remove_frees() {
	cgward remove /web/child && cgward remove /web || return
	expect ECONNREFUSED inside web attempt connect tcp 127.0.0.1:7002
	rmdir "$cgroups/web/child" "$cgroups/web"
}

starts() {
	count=$(grep -c '"type":"start"' "$log" 2>/dev/null)
	echo "${count:-0}"
}

daemon_records() {
	before=$(starts)
	cgward daemon --log "$log" >/tmp/daemon 2>&1 &
	daemon=$!
	until [ "$(starts)" -gt "$before" ] || ! kill -0 $daemon; do
		usleep 20000
	done
	mkdir -p "$cgroups/web"
	cgward apply hooks.ini /web && inside web attempt connect tcp '[::1]:7003'
	cgward remove /web
	rmdir "$cgroups/web"
	kill -TERM $daemon
	wait $daemon || {
		cat /tmp/daemon
		return 1
	}
	recorded 1 '.judged == "tcp [::1]:7003" and .verdict == "denied" and .rule == "default"'
}

log_is_whole() {
	jq -se 'to_entries | all(.value.seq == .key + 1 and .value.schema == 1)' "$log"
}

# The last policy has no link on its cgroup, and is counted like any other.
nothing_is_left() {
	cgward remove --all && mkdir $cgroups/cgward-last || return
	printf '[file]\ndefault = allow\ndeny = r /t/no/r/**\n' >/run/alone.ini
	cgward apply /run/alone.ini /cgward-last &&
		[ "$(cgward remove --all)" = "everything removed, from 1 cgroup" ] || return
	rmdir $cgroups/cgward-last
	[ -z "$(find /sys/fs/bpf -mindepth 2)" ] && [ -z "$(find $cgroups -name 'cgward*')" ]
}

kernel_is_unharmed() {
	! dmesg | grep -E 'BUG|Oops|WARNING|Call Trace|rcu:.*stall'
}

check "doctor: this kernel can enforce everything" cgward doctor
check "check: the policy and its own tests" cgward check hooks.ini
check "device" hook device ok \
	"open /dev/zero rw" "open /dev/full rw" ":$(line_of 'deny = /dev/full rw')"
check "sock_create" hook sock_create ok "socket 2 1 6" "socket 2 3 1" default
check "connect4" hook connect4 ECONNREFUSED "connect tcp 127.0.0.1:7001" \
	"connect tcp 127.0.0.1:7002" ":$(line_of 'deny = any 127.0.0.1:7002')"
check "connect6" hook connect6 ECONNREFUSED "connect tcp [::1]:7001" \
	"connect tcp [::1]:7002" ":$(line_of 'deny = any [::1]:7002')"
check "sendmsg4" hook sendmsg4 ok "sendto udp 127.0.0.1:7001" \
	"sendto udp 127.0.0.1:7002" ":$(line_of 'deny = any 127.0.0.1:7002')"
check "sendmsg6" hook sendmsg6 ok "sendto udp [::1]:7001" \
	"sendto udp [::1]:7002" ":$(line_of 'deny = any [::1]:7002')"
check "bind4" hook bind4 ok "bind tcp 127.0.0.1:7001" \
	"bind tcp 127.0.0.1:7002" ":$(line_of 'deny = tcp 127.0.0.1:7002')"
check "bind6" hook bind6 ok "bind tcp [::1]:7001" \
	"bind tcp [::1]:7002" ":$(line_of 'deny = tcp [::1]:7002')"
check "apply, and reload over a running policy" apply_and_reload
check "a policy with an error leaves the one in force" broken_policy_changes_nothing
check "a looser policy below a stricter one loosens nothing" nested_policies_stack
check "status names the cgroups" status_tells
check "remove takes the policy away" remove_frees
. ./lsm.sh
. ./paths.sh
. ./sections.sh
. ./converter.sh
. ./corners.sh
. ./overlay.sh
. ./hooks.sh
. ./remember.sh
. ./bypass.sh
. ./storm.sh
. ./others.sh
. ./changes.sh
. ./foreign.sh
check "every LSM program has allowed, denied, audited in these tests" every_program_called
check "the daemon records what happens outside of run" daemon_records
check "the log is whole" log_is_whole
check "remove --all leaves no pin and no cgroup" nothing_is_left
check "the kernel has nothing to complain of" kernel_is_unharmed
echo "1..$number"
