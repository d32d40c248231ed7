#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# web-server.ini with nginx: it serves, passes on to the application, finds it by name; a site that
# was made to pass requests on to anything else gets nowhere.

load ../lib/services

setup() {
	services_setup nginx curl unbound
	resolver_start
	nginx_configuration elsewhere "listen 8000; listen 6379; listen 198.51.100.9:443; listen 169.254.169.254:80;
		location / { return 200 reached; }"
	outside nginx -c "$W/elsewhere.conf"
	await "the application" listens tcp 8000
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=test \
		-keyout "$W/key" -out "$W/certificate" 2>/dev/null
	nginx_configuration public "listen 192.0.2.1:80; listen [fd00::1]:80;
		listen 192.0.2.1:443 ssl http2;
		ssl_certificate $W/certificate; ssl_certificate_key $W/key;
		resolver 127.0.0.53 ipv6=off;
		location / { return 200 served; }
		location /application { proxy_pass http://192.0.2.130:8000; }
		location /by-name { set \$application app.test; proxy_pass http://\$application:8000; }
		location /metadata { proxy_pass http://169.254.169.254; }
		location /cache { proxy_pass http://127.0.0.1:6379; }
		location /loot { proxy_pass http://198.51.100.9:443; }"
}

teardown() {
	services_teardown
}

get() { # URL
	in_network curl -gsk --max-time 20 "$1"
}

normal_work() {
	[ "$(get http://192.0.2.1/)" = served ]
	[ "$(get 'http://[fd00::1]/')" = served ]
	[ "$(get https://192.0.2.1/)" = served ]
	[ "$(get http://192.0.2.1/application)" = reached ]
	[ "$(get http://192.0.2.1/by-name)" = reached ]
}

@test "nginx serves, passes on to the application, and is reloaded, with nothing refused" {
	serve web-server nginx -c "$W/public.conf"
	ready get http://192.0.2.1/
	normal_work
	kill -HUP "$(cat "$W/public.pid")"
	await "the reload" grep -q "worker process .* exited with code 0" "$W/public.log"
	normal_work
	stop_serving
	decisions_are
}

@test "nginx reaches neither metadata, nor the cache, nor anything outside" {
	serve web-server nginx -c "$W/public.conf"
	ready get http://192.0.2.1/
	for path in metadata cache loot; do
		[[ "$(get "http://192.0.2.1/$path")" == *"502 Bad Gateway"* ]]
	done
	stop_serving
	decisions_are "denied connect tcp 169.254.169.254:80" "denied connect tcp 127.0.0.1:6379" \
		"denied connect tcp 198.51.100.9:443"
	grep -q 'connect() to 169.254.169.254:80 failed (1: Operation not permitted)' "$W/public.log"
	grep -qE '1x connect tcp 169.254.169.254:80 \(.*web-server.ini:[0-9]+\)' "$W/err"
}

@test "under mode = audit all of it happens and is recorded" {
	audited web-server
	serve web-server-audited nginx -c "$W/public.conf"
	ready get http://192.0.2.1/
	for path in metadata cache loot application; do
		[ "$(get "http://192.0.2.1/$path")" = reached ]
	done
	stop_serving
	decisions_are "would-deny connect tcp 169.254.169.254:80" \
		"would-deny connect tcp 127.0.0.1:6379" "would-deny connect tcp 198.51.100.9:443"
}
