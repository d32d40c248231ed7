# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What the rows of tests/bench/run put in force, and the addresses they ask for, as files in $T.

# Every policy says which sockets there may be, as one that is used does: what it costs is paid
# where sockets are made.
policy() { # NAME, the rest of it on standard input
	{
		cat
		printf '[socket]\nfamilies = inet inet6\n'
		printf 'allow = %s\n' 'inet stream tcp' 'inet6 stream tcp' 'inet dgram udp' 'inet6 dgram udp'
	} | file "$1.ini"
}

# What is put in force must be root's alone.
file() { # NAME, on standard input
	cat >"$T/$1"
	chmod 600 "$T/$1"
}

# rules COUNT: of [connect], networks and ports all different
rules() {
	awk -v count="$1" 'BEGIN {
		for (i = 0; i < count; i++)
			printf "allow = %s 10.%d.%d.0/%d:%d\n", i % 2 ? "tcp" : "udp", i / 250, i % 250,
			       i % 3 ? 24 : 28, 1000 + i
	}'
}

# The same for IPv6.
rules6() { # COUNT
	awk -v count="$1" 'BEGIN {
		for (i = 0; i < count; i++)
			printf "allow = %s [fd00:%x::/%d]:%d\n", i % 2 ? "tcp" : "udp", i, i % 3 ? 48 : 40 + 8,
			       1000 + i
	}'
}

# 100,000 prefixes such as block lists hold: ten lengths from /16 to /32, most of them /24 and /32,
# in clusters.
prefixes4() {
	awk 'BEGIN {
		srand(1)
		split("16 18 19 20 21 22 23 28", others)
		while (made < 100000) {
			r = rand()
			length_ = r < 0.4 ? 24 : r < 0.7 ? 32 : others[1 + int(rand() * 8)]
			address = 1258291200 + int(rand() * 20000) * 65536 + int(rand() * 65536)
			size = 2 ^ (32 - length_)
			address -= address % size
			if ((address, length_) in seen)
				continue
			seen[address, length_] = 1
			made++
			printf "%d.%d.%d.%d/%d\n", address / 16777216, address / 65536 % 256,
			       address / 256 % 256, address % 256, length_
		}
	}'
}

# The same for IPv6: six lengths from /32 to /64 in 6,000 networks of /32.
prefixes6() {
	awk 'BEGIN {
		srand(1)
		split("32 36 40 44 48 64", lengths)
		while (made < 100000) {
			r = rand()
			length_ = r < 0.5 ? 48 : r < 0.8 ? 64 : lengths[1 + int(rand() * 6)]
			high = int(rand() * 6000)
			middle = int(rand() * 65536)
			low = length_ == 64 ? int(rand() * 65536) : 0
			if (length_ < 48)
				middle -= middle % 2 ^ (48 - length_)
			if ((high, middle, low, length_) in seen)
				continue
			seen[high, middle, low, length_] = 1
			made++
			printf "2a%02x:%x:%x:%x::/%d\n", high / 256, high % 256, middle, low, length_
		}
	}'
}

# addresses_of FILE COUNT: one address of every prefix that has one of its own, so many of them
addresses_of() {
	shuf --random-source="$1" "$1" | awk -v count="$2" '
	{
		sub(/\/.*/, "")
		if (!seen[$0]++)
			print(/:/ ? "[" $0 "1]:53" : $0 ":53")
	}' | awk -v count="$2" 'NR <= count'
}

# For FAMILY 4 or 6: a policy that allows 100,000 prefixes; one that allows half of them and denies
# the others; addresses.
large() { # FAMILY
	local count
	[ ! -e "$T/prefixes$1" ] || return 0
	"prefixes$1" | file "prefixes$1"
	awk 'NR % 2' "$T/prefixes$1" | file "odd$1"
	awk 'NR % 2 == 0' "$T/prefixes$1" | file "even$1"
	policy "large$1" <<-END
		[group many]
		file = $T/prefixes$1
		[connect]
		allow = udp @many:53
	END
	policy "match$1" <<-END
		[group odd]
		file = $T/odd$1
		[group even]
		file = $T/even$1
		[connect]
		allow = @odd
		deny = @even
	END
	for count in 64 65536; do
		addresses_of "$T/prefixes$1" "$count" >"$T/addresses$1-$count"
	done
}

# The default devices of container runtimes, and with 64 more rules.
devices() {
	local include="include = $PWD/policies/base/container-devices.ini"
	printf '[policy]\n%s\n' "$include" | file devices.ini
	{
		printf '[policy]\nlog = none\n%s\n[device]\n' "$include"
		more_devices | awk '{ printf "allow = c %d:%d rw\n", $1, $2 }'
	} | file devices64.ini
}

more_devices() {
	seq -f '200 %.0f' 10 2 136
}

prepare() {
	policy small < <(
		echo '[connect]'
		rules 62
		printf 'allow = %s\n' 'udp 127.0.0.1:7' 'tcp 127.0.0.1:7'
	)
	policy pairs < <(
		echo '[connect]'
		rules 62
		printf 'allow = %s\n' 'udp 127.0.0.1' 'tcp 127.0.0.1'
	)
	policy small6 < <(
		echo '[connect]'
		rules6 62
		printf 'allow = %s\n' 'udp [::1]:7' 'tcp [::1]:7'
	)
	policy silent < <(printf '[policy]\nlog = none\n[connect]\nallow = udp 127.0.0.1:7\n')
	policy recorded < <(
		printf '[policy]\nlog-rate = unlimited\n[connect]\nallow = udp 127.0.0.1:7\n'
	)
	policy every < <(printf '[connect]\n[bind]\n[device]\n')
	file families.ini < <(printf '[socket]\nallow = inet\nallow = unix\n')
	devices
	sed 's/127.0.0.1:7/127.0.0.1:8/' "$T/small.ini" | file other.ini
	echo 127.0.0.1:7 >"$T/allowed"
	echo '[::1]:7' >"$T/allowed6"
	echo 127.0.0.2:9 >"$T/forbidden"
}
