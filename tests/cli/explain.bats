#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# cgward explain: the effective rules in words, and the same for scripts.

load ../lib/cli

setup() {
	cli_setup
	mkdir base
	seq 0 4999 | awk '{ print "192." int($1 / 250) "." $1 % 250 ".0/25" }' >partners.txt
	printf '[connect]\ndeny = any 169.254.169.254\n' >base/guard.ini
	cat >web.ini <<-'END'
		[policy]
		description = Front end
		include = base/guard.ini
		log-rate = 10/m
		[group partners]
		file = partners.txt
		[device]
		mode = audit
		allow = /dev/null rw
		[socket]
		families = inet inet6
		allow = inet stream tcp
		allow = inet6 stream tcp
		[connect]
		default = allow
		deny = tcp 10.66.0.0/16
		deny = tcp @partners:25,587
		audit = any [2001:db8::/32]
	END
}

@test "every section in words" {
	run -0 --separate-stderr "$CGWARD" explain web.ini
	[ -z "$stderr" ]
	says "policy web: Front end
mode enforce; denials are recorded, at most 10 in 60 seconds for each cgroup and hook

[device] mode audit: what it refuses is recorded, and happens
  enforced by device
  allow read and write of character device 1:3 (web.ini:9)
  refuse everything else (default = deny)

[socket]
  enforced by sock_create
  not attached: lsm-socket (nothing seen there is ever refused or recorded)
  allow inet stream tcp sockets (web.ini:12)
  allow inet6 stream tcp sockets (web.ini:13)
  refuse everything else (default = deny)
  only the families it names (families =) are policed

[connect]
  enforced by connect4, connect6, sendmsg4, sendmsg6
  for sockets made outside, where the kernel runs LSM programs: socket_connect, socket_sendmsg
  refuse any protocol to 169.254.169.254, any port (base/guard.ini:2)
  allow and record any protocol to 2001:db8::/32, any port (web.ini:18)
  refuse TCP to @partners (5,000 networks), ports 25 and 587 (web.ini:17)
  refuse TCP to 10.66.0.0/16, any port (web.ini:16)
  allow everything else (default = allow)

not policed, and nothing attached for it: [bind] [file] [exec] [unix] [capability] [operation]

worth knowing:
$(grep -A 100 -x 'worth knowing:' <<<"$output" | tail -n +2)"
}

@test "hooks that can change nothing are told, and why they are not attached" {
	printf '[socket]\nfamilies = inet inet6\n[bind]\n' >p.ini
	run -0 "$CGWARD" explain --json p.ini
	local hooks
	hooks=$(jq -c '.sections[] | select(.section == "bind") | .hooks + .hooks_not_needed | sort' <<<"$output")
	[ "$hooks" = '["bind4","bind6"]' ]
	run -0 "$CGWARD" explain p.ini
	mentions $'\n  refuse everything (default = deny)\n'
}

@test "holes and notes are told at the end" {
	printf '[connect]\n' >hole.ini
	run -0 "$CGWARD" explain hole.ini
	[[ "$output" == *$'\nworth knowing:\nhole.ini:1:2: warning: '* ]] || fail "$output"
	mentions "families = inet inet6"
}

@test "errors: 2, on stderr, nothing explained" {
	printf '[connect]\nalow = x\n' >bad.ini
	run -2 --separate-stderr "$CGWARD" explain bad.ini
	says ""
	[[ "$stderr" == *"bad.ini:2:1: error: "* ]]
}

@test "--json has the same facts" {
	run -0 --separate-stderr "$CGWARD" explain --json web.ini
	[ "$(jq -c '[.policy, .description, .mode, .log, .log_rate_count, .log_rate_seconds]' <<<"$output")" = \
		'["web","Front end","enforce","denied",10,60]' ] || fail "$output"
	[ "$(jq -c '.sections[:4] | map([.section, .present, .default, .mode, (.rules | length)])' <<<"$output")" = \
		'[["device",true,"deny","audit",1],["socket",true,"deny","enforce",2],["connect",true,"allow","enforce",4],["bind",false,null,null,0]]' ] ||
		fail "$output"
	[ "$(jq -c '.sections[2].rules | map([.verdict, .file, .line])' <<<"$output")" = \
		'[["deny","base/guard.ini",2],["audit","web.ini",18],["deny","web.ini",17],["deny","web.ini",16]]' ] ||
		fail "$output"
	[ "$(jq -c '.groups' <<<"$output")" = '[{"group":"partners","networks":5000}]' ]
	jq -e '.findings | all(has("message"))' <<<"$output"
}

@test "sections of paths and names: in words, with the LSM programs they need" {
	printf '%s\n' '[policy]' 'escapes = bpf' '[file]' 'default = allow' 'deny = d /etc/**' '[exec]' \
		'library = /lib/**' '[unix]' 'allow = anonymous' '[capability]' 'allow = chown kill' >paths.ini
	run "$CGWARD" explain paths.ini
	mentions $'\n  LSM programs: file_open, path_unlink, path_rmdir, path_rename\n  refuse delete of /etc/** (paths.ini:5)\n'
	mentions "  allow loading /lib/** as a library (paths.ini:7)"
	mentions "  allow connections to sockets without a name (paths.ini:9)"
	mentions "  allow the capabilities chown and kill (paths.ini:11)"
	mentions $'\nclosed by [file], as long as no rule of [operation] names it: mount, userns, cgroup-escape, ptrace\n'
	mentions "nothing attached for it: [device] [socket] [connect] [bind]"$'\n'
	run "$CGWARD" explain --json paths.ini
	[ "$(jq -c '.sections[] | select(.section == "file") | .lsm_hooks' <<<"$output")" = \
		'["file_open","path_unlink","path_rmdir","path_rename"]' ] || fail "$output"
}

@test "what enforces other families than inet and inet6, and what does instead" {
	printf '[socket]\nallow = inet\n' >families.ini
	run -0 "$CGWARD" explain families.ini
	says "policy families
mode enforce; denials are recorded, at most 100 a second for each cgroup and hook

[socket]
  enforced by sock_create, lsm-socket
  LSM programs: socket_create
  instead of LSM programs, where none run: a seccomp filter on what \`cgward run\` starts
  allow inet sockets (families.ini:2)
  refuse everything else (default = deny)

not policed, and nothing attached for it: [device] [connect] [bind] [file] [exec] [unix] [capability] [operation]"
}
