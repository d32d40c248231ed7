/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Automata made from lists of globs, without a policy around them, and asked.
 */
#pragma once

#include "base/image_block.h"
#include "compile/automaton.h"

#define RULES_MAX 64

/* A rule of one glob. */
struct glob_rule {
	const char *glob;
	uint8_t verdict, operations; /* operations 0: all */
};

/* An automaton and the image words it is in. */
struct compiled {
	struct nodes nodes;
	struct rows rows;
	struct effort effort;
	uint32_t *by_rule;
	unsigned operations;
	struct automaton automaton;
	uint8_t marks;
	struct image_words view;
};

/* As automaton_build(); to be given to compiled_fini() whatever the result. Patterns are handed
 * over in the order of `order`, or as they come if that is NULL; rule numbers stay. */
int compile_globs(struct compiled *compiled, const struct glob_rule *rules, size_t count,
                  const size_t *order, unsigned operations, enum verdict fallback, uint64_t effort);
void compiled_fini(struct compiled *compiled);

/* Who decides. */
struct decided ask_automaton(const struct compiled *compiled, const char *string,
                             unsigned operation);

/* What is wrong with the automaton, or NULL: every state that can be reached is a state, they are
 * as many as it says, and no two of them are the same (table filling, as in any textbook). For
 * automata of up to a few hundred states. */
const char *automaton_fault(const struct compiled *compiled);
