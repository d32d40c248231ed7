#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# Many cgroups under one policy, and what they leave: cgroups that vanish without a word, counts by
# rule in a table that all share.

load ../lib/cgward

setup() {
	cgward_setup
	network_setup
	mkdir "$CGROUP2$BASE/many"
	policy web <<-END
		[connect]
		allow = tcp 127.0.0.1:7001
		deny = tcp 127.0.0.2:7001
	END
}

teardown() {
	find "$CGROUP2$BASE/many" -depth -type d -exec rmdir {} +
	cgward_teardown
}

# make COUNT: cgroups below $BASE/many, whose paths go to $T/paths.
make() {
	seq -f "$BASE/many/%.0f" "$1" >"$T/paths"
	sed "s|^|$CGROUP2|" "$T/paths" | xargs mkdir
}

# In as few commands as an argument list has room for.
apply_to_all() {
	xargs "$CGWARD" apply "$T/web.ini" <"$T/paths" >"$T/applied" 2>"$T/apply.err" ||
		fail "$(head "$T/apply.err")"
}

policed_count() {
	"$CGWARD" status --json | jq '.cgroups | length'
}

@test "5,000 cgroups under a policy: apply, status, reload, remove --all" {
	ulimit -S -n 1024
	make 5000
	apply_to_all
	[ "$(grep -c ': web in force, generation 1,' "$T/applied")" = 5000 ]
	for name in 1 2500 5000; do
		expect EPERM "$BASE/many/$name" connect tcp 127.0.0.2:7001
		expect ECONNREFUSED "$BASE/many/$name" connect tcp 127.0.0.1:7001
	done
	"$CGWARD" status --json >"$T/status"
	[ "$(jq '.cgroups | length' "$T/status")" = 5000 ]
	[ "$(jq '[.cgroups[] | select(.counters.connect4.denied == 1) | .cgroup] | length' \
		"$T/status")" = 3 ]

	policy web <<-END
		[connect]
		allow = tcp 127.0.0.2:7001
	END
	run -0 --separate-stderr "$CGWARD" apply "$T/web.ini"
	[[ $output == "5000 cgroups: web reloaded, generation 2,"* ]]
	for name in 1 2500 5000; do
		expect ECONNREFUSED "$BASE/many/$name" connect tcp 127.0.0.2:7001
		expect EPERM "$BASE/many/$name" connect tcp 127.0.0.1:7001
	done
	run -0 "$CGWARD" remove "$BASE/many/1"
	expect ECONNREFUSED "$BASE/many/1" connect tcp 127.0.0.1:7001
	run -0 "$CGWARD" remove --all
	[[ $output == *"everything removed, from 4999 cgroups"* ]]
	expect ECONNREFUSED "$BASE/many/2500" connect tcp 127.0.0.1:7001
}

@test "cgroups that vanish are swept by commands that follow, a part of them by each" {
	new_cgroup web
	make 200
	apply_to_all
	sed "s|^|$CGROUP2|" "$T/paths" | xargs rmdir
	[ "$(policed_count)" = 200 ]
	# Each looks at a few, so some thirty commands have looked at all of them, their own beside.
	for _ in {1..30}; do
		"$CGWARD" apply "$T/web.ini" "$BASE/web" >/dev/null
	done
	[ "$(policed_count)" = 1 ]
	[ "$(pinned_cgroups)" = 1 ]
	expect EPERM "$BASE/web" connect tcp 127.0.0.2:7001
}

@test "cgroups that vanish are all swept by a reload" {
	new_cgroup web
	make 200
	apply_to_all
	"$CGWARD" apply "$T/web.ini" "$BASE/web" >/dev/null
	sed "s|^|$CGROUP2|" "$T/paths" | xargs rmdir
	run -0 --separate-stderr "$CGWARD" apply "$T/web.ini"
	[ "$(policed_count)" = 1 ]
}

# rule_counts: entries of the kernel's table.
rule_counts() {
	bpftool map dump pinned "$CGWARD_PINS/"abi*/rule_counts -j | jq length
}

@test "counts by rule go with the policy, also those of rules that a reload took away" {
	new_cgroup web
	new_cgroup other
	"$CGWARD" apply "$T/web.ini" "$BASE/web" "$BASE/other" >/dev/null
	expect EPERM "$BASE/web" connect tcp 127.0.0.2:7001
	expect EPERM "$BASE/web" connect tcp 127.0.0.3:7001
	expect EPERM "$BASE/other" connect tcp 127.0.0.2:7001
	[ "$(rule_counts)" = 3 ]
	"$CGWARD" remove "$BASE/other" >/dev/null
	[ "$(rule_counts)" = 2 ]

	policy web <<-END
		[connect]
		deny = tcp 127.0.0.4:7001
	END
	"$CGWARD" apply "$T/web.ini" >/dev/null
	expect EPERM "$BASE/web" connect tcp 127.0.0.4:7001
	[ "$(rule_counts)" = 3 ]
	"$CGWARD" remove "$BASE/web" >/dev/null
	[ "$(rule_counts)" = 0 ]
}
