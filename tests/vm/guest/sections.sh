# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash
# shellcheck disable=SC2154 # sourced by run.sh
# The programs of cgroups and all that a rule can say; every family of sockets; what status counts; and
# no room for a question.

# ---- programs of cgroups

# Of each hook: what a call comes to that may go on, and four calls, of which ways.ini allows the first,
# denies the second, audits the third, and has nothing to say of the fourth.
ways() {
	cat <<-'END'
		device|ok|open /dev/zero r|open /dev/full r|open /dev/random r|open /dev/urandom r
		sock_create|ok|socket 2 1 6|socket 2 3 1|socket 2 3 17|socket 2 3 6
	END
	for family in 4/127.0.0.1 6/[::1]; do
		for way in "connect|ECONNREFUSED|connect tcp" "sendmsg|ok|sendto udp" "bind|ok|bind tcp"; do
			echo "$way" | awk -F '|' -v family="$family" '{
				split(family, part, "/")
				row = $1 part[1] "|" $2
				for (port = 7001; port <= 7004; port++)
					row = row "|" $3 " " part[2] ":" port
				print row
			}'
		done
	done
}

# What a row of ways leaves: what each call came to, then its records, in each of the two modes.
ways_meant() { # MODE
	ways | awk -F '|' -v mode="$1" '{
		denied = mode == "enforce" ? "EPERM" : $2
		print $1 " came " $2 " " denied " " $2 " " denied
		verdict = mode == "enforce" ? "denied EPERM" : "would-deny null"
		print $1 " " verdict " rule"
		print $1 " audited null rule"
		print $1 " " verdict " default"
	}' | sort
}

ways_of_mode() { # MODE
	sed "s/^mode = .*/mode = $1/" ways.ini >/run/ways.ini
	before=$(wc -l <"$log")
	ways | cut -d '|' -f 3- | tr '|' '\n' >/run/ways.calls
	printf 'while read -r call; do attempt $call; done </run/ways.calls\n' >/run/ways.sh
	under /run/ways.ini sh /run/ways.sh >/tmp/came
	{
		ways | cut -d '|' -f 1 | awk '{
			row = $1 " came"
			for (i = 0; i < 4; i++) {
				getline came <"/tmp/came"
				row = row " " came
			}
			print row
		}'
		tail -n +$((before + 1)) "$log" | jq -r --arg mode "$1" 'select(.type == "decision" and
			.policy == "ways" and .mode == $mode) | "\(.hook) \(.verdict) \(.errno) " +
			if .rule == "default" then "default" else "rule" end'
	} | sort >/tmp/ways
	ways_meant "$1" | diff - /tmp/ways
}

# ---- [socket]: every family

# All there can be, allowed or not, whether there is a module for it; and inet of type packet, which
# the kernel takes for a packet socket. What is on record is a question to `cgward test`.
families_are_judged() {
	{
		seq 1 45 | grep -vxE '2|10' | sed 's/$/ 3 0/'
		echo 2 10 3
	} >/run/families.calls
	# shellcheck disable=SC2016 # for another shell
	printf 'while read -r call; do echo $call $(attempt socket $call); done </run/families.calls\n' >/run/families.sh
	before=$(wc -l <"$log")
	under families.ini sh /run/families.sh >/tmp/came
	sed 's/$/ EPERM/; s/^\(1\|16\) 3 0 EPERM/\1 3 0 ok/' /run/families.calls | diff - /tmp/came || return
	tail -n +$((before + 1)) "$log" | jq -r 'select(.hook == "socket_create") |
		.verdict + " socket " + .asked' >/tmp/asked
	[ "$(grep -c '^denied' /tmp/asked)" = 42 ] && [ "$(cut -d ' ' -f 3- /tmp/asked | sort -u | wc -l)" = 43 ] &&
		grep -qx 'audited socket netlink raw 0' /tmp/asked && grep -q '^denied socket packet packet ' /tmp/asked ||
		{
			cat /tmp/asked
			return 1
		}
	cut -d " " -f 1 /tmp/asked >/tmp/verdicts
	cut -d ' ' -f 2- /tmp/asked | cgward test families.ini - | cut -f 1 | sed 's/deny/denied/; s/audit/audited/' |
		diff - /tmp/verdicts
}

# ---- what is counted

# A call, or three, for each section of the LSM half; of them one is audited.
counted_calls() {
	cat <<-'END'
		cat /t/no/r/f
		cat /t/no/r/f
		touch -c /t/no/a/f
		cat /t/audit/f
		/t/no/x/busybox true
		attempt unix stream @secret-one
		attempt bind tcp 127.0.0.1:80
		chroot / true
		attempt socket 16 3 0
	END
}

# For each section, and for each rule.
status_counts() {
	mkdir -p "$cgroups/counted" && cgward apply lsm.ini /counted || return
	counted_calls | while read -r call; do
		# shellcheck disable=SC2086 # a call is several words
		inside counted $call </dev/null
	done >/dev/null 2>&1
	cgward status --json | jq -c '.cgroups[] | select(.cgroup == "/counted") |
		([.counters | to_entries[] | select(.value.denied + .value.audited > 0) |
			[.key, .value.denied, .value.audited]] | sort),
		([.rules[] | select(.count > 0) | [.section, .text, .count]] | sort)' >/tmp/counted
	cgward status /counted >/tmp/status
	cgward remove /counted && rmdir "$cgroups/counted"
	diff - /tmp/counted <<-'END' && grep -q '^lsm-file  *3  *0  *1 ' /tmp/status
		[["lsm-capability",1,0],["lsm-exec",1,0],["lsm-file",3,1],["lsm-operation",1,0],["lsm-socket",1,0],["lsm-unix",1,0]]
		[["capability","deny = net_bind_service",1],["exec","deny = /t/no/x/*",1],["file","audit = r /t/audit/*",1],["file","deny = a /t/no/a/**",1],["file","deny = r /t/no/r/**",2],["operation","deny = chroot settime syslog module keyring perf io_uring userfaultfd signal-out listen-unbound kexec",1],["socket","deny = netlink any any",1],["unix","deny = @secret*",1]]
	END
}

# ---- no room for a question

# Waits for a word, then opens what no rule names, again and again. By nothing but the shell itself: it
# could execute nothing while there is no room.
cat >/run/opens.sh <<-'END'
	exec 3</run/asked 4>/run/answered
	while read -r _ <&3; do
		if read -r _ </t/unnamed; then echo allowed; else echo refused; fi >&4
	done
END

broken_questions() {
	cgward status --json | jq .records.broken
}

# Denied where there is no room to find out, counted, and allowed again with room.
no_room_is_denied() {
	echo something >/t/unnamed
	rm -f /run/asked /run/answered
	mkfifo /run/asked /run/answered
	mkdir -p "$cgroups/room" && cgward apply mount.ini /room || return
	before=$(broken_questions)
	inside room sh /run/opens.sh 2>/dev/null &
	opener=$!
	exec 7>/run/asked 8</run/answered
	no_scratch /sys/fs/bpf/cgward/abi*/lsm/scratches sh -c 'echo >&7; head -n 1 <&8' >/tmp/refused
	echo >&7
	read -r later <&8
	exec 7>&- 8<&-
	wait $opener
	after=$(broken_questions)
	cgward remove /room
	rmdir "$cgroups/room"
	echo "$(cat /tmp/refused) $later, counted $((after - before))"
	[ "$(cat /tmp/refused) $later $((after - before))" = "refused allowed 1" ]
}

check "cgroup programs: allowed, denied, audited, by default, for each" ways_of_mode enforce
check "cgroup programs: the same under mode = audit" ways_of_mode audit
check "socket: every family, and records that can be asked again" families_are_judged
check "status: each section and each rule counts its calls" status_counts
check "scratch space: denied where there is none, and counted" no_room_is_denied
