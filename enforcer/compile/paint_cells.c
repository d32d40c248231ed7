/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Painting: the items of a list of tails, the one that decides first, each where nothing is
 * painted yet. "Where nothing is painted yet" is a union-find over the cells between boundaries:
 * a painted cell points to the next free one, so n items cost n log n however they overlap.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "compile/diagram.h"

/* Working memory, kept between lists. */
struct canvas {
	ARRAY(struct sort_entry) order;  /* key: see order_key; value: index into diagram->items */
	ARRAY(struct sort_entry) bounds; /* key: first value of a cell */
	ARRAY(uint32_t) free;            /* per cell: the first free cell from there on */
	ARRAY(uint32_t) painted[OPERATIONS_MAX]; /* per cell: item + 1, or 0 */
};

void canvas_free(struct canvas *canvas)
{
	if (!canvas)
		return;
	free(canvas->order.items);
	free(canvas->bounds.items);
	free(canvas->free.items);
	for (unsigned i = 0; i < OPERATIONS_MAX; i++)
		free(canvas->painted[i].items);
	free(canvas);
}

/* Ascending: who decides before whom. 8 bits level, 24 narrowness, 2 verdict, 30 rule. */
static uint64_t order_key(uint32_t level, const struct tail_item *item)
{
	return ((uint64_t)level << 56) | ((uint64_t)(0xffffff - item->narrowness) << 32) |
	       ((uint64_t)(3 - item->verdict) << 30) | (item->rule & 0x3fffffff);
}

static int append_bound(struct canvas *canvas, uint32_t value)
{
	struct sort_entry entry = { .key = value };

	return array_append(&canvas->bounds, entry);
}

static int gather_tail(struct diagram *diagram, const struct tail *tail, uint32_t level)
{
	struct canvas *canvas = diagram->canvas;
	int error = 0;

	for (uint32_t i = tail->first; !error && i < tail->first + tail->count; i++) {
		const struct tail_item *item = &diagram->items.items[i];
		struct sort_entry entry = { .key = order_key(level, item), .value = i };

		if (item->rule < DECIDED_OUTSIDE)
			diagram->effort->by_rule[item->rule]++;
		error = array_append(&canvas->order, entry);
		if (!error)
			error = append_bound(canvas, item->range.first);
		if (!error && item->range.last < diagram->last_key)
			error = append_bound(canvas, item->range.last + 1);
	}
	return error ? error : effort_spend(diagram->effort, tail->count);
}

/* Items in deciding order, boundaries ascending and without repetitions. */
static int gather(struct diagram *diagram, const uint32_t *list, size_t count)
{
	struct canvas *canvas = diagram->canvas;
	uint32_t level = 0;
	size_t kept = 1;
	int error;

	canvas->order.count = canvas->bounds.count = 0;
	error = append_bound(canvas, 0);
	for (size_t i = 0; !error && i < count; i++) {
		level += (list[i] & NEXT_LEVEL) != 0;
		error = gather_tail(diagram, &diagram->tails.items[list[i] & ~NEXT_LEVEL], level);
	}
	if (!error)
		error = diagram_scratch(diagram, canvas->bounds.count + canvas->order.count);
	if (error)
		return error;
	if (canvas->order.count)
		sort_entries(canvas->order.items, diagram->scratch, canvas->order.count);
	sort_entries(canvas->bounds.items, diagram->scratch, canvas->bounds.count);
	for (size_t i = 1; i < canvas->bounds.count; i++) {
		if (canvas->bounds.items[i].key != canvas->bounds.items[kept - 1].key)
			canvas->bounds.items[kept++] = canvas->bounds.items[i];
	}
	canvas->bounds.count = kept;
	return 0;
}

/* The cell that begins at `value`, which is a boundary; or the number of cells, past the end. */
static uint32_t cell_at(const struct canvas *canvas, uint64_t value)
{
	size_t low = 0, high = canvas->bounds.count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (canvas->bounds.items[middle].key < value)
			low = middle + 1;
		else
			high = middle;
	}
	return (uint32_t)low;
}

static uint32_t find_free(uint32_t *free_cells, uint32_t cell)
{
	while (free_cells[cell] != cell) {
		free_cells[cell] = free_cells[free_cells[cell]];
		cell = free_cells[cell];
	}
	return cell;
}

static int clear_cells(struct diagram *diagram, unsigned operation)
{
	struct canvas *canvas = diagram->canvas;
	int error = 0;

	canvas->free.count = canvas->painted[operation].count = 0;
	for (uint32_t i = 0; !error && i <= canvas->bounds.count; i++) {
		error = array_append(&canvas->free, i);
		if (!error)
			error = array_append(&canvas->painted[operation], 0);
	}
	return error;
}

static int paint_operation(struct diagram *diagram, unsigned operation)
{
	struct canvas *canvas = diagram->canvas;
	uint32_t *painted, *free_cells, left = (uint32_t)canvas->bounds.count;
	int error = clear_cells(diagram, operation);

	if (error)
		return error;
	painted = canvas->painted[operation].items;
	free_cells = canvas->free.items;
	for (size_t i = 0; left && i < canvas->order.count; i++) {
		uint32_t index = canvas->order.items[i].value;
		const struct tail_item *item = &diagram->items.items[index];
		uint32_t cell, end;

		if (!(item->operations & (1U << operation)))
			continue;
		end = item->range.last >= diagram->last_key
		              ? (uint32_t)canvas->bounds.count
		              : cell_at(canvas, (uint64_t)item->range.last + 1);
		cell = find_free(free_cells, cell_at(canvas, item->range.first));
		for (; cell < end; cell = find_free(free_cells, cell)) {
			painted[cell] = index + 1;
			free_cells[cell] = cell + 1;
			left--;
		}
	}
	return 0;
}

static struct decided decided_by(const struct diagram *diagram, uint32_t painted)
{
	const struct tail_item *item;

	if (!painted)
		return (struct decided){ DECIDED_BY_DEFAULT, (uint8_t)diagram->fallback };
	item = &diagram->items.items[painted - 1];
	return (struct decided){ item->rule, item->verdict };
}

static int append_pair(struct diagram *diagram, size_t before, uint32_t key, uint32_t ref)
{
	struct pair pair = { .key = key, .ref = ref };

	if (diagram->pairs.count > before &&
	    diagram->pairs.items[diagram->pairs.count - 1].ref == ref)
		return 0;
	return array_append(&diagram->pairs, pair);
}

int paint_cells(struct diagram *diagram, const uint32_t *list, size_t count)
{
	struct canvas *canvas = diagram->canvas;
	size_t before = diagram->pairs.count;
	int error = 0;

	if (!canvas)
		canvas = diagram->canvas = calloc(1, sizeof(*canvas));
	if (!canvas)
		return -ENOMEM;
	error = gather(diagram, list, count);
	for (unsigned i = 0; !error && i < diagram->operations; i++)
		error = paint_operation(diagram, i);
	for (size_t cell = 0; !error && cell < canvas->bounds.count; cell++) {
		struct decided decided[OPERATIONS_MAX];
		uint32_t outcome;

		for (unsigned i = 0; i < diagram->operations; i++)
			decided[i] = decided_by(diagram, canvas->painted[i].items[cell]);
		error = rows_outcome(diagram->rows, decided, diagram->operations, &outcome);
		if (!error)
			error = append_pair(diagram, before,
			                    (uint32_t)canvas->bounds.items[cell].key, outcome);
	}
	return error;
}
