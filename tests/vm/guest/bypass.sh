# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash
# shellcheck disable=SC2154 # sourced by run.sh
# Ways round a policy. Each is tried without one first and must come through there, then under
# bypass.ini, all in one `cgward run`. A way that is open is in the table too, and asserted to be:
# who closes it changes the table.
#
# A line of the table: CASE, what it comes to without a policy, what under it ("refused": EPERM; an
# errno; "open": as without), the comm of the record if it is not CASE (an expression), and what it
# is. Whatever is refused leaves a record. Families of sockets whose module is not at hand come to EAFNOSUPPORT, which the
# kernel says after it has asked the policy.
bypass_cases() {
	cat <<-'END'
		bind-mount|ok|refused||a bind mount gives the file another name
		open-tree|ok|refused||open_tree(OPEN_TREE_CLONE), a mount without a place
		fsopen|ok|refused||fsopen, the other way to mount
		mount|ok|refused||mount a file system over another
		lazy-umount|ok|refused||umount2(MNT_DETACH) with the task in it
		pivot-root|ok|refused||pivot_root
		detached|ok|refused||a mount that somebody outside detached, by /proc/PID/cwd
		foreign-root|ok|refused||/proc/PID/root of a task in another mount namespace
		foreign-alias|ok|open||a bind mount that root outside made, by /proc/PID/root
		setns|ok|refused||setns to a mount namespace with such a bind mount
		chroot|ok|refused||chroot, then the short name
		hard-link|ok|refused||a hard link
		rename|ok|refused||rename to a name that is allowed
		rename-over|ok|refused||rename of an allowed file to a denied name
		exchange|ok|refused||renameat2(RENAME_EXCHANGE)
		directory-above|ok|open||rename of the directory that the rule begins with
		mknod|ok|open||mknod, a second name for a device
		symlink|ok|refused||a symbolic link
		symlink-swap|ok|refused||a symbolic link that changes all the time
		create|ok|refused||O_CREAT of a denied file, and that nothing is left of it
		tmpfile|ok|refused||O_TMPFILE in a denied directory
		tmpfile-linkat|ok|refused||O_TMPFILE elsewhere, then linkat
		open-trunc|ok|refused||O_RDONLY with O_TRUNC, where only writing is denied
		truncate|ok|refused||truncate
		ftruncate|ok|refused||ftruncate of an inherited descriptor
		inherited|ok|open||reading a descriptor inherited from outside
		reopen|ok|refused||an inherited descriptor, opened again by /proc/self/fd
		o-path|ok|refused||O_PATH, opened again by /proc/self/fd
		self-root|ok|refused||/proc/self/root
		pid-root|ok|refused||/proc/1/root
		pid-fd|ok|refused||/proc/PID/fd of a task outside
		scm-rights|ok|refused||a descriptor passed over a unix socket
		file-handle|ok|refused||open_by_handle_at
		uring-open|ok|refused||open by io_uring
		uring-worker|ok|refused|iou-wrk-[0-9]*|open by a worker thread of io_uring
		uring-personality|ok|refused|iou-wrk-[0-9]*|extended attributes by io_uring, with credentials that it lends
		exec|ok|refused||execve
		execveat|ok|refused||execveat of an O_PATH descriptor
		ld.so|ok|refused|ld-linux-x86-64|the dynamic loader runs the program
		interpreter|ok|refused||a denied interpreter of an allowed script
		memfd-exec|ok|refused||a copy of the program in a memfd
		memfd-map|ok|refused||a memfd mapped executable
		deleted-exec|ok|refused||a deleted program, by /proc/PID/exe
		mmap-exec|ok|refused||mmap(PROT_EXEC)
		mprotect|ok|refused||mmap, then mprotect(PROT_EXEC)
		pkey-mprotect|ok|refused||mmap, then pkey_mprotect(PROT_EXEC)
		dlopen|ok|refused||dlopen of a denied library
		read-is-exec|ok|refused||mmap(PROT_READ) with READ_IMPLIES_EXEC
		own-code|ok|open||code that the program itself wrote to memory
		cgroup.procs|ok|refused||move to another cgroup by cgroup.procs
		cgroup.threads|ok|refused||move to another cgroup by cgroup.threads
		clone-cgroup|ok|refused||clone3(CLONE_INTO_CGROUP)
		userns|ok|refused||unshare(CLONE_NEWUSER)
		core-pattern|ok|open||have the kernel run a program by core_pattern
		ptrace|ok|refused||ptrace of a task outside
		pid-mem|ok|EACCES||/proc/PID/mem of a task outside
		vm-readv|ok|refused||process_vm_readv of a task outside
		pidfd-getfd|ok|refused||pidfd_getfd of a task outside
		bpf-maps|ok|refused||bpf(2): our maps by their ids
		bpf-programs|ok|refused||bpf(2): our programs by their ids
		bpf-late|ok|refused||bpf(2): our program that was loaded last
		bpf-links|ok|refused||bpf(2): our links by their ids
		bpf-pin|ok|refused||bpf(2): our maps by their pins
		rename-pin|ok|refused||rename of our pins
		unlink-pin|ok|refused||unlink of our pins
		af-packet|ok|refused||AF_PACKET
		af-alg|EAFNOSUPPORT|refused||AF_ALG
		af-netlink|ok|refused||AF_NETLINK
		af-vsock|EAFNOSUPPORT|refused||AF_VSOCK
		unix-path|ok|refused||a unix socket by its path
		unix-symlink|ok|refused||a unix socket by a symbolic link
		unix-abstract|ok|refused||an abstract unix socket
		unix-datagram|ok|refused||a datagram to an abstract unix socket
	END
}

bypass_places() {
	mkdir -p /b && mount -t tmpfs tmpfs /b || return
	mkdir -p /b/no /b/ok/alias /b/ro /b/noexec /b/lazy /b/pivot
	mount -t tmpfs tmpfs /b/lazy && mount -t tmpfs tmpfs /b/pivot || return
	mkdir -p /b/pivot/inner
	mount -t tmpfs tmpfs /b/pivot/inner && mkdir /b/pivot/inner/old || return
	for file in /b/no/f /b/ro/f /b/lazy/f; do
		echo secret >$file
	done
	echo harmless >/b/ok/f
	mknod /b/no/zero c 1 5
	cp /usr/bin/bypass /b/noexec/bypass
	cp /usr/bin/bypass /b/noexec/gone
	cp "$(find / -xdev -name 'liburing.so*' | head -n 1)" /b/noexec/library.so
	printf '#!/b/noexec/bypass nothing\n' >/b/ok/script
	chmod 755 /b/ok/script
	mkdir -p "$cgroups/bypass" && cgward apply bypass.ini /bypass || return
	# A program that is loaded after those of the LSM.
	printf '[bind]\n' >/run/late.ini
	chmod 600 /run/late.ini
	rm -f /sys/fs/bpf/cgward/abi*/programs/bind4
	mkdir -p "$cgroups/late" && cgward apply /run/late.ini /late || return
	# Says "CASE OUTCOME" for each case. Standard input is the secret, and goes to every one.
	cat >/b/ok/rounds <<-'END'
		while read -r case <&4; do
			echo "$case $(bypass "$case" 2>>/run/bypass.errors)"
		done 4</run/bypass.names <&0
	END
	bypass_cases | cut -d '|' -f 1 >/run/bypass.names
	/b/noexec/gone serve >/run/bypass.serve 2>&1 &
	bypass_server=$!
	until [ -s /b/ok/pid ] || ! kill -0 $bypass_server; do
		usleep 20000
	done
	rm /b/noexec/gone
	[ -s /b/ok/pid ] && return
	cat /run/bypass.serve
	return 1
}

bypass_end() {
	kill "$bypass_server"
	wait "$bypass_server"
	rm -f /sys/fs/bpf/cgward/bypass
	cgward remove /bypass /late
	rmdir "$cgroups/bypass" "$cgroups/late"
	umount /b/pivot/inner /b/pivot /b/lazy /b
}

# One round, with a pin of ours that it may try to remove.
bypass_round() { # COMMAND…
	rm -f /b/ok/next /b/ok/swapped
	ln -f "$(find /sys/fs/bpf/cgward -name lsm_levels)" /sys/fs/bpf/cgward/bypass &&
		"$@" sh /b/ok/rounds 0<>/b/no/f
}

# Both rounds, and which tasks were refused something, by their names.
bypass_rounds() {
	bypass_round env >/run/bypass.without || return
	bypass_round cgward run --policy bypass.ini --quiet -- >/run/bypass.under || return
	jq -r 'select(.verdict == "denied" and .errno == "EPERM") | .comm' "$log" |
		sort -u >/run/bypass.recorded
}

came_to() { # CASE FILE
	sed -n "s/^$1 //p" "$2"
}

bypass_case() { # CASE WITHOUT UNDER COMM
	without=$(came_to "$1" /run/bypass.without)
	under=$(came_to "$1" /run/bypass.under)
	case $3 in
	open) wanted=$2 ;;
	refused) wanted=EPERM ;;
	*) wanted=$3 ;;
	esac
	if [ "$without" = "$2" ] && [ "$under" = "$wanted" ] &&
		{ [ "$3" = open ] || grep -qx "${4:-$1}" /run/bypass.recorded; }; then
		return
	fi
	echo "without a policy '$without', not '$2'; under it '$under', not '$wanted'; recorded:"
	grep -x "${4:-$1}" /run/bypass.recorded
	cat /run/bypass.errors
	return 1
}

# No rule could have allowed it: the record says why, under the policy that denied it.
bypass_class_is_told() {
	jq -se 'map(select(.comm == "detached")) | length > 0 and all(.[]; .policy == "bypass" and
		.rule == "class" and .rule_text == null and .object_class == "detached" and
		.generation > 0 and .mode == "enforce" and .verdict == "denied")' "$log" &&
		cgward log --log "$log" | grep -F 'class detached, which [file] of bypass always denies'
}

# mode = audit denies nothing, not even that.
bypass_class_in_audit() {
	sed 's/^\[file\]/&\nmode = audit/' bypass.ini >/run/bypass-audit.ini
	expect ok cgward run --policy /run/bypass-audit.ini --quiet -- bypass detached &&
		jq -se 'any(.[]; .policy == "bypass-audit" and .rule == "class" and
			.verdict == "would-deny" and .errno == null)' "$log"
}

# What [file] and [exec] close by themselves: the key of `escapes`, and ways through it.
bypass_keys() {
	cat <<-'END'
		mount bind-mount
		mount fsopen
		userns userns
		cgroup-escape cgroup.procs
		ptrace ptrace
		bpf bpf-maps
		bpf rename-pin
	END
}

# bypass_opened KEY: the policy /run/escapes.ini leaves open the ways of KEY, "all" or "none", alone
bypass_opened() {
	bypass_keys | cut -d ' ' -f 2 >/run/bypass.names
	bypass_round cgward run --policy /run/escapes.ini --quiet -- >/run/bypass.opened || return
	bypass_keys | awk -v key="$1" '{ print $2, (key == "all" || key == $1 ? "ok" : "EPERM") }' |
		diff - /run/bypass.opened
}

# Each key opens what it names and no more; a policy without both sections closes nothing.
bypass_escapes() {
	for key in mount userns cgroup-escape ptrace bpf; do
		sed "s/^log-rate = .*/escapes = $key/" bypass.ini >/run/escapes.ini
		bypass_opened $key || return
	done
	printf '[exec]\ndefault = allow\ndeny = /b/noexec/**\n' >/run/escapes.ini
	bypass_opened none || return
	printf '[unix]\ndefault = allow\ndeny = @b-no*\n' >/run/escapes.ini
	bypass_opened all
}

# The lines that `check` has to add keep the directories of denied files where they are.
bypass_renames_closed() {
	cgward check bypass.ini 2>&1 | sed -n 's/^\(hint:\)* *\(deny = d .*\)/\2/p' >/run/lines
	cat /run/lines
	[ -s /run/lines ] && sed '/^\[file\]/r /run/lines' bypass.ini >/run/renames.ini &&
		expect EPERM cgward run --policy /run/renames.ini --quiet -- bypass directory-above
}

check "bypass: places, and a task outside" bypass_places
check "bypass: every way, without a policy and under one" bypass_rounds
while IFS='|' read -r case without under comm what; do
	check "bypass $case: $what: $under" bypass_case "$case" "$without" "$under" "$comm"
	case $(came_to "$case" /run/bypass.under) in
	EPERM | EACCES) came=refused ;;
	ok) came=open ;;
	*) came="not known" ;;
	esac
	echo "# bypass|$what|$came"
done <<END
$(bypass_cases)
END
check "bypass: what a class denies is told, with the policy" bypass_class_is_told
check "bypass: what a class denies happens under mode = audit" bypass_class_in_audit
check "bypass: the lines that check names close the renaming of directories" bypass_renames_closed
check "bypass: each key of escapes opens what it names, and nothing else" bypass_escapes
check "bypass: end" bypass_end
