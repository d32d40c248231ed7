#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# cgward status and doctor, as people and scripts see them, over a kernel that has denied something.

load ../lib/cgward

setup() {
	cgward_setup
	network_setup
	new_cgroup web
	policy web <<-END
		[policy]
		description = Front end
		[connect]
		allow = tcp 127.0.0.1:7001
		deny = tcp 127.0.0.2:7001
		audit = tcp 127.0.0.3:7001
		[bind]
		mode = audit
	END
	policy guard <<-END
		[bind]
		default = allow
		deny = tcp 127.0.0.9:1
	END
}

teardown() {
	cgward_teardown
}

deny_and_audit() {
	expect EPERM "$BASE/web" connect tcp 127.0.0.2:7001
	expect EPERM "$BASE/web" connect tcp 127.0.0.2:7001
	expect EPERM "$BASE/web" connect tcp 127.0.0.4:7001
	expect ECONNREFUSED "$BASE/web" connect tcp 127.0.0.3:7001
	expect ok "$BASE/web" bind tcp 127.0.0.1:7002
}

# One line of `status` that begins with a word, blanks folded.
line() {
	awk -v word="$1" '$1 == word { $1 = $1; print }' <<<"$output"
}

@test "nothing loaded: said so, 0, and nothing is loaded by asking" {
	run -0 "$CGWARD" status
	[ "$output" = "no policy is in force" ]
	run -0 "$CGWARD" status --json
	[ "$(jq -c '[.cgroups, .records.attempted]' <<<"$output")" = '[[],0]' ]
	run -1 "$CGWARD" status "$BASE/web"
	[ ! -e "$CGWARD_PINS" ] || [ -z "$(ls -A "$CGWARD_PINS")" ]
}

@test "no cgroup2 to be seen: refused, not taken for nothing in force" {
	"$CGWARD" apply "$T/web.ini" "$BASE/web" >/dev/null 2>&1
	# shellcheck disable=SC2016 # the other shell expands it
	run -3 unshare -m sh -c 'umount -l "$0" && exec "$@"' "$CGROUP2" "$CGWARD" status
	[[ "$output" == *"no cgroup2 hierarchy is mounted"* ]]
	[[ "$output" != *"no policy is in force"* ]]
}

@test "the table: a line a cgroup, what was denied, and the records without a reader" {
	"$CGWARD" apply "$T/web.ini" "$BASE/web"
	deny_and_audit
	run -0 --separate-stderr "$CGWARD" status
	[ -z "$stderr" ]
	[ "$(awk '{ $1 = $1; print; exit }' <<<"$output")" = \
		"CGROUP POLICY MODE HOOKS DENIED WOULD-DENY AUDITED SUPPRESSED" ]
	[[ "$(awk '$2 == "web" { $1 = ""; print }' <<<"$output")" =~ ^\ web\ mixed\ [0-9]+\ 3\ 1\ 1\ 0$ ]] ||
		fail "$output"
	[ "$(line records:)" = "records: 5 made, lost: 5 without a reader, 0 for want of room, 0 failed" ] ||
		fail "$output"
}

# What `status` writes on a terminal, into $output, without its colours.
status_on_terminal() {
	command -v script >/dev/null || skip "needs script(1)"
	run -0 script -qec "$CGWARD status" /dev/null </dev/null
	output=$(sed $'s/\r//; s/\e\\[[01]m//g' <<<"$output")
}

@test "on a terminal the table fits 80 columns whatever cgroups are called; elsewhere names are whole" {
	local name=a-name-that-is-long-as-those-of-containers-are-0123456789abcdef0123456789abcdef
	new_cgroup $name
	"$CGWARD" apply "$T/web.ini" "$BASE/$name"
	status_on_terminal
	[ "$(wc -L <<<"$output")" -le 80 ]
	[[ "$output" == *$'\n'..*abcdef\ * ]] || fail "$output"
	run -0 "$CGWARD" status
	[[ "$output" == *$'\n'"$BASE/$name web "* ]] || fail "$output"
}

@test "it fits them where names are escaped, and every line has its columns in one place" {
	local name
	for name in "$(printf '\001%.0s' {1..60})" $'\e[31m\xff' "$(printf 'ü%.0s' {1..60})"; do
		new_cgroup "$name"
		"$CGWARD" apply "$T/guard.ini" "$BASE/$name" >/dev/null
	done
	status_on_terminal
	local -x LC_ALL=C.UTF-8
	[ "$(wc -L <<<"$output")" -le 80 ] || fail "$output"
	[ "$(grep -oP '^.*(?=enforce)' <<<"$output" |
		while IFS= read -r front; do echo ${#front}; done | sort -u | wc -l)" = 1 ] || fail "$output"
}

@test "a name with a terminal sequence in it is shown, not obeyed" {
	local name=$'evil\e[2J'
	mkdir "$CGROUP2$BASE/$name"
	OWN_CGROUPS+=("$BASE/$name")
	"$CGWARD" apply "$T/web.ini" "$BASE/$name" >"$T/applied" 2>&1 || fail "$(cat "$T/applied")"
	for command in "status" "status --json" "status $BASE/$name"; do
		# shellcheck disable=SC2086 # words of a command line
		run -0 "$CGWARD" $command
		[[ "$output" != *$'\e'* ]] || fail "$command: $output"
	done
}

@test "one cgroup: hooks, rules with file and line, defaults" {
	"$CGWARD" apply "$T/web.ini" "$BASE/web"
	deny_and_audit
	run -0 "$CGWARD" status "$BASE/web"
	[ "$(line policy)" = "policy web" ]
	[ "$(line description)" = "description Front end" ]
	[ "$(line connect4)" = "connect4 3 0 1 0 0 0" ]
	[ "$(line bind4)" = "bind4 0 1 0 0 0 0" ]
	[[ "$(line 2)" == "2 "*"web.ini:5 deny = tcp 127.0.0.2:7001" ]] || fail "$output"
	[[ "$output" == *"1  default of [connect]"* ]]
	[[ "$output" == *"1  default of [bind]"* ]]
	[[ "$output" != *"web.ini:4"* ]]
}

@test "--json: counters by hook, counts by rule, records" {
	"$CGWARD" apply "$T/web.ini" "$BASE/web"
	deny_and_audit
	run -0 "$CGWARD" status --json
	[ "$(jq -c '.cgroups[0] | [.policy, .mode, .run, .counters.connect4.denied,
		.counters.connect4.audited, .counters.bind4.would_deny]' <<<"$output")" = \
		'["web","mixed",false,3,1,1]' ] || fail "$output"
	[ "$(jq -c '.cgroups[0].rules | map([.section, (.rule | sub(".*/"; "")), .count])' <<<"$output")" = \
		'[["connect","web.ini:4",0],["connect","web.ini:5",2],["connect","web.ini:6",1],["connect","default",1],["bind","default",1]]' ] ||
		fail "$output"
	[ "$(jq -c '.records | [.attempted, .no_reader, .failed, .broken]' <<<"$output")" = '[5,5,0,0]' ]
	[ "$(jq '.cgroups[0].cgroup_id' <<<"$output")" = "$(stat -c %i "$CGROUP2$BASE/web")" ]
}

@test "a nested cgroup: the policies above it are told, and count as being policed" {
	new_cgroup web/inner
	"$CGWARD" apply "$T/guard.ini" "$BASE/web"
	run -0 "$CGWARD" status "$BASE/web/inner"
	[[ "$output" == *"none of its own"* ]]
	[[ "$output" == *"$BASE/web  guard (enforce; "* ]] || fail "$output"
	"$CGWARD" apply "$T/web.ini" "$BASE/web/inner"
	run -0 "$CGWARD" status --json "$BASE/web/inner"
	[ "$(jq -c '[(.cgroups | map(.policy)), (.stack | map(.policy))]' <<<"$output")" = \
		'[["web"],["guard","web"]]' ]
	run -1 "$CGWARD" status "$BASE"
}

@test "a cgroup that does not exist: 2" {
	run -2 "$CGWARD" status "$BASE/absent"
}

@test "apply prints a line for each cgroup, and what became of it" {
	new_cgroup other
	run -0 --separate-stderr "$CGWARD" apply "$T/guard.ini" "$BASE/web" "$BASE/other"
	[ "${#lines[@]}" = 2 ] || fail "$output"
	[[ "${lines[0]}" =~ ^$BASE/web:\ guard\ in\ force,\ generation\ [0-9]+,\ hooks\ bind4 ]] || fail "$output"
	run -0 --separate-stderr "$CGWARD" apply "$T/guard.ini"
	[[ "$output" == "guard"*"unchanged"* || "$output" == *": guard unchanged,"* ]] || fail "$output"
	echo "deny = tcp 127.0.0.9:2" >>"$T/guard.ini"
	run -0 --separate-stderr "$CGWARD" apply "$T/guard.ini"
	[[ "$output" == "2 cgroups: guard reloaded, generation "* ]] || fail "$output"
}

@test "doctor: what is there is told, and agrees with what works" {
	run "$CGWARD" doctor --json
	[ "$(jq '.able' <<<"$output")" = true ] || [ "$status" = 1 ]
	[ "$(jq -c '[.features[] | .state] - ["yes", "no", "unknown"]' <<<"$output")" = '[]' ]
	[ "$(jq -r '.features[] | select(.name == "connect4") | .state' <<<"$output")" = yes ]
	run "$CGWARD" doctor
	if grep -q '^no  *lsm ' <<<"$output"; then
		[ "$status" = 1 ] && grep -q '^Not every section' <<<"$output" || fail "$output"
	else
		[ "$status" = 0 ] && grep -q '^Every section' <<<"$output" || fail "$output"
	fi
	[[ "$(line yes)" == *"yes connect4 "* ]] || fail "$output"
	run -1 setpriv --reuid 65534 --regid 65534 --clear-groups "$CGWARD" doctor
	[[ "$output" == *"no       capabilities"* ]] || fail "$output"
	[ "$("$CGWARD" status)" = "no policy is in force" ]
}
