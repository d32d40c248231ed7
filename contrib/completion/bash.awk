# SPDX-License-Identifier: BSD-2-Clause
# bash.awk: the table (table.awk) as the array that cgward.bash reads. _cgward_table has for COMMAND
# its options, for "COMMAND OPTION" the kind of its argument, for "COMMAND N" that of its Nth operand,
# for "COMMAND +" that of all further ones. COMMAND is `cgward` for what stands before a command.
BEGIN {
	FS = "\t"
	print "# bash completion of cgward; made from what `cgward --help` says"
	order[last = 1] = "cgward"
}
{
	command = $2 == "" ? "cgward" : $2
}
$1 == "command" {
	commands = commands " " $2
	order[++last] = $2
}
$1 == "option" {
	count = split($3, names, "|")
	for (i = 1; i <= count; i++) {
		options[command] = options[command] " " names[i]
		if ($4 != "none")
			kinds = kinds "\t[\"" command " " names[i] "\"]=\"" $4 "\"\n"
	}
}
$1 == "operand" {
	place = $3 ~ /\.\.\.$/ ? "+" : ++operands[$2]
	kinds = kinds "\t[\"" command " " place "\"]=\"" $4 "\"\n"
}
END {
	print "_cgward_commands=\"" substr(commands, 2) "\""
	print "declare -gA _cgward_table=("
	for (i = 1; i <= last; i++)
		print "\t[\"" order[i] "\"]=\"" substr(options[order[i]], 2) "\""
	printf "%s)\n", kinds
}
