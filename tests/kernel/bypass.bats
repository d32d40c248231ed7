#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# Ways round a policy: each is tried and must be denied, and the record must name the rule that it
# tried to get round. A control, the same way to an address that is allowed, shows that it was the
# rule and not the way. What no hook sees must be told by `check` as a hole. At the end the table of
# cases is printed.

load ../lib/cgward

setup_file() {
	export TABLE=$BATS_FILE_TMPDIR/table
}

teardown_file() {
	{
		echo "# case -> result"
		sed 's/^/# /' "$TABLE"
	} >&3
}

setup() {
	cgward_setup
	network_setup
	new_cgroup web
}

teardown() {
	cgward_teardown
}

tell() {
	echo "$BATS_TEST_DESCRIPTION -> $1" >>"$TABLE"
}

# Port 7009 of loopback is forbidden, 7001 is not.
forbid_7009() {
	policy web <<-END
		[connect]
		default = allow
		deny = tcp 127.0.0.1:7009
		deny = udp 127.0.0.1:7009
		deny = tcp [::1]:7009
		deny = udp [::1]:7009
		[bind]
		default = allow
		deny = tcp any:7009
		deny = udp any:7009
	END
	daemon_start
	"$CGWARD" apply "$T/web.ini" "$BASE/web" 2>/dev/null
}

# control OUTCOME ATTEMPT...
control() {
	local outcome=$1
	shift
	expect "$outcome" "$BASE/web" "$@"
}

# denied HOOK JUDGED RULE ATTEMPT...: refused, and recorded with the rule's line, once.
denied() {
	local hook=$1 judged=$2 line
	line=$(line_of web "$3")
	shift 3
	expect EPERM "$BASE/web" "$@"
	daemon_stop
	one_record ".verdict == \"denied\""
	one_record ".verdict == \"denied\" and .hook == \"$hook\" and .judged == \"$judged\" and
		(.rule | endswith(\"web.ini:$line\")) and .errno == \"EPERM\""
	tell "denied at $hook, judged as $judged"
}

# ---- addresses in disguise ----------------------------------------------------------------------

@test "TCP connect to an IPv4-mapped address" {
	forbid_7009
	control ECONNREFUSED connect tcp '[::ffff:127.0.0.1]:7001'
	denied connect6 "tcp 127.0.0.1:7009" "deny = tcp 127.0.0.1:7009" \
		connect tcp '[::ffff:127.0.0.1]:7009'
}

@test "UDP connect to an IPv4-mapped address" {
	forbid_7009
	control ok connect udp '[::ffff:127.0.0.1]:7001'
	denied connect6 "udp 127.0.0.1:7009" "deny = udp 127.0.0.1:7009" \
		connect udp '[::ffff:127.0.0.1]:7009'
}

@test "UDP sendto an IPv4-mapped address" {
	forbid_7009
	control ok sendto udp '[::ffff:127.0.0.1]:7001'
	denied sendmsg4 "udp 127.0.0.1:7009" "deny = udp 127.0.0.1:7009" \
		sendto udp '[::ffff:127.0.0.1]:7009'
}

@test "bind to an IPv4-mapped address" {
	forbid_7009
	control ok bind tcp '[::ffff:127.0.0.1]:7001'
	denied bind6 "tcp 127.0.0.1:7009" "deny = tcp any:7009" \
		bind tcp '[::ffff:127.0.0.1]:7009'
}

@test "UDP connect of an IPv6 socket to an IPv4 sockaddr" {
	forbid_7009
	control ok -6 connect udp 127.0.0.1:7001
	denied connect4 "udp 127.0.0.1:7009" "deny = udp 127.0.0.1:7009" \
		-6 connect udp 127.0.0.1:7009
}

@test "UDP sendto of an IPv6 socket to an IPv4 sockaddr" {
	forbid_7009
	control ok -6 sendto udp 127.0.0.1:7001
	denied sendmsg4 "udp 127.0.0.1:7009" "deny = udp 127.0.0.1:7009" \
		-6 sendto udp 127.0.0.1:7009
}

@test "bind with AF_UNSPEC" {
	forbid_7009
	control ok --unspec bind tcp 0.0.0.0:7001
	denied bind4 "tcp 0.0.0.0:7009" "deny = tcp any:7009" --unspec bind tcp 0.0.0.0:7009
}

@test "UDP sendto with AF_UNSPEC" {
	forbid_7009
	control ok --unspec sendto udp 127.0.0.1:7001
	denied sendmsg4 "udp 127.0.0.1:7009" "deny = udp 127.0.0.1:7009" \
		--unspec sendto udp 127.0.0.1:7009
}

@test "UDP sendmsg with AF_UNSPEC" {
	forbid_7009
	control ok --unspec sendmsg udp 127.0.0.1:7001
	denied sendmsg4 "udp 127.0.0.1:7009" "deny = udp 127.0.0.1:7009" \
		--unspec sendmsg udp 127.0.0.1:7009
}

# ---- the any-address goes to loopback -----------------------------------------------------------

@test "TCP connect to 0.0.0.0" {
	forbid_7009
	control ECONNREFUSED connect tcp 0.0.0.0:7001
	denied connect4 "tcp 127.0.0.1:7009" "deny = tcp 127.0.0.1:7009" connect tcp 0.0.0.0:7009
}

@test "UDP connect to 0.0.0.0" {
	forbid_7009
	control ok connect udp 0.0.0.0:7001
	denied connect4 "udp 127.0.0.1:7009" "deny = udp 127.0.0.1:7009" connect udp 0.0.0.0:7009
}

@test "UDP sendto 0.0.0.0" {
	forbid_7009
	control ok sendto udp 0.0.0.0:7001
	denied sendmsg4 "udp 127.0.0.1:7009" "deny = udp 127.0.0.1:7009" sendto udp 0.0.0.0:7009
}

@test "TCP connect to ::" {
	forbid_7009
	control ECONNREFUSED connect tcp '[::]:7001'
	denied connect6 "tcp [::1]:7009" "deny = tcp [::1]:7009" connect tcp '[::]:7009'
}

@test "UDP sendto ::" {
	forbid_7009
	control ok sendto udp '[::]:7001'
	denied sendmsg6 "udp [::1]:7009" "deny = udp [::1]:7009" sendto udp '[::]:7009'
}

@test "TCP connect to ::ffff:0.0.0.0" {
	forbid_7009
	control ECONNREFUSED connect tcp '[::ffff:0.0.0.0]:7001'
	denied connect6 "tcp 127.0.0.1:7009" "deny = tcp 127.0.0.1:7009" \
		connect tcp '[::ffff:0.0.0.0]:7009'
}

@test "TCP connect to :: from a socket bound to a mapped address" {
	forbid_7009
	control ECONNREFUSED --bound '[::ffff:127.0.0.1]:0' connect tcp '[::]:7001'
	denied connect6 "tcp 127.0.0.1:7009" "deny = tcp 127.0.0.1:7009" \
		--bound '[::ffff:127.0.0.1]:0' connect tcp '[::]:7009'
}

@test "UDP connect to :: from a socket bound to a mapped address" {
	forbid_7009
	control ok --bound '[::ffff:127.0.0.1]:0' connect udp '[::]:7001'
	denied connect6 "udp 127.0.0.1:7009" "deny = udp 127.0.0.1:7009" \
		--bound '[::ffff:127.0.0.1]:0' connect udp '[::]:7009'
}

@test "UDP sendto :: from a socket bound to a mapped address" {
	forbid_7009
	control ok --bound '[::ffff:127.0.0.1]:0' sendto udp '[::]:7001'
	expect EPERM "$BASE/web" --bound '[::ffff:127.0.0.1]:0' sendto udp '[::]:7009'
	tell "denied"
}

# 0.0.0.0 from a socket that has an address goes to that address, not to 127.0.0.1.
forbid_own_address() {
	policy web <<-END
		[connect]
		default = allow
		deny = tcp 10.66.0.5:7009
		deny = udp 10.66.0.5:7009
	END
	in_network ip address add 10.66.0.5/32 dev lo
	daemon_start
	"$CGWARD" apply "$T/web.ini" "$BASE/web" 2>/dev/null
}

@test "TCP connect to 0.0.0.0 from a socket bound to the host's own address" {
	forbid_own_address
	control ECONNREFUSED connect tcp 0.0.0.0:7009
	control ECONNREFUSED --bound 10.66.0.5:0 connect tcp 0.0.0.0:7001
	denied connect4 "tcp 10.66.0.5:7009" "deny = tcp 10.66.0.5:7009" \
		--bound 10.66.0.5:0 connect tcp 0.0.0.0:7009
}

@test "TCP connect to ::ffff:0.0.0.0 from a socket bound to the host's own address" {
	forbid_own_address
	control ECONNREFUSED --bound '[::ffff:10.66.0.5]:0' connect tcp '[::]:7009'
	denied connect6 "tcp 10.66.0.5:7009" "deny = tcp 10.66.0.5:7009" \
		--bound '[::ffff:10.66.0.5]:0' connect tcp '[::ffff:0.0.0.0]:7009'
}

@test "MPTCP connect to 0.0.0.0 from a socket bound to the host's own address" {
	forbid_own_address
	needs mptcp 2
	denied connect4 "tcp 10.66.0.5:7009" "deny = tcp 10.66.0.5:7009" \
		--bound 10.66.0.5:0 connect mptcp 0.0.0.0:7009
}

@test "UDP connect to 0.0.0.0 from a socket bound to the host's own address" {
	forbid_own_address
	control ok connect udp 0.0.0.0:7009
	denied connect4 "udp 10.66.0.5:7009" "deny = udp 10.66.0.5:7009" \
		--bound 10.66.0.5:0 connect udp 0.0.0.0:7009
}

@test "UDP sendto 0.0.0.0 from a socket bound to the host's own address" {
	forbid_own_address
	control ok sendto udp 0.0.0.0:7009
	denied sendmsg4 "udp 10.66.0.5:7009" "deny = udp 10.66.0.5:7009" \
		--bound 10.66.0.5:0 sendto udp 0.0.0.0:7009
}

@test "UDP sendmsg to 0.0.0.0 with the host's own address as source (IP_PKTINFO)" {
	forbid_own_address
	control ok sendmsg udp 0.0.0.0:7009
	denied sendmsg4 "udp 10.66.0.5:7009" "deny = udp 10.66.0.5:7009" \
		--source 10.66.0.5:0 sendmsg udp 0.0.0.0:7009
}

# From a socket bound to a device it goes to an address of the device, which no hook knows: only
# rules that cover 0.0.0.0 as well as loopback let it pass.
only_loopback() {
	policy web <<-END
		[connect]
		allow = any 127.0.0.0/8
		allow = tcp any:7002
	END
	in_network ip link add ward0 type bridge || {
		tell "skipped: no bridge devices here"
		skip "this kernel has no bridge devices"
	}
	in_network ip address add 10.66.0.5/24 dev ward0
	in_network ip link set ward0 up
	"$CGWARD" apply "$T/web.ini" "$BASE/web" 2>/dev/null
}

@test "TCP connect to 0.0.0.0 from a socket bound to a device" {
	only_loopback
	control ECONNREFUSED connect tcp 0.0.0.0:7009
	control ECONNREFUSED --device ward0 connect tcp 0.0.0.0:7002
	control EPERM --device ward0 connect tcp 0.0.0.0:7009
	control EPERM --device ward0 connect tcp '[::ffff:0.0.0.0]:7009'
	tell "denied"
}

@test "UDP to 0.0.0.0 from a socket bound to a device" {
	only_loopback
	control ok connect udp 0.0.0.0:7009
	control ok sendto udp 0.0.0.0:7009
	control EPERM --device ward0 connect udp 0.0.0.0:7009
	control EPERM --device ward0 sendto udp 0.0.0.0:7009
	tell "denied"
}

@test "TCP connect to 0.0.0.0 from a socket bound to a broadcast address" {
	forbid_7009
	control ECONNREFUSED --bound 127.255.255.255:0 connect tcp 0.0.0.0:7001
	denied connect4 "tcp 127.0.0.1:7009" "deny = tcp 127.0.0.1:7009" \
		--bound 127.255.255.255:0 connect tcp 0.0.0.0:7009
}

@test "UDP connect to 0.0.0.0 from a socket bound to a multicast address" {
	forbid_7009
	control ok --bound 224.0.0.251:0 connect udp 0.0.0.0:7001
	denied connect4 "udp 127.0.0.1:7009" "deny = udp 127.0.0.1:7009" \
		--bound 224.0.0.251:0 connect udp 0.0.0.0:7009
}

# ---- other calls than connect -------------------------------------------------------------------

@test "TCP Fast Open: sendto with MSG_FASTOPEN, IPv4" {
	forbid_7009
	control ECONNREFUSED fastopen tcp 127.0.0.1:7001
	denied connect4 "tcp 127.0.0.1:7009" "deny = tcp 127.0.0.1:7009" fastopen tcp 127.0.0.1:7009
}

@test "TCP Fast Open: sendto with MSG_FASTOPEN, IPv6" {
	forbid_7009
	control ECONNREFUSED fastopen tcp '[::1]:7001'
	denied connect6 "tcp [::1]:7009" "deny = tcp [::1]:7009" fastopen tcp '[::1]:7009'
}

@test "TCP Fast Open: TCP_FASTOPEN_CONNECT" {
	forbid_7009
	control ECONNREFUSED fastopen-connect tcp 127.0.0.1:7001
	denied connect4 "tcp 127.0.0.1:7009" "deny = tcp 127.0.0.1:7009" \
		fastopen-connect tcp 127.0.0.1:7009
}

@test "the second message of a sendmmsg" {
	forbid_7009
	control ok sendmmsg udp 127.0.0.1:7001 127.0.0.1:7002
	denied sendmsg4 "udp 127.0.0.1:7009" "deny = udp 127.0.0.1:7009" \
		sendmmsg udp 127.0.0.1:7009 127.0.0.1:7001
}

@test "MPTCP connect, IPv4" {
	forbid_7009
	needs mptcp 2
	control ECONNREFUSED connect mptcp 127.0.0.1:7001
	denied connect4 "tcp 127.0.0.1:7009" "deny = tcp 127.0.0.1:7009" connect mptcp 127.0.0.1:7009
}

@test "MPTCP connect, IPv6" {
	forbid_7009
	needs mptcp 10
	control ECONNREFUSED connect mptcp '[::1]:7001'
	denied connect6 "tcp [::1]:7009" "deny = tcp [::1]:7009" connect mptcp '[::1]:7009'
}

@test "MPTCP bind" {
	forbid_7009
	needs mptcp 2
	control ok bind mptcp 127.0.0.1:7001
	denied bind4 "tcp 127.0.0.1:7009" "deny = tcp any:7009" bind mptcp 127.0.0.1:7009
}

@test "io_uring connect" {
	forbid_7009
	needs_uring
	control ECONNREFUSED --uring connect tcp 127.0.0.1:7001
	denied connect4 "tcp 127.0.0.1:7009" "deny = tcp 127.0.0.1:7009" \
		--uring connect tcp 127.0.0.1:7009
}

@test "io_uring connect in a kernel worker (IOSQE_ASYNC)" {
	forbid_7009
	needs_uring
	control ECONNREFUSED --uring-async connect tcp '[::1]:7001'
	denied connect6 "tcp [::1]:7009" "deny = tcp [::1]:7009" \
		--uring-async connect tcp '[::1]:7009'
}

@test "io_uring sendmsg" {
	forbid_7009
	needs_uring
	control ok --uring sendmsg udp 127.0.0.1:7001
	denied sendmsg4 "udp 127.0.0.1:7009" "deny = udp 127.0.0.1:7009" \
		--uring sendmsg udp 127.0.0.1:7009
}

@test "io_uring sendmsg in a kernel worker (IOSQE_ASYNC), to a mapped address" {
	forbid_7009
	needs_uring
	control ok --uring-async sendmsg udp '[::ffff:127.0.0.1]:7001'
	denied sendmsg4 "udp 127.0.0.1:7009" "deny = udp 127.0.0.1:7009" \
		--uring-async sendmsg udp '[::ffff:127.0.0.1]:7009'
}

@test "TCP connect after a disconnect (AF_UNSPEC)" {
	forbid_7009
	control ECONNREFUSED reconnect tcp 127.0.0.1:7002 127.0.0.1:7001
	denied connect4 "tcp 127.0.0.1:7009" "deny = tcp 127.0.0.1:7009" \
		reconnect tcp 127.0.0.1:7009 127.0.0.1:7001
}

@test "UDP connect after a disconnect (AF_UNSPEC)" {
	forbid_7009
	control ok reconnect udp '[::1]:7002' '[::1]:7001'
	denied connect6 "udp [::1]:7009" "deny = udp [::1]:7009" \
		reconnect udp '[::1]:7009' '[::1]:7001'
}

@test "UDP sendto elsewhere on a connected socket" {
	forbid_7009
	control ok stray udp 127.0.0.1:7002 127.0.0.1:7001
	denied sendmsg4 "udp 127.0.0.1:7009" "deny = udp 127.0.0.1:7009" \
		stray udp 127.0.0.1:7009 127.0.0.1:7001
}

# ---- sockets that later hooks never see: [socket] closes them, check tells of them -----------------

# needs KIND FAMILY: a kernel that has such sockets.
needs() {
	local numbers got
	case $1 in
	mptcp) numbers="1 262" ;;
	sctp) numbers="1 132" ;;
	dccp) numbers="6 33" ;;
	udplite) numbers="2 136" ;;
	esac
	# shellcheck disable=SC2086 # two numbers
	got=$(in_network "$ATTEMPT" socket "$2" $numbers) || {
		tell "skipped: no such sockets here ($got)"
		skip "this kernel has no $1 sockets: $got"
	}
}

needs_uring() {
	local got
	got=$(in_network "$ATTEMPT" --uring connect tcp 127.0.0.1:7001 2>&1) || :
	[ "$got" = ECONNREFUSED ] || {
		tell "skipped: $got"
		skip "io_uring does not work here: $got"
	}
}

close_sockets() {
	policy web <<-END
		[socket]
		families = inet inet6
		allow = inet stream tcp
		allow = inet dgram udp
		allow = inet6 stream tcp
		allow = inet6 dgram udp
		[connect]
		allow = tcp 127.0.0.1:7001
	END
	daemon_start
	"$CGWARD" apply "$T/web.ini" "$BASE/web" 2>/dev/null
}

# socket_denied JUDGED FAMILY TYPE PROTOCOL
socket_denied() {
	local judged=$1
	shift
	close_sockets
	control ok socket 2 1 6
	expect EPERM "$BASE/web" socket "$@"
	daemon_stop
	one_record ".verdict == \"denied\" and .hook == \"sock_create\" and .judged == \"$judged\" and
		.rule == \"default\""
	tell "denied at sock_create, $judged"
}

@test "raw IPv4 socket" {
	socket_denied "inet raw icmp" 2 3 1
}

@test "raw IPv6 socket" {
	socket_denied "inet6 raw icmpv6" 10 3 58
}

@test "raw IPv4 socket with IP_HDRINCL (IPPROTO_RAW)" {
	socket_denied "inet raw raw" 2 3 255
}

@test "ping socket, IPv4" {
	socket_denied "inet dgram icmp" 2 2 1
}

@test "ping socket, IPv6" {
	socket_denied "inet6 dgram icmpv6" 10 2 58
}

@test "UDP-Lite socket" {
	needs udplite 2
	socket_denied "inet dgram udplite" 2 2 136
}

@test "SCTP socket" {
	needs sctp 2
	socket_denied "inet stream sctp" 2 1 132
}

@test "DCCP socket" {
	needs dccp 2
	socket_denied "inet 6 dccp" 2 6 33
}

@test "MPTCP socket, where only TCP is allowed" {
	needs mptcp 2
	socket_denied "inet stream mptcp" 2 1 262
}

@test "UDP-Lite, ping: judged by rules for any protocol, where hooks see them" {
	needs udplite 2
	policy web <<-END
		[connect]
		default = allow
		deny = any 127.0.0.1
		allow = udp 127.0.0.1
	END
	"$CGWARD" apply "$T/web.ini" "$BASE/web" 2>/dev/null
	control ok sendto udp 127.0.0.1:7001
	expect EPERM "$BASE/web" sendto udplite 127.0.0.1:7001
	expect EPERM "$BASE/web" connect ping 127.0.0.1:0
	tell "denied"
}

# ---- whose cgroup ------------------------------------------------------------------------------------

@test "a socket made inside, used after moving to the parent" {
	forbid_7009
	control ECONNREFUSED --enter "$CGROUP2$BASE/cgroup.procs" connect tcp 127.0.0.1:7001
	denied connect4 "tcp 127.0.0.1:7009" "deny = tcp 127.0.0.1:7009" \
		--enter "$CGROUP2$BASE/cgroup.procs" connect tcp 127.0.0.1:7009
}

@test "a socket made inside, used after moving to a sibling" {
	forbid_7009
	new_cgroup sibling
	denied connect4 "tcp 127.0.0.1:7009" "deny = tcp 127.0.0.1:7009" \
		--enter "$CGROUP2$BASE/sibling/cgroup.procs" connect tcp 127.0.0.1:7009
}

@test "a nested cgroup with a looser policy" {
	forbid_7009
	new_cgroup web/loose
	policy loose <<-END
		[connect]
		default = allow
		allow = tcp 127.0.0.1:7009
	END
	"$CGWARD" apply "$T/loose.ini" "$BASE/web/loose" 2>/dev/null
	expect ECONNREFUSED "$BASE/web/loose" connect tcp 127.0.0.1:7001
	expect EPERM "$BASE/web/loose" connect tcp 127.0.0.1:7009
	daemon_stop
	one_record ".verdict == \"denied\" and .policy == \"web\" and
		.cgroup == \"$BASE/web/loose\" and .policy_cgroup == \"$BASE/web\""
	tell "denied by the parent's policy"
}

@test "a nested cgroup without a policy" {
	forbid_7009
	new_cgroup web/bare
	expect EPERM "$BASE/web/bare" connect tcp 127.0.0.1:7009
	tell "denied by the parent's policy"
}

@test "a fork storm: every denial is counted" {
	policy web <<-END
		[policy]
		log-rate = 50/s
		[connect]
	END
	daemon_start
	"$CGWARD" apply "$T/web.ini" "$BASE/web" 2>/dev/null
	expect "EPERM 8000" "$BASE/web" --forks 16 --count 500 connect tcp 127.0.0.1:7009
	daemon_stop
	[ "$(counter "$BASE/web" connect4 denied)" = 8000 ]
	numbers_add_up "$BASE/web"
	tell "8000 of 8000 denied and counted"
}

# ---- devices -------------------------------------------------------------------------------------------

# /dev/null may be used, /dev/full be looked at, nothing made.
only_null() {
	policy web <<-END
		[device]
		allow = c 1:3 rw
		allow = c 1:7 r
		deny = c 1:7 w
		deny = c 1:5 rwm
	END
	daemon_start
	"$CGWARD" apply "$T/web.ini" "$BASE/web"
}

@test "mknod of a denied device" {
	only_null
	control ok open /dev/null rw
	denied device "c 1:5 m" "deny = c 1:5 rwm" mknod "$T/zero" c 1 5
}

@test "a device node of one's own, under an innocent name" {
	only_null
	mknod "$T/null" c 1 5
	mknod "$T/zero" c 1 3
	control ok open "$T/zero" rw
	denied device "c 1:5 r" "deny = c 1:5 rwm" open "$T/null" r
}

@test "a symbolic link to a denied device" {
	only_null
	ln -s /dev/zero "$T/link"
	denied device "c 1:5 rw" "deny = c 1:5 rwm" open "$T/link" rw
}

@test "a hard link to a denied device" {
	only_null
	mknod "$T/zero" c 1 5
	ln "$T/zero" "$T/null"
	denied device "c 1:5 r" "deny = c 1:5 rwm" open "$T/null" r
}

@test "reopening for writing through /proc/self/fd" {
	only_null
	control ok reopen /dev/full r r
	denied device "c 1:7 w" "deny = c 1:7 w" reopen /dev/full w r
}

@test "O_PATH, then reopening through /proc/self/fd" {
	only_null
	control ok open /dev/zero path
	denied device "c 1:5 r" "deny = c 1:5 rwm" reopen /dev/zero r path
}

@test "a denied device in a nested cgroup that allows it" {
	only_null
	new_cgroup web/loose
	policy loose <<-END
		[device]
		default = allow
	END
	"$CGWARD" apply "$T/loose.ini" "$BASE/web/loose"
	expect ok "$BASE/web/loose" open /dev/null rw
	expect EPERM "$BASE/web/loose" open /dev/zero r
	tell "denied by the parent's policy"
}

# ---- what no hook of this version sees: it passes, and check says so ---------------------------------

# told CODE TEXT: `check` of the policy has a finding of that code that says so.
told() {
	local findings
	findings=$("$CGWARD" check --json "$T/web.ini") || :
	jq -e --arg code "$1" --arg text "$2" '[.. | objects | select(.code? == $code) |
		select(.message | contains($text))] | length == 1' <<<"$findings" >/dev/null ||
		fail "check does not tell of $1: $2" "$findings"
}

only_connect() {
	policy web <<-END
		[connect]
		[bind]
	END
	"$CGWARD" apply "$T/web.ini" "$BASE/web" 2>/dev/null
	control EPERM connect tcp 127.0.0.1:7001
	control EPERM bind tcp 127.0.0.1:7001
}

@test "hole: raw sockets under [connect] without [socket]" {
	only_connect
	control ok sendto raw 127.0.0.1:0
	told hole-socket raw
	tell "passes; check: hole-socket"
}

@test "hole: ping sockets under [connect] without [socket]" {
	only_connect
	control EPERM connect ping 127.0.0.1:0
	told hole-socket ping
	tell "connect is denied, sendto passes; check: hole-socket"
}

@test "hole: UDP-Lite, SCTP, DCCP under [connect] without [socket]" {
	only_connect
	told hole-socket UDP-Lite
	told hole-socket SCTP
	told hole-socket DCCP
	needs udplite 2
	control ok send udplite 127.0.0.1:7001
	tell "passes; check: hole-socket"
}

@test "hole: the lines that check says to add close it" {
	only_connect
	"$CGWARD" check --json "$T/web.ini" >"$T/findings"
	jq -r '[.. | objects | select(.code? == "hole-socket")][0].hint' "$T/findings" |
		sed '/^add$/d' >>"$T/web.ini"
	"$CGWARD" apply "$T/web.ini" "$BASE/web" 2>/dev/null
	for numbers in "2 3 1" "2 3 255" "2 2 1" "10 3 58" "10 2 58" "2 2 136"; do
		# shellcheck disable=SC2086 # three numbers
		in_network "$ATTEMPT" socket $numbers >/dev/null || continue
		# shellcheck disable=SC2086
		control EPERM socket $numbers
	done
	control ok socket 2 1 6
	run -0 "$CGWARD" check --json "$T/web.ini"
	[ "$(jq '[.. | objects | select(.code? == "hole-socket")] | length' <<<"$output")" = 0 ]
	tell "closed by the lines of the hint"
}

@test "hole: packet sockets" {
	only_connect
	control ok socket 17 3 0
	told hole-other-families packet
	tell "passes; check: hole-other-families"
}

@test "hole: packet sockets by their old name, SOCK_PACKET of AF_INET" {
	only_connect
	control ok socket 2 10 768
	told hole-other-families packet
	tell "passes; check: hole-other-families"
}

@test "hole: a socket made outside the cgroup" {
	"$CGWARD" doctor | grep -q '^yes *lsm ' && skip "LSM programs judge it: tests/vm/guest/foreign.sh"
	only_connect
	expect ECONNREFUSED "$BASE" --enter "$CGROUP2$BASE/web/cgroup.procs" connect tcp 127.0.0.1:7001
	told hole-foreign-socket "made in"
	tell "passes; check: hole-foreign-socket"
}

@test "hole: listen() without bind()" {
	only_connect
	control ok listen tcp
	told hole-listen-unbound "listen()"
	tell "passes; check: hole-listen-unbound"
}
