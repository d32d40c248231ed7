#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Each header compiles alone, under both compilers: whoever includes one need not know what else to
# include before it.

load lib.bash

# What all_alone compiles with; the skeleton is a product of the build and is not looked at.
user_space_flags() {
	echo -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -Wno-unused-function -fsyntax-only \
		-I"$1/bpf" -I"$1/enforcer" -I"$1/tests/unit" "$(pkg-config --cflags json-c libbpf)"
}

# alone_with ROOT COMPILER
alone_with() {
	local root=$1 compiler=$2 flags header
	read -ra flags < <(user_space_flags "$root")
	c_files "$root" enforcer tests | grep '\.h$' | while read -r header; do
		"$compiler" "${flags[@]}" -include "$header" -x c /dev/null >&2 ||
			echo "$header: does not compile alone with $compiler"
	done
}
gcc_alone() {
	alone_with "$1" gcc 2>/dev/null
}
clang_alone() {
	alone_with "$1" clang 2>/dev/null
}

# match.h says what has to be defined before it; the others of bpf/ need nothing.
bpf_alone() {
	local header before triplet
	triplet=$(gcc -print-multiarch)
	before=$BATS_TEST_TMPDIR/before.h
	printf '%s\n' '#include <linux/types.h>' 'typedef const __u32 *image_handle;' \
		'static const __u32 *image_block(image_handle image, __u32 number)' \
		'{ return number ? 0 : image; }' \
		'static const __u32 *near_block(image_handle image) { return image; }' \
		'static __u32 far_step(image_handle image, __u32 ref, __u32 key)' \
		'{ return image[ref + key]; }' >"$before"
	c_files "$1" bpf | grep '\.h$' | while read -r header; do
		local prelude=()
		[ "${header##*/}" != match.h ] || prelude=(-include "$before")
		clang -target bpf -mcpu=v3 -O2 -Wall -Wextra -Werror -Wno-unused-function \
			-fsyntax-only -I"$1/bpf" -idirafter "/usr/include/$triplet" \
			"${prelude[@]}" -include "$header" -x c /dev/null 2>/dev/null ||
			echo "$header: does not compile alone for the BPF target"
	done
}

guarded() {
	c_files "$1" enforcer bpf tests | grep '\.h$' | xargs -r grep -L '^#pragma once$' |
		sed 's/$/: has no #pragma once/' || true
}

@test "headers compile alone with gcc" {
	obeys gcc_alone
	sample enforcer/base/needy.h '#pragma once' 'size_t length(const struct diag *diag);'
	catches gcc_alone 'needy\.h'
}

@test "headers compile alone with clang" {
	obeys clang_alone
	sample enforcer/base/needy.h '#pragma once' 'size_t length(const struct diag *diag);'
	catches clang_alone 'needy\.h'
}

@test "headers of the kernel half compile alone" {
	obeys bpf_alone
	sample bpf/needy.h '#pragma once' 'static __u32 first(struct event *event);'
	catches bpf_alone 'needy\.h'
}

@test "headers are guarded by #pragma once" {
	obeys guarded
	sample enforcer/base/bare.h '/* nothing */'
	catches guarded 'bare\.h'
}
