#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The manual pages: whole, in order, and in agreement with --help, the README and the Markdown.

load ../lib/cli

setup() {
	cli_setup
	MANUAL=${CGWARD%/*}/man
	PAGES="cgward.8 cgward-policy.5 cgward-log.5"
	for page in $PAGES; do
		[ -s "$MANUAL/$page" ] || fail "no $MANUAL/$page: run make first"
	done
}

# plain PAGE: as a reader sees it, on one line, however it was broken
plain() {
	MANWIDTH=2000 LC_ALL=C.UTF-8 man -P cat -l "$MANUAL/$1" 2>/dev/null | col -bx | tr -s ' \n' ' '
}


@test "groff has nothing to complain of" {
	command -v groff >/dev/null || skip "groff is not installed"
	for page in $PAGES; do
		run -0 groff -man -ww -z -Kutf8 -rLL=100n "$MANUAL/$page"
		says ""
	done
}

@test "mandoc has nothing to complain of" {
	command -v mandoc >/dev/null || skip "mandoc is not installed"
	for page in $PAGES; do
		run -0 mandoc -Tlint -Wwarning "$MANUAL/$page"
		says ""
	done
}

@test "man shows them without a warning" {
	command -v man >/dev/null || skip "man is not installed"
	for page in $PAGES; do
		LC_ALL=C.UTF-8 man --warnings -P cat -l "$MANUAL/$page" >shown 2>warnings
		[ ! -s warnings ] || fail "$page: $(cat warnings)"
		[ -s shown ] || fail "$page is empty"
	done
}

@test "cgward(8) has what every --help says: synopsis, options, text" {
	command -v man >/dev/null || skip "man is not installed"
	command -v col >/dev/null || skip "col is not installed"
	plain cgward.8 >page
	for command in $("$CGWARD" --help | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p'); do
		"$CGWARD" "$command" --help | tr -d '`' | sed 's/^usage: //' >help
		grep -qF -- "$(sed '/^$/,$d' help | tr -s ' \n' ' ')" page || fail "$command: synopsis"
		# A paragraph is a line, but options are one each.
		awk '/^$/ { print ""; next } /^  -/ { print "" } { printf "%s ", $0 }' help |
			tr -s ' ' | sed 's/^ //; /^$/d' >paragraphs
		while IFS= read -r paragraph; do
			grep -qF -- "$paragraph" page || fail "$command: not in the page: $paragraph"
		done <paragraphs
	done
}

@test "cgward(8) has the sections people look for, and the README's limits" {
	for section in NAME SYNOPSIS DESCRIPTION OPTIONS COMMANDS 'EXIT STATUS' ENVIRONMENT FILES \
		EXAMPLES SECURITY 'SEE ALSO'; do
		grep -qx "\.SH \"*$section\"*" "$MANUAL/cgward.8" || fail "no $section"
	done
	run -1 grep -n '^@\|@prefix' "$MANUAL/cgward.8"
	sed -n '/^## Limits$/,/^BPF program types/s/^- \*\*\([^*]*\)\*\*.*/\1/p' \
		"$REPOSITORY/README.md" >limits
	[ "$(wc -l <limits)" -ge 10 ]
	while IFS= read -r limit; do
		grep -qF "\\fB$limit\\fR" "$MANUAL/cgward.8" || fail "no limit '$limit'"
	done <limits
}

@test "pages of the formats have every heading, key and member of their Markdown" {
	for pair in policy-format:cgward-policy audit-schema:cgward-log; do
		source=$REPOSITORY/contrib/${pair%:*}.md
		page=$MANUAL/${pair#*:}.5
		[ "$(grep -c '^## ' "$source")" -ge 5 ]
		[ $(($(grep -c '^## ' "$source") + 1)) -le "$(grep -c '^\.SH' "$page")" ]
		rows=$(grep '^|' "$source" | grep -vcE '^\| *---|^\| [a-z]+ \| \|$')
		[ "$rows" = "$(grep -c '^\.TP' "$page")" ] || fail "$page: $rows rows"
		# A glob has two stars too, but no letter follows them.
		run -1 grep -n '`\|\*\*[[:alpha:]]\|](' "$page"
	done
}
