#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Each fuzz target over its kept inputs, and two seconds on from there; `make fuzz` goes further.

HERE=$BATS_TEST_DIRNAME

setup() {
	B=$(realpath -m "${CGWARD_BUILD:-$HERE/../../build}")
	export B
	"$HERE/run" --possible || skip "clang has no libFuzzer here: libclang-rt-14-dev"
}

fuzz() { # NAME
	FUZZ_SECONDS=${FUZZ_SECONDS:-2} FUZZ_SEED=${FUZZ_SEED:-1} "$HERE/run" "$1"
}

@test "the INI reader gives what is in the text, in order" {
	fuzz reader
}
@test "scanners accept what they can write again" {
	fuzz scan
}
@test "a policy is refused with the reason, or can be told" {
	fuzz load
}
@test "what compiles decides as the language says" {
	fuzz image
}
@test "globs compile to an automaton in order, or are refused" {
	fuzz glob
}
@test "a question is refused with its place, or has an answer" {
	fuzz question
}
@test "a good event is one line of JSON, a bad one is refused" {
	fuzz event
}
@test "what is pinned beside an image is whole or refused" {
	fuzz meta
}
@test "whatever an audit log holds, its lines are counted and shown plain" {
	fuzz log
}

@test "every target has a test here" {
	local file name
	for file in "$HERE"/fuzz_*.c; do
		name=${file##*/fuzz_}
		grep -qxP "\tfuzz ${name%.c}" "$BATS_TEST_FILENAME" || {
			echo "none for $name"
			return 1
		}
	done
}

@test "a target that finds something fails the run, and its input is kept" {
	mkdir -p "$BATS_TEST_TMPDIR/fuzz"
	printf '%s\n' '#include <stdlib.h>' '#include <stddef.h>' \
		'int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)' \
		'{ if (size && bytes[0] == 7) abort(); return 0; }' >"$BATS_TEST_TMPDIR/broken.c"
	"${FUZZ_CC:-clang}" -fsanitize=fuzzer "$BATS_TEST_TMPDIR/broken.c" -o "$BATS_TEST_TMPDIR/fuzz/fuzz_broken"
	B=$BATS_TEST_TMPDIR FUZZ_SECONDS=30 run "$HERE/run" broken
	[ "$status" = 1 ]
	[[ $output == *"NOT OK: broken"* ]]
	ls "$BATS_TEST_TMPDIR"/fuzz/found/broken-crash-*
}
