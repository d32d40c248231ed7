#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash
# shellcheck disable=SC2154 # of tap.sh
# What is tried where the kernel has BPF LSM and `bpf` is not in its list of security modules: LSM programs
# load and attach there, and never run. Other kernels without: tests/kernel/unsupported.bats.
. /tests/guest/tap.sh

reason="this kernel attaches LSM programs and does not run them"

doctor_tells() {
	cgward doctor >/tmp/doctor
	[ $? = 1 ] && grep -A 2 '^no *lsm ' /tmp/doctor >/tmp/lsm || return
	cat /tmp/lsm
	grep -q "$reason; lsm list: .*yama" /tmp/lsm && grep -q 'lsm=LIST,bpf' /tmp/lsm &&
		grep -qx 'Not every section of this version can be enforced here.' /tmp/doctor
}

# The list that it names is the one at hand, with bpf.
policy_is_refused() {
	mkdir -p "$cgroups/web"
	cgward apply lsm.ini /web 2>/tmp/complaint
	[ $? = 3 ] || return
	cat /tmp/complaint
	list=$(cat /sys/kernel/security/lsm)
	[ "$(grep -c ": error: .*: $reason\$" /tmp/complaint)" = 6 ] &&
		grep -qF "boot a kernel that has CONFIG_BPF_LSM with \`lsm=$list,bpf\`" /tmp/complaint &&
		[ "$(cgward status)" = "no policy is in force" ]
}

command_is_not_run() {
	cgward run --policy lsm.ini --quiet -- touch /run/ran
	[ $? = 125 ] && [ ! -e /run/ran ]
}

rest_is_in_force() {
	{
		sed '/^\[tests\]/,$d; s/^\[policy\]/&\nunsupported = warn/' lsm.ini
		printf '[connect]\ndefault = allow\ndeny = any 127.0.0.1:7002\n'
	} >/run/rest.ini
	cgward apply /run/rest.ini /web >/tmp/said 2>/tmp/complaint || return
	cat /tmp/said /tmp/complaint
	grep -qx '/web: rest in force, generation 1, hooks .*connect4 connect6 sendmsg4' /tmp/said &&
		[ "$(grep -c ": warning: .*: $reason\$" /tmp/complaint)" = 6 ] &&
		expect EPERM inside web attempt connect tcp 127.0.0.1:7002 &&
		expect ECONNREFUSED inside web attempt connect tcp 127.0.0.1:7003 &&
		inside web chroot / true
}

status_keeps_telling() {
	cgward status >/tmp/status && cat /tmp/status && cgward status --json >/tmp/json || return
	grep -q '^not enforced on this kernel, at /web: \[socket\] .*\[file\], \[exec\], \[unix\], \[capability\], \[operation\]$' \
		/tmp/status && jq -e '.cgroups[0] | (.unsupported | length) == 6 and .lsm_hooks == []' /tmp/json
}

# What `run` starts does without LSM programs where [socket] alone would need them.
sockets_are_judged_by_seccomp() {
	printf '[socket]\nallow = inet\nallow = unix stream\ndeny = packet\n' >/run/sockets.ini
	grep '^yes *seccomp ' /tmp/doctor || return
	cgward run --policy /run/sockets.ini --log /run/sockets.jsonl -- socket_ways socket:1:1:0 socket:17:3:0 \
		thread:38:5:0 pair:1:2:0 socket:2:1:0 socket:2:10:0 socket:0x100000011:3:0 io_uring old:1:1:0 old:16:3:0 \
		oldcall:1:1:0 x32:1:1:0 >/tmp/said 2>/tmp/summary || return
	cat /tmp/said /tmp/summary
	[ "$(cut -d ' ' -f 2 /tmp/said | tr '\n' ' ')" = \
		"ok EPERM EPERM EPERM ok EPERM EPERM EPERM ok EPERM EPERM ENOSYS " ] &&
		[ "$(jq -r 'select(.hook == "seccomp" and .comm == "socket_ways" and .errno == "EPERM") | .asked' \
			/run/sockets.jsonl | tr '\n' ,)" = \
			"packet raw 0,alg seqpacket 0,unix dgram 0,packet packet 0,packet raw 0,io_uring,netlink raw 0,socketcall," ] &&
		grep -q '^  2x socket packet raw 0 (/run/sockets.ini:4)' /tmp/summary &&
		! cgward status | grep cgward-run
}

# Sockets from outside are judged where LSM programs run, and nobody needs them to.
foreign_sockets_are_not_judged() {
	printf '[connect]\ndefault = allow\ndeny = any 127.0.0.1:7002\n' >/run/plain.ini
	cgward apply /run/plain.ini /web && expect EPERM inside web attempt connect tcp 127.0.0.1:7002 &&
		expect ECONNREFUSED attempt --enter "$cgroups/web/cgroup.procs" connect tcp 127.0.0.1:7002 &&
		cgward check /run/plain.ini 2>&1 | grep 'judged here only where the kernel runs LSM programs'
}

nothing_stays() {
	cgward remove --all && rmdir "$cgroups/web" && [ -z "$(find /sys/fs/bpf -mindepth 2)" ] &&
		! dmesg | grep -E 'BUG|Oops|WARNING|Call Trace'
}

check "doctor saw a denial that did not happen" doctor_tells
check "a policy that needs LSM programs is refused, with what to boot with" policy_is_refused
check "run does not run its command" command_is_not_run
check "unsupported = warn: the rest is in force" rest_is_in_force
check "status keeps telling what is not enforced" status_keeps_telling
check "sockets of other families are judged by seccomp in what run starts" sockets_are_judged_by_seccomp
check "sockets from outside are not judged, and check says so" foreign_sockets_are_not_judged
check "nothing stays" nothing_stays
echo "1..$number"
