#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# kill -9 at random moments: of reloads under a hammer, and of the daemon in a flood. FAULT_SEED
# repeats the moments, as far as a machine repeats itself; FAULT_RELOADS and FAULT_DAEMONS say how
# many.

load lib

setup() {
	faults_setup
	SEED=${FAULT_SEED:-$((RANDOM * 32768 + RANDOM))}
	echo "# FAULT_SEED=$SEED" >&3
}

teardown() {
	faults_teardown
}

@test "reloads killed at random moments, under a hammer: old or new, nothing between" {
	use old
	cgward apply "$T/web.ini" "$BASE/web"
	signer_start "$BASE/web"
	signature_is "$OLD"
	hammer_start 1
	"$FAULTS/kills" "${FAULT_RELOADS:-1000}" "$SEED" "$T/new.ini" "$T/old.ini" "$T/web.ini" \
		"$NEW" "$OLD" "$CGWARD" apply "$T/web.ini" \
		3>&"$ASK" 4<&"$ANSWER" >"$T/kills" 2>"$T/kills.err" ||
		fail "$(tail -n 5 "$T/kills.err")"
	sed 's/^/# /' "$T/kills" >&3
	hammer_stop
	# What 1,000 killed commands left, one takes away.
	use new
	cgward apply "$T/web.ini"
	signature_is "$NEW"
	[ "$(pins | grep -c 'meta_N')" = 1 ]
	[ "$(find "$CGWARD_PINS" -name 'meta_*' | wc -l)" = 1 ]
	[ "$("$CGWARD" status --json | jq -c '[.cgroups[] | .cgroup]')" = "[\"$BASE/web\"]" ]
	# The one in force, and what the last two reloads may leave.
	[ "$(bpftool map dump pinned "$CGWARD_PINS/"abi*/images -j |
		jq '[.[] | select(has("value"))] | length')" -le 3 ]
}

# tells COUNT: so many calls are written, suppressed and lost in the log. Read once, since the log
# grows with each round.
tells() {
	local told
	told=$(awk '
		/"type":"decision"/ {
			told++
		}
		/"type":"(suppressed|lost)"/ {
			match($0, /"count":[0-9]+/)
			told += substr($0, RSTART + 8, RLENGTH - 8)
		}
		END {
			print told + 0
		}' "$LOG")
	[ "$told" = "$1" ] || fail "round $round: the log tells of $told calls, not of $1"
}

@test "the daemon killed in a flood again and again: each time the numbers add up" {
	local round made=0 calls rounds=${FAULT_DAEMONS:-100}
	RANDOM=$SEED
	policy web <<-END
		[policy]
		log-rate = unlimited
		[connect]
		allow = tcp 127.0.0.1:7001
	END
	cgward apply "$T/web.ini" "$BASE/web"
	for ((round = 1; round <= rounds; round++)); do
		# A buffer that overflows, and one that does not.
		daemon_start --pages $((round % 2 ? 1 : 256))
		outcome "$BASE/web" --forks 2 --count 400 connect tcp 127.0.0.2:7001 >"$T/outcome" &
		calls=$!
		sleep "0.0$((RANDOM % 8 + 1))" # the moment is what the seed chooses
		kill -KILL "$DAEMON"
		wait "$DAEMON" || :
		wait "$calls" || :
		[ "$(cat "$T/outcome")" = "EPERM 800" ]
		made=$((made + 800))
		daemon_start
		daemon_stop
		tells $made
	done
	[ "$(counters "$BASE/web" denied)" = $made ]
	numbers_add_up "$BASE/web"
}
