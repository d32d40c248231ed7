/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words of an image while it grows: tables of the diagram, each kept once, laid out as abi.h
 * says. Children come before parents, so the many small tables of the last key lie together in the
 * low blocks.
 *
 * Leaves to others: which ranges lead where (diagram.c), what an outcome says (rows.c).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"

/* Up to here a key is searched in one sorted table; more pairs get an index. */
#define NODES_SMALL_PAIRS 64U

/* From `key` on, up to the next pair's key, the walk goes on with `ref`. */
struct pair {
	uint32_t key, ref;
};

struct node_slot {
	uint32_t hash, ref; /* ref 0: free */
};

struct nodes {
	uint32_t *words; /* owned; `used` of them hold something, the rest is zero */
	size_t used, capacity;
	uint8_t *marks;          /* owned; of the table that starts at word 8 * i */
	struct node_slot *slots; /* owned; open addressing, a power of two */
	size_t slot_count, slots_used;
	uint32_t *cells[INDEX_LEVELS_MAX]; /* owned; indices under construction */
	bool far;                          /* some table is not near (match.h) */
};

#define NODES_INIT \
	{          \
		0  \
	}

void nodes_fini(struct nodes *nodes);

/*
 * The node for a key of `key_bits` bits: pairs ascending, the first one's key 0, neighbours
 * different. One pair that leads to an outcome is that outcome. `marks` are kept with the node and
 * or-ed into its parents' by whoever builds those. 0, -ENOMEM, or -E2BIG: the image would pass
 * IMAGE_WORDS_MAX.
 */
int nodes_add(struct nodes *nodes, const struct pair *pairs, size_t count, unsigned key_bits,
              uint8_t marks, uint32_t *ret_ref);

/* For tables.c: keeps `words`, which are not the image's own, as a table; `shape_ref` is a
 * reference to offset 0. Errors as above. */
int nodes_keep(struct nodes *nodes, uint32_t shape_ref, const uint32_t *words, size_t count,
               uint8_t marks, uint32_t *ret_ref);

/* Marks of a node; 0 for an outcome, whose marks only its user knows. */
uint8_t nodes_marks(const struct nodes *nodes, uint32_t ref);

/* Room for `count` words at a multiple of `align` words, zeroed. 0, -ENOMEM or -E2BIG. */
int nodes_area(struct nodes *nodes, size_t count, size_t align, size_t *ret_offset);
