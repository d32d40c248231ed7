/* SPDX-License-Identifier: BSD-2-Clause */
#include "output/json_text.h"

#include <errno.h>
#include <stdlib.h>

#include "output/json_pen.h"

/* The most that one step wants is made sure of, so that text is full a little early. */
static bool has_room(struct json_text *text, size_t most)
{
	if (text->capacity - text->length < most)
		text->full = true;
	return !text->full;
}

static void take(struct json_text *text, const char *end)
{
	text->length = (size_t)(end - text->bytes);
}

void json_text_number(struct json_text *text, uint64_t number)
{
	if (has_room(text, PEN_NUMBER_BYTES))
		take(text, pen_number(text->bytes + text->length, number));
}

void json_text_string(struct json_text *text, const char *bytes, size_t length)
{
	if (has_room(text, PEN_STRING_BYTES(length)))
		take(text, pen_string(text->bytes + text->length, bytes, length));
}

void json_text_time(struct json_text *text, struct time_cache *cache, uint64_t ns)
{
	if (has_room(text, PEN_TIME_BYTES))
		take(text, pen_time(text->bytes + text->length, cache, ns));
}

int json_text_duplicate(const char *string, char **ret_bytes, size_t *ret_length)
{
	size_t length = strlen(string);
	char *bytes = malloc(PEN_STRING_BYTES(length));

	if (!bytes)
		return -ENOMEM;
	*ret_length = (size_t)(pen_string(bytes, string, length) - bytes);
	*ret_bytes = bytes;
	return 0;
}
