/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON text into memory that the caller owns: the way of the audit log's hot path, where a stream
 * (json_write.h) would cost several times the record. Nothing is allocated; what does not fit sets
 * `full`, and then the text is not to be used.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct json_text {
	char *bytes;
	size_t length, capacity;
	bool full;
};

/* A value that is JSON already, quotes included, copied as it is. Never NULL: `null` is text too.
 */
struct json_piece {
	const char *bytes;
	size_t length;
};

#define JSON_NULL                            \
	(struct json_piece)                  \
	{                                    \
		.bytes = "null", .length = 4 \
	}

static inline void json_text_put(struct json_text *text, const char *bytes, size_t length)
{
	if (text->capacity - text->length < length) {
		text->full = true;
		return;
	}
	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
}

#define json_text_literal(text, literal) json_text_put((text), "" literal, sizeof(literal) - 1)

static inline void json_text_piece(struct json_text *text, struct json_piece piece)
{
	json_text_put(text, piece.bytes, piece.length);
}

void json_text_number(struct json_text *text, uint64_t number);

/*
 * `length` bytes as a JSON string. What is not valid UTF-8 stands as the four characters \xNN, so
 * that the bytes can still be told; control characters, C1 ones and DEL too, are escaped as \uNNNN:
 * a terminal obeys them.
 */
void json_text_string(struct json_text *text, const char *bytes, size_t length);

/* As above into malloc'ed memory, which *ret_bytes then owns. 0 or -ENOMEM. */
int json_text_duplicate(const char *string, char **ret_bytes, size_t *ret_length);

/* `ns` since 1970 as "2026-11-23T16:58:00.123456789Z", quotes included. The calendar is asked once
 * a second; the cache starts zeroed. */
struct time_cache {
	uint64_t second;
	char date[20]; /* "2026-11-23T16:58:00", empty at first */
};

void json_text_time(struct json_text *text, struct time_cache *cache, uint64_t ns);
