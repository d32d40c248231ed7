# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash
# shellcheck disable=SC2154 # sourced by run.sh
# A policy that changes: reloads bring sections and take them away, under a process that is there all the
# while.

# A process of the cgroup /changes that makes the calls below whenever it reads a line, and says what
# became of them. It is a shell that executes nothing to open the file.
changes_begin() {
	mkdir -p "$cgroups/changes" /t/changes && echo something >/t/changes/file || return
	cat >/run/changes.sh <<-'EOT'
		while read -r _; do
			if read -r _ </t/changes/file; then file=ok; else file=EPERM; fi
			echo $file $(attempt unix stream @changes) $(attempt bind tcp 127.0.0.1:80) $(attempt bind tcp 127.0.0.1:7001)
		done
	EOT
	rm -f /run/asked /run/answered
	mkfifo /run/asked /run/answered
	inside changes sh /run/changes.sh </run/asked >/run/answered 2>/dev/null &
	changes_pid=$!
	exec 7>/run/asked 8</run/answered
}

section_of_changes() {
	case $1 in
	file) printf '[file]\ndefault = allow\ndeny = r /t/changes/file\n' ;;
	unix) printf '[unix]\ndefault = allow\ndeny = @changes\n' ;;
	capability) printf '[capability]\ndefault = allow\ndeny = net_bind_service\n' ;;
	bind) printf '[bind]\ndefault = allow\ndeny = any any:7001\n' ;;
	esac
}

# changed_to SECTIONS MEANT HOOKS: with these sections the calls come to MEANT, and of the LSM hooks that
# are theirs HOOKS are attached and no other
changed_to() {
	for present in $1; do
		section_of_changes "$present"
	done >/run/changes.ini
	if [ -n "$1" ]; then
		cgward apply /run/changes.ini /changes
	else
		cgward remove /changes
	fi || return
	echo >&7
	read -r came <&8
	attached=
	for hook in capable file_open sb_mount socket_bind unix_stream_connect; do
		[ ! -e "$(echo /sys/fs/bpf/cgward/abi*/lsm/links)/$hook" ] || attached="$attached$hook "
	done
	[ "$came" = "$2" ] && [ "$attached" = "$3" ] && return
	echo "[$1]: '$came', not '$2'; attached '$attached', not '$3'"
	return 1
}

sections_come_and_go() {
	changes_begin &&
		changed_to unix "ok EPERM ok ok" "unix_stream_connect " &&
		changed_to "unix capability" "ok EPERM EACCES ok" "capable unix_stream_connect " &&
		changed_to "capability file" "EPERM ok EACCES ok" "capable file_open sb_mount " &&
		changed_to "file bind" "EPERM ok ok EPERM" "capable file_open sb_mount socket_bind " &&
		changed_to bind "ok ok ok EPERM" "socket_bind " &&
		changed_to "unix file" "EPERM EPERM ok ok" "capable file_open sb_mount unix_stream_connect " &&
		changed_to "" "ok ok ok ok" ""
	came=$?
	exec 7>&- 8<&-
	wait "$changes_pid"
	rmdir "$cgroups/changes" && return $came
}

check "changes: sections come and go under a process, and their hooks with them" sections_come_and_go
