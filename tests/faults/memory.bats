#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# Memory that runs out at each allocation in turn, also those that libc, inih and json-c make, in
# the commands that read policies: all of the answer, or an error; never a part that looks whole.
# (Not `log`: json-c 0.16 itself does not survive it, in json_object_object_add_ex.)

load lib

setup() {
	faults_setup
	policy memory <<-END
		[policy]
		include = other.ini
		[group g]
		file = list
		[connect]
		allow = @g:80
		allow = tcp any:443,8000-8080
		deny = tcp 10.66.0.0/16
		[device]
		allow = /dev/null
		allow = char-pts
		[tests]
		deny = connect tcp 10.66.0.1:80
	END
	policy other <<-END
		[bind]
		mode = audit
	END
	echo 192.0.2.0/24 >"$T/list"
}

teardown() {
	faults_teardown
}

# Findings may come unsorted where there was no room to sort them.
same_lines() {
	cmp -s <(tr -d , <"$1" | sort) <(tr -d , <"$2" | sort)
}

# exhaust COMMAND...: with each allocation failing in turn.
exhaust() {
	local every=${FAULT_EVERY:-5} n status=0
	"$CGWARD" "$@" >"$T/whole" 2>"$T/whole.err" || status=$?
	for ((n = 1; ; n += every)); do
		FAULT_CALLS=memory faulty $n "$CGWARD" "$@"
		[ -n "$FAULT" ] || break
		if [ "$STATUS" != "$status" ] || ! same_lines "$T/whole" "$T/said"; then
			admits_failure 2 3
		fi
	done
	[ "$n" -gt 10 ]
	echo "# $1 $2: of $((n - every)) allocations, one in $every failed in turn" >&3
}

@test "check, test and explain: each allocation fails in turn" {
	exhaust check "$T/memory.ini"
	exhaust check --json "$T/memory.ini"
	exhaust check --sarif "$T/memory.ini"
	exhaust test "$T/memory.ini" 'connect tcp 192.0.2.1:80'
	exhaust explain "$T/memory.ini"
	exhaust explain --json "$T/memory.ini"
}
