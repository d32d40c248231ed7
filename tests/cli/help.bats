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

# says_first TEXT COMMAND...: the first line of what it complains of
says_first() {
	local text=$1
	shift
	run --separate-stderr "$CGWARD" "$@"
	[ "${stderr%%$'\n'*}" = "$text" ] || fail "$*: $stderr"
}

@test "an option that is none: what was meant is told" {
	says_first 'cgward check: there is no option `--strct`; did you mean `--strict`?' check --strct
	says_first 'cgward: there is no option `--pinz`; did you mean `--pins`?' --pinz
	says_first 'cgward status: there is no option `-x`' status -x
	says_first 'cgward status: --json takes no argument' status --json=yes
	says_first 'cgward log: --log needs an argument' log --log
	says_first 'cgward log: there are several options `--s...`' log --s 1h
	says_first 'cgward log: there is no option `--\x1b[2J`' log $'--\e[2J'
}

@test "files that cannot be read: what to do is told" {
	run -2 "$CGWARD" check "$T"
	mentions "Is a directory"$'\n'"hint: name the files in it"
	run -2 "$CGWARD" log --log absent.jsonl
	mentions 'No such file or directory; `cgward daemon` and `cgward run` write one'
}

@test "root of a user namespace is told that it is not the root that counts" {
	[ "$(id -u)" = 0 ] && unshare -Ur true 2>/dev/null || skip "cannot make a user namespace"
	printf '[connect]\n' >p.ini
	for arguments in "status" "remove --all" "apply p.ini /x" "run --policy p.ini true"; do
		# shellcheck disable=SC2086 # words of a command line
		run unshare -Ur "$CGWARD" $arguments
		[ "$status" != 0 ] || fail "$arguments"
		mentions "root of a user namespace cannot see or change what is in force"
	done
}

@test "what is no policy is not put in force: an empty file, one of strangers" {
	[ "$(id -u)" = 0 ] || skip "needs root"
	: >empty.ini
	run -0 "$CGWARD" check empty.ini
	run -2 "$CGWARD" apply empty.ini /x
	mentions 'empty.ini polices nothing, so it is not put in force'
	run -125 "$CGWARD" run --policy empty.ini true
	printf '[connect]\n' >shared.ini
	chmod g+w shared.ini
	run -2 "$CGWARD" apply shared.ini /x
	mentions 'chmod go-w FILE'
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

@test "the log, too, is coloured on terminals alone" {
	command -v script >/dev/null || skip "needs script(1) for a terminal"
	echo '{"schema":1,"type":"decision","verdict":"denied","section":"connect","asked":"tcp 192.0.2.1:1"}' \
		>l.jsonl
	run -0 "$CGWARD" log --log l.jsonl
	[[ "$output" != *$'\e['* ]]
	TERM=xterm script -qec "$CGWARD log --log l.jsonl" typescript >colour
	grep -q $'\e\[1;31mdenied\e\[0m connect' colour
	NO_COLOR=1 TERM=xterm script -qec "$CGWARD log --log l.jsonl" typescript >plain
	run -1 grep $'\e\[' plain
	TERM=dumb script -qec "$CGWARD log --log l.jsonl" typescript >plain
	run -1 grep $'\e\[' plain
}

@test "explain is coloured on terminals alone" {
	command -v script >/dev/null || skip "needs script(1) for a terminal"
	printf '[connect]\ndefault = allow\ndeny = 192.0.2.1\n' >p.ini
	TERM=xterm script -qec "$CGWARD explain p.ini" typescript >colour
	grep -q $'\e\[1;31mrefuse\e\[0m any protocol' colour
	NO_COLOR=1 TERM=xterm script -qec "$CGWARD explain p.ini" typescript >plain
	run -1 grep $'\e\[' plain
	run -0 "$CGWARD" explain p.ini
	[[ "$output" != *$'\e['* ]]
}

# Asks on until it is seen: there is nothing to be seen of work that is done at once.
@test "progress of long work: on a terminal, gone at the end, never in what is piped" {
	command -v script >/dev/null || skip "needs script(1) for a terminal"
	printf '[connect]\nallow = tcp 192.0.2.1\n' >p.ini
	touch typescript
	cat >feed <<-'END'
		until grep -q '[0-9] questions' typescript; do
			yes 'connect tcp 192.0.2.1:1' | head -n 1000
		done
	END
	TERM=xterm timeout 60 script -qfec "bash feed | $CGWARD test p.ini - >answers" typescript \
		>/dev/null
	grep -qE $'[0-9]+ questions.*\r\e\[K' typescript
	[ -s answers ]
	run -1 grep -c questions answers
	timeout 60 script -qec "yes 'connect tcp 192.0.2.1:1' | head -n 2000 | $CGWARD test p.ini - 2>quiet >answers" \
		typescript >/dev/null
	[ ! -s quiet ]
}

@test "progress through a long log: beside a file, never beside a pager" {
	command -v script >/dev/null || skip "needs script(1) for a terminal"
	local count=100000
	until yes '{"schema":1,"type":"start","seq":1,"time":"2026-11-23T16:58:00Z"}' | head -n $count >l.jsonl
		TERM=xterm script -qec "$CGWARD log --log l.jsonl --until 1d >read" typescript >/dev/null
		grep -qE $'[0-9]+ lines read.*\r\e\[K' typescript; do
		count=$((count * 4))
		((count < 10000000)) || fail "$(cat typescript)"
	done
	TERM=xterm script -qec "$CGWARD log --log l.jsonl --until 1d | cat >read" typescript >/dev/null
	run -1 grep lines typescript
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
