/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random sets of globs times random paths: the automaton and the matcher written from the language
 * (glob_oracle.c) must agree on who decides. And the automata are minimal.
 *
 * CGWARD_SEED sets the seed, CGWARD_PATHS how many paths are asked about (1,000,000 for the full
 * run); both are printed.
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
#include "glob_oracle.h"
#include "random_policy.h"

#define PATHS_DEFAULT 50000
#define PATHS_A_SET   100
#define RULES_A_SET   8

static uint64_t setting(const char *name, uint64_t fallback)
{
	const char *text = getenv(name);
	uint64_t value = 0;

	if (!text)
		return fallback;
	for (; *text >= '0' && *text <= '9'; text++)
		value = value * 10 + (uint64_t)(*text - '0');
	return value;
}

static unsigned choose_below(void *random, unsigned bound)
{
	return random_below(random, bound);
}

/* Pieces of which most are right; glob_check() throws out what is not. */
static void random_glob(struct random *random, char *glob)
{
	static const char *const pieces[] = {
		"/",      "/",    "/",    "a",     "b",      "c",      "ab",     ".",
		"*",      "*",    "**",   "/**/",  "/**",    "?",      "[ab]",   "[!a]",
		"[a-c.]", "[!/]", "\\*",  "{a,b}", "{a,**}", "{*,ab}", "{a,/b}", "{a,b{c,*}}",
		"/*/",    "[b-]", "\\\\", "\xc3",  "a*",     "*b",
	};
	struct complaint complaint;
	struct span text;

	do {
		unsigned count = 1 + random_below(random, 6);

		strcpy(glob, "/");
		if (!random_below(random, 8))
			strcpy(glob, "{/a,/}");
		while (count--)
			strcat(glob,
			       pieces[random_below(random, sizeof(pieces) / sizeof(pieces[0]))]);
		text = span_of(glob);
	} while (glob_check(text, "/", &complaint));
}

/* One in three is any string, the others are near a pattern. */
static void random_path(struct random *random, const struct glob_rule *rules, unsigned count,
                        char path[256])
{
	static const char bytes[] = "aabbc./**\\\xc3";
	size_t length;

	if (random_below(random, 3) &&
	    oracle_instance(rules[random_below(random, count)].glob, choose_below, random, path)) {
		length = strlen(path);
		if (length && !random_below(random, 3))
			path[random_below(random, (uint32_t)length)] =
			        bytes[random_below(random, sizeof(bytes) - 1)];
		return;
	}
	length = random_below(random, 10);
	path[0] = '/';
	for (size_t i = 1; i < length; i++)
		path[i] = bytes[random_below(random, sizeof(bytes) - 1)];
	path[length] = '\0';
}

static bool is_stronger(const struct glob_rule *a, const struct oracle_match *of_a,
                        const struct glob_rule *b, const struct oracle_match *of_b)
{
	if (of_a->literals_before != of_b->literals_before)
		return of_a->literals_before > of_b->literals_before;
	if (of_a->literals != of_b->literals)
		return of_a->literals > of_b->literals;
	if (of_a->deep != of_b->deep)
		return !of_a->deep;
	return a->verdict > b->verdict;
}

/* The language page, section 2. */
static uint32_t who_decides(const struct glob_rule *rules, const struct oracle_match *found,
                            unsigned count, unsigned operation)
{
	uint32_t best = DECIDED_BY_DEFAULT;

	for (uint32_t i = 0; i < count; i++) {
		if (!found[i].matches || !(rules[i].operations >> operation & 1))
			continue;
		if (best == DECIDED_BY_DEFAULT ||
		    is_stronger(&rules[i], &found[i], &rules[best], &found[best]))
			best = i;
	}
	return best;
}

static void ask(const struct compiled *compiled, const struct glob_rule *rules, unsigned count,
                const char *path)
{
	struct oracle_match found[RULES_A_SET];

	for (unsigned i = 0; i < count; i++)
		found[i] = oracle_match(rules[i].glob, path);
	for (unsigned operation = 0; operation < compiled->operations; operation++) {
		uint32_t expected = who_decides(rules, found, count, operation);
		struct decided decided = ask_automaton(compiled, path, operation);

		if (decided.rule == expected)
			continue;
		for (unsigned i = 0; i < count; i++)
			print_error("rule %u: verdict %u operations %x %s\n", i, rules[i].verdict,
			            rules[i].operations, rules[i].glob);
		fail_msg("%s, operation %u: rule %u, the language says %u", path, operation,
		         decided.rule, expected);
	}
}

/* False if the set is one that explodes. */
static bool ask_about_a_set(struct random *random)
{
	char globs[RULES_A_SET][128], path[256];
	struct glob_rule rules[RULES_A_SET];
	unsigned count = 1 + random_below(random, RULES_A_SET);
	unsigned operations = 1 + random_below(random, OPERATIONS_MAX);
	struct compiled compiled;
	int error;

	for (unsigned i = 0; i < count; i++) {
		random_glob(random, globs[i]);
		rules[i] = (struct glob_rule){
			.glob = globs[i],
			.verdict = (uint8_t)(VERDICT_ALLOW + random_below(random, 3)),
			.operations = (uint8_t)(1 + random_below(random, (1U << operations) - 1)),
		};
	}
	error = compile_globs(&compiled, rules, count, NULL, operations, VERDICT_DENY, 1U << 17);
	assert_true(!error || error == -E2BIG);
	if (error) {
		compiled_fini(&compiled);
		return false;
	}
	if (compiled.automaton.states < 40 && automaton_fault(&compiled))
		fail_msg("%s: %s", globs[0], automaton_fault(&compiled));
	for (unsigned i = 0; i < PATHS_A_SET; i++) {
		random_path(random, rules, count, path);
		ask(&compiled, rules, count, path);
	}
	compiled_fini(&compiled);
	return true;
}

static void globs_decide_as_the_language_says(void **state)
{
	uint64_t seed = setting("CGWARD_SEED", 20261123);
	uint64_t paths = setting("CGWARD_PATHS", PATHS_DEFAULT), exploded = 0;

	(void)state;
	print_message("CGWARD_SEED=%llu CGWARD_PATHS=%llu\n", (unsigned long long)seed,
	              (unsigned long long)paths);
	for (uint64_t asked = 0; asked < paths; asked += PATHS_A_SET) {
		struct random random = { .state = seed++ };

		exploded += !ask_about_a_set(&random);
	}
	assert_true(exploded <= paths / PATHS_A_SET / 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(globs_decide_as_the_language_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
