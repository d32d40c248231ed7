# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154,SC2207
# SC2154: the table stands above. SC2207: words without blanks are split on purpose.
#
# Behind the table that bash.awk writes above it. Needs nothing of the package bash-completion, and
# uses its completion of commands for `cgward run` where that is loaded.

# _cgward_cgroups PREFIX: the cgroups below the cgroup2 mount, as cgward takes them
_cgward_cgroups() {
	local mount type path
	while IFS=' ' read -r _ mount type _; do
		[ "$type" != cgroup2 ] || break
	done </proc/self/mounts
	[ "$type" = cgroup2 ] || return 0
	while IFS= read -r path; do
		echo "${path#"$mount"}/"
	done < <(compgen -d -- "$mount/${1#/}")
}

# _cgward_complete KIND CURRENT
_cgward_complete() {
	local IFS=$' \t\n'
	case $1 in
	policy) IFS=$'\n' COMPREPLY=($(compgen -f -X '!*.ini' -- "$2") $(compgen -d -- "$2")) ;;
	file) IFS=$'\n' COMPREPLY=($(compgen -f -- "$2")) ;;
	directory) IFS=$'\n' COMPREPLY=($(compgen -d -- "$2")) ;;
	cgroup) IFS=$'\n' COMPREPLY=($(_cgward_cgroups "$2")) ;;
	program) IFS=$'\n' COMPREPLY=($(compgen -c -- "$2")) ;;
	text | '') ;;
	*) COMPREPLY=($(compgen -W "$1" -- "$2")) ;;
	esac
	case $1 in
	policy | file | directory) compopt -o filenames 2>/dev/null ;;
	cgroup) compopt -o nospace 2>/dev/null ;;
	esac
	return 0
}

# The words of the program that `run` starts are for its own completion.
_cgward_program() { # INDEX of its first word
	if [ "$COMP_CWORD" -gt "$1" ] && declare -F _command_offset >/dev/null; then
		_command_offset "$1"
	elif [ "$COMP_CWORD" -gt "$1" ]; then
		_cgward_complete file "${COMP_WORDS[COMP_CWORD]}"
	else
		_cgward_complete program "${COMP_WORDS[COMP_CWORD]}"
	fi
}

_cgward() {
	local current=${COMP_WORDS[COMP_CWORD]} command=cgward kind='' word i operands=0
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		kind=
		if [ "$command" = run ] && [[ $word = -- || $word != -* ]]; then
			[ "$word" != -- ] || i=$((i + 1))
			_cgward_program "$i"
			return
		elif [[ $word = -* ]]; then
			kind=${_cgward_table[$command $word]:-}
			# `--log=FILE` comes as three words.
			[ -z "$kind" ] || [ "${COMP_WORDS[i + 1]}" != = ] || i=$((i + 1))
			[ -z "$kind" ] || i=$((i + 1))
		elif [ "$command" = cgward ]; then
			command=$word
		else
			operands=$((operands + 1))
		fi
	done
	if [ -n "$kind" ] && [ "$i" -gt "$COMP_CWORD" ]; then
		[ "$current" != = ] || current=
		_cgward_complete "$kind" "$current"
	elif [[ $current = -* ]]; then
		_cgward_complete "${_cgward_table[$command]:-}" "$current"
	elif [ "$command" = cgward ]; then
		_cgward_complete "$_cgward_commands" "$current"
	else
		kind=${_cgward_table[$command $((operands + 1))]:-${_cgward_table[$command +]:-}}
		_cgward_complete "$kind" "$current"
	fi
}
complete -F _cgward cgward
