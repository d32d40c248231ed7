# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash
# shellcheck disable=SC2154 # sourced by run.sh
# A call for each LSM hook, each letter of [file], each operation, each capability (probe `hooks`), in
# four rounds: allowed by a rule, denied, under the verb audit, and denied in mode = audit. Then the
# programs that are loaded are compared with what the log of all tests holds: one that never
# allowed, denied and audited is a failure.

# The case, what its call comes to when it may go on and when it is denied, and the records it
# leaves: "HOOK ASKED", ";" between. Denied, it leaves the first one alone; else all.
calls_cases() {
	if has_hook file_truncate; then
		truncating=file_truncate list_set=inode_set_acl list_removed=inode_remove_acl
	else
		truncating=path_truncate list_set=inode_setxattr list_removed=inode_removexattr
	fi
	cat <<-END
		open-r|ok|EPERM|file_open r /h/no/open-r
		open-w|ok|EPERM|file_open w /h/no/open-w
		open-rw|ok|EPERM|file_open rw /h/no/open-rw
		open-ioctl|ok|EPERM|file_open rw /h/no/open-ioctl
		open-deleted|ok|EPERM|file_open r /h/no/deleted
		open-memfd|ok|EPERM|file_open r anonymous
		open-queue|ok|EPERM|file_open rw anonymous
		receive|ok|EPERM|file_receive rw /h/no/held
		receive-memfd|ok|EPERM|file_receive rw anonymous
		truncate|ok|EPERM|path_truncate w /h/no/truncate
		ftruncate|ok|EPERM|$truncating w /h/no/held
		create|ok|EPERM|path_mknod c /h/no/create;file_open r /h/no/create
		mkfifo|ok|EPERM|path_mknod c /h/no/mkfifo
		mkdir|ok|EPERM|path_mkdir c /h/no/mkdir
		symlink|ok|EPERM|path_symlink c /h/no/symlink
		link-to|ok|EPERM|path_link c /h/no/link-to
		link-from|ok|EPERM|path_link rwa /h/no/link-from
		rename-from|ok|EPERM|path_rename rwda /h/no/rename-from
		rename-to|ok|EPERM|path_rename c /h/no/rename-to
		rename-over|ok|EPERM|path_rename cd /h/no/rename-over
		exchange|ok|EPERM|path_rename rwcda /h/no/exchange
		unlink|ok|EPERM|path_unlink d /h/no/unlink
		rmdir|ok|EPERM|path_rmdir d /h/no/rmdir
		chmod|ok|EPERM|path_chmod a /h/no/chmod
		chown|ok|EPERM|path_chown a /h/no/chown
		utimens|ok|EPERM|inode_setattr a /h/no/utimens
		setxattr|ok|EPERM|inode_setxattr a /h/no/setxattr
		removexattr|ok|EPERM|inode_removexattr a /h/no/removexattr
		set-acl|ok|EPERM|$list_set a /h/no/set-acl
		remove-acl|ok|EPERM|$list_removed a /h/no/remove-acl
		exec|ok|EPERM|bprm_check_security /h/run/exec
		interpreter|ok|EPERM|bprm_check_security /h/run/true
		exec-memfd|ok|EPERM|bprm_check_security anonymous
		mmap|ok|EPERM|mmap_file library /h/run/mmap
		mmap-memfd|ok|EPERM|mmap_file library anonymous
		mprotect|ok|EPERM|file_mprotect library /h/run/mprotect
		stream|ok|EPERM|unix_stream_connect /h/unix/stream
		seqpacket|ok|EPERM|unix_stream_connect /h/unix/packets
		abstract|ok|EPERM|unix_stream_connect @hooks
		datagram|ok|EPERM|unix_may_send /h/unix/datagram
		abstract-dgram|ok|EPERM|unix_may_send @hooks
		unnamed-dgram|ok|EPERM|unix_may_send anonymous
		netlink|ok|EPERM|socket_create netlink raw 0
		bpf|ok|EPERM|bpf bpf
		bpf-map|ok|EPERM|bpf bpf;bpf_map bpf-own
		bpf-prog|ok|EPERM|bpf bpf;bpf_prog bpf-own
		bpf-link|ENOENT|EPERM|bpf bpf-own
		perf|ok|EPERM|perf_event_open perf
		ptrace|ok|EPERM|ptrace_access_check ptrace
		ptrace-outside|ok|EPERM|ptrace_access_check ptrace-outside
		traceme|ok|EPERM|ptrace_traceme ptrace
		kill|ok|EPERM|task_kill signal-out
		cgroup.procs|ok|EPERM|file_open cgroup-escape
		cgroup.threads|ok|EPERM|file_open cgroup-escape
		clone-cgroup|ok|EPERM|task_alloc cgroup-escape
		userns|ok|EPERM|userns_create userns
		chroot|ok|EPERM|path_chroot chroot
		init-module|ENOEXEC|EPERM|capable module;kernel_load_data module
		finit-module|ENOEXEC|EPERM|capable module;kernel_read_file module
		delete-module|ENOENT|EPERM|capable module
		request-module|EAFNOSUPPORT|EAFNOSUPPORT|kernel_module_request module
		kexec|ok|EPERM|kernel_load_data kexec
		kexec-file|ENOEXEC|EPERM|kernel_read_file kexec
		userfaultfd|ok|EPERM|inode_init_security_anon userfaultfd
		add-key|ok|EPERM|key_alloc keyring
		key-permission|ok|ENOKEY|key_permission keyring
		listen|ok|EPERM|socket_listen listen-unbound
		settimeofday|ok|EPERM|capable settime;settime settime
		adjtimex|ok|EPERM|capable settime
		syslog|ok|EPERM|syslog syslog
		mount|ok|EPERM|sb_mount mount;sb_kern_mount mount
		bind-mount|ok|EPERM|sb_mount mount
		remount|ok|EPERM|sb_mount mount;sb_remount mount
		reconfigure|ok|EPERM|sb_remount mount
		umount|ok|EPERM|sb_umount mount
		move-mount|ok|EPERM|move_mount mount
		pivot-root|EINVAL|EPERM|sb_pivotroot mount
		open-tree|ok|EPERM|capable mount
		fsopen|ok|EPERM|capable mount
		fsmount|ok|EPERM|capable mount;sb_kern_mount mount
		mount-setattr|ok|EPERM|capable mount
		uring|ok|EPERM|inode_init_security_anon io_uring
		uring-sqpoll|ok|EPERM|uring_sqpoll io_uring;inode_init_security_anon io_uring
		uring-creds|ok|EPERM|uring_override_creds io_uring
		uring-cmd|ok|EPERM|uring_cmd io_uring
	END
}

# Not asked for anywhere by a kernel without SMACK, AppArmor and SELinux: net_broadcast,
# mac_override, mac_admin.
capabilities_cases() {
	cat <<-'END'
		chown|ok|EPERM|capable chown
		dac_override|ok|EACCES|capable dac_override
		dac_read_search|ok|EACCES|capable dac_read_search
		fowner|ok|EPERM|capable fowner
		fsetid|ok|EPERM|capable fsetid
		kill|ok|EPERM|capable kill
		setgid|ok|EPERM|capable setgid
		setuid|ok|EPERM|capable setuid
		setpcap|ok|EPERM|capable setpcap
		linux_immutable|ok|EPERM|capable linux_immutable
		net_bind|ok|EACCES|capable net_bind_service
		net_admin|ok|EPERM|capable net_admin
		net_raw|ok|EPERM|capable net_raw
		ipc_lock|ok|EPERM|capable ipc_lock
		ipc_owner|ok|EACCES|capable ipc_owner
		sys_module|ENOEXEC|EPERM|capable sys_module
		sys_rawio|ok|EPERM|capable sys_rawio
		sys_chroot|ok|EPERM|capable sys_chroot
		sys_ptrace|ok|EPERM|capable sys_ptrace
		sys_pacct|ok|EPERM|capable sys_pacct
		sys_admin|ok|EPERM|capable sys_admin
		sys_boot|EINVAL|EPERM|capable sys_boot
		sys_nice|ok|EACCES|capable sys_nice
		sys_resource|ok|EPERM|capable sys_resource
		sys_time|ok|EPERM|capable sys_time
		sys_tty_config|ok|EPERM|capable sys_tty_config
		mknod|ok|EPERM|capable mknod
		lease|ok|EACCES|capable lease
		audit_write|ok|EPERM|capable audit_write
		audit_control|ok|EPERM|capable audit_control
		setfcap|ok|EPERM|capable setfcap
		syslog|ok|EPERM|capable syslog
		wake_alarm|ok|EPERM|capable wake_alarm
		block_suspend|ok|ok|capable block_suspend
		audit_read|ok|EPERM|capable audit_read
		perfmon|ok|EACCES|capable perfmon
		bpf|ok|EPERM|capable bpf
		restore|ok|EPERM|capable checkpoint_restore
	END
}

# round GROUP NAME VERB LOG MODE: the calls of the group, once; what they came to goes to
# /run/GROUP.NAME. The policy has this name too.
round() {
	rm -rf /h/no /h/ok /h/run /h/unix
	sed "s/^deny/$3/; s/^log = .*/log = $4/; s/^mode = .*/mode = $5/" "$1.ini" >"/run/$1.$2.ini"
	hooks hold "$1" cgward run --policy "/run/$1.$2.ini" --quiet -- hooks "$1" >"/run/$1.$2" || return
	umount /h/ok/place 2>/dev/null || true
}

# rounds GROUP
rounds() {
	round "$1" allowed allow all enforce && round "$1" denied deny denied enforce &&
		round "$1" audited audit denied enforce && round "$1" would-deny deny denied audit
}

# judge_round GROUP NAME DENIED MODE: a line for whatever a case came to that it should not have. Its
# records have to be there, and they have to say what the policy says.
judge_round() {
	"$1_cases" >/run/cases
	grep "	$1.$2	" /run/hooks.records >/run/records
	awk -v group="$1" -v round="$2" -v denied="$3" -v mode="$4" '
		function wrong(what) { print name " " round ": " what }
		function class_of(object) {
			if (object ~ /anonymous$/)
				return "anonymous"
			return object ~ /[\/@]/ ? "normal" : "-"
		}
		function section_of(asked) {
			if (asked ~ / [rwcda]+ (\/|anonymous)/)
				return "file"
			if (asked ~ /^(bprm_|mmap_|file_mprotect)/)
				return "exec"
			if (asked ~ /^unix_/)
				return "unix"
			if (asked ~ /^socket_create/)
				return "socket"
			return group == "calls" ? "operation" : "capability"
		}
		FILENAME ~ /ini$/ { text[FNR] = $0; next }
		FILENAME ~ /records$/ { record[$1 FS $3] = $0; next }
		FILENAME !~ /cases$/ { came[substr($0, 1, index($0, " ") - 1)] = substr($0, index($0, " ") + 1); next }
		{
			split($0, row, "|")
			name = row[1]
			wanted = denied ? row[3] : row[2]
			if (came[name] != wanted)
				wrong("came to " came[name] ", not " wanted)
			count = split(row[4], records, ";")
			for (i = 1; i <= (denied ? 1 : count); i++) {
				if (!split(record[name FS records[i]], field, FS)) {
					wrong("no record of " records[i])
					continue
				}
				line = field[11]
				sub(/.*:/, "", line)
				object = records[i]
				sub(/^[^ ]* ([rwcda]+ |library )?/, "", object)
				class = class_of(object)
				others = records[i] ~ /^(ptrace_|task_kill)/
				if (field[2] != round || field[4] != section_of(records[i]) ||
					 field[5] != (denied ? "EPERM" : "-") || field[6] != class ||
					class == "normal" && field[7] != object || others != (field[8] != "-") ||
					field[10] != mode || field[12] == "" || text[line] != field[12])
					wrong("the record of " records[i] " is " record[name FS records[i]])
			}
		}' FS='\t' "/run/$1.$2.ini" /run/records "/run/$1.$2" /run/cases
}

every_call() {
	mkdir -p /h && mount -t tmpfs tmpfs /h || return
	# With Debian's 3 the capability sys_admin is asked about before perfmon.
	echo 2 >/proc/sys/kernel/perf_event_paranoid
	before=$(wc -l <"$log")
	rounds calls && rounds capabilities && umount /h || return
	tail -n +$((before + 1)) "$log" | jq -r 'select(.type == "decision") | [.comm, .verdict,
		.hook + " " + .asked, .section, .errno // "-", .object_class // "-", .path // "-",
		.target_pid // "-", .policy, .mode, .rule, .rule_text] | @tsv' >/run/hooks.records
	for group in calls capabilities; do
		judge_round $group allowed "" enforce
		judge_round $group denied yes enforce
		judge_round $group audited "" enforce
		judge_round $group would-deny "" audit
	done >/run/wrong
}

# Programs that cannot have a record of this kind, and why.
without_record() {
	cat <<-'END'
		bprm_committed_creds allowed it only arms
		bprm_committed_creds denied it only arms
		bprm_committed_creds audited it only arms
		bprm_committed_creds would-deny it only arms
		inode_unlink allowed it only counts
		inode_unlink denied it only counts
		inode_unlink audited it only counts
		inode_unlink would-deny it only counts
		sb_kern_mount denied sb_mount and capable refuse before it is asked
		settime denied capable refuses before it is asked
	END
}

# What each program that is loaded has to have done in all the tests so far.
every_program_called() {
	find /sys/fs/bpf/cgward/abi*/lsm/programs -type f | sed 's,.*/,,' >/run/programs
	[ "$(wc -l </run/programs)" -ge 40 ] || return
	grep -o '"verdict":"[a-z-]*","section":"[a-z]*","hook":"[a-z0-9_]*"' "$log" | sort -u |
		cut -d '"' -f 4,12 | sed 's/\(.*\)"\(.*\)/\2 \1/' >/run/called
	without_record | awk '
		BEGIN { count = split("allowed denied audited would-deny", verdicts, " ") }
		FILENAME ~ /called$/ { called[$0] = 1; next }
		FILENAME == "-" { excepted[$1 " " $2] = 1; next }
		{
			for (i = 1; i <= count; i++) {
				program = $1 " " verdicts[i]
				if ((program in called) == (program in excepted)) {
					print program (program in called ? ": it can, after all" : ": never")
					wrong = 1
				}
			}
		}
		END { exit wrong }' /run/called - /run/programs
}

# nothing_wrong CASE: without a process, there are many
nothing_wrong() {
	case $wrong in
	*"
$1 "*) ;;
	*) return 0 ;;
	esac
	grep "^$1 " /run/wrong
	return 1
}

# What no policy needs is not attached.
links_go_with_the_policy() {
	[ -n "$(ls /sys/fs/bpf/cgward/abi*/lsm/links)" ] && cgward remove /keep || return
	rmdir "$cgroups/keep"
	[ -z "$(ls /sys/fs/bpf/cgward/abi*/lsm/links)" ]
}

check "hooks: each call four times: allowed, denied, audited, denied in mode = audit" every_call
wrong="
$(cat /run/wrong)"
for group in calls capabilities; do
	"${group}_cases" >/run/cases
	while IFS='|' read -r case _ _ asked; do
		check "hook $case: $asked" nothing_wrong "$case"
	done </run/cases
done
check "lsm: no policy, no links" links_go_with_the_policy
