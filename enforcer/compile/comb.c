/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rows of an automaton pushed into one another like combs (Tarjan and Yao, "Storing a sparse
 * table", 1979), as abi.h says: a row takes its first word, a word for each byte that leads
 * elsewhere, and one for an outcome that is not its fallback's.
 *
 * Rows come in the order in which a path meets them, depth first, and go into the first of a few
 * open blocks that has the teeth free. So a path stays within few blocks, and looking one up costs
 * a BPF program more than a step does.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "compile/states.h"

#define WINDOWS     (IMAGE_BLOCK_WORDS / 64)
#define OPEN_BLOCKS 4

/* Which words of a block are free; words beyond it are not. */
struct open_block {
	uint32_t number;
	uint64_t free[WINDOWS + 1];
};

struct tooth {
	uint32_t at; /* from the row's first word */
	uint32_t target;
};

struct row {
	uint32_t fallback; /* state */
	bool tells;        /* its outcome */
	unsigned count;
	struct tooth teeth[256];
};

struct comb {
	const struct states *states;
	const struct patterns *classes;
	struct nodes *nodes;
	uint32_t *bases;     /* owned; by state: word in the image */
	uint32_t *fallbacks; /* owned; by state */
	uint32_t *order;     /* owned; states depth first */
	size_t first_word, end;
	struct open_block open[OPEN_BLOCKS];
	unsigned open_count;
	uint32_t next_block;
	size_t outcomes_at, outcome_count; /* the different ones, in the image */
};

/* ---- rows -------------------------------------------------------------------------------- */

/* Where most bytes lead. */
static uint32_t best_fallback(const struct comb *comb, const struct state *state)
{
	const struct exception *exceptions = exceptions_of(comb->states, state);
	unsigned weight = 255, best_weight;
	uint32_t best = state->fallback;

	for (uint32_t i = 0; i < state->count; i++)
		weight -= comb->classes->class_weight[exceptions[i].class];
	best_weight = weight;
	if (best_weight > 127)
		return best;
	for (uint32_t i = 0; i < state->count; i++) {
		weight = 0;
		for (uint32_t j = i; j < state->count; j++) {
			if (exceptions[j].target == exceptions[i].target)
				weight += comb->classes->class_weight[exceptions[j].class];
		}
		if (weight > best_weight) {
			best_weight = weight;
			best = exceptions[i].target;
		}
	}
	return best;
}

/* A state need not tell its outcome if its fallback has the same and tells it. Who falls back on
 * itself tells. */
static bool tells_outcome(const struct comb *comb, uint32_t number)
{
	const struct state *states = comb->states->states.items;
	uint32_t fallback = comb->fallbacks[number];

	return fallback == number || comb->fallbacks[fallback] != fallback ||
	       states[fallback].outcome != states[number].outcome;
}

static void make_row(const struct comb *comb, uint32_t number, struct row *ret_row)
{
	const struct state *state = &comb->states->states.items[number];
	const struct exception *exceptions = exceptions_of(comb->states, state);
	uint32_t targets[256];

	for (unsigned class = 0; class < comb->classes->class_count; class ++)
		targets[class] = state->fallback;
	for (uint32_t i = 0; i < state->count; i++)
		targets[exceptions[i].class] = exceptions[i].target;
	ret_row->fallback = comb->fallbacks[number];
	ret_row->tells = tells_outcome(comb, number);
	ret_row->count = 0;
	for (unsigned byte = 1; byte < 256; byte++) {
		uint32_t target = targets[comb->classes->class_of[byte]];

		if (target != ret_row->fallback)
			ret_row->teeth[ret_row->count++] = (struct tooth){ byte, target };
	}
}

/* ---- places ------------------------------------------------------------------------------ */

/* Bit n: word 64 * window + n + at is free. */
static uint64_t free_from(const struct open_block *block, unsigned window, unsigned at)
{
	const uint64_t *words = &block->free[window + at / 64];

	return at % 64 ? words[0] >> at % 64 | words[1] << (64 - at % 64) : words[0];
}

static void take(struct open_block *block, unsigned word)
{
	block->free[word / 64] &= ~(UINT64_C(1) << word % 64);
}

/* The first word of the block where the row fits, or -1. */
static int find_place(const struct open_block *block, const struct row *row)
{
	for (unsigned window = 0; window < WINDOWS; window++) {
		uint64_t fits = block->free[window];

		if (window * 64 & ~AUTOMATON_ROW_MASK)
			continue;
		if (row->tells)
			fits &= free_from(block, window, AUTOMATON_OUTCOME_AT);
		for (unsigned i = 0; fits && i < row->count; i++)
			fits &= free_from(block, window, row->teeth[i].at);
		if (fits)
			return (int)(window * 64) + __builtin_ctzll(fits);
	}
	return -1;
}

static int open_block(struct comb *comb)
{
	struct open_block *block = &comb->open[comb->open_count];

	if (comb->next_block >= IMAGE_WORDS_MAX / IMAGE_BLOCK_WORDS)
		return -E2BIG;
	if (comb->open_count == OPEN_BLOCKS) {
		memmove(comb->open, comb->open + 1, sizeof(*comb->open) * (OPEN_BLOCKS - 1));
		block--;
	} else {
		comb->open_count++;
	}
	memset(block, 0xff, sizeof(*block));
	block->free[WINDOWS] = 0;
	block->number = comb->next_block++;
	return 0;
}

static void take_row(struct comb *comb, struct open_block *block, unsigned base,
                     const struct row *row, uint32_t number)
{
	take(block, base);
	if (row->tells)
		take(block, base + AUTOMATON_OUTCOME_AT);
	for (unsigned i = 0; i < row->count; i++)
		take(block, base + row->teeth[i].at);
	comb->bases[number] = block->number * IMAGE_BLOCK_WORDS + base;
	if (comb->end < (size_t)comb->bases[number] + AUTOMATON_ROW_WORDS)
		comb->end = (size_t)comb->bases[number] + AUTOMATON_ROW_WORDS;
}

static int place_row(struct comb *comb, uint32_t number)
{
	struct row row;

	make_row(comb, number, &row);
	for (unsigned i = 0;; i++) {
		int base, error;

		if (i == comb->open_count || i == OPEN_BLOCKS) {
			error = open_block(comb);
			if (error)
				return error;
			i = comb->open_count - 1;
		}
		base = find_place(&comb->open[i], &row);
		if (base >= 0) {
			take_row(comb, &comb->open[i], (unsigned)base, &row, number);
			return 0;
		}
	}
}

/* Whatever lies before the automaton in its first block is not free. */
static int begin_places(struct comb *comb)
{
	int error;

	comb->next_block = (uint32_t)(comb->first_word / IMAGE_BLOCK_WORDS);
	error = open_block(comb);
	for (unsigned word = 0; !error && word < comb->first_word % IMAGE_BLOCK_WORDS; word++)
		take(&comb->open[0], word);
	return error;
}

/* ---- depth first ------------------------------------------------------------------------- */

static int find_order(struct comb *comb)
{
	size_t count = comb->states->states.count, ordered = 0;
	CLEANUP_FREE bool *seen = calloc(count, sizeof(*seen));
	ARRAY(uint32_t) stack = { 0 };
	int error = seen ? array_append(&stack, 0U) : -ENOMEM;

	while (!error && stack.count) {
		uint32_t number = stack.items[--stack.count];
		const struct state *state = &comb->states->states.items[number];
		const struct exception *exceptions;

		if (seen[number])
			continue;
		seen[number] = true;
		comb->order[ordered++] = number;
		exceptions = exceptions_of(comb->states, state);
		if (!seen[state->fallback])
			error = array_append(&stack, state->fallback);
		for (uint32_t i = 0; !error && i < state->count; i++) {
			uint32_t target = exceptions[i].target;

			if (!seen[target])
				error = array_append(&stack, target);
		}
	}
	free(stack.items);
	return error;
}

/* ---- words ------------------------------------------------------------------------------- */

static uint32_t state_word(const struct comb *comb, uint32_t number)
{
	const struct state *state = &comb->states->states.items[number];
	bool settled = !state->count && state->fallback == number;

	return comb->bases[number] << AUTOMATON_WORD_SHIFT | (settled ? AUTOMATON_SETTLED : 0);
}

/* The different outcomes, ascending, in the image. */
static int store_outcomes(struct comb *comb)
{
	size_t count = comb->states->states.count, different = 0;
	CLEANUP_FREE struct sort_entry *entries = calloc(count, sizeof(*entries));
	CLEANUP_FREE struct sort_entry *scratch = calloc(count, sizeof(*scratch));
	int error;

	if (!entries || !scratch)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		entries[i].key = comb->states->states.items[i].outcome;
	sort_entries(entries, scratch, count);
	for (size_t i = 0; i < count; i++) {
		if (!i || entries[i].key != entries[i - 1].key)
			entries[different++].key = entries[i].key;
	}
	error = nodes_area(comb->nodes, different, SORTED_ALIGN, &comb->outcomes_at);
	if (error)
		return error;
	for (size_t i = 0; i < different; i++)
		comb->nodes->words[comb->outcomes_at + i] = (uint32_t)entries[i].key;
	comb->outcome_count = different;
	return 0;
}

static uint32_t outcome_word(const struct comb *comb, uint32_t number)
{
	const uint32_t *outcomes = comb->nodes->words + comb->outcomes_at;
	uint32_t outcome = comb->states->states.items[number].outcome;
	size_t low = 0, count = comb->outcome_count;

	while (count > 1) {
		size_t half = count / 2;

		if (outcomes[low + half] <= outcome)
			low += half;
		count -= half;
	}
	return (uint32_t)(comb->outcomes_at + low) << AUTOMATON_WORD_SHIFT;
}

static void write_row(const struct comb *comb, uint32_t number)
{
	uint32_t *words = comb->nodes->words + comb->bases[number];
	struct row row;

	make_row(comb, number, &row);
	words[0] = state_word(comb, row.fallback);
	if (row.tells)
		words[AUTOMATON_OUTCOME_AT] = outcome_word(comb, number);
	for (unsigned i = 0; i < row.count; i++)
		words[row.teeth[i].at] = row.teeth[i].at << AUTOMATON_BYTE_SHIFT |
		                         state_word(comb, row.teeth[i].target);
}

static int lay_out(struct comb *comb, uint32_t *ret_start)
{
	size_t count = comb->states->states.count, at;
	int error = store_outcomes(comb);

	for (uint32_t i = 0; i < count; i++)
		comb->fallbacks[i] = best_fallback(comb, &comb->states->states.items[i]);
	if (!error)
		error = find_order(comb);
	if (!error)
		error = nodes_area(comb->nodes, 0, SORTED_ALIGN, &comb->first_word);
	if (!error)
		error = begin_places(comb);
	for (size_t i = 0; !error && i < count; i++)
		error = place_row(comb, comb->order[i]);
	if (!error)
		error = nodes_area(comb->nodes, comb->end - comb->first_word, SORTED_ALIGN, &at);
	if (error)
		return error;
	for (uint32_t i = 0; i < count; i++)
		write_row(comb, i);
	*ret_start = state_word(comb, 0);
	return 0;
}

int states_lay_out(const struct states *states, const struct patterns *classes, struct nodes *nodes,
                   uint32_t *ret_start)
{
	size_t count = states->states.count;
	CLEANUP_FREE uint32_t *bases = calloc(count, sizeof(*bases));
	CLEANUP_FREE uint32_t *fallbacks = calloc(count, sizeof(*fallbacks));
	CLEANUP_FREE uint32_t *order = calloc(count, sizeof(*order));
	struct comb comb = {
		.states = states,
		.classes = classes,
		.nodes = nodes,
		.bases = bases,
		.fallbacks = fallbacks,
		.order = order,
	};

	if (!bases || !fallbacks || !order)
		return -ENOMEM;
	return lay_out(&comb, ret_start);
}
