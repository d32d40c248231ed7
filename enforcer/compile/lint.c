/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The checks of a policy that compiles, in the order in which they are of use to its author.
 */
#include "compile/lint.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "compile/closures.h"
#include "compile/findings.h"

void phrase_add(struct phrase *phrase, const char *format, ...)
{
	size_t room = sizeof(phrase->text) - phrase->length;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(phrase->text + phrase->length, room, format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	if ((size_t)length < room) {
		phrase->length += (size_t)length;
		return;
	}
	phrase->length = sizeof(phrase->text) - 1;
	memcpy(phrase->text + phrase->length - 3, "...", 3);
}

/*
 * A section that denies by default and has nothing but denials: each of them changes nothing, and
 * their author probably thought of the other default.
 */
static void find_needless_denials(const struct policy *policy, struct diag *diag,
                                  enum section section)
{
	struct place place = section_place(policy, section);
	size_t denials = 0;

	if (!policy->sections[section].present ||
	    policy->sections[section].fallback != VERDICT_DENY)
		return;
	array_foreach (rule, &policy->rules) {
		if (rule->section != section)
			continue;
		if (rule->verb != VERDICT_DENY)
			return;
		denials++;
	}
	if (denials)
		diag_add(diag, SEVERITY_WARNING, "nothing-allowed", &place,
		         "default = allow\nor lines that allow something",
		         "[%s] has only `deny` lines and denies by default: it allows nothing",
		         section_name(section));
}

/* An empty file is a valid policy, and what a failed copy leaves; put in force, it lifts one. */
static void find_nothing_policed(const struct policy *policy, struct diag *diag)
{
	struct place place = { .path = policy->path };

	for (unsigned section = 0; section < SECTION_COUNT; section++) {
		if (policy->sections[section].present)
			return;
	}
	diag_add(
	        diag, SEVERITY_WARNING, "nothing-policed", &place,
	        "only a section that is there polices its area; it may be empty",
	        "a policy without [device], [connect], [file] or any other section polices nothing");
}

int policy_lint(const struct policy *policy, const struct image *image, struct diag *diag)
{
	CLEANUP_FREE bool *is_duplicate = calloc(policy->rules.count + 1, sizeof(*is_duplicate));
	int error;

	if (!is_duplicate)
		return -ENOMEM;
	error = find_duplicates(policy, diag, is_duplicate);
	if (!error)
		error = find_shadowed(policy, image, diag, is_duplicate);
	if (error)
		return error;
	for (unsigned section = 0; section < SECTION_COUNT; section++)
		find_needless_denials(policy, diag, section);
	find_nothing_policed(policy, diag);
	find_holes(policy, image, diag);
	return diag->lost ? -ENOMEM : 0;
}

/* ---- [tests] ---------------------------------------------------------------------------- */

static void describe(const struct policy *policy, const struct policy_test *test,
                     const struct decision *decision, struct phrase *phrase)
{
	const char *section = section_name(test->question.section);
	const struct rule *rule;

	if (is_closure(policy, test->question.section, decision)) {
		phrase_add(phrase, "closed by [%s]; `escapes` of [policy] opens it",
		           closing_section(policy));
		return;
	}
	switch (decision->reason) {
	case REASON_RULE:
		rule = &policy->rules.items[decision->rule];
		phrase_add(phrase, "%s:%u: %s", location_file(policy, &rule->where),
		           rule->where.line, rule->text);
		break;
	case REASON_DEFAULT:
		phrase_add(phrase, "default of [%s]", section);
		break;
	case REASON_ABSENT:
		phrase_add(phrase, "[%s] absent", section);
		break;
	case REASON_OUTSIDE:
		phrase_add(phrase, "[%s] does not police this family", section);
		break;
	case REASON_BROKEN:
		phrase_add(phrase, "the image is not in order");
		break;
	}
}

int policy_run_tests(const struct policy *policy, const struct image *image, struct diag *diag,
                     size_t *ret_failed)
{
	size_t failed = 0;

	array_foreach (test, &policy->tests) {
		struct decision decision = image_decide(image, &test->question);
		struct phrase reason = { .length = 0 }, source = { .length = 0 };
		struct place place = { .path = location_file(policy, &test->where),
			               .line = test->where.line,
			               .column = test->where.column };

		if (decision.verdict == test->expected)
			continue;
		failed++;
		phrase_add(&source, "%s = %s", verdict_name(test->expected), test->text);
		place.source = source.text;
		describe(policy, test, &decision, &reason);
		diag_add(diag, SEVERITY_ERROR, "test-failed", &place, NULL,
		         "expected `%s`, but the answer is `%s` (%s)", verdict_name(test->expected),
		         verdict_name(decision.verdict), reason.text);
	}
	if (diag->lost)
		return -ENOMEM;
	*ret_failed = failed;
	return 0;
}
