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

static int add_table(struct nodes *nodes, const struct pair *pairs, size_t count, unsigned key_bits,
                     uint8_t marks, unsigned level, uint32_t *ret_ref);

/* The pairs of one index, handed out cell by cell. */
struct cells {
	const struct pair *pairs;
	size_t count, at; /* at: the pair in force where the next cell begins */
	uint64_t width;
};

/* Pairs that matter from `first` to the cell's end: the one that reaches into it, then those that
 * begin in it. Returns how many; *ret_pairs is the first. */
static size_t next_cell(struct cells *cells, uint64_t first, const struct pair **ret_pairs)
{
	size_t from = cells->at, to;

	while (from + 1 < cells->count && cells->pairs[from + 1].key <= first)
		from++;
	to = from + 1;
	while (to < cells->count && cells->pairs[to].key < first + cells->width)
		to++;
	cells->at = to - 1;
	*ret_pairs = cells->pairs + from;
	return to - from;
}

/* `key_bits`: low bits of the key that are not decided yet; all pairs but perhaps the first have
 * the bits above them in common. */
static int add_index(struct nodes *nodes, const struct pair *pairs, size_t count, unsigned key_bits,
                     unsigned bits, uint8_t marks, unsigned level, uint32_t *ret_ref)
{
	unsigned shift = key_bits - bits;
	uint32_t base = key_bits < 32 ? pairs[count - 1].key >> key_bits << key_bits : 0;
	uint32_t shape = (REF_INDEX << REF_KIND_SHIFT) | shift << (INDEX_OFFSET_BITS + 4) |
	                 (bits - 1) << INDEX_OFFSET_BITS;
	struct cells cells = { .pairs = pairs, .count = count, .width = (uint64_t)1 << shift };
	const struct pair *reused = NULL;
	uint32_t *refs = nodes->cells[level];

	if (!refs)
		refs = nodes->cells[level] = malloc(sizeof(*refs) << INDEX_BITS_MAX);
	if (!refs)
		return -ENOMEM;
	for (uint32_t cell = 0; cell < 1U << bits; cell++) {
		const struct pair *inside;
		size_t inside_count = next_cell(&cells, base + cell * cells.width, &inside);
		int error;

		if (inside_count == 1 && inside == reused) {
			refs[cell] = refs[cell - 1];
			continue;
		}
		error = add_table(nodes, inside, inside_count, shift, marks, level + 1,
		                  &refs[cell]);
		if (error)
			return error;
		reused = inside_count == 1 ? inside : NULL;
	}
	return nodes_keep(nodes, shape, refs, (size_t)1 << bits, marks, ret_ref);
}

static int add_table(struct nodes *nodes, const struct pair *pairs, size_t count, unsigned key_bits,
                     uint8_t marks, unsigned level, uint32_t *ret_ref)
{
	unsigned bits = 0;

	if (count == 1 && is_outcome(pairs->ref)) {
		*ret_ref = pairs->ref;
		return 0;
	}
	if (count > NODES_SMALL_PAIRS && level < INDEX_LEVELS_MAX)
		bits = index_bits(pairs, count, key_bits, level);
	if (bits)
		return add_index(nodes, pairs, count, key_bits, bits, marks, level, ret_ref);
	return add_sorted(nodes, pairs, count, marks, ret_ref);
}

int nodes_add(struct nodes *nodes, const struct pair *pairs, size_t count, unsigned key_bits,
              uint8_t marks, uint32_t *ret_ref)
{
	return add_table(nodes, pairs, count, key_bits, marks, 0, ret_ref);
}
