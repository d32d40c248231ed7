/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a context to the node of the last key.
 *
 * Contexts differ in much that never shows: the same tail at several ranks, tails below one that
 * covers everything, ranks as numbers rather than as an order. All of that is taken away first;
 * what is left is a list, and each list is painted once.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compile/diagram.h"

/* Rank and tail of every member of the context into diagram->scratch, highest rank first. */
static int flatten(struct diagram *diagram, uint32_t context, size_t *ret_count)
{
	const struct context *contexts = diagram->contexts.items;
	size_t count = 0, at = 0;
	int error;

	for (uint32_t i = context; i; i = contexts[i].parent)
		count++;
	error = diagram_scratch(diagram, 2 * count);
	if (!error)
		error = effort_spend(diagram->effort, count);
	if (error)
		return error;
	for (uint32_t i = context; i; i = contexts[i].parent) {
		diagram->scratch[at++] = (struct sort_entry){
			.key = ((uint64_t)(255 - contexts[i].rank) << 32) | contexts[i].tail,
			.value = contexts[i].tail,
		};
	}
	if (count)
		sort_entries(diagram->scratch, diagram->scratch + count, count);
	*ret_count = count;
	return 0;
}

/* Appends what shows of the flattened context to painted_lists. */
static int append_list(struct diagram *diagram, size_t count)
{
	uint64_t level = 0, listed_level = 0;
	bool covered = false, listed = false;

	diagram->stamp++;
	for (size_t i = 0; i < count; i++) {
		struct sort_entry entry = diagram->scratch[i];
		struct tail *tail = &diagram->tails.items[entry.value];
		uint32_t word = entry.value;
		int error;

		if (covered && entry.key >> 32 != level)
			break;
		level = entry.key >> 32;
		if (tail->stamp == diagram->stamp)
			continue;
		tail->stamp = diagram->stamp;
		if (listed && level != listed_level)
			word |= NEXT_LEVEL;
		listed = true;
		listed_level = level;
		covered = covered || tail->covers;
		error = array_append(&diagram->painted_lists, word);
		if (error)
			return error;
	}
	return 0;
}

/* ---- each list once --------------------------------------------------------------------- */

static uint64_t hash_list(const uint32_t *list, size_t count)
{
	uint64_t hash = count;

	for (size_t i = 0; i < count; i++) {
		hash = (hash ^ list[i]) * 0xff51afd7ed558ccdULL;
		hash ^= hash >> 32;
	}
	return hash;
}

static uint64_t hash_painted(const void *owner, uint32_t entry)
{
	const struct diagram *diagram = owner;
	const struct painted *painted = &diagram->painted.items[entry];

	return hash_list(diagram->painted_lists.items + painted->list, painted->count);
}

/* The slot of an equal list, or the free one for it. */
static uint32_t *find_painted(struct diagram *diagram, size_t list, size_t count)
{
	const struct slot_table *table = &diagram->painted_slots;
	const uint32_t *lists = diagram->painted_lists.items;
	size_t at = count ? hash_list(lists + list, count) : 0;

	for (at &= table->count - 1;; at = (at + 1) & (table->count - 1)) {
		uint32_t slot = table->slots[at];
		const struct painted *painted;

		if (!slot)
			return &table->slots[at];
		painted = &diagram->painted.items[slot - 1];
		if (painted->count == count &&
		    (!count ||
		     !memcmp(lists + painted->list, lists + list, count * sizeof(*lists))))
			return &table->slots[at];
	}
}

/* Marks of the pairs of a last key: which parts of its range can get anything but allow. */
static uint8_t marks_of(const struct diagram *diagram, const struct pair *pairs, size_t count)
{
	uint8_t marks = 0;

	for (size_t i = 0; i < count; i++) {
		uint32_t last = i + 1 < count ? pairs[i + 1].key - 1 : diagram->last_key;

		if (!diagram_marks(diagram, pairs[i].ref))
			continue;
		for (uint32_t mark = pairs[i].key >> diagram->mark_shift;
		     mark <= last >> diagram->mark_shift; mark++)
			marks |= (uint8_t)(1U << mark);
	}
	return marks;
}

static unsigned bits_of(uint32_t value)
{
	return value ? 32 - (unsigned)__builtin_clz(value) : 1;
}

static int paint_list(struct diagram *diagram, size_t list, size_t count, uint32_t *ret_leaf)
{
	size_t before = diagram->pairs.count, pair_count;
	const struct pair *pairs;
	int error = paint_cells(diagram, count ? diagram->painted_lists.items + list : NULL, count);

	if (!error) {
		pairs = diagram->pairs.items + before;
		pair_count = diagram->pairs.count - before;
		error = nodes_add(diagram->nodes, pairs, pair_count, bits_of(diagram->last_key),
		                  marks_of(diagram, pairs, pair_count), ret_leaf);
	}
	diagram->pairs.count = before;
	return error;
}

static int find_or_paint(struct diagram *diagram, size_t list, uint32_t *ret_leaf)
{
	struct painted painted = { .list = (uint32_t)list };
	uint32_t *slot;
	int error;

	painted.count = (uint32_t)(diagram->painted_lists.count - list);
	error = slot_table_grow(&diagram->painted_slots, diagram, hash_painted);
	if (error)
		return error;
	slot = find_painted(diagram, list, painted.count);
	if (*slot) {
		diagram->painted_lists.count = list;
		*ret_leaf = diagram->painted.items[*slot - 1].leaf;
		return 0;
	}
	error = paint_list(diagram, list, painted.count, &painted.leaf);
	if (!error)
		error = array_append(&diagram->painted, painted);
	if (error)
		return error;
	*slot = (uint32_t)diagram->painted.count;
	diagram->painted_slots.used++;
	*ret_leaf = painted.leaf;
	return 0;
}

int paint_context(struct diagram *diagram, uint32_t context, uint32_t *ret_leaf)
{
	uint32_t leaf = diagram->contexts.items[context].leaf;
	size_t list = diagram->painted_lists.count, count;
	int error = 0;

	if (!leaf) {
		error = flatten(diagram, context, &count);
		if (!error)
			error = append_list(diagram, count);
		if (!error)
			error = find_or_paint(diagram, list, &leaf);
	}
	if (error)
		return error;
	diagram->contexts.items[context].leaf = leaf;
	*ret_leaf = leaf;
	return 0;
}
