/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Policies of several files: groups over files and lists, includes, and whose settings count.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/socket.h>

#include "load_check.h"

/* ---- groups and lists --------------------------------------------------------------------- */

static void test_groups_are_united_over_files_and_lists(void **state)
{
	const struct fake_file files[] = {
		{ .path = "p/web.ini",
		  .text = "[policy]\ninclude = sub/more.ini\n"
		          "[connect]\nallow = tcp @internal:443\nallow = udp @later:53\n"
		          "[group internal]\naddress = 10.0.0.0/8\nfile = lists/a.txt\n" },
		{ .path = "p/sub/more.ini",
		  .text = "[group internal]\naddress = fd00::/8\nfile = ../lists/b.txt\n"
		          "[group later]\nfile = /abs/c.txt\nfile = ../lists/a.txt\n" },
		{ .path = "p/lists/a.txt",
		  .text = "\xef\xbb\xbf# ours\r\n192.0.2.0/24 # one\r\n\r\n" },
		{ .path = "p/sub/../lists/b.txt", .text = "  ::ffff:198.51.100.7\n" },
		{ .path = "p/sub/../lists/a.txt", .text = "203.0.113.1" },
		{ .path = "/abs/c.txt", .text = "2001:db8::/32\n# end" },
	};
	struct policy *policy = load_files(files, 6);

	(void)state;
	assert_prefixes(policy, &policy->rules.items[0],
	                "10.0.0.0/8 fd00::/8 192.0.2.0/24 198.51.100.7/32");
	assert_prefixes(policy, &policy->rules.items[1], "2001:db8::/32 203.0.113.1/32");
	assert_string_equal(policy->sets.items[policy->rules.items[0].address.set].group,
	                    "internal");
	assert_string_equal(policy->files.items[1], "p/sub/more.ini");
	assert_string_equal(policy->files.items[2], "p/lists/a.txt");
	policy_free(policy);
}

static void test_a_list_is_read_once_for_all_who_name_it(void **state)
{
	const struct fake_file files[] = {
		{ .path = "web.ini",
		  .text = "[group a]\nfile = l.txt\nfile = l.txt\n[group b]\nfile = ./l.txt\n"
		          "[bind]\nallow = @a\nallow = @b:80\n" },
		{ .path = "l.txt", .text = "10.0.0.1\n" },
	};
	struct fake_world world = { .files = files, .count = 2 };
	struct surroundings surroundings = fake_surroundings(&world);
	struct diag diag = DIAG_INIT;
	struct policy *policy = NULL;

	(void)state;
	assert_int_equal(policy_load("web.ini", &surroundings, &diag, &policy), 0);
	assert_int_equal(world.reads, 2);
	assert_int_equal(policy->files.count, 2);
	assert_prefixes(policy, &policy->rules.items[0], "10.0.0.1/32");
	assert_prefixes(policy, &policy->rules.items[1], "10.0.0.1/32");
	policy_free(policy);
	diag_fini(&diag);
}

static void test_a_list_of_100000(void **state)
{
	size_t size = 100000 * 20;
	char *text = malloc(size);
	const struct fake_file files[] = {
		{ .path = "web.ini", .text = "[group a]\nfile = l.txt\n[connect]\ndeny = @a\n" },
		{ .path = "l.txt", .text = text },
	};
	struct policy *policy;
	size_t length = 0;

	(void)state;
	assert_non_null(text);
	for (unsigned i = 0; i < 100000; i++)
		length += (size_t)snprintf(text + length, size - length, "10.%u.%u.%u\n", i >> 16,
		                           i >> 8 & 255, i & 255);
	policy = load_files(files, 2);
	assert_int_equal(policy->sets.items[0].prefixes.count, 100000);
	policy_free(policy);
	free(text);
}

/* ---- includes ----------------------------------------------------------------------------- */

static void test_a_diamond_is_loaded_once(void **state)
{
	const struct fake_file files[] = {
		{ .path = "d/top.ini",
		  .text = "[policy]\ninclude = b/left.ini\n"
		          "include = b/right.ini\ninclude = base.ini\n" },
		{ .path = "d/b/left.ini",
		  .text = "[policy]\ninclude = ../base.ini\n"
		          "[bind]\nallow = tcp any:1\n" },
		{ .path = "d/b/right.ini",
		  .text = "[policy]\ninclude = ./..//base.ini\n"
		          "[bind]\nallow = tcp any:2\n" },
		{ .path = "d/base.ini", .text = "[bind]\nallow = tcp any:3\n" },
		{ .path = "d/b/../base.ini", .text = "[bind]\nallow = tcp any:3\n" },
		{ .path = "d/b/..//base.ini", .text = "[bind]\nallow = tcp any:3\n" },
	};
	struct policy *policy = load_files(files, 6);

	(void)state;
	assert_int_equal(policy->rules.count, 3);
	assert_ports(&policy->rules.items[0], "1-1");
	assert_ports(&policy->rules.items[1], "3-3");
	assert_ports(&policy->rules.items[2], "2-2");
	assert_int_equal(policy->files.count, 4);
	policy_free(policy);
}

/* A `..` behind a symbolic link is another directory: same words, another file. */
static void test_other_bytes_are_another_file(void **state)
{
	const struct fake_file files[] = {
		{ .path = "top.ini",
		  .text = "[policy]\ninclude = base.ini\ninclude = l/../base.ini\n" },
		{ .path = "base.ini", .text = "[bind]\nallow = tcp any:3\n" },
		{ .path = "l/../base.ini", .text = "[bind]\nallow = tcp any:4\n" },
	};
	struct policy *policy = load_files(files, 3);

	(void)state;
	assert_int_equal(policy->rules.count, 2);
	policy_free(policy);
}

static void test_settings_of_includes_count_where_none_are_given(void **state)
{
	const struct fake_file files[] = {
		{ .path = "top.ini",
		  .text = "[policy]\ninclude = a.ini\ninclude = b.ini\n"
		          "[connect]\ndefault = deny\n" },
		{ .path = "a.ini",
		  .text = "[policy]\nmode = audit\ndescription = a\nlog = none\n"
		          "unsupported = warn\nlog-rate = 1/h\n"
		          "[connect]\ndefault = allow\nmode = audit\n"
		          "[socket]\nfamilies = inet\n[device]\n" },
		{ .path = "b.ini",
		  .text = "[connect]\ndefault = deny\nmode = audit\n"
		          "[socket]\nfamilies = inet\ndefault = allow\n" },
	};
	struct policy *policy = load_files(files, 3);
	const struct section_settings *sections = policy->sections;

	(void)state;
	assert_int_equal(sections[SECTION_CONNECT].fallback, VERDICT_DENY);
	assert_true(sections[SECTION_CONNECT].audit);
	assert_true(sections[SECTION_SOCKET].families == 1ULL << AF_INET);
	assert_int_equal(sections[SECTION_SOCKET].fallback, VERDICT_ALLOW);
	assert_false(sections[SECTION_SOCKET].audit);
	assert_true(sections[SECTION_DEVICE].present);
	assert_int_equal(sections[SECTION_DEVICE].where.file, 1);
	assert_false(policy->audit);
	assert_false(policy->unsupported_warn);
	assert_null(policy->description);
	assert_int_equal(policy->log, LOG_DENIED);
	assert_int_equal(policy->rate_count, LOG_RATE_DEFAULT);
	policy_free(policy);
}

/* Two includes disagree, and the file that includes their includer settles it. */
static void test_a_dispute_may_be_settled_above(void **state)
{
	const struct fake_file files[] = {
		{ .path = "top.ini",
		  .text = "[policy]\ninclude = mid.ini\n[bind]\ndefault = allow\n" },
		{ .path = "mid.ini", .text = "[policy]\ninclude = a.ini\ninclude = b.ini\n" },
		{ .path = "a.ini", .text = "[bind]\ndefault = allow\n" },
		{ .path = "b.ini", .text = "[bind]\ndefault = deny\n" },
		{ .path = "unsettled.ini", .text = "[policy]\ninclude = mid.ini\n" },
	};
	const struct fake_file unsettled[] = { files[4], files[1], files[2], files[3] };
	const struct fake_file beside[] = {
		{ .path = "t.ini", .text = "[policy]\ninclude = a.ini\ninclude = mid.ini\n" },
		files[1],
		files[2],
		files[3],
	};
	struct policy *policy = load_files(files, 4);

	(void)state;
	assert_int_equal(policy->sections[SECTION_BIND].fallback, VERDICT_ALLOW);
	policy_free(policy);
	assert_refused(unsettled, 4, "includes-disagree", 3, 11);
	assert_refused(beside, 4, "includes-disagree", 3, 11);
}

/* Through a diamond, what the common file says reaches both. */
static void test_settings_through_a_diamond(void **state)
{
	const struct fake_file files[] = {
		{ .path = "top.ini", .text = "[policy]\ninclude = a.ini\ninclude = b.ini\n" },
		{ .path = "a.ini",
		  .text = "[policy]\ninclude = base.ini\n[bind]\ndefault = deny\n" },
		{ .path = "b.ini", .text = "[policy]\ninclude = base.ini\n" },
		{ .path = "base.ini", .text = "[bind]\ndefault = allow\n" },
	};

	(void)state;
	assert_refused(files, 4, "includes-disagree", 3, 11);
}

static void test_files_that_cannot_be_had(void **state)
{
	const struct fake_file trust[] = {
		{ .path = "top.ini", .text = "[policy]\ninclude = a.ini\n" },
		{ .path = "a.ini", .error = -EPERM },
	};
	const struct fake_file changed[] = {
		{ .path = "top.ini", .text = "[group g]\nfile = a.txt\n" },
		{ .path = "a.txt", .error = -EAGAIN },
	};
	const struct fake_file missing[] = { { .path = "top.ini", .error = -ENOENT } };

	(void)state;
	assert_refused(trust, 2, "cannot-read", 2, 11);
	assert_refused(changed, 2, "cannot-read", 2, 8);
	assert_refused(missing, 1, "cannot-read", 0, 0);
}

/* The user can do nothing about it: it is no -EINVAL, and ends the load. */
static void test_files_that_the_system_does_not_read(void **state)
{
	const struct fake_file files[] = {
		{ .path = "top.ini", .text = "[policy]\ninclude = a.ini\ninclude = b.ini\n" },
		{ .path = "a.ini", .error = -EIO },
		{ .path = "b.ini", .error = -EACCES },
	};
	struct fake_world world = { .files = files, .count = 3 };
	struct surroundings surroundings = fake_surroundings(&world);
	struct diag diag = DIAG_INIT;
	struct policy *policy = NULL;

	(void)state;
	assert_int_equal(policy_load("top.ini", &surroundings, &diag, &policy), -EIO);
	assert_null(policy);
	assert_int_equal(diag.findings.count, 1);
	assert_string_equal(diag.findings.items[0].code, "cannot-read");
	assert_int_equal(diag.findings.items[0].line, 2);
	diag_fini(&diag);
}

static void test_too_many_files(void **state)
{
	static char text[8192];
	const struct fake_file files[] = { { .path = "top.ini", .text = text } };
	struct fake_file many[FILES_MAX + 2];
	char names[FILES_MAX + 2][16];
	size_t length = (size_t)snprintf(text, sizeof(text), "[policy]\n");

	(void)state;
	many[0] = files[0];
	for (size_t i = 1; i <= FILES_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "%zu.ini", i);
		many[i] = (struct fake_file){ .path = names[i], .text = "[bind]\n" };
		length += (size_t)snprintf(text + length, sizeof(text) - length,
		                           "include = %zu.ini\n", i);
	}
	assert_refused(many, FILES_MAX + 1, "too-many-files", FILES_MAX + 1, 11);
}

/* `count` lines BEFORE NUMBER AFTER below `head`; malloc'ed. */
static char *lines(const char *head, const char *before, const char *after, unsigned count)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	fputs(head, out);
	for (unsigned i = 0; i < count; i++)
		fprintf(out, "%s%u%s\n", before, i, after);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void assert_bounded(const char *head, const char *before, const char *after, unsigned limit,
                           const char *code)
{
	struct fake_file file = { .path = "top.ini" };
	struct diag diag = DIAG_INIT;
	struct policy *policy = NULL;
	size_t found = 0;
	char *text = lines(head, before, after, limit + 3);

	file.text = text;
	assert_int_equal(load(&file, 1, &diag, &policy), -EINVAL);
	array_foreach (finding, &diag.findings)
		found += !strcmp(finding->code, code);
	assert_int_equal(found, 3);
	diag_fini(&diag);
	free(text);
}

static void test_what_would_take_for_ever_is_bounded(void **state)
{
	(void)state;
	assert_bounded("", "[group g", "]\naddress = 10.0.0.1", GROUPS_MAX, "too-many-groups");
	assert_bounded("[connect]\ndefault = no\n", "deny = @g", "", GROUPS_MAX, "too-many-groups");
	assert_bounded("[policy]\n", "include = nowhere/", "", FILES_MAX, "too-many-files");
	assert_bounded("[group g]\n", "file = nowhere/", "", LISTS_MAX, "too-many-lists");
}

/* A load adds to what `diag` already holds, and only its own errors make it fail. */
static void test_older_findings_do_not_count(void **state)
{
	const struct fake_file file = { .path = "a.ini", .text = "[bind]\n" };
	struct diag diag = DIAG_INIT;
	struct policy *policy = NULL;

	(void)state;
	diag_add(&diag, SEVERITY_ERROR, "older", NULL, NULL, "older");
	assert_int_equal(load(&file, 1, &diag, &policy), 0);
	policy_free(policy);
	diag_fini(&diag);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_groups_are_united_over_files_and_lists),
		cmocka_unit_test(test_a_list_is_read_once_for_all_who_name_it),
		cmocka_unit_test(test_a_list_of_100000),
		cmocka_unit_test(test_a_diamond_is_loaded_once),
		cmocka_unit_test(test_other_bytes_are_another_file),
		cmocka_unit_test(test_settings_of_includes_count_where_none_are_given),
		cmocka_unit_test(test_a_dispute_may_be_settled_above),
		cmocka_unit_test(test_settings_through_a_diamond),
		cmocka_unit_test(test_files_that_cannot_be_had),
		cmocka_unit_test(test_files_that_the_system_does_not_read),
		cmocka_unit_test(test_too_many_files),
		cmocka_unit_test(test_what_would_take_for_ever_is_bounded),
		cmocka_unit_test(test_older_findings_do_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
