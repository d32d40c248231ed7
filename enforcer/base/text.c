/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spans, UTF-8, complaints and near names. Nothing here allocates, and nothing here reads beyond
 * the end of a span: the texts come from policies and command lines.
 */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

bool span_is(struct span span, const char *text)
{
	return strlen(text) == span.length && !memcmp(span.start, text, span.length);
}

bool span_begins(struct span span, const char *text)
{
	size_t length = strlen(text);

	return span.length >= length && !memcmp(span.start, text, length);
}

size_t span_find(struct span span, char character)
{
	const char *found = span.length ? memchr(span.start, character, span.length) : NULL;

	return found ? (size_t)(found - span.start) : span.length;
}

bool span_has(struct span span, char character)
{
	return span_find(span, character) < span.length;
}

struct span span_trim(struct span span)
{
	while (span.length && is_blank(span.start[0]))
		span = span_from(span, 1);
	while (span.length && is_blank(span.start[span.length - 1]))
		span.length--;
	return span;
}

struct span span_word(struct span *rest)
{
	struct span word;
	size_t length = 0;

	while (rest->length && is_blank(rest->start[0]))
		*rest = span_from(*rest, 1);
	while (length < rest->length && !is_blank(rest->start[length]))
		length++;
	word = span_up_to(*rest, length);
	*rest = span_from(*rest, length);
	return word;
}

/* RFC 3629, with its limits on the second byte: no overlong forms, no surrogates, no more than
 * U+10FFFF. */
size_t utf8_sequence(const char *text, size_t length)
{
	const unsigned char *bytes = (const unsigned char *)text;
	unsigned char low = 0x80, high = 0xbf;
	size_t wanted;

	if (!length)
		return 0;
	if (bytes[0] < 0x80)
		return 1;
	if (bytes[0] >= 0xc2 && bytes[0] <= 0xdf)
		wanted = 2;
	else if (bytes[0] >= 0xe0 && bytes[0] <= 0xef)
		wanted = 3;
	else if (bytes[0] >= 0xf0 && bytes[0] <= 0xf4)
		wanted = 4;
	else
		return 0;
	if (bytes[0] == 0xe0)
		low = 0xa0;
	else if (bytes[0] == 0xed)
		high = 0x9f;
	else if (bytes[0] == 0xf0)
		low = 0x90;
	else if (bytes[0] == 0xf4)
		high = 0x8f;
	if (length < wanted || bytes[1] < low || bytes[1] > high)
		return 0;
	for (size_t i = 2; i < wanted; i++)
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	return wanted;
}

bool is_deceptive(const char *sequence, size_t length)
{
	const unsigned char *bytes = (const unsigned char *)sequence;

	if (length == 2)
		return bytes[0] == 0xc2 && bytes[1] < 0xa0;
	if (length != 3)
		return false;
	if (bytes[0] == 0xef)
		return bytes[1] == 0xbb && bytes[2] == 0xbf;
	if (bytes[0] != 0xe2)
		return false;
	if (bytes[1] == 0x80)
		return bytes[2] == 0x8b || (bytes[2] >= 0xa8 && bytes[2] <= 0xae);
	return bytes[1] == 0x81 && bytes[2] >= 0xa0 && bytes[2] <= 0xa9;
}

int complain(struct complaint *complaint, const char *code, const char *at, const char *format, ...)
{
	va_list arguments;

	complaint->code = code;
	complaint->at = at;
	complaint->hint[0] = '\0';
	va_start(arguments, format);
	vsnprintf(complaint->message, sizeof(complaint->message), format, arguments);
	va_end(arguments);
	return -EINVAL;
}

int suggest(struct complaint *complaint, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(complaint->hint, sizeof(complaint->hint), format, arguments);
	va_end(arguments);
	return -EINVAL;
}

const struct name *name_find(struct name_table table, struct span word)
{
	for (size_t i = 0; i < table.count; i++)
		if (span_is(word, table.names[i].name))
			return &table.names[i];
	return NULL;
}

#define NEAR_LENGTH_MAX 31

static char lower(char character)
{
	return character >= 'A' && character <= 'Z' ? (char)(character - 'A' + 'a') : character;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Edit distance with swaps of neighbours, three rows at a time; `row[0]` is the latest. */
static size_t edits(struct span word, struct span name)
{
	size_t rows[3][NEAR_LENGTH_MAX + 1] = { 0 };
	size_t *row = rows[0], *above = rows[1], *above2 = rows[2];

	for (size_t j = 0; j <= name.length; j++)
		row[j] = j;
	for (size_t i = 1; i <= word.length; i++) {
		size_t *spare = above2;

		above2 = above;
		above = row;
		row = spare;
		row[0] = i;
		for (size_t j = 1; j <= name.length; j++) {
			char a = lower(word.start[i - 1]), b = lower(name.start[j - 1]);

			row[j] = least(above[j - 1] + (a != b), least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a == lower(name.start[j - 2]) &&
			    b == lower(word.start[i - 2]))
				row[j] = least(row[j], above2[j - 2] + 1);
		}
	}
	return row[name.length];
}

/* A third of the letters may be wrong; of a word of two, one. */
size_t name_distance(struct span word, const char *name)
{
	struct span right = span_of(name);
	size_t longer = word.length > right.length ? word.length : right.length;
	size_t distance;

	if (!word.length || longer > NEAR_LENGTH_MAX)
		return SIZE_MAX;
	distance = edits(word, right);
	return distance <= (longer + 1) / 3 && distance < longer ? distance : SIZE_MAX;
}

const char *name_nearest(struct name_table table, struct span word)
{
	size_t nearest = SIZE_MAX;
	const char *found = NULL;

	for (size_t i = 0; i < table.count; i++) {
		size_t distance = name_distance(word, table.names[i].name);

		if (distance < nearest) {
			nearest = distance;
			found = table.names[i].name;
		}
	}
	return found;
}
