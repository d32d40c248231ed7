# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash
# shellcheck disable=SC2154,SC2016 # sourced by run.sh; for another shell
# Many at once: mixed file operations while programs are preempted wherever they may be, while the
# policy changes under them, and while names are exchanged.

preempt=/sys/kernel/debug/sched/preempt

fully_preempted() {
	mkdir -p /t/storm/ok /t/storm/no && echo here >/t/storm/no/here || return
	mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug || return
	echo full >$preempt && grep -F '(full)' $preempt || return
	storm_policy >/run/keep.ini # keeps what the others attach
	mkdir -p "$cgroups/keep" && cgward apply /run/keep.ini /keep
}

storm_policy() {
	printf '[policy]\nlog-rate = 1000000/s\n[file]\ndefault = allow\ndeny = rcd /t/storm/no/**\n'
}

# The records of the storm: as many as calls denied, each with a path of its own, and the kernel's
# count is what was written, suppressed and lost.
no_wrong_verdict() {
	storm_policy >/run/storm.ini
	before=$(wc -l <"$log")
	under /run/storm.ini file_storm /t/storm 16 150 >/tmp/storm
	came=$?
	cat /tmp/storm
	denied=$(sed -n 's/^denied //p' /tmp/storm)
	[ $came = 0 ] && [ "$denied" = 2400 ] || return
	tail -n +$((before + 1)) "$log" | jq -r 'select(.section == "file" and .asked != null
		and .verdict == "denied" and .errno == "EPERM" and .object_class == "normal") |
		.asked' | grep '^c /t/storm/no/[0-9]*-[0-9]*$' | sort | uniq -c >/tmp/paths
	lost=$(tail -n +$((before + 1)) "$log" |
		jq -s 'map(select(.type == "lost" or .type == "suppressed") | .count) | add // 0')
	echo "$(wc -l </tmp/paths) paths recorded, $lost lost or suppressed"
	! grep -v '^ *1 ' /tmp/paths && [ $(($(wc -l </tmp/paths) + lost)) = 2400 ]
}

# storm_while COMMAND: file_storm in the cgroup /storm until COMMAND is done
storm_while() {
	rm -f /tmp/go && mkfifo /tmp/go
	inside storm file_storm /t/storm 6 0 </tmp/go >/tmp/storm 2>&1 &
	storm=$!
	exec 7>/tmp/go
	until grep -q ready /tmp/storm || ! kill -0 $storm; do
		usleep 20000
	done
	"$@"
	came=$?
	exec 7>&-
	wait $storm || came=1
	cat /tmp/storm
	return $came
}

reload_often() {
	for round in 1 2 3 4 5 6 7 8 9 10 11 12; do
		{
			storm_policy
			seq "$round" | sed 's|.*|deny = w /t/storm/other/&/**|'
		} >/run/storm.ini
		cgward apply /run/storm.ini || return
	done
}

reloads_leave_no_gap() {
	storm_policy >/run/storm.ini
	mkdir -p "$cgroups/storm" && cgward apply /run/storm.ini /storm && storm_while reload_often
}

# The policy above goes and comes; the one below holds all the while.
come_and_go() {
	for round in 1 2 3; do
		cgward apply /run/outer.ini /outer && cgward remove /outer || return
	done
}

others_come_and_go() {
	storm_policy >/run/outer.ini
	mkdir -p "$cgroups/outer" && storm_while come_and_go && rmdir "$cgroups/outer"
}

removed_is_free() {
	cgward remove /storm && inside storm cat /t/storm/no/here && rmdir "$cgroups/storm"
}

# The directory on the way changes its name for ever, below what is denied and below what is not:
# whatever mixture of names is read, it stays on its side.
racing_renames() {
	mkdir -p /t/race/ok/x /t/race/no/x "$cgroups/race" || return
	echo secret >/t/race/no/x/f && cp /t/race/no/x/f /t/race/ok/x/f
	printf '[file]\ndefault = deny\nallow = r {/t/race/ok,/usr,/lib,/lib64,/dev}/**\n' >/run/race.ini
	cgward apply /run/race.ini /race || return
	(while mv /t/race/no/x /t/race/no/longer && mv /t/race/ok/x /t/race/ok/longer &&
		mv /t/race/no/longer /t/race/no/x && mv /t/race/ok/longer /t/race/ok/x; do :; done) &
	renamer=$!
	inside race sh -c 'i=0; while [ $i -lt 1500 ]; do
		read -r line </t/race/no/x/f && echo "no: $line"
		{ read -r line </t/race/ok/x/f; } 2>&1
		i=$((i + 1)); done' >/tmp/raced 2>/dev/null
	kill $renamer
	wait $renamer
	cgward remove /race
	rmdir "$cgroups/race"
	! grep secret /tmp/raced && ! grep 'not permitted' /tmp/raced
}

# So many random policies, so many random calls for each, as real calls and as questions; and what they
# mean by a reading of the language that shares nothing with cgward (tests/unit/glob_oracle.c).
differential() {
	seed=0
	while [ $seed -lt "$1" ]; do
		seed=$((seed + 1))
		rm -rf /t/d
		path_calls policy $seed >/run/random.ini
		path_calls questions $seed "$2" >/tmp/questions
		path_calls answers $seed </tmp/questions >/tmp/meant
		path_calls prepare </tmp/questions || return
		cgward test /run/random.ini - </tmp/questions 2>/tmp/complaint |
			cut -f 1 | sed s/audit/allow/ >/tmp/answers
		cgward run --policy /run/random.ini --quiet path_calls call </tmp/questions >/tmp/came
		[ "$(wc -l </tmp/meant)" = "$2" ] && cmp -s /tmp/meant /tmp/answers &&
			cmp -s /tmp/meant /tmp/came && continue
		echo "seed $seed: question, what it means, answer, what came"
		paste /tmp/questions /tmp/meant /tmp/answers /tmp/came |
			awk -F '\t' '$2 != $3 || $2 != $4' | head -n 5
		cat /tmp/complaint /run/random.ini
		return 1
	done
}

as_before() {
	echo voluntary >$preempt && cgward remove /keep && rmdir "$cgroups/keep"
}

check "storm: the kernel preempts everywhere" fully_preempted
check "storm: no wrong verdict, each denial with its own path, all counted" no_wrong_verdict
check "storm: reloads leave no gap" reloads_leave_no_gap
check "storm: another policy comes and goes" others_come_and_go
check "storm: removed, all is allowed" removed_is_free
check "storm: racing renames open nothing that is denied" racing_renames
check "storm: 8 policies, 3,200 calls: the kernel and test do what the language says" differential 8 400
check "storm: back to what it was" as_before
