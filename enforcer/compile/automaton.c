/* SPDX-License-Identifier: BSD-2-Clause */
#include "compile/automaton.h"

#include "base/image_block.h"
#include "compile/states.h"

/* The stages; each is made from the one before. */
struct stages {
	struct patterns patterns;
	struct states states, smallest;
};

static int build(const struct globs *globs, const struct outcomes *outcomes, struct effort *effort,
                 struct stages *stages)
{
	int error = patterns_add(&stages->patterns, globs->patterns, globs->count, effort);

	if (!error)
		error = states_from_patterns(&stages->patterns, outcomes, effort, &stages->states);
	if (!error)
		error = states_minimise(&stages->states, &stages->patterns, &stages->smallest);
	return error;
}

static uint8_t marks_of(uint32_t outcome, unsigned operations)
{
	uint8_t marks = 0;

	for (unsigned i = 0; i < operations; i++) {
		if (outcome_verdict(outcome, i) != VERDICT_ALLOW)
			marks |= (uint8_t)(1U << i);
	}
	return marks;
}

int automaton_build(const struct globs *globs, struct nodes *nodes, struct rows *rows,
                    struct effort *effort, struct automaton *ret_automaton, uint8_t *ret_marks)
{
	struct outcomes outcomes = { rows, globs->operations, globs->fallback };
	struct automaton automaton = { 0 };
	struct stages stages = { 0 };
	int error = rows_outcome(rows, globs->anonymous, globs->operations, &automaton.anonymous);

	if (!error)
		error = build(globs, &outcomes, effort, &stages);
	if (!error)
		error = states_lay_out(&stages.smallest, &stages.patterns, nodes, &automaton.start);
	if (!error) {
		automaton.states = (uint32_t)stages.smallest.states.count;
		*ret_automaton = automaton;
		*ret_marks = marks_of(automaton.anonymous, globs->operations);
		array_foreach (state, &stages.smallest.states)
			*ret_marks |= marks_of(state->outcome, globs->operations);
	}
	patterns_fini(&stages.patterns);
	states_fini(&stages.states);
	states_fini(&stages.smallest);
	return error;
}
