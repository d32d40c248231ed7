/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inih reads the lines, but it is never trusted with one that it would misread. Version 55, as
 * Debian builds it, cuts a line at 200 bytes and takes the tail for a new line; stops at a NUL;
 * takes an indented line for more of the key before; cuts names at 49 bytes; ignores what follows
 * a `]`; gives no line numbers and does not announce empty sections. Its return code stays 0.
 *
 * The hard idea: the guard sits in the reader function that inih calls for each line. It has the
 * whole text in memory, counts the lines, judges each one first, and hands inih an empty line in
 * place of one that it rejects or has no need of. When inih then reports a key, the guard still
 * knows the line it came from, and checks that inih saw in it what stands there.
 *
 * Line ends may be LF or CRLF, and a byte order mark may begin the file: editors on other systems
 * write them and nobody sees them. A CR anywhere else is a control character, and rejected.
 */
#include "parse/reader.h"

#include <ini.h>

struct guard {
	const struct reader_events *events;
	struct span rest;
	struct line line;
	bool muted; /* below a header that was not understood */
	int error;
};

struct span skip_byte_order_mark(struct span text)
{
	return span_begins(text, "\xef\xbb\xbf") ? span_from(text, 3) : text;
}

bool next_line(struct span *rest, struct line *line)
{
	size_t end = span_find(*rest, '\n');

	if (!rest->length)
		return false;
	line->number++;
	line->text = span_up_to(*rest, end);
	*rest = span_from(*rest, end < rest->length ? end + 1 : end);
	if (end && line->text.start[end - 1] == '\r')
		line->text.length--;
	return true;
}

int line_check(const struct line *line, struct complaint *ret_complaint)
{
	struct span text = line->text;

	for (size_t i = 0, bytes; i < text.length; i += bytes) {
		const char *at = text.start + i;

		bytes = utf8_sequence(at, text.length - i);
		if (!*at)
			return complain(ret_complaint, "nul-byte", at, "NUL byte in the line");
		if (!bytes) {
			complain(ret_complaint, "not-utf8", at, "byte 0x%02x is not UTF-8",
			         (unsigned char)*at);
			return suggest(ret_complaint, "save the file as UTF-8");
		}
		if ((bytes == 1 && (*at < ' ' || *at == 0x7f) && *at != '\t'))
			return complain(ret_complaint, "control-character", at,
			                "control character 0x%02x in the line", (unsigned char)*at);
		if (is_deceptive(at, bytes)) {
			complain(ret_complaint, "control-character", at,
			         "invisible control character in the line");
			return suggest(ret_complaint, "it makes a line look like what it is not");
		}
	}
	return 0;
}

static int line_too_long(const struct line *line, struct complaint *ret_complaint)
{
	complain(ret_complaint, "line-too-long", line->text.start + POLICY_LINE_BYTES_MAX,
	         "line of %zu bytes: at most %d", line->text.length, POLICY_LINE_BYTES_MAX);
	return suggest(ret_complaint, "split it into several lines; long sets of addresses go into "
	                              "a list, `file = LIST` in a group");
}

static bool is_comment(struct span text)
{
	return text.length && (text.start[0] == ';' || text.start[0] == '#');
}

/* Where a comment behind a value begins, as inih sees it: at a `;` after a blank. */
static size_t comment_start(struct span text)
{
	for (size_t i = 1; i < text.length; i++)
		if (text.start[i] == ';' && is_blank(text.start[i - 1]))
			return i;
	return text.length;
}

/* The name between the brackets. The header is announced even if something follows it, so that
 * the keys below it are read in the right section. */
static int read_header(struct guard *guard, struct span text)
{
	struct span inside = span_from(text, 1), name, after;
	size_t close = span_find(inside, ']');
	struct complaint complaint;
	int error;

	guard->muted = true;
	if (close >= comment_start(inside)) {
		complain(&complaint, "unterminated-section", text.start, "section without `]`");
		suggest(&complaint, "write [NAME] on a line of its own");
		return guard->events->reject(guard->events->context, &guard->line, &complaint);
	}
	name = span_up_to(inside, close);
	after = span_trim(span_from(inside, close + 1));
	if (name.length > KEY_BYTES_MAX) {
		complain(&complaint, "name-too-long", inside.start,
		         "section name of %zu bytes: at most %d", name.length, KEY_BYTES_MAX);
		return guard->events->reject(guard->events->context, &guard->line, &complaint);
	}
	guard->muted = false;
	error = guard->events->section(guard->events->context, &guard->line, span_trim(name));
	if (error || !after.length ||
	    (is_comment(after) && after.start[0] == ';' && is_blank(after.start[-1])))
		return error;
	complain(&complaint, "text-after-section", after.start, "text after `]`");
	suggest(&complaint, "a section stands on a line of its own; a comment begins with ` ;`");
	return guard->events->reject(guard->events->context, &guard->line, &complaint);
}

/* 0 if inih will find KEY = VALUE in it. */
static int check_key(struct span text, struct complaint *ret_complaint)
{
	struct span before = span_up_to(text, comment_start(text));
	size_t equals = span_find(before, '='), colon = span_find(before, ':');
	struct span key = span_trim(span_up_to(before, equals < colon ? equals : colon));

	if (equals == before.length || colon < equals) {
		complain(ret_complaint, "no-equals-sign", text.start, "no `=` after the key");
		return suggest(ret_complaint, "a line is KEY = VALUE, [SECTION] or ; COMMENT");
	}
	if (!key.length)
		return complain(ret_complaint, "no-key", text.start, "no key before the `=`");
	if (key.length > KEY_BYTES_MAX)
		return complain(ret_complaint, "name-too-long", text.start,
		                "key of %zu bytes: at most %d", key.length, KEY_BYTES_MAX);
	return 0;
}

static int indented(struct span text, struct complaint *ret_complaint)
{
	complain(ret_complaint, "indented-line", text.start, "indented line");
	return suggest(ret_complaint,
	               "there are no continuation lines: begin it at the left margin");
}

/* True if inih shall see the line. All others are done with here. */
static bool inspect(struct guard *guard)
{
	struct span text = span_trim(guard->line.text);
	struct complaint complaint;
	int error = 0;

	if (guard->line.text.length > POLICY_LINE_BYTES_MAX)
		error = line_too_long(&guard->line, &complaint);
	if (!error)
		error = line_check(&guard->line, &complaint);
	if (!error && (!text.length || is_comment(text)))
		return false;
	if (!error && text.start != guard->line.text.start)
		error = indented(text, &complaint);
	if (text.length && text.start[0] == '[' && !error) {
		guard->error = read_header(guard, text);
		return false;
	}
	if (!error && !guard->muted)
		error = check_key(text, &complaint);
	if (error)
		guard->error =
		        guard->events->reject(guard->events->context, &guard->line, &complaint);
	/* A header that was rejected for its form still ends the section before it. */
	if (error && text.length && text.start[0] == '[')
		guard->muted = true;
	return !error && !guard->muted;
}

/* inih's fgets. The longest line that passes inspect() fits with its newline and NUL. */
static char *read_line(char *buffer, int size, void *context)
{
	struct guard *guard = context;
	size_t length = 0;

	if (guard->error || !next_line(&guard->rest, &guard->line))
		return NULL;
	if (inspect(guard))
		length = guard->line.text.length;
	if (guard->error)
		return NULL;
	if (size < 0 || length + 2 > (size_t)size) {
		guard->error = -EPROTO;
		return NULL;
	}
	memcpy(buffer, guard->line.text.start, length);
	memcpy(buffer + length, "\n", 2);
	return buffer;
}

/* inih's key and value live in its buffer; the spans announced point into the file's text. */
static int take_value(void *context, const char *section, const char *key, const char *value)
{
	struct guard *guard = context;
	struct span text = guard->line.text;
	size_t equals = span_find(text, '=');
	struct span before = span_trim(span_up_to(text, equals));
	struct span after = { text.start + text.length, 0 };

	(void)section; /* empty, always: headers never reach inih */
	if (guard->error)
		return 1;
	if (equals < text.length)
		after = span_from(text, equals + 1);
	while (after.length && is_blank(after.start[0]))
		after = span_from(after, 1);
	if (!span_is(before, key) || !span_begins(after, value)) {
		guard->error = -EPROTO;
		return 1;
	}
	after.length = strlen(value);
	guard->error = guard->events->value(guard->events->context, &guard->line, before, after);
	return 1;
}

int ini_read(const char *text, size_t length, const struct reader_events *events)
{
	struct guard guard = {
		.events = events,
		.rest = skip_byte_order_mark((struct span){ text, length }),
	};
	int result = ini_parse_stream(read_line, &guard, take_value, &guard);

	if (guard.error)
		return guard.error;
	return result ? -EPROTO : 0;
}
