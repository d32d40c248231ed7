/* SPDX-License-Identifier: BSD-2-Clause */
#include "glob_oracle.h"

#include <stdlib.h>
#include <string.h>

#define SYMBOLS_MAX 256

/* A pattern as symbols: a byte below 256, or one of these. A set stands as SET and its offset in
 * the text. */
enum {
	ONE = 256,
	RUN,
	DEEP,
	OPEN,
	COMMA,
	CLOSE,
	END,
	SET = 1024,
};

/* The offset behind the set that begins at text[at]; *ret_has tells whether it has `byte`. */
static size_t read_set(const char *text, size_t at, unsigned char byte, bool *ret_has)
{
	bool none_of = text[at + 1] == '!', has = false;

	at += none_of ? 2 : 1;
	while (text[at] != ']') {
		unsigned char first, last;

		at += text[at] == '\\';
		first = last = (unsigned char)text[at++];
		if (text[at] == '-' && text[at + 1] != ']') {
			at++;
			at += text[at] == '\\';
			last = (unsigned char)text[at++];
		}
		has |= byte >= first && byte <= last;
	}
	*ret_has = byte && byte != '/' && has != none_of;
	return at + 1;
}

static void read_symbols(const char *text, int *symbols)
{
	int depth = 0;

	for (size_t at = 0; text[at];) {
		bool ignored;

		if (text[at] == '\\') {
			*symbols++ = (unsigned char)text[at + 1];
			at += 2;
		} else if (text[at] == '[') {
			*symbols++ = SET + (int)at;
			at = read_set(text, at, 1, &ignored);
		} else if (text[at] == '*') {
			*symbols++ = text[at + 1] == '*' ? DEEP : RUN;
			at += text[at + 1] == '*' ? 2 : 1;
		} else if (text[at] == ',' && depth) {
			*symbols++ = COMMA;
			at++;
		} else if (text[at] == '{' || text[at] == '}') {
			depth += text[at] == '{' ? 1 : -1;
			*symbols++ = text[at++] == '{' ? OPEN : CLOSE;
		} else {
			*symbols++ = text[at] == '?' ? ONE : (unsigned char)text[at];
			at++;
		}
	}
	*symbols = END;
}

/* ---- braces multiplied out --------------------------------------------------------------- */

typedef void (*each_pattern)(const int *symbols, void *context);

/* Copies symbols up to END; returns where to go on. */
static int *copy(int *to, const int *from, const int *end)
{
	while (from < end)
		*to++ = *from++;
	return to;
}

static void multiply_out(const int *symbols, each_pattern each, void *context)
{
	const int *open = symbols, *at, *begin, *end;
	int depth = 0;

	while (*open != OPEN && *open != END)
		open++;
	if (*open == END) {
		each(symbols, context);
		return;
	}
	for (end = open;; end++) {
		depth += *end == OPEN ? 1 : *end == CLOSE ? -1 : 0;
		if (!depth)
			break;
	}
	depth = 0;
	begin = open + 1;
	for (at = begin; at <= end; at++) {
		if ((*at == COMMA && !depth) || at == end) {
			int pattern[SYMBOLS_MAX], *to = copy(pattern, symbols, open);
			const int *rest = end + 1;

			to = copy(to, begin, at);
			while (*rest != END)
				*to++ = *rest++;
			*to = END;
			multiply_out(pattern, each, context);
			begin = at + 1;
		}
		depth += *at == OPEN ? 1 : *at == CLOSE ? -1 : 0;
	}
}

/* ---- one pattern ------------------------------------------------------------------------- */

struct attempt {
	const char *text, *string;
	const int *pattern;
	struct oracle_match best;
};

static bool matches(const struct attempt *attempt, const int *symbol, const char *string)
{
	bool has;

	switch (*symbol) {
	case END:
		return !*string;
	case ONE:
		return *string && *string != '/' && matches(attempt, symbol + 1, string + 1);
	case RUN:
		return matches(attempt, symbol + 1, string) ||
		       (*string && *string != '/' && matches(attempt, symbol, string + 1));
	case DEEP:
		/* no component at all, where it stands for whole components */
		if (symbol > attempt->pattern && symbol[-1] == '/' && symbol[1] == '/' &&
		    string[-1] == '/' && matches(attempt, symbol + 2, string))
			return true;
		for (;; string++) {
			if (matches(attempt, symbol + 1, string))
				return true;
			if (!*string)
				return false;
		}
	default:
		if (!*string)
			return false;
		if (*symbol < SET)
			return *symbol == (unsigned char)*string &&
			       matches(attempt, symbol + 1, string + 1);
		read_set(attempt->text, (size_t)(*symbol - SET), (unsigned char)*string, &has);
		return has && matches(attempt, symbol + 1, string + 1);
	}
}

static bool is_narrower(const struct oracle_match *a, const struct oracle_match *b)
{
	if (!b->matches)
		return true;
	if (a->literals_before != b->literals_before)
		return a->literals_before > b->literals_before;
	if (a->literals != b->literals)
		return a->literals > b->literals;
	return !a->deep && b->deep;
}

static void try_pattern(const int *symbols, void *context)
{
	struct attempt *attempt = context;
	struct oracle_match match = { .matches = true };
	bool wild = false;

	attempt->pattern = symbols;
	if (!matches(attempt, symbols, attempt->string))
		return;
	for (; *symbols != END; symbols++) {
		wild |= *symbols >= 256;
		match.deep |= *symbols == DEEP;
		match.literals += *symbols < 256;
		match.literals_before += !wild;
	}
	if (is_narrower(&match, &attempt->best))
		attempt->best = match;
}

struct oracle_match oracle_match(const char *glob, const char *string)
{
	struct attempt attempt = { .text = glob, .string = string };
	int symbols[SYMBOLS_MAX];

	read_symbols(glob, symbols);
	multiply_out(symbols, try_pattern, &attempt);
	return attempt.best;
}

/* ---- a string for a pattern -------------------------------------------------------------- */

struct instance {
	const char *text;
	unsigned (*choose)(void *context, unsigned bound);
	void *context;
	unsigned seen; /* patterns */
	char *string;
	bool fits;
};

static int byte_for(const struct instance *instance, int symbol)
{
	static const char any[] = "abcx.-/";
	bool has;

	if (symbol < 256)
		return symbol;
	if (symbol < SET)
		return any[instance->choose(instance->context, sizeof(any) - 1 - (symbol != DEEP))];
	for (unsigned tries = 0; tries < 64; tries++) {
		unsigned byte = instance->choose(instance->context, 256);

		read_set(instance->text, (size_t)(symbol - SET), (unsigned char)byte, &has);
		if (has)
			return (int)byte;
	}
	return 'a';
}

/* Of all patterns that braces stand for, each is as likely. */
static void make_instance(const int *symbols, void *context)
{
	struct instance *instance = context;
	size_t length = 0;

	if (instance->choose(instance->context, ++instance->seen))
		return;
	for (; *symbols != END; symbols++) {
		unsigned count = 1;

		if (*symbols == RUN || *symbols == DEEP)
			count = instance->choose(instance->context, 4);
		while (count-- && length < 255)
			instance->string[length++] = (char)byte_for(instance, *symbols);
	}
	instance->string[length] = '\0';
	instance->fits = length < 255;
}

bool oracle_instance(const char *glob, unsigned (*choose)(void *context, unsigned bound),
                     void *context, char instance[256])
{
	struct instance making = {
		.text = glob, .choose = choose, .context = context, .string = instance
	};
	int symbols[SYMBOLS_MAX];

	read_symbols(glob, symbols);
	multiply_out(symbols, make_instance, &making);
	return making.fits;
}
