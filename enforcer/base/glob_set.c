/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `[a-z]`, and `\`. Where shells and AppArmor differ over what brackets mean ([^a], [[:alpha:]],
 * []a]) there is no meaning here but a complaint that says how to write it.
 */
#include "base/glob_set.h"

struct set_scan {
	struct span text;
	size_t at, open;
	struct complaint *complaint;
};

static int fault(struct complaint *complaint, struct span text, size_t at, const char *message,
                 const char *hint)
{
	complain(complaint, "bad-glob", text.start + at, "%s", message);
	return suggest(complaint, "%s", hint);
}

static bool is_letter_or_digit(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || is_digit(byte);
}

int glob_scan_escape(struct span text, size_t *at, uint8_t *ret_byte,
                     struct complaint *ret_complaint)
{
	char byte;

	if (*at + 1 >= text.length)
		return fault(ret_complaint, text, *at, "a backslash at the end",
		             "write \\\\ for the backslash itself");
	byte = text.start[*at + 1];
	if (byte == '\0')
		return fault(ret_complaint, text, *at + 1, "a NUL byte in a pattern",
		             "no path has one");
	if (is_letter_or_digit(byte))
		return fault(ret_complaint, text, *at, "a backslash before a letter or digit",
		             "it makes the next byte an ordinary one, which these are; there is no "
		             "\\n or \\x41");
	*ret_byte = (uint8_t)byte;
	*at += 2;
	return 0;
}

static void set_add(struct byte_set *set, unsigned first, unsigned last)
{
	for (unsigned byte = first; byte <= last; byte++)
		set->words[byte / 64] |= UINT64_C(1) << byte % 64;
}

static int unclosed(const struct set_scan *scan)
{
	return fault(scan->complaint, scan->text, scan->open, "`[` without `]`",
	             "write \\[ for the bracket itself");
}

/* What no byte of a set may be. */
static int check_byte(const struct set_scan *scan)
{
	struct span rest = span_from(scan->text, scan->at);

	if (rest.start[0] == '/')
		return fault(scan->complaint, scan->text, scan->at, "a slash in a set",
		             "a set matches one byte of a component, never a slash");
	if (rest.start[0] == '\0')
		return fault(scan->complaint, scan->text, scan->at, "a NUL byte in a pattern",
		             "no path has one");
	if (span_begins(rest, "[:") || span_begins(rest, "[.") || span_begins(rest, "[="))
		return fault(scan->complaint, scan->text, scan->at, "a named class in a set",
		             "write its bytes, [a-zA-Z0-9]; write \\[ for the bracket itself");
	return 0;
}

static int scan_byte(struct set_scan *scan, uint8_t *ret_byte)
{
	int error;

	if (scan->at >= scan->text.length)
		return unclosed(scan);
	error = check_byte(scan);
	if (error)
		return error;
	if (scan->text.start[scan->at] == '\\') {
		if (span_begins(span_from(scan->text, scan->at), "\\/"))
			return fault(scan->complaint, scan->text, scan->at, "a slash in a set",
			             "a set matches one byte of a component, never a slash");
		return glob_scan_escape(scan->text, &scan->at, ret_byte, scan->complaint);
	}
	*ret_byte = (uint8_t)scan->text.start[scan->at++];
	return 0;
}

/* `-` stands for itself as the first byte and as the last. */
static bool is_range(const struct set_scan *scan)
{
	return scan->at + 1 < scan->text.length && scan->text.start[scan->at] == '-' &&
	       scan->text.start[scan->at + 1] != ']';
}

static int scan_item(struct set_scan *scan, struct byte_set *set)
{
	size_t start = scan->at;
	uint8_t first = 0, last = 0;
	int error = scan_byte(scan, &first);

	if (error)
		return error;
	last = first;
	if (is_range(scan)) {
		scan->at++;
		error = scan_byte(scan, &last);
		if (error)
			return error;
		if (is_range(scan))
			return fault(scan->complaint, scan->text, scan->at, "`-` after a range",
			             "write \\- for the dash itself");
	}
	if (first > last)
		return fault(scan->complaint, scan->text, start, "a range that runs backwards",
		             "write the lower byte first");
	set_add(set, first, last);
	return 0;
}

static int scan_items(struct set_scan *scan, struct byte_set *set)
{
	size_t first = scan->at;

	if (scan->at < scan->text.length && scan->text.start[scan->at] == ']')
		return fault(scan->complaint, scan->text, scan->at, "an empty set",
		             "write \\] for the bracket itself");
	if (scan->at < scan->text.length && scan->text.start[scan->at] == '^' &&
	    first == scan->open + 1)
		return fault(scan->complaint, scan->text, scan->at, "`^` begins a set",
		             "write [!...] for any other byte, \\^ for the byte itself");
	while (scan->at < scan->text.length && scan->text.start[scan->at] != ']') {
		int error = scan_item(scan, set);

		if (error)
			return error;
	}
	return scan->at < scan->text.length ? 0 : unclosed(scan);
}

int glob_scan_set(struct span text, size_t *at, struct byte_set *ret_set,
                  struct complaint *ret_complaint)
{
	struct set_scan scan = {
		.text = text, .at = *at + 1, .open = *at, .complaint = ret_complaint
	};
	struct byte_set set = { { 0 } };
	bool none_of = scan.at < text.length && text.start[scan.at] == '!';
	int error;

	scan.at += none_of;
	error = scan_items(&scan, &set);
	if (error)
		return error;
	for (unsigned i = 0; none_of && i < 4; i++)
		set.words[i] = ~set.words[i];
	set.words[0] &= ~(UINT64_C(1) | UINT64_C(1) << '/');
	if (!(set.words[0] | set.words[1] | set.words[2] | set.words[3]))
		return fault(ret_complaint, text, *at, "a set that matches nothing",
		             "every byte is excluded");
	*at = scan.at + 1;
	*ret_set = set;
	return 0;
}
