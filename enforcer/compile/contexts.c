/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Contexts: the boxes that cover a point of the question space from some key on, as lists that
 * share what lies below, each list kept once.
 */
#include <errno.h>
#include <stdlib.h>

#include "compile/diagram.h"

int slot_table_grow(struct slot_table *table, const void *owner,
                    uint64_t (*hash_of)(const void *owner, uint32_t entry))
{
	size_t count = table->count ? table->count * 2 : 256;
	uint32_t *slots;

	if (table->used * 2 < table->count)
		return 0;
	slots = calloc(count, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < table->count; i++) {
		size_t at;

		if (!table->slots[i])
			continue;
		at = hash_of(owner, table->slots[i] - 1) & (count - 1);
		while (slots[at])
			at = (at + 1) & (count - 1);
		slots[at] = table->slots[i];
	}
	free(table->slots);
	table->slots = slots;
	table->count = count;
	return 0;
}

static uint64_t mix_context(uint32_t parent, uint32_t rank, uint32_t tail)
{
	uint64_t hash = (((uint64_t)parent << 32) | tail) * 0x9e3779b97f4a7c15ULL;

	hash = (hash ^ (hash >> 32) ^ rank) * 0xff51afd7ed558ccdULL;
	return hash ^ (hash >> 29);
}

static uint64_t hash_context(const void *owner, uint32_t entry)
{
	const struct diagram *diagram = owner;
	const struct context *context = &diagram->contexts.items[entry];

	return mix_context(context->parent, context->rank, context->tail);
}

int context_push(struct diagram *diagram, uint32_t parent, uint32_t rank, uint32_t tail,
                 uint32_t *ret_context)
{
	struct context wanted = { .parent = parent, .rank = rank, .tail = tail };
	const struct context *top = &diagram->contexts.items[parent];
	struct slot_table *table = &diagram->context_slots;
	size_t at;
	int error;

	if (parent && top->rank == rank && top->tail == tail) {
		*ret_context = parent;
		return 0;
	}
	error = slot_table_grow(table, diagram, hash_context);
	if (error)
		return error;
	at = mix_context(parent, rank, tail) & (table->count - 1);
	for (; table->slots[at]; at = (at + 1) & (table->count - 1)) {
		const struct context *found = &diagram->contexts.items[table->slots[at] - 1];

		if (found->parent == parent && found->rank == rank && found->tail == tail) {
			*ret_context = table->slots[at] - 1;
			return 0;
		}
	}
	error = array_append(&diagram->contexts, wanted);
	if (error)
		return error;
	table->slots[at] = (uint32_t)diagram->contexts.count;
	table->used++;
	*ret_context = (uint32_t)diagram->contexts.count - 1;
	return 0;
}
