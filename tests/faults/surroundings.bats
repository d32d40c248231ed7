#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# What cgward stands on gives way: file systems missing, read-only or mounted over, cgroups that
# vanish at each moment, many commands at once. A mount namespace keeps the machine's own mounts.

load lib

setup() {
	faults_setup
	use old
}

teardown() {
	faults_teardown
}

# elsewhere SCRIPT: cgward in mounts that the script has changed. Sets STATUS.
elsewhere() { # SCRIPT ARGUMENT...
	local script=$1
	shift
	STATUS=0
	inside "$BASE" timeout "$PATIENCE_S" unshare -m --propagation private \
		sh -euc "$script"'; exec "$@"' sh "$CGWARD" "$@" >"$T/said" 2>"$T/error" 3>&- ||
		STATUS=$?
}

says() {
	grep -qE "$1" "$T/error" || fail "no word of '$1'" "status $STATUS" "$(cat "$T/error")"
}

bpffs=/sys/fs/bpf

@test "no bpffs where the pins should be, and none that can be mounted" {
	cgward apply "$T/web.ini" "$BASE/web"
	signer_start "$BASE/web"
	elsewhere "mount -t tmpfs none $bpffs; mkdir -m 700 $CGWARD_PINS; set --  setpriv --bounding-set -sys_admin \"\$@\"" apply "$T/new.ini" "$BASE/web"
	[ "$STATUS" = 3 ]
	says bpffs
	elsewhere "mount -t tmpfs none $bpffs; mkdir -m 700 $CGWARD_PINS" status
	[ "$STATUS" != 0 ]
	says bpffs
	signature_is "$OLD"
	cgward apply "$T/web.ini"
}

@test "a bpffs that is missing or cannot be seen: nobody claims that nothing is in force" {
	local command
	cgward apply "$T/web.ini" "$BASE/web"
	signer_start "$BASE/web"
	for command in status "status --json" "status $BASE/web" "remove --all" "remove $BASE/web"; do
		# shellcheck disable=SC2086 # words of a command line
		elsewhere "mount -t tmpfs none $bpffs" $command
		[ "$STATUS" = 3 ] || fail "$command: status $STATUS" "$(cat "$T/error")"
		[ ! -s "$T/said" ] || fail "$command: $(cat "$T/said")"
		says 'no bpffs is mounted'
		says 'mount -t bpf bpf'
		signature_is "$OLD" "$command"
	done
	# These mount one for themselves.
	elsewhere "mount -t tmpfs none $bpffs" run --policy "$T/old.ini" --log "$LOG" -- true
	[ "$STATUS" = 0 ]
	elsewhere "mount -t tmpfs none $bpffs" apply "$T/web.ini"
	[ "$STATUS" = 1 ]
	signature_is "$OLD"
}

@test "no cgroup2, and nothing loaded: status claims nothing, nothing is loaded in vain" {
	local command
	for command in status "remove $BASE/web" "apply $T/web.ini" "apply $T/web.ini $BASE/web"; do
		# shellcheck disable=SC2086 # words of a command line
		elsewhere "umount -l $CGROUP2" $command
		[ "$STATUS" = 3 ] || fail "$command: status $STATUS" "$(cat "$T/error")"
		[ ! -s "$T/said" ] || fail "$command: $(cat "$T/said")"
		says 'mount -t cgroup2'
		[ -z "$(find "$CGWARD_PINS" -mindepth 1 2>/dev/null)" ] || fail "$command left pins"
	done
}

@test "a read-only bpffs: nothing is changed, and it is said" {
	local command
	cgward apply "$T/web.ini" "$BASE/web"
	pins_before=$(pins)
	signer_start "$BASE/web"
	cp "$T/new.ini" "$T/other.ini"
	for command in "apply $T/new.ini $BASE/web" "remove $BASE/web" "remove --all" \
		"apply $T/web.ini $BASE"; do
		# shellcheck disable=SC2086 # words of a command line
		elsewhere "mount --bind $bpffs $bpffs; mount -o remount,bind,ro $bpffs" $command
		[ "$STATUS" = 3 ] || fail "$command: status $STATUS" "$(cat "$T/error")"
		says '[Rr]ead-only'
		signature_is "$OLD" "$command"
		[ "$(pins)" = "$pins_before" ] || fail "$command changed pins"
	done
	cgward apply "$T/web.ini"
	signature_is "$OLD"
}

@test "another bpffs mounted over the pins: what is in force stays, and comes back into sight" {
	cgward apply "$T/web.ini" "$BASE/web"
	signer_start "$BASE/web"
	elsewhere "mount -t bpf none $bpffs" apply "$T/web.ini"
	[ "$STATUS" = 1 ]
	says 'in force nowhere'
	elsewhere "mount -t bpf none $bpffs" remove "$BASE/web"
	[ "$STATUS" = 1 ]
	signature_is "$OLD"
	use new
	cgward apply "$T/web.ini"
	signature_is "$NEW"
}

@test "no cgroup2: said with what to do, and what is in force stays" {
	local command
	cgward apply "$T/web.ini" "$BASE/web"
	signer_start "$BASE/web"
	for command in "apply $T/web.ini" "apply $T/new.ini $BASE/web" "remove $BASE/web" status \
		"run --policy $T/old.ini -- true"; do
		# shellcheck disable=SC2086 # words of a command line
		elsewhere "umount -l $CGROUP2" $command
		case $command in
		run*) [ "$STATUS" = 125 ] ;;
		*) [ "$STATUS" = 2 ] || [ "$STATUS" = 3 ] ;;
		esac || fail "$command: status $STATUS" "$(cat "$T/error")"
		says 'mount -t cgroup2'
		signature_is "$OLD" "$command"
	done
}

@test "a read-only cgroup2: policies can be changed, run says what it lacks" {
	local readonly="mount --bind $CGROUP2 $CGROUP2; mount -o remount,bind,ro $CGROUP2"
	signer_start "$BASE/web"
	elsewhere "$readonly" apply "$T/web.ini" "$BASE/web"
	[ "$STATUS" = 0 ]
	signature_is "$OLD"
	elsewhere "$readonly" run --policy "$T/old.ini" --log "$LOG" -- true
	[ "$STATUS" = 125 ]
	says 'read-only'
	elsewhere "$readonly" remove "$BASE/web"
	[ "$STATUS" = 0 ]
	signature_is "$NONE"
}

# ---- cgroups that vanish --------------------------------------------------------------------------

# vanish COMMAND...: with the cgroup `more` removed before each call in turn.
vanish() {
	local every=${FAULT_EVERY:-5}
	for ((N = 1; ; N += every)); do
		mkdir -p "$CGROUP2$BASE/more"
		[ "$1" != reload ] || cgward apply "$T/web.ini" "$BASE/more"
		use "$USED"
		FAULT_RUN="rmdir $CGROUP2$BASE/more" faulty "$N" "$CGWARD" "${@:2}"
		[ -n "$FAULT" ] || break
		case $STATUS in
		0) ;;
		1 | 2 | 3) grep -qE '(^|: )error: |^cgward: ' "$T/error" ;;
		*) false ;;
		esac || fail "$FAULT: $(cat "$T/error")"
		cgward apply "$T/web.ini" "$BASE/web"
		signature_is "$SIGNED" "$FAULT"
		[ "$("$CGWARD" status --json | jq -c '[.cgroups[] | .cgroup]')" = "[\"$BASE/web\"]" ] ||
			fail "$FAULT: $("$CGWARD" status)"
		[ "$(pinned_cgroups)" = 1 ] ||
			fail "$FAULT: links are left behind"
	done
	[ ! -d "$CGROUP2$BASE/more" ] || rmdir "$CGROUP2$BASE/more"
	cgward apply "$T/web.ini" "$BASE/web"
	echo "# removed before each of $((N - every)) calls, one in $every" >&3
}

@test "a cgroup removed before each call of its apply, of a reload and of status" {
	USED=old SIGNED=$OLD
	cgward apply "$T/web.ini" "$BASE/web"
	signer_start "$BASE/web"
	hammer_start 1
	vanish apply apply "$T/web.ini" "$BASE/more"
	vanish reload status --json
	USED=new SIGNED=$NEW
	vanish reload apply "$T/web.ini"
	hammer_stop
}

# ---- many commands --------------------------------------------------------------------------------

signature_of() { # CGROUP
	outcome_of=$(echo | inside "$1" nsenter "--net=$NETWORK" "$FAULTS/signature" \
		tcp=127.0.0.3:7001 udp=127.0.0.3:7001 bind=127.0.0.1:7099 read=/dev/zero)
}

@test "64 commands at once: each ends as it may, and what status tells is what is in force" {
	local i processes=() statuses="" cgroup command status policy
	for ((i = 0; i < 8; i++)); do
		new_cgroup "c$i"
	done
	for ((i = 0; i < 64; i++)); do
		cgroup=$BASE/c$((i * 5 % 8))
		case $((i / 8)) in
		0 | 3) command="apply $T/old.ini $cgroup" ;;
		1 | 6) command="apply $T/new.ini $cgroup" ;;
		2 | 5) command="remove $cgroup" ;;
		4) command="apply $T/old.ini" ;;
		7) command="status --json" ;;
		esac
		# shellcheck disable=SC2086 # words of a command line
		"$CGWARD" $command >"$T/said.$i" 2>"$T/error.$i" 3>&- &
		processes+=($!)
	done
	for ((i = 0; i < 64; i++)); do
		status=0
		wait "${processes[i]}" || status=$?
		case $((i / 8)).$status in
		[0136].0 | [25].[01] | 4.[01] | 7.0) ;;
		*) fail "command $i: status $status" "$(cat "$T/error.$i")" ;;
		esac
		statuses+="$status "
	done
	echo "# $statuses" >&3
	"$CGWARD" status --json >"$T/status"
	for ((i = 0; i < 8; i++)); do
		policy=$(jq -r ".cgroups[] | select(.cgroup == \"$BASE/c$i\") | .policy" "$T/status")
		signature_of "$BASE/c$i"
		case $policy.$outcome_of in
		"old.$OLD" | "new.$NEW" | ".$NONE") ;;
		*) fail "c$i: status tells '$policy', the calls $outcome_of" ;;
		esac
	done
	[ "$(pinned_cgroups)" = \
		"$(jq '.cgroups | length' "$T/status")" ]
	[ "$(find "$CGWARD_PINS"/abi*/metas -name 'meta_*' | wc -l)" = \
		"$(jq '[.cgroups[].policy] | unique | length' "$T/status")" ]
}
