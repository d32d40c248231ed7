/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "output/escape.h"
#include "output/json_write.h"

static void assert_escaped(const char *text, const char *expected)
{
	char *got = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&got, &size);

	assert_non_null(out);
	escape_write(out, text);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(got, expected);
	free(got);
}

static void test_printable_text_passes(void **state)
{
	(void)state;
	assert_escaped("", "");
	assert_escaped("deny = tcp 10.0.0.0/8", "deny = tcp 10.0.0.0/8");
	assert_escaped("Gr\xc3\xbc\xc3\x9f"
	               "e \xe2\x82\xac \xf0\x9f\x94\x92",
	               "Gr\xc3\xbc\xc3\x9f"
	               "e \xe2\x82\xac \xf0\x9f\x94\x92");
}

static void test_controls_are_escaped(void **state)
{
	(void)state;
	assert_escaped("a\x1b[31mb\r\n\t\x7f", "a\\x1b[31mb\\x0d\\x0a\\x09\\x7f");
	assert_escaped("\xc2\x9b"
	               "31m",
	               "\\xc2\\x9b31m"); /* C1 CSI */
	assert_escaped("\xc2\xa0", "\xc2\xa0");
	assert_escaped("a\xe2\x80\xae"
	               "b",
	               "a\\xe2\\x80\\xae"
	               "b"); /* right-to-left override */
}

static void test_invalid_utf8_is_escaped(void **state)
{
	(void)state;
	assert_escaped("\x80", "\\x80");
	assert_escaped("\xc0\xaf", "\\xc0\\xaf");                   /* overlong / */
	assert_escaped("\xe0\x80\xaf", "\\xe0\\x80\\xaf");          /* overlong / */
	assert_escaped("\xed\xa0\x80", "\\xed\\xa0\\x80");          /* surrogate */
	assert_escaped("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* above U+10FFFF */
	assert_escaped("\xe2\x82", "\\xe2\\x82");                   /* cut short */
	assert_escaped("\xe2\x82"
	               "a",
	               "\\xe2\\x82"
	               "a");
	assert_escaped("\xff\xfe", "\\xff\\xfe");
}

static void assert_json(bool pretty, const char *expected)
{
	char *got = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&got, &size);
	struct json_writer writer = { .out = out, .pretty = pretty };

	assert_non_null(out);
	json_write_begin(&writer, NULL, '{');
	json_write_text(&writer, "text", "q\"\\\n\x1b\xff\xc3\xbc");
	json_write_text(&writer, "none", NULL);
	json_write_begin(&writer, "list", '[');
	json_write_number(&writer, NULL, UINT64_MAX);
	json_write_flag(&writer, NULL, true);
	json_write_begin(&writer, NULL, '{');
	json_write_end(&writer);
	json_write_end(&writer);
	json_write_begin(&writer, "empty", '[');
	json_write_end(&writer);
	json_write_end(&writer);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(got, expected);
	free(got);
}

static void test_json_on_one_line(void **state)
{
	(void)state;
	assert_json(false, "{\"text\":\"q\\\"\\\\\\n\\u001b\\\\xff\xc3\xbc\",\"none\":null,"
	                   "\"list\":[18446744073709551615,true,{}],\"empty\":[]}\n");
}

static void test_json_indented(void **state)
{
	(void)state;
	assert_json(true,
	            "{\n  \"text\": \"q\\\"\\\\\\n\\u001b\\\\xff\xc3\xbc\",\n  \"none\": null,\n"
	            "  \"list\": [\n    18446744073709551615,\n    true,\n    {}\n  ],\n"
	            "  \"empty\": []\n}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_printable_text_passes),
		cmocka_unit_test(test_controls_are_escaped),
		cmocka_unit_test(test_invalid_utf8_is_escaped),
		cmocka_unit_test(test_json_on_one_line),
		cmocka_unit_test(test_json_indented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
