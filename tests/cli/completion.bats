#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Completion in bash, zsh and fish: what --help says can be typed is offered, where it can be typed.

load ../lib/cli

setup() {
	cli_setup
	COMPLETION=${CGWARD%/*}/completion
	[ -s "$COMPLETION/cgward.bash" ] || fail "no completions: run make first"
}

commands() {
	"$CGWARD" --help | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p' | sort
}

# options_of [COMMAND]: as its --help explains them
options_of() {
	"$CGWARD" "$@" --help | grep -oE '^  --[a-z-]+' | tr -d ' ' | sort
}

# complete_bash WORD...: what a bash that knows nothing else offers for the last word, sorted
complete_bash() {
	env -i PATH="$PATH" bash --norc --noprofile -c '
		source "$0" && COMP_WORDS=("$@") && COMP_CWORD=$(($# - 1)) && _cgward &&
		printf "%s\n" "${COMPREPLY[@]}"' "$COMPLETION/cgward.bash" "$@" | sort
}

# offers TEXT WORD...
offers() {
	local expected=$1 offered
	shift
	offered=$(complete_bash "$@")
	[ "$offered" = "$expected" ] || fail "$*: expected '$expected', offered '$offered'"
}

@test "bash offers every command, and every option that --help explains" {
	[ "$(commands | wc -l)" -ge 10 ]
	offers "$(commands)" cgward ''
	offers "$(options_of)" cgward --
	for command in $(commands); do
		offers "$(options_of "$command")" cgward "$command" --
	done
}

@test "bash offers what fits: policies, files, words, nothing" {
	mkdir policies
	touch web.ini other.txt
	offers $'policies\nweb.ini' cgward check ''
	offers web.ini cgward check --strict w
	offers web.ini cgward run --policy w
	offers $'other.txt' cgward daemon --log o
	offers other.txt cgward daemon --log = o
	offers $'other.txt\npolicies\nweb.ini' cgward daemon --log =
	offers $'allowed\naudited\ndenied\nwould-deny' cgward log --verdict ''
	offers connect cgward log --json --section co
	offers '' cgward log --policy w
	offers '' cgward test web.ini ''
	offers policies cgward --pins p
	offers status cgward --pins policies st
	offers $'--follow' cgward log --fo
}

@test "bash leaves the words of the program that run starts to the program" {
	mkdir bin
	touch -- --policies.txt bin/program-of-this-test
	chmod +x bin/program-of-this-test
	PATH=$T/bin:$PATH
	offers program-of-this-test cgward run --policy web.ini program-of
	offers program-of-this-test cgward run --policy web.ini -- program-of
	offers '' cgward run --policy web.ini -- bash --quie
	offers --policies.txt cgward run --policy web.ini bash --pol
}

@test "bash offers cgroups as cgward takes them" {
	local mount
	mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
	[ -n "$mount" ] || skip "cgroup2 is not mounted"
	local own=$mount/cgward-completion-$$
	mkdir "$own" 2>/dev/null || skip "cannot make a cgroup"
	mkdir "$own/inner"
	offered=$(complete_bash cgward apply web.ini "/cgward-completion-$$")
	inner=$(complete_bash cgward log --cgroup "/cgward-completion-$$/")
	rmdir "$own/inner" "$own"
	[ "$offered" = "/cgward-completion-$$/" ]
	[ "$inner" = "/cgward-completion-$$/inner/" ]
}

@test "zsh reads its completion, and has every option in it" {
	for command in $(commands); do
		sed -n "/^\t\t$command) _arguments/,/;;/p" "$COMPLETION/cgward.zsh" |
			grep -oE -- "'(\(- \*\))?--[a-z-]+\[" | grep -oE -- '--[a-z-]+' | sort >offered
		diff <(options_of "$command") offered
	done
	command -v zsh >/dev/null || skip "zsh is not installed"
	zsh -n "$COMPLETION/cgward.zsh"
}

# In a terminal of zsh's own; it is waited for what completion has to add to what is typed.
@test "zsh completes on a terminal" {
	command -v zsh >/dev/null || skip "zsh is not installed"
	cp "$COMPLETION/cgward.zsh" _cgward
	touch web.ini other.txt
	cat >terminal.zsh <<-'END'
		zmodload zsh/zpty || exit 3
		zpty shell "stty cols 200; HOME=$PWD exec zsh -f -i"
		zpty -w shell 'unsetopt promptsp; PS1=; fpath=($PWD $fpath)'
		zpty -w shell 'autoload -U compinit; compinit -D -u; print rea""dy'
		zpty -r -m shell line '*ready*' || exit 1
		for typed expected; do
			zpty -w -n shell "$typed"$'\t'
			zpty -r -m shell line "*$expected*" || exit 1
			print -r -- "$expected"
			zpty -w shell $'\C-u'
		done
		zpty -d shell
	END
	run timeout 30 zsh -f terminal.zsh 'cgward dae' daemon 'cgward check --str' --strict \
		'cgward check w' web.ini 'cgward log --section c' connect </dev/null
	[ "$status" != 3 ] || skip "zsh has no zpty"
	says $'daemon\n--strict\nweb.ini\nconnect'
}

@test "fish completes commands, options, values and policies" {
	command -v fish >/dev/null || skip "fish is not installed"
	fish -n "$COMPLETION/cgward.fish"
	touch web.ini
	offered() {
		HOME=$T XDG_DATA_HOME=$T XDG_CONFIG_HOME=$T fish --no-config \
			-c 'source $argv[1]; complete -C $argv[2]' "$COMPLETION/cgward.fish" "$1" |
			cut -f 1 | sort
	}
	diff <(commands) <(offered 'cgward ')
	for command in $(commands); do
		diff <(options_of "$command") <(offered "cgward $command --")
	done
	[ "$(offered 'cgward log --verdict w')" = would-deny ]
	[ "$(offered 'cgward run --policy w')" = web.ini ]
	[ "$(offered 'cgward --pins x stat')" = status ]
}
