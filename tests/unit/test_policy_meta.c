/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "builder.h"
#include "compile/image.h"
#include "output/policy_meta.h"

DEFINE_CLEANUP(struct policy, policy_free)
DEFINE_CLEANUP(struct policy_meta, policy_meta_free)

static struct policy *build_sample(void)
{
	struct policy *policy = build_policy();

	build_section(policy, SECTION_CONNECT, VERDICT_DENY);
	build_section(policy, SECTION_DEVICE, VERDICT_ALLOW);
	policy->sections[SECTION_CONNECT].audit = true;
	policy->rate_count = 100;
	policy->rate_period_s = 60;
	build_address(policy, SECTION_CONNECT, VERDICT_ALLOW, 6, build_set(policy, "10.0.0.0/8"),
	              443, 443);
	build_device(policy, VERDICT_DENY, 2, 1, 3, ACCESS_READ);
	return policy;
}

static struct policy_meta *round_trip(const struct policy *policy, const char *path,
                                      uint32_t unenforced)
{
	CLEANUP_FREE char *text = NULL;
	struct policy_meta *meta = NULL;
	size_t length;

	assert_int_equal(policy_meta_encode(policy, path, 5, unenforced, &text, &length), 0);
	assert_int_equal(strlen(text), length);
	assert_int_equal(policy_meta_decode(text, length, &meta), 0);
	return meta;
}

static void test_everything_comes_back(void **state)
{
	CLEANUP(cleanup_policy_free) struct policy *policy = build_sample();
	CLEANUP(cleanup_policy_meta_free) struct policy_meta *meta = NULL;

	(void)state;
	meta = round_trip(policy, "/etc/cgward/test.ini", 0);
	assert_string_equal(meta->name, policy->name);
	assert_string_equal(meta->path, "/etc/cgward/test.ini");
	assert_null(meta->description);
	assert_int_equal(meta->hooks, 5);
	assert_int_equal(meta->log, LOG_DENIED);
	assert_int_equal(meta->rate_count, 100);
	assert_int_equal(meta->rate_period_s, 60);
	assert_int_equal(meta->audit_sections, 1U << SECTION_CONNECT);
	assert_true(meta->sections[SECTION_CONNECT].present);
	assert_int_equal(meta->sections[SECTION_CONNECT].fallback, VERDICT_DENY);
	assert_int_equal(meta->sections[SECTION_DEVICE].fallback, VERDICT_ALLOW);
	assert_false(meta->sections[SECTION_BIND].present);
	assert_true(meta->sections[SECTION_CONNECT].default_cookie ==
	            rule_cookie(policy, NULL, SECTION_CONNECT));
	assert_int_equal(meta->rule_count, 2);
	for (size_t i = 0; i < meta->rule_count; i++) {
		const struct rule *rule = &policy->rules.items[i];

		assert_int_equal(meta->rules[i].section, rule->section);
		assert_int_equal(meta->rules[i].verb, rule->verb);
		assert_int_equal(meta->rules[i].line, rule->where.line);
		assert_string_equal(meta->rules[i].file, policy->files.items[rule->where.file]);
		assert_string_equal(meta->rules[i].text, rule->text);
		assert_true(meta->rules[i].cookie == rule_cookie(policy, rule, rule->section));
	}
}

/* A reload finds its policy by path: the bytes must be the same, whatever they are. */
static void test_bytes_that_are_no_utf8_come_back(void **state)
{
	static const char path[] = "/a\"\\\x01\x7f\xff\xc3\xa9\x80\n/x.ini";
	CLEANUP(cleanup_policy_free) struct policy *policy = build_sample();
	CLEANUP(cleanup_policy_meta_free) struct policy_meta *meta = NULL;

	(void)state;
	policy->description = strdup("\xfe\xff \xe2\x82\xac");
	meta = round_trip(policy, path, 0);
	assert_string_equal(meta->path, path);
	assert_string_equal(meta->description, "\xfe\xff \xe2\x82\xac");
}

static void test_what_is_not_enforced_is_told(void **state)
{
	CLEANUP(cleanup_policy_free) struct policy *policy = build_sample();
	CLEANUP(cleanup_policy_meta_free) struct policy_meta *meta = NULL;

	(void)state;
	build_section(policy, SECTION_FILE, VERDICT_DENY);
	meta = round_trip(policy, "/x",
	                  1U << HOOK_LSM_SOCKET | 1U << HOOK_LSM_FILE | 1U << HOOK_LSM_OPERATION);
	assert_int_equal(meta->unsupported_count, 3);
	assert_non_null(strstr(meta->unsupported[0], "[socket] for families other"));
	assert_string_equal(meta->unsupported[1], "[file]");
	assert_non_null(strstr(meta->unsupported[2], "close by themselves"));
	assert_true(meta->sections[SECTION_OPERATION].present);
}

/* Nothing shorter than the whole text, and no text with one byte changed, may crash or be taken
 * for something with dangling numbers. */
static void test_damaged_text_is_refused_or_sound(void **state)
{
	CLEANUP(cleanup_policy_free) struct policy *policy = build_sample();
	CLEANUP_FREE char *text = NULL;
	size_t length;

	(void)state;
	assert_int_equal(policy_meta_encode(policy, "/x", 5, 0, &text, &length), 0);
	for (size_t i = 0; i < length; i++) {
		struct policy_meta *meta = NULL;

		assert_int_not_equal(policy_meta_decode(text, i, &meta), 0);
		assert_null(meta);
	}
	for (size_t i = 0; i < length; i++) {
		CLEANUP(cleanup_policy_meta_free) struct policy_meta *meta = NULL;
		char byte = text[i];

		text[i] = '9';
		if (!policy_meta_decode(text, length, &meta)) {
			for (size_t rule = 0; rule < meta->rule_count; rule++)
				assert_non_null(strchr(meta->rules[rule].file, 't'));
		}
		text[i] = byte;
	}
}

static void test_what_encode_would_not_write_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"null",
		"[]",
		"{}",
		"{\"version\":2}",
		"{\"version\":1,\"name\":\"a\\u0000b\",\"path\":\"/x\"}",
		"{\"version\":1,\"name\":\"a\",\"path\":\"relative\",\"description\":null,"
		"\"audit_sections\":0,\"hooks\":0,\"log\":0,\"rate_count\":0,\"rate_period_s\":1,"
		"\"sections\":[],\"files\":[],\"rules\":[],\"unsupported\":[]}",
		"{\"version\":1,\"name\":\"a\",\"path\":\"/x\",\"description\":null,"
		"\"audit_sections\":0,\"hooks\":32768,\"log\":0,\"rate_count\":0,\"rate_period_s\":1,"
		"\"sections\":[],\"files\":[],\"rules\":[],\"unsupported\":[]}",
		"{\"version\":1,\"name\":\"a\",\"path\":\"/x\",\"description\":null,"
		"\"audit_sections\":0,\"hooks\":0,\"log\":0,\"rate_count\":-1,\"rate_period_s\":1,"
		"\"sections\":[],\"files\":[],\"rules\":[],\"unsupported\":[]}",
		"{\"version\":1,\"name\":\"a\",\"path\":\"/x\",\"description\":null,"
		"\"audit_sections\":0,\"hooks\":0,\"log\":0,\"rate_count\":0,\"rate_period_s\":1,"
		"\"sections\":[],\"files\":[],\"rules\":[],\"unsupported\":[]} x",
		"{\"version\":1,\"name\":\"\\u20ac\",\"path\":\"/x\",\"description\":null,"
		"\"audit_sections\":0,\"hooks\":0,\"log\":0,\"rate_count\":0,\"rate_period_s\":1,"
		"\"sections\":[],\"files\":[],\"rules\":[],\"unsupported\":[]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct policy_meta *meta = NULL;

		assert_int_equal(policy_meta_decode(bad[i], strlen(bad[i]), &meta), -EBADMSG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everything_comes_back),
		cmocka_unit_test(test_bytes_that_are_no_utf8_come_back),
		cmocka_unit_test(test_what_is_not_enforced_is_told),
		cmocka_unit_test(test_damaged_text_is_refused_or_sound),
		cmocka_unit_test(test_what_encode_would_not_write_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
