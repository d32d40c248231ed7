#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# The kernel against `cgward test`: random policies, random connect, bind, sendto, socket, open,
# access and mknod calls. Every verdict must be equal, and the log (with log = all) must name the
# rule that `cgward test` names. CGWARD_SEED repeats a run.

load ../lib/cgward

setup() {
	cgward_setup
	network_setup
}

teardown() {
	cgward_teardown
}

@test "random policies and calls: the kernel decides as cgward test, and the log cites the same" {
	local seed=${CGWARD_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
	local policies=${CGWARD_POLICIES:-150} calls=${CGWARD_CALLS:-200}
	echo "# seed $seed" >&3
	mkdir -m 700 "$T/differential"
	new_cgroup web
	daemon_start --pages 1024
	in_network "$BUILD/probes/kernel_differential" "$CGWARD" "$CGROUP2$BASE/web" \
		"$T/differential" "$seed" "$policies" "$calls" >"$T/result" ||
		fail "$(head -n 40 "$T/result")" "$(cat "$T/differential/stderr")"
	daemon_stop
	tail -n 1 "$T/result" | sed 's/^/# /' >&3

	log_is_whole
	no_record '.type == "lost" or .type == "suppressed"'
	jq -rs 'map(select(.type == "decision")) | sort_by(.kernel_seq)[] |
		[.policy, .verdict, .hook, .asked, .rule, .rule_text // ""] | @tsv' "$LOG" >"$T/cited"
	diff "$T/differential/expected" "$T/cited" >"$T/wrong" ||
		fail "seed $seed: $(grep -c '^[<>]' "$T/wrong") lines of citations differ" \
			"$(head -n 40 "$T/wrong")"
}
