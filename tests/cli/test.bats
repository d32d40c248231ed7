#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# cgward test: the form of answers, exit statuses, questions from standard input.

load ../lib/cli

setup() {
	cli_setup
	cat >web.ini <<-'END'
		[policy]
		mode = audit
		[socket]
		families = inet
		allow = inet stream tcp
		[connect]
		allow = tcp 10.0.0.0/8:443
		deny  =  tcp   10.66.0.0/16
		audit = udp 127.0.0.53:53
	END
}

@test "verdict, what decided, the rule's text; parted by tabs" {
	run -1 "$CGWARD" test web.ini "connect tcp 10.0.0.1:443" "connect tcp 10.66.0.1:443" \
		"connect udp 127.0.0.53:53" "connect tcp 8.8.8.8:53" "bind tcp 0.0.0.0:80" \
		"socket inet6 stream tcp"
	says "allow	web.ini:7	allow = tcp 10.0.0.0/8:443
deny	web.ini:8	deny = tcp 10.66.0.0/16
audit	web.ini:9	audit = udp 127.0.0.53:53
deny	default of [connect]	default = deny
allow	[bind] absent	not policed
allow	outside families of [socket]	not policed"
}

@test "0 if every answer is allow or audit, 1 if one is deny" {
	run -0 "$CGWARD" test web.ini "connect tcp 10.0.0.1:443" "connect udp 127.0.0.53:53"
	run -1 "$CGWARD" test web.ini "connect tcp 10.0.0.1:443" "connect tcp 10.0.0.1:80"
}

@test "a bad question: 2, named with its column; the others are answered" {
	run -2 --separate-stderr "$CGWARD" test web.ini "connect tcp 10.0.0.1:443" \
		"connect tcp 10.0.0.256:443" "connect tcp 10.66.0.1:443"
	says "allow	web.ini:7	allow = tcp 10.0.0.0/8:443
deny	web.ini:8	deny = tcp 10.66.0.0/16"
	[[ "$stderr" == "question:2:"*": error: "*"connect tcp 10.0.0.256:443"*"^"* ]] || fail "$stderr"
}

@test "a bad file: 2, and no answer" {
	printf '[conect]\n' >bad.ini
	run -2 --separate-stderr "$CGWARD" test bad.ini "connect tcp 10.0.0.1:443"
	says ""
	[[ "$stderr" == *"bad.ini:1:"* ]]
}

@test "- reads questions from standard input, one a line" {
	run -1 "$CGWARD" test web.ini - <<-'END'
		connect tcp 10.66.0.1:443
		connect tcp 10.0.0.1:443
	END
	says "deny	web.ini:8	deny = tcp 10.66.0.0/16
allow	web.ini:7	allow = tcp 10.0.0.0/8:443"
}

@test "from standard input: a last line without newline, CRLF, no line at all" {
	run -1 "$CGWARD" test web.ini - < <(printf 'connect tcp 10.66.0.1:443\r\nconnect tcp 10.66.0.2:1')
	[ "${#lines[@]}" = 2 ]
	run -0 "$CGWARD" test web.ini - </dev/null
	says ""
}

@test "from standard input: a bad line is named by number, NUL bytes are bad" {
	run -2 --separate-stderr "$CGWARD" test web.ini - \
		< <(printf 'connect tcp 10.0.0.1:443\nconnect tpc 10.0.0.1:443\nbind tcp [::]:1\0x\n\n')
	says "allow	web.ini:7	allow = tcp 10.0.0.0/8:443"
	[[ "$stderr" == *"-:2:9: error: "* ]] || fail "$stderr"
	[[ "$stderr" == *"-:3:16: error: a NUL byte"* ]] || fail "$stderr"
	[[ "$stderr" == *"-:4:1: error: "* ]] || fail "$stderr"
}

@test "100,000 questions: as many answers, in order" {
	seq 1 100000 | awk '{ print "connect tcp 10." ($1 % 2 ? 66 : 0) ".0.1:443" }' >questions
	local status=0
	"$CGWARD" test web.ini - <questions >answers || status=$?
	[ $status = 1 ]
	awk -F '\t' 'NR % 2 != ($1 == "deny") { exit 1 } END { exit NR != 100000 }' answers
}

@test "--json: one object a line, bad questions too" {
	run -2 --separate-stderr "$CGWARD" test --json web.ini "connect tcp 10.66.0.1:443" \
		"connect tcp 8.8.8.8:53" "conect" "bind tcp [::]:1"
	[ -z "$stderr" ]
	[ "$(jq -cs 'map([.question, .verdict, .section, .reason, .file, .line, .text])' <<<"$output")" = \
		'[["connect tcp 10.66.0.1:443","deny","connect","rule","web.ini",8,"deny = tcp 10.66.0.0/16"],["connect tcp 8.8.8.8:53","deny","connect","default",null,null,null],["conect",null,null,null,null,null,null],["bind tcp [::]:1","allow","bind","absent",null,null,null]]' ] ||
		fail "$output"
	[ "$(jq -cs '.[2] | [has("error"), .column, has("hint")]' <<<"$output")" = '[true,1,true]' ]
}

@test "the place is that of the file the rule stands in" {
	mkdir base
	printf '[connect]\ndeny = tcp 10.66.0.0/16\n' >base/guard.ini
	printf '[policy]\ninclude = base/guard.ini\n[connect]\ndefault = allow\n' >p.ini
	run -1 "$CGWARD" test p.ini "connect tcp 10.66.0.1:443"
	says "deny	base/guard.ini:2	deny = tcp 10.66.0.0/16"
}

@test "what a [file] closes by itself is told apart from a default" {
	printf '[file]\ndefault = allow\n' >paths.ini
	run -1 "$CGWARD" test paths.ini "operation mount" "operation perf" "file w /etc/a b"
	says "deny	closed by [file]	escapes of [policy]
allow	[operation] absent	not policed
allow	default of [file]	default = allow"
	run -1 "$CGWARD" test --json paths.ini "operation mount"
	[ "$(jq -r .reason <<<"$output")" = closed ] || fail "$output"
}
