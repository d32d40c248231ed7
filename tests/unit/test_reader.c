/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each trap of inih, proved twice: inih as it is does fall into it (so that the day it no longer
 * does, this tells), and behind the guard nobody does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "parse/reader.h"

/* What was announced, one a line: "[section]@line", "key=value@line", "!code@line:column". */
static char seen[8192];
static size_t seen_length;
static int fail_at_value;

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void note(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	seen_length += (size_t)vsnprintf(seen + seen_length, sizeof(seen) - seen_length, format,
	                                 arguments);
	va_end(arguments);
	assert_true(seen_length < sizeof(seen));
}

static int on_section(void *context, const struct line *line, struct span name)
{
	(void)context;
	note("[%.*s]@%u\n", (int)name.length, name.start, line->number);
	return 0;
}

static int on_value(void *context, const struct line *line, struct span key, struct span value)
{
	(void)context;
	note("%.*s=%.*s@%u\n", (int)key.length, key.start, (int)value.length, value.start,
	     line->number);
	return fail_at_value;
}

static int on_reject(void *context, const struct line *line, const struct complaint *complaint)
{
	(void)context;
	note("!%s@%u:%u\n", complaint->code, line->number,
	     (unsigned)(complaint->at - line->text.start) + 1);
	return 0;
}

static int read_bytes(const char *text, size_t length)
{
	const struct reader_events events = { NULL, on_section, on_value, on_reject };

	seen[0] = '\0';
	seen_length = 0;
	return ini_read(text, length, &events);
}

static void assert_reads(const char *text, const char *expected)
{
	assert_int_equal(read_bytes(text, strlen(text)), 0);
	assert_string_equal(seen, expected);
}

static int bare_handler(void *context, const char *section, const char *key, const char *value)
{
	(void)context;
	note("%s/%s=%s\n", section, key, value);
	return 1;
}

/* What inih makes of it alone. */
static const char *bare(const char *text)
{
	seen[0] = '\0';
	seen_length = 0;
	assert_int_equal(ini_parse_string(text, bare_handler, NULL), 0);
	return seen;
}

static void test_lines_are_counted(void **state)
{
	(void)state;
	assert_reads("; one\n\n[a]\nx = 1\n\n  \t\n# two\ny=2", "[a]@3\nx=1@4\ny=2@8\n");
}

static void test_empty_sections_are_announced(void **state)
{
	(void)state;
	assert_string_equal(bare("[a]\n[b]\nx = 1\n"), "b/x=1\n");
	assert_reads("[a]\n[b]\nx = 1\n[c]", "[a]@1\n[b]@2\nx=1@3\n[c]@4\n");
}

static void test_a_long_line_smuggles_nothing(void **state)
{
	char text[400];

	(void)state;
	memset(text, 'x', 199);
	text[0] = ';';
	strncpy(text + 199, "allow = c 1:1 rwm\n", sizeof(text) - 199);
	assert_string_equal(bare(text), "/allow=c 1:1 rwm\n");
	assert_reads(text, "!line-too-long@1:199\n");
}

static void test_the_longest_line_arrives_whole(void **state)
{
	char text[256];

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "k = ", 4);
	text[198] = '\n';
	text[199] = '\0';
	assert_int_equal(read_bytes(text, 199), 0);
	assert_int_equal(seen_length, strlen("k=@1\n") + 194);
	text[198] = 'x';
	text[199] = '\n';
	assert_int_equal(read_bytes(text, 200), 0);
	assert_string_equal(seen, "!line-too-long@1:199\n");
}

static void test_an_indented_line_continues_nothing(void **state)
{
	const char *text = "[a]\nallow = x\n  y = z\n";

	(void)state;
	assert_string_equal(bare(text), "a/allow=x\na/allow=y = z\n");
	assert_reads(text, "[a]@1\nallow=x@2\n!indented-line@3:3\n");
	assert_reads("[a]\nx = 1\n\ty\n   ; fine\n", "[a]@1\nx=1@2\n!indented-line@3:2\n");
}

static void test_names_are_not_cut(void **state)
{
	char text[200], cut[200];

	(void)state;
	snprintf(text, sizeof(text), "[%049d]\nx = 1\n[%050d]\ny = 2\n", 1, 2);
	snprintf(cut, sizeof(cut), "%049d/x=1\n%049d/y=2\n", 1, 0);
	assert_string_equal(bare(text), cut);
	snprintf(cut, sizeof(cut), "[%049d]@1\nx=1@2\n!name-too-long@3:2\n", 1);
	assert_reads(text, cut);
	snprintf(text, sizeof(text), "%050d = 1\n", 3);
	assert_reads(text, "!name-too-long@1:1\n");
}

static void test_nothing_hides_behind_a_header(void **state)
{
	(void)state;
	assert_string_equal(bare("[a] deny = x\ny = 1\n"), "a/y=1\n");
	assert_reads("[a] deny = x\ny = 1\n", "[a]@1\n!text-after-section@1:5\ny=1@2\n");
	assert_reads("[a] ; comment\ny = 1\n", "[a]@1\ny=1@2\n");
	assert_reads("[a]; comment\n", "[a]@1\n!text-after-section@1:4\n");
}

static void test_keys_below_a_bad_header_are_not_taken_for_the_section_before(void **state)
{
	(void)state;
	assert_reads("[a]\nx = 1\n[b\ny = 2\n[c]\nz = 3\n",
	             "[a]@1\nx=1@2\n!unterminated-section@3:1\n[c]@5\nz=3@6\n");
	assert_reads("[a]\n  [b]\ny = 2\n", "[a]@1\n!indented-line@2:3\n");
}

static void test_a_nul_hides_nothing(void **state)
{
	static const char text[] = "[a]\nx = 1\0 2\n; \0\ny = 3\n";

	(void)state;
	assert_int_equal(read_bytes(text, sizeof(text) - 1), 0);
	assert_string_equal(seen, "[a]@1\n!nul-byte@2:6\n!nul-byte@3:3\ny=3@4\n");
}

static void test_control_characters_and_broken_utf8(void **state)
{
	(void)state;
	assert_reads("x = \x1b[2J\n", "!control-character@1:5\n");
	assert_reads("x = a\x7f\n", "!control-character@1:6\n");
	assert_reads("x = \xc2\x9b\n", "!control-character@1:5\n");
	assert_reads("x = \xe2\x80\xae\n", "!control-character@1:5\n");
	assert_reads("x = \xff\n", "!not-utf8@1:5\n");
	assert_reads("x = \xc0\xaf\n", "!not-utf8@1:5\n");
	assert_reads("x = \xed\xa0\x80\n", "!not-utf8@1:5\n");
	assert_reads("x = \xf4\x90\x80\x80\n", "!not-utf8@1:5\n");
	assert_reads("x = \xe2\x82\n", "!not-utf8@1:5\n");
	assert_reads("x = caf\xc3\xa9 \xf0\x9f\x94\x92\n", "x=caf\xc3\xa9 \xf0\x9f\x94\x92@1\n");
}

static void test_line_ends_and_byte_order_mark(void **state)
{
	(void)state;
	assert_reads("\xef\xbb\xbf[a]\r\nx = 1\r\n\r\ny = 2", "[a]@1\nx=1@2\ny=2@4\n");
	assert_reads("[a]\nx = 1\r2\n", "[a]@1\n!control-character@2:6\n");
	assert_reads("[a]\n\xef\xbb\xbfx = 1\n", "[a]@1\n!control-character@2:1\n");
}

static void test_lines_without_an_equals_sign(void **state)
{
	(void)state;
	assert_string_equal(bare("allow c 1: 3\n"), "/allow c 1=3\n");
	assert_reads("allow c 1: 3\n", "!no-equals-sign@1:1\n");
	assert_reads("allow ; = x\n", "!no-equals-sign@1:1\n");
	assert_reads("= x\n", "!no-key@1:1\n");
	assert_reads("x\n", "!no-equals-sign@1:1\n");
}

static void test_comments_behind_values(void **state)
{
	(void)state;
	assert_reads("a = 1 ; two\nb = 1;2\nc = 1\t;2\nd = ; none\ne = 1 # 2\n",
	             "a=1@1\nb=1;2@2\nc=1@3\nd=@4\ne=1 # 2@5\n");
}

static void test_an_event_ends_the_reading(void **state)
{
	(void)state;
	fail_at_value = -ENOMEM;
	assert_int_equal(read_bytes("a = 1\nb = 2\n", 12), -ENOMEM);
	fail_at_value = 0;
	assert_string_equal(seen, "a=1@1\n");
}

static void test_nothing_at_all(void **state)
{
	(void)state;
	assert_reads("", "");
	assert_reads("\n\n", "");
	assert_reads("\xef\xbb\xbf", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_are_counted),
		cmocka_unit_test(test_empty_sections_are_announced),
		cmocka_unit_test(test_a_long_line_smuggles_nothing),
		cmocka_unit_test(test_the_longest_line_arrives_whole),
		cmocka_unit_test(test_an_indented_line_continues_nothing),
		cmocka_unit_test(test_names_are_not_cut),
		cmocka_unit_test(test_nothing_hides_behind_a_header),
		cmocka_unit_test(test_keys_below_a_bad_header_are_not_taken_for_the_section_before),
		cmocka_unit_test(test_a_nul_hides_nothing),
		cmocka_unit_test(test_control_characters_and_broken_utf8),
		cmocka_unit_test(test_line_ends_and_byte_order_mark),
		cmocka_unit_test(test_lines_without_an_equals_sign),
		cmocka_unit_test(test_comments_behind_values),
		cmocka_unit_test(test_an_event_ends_the_reading),
		cmocka_unit_test(test_nothing_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
