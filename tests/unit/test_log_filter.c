/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "output/audit_file.h"
#include "output/line_reader.h"
#include "output/log_filter.h"
#include "output/log_human.h"

#define NS_PER_S UINT64_C(1000000000)
#define NOW      (UINT64_C(1795453080) * NS_PER_S) /* 2026-11-23T16:58:00Z */

static void test_times(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} good[] = {
		{ "2026-11-23T16:58:00Z", NOW },
		{ "2026-11-23 16:58:00.5Z", NOW + NS_PER_S / 2 },
		{ "2026-11-23T16:58:00.123456789999Z", NOW + 123456789 },
		{ "2026-11-23T18:58:00+02:00", NOW },
		{ "2026-11-23t11:28:00-05:30", NOW },
		{ "2024-02-29T00:00:00Z", UINT64_C(1709164800) * NS_PER_S },
		{ "1970-01-01T00:00:00Z", 0 },
		{ "10m", NOW - 600 * NS_PER_S },
		{ "2h", NOW - 7200 * NS_PER_S },
		{ "1d", NOW - 86400 * NS_PER_S },
	};
	static const char *const bad[] = {
		"",
		"yesterday",
		"10",
		"2026-11-23",
		"2026-11-23T16:58Z",
		"2026-11-23T16:58:00",
		"2026-13-01T00:00:00Z",
		"2026-11-31T00:00:00Z",
		"2026-02-29T00:00:00Z",
		"2026-11-23T24:00:00Z",
		"2026-11-23T16:58:00Zjunk",
		"2026-11-23T16:58:00.Z",
		"2026-11-23T16:58:00+2:00",
		"1969-12-31T23:59:59Z",
		"-1m",
		"1970-01-01T00:00:00+01:00",
	};
	uint64_t ns;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(log_time_parse(good[i].text, NOW, &ns), 0);
		assert_true(ns == good[i].ns);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(log_time_parse(bad[i], NOW, &ns), -EINVAL);
}

static const char decision[] =
        "{\"schema\":1,\"type\":\"decision\",\"seq\":1,\"time\":\"2026-11-23T16:58:00.123456789Z\","
        "\"policy\":\"web\",\"verdict\":\"denied\",\"section\":\"connect\","
        "\"asked\":\"tcp 0.0.0.0:443\",\"judged\":\"tcp 127.0.0.1:443\",\"rule\":\"web.ini:12\","
        "\"rule_text\":\"deny = tcp any\",\"cgroup\":\"/a/b\",\"cgroup_id\":5,\"pid\":1234,"
        "\"uid\":0,\"comm\":\"curl\",\"generation\":7}";
static const char lost[] = "{\"schema\":1,\"type\":\"lost\",\"seq\":2,"
                           "\"time\":\"2026-11-23T16:58:01Z\",\"cause\":\"no-reader\",\"count\":5}";

static bool matches(const char *line, struct log_filter filter)
{
	CLEANUP_JSON json_object *record = NULL;

	assert_int_equal(json_read_object(line, strlen(line), &record), 0);
	return log_filter_matches(&filter, record);
}

#define FILTER(...) ((struct log_filter){ .until_ns = UINT64_MAX, __VA_ARGS__ })

static void test_filters(void **state)
{
	(void)state;
	assert_true(matches(decision, FILTER(.policy = NULL)));
	assert_true(matches(decision, FILTER(.policy = "web", .section = "connect",
	                                     .verdict = "denied", .cgroup = "/a")));
	assert_false(matches(decision, FILTER(.policy = "we")));
	assert_false(matches(decision, FILTER(.section = "bind")));
	assert_false(matches(decision, FILTER(.verdict = "audited")));
	assert_true(matches(decision, FILTER(.cgroup = "/a/b/")));
	assert_true(matches(decision, FILTER(.cgroup = "/")));
	assert_true(matches(decision, FILTER(.cgroup = "/a/")));
	assert_false(matches(decision, FILTER(.cgroup = "/a/b/c")));
	assert_false(matches(decision, FILTER(.cgroup = "/a/bb")));
	assert_true(matches(lost, FILTER(.cgroup = "/a")));
	assert_false(matches(lost, FILTER(.policy = "web")));
	assert_true(matches(decision, FILTER(.since_ns = NOW)));
	assert_false(matches(decision, FILTER(.since_ns = NOW + NS_PER_S)));
	assert_false(matches(lost, (struct log_filter){ .until_ns = NOW }));
}

static void assert_human(const char *line, const char *expected)
{
	CLEANUP_JSON json_object *record = NULL;
	CLEANUP_FREE char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	assert_int_equal(json_read_object(line, strlen(line), &record), 0);
	log_human(out, record, false);
	fclose(out);
	assert_string_equal(text, expected);
}

static void test_human_lines(void **state)
{
	(void)state;
	assert_human(decision, "2026-11-23 16:58:00.123Z denied connect tcp 0.0.0.0:443 (judged as "
	                       "tcp 127.0.0.1:443)  web.ini:12 (deny = tcp any)  curl[1234] uid 0 "
	                       "in /a/b\n");
	assert_human(
	        "{\"type\":\"decision\",\"verdict\":\"denied\",\"section\":\"file\",\"policy\":\"web\","
	        "\"asked\":\"r /f\",\"rule\":\"class\",\"object_class\":\"detached\",\"comm\":\"cat\","
	        "\"pid\":1,\"cgroup\":\"/a\"}",
	        "- denied file r /f  class detached, which [file] of web always denies  cat[1] "
	        "uid 0 in /a\n");
	assert_human(lost, "2026-11-23T16:58:01Z lost 5 (no-reader)\n");
	assert_human("{\"type\":\"account\"}", "");
	assert_human("{\"type\":\"from the future\"}", "");
	assert_human("{}", "");
	assert_human("{\"type\":\"decision\",\"comm\":\"\\u001b[2J\\u009b\",\"pid\":-5,"
	             "\"asked\":[],\"cgroup_id\":7}",
	             "- ? ? ?  unknown rule of generation 0  \\x1b[2J\\xc2\\x9b[0] uid 0 in "
	             "cgroup 7\n");
}

static void test_lines_of_any_length(void **state)
{
	struct line_reader reader;
	const char *text;
	size_t length;
	FILE *file = tmpfile();

	(void)state;
	assert_non_null(file);
	fputs("one\n\nthree\n", file);
	for (size_t i = 0; i < AUDIT_LINE_BYTES_MAX + 300000; i++)
		fputc('x', file);
	fputs("\nfive\npend", file);
	fflush(file);
	rewind(file);
	assert_int_equal(line_reader_init(&reader, fileno(file)), 0);
	assert_int_equal(line_reader_next(&reader, &text, &length), 1);
	assert_int_equal(length, 3);
	assert_memory_equal(text, "one", 3);
	assert_int_equal(line_reader_next(&reader, &text, &length), 1);
	assert_int_equal(length, 0);
	assert_int_equal(line_reader_next(&reader, &text, &length), 1);
	assert_int_equal(line_reader_next(&reader, &text, &length), -EMSGSIZE);
	assert_int_equal(reader.line, 4);
	assert_int_equal(line_reader_next(&reader, &text, &length), 1);
	assert_memory_equal(text, "five", 4);
	assert_int_equal(line_reader_next(&reader, &text, &length), 0);
	assert_int_equal(line_reader_pending(&reader), 4);
	fseek(file, 0, SEEK_END);
	fputs("ing\n", file);
	fflush(file);
	fseek(file, -4, SEEK_END);
	lseek(fileno(file), -4, SEEK_END);
	assert_int_equal(line_reader_next(&reader, &text, &length), 1);
	assert_memory_equal(text, "pending", 7);
	line_reader_fini(&reader);
	fclose(file);
}

static void assert_next(struct line_reader *reader, const char *expected)
{
	const char *text;
	size_t length;

	assert_int_equal(line_reader_resume(reader), 0);
	assert_int_equal(line_reader_next(reader, &text, &length), 1);
	assert_int_equal(length, strlen(expected));
	assert_memory_equal(text, expected, length);
}

/* A writer on a full disk takes half a line back; a rotation by copying empties the file. */
static void test_files_that_shrink(void **state)
{
	char path[] = "/tmp/cgward-unit-XXXXXX";
	int fd = mkstemp(path), out = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	struct line_reader reader;
	const char *text;
	size_t length;

	(void)state;
	assert_true(fd >= 0 && out >= 0);
	unlink(path);
	assert_int_equal(write(out, "one\nhalf", 8), 8);
	assert_int_equal(line_reader_init(&reader, fd), 0);
	assert_next(&reader, "one");
	assert_int_equal(line_reader_next(&reader, &text, &length), 0);
	assert_int_equal(ftruncate(out, 4), 0);
	assert_int_equal(write(out, "2\n", 2), 2);
	assert_next(&reader, "2");
	assert_int_equal(ftruncate(out, 0), 0);
	assert_int_equal(write(out, "3\n", 2), 2);
	assert_next(&reader, "3");
	assert_int_equal(reader.line, 1);
	line_reader_fini(&reader);
	close(fd);
	close(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_human_lines),
		cmocka_unit_test(test_lines_of_any_length),
		cmocka_unit_test(test_files_that_shrink),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
