# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Rows that set cgward beside others who decide the same: the kernel's LPM trie, nftables, packet
# filters as systemd makes them, the device programs of runc and crun.

row_match() {
	local family
	for family in 4 6; do
		large "$family"
		tests/bench/switch on "$T/match$family.ini" >/dev/null 2>&1
		"$B/bench/match" "$CGWARD_PINS"/abi* "$T/match$family.ini" "$CPU" "$ROUNDS" \
			"$T/addresses$family-65536" >"$T/match$family"
		tests/bench/switch off "$T/match$family.ini" >/dev/null
	done
	rows 'ratio("match, IPv4, 100,000 prefixes, 64 addresses, against LPM trie"; 0.10; "image hot"; "trie hot"),
		ratio("match, IPv4, 100,000 prefixes, 65536 addresses, against LPM trie"; 0.06; "image cold"; "trie cold")' \
		"$T/match4"
	rows 'ratio("match, IPv6, 100,000 prefixes, 64 addresses, against LPM trie"; 0.12; "image hot"; "trie hot"),
		ratio("match, IPv6, 100,000 prefixes, 65536 addresses, against LPM trie"; 0.08; "image cold"; "trie cold")' \
		"$T/match6"
}

# ---- packet filters ------------------------------------------------------------------------------

# load_peer NAME: a kernel half of this directory, pinned in its own folder of $CGWARD_PINS-peers
load_peer() {
	mkdir -p "$CGWARD_PINS-peers"
	"$BPFTOOL" prog loadall "$B/bench/$1.bpf.o" "$CGWARD_PINS-peers/$1" \
		pinmaps "$CGWARD_PINS-peers/$1" 2>/dev/null
}

# The same list for all three: a thousand networks, and an address that is asked for.
thousand() {
	echo 127.0.0.1/32
	awk 'BEGIN { for (i = 0; i < 999; i++) printf "10.%d.%d.0/24\n", i / 250, i % 250 }'
}

fill_tries() { # DIRECTORY
	{
		thousand | awk -F '[./]' -v map="$1/allowed" '{
			printf "map update pinned %s key %d 0 0 0 %d %d %d %d value 1\n", map, $5, $1, $2, $3, $4
		}'
		echo "map update pinned $1/denied key 0 0 0 0 0 0 0 0 value 1"
	} >"$T/tries"
	"$BPFTOOL" batch file "$T/tries" >/dev/null
}

# nftables looks for the path below /sys/fs/cgroup, wherever cgroup2 is mounted.
nft_rules() {
	local path
	path=$(realpath -m --relative-to=/sys/fs/cgroup "$CGROUP2$IN")
	cat <<-END
		table inet bench {
			set allowed {
				type ipv4_addr
				flags interval
				elements = { $(thousand | paste -sd ,) }
			}
			chain out {
				type filter hook output priority 0
				socket cgroupv2 level 2 "$path" ip daddr != @allowed drop
			}
		}
	END
}

# against_filter ROW AIM PEER NAME: of the rounds, where they have the peer
against_filter() {
	if [ "${missing[$3]:-}" ]; then
		skip "$1, against $4" "${missing[$3]}"
	else
		rows "ratio(\"$1, against $4\"; $2; \"cgward\"; \"$3\")" "$T/rounds"
	fi
}

row_packet_filters() {
	local -A missing=()
	local call row address ours theirs nft_aim skb_aim policy=$T/thousand.ini
	thousand | file thousand
	policy thousand < <(
		printf '[policy]\nlog = none\n[group some]\nfile = %s\n[connect]\nallow = @some\n' "$T/thousand"
	)
	nft_rules | file thousand.nft
	if ! command -v nft >/dev/null; then
		missing[nft]="nft is not installed (Debian: nftables)"
	elif ! { nft -f "$T/thousand.nft" && nft flush ruleset; } 2>"$T/stderr"; then
		missing[nft]="$(head -n 1 "$T/stderr")"
	fi
	export SKB_PINS=$CGWARD_PINS-peers/skb
	load_peer skb
	fill_tries "$SKB_PINS"
	while IFS='|' read -r call row address ours theirs nft_aim skb_aim; do
		local peers=()
		[ "${missing[nft]:-}" ] ||
			peers=(nft "$T/thousand.nft" "$IN" "$T/$address" "$theirs")
		rounds empty "$call" cgward "$policy" "$IN" "$T/$address" "$ours" \
			skb skb "$IN" "$T/$address" "$theirs" "${peers[@]}"
		against_filter "$row" "$nft_aim" nft "nftables with a set of 1,000"
		against_filter "$row" "$skb_aim" skb "cgroup_skb with two tries of 1,000"
	done <<-'END'
		tcp-attempt|TCP socket and denied connect|forbidden|EPERM|EINPROGRESS|0.6|null
		udp-sendto|UDP sendto, denied|forbidden|EPERM|EPERM|0.33|null
		udp-packet|UDP packet, allowed|allowed|ok|ok|1|1
	END
}

# ---- device programs -----------------------------------------------------------------------------

# A cgroup for each, with the default devices and with 64 more rules, all of them there throughout.
# Against: a program that looks at nothing.
device_cgroups() {
	local runtime more
	mkdir "$CGROUP2$BASE/empty" "$CGROUP2$BASE/cgward" "$CGROUP2$BASE/cgward64"
	load_peer empty
	"$BPFTOOL" cgroup attach "$CGROUP2$BASE/empty" cgroup_device pinned "$CGWARD_PINS-peers/empty/device"
	"$CGWARD" apply "$T/devices.ini" "$BASE/cgward" >/dev/null
	"$CGWARD" apply "$T/devices64.ini" "$BASE/cgward64" >/dev/null
	for runtime in crun runc; do
		if ! command -v "$runtime" >/dev/null; then
			missing[$runtime]="$runtime is not installed (Debian: $runtime)"
			continue
		fi
		for more in '' 64; do
			DEVICES=${more:-0} create_container "$runtime" "$BASE/$runtime$more" ||
				missing[$runtime]="$runtime made no container"
		done
	done
}

# device_rounds OUTCOME {NAME CGROUP NODE}...: time inside the programs of all who are there
device_rounds() {
	local result=$1 configurations=()
	shift
	while [ $# -gt 0 ]; do
		[ "${missing[${1%% *}]:-}" ] || configurations+=("$1" "=" "$BASE/$2" "$3" "$result")
		shift 3
	done
	MEASURE=device rounds empty open "${configurations[@]}"
}

against_runtimes() { # ROW FILTER
	local runtime
	for runtime in crun runc; do
		if [ "${missing[$runtime]:-}" ]; then
			skip "$1, against $runtime" "${missing[$runtime]}"
		else
			rows "\"$runtime\" as \$peer | \"$1, against $runtime\" as \$row | $2" "$T/rounds"
		fi
	done
}

# crun compares with the last rule first, runc with the lowest number first: each is asked for the
# rule that it comes to last, and cgward for the same.
row_devices() {
	local -A missing=()
	device_cgroups
	mknod "$T/first" c 200 10
	mknod "$T/last" c 200 136
	mknod "$T/other" c 201 1
	device_rounds ok empty empty /dev/null cgward cgward /dev/null \
		crun crun /dev/null runc runc /dev/null
	against_runtimes "device program, /dev/null, OCI devices" \
		'difference($row; 15; "ns"; .cgward - .[$peer])'
	device_rounds ENXIO empty empty "$T/first" \
		"cgward as crun" cgward64 "$T/first" "cgward as runc" cgward64 "$T/last" \
		crun crun64 "$T/first" runc runc64 "$T/last"
	against_runtimes "device program, the farthest of 64 more rules" \
		'ratio_of($row; 0.85; .["cgward as " + $peer] - .empty; .[$peer] - .empty)'
	# The program that looks at nothing denies nothing either.
	device_rounds EPERM cgward cgward64 "$T/other" crun crun64 "$T/other" runc runc64 "$T/other"
	against_runtimes "device program, denied, 64 more rules, whole" \
		'ratio_of($row; null; .cgward; .[$peer])'
	"$CGWARD" remove "$BASE/cgward" "$BASE/cgward64" >/dev/null
	end_processes
}
