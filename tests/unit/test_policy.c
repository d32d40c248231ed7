/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "model/policy.h"

/* What a policy means that says nothing: nothing is policed, and what would be is denied. */
static void test_a_new_policy_is_strict(void **state)
{
	struct policy *policy = policy_new();

	(void)state;
	assert_non_null(policy);
	assert_false(policy->audit);
	assert_false(policy->unsupported_warn);
	assert_int_equal(policy->log, LOG_DENIED);
	assert_int_equal(policy->rate_count, LOG_RATE_DEFAULT);
	assert_int_equal(policy->rate_period_s, 1);
	for (size_t i = 0; i < SECTION_COUNT; i++) {
		assert_false(policy->sections[i].present);
		assert_int_equal(policy->sections[i].fallback, VERDICT_DENY);
		assert_true(policy->sections[i].families == UINT64_MAX);
	}
	policy_free(policy);
	policy_free(NULL);
}

/* A half-filled policy is freed whole; the sanitizer counts. */
static void test_everything_owned_is_freed(void **state)
{
	struct policy *policy = policy_new();
	struct rule device = { .section = SECTION_DEVICE, .text = strdup("x") };
	struct rule connect = { .section = SECTION_CONNECT };
	struct prefix_set set = { .group = strdup("g") };
	struct policy_test test = { .text = strdup("t") };
	struct port_range ports = { 1, 2 };
	struct device_pattern pattern = { 1, 2, 3 };
	struct prefix prefix = { .length = 0 };

	(void)state;
	assert_int_equal(array_append(&device.device.patterns, pattern), 0);
	assert_int_equal(array_append(&connect.address.ports, ports), 0);
	assert_int_equal(array_append(&set.prefixes, prefix), 0);
	assert_int_equal(array_append(&policy->rules, device), 0);
	assert_int_equal(array_append(&policy->rules, connect), 0);
	assert_int_equal(array_append(&policy->sets, set), 0);
	assert_int_equal(array_append(&policy->tests, test), 0);
	assert_int_equal(array_append(&policy->files, strdup("f")), 0);
	policy->name = strdup("n");
	policy->path = strdup("p");
	policy->description = strdup("d");
	policy_free(policy);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(section_name(SECTION_DEVICE), "device");
	assert_string_equal(section_name(SECTION_BIND), "bind");
	assert_string_equal(section_name(SECTION_COUNT), "unknown");
	assert_string_equal(verdict_name(VERDICT_ALLOW), "allow");
	assert_string_equal(verdict_name(VERDICT_AUDIT), "audit");
	assert_string_equal(verdict_name(VERDICT_DENY), "deny");
	assert_string_equal(hook_name(HOOK_CONNECT4), "connect4");
	for (enum hook hook = 0; hook < HOOK_COUNT; hook++)
		for (enum hook other = 0; other < hook; other++)
			assert_string_not_equal(hook_name(hook), hook_name(other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_new_policy_is_strict),
		cmocka_unit_test(test_everything_owned_is_freed),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
