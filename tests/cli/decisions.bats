#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Decision tables: tests/decisions/NAME.ini must answer tests/decisions/NAME.cases.

setup() {
	cgward=$(realpath -m "${CGWARD_BUILD:-$BATS_TEST_DIRNAME/../../build}")/cgward
	cd "$BATS_TEST_DIRNAME/../decisions" || return 1
}

# Prints each case whose answer differs; fails if there is one, or if there was no case at all.
compare() {
	local name=$1 question verdict rule answers n=0 wrong=0 expected
	local -a questions=() verdicts=() rules=()

	while IFS= read -r line; do
		[[ -z $line || $line == ';'* ]] && continue
		question=${line%% => *}
		rule=${line##* => }
		verdict=${line#* => }
		verdict=${verdict%% => *}
		questions+=("$question")
		verdicts+=("$verdict")
		rules+=("$rule")
	done <"$name.cases"
	[ "${#questions[@]}" -gt 0 ]

	answers=$(printf '%s\n' "${questions[@]}" | "$cgward" test "$name.ini" - || [ $? -eq 1 ])
	while IFS=$'\t' read -r verdict rule _; do
		case ${rules[n]} in
		default) expected="default of [${questions[n]%% *}]" ;;
		absent) expected="[${questions[n]%% *}] absent" ;;
		outside) expected="outside families of [socket]" ;;
		closed*) expected=${rules[n]/%closed/closed by [file]} ;;
		*:*) expected=${rules[n]} ;;
		*) expected="$name.ini:${rules[n]}" ;;
		esac
		if [[ $verdict != "${verdicts[n]}" || $rule != "$expected" ]]; then
			echo "${questions[n]}: answered '$verdict' by '$rule'," \
				"not '${verdicts[n]}' by '$expected'"
			wrong=$((wrong + 1))
		fi
		n=$((n + 1))
	done <<<"$answers"
	echo "$n answers to ${#questions[@]} questions, $wrong wrong"
	[ "$n" -eq "${#questions[@]}" ]
	[ "$wrong" -eq 0 ]
}

@test "connect: prefix length, protocol, number of ports" { compare connect-narrowness; }
@test "connect: spellings of addresses, IPv4 and IPv6" { compare connect-addresses; }
@test "bind: wildcard and port 0" { compare bind; }
@test "device: type, major, minor; each letter by itself" { compare device; }
@test "socket: family, type, protocol" { compare socket; }
@test "socket: families beside inet and inet6" { compare socket-families; }
@test "file: letters, globs, the narrowest" { compare file; }
@test "exec: programs and libraries" { compare exec; }
@test "unix: paths and abstract names" { compare unix; }
@test "what [file] and [exec] close by themselves" { compare closed && compare closed-alone; }
@test "capability: names over all" { compare capability; }
@test "operation: names, and parts of them" { compare operation; }
@test "includes, groups and lists keep their lines" { compare includes; }
