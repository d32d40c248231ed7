/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a [file] or [exec] closes by itself, what opens it again, ways round both, and what is said
 * of a section that nothing enforces.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "builder.h"
#include "compile/closures.h"
#include "compile/unsupported.h"
#include "linted.h"

#define RWCDA 31

static struct policy *policy_with(enum section section, enum verdict fallback)
{
	struct policy *policy = build_policy();

	build_section(policy, section, fallback);
	return policy;
}

static struct decision decide(const struct linted *linted, uint32_t key)
{
	struct question question = ask_number(SECTION_OPERATION, key);

	return image_decide(linted->image, &question);
}

static void a_file_section_closes_five_operations(void **state)
{
	struct linted linted = lint(policy_with(SECTION_FILE, VERDICT_ALLOW));

	(void)state;
	for (uint32_t key = 0; key < OPERATION_KEYS; key++) {
		bool closed = OPERATIONS_CLOSABLE >> key & 1;
		struct decision decision = decide(&linted, key);

		assert_int_equal(decision.verdict, closed ? VERDICT_DENY : VERDICT_ALLOW);
		assert_int_equal(decision.reason, closed ? REASON_DEFAULT : REASON_ABSENT);
		assert_int_equal(is_closure(linted.policy, SECTION_OPERATION, &decision), closed);
	}
	assert_int_equal(count_of(&linted, "hole-escape"), 0);
	assert_true(image_header(linted.image)->hooks & 1U << HOOK_LSM_OPERATION);
	linted_fini(&linted);
}

static void a_rule_and_the_key_open_what_is_closed(void **state)
{
	struct policy *policy = policy_with(SECTION_EXEC, VERDICT_ALLOW);
	struct linted linted;

	(void)state;
	build_section(policy, SECTION_OPERATION, VERDICT_ALLOW);
	build_names(policy, SECTION_OPERATION, VERDICT_ALLOW, 1U << OPERATION_PTRACE);
	build_names(policy, SECTION_OPERATION, VERDICT_AUDIT, 0);
	policy->escapes = 1U << OPERATION_MOUNT;
	linted = lint(policy);
	assert_int_equal(decide(&linted, OPERATION_PTRACE_OUTSIDE).verdict, VERDICT_ALLOW);
	assert_int_equal(decide(&linted, OPERATION_MOUNT).verdict, VERDICT_AUDIT);
	assert_int_equal(decide(&linted, OPERATION_USERNS).verdict, VERDICT_DENY);
	assert_int_equal(count_of(&linted, "hole-escape"), 2);
	linted_fini(&linted);
}

/* What closes in audit mode alone is only recorded; [operation] has a mode of its own. */
static void closures_follow_the_mode_of_who_closes(void **state)
{
	struct policy *policy = policy_with(SECTION_FILE, VERDICT_ALLOW);

	(void)state;
	policy->sections[SECTION_FILE].audit = true;
	assert_true(audits_operations(policy));
	build_section(policy, SECTION_EXEC, VERDICT_ALLOW);
	assert_false(audits_operations(policy));
	policy->sections[SECTION_EXEC].audit = true;
	build_section(policy, SECTION_OPERATION, VERDICT_ALLOW);
	assert_false(audits_operations(policy));
	policy_free(policy);
}

static void interpreters_and_programs_without_a_path_are_told(void **state)
{
	struct policy *policy = policy_with(SECTION_EXEC, VERDICT_ALLOW);
	struct linted linted;

	(void)state;
	build_path(policy, SECTION_EXEC, VERDICT_DENY, "/bin/*", EXEC_RUN | EXEC_MAP);
	linted = lint(policy);
	assert_contains(the(&linted, "hole-interpreter")->message, "/usr/bin/sh");
	assert_null(strstr(the(&linted, "hole-interpreter")->message, " /bin/"));
	assert_string_equal(the(&linted, "hole-anonymous")->hint, "deny = anonymous");
	linted_fini(&linted);

	policy = policy_with(SECTION_EXEC, VERDICT_DENY);
	build_path(policy, SECTION_EXEC, VERDICT_ALLOW, "/usr/sbin/nginx", EXEC_RUN | EXEC_MAP);
	linted = lint(policy);
	assert_int_equal(count_of(&linted, "hole-interpreter"), 0);
	assert_int_equal(count_of(&linted, "hole-anonymous"), 0);
	linted_fini(&linted);
}

static void what_may_be_replaced_is_told(void **state)
{
	struct policy *policy = policy_with(SECTION_FILE, VERDICT_ALLOW);
	struct linted linted;

	(void)state;
	build_path(policy, SECTION_FILE, VERDICT_DENY, "/etc/[s]hadow", PERMISSION_WRITE);
	build_path(policy, SECTION_FILE, VERDICT_DENY, "/root/**", RWCDA);
	linted = lint(policy);
	assert_int_equal(the(&linted, "hole-replace")->severity, SEVERITY_NOTE);
	assert_int_equal(the(&linted, "hole-replace")->line, 2);
	assert_string_equal(the(&linted, "hole-replace")->message,
	                    "what may not be written may be deleted and made anew");
	linted_fini(&linted);
}

/* Directories that all of a pattern is in, from the top; none where the pattern says none. */
static void directories_that_may_be_renamed_are_told(void **state)
{
	struct policy *policy = policy_with(SECTION_FILE, VERDICT_ALLOW);
	struct linted linted;

	(void)state;
	build_path(policy, SECTION_FILE, VERDICT_DENY, "/secret", RWCDA);
	build_path(policy, SECTION_FILE, VERDICT_DENY, "/**/key", RWCDA);
	build_path(policy, SECTION_FILE, VERDICT_DENY, "/srv/a/b/{x,y}/**", PERMISSION_READ);
	build_path(policy, SECTION_FILE, VERDICT_DENY, "/home/*/.ssh/**", PERMISSION_READ);
	build_path(policy, SECTION_FILE, VERDICT_DENY, "/srv/a", PERMISSION_DELETE);
	linted = lint(policy);
	assert_int_equal(the(&linted, "hole-rename")->severity, SEVERITY_NOTE);
	assert_int_equal(the(&linted, "hole-rename")->line, 4);
	assert_string_equal(the(&linted, "hole-rename")->message,
	                    "the directory of what is denied may be renamed: then it has another "
	                    "name; so it is with 2 more rules");
	assert_string_equal(the(&linted, "hole-rename")->hint, "deny = d /srv\ndeny = d /srv/a/b");
	linted_fini(&linted);

	policy = policy_with(SECTION_FILE, VERDICT_DENY);
	build_path(policy, SECTION_FILE, VERDICT_DENY, "/srv/a/**", RWCDA);
	build_path(policy, SECTION_FILE, VERDICT_ALLOW, "/srv/**", RWCDA);
	linted = lint(policy);
	assert_int_equal(the(&linted, "hole-rename")->line, 2);
	assert_string_equal(the(&linted, "hole-rename")->hint, "deny = d /srv/a");
	linted_fini(&linted);

	policy = policy_with(SECTION_FILE, VERDICT_ALLOW);
	build_path(policy, SECTION_FILE, VERDICT_DENY, "/srv/a/**", RWCDA);
	build_path(policy, SECTION_FILE, VERDICT_DENY, "{/srv,/srv/a}", PERMISSION_DELETE);
	linted = lint(policy);
	assert_int_equal(count_of(&linted, "hole-rename"), 0);
	linted_fini(&linted);
}

static void a_shadowed_glob_names_who_decides(void **state)
{
	struct policy *policy = policy_with(SECTION_FILE, VERDICT_ALLOW);
	struct linted linted;

	(void)state;
	build_path(policy, SECTION_FILE, VERDICT_DENY, "/root/**", RWCDA);
	build_path(policy, SECTION_FILE, VERDICT_ALLOW, "/root/**", PERMISSION_READ);
	linted = lint(policy);
	assert_int_equal(the(&linted, "shadowed-rule")->line, 3);
	assert_contains(the(&linted, "shadowed-rule")->message, "test.ini:2");
	linted_fini(&linted);
}

static void a_kernel_without_lsm_is_told_with_what_to_do(void **state)
{
	(void)state;
	for (unsigned warn = 0; warn < 2; warn++) {
		struct policy *policy = policy_with(SECTION_FILE, VERDICT_DENY);
		struct diag diag = DIAG_INIT;

		policy->unsupported_warn = warn;
		report_missing_hooks(policy, 1U << HOOK_LSM_FILE | 1U << HOOK_LSM_OPERATION,
		                     "`bpf` is not in the list of LSMs", "capability,apparmor",
		                     "use another", &diag);
		assert_int_equal(diag.findings.count, 2);
		assert_int_equal(diag.errors, warn ? 0 : 2);
		assert_string_equal(diag.findings.items[0].code, "unsupported-kernel");
		assert_string_equal(diag.findings.items[0].message,
		                    "[file]: `bpf` is not in the list of LSMs");
		assert_contains(diag.findings.items[0].hint, "`lsm=capability,apparmor,bpf`");
		assert_contains(diag.findings.items[0].hint, ", use another");
		assert_int_equal(strstr(diag.findings.items[0].hint, "unsupported = warn") == NULL,
		                 warn);
		diag_fini(&diag);
		policy_free(policy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_section_closes_five_operations),
		cmocka_unit_test(a_rule_and_the_key_open_what_is_closed),
		cmocka_unit_test(closures_follow_the_mode_of_who_closes),
		cmocka_unit_test(interpreters_and_programs_without_a_path_are_told),
		cmocka_unit_test(what_may_be_replaced_is_told),
		cmocka_unit_test(directories_that_may_be_renamed_are_told),
		cmocka_unit_test(a_shadowed_glob_names_who_decides),
		cmocka_unit_test(a_kernel_without_lsm_is_told_with_what_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
