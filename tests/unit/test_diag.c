/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/diag.h"

/* Text that may be pointed to by `char *`, as long as the function runs. */
#define TEXT(literal) ((char[]){ literal })

static char *written(const struct finding *finding, bool colour)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	finding_write(out, finding, colour);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void assert_written(struct finding finding, const char *expected)
{
	char *text = written(&finding, false);

	assert_string_equal(text, expected);
	free(text);
}

static void test_place_caret_and_hint(void **state)
{
	(void)state;
	assert_written((struct finding){ .severity = SEVERITY_ERROR,
	                                 .path = TEXT("web.ini"),
	                                 .line = 12,
	                                 .column = 9,
	                                 .caret = 9,
	                                 .message = TEXT("bad"),
	                                 .source = TEXT("allow = x"),
	                                 .hint = TEXT("one\ntwo") },
	               "web.ini:12:9: error: bad\n"
	               "    allow = x\n"
	               "            ^\n"
	               "hint: one\n"
	               "      two\n");
	assert_written((struct finding){ .severity = SEVERITY_WARNING,
	                                 .path = TEXT("web.ini"),
	                                 .line = 12,
	                                 .message = TEXT("m"),
	                                 .source = TEXT("allow = x") },
	               "web.ini:12: warning: m\n    allow = x\n");
	assert_written((struct finding){ .severity = SEVERITY_NOTE,
	                                 .path = TEXT("web.ini"),
	                                 .message = TEXT("m") },
	               "web.ini: note: m\n");
	assert_written((struct finding){ .severity = SEVERITY_ERROR, .message = TEXT("m") },
	               "error: m\n");
}

static void test_the_caret_follows_tabs_and_wide_bytes(void **state)
{
	struct finding finding = { .severity = SEVERITY_ERROR, .message = TEXT("m") };

	(void)state;
	finding.source = TEXT("a\t=\tx");
	finding.caret = 5;
	assert_written(finding, "error: m\n    a\t=\tx\n     \t \t^\n");
	finding.source = TEXT("\xc3\xbc x");
	finding.caret = 4;
	assert_written(finding, "error: m\n    \xc3\xbc x\n      ^\n");
	finding.source = TEXT("\xff x");
	finding.caret = 3;
	assert_written(finding, "error: m\n    \\xff x\n         ^\n");
	finding.caret = 4;
	assert_written(finding, "error: m\n    \\xff x\n          ^\n");
	/* Of a long line the beginning is shown: nothing in it is what is meant. */
	finding.caret = 5;
	assert_written(finding, "error: m\n    \\xff x\n");
}

/* A rule is told in its canonical spacing, but its column is the one in the file. */
static void test_the_caret_is_where_the_text_has_it(void **state)
{
	(void)state;
	assert_written((struct finding){ .severity = SEVERITY_WARNING,
	                                 .path = TEXT("web.ini"),
	                                 .line = 12,
	                                 .column = 13,
	                                 .caret = 9,
	                                 .message = TEXT("m"),
	                                 .source = TEXT("allow = x") },
	               "web.ini:12:13: warning: m\n    allow = x\n            ^\n");
}

static void test_hostile_text_is_escaped(void **state)
{
	(void)state;
	assert_written((struct finding){ .severity = SEVERITY_ERROR,
	                                 .path = TEXT("a\n\x1b]0;x\x07.ini"),
	                                 .line = 1,
	                                 .message = TEXT("\x1b[2J\nfake.ini:1: error"),
	                                 .source = TEXT("\xe2\x80\xae\xc2\x9b\r\x7f\xc3"),
	                                 .hint = TEXT("\x1b[0m\xc0\xaf") },
	               "a\\x0a\\x1b]0;x\\x07.ini:1: error: \\x1b[2J\\x0afake.ini:1: error\n"
	               "    \\xe2\\x80\\xae\\xc2\\x9b\\x0d\\x7f\\xc3\n"
	               "hint: \\x1b[0m\\xc0\\xaf\n");
}

static void test_colours_change_nothing_but_colour(void **state)
{
	struct finding finding = { .severity = SEVERITY_ERROR,
		                   .path = TEXT("a.ini"),
		                   .line = 1,
		                   .column = 1,
		                   .caret = 1,
		                   .message = TEXT("m"),
		                   .source = TEXT("x"),
		                   .hint = TEXT("h") };
	char *coloured = written(&finding, true), *plain = written(&finding, false),
	     *out = coloured;

	(void)state;
	assert_non_null(strchr(coloured, '\033'));
	for (const char *in = coloured; *in; in++) {
		if (*in == '\033')
			in += strcspn(in, "m");
		else
			*out++ = *in;
	}
	*out = '\0';
	assert_string_equal(coloured, plain);
	free(coloured);
	free(plain);
}

static void add(struct diag *diag, const char *path, uint32_t line, uint32_t column,
                const char *message)
{
	struct place place = { .path = path, .line = line, .column = column };

	diag_add(diag, SEVERITY_ERROR, "code", &place, NULL, "%s", message);
}

static void test_sorted_by_file_as_it_came_then_place(void **state)
{
	struct diag diag = DIAG_INIT;
	char order[8] = "";

	(void)state;
	add(&diag, "z.ini", 9, 1, "3");
	add(&diag, "a.ini", 1, 1, "5");
	add(&diag, "z.ini", 2, 7, "1");
	add(&diag, NULL, 0, 0, "6");
	add(&diag, "z.ini", 2, 7, "2");
	add(&diag, "z.ini", 2, 0, "0");
	add(&diag, "z.ini", 9, 2, "4");
	diag_sort(&diag);
	array_foreach (finding, &diag.findings)
		strcat(order, finding->message);
	assert_string_equal(order, "0123456");
	diag_fini(&diag);
}

static void test_nothing_is_lost_without_a_number(void **state)
{
	struct diag diag = DIAG_INIT;

	(void)state;
	assert_false(diag_has_errors(&diag));
	diag_add(&diag, SEVERITY_WARNING, "w", NULL, NULL, "w");
	diag_add(&diag, SEVERITY_NOTE, "n", NULL, "hint", "n");
	assert_false(diag_has_errors(&diag));
	for (unsigned i = 0; i < FINDINGS_MAX + 5; i++)
		add(&diag, "a.ini", i, 0, "m");
	assert_true(diag_has_errors(&diag));
	assert_int_equal(diag.findings.count, FINDINGS_MAX);
	assert_int_equal(diag.dropped, 7);
	assert_int_equal(diag.errors, FINDINGS_MAX + 5);
	assert_int_equal(diag.warnings, 1);
	assert_int_equal(diag.notes, 1);
	diag_fini(&diag);
	assert_false(diag_has_errors(&diag));
	diag.lost = true;
	assert_true(diag_has_errors(&diag));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_place_caret_and_hint),
		cmocka_unit_test(test_the_caret_follows_tabs_and_wide_bytes),
		cmocka_unit_test(test_the_caret_is_where_the_text_has_it),
		cmocka_unit_test(test_hostile_text_is_escaped),
		cmocka_unit_test(test_colours_change_nothing_but_colour),
		cmocka_unit_test(test_sorted_by_file_as_it_came_then_place),
		cmocka_unit_test(test_nothing_is_lost_without_a_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
