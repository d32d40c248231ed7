#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# fetcher.ini with curl: the web, by name and by address, over IPv4 and IPv6; nothing inside, whoever
# asks for it: the user, a redirect, a name.

load ../lib/services

setup() {
	services_setup curl unbound nginx
	resolver_start
	web_server
	echo "nameserver 127.0.0.53" >"$W/resolv.conf"
}

teardown() {
	services_teardown
}

# The internet, and a cloud's metadata at an address of it.
web_server() {
	nginx_configuration elsewhere 'listen 80; listen [::]:80; listen 8080;
		location / { return 200 reached; }
		location /redirect { return 302 http://169.254.169.254/latest/meta-data/; }'
	outside nginx -c "$W/elsewhere.conf"
	await "the internet" listens tcp 80
}

# fetch POLICY CURL-ARGUMENT...: with the resolver of this network
fetch() {
	ward run --quiet --policy "$POLICIES/$1.ini" --log "$LOG" -- unshare --mount sh -c \
		'mount --bind "$0" /etc/resolv.conf && exec curl -gsS --max-time 20 "$@"' \
		"$W/resolv.conf" "${@:2}" 2>"$W/err"
}

@test "curl fetches by name and by address, with nothing refused" {
	for url in http://203.0.113.80/ 'http://[2a01:db8::80]/' http://public.test/; do
		[ "$(fetch fetcher "$url")" = reached ] || fail "$url: $(cat "$W/err")"
	done
	decisions_are
}

@test "curl reaches nothing inside: asked for, by redirect, by name, in disguise" {
	for url in http://169.254.169.254/ http://public.test/redirect http://rebind.test/ \
		'http://[::ffff:169.254.169.254]/' http://0.0.0.0/ 'http://[fd00::1]/' \
		http://public.test:8080/; do
		run -7 fetch fetcher -L "$url"
		[ "$output" = "" ] || fail "$url: $output"
	done
	decisions_are "denied connect tcp 169.254.169.254:80" \
		"denied connect tcp [::ffff:169.254.169.254]:80" "denied connect tcp 0.0.0.0:80" \
		"denied connect tcp [fd00::1]:80" "denied connect tcp 203.0.113.80:8080" \
		"denied connect tcp [2a01:db8::80]:8080" "denied connect udp 203.0.113.80:8080" \
		"denied connect udp [2a01:db8::80]:8080"
}

@test "under mode = audit all of it happens and is recorded" {
	audited fetcher
	[ "$(fetch fetcher-audited -L http://public.test/redirect)" = reached ]
	[ "$(fetch fetcher-audited http://0.0.0.0/)" = reached ]
	decisions_are "would-deny connect tcp 169.254.169.254:80" \
		"would-deny connect tcp 0.0.0.0:80"
}
