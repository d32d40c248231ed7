/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is allowed by the language but probably not meant: rules that can never decide, rules that
 * stand twice, ways round the policy (holes), and [tests] lines that do not hold. Pure.
 */
#pragma once

#include "compile/image.h"

/*
 * Adds warnings (duplicate-rule, shadowed-rule, hole-*: closable, with the lines to add in the
 * hint), notes (hole-*: not closable by this version) and, for sections or families that no hook
 * of this version can enforce, errors or, with unsupported = warn, warnings ("unsupported-*").
 * 0 or -ENOMEM.
 */
int policy_lint(const struct policy *policy, const struct image *image, struct diag *diag);

/* Runs [tests]; each line that does not hold is an error with code "test-failed" that tells what
 * was decided and by which line. *ret_failed is their number. 0 or -ENOMEM. */
int policy_run_tests(const struct policy *policy, const struct image *image, struct diag *diag,
                     size_t *ret_failed);
