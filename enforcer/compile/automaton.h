/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the globs of a section to one automaton in the image: patterns.c makes a tree of them,
 * subsets.c an automaton, minimise.c the smallest one, comb.c words.
 */
#pragma once

#include "compile/patterns.h"

struct globs {
	const struct pattern *patterns;
	size_t count;
	unsigned operations; /* of the section */
	uint8_t fallback;    /* enum verdict: what no pattern matches */
	/* what decides on objects without a path, for each operation */
	struct decided anonymous[OPERATIONS_MAX];
};

/* 0, -ENOMEM, -E2BIG (the image or the effort would pass its limit), -EINVAL (glob_check() has
 * something to say). effort->by_rule tells what each rule cost. *ret_marks: bit per operation for
 * which something but plain allow can be the answer. */
int automaton_build(const struct globs *globs, struct nodes *nodes, struct rows *rows,
                    struct effort *effort, struct automaton *ret_automaton, uint8_t *ret_marks);
