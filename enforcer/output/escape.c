/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UTF-8, checked strictly: no overlong forms, no surrogates, nothing above U+10FFFF. A terminal
 * takes C1 controls (U+0080 to U+009F) for escape sequences, so they do not pass either.
 */
#include "output/escape.h"

#include <stdbool.h>
#include <stdint.h>

static bool is_tail(unsigned char byte)
{
	return (byte & 0xc0) == 0x80;
}

/* The bounds of the second byte shut out overlong forms, surrogates and what is too large. */
static bool second_is_good(unsigned char first, unsigned char second)
{
	unsigned char least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	unsigned char most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;

	return second >= least && second <= most;
}

size_t utf8_length(const char *text)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t length;

	if (bytes[0] < 0x80)
		return bytes[0] ? 1 : 0;
	if (bytes[0] < 0xc2 || bytes[0] > 0xf4)
		return 0;
	length = bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
	if (!second_is_good(bytes[0], bytes[1]))
		return 0;
	for (size_t i = 2; i < length; i++) {
		if (!is_tail(bytes[i]))
			return 0;
	}
	return length;
}

static bool is_control(const char *text, size_t length)
{
	unsigned char first = (unsigned char)text[0];

	if (length == 1)
		return first < 0x20 || first == 0x7f;
	return length == 2 && first == 0xc2 && (unsigned char)text[1] < 0xa0;
}

void escape_write(FILE *out, const char *text)
{
	while (*text) {
		size_t length = utf8_length(text);

		if (length && !is_control(text, length)) {
			fwrite(text, 1, length, out);
			text += length;
			continue;
		}
		fprintf(out, "\\x%02x", (unsigned char)*text);
		text++;
	}
}
