/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every policy in tests/golden/bad against the exact text of its diagnostics, and every one in
 * tests/golden/good against all that it became. Devices, classes and services are those of
 * fake_world.c; files are real. GOLDEN names another directory than tests/golden; GOLDEN_UPDATE=1
 * writes the expected texts anew, to be read in the diff before they are kept.
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
#include "model_text.h"

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

/* Compares with, or writes, the file beside `name` that ends in `suffix`. */
static bool as_kept(const char *name, const char *suffix, const char *got)
{
	CLEANUP_FREE char *path = NULL, *wanted = NULL;
	bool same;

	assert_non_null(got);
	assert_true(asprintf(&path, "%.*s%s", (int)strlen(name) - 4, name, suffix) > 0);
	if (getenv("GOLDEN_UPDATE"))
		write_text(path, got);
	wanted = read_text(path);
	same = wanted && !strcmp(wanted, got);
	if (!same)
		print_difference(name, wanted ? wanted : "", got);
	return same;
}

static bool check_bad(const char *name)
{
	struct surroundings surroundings = fake_surroundings(NULL);
	struct diag diag = DIAG_INIT;
	struct policy *policy = NULL;
	CLEANUP_FREE char *got = NULL;

	if (policy_load(name, &surroundings, &diag, &policy) != -EINVAL || policy)
		fail_msg("%s was loaded", name);
	assert_true(diag_has_errors(&diag));
	got = findings_text(&diag);
	diag_fini(&diag);
	return as_kept(name, ".expected", got);
}

static bool check_good(const char *name)
{
	struct surroundings surroundings = fake_surroundings(NULL);
	struct diag diag = DIAG_INIT;
	struct policy *policy = NULL;
	CLEANUP_FREE char *got = NULL;

	if (policy_load(name, &surroundings, &diag, &policy))
		fail_msg("%s was not loaded", name);
	assert_int_equal(diag.findings.count, 0);
	got = model_text(policy);
	policy_free(policy);
	diag_fini(&diag);
	return as_kept(name, ".model", got);
}

/* Checks all of a directory; returns how many there were. */
static size_t check_all(const char *directory, bool (*check)(const char *name))
{
	const char *golden = getenv("GOLDEN");
	CLEANUP_FREE char *home = getcwd(NULL, 0);
	size_t different = 0, count;
	glob_t found;

	assert_non_null(home);
	assert_int_equal(chdir(golden ? golden : "tests/golden"), 0);
	assert_int_equal(chdir(directory), 0);
	assert_int_equal(glob("*.ini", 0, NULL, &found), 0);
	count = found.gl_pathc;
	for (size_t i = 0; i < count; i++)
		different += !check(found.gl_pathv[i]);
	globfree(&found);
	assert_int_equal(chdir(home), 0);
	assert_int_equal(different, 0);
	return count;
}

static void test_bad_policies(void **state)
{
	(void)state;
	assert_true(check_all("bad", check_bad) >= POLICIES_MIN);
}

static void test_good_policies(void **state)
{
	(void)state;
	assert_true(check_all("good", check_good) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_policies),
		cmocka_unit_test(test_good_policies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
