#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# cache.ini with Redis: it serves, saves, comes back; nobody who can talk to it gets it to connect
# to anything, or to listen elsewhere.

load ../lib/services

setup() {
	services_setup redis-server redis-cli
}

teardown() {
	services_teardown
}

start() { # POLICY REDIS-ARGUMENT...
	serve "$1" redis-server --port 6379 --bind 127.0.0.1 ::1 --dir "$W" --save 3600 1 \
		--daemonize no "${@:2}"
}

ask() {
	in_network timeout 20 redis-cli "$@"
}

answers() {
	[ "$(ask ping)" = PONG ]
}

@test "Redis serves, saves and comes back, with nothing refused" {
	start cache --appendonly yes
	ready answers
	[ "$(ask set key value)" = OK ]
	[ "$(ask -h ::1 get key)" = value ]
	[ "$(ask save)" = OK ]
	stop_serving
	start cache --appendonly yes
	ready answers
	[ "$(ask get key)" = value ]
	stop_serving
	decisions_are
}

@test "Redis can be made nobody's replica, and sends its keys to nobody" {
	start cache
	ready answers
	ask set key value
	[[ "$(ask migrate 192.0.2.66 6379 key 0 1000)" == *IOERR* ]]
	[ "$(ask replicaof 198.51.100.9 6380)" = OK ]
	await "the attempt" grep -q 'Unable to connect to MASTER' "$W/out"
	stop_serving
	decisions_are "denied connect tcp 192.0.2.66:6379" "denied connect tcp 198.51.100.9:6380"
}

@test "Redis that offers itself to everybody does not start" {
	start cache --bind 0.0.0.0 --protected-mode no
	! wait "$SERVED" || fail "it started"
	SERVED=
	grep -q 'Failed listening on port 6379' "$W/out"
	decisions_are "denied bind tcp 0.0.0.0:6379"
}

@test "under audit-starter.ini it does what it likes, and all of it is recorded" {
	start audit-starter --bind 0.0.0.0 --protected-mode no
	ready answers
	ask set key value
	[[ "$(ask migrate 192.0.2.66 6379 key 0 1000)" != OK ]]
	stop_serving
	decisions_are "would-deny bind tcp 0.0.0.0:6379" "would-deny connect tcp 192.0.2.66:6379"
}
