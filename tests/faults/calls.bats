#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# One system call after the other fails, in every command that changes what is in force. Whatever
# comes of it: the old policy or the new one as a whole, calls that both forbid are denied all the
# while, the command says what failed, and the next one finds nothing in its way.

load lib

setup() {
	faults_setup
}

teardown() {
	faults_teardown
}

# How many calls there are is told, so that no test can pass by meeting no fault.
at_least() {
	[ "$N" -gt "$1" ] || fail "only $((N - 1)) calls, of at least $1"
	echo "# of $((N - EVERY)) calls, one in $EVERY failed in turn" >&3
}

# One call in so many fails, so that the tier stays within minutes; FAULT_EVERY=1: each one.
EVERY=${FAULT_EVERY:-2}

# pins_are NAME: as they were when pins_as NAME noted them.
pins_as() {
	pins >"$T/pins.$1"
}

pins_are() {
	pins | diff "$T/pins.$1" - >&2 || fail "$2: these pins differ from those of $1"
}

reload_between() { # FROM TO: unless the Nth call does not exist
	local from=$1 to=$2
	faulty "$N" "$CGWARD" apply "$T/web.ini"
	if [ "$STATUS" = 0 ]; then
		signature_is "$to" "$FAULT"
	else
		admits_failure 2 3
		signature_is "$from" "$FAULT: $(cat "$T/error")"
		pins_are "$from" "$FAULT"
	fi
	cgward apply "$T/web.ini"
	signature_is "$to" "after $FAULT"
	pins_are "$to" "after $FAULT and the next command"
}

@test "reload: each call fails in turn" {
	# Programs that one of them needs stay.
	use old
	cgward apply "$T/web.ini" "$BASE/web"
	use new
	cgward apply "$T/web.ini"
	pins_as "$NEW"
	use old
	cgward apply "$T/web.ini"
	pins_as "$OLD"
	signer_start "$BASE/web"
	signature_is "$OLD"
	hammer_start 1
	N=1 FAULT=some
	while [ -n "$FAULT" ]; do
		use new
		reload_between "$OLD" "$NEW"
		N=$((N + EVERY))
		[ -n "$FAULT" ] || break
		use old
		reload_between "$NEW" "$OLD"
		N=$((N + EVERY))
	done
	hammer_stop
	at_least 40
}

@test "a reload that loads programs: each call fails in turn" {
	EVERY=${FAULT_EVERY:-5}
	use new
	cgward apply "$T/web.ini" "$BASE/web"
	pins_as "$NEW"
	signer_start "$BASE/web"
	for ((N = 1; ; N += EVERY)); do
		use old
		cgward apply "$T/web.ini"
		rm "$CGWARD_PINS/"abi*/programs/{bind4,bind6}
		use new
		faulty "$N" "$CGWARD" apply "$T/web.ini"
		if [ "$STATUS" = 0 ]; then
			signature_is "$NEW" "$FAULT"
		else
			admits_failure 2 3
			signature_is "$OLD" "$FAULT: $(cat "$T/error")"
		fi
		cgward apply "$T/web.ini"
		signature_is "$NEW" "after $FAULT"
		! pins | diff "$T/pins.$NEW" - | grep '^<' >&2 || fail "$FAULT: pins are missing"
		[ -n "$FAULT" ] || break
	done
	at_least 100
}

@test "the first apply, which loads the programs: each call fails in turn" {
	EVERY=${FAULT_EVERY:-5}
	signer_start "$BASE/web"
	use old
	for ((N = 1; ; N += EVERY)); do
		faulty "$N" "$CGWARD" apply "$T/web.ini" "$BASE/web"
		if [ "$STATUS" = 0 ]; then
			signature_is "$OLD" "$FAULT"
		else
			admits_failure 2 3
			signature_is "$NONE" "$FAULT: $(cat "$T/error")"
			! pins | grep -E 'loading|cgroups/|metas/' >&2 || fail "$FAULT: pins are left"
		fi
		cgward apply "$T/web.ini" "$BASE/web"
		signature_is "$OLD" "after $FAULT"
		cgward remove --all
		signature_is "$NONE"
		[ -n "$FAULT" ] || break
	done
	at_least 100
}

@test "one more cgroup, and away again: each call fails in turn" {
	EVERY=${FAULT_EVERY:-3}
	new_cgroup more
	use old
	cgward apply "$T/web.ini" "$BASE/web"
	pins_as one
	cgward apply "$T/web.ini" "$BASE/more"
	pins_as two
	cgward remove "$BASE/more"
	pins_are one
	signer_start "$BASE/more"
	hammer_start 1
	for ((N = 1; ; N += EVERY)); do
		faulty "$N" "$CGWARD" apply "$T/web.ini" "$BASE/more"
		if [ "$STATUS" = 0 ]; then
			signature_is "$OLD" "$FAULT"
		else
			admits_failure 2 3
			signature_is "$NONE" "$FAULT: $(cat "$T/error")"
			pins_are one "$FAULT"
		fi
		cgward apply "$T/web.ini" "$BASE/more"
		signature_is "$OLD" "after $FAULT"
		pins_are two "after $FAULT and the next command"

		faulty "$N" "$CGWARD" remove "$BASE/more"
		if [ "$STATUS" = 0 ]; then
			signature_is "$NONE" "$FAULT"
		else
			admits_failure 2 3
		fi
		# Whatever is left of it, the sweep of any other command takes.
		"$CGWARD" remove "$BASE/more" >/dev/null 2>&1 || [ $? = 1 ]
		signature_is "$NONE" "after $FAULT"
		pins_are one "after $FAULT and the next command"
		[ -n "$FAULT" ] || break
	done
	hammer_stop
	at_least 50
}

replace_by() { # NAME SIGNATURE-BEFORE SIGNATURE-AFTER
	faulty "$N" "$CGWARD" apply "$T/$1.ini" "$BASE/web"
	if [ "$STATUS" = 0 ]; then
		signature_is "$3" "$FAULT"
	else
		admits_failure 2 3
		signature_is "$2" "$FAULT: $(cat "$T/error")"
	fi
	cgward apply "$T/$1.ini" "$BASE/web"
	signature_is "$3" "after $FAULT"
}

@test "another policy for one of two cgroups that share one: each call fails in turn" {
	EVERY=${FAULT_EVERY:-4}
	new_cgroup more
	cgward apply "$T/old.ini" "$BASE/web" "$BASE/more"
	signer_start "$BASE/web"
	signature_is "$OLD"
	hammer_start 1
	for ((N = 1; ; N += EVERY)); do
		replace_by new "$OLD" "$NEW"
		[ -n "$FAULT" ] || break
		replace_by old "$NEW" "$OLD"
	done
	hammer_stop
	at_least 60
}

@test "remove --all: each call fails in turn" {
	EVERY=${FAULT_EVERY:-3}
	signer_start "$BASE/web"
	for ((N = 1; ; N += EVERY)); do
		cgward apply "$T/old.ini" "$BASE/web"
		faulty "$N" "$CGWARD" remove --all
		if [ "$STATUS" = 0 ]; then
			signature_is "$NONE" "$FAULT"
			# A directory that is busy is a mount, which stays.
			[ -z "$(ls -A "$CGWARD_PINS" 2>/dev/null)" ] || fail "$FAULT: pins are left"
			[ ! -e "$CGWARD_PINS" ] || [[ $FAULT == *"rmdir EBUSY"* ]] || fail "$FAULT: $CGWARD_PINS"
		else
			admits_failure 3
		fi
		cgward remove --all
		signature_is "$NONE" "after $FAULT"
		[ ! -e "$CGWARD_PINS" ] || fail "after $FAULT: pins are left"
		[ -n "$FAULT" ] || break
	done
	at_least 40
}

@test "status: each call fails in turn, and it never tells less than there is" {
	new_cgroup more
	cgward apply "$T/old.ini" "$BASE/web"
	cgward apply "$T/new.ini" "$BASE/more"
	"$CGWARD" status --json "$BASE/web" >"$T/whole"
	for ((N = 1; ; N += EVERY)); do
		faulty "$N" "$CGWARD" status --json "$BASE/web"
		if [ "$STATUS" = 0 ]; then
			diff "$T/whole" "$T/said" >&2 || fail "$FAULT: not the truth"
		else
			admits_failure 2 3
		fi
		[ -n "$FAULT" ] || break
	done
	at_least 40
}

@test "run: each call fails in turn, and the command never runs without its policy" {
	EVERY=${FAULT_EVERY:-5}
	cgward apply "$T/old.ini" "$BASE/web"
	for ((N = 1; ; N += EVERY)); do
		faulty "$N" "$CGWARD" run --policy "$T/old.ini" --log "$LOG" -- \
			"$ATTEMPT" connect tcp 127.0.0.2:7001
		case $(<"$T/said") in
		EPERM) ;;
		"") admits_failure 125 ;;
		*) fail "$FAULT: the command was not policed: $(<"$T/said")" ;;
		esac
		ward run --policy "$T/old.ini" --log "$LOG" -- true
		[ "$(cgroups_below "$BASE")" = ./web ] || fail "$FAULT: $(cgroups_below "$BASE")"
		[ -n "$FAULT" ] || break
	done
	at_least 100
	[ "$("$CGWARD" status --json | jq '.cgroups | length')" = 1 ]
	log_is_whole
}
