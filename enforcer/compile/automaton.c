/* SPDX-License-Identifier: BSD-2-Clause */
#include "compile/automaton.h"

#include "base/image_block.h"
#include "compile/states.h"

static int build(const struct globs *globs, const struct outcomes *outcomes, struct nodes *nodes,
                 struct effort *effort, struct patterns *patterns, struct states *states,
                 struct states *smallest, struct automaton *automaton)
{
	int error = patterns_add(patterns, globs->patterns, globs->count, effort);

	if (!error)
		error = states_from_patterns(patterns, outcomes, effort, states);
	if (!error)
		error = states_minimise(states, patterns, smallest);
	if (!error)
		error = states_lay_out(smallest, patterns, nodes, &automaton->start);
	automaton->states = (uint32_t)smallest->states.count;
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
	struct patterns patterns = PATTERNS_INIT;
	struct states states = STATES_INIT, smallest = STATES_INIT;
	int error = rows_outcome(rows, globs->anonymous, globs->operations, &automaton.anonymous);

	if (!error)
		error = build(globs, &outcomes, nodes, effort, &patterns, &states, &smallest,
		              &automaton);
	if (!error) {
		*ret_automaton = automaton;
		*ret_marks = marks_of(automaton.anonymous, globs->operations);
		array_foreach (state, &smallest.states)
			*ret_marks |= marks_of(state->outcome, globs->operations);
	}
	patterns_fini(&patterns);
	states_fini(&states);
	states_fini(&smallest);
	return error;
}
