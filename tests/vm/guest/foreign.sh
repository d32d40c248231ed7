# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash
# shellcheck disable=SC2154 # sourced by run.sh
# Sockets that were made outside of the policed cgroup, under a policy of [connect] and [bind] alone.

foreign_places() {
	before=$(starts) told=$(wc -l <"$log")
	cgward daemon --log "$log" >/tmp/daemon 2>&1 &
	foreign_daemon=$!
	until [ "$(starts)" -gt "$before" ] || ! kill -0 $foreign_daemon; do
		usleep 20000
	done
	mkdir -p "$cgroups/foreign/below" && cat >/run/foreign.ini <<-'END' && cgward apply /run/foreign.ini /foreign
		[connect]
		deny = any 127.0.0.1:7002
		deny = any [::1]:7002
		audit = any 127.0.0.1:7003
		allow = any 127.0.0.0/8:7001
		allow = any [::1]:7001
		[bind]
		deny = any any:7002
		allow = any any
	END
}

# came FILTER: how many records since then pass. The log is long by now, and reading it is slow here.
came() {
	tail -n +$((told + 1)) "$log" | jq -c "select($1)" | wc -l
}

# arrive COUNT FILTER: the daemon has written so many, or does not in ten seconds
arrive() {
	tries=500
	until [ "$(came "$2")" -ge "$1" ] || [ $((tries -= 1)) = 0 ]; do
		usleep 20000
	done
	[ "$(came "$2")" = "$1" ] && return
	echo "$(came "$2") records, not $1, of $2; the log ends:"
	tail -n 4 "$log"
	return 1
}

# foreign HOOK OUTCOME ATTEMPT ALLOWED-ADDRESS DENIED-ADDRESS JUDGED OPTION…
foreign() {
	hook=$1 outcome=$2 verb=$3 allowed=$4 denied=$5 judged=$6
	shift 6
	filter=".hook == \"$hook\" and .judged == \"$judged\" and .verdict == \"denied\" and .errno == \"EPERM\"
		and .policy_cgroup == \"/foreign\" and .section == \"${section:-connect}\""
	before=$(came "$filter")
	for inside in foreign foreign/below; do
		# shellcheck disable=SC2086 # an attempt is several words
		expect "$outcome" attempt --enter "$cgroups/$inside/cgroup.procs" "$@" $verb "$allowed" &&
			expect EPERM attempt --enter "$cgroups/$inside/cgroup.procs" "$@" $verb "$denied" || return
	done
	arrive $((before + 2)) "$filter"
}

foreign_audited() {
	expect ECONNREFUSED attempt --enter "$cgroups/foreign/cgroup.procs" connect tcp 127.0.0.1:7003 &&
		arrive 1 '.hook == "socket_connect" and .verdict == "audited" and .asked == "tcp 127.0.0.1:7003"'
}

# Sockets of the cgroup, and of one below it that the task has left, are the cgroup programs'.
foreign_judged_once() {
	filter='.asked == "udp 127.0.0.1:7002" and .policy_cgroup == "/foreign"'
	before=$(came "$filter")
	expect EPERM inside foreign attempt connect udp 127.0.0.1:7002 &&
		expect EPERM inside foreign/below attempt --enter "$cgroups/foreign/cgroup.procs" \
			connect udp 127.0.0.1:7002 || return
	arrive $((before + 2)) "$filter"
}

# A policy below, which the socket's own cgroup is not under, is asked; the one above is not again.
foreign_policy_below() {
	printf '[connect]\ndefault = allow\ndeny = any 127.0.0.1:7001\n' >/run/below.ini
	cgward apply /run/below.ini /foreign/below || return
	expect EPERM inside foreign attempt --enter "$cgroups/foreign/below/cgroup.procs" \
		connect tcp 127.0.0.1:7001 &&
		arrive 1 '.hook == "socket_connect" and .policy_cgroup == "/foreign/below"' &&
		cgward remove /foreign/below
}

foreign_any_address() {
	expect EPERM attempt --enter "$cgroups/foreign/cgroup.procs" connect tcp 0.0.0.0:7002 &&
		expect EPERM attempt --bound 127.0.0.2:0 --enter "$cgroups/foreign/cgroup.procs" \
			connect udp 0.0.0.0:7002 &&
		expect EPERM attempt --enter "$cgroups/foreign/cgroup.procs" connect tcp '[::]:7002'
}

foreign_disconnects() {
	expect ok attempt --enter "$cgroups/foreign/cgroup.procs" --unspec connect udp 127.0.0.1:7002 &&
		expect EPERM attempt --enter "$cgroups/foreign/cgroup.procs" --unspec sendto udp 127.0.0.1:7002
}

# It outlives the execve of `run` and that of the program: inherited, as by socket activation.
foreign_inherited() {
	expect ECONNREFUSED give_socket tcp cgward run --policy /run/foreign.ini --quiet -- \
		attempt --given 9 connect tcp 127.0.0.1:7001 || return
	for verb in "connect tcp" "connect udp" "sendto udp" "fastopen tcp"; do
		# shellcheck disable=SC2086 # an attempt is several words
		expect EPERM give_socket "${verb#* }" cgward run --policy /run/foreign.ini --quiet -- \
			sh -c "exec attempt --given 9 $verb 127.0.0.1:7002" || return
	done
}

# Counted where the programs of cgroups would have.
foreign_in_status() {
	attempt --enter "$cgroups/foreign/cgroup.procs" connect tcp 127.0.0.1:7002
	cgward status --json >/tmp/status && jq -e '.cgroups[] | select(.cgroup == "/foreign") |
		.lsm_hooks == ["socket_bind", "socket_connect", "socket_sendmsg"] and
		.counters.connect4.denied > 0 and (.hooks | length) == 6' /tmp/status || {
		cat /tmp/status
		return 1
	}
	cgward status | grep '^/foreign  *foreign  *enforce  *6+3 ' &&
		cgward status /foreign | grep '^  socket_bind socket_connect socket_sendmsg$'
}

# For every_program_called.
foreign_verdicts() {
	for mode in enforce audit; do
		cat >/run/verdicts.ini <<-END
			[policy]
			log = all
			[connect]
			mode = $mode
			default = allow
			deny = any 127.0.0.1:7002
			audit = any 127.0.0.1:7003
			[bind]
			mode = $mode
			default = allow
			deny = any 127.0.0.1:7002
			audit = any 127.0.0.1:7003
		END
		cgward apply /run/verdicts.ini /foreign || return
		for verb in connect sendto bind; do
			for port in 7001 7002 7003; do
				attempt --enter "$cgroups/foreign/cgroup.procs" $verb udp 127.0.0.1:$port
			done
		done
	done
	arrive 18 '(.hook | startswith("socket_")) and .policy == "verdicts"'
}

foreign_ends() {
	kill -TERM $foreign_daemon
	wait $foreign_daemon || return
	ls /sys/fs/bpf/cgward/abi*/lsm/links >/tmp/links
	grep -q socket_sendmsg /tmp/links && ! grep -q task_alloc /tmp/links || return
	cgward remove /foreign && rmdir "$cgroups/foreign/below" "$cgroups/foreign" &&
		[ -z "$(ls /sys/fs/bpf/cgward/abi*/lsm/links)" ]
}

check "foreign sockets: [connect] and [bind] in force" foreign_places
check "foreign sockets: connect" foreign socket_connect ECONNREFUSED "connect tcp" \
	127.0.0.1:7001 127.0.0.1:7002 "tcp 127.0.0.1:7002"
check "foreign sockets: connect, IPv6" foreign socket_connect ECONNREFUSED "connect tcp" \
	'[::1]:7001' '[::1]:7002' "tcp [::1]:7002"
check "foreign sockets: connect, mapped" foreign socket_connect ECONNREFUSED "connect tcp" \
	'[::ffff:127.0.0.1]:7001' '[::ffff:127.0.0.1]:7002' "tcp 127.0.0.1:7002"
check "foreign sockets: passed over a UNIX socket" foreign socket_connect ECONNREFUSED "connect tcp" \
	127.0.0.1:7001 127.0.0.1:7002 "tcp 127.0.0.1:7002" --passed
check "foreign sockets: send" foreign socket_sendmsg ok "sendto udp" \
	127.0.0.1:7001 127.0.0.1:7002 "udp 127.0.0.1:7002" --passed
check "foreign sockets: send, IPv6" foreign socket_sendmsg ok "sendmsg udp" \
	'[::1]:7001' '[::1]:7002' "udp [::1]:7002"
check "foreign sockets: send, mapped" foreign socket_sendmsg ok "sendmsg udp" \
	'[::ffff:127.0.0.1]:7001' '[::ffff:127.0.0.1]:7002' "udp 127.0.0.1:7002"
check "foreign sockets: fast open" foreign socket_sendmsg ECONNREFUSED "fastopen tcp" \
	127.0.0.1:7001 127.0.0.1:7002 "tcp 127.0.0.1:7002"
section=bind
check "foreign sockets: bind" foreign socket_bind ok "bind tcp" \
	127.0.0.1:7001 127.0.0.1:7002 "tcp 127.0.0.1:7002"
section=
check "foreign sockets: audited" foreign_audited
check "foreign sockets: the cgroup's own are judged once" foreign_judged_once
check "foreign sockets: a policy below is asked alone" foreign_policy_below
check "foreign sockets: the any-address" foreign_any_address
check "foreign sockets: AF_UNSPEC disconnects, or hides an address" foreign_disconnects
check "foreign sockets: inherited over execve" foreign_inherited
check "foreign sockets: status lists the LSM programs" foreign_in_status
check "foreign sockets: every verdict of every program" foreign_verdicts
check "foreign sockets: two links more, and none when the policy is gone" foreign_ends
