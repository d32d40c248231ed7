/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules that are probably not meant, and [tests] lines that do not hold.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <linux/bpf.h>

#include "builder.h"
#include "linted.h"
#include "oracle.h"
#include "random_policy.h"

#define TCP   6
#define UDP   17
#define ANY   ANY_NUMBER
#define INET  2
#define INET6 10
#define BOTH  (1ULL << INET | 1ULL << INET6)

/* ---- duplicates and shadows -------------------------------------------------------------- */

static void the_same_rule_twice(void **state)
{
	struct policy *policy = build_policy();
	uint32_t one = build_set(policy, "10.0.0.0/8"), two = build_set(policy, "10.0.0.0/8");
	uint32_t other = build_set(policy, "10.0.0.0/9");
	struct linted linted;

	(void)state;
	build_section(policy, SECTION_CONNECT, VERDICT_DENY);
	build_section(policy, SECTION_BIND, VERDICT_DENY);
	build_address(policy, SECTION_CONNECT, VERDICT_ALLOW, TCP, one, 80, 80); /* line 2 */
	build_address(policy, SECTION_BIND, VERDICT_ALLOW, TCP, one, 80, 80);
	build_address(policy, SECTION_CONNECT, VERDICT_ALLOW, UDP, one, 80, 80);
	build_address(policy, SECTION_CONNECT, VERDICT_ALLOW, TCP, one, 80, 81);
	build_address(policy, SECTION_CONNECT, VERDICT_ALLOW, TCP, other, 80, 80);
	build_address(policy, SECTION_CONNECT, VERDICT_ALLOW, TCP, two, 80, 80); /* line 7 */
	linted = lint(policy);
	assert_int_equal(the(&linted, "duplicate-rule")->line, 7);
	assert_contains(the(&linted, "duplicate-rule")->message, "test.ini:2");
	assert_int_equal(the(&linted, "duplicate-rule")->severity, SEVERITY_WARNING);
	/* a duplicate is not reported as shadowed as well */
	assert_int_equal(count_of(&linted, "shadowed-rule"), 0);
	linted_fini(&linted);
}

static void a_rule_that_others_cover_together(void **state)
{
	struct policy *policy = build_policy();
	uint32_t whole = build_set(policy, "10.0.0.0/8"), low = build_set(policy, "10.0.0.0/9");
	uint32_t high = build_set(policy, "10.128.0.0/9");
	struct linted linted;

	(void)state;
	build_section(policy, SECTION_CONNECT, VERDICT_DENY);
	build_address(policy, SECTION_CONNECT, VERDICT_ALLOW, TCP, whole, 80, 80); /* line 2 */
	build_address(policy, SECTION_CONNECT, VERDICT_DENY, ANY, low, 0, 65535);
	build_address(policy, SECTION_CONNECT, VERDICT_DENY, TCP, high, 0, 65535);
	linted = lint(policy);
	assert_int_equal(the(&linted, "shadowed-rule")->line, 2);
	assert_contains(the(&linted, "shadowed-rule")->message, "test.ini:3");
	assert_int_equal(the(&linted, "shadowed-rule")->severity, SEVERITY_WARNING);
	linted_fini(&linted);
}

static void a_rule_that_still_decides_something(void **state)
{
	struct policy *policy = build_policy();
	uint32_t whole = build_set(policy, "10.0.0.0/8");
	uint32_t most = build_set(policy, "10.0.0.0/9 10.128.0.0/10 10.192.0.0/11");
	struct linted linted;

	(void)state;
	build_section(policy, SECTION_CONNECT, VERDICT_DENY);
	build_address(policy, SECTION_CONNECT, VERDICT_ALLOW, TCP, whole, 80, 80);
	build_address(policy, SECTION_CONNECT, VERDICT_DENY, ANY, most, 0, 65535);
	linted = lint(policy);
	assert_int_equal(count_of(&linted, "shadowed-rule"), 0);
	linted_fini(&linted);
}

static void equally_narrow_and_less_strict(void **state)
{
	struct policy *policy = build_policy();
	struct linted linted;

	(void)state;
	build_section(policy, SECTION_DEVICE, VERDICT_DENY);
	build_device(policy, VERDICT_ALLOW, BPF_DEVCG_DEV_CHAR, 1, 3, ACCESS_READ); /* line 2 */
	build_device(policy, VERDICT_DENY, BPF_DEVCG_DEV_CHAR, 1, 3, ACCESS_READ);
	build_device(policy, VERDICT_ALLOW, BPF_DEVCG_DEV_CHAR, 1, 3, ACCESS_READ | ACCESS_WRITE);
	linted = lint(policy);
	assert_int_equal(the(&linted, "shadowed-rule")->line, 2);
	assert_contains(the(&linted, "shadowed-rule")->message, "test.ini:3");
	linted_fini(&linted);
}

static void rules_that_no_question_reaches(void **state)
{
	struct policy *policy = build_policy();
	uint32_t nowhere = build_set(policy, "0.0.0.0 ::");
	struct linted linted;

	(void)state;
	build_section(policy, SECTION_CONNECT, VERDICT_DENY);
	build_section(policy, SECTION_SOCKET, VERDICT_DENY);
	policy->sections[SECTION_SOCKET].families = BOTH;
	build_address(policy, SECTION_CONNECT, VERDICT_ALLOW, TCP, nowhere, 80, 80); /* line 2 */
	build_socket(policy, VERDICT_ALLOW, 16, ANY, ANY);                           /* line 3 */
	linted = lint(policy);
	assert_int_equal(count_of(&linted, "shadowed-rule"), 2);
	assert_contains(linted.diag.findings.items[0].message, "loopback");
	assert_contains(linted.diag.findings.items[0].hint, "127.0.0.1");
	assert_contains(linted.diag.findings.items[1].message, "families");
	linted_fini(&linted);
}

/* No rule is called shadowed that the language lets decide some question. */
static void what_decides_is_never_called_shadowed(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 200; seed++) {
		struct random random = { .state = seed };
		struct linted linted = lint(random_policy(&random, 15));
		bool *shadowed = calloc(linted.policy->rules.count + 2, sizeof(*shadowed));

		assert_non_null(shadowed);
		array_foreach (finding, &linted.diag.findings) {
			if (!strcmp(finding->code, "shadowed-rule"))
				shadowed[finding->line - 2] = true;
		}
		for (unsigned i = 0; i < 300; i++) {
			struct question question = random_question(&random, linted.policy);
			struct decision decision = oracle_decide(linted.policy, &question);

			if (decision.reason == REASON_RULE)
				assert_false(shadowed[decision.rule]);
		}
		free(shadowed);
		linted_fini(&linted);
	}
}

static void only_denials_and_denied_by_default(void **state)
{
	struct policy *policy = build_policy();
	uint32_t set = build_set(policy, "10.0.0.0/8");
	struct linted linted;

	(void)state;
	build_section(policy, SECTION_CONNECT, VERDICT_DENY);
	build_section(policy, SECTION_BIND, VERDICT_DENY); /* nothing at all: meant */
	build_address(policy, SECTION_CONNECT, VERDICT_DENY, ANY, set, 0, 65535);
	linted = lint(policy);
	assert_contains(the(&linted, "nothing-allowed")->hint, "default = allow");
	linted_fini(&linted);
}

/* ---- [tests] ---------------------------------------------------------------------------- */

static void add_test(struct policy *policy, enum verdict expected, struct question question,
                     uint32_t line)
{
	struct policy_test test = { .expected = expected, .question = question };

	test.where.line = line;
	test.text = strdup("connect ...");
	assert_non_null(test.text);
	assert_int_equal(array_append(&policy->tests, test), 0);
}

static void tests_that_do_not_hold_say_what_decided(void **state)
{
	struct policy *policy = build_policy();
	uint32_t set = build_set(policy, "10.0.0.0/8");
	struct question inside = ask_address(SECTION_CONNECT, TCP, "10.1.1.1", 80);
	struct question outside = ask_address(SECTION_CONNECT, TCP, "11.1.1.1", 80);
	struct question absent = ask_address(SECTION_BIND, TCP, "11.1.1.1", 80);
	struct diag diag = DIAG_INIT;
	struct image *image = NULL;
	size_t failed = 99;

	(void)state;
	build_section(policy, SECTION_CONNECT, VERDICT_DENY);
	build_address(policy, SECTION_CONNECT, VERDICT_AUDIT, TCP, set, 80, 80); /* line 2 */
	add_test(policy, VERDICT_AUDIT, inside, 10);
	add_test(policy, VERDICT_ALLOW, inside, 11);
	add_test(policy, VERDICT_DENY, outside, 12);
	add_test(policy, VERDICT_ALLOW, outside, 13);
	add_test(policy, VERDICT_DENY, absent, 14);
	assert_int_equal(image_compile(policy, &diag, &image), 0);
	assert_int_equal(policy_run_tests(policy, image, &diag, &failed), 0);
	assert_int_equal(failed, 3);
	assert_int_equal(diag.findings.count, 3);
	assert_int_equal(diag.findings.items[0].line, 11);
	assert_string_equal(diag.findings.items[0].code, "test-failed");
	assert_contains(diag.findings.items[0].message, "test.ini:2");
	assert_int_equal(diag.findings.items[1].line, 13);
	assert_contains(diag.findings.items[1].message, "default of [connect]");
	assert_int_equal(diag.findings.items[2].line, 14);
	assert_contains(diag.findings.items[2].message, "[bind] absent");
	image_free(image);
	diag_fini(&diag);
	policy_free(policy);
}

static void a_policy_without_sections(void **state)
{
	struct policy *empty = build_policy(), *closed = build_policy();
	struct linted linted = lint(empty);

	(void)state;
	assert_int_equal(the(&linted, "nothing-policed")->severity, SEVERITY_WARNING);
	linted_fini(&linted);
	build_section(closed, SECTION_BIND, VERDICT_DENY);
	linted = lint(closed);
	assert_int_equal(count_of(&linted, "nothing-policed"), 0);
	linted_fini(&linted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_rule_twice),
		cmocka_unit_test(a_rule_that_others_cover_together),
		cmocka_unit_test(a_rule_that_still_decides_something),
		cmocka_unit_test(equally_narrow_and_less_strict),
		cmocka_unit_test(rules_that_no_question_reaches),
		cmocka_unit_test(what_decides_is_never_called_shadowed),
		cmocka_unit_test(only_denials_and_denied_by_default),
		cmocka_unit_test(tests_that_do_not_hold_say_what_decided),
		cmocka_unit_test(a_policy_without_sections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
