# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash
# shellcheck disable=SC2154 # sourced by run.sh
# policies/converter.ini, which denies by default in every section, on programs that are linked
# dynamically (jq) and statically (busybox, attempt).

convert=/srv/convert

converter_places() {
	mkdir -p $convert/in $convert/out && echo '{ "title": "Stranger" }' >$convert/in/upload.json || return
	cp -r /tests/policies /run/policies
	cp /bin/busybox $convert/in/program && cp "$(find /lib -name libc.so.6)" $convert/in/library.so || return
	# With what else may be executed to try what is denied.
	sed 's|^allow *= /usr/bin/jq|allow = /{bin/busybox,usr/bin/{jq,attempt}}|' \
		/run/policies/converter.ini >/run/policies/other.ini
	cgward check --strict /run/policies/converter.ini
}

# works_unrecorded POLICY COMMAND…
works_unrecorded() {
	policy=$1
	shift
	before=$(wc -l <"$log")
	under "/run/policies/$policy" "$@" || return
	tail -n +$((before + 1)) "$log" | jq -c 'select(.type == "decision")' >/tmp/records
	cat /tmp/records
	[ ! -s /tmp/records ]
}

converts() {
	works_unrecorded converter.ini jq -r .title $convert/in/upload.json >/tmp/title
	came=$?
	cat /tmp/title
	[ $came = 0 ] && [ "$(cat /tmp/title)" = Stranger ]
}

writes_its_output() {
	works_unrecorded other.ini busybox sh -c "cd $convert/out && ls ../in ../out && sort ../in/upload.json >a &&
		mv a b && chmod 600 b && mkdir c && rmdir c && ln -s b d && rm d &&
		head -c 1 /dev/urandom >/dev/null && gzip b" && [ -s $convert/out/b.gz ]
}

# SECTION ASKED|COMMAND: what a command is refused
converter_refuses() {
	cat <<-'EOT'
		file r /etc/passwd|cat /etc/passwd
		file r /srv|ls /srv
		file r /proc/1/environ|cat /proc/1/environ
		file rw /srv/convert/in/upload.json|exec 3<>/srv/convert/in/upload.json
		file c /srv/convert/title|mkdir /srv/convert/title
		file rwa /etc/passwd|ln /etc/passwd /srv/convert/out/passwd
		file a /srv/convert/in|chmod 700 /srv/convert/in
		device c 4:65 w|exec >/dev/ttyS1
		exec /usr/bin/cgward|cgward --version
		exec /srv/convert/out/program|cd /srv/convert && cat in/program >out/program && chmod 700 out/program && out/program true
		exec /lib64/ld-linux-x86-64.so.2|/lib64/ld-linux-x86-64.so.2 /usr/bin/jq --version
		exec library /srv/convert/in/library.so|LD_PRELOAD=/srv/convert/in/library.so jq -n 1 2>&1 | grep -vE "preloaded|^1"
		socket unix stream 0|attempt socket 1 1 0
		socket inet stream tcp|attempt connect tcp 127.0.0.1:7001
		capability chown|chown 1 /srv/convert/out/b.gz
		capability sys_chroot|chroot /srv/convert true
		capability syslog|dmesg
		operation signal-out|kill -CONT 1
		operation mount|mount -t tmpfs none /srv/convert/out
		operation userns|unshare -U true
	EOT
}

# All that it is not for is refused, by the section that it is refused by, and recorded.
refuses_the_rest() {
	converter_refuses | awk -F '|' '{
		command = substr($0, length($1) + 2)
		print "(" command ") >/dev/null && echo came through: \"" $1 "\""
	}' >$convert/in/script
	before=$(wc -l <"$log")
	under /run/policies/other.ini busybox sh $convert/in/script >/tmp/through 2>/tmp/complaint
	tail -n +$((before + 1)) "$log" | jq -r 'select(.verdict == "denied" and .errno == "EPERM" and
		.rule == "default") | .section + " " + .asked' >/tmp/records
	cat /tmp/through
	converter_refuses | awk -F '|' 'FILENAME != "-" { recorded[$0] = 1; next }
		!($1 in recorded) { print "no record of " $1; wrong = 1 }
		END { exit wrong || FNR < 20 }' /tmp/records - && [ ! -s /tmp/through ] && return
	cat /tmp/complaint /tmp/records
	return 1
}

# The loader is mapped by the kernel while it executes the program: too late for anything but a signal.
needs_the_loader() {
	sed '/^library/d; /^\[tests\]/,$d' /run/policies/converter.ini >/run/policies/static.ini
	before=$(records '.asked == "library /lib64/ld-linux-x86-64.so.2"')
	! under /run/policies/static.ini jq -n 1 &&
		[ "$(records '.asked == "library /lib64/ld-linux-x86-64.so.2"')" -gt "$before" ] &&
		sed 's|^allow *= /usr/bin/jq|allow = /bin/busybox|' /run/policies/static.ini >/run/policies/busybox.ini &&
		under /run/policies/busybox.ini busybox true
}

check "converter: the policy and its own tests" converter_places
check "converter: what it is for, with no record" converts
check "converter: its output, with no record" writes_its_output
check "converter: without a line for the loader, static programs alone" needs_the_loader
check "converter: all else is refused, in every section" refuses_the_rest
