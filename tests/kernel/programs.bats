#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# What the programs cost to load: the instructions that the verifier goes through, which a harmless
# looking branch can multiply.

load ../lib/cgward

setup() {
	[[ $(uname -r) == 6.18.* ]] || skip "the ceilings are those of the verifier of Linux 6.18"
	cgward_setup
	[ -x "$BUILD/probes/verified_instructions" ] ||
		fail "no $BUILD/probes/verified_instructions: run make probes first"
}

teardown() {
	cgward_teardown
}

# What clang 14 makes of them, and some 15 % more. Who makes a program smaller lowers its
# ceiling; who raises one says in the commit what for.
ceilings() {
	cat <<-'END'
		anchor 10
		anchor_device 10
		anchor_socket 10
		bind4 1870
		bind6 3480
		connect4 2580
		connect6 3480
		device 2570
		sendmsg4 2580
		sendmsg6 3480
		sock_create 2110
	END
}

@test "no program takes the verifier more instructions than its ceiling" {
	new_cgroup web
	policy web <<<'[connect]'
	"$CGWARD" apply "$T/web.ini" "$BASE/web" >/dev/null 2>&1
	"$BUILD/probes/verified_instructions" "$CGWARD_PINS" | sort >"$T/verified"
	sed 's/^/# /' "$T/verified" >&3
	# Every program has a ceiling, every ceiling a program, and no figure is missing.
	join -a 1 -a 2 -e none -o 0,1.2,2.2 <(ceilings | sort) "$T/verified" >"$T/both"
	[ "$(wc -l <"$T/both")" -ge 11 ]
	awk '$2 == "none" || $3 == "none" || $3 == 0 || $3 > $2 {
		print $1 ": " $3 " instructions, ceiling " $2
		wrong = 1
	}
	END {
		exit wrong
	}' "$T/both"
}

# No time is asked for, only a ratio: both are loaded in turn on the same machine, and the bound is
# thrice what was measured. The ceilings above see what is smaller.
@test "loading all programs costs no more than 250 times loading empty ones" {
	[ -x "$BUILD/probes/load_cost" ] ||
		fail "no $BUILD/probes/load_cost: run make probes first"
	"$BUILD/probes/load_cost" "$BUILD/bpf/cgward.o" "$BUILD/bench/empty.bpf.o" 7 >"$T/cost"
	awk '{ print "# " $1 " times: " $2 " us, " $3 " us" }' "$T/cost" >&3
	awk '{ exit !($1 > 1 && $1 < 250) }' "$T/cost"
}
