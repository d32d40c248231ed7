/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers are written two digits at a time; strings are copied by runs of harmless bytes, and only
 * what is left is looked at more closely.
 */
#include "output/json_pen.h"

#include <stdbool.h>
#include <time.h>

#include "base/text.h"

static const char digit_pairs[] = "00010203040506070809101112131415161718192021222324"
                                  "25262728293031323334353637383940414243444546474849"
                                  "50515253545556575859606162636465666768697071727374"
                                  "75767778798081828384858687888990919293949596979899";

static unsigned int count_digits(uint64_t number)
{
	unsigned int count = 1;

	for (; number >= 10000; number /= 10000)
		count += 4;
	return count + (number >= 10) + (number >= 100) + (number >= 1000);
}

char *pen_number(char *pen, uint64_t number)
{
	char *end = pen + count_digits(number), *at = end;

	for (; number >= 100; number /= 100)
		memcpy(at -= 2, digit_pairs + 2 * (number % 100), 2);
	if (number >= 10)
		memcpy(at - 2, digit_pairs + 2 * number, 2);
	else
		at[-1] = (char)('0' + number);
	return end;
}

static bool is_harmless(unsigned char byte)
{
	return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

static char *put_hex(char *pen, const char *prefix, unsigned int value)
{
	static const char digits[] = "0123456789abcdef";

	pen = pen_text(pen, prefix);
	*pen++ = digits[value >> 4 & 15];
	*pen++ = digits[value & 15];
	return pen;
}

/* What is not harmless at `bytes`; *ret_taken is the number of bytes it stands for. */
static char *put_special(char *pen, const char *bytes, size_t length, size_t *ret_taken)
{
	unsigned char byte = (unsigned char)*bytes;
	size_t sequence;

	*ret_taken = 1;
	if (byte == '"' || byte == '\\') {
		*pen++ = '\\';
		*pen++ = (char)byte;
		return pen;
	}
	/* \u0000 is valid JSON that many readers take for the end. */
	if (!byte)
		return put_hex(pen, "\\\\x", byte);
	if (byte < 0x20 || byte == 0x7f)
		return put_hex(pen, "\\u00", byte);
	sequence = utf8_sequence(bytes, length);
	if (!sequence)
		return put_hex(pen, "\\\\x", byte);
	*ret_taken = sequence;
	if (sequence == 2 && byte == 0xc2 && (unsigned char)bytes[1] < 0xa0)
		return put_hex(pen, "\\u00", (unsigned char)bytes[1]);
	return pen_put(pen, bytes, sequence);
}

char *pen_escaped(char *pen, const char *bytes, size_t length)
{
	size_t at = 0;

	while (at < length) {
		size_t taken;

		while (at < length && is_harmless((unsigned char)bytes[at]))
			*pen++ = bytes[at++];
		if (at == length)
			break;
		pen = put_special(pen, bytes + at, length - at, &taken);
		at += taken;
	}
	return pen;
}

char *pen_string(char *pen, const char *bytes, size_t length)
{
	*pen++ = '"';
	pen = pen_escaped(pen, bytes, length);
	*pen++ = '"';
	return pen;
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

char *pen_time(char *pen, struct time_cache *cache, uint64_t ns)
{
	uint64_t second = ns / 1000000000;
	uint32_t fraction = (uint32_t)(ns % 1000000000);
	char tail[12] = { '.', [10] = 'Z', [11] = '"' };

	if (!*cache->date || second != cache->second)
		look_up_second(cache, second);
	for (int i = 8; i >= 2; i -= 2) {
		memcpy(tail + i, digit_pairs + 2 * (fraction % 100), 2);
		fraction /= 100;
	}
	tail[1] = (char)('0' + fraction);
	*pen++ = '"';
	pen = pen_put(pen, cache->date, sizeof(cache->date) - 1);
	return pen_put(pen, tail, sizeof(tail));
}
