#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# `make install` into a tree of its own, what then works in it, and `make uninstall`.

load ../lib/cli

setup() {
	cli_setup
	DEST=$T/tree
	[ -x "$CGWARD" ] || fail "no $CGWARD: run make first"
}

# Unit and page name the prefix; they are left as they were found.
teardown() {
	make_ documents
}

make_() { # ARGUMENT...
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u MAKEOVERRIDES make -s -C "$REPOSITORY" \
		"B=${CGWARD%/*}" "$@" 3>&- >"$T/make.out" 2>&1 || fail "make $*:" "$(cat "$T/make.out")"
}

@test "everything is where PREFIX and DESTDIR say, and nothing anywhere else" {
	make_ install "DESTDIR=$DEST" PREFIX=/usr
	for file in bin/cgward share/man/man8/cgward.8 share/man/man5/cgward-policy.5 \
		share/man/man5/cgward-log.5 share/bash-completion/completions/cgward \
		share/zsh/site-functions/_cgward share/fish/vendor_completions.d/cgward.fish \
		lib/systemd/system/cgward.service lib/tmpfiles.d/cgward.conf \
		share/cgward/policies/web-server.ini share/cgward/policies/base/ip-sockets-only.ini \
		share/doc/cgward/README.md share/doc/cgward/contrib/audit.schema.json; do
		[ -s "$DEST/usr/$file" ] || fail "no $file"
	done
	[ "$(ls "$DEST")" = usr ]
	[ "$(find "$DEST" -type f -perm /111)" = "$DEST/usr/bin/cgward" ]
	[ -z "$(find "$DEST" -type f -perm /022)" ]
	# Nothing of the default prefix is left in what names places.
	run -1 grep -rn /usr/local/ "$DEST/usr/share/man" "$DEST/usr/lib"
	grep -qx 'ExecStart=/usr/bin/cgward daemon' "$DEST/usr/lib/systemd/system/cgward.service"
}

@test "what is installed works: the program, its policies, its page" {
	make_ install "DESTDIR=$DEST"
	local prefix=$DEST/usr/local
	run -0 "$prefix/bin/cgward" --version
	[[ "$output" =~ ^cgward\ [0-9] ]]
	run -0 "$prefix/bin/cgward" check "$prefix"/share/cgward/policies/*.ini
	run -0 bash -c 'source "$1" && complete -p cgward' bash \
		"$prefix/share/bash-completion/completions/cgward"
	if command -v man >/dev/null; then
		LC_ALL=C.UTF-8 MANPATH=$prefix/share/man man -P cat cgward-log >page
		grep -q 'CGWARD-LOG(5)' page
	fi
}

@test "the unit and the tmpfiles line are what systemd takes" {
	command -v systemd-tmpfiles >/dev/null || skip "systemd-tmpfiles is not installed"
	[ "$(id -u)" = 0 ] || skip "needs root"
	make_ install "DESTDIR=$DEST"
	systemd-tmpfiles --create --root="$DEST" "$DEST/usr/local/lib/tmpfiles.d/cgward.conf"
	[ "$(stat -c '%a %U' "$DEST/var/log/cgward")" = "700 root" ]
}

@test "uninstall takes away what install put there, and nothing else" {
	mkdir -p "$DEST"/usr/local/{bin,share/doc,share/man/man8,share/cgward/policies}
	touch "$DEST/usr/local/bin/other" "$DEST/usr/local/share/man/man8/other.8" \
		"$DEST/usr/local/share/cgward/policies/of-this-site.ini"
	find "$DEST" ! -type d | sort >before
	make_ install "DESTDIR=$DEST"
	make_ uninstall "DESTDIR=$DEST"
	find "$DEST" ! -type d | sort >after
	diff before after
	rm "$DEST/usr/local/share/cgward/policies/of-this-site.ini"
	make_ uninstall "DESTDIR=$DEST"
	[ -z "$(find "$DEST" -name '*cgward*')" ] || fail "$(find "$DEST" -name '*cgward*')"
}
