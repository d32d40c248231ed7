# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Rows of single calls, with cgward's policies and without. "none" is: nothing of this run is
# attached to any cgroup. "beside" is a cgroup without a policy while its sibling has one.

against_none() { # CALL ROW AIM POLICY SUBJECT OUTCOME
	rounds "ratio(\"$2\"; $3; \"policed\"; \"none\"),
		ratio(\"$2, in an unpoliced sibling\"; 1; \"beside\"; \"none\")" "$1" \
		none - "$IN" "$5" "$6" policed "$4" "$IN" "$5" "$6" beside "$4" "$BESIDE" "$5" "$6"
}

# The kernel locks a UDP socket for the hook as soon as anyone in the system has a program there: an
# empty one in our place shows what of the price no program can go below.
row_udp_connect() {
	local policy=$T/small.ini allowed=$T/allowed
	load_peer empty
	rounds 'ratio("UDP connect, 64 rules"; 1.055; "policed"; "none"),
		ratio("UDP connect, 64 rules, in an unpoliced sibling"; 1; "beside"; "none"),
		ratio("UDP connect, an empty program in its place"; null; "empty"; "none"),
		ratio("UDP connect, in a sibling of the empty program"; null; "empty beside"; "none"),
		ratio("UDP connect, 64 rules, against an unpoliced sibling"; null; "policed"; "beside"),
		ratio("UDP connect, 64 rules, against the empty program"; null; "policed"; "empty")' \
		udp-connect none - "$IN" "$allowed" ok \
		policed "$policy" "$IN" "$allowed" ok beside "$policy" "$BESIDE" "$allowed" ok \
		empty connect4 "$IN" "$allowed" ok "empty beside" connect4 "$BESIDE" "$allowed" ok
	rm -rf "$EMPTY_PINS"
}

# Locked as with IPv4: what cgward adds is seen against the sibling.
row_udp_connect6() {
	local policy=$T/small6.ini allowed=$T/allowed6
	rounds 'ratio("UDP connect, IPv6, 64 rules, against an unpoliced sibling"; 1.055; "policed"; "beside"),
		ratio("UDP connect, IPv6, 64 rules"; null; "policed"; "none")' udp-connect \
		none - "$IN" "$allowed" ok policed "$policy" "$IN" "$allowed" ok \
		beside "$policy" "$BESIDE" "$allowed" ok
}

# Half as many rounds: each puts 100,000 prefixes in force.
row_udp_connect_large() {
	local count ROUNDS=$((ROUNDS / 2 + 1))
	large 4
	large 6
	for count in 64 65536; do
		rounds "ratio(\"UDP connect, 100,000 prefixes, $count addresses\"; 1.15; \"policed\"; \"none\")" \
			udp-connect none - "$IN" "$T/addresses4-$count" ok \
			policed "$T/large4.ini" "$IN" "$T/addresses4-$count" ok
	done
	rounds 'ratio("UDP connect, IPv6, 100,000 prefixes, 65536 addresses, against an unpoliced sibling";
			1.15; "policed"; "beside"),
		ratio("UDP connect, IPv6, 100,000 prefixes, 65536 addresses"; null; "policed"; "none")' \
		udp-connect none - "$IN" "$T/addresses6-65536" ok \
		policed "$T/large6.ini" "$IN" "$T/addresses6-65536" ok \
		beside "$T/large6.ini" "$BESIDE" "$T/addresses6-65536" ok
}

row_tcp_refused() {
	against_none tcp-connect "TCP connect, refused by the peer" 1.015 "$T/small.ini" "$T/allowed" ECONNREFUSED
}

row_socket() {
	against_none socket "socket and close" 1.02 "$T/small.ini" - ok
}

row_open() {
	against_none open "open and close of /dev/null, OCI devices" 1.025 "$T/devices.ini" /dev/null ok
	rounds 'ratio("open and close of /dev/null, 64 more rules"; 1.025; "policed"; "none")' open \
		none - "$IN" /dev/null ok policed "$T/devices64.ini" "$IN" /dev/null ok
}

# A process cannot be given the filter and lose it again: each turn is a command of its own, and has it
# from `cgward run` where no LSM program runs.
row_families() {
	local round
	if "$CGWARD" doctor | grep -q '^yes *lsm '; then
		skip "socket of another family, judged by way of seccomp" "LSM programs run here"
		return
	fi
	for ((round = 0; round < ROUNDS; round++)); do
		printf '{%s,%s}\n' "$("$B/bench/families" none "$CPU" "$SLICE_US")" \
			"$("$CGWARD" run --quiet --policy "$T/families.ini" --log "$T/log" -- \
				"$B/bench/families" filter "$CPU" "$SLICE_US")"
	done >"$T/families"
	rows 'ratio("any other call, under the seccomp filter"; null; "filter passed"; "none passed"),
		ratio("socket of another family, judged by way of seccomp"; null; "filter stopped"; "none stopped")' \
		"$T/families"
}

row_packets() {
	local call
	for call in udp-packet tcp-round-trip; do
		rounds "ratio(\"$call, connected before\"; 1; \"policed\"; \"none\")" "$call" \
			none - "$IN" "$T/allowed" ok policed "$T/pairs.ini" "$IN" "$T/allowed" ok
	done
}

row_denied() {
	rounds 'ratio("TCP connect, denied, against refused by the peer"; null; "denied"; "none")' \
		tcp-connect none - "$IN" "$T/forbidden" ECONNREFUSED \
		denied "$T/silent.ini" "$IN" "$T/forbidden" EPERM
	rounds 'ratio("UDP sendto, denied, against sent"; null; "denied"; "none")' \
		udp-sendto none - "$IN" "$T/forbidden" ok denied "$T/silent.ini" "$IN" "$T/forbidden" EPERM
}
