/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every policy in tests/golden/bad against the exact text of its diagnostics. Devices, classes and
 * services are those of fake_world.c; files are real. GOLDEN_BAD names another directory;
 * GOLDEN_UPDATE=1 writes the expected texts anew, to be read in the diff before they are kept.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glob.h>
#include <string.h>

#include "base/cleanup.h"
#include "fake_world.h"

#define POLICIES_MIN 60

static char *read_text(const char *path)
{
	char *text = NULL;
	size_t length = 0;
	const char *why = NULL;

	if (surroundings_any_owner.read_file(NULL, path, 1U << 20, &text, &length, &why))
		return NULL;
	return text;
}

static void write_text(const char *path, const char *text)
{
	CLEANUP_FCLOSE FILE *out = fopen(path, "we");

	assert_non_null(out);
	assert_int_equal(fputs(text, out) < 0, 0);
}

/* The line after `text`, or NULL at the end. */
static const char *after_line(const char *text)
{
	const char *end = strchr(text, '\n');

	return end ? end + 1 : NULL;
}

static void print_difference(const char *name, const char *expected, const char *got)
{
	unsigned line = 1;

	for (;;) {
		const char *next_expected = after_line(expected), *next_got = after_line(got);

		if (!next_expected || !next_got || next_expected - expected != next_got - got ||
		    memcmp(expected, got, (size_t)(next_got - got)))
			break;
		expected = next_expected;
		got = next_got;
		line++;
	}
	print_error("%s differs from line %u on\n--- expected\n%s+++ got\n%s", name, line, expected,
	            got);
}

static bool check(const char *name)
{
	struct surroundings surroundings = fake_surroundings(NULL);
	struct diag diag = DIAG_INIT;
	struct policy *policy = NULL;
	CLEANUP_FREE char *wanted_path = NULL, *wanted = NULL, *got = NULL;
	bool same;

	assert_true(asprintf(&wanted_path, "%.*s.expected", (int)strlen(name) - 4, name) > 0);
	if (policy_load(name, &surroundings, &diag, &policy) != -EINVAL || policy)
		fail_msg("%s was loaded", name);
	assert_true(diag_has_errors(&diag));
	got = findings_text(&diag);
	assert_non_null(got);
	diag_fini(&diag);
	if (getenv("GOLDEN_UPDATE"))
		write_text(wanted_path, got);
	wanted = read_text(wanted_path);
	same = wanted && !strcmp(wanted, got);
	if (!same)
		print_difference(name, wanted ? wanted : "", got);
	return same;
}

static void test_bad_policies(void **state)
{
	const char *directory = getenv("GOLDEN_BAD");
	size_t different = 0;
	glob_t found;

	(void)state;
	assert_int_equal(chdir(directory ? directory : "tests/golden/bad"), 0);
	assert_int_equal(glob("*.ini", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		different += !check(found.gl_pathv[i]);
	assert_true(found.gl_pathc >= POLICIES_MIN);
	globfree(&found);
	assert_int_equal(different, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_policies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
