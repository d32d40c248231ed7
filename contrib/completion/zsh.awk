# SPDX-License-Identifier: BSD-2-Clause
# zsh.awk: the table (table.awk) as a function of zsh's completion system. cgward.zsh follows it and
# has the actions, _cgward_KIND.

function quoted(text)
{
	gsub(/'/, "'\\''", text)
	return text
}

# In a specification of _arguments brackets and colons mean something.
function explained(text)
{
	gsub(/\[/, "(", text)
	gsub(/\]/, ")", text)
	gsub(/:/, ",", text)
	return quoted(text)
}

function action(kind)
{
	if (kind == "text")
		return ": :"
	if (kind ~ / /)
		return ":value:(" kind ")"
	return ":" kind ":_cgward_" kind
}

function specification(names, kind, text,    parts, count, i, all)
{
	count = split(names, parts, "|")
	for (i = 1; i <= count; i++)
		all = all " \\\n\t\t\t'" (parts[i] == "--help" || parts[i] == "--version" ? "(- *)" : "") parts[i] "[" explained(text) "]" (kind == "none" ? "" : action(kind)) "'"
	return all
}

BEGIN {
	FS = "\t"
	print "#compdef cgward"
	print "# zsh completion of cgward; made from what `cgward --help` says"
}
$1 == "command" {
	names[++commands] = $2
	described = described "\t\t'" $2 ":" quoted($3) "'\n"
}
$1 == "option" {
	arguments[$2] = arguments[$2] specification($3, $4, $5)
}
# The program that `run` starts is completed as if it stood alone.
$1 == "operand" && $4 == "program" {
	arguments[$2] = arguments[$2] " \\\n\t\t\t'(-)1: :_cgward_program' '*:: :_normal'"
	whole[$2] = 1
}
$1 == "operand" && !($2 in whole) {
	place = $3 ~ /\.\.\.$/ ? "*" : ++operands[$2]
	arguments[$2] = arguments[$2] " \\\n\t\t\t'" place action($4) "'"
}
END {
	print "_cgward() {"
	print "\tlocal curcontext=$curcontext context state state_descr line"
	print "\ttypeset -A opt_args"
	print "\tlocal -a commands=(\n" described "\t)"
	print "\t_arguments -C" arguments[""] " \\\n\t\t\t'1: :->command' '*:: :->argument' && return"
	print "\tcase $state in"
	print "\tcommand) _describe command commands ;;"
	print "\targument)"
	print "\t\tcase $words[1] in"
	for (i = 1; i <= commands; i++)
		print "\t\t" names[i] ") _arguments" arguments[names[i]] " ;;"
	print "\t\tesac ;;\n\tesac\n}"
}
