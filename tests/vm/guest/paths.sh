# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash
# shellcheck disable=SC2154 # sourced by run.sh
# [file] by letters and by length: each letter alone, denied and allowed; paths as deep and as long as
# the kernel takes them, and longer.

# ---- letters

# Each call in a directory for each letter: so many as letters by letters, and "rw" for opens of both.
letters_questions() {
	for place in r w c d a; do
		for asked in r w rw c d a; do
			echo "file $asked /t/letters/$place/f$asked"
		done
	done
}

# What has to become of them where the place's own letter is $1 and every other is $2.
letters_meant() {
	letters_questions | awk -F '[ /]' -v own="$1" -v other="$2" '{
		wants_own = index($2, $6)
		wants_other = length($2) > (wants_own ? 1 : 0)
		denied = (wants_own && own == "deny") || (wants_other && other == "deny")
		print (denied ? "deny" : "allow")
	}'
}

letters_policy() { # VERB: of the rules; the default is the other
	printf '[policy]\nlog-rate = unlimited\n[file]\n'
	if [ "$1" = deny ]; then
		echo 'default = allow'
	else
		printf 'default = deny\nallow = r {/usr,/lib,/lib64,/bin,/etc,/dev,/proc,/run}/**\n'
	fi
	for letter in r w c d a; do
		echo "$1 = $letter /t/letters/$letter/*"
	done
}

# letters VERB OTHER: the policy, `cgward test` and the kernel agree, and each refusal is recorded with
# the letters asked for.
letters() {
	letters_policy "$1" >/run/letters.ini
	letters_questions >/tmp/questions
	letters_meant "$1" "$2" >/tmp/meant
	path_calls prepare </tmp/questions || return
	cgward test /run/letters.ini - </tmp/questions 2>/tmp/complaint | cut -f 1 >/tmp/answers
	before=$(wc -l <"$log")
	under /run/letters.ini path_calls call </tmp/questions >/tmp/came
	tail -n +$((before + 1)) "$log" | jq -r 'select(.comm == "path_calls" and .verdict == "denied" and
		.object_class == "normal" and .path_truncated == false) | "file " + .asked' | sort >/tmp/recorded
	paste /tmp/meant /tmp/questions | sed -n 's/^deny	//p' | sort >/tmp/denied
	[ "$(wc -l </tmp/meant)" = 30 ] && cmp /tmp/meant /tmp/answers && cmp /tmp/meant /tmp/came &&
		cmp /tmp/denied /tmp/recorded && return
	paste /tmp/questions /tmp/meant /tmp/answers /tmp/came
	cat /tmp/complaint /tmp/recorded
	return 1
}

# ---- depth and length

repeated() { # TEXT COUNT
	awk -v text="$1" -v count="$2" 'BEGIN { while (count--) printf "%s", text }'
}

# below DIRECTORY COMPONENT COUNT LENGTH: a path of so many bytes, the last of its components is filled up
below() {
	path=$1$(repeated "/$2" "$3")
	path=$path/$(repeated f $(($4 - ${#path} - 1)))
}

# The longest that open(2) takes, of few long and of many short names. In steps, for mkdir -p goes by
# whole paths.
is_judged_by_its_path() { # COMPONENT COUNT LENGTH
	below /t/no/r "$1" "$2" "$3"
	allowed=/t/ok${path#/t/no/r}
	for made in "$path" "$allowed"; do
		mkdir -p "${made%/*}" && echo deep >"$made" || return
	done
	before=$(records ".path == \"$path\"")
	[ ${#path} = "$3" ] && [ "$(under lsm.ini cat "$allowed")" = deep ] && ! under lsm.ini cat "$path" &&
		[ "$(records ".path == \"$path\" and .asked == \"r $path\" and .path_truncated == false and
			.object_class == \"normal\" and .verdict == \"denied\"")" = $((before + 1)) ]
}

# One byte more than a record has room for is an error, which is denied; the record has the end of it,
# and says so.
truncated_is_marked() {
	rm -rf /t/long && mkdir /t/long || return
	(
		cd /t/long && component=$(repeated 0 250) || exit
		for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
			mkdir "$component" && cd -P "$component" || exit
		done
		name=$(repeated f $((4096 - 8 - 16 * 251)))
		echo longest >"$name" && echo longer >"x$name" || exit
		[ "$(under /tests/guest/lsm.ini head -n 1 "$name")" = longest ] &&
			! under /tests/guest/lsm.ini head -n 1 "x$name" || exit
		cd /tests/guest || exit
		jq -se --arg name "/x$name" 'map(select(.object_class == "error" and .path_truncated and
			(.path | endswith($name)))) | length == 1 and all(.[]; .verdict == "denied" and
			.rule == "class" and (.path | length) < 4096 and (.asked == "r " + .path))' "$log"
	)
}

check "paths: each letter denied alone: 30 calls" letters deny allow
check "paths: each letter allowed alone: 30 calls" letters allow deny
check "paths: 4,000 bytes in names of 250" is_judged_by_its_path "$(repeated 0 250)" 15 4000
check "paths: 4,000 bytes in 1,995 names" is_judged_by_its_path 0 1994 4000
check "paths: 4,095 bytes, the longest for open" is_judged_by_its_path "$(repeated 0 255)" 15 4095
check "paths: 4,096 bytes are read, 4,097 are denied, and the record tells that its path is cut" truncated_is_marked
