# SPDX-License-Identifier: BSD-2-Clause
# table.awk: what `cgward [COMMAND] --help` prints, as the table that completions are made from, its
# fields separated by tabs. With -v command=NAME, or empty for cgward itself:
#
#   command  NAME     SUMMARY
#   operand  COMMAND  WORD         KIND   in their order; one that ends in ... may repeat
#   option   COMMAND  -o|--option  KIND   TEXT
#
# KIND is what stands there: policy, file, directory, cgroup, program, text, `none` for an option
# without argument, or the words that it may be: an option whose text is but a list ("denied, audited
# or allowed") takes one of these.

function kind_of(word, name)
{
	sub(/\.\.\.$/, "", word)
	if (word == "")
		return "none"
	if (word == "FILE")
		return name == "--log" ? "file" : "policy"
	if (word == "CGROUP" || name == "--cgroup")
		return "cgroup"
	if (word == "DIR")
		return "directory"
	return word == "COMMAND" ? "program" : "text"
}

function flush_option(    kind)
{
	if (option == "")
		return
	kind = kind_of(argument, option)
	if (text ~ /^[a-z][a-z-]*(, [a-z-]+)* or [a-z-]+$/) {
		kind = text
		gsub(/,| or/, "", kind)
	}
	if (option in short)
		option = short[option] "|" option
	printf "option\t%s\t%s\t%s\t%s\n", command, option, kind, text
	option = ""
}

# What is no option is an operand; the first usage has the most of them.
function end_usage(    rest, words, count, i)
{
	rest = usage
	while (match(rest, /-[a-z]\|--[a-z-]+/)) {
		short[substr(rest, RSTART + 3, RLENGTH - 3)] = substr(rest, RSTART, 2)
		rest = substr(rest, RSTART + RLENGTH)
	}
	gsub(/\[-[^]]*\]/, "", usage)
	gsub(/--[a-z-]+ [A-Z]+/, "", usage)
	gsub(/[][]/, "", usage)
	count = split(usage, words, " ")
	for (i = 1; i <= count && command != ""; i++)
		printf "operand\t%s\t%s\t%s\n", command, words[i], kind_of(words[i])
}

/^usage: cgward/ {
	usage = substr($0, length("usage: cgward ") + length(command) + 1)
	in_usage = 1
	next
}
in_usage && /^ +cgward / {
	other = 1
}
in_usage && /^$/ {
	end_usage()
	in_usage = 0
}
in_usage {
	if (!other)
		usage = usage " " $0
	next
}
/^  -/ {
	flush_option()
	option = argument = text = substr($0, 3)
	sub(/ .*/, "", option)
	argument = argument ~ /^[^ ]+ [^ ]/ ? argument : ""
	sub(/^[^ ]+ /, "", argument)
	sub(/ .*/, "", argument)
	sub(/^.*[^ ]  +/, "", text)
	next
}
option != "" && /^    / {
	sub(/^ +/, "")
	text = text " " $0
	next
}
{
	flush_option()
}
command == "" && /^  [a-z]/ {
	name = $1
	sub(/^ +[a-z]+ +/, "")
	printf "command\t%s\t%s\n", name, $0
}
END {
	flush_option()
}
