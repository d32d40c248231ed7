# SPDX-License-Identifier: BSD-2-Clause
# fish.awk: the table (table.awk) as completions of fish. cgward.fish follows it and has the
# functions that are called here.

function quoted(text)
{
	gsub(/\\/, "\\\\", text)
	gsub(/'/, "\\'", text)
	return "'" text "'"
}

# Options of the program that `run` starts are not ours: whole[] has `run` before its options come.
function condition(command)
{
	if (command == "")
		return "__cgward_before_command"
	return "'__cgward_" (command in whole ? "operand " command " 1'" : "in " command "'")
}

# What may stand there: files of any kind only where it says so.
function argument(kind)
{
	if (kind == "file")
		return " -F"
	if (kind == "text")
		return " -f"
	if (kind ~ / /)
		return " -f -a " quoted(kind)
	return " -f -a '(__cgward_" kind ")'"
}

BEGIN {
	FS = "\t"
	print "# fish completion of cgward; made from what `cgward --help` says"
	print "complete -c cgward -f"
}
$1 == "command" {
	print "complete -c cgward -n __cgward_before_command -a " $2 " -d " quoted($3)
}
$1 == "option" {
	count = split($3, names, "|")
	line = "complete -c cgward -n " condition($2)
	for (i = 1; i <= count; i++) {
		line = line (names[i] ~ /^--/ ? " -l " substr(names[i], 3) : " -s " substr(names[i], 2))
		if ($4 != "none" && !seen[names[i]]++)
			with_argument = with_argument " " names[i]
	}
	print line ($4 == "none" ? "" : " -r" argument($4)) " -d " quoted($5)
}
$1 == "operand" && $4 == "program" {
	print "complete -c cgward -n '__cgward_in " $2 "' -a '(__cgward_program)'"
	whole[$2] = 1
}
$1 == "operand" && $4 != "text" && !($2 in whole) {
	place = $3 ~ /\.\.\.$/ ? (operands[$2] + 1) "+" : ++operands[$2]
	print "complete -c cgward -n '__cgward_operand " $2 " " place "'" argument($4)
}
END {
	print "set -g __cgward_with_argument" with_argument
}
