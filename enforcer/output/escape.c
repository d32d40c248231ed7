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

void escape_write(FILE *out, const char *text)
{
	size_t left = strlen(text);

	while (left) {
		size_t length = utf8_sequence(text, left);
		bool plain = is_plain(text, length);

		if (!length)
			length = 1;
		if (plain)
			fwrite(text, 1, length, out);
		for (size_t i = 0; i < length && !plain; i++)
			fprintf(out, "\\x%02x", (unsigned char)text[i]);
		text += length;
		left -= length;
	}
}
