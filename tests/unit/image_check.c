/* SPDX-License-Identifier: BSD-2-Clause */
#include "image_check.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/image_block.h"

/* The key a table looks at; a table that serves two keys is looked at twice. */
struct check {
	const struct image *image;
	uint8_t *seen; /* per SORTED_ALIGN words: bit per key */
	const char *fault;
};

static void check_ref(struct check *check, uint32_t ref, unsigned key, unsigned level);

static bool expect(struct check *check, bool condition, const char *fault)
{
	if (!condition && !check->fault)
		check->fault = fault;
	return condition;
}

static bool first_visit(struct check *check, size_t offset, unsigned key)
{
	uint8_t *seen = &check->seen[offset / SORTED_ALIGN];
	bool first = !(*seen >> key & 1);

	*seen |= (uint8_t)(1U << key);
	return first;
}

static void check_sorted(struct check *check, uint32_t ref, unsigned key)
{
	size_t offset = (size_t)(ref & ((1U << SORTED_OFFSET_BITS) - 1)) * SORTED_ALIGN;
	size_t count = (ref >> SORTED_OFFSET_BITS) & SORTED_COUNT_MAX;
	const uint32_t *words = check->image->words + offset;

	if (!expect(check, count > 0, "a sorted table is empty") ||
	    !expect(check, offset + 2 * count <= image_header(check->image)->words,
	            "a sorted table ends beyond the image") ||
	    !expect(check, offset % IMAGE_BLOCK_WORDS + 2 * count <= IMAGE_BLOCK_WORDS,
	            "a sorted table crosses a block") ||
	    !first_visit(check, offset, key))
		return;
	expect(check, words[0] == 0, "the first key of a table is above a key that can arrive");
	for (size_t i = 0; i < count; i++) {
		uint32_t next = words[2 * i + 1];

		if (i)
			expect(check, words[2 * i] > words[2 * i - 2], "keys do not ascend");
		if (i > 1)
			expect(check, next != words[2 * i - 1], "equal neighbours");
		expect(check, key + 1 < KEYS_MAX || next >> REF_KIND_SHIFT == REF_OUTCOME,
		       "the last key leads to a table");
		if (next >> REF_KIND_SHIFT != REF_OUTCOME && key + 1 < KEYS_MAX)
			check_ref(check, next, key + 1, 0);
	}
}

static void check_index(struct check *check, uint32_t ref, unsigned key, unsigned level)
{
	size_t offset = (size_t)(ref & ((1U << INDEX_OFFSET_BITS) - 1)) * INDEX_ALIGN;
	unsigned bits = ((ref >> INDEX_OFFSET_BITS) & 15) + 1;
	unsigned shift = (ref >> (INDEX_OFFSET_BITS + 4)) & 31;
	size_t count = (size_t)1 << bits;

	if (!expect(check, level < INDEX_LEVELS_MAX, "an index too deep") ||
	    !expect(check, bits + shift <= 32, "an index beyond the key") ||
	    !expect(check, offset + count <= image_header(check->image)->words,
	            "an index ends beyond the image") ||
	    !first_visit(check, offset, key))
		return;
	for (size_t i = 0; i < count; i++) {
		uint32_t cell = check->image->words[offset + i];

		if (cell >> REF_KIND_SHIFT != REF_OUTCOME)
			check_ref(check, cell, key, level + 1);
	}
}

static void check_ref(struct check *check, uint32_t ref, unsigned key, unsigned level)
{
	expect(check,
	       ref >> REF_KIND_SHIFT == REF_OUTCOME || is_near(ref) ||
	               image_header(check->image)->far,
	       "a reference is far in an image that is not");
	switch (ref >> REF_KIND_SHIFT) {
	case REF_SORTED:
		check_sorted(check, ref, key);
		break;
	case REF_INDEX:
		check_index(check, ref, key, level);
		break;
	case REF_INVALID:
		expect(check, false, "a reference leads nowhere");
		break;
	default:
		break;
	}
}

/* What only the automaton's own test can tell is not looked at: automaton_check.h. */
static void check_automaton(struct check *check, const struct automaton *automaton)
{
	uint32_t word = automaton->start >> AUTOMATON_WORD_SHIFT;

	if (!automaton->start) {
		expect(check, !automaton->anonymous && !automaton->states, "half an automaton");
		return;
	}
	expect(check, word + AUTOMATON_ROW_WORDS <= image_header(check->image)->words,
	       "an automaton begins beyond the image");
	expect(check, (word & ~AUTOMATON_ROW_MASK & (IMAGE_BLOCK_WORDS - 1)) == 0,
	       "an automaton begins where no row may be");
	expect(check,
	       automaton->anonymous >> REF_KIND_SHIFT == REF_OUTCOME && automaton->states > 0,
	       "half an automaton");
}

static void check_usual_devices(struct check *check)
{
	const struct image_words view = { check->image->words, check->image->blocks };
	const struct image_header *header = image_header(check->image);

	for (uint32_t i = 0; i < USUAL_MAJORS * USUAL_MINORS; i++) {
		const uint32_t keys[KEYS_MAX] = { 0, 0, 0, i / USUAL_MINORS, i % USUAL_MINORS };
		uint32_t ref = diagram_walk(&view, header->roots[ROOT_DEVICE_CHAR], keys, 3);

		expect(check, header->usual_devices[keys[3]][keys[4]] == ref,
		       "a usual device has another outcome than the diagram");
	}
}

const char *image_fault(const struct image *image)
{
	static const unsigned first_keys[ROOT_COUNT] = { 3, 3, 2, 3, 0, 3, 0, 4, 4 };
	const struct image_header *header = image_header(image);
	struct check check = { .image = image };

	if (header->words > (size_t)image->blocks * IMAGE_BLOCK_WORDS)
		return "the image is longer than its blocks";
	if (image->blocks > 1 && !header->far)
		return "an image of several blocks is not far";
	check.seen = calloc((size_t)image->blocks * IMAGE_BLOCK_WORDS / SORTED_ALIGN, 1);
	if (!check.seen)
		abort();
	for (unsigned i = 0; i < ROOT_COUNT; i++)
		check_ref(&check, header->roots[i], first_keys[i], 0);
	for (unsigned i = 0; i < AUTOMATON_COUNT; i++)
		check_automaton(&check, &header->automata[i]);
	check_usual_devices(&check);
	for (size_t i = header->words; i < (size_t)image->blocks * IMAGE_BLOCK_WORDS; i++)
		expect(&check, image->words[i] == 0, "an unused word is not zero");
	free(check.seen);
	return check.fault;
}
