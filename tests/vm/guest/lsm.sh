# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash
# shellcheck disable=SC2154 # sourced by run.sh
# Every LSM hook that this kernel has: allowed, denied, audited, with the fields of the record.

lsm_places() {
	mkdir -p /t/ok /t/audit /t/mnt
	for letter in r w c d a x u; do
		mkdir -p "/t/no/$letter"
		echo "$letter" >"/t/no/$letter/f"
	done
	echo ok >/t/ok/f
	echo audit >/t/audit/f
	cp /bin/busybox /t/no/x/busybox
	cp /bin/busybox /t/ok/busybox
	# Attaching and detaching some forty hooks is slow under emulation: this keeps them.
	mkdir -p "$cgroups/keep" && cgward check lsm.ini && cgward apply calls.ini /keep
}

# under POLICY COMMAND…: with `cgward run`
under() {
	policy=$1
	shift
	cgward run --policy "$policy" --quiet -- "$@"
}

# records FILTER: how many lines of the log pass
records() {
	jq -c "select($1)" "$log" | wc -l
}

# lsm HOOK SECTION OBJECT 'COMMAND ALLOWED' 'COMMAND DENIED': the first works, the second is refused and
# leaves one more record of the hook with this object.
lsm() {
	filter=".hook == \"$1\" and .section == \"$2\" and .asked == \"$3\" and .verdict == \"denied\"
		and .errno == \"EPERM\""
	before=$(records "$filter")
	under lsm.ini sh -c "$4" || {
		echo "'$4' was not allowed"
		return 1
	}
	if under lsm.ini sh -c "$5"; then
		echo "'$5' was allowed"
		return 1
	fi
	[ "$(records "$filter")" -gt "$before" ] && return
	echo "no record of $1 $3; the log ends:"
	tail -n 4 "$log"
	return 1
}

has_hook() {
	grep -q "bpf_lsm_$1\$" /proc/kallsyms
}

# check_lsm HOOK …: lsm, if this kernel has the hook
check_lsm() {
	has_hook "$1" && check "lsm $1: $3" lsm "$@"
}

audited_is_recorded() {
	before=$(records '.verdict == "audited" and .asked == "r /t/audit/f"')
	under lsm.ini cat /t/audit/f || return
	[ "$(records '.verdict == "audited" and .asked == "r /t/audit/f"
		and .object_class == "normal"')" -gt "$before" ]
}

mode_audit_lets_it_happen() {
	sed 's/^\[file\]/&\nmode = audit/' lsm.ini >/run/audit.ini
	under /run/audit.ini cat /t/no/r/f &&
		[ "$(records '.verdict == "would-deny" and .asked == "r /t/no/r/f"')" = 1 ]
}

denied_open_leaves_nothing() {
	under lsm.ini sh -c ': >/t/no/c/never'
	[ ! -e /t/no/c/never ]
}

closed_by_file() {
	! under mount.ini mount -t tmpfs none /t/mnt && ! under mount.ini umount /run &&
		! under mount.ini mount --bind /t/no/r /t/mnt && ! under mount.ini unshare -U true &&
		! under mount.ini sh -c 'echo 0 >/sys/fs/cgroup/cgroup.procs' &&
		[ "$(records '.section == "operation" and .asked == "cgroup-escape"')" = 1 ] &&
		[ "$(records '.section == "operation" and .asked == "mount"')" -ge 3 ]
}

escapes_opens() {
	under lsm.ini sh -c 'mount -t tmpfs none /t/mnt && umount /t/mnt'
}

moving_below_is_no_escape() {
	mkdir -p "$cgroups/moves/a" "$cgroups/moves/b" && cgward apply mount.ini /moves || return
	inside moves/a sh -c "echo 0 >$cgroups/moves/b/cgroup.procs" &&
		! inside moves/a sh -c "echo 0 >$cgroups/cgroup.procs"
	came=$?
	cgward remove /moves
	rmdir "$cgroups/moves/a" "$cgroups/moves/b" "$cgroups/moves"
	return $came
}

# `run` may do before the execve what the policy denies after; apply judges at once.
arming() {
	mkdir -p "$cgroups/armed" && cgward apply lsm.ini /armed || return
	! inside armed sh -c 'true </t/no/r/f' && (
		sh -c 'echo $PPID' >"$cgroups/armed/cgroup.procs"
		! true </t/no/r/f
	)
	came=$?
	cgward remove /armed
	rmdir "$cgroups/armed"
	return $came
}

children_are_armed() {
	! under lsm.ini sh -c '(read line </t/no/r/f)' && ! under lsm.ini sh -c 'sh -c "cat /t/no/r/f"'
}

chroot_changes_no_name() {
	mkdir -p /t/no/r/bin && cp /bin/busybox /t/no/r/bin/ && cp /t/no/r/f /t/no/r/bin/secret || return
	sed 's/ chroot / /' lsm.ini >/run/chroot.ini
	! under /run/chroot.ini chroot /t/no/r /bin/busybox cat /bin/secret
}

passed_over_symlinks_and_proc() {
	ln -sf /t/no/r/f /t/ok/link
	! under lsm.ini cat /t/ok/link && ! under lsm.ini cat /proc/self/root/t/no/r/f &&
		! under lsm.ini cat /proc/1/root/t/no/r/f && ! under lsm.ini cat /t/ok/../no/r/f
}

deleted_file_keeps_its_name() {
	! under lsm.ini sh -c 'exec 3>/t/no/r/gone && rm /t/no/r/gone && cat /proc/self/fd/3'
}

reload_changes_the_rule() {
	printf '[file]\ndefault = allow\n' >/run/reload.ini
	mkdir -p "$cgroups/reload" && cgward apply /run/reload.ini /reload &&
		inside reload cat /t/ok/f || return
	printf 'deny = r /t/ok/*\n' >>/run/reload.ini
	cgward apply /run/reload.ini && ! inside reload cat /t/ok/f || return
	cgward remove /reload && inside reload cat /t/ok/f && rmdir "$cgroups/reload"
}

loader_runs_nothing_denied() {
	loader=$(find /lib64 /lib -name 'ld-linux*' | head -n 1)
	cp /usr/bin/jq /t/no/x/jq && cp /usr/bin/jq /t/ok/jq || return
	under lsm.ini "$loader" /t/ok/jq --version && ! under lsm.ini "$loader" /t/no/x/jq --version &&
		[ "$(records '.hook == "mmap_file" and .path == "/t/no/x/jq"')" = 1 ]
}

# Loading costs what the verifier goes through: those that deal with names of files ask twice,
# so do those that judge addresses; those that remember have more to look at.
below_ceilings() {
	verified_instructions "$(echo /sys/fs/bpf/cgward/abi*/lsm)" >/tmp/verified || return
	sort -rnk 2 /tmp/verified
	awk '{ ceiling = /^(file_open|path_|socket_(connect|sendmsg))/ ? 14500 : /^(bprm_check|mmap)/ ? 9000 : 7500
		if ($2 == 0 || $2 > ceiling) { print $1 ": " $2 ", ceiling " ceiling; wrong = 1 }
		total += $2 } END { exit wrong || NR < 40 || total > 345000 }' /tmp/verified
}

check "lsm: doctor has seen a denial" sh -c "cgward doctor | grep '^yes *lsm '"
check "lsm: doctor knows that opens can be remembered" sh -c "cgward doctor | grep '^yes *lsm memory '"
check "lsm: the places, and the policy's own tests" lsm_places
check_lsm file_open file "r /t/no/r/f" 'cat /t/ok/f' 'cat /t/no/r/f'
check_lsm file_open file "w /t/no/w/f" 'echo >>/t/ok/f' 'echo >>/t/no/w/f'
check_lsm path_truncate file "w /t/no/w/f" 'attempt truncate /t/ok/f' 'attempt truncate /t/no/w/f'
check_lsm path_mknod file "c /t/no/c/new" ': >/t/ok/new' ': >/t/no/c/new'
check_lsm path_mkdir file "c /t/no/c/dir" 'mkdir /t/ok/dir' 'mkdir /t/no/c/dir'
check_lsm path_symlink file "c /t/no/c/sym" 'ln -s f /t/ok/sym' 'ln -s f /t/no/c/sym'
check_lsm path_link file "c /t/no/c/hard" 'ln /t/ok/f /t/ok/hard' 'ln /t/ok/f /t/no/c/hard'
check_lsm path_link file "rwa /t/no/r/f" 'ln /t/ok/f /t/ok/hard2' 'ln /t/no/r/f /t/ok/alias'
check_lsm path_rename file "rwda /t/no/d/f" 'mv /t/ok/hard /t/ok/moved' 'mv /t/no/d/f /t/ok/moved'
check_lsm path_rename file "c /t/no/c/moved" 'mv /t/ok/moved /t/ok/hard' 'mv /t/ok/hard /t/no/c/moved'
check_lsm path_unlink file "d /t/no/d/f" 'rm /t/ok/hard2' 'rm /t/no/d/f'
check_lsm path_rmdir file "d /t/no/d/dir" 'rmdir /t/ok/dir' 'mkdir -p /t/no/d/dir; rmdir /t/no/d/dir'
check_lsm path_chmod file "a /t/no/a/f" 'chmod 640 /t/ok/f' 'chmod 640 /t/no/a/f'
check_lsm path_chown file "a /t/no/a/f" 'chown 1 /t/ok/f' 'chown 1 /t/no/a/f'
check_lsm inode_setattr file "a /t/no/a/f" 'touch /t/ok/f' 'touch -c /t/no/a/f'
check_lsm bprm_check_security exec "/t/no/x/busybox" '/t/ok/busybox true' '/t/no/x/busybox true'
check_lsm unix_stream_connect unix "/t/no/u/s" 'attempt unix stream /t/ok/s' 'attempt unix stream /t/no/u/s'
check_lsm unix_stream_connect unix "@secret-one" 'attempt unix stream @open' 'attempt unix stream @secret-one'
check_lsm unix_may_send unix "/t/no/u/d" 'attempt unix dgram /t/ok/d' 'attempt unix dgram /t/no/u/d'
check "lsm mmap_file: ld.so runs nothing that is denied" loader_runs_nothing_denied
check_lsm socket_create socket "netlink raw 0" 'attempt socket 1 1 0' 'attempt socket 16 3 0'
check_lsm capable capability net_bind_service 'attempt bind tcp 127.0.0.1:8080' \
	'attempt bind tcp 127.0.0.1:80'
check_lsm path_chroot operation chroot true 'chroot / true'
# Asked about by the capability before the hook of its own.
check_lsm capable operation settime 'date' 'date -s 2026-01-01 >/dev/null; exit 1'
check_lsm syslog operation syslog true 'dmesg -s 100'
check_lsm capable operation module true 'rmmod nothing'
check_lsm socket_listen operation listen-unbound 'attempt bind tcp 127.0.0.1:8080' 'attempt listen tcp'
check_lsm task_kill operation signal-out 'kill -0 1' 'kill -CONT 1'
check "lsm: audited is recorded" audited_is_recorded
check "lsm: mode = audit lets it happen, and says so" mode_audit_lets_it_happen
check "lsm: a denied O_CREAT leaves nothing behind" denied_open_leaves_nothing
check "lsm: [file] closes mounts, user namespaces, the way out of the cgroup" closed_by_file
check "lsm: escapes opens what it names" escapes_opens
check "lsm: moving below the policed cgroup is no escape" moving_below_is_no_escape
check "lsm: apply judges at once, whoever joins later at once" arming
check "lsm: children are armed" children_are_armed
check "lsm: chroot changes no name" chroot_changes_no_name
check "lsm: symlinks, .., /proc/PID/root lead to the same name" passed_over_symlinks_and_proc
check "lsm: a deleted file keeps its name" deleted_file_keeps_its_name
check "lsm: a reload changes the rule" reload_changes_the_rule
check "lsm: no program takes the verifier more than its ceiling" below_ceilings
sed 's/^/# verified instructions: /' /tmp/verified
