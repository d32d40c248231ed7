# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash
# shellcheck disable=SC2154,SC2016,SC2317 # sourced by run.sh; for another shell
# An open or an execve that was allowed is remembered and not walked again (bpf/lsm/remember.h): whatever
# changes the path, the policy or the question must be seen all the same. Changes are made from outside.

memory_places() {
	mkdir -p /t/m "$cgroups/m/below" "$cgroups/other" && mount -t tmpfs none /t/m || return
	mkdir -p /t/m/open/d/e /t/m/open/mnt /t/m/shut/mnt /t/m/shut/bound
	for file in file two readonly audited exchanged deleted bound d/e/deep; do
		echo "$file" >"/t/m/open/$file"
	done
	echo shut >/t/m/shut/file
	for file in busybox busybox.unread busybox.unrun d/e/busybox; do
		cp /bin/busybox "/t/m/open/$file"
	done
	cp remember.ini /run/m.ini
	cgward apply /run/m.ini /m
}

opens() { # FILE: from the policed cgroup
	inside m cat "$1"
}

runs() { # BUSYBOX: from the policed cgroup
	inside m "$1" true
}

# is_remembered FILE [runs]: opens of it are not walked any more: many leave the entry as it is. (Any rename or
# mount on the machine would write it anew, so that it takes another try is no error.)
is_remembered() {
	for try in 1 2 3 4 5; do
		"${2:-opens}" "$1" || return
		before=$(remembered "$1")
		"${2:-opens}" "$1" && "${2:-opens}" "$1" && "${2:-opens}" "$1" || return
		after=$(remembered "$1")
		[ "$before" = "$after" ] && [ "${after%% *}" != 0 ] && return
	done
	echo "$1: '$before', then '$after', try $try"
	return 1
}

refused() { # FILE
	if opens "$1"; then
		echo "$1 was opened"
		return 1
	fi
}

renamed() {
	is_remembered /t/m/open/file && mv /t/m/open/file /t/m/shut/moved && refused /t/m/shut/moved &&
		mv /t/m/shut/moved /t/m/open/file && is_remembered /t/m/open/file
}

directory_renamed() {
	is_remembered /t/m/open/d/e/deep && mv /t/m/open/d /t/m/shut/d && refused /t/m/shut/d/e/deep &&
		mv /t/m/shut/d /t/m/open/d && is_remembered /t/m/open/d/e/deep
}

exchanged() {
	is_remembered /t/m/open/exchanged && remembered exchange /t/m/open/exchanged /t/m/shut/file &&
		refused /t/m/shut/file && is_remembered /t/m/open/exchanged
}

# Of a file with several names none is remembered; the one that is left is.
linked() {
	is_remembered /t/m/open/two && ln /t/m/open/two /t/m/shut/two && refused /t/m/shut/two &&
		opens /t/m/open/two && rm /t/m/open/two && refused /t/m/shut/two || return
	ln /t/m/shut/two /t/m/open/two && opens /t/m/open/two && opens /t/m/open/two || return
	before=$(remembered /t/m/open/two)
	opens /t/m/open/two && [ "$(remembered /t/m/open/two)" = "$before" ] &&
		rm /t/m/shut/two && is_remembered /t/m/open/two
}

deleted_and_made_anew() {
	is_remembered /t/m/open/deleted && rm /t/m/open/deleted && echo anew >/t/m/open/deleted &&
		[ "$(remembered /t/m/open/deleted)" = "0 0" ] && is_remembered /t/m/open/deleted &&
		rm /t/m/open/deleted && echo anew >/t/m/shut/deleted && refused /t/m/shut/deleted
}

bound_elsewhere() {
	is_remembered /t/m/open/bound && mount --bind /t/m/open /t/m/shut/bound &&
		refused /t/m/shut/bound/bound && is_remembered /t/m/open/bound && umount /t/m/shut/bound
}

# The same dentry of the same mount, in another place.
mount_moved() {
	mount -t tmpfs none /t/m/open/mnt && echo f >/t/m/open/mnt/f && is_remembered /t/m/open/mnt/f &&
		mount --move /t/m/open/mnt /t/m/shut/mnt && refused /t/m/shut/mnt/f &&
		umount /t/m/shut/mnt
}

# The same dentry of the same mount, in no place: a task that stands there opens it.
unmounted() {
	mount -t tmpfs none /t/m/open/mnt && echo f >/t/m/open/mnt/f && is_remembered /t/m/open/mnt/f || return
	rm -f /run/m.go
	mkfifo /run/m.go
	inside m sh -c 'cd /t/m/open/mnt && cat f && cat f && read go </run/m.go && cat f' >/run/m.said &
	standing=$!
	until [ "$(wc -l </run/m.said)" = 2 ]; do
		usleep 20000
	done
	umount -l /t/m/open/mnt && echo go >/run/m.go
	! wait $standing && [ "$(wc -l </run/m.said)" = 2 ]
}

# Neither changes a name: the first finds what is remembered, the second another mount.
root_changed() {
	is_remembered /t/m/open/file && ! inside m chroot /t/m /bin/true 2>/dev/null || return
	mkdir -p /t/m/open/bin && cp /bin/busybox /t/m/open/bin/ || return
	mkdir -p /t/m/shut/bin && cp /bin/busybox /t/m/shut/bin/ || return
	inside m chroot /t/m/open /bin/busybox cat /file && ! inside m chroot /t/m /open/bin/busybox cat /shut/file
}

namespace_changed() {
	is_remembered /t/m/open/file && unshare -m sh -c "
		mount --bind /t/m/open /t/m/shut && sh -c 'echo \$PPID' >$cgroups/m/cgroup.procs &&
		cat /t/m/open/file && ! cat /t/m/shut/file &&
		cat /proc/1/root/t/m/open/file && ! cat /proc/1/root/t/m/shut/file"
}

policy_reloaded() {
	is_remembered /t/m/open/file && echo 'deny = r /t/m/open/file' >>/run/m.ini &&
		cgward apply /run/m.ini && refused /t/m/open/file && cp remember.ini /run/m.ini &&
		cgward apply /run/m.ini && is_remembered /t/m/open/file
}

# What one is allowed no other is: a cgroup beside it, and one below it with a policy of its own, of
# which the first policy knows nothing.
another_cgroup() {
	printf '[file]\ndefault = allow\ndeny = r /t/m/open/file\n' >/run/other.ini
	cgward apply /run/other.ini /other && is_remembered /t/m/open/file &&
		! inside other cat /t/m/open/file && inside m/below cat /t/m/open/file &&
		cgward apply /run/other.ini /m/below && ! inside m/below cat /t/m/open/file &&
		cgward remove /m/below && inside m/below cat /t/m/open/file && is_remembered /t/m/open/file
	came=$?
	cgward remove /other && rmdir "$cgroups/other" "$cgroups/m/below" && return $came
}

another_permission() {
	is_remembered /t/m/open/readonly && ! inside m sh -c 'echo >>/t/m/open/readonly' &&
		is_remembered /t/m/open/readonly &&
		[ "$(remembered /t/m/open/readonly | cut -d ' ' -f 1)" = 1 ] || return
	is_remembered /t/m/open/file && inside m sh -c 'echo >>/t/m/open/file' || return
	is_remembered /t/m/open/file && inside m sh -c 'echo >>/t/m/open/file' &&
		[ "$(remembered /t/m/open/file | cut -d ' ' -f 1)" = 3 ]
}

# What leaves a record leaves one each time; what names itself without us is walked each time.
never_remembered() {
	for file in /t/m/open/audited /proc/version /sys/kernel/osrelease /proc/self/status; do
		[ -e "$file" ] || continue
		opens "$file" >/dev/null && opens "$file" >/dev/null || return
		[ "$(remembered "$file")" = "0 0" ] || {
			echo "$file is remembered"
			return 1
		}
	done
}

# Remembered under one policy, and recorded each time under the next.
recorded_each_time() {
	before=$(starts)
	cgward daemon --log "$log" >/tmp/daemon 2>&1 &
	daemon=$!
	until [ "$(starts)" -gt "$before" ] || ! kill -0 $daemon; do
		usleep 20000
	done
	is_remembered /t/m/open/d/e/deep && sed '1i [policy]\nlog = all' remember.ini >/run/m.ini &&
		cgward apply /run/m.ini && opens /t/m/open/d/e/deep && opens /t/m/open/d/e/deep &&
		opens /t/m/open/d/e/deep
	came=$?
	kill -TERM $daemon && wait $daemon && cp remember.ini /run/m.ini && cgward apply /run/m.ini || return
	[ $came = 0 ] && recorded 3 '.asked == "r /t/m/open/d/e/deep" and .verdict == "allowed"' &&
		is_remembered /t/m/open/d/e/deep
}

# What one does with a file: 1 to read, 2 to write, 256 to run, 512 to map as code.
program_of() { # FILE
	is_remembered "$1" runs && [ $(($(remembered "$1" | cut -d ' ' -f 1) & 768)) = 768 ]
}

not_run() { # FILE
	if runs "$1" 2>/dev/null; then
		echo "$1 was run"
		return 1
	fi
}

program_renamed() {
	program_of /t/m/open/busybox && mv /t/m/open/busybox /t/m/shut/busybox && not_run /t/m/shut/busybox &&
		mv /t/m/shut/busybox /t/m/open/busybox && program_of /t/m/open/d/e/busybox &&
		mv /t/m/open/d /t/m/shut/d && not_run /t/m/shut/d/e/busybox && mv /t/m/shut/d /t/m/open/d &&
		program_of /t/m/open/busybox && program_of /t/m/open/d/e/busybox
}

program_linked() {
	program_of /t/m/open/busybox && ln /t/m/open/busybox /t/m/shut/busybox2 && not_run /t/m/shut/busybox2 &&
		runs /t/m/open/busybox && rm /t/m/shut/busybox2 && program_of /t/m/open/busybox
}

program_bound() {
	program_of /t/m/open/busybox && mkdir /t/m/shut/programs && mount --bind /t/m/open /t/m/shut/programs &&
		not_run /t/m/shut/programs/busybox && program_of /t/m/open/busybox &&
		umount /t/m/shut/programs
}

# To read a program is not to run it, nor the other way round.
program_or_data() {
	program_of /t/m/open/busybox.unread && refused /t/m/open/busybox.unread &&
		runs /t/m/open/busybox.unread || return
	is_remembered /t/m/open/busybox.unrun >/dev/null && not_run /t/m/open/busybox.unrun &&
		opens /t/m/open/busybox.unrun >/dev/null
}

program_under_another_policy() {
	program_of /t/m/open/busybox && sed '/^.exec/a deny = /t/m/open/busybox' remember.ini >/run/m.ini &&
		cgward apply /run/m.ini && not_run /t/m/open/busybox && cp remember.ini /run/m.ini &&
		cgward apply /run/m.ini && program_of /t/m/open/busybox || return
	printf '[exec]\ndefault = allow\ndeny = /t/m/open/busybox\n' >/run/other.ini
	mkdir -p "$cgroups/m/below" && inside m/below /t/m/open/busybox true &&
		cgward apply /run/other.ini /m/below && ! inside m/below /t/m/open/busybox true &&
		cgward remove /m/below && inside m/below /t/m/open/busybox true && rmdir "$cgroups/m/below"
}

over_layers() {
	grep -q overlay /proc/filesystems || insmod /overlay.ko || return
	mkdir -p /t/m/low/open /t/m/low/shut /t/m/up /t/m/work /t/over && echo low >/t/m/low/open/f &&
		mount -t overlay -o lowerdir=/t/m/low,upperdir=/t/m/up,workdir=/t/m/work none /t/over &&
		is_remembered /t/over/open/f && mv /t/over/open/f /t/over/shut/f && refused /t/over/shut/f &&
		mv /t/over/shut/f /t/over/open/f && is_remembered /t/over/open/f &&
		ln /t/over/open/f /t/over/shut/f && refused /t/over/shut/f && rm /t/over/open/f &&
		refused /t/over/shut/f
	came=$?
	umount /t/over
	return $came
}

memory_goes() {
	cgward remove /m && rmdir "$cgroups/m" && umount /t/m
}

check "remembered: the places" memory_places
check "remembered, then renamed" renamed
check "remembered, then its directory renamed" directory_renamed
check "remembered, then exchanged" exchanged
check "remembered, then of two names" linked
check "remembered, then deleted and made anew" deleted_and_made_anew
check "remembered, then bound elsewhere" bound_elsewhere
check "remembered, then its mount moved" mount_moved
check "remembered, then its mount unmounted under a task" unmounted
check "remembered, then another root" root_changed
check "remembered, then another mount namespace" namespace_changed
check "remembered, then the policy reloaded" policy_reloaded
check "remembered, then asked from another cgroup" another_cgroup
check "remembered, then asked for more" another_permission
check "remembered: not what leaves records, nor what has no fixed name" never_remembered
check "remembered, then each open is to be recorded" recorded_each_time
check "a program remembered, then renamed, and its directory" program_renamed
check "a program remembered, then of two names" program_linked
check "a program remembered, then bound elsewhere" program_bound
check "a program remembered: not for reading" program_or_data
check "a program remembered, then another policy" program_under_another_policy
if [ -e /overlay.ko ] || grep -q overlay /proc/filesystems; then
	check "remembered in an overlay, then renamed" over_layers
fi
check "remembered: all of it goes" memory_goes
