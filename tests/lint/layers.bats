#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# enforcer/LAYERS, enforced: a directory is a layer, and includes point down.

load lib.bash

# Directories on one line of LAYERS are siblings: they may not include each other.
includes_point_down() {
	c_files "$1" enforcer | xargs awk -v root="$1" '
	BEGIN {
		while ((getline line < (root "/enforcer/LAYERS")) > 0) {
			if (line ~ /^#/)
				continue
			height++
			count = split(line, names, " ")
			for (i = 1; i <= count; i++)
				rank[names[i]] = height
		}
	}
	FNR == 1 {
		layer = FILENAME
		sub(/\/[^\/]*$/, "", layer)
		sub(/.*\//, "", layer)
		if (!(layer in rank))
			print FILENAME ":1: directory \"" layer "\" is in no line of LAYERS"
	}
	/^[ \t]*#[ \t]*include[ \t]*"/ {
		split($0, parts, "\"")
		if (parts[2] ~ /^(abi|abi_lsm|abi_seccomp|match)\.h$/ || parts[2] ~ /^cgward(_lsm)?\.skel\.h$/)
			next
		target = parts[2]
		if (target !~ /^[a-z]+\/[a-z0-9_]+\.h$/) {
			print FILENAME ":" FNR ": \"" target "\" is not LAYER/FILE.h"
			next
		}
		sub(/\/.*/, "", target)
		if (!(target in rank))
			print FILENAME ":" FNR ": \"" target "\" is no layer"
		else if (target != layer && rank[target] >= rank[layer])
			print FILENAME ":" FNR ": " layer " must not include " parts[2]
	}'
}

# only_in ROOT INCLUDE-PATTERN FILE-PATTERN: who includes it must match, below enforcer/
only_in() {
	c_files "$1" enforcer | xargs -r grep -nEH "^[ \t]*#[ \t]*include[ \t]*[<\"]($2)" |
		grep -vE "^[^:]*/enforcer/$3:" || true
}

libbpf_in_kernel_alone() {
	only_in "$1" 'bpf/|cgward(_lsm)?\.skel\.h|linux/perf_event\.h' 'kernel/[^/]*'
}

json_above_compile() {
	only_in "$1" 'json-c/|json\.h' '(output|app)/[^/]*'
}

ini_in_one_file() {
	local users
	users=$(c_files "$1" enforcer | xargs -r grep -lE '^[ \t]*#[ \t]*include[ \t]*<ini\.h>' || true)
	[ "$(wc -w <<<"$users")" -le 1 ] || sed 's/$/: includes <ini.h>/' <<<"$users"
}

# abi.h, select.h and match.h are compiled into both halves, so they may depend on neither.
shared_headers_stand_alone() {
	grep -nHsE '^[ \t]*#[ \t]*include' "$1/bpf/abi.h" "$1/bpf/select.h" | grep -v '<linux/types.h>'
	grep -nHE '^[ \t]*#[ \t]*include' "$1/bpf/match.h" | grep -vE '"(abi|select)\.h"'
	true
}

kernel_half_sees_only_itself() {
	c_files "$1" bpf | xargs -r grep -nHE '^[ \t]*#[ \t]*include' |
		grep -vE 'include[ \t]*("[a-z0-9_]+\.h"|<(linux|bpf|asm)/[a-z0-9_/-]+\.h>|<(errno|stdbool)\.h>)' || true
}

sample_layers() {
	sample enforcer/LAYERS '# comment' base model 'parse compile' output kernel app
	sample bpf/abi.h '#include <linux/types.h>'
	sample bpf/match.h '#include "abi.h"'
}

@test "includes point down, along enforcer/LAYERS" {
	obeys includes_point_down
}

@test "a layer that includes a higher one is caught" {
	sample_layers
	sample enforcer/model/policy.c '#include "model/policy.h"' '#include "base/diag.h"'
	accepts includes_point_down
	sample enforcer/base/diag.c '#include "kernel/ward.h"'
	catches includes_point_down 'base/diag\.c:1: base must not include kernel/ward\.h'
}

@test "siblings that include each other, and unknown layers, are caught" {
	sample_layers
	sample enforcer/parse/load.c '#include "compile/image.h"'
	catches includes_point_down 'parse must not include compile/image\.h'
	sample enforcer/extra/x.c '#include "base/diag.h"'
	catches includes_point_down 'directory "extra"'
	sample enforcer/app/main.c '#include "main.h"'
	catches includes_point_down '"main\.h" is not LAYER/FILE\.h'
}

@test "only enforcer/kernel sees libbpf, the skeleton and perf events" {
	obeys libbpf_in_kernel_alone
	sample enforcer/kernel/pins.c '#include <bpf/bpf.h>' '#include "cgward.skel.h"'
	accepts libbpf_in_kernel_alone
	sample enforcer/app/main.c '#include <bpf/libbpf.h>'
	catches libbpf_in_kernel_alone 'app/main\.c:1'
}

@test "only output and app see json-c" {
	obeys json_above_compile
	sample enforcer/output/meta.c '#include <json-c/json.h>'
	accepts json_above_compile
	sample enforcer/parse/load.c '#include <json-c/json.h>'
	catches json_above_compile 'parse/load\.c:1'
}

@test "one file alone sees inih" {
	obeys ini_in_one_file
	sample enforcer/parse/ini.c '#include <ini.h>'
	accepts ini_in_one_file
	sample enforcer/parse/load.c '#include <ini.h>'
	catches ini_in_one_file 'parse/load\.c'
}

@test "abi.h, select.h and match.h depend on neither half" {
	obeys shared_headers_stand_alone
	sample_layers
	accepts shared_headers_stand_alone
	sample bpf/abi.h '#include <linux/types.h>' '#include <stdint.h>'
	catches shared_headers_stand_alone 'bpf/abi\.h:2'
}

@test "the kernel half includes nothing of user space" {
	obeys kernel_half_sees_only_itself
	sample bpf/connect.bpf.c '#include <linux/bpf.h>' '#include "maps.h"'
	accepts kernel_half_sees_only_itself
	sample bpf/connect.bpf.c '#include "base/diag.h"'
	catches kernel_half_sees_only_itself 'connect\.bpf\.c:1'
}
