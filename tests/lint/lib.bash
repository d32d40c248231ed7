# SPDX-License-Identifier: BSD-2-Clause
# What the lint tests share: which files there are, and how a rule is proved.
#
# A rule is a function that is given the root of a tree and prints one line for each violation. Each
# is used twice: on the project, where it must print nothing, and on a sample that breaks it, where
# it must print the place. A rule that cannot fail is thereby a failing test.

LINT=$(dirname "${BASH_SOURCE[0]}")
PROJECT=$(realpath "$LINT/../..")

# all_files ROOT: every file of the source, without what builds leave behind
all_files() {
	find "$1" \( -path "$1/build" -o -path "$1/.git" \) -prune -o -type f -print | sort
}

# c_files ROOT [DIRECTORY…]: C sources and headers
c_files() {
	local root=$1 directory
	shift
	for directory in "${@:-.}"; do
		[ -d "$root/$directory" ] || continue
		all_files "$(realpath "$root/$directory")" | grep -E '\.[ch]$' || true
	done
}

# shell_files ROOT: bats files, and scripts by their first line
shell_files() {
	local file first
	all_files "$1" | while read -r file; do
		case $file in
		*.bats | *.bash | *.sh) echo "$file" ;;
		*.[ch] | *.md | *.ini | *.cases | *.awk) ;;
		*)
			IFS= read -r first <"$file" 2>/dev/null || true
			case $first in
			'#!'*bash* | '#!'*sh | '#!'*bats*) echo "$file" ;;
			esac
			;;
		esac
	done
}

# code FILE…: FILE:LINE:TEXT without comments; code_without_strings the same without literals
code() {
	[ $# = 0 ] || awk -f "$LINT/strip-comments.awk" "$@"
}
code_without_strings() {
	[ $# = 0 ] || awk -v strings=0 -f "$LINT/strip-comments.awk" "$@"
}

# obeys RULE: nothing in the project breaks it
obeys() {
	local found
	found=$("$1" "$PROJECT" | sed "s|^$PROJECT/||")
	if [ -n "$found" ]; then
		echo "$found"
		return 1
	fi
}

# sample PATH [LINE…]: a file of a tree of its own, below the test's temporary directory
sample() {
	local path=$BATS_TEST_TMPDIR/sample/$1
	mkdir -p "$(dirname "$path")"
	shift
	printf '%s\n' "$@" >"$path"
}

# catches RULE PATTERN: on the sample tree RULE prints a line that matches PATTERN
catches() {
	local found
	found=$("$1" "$BATS_TEST_TMPDIR/sample" | sed "s|^$BATS_TEST_TMPDIR/sample/||")
	if ! grep -Eq -- "$2" <<<"$found"; then
		echo "$1 does not report $2; it printed: ${found:-nothing}"
		return 1
	fi
}

# accepts RULE: on the sample tree RULE has nothing to say
accepts() {
	local found
	found=$("$1" "$BATS_TEST_TMPDIR/sample")
	if [ -n "$found" ]; then
		echo "$1 rejects what it should accept: $found"
		return 1
	fi
}
