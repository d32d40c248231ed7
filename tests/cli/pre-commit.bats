#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# contrib/pre-commit in a real git repository: what is staged decides, nothing else.

load ../lib/cli

setup() {
	cli_setup
	export CGWARD HOME=$T GIT_CONFIG_NOSYSTEM=1 GIT_CEILING_DIRECTORIES=$T
	unset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE
	git init -q repository
	cd repository || return
	git config user.name Tester
	git config user.email tester@example.com
	ln -s "$REPOSITORY/contrib/pre-commit" .git/hooks/pre-commit
	good >good.ini
	git add good.ini
	git commit -q -m "a policy"
}

good() {
	printf '[socket]\nfamilies = inet inet6\nallow = inet stream tcp\n'
}

commits() {
	git rev-list --count HEAD
}

@test "a policy in order is committed, and told of" {
	[ "$(commits)" = 1 ]
	good >"it's a \"name\".ini"
	good >--strict.ini
	git add .
	run -0 git commit -m "odd names"
	mentions "it's a \"name\".ini: ok"
	mentions "--strict.ini: ok"
}

@test "errors, warnings and failing tests are not committed" {
	local file
	printf '[socket]\nallow = inet strem\n' >error.ini
	printf '[connect]\nallow = tcp 10.0.0.0/8\n' >warning.ini
	{
		good
		printf '[tests]\ndeny = socket inet stream tcp\n'
	} >failing.ini
	for file in error warning failing; do
		git add $file.ini
		run -1 git commit -m "$file"
		mentions "$file.ini:"
		[[ "$output" != *good.ini* ]] || fail "$output"
		git rm -q --cached $file.ini
	done
	[ "$(commits)" = 1 ]
}

@test "what is staged counts, not what lies in the directory; includes too" {
	printf '[policy]\ninclude = part.ini\n' >whole.ini
	printf '[socket]\nallow = inet strem\n' >part.ini
	git add .
	good >part.ini
	run -1 git commit -m "staged: bad"
	mentions "part.ini:2:14: error: "
	git add .
	echo '[nonsense' >part.ini
	run -0 git commit -m "staged: good"
	[ "$(cat part.ini)" = '[nonsense' ]
}

@test "other files, removed policies and policies elsewhere are none of its business" {
	git config cgward.policies 'policies/*.ini'
	echo '[php' >php.ini
	git rm -q good.ini
	git add php.ini
	run -0 git commit -m "other files"
	mkdir policies
	echo '[connect' >policies/web.ini
	git add .
	run -1 git commit -m "a policy"
	mentions "policies/web.ini:1:"
}

@test "without cgward nothing passes unchecked" {
	good >more.ini
	git add .
	CGWARD=$T/absent run -1 git commit -m more
	mentions "$T/absent is not there"
}

@test "as pre-commit calls it, with files" {
	run -0 "$REPOSITORY/contrib/pre-commit" good.ini
	says "good.ini: ok, 1 rule, 0 tests"
	echo '[connect' >bad.ini
	run -2 "$REPOSITORY/contrib/pre-commit" good.ini bad.ini
	[ -x "$REPOSITORY/$(sed -n 's/^  entry: //p' "$REPOSITORY/.pre-commit-hooks.yaml")" ]
}
