/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON text where the room has been made sure of before: the way of a flood's lines.
 *
 * The hard idea: a pen is a bare pointer that each step takes and gives back. It stays in a
 * register, while a structure in memory (json_text.h) would be read and written again with each of
 * a line's eighty pieces, which costs more than copying them.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "output/json_text.h"

/* The most that each takes. */
#define PEN_NUMBER_BYTES         20
#define PEN_TIME_BYTES           32
#define PEN_STRING_BYTES(length) (6 * (length) + 2)

static inline char *pen_put(char *pen, const char *bytes, size_t length)
{
	memcpy(pen, bytes, length);
	return pen + length;
}

#define pen_literal(pen, literal) pen_put((pen), "" literal, sizeof(literal) - 1)

static inline char *pen_piece(char *pen, struct json_piece piece)
{
	return pen_put(pen, piece.bytes, piece.length);
}

static inline char *pen_text(char *pen, const char *string)
{
	return pen_put(pen, string, strlen(string));
}

char *pen_number(char *pen, uint64_t number);
/* As json_text_string() and json_text_time() have it. */
char *pen_string(char *pen, const char *bytes, size_t length);
char *pen_escaped(char *pen, const char *bytes, size_t length); /* the same without the quotes */
char *pen_time(char *pen, struct time_cache *cache, uint64_t ns);
