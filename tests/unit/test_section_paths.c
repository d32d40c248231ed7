/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * [file], [exec] and [unix] in an image: which rule decides what, objects without a path, which
 * hooks are needed, and what is said of globs that explode.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "builder.h"
#include "compile/image.h"
#include "image_check.h"

#define ALL_OF_FILE ((1U << FILE_OPERATIONS) - 1)

static struct image *must_compile(const struct policy *policy)
{
	struct diag diag = DIAG_INIT;
	struct image *image = NULL;

	assert_int_equal(image_compile(policy, &diag, &image), 0);
	assert_null(image_fault(image));
	diag_fini(&diag);
	return image;
}

/* `name` NULL: an object without a path. */
static struct decision ask(const struct image *image, enum section section, const char *name,
                           uint32_t permissions)
{
	struct question question = { .section = section };

	question.path.name = span_of(name ? name : "");
	question.path.permissions = permissions;
	return image_decide(image, &question);
}

static void assert_decides(const struct image *image, enum section section, const char *name,
                           uint32_t permissions, enum verdict verdict, int rule)
{
	struct decision decision = ask(image, section, name, permissions);

	assert_int_equal(decision.verdict, verdict);
	assert_int_equal(decision.reason, rule < 0 ? REASON_DEFAULT : REASON_RULE);
	assert_true(rule < 0 || decision.rule == (uint32_t)rule);
}

static void each_permission_has_its_rule(void **state)
{
	struct policy *policy = build_policy();
	struct image *image;

	(void)state;
	build_section(policy, SECTION_FILE, VERDICT_ALLOW);
	build_path(policy, SECTION_FILE, VERDICT_DENY, "/etc/**", PERMISSION_WRITE); /* 0 */
	build_path(policy, SECTION_FILE, VERDICT_ALLOW, "/etc/motd", PERMISSION_WRITE);
	build_path(policy, SECTION_FILE, VERDICT_DENY, "/root/**", ALL_OF_FILE);
	build_path(policy, SECTION_FILE, VERDICT_AUDIT, "/etc/shadow",
	           PERMISSION_READ | PERMISSION_ATTRIBUTES); /* 3 */
	image = must_compile(policy);
	assert_decides(image, SECTION_FILE, "/etc/passwd", PERMISSION_WRITE, VERDICT_DENY, 0);
	assert_decides(image, SECTION_FILE, "/etc/passwd", PERMISSION_READ, VERDICT_ALLOW, -1);
	assert_decides(image, SECTION_FILE, "/etc/motd", PERMISSION_WRITE, VERDICT_ALLOW, 1);
	assert_decides(image, SECTION_FILE, "/root/x", PERMISSION_DELETE, VERDICT_DENY, 2);
	assert_decides(image, SECTION_FILE, "/etc/shadow", PERMISSION_ATTRIBUTES, VERDICT_AUDIT, 3);
	/* of several the strictest */
	assert_decides(image, SECTION_FILE, "/etc/shadow", PERMISSION_READ | PERMISSION_WRITE,
	               VERDICT_DENY, 0);
	assert_int_equal(ask(image, SECTION_EXEC, "/bin/sh", EXEC_RUN).reason, REASON_ABSENT);
	assert_int_equal(ask(image, SECTION_FILE, "/etc/motd", 0).reason, REASON_BROKEN);
	image_free(image);
	policy_free(policy);
}

static void sections_do_not_mix(void **state)
{
	struct policy *policy = build_policy();
	struct image *image;

	(void)state;
	build_section(policy, SECTION_FILE, VERDICT_DENY);
	build_section(policy, SECTION_EXEC, VERDICT_DENY);
	build_section(policy, SECTION_UNIX, VERDICT_DENY);
	build_path(policy, SECTION_EXEC, VERDICT_ALLOW, "/usr/bin/*", EXEC_RUN | EXEC_MAP); /* 0 */
	build_path(policy, SECTION_EXEC, VERDICT_ALLOW, "/usr/lib/**", EXEC_MAP);
	build_path(policy, SECTION_UNIX, VERDICT_ALLOW, "@app-*", 1);
	build_path(policy, SECTION_UNIX, VERDICT_AUDIT, "/run/*.sock", 1); /* 3 */
	build_path(policy, SECTION_FILE, VERDICT_ALLOW, "/**", PERMISSION_READ);
	image = must_compile(policy);
	assert_decides(image, SECTION_EXEC, "/usr/bin/ls", EXEC_RUN, VERDICT_ALLOW, 0);
	assert_decides(image, SECTION_EXEC, "/usr/lib/libc.so", EXEC_MAP, VERDICT_ALLOW, 1);
	assert_decides(image, SECTION_EXEC, "/usr/lib/libc.so", EXEC_RUN, VERDICT_DENY, -1);
	assert_decides(image, SECTION_UNIX, "@app-7", 1, VERDICT_ALLOW, 2);
	assert_decides(image, SECTION_UNIX, "/app-7", 1, VERDICT_DENY, -1);
	assert_decides(image, SECTION_UNIX, "/run/a.sock", 1, VERDICT_AUDIT, 3);
	assert_decides(image, SECTION_FILE, "/usr/lib/libc.so", PERMISSION_READ, VERDICT_ALLOW, 4);
	image_free(image);
	policy_free(policy);
}

static void the_keyword_names_what_has_no_path(void **state)
{
	struct policy *policy = build_policy();
	struct image *image;

	(void)state;
	build_section(policy, SECTION_FILE, VERDICT_DENY);
	build_path(policy, SECTION_FILE, VERDICT_ALLOW, "/**", ALL_OF_FILE);
	build_path(policy, SECTION_FILE, VERDICT_ALLOW, NULL, PERMISSION_READ | PERMISSION_WRITE);
	build_path(policy, SECTION_FILE, VERDICT_AUDIT, NULL, PERMISSION_WRITE); /* 2 */
	build_path(policy, SECTION_FILE, VERDICT_AUDIT, NULL, PERMISSION_WRITE);
	image = must_compile(policy);
	assert_decides(image, SECTION_FILE, NULL, PERMISSION_READ, VERDICT_ALLOW, 1);
	assert_decides(image, SECTION_FILE, NULL, PERMISSION_WRITE, VERDICT_AUDIT, 2);
	assert_decides(image, SECTION_FILE, NULL, PERMISSION_CREATE, VERDICT_DENY, -1);
	assert_decides(image, SECTION_FILE, "/x", PERMISSION_CREATE, VERDICT_ALLOW, 0);
	image_free(image);
	policy_free(policy);
}

static uint32_t hooks_of(enum verdict fallback, enum verdict verb, const char *glob, uint32_t log)
{
	struct policy *policy = build_policy();
	struct image *image;
	uint32_t hooks;

	policy->log = log;
	build_section(policy, SECTION_UNIX, fallback);
	build_path(policy, SECTION_UNIX, verb, glob, 1);
	image = must_compile(policy);
	hooks = image_header(image)->hooks;
	image_free(image);
	policy_free(policy);
	return hooks;
}

/* What can only ever say plain allow is not attached. */
static void hooks_are_needed_where_something_is_denied(void **state)
{
	const uint32_t hook = 1U << HOOK_LSM_UNIX;

	(void)state;
	assert_int_equal(hooks_of(VERDICT_ALLOW, VERDICT_ALLOW, "/a", LOG_DENIED), 0);
	assert_int_equal(hooks_of(VERDICT_ALLOW, VERDICT_ALLOW, "/a", LOG_ALL), hook);
	assert_int_equal(hooks_of(VERDICT_DENY, VERDICT_ALLOW, "/**", LOG_DENIED), hook);
	assert_int_equal(hooks_of(VERDICT_ALLOW, VERDICT_AUDIT, "/a", LOG_DENIED), hook);
	assert_int_equal(hooks_of(VERDICT_ALLOW, VERDICT_DENY, NULL, LOG_DENIED), hook);
}

static void globs_that_explode_are_named(void **state)
{
	struct policy *policy = build_policy();
	struct diag diag = DIAG_INIT;
	struct image *image = NULL;

	(void)state;
	build_section(policy, SECTION_FILE, VERDICT_DENY);
	build_path(policy, SECTION_FILE, VERDICT_ALLOW, "/etc/passwd", PERMISSION_READ);
	for (unsigned i = 0; i < 40; i++) {
		char glob[64];

		snprintf(glob, sizeof(glob), "/**/%c*%c*%c**%c", 'a' + i % 26, 'a' + i * 7 % 26,
		         'a' + i * 11 % 26, 'a' + i * 5 % 26);
		build_path(policy, SECTION_FILE, VERDICT_ALLOW, glob, PERMISSION_READ);
	}
	assert_int_equal(image_compile(policy, &diag, &image), -EINVAL);
	assert_null(image);
	assert_int_equal(diag.errors, 3);
	array_foreach (finding, &diag.findings) {
		assert_string_equal(finding->code, "image-too-large");
		assert_true(finding->line > 1); /* the first rule is innocent */
		assert_non_null(strstr(finding->hint, "`**`"));
	}
	diag_fini(&diag);
	policy_free(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_permission_has_its_rule),
		cmocka_unit_test(sections_do_not_mix),
		cmocka_unit_test(the_keyword_names_what_has_no_path),
		cmocka_unit_test(hooks_are_needed_where_something_is_denied),
		cmocka_unit_test(globs_that_explode_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
