/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A deterministic automaton while it is compiled: states, and where each byte class leads. Most
 * classes lead where most others do, so a state has a fallback and a list of exceptions.
 */
#pragma once

#include "compile/patterns.h"

struct exception {
	uint32_t class, target;
};

struct state {
	uint32_t outcome;      /* of a string that ends here */
	uint32_t fallback;     /* where every class leads that is no exception */
	uint32_t first, count; /* exceptions, ascending by class */
};

/* State 0 is where a string begins. */
struct states {
	ARRAY(struct state) states;
	ARRAY(struct exception) exceptions;
};

#define STATES_INIT \
	{           \
		0   \
	}

static inline void states_fini(struct states *states)
{
	free(states->states.items);
	free(states->exceptions.items);
}

/* NULL if there are none. */
static inline const struct exception *exceptions_of(const struct states *states,
                                                    const struct state *state)
{
	return state->count ? states->exceptions.items + state->first : NULL;
}

struct outcomes {
	struct rows *rows;
	unsigned operations;
	uint8_t fallback; /* enum verdict */
};

/* All of these: 0, -ENOMEM or -E2BIG. */

/* The automaton of all patterns, every state reachable, not yet minimal. */
int states_from_patterns(const struct patterns *patterns, const struct outcomes *outcomes,
                         struct effort *effort, struct states *states);

/* The smallest automaton that gives the same outcomes, its states in the order they are met. */
int states_minimise(const struct states *states, const struct patterns *classes,
                    struct states *smallest);

/* Lays the automaton out in the image; *ret_start is the word automaton.start. */
int states_lay_out(const struct states *states, const struct patterns *classes, struct nodes *nodes,
                   uint32_t *ret_start);
