#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# House rules that no compiler checks. HACKING.md says why each is there.

load lib.bash

# ---- licences and headers ------------------------------------------------------------------

# First line, or the second after an interpreter line.
licensed() {
	local file licence
	all_files "$1" | while read -r file; do
		licence=BSD-2-Clause
		case ${file#"$1"/} in
		bpf/* | *.bpf.c) licence='GPL-2.0-only OR BSD-2-Clause' ;;
		*.[ch] | *.awk | *.mk | *.bats | *.bash | *.sh | Makefile) ;;
		*) head -c 2 "$file" | grep -q '^#!' || continue ;;
		esac
		head -n 2 "$file" | grep -v '^#!' | head -n 1 |
			grep -qE "^(/\*|#|//) SPDX-License-Identifier: $licence( \*/)?\$" ||
			echo "$file:1: does not begin with SPDX-License-Identifier: $licence"
	done
}

own_header_first() {
	local file header first
	c_files "$1" enforcer | grep '\.c$' | while read -r file; do
		header=${file%.c}.h
		[ -f "$header" ] || continue
		first=$(grep -m 1 -oE '^#[ \t]*include.*' "$file")
		[ "$first" = "#include \"${header#"$1"/enforcer/}\"" ] ||
			echo "$file:1: does not include its own header first"
	done
}

@test "every source names its licence on its first line" {
	obeys licensed
	sample bpf/fine.h '/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */'
	sample enforcer/base/fine.c '/* SPDX-License-Identifier: BSD-2-Clause */'
	sample contrib/fine '#!/bin/sh' '# SPDX-License-Identifier: BSD-2-Clause'
	accepts licensed
	sample bpf/wrong.h '/* SPDX-License-Identifier: BSD-2-Clause */'
	sample enforcer/base/none.c '#include "base/none.h"'
	catches licensed 'bpf/wrong\.h:1'
	catches licensed 'base/none\.c:1'
}

@test "a source includes its own header first" {
	obeys own_header_first
	sample enforcer/base/diag.h ''
	sample enforcer/base/diag.c '/* text */' '#include <stdio.h>' '#include "base/diag.h"'
	catches own_header_first 'base/diag\.c'
	sample enforcer/base/diag.c '/* text */' '#include "base/diag.h"' '#include <stdio.h>'
	accepts own_header_first
}

# ---- what is never called ------------------------------------------------------------------

# calls ROOT FUNCTIONS: FILE:LINE of calls in enforcer/, comments and literals aside
calls() {
	c_files "$1" enforcer | xargs -r awk -v strings=0 -f "$LINT/strip-comments.awk" |
		grep -E "(^|[^_A-Za-z0-9.>])($2)[ ]*\(" || true
}

no_unbounded_strings() {
	calls "$1" 'sprintf|vsprintf|strcpy|stpcpy|strcat|strncpy|gets|scanf|sscanf|fscanf|alloca'
}
no_shell() {
	calls "$1" 'system|popen|wordexp|execlp|execvp|execvpe'
}
numbers_in_scan_alone() {
	calls "$1" 'strto[a-z]+|ato[a-z]+' | grep -v '/enforcer/base/scan\.c:' || true
}
no_exit_below_app() {
	calls "$1" 'exit|_exit|abort' | grep -v '/enforcer/app/' || true
}
prints_in_app_alone() {
	c_files "$1" enforcer | xargs -r awk -f "$LINT/strip-comments.awk" |
		grep -E '(fprintf|fputs|vfprintf|fwrite)\(.*(stderr|stdout)|(^|[^_a-zA-Z0-9])(printf|puts|putchar|perror|warnx?|errx?|syslog)\(' |
		grep -vE '/enforcer/app/' || true
}

@test "no function that cannot be given a bound" {
	obeys no_unbounded_strings
	sample enforcer/base/x.c '/* never strcpy(a, b) */' 'puts("strcat(");' 'snprintf(a, 1, b);'
	accepts no_unbounded_strings
	sample enforcer/base/x.c 'void f(void)' '{' '	strcpy(a, b);' '}'
	catches no_unbounded_strings 'x\.c:3'
}

@test "no shell, and no search along PATH, outside the argued exceptions" {
	# `cgward run` starts the user's command as env(1) does.
	run_command_searches_path() {
		no_shell "$1" | grep -vE '/enforcer/app/[a-z_]*run[a-z_]*\.c:.*execvpe?[ ]*\(' || true
	}
	obeys run_command_searches_path
	sample enforcer/app/x.c '	if (system(command))'
	catches run_command_searches_path 'x\.c:1'
	sample enforcer/app/x.c '	execvp(command[0], command);'
	catches run_command_searches_path 'x\.c:1'
}

@test "numbers are scanned in base/scan.c alone" {
	obeys numbers_in_scan_alone
	sample enforcer/base/scan.c '	value = strtoull(text, &end, 10);'
	accepts numbers_in_scan_alone
	sample enforcer/parse/x.c '	port = atoi(text);'
	catches numbers_in_scan_alone 'parse/x\.c:1'
}

@test "only app prints" {
	obeys prints_in_app_alone
	sample enforcer/app/x.c '	fprintf(stderr, "text");'
	sample enforcer/base/x.c '	fprintf(out, "text");'
	accepts prints_in_app_alone
	sample enforcer/kernel/x.c '	fprintf(stderr, "text");'
	catches prints_in_app_alone 'kernel/x\.c:1'
}

@test "only app ends the process" {
	obeys no_exit_below_app
	sample enforcer/kernel/x.c '	exit(1);'
	catches no_exit_below_app 'kernel/x\.c:1'
}

# ---- file descriptors ----------------------------------------------------------------------

# Statements are joined up to their semicolon, so that the flag may stand on the next line. What is
# opened as /dev/null takes the place of a closed standard descriptor, and those outlive exec.
fds_close_on_exec() {
	c_files "$1" enforcer | xargs -r awk -f "$LINT/strip-comments.awk" | awk '
	function judge()
	{
		if (text ~ /(^|[^_A-Za-z0-9.>])(open|openat|open_by_handle_at|memfd_create|epoll_create1|signalfd|timerfd_create|eventfd|pipe2|socket|accept4|dup3)[ ]*\(/ &&
		    text !~ /CLOEXEC|flags|"\/dev\/null"/)
			print place ": opens without close-on-exec"
		if (text ~ /(^|[^_A-Za-z0-9.>])(creat|pipe|accept|dup|dup2|epoll_create)[ ]*\(/ &&
		    text !~ /(dup2|dup3)[ ]*\([^;]*STD(IN|OUT|ERR)_FILENO/)
			print place ": has no close-on-exec form"
		if (text ~ /(^|[^_A-Za-z0-9.>])(fopen|fdopen|freopen|popen)[ ]*\(/ && text !~ /"[rwa]\+?[bx]*e[bx]*"/)
			print place ": stream without mode e"
	}
	{
		match($0, /:[0-9]+:/)
		here = substr($0, 1, RSTART + RLENGTH - 2)
		line = substr($0, RSTART + RLENGTH)
		if (text == "")
			place = here
		text = text " " line
		if (line ~ /[;{}]/ || line ~ /^#/) {
			judge()
			text = ""
		}
	}'
}

cleanup_locals_initialised() {
	c_files "$1" enforcer | xargs -r awk -v strings=0 -f "$LINT/strip-comments.awk" |
		grep -E '[[:space:]]CLEANUP_?[A-Z]*(\([a-z_0-9]*\))?[[:space:]][^=]*;' || true
	c_files "$1" enforcer | xargs -r awk -v strings=0 -f "$LINT/strip-comments.awk" |
		grep -E 'CLEANUP_CLOSE int [a-z_]+ = [^-]*[0-9];' || true
}

@test "whatever is opened is closed on exec" {
	obeys fds_close_on_exec
	sample enforcer/base/x.c '	fd = openat(at, path,' '		O_RDONLY | O_CLOEXEC);' \
		'	file = fopen(path, "re");' '	/* open(path) */'
	accepts fds_close_on_exec
	sample enforcer/base/x.c '	fd = openat(at, path,' '		O_RDONLY);'
	catches fds_close_on_exec 'x\.c:1'
	sample enforcer/base/x.c '	file = fopen(path, "r");'
	catches fds_close_on_exec 'x\.c:1'
	sample enforcer/base/x.c '	if (pipe(ends))' '		return;'
	catches fds_close_on_exec 'x\.c:1'
}

@test "locals that clean up are initialised where they are declared" {
	obeys cleanup_locals_initialised
	sample enforcer/base/x.c '	CLEANUP_FREE char *text = NULL;' '	CLEANUP_CLOSE int fd = -1;'
	accepts cleanup_locals_initialised
	sample enforcer/base/x.c '	CLEANUP_FREE char *text;'
	catches cleanup_locals_initialised 'x\.c:1'
	sample enforcer/base/x.c '	CLEANUP_CLOSE int fd = 0;'
	catches cleanup_locals_initialised 'x\.c:1'
}

# ---- errors and names ----------------------------------------------------------------------

errno_is_negative() {
	c_files "$1" enforcer | xargs -r awk -v strings=0 -f "$LINT/strip-comments.awk" |
		grep -E 'return (E[A-Z0-9]{3,}|errno)[ ]*;' || true
}

# libbpf owns the prefix. A call is indented or ends an expression; a definition starts a line.
nothing_named_bpf() {
	c_files "$1" enforcer bpf | xargs -r awk -v strings=0 -f "$LINT/strip-comments.awk" |
		grep -E '^[^:]*:[0-9]+:(static |struct |enum |union |int |void |bool |const |__u|u?int[0-9])[^=;]*[ *]bpf_[a-z0-9_]+( \{|\()' |
		grep -vE ':struct bpf_[a-z_]+ [a-z_]+\(|\(\*(const )?bpf_' |
		grep -vE '^[^:]*:[0-9]+:[^(]*\([^)]*bpf_' || true
}

no_struct_typedefs() {
	c_files "$1" enforcer | xargs -r awk -v strings=0 -f "$LINT/strip-comments.awk" |
		grep -E '[^a-z_]typedef +(struct|enum|union)[^*]*$' || true
}

@test "errors are returned negative" {
	obeys errno_is_negative
	sample enforcer/base/x.c '	return -EINVAL;' '	return EXIT_FAILURE_OF_OURS + 1;'
	accepts errno_is_negative
	sample enforcer/base/x.c '	return EINVAL;'
	catches errno_is_negative 'x\.c:1'
}

@test "nothing of ours is called bpf_" {
	obeys nothing_named_bpf
	sample enforcer/kernel/x.c 'static int load(struct bpf_object *object)' '	bpf_link__destroy(link);'
	accepts nothing_named_bpf
	sample enforcer/kernel/x.c 'static int bpf_load_all(void)'
	catches nothing_named_bpf 'x\.c:1'
}

@test "structs are not hidden behind typedefs" {
	obeys no_struct_typedefs
	sample enforcer/base/x.h ' typedef struct diag diag_t;'
	catches no_struct_typedefs 'x\.h:1'
}

# ---- text and size -------------------------------------------------------------------------

no_promises() {
	c_files "$1" enforcer bpf tests | xargs -r grep -nHwE 'TO''DO|FIX''ME|XX''X|HA''CK' || true
	shell_files "$1" | xargs -r grep -nHwE 'TO''DO|FIX''ME' || true
}

clean_text() {
	all_files "$1" | grep -vE '/tests/golden/|/LICENSE$|\.md$|/tests/decisions/|/fuzz/corpus/' |
		xargs -r grep -nHIE $'[ \t]+$|\r' || true
}

FILE_LINES_MAX=400
TEST_LINES_MAX=500 # a table of cases is long and still one thought
FUNCTION_LINES_MAX=60

# size_exceptions: "PATH" for a file, "PATH FUNCTION" for a function, and the argument for each
size_exceptions() {
	cat <<-'END'
	END
}

within_budget() {
	c_files "$1" enforcer bpf tests | xargs -r awk -v files="$FILE_LINES_MAX" \
		-v tests="$TEST_LINES_MAX" -v functions="$FUNCTION_LINES_MAX" -v root="$1/" -v exceptions="$(size_exceptions)" '
	function relative(path)
	{
		return substr(path, length(root) + 1)
	}
	function end_of_file()
	{
		budget = relative(path) ~ /^tests\/unit\// ? tests : files
		if (lines > budget && !(relative(path) in allowed))
			print path ": " lines " lines, budget " budget
	}
	BEGIN {
		count = split(exceptions, list, "\n")
		for (i = 1; i <= count; i++) {
			sub(/[ \t]*:.*/, "", list[i])
			allowed[list[i]] = 1
		}
	}
	FNR == 1 {
		if (path != "")
			end_of_file()
		path = FILENAME
		lines = 0
		name = "?"
	}
	{
		lines = FNR
	}
	/^[a-zA-Z_].*\(/ && !/;[ \t]*$/ {
		name = $0
		sub(/\(.*/, "", name)
		sub(/.*[ *]/, "", name)
	}
	/^\{/ {
		start = FNR
	}
	/^\}/ && start {
		if (FNR - start - 1 > functions && !(relative(path) " " name in allowed))
			print path ":" start ": " name " has " FNR - start - 1 " lines, budget " functions
		start = 0
	}
	END {
		if (path != "")
			end_of_file()
	}'
}

# The rows that begin with a way round a policy must be the same in both places; tests/vm/run holds one of
# them to what it saw.
same_ways_round() {
	diff <(grep '^|' "$1/contrib/bypass.md") \
		<(awk '/^<details>/ { on = 1 } /^<\/details>/ { on = 0 } on && /^[|]/' "$1/README.md") |
		sed -n 's/^[<>] /README.md or contrib\/bypass.md alone: /p'
}

lines() { # COUNT TEXT
	yes "$2" | head -n "$1"
}

@test "the README has the table of ways round a policy" {
	obeys same_ways_round
	sample contrib/bypass.md '| a | refused |' '| b | refused |'
	sample README.md '<details>' '| a | refused |' '| b | open |' '</details>'
	catches same_ways_round 'alone: . b . open'
}

@test "no promises in the source" {
	obeys no_promises
	sample enforcer/base/x.c "/* TO""DO: later */"
	catches no_promises 'x\.c:1'
}

@test "no trailing blanks, no carriage returns" {
	obeys clean_text
	sample enforcer/base/x.c 'int a; '
	catches clean_text 'x\.c:1'
}

@test "files and functions stay within their budgets" {
	obeys within_budget
	sample enforcer/base/x.c 'static int f(void)' '{' "$(lines "$FUNCTION_LINES_MAX" '	;')" '}'
	accepts within_budget
	sample enforcer/base/x.c 'static int f(void)' '{' "$(lines $((FUNCTION_LINES_MAX + 1)) '	;')" '}'
	catches within_budget 'x\.c:2: f has 61'
	sample enforcer/base/x.c "$(lines $((FILE_LINES_MAX + 1)) 'int a;')"
	catches within_budget 'x\.c: 401 lines'
}
