/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From pairs to tables: one sorted table for few, an index with a sorted table in each cell for
 * many.
 *
 * The hard idea is the index: the high bits of a key pick a cell, a cell holds what is left to
 * search. Lists cluster (all of 10.0.0.0/8 shares eight bits), so a cell that is still full gets an
 * index of its own on the bits that follow; two levels bring any 32-bit key down to tables of at
 * most 1024 pairs, and real lists to a handful.
 */
#include <errno.h>
#include <stdlib.h>

#include "compile/nodes.h"

/* With at least 6 bits at the first level and up to 16 at the second, a bucket spans at most 2^10
 * keys: it cannot hold more pairs than SORTED_COUNT_MAX. */
#define INDEX_BITS_MIN 6U
_Static_assert((1U << (32 - INDEX_BITS_MIN - INDEX_BITS_MAX)) <= SORTED_COUNT_MAX,
               "a bucket of the second level fits in a sorted table");

/* What fits in a cache line costs one miss; more cells than that are memory for nothing. */
#define PAIRS_IN_CELL 8U

static bool is_outcome(uint32_t ref)
{
	return ref >> REF_KIND_SHIFT == REF_OUTCOME;
}

/* The first key is never compared: zero in every table makes more of them equal. */
static int add_sorted(struct nodes *nodes, const struct pair *pairs, size_t count, uint8_t marks,
                      uint32_t *ret_ref)
{
	uint32_t shape = (REF_SORTED << REF_KIND_SHIFT) | (uint32_t)count << SORTED_OFFSET_BITS;
	uint32_t words[2 * SORTED_COUNT_MAX];

	for (size_t i = 0; i < count; i++) {
		words[2 * i] = i ? pairs[i].key : 0;
		words[2 * i + 1] = pairs[i].ref;
	}
	return nodes_keep(nodes, shape, words, 2 * count, marks, ret_ref);
}

/* ---- how large an index ----------------------------------------------------------------- */

static unsigned bits_for(size_t count, unsigned key_bits)
{
	unsigned bits = INDEX_BITS_MIN;

	while (bits < INDEX_BITS_MAX && ((size_t)PAIRS_IN_CELL << bits) < count)
		bits++;
	return bits < key_bits ? bits : key_bits;
}

/* Pairs in the fullest cell, with the one that reaches into it. */
static size_t fullest_cell(const struct pair *pairs, size_t count, unsigned shift)
{
	size_t run = 1, fullest = 1;

	for (size_t i = 1; i < count; i++) {
		run = pairs[i].key >> shift == pairs[i - 1].key >> shift ? run + 1 : 2;
		fullest = run > fullest ? run : fullest;
	}
	return fullest;
}

/*
 * Bits for an index at `level`; 0: better one sorted table, because an index of a size in keeping
 * with the number of pairs would not take them apart. That is so for small numbers, which have
 * their leading bits in common (minor numbers).
 */
static unsigned index_bits(const struct pair *pairs, size_t count, unsigned key_bits,
                           unsigned level)
{
	bool last = level + 1 == INDEX_LEVELS_MAX;
	unsigned bits = bits_for(count, key_bits);
	size_t fullest = fullest_cell(pairs, count, key_bits - bits);

	while (last && bits < INDEX_BITS_MAX && bits < key_bits &&
	       (fullest > SORTED_COUNT_MAX ||
	        (fullest > NODES_SMALL_PAIRS && ((size_t)1 << bits) < count))) {
		bits++;
		fullest = fullest_cell(pairs, count, key_bits - bits);
	}
	return count <= SORTED_COUNT_MAX && fullest > count / 2 ? 0 : bits;
}

/* ---- tables ----------------------------------------------------------------------------- */

/* The pairs that matter for some values of a key. */
struct span_of_key {
	const struct pair *pairs;
	size_t count;
	unsigned key_bits; /* low bits of the key that are not decided yet; all pairs but perhaps
	                    * the first have the bits above them in common */
	unsigned level;    /* indices passed on the way here */
	uint8_t marks;
};

static int add_table(struct nodes *nodes, const struct span_of_key *span, uint32_t *ret_ref);

/*
 * The pairs of the cell that begins at `first`: the one that reaches into it, then those that begin
 * in it. `at` is where to begin to look, and where the next cell will.
 */
static struct span_of_key cell_of(const struct span_of_key *span, unsigned shift, uint64_t first,
                                  size_t *at)
{
	struct span_of_key cell = { .key_bits = shift,
		                    .level = span->level + 1,
		                    .marks = span->marks };
	uint64_t end = first + ((uint64_t)1 << shift);
	size_t from = *at, to;

	while (from + 1 < span->count && span->pairs[from + 1].key <= first)
		from++;
	to = from + 1;
	while (to < span->count && span->pairs[to].key < end)
		to++;
	*at = to - 1;
	cell.pairs = span->pairs + from;
	cell.count = to - from;
	return cell;
}

static int add_cells(struct nodes *nodes, const struct span_of_key *span, unsigned shift,
                     uint32_t *refs, size_t cell_count)
{
	uint32_t last_key = span->pairs[span->count - 1].key;
	uint64_t base = span->key_bits < 32 ? last_key >> span->key_bits << span->key_bits : 0;
	const struct pair *alone = NULL; /* the previous cell has this pair and no other */
	uint32_t ref = REF_INVALID;
	size_t at = 0;

	for (size_t i = 0; i < cell_count; i++) {
		struct span_of_key cell = cell_of(span, shift, base + ((uint64_t)i << shift), &at);

		if (cell.count > 1 || cell.pairs != alone) {
			int error = add_table(nodes, &cell, &ref);

			if (error)
				return error;
		}
		refs[i] = ref;
		alone = cell.count == 1 ? cell.pairs : NULL;
	}
	return 0;
}

static int add_index(struct nodes *nodes, const struct span_of_key *span, unsigned bits,
                     uint32_t *ret_ref)
{
	unsigned shift = span->key_bits - bits;
	uint32_t shape = (REF_INDEX << REF_KIND_SHIFT) | shift << (INDEX_OFFSET_BITS + 4) |
	                 (bits - 1) << INDEX_OFFSET_BITS;
	size_t cell_count = (size_t)1 << bits;
	uint32_t *refs = nodes->cells[span->level];
	int error;

	if (!refs)
		refs = nodes->cells[span->level] = malloc(sizeof(*refs) << INDEX_BITS_MAX);
	if (!refs)
		return -ENOMEM;
	error = add_cells(nodes, span, shift, refs, cell_count);
	if (error)
		return error;
	return nodes_keep(nodes, shape, refs, cell_count, span->marks, ret_ref);
}

static int add_table(struct nodes *nodes, const struct span_of_key *span, uint32_t *ret_ref)
{
	unsigned bits = 0;

	if (span->count == 1 && is_outcome(span->pairs->ref)) {
		*ret_ref = span->pairs->ref;
		return 0;
	}
	if (span->count > NODES_SMALL_PAIRS && span->level < INDEX_LEVELS_MAX)
		bits = index_bits(span->pairs, span->count, span->key_bits, span->level);
	if (bits)
		return add_index(nodes, span, bits, ret_ref);
	return add_sorted(nodes, span->pairs, span->count, span->marks, ret_ref);
}

int nodes_add(struct nodes *nodes, const struct pair *pairs, size_t count, unsigned key_bits,
              uint8_t marks, uint32_t *ret_ref)
{
	struct span_of_key span = {
		.pairs = pairs, .count = count, .key_bits = key_bits, .marks = marks
	};

	return add_table(nodes, &span, ret_ref);
}
