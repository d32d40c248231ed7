/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Escaping for terminals. What is valid and what deceives is decided in base/text.h, for
 * diagnostics and for this alike.
 */
#include "output/escape.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

static bool is_plain(const char *sequence, size_t length)
{
	unsigned char first = (unsigned char)sequence[0];

	if (length == 1)
		return first >= 0x20 && first != 0x7f;
	return length > 1 && !is_deceptive(sequence, length);
}

/* Bytes at the start of `text` that need nothing done to them. */
static size_t plain_run(const char *text, size_t left)
{
	size_t run = 0;

	while (run < left) {
		unsigned char byte = (unsigned char)text[run];
		size_t length = 1;

		if (byte < 0x20 || byte >= 0x7f) {
			length = utf8_sequence(text + run, left - run);
			if (!is_plain(text + run, length))
				break;
		}
		run += length;
	}
	return run;
}

void escape_write(FILE *out, const char *text)
{
	size_t left = strlen(text);

	while (left) {
		size_t run = plain_run(text, left);

		fwrite(text, 1, run, out);
		text += run;
		left -= run;
		if (left) {
			fprintf(out, "\\x%02x", (unsigned char)*text);
			text++;
			left--;
		}
	}
}
