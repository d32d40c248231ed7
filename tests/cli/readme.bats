#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# What the README says is so: its policy passes its own tests, its commands are there.

setup() {
	project=$BATS_TEST_DIRNAME/../..
	cgward="${CGWARD_BUILD:-$project/build}/cgward"
	readme=$project/README.md
}

@test "the policy of the README is in order, and its tests hold" {
	mkdir "$BATS_TEST_TMPDIR/base"
	cp "$project"/policies/base/*.ini "$BATS_TEST_TMPDIR/base/"
	awk '/^```ini$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$readme" \
		>"$BATS_TEST_TMPDIR/web.ini"
	run "$cgward" check --strict "$BATS_TEST_TMPDIR/web.ini"
	echo "$output"
	[ "$status" = 0 ]
	[ "$("$cgward" test "$BATS_TEST_TMPDIR/web.ini" "connect udp 127.0.0.53:53" | cut -f 1)" = audit ]
}

@test "the commands of the README's table are those of cgward" {
	sed -n 's/^| `cgward \([a-z]*\).*/\1/p' "$readme" | sort >"$BATS_TEST_TMPDIR/told"
	"$cgward" --help | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p' | sort >"$BATS_TEST_TMPDIR/there"
	[ -s "$BATS_TEST_TMPDIR/told" ]
	diff "$BATS_TEST_TMPDIR/told" "$BATS_TEST_TMPDIR/there"
	while read -r command; do
		"$cgward" "$command" --help >/dev/null
	done <"$BATS_TEST_TMPDIR/told"
}

@test "the files that README, HACKING and the manual name are there" {
	cd "$project"
	missing=$(grep -ohE '\]\([A-Za-z./_-]+\)' README.md HACKING.md contrib/*.md |
		tr -d '])(' | sort -u | while read -r file; do
		[ -e "$file" ] || echo "$file"
	done)
	echo "missing: $missing"
	[ -z "$missing" ]
}

@test "policies/README.md tells of every policy, and each is tried on a program" {
	cd "$project"
	for policy in policies/*.ini; do
		name=$(basename "$policy" .ini)
		grep -q "^| \[$name.ini\]($name.ini) |" policies/README.md || {
			echo "no row for $name.ini"
			return 1
		}
		grep -qE "(serve|start|fetch|build|audited) $name\b|$name.ini" tests/policies/*.bats tests/vm/guest/*.sh || {
			echo "$name.ini is not tried"
			return 1
		}
	done
}
