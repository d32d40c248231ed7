/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Globs as text: what is one, where it is wrong, and the plain patterns it stands for.
 *
 *   *       any run of bytes but `/`, also none; a leading dot is a byte like any other
 *   **      any run of bytes, also none. Alone between two slashes it stands for any number of
 *           components, also none: /a/<two stars>/b is a/b as well as a/x/y/b
 *   ?       one byte but `/`
 *   [a-z_]  one of these; [!a-z] one that is none of these; never `/`
 *   {a,b}   one of these, which may hold any of the above
 *   \       the next byte as it is
 *
 * A pattern matches the whole of a string, byte by byte. /dir/<two stars> is everything below /dir,
 * not /dir itself.
 *
 * The hard idea: {a,b} is nothing but a way to write several patterns. Each alternative is a
 * pattern of its own, with a narrowness of its own, and what compiles patterns knows no braces. An
 * alternative is chosen by number, without making the text of it.
 *
 * Allocates nothing. How patterns are matched is for compile/automaton.h.
 */
#pragma once

#include "base/text.h"

#define GLOB_LENGTH_MAX       4095U /* bytes of the text, as of a path */
#define GLOB_ALTERNATIVES_MAX 256U
#define GLOB_NESTING_MAX      8U

enum glob_kind {
	GLOB_BYTE,
	GLOB_ANY,      /* ? */
	GLOB_SET,      /* [] */
	GLOB_RUN,      /* one star */
	GLOB_DEEP_RUN, /* two stars */
	/* of braces; never in an alternative */
	GLOB_OPEN,
	GLOB_BRANCH,
	GLOB_CLOSE,
};

struct glob_token {
	uint8_t kind; /* enum glob_kind */
	uint8_t byte; /* GLOB_BYTE */
	uint16_t at;  /* where it stands in the text */
	/* GLOB_OPEN: the CLOSE. GLOB_BRANCH: the next BRANCH, or the CLOSE. */
	uint16_t next;
	uint16_t ways; /* alternatives of the braces, of the branch */
};

/* "{a,b}" has six tokens, everything else no more than bytes. */
#define GLOB_TOKENS_MAX (GLOB_LENGTH_MAX / 5 * 6 + 5)

struct glob {
	struct span text; /* not owned */
	unsigned alternatives;
	unsigned count;
	struct glob_token tokens[GLOB_TOKENS_MAX];
};

struct byte_set {
	uint64_t words[4];
};

static inline bool byte_set_has(const struct byte_set *set, unsigned byte)
{
	return set->words[byte / 64] >> byte % 64 & 1;
}

/*
 * Reads a glob. `starts` are the bytes with one of which every alternative must begin: "/", "/@".
 * An alternative that begins with `/` is a path: empty, `.` and `..` components and a slash at the
 * end are complaints, since no path in a question has them. 0 or -EINVAL.
 */
int glob_scan(struct span text, const char *starts, struct glob *ret_glob,
              struct complaint *ret_complaint);

/* The same for who wants the complaint alone. */
int glob_check(struct span text, const char *starts, struct complaint *ret_complaint);

/* Alternative `number`, below glob->alternatives: fills `elements`, which has room for
 * GLOB_LENGTH_MAX, and returns how many there are; never 0. */
unsigned glob_alternative(const struct glob *glob, unsigned number, struct glob_token *elements);

/* The bytes of a GLOB_SET. */
struct byte_set glob_set(const struct glob *glob, const struct glob_token *token);

/* The language's order: more literal bytes before the first wildcard, then more of them in all,
 * then no two stars. Higher is narrower; below 2^25. */
uint32_t glob_narrowness(const struct glob_token *elements, unsigned count);
