# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash
# shellcheck disable=SC2154 # sourced by run.sh
# LSM programs of somebody else on the same hooks: a denial of theirs stays, and lifts none of ours.

others_hooks="file_open path_chmod path_mkdir path_symlink bprm_check_security mmap_file unix_stream_connect
	unix_may_send socket_create"

# What each hook comes to, for the call that others.ini allows and for the one it denies. Whom the first
# denies, ours are not asked about.
# shellcheck disable=SC2086 # several words
others_meant() {
	printf '%s\n' $others_hooks | awk '{
		print $1 " first EDOM EDOM"
		print $1 " last EDOM EPERM"
		print $1 " neither ok EPERM"
		print $1 " last allowed null"
		print $1 " last denied EPERM"
		print $1 " neither allowed null"
		print $1 " neither denied EPERM"
	}' | sort
}

# The probe attaches what is asked last before ours are attached.
others_around() {
	ls /sys/fs/bpf/cgward/abi*/lsm/links >/tmp/links
	mkdir -p /o "$cgroups/others" && mount -t tmpfs tmpfs /o && [ ! -s /tmp/links ] || return
	before=$(starts)
	cgward daemon --log "$log" >/tmp/daemon 2>&1 &
	daemon=$!
	until [ "$(starts)" -gt "$before" ] || ! kill -0 $daemon; do
		usleep 20000
	done
	other_lsm "$cgroups/others/cgroup.procs" sh -c 'cgward apply others.ini /others >&2' >/tmp/came
	came=$?
	kill -TERM $daemon
	wait $daemon || came=1
	cgward remove /others && rmdir "$cgroups/others" && umount /o && [ $came = 0 ] || return
	{
		cat /tmp/came
		# The name of the task: "other", a letter for the hook that it is about, one for the round.
		jq -r --arg hooks "$(echo $others_hooks)" 'select(.policy == "others" and
			(.comm | test("^other..$")) and
			.hook == ($hooks / " ")[(.comm[5:6] | explode[0]) - 97]) | [.hook,
			{ "f": "first", "l": "last", "n": "neither" }[.comm[6:]], .verdict, .errno] |
			map(. // "null") | join(" ")' "$log"
	} | sort >/tmp/others
	others_meant | diff - /tmp/others
}

check "others: LSM programs of somebody else: their denial stays, and ours" others_around
