# SPDX-License-Identifier: BSD-2-Clause
# man.awk: Markdown to man(7), as far as our documents use it: headings, paragraphs, flat lists,
# quotes, tables of two columns (their rows become tagged paragraphs), code, bold, links (their text
# stays). The title of the document gives way to NAME.
#
#   awk -v page=NAME -v section=N -v about=TEXT -v version=V -v date=D -v see=LIST -f man.awk FILE

# Without gsub(): awks do not agree on backslashes in its replacement.
function replace(text, from, to,    at, done)
{
	while ((at = index(text, from)) > 0) {
		done = done substr(text, 1, at - 1) to
		text = substr(text, at + length(from))
	}
	return done text
}

function literal(text)
{
	text = replace(text, "\\", "\\e")
	text = replace(text, "-", "\\-")
	text = replace(text, "^", "\\(ha")
	text = replace(text, "~", "\\(ti")
	text = replace(text, "'", "\\(aq")
	text = replace(text, "`", "\\(ga")
	return replace(text, "…", "...")
}

function prose(text,    parts, count, i, done)
{
	while (match(text, /\[[^]]*\]\([^)]*\)/)) {
		done = substr(text, RSTART + 1, RLENGTH - 2)
		sub(/\]\(.*/, "", done)
		text = substr(text, 1, RSTART - 1) done substr(text, RSTART + RLENGTH)
	}
	text = replace(replace(text, "\\", "\\e"), "--", "\\-\\-")
	text = replace(text, "…", "...")
	count = split(text, parts, /\*\*/)
	done = parts[1]
	for (i = 2; i <= count; i++)
		done = done (i % 2 ? "\\fR" : "\\fB") parts[i]
	return done
}

# Every second piece between backticks is code.
function inline(text,    parts, count, i, done)
{
	count = split(text, parts, /`/)
	for (i = 1; i <= count; i++)
		done = done (i % 2 ? prose(parts[i]) : "\\fB" literal(parts[i]) "\\fR")
	return done
}

# A line of text must not be taken for a request.
function put(text)
{
	print (text ~ /^[.']/ ? "\\&" : "") text
}

# `fresh`: nothing stands below the heading yet, and a request for space would be one too many.
function heading_line(macro, text)
{
	print macro " \"" inline(text) "\""
	fresh = 1
	untitled = 0
}

function flush()
{
	if (held != "") {
		if (untitled)
			heading_line(".SH", "DESCRIPTION")
		if (kind == "list")
			print ".IP \\(bu 2"
		else if (kind == "quote")
			print ".IP"
		else if (!fresh)
			print ".PP"
		put(inline(held))
		fresh = 0
	}
	held = ""
	kind = ""
}

function end_code()
{
	if (in_code)
		print ".fi\n.RE"
	in_code = 0
	blank = 0
}

function code(line)
{
	if (!in_code) {
		flush()
		if (!fresh)
			print ".sp"
		print ".RS 4\n.nf"
	} else {
		for (; blank; blank--)
			print ""
	}
	in_code = 1
	fresh = 0
	put(literal(line))
}

function heading(macro, text)
{
	flush()
	end_code()
	heading_line(macro, text)
}

function row(line,    first, rest)
{
	flush()
	sub(/^\| */, "", line)
	sub(/ *\|$/, "", line)
	rest = first = line
	sub(/ +\|.*/, "", first)
	sub(/^[^|]*\| */, "", rest)
	if (first == "" || rest == "")
		return
	print ".TP"
	put(inline(first))
	put(inline(rest))
	fresh = 0
}

BEGIN {
	print ".TH " toupper(page) " " section " " date " \"cgward " version "\" \"cgward manual\""
	print ".nh\n.ad l\n.SH NAME"
	print literal(page) " \\- " about
	untitled = 1
}

/^```/ {
	if (!fenced)
		flush()
	else
		end_code()
	fenced = !fenced
	next
}
fenced {
	code($0)
	next
}
/^$/ {
	if (in_code)
		blank++
	else
		flush()
	next
}
/^    / && (held == "" || in_code) {
	code(substr($0, 5))
	next
}
{
	end_code()
}
/^# / {
	next
}
/^## / {
	text = substr($0, 4)
	heading(".SH", text ~ /[[`]/ ? text : toupper(text))
	next
}
/^### / {
	heading(".SS", substr($0, 5))
	next
}
/^\| *---/ {
	next
}
/^\|/ {
	row($0)
	next
}
/^- / {
	flush()
	kind = "list"
	held = substr($0, 3)
	next
}
/^> / {
	if (kind != "quote")
		flush()
	kind = "quote"
	held = held (held == "" ? "" : " ") substr($0, 3)
	next
}
{
	sub(/^ +/, "")
	held = held (held == "" ? "" : " ") $0
}

END {
	flush()
	end_code()
	print ".SH SEE ALSO"
	print literal(see)
}
