/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Globs as text: what is refused and where, what the braces stand for, what is narrower.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/glob.h"
#include "scan_check.h"

static const struct {
	const char *text;
	int at;
	const char *message;
} refused[] = {
	/* at -1: not */
	{ "/etc/passwd", -1, NULL },
	{ "/", -1, NULL },
	{ "/**", -1, NULL },
	{ "/a/**/b*?[a-z]{c,d}\\*", -1, NULL },
	{ "{/bin,/usr/bin}/sh", -1, NULL },
	{ "/a{b,c{d,e}f}g", -1, NULL },
	{ "/[-a]", -1, NULL },
	{ "/[a-]", -1, NULL },
	{ "/[a-c_-]", -1, NULL },
	{ "/[+-9]", -1, NULL },
	{ "/[[]", -1, NULL },
	{ "/[\\]\\\\]", -1, NULL },
	{ "/[!^]", -1, NULL },
	{ "/a,b", -1, NULL },
	{ "/...", -1, NULL },
	{ "/.*", -1, NULL },
	{ "/..?", -1, NULL },
	{ "/\\ ", -1, NULL },
	{ "", 0, "pattern missing" },
	{ "etc", 0, "must begin" },
	{ "*", 0, "must begin" },
	{ "{/a,b}", 4, "must begin" },
	{ "@a", 0, "must begin" },
	{ "/[", 1, "`[` without" },
	{ "/[a", 1, "`[` without" },
	{ "/[a-", 1, "`[` without" },
	{ "/[!", 1, "`[` without" },
	{ "/[a\\]", 1, "`[` without" },
	{ "/[]", 2, "empty set" },
	{ "/[]a]", 2, "empty set" },
	{ "/[!]", 3, "empty set" },
	{ "/[^a]", 2, "`^` begins" },
	{ "/[a/b]", 3, "slash in a set" },
	{ "/[a\\/b]", 3, "slash in a set" },
	{ "/[/-9]", 2, "slash in a set" },
	{ "/[+-/]", 4, "slash in a set" },
	{ "/[[:alpha:]]", 2, "named class" },
	{ "/[z-a]", 2, "backwards" },
	{ "/[a-c-e]", 5, "after a range" },
	{ "/[a\\n]", 3, "letter or digit" },
	{ "/[!\1-\377]", 1, "matches nothing" },
	{ "/{a,b", 1, "`{` without" },
	{ "/{a,{b,c}", 1, "`{` without" },
	{ "/a}", 2, "`}` without" },
	{ "/a]", 2, "`]` without" },
	{ "/{,a}", 2, "empty" },
	{ "/{a,}", 4, "empty" },
	{ "/{a,,b}", 4, "empty" },
	{ "/{}", 2, "empty" },
	{ "/{a}", 1, "only one" },
	{ "/{a,{{b,c}}}", 4, "only one" },
	{ "/a\\", 2, "at the end" },
	{ "/{a\\", 3, "at the end" },
	{ "/\\n", 1, "letter or digit" },
	{ "/***", 1, "three stars" },
	{ "/a/", 2, "ends with a slash" },
	{ "/a//b", 3, "empty component" },
	{ "//", 1, "empty component" },
	{ "/./a", 1, "`.` or `..`" },
	{ "/a/..", 3, "`.` or `..`" },
	{ "/a{b,/}", 5, "ends with a slash" },
	{ "/a/{b,/c}", 6, "empty component" },
	{ "/{{{{{{{{a,b},b},b},b},b},b},b},b}", -1, NULL },
	{ "/{{{{{{{{{a,b},b},b},b},b},b},b},b},b}", 9, "too deep" },
	{ "/{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}", -1, NULL },
	{ "/{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}", 41, "too many" },
};

static void refused_with_the_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct span text = exact_span(refused[i].text);
		struct complaint complaint = { 0 };
		int error = glob_check(text, "/", &complaint);

		if (complaint_offset(error, text, &complaint) != refused[i].at)
			fail_msg("`%s`: at %d, %s", refused[i].text,
			         complaint_offset(error, text, &complaint), complaint.message);
		if (error && !strstr(complaint.message, refused[i].message))
			fail_msg("`%s`: %s", refused[i].text, complaint.message);
	}
}

static void an_abstract_socket_is_no_path(void **state)
{
	struct complaint complaint;

	(void)state;
	assert_int_equal(glob_check(span_of("@a//b/"), "/@", &complaint), 0);
	assert_int_equal(glob_check(span_of("/a*"), "/@", &complaint), 0);
	assert_int_equal(glob_check(span_of("/a//b"), "/@", &complaint), -EINVAL);
	assert_int_equal(glob_check(span_of("a"), "/@", &complaint), -EINVAL);
	assert_string_equal(complaint.message, "a pattern must begin with `/` or `@`");
}

static void hostile_lengths(void **state)
{
	char *text = malloc(GLOB_LENGTH_MAX + 1);
	struct complaint complaint;

	(void)state;
	assert_non_null(text);
	memset(text, 'a', GLOB_LENGTH_MAX + 1);
	text[0] = '/';
	assert_int_equal(glob_check((struct span){ text, GLOB_LENGTH_MAX }, "/", &complaint), 0);
	assert_int_equal(glob_check((struct span){ text, GLOB_LENGTH_MAX + 1 }, "/", &complaint),
	                 -EINVAL);
	assert_ptr_equal(complaint.at, text + GLOB_LENGTH_MAX);
	text[5] = '\0';
	assert_int_equal(glob_check((struct span){ text, 20 }, "/", &complaint), -EINVAL);
	assert_ptr_equal(complaint.at, text + 5);
	/* the most tokens: as many braces as there is room for, nearly all of them too many */
	for (size_t i = 1; i < GLOB_LENGTH_MAX; i++)
		text[i] = "{a,b}"[(i - 1) % 5];
	assert_int_equal(glob_check((struct span){ text, GLOB_LENGTH_MAX }, "/", &complaint),
	                 -EINVAL);
	assert_ptr_equal(complaint.at, text + 41);
	/* one pair of braces, full */
	text[1] = '{';
	for (size_t i = 2; i < 2 + 2 * 256; i += 2)
		memcpy(text + i, "a,", 2);
	text[1 + 2 * 256] = '}';
	assert_int_equal(glob_check((struct span){ text, 2 + 2 * 256 }, "/", &complaint), 0);
	memcpy(text + 1 + 2 * 256, ",b}", 3);
	assert_int_equal(glob_check((struct span){ text, 4 + 2 * 256 }, "/", &complaint), -EINVAL);
	assert_int_equal(glob_check((struct span){ text, 1 + 2 * 257 }, "/", &complaint), -EINVAL);
	free(text);
}

/* An alternative written again; kinds as the glob writes them, sets by where they stand. */
static void write_again(const struct glob *glob, unsigned number, char *buffer)
{
	struct glob_token elements[GLOB_LENGTH_MAX];
	unsigned count = glob_alternative(glob, number, elements);

	for (unsigned i = 0; i < count; i++) {
		switch ((enum glob_kind)elements[i].kind) {
		case GLOB_BYTE:
			*buffer++ = (char)elements[i].byte;
			break;
		case GLOB_ANY:
			*buffer++ = '?';
			break;
		case GLOB_SET:
			*buffer++ = '[';
			break;
		case GLOB_RUN:
			*buffer++ = '*';
			break;
		case GLOB_DEEP_RUN:
			*buffer++ = '+';
			break;
		case GLOB_OPEN:
		case GLOB_BRANCH:
		case GLOB_CLOSE:
			fail();
		}
	}
	*buffer = '\0';
}

static void braces_stand_for_patterns(void **state)
{
	static const struct {
		const char *text, *alternatives[8];
	} cases[] = {
		{ "/a", { "/a" } },
		{ "/\\{a\\,\\*\\}", { "/{a,*}" } },
		{ "/{a,b}c", { "/ac", "/bc" } },
		{ "/{a,b}{c,d}", { "/ac", "/bc", "/ad", "/bd" } },
		{ "/{a,b{c,d}e}f", { "/af", "/bcef", "/bdef" } },
		{ "/{{a,b},c}", { "/a", "/b", "/c" } },
		{ "/{{a,b}{c,d},e}{f,g}",
		  { "/acf", "/bcf", "/adf", "/bdf", "/ef", "/acg", "/bcg", "/adg" } },
		{ "{/*,/?}/**", { "/*/+", "/?/+" } },
		{ "/{[,],[}]}", { "/[", "/[" } },
		{ "/{*,a}*", { "/**", "/a*" } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct complaint complaint;
		struct glob glob;
		char again[64];

		assert_int_equal(glob_scan(span_of(cases[i].text), "/", &glob, &complaint), 0);
		for (unsigned j = 0; j < 8 && cases[i].alternatives[j]; j++) {
			assert_true(j < glob.alternatives);
			write_again(&glob, j, again);
			assert_string_equal(again, cases[i].alternatives[j]);
		}
		if (!cases[i].alternatives[7])
			assert_null(cases[i].alternatives[glob.alternatives]);
	}
}

static void sets_hold_their_bytes(void **state)
{
	static const struct {
		const char *text, *bytes;
		bool none_of;
	} cases[] = {
		{ "[abc]", "abc", false }, { "[a-d]", "abcd", false },
		{ "[-a]", "-a", false },   { "[a-]", "-a", false },
		{ "[--.]", "-.", false },  { "[.-0]", ".0", false },
		{ "[!a-c]", "abc", true }, { "[!!]", "!", true },
		{ "[a!]", "!a", false },   { "[\\]\\-x]", "]-x", false },
		{ "[\\!a]", "!a", false }, { "[\377]", "\377", false },
		{ "[{,}]", "{,}", false }, { "[*?]", "*?", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct complaint complaint;
		struct byte_set set;
		struct glob glob;
		char text[32] = "/";

		strncat(text, cases[i].text, sizeof(text) - 2);
		assert_int_equal(glob_scan(span_of(text), "/", &glob, &complaint), 0);
		assert_int_equal(glob.count, 2);
		set = glob_set(&glob, &glob.tokens[1]);
		for (unsigned byte = 0; byte < 256; byte++) {
			bool expected = !!memchr(cases[i].bytes, (int)byte, strlen(cases[i].bytes));

			expected = byte && byte != '/' && expected != cases[i].none_of;
			assert_int_equal(byte_set_has(&set, byte), expected);
		}
	}
}

static uint32_t narrowness(const char *text)
{
	struct glob_token elements[GLOB_LENGTH_MAX];
	struct complaint complaint;
	struct glob glob;

	assert_int_equal(glob_scan(span_of(text), "/", &glob, &complaint), 0);
	return glob_narrowness(elements, glob_alternative(&glob, 0, elements));
}

static void narrower_patterns(void **state)
{
	/* each narrower than the next; those that begin with = as narrow as the one before */
	static const char *const order[] = {
		"/etc/passwd",  "/etc/p*swd",  "=/etc/p?swd", "=/etc/p[a]swd",
		"=/etc/p*s*wd", "/etc/p**swd", "/etc/p*s",    "/etc/*swd",
		"/etc/*/**",    "/etc/*",      "=/etc/?",     "/etc/**",
		"/e*/aaaaaa",   "/**/aaaaaa",  "/*",          "/**",
	};
	uint32_t before = UINT32_MAX;

	(void)state;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		const char *text = order[i] + (order[i][0] == '=');

		if (text == order[i] ? narrowness(text) >= before : narrowness(text) != before)
			fail_msg("%s", text);
		before = narrowness(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused_with_the_place),
		cmocka_unit_test(an_abstract_socket_is_no_path),
		cmocka_unit_test(hostile_lengths),
		cmocka_unit_test(braces_stand_for_patterns),
		cmocka_unit_test(sets_hold_their_bytes),
		cmocka_unit_test(narrower_patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
