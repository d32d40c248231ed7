# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash
# shellcheck disable=SC2154,SC2016 # sourced by run.sh; for another shell
# Corners of the LSM half: cgroups nested as deep as policies can be, names of any bytes and length,
# exchanged names, and arming with what a task could try against it.

# ---- nested cgroups

nested_paths() { # COUNT: of cgroups below one another
	path=
	level=0
	while [ $level -lt "$1" ]; do
		level=$((level + 1))
		path=$path/n$level
		echo $path
	done
}

# Policies at 31 depths deny one file, one at the 32nd another; the 33rd is refused, until another
# depth has become free.
nested_policies_all_judge() {
	mkdir -p /t/level && echo all >/t/level/all && echo last >/t/level/last
	printf '[file]\ndefault = allow\ndeny = r /t/level/all\n' >/run/nested.ini
	printf '[file]\ndefault = allow\ndeny = r /t/level/last\n' >/run/last.ini
	deepest=$(nested_paths 33 | tail -n 1)
	mkdir -p "$cgroups$deepest" || return
	# shellcheck disable=SC2046 # 31 arguments
	cgward apply /run/nested.ini $(nested_paths 31) && cgward apply /run/last.ini "${deepest%/*}" || return
	! inside "${deepest#/}" cat /t/level/all && ! inside "${deepest#/}" cat /t/level/last &&
		inside "${deepest#/}" cat /t/ok/f || return
	cgward apply /run/last.ini "$deepest" 2>/tmp/refusal
	came=$?
	cat /tmp/refusal
	[ $came = 3 ] && grep -q '32 different depths' /tmp/refusal || return
	! inside "${deepest#/}" cat /t/level/last && cgward remove /n1/n2/n3 || return
	printf '[file]\ndefault = allow\ndeny = r /t/ok/f\n' >/run/deepest.ini
	cgward apply /run/deepest.ini "$deepest" && ! inside "${deepest#/}" cat /t/ok/f
}

nested_end() {
	# shellcheck disable=SC2046 # 32 arguments
	cgward remove $(nested_paths 33 | grep -vx /n1/n2/n3) || return
	nested_paths 33 | sort -r | while read -r path; do
		rmdir "$cgroups$path" || exit
	done
}

# ---- names

# What a name is, for printf, and what of it the record has.
odd_names() {
	cat <<-'END'
		new\nline|new\u000aline
		quo"te|quo\"te
		back\\slash|back\\slash
		tab\tbed|tab\u0009bed
		esc\033[31m|esc\u001b[31m
		\177|\u007f
		\377\376|\\xff\\xfe
		over\300\257long|over\\xc0\\xaflong
		half\355\240\200|half\\xed\\xa0\\x80
		cut\342\202|cut\\xe2\\x82
		euro\342\202\254|euro€
		{"verdict":"allowed"}|{\"verdict\":\"allowed\"}
		 blank | blank |
		%s|%s
	END
}

# All in one run. jq takes no offence at bytes that are no UTF-8, so they are looked at apart.
odd_names_are_recorded() {
	rm -rf /t/no/r/odd && mkdir -p /t/no/r/odd && cd /t/no/r/odd || return
	odd_names | while IFS='|' read -r bytes _; do
		# shellcheck disable=SC2059 # it is a format
		printf odd >"$(printf "$(echo "$bytes" | sed 's/%/%%/g')")" || return
	done
	long=$(printf '%0255d' 7)
	echo long >"$long"
	before=$(wc -l <"$log")
	set -- *
	under /tests/guest/lsm.ini sh -c 'for name; do cat "$name"; done' sh "$@" >/tmp/read 2>/dev/null
	cd /tests/guest || return
	[ ! -s /tmp/read ] || return
	tail -n +$((before + 1)) "$log" | grep -F '"path":"/t/no/r/odd/' >/tmp/odd
	# Valid JSON, no control character, and of bytes beyond ASCII those of three euros alone.
	jq -e .path /tmp/odd >/dev/null || return
	[ -z "$(tr -d '\40-\176\200-\377\n' </tmp/odd)" ] &&
		[ "$(tr -d '\1-\177' </tmp/odd | wc -c)" = 9 ] || return
	{
		odd_names | cut -d '|' -f 2
		echo "$long"
	} >/tmp/names
	while IFS= read -r spelled; do
		[ "$(grep -cF "\"path\":\"/t/no/r/odd/$spelled\"," /tmp/odd)" = 1 ] && continue
		echo "not once: $spelled"
		cat /tmp/odd
		return 1
	done </tmp/names
	[ "$(wc -l </tmp/odd)" = "$(wc -l </tmp/names)" ]
}

# What has a longer path than can be read has none, and is denied, whatever the default is.
too_long_is_denied() {
	(
		cd /t && component=$(printf '%0250d' 0) || exit
		for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17; do
			mkdir "$component" && cd -P "$component" || exit
		done
		echo deep >f && cat f && ! under /tests/guest/lsm.ini cat f
	) && [ "$(records '.hook == "file_open" and .object_class == "error" and .verdict == "denied" and
		.comm == "cat"')" = 1 ]
}

# ---- names exchanged while they are opened

# An allowed file and a denied one change their names for ever. Each open either reads what has the
# allowed name or is refused with the denied name on record: no third name, no other error.
exchanged_while_opened() {
	echo one >/t/no/r/exchanged && echo two >/t/ok/exchanged || return
	before=$(wc -l <"$log")
	disarm exchange /t/ok/exchanged /t/no/r/exchanged &
	exchanger=$!
	under lsm.ini sh -c 'i=0; while [ $i -lt 400 ]; do
		{ read -r line </t/ok/exchanged && echo "$line"; } 2>&1
		i=$((i + 1)); done' >/tmp/exchanged
	kill $exchanger
	wait $exchanger
	sort /tmp/exchanged | uniq -c
	[ "$(grep -c . /tmp/exchanged)" = 400 ] || return
	grep -vxE 'one|two' /tmp/exchanged | grep -v 'Operation not permitted' && return 1
	tail -n +$((before + 1)) "$log" | jq -r 'select(.type == "decision") | .asked' | sort -u >/tmp/asked
	cat /tmp/asked
	! grep -vx 'r /t/no/r/exchanged' /tmp/asked
}

# ---- arming

# One task is in the cgroup of a `run`; others join it.
arming_begins() {
	rm -f /run/hold && mkfifo /run/hold || return
	sed 's/^escapes = .*/escapes = mount cgroup-escape ptrace/; s/keyring perf/keyring/' lsm.ini >/run/arming.ini
	cgward run --policy /run/arming.ini --quiet -- sh -c 'echo $$ >/run/inner; read line </run/hold' &
	runner=$!
	until [ -s /run/inner ] || ! kill -0 $runner; do
		usleep 20000
	done
	run_cgroup=$(cut -d : -f 3 "/proc/$(cat /run/inner)/cgroup") && [ -d "$cgroups$run_cgroup" ]
}

# Another run beside it, and a policy that arms nobody, come and go: who joins is armed all the same.
others_come_and_go() {
	mkdir -p "$cgroups/beside" && cgward apply lsm.ini /beside && cgward run --policy lsm.ini --quiet -- true &&
		cgward remove /beside && rmdir "$cgroups/beside"
}

# joining COMMAND…: by a shell that joins the cgroup before
joining() {
	(
		sh -c 'echo $PPID' >"$cgroups$run_cgroup/cgroup.procs" || exit 9
		"$@"
	)
}

reads_itself() {
	read -r _ </t/no/r/f
}

# Not judged before its execve (`read` is the shell's own), judged from there on.
joins_unarmed() {
	joining reads_itself && ! joining sh -c 'read -r line </t/no/r/f' && ! joining cat /t/no/r/f
}

# What is executed is judged before the task is armed.
entering_execve_is_judged() {
	! joining /t/no/x/busybox true && joining /t/ok/busybox true &&
		[ "$(records '.hook == "bprm_check_security" and .path == "/t/no/x/busybox" and
			.policy == "arming"')" = 1 ]
}

unarmed_child() {
	(reads_itself) && ! sh -c 'read -r line </t/no/r/f' && reads_itself
}

# A child of who is not armed is not either, until its own execve; and arms nobody else.
arms_itself_alone() {
	joining unarmed_child
}

nothing_disarms() {
	mkdir -p "$cgroups/beside"
	joining disarm /t/no/r/f "$cgroups/beside/cgroup.procs" >/tmp/disarm
	rmdir "$cgroups/beside"
	cat /tmp/disarm
	[ "$(grep -c ' EPERM$' /tmp/disarm)" = 11 ] && [ "$(wc -l </tmp/disarm)" = 11 ]
}

arming_ends() {
	echo go >/run/hold
	wait "$runner"
}

check "corners: policies at 32 depths all judge, a 33rd is refused until one is free" nested_policies_all_judge
check "corners: cgroups at 33 depths go" nested_end
check "corners: odd and long names, each recorded once, as valid JSON" odd_names_are_recorded
check "corners: a path that is too long to be read is denied" too_long_is_denied
check "corners: names exchanged while they are opened" exchanged_while_opened
check "arming: a run, for others to join" arming_begins
check "arming: other runs and policies come and go" others_come_and_go
check "arming: who joins is judged from its own execve on" joins_unarmed
check "arming: this execve is judged" entering_execve_is_judged
check "arming: a task arms itself and nobody else" arms_itself_alone
check "arming: nothing that an armed task does disarms it" nothing_disarms
check "arming: end" arming_ends
