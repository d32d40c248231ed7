#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash
# Measures each configuration in each of ROUNDS rounds, on a system with nothing of cgward in it. Prints
# JSON objects: {"call":…, NAME: instructions…} for each call of a round, {"skipped":NAME,"reason":…}
# for who cannot be had here, {"steps":…}: by how much the longer paths are longer. ROUNDS and BATCHES
# come from the kernel's command line.
cd /tests/guest || exit 1
cgroups=/sys/fs/cgroup
securityfs=/sys/kernel/security
ROUNDS=${ROUNDS:-3} BATCHES=${BATCHES:-41}
deep=/srv/b/c/d/e/f/g/h/i
long=object-$(printf '%064d' 0)

skip() { # cgward|apparmor REASON
	: >"/tmp/skipped-$1"
	echo "{\"skipped\":\"$1\",\"reason\":\"$(echo "$2" | tr -cd '[:alnum:] /:.,_[]()-')\"}"
}

# measure CGROUP PROFILE CALL CALLS PATH…: the median, by a process in CGROUP, under PROFILE unless that is -
measure() {
	(
		echo 0 >"$cgroups/$1/cgroup.procs"
		[ "$2" = - ] || echo "exec $2" >/proc/self/attr/apparmor/exec
		call=$3 calls=$4
		shift 4
		exec vm_calls "$call" "$BATCHES" "$calls" "$@"
	) </dev/null 2>>/tmp/stderr
}

# turn NAME CGROUP PROFILE CALL…: what they cost under NAME
turn() {
	name=$1 cgroup=$2 profile=$3
	shift 3
	for call; do
		case $call in
		open-2) set -- open 16 /srv/object.conf ;;
		open-10) set -- open 16 $deep/object.conf ;;
		open-turns-2) set -- open 16 /srv/object.conf /srv/object.also ;;
		open-turns-10) set -- open 16 $deep/object.conf $deep/object.also ;;
		open-long) set -- open 16 "/srv/$long" ;;
		exec) set -- exec 1 /usr/bin/vm_calls ;;
		esac
		printf ',"%s":%s' "$name" "$(measure "$cgroup" "$profile" "$@" || echo null)" \
			>>"/tmp/round-$call"
	done
}

opens="open-2 open-10 open-long open-turns-2 open-turns-10"

# has NAME: whether it is not skipped
has() {
	[ ! -e "/tmp/skipped-$1" ]
}

# The kernel detaches a program some time after its last link is removed. (Nobody waits for this: the
# clock of an idle machine jumps.)
settle() {
	sleep 1
}

# empty CALL…: with programs that look at nothing
empty() {
	vm_empty /sys/fs/bpf/empty 2>>/tmp/stderr && turn empty beside - "$@"
	rm -rf /sys/fs/bpf/empty
	settle
}

# policed RULES POLICY CALL…: with POLICY in force on a cgroup, and with 1000 rules also beside it
policed() {
	rules=$1 policy=$2
	shift 2
	cgward apply "/run/$policy.ini" /policed >/tmp/said 2>&1 || return
	turn "cgward$rules" policed - "$@"
	[ "$rules" = 10 ] || turn beside beside - "$@"
	cgward remove /policed >/tmp/said 2>&1
	settle
}

# The programs of cgward stay loaded in between, but attached to nothing.
one_round() {
	for call in $opens exec; do
		printf '{"call":"%s"' "$call" >"/tmp/round-$call"
	done
	# shellcheck disable=SC2086 # calls are words
	{
		turn none beside - $opens exec
		empty $opens exec
		for rules in 10 1000; do
			if has cgward; then
				policed $rules files$rules $opens
				policed $rules files${rules}exec exec
			fi
			if has apparmor; then
				turn apparmor$rules beside files$rules $opens
				turn apparmor$rules beside files${rules}exec exec
			fi
		done
	}
	for call in $opens exec; do
		echo "$(cat "/tmp/round-$call")}"
	done
}

prepare() {
	mkdir -p "$deep" $cgroups/policed $cgroups/beside
	for path in /srv/object.conf "$deep/object.conf" "/srv/$long"; do
		echo "$path" >"$path"
	done
	# One file by two mounts: who remembers it by the one finds the other next.
	for directory in /srv "$deep"; do
		: >"$directory/object.also"
		mount --bind "$directory/object.conf" "$directory/object.also"
	done
	mount -t bpf bpf /sys/fs/bpf
	[ -e $securityfs/lsm ] || mount -t securityfs securityfs $securityfs
	for rules in 10 1000; do
		for exec in '' exec; do
			sh rules.sh cgward "$rules" $exec >"/run/files$rules$exec.ini"
			sh rules.sh apparmor "$rules" $exec >"/run/files$rules$exec.profile"
		done
	done
	chmod 600 /run/*.ini
}

try_cgward() {
	for policy in /run/*.ini; do
		cgward apply "$policy" /policed >/tmp/said 2>&1 || {
			skip cgward "$(grep -m 1 error /tmp/said || head -n 1 /tmp/said)"
			break
		}
	done
	cgward remove /policed >/tmp/said 2>&1
	settle
}

# A profile that is loaded costs nobody who does not run under it, so all of them stay.
try_apparmor() {
	if ! command -v apparmor_parser >/dev/null; then
		skip apparmor "apparmor_parser could not be had"
	elif [ ! -e $securityfs/apparmor/.replace ]; then
		skip apparmor "AppArmor is not active on this kernel"
	else
		for profile in /run/*.profile; do
			apparmor_parser --config-file=/dev/null --skip-cache --quiet --replace "$profile" \
				>/tmp/said 2>&1 || {
				skip apparmor "$(head -n 1 /tmp/said)"
				break
			}
		done
	fi
}

prepare
try_cgward
try_apparmor
echo "{\"steps\":{\"components\":8,\"bytes\":$((${#long} - 11))}}"
# A first time, for what is done once.
# shellcheck disable=SC2086 # calls are words
turn none beside - $opens exec
i=0
while [ $i -lt "$ROUNDS" ]; do
	i=$((i + 1))
	one_round
done
echo '{"end":true}'
