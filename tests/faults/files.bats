#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# Policy files, includes and lists that change while they are read, that are no files, or that
# somebody else could change. What is read is one state of the file, or nothing is applied.

load lib

setup() {
	faults_setup
	policy base <<-END
		[bind]
		default = allow
	END
	echo 127.0.0.9 >"$T/list"
	policy web <<-END
		[policy]
		include = base.ini
		[group g]
		file = list
		[connect]
		allow = any 127.0.0.1:7001
		deny = any 127.0.0.2
		deny = any @g
	END
	chmod 600 "$T/list"
	signer_start "$BASE/web"
}

teardown() {
	faults_teardown
}

refused() { # STATUS TEXT: and nothing is in force
	[ "$STATUS" = "$1" ] || fail "status $STATUS" "$(cat "$T/error")"
	grep -qF "$2" "$T/error" || fail "no word of '$2'" "$(cat "$T/error")"
	signature_is "$NONE"
}

# meanwhile N KIND COMMAND: runs the command just before the Nth call of a kind that apply makes.
meanwhile() {
	FAULT_RUN=$3 FAULT_CALLS=$2 faulty "$1" "$CGWARD" apply "$T/web.ini" "$BASE/web"
	[ -n "$FAULT" ] || fail "there is no such call"
}

@test "a FIFO, a device, a socket and a directory are refused, and nothing waits" {
	local file
	for file in web.ini base.ini list; do
		mv "$T/$file" "$T/kept"
		for make in mkfifo mkdir "mknod -m 600 $T/$file c 1 5; :"; do
			eval "$make $T/$file"
			STATUS=0
			timeout 5 "$CGWARD" apply "$T/web.ini" "$BASE/web" 2>"$T/error" || STATUS=$?
			refused 2 "$file"
			rm -rf "${T:?}/$file"
		done
		mv "$T/kept" "$T/$file"
	done
	cgward apply "$T/web.ini" "$BASE/web"
}

@test "a file that is changed between any two reads is refused, each of them" {
	local file n=0
	# Each file is read twice: what it holds, and its end.
	for file in web.ini base.ini list; do
		cp -p "$T/$file" "$T/kept"
		for change in "echo '; more' >>$T/$file" "truncate -s 0 $T/$file" \
			"chmod g+w $T/$file" "touch $T/$file" "chown 65534 $T/$file"; do
			for read in $((2 * n + 1)) $((2 * n + 2)); do
				meanwhile $read read "$change"
				refused 2 "it changed while it was read"
				cp "$T/kept" "$T/$file"
				chmod 600 "$T/$file"
				chown 0 "$T/$file"
			done
		done
		n=$((n + 1))
	done
	cgward apply "$T/web.ini" "$BASE/web"
	signature_is "xx.."
}

@test "a file that is swapped while it is read: the one that was opened counts" {
	policy other <<-END
		[connect]
		default = allow
	END
	meanwhile 1 read "mv $T/other.ini $T/web.ini"
	# Renamed over, the file that was read has lost its name: its change time tells.
	[ "$STATUS" = 2 ] || signature_is "xx.."
	cgward apply "$T/web.ini" "$BASE/web"
	signature_is "$NONE"
}

@test "a file that grows beyond all limits while it is read" {
	local file n=1
	for file in web.ini base.ini list; do
		cp -p "$T/$file" "$T/kept"
		meanwhile $n read "truncate -s 1G $T/$file"
		refused 2 "$file"
		mv "$T/kept" "$T/$file"
		n=$((n + 2))
	done
}

@test "files replaced by a FIFO or a link to a device before each opening" {
	local n file
	for what in "mkfifo -m 600 $T/@" "ln -s /dev/zero $T/@" "ln -s @ $T/@"; do
		n=1
		for file in web.ini base.ini list; do
			mv "$T/$file" "$T/kept"
			cp -p "$T/kept" "$T/$file"
			meanwhile $n openat "rm $T/$file; ${what//@/$file}"
			refused 2 "$file"
			rm "$T/$file"
			mv "$T/kept" "$T/$file"
			n=$((n + 1))
		done
	done
}

@test "a policy rewritten without pause: each answer is that of one of its texts" {
	local answer answers="" writer
	printf '[connect]\ndefault = allow\ndeny = tcp 127.0.0.1:1\n' >"$T/a"
	{
		printf '[connect]\nallow = tcp 127.0.0.2:1\n'
		for _ in {1..300}; do echo "; as long as it takes to read a file in two parts"; done
		echo "deny = tcp 127.0.0.3:1"
	} >"$T/b"
	chmod 600 "$T/a" "$T/b"
	cp "$T/a" "$T/web.ini"
	while :; do
		cp "$T/b" "$T/new"
		mv "$T/new" "$T/web.ini"
		cp "$T/a" "$T/new"
		mv "$T/new" "$T/web.ini"
	done 3>&- &
	writer=$!
	for _ in {1..100}; do
		answer=$("$CGWARD" test "$T/web.ini" 'connect tcp 127.0.0.1:1' \
			'connect tcp 127.0.0.2:1' 'connect tcp 127.0.0.3:1' 2>&1 | cut -f1 | tr '\n' ' ') || :
		answers+="$answer"$'\n'
	done
	kill "$writer"
	wait "$writer" || :
	! grep -vE '^(deny allow allow |deny allow deny |.*it changed while it was read.*|)$' <<<"$answers"
}

@test "a file that the system fails to read: status 3, and one error that says which" {
	local command
	for command in "check $T/web.ini" "test $T/web.ini 'connect tcp 127.0.0.1:7001'" \
		"explain $T/web.ini" "apply $T/web.ini $BASE/web"; do
		eval "FAULT_CALLS=read FAULT_FOREVER=1 faulty 1 '$CGWARD' $command"
		[ "$STATUS" = 3 ] || fail "$command: status $STATUS" "$(cat "$T/error")"
		[ "$(cat "$T/error")" = "$T/web.ini: error: cannot read it: Input/output error" ] ||
			fail "$(cat "$T/error")"
	done
	FAULT_CALLS=read FAULT_FOREVER=1 faulty 1 "$CGWARD" run --policy "$T/web.ini" -- true
	[ "$STATUS" = 125 ]
	signature_is "$NONE"
}
