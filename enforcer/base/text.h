/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pieces of text that are not owned and not terminated, complaints about them, and tables of names
 * with the nearest of them for "did you mean".
 */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A stretch of somebody else's text. */
struct span {
	const char *start;
	size_t length;
};

static inline struct span span_of(const char *text)
{
	return (struct span){ text, strlen(text) };
}

static inline struct span span_from(struct span span, size_t offset)
{
	return (struct span){ span.start + offset, span.length - offset };
}

static inline struct span span_up_to(struct span span, size_t length)
{
	return (struct span){ span.start, length };
}

static inline bool is_blank(char character)
{
	return character == ' ' || character == '\t';
}

static inline bool is_digit(char character)
{
	return character >= '0' && character <= '9';
}

bool span_is(struct span span, const char *text);
bool span_begins(struct span span, const char *text);
bool span_has(struct span span, char character);
size_t span_find(struct span span, char character); /* span.length if it is not there */
struct span span_trim(struct span span);

/* Cuts the next word (what stands between blanks) off the front of *rest. At the end the word is
 * empty and begins where the text ends. */
struct span span_word(struct span *rest);

/* What to give to "%.*s": long words are cut, they are hostile and messages have an end. */
#define WORD_SHOWN_MAX 48
#define WORD(span) \
	(int)((span).length < WORD_SHOWN_MAX ? (span).length : WORD_SHOWN_MAX), (span).start

/* Bytes of the valid UTF-8 sequence at `text`; 0 if there is none. Control characters beyond ASCII
 * and those that reorder what is shown are valid here; see is_deceptive(). */
size_t utf8_sequence(const char *text, size_t length);

/* True for a UTF-8 sequence that would let a line look like what it is not: C1 controls, what has
 * no width (U+200B, U+2060-2064, U+FEFF), line and paragraph separators, and the bidirectional
 * embeddings, overrides and isolates (U+202A-202E, U+2066-2069). Joiners and marks that written
 * languages need are none of these. */
bool is_deceptive(const char *sequence, size_t length);

/* What is wrong with a piece of text, and where. */
struct complaint {
	const char *code; /* static, for struct finding */
	const char *at;   /* into the text complained about */
	char message[160];
	char hint[160]; /* empty: none */
};

/* Both return -EINVAL, so that a scanner can end with them. The second adds a hint to the first. */
int complain(struct complaint *complaint, const char *code, const char *at, const char *format, ...)
        __attribute__((format(printf, 4, 5)));
int suggest(struct complaint *complaint, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

struct name {
	const char *name;
	uint32_t number;
};

struct name_table {
	const struct name *names;
	size_t count;
};

#define NAME_TABLE_INIT(array)                              \
	{                                                   \
		(array), sizeof(array) / sizeof((array)[0]) \
	}
#define NAME_TABLE(array) ((struct name_table)NAME_TABLE_INIT(array))

/* NULL if there is none. */
const struct name *name_find(struct name_table table, struct span word);

/* The name that a slip of the keys would have turned into `word`, or NULL. Case does not count. */
const char *name_nearest(struct name_table table, struct span word);

/* Single changes, swaps included, that turn `word` into `name`; SIZE_MAX if so many that nobody
 * would call them near. */
size_t name_distance(struct span word, const char *name);
