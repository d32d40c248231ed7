/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From rules as boxes to an interval decision diagram, for any section: a question is a few 32-bit
 * keys, a rule covers a range of each of them.
 *
 * The last key is special. Ranges of the keys before it, the heads, must be laminar: of two ranges
 * of one key either one contains the other or they are apart, as prefixes are, and exact values and
 * `any`. What a rule says about the last key (ports, minor numbers) is its tail: any ranges at
 * all. A list of 100,000 prefixes is 100,000 boxes with one tail.
 *
 * Of the items that match a question the one with the highest box rank decides; of equals the one
 * with the highest narrowness; of equals the strictest verdict; of equals the earlier rule.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "compile/nodes.h"
#include "compile/rows.h"
#include "compile/sort.h"

#define HEADS_MAX (KEYS_MAX - 1)

struct key_range {
	uint32_t first, last;
};

#define ANY_KEY ((struct key_range){ 0, UINT32_MAX })

struct tail_item {
	struct key_range range; /* of the last key */
	uint32_t narrowness;    /* below 2^24 */
	uint32_t rule;          /* index, or DECIDED_OUTSIDE */
	uint8_t verdict;
	uint8_t operations; /* mask */
};

struct tail {
	uint32_t first, count; /* items */
	bool covers;           /* everything: whatever ranks lower is hidden */
	uint32_t stamp;        /* paint.c: the flattening that met it last */
};

struct box {
	uint32_t rank; /* below 256 */
	uint32_t tail;
	struct key_range heads[HEADS_MAX];
};

/* Work is counted, so that a policy that explodes is an error and not a hang. */
struct effort {
	uint64_t spent, limit;
	uint32_t *by_rule; /* owned by the caller; what each rule cost */
};

/* Boxes that end up covering the same questions from here on: a list, highest rank anywhere. */
struct context {
	uint32_t parent, rank, tail;
	uint32_t leaf; /* node for the last key once painted; 0: not yet */
};

struct slot_table {
	uint32_t *slots; /* owned; index + 1, 0: free */
	size_t count, used;
};

struct painted {
	uint32_t list, count; /* in painted_lists */
	uint32_t leaf;
};

struct canvas; /* paint_cells.c */

struct diagram {
	/* what the questions are like; set by the user */
	unsigned heads;
	uint32_t last_key; /* highest value the last key can have */
	unsigned operations;
	enum verdict fallback;
	unsigned mark_shift; /* marks bit n: something but allow where last key >> shift is n */
	/* shared with the other diagrams of the image */
	struct nodes *nodes;
	struct rows *rows;
	struct effort *effort;

	ARRAY(struct tail_item) items;
	ARRAY(struct tail) tails;
	ARRAY(struct box) boxes; /* of the root to build next */

	/* while building */
	ARRAY(struct context) contexts;
	struct slot_table context_slots;
	ARRAY(struct painted) painted;
	struct slot_table painted_slots;
	ARRAY(uint32_t) painted_lists;
	uint32_t stamp;
	struct canvas *canvas;
	ARRAY(struct sort_entry) entries;
	ARRAY(uint32_t) carried;
	ARRAY(struct pair) pairs;
	struct sort_entry *scratch;
	size_t scratch_count;
};

void diagram_fini(struct diagram *diagram);

/* Begins a tail; items are added to the one begun last. 0 or -ENOMEM. */
int diagram_add_tail(struct diagram *diagram, uint32_t *ret_tail);
int diagram_add_item(struct diagram *diagram, const struct tail_item *item);

/*
 * Builds a diagram of the boxes added to `boxes`, and empties that. Tails stay, so several roots
 * can share them. 0, -ENOMEM, -E2BIG (the image or the effort would pass its limit), -EINVAL (the
 * head ranges are not laminar).
 */
int diagram_build(struct diagram *diagram, uint32_t *ret_root);

/* Where in the last key's space, by mark_shift, something but plain allow can be the answer. */
uint8_t diagram_marks(const struct diagram *diagram, uint32_t ref);

/* ---- for contexts.c, paint.c and paint_cells.c
 * ----------------------------------------------------------- */

/* The context of `parent` with one more box. Context 0 is the empty one. 0 or -ENOMEM. */
int context_push(struct diagram *diagram, uint32_t parent, uint32_t rank, uint32_t tail,
                 uint32_t *ret_context);

/* The node for the last key where exactly `context` applies. */
int paint_context(struct diagram *diagram, uint32_t context, uint32_t *ret_leaf);

/* The tails of a context, highest rank first, as paint.c lists them: this bit is set in a tail that
 * ranks lower than the one before it. */
#define NEXT_LEVEL (1U << 31)

/* Paints the listed tails' items: pairs for the last key, in diagram->pairs from where that ended
 * on entry. 0, -ENOMEM or -E2BIG. */
int paint_cells(struct diagram *diagram, const uint32_t *list, size_t count);
void canvas_free(struct canvas *canvas);

int effort_spend(struct effort *effort, uint64_t amount); /* 0 or -E2BIG */
/* Room in diagram->scratch. 0 or -ENOMEM. */
int diagram_scratch(struct diagram *diagram, size_t count);
/* Keeps slot tables below half full: 0 or -ENOMEM. `hash_of` gives the hash of an entry. */
int slot_table_grow(struct slot_table *table, const void *owner,
                    uint64_t (*hash_of)(const void *owner, uint32_t entry));
