#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# resolver.ini with Unbound: it asks name servers, over UDP and TCP, and answers; a delegation that
# names a machine inside gets that machine no question.

load ../lib/services

setup() {
	services_setup unbound unbound-host
	cat >"$W/authority.conf" <<-END
		server:
		  interface: 192.0.2.53
		  do-daemonize: no
		  username: ""
		  chroot: ""
		  directory: "$W"
		  pidfile: ""
		  use-syslog: no
		  access-control: 0.0.0.0/0 allow
		  local-zone: "example.net." static
		  local-data: "www.example.net. A 203.0.113.80"
	END
	outside unbound -d -c "$W/authority.conf"
	await "the authority" listens udp 53
}

teardown() {
	services_teardown
}

start() { # POLICY
	cat >"$W/served.conf" <<-END
		server:
		  interface: 10.0.0.2
		  do-daemonize: no
		  username: "unbound"
		  chroot: ""
		  directory: "$W"
		  pidfile: ""
		  use-syslog: no
		  access-control: 0.0.0.0/0 allow
		  module-config: "iterator"
		  do-not-query-localhost: no
		  tcp-upstream: ${TCP:-no}
		forward-zone:
		  name: "example.net."
		  forward-addr: 192.0.2.53
		forward-zone:
		  name: "inside.example."
		  forward-addr: 10.0.0.9
		  forward-addr: 127.0.0.1@22
		  forward-addr: 169.254.169.254
	END
	serve "$1" unbound -d -c "$W/served.conf"
	ready listens_itself
}

listens_itself() {
	[ -n "$(in_network ss -Hlnu 'sport = :53 and src 10.0.0.2')" ]
}

resolve() { # NAME
	echo "server:" >"$W/host.conf"
	printf 'forward-zone:\n  name: "."\n  forward-addr: 10.0.0.2\n' >>"$W/host.conf"
	in_network timeout 20 unbound-host -C "$W/host.conf" -t A "$1"
}

@test "Unbound asks over UDP and TCP and answers, with nothing refused" {
	start resolver
	[[ "$(resolve www.example.net)" == *"has address 203.0.113.80"* ]]
	stop_serving
	TCP=yes start resolver
	[[ "$(resolve www.example.net)" == *"has address 203.0.113.80"* ]]
	stop_serving
	decisions_are
}

@test "Unbound asks nothing inside, whoever sends it there" {
	start resolver
	[[ "$(resolve www.inside.example)" == *SERVFAIL* ]]
	stop_serving
	decisions_are "denied connect udp 10.0.0.9:53" "denied connect udp 127.0.0.1:22" \
		"denied connect udp 169.254.169.254:53"
}
