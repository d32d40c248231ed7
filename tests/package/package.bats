#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The Debian package: built, judged by lintian, and installed, used, removed and purged in an
# overlay of this system, which keeps nothing of it.

load ../lib/cgward

setup_file() {
	[ "$(id -u)" = 0 ] || skip "needs root"
	command -v dh >/dev/null || skip "debhelper is not installed"
	[ "$(dpkg --print-architecture)" = amd64 ] || skip "the package is for amd64"
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u MAKEOVERRIDES make -s -C "$BATS_TEST_DIRNAME/../.." \
		"B=$BATS_FILE_TMPDIR/build" deb 3>&- >"$BATS_FILE_TMPDIR/make.out" 2>&1 || {
		tail -n 40 "$BATS_FILE_TMPDIR/make.out" >&2
		return 1
	}
}

setup() {
	DEB=$(echo "$BATS_FILE_TMPDIR"/build/deb/cgward_*.deb)
	VERSION=$(sed -n 's/^VERSION *:= *//p' "$BATS_TEST_DIRNAME/../../Makefile")
}

teardown() {
	cgward_teardown
}

field() { # FIELD
	dpkg-deb -f "$DEB" "$1"
}

@test "the package has the version of the program, and the libraries it needs" {
	[ "$(field Version)" = "$VERSION" ] || fail "version $(field Version), not $VERSION"
	for library in libbpf libc6 libinih libjson-c; do
		[[ "$(field Depends)" == *"$library"* ]] || fail "no $library: $(field Depends)"
	done
	# What only building needs is no dependency.
	[[ "$(field Depends)" != *-dev* && "$(field Depends)" != *clang* ]]
}

@test "lintian has nothing to complain of" {
	command -v lintian >/dev/null || skip "lintian is not installed"
	run lintian --fail-on error,warning --display-info --pedantic --allow-root "$DEB"
	[ "$status" = 0 ] || fail "$output"
	# What is left is argued: a sample is no documentation, and there is no init script.
	[ -z "$(grep -vE 'package-contains-documentation-outside-usr-share-doc .*usr/share/cgward/policies/|package-supports-alternative-init-but-no-init.d-script|^N:' <<<"$output")" ] ||
		fail "$output"
}

@test "the installed unit is in order, and leaves the service little to do harm with" {
	command -v systemd-analyze >/dev/null || skip "systemd is not installed"
	dpkg-deb -x "$DEB" "$BATS_TEST_TMPDIR/root"
	cd "$BATS_TEST_TMPDIR"
	sed "s|/usr/bin/cgward|$PWD/root/usr/bin/cgward|; /^Documentation/d" \
		root/lib/systemd/system/cgward.service >cgward.service
	run -0 systemd-analyze verify ./cgward.service
	[[ "$output" != *"cgward.service"* ]] || fail "$output"
	run -0 systemd-analyze security --offline=true --threshold=30 ./cgward.service
}

# As far as that can be tried without a service manager: its capabilities, its read-only file system,
# its empty network.
@test "the daemon does its work within what its unit leaves it" {
	local capabilities
	cgward_setup
	network_setup
	new_cgroup web
	printf '[connect]\nallow = tcp 127.0.0.1\n' | policy web
	mkdir "$T/log"
	# shellcheck disable=SC2034 # the library's
	LOG=$T/log/audit.jsonl
	capabilities=$(sed -n 's/^CapabilityBoundingSet=//p' \
		"$REPOSITORY/contrib/systemd/cgward.service" | sed 's/CAP_/+/g; s/ /,/g')
	[ -n "$capabilities" ]
	cat >"$T/confined" <<-END
		#!/bin/sh -e
		[ "\$1" = --inside ] || exec unshare --mount --net --uts --propagation private "\$0" --inside "\$@"
		shift
		mount --bind "$T/log" "$T/log"
		mount -o remount,bind,ro /
		if touch "$T/written"; then exit 1; fi
		exec setpriv --no-new-privs --bounding-set "-all,${capabilities,,}" "$CGWARD" "\$@"
	END
	chmod +x "$T/confined"
	CGWARD=$T/confined daemon_start
	"$CGWARD" apply "$T/web.ini" "$BASE/web"
	expect EPERM "$BASE/web" connect tcp 192.0.2.1:443
	daemon_stop
	one_record '.verdict == "denied" and .asked == "tcp 192.0.2.1:443"'
	log_tells_of 1
}

@test "installed, used, installed again over policies in force, removed, purged" {
	cgward_setup
	network_setup
	new_cgroup policed
	mkdir "$T/overlay" "$T/shared"
	cp "$DEB" "$ATTEMPT" "$BATS_TEST_DIRNAME/story" "$T/shared/"
	run inside "$BASE" nsenter "--net=$NETWORK" "$BATS_TEST_DIRNAME/on-overlay" "$T/overlay" \
		"$T/shared" /shared/story "/shared/${DEB##*/}" "$CGROUP2$BASE/policed" 3>&-
	[ "$status" != 99 ] || skip "no overlay can be mounted here"
	[ "$status" = 0 ] || fail "$output"
	[[ "$output" == *"the story is told" ]]
}
