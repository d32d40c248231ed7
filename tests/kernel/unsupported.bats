#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# A policy that needs LSM programs, on a kernel that does not run them: refused with the reason and
# what to boot with, or, with unsupported = warn, in force without them, and told of ever after. Where
# programs attach and never run is tried in a virtual machine: tests/vm/guest/without.sh.

# shellcheck disable=SC2154 # stderr: of run --separate-stderr
load ../lib/cgward

setup() {
	cgward_setup
	"$CGWARD" doctor | grep -q '^no  *lsm ' || skip "this kernel runs LSM programs"
	reason=$("$CGWARD" doctor --json |
		jq -r '.features[] | select(.name == "lsm") | .detail | split(";")[0]')
}

teardown() {
	cgward_teardown
}

# needs_lsm [KEY]: a policy of which the kernel can enforce [device] alone
needs_lsm() {
	policy web <<-END
		[policy]
		$1
		[device]
		default = allow
		deny = /dev/full rw
		[socket]
		default = allow
		deny = netlink
		[file]
		default = allow
		deny = r /etc/shadow
	END
}

@test "refused: each section with its place, the reason, what to boot with; nothing is left in force" {
	needs_lsm
	new_cgroup web
	run -3 --separate-stderr "$CGWARD" apply "$T/web.ini" "$BASE/web"
	[ -z "$output" ] || fail "$output"
	[ "$(grep -c ": error: .*: $reason\$" <<<"$stderr")" = 3 ] || fail "$stderr"
	grep -qE 'web.ini:[0-9]+:2: error: \[file\]: ' <<<"$stderr" || fail "$stderr"
	grep -qE 'web.ini:[0-9]+:2: error: \[socket\] for families other than inet and inet6: ' <<<"$stderr" ||
		fail "$stderr"
	grep -q ': error: what \[file\] and \[exec\] close by themselves' <<<"$stderr" || fail "$stderr"
	grep -q '`lsm=.*bpf`.*`unsupported = warn`' <<<"$stderr" || fail "$stderr"
	[ "$("$CGWARD" status)" = "no policy is in force" ]
	run -125 ward_run web touch "$T/ran"
	[ ! -e "$T/ran" ]
}

@test "a policy that needs none is not refused for the sockets of others" {
	policy web <<-END
		[connect]
		default = allow
		deny = any 127.0.0.1:7002
	END
	new_cgroup web
	run -0 "$CGWARD" apply "$T/web.ini" "$BASE/web"
	[ "$("$CGWARD" status --json | jq -c '.cgroups[0].unsupported')" = '[]' ]
}

@test "unsupported = warn: the rest is in force, and status keeps telling what is not" {
	needs_lsm "unsupported = warn"
	new_cgroup web
	run -0 --separate-stderr "$CGWARD" apply "$T/web.ini" "$BASE/web"
	[ "$output" = "$BASE/web: web in force, generation 1, hooks device" ] || fail "$output"
	[ "$(grep -c ": warning: .*: $reason\$" <<<"$stderr")" = 3 ] || fail "$stderr"
	[ "$(inside "$BASE/web" "$ATTEMPT" open /dev/full rw)" = EPERM ]
	echo "; changed" >>"$T/web.ini"
	sed -i 's/^deny = r/&w/' "$T/web.ini"
	run -0 --separate-stderr "$CGWARD" apply "$T/web.ini"
	[ "$output" = "1 cgroup: web reloaded, generation 2, hooks device" ] || fail "$output"
	run -0 "$CGWARD" status
	[ "$(grep "^not enforced on this kernel, at $BASE/web: " <<<"$output" | cut -d : -f 2-)" = \
		" [socket] for families other than inet and inet6, [file], what [file] and [exec] close by themselves (mount, userns, ...)" ] ||
		fail "$output"
	run -0 "$CGWARD" status "$BASE/web"
	[ "$(grep -c '^unenforced  ' <<<"$output")" = 3 ] || fail "$output"
	[ "$("$CGWARD" status --json | jq -c '.cgroups[0] | [.hooks, .lsm_hooks, (.unsupported | length)]')" = \
		'[["device"],[],3]' ]
	ward_run web "$ATTEMPT" open /etc/shadow r
}

@test "unsupported = warn, and nothing can be enforced: said, and in force all the same" {
	policy web <<-END
		[policy]
		unsupported = warn
		[capability]
		default = allow
		deny = sys_boot
	END
	new_cgroup web
	run -0 --separate-stderr "$CGWARD" apply "$T/web.ini" "$BASE/web"
	[ "$output" = "$BASE/web: web in force, generation 1, no hook that it needs" ] || fail "$output"
	[[ "$("$CGWARD" status)" == *"not enforced on this kernel, at $BASE/web: [capability]"* ]]
}
