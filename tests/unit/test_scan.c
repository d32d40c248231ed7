/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scanners: what they accept, what they refuse and where they point.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "scan_check.h"

#define ANY UINT32_MAX

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		uint32_t maximum;
		int at;
		uint32_t number;
	} cases[] = {
		{ "0", 9, -1, 0 },
		{ "65535", 65535, -1, 65535 },
		{ "65536", 65535, 0, 0 },
		{ "4294967295", UINT32_MAX, -1, UINT32_MAX },
		{ "4294967296", UINT32_MAX, 0, 0 },
		{ "99999999999999999999999999", UINT32_MAX, 0, 0 },
		{ "18446744073709551617", UINT32_MAX, 0, 0 },
		{ "", 9, 0, 0 },
		{ "00", 9, 0, 0 },
		{ "07", 9, 0, 0 },
		{ "-1", 9, 0, 0 },
		{ "+1", 9, 0, 0 },
		{ " 1", 9, 0, 0 },
		{ "1 ", 9, 0, 0 },
		{ "0x1", 9, 0, 0 },
		{ "1e1", 99, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span text = exact_span(cases[i].text);
		struct complaint complaint;
		uint32_t number = 77;
		int error = scan_number(text, "number", cases[i].maximum, &number, &complaint);

		assert_int_equal(complaint_offset(error, text, &complaint), cases[i].at);
		assert_int_equal(number, error ? 77 : cases[i].number);
	}
}

static void test_port_ranges(void **state)
{
	static const struct {
		const char *text;
		int at;
		uint16_t first, last;
	} cases[] = {
		{ "0", -1, 0, 0 },       { "80", -1, 80, 80 }, { "1-65535", -1, 1, 65535 },
		{ "80-80", -1, 80, 80 }, { "81-80", 0, 0, 0 }, { "80-", 3, 0, 0 },
		{ "-80", 0, 0, 0 },      { "1-2-3", 2, 0, 0 }, { "65536", 0, 0, 0 },
		{ "1-65536", 2, 0, 0 },  { "http", 0, 0, 0 },  { "", 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span text = exact_span(cases[i].text);
		struct complaint complaint;
		uint16_t first = 7, last = 7;
		int error = scan_port_range(text, &first, &last, &complaint);

		assert_int_equal(complaint_offset(error, text, &complaint), cases[i].at);
		assert_int_equal(first, error ? 7 : cases[i].first);
		assert_int_equal(last, error ? 7 : cases[i].last);
	}
}

static void test_device_numbers(void **state)
{
	static const struct {
		const char *text;
		int at;
		uint32_t major, minor;
	} cases[] = {
		{ "1:3", -1, 1, 3 },
		{ "136:*", -1, 136, ANY },
		{ "*:*", -1, ANY, ANY },
		{ "*:3", -1, ANY, 3 },
		{ "4095:1048575", -1, 4095, 1048575 },
		{ "4096:0", 0, 0, 0 },
		{ "0:1048576", 2, 0, 0 },
		{ "1", 0, 0, 0 },
		{ ":", 0, 0, 0 },
		{ "1:", 2, 0, 0 },
		{ ":3", 0, 0, 0 },
		{ "1:3:4", 2, 0, 0 },
		{ "**:*", 0, 0, 0 },
		{ "1:03", 2, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span text = exact_span(cases[i].text);
		struct complaint complaint;
		uint32_t major = 0, minor = 0;
		int error = scan_device_numbers(text, ANY, &major, &minor, &complaint);

		assert_int_equal(complaint_offset(error, text, &complaint), cases[i].at);
		assert_int_equal(major, cases[i].major);
		assert_int_equal(minor, cases[i].minor);
	}
}

static void test_access_letters(void **state)
{
	static const struct {
		const char *text;
		int at;
		uint32_t access;
	} cases[] = {
		{ "r", -1, ACCESS_READ },
		{ "mwr", -1, ACCESS_READ | ACCESS_WRITE | ACCESS_MKNOD },
		{ "wm", -1, ACCESS_WRITE | ACCESS_MKNOD },
		{ "", 0, 0 },
		{ "rr", 1, 0 },
		{ "rwx", 2, 0 },
		{ "R", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span text = exact_span(cases[i].text);
		struct complaint complaint;
		uint32_t access = 0;
		int error = scan_access(text, &access, &complaint);

		assert_int_equal(complaint_offset(error, text, &complaint), cases[i].at);
		assert_int_equal(access, cases[i].access);
	}
}

static void test_names(void **state)
{
	static const struct {
		const char *text;
		int at;
	} cases[] = {
		{ "internal", -1 }, { "a.b_c-9", -1 },  { "9", -1 },        { "", 0 },
		{ ".a", 0 },        { "-a", 0 },        { "_a", 0 },        { "a b", 1 },
		{ "a/b", 1 },       { "a\xc3\xa4", 1 }, { "12345678", -1 }, { "123456789", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span text = exact_span(cases[i].text);
		struct complaint complaint;
		int error = scan_name(text, "name", 8, &complaint);

		assert_int_equal(complaint_offset(error, text, &complaint), cases[i].at);
	}
}

static void test_durations_and_rates(void **state)
{
	static const struct {
		const char *text;
		int at;
		uint32_t seconds;
	} durations[] = {
		{ "90s", -1, 90 },       { "15m", -1, 900 },
		{ "2h", -1, 7200 },      { "366d", -1, DURATION_SECONDS_MAX },
		{ "367d", 0, 0 },        { "10", 0, 0 },
		{ "s", 0, 0 },           { "1 s", 0, 0 },
		{ "4294967297s", 0, 0 }, { "01s", 0, 0 },
	};
	static const struct {
		const char *text;
		int at;
		uint32_t count, period_s;
	} rates[] = {
		{ "100/s", -1, 100, 1 },
		{ "60/m", -1, 60, 60 },
		{ "1000000/h", -1, 1000000, 3600 },
		{ "unlimited", -1, 0, 1 },
		{ "0/s", 0, 0, 0 },
		{ "1000001/s", 0, 0, 0 },
		{ "100", 0, 0, 0 },
		{ "100/d", 0, 0, 0 },
		{ "/s", 0, 0, 0 },
		{ "1/ss", 0, 0, 0 },
		{ "", 0, 0, 0 },
	};
	struct complaint complaint;

	(void)state;
	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
		struct span text = exact_span(durations[i].text);
		uint32_t seconds = 0;
		int error = scan_duration(text, &seconds, &complaint);

		assert_int_equal(complaint_offset(error, text, &complaint), durations[i].at);
		assert_int_equal(seconds, durations[i].seconds);
	}
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		struct span text = exact_span(rates[i].text);
		uint32_t count = 0, period_s = 0;
		int error = scan_rate(text, &count, &period_s, &complaint);

		assert_int_equal(complaint_offset(error, text, &complaint), rates[i].at);
		assert_int_equal(count, rates[i].count);
		assert_int_equal(period_s, rates[i].period_s);
	}
}

static void test_near_names(void **state)
{
	static const struct name names[] = {
		{ "allow", 1 }, { "audit", 2 }, { "default", 3 }, { "tcp", 4 }, { "a", 5 },
	};
	struct name_table table = NAME_TABLE(names);

	(void)state;
	assert_string_equal(name_nearest(table, span_of("alow")), "allow");
	assert_string_equal(name_nearest(table, span_of("dfeault")), "default");
	assert_string_equal(name_nearest(table, span_of("TCP")), "tcp");
	assert_string_equal(name_nearest(table, span_of("tpc")), "tcp");
	assert_null(name_nearest(table, span_of("permit")));
	assert_null(name_nearest(table, span_of("")));
	assert_null(name_nearest(table, span_of("b")));
	assert_null(name_nearest(table, span_of("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")));
	assert_int_equal(name_find(table, span_of("audit"))->number, 2);
	assert_null(name_find(table, span_of("aud")));
}

static void test_words(void **state)
{
	struct span rest = span_of("  one\ttwo "), word;

	(void)state;
	word = span_word(&rest);
	assert_true(span_is(word, "one"));
	word = span_word(&rest);
	assert_true(span_is(word, "two"));
	word = span_word(&rest);
	assert_int_equal(word.length, 0);
	assert_true(span_is(span_trim(span_of(" \t a b \t")), "a b"));
	assert_true(span_is(span_trim(span_of(" \t ")), ""));
}

static void test_a_long_word_does_not_overrun_a_complaint(void **state)
{
	char text[4096];
	struct complaint complaint;
	uint32_t number;

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(
	        scan_number((struct span){ text, sizeof(text) }, "number", 9, &number, &complaint),
	        -EINVAL);
	assert_true(strlen(complaint.message) < sizeof(complaint.message));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_port_ranges),
		cmocka_unit_test(test_device_numbers),
		cmocka_unit_test(test_access_letters),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_durations_and_rates),
		cmocka_unit_test(test_near_names),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_a_long_word_does_not_overrun_a_complaint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
