#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# ci-build.ini with make and gcc: a project is fetched from the mirror, compiled and tested; what its
# recipes and tests do besides ends at the policy. batch-offline.ini with a pipe of tools.

load ../lib/services

setup() {
	services_setup make gcc perl
	mkdir "$W/project"
	cat >"$W/project/main.c" <<-END
		#include <stdio.h>
		const char *greeting(void);
		int main(void) { return puts(greeting()) < 0; }
	END
	cat >"$W/project/greeting.c" <<-END
		const char *greeting(void) { return "built"; }
	END
	cat >"$W/project/Makefile" <<-'END'
		SHELL := bash
		.RECIPEPREFIX := >
		all: fetched program check
		fetched:
		> exec 5<>/dev/tcp/$(MIRROR)/443 && cat <&5 >$@
		program: main.o libgreeting.a
		> $(CC) -o $@ $^
		libgreeting.a: greeting.o
		> ar rcs $@ $^
		# A server of the test's own, on a port that the kernel chooses.
		check: program
		> ./program >/dev/null
		> perl -MIO::Socket::INET -e '$$s = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1") or die "listen: $$!"; IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $$s->sockport) or die "connect: $$!"'
	END
	# The mirror, and whatever else there is: at every address.
	cat >"$W/mirror.pl" <<-'END'
		use IO::Socket::INET;
		my $server = IO::Socket::INET->new(Listen => 5, LocalPort => 443) or die;
		while (my $client = $server->accept) { print $client "source\n"; close $client }
	END
	outside perl "$W/mirror.pl"
	await "the mirror" listens tcp 443
}

teardown() {
	services_teardown
}

build() { # POLICY MAKE-ARGUMENT...
	ward run --policy "$POLICIES/$1.ini" --log "$LOG" -- make -C "$W/project" "${@:2}" 2>"$W/err"
}

@test "a project is fetched, built and tested, with nothing refused" {
	build ci-build MIRROR=192.0.2.10
	[ "$(cat "$W/project/fetched")" = source ]
	[ "$("$W/project/program")" = built ]
	decisions_are
}

@test "a recipe fetches from nowhere else, and nobody comes to its servers" {
	run ! build ci-build fetched MIRROR=198.51.100.7
	run ! build ci-build fetched MIRROR=169.254.169.254
	[[ "$output" != *source* ]]
	cat >>"$W/project/Makefile" <<-'END'
		offer:
		> perl -MIO::Socket::INET -e 'IO::Socket::INET->new(Listen => 1, LocalAddr => "0.0.0.0", LocalPort => 8080) or die'
	END
	run ! build ci-build offer
	decisions_are "denied connect tcp 198.51.100.7:443" "denied connect tcp 169.254.169.254:443" \
		"denied bind tcp 0.0.0.0:8080"
	# An attempt on the office is a line of its own.
	one_record '.asked == "tcp 198.51.100.7:443" and (.rule_text | startswith("deny = any @office"))'
}

@test "under mode = audit the recipe fetches, and that is recorded" {
	audited ci-build
	build ci-build-audited fetched MIRROR=198.51.100.7
	[ "$(cat "$W/project/fetched")" = source ]
	decisions_are "would-deny connect tcp 198.51.100.7:443"
}

@test "a batch job sorts and packs, with nothing refused, and gets no socket" {
	seq 2000 >"$W/input"
	ward run --policy "$POLICIES/batch-offline.ini" --log "$LOG" -- \
		sh -c "sort -rn -S 1M '$W/input' | gzip >'$W/output' 2>/dev/null" 2>"$W/err"
	[ "$(zcat "$W/output" | head -n 1)" = 2000 ]
	decisions_are
	run ! ward run --policy "$POLICIES/batch-offline.ini" --log "$LOG" -- \
		bash -c 'exec 3<>/dev/tcp/192.0.2.10/443'
	decisions_are "denied socket inet stream tcp"
}
