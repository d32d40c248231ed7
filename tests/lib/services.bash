# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# For tests that run real programs under the sample policies, in a network of their own in which
# every address is here: whatever listens on a port answers for the whole internet.

load ../lib/cgward

services_setup() { # PROGRAM...
	local program
	PATH=$PATH:/usr/sbin:/usr/local/sbin
	for program; do
		command -v "$program" >/dev/null ||
			skip "$program is not installed (contrib/install-dependencies programs)"
	done
	cgward_setup
	network_setup
	# What unprivileged servers can reach, and policies as an administrator has them.
	W=$(mktemp -d /tmp/cgward-test-XXXXXX)
	chmod 755 "$W"
	POLICIES=$W/policies
	cp -r "$REPOSITORY/policies" "$POLICIES"
	chown -R 0:0 "$POLICIES"
	chmod -R u=rwX,go=rX "$POLICIES"
	SERVED=
	OUTSIDE=()
}

services_teardown() {
	local pid
	[ -n "${W:-}" ] || return 0
	[ -z "$SERVED" ] || end "$SERVED"
	for pid in "${OUTSIDE[@]}"; do
		end "$pid"
	done
	rm -rf "$W"
	cgward_teardown
}

end() { # PID of a child of this shell
	kill -TERM "$1" 2>/dev/null || :
	wait "$1" 2>/dev/null || :
}

# serve POLICY COMMAND...: under the sample, in the background, until stop_serving.
serve() {
	(
		echo "$BASHPID" >"$CGROUP2$BASE/cgroup.procs"
		exec nsenter "--net=$NETWORK" "$CGWARD" run --policy "$POLICIES/$1.ini" --log "$LOG" -- \
			"${@:2}" >"$W/out" 2>"$W/err" 3>&-
	) &
	SERVED=$!
}

stop_serving() {
	end "$SERVED"
	SERVED=
}

# outside COMMAND...: in the same network, unpoliced, in the background, until the test ends.
outside() {
	nsenter "--net=$NETWORK" "$@" >>"$W/outside.out" 2>&1 3>&- &
	OUTSIDE+=($!)
}

# as USER COMMAND...: for `serve` and the like
as() {
	setpriv --reuid="$1" --regid="$1" --init-groups "${@:2}"
}

# audited POLICY: the same policy as POLICY-audited, which refuses nothing and records all.
audited() {
	printf '[policy]\nmode = audit\ninclude = %s.ini\n' "$1" >"$POLICIES/$1-audited.ini"
}

# decisions_are VERDICT-SECTION-OBJECT...: what is in the log is these, how often ever; none: none.
decisions_are() {
	diff <(printf '%s\n' "$@" | sed '/^$/d' | sort -u) \
		<(records '.type == "decision"' |
			jq -r '"\(.verdict) \(.section) \(.asked)"' | sort -u) || {
		tail -n 20 "$W/err"
		fail "not what the policy was expected to refuse"
	}
}

# ready COMMAND...: until it succeeds, which means that what is served is.
ready() {
	await "the service" "$@" >/dev/null || fail "$(cat "$W/out" "$W/err" "$W/outside.out" 2>/dev/null)"
}

# listens PROTOCOL PORT: somebody does, in the test's network.
listens() {
	[ -n "$(in_network ss -Hln "--$1" "sport = :$2")" ]
}

# A name server for example.test on 127.0.0.53, where systemd-resolved is.
resolver_start() {
	cat >"$W/resolver.conf" <<-END
		server:
		  interface: 127.0.0.53
		  do-daemonize: no
		  username: ""
		  chroot: ""
		  directory: "$W"
		  pidfile: ""
		  use-syslog: no
		  local-zone: "test." static
		  local-data: "app.test. A 192.0.2.130"
		  local-data: "public.test. A 203.0.113.80"
		  local-data: "public.test. AAAA 2a01:db8::80"
		  local-data: "rebind.test. A 169.254.169.254"
	END
	outside unbound -d -c "$W/resolver.conf"
	await "the resolver" listens udp 53
}

# nginx_configuration NAME TEXT: $W/NAME.conf, of a server block with this text.
nginx_configuration() {
	cat >"$W/$1.conf" <<-END
		daemon off;
		user www-data;
		worker_processes 2;
		pid $W/$1.pid;
		error_log $W/$1.log notice;
		events {}
		http {
			access_log $W/$1.access;
			client_body_temp_path $W/$1.body;
			proxy_temp_path $W/$1.proxy;
			fastcgi_temp_path $W/$1.fastcgi;
			uwsgi_temp_path $W/$1.uwsgi;
			scgi_temp_path $W/$1.scgi;
			server { $2 }
		}
	END
}
