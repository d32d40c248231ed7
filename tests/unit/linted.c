/* SPDX-License-Identifier: BSD-2-Clause */
#include "linted.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct linted lint(struct policy *policy)
{
	struct linted linted = { .policy = policy };

	assert_int_equal(image_compile(policy, &linted.diag, &linted.image), 0);
	assert_int_equal(policy_lint(policy, linted.image, &linted.diag), 0);
	return linted;
}

void linted_fini(struct linted *linted)
{
	image_free(linted->image);
	policy_free(linted->policy);
	diag_fini(&linted->diag);
}

size_t count_of(const struct linted *linted, const char *code)
{
	size_t count = 0;

	array_foreach (finding, &linted->diag.findings)
		count += !strcmp(finding->code, code);
	return count;
}

const struct finding *the(const struct linted *linted, const char *code)
{
	const struct finding *found = NULL;

	assert_int_equal(count_of(linted, code), 1);
	array_foreach (finding, &linted->diag.findings) {
		if (!strcmp(finding->code, code))
			found = finding;
	}
	return found;
}

void assert_contains(const char *text, const char *part)
{
	if (!text || !strstr(text, part))
		fail_msg("no \"%s\" in \"%s\"", part, text ? text : "(null)");
}
