/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables of an image, each kept once.
 *
 * The hard idea is the index: the high bits of a key pick a cell, a cell holds what is left to
 * search. Lists cluster (all of 10.0.0.0/8 shares eight bits), so a cell that is still full gets an
 * index of its own on the bits that follow; two levels bring any 32-bit key down to tables of at
 * most 1024 pairs, and real lists to a handful.
 */
#include "compile/nodes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* With at least 6 bits at the first level and 16 at the second, a bucket spans at most 2^10 keys:
 * it cannot hold more pairs than SORTED_COUNT_MAX. */
#define INDEX_BITS_MIN 6U
_Static_assert((1U << (32 - INDEX_BITS_MIN - INDEX_BITS_MAX)) <= SORTED_COUNT_MAX,
               "a bucket of the second level fits in a sorted table");

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

static bool is_outcome(uint32_t ref)
{
	return ref >> REF_KIND_SHIFT == REF_OUTCOME;
}

static uint32_t sorted_ref(size_t offset, size_t count)
{
	return (REF_SORTED << REF_KIND_SHIFT) | ((uint32_t)count << SORTED_OFFSET_BITS) |
	       (uint32_t)(offset / SORTED_ALIGN);
}

static uint32_t index_ref(size_t offset, unsigned bits, unsigned shift)
{
	return (REF_INDEX << REF_KIND_SHIFT) | (shift << (INDEX_OFFSET_BITS + 4)) |
	       ((bits - 1) << INDEX_OFFSET_BITS) | (uint32_t)(offset / INDEX_ALIGN);
}

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
	return is_outcome(ref) ? 0 : nodes->marks[ref_offset(ref) / SORTED_ALIGN];
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

/* `words` is never inside nodes->words. */
static int keep(struct nodes *nodes, uint32_t shape_ref, const uint32_t *words, size_t count,
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
	}
	*ret_ref = slot->ref;
	return 0;
}

/* ---- tables ----------------------------------------------------------------------------- */

/* The first key is never compared: zero in every table makes more of them equal. */
static int add_sorted(struct nodes *nodes, const struct pair *pairs, size_t count, uint8_t marks,
                      uint32_t *ret_ref)
{
	uint32_t words[2 * SORTED_COUNT_MAX];

	for (size_t i = 0; i < count; i++) {
		words[2 * i] = i ? pairs[i].key : 0;
		words[2 * i + 1] = pairs[i].ref;
	}
	return keep(nodes, sorted_ref(0, count), words, 2 * count, marks, ret_ref);
}

static unsigned bits_for(size_t count)
{
	unsigned bits = INDEX_BITS_MIN;

	while (bits < INDEX_BITS_MAX && ((size_t)2 << bits) < count)
		bits++;
	return bits;
}

/* More bits while some cell is still too full. */
static unsigned spread(const struct pair *pairs, size_t count, unsigned bits, unsigned key_bits)
{
	for (; bits < INDEX_BITS_MAX && bits < key_bits; bits++) {
		unsigned shift = key_bits - bits;
		size_t run = 0, longest = 0;

		for (size_t i = 1; i < count; i++) {
			run = pairs[i].key >> shift == pairs[i - 1].key >> shift ? run + 1 : 1;
			longest = run > longest ? run : longest;
		}
		if (longest < NODES_SMALL_PAIRS)
			break;
	}
	return bits;
}

static int add_index(struct nodes *nodes, const struct pair *pairs, size_t count, unsigned key_bits,
                     uint8_t marks, unsigned level, uint32_t *ret_ref);

/* What a cell holds for the pairs that begin in it, and the one that reaches into it. */
static int add_cell(struct nodes *nodes, const struct pair *pairs, size_t count, unsigned key_bits,
                    uint8_t marks, unsigned level, uint32_t *ret_ref)
{
	if (count == 1 && is_outcome(pairs->ref)) {
		*ret_ref = pairs->ref;
		return 0;
	}
	if (count > NODES_SMALL_PAIRS && level + 1 < INDEX_LEVELS_MAX)
		return add_index(nodes, pairs, count, key_bits, marks, level + 1, ret_ref);
	return add_sorted(nodes, pairs, count, marks, ret_ref);
}

/* `key_bits`: low bits of the key that are not decided yet. */
static int add_index(struct nodes *nodes, const struct pair *pairs, size_t count, unsigned key_bits,
                     uint8_t marks, unsigned level, uint32_t *ret_ref)
{
	unsigned bits = bits_for(count), shift;
	size_t at = 0; /* the pair in force where the cell begins */
	uint32_t base = pairs[count - 1].key, cell_count;

	if (bits > key_bits)
		bits = key_bits;
	if (level + 1 == INDEX_LEVELS_MAX)
		bits = spread(pairs, count, bits, key_bits);
	shift = key_bits - bits;
	cell_count = 1U << bits;
	base = key_bits < 32 ? base >> key_bits << key_bits : 0;
	if (!nodes->cells[level]) {
		nodes->cells[level] = malloc(sizeof(uint32_t) << INDEX_BITS_MAX);
		if (!nodes->cells[level])
			return -ENOMEM;
	}
	for (uint32_t cell = 0; cell < cell_count; cell++) {
		uint64_t first = base + ((uint64_t)cell << shift);
		uint64_t end = first + ((uint64_t)1 << shift);
		size_t from, to;
		int error;

		while (at + 1 < count && pairs[at + 1].key <= first)
			at++;
		from = at;
		to = at + 1;
		while (to < count && pairs[to].key < end)
			to++;
		if (cell && to - from == 1 && pairs[from].key + ((uint64_t)1 << shift) <= first) {
			nodes->cells[level][cell] = nodes->cells[level][cell - 1];
			continue;
		}
		error = add_cell(nodes, pairs + from, to - from, shift, marks, level,
		                 &nodes->cells[level][cell]);
		if (error)
			return error;
		at = to - 1;
	}
	return keep(nodes, index_ref(0, bits, shift), nodes->cells[level], cell_count, marks,
	            ret_ref);
}

int nodes_add(struct nodes *nodes, const struct pair *pairs, size_t count, unsigned key_bits,
              uint8_t marks, uint32_t *ret_ref)
{
	if (count == 1 && is_outcome(pairs->ref)) {
		*ret_ref = pairs->ref;
		return 0;
	}
	if (count <= NODES_SMALL_PAIRS)
		return add_sorted(nodes, pairs, count, marks, ret_ref);
	return add_index(nodes, pairs, count, key_bits, marks, 0, ret_ref);
}
