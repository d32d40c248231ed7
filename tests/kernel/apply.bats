#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# apply, remove and status: reloads without a gap, several and nested cgroups, cgroups that vanish,
# commands at once and commands killed, and what must be refused with the policy in force untouched.

load ../lib/cgward

setup() {
	cgward_setup
	network_setup
	new_cgroup web
	policy web <<-END
		[connect]
		allow = tcp 127.0.0.1:7001
		deny = tcp 127.0.0.2:7001
	END
}

teardown() {
	cgward_teardown
}

apply() {
	"$CGWARD" apply "$T/$1.ini" "${@:2}" >/dev/null 2>"$T/apply.err" || fail "$(cat "$T/apply.err")"
}

policed() {
	expect ECONNREFUSED "$1" connect tcp 127.0.0.1:7001
	expect EPERM "$1" connect tcp 127.0.0.2:7001
}

unpoliced() {
	expect ECONNREFUSED "$1" connect tcp 127.0.0.2:7001
}

in_force() {
	"$CGWARD" status --json | jq -r '.cgroups[] | "\(.policy) \(.cgroup)"' | sort
}

# ---- reloads -----------------------------------------------------------------------------------------

# Two texts of one policy that agree on what the hammer does and differ in all else.
write_even() {
	policy web <<-END
		[connect]
		allow = any 127.0.0.1:7001
		deny = any 127.0.0.2:7001
		[device]
		default = allow
		deny = c 1:7
	END
}

write_odd() {
	policy web <<-END
		[policy]
		log = none
		[connect]
		default = allow
		deny = any 127.0.0.2
		allow = tcp 127.0.0.2:1-7000
		deny = udp [fd00::/8]
		[device]
		allow = c 1:3 rw
		allow = c *:* m
		[bind]
		deny = tcp any:80
	END
}

hammer_start() {
	mkfifo "$T/hammer.in" "$T/hammer.out"
	inside "$BASE/web" nsenter "--net=$NETWORK" "$BUILD/probes/hammer" 3 127.0.0.1:7001 \
		127.0.0.2:7001 /dev/null /dev/full <"$T/hammer.in" >"$T/hammer.out" 3>&- &
	HAMMER=$!
	exec {HAMMER_IN}>"$T/hammer.in" {HAMMER_OUT}<"$T/hammer.out"
	local line
	read -rt "$PATIENCE_S" line <&"$HAMMER_OUT"
	[ "$line" = ready ]
}

# Nothing forbidden passed, nothing allowed failed, and there were calls to tell.
hammer_stop() {
	local status=0
	exec {HAMMER_IN}>&-
	wait "$HAMMER" || status=$?
	cat <&"$HAMMER_OUT" >"$T/hammered"
	[ $status = 0 ] || fail "$(cat "$T/hammered")"
	[ "$(sed -n 's/^calls //p' "$T/hammered")" -ge 1000 ]
	sed 's/^/# /' "$T/hammered" >&3
}

@test "200 reloads under a hammer: nothing forbidden passes, nothing allowed fails" {
	write_even
	apply web "$BASE/web"
	hammer_start
	for ((i = 0; i < 100; i++)); do
		write_odd
		apply web
		write_even
		apply web
	done
	hammer_stop
	policed "$BASE/web"
}

@test "replacing the policy of a cgroup by another, under a hammer" {
	write_even
	apply web "$BASE/web"
	write_odd
	mv "$T/web.ini" "$T/odd.ini"
	write_even
	hammer_start
	for ((i = 0; i < 20; i++)); do
		apply odd "$BASE/web"
		apply web "$BASE/web"
	done
	hammer_stop
}

@test "reloads killed half way (kill -9), under a hammer" {
	write_even
	apply web "$BASE/web"
	hammer_start
	for ((i = 1; i <= 60; i++)); do
		if ((i % 2)); then write_odd; else write_even; fi
		# Moments spread over the life of the command, which is some milliseconds.
		timeout -s KILL "$(printf '0.%04d' $((i * 5)))" \
			"$CGWARD" apply "$T/web.ini" >/dev/null 2>&1 3>&- || :
	done
	write_even
	apply web
	hammer_stop
	policed "$BASE/web"
	[ "$(in_force)" = "web $BASE/web" ]
}

@test "a reload keeps the counters of cgroup and rules" {
	apply web "$BASE/web"
	policed "$BASE/web"
	policed "$BASE/web"
	sed -i '1i ; moved down by a line' "$T/web.ini"
	apply web
	policed "$BASE/web"
	[ "$(counter "$BASE/web" connect4 denied)" = 3 ]
	[ "$("$CGWARD" status --json "$BASE/web" | jq '.cgroups[0].rules[] |
		select(.text == "deny = tcp 127.0.0.2:7001") | .count')" = 3 ]
}

@test "a reload attaches hooks that are new and detaches those no longer needed" {
	apply web "$BASE/web"
	expect ok "$BASE/web" bind tcp 127.0.0.1:7001
	policy web <<-END
		[bind]
	END
	apply web
	expect EPERM "$BASE/web" bind tcp 127.0.0.1:7001
	unpoliced "$BASE/web"
	[ "$("$CGWARD" status --json "$BASE/web" | jq -c '.cgroups[0].hooks | sort')" = \
		'["bind4","bind6"]' ]
}

@test "applying the same file again changes nothing" {
	apply web "$BASE/web"
	local before after
	before=$("$CGWARD" status --json "$BASE/web" | jq '.cgroups[0].generation')
	apply web "$BASE/web"
	apply web
	after=$("$CGWARD" status --json "$BASE/web" | jq '.cgroups[0].generation')
	[ "$before" = "$after" ]
}

# ---- what must be refused, with the policy in force untouched ----------------------------------------

@test "a policy with an error leaves the old one in force" {
	apply web "$BASE/web"
	cp "$T/web.ini" "$T/good.ini"
	for line in 'allow = tcp 10.0.0.1/8' 'alow = tcp 10.0.0.1' '[accept]' '[conect]'; do
		{ cat "$T/good.ini"; echo "$line"; } >"$T/web.ini"
		run -2 "$CGWARD" apply "$T/web.ini" "$BASE/web"
		[[ "$output" == *"web.ini:4:"* ]]
		run -2 "$CGWARD" apply "$T/web.ini"
		policed "$BASE/web"
	done
}

@test "a policy whose own tests do not hold leaves the old one in force" {
	apply web "$BASE/web"
	policy web <<-END
		[connect]
		default = allow
		[tests]
		deny = connect tcp 127.0.0.2:7001
	END
	run -1 "$CGWARD" apply "$T/web.ini" "$BASE/web"
	policed "$BASE/web"
}

@test "a policy, include or list that others may write is refused" {
	apply web "$BASE/web"
	policy base <<-END
		[connect]
		default = allow
	END
	echo 127.0.0.2 >"$T/list"
	{
		echo "[policy]"
		echo "include = base.ini"
		echo "[group g]"
		echo "file = list"
	} >"$T/web.ini"
	chmod 600 "$T/list" "$T/web.ini"
	for file in web.ini base.ini list; do
		chmod g+w "$T/$file"
		run -2 "$CGWARD" apply "$T/web.ini" "$BASE/web"
		[[ "$output" == *"$file"* ]]
		chmod g-w,o+w "$T/$file"
		run -2 "$CGWARD" apply "$T/web.ini" "$BASE/web"
		chmod o-w "$T/$file"
		chown 65534 "$T/$file"
		run -2 "$CGWARD" apply "$T/web.ini" "$BASE/web"
		[[ "$output" == *"$file"* ]]
		chown 0 "$T/$file"
	done
	mkdir "$T/shared"
	cp "$T/web.ini" "$T/base.ini" "$T/list" "$T/shared"
	chmod g+w "$T/shared"
	run -2 "$CGWARD" apply "$T/shared/web.ini" "$BASE/web"
	[[ "$output" == *"the group of its directory may write"* ]]
	run -125 "$CGWARD" run --policy "$T/shared/web.ini" true
	for file in base.ini list; do
		cp "$T/web.ini" "$T/other.ini"
		sed -i "s|= $file|= shared/$file|" "$T/other.ini"
		run -2 "$CGWARD" apply "$T/other.ini" "$BASE/web"
		[[ "$output" == *"shared/$file"*"the group of its directory may write"* ]]
	done
	run -0 "$CGWARD" check "$T/shared/web.ini"
	policed "$BASE/web"
	# All in order again: it is the owner and the mode that were refused.
	apply web "$BASE/web"
	unpoliced "$BASE/web"
}

@test "a cgroup that does not exist, and names that lead out of the hierarchy" {
	run -2 "$CGWARD" apply "$T/web.ini" "$BASE/absent"
	run -2 "$CGWARD" apply "$T/web.ini" "$BASE/web/../../.."
	run -2 "$CGWARD" apply "$T/web.ini" /etc
	run -2 "$CGWARD" apply "$T/web.ini" ""
	[[ "$output" == *"not a cgroup name"* ]]
	[ -z "$(in_force)" ]
}

@test "one bad cgroup among several: nothing is changed" {
	run -2 "$CGWARD" apply "$T/web.ini" "$BASE/web" "$BASE/absent"
	[ -z "$(in_force)" ]
	unpoliced "$BASE/web"
}

@test "a reload of what is nowhere in force: 1" {
	run -1 "$CGWARD" apply "$T/web.ini"
}

@test "the root cgroup is refused, unless forced" {
	policy watch <<-END
		[policy]
		mode = audit
		log = none
		[bind]
		default = allow
		deny = tcp 127.99.99.99:1
	END
	run -3 "$CGWARD" apply "$T/watch.ini" /
	[[ "$output" == *--force* ]]
	run -3 "$CGWARD" apply "$T/watch.ini" "$CGROUP2"
	[ -z "$(in_force)" ]
	run -0 "$CGWARD" apply --force "$T/watch.ini" /
	[ "$(in_force)" = "watch /" ]
	expect ok "$BASE/web" bind tcp 127.99.99.99:1
	run -0 "$CGWARD" remove /
	[ -z "$(in_force)" ]
}

@test "pins of another version are refused with what to do, still enforce, and can be removed" {
	apply web "$BASE/web"
	local tree
	tree=$(find "$CGWARD_PINS" -maxdepth 1 -name 'abi*')
	mv "$tree" "$CGWARD_PINS/abi9999"
	for command in "apply $T/web.ini $BASE/web" status "remove $BASE/web"; do
		# shellcheck disable=SC2086 # words of a command line
		run -3 "$CGWARD" $command
		[[ "$output" == *"it goes on policing 1 cgroup"*"remove --all"* ]]
	done
	policed "$BASE/web"
	run -0 "$CGWARD" remove --all
	unpoliced "$BASE/web"
	apply web "$BASE/web"
	policed "$BASE/web"
}

@test "without capabilities: refused, and nothing is in force" {
	run -3 setpriv --bounding-set=-all "$CGWARD" apply "$T/web.ini" "$BASE/web"
	[ -n "$output" ]
	unpoliced "$BASE/web"
	apply web "$BASE/web"
	policed "$BASE/web"
}

# ---- remove ------------------------------------------------------------------------------------------

@test "remove of a live policy lets the cgroup go on without it" {
	write_even
	apply web "$BASE/web"
	hammer_start
	run -0 "$CGWARD" remove "$BASE/web"
	exec {HAMMER_IN}>&-
	local status=0
	wait "$HAMMER" || status=$?
	[ $status = 1 ]
	run -0 grep -x 'allowed-failed 0' <&"$HAMMER_OUT"
	unpoliced "$BASE/web"
	[ -z "$(in_force)" ]
}

@test "remove where there is no policy: 1; no such cgroup: 2" {
	run -1 "$CGWARD" remove "$BASE/web"
	apply web "$BASE/web"
	new_cgroup other
	run -1 "$CGWARD" remove "$BASE/other"
	run -2 "$CGWARD" remove "$BASE/absent"
	policed "$BASE/web"
}

@test "remove --all takes everything away, and then there is nothing to remove" {
	new_cgroup other
	apply web "$BASE/web" "$BASE/other"
	run -0 "$CGWARD" remove --all
	unpoliced "$BASE/web"
	unpoliced "$BASE/other"
	[ ! -e "$CGWARD_PINS" ] || [ -z "$(ls -A "$CGWARD_PINS")" ]
	run -0 "$CGWARD" remove --all
}

@test "remove --all without a reader tells of the records that nobody read" {
	apply web "$BASE/web"
	policed "$BASE/web"
	run -0 --separate-stderr "$CGWARD" remove --all
	[[ "$stderr" == *"Of 1 made, 1 found no reader"* ]] || fail "$stderr"
	apply web "$BASE/web"
	run -0 --separate-stderr "$CGWARD" remove --all
	[ -z "$stderr" ]
}

@test "without /proc: the system refused, whatever names are good" {
	apply web "$BASE/web"
	for command in "apply $T/web.ini $BASE/web" "status $BASE/web" "remove $BASE/web"; do
		run -3 unshare --mount sh -c "umount -l /proc && exec $CGWARD $command"
	done
	policed "$BASE/web"
}

@test "remove --all leaves alone what others keep in the pin directory" {
	apply web "$BASE/web"
	mkdir -p "$CGWARD_PINS/theirs/below" "$CGWARD_PINS/abi9999"
	run -0 "$CGWARD" remove --all
	unpoliced "$BASE/web"
	[ "$(ls "$CGWARD_PINS")" = theirs ]
	[ -d "$CGWARD_PINS/theirs/below" ]
	rm -r "$CGWARD_PINS/theirs"
}

# ---- several and nested cgroups ----------------------------------------------------------------------

@test "several cgroups share a policy; each can be taken away or changed alone" {
	new_cgroup second
	new_cgroup third
	apply web "$BASE/web" "$BASE/second" "$BASE/third"
	policed "$BASE/web"
	policed "$BASE/second"
	policed "$BASE/third"
	[ "$(counter "$BASE/web" connect4 denied)" = 1 ]

	run -0 "$CGWARD" remove "$BASE/second"
	unpoliced "$BASE/second"
	policed "$BASE/web"
	policed "$BASE/third"

	policy web <<-END
		[connect]
		default = allow
	END
	apply web "$BASE/third"
	unpoliced "$BASE/third"
	policed "$BASE/web"
	apply web
	unpoliced "$BASE/web"
}

@test "a reload without a cgroup reaches every cgroup of the file" {
	new_cgroup second
	apply web "$BASE/web" "$BASE/second"
	policy web <<-END
		[connect]
		default = allow
	END
	apply web
	unpoliced "$BASE/web"
	unpoliced "$BASE/second"
}

@test "nested cgroups: both policies must allow, whichever was first" {
	new_cgroup web/inner
	new_cgroup web/inner/deep
	policy inner <<-END
		[connect]
		default = allow
		deny = tcp 127.0.0.1:7002
	END
	policy outer <<-END
		[connect]
		default = allow
		deny = tcp 127.0.0.1:7003
	END
	apply inner "$BASE/web/inner"
	apply outer "$BASE/web"
	for cgroup in "$BASE/web/inner" "$BASE/web/inner/deep"; do
		expect ECONNREFUSED "$cgroup" connect tcp 127.0.0.1:7001
		expect EPERM "$cgroup" connect tcp 127.0.0.1:7002
		expect EPERM "$cgroup" connect tcp 127.0.0.1:7003
	done
	expect ECONNREFUSED "$BASE/web" connect tcp 127.0.0.1:7002
	expect EPERM "$BASE/web" connect tcp 127.0.0.1:7003
	[ "$("$CGWARD" status --json "$BASE/web/inner/deep" | jq -c '[.stack[].policy]')" = \
		'["outer","inner"]' ]
	run -0 "$CGWARD" remove "$BASE/web"
	expect EPERM "$BASE/web/inner" connect tcp 127.0.0.1:7002
	expect ECONNREFUSED "$BASE/web/inner" connect tcp 127.0.0.1:7003
}

# ---- cgroups that vanish, commands at once -------------------------------------------------------------

pins() {
	find "$CGWARD_PINS" | grep -v '/abi[0-9]*/metas/retired_' | sort
}

@test "a cgroup removed while its policy is in force is swept by the next command" {
	new_cgroup other
	apply web "$BASE/other"
	pins >"$T/before"
	apply web "$BASE/web"
	[ "$(pins | wc -l)" -gt "$(wc -l <"$T/before")" ]
	rmdir "$CGROUP2$BASE/web"
	apply web "$BASE/other"
	[ "$(in_force)" = "web $BASE/other" ]
	pins | diff "$T/before" -
	policed "$BASE/other"
}

@test "a cgroup made again under the same name has no policy" {
	apply web "$BASE/web"
	rmdir "$CGROUP2$BASE/web"
	mkdir "$CGROUP2$BASE/web"
	unpoliced "$BASE/web"
	run -1 "$CGWARD" remove "$BASE/web"
	apply web "$BASE/web"
	policed "$BASE/web"
}

@test "many commands at once: each does its work" {
	local pids=() i
	for ((i = 0; i < 12; i++)); do
		new_cgroup "many$i"
		"$CGWARD" apply "$T/web.ini" "$BASE/many$i" >/dev/null 2>"$T/many$i.err" 3>&- &
		pids+=($!)
	done
	for ((i = 0; i < 12; i++)); do
		wait "${pids[i]}" || fail "apply $i: $(cat "$T/many$i.err")"
	done
	[ "$(in_force | wc -l)" = 12 ]
	for ((i = 0; i < 12; i++)); do
		policed "$BASE/many$i"
	done
	pids=()
	for ((i = 0; i < 12; i++)); do
		"$CGWARD" remove "$BASE/many$i" >/dev/null 2>"$T/many$i.err" 3>&- &
		pids+=($!)
	done
	for ((i = 0; i < 12; i++)); do
		wait "${pids[i]}" || fail "remove $i: $(cat "$T/many$i.err")"
	done
	[ -z "$(in_force)" ]
}

@test "the pins are root's alone" {
	apply web "$BASE/web"
	[ "$(stat -c '%a %u' "$CGWARD_PINS")" = "700 0" ]
}
