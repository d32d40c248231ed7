/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Globs compiled: what matches, who decides, how small the automaton is, and where it ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "automaton_check.h"

#define EFFORT (1U << 23)

static bool matches(const char *glob, const char *string)
{
	struct glob_rule rule = { glob, VERDICT_ALLOW, 0 };
	struct compiled compiled;
	struct decided decided;

	assert_int_equal(compile_globs(&compiled, &rule, 1, NULL, 1, VERDICT_DENY, EFFORT), 0);
	if (automaton_fault(&compiled))
		fail_msg("%s: %s", glob, automaton_fault(&compiled));
	decided = ask_automaton(&compiled, string, 0);
	assert_int_equal(decided.verdict == VERDICT_ALLOW, decided.rule == 0);
	compiled_fini(&compiled);
	return decided.rule == 0;
}

static const struct {
	const char *glob, *yes[6], *no[8];
} matched[] = {
	{ "/etc/passwd",
	  { "/etc/passwd" },
	  { "", "/", "/etc", "/etc/passw", "/etc/passwd/", "/etc/passwdx", "/xetc/passwd" } },
	{ "/", { "/" }, { "", "//", "/a" } },
	{ "/**", { "/", "/a", "/a/b", "/.a" }, { "", "a", "@a" } },
	{ "/dir/**", { "/dir/a", "/dir/.a", "/dir/a/b" }, { "/dir", "/dira", "/dirs/a", "/" } },
	{ "/dir/*", { "/dir/a", "/dir/.a", "/dir/\xff" }, { "/dir", "/dir/a/b", "/dirs/a" } },
	{ "/a/**/b", { "/a/b", "/a/x/b", "/a/x/y/b", "/a/b/b" }, { "/ab", "/a/xb", "/a/bx" } },
	{ "/**/b", { "/b", "/x/b", "/x/y/b" }, { "b", "/xb", "/b/x" } },
	{ "/**/**/b", { "/b", "/x/b", "/x/y/b" }, { "/xb", "/foob", "/foo/xb" } },
	{ "/a**b", { "/ab", "/axb", "/a/b", "/ax/yb" }, { "/a", "/axbx" } },
	{ "/a**/b", { "/a/b", "/ax/b", "/a/x/b" }, { "/ab", "/axb" } },
	{ "/a/**b", { "/a/b", "/a/xb", "/a/x/yb" }, { "/ab", "/a/" } },
	{ "/a*b", { "/ab", "/axb", "/abb" }, { "/a/b", "/axbx", "/a" } },
	{ "/*a*a*", { "/aa", "/xaxax", "/aaa" }, { "/a", "/a/a", "/xax" } },
	{ "/*/*", { "/a/b", "/a/.b" }, { "/a", "/a/b/c" } },
	{ "/?", { "/a", "/.", "/\x80" }, { "/", "//", "/ab", "/\xc3\xa4" } },
	{ "/[a-c]", { "/a", "/b", "/c" }, { "/d", "/", "//", "/ab" } },
	{ "/[!a-c]", { "/d", "/.", "/\xff", "/!" }, { "/a", "/c", "/", "//" } },
	{ "/[+-9]", { "/.", "/9", "/+" }, { "//" } },
	{ "/\\*\\?\\[\\]\\{\\}\\\\", { "/*?[]{}\\" }, { "/a?[]{}\\" } },
	{ "/x{a,b{c,d}}y", { "/xay", "/xbcy", "/xbdy" }, { "/xby", "/xy", "/x{a,b{c,d}}y" } },
	{ "/{*,a/b}c", { "/c", "/xc", "/a/bc" }, { "/x/c", "/a/c" } },
	{ "/{**,a}/b", { "/b", "/a/b", "/x/y/b" }, { "/xb" } },
	{ "{/bin,/usr/bin}/sh", { "/bin/sh", "/usr/bin/sh" }, { "/usr/sh", "/sh" } },
	{ "@a*", { "@a", "@ab" }, { "/a", "a", "@b", "@a/b" } },
	{ "/\xc3\xa4?", { "/\xc3\xa4x" }, { "/\xc3\xa4", "/\xc3x" } },
};

static void what_matches(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(matched) / sizeof(matched[0]); i++) {
		for (size_t j = 0; j < 6 && matched[i].yes[j]; j++) {
			if (!matches(matched[i].glob, matched[i].yes[j]))
				fail_msg("%s does not match %s", matched[i].glob,
				         matched[i].yes[j]);
		}
		for (size_t j = 0; j < 8 && matched[i].no[j]; j++) {
			if (matches(matched[i].glob, matched[i].no[j]))
				fail_msg("%s matches %s", matched[i].glob, matched[i].no[j]);
		}
	}
}

/* ---- who decides ------------------------------------------------------------------------- */

static void the_narrowest_decides(void **state)
{
	static const struct glob_rule rules[] = {
		{ "/etc/**", VERDICT_DENY, 1 | 2 },     /* 0 */
		{ "/etc/motd", VERDICT_ALLOW, 2 },      /* 1 */
		{ "/etc/*", VERDICT_AUDIT, 1 },         /* 2: no two stars, so narrower than 0 */
		{ "/e*/shadow", VERDICT_ALLOW, 1 | 2 }, /* 3: fewer literals before its star */
		{ "/etc/m?td", VERDICT_ALLOW, 1 },      /* 4 */
		{ "/etc/mo*d", VERDICT_DENY, 1 },       /* 5: more before the first wildcard */
		{ "/etc/motd", VERDICT_ALLOW, 2 },      /* 6: as 1, later */
		{ "/etc/motd", VERDICT_AUDIT, 2 | 4 },  /* 7: as 1, stricter */
		{ "/{etc/a?,e?cc}", VERDICT_ALLOW, 4 }, /* 8: its alternatives differ */
		{ "/et*", VERDICT_DENY, 4 },            /* 9: between the two */
	};
	static const struct {
		const char *path;
		unsigned operation;
		uint32_t rule;
	} cases[] = {
		{ "/etc/motd", 0, 5 },
		{ "/etc/motd", 1, 7 },
		{ "/etc/motd", 2, 7 },
		{ "/etc/mxtd", 0, 4 },
		{ "/etc/shadow", 0, 2 },
		{ "/etc/shadow", 1, 0 },
		{ "/etcx/shadow", 0, 3 },
		{ "/etc/x/y", 0, 0 },
		{ "/etc/x", 2, DECIDED_BY_DEFAULT },
		{ "/etc/ab", 2, 8 },
		{ "/etcc", 2, 9 },
		{ "/excc", 2, 8 },
		{ "/usr", 0, DECIDED_BY_DEFAULT },
	};
	struct compiled compiled;

	(void)state;
	assert_int_equal(compile_globs(&compiled, rules, sizeof(rules) / sizeof(rules[0]), NULL, 3,
	                               VERDICT_ALLOW, EFFORT),
	                 0);
	assert_null(automaton_fault(&compiled));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct decided decided =
		        ask_automaton(&compiled, cases[i].path, cases[i].operation);

		if (decided.rule != cases[i].rule)
			fail_msg("%s %u: rule %u", cases[i].path, cases[i].operation, decided.rule);
		assert_int_equal(decided.verdict, decided.rule == DECIDED_BY_DEFAULT
		                                          ? VERDICT_ALLOW
		                                          : rules[decided.rule].verdict);
	}
	compiled_fini(&compiled);
}

/* ---- how small --------------------------------------------------------------------------- */

static unsigned states_of(const char *const *globs, size_t count)
{
	struct glob_rule rules[8] = { { 0 } };
	struct compiled compiled;
	unsigned states;

	for (size_t i = 0; i < count; i++)
		rules[i] = (struct glob_rule){ globs[i], VERDICT_ALLOW, 0 };
	assert_int_equal(compile_globs(&compiled, rules, count, NULL, 1, VERDICT_DENY, EFFORT), 0);
	assert_null(automaton_fault(&compiled));
	states = compiled.automaton.states;
	compiled_fini(&compiled);
	return states;
}

#define STATES_OF(...)                                  \
	states_of((const char *const[]){ __VA_ARGS__ }, \
	          sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

static void as_few_states_as_can_be(void **state)
{
	(void)state;
	/* one for each byte, the beginning, and one from where nothing matches */
	assert_int_equal(STATES_OF("/ab"), 5);
	assert_int_equal(STATES_OF("/**"), 3);
	assert_int_equal(STATES_OF("/*"), 3);
	assert_int_equal(STATES_OF("/{a,b,c}"), 4);
	/* ends are shared: /, then a or b, then "xyz" once */
	assert_int_equal(STATES_OF("/{a,b}xyz"), 7);
	assert_int_equal(STATES_OF("/{axyz,bxyz}"), 7);
	/* begin, dead; of "aab": how much of it was just seen, 0 to 3 */
	assert_int_equal(STATES_OF("/**aab"), 6);
	assert_int_equal(STATES_OF("/**a**b**c**"), 6);
	/* what a wider rule of its own outcome covers needs nothing */
	assert_int_equal(STATES_OF("/**", "/**"), 3);
	/* each rule is told apart: "/a" and "/b" end in states of their own */
	assert_int_equal(STATES_OF("/a", "/b"), 5);
	assert_int_equal(STATES_OF("/a", "/a"), 4);
}

static void the_order_of_patterns_does_not_matter(void **state)
{
	static const struct glob_rule rules[] = {
		{ "/a/**/b", VERDICT_ALLOW, 0 },   { "/a/[a-z]*", VERDICT_DENY, 0 },
		{ "/{a,b}/c?", VERDICT_AUDIT, 0 }, { "/**/x*y", VERDICT_DENY, 0 },
		{ "/b/**", VERDICT_ALLOW, 0 },
	};
	static const size_t orders[][5] = {
		{ 0, 1, 2, 3, 4 }, { 4, 3, 2, 1, 0 }, { 2, 0, 4, 1, 3 }, { 3, 1, 4, 0, 2 }
	};
	unsigned states = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		struct compiled compiled;

		assert_int_equal(
		        compile_globs(&compiled, rules, 5, orders[i], 1, VERDICT_DENY, EFFORT), 0);
		assert_null(automaton_fault(&compiled));
		assert_true(!i || compiled.automaton.states == states);
		states = compiled.automaton.states;
		compiled_fini(&compiled);
	}
}

/* ---- limits ------------------------------------------------------------------------------ */

static void many_paths(void **state)
{
	static char texts[10000][64];
	static struct glob_rule rules[10000];
	struct compiled compiled;

	(void)state;
	for (unsigned i = 0; i < 10000; i++) {
		snprintf(texts[i], sizeof(texts[i]), "/srv/%u/share/application-%u/%s", i % 97, i,
		         i % 3 ? "data.bin" : "**");
		rules[i] = (struct glob_rule){ texts[i], VERDICT_ALLOW, 0 };
	}
	assert_int_equal(compile_globs(&compiled, rules, 10000, NULL, 1, VERDICT_DENY, EFFORT), 0);
	for (unsigned i = 0; i < 10000; i++)
		assert_int_equal(ask_automaton(&compiled, texts[i], 0).rule, i);
	assert_int_equal(ask_automaton(&compiled, "/srv/1/share/application-1/data.bi", 0).rule,
	                 DECIDED_BY_DEFAULT);
	assert_true(compiled.nodes.used < 350000);
	compiled_fini(&compiled);
}

/* Products of what each pattern has seen so far; the last rule is innocent. */
static void what_explodes_is_an_error(void **state)
{
	static char texts[40][64];
	static struct glob_rule rules[41];
	struct compiled compiled;
	uint32_t costliest = 0;

	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		snprintf(texts[i], sizeof(texts[i]), "/**/%c*%c*%c**%c", 'a' + i % 26,
		         'a' + i * 7 % 26, 'a' + i * 11 % 26, 'a' + i * 5 % 26);
		rules[i] = (struct glob_rule){ texts[i], VERDICT_ALLOW, 0 };
	}
	rules[40] = (struct glob_rule){ "/etc/passwd", VERDICT_ALLOW, 0 };
	assert_int_equal(compile_globs(&compiled, rules, 41, NULL, 1, VERDICT_DENY, 1U << 18),
	                 -E2BIG);
	for (unsigned i = 0; i < 40; i++)
		costliest = compiled.by_rule[i] > costliest ? compiled.by_rule[i] : costliest;
	assert_true(costliest > 100 * compiled.by_rule[40]);
	compiled_fini(&compiled);
	/* alone, the worst of one pattern is small: 4,000 bytes, every second a star */
	{
		char text[4001];

		for (unsigned i = 0; i < 4000; i++)
			text[i] = i % 2 ? '*' : (char)('a' + i / 2 % 26);
		text[0] = '/';
		text[4000] = '\0';
		rules[0].glob = text;
		assert_int_equal(compile_globs(&compiled, rules, 1, NULL, 1, VERDICT_DENY, EFFORT),
		                 0);
		assert_in_range(compiled.automaton.states, 1990, 2010);
		compiled_fini(&compiled);
	}
}

static void no_pattern_at_all(void **state)
{
	struct compiled compiled;

	(void)state;
	assert_int_equal(compile_globs(&compiled, NULL, 0, NULL, 5, VERDICT_DENY, EFFORT), 0);
	assert_null(automaton_fault(&compiled));
	assert_int_equal(compiled.automaton.states, 1);
	assert_int_equal(ask_automaton(&compiled, "/a", 4).verdict, VERDICT_DENY);
	compiled_fini(&compiled);
}

/* An image out of order never gives more than it has: states that are nowhere. */
static void what_is_broken_denies(void **state)
{
	struct glob_rule rule = { "/a", VERDICT_ALLOW, 0 };
	struct compiled compiled;
	struct automaton broken;
	struct automaton_walk walk;

	(void)state;
	assert_int_equal(compile_globs(&compiled, &rule, 1, NULL, 1, VERDICT_DENY, EFFORT), 0);
	broken = compiled.automaton;
	broken.start = 1U << AUTOMATON_BLOCK_SHIFT;
	assert_int_equal(automaton_match(&compiled.view, &broken, "/a", 2), REF_INVALID);
	broken.start = UINT32_MAX;
	assert_int_equal(automaton_match(&compiled.view, &broken, "/a", 2), REF_INVALID);
	/* a row of zeros leads to row zero, which tells nothing */
	memset(compiled.nodes.words, 0, compiled.nodes.used * sizeof(uint32_t));
	assert_int_equal(automaton_match(&compiled.view, &compiled.automaton, "/a", 2),
	                 REF_INVALID);
	/* and rows that lead out of the image end the walk */
	memset(compiled.nodes.words, 0xff, compiled.nodes.used * sizeof(uint32_t));
	assert_int_equal(automaton_begin(&compiled.view, compiled.automaton.start, &walk), 0);
	assert_int_equal(automaton_step(&compiled.view, &walk, 'a'), 0);
	assert_int_equal(automaton_step(&compiled.view, &walk, 'a'), -1);
	assert_int_equal(automaton_match(&compiled.view, &compiled.automaton, "/ab", 3),
	                 REF_INVALID);
	compiled_fini(&compiled);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_matches),
		cmocka_unit_test(the_narrowest_decides),
		cmocka_unit_test(as_few_states_as_can_be),
		cmocka_unit_test(the_order_of_patterns_does_not_matter),
		cmocka_unit_test(many_paths),
		cmocka_unit_test(what_explodes_is_an_error),
		cmocka_unit_test(no_pattern_at_all),
		cmocka_unit_test(what_is_broken_denies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
