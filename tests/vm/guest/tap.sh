# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash
# What the scripts of the virtual machines have in common.
cd /tests/guest || exit 1
log=/var/log/cgward/audit.jsonl
cgroups=/sys/fs/cgroup
number=0

# check NAME COMMAND…: one test; what it printed is shown when it fails
check() {
	name=$1
	shift
	number=$((number + 1))
	if "$@" >/tmp/output 2>&1 </dev/null; then
		echo "ok $number - $name"
	else
		echo "not ok $number - $name"
		sed 's/^/# /' /tmp/output
	fi
}

# expect OUTCOME COMMAND…: the last line that COMMAND prints is OUTCOME
expect() {
	wanted=$1
	shift
	"$@" >/tmp/said 2>/tmp/complaint
	got=$(tail -n 1 /tmp/said)
	[ "$got" = "$wanted" ] && return
	echo "'$*' came to '$got', not '$wanted'"
	cat /tmp/complaint
	return 1
}

# inside CGROUP COMMAND…: as a process of the cgroup
inside() {
	cgroup=$1
	shift
	(
		sh -c 'echo $PPID' >"$cgroups/$cgroup/cgroup.procs"
		exec "$@"
	)
}

# recorded COUNT FILTER: so many lines of the log pass the filter
recorded() {
	count=$(jq -c "select($2)" "$log" | wc -l)
	[ "$count" = "$1" ] && return
	echo "$count records are $2, not $1; the log:"
	cat "$log"
	return 1
}
