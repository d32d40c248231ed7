/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets of places in patterns, each with the state it is. For subsets.c, which keeps them, and
 * states.c, which looks for them.
 */
#pragma once

#include "compile/states.h"

struct subset {
	uint32_t first, count; /* places */
	uint32_t hash;
};

struct subsets {
	const struct patterns *patterns;
	const struct outcomes *outcomes;
	struct effort *effort;
	struct states *states;
	ARRAY(struct subset) subsets; /* by state */
	ARRAY(uint32_t) places;
	uint32_t *slots; /* owned; open addressing: state + 1 */
	size_t slot_count;
	uint32_t *stamps; /* owned; by place: the set it was last added to */
	uint32_t stamp;
	ARRAY(uint32_t) next; /* the set being made */
	/* out of the state being expanded */
	ARRAY(struct sort_entry) bytes; /* key: class; value: where that byte leads */
	ARRAY(uint32_t) sets, any, deep;
	ARRAY(struct sort_entry) scratch;
};

void subsets_fini(struct subsets *subsets);

/* Making a set: begin, add, finish. */
void subsets_begin(struct subsets *subsets);
int subsets_add(struct subsets *subsets, uint32_t place); /* 0 or -ENOMEM */

/* The state of the set; made if it is new. 0, -ENOMEM or -E2BIG. */
int subsets_finish(struct subsets *subsets, uint32_t *ret_state);
