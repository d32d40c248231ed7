/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The states of an automaton in blocks: those of a block give the same outcome to every string.
 * For minimise.c.
 */
#pragma once

#include "compile/states.h"

struct block {
	uint32_t first, count; /* in order */
};

struct partition {
	const struct states *states;
	unsigned class_count;
	uint64_t weights[256], weight_sum;
	uint32_t *block_of, *order, *place; /* owned; by state, by place, by state */
	uint32_t *sources, *first_source;   /* owned; who leads to a state */
	bool *dirty;                        /* owned; by state: to be looked at */
	ARRAY(uint32_t) waiting;            /* dirty states */
	ARRAY(struct block) blocks, parts;
	struct sort_entry *entries, *scratch; /* owned; room for each state */
};

/* 0 or -ENOMEM; whatever the result, partition_fini() frees it. */
int partition_init(struct partition *partition, const struct states *states,
                   const struct patterns *classes);
void partition_fini(struct partition *partition);

/* Splits blocks until none can be split. 0 or -ENOMEM. */
int partition_refine(struct partition *partition);
