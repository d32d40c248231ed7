/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Policy to image to decisions: what compiles is in order, and says what an evaluator that asks
 * every rule says, at the boundaries of the rules and for the policy's own tests.
 */
#include "compile/lint.h"
#include "fuzz.h"
#include "image_check.h"
#include "oracle.h"
#include "random_policy.h"

#define QUESTIONS 64

DEFINE_CLEANUP(struct image, image_free)

static void ask(const struct policy *policy, const struct image *image,
                const struct question *question)
{
	struct decision got = image_decide(image, question), expected;

	must(got.reason != REASON_BROKEN);
	if (has_globs(question->section)) /* fuzz_glob.c */
		return;
	expected = oracle_decide(policy, question);
	must(got.verdict == expected.verdict);
	must(got.reason == expected.reason);
	must(got.reason != REASON_RULE || got.rule == expected.rule);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_POLICY struct policy *policy = NULL;
	CLEANUP(cleanup_image_free) struct image *image = NULL;
	struct random random = { .state = fuzz_hash(bytes, size) };
	size_t failed;

	if (fuzz_policy_load(bytes, size, &diag, &policy))
		return 0;
	if (image_compile(policy, &diag, &image)) {
		must(diag_has_errors(&diag));
		return 0;
	}
	must(!image_fault(image));
	for (unsigned i = 0; i < QUESTIONS; i++) {
		struct question question = random_question(&random, policy);

		ask(policy, image, &question);
	}
	array_foreach (test, &policy->tests)
		ask(policy, image, &test->question);
	must(!policy_run_tests(policy, image, &diag, &failed));
	must((failed != 0) == (diag.errors != 0));
	return 0;
}
