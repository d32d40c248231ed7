#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# cgward check: exit statuses, summaries, JSON, and the policies that come with cgward.

load ../lib/cli

setup() {
	cli_setup
	# Closed on all sides: nothing to warn of.
	cat >good.ini <<-'END'
		[socket]
		families = inet inet6
		allow = inet stream tcp
		[tests]
		allow = socket inet stream tcp
		deny = socket inet raw icmp
	END
	cat >bad.ini <<-'END'
		[socket]
		alow = inet stream tcp
		allow = inet strem
	END
	cat >failing.ini <<-'END'
		[socket]
		families = inet inet6
		allow = inet stream tcp
		[tests]
		deny = socket inet stream tcp
		allow = socket inet stream tcp
	END
	cat >hole.ini <<-'END'
		[connect]
		allow = tcp 10.0.0.0/8
	END
}

@test "a good policy: 0, one line" {
	run -0 --separate-stderr "$CGWARD" check --strict good.ini
	says "good.ini: ok, 1 rule, 2 tests"
	[ -z "$stderr" ]
}

@test "errors: 2, all of them, with place and caret, on stderr" {
	run -2 --separate-stderr "$CGWARD" check bad.ini
	says "bad.ini: 2 errors"
	[[ "$stderr" == *"bad.ini:2:1: error: "* ]]
	[[ "$stderr" == *"bad.ini:3:14: error: "* ]]
	[[ "$stderr" == *$'\n                 ^\n'* ]] || fail "$stderr"
}

@test "a line of [tests] that does not hold: 1" {
	run -1 --separate-stderr "$CGWARD" check failing.ini
	says "failing.ini: 1 of 2 tests failed"
	[[ "$stderr" == *"failing.ini:5:"*"failing.ini:3"* ]] || fail "$stderr"
}

@test "warnings: 0, with --strict 1; the lines to add are told" {
	run -0 --separate-stderr "$CGWARD" check hole.ini
	says "hole.ini: ok, 1 rule, 0 tests, 1 warning"
	[[ "$stderr" == *"hole.ini:1:2: warning: "* ]]
	[[ "$stderr" == *"families = inet inet6"* ]]
	run -1 "$CGWARD" check --strict hole.ini
}

@test "what the hint says closes the hole" {
	local lines
	lines=$("$CGWARD" check --json hole.ini |
		jq -r '.[] | select(.severity == "warning") | .hint' | tail -n +2)
	echo "$lines" >>hole.ini
	run -0 --separate-stderr "$CGWARD" check --strict hole.ini
}

@test "several files: each has its line, the worst decides" {
	run -2 --separate-stderr "$CGWARD" check good.ini bad.ini failing.ini
	says $'good.ini: ok, 1 rule, 2 tests\nbad.ini: 2 errors\nfailing.ini: 1 of 2 tests failed'
	run -1 "$CGWARD" check good.ini failing.ini
}

@test "a file that is not there: 2" {
	run -2 "$CGWARD" check absent.ini
	mentions "absent.ini: error: "
	run -2 "$CGWARD" check "$T"
}

@test "--json: an array of findings, empty if there is none" {
	run -0 "$CGWARD" check --json good.ini
	says "[]"
	run -2 --separate-stderr "$CGWARD" check --json bad.ini failing.ini
	[ -z "$stderr" ]
	[ "$(jq -c 'map([.file, .line, .severity])' <<<"$output")" = \
		'[["bad.ini",2,"error"],["bad.ini",3,"error"],["failing.ini",5,"error"]]' ] ||
		fail "$output"
	[ "$(jq -c 'map(keys) | unique' <<<"$output")" = \
		'[["code","column","file","hint","line","message","severity"]]' ]
	[ "$(jq -r '.[2].code' <<<"$output")" = test-failed ]
}

@test "--json is JSON whatever stands in the policy" {
	printf '[connect]\nallow = "\\\xff\xc3\x28\xe2\x80\xae \x1b[31m\n' >hostile.ini
	run -2 "$CGWARD" check --json hostile.ini
	jq -e 'length > 0' <<<"$output"
	[[ "$output" != *$'\e'* ]]
}

# explosive SECTION PERMISSIONS: patterns that multiply, and one that does nothing of the kind
explosive() {
	awk -v section="$1" -v permissions="$2" 'BEGIN {
		printf "[%s]\ndefault = allow\ndeny = %s/etc/passwd\n", section, permissions
		for (i = 0; i < 40; i++)
			printf "deny = %s/**/%c*%c*%c**%c\n", permissions, 97 + i % 26, 97 + i * 7 % 26,
				97 + i * 11 % 26, 97 + i * 5 % 26
	}' >explosive.ini
}

@test "globs that multiply are refused in bounded work, with the rules that cost most" {
	for section in "file:rw " exec: unix:; do
		explosive "${section%%:*}" "${section#*:}"
		run -2 --separate-stderr "$CGWARD" check explosive.ini
		says "explosive.ini: 3 errors"
		[ "$(grep -cE '^explosive.ini:[0-9]+:[0-9]+: error: the policy is too large, this rule (costs most|is among the costliest)$' <<<"$stderr")" = 3 ] ||
			fail "$stderr"
		[[ "$stderr" == *'hint: fewer `*` and `**`'* && "$stderr" != *"explosive.ini:3:"* ]] || fail "$stderr"
		# A few of them are no more than any policy.
		sed -i '10,$d' explosive.ini
		run -0 "$CGWARD" check explosive.ini
	done
	awk 'BEGIN { printf "[file]\n"; for (i = 0; i < 40000; i++)
		printf "allow = r /srv/%d/abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz%d\n", i * 7919 % 1000003, i }' >many.ini
	run -2 --separate-stderr "$CGWARD" check many.ini
	says "many.ini: 3 errors"
	[[ "$stderr" == *"error: the policy is too large, this rule costs most"* ]] || fail "$stderr"
}

@test "the policies that come with cgward are clean, strictly" {
	cd "$REPOSITORY"
	local count=0
	for policy in policies/*.ini policies/base/*.ini; do
		run -0 --separate-stderr "$CGWARD" check --strict "$policy"
		[[ "$output" =~ ^"$policy: ok, "[0-9]+" rules, "([0-9]+)" tests"$ ]] ||
			fail "$output" "$stderr"
		[ "${BASH_REMATCH[1]}" -ge 5 ] || fail "$policy: too few tests"
		count=$((count + 1))
	done
	[ $count -ge 7 ]
}

@test "the policies that come with cgward may be put in force once root owns them" {
	cd "$REPOSITORY"
	for policy in policies/*.ini policies/base/*.ini policies/lists/*; do
		[ -z "$(find "$policy" -perm /022)" ] || fail "$policy may be written by others"
	done
}
