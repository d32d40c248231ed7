#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The formatter has the last word on C, shellcheck on shell.

load lib.bash

# Versions of clang-format disagree; HACKING.md pins the one that .clang-format was written for.
formatted() {
	c_files "$1" bpf enforcer tests |
		xargs -r clang-format-14 --style="file:$PROJECT/.clang-format" --dry-run 2>&1 |
		grep 'warning:' | sed 's/ \[-W.*//' | sort -t : -k 1,1 -u || true
}

sound_shell() {
	local file
	shell_files "$1" | while read -r file; do
		case $file in
		*.bats) shellcheck --severity=warning --shell=bats --format=gcc "$file" ;;
		*.bash) shellcheck --severity=warning --shell=bash --format=gcc "$file" ;;
		*) shellcheck --severity=warning --format=gcc "$file" ;;
		esac
	done || true
}

@test "C is formatted as .clang-format says" {
	command -v clang-format-14 >/dev/null || skip "clang-format-14 is not installed"
	obeys formatted
	sample enforcer/base/x.c 'int  a ;'
	catches formatted 'x\.c:1'
}

@test "shellcheck finds nothing in scripts and tests" {
	obeys sound_shell
	sample tests/x.bats '@test "x" {' '	cd $HOME/$x' '	[ $(ls) ]' '}'
	catches sound_shell 'x\.bats:2'
	sample contrib/x '#!/bin/sh' 'cd "$1"'
	catches sound_shell 'contrib/x:2'
}
