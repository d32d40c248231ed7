/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A policy with what policy_lint() says of it.
 */
#pragma once

#include "compile/lint.h"

struct linted {
	struct policy *policy;
	struct image *image;
	struct diag diag;
};

/* Compiles and checks; takes the policy over. */
struct linted lint(struct policy *policy);
void linted_fini(struct linted *linted);

size_t count_of(const struct linted *linted, const char *code);

/* The one finding with this code. */
const struct finding *the(const struct linted *linted, const char *code);

void assert_contains(const char *text, const char *part);
