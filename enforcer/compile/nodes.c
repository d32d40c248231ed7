/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Storage of tables: room in the image, and a hash table over what is there already. Tables are
 * compared for real, not by hash alone.
 */
#include "compile/nodes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/image_block.h"

#define HEADER_WORDS (sizeof(struct image_header) / sizeof(uint32_t))

void nodes_fini(struct nodes *nodes)
{
	free(nodes->words);
	free(nodes->marks);
	free(nodes->slots);
	for (unsigned level = 0; level < INDEX_LEVELS_MAX; level++)
		free(nodes->cells[level]);
}

/* ---- room ------------------------------------------------------------------------------- */

static int grow_words(struct nodes *nodes, size_t wanted)
{
	size_t capacity = nodes->capacity ? nodes->capacity : IMAGE_BLOCK_WORDS;
	uint32_t *words;
	uint8_t *marks;

	while (capacity < wanted)
		capacity *= 2;
	if (capacity == nodes->capacity)
		return 0;
	words = realloc(nodes->words, capacity * sizeof(*words));
	if (!words)
		return -ENOMEM;
	nodes->words = words;
	marks = realloc(nodes->marks, capacity / SORTED_ALIGN);
	if (!marks)
		return -ENOMEM;
	nodes->marks = marks;
	memset(words + nodes->capacity, 0, (capacity - nodes->capacity) * sizeof(*words));
	memset(marks + nodes->capacity / SORTED_ALIGN, 0,
	       (capacity - nodes->capacity) / SORTED_ALIGN);
	nodes->capacity = capacity;
	return 0;
}

int nodes_area(struct nodes *nodes, size_t count, size_t align, size_t *ret_offset)
{
	size_t offset = nodes->used ? nodes->used : HEADER_WORDS;
	int error;

	offset = (offset + align - 1) / align * align;
	if (count > IMAGE_WORDS_MAX || offset + count > IMAGE_WORDS_MAX)
		return -E2BIG;
	error = grow_words(nodes, offset + count);
	if (error)
		return error;
	nodes->used = offset + count;
	*ret_offset = offset;
	return 0;
}

/* A sorted table lies within one block. */
static int sorted_area(struct nodes *nodes, size_t count, size_t *ret_offset)
{
	size_t offset = nodes->used ? nodes->used : HEADER_WORDS;
	size_t in_block;

	offset = (offset + SORTED_ALIGN - 1) / SORTED_ALIGN * SORTED_ALIGN;
	in_block = offset % IMAGE_BLOCK_WORDS;
	if (in_block + count > IMAGE_BLOCK_WORDS)
		nodes->used = offset - in_block + IMAGE_BLOCK_WORDS;
	return nodes_area(nodes, count, SORTED_ALIGN, ret_offset);
}

/* ---- references ------------------------------------------------------------------------- */

/* What a reference says apart from where: kind and size. */
static uint32_t ref_shape(uint32_t ref)
{
	unsigned offset_bits =
	        ref >> REF_KIND_SHIFT == REF_INDEX ? INDEX_OFFSET_BITS : SORTED_OFFSET_BITS;

	return ref >> offset_bits;
}

static size_t ref_offset(uint32_t ref)
{
	if (ref >> REF_KIND_SHIFT == REF_INDEX)
		return (size_t)(ref & ((1U << INDEX_OFFSET_BITS) - 1)) * INDEX_ALIGN;
	return (size_t)(ref & ((1U << SORTED_OFFSET_BITS) - 1)) * SORTED_ALIGN;
}

uint8_t nodes_marks(const struct nodes *nodes, uint32_t ref)
{
	return ref >> REF_KIND_SHIFT == REF_OUTCOME ? 0
	                                            : nodes->marks[ref_offset(ref) / SORTED_ALIGN];
}

/* ---- each table once -------------------------------------------------------------------- */

static uint32_t hash_words(uint32_t shape, const uint32_t *words, size_t count)
{
	uint64_t hash = shape * 0x9e3779b97f4a7c15ULL;

	for (size_t i = 0; i < count; i++) {
		hash = (hash ^ words[i]) * 0xff51afd7ed558ccdULL;
		hash ^= hash >> 29;
	}
	return (uint32_t)(hash ^ (hash >> 32));
}

static int grow_slots(struct nodes *nodes)
{
	size_t count = nodes->slot_count ? nodes->slot_count * 2 : 1024;
	struct node_slot *slots;

	if (nodes->slots_used * 2 < nodes->slot_count)
		return 0;
	slots = calloc(count, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < nodes->slot_count; i++) {
		size_t at = nodes->slots[i].hash & (count - 1);

		if (!nodes->slots[i].ref)
			continue;
		while (slots[at].ref)
			at = (at + 1) & (count - 1);
		slots[at] = nodes->slots[i];
	}
	free(nodes->slots);
	nodes->slots = slots;
	nodes->slot_count = count;
	return 0;
}

/* The slot of an equal table, or the free one where it belongs. */
static struct node_slot *find_slot(struct nodes *nodes, uint32_t shape, const uint32_t *words,
                                   size_t count, uint8_t marks)
{
	uint32_t hash = hash_words(shape, words, count);
	size_t at = hash & (nodes->slot_count - 1);

	for (;; at = (at + 1) & (nodes->slot_count - 1)) {
		struct node_slot *slot = &nodes->slots[at];

		if (!slot->ref) {
			slot->hash = hash;
			return slot;
		}
		if (slot->hash == hash && ref_shape(slot->ref) == shape &&
		    nodes_marks(nodes, slot->ref) == marks &&
		    !memcmp(nodes->words + ref_offset(slot->ref), words, count * sizeof(*words)))
			return slot;
	}
}

int nodes_keep(struct nodes *nodes, uint32_t shape_ref, const uint32_t *words, size_t count,
               uint8_t marks, uint32_t *ret_ref)
{
	bool index = shape_ref >> REF_KIND_SHIFT == REF_INDEX;
	struct node_slot *slot;
	size_t offset = 0;
	int error = grow_slots(nodes);

	if (error)
		return error;
	slot = find_slot(nodes, ref_shape(shape_ref), words, count, marks);
	if (!slot->ref) {
		error = index ? nodes_area(nodes, count, INDEX_ALIGN, &offset)
		              : sorted_area(nodes, count, &offset);
		if (error)
			return error;
		memcpy(nodes->words + offset, words, count * sizeof(*words));
		nodes->marks[offset / SORTED_ALIGN] = marks;
		slot->ref = shape_ref | (uint32_t)(offset / (index ? INDEX_ALIGN : SORTED_ALIGN));
		nodes->slots_used++;
		nodes->far |= !is_near(slot->ref);
	}
	*ret_ref = slot->ref;
	return 0;
}
