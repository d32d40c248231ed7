# SPDX-License-Identifier: BSD-2-Clause
# help.awk: what `cgward COMMAND --help` prints, as a section of Markdown for man.awk: the synopsis as
# code, options as a table, text as it stands. With -v only=options: the table alone.

function end_row()
{
	if (row != "")
		print "| " row " |"
	row = ""
}

BEGIN {
	if (!only)
		print "### " command "\n"
}
/^usage:/ {
	in_usage = 1
}
in_usage {
	if ($0 == "")
		in_usage = 0
	if (!only)
		print ($0 == "" ? "" : "    " substr($0, 8))
	next
}
# `  --option ARGUMENT  text`, and the lines that go on further in
/^  -/ {
	end_row()
	name = text = substr($0, 3)
	sub(/  .*/, "", name)
	sub(/^.*[^ ]  +/, "", text)
	row = "`" name "` | " text
	next
}
row != "" && /^    / {
	sub(/^ +/, "")
	row = row " " $0
	next
}
{
	end_row()
}
only {
	next
}
/^  / {
	print "  " $0
	next
}
{
	print
}
END {
	end_row()
}
