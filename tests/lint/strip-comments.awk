# SPDX-License-Identifier: BSD-2-Clause
# C without its comments, line by line, so that a rule never trips over prose and line numbers stay
# right. With -v strings=0 the text of string literals is emptied as well.
function strip(line, result, i, two, c)
{
	result = ""
	for (i = 1; i <= length(line); i++) {
		two = substr(line, i, 2)
		c = substr(line, i, 1)
		if (in_comment) {
			if (two == "*/") {
				in_comment = 0
				i++
			}
		} else if (quote) {
			if (c == "\\") {
				if (strings)
					result = result two
				i++
			} else if (c == quote) {
				result = result c
				quote = ""
			} else if (strings) {
				result = result c
			}
		} else if (two == "/*") {
			in_comment = 1
			i++
		} else if (two == "//") {
			break
		} else {
			if (c == "\"" || c == "'")
				quote = c
			result = result c
		}
	}
	quote = ""
	return result
}
BEGIN {
	if (strings == "")
		strings = 1
}
FNR == 1 {
	in_comment = 0
}
{
	print FILENAME ":" FNR ":" strip($0)
}
