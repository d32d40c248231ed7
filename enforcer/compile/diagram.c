/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sweep: one key after the other, from left to right through the ranges of the boxes.
 *
 * The hard idea: because head ranges are laminar, the boxes in force at a point are a stack, and a
 * boundary pushes or pops. Boxes that say nothing more about later heads go onto a context, a list
 * that shares its tail with the context below it, so a boundary costs the same however many boxes
 * are in force. Boxes that do say more are carried into the sweep of the next key; a prefix is
 * carried through one range only, so the whole effort is proportional to the number of boxes.
 */
#include "compile/diagram.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Nesting of one key's ranges: 33 lengths of a prefix and the frame below them, or fewer. */
#define FRAMES_MAX 40

/* In sorted order the boxes of a long list are all over memory. */
#define PREFETCH_AHEAD 12

struct frame {
	uint64_t last;
	uint32_t context;
	size_t carried, carried_count; /* boxes to sweep by the next key */
	uint32_t child;                /* built when first needed; 0: not yet */
};

struct sweep {
	unsigned key;
	struct frame frames[FRAMES_MAX];
	unsigned depth;
	uint64_t position; /* first value of the key that no pair covers yet */
	size_t pairs;      /* where this sweep's pairs begin */
};

void diagram_fini(struct diagram *diagram)
{
	free(diagram->items.items);
	free(diagram->tails.items);
	free(diagram->boxes.items);
	free(diagram->contexts.items);
	free(diagram->context_slots.slots);
	free(diagram->painted.items);
	free(diagram->painted_slots.slots);
	free(diagram->painted_lists.items);
	free(diagram->entries.items);
	free(diagram->carried.items);
	free(diagram->pairs.items);
	free(diagram->scratch);
	canvas_free(diagram->canvas);
}

int diagram_add_tail(struct diagram *diagram, uint32_t *ret_tail)
{
	struct tail tail = { .first = (uint32_t)diagram->items.count };
	int error = array_append(&diagram->tails, tail);

	if (!error)
		*ret_tail = (uint32_t)diagram->tails.count - 1;
	return error;
}

int diagram_add_item(struct diagram *diagram, const struct tail_item *item)
{
	struct tail *tail = &diagram->tails.items[diagram->tails.count - 1];
	int error = array_append(&diagram->items, *item);

	if (error)
		return error;
	tail->count++;
	if (item->range.first == 0 && item->range.last >= diagram->last_key &&
	    item->operations == (1U << diagram->operations) - 1)
		tail->covers = true;
	return 0;
}

int effort_spend(struct effort *effort, uint64_t amount)
{
	effort->spent += amount;
	return effort->spent > effort->limit ? -E2BIG : 0;
}

int diagram_scratch(struct diagram *diagram, size_t count)
{
	struct sort_entry *grown;

	if (count <= diagram->scratch_count)
		return 0;
	grown = realloc(diagram->scratch, count * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	diagram->scratch = grown;
	diagram->scratch_count = count;
	return 0;
}

/* ---- nodes ------------------------------------------------------------------------------ */

static bool is_outcome(uint32_t ref)
{
	return ref >> REF_KIND_SHIFT == REF_OUTCOME;
}

uint8_t diagram_marks(const struct diagram *diagram, uint32_t ref)
{
	if (!is_outcome(ref))
		return nodes_marks(diagram->nodes, ref);
	for (unsigned i = 0; i < diagram->operations; i++) {
		if (((ref >> (OUTCOME_VERDICT_SHIFT + 2 * i)) & 3) != VERDICT_ALLOW)
			return (uint8_t)((2U << (diagram->last_key >> diagram->mark_shift)) - 1);
	}
	return 0;
}

static int add_node(struct diagram *diagram, const struct pair *pairs, size_t count,
                    uint32_t *ret_ref)
{
	uint8_t marks = 0;

	for (size_t i = 0; i < count; i++)
		marks |= diagram_marks(diagram, pairs[i].ref);
	return nodes_add(diagram->nodes, pairs, count, 32, marks, ret_ref);
}

/* From `key` on only `context` applies: one-pair tables down to the painted last key. */
static int add_through(struct diagram *diagram, unsigned key, uint32_t context, uint32_t *ret_ref)
{
	uint32_t ref = 0;
	int error = paint_context(diagram, context, &ref);

	for (unsigned i = diagram->heads; !error && i > key && !is_outcome(ref); i--) {
		struct pair pair = { .ref = ref };

		error = add_node(diagram, &pair, 1, &ref);
	}
	if (!error)
		*ret_ref = ref;
	return error;
}

/* ---- the sweep -------------------------------------------------------------------------- */

static int sweep_key(struct diagram *diagram, unsigned key, uint32_t context, size_t carried,
                     size_t count, uint32_t *ret_ref);

static int child_of(struct diagram *diagram, unsigned key, struct frame *frame)
{
	if (frame->child)
		return 0;
	if (!frame->carried_count)
		return add_through(diagram, key + 1, frame->context, &frame->child);
	return sweep_key(diagram, key + 1, frame->context, frame->carried, frame->carried_count,
	                 &frame->child);
}

/* The innermost open range decides up to `end`, exclusive. */
static int emit(struct diagram *diagram, struct sweep *sweep, uint64_t end)
{
	struct frame *top = &sweep->frames[sweep->depth - 1];
	struct pair pair = { .key = (uint32_t)sweep->position };
	int error;

	if (sweep->position >= end)
		return 0;
	error = child_of(diagram, sweep->key, top);
	if (error)
		return error;
	sweep->position = end;
	pair.ref = top->child;
	if (diagram->pairs.count > sweep->pairs &&
	    diagram->pairs.items[diagram->pairs.count - 1].ref == pair.ref)
		return 0;
	return array_append(&diagram->pairs, pair);
}

static int close_frame(struct diagram *diagram, struct sweep *sweep)
{
	struct frame *top = &sweep->frames[sweep->depth - 1];
	int error = emit(diagram, sweep, top->last + 1);

	diagram->carried.count = top->carried;
	sweep->depth--;
	return error;
}

static bool says_no_more(const struct diagram *diagram, const struct box *box, unsigned key)
{
	for (unsigned i = key + 1; i < diagram->heads; i++) {
		if (box->heads[i].first != 0 || box->heads[i].last != UINT32_MAX)
			return false;
	}
	return true;
}

static int open_frame(struct diagram *diagram, struct sweep *sweep, uint64_t last)
{
	const struct frame *outer = &sweep->frames[sweep->depth - 1];
	struct frame frame = { .last = last, .context = outer->context };

	if (last > outer->last || sweep->depth == FRAMES_MAX)
		return -EINVAL;
	frame.carried = diagram->carried.count;
	for (size_t i = 0; i < outer->carried_count; i++) {
		uint32_t box = diagram->carried.items[outer->carried + i];
		int error = array_append(&diagram->carried, box);

		if (error)
			return error;
	}
	frame.carried_count = outer->carried_count;
	sweep->frames[sweep->depth++] = frame;
	return effort_spend(diagram->effort, 1 + outer->carried_count);
}

/* One more box in the innermost range. */
static int add_box(struct diagram *diagram, struct sweep *sweep, uint32_t index)
{
	struct frame *top = &sweep->frames[sweep->depth - 1];
	const struct box *box = &diagram->boxes.items[index];

	if (says_no_more(diagram, box, sweep->key))
		return context_push(diagram, top->context, box->rank, box->tail, &top->context);
	top->carried_count++;
	return array_append(&diagram->carried, index);
}

/* Ascending by first value, the wider range before the narrower: as the stack wants them. */
static int sort_boxes(struct diagram *diagram, unsigned key, size_t carried, size_t count)
{
	size_t base = diagram->entries.count;
	int error = diagram_scratch(diagram, count);

	for (size_t i = 0; !error && i < count; i++) {
		uint32_t box = diagram->carried.items[carried + i];
		struct key_range range = diagram->boxes.items[box].heads[key];
		struct sort_entry entry = {
			.key = ((uint64_t)range.first << 32) | (UINT32_MAX - range.last),
			.value = box,
		};

		error = array_append(&diagram->entries, entry);
	}
	if (error || !count)
		return error;
	sort_entries(diagram->entries.items + base, diagram->scratch, count);
	return effort_spend(diagram->effort, count);
}

static int sweep_entries(struct diagram *diagram, struct sweep *sweep, size_t base, size_t count)
{
	uint64_t open_key = 0;
	int error = 0;

	for (size_t i = 0; !error && i < count; i++) {
		struct sort_entry entry = diagram->entries.items[base + i];
		uint64_t first = entry.key >> 32, last = UINT32_MAX - (uint32_t)entry.key;

		if (i + PREFETCH_AHEAD < count) {
			uint32_t ahead = diagram->entries.items[base + i + PREFETCH_AHEAD].value;

			__builtin_prefetch(&diagram->boxes.items[ahead]);
		}
		if (!i || entry.key != open_key) {
			while (!error && sweep->frames[sweep->depth - 1].last < first)
				error = close_frame(diagram, sweep);
			if (!error)
				error = emit(diagram, sweep, first);
			if (!error)
				error = open_frame(diagram, sweep, last);
			open_key = entry.key;
		}
		if (!error)
			error = add_box(diagram, sweep, entry.value);
	}
	while (!error && sweep->depth)
		error = close_frame(diagram, sweep);
	return error;
}

/* `carried`: where the boxes to sweep stand in diagram->carried. They stay there. */
static int sweep_key(struct diagram *diagram, unsigned key, uint32_t context, size_t carried,
                     size_t count, uint32_t *ret_ref)
{
	struct sweep sweep = { .key = key, .depth = 1, .pairs = diagram->pairs.count };
	size_t entries = diagram->entries.count, carried_before = diagram->carried.count;
	int error;

	sweep.frames[0] =
	        (struct frame){ .last = UINT32_MAX, .context = context, .carried = carried_before };
	error = sort_boxes(diagram, key, carried, count);
	if (!error)
		error = sweep_entries(diagram, &sweep, entries, count);
	if (!error)
		error = add_node(diagram, diagram->pairs.items + sweep.pairs,
		                 diagram->pairs.count - sweep.pairs, ret_ref);
	diagram->entries.count = entries;
	diagram->carried.count = carried_before;
	diagram->pairs.count = sweep.pairs;
	return error;
}

/* A question of one key: all boxes cover it. */
static int paint_boxes(struct diagram *diagram, uint32_t *ret_ref)
{
	uint32_t context = 0;
	int error = 0;

	array_foreach (box, &diagram->boxes) {
		if (!error)
			error = context_push(diagram, context, box->rank, box->tail, &context);
	}
	return error ? error : paint_context(diagram, context, ret_ref);
}

int diagram_build(struct diagram *diagram, uint32_t *ret_root)
{
	struct context nothing = { 0 };
	int error = 0;

	if (!diagram->contexts.count)
		error = array_append(&diagram->contexts, nothing);
	diagram->carried.count = 0;
	for (uint32_t i = 0; !error && i < diagram->boxes.count; i++)
		error = array_append(&diagram->carried, i);
	if (!error && !diagram->heads)
		error = paint_boxes(diagram, ret_root);
	else if (!error)
		error = sweep_key(diagram, 0, 0, 0, diagram->boxes.count, ret_root);
	diagram->boxes.count = 0;
	return error;
}
