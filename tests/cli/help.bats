#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The command line itself: help, versions, slips of the keys, output that cannot be written.

load ../lib/cli

setup() {
	cli_setup
}

COMMANDS="check test explain run apply remove status daemon log doctor"

@test "--help names every command and the exit statuses" {
	run -0 --separate-stderr "$CGWARD" --help
	[ -z "$stderr" ]
	for command in $COMMANDS; do
		[[ "$output" == *$'\n'"  $command "* ]] || fail "no $command"
	done
	mentions "Exit status: 0 done or allowed, 1 denied or found wanting, 2 usage or bad input"
}

@test "every command has --help, on stdout, in lines of at most 90 columns" {
	for command in $COMMANDS; do
		run -0 --separate-stderr "$CGWARD" "$command" --help
		[ -z "$stderr" ] || fail "$command: $stderr"
		[[ "$output" == "usage: cgward $command "* ]] || fail "$command: $output"
		mentions "--help"
		mentions "Exit status"
		[ "$(wc -L <<<"$output")" -le 90 ] || fail "$command: too wide"
	done
}

@test "every option of a synopsis is explained below it" {
	for command in $COMMANDS; do
		"$CGWARD" "$command" --help >help
		for option in $(grep -o -- '\[--[a-z]\+' help | tr -d '['); do
			grep -qE "^  $option( |$)" help || fail "$command: $option is not explained"
		done
	done
}

@test "without a command: usage, on stderr, 2" {
	run -2 --separate-stderr "$CGWARD"
	[ -z "$output" ]
	[[ "$stderr" == usage:* ]]
}

@test "--version" {
	run -0 "$CGWARD" --version
	[[ "$output" =~ ^cgward\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "an unknown command: the nearest is suggested" {
	run -2 "$CGWARD" chekc
	says $'cgward: there is no command `chekc`; did you mean `check`?\nTry `cgward --help`.'
	run -2 "$CGWARD" frobnicate
	says $'cgward: there is no command `frobnicate`\nTry `cgward --help`.'
}

@test "an unknown command is not echoed raw to the terminal" {
	run -2 "$CGWARD" $'\e[2J'
	mentions '`\x1b[2J`'
}

@test "unknown options and missing arguments: 2, and where help is" {
	for arguments in "--frobnicate" "check --frobnicate" "check" "test" "test FILE" "explain" \
		"explain a b" "apply" "remove" "remove --all /x" "status a b"; do
		# shellcheck disable=SC2086 # words of a command line
		run -2 --separate-stderr "$CGWARD" $arguments
		[ -z "$output" ] || fail "$arguments: $output"
		[[ "$stderr" == *"--help"* ]] || fail "$arguments: $stderr"
	done
}

@test "run fails with 125 for usage as well" {
	run -125 "$CGWARD" run
	run -125 "$CGWARD" run --policy web.ini
	run -125 "$CGWARD" run --frobnicate -- true
}

@test "run leaves options of the command to the command" {
	run -125 "$CGWARD" run --policy absent.ini ls --help
	[[ "$output" != *"usage: cgward"* ]]
}

@test "output that cannot be written is an error" {
	[ -c /dev/full ] || skip "no /dev/full"
	local status=0
	"$CGWARD" --help >/dev/full 2>err || status=$?
	[ $status = 3 ]
	grep -q 'cannot write the output: No space left on device' err
	printf '[connect]\n' >p.ini
	status=0
	"$CGWARD" test p.ini "connect tcp 10.0.0.1:1" >/dev/full 2>err || status=$?
	[ $status = 3 ]
	status=0
	"$CGWARD" --version >&- 2>err || status=$?
	[ $status = 3 ]
}

@test "a policy is not opened as a closed standard descriptor" {
	printf '[connect]\n' >p.ini
	local status=0
	"$CGWARD" check p.ini <&- >&- 2>&- || status=$?
	[ $status = 3 ]
	[ "$(cat p.ini)" = "[connect]" ]
}

@test "colour only on terminals, and never with NO_COLOR" {
	command -v script >/dev/null || skip "needs script(1) for a terminal"
	printf '[conect]\n' >p.ini
	run -2 "$CGWARD" check p.ini
	[[ "$output" != *$'\e['* ]]
	TERM=xterm script -qec "$CGWARD check p.ini" typescript >colour || :
	grep -q $'\e\[' colour
	NO_COLOR=1 TERM=xterm script -qec "$CGWARD check p.ini" typescript >plain || :
	run -1 grep $'\e\[' plain
}

@test "names of files are not echoed raw to the terminal" {
	local name=$'\e[2Jx.ini'
	for arguments in "check" "explain" "apply" "run --policy"; do
		# shellcheck disable=SC2086 # words of a command line
		run "$CGWARD" $arguments "$name" true
		[ "$status" != 0 ] || fail "$arguments"
		[[ "$output" != *$'\e'* ]] || fail "$arguments: $output"
	done
}
