#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# What make bench-vm measures, short of measuring it: its policies are in order and allow what is
# measured, and its rounds become rows.

ROOT=$BATS_TEST_DIRNAME/../..
BENCH=$ROOT/tests/vm/bench
CGWARD=${CGWARD_BUILD:-$ROOT/${B:-build}}/cgward

rows() { # on standard input: what the guest printed
	jq -cs -L "$BENCH" -L "$ROOT/tests/bench" 'include "rows"; rows_of("6.1")'
}

row() { # NAME FIELD: of $output
	jq -r --arg row "6.1: $1" "select(.row == \$row) | $2" <<<"$output"
}

# round CALL NONE: as if each configuration added what is written here
round() {
	local none=$2 added=$3
	echo "{\"call\":\"$1\",\"none\":$none,\"empty\":$((none + 200)),\"beside\":$((none + 290)),\
\"cgward10\":$((none + added)),\"cgward1000\":$((none + added)),\
\"apparmor10\":$((none + 2 * added)),\"apparmor1000\":$((none + 2 * added))}"
}

whole() {
	echo '{"steps":{"components":8,"bytes":60}}'
	round open-2 5000 1000
	round open-10 8000 1800
	round open-long 5500 1600
	round open-turns-2 5000 2700
	round open-turns-10 8000 5000
	round exec 700000 9000
}

@test "policy and profile have the rules that are asked for, and allow what is measured" {
	for count in 10 1000; do
		sh "$BENCH/guest/rules.sh" cgward "$count" exec >"$BATS_TEST_TMPDIR/files.ini"
		[ "$(grep -c '^allow = ' "$BATS_TEST_TMPDIR/files.ini")" = $((2 * count)) ]
		run "$CGWARD" test "$BATS_TEST_TMPDIR/files.ini" 'file r /srv/object.conf' \
			'file r /srv/b/c/d/e/f/g/h/i/object.conf' 'exec /usr/bin/vm_calls'
		echo "$output"
		[ "$status" = 0 ]
		# Besides the rules: /dev/null, and braces.
		[ "$(sh "$BENCH/guest/rules.sh" apparmor "$count" exec | grep -c ',$')" = $((2 * count + 1)) ]
	done
}

@test "rounds become rows: ratios, what is added, and aims" {
	run rows < <(whole)
	[ "$status" = 0 ]
	[ "$(row 'open, 2 components, cgward, 10 rules' .median)" = 1.2 ]
	[ "$(row 'open, 2 components, 1000 rules, added by cgward against AppArmor' '.aim, .median' | xargs)" = '1 0.5' ]
	[ "$(row 'open, 10 components, unpoliced beside a policy, above an empty program' .median)" = 90 ]
	[ "$(row 'fork and execve, 10 rules, added by cgward against AppArmor' '.unit, .median' | xargs)" = 'instructions -9000' ]
	[ "$(row 'open in turns, 2 components, cgward, 10 rules' .median)" = 1.54 ]
	[ "$(row 'open in turns, 10 components, 10 rules, added by cgward against AppArmor' .median)" = 0.5 ]
	[ "$(row 'a component of the path, cgward' .median)" = 100 ]
	[ "$(row 'a byte of the path, AppArmor' .median)" = 20 ]
	[[ $output != *skipped* ]]
}

@test "who cannot be had is skipped with the reason, and the others are measured" {
	run rows < <(
		echo '{"skipped":"cgward","reason":"no LSM"}'
		whole | jq -c 'with_entries(select(.key | test("cgward|beside") | not))'
	)
	[ "$status" = 0 ]
	[ "$(row 'open, 2 components, AppArmor, 10 rules' .median)" = 1.4 ]
	[ "$(row 'open, 2 components, cgward, 10 rules' .skipped)" = 'no LSM' ]
	[ "$(row 'a component of the path, cgward' .skipped)" = 'no LSM' ]
	[ "$(row 'fork and execve, unpoliced beside a policy, above an empty program' .skipped)" = 'no LSM' ]
}
