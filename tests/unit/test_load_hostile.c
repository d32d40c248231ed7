/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Damaged policies never do harm: cut at every byte, every byte changed, pieces misplaced.
 * The sanitizers are the judges; besides, a load either gives a
 * policy and no error, or errors and no policy.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "fake_world.h"

static const char good[] = "[policy]\n"
                           "description = Public web front end\n"
                           "mode = enforce ; comment\n"
                           "include = more.ini\n"
                           "log = denied\n"
                           "log-rate = 100/s\n"
                           "[group internal]\n"
                           "address = 10.0.0.0/8\n"
                           "file = list.txt\n"
                           "[device]\n"
                           "allow = /dev/null rw\n"
                           "allow = c 1:5 r\n"
                           "allow = char-pts rw\n"
                           "[socket]\n"
                           "families = inet inet6\n"
                           "allow = inet stream tcp\n"
                           "[connect]\n"
                           "allow = tcp @internal:https,8443\n"
                           "deny = [2001:db8::/32]:1-99\n"
                           "[bind]\n"
                           "allow = tcp any:8080\n"
                           "[tests]\n"
                           "allow = connect tcp 10.1.2.3:443\n"
                           "deny = socket inet raw 1\n"
                           "deny = device c 1:3 rw\n";
static const char more[] = "[bind]\ndefault = allow\n[group internal]\naddress = fd00::/8\n";
static const char list[] = "# partners\n192.0.2.0/24\n::ffff:198.51.100.0/120 # mapped\n";

/* One of the three files damaged, the others whole. */
static void load_damaged(size_t which, const char *text, size_t length)
{
	struct fake_file files[] = {
		{ .path = "web.ini", .text = good },
		{ .path = "more.ini", .text = more },
		{ .path = "list.txt", .text = list },
	};
	struct fake_world world = { .files = files, .count = 3 };
	struct surroundings surroundings = fake_surroundings(&world);
	struct diag diag = DIAG_INIT;
	struct policy *policy = NULL;
	int error;

	files[which].text = text;
	files[which].length = length;
	error = policy_load("web.ini", &surroundings, &diag, &policy);
	if (error) {
		assert_int_equal(error, -EINVAL);
		assert_null(policy);
		assert_true(diag_has_errors(&diag));
	} else {
		assert_non_null(policy);
		assert_false(diag_has_errors(&diag));
	}
	free(findings_text(&diag));
	policy_free(policy);
	diag_fini(&diag);
}

static const struct {
	const char *text;
	size_t length;
} wholes[] = {
	{ good, sizeof(good) - 1 },
	{ more, sizeof(more) - 1 },
	{ list, sizeof(list) - 1 },
};

static void test_whole_it_loads(void **state)
{
	struct fake_file files[] = {
		{ .path = "web.ini", .text = good },
		{ .path = "more.ini", .text = more },
		{ .path = "list.txt", .text = list },
	};
	struct fake_world world = { .files = files, .count = 3 };
	struct surroundings surroundings = fake_surroundings(&world);
	struct diag diag = DIAG_INIT;
	struct policy *policy = NULL;

	(void)state;
	assert_int_equal(policy_load("web.ini", &surroundings, &diag, &policy), 0);
	policy_free(policy);
	diag_fini(&diag);
}

static void test_cut_anywhere(void **state)
{
	(void)state;
	for (size_t which = 0; which < 3; which++) {
		for (size_t length = 1; length < wholes[which].length; length++) {
			char *cut = malloc(length); /* so that reading beyond it is caught */

			memcpy(cut, wholes[which].text, length);
			load_damaged(which, cut, length);
			free(cut);
		}
	}
}

static void test_any_byte_changed(void **state)
{
	static const unsigned char bytes[] = { 0,   '\n', '\r', '\t', ' ',  '[',  ']', '=',
		                               ';', '#',  ':',  '/',  '@',  '-',  ',', '.',
		                               '0', '9',  'a',  0x7f, 0x80, 0xc3, 0xff };

	(void)state;
	for (size_t which = 0; which < 3; which++) {
		char *text = malloc(wholes[which].length);

		memcpy(text, wholes[which].text, wholes[which].length);
		for (size_t at = 0; at < wholes[which].length; at++) {
			for (size_t i = 0; i < sizeof(bytes); i++) {
				text[at] = (char)bytes[i];
				load_damaged(which, text, wholes[which].length);
			}
			text[at] = wholes[which].text[at];
		}
		free(text);
	}
}

/* xorshift64: the same damage on every run. */
static uint64_t random_state = 0x9e3779b97f4a7c15U;
static size_t random_below(size_t bound)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (size_t)(random_state % bound);
}

/* Pieces of the text copied over other places, so that most words are real but misplaced. */
static void test_pieces_misplaced(void **state)
{
	char text[sizeof(good) - 1];

	(void)state;
	for (size_t round = 0; round < 20000; round++) {
		memcpy(text, good, sizeof(text));
		for (size_t pieces = 1 + random_below(4); pieces; pieces--) {
			size_t length = 1 + random_below(40);
			size_t from = random_below(sizeof(text) - length);
			size_t to = random_below(sizeof(text) - length);

			memmove(text + to, text + from, length);
		}
		load_damaged(0, text, sizeof(text));
	}
}

static void test_questions_of_noise(void **state)
{
	static const char *const words[] = { "connect",   "bind",  "device", "socket", "tcp",
		                             "10.0.0.1",  "[::1]", ":443",   "c",      "1:3",
		                             "rw",        "inet",  "stream", "any",    "*",
		                             "/dev/null", "@x",    "[",      "]",      ":",
		                             "/",         "-",     ",",      "\xff",   "\t" };
	struct surroundings surroundings = fake_surroundings(NULL);

	(void)state;
	for (size_t round = 0; round < 200000; round++) {
		struct question_error error;
		struct question question;
		char text[256] = "";
		int result;

		for (size_t count = random_below(6); count; count--) {
			strcat(text, words[random_below(sizeof(words) / sizeof(words[0]))]);
			if (random_below(3))
				strcat(text, " ");
		}
		result = question_parse(text, &surroundings, &question, &error);
		assert_true(result == 0 || result == -EINVAL);
		if (result)
			assert_true(error.column <= strlen(text));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_it_loads),     cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_any_byte_changed),   cmocka_unit_test(test_pieces_misplaced),
		cmocka_unit_test(test_questions_of_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
