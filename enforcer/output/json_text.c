/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Strings are copied by runs of harmless bytes, found through a table; only what is left is looked
 * at more closely.
 */
#include "output/json_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/text.h"

/* Longest form of one byte: \u00NN. */
#define ESCAPED_BYTES_MAX 6

void json_text_number(struct json_text *text, uint64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	json_text_put(text, digits + at, sizeof(digits) - at);
}

static bool is_harmless(unsigned char byte)
{
	return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

static void put_hex(struct json_text *text, const char *prefix, unsigned int value)
{
	static const char digits[] = "0123456789abcdef";
	char hex[2] = { digits[value >> 4 & 15], digits[value & 15] };

	json_text_put(text, prefix, strlen(prefix));
	json_text_put(text, hex, sizeof(hex));
}

/* Puts what is not harmless at `bytes`; the number of bytes it stands for. */
static size_t put_special(struct json_text *text, const char *bytes, size_t length)
{
	unsigned char byte = (unsigned char)*bytes;
	size_t sequence;

	if (byte == '"' || byte == '\\') {
		char escaped[2] = { '\\', (char)byte };

		json_text_put(text, escaped, sizeof(escaped));
		return 1;
	}
	if (byte < 0x20 || byte == 0x7f) {
		put_hex(text, "\\u00", byte);
		return 1;
	}
	sequence = utf8_sequence(bytes, length);
	if (!sequence) {
		put_hex(text, "\\\\x", byte);
		return 1;
	}
	if (sequence == 2 && byte == 0xc2 && (unsigned char)bytes[1] < 0xa0)
		put_hex(text, "\\u00", (unsigned char)bytes[1]);
	else
		json_text_put(text, bytes, sequence);
	return sequence;
}

void json_text_string(struct json_text *text, const char *bytes, size_t length)
{
	size_t at = 0;

	json_text_literal(text, "\"");
	while (at < length) {
		size_t start = at;

		while (at < length && is_harmless((unsigned char)bytes[at]))
			at++;
		json_text_put(text, bytes + start, at - start);
		if (at < length)
			at += put_special(text, bytes + at, length - at);
	}
	json_text_literal(text, "\"");
}

int json_text_duplicate(const char *string, char **ret_bytes, size_t *ret_length)
{
	size_t length = strlen(string);
	struct json_text text = { .capacity = length * ESCAPED_BYTES_MAX + 2 };

	text.bytes = malloc(text.capacity);
	if (!text.bytes)
		return -ENOMEM;
	json_text_string(&text, string, length);
	*ret_bytes = text.bytes;
	*ret_length = text.length;
	return 0;
}

static void look_up_second(struct time_cache *cache, uint64_t second)
{
	time_t when = (time_t)second;
	struct tm utc;

	/* Years beyond 9999 would not fit; no clock that is read here can give one. */
	if (!gmtime_r(&when, &utc) || !strftime(cache->date, sizeof(cache->date), "%FT%T", &utc))
		memcpy(cache->date, "1970-01-01T00:00:00", sizeof(cache->date));
	cache->second = second;
}

void json_text_time(struct json_text *text, struct time_cache *cache, uint64_t ns)
{
	uint64_t second = ns / 1000000000, fraction = ns % 1000000000;
	char tail[12] = { '.', [10] = 'Z', [11] = '"' };

	if (!*cache->date || second != cache->second)
		look_up_second(cache, second);
	for (int i = 9; i >= 1; i--) {
		tail[i] = (char)('0' + fraction % 10);
		fraction /= 10;
	}
	json_text_literal(text, "\"");
	json_text_put(text, cache->date, sizeof(cache->date) - 1);
	json_text_put(text, tail, sizeof(tail));
}
